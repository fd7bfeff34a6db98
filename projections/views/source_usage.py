"""Which facts lean on which source: "what have we taken from kcna, and what of it on nobody else's word?"."""

from collections.abc import Sequence

import orjson
from psycopg import Connection

from ledger.fact import stands_on_alone
from ledger.store.database import Row
from projections.views import public_changes
from projections.views.documents import FactDocument
from projections.views.view import OPEN, Page, Spells, View
from projections.views.visibility import shown_of

DDL = f"""
create table source_usage (
    source text not null,
    story bigint not null,
    fact int not null,
    from_position bigint not null,
    to_position bigint not null default {OPEN},
    alone boolean not null, -- the fact stands, and on this source alone
    primary key (source, story, fact, from_position)
);
create index source_usage_now on source_usage (source, story, fact) where to_position = {OPEN};
"""


def project(connection: Connection[Row], page: Page) -> None:
    spells = Spells()
    for move in page.moves:
        for before, after in move.facts:
            assert move.story is not None
            position = move.recorded.at.position
            was, now = _leaning(before) if before else {}, _leaning(after)
            for source in now:
                if source not in was or was[source] != now[source]:
                    key = (source, move.story.number, after.fact)
                    spells.begin(key, position, (now[source],), is_new=source not in was)
            for source in was.keys() - now.keys():
                spells.end((source, move.story.number, after.fact), position)
    spells.write_ends(connection, "source_usage", {"source": "text", "story": "bigint", "fact": "int"})
    if rows := spells.rows():
        connection.execute(
            "insert into source_usage (source, story, fact, from_position, to_position, alone)"
            " select * from unnest(%b::text[], %b::bigint[], %b::int[], %b::bigint[], %b::bigint[], %b::bool[])",
            list(map(list, zip(*rows, strict=True))),
        )


def _leaning(fact: FactDocument) -> dict[str, bool]:
    """The sources that the fact names, and whether it stands on that one alone."""
    alone = stands_on_alone(fact, fact.origins) if fact.standing == "standing" else set()
    return {source: source in alone for source in fact.named}


VIEW = View("source_usage", ("source_usage",), DDL, project)


# --- Reading -----------------------------------------------------------------------------------------------------


def page(
    connection: Connection[Row], source: str, after: tuple[int, int], limit: int
) -> Sequence[tuple[int, int, str]]:
    """(story, fact, text) of the facts that lean on the source now, in order of story and fact."""
    return connection.execute(
        "select u.story, u.fact, '{\"story\":\"' || n.slug || '\",' || substr(v.desk, 2)"
        " from source_usage u join story_now n using (story)"
        f" join fact_versions v on v.story = u.story and v.fact = u.fact and v.to_position = {OPEN}"
        f" where u.source = %s and u.to_position = {OPEN} and (u.story, u.fact) > (%s, %s)"
        " order by u.story, u.fact limit %s",
        [source, *after, limit],
    ).fetchall()


def _leaning_for_readers() -> str:
    """SQL: of the spells that a fact leant on the source, the one that holds what readers see: one row a fact."""
    return (
        f"from source_usage u cross join {shown_of('u.story')}"
        " cross join lateral (select reader, reader_sources, reader_stories from fact_versions"
        "  where story = u.story and fact = u.fact and from_position <= shown.content"
        "  order by from_position desc limit 1) v"
        " where u.source = %(source)s and u.from_position <= shown.content and shown.content < u.to_position"
        "  and %(source)s = any(v.reader_sources)"
    )


def page_for_readers(
    connection: Connection[Row], source: str, position: int, after: tuple[int, int], limit: int
) -> Sequence[tuple[int, int, str, list[str]]]:
    """(story, fact, text, stories named) of the facts that readers see lean on the source."""
    return connection.execute(
        "select u.story, u.fact,"
        " '{\"story\":\"' || (select slug from story_now n where n.story = u.story) || '\",' || substr(v.reader, 2),"
        " v.reader_stories"
        f" {_leaning_for_readers()} and (u.story, u.fact) > (%(story)s, %(fact)s)"
        " order by u.story, u.fact limit %(limit)s",
        {"source": source, "position": position, "story": after[0], "fact": after[1], "limit": limit},
    ).fetchall()


def figures(connection: Connection[Row], source: str) -> str:
    """JSON text: of the facts that ever leant on the source, how many there are, in how many stories, how many were
    corrected since, and how many are withdrawn."""
    row = connection.execute(
        "with leaning as (select story, fact, min(from_position) as since from source_usage"
        "  where source = %(source)s group by story, fact)"
        " select count(*), count(distinct story), count(*) filter (where exists ("
        "   select from corrections c where c.story = l.story and c.fact = l.fact and c.position > l.since)),"
        "  count(*) filter (where (select is_tombstone from fact_versions v"
        f"   where v.story = l.story and v.fact = l.fact and v.to_position = {OPEN}))"
        " from leaning l",
        {"source": source},
    ).fetchone()
    assert row is not None
    facts, stories, corrected, retracted = row
    told = {
        "source": source,
        "facts": facts,
        "stories": stories,
        "corrected": corrected,
        "retracted": retracted,
    }
    return orjson.dumps(told).decode()


def figures_for_readers(connection: Connection[Row], source: str, position: int) -> str:
    """JSON text: of the facts that readers see lean on the source, how many there are, in how many stories, and of how
    many readers were told that they were corrected."""
    told = public_changes.told("c.kind = 'correction' and c.story = l.story and c.fact = l.fact")
    row = connection.execute(
        f"with leaning as (select u.story, u.fact {_leaning_for_readers()})"
        f" select count(*), count(distinct story), count(*) filter (where exists ({told})) from leaning l",
        {"source": source, "position": position},
    ).fetchone()
    assert row is not None
    facts, stories, corrected = row
    return orjson.dumps(
        {"source": source, "facts": facts, "stories": stories, "corrected": corrected}
    ).decode()
