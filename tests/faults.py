"""What can break around a ledger, each fault done on purpose: it hurts, is felt, and is over when the function returns.

Everything that is hurt here was started here: a PostgreSQL of its own on a small disk, and servers in processes.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event as ThreadEvent
from threading import Thread
from typing import Final, LiteralString

import httpx2
import psycopg
import pytest

from api.server.embedded import EmbeddedPostgres
from ledger.commands import OpenStory, RegisterSource
from ledger.refusals import DatabaseAway
from ledger.store.database import Connection, Row
from ledger.store.store import MICROSECOND, read_head
from ledger.words import Role
from projections.engine.catch_up import position
from tests.callers import Caller, Known, calling, say_it_again
from tests.conftest import open_folder
from tests.history import (
    OF_WHAT_IS_ANSWERED,
    OF_WHAT_IS_RECORDED,
    Evidence,
    History,
    broken_laws,
    entries_of,
    folds_of,
)
from tests.newsroom import NO_TLS, Newsroom, prepared
from tests.proxy import Cut, Proxy
from tests.views import assert_views_equal_the_fold, dump, dump_built_anew, eventually, head_of

ROLES: Final[tuple[Role, ...]] = ("editor", "auditor")
HERE = Path(__file__).parent.parent
SECONDS = 60.0  # for whatever goes on by itself after a fault; most of it takes one or two
DISK_BYTES = 1 << 30
PROGRESS = 5  # that many acknowledged by each server, and that many answers
CUTS = 10  # what is cut off may be one that is repeated, or one that cannot be
BREACHES_TOLD = 20
PROGRAM = (sys.executable, "-c", "from api.terminal.command_line import main; main()")


# --- What is there to be hurt ------------------------------------------------------------------------------------


class Disk:
    """A small file system of our own, where we may mount one; else a folder that cannot be filled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        mounted = self._mount(f"size={DISK_BYTES}")
        self.why_never_full = (
            "" if mounted is None else f"no disk may be mounted here to be filled: {mounted}"
        )

    def close(self) -> None:
        if not self.why_never_full:
            subprocess.run(["umount", "--lazy", self.folder], check=True)

    def fill(self) -> None:
        """Its end is set at what it holds. That is refused while more is being written, and then done again."""
        eventually(lambda: self._mount(f"remount,size={self._used()}") is None, SECONDS)

    def free(self) -> None:
        refused = self._mount(f"remount,size={DISK_BYTES}")
        assert refused is None, refused

    def _used(self) -> int:
        about = os.statvfs(self.folder)
        return (about.f_blocks - about.f_bfree) * about.f_frsize

    def _mount(self, options: str) -> str | None:
        """Why it could not be done, if it could not."""
        if shutil.which("mount") is None or sys.platform != "linux":
            return "this is no Linux with a mount program"
        command = ["mount", "-t", "tmpfs", "-o", f"{options},mode=711", "tmpfs", str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stderr.strip() if done.returncode else None


class ServerProcess:
    """`factledger serve` in a process of its own, always at the same port."""

    def __init__(self, database_url: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "DATABASE_URL": database_url,
            "FACTLEDGER_PORT": str(self.port),
            "FACTLEDGER_LOG_LEVEL": "error",
            "FACTLEDGER_RATE": "1000000/minute",
            "FACTLEDGER_READER_RATE": "1000000/minute",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen([*PROGRAM, "serve"], cwd=HERE, env=self.environment)

    def is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"it ended by itself: {self._process.returncode}"
        with suppress(httpx2.TransportError):
            return httpx2.get(f"{self.url}/readyz", timeout=5, verify=NO_TLS).is_success
        return False

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        assert self._process.wait(SECONDS) == -signal.SIGKILL


class Bureau:
    """Two servers on one ledger, the first of which reaches its database through a proxy; and all that clients of them
    were told since it opened."""

    def __init__(self, disk: Disk, postgres: EmbeddedPostgres, proxy: Proxy, seed: int) -> None:
        self.disk = disk
        self.postgres = postgres
        self.proxy = proxy
        self.chance = random.Random(seed)
        self.history = History()
        self.database = prepared(postgres.url())
        self.servers = [ServerProcess(proxy.url), ServerProcess(postgres.url())]
        self._days = 0
        with self._filing() as newsroom:
            newsroom.file(RegisterSource(slug="ria", name="RIA", kind="agency"))
            self._secrets = {role: newsroom.issue_key(role)[0] for role in ROLES}

    def start_servers(self) -> None:
        for server in self.servers:
            server.start()
        self.await_servers()

    def kill_servers(self) -> None:
        for server in self.servers:
            server.kill()

    def await_servers(self) -> None:
        eventually(lambda: all(server.is_ready() for server in self.servers), SECONDS, step=0.05)

    @contextmanager
    def looking(self) -> Iterator[Connection[Row]]:
        """A connection of ours, past the proxy, as the schema's owner."""
        with self.database.connect(name="onlooker", as_owner=True) as connection:
            yield connection

    @contextmanager
    def a_day(self, callers: int) -> Iterator[None]:
        """That many clients write new stories and read them, until the end of the block; then much of what they said is
        said again, at each of the servers."""
        self._days += 1
        known = Known(self._new_stories(), self._secrets, [one.url for one in self.servers], self.history)
        clients = [
            Caller(f"{self._days}-{number}", known, random.Random(self.chance.random()))
            for number in range(callers + 1)
        ]
        with calling(clients[1:]):
            yield
        say_it_again(clients[0])

    def _new_stories(self) -> list[str]:
        slugs = [f"day-{self._days}-{name}" for name in ("one", "two", "three")]
        with self._filing() as newsroom:
            for slug in slugs:
                newsroom.file(OpenStory(slug=slug, headline="A headline", language="en", desk="world"))
        return slugs

    @contextmanager
    def _filing(self) -> Iterator[Newsroom]:
        newsroom = Newsroom(self.database)
        try:
            yield newsroom
        finally:
            newsroom.close()

    def await_progress(self) -> None:
        """Both servers have acknowledged some more, and clients were told of some stories."""

        def reached() -> list[int]:
            return [*map(self.history.acknowledged, range(len(self.servers))), len(self.history.answers)]

        before = reached()
        eventually(lambda: all(n >= m + PROGRESS for n, m in zip(reached(), before, strict=True)), SECONDS)

    def await_backend(self, connection: Connection[Row], asked: LiteralString) -> int:
        """The process id of a backend that is just then as it is wanted."""
        found: list[int] = []

        def is_there() -> bool:
            found[:] = [pid for (pid,) in connection.execute(asked)]
            return bool(found)

        eventually(is_there, SECONDS, step=0.001)
        return found[0]

    def run(self, verb: str) -> subprocess.Popen[bytes]:
        """`factledger`, past the proxy."""
        return subprocess.Popen([*PROGRAM, verb], cwd=HERE, env=self.servers[1].environment)

    def check(self) -> None:
        """Every law holds, of all that was ever asked here."""
        with self.looking() as connection:
            busy = "select from pg_stat_activity where application_name = 'factledger writer' and state <> 'idle'"
            eventually(lambda: connection.execute(busy).rowcount == 0, SECONDS)
            evidence = Evidence(self.history, entries_of(connection))
            tell(broken_laws(evidence, OF_WHAT_IS_RECORDED))
            evidence = replace(evidence, folds=folds_of(connection, self.history.answers))
            tell(broken_laws(evidence, OF_WHAT_IS_ANSWERED))
            self.await_servers()
            # By the servers' own doing, and only then by ours.
            eventually(lambda: position(connection) == head_of(connection), SECONDS)
            assert dump(connection) == dump_built_anew(connection, head_of(connection))
            assert_views_equal_the_fold(connection)


def tell(breaches: list[str]) -> None:
    assert not breaches, "\n".join(breaches[:BREACHES_TOLD])


@contextmanager
def open_bureau(seed: int) -> Iterator[Bureau]:
    with ExitStack() as to_the_end:
        disk = Disk(to_the_end.enter_context(open_folder()))
        to_the_end.callback(disk.close)
        postgres = EmbeddedPostgres(disk.folder / "postgres")
        to_the_end.callback(postgres.stop)
        postgres.start()
        proxy = to_the_end.enter_context(closing(Proxy(postgres.url())))
        bureau = Bureau(disk, postgres, proxy, seed)
        to_the_end.callback(bureau.kill_servers)
        bureau.start_servers()
        yield bureau


# --- What hurts --------------------------------------------------------------------------------------------------


def a_server_is_killed(bureau: Bureau) -> None:
    """Each in its turn, while it is at work."""
    for server in bureau.servers:
        bureau.await_progress()
        time.sleep(bureau.chance.uniform(0, 0.05))
        server.kill()
        server.start()
        bureau.await_servers()


_BACKEND = "select pid from pg_stat_activity where application_name = "
A_GROUP_IS_RECORDED: Final = f"{_BACKEND} 'factledger writer' and state = 'active'"
A_REBUILD_IS_UNDER_WAY: Final = f"{_BACKEND} 'factledger rebuild' and xact_start is not null"
A_PAGE_IS_PROJECTED: Final = (
    "select pid from pg_locks where mode = 'RowExclusiveLock' and relation = 'revisions'::regclass"
)


def a_projector_is_killed(bureau: Bureau) -> None:
    """That of the servers, in the middle of a page, and with it the servers; then one that builds the views anew."""
    with bureau.looking() as connection:
        bureau.await_backend(connection, A_PAGE_IS_PROJECTED)
        bureau.kill_servers()
        bureau.start_servers()
        rebuild = bureau.run("rebuild")
        bureau.await_backend(connection, A_REBUILD_IS_UNDER_WAY)
        rebuild.kill()
        assert rebuild.wait() == -signal.SIGKILL


def a_backend_is_killed(bureau: Bureau) -> None:
    """One that records. PostgreSQL then ends all of them, recovers and goes on."""
    with bureau.looking() as connection:
        recording = bureau.await_backend(connection, A_GROUP_IS_RECORDED)
        os.kill(recording, signal.SIGKILL)
        eventually(lambda: _is_gone(connection), SECONDS)


def _is_gone(connection: Connection[Row]) -> bool:
    with suppress(psycopg.OperationalError):
        connection.execute("select")
        return False
    return True


def the_database_is_killed(bureau: Bureau) -> None:
    """All of its processes. It does not come back by itself; that is for whoever runs it."""
    server = bureau.postgres._server
    assert server is not None
    assert server.child is not None
    server.child.kill()
    while processes := server.cluster.processes():
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        server.child.wait()
    time.sleep(bureau.chance.uniform(0, 0.5))
    the_database_is_restarted(bureau)


def the_database_is_restarted(bureau: Bureau) -> None:
    bureau.postgres.stop()
    bureau.postgres.start()


def the_connection_is_cut_before_a_commit(bureau: Bureau) -> None:
    _cut(bureau, Cut.BEFORE)


def the_connection_is_cut_during_a_commit(bureau: Bureau) -> None:
    _cut(bureau, Cut.DURING)


def the_connection_is_cut_after_a_commit(bureau: Bureau) -> None:
    _cut(bureau, Cut.AFTER)


def _cut(bureau: Bureau, moment: Cut) -> None:
    for _ in range(CUTS):
        bureau.proxy.order(moment)
        bureau.proxy.await_cut(SECONDS)


def the_disk_is_full(bureau: Bureau) -> None:
    """Until nobody can record anything for a second. Should PostgreSQL have ended over it, it is started again."""
    if bureau.disk.why_never_full:
        pytest.skip(bureau.disk.why_never_full)
    bureau.disk.fill()
    try:
        eventually(lambda: _nothing_is_acknowledged(bureau.history), SECONDS)
    finally:
        bureau.disk.free()
    eventually(lambda: _answers(bureau), SECONDS)


def _nothing_is_acknowledged(history: History) -> bool:
    before = history.acknowledged()
    time.sleep(1)
    return history.acknowledged() == before


def _answers(bureau: Bureau) -> bool:
    server = bureau.postgres._server
    assert server is not None
    if not server._is_running():
        the_database_is_restarted(bureau)
    with suppress(DatabaseAway), bureau.looking():
        return True
    return False


def the_clock_is_set_back(bureau: Bureau) -> None:
    """That of the database, by an hour: `append` is made to find another clock before PostgreSQL's own."""
    schema = bureau.database.schema
    with bureau.looking() as connection:
        connection.execute(
            f"create or replace function {schema}.clock_timestamp() returns timestamptz language sql"
            " as $$ select pg_catalog.clock_timestamp() - interval '1 hour' $$".encode()
        )
        _let_append_look_in(connection, f"{schema}, pg_catalog, pg_temp")
        try:
            _await_events(connection)  # whoever was at it still had the old clock
            start, begun, _ = read_head(connection)
            _await_events(connection)
            head, ended, _ = read_head(connection)
        finally:
            _let_append_look_in(connection, f"{schema}, pg_temp")
        assert ended - begun == (head - start) * MICROSECOND, "the clock was not set back"


def _await_events(connection: Connection[Row], number: int = 30) -> None:
    start = head_of(connection)
    eventually(lambda: head_of(connection) > start + number, SECONDS)


def _let_append_look_in(connection: Connection[Row], schemas: str) -> None:
    (append,) = connection.execute("select 'append'::regproc::regprocedure::text").fetchone() or ("",)
    connection.execute(f"alter function {append} set search_path = {schemas}".encode())


FAULTS: tuple[Callable[[Bureau], None], ...] = (
    a_server_is_killed,
    a_projector_is_killed,
    a_backend_is_killed,
    the_database_is_killed,
    the_database_is_restarted,
    the_connection_is_cut_before_a_commit,
    the_connection_is_cut_during_a_commit,
    the_connection_is_cut_after_a_commit,
    the_disk_is_full,
    the_clock_is_set_back,
)


@contextmanager
def rebuilding(bureau: Bureau) -> Iterator[None]:
    """Somebody builds the views anew all the time; whatever becomes of that, afterwards it can be done."""
    ending = ThreadEvent()

    def rebuild() -> None:
        while not ending.is_set():
            bureau.run("rebuild").wait()

    thread = Thread(target=rebuild)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
    assert bureau.run("rebuild").wait() == 0
