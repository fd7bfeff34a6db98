"""Finds stories by their words, as they stood: "where did we say Vladivostok, and did we say it then?"."""

from collections.abc import Sequence

from psycopg import Connection

from ledger.database import Row
from ledger.story import CopyFiled, CopyRefiled, DatelineSet, Head, HeadlineSet, StoryOpened
from projections import fact_versions
from projections.documents import FactDocument, instant
from projections.reader_view import ReaderFact, on_terms, reader_fact
from projections.view import OPEN, Page, Spells, View
from projections.visibility import SHOWN, shown_of

DDL = f"""
create table search (
    story bigint not null,
    part text not null,
    from_position bigint not null,
    to_position bigint not null default {OPEN},
    words tsvector not null,
    reader_words tsvector not null,
    primary key (story, part, from_position)
);
create index search_now on search (story, part) where to_position = {OPEN};
"""
INDEXES = """
create index if not exists search_words on search using gin (words) with (gin_pending_list_limit = 256);
create index if not exists search_reader_words on search using gin (reader_words) with (gin_pending_list_limit = 256);
"""


def project(connection: Connection[Row], page: Page) -> None:
    spells = Spells()
    for move in page.moves:
        if move.story is None:
            continue
        position, event, number = move.recorded.at.position, move.recorded.event, move.story.number
        language = language_of(move.story.head)
        if isinstance(event, StoryOpened | HeadlineSet | DatelineSet):
            text = words_of_head(move.story.head)
            values = (language, text, text)
            spells.begin((number, "head"), position, values, is_new=isinstance(event, StoryOpened))
        elif isinstance(event, CopyFiled | CopyRefiled):
            spells.begin((number, "copy"), position, (language, event.text, event.text), is_new=False)
        for before, after in move.facts:
            if before is not None and not _may_differ(before, after):
                continue
            texts = _words_of(after)
            if before is None or texts != _words_of(before):
                key, values = (number, f"fact {after.fact}"), (language, *texts)
                spells.begin(key, position, values, is_new=before is None)
    spells.write_ends(connection, "search", {"story": "bigint", "part": "text"})
    if rows := spells.rows():
        connection.execute(
            "insert into search (story, part, from_position, to_position, words, reader_words)"
            " select story, part, f, t, words,"
            "  case when reader = desk then words else to_tsvector(language::regconfig, reader) end"
            " from unnest(%b::bigint[], %b::text[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[])"
            " as rows (story, part, f, t, language, desk, reader)"
            " cross join lateral (select to_tsvector(language::regconfig, desk) as words offset 0) w",
            list(map(list, zip(*rows, strict=True))),
        )
    _find_by_less(connection, page)


def _find_by_less(connection: Connection[Row], page: Page) -> None:
    """Versions before terms were tightened are found by what readers may see of them now."""
    tightened = [
        (story, f"fact {fact}", fact, later[-1][0])
        for (story, fact), later in fact_versions.tightenings(page).items()
    ]
    if not tightened:
        return
    languages = {
        move.story.number: language_of(move.story.head) for move in page.moves if move.story is not None
    }
    rows = connection.execute(
        "select s.story, s.part, s.from_position, v.desk, v.terms"
        " from unnest(%b::bigint[], %b::text[], %b::int[], %b::bigint[]) as t (story, part, fact, upto)"
        " join search s on s.story = t.story and s.part = t.part and s.from_position < t.upto"
        " join fact_versions v on v.story = t.story and v.fact = t.fact and v.from_position = s.from_position",
        list(map(list, zip(*tightened, strict=True))),
    ).fetchall()
    anew = [
        (
            story,
            part,
            since,
            languages[story],
            _words_of(on_terms(FactDocument.model_validate_json(desk), terms))[1],
        )
        for story, part, since, desk, terms in rows
    ]
    if not anew:
        return
    connection.execute(
        "update search s set reader_words = to_tsvector(t.language::regconfig, t.words)"
        " from unnest(%b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::text[])"
        "  as t (story, part, since, language, words)"
        " where s.story = t.story and s.part = t.part and s.from_position = t.since",
        list(map(list, zip(*anew, strict=True))),
    )


def language_of(head: Head) -> str:
    """In which the database reads the story's words."""
    return "english" if head.language.startswith("en") else "simple"


def words_of_head(head: Head) -> str:
    place = head.dateline.place if head.dateline and head.dateline.place else ""
    return f"{head.headline} {head.story} {place}"


def words_of_fact(fact: FactDocument | ReaderFact) -> str:
    quotes = [link.quote for link in fact.attribution or () if link.quote]
    return " ".join([fact.statement, *quotes, *fact.entities, fact.place or ""])


def _may_differ(before: FactDocument, after: FactDocument) -> bool:
    """Whether anything changed that the words, or whether readers see them, hang on."""
    return any(
        getattr(before, name) != getattr(after, name)
        for name in ("statement", "attribution", "entities", "place", "terms", "standing")
    )


def _words_of(fact: FactDocument) -> tuple[str, str]:
    """What the desk, and what readers find it by."""
    shown = reader_fact(fact)
    return words_of_fact(fact), words_of_fact(shown) if isinstance(shown, ReaderFact) else ""


VIEW = View("search", ("search",), DDL, project, needs=("fact_versions",), indexes=INDEXES)


# --- Reading -----------------------------------------------------------------------------------------------------


def page(
    connection: Connection[Row], words: str | None, position: int, before: int, limit: int
) -> Sequence[tuple[int, str]]:
    """(story, text) of the stories that were open at the position and, if words are given, held them then; newest
    first. Words are read as in a web search: several must all occur, "quoted" ones together, -word must not; all of it
    within one part of the story: its headline, its copy, or one fact."""
    if words is None:
        stories = "select story from story_now where story <= %(position)s and story < %(before)s"
    else:
        # Materialized: the words come first, by their index. Left to itself the planner may walk through every story
        # instead, in the hope of a full page soon.
        stories = (
            "with found as materialized (select story, from_position, to_position from search"
            "  where words @@ websearch_to_tsquery('english', %(words)s)"
            "     or words @@ websearch_to_tsquery('simple', %(words)s))"
            " select distinct story from found"
            " where from_position <= %(position)s and %(position)s < to_position and story < %(before)s"
        )
    return connection.execute(
        "select s.story, '{\"revision\":' || r.revision || ',\"position\":' || r.position || ',\"facts\":' ||"
        " coalesce((select max(f.fact) from fact_versions f where f.story = s.story and"
        "  f.from_position <= %(position)s), 0) || ',' || substr(v.desk, 2)"
        f" from ({stories} order by story desc limit %(limit)s) s"
        " join lateral (select revision, position from revisions r where r.story = s.story"
        "   and r.position <= %(position)s order by r.position desc limit 1) r on true"
        " join lateral (select desk from story_versions v where v.story = s.story and v.part = 'head'"
        "   and v.from_position <= %(position)s order by v.from_position desc limit 1) v on true"
        " order by s.story desc",
        {"words": words, "position": position, "before": before, "limit": limit},
    ).fetchall()


def page_for_readers(
    connection: Connection[Row], words: str | None, position: int, before: int, limit: int
) -> Sequence[tuple[int, str]]:
    """The same for readers: (story, text) of the stories that they saw at the position, found by what they saw."""
    if words is None:
        found = f"select story, content, revision, edition_at from {SHOWN} as shown where story < %(before)s"
    else:
        found = (
            "with found as materialized (select story, from_position, to_position from search"
            "  where reader_words @@ websearch_to_tsquery('english', %(words)s)"
            "     or reader_words @@ websearch_to_tsquery('simple', %(words)s))"
            " select distinct found.story, content, revision, edition_at"
            f" from found cross join {shown_of('found.story')}"
            " where found.from_position <= content and content < found.to_position and found.story < %(before)s"
        )
    return connection.execute(
        'select s.story, \'{"revision":\' || s.revision || \',"published_at":"\''
        f" || {instant('s.edition_at')} || '\",'"
        " || substr(v.reader, 2)"
        f" from ({found} order by story desc limit %(limit)s) s"
        " join lateral (select reader from story_versions v where v.story = s.story and v.part = 'head'"
        "   and v.from_position <= s.content order by v.from_position desc limit 1) v on true"
        " order by s.story desc",
        {"words": words, "position": position, "before": before, "limit": limit},
    ).fetchall()
