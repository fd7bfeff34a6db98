"""Which facts lean on which source: "what have we taken from kcna, and what of it on nobody else's word?"."""

from collections.abc import Sequence

import orjson
from psycopg import Connection

from ledger.store.database import Row
from projections.views import figures
from projections.views.story import Fact, Step
from projections.views.view import OPEN, Look, Sheets, Table, View
from projections.views.visibility import READER, shown_of

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
INDEXES = """
create index if not exists source_usage_of_story on source_usage (story, source);
"""


def fold(sheets: Sheets, step: Step, look: Look) -> None:
    del look
    rows, story, position = sheets["source_usage"], step.story.number, step.event.position
    for changed in step.facts:
        was = changed.before.leaning if changed.before else {}
        now = changed.after.leaning
        for source, is_alone in now.items():
            if was.get(source) is not is_alone:
                rows.begin((source, story, changed.number), position, (is_alone,), is_new=source not in was)
        for source in was.keys() - now.keys():
            rows.end((source, story, changed.number), position)


ROWS = Table("source_usage", ("source", "story", "fact"), ("alone",), lasting=True)
VIEW = View("source_usage", ("source_usage",), DDL, ("story",), (ROWS,), fold, indexes=INDEXES)


# --- Sources that are one ----------------------------------------------------------------------------------------


def together(source: str) -> str:
    """SQL: a source, and those that it goes on for."""
    return f"select {source} as source union all select source from sources where merged_into = {source}"


def hanging_on_several(
    connection: Connection[Row], sources: Sequence[str], position: int
) -> list[tuple[int, int]]:
    """(story, fact) of those that stood, at a position, on the word of several of the sources and of nobody else. Few
    name several: what hangs on them all is looked for in what these say."""
    rows = connection.execute(
        "select u.story, u.fact, v.desk from (select story, fact from source_usage where source = any(%(sources)s)"
        "   and from_position <= %(position)s and %(position)s < to_position"
        "   group by story, fact having count(*) > 1 and not bool_or(alone)) u"
        " cross join lateral (select desk from fact_versions where story = u.story and fact = u.fact"
        "  and from_position <= %(position)s order by from_position desc limit 1) v",
        {"sources": list(sources), "position": position},
    )
    return [(story, fact) for story, fact, desk in rows if Fact(orjson.loads(desk)).hangs_on({*sources})]


# --- Reading -----------------------------------------------------------------------------------------------------


def page(
    connection: Connection[Row], source: str, after: tuple[int, int], limit: int
) -> Sequence[tuple[int, int, str]]:
    """(story, fact, text) of the facts that lean on the source now, or on one that it goes on for, in order of story
    and fact."""
    return connection.execute(
        "select u.story, u.fact, '{\"story\":\"' || n.slug || '\",' || substr(v.desk, 2)"
        f" from (select distinct u.story, u.fact from ({together('%(source)s')}) s cross join lateral ("
        f"   select story, fact from source_usage where source = s.source and to_position = {OPEN}"
        "    and (story, fact) > (%(story)s, %(fact)s) order by story, fact limit %(limit)s) u"
        "  order by u.story, u.fact limit %(limit)s) u join story_now n using (story)"
        f" join fact_versions v on v.story = u.story and v.fact = u.fact and v.to_position = {OPEN}"
        " order by u.story, u.fact",
        {"source": source, "story": after[0], "fact": after[1], "limit": limit},
    ).fetchall()


def page_for_readers(
    connection: Connection[Row], source: str, position: int, after: tuple[int, int], limit: int
) -> Sequence[tuple[int, int, str, list[str], int]]:
    """(story, fact, text, stories named, position of the edition) of the facts that readers see lean on the source: of
    each story that has any, in order, those that leant on it as of what they see."""
    return connection.execute(
        "select u.story, u.fact,"
        " '{\"story\":\"' || (select public_slug from story_now n where n.story = u.story) || '\",'"
        f" || substr({READER}, 2), v.reader_stories, shown.edition_position"
        f" from figures_of_stories s cross join {shown_of('s.story')}"
        " cross join lateral (select * from source_usage"
        "  where source = s.source and story = s.story and (story, fact) > (%(story)s, %(fact)s)"
        "   and from_position <= shown.content and shown.content < to_position order by fact) u"
        " cross join lateral (select * from fact_versions"
        "  where story = u.story and fact = u.fact and from_position <= shown.content"
        "  order by from_position desc limit 1) v"
        " where s.whose = 'reader' and s.source = %(source)s and s.story >= %(story)s"
        "  and %(source)s = any(v.reader_sources)"
        " order by s.story, u.fact limit %(limit)s",
        {"source": source, "position": position, "story": after[0], "fact": after[1], "limit": limit},
    ).fetchall()


def named_in(story: str) -> str:
    """SQL: `named`, to be had recursively: each source that any fact of a story has ever named, and null. From one to
    the next in the index, so that it costs what they are, however often each is named."""
    of_story = f"select source from source_usage where story = {story}"
    return (
        f"named (source) as (({of_story} order by source limit 1)"
        f" union all select ({of_story} and source > named.source order by source limit 1)"
        "  from named where named.source is not null)"
    )


def is_shown_in(content: str) -> str:
    """SQL: whether readers see p.source named in p.story as of a position."""
    return (
        "exists (select from source_usage u cross join lateral (select reader_sources from fact_versions v"
        f"  where v.story = u.story and v.fact = u.fact and v.from_position <= {content}"
        "   order by v.from_position desc limit 1) v"
        " where u.source = p.source and u.story = p.story"
        f"  and u.from_position <= {content} and u.to_position > {content} and u.source = any(v.reader_sources))"
    )


def figures_of_desk(connection: Connection[Row], source: str) -> str:
    """JSON text: of the facts that ever leant on the source, or on one that it goes on for, how many there are, in how
    many stories, how many were corrected since, and how many are withdrawn."""
    row = connection.execute(
        f"select ({figures_together('s.source')}) from sources s where source = %s and joined is not null",
        [source],
    ).fetchone()
    if row is None:
        return _figures(connection, "desk", source, ("facts", "stories", "corrected", "retracted"))
    return orjson.dumps({"source": source} | row[0]).decode()


def figures_together(source: str) -> str:
    """SQL: the same as JSON, each fact counted once, however many of them it names."""
    return (
        "select json_build_object('facts', count(*), 'stories', count(distinct l.story),"
        " 'corrected', count(*) filter (where exists (select from corrections c"
        "  where c.story = l.story and c.fact = l.fact and c.position > l.since)),"
        " 'retracted', count(*) filter (where v.desk::json ->> 'standing' = 'retracted'))"
        f" from (select story, fact, min(from_position) as since from source_usage join ({together(source)}) t"
        "   using (source) group by story, fact) l"
        f" join fact_versions v on v.story = l.story and v.fact = l.fact and v.to_position = {OPEN}"
    )


def discredited_in(connection: Connection[Row], story: int) -> list[tuple[str, str, list[int]]]:
    """(source, its name, facts that hang on it) of the sources that are discredited now, or that one goes on for which
    is, of those that the story's facts name."""
    return connection.execute(
        "select s.source, s.desk::json ->> 'name', array_agg(distinct v.fact order by v.fact)"
        " from fact_versions v cross join unnest(v.sources) as named (source) join sources s on s.source = named.source"
        " join sources g on g.source = coalesce(s.merged_into, s.source)"
        f" where v.story = %s and v.to_position = {OPEN} and g.discredited is not null"
        " group by s.source, s.desk order by s.source",
        [story],
    ).fetchall()


def hanging(connection: Connection[Row], source: str) -> str:
    """JSON text: how many facts lean on the source now, or on one that it goes on for, and how many of them on these
    alone; each in how many stories."""
    all_of_it = [slug for (slug,) in connection.execute(together("%(source)s"), {"source": source})]
    several = hanging_on_several(connection, all_of_it, OPEN - 1) if len(all_of_it) > 1 else []
    row = connection.execute(
        "select json_build_object('leaning', count(*), 'stories', count(distinct story),"
        " 'alone', count(*) filter (where alone), 'stories_alone', count(distinct story) filter (where alone))::text"
        " from (select story, fact,"
        "   bool_or(alone) or (story, fact) in (select * from unnest(%b::bigint[], %b::int[])) as alone"
        f"  from source_usage where source = any(%b) and to_position = {OPEN} group by story, fact) as leaning",
        [*map(list, zip(*several, strict=True) if several else ([], [])), all_of_it],
    ).fetchone()
    assert row is not None
    return str(row[0])


def figures_of_readers(connection: Connection[Row], source: str) -> str:
    """JSON text: of the facts that readers see lean on the source, how many there are, in how many stories, and of how
    many readers were told that they were corrected."""
    return _figures(connection, "reader", source, ("facts", "stories", "corrected"))


def _figures(connection: Connection[Row], whose: str, source: str, names: Sequence[str]) -> str:
    found = figures.of_source(connection, whose, source)
    return orjson.dumps({"source": source} | {name: found.get(name, 0) for name in names}).decode()
