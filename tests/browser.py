"""A real browser, looking at a real server: Debian's Chromium, driven by Playwright."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    sync_playwright,
)

from api.terminal.filing_example import ROLES, file_example
from tests.newsroom import Server

SCREENSHOTS = Path(__file__).parent.parent / "screenshots"
_FLAGS = [
    "--no-sandbox",  # which no container lets it have as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Where the browser is, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    where = chromium()
    if where is None:
        pytest.skip("no Chromium here; Debian, Ubuntu: sudo apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=_FLAGS)
        yield browser
        browser.close()


@dataclass
class Looker:
    """Somebody at a browser; `wrong`: what the browser complained of, and where it went that is not ours."""

    url: str
    context: BrowserContext
    page: Page
    wrong: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.url}{path}")
        return self.page

    @property
    def at(self) -> str:
        """Where the page is, without the origin."""
        return self.page.url.removeprefix(self.url)

    def tab(self) -> Page:
        return _watched(self.context.new_page(), self.url, self.wrong)

    def sign_in(self, secret: str) -> None:
        self.go("/sign-in")
        self.page.fill("#key", secret)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"{self.url}/desk")

    def shot(self, name: str, *, whole: bool = True) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)

    def barriers(self) -> list[str]:
        """What axe-core finds that keeps somebody from using the page."""
        found = Axe().run(self.page)
        return [
            f"{self.at}: {one['id']} ({one['help']}): {node['html'][:160]} {node['failureSummary'][:300]}"
            for one in found.response["violations"]
            for node in one["nodes"][:3]
        ]

    def is_wider_than_its_window(self) -> bool:
        width: bool = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return width


@dataclass
class Hand:
    """Does what a person does at a page, and counts it. clicks: what is pressed, words selected, a key that stands for
    a button; fields: what is typed into or chosen in. Going from one field to the next counts as neither."""

    page: Page
    clicks: int = 0
    fields: int = 0

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.click()

    def press(self, key: str) -> None:
        self.clicks += 1
        self.page.keyboard.press(key)

    def type(self, into: Locator, text: str) -> None:
        """Letter by letter at the end, so that the page can answer; what stood there goes."""
        self.fields += 1
        into.fill(text[:-1])
        into.press_sequentially(text[-1:])

    def choose(self, of: Locator, option: str) -> None:
        self.fields += 1
        of.select_option(option)

    def select(self, words: str, within: Locator) -> None:
        """Words of a text, or of a field of several lines, as with a finger or the mouse."""
        self.clicks += 1
        within.evaluate(_SELECT, words)


_SELECT = """(element, words) => {
  if (element.value !== undefined) {
    const at = element.value.indexOf(words);
    if (at < 0) throw new Error(`not in the field: ${words}`);
    element.focus();
    element.setSelectionRange(at, at + words.length);
  } else {
    const all = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), range = document.createRange();
    while (all.nextNode() && !all.currentNode.data.includes(words));
    if (!all.currentNode.data?.includes(words)) throw new Error(`not in the text: ${words}`);
    const at = all.currentNode.data.indexOf(words);
    range.setStart(all.currentNode, at);
    range.setEnd(all.currentNode, at + words.length);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }
  element.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
}"""


@contextmanager
def looking(browser: Browser, server: Server, *, script: bool = True, **settings: Any) -> Iterator[Looker]:
    """Somebody new; `script`: whether JavaScript is on. What the browser complained of fails the test."""
    settings = {"viewport": {"width": 1280, "height": 900}} | settings
    with browser.new_context(java_script_enabled=script, **settings) as context:
        context.set_default_timeout(10_000)
        wrong: list[str] = []
        looker = Looker(server.url, context, _watched(context.new_page(), server.url, wrong), wrong)
        yield looker
    assert wrong == [], wrong


def _watched(page: Page, url: str, wrong: list[str]) -> Page:
    def hear(message: ConsoleMessage) -> None:
        is_status = re.match(
            r"Failed to load resource: the server responded with a status of 4", message.text
        )
        if message.type in ("error", "warning") and not is_status:
            wrong.append(f"{page.url}: {message.text}")

    def see(request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(url).netloc and not request.url.startswith("data:"):
            wrong.append(f"{page.url} went to {request.url}")

    page.on("console", hear)
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on("dialog", lambda dialog: wrong.append(f"{page.url}: {dialog.message}"))
    page.on("request", see)
    return page


def file_the_example(server: Server, **between: float) -> None:
    """Files the example story over HTTP, its moments so far apart as `between` says."""
    for _ in file_example(server.ledgers(ROLES), are_new=True):
        with server.newsroom.database.connect(name="test", as_owner=True) as owner:
            owner.execute("update head set recorded_at = recorded_at + %s", [timedelta(**between)])
