"""Makes what a careless operator makes: a database that goes back in time, a clock that is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.store.database import Database


class Backup:
    """The database as it is now; `put_back` puts it in the place of what that has become, under whoever runs on it."""

    def __init__(self, database: Database) -> None:
        self._name = str(conninfo_to_dict(database.url)["dbname"])
        self._url = make_conninfo(database.url, dbname="postgres")
        self._kept = f"backup_{uuid4().hex}"
        with psycopg.connect(self._url, autocommit=True) as admin, _nobody_in(admin, self._name):
            _copy(admin, self._name, self._kept)

    def put_back(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as admin:
            with _nobody_in(admin, self._name):
                admin.execute(sql.SQL("drop database {}").format(sql.Identifier(self._name)))
            _copy(admin, self._kept, self._name)

    def drop(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as admin:
            admin.execute(sql.SQL("drop database {}").format(sql.Identifier(self._kept)))


@contextmanager
def backup(database: Database) -> Iterator[Backup]:
    kept = Backup(database)
    try:
        yield kept
    finally:
        kept.drop()


def _copy(admin: psycopg.Connection[tuple[object, ...]], name: str, to: str) -> None:
    admin.execute(
        sql.SQL("create database {} template {} strategy file_copy").format(
            sql.Identifier(to), sql.Identifier(name)
        )
    )


@contextmanager
def _nobody_in(admin: psycopg.Connection[tuple[object, ...]], name: str) -> Iterator[None]:
    allow = sql.SQL("alter database {} with allow_connections {}")
    admin.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
    admin.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s", [name])
    try:
        yield
    finally:
        there = admin.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
        if there:
            admin.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


def set_clock(database: Database, ahead: timedelta) -> None:
    """Sets the clock by which this ledger records: its functions, as they are, find other functions of that name first.
    Only whoever owns the schema can do that."""
    shadow = f"{database.schema}_clock"
    with database.connect(name="clock", as_owner=True) as owner, owner.transaction():
        owner.execute(f"drop schema if exists {shadow} cascade".encode())
        owner.execute(f"create schema {shadow}".encode())
        owner.execute(f"grant usage on schema {shadow} to {database.app_role}".encode())
        for name in ("clock_timestamp", "statement_timestamp"):
            owner.execute(
                f"create function {shadow}.{name}() returns timestamptz language sql volatile as"
                f" $$ select pg_catalog.{name}() + interval '{ahead.total_seconds()} s' $$".encode()
            )
        path = f"{shadow}, pg_catalog, {database.schema}, pg_temp"
        for function in ("append", "promise_past"):
            owner.execute(f"alter function {function} set search_path = {path}".encode())
