"""Finds stories by their words, as they stood: "where did we say Vladivostok, and did we say it then?".

What a text is found by is made in `tokens.py`, what somebody asks for in `questions.py`; the database compares.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from psycopg import Connection, sql

from ledger import limits
from ledger.fact import STRICTEST
from ledger.store.database import Row
from ledger.story import Copy, CopyFiled, CopyRefiled, DatelineSet, Head, HeadlineSet, StoryOpened
from ledger.withheld import stretches
from projections.views import fact_versions, sources
from projections.views.documents import FactDocument, instant, json_of
from projections.views.reader_view import ReaderFact, on_terms, reader_fact, sources_shown, without_words
from projections.views.search import excerpts, questions, tokens
from projections.views.search.excerpts import Said
from projections.views.search.questions import Question
from projections.views.search.tokens import Texts
from projections.views.view import OPEN, Page, Spells, View, held_at
from projections.views.visibility import shown_of

DDL = f"""
create table search (
    story bigint not null,
    part text not null check (part in ('head', 'copy', 'fact')),
    item int not null, -- the number of the fact
    piece int not null, -- of a long text
    from_position bigint not null,
    to_position bigint not null default {OPEN},
    words tsvector not null,
    reader_words tsvector, -- what of it readers find; null where that is all
    primary key (story, part, item, piece, from_position)
);
create index search_now on search (story, part, item) where to_position = {OPEN};
"""
INDEXES = """
create index if not exists search_words on search using gin (words) with (gin_pending_list_limit = 256);
create index if not exists search_then on search
    using gist (box(point(story, from_position), point(story, to_position - 1)));
"""

Names = Mapping[str, str]  # of sources, by slug
Filed = Copy | CopyFiled | CopyRefiled
_COPIES_AT_ONCE: Final = 20


def project(connection: Connection[Row], page: Page) -> None:
    spells = Spells()
    facts = [fact for move in page.moves for both in move.facts for fact in both if fact is not None]
    names = sources.names(connection, {slug for fact in facts for slug in fact.named})
    for move in page.moves:
        if move.story is None:
            continue
        position, event, number = move.recorded.at.position, move.recorded.event, move.story.number
        language = tokens.language_of(move.story.head.language)
        if isinstance(event, StoryOpened | HeadlineSet | DatelineSet):
            values = (texts_of_head(move.story.head), language)
            spells.begin((number, "head", 0), position, values, is_new=isinstance(event, StoryOpened))
        elif isinstance(event, CopyFiled | CopyRefiled):
            values = (texts_of_copy(event), language)
            spells.begin((number, "copy", 0), position, values, is_new=False)
        for before, after in move.facts:
            if before is not None and not _may_differ(before, after):
                continue
            texts = texts_of_fact(after, names)
            if before is None or texts != texts_of_fact(before, names):
                key = (number, "fact", after.fact)
                spells.begin(key, position, (texts, language), is_new=before is None)
    spells.write_ends(connection, "search", {"story": "bigint", "part": "text", "item": "int"})
    _write(connection, spells)
    _find_by_less(connection, page)
    _find_copies_by_less(connection, page)


def _write(connection: Connection[Row], spells: Spells) -> None:
    rows = [
        (*spell.key, piece, spell.from_position, spell.to_position, *words)
        for spell in spells.begun
        for piece, words in enumerate(tokens.vectors(*spell.values))  # type: ignore[arg-type]
    ]
    if rows:
        connection.execute(
            "insert into search (story, part, item, piece, from_position, to_position, words, reader_words)"
            " select story, part, item, piece, f, t, words::tsvector, reader_words::tsvector"
            " from unnest(%b::bigint[], %b::text[], %b::int[], %b::int[], %b::bigint[], %b::bigint[], %b::text[],"
            "  %b::text[]) as rows (story, part, item, piece, f, t, words, reader_words)",
            list(map(list, zip(*rows, strict=True))),
        )


def _languages(page: Page) -> dict[int, str]:
    """Of the stories that it moves."""
    return {
        move.story.number: tokens.language_of(move.story.head.language)
        for move in page.moves
        if move.story is not None
    }


def _find_by_less(connection: Connection[Row], page: Page) -> None:
    """Versions before terms were tightened are found by what readers may see of them now."""
    tightened = [
        (story, fact, later[-1][0]) for (story, fact), later in fact_versions.tightenings(page).items()
    ]
    if not tightened:
        return
    languages = _languages(page)
    rows = connection.execute(
        "select s.story, s.item, s.from_position, v.desk, v.terms"
        " from unnest(%b::bigint[], %b::int[], %b::bigint[]) as t (story, fact, upto)"
        " join search s on s.story = t.story and s.part = 'fact' and s.item = t.fact and s.piece = 0"
        "  and s.from_position < t.upto"
        " join fact_versions v on v.story = t.story and v.fact = t.fact and v.from_position = s.from_position",
        list(map(list, zip(*tightened, strict=True))),
    ).fetchall()
    facts = [
        (story, item, since, on_terms(FactDocument.model_validate_json(desk), terms))
        for story, item, since, desk, terms in rows
    ]
    names = sources.names(connection, {slug for *_, fact in facts for slug in fact.named})
    anew = [
        (story, item, piece, since, words)
        for story, item, since, fact in facts
        for piece, (_, words) in enumerate(tokens.vectors(texts_of_fact(fact, names), languages[story]))
    ]
    if anew:
        connection.execute(
            "update search s set reader_words = t.words::tsvector"
            " from unnest(%b::bigint[], %b::int[], %b::int[], %b::bigint[], %b::text[])"
            "  as t (story, item, piece, since, words)"
            " where s.story = t.story and s.part = 'fact' and s.item = t.item and s.piece = t.piece"
            "  and s.from_position = t.since",
            list(map(list, zip(*anew, strict=True))),
        )


def _find_copies_by_less(connection: Connection[Row], page: Page) -> None:
    """Readers find a copy by those of its words that stand on no fact that terms hide as of its filing. Where terms
    were loosened since they read more of it than they find, until it is filed anew; never less."""
    filed = [
        (move.story.number, move.recorded.at.position, move.recorded.event)
        for move in page.of(CopyFiled, CopyRefiled)
        if move.story is not None and isinstance(move.recorded.event, CopyFiled | CopyRefiled)
    ]
    tightened = [
        (story, fact, later[-1][0])
        for (story, fact), later in fact_versions.tightenings(page).items()
        if any(terms == STRICTEST for _, terms in later)
    ]
    languages = _languages(page)
    _find_by_what_is_shown(connection, filed, languages, page.upto)
    if not tightened:
        return
    with connection.cursor("copies_before") as copies:  # there may be many, and each may be long
        copies.execute(
            "select c.story, c.from_position, c.desk"
            " from unnest(%b::bigint[], %b::int[], %b::bigint[]) as t (story, fact, upto)"
            " join story_versions c on c.story = t.story and c.part = 'copy' and c.from_position < t.upto"
            # So that not all are read: on which facts words stand is seen in those that are.
            """ where position('"fact":' || t.fact || ',' in c.desk) > 0""",
            list(map(list, zip(*tightened, strict=True))),
        )
        while rows := copies.fetchmany(_COPIES_AT_ONCE):
            before = [(story, since, Copy.recorded(**orjson.loads(desk))) for story, since, desk in rows]
            _find_by_what_is_shown(connection, before, languages, page.upto)


def _find_by_what_is_shown(
    connection: Connection[Row],
    copies: Sequence[tuple[int, int, Filed]],
    languages: Mapping[int, str],
    upto: int,
) -> None:
    """copies: the story of each, and the position of its filing; upto: up to where facts are looked at, which may have
    moved on already."""
    stands_on = {(story, span.fact) for story, _, copy in copies for span in copy.spans}
    if not stands_on:
        return
    rows = connection.execute(
        "select v.story, v.fact, max(v.to_position) from unnest(%b::bigint[], %b::int[]) as t (story, fact)"
        " join fact_versions v on v.story = t.story and v.fact = t.fact and v.from_position <= %b"
        f" where v.terms = '{STRICTEST}' and v.desk::json ->> 'terms' = '{STRICTEST}' group by v.story, v.fact",
        [*map(list, zip(*stands_on, strict=True)), upto],
    )
    # Of each story: facts, and up to where what they said is off the record.
    hidden: dict[int, dict[int, int]] = {}
    for story, fact, until in rows:
        hidden.setdefault(story, {})[fact] = until
    anew = []
    for story, since, copy in copies:
        facts = [fact for fact, until in hidden.get(story, {}).items() if since < until]
        pieces = tokens.vectors(texts_of_copy(copy, facts), languages[story]) if facts else ()
        anew += [(words, story, piece, since) for piece, (_, words) in enumerate(pieces)]
    connection.cursor().executemany(
        "update search set reader_words = %s::tsvector"
        " where story = %s and part = 'copy' and item = 0 and piece = %s and from_position = %s",
        anew,
    )


def texts_of_head(head: Head) -> Texts:
    place = head.dateline.place if head.dateline and head.dateline.place else ""
    return tuple((text, True) for text in (head.headline, head.story, place))


def texts_of_copy(copy: Filed, hidden: Collection[int] = ()) -> Texts:
    """hidden: the facts that terms hide from readers as of its filing."""
    return ((copy.text, stretches(copy.spans, hidden) or True),)


def texts_of_fact(fact: FactDocument, names: Names) -> Texts:
    """What it is found by; also the names of its sources."""
    shown = reader_fact(fact)
    seen = Counter(_texts_of(shown, sources_shown(shown), names) if isinstance(shown, ReaderFact) else ())
    texts = []
    for text in _texts_of(fact, fact.named, names):
        texts.append((text, seen[text] > 0))
        seen[text] -= 1
    return tuple(texts)


def _texts_of(fact: FactDocument | ReaderFact, named: Iterable[str], names: Names) -> list[str]:
    quotes = [link.quote for link in fact.attribution or () if link.quote]
    texts = [fact.statement, *quotes, *fact.entities, fact.place or ""]
    return [text for text in (*texts, *(names[slug] for slug in sorted(named))) if text]


def _may_differ(before: FactDocument, after: FactDocument) -> bool:
    """Whether anything changed that the words, or whether readers see them, hang on."""
    return any(
        getattr(before, name) != getattr(after, name)
        for name in (
            "statement", "attribution", "citations", "responses", "entities", "place", "terms", "standing",
        )
    )  # fmt: skip


VIEW = View(
    "search", ("search",), DDL, project, needs=("sources", "story_versions", "fact_versions"), indexes=INDEXES
)


# --- Reading -----------------------------------------------------------------------------------------------------


def page(
    connection: Connection[Row], words: str | None, position: int, before: int, limit: int
) -> Sequence[tuple[int, str]]:
    """(story, text) of the stories that were open at the position and, if anything is asked, answered it then; newest
    first. See `questions.py` for what can be asked; TooManyWords beyond the limit."""
    question = None if words is None else questions.read(words)
    rows = _page(
        connection, question, _DESK, _shown, {"position": position, "before": before, "limit": limit}
    )
    return _with_excerpts(connection, question, rows, _DESK)


def _shown(stories: str) -> str:
    return (
        "select s.story, s.content, '{\"revision\":' || r.revision || ',\"position\":' || r.position ||"
        " ',\"facts\":' || coalesce((select max(f.fact) from fact_versions f where f.story = s.story and"
        "  f.from_position <= %(position)s), 0) || ',' || substr(v.desk, 2)"
        f" from ({stories}) s"
        " join lateral (select revision, position from revisions r where r.story = s.story"
        "   and r.position <= %(position)s order by r.position desc limit 1) r on true"
        " join lateral (select desk from story_versions v where v.story = s.story and v.part = 'head'"
        "   and v.from_position <= %(position)s order by v.from_position desc limit 1) v on true"
        " order by s.story desc"
    )


def page_for_readers(
    connection: Connection[Row], words: str | None, position: int, before: int, limit: int
) -> Sequence[tuple[int, str]]:
    """The same for readers: (story, text) of the stories that they saw at the position, found by what they saw."""
    question = None if words is None else questions.read(words)
    asked = {"position": position, "before": before, "limit": limit}
    rows = _page(connection, question, _READERS, _shown_to_readers, asked)
    return _with_excerpts(connection, question, rows, _READERS)


def _shown_to_readers(stories: str) -> str:
    return (
        'select s.story, s.content, \'{"revision":\' || s.revision || \',"published_at":"\''
        f" || {instant('s.edition_at')} || '\",'"
        " || substr(v.reader, 2)"
        f" from ({stories}) s"
        " join lateral (select reader from story_versions v where v.story = s.story and v.part = 'head'"
        "   and v.from_position <= s.content order by v.from_position desc limit 1) v on true"
        " order by s.story desc"
    )


@dataclass(frozen=True, slots=True)
class _Sight:
    """SQL: what the desk sees, or readers. next: the newest story before one at %(position)s, with the position of its
    content; with_word: of all stories those that have a word; has: whether a row of words has one; text, sources:
    the columns of what is shown; hidden: facts that are not, on which words of the copy may stand."""

    next: Callable[[str], str]
    with_word: Callable[[str], str]
    has: Callable[[str], str]
    text: str
    sources: str
    hidden: str


def _desk_has(word: str) -> str:
    return f"words @@ {word}"


def _readers_have(word: str) -> str:
    """What readers find is among what the desk finds, and that is in the index."""
    return f"words @@ {word} and (reader_words is null or reader_words @@ {word})"


# One story after the other, the newest first, from below a story on.


def _next_story(below: str) -> str:
    return (
        f"select story, %(position)s::bigint as content from story_now where story < {below} and story <= %(position)s"
        " order by story desc limit 1"
    )


def _next_story_shown(below: str) -> str:
    """Without content where readers do not see it."""
    return (
        "select next.story, shown.content, shown.revision, shown.edition_at"
        f" from (select story from publications where to_position = {OPEN} and story < {below}"
        f"  order by story desc limit 1) as next left join {shown_of('next.story')} on true"
    )


# Materialized: the words come first, by their index. Left to itself the planner may walk through every story instead,
# in the hope of a full page soon. Selected: it does not reckon how often each of many spellings may be there, and does
# not read the whole table for them.


def _stories_with_word(word: str) -> str:
    return (
        "with found as materialized (select story, from_position, to_position from search"
        f"  where {_desk_has(f'(select {word}::tsquery)')})"
        " select distinct story, %(position)s::bigint as content from found"
        " where from_position <= %(position)s and %(position)s < to_position"
    )


def _stories_shown_with_word(word: str) -> str:
    return (
        "with found as materialized (select story, from_position, to_position from search"
        f"  where {_readers_have(f'(select {word}::tsquery)')}),"
        " stories as materialized (select distinct story from found where story < %(before)s)"
        " select * from (select distinct shown.story, content, revision, edition_at"
        f"  from stories cross join {shown_of('stories.story')} join found on found.story = shown.story"
        "  where found.from_position <= content and content < found.to_position) as seen where true"
    )


_DESK: Final = _Sight(_next_story, _stories_with_word, _desk_has, "desk", "sources", "null::int[]")
_READERS: Final = _Sight(
    _next_story_shown,
    _stories_shown_with_word,
    _readers_have,
    "reader",
    "reader_sources",
    fact_versions.hidden_at("s.content", "s.story"),
)


def _page(
    connection: Connection[Row],
    question: Question | None,
    sight: _Sight,
    shown: Callable[[str], str],
    asked: Mapping[str, int],
) -> Sequence[Row]:
    """The newest stories that answer the question, at most %(limit)s. `shown`: SQL of what is told of them.

    A common word is among the newest stories often enough. Where these do not fill the page and one of the words is
    rare, the stories that have it are looked at; else all, until the page is full.
    """
    if question is None:
        return connection.execute(shown(_walk(sight)), asked).fetchall()
    if question.is_empty:
        return []
    words = {f"word{index}": term.text() for index, term in enumerate((*question.all_of, *question.none_of))}
    wanted = list(words)[: len(question.all_of)]
    checks = {
        name: f"(select true from search where {held_at('s.content', 's.story')}"
        f" and {sight.has(f'%({name})s::tsquery')} limit 1) is {'not null' if name in wanted else 'null'}"
        for name in words
    }
    asked = {**asked, **words}  # type: ignore[dict-item]
    newest = _walk(sight, checks.values(), limits.NEWEST_STORIES)
    rows = connection.execute(shown(newest), asked).fetchall()
    if len(rows) == asked["limit"]:
        return rows
    rarest = _rare(connection, {name: words[name] for name in wanted})
    if rarest is None:
        return connection.execute(shown(_walk(sight, checks.values())), asked).fetchall()
    others = [check for name, check in checks.items() if name != rarest]
    return connection.execute(shown(_with_word(sight, rarest, others)), asked).fetchall()


def _walk(sight: _Sight, checks: Iterable[str] = (), stories: int | None = None) -> str:
    """SQL: looks at one story after the other, the newest first, until there are enough, or so many were looked at."""
    goes_on = "" if stories is None else f" where w.place < {stories}"
    return (
        f"with recursive walk as (select 1 as place, first.* from ({sight.next('%(before)s')}) as first"
        f" union all select w.place + 1, next.* from walk w cross join lateral ({sight.next('w.story')}) as next"
        f"{goes_on}) select * from walk s where {' and '.join(('s.content is not null', *checks))} limit %(limit)s"
    )


def _with_word(sight: _Sight, rare: str, checks: Iterable[str]) -> str:
    """SQL: looks at the stories that have a word."""
    stories = f"select * from ({sight.with_word(f'%({rare})s')}) as found where story < %(before)s"
    # In order before they are looked at, so that it ends with the page.
    return (
        f"select * from ({stories} order by story desc offset 0) s"
        f" where {' and '.join(('true', *checks))} limit %(limit)s"
    )


def _rare(connection: Connection[Row], words: Mapping[str, str]) -> str | None:
    """One of the words that few rows have, of whatever story and time, if there is any. Counted are those first that
    the database takes for rarer, and none beyond a limit."""

    def reckoned(name: str) -> int:
        row = connection.execute(
            sql.SQL("explain (format json) select from search where words @@ {}::tsquery").format(words[name])
        ).fetchone()
        assert row is not None
        return int(row[0][0]["Plan"]["Plan Rows"])

    for name in sorted(words, key=reckoned)[: limits.WORDS_COUNTED]:
        # Selected: it does not reckon how often each of many spellings may be there, and does not read the whole table.
        (count,) = connection.execute(
            "select count(*) from (select from search where words @@ (select %s::tsquery) limit %s) few",
            [words[name], limits.RARE_ROWS + 1],
        ).fetchone() or (0,)
        if count <= limits.RARE_ROWS:
            return name
    return None


# --- What it was found by ----------------------------------------------------------------------------------------


def _with_excerpts(
    connection: Connection[Row], question: Question | None, rows: Sequence[Row], sight: _Sight
) -> list[tuple[int, str]]:
    """(story, text) of rows of (story, position of its content, text), each with the words that were asked for."""
    texts: dict[int, str] = {story: text for story, _, text in rows}
    if question is not None and question.all_of and rows:
        room = limits.EXCERPT_CHARACTERS
        said = _said(connection, question, {story: content for story, content, _ in rows}, sight)
        for story, parts in said.items():
            room -= sum(len(one.text) for one in parts)
            if room < 0:
                break
            language = tokens.language_of(orjson.loads(texts[story])["language"])
            excerpt = excerpts.best(question, parts, language)
            if excerpt is not None:
                texts[story] = f'{texts[story][:-1]},"found":{json_of(excerpt)}}}'
    return list(texts.items())


def _said(
    connection: Connection[Row], question: Question, contents: Mapping[int, int], sight: _Sight
) -> dict[int, list[Said]]:
    """Texts of each story that have any of the words, as they stood at the position of its content; newest first."""
    any_of = " | ".join(replace(term, idle_in=frozenset()).text() for term in question.all_of)
    rows = connection.execute(
        "select s.story, r.part, r.item, coalesce(f.text, v.text), f.names,"
        f" case when r.part = 'copy' then {sight.hidden} end"
        " from unnest(%(stories)s::bigint[], %(contents)s::bigint[]) as s (story, content)"
        f" cross join lateral (select part, item from search where {held_at('s.content', 's.story')}"
        f"   and {sight.has('%(any)s::tsquery')}"
        "   group by part, item order by part, item limit %(limit)s) r"
        f" left join lateral (select {sight.text} as text, {sight.sources} as names from fact_versions"
        "   where r.part = 'fact' and story = s.story and fact = r.item and from_position <= s.content"
        "   order by from_position desc limit 1) f on true"
        f" left join lateral (select {sight.text} as text from story_versions"
        "   where r.part <> 'fact' and story = s.story and part = r.part and from_position <= s.content"
        "   order by from_position desc limit 1) v on true"
        " order by s.story desc, r.part, r.item",
        {
            "stories": list(contents),
            "contents": list(contents.values()),
            "any": any_of,
            "limit": limits.EXCERPT_PARTS,
        },
    ).fetchall()
    names = sources.names(connection, {name for *_, named, _ in rows for name in named or ()})
    found: dict[int, list[Said]] = {}
    for story, part, item, text, named, hidden in rows:
        if text is not None:
            shown = orjson.loads(without_words(text, hidden) if hidden else text)
            found.setdefault(story, []).extend(_parts(part, item, shown, sorted(named or ()), names))
    return found


def _parts(
    part: str, item: int, document: Mapping[str, Any], named: Sequence[str], names: Names
) -> Iterator[Said]:
    if part == "copy":
        yield Said("copy", None, document["text"])
    elif part == "head":
        yield Said("headline", None, document["headline"])
        yield Said("dateline", None, document.get("dateline", {}).get("place", ""))
    elif "statement" in document:
        yield Said("statement", item, document["statement"])
        for link in document.get("attribution") or ():
            yield Said("quote", item, link.get("quote") or "")
        yield Said("place", item, document.get("place") or "")
        for entity in document["entities"]:
            yield Said("entity", item, entity)
        for slug in named:
            yield Said("source", item, names[slug])
