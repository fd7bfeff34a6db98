"""Does what was typed at the desk outlast a tab that is closed, for whoever typed it alone?"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from api.server.embedded import EmbeddedPostgres
from tests.browser import looking
from tests.desk import Desk, open_desk
from tests.test_correcting import a_story


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        opened.open()
        yield opened


def kept(page: Page) -> int:
    found: int = page.evaluate(
        "Object.keys(localStorage).filter(key => key.startsWith('fact-ledger draft')).length"
    )
    return found


def wait_for_kept(page: Page) -> None:
    for _ in range(100):
        if kept(page):
            return
        page.wait_for_timeout(50)
    raise AssertionError("nothing was kept")


@pytest.mark.thorough
def test_what_was_written_is_offered_back_after_the_tab_was_closed(browser: Browser, desk: Desk) -> None:
    with looking(browser, desk.server) as looker:
        looker.sign_in(desk.server.secret("editor"))
        page = looker.go("/desk/open")
        expect(page.get_by_label("Headline")).to_be_visible()
        assert kept(page) == 0, "who typed nothing leaves nothing"
        page.get_by_label("Headline").fill("Half a headline")
        page.get_by_label("The copy", exact=True).fill("Twelve people came.")
        page.get_by_role("button", name="Add a fact").click()
        page.get_by_label("Who says it").fill("Nobody yet")
        page.close()

        page = looker.page = looker.tab()
        page.goto(f"{looker.url}/desk/open")
        expect(page.get_by_label("Headline")).to_have_value("")
        page.get_by_role("button", name="Restore what you wrote at").click()
        expect(page.get_by_label("Headline")).to_have_value("Half a headline")
        expect(page.get_by_label("Who says it")).to_have_value("Nobody yet")
        expect(page.get_by_role("button", name="Restore what you wrote at")).to_have_count(0)

        page.goto(f"{looker.url}/desk/open")
        looker.shot("draft", whole=False)
        assert looker.barriers() == []
        page.get_by_role("button", name="Throw it away").click()
        assert kept(page) == 0


@pytest.mark.thorough
def test_what_is_filed_is_not_kept_and_what_is_kept_goes_with_signing_out(
    browser: Browser, desk: Desk
) -> None:
    slug = desk.open()
    with looking(browser, desk.server) as looker:
        looker.sign_in(desk.server.secret("editor"))
        page = looker.go(f"/desk/stories/{slug}/set-headline")
        page.get_by_label("Headline").fill("Another one")
        page.locator("#f-reason").fill("So.")
        wait_for_kept(page)
        page.locator("main button[value=file]").click()
        expect(page.get_by_role("status").filter(has_text="Recorded")).to_be_visible()
        looker.go(f"/desk/stories/{slug}/report")
        assert kept(page) == 0
        page.get_by_label("What we assert").fill("A secret")
        wait_for_kept(page)
        looker.go("/")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("link", name="Desk sign-in")).to_be_visible()
        assert kept(page) == 0


@pytest.mark.thorough
def test_after_signing_out_another_tab_keeps_nothing_either(browser: Browser, desk: Desk) -> None:
    slug = desk.open()
    with looking(browser, desk.server) as looker:
        looker.sign_in(desk.server.secret("editor"))
        left_open = looker.go(f"/desk/stories/{slug}/report")
        left_open.get_by_label("What we assert").fill("A secret")
        wait_for_kept(left_open)
        page = looker.page = looker.tab()
        looker.go("/")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("link", name="Desk sign-in")).to_be_visible()
        left_open.get_by_label("What we assert").fill("A secret that goes on")
        left_open.wait_for_timeout(1_000)  # it keeps after 0.3 s
        left_open.close()
        assert kept(page) == 0


@pytest.mark.thorough
def test_corrections_of_one_story_are_kept_apart(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    with looking(browser, desk.server) as looker:
        looker.sign_in(desk.server.secret("editor"))
        restore = "Restore what you wrote at"
        for number, address in enumerate(("fact=1", "fact=2", "words=9-17", "words=60-64"), 1):
            page = looker.go(f"/desk/stories/{slug}/correct?{address}")
            told = page.get_by_label("What was wrong, in words for readers")
            expect(told).to_be_visible()
            expect(page.get_by_role("button", name=restore)).to_have_count(0)
            told.fill(f"Of {address}")
            for _ in range(100):
                if kept(page) == number:
                    break
                page.wait_for_timeout(50)
            assert kept(page) == number
        page = looker.go(f"/desk/stories/{slug}/correct?fact=2")
        page.get_by_role("button", name=restore).click()
        expect(page.get_by_label("What was wrong, in words for readers")).to_have_value("Of fact=2")


@pytest.mark.thorough
def test_nobody_else_is_offered_it(browser: Browser, desk: Desk) -> None:
    slug = desk.open()
    with looking(browser, desk.server) as looker:
        looker.sign_in(desk.server.secret("editor"))
        page = looker.go(f"/desk/stories/{slug}/report")
        page.get_by_label("What we assert").fill("A secret")
        wait_for_kept(page)
        looker.context.clear_cookies()  # the session is over, without signing out
        looker.sign_in(desk.server.secret("reporter"))
        page = looker.go(f"/desk/stories/{slug}/report")
        expect(page.get_by_label("What we assert")).to_be_visible()
        expect(page.get_by_role("button", name="Restore what you wrote at")).to_have_count(0)
