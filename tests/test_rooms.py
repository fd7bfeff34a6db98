"""Does what readers ask leave room for the desk, for other readers, and for whoever asks whether the server is well?"""

import asyncio
import inspect
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx2
import pytest
from fastapi.routing import APIRoute

from api.server.embedded import EmbeddedPostgres
from api.server.rooms import Room
from ledger import limits
from ledger.refusals import ServerBusy
from ledger.words import Role
from tests.desk import FACT, REQUEST, Desk, open_desk, problem
from tests.newsroom import serving
from tests.test_limits import holds
from tests.views import eventually

FIGURES = "/v1/corrections/figures"
Servers = Callable[[str], EmbeddedPostgres]
Answer = TypeVar("Answer")


@pytest.fixture
def own_desk(servers: Servers) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


@contextmanager
def held(desk: Desk, table: str) -> Iterator[None]:
    """Whoever asks for something in the table waits."""
    with (
        desk.newsroom.database.connect(name="holds up", as_owner=True) as connection,
        connection.transaction(),
    ):
        connection.execute(f"lock table {table} in access exclusive mode")
        yield


def asked_by_many(desk: Desk, callers: ThreadPoolExecutor, *paths: str) -> list["Future[httpx2.Response]"]:
    return [callers.submit(httpx2.get, f"{desk.server.url}{path}", timeout=30) for path in paths]


def statements_held_up(desk: Desk) -> int:
    with desk.newsroom.database.connect(name="looks", as_owner=True) as connection:
        row = connection.execute(
            "select count(*) from pg_stat_activity"
            " where wait_event_type = 'Lock' and application_name = 'factledger shared'"
        ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.thorough
def test_while_readers_ask_what_is_dear_the_desk_reads_and_files_other_readers_read_and_health_is_told(
    own_desk: Desk,
) -> None:
    story = own_desk.public()
    own_desk.newsroom.catch_up()
    with ThreadPoolExecutor(60) as callers, held(own_desk, "public_changes"):
        paths = [
            "/v1/corrections?limit=1",
            "/v1/corrections",
            "/v1/corrections/feed",
            "/v1/corrections?limit=2",
        ] * 15
        asked = asked_by_many(own_desk, callers, *paths)
        eventually(lambda: statements_held_up(own_desk) == 2)  # a quarter of eight
        desk, nobody = own_desk.client(), own_desk.client(None)
        assert desk.get(f"/v1/stories/{story}").status_code == 200
        assert own_desk.try_post(f"/v1/stories/{story}/facts", FACT).status_code == 201
        assert nobody.get("/healthz").status_code == 200
        assert nobody.get("/readyz").status_code == 200
        assert nobody.get("/v1/sources/ria").status_code == 200
        assert nobody.post("/v1/requests", json=REQUEST | {"story": story}).status_code == 201
        assert not any(answer.done() for answer in asked)
    assert {answer.result().status_code for answer in asked} == {200}


@pytest.mark.thorough
def test_what_many_readers_ask_at_once_is_worked_out_twice_at_most(own_desk: Desk) -> None:
    own_desk.public()
    own_desk.newsroom.catch_up()
    with ThreadPoolExecutor(30) as callers:
        with held(own_desk, "figures"):
            first = asked_by_many(own_desk, callers, FIGURES)
            eventually(lambda: statements_held_up(own_desk) == 1)
            asked = [*first, *asked_by_many(own_desk, callers, *[FIGURES] * 29)]
            time.sleep(0.5)
            assert statements_held_up(own_desk) == 1
        texts = {answer.result().text for answer in asked}
    assert len(texts) == 1


def run(work: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
    """What the work comes to, in a thread of its own: the browser of other tests keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work()).result()


def test_who_asks_after_something_was_withdrawn_is_not_told_what_was_begun_before() -> None:
    """Nobody shares an answer that was begun before they came."""

    async def ask() -> list[int]:
        room = Room(connections=None, size=4)  # type: ignore[arg-type]  # nobody reads here
        ledger, go_on = [1], asyncio.Event()

        async def work() -> int:
            seen = ledger[0]
            await go_on.wait()
            return seen

        early = [asyncio.ensure_future(room.answer_together("?", work))]
        await asyncio.sleep(0.01)
        ledger[0] = 2
        late = [asyncio.ensure_future(room.answer_together("?", work)) for _ in range(3)]
        await asyncio.sleep(0.01)
        go_on.set()
        return [await answer for answer in (*early, *late)]

    assert run(ask) == [1, 2, 2, 2]


@holds("READERS_WAITING", "READER_PATIENCE")
def test_so_many_wait_for_a_place_and_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "READERS_WAITING", 2)
    monkeypatch.setattr(limits, "READER_PATIENCE", 0.1)

    async def ask() -> None:
        room = Room(connections=None, size=1)  # type: ignore[arg-type]  # likewise
        go_on = asyncio.Event()
        inside = asyncio.ensure_future(room.answer(go_on.wait))
        await asyncio.sleep(0)
        waiting = [asyncio.ensure_future(room.answer(go_on.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(ServerBusy):
            await asyncio.wait_for(room.answer(go_on.wait), 0.01)
        for one in waiting:
            with pytest.raises(ServerBusy):
                await one
        go_on.set()
        await inside
        await room.answer(go_on.wait)

    run(ask)


@pytest.mark.thorough
@holds("STATEMENT_SECONDS")
def test_a_statement_that_takes_too_long_is_not_told_as_a_database_that_is_away(
    own_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STATEMENT_SECONDS", 0.3)
    with serving(own_desk.newsroom) as server, held(own_desk, "figures"):
        roles: tuple[Role | None, ...] = (None, "editor")
        for role in roles:
            answer = server.client(role).get(FIGURES)
            told = problem(answer, 503, "took-too-long")
            assert "longer than the server gives one question" in told["detail"]
            assert answer.headers["retry-after"] == "10"


@pytest.mark.thorough
@pytest.mark.parametrize("asked", ["?dry_run=true", pytest.param("", marks=pytest.mark.thorough)])
def test_a_command_whose_statement_takes_too_long_is_told_so(
    own_desk: Desk, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(limits, "COMMAND_SECONDS", 1.0)
    slug = own_desk.open()
    editor = own_desk.client("editor")
    with held(own_desk, "bodies"):
        answer = editor.post(f"/v1/stories/{slug}/facts{asked}", json=FACT, timeout=60)
        told = problem(answer, 503, "took-too-long")
        assert "Nothing was changed" in told["detail"]
    assert own_desk.get(f"/v1/stories/{slug}").json()["revision"] == 2


@pytest.mark.thorough
@holds("HEALTH_SECONDS")
def test_a_database_that_is_slow_is_told_as_slow(own_desk: Desk) -> None:
    with held(own_desk, "head"):
        began = time.monotonic()
        answer = own_desk.client(None).get("/readyz")
        assert time.monotonic() - began < limits.HEALTH_SECONDS + 2
    assert answer.status_code == 503
    assert answer.json()["reason"] == "the database took too long to answer"


@holds("READERS_PAGES", "LARGE_BODIES")
def test_so_much_is_worked_out_beside_the_event_loop_at_a_time(desk: Desk) -> None:
    state = desk.server.app.state
    assert state.readers_pages.total_tokens == limits.READERS_PAGES
    assert state.large_bodies.total_tokens == limits.LARGE_BODIES


def test_a_thread_is_taken_for_the_answer_alone(desk: Desk) -> None:
    """FastAPI takes one more for each dependency that is no coroutine, and that is dear."""

    def below(dependant: Any) -> Iterator[Callable[..., Any]]:
        for dependency in dependant.dependencies:
            yield dependency.call
            yield from below(dependency)

    routes = [route for route in desk.server.app.state.routes if isinstance(route, APIRoute)]
    depended_on = {each for route in routes for each in below(route.dependant)}
    assert len(routes) > 100
    assert {each.__qualname__ for each in depended_on if not inspect.iscoroutinefunction(each)} == set()
