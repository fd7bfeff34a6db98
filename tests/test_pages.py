"""Can readers find their way through a story's time: in a browser, with JavaScript and without, by keyboard alone?"""

import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from api.server.embedded import EmbeddedPostgres
from tests.browser import file_the_example, looking
from tests.desk import open_desk
from tests.newsroom import Server

STORY = "/stories/kim-visits-russia"
PAGES = (
    "/",
    "/?q=vladivostok",
    "/?q=nowhere-at-all",
    STORY,
    f"{STORY}?revision=41",
    f"{STORY}/history",
    f"{STORY}/diff?from=35&to=57",
    f"{STORY}/diff?from=35&to=57&show=fields",
    f"{STORY}/diff?from=35&to=57&show=events",
    f"{STORY}/facts/4",
    f"{STORY}/facts/6",
    f"{STORY}/facts/17",
    "/sources/kcna",
    "/corrections",
    "/request",
    "/sign-in",
    "/stories/not-there",
)


@pytest.fixture(scope="module")
def newspaper(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Server]:
    """The example story, filed and published over some days."""
    with open_desk(servers) as desk:
        file_the_example(desk.server, hours=7)
        yield desk.server


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def script(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def slider(page: Page) -> str | None:
    return page.locator("#step").get_attribute("aria-valuetext")


# --- Through time ------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_arrow_keys_on_the_slider_move_the_whole_page_to_how_it_stood(
    browser: Browser, newspaper: Server
) -> None:
    with looking(browser, newspaper) as looker:
        page = looker.go(STORY)
        assert re.fullmatch(r"Edition 3 of 3, \d+ \w+ 20\d\d, \d\d:\d\d UTC\. .*", slider(page) or "")
        page.focus("#step")
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".moment")).to_contain_text("edition 2 of 3")
        expect(page.locator("h1")).to_have_text("Kim Jong-un arrives in Russia to meet Putin")
        expect(page.locator("#moment option:checked")).to_have_text(re.compile(r"^2 · "))
        assert looker.at == f"{STORY}?edition=2"
        assert (slider(page) or "").startswith("Edition 2 of 3, ")
        assert page.title().startswith("Kim Jong-un arrives in Russia to meet Putin, edition 2 of 3")
        expect(page.locator("#fact-4 .says del")).to_have_text("Monday")
        expect(page.locator("#fact-4 .says ins")).to_have_text("Sunday")
        looker.shot("story-mid-scrub", whole=False)
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#fact-4 .says")).to_contain_text("on Monday afternoon")
        assert page.evaluate("document.activeElement.id") == "step"
        page.keyboard.press("End")
        expect(page.locator("h1")).to_have_text("Kim Jong-un and Putin meet in Russia")
        page.go_back()
        expect(page.locator("#fact-4 .says")).to_contain_text("on Monday afternoon")
        assert page.locator("#step").input_value() == "1"
        expect(page.locator("#moment option:checked")).to_have_text(re.compile(r"^1 · "))


@pytest.mark.thorough
def test_the_story_can_be_moved_through_without_script(browser: Browser, newspaper: Server) -> None:
    with looking(browser, newspaper, script=False) as looker:
        page = looker.go(STORY)
        page.get_by_role("link", name=re.compile("^Earlier: Edition 2 of 3")).click()
        assert looker.at == f"{STORY}?edition=2"
        page.locator("#step").evaluate("slider => slider.value = 1")
        page.get_by_role("button", name="Show").first.click()
        assert looker.at == f"{STORY}?edition=1"
        expect(page.locator("#fact-4 .says")).to_contain_text("on Monday afternoon")
        page.select_option("#moment", index=2)
        page.get_by_role("button", name="Go", exact=True).click()
        assert looker.at == f"{STORY}?edition=3"
        page.get_by_role("link", name="Show it as it is now").click()
        assert looker.at == STORY
        expect(page.locator(".moment")).to_have_count(0)


@pytest.mark.thorough
def test_previous_next_and_the_choice_lead_to_the_same_addresses(
    browser: Browser, newspaper: Server, *, script: bool
) -> None:
    with looking(browser, newspaper, script=script) as looker:
        page = looker.go(f"{STORY}?revision=41")
        page.locator("a[rel=next]").click()
        expect(page).to_have_url(re.compile(r"edition=3$"))
        expect(page.locator("a[rel=next]")).to_have_count(0)
        page.locator("a[rel=prev]").click()
        expect(page).to_have_url(re.compile(r"edition=2$"))
        page.locator("summary", has_text="As a table").click()
        page.locator(".twin tbody a").first.click()
        expect(page).to_have_url(re.compile(r"edition=1$"))


@pytest.mark.parametrize(
    "at", ["2023-99-99T99:99", "2023-02-30T12:00", "2023-09-12", "2023-09-12T14:30Z", "now", "9" * 60]
)
def test_what_is_no_day_and_time_is_refused(newspaper: Server, at: str) -> None:
    answer = newspaper.client(None).get(STORY, params={"at": at})
    assert answer.status_code == 400
    assert "at: give" in answer.text


def test_a_day_and_a_time_are_taken_as_utc(newspaper: Server) -> None:
    answer = newspaper.client(None).get(STORY, params={"at": "2023-09-12T14:30", "marks": "off"})
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"{STORY}?as_of=2023-09-12T14%3A30%3A59.999999Z&marks=off",
    )


@pytest.mark.thorough
def test_any_instant_can_be_asked_for(browser: Browser, newspaper: Server, *, script: bool) -> None:
    published = newspaper.client(None).get(f"/v1{STORY}/revisions").json()["items"][1]["published_at"]
    with looking(browser, newspaper, script=script) as looker:
        page = looker.go(STORY)
        page.locator("summary", has_text="As a table").click()
        page.locator("#at").evaluate("(field, value) => field.value = value", published[:16])
        page.locator(".instant button").click()
        expect(page).to_have_url(re.compile("as_of="))
        expect(page.locator("#fact-4 .says")).to_contain_text("on Monday afternoon")
        page.locator("#at").evaluate("(field, value) => field.value = value", "2099-01-01T00:00")
        page.locator("summary", has_text="As a table").click()
        page.locator(".instant button").click()
        expect(page.locator("h1")).to_have_text("Bad request")


@pytest.mark.thorough
def test_the_marks_can_be_taken_away(browser: Browser, newspaper: Server, *, script: bool) -> None:
    with looking(browser, newspaper, script=script) as looker:
        page = looker.go(f"{STORY}?revision=41")
        assert page.locator("#fact-4 .says ins").count() == 1
        page.get_by_role("link", name="Without marks").click()
        expect(page.locator("#then ins")).to_have_count(0)
        page.locator("a[rel=next]").click()
        expect(page).to_have_url(re.compile("edition=3"))
        expect(page.locator("#fact-13 .says")).to_have_text("Kim and Putin have met.")
        assert page.locator("#fact-13 ins").count() == 0


# --- Who changed this sentence, when, why ------------------------------------------------------------------------


@pytest.mark.thorough
def test_from_the_front_three_clicks_lead_to_who_changed_a_sentence_when_and_why(
    browser: Browser, newspaper: Server, *, script: bool
) -> None:
    with looking(browser, newspaper, script=script) as looker:
        looker.sign_in(newspaper.secret("editor"))
        page = looker.go("/")
        page.get_by_role("heading", name="Kim Jong-un and Putin meet in Russia").get_by_role("link").click()
        page.locator(".prose .ref a", has_text="4").first.click()
        page.locator("#fact-4 .number").click()
        latest = page.locator(".life > li").first
        expect(latest).to_contain_text("Version 2 · Correction")
        expect(latest).to_contain_text("the editor")
        expect(latest).to_contain_text("We had Kim leave Pyongyang on Monday afternoon")
        expect(latest.locator("del").first).to_have_text("Monday")


@pytest.mark.thorough
def test_a_correction_stands_at_the_place_of_the_error(browser: Browser, newspaper: Server) -> None:
    with looking(browser, newspaper) as looker:
        page = looker.go(STORY)
        told = page.locator(".prose .told.correction")
        expect(told).to_contain_text("We had Kim leave Pyongyang on Monday afternoon")
        expect(told).to_contain_text("Readers saw the wrong version for")
        before = told.locator("xpath=preceding-sibling::p[1]")
        expect(before).to_contain_text("by his private train on Sunday afternoon")


@pytest.mark.thorough
def test_words_of_the_copy_lead_to_the_fact_behind_them_with_who_says_it(
    browser: Browser, newspaper: Server, *, script: bool
) -> None:
    with looking(browser, newspaper, script=script) as looker:
        page = looker.go(STORY)
        page.get_by_role("link", name="The US has claimed that Kim and Putin").first.click()
        fact = page.locator("#fact-16")
        expect(fact).to_be_in_viewport()
        assert looker.at == f"{STORY}#fact-16"
        if script:  # and what was read stays where it is
            expect(fact).to_be_focused()
            expect(
                page.get_by_role("link", name="The US has claimed that Kim and Putin").first
            ).to_be_in_viewport()
        expect(fact.locator(".chain")).to_contain_text("US government")
        expect(page.locator("#fact-17 .sides blockquote")).to_have_count(2)
        expect(page.locator("#fact-17 .sides .answer")).to_contain_text("Dmitry Peskov")
        expect(page.locator("#fact-4 .dated")).to_contain_text("“on Sunday afternoon” → 10 September 2023")
        expect(page.locator("#fact-4 .dated")).to_contain_text("provisional")
        expect(page.locator("#fact-27 .dated")).to_contain_text("confirmed")


# --- History, and what differs -----------------------------------------------------------------------------------


@pytest.mark.thorough
def test_the_history_leads_to_this_change_to_against_now_and_to_any_two(
    browser: Browser, newspaper: Server, *, script: bool
) -> None:
    with looking(browser, newspaper, script=script) as looker:
        page = looker.go(f"{STORY}/history")
        expect(page.locator(".history tbody tr")).to_have_count(3)
        page.get_by_role("link", name="This change").last.click()
        assert looker.at == f"{STORY}/diff?from_edition=1&to_edition=2"
        expect(page.locator(".says del")).to_have_text("Monday")
        page.go_back()
        page.get_by_role("link", name="Against now").last.click()
        assert looker.at == f"{STORY}/diff?from_edition=1"
        page.go_back()
        page.get_by_role("radio", name="From edition 1").check()
        page.get_by_role("radio", name="To edition 3").check()
        page.get_by_role("button", name="Compare the two that are chosen").click()
        assert parse_qs(urlsplit(page.url).query) == {"from_edition": ["1"], "to_edition": ["3"]}
        expect(page.locator(".diff-headline del")).to_contain_text("arrives")


@pytest.mark.thorough
def test_the_desk_sees_who_did_what_and_can_show_all_of_it(browser: Browser, newspaper: Server) -> None:
    with looking(browser, newspaper) as looker:
        looker.sign_in(newspaper.secret("auditor"))
        page = looker.go(f"{STORY}/history")
        expect(page.locator(".history")).not_to_contain_text("Second person asked")
        page.get_by_role("link", name="Show all").click()
        expect(page.locator(".history")).to_contain_text("Second person asked")
        expect(page.locator(".history")).to_contain_text("the standards")
        page.get_by_role("link", name="Older").click()
        expect(page.locator(".history tbody")).to_contain_text("Story opened")


@pytest.mark.thorough
def test_what_differs_is_shown_as_prose_as_fields_and_as_events(
    browser: Browser, newspaper: Server, *, script: bool
) -> None:
    with looking(browser, newspaper, script=script) as looker:
        page = looker.go(f"{STORY}/diff?from=35&to=57")
        expect(
            page.locator(".compared del", has_text="Kim does not travel abroad frequently")
        ).to_be_visible()
        page.get_by_role("link", name="Fields").click()
        row = page.get_by_role("row", name=re.compile("Fact 1 attribution"))
        expect(row.locator("ins")).to_contain_text("Dmitry Peskov")
        page.get_by_role("link", name="Events").click()
        expect(page.locator(".log")).to_contain_text("What was planned has happened.")


@pytest.mark.thorough
def test_what_changed_since_one_last_looked_is_told_and_nobody_is_told_who_looked(
    browser: Browser, newspaper: Server
) -> None:
    with looking(browser, newspaper) as looker:
        looker.go(STORY)
        remembered = looker.page.evaluate("JSON.parse(localStorage['fact-ledger seen'])['kim-visits-russia']")
        first = newspaper.client(None).get(f"/v1{STORY}/revisions").json()["items"][0]
        looker.page.evaluate(
            "seen => localStorage['fact-ledger seen'] = JSON.stringify({'kim-visits-russia': seen})",
            [first["published_at"], first["position"]],
        )
        page = looker.go(STORY)
        expect(page.locator("#news")).to_contain_text("has changed since you last looked")
        page.get_by_role("link", name="Show what changed").click()
        expect(page.locator(".lead")).to_contain_text("edition 1")
        expect(page.locator(".diff-headline ins")).to_contain_text("meet in Russia")
        assert remembered[1] > first["position"]
        assert looker.context.cookies() == []


# --- Asking for a correction -------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_anybody_asks_for_a_correction_and_follows_it_by_a_link(
    browser: Browser, newspaper: Server, *, script: bool
) -> None:
    with looking(browser, newspaper, script=script) as looker:
        page = looker.go(STORY)
        page.get_by_role("link", name="Something wrong?").click()
        assert page.locator("[name=story]").input_value() == "kim-visits-russia"
        page.fill("#phrase", "on Sunday afternoon")
        page.fill("#concern", "It was in the evening.")
        page.fill("#contact", "reader@example.org")
        page.get_by_role("button", name="Send").click()
        expect(page.locator("h1")).to_have_text("It waits to be read")
        receipt = looker.at
        assert re.fullmatch(r"/request/[0-9a-f-]{36}", receipt)
        assert "reader@example.org" not in page.content()
        editor = newspaper.client("editor")
        looked_into = editor.post(f"/v1{receipt.replace('request', 'requests')}/acknowledgements", json={})
        editor.get("/v1/requests", params={"at_least": looked_into.json()["position"]})
        page.reload()
        expect(page.locator("h1")).to_have_text("Somebody looks into it")
        page.get_by_role("link", name="What changed in it since you asked").click()
        expect(page.locator(".empty")).to_contain_text("Nothing in what the story says differs")


@pytest.mark.thorough
def test_what_was_typed_is_kept_and_each_mistake_stands_beside_its_field(
    browser: Browser, newspaper: Server, *, script: bool
) -> None:
    with looking(browser, newspaper, script=script) as looker:
        page = looker.go("/request?story=kim-visits-russia")
        page.fill("#phrase", "on Tuesday <b>&amp;")
        page.fill("#concern", "It was Monday.")
        page.locator("[name=story]").evaluate("story => story.value = 'Not A Slug'")
        page.get_by_role("button", name="Send").click()
        field = page.locator("#story")
        assert field.get_attribute("aria-invalid") == "true"
        described = field.get_attribute("aria-describedby") or ""
        expect(page.locator(f"[id='{described}']")).to_contain_text("slug")
        assert page.locator("#phrase").input_value() == "on Tuesday <b>&amp;"
        page.locator("#story option").last.evaluate("story => story.value = 'no-such-story'")
        page.locator("#story").evaluate("story => story.selectedIndex = story.length - 1")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert page.locator("#concern").input_value() == "It was Monday."


# --- Live --------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_an_open_story_says_that_it_has_changed_and_one_stream_serves_all_tabs(
    browser: Browser, newspaper: Server
) -> None:
    with looking(browser, newspaper) as looker, looking(browser, newspaper) as somebody_else:
        streams = newspaper.app.state.streams
        before = streams.open
        looker.go("/stories/kim-visits-russia")
        wait_until(lambda: streams.open == before + 1)
        tab = looker.tab()
        tab.goto(f"{newspaper.url}{STORY}")
        with tab.expect_console_message(lambda message: message.text == "settled"):
            tab.evaluate("setTimeout(() => console.log('settled'), 500)")
        assert streams.open == before + 1
        somebody_else.go(STORY)
        wait_until(lambda: streams.open == before + 2)
        editor = newspaper.client("editor")
        note = {"text": "The dates are those of the place.", "reason": "Readers asked."}
        noted = editor.post(f"/v1{STORY}/editors-notes", json=note).raise_for_status().json()
        publication = {"revision": noted["revision"], "reason": "The note."}
        editor.post(f"/v1{STORY}/publications", json=publication).raise_for_status()
        for page in (looker.page, tab, somebody_else.page):
            expect(page.locator("#news")).to_contain_text("This story has changed just now")
        tab.get_by_role("link", name="Show it as it is now").click()
        expect(tab.locator(".told.note")).to_contain_text("The dates are those of the place.")
        # The tab that listened for both goes; the other takes over.
        looker.page.close()
        wait_until(lambda: streams.open == before + 2)
        headline = {"headline": "They met", "reason": "Shorter.", "expected_revision": noted["revision"]}
        named = editor.post(f"/v1{STORY}/headline", json=headline).raise_for_status().json()
        publication = {"revision": named["revision"], "reason": "The headline."}
        editor.post(f"/v1{STORY}/publications", json=publication).raise_for_status()
        expect(tab.locator("#news")).to_contain_text("This story has changed just now")


def wait_until(holds: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.02)


# --- For everybody -----------------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_from_using_a_page(browser: Browser, newspaper: Server, scheme: str) -> None:
    with looking(browser, newspaper, color_scheme=scheme) as looker:
        found = []
        for path in PAGES:
            looker.go(path)
            found += looker.barriers()
            looker.shot(f"{name_of(path)}-{scheme}")
        assert found == []


@pytest.mark.thorough
@pytest.mark.parametrize("width", [320, 390, 640])  # 640: 1,280 pixels at 200 %
def test_pages_fit_narrow_windows_and_two_hundred_percent(
    browser: Browser, newspaper: Server, width: int
) -> None:
    with looking(
        browser, newspaper, viewport={"width": width, "height": 800}, reduced_motion="reduce"
    ) as looker:
        too_wide = []
        for path in PAGES:
            looker.go(path)
            if looker.is_wider_than_its_window():
                too_wide.append(path)
            if width == 390:
                looker.shot(f"{name_of(path)}-phone")
        assert too_wide == []


@pytest.mark.thorough
def test_nothing_moves_by_itself_for_whoever_wants_that(browser: Browser, newspaper: Server) -> None:
    moving = "getComputedStyle(document.documentElement).scrollBehavior"
    with looking(browser, newspaper, reduced_motion="reduce") as looker:
        assert looker.go(STORY).evaluate(moving) == "auto"
        bar = "getComputedStyle(document.querySelector('.bar')).transitionDuration"
        assert looker.page.evaluate(bar) == "0s"
    with looking(browser, newspaper, reduced_motion="no-preference") as looker:
        assert looker.go(STORY).evaluate(moving) == "smooth"


@pytest.mark.thorough
def test_a_page_is_walked_through_by_keyboard_alone(browser: Browser, newspaper: Server) -> None:
    with looking(browser, newspaper) as looker:
        page = looker.go(STORY)
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text("Skip to what is on this page")
        page.keyboard.press("Enter")
        order = []
        for _ in range(12):
            page.keyboard.press("Tab")
            order.append(page.evaluate("document.activeElement.outerHTML.slice(0, 90)"))
        assert not any("strip" in one or "<svg" in one for one in order)
        wanted = ["/history", "/request?", 'rel="prev"', 'type="range"', "<select", "<summary"]
        found = [next((place for place, one in enumerate(order) if word in one), -1) for word in wanted]
        assert found == sorted(found), order
        assert -1 not in found, order


def name_of(path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path).strip("-") or "front"
