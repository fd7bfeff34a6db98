"""Which facts lean on which source: "what have we taken from kcna, and what of it on nobody else's word?"."""

from collections.abc import Sequence

import orjson
from psycopg import Connection

from ledger.fact import stands_on_alone
from ledger.store.database import Row
from projections.views import figures
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
    primary key (story, fact, source, from_position)
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


def page_for_readers(
    connection: Connection[Row], source: str, position: int, after: tuple[int, int], limit: int
) -> Sequence[tuple[int, int, str, list[str]]]:
    """(story, fact, text, stories named) of the facts that readers see lean on the source: of each story that has any,
    in order, the spells that hold what they see of it."""
    return connection.execute(
        "select u.story, u.fact,"
        " '{\"story\":\"' || (select slug from story_now n where n.story = u.story) || '\",' || substr(v.reader, 2),"
        " v.reader_stories"
        f" from figures_of_stories s cross join {shown_of('s.story')}"
        " join source_usage u on u.story = s.story and u.source = s.source"
        "  and u.from_position <= shown.content and shown.content < u.to_position"
        " cross join lateral (select reader, reader_sources, reader_stories from fact_versions"
        "  where story = u.story and fact = u.fact and from_position <= shown.content"
        "  order by from_position desc limit 1) v"
        " where s.source = %(source)s and s.shown is not null and s.story >= %(story)s"
        "  and (u.story, u.fact) > (%(story)s, %(fact)s) and %(source)s = any(v.reader_sources)"
        " order by s.story, u.fact limit %(limit)s",
        {"source": source, "position": position, "story": after[0], "fact": after[1], "limit": limit},
    ).fetchall()


def figures_of(connection: Connection[Row], source: str) -> str:
    """JSON text: of the facts that ever leant on the source, how many there are, in how many stories, how many were
    corrected since, and how many are withdrawn."""
    return _figures(connection, "desk", source, ("facts", "stories", "corrected", "retracted"))


def figures_of_readers(connection: Connection[Row], source: str) -> str:
    """JSON text: of the facts that readers see lean on the source, how many there are, in how many stories, and of how
    many readers were told that they were corrected."""
    return _figures(connection, "reader", source, ("facts", "stories", "corrected"))


def _figures(connection: Connection[Row], whose: str, source: str, names: Sequence[str]) -> str:
    found = figures.of(connection, whose, source)
    told = {"source": source} | {name: found.get(name, 0) for name in names}
    return orjson.dumps(told).decode()
