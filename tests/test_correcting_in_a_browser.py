"""How many clicks and fields does a correction take, where one reads; by mouse, by finger and by keyboard?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from api.server.embedded import EmbeddedPostgres
from ledger.words import Role
from tests.browser import Hand, Looker, looking
from tests.desk import Desk, open_desk
from tests.test_correcting import SUNDAY, TEXT, a_story, shown

MONDAY = "Twelve people came on Monday."
TOLD = "We said twelve, and Monday."


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


@contextmanager
def at_the_story(
    browser: Browser, desk: Desk, slug: str, role: Role = "editor", **settings: Any
) -> Iterator[tuple[Looker, Page, Hand]]:
    with looking(browser, desk.server, **settings) as looker:
        looker.sign_in(desk.server.secret(role))
        page = looker.go(f"/stories/{slug}")
        yield looker, page, Hand(page)


def mended(desk: Desk, slug: str) -> None:
    read = shown(desk, slug)
    assert read["copy"]["text"] == TEXT.replace(MONDAY, SUNDAY)
    assert read["facts"][1]["statement"] == SUNDAY[:-1]
    assert read["changes"][-1]["was_wrong"] == TOLD


@pytest.mark.thorough
def test_a_published_error_is_mended_and_published_by_three_clicks_and_two_fields(
    browser: Browser, desk: Desk
) -> None:
    slug = a_story(desk)
    with at_the_story(browser, desk, slug) as (looker, page, hand):
        hand.click(page.locator("a.stands", has_text="Twelve people came"))
        panel = page.get_by_role("dialog", name="Correct")
        words = panel.get_by_label("The words", exact=True)
        expect(words).to_be_focused()
        hand.type(words, SUNDAY)
        expect(panel.get_by_label("What we assert")).to_have_value(SUNDAY[:-1])
        hand.click(panel.get_by_label("We were wrong"))
        hand.type(panel.get_by_label("What was wrong, in words for readers"), TOLD)
        preview = panel.locator("#preview")
        expect(preview.locator(".told.correction")).to_contain_text(TOLD)
        expect(preview.locator(".prose ins").first).to_contain_text("Eleven")
        expect(preview.locator(".prose del").first).to_contain_text("Twelve")
        looker.shot("correct-panel", whole=False)
        hand.click(panel.get_by_role("button", name="File and publish"))
        expect(page.get_by_role("status").filter(has_text="Recorded ")).to_contain_text("Undo")
        expect(page.locator(".prose")).to_contain_text("on Sunday.")
        expect(page.locator("main")).not_to_contain_text("Not public yet")
    mended(desk, slug)
    assert hand.clicks <= 3
    assert hand.fields <= 2


@pytest.mark.thorough
def test_what_somebody_else_filed_while_one_types_is_shown_and_not_written_over(
    browser: Browser, desk: Desk
) -> None:
    slug = a_story(desk)
    with at_the_story(browser, desk, slug) as (_, page, hand):
        page.locator("a.stands", has_text="Twelve people came").click()
        panel = page.get_by_role("dialog", name="Correct")
        expect(panel.get_by_label("The words", exact=True)).to_have_value(MONDAY)  # opened before they filed
        theirs = {"text": TEXT.replace(MONDAY, "A dozen came."), "spans": [], "reason": "Theirs."}
        desk.post(f"/v1/stories/{slug}/copy", theirs)
        desk.settle()
        hand.type(panel.get_by_label("The words", exact=True), SUNDAY)
        panel.get_by_label("We were wrong").check()
        hand.type(panel.get_by_label("What was wrong, in words for readers"), TOLD)
        expect(panel.locator("#live")).to_contain_text("A dozen came.")
        head = desk.head()
        panel.get_by_role("button", name="File", exact=True).click()
        expect(panel.locator("p > .theirs")).to_contain_text("A dozen came.")
        expect(panel.get_by_label("The words", exact=True)).to_have_value(SUNDAY)
        expect(panel).not_to_contain_text("that was not filed")  # it stands there
        assert desk.head() == head


@pytest.mark.thorough
def test_what_was_changed_along_with_the_words_is_not_said_to_be_lost(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    with at_the_story(browser, desk, slug) as (_, page, _hand):
        page.locator("a.stands", has_text="Twelve people came").click()
        panel = page.get_by_role("dialog", name="Correct")
        panel.get_by_label("We were wrong").check()
        panel.get_by_label("What was wrong, in words for readers").fill(TOLD)
        page.wait_for_timeout(600)  # it is kept by then
        panel.get_by_label("The words", exact=True).fill(SUNDAY)
        panel.get_by_role("button", name="File and publish").click()
        expect(panel.get_by_label("What we assert")).to_have_value(SUNDAY[:-1])
        expect(panel.get_by_role("status").filter(has_text="Look at it")).to_be_visible()
        expect(panel).not_to_contain_text("that was not filed")


@pytest.mark.thorough
def test_the_form_by_itself_is_no_story_that_news_is_heard_of(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    with at_the_story(browser, desk, slug) as (looker, page, _hand):
        refused: list[str] = []
        page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
        looker.go(f"/desk/stories/{slug}/correct?fact=2")
        page.wait_for_timeout(1000)
    assert refused == []


@pytest.mark.thorough
def test_without_javascript_it_takes_four_clicks_and_two_fields(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    with at_the_story(browser, desk, slug, script=False) as (looker, page, hand):
        hand.click(page.locator("a.stands", has_text="Twelve people came"))
        hand.fields += 2
        page.get_by_label("The words", exact=True).fill(SUNDAY)
        hand.click(page.get_by_label("We were wrong"))
        page.get_by_label("What was wrong, in words for readers").fill(TOLD)
        hand.click(page.get_by_role("button", name="File and publish"))
        expect(page.get_by_label("What we assert")).to_have_value(SUNDAY[:-1])
        expect(page.get_by_role("status")).to_contain_text("Look at it, and file it.")
        looker.shot("correct-plain")
        hand.click(page.get_by_role("button", name="File and publish"))
        expect(page.get_by_role("status").filter(has_text="Recorded ")).to_be_visible()
    mended(desk, slug)
    assert hand.clicks <= 4
    assert hand.fields <= 2


@pytest.mark.thorough
def test_who_changed_this_takes_two_clicks(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    change = {
        "expected_version": 1,
        "statement": "Twelve adults came on Monday",
        "reason": "Adults are meant.",
    }
    desk.post(f"/v1/stories/{slug}/facts/2/updates", change, "reporter")
    desk.settle()
    with at_the_story(browser, desk, slug) as (_, page, hand):
        hand.click(page.get_by_role("link", name="Fact 2", exact=True))
        hand.click(page.locator("#fact-2 a.number"))
        expect(page.locator(".life > li").first).to_contain_text("the reporter")
        expect(page.locator(".life > li").first).to_contain_text("Adults are meant.")
    assert hand.clicks <= 2


@pytest.mark.thorough
def test_words_that_are_selected_are_corrected_where_they_stand(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    with at_the_story(browser, desk, slug) as (_, page, hand):
        bar = page.get_by_role("toolbar", name="What can be done with these words")
        expect(bar).to_be_hidden()
        hand.select("what Monday", page.locator(".prose"))
        hand.click(bar.get_by_role("button", name="Correct"))
        panel = page.get_by_role("dialog", name="Correct")
        expect(panel.get_by_label("The words", exact=True)).to_have_value("Twelve is what Monday brought.")
        expect(panel).to_contain_text("No fact stands behind these words")
        page.keyboard.press("Escape")
        expect(panel).to_have_count(0)
        hand.select("by train", page.locator(".prose"))
        page.keyboard.press("c")
        expect(page.get_by_role("dialog").get_by_label("The words", exact=True)).to_have_value(
            "Kim left by train."
        )


@pytest.mark.thorough
def test_the_panel_is_used_by_keyboard_alone_and_gives_the_focus_back(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    with at_the_story(browser, desk, slug) as (_, page, _hand):
        link = page.locator("a.stands", has_text="Twelve people came")
        link.focus()
        page.keyboard.press("Enter")
        panel = page.get_by_role("dialog", name="Correct")
        expect(panel.get_by_label("The words", exact=True)).to_be_focused()
        page.keyboard.press("Escape")
        expect(panel).to_have_count(0)
        expect(link).to_be_focused()
        page.keyboard.press("Enter")
        expect(panel.get_by_label("The words", exact=True)).to_be_focused()
        page.keyboard.press("Control+A")
        page.keyboard.type(SUNDAY)
        expect(panel.get_by_label("What we assert")).to_have_value(SUNDAY[:-1])
        seen = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            label = page.evaluate(
                "document.activeElement.labels?.[0]?.innerText.trim() ?? document.activeElement.innerText"
            )
            seen.add(label)
            if label == "We were wrong":
                page.keyboard.press("Space")
            elif label == "What was wrong, in words for readers":
                page.keyboard.type(TOLD)
            elif label == "File and publish":
                break
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text="Recorded ")).to_be_visible()
    mended(desk, slug)


@pytest.mark.thorough
def test_what_is_refused_is_said_in_the_panel_at_the_field(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    with at_the_story(browser, desk, slug) as (_, page, hand):
        hand.click(page.locator("a.stands", has_text="Twelve people came"))
        panel = page.get_by_role("dialog", name="Correct")
        panel.get_by_label("The words", exact=True).fill(SUNDAY)
        expect(panel.get_by_label("What we assert")).to_have_value(SUNDAY[:-1])
        panel.get_by_label("We were wrong").check()
        panel.get_by_role("button", name="File and publish").click()
        told = panel.get_by_label("What was wrong, in words for readers")
        expect(told).to_be_focused()
        expect(told).to_have_attribute("aria-invalid", "true")
        expect(panel.get_by_label("The words", exact=True)).to_have_value(SUNDAY)
        told.fill(TOLD)
        # Somebody else files meanwhile: it is said, and nothing is lost.
        desk.post(f"/v1/stories/{slug}/headline", {"headline": "Theirs", "reason": "So."})
        panel.get_by_role("button", name="File and publish").click()
        expect(panel).to_contain_text("Somebody changed the story meanwhile")
        expect(panel.locator("#preview")).to_contain_text("Theirs")
        panel.get_by_role("button", name="File and publish").click()
        expect(page.get_by_role("status").filter(has_text="Recorded ")).to_be_visible()
    mended(desk, slug)


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_from_the_panel(browser: Browser, desk: Desk, scheme: Any) -> None:
    slug = a_story(desk)
    with at_the_story(browser, desk, slug, color_scheme=scheme) as (looker, page, _):
        found = []
        for name, size in (("desktop", (1280, 900)), ("phone", (390, 800)), ("narrow", (320, 700))):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            looker.go(f"/stories/{slug}")
            page.locator("a.stands", has_text="Twelve people came").click()
            panel = page.get_by_role("dialog", name="Correct")
            panel.get_by_label("The words", exact=True).fill(SUNDAY)
            panel.get_by_label("We were wrong").check()
            panel.get_by_label("What was wrong, in words for readers").fill(TOLD)
            expect(panel.locator("#preview .told.correction")).to_contain_text(TOLD)
            looker.shot(f"correct-panel-{name}-{scheme}", whole=False)
            for details in panel.locator("details").all():
                details.evaluate("one => one.open = true")
            found += looker.barriers()
            panel.locator(".file").scroll_into_view_if_needed()
            looker.shot(f"correct-panel-end-{name}-{scheme}", whole=False)
            assert not page.evaluate(
                "(d => d.scrollWidth > d.clientWidth)(document.querySelector('dialog'))"
            ), name
        for path in (f"/desk/stories/{slug}/correct?fact=2", f"/desk/stories/{slug}/undo?made=4-4", "/desk"):
            looker.go(path)
            found += looker.barriers()
            looker.shot(f"{path.split('?')[0].rpartition('/')[2]}-page-{scheme}")
            page.set_viewport_size({"width": 320, "height": 700})
            assert not looker.is_wider_than_its_window(), path
        assert found == []


@pytest.mark.thorough
def test_what_is_typed_back_by_hand_is_not_written_over(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    statement = "Twelve people came on Monday"
    with at_the_story(browser, desk, slug) as (_, page, _hand):
        page.locator("a.stands", has_text="Twelve people came").click()
        panel = page.get_by_role("dialog", name="Correct")
        asserted = panel.get_by_label("What we assert")
        panel.get_by_label("The words", exact=True).fill(SUNDAY)
        expect(asserted).to_have_value(SUNDAY[:-1])
        asserted.fill(statement)
        for told in (TOLD, "It was so."):
            with page.expect_response(lambda answer: answer.request.method == "POST"):
                panel.get_by_label("What was wrong, in words for readers").fill(told)
            page.wait_for_timeout(100)
            expect(asserted).to_have_value(statement)
        expect(panel.get_by_label("The words", exact=True)).to_have_value(SUNDAY)


@pytest.mark.thorough
def test_words_that_contradict_are_shown_while_they_do(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    with at_the_story(browser, desk, slug) as (_, page, _hand):
        page.locator("a.stands", has_text="Twelve people came").click()
        panel = page.get_by_role("dialog", name="Correct")
        words, stand = panel.get_by_label("The words", exact=True), panel.get_by_label("They are right as")
        panel.get_by_label("It misled").check()
        panel.get_by_label("What was wrong, in words for readers").fill("Adults are meant.")
        panel.get_by_label("What we assert").fill("Twelve adults came on Monday")
        expect(words).to_have_value("Twelve adults came on Monday.")
        words.fill(MONDAY)
        expect(stand).to_be_visible()
        stand.check()
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            panel.get_by_label("What was wrong, in words for readers").fill("Adults they are.")
        page.wait_for_timeout(100)
        expect(stand).to_be_checked()
        words.fill("Twelve adults came on Monday.")
        expect(stand).to_have_count(0)
