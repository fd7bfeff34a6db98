"""Who has been named: "who is kcna, and do we still rely on it?"."""

from collections.abc import Iterable

from psycopg import Connection

from ledger.store.database import Row
from projections.views.others import SourceStep
from projections.views.reader_view import ReaderSource
from projections.views.story import text_of
from projections.views.view import Look, Sheets, Table, View

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


def fold(sheets: Sheets, step: SourceStep, look: Look) -> None:
    del look
    said = step.registration
    sheets["sources"].keep(
        said["source"],
        step.number,
        step.event.revision,
        text_of(said),
        text_of(step.discredited) if step.discredited else None,
        text_of({name: said[name] for name in ReaderSource.model_fields if name in said}),
    )


ROWS = Table("sources", ("source",), ("position", "revision", "desk", "discredited", "reader"), kept=True)
VIEW = View("sources", ("sources",), DDL, ("source",), (ROWS,), fold)


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
