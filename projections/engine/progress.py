"""How far each view is, and what stands in its way: "does anything stand still, since when, and why?"."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from psycopg import Connection, sql

from ledger import limits
from ledger.refusals import NoSuchView, ViewIsNot
from ledger.store.database import Row

State = Literal["running", "paused", "failed"]
Failure = Literal["unknown_topic", "cannot_decode", "view_raised"]

DDL = """
create table projection (
    view text primary key,
    position bigint not null default 0,
    -- What its tables were made by; a program of another definition leaves them alone.
    definition text not null,
    tables text[] not null,
    state text not null default 'running' check (state in ('running', 'paused', 'failed')),
    since timestamptz not null default now(),
    reason text,
    -- The event that it could not take, of which kind the failure is, and what was raised.
    failed_at bigint,
    failure text check (failure in ('unknown_topic', 'cannot_decode', 'view_raised')),
    traceback text,
    -- How many events that it raised at are missing in it.
    missing int not null default 0,
    check ((state = 'failed') = (failed_at is not null))
) with (fillfactor = 40);
"""
SKIPS = """
create table projection_skips (
    skipped_at timestamptz not null default now(),
    view text not null,
    position bigint not null,
    failure text not null,
    reason text not null,
    traceback text not null
);
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """One view's place: its position is that of the last event in it."""

    view: str
    position: int
    definition: str
    state: State
    missing: int


Standing = Mapping[str, Progress]


def standing(connection: Connection[Row], schema: str | None = None) -> dict[str, Progress]:
    """Every view's place; `schema`: where to look if not where the connection looks."""
    table = sql.Identifier(schema, "projection") if schema else sql.Identifier("projection")
    rows = connection.execute(
        sql.SQL("select view, position, definition, state, missing from {}").format(table)
    )
    return {row[0]: Progress(*row) for row in rows}


def stopped(connection: Connection[Row]) -> list[Progress]:
    """The views that stand still, by name."""
    return sorted(
        (place for place in standing(connection).values() if place.state != "running"),
        key=lambda place: place.view,
    )


def position(connection: Connection[Row], views: Collection[str]) -> int:
    """How far all of the views are."""
    row = connection.execute(
        "select min(position) from projection where view = any(%s)", [list(views)]
    ).fetchone()
    assert row is not None
    return int(row[0])


@dataclass(frozen=True, slots=True)
class Reached:
    """How far views are. withdrawal: the position of the last event that took something from readers, before which no
    answer to one may be; noticed: of the last one, up to here and to what was asked for, by which readers saw anything
    else than before."""

    position: int
    withdrawal: int
    noticed: int


def reached(connection: Connection[Row], views: Collection[str], upto: int) -> Reached:
    row = connection.execute(
        "with place as materialized (select min(position) as position from projection where view = any(%s))"
        " select place.position, head.withdrawal, coalesce((select from_position from publications"
        "  where (is_edition or outdates) and from_position <= least(place.position, %s::bigint)"
        "  order by from_position desc limit 1), 0) from place cross join head",
        [list(views), upto],
    ).fetchone()
    assert row is not None
    return Reached(*row)


def tables(connection: Connection[Row], views: Collection[str]) -> list[str]:
    """The tables of the views, as whoever made them named them, in one order for all."""
    rows = connection.execute(
        "select unnest(tables) from projection where view = any(%s) order by 1", [list(views)]
    )
    return [table for (table,) in rows]


def store(connection: Connection[Row], views: Iterable[str], reached: int) -> None:
    """Moves the views on, and says so to whoever listens."""
    connection.execute(
        "with moved as (update projection set position = %(reached)s where view = any(%(views)s) returning 1)"
        " select pg_notify(current_schema() || %(suffix)s, %(text)s) from moved limit 1",
        {"reached": reached, "views": list(views), "suffix": MOVED, "text": str(reached)},
    )


MOVED: Final = "_views"  # behind the ledger's channel: where the views say how far they are


# --- What stands in a view's way ---------------------------------------------------------------------------------


def fail(connection: Connection[Row], view: str, at: int, failure: Failure, traceback: str) -> bool:
    """Stops a view before the event that it cannot take. Whether it stood there, and ran."""
    return (
        connection.execute(
            "update projection set state = 'failed', since = now(), failed_at = %(at)s, failure = %(failure)s,"
            " traceback = %(traceback)s where view = %(view)s and state = 'running' and position = %(at)s - 1",
            {
                "view": view,
                "at": at,
                "failure": failure,
                "traceback": traceback.replace("\0", "")[-limits.TRACEBACK_CHARACTERS :],
            },
        ).rowcount
        == 1
    )


def retry(connection: Connection[Row], view: str) -> int:
    """Lets a failed view try the event again; its position."""
    return _change(connection, view, "failed", "running")


def skip(connection: Connection[Row], view: str, reason: str) -> int:
    """Lets a failed view go on behind the event that it cannot take, which is recorded; its position."""
    with connection.transaction():
        connection.execute(
            "insert into projection_skips (view, position, failure, reason, traceback)"
            " select view, failed_at, failure, %(reason)s, traceback from projection"
            " where view = %(view)s and state = 'failed' for update",
            {"view": view, "reason": reason},
        )
        return _change(connection, view, "failed", "running", besides=_BEHIND_THE_EVENT)


_BEHIND_THE_EVENT = ", position = failed_at, missing = missing + (failure = 'view_raised')::int"


def pause(connection: Connection[Row], view: str, reason: str) -> int:
    """Stops a view that runs; its position."""
    return _change(connection, view, "running", "paused", reason)


def resume(connection: Connection[Row], view: str) -> int:
    """Lets a paused view go on; its position."""
    return _change(connection, view, "paused", "running")


def _change(
    connection: Connection[Row],
    view: str,
    was: State,
    becomes: State,
    reason: str | None = None,
    *,
    besides: str = "",
) -> int:
    row = connection.execute(
        "update projection set state = %(becomes)s, since = now(), reason = %(reason)s, failed_at = null,"
        f" failure = null, traceback = null{besides} where view = %(view)s and state = %(was)s returning position",
        {"view": view, "was": was, "becomes": becomes, "reason": reason},
    ).fetchone()
    if row is None:
        views = standing(connection)
        if view not in views:
            raise NoSuchView(view=view, views=", ".join(sorted(views)))
        raise ViewIsNot(view=view, state=views[view].state, wanted=was)
    connection.execute("select pg_notify(current_schema(), '')")  # the projector looks at once
    return int(row[0])


# --- What is shown of it -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """A view's place in full. lag_seconds: how long ago the first event that is not in it was recorded; skipped: how
    many events it was let pass by, since its tables were made."""

    view: str
    position: int
    lag_events: int
    lag_seconds: float
    state: State
    since: datetime
    reason: str | None
    failed_at: int | None
    failure: Failure | None
    traceback: str | None
    skipped: int


def report(connection: Connection[Row]) -> list[Report]:
    """Every view, by name."""
    rows = connection.execute(
        "select p.view, p.position, greatest(h.position - p.position, 0),"
        " coalesce(extract(epoch from greatest(clock_timestamp(), e.recorded_at) - e.recorded_at), 0)::float8,"
        " p.state, p.since, p.reason, p.failed_at, p.failure, p.traceback,"
        " (select count(*) from projection_skips s where s.view = p.view)"
        " from projection p cross join head h left join events e on e.position = p.position + 1 order by p.view"
    )
    return [Report(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Skip:
    """An event that a view was let pass by."""

    skipped_at: datetime
    view: str
    position: int
    failure: Failure
    reason: str


def skips(connection: Connection[Row], limit: int) -> list[Skip]:
    """The last ones first."""
    rows = connection.execute(
        "select skipped_at, view, position, failure, reason from projection_skips"
        " order by skipped_at desc, view limit %s",
        [limit],
    )
    return [Skip(*row) for row in rows]
