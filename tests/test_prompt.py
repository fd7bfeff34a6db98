"""Is what is committed told at once, however much more comes in, and is it noticed where nobody moves the views?"""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any

import pytest

from ledger import limits
from ledger.commands import PublishStory
from ledger.store.database import Row
from projections.engine import catch_up, folding
from projections.engine.catch_up import position
from projections.engine.rebuild import rebuild
from projections.engine.worker import Worker
from projections.reading import news
from projections.reading.news import News
from tests.listener import Listener
from tests.newsroom import Newsroom, Server, serving
from tests.test_limits import holds
from tests.views import dump, dump_built_anew, eventually, head_of

SECONDS = 60  # a machine may have much else to do; nothing here is shown by how long it takes


@pytest.fixture
def more(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """For each event of a page another one is recorded before the page is done, so that the views of a server are never
    level with the ledger, until that is set."""
    newsroom.open()
    newsroom.report()
    has_ended, read = Event(), folding.read_page

    def read_page(*asked: Any) -> list[Row]:
        rows = read(*asked)
        if threading.current_thread().name == "ledger projections":
            for _ in rows:
                if not has_ended.is_set():
                    newsroom.report()
        return rows

    monkeypatch.setattr(catch_up, "read_page", read_page)
    yield has_ended
    has_ended.set()


@pytest.fixture
def busy(newsroom: Newsroom, more: Event) -> Iterator[Server]:
    """A server where always more comes in."""
    with serving(newsroom) as server:
        try:
            yield server
        finally:
            more.set()


def drop_the_connection(newsroom: Newsroom) -> None:
    """Of the worker: waits for one, and ends it."""
    ended = (
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'factledger worker'"
    )
    with newsroom.database.connect(name="overseer", as_owner=True) as owner:
        eventually(lambda: owner.execute(ended).rowcount > 0, SECONDS)


# --- While more comes in all the time ------------------------------------------------------------------------------


def test_each_page_is_told_once_it_is_committed_though_the_views_are_never_level(
    newsroom: Newsroom, more: Event
) -> None:
    told: list[tuple[int, int]] = []
    with newsroom.database.connect(name="test") as look:
        worker = Worker(newsroom.database, moved=lambda shown: told.append((shown, position(look))))
        worker.start()
        try:
            eventually(lambda: len(told) >= 5, SECONDS)
            assert worker.failure is None
        finally:
            more.set()
            worker.close()
    assert [shown for shown, _ in told] == sorted({shown for shown, _ in told})
    assert all(shown == visible for shown, visible in told), "nothing is told before it can be seen"


@pytest.mark.thorough
def test_streams_hear_of_what_can_be_seen_though_the_views_are_never_level(busy: Server) -> None:
    listener = Listener(busy.url, "/v1/events/stream", busy.secret("editor"))
    heard = [told["revision"] for told in listener.await_events(10)]
    listener.close()
    assert heard == list(range(heard[0], heard[0] + len(heard)))


@pytest.mark.thorough
def test_a_stream_is_told_all_that_was_read_though_more_happens_while_it_is_read(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.open()
    for number in range(30):
        newsroom.report(statement=f"Train {number}")
    head = newsroom.catch_up()
    with serving(newsroom) as server:
        bell, reads, read = server.app.state.streams.bell, [], news.page

        def page(*asked: Any) -> News:
            found = read(*asked)
            reads.append(asked)
            if len(reads) < 100:
                bell._loop.call_soon_threadsafe(bell._ring)
            return found

        monkeypatch.setattr("api.http.streams.news.page", page)
        listener = Listener(server.url, "/v1/events/stream?since=0", server.secret("editor"))
        eventually(lambda: head in listener.ids(), SECONDS)
        listener.close()
    assert len(reads) < 20, "not one thing a time"


@pytest.mark.thorough
def test_an_embargo_ends_though_the_views_are_never_level(newsroom: Newsroom, busy: Server) -> None:
    del busy
    until = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    newsroom.file(PublishStory.model_validate({"embargo_until": until, "reason": "At that hour."}), "story")
    lifted = "select from events where topic = 'embargo-lifted.v1'"
    eventually(lambda: newsroom.views.execute(lifted).rowcount == 1, SECONDS)


@pytest.mark.thorough
def test_after_its_connection_was_dropped_a_server_is_ready_again_though_the_views_are_never_level(
    newsroom: Newsroom, busy: Server, caplog: pytest.LogCaptureFixture
) -> None:
    client = busy.client(None)
    with caplog.at_level(logging.WARNING, "factledger.worker"):
        drop_the_connection(newsroom)
        eventually(lambda: "the database is away" in caplog.text, SECONDS)
    eventually(lambda: client.get("/readyz").status_code == 200, SECONDS, step=0.1)


# --- Where nobody moves them ---------------------------------------------------------------------------------------


def red_of(server: Server) -> str:
    """What `/readyz` comes to say."""
    said: list[str] = []

    def is_red() -> bool:
        answer = server.client(None).get("/readyz")
        said.append(str(answer.json()["reason"]))
        return answer.status_code == 503

    eventually(is_red, SECONDS, step=0.1)
    return said[-1]


@pytest.mark.thorough
@holds("WORKER_SILENCE")
def test_a_projector_that_hangs_is_named_though_nothing_waits_for_it_and_is_well_once_it_goes_on(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert limits.WORKER_SILENCE < 5
    monkeypatch.setattr("ledger.limits.WORKER_SILENCE", 1.5)
    goes_on = Event()
    with serving(newsroom) as server:
        worker = server.app.state.running.worker
        client = server.client(None)
        eventually(lambda: client.get("/readyz").status_code == 200, SECONDS, step=0.1)
        monkeypatch.setattr(worker, "_after_each_page", lambda _: float(goes_on.wait(SECONDS)))
        try:
            assert "their thread (ledger projections) has been silent for" in red_of(server)
        finally:
            goes_on.set()
        eventually(lambda: client.get("/readyz").status_code == 200, SECONDS, step=0.1)


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("thread", ["worker", "writer"])
def test_a_thread_that_has_died_is_named_though_nothing_waits_for_it(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, thread: str
) -> None:
    def die(*_: object) -> None:
        raise SystemExit

    with serving(newsroom) as server:
        running = server.app.state.running
        if thread == "worker":
            monkeypatch.setattr(running.worker, "_after_each_page", die)
            assert "their thread (ledger projections) has ended" in red_of(server)
        else:
            running.writer._queue.put(None)
            assert "its thread (ledger writer) has ended" in red_of(server)


@pytest.mark.thorough
def test_where_the_one_that_leads_hangs_another_takes_over(newsroom: Newsroom) -> None:
    newsroom.open()
    goes_on, hangs = Event(), Event()

    def hang(_: int) -> None:
        hangs.set()
        goes_on.wait(SECONDS)

    first, second = Worker(newsroom.database, moved=hang), Worker(newsroom.database)
    first.start()
    try:
        assert hangs.wait(SECONDS)
        assert first.leads
        second.start()
        last = newsroom.report().position
        eventually(lambda: position(newsroom.views) == last, SECONDS)
        assert second.leads
    finally:
        goes_on.set()
        first.close()
        if second._thread.ident is not None:
            second.close()


@pytest.mark.thorough
@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.slow)])
def test_no_event_is_lost_when_the_connection_is_dropped_again_and_again_while_the_views_are_built_anew(
    newsroom: Newsroom, kills: int
) -> None:
    newsroom.open()
    has_ended = Event()

    def repeat(act: Callable[[], object]) -> Thread:
        def run() -> None:
            while not has_ended.wait(0.01):
                act()

        thread = Thread(target=run)
        thread.start()
        return thread

    with serving(newsroom) as server:
        listener = Listener(server.url, "/v1/events/stream", server.secret("editor"))
        worker = server.app.state.running.worker
        first = newsroom.report().position
        others = [
            repeat(newsroom.report),
            repeat(lambda: rebuild(newsroom.database)),
        ]
        try:
            for _ in range(kills):
                drop_the_connection(newsroom)
                before = head_of(newsroom.views)
                eventually(lambda: worker.failure is None and position(newsroom.views) > before, SECONDS)  # noqa: B023
        finally:
            has_ended.set()
            for other in others:
                other.join()
        head = newsroom.report().position
        eventually(lambda: listener.ids()[-1:] == [head], SECONDS)
        listener.close()
        told = [number for number in listener.ids() if number >= first]
    recorded = newsroom.views.execute(
        "select position from events where topic = 'fact-reported.v1' and position >= %s order by position",
        [first],
    ).fetchall()
    assert told == [number for (number,) in recorded]
    assert dump(newsroom.views) == dump_built_anew(newsroom.views, head)
