"""Does a view that cannot take an event stop alone, with the others going on, and is that never silent?"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from psycopg import Connection

from ledger.commands import CorrectFact, SetDateline, SetHeadline
from ledger.events import TOPICS
from ledger.refusals import NoSuchView, ViewBehind, ViewIsNot
from ledger.source import SourceRegistered
from ledger.store.database import Database, Row
from ledger.store.store import append, seal
from ledger.words import OPERATOR, source_stream, story_stream
from projections.engine import progress
from projections.engine.catch_up import catch_up, position
from projections.engine.worker import Worker
from projections.reading import replay
from projections.reading.replay import Asked
from projections.views.catalogue import VIEW, VIEWS
from tests.newsroom import Newsroom
from tests.views import Dump, dump, dump_built_anew, eventually, head_of

# A view that has to be where another is before it may go on.
WAITING = {need: {view.name for view in VIEWS if need in view.needs} for need in VIEW}


@contextmanager
def raising(database: Database, view: str, at: int) -> Iterator[None]:
    """The first table of the view takes no row of that position. Of story_now none from it on: there a page leaves only
    the last one."""
    table = VIEW[view].tables[0]
    columns = {
        "sources": "position",
        "story_now": "position",
        "corrections": "position",
        "revisions": "position",
    }
    column = columns.get(view, "from_position")
    with database.connect(name="test", as_owner=True) as owner:
        owner.execute(
            "create function refuse() returns trigger language plpgsql as $$"
            " begin raise exception 'no room for %', tg_table_name; end $$"
        )
        owner.execute(
            f"create trigger refuses before insert or update on {table} for each row"
            f" when (new.{column} {'>=' if view == 'story_now' else '='} {at}) execute function refuse()"
        )
        try:
            yield
        finally:
            owner.execute(f"drop trigger refuses on {table}")
            owner.execute("drop function refuse")


@pytest.fixture
def told(newsroom: Newsroom) -> Newsroom:
    """A newsroom with a story in it."""
    newsroom.open()
    newsroom.report(statement="A zeppelin landed", occurred={"literal": "on Tuesday"})
    newsroom.catch_up()
    return newsroom


def correct(room: Newsroom, version: int = 1) -> int:
    fields = {
        "expected_version": version,
        "statement": f"{version + 1} zeppelins landed",
        "reason": "recounted",
        "was_wrong": "the number",
        "affects": ["numbers"],
        "cause": "our_error",
    }
    return room.file(CorrectFact.model_validate(fields), "story", 1).position


def place(room: Newsroom, view: str) -> progress.Report:
    return next(one for one in progress.report(room.views) if one.view == view)


# --- One alone ---------------------------------------------------------------------------------------------------


def head_line(room: Newsroom) -> int:
    return room.file(SetHeadline(headline="Another", reason="better"), "story").position


def report(room: Newsroom) -> int:
    return room.report(statement="Another train").position


# On the one that others wait for; the others by `make test-all`.
@pytest.mark.parametrize("page_events", [3, pytest.param(1000, marks=pytest.mark.thorough)])
@pytest.mark.parametrize(
    ("view", "act"),
    [
        pytest.param("story_now", report, marks=pytest.mark.thorough),
        pytest.param("story_versions", head_line, marks=pytest.mark.thorough),
        pytest.param("fact_versions", correct, marks=pytest.mark.thorough),
        pytest.param("fact_versions", report, marks=pytest.mark.thorough),
        pytest.param("revisions", correct, marks=pytest.mark.thorough),
        pytest.param("corrections", correct, marks=pytest.mark.thorough),
        ("source_usage", report),
        pytest.param("search", correct, marks=pytest.mark.thorough),
    ],
)
def test_a_view_that_raises_stops_before_the_event_and_those_that_do_not_need_it_go_on(
    told: Newsroom, view: str, act: Callable[[Newsroom], int], page_events: int
) -> None:
    for number in range(5):
        told.report(statement=f"Train {number}")
    at = act(told)
    for number in range(5):
        told.report(statement=f"Ship {number}")
    told.file(SetDateline(date="2023-09-13", place="Vladivostok", reason="from the wire"), "story")
    correct(told, 2 if act is correct else 1)
    head = head_of(told.views)
    with raising(told.database, view, at):
        catch_up(told.views, page_events=page_events)
        stopped = place(told, view)
        assert (stopped.state, stopped.position, stopped.failed_at) == ("failed", at - 1, at)
        assert stopped.failure == "view_raised"
        assert "no room for" in (stopped.traceback or "")
        assert stopped.lag_events == head - at + 1
        assert stopped.lag_seconds > 0
        living, whole = dump(told.views), dump_had_none_been_stopped(told, head)
        for other in VIEW.keys() - {view} - WAITING[view]:
            assert (place(told, other).state, place(told, other).position) == ("running", head), other
            for table in VIEW[other].tables:
                assert living[table] == whole[table], table
        for waiting in WAITING[view]:
            assert (place(told, waiting).state, place(told, waiting).position) == ("running", at - 1)
        assert catch_up(told.views, page_events=page_events) == (at - 1 if WAITING[view] else head)
        assert place(told, view).since == stopped.since, "it is not tried again by itself"
    progress.retry(told.views, view)
    assert catch_up(told.views, page_events=page_events) == head
    assert dump(told.views) == dump_built_anew(told.views, head)


def dump_had_none_been_stopped(room: Newsroom, head: int) -> Dump:
    with room.database.connect(name="test", as_owner=True) as owner, owner.transaction(force_rollback=True):
        table = owner.execute(
            "select tgrelid::regclass::text from pg_trigger where tgname = 'refuses'"
        ).fetchone()
        assert table is not None
        owner.execute(f"alter table {table[0]} disable trigger refuses")
        owner.execute("update projection set state = 'running', failed_at = null, failure = null")
        return dump_built_anew(owner, head)


def test_a_view_that_goes_on_later_joins_the_others_without_holding_them_up(told: Newsroom) -> None:
    progress.pause(told.views, "search", "it is looked into")
    behind = head_of(told.views)
    for number in range(40):
        told.report(statement=f"Train {number}")
    reached = catch_up(told.views, page_events=10)
    assert (place(told, "search").state, place(told, "search").position) == ("paused", behind)
    assert reached == head_of(told.views)
    progress.resume(told.views, "search")
    told.report(statement="A ship")
    catch_up(told.views, page_events=10, only_ahead=True)
    head = head_of(told.views)
    assert position(told.views) == head, "those who wait for an answer do not wait for the one that is behind"
    assert place(told, "search").position == behind
    assert catch_up(told.views, page_events=10) == head
    assert dump(told.views) == dump_built_anew(told.views, head)


# --- What no view can read ---------------------------------------------------------------------------------------

UNKNOWN = ("source-registered.v9", b'{"kind":"agency","name":"TASS","slug":"tass"}')
BROKEN = ("source-registered.v1", b'{"kind":"agency"}')


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("topic", "body", "failure", "said"),
    [(*UNKNOWN, "unknown_topic", "UnknownTopic"), (*BROKEN, "cannot_decode", "ValidationError")],
)
def test_an_event_that_cannot_be_read_stops_every_view_before_it_and_says_why(
    told: Newsroom, topic: str, body: bytes, failure: str, said: str
) -> None:
    at, _ = append(told.views, [seal(source_stream("tass"), 1, topic, body, OPERATOR, uuid4())])
    told.report()
    assert catch_up(told.views) == at - 1
    views = progress.report(told.views)
    stopped = [view for view in views if view.state == "failed"]
    assert {view.failure for view in stopped} == {failure}
    assert all(said in (view.traceback or "") for view in stopped)
    waiting = {waiting for need in VIEW for waiting in WAITING[need]}
    assert {view.view for view in stopped} == VIEW.keys() - waiting
    assert {view.position for view in views} == {at - 1}, "nothing is left out"


def test_once_a_program_knows_the_event_the_views_are_told_to_try_again_and_go_on(
    told: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic, body = UNKNOWN
    at, _ = append(told.views, [seal(source_stream("tass"), 1, topic, body, OPERATOR, uuid4())])
    catch_up(told.views)
    monkeypatch.setitem(TOPICS.classes, topic, SourceRegistered)
    assert catch_up(told.views) == at - 1
    for view in progress.stopped(told.views):
        progress.retry(told.views, view.view)
    assert catch_up(told.views) == at
    assert dump(told.views) == dump_built_anew(told.views, at)


@pytest.mark.thorough
def test_an_event_that_every_view_is_let_pass_by_is_missing_in_all_of_them_and_nothing_else_is(
    told: Newsroom,
) -> None:
    topic, body = "fact-reported.v9", b"{}"
    version = told.report(statement="Before it").position
    stream = story_stream("story")
    row = told.views.execute("select max(version) from events where stream_id = %s", [stream]).fetchone()
    assert row is not None
    at, _ = append(told.views, [seal(stream, row[0] + 1, topic, body, OPERATOR, uuid4())])
    assert catch_up(told.views) == at - 1 == version
    while stopped := progress.stopped(told.views):
        for view in stopped:
            progress.skip(told.views, view.view, "a newer program wrote it by mistake")
        catch_up(told.views)
    assert position(told.views) == at
    assert {skip.view for skip in progress.skips(told.views, 100)} == VIEW.keys()


# --- What an editor in charge can do -----------------------------------------------------------------------------


def test_a_skip_lets_the_view_go_on_behind_the_event_and_is_recorded_with_its_reason(told: Newsroom) -> None:
    at = correct(told)
    with raising(told.database, "corrections", at):
        catch_up(told.views)
        assert progress.skip(told.views, "corrections", "a broken row") == at
    correct(told, 2)
    head = catch_up(told.views)
    assert told.views.execute("select position from corrections").fetchall() == [(head,)]
    (skip,) = progress.skips(told.views, 10)
    assert (skip.view, skip.position, skip.failure, skip.reason) == (
        "corrections",
        at,
        "view_raised",
        "a broken row",
    )
    assert place(told, "corrections").skipped == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        told.views.execute("delete from projection_skips")


@pytest.mark.thorough
def test_what_the_others_did_is_right_though_a_view_that_it_is_worked_out_from_lacks_an_event(
    told: Newsroom,
) -> None:
    at = correct(told)
    with raising(told.database, "fact_versions", at):
        catch_up(told.views)
        progress.skip(told.views, "fact_versions", "a broken row")
        correct(told, 2)
        head = catch_up(told.views)
        living, whole = dump(told.views), dump_had_none_been_stopped(told, head)
    for other in VIEW.keys() - {"fact_versions", "corrections"}:
        for table in VIEW[other].tables:
            assert living[table] == whole[table], table


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("act", "state"),
    [
        (progress.retry, "failed"),
        (lambda views, view: progress.skip(views, view, "why"), "failed"),
        (progress.resume, "paused"),
    ],
)
def test_what_cannot_be_done_to_a_view_as_it_is_is_refused_and_changes_nothing(
    told: Newsroom, act: Callable[[Connection[Row], str], int], state: str
) -> None:
    before = progress.standing(told.views)
    with pytest.raises(ViewIsNot, match=f"search is running, not {state}: there is nothing to do"):
        act(told.views, "search")
    with pytest.raises(NoSuchView, match=r"no view serach; there are .*search, .*sources"):
        act(told.views, "serach")
    assert progress.standing(told.views) == before
    assert progress.skips(told.views, 10) == []


def test_a_view_is_paused_once(told: Newsroom) -> None:
    progress.pause(told.views, "search", "why")
    with pytest.raises(ViewIsNot, match="search is paused, not running"):
        progress.pause(told.views, "search", "again")
    assert place(told, "search").reason == "why"


# --- Who asks meanwhile ------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_who_asks_for_what_a_stopped_view_holds_is_told_how_far_it_is_and_the_others_are_answered(
    told: Newsroom,
) -> None:
    at = correct(told)
    with raising(told.database, "search", at):
        catch_up(told.views)
        assert replay.resolve(told.views, Asked(at_least=at)) == at
        assert replay.resolve(told.views, Asked(), "search") == at - 1, "as far as it is, and it says so"
        with pytest.raises(ViewBehind, match=f"at position {at - 1} and did not reach {at}"):
            replay.resolve(told.views, Asked(at_least=at), "search")


# --- Never silent ------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_the_worker_goes_on_with_the_others_and_the_log_says_which_stands_still(
    told: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    worker = Worker(told.database)
    at = correct(told)
    with raising(told.database, "search", at), caplog.at_level(logging.ERROR):
        worker.start()
        try:
            eventually(lambda: place(told, "search").state == "failed")
            later = told.report().position
            eventually(lambda: position(told.views) == later)
            assert worker.failure is None
        finally:
            worker.close()
    (line,) = [record for record in caplog.records if record.message == "a view stands still"]
    assert (line.view, line.position, line.failure) == ("search", at, "view_raised")  # type: ignore[attr-defined]
    assert line.exc_info
