"""What a browser makes of the pages for whoever reads: on a phone, in another zone, on paper."""

import gzip
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Locator, Page, expect

from api.pages.assets import assets
from ledger import limits
from tests.browser import looking
from tests.desk import CHANGES, Desk
from tests.test_correcting import TEXT, a_story, span

_PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
_TEXT = "\n".join(f"Paragraph {n}: train {n} arrived in Vladivostok, as they said." for n in range(1, 41))


@pytest.fixture(scope="module")
def story(desk: Desk) -> str:
    """Longer than a screen, and with more facts than a page has; readers see it."""
    slug = desk.open(limits.FACTS_ON_PAGE + 5)
    spans = [
        {"fact": fact, "start": start, "end": start + len(exact), "exact": exact}
        for fact in (20, limits.FACTS_ON_PAGE + 5)
        for exact in [f"train {fact} arrived"]
        if (start := _TEXT.index(exact)) >= 0
    ]
    desk.post(f"/v1/stories/{slug}/copy", {"text": _TEXT, "spans": spans, "reason": "First."})
    desk.publish(slug)
    desk.settle()
    return slug


def _place(page: Page) -> tuple[str, float]:
    return page.url, page.evaluate("scrollY")


def _tapped(page: Page, words: str) -> Locator:
    """The sheet that comes up."""
    page.get_by_role("link", name=words).tap()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_be_visible()
    return sheet


@pytest.mark.thorough
@pytest.mark.parametrize("fact", [20, limits.FACTS_ON_PAGE + 5])  # on the page, and on another part
def test_on_a_phone_a_fact_comes_up_over_the_words_and_goes_again(
    browser: Chromium, desk: Desk, story: str, fact: int
) -> None:
    words = f"train {fact} arrived"
    with looking(browser, desk.server, **_PHONE) as looker:
        page = looker.go("/")
        page = looker.go(f"/stories/{story}")
        page.get_by_role("link", name=words).scroll_into_view_if_needed()
        before = _place(page)
        assert before[1] > 0
        leave: dict[str, Callable[[], Any]] = {
            "by its button": lambda: page.get_by_role("button", name="Close").tap(),
            "by Escape": lambda: page.keyboard.press("Escape"),
            "by going back": page.go_back,
        }
        for way, go in leave.items():
            sheet = _tapped(page, words)
            expect(sheet).to_contain_text(f"Train {fact} arrived")
            assert sheet.get_attribute("aria-label") == f"Fact {fact}"
            assert looker.barriers() == []
            go()
            expect(page.get_by_role("dialog")).to_have_count(0)
            assert _place(page) == before, way
            assert page.evaluate("document.activeElement.textContent") == words, way
        page.wait_for_timeout(200)
        assert _place(page) == before, "nothing was loaded anew"
        page.go_back()
        assert looker.at == "/", "no entry of the sheet is left in the history"


@pytest.mark.thorough
def test_with_the_fact_comes_its_correction_and_where_to_say_that_it_is_wrong(
    browser: Chromium, desk: Desk
) -> None:
    slug = a_story(desk)
    change = {
        "expected_version": 1,
        "statement": "Eleven people came on Monday",
        "was_wrong": "We said twelve.",
    }
    desk.post(f"/v1/stories/{slug}/facts/2/corrections", CHANGES["corrections"] | change)
    text = TEXT.replace("Twelve people", "Eleven people")
    spans = [span("Kim left", 1, text), span("Eleven people came", 2, text)]
    desk.post(f"/v1/stories/{slug}/copy", {"text": text, "spans": spans, "reason": "Counted."})
    desk.publish(slug)
    desk.settle()
    with looking(browser, desk.server, **_PHONE) as looker:
        page = looker.go(f"/stories/{slug}")
        sheet = _tapped(page, "Eleven people came")
        expect(sheet.locator(".told")).to_have_count(1)
        expect(sheet.locator(".told.correction")).to_contain_text("We said twelve.")
        looker.shot("sheet", whole=False)
        assert looker.barriers() == []
        sheet.get_by_role("link", name="Is this wrong?").tap()
        expect(page.get_by_label("The words that are wrong")).to_have_value("Eleven people came")
        page.go_back()
        sheet = _tapped(page, "Kim left")
        expect(sheet.locator(".told")).to_have_count(0)


@pytest.mark.thorough
def test_without_script_or_with_room_beside_the_copy_the_link_leads_to_the_fact(
    browser: Chromium, desk: Desk, story: str
) -> None:
    with looking(browser, desk.server, script=False, **_PHONE) as looker:
        page = looker.go(f"/stories/{story}")
        page.get_by_role("link", name="train 20 arrived").tap()
        assert looker.at == f"/stories/{story}#fact-20"
    with looking(browser, desk.server) as looker:
        page = looker.go(f"/stories/{story}")
        page.get_by_role("link", name="train 20 arrived").click()
        assert looker.at == f"/stories/{story}#fact-20"
        assert page.get_by_role("dialog").count() == 0


@pytest.mark.thorough
def test_times_are_told_in_the_readers_zone_with_the_ledgers_behind_and_on_paper(
    browser: Chromium, desk: Desk, story: str
) -> None:
    with looking(browser, desk.server, timezone_id="Asia/Kolkata") as looker:
        page = looker.go(f"/stories/{story}")
        time = page.locator(".byline time").first
        instant = datetime.fromisoformat(str(time.get_attribute("datetime")))
        hours, minutes = divmod((instant.hour * 60 + instant.minute + 330) % 1440, 60)
        expect(time).to_contain_text(f", {hours:02}:{minutes:02} GMT+5:30")
        assert str(time.get_attribute("title")).endswith("UTC")
        assert f"{instant:%H:%M}" in str(time.get_attribute("title"))
        page.emulate_media(media="print")
        on_paper = time.evaluate(
            "e => [getComputedStyle(e, '::before').content, getComputedStyle(e).fontSize]"
        )
        assert re.search(f"{instant:%H:%M} UTC", on_paper[0])
        assert on_paper[1] == "0px"
    with looking(browser, desk.server, script=False, timezone_id="Asia/Kolkata") as looker:
        expect(looker.go(f"/stories/{story}").locator(".byline time").first).to_contain_text("UTC")


@pytest.mark.thorough
def test_paper_has_the_address_and_the_moment_and_nothing_to_press(
    browser: Chromium, desk: Desk, story: str
) -> None:
    with looking(browser, desk.server) as looker:
        looker.sign_in(desk.server.secret("editor"))
        page = looker.go(f"/stories/{story}")
        printed = page.locator(".printed")
        expect(printed).to_be_hidden()
        page.emulate_media(media="print")
        expect(printed).to_be_visible()
        said = printed.inner_text()
        assert re.search(rf"{re.escape(desk.server.url)}/stories/{story}\?revision=\d+$", said)
        assert re.search(r"\d\d:\d\d UTC", said)
        for what in ("nav", "button", "input[type=range]", "select", ".acts"):
            for one in page.locator(what).all():
                expect(one).to_be_hidden()


def test_scripts_and_styles_stay_small() -> None:
    for kind, most in (("js", 30_000), ("css", 18_000)):
        packed = [
            gzip.compress(asset.plain) for asset in assets().values() if asset.name.endswith(f".{kind}")
        ]
        assert packed
        assert sum(map(len, packed)) <= most, kind
