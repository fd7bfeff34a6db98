"""Every version of every fact: "what did fact 3 say then, and since when?"."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from ledger.store.database import Row
from projections.views.happened import Values
from projections.views.shown import names_shown
from projections.views.story import Step, text_of
from projections.views.view import OPEN, Look, Sheets, Table, View, held_at
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
    -- is off the record. Most of it stands in the desk's text already: so many letters at its start and at its end are
    -- not said again. Then: which sources that names, whose own word that is, and facts of which stories it names.
    terms text not null,
    alike_before int not null,
    reader text,
    alike_after int not null,
    is_tombstone boolean not null,
    reader_sources text[] not null,
    reader_origins text[] not null,
    reader_stories text[] not null,
    primary key (story, fact, from_position)
) with (toast_tuple_target = 8160); -- to compress its texts took longer than all else, and saved a fifth
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
create index if not exists fact_versions_mentioning on fact_versions (story, from_position)
    where reader_stories <> '{}';
"""


# What readers see of a version, with the type of each column.
_READERS: Final = {
    "terms": "text",
    "alike_before": "int4",
    "reader": "text",
    "alike_after": "int4",
    "is_tombstone": "bool",
    "reader_sources": "text[]",
    "reader_origins": "text[]",
    "reader_stories": "text[]",
}


# --- How terms that were tightened reach the past ----------------------------------------------------------------


def fold(sheets: Sheets, step: Step, look: Look) -> None:
    del look
    rows, story = sheets["fact_versions"], step.story.number
    for changed in step.facts:
        fact = changed.after
        document, shown = fact.document, changed.shown
        changes = (document[name] for name in ("changed", "corrected") if name in document)
        is_shown = document["standing"] == "standing" and changed.terms == "on_record"
        values = (
            document["version"],
            sorted(fact.named),
            sorted({change["actor"] for change in changes}),
            sorted(fact.origins),
            text_of(document),
            changed.tightens,
            changed.terms,
            *_beyond_the_desk(document, shown),
            shown is not None and "statement" not in shown,
            sorted(names_shown(shown)),
            sorted(fact.origins) if is_shown else [],
            sorted(_stories_named(shown)),
        )
        rows.begin((story, changed.number), step.event.position, values, is_new=changed.before is None)


def _beyond_the_desk(document: Values, shown: Values | None) -> tuple[int, str | None, int]:
    """(letters alike, what readers read then, letters alike), of the desk's text from its start, and to its end."""
    if shown is None:
        return 0, None, 0
    text, fields = text_of(shown), list(shown.items())
    before = _alike(document.items(), fields)
    after = _alike(reversed(document.items()), reversed(fields[before:]))
    start = len(text_of(dict(fields[:before]))) - 1
    end = len(text_of(dict(fields[len(fields) - after :]))) if after else 1
    return start, text[start : len(text) - end], end


def _alike(some: Iterable[tuple[str, Any]], others: Iterable[tuple[str, Any]]) -> int:
    """How many are the same, before the first that is not."""
    count = 0
    for one, other in zip(some, others, strict=False):
        if one != other:
            break
        count += 1
    return count


def _stories_named(shown: Values | None) -> set[str]:
    """Slugs of the stories of which it names facts, its own among them: readers see it name those that they see."""
    if not shown or "statement" not in shown:
        return set()
    by = (response["by"] for response in shown["responses"])
    return {ground["story"] for ground in (*shown["rests_on"], *by) if "source" not in ground}


ROWS = Table(
    "fact_versions",
    ("story", "fact"),
    ("version", "sources", "actors", "origins", "desk", "tightens", *_READERS),
    lasting=True,
)
VIEW = View(
    "fact_versions",
    ("fact_versions",),
    DDL,
    ("story",),
    (ROWS,),
    fold,
    indexes=INDEXES,
    is_rewritten=True,
)


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
