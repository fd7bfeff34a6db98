"""Fills the empty tables of views with whole streams: by COPY, indexes last, in several threads and processes.

What is to be done stands in a table beside the new ones, a stretch of streams a row, so a rebuild that was killed goes
on from there. Whoever has time takes the next row, folds its streams, writes what came of them, and marks it as done in
the same transaction.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from threading import Lock
from typing import Final

from psycopg import Connection, sql

from ledger.store.database import Database, Row
from ledger.store.store import OUT_OF_PLACE
from projections.engine.folding import (
    AT_ONCE,
    COLUMNS,
    Folder,
    Names,
    copied,
    fold_whole,
    happened,
    read_stream,
)
from projections.engine.writing import copy
from projections.views import grounds
from projections.views.catalogue import chosen
from projections.views.happened import Happened
from projections.views.view import Rows, Table, View

CHUNK_EVENTS = 2_000  # of whole streams, or one stream that has more
_THREADS: Final = 2  # one folds while the database takes in what the other has folded
_FOR_PROCESSES = 50_000  # events, from which on it pays to start others

DDL = """
create table chunks (
    first bigint primary key, -- the streams that were opened from here
    until bigint not null, -- up to here,
    goal bigint not null, -- with their events up to here
    events bigint not null,
    is_done boolean not null default false
);
create table indexes_to_come (place serial, of_table text not null, statement text not null);
-- What views hand on to be settled:
create table causes (position bigint, story bigint, fact int, source text, what text, desk text);
create table counts (source text, what text, number bigint);
create table moved (story bigint);
create table renamed (position bigint, source text);
"""
_HANDED_ON: Final = ("causes", "counts", "moved", "renamed")
TABLES: Final = ("chunks", "indexes_to_come", *_HANDED_ON)


def plan(owner: Connection[Row], beside: str, app_role: str, goal: int) -> None:
    """Divides the streams, and takes the indexes away from the new tables until these are full. Of the schema that the
    connection sees first."""
    owner.execute(DDL.encode())
    owner.execute(
        "insert into chunks select min(first), max(first), %(goal)s, sum(events) from ("
        "  select first, events, (sum(events) over (order by first) - 1)::bigint / %(size)s as chunk from ("
        "   select e.position as first, last.version as events from events e"
        "   cross join lateral (select version from events l where l.stream_id = e.stream_id"
        "    and l.position <= %(goal)s order by version desc limit 1) last"
        f"   where e.version = 1 and e.position <= %(goal)s and not {OUT_OF_PLACE}) streams) divided group by chunk",
        {"goal": goal, "size": CHUNK_EVENTS},
    )
    _take_indexes_away(owner, beside)
    app = sql.Identifier(app_role)
    owner.execute(sql.SQL("grant select, update on chunks to {}").format(app))
    for table in _HANDED_ON:
        owner.execute(sql.SQL("grant select, insert on {} to {}").format(sql.Identifier(table), app))


def _take_indexes_away(owner: Connection[Row], beside: str) -> None:
    constraints = owner.execute(
        "select r.relname, c.conname, pg_get_constraintdef(c.oid) from pg_constraint c"
        " join pg_class r on r.oid = c.conrelid where c.connamespace = %s::regnamespace and c.contype in ('p', 'u')"
        " and r.relname <> all(%s) order by c.oid",
        [beside, ["projection", *TABLES]],
    ).fetchall()
    for table, name, told in constraints:
        owner.execute(
            sql.SQL("alter table {} drop constraint {}").format(sql.Identifier(table), sql.Identifier(name))
        )
        _remember(owner, table, f'alter table "{beside}"."{table}" add constraint "{name}" {told}')
    indexes = owner.execute(
        "select tablename, indexname, indexdef from pg_indexes where schemaname = %s and tablename <> all(%s)",
        [beside, ["projection", *TABLES]],
    ).fetchall()
    for table, name, told in indexes:
        owner.execute(sql.SQL("drop index {}").format(sql.Identifier(beside, name)))
        _remember(owner, table, told)


def _remember(owner: Connection[Row], table: str, statement: str) -> None:
    owner.execute("insert into indexes_to_come (of_table, statement) values (%s, %s)", [table, statement])


def done(connection: Connection[Row]) -> tuple[int, int]:
    """How many events are through, and up to which position it goes."""
    row = connection.execute(
        "select coalesce(sum(events) filter (where is_done), 0)::bigint, coalesce(max(goal), 0) from chunks"
    ).fetchone()
    assert row is not None
    return row[0], row[1]


# --- Filling -----------------------------------------------------------------------------------------------------

Told = Callable[[int, int], None]  # how many events are through, of how many


def fill(database: Database, search_path: str, views: Sequence[View], told: Told) -> None:
    """Fills the tables. `told` is told after each stretch, by one thread at a time; what it raises ends it all.
    Raises ViewRaised."""
    lock, is_over = Lock(), False

    def work() -> None:
        nonlocal is_over
        with database.connect(name="rebuild", search_path=search_path) as connection:
            names = Names(connection)
            try:
                while not is_over and _fill_next(connection, views, names):
                    with lock:
                        if not is_over:
                            told(*done(connection))
            except BaseException:
                is_over = True
                raise

    with database.connect(name="rebuild", search_path=search_path) as connection:
        through, goal = done(connection)
    helpers = _others(database, search_path, views) if goal - through >= _FOR_PROCESSES else []
    try:
        with ThreadPoolExecutor(_THREADS, "ledger rebuild") as threads:
            for future in [threads.submit(work) for _ in range(_THREADS)]:
                future.result()
        for helper in helpers:
            helper.join()
        work()  # what one of them has left undone
    finally:
        for helper in helpers:
            helper.terminate()


def _others(database: Database, search_path: str, views: Sequence[View]) -> list[BaseProcess]:
    """Other processes, one for each further core."""
    names = [view.name for view in views]
    spawning = get_context("spawn")
    helpers: list[BaseProcess] = []
    for _ in range((os.cpu_count() or 1) - 1):
        helpers.append(spawning.Process(target=_help, args=(database, search_path, names), daemon=True))
        helpers[-1].start()
    return helpers


def _help(database: Database, search_path: str, names: Sequence[str]) -> None:
    """What another process is started for. What it cannot do, the first one finds, too, and says so."""
    with database.connect(name="rebuild", search_path=search_path) as connection:
        asked = Names(connection)
        while _fill_next(connection, chosen(names), asked):
            pass


def _fill_next(connection: Connection[Row], views: Sequence[View], names: Names) -> bool:
    """Takes the next stretch that nobody else has; whether there was one."""
    with connection.transaction():
        chunk = connection.execute(
            "select first, until, goal from chunks where not is_done order by first limit 1 for update skip locked"
        ).fetchone()
        if chunk is None:
            return False
        rows: dict[Table, list[str]] = {table: [] for view in views for table in view.rows}
        for folder in _folded(connection, views, names, *chunk):
            for one in folder.rows():
                rows[one.table].append(copied(one.written))
        for table, texts in rows.items():
            if any(texts):
                copy(connection, table.name, table.columns, "".join(texts))
        connection.execute("update chunks set is_done = true where first = %s", [chunk[0]])
    return True


def _folded(
    connection: Connection[Row], views: Sequence[View], names: Names, first: int, until: int, goal: int
) -> Iterator[Folder]:
    """Each of the streams."""
    with connection.cursor("streams") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(
            f"select {COLUMNS} from events o join events e on e.stream_id = o.stream_id and e.position <= %(goal)s"
            " join bodies b on b.position = e.position where o.version = 1 and o.position between %(first)s and"
            " %(until)s order by o.position, e.version",
            {"first": first, "until": until, "goal": goal},
        )
        events = _Pushed(map(happened, cursor))
        while events.ahead is not None:
            stream = events.ahead.stream
            yield fold_whole(views, names, events.of_one(), partial(read_stream, connection, stream, goal))


class _Pushed:
    """Events of streams that come one after the other, of which the next is seen before it is taken."""

    def __init__(self, events: Iterator[Happened | None]) -> None:
        self._events = (event for event in events if event is not None)
        self.ahead = next(self._events, None)

    def of_one(self) -> Iterator[Happened]:
        stream = self.ahead and self.ahead.stream
        while self.ahead is not None and self.ahead.stream == stream:
            event, self.ahead = self.ahead, None
            yield event
            self.ahead = next(self._events, None)


# --- What comes last ---------------------------------------------------------------------------------------------


def index(database: Database, beside: str, views: Sequence[View]) -> None:
    """Makes the indexes: all at once costs less than row by row. Several tables at a time."""
    with database.connect(name="rebuild", as_owner=True, search_path=beside) as owner:
        rows = owner.execute(
            "select of_table, place, statement from indexes_to_come order by place"
        ).fetchall()
    to_come: dict[str, list[tuple[int | None, str]]] = {}
    for table, place, statement in rows:
        to_come.setdefault(table, []).append((place, statement))
    for view in views:
        to_come.setdefault(view.tables[0], []).append((None, view.indexes or "select"))

    def make(statements: Sequence[tuple[int | None, str]]) -> None:
        with database.connect(name="rebuild", as_owner=True, search_path=beside) as owner:
            for place, statement in statements:
                with owner.transaction():
                    owner.execute(statement.encode())
                    owner.execute("delete from indexes_to_come where place = %s", [place])

    with ThreadPoolExecutor(_THREADS, "ledger rebuild") as threads:
        list(threads.map(make, to_come.values()))


def settle(builder: Connection[Row], views: Sequence[View]) -> None:
    """What crosses streams, in the order of positions; then the views are where the streams were read to."""
    with builder.transaction():
        for view in views:
            for handed_on in (table for table in view.rows if table.name not in view.tables):
                assert view.settle is not None
                with builder.cursor("handed_on") as cursor:
                    cursor.execute(
                        f"select {', '.join(handed_on.columns)} from {handed_on.name} order by {handed_on.key[0]}"
                    )
                    while some := cursor.fetchmany(AT_ONCE):
                        sheets = {table.name: Rows(table) for table in view.rows}
                        sheets[handed_on.name].begun = list(map(list, some))
                        view.settle(builder, sheets)
            if grounds.ROWS in view.rows:
                grounds.forget_the_past(builder)
        builder.execute("update projection set position = (select max(goal) from chunks)")


def forget(owner: Connection[Row]) -> None:
    for table in TABLES:
        owner.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(table)))
