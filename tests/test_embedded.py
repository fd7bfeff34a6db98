"""Does the embedded PostgreSQL start, stop, survive and refuse as it should, for root and for an ordinary user?"""

import logging
import multiprocessing
import os
import pwd
import signal
import stat
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from api.server import embedded
from api.server.embedded import EmbeddedPostgres, EmbeddedPostgresError, shipped_binaries
from tests.conftest import open_folder, postgres_binaries

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: the server must run as somebody else")
only_linux = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes in /proc")

ROOT = Path(__file__).parent.parent

USES_A_SERVER = """
import sys
from pathlib import Path
from api.server.embedded import EmbeddedPostgres
import psycopg
with EmbeddedPostgres(Path(sys.argv[1])) as server:
    try:
        print(server.pid, flush=True)
        sys.stdin.read()
    except KeyboardInterrupt:
        with psycopg.connect(server.url()) as db:
            print(db.execute("select 'still here'").fetchone()[0], flush=True)
"""


@pytest.fixture
def home(folder: Path) -> Iterator[Path]:
    """Where a server can be started on new data."""
    yield folder / "home"
    assert not processes_under(folder)


@pytest.fixture(scope="module")
def shared_home() -> Iterator[Path]:
    with open_folder() as folder:
        with EmbeddedPostgres(folder / "home"):
            pass
        yield folder / "home"


@pytest.fixture
def used_home(shared_home: Path) -> Iterator[Path]:
    """Where a server has been used before and can be started in no time; for tests that leave the data whole."""
    assert not processes_under(shared_home)
    yield shared_home
    assert not processes_under(shared_home)


def processes_under(folder: Path) -> list[str]:
    """What still works in the folder: the links that every server process has to its data."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            place = link.readlink()
        except OSError:
            continue
        if place.is_relative_to(folder):
            found.append(f"{link.parent.name} in {place}")
    return found


def ask(server: EmbeddedPostgres, question: str) -> object:
    with psycopg.connect(server.url()) as db:
        row = db.execute(question).fetchone()
    assert row is not None
    return row[0]


def do(server: EmbeddedPostgres, *statements: str) -> None:
    with psycopg.connect(server.url()) as db:
        for statement in statements:
            db.execute(statement)


def socket_folder(server: EmbeddedPostgres) -> Path:
    return Path(parse_qs(urlsplit(server.url()).query)["host"][0])


@contextmanager
def another_user_of(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that uses the server of this home until its input ends; its first line is the server's number."""
    with subprocess.Popen(
        [sys.executable, "-c", USES_A_SERVER, str(home)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        start_new_session=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def as_user(user: str, task: Callable[[], None]) -> None:
    """Run the task in a child that has become this user. A fork: that user may not reach our interpreter."""

    def become_and_run() -> None:
        who = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(who.pw_gid)
        os.setuid(who.pw_uid)
        task()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a fork beside threads: the child touches none
        child = multiprocessing.get_context("fork").Process(target=become_and_run)
        child.start()
    child.join(60)
    assert child.exitcode == 0


@pytest.mark.thorough
@pytest.mark.parametrize("postgres", postgres_binaries())
def test_a_new_server_keeps_what_it_acknowledges(home: Path, postgres: str) -> None:
    with EmbeddedPostgres(home, postgres_binaries()[postgres]) as server:
        for setting, value in {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "data_checksums": "on",
            "server_encoding": "UTF8",
            "listen_addresses": "",
            "timezone": "UTC",
        }.items():
            assert ask(server, f"show {setting}") == value
        assert ask(server, "select current_database()") == "factledger"
        assert ask(server, "select 'é' > 'z'"), "text sorts by code point, on every machine alike"
        assert (
            home / "VERSION"
        ).read_text() == f"{int(str(ask(server, 'show server_version_num'))) // 10000}\n"


@pytest.mark.thorough
def test_a_second_start_finds_the_data_of_the_first(used_home: Path) -> None:
    with EmbeddedPostgres(used_home) as server:
        do(server, "create table kept (text text)", "insert into kept values ('Kim travelled')")
    with EmbeddedPostgres(used_home) as server:
        assert ask(server, "select text from kept") == "Kim travelled"


@pytest.mark.thorough
def test_the_last_user_stops_the_server(used_home: Path) -> None:
    first, second = EmbeddedPostgres(used_home), EmbeddedPostgres(used_home)
    first.start()
    second.start()
    second.start()  # twice is once
    assert first.pid == second.pid
    first.stop()
    first.stop()
    assert ask(second, "select 1") == 1
    with pytest.raises(EmbeddedPostgresError, match="has not been started"):
        first.url()
    first.start()
    second.stop()
    assert ask(first, "select 1") == 1
    first.stop()
    assert not processes_under(used_home)


@pytest.mark.thorough
def test_a_server_outlives_a_killed_user_and_is_adopted(used_home: Path) -> None:
    with another_user_of(used_home) as killed:
        pid = first_line(killed)
        killed.kill()
        killed.wait()
    with EmbeddedPostgres(used_home) as server:
        assert str(server.pid) == pid
        assert ask(server, "select 1") == 1
    assert not processes_under(used_home)


@pytest.mark.thorough
def test_a_killed_server_recovers_what_it_acknowledged(used_home: Path) -> None:
    server = EmbeddedPostgres(used_home)
    server.start()
    do(server, "create table recovered (text text)", "insert into recovered values ('Kim travelled')")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    with EmbeddedPostgres(used_home) as again:
        assert again.pid != server.pid
        assert ask(again, "select text from recovered") == "Kim travelled"
        server.stop()
        assert ask(again, "select 1") == 1


@pytest.mark.thorough
@only_linux
def test_a_process_number_that_is_used_again_is_not_taken_for_the_server(used_home: Path) -> None:
    with EmbeddedPostgres(used_home):
        note = used_home / "cluster/data/postmaster.pid"
        lines = note.read_text().splitlines()
    owner = note.parent.stat()
    note.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    os.chown(note, owner.st_uid, owner.st_gid)
    with EmbeddedPostgres(used_home) as server:
        assert server.pid != os.getpid()
        assert ask(server, "select 1") == 1


@pytest.mark.thorough
def test_starts_at_once_share_one_server(home: Path) -> None:
    with another_user_of(home) as one, another_user_of(home) as two, another_user_of(home) as three:
        users = (one, two, three)
        assert len({first_line(user) for user in users}) == 1
        for user in users:
            assert user.stdin is not None
            user.stdin.close()
        assert [user.wait(20) for user in users] == [0, 0, 0]
    assert not processes_under(home)


@pytest.mark.thorough
def test_ctrl_c_reaches_us_and_not_the_server(used_home: Path) -> None:
    with another_user_of(used_home) as process:
        first_line(process)
        os.killpg(process.pid, signal.SIGINT)
        assert first_line(process) == "still here"
        assert process.wait(20) == 0
    assert not processes_under(used_home)


@pytest.mark.thorough
def test_data_of_another_major_version_are_refused_and_left_alone(used_home: Path) -> None:
    with EmbeddedPostgres(used_home) as server:
        do(server, "create table old_data (text text)")
    (used_home / "VERSION").write_text("17\n")
    with pytest.raises(
        EmbeddedPostgresError, match=r"(?s)PostgreSQL 17.*PostgreSQL 18.*pg_dump.*move .* away"
    ):
        EmbeddedPostgres(used_home).start()
    assert not processes_under(used_home)
    (used_home / "VERSION").unlink()
    with pytest.raises(EmbeddedPostgresError, match="VERSION cannot be read"):
        EmbeddedPostgres(used_home).start()
    (used_home / "VERSION").write_text("18\n")
    with EmbeddedPostgres(used_home) as server:
        assert ask(server, "select count(*) from old_data") == 0


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["with space", "a,b \"c\" 'd' %41 é", "deep/" * 40 + "home"])
def test_any_path_will_do(folder: Path, home: Path, name: str) -> None:
    with EmbeddedPostgres(folder / name) as server:
        assert ask(server, "select 1") == 1
        sockets = socket_folder(server)
        assert len(os.fsencode(sockets / ".s.PGSQL.5432")) <= 103
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE((sockets / ".s.PGSQL.5432").stat().st_mode) == 0o700
    assert sockets.is_relative_to(folder) or not sockets.exists(), "what lay in the temporary folder is gone"


@pytest.mark.thorough
def test_a_socket_folder_that_somebody_else_prepared_is_refused(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "tmp").mkdir(mode=0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
    deep = folder / ("deep/" * 40) / "home"
    with EmbeddedPostgres(deep) as server:
        sockets = socket_folder(server)
        assert sockets.parent == folder / "tmp"
    assert not sockets.exists()

    def is_refused() -> None:
        with pytest.raises(EmbeddedPostgresError, match="must be a folder of mode 0700 that belongs to"):
            EmbeddedPostgres(deep).start()

    (folder / "elsewhere").mkdir(mode=0o700)
    sockets.symlink_to(folder / "elsewhere")
    is_refused()
    sockets.unlink()
    sockets.mkdir()
    os.chown(sockets, (deep / "cluster/data").stat().st_uid, -1)
    sockets.chmod(0o777)
    is_refused()
    if os.geteuid() == 0:
        sockets.chmod(0o700)
        os.chown(sockets, 12345, 12345)
        is_refused()
    assert not list(sockets.iterdir())


def test_a_folder_with_other_things_in_it_is_refused(home: Path) -> None:
    home.mkdir()
    (home / "thesis.txt").write_text("do not touch")
    with pytest.raises(EmbeddedPostgresError, match="holds other things"):
        EmbeddedPostgres(home).start()
    assert [entry.name for entry in home.iterdir()] == ["thesis.txt"]


def test_the_environment_of_the_caller_changes_nothing(
    used_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGPORT": "6543",
        "PGDATA": "/nowhere",
        "PGHOST": "nowhere",
        "TZ": "Asia/Pyongyang",
    }.items():
        monkeypatch.setenv(name, value)
    with EmbeddedPostgres(used_home) as server:
        assert ask(server, "show timezone") == "UTC"


def test_a_failed_start_says_what_the_server_said(used_home: Path) -> None:
    vital = used_home / "cluster/data/global/pg_control"
    content = vital.read_bytes()
    vital.write_bytes(b"")
    said = r'(?s)ended with -?\d+; it said:.*could not read file "global/pg_control"'
    with pytest.raises(EmbeddedPostgresError, match=said):
        EmbeddedPostgres(used_home).start()
    vital.write_bytes(content)


@pytest.mark.thorough
def test_texts_do_not_live_on_in_the_servers_log(used_home: Path) -> None:
    with EmbeddedPostgres(used_home) as server:
        do(server, "create table secrets (text text primary key)", "insert into secrets values ('a secret')")
        with pytest.raises(psycopg.errors.UniqueViolation, match="a secret"):
            do(server, "insert into secrets values ('a secret')")
    logged = "".join(file.read_text() for file in (used_home / "cluster/log").iterdir())
    assert "duplicate key value" in logged
    assert "a secret" not in logged


@pytest.mark.thorough
def test_old_and_huge_logs_are_dropped(used_home: Path) -> None:
    with EmbeddedPostgres(used_home):
        pass
    huge, old = used_home / "cluster/log/huge.log", used_home / "cluster/log/old.log"
    huge.touch()
    os.truncate(huge, embedded.LOG_BYTES + 1)
    old.touch()
    os.utime(old, (0, 0))
    with EmbeddedPostgres(used_home):
        assert not huge.exists()
        assert not old.exists()


@pytest.mark.thorough
def test_remove_leaves_nothing_and_refuses_while_it_is_used(home: Path) -> None:
    with another_user_of(home) as process:
        first_line(process)
        with pytest.raises(EmbeddedPostgresError, match="used by another process"):
            EmbeddedPostgres(home).remove()
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0
    EmbeddedPostgres(home).remove()
    EmbeddedPostgres(home).remove()
    assert not home.exists()


@pytest.mark.thorough
def test_a_home_that_is_deleted_under_the_server_does_not_keep_it_running(home: Path) -> None:
    with EmbeddedPostgres(home) as server:
        home.rename(home.with_name("gone"))
        assert server.pid is not None
    assert not processes_under(home.parent)


@pytest.mark.thorough
@only_root
@only_linux
def test_root_runs_the_server_as_nobody_and_opens_no_folder(home: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    home.mkdir(mode=0o700)
    before = {parent: parent.stat().st_mode for parent in (*home.parents, *shipped_binaries().parents)}
    with EmbeddedPostgres(home) as server:
        status = Path(f"/proc/{server.pid}/status").read_text().splitlines()
        ids = {
            line.split(":")[0]: line.split()[1:]
            for line in status
            if line.startswith(("Uid", "Gid", "Groups"))
        }
        assert ids == {"Uid": [str(nobody.pw_uid)] * 4, "Gid": [str(nobody.pw_gid)] * 4, "Groups": []}
        for private in ("data", "log", "socket"):
            found = (home / "cluster" / private).stat()
            assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (nobody.pw_uid, 0o700)
        assert home.stat().st_uid == 0
        assert not home.stat().st_mode & 0o022
    assert before == {parent: parent.stat().st_mode for parent in before}


@pytest.mark.thorough
@only_root
def test_root_runs_the_server_of_a_users_folder_as_that_user(home: Path) -> None:
    owner = pwd.getpwnam("daemon")
    home.mkdir()
    os.chown(home, owner.pw_uid, owner.pw_gid)
    with EmbeddedPostgres(home):
        pass
    assert {entry.lstat().st_uid for entry in (home, *home.iterdir(), home / "cluster/data")} == {
        owner.pw_uid
    }
    open_to_all = embedded._copy_programs(shipped_binaries(), home.with_name("programs"))

    def start_as_the_user() -> None:
        with EmbeddedPostgres(home, open_to_all) as server:
            assert ask(server, "select 1") == 1

    as_user("daemon", start_as_the_user)


@pytest.mark.thorough
@only_root
def test_an_ordinary_user_runs_it_too(home: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    home.chmod(0o700)
    open_to_all = embedded._copy_programs(shipped_binaries(), home.with_name("programs"))

    def start_twice() -> None:
        for _ in range(2):
            with EmbeddedPostgres(home / "deeper", open_to_all) as server:
                assert ask(server, "select 1") == 1
                assert Path(f"/proc/{server.pid}").stat().st_uid == nobody.pw_uid

    as_user("nobody", start_twice)


@only_root
def test_an_ordinary_user_is_told_when_the_data_are_roots(used_home: Path) -> None:
    def start() -> None:
        with pytest.raises(EmbeddedPostgresError, match="Permission denied"):
            EmbeddedPostgres(used_home).start()

    as_user("nobody", start)


@pytest.mark.thorough
@only_root
def test_what_the_servers_user_cannot_reach_is_kept_elsewhere(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(embedded, "WHEN_HOME_IS_OUT_OF_REACH", folder / "elsewhere")
    hidden = embedded._copy_programs(shipped_binaries(), closed / "environment")
    monkeypatch.setattr(embedded, "shipped_binaries", lambda: hidden)
    with caplog.at_level(logging.WARNING), EmbeddedPostgres(closed / "home") as server:
        assert ask(server, "select 1") == 1
        place = (closed / "home/cluster").readlink()
        assert place.parent == folder / "elsewhere"
        assert f"its data are in {place}" in caplog.text
        assert f"{place}/binaries" in Path(f"/proc/{server.pid}/cmdline").read_text()
        assert all(file.stat().st_uid == 0 for file in (place / "binaries").rglob("*"))
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    with EmbeddedPostgres(closed / "home") as server:
        assert ask(server, "select 1") == 1
    EmbeddedPostgres(closed / "home").remove()
    assert not place.exists()
    assert not (closed / "home").exists()


@only_root
def test_root_that_may_not_become_another_is_told_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pytest.raises(
        EmbeddedPostgresError, match=r"does not let us become nobody .* start as an ordinary user"
    ):
        EmbeddedPostgres(home).start()


def test_two_tests_never_share_a_database(database: str) -> None:
    with psycopg.connect(database) as db:
        assert db.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)
        db.execute("create table facts (text text)")


test_two_tests_never_share_a_database_again = test_two_tests_never_share_a_database


@pytest.mark.thorough
@pytest.mark.every_postgres
def test_a_marked_test_runs_on_each_postgres(database: str) -> None:
    with psycopg.connect(database) as db:
        assert db.info.server_version >= 150_000
