"""How to reach the ledger's database: one schema, one role, one search path."""

import re
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

from ledger.refusals import LedgerUnavailable

Row = tuple[Any, ...]
OLDEST_POSTGRES = 15


@dataclass(frozen=True, slots=True)
class Database:
    """url: libpq URL or keywords of a login that may use the schema; schema: the ledger's own, nothing else in it."""

    url: str
    schema: str = "factledger"

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
            raise LedgerUnavailable from error

    def pool(self, *, name: str, size: int, **settings: str) -> ConnectionPool[Connection[Row]]:
        """A pool of `connect`ed connections, filled on demand; close it."""
        return ConnectionPool(
            self.url,
            kwargs={"autocommit": True, **self._arguments(name, False, settings)},
            min_size=1,
            max_size=size,
            name=name,
            open=True,
            timeout=5.0,
        )

    def _arguments(self, name: str, as_owner: bool, settings: dict[str, str]) -> dict[str, Any]:
        options = {
            "search_path": self.schema,
            "timezone": "UTC",
            "jit": "off",
            "synchronous_commit": "on",
            **settings,
        }
        if not as_owner:
            options["role"] = self.app_role
        return {
            "application_name": f"factledger {name}",
            "connect_timeout": 5,
            "options": " ".join(f"-c {key}={value}" for key, value in options.items()),
        }
