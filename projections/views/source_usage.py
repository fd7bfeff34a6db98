"""Which facts lean on which source: "what have we taken from kcna, and what of it on nobody else's word?"."""

from collections.abc import Sequence

import orjson
from psycopg import Connection

from ledger.store.database import Row
from projections.views import figures
from projections.views.story import Step
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
    """JSON text: of the facts that ever leant on the source, how many there are, in how many stories, how many were
    corrected since, and how many are withdrawn."""
    return _figures(connection, "desk", source, ("facts", "stories", "corrected", "retracted"))


def discredited_in(connection: Connection[Row], story: int) -> list[tuple[str, str, list[int]]]:
    """(source, its name, facts that hang on it) of the sources that are discredited now, of those that the story's
    facts name."""
    return connection.execute(
        "select s.source, s.desk::json ->> 'name', array_agg(distinct v.fact order by v.fact)"
        " from fact_versions v cross join unnest(v.sources) as named (source) join sources s on s.source = named.source"
        f" where v.story = %s and v.to_position = {OPEN} and s.discredited is not null"
        " group by s.source, s.desk order by s.source",
        [story],
    ).fetchall()


def hanging(connection: Connection[Row], source: str) -> str:
    """JSON text: how many facts lean on the source now, and how many of them on it alone; each in how many stories."""
    row = connection.execute(
        "select json_build_object('leaning', count(*), 'stories', count(distinct story),"
        " 'alone', count(*) filter (where alone), 'stories_alone', count(distinct story) filter (where alone))::text"
        f" from source_usage where source = %s and to_position = {OPEN}",
        [source],
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
