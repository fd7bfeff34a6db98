"""Finds stories by their words, as they stood: "where did we say Vladivostok, and did we say it then?".

What a text is found by is made in `tokens.py`, what somebody asks for in `questions.py`; the database compares.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from psycopg import Connection

from ledger import limits
from ledger.store.database import Row
from ledger.withheld import stretches_of
from projections.views import fact_versions
from projections.views.documents import instant, json_of
from projections.views.happened import Values
from projections.views.others import SourceStep
from projections.views.reader_view import without_words
from projections.views.search import excerpts, questions, tokens
from projections.views.search.excerpts import Said
from projections.views.search.questions import Question
from projections.views.search.tokens import Texts
from projections.views.shown import names_shown
from projections.views.story import Fact, Step
from projections.views.view import OPEN, Look, Sheets, Table, View, held_at
from projections.views.visibility import READER, shown_of

DDL = f"""
create table search (
    story bigint not null,
    part text not null check (part in ('head', 'copy', 'fact', 'source')),
    item int not null, -- the number of the fact
    source text not null, -- whose name it is that the fact has, found under the one that it had from then on
    piece int not null, -- of a long text
    from_position bigint not null,
    to_position bigint not null default {OPEN},
    words tsvector not null,
    reader_words tsvector, -- what of it readers find; null where that is all
    primary key (story, part, item, source, piece, from_position)
);
create index search_now on search (story, part, item) where to_position = {OPEN};
create index search_named on search (source) where part = 'source';
"""
INDEXES = """
create index if not exists search_words on search using gin (words) with (gin_pending_list_limit = 256);
create index if not exists search_then on search
    using gist (box(point(story, from_position), point(story, to_position - 1)));
"""


def fold(sheets: Sheets, step: Step | SourceStep, look: Look) -> None:
    if isinstance(step, SourceStep):
        if step.is_called and step.event.position != step.number:
            sheets["renamed"].add(step.event.position, step.registration["source"])
        return
    rows, story, event = sheets["search"], step.story, step.event
    language = tokens.language_of(story.head["language"])

    def begin(part: str, item: int, texts: Texts, *, is_new: bool) -> None:
        pieces = [(piece, *words) for piece, words in enumerate(tokens.vectors(texts, language))]
        rows.begin((story.number, part, item, ""), event.position, *pieces, is_new=is_new)

    if event.kind in ("opening", "headline", "dateline", "slug"):
        place = story.head.get("dateline", {}).get("place", "")
        texts = tuple((text, True) for text in (story.head["headline"], story.slug, place))
        begin("head", 0, texts, is_new=event.kind == "opening")
    elif event.kind in ("copy", "refile"):
        spans = [(span["fact"], span["start"], span["end"]) for span in event.said["spans"]]
        begin("copy", 0, ((event.said["text"], stretches_of(spans, step.hidden) or True),), is_new=False)
    for changed in step.facts:
        # A row began where other words were for readers at that time, whatever they may find by now.
        was = _texts_of(changed.before) if changed.before else None
        then = _texts_of(changed.after)
        if then != was:
            now = _found_by(changed.after, changed.shown) if changed.is_protected_later else then
            begin("fact", changed.number, now, is_new=changed.before is None)
        named_before = _named(changed.before, changed.before.shown) if changed.before else {}
        named_then = _named(changed.after, changed.after.shown)
        named_now = _named(changed.after, changed.shown) if changed.is_protected_later else named_then
        for source, is_seen in named_then.items():
            if named_before.get(source) is not is_seen:
                name = look.name_of(source, event.position)
                (words,) = tokens.vectors(((name, named_now[source]),), language)
                key = (story.number, "source", changed.number, source)
                rows.begin(key, event.position, (0, *words), is_new=source not in named_before)
        for source in named_before.keys() - named_then.keys():
            rows.end((story.number, "source", changed.number, source), event.position)


def _named(fact: Fact, shown: Values | None) -> dict[str, bool]:
    """The sources that a fact names, each with whether readers see it named."""
    seen = names_shown(shown)
    return {source: source in seen for source in fact.named}


def _texts_of(fact: Fact) -> Texts:
    if fact.found_by is None:
        fact.found_by = _found_by(fact, fact.shown)
    texts: Texts = fact.found_by
    return texts


def _found_by(fact: Fact, shown: Values | None) -> Texts:
    """The texts that a fact is found by, but for the names of its sources; of each whether readers see it."""
    all_of_it = _said_by(fact.document)
    if shown is None or "statement" not in shown:
        return tuple((text, False) for text in all_of_it)
    seen = _said_by(shown)
    if seen == all_of_it:
        return tuple((text, True) for text in all_of_it)
    left = Counter(seen)
    texts = []
    for text in all_of_it:
        texts.append((text, left[text] > 0))
        left[text] -= 1
    return tuple(texts)


def _said_by(fact: Values) -> list[str]:
    texts = [fact["statement"], *(link["quote"] for link in fact.get("attribution", ()) if "quote" in link)]
    texts += fact["entities"]
    if "place" in fact:
        texts.append(fact["place"])
    return texts


def settle(connection: Connection[Row], sheets: Sheets) -> None:
    """A name that its source had lost before an edition showed it is not found by readers."""
    renamed = list({source for _, source in sheets["renamed"].begun})
    rewritten = sheets["search"].rewritten
    if not renamed and not rewritten:
        return
    connection.execute(
        "update search s set reader_words = ''"
        " where s.part = 'source' and (s.source = any(%b::text[]) or s.story = any(%b::bigint[]))"
        " and s.reader_words is null and exists ("
        "  select from source_names n where n.source = s.source and n.from_position > s.from_position"
        "   and not exists (select from publications p where p.story = s.story and p.is_edition"
        "    and p.from_position < n.from_position and s.from_position <= p.content and p.content < s.to_position))",
        [renamed, rewritten],
    )


ROWS = Table("search", ("story", "part", "item", "source"), ("piece", "words", "reader_words"), lasting=True)
RENAMED = Table("renamed", ("position",), ("source",))  # is handed on
VIEW = View(
    "search",
    ("search",),
    DDL,
    ("story", "source"),
    (ROWS, RENAMED),
    fold,
    needs=("sources", "publications"),
    indexes=INDEXES,
    is_rewritten=True,
    settle=settle,
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
        "  f.from_position <= %(position)s), 0) || ',\"state\":\"' || coalesce((select p.desk::json ->> 'state'"
        "   from publications p where p.story = s.story and p.from_position <= %(position)s"
        "   order by p.from_position desc limit 1), 'draft') || '\",' || substr(v.desk, 2)"
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
        "select s.story, s.content, '{\"edition\":' || s.edition || ',\"revision\":' || s.revision"
        ' || \',"published_at":"\''
        f" || {instant('s.edition_at')} || '\",'"
        " || substr(v.reader, 2)"
        f" from ({stories}) s"
        " join lateral (select reader from story_versions v where v.story = s.story and v.part = 'head'"
        "   and v.from_position <= s.content order by v.from_position desc limit 1) v on true"
        " order by s.story desc"
    )


def named(
    connection: Connection[Row], slugs: Sequence[str], position: int, *, for_readers: bool
) -> Sequence[tuple[int, str]]:
    """(story, text) of the stories with these slugs, of those that are there, for the desk or for readers."""
    of_these = "select distinct story from story_slugs where slug = any(%(slugs)s){}"
    which = f"from ({of_these}) n {{}} where n.story <= %(position)s"
    if for_readers:
        columns = "n.story, shown.content, shown.edition, shown.revision, shown.edition_at"
        query = _shown_to_readers(
            f"select {columns} {which.format(' and public_from is not null', 'cross join ' + shown_of('n.story'))}"
        )
    else:
        query = _shown(f"select n.story, %(position)s::bigint as content {which.format('', '')}")
    rows = connection.execute(query, {"slugs": list(slugs), "position": position})
    return [(story, text) for story, _, text in rows]


@dataclass(frozen=True, slots=True)
class _Sight:
    """SQL: what the desk sees, or readers. next: the newest story before one at %(position)s, with the position of its
    content; with_word: of all stories those that have a word; has: whether a row of words has one; text: the
    column of what is shown; fact: the like of a fact in its version v; hidden: facts that are not, on which words of
    the copy may stand."""

    next: Callable[[str], str]
    with_word: Callable[[str], str]
    has: Callable[[str], str]
    text: str
    fact: str
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
        "select next.story, shown.content, shown.edition, shown.revision, shown.edition_at"
        f" from (select story from publications where to_position = {OPEN} and story < {below}"
        f"  and story <= %(position)s order by story desc limit 1) as next left join {shown_of('next.story')} on true"
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
        " select * from (select distinct shown.story, content, edition, revision, edition_at"
        f"  from stories cross join {shown_of('stories.story')} join found on found.story = shown.story"
        "  where found.from_position <= content and content < found.to_position) as seen where true"
    )


_DESK: Final = _Sight(_next_story, _stories_with_word, _desk_has, "desk", "v.desk", "null::int[]")
_READERS: Final = _Sight(
    _next_story_shown,
    _stories_shown_with_word,
    _readers_have,
    "reader",
    READER,
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

    Where one of the words is rare, only the stories that have it are looked at. Words that are common are among the
    newest stories often enough; what is neither is looked for until the page is full.
    """
    if question is None:
        return connection.execute(shown(_walk(sight)), asked).fetchall()
    if question.is_empty:
        return []
    words = {f"word{index}": term.text() for index, term in enumerate((*question.all_of, *question.none_of))}
    wanted = list(words)[: len(question.all_of)]
    checks = {
        # By the story, whatever the word: planned for any word, the index of all words would be read for each story.
        name: f"(select true from (select * from search where {held_at('s.content', 's.story')} offset 0) held"
        f" where {sight.has(f'%({name})s::tsquery')} limit 1) is {'not null' if name in wanted else 'null'}"
        for name in words
    }
    asked = {**asked, **words}  # type: ignore[dict-item]
    rarest = _rare(connection, {name: words[name] for name in wanted})
    if rarest is None:
        return connection.execute(shown(_walk(sight, checks.values())), asked).fetchall()
    others = [check for name, check in checks.items() if name != rarest]
    return connection.execute(shown(_with_word(sight, rarest, others)), asked).fetchall()


def _walk(sight: _Sight, checks: Iterable[str] = ()) -> str:
    """SQL: looks at one story after the other, the newest first, until there are enough."""
    return (
        f"with recursive walk as (select first.* from ({sight.next('%(before)s')}) as first"
        f" union all select next.* from walk w cross join lateral ({sight.next('w.story')}) as next)"
        f" select * from walk s where {' and '.join(('s.content is not null', *checks))} limit %(limit)s"
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
    """One of the words that few rows have, of whatever story and time, if there is any. Of which the database reckons
    that many have it is not counted: for that all of them would be read; nor is any beyond a limit."""
    reckoned = {name: _reckoned(connection, word) for name, word in words.items()}
    for name in sorted(words, key=reckoned.__getitem__)[: limits.WORDS_COUNTED]:
        if reckoned[name] > _COMMON:
            return None
        # Selected: it does not reckon how often each of many spellings may be there, and does not read the whole table.
        row = connection.execute(
            "select count(*) from (select from search where words @@ (select %s::tsquery) limit %s) few",
            [words[name], limits.RARE_ROWS + 1],
        ).fetchone()
        assert row is not None
        if row[0] <= limits.RARE_ROWS:
            return name
    return None


# Of all rows. Of each of many spellings that it never saw the database reckons that some have it, which comes to less.
_COMMON: Final = 0.3


def _reckoned(connection: Connection[Row], word: str) -> float:
    """Which share of the rows the database takes to have the word; 0 where it has looked at none."""
    having = connection.execute(
        "explain (format json) select from search where words @@ %s::tsquery", [word]
    ).fetchone()
    of_all = connection.execute("explain (format json) select from search").fetchone()
    assert having is not None
    assert of_all is not None
    return _rows_in(having[0]) / max(_rows_in(of_all[0]), 1_000)


def _rows_in(plan: Sequence[Any]) -> int:
    return int(plan[0]["Plan"]["Plan Rows"])


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
        "select s.story, r.part, r.item, coalesce(f.text, v.text, n.name),"
        f" case when r.part = 'copy' then {sight.hidden} end"
        " from unnest(%(stories)s::bigint[], %(contents)s::bigint[]) as s (story, content)"
        " cross join lateral (select part, item, source, from_position"
        f"   from (select * from search where {held_at('s.content', 's.story')} offset 0) held"
        f"   where {sight.has('%(any)s::tsquery')}"
        "   group by part, item, source, from_position order by part, item, source limit %(limit)s) r"
        f" left join lateral (select {sight.fact} as text from fact_versions v"
        "   where r.part = 'fact' and story = s.story and fact = r.item and from_position <= s.content"
        "   order by from_position desc limit 1) f on true"
        f" left join lateral (select {sight.text} as text from story_versions"
        "   where r.part in ('head', 'copy') and story = s.story and part = r.part and from_position <= s.content"
        "   order by from_position desc limit 1) v on true"
        " left join source_names n on r.part = 'source' and n.source = r.source"
        "  and n.from_position <= r.from_position and r.from_position < n.to_position"
        " order by s.story desc, r.part, r.item, r.source",
        {
            "stories": list(contents),
            "contents": list(contents.values()),
            "any": any_of,
            "limit": limits.EXCERPT_PARTS,
        },
    ).fetchall()
    found: dict[int, list[Said]] = {}
    for story, part, item, text, hidden in rows:
        if part == "source":
            found.setdefault(story, []).append(Said("source", item, text))
        elif text is not None:
            shown = orjson.loads(without_words(text, hidden) if hidden else text)
            found.setdefault(story, []).extend(_parts(part, item, shown))
    return found


def _parts(part: str, item: int, document: Mapping[str, Any]) -> Iterator[Said]:
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
