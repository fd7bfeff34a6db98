"""Peer 4: bare psycopg, the fastest honest loop: the same rows in the same tables, durable, a thousand a transaction.

It decides nothing, checks nothing and makes nothing up: every row is given to it as it will be stored.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from psycopg import Connection

from ledger.store.database import Database, Row
from ledger.store.store import MICROSECOND

TOGETHER = 1_000


@dataclass(frozen=True, slots=True)
class Rows:
    """What one event puts into `events`, `bodies` and `requests`."""

    event: tuple[int, UUID, int, str, datetime, UUID, UUID, UUID, bytes]
    body: tuple[int, bytes, str]
    requests: Sequence[tuple[UUID, str, bytes, int, str]]  # a key, and what else it takes, such as a slug


def rows_in(database: Database, after: int) -> list[Rows]:
    """Those of a ledger behind a position, where each event was recorded under a key."""
    with database.connect(name="bare") as connection:
        found = connection.execute(
            "select position, stream_id, version, topic, recorded_at, actor, event_id, request_id, commitment,"
            " salt, body from events join bodies using (position) where position > %s order by position",
            [after],
        ).fetchall()
        requests: dict[int, list[tuple[UUID, str, bytes, int, str]]] = defaultdict(list)
        for row in connection.execute(
            "select actor, key, fingerprint, position, receipt from requests where position > %s", [after]
        ):
            requests[row[3]].append(row)
        return [Rows(row[:9], (row[0], row[9], row[10]), requests[row[0]]) for row in found]


def recorded_now(rows: Sequence[Rows]) -> list[Rows]:
    """The rows with instants of now, for another ledger, whose last is later than theirs."""
    now = datetime.now(UTC)
    return [
        replace(row, event=(*row.event[:4], now + number * MICROSECOND, *row.event[5:]))
        for number, row in enumerate(rows, start=1)
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
        for table, of_each in (
            ("events", ([row.event] for row in rows)),
            ("bodies", ([row.body] for row in rows)),
            ("requests", (row.requests for row in rows)),
        ):
            with cursor.copy(f"copy {table} from stdin (format binary)") as copy:
                copy.set_types(types[table])
                for written in of_each:
                    for one in written:
                        copy.write_row(one)
