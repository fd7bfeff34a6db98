"""Who has been named: "who is kcna?"."""

from collections.abc import Iterable

from psycopg import Connection

from ledger.database import Row
from ledger.source import SourceRegistered, evolve
from projections.documents import json_of
from projections.publications import SHOWN
from projections.reader_view import reader_source
from projections.view import Page, View

DDL = """
create table sources (
    source text primary key,
    position bigint not null unique,
    desk text not null,
    reader text not null
);
"""


def project(connection: Connection[Row], page: Page) -> None:
    rows = [
        (event.slug, move.recorded.at.position, json_of(source), json_of(reader_source(source)))
        for move in page.moves
        if isinstance(event := move.recorded.event, SourceRegistered)
        for source in [evolve(None, event, move.recorded.at)]
    ]
    if rows:
        connection.execute(
            "insert into sources (source, position, desk, reader)"
            " select * from unnest(%b::text[], %b::bigint[], %b::text[], %b::text[])",
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


# Readers see a source where a fact that they see names it.
_NAMED = f"""exists (
    select from source_usage u
    join {SHOWN} as shown on shown.story = u.story
    join fact_versions v on v.story = u.story and v.fact = u.fact
        and v.from_position <= shown.content and shown.content < v.to_position
    where u.source = s.source and s.source = any(v.reader_sources)
)"""


def one_for_readers(connection: Connection[Row], slug: str, position: int) -> str | None:
    row = connection.execute(
        f"select reader from sources s where source = %(slug)s and {_NAMED}",
        {"slug": slug, "position": position},
    ).fetchone()
    return row[0] if row else None


def some_for_readers(connection: Connection[Row], slugs: Iterable[str]) -> dict[str, str]:
    """Text of each of the sources, which readers see named where this is asked for."""
    wanted = list(slugs)
    if not wanted:
        return {}
    return dict(
        connection.execute("select source, reader from sources where source = any(%s)", [wanted]).fetchall()
    )


def page_for_readers(
    connection: Connection[Row], position: int, before: int, limit: int
) -> list[tuple[int, str]]:
    """(position, text) of the sources that readers see named, newest first."""
    return connection.execute(
        f"select position, reader from sources s where position < %(before)s and {_NAMED}"
        " order by position desc limit %(limit)s",
        {"position": position, "before": before, "limit": limit},
    ).fetchall()
