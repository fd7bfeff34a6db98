"""Is every refusal a problem that says what is wrong and where, in words, and does it change nothing?"""

import ast
import json
import logging
import re
import socket
import string
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest

from api.http import statuses
from api.http.access import Gate
from api.server.embedded import EmbeddedPostgres
from ledger import limits, permitted, refusals
from ledger.commands import Command, IssueKey, LiftEmbargo, RevokeKey, TakeItem
from ledger.moment import rfc3339
from ledger.refusals import Refusal
from ledger.words import Role
from tests.desk import (
    ANSWERS,
    CHANGES,
    FACT,
    OF_PUBLICATION,
    REQUEST,
    ROLES,
    SAID_OF_A_SOURCE,
    SAID_OF_A_STORY,
    UNDOING,
    Desk,
    open_desk,
    problem,
)
from tests.newsroom import NO_TLS, Server

ROOT = Path(__file__).parent.parent
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def story(desk: Desk) -> str:
    """A story with three facts, published, for those that only ask, or are refused."""
    slug = desk.open(facts=3)
    desk.get(f"/v1/stories?at_least={desk.publish(slug)['position']}")
    return slug


@pytest.fixture(scope="module")
def asked(desk: Desk) -> str:
    """A correction request that nobody answers."""
    return desk.ask()


@pytest.fixture
def unchanged(desk: Desk) -> Iterator[None]:
    """Fails the test if anything was recorded while it ran."""
    before = desk.head()
    yield
    assert desk.head() == before


# --- The table ---------------------------------------------------------------------------------------------------


def all_below(refusal: type[Refusal]) -> Iterator[type[Refusal]]:
    for below in refusal.__subclasses__():
        yield below
        yield from all_below(below)


KINDS = [refusal for refusal in all_below(Refusal) if not refusal.__subclasses__()]
assert set(statuses.STATUS) <= set(KINDS)


@pytest.mark.parametrize("refusal", KINDS)
def test_every_refusal_has_a_status_with_a_title_and_a_kind_of_its_own(refusal: type[Refusal]) -> None:
    assert statuses.STATUS[refusal] in statuses.TITLE
    assert [statuses.kind_of(other) for other in KINDS].count(statuses.kind_of(refusal)) == 1


@pytest.mark.parametrize("refusal", KINDS)
def test_every_refusal_reads_as_a_sentence(refusal: type[Refusal]) -> None:
    fields = {name for _, name, _, _ in string.Formatter().parse(refusal.__doc__ or "") if name}
    text = str(refusal(**{name: name.upper() for name in fields}))
    if fields not in ({"why"}, {"notice"}):
        assert re.match(r"[A-Z{]", text)
        assert text.endswith((".", "READS: FOUND", "it reads: FOUND", ": WHY", ". WHY"))
    assert "\n" not in text
    assert "  " not in text


@cache
def raised() -> list[tuple[str, type[Refusal], set[str] | None]]:
    """Where each refusal is raised in the product, and the words that are given with it; None for **more."""
    found: list[tuple[str, type[Refusal], set[str] | None]] = []
    by_name = {refusal.__name__: refusal for refusal in all_below(Refusal)}
    for path in [path for room in ("ledger", "projections", "api") for path in (ROOT / room).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            call = node.exc if isinstance(node, ast.Raise) else node
            if isinstance(call, ast.Name) and isinstance(node, ast.Raise) and call.id in by_name:
                found.append((f"{path.name}:{node.lineno}", by_name[call.id], set()))
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in by_name:
                given = {keyword.arg for keyword in call.keywords}
                names = None if None in given else {name for name in given if name is not None}
                found.append((f"{path.name}:{call.lineno}", by_name[call.func.id], names))
    return found


@pytest.mark.thorough
def test_every_refusal_is_raised_with_the_words_that_its_text_needs() -> None:
    assert len(raised()) > 50
    for place, refusal, given in raised():
        needs = {name for _, name, _, _ in string.Formatter().parse(refusal.__doc__ or "") if name}
        assert given is None or needs <= given, (place, refusal, needs, given)


def test_only_refusals_with_a_status_are_raised_and_each_is_raised_somewhere() -> None:
    assert {refusal for _, refusal, _ in raised()} == set(statuses.STATUS)


def test_the_tree_of_refusals_at_the_top_of_its_file_is_the_tree_that_is() -> None:
    drawn = set(re.findall(r"\b[A-Z]\w+", (refusals.__doc__ or "").split("Refusal\n")[1]))
    assert drawn == {kind.__name__ for kind in all_below(Refusal) if kind.__module__ == refusals.__name__}


# --- JSON that cannot be read ------------------------------------------------------------------------------------

_GOOD = json.dumps(FACT)
UNREADABLE: dict[str, tuple[bytes, str]] = {
    "nothing closed": (b"{", ""),
    "not JSON at all": (b"statement=A+train", ""),
    "two documents": (_GOOD.encode() * 2, ""),
    "a comma too many": (b'{"kind":"event",}', ""),
    "single quotes": (b"{'kind':'event'}", ""),
    "NaN": (b'{"kind":NaN}', ""),
    "Infinity": (b'{"kind":-Infinity}', ""),
    "a number beyond all doubles": (b'{"kind":1e999}', "infinity"),
    "an integer of 5,000 digits": (b'{"kind":' + b"9" * 5_000 + b"}", ""),
    "a name twice": (_GOOD[:-1].encode() + b',"kind":"claim"}', "the name 'kind' is in one object twice"),
    "a name twice, deep inside": (
        _GOOD.replace('"cue"', '"source":"ria","cue"').encode(),
        "the name 'source' is in one object twice",
    ),
    "a name twice in different spelling": (
        _GOOD[:-1].encode() + b',"\\u006bind":"claim"}',
        "the name 'kind' is in one object twice",
    ),
    "half a surrogate pair in a value": (_GOOD.replace("A train", "\\ud83d").encode(), "surrogate"),
    "half a surrogate pair in a name": (b'{"\\udc00":1}', "surrogate"),
    "a raw NUL": (_GOOD.replace("A train", "A\x00train").encode(), ""),
    "Latin-1": (_GOOD.replace("A train", "\xc4").encode("latin-1"), "UTF-8"),
    "UTF-16": (_GOOD.encode("utf-16"), ""),
    "UTF-32": (_GOOD.encode("utf-32"), ""),
    "a byte order mark": (b"\xef\xbb\xbf" + _GOOD.encode(), ""),
    "an overlong slash": (_GOOD.replace("A train", "A\udcc0\udcaf").encode("utf-8", "surrogateescape"), ""),
    "100,000 arrays in each other": (b"[" * 100_000 + b"]" * 100_000, ""),
    "1,010 arrays in each other": (b"[" * 1_010 + b"]" * 1_010, ""),
    "40,000 objects in each other": (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, ""),
}


@pytest.mark.thorough
@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("name", UNREADABLE)
def test_json_that_cannot_be_read_is_a_400_that_says_why(desk: Desk, story: str, name: str) -> None:
    body, why = UNREADABLE[name]
    told = problem(
        desk.client().post(f"/v1/stories/{story}/facts", content=body, headers=JSON), 400, "bad-json"
    )
    assert told["detail"].startswith("The body is not JSON that can be read: ")
    assert why in told["detail"]


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/jsonp"},
        {"content-type": "application/json, text/plain"},
        {"content-type": "text/json"},
        {"content-type": ""},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
    ids=str,
)
def test_a_body_of_another_type_is_a_415(desk: Desk, story: str, headers: dict[str, str]) -> None:
    path = f"/v1/stories/{story}/facts"
    told = problem(desk.client().post(path, content=_GOOD, headers=headers), 415, "not-json")
    assert "Content-Type: application/json" in told["detail"]
    problem(desk.client().post(path, content=iter([_GOOD.encode()]), headers=headers), 415, "not-json")


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=utf-8", "application/vnd.newsroom+json"]
)
def test_json_by_any_of_its_names_is_taken(desk: Desk, content_type: str) -> None:
    headers = {"content-type": content_type}
    source = {"slug": desk.slug("source"), "name": "A", "kind": "own"}
    answer = desk.client().post("/v1/sources", content=json.dumps(source), headers=headers)
    assert answer.status_code == 201


def test_a_whole_number_may_be_written_with_a_point(desk: Desk) -> None:
    story = desk.open()
    body = json.dumps(CHANGES["updates"] | {"expected_version": 1}).replace('n": 1', 'n": 1.0')
    assert "1.0" in body
    answer = desk.client().post(f"/v1/stories/{story}/facts/1/updates", content=body, headers=JSON)
    assert answer.status_code == 201


# --- JSON that does not say what it should -----------------------------------------------------------------------

_QUOTED = {"source": "ria", "cue": "said", "speech": "direct"}
# body, pointer, what is said of it
BAD_FACTS: dict[str, tuple[Any, str, str]] = {
    "no object": ([FACT], "#", "should be a JSON object"),
    "null": (None, "#", "is required"),
    "a string": ("a train", "#", "should be a JSON object"),
    "nothing in it": ({}, "#/statement", "is required; add it"),
    "a field that is not there": (
        FACT | {"colour": "red"},
        "#/colour",
        "there is no such field; leave it out",
    ),
    "a field to be escaped": (FACT | {"a/b~c": 1}, "#/a~1b~0c", "there is no such field; leave it out"),
    "a number for text": (FACT | {"statement": 1}, "#/statement", "should be a valid string"),
    "blank text": (FACT | {"statement": " \n"}, "#/statement", "something to read"),
    "an escaped NUL": (FACT | {"statement": "A\0train"}, "#/statement", "no control characters"),
    "text too long": (
        FACT | {"statement": "x" * 5_001},
        "#/statement",
        "should have at most 5000 characters",
    ),
    "an unknown word": (FACT | {"kind": "rumour"}, "#/kind", "should be 'event', 'figure', "),
    "10,000 entities": (FACT | {"entities": ["Kim"] * 10_000}, "#/entities", "should have at most 50 items"),
    "4,000 sources": (
        FACT | {"attribution": [_QUOTED] * 4_000},
        "#/attribution",
        "should have at most 10 items",
    ),
    "one bad entity of many": (
        FACT | {"entities": ["Kim", "Putin", ""]},
        "#/entities/2",
        "something to read",
    ),
    "a bad slug inside": (
        FACT | {"attribution": [_QUOTED, _QUOTED | {"source": "Big Agency"}]},
        "#/attribution/1/source",
        "should be a slug: a-z, 0-9 and single hyphens between, such as kim-visits-russia",
    ),
    "a bad address": (
        FACT | {"citations": [{"source": "ria", "url": "javascript:alert(1)"}]},
        "#/citations/0/url",
        "should be a web address, such as https://example.org/report",
    ),
    "a bad digest": (
        FACT | {"citations": [{"source": "ria", "digest": "md5:00"}]},
        "#/citations/0/digest",
        "should be sha-256: and 64 digits of lower-case hex",
    ),
    "a bad instant": (
        FACT | {"citations": [{"source": "ria", "published_at": "yesterday"}]},
        "#/citations/0/published_at",
        "not an RFC 3339 instant with an offset, such as 2023-09-12T14:30:00Z",
    ),
    "a bad date": (FACT | {"occurred": {"resolved": "12 September"}}, "#/occurred/resolved", "2023-09-12"),
    "an empty date": (
        FACT | {"occurred": {}},
        "#/occurred",
        "give the literal words, the resolved date, or both",
    ),
    "a float for a figure": (
        FACT | {"figure": {"value": 4.5, "unit": "trains"}},
        "#/figure/value",
        "should be a valid string",
    ),
    "words for a figure": (
        FACT | {"figure": {"value": "many", "unit": "trains"}},
        "#/figure/value",
        "should be a decimal number as text, such as 4 or 0.25",
    ),
    "a number of no fact": (
        FACT | {"rests_on": [{"story": "story", "fact": 0}]},
        "#/rests_on/0/fact",
        "should be greater than or equal to 1",
    ),
    "a fact's number as text": (
        FACT | {"rests_on": [{"story": "story", "fact": "1"}]},
        "#/rests_on/0/fact",
        "should be a whole number",
    ),
    "a fact's number as a bool": (
        FACT | {"rests_on": [{"story": "story", "fact": True}]},
        "#/rests_on/0/fact",
        "should be a whole number",
    ),
    "a huge number": (
        FACT | {"rests_on": [{"story": "story", "fact": 10**300}]},
        "#/rests_on/0/fact",
        "should be less than or equal to 10000",
    ),
    "a fraction": (
        FACT | {"rests_on": [{"story": "story", "fact": 1.5}]},
        "#/rests_on/0/fact",
        "should be a whole number",
    ),
    "text for a bool": (
        FACT | {"note": [{"role": "desk", "text": "so", "is_publishable": "no"}]},
        "#/note/0/is_publishable",
        "should be true or false",
    ),
    "an object for a list": (FACT | {"citations": {}}, "#/citations", "should be a JSON array"),
    "a list for an object": (FACT | {"figure": []}, "#/figure", "should be a JSON object"),
    "nobody says it": (
        {name: FACT[name] for name in ("statement", "kind")},
        "#",
        "give either attribution (who says it) or unattributed (why nobody is named), not both",
    ),
    "a quote of no words": (FACT | {"kind": "quote"}, "#", "needs the words said"),
    "a figure without one": (FACT | {"kind": "figure"}, "#", "needs a figure: {value, unit}"),
    "a source that is not there": (
        FACT | {"attribution": [_QUOTED, _QUOTED | {"source": "tass"}]},
        "#/attribution/1/source",
        "There is no source tass; register it first (POST /v1/sources).",
    ),
    "a citation of an origin that is not there": (
        FACT | {"citations": [{"source": "ria"}, {"source": "ria", "origin": "tass"}]},
        "#/citations/1/origin",
        "There is no source tass; register it first (POST /v1/sources).",
    ),
    "a bad slug for an origin": (
        FACT | {"citations": [{"source": "ria", "origin": "The Kremlin"}]},
        "#/citations/0/origin",
        "should be a slug",
    ),
    "a citation of a source that is not there": (
        FACT | {"citations": [{"source": "ria"}, {"source": "tass"}]},
        "#/citations/1/source",
        "There is no source tass; register it first (POST /v1/sources).",
    ),
    "resting on what is not there": (
        FACT | {"rests_on": [{"story": "no-story", "fact": 1}]},
        "#/rests_on/0",
        "There is no fact 1 in a story no-story; name one that was reported.",
    ),
}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("name", BAD_FACTS)
def test_a_bad_fact_is_a_422_that_points_at_the_field_and_says_what_it_should_be(
    desk: Desk, story: str, name: str
) -> None:
    body, pointer, says = BAD_FACTS[name]
    told = problem(desk.try_post(f"/v1/stories/{story}/facts", body), 422)
    assert told["errors"][0]["pointer"] == pointer
    assert says in told["errors"][0]["detail"]
    assert says in told["detail"]
    assert told["detail"].endswith(".")


_UPDATE = CHANGES["updates"] | {"expected_version": 1}
_CORRECTION = CHANGES["corrections"] | {"expected_version": 1}
BAD_CHANGES: dict[str, tuple[str, Any, int, str, str]] = {
    "no reason": (
        "updates",
        {"expected_version": 1, "place": "Khasan"},
        422,
        "#/reason",
        "is required; add it",
    ),
    "nothing to change": (
        "updates",
        {"expected_version": 1, "reason": "So."},
        422,
        "#",
        "Nothing would change: fact 3 reads so already; send at least one of its fields with a new value.",
    ),
    "the same again": (
        "attributions",
        {"expected_version": 1, "attribution": FACT["attribution"], "reason": "So."},
        422,
        "#/attribution",
        "Nothing would change",
    ),
    "a correction that says nothing": (
        "corrections",
        _CORRECTION | {"was_wrong": "An earlier version of this story."},
        422,
        "#/was_wrong",
        "Say what was wrong",
    ),
    "a correction of nothing": (
        "corrections",
        _CORRECTION | {"affects": []},
        422,
        "#/affects",
        "at least 1 item",
    ),
    "a change that would not hold": (
        "updates",
        {"expected_version": 1, "kind": "figure", "reason": "So."},
        422,
        "#",
        "The fact as changed would not hold: a fact of kind figure needs a figure: {value, unit}",
    ),
    "no assessment": (
        "assessments",
        {"expected_version": 1, "reason": "So."},
        422,
        "#",
        "Name verification, dispute, or both.",
    ),
    "an answer by nobody": (
        "responses",
        {"expected_version": 1, "kind": "denies", "by": {}, "reason": "So."},
        422,
        "#/by/story",
        "is required; add it",
    ),
    "an answer by a source that is not there": (
        "responses",
        {"expected_version": 1, "kind": "denies", "by": {"source": "tass"}, "reason": "So."},
        422,
        "#/by/source",
        "There is no source tass; register it first (POST /v1/sources).",
    ),
    "an answer by a fact that is not there": (
        "responses",
        {"expected_version": 1, "kind": "denies", "by": {"story": "none", "fact": 7}, "reason": "So."},
        422,
        "#/by",
        "There is no fact 7 in a story none; name one that was reported.",
    ),
    "a version that is past": (
        "updates",
        _UPDATE | {"expected_version": 7},
        409,
        "#/expected_version",
        "Fact 3 is at version 1 now, you saw version 7.",
    ),
    "no version": (
        "updates",
        CHANGES["updates"],
        428,
        "#/expected_version",
        "Name the version you saw: expected_version in the body, or If-Match with the fact's ETag.",
    ),
    "a version of text": (
        "updates",
        _UPDATE | {"expected_version": "1"},
        422,
        "#/expected_version",
        "whole number",
    ),
    "version nought": ("updates", _UPDATE | {"expected_version": 0}, 422, "#/expected_version", "equal to 1"),
}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("name", BAD_CHANGES)
def test_a_bad_change_is_refused_with_a_pointer_and_words(desk: Desk, story: str, name: str) -> None:
    change, body, status, pointer, says = BAD_CHANGES[name]
    told = problem(desk.try_post(f"/v1/stories/{story}/facts/3/{change}", body), status)
    assert told["errors"][0]["pointer"] == pointer
    assert says in told["errors"][0]["detail"]
    assert says in told["detail"]


@pytest.mark.usefixtures("unchanged")
def test_a_fact_that_is_to_rest_on_itself_is_refused_with_a_pointer(desk: Desk, story: str) -> None:
    grounds = {"rests_on": [{"story": story, "fact": 2}, {"story": story, "fact": 3}]}
    update = {"expected_version": 1, "reason": "So."} | grounds
    told = problem(desk.try_post(f"/v1/stories/{story}/facts/3/updates", update), 422, "rests-on-itself")
    assert told["errors"][0]["pointer"] == "#/rests_on/1"
    assert (
        told["detail"] == f"Fact 3 of story {story} cannot rest on itself; name the facts that it depends on."
    )
    grounds["rests_on"].append({"story": story, "fact": 4})
    told = problem(desk.try_post(f"/v1/stories/{story}/facts", FACT | grounds), 422, "rests-on-itself")
    assert told["errors"][0]["pointer"] == "#/rests_on/2"


@pytest.mark.parametrize("said", ["discreditations", "reinstatements"])
def test_what_is_said_of_a_source_must_fit_how_it_stands(desk: Desk, said: str) -> None:
    body = SAID_OF_A_SOURCE[said]
    source = desk.source(discredited=said == "discreditations")
    before = desk.head()
    told = problem(desk.try_post(f"/v1/sources/{source}/{said}", body), 409, "not-as-it-stands")
    state, when = (
        ("discredited", "registered") if said == "discreditations" else ("registered", "discredited")
    )
    assert told["detail"] == f"The source {source} is {state}; this is possible only when it is {when}."
    problem(desk.try_post(f"/v1/sources/tass/{said}", body), 404, "no-such-source")
    told = problem(desk.try_post(f"/v1/sources/{source}/{said}", {}), 422, "invalid-body")
    assert told["errors"][0]["pointer"] == "#/reason"
    assert desk.head() == before


_SPAN = {"fact": 1, "start": 0, "end": 7, "exact": "A train"}
BAD_WORDS: dict[str, tuple[str, Any, str, str]] = {
    "a span of other letters": (
        "/v1/stories/{story}/copy",
        {"text": "A train came.", "spans": [_SPAN, _SPAN | {"end": 6}], "reason": "So."},
        "#/spans/1/exact",
        "The copy from 0 to 6 does not read as given in exact; it reads: 'A trai'",
    ),
    "a span for a fact that is not there": (
        "/v1/stories/{story}/copy",
        {"text": "A train came.", "spans": [_SPAN | {"fact": 9}], "reason": "So."},
        "#/spans/0/fact",
        "has no fact 9; the number of its facts is 3.",
    ),
    "a day that is none": (
        "/v1/stories/{story}/dateline",
        {"date": "2023-02-30", "reason": "So."},
        "#/date",
        "date",
    ),
    "a week date": (
        "/v1/stories/{story}/dateline",
        {"date": "2023-W37-2", "reason": "So."},
        "#/date",
        "date",
    ),
    "a language that is none": (
        "/v1/stories",
        {"slug": "s", "headline": "H", "language": "English", "desk": "world"},
        "#/language",
        "should be a BCP 47 language tag, such as en, ko or zh-Hant-TW",
    ),
    "a line of two": (
        "/v1/stories/{story}/headline",
        {"headline": "One\nTwo", "reason": "So."},
        "#/headline",
        "control characters",
    ),
    "a slug with capitals": (
        "/v1/sources",
        {"slug": "RIA", "name": "RIA", "kind": "agency"},
        "#/slug",
        "should be a slug",
    ),
}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("name", BAD_WORDS)
def test_what_is_said_of_a_story_is_looked_at_as_closely(desk: Desk, story: str, name: str) -> None:
    path, body, pointer, says = BAD_WORDS[name]
    told = problem(desk.try_post(path.format(story=story), body), 422)
    assert told["errors"][0]["pointer"] == pointer
    assert says in told["errors"][0]["detail"]


@pytest.mark.usefixtures("unchanged")
def test_several_mistakes_are_named_at_once(desk: Desk, story: str) -> None:
    body = {"statement": "", "kind": "rumour", "attribution": [{"source": "R"}], "colour": 1}
    told = problem(desk.try_post(f"/v1/stories/{story}/facts", body), 422, "invalid-body")
    assert {error["pointer"] for error in told["errors"]} == {
        "#/statement",
        "#/kind",
        "#/attribution/0/source",
        "#/attribution/0/cue",
        "#/attribution/0/speech",
        "#/colour",
    }


@pytest.mark.usefixtures("unchanged")
def test_an_answer_to_ten_thousand_mistakes_stays_short(desk: Desk, story: str) -> None:
    body = FACT | {f"field {number}": number for number in range(10_000)}
    answer = desk.try_post(f"/v1/stories/{story}/facts", body)
    assert len(problem(answer, 422)["errors"]) == 50
    assert len(answer.content) < 10_000


def test_a_slug_that_is_taken_is_a_409(desk: Desk, story: str) -> None:
    again = {"slug": story, "headline": "H", "language": "en", "desk": "world"}
    told = problem(desk.try_post("/v1/stories", again), 409, "slug-taken")
    assert told["errors"] == [
        {
            "pointer": "#/slug",
            "detail": f"The slug {story} is taken: a slug that a story has or has had is its own for ever."
            " Choose another.",
        }
    ]
    source = {"slug": "ria", "name": "RIA", "kind": "agency"}
    assert (
        problem(desk.try_post("/v1/sources", source), 409, "slug-taken")["errors"][0]["pointer"] == "#/slug"
    )


def test_a_conflict_says_what_is_there_now(desk: Desk) -> None:
    path = f"/v1/stories/{desk.open()}/facts/1"
    desk.post(f"{path}/corrections", _CORRECTION)
    told = problem(desk.try_post(f"{path}/updates", _UPDATE), 409, "fact-moved-on")
    assert (told["fact"], told["version"], told["expected_version"]) == (1, 2, 1)
    assert told["statement"] == CHANGES["corrections"]["statement"]
    assert told["changed"]["kind"] == "correction"
    assert told["changed"]["reason"] == CHANGES["corrections"]["reason"]
    desk.post(f"{path}/retractions", CHANGES["retractions"] | {"expected_version": 2})
    told = problem(
        desk.try_post(f"{path}/updates", _UPDATE | {"expected_version": 3}), 409, "fact-is-retracted"
    )
    assert told["detail"] == "Fact 1 was retracted and stays as it is; report a new fact instead."


# --- Parameters and addresses ------------------------------------------------------------------------------------

NOBODYS = "00000000-0000-4000-8000-000000000000"
READS = (
    "/v1/stories",
    "/v1/stories/{story}",
    "/v1/stories/{story}/revisions",
    "/v1/stories/{story}/revisions/1",
    "/v1/stories/{story}/steps",
    "/v1/stories/{story}/diff?from=1&to=2",
    "/v1/stories/{story}/facts/1",
    "/v1/stories/{story}/facts/1/history",
    "/v1/stories/{story}/facts/1/impact",
    "/v1/facts/shaken",
    "/v1/waiting",
    "/v1/sources/ria/hanging",
    "/v1/stories/{story}/discredited",
    "/v1/stories/{story}/merges",
    "/v1/sources",
    "/v1/sources/ria",
    "/v1/sources/ria/facts",
    "/v1/sources/ria/figures",
    "/v1/corrections",
    "/v1/corrections/figures",
    "/v1/approvals",
    "/v1/stories/{story}/timemap",
    "/v1/stories/{story}/feed",
    "/v1/stories/{story}/json-ld",
    "/v1/corrections/feed",
    "/v1/purges",
    "/v1/requests",
    "/v1/requests/figures",
    "/v1/requests/{request}",
    "/v1/requests/{request}/receipt",
    "/v1/projections",
    "/v1/webhooks",
    "/v1/events",
    "/v1/events/1",
    "/v1/members",
)
FOR_SOME = dict.fromkeys(("/v1/events", "/v1/events/1", "/v1/members"), "admin, auditor") | dict.fromkeys(
    ("/v1/projections", "/v1/webhooks"), "admin"
)
ALWAYS_READERS_VIEW = ("/timemap", "/feed", "/json-ld", "/receipt")


@pytest.mark.parametrize("path", [*READS, "/healthz", "/readyz", "/metrics"])
def test_a_parameter_that_is_not_there_is_refused_and_those_that_are_are_named(
    desk: Desk, story: str, asked: str, path: str
) -> None:
    mark = "&" if "?" in path else "?"
    told = problem(
        desk.client("auditor").get(f"{path.format(story=story, request=asked)}{mark}asof=x"),
        400,
        "bad-parameter",
    )
    assert told["errors"] == [{"parameter": "asof", "detail": told["detail"]}]
    assert "There is no parameter 'asof'; there " in told["detail"]


def test_a_parameter_that_is_not_there_is_refused_where_things_are_recorded(desk: Desk, story: str) -> None:
    before = desk.head()
    told = problem(desk.try_post(f"/v1/stories/{story}/facts?dryrun=true", FACT), 400, "bad-parameter")
    assert told["detail"] == "There is no parameter 'dryrun'; there are: dry_run."
    assert desk.head() == before


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/v1/stories?limit=1&limit=2", "limit"),
        ("/v1/stories?q=kim&q=kim", "q"),
        ("/v1/stories/{story}?position=1&position=1", "position"),
        ("/v1/stories/{story}?as_of=2023-09-12T14:30:00Z&as_of=2023-09-12T14:30:00Z", "as_of"),
        ("/v1/events?after=1&after=2", "after"),
    ],
)
def test_a_parameter_given_twice_is_refused(desk: Desk, story: str, path: str, parameter: str) -> None:
    told = problem(desk.client("auditor").get(path.format(story=story)), 400, "bad-parameter")
    assert told["detail"] == f"The parameter {parameter} is given more than once."
    assert told["errors"][0]["parameter"] == parameter


@pytest.mark.parametrize(
    ("path", "parameter", "says"),
    [
        ("/v1/stories?limit=0", "limit", "should be greater than or equal to 1"),
        ("/v1/stories?limit=201", "limit", "should be less than or equal to 200"),
        ("/v1/stories?limit=many", "limit", "should be a whole number"),
        ("/v1/stories?limit=", "limit", "should be a whole number"),
        ("/v1/stories?limit=1e1", "limit", "should be a whole number"),
        (f"/v1/stories?limit={'9' * 5_000}", "limit", "whole number"),
        ("/v1/stories?q=", "q", "should hold something to read"),
        ("/v1/stories?q=%00", "q", "no control characters"),
        ("/v1/stories?q=a%0Ab", "q", "no control characters"),
        (f"/v1/stories?q={'x' * 201}", "q", "should have at most 200 characters"),
        ("/v1/stories?position=-1", "position", "should be greater than or equal to 0"),
        (f"/v1/stories?position={2**53}", "position", "should be less than or equal to 9007199254740991"),
        ("/v1/stories/{story}?revision=0", "revision", "should be greater than or equal to 1"),
        ("/v1/stories/{story}?view=public", "view", "should be 'desk'"),
        ("/v1/stories/{story}?at_least=x", "at_least", "should be a whole number"),
        ("/v1/stories/{story}/diff?from=1", "to", "is required; add it"),
        ("/v1/stories/{story}/diff?from=1&to=x", "to", "should be a whole number"),
        ("/v1/stories/{story}/revisions?substantive=perhaps", "substantive", "should be true or false"),
        ("/v1/events?after=-1", "after", "should be greater than or equal to 0"),
        ("/v1/requests?state=lost", "state", "should be 'unanswered', 'open', 'acknowledged', 'accepted' or"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named_with_what_it_should_be(
    desk: Desk, story: str, path: str, parameter: str, says: str
) -> None:
    told = problem(desk.client("auditor").get(path.format(story=story)), 400, "bad-parameter")
    assert told["errors"][0]["parameter"] == parameter
    assert says in told["errors"][0]["detail"]
    assert told["detail"].startswith(f"{parameter}: ")


def test_only_one_moment_can_be_asked_for(desk: Desk, story: str) -> None:
    told = problem(desk.client().get(f"/v1/stories/{story}?position=3&revision=2"), 400, "bad-parameter")
    assert told["detail"] == "Give one of as_of, revision, position and edition, not several."


@pytest.mark.parametrize(
    ("path", "kind", "says"),
    [
        ("/nowhere", "not-found", "There is nothing at this address."),
        ("/v1", "not-found", "There is nothing at this address."),
        ("/v1/stories/", "not-found", "There is nothing at this address."),
        ("/v2/stories", "not-found", "There is nothing at this address."),
        ("/docs/", "not-found", "There is nothing at this address."),
        ("/docs/assets/../../pyproject.toml", "not-found", "There is nothing at this address."),
        ("/docs/assets/%2e%2e/%2e%2e/pyproject.toml", "not-found", "There is nothing at this address."),
        ("/v1/stories/no-story", "no-such-story", "There is no story no-story."),
        ("/v1/stories/No_Story", "not-found", "There is nothing at this address."),
        ("/v1/stories/%00", "not-found", "There is nothing at this address."),
        (f"/v1/stories/{'x' * 81}", "not-found", "There is nothing at this address."),
        ("/v1/stories/{story}/facts/4", "no-such-fact", "has no fact 4; the number of its facts is 3."),
        ("/v1/stories/{story}/facts/0", "not-found", "There is nothing at this address."),
        ("/v1/stories/{story}/facts/x", "not-found", "There is nothing at this address."),
        ("/v1/stories/{story}/facts/4/history", "no-such-fact", "has no fact 4"),
        ("/v1/stories/{story}/facts/4/impact", "no-such-fact", "has no fact 4"),
        ("/v1/stories/no-story/facts/1/impact", "no-such-story", "There is no story no-story."),
        (
            "/v1/stories/{story}?revision=99",
            "no-such-revision",
            "has no revision 99; its revisions are 1 to 5.",
        ),
        ("/v1/stories/{story}/revisions/99", "no-such-revision", "has no revision 99"),
        ("/v1/stories/{story}/diff?from=1&to=99", "no-such-revision", "has no revision 99"),
        ("/v1/stories/{story}?position=0", "nothing-recorded-then", "was recorded at that moment yet"),
        ("/v1/stories/{story}?as_of=1999-12-31T23:59:59Z", "nothing-recorded-then", "at that moment yet"),
        ("/v1/sources/tass", "no-such-source", "There is no source tass."),
        ("/v1/sources/tass/facts", "no-such-source", "There is no source tass."),
        (f"/v1/requests/{NOBODYS}", "no-such-request", "There is no such correction request."),
        ("/v1/requests/1", "not-found", "There is nothing at this address."),
        (f"/v1/requests/{NOBODYS}/receipt", "nothing-there", "There is nothing here for readers."),
        ("/v1/requests/1/receipt", "not-found", "There is nothing at this address."),
        ("/v1/events/9007199254740991", "no-such-event", "There is no event at position 9007199254740991;"),
    ],
)
def test_what_is_not_there_is_a_404_that_says_what(
    desk: Desk, story: str, path: str, kind: str, says: str
) -> None:
    # As it stands: a client would tidy up the dots.
    url = httpx2.URL(desk.server.url).copy_with(raw_path=path.format(story=story).encode())
    told = problem(desk.client("auditor").get(url), 404, kind)
    assert says in told["detail"]


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_not_there_cannot_be_changed(desk: Desk, story: str, change: str) -> None:
    body = CHANGES[change] | {"expected_version": 1}
    problem(desk.try_post(f"/v1/stories/{story}/facts/4/{change}", body), 404, "no-such-fact")
    problem(desk.try_post(f"/v1/stories/no-story/facts/1/{change}", body), 404, "no-such-story")


@pytest.mark.usefixtures("unchanged")
def test_what_is_not_there_cannot_be_undone(desk: Desk, story: str) -> None:
    last = len(desk.get(f"/v1/stories/{story}/revisions").json()["items"])
    told = problem(desk.try_post(f"/v1/stories/{story}/revisions/99/undo", UNDOING), 404, "no-such-revision")
    assert told["detail"] == f"Story {story} has no revision 99; its revisions are 1 to {last}."
    problem(desk.try_post("/v1/stories/no-story/revisions/1/undo", UNDOING), 404, "no-such-story")
    for revision in ("0", "-1", "x", "1.5", "9" * 20, "1000001"):
        problem(desk.try_post(f"/v1/stories/{story}/revisions/{revision}/undo", UNDOING), 404, "not-found")


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("said", ["facts", *SAID_OF_A_STORY])
def test_nothing_can_be_said_of_a_story_that_is_not_there(desk: Desk, said: str) -> None:
    body = (SAID_OF_A_STORY | {"facts": FACT})[said]
    problem(desk.try_post(f"/v1/stories/no-story/{said}", body), 404, "no-such-story")


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_request_that_is_not_there_cannot_be_answered(desk: Desk, answer: str) -> None:
    problem(desk.try_post(f"/v1/requests/{NOBODYS}/{answer}", ANSWERS[answer]), 404, "no-such-request")
    problem(desk.try_post(f"/v1/requests/1/{answer}", ANSWERS[answer]), 404, "not-found")


def test_what_readers_may_not_know_of_is_the_same_404_whatever_it_is(desk: Desk) -> None:
    """To the byte, but for the id of the request, which is random."""

    def answered(story: str, role: Role | None) -> tuple[dict[str, str], dict[str, Any]]:
        answer = desk.try_post("/v1/requests", REQUEST | {"story": story}, role)
        told = problem(answer, 404, "nothing-there")
        assert told["detail"] == "There is nothing here for readers."
        del told["request_id"]
        assert len(answer.content) == int(answer.headers["content-length"])
        return {k: v for k, v in answer.headers.items() if k not in ("x-request-id", "date")}, told

    draft, held, killed = desk.open(), desk.public(), desk.public()
    desk.post(f"/v1/stories/{held}/holds", OF_PUBLICATION["holds"])
    desk.do(killed, "kills")
    before = desk.head()
    roles: tuple[Role | None, ...] = (None, "editor")
    missing = [answered("no-story", role) for role in roles]
    for story in (draft, held, killed):
        assert [answered(story, role) for role in roles] == missing
    assert desk.head() == before


def paths(desk: Desk) -> dict[str, set[str]]:
    """Every address there is, as an example, with the methods it has."""
    found = {
        path.format(
            slug="ria" if "sources" in path else "story",
            fact=1,
            revision=1,
            position=1,
            approval=1,
            request=NOBODYS,
            webhook=NOBODYS,
        ): {method.upper() for method in operations}
        for path, operations in desk.client().get("/openapi.json").json()["paths"].items()
    }
    return found | {
        path: {"GET", "HEAD"} for path in ("/openapi.json", "/docs", "/docs/assets/swagger-ui.css")
    }


@pytest.mark.thorough
def test_another_method_is_a_405_that_names_those_there_are(desk: Desk) -> None:
    addresses = paths(desk)
    assert len(addresses) > 90
    for path, methods in addresses.items():
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
            with desk.client().stream(method, path) as answer:
                if method in methods:
                    assert answer.status_code != 405, (method, path)
                    continue  # without the body: that of a stream has no end
                answer.read()
            assert answer.status_code == 405, (method, path)
            assert set(answer.headers["allow"].split(", ")) == methods, (method, path)
            if method != "HEAD":
                told = problem(answer, 405, "method-not-allowed")
                works = ", ".join(sorted(methods))
                assert told["detail"] == f"{method} does not work at this address. What works: {works}."


# --- Large bodies ------------------------------------------------------------------------------------------------

LARGE = b'{"slug":"' + b"x" * limits.BODY_BYTES + b'"}'


def chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


@pytest.mark.thorough
@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("body", [LARGE, LARGE * 40], ids=["256 KiB", "10 MiB"])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_large_body_is_a_413_and_the_connection_goes_on(desk: Desk, body: bytes, is_chunked: bool) -> None:
    secret = desk.server.secret("editor")
    with httpx2.Client(
        base_url=desk.server.url,
        headers={"authorization": f"Bearer {secret}"},
        limits=httpx2.Limits(max_connections=1),
    ) as client:
        for _ in range(2):
            content = chunks(body) if is_chunked else body
            told = problem(
                client.post("/v1/sources", content=content, headers=JSON), 413, "request-too-large"
            )
            assert told["limit"] == limits.BODY_BYTES
            assert client.get("/v1/sources/ria").json()["source"] == "ria"
    assert desk.get("/v1/sources/ria").status_code == 200


def test_a_body_of_just_the_limit_is_read(desk: Desk) -> None:
    source = json.dumps({"slug": desk.slug("source"), "name": "A", "kind": "own"}).encode()
    padded = source + b" " * (limits.BODY_BYTES - len(source))
    assert desk.client().post("/v1/sources", content=padded, headers=JSON).status_code == 201
    problem(desk.client().post("/v1/sources", content=padded + b" ", headers=JSON), 413)


def speak(desk: Desk, *lines: str, body: bytes = b"", wait: float = 5) -> bytes:
    """What the server says to these very bytes, until it closes or is silent."""
    address = urlsplit(desk.server.url)
    with socket.create_connection((address.hostname, address.port), timeout=wait) as connection:
        connection.sendall("".join(f"{line}\r\n" for line in (*lines, "")).encode() + body)
        said = b""
        try:
            while more := connection.recv(65_536):
                said += more
        except TimeoutError:
            said += b"<silence>"
        return said


@pytest.mark.usefixtures("unchanged")
def test_who_asks_before_sending_a_large_body_is_told_no_and_the_connection_is_closed(desk: Desk) -> None:
    said = speak(
        desk,
        "POST /v1/sources HTTP/1.1",
        "Host: ledger",
        f"Authorization: Bearer {desk.server.secret('editor')}",
        "Content-Type: application/json",
        "Content-Length: 100000000",
        "Expect: 100-continue",
    )
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in said.lower()
    assert not said.endswith(b"<silence>")


@pytest.mark.usefixtures("unchanged")
def test_a_body_that_breaks_off_records_nothing_and_disturbs_nobody(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    source = json.dumps({"slug": "broken-off", "name": "A", "kind": "own"}).encode()
    address = urlsplit(desk.server.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(
            b"POST /v1/sources HTTP/1.1\r\nHost: ledger\r\nContent-Type: application/json\r\n"
            + f"Authorization: Bearer {desk.server.secret('editor')}\r\n".encode()
            + f"Content-Length: {len(source) + 5}\r\n\r\n".encode()
            + source
        )
        time.sleep(0.1)
    problem(desk.client().get("/v1/sources/broken-off"), 404)
    time.sleep(0.1)
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


# --- Keys and roles ----------------------------------------------------------------------------------------------

POSTS = {
    "/v1/sources": {"slug": "nobodys", "name": "A", "kind": "own"},
    "/v1/stories": {"slug": "nobodys", "headline": "H", "language": "en", "desk": "world"},
    "/v1/stories/{story}/facts": FACT,
    **{f"/v1/stories/{{story}}/{said}": body for said, body in SAID_OF_A_STORY.items()},
    **{f"/v1/stories/{{story}}/facts/1/{change}": body for change, body in CHANGES.items()},
    **{f"/v1/stories/{{story}}/{said}": body for said, body in OF_PUBLICATION.items()},
    "/v1/stories/{story}/slugs": {"slug": "nobodys-other", "reason": "Shorter."},
    "/v1/stories/{story}/merges": {"into": "nobodys-other", "reason": "The same."},
    "/v1/stories/{story}/revisions/2/undo": UNDOING,
    **{f"/v1/sources/{{{said}}}/{said}": body for said, body in SAID_OF_A_SOURCE.items()},
    "/v1/sources/ria/provider": {"language": "en", "desk": "world", "reason": "Agreed."},
    "/v1/requests": REQUEST | {"story": "{story}"},
    **{f"/v1/requests/{{request}}/{answer}": body for answer, body in ANSWERS.items()},
}
OPEN_TO_READERS = ("/v1/requests",)  # to be filed at


def address(path: str, story: str, desk: Desk | None = None, request: str = "") -> str:
    """One of POSTS with names in it; with a desk, those of new sources that stand as the request wants them."""
    discredited, registered = (desk.source(discredited=has) if desk else "ria" for has in (True, False))
    joined = desk.source(joined=True) if desk else "ria"
    return path.format(
        story=story,
        request=request,
        discreditations=registered,
        reinstatements=discredited,
        renamings=registered,
        merges=registered,
        partings=joined,
    )


NO_KEYS = {
    "no key": {},
    "an empty field": {"authorization": ""},
    "a scheme alone": {"authorization": "Bearer"},
    "a key that was never issued": {"authorization": "Bearer flk_never-issued"},
    "another scheme": {"authorization": "Basic ZWRpdG9yOnNlY3JldA=="},
    "letters beyond ASCII": {"authorization": "Bearer \xe4\xf6\xfc".encode("latin-1")},
    "a long one": {"authorization": "Bearer " + "x" * 8_000},
}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("name", sorted(NO_KEYS.keys() - {"no key"}))
def test_what_is_no_key_opens_nothing(desk: Desk, name: str) -> None:
    headers: Any = NO_KEYS[name]
    source = {"slug": desk.slug("source"), "name": "A", "kind": "own"}
    problem(desk.client(None).get("/v1/sources", headers=headers), 401, "key-refused")
    problem(desk.client(None).post("/v1/sources", json=source, headers=headers), 401, "key-refused")


@pytest.mark.thorough
@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("name", ["no key", "a key that was never issued"])
def test_without_a_key_in_force_nothing_is_shown_recorded_or_looked_at(
    desk: Desk, story: str, asked: str, name: str
) -> None:
    headers: Any = NO_KEYS[name]
    client = desk.client(None)
    # Readers have no key; what they are shown is another question (test_leaks.py).
    closed = [path for path in READS if headers or not is_open_to_readers(path)]
    assert closed
    answers = [
        *(client.get(path.format(story=story, request=asked), headers=headers) for path in closed),
        *(
            client.get(f"{path.format(story=story)}{'&' if '?' in path else '?'}view=desk", headers=headers)
            for path in READS
            if is_open_to_readers(path) and not path.endswith(ALWAYS_READERS_VIEW)
        ),
        *(
            client.post(address(path, story, request=asked), json=body, headers=headers)
            for path, body in POSTS.items()
            if headers or path not in OPEN_TO_READERS
        ),
        # Whoever has no key is not told what else is wrong.
        client.get("/v1/approvals?colour=red", headers=headers),
        client.post("/v1/sources", content=b"{", headers={**headers, "content-type": "text/plain"}),
        client.post("/v1/sources", content=LARGE, headers=headers),
    ]
    if headers:
        answers.append(client.get("/v1/stories/No_Story?colour=red", headers=headers))
    for answer in answers:
        told = problem(answer, 401, "key-refused")
        assert answer.headers["www-authenticate"] == 'Bearer realm="fact-ledger"'
        assert told["detail"].startswith("This needs a key in force, sent as Authorization: Bearer <key>;")


@pytest.mark.thorough
def test_the_endpoints_of_operations_need_no_key(desk: Desk) -> None:
    for path in ("/healthz", "/readyz", "/openapi.json", "/docs"):
        assert desk.client(None).get(path).status_code == 200


def is_open_to_readers(path: str) -> bool:
    closed = (
        "/v1/events", "/v1/approvals", "/v1/requests", "/v1/facts/shaken", "/v1/purges", "/v1/projections",
        "/v1/waiting", "/v1/webhooks",
    )  # fmt: skip
    if path.endswith("/receipt"):
        return True
    return (
        not path.startswith(closed)
        and "/approvals/" not in path
        and not path.endswith(("/impact", "/hanging", "/discredited", "/merges"))
    )


COMMANDS = {
    "/v1/sources": "RegisterSource",
    "/v1/stories": "OpenStory",
    "/v1/stories/{story}/facts": "ReportFact",
    "/v1/stories/{story}/headline": "SetHeadline",
    "/v1/stories/{story}/dateline": "SetDateline",
    "/v1/stories/{story}/slugs": "SetSlug",
    "/v1/stories/{story}/merges": "MergeStory",
    "/v1/stories/{story}/copy": "FileCopy",
    "/v1/stories/{story}/notes": "AddNote",
    "/v1/stories/{story}/facts/1/corrections": "CorrectFact",
    "/v1/stories/{story}/facts/1/updates": "UpdateFact",
    "/v1/stories/{story}/facts/1/clarifications": "ClarifyFact",
    "/v1/stories/{story}/facts/1/refiles": "RefileFact",
    "/v1/stories/{story}/facts/1/retractions": "RetractFact",
    "/v1/stories/{story}/facts/1/citations": "CiteFact",
    "/v1/stories/{story}/facts/1/attributions": "AttributeFact",
    "/v1/stories/{story}/facts/1/assessments": "AssessFact",
    "/v1/stories/{story}/facts/1/responses": "RespondToFact",
    "/v1/stories/{story}/refiles": "RefileCopy",
    "/v1/stories/{story}/editors-notes": "AddEditorsNote",
    "/v1/stories/{story}/correctives": "IssueCorrective",
    "/v1/stories/{story}/publications": "PublishStory",
    "/v1/stories/{story}/holds": "HoldStory",
    "/v1/stories/{story}/releases": "ReleaseStory",
    "/v1/stories/{story}/kills": "KillStory",
    "/v1/stories/{story}/takedowns": "TakeDownStory",
    "/v1/stories/{story}/restorations": "RestoreStory",
    "/v1/stories/{story}/approvals/1/approve": "GiveApproval",
    "/v1/stories/{story}/approvals/1/decline": "DeclineApproval",
    "/v1/stories/{story}/facts/1/confirmations": "ConfirmFact",
    "/v1/stories/{story}/facts/1/terms": "SetTerms",
    "/v1/sources/{discreditations}/discreditations": "DiscreditSource",
    "/v1/sources/{reinstatements}/reinstatements": "ReinstateSource",
    "/v1/sources/{renamings}/renamings": "RenameSource",
    "/v1/sources/{merges}/merges": "MergeSource",
    "/v1/sources/{partings}/partings": "PartSource",
    "/v1/sources/ria/provider": "RegisterProvider",
    "/v1/requests": "RequestCorrection",
    "/v1/requests/{request}/acknowledgements": "AcknowledgeRequest",
    "/v1/requests/{request}/acceptances": "AcceptRequest",
    "/v1/requests/{request}/declinations": "DeclineRequest",
    "/v1/requests/{request}/contact-erasures": "EraseContact",
    "/v1/requests/{request}/erasures": "EraseRequest",
    "/v1/stories/{story}/revisions/2/undo": "UndoRevision",
}


def test_every_command_has_an_endpoint_but_those_of_the_console_and_of_the_ledger_itself() -> None:
    # An item comes in a format of its own (tests/test_taking.py).
    inside = (IssueKey, RevokeKey, LiftEmbargo, TakeItem)
    commands = {command.__name__ for command in get_args(Command) if command not in inside}
    assert set(COMMANDS.values()) == commands
    assert set(COMMANDS) == set(POSTS)


@pytest.mark.thorough
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", POSTS)
def test_a_role_may_file_what_the_rules_say_and_nothing_else(desk: Desk, path: str, role: Role) -> None:
    may = next(roles for command, roles in permitted.MAY.items() if command.__name__ == COMMANDS[path])
    body = POSTS[path] | ({"expected_version": 1} if "/facts/1/" in path else {})
    if "slug" in body:
        body |= {"slug": desk.slug("of-a-role")}
    if "into" in body:
        body |= {"into": desk.source() if "/sources/" in path else desk.open()}
    if path.endswith("/provider"):
        body |= {"desk": desk.slug("of-a-role")}  # another than there is
    story = desk.open()
    if (said := path.removeprefix("/v1/stories/{story}/")) in OF_PUBLICATION:
        desk.prepare(story, said, role)
    if "story" in body:
        body |= {"story": story}
        desk.publish(story)
    request = desk.ask() if "{request}" in path else ""
    path = address(path, story, desk, request)
    before = desk.head()
    answer = desk.try_post(path, body, role)
    if role in may:
        assert answer.status_code == (202 if said in ("kills", "takedowns", "restorations") else 201), (
            answer.text
        )
        of_both = said.endswith(("approve", "/merges", "/partings"))
        assert desk.head() == before + (2 if of_both else 1)
    else:
        told = problem(answer, 403, "role-may-not")
        assert (told["role"], told["needs"]) == (role, ", ".join(sorted(may)))
        assert desk.head() == before


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", READS)
def test_every_role_reads_and_the_audit_trail_is_for_auditors_and_admins(
    desk: Desk, story: str, asked: str, path: str, role: Role
) -> None:
    answer = desk.client(role).get(path.format(story=story, request=asked))
    needs = FOR_SOME.get(path)
    if needs and role not in needs.split(", "):
        assert problem(answer, 403, "role-may-not")["needs"] == needs
    else:
        assert answer.status_code == 200


def with_key(desk: Desk, secret: str) -> httpx2.Client:
    headers = {"authorization": f"Bearer {secret}"}
    return httpx2.Client(base_url=desk.server.url, headers=headers, timeout=30, verify=NO_TLS)


def test_a_key_issued_in_another_process_opens_at_once_even_while_somebody_guesses(desk: Desk) -> None:
    for _ in range(5):
        problem(desk.client(None).get("/v1/sources", headers={"authorization": "Bearer guessed"}), 401)
        secret, _ = desk.newsroom.issue_key("reporter")
        with with_key(desk, secret) as client:
            assert client.get("/v1/stories").status_code == 200


def test_guesses_do_not_reach_the_database_more_than_ten_times_a_second(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    look = Gate._refresh

    def counted(gate: Gate) -> None:
        looks.append(time.monotonic())
        look(gate)

    monkeypatch.setattr(Gate, "_refresh", counted)
    begun = time.monotonic()
    for _ in range(8):
        problem(desk.client(None).get("/v1/sources", headers={"authorization": "Bearer guessed"}), 401)
    assert len(looks) <= (time.monotonic() - begun) * 10 + 1


@pytest.mark.thorough
def test_an_expired_key_is_refused_at_once_for_reading_and_for_writing(desk: Desk) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    secret, _ = desk.newsroom.issue_key("editor", expires_at=rfc3339(soon))
    source = {"slug": desk.slug("source"), "name": "A", "kind": "own"}
    with with_key(desk, secret) as client:
        assert client.get("/v1/stories").status_code == 200
        assert client.post("/v1/sources", json=source).status_code == 201
        time.sleep(max(0, (soon - datetime.now(UTC)).total_seconds()))
        before = desk.head()
        problem(client.get("/v1/sources"), 401, "key-refused")
        problem(client.post("/v1/sources", json=source | {"slug": desk.slug("source")}), 401, "key-refused")
        assert desk.head() == before


# What somebody tries first whose key was revoked in another process.
TRIES: dict[str, Callable[[httpx2.Client, str], httpx2.Response]] = {
    "to read": lambda client, story: client.get(f"/v1/stories/{story}"),
    "to read what is not there": lambda client, story: client.get(f"/v1/stories/{story}/facts/9"),
    "to file": lambda client, story: client.post(f"/v1/stories/{story}/facts", json=FACT),
    "to file what the role may not": lambda client, story: client.post(
        f"/v1/stories/{story}/facts/1/retractions", json=CHANGES["retractions"] | {"expected_version": 1}
    ),
    "to change what has changed": lambda client, story: client.post(
        f"/v1/stories/{story}/facts/1/updates", json=CHANGES["updates"] | {"expected_version": 9}
    ),
    "to open what is there": lambda client, story: client.post(
        "/v1/stories", json={"slug": story, "headline": "H", "language": "en", "desk": "world"}
    ),
    "to send again what was recorded": lambda client, story: client.post(
        "/v1/sources", json={"slug": story, "name": "A", "kind": "own"}, headers={"idempotency-key": story}
    ),
}


@pytest.mark.thorough
@pytest.mark.parametrize("tries", TRIES)
def test_a_key_revoked_in_another_process_is_refused_at_once_whatever_it_is_used_for(
    desk: Desk, tries: str
) -> None:
    story = desk.open()
    secret, key = desk.newsroom.issue_key("reporter")
    with with_key(desk, secret) as client:
        assert TRIES["to read"](client, story).status_code == 200
        assert TRIES["to send again what was recorded"](client, story).status_code == 201
        desk.newsroom.revoke_key(key)
        before = desk.head()
        problem(TRIES[tries](client, story), 401, "key-refused")
        for attempt in TRIES.values():
            problem(attempt(client, story), 401, "key-refused")
        assert desk.head() == before


@pytest.mark.thorough
def test_a_key_over_its_rate_is_told_when_to_go_on_and_other_keys_go_on(
    servers: Callable[[str], EmbeddedPostgres],
) -> None:
    with open_desk(servers, rate="5/hour") as desk:
        client = desk.client("reporter")
        answers = [client.get("/v1/sources") for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
        told = problem(answers[-1], 429, "too-many-requests")
        seconds = int(answers[-1].headers["retry-after"])
        assert 0 < seconds <= 3_600
        assert (
            told["detail"]
            == f"This key is over its rate of 5 requests an hour. Go on in {told['seconds']} s."
        )
        before = desk.head()
        source = {"slug": "late", "name": "A", "kind": "own"}
        problem(client.post("/v1/sources", json=source), 429)
        assert desk.head() == before
        assert desk.client("editor").get("/v1/sources").status_code == 200
        assert desk.client("standards").post("/v1/sources", json=source).status_code == 201
        assert client.get("/healthz").status_code == 200


def test_a_key_appears_in_no_log_and_in_no_answer(
    desk: Desk, story: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret, key = desk.newsroom.issue_key("reporter")
    guess = "flk_guessed-" + uuid4().hex
    with with_key(desk, secret) as client:
        answers = [
            client.get(f"/v1/stories/{story}"),
            client.get("/v1/events"),
            client.post(f"/v1/stories/{story}/headline", json=SAID_OF_A_STORY["headline"]),
            client.post("/v1/sources", content=b"{", headers=JSON),
            client.get("/v1/nothing"),
            client.get("/v1/stories?colour=red"),
            desk.client("auditor").get("/v1/events?limit=200"),
            desk.client(None).get("/v1/sources", headers={"authorization": f"Bearer {guess}"}),
        ]
        desk.newsroom.revoke_key(key)
        answers.append(client.get("/v1/sources"))
    told = "".join(f"{answer.headers}{answer.text}" for answer in answers)
    logged = "".join(f"{record.__dict__}" for record in caplog.records if record.name != "httpx2")
    assert "answered" in logged
    for private in (secret, guess):
        assert private not in told
        assert private not in logged


@pytest.mark.parametrize("header", ["Authorization", "Idempotency-Key", "Content-Type", "Accept-Datetime"])
def test_a_header_that_means_one_thing_is_taken_once(desk: Desk, header: str) -> None:
    values = {
        "authorization": f"Bearer {desk.server.secret('editor')}",
        "idempotency-key": str(uuid4()),
        "content-type": "application/json",
        "accept-datetime": "Tue, 12 Sep 2023 14:30:00 GMT",
    }
    twice = [*values.items(), (header.lower(), values[header.lower()])]
    source = json.dumps({"slug": desk.slug("source"), "name": "A", "kind": "own"})
    before = desk.head()
    told = problem(desk.client(None).post("/v1/sources", content=source, headers=twice), 400, "bad-parameter")
    assert told["errors"] == [{"header": header, "detail": f"The header {header} is given more than once."}]
    assert desk.head() == before


# --- Faults ------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_fault_of_ours_is_a_500_that_tells_nothing_and_is_found_in_the_log(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client = server.client()
    assert client.get("/v1/corrections").status_code == 200
    with server.newsroom.database.connect(name="vandal", as_owner=True) as owner:
        owner.execute("alter table corrections rename to mistakes")
    answer = client.get("/v1/corrections")
    told = problem(answer, 500, "fault")
    assert "corrections" not in answer.text
    assert client.head("/v1/corrections").status_code == 500
    logged = [record for record in caplog.records if getattr(record, "request_id", "") == told["request_id"]]
    assert [record.levelname for record in logged] == ["ERROR", "INFO"]
    assert logged[0].exc_info is not None
    assert "UndefinedTable" in str(logged[0].exc_info[0])
    assert client.get("/v1/stories").status_code == 200
