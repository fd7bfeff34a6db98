"""Who has been named: "who is kcna, and do we still rely on it?"."""

from collections.abc import Iterable

from psycopg import Connection

from ledger.database import Row
from ledger.source import SourceDiscredited, SourceEvent, SourceRegistered, discredit, evolve
from projections.documents import json_of
from projections.view import Page, View

DDL = """
create table sources (
    source text primary key,
    position bigint not null unique,
    revision bigint not null,
    desk text not null,
    discredited text -- for as long as it is; apart, because what stories show of a source never changes
);
"""


def project(connection: Connection[Row], page: Page) -> None:
    registered: dict[str, tuple[int, str]] = {}
    moved: dict[str, tuple[int, str | None]] = {}
    for move in page.moves:
        event, at = move.recorded.event, move.recorded.at
        if not isinstance(event, SourceEvent):
            continue
        if isinstance(event, SourceRegistered):
            registered[event.slug] = (at.position, json_of(evolve(None, event, at)))
        now = json_of(discredit(event, at)) if isinstance(event, SourceDiscredited) else None
        moved[event.slug] = (at.revision, now)
    if registered:
        rows = [(slug, position, *moved.pop(slug), text) for slug, (position, text) in registered.items()]
        connection.execute(
            "insert into sources (source, position, revision, discredited, desk)"
            " select * from unnest(%b::text[], %b::bigint[], %b::bigint[], %b::text[], %b::text[])",
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


def page(connection: Connection[Row], before: int, limit: int) -> list[tuple[int, str]]:
    """(position, text) of sources as they stand, newest first."""
    return connection.execute(
        f"select position, {_TEXT} from sources where position < %s order by position desc limit %s",
        [before, limit],
    ).fetchall()
