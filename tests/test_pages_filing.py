"""Can the desk do every act in a browser without JavaScript, and is nothing lost, doubled or let in by that?"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.http.acts import ACTS
from api.http.lines import WORDS
from api.pages import forms
from api.pages.forms import questions_of, read, taken
from ledger import permitted
from ledger.commands import (
    CorrectFact,
    FileCopy,
    IssueKey,
    LiftEmbargo,
    ReportFact,
    RequestCorrection,
    RevokeKey,
    TakeItem,
)
from ledger.words import Role
from tests.desk import Desk, open_desk
from tests.plain_browser import Browser, Page

HIDDEN = {"mark", "once", "expected_version", "expected_revision", "since", "seen"}  # what nobody types
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{% raw %}",
    "\u202eevil\u202c مرحبا",
    "'+alert(1)+'",
)


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], Any]) -> Iterator[Desk]:
    with open_desk(servers) as desk:
        yield desk


def events(desk: Desk, after: int) -> list[dict[str, Any]]:
    return list(desk.get(f"/v1/events?after={after}&limit=200", "auditor").json()["items"])


# --- Every act ---------------------------------------------------------------------------------------------------


def test_every_command_of_the_desk_is_an_act_by_the_word_of_the_command_line() -> None:
    assert {word: act.command for word, act in ACTS.items() if act.about != "request"} == {
        word: command for word, (_, command) in WORDS.items() if command is not TakeItem
    }
    nobodys = {LiftEmbargo, IssueKey, RevokeKey, RequestCorrection, TakeItem}
    assert {act.command for act in ACTS.values()} == permitted.MAY.keys() - nobodys


REASON = {"reason": "It is so."}
# What is typed for each act, of a story that `prepare` brought into a state for it.
TYPED: dict[str, dict[str, str]] = {
    "register": {"name": "Interfax", "kind": "agency"},
    "open": {"headline": "A train", "language": "en", "desk": "world"},
    "discredit": REASON,
    "rename-source": {"name": "B", **REASON},
    "merge-source": {"into": "ria", **REASON},
    "part-source": REASON,
    "register-provider": {"desk": "world", **REASON},
    "reinstate": REASON,
    "report": {
        "facts.0.statement": "A train left",
        "facts.0.kind": "event",
        "facts.0.who": "ria",
        "facts.0.cue": "said",
        "facts.0.speech": "indirect",
    },
    "file-copy": {"text": "A train arrived.\n\nIt left.", **REASON},
    "publish": REASON,
    "release": REASON,
    "hold": REASON,
    "set-headline": {"headline": "A train goes on", **REASON},
    "set-slug": {"slug": "another-slug", **REASON},
    "merge": {"into": "goes-on", **REASON},
    "set-dateline": {"date": "2023-09-12", **REASON},
    "refile-copy": {"text": "A train arrived", **REASON},
    "add-note": {"role": "standards", "text": "Watch the day."},
    "add-editors-note": {"text": "We were wrong.", **REASON},
    "issue-corrective": {"fact": "1", "ran_in": "3", "text": "Mend it.", **REASON},
    "kill": REASON,
    "take-down": {"ground": "legal", **REASON},
    "restore": REASON,
    "undo": REASON,
    "correct": {
        "statement": "A train left Vladivostok",
        "was_wrong": "It left and did not arrive.",
        "affects.other": "on",
        "cause": "our_error",
        **REASON,
    },
    "update": {"place": "Khasan", **REASON},
    "cite": {"citations.0.source": "ria", "citations.0.published_at": "2023-09-12T14:30", **REASON},
    "confirm": REASON,
    "set-terms": {"terms": "background", **REASON},
    "refile": {"attribution.0.cue": "reportd", **REASON},
    "clarify": {"place": "the station", **REASON},
    "attribute": {"attribution.0.cue": "said", **REASON},
    "assess": {"verification": "verified", **REASON},
    "respond": {"kind": "confirms", "by.source": "ria", **REASON},
    "retract": REASON,
    "approve": {},
    "decline": REASON,
    "acknowledge": {},
    "accept": {"fact": "1", "version": "2", **REASON},
    "decline-request": {"told": "Two of us saw it arrive.", **REASON},
    "erase-contact": REASON,
    "erase-request": REASON,
}
_SAID = {
    "refile-copy": "refiles",
    "issue-corrective": "correctives",
    "release": "releases",
    "take-down": "takedowns",
    "restore": "restorations",
    "approve": "approvals/1/approve",
    "decline": "approvals/1/decline",
}


def prepare(desk: Desk, word: str) -> str:
    """The address of the form of an act, with something there that it can be done to."""
    match ACTS[word].about:
        case "nothing":
            return f"/desk/{word}"
        case "source":
            slug = desk.source(discredited=word == "reinstate", joined=word == "part-source")
            desk.settle()
            return f"/desk/sources/{slug}/{word}"
        case "request":
            return f"/desk/requests/{desk.ask()}/{word}"
        case "fact":
            return f"/desk/stories/{desk.open()}/facts/1/{word}"
        case "revision":
            slug = desk.open()
            revision = desk.edition(slug, "Another headline")["revision"] - 1
            desk.settle()
            return f"/desk/stories/{slug}/revisions/{revision}/{word}"
        case about:
            slug = desk.open()
            if word in _SAID:
                desk.prepare(slug, _SAID[word])
            if word == "merge":
                head = {"headline": "A train", "language": "en", "desk": "world"}
                desk.try_post("/v1/stories", {"slug": TYPED[word]["into"]} | head)
            desk.settle()
            return (
                f"/desk/stories/{slug}/{word}"
                if about == "story"
                else f"/desk/stories/{slug}/approvals/1/{word}"
            )


@pytest.fixture
def somebody(browsers: Callable[[Role | None], Browser], word: str) -> Browser:
    """Who may do it."""
    return browsers("standards" if word == "register-provider" else "editor")


def fill(page: Page, word: str, typed: dict[str, str], do: str) -> Page:
    sluggish = {"slug": f"new-{word}-{do}"} if word in ("register", "open") else {}
    return page.form.send_fields(do, typed | sluggish)


@pytest.mark.thorough
@pytest.mark.parametrize("word", ACTS)
def test_every_act_is_tried_and_filed_by_its_form(desk: Desk, somebody: Browser, word: str) -> None:
    address = prepare(desk, word)
    page, head = somebody.get(address), desk.head()
    assert page.status == 200, page.text
    assert ACTS[word].label in page.text
    assert ACTS[word].does in page.text

    tried = fill(page, word, TYPED[word], "preview")
    assert tried.status == 200, tried.text
    assert "nothing is recorded yet" in tried.text
    assert desk.head() == head
    missing = {name: value for name, value in TYPED[word].items() if tried.form.fields.get(name) != value}
    assert set(missing) <= {"citations.0.published_at"}, "what was typed is not in the form any more"

    filed = tried.form.send()
    assert filed.status == 200, (filed.address, filed.text)
    recorded = events(desk, head)
    assert recorded, filed.text
    assert f"Position {recorded[-1]['position']} of the ledger" in filed.text
    assert f"recorded={recorded[-1]['position']}" in filed.address
    if word == "cite":
        assert recorded[0]["body"]["citations"] == [{"source": "ria", "published_at": "2023-09-12T14:30:00Z"}]


@pytest.mark.thorough
@pytest.mark.parametrize("word", ACTS)
def test_a_form_that_is_left_empty_says_beside_each_field_what_it_needs(
    desk: Desk, somebody: Browser, word: str
) -> None:
    page, head = somebody.get(prepare(desk, word)), desk.head()
    emptied = {name: "" for name in page.form.names if name not in HIDDEN}
    boxes = {e["name"] for e in page.form.element.all("input") if e["type"] == "checkbox"}
    left = page.form.send_fields("file", {name: None if name in boxes else "" for name in emptied})
    if not any(question.is_required for question in questions_of(ACTS[word].command)):
        assert left.status == 200
        return
    assert left.status == 422, left.text
    assert desk.head() == head
    alert = next(e for e in left.main.all() if e["role"] == "alert")
    required = [question.name for question in questions_of(ACTS[word].command) if question.is_required]
    for name in {"open": ("headline", "desk", "language"), "report": ("facts-0-statement",)}.get(
        word, required
    ):
        beside = left.says_beside(f"f-{name}")
        assert "required" in beside or "should" in beside, beside
        assert f"#f-{name}" in [link["href"] for link in alert.all("a")]


@pytest.mark.thorough
@pytest.mark.parametrize("word", ACTS)
def test_whatever_is_typed_comes_back_as_text_and_as_nothing_else(
    desk: Desk, somebody: Browser, word: str
) -> None:
    address = prepare(desk, word)
    for hostile in (*HOSTILE, "x" * 5_000):
        form = somebody.get(address).form
        boxes = {e["name"] for e in form.element.all("input") if e["type"] == "checkbox"}
        typable = form.names - boxes - HIDDEN
        selects = {e["name"] for e in form.element.all("select")}
        for do in ("preview", "show") if hostile is HOSTILE[0] else ("preview",):
            fields = form.fields | dict.fromkeys(typable, hostile) | {"do": do}
            page = form.page.submit(form.element["action"], fields)
            assert page.status in (200, 422), page.text
            assert not [e for e in page.root.all("img", "script") if "src" not in e or e["src"] == "x"]
            assert not [e for e in page.root.all() if any(name.startswith("on") for name in e.attributes)]
            kept = page.form.fields
            for name in typable - selects:
                assert kept[name] == hostile, f"{name} was not kept"
            assert "49{%" not in page.text


# --- What goes wrong ---------------------------------------------------------------------------------------------


def test_what_was_typed_is_kept_beside_what_is_wrong_with_it(desk: Desk, editor: Browser) -> None:
    slug = desk.open()
    form = editor.get(f"/desk/stories/{slug}/report").form
    typed = TYPED["report"] | {
        "facts.0.citations.0.source": "ria",
        "facts.0.citations.0.url": "example.org",
        "facts.0.citations.0.published_at": "yesterday",
        "facts.0.rests_on.0.story": slug,
        "facts.0.rests_on.0.fact": "the first",
        "facts.0.entities": "Kim\n\n  Putin ",
    }
    page = form.send_fields("file", typed)
    assert page.status == 422
    assert "web address" in page.says_beside("facts.0.citations.0.url")
    assert "RFC 3339" in page.says_beside("facts.0.citations.0.published_at")
    assert "whole number" in page.says_beside("facts.0.rests_on.0.fact")
    kept = page.form.fields
    assert {name: kept[name] for name in typed} == typed | {"facts.0.entities": "Kim\nPutin"}

    row = "facts.0.citations.0"
    mended = {
        f"{row}.url": "",
        f"{row}.published_at": "",
        f"{row}.source": "nobody",
        "facts.0.rests_on.0.fact": "1",
    }
    page = page.form.send_fields("file", mended)
    assert "no source nobody" in page.says_beside(f"{row}.source")
    page = page.form.send_fields("file", {f"{row}.source": "ria"})
    assert page.status == 200
    assert "of the ledger" in page.text


def test_of_an_answer_only_what_was_filled_in_is_found_wrong(desk: Desk, editor: Browser) -> None:
    """The ledger tries both shapes that an answer can have, and says what is wrong with it as either."""
    slug = desk.open()
    form = editor.get(f"/desk/stories/{slug}/facts/1/respond").form
    page = form.send(kind="denies", reason="Said so.", by__story=slug)
    assert page.status == 422
    assert "required" in page.says_beside("by.fact")
    marked = {e["name"] or e["id"] for e in page.main.all() if e["aria-invalid"]}
    assert marked == {"by.fact"}


@pytest.mark.thorough
def test_rows_are_added_one_by_one_and_those_left_empty_are_not_filed(desk: Desk, editor: Browser) -> None:
    slug = desk.open()
    page = editor.get(f"/desk/stories/{slug}/facts/1/cite")
    for number in range(1, 4):
        assert f"citations.{number - 1}.source" in page.form.names
        typed = {f"citations.{number - 1}.title": f"Title {number}"} if number != 2 else {}
        page = page.form.send_fields("add:citations", typed)
    assert {f"citations.{index}.source" for index in range(3)} <= page.form.names
    page = page.form.send_fields(
        "file", {"citations.0.source": "ria", "citations.1.source": "ria", "reason": "Both are there."}
    )
    assert page.status == 200, page.text
    fact = desk.get(f"/v1/stories/{slug}/facts/1").json()
    assert [citation["title"] for citation in fact["citations"]] == ["Title 1", "Title 3"]


def test_there_are_never_more_rows_than_the_ledger_takes(desk: Desk, editor: Browser) -> None:
    slug = desk.open()
    form = editor.get(f"/desk/stories/{slug}/report").form
    rows = {f"facts.0.attribution.{index}.source": "ria" for index in range(200)}
    page = form.page.submit(form.element["action"], form.fields | rows | {"do": "add:facts.0.attribution"})
    assert page.status == 200
    sources = [name for name in page.form.names if name.endswith(".source")]
    assert sum(name.startswith("facts.0.attribution.") for name in sources) == 11


NAMES = (
    "statement",
    "facts.0",
    "facts.9999.new",
    "selected_at",
    "citations",
    "attribution",
    "occurred",
    "note",
    "entities",
    "by",
    "expected_version",
    "do",
)


@pytest.mark.thorough
@settings(max_examples=60, deadline=None)
@given(
    fields=st.dictionaries(
        st.one_of(
            st.builds(
                lambda *parts: ".".join(parts),
                st.sampled_from(NAMES),
                st.sampled_from(("0", "1", "9999", "99999999999", "-1", "x", "", "source", "٣")),
                st.sampled_from(("source", "exact", "0", "", "__class__", "excerpt.exact.exact", "a" * 300)),
            ),
            st.sampled_from(NAMES),
            st.text(max_size=20),
        ),
        st.one_of(
            st.text(max_size=30),
            st.sampled_from(("1", "9" * 400, "on", "NaN", "-0", "{}", "add:" + "x." * 50)),
        ),
        max_size=12,
    ),
    do=st.sampled_from(("preview", "show", "add:citations", "add:nothing.at.all", "add:", "\x00")),
)
def test_no_name_of_a_field_is_a_fault(desk: Desk, editor: Browser, fields: dict[str, str], do: str) -> None:
    slug = _stories(desk)
    for address in (
        f"/desk/stories/{slug}/report",
        f"/desk/stories/{slug}/facts/1/respond",
        f"/desk/stories/{slug}/file-copy",
    ):
        form = editor.get(address).form
        page = form.page.submit(address, fields | {"mark": form.fields["mark"], "do": do})
        assert page.status in (200, 400, 409, 415, 422), (page.status, page.text)


_STORY: list[str] = []


def _stories(desk: Desk) -> str:
    if not _STORY:
        _STORY.append(desk.open())
    return _STORY[0]


@pytest.mark.parametrize("once", ["☃", "\n", "x" * 300, "é"], ids=["wide", "line", "long", "latin"])
def test_no_key_of_a_form_is_a_fault(desk: Desk, editor: Browser, once: str) -> None:
    form = editor.get(f"/desk/stories/{_stories(desk)}/set-headline").form
    fields = form.fields | TYPED["set-headline"] | {"once": once, "do": "file"}
    assert form.page.submit(form.element["action"], fields).status in (200, 400)


# --- Somebody was there first ------------------------------------------------------------------------------------


def test_of_two_who_change_a_fact_the_second_sees_what_the_first_did_and_files_on_top(
    desk: Desk, editor: Browser
) -> None:
    slug = desk.open()
    path = f"/v1/stories/{slug}/facts/1"
    form = editor.get(f"/desk/stories/{slug}/facts/1/correct").form
    theirs = {
        "expected_version": 1,
        "reason": "It moved on.",
        "place": "Khasan",
        "statement": "Train 1 has arrived",
    }
    desk.post(f"{path}/updates", theirs, "reporter")
    mine = TYPED["correct"] | {"statement": "Train 1 left", "entities": "Kim"}
    head = desk.head()

    page = form.send_fields("file", mine)
    assert page.status == 409
    assert desk.head() == head
    assert "Somebody was there first" in page.text
    assert "the reporter: It moved on." in page.text
    assert "Khasan" in page.by_id("moved").text
    kept = page.form.fields
    assert {name: kept[name] for name in mine} == mine
    assert kept["place"] == "Khasan"
    assert kept["expected_version"] == "2"
    assert page.by_id("f-statement-theirs").text == "Theirs: Train 1 has arrived"
    assert not [e for e in page.root.all() if e["id"] == "f-place-theirs"]

    filed = next(button for button in page.form.element.all("button") if button["value"] == "file")
    assert filed.text == "File mine on top of theirs"
    assert page.form.send().status == 200
    body = events(desk, head)[0]["body"]
    assert body["becomes"]["place"] == "Khasan"
    assert body["becomes"]["statement"] == "Train 1 left"
    assert body["version"] == 3


def test_a_field_that_was_not_touched_is_not_sent(desk: Desk, editor: Browser) -> None:
    """So what others change in it while one types is theirs, and a form that was left as it is changes nothing."""
    slug = desk.open()
    desk.report(
        slug,
        statement="One\r\nand two  ",
        citations=[{"source": "ria", "title": " A title ", "excerpt": {"exact": "x\ny"}}],
        entities=["Kim ", "Putin"],
        occurred={"literal": "on Tuesday"},
        note=[{"role": "desk", "text": "Mind", "is_publishable": False}],
        kind="figure",
        figure={"value": "4", "unit": "trains"},
        rests_on=[{"story": slug, "fact": 1}],
    )
    desk.settle()
    form = editor.get(f"/desk/stories/{slug}/facts/2/clarify").form
    page = form.send(reason="None.")
    assert page.status == 422
    assert "Nothing would change" in page.text


def test_a_field_that_was_emptied_is_taken_away(desk: Desk, editor: Browser) -> None:
    slug = desk.open()
    desk.report(slug, place="Khasan", entities=["Kim"], figure={"value": "4", "unit": "trains"})
    desk.settle()
    form = editor.get(f"/desk/stories/{slug}/facts/2/clarify").form
    page = form.send(reason="Not known.", place="", entities="", figure__value="", figure__unit="")
    assert page.status == 200, page.text
    fact = desk.get(f"/v1/stories/{slug}/facts/2").json()
    assert "place" not in fact
    assert "figure" not in fact
    assert fact["entities"] == []


def test_of_two_who_file_a_copy_the_second_is_told_before_it_takes_the_place_of_the_first(
    desk: Desk, editor: Browser
) -> None:
    slug = desk.open()
    form = editor.get(f"/desk/stories/{slug}/file-copy").form
    desk.post(f"/v1/stories/{slug}/copy", {"text": "Theirs it is.", "reason": "In haste."}, "reporter")
    desk.settle()
    head = desk.head()
    page = form.send(text="Mine it is.", reason="At leisure.")
    assert page.status == 409
    assert desk.head() == head
    assert "Somebody filed the copy meanwhile" in page.text
    assert "the reporter: In haste." in page.text
    assert page.form.fields["text"] == "Mine it is."
    assert page.form.send().status == 200
    assert events(desk, head)[0]["body"]["text"] == "Mine it is."


# --- The copy and its words --------------------------------------------------------------------------------------


COPY = "A train arrived on Tuesday.\n\nThe Kremlin said so. A train left."


def a_copy(desk: Desk) -> str:
    slug = desk.open(facts=2)
    spans = [
        {"fact": 1, "start": 0, "end": 15, "exact": "A train arrived"},
        {"fact": 2, "start": 50, "end": 62, "exact": "A train left"},
    ]
    desk.post(f"/v1/stories/{slug}/copy", {"text": COPY, "spans": spans, "reason": "First."})
    desk.settle()
    return slug


def test_words_that_facts_stand_behind_are_found_again_and_those_that_are_gone_are_asked_about(
    desk: Desk, editor: Browser
) -> None:
    slug = a_copy(desk)
    head = desk.head()
    form = editor.get(f"/desk/stories/{slug}/file-copy").form
    new = "It was said that A train arrived on Tuesday.\n\nThe Kremlin said so. The train went away."
    page = form.send(text=new, reason="Said better.")
    assert desk.head() == head
    assert "look at it below, and file it" in page.text
    assert page.form.fields["instead.1"] == "The train went away"
    assert page.form.fields["text"] == new
    # Emptied, it is asked for.
    empty = page.form.send(instead__1="")
    assert empty.status == 422
    assert "these words are gone" in empty.says_beside("instead.1")
    page = page.form.send(instead__1="The train went", add__0__words="The Kremlin", add__0__fact="1")
    assert page.status == 200, page.text
    assert [
        (span["fact"], span["exact"], span["start"]) for span in events(desk, head)[0]["body"]["spans"]
    ] == [
        (1, "A train arrived", 17),
        (1, "The Kremlin", 46),
        (2, "The train went", 67),
    ]


def test_words_that_are_edited_go_on_to_stand_on_their_fact_once_that_was_looked_at(
    desk: Desk, editor: Browser
) -> None:
    slug = a_copy(desk)
    head = desk.head()
    form = editor.get(f"/desk/stories/{slug}/file-copy").form
    page = form.send(text=COPY.replace("A train arrived", "A trian arrived"), reason="Said better.")
    assert page.form.fields["instead.0"] == "A trian arrived"
    # It follows what is written after that, and is what stands there, though it stands twice.
    twice = "A train arrived late. " + COPY.replace("A train arrived", "A bus arrived").replace(
        "A train left", "A bus arrived and left"
    )
    page = page.form.send("preview", text=twice.replace("A train arrived late. ", "A bus arrived late. "))
    assert page.status == 200, page.text
    page = page.form.send()
    assert page.status == 200, page.text
    spans = events(desk, head)[0]["body"]["spans"]
    text = events(desk, head)[0]["body"]["text"]
    assert [span["fact"] for span in spans] == [1, 2]
    assert all(text[span["start"] : span["end"]] == span["exact"] for span in spans)
    assert spans[1]["exact"] == "A bus arrived and left"


def test_words_that_read_alike_are_found_again_each_near_where_it_stood(desk: Desk, editor: Browser) -> None:
    slug = desk.open(facts=2)
    spans = [
        {"fact": 1, "start": 0, "end": 7, "exact": "A train"},
        {"fact": 2, "start": 17, "end": 24, "exact": "A train"},
    ]
    desk.post(
        f"/v1/stories/{slug}/copy", {"text": "A train arrived. A train left.", "spans": spans, "reason": "1."}
    )
    desk.settle()
    head = desk.head()
    text = "A train arrived. Then nothing for long. A train left."
    page = editor.get(f"/desk/stories/{slug}/file-copy").form.send(text=text, reason="Begun better.")
    assert page.status == 200, page.text
    found = [(span["fact"], span["start"]) for span in events(desk, head)[0]["body"]["spans"]]
    assert found == [(1, 0), (2, 40)]


def test_words_that_are_gone_can_be_dropped(desk: Desk, editor: Browser) -> None:
    slug = a_copy(desk)
    head = desk.head()
    page = editor.get(f"/desk/stories/{slug}/file-copy").form.send(text="A train arrived.", reason="Shorter.")
    page = page.form.send(drop__1="on")
    assert page.status == 200, page.text
    assert [span["fact"] for span in events(desk, head)[0]["body"]["spans"]] == [1]


def test_words_that_stand_several_times_are_linked_where_one_says(desk: Desk, editor: Browser) -> None:
    slug = a_copy(desk)
    head = desk.head()
    page = editor.get(f"/desk/stories/{slug}/file-copy").form.send(
        reason="Linked.", add__0__words="A train", add__0__fact="2"
    )
    assert "2 times" in page.says_beside("add.0.words")
    page = page.form.send(add__0__which="2")
    assert page.status == 200, page.text
    assert {"fact": 2, "start": 50, "end": 57, "exact": "A train"} in events(desk, head)[0]["body"]["spans"]


@pytest.mark.parametrize("words", HOSTILE)
def test_whatever_words_are_brought_along_are_shown_as_text(desk: Desk, editor: Browser, words: str) -> None:
    page = editor.get(f"/desk/stories/{_stories(desk)}/report?words={quote(words)}")
    assert page.form.fields["facts.0.words"] == page.form.fields["facts.0.statement"] == words
    assert not [e for e in page.root.all("img", "script") if "src" not in e or e["src"] == "x"]


# --- Once, and only from here ------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("word", ["set-headline", "report", "file-copy", "kill"])
def test_a_form_that_is_sent_twice_is_recorded_once(desk: Desk, editor: Browser, word: str) -> None:
    slug = desk.public()
    head = desk.head()
    form = editor.get(f"/desk/stories/{slug}/{word}").form
    first, second = (form.send_fields("file", TYPED[word]) for _ in range(2))
    assert first.status == second.status == 200, second.text
    assert first.address == second.address
    assert len(events(desk, head)) == 1


@pytest.mark.thorough
def test_whom_a_retracted_fact_had_named_is_protected_by_the_one_form_that_is_left(
    desk: Desk, editor: Browser
) -> None:
    slug = desk.public()
    desk.post(f"/v1/stories/{slug}/facts/1/retractions", {"reason": "It is not so.", "expected_version": 1})
    desk.settle()
    fact = f"/stories/{slug}/facts/1"
    links = [link["href"] for link in editor.get(fact).main.all("a") if link["href"].startswith("/desk")]
    acts = [link for link in links if "/publish" not in link]  # what is retracted is not public yet
    assert acts == [f"/desk{fact}/set-terms"]
    filed = editor.get(acts[0]).form.send_fields("file", TYPED["set-terms"])
    assert filed.status == 200, filed.text
    assert desk.get(f"/v1{fact}?at_least={desk.head()}").json()["terms"] == TYPED["set-terms"]["terms"]


@pytest.mark.thorough
def test_a_change_of_a_fact_that_is_sent_twice_is_recorded_once(desk: Desk, editor: Browser) -> None:
    slug = desk.open()
    head = desk.head()
    form = editor.get(f"/desk/stories/{slug}/facts/1/correct").form
    first, second = (form.send_fields("file", TYPED["correct"]) for _ in range(2))
    assert first.status == second.status == 200, second.text
    assert len(events(desk, head)) == 1


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("mark", "headers"),
    [
        ("0" * 32, {}),
        (None, {}),
        ("", {}),
        ("theirs", {"sec_fetch_site": "cross-site"}),
        ("theirs", {"sec_fetch_site": "same-site"}),
    ],
)
def test_what_is_sent_from_elsewhere_is_not_recorded(
    desk: Desk, editor: Browser, mark: str | None, headers: dict[str, str]
) -> None:
    slug = desk.open()
    head = desk.head()
    form = editor.get(f"/desk/stories/{slug}/set-headline").form
    fields = form.fields | TYPED["set-headline"] | {"do": "file"}
    if mark is None:
        del fields["mark"]
    elif mark != "theirs":
        fields["mark"] = mark
    page = form.page.submit(form.element["action"], fields, **headers)
    assert page.status == 403
    assert desk.head() == head
    if headers:
        assert "A train goes on" not in page.source, "what another site sent is shown as if one had typed it"


@pytest.mark.thorough
def test_a_session_that_ends_while_one_types_takes_nothing_along(desk: Desk) -> None:
    browser = Browser.of(desk.server, "editor")
    slug = desk.open()
    form = browser.get(f"/desk/stories/{slug}/facts/1/correct").form
    head = desk.head()
    browser.http.cookies.clear()
    typed = TYPED["correct"] | {"statement": HOSTILE[0]}
    page = form.send_fields("file", typed)
    assert page.status == 401
    assert "What you typed is kept" in page.text
    assert page.headers["cache-control"] == "no-store"

    page = page.submit("/sign-in", page.form.fields | {"key": desk.server.secret("editor")})
    assert "You are signed in again" in page.text
    page = page.submit(page.form.element["action"], page.form.fields)
    assert page.status == 200
    kept = page.form.fields
    assert {name: kept[name] for name in typed} == typed
    assert kept["expected_version"] == "1"
    assert desk.head() == head
    assert page.form.send_fields("file", {}).status == 200
    assert len(events(desk, head)) == 1
    browser.close()


def test_a_form_of_an_earlier_session_is_shown_again_and_not_recorded(desk: Desk) -> None:
    browser = Browser.of(desk.server, "editor")
    slug = desk.open()
    form = browser.get(f"/desk/stories/{slug}/set-headline").form
    head = desk.head()
    browser.http.cookies.clear()
    browser.sign_in(desk.server.secret("editor"))
    page = form.send_fields("file", TYPED["set-headline"])
    assert page.status == 403
    assert desk.head() == head
    page = page.submit(page.form.element["action"], page.form.fields)
    assert page.form.fields["headline"] == TYPED["set-headline"]["headline"]
    browser.close()


def test_what_another_site_sends_to_the_desk_without_a_session_is_not_shown(desk: Desk) -> None:
    browser = Browser(desk.server.url)
    slug = desk.open()
    page = browser.post(
        f"/desk/stories/{slug}/set-headline", {"headline": "Theirs"}, sec_fetch_site="cross-site"
    )
    assert page.status == 401
    assert "Theirs" not in page.source
    browser.close()


# --- Who may do what ---------------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("word", ACTS)
def test_those_who_may_not_are_told_so_and_are_not_offered_it(
    desk: Desk, browsers: Callable[[Role | None], Browser], word: str
) -> None:
    address = prepare(desk, word)
    for role in ("reporter", "auditor"):
        page = browsers(role).get(address)
        assert page.status == (200 if ACTS[word].may(role) else 403)
    assert browsers(None).get(address).status == 401


@pytest.mark.parametrize("role", [None, "editor"])
@pytest.mark.parametrize(
    "path",
    [
        "sources/ria/nothing-such",
        "stories/a-story/publish%00",
        "stories/a-story/headline",
        "stories/a-story/confirm",
        "stories/a-story/facts/1/publish",
        "stories/a-story/revisions/1/nothing-such",
        "stories/a-story/approvals/1/nothing-such",
        "requests/52725049-f14c-486d-9086-acaafd445484/nothing-such",
    ],
)
def test_an_act_that_there_is_not_is_a_page_that_there_is_not(
    desk: Desk, role: Role | None, path: str
) -> None:
    for accepted in ("text/html", "*/*"):
        answer = desk.client(role).get(f"/desk/{path}", headers={"Accept": accepted})
        assert answer.status_code == 404, answer.text


@pytest.mark.thorough
def test_only_what_is_possible_is_offered(desk: Desk, browsers: Callable[[Role | None], Browser]) -> None:
    slug = desk.public()
    desk.post(f"/v1/stories/{slug}/holds", REASON)
    desk.settle()
    page = browsers("editor").get(f"/stories/{slug}")
    assert f"/desk/stories/{slug}/release" in page.links()
    assert f"/desk/stories/{slug}/publish" not in page.links()
    assert f"/desk/stories/{slug}/correct?fact=1&what=correct" in page.links()
    page = browsers("reporter").get(f"/stories/{slug}")
    assert f"/desk/stories/{slug}/release" not in page.links()
    assert f"/desk/stories/{slug}/facts/1/cite" in page.links()
    assert not [
        link for link in browsers("auditor").get(f"/stories/{slug}").links() if link.startswith("/desk/")
    ]
    page = browsers("editor").get(f"/desk/stories/{slug}/publish")
    assert "this is possible only when it is draft or embargoed or published" in page.text


@pytest.mark.thorough
def test_what_takes_two_people_says_so_and_leads_to_its_approval(
    desk: Desk, browsers: Callable[[Role | None], Browser]
) -> None:
    slug = desk.public()
    page = browsers("editor").get(f"/desk/stories/{slug}/kill").form.send(reason="Made up.")
    assert page.address.partition("?")[0].endswith(f"/desk/stories/{slug}/approvals/1")
    assert "waits for a second person" in page.text
    own = browsers("editor").get(f"/desk/stories/{slug}/approvals/1/approve").form.send()
    assert own.status == 403
    assert "needs a second person" in own.text
    done = browsers("standards").get(f"/desk/stories/{slug}/approvals/1/approve").form.send()
    assert done.status == 200
    assert desk.get(f"/v1/stories/{slug}").json()["publication"]["state"] == "killed"


# --- The form itself ---------------------------------------------------------------------------------------------


def test_a_form_filled_with_a_fact_sends_that_fact(desk: Desk, editor: Browser) -> None:
    asked = questions_of(ReportFact)
    slug = desk.open()
    desk.report(
        slug, citations=[{"source": "ria", "excerpt": {"exact": "x", "prefix": "a"}}], entities=["A", "B"]
    )
    desk.settle()
    form = editor.get(f"/desk/stories/{slug}/facts/2/clarify").form
    assert read(asked, form.fields) == taken(asked, desk.get(f"/v1/stories/{slug}/facts/2").json())


def test_a_form_asks_for_every_field_of_its_command() -> None:
    for act in ACTS.values():
        asked = {question.name for question in questions_of(act.command)}
        assert asked == set(act.command.model_fields) - {"origin"}  # which is for what was made elsewhere
    assert {question.name for question in questions_of(CorrectFact, "expected_version")} == set(
        CorrectFact.model_fields
    ) - {"expected_version", "origin"}
    assert forms.read(questions_of(FileCopy), {"text": " ", "reason": "x"}) == {"reason": "x"}


@pytest.mark.parametrize(
    ("word", "fields"),
    [
        ("file-copy", {"text": "A train arrived, and left."}),
        ("set-headline", {"headline": "A train left"}),
        ("add-editors-note", {"text": "This story said nothing of when it left."}),
    ],
)
def test_a_form_that_was_opened_on_a_draft_publishes_once_readers_read_it(
    desk: Desk, editor: Browser, word: str, fields: dict[str, str]
) -> None:
    slug = desk.open(facts=1)
    form = editor.get(f"/desk/stories/{slug}/{word}").form
    desk.publish(slug)
    desk.settle()
    page = form.send_fields("preview", {**fields, "reason": "It is so."})
    page = page.form.send_fields("publish", {})
    assert page.status == 200, page.text
    desk.settle()
    assert desk.get(f"/v1/stories/{slug}").json()["publication"]["revision"] == 4
