"""Is the story put on its page as it is: each word of the copy, each moment of its time?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import URL
from starlette.requests import Request

from api.pages import differences, marked
from api.pages.changes import BESIDE_A_FACT, Told, by_fact
from api.pages.marked import Paragraph
from api.pages.page import Visit
from api.pages.rendering import render
from api.pages.steps import Step, Steps, read_steps
from api.pages.strip import BARS, strip_of
from ledger.commands import Actor
from ledger.moment import rfc3339
from ledger.words import READER
from projections.reading import text_diff

TEXTS = st.text(st.sampled_from("ab .,\n\u2028é日🚆"), max_size=60)


def copy_of(text: str, *spans: tuple[int, int, int]) -> dict[str, Any]:
    told = [{"fact": f, "start": s, "end": e, "exact": text[s:e]} for f, s, e in spans]
    return {"text": text, "spans": told}


@st.composite
def copies(draw: st.DrawFn) -> dict[str, Any]:
    text = draw(TEXTS)
    places = st.integers(0, len(text))
    spans = draw(st.lists(st.tuples(st.integers(1, marked.BEHIND), places, places), max_size=9))
    whole = [(fact, min(one, other), max(one, other)) for fact, one, other in spans if one != other]
    return copy_of(text, *whole)


def said(paragraphs: list[Paragraph], *but: str) -> str:
    texts = [
        "".join(piece.text for piece in paragraph.pieces if piece.op not in but) for paragraph in paragraphs
    ]
    return "\n".join(text for text in texts if text)


# --- The copy ----------------------------------------------------------------------------------------------------


@given(copies())
def test_every_word_of_the_copy_is_on_the_page_once_and_in_order(copy: dict[str, Any]) -> None:
    assert said(marked.paragraphs(copy, None)) == "\n".join(text_diff.paragraphs(copy["text"]))


@given(copies(), TEXTS)
def test_with_what_it_said_before_the_words_of_now_are_still_all_there(
    copy: dict[str, Any], was: str
) -> None:
    found = marked.paragraphs(copy, {"copy": copy_of(was)})
    assert said(found, "removed") == "\n".join(text_diff.paragraphs(copy["text"]))


@pytest.mark.thorough
@given(copies())
def test_the_words_that_a_fact_stands_behind_are_those_of_its_spans(copy: dict[str, Any]) -> None:
    text, spans = copy["text"], copy["spans"]
    pieces = [piece for paragraph in marked.paragraphs(copy, None) for piece in paragraph.pieces]
    for fact in {span["fact"] for span in spans}:
        behind = {
            place
            for span in spans
            if span["fact"] == fact
            for place in range(span["start"], span["end"])
            if is_on_the_page(text, place)
        }
        told = "".join(piece.text for piece in pieces if fact in piece.facts and piece.text != "\n")
        assert told == "".join(text[place] for place in sorted(behind))


def test_behind_the_same_words_the_first_facts_are_named_however_many_spans_each_has() -> None:
    spans = [(fact, 0, 1) for fact in (40, *range(1, 40)) for _ in range(3)]
    [paragraph] = marked.paragraphs(copy_of("a", *spans), None)
    [piece] = paragraph.pieces
    assert piece.facts == (40, 1, 2, 3, 4)
    assert piece.ends == (40, *range(1, 40))


def is_on_the_page(text: str, place: int) -> bool:
    at = 0
    for line in text.splitlines(keepends=True):
        if at <= place < at + len(line):
            whole = line.splitlines()[0]
            return place - at < len(whole) and bool(whole) and not whole.isspace()
        at += len(line)
    return False


def test_a_correction_stands_where_the_words_of_its_fact_end_first() -> None:
    text = "A train left on Sunday.\nNobody saw it leave on Sunday."
    told = Told("correction", "We said Monday.", "2023-09-12T00:00:00Z", 5, fact=4)
    found = marked.paragraphs(copy_of(text, (4, 16, 22), (4, 47, 53)), None, {4: [told]})
    assert [paragraph.told for paragraph in found] == [[told], []]


def test_of_one_fact_the_last_changes_are_told_beside_it() -> None:
    told = [Told("correction", f"{n}", "2023-09-12T00:00:00Z", n, fact=1) for n in range(9, 0, -1)]
    kept = by_fact(told, last=BESIDE_A_FACT)[1]
    assert [change.revision for change in kept] == [9, 8, 7]
    assert len(by_fact(told)[1]) == 9


# --- What differs ------------------------------------------------------------------------------------------------


def fact(number: int, statement: str, **fields: Any) -> dict[str, Any]:
    return {"fact": number, "version": 1, "statement": statement, "standing": "standing"} | fields


def story(*facts: dict[str, Any]) -> dict[str, Any]:
    return {"facts": list(facts), "sources": {"ria": {"name": "RIA Novosti"}}}


def test_facts_that_are_new_changed_withdrawn_and_gone_are_named_so() -> None:
    before = story(fact(1, "It left"), fact(2, "On Monday"), fact(3, "Late"), fact(5, "Gone"))
    after = story(
        fact(1, "It left"),
        fact(2, "On Sunday", version=2),
        fact(3, "Late", standing="retracted"),
        fact(4, "New"),
    )
    found = {then.fact["fact"]: then for then in differences.facts(after, before)}
    labels = {number: then.label for number, then in found.items()}
    assert labels == {1: None, 2: "Changed", 3: "Withdrawn", 4: "New", 5: "Not there any more"}
    assert [(run.op, run.text) for run in found[2].words] == [
        ("same", "On "),
        ("removed", "Monday"),
        ("added", "Sunday"),
    ]
    assert found[5].is_gone


def test_a_field_that_differs_is_said_in_words_and_sources_by_their_names() -> None:
    said_by = [{"source": "ria", "cue": "reported", "speech": "indirect"}]
    before, after = story(fact(1, "It left")), story(fact(1, "It left", attribution=said_by, version=2))
    (then,) = differences.facts(after, before)
    (changed,) = then.changed
    assert (changed.name, changed.before, changed.after) == ("attribution", None, "RIA Novosti “reported”")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, None),
        ([], None),
        ({"a_b": "x", "c": []}, "a b x"),
        ([{"a": 1}, "y", True], "a 1; y; true"),
        ("<b>", "<b>"),
    ],
)
def test_any_value_can_be_shown(value: Any, told: str | None) -> None:
    assert differences.shown(value) == told


# --- Time --------------------------------------------------------------------------------------------------------

BEGIN = datetime(2023, 9, 12, 14, 30, tzinfo=UTC)


def steps_of(number: int, revision: int | None = None, hours: float = 1, **fields: Any) -> Steps:
    items = [
        {
            "revision": n,
            "position": n + 20,
            "at": rfc3339(BEGIN + timedelta(hours=hours * n)),
            "kind": "correction" if n % 7 == 0 else "report",
            "substantive": True,
            "fact": n,
            "by": "Ana",
        }
        | fields
        for n in range(1, number + 1)
    ]
    steps = read_steps({"story": "story", "items": items, "earlier": 0})
    return steps if revision is None else steps.showing(revision, is_then=True)


@pytest.mark.thorough
@given(st.integers(1, 700), st.data())
def test_the_strip_has_a_place_for_every_step_in_order_and_shows_where_one_is(
    number: int, data: st.DataObject
) -> None:
    steps = steps_of(number, data.draw(st.integers(1, number)))
    strip = strip_of(steps)
    assert 0 < len(strip.bars) <= BARS
    assert [step for bar in strip.bars for step in bar.steps] == list(steps.items)
    assert [bar.x for bar in strip.bars] == sorted(bar.x for bar in strip.bars)
    assert all(0 <= bar.x <= 100 and 0 < bar.height <= 40 for bar in strip.bars)
    assert [steps.this in bar.steps for bar in strip.bars] == [bar.is_here for bar in strip.bars]
    assert sum(bar.corrections for bar in strip.bars) == number // 7
    assert all((bar.stands_for == "correction") == (bar.corrections > 0) for bar in strip.bars)


def test_a_long_silence_is_said_and_the_usual_one_is_not() -> None:
    steps = steps_of(30, hours=0.01)
    assert strip_of(steps).gaps == []
    later = [*steps.items[:15], *(replace_at(step, days=3) for step in steps.items[15:])]
    (gap,) = strip_of(Steps(later, 0)).gaps
    assert gap.said == "3 days"
    assert later[14].number < 1 + gap.x / 100 * 29 < later[15].number


def replace_at(step: Step, **later: float) -> Step:
    return replace(step, at=rfc3339(datetime.fromisoformat(step.at) + timedelta(**later)))


def test_what_a_screen_reader_says_of_a_place_on_the_slider() -> None:
    steps = steps_of(7, 3)
    assert steps.this is not None
    assert steps.spoken(steps.this) == "Revision 3 of 7, 12 September 2023, 17:30 UTC. Report of fact 3"
    assert (steps.before, steps.after) == (steps.items[1], steps.items[3])
    assert (steps_of(7, 1).before, steps_of(7, 7).after) == (None, None)


def test_a_moment_between_two_revisions_is_at_the_one_before() -> None:
    steps = steps_of(5)
    found = read_steps({"story": "s", "items": [], "earlier": 3}).showing(2, is_then=True)
    assert (found.this, found.before, found.after) == (None, None, None)
    assert steps.this is None


def test_what_is_put_together_in_python_is_escaped_like_all_else() -> None:
    steps = steps_of(3, 2, kind='<script>"&', by="<b>")
    strip = strip_of(steps)
    for text in (
        steps.options(steps.this),
        strip.drawn("/stories/s?a=<&revision="),
        strip.rows("/s?x=\"'&revision="),
    ):
        assert "<script>" not in text
        assert '"&' not in text.replace('"&amp;', "")
        assert "<b>" not in text


def test_a_template_escapes_what_it_is_given() -> None:
    hostile = "<img src=x onerror=alert(1)>{{ 7 * 7 }}\"'"
    request = Request(
        {"type": "http", "headers": [], "asked_method": "GET", "path": "/", "query_string": b""}
    )
    visit = Visit(request, Actor(member=READER, role="reader"), label=hostile)
    told = {"status": 404, "title": hostile, "detail": hostile, "request_id": hostile}
    page = render("refusal.html", visit=visit, url=URL("http://localhost/"), problem=told)
    assert "<img" not in page
    assert "{{ 7 * 7 }}" in page
