"""Finds stories by their words, as they stood: "where did we say Vladivostok, and did we say it then?".

What a text is found by is made in `tokens.py`, what somebody asks for in `questions.py`; the database compares.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from psycopg import Connection

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
from projections.views.visibility import SHOWN, shown_of

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
    stories, asked = _stories(connection, question, _DESK)
    rows = connection.execute(
        "select s.story, s.content, '{\"revision\":' || r.revision || ',\"position\":' || r.position ||"
        " ',\"facts\":' || coalesce((select max(f.fact) from fact_versions f where f.story = s.story and"
        "  f.from_position <= %(position)s), 0) || ',' || substr(v.desk, 2)"
        f" from ({stories} order by story desc limit %(limit)s) s"
        " join lateral (select revision, position from revisions r where r.story = s.story"
        "   and r.position <= %(position)s order by r.position desc limit 1) r on true"
        " join lateral (select desk from story_versions v where v.story = s.story and v.part = 'head'"
        "   and v.from_position <= %(position)s order by v.from_position desc limit 1) v on true"
        " order by s.story desc",
        {"position": position, "before": before, "limit": limit, **asked},
    ).fetchall()
    return _with_excerpts(connection, question, rows, _DESK)


def page_for_readers(
    connection: Connection[Row], words: str | None, position: int, before: int, limit: int
) -> Sequence[tuple[int, str]]:
    """The same for readers: (story, text) of the stories that they saw at the position, found by what they saw."""
    question = None if words is None else questions.read(words)
    stories, asked = _stories(connection, question, _READERS)
    rows = connection.execute(
        'select s.story, s.content, \'{"revision":\' || s.revision || \',"published_at":"\''
        f" || {instant('s.edition_at')} || '\",'"
        " || substr(v.reader, 2)"
        f" from ({stories} order by story desc limit %(limit)s) s"
        " join lateral (select reader from story_versions v where v.story = s.story and v.part = 'head'"
        "   and v.from_position <= s.content order by v.from_position desc limit 1) v on true"
        " order by s.story desc",
        {"position": position, "before": before, "limit": limit, **asked},
    ).fetchall()
    return _with_excerpts(connection, question, rows, _READERS)


@dataclass(frozen=True, slots=True)
class _Sight:
    """SQL: what the desk sees, or readers. every: the stories at %(position)s, each with the position of its content;
    with_word: those of them that have the %(rarest)s of the words; has: whether a row of words has one; text, sources:
    the columns of what is shown; hidden: facts that are not, on which words of the copy may stand."""

    every: Callable[[], str]
    with_word: Callable[[], str]
    has: Callable[[str], str]
    text: str
    sources: str
    hidden: str


def _desk_has(word: str) -> str:
    return f"words @@ {word}"


def _readers_have(word: str) -> str:
    """What readers find is among what the desk finds, and that is in the index."""
    return f"words @@ {word} and (reader_words is null or reader_words @@ {word})"


def _every_story() -> str:
    return "select story, %(position)s::bigint as content from story_now where story <= %(position)s"


def _every_story_shown() -> str:
    return f"select story, content, revision, edition_at from {SHOWN} as shown where true"


# Materialized: the words come first, by their index. Left to itself the planner may walk through every story instead,
# in the hope of a full page soon. Selected: it does not reckon how often each of many spellings may be there, and does
# not read the whole table for them.


def _stories_with_word() -> str:
    return (
        "with found as materialized (select story, from_position, to_position from search"
        f"  where {_desk_has('(select %(rarest)s::tsquery)')})"
        " select distinct story, %(position)s::bigint as content from found"
        " where from_position <= %(position)s and %(position)s < to_position"
    )


def _stories_shown_with_word() -> str:
    return (
        "with found as materialized (select story, from_position, to_position from search"
        f"  where {_readers_have('(select %(rarest)s::tsquery)')}),"
        " stories as materialized (select distinct story from found where story < %(before)s)"
        " select * from (select distinct shown.story, content, revision, edition_at"
        f"  from stories cross join {shown_of('stories.story')} join found on found.story = shown.story"
        "  where found.from_position <= content and content < found.to_position) as seen where true"
    )


_DESK: Final = _Sight(_every_story, _stories_with_word, _desk_has, "desk", "sources", "null::int[]")
_READERS: Final = _Sight(
    _every_story_shown,
    _stories_shown_with_word,
    _readers_have,
    "reader",
    "reader_sources",
    fact_versions.hidden_at("s.content", "s.story"),
)


def _stories(
    connection: Connection[Row], question: Question | None, sight: _Sight
) -> tuple[str, dict[str, str]]:
    """SQL: the stories that answer the question, each with the position of its content; and what it is about.

    Where one of the words is rare, only the stories that have it are looked at; else all, newest first, until there
    are enough, which is soon.
    """
    if question is None:
        return f"{sight.every()} and story < %(before)s", {}
    if question.is_empty:
        return f"{sight.every()} and false", {}
    wanted = [term.text() for term in question.all_of]
    unwanted = [term.text() for term in question.none_of]
    counted = _counted(connection, wanted)
    source, asked = sight.every(), {}
    if counted and min(counted) <= limits.RARE_ROWS:
        source, asked["rarest"] = sight.with_word(), wanted.pop(counted.index(min(counted)))
    checks = []
    for index, (word, is_wanted) in enumerate(
        [*((w, True) for w in wanted), *((w, False) for w in unwanted)]
    ):
        asked[f"word{index}"] = word
        checks.append(
            f"(select true from search where {held_at('s.content', 's.story')}"
            f" and {sight.has(f'%(word{index})s::tsquery')} limit 1)"
            f" is {'not null' if is_wanted else 'null'}"
        )
    # In order before they are looked at, so that it ends with the page.
    found = f"select * from ({source} and story < %(before)s order by story desc offset 0) s"
    return found + (f" where {' and '.join(checks)}" if checks else ""), asked


def _counted(connection: Connection[Row], words: Sequence[str]) -> list[int]:
    """How many rows have each of the words, of whatever story and time; beyond a limit not counted."""
    if not words:
        return []
    rows = connection.execute(
        "select (select count(*) from (select from search where words @@ asked.word::tsquery limit %b) few)"
        " from unnest(%b::text[]) with ordinality as asked (word, place) order by asked.place",
        [limits.RARE_ROWS + 1, list(words)],
    )
    return [count for (count,) in rows]


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
