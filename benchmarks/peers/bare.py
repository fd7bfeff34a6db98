"""Peer 4: bare psycopg, the fastest honest loop: the same rows in the same tables, durable, a thousand a transaction.

It decides nothing, checks nothing and makes nothing up: every row is given to it as it will be stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from psycopg import Connection

from ledger.database import Database, Row
from ledger.store import MICROSECOND, SealedEvent

TOGETHER = 1_000


@dataclass(frozen=True, slots=True)
class Rows:
    """What one event puts into `events`, `bodies` and `requests`."""

    event: tuple[int, UUID, int, str, datetime, UUID, UUID, UUID, bytes]
    body: tuple[int, bytes, str]
    request: tuple[UUID, str, bytes, int, str]


def rows_of(events: Sequence[SealedEvent], after: int) -> list[Rows]:
    """The rows that an append of the events would make behind a position, each recorded under a key."""
    at = datetime.now(UTC)
    return [
        Rows(
            (
                position,
                UUID(str(event.originator_id)),
                event.originator_version,
                event.topic,
                at + (position - after) * MICROSECOND,
                event.actor,
                event.event_id,
                event.request_id,
                event.commitment,
            ),
            (position, event.salt, event.state.decode()),
            (event.actor, str(uuid4()), event.commitment, position, f'{{"event_id":"{event.event_id}"}}'),
        )
        for position, event in enumerate(events, start=after + 1)
    ]


def insert(database: Database, rows: Sequence[Rows]) -> None:
    """As the owner of the tables, by COPY; the head moves with each transaction, as it must."""
    with database.connect(name="bare", as_owner=True) as connection:
        for first in range(0, len(rows), TOGETHER):
            with connection.transaction():
                _insert(connection, rows[first : first + TOGETHER])


def _insert(connection: Connection[Row], rows: Sequence[Rows]) -> None:
    last = rows[-1].event
    connection.execute("update head set position = %s, recorded_at = %s", [last[0], last[4]])
    types = {
        "events": ["int8", "uuid", "int8", "text", "timestamptz", "uuid", "uuid", "uuid", "bytea"],
        "bodies": ["int8", "bytea", "text"],
        "requests": ["uuid", "text", "bytea", "int8", "text"],
    }
    with connection.cursor() as cursor:
        for table, columns in (("events", "event"), ("bodies", "body"), ("requests", "request")):
            with cursor.copy(f"copy {table} from stdin (format binary)") as copy:
                copy.set_types(types[table])
                for row in rows:
                    copy.write_row(getattr(row, columns))
