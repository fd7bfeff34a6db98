"""Can the desk do its day's work in a real browser, with JavaScript and without, by keyboard, whatever is typed?"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from api.server.embedded import EmbeddedPostgres
from api.terminal.keys import Console
from ledger.words import Role
from tests.browser import Hand, Looker, looking
from tests.desk import CHANGES, OF_PUBLICATION, Desk, open_desk

COPY = "A train arrived in Vladivostok.\nNobody saw it arrive."
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'{{ 7 * 7 }} \u202egnp.\u202c"


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def script(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@contextmanager
def somebody(browser: Browser, desk: Desk, role: Role = "editor", **settings: Any) -> Iterator[Looker]:
    with looking(browser, desk.server, **settings) as looker:
        looker.sign_in(desk.server.secret(role))
        yield looker


def a_story(desk: Desk, facts: int = 2) -> str:
    """With copy; fact 1 stands behind its first words."""
    slug = desk.open(facts)
    span = {"fact": 1, "start": 0, "end": 15, "exact": COPY[:15]}
    desk.post(f"/v1/stories/{slug}/copy", {"text": COPY, "spans": [span], "reason": "The first take."})
    desk.settle()
    return slug


def press(page: Page, name: str) -> None:
    page.locator("main").get_by_role("button", name=name, exact=True).last.click()


def file(page: Page) -> None:
    """By the main button, which stands first and says what it does."""
    page.locator("main .file button").first.click()


def recorded(page: Page) -> None:
    expect(page.get_by_role("status").filter(has_text="Recorded ")).to_be_visible()


# --- Facts -------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_words_are_selected_and_f_files_the_fact_that_stands_behind_them(
    browser: Browser, desk: Desk
) -> None:
    slug = a_story(desk)
    with somebody(browser, desk, "reporter") as looker:
        page = looker.go(f"/stories/{slug}")
        page.evaluate(
            "selection = getSelection(); range = document.createRange();"
            "range.selectNodeContents(document.querySelectorAll('.para')[1]); selection.addRange(range)"
        )
        page.keyboard.press("f")
        box = page.get_by_role("dialog", name="Report a fact")
        expect(box).to_be_visible()
        expect(box.get_by_label("Who says it")).to_be_focused()
        box.get_by_role("button", name="File", exact=True).click()
        expect(
            box.get_by_label("Who says it")
        ).to_be_focused()  # the refusal stays in the panel, at the field
        expect(box.locator(".field-wrong")).to_contain_text("Say who says it")
        box.get_by_label("What we assert").fill("Nobody saw the train arrive")
        box.get_by_label("Who says it").fill("ria")
        looker.shot("desk-report", whole=False)
        box.get_by_role("button", name="File", exact=True).click()
        recorded(page)
        expect(page.locator("#fact-3 .says")).to_have_text("Nobody saw the train arrive")
        expect(page.locator(".para").nth(1).locator(".ref a")).to_have_attribute("href", "#fact-3")


@pytest.mark.thorough
def test_f_closes_again_and_is_a_letter_where_one_types(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    with somebody(browser, desk, "reporter") as looker:
        page = looker.go(f"/stories/{slug}")
        page.keyboard.press("f")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.get_by_label("What we assert").focus()
        page.keyboard.type("ff")
        assert page.get_by_label("What we assert").input_value() == "ff"
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("copy", "words", "typed"),
    [
        ("It came on Friday, late.", "on Friday", "for once"),
        ("列車は金曜日に着いた。", "金曜日に着いた", "f"),
    ],
)
def test_what_is_typed_over_words_of_the_copy_is_typed_and_alt_shift_f_makes_them_a_fact(
    browser: Browser, desk: Desk, copy: str, words: str, typed: str
) -> None:
    with somebody(browser, desk, "reporter") as looker:
        page = looker.go("/desk/open")
        field, hand = page.get_by_label("The copy", exact=True), Hand(page)
        field.fill(copy)
        hand.select(words, field)
        page.keyboard.press("Alt+Shift+F")
        expect(page.locator("[name='facts.0.words']")).to_have_value(words)
        expect(field).to_have_value(copy)
        hand.select(words, field)
        page.keyboard.type(typed)
        expect(field).to_have_value(copy.replace(words, typed))
        page.wait_for_timeout(300)
        expect(page.locator(".new-fact")).to_have_count(1)


@pytest.mark.thorough
def test_a_source_that_another_fact_of_the_form_makes_is_found_by_a_part_of_its_name(
    browser: Browser, desk: Desk
) -> None:
    with somebody(browser, desk, "reporter") as looker:
        page = looker.go("/desk/open")
        for index in range(2):
            page.get_by_role("button", name="Add ").click()
            expect(page.locator(".new-fact")).to_have_count(index + 1)
        page.locator("[name='facts.0.who']").fill("Oleg Kozhemyako")
        page.locator("[name='facts.0.new.kind']").select_option("person")
        page.locator("[name='facts.1.who']").press_sequentially("kozhem")
        expect(page.locator("#sources option[value='Oleg Kozhemyako']")).to_have_count(1)
        expect(page.locator("[name='facts.1.new.kind']")).to_be_hidden()


@pytest.mark.thorough
def test_a_correction_is_previewed_and_then_filed(browser: Browser, desk: Desk, *, script: bool) -> None:
    slug = a_story(desk)
    with somebody(browser, desk, script=script) as looker:
        page = looker.go(f"/stories/{slug}")
        page.locator("#fact-1 .acts a", has_text="Correct").click()
        page.get_by_label("What we assert").fill("Train 1 left")
        page.get_by_label("What was wrong").fill("We said that it had arrived.")
        page.locator("summary", has_text="Another reason").click()
        page.get_by_label("other").check()
        page.get_by_label("How it came about").select_option("our_error")
        page.locator("#f-reason").fill("The station says so.")
        before = desk.head()
        press(page, "Show what readers will read")
        shown = page.locator(".preview")
        # In the fact, and in the words that stand on it.
        expect(shown.locator("del")).to_have_text(["arrived", "arrived"])
        expect(shown.locator("ins")).to_have_text(["left1", "left"])  # with the number of the fact
        assert desk.head() == before
        looker.shot(f"desk-preview-{'script' if script else 'plain'}")
        file(page)
        recorded(page)
        page = looker.go(f"/stories/{slug}")
        expect(page.locator("#fact-1 .says")).to_have_text("Train 1 left")
        expect(page.locator(".prose .told.correction")).to_contain_text("We said that it had arrived.")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("act", "field", "shown"),
    [
        ("update", "Train 1 has left", "Update"),
        ("clarify", "Train 1, a special one, arrived", "Clarification"),
    ],
)
def test_facts_are_updated_and_clarified(
    browser: Browser, desk: Desk, act: str, field: str, shown: str
) -> None:
    slug = a_story(desk)
    with somebody(browser, desk) as looker:
        page = looker.go(f"/desk/stories/{slug}/facts/1/{act}")
        page.get_by_label("What we assert").fill(field)
        page.locator("#f-reason").fill("It is so now.")
        file(page)
        recorded(page)
        page = looker.go(f"/stories/{slug}/facts/1")
        expect(page.locator(".life > li").first).to_contain_text(shown)


@pytest.mark.thorough
def test_a_fact_is_retracted_and_stays_as_a_tombstone(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    with somebody(browser, desk) as looker:
        page = looker.go(f"/desk/stories/{slug}/facts/1/retract")
        page.locator("#f-reason").fill("Nobody can check it.")
        page.locator("main").get_by_role("button").filter(has_text=re.compile("^Retract$")).first.click()
        recorded(page)
        page = looker.go(f"/stories/{slug}")
        expect(page.locator("#fact-1 .says s")).to_be_visible()
        expect(page.locator(".prose .told.retraction")).to_contain_text("Nobody can check it.")


@pytest.mark.thorough
def test_two_change_one_fact_and_the_work_of_the_second_is_kept(
    browser: Browser, desk: Desk, *, script: bool
) -> None:
    slug = a_story(desk)
    with somebody(browser, desk, script=script) as one:
        page = one.go(f"/desk/stories/{slug}/facts/1/update")
        page.get_by_label("What we assert").fill("Train 1 has gone")
        page.locator("#f-reason").fill("It went.")
        theirs = {
            "expected_version": 1,
            "reason": "It is Khasan.",
            "place": "Khasan",
            "statement": "Train 1 stopped",
        }
        desk.post(f"/v1/stories/{slug}/facts/1/updates", theirs, "reporter")
        file(page)
        expect(page.locator("#moved")).to_contain_text("Somebody was there first")
        expect(page.locator("#moved")).to_contain_text("Khasan")
        assert page.get_by_label("What we assert").input_value() == "Train 1 has gone"
        expect(page.locator(".theirs").first).to_contain_text("Train 1 stopped")
        one.shot(f"desk-conflict-{'script' if script else 'plain'}")
        press(page, "File mine on top of theirs")
        recorded(page)
        page = one.go(f"/stories/{slug}/facts/1")
        expect(page.locator("h1")).to_have_text("Train 1 has gone")
        expect(page.locator(".life > li").nth(1)).to_contain_text("It is Khasan.")


# --- Publication -------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_story_is_published_held_and_released(browser: Browser, desk: Desk, *, script: bool) -> None:
    slug = a_story(desk)
    with somebody(browser, desk, script=script) as editor, looking(browser, desk.server) as reader:
        page = editor.go(f"/stories/{slug}")
        page.locator(".acts a", has_text="Publish").click()
        page.locator("#f-reason").fill("It is checked.")
        file(page)
        recorded(page)
        expect(reader.go(f"/stories/{slug}").locator("h1")).to_be_visible()
        page = editor.go(f"/desk/stories/{slug}/hold")
        page.locator("#f-reason").fill("A doubt.")
        press(page, "Hold")
        recorded(page)
        expect(reader.go(f"/stories/{slug}").locator("h1")).to_have_text("Nothing here")
        page = editor.go(f"/stories/{slug}")
        expect(page.locator(".byline .state")).to_have_text("held")
        page.locator(".acts a", has_text="Release").click()
        page.locator("#f-reason").fill("It is right.")
        file(page)
        recorded(page)
        expect(reader.go(f"/stories/{slug}").locator(".prose")).to_contain_text("Vladivostok")


@pytest.mark.thorough
def test_what_readers_do_not_see_is_published_from_the_list_and_undone_from_the_receipt(
    browser: Browser, desk: Desk, *, script: bool
) -> None:
    slug = a_story(desk)
    desk.publish(slug)
    headline = f"Only here, {'with' if script else 'without'} a script"
    desk.post(f"/v1/stories/{slug}/headline", {"headline": headline, "reason": "It goes on."})
    desk.settle()
    with somebody(browser, desk, script=script) as editor, looking(browser, desk.server) as reader:
        page = editor.go("/desk/unpublished")
        row = page.locator("li.told", has_text=headline)
        row.get_by_role("link", name="Publish now").click()
        expect(page.locator("#f-reason")).to_have_value("New headline: It goes on.")
        editor.shot(f"desk-publish-{'script' if script else 'plain'}")
        assert not script or editor.barriers() == []
        file(page)
        recorded(page)
        expect(reader.go(f"/stories/{slug}").locator("h1")).to_have_text(headline)
        page = editor.go("/desk/unpublished")
        expect(page.locator("li.told", has_text=headline)).to_have_count(0)

        page = editor.go(f"/desk/stories/{slug}/set-headline")
        page.get_by_label("Headline").fill("By mistake")
        page.locator("#f-reason").fill("A slip of the hand.")
        file(page)
        recorded(page)
        page.get_by_role("status").get_by_role("link", name="Undo").click()
        expect(page.locator("h1")).to_have_text("Undo what was recorded")
        assert not script or editor.barriers() == []
        press(page, "Undo and publish")  # the browser asks for a reason first
        expect(page.locator("#f-reason")).to_be_focused()
        page.locator("#f-reason").fill("It was a mistake.")
        press(page, "Undo and publish")
        recorded(page)
        expect(page.locator("h1")).to_have_text(headline)
        page.go_back()
        expect(page.locator("h1")).to_have_text("Undo what was recorded")
        expect(reader.go(f"/stories/{slug}").locator("h1")).to_have_text(headline)


@pytest.mark.thorough
def test_whoever_goes_back_to_a_form_that_was_tried_finds_it_as_it_was(
    browser: Browser, desk: Desk, *, script: bool
) -> None:
    slug = a_story(desk)
    with somebody(browser, desk, script=script) as looker:
        page = looker.go(f"/desk/stories/{slug}/facts/1/update")
        page.get_by_label("What we assert").fill("Train 1 has left")
        for why, said in (("", "is required; add it"), ("It went.", "nothing is recorded yet")):
            page.locator("#f-reason").evaluate("field => { field.required = false; }") if script else None
            page.locator("#f-reason").fill(why or " ")
            press(page, "Show how it will read")
            expect(page.locator("main")).to_contain_text(said)
            page.locator("main .kicker a").first.click()
            expect(page.locator("main .prose")).to_be_visible()
            page.go_back()
            expect(page.locator("main")).to_contain_text(said)
            expect(page.get_by_label("What we assert")).to_have_value("Train 1 has left")


@pytest.mark.thorough
def test_an_embargo_is_set_and_told(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    with somebody(browser, desk) as editor, looking(browser, desk.server) as reader:
        page = editor.go(f"/desk/stories/{slug}/publish")
        page.locator("summary", has_text="Embargo").click()
        page.get_by_label(re.compile("^Embargo")).fill("2099-01-01T00:00")
        page.locator("#f-reason").fill("Not before.")
        file(page)
        recorded(page)
        page = editor.go(f"/stories/{slug}")
        expect(page.locator(".byline .state")).to_have_text("embargoed")
        expect(page.locator(".byline")).to_contain_text("1 January 2099")
        expect(reader.go(f"/stories/{slug}").locator("h1")).to_have_text("Nothing here")


@pytest.mark.thorough
def test_a_kill_takes_a_second_person(browser: Browser, desk: Desk, *, script: bool) -> None:
    slug = a_story(desk)
    desk.publish(slug)
    with (
        somebody(browser, desk, script=script) as one,
        somebody(browser, desk, "standards", script=script) as other,
        looking(browser, desk.server) as reader,
    ):
        page = one.go(f"/desk/stories/{slug}/kill")
        page.locator("#f-reason").fill("It should never have run.")
        press(page, "Ask to kill")
        expect(page.locator("main")).to_contain_text("second person")
        expect(reader.go(f"/stories/{slug}").locator(".prose")).to_be_visible()
        page = other.go("/desk")
        waiting = page.locator("li").filter(has_text="It should never have run.")
        waiting.get_by_role("link", name="Approve").click()
        page.locator("main form.fields button.danger, main form.fields button[value=file]").first.click()
        recorded(page)
        expect(reader.go(f"/stories/{slug}").locator("h1")).to_have_text("Withdrawn")


# --- What waits --------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_request_is_answered_by_the_correction_that_came_of_it(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    desk.publish(slug)
    correction = CHANGES["corrections"] | {"expected_version": 1}
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", correction)
    request = desk.ask(slug, phrase="A train arrived")
    with somebody(browser, desk) as looker, looking(browser, desk.server) as reader:
        page = looker.go("/desk/requests")
        page.get_by_role("link", name=re.compile("Accept")).last.click()
        page.locator("#f-fact").select_option("1")
        page.locator("#f-version").select_option("2")
        page.locator("#f-reason").fill("They were right.")
        file(page)
        recorded(page)
        page = reader.go(f"/request/{request}")
        expect(page.locator("h1")).to_have_text("It was accepted")
        expect(page.locator("main")).not_to_contain_text("They were right.")


@pytest.mark.thorough
def test_a_shaken_fact_is_looked_at_and_confirmed(browser: Browser, desk: Desk) -> None:
    ground, resting = desk.open(1), desk.open(1)
    desk.report(resting, statement="It rests on the train", rests_on=[{"story": ground, "fact": 1}])
    desk.post(f"/v1/stories/{ground}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1})
    desk.settle()
    with somebody(browser, desk) as looker:
        page = looker.go("/desk/shaken")
        shaken = page.locator("li").filter(has_text="It rests on the train")
        shaken.get_by_role("link", name="Confirm").click()
        page.locator("#f-reason").fill("Looked at it: it stands.")
        file(page)
        recorded(page)
        page = looker.go("/desk/shaken")
        expect(page.locator("main")).not_to_contain_text("It rests on the train")


# --- For everybody, whatever they type ---------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_correction_is_filed_by_keyboard_alone(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    with looking(browser, desk.server) as looker:
        page = looker.go("/sign-in")
        expect(page.locator("#key")).to_be_focused()
        page.keyboard.type(desk.server.secret("editor"))
        page.keyboard.press("Enter")
        page.wait_for_url(f"{looker.url}/desk")
        page.goto(f"{looker.url}/desk/stories/{slug}/facts/1/correct")
        typed = {
            "What was wrong": "We said arrived.",
            "Why": "The station says so.",
            "What we assert": "Train 1 left",
        }
        ticked, chosen, typed_so_far = False, False, set()
        for _ in range(120):
            page.keyboard.press("Tab")
            label = page.evaluate("document.activeElement.labels?.[0]?.innerText.trim() ?? ''")
            if label in typed:
                page.keyboard.press("Control+A")
                page.keyboard.type(typed[label])
                typed_so_far.add(label)
            elif label == "other" and not ticked:
                page.keyboard.press("Space")
                ticked = True
            elif label == "How it came about":
                page.keyboard.type("our")
                chosen = True
            if ticked and chosen and typed_so_far == {*typed}:
                break
        assert (ticked, chosen, typed_so_far) == (True, True, {*typed})
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.value") == "file":
                break
        page.keyboard.press("Enter")
        recorded(page)
        expect(looker.go(f"/stories/{slug}").locator("#fact-1 .says")).to_have_text("Train 1 left")


@pytest.mark.thorough
def test_hostile_text_in_every_field_is_text_on_every_page(browser: Browser, desk: Desk) -> None:
    slug = desk.slug("hostile")
    source = desk.slug("hostile-source")
    desk.post("/v1/sources", {"slug": source, "name": HOSTILE, "kind": "own", "description": HOSTILE})
    opened = {"slug": slug, "headline": HOSTILE, "language": "en", "desk": HOSTILE}
    desk.post("/v1/stories", opened | {"dateline": {"place": HOSTILE, "date": "2023-09-12"}})
    said = [{"source": source, "cue": HOSTILE, "speech": "direct", "quote": HOSTILE}]
    excerpt = {"exact": HOSTILE, "prefix": HOSTILE, "suffix": HOSTILE}
    cited = [
        {
            "source": source,
            "title": HOSTILE,
            "url": "https://example.org/?a='onload=alert(1)",
            "excerpt": excerpt,
        }
    ]
    whole: dict[str, Any] = {
        "statement": HOSTILE,
        "kind": "figure",
        "attribution": said,
        "citations": cited,
        "occurred": {"literal": HOSTILE},
        "place": HOSTILE,
        "entities": [HOSTILE],
        "figure": {"value": "1", "unit": HOSTILE},
        "note": [{"role": HOSTILE, "text": HOSTILE, "is_publishable": True}],
    }
    desk.post(f"/v1/stories/{slug}/facts", whole)
    nobody = {"attribution": None, "unattributed": {"reason": HOSTILE, "signed_off_by": HOSTILE}}
    desk.post(
        f"/v1/stories/{slug}/facts", {**{k: v for k, v in whole.items() if k != "attribution"}, **nobody}
    )
    span = {"fact": 1, "start": 0, "end": len(HOSTILE), "exact": HOSTILE}
    desk.post(
        f"/v1/stories/{slug}/copy", {"text": f"{HOSTILE}\n{HOSTILE}", "spans": [span], "reason": HOSTILE}
    )
    desk.publish(slug)
    correction = {"statement": f"{HOSTILE} 2", "was_wrong": HOSTILE, "affects": ["other"], "cause": "other"}
    desk.post(
        f"/v1/stories/{slug}/facts/1/corrections", correction | {"expected_version": 1, "reason": HOSTILE}
    )
    note = {"role": HOSTILE, "text": HOSTILE, "is_publishable": True}
    desk.post(f"/v1/stories/{slug}/notes", note)
    desk.publish(slug)
    request = desk.ask(slug, phrase=HOSTILE, concern=HOSTILE, contact=HOSTILE)
    asked = OF_PUBLICATION["kills"] | {"reason": HOSTILE, "notice": HOSTILE}
    assert desk.try_post(f"/v1/stories/{slug}/kills", asked, "editor").status_code == 202
    pages = [
        "/", f"/?q={HOSTILE[:20]}", f"/stories/{slug}", f"/stories/{slug}?view=reader", f"/stories/{slug}/history",
        f"/stories/{slug}/history?all=yes", f"/stories/{slug}/diff", f"/stories/{slug}/diff?show=fields",
        f"/stories/{slug}/diff?show=events", f"/stories/{slug}/facts/1", f"/stories/{slug}/facts/2",
        f"/sources/{source}", "/corrections",
        f"/request?story={slug}&phrase=%3Cscript%3E", f"/request/{request}", "/desk", "/desk/requests",
        f"/desk/requests/{request}", "/desk/approvals", f"/desk/stories/{slug}/facts/1/correct",
        f"/desk/stories/{slug}/file-copy", f"/desk/stories/{slug}/report?words=%3Cscript%3Ealert(1)%3C/script%3E",
    ]  # fmt: skip
    with somebody(browser, desk) as looker:
        for path in pages:
            page = looker.go(path)
            assert page.locator("main img, main script, [onerror], [onload]").count() == 0, path
            assert "49" not in page.locator("h1").inner_text(), path
        expect(looker.go(f"/stories/{slug}").locator("h1")).to_have_text(HOSTILE)
        looker.shot("desk-hostile")
    with somebody(browser, desk, "auditor") as looker:
        page = looker.go(f"/audit?story={slug}")
        assert page.locator("main img, main script").count() == 0


DESK_PAGES = (
    "/desk", "/desk/requests", "/desk/approvals", "/desk/shaken", "/desk/open", "/desk/register", "/audit",
    "/stories/{slug}", "/stories/{slug}/history?all=yes", "/stories/{slug}/facts/1",
    "/desk/stories/{slug}/report", "/desk/stories/{slug}/file-copy", "/desk/stories/{slug}/publish",
    "/desk/stories/{slug}/hold", "/desk/stories/{slug}/kill", "/desk/stories/{slug}/facts/1/correct",
    "/desk/stories/{slug}/facts/1/respond", "/desk/stories/{slug}/revisions/2/undo",
)  # fmt: skip


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_from_the_work_of_the_desk(browser: Browser, desk: Desk, scheme: str) -> None:
    slug = a_story(desk)
    desk.publish(slug)
    desk.ask(slug)
    with (
        somebody(browser, desk, color_scheme=scheme) as editor,
        somebody(browser, desk, "auditor", color_scheme=scheme) as auditor,
    ):
        found, too_wide = [], []
        for path in DESK_PAGES:
            looker = auditor if path == "/audit" else editor
            looker.page.set_viewport_size({"width": 1280, "height": 900})
            looker.go(path.format(slug=slug))
            for details in looker.page.locator("main details").all()[:6]:
                details.evaluate("one => one.open = true")
            found += looker.barriers()
            name = re.sub(r"[^a-z0-9]+", "-", path.replace("{slug}", "story")).strip("-")
            looker.shot(f"{name}-{scheme}")
            looker.page.set_viewport_size({"width": 320, "height": 700})
            if looker.is_wider_than_its_window():
                too_wide.append(path)
            if scheme == "light":
                looker.shot(f"{name}-phone")
        assert (found, too_wide) == ([], [])


@pytest.mark.thorough
def test_a_link_of_the_demonstration_signs_in_once(browser: Browser, desk: Desk, *, script: bool) -> None:
    link = Console(desk.newsroom.database).sign_in_link(desk.server.secret("editor"))
    with looking(browser, desk.server, script=script) as looker:
        page = looker.go(link)
        button = page.get_by_role("button", name="Sign in as the editor")
        expect(button).to_be_focused()
        button.press("Enter")
        expect(page.locator(".who")).to_contain_text("the editor")
        cookie = looker.context.cookies()[0]
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("link", name="Desk sign-in")).to_be_visible()
        expect(looker.go(link).get_by_role("alert")).to_contain_text("used before")


# --- What somebody new stumbled over -----------------------------------------------------------------------------

PHONE = {"width": 390, "height": 844}


@pytest.mark.thorough
def test_what_one_did_oneself_is_no_news(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    with somebody(browser, desk) as looker:
        looker.go(f"/stories/{slug}")
        page = looker.go(f"/desk/stories/{slug}/set-headline")
        page.get_by_label("Headline").fill("Another train")
        page.locator("#f-reason").fill("It was another one.")
        file(page)
        recorded(page)
        expect(page.locator("h1")).to_have_text("Another train")
        expect(page.locator("#news")).to_be_empty()
        desk.post(
            f"/v1/stories/{slug}/headline",
            {"headline": "A third one", "reason": "So.", "expected_revision": 5},
        )
        desk.settle()
        expect(looker.go(f"/stories/{slug}").locator("#news")).to_contain_text("since you last looked")


@pytest.mark.thorough
@pytest.mark.parametrize("later", [0, 600_000])
def test_what_was_withdrawn_before_a_page_came_is_no_news(browser: Browser, desk: Desk, later: int) -> None:
    """later: by how many milliseconds the page came; whatever the clock of whoever reads it says."""
    slug, other = desk.public(), desk.public()
    desk.post(f"/v1/stories/{other}/holds", OF_PUBLICATION["holds"])
    desk.settle()
    with looking(browser, desk.server) as reader:
        reader.page.add_init_script(
            "const now = Date.now; Date.now = () => now() + 7200000; window.told = [];"
            f"const age = performance.now.bind(performance); performance.now = () => age() - {later};"
            "addEventListener('DOMContentLoaded', () => new MutationObserver(() => told.push(news.textContent))"
            ".observe(document.getElementById('news'), {childList: true}))"
        )
        page = reader.go(f"/stories/{slug}")
        desk.post(f"/v1/stories/{slug}/headline", {"headline": "Another", "reason": "So."})
        desk.publish(slug)
        expect(page.locator("#news")).to_contain_text("has changed just now")
        assert any("withdrawn" in one for one in page.evaluate("told")) is (later == 0)


@pytest.mark.thorough
def test_on_a_phone_every_field_of_a_table_is_within_the_window(browser: Browser, desk: Desk) -> None:
    slug = a_story(desk)
    desk.publish(slug)
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1})
    desk.settle()
    with somebody(browser, desk, "auditor", viewport=PHONE) as looker:
        for address in (
            f"/audit?story={slug}",
            f"/stories/{slug}/diff?from=4&to=6&show=fields",
            f"/stories/{slug}/history",
        ):
            page = looker.go(address)
            cells = page.locator("main tbody td")
            assert cells.count() > 3, address
            ends = cells.evaluate_all("all => all.map(one => one.getBoundingClientRect().right)")
            assert max(ends) <= PHONE["width"], address


@pytest.mark.thorough
def test_the_button_beside_selected_words_hides_what_is_below_it(browser: Browser, desk: Desk) -> None:
    slug = desk.public()
    desk.post(
        f"/v1/stories/{slug}/copy", {"text": COPY, "spans": [], "reason": "A take.", "expected_revision": 3}
    )
    desk.publish(slug)
    desk.settle()
    with looking(browser, desk.server) as reader:
        page = reader.go(f"/stories/{slug}")
        page.evaluate(
            "range = document.createRange(); range.selectNodeContents(document.querySelector('.para'));"
            "getSelection().addRange(range)"
        )
        shown = page.locator(".wrong-words").evaluate("one => getComputedStyle(one).backgroundColor")
        assert shown.startswith("rgb(")
