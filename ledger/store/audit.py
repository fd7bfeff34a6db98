"""The audit trail: events as the rows they are, for people who check them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from ledger import limits
from ledger.events import topic_of
from ledger.source import SourceRegistered
from ledger.store.database import Row
from ledger.story import StoryOpened

# Text throughout: what is stored is what is shown. An auditor recomputes commitment = HMAC-SHA-256(salt, body) over
# the body's bytes exactly as they stand here. How a reader can be reached is for those who answer, and not shown here:
# with the salt, a guess could be tried.
_IS_WITHHELD = "e.topic = 'contact-left.v1' and b.body is not null"
_EVENT = f"""
select e.position,
       '{{"position":' || e.position || ',"recorded_at":"'
       || to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","topic":"' || e.topic
       || '","stream_id":"' || e.stream_id || '","version":' || e.version || ',"actor":"' || e.actor
       || '","event_id":"' || e.event_id || '","request_id":"' || e.request_id
       || '","commitment":"' || encode(e.commitment, 'hex')
       || case when {_IS_WITHHELD} then '","salt":null,"body":null,"withheld":true}}'
          else '","salt":' || coalesce('"' || encode(b.salt, 'hex') || '"', 'null')
               || ',"body":' || coalesce(b.body, 'null') || '}}' end
from events e join bodies b using (position)
"""


def page(connection: Connection[Row], after: int, limit: int) -> Sequence[tuple[int, str]]:
    """(position, JSON text) of the events beyond a position, in order."""
    return connection.execute(
        # Said of both tables: of one alone, the planner would read the other from its beginning.
        _EVENT
        + " where e.position > %(after)s and b.position > %(after)s order by e.position limit %(limit)s",
        {"after": after, "limit": limit},
    ).fetchall()


def one(connection: Connection[Row], position: int) -> str | None:
    row = connection.execute(_EVENT + " where e.position = %s", [position]).fetchone()
    return row[1] if row else None


# --- Looking for some of them ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filters:
    """Which events are looked for, by all that is given. since: recorded then or later; until: recorded before."""

    stream: UUID | None = None
    actor: UUID | None = None
    topic: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Events in order, each (position, JSON text); about: JSON text, which story or source each of their streams is of;
    `following`: beyond which position to go on, even if nothing was found so far; None at the end."""

    items: Sequence[tuple[int, str]]
    about: str
    following: int | None


def search(connection: Connection[Row], filters: Filters, after: int, limit: int) -> Found:
    """What is asked for of the events beyond a position. Only streams and time have an index, so that an append costs
    no more: of the rest so many events are looked at in one go."""
    after, upto = _positions(connection, filters, after)
    if filters.stream is None:
        first, last = after, upto
    else:
        first, last = (_last_version(connection, filters.stream, position) for position in (after, upto))
    look_upto = min(first + limits.EVENTS_LOOKED_AT, last)
    place, stream = ("position", "") if filters.stream is None else ("version", " and stream_id = %(stream)s")
    rows = connection.execute(
        f"select position from events where {place} > %(first)s and {place} <= %(upto)s{stream}"
        + (" and actor = %(actor)s" if filters.actor is not None else "")
        + (" and topic = %(topic)s" if filters.topic is not None else "")
        + f" order by {place} limit %(limit)s",
        {
            "first": first,
            "upto": look_upto,
            "limit": limit + 1,
            "stream": filters.stream,
            "actor": filters.actor,
            "topic": filters.topic,
        },
    ).fetchall()
    positions = [position for (position,) in rows]
    following = None
    if len(positions) > limit:
        following = positions[limit - 1]
    elif look_upto < last:
        following = (
            look_upto if filters.stream is None else _position_of(connection, filters.stream, look_upto)
        )
    some = positions[:limit]
    return Found(_some(connection, some), _about(connection, some), following)


def _about(connection: Connection[Row], positions: Sequence[int]) -> str:
    """Each stream is named by its first event."""
    row = connection.execute(
        "select coalesce(json_object_agg(stream_id, json_build_object(what, b.body::json ->> 'slug')), '{}')::text"
        " from (select distinct stream_id from events where position = any(%(some)s)) as streams"
        " join events e using (stream_id) join bodies b on b.position = e.position"
        " join (values (%(story)s, 'story'), (%(source)s, 'source')) as opened (topic, what) on opened.topic = e.topic"
        " where e.version = 1",
        {"some": list(positions), "story": topic_of(StoryOpened), "source": topic_of(SourceRegistered)},
    ).fetchone()
    assert row is not None
    return str(row[0])


def _positions(connection: Connection[Row], filters: Filters, after: int) -> tuple[int, int]:
    """Beyond which position to begin, and with which to end: time rises with them."""
    row = connection.execute(
        "select greatest(%(after)s, case when %(since)s::timestamptz is null then 0 else coalesce("
        "  (select position - 1 from events where recorded_at >= %(since)s order by recorded_at limit 1), position)"
        " end),"
        " case when %(until)s::timestamptz is null then position else coalesce("
        "  (select position from events where recorded_at < %(until)s order by recorded_at desc limit 1), 0)"
        " end from head",
        {"after": after, "since": filters.since, "until": filters.until},
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def _last_version(connection: Connection[Row], stream: UUID, position: int) -> int:
    """A version beyond which the stream's next event is beyond a position; 0 where there is none up to it. Halves:
    positions rise with versions, so no index has to hold both; in a stream that is damaged versions have gaps."""
    row = connection.execute(
        "with recursive half (low, high) as ("
        " select 0::bigint, coalesce(max(version), 0) from events where stream_id = %(stream)s"
        " union all"
        " select case when is_before then middle else low end, case when is_before then high else middle - 1 end"
        " from (select low, high, (low + high + 1) / 2 as middle, coalesce((select position <= %(position)s from events"
        "   where stream_id = %(stream)s and version <= (low + high + 1) / 2 order by version desc limit 1), true)"
        "   as is_before"
        "  from half where low < high) as looked"
        ") select low from half where low = high",
        {"stream": stream, "position": position},
    ).fetchone()
    assert row is not None
    return int(row[0])


def _position_of(connection: Connection[Row], stream: UUID, version: int) -> int:
    row = connection.execute(
        "select position from events where stream_id = %s and version <= %s order by version desc limit 1",
        [stream, version],
    ).fetchone()
    assert row is not None
    return int(row[0])


def _some(connection: Connection[Row], positions: Sequence[int]) -> Sequence[tuple[int, str]]:
    if not positions:
        return []
    return connection.execute(
        _EVENT + " where e.position = any(%(some)s) and b.position = any(%(some)s) order by e.position",
        {"some": list(positions)},
    ).fetchall()


# --- What must hold ----------------------------------------------------------------------------------------------


def positions_hold(connection: Connection[Row]) -> tuple[bool, str]:
    """Whether positions are 1, 2, 3… up to the head and time rises with them; and what to say of it."""
    count, last, rising, head = connection.execute(
        "select count(*), coalesce(max(position), 0), coalesce(bool_and(rises), true), (select position from head)"
        " from (select position, recorded_at > lag(recorded_at, 1, '-infinity') over (order by position) as rises"
        "       from events) as e"
    ).fetchone() or (0, 0, True, 0)
    if not count == last == head:
        return False, f"{count} events, last position {last}, head {head}: they should be the same"
    if not rising:
        return False, "recorded_at does not rise with every position"
    return True, f"1 to {head} without a gap, time rising with every one"


def streams_hold(connection: Connection[Row]) -> tuple[bool, str]:
    """Whether every stream's versions are 1, 2, 3… in the order of positions, and every event has a body's row."""
    broken = connection.execute(
        "select stream_id, min(e.position), max(e.position), count(*) over (), bool_and(g.stream_id is not null)"
        " from (select stream_id, position, version, row_number() over (partition by stream_id order by position)"
        "       as place from events) as e left join gaps g using (stream_id)"
        " where e.version <> e.place group by stream_id order by 2 limit %s",
        [limits.GAPS_SHOWN],
    ).fetchall()
    (missing,) = connection.execute(
        "select count(*) from events left join bodies b using (position) where b is null"
    ).fetchone() or (0,)
    if missing:
        return False, f"{missing} events without a body"
    if broken:
        return False, _said_of_gaps(broken)
    return True, "every stream's versions are 1, 2, 3… in order, every event has its body"


def _said_of_gaps(broken: Sequence[Row]) -> str:
    count, more = broken[0][3], broken[0][3] - len(broken)
    are_noted = all(is_noted for *_, is_noted in broken)
    named = "; ".join(f"{stream} at positions {first} to {last}" for stream, first, last, *_ in broken)
    return (
        f"{count} streams are damaged, the database went back in time under them: {named}"
        + (f"; and {more} more" if more else "")
        + ". Those events stay for auditors and are in no view; what came before them is shown, nothing can be added."
        + " File what is missing under a new slug"
        + ("" if are_noted else "; run factledger rebuild first, so that the views pass by them")
    )


def erasures_hold(connection: Connection[Row]) -> tuple[bool, str]:
    """Whether those bodies are erased that are recorded to be, contacts and words of requests, and no others."""
    kept, erased, unasked = connection.execute(
        "select count(*) filter (where is_asked and body is not null),"
        " count(*) filter (where is_asked and body is null), count(*) filter (where not is_asked and body is null)"
        " from (select b.body, e.topic in ('contact-left.v1', 'correction-requested.v1')"
        "        and exists (select from events a where a.stream_id = e.stream_id and (a.topic = 'request-erased.v1'"
        "         or a.topic = 'contact-erased.v1' and e.topic = 'contact-left.v1')) as is_asked"
        "       from events e join bodies b using (position)"
        "       where b.body is null or e.topic in ('contact-left.v1', 'correction-requested.v1')) as bodies_"
    ).fetchone() or (0, 0, 0)
    if kept or unasked:
        return (
            False,
            f"{kept} bodies should be erased and are not, {unasked} bodies are erased and should not be",
        )
    return True, f"{erased} bodies are erased as it was recorded, and nothing else is"


def sealed(
    connection: Connection[Row], after: int, limit: int
) -> Sequence[tuple[int, bytes, bytes | None, bytes | None]]:
    """(position, commitment, salt, body) of the events beyond a position."""
    return connection.execute(
        "select e.position, commitment, salt, convert_to(body, 'UTF8')"
        " from events e join bodies b on b.position = e.position"
        " where e.position > %(after)s and b.position > %(after)s order by e.position limit %(limit)s",
        {"after": after, "limit": limit},
    ).fetchall()


def application_only_appends(connection: Connection[Row]) -> tuple[bool, str]:
    """Whether the role in force may do no more to the ledger's tables than read them."""
    rows = connection.execute(
        "select relation, verb from unnest(array['head', 'events', 'bodies', 'requests']) as relation,"
        " unnest(array['insert', 'update', 'delete', 'truncate']) as verb"
        " where has_table_privilege(current_user, relation, verb)"
    ).fetchall()
    if rows:
        return False, "the application's role may " + ", ".join(
            f"{verb} {relation}" for relation, verb in rows
        )
    return True, "the application's role may read and append, and nothing else"


def durability_holds(connection: Connection[Row]) -> tuple[bool, str]:
    """Whether the server is set to keep what it acknowledged."""
    rows = connection.execute(
        "select name from pg_settings where setting = 'off'"
        " and name in ('fsync', 'synchronous_commit', 'full_page_writes')"
    ).fetchall()
    if rows:
        return False, f"off, so what is acknowledged can be lost: {', '.join(name for (name,) in rows)}"
    return True, "what is acknowledged is on the disk"
