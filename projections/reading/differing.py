"""In what an edition reads otherwise than the one before it: every part that differs, whatever readers are told of why.

So nothing that readers read changes without a word to them: what no correction, update or note accounts for is told as
reworded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from operator import itemgetter
from typing import Final, Literal

import orjson
from psycopg import Connection

from ledger import limits
from ledger.store.database import Row
from projections.views import source_usage, sources
from projections.views.reader_view import facts_named, without_spans, without_words
from projections.views.view import held_at
from projections.views.visibility import READER, SEEN, facts_shown

Part = Literal["headline", "dateline", "copy", "notes"]
PARTS: Final[tuple[Part, ...]] = ("headline", "dateline", "copy", "notes")


@dataclass(frozen=True, slots=True)
class Renamed:
    """A source that readers see named both times, by another name: before and after."""

    source: str
    before: str
    after: str


@dataclass(slots=True)
class Differing:
    """What differs: parts of the story besides its facts; facts that read otherwise or are withdrawn; facts that are
    new; how many facts there are beyond those that are named; sources with another name, and how many more of them."""

    parts: list[Part] = field(default_factory=list)
    facts: list[int] = field(default_factory=list)
    new_facts: list[int] = field(default_factory=list)
    more_facts: int = 0
    sources: list[Renamed] = field(default_factory=list)
    more_sources: int = 0

    def text(self) -> str:
        parts = [part for part in PARTS if part in self.parts]
        return orjson.dumps(asdict(self) | {"parts": parts}).decode()


def _fact_at(content: str, fact: str = "touched.fact") -> str:
    """SQL: the text of a fact as readers see it as of a position."""
    return (
        f"(select {SEEN} as text from fact_versions v where v.story = p.story and v.fact = {fact}"
        f" and v.from_position <= {content} order by v.from_position desc limit 1)"
    )


def _part_at(part: str, content: str) -> str:
    return (
        f"(select reader from story_versions where story = p.story and part = '{part}' and item = 0"
        f" and from_position <= {content} order by from_position desc limit 1)"
    )


def _notes_at(content: str) -> str:
    return (
        "(select array_agg(reader order by item) from story_versions where story = p.story and part = 'note'"
        f" and reader is not null and from_position <= {content} and to_position > {content})"
    )


# Where an edition shows an earlier revision than the one before it, it is what is gone that differs.
_BETWEEN: Final = "{0} > least(b.content, p.content) and {0} <= greatest(b.content, p.content)"
_EDITIONS: Final = (
    "edition as (select p.story, p.from_position, p.content, b.content as before, b.from_position as seen_before"
    "  from unnest(%(editions)s::bigint[]) e (position)"
    "  join publications p on p.story = %(story)s and p.from_position = e.position"
    "  join lateral (select from_position, content from publications earlier where earlier.story = p.story"
    "   and earlier.is_edition and earlier.from_position < p.from_position"
    "   order by earlier.from_position desc limit 1) b on true)"
)
_DIFFERING: Final = (
    f"with {_EDITIONS}"
    # Facts: those that something happened to in between, or whose date was read anew, where that shows.
    " select p.from_position, case when was.text is null then 'new_fact' else 'fact' end, touched.fact"
    " from edition p cross join lateral (select p.before as content) b"
    " cross join lateral (select fact from revisions r where r.story = p.story and r.fact is not null"
    f"  and {_BETWEEN.format('r.position')}"
    "  union select v.fact from revisions r cross join lateral (select fact from fact_versions"
    f"   where {held_at('r.position', 'r.story')} and from_position = r.position) v"
    f"  where r.story = p.story and r.kind = 'dateline' and {_BETWEEN.format('r.position')}) touched"
    f" left join lateral {_fact_at('b.content')} was on true left join lateral {_fact_at('p.content')} now on true"
    " where was.text is distinct from now.text"
    " union all"
    " select p.from_position, part, 0 from edition p cross join lateral (select p.before as content) b"
    f" cross join lateral (select {_part_at('head', 'b.content')}::json as was,"
    f"  {_part_at('head', 'p.content')}::json as now) head"
    " cross join lateral (values"
    "  ('headline', head.was ->> 'headline' is distinct from head.now ->> 'headline'),"
    "  ('dateline', (head.was -> 'dateline')::text is distinct from (head.now -> 'dateline')::text),"
    f"  ('copy', {_part_at('copy', 'b.content')} is distinct from {_part_at('copy', 'p.content')}),"
    f"  ('notes', {_notes_at('b.content')} is distinct from {_notes_at('p.content')})"
    " ) as said (part, differs) where differs"
)

# Facts that say the same in both, and rest on facts or are answered by facts that may have come to be seen or hidden
# meanwhile: another story had an edition, or of this one a fact was taken back or hidden.
_MENTIONING: Final = (
    f"with {_EDITIONS}"
    " select p.from_position, p.seen_before, m.fact, m.text from edition p"
    " cross join lateral (select p.before as content) b"
    " cross join lateral (select exists(select from revisions r where r.story = p.story"
    "  and r.kind in ('retraction', 'reversion', 'tightening', 'loosening')"
    f"  and {_BETWEEN.format('r.position')}) as has_moved) own"
    f" cross join lateral (select fact, reader_stories, {READER} as text from fact_versions v where v.story = p.story"
    "  and v.reader_stories <> '{}' and v.from_position <= p.content and v.to_position > p.content) m"
    f" join lateral {_fact_at('b.content', 'm.fact')} was on was.text = m.text"
    " where exists (select from story_slugs n where n.slug = any(m.reader_stories)"
    "  and case when n.story = p.story then own.has_moved else exists (select from publications o"
    "   where o.story = n.story and o.from_position > p.seen_before and o.from_position <= p.from_position) end)"
)


# Where readers do not see all facts, words of the copy are withheld: then it differs by what is left of it.
_HIDES: Final = "select exists(select from fact_versions where story = %(story)s and terms = 'off_record')"
_UNSEEN: Final = (
    "(select array_agg(fact) filter (where not is_tombstone) as hidden,"
    "  array_agg(fact) filter (where is_tombstone) as gone"
    f"  from (select fact, is_tombstone, {SEEN} as text from fact_versions v where {held_at('c.content', 'p.story')}) f"
    "  where text is null)"
)
_COPIES: Final = (
    f"with {_EDITIONS} select p.from_position, {_part_at('copy', 'c.content')}, hidden, gone"
    " from edition p cross join lateral (values (p.before), (p.content)) c (content)"
    f" cross join lateral {_UNSEEN} unseen order by p.from_position, c.content"
)


def _with_other_mentions(connection: Connection[Row], asked: Mapping[str, object]) -> list[tuple[int, int]]:
    """(position of the edition, fact) of those that say the same and mention other facts than before."""
    rows = [
        (edition, before, fact, facts_named(orjson.loads(text)))
        for edition, before, fact, text in connection.execute(_MENTIONING, asked)
    ]
    seen = facts_shown(
        connection,
        {(one, at) for edition, before, _, named in rows for one in named for at in (edition, before)},
    )
    return [
        (edition, fact)
        for edition, before, fact, named in rows
        if any(((one, edition) in seen) != ((one, before) in seen) for one in named)
    ]


def _with_other_words(connection: Connection[Row], asked: Mapping[str, object]) -> set[int]:
    """The editions whose copy reads otherwise than that of the one before, by what is shown of both."""
    shown: dict[int, list[str | None]] = {}
    for position, copy, hidden, gone in connection.execute(_COPIES, asked):
        read = copy and without_spans(without_words(copy, hidden or ()), gone or ())
        shown.setdefault(position, []).append(read)
    return {position for position, (was, now) in shown.items() if was != now}


def _renamed() -> str:
    """SQL: of each edition the sources that readers see in it and in the one before, by another name. An edition has
    the names that sources had when it was published. Looked for among those that the story has ever named, one after
    the other: they are few, and of names that were given to any source in between there may be many."""
    return (
        f"with recursive {_EDITIONS}, {source_usage.named_in('%(story)s::bigint')}, given as materialized ("
        "  select named.source, n.from_position from named cross join lateral ("
        "   select from_position from source_names where source = named.source"
        "    and from_position > (select min(seen_before) from edition)"
        "    and from_position <= (select max(from_position) from edition) offset 0) n)"
        " select p.from_position, p.source, was.name, now.name, count(*) over (partition by p.from_position)"
        " from (select distinct edition.*, given.source from edition"
        "  join given on given.from_position > seen_before and given.from_position <= edition.from_position) p"
        f" cross join lateral ({sources.called('name', 'select p.source as slug', 'p.seen_before')}) was"
        f" cross join lateral ({sources.called('name', 'select p.source as slug', 'p.from_position')}) now"
        f" where was.name <> now.name and {source_usage.is_shown_in('p.before')}"
        f"  and {source_usage.is_shown_in('p.content')} order by 1, 2"
    )


def of_editions(connection: Connection[Row], story: int, editions: Sequence[int]) -> Mapping[int, Differing]:
    """Of each edition of a story, by its position; none of its first."""
    found: dict[int, Differing] = {}
    asked = {"story": story, "editions": list(editions)}
    rows = connection.execute(_DIFFERING, asked).fetchall()
    if connection.execute(_HIDES, asked).fetchone() == (True,):
        rows = [row for row in rows if row[1] != "copy"]
        rows += [(position, "copy", 0) for position in _with_other_words(connection, asked)]
    rows += [(position, "fact", fact) for position, fact in _with_other_mentions(connection, asked)]
    for position, what, fact in sorted(rows, key=itemgetter(0, 2)):
        differing = found.setdefault(position, Differing())
        if what not in ("fact", "new_fact"):
            differing.parts.append(what)
        elif len(differing.facts) + len(differing.new_facts) < limits.CHANGES_SHOWN:
            (differing.facts if what == "fact" else differing.new_facts).append(fact)
        else:
            differing.more_facts += 1
    for position, source, before, after, count in connection.execute(_renamed(), asked):
        differing = found.setdefault(position, Differing())
        if len(differing.sources) < limits.CHANGES_SHOWN:
            differing.sources.append(Renamed(source, before, after))
        else:
            differing.more_sources = count - limits.CHANGES_SHOWN
    return found
