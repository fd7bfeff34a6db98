"""The editions of a story on the line of time: which one was public then, and which stand beside it?"""

from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection

from ledger.database import Row
from projections.reader_replay import Moment

_COLUMNS = "revision, from_position, since"
_EDITIONS = "from publications where story = %(story)s and is_edition"


@dataclass(frozen=True, slots=True)
class Memento:
    """An edition of a story; `at` is when readers saw it first, `position` that of its publication."""

    revision: int
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


def at(connection: Connection[Row], then: Moment, instant: datetime) -> Beside:
    """Around the last edition that was public by the end of a second: dates of HTTP know no parts of one, so an
    edition is found by its own date. Before the first edition the first."""
    row = connection.execute(
        "select position from events where recorded_at <= %s order by recorded_at desc limit 1",
        [instant.replace(microsecond=999_999)],
    ).fetchone()
    return _beside(connection, then.story.number, row[0] if row else 0)


def of(connection: Connection[Row], then: Moment) -> Beside:
    """Around the edition that the moment shows."""
    return _beside(connection, then.story.number, then.shown.edition_position)


def _beside(connection: Connection[Row], story: int, position: int) -> Beside:
    rows = connection.execute(
        f"(select 'first', {_COLUMNS} {_EDITIONS} order by from_position limit 1)"
        f" union all (select 'last', {_COLUMNS} {_EDITIONS} order by from_position desc limit 1)"
        f" union all (select 'up to', {_COLUMNS} {_EDITIONS} and from_position <= %(position)s"
        "  order by from_position desc limit 2)"
        f" union all (select 'beyond', {_COLUMNS} {_EDITIONS} and from_position > %(position)s"
        "  order by from_position limit 2)",
        {"story": story, "position": position},
    ).fetchall()
    found: dict[str, list[Memento]] = {"first": [], "last": [], "up to": [], "beyond": []}
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


def part(connection: Connection[Row], then: Moment, after: int, limit: int) -> Part | None:
    """At most `limit` editions beyond a position, up to the moment; None where there are none."""
    bounds = {"story": then.story.number, "after": after, "upto": then.asked_position, "limit": limit + 1}
    rows = connection.execute(
        f"select {_COLUMNS} {_EDITIONS} and from_position > %(after)s and from_position <= %(upto)s"
        " order by from_position limit %(limit)s",
        bounds,
    ).fetchall()
    if not rows:
        return None
    mementos = [Memento(*row) for row in rows]
    beside = _beside(connection, then.story.number, mementos[0].position)
    following = mementos.pop() if len(mementos) > limit else None
    return Part(beside.first, beside.last, mementos, following)
