"""Makes the views' tables, and says which of them another release has made."""

import psycopg
from psycopg import Connection, sql

from ledger.store.database import Database, Row
from projections.engine import progress
from projections.engine.catch_up import lead
from projections.views.catalogue import VIEW, VIEWS, definition
from projections.views.view import View


def set_up(database: Database) -> bool:
    """Makes the tables of every view that has none, and drops those of views that are no more. Whether it made any.

    Runs as the owner of the schema. The tables then belong to the application's role to fill and empty. Those that
    another release has made stay as they are: they are built anew beside (`rebuild`).
    """
    with database.connect(name="set up views", as_owner=True) as connection, connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"factledger {database.schema}"])
        if _is_there(connection, "projection_skips"):
            # The lead before any table, as a page is projected.
            lead(connection)
        else:
            _forget_the_first_form(connection)
            make_places(connection, database.app_role)
            connection.execute(progress.SKIPS.encode())
            app = sql.Identifier(database.app_role)
            connection.execute(sql.SQL("grant select, insert on projection_skips to {}").format(app))
        standing = progress.standing(connection)
        for name in standing.keys() - VIEW.keys():
            drop(connection, name)
        missing = [view for view in VIEWS if view.name not in standing]
        for view in missing:
            make(connection, view, database.app_role)
            index(connection, view)
        return bool(missing)


def make_places(connection: Connection[Row], app_role: str) -> None:
    """Where each view's place will stand, in the schema that the connection sees first."""
    connection.execute(progress.DDL.encode())
    connection.execute(sql.SQL("grant select, update on projection to {}").format(sql.Identifier(app_role)))


def make(connection: Connection[Row], view: View, app_role: str) -> None:
    """The view's tables, empty and without the indexes that only readers need, in the schema that the connection sees
    first."""
    connection.execute(view.ddl.encode())
    for table in view.tables:
        connection.execute(
            sql.SQL("grant select, insert, update, delete, truncate on {} to {}").format(
                sql.Identifier(table), sql.Identifier(app_role)
            )
        )
    connection.execute(
        "insert into projection (view, definition, tables) values (%s, %s, %s)",
        [view.name, definition(view), list(view.tables)],
    )


def index(connection: Connection[Row], view: View) -> None:
    """The indexes that only readers need."""
    if view.indexes:
        connection.execute(view.indexes.encode())


def drop(connection: Connection[Row], view: str) -> None:
    """The view's tables, whoever made them, and its place."""
    row = connection.execute("delete from projection where view = %s returning tables", [view]).fetchone()
    for table in row[0] if row else ():
        connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(table)))


def is_set_up(connection: Connection[Row]) -> bool:
    """Whether every view has tables, of this or another release."""
    try:
        return progress.standing(connection).keys() == VIEW.keys()
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        return False


def of_another_release(connection: Connection[Row]) -> list[str]:
    """The views whose tables are made by another definition."""
    standing = progress.standing(connection)
    return [
        view.name
        for view in VIEWS
        if view.name in standing and standing[view.name].definition != definition(view)
    ]


def unreadable(connection: Connection[Row]) -> list[str]:
    """Of which views nothing can be said before these are built anew: those whose tables have not all columns that
    this program reads, and new ones, which wait for those that they look into."""
    outdated = of_another_release(connection)
    if not outdated:
        return []
    columns: dict[str, set[str]] = {}
    for table, name in connection.execute(
        "select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid"
        " where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'"
        " and a.attnum > 0 and not a.attisdropped"
    ).fetchall():
        columns.setdefault(table, set()).add(name)
    lacking = [
        name
        for name in outdated
        if any(
            not columns.get(table.name, set()) >= {*table.columns}
            for table in VIEW[name].rows
            if table.name in VIEW[name].tables
        )
    ]
    places = {name: place.position for name, place in progress.standing(connection).items()}
    return lacking + sorted(name for name, at in places.items() if at == 0 < max(places.values()))


def _is_there(connection: Connection[Row], table: str) -> bool:
    return connection.execute("select to_regclass(%s)", [table]).fetchone() != (None,)


def _forget_the_first_form(connection: Connection[Row]) -> None:
    """At first all views had one place together; they are built anew from nothing."""
    if _is_there(connection, "projection"):
        connection.execute("select 1 from projection for update")
        for (table,) in connection.execute("select unnest(tables) from projection").fetchall():
            connection.execute(sql.SQL("drop table {}").format(sql.Identifier(table)))
        connection.execute("drop table projection")
