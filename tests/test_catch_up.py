"""Do the views take every event once and in order, whoever moves them and however that ends?"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from unittest.mock import patch
from uuid import uuid4

import psycopg
import pytest
from psycopg import Connection

from ledger.commands import (
    CorrectFact,
    FileCopy,
    HoldStory,
    PublishStory,
    ReleaseStory,
    SetDateline,
    SetHeadline,
)
from ledger.store.database import Database, Row
from projections.engine import bulk
from projections.engine.catch_up import catch_up, position
from projections.engine.states import States
from projections.engine.worker import Worker
from tests.newsroom import Newsroom, serving
from tests.views import TABLES, dump, dump_built_anew, eventually, head_of, holding_the_lead, keep_projecting

processes = multiprocessing.get_context("spawn")


def file_something(room: Newsroom, story: str = "story", facts: int = 10) -> int:
    """A bit of everything; the position reached."""
    for number in range(facts):
        room.report(story, f"Fact {number}", occurred={"literal": "on Tuesday"}, source="ria")
    correction = {
        "expected_version": 1,
        "statement": "Another number",
        "reason": "recounted",
        "was_wrong": "the number of trains",
        "affects": ["numbers"],
        "cause": "our_error",
    }
    room.file(CorrectFact.model_validate(correction), story, 1)
    room.file(SetHeadline(headline=f"Headline {uuid4()}", reason="better"), story)
    room.file(SetDateline(date="2023-09-13", place=f"{uuid4()}", reason="from the wire"), story)
    return room.file(FileCopy(text=f"The copy {uuid4()}", reason="a take"), story).position


# --- Several at once ---------------------------------------------------------------------------------------------


def test_what_is_remembered_of_a_story_is_what_its_events_say(newsroom: Newsroom) -> None:
    """As after a restart before each event: nothing is remembered of the story but what its events say."""
    newsroom.open()
    newsroom.report()
    correct = CorrectFact(
        expected_version=1,
        statement="Another train arrived",
        was_wrong="It was another",
        affects=("names",),
        cause="our_error",
        reason="Looked at again",
    )
    with patch.object(States, "keep"):
        for command, number in (
            (PublishStory(revision=2, reason="Read by two"), None),
            (correct, 1),
            (PublishStory(revision=4, reason="Read by two"), None),
            (HoldStory(reason="Wait"), None),
            (ReleaseStory(reason="Go on"), None),
        ):
            newsroom.file(command, "story", number)
            newsroom.catch_up()
    live = dump(newsroom.views)
    assert "sig:correction" in str(live["publications"])
    assert dump_built_anew(newsroom.views, head_of(newsroom.views)) == live


@pytest.mark.thorough
def test_every_event_is_projected_exactly_once_when_several_processes_catch_up_at_once(
    newsroom: Newsroom,
) -> None:
    newsroom.open()
    newsroom.open("other", "kcna")
    goal = head_of(newsroom.views) + 2 * 6 * 24
    projectors = [
        processes.Process(target=keep_projecting, args=(newsroom.database, page_events, goal))
        for page_events in (1, 7, 30)
    ]
    for projector in projectors:
        projector.start()
    for round_ in range(6):
        for story in ("story", "other"):
            if round_:
                file_something_more(newsroom, story)
            else:
                file_something(newsroom, story, facts=20)
    assert head_of(newsroom.views) == goal
    assert [exit_of(projector) for projector in projectors] == [0, 0, 0]
    assert position(newsroom.views) == goal
    assert dump(newsroom.views) == dump_built_anew(newsroom.views, goal)
    assert_each_revision_once(newsroom)


def await_position(room: Newsroom, wanted: int) -> None:
    eventually(lambda: position(room.views) >= wanted, seconds=30, step=0.002)


def file_something_more(room: Newsroom, story: str) -> None:
    for number in range(24):
        room.report(story, f"Another fact {number}")


def exit_of(process: BaseProcess) -> int | None:
    process.join(60)
    code = process.exitcode
    process.close()
    return code


def assert_each_revision_once(room: Newsroom) -> None:
    """The audit view has one row for each event of a story, and those alone."""
    counted = room.views.execute(
        "select e.position, count(r.position) from events e left join revisions r using (position)"
        " where not (e.topic ^@ 'key-' or e.topic ^@ 'member-' or e.topic ^@ 'source-') group by 1 order by 1"
    ).fetchall()
    assert all(times == 1 for _, times in counted)
    assert room.views.execute("select count(*) from revisions").fetchone() == (len(counted),)


def test_pages_of_any_size_leave_the_same_views(newsroom: Newsroom) -> None:
    newsroom.open()
    head = file_something(newsroom)
    whole = dump_built_anew(newsroom.views, head)
    for page_events in (1, 2, 3, 5, head - 1, head, head + 1):
        with newsroom.views.transaction(force_rollback=True):
            assert catch_up(newsroom.views, page_events=page_events) == head
            for name in TABLES:
                rows = newsroom.views.execute(f"select * from {name} as t order by t").fetchall()  # noqa: S608
                assert rows == whole[name], (name, page_events)


def test_catching_up_goes_as_far_as_it_was_asked_to_and_never_back(newsroom: Newsroom) -> None:
    newsroom.open()
    head = file_something(newsroom)
    assert catch_up(newsroom.views, 3, page_events=1) == position(newsroom.views) == 3
    assert catch_up(newsroom.views, 2, page_events=1) == position(newsroom.views) == 3
    assert catch_up(newsroom.views, page_events=1) == position(newsroom.views) == head
    assert catch_up(newsroom.views) == head
    assert catch_up(newsroom.views, head + 1) == head


def test_who_has_no_patience_does_not_wait_for_another_projector(newsroom: Newsroom) -> None:
    newsroom.open()
    with holding_the_lead(newsroom.database), pytest.raises(psycopg.errors.LockNotAvailable):
        catch_up(newsroom.views, patience=0.1)
    assert catch_up(newsroom.views, patience=0.1) == head_of(newsroom.views)


# --- What goes wrong in the middle of a page ---------------------------------------------------------------------


@contextmanager
def stopping_at_the_last_view(database: Database) -> Iterator[None]:
    """Whoever projects a page has moved every view but the last one by then, and waits there."""
    with database.connect(name="test", as_owner=True) as owner, owner.transaction(force_rollback=True):
        owner.execute("lock table search in access exclusive mode")
        yield


class Overseer:
    """Sees who is connected to the database, and who waits for a lock there."""

    def __init__(self, connection: Connection[Row]) -> None:
        self.connection = connection  # the owner's: the application's role is not shown what others do

    def pids(self, name: str, *, waiting: bool = False) -> list[int]:
        rows = self.connection.execute(
            "select pid from pg_stat_activity where application_name = %s and datname = current_database()"
            " and (wait_event_type = 'Lock' or not %s)",
            [f"factledger {name}", waiting],
        ).fetchall()
        return [pid for (pid,) in rows]

    def await_waiting(self, name: str) -> None:
        eventually(lambda: self.pids(name, waiting=True) != [], seconds=30)

    def await_gone(self, name: str) -> None:
        eventually(lambda: self.pids(name) == [])


@pytest.fixture
def overseer(newsroom: Newsroom) -> Iterator[Overseer]:
    with newsroom.database.connect(name="overseer", as_owner=True) as connection:
        yield Overseer(connection)


@pytest.mark.thorough
def test_a_projector_that_is_killed_in_the_middle_of_a_page_leaves_no_trace_and_another_goes_on(
    newsroom: Newsroom,
    overseer: Overseer,
) -> None:
    newsroom.open()
    before = catch_up(newsroom.views)
    unmoved = dump(newsroom.views)
    head = file_something(newsroom)
    with stopping_at_the_last_view(newsroom.database):
        projector = processes.Process(target=keep_projecting, args=(newsroom.database, 1000, head, "doomed"))
        projector.start()
        overseer.await_waiting("doomed")
        assert projector.pid is not None
        os.kill(projector.pid, signal.SIGKILL)
        assert exit_of(projector) == -signal.SIGKILL
        assert position(newsroom.views) == before
    overseer.await_gone("doomed")
    assert position(newsroom.views) == before
    assert dump(newsroom.views) == unmoved == dump_built_anew(newsroom.views, before)
    successor = processes.Process(target=keep_projecting, args=(newsroom.database, 4, head))
    successor.start()
    assert exit_of(successor) == 0
    assert position(newsroom.views) == head
    assert dump(newsroom.views) == dump_built_anew(newsroom.views, head)


@pytest.mark.thorough
def test_a_projector_that_is_killed_between_its_pages_leaves_whole_pages(
    newsroom: Newsroom, overseer: Overseer
) -> None:
    newsroom.open()
    for _ in range(2):
        for number in range(150):
            newsroom.report(statement=f"Fact {number}")
        head = head_of(newsroom.views)
        projector = processes.Process(target=keep_projecting, args=(newsroom.database, 3, head, "doomed"))
        begun = position(newsroom.views)
        projector.start()
        await_position(newsroom, begun + 10)
        assert projector.pid is not None
        os.kill(projector.pid, signal.SIGKILL)
        exit_of(projector)
        overseer.await_gone("doomed")
        reached = position(newsroom.views)
        assert dump(newsroom.views) == dump_built_anew(newsroom.views, reached)
    assert catch_up(newsroom.views) == head
    assert dump(newsroom.views) == dump_built_anew(newsroom.views, head)


@contextmanager
def refusing(database: Database, word: str) -> Iterator[None]:
    """The database fails when this word comes into the last view."""
    with database.connect(name="test", as_owner=True) as owner:
        owner.execute(
            "create function refuse() returns trigger language plpgsql as $$"
            " begin raise exception 'the disk is full' using errcode = 'disk_full'; end $$"
        )
        owner.execute(
            "create trigger refuses before insert on search for each row"
            f" when (new.words @@ '{word}'::tsquery) execute function refuse()"
        )
        yield
        owner.execute("drop trigger refuses on search")
        owner.execute("drop function refuse")


def test_a_page_that_fails_in_its_middle_changes_nothing_and_those_before_it_stay(newsroom: Newsroom) -> None:
    newsroom.open()
    begun = catch_up(newsroom.views)
    for number in range(20):
        newsroom.report(statement=f"Fact {number}")
    newsroom.report(statement="The zeppelin landed")
    for number in range(5):
        newsroom.report(statement=f"Fact {number}")
    with refusing(newsroom.database, "zeppelin"):
        for _ in range(2):
            with pytest.raises(psycopg.errors.DiskFull):
                catch_up(newsroom.views, page_events=8)
            assert position(newsroom.views) == begun + 16
    assert dump(newsroom.views) == dump_built_anew(newsroom.views, begun + 16)
    head = catch_up(newsroom.views, page_events=8)
    assert head == begun + 26
    assert dump(newsroom.views) == dump_built_anew(newsroom.views, head)


# --- The worker --------------------------------------------------------------------------------------------------


@pytest.fixture
def worker(newsroom: Newsroom) -> Iterator[Worker]:
    newsroom.open()
    worker = Worker(newsroom.database)
    worker.start()
    eventually(lambda: position(newsroom.views) == head_of(newsroom.views))
    try:
        yield worker
    finally:
        worker.close()


def test_the_worker_follows_as_soon_as_something_is_recorded(newsroom: Newsroom, worker: Worker) -> None:
    took = []
    for number in range(8):
        receipt = newsroom.report(statement=f"Fact {number}")
        begun = time.monotonic()
        await_position(newsroom, receipt.position)
        took.append(time.monotonic() - begun)
        time.sleep(0.02)
    assert sorted(took)[-2] < 0.5, took
    assert worker.failure is None


def test_the_worker_goes_on_after_its_connection_was_ended(
    newsroom: Newsroom, overseer: Overseer, worker: Worker
) -> None:
    for number in range(3):
        [pid] = overseer.pids("worker")
        assert overseer.connection.execute("select pg_terminate_backend(%s)", [pid]).fetchone() == (True,)
        receipt = newsroom.report(statement=f"Fact {number}")
        await_position(newsroom, receipt.position)
        assert overseer.pids("worker") not in ([], [pid])
    eventually(lambda: worker.failure is None)  # said a moment after the page is committed


def test_the_worker_ends_promptly_when_it_is_told_to(newsroom: Newsroom, overseer: Overseer) -> None:
    worker = Worker(newsroom.database)
    worker.start()
    eventually(lambda: overseer.pids("worker") != [])
    begun = time.monotonic()
    worker.close()
    assert time.monotonic() - begun < 1
    overseer.await_gone("worker")


# --- One of several leads ----------------------------------------------------------------------------------------


@contextmanager
def two_workers(newsroom: Newsroom) -> Iterator[tuple[Worker, Worker, list[int]]]:
    """The one that leads, the one that stands by, and what the latter is told of the views."""
    told: list[int] = []
    workers = [Worker(newsroom.database), Worker(newsroom.database, moved=told.append)]
    workers[0].start()
    eventually(lambda: workers[0].leads)
    workers[1].start()
    try:
        eventually(lambda: told != [])
        yield workers[0], workers[1], told
    finally:
        for worker in workers:
            worker.close()


def test_one_worker_leads_and_the_other_hears_how_far_the_views_are(newsroom: Newsroom) -> None:
    newsroom.open()
    with two_workers(newsroom) as (leading, standing_by, told):
        for number in range(5):
            receipt = newsroom.report(statement=f"Fact {number}")
            eventually(lambda: told[-1] == receipt.position, step=0.002)  # noqa: B023
        assert (leading.leads, standing_by.leads) == (True, False)
        assert told == sorted(set(told)), "each position once, and never back"


@pytest.mark.thorough
def test_another_worker_takes_over_when_the_connection_of_the_first_ends(
    newsroom: Newsroom, overseer: Overseer
) -> None:
    newsroom.open()
    with two_workers(newsroom) as (leading, standing_by, _):
        holder = overseer.connection.execute(
            "select pid from pg_locks where locktype = 'advisory' and granted"
        ).fetchone()
        leading._ending.set()  # it does not come back
        assert holder is not None
        overseer.connection.execute("select pg_terminate_backend(%s)", holder)
        begun = time.monotonic()
        eventually(lambda: standing_by.leads)
        assert time.monotonic() - begun < 5
        receipt = newsroom.report()
        await_position(newsroom, receipt.position)


def lead_until_killed(database: Database) -> None:
    """What a process is started for."""
    worker = Worker(database)
    worker.start()
    time.sleep(600)


@pytest.mark.thorough
def test_another_process_takes_over_within_five_seconds_when_the_one_that_leads_is_killed(
    newsroom: Newsroom, overseer: Overseer
) -> None:
    newsroom.open()
    leader = processes.Process(target=lead_until_killed, args=(newsroom.database,))
    leader.start()
    eventually(lambda: position(newsroom.views) == head_of(newsroom.views), seconds=30)
    standing_by = Worker(newsroom.database)
    standing_by.start()
    try:
        eventually(lambda: len(overseer.pids("worker")) == 2)
        newsroom.report()
        eventually(lambda: position(newsroom.views) == head_of(newsroom.views))
        assert not standing_by.leads
        assert leader.pid is not None
        os.kill(leader.pid, signal.SIGKILL)
        begun = time.monotonic()
        receipt = newsroom.report()
        await_position(newsroom, receipt.position)
        assert time.monotonic() - begun < 5
        assert standing_by.leads
    finally:
        standing_by.close()
        exit_of(leader)


def test_all_views_together_take_no_more_than_six_connections_and_four_threads(
    newsroom: Newsroom, overseer: Overseer
) -> None:
    newsroom.open()
    before = {thread.name for thread in threading.enumerate()}
    with serving(newsroom):
        eventually(lambda: overseer.pids("worker") != [])
        threads = [thread.name for thread in threading.enumerate() if thread.name not in before]
        of_views = [name for name in threads if name in ("ledger projections", "ledger rebuild")]
        assert len(of_views) <= 2, "the worker, and a rebuild while there is one"
        rebuilding = 3 + bulk._THREADS  # to build by, to switch by, for the living views; to fill by
        assert len(overseer.pids("worker")) + rebuilding <= 6
        assert len(of_views) + bulk._THREADS <= 4
