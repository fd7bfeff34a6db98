"""Does every limit hold: at it accepted, one beyond it refused, with words that name the field and the limit?"""

import gc
import json
import re
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar, get_args
from urllib.parse import urlencode
from uuid import UUID, uuid4

import psycopg
import pytest
from httpx2 import Response
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import ValidationError

from api.http import purging
from api.server.rate import Rate, RateLimiter
from api.terminal.reading_ahead import batches, read_lines
from ledger import limits
from ledger.commands import (
    AcknowledgeRequest,
    Actor,
    AddNote,
    CiteFact,
    Command,
    CorrectFact,
    FileCopy,
    HoldStory,
    IssueCorrective,
    IssueKey,
    KillStory,
    OpenStory,
    PublishStory,
    RegisterSource,
    ReportFact,
    RequestCorrection,
    RespondToFact,
    RetractFact,
    RevokeKey,
    SetHeadline,
    SetTerms,
    Submission,
)
from ledger.events import canonical
from ledger.fact import FactBody, Ground
from ledger.member import KeyIssued, Member, MemberEnrolled
from ledger.member import evolve as evolve_member
from ledger.moment import Moment
from ledger.publication import Publication, StoryPublished
from ledger.refusals import BodyTooLarge, FactFull, LedgerBusy, MemberFull, OutcomeUnknown, StoryFull
from ledger.rules import Context, State, decide
from ledger.rules.circles import below
from ledger.source import Source
from ledger.store.database import Database
from ledger.store.keyring import Keyring
from ledger.store.migrate import migrate
from ledger.store.store import (
    GroupTooLarge,
    RepeatedRequest,
    SealedEvent,
    append,
    lock_head,
    read_head,
    seal,
)
from ledger.store.writer import Outcome, Recording, Writer
from ledger.story import (
    CopyFiled,
    Corrective,
    FactCorrected,
    FactReported,
    FactUpdated,
    HeadlineSet,
    Story,
    StoryNote,
    StoryOpened,
    fold,
)
from ledger.words import SLUGS, Closed, Role, source_stream, story_stream
from projections.engine import progress
from projections.engine.catch_up import catch_up
from projections.engine.proof import beside
from projections.engine.proof.fold import first_difference
from projections.engine.states import States
from projections.reading import feeds, news, reader_replay, replay
from projections.reading.purges import Purge
from projections.reading.replay import Asked
from projections.reading.text_diff import compare
from projections.views import grounds, shaken
from projections.views.catalogue import VIEW, VIEWS
from tests.carrying import as_file, carry_in, reporting
from tests.listener import Listener
from tests.newsroom import CONSOLE, Newsroom, Server, a_fact, serving
from tests.plain_browser import Browser
from tests.views import eventually, head_of

UNITS = {"KIB", "MIB"}
Test = TypeVar("Test", bound=Callable[..., None])


def holds(*names: str) -> Callable[[Test], Test]:
    """Says which limits a test holds."""
    assert names
    return lambda test: test


def test_every_limit_is_held_by_a_test() -> None:
    """Here or in another file."""
    files = [file.read_text() for file in Path(__file__).parent.glob("test_*.py")]
    marks = [mark for file in files for mark in re.findall(r"^@holds\(([^)]*)\)", file, re.MULTILINE)]
    held = {name for mark in marks for name in re.findall(r'"([A-Z_]+)"', mark)}
    assert {name for name in vars(limits) if name.isupper()} - UNITS == held | {name for name, *_ in WORDS}


# --- What can be sent -------------------------------------------------------------------------------------------

ASTRAL = "🚆"  # one code point, two UTF-16 units, four bytes
LINK = {"source": "ria", "cue": "reported", "speech": "indirect"}
GROUND = {"story": "other", "fact": 1}
NOTE = {"role": "desk", "text": "Ask first", "is_publishable": False}
SPAN = {"fact": 1, "start": 0, "end": 1, "exact": "A"}
REPORT = {
    "statement": "A train arrived",
    "kind": "event",
    "attribution": [LINK],
    "citations": [{"source": "ria", "excerpt": {"exact": "a train"}}],
    "occurred": {"literal": "on Tuesday"},
    "figure": {"value": "2", "unit": "trains"},
    "rests_on": [GROUND],
    "note": [NOTE],
}
SENT: dict[type[Closed], dict[str, Any]] = {
    RegisterSource: {"slug": "ria", "name": "RIA", "kind": "agency"},
    OpenStory: {"slug": "story", "headline": "Kim visits Russia", "language": "en", "desk": "world"},
    SetHeadline: {"headline": "Kim leaves", "reason": "He left"},
    FileCopy: {"text": "A train", "spans": [SPAN], "reason": "First take"},
    AddNote: NOTE,
    ReportFact: REPORT,
    RetractFact: {"expected_version": 1, "reason": "Wrong"},
    PublishStory: {"revision": 1, "reason": "Ready"},
    KillStory: {"reason": "Made up"},
    CorrectFact: {"reason": "Wrong", "was_wrong": "The day", "affects": ["date"], "cause": "our_error"},
    RequestCorrection: {"story": "story", "phrase": "on Tuesday", "concern": "It was Monday"},
    AcknowledgeRequest: {},
}


def letters(n: int) -> str:
    return ASTRAL * n


def slug(n: int) -> str:
    return "s" * n


def url(n: int) -> str:
    return "https://example.org/".ljust(n, "x")


def number(n: int) -> int:
    return n


def many(one: Any) -> Callable[[int], list[Any]]:
    return lambda n: [one] * n


WORDS: list[tuple[str, type[Closed], str, Callable[[int], Any]]] = [
    ("SLUG_LENGTH", RegisterSource, "slug", slug),
    ("SLUG_LENGTH", OpenStory, "slug", slug),
    ("SLUG_LENGTH", ReportFact, "attribution/0/source", slug),
    ("SLUG_LENGTH", ReportFact, "citations/0/origin", slug),
    ("NAME_LENGTH", RegisterSource, "name", letters),
    ("NAME_LENGTH", ReportFact, "entities/0", letters),
    ("NAME_LENGTH", CorrectFact, "requested_by", letters),
    ("LINE_LENGTH", OpenStory, "headline", letters),
    ("LINE_LENGTH", ReportFact, "attribution/0/cue", letters),
    ("LINE_LENGTH", ReportFact, "citations/0/excerpt/prefix", letters),
    ("TEXT_LENGTH", RegisterSource, "description", letters),
    ("TEXT_LENGTH", ReportFact, "statement", letters),
    ("TEXT_LENGTH", CorrectFact, "was_wrong", letters),
    ("TEXT_LENGTH", SetHeadline, "reason", letters),
    ("SLUG_LENGTH", RequestCorrection, "story", slug),
    ("TEXT_LENGTH", RequestCorrection, "phrase", letters),
    ("TEXT_LENGTH", RequestCorrection, "concern", letters),
    ("LINE_LENGTH", RequestCorrection, "contact", letters),
    ("TEXT_LENGTH", AcknowledgeRequest, "note", letters),
    ("COPY_LENGTH", FileCopy, "text", letters),
    ("COPY_LENGTH", FileCopy, "spans/0/exact", letters),
    ("COPY_LENGTH", FileCopy, "spans/0/end", number),
    ("URL_LENGTH", ReportFact, "citations/0/url", url),
    ("URL_LENGTH", ReportFact, "citations/0/archived_url", url),
    ("ATTRIBUTIONS", ReportFact, "attribution", many(LINK)),
    ("CITATIONS", ReportFact, "citations", many({"source": "ria"})),
    ("ENTITIES", ReportFact, "entities", many("Kim")),
    ("RESTS_ON", ReportFact, "rests_on", many(GROUND)),
    ("NOTES_ON_FACT", ReportFact, "note", many(NOTE)),
    ("SPANS", FileCopy, "spans", many(SPAN)),
    ("AFFECTS", CorrectFact, "affects", many("date")),
    ("DESPITE", PublishStory, "despite", many({"source": "ria", "reason": "Said in court"})),
    ("DESPITE", KillStory, "despite", many({"source": "ria", "reason": "Said in court"})),
    ("FACTS_IN_STORY", ReportFact, "rests_on/0/fact", number),
    ("FACTS_IN_STORY", FileCopy, "spans/0/fact", number),
    ("REVISIONS_OF_STORY", RetractFact, "expected_version", number),
]


def sent(command: type[Closed], path: str, value: Any) -> str:
    """The command's JSON with a value put in its place."""
    whole: Any = deepcopy(SENT[command])
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    inner = whole
    for step in way:
        if step == "entities":
            inner["entities"] = []
        inner = inner[step]
    if isinstance(last, int):
        inner[last:] = [value]
    else:
        inner[last] = value
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("limit", "command", "path", "value"),
    WORDS,
    ids=[f"{row[0]} {row[1].__name__} {row[2]}" for row in WORDS],
)
def test_a_word_or_a_list_may_be_this_long_and_no_longer(
    limit: str, command: type[Closed], path: str, value: Callable[[int], Any]
) -> None:
    most = getattr(limits, limit)
    command.model_validate_json(sent(command, path, value(most)))
    with pytest.raises(ValidationError) as refused:
        command.model_validate_json(sent(command, path, value(most + 1)))
    problem, *_ = refused.value.errors()
    assert "/".join(map(str, problem["loc"])) == path
    assert re.search(rf"\b{most}\b", problem["msg"])


@holds("INSTANT_LENGTH")
def test_an_instant_may_be_this_long_and_no_longer() -> None:
    def at(n: int) -> str:
        return sent(ReportFact, "citations/0/published_at", "2023-09-12T14:30:00.".ljust(n - 1, "5") + "Z")

    ReportFact.model_validate_json(at(limits.INSTANT_LENGTH))
    with pytest.raises(ValidationError, match="not an RFC 3339 instant") as refused:
        ReportFact.model_validate_json(at(limits.INSTANT_LENGTH + 1))
    assert refused.value.errors()[0]["loc"] == ("citations", 0, "published_at")


@pytest.mark.parametrize(
    "command", [command for command in get_args(Command) if command not in (IssueKey, RevokeKey)]
)
def test_nothing_without_an_end_can_be_sent(command: type[Closed]) -> None:
    schema = command.model_json_schema()
    for path, value in everything_typed(schema):
        match value["type"]:
            case "string":
                bounded = re.search(r"[*+]|,\}", value.get("pattern", "*")) is None
                assert bounded or {"maxLength", "enum", "const", "format"} & value.keys(), path
            case "array":
                assert "maxItems" in value, path
            case "integer":
                assert "maximum" in value, path
            case "object":
                assert value["additionalProperties"] is False, path
            case other:
                assert other in ("boolean", "null"), path


def everything_typed(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str):
            yield path, schema
        for key, value in schema.items():
            if key not in ("examples", "example"):
                yield from everything_typed(value, f"{path}/{key}")
    if isinstance(schema, list):
        for index, value in enumerate(schema):
            yield from everything_typed(value, f"{path}/{index}")


# --- What can gather --------------------------------------------------------------------------------------------

NOW = datetime(2023, 9, 12, 14, 30, tzinfo=UTC)
SOMEBODY = UUID(int=7)
AT = Moment(1, 1, NOW, SOMEBODY)
RIA = Source(source="ria", name="RIA", kind="agency", registered_at="2023-09-12T14:30:00Z")


def a_story() -> Story:
    opened = StoryOpened(slug="story", headline="Kim visits Russia", language="en", desk="world")
    fact = {"statement": "A train arrived", "kind": "event", "attribution": [LINK]}
    reported = FactReported(fact=1, version=1, body=FactBody.model_validate(fact))
    story = fold([(opened, AT), (reported, AT)])
    assert story is not None
    return story


def decided(state: State, command: Command, role: Any = "editor") -> Any:
    streams = {source_stream("ria"): RIA}
    number = None if isinstance(command, ReportFact) else 1
    return decide(state, command, number, Context(Actor(SOMEBODY, role), NOW, "story", streams))


@holds("FACTS_IN_STORY")
def test_a_story_holds_so_many_facts() -> None:
    story = a_story()
    command = ReportFact.model_validate({"statement": "A train left", "kind": "event", "attribution": [LINK]})
    (last,) = decided(replace(story, facts=story.facts * (limits.FACTS_IN_STORY - 1)), command)
    assert FactReported.model_validate_json(canonical(last)).fact == limits.FACTS_IN_STORY
    with pytest.raises(StoryFull, match="A story holds at most 10000 facts"):
        decided(replace(story, facts=story.facts * limits.FACTS_IN_STORY), command)


@holds("NOTES_ON_STORY")
def test_a_story_holds_so_many_notes() -> None:
    command = AddNote.model_validate(NOTE)
    note = StoryNote.model_construct(**command.__dict__, added=a_story().head.opened)
    assert decided(replace(a_story(), notes=tuple([note] * (limits.NOTES_ON_STORY - 1))), command)
    with pytest.raises(StoryFull, match="A story holds at most 200 notes"):
        decided(replace(a_story(), notes=tuple([note] * limits.NOTES_ON_STORY)), command)


@holds("REVISIONS_OF_STORY")
def test_a_story_holds_so_many_revisions() -> None:
    story = a_story()
    headline = SetHeadline(expected_revision=1, headline="Kim leaves", reason="He left")
    retraction = RetractFact(expected_version=limits.REVISIONS_OF_STORY - 1, reason="Wrong")
    (fact,) = story.facts
    worn = replace(
        story,
        revision=limits.REVISIONS_OF_STORY - 1,
        facts=(fact.model_copy(update={"version": limits.REVISIONS_OF_STORY - 1}),),
    )
    assert decided(worn, headline)
    (retracted,) = decided(worn, retraction)
    assert retracted.version == limits.REVISIONS_OF_STORY
    for command in (headline, retraction):
        with pytest.raises(StoryFull, match="A story holds at most 1000000 revisions"):
            decided(replace(worn, revision=limits.REVISIONS_OF_STORY), command)
    full = replace(worn, revision=limits.REVISIONS_OF_STORY)
    assert decided(full, HoldStory(reason="Wait"))
    assert decided(full, KillStory(reason="Made up"))
    # Nobody stays named because a story is full.
    tightening = SetTerms(
        expected_version=limits.REVISIONS_OF_STORY - 1, terms="off_record", reason="He asked"
    )
    assert decided(full, tightening)


@holds("CORRECTIVES_OF_STORY")
def test_a_story_holds_so_many_correctives() -> None:
    (fact,) = a_story().facts
    fact = fact.model_copy(update={"corrected": fact.changed.model_copy(update={"revision": 3})})
    corrective = Corrective(fact=1, version=2, ran_in=2, text="Mend it", issued=fact.changed)
    command = IssueCorrective(fact=1, ran_in=2, text="Mend it", reason="Others have it")

    def holding(correctives: int) -> Story:
        return replace(
            a_story(),
            facts=(fact,),
            publication=Publication(revision=2),
            editions=(2,),
            correctives=(corrective,) * correctives,
        )

    assert decided(holding(limits.CORRECTIVES_OF_STORY - 1), command)
    with pytest.raises(StoryFull, match="A story holds at most 200 correctives"):
        decided(holding(limits.CORRECTIVES_OF_STORY), command)


@holds("CITATIONS")
def test_a_fact_gathers_so_many_citations() -> None:
    story = a_story()
    (fact,) = story.facts
    cite = CiteFact.model_validate(
        {"citations": [{"source": "ria"}] * 2, "reason": "x", "expected_version": 1}
    )
    one = cite.citations[:1]

    def holding(citations: int) -> Story:
        return replace(story, facts=(fact.model_copy(update={"citations": one * citations}),))

    assert decided(holding(limits.CITATIONS - 2), cite)
    with pytest.raises(FactFull, match="A fact holds at most 50 citations"):
        decided(holding(limits.CITATIONS - 1), cite)


@holds("RESPONSES")
def test_a_fact_gathers_so_many_responses() -> None:
    story = a_story()
    (fact,) = story.facts
    respond = {"kind": "denies", "by": {"source": "ria"}, "reason": "x", "expected_version": 1}
    command = RespondToFact.model_validate(respond)

    def holding(responses: int) -> Story:
        return replace(story, facts=(fact.model_copy(update={"responses": (command,) * responses}),))

    assert decided(holding(limits.RESPONSES - 1), command)
    with pytest.raises(FactFull, match="A fact holds at most 100 responses"):
        decided(holding(limits.RESPONSES), command)


@holds("KEYS_OF_MEMBER")
def test_a_member_holds_so_many_keys() -> None:
    key = IssueKey(key=uuid4(), digest="0" * 64, role="editor", label="Ana")
    member = evolve_member(None, MemberEnrolled(label="Ana"), AT, SOMEBODY)
    issued = KeyIssued(**key.__dict__)

    def holding(keys: int) -> Member:
        one = evolve_member(member, issued, AT, SOMEBODY)
        return replace(one, keys=one.keys * keys)

    assert decided(holding(limits.KEYS_OF_MEMBER - 1), key, "admin")
    with pytest.raises(MemberFull, match="A member holds at most 100 keys"):
        decided(holding(limits.KEYS_OF_MEMBER), key, "admin")


@holds("GROUNDS_FOLLOWED")
def test_what_a_fact_may_rest_on_is_followed_so_far_and_no_further() -> None:
    def resting(facts: int) -> Story:
        """Of so many facts, each rests on the one after it."""
        story = a_story()
        (fact,) = story.facts
        return replace(
            story,
            facts=tuple(
                fact.model_copy(
                    update={"fact": number, "rests_on": (Ground(story="story", fact=min(number + 1, facts)),)}
                )
                for number in range(1, facts + 1)
            ),
        )

    most = limits.GROUNDS_FOLLOWED
    grounds = (Ground(story="story", fact=1),)
    assert len(below(grounds, {}, resting(most))) == most
    with pytest.raises(FactFull, match="at most 1000 facts below"):
        below(grounds, {}, resting(most + 1))


@holds("LANGUAGE_LENGTH")
def test_a_language_tag_may_be_this_long_and_no_longer() -> None:
    def opening(language: str) -> str:
        return json.dumps({"slug": "a", "headline": "A", "desk": "d", "language": language})

    longest = "de-DE-1996-u-co-phonebk-x-abcdefg-a"
    assert len(longest) == limits.LANGUAGE_LENGTH
    OpenStory.model_validate_json(opening(longest))
    with pytest.raises(ValidationError, match=f"at most {limits.LANGUAGE_LENGTH} characters"):
        OpenStory.model_validate_json(opening(f"{longest}b"))


@pytest.mark.thorough
@holds("GROUND_DISTANCE")
def test_a_fact_shakes_those_at_this_distance_and_none_beyond(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.report()
    for number in range(1, limits.GROUND_DISTANCE + 2):
        newsroom.report(rests_on=[{"story": "story", "fact": number}])
    newsroom.file(RetractFact(expected_version=1, reason="Wrong"), "story", 1)
    newsroom.catch_up()
    story = replay.find(newsroom.views, "story").number
    shaken_then = [fact for (_, _, fact), _ in shaken.page(newsroom.views, (0, 0, 0), 1_000)]
    assert shaken_then == list(range(2, limits.GROUND_DISTANCE + 2))
    resting = [fact for (_, _, fact), _ in grounds.page(newsroom.views, story, 1, (0, 0, 0), 1_000)]
    assert resting == shaken_then


# --- What a refusal, a receipt or a dry run tells ---------------------------------------------------------------


def published(server: Server, asked: str = "") -> dict[str, Any]:
    """The answer to a publication of the story as it is now."""
    body = {"revision": server.newsroom.revision("story"), "reason": "Ready"}
    return dict(server.client().post(f"/v1/stories/story/publications{asked}", json=body).json())


def hide(newsroom: Newsroom, name: str) -> None:
    """A story that protects a source of that name."""
    newsroom.open()
    newsroom.file(RegisterSource(slug="hidden", name=name, kind="agency"))
    newsroom.report(statement="Nobody slept", source="hidden", terms="background")


@pytest.mark.thorough
@holds("WORDS_ON_HIDDEN")
def test_of_the_words_on_what_is_hidden_so_many_are_told_and_how_many_more(server: Server) -> None:
    newsroom, most = server.newsroom, limits.WORDS_ON_HIDDEN
    newsroom.open()
    newsroom.report(terms="off_record")
    for number in (most, most + 1):
        words = [f"word{place:02}" for place in range(number)]
        spans = [{"fact": 1, "start": 7 * n, "end": 7 * n + 6, "exact": one} for n, one in enumerate(words)]
        copy = {"text": " ".join(words), "spans": spans, "reason": "A take"}
        newsroom.file(FileCopy.model_validate(copy), "story")
        told = published(server)
        assert told["type"].endswith("copy-on-hidden")
        assert [span["words"] for span in told["spans"]] == words[:most]
        assert told["count"] == number
        assert ("“word19” (fact 1), and 1 more." in told["detail"]) == (number > most)
        assert "word20" not in told["detail"]


@pytest.mark.thorough
@holds("WORDS_SHOWN")
def test_of_words_that_may_not_be_read_so_many_letters_are_told(server: Server) -> None:
    newsroom, most = server.newsroom, limits.WORDS_SHOWN
    hide(newsroom, "Q" * (most + 1))
    newsroom.file(RegisterSource(slug="shorter", name="Z" * most, kind="agency"))
    newsroom.report(statement="Nobody spoke", source="shorter", terms="background")
    newsroom.report(statement=f"{'Z' * most} and {'Q' * (most + 1)} slept")
    whole, cut = "Z" * most, "Q" * most + "…"
    told = published(server)
    assert [one["words"] for one in told["names"]] == [cut, whole]
    assert all(f"“{words}”" in told["detail"] for words in (whole, cut))
    newsroom.report(terms="off_record")
    text, fact = "x" * most + " " + "y" * (most + 1), 4
    spans = [
        {"fact": fact, "start": 0, "end": most, "exact": "x" * most},
        {"fact": fact, "start": most + 1, "end": len(text), "exact": "y" * (most + 1)},
    ]
    newsroom.file(FileCopy.model_validate({"text": text, "spans": spans, "reason": "A take"}), "story")
    told = published(server)
    whole, cut = "x" * most, "y" * most + "…"
    assert [one["words"] for one in told["spans"]] == [whole, cut]
    assert all(f"“{words}”" in told["detail"] for words in (whole, cut))


@pytest.mark.thorough
@holds("NAMES_FOUND")
def test_so_many_places_that_name_a_protected_source_are_told_and_how_many_more(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom, most = server.newsroom, limits.NAMES_FOUND
    hide(newsroom, "Xenia Quarrel")
    newsroom.report(statement="Nobody spoke")
    for number in (most, most + 1):
        names = [f"Xenia Quarrel {letter}" for letter in range(min(number, limits.ENTITIES))]
        statement = "Xenia Quarrel spoke" if number > len(names) else "Somebody spoke"
        fact = {"statement": statement, "entities": names, "kind": "event", "attribution": [LINK]}
        tried = server.client().post("/v1/stories/story/facts?dry_run=true", json=fact).json()
        assert (len(tried["names"]), tried["names_count"]) == (most, number)
        version = 1 if number == most else 2
        changed = {"expected_version": version, "reason": "x", "statement": statement, "entities": names}
        answer = server.client().post("/v1/stories/story/facts/2/updates", json=changed)
        assert answer.status_code == 201, answer.text
        told = published(server)
        assert (len(told["names"]), told["count"]) == (most, number)
        assert ("; and at 1 more places." in told["detail"]) == (number > most)
    newsroom.catch_up()
    browser = Browser.of(server, "editor")
    page = browser.get("/desk/stories/story/report")
    attribution = {f"attribution.0.{name}": value for name, value in LINK.items()}
    said: dict[str, str] = {
        "statement": "Xenia Quarrel slept",
        "place": "To Xenia Quarrel",
        "kind": "event",
        **attribution,
    }
    twice = {f"facts.0.{name}": value for name, value in said.items()}
    for most in (2, 1):
        monkeypatch.setattr(limits, "NAMES_FOUND", most)
        page = page.form.send_fields("preview", twice)
        assert "This would name a source that is protected: fact 3, statement: “Xenia Quarrel”" in page.text
        assert ("(hidden); and at 1 more places. Mend it" in page.text) == (most == 1)
    browser.close()


@pytest.mark.thorough
@holds("NEWLY_NAMED")
def test_so_many_sources_that_are_named_for_the_first_time_are_told_and_how_many_they_are(
    server: Server,
) -> None:
    newsroom, most = server.newsroom, limits.NEWLY_NAMED
    newsroom.open()
    sources = [f"source-{number:03}" for number in range(2 * most + 1)]
    for source in sources:
        newsroom.file(RegisterSource(slug=source, name=source, kind="agency"))
    for number, named in ((most, sources[:most]), (most + 1, sources[most:])):
        for start in range(0, number, limits.ATTRIBUTIONS):
            links = [LINK | {"source": source} for source in named[start : start + limits.ATTRIBUTIONS]]
            newsroom.report(attribution=links)
        for told in (published(server, "?dry_run=true"), published(server)):
            assert [one["source"] for one in told["newly_named"]] == named[:most]
            assert told["newly_named_count"] == number


# --- Who has no key ---------------------------------------------------------------------------------------------


@holds("ADDRESSES_COUNTED")
def test_so_many_addresses_are_counted_apart_and_those_beyond_share_what_one_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "ADDRESSES_COUNTED", 3)
    monkeypatch.setattr("api.server.rate.time.monotonic", lambda: 7.0)
    limiter = RateLimiter(Rate.parse("2/hour"))
    assert [limiter.pass_through(address) for address in "abcabc"] == [0] * 6
    assert [limiter.pass_through(address) for address in "defg"] == [0, 0, 3594, 3594]
    assert limiter.pass_through(uuid4()) == 0  # keys are counted apart, however many there are


# --- What the store takes at once -------------------------------------------------------------------------------


@pytest.fixture
def ledger(database: str) -> Database:
    migrate(Database(database))
    return Database(database)


def sealed(size: int) -> SealedEvent:
    """An event of so many bytes, in a stream of its own."""
    body = b'{"headline":"' + b"x" * (size - 15) + b'"}'
    assert len(body) == size
    return seal(uuid4(), 1, "headline-set.v1", body, SOMEBODY, uuid4())


@pytest.mark.thorough
@holds("GROUP_EVENTS", "GROUP_BYTES")
@pytest.mark.every_postgres
@pytest.mark.parametrize(
    ("most", "beyond"),
    [
        ([100] * limits.GROUP_EVENTS, [100] * (limits.GROUP_EVENTS + 1)),
        (
            [limits.GROUP_BYTES // 4] * 4,
            [limits.GROUP_BYTES // 4] * 3 + [limits.GROUP_BYTES // 8, limits.GROUP_BYTES // 8 + 1],
        ),
    ],
    ids=["events", "bytes"],
)
def test_a_group_too_large_is_refused_at_once_and_blocks_nobody(
    ledger: Database, most: list[int], beyond: list[int]
) -> None:
    with ledger.connect(name="one") as one, ledger.connect(name="other", lock_timeout="200") as other:
        assert append(one, [sealed(size) for size in most])[0] == 1
        with one.transaction():
            started = time.monotonic()
            with pytest.raises(GroupTooLarge, match="1,000 events and 1 MiB"):
                append(one, [sealed(size) for size in beyond])
            assert time.monotonic() - started < 1
            assert append(other, [sealed(100)])[0] == len(most) + 1
        assert read_head(one)[0] == len(most) + 1


@pytest.mark.thorough
@pytest.mark.every_postgres
def test_the_database_itself_refuses_a_group_too_large(
    ledger: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "GROUP_EVENTS", limits.GROUP_EVENTS + 1)
    with ledger.connect(name="test") as connection:
        with pytest.raises(psycopg.errors.ProgramLimitExceeded, match="1 to 1000 events, not 1001"):
            append(connection, [sealed(100) for _ in range(limits.GROUP_EVENTS)])
        with pytest.raises(psycopg.errors.CheckViolation, match="bodies_size"):
            append(connection, [sealed(limits.BODY_BYTES + 1)])
        with pytest.raises(psycopg.errors.ProgramLimitExceeded, match="1 to 1000 events, not 0"):
            append(connection, [])
        assert read_head(connection)[0] == 0


@pytest.mark.thorough
@holds("POSITION")
@pytest.mark.every_postgres
def test_positions_end_where_json_numbers_are_exact(ledger: Database) -> None:
    with ledger.connect(name="owner", as_owner=True) as owner, ledger.connect(name="test") as connection:
        owner.execute("update head set position = %s", [limits.POSITION - 1])
        assert append(connection, [sealed(100)])[0] == limits.POSITION
        with pytest.raises(psycopg.errors.CheckViolation, match="head_position_check"):
            append(connection, [sealed(100)])
        assert read_head(connection)[0] == limits.POSITION == json.loads(json.dumps(float(limits.POSITION)))


@pytest.mark.thorough
@holds("IDEMPOTENCY_KEY_LENGTH")
def test_an_idempotency_key_may_be_this_long_and_no_longer(server: Server) -> None:
    def register(key: str) -> Response:
        headers = {"Idempotency-Key": key}
        return server.client().post("/v1/sources", json=SENT[RegisterSource], headers=headers)

    longest = "k" * limits.IDEMPOTENCY_KEY_LENGTH
    assert register(longest).status_code == 201
    assert register(f'"{longest}"').headers["Idempotent-Replayed"] == "true"
    assert register(f'"{longest}k"').status_code == 400
    refused = register(longest + "k")
    assert refused.status_code == 400
    assert "Idempotency-Key: should have at most 255 characters" in refused.text
    with server.newsroom.database.connect(name="test") as connection:
        too_long = RepeatedRequest(SOMEBODY, longest + "k", b"0" * 32, 0, "{}")
        with pytest.raises(psycopg.errors.CheckViolation, match="requests_key_check"):
            append(connection, [sealed(100)], [too_long], read_head(connection)[2])


# --- What the writer takes --------------------------------------------------------------------------------------


def copy_of(size: int) -> FileCopy:
    """Copy whose event has so many bytes; letters of four bytes, for in letters it would be too long."""
    empty = len(canonical(CopyFiled(text="x", spans=(), reason="First take"))) - 1
    trains, rest = divmod(size - empty, len(ASTRAL.encode()))
    command = FileCopy(text=ASTRAL * trains + "x" * rest, reason="First take")
    assert len(canonical(CopyFiled(text=command.text, spans=(), reason=command.reason))) == size
    return command


@pytest.mark.thorough
@holds("BODY_BYTES")
def test_an_event_may_have_256_kib_and_not_a_byte_more(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.file(copy_of(limits.BODY_BYTES), "story")
    before = read_head(newsroom.views)
    with pytest.raises(BodyTooLarge, match=r"at most 262144 bytes; this one has 262145\. Split it"):
        newsroom.file(copy_of(limits.BODY_BYTES + 1), "story", repeat="a key")
    assert read_head(newsroom.views) == before
    assert newsroom.views.execute("select count(*) from requests where actor <> %s", [SLUGS]).fetchone() == (
        0,
    )
    assert newsroom.report().position == before[0] + 1
    assert newsroom.file(copy_of(limits.BODY_BYTES - 1), "story", repeat="a key").position == before[0] + 2


@pytest.mark.thorough
@holds("GROUP_BYTES")
def test_two_megabytes_at_once_are_split_and_another_writer_goes_on(newsroom: Newsroom) -> None:
    newsroom.open()
    editor, answers = newsroom.actor("editor"), SimpleQueue[Outcome]()
    copies = [FileCopy(text=f"{n} ".ljust(limits.COPY_LENGTH, "x"), reason="A take") for n in range(24)]
    other = Newsroom(newsroom.database)
    try:
        other.open("elsewhere", "tass")
        for number, copy in enumerate(copies):
            seen = copy.model_copy(update={"expected_revision": 1 + number})
            submission = Submission(seen, editor, uuid4(), story_stream("story"), "story")
            newsroom.writer.submit(submission, answers.put)
        waits = []
        while answers.qsize() < len(copies):
            started = time.monotonic()
            other.file(AddNote.model_validate(NOTE), "elsewhere")
            waits.append(time.monotonic() - started)
    finally:
        other.close()
    assert max(waits) < 5
    assert all(isinstance(answers.get(), Recording) for _ in copies)
    rows = newsroom.views.execute(
        "select extract(epoch from recorded_at) * 1000000 - position, octet_length(body), body::json ->> 'text'"
        " from events join bodies using (position) where topic = 'copy-filed.v1' order by position"
    ).fetchall()
    assert [text for _, _, text in rows] == [copy.text for copy in copies]
    # In one append each event comes one microsecond after the one before it.
    groups = [sum(row[1] for row in rows) for _, rows in groupby(rows, key=lambda row: row[0])]
    assert max(groups) <= limits.GROUP_BYTES
    assert len(groups) < len(copies)


@holds("GROUP_SECONDS")
def test_what_is_not_decided_in_time_comes_with_the_next_group_in_its_order(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow the machine, nobody holds the head until the database ends it."""
    newsroom.open()
    monkeypatch.setattr(limits, "GROUP_SECONDS", 0.0)
    editor, answers = newsroom.actor("editor"), SimpleQueue[Outcome]()
    notes = [AddNote.model_validate(NOTE | {"text": f"Note {number}"}) for number in range(20)]
    for note in notes:
        newsroom.writer.submit(Submission(note, editor, uuid4(), story_stream("story"), "story"), answers.put)
    assert all(isinstance(answers.get(timeout=60), Recording) for _ in notes)
    rows = newsroom.views.execute(
        "select extract(epoch from recorded_at) * 1000000 - position, body::json -> 'note' ->> 'text'"
        " from events join bodies using (position) where topic = 'note-added.v1' order by position"
    ).fetchall()
    assert [text for _, text in rows] == [note.text for note in notes]
    assert len({append for append, _ in rows}) == len(notes), "each in an append of its own"


@holds("WAITING_COMMANDS")
def test_so_many_commands_may_wait_and_the_next_is_told_to_come_back() -> None:
    writer = Writer(Database("a database that is never asked"), Keyring())  # not started: everything waits
    submission = Submission(RegisterSource.model_validate(SENT[RegisterSource]), CONSOLE, uuid4(), uuid4())
    for _ in range(limits.WAITING_COMMANDS):
        writer.submit(submission, lambda outcome: None)
    with pytest.raises(LedgerBusy, match=r"10000 commands are waiting already\. Send it again in a moment"):
        writer.submit(submission, lambda outcome: None)
    assert writer.waiting() == limits.WAITING_COMMANDS


@holds("LINE_BYTES", "IMPORT_LINES")
def test_a_line_of_an_import_is_kept_up_to_the_limit_and_so_many_are_taken_at_once() -> None:
    longest = b"x" * limits.LINE_BYTES
    for end in (b"\n", b"\r\n", b""):
        read = [one.text for one in read_lines(BytesIO(longest + end))]
        assert read == [longest]
        assert [one.text for one in read_lines(BytesIO(b"x" + longest + end))] == [None]
    endless = Endless(b"x" * 1_000_000, times=100)
    assert [(one.text, one.size) for one in read_lines(endless)] == [(None, 100_000_000)]
    assert endless.most <= limits.LINE_BYTES + 2

    short = [len(batch) for batch in batches(BytesIO(b"x\n" * (limits.IMPORT_LINES + 1)))]
    assert short == [limits.IMPORT_LINES, 1]
    long = [sum(read.size for read in batch) for batch in batches(BytesIO((longest + b"\n") * 10))]
    assert len(long) == 4
    assert max(long) <= limits.GROUP_BYTES


class Endless(BytesIO):
    """A file of the same bytes again and again; `most`: the longest that was asked for at once."""

    def __init__(self, again: bytes, times: int) -> None:
        super().__init__()
        self.most = 0
        self._left = len(again) * times

    def readline(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        self.most = max(self.most, size)
        said = min(size, self._left)
        self._left -= said
        return b"x" * said


@pytest.mark.thorough
@holds("IMPORT_AHEAD")
def test_an_import_reads_no_further_ahead_of_its_answers_than_the_limit(newsroom: Newsroom) -> None:
    newsroom.open()
    file = CountedFile(as_file(reporting(number) for number in range(10 * limits.IMPORT_LINES)))
    newsroom.actor("editor")
    importing = Thread(target=carry_in, args=(newsroom, file))
    with newsroom.database.connect(name="test") as other:
        with other.transaction():
            lock_head(other)  # nothing is answered meanwhile
            importing.start()
            eventually(lambda: file.lines > limits.IMPORT_AHEAD * limits.IMPORT_LINES, seconds=30)
            time.sleep(0.5)
            assert file.lines <= (limits.IMPORT_AHEAD + 1) * limits.IMPORT_LINES
        importing.join(60)
    assert file.lines == 10 * limits.IMPORT_LINES + 1


class CountedFile(BytesIO):
    lines = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        self.lines += 1
        return super().readline(size)


@holds("FOLDED_EVENTS")
def test_what_is_known_of_stories_that_moved_longest_ago_goes_first(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = States()
    monkeypatch.setattr("projections.engine.states.STATES", kept)
    for story in ("one", "two", "three"):
        newsroom.open(story, f"source-{story}")
        newsroom.report(story, source=f"source-{story}")
    catch_up(newsroom.views)
    last = [
        event_id
        for (event_id,) in newsroom.views.execute(
            "select event_id::text from events where topic = 'fact-reported.v1' order by position"
        )
    ]
    for state in [state for event_id in last if (state := kept.take(event_id)) is not None]:
        kept.keep(state)
    monkeypatch.setattr(limits, "FOLDED_EVENTS", 2 * 3)  # an opening, a report, a fact: of two of them
    another = States()
    for event_id in last:
        state = kept.take(event_id)
        assert state is not None
        another.keep(state)
    assert [another.take(event_id) is not None for event_id in last] == [False, True, True]
    assert another.take(last[2]) is None, "whoever takes one has it alone"


@pytest.mark.parametrize(("share", "proved"), [(1_000_000, 4), (3, 6)])
@holds("PROVED_EVENTS", "PROVED_SHARE")
def test_so_many_events_of_stories_are_proved_or_one_in_so_many(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, share: int, proved: int
) -> None:
    for story in range(5):
        newsroom.open(f"story-{story}", f"source-{story}")
        newsroom.report(f"story-{story}", source=f"source-{story}")
    monkeypatch.setattr(limits, "PROVED_EVENTS", 3)
    monkeypatch.setattr(limits, "PROVED_SHARE", share)
    stories = beside.some_stories(newsroom.views, head_of(newsroom.views))
    assert 2 * len(stories) == proved


@pytest.mark.thorough
@holds("TRACEBACK_CHARACTERS")
def test_a_traceback_is_kept_up_to_its_limit(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    def fold(*_: object) -> None:
        raise ValueError("x" * 50_000 + "\0the end")

    broken = replace(VIEW["search"], fold=fold)
    monkeypatch.setattr(
        "projections.engine.catch_up.VIEWS",
        tuple(broken if view.name == "search" else view for view in VIEWS),
    )
    newsroom.open()
    newsroom.report()
    catch_up(newsroom.views)
    traceback = next(view for view in progress.report(newsroom.views) if view.view == "search").traceback
    assert traceback is not None
    assert len(traceback) == limits.TRACEBACK_CHARACTERS
    assert traceback.endswith("the end\n")


@pytest.mark.thorough
@holds("SKIPS_SHOWN")
def test_so_many_skips_are_shown_the_last_first(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SKIPS_SHOWN", 2)
    views = server.newsroom.views
    for position in (5, 6, 7):
        views.execute(
            "insert into projection_skips (view, position, failure, reason, traceback)"
            " values ('search', %s, 'view_raised', 'why', '')",
            [position],
        )
    told = server.client("admin").get("/v1/projections").json()
    assert [skip["position"] for skip in told["skips"]] == [7, 6]


@pytest.mark.thorough
@holds("CACHED_STATE_BYTES")
def test_states_are_kept_up_to_the_limit_and_the_longest_unused_goes_first(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.open("first")
    newsroom.file(OpenStory.model_validate(SENT[OpenStory] | {"slug": "second"}))
    newsroom.report("first")
    writer = newsroom.writer
    held = dict(writer._held)
    assert writer._held_bytes == sum(stream.size for stream in held.values())
    monkeypatch.setattr(limits, "CACHED_STATE_BYTES", writer._held_bytes)
    writer._let_go(keep=set())
    assert writer._held == held
    monkeypatch.setattr(limits, "CACHED_STATE_BYTES", writer._held_bytes - 1)
    longest_unused = next(iter(held))
    assert longest_unused not in (story_stream("first"), story_stream("second"))
    writer._let_go(keep=set())
    assert writer._held == {stream: kept for stream, kept in held.items() if stream != longest_unused}
    monkeypatch.setattr(limits, "CACHED_STATE_BYTES", 0)
    writer._let_go(keep={story_stream("first")})
    assert writer._held.keys() == {story_stream("first")}


@pytest.mark.thorough
@holds("CACHED_STATE_BYTES")
def test_states_up_to_the_limit_take_no_more_memory_than_half_a_gibibyte(newsroom: Newsroom) -> None:
    newsroom.open()
    tracemalloc.start()
    try:
        for number in range(30):
            slug = f"story-{number}"
            newsroom.file(OpenStory.model_validate(SENT[OpenStory] | {"slug": slug}))
            for _ in range(3):
                newsroom.report(slug)
            newsroom.file(AddNote.model_validate(NOTE), slug)
        writer = newsroom.writer
        writer.close()
        stored, kept = writer._held_bytes, _traced()
        writer._forget_all()
        assert (kept - _traced()) / stored * limits.CACHED_STATE_BYTES < 512 * limits.MIB
    finally:
        tracemalloc.stop()


def _traced() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@contextmanager
def away(database: Database) -> Iterator[None]:
    """Shuts everybody out of the database for a while."""
    with psycopg.connect(make_conninfo(database.url, dbname="postgres"), autocommit=True) as admin:
        name = conninfo_to_dict(database.url)["dbname"]
        admin.execute(f"alter database {name} with allow_connections false")
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        try:
            yield
        finally:
            admin.execute(f"alter database {name} with allow_connections true")


@pytest.mark.thorough
@holds("COMMAND_SECONDS")
def test_a_command_waits_so_long_for_a_database_that_is_away(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.open()
    monkeypatch.setattr(limits, "COMMAND_SECONDS", 0.5)
    with away(newsroom.database):
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown, match="send it again with the same Idempotency-Key"):
            newsroom.report()
        assert 0.5 <= time.monotonic() - started < 5
    assert newsroom.report().position


# --- What other machines are told at once -------------------------------------------------------------------------

FACTS = limits.FEED_ENTRIES + 1


A_TRAIN = FactBody.model_validate(
    {
        "statement": "A train arrived",
        "kind": "event",
        "unattributed": {"reason": "We saw it", "signed_off_by": "desk"},
    }
)


def corrected(fact: int) -> FactCorrected:
    """What was reported of it first was wrong."""
    becomes = A_TRAIN.model_copy(update={"statement": "A train left"})
    wrong = {"wrong_version": 1, "was_wrong": "It left", "affects": ("other",), "cause": "our_error"}
    return FactCorrected.model_validate(
        {"fact": fact, "version": 2, "becomes": becomes, "reason": "x", **wrong}
    )


def happen(newsroom: Newsroom, slug: str, events: Sequence[Any], after: int = 0) -> None:
    """All that happened to a story, past the rules, and in the views; after: how much had happened to it before."""
    sealed = [
        seal(story_stream(slug), version, event.topic, canonical(event), SOMEBODY, uuid4())
        for version, event in enumerate(events, after + 1)
    ]
    for start in range(0, len(sealed), limits.GROUP_EVENTS):
        append(newsroom.views, sealed[start : start + limits.GROUP_EVENTS])
    newsroom.catch_up()


def publish_often(newsroom: Newsroom) -> None:
    """A story with one edition more than fits into a TimeMap; in its second one fact more than fits into a feed was
    corrected."""
    events: list[Any] = [StoryOpened(slug="often", headline="A headline", language="en", desk="world")]
    events += [FactReported(fact=number, version=1, body=A_TRAIN) for number in range(1, FACTS + 1)]
    events.append(StoryPublished(revision=len(events), reason="x"))
    events += [corrected(number) for number in range(1, FACTS + 1)]
    events.append(StoryPublished(revision=len(events), reason="x"))
    for number in range(limits.MEMENTOS_IN_TIMEMAP - 1):
        events.append(HeadlineSet(headline=f"Headline {number}", reason="x"))
        events.append(StoryPublished(revision=len(events), reason="x"))
    happen(newsroom, "often", events)


@pytest.mark.thorough
@holds("MEMENTOS_IN_TIMEMAP", "FEED_ENTRIES", "FACTS_IN_ENTRY")
def test_timemaps_and_feeds_hold_so_much_and_a_timemap_leads_to_the_rest(server: Server) -> None:
    publish_often(server.newsroom)
    reader = server.client(None)
    story = f"{server.url}/v1/stories/often"
    found = []
    following: str | None = f"{story}/timemap"
    parts = []
    while following is not None:
        text = reader.get(following).text
        parts.append(text)
        found.append(re.findall(r'<([^>]*)>; rel="([a-z ]*)memento"; datetime="([^"]*)"', text))
        others = re.findall(r'<([^>]*)>; rel="timemap"; type="application/link-format"; from="([^"]*)"', text)
        assert f'<{following}>; rel="self"; type="application/link-format"; from="{found[-1][0][2]}"' in text
        assert f'until="{found[-1][-1][2]}"' in text
        onwards = [address for address, _ in others if address != f"{story}/timemap"]
        following = onwards[0] if onwards else None
        assert len(found) == 1 or (f"{story}/timemap", found[0][0][2]) in others
    assert list(map(len, found)) == [limits.MEMENTOS_IN_TIMEMAP, 1]
    ((_, onwards_from),) = re.findall(r'<([^>]*cursor[^>]*)>; rel="timemap".*from="([^"]*)"', parts[0])
    assert onwards_from == found[1][0][2]
    editions = [int(address.partition("?edition=")[2]) for part in found for address, _, _ in part]
    assert editions == sorted(set(editions))
    marked = [(address, rel) for part in found for address, rel, _ in part if rel]
    assert marked == [(found[0][0][0], "first "), (found[1][0][0], "last ")]

    feed = reader.get("/v1/stories/often/feed").text
    assert feed.count("<entry") == limits.FEED_ENTRIES
    assert f"Headline {limits.MEMENTOS_IN_TIMEMAP - 2}</title>" in feed
    corrections = reader.get("/v1/corrections/feed").text
    assert corrections.count("<entry") == limits.FEED_ENTRIES
    with server.newsroom.database.connect(name="test") as connection:
        then = reader_replay.moment(connection, "often", Asked(position=FACTS + 2, view="reader"))
        (first,) = feeds.editions(connection, then)
    assert len(first.reported) == limits.FACTS_IN_ENTRY
    assert first.more == FACTS - limits.FACTS_IN_ENTRY


@pytest.mark.thorough
@holds("CHANGES_SHOWN")
def test_a_story_shows_so_many_changes_and_so_does_every_edition_of_it(server: Server) -> None:
    most = limits.CHANGES_SHOWN
    facts = range(1, most + 2)
    events: list[Any] = [StoryOpened(slug="moved", headline="A headline", language="en", desk="world")]
    events += [FactReported(fact=fact, version=1, body=A_TRAIN) for fact in facts]
    events.append(StoryPublished(revision=len(events), reason="x"))
    events += [corrected(fact) for fact in facts]
    events.append(StoryPublished(revision=len(events), reason="x"))
    events += [FactUpdated(fact=fact, version=3, becomes=A_TRAIN, reason="x") for fact in facts[:most]]
    events.append(StoryPublished(revision=len(events), reason="x"))
    happen(server.newsroom, "moved", events)
    reader = server.client(None)

    def told(changes: list[dict[str, Any]]) -> list[tuple[str, int]]:
        return [(change["kind"], change["fact"]) for change in changes]

    last_corrections = [("correction", fact) for fact in facts[1:]]
    updates = [("update", fact) for fact in facts[:most]]
    assert told(reader.get("/v1/stories/moved").json()["changes"]) == updates[::-1]
    editions = reader.get("/v1/stories/moved/revisions").json()["items"]
    assert [told(edition["changes"]) for edition in editions] == [[], last_corrections, updates]
    signals = [edition["signals"] for edition in editions]
    assert signals == [[], ["sig:update", "sig:correction"], ["sig:update"]]
    assert [edition["earlier_changes"] for edition in editions] == [False, True, False]
    assert reader.get("/v1/stories/moved").json()["earlier_changes"]
    for edition in editions:
        assert reader.get(f"/v1/stories/moved/revisions/{edition['revision']}").json() == edition


@pytest.mark.thorough
def test_a_list_of_changes_that_is_cut_changes_no_count_and_no_signal(server: Server) -> None:
    """More changes in one edition than are listed, the corrections first: these are counted and signalled, too."""
    facts = range(1, limits.CHANGES_SHOWN + 102)
    corrections, updates = facts[:101], facts[101:]
    events: list[Any] = [StoryOpened(slug="counted", headline="A headline", language="en", desk="world")]
    events += [FactReported(fact=fact, version=1, body=A_TRAIN) for fact in facts]
    events.append(StoryPublished(revision=len(events), reason="x"))
    events += [corrected(fact) for fact in corrections]
    events += [FactUpdated(fact=fact, version=2, becomes=A_TRAIN, reason="x") for fact in updates]
    events.append(StoryPublished(revision=len(events), reason="x"))
    happen(server.newsroom, "counted", events)
    reader = server.client(None)
    first, second = reader.get("/v1/stories/counted/steps").json()["items"]
    assert (first["kinds"], second["kinds"]) == ({}, {"correction": len(corrections), "update": len(updates)})
    story, edition = (
        reader.get("/v1/stories/counted").json(),
        reader.get("/v1/stories/counted/revisions").json()["items"][-1],
    )
    for told in (story, edition):
        assert {change["kind"] for change in told["changes"]} == {"update"}
        assert (len(told["changes"]), told["earlier_changes"]) == (limits.CHANGES_SHOWN, True)
    assert story["publication"]["signals"] == edition["signals"] == ["sig:update", "sig:correction"]


@pytest.mark.thorough
@holds("EVENTS_LOOKED_AT")
def test_so_many_events_of_the_audit_trail_are_looked_at_in_one_go(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom = server.newsroom
    newsroom.actor("editor")
    auditor = server.client("auditor")
    newsroom.open()
    for number in range(20):
        newsroom.file(SetHeadline(headline=f"Headline {number}", reason="x"), "story")
    last = newsroom.report().position
    monkeypatch.setattr(limits, "EVENTS_LOOKED_AT", 20)
    asked = "kind=fact-reported.v1&limit=1"
    for story, before in (("", last - 20), ("&story=story", last - 20)):
        at_the_limit = auditor.get(f"/v1/events?{asked}{story}&after={before}").json()
        assert [event["position"] for event in at_the_limit["items"]] == [last]
        assert at_the_limit["next"] is None
        beyond = auditor.get(f"/v1/events?{asked}{story}&after={before - 1}").json()
        assert beyond == {"items": [], "about": {}, "next": last - 1}
        further = auditor.get(f"/v1/events?{asked}{story}&after={last - 1}").json()
        assert [event["position"] for event in further["items"]] == [last]


@pytest.mark.thorough
@holds("STEPS")
def test_so_many_steps_are_told_and_how_many_there_were_before(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[Any] = [StoryOpened(slug="stepped", headline="A headline", language="en", desk="world")]
    for number in range(1, limits.STEPS // 2 + 1):
        events.append(FactReported(fact=number, version=1, body=A_TRAIN))
        events.append(StoryPublished(revision=len(events), reason="x"))
    happen(server.newsroom, "stepped", events)

    def told(role: Role | None) -> tuple[list[Any], int]:
        answer = server.client(role).get("/v1/stories/stepped/steps").json()
        return answer["items"], answer["earlier"]

    steps, earlier = told("editor")
    assert [step["revision"] for step in steps] == list(range(2, limits.STEPS + 2))
    assert earlier == 1
    editions, earlier = told(None)
    assert [step["revision"] for step in editions] == list(range(2, limits.STEPS + 2, 2))
    assert earlier == 0
    monkeypatch.setattr(limits, "STEPS", limits.STEPS // 2)
    assert told(None) == (editions, 0)
    monkeypatch.setattr(limits, "STEPS", limits.STEPS - 1)
    assert told(None) == (editions[1:], 1)
    assert {step["new_facts"] for step in editions} == {1}


@pytest.mark.thorough
@holds("MONTHS")
def test_so_many_months_are_told_of_corrections(server: Server) -> None:
    events: list[Any] = [StoryOpened(slug="monthly", headline="A headline", language="en", desk="world")]
    events += [FactReported(fact=fact, version=1, body=A_TRAIN) for fact in range(1, limits.MONTHS + 2)]
    events.append(StoryPublished(revision=len(events), reason="x"))
    happen(server.newsroom, "monthly", events)

    def told(role: Role | None) -> list[str]:
        answer = server.client(role).get("/v1/corrections/figures").json()
        return [month["month"] for month in answer["by_month"]]

    months = []
    with server.newsroom.database.connect(name="test", as_owner=True) as owner:
        for fact in range(1, limits.MONTHS + 2):
            owner.execute("update head set recorded_at = recorded_at + interval '31 days'")
            more = [corrected(fact), StoryPublished(revision=len(events) + 1, reason="x")]
            happen(server.newsroom, "monthly", more, after=len(events))
            events += more
            months.append(f"{read_head(owner)[1].astimezone(UTC):%Y-%m}")
            if fact == limits.MONTHS:
                assert told("editor") == told(None) == months
    assert len(set(months)) == limits.MONTHS + 1
    assert told("editor") == told(None) == months[1:]


@holds("PURGE_PREFIXES", "PURGE_ADDRESSES")
def test_a_purge_names_so_many_addresses_and_prefixes_and_then_one_for_all() -> None:
    def told(editions: int, named_by: int) -> dict[str, Any]:
        others = [f"other-{number}" for number in range(named_by)]
        purge = Purge(
            1, datetime.now(UTC), ["story"], "hold", [(n, n + 1) for n in range(1, editions + 1)], [1], others
        )
        return dict(json.loads(purging.written(purge)))

    most = told(
        (limits.PURGE_ADDRESSES - 17) // 2, limits.PURGE_PREFIXES - 1
    )  # fifteen of the story, two of its fact
    assert len(most["urls"]) == limits.PURGE_ADDRESSES - 1
    assert most["urls"][-1] == "/v1/stories/story/facts/1/history"
    assert len(most["prefixes"]) == limits.PURGE_PREFIXES
    beyond = told((limits.PURGE_ADDRESSES - 15) // 2, limits.PURGE_PREFIXES)
    assert len(beyond["urls"]) == limits.PURGE_ADDRESSES
    assert beyond["prefixes"] == ["/v1/stories"]
    assert all(url.startswith("/v1/stories") for url in beyond["urls"])


@pytest.mark.thorough
@holds("STREAMS", "STREAMS_OF_READERS")
def test_so_many_streams_may_be_open_and_readers_leave_room_for_the_desk(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STREAMS", 3)
    monkeypatch.setattr(limits, "STREAMS_OF_READERS", 2)
    opened: list[Listener] = []

    def opens(role: Role | None) -> bool:
        """Whether there is room for one more, which then stays open."""
        secret = server.secret(role) if role else None
        opened.append(Listener(server.url, "/v1/events/stream", secret))
        return opened[-1].status == 200

    def refused(role: Role | None) -> Response:
        answer = server.client(role).get("/v1/events/stream")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        return answer

    assert [opens(None), opens(None)] == [True, True]
    assert refused(None).json()["detail"].startswith("2 streams are open already at this server.")
    assert opens("editor")
    assert refused("editor").json()["open"] == 3
    refused(None)
    for listener in opened[::2]:  # a reader's and the editor's
        listener.close()
    eventually(lambda: server.client("editor").head("/v1/events/stream").status_code == 200)
    eventually(lambda: opens(None) and opens("editor"))
    refused("editor")
    for listener in opened:
        listener.close()


@pytest.mark.thorough
@holds("STREAM_EVENTS", "STREAM_BYTES")
def test_so_much_is_looked_at_and_told_in_one_go(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STREAM_EVENTS", 5)
    newsroom.open()
    for _ in range(4):
        newsroom.report()
        newsroom.file(PublishStory(reason="Ready"), "story")
    head = newsroom.catch_up()
    desk, reader = Asked(view="desk"), Asked(view="reader")
    for asked, slug, told in ((desk, None, 9), (desk, "story", 9), (reader, None, 4), (reader, "story", 4)):
        after = 0
        pages: list[news.News] = []
        while not pages or not pages[-1].is_all:
            pages.append(news.page(newsroom.views, asked, slug, after))
            after = pages[-1].reached
        items = [item for page in pages for item in page.items]
        assert after == head
        assert len({item.position for item in items}) == len(items) == told
        assert all(len(page.items) <= 5 for page in pages)

    monkeypatch.setattr(limits, "STREAM_EVENTS", 100)
    start = head
    large = a_fact(citations=[{"source": "ria", "excerpt": {"exact": letters(2_000)}}] * 25)
    for _ in range(6):
        newsroom.file(large, "story")
    newsroom.catch_up()
    for slug in (None, "story"):
        page = news.page(newsroom.views, Asked(), slug, start)
        sizes = [len(item.text.encode()) for item in page.items]
        assert sum(sizes[:-1]) < limits.STREAM_BYTES <= sum(sizes)
        assert not page.is_all
        assert page.reached == page.items[-1].position == start + len(sizes)
        assert len(sizes) < 6


@pytest.mark.thorough
@holds("STREAM_SILENCE")
def test_a_stream_is_silent_for_so_long(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits.STREAM_SILENCE <= 15
    monkeypatch.setattr(limits, "STREAM_SILENCE", 0.3)
    with serving(server.newsroom) as other:
        listener = Listener(other.url, "/v1/events/stream")
        listener.await_level()
        before, begun = len(listener.comments), time.monotonic()
        eventually(lambda: len(listener.comments) >= before + 5)
        assert time.monotonic() - begun > 0.3 * 3
        listener.close()


@holds("DIFFERENCE_LENGTH")
def test_so_much_is_said_of_a_row_that_is_not_as_it_must_be(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.report(statement="A" * limits.DIFFERENCE_LENGTH)
    head = newsroom.catch_up()
    for damage in ("set desk = 'It ' || repeat('B', 5000)", "set desk = desk || repeat('B', 5000)"):
        newsroom.views.execute(f"update fact_versions {damage}")
        difference = first_difference(newsroom.views, ["fact_versions"], head)
        assert difference is not None
        assert difference.found is not None
        assert len(difference.found) == limits.DIFFERENCE_LENGTH
        assert len(difference.expected or "") <= limits.DIFFERENCE_LENGTH


@holds("PARAGRAPHS_COMPARED")
def test_of_more_paragraphs_only_the_same_start_and_end_are_told_apart() -> None:
    for beyond in (0, 1):
        same = [f"Line {number}" for number in range(limits.PARAGRAPHS_COMPARED - 4 + beyond)]
        blocks = compare("\n".join(["A", "B", "C", *same, "D"]), "\n".join(["A", "C", "B", *same, "D"]))
        if not beyond:
            assert {block.kind for block in blocks} == {"same", "moved", "moved_away"}
            continue
        assert [(block.kind, len(block.before), len(block.after)) for block in blocks] == [
            ("same", 1, 1),
            ("removed", 2, 0),
            ("added", 0, 2),
            ("same", len(same) + 1, len(same) + 1),
        ]
        assert blocks[1].words[0].text == "B\nC"


@holds("WORD_PAIRS_ALIGNED", "WORDS_ANCHORED")
def test_of_more_words_only_those_that_stand_once_are_held_on_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def sames(before: str, after: str) -> list[str]:
        return [run.text for block in compare(before, after) for run in block.words if run.op == "same"]

    often = "going home " * 10
    was, now = f"Ann {often}Bob", f"Cid {often}Dan"
    monkeypatch.setattr(limits, "WORD_PAIRS_ALIGNED", 22 * 22)
    assert sames(was, now) == [f" {often}"]
    monkeypatch.setattr(limits, "WORD_PAIRS_ALIGNED", 22 * 22 - 1)
    assert [block.kind for block in compare(was, now)] == ["removed", "added"]
    half = "going home " * 5
    was, now = f"Ann {half}Bob once Ann {half}Bob", f"Cid {half}Dan once Cid {half}Dan"
    monkeypatch.setattr(limits, "WORDS_ANCHORED", 25 + 25)
    assert sames(was, now) == [f" {half}", " once ", f" {half}"]
    monkeypatch.setattr(limits, "WORDS_ANCHORED", 25 + 25 - 1)
    assert sames(was, now) == []


@holds("WORD_PAIRS_LIKENED")
def test_paragraphs_are_looked_at_for_likeness_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    was = [f"{name} came to Moscow by train on Monday" for name in ("Ann", "Bob", "Cid")]
    now = [line.replace("Monday", "Sunday") for line in was]

    def kinds() -> list[str]:
        return sorted({block.kind for block in compare("\n".join(was), "\n".join(now))})

    monkeypatch.setattr(limits, "WORD_PAIRS_LIKENED", 2 * 20_000 + 1)
    assert kinds() == ["changed"]
    monkeypatch.setattr(limits, "WORD_PAIRS_LIKENED", 2 * 20_000)
    assert kinds() == ["added", "changed", "removed"]


# --- Pages -------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
@holds("FORM_FIELDS", "FORM_BYTES")
def test_a_form_has_so_many_fields_and_bytes(server: Server) -> None:
    browser = Browser.of(server, "editor")
    form = browser.get("/desk/open").form

    def sent(fields: dict[str, str]) -> int:
        return browser.post("/desk/open", form.fields | {"do": "show"} | fields).status

    room = limits.FORM_FIELDS - len(form.fields) - 1
    assert sent({f"x{number}": "" for number in range(room)}) == 200
    assert sent({f"x{number}": "" for number in range(room + 1)}) == 415
    bare = len(urlencode(form.fields | {"do": "show", "headline": ""}))
    assert sent({"headline": "x" * (limits.FORM_BYTES - bare)}) == 200
    assert sent({"headline": "x" * (limits.FORM_BYTES - bare + 1)}) == 413
    # As much as an event holds, in letters of which each takes three bytes as many in a form.
    assert limits.FORM_BYTES > 3 * limits.BODY_BYTES
    browser.close()


@pytest.mark.thorough
@holds("AUDIT_EXPORT")
def test_a_file_of_the_audit_trail_holds_so_many_events(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser.of(server, "auditor")
    number = len(browser.http.get("/audit.ndjson").text.splitlines())
    monkeypatch.setattr(limits, "AUDIT_EXPORT", number)
    assert '"more"' not in browser.http.get("/audit.ndjson").text
    monkeypatch.setattr(limits, "AUDIT_EXPORT", number - 1)
    *events, end = browser.http.get("/audit.ndjson").text.splitlines()
    assert len(events) == number - 1
    assert json.loads(end) == {"more": True, "after": number - 1}
    browser.close()
