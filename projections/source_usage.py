"""Which facts lean on which source: "what have we taken from kcna?"."""

from collections.abc import Sequence

from psycopg import Connection

from ledger.database import Row
from projections.documents import named_sources
from projections.publications import SHOWN
from projections.view import OPEN, Page, Spells, View

DDL = f"""
create table source_usage (
    source text not null,
    story bigint not null,
    fact int not null,
    from_position bigint not null,
    to_position bigint not null default {OPEN},
    primary key (source, story, fact, from_position)
);
create index source_usage_now on source_usage (source, story, fact) where to_position = {OPEN};
"""


def project(connection: Connection[Row], page: Page) -> None:
    spells = Spells()
    gone: dict[tuple[str, int, int], int] = {}
    for move in page.moves:
        for before, after in move.facts:
            assert move.story is not None
            was = named_sources(before) if before else set()
            now = named_sources(after)
            for source in now - was:
                key = (source, move.story.number, after.fact)
                spells.begin(key, move.recorded.at.position, (), is_new=True)
            for source in was - now:
                key = (source, move.story.number, after.fact)
                if not spells.end(key, move.recorded.at.position):
                    gone[key] = move.recorded.at.position
    if gone:
        connection.execute(
            "update source_usage u set to_position = gone.at"
            " from unnest(%b::text[], %b::bigint[], %b::int[], %b::bigint[]) as gone (source, story, fact, at)"
            " where u.source = gone.source and u.story = gone.story and u.fact = gone.fact"
            f" and u.to_position = {OPEN}",
            [*map(list, zip(*gone, strict=True)), list(gone.values())],
        )
    if spells.begun:
        rows = [(*spell.key, spell.from_position, spell.to_position) for spell in spells.begun]
        connection.execute(
            "insert into source_usage (source, story, fact, from_position, to_position)"
            " select * from unnest(%b::text[], %b::bigint[], %b::int[], %b::bigint[], %b::bigint[])",
            list(map(list, zip(*rows, strict=True))),
        )


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
    """(story, fact, text, other stories named) of the facts that readers see lean on the source."""
    return connection.execute(
        "select v.story, v.fact, '{\"story\":\"' || n.slug || '\",' || substr(v.reader, 2), v.reader_stories"
        " from (select distinct story, fact from source_usage where source = %(source)s"
        "  and (story, fact) > (%(story)s, %(fact)s)) u"
        f" join {SHOWN} as shown on shown.story = u.story"
        " join story_now n on n.story = u.story"
        " join fact_versions v on v.story = u.story and v.fact = u.fact"
        "  and v.from_position <= shown.content and shown.content < v.to_position"
        "  and %(source)s = any(v.reader_sources)"
        " order by v.story, v.fact limit %(limit)s",
        {"source": source, "position": position, "story": after[0], "fact": after[1], "limit": limit},
    ).fetchall()
