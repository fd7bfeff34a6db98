"""Who has been named, and how it was called when: "who is kcna, and do we still rely on it?".

Readers know a source by the name that it had when the edition was published that they see it in: what was looked at is
what they read, and a name that no edition showed is the desk's alone, even to be looked for.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from psycopg import Connection

from ledger import legible, limits
from ledger.store.database import Row
from projections.views import source_usage
from projections.views.others import SourceStep
from projections.views.reader_view import ReaderSource
from projections.views.story import text_of
from projections.views.view import OPEN, Look, Sheets, Table, View
from projections.views.visibility import shown_of

DDL = f"""
create table sources (
    source text primary key,
    position bigint not null unique,
    revision bigint not null,
    desk text not null,
    discredited text, -- for as long as it is; apart, because stories do not show it
    provider text, -- how its items are taken, where they are; apart for the same reason
    other_names text,
    former_names text,
    merged_into text, -- the source that it is the same as, and that goes on
    joined text, -- those that it goes on for
    is_renamed boolean not null, -- or has other names: what readers know it by has to be looked up
    letters int not null, -- of its name
    ends text[] not null -- of the words of its names and slug: any part of a word begins one of them
);
create table source_names (
    source text not null,
    from_position bigint not null,
    to_position bigint not null default {OPEN},
    name text not null,
    desk text not null,
    reader text not null,
    ends text[] not null, -- of this name and the slug
    primary key (source, from_position)
);
"""
INDEXES = """
create index if not exists sources_named on sources using gin (array_to_tsvector(ends));
create index if not exists sources_renamed on sources (source) where is_renamed;
create index if not exists sources_by_length on sources (letters, position);
create index if not exists sources_merged on sources (merged_into) where merged_into is not null;
create index if not exists sources_joined on sources (source) where joined is not null;
"""


def fold(sheets: Sheets, step: SourceStep, look: Look) -> None:
    del look
    said = step.registration
    slug, name = said["source"], said["name"]
    sheets["sources"].keep(
        slug,
        step.number,
        step.event.revision,
        text_of(said),
        text_of(step.discredited) if step.discredited else None,
        text_of(step.provider) if step.provider else None,
        text_of(step.other_names) if step.other_names else None,
        text_of(step.former_names) if step.former_names else None,
        step.merged_into,
        text_of(step.joined) if step.joined else None,
        len(step.names) > 1,
        len(name),
        ends_of(" ".join((*step.names, slug))),
    )
    if step.is_called:
        reader = text_of({field: said[field] for field in ReaderSource.model_fields if field in said})
        row = (name, text_of(said), reader, ends_of(f"{name} {slug}"))
        sheets["source_names"].begin(
            (slug,), step.event.position, row, is_new=step.event.position == step.number
        )


def ends_of(text: str) -> list[str]:
    return sorted({end for word in legible.words(text) for end in _ends(word)})


def _ends(word: str) -> Iterable[str]:
    return (word[start : start + limits.PART_OF_NAME] for start in range(len(word)))


ROWS = Table(
    "sources",
    ("source",),
    (
        "position", "revision", "desk", "discredited", "provider", "other_names", "former_names", "merged_into",
        "joined", "is_renamed", "letters", "ends",
    ),
    kept=True,
)  # fmt: skip
NAMES = Table("source_names", ("source",), ("name", "desk", "reader", "ends"), lasting=True)
VIEW = View("sources", ("sources", "source_names"), DDL, ("source",), (ROWS, NAMES), fold, indexes=INDEXES)


# --- Reading -----------------------------------------------------------------------------------------------------

_TEXT = (
    "left(desk, -1) || coalesce(',\"discredited\":' || discredited, '')"
    " || coalesce(',\"provider\":' || provider, '')"
    " || coalesce(',\"other_names\":' || other_names, '')"
    " || coalesce(',\"former_names\":' || former_names, '')"
    " || coalesce(',\"merged_into\":\"' || merged_into || '\"', '')"
    " || coalesce(',\"joined\":' || joined, '') || '}'"
)


def one(connection: Connection[Row], slug: str) -> tuple[int, str] | None:
    """(revision, text) of the source as it stands."""
    return connection.execute(f"select revision, {_TEXT} from sources where source = %s", [slug]).fetchone()


def called(columns: str, slugs: str, at: str) -> str:
    """SQL: of each of some slugs (SQL: rows of `slug`) how it was called at a position. One after the other, so that no
    more is read than was asked for."""
    return (
        f"select {columns} from ({slugs}) s, lateral (select * from source_names"
        f" where source = slug and from_position <= {at} order by from_position desc limit 1) n"
    )


_NAMES = "select unnest(%(sources)s::text[]) as slug"


def some(connection: Connection[Row], slugs: Iterable[str], position: int) -> tuple[dict[str, str], int]:
    """Registration of each of the sources, as they were called at a position, and since when all were."""
    wanted = list(slugs)
    if not wanted:
        return {}, 0
    rows = connection.execute(
        called("slug, desk, from_position", _NAMES, "%(position)s"), {"sources": wanted, "position": position}
    ).fetchall()
    return {source: text for source, text, _ in rows}, max((since for *_, since in rows), default=0)


# Readers see a source where a fact that they see names it.
_NAMED = (
    "exists (select from figures f where f.whose = 'reader' and f.source = s.source and f.what = 'facts')"
)


# Under the name that the last edition which readers see it in was published with.
_KNOWN = (
    "lateral (select * from source_names n where n.source = s.source and (n.from_position = s.position or exists ("
    f"  select from figures_of_stories f cross join {shown_of('f.story')}"
    "   where f.whose = 'reader' and f.source = s.source and shown.edition_position >= n.from_position))"
    " order by from_position desc limit 1) as known"
)


def one_for_readers(connection: Connection[Row], slug: str, position: int) -> str | None:
    """position: that of what they see now."""
    row = connection.execute(
        f"select known.reader from sources s cross join {_KNOWN} where s.source = %(source)s and {_NAMED}",
        {"source": slug, "position": position},
    ).fetchone()
    return row[0] if row else None


def some_for_readers(connection: Connection[Row], slugs: Iterable[str], edition: int) -> dict[str, str]:
    """Text of each of the sources, which readers see named in the edition that was published at a position."""
    wanted = list(slugs)
    if not wanted:
        return {}
    asked = {"sources": wanted, "edition": edition}
    return dict(connection.execute(called("slug, reader", _NAMES, "%(edition)s"), asked).fetchall())


# --- Listed ------------------------------------------------------------------------------------------------------

Key = tuple[int, ...]
NEWEST: Final[Key] = (limits.POSITION,)
SHORTEST: Final[Key] = (0, 0)


def page(connection: Connection[Row], named: str | None, after: Key, limit: int) -> Sequence[tuple[Key, str]]:
    """(key, text) of sources as they stand, each with how much leans on it: newest first, from NEWEST on; those with a
    part of a name the shortest first, from SHORTEST on: theirs is most of what was asked for. One that goes on for
    others is found by their names, too."""
    own = _figures("desk", ("facts", "stories", "corrected", "retracted"))
    together = f"',\"figures\":' || ({source_usage.figures_together('s.source')}) || '}}'"
    asked, where, order = _asked(named, after, limit)
    found = f"select * from sources s where {where.format(ends='ends')} order by {order} limit %(limit)s"
    if named is not None:  # nearly none goes on for others
        found = (
            f"({found}) union (select * from sources s where joined is not null and exists (select from sources j"
            f"  where j.merged_into = s.source and {where.format(ends='j.ends')}) order by {order} limit %(limit)s)"
        )
    rows = connection.execute(
        f"select position, letters, left({_TEXT}, -1) || case when joined is null then {own} else {together} end"
        f" from ({found}) s order by {order} limit %(limit)s",
        asked,
    )
    return _keyed(rows, named)


def page_for_readers(
    connection: Connection[Row], named: str | None, after: Key, limit: int, position: int
) -> Sequence[tuple[Key, str]]:
    """The same of the sources that readers see named, as they know them, with how much they see lean on each; position:
    that of what they see now."""
    figures = _figures("reader", ("facts", "stories", "corrected"))
    asked, where, order = _asked(named, after, limit)
    # Nearly all of them have one name, and are in the order of an index. The others are few.
    rows = connection.execute(
        f"select position, letters, left(reader, -1) || {figures} from ("
        " (select s.source, position, letters, n.reader from sources s join source_names n using (source)"
        f"  where not is_renamed and {where.format(ends='s.ends')} and {_NAMED} order by {order} limit %(limit)s)"
        " union all select source, position, letters, reader from ("
        "  select s.source, s.position, length(known.name) as letters, known.reader, known.ends"
        f"  from sources s cross join {_KNOWN} where s.is_renamed and {_NAMED}) s where {where.format(ends='ends')}"
        f") s order by {order} limit %(limit)s",
        {**asked, "position": position},
    )
    return _keyed(rows, named)


def _figures(whose: str, names: Sequence[str]) -> str:
    counted = ", ".join(
        f"'{name}', coalesce(sum(number) filter (where what = '{name}'), 0)" for name in names
    )
    return (
        f"',\"figures\":' || (select json_build_object({counted}) from figures f"
        f" where f.whose = '{whose}' and f.source = s.source) || '}}'"
    )


def _asked(named: str | None, after: Key, limit: int) -> tuple[dict[str, Any], str, str]:
    """What is asked for; SQL: which of them, by the words that {ends} begin, and in which order."""
    if named is None:
        return {"limit": limit, "before": after[0]}, "position < %(before)s", "position desc"
    words = legible.words(named)[: limits.SEARCH_WORDS]
    asked = {
        "limit": limit,
        "letters": after[0],
        "after": after[1],
        "named": " & ".join(f"'{word[: limits.PART_OF_NAME]}':*" for word in words),
    }
    where = "array_to_tsvector({ends}) @@ %(named)s::tsquery and (s.letters, s.position) > (%(letters)s, %(after)s)"
    return asked, where, "letters, position"


def _keyed(rows: Iterable[Row], named: str | None) -> Sequence[tuple[Key, str]]:
    return [((position,) if named is None else (letters, position), text) for position, letters, text in rows]
