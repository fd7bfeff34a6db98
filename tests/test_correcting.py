"""Words, fact and publication are mended by one form, where one reads: with no more than what was wrong, and why."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ledger.words import Role
from tests.desk import CHANGES, Desk, open_desk
from tests.plain_browser import Browser, Page

TEXT = "Kim left by train.\nTwelve people came on Monday.\nTwelve is what Monday brought."


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], Any]) -> Iterator[Desk]:
    with open_desk(servers) as desk:
        yield desk


def span(words: str, fact: int, text: str = TEXT) -> dict[str, Any]:
    start = text.index(words)
    return {"fact": fact, "start": start, "end": start + len(words), "exact": words}


def a_story(desk: Desk, *, is_public: bool = True, **fields: Any) -> str:
    slug = desk.open(facts=1)
    desk.report(slug, **({"statement": "Twelve people came on Monday"} | fields))
    spans = [span("Kim left", 1), span("Twelve people came", 2)]
    desk.post(f"/v1/stories/{slug}/copy", {"text": TEXT, "spans": spans, "reason": "A take."})
    if is_public:
        desk.publish(slug)
    desk.settle()
    return slug


def shown(desk: Desk, slug: str, role: Role | None = None) -> dict[str, Any]:
    desk.settle()
    return dict(desk.client(role).get(f"/v1/stories/{slug}").json())


def typed(page: Page, **fields: str) -> Page:
    return page.form.send_fields("preview", {name.replace("__", "."): text for name, text in fields.items()})


def of_fact(editor: Browser, slug: str, fact: int = 2) -> Page:
    page = editor.get(f"/desk/stories/{slug}/correct?fact={fact}")
    assert page.status == 200, page.text
    return page


def buttons(page: Page) -> set[str]:
    return {e["value"] for e in page.form.element.all("button") if not e["value"].startswith("add:")}


ELEVEN = TEXT.replace("Twelve people", "Eleven people")
CORRECTED: dict[str, Any] = {
    "expected_version": 1,
    "statement": "Eleven people came on Monday",
    "was_wrong": "One was counted twice.",
    "affects": ["numbers"],
    "cause": "our_error",
}
SLIP = "Twelve peopple came on Monday."
SUNDAY = "Eleven people came on Sunday."


def test_words_and_fact_are_mended_and_published_by_two_fields(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    page = of_fact(editor, slug)
    assert page.form.fields["words.0"] == "Twelve people came on Monday."
    head = desk.head()
    page = typed(page, words__0=SUNDAY, what="correct", told="We said twelve, and Monday.")
    assert page.form.fields["statement"] == "Eleven people came on Sunday", page.text
    assert "We said twelve, and Monday." in page.by_id("preview").text
    assert "Eleven" in page.by_id("preview").text
    assert desk.head() == head
    page = page.form.send("publish")
    assert page.status == 200, page.text
    read = shown(desk, slug)
    assert SUNDAY in read["copy"]["text"]
    assert [one["exact"] for one in read["copy"]["spans"]] == ["Kim left", "Eleven people came"]
    assert read["facts"][1]["statement"] == "Eleven people came on Sunday"
    assert read["changes"][-1]["was_wrong"] == "We said twelve, and Monday."
    fact = shown(desk, slug, "editor")["facts"][1]
    assert fact["corrected"]["reason"] == "We said twelve, and Monday."
    assert (fact["corrected"]["cause"], fact["corrected"]["affects"]) == ("our_error", ["other"])
    revisions = desk.get(f"/v1/stories/{slug}/revisions").json()["items"]
    assert [one["kind"] for one in revisions[-3:]] == ["correction", "copy", "publication"]


@pytest.mark.thorough
def test_what_changes_along_is_never_filed_unseen(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    head = desk.head()
    fields = {"words.0": SUNDAY, "what": "correct", "told": "It was Sunday."}
    page = of_fact(editor, slug).form.send_fields("publish", fields)
    assert desk.head() == head
    assert "Look at it, and file it." in page.text
    assert page.form.fields["statement"] == "Eleven people came on Sunday"
    assert page.form.send("publish").status == 200
    assert shown(desk, slug)["facts"][1]["statement"] == "Eleven people came on Sunday"
    # What one wrote oneself stays as one wrote it.
    slug = a_story(desk)
    page = typed(of_fact(editor, slug), words__0=SUNDAY, statement="Eleven came", what="correct", told="So.")
    assert page.form.fields["statement"] == "Eleven came"


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("what", "kinds"),
    [
        ("update", ["update", "copy"]),
        ("clarify", ["clarification", "copy"]),
        ("refile", ["fact_refile", "refile"]),
        ("retract", ["retraction", "copy"]),
    ],
)
def test_what_it_was_decides_what_readers_are_told(
    desk: Desk, editor: Browser, what: str, kinds: list[str]
) -> None:
    slug = a_story(desk)
    words = {"retract": "Nobody saw it.", "refile": SLIP}.get(what, SUNDAY)
    page = typed(of_fact(editor, slug), words__0=words, what=what, told="Told to readers.")
    page = page.form.send("publish")
    assert page.status == 200, page.text
    revisions = desk.get(f"/v1/stories/{slug}/revisions").json()["items"]
    assert [one["kind"] for one in revisions[-3:]] == [*kinds, "publication"]
    read = shown(desk, slug)
    assert words in read["copy"]["text"]
    assert read["facts"][1]["standing"] == ("retracted" if what == "retract" else "standing")


def test_a_slip_in_the_fact_is_no_clarification_and_changes_nothing_else(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    page = typed(of_fact(editor, slug), words__0=SLIP, what="refile", told="A letter too many.")
    assert page.form.fields["statement"] == "Twelve peopple came on Monday"
    page = page.form.send("publish")
    assert page.status == 200, page.text
    desk.settle()
    read = shown(desk, slug)
    assert read["facts"][1]["statement"] == "Twelve peopple came on Monday"
    assert read["changes"] == []
    (told,) = desk.client(None).get(f"/v1/stories/{slug}/revisions").json()["items"][1:]
    assert (told["changes"], told["differs"]["facts"], told["differs"]["parts"]) == ([], [2], ["copy"])
    assert "too many" not in json.dumps([read, told])
    assert "too many" not in desk.client(None).get(f"/stories/{slug}").text
    page = typed(of_fact(editor, slug), words__0=SUNDAY, what="refile", told="It was Sunday.")
    head = desk.head()
    page = page.form.send("publish")
    assert page.status == 422
    assert "A slip of spelling is mended by letters alone" in page.text
    assert desk.head() == head


def test_a_slip_of_the_words_alone_leaves_the_fact_as_it_is(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    fields = {"words.0": "Twelve peeople came on Monday.", "what": "refile", "told": "A letter."}
    page = typed(of_fact(editor, slug), **{name.replace(".", "__"): text for name, text in fields.items()})
    page = page.form.send("file", statement="Twelve people came on Monday")
    assert page.status == 200, page.text
    desk.settle()
    revisions = desk.get(f"/v1/stories/{slug}/revisions").json()["items"]
    assert revisions[-1]["kind"] == "refile"
    assert shown(desk, slug, "editor")["facts"][1]["version"] == 1


def test_what_is_missing_is_said_at_its_place_and_nothing_is_lost(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    head = desk.head()
    page = typed(of_fact(editor, slug), words__0=SUNDAY)
    page = page.form.send("file")
    assert page.status == 422
    assert "in words for readers" in page.says_beside("told")
    assert page.form.fields["words.0"] == SUNDAY
    assert page.form.fields["statement"] == "Eleven people came on Sunday"
    page = of_fact(editor, slug).form.send_fields("file", {"what": "correct", "told": "So."})
    assert page.status == 422
    assert "Nothing is changed yet" in page.text
    page = typed(of_fact(editor, slug), attribution__0__source="nobody-knows", what="correct", told="So.")
    page = page.form.send("publish")
    assert page.status == 422
    assert "no source nobody-knows" in page.says_beside("attribution.0.source")
    assert desk.head() == head


def test_the_other_words_that_the_fact_stands_behind_are_mended_with_them(
    desk: Desk, editor: Browser
) -> None:
    slug = desk.open(facts=1)
    spans = [span("Twelve people", 1), span("Twelve is", 1)]
    desk.post(f"/v1/stories/{slug}/copy", {"text": TEXT, "spans": spans, "reason": "A take."})
    desk.publish(slug)
    desk.settle()
    page = of_fact(editor, slug, 1)
    assert page.form.fields["words.1"] == "Twelve is what Monday brought."
    page = typed(
        page, words__0="Eleven people came on Monday.", statement="Eleven came", what="correct", told="So."
    )
    assert page.form.fields["words.1"] == "Eleven is what Monday brought."
    assert page.form.send("publish").status == 200
    assert [one["exact"] for one in shown(desk, slug)["copy"]["spans"]] == ["Eleven people", "Eleven is"]


def test_any_words_that_are_selected_are_mended(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    at = TEXT.index("what Monday")
    page = editor.get(f"/desk/stories/{slug}/correct?words={at}-{at + 4}")
    assert "No fact stands behind these words" in page.text
    assert page.form.fields["words.0"] == "Twelve is what Monday brought."
    page = typed(page, words__0="Twelve is what that day brought.", what="refile", told="Smoother.")
    assert page.form.send("publish").status == 200
    assert "what that day brought" in shown(desk, slug)["copy"]["text"]
    start = TEXT.index("by train")
    page = editor.get(f"/desk/stories/{slug}/correct?words={start}-{TEXT.index('people')}")
    assert page.form.fields["words.0"] == "Kim left by train.\nTwelve people came on Monday."
    assert editor.get(f"/desk/stories/{slug}/correct?words=99999-999999").status == 200
    assert editor.get(f"/desk/stories/{slug}/correct?words=5-1").status == 200
    assert editor.get(f"/desk/stories/{slug}/correct?fact=77").status == 404


def test_words_that_would_contradict_their_fact_are_shown_with_the_mend_one_click_away(
    desk: Desk, editor: Browser
) -> None:
    slug = a_story(desk)
    body = CHANGES["corrections"] | {"expected_version": 1, "statement": "Eleven people came on Monday"}
    desk.post(f"/v1/stories/{slug}/facts/2/corrections", body)
    desk.settle()
    page = editor.get(f"/desk/stories/{slug}/publish?revision=6").form.send(reason="It is right.")
    assert page.status == 409
    at = TEXT.index("Twelve people came")
    mend = f"/desk/stories/{slug}/correct?fact=2&words={at}-{at + 18}"
    assert mend in page.links()
    assert "Twelve people came" in page.text
    page = editor.get(mend)
    assert page.form.fields["words.0"] == "Eleven people came on Monday."
    page = page.form.send_fields("publish", {"what": "correct", "told": "The words follow the fact."})
    assert page.status == 200, page.text
    assert "Eleven people came on Monday." in shown(desk, slug)["copy"]["text"]


def test_words_that_are_right_as_they_are_are_said_to_be(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    fields = {"statement": "Twelve adults came on Monday", "what": "clarify", "told": "Adults are meant."}
    page = of_fact(editor, slug).form.send_fields("publish", fields)
    assert page.form.fields["words.0"] == "Twelve adults came on Monday."  # proposed, and turned down
    page = page.form.send_fields("publish", {"words.0": "Twelve people came on Monday."})
    assert page.status == 409, page.text
    assert "Words that say something else" in page.text
    page = page.form.send_fields("publish", {"stand.2": "on"})
    assert page.status == 200, page.text
    assert shown(desk, slug)["facts"][1]["statement"] == "Twelve adults came on Monday"


def test_nothing_is_published_that_somebody_else_filed_meanwhile_and_nobody_looked_at(
    desk: Desk, editor: Browser
) -> None:
    slug = a_story(desk)
    page = typed(of_fact(editor, slug), words__0=SUNDAY, what="correct", told="It was Sunday.")
    desk.post(f"/v1/stories/{slug}/headline", {"headline": "Their headline", "reason": "So."})
    desk.settle()
    head = desk.head()
    page = page.form.send("publish")
    assert page.status == 409
    assert desk.head() == head
    assert "Somebody changed the story meanwhile" in page.text
    assert "Their headline" in page.by_id("preview").text
    assert page.form.send("publish").status == 200
    assert shown(desk, slug)["headline"] == "Their headline"


def test_whoever_was_second_looks_once_more_and_is_done(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    page = typed(of_fact(editor, slug), words__0=SUNDAY, what="correct", told="It was Sunday.")
    theirs = {"expected_version": 1, "place": "Khasan", "reason": "It was there."}
    desk.post(f"/v1/stories/{slug}/facts/2/clarifications", theirs)
    desk.post(f"/v1/stories/{slug}/headline", {"headline": "Their headline", "reason": "So."})
    desk.settle()
    page = page.form.send("publish")
    assert page.status == 409
    assert "It was there." in page.text
    assert "Their headline" in page.by_id("preview").text
    page = page.form.send("publish")
    assert page.status == 200, page.text
    read = shown(desk, slug)
    assert (read["headline"], read["facts"][1]["place"]) == ("Their headline", "Khasan")
    assert SUNDAY in read["copy"]["text"]


def test_a_paragraph_that_is_withdrawn_leaves_no_gap(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    before = shown(desk, slug)["copy"]["text"].splitlines()
    page = typed(of_fact(editor, slug), words__0="", what="retract", told="Nobody came.")
    assert page.form.send("publish").status == 200
    after = shown(desk, slug)["copy"]["text"].splitlines()
    assert after == [line for line in before if "Twelve people" not in line]


def test_of_two_who_edit_the_same_words_the_second_sees_those_of_the_first(
    desk: Desk, editor: Browser
) -> None:
    slug = a_story(desk)
    form = typed(of_fact(editor, slug), words__0=SUNDAY, what="correct", told="It was Sunday.").form
    other = TEXT.replace("Twelve people came on Monday.", "A dozen came.").replace("Kim", "A long line.\nKim")
    desk.post(f"/v1/stories/{slug}/copy", {"text": other, "spans": [], "reason": "Theirs."})
    desk.settle()
    head = desk.head()
    page = form.send("file")
    assert (page.status, desk.head()) == (409, head)
    assert "A long line." in page.text or "A dozen came." in page.text
    assert page.form.fields["words.0"] == SUNDAY
    # Words that somebody else moved and left as they were are found again.
    slug = a_story(desk)
    form = typed(of_fact(editor, slug), words__0=SUNDAY, what="correct", told="It was Sunday.").form
    moved = f"A long line, and another.\n{TEXT}"
    desk.post(
        f"/v1/stories/{slug}/copy",
        {"text": moved, "spans": [span("Twelve people", 2, moved)], "reason": "So."},
    )
    desk.settle()
    page = form.send("file")
    page = page if page.status == 200 else page.form.send("file")
    assert page.status == 200, page.text
    assert SUNDAY in shown(desk, slug, "editor")["copy"]["text"]


def test_a_fact_that_somebody_else_changed_is_laid_beside_ones_own(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    form = typed(of_fact(editor, slug), words__0=SUNDAY, what="correct", told="It was Sunday.").form
    theirs = {"expected_version": 1, "reason": "It is Khasan.", "place": "Khasan"}
    desk.post(f"/v1/stories/{slug}/facts/2/updates", theirs, "reporter")
    desk.settle()
    page = form.send("file")
    assert page.status == 409
    assert "It is Khasan." in page.text
    page = page.form.send("file")
    assert page.status == 200, page.text
    fact = shown(desk, slug, "editor")["facts"][1]
    assert (fact["place"], fact["statement"]) == ("Khasan", "Eleven people came on Sunday")


def test_who_changes_the_words_alone_sees_what_somebody_else_made_of_the_fact(
    desk: Desk, editor: Browser
) -> None:
    """Else readers would read words by one beside a fact by another."""
    slug = a_story(desk)
    form = of_fact(editor, slug).form
    there = desk.get(f"/v1/stories/{slug}").json()
    acts = [
        {"do": "correct", "fact": 2, "with": CORRECTED},
        {"do": "file-copy", "with": {"text": ELEVEN, "spans": [span("Eleven people came", 2, ELEVEN)]}},
        {"do": "publish", "with": {"revision": "@last"}},
    ]
    acts[1]["with"]["expected_revision"] = there["revision"]  # type: ignore[index]
    desk.post(f"/v1/stories/{slug}/acts", {"reason": "It was Monday, and eleven.", "acts": acts})
    desk.settle()
    head = desk.head()
    words = {"words.0": "Ten people came on Monday.", "what": "correct", "told": "It was ten."}
    page = form.send_fields("publish", words)
    assert (page.status, desk.head()) == (409, head)
    assert "Somebody was there first" in page.text
    assert page.form.fields["statement"] == "Eleven people came on Monday"
    assert page.form.fields["expected_version"] == "2"
    assert page.form.fields["words.0"] == words["words.0"]


def test_who_corrects_is_named_to_others_and_hears_of_them(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    reporter = Browser.of(desk.server, "reporter")
    assert "has been editing" not in of_fact(editor, slug).text
    assert "the editor has been editing this story since" in of_fact(reporter, slug).text
    page = of_fact(editor, slug).form.send("preview")
    assert "the reporter has been editing this story since" in page.text
    reporter.close()


def test_figure_and_quote_change_along_where_they_hold_the_same(desk: Desk, editor: Browser) -> None:
    said = [{"source": "ria", "cue": "said", "speech": "direct", "quote": "We saw 12 of them"}]
    slug = desk.open(facts=0)
    figure = {"kind": "figure", "figure": {"value": "12", "unit": "people"}, "statement": "There were 12"}
    desk.report(slug, attribution=said, occurred={"literal": "on Monday"}, **figure)
    text = "There were 12 on Monday."
    desk.post(
        f"/v1/stories/{slug}/copy", {"text": text, "spans": [span("There were 12", 1, text)], "reason": "A."}
    )
    desk.publish(slug)
    desk.settle()
    page = typed(
        of_fact(editor, slug, 1), words__0="There were 11 on Sunday.", what="correct", told="11 it was."
    )
    kept = page.form.fields
    assert (kept["figure.value"], kept["statement"], kept["attribution.0.quote"], kept["occurred.literal"]) == (
        "11", "There were 11", "We saw 11 of them", "on Sunday",
    )  # fmt: skip
    assert page.form.send("publish").status == 200
    corrected = shown(desk, slug, "editor")["facts"][0]["corrected"]
    assert corrected["affects"] == ["numbers", "attribution", "date"]


def test_words_that_leave_their_fact_as_it_is_are_asked_about_once(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk, statement="A dozen arrived")
    page = typed(
        of_fact(editor, slug), words__0="Of bears there were two.", what="correct", told="Two it was."
    )
    head = desk.head()
    page = page.form.send("publish")
    assert (page.status, desk.head()) == (422, head)
    assert "not the fact behind them" in page.says_beside("statement")
    fact = shown(desk, slug)["facts"][1]
    assert page.form.fields["words.0"] == "Of bears there were two."
    assert page.form.send("publish").status == 200
    assert "Of bears" in shown(desk, slug)["copy"]["text"]
    assert shown(desk, slug)["facts"][1] == fact


def test_the_preview_tells_what_no_longer_fits_and_nothing_of_facts_left_alone(
    desk: Desk, editor: Browser
) -> None:
    slug = a_story(desk, is_public=False, kind="figure", figure={"value": "12", "unit": "people"})
    desk.report(slug, statement="Three bears came along")
    desk.publish(slug)
    desk.post(f"/v1/stories/{slug}/facts/3/retractions", {"reason": "Nobody saw it.", "expected_version": 1})
    desk.publish(slug)
    desk.settle()
    page = typed(of_fact(editor, slug), statement="Eleven people came", what="correct", told="Eleven it was.")
    preview = typed(page, figure__value="12").by_id("preview")
    assert "The figure is 12; the statement has 11." in preview.text
    assert "Three bears" not in preview.text
    assert "withdrawn" not in preview.text


def test_who_may_not_correct_is_offered_what_they_may(
    desk: Desk, browsers: Callable[[Role | None], Browser]
) -> None:
    slug = a_story(desk)
    path = f"/desk/stories/{slug}/correct?fact=2"
    page = of_fact(browsers("reporter"), slug)
    offered = {e["value"] for e in page.form.element.all("input") if e["type"] == "radio"}
    assert offered == {"update", "refile"}
    assert buttons(page) == {"preview", "file", "show"}
    page = typed(page, words__0=SUNDAY, what="update", told="It is so now.")
    assert page.form.send("file").status == 200
    assert browsers("auditor").get(path).status == 403
    assert browsers(None).get(path).status == 401
    assert path not in browsers(None).get(f"/stories/{slug}").source


def test_what_a_story_is_kept_from_readers_is_filed_and_not_published(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk, is_public=False)
    page = of_fact(editor, slug)
    assert buttons(page) == {"preview", "file", "show"}
    page = typed(page, words__0=SUNDAY, what="correct", told="It was Sunday.")
    assert page.form.send("file").status == 200
    assert shown(desk, slug, "editor")["facts"][1]["version"] == 2


def test_the_marked_words_of_a_story_lead_there_at_the_desk_alone(
    desk: Desk, browsers: Callable[[Role | None], Browser]
) -> None:
    slug = a_story(desk)
    at = TEXT.index("Twelve people")
    link = f"/desk/stories/{slug}/correct?fact=2&words={at}-{at + 18}"
    assert link in browsers("editor").get(f"/stories/{slug}").links()
    looks: list[tuple[Role | None, str]] = [
        (None, ""), ("auditor", ""), ("editor", "?view=reader"), ("editor", "?revision=4"),
    ]  # fmt: skip
    for role, view in looks:
        page = browsers(role).get(f"/stories/{slug}{view}")
        assert not any("/correct?" in one for one in page.links()), (role, view)
        assert "#fact-2" in page.links()


HOSTILE = "</textarea><script>alert(1)</script>\"'{{ 7 * 7 }}"


@pytest.mark.thorough
def test_whatever_is_typed_is_text_and_no_fault(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    for name in (
        "words.0", "statement", "told", "reason", "attribution.0.quote", "attribution.0.source", "seen", "of",
        "at.0", "expected_version", "since", "fact", "as.statement", "cause", "affects.other", "once",
    ):  # fmt: skip
        for value in (HOSTILE, "", "9" * 30, "-1", "5-2", "x" * 6_000):
            form = of_fact(editor, slug).form
            page = form.page.submit(
                form.element["action"], form.fields | {"what": "correct", name: value, "do": "preview"}
            )
            assert page.status in (200, 400, 404, 409, 422), (name, value[:20], page.status, page.text[:500])
            assert not [e for e in page.root.all("script") if "src" not in e]
            assert "49{%" not in page.text


def test_rows_are_added_to_the_rest_of_the_fact(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    page = of_fact(editor, slug).form.send_fields("add:citations", {"citations.0.source": "ria"})
    assert "citations.1.source" in page.form.names
    fields = {
        "what": "update",
        "told": "It is there.",
        "citations.1.source": "ria",
        "citations.1.title": "A page",
    }
    assert page.form.send_fields("file", fields).status == 200
    assert len(shown(desk, slug, "editor")["facts"][1]["citations"]) == 2


# --- The receipt -------------------------------------------------------------------------------------------------


def test_what_was_just_recorded_is_taken_back_from_its_receipt(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    page = typed(of_fact(editor, slug), words__0=SUNDAY, what="correct", told="It was Sunday.").form.send(
        "publish"
    )
    undo = f"/desk/stories/{slug}/undo?made=6-8"
    assert undo in page.links()
    page = editor.get(undo)
    assert page.form.send("publish").status == 422
    page = page.form.send("publish", reason="It was Monday after all.")
    assert page.status == 200, page.text
    read = shown(desk, slug)
    assert read["copy"]["text"] == TEXT
    assert read["facts"][1]["statement"] == "Twelve people came on Monday"
    assert [one["kind"] for one in desk.get(f"/v1/stories/{slug}/revisions").json()["items"][-3:]] == [
        "copy", "reversion", "publication",
    ]  # fmt: skip
    page = editor.get(undo)
    assert page.status in (409, 422), "what was taken back is not taken back twice"


def test_every_act_on_what_a_story_says_can_be_taken_back_from_its_receipt(
    desk: Desk, browsers: Callable[[Role | None], Browser]
) -> None:
    slug = a_story(desk)
    editor = browsers("editor")
    page = editor.get(f"/desk/stories/{slug}/set-headline").form.send(headline="Another", reason="So.")
    assert f"/desk/stories/{slug}/undo?made=6-6" in page.links()
    page = editor.get(f"/desk/stories/{slug}/undo?made=6-6").form.send("file", reason="No.")
    assert page.status == 200, page.text
    assert shown(desk, slug, "editor")["headline"] == "A train"
    form = browsers("reporter").get(f"/desk/stories/{slug}/facts/1/assess").form
    page = form.send("file", verification="verified", reason="Two of us saw it.")
    assert page.status == 200, page.text
    assert not any("/undo?" in one for one in page.links())
    assert browsers("reporter").get(f"/desk/stories/{slug}/undo?made=6-6").status == 403
    assert browsers(None).get(f"/desk/stories/{slug}/undo?made=6-6").status == 401
    assert (
        editor.get(f"/desk/stories/{slug}/undo?made=5-5").status == 200
    )  # a publication: nothing to take back
    assert editor.get(f"/desk/stories/{slug}/undo?made=900-901").status == 404


@pytest.mark.thorough
def test_a_corrective_is_offered_from_a_public_correction_and_filled_in(
    desk: Desk, browsers: Callable[[Role | None], Browser]
) -> None:
    slug = a_story(desk)
    editor = browsers("editor")
    offered = f"/desk/stories/{slug}/issue-corrective?fact=2"
    page = typed(of_fact(editor, slug), words__0=SUNDAY, what="correct", told="We said Monday.").form.send(
        "file"
    )
    assert offered not in page.links(), "it is not public yet"
    desk.publish(slug)
    desk.settle()
    for address in (f"/stories/{slug}", f"/stories/{slug}/facts/2"):
        assert offered in editor.get(address).links(), address
        for role in ("reporter", "auditor", None):
            assert offered not in browsers(role).get(address).links(), (role, address)
    form = editor.get(offered).form
    assert (form.fields["fact"], form.fields["ran_in"], form.fields["text"]) == ("2", "4", "We said Monday.")
    assert form.send("file", reason="Others have it.").status == 200
    desk.settle()
    assert offered not in editor.get(f"/stories/{slug}").links(), "it was issued"
    never = desk.open(facts=1)
    desk.post(f"/v1/stories/{never}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1})
    desk.publish(never)
    desk.settle()
    assert not any("issue-corrective?" in one for one in editor.get(f"/stories/{never}").links())


def test_the_receipt_says_when_it_was_recorded_and_as_which_revision(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    page = typed(of_fact(editor, slug), words__0=SUNDAY, what="correct", told="It was Sunday.").form.send(
        "publish"
    )
    receipt = desk.get(f"/v1/stories/{slug}").json()
    said = next(e for e in page.root.all("div") if e["role"] == "status").text
    assert "as revisions 6 to 8" in said
    assert f"Position {desk.head()} of the ledger" in said
    assert receipt["recorded_at"] in [e["datetime"] for e in page.root.all("time")]
    page = editor.get(f"/desk/stories/{slug}/facts/2/confirm").form.send("file", reason="Seen.")
    assert "as revision 9." in page.text
    # Nothing of it is said on the pages that it leads on to.
    assert not any("recorded" in link or "misfit" in link for link in page.links())


@pytest.mark.thorough
def test_the_receipt_says_what_does_not_fit_in_a_fact_until_it_does(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk, kind="figure", figure={"value": "12", "unit": "people"})
    warned = "The figure is 12; the statement has 11."
    fields = {"words.0": "Eleven people came on Monday.", "what": "correct", "told": "Eleven it was."}
    page = of_fact(editor, slug).form.send_fields("preview", fields)
    page = page.form.send_fields("publish", {"figure.value": "12"})
    assert f"Fact 2: {warned}" in page.text
    receipt = page.address
    assert f"/desk/stories/{slug}/correct?fact=2" in page.links()
    page = editor.get(f"/desk/stories/{slug}/facts/2/correct").form.send_fields(
        "file",
        {
            "figure.value": "11",
            "was_wrong": "The figure.",
            "affects.numbers": "on",
            "cause": "our_error",
            "reason": "So.",
        },
    )
    assert page.status == 200, page.text
    desk.settle()
    assert warned not in editor.get(receipt).text
    row = "facts.0."
    report = {
        f"{row}statement": "Eleven bears",
        f"{row}who": "ria",
        f"{row}kind": "figure",
        f"{row}figure.value": "12",
        f"{row}figure.unit": "bears",
    }
    page = editor.get(f"/desk/stories/{slug}/report").form.send_fields("file", report)
    assert "Fact 3: The figure is 12" in page.text, page.text
    assert f"/desk/stories/{slug}/undo?made=10-10" in page.links()
    assert editor.get(f"/stories/{slug}?recorded=1&misfit=99-1").status == 200
    assert editor.get(f"/stories/{slug}?recorded=1&misfit=x").status == 400


def test_a_story_that_was_opened_and_published_in_one_is_taken_back_from_its_receipt(
    desk: Desk, editor: Browser
) -> None:
    slug = desk.slug()
    story = {
        "headline": "Twelve came", "language": "en", "desk": "world", "slug": slug, "text": "Twelve people came.",
        "facts.0.words": "Twelve people", "facts.0.statement": "Twelve people came", "facts.0.who": "ria",
    }  # fmt: skip
    form = editor.get("/desk/open").form.send_fields("add:facts", {}).form
    page = form.send_fields("publish", story)
    assert page.status == 200, page.text
    undo = f"/desk/stories/{slug}/undo?made=1-4"
    assert undo in page.links()
    assert shown(desk, slug)["headline"] == "Twelve came"
    page = editor.get(undo)
    assert "Report of fact 1" in page.text
    assert "it opened the story, and what was opened stays" in page.text
    assert buttons(page) == {"preview", "hold", "file"}
    assert page.form.send("hold").status == 422
    page = page.form.send("hold", reason="It was not ready.")
    assert page.status == 200, page.text
    desk.settle()
    assert desk.client(None).get(f"/v1/stories/{slug}").status_code == 404
    page = editor.get(undo)
    assert buttons(page) == {"preview", "file"}
    assert page.form.send("file", reason="Nobody came.").status == 200
    assert shown(desk, slug, "editor")["facts"][0]["standing"] == "retracted"


def test_what_a_fact_rests_on_stands_alone_where_no_place_is_said(desk: Desk, editor: Browser) -> None:
    slug = desk.open(facts=1)
    ground = [{"story": slug, "fact": 1}]
    desk.report(slug, rests_on=ground)
    desk.report(slug, rests_on=ground, place="Khasan")
    desk.settle()
    text = editor.get(f"/stories/{slug}").text
    assert "Rests on fact 1" in text
    assert "Khasan · rests on fact 1" in text
    assert text.count("· rests on") == 1


def test_what_was_wrong_is_told_above_the_story_where_the_fact_is_right(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk, statement="A dozen arrived")
    told = "We had twelve people; it was two bears."
    page = typed(of_fact(editor, slug), words__0="Of bears there were two.", what="correct", told=told)
    assert told in page.by_id("preview").text
    page = page.form.send("publish")
    assert "a note to readers" in page.says_beside("statement")
    assert page.form.send("publish").status == 200
    assert [(one["role"], one["text"]) for one in shown(desk, slug)["notes"]] == [("editor", told)]
    assert told in editor.get(f"/stories/{slug}?view=reader").text


def test_what_a_reporter_says_of_words_alone_reaches_readers_too(
    desk: Desk, browsers: Callable[[Role | None], Browser]
) -> None:
    slug = a_story(desk, statement="A dozen arrived")
    page = typed(
        of_fact(browsers("reporter"), slug), words__0="Bears came.", what="update", told="Bears now."
    )
    page = page.form.send("file")
    assert page.form.send("file").status == 200
    desk.publish(slug)
    assert [one["text"] for one in shown(desk, slug)["notes"]] == ["Bears now."]


def test_words_that_follow_their_fact_need_no_further_word(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    body = CHANGES["corrections"] | {"expected_version": 1, "statement": "Eleven people came on Monday"}
    desk.post(f"/v1/stories/{slug}/facts/2/corrections", body)
    desk.settle()
    page = of_fact(editor, slug)
    assert page.form.fields["told"] == body["was_wrong"]
    page = typed(page)
    assert body["was_wrong"] in page.by_id("preview").text
    page = page.form.send("publish")
    assert page.status == 200, page.text
    read = shown(desk, slug)
    assert "Eleven people came on Monday." in read["copy"]["text"]
    assert (read["notes"], len(read["changes"])) == ([], 1)


def test_the_preview_says_for_how_long_readers_saw_it_wrong(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    desk.pass_time(hours=3, minutes=20)
    page = typed(of_fact(editor, slug), words__0=SUNDAY, what="correct", told="It was Sunday.")
    said = "Readers saw the wrong version for 3 hours 20 minutes."
    assert said in page.by_id("preview").text
    assert page.form.send("publish").status == 200
    assert said in editor.get(f"/stories/{slug}?view=reader").text
    # A fact that readers never saw is not corrected before their eyes, whatever it is called at the desk.
    desk.report(slug, statement="Bears came")
    desk.settle()
    page = typed(of_fact(editor, slug, 3), statement="Two bears came", what="correct", told="Two of them.")
    assert "Two of them." not in page.by_id("preview").text
    assert "Two bears came" in page.by_id("preview").text
    # What was filed before and is not public is told with it.
    correction = CHANGES["corrections"] | {
        "expected_version": 1, "was_wrong": "Not all of them.", "statement": "Train 1 arrived", "place": "Khasan",
    }  # fmt: skip
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", correction)
    desk.settle()
    page = editor.get(f"/desk/stories/{slug}/publish?revision=10").form.send("preview", reason="So.")
    assert "Not all of them." in page.by_id("preview").text


def test_what_changes_a_fact_is_offered_with_the_words_that_it_stands_behind(
    desk: Desk, editor: Browser
) -> None:
    slug = a_story(desk)
    for page in (editor.get(f"/stories/{slug}"), editor.get(f"/stories/{slug}/facts/2")):
        for what in ("correct", "update", "clarify", "refile", "retract"):
            assert f"/desk/stories/{slug}/correct?fact=2&what={what}" in page.links(), what
            assert f"/desk/stories/{slug}/facts/2/{what}" not in page.links(), what
    page = editor.get(f"/desk/stories/{slug}/correct?fact=2&what=update")
    assert page.form.fields["what"] == "update"
    assert "what" not in editor.get(f"/desk/stories/{slug}/correct?fact=2&what=kill").form.fields


@pytest.mark.thorough
def test_a_request_is_answered_by_a_correction_of_words_and_fact(
    desk: Desk, editor: Browser, browsers: Callable[[Role | None], Browser]
) -> None:
    slug = a_story(desk)
    asked = {"story": slug, "phrase": "on Monday", "concern": "It was Sunday."}
    request = desk.client(None).post("/v1/requests", json=asked).json()["request"]
    desk.settle()
    assert "No fact of this story was corrected yet" in editor.get(f"/desk/requests/{request}/accept").text
    page = editor.get(f"/desk/requests/{request}")
    page = editor.get(next(link for link in page.links() if "/correct?" in link))
    assert page.form.fields["what"] == "correct"
    assert page.form.fields["request"] == request
    assert "It was Sunday." in page.text  # what the reader wrote
    page = typed(page, words__0=SUNDAY, told="It was Sunday.")
    assert page.form.fields["accepts"] == "on"
    page = page.form.send("publish")
    assert page.status == 200, page.text
    assert desk.get(f"/v1/requests/{request}").json()["state"] == "accepted"
    assert "was not accepted with it" not in page.text
    assert "It was accepted" in browsers(None).get(f"/request/{request}").text


@pytest.mark.thorough
def test_a_request_that_is_not_accepted_with_the_correction_is_left_open_and_that_is_said(
    desk: Desk, editor: Browser, browsers: Callable[[Role | None], Browser]
) -> None:
    slug = a_story(desk)
    asked = {"story": slug, "phrase": "on Monday", "concern": "It was Sunday."}
    request = desk.client(None).post("/v1/requests", json=asked).json()["request"]
    desk.settle()
    page = editor.get(f"/desk/stories/{slug}/correct?fact=2&what=correct&request={request}")
    page = typed(page, words__0=SUNDAY, told="It was Sunday.")
    page = page.form.send("publish", accepts=None)
    assert page.status == 200, page.text
    assert "was not accepted with it" not in page.text  # it was not meant to be
    accept = next(link for link in page.links() if "/accept?" in link)
    assert accept == f"/desk/requests/{request}/accept?fact=2&version=2"
    page = editor.get(f"/desk/stories/{slug}/correct?fact=2&what=correct&request={request}")
    page = typed(page, words__0="Ten people came on Sunday.", told="They are ten.")
    answer = {"told": "It was Monday.", "reason": "So it was."}
    desk.post(f"/v1/requests/{request}/declinations", answer)
    page = page.form.send("publish")
    assert page.status == 200, page.text
    assert "declined" in page.text
    page = editor.get(f"/desk/stories/{slug}/correct?fact=2&what=correct&request={request}")
    assert "accepts" not in page.form.names
    # What is no correction accepts nothing.
    request = desk.client(None).post("/v1/requests", json=asked).json()["request"]
    desk.settle()
    page = editor.get(f"/desk/stories/{slug}/correct?fact=2&what=correct&request={request}")
    page = typed(page, words__0="Nine people came on Tuesday.", what="update", told="Tuesday now.")
    page = page.form.send("publish")
    assert page.status == 200, page.text
    assert "this request was not accepted with it" in page.text
    assert "It waits" in browsers(None).get(f"/request/{request}").text


def test_numbers_are_chosen_and_not_typed_from_memory(desk: Desk, editor: Browser) -> None:
    page = of_fact(editor, a_story(desk))
    chosen = {e["name"] for e in page.form.element.all("select")}
    assert "wrong_version" in chosen


def test_what_is_typed_back_by_hand_stays_so_that_the_copy_alone_can_be_mended(
    desk: Desk, editor: Browser
) -> None:
    slug, statement = a_figure_of_sixty(desk)
    page = of_fact(editor, slug, 1)
    page = typed(page, words__0="The fine is 80 roubles.", what="correct", told="80 it was.")
    assert (page.form.fields["statement"], page.form.fields["figure.value"]) == (
        "The fine is 80 roubles",
        "80",
    )
    page = typed(page, statement=statement)
    assert page.form.fields["figure.value"] == "60"  # it follows the statement that was typed
    for _ in range(3):
        page = typed(page)
        kept = page.form.fields
        assert (kept["statement"], kept["figure.value"]) == (statement, "60"), page.text
    page = page.form.send("file")
    page = page if page.status == 200 else page.form.send("file")
    assert page.status == 200, page.text
    read = shown(desk, slug, "editor")
    assert "80 roubles" in read["copy"]["text"]
    assert (read["facts"][0]["version"], read["facts"][0]["statement"]) == (1, statement)


def test_what_is_typed_into_the_fact_is_proposed_for_words_and_figure(desk: Desk, editor: Browser) -> None:
    slug, _ = a_figure_of_sixty(desk)
    page = of_fact(editor, slug, 1)
    page = typed(page, statement="The fine is 80 roubles", what="correct", told="80 it was.")
    kept = page.form.fields
    assert (kept["words.0"], kept["figure.value"]) == ("The fine is 80 roubles.", "80"), page.text
    # Turned down, it stays so.
    for _ in range(2):
        page = typed(page, words__0="The fine is 60 roubles.")
        assert page.form.fields["words.0"] == "The fine is 60 roubles."
    assert page.form.fields["figure.value"] == "80"


def a_figure_of_sixty(desk: Desk) -> tuple[str, str]:
    slug, statement = desk.open(facts=0), "The fine is 60 roubles"
    desk.report(slug, kind="figure", figure={"value": "60", "unit": "roubles"}, statement=statement)
    text = f"{statement}."
    copy = {"text": text, "spans": [span(statement, 1, text)], "reason": "A take."}
    desk.post(f"/v1/stories/{slug}/copy", copy)
    desk.publish(slug)
    desk.settle()
    return slug, statement


def test_words_that_contradict_stand_once_in_full_and_go_when_they_are_mended(
    desk: Desk, editor: Browser
) -> None:
    slug = a_story(desk)
    fields = {"statement": "Twelve adults came on Monday", "what": "clarify", "told": "Adults are meant."}
    page = of_fact(editor, slug).form.send_fields("publish", fields)
    page = page.form.send_fields("publish", {"words.0": "Twelve people came on Monday."})
    assert page.status == 409
    assert "words_stand" not in page.text
    assert "“They are right as they are”" in page.by_id("problems").text
    assert page.text.count("stands on fact 2, which said") == 1
    assert "Twelve people" not in page.by_id("problems").text
    # Ticked it stays there, and goes with the words.
    page = typed(page, stand__2="on")
    assert page.form.fields["stand.2"] == "on"
    assert "Adults are meant." in page.by_id("preview").text
    page = typed(page, words__0="Twelve adults came on Monday.")
    assert "stand.2" not in page.form.names
    change = {"expected_version": 1, "statement": "Eleven people came on Monday", "reason": "So."}
    desk.post(f"/v1/stories/{slug}/facts/2/updates", change, "reporter")
    desk.settle()
    revision = desk.get(f"/v1/stories/{slug}").json()["revision"]
    page = editor.get(f"/desk/stories/{slug}/publish?revision={revision}").form.send(reason="It is right.")
    assert page.status == 409
    assert "Twelve people came" not in page.by_id("problems").text + page.says_beside("f-words_stand")


def test_a_button_that_is_pressed_twice_files_once_and_leads_to_the_story(
    desk: Desk, editor: Browser
) -> None:
    slug = a_story(desk)
    page = of_fact(editor, slug)
    told = {"told": "It was eleven.", "what": "correct", "words.0": "Eleven people came on Monday."}
    page = page.form.send_fields("publish", told)
    assert page.form.fields["statement"].startswith("Eleven"), "what says the same is changed along"
    form = page.form
    done = form.send("publish")
    assert done.status == 200, done.text
    head = desk.head()
    assert (done.status, done.address.partition("?")[0]) == (200, f"{desk.server.url}/stories/{slug}")
    desk.settle()
    again = form.send("publish")
    assert (again.status, again.address.partition("?")[0]) == (200, f"{desk.server.url}/stories/{slug}")
    assert desk.head() == head


def test_who_goes_back_and_mends_more_is_not_told_that_it_is_done(desk: Desk, editor: Browser) -> None:
    slug = a_story(desk)
    form = typed(of_fact(editor, slug), words__0=SUNDAY, what="correct", told="It was Sunday.").form
    assert form.send("publish").status == 200
    desk.settle()
    ten, head = SUNDAY.replace("Eleven", "Ten"), desk.head()
    page = form.send_fields("publish", {"words.0": ten, "statement": ten[:-1], "told": "It was ten."})
    assert (page.status, desk.head()) == (409, head), page.text
    assert page.form.fields["words.0"] == ten
    page = page.form.send_fields("publish", {})
    assert page.status == 200, page.text
    assert ten in shown(desk, slug)["copy"]["text"]


@pytest.mark.parametrize("word", ["set-headline", "add-editors-note", "file-copy"])
def test_a_form_that_is_filed_again_with_something_else_says_so_once(
    desk: Desk, editor: Browser, word: str
) -> None:
    slug = a_story(desk)
    form = editor.get(f"/desk/stories/{slug}/{word}").form
    name = {"set-headline": "headline", "file-copy": "text"}.get(word, "text")
    before, head = f"{TEXT}\n" if word == "file-copy" else "", desk.head()
    assert form.send_fields("file", {name: f"{before}Said once.", "reason": "r"}).status == 200
    assert desk.head() == head + 1
    desk.settle()
    page = form.send_fields("file", {name: f"{before}Said otherwise.", "reason": "r"})
    assert (page.status in (409, 422), desk.head()) == (True, head + 1)
    page = page.form.send_fields("file", {}) if "filed before" in page.text else page
    page = page.form.send_fields("file", {}) if page.status == 409 else page
    assert page.status == 200, page.text
    assert "Said otherwise." in desk.get(f"/v1/stories/{slug}?at_least={desk.head()}").text


def test_what_is_to_be_done_with_words_on_a_fact_that_is_withdrawn_is_said(
    desk: Desk, editor: Browser
) -> None:
    slug = a_story(desk)
    page = of_fact(editor, slug)
    assert "empty “The words”, or change them" in page.text
    said = page.form.fields["statement"]
    page = page.form.send_fields(
        "publish", {"what": "retract", "told": "Nobody saw it.", "statement": "Nobody came"}
    )
    assert "says nothing else: put back" in page.says_beside("statement")
    page = page.form.send_fields("publish", {"statement": said})
    assert page.status == 409
    assert "Empty this field" in page.says_beside("words.0")
    assert "may not see" not in page.text
    page = page.form.send_fields("publish", {"words.0": ""})
    assert page.status == 200, page.text
    read = shown(desk, slug)
    assert "Twelve people" not in read["copy"]["text"]
    assert read["facts"][1]["standing"] == "retracted"
