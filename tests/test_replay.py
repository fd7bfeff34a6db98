"""Is a story shown as it stood at any moment, the same for ever, and at the cost of the answer alone?"""

import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from queue import SimpleQueue
from typing import Any, cast
from uuid import uuid4

import orjson
import psycopg
import pytest
from psycopg import Connection, sql

from api.server.embedded import EmbeddedPostgres
from ledger.commands import (
    AcceptRequest,
    AddNote,
    CiteFact,
    Command,
    CorrectFact,
    DeclineRequest,
    FileCopy,
    HoldStory,
    IssueKey,
    OpenStory,
    PublishStory,
    RegisterSource,
    RenameSource,
    RequestCorrection,
    RespondToFact,
    RetractFact,
    SetDateline,
    SetHeadline,
    Submission,
    UpdateFact,
)
from ledger.moment import rfc3339
from ledger.refusals import (
    BeyondTheHead,
    NoSuchFact,
    NoSuchRevision,
    NoSuchStory,
    NothingRecordedThen,
    NothingThere,
    ViewBehind,
)
from ledger.store import audit
from ledger.store.database import Row
from ledger.store.keyring import digest_of, new_secret
from ledger.store.store import LedgerMapper, read_page
from ledger.store.writer import Outcome, Recording
from ledger.words import source_stream, story_stream
from projections.engine.catch_up import position
from projections.engine.rebuild import rebuild
from projections.reading import figures, reader_replay, replay, steps
from projections.reading.replay import Asked
from projections.views import (
    approvals,
    corrections,
    fact_versions,
    grounds,
    public_changes,
    requests,
    revisions,
    search,
    shaken,
    source_usage,
    sources,
)
from tests.newsroom import CONSOLE, Newsroom, a_fact, open_newsroom
from tests.views import head_of, holding_the_lead


def correction(version: int, statement: str) -> CorrectFact:
    return CorrectFact.model_validate(
        {
            "expected_version": version,
            "statement": statement,
            "reason": "the wire was wrong",
            "was_wrong": "the number of trains",
            "affects": ["numbers"],
            "cause": "source_error",
        }
    )


def facts_in(text: str) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", orjson.loads(text)["facts"])


def promised(newsroom: Newsroom) -> datetime:
    (until,) = newsroom.views.execute("select promised_until from head").fetchone() or (None,)
    assert isinstance(until, datetime)
    return until


# --- What may be asked -------------------------------------------------------------------------------------------


def test_a_position_beyond_the_head_is_refused_and_never_answered_with_the_head(newsroom: Newsroom) -> None:
    newsroom.open()
    head = newsroom.report().position
    newsroom.catch_up()
    assert newsroom.read(position=head)
    for asked in (Asked(position=head + 1), Asked(at_least=head + 1), Asked(position=2**53 - 1)):
        with pytest.raises(BeyondTheHead) as refused:
            replay.story(newsroom.views, "story", asked)
        assert refused.value.details["head"] == head


def test_an_instant_that_has_not_come_is_refused(newsroom: Newsroom) -> None:
    newsroom.open()
    last = newsroom.report().recorded_at
    assert newsroom.read(as_of=last)
    for ahead in (timedelta(seconds=10), timedelta(days=1)):
        with pytest.raises(BeyondTheHead) as refused:
            replay.story(newsroom.views, "story", Asked(as_of=last + ahead))
        assert refused.value.details["recorded_at"] == rfc3339(last)
    assert promised(newsroom) < last  # and nothing was promised of it


def test_a_revision_beyond_the_last_is_refused(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.report()
    newsroom.catch_up()
    assert orjson.loads(newsroom.read(revision=2))["revision"] == 2
    with pytest.raises(NoSuchRevision) as refused:
        replay.story(newsroom.views, "story", Asked(revision=3))
    assert refused.value.details["revisions"] == 2


def test_a_moment_before_the_opening_is_refused_with_where_the_story_begins(newsroom: Newsroom) -> None:
    newsroom.open()
    opened = newsroom.catch_up()
    before = newsroom.views.execute(
        "select recorded_at from events where position = %s", [opened - 1]
    ).fetchone()
    assert before is not None
    for asked in (Asked(position=opened - 1), Asked(as_of=before[0]), Asked(position=1), Asked(position=0)):
        with pytest.raises(NothingRecordedThen) as refused:
            replay.story(newsroom.views, "story", asked)
        assert refused.value.details["first"] == opened
    with pytest.raises(NothingRecordedThen):
        replay.story(newsroom.views, "story", Asked(as_of=before[0] - timedelta(days=10_000)))
    assert orjson.loads(newsroom.read(position=opened))["revision"] == 1


def test_a_story_that_is_not_there_and_a_fact_that_was_not_there_yet_are_refused(newsroom: Newsroom) -> None:
    newsroom.open()
    first = newsroom.report().position
    second = newsroom.report().position
    newsroom.catch_up()
    with pytest.raises(NoSuchStory):
        replay.story(newsroom.views, "another", Asked())
    assert replay.fact(newsroom.views, "story", 2, Asked(position=second)).version == 1
    for number, asked in ((2, Asked(position=first)), (3, Asked()), (0, Asked())):
        with pytest.raises(NoSuchFact):
            replay.fact(newsroom.views, "story", number, asked)


@pytest.mark.thorough
def test_an_instant_between_two_events_gives_the_earlier(newsroom: Newsroom) -> None:
    newsroom.open()
    earlier, later = newsroom.report(statement="The first"), newsroom.report(statement="The second")
    assert later.recorded_at - earlier.recorded_at > timedelta(microseconds=1)
    at_the_earlier = newsroom.read(position=earlier.position)
    for instant in (
        earlier.recorded_at,
        earlier.recorded_at + timedelta(microseconds=1),
        later.recorded_at - timedelta(microseconds=1),
    ):
        assert newsroom.read(as_of=instant) == at_the_earlier
    assert newsroom.read(as_of=later.recorded_at) == newsroom.read(position=later.position) != at_the_earlier


@pytest.mark.thorough
def test_what_is_asked_by_instant_names_the_position_that_answers_the_same(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.open("other", "kcna")
    receipt = newsroom.report()
    newsroom.report("other")
    last = newsroom.report("other")
    newsroom.catch_up()
    answer = replay.story(newsroom.views, "story", Asked(as_of=last.recorded_at))
    assert answer.moment.asked_position == last.position
    assert (answer.moment.position, answer.moment.recorded_at) == (receipt.position, receipt.recorded_at)
    assert replay.story(newsroom.views, "story", Asked(position=last.position)).text == answer.text


# --- Reading your own writes -------------------------------------------------------------------------------------


def test_a_reader_that_must_see_its_own_write_brings_the_views_there_itself(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.catch_up()
    receipt = newsroom.report(statement="Seen at once")
    assert facts_in(replay.story(newsroom.views, "story", Asked()).text) == []
    assert position(newsroom.views) < receipt.position
    [fact] = facts_in(replay.story(newsroom.views, "story", Asked(at_least=receipt.position)).text)
    assert fact["statement"] == "Seen at once"
    assert position(newsroom.views) >= receipt.position


def test_a_past_moment_that_the_views_have_not_reached_is_caught_up_with_not_answered_from_before(
    newsroom: Newsroom,
) -> None:
    newsroom.open()
    newsroom.catch_up()
    by_position, by_instant = newsroom.report(), newsroom.report()
    for asked, facts in ((Asked(position=by_position.position), 1), (Asked(as_of=by_instant.recorded_at), 2)):
        assert len(facts_in(replay.story(newsroom.views, "story", asked).text)) == facts


def test_what_the_views_reach_just_after_a_look_is_looked_for_again(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.catch_up()
    newsroom.report()

    def look() -> str | None:
        found = newsroom.views.execute("select from revisions where revision = 2").rowcount
        newsroom.catch_up()  # as the worker may, just then
        return "found" if found else None

    assert replay.sure(newsroom.views, look) == "found"


@pytest.mark.thorough
def test_a_reader_waits_for_another_projector_and_then_goes_on(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.catch_up()
    receipt = newsroom.report()
    with holding_the_lead(newsroom.database, seconds=0.4):
        begun = time.monotonic()
        text = replay.story(newsroom.views, "story", Asked(at_least=receipt.position)).text
        assert 0.2 < time.monotonic() - begun < 2
    assert len(facts_in(text)) == 1


@pytest.mark.thorough
def test_a_reader_whose_patience_ends_is_told_that_the_views_are_behind(newsroom: Newsroom) -> None:
    newsroom.open()
    behind = newsroom.catch_up()
    receipt = newsroom.report()
    with holding_the_lead(newsroom.database):
        begun = time.monotonic()
        with pytest.raises(ViewBehind) as refused:
            replay.reach(newsroom.views, receipt.position, patience=0.3)
        assert 0.25 < time.monotonic() - begun < 1.5
        assert refused.value.details == {"reached": behind, "wanted": receipt.position}

        begun = time.monotonic()
        with pytest.raises(ViewBehind):
            replay.story(newsroom.views, "story", Asked(position=receipt.position))
        assert 1.5 < time.monotonic() - begun < 4, "two seconds, if nothing else is said"
    assert len(facts_in(replay.story(newsroom.views, "story", Asked(at_least=receipt.position)).text)) == 1


@pytest.mark.thorough
def test_what_the_views_have_reached_is_answered_at_once_while_somebody_else_projects(
    newsroom: Newsroom,
) -> None:
    newsroom.open()
    reached = newsroom.catch_up()
    then = newsroom.read(position=reached)
    newsroom.report()
    with holding_the_lead(newsroom.database):
        begun = time.monotonic()
        assert replay.story(newsroom.views, "story", Asked(position=reached)).text == then
        assert replay.story(newsroom.views, "story", Asked()).text == then
        assert time.monotonic() - begun < 1.5, "no patience was needed"


# --- A past answer never changes ---------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_past_answer_stays_the_same_to_the_byte_whatever_happens_after_it(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.open("other", "kcna")
    newsroom.report(occurred={"literal": "on Tuesday"}, entities=["Kim"], place="Vladivostok")
    newsroom.report(statement="A second fact")
    newsroom.file(correction(1, "Two trains arrived"), "story", 1)
    newsroom.file(FileCopy(text="Two trains arrived.", reason="first take"), "story")
    last = newsroom.file(AddNote(role="desk", text="Check the number", is_publishable=False), "story")
    head = newsroom.catch_up()
    moments = [Asked(position=at) for at in range(head - 5, head + 1)]
    moments += [Asked(revision=number) for number in range(1, 7)] + [Asked(as_of=last.recorded_at)]

    def answers() -> list[str]:
        return [replay.story(newsroom.views, "story", moment).text for moment in moments] + [
            replay.fact(newsroom.views, "story", number, Asked(position=head)).text for number in (1, 2)
        ]

    before = answers()
    assert len(set(before)) > 6, "the moments differ from each other"
    newsroom.file(SetDateline(place="Moscow", date="2023-09-13", reason="it came"), "story")
    newsroom.file(SetHeadline(headline="Another headline", reason="better"), "story")
    newsroom.file(RegisterSource(slug="tass", name="TASS", kind="agency"))
    newsroom.file(correction(2, "Three trains arrived"), "story", 1)
    newsroom.file(RetractFact(expected_version=1, reason="not so"), "story", 2)
    newsroom.file(FileCopy(text="Three trains.", reason="second take"), "story")
    newsroom.file(AddNote(role="desk", text="Done", is_publishable=False), "story")
    for number in range(300):
        newsroom.report("story" if number % 2 else "other", f"Fact {number}")
    assert answers() == before, "the views are behind"
    newsroom.catch_up()
    assert answers() == before, "the views are at the head"
    rebuild(newsroom.database)
    assert answers() == before, "the views are new"


@pytest.mark.thorough
def test_a_dateline_set_later_changes_how_dates_read_from_then_on_and_not_before(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.report(occurred={"literal": "on Tuesday"})
    confirmed = newsroom.report(occurred={"literal": "on Tuesday", "resolved": "2022-02-01"})
    undated = newsroom.read(position=confirmed.position)
    assert facts_in(undated)[0]["when"]["status"] == "unresolved"
    first = newsroom.file(SetDateline(date="2023-09-13", reason="from the wire"), "story")
    dated = newsroom.read(position=first.position)
    second = newsroom.file(SetDateline(date="2024-01-03", reason="the wire was wrong"), "story")
    redated = newsroom.read(position=second.position)

    [when, sure] = [fact["when"] for fact in facts_in(dated)]
    assert (when["status"], when["anchor"], when["edtf"]) == ("provisional", "2023-09-13", "2023-09-12")
    assert (sure["status"], sure["edtf"]) == ("confirmed", "2022-02-01")
    assert facts_in(redated)[0]["when"]["edtf"] == "2024-01-02"
    assert facts_in(redated)[0]["version"] == 1, "the fact itself did not change"
    assert newsroom.read(position=confirmed.position) == undated
    assert newsroom.read(position=first.position) == newsroom.read(as_of=first.recorded_at) == dated
    rows = fact_versions.history(newsroom.views, replay.find(newsroom.views, "story").number, 1, 0, 10)
    assert [since for since, _ in rows] == [confirmed.position - 1, first.position, second.position]


# --- Stories by themselves ---------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_two_stories_opened_one_after_the_other_do_not_leak_into_each_other(newsroom: Newsroom) -> None:
    """Their numbers are neighbours: the as-of indexes keep them in boxes side by side."""
    newsroom.file(RegisterSource(slug="ria", name="RIA", kind="agency"))
    for story in ("one", "two", "three"):
        newsroom.file(OpenStory(slug=story, headline=f"Headline {story}", language="en", desk="world"))
    numbers = []
    for round_ in range(3):
        for story in ("one", "two", "three"):
            newsroom.report(story, f"{story} fact {round_}")
            newsroom.file(FileCopy(text=f"{story} copy {round_}", reason="a take"), story)
            newsroom.file(AddNote(role="desk", text=f"{story} note", is_publishable=False), story)
    newsroom.file(correction(1, "two corrected"), "two", 1)
    head = newsroom.catch_up()
    for story in ("one", "two", "three"):
        numbers.append(replay.find(newsroom.views, story).number)
        for at in range(numbers[-1], head + 1):
            text = replay.story(newsroom.views, story, Asked(position=at)).text
            document = orjson.loads(text)
            assert document["story"] == story
            for other in {"one", "two", "three"} - {story}:
                assert f"{other} " not in text
            assert [fact["fact"] for fact in document["facts"]] == list(range(1, len(document["facts"]) + 1))
    assert numbers == list(range(numbers[0], numbers[0] + 3))


@pytest.mark.thorough
def test_a_story_and_a_fact_name_everyone_and_everything_that_they_mention_and_no_one_else(
    newsroom: Newsroom,
) -> None:
    newsroom.open()
    for slug in ("kcna", "kremlin", "tass", "unused"):
        newsroom.file(RegisterSource(slug=slug, name=f"The {slug}", kind="agency"), role="standards")
    newsroom.report(source="kcna")
    newsroom.report(source="tass")
    newsroom.file(correction(1, "Two trains"), "story", 1, "standards")
    cited = CiteFact.model_validate(
        {"expected_version": 2, "citations": [{"source": "ria"}], "reason": "found"}
    )
    newsroom.file(cited, "story", 1, "reporter")
    answer = RespondToFact.model_validate(
        {"expected_version": 3, "kind": "denies", "by": {"source": "kremlin"}, "reason": "it said so"}
    )
    newsroom.file(answer, "story", 1, "reporter")
    story, fact = (
        orjson.loads(newsroom.read()),
        orjson.loads(replay.fact(newsroom.views, "story", 1, Asked()).text),
    )
    assert list(story["sources"]) == ["kcna", "kremlin", "ria", "tass"]
    assert list(fact["sources"]) == ["kcna", "kremlin", "ria"]
    assert sorted(story["members"].values()) == ["the editor", "the reporter", "the standards"]
    assert sorted(fact["members"].values()) == ["the reporter", "the standards"], (
        "who changed and who corrected it"
    )


# --- What it costs -----------------------------------------------------------------------------------------------

LONG_FACTS, LONG_VERSIONS, STORIES, SOURCES = 30, 100, 250, 300
RESTING = 300  # facts that rest on one of the long story, which is corrected again and again
RENAMINGS, RENAMED_AT, REGISTERED = 3, (10, 20), 30  # of the long story's source, and when; others, meanwhile
REQUESTS = [uuid4() for _ in range(2000)]  # correction requests, of which each tenth is not answered
PAGE = 51
PLACES = ["harbour", "bridge", "station", "square", "palace", "airport", "market", "museum", "theatre"]


class Questions(psycopg.Cursor[Row]):
    """Runs every query a second and a third time under EXPLAIN ANALYZE: planned for its values, as for a first time,
    and planned for any values, as the server does for a statement that comes often."""

    asked: list[tuple[str, str, dict[str, Any], int]]  # (mode, query, plan, rows answered)

    def execute(self, query: Any, params: Any = None, **options: Any) -> "Questions":
        super().execute(query, params, **options)
        text = query.decode() if isinstance(query, bytes) else str(query)
        if re.match(r"\s*(select|with)\b", text) and "pg_" not in text and "set_config" not in text:
            for mode in ("custom", "generic"):
                Questions.asked.append((mode, text, self._explained(text, params, mode), self.rowcount))
        return self

    def _explained(self, query: str, params: Any, mode: str) -> dict[str, Any]:
        names: list[str] = []

        def numbered(found: re.Match[str]) -> str:
            name = found[1] or str(len(names))
            if name not in names:
                names.append(name)
            return f"${names.index(name) + 1}"

        statement = re.sub(r"%(?:\((\w+)\))?[sb]", numbered, query)
        values = [params[name] if isinstance(params, dict) else params[int(name)] for name in names]
        given = (
            sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, values))) if values else sql.SQL("")
        )
        with psycopg.Cursor(self.connection) as plain:
            plain.execute(f"set plan_cache_mode = force_{mode}_plan")
            plain.execute(f"prepare asked as {statement}".encode())
            explain = sql.SQL("explain (analyze, format json, timing off, summary off) execute asked")
            plain.execute(explain + given)
            row = plain.fetchone()
            plain.execute("deallocate asked")
            plain.execute("reset plan_cache_mode")
        assert row is not None
        return cast("dict[str, Any]", row[0][0]["Plan"])


@pytest.fixture(scope="module")
def long_ledger(cluster: EmbeddedPostgres) -> Iterator[Newsroom]:
    """One story with 3,000 versions of 30 facts that has rested since, among many others that go on."""
    with open_newsroom(cluster) as room:
        editor, chance = room.actor("editor"), random.Random(7)

        def of(command: Command, story: str, fact: int | None = None) -> Submission:
            return Submission(room.as_seen(command, story), editor, uuid4(), story_stream(story), story, fact)

        def others(number: int) -> Iterator[Submission]:
            for index in range(number):
                words = " ".join(chance.choices(PLACES, k=3))
                yield of(
                    a_fact(f"Fact {index} {words}", f"s{index % SOURCES}"), f"n{chance.randrange(STORIES)}"
                )

        def registering(source: str) -> Submission:
            command = RegisterSource(slug=source, name=f"Source {source}", kind="agency")
            return Submission(command, editor, uuid4(), source_stream(source))

        record(room, (registering(f"s{i}") for i in range(SOURCES)))
        opened = [
            OpenStory(slug=slug, headline=f"Of {slug}", language="en", desk="world")
            for slug in (*(f"n{i}" for i in range(STORIES)), "long")
        ]
        record(room, (of(command, command.slug) for command in opened))

        def publish(story: str) -> Submission:
            return of(room.as_seen(PublishStory(reason="Read by two"), story), story)

        def renaming(number: int) -> Submission:
            command = RenameSource(name=f"Name {number}", reason="So it says")
            return Submission(command, editor, uuid4(), source_stream("s1"), source="s1")

        record(room, others(1500))
        record(room, (of(a_fact(f"Number {i}", "s1"), "long") for i in range(LONG_FACTS)))
        on_one = {"rests_on": [{"story": "long", "fact": 1}]}
        resting = (a_fact(f"Rests {i}", "s2", **on_one) for i in range(RESTING))
        record(room, (of(command, f"n{i % STORIES}") for i, command in enumerate(resting)))
        for version in range(1, LONG_VERSIONS):
            change: Command = correction(version, f"Take {version}")
            if version == LONG_VERSIONS // 2:
                change = correction(version, "The Kaliningrad line")
            elif version % 3:
                change = UpdateFact(expected_version=version, statement=f"Take {version}", reason="it moved")
            record(room, (of(change, "long", fact) for fact in range(1, LONG_FACTS + 1)))
            if version in RENAMED_AT:
                record(room, map(renaming, range(RENAMINGS)))
            if version == RENAMED_AT[0]:
                record(room, (registering(f"late{i}") for i in range(REGISTERED)))
            record(room, [publish("long")])
        for _ in range(5):
            record(room, others(800))
            record(
                room,
                (of(AddNote(role="desk", text="Go", is_publishable=False), f"n{i}") for i in range(STORIES)),
            )
            record(room, (publish(f"n{i}") for i in range(STORIES)))
        record(room, (of(correction(1, f"Mended {i}"), f"n{i}", 1) for i in range(0, STORIES, 4)))
        record(room, (publish(f"n{i}") for i in range(0, STORIES, 4)))
        record(room, (of(HoldStory(reason="Wait"), f"n{i}") for i in range(0, STORIES, 8)))
        members = (
            IssueKey(key=uuid4(), digest=digest_of(new_secret()), role="reporter", label=f"reporter {i}")
            for i in range(400)
        )
        record(room, (Submission(command, CONSOLE, uuid4(), uuid4()) for command in members))
        asking = RequestCorrection(story="long", phrase="Take 1", concern="No " * 99, contact="a reader")
        record(room, (Submission(asking, editor, uuid4(), request) for request in REQUESTS))
        declining = DeclineRequest(told="It stands", reason="It is so")
        answers = (Submission(declining, editor, uuid4(), r) for n, r in enumerate(REQUESTS) if n % 10)
        record(room, answers)
        accepting = AcceptRequest(fact=1, version=4, reason="So")
        record(room, [Submission(accepting, editor, uuid4(), REQUESTS[0])])
        room.catch_up()
        with room.database.connect(name="test", as_owner=True) as owner:
            owner.execute("vacuum analyze")
        room.views.cursor_factory = Questions
        yield room


def record(room: Newsroom, submissions: Iterable[Submission]) -> None:
    """Files many at once, without waiting in between."""
    answers: SimpleQueue[Outcome] = SimpleQueue()
    number = 0
    for number, submission in enumerate(submissions, start=1):  # noqa: B007  how many there were
        room.writer.submit(submission, answers.put)
    for _ in range(number):
        assert isinstance(answers.get(timeout=30), Recording)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def rows_looked_at(plan: dict[str, Any]) -> float:
    """How many rows were taken from tables and indexes, those that were then thrown away too."""
    of_tables = ("Relation Name", "Index Name")
    return sum(rows_of(node) for node in nodes(plan) if any(name in node for name in of_tables))


def rows_of(scan: dict[str, Any]) -> float:
    thrown_away = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    return float(
        scan["Actual Loops"] * (scan["Actual Rows"] + sum(scan.get(name, 0) for name in thrown_away))
    )


def plans_of(
    room: Newsroom, question: Callable[[Connection[Row], int, int], object]
) -> list[tuple[str, str, Any, int]]:
    """The plans behind a question about the long story, in the middle of its history and at the head."""
    Questions.asked = []
    long = replay.find(room.views, "long")
    for at in (long.position - (LONG_FACTS + 1) * (LONG_VERSIONS // 2 - 1), head_of(room.views)):
        question(room.views, long.number, at)
    return Questions.asked


Question = Callable[[Connection[Row], int, int], object]
FOR_READERS: dict[str, Question] = {
    "the story at a position, for readers": lambda views, _, at: reader_replay.story(
        views, "long", seen(position=at)
    ),
    "the story at a revision, for readers": lambda views, *_: reader_replay.story(
        views, "long", seen(revision=1611)
    ),
    "the story now, for readers": lambda views, *_: reader_replay.story(views, "long", seen()),
    "the story at a position and the editions around it, for readers": lambda views, _, at: (
        reader_replay.story(views, "long", seen(position=at), with_beside=True)
    ),
    "a story that is not there, for readers": lambda views, *_: told_nothing(views, "n0"),
    "a fact at a position, for readers": lambda views, _, at: reader_replay.fact(
        views, "long", 3, seen(position=at)
    ),
    "the versions of a fact, for readers": lambda views, *_: reader_replay.history(
        views, reader_replay.moment(views, "long", seen()), 3, 0, PAGE
    ),
    "the editions, for readers": lambda views, *_: reader_replay.editions(
        views, reader_replay.moment(views, "long", seen()), 0, PAGE
    ),
    "the stories, for readers": lambda views, _, at: search.page_for_readers(views, None, at, 2**53, PAGE),
    "the stories with a rare word, for readers": lambda views, _, at: search.page_for_readers(
        views, "Kaliningrad", at, 2**53, PAGE
    ),
    "the facts of a source, for readers": lambda views, _, at: source_usage.page_for_readers(
        views, "s7", head_of(views), (0, 0), PAGE
    ),
    "the sources, for readers": lambda views, *_: sources.page_for_readers(
        views, None, sources.NEWEST, PAGE, head_of(views)
    ),
    "a source, for readers": lambda views, *_: sources.one_for_readers(views, "s7", head_of(views)),
    "the receipt of a request, for readers": lambda views, _, at: requests.receipt(views, REQUESTS[0], at),
    "the corrections, for readers": lambda views, _, at: public_changes.changes_shown(
        views, at, kinds=("correction", "corrective", "retraction"), limit=PAGE
    ),
}
QUESTIONS: dict[str, Callable[[Connection[Row], int, int], object]] = {
    "the story at a position": lambda views, _, at: replay.story(views, "long", Asked(position=at)),
    "the story at an instant": lambda views, _, at: replay.story(
        views, "long", Asked(as_of=instant_of(views, at))
    ),
    "the story at a revision": lambda views, *_: replay.story(views, "long", Asked(revision=1500)),
    "the story now": lambda views, *_: replay.story(views, "long", Asked()),
    "a fact at a position": lambda views, _, at: replay.fact(views, "long", 3, Asked(position=at)),
    "the versions of a fact": lambda views, story, _: fact_versions.history(views, story, 3, 0, PAGE),
    "the revisions": lambda views, story, _: revisions.page(views, story, 1500, PAGE),
    "the substantive revisions": lambda views, story, _: revisions.page(
        views, story, 1500, PAGE, substantive=True
    ),
    "the steps": lambda views, story, _: steps.of_desk(views, story),
    "one revision": lambda views, story, _: revisions.one(views, story, 1500),
    "the stories": lambda views, _, at: search.page(views, None, at, 2**53, PAGE),
    "the stories with a rare word": lambda views, _, at: search.page(views, "Kaliningrad", at, 2**53, PAGE),
    "the stories with no such word": lambda views, _, at: search.page(views, "Atlantis", at, 2**53, PAGE),
    "the facts of a source": lambda views, *_: source_usage.page(views, "s7", (0, 0), PAGE),
    "the sources": lambda views, *_: sources.page(views, None, sources.NEWEST, PAGE),
    "a source": lambda views, *_: sources.one(views, "s7"),
    "the shaken facts": lambda views, *_: shaken.page(views, (0, 0, 0), PAGE),
    "the facts shaken later": lambda views, _, at: shaken.page(views, (at - 10, 0, 0), PAGE),
    "what rests on a fact": lambda views, story, _: grounds.page(views, story, 1, (0, 0, 0), PAGE),
    "what else rests on a fact": lambda views, story, _: grounds.page(views, story, 1, (1, 100, 0), PAGE),
    "the corrections": lambda views, *_: corrections.page(views, 2**53, PAGE),
    "the older corrections": lambda views, *_: corrections.page(views, 1700, PAGE),
    "the requests that wait": lambda views, *_: requests.page(views, "unanswered", 0, PAGE, contacts=True),
    "the later requests that wait": lambda views, _, at: requests.page(
        views, "unanswered", at, PAGE, contacts=True
    ),
    "the open requests": lambda views, *_: requests.page(views, "open", 0, PAGE, contacts=True),
    "the declined requests": lambda views, *_: requests.page(views, "declined", 0, PAGE, contacts=True),
    "the accepted requests": lambda views, *_: requests.page(views, "accepted", 0, PAGE, contacts=True),
    "a request": lambda views, *_: requests.one(views, REQUESTS[999], contacts=True),
    **FOR_READERS,
    "the approvals": lambda views, *_: approvals.page(views, 0, PAGE),
    "the audit trail": lambda views, _, at: audit.page(views, at - PAGE, PAGE),
    "the audit trail, searched for nothing": lambda views, _, at: audit.search(
        views, audit.Filters(), at - PAGE, PAGE
    ),
    "the audit trail of a story": lambda views, _, at: audit.search(
        views, audit.Filters(stream=story_stream("long")), at - PAGE, PAGE
    ),
    "the audit trail of a time": lambda views, _, at: audit.search(
        views, audit.Filters(since=instant_of(views, at - PAGE), until=instant_of(views, at)), 0, PAGE
    ),
    "the corrections of a story in the audit trail": lambda views, _, at: audit.search(
        views, audit.Filters(stream=story_stream("long"), topic="fact-corrected.v1"), 0, PAGE
    ),
    "the events to project": lambda views, _, at: read_page(views, at - PAGE, PAGE, LedgerMapper()),
    "an event of the audit trail": lambda views, _, at: audit.one(views, at),
}


def seen(**moment: Any) -> Asked:
    return Asked(**moment, view="reader")


def told_nothing(views: Connection[Row], slug: str) -> None:
    with pytest.raises(NothingThere):
        reader_replay.story(views, slug, seen())


def instant_of(views: Connection[Row], at: int) -> Any:
    row = views.execute("select recorded_at from events where position = %s", [at]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.thorough
@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_costs_what_it_holds_and_not_what_the_history_holds(
    long_ledger: Newsroom, question: str
) -> None:
    pages = pages_of_tables(long_ledger)
    plans = plans_of(long_ledger, QUESTIONS[question])
    assert plans
    for mode, query, plan, answered in plans:
        for node in nodes(plan):
            if node["Node Type"] == "Seq Scan":
                name = node["Relation Name"]
                assert pages[name] <= 10, f"{mode}: all of {name} is read for: {query}\n{plan}"
        looked_at = rows_looked_at(plan)
        # Each change that is shown brings the fact before and after it, and how long it was wrong; readers' lists look
        # for each item whether it is to be seen.
        each = 20 if question.endswith(("corrections", "for readers")) else 8
        # Those that are public now: which one comes next, and whether it was to be seen then.
        at_least = 150 + (2 * STORIES if question.endswith("for readers") else 0)
        # The slugs of so few stories stand in two pages, which are read whole sooner than their index.
        at_least += STORIES + 1 if "story_slugs" in str(plan) else 0
        assert looked_at <= at_least + each * answered, (
            f"{mode}: {looked_at} rows for {answered}: {query}\n{plan}"
        )


@pytest.mark.thorough
def test_a_story_for_readers_looks_only_at_the_versions_that_held_then(long_ledger: Newsroom) -> None:
    """Its question is about so much that the allowance for all of it would hide that."""
    plans = plans_of(long_ledger, FOR_READERS["the story at a position, for readers"])
    of_facts = [
        (mode, node)
        for mode, _, plan, _ in plans
        for node in nodes(plan)
        if node.get("Relation Name") == "fact_versions" and node["Actual Loops"] == 1
    ]
    assert len(of_facts) >= 4, "now and then, planned both ways"
    for mode, node in of_facts:
        assert rows_of(node) <= 2 * LONG_FACTS, f"{mode}: {node}"


def test_the_question_of_a_story_for_readers_is_short_enough_to_be_kept() -> None:
    """The driver makes out the parameters of longer ones anew each time."""
    assert len(reader_replay._whole(with_beside=False)) < 4_096


@pytest.mark.thorough
def test_other_names_are_looked_for_of_the_sources_of_the_story_alone(long_ledger: Newsroom) -> None:
    plans = plans_of(long_ledger, FOR_READERS["the editions, for readers"])
    of_names = [
        sum(rows_of(node) for node in nodes(plan) if node.get("Relation Name") == "source_names")
        for _, _, plan, answered in plans
        if "source_names" in str(plan) and answered == 1
    ]
    assert len(of_names) >= 2, "planned both ways"
    # With the names before and after; of the two times one is told: the other brought the name that it had.
    assert max(of_names) <= RENAMINGS * len(RENAMED_AT) + 2 * len(RENAMED_AT) < REGISTERED, of_names


@pytest.mark.thorough
def test_the_steps_for_readers_cost_what_they_count(long_ledger: Newsroom) -> None:
    pages = pages_of_tables(long_ledger)
    plans = plans_of(
        long_ledger,
        lambda views, *_: steps.of_readers(views, reader_replay.moment(views, "long", seen())),
    )
    for mode, query, plan, _ in plans:
        read_whole = {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}
        assert all(pages[name] <= 10 for name in read_whole), f"{mode}: {read_whole}: {query}"
        # Each change with the story and the fact before and after it, or each version of a fact.
        assert rows_looked_at(plan) <= 150 + 7 * LONG_FACTS * LONG_VERSIONS, f"{mode}: {query}"


@pytest.mark.thorough
@pytest.mark.parametrize("view", ["desk", "reader"])
def test_the_figures_of_corrections_cost_what_they_tell(long_ledger: Newsroom, view: replay.Viewer) -> None:
    told: list[str] = []
    plans = plans_of(long_ledger, lambda views, *_: told.append(figures.of_corrections(views, view)))
    assert orjson.loads(told[0])["corrections"] > 1000
    for mode, query, plan, _ in plans:
        assert rows_looked_at(plan) <= 1000, f"{mode}: {query}"


@pytest.mark.thorough
def test_the_figures_of_requests_are_read_from_indexes_or_from_a_narrow_table(long_ledger: Newsroom) -> None:
    """What readers wrote does not stand in the table: to read it whole costs about what an index of all costs."""
    plans = plans_of(long_ledger, lambda views, *_: requests.figures(views))
    scans = [
        node
        for _, _, plan, _ in plans
        for node in nodes(plan)
        if "correction" in str(node.get("Relation Name"))
    ]
    assert {node["Node Type"] for node in scans} <= {"Index Only Scan", "Seq Scan"}
    assert any(node["Node Type"] == "Index Only Scan" for node in scans)
    assert pages_of_tables(long_ledger)["correction_requests"] <= len(REQUESTS) / 20


@pytest.mark.thorough
def test_a_word_that_stood_in_the_story_for_a_while_is_found_then_and_not_now(long_ledger: Newsroom) -> None:
    found = [
        answered
        for _, query, _, answered in plans_of(long_ledger, QUESTIONS["the stories with a rare word"])
        if query.startswith("select s.story, s.content")
    ]
    assert found == [1, 1, 0, 0]


@pytest.mark.thorough
def test_the_story_at_a_position_is_read_from_the_index_of_moments(long_ledger: Newsroom) -> None:
    plans = plans_of(long_ledger, QUESTIONS["the story at a position"])
    used = {node.get("Index Name") for _, _, plan, _ in plans for node in nodes(plan)}
    assert {"fact_versions_then", "story_versions_then", "revisions_then"} <= used


def pages_of_tables(room: Newsroom) -> dict[str, int]:
    rows: Sequence[Row] = room.views.execute(
        "select relname, relpages from pg_class where relnamespace = %s::regnamespace", [room.database.schema]
    ).fetchall()
    return dict(rows)
