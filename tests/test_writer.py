"""Is every command answered once and recorded exactly once, whoever else writes and whatever breaks on the way?"""

import hashlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from queue import SimpleQueue
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import ValidationError

from ledger import limits
from ledger.commands import (
    AddNote,
    Command,
    CorrectFact,
    FileCopy,
    IssueKey,
    OpenStory,
    RegisterSource,
    Repeat,
    RetractFact,
    RevokeKey,
    SetHeadline,
    Submission,
    UpdateFact,
)
from ledger.fact import Ground
from ledger.refusals import (
    BodyTooLarge,
    FactIsRetracted,
    FactMovedOn,
    KeyRefused,
    KeyReused,
    LedgerClosed,
    NoSuchStory,
    NothingChanges,
    OutcomeUnknown,
    SlugTaken,
    UnknownSource,
)
from ledger.rules import decide
from ledger.store.database import Database, Row
from ledger.store.store import LedgerMapper, append, lock_head, read_head, read_streams
from ledger.store.writer import Outcome, Recording, Writer
from ledger.story import Story, StoryEvent, fold
from ledger.words import Role, source_stream, story_stream
from tests.newsroom import CONSOLE, Newsroom, a_fact

# --- Asking ------------------------------------------------------------------------------------------------------


@pytest.fixture
def room(newsroom: Newsroom) -> Newsroom:
    """A newsroom with a story and a source, its keys issued."""
    for role in ("reporter", "editor"):
        newsroom.actor(role)
    newsroom.open()
    return newsroom


def ask(
    room: Newsroom,
    command: Command,
    story: str = "story",
    fact: int | None = None,
    role: Role = "editor",
    repeat: str | None = None,
) -> Submission:
    stream = source_stream(command.slug) if isinstance(command, RegisterSource) else story_stream(story)
    same = Repeat(repeat, hashlib.sha256(repr(command).encode()).digest()) if repeat else None
    return Submission(command, room.actor(role), uuid4(), stream, story, fact, same)


def together(room: Newsroom, submissions: Sequence[Submission]) -> list[Outcome]:
    """What each came to, all of them waiting before the writer begins: so they are one group."""
    writer = Writer(room.database, room.keyring)
    answers = [SimpleQueue[Outcome]() for _ in submissions]
    for submission, answer in zip(submissions, answers, strict=True):
        writer.submit(submission, answer.put)
    writer.start()
    writer.close()
    assert all(answer.qsize() == 1 for answer in answers)  # each is answered, and once
    return [answer.get() for answer in answers]


def positions(outcomes: Sequence[Outcome]) -> list[int]:
    """Those of the recorded."""
    return [outcome.receipt.position for outcome in outcomes if isinstance(outcome, Recording)]


def correct(version: int = 1, **fields: Any) -> CorrectFact:
    change = {"expected_version": version, "reason": "We looked again"}
    wrong = {"was_wrong": "The day was wrong", "affects": ["date"], "cause": "our_error"}
    return CorrectFact.model_validate(change | wrong | fields)


def a_note(text: str = "Ask first") -> AddNote:
    return AddNote(role="desk", text=text, is_publishable=False)


def a_headline(text: str, seen: int | None = 1) -> SetHeadline:
    return SetHeadline(expected_revision=seen, headline=text, reason="It reads better")


def open_story(slug: str) -> OpenStory:
    return OpenStory(slug=slug, headline="A headline", language="en", desk="world")


def number_of(room: Newsroom, topic: str = "%") -> int:
    (events,) = room.views.execute("select count(*) from events where topic like %s", [topic]).fetchone() or (
        0,
    )
    return int(events)


def transactions(room: Newsroom, since: int) -> int:
    """How many recorded what there is from a position on."""
    asked = "select count(distinct xmin::text) from events where position >= %s"
    (different,) = room.views.execute(asked, [since]).fetchone() or (0,)
    return int(different)


def kept(room: Newsroom, slug: str = "story") -> Story:
    """The story as its events alone make it."""
    recorded = list(read_streams(room.views, {story_stream(slug): 0}, LedgerMapper()))
    story = fold((event.event, event.at) for event in recorded if isinstance(event.event, StoryEvent))
    assert story is not None
    return story


# --- The same request again -------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_the_same_request_has_the_same_receipt(room: Newsroom, other: Newsroom) -> None:
    first = room.submit(ask(room, a_fact(), repeat="a key"))
    assert not first.replayed
    for again in (room, room, other, other):
        replayed = again.submit(ask(again, a_fact(), repeat="a key"))
        assert replayed.replayed
        assert replayed.receipt.text() == first.receipt.text()
    assert number_of(room, "fact-reported%") == 1


@pytest.mark.thorough
def test_the_same_key_for_another_request_is_refused_and_changes_nothing(
    room: Newsroom, other: Newsroom
) -> None:
    room.submit(ask(room, a_fact(), repeat="a key"))
    before = read_head(room.views)
    for again in (room, other):
        for command in (a_fact("Another"), a_note(), a_headline("A headline")):
            with pytest.raises(KeyReused):
                again.submit(ask(again, command, repeat="a key"))
    assert read_head(room.views) == before


def test_the_same_key_of_somebody_else_is_another_request(room: Newsroom) -> None:
    mine = room.submit(ask(room, a_fact(), repeat="a key"))
    theirs = room.submit(ask(room, a_fact(), repeat="a key", role="reporter"))
    assert not theirs.replayed
    assert theirs.receipt.position == mine.receipt.position + 1


def test_twins_in_one_group_are_recorded_once(room: Newsroom) -> None:
    twins = [ask(room, a_fact(), repeat="a key") for _ in range(3)]
    outcomes = together(room, [*twins, ask(room, a_fact("Another"), repeat="a key"), ask(room, a_note())])
    *same, other, note = outcomes
    assert [outcome.replayed for outcome in same if isinstance(outcome, Recording)] == [False, True, True]
    assert len(set(positions(same))) == 1
    assert isinstance(other, KeyReused)
    assert isinstance(note, Recording)
    assert positions([note]) == [positions(same)[0] + 1]
    assert number_of(room, "fact-reported%") == 1
    assert transactions(room, since=positions(same)[0]) == 1


@pytest.mark.thorough
def test_a_replay_is_answered_though_the_rules_would_refuse_it_now(room: Newsroom, other: Newsroom) -> None:
    requests: list[tuple[Command, int | None]] = [
        (open_story("story2"), None),
        (a_fact(), None),
        (correct(statement="It was late"), 1),
        (RetractFact(expected_version=2, reason="Not so"), 1),
        (a_headline("Kim leaves"), None),
    ]
    first = [
        room.submit(ask(room, command, "story2", fact, repeat=f"key {n}"))
        for n, (command, fact) in enumerate(requests)
    ]
    for again in (room, other):
        replays = [
            again.submit(ask(again, command, "story2", fact, repeat=f"key {n}"))
            for n, (command, fact) in enumerate(requests)
        ]
        assert all(replay.replayed for replay in replays)
        assert [replay.receipt.text() for replay in replays] == [one.receipt.text() for one in first]
        with pytest.raises(SlugTaken):
            again.submit(ask(again, open_story("story2"), "story2", repeat="a new key"))


def test_a_refused_request_leaves_its_key_free(room: Newsroom) -> None:
    with pytest.raises(UnknownSource):
        room.submit(ask(room, a_fact(source="tass"), repeat="a key"))
    assert not room.submit(ask(room, a_fact(), repeat="a key")).replayed


# --- Groups -----------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_what_waits_together_is_one_transaction(room: Newsroom) -> None:
    outcomes = together(room, [ask(room, a_fact(f"Train {n}")) for n in range(300)])
    assert len(positions(outcomes)) == 300
    assert positions(outcomes) == list(range(positions(outcomes)[0], positions(outcomes)[0] + 300))
    assert transactions(room, since=positions(outcomes)[0]) == 1
    assert [fact.statement for fact in kept(room).facts] == [f"Train {n}" for n in range(300)]


@pytest.mark.thorough
def test_each_of_a_group_sees_what_those_before_it_do(room: Newsroom) -> None:
    outcomes = together(
        room,
        [
            ask(room, RegisterSource(slug="tass", name="TASS", kind="agency")),
            ask(room, open_story("new"), "new"),
            ask(room, a_fact(source="tass"), "new"),
            ask(room, correct(place="Khasan"), "new", 1),
            ask(room, correct(2, place="Hasan"), "new", 1),
            ask(room, a_fact(rests_on=[Ground(story="new", fact=1)]), "story"),
        ],
    )
    assert len(positions(outcomes)) == 6
    (fact,) = kept(room, "new").facts
    assert (fact.version, fact.place, fact.corrections) == (3, "Hasan", 2)


@pytest.mark.thorough
def test_a_writer_alone_never_holds_the_head_across_a_round_trip(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[Connection[Row]] = []
    monkeypatch.setattr("ledger.store.writer.lock_head", held.append)
    for version in range(1, 6):
        room.report(statement=f"Fact {version}")
        room.file(correct(version, place=f"Place {version}"), "story", 1)
        with pytest.raises(FactMovedOn):
            room.file(correct(version, place="Too late"), "story", 1)
    assert not held


def held_up(room: Newsroom, commands: Sequence[Submission]) -> list[Outcome]:
    """What they come to in one group with a fact that is to rest on another story's: nobody else records meanwhile."""
    room.file(open_story("other"))
    room.report("other")
    rests = UpdateFact(expected_version=1, reason="Seen", rests_on=(Ground(story="story", fact=1),))
    *outcomes, last = together(room, [*commands, ask(room, rests, "other", 1)])
    assert isinstance(last, Recording)
    return outcomes


@pytest.mark.thorough
def test_however_slowly_all_is_refused_the_database_does_not_end_it(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.report()
    room.file(correct(place="Khasan"), "story", 1)

    def slowly(*about: Any) -> Any:
        time.sleep(0.3)
        return decide(*about)

    monkeypatch.setattr("ledger.store.writer.decide", slowly)
    outcomes = held_up(room, [ask(room, correct(place="Too late"), "story", 1) for _ in range(20)])
    assert {type(outcome) for outcome in outcomes} == {FactMovedOn}


@pytest.mark.thorough
def test_a_group_that_the_database_ended_for_its_length_is_recorded_in_parts(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.report()
    before = Writer._pasts

    def slowly(writer: Writer, connection: Connection[Row], group: Iterable[Any]) -> Any:
        waiting = list(group)
        time.sleep(0.25 * len(waiting))
        return before(writer, connection, waiting)

    monkeypatch.setattr(Writer, "_pasts", slowly)
    outcomes = held_up(room, [ask(room, a_fact(f"Train {n}")) for n in range(29)])
    assert positions(outcomes) == list(range(positions(outcomes)[0], positions(outcomes)[0] + 29))
    assert [fact.statement for fact in kept(room).facts[1:]] == [f"Train {n}" for n in range(29)]


def test_a_bad_command_fails_alone(room: Newsroom) -> None:
    broken = IssueKey(
        key=uuid4(), digest="no digest at all", role="editor", label="Ana"
    )  # breaks inside the rule
    large = FileCopy(expected_revision=1, text="🚆" * (limits.BODY_BYTES // 4), reason="Too much")
    bad: list[tuple[Submission, type[Exception]]] = [
        (ask(room, a_note(), "nowhere"), NoSuchStory),
        (Submission(broken, CONSOLE, uuid4(), uuid4()), ValidationError),
        (ask(room, large), BodyTooLarge),
        (ask(room, a_headline("A headline")), NothingChanges),
        (ask(room, a_fact(source="tass")), UnknownSource),
    ]
    submissions = []
    for n, (submission, _) in enumerate(bad):
        submissions += [ask(room, a_note(f"{n}")), submission]
    outcomes = together(room, submissions)
    assert [type(outcome) for outcome in outcomes[1::2]] == [refusal for _, refusal in bad]
    assert len(positions(outcomes)) == len(bad)
    assert [note.text for note in kept(room).notes] == [f"{n}" for n in range(len(bad))]


@pytest.mark.thorough
def test_a_broken_command_changes_nothing_and_the_next_one_goes_on(room: Newsroom) -> None:
    before = read_head(room.views)
    broken = IssueKey(key=uuid4(), digest="no digest at all", role="editor", label="Ana")
    with pytest.raises(ValidationError, match="digest"):
        room.submit(Submission(broken, CONSOLE, uuid4(), uuid4()))
    assert read_head(room.views) == before
    assert room.report().position == before[0] + 1


@pytest.mark.thorough
def test_an_answer_that_cannot_be_delivered_stops_nobody(room: Newsroom) -> None:
    def hang_up(outcome: Outcome) -> None:
        raise BrokenPipeError

    room.writer.submit(ask(room, a_fact("unheard")), hang_up)
    room.report()
    assert [fact.statement for fact in kept(room).facts] == ["unheard", "A train arrived"]


@pytest.mark.thorough
def test_what_waits_is_answered_before_the_writer_ends(room: Newsroom) -> None:
    room.writer.close()
    writer = Writer(room.database, room.keyring)
    writer.start()
    answers = SimpleQueue[Outcome]()
    for n in range(200):
        writer.submit(ask(room, a_fact(f"Train {n}")), answers.put)
    writer.close()
    assert answers.qsize() == 200
    assert len(kept(room).facts) == 200
    room.writer = Writer(room.database, room.keyring)
    room.writer.start()


@pytest.mark.thorough
def test_who_comes_after_the_end_is_told_so_and_nobody_waits_for_ever(room: Newsroom) -> None:
    writer = Writer(room.database, room.keyring)
    writer.start()
    recorded, refused = SimpleQueue[str](), SimpleQueue[LedgerClosed]()

    def desk(name: str) -> None:
        answer = SimpleQueue[Outcome]()
        for n in count():
            try:
                writer.submit(ask(room, a_fact(f"{name} {n}")), answer.put)
            except LedgerClosed as closed:
                refused.put(closed)
                return
            assert isinstance(answer.get(timeout=10), Recording)
            recorded.put(f"{name} {n}")

    desks = [Thread(target=desk, args=(f"desk {n}",)) for n in range(4)]
    for thread in desks:
        thread.start()
    told = {recorded.get(timeout=10) for _ in range(20)}  # they are at it
    writer.close()
    for thread in desks:
        thread.join(timeout=10)
        assert not thread.is_alive()
    assert refused.qsize() == 4
    assert "Nothing was changed" in str(refused.get())
    told |= {recorded.get() for _ in range(recorded.qsize())}
    assert {fact.statement for fact in kept(room).facts} == told
    writer.close()  # a second time does no harm


# --- Two writers ------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_corrections_of_different_facts_never_conflict(room: Newsroom, other: Newsroom) -> None:
    facts = range(1, 21)
    for number in facts:
        room.report(statement=f"Fact {number}")
    answers = SimpleQueue[Outcome]()
    for number in facts:
        at = (room, other)[number % 2]
        at.writer.submit(ask(at, correct(place=f"Place {number}"), fact=number), answers.put)
    assert all(isinstance(answers.get(timeout=30), Recording) for _ in facts)
    assert [fact.place for fact in kept(room).facts] == [f"Place {number}" for number in facts]
    assert {fact.version for fact in kept(room).facts} == {2}


@pytest.mark.thorough
@pytest.mark.parametrize("apart", [False, True], ids=["in one group", "in two processes"])
def test_of_corrections_of_one_version_exactly_one_wins(room: Newsroom, other: Newsroom, apart: bool) -> None:
    room.report()
    submissions = [ask(room, correct(place=f"Place {n}"), fact=1) for n in range(10)]
    if apart:
        answers = SimpleQueue[Outcome]()
        for n, submission in enumerate(submissions):
            (room, other)[n % 2].writer.submit(submission, answers.put)
        outcomes = [answers.get(timeout=30) for _ in submissions]
    else:
        outcomes = together(room, submissions)
    (winner,) = positions(outcomes)
    lost = [outcome for outcome in outcomes if isinstance(outcome, FactMovedOn)]
    assert len(lost) == 9
    (fact,) = kept(room).facts
    assert (fact.version, fact.changed.position) == (2, winner)
    for refusal in lost:
        assert refusal.details["version"] == 2
        assert refusal.details["changed"]["kind"] == "correction"


@pytest.mark.thorough
def test_two_writers_taking_turns_are_both_right(room: Newsroom, other: Newsroom) -> None:
    room.report()
    for version in range(1, 21):
        at = (room, other)[version % 2]
        at.file(correct(version, place=f"Place {version}"), "story", 1)
        at.file(a_note(f"{version}"), "story")
    story = kept(room)
    assert (story.facts[0].version, story.facts[0].place) == (21, "Place 20")
    assert [note.text for note in story.notes] == [f"{version}" for version in range(1, 21)]


@pytest.mark.thorough
def test_what_another_process_did_is_known_before_anything_is_refused(
    room: Newsroom, other: Newsroom
) -> None:
    room.report()
    other.report(statement="Another")  # both know the story now, and that there is no tass
    with pytest.raises(UnknownSource):
        room.report(source="tass")
    with pytest.raises(NoSuchStory):
        room.file(a_note(), "elsewhere")
    other.file(RegisterSource(slug="tass", name="TASS", kind="agency"))
    other.file(open_story("elsewhere"))
    other.file(correct(statement="Late"), "story", 1)
    room.report(source="tass")
    room.file(a_note(), "elsewhere")
    room.file(correct(2, place="Khasan"), "story", 1)
    with pytest.raises(SlugTaken):
        other.file(open_story("elsewhere"))


@pytest.mark.thorough
def test_what_another_process_did_is_known_before_anything_is_accepted(
    room: Newsroom, other: Newsroom
) -> None:
    room.report()
    other.file(RetractFact(expected_version=1, reason="Not so"), "story", 1)
    with pytest.raises(FactMovedOn) as refused:
        room.file(correct(place="Khasan"), "story", 1)
    assert refused.value.details["changed"]["kind"] == "retraction"
    with pytest.raises(FactIsRetracted):
        room.file(correct(2, place="Khasan"), "story", 1)
    other.file(open_story("new"))
    with pytest.raises(SlugTaken):
        room.file(open_story("new"))
    other.file(a_headline("Kim leaves", None), "story")
    with pytest.raises(NothingChanges):
        room.file(a_headline("Kim leaves", None), "story")


@pytest.mark.thorough
def test_a_small_cache_is_only_slower(
    room: Newsroom, other: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CACHED_STATE_BYTES", 1)
    stories = [f"story-{n}" for n in range(4)]
    assert len(positions(together(room, [ask(room, open_story(slug), slug) for slug in stories]))) == 4
    for version in range(1, 4):
        for n, slug in enumerate(stories):
            at = (room, other)[(version + n) % 2]
            if version == 1:
                at.report(slug, rests_on=[Ground(story="story-0", fact=1)] if n else [])
            at.file(UpdateFact(expected_version=version, reason="It moved", place=f"{version}"), slug, 1)
    mixed = [ask(room, a_fact(f"Train {n}"), slug) for n in range(5) for slug in stories]
    assert len(positions(together(room, mixed))) == 20
    with pytest.raises(SlugTaken):
        room.file(open_story("story-1"))
    for slug in stories:
        first, *others = kept(room, slug).facts
        assert (first.version, first.place) == (4, "3")
        assert [fact.statement for fact in others] == [f"Train {n}" for n in range(5)]
    assert len(room.writer._held) <= 4  # only what the last command was about


# --- Keys -------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_key_revoked_elsewhere_opens_nothing_any_more(room: Newsroom, other: Newsroom) -> None:
    room.report()
    editor = room.actor("editor")
    assert editor.key
    other.revoke_key(editor.key)
    assert room.keyring.admits(editor, room.keyring.keys()[0].issued_at)  # this process has not heard of it
    before = read_head(room.views)
    with pytest.raises(KeyRefused):
        room.report()
    assert read_head(room.views) == before
    assert room.file(a_fact(), "story", role="reporter").position == before[0] + 1
    with pytest.raises(KeyRefused):
        room.file(a_fact(), "story", repeat="a key")


@pytest.mark.thorough
def test_a_key_revoked_while_its_command_is_decided_opens_nothing(room: Newsroom, other: Newsroom) -> None:
    class Meanwhile(LedgerMapper):
        """Between the decision and the append, a reader of this process hears of the revocation."""

        def to_stored_event(self, domain_event: Any) -> Any:
            room.keyring.refresh(room.views)
            return super().to_stored_event(domain_event)

    submission = ask(room, a_fact())
    assert submission.actor.key
    other.revoke_key(submission.actor.key)
    room.writer.mapper = Meanwhile()
    with pytest.raises(KeyRefused):
        room.submit(submission)
    assert not kept(room).facts


@pytest.mark.thorough
def test_of_a_group_only_the_commands_of_a_revoked_key_are_refused(room: Newsroom, other: Newsroom) -> None:
    editor = room.actor("editor")
    assert editor.key
    submissions = [ask(room, a_fact(f"{n}"), role=("editor", "reporter")[n % 2]) for n in range(10)]
    other.revoke_key(editor.key)
    outcomes = together(room, submissions)
    assert [type(outcome) for outcome in outcomes] == [KeyRefused, Recording] * 5
    assert [fact.statement for fact in kept(room).facts] == ["1", "3", "5", "7", "9"]


@pytest.mark.thorough
def test_a_key_is_revoked_amid_a_group(room: Newsroom) -> None:
    editor = room.actor("editor")
    assert editor.key
    revoke = Submission(RevokeKey(key=editor.key, reason="Lost"), CONSOLE, uuid4(), editor.member)
    outcomes = together(
        room, [ask(room, a_fact("before")), revoke, ask(room, a_fact("same group"), role="reporter")]
    )
    assert len(positions(outcomes)) == 3
    room.keyring.refresh(room.views)
    assert room.keyring.position == read_head(room.views)[2]  # or no append would ever be let in
    with pytest.raises(KeyRefused):
        room.report()
    assert room.file(a_fact("after"), "story", role="reporter").position == positions(outcomes)[-1] + 1


# --- What breaks ------------------------------------------------------------------------------------------------

REPEATS = pytest.mark.parametrize("repeat", [None, "a key"], ids=["no key", "a key"])


@contextmanager
def administering(database: Database) -> Iterator[tuple[Connection[Row], str]]:
    """A connection beside the database, and the database's name."""
    with psycopg.connect(make_conninfo(database.url, dbname="postgres"), autocommit=True) as admin:
        yield admin, str(conninfo_to_dict(database.url)["dbname"])


def kill_writers(database: Database, only_waiting: bool = False) -> int:
    """Ends the connections of the writers, perhaps only of those that wait for a lock; how many there were."""
    with administering(database) as (admin, name):
        return shoot(admin, name, only_waiting)


def shoot(admin: Connection[Row], database: str, only_waiting: bool = False) -> int:
    return len(
        admin.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s"
            " and application_name = 'factledger writer' and (not %s or wait_event_type = 'Lock')",
            [database, only_waiting],
        ).fetchall()
    )


@contextmanager
def away(database: Database) -> Iterator[None]:
    """Shuts everybody out of the database for a while."""
    allow = sql.SQL("alter database {} with allow_connections {}")
    with administering(database) as (admin, name):
        admin.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        kill_writers(database)
        try:
            yield
        finally:
            admin.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


def lose_the_next_answer(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, then: Callable[[], None] = lambda: None
) -> None:
    """The next append is committed, and its connection breaks before that is known."""
    losing = threading.Event()

    def append_and_lose(connection: Connection[Row], *rest: Any) -> Any:
        answer = append(connection, *rest)
        if losing.is_set():
            return answer
        losing.set()
        assert kill_writers(room.database)
        then()
        return connection.execute("select 'nobody hears this'")

    monkeypatch.setattr("ledger.store.writer.append", append_and_lose)


@pytest.mark.thorough
@REPEATS
def test_a_connection_lost_before_the_append_costs_nothing(room: Newsroom, repeat: str | None) -> None:
    room.report()
    assert kill_writers(room.database) == 1
    recording = room.submit(ask(room, a_fact("after"), repeat=repeat))
    assert not recording.replayed
    assert [fact.statement for fact in kept(room).facts] == ["A train arrived", "after"]


@pytest.mark.thorough
@REPEATS
def test_a_connection_lost_during_the_append_costs_nothing(room: Newsroom, repeat: str | None) -> None:
    answers = SimpleQueue[Outcome]()
    with room.database.connect(name="stuck") as stuck:
        with stuck.transaction():
            lock_head(stuck)
            room.writer.submit(ask(room, a_fact("during"), repeat=repeat), answers.put)
            until(lambda: kill_writers(room.database, only_waiting=True) == 1)
        outcome = answers.get(timeout=10)
    assert isinstance(outcome, Recording)
    assert not outcome.replayed
    (fact,) = kept(room).facts
    assert (fact.statement, fact.changed.position) == ("during", outcome.receipt.position)


@pytest.mark.thorough
@REPEATS
def test_a_connection_lost_after_the_commit_doubles_nothing(
    room: Newsroom, repeat: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_next_answer(room, monkeypatch)
    outcomes = together(
        room,
        [
            ask(room, a_fact("once"), repeat=repeat),
            ask(room, a_note("once")),
            ask(room, open_story("new"), "new", repeat=repeat and "another key"),
        ],
    )
    head, _, _ = read_head(room.views)
    assert positions(outcomes) == [head - 2, head - 1, head]
    assert [fact.statement for fact in kept(room).facts] == ["once"]
    assert [note.text for note in kept(room).notes] == ["once"]
    rows = room.views.execute("select event_id::text, recorded_at from events order by position desc limit 3")
    for (event_id, at), outcome in zip(rows.fetchall()[::-1], outcomes, strict=True):
        assert isinstance(outcome, Recording)
        assert (event_id in outcome.receipt.text(), outcome.receipt.recorded_at) == (True, at)


@pytest.mark.thorough
def test_a_lost_answer_and_then_a_surprise_doubles_nothing(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    surprises = [RuntimeError("a surprise")]

    def surprise(*arguments: Any) -> Any:
        if surprises:
            raise surprises.pop()
        return read_streams(*arguments)

    lose_the_next_answer(
        room, monkeypatch, lambda: monkeypatch.setattr("ledger.store.writer.read_streams", surprise)
    )
    outcomes = together(room, [ask(room, a_fact("one")), ask(room, a_fact("two"))])
    assert not surprises
    assert len(positions(outcomes)) == 2
    assert [fact.statement for fact in kept(room).facts] == ["one", "two"]


@pytest.mark.thorough
def test_a_database_that_comes_back_in_time_is_waited_for(room: Newsroom) -> None:
    answers = SimpleQueue[Outcome]()
    with away(room.database):
        for n in range(5):
            room.writer.submit(ask(room, a_fact(f"{n}")), answers.put)
        time.sleep(0.3)
        assert answers.empty()
    assert all(isinstance(answers.get(timeout=10), Recording) for _ in range(5))
    assert [fact.statement for fact in kept(room).facts] == list("01234")


@pytest.mark.thorough
def test_an_unknown_outcome_is_known_when_it_is_asked_again(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "COMMAND_SECONDS", 0.5)
    gone, back = threading.Event(), threading.Event()

    def stay_away() -> None:
        with away(room.database):
            gone.set()
            back.wait(timeout=10)

    leaving = Thread(target=stay_away)

    def leave() -> None:
        leaving.start()
        gone.wait(timeout=10)

    lose_the_next_answer(room, monkeypatch, then=leave)
    with pytest.raises(OutcomeUnknown):
        room.submit(ask(room, a_fact("once"), repeat="a key"))
    back.set()
    leaving.join()
    again = room.submit(ask(room, a_fact("once"), repeat="a key"))
    assert again.replayed
    (fact,) = kept(room).facts
    assert fact.changed.position == again.receipt.position


def until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.thorough
def test_nothing_is_lost_or_doubled_while_connections_break_all_the_time(
    room: Newsroom, other: Newsroom
) -> None:
    """Four desks at two processes file, with and without keys, and whatever writes is shot down again and again."""
    receipts, over = SimpleQueue[tuple[str, Recording]](), threading.Event()

    def desk(at: Newsroom, name: str) -> None:
        for n in count():
            if over.wait(0.002):
                return
            statement = f"{name} {n}"
            submission = ask(at, a_fact(statement), repeat=statement if n % 2 else None)
            receipts.put((statement, at.submit(submission)))

    desks = [Thread(target=desk, args=(at, f"desk {n}")) for n, at in enumerate((room, other, room, other))]
    for thread in desks:
        thread.start()
    with administering(room.database) as (admin, name):
        shots = 0
        while shots < 20:
            shots += shoot(admin, name)
            time.sleep(random.uniform(0, 0.02))  # so that every step of a group is hit at some time
    over.set()
    for thread in desks:
        thread.join()
    told = dict(receipts.get() for _ in range(receipts.qsize()))
    facts = kept(room).facts
    assert len(facts) == len(told) >= len(desks)
    assert {fact.statement: fact.changed.position for fact in facts} == {
        statement: recording.receipt.position for statement, recording in told.items()
    }


@pytest.mark.thorough
def test_streams_have_every_version_once(room: Newsroom, other: Newsroom) -> None:
    """Three processes race for the same few facts; whoever is told that a fact moved on, looks and tries again."""
    for _ in range(2):
        room.report()
    wins: Counter[UUID] = Counter()

    def race(at: Newsroom, runner: UUID) -> None:
        for n in range(30):
            version = 1
            while True:
                try:
                    at.file(
                        UpdateFact(expected_version=version, reason="r", place=f"{runner} {n}"),
                        "story",
                        n % 2 + 1,
                    )
                except FactMovedOn as moved:
                    version = moved.details["version"]
                else:
                    wins[runner] += 1
                    break

    runners = [Thread(target=race, args=(at, uuid4())) for at in (room, other, room)]
    for thread in runners:
        thread.start()
    for thread in runners:
        thread.join()
    assert sum(wins.values()) == 90
    assert [fact.version for fact in kept(room).facts] == [46, 46]
    versions = room.views.execute(
        "select array_agg(version order by position) from events where stream_id = %s",
        [story_stream("story")],
    ).fetchone()
    assert versions == (list(range(1, 1 + 2 + 90 + 1)),)
