"""The one way a view moves: a page of events at a time, every event once, in order, whoever asks for it."""

import hashlib

import psycopg
from psycopg import Connection, sql

from ledger.database import Database, Row
from ledger.refusals import ViewsOfAnotherRelease
from ledger.store import LedgerMapper, read_page
from projections import (
    approvals,
    corrections,
    fact_versions,
    members,
    publications,
    requests,
    revisions,
    search,
    shaken,
    source_usage,
    sources,
    story_now,
    story_versions,
)
from projections.documents import EDITION
from projections.pages import work_out
from projections.view import View

# story_now and story_versions hold what `work_out` looks up; the page is worked out before any of them moves.
# shaken looks into story_now and source_usage as they are after the page, so it comes behind them.
VIEWS: tuple[View, ...] = (
    members.VIEW,
    sources.VIEW,
    story_now.VIEW,
    story_versions.VIEW,
    fact_versions.VIEW,
    revisions.VIEW,
    publications.VIEW,
    approvals.VIEW,
    corrections.VIEW,
    source_usage.VIEW,
    requests.VIEW,
    search.VIEW,
    shaken.VIEW,
)
PAGE_EVENTS = 1_000
_MAPPER = LedgerMapper()


def set_up(database: Database) -> bool:
    """Makes the views' tables; makes them anew, empty, where their definition changed. Whether it made any.

    Runs as the owner of the schema. The tables then belong to the application's role to fill and empty.
    """
    definition = _definition()
    with database.connect(name="set up views", as_owner=True) as connection, connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"factledger {database.schema}"])
        connection.execute(
            "create table if not exists projection (one boolean primary key default true check (one),"
            " position bigint not null default 0, definition text not null, tables text[] not null)"
        )
        row = connection.execute("select definition from projection").fetchone()
        if row == (definition,):
            return False
        # The leader lock before any table, as a page is projected; and the row stays, for those who wait for it.
        connection.execute("select 1 from projection for update")
        app = sql.Identifier(database.app_role)
        for (old,) in connection.execute("select unnest(tables) from projection").fetchall():
            connection.execute(sql.SQL("drop table {}").format(sql.Identifier(old)))
        for view in VIEWS:
            connection.execute(view.ddl.encode())
            for table in view.tables:
                connection.execute(
                    sql.SQL("grant select, insert, update, delete, truncate on {} to {}").format(
                        sql.Identifier(table), app
                    )
                )
        connection.execute(sql.SQL("grant select, update on projection to {}").format(app))
        connection.execute(
            "insert into projection (definition, tables) values (%s, %s)"
            " on conflict (one) do update set position = 0, definition = excluded.definition,"
            " tables = excluded.tables",
            [definition, [table for view in VIEWS for table in view.tables]],
        )
        return True


def catch_up(
    connection: Connection[Row],
    up_to: int | None = None,
    *,
    page_events: int = PAGE_EVENTS,
    patience: float = 0,
) -> int:
    """Moves every view to `up_to`, or as far as the ledger goes; the position reached.

    Each page is one transaction that holds the leader lock, so pages of several callers follow each other and none is
    projected twice. `patience`: seconds to wait for the lock, 0 for as long as it takes; psycopg.errors.
    LockNotAvailable when it runs out.
    """
    while True:
        with connection.transaction():
            if patience:
                connection.execute("select set_config('lock_timeout', %s, true)", [str(int(patience * 1000))])
            reached = _lead(connection)
            if up_to is not None and reached >= up_to:
                return reached
            events = read_page(connection, reached, page_events, _MAPPER)
            if not events:
                return reached
            page = work_out(connection, events)
            for view in VIEWS:
                view.project(connection, page)
            connection.execute("update projection set position = %s", [page.upto])


def rebuild(connection: Connection[Row]) -> int:
    """Builds every view anew from position 1; the position reached.

    One transaction: readers see the old views until the new ones are whole, and an interrupted rebuild leaves the old.
    """
    with connection.transaction():
        _lead(connection)
        for view in VIEWS:
            for table in view.tables:
                connection.execute(sql.SQL("delete from {}").format(sql.Identifier(table)))
        connection.execute("update projection set position = 0")
        return catch_up(connection)


def position(connection: Connection[Row]) -> int:
    """How far the views are."""
    row = connection.execute("select position from projection").fetchone()
    assert row is not None
    return int(row[0])


def is_set_up(connection: Connection[Row]) -> bool:
    try:
        row = connection.execute("select definition from projection").fetchone()
    except psycopg.errors.UndefinedTable:
        return False
    return row == (_definition(),)


def _definition() -> str:
    """What the views are made by: their tables, and the edition of the documents in them."""
    return hashlib.sha256("".join((*(view.ddl for view in VIEWS), f"edition {EDITION}")).encode()).hexdigest()


def _lead(connection: Connection[Row]) -> int:
    """Takes the leader lock; the position that the views are at. Refuses views that another release has made."""
    row = connection.execute("select position, definition from projection for update").fetchone()
    assert row is not None
    if row[1] != _definition():
        raise ViewsOfAnotherRelease
    return int(row[0])
