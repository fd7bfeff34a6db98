"""The audit trail: events as the rows they are, for people who check them."""

from collections.abc import Sequence

from psycopg import Connection

from ledger.database import Row

# Text throughout: what is stored is what is shown. An auditor recomputes commitment = HMAC-SHA-256(salt, body) over
# the body's bytes exactly as they stand here.
_EVENT = """
select e.position,
       '{"position":' || e.position || ',"recorded_at":"'
       || to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","topic":"' || e.topic
       || '","stream_id":"' || e.stream_id || '","version":' || e.version || ',"actor":"' || e.actor
       || '","event_id":"' || e.event_id || '","request_id":"' || e.request_id
       || '","commitment":"' || encode(e.commitment, 'hex')
       || '","salt":' || coalesce('"' || encode(b.salt, 'hex') || '"', 'null')
       || ',"body":' || coalesce(b.body, 'null') || '}'
from events e join bodies b using (position)
"""


def page(connection: Connection[Row], after: int, limit: int) -> Sequence[tuple[int, str]]:
    """(position, JSON text) of the events beyond a position, in order."""
    return connection.execute(
        _EVENT + " where e.position > %s order by e.position limit %s", [after, limit]
    ).fetchall()


def one(connection: Connection[Row], position: int) -> str | None:
    row = connection.execute(_EVENT + " where e.position = %s", [position]).fetchone()
    return row[1] if row else None
