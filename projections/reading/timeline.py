"""The editions of a story on the line of time: which one was public then, and which stand beside it?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg import Connection

from ledger.store.database import Row

PLACES: Final = ("first", "last", "up to", "beyond")
_COLUMNS = "edition, from_position, since"
_EDITIONS = "from publications where story = %(story)s::bigint and is_edition"


@dataclass(frozen=True, slots=True)
class Memento:
    """An edition of a story; `at` is when readers saw it first, `position` that of its publication."""

    edition: int
    position: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Beside:
    """An edition and its neighbours; `first` and `last` of all may be itself."""

    first: Memento
    before: Memento | None
    this: Memento
    after: Memento | None
    last: Memento


def at(connection: Connection[Row], story: int, instant: datetime) -> Beside:
    """Around the last edition that was public by the end of a second: dates of HTTP know no parts of one, so an
    edition is found by its own date. Before the first edition the first."""
    row = connection.execute(
        "select position from events where recorded_at <= %s order by recorded_at desc limit 1",
        [instant.replace(microsecond=999_999)],
    ).fetchone()
    return _beside(connection, story, row[0] if row else 0)


def _beside(connection: Connection[Row], story: int, position: int) -> Beside:
    rows = connection.execute(beside(), {"story": story, "edition": position})
    return in_place(rows)


def beside() -> str:
    """SQL: the rows of a Beside around the last edition of %(story)s up to the position %(edition)s: where it stands,
    and a Memento."""
    return (
        f"with e as not materialized (select {_COLUMNS} {_EDITIONS})"
        " (select 'first' as place, * from e order by from_position limit 1)"
        " union all (select 'last', * from e order by from_position desc limit 1)"
        " union all (select 'up to', * from e where from_position <= %(edition)s"
        "  order by from_position desc limit 2)"
        " union all (select 'beyond', * from e where from_position > %(edition)s order by from_position limit 2)"
    )


def in_place(rows: Iterable[Row]) -> Beside:
    found: dict[str, list[Memento]] = {place: [] for place in PLACES}
    for place, *columns in rows:
        found[place].append(Memento(*columns))
    (first,), (last,) = found["first"], found["last"]
    up_to = sorted(found["up to"], key=lambda memento: -memento.position)
    beyond = sorted(found["beyond"], key=lambda memento: memento.position)
    if not up_to:
        this, *later = beyond
        return Beside(first, None, this, later[0] if later else None, last)
    this, *earlier = up_to
    return Beside(first, earlier[0] if earlier else None, this, beyond[0] if beyond else None, last)


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive editions, oldest first; `following` is the one behind them."""

    first: Memento
    last: Memento
    mementos: list[Memento]
    following: Memento | None


def part(connection: Connection[Row], story: int, after: int, upto: int, limit: int) -> Part | None:
    """At most `limit` editions beyond a position and up to another; None where there are none."""
    bounds = {"story": story, "after": after, "upto": upto, "limit": limit + 1}
    rows = connection.execute(
        f"select {_COLUMNS} {_EDITIONS} and from_position > %(after)s and from_position <= %(upto)s"
        " order by from_position limit %(limit)s",
        bounds,
    ).fetchall()
    if not rows:
        return None
    mementos = [Memento(*row) for row in rows]
    beside = _beside(connection, story, mementos[0].position)
    following = mementos.pop() if len(mementos) > limit else None
    return Part(beside.first, beside.last, mementos, following)
