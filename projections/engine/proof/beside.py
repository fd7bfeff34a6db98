"""New tables against the living ones, stream by stream, by hashes that the database makes of their rows."""

from random import SystemRandom

from psycopg import Connection, sql

from ledger import limits
from ledger.events import topic_of
from ledger.store.database import Row
from ledger.store.store import OUT_OF_PLACE
from ledger.story import StoryOpened
from projections.engine.proof.fold import Table


def unequal(
    connection: Connection[Row],
    table: Table,
    schemas: tuple[str, str],
    *,
    since: int = 0,
    moved_since: int | None = None,
) -> list[int]:
    """Where the rows of a table belong to that are not the same in both schemas. since: only of streams with events
    beyond that position; moved_since: not of those with events beyond that."""
    only = f" and anchor = any(array({_MOVED.format('%(since)s')}))" if since else ""
    new, old = (
        sql.SQL(
            "(select anchor, count(*) as rows, sum(hash) as hashes from (select {anchor} as anchor,"
            " hash_record_extended(row({columns}), 0) as hash from {table}) hashed where true{only} group by anchor)"
        ).format(
            anchor=sql.SQL(table.anchor),
            columns=sql.SQL(", ").join(_hashable(connection, schema, table.name)),
            table=sql.Identifier(schema, table.name),
            only=sql.SQL(only),
        )
        for schema in schemas
    )
    but_for = "" if moved_since is None else f" and anchor <> all(array({_MOVED.format('%(moved_since)s')}))"
    statement = sql.SQL(
        "select anchor from {new} new full join {old} old using (anchor)"
        " where (new.rows, new.hashes) is distinct from (old.rows, old.hashes){but_for}"
    ).format(new=new, old=old, but_for=sql.SQL(but_for))
    rows = connection.execute(statement, {"since": since, "moved_since": moved_since})
    return [anchor for (anchor,) in rows]


# Where the streams begin that have events beyond a position.
_MOVED = (
    "select o.position from (select distinct stream_id from events where position > {0}) moved"
    " join events o on o.stream_id = moved.stream_id and o.version = 1"
)


def _hashable(connection: Connection[Row], schema: str, table: str) -> list[sql.Composable]:
    rows = connection.execute(
        "select a.attname, t.typname from pg_attribute a join pg_type t on t.oid = a.atttypid"
        " where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped order by a.attname",
        [f"{schema}.{table}"],
    )
    # Of a tsvector there is no hash but that of its text.
    return [
        sql.SQL("{}::text" if kind == "tsvector" else "{}").format(sql.Identifier(name))
        for name, kind in rows
    ]


def some_stories(connection: Connection[Row], up_to: int) -> list[int]:
    """Where stories begin, chosen by chance, with so many events together as are to be proved at each rebuild."""
    openings = connection.execute(
        "select e.position, last.version from events e"
        " cross join lateral (select version from events l where l.stream_id = e.stream_id"
        "  and l.position <= %(up_to)s order by version desc limit 1) last"
        f" where e.version = 1 and e.topic = %(topic)s and e.position <= %(up_to)s and not {OUT_OF_PLACE}",
        {"up_to": up_to, "topic": topic_of(StoryOpened)},
    ).fetchall()
    SystemRandom().shuffle(openings)
    left = max(limits.PROVED_EVENTS, up_to // limits.PROVED_SHARE)
    chosen: list[int] = []
    for first, events in openings:
        if left <= 0:
            break
        chosen.append(first)
        left -= events
    return sorted(chosen)
