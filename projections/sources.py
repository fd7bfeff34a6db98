"""Who has been named: "who is kcna?"."""

from collections.abc import Iterable

from psycopg import Connection

from ledger.database import Row
from ledger.source import SourceRegistered, evolve
from projections.documents import json_of
from projections.view import Page, View

DDL = """
create table sources (
    source text primary key,
    position bigint not null unique,
    desk text not null
);
"""


def project(connection: Connection[Row], page: Page) -> None:
    rows = [
        (event.slug, move.recorded.at.position, json_of(evolve(None, event, move.recorded.at)))
        for move in page.moves
        if isinstance(event := move.recorded.event, SourceRegistered)
    ]
    if rows:
        connection.execute(
            "insert into sources (source, position, desk) select * from unnest(%b::text[], %b::bigint[], %b::text[])",
            list(map(list, zip(*rows, strict=True))),
        )


VIEW = View("sources", ("sources",), DDL, project)


# --- Reading -----------------------------------------------------------------------------------------------------


def one(connection: Connection[Row], slug: str) -> str | None:
    row = connection.execute("select desk from sources where source = %s", [slug]).fetchone()
    return row[0] if row else None


def some(connection: Connection[Row], slugs: Iterable[str]) -> dict[str, str]:
    """Text of each of the sources. A source is registered before it is named and never changes: no moment needed."""
    wanted = list(slugs)
    if not wanted:
        return {}
    return dict(
        connection.execute("select source, desk from sources where source = any(%s)", [wanted]).fetchall()
    )


def page(connection: Connection[Row], before: int, limit: int) -> list[tuple[int, str]]:
    """(position, text) of sources, newest first."""
    return connection.execute(
        "select position, desk from sources where position < %s order by position desc limit %s",
        [before, limit],
    ).fetchall()
