"""Who has been named: "who is kcna, and do we still rely on it?"."""

from collections.abc import Iterable
from typing import get_args

from psycopg import Connection

from ledger.source import SourceDiscredited, SourceEvent, SourceRegistered, discredit, evolve
from ledger.store.database import Row
from projections.views.documents import json_of
from projections.views.reader_view import reader_source
from projections.views.view import Page, View

DDL = """
create table sources (
    source text primary key,
    position bigint not null unique,
    revision bigint not null,
    desk text not null,
    discredited text, -- for as long as it is; apart, because what stories show of a source never changes
    reader text not null
);
"""


def project(connection: Connection[Row], page: Page) -> None:
    registered: dict[str, tuple[int, str, str]] = {}
    moved: dict[str, tuple[int, str | None]] = {}
    for move in page.of(*get_args(SourceEvent)):
        event, at = move.recorded.event, move.recorded.at
        assert isinstance(event, SourceEvent)
        if isinstance(event, SourceRegistered):
            source = evolve(None, event, at)
            registered[event.slug] = (at.position, json_of(source), json_of(reader_source(source)))
        now = json_of(discredit(event, at)) if isinstance(event, SourceDiscredited) else None
        moved[event.slug] = (at.revision, now)
    if registered:
        rows = [(slug, position, *moved.pop(slug), *texts) for slug, (position, *texts) in registered.items()]
        connection.execute(
            "insert into sources (source, position, revision, discredited, desk, reader)"
            " select * from unnest(%b::text[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[])",
            list(map(list, zip(*rows, strict=True))),
        )
    if moved:
        connection.execute(
            "update sources s set revision = moved.revision, discredited = moved.discredited"
            " from unnest(%b::text[], %b::bigint[], %b::text[]) as moved (source, revision, discredited)"
            " where s.source = moved.source",
            [list(moved), *map(list, zip(*moved.values(), strict=True))],
        )


VIEW = View("sources", ("sources",), DDL, project)


# --- Reading -----------------------------------------------------------------------------------------------------

_TEXT = "case when discredited is null then desk else left(desk, -1) || ',\"discredited\":' || discredited || '}' end"


def one(connection: Connection[Row], slug: str) -> tuple[int, str] | None:
    """(revision, text) of the source as it stands."""
    return connection.execute(f"select revision, {_TEXT} from sources where source = %s", [slug]).fetchone()


def some(connection: Connection[Row], slugs: Iterable[str]) -> dict[str, str]:
    """Registration of each of the sources. A source is registered before it is named: no moment needed."""
    wanted = list(slugs)
    if not wanted:
        return {}
    return dict(
        connection.execute("select source, desk from sources where source = any(%s)", [wanted]).fetchall()
    )


def names(connection: Connection[Row], slugs: Iterable[str]) -> dict[str, str]:
    """The name of each of the sources."""
    wanted = list(slugs)
    if not wanted:
        return {}
    return dict(
        connection.execute(
            "select source, desk::json ->> 'name' from sources where source = any(%b)", [wanted]
        ).fetchall()
    )


def page(connection: Connection[Row], before: int, limit: int) -> list[tuple[int, str]]:
    """(position, text) of sources as they stand, newest first."""
    return connection.execute(
        f"select position, {_TEXT} from sources where position < %s order by position desc limit %s",
        [before, limit],
    ).fetchall()


# Readers see a source where a fact that they see names it.
_NAMED = (
    "exists (select from figures f where f.whose = 'reader' and f.source = s.source and f.what = 'facts')"
)


def one_for_readers(connection: Connection[Row], slug: str) -> str | None:
    row = connection.execute(
        f"select reader from sources s where source = %s and {_NAMED}", [slug]
    ).fetchone()
    return row[0] if row else None


def named_to_readers(slugs: str) -> str:
    """SQL: source and text of each of an array of sources, which readers see named where this is asked for."""
    return f"select source, reader as text from sources where source = any({slugs})"


def some_for_readers(connection: Connection[Row], slugs: Iterable[str]) -> dict[str, str]:
    """Text of each of the sources, which readers see named where this is asked for."""
    wanted = list(slugs)
    if not wanted:
        return {}
    return dict(connection.execute(named_to_readers("%s"), [wanted]).fetchall())


def page_for_readers(connection: Connection[Row], before: int, limit: int) -> list[tuple[int, str]]:
    """(position, text) of the sources that readers see named, newest first."""
    return connection.execute(
        f"select position, reader from sources s where position < %s and {_NAMED} order by position desc limit %s",
        [before, limit],
    ).fetchall()
