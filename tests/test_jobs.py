"""How many clicks and fields does a job take? They are counted, and the test fails where they grow."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from api.server.embedded import EmbeddedPostgres
from ledger.words import Role
from tests.browser import Hand, Looker, looking
from tests.desk import Desk, open_desk

COPY = (
    "Twelve people came to Vladivostok on Tuesday, RIA reported.\n"
    "“We are glad,” the governor said. The train had left Khasan at noon, the railway said.\n"
    "Two more trains will follow, and nobody was hurt, according to the railway."
)


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        opened.open()
        yield opened


@contextmanager
def somebody(browser: Browser, desk: Desk, role: Role = "editor", **settings: Any) -> Iterator[Looker]:
    with looking(browser, desk.server, **settings) as looker:
        looker.sign_in(desk.server.secret(role))
        yield looker


@pytest.mark.thorough
def test_a_story_with_five_facts_and_two_new_sources(browser: Browser, desk: Desk) -> None:
    with somebody(browser, desk) as looker:
        page = looker.go("/")
        hand, main = Hand(page), page.locator("main")
        hand.click(page.get_by_role("link", name="Desk", exact=True))
        hand.click(main.get_by_role("link", name="Open a story"))
        hand.type(page.get_by_label("Headline"), "A train came to Vladivostok")
        hand.type(page.get_by_label("The copy", exact=True), COPY)
        for index, (words, who) in enumerate(
            (
                ("Twelve people came to Vladivostok", "RIA"),
                ("“We are glad,”", "Oleg Kozhemyako"),
                ("The train had left Khasan at noon", "Russian Railways"),
                ("Two more trains will follow", "Russian Railways"),
                ("nobody was hurt", "Russian Railways"),
            )
        ):
            hand.select(words, page.get_by_label("The copy", exact=True))
            if index % 2:
                hand.press("Alt+Shift+F")
            else:
                hand.click(page.get_by_role("button", name="Report as fact"))
            field = page.locator(f"[name='facts.{index}.who']")
            expect(field).to_be_focused()
            hand.type(field, who)
            if index in (1, 2):
                kind = page.locator(f"[name='facts.{index}.new.kind']")
                expect(kind).to_be_visible()
                hand.choose(kind, "person" if index == 1 else "organisation")
        looker.shot("writing", whole=False)
        assert looker.barriers() == []
        hand.click(page.get_by_role("button", name="File and publish"))
        expect(page.get_by_role("status").filter(has_text="Recorded ")).to_be_visible()
        expect(page.locator("a.stands")).to_have_count(5)
        assert hand.clicks <= 14
        assert hand.fields <= 12
    with looking(browser, desk.server) as reader:
        page = reader.go("/stories/a-train-came-to-vladivostok")
        expect(page.locator(".prose")).to_contain_text("Twelve people came")


@pytest.mark.thorough
def test_everything_that_rests_on_a_source(browser: Browser, desk: Desk) -> None:
    for number in range(60):
        desk.post("/v1/sources", {"slug": f"s-{number}", "name": f"Somebody {number}", "kind": "own"})
    slug = desk.open(3)
    with somebody(browser, desk, "reporter") as looker:
        page = looker.go(f"/stories/{slug}/history")
        hand = Hand(page)
        hand.click(page.get_by_role("link", name="Sources"))
        hand.type(page.get_by_label("Part of a name"), "RIA")
        expect(page.locator(".sources li")).to_have_count(1)
        hand.click(page.locator(".sources a"))
        expect(page.locator("main")).to_contain_text("Train 3 arrived")
        assert hand.clicks <= 2
        assert hand.fields <= 1
