"""Is everything as if nothing had happened, however often who builds the views anew, and who keeps them up, is killed?

With SIGKILL, at moments chosen by chance, while the ledger grows. FACTLEDGER_FAULT_SEED repeats the choices of a run,
though not the order in which processes come to it.
"""

import multiprocessing
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from psycopg import Connection

import projections.engine.rebuild
from ledger.refusals import RebuildUnderWay
from ledger.store.database import Database, Row
from projections.engine import bulk
from projections.engine.catch_up import position
from projections.engine.rebuild import cancel, rebuild
from projections.engine.worker import Worker
from tests.days import a_bit_of_everything
from tests.newsday import Day
from tests.newsroom import Newsroom
from tests.views import dump, dump_built_anew, eventually, head_of

SEED = int(os.environ.get("FACTLEDGER_FAULT_SEED", random.SystemRandom().randrange(10**6)))
SECONDS = 60  # a machine may have much else to do; nothing here is shown by how long it takes
AT_WORK = "select from pg_stat_activity where application_name in ('factledger rebuild', 'factledger worker')"

# Forked off a process that has loaded all of it, they are at work within milliseconds.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload([__name__])


def build_anew(database: Database) -> None:
    """In small steps, and with the help of other processes, which nobody kills when their parent is killed."""
    bulk.CHUNK_EVENTS, bulk._FOR_PROCESSES = 20, 100
    projections.engine.rebuild._PAGE_EVENTS = 20
    rebuild(database)


def keep_up(database: Database) -> None:
    worker = Worker(database)
    worker.start()
    time.sleep(600)


@pytest.fixture
def owner(newsroom: Newsroom) -> Iterator[Connection[Row]]:
    with newsroom.database.connect(name="overseer", as_owner=True) as connection:
        yield connection


@contextmanager
def growing(newsroom: Newsroom) -> Iterator[None]:
    """Facts come in all the time."""
    has_ended = Event()

    def file() -> None:
        while not has_ended.wait(0.02):
            newsroom.report()

    thread = Thread(target=file)
    thread.start()
    try:
        yield
    finally:
        has_ended.set()
        thread.join()


def killed(work: Callable[[Database], None], database: Database, seconds: float) -> bool:
    """Whether it still was at work after that time, and then was killed."""
    process = processes.Process(target=work, args=(database,))
    process.start()
    process.join(seconds)
    is_at_work = process.is_alive()
    process.kill()
    process.join()
    assert is_at_work or process.exitcode == 0
    process.close()
    return is_at_work


def relations(owner: Connection[Row]) -> list[Row]:
    """All tables and indexes that there are, wherever they are."""
    return owner.execute(
        "select n.nspname, c.relname, c.relkind, pg_get_indexdef(c.oid) from pg_class c"
        " join pg_namespace n on n.oid = c.relnamespace where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
        " order by 1, 2"
    ).fetchall()


def cancelled(database: Database) -> bool:
    try:
        cancel(database)
    except RebuildUnderWay:
        return False
    return True


@pytest.mark.thorough
@pytest.mark.parametrize("kills", [2, pytest.param(50, marks=pytest.mark.slow)])
def test_killed_at_any_moment_who_builds_views_and_who_moves_them_leave_nothing_behind(
    newsroom: Newsroom, owner: Connection[Row], kills: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(SEED)
    newsroom.open()
    a_bit_of_everything(Day(newsroom))
    newsroom.catch_up()
    begun = time.monotonic()
    build_in_another_process(newsroom.database)
    takes = time.monotonic() - begun
    before = relations(owner)
    at_work = 0
    with growing(newsroom):
        while at_work < kills:
            projector = Thread(target=killed, args=(keep_up, newsroom.database, chance.uniform(0.05, takes)))
            projector.start()
            at_work += killed(build_anew, newsroom.database, chance.uniform(0.05, takes))
            projector.join()
            # Whatever they held is free, and the views can be read.
            eventually(lambda: owner.execute(AT_WORK).rowcount == 0, SECONDS)
            assert position(newsroom.views) <= head_of(newsroom.views)
    held = "select from pg_locks where locktype = 'advisory'"
    assert owner.execute(held).rowcount == 0
    live = newsroom.catch_up()
    assert dump(newsroom.views) == dump_built_anew(newsroom.views, live)
    assert rebuild(newsroom.database) == live
    assert dump(newsroom.views) == dump_built_anew(newsroom.views, live)
    assert relations(owner) == before
    with capsys.disabled():
        print(f" seed {SEED}: a rebuild takes {takes:.1f} s ", end="")  # noqa: T201


def build_in_another_process(database: Database) -> None:
    process = processes.Process(target=build_anew, args=(database,))
    process.start()
    process.join(SECONDS)
    assert process.exitcode == 0
    process.close()
