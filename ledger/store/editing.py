"""Who has a form of a story open at the desk: told to the others at the desk, kept for minutes, and no event."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from psycopg import Connection

from ledger import limits
from ledger.store.database import Row

Others = Sequence[tuple[UUID, datetime]]  # each member, and since when


def enter(connection: Connection[Row], story: str, member: UUID, now: datetime) -> Others:
    """Says that they have it open, unless too many have one; and who else has."""
    connection.execute("delete from editing where seen_at <= %s", [_over(now)])
    connection.execute(
        "insert into editing (story, member, since, seen_at) select %(story)s, %(member)s, %(now)s, %(now)s"
        " where (select count(*) from editing) < %(most)s"
        " or exists (select from editing where story = %(story)s and member = %(member)s)"
        " on conflict (story, member) do update set seen_at = excluded.seen_at",
        {"story": story, "member": member, "now": now, "most": limits.EDITING},
    )
    return others(connection, story, member, now)


def others(connection: Connection[Row], story: str, member: UUID, now: datetime) -> Others:
    """Those who came first before those who came later."""
    return connection.execute(
        "select member, since from editing where story = %s and member <> %s and seen_at > %s"
        " order by since, member limit %s",
        [story, member, _over(now), limits.EDITING_SHOWN],
    ).fetchall()


def leave(connection: Connection[Row], story: str, member: UUID) -> None:
    connection.execute("delete from editing where story = %s and member = %s", [story, member])


def _over(now: datetime) -> datetime:
    return now - timedelta(seconds=limits.EDITING_SECONDS)
