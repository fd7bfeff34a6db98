"""Brings the ledger's schema to the present, one numbered step after the other, each once."""

import hashlib
import re
from importlib.resources import files
from typing import Final

import psycopg
from psycopg import sql

from ledger.store.database import OLDEST_POSTGRES, Database

# Digests of texts that ran for a day, other than those of today in a word of a comment.
_THE_SAME: Final = {
    "ce91dae35beb46a72795aff6dc782dd7b6a638e757ab698d553293c8498adb60": "append",
    "1712b32ef32de71c9ca0e2af199c4c5d460d92490ae87b7f84f41cae87e035d9": "grants",
    "125443ffa9ea829da59ea3043fd4c051b0b0ff91cd1b777e9f5b1d718ea25d18": "damage",
}


class MigrationRefused(Exception):
    """The database is not one that this program can migrate."""


def steps() -> list[tuple[int, str, str]]:
    """(number, name, SQL text) of every step there is, in order; the schema as it stands, beside them, is none."""
    folder = files("ledger.store") / "schema"
    names = sorted(entry.name for entry in folder.iterdir() if re.fullmatch(r"\d{4}_\w+\.sql", entry.name))
    return [(int(name[:4]), name[5:-4], (folder / name).read_text()) for name in names]


def migrate(database: Database) -> list[str]:
    """Runs the steps that are missing, all in one transaction; the names of those that ran.

    Needs a login that may create a schema and a role (or finds both there). Several at once wait for each other.
    """
    with database.connect(name="migrate", as_owner=True) as connection, connection.transaction():
        _refuse_old_servers(connection)
        connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"factledger {database.schema}"])
        connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(database.schema)))
        _ensure_app_role(connection, database)
        connection.execute(
            "create table if not exists migrations"
            " (number int primary key, name text not null, digest text not null,"
            " applied_at timestamptz not null default now())"
        )
        done = {
            row[0]: row[1] for row in connection.execute("select number, digest from migrations").fetchall()
        }
        ran = []
        for number, name, text in steps():
            digest = hashlib.sha256(text.encode()).hexdigest()
            if number in done:
                if done[number] != digest and _THE_SAME.get(done[number]) != name:
                    raise MigrationRefused(
                        f"step {number} ({name}) ran here with another text; steps are never edited"
                    )
                continue
            connection.execute(
                sql.SQL(text).format(
                    schema=sql.Identifier(database.schema),
                    app=sql.Identifier(database.app_role),
                    channel=sql.Literal(database.channel),
                )
            )
            connection.execute(
                "insert into migrations (number, name, digest) values (%s, %s, %s)", [number, name, digest]
            )
            ran.append(name)
        connection.execute(
            sql.SQL("grant select on migrations to {}").format(sql.Identifier(database.app_role))
        )
        newest = max(done, default=0)
        if newest > len(steps()):
            raise MigrationRefused(
                f"the schema is at step {newest}, this program knows {len(steps())}: upgrade it"
            )
        return ran


def pending(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """Names of the steps that have not run here; all of them where there is no ledger."""
    if connection.execute("select to_regclass('migrations')").fetchone() == (None,):
        return [name for _, name, _ in steps()]
    done = {row[0] for row in connection.execute("select number from migrations").fetchall()}
    return [name for number, name, _ in steps() if number not in done]


def _refuse_old_servers(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    version = connection.info.server_version // 10_000
    if version < OLDEST_POSTGRES:
        raise MigrationRefused(f"the server is PostgreSQL {version}; {OLDEST_POSTGRES} or later is needed")


def _ensure_app_role(connection: psycopg.Connection[tuple[object, ...]], database: Database) -> None:
    role = database.app_role
    if connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone() is None:
        try:
            with connection.transaction():
                connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))
        except psycopg.errors.InsufficientPrivilege as error:
            raise MigrationRefused(
                f"this login may not create roles; have one made:"
                f" create role {role} nologin; grant {role} to {connection.info.user}"
            ) from error
        except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            pass  # another ledger of this server made it just now
    member = connection.execute("select pg_has_role(current_user, %s, 'member')", [role]).fetchone()
    if member == (False,):
        connection.execute(
            sql.SQL("grant {} to {}").format(sql.Identifier(role), sql.Identifier(connection.info.user))
        )
