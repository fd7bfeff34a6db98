"""How to reach the ledger's database: one schema, one role, one search path."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolTimeout

from ledger import limits
from ledger.refusals import DatabaseAway, ServerBusy, TookTooLong

__all__ = ["Connection", "Connections", "Database", "DatabaseError", "Row", "take"]

Row = tuple[Any, ...]
DatabaseError = psycopg.Error  # for api/, which knows the database by this file alone
OLDEST_POSTGRES = 15
CLOCK_SKEW = "factledger.clock_skew"  # the setting of a connection that holds what is allowed


@dataclass(frozen=True, slots=True)
class Database:
    """url: libpq URL or keywords of a login that may use the schema; schema: the ledger's own, nothing else in it;
    skew: seconds that the database's clock may be from ours."""

    url: str
    schema: str = "factledger"
    skew: float = limits.CLOCK_SKEW

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", self.schema):
            raise ValueError(f"schema {self.schema!r}: use a-z, 0-9 and _, a letter first, at most 40")

    @property
    def app_role(self) -> str:
        """The role of the running application: it may read and append, and owns nothing."""
        return f"{self.schema}_app"

    @property
    def channel(self) -> str:
        """Where an append says which position it reached."""
        return self.schema

    def connect(self, *, name: str, as_owner: bool = False, **settings: str) -> Connection[Row]:
        """A connection in autocommit mode.

        It acts as the application's role unless `as_owner`: then as the login itself, to migrate.
        """
        try:
            return psycopg.connect(self.url, autocommit=True, **self._arguments(name, as_owner, settings))
        except psycopg.OperationalError as error:
            raise DatabaseAway from error

    def readers(self, size: int, seconds: float | None = None) -> "Connections":
        """At most `size` connections, shared by the threads of a process; close them. seconds: for one statement, if
        not the usual ones."""
        settings = {"statement_timeout": str(int((seconds or limits.STATEMENT_SECONDS) * 1_000))}
        return Connections(
            ConnectionPool(
                self.url,
                kwargs={
                    "autocommit": True,
                    **self._arguments("shared", as_owner=False, settings=settings),
                },
                min_size=1,
                max_size=size,
                name="shared",
                open=True,
                timeout=5.0,
                # The pool doubles its pauses up to this long; beyond it, whoever asks next makes it try at once.
                reconnect_timeout=1.0,
            )
        )

    def _arguments(self, name: str, as_owner: bool, settings: dict[str, str]) -> dict[str, Any]:
        options = {
            "search_path": self.schema,
            "timezone": "UTC",
            "jit": "off",
            "synchronous_commit": "on",
            CLOCK_SKEW: f"{self.skew:g}s",
            **settings,
        }
        if not as_owner:
            options["role"] = self.app_role
        return {
            "application_name": f"factledger {name}",
            "connect_timeout": 5,
            "options": " ".join(f"-c {key}={value}" for key, value in options.items()),
        }


def take(connection: Connection[Row], lock: str) -> bool:
    """Takes the lock of that name, for as long as the connection lasts, if nobody holds it; whether that was so."""
    row = connection.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [lock]).fetchone()
    return row == (True,)


def release(connection: Connection[Row], lock: str) -> None:
    """Gives it back, at once: the server notices a little later that a connection was closed."""
    with suppress(psycopg.Error):  # a connection that is broken holds nothing
        connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [lock])


# The database is there, and did not do in time what it was asked: of that it has done nothing.
TOO_LONG = (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable)


class Connections:
    """A pool of connections. DatabaseAway where there is none to be had, or where one breaks in use; ServerBusy where
    all are in use; TookTooLong where a statement did."""

    def __init__(self, pool: ConnectionPool[Connection[Row]]) -> None:
        self._pool = pool
        self._lock = Lock()
        self._lent = 0

    @contextmanager
    def lend(self, patience: float | None = None) -> Iterator[Connection[Row]]:
        """A connection for the caller alone; `patience`: seconds to wait for one, if not those of the pool."""
        try:
            with self._pool.connection(patience) as connection, self._counted():
                yield connection
        except PoolTimeout as error:
            raise (ServerBusy if self._lent >= self._pool.max_size else DatabaseAway) from error
        except TOO_LONG as error:
            raise TookTooLong from error
        except (psycopg.OperationalError, psycopg.InternalError) as error:
            raise DatabaseAway from error

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._lent += 1
        try:
            yield
        finally:
            with self._lock:
                self._lent -= 1

    def mend(self) -> None:
        """Looks at each connection that nobody has, and puts a new one in the place of one that is broken."""
        self._pool.check()

    def close(self) -> None:
        self._pool.close()
