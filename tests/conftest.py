"""Gives a test an empty database of a real PostgreSQL: the embedded one, or also the system's where it asks for it.

`database` is the URL of a new, empty database, dropped after the test. A test that is marked `every_postgres` runs
once for each server there is: its PostgreSQL is the one that comes with the ledger, then the newest that the system
has (15 or later). Servers start when first asked for and are gone, data and all, when the session ends.
"""

import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from api.server.embedded import SETTINGS, EmbeddedPostgres, shipped_binaries
from ledger.store.database import Database
from ledger.words import Role
from tests.browser import open_browser
from tests.desk import Desk, open_desk
from tests.newsroom import PREPARED, Newsroom, Server, fresh_database, prepare_once, serving
from tests.plain_browser import Browser as PlainBrowser

OLDEST_MAJOR = 15
DURABLE = "durable"


def postgres_binaries() -> dict[str, Path]:
    """The folders of PostgreSQL programs to test with, by a name for each."""
    on_path = shutil.which("postgres")
    found = [*Path("/usr/lib/postgresql").glob("*/bin"), *([Path(on_path).parent] if on_path else [])]
    majors = {_major(binaries): binaries for binaries in found if (binaries / "initdb").is_file()}
    newest = max(majors, default=0)
    return {"embedded": shipped_binaries()} | ({"system": majors[newest]} if newest >= OLDEST_MAJOR else {})


def _major(binaries: Path) -> int:
    asked = [str(binaries / "postgres"), "--version"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    number = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(number[1]) if number else 0


def pytest_configure() -> None:
    """A shell starts what runs in its background deaf to Ctrl-C, and what the tests start would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("every_postgres") and "database" in metafunc.fixturenames:
        metafunc.parametrize("database", list(postgres_binaries()), indirect=True)


# Those that take longest: should one of them come last, one process would be at it while the other has nothing to do.
LONGEST = (
    "test_leaks.py",
    "test_projections.py",
    "test_faults.py",
    "test_openapi.py",
    "test_command_line.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder for this test, gone after it. Unlike `tmp_path`, one that a server's user can come into."""
    with open_folder() as path:
        yield path


@contextmanager
def open_folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="factledger-test-"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path)


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], EmbeddedPostgres]]:
    """Answers the running server of a name in `postgres_binaries`, started when first asked for.

    Those do not wait for the disk: whatever is killed here, the machine goes on. DURABLE does, as a newsroom's.
    """
    started: dict[str, EmbeddedPostgres] = {}
    with ExitStack() as to_the_end:
        home = to_the_end.enter_context(open_folder())

        def server(name: str) -> EmbeddedPostgres:
            if name not in started:
                fresh = EmbeddedPostgres(home / name, postgres_binaries().get(name, shipped_binaries()))
                with pytest.MonkeyPatch.context() as patch:
                    if name != DURABLE:
                        patch.setitem(SETTINGS, "fsync", "off")
                    started[name] = to_the_end.enter_context(fresh)
                prepare_once(fresh)
            return started[name]

        yield server


@pytest.fixture(scope="session")
def cluster(servers: Callable[[str], EmbeddedPostgres]) -> EmbeddedPostgres:
    """The embedded PostgreSQL, running."""
    return servers("embedded")


@pytest.fixture
def database(request: pytest.FixtureRequest, servers: Callable[[str], EmbeddedPostgres]) -> Iterator[str]:
    """The libpq URL of a database of this test's own, as its superuser: empty, or the newsroom's where there is one."""
    is_ledger = "newsroom" in request.fixturenames
    server = servers(getattr(request, "param", "embedded"))
    with fresh_database(server, PREPARED if is_ledger else "template0") as url:
        yield url


@pytest.fixture
def newsroom(database: str) -> Iterator[Newsroom]:
    """A prepared ledger of this test's own, with its writer running."""
    with closing(Newsroom(Database(database))) as room:
        yield room


@pytest.fixture
def other(newsroom: Newsroom) -> Iterator[Newsroom]:
    """Another process on the newsroom's ledger: its own writer, cache and keyring; the same people."""
    another = Newsroom(newsroom.database)
    another.actors = newsroom.actors
    try:
        yield another
    finally:
        another.close()


@pytest.fixture
def server(newsroom: Newsroom) -> Iterator[Server]:
    """The HTTP application in a real server, on the newsroom's ledger."""
    with serving(newsroom) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; a test that asks for it is skipped where there is none, and says how to have it."""
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    """A desk that the tests of a file share; none of them breaks it."""
    with open_desk(servers) as opened:
        yield opened


@pytest.fixture(scope="module")
def browsers(desk: Desk) -> Iterator[Callable[[Role | None], PlainBrowser]]:
    """At the desk that the file shares: a browser without JavaScript for each role that is asked for, signed in."""
    opened: dict[Role | None, PlainBrowser] = {}

    def browser(role: Role | None = "editor") -> PlainBrowser:
        if role not in opened:
            opened[role] = PlainBrowser.of(desk.server, role)
        return opened[role]

    yield browser
    for one in opened.values():
        one.close()


@pytest.fixture(scope="module")
def editor(browsers: Callable[[Role | None], PlainBrowser]) -> PlainBrowser:
    return browsers("editor")
