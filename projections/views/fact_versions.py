"""Every version of every fact: "what did fact 3 say then, and since when?"."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from psycopg import Connection

from ledger.fact import STRICTEST, is_stricter, strictest
from ledger.store.database import Row
from ledger.words import Terms
from projections.views.documents import FactDocument, actors_of, json_of
from projections.views.reader_view import (
    FactTombstone,
    on_terms,
    origins_shown,
    reader_fact,
    sources_shown,
    stories_named,
)
from projections.views.view import OPEN, Page, Spells, View, held_at
from projections.views.visibility import SEEN

DDL = f"""
create table fact_versions (
    story bigint not null,
    fact int not null,
    version int not null,
    from_position bigint not null,
    to_position bigint not null default {OPEN},
    sources text[] not null,
    actors uuid[] not null,
    origins text[] not null,
    desk text not null,
    tightens boolean not null, -- its terms are stricter than those of the version before
    -- What readers see of it: on the strictest terms that the fact has been on since, published or not; null where that
    -- is off the record. Then: which sources that names, whose own word that is, and facts of which stories it names.
    terms text not null,
    reader text,
    is_tombstone boolean not null,
    reader_sources text[] not null,
    reader_origins text[] not null,
    reader_stories text[] not null,
    primary key (story, fact, from_position)
);
create index fact_versions_now on fact_versions (story, fact) where to_position = {OPEN};
create index fact_versions_off_record on fact_versions (story, fact) where terms = 'off_record';
create index fact_versions_tightened on fact_versions (from_position) where tightens;
"""
INDEXES = """
-- "Valid at position p" costs what the answer costs, however long the history: one point in a box per row.
create index if not exists fact_versions_then on fact_versions
    using gist (box(point(story, from_position), point(story, to_position - 1)));
create index if not exists fact_versions_naming on fact_versions using gin (reader_stories) with (fastupdate = off)
    where reader_stories <> '{}';
"""


def project(connection: Connection[Row], page: Page) -> None:
    spells = Spells()
    tightened = tightenings(page)
    for move in page.moves:
        for before, after in move.facts:
            assert move.story is not None
            values = (
                after.version,
                sorted(after.named),
                actors_of(after),
                sorted(after.origins),
                json_of(after),
                before is not None and is_stricter(after.terms, before.terms),
                *_for_readers(after),
            )
            key = (move.story.number, after.fact)
            spells.begin(key, move.recorded.at.position, values, is_new=before is None)
    spells.write_ends(connection, "fact_versions", {"story": "bigint", "fact": "int"})
    if spells.begun:
        with connection.cursor().copy(
            "copy fact_versions (story, fact, from_position, to_position, version, sources, actors, origins, desk,"
            f" tightens, {', '.join(_READERS)}) from stdin (format binary)"
        ) as copy:
            copy.set_types(
                [
                    "int8", "int4", "int8", "int8", "int4", "text[]", "uuid[]", "text[]", "text", "bool",
                    *_READERS.values(),
                ]
            )  # fmt: skip
            for row in spells.rows():
                copy.write_row(row)
    for (story, fact), later in tightened.items():
        _tighten(connection, story, fact, later)


# What readers see of a version, with the type of each column.
_READERS: Final = {
    "terms": "text",
    "reader": "text",
    "is_tombstone": "bool",
    "reader_sources": "text[]",
    "reader_origins": "text[]",
    "reader_stories": "text[]",
}


def _for_readers(fact: FactDocument) -> Row:
    shown = reader_fact(fact)
    return (
        fact.terms,
        json_of(shown) if shown else None,
        isinstance(shown, FactTombstone),
        sorted(sources_shown(shown)),
        sorted(origins_shown(fact)),
        sorted(stories_named(shown)),
    )


# --- How terms that were tightened reach the past ----------------------------------------------------------------

Tightening = tuple[int, Terms]  # from which position on, and to which terms


def tightenings(page: Page) -> dict[tuple[int, int], list[Tightening]]:
    """Of each (story, fact) that the page tightens the terms of: where, and how."""
    found: dict[tuple[int, int], list[Tightening]] = {}
    for move in page.moves:
        for before, after in move.facts:
            if before is not None and is_stricter(after.terms, before.terms):
                assert move.story is not None
                key = (move.story.number, after.fact)
                found.setdefault(key, []).append((move.recorded.at.position, after.terms))
    return found


_AT_ONCE = 500  # versions that are held in memory together


def _tighten(connection: Connection[Row], story: int, fact: int, later: Sequence[Tightening]) -> None:
    """Makes anew what readers see of the versions before, where they were on looser terms. That costs as much as the
    fact has versions, and every version is made anew three times at most, however often that happens."""
    after = 0
    while True:
        rows = connection.execute(
            "select from_position, terms, desk from fact_versions where story = %s and fact = %s"
            " and from_position > %s and from_position < %s and terms <> %s order by from_position limit %s",
            [story, fact, after, later[-1][0], STRICTEST, _AT_ONCE],
        ).fetchall()
        if not rows:
            return
        after = rows[-1][0]
        anew = [
            (since, *_for_readers(on_terms(FactDocument.model_validate_json(desk), strict)))
            for since, terms, desk in rows
            if (strict := strictest([terms, *(to for at, to in later if at > since)])) != terms
        ]
        # One by one: PostgreSQL has no arrays of arrays of different lengths.
        connection.cursor().executemany(
            f"update fact_versions set {', '.join(f'{column} = %s' for column in _READERS)}"
            " where story = %s and fact = %s and from_position = %s",
            [(*values, story, fact, since) for since, *values in anew],
        )


VIEW = View("fact_versions", ("fact_versions",), DDL, project, indexes=INDEXES)


# --- Reading -----------------------------------------------------------------------------------------------------


def one(
    connection: Connection[Row], story: int, fact: int, position: int
) -> tuple[int, int, list[str], list[UUID], str] | None:
    """(version, since position, sources, actors, text) of one fact as it stood at the position."""
    return connection.execute(
        "select version, from_position, sources, actors, desk from fact_versions"
        " where story = %s and fact = %s and from_position <= %s order by from_position desc limit 1",
        [story, fact, position],
    ).fetchone()


def shown_then() -> str:
    """SQL: each fact of the story as readers see it as of %(content)s: fact, is_tombstone, reader_sources,
    reader_origins, reader_stories, and its text, null of those that they do not see."""
    return (
        f"select fact, is_tombstone, reader_sources, reader_origins, reader_stories, {SEEN} as text"
        f" from fact_versions v where {held_at('%(content)s')}"
    )


def hidden_at(position: str, story: str) -> str:
    """SQL: an array of the facts of a story that terms hide from readers as of a position, null for none."""
    return f"(select array_agg(fact) from fact_versions where {held_at(position, story)} and reader is null)"


def shown_one(
    connection: Connection[Row], story: int, fact: int, content: int
) -> tuple[list[str], list[str], str] | None:
    """(sources named, stories named, text) of one fact as readers see it as of a position."""
    row = connection.execute(
        f"select reader_sources, reader_stories, {SEEN} from fact_versions v"
        " where story = %s and fact = %s and from_position <= %s order by from_position desc limit 1",
        [story, fact, content],
    ).fetchone()
    return (row[0], row[1], row[2]) if row and row[2] is not None else None


def history(
    connection: Connection[Row], story: int, fact: int, after: int, limit: int
) -> Sequence[tuple[int, str]]:
    """(since position, text) of each version that began beyond a position, oldest first. A version whose date was
    only read anew under another dateline stands once more, with the same number."""
    return connection.execute(
        "select from_position, left(desk, -1) || ',\"since\":' || from_position || '}' from fact_versions"
        " where story = %s and fact = %s and from_position > %s order by from_position limit %s",
        [story, fact, after, limit],
    ).fetchall()
