"""Would a leak be found? Each way in which one endpoint, or one query, could tell readers too much is tried in turn.

One piece of the code is changed while the server runs, and a reader walks through an endpoint behind which that shows.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from psycopg import Connection

from api.app import create_app
from api.formats.catalogue import FORMATS
from api.http import access, documents, reading, representations, syndicating
from api.server.embedded import EmbeddedPostgres
from ledger.store.database import Row
from projections.reading import (
    diff,
    differing,
    facts,
    feeds,
    news,
    reader_replay,
    replay,
    steps,
    timeline,
    withdrawals,
)
from projections.reading.replay import Asked
from projections.views import (
    fact_versions,
    figures,
    public_changes,
    publications,
    requests,
    search,
    shown,
    source_usage,
    sources,
    story_versions,
    visibility,
)
from projections.views.story import Story, readers_hear
from tests.days import a_bit_of_everything
from tests.house import House, open_house
from tests.newsday import Day
from tests.readers import Told
from tests.views import build_anew
from tests.walk import FOR_READERS_ALONE

LIST = "/v1/stories"
STORY = "/v1/stories/{slug}"
EDITIONS = "/v1/stories/{slug}/revisions"
EDITION = "/v1/stories/{slug}/revisions/{revision}"
STEPS = "/v1/stories/{slug}/steps"
DIFFERENCE = "/v1/stories/{slug}/diff"
FACTS = "/v1/stories/{slug}/facts"
FACT = "/v1/stories/{slug}/facts/{fact}"
HISTORY = "/v1/stories/{slug}/facts/{fact}/history"
SOURCES = "/v1/sources"
SOURCE = "/v1/sources/{slug}"
FACTS_OF_SOURCE = "/v1/sources/{slug}/facts"
CORRECTIONS = "/v1/corrections"
FIGURES = "/v1/corrections/figures"
SOURCE_FIGURES = "/v1/sources/{slug}/figures"
CORRECTIONS_FEED = "/v1/corrections/feed"
FEED = "/v1/stories/{slug}/feed"
FEED_BESIDE = "/v1/stories/{slug}.atom"
IN_FORMATS = [f"/v1/stories/{{slug}}.{form.suffix}" for form in FORMATS]
TIMEMAP = "/v1/stories/{slug}/timemap"
JSON_LD = "/v1/stories/{slug}/json-ld"
RECEIPT = "/v1/requests/{request}/receipt"
STREAM = "/v1/events/stream"
STREAM_OF_STORY = "/v1/stories/{slug}/stream"

Edit = tuple[Callable[..., Any], str, str]  # a function, a piece of its source, and what stands there instead


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip of ours: what is told then, and by which endpoints. rebuilt: it shows once the views are built anew."""

    told: str
    endpoints: tuple[str, ...]
    edits: tuple[Edit, ...]
    rebuilt: bool = False


# --- Slips of the endpoints ------------------------------------------------------------------------------------------

_FOR_READERS = 'asked.view == "reader"'
FORGOTTEN: dict[str, Edit] = {
    LIST: (reading.list_stories, _FOR_READERS, "False"),
    STORY: (reading.show_story, _FOR_READERS, "False"),
    EDITIONS: (reading.list_revisions, _FOR_READERS, "False"),
    EDITION: (reading.show_revision, _FOR_READERS, "False"),
    STEPS: (reading.show_steps, _FOR_READERS, "False"),
    DIFFERENCE: (diff.between, 'earlier.view == "reader"', "False"),
    FACTS: (facts.page, _FOR_READERS, "False"),
    FACT: (reading.show_fact, _FOR_READERS, "False"),
    HISTORY: (reading.show_history, _FOR_READERS, "False"),
    SOURCES: (reading.list_sources, _FOR_READERS, "False"),
    SOURCE: (reading.show_source, _FOR_READERS, "False"),
    FACTS_OF_SOURCE: (reading.list_facts_of_source, _FOR_READERS, "False"),
    SOURCE_FIGURES: (reading.show_source_figures, _FOR_READERS, "False"),
    CORRECTIONS: (reading.list_corrections, _FOR_READERS, "False"),
    FIGURES: (reading.show_correction_figures, "connection, asked.view", 'connection, "desk"'),
    STREAM: (news.page, _FOR_READERS, "False"),
    STREAM_OF_STORY: (news.page, _FOR_READERS, "False"),
    **dict.fromkeys(IN_FORMATS, (representations.represented, _FOR_READERS, "False")),
    FEED_BESIDE: (representations._in_atom, _FOR_READERS, "False"),
}
# Without those that have numbers alone, in which no word is found.
CLOSED = (
    "/v1/approvals", "/v1/stories/{slug}/approvals/{approval}", "/v1/events", "/v1/events/{position}", "/v1/members",
    "/v1/facts/shaken", "/v1/stories/{slug}/facts/{fact}/impact", "/v1/waiting",
    "/v1/stories/{slug}/discredited", "/v1/stories/{slug}/merges",
    "/v1/requests", "/v1/requests/{request}", "/v1/purges",
)  # fmt: skip
_NOBODY_ASKED: Edit = (access.Visitor.only, "self.actor.role not in roles", "False")
_DESK_ON_REQUEST: Edit = (documents.asked_view, 'view == "desk" and is_reader', "False")

# --- Slips of the predicate --------------------------------------------------------------------------------------

# Every story, as of its last event, whatever became of it.
EVERYTHING = """(
    select story, revision, position as content, revision::int as edition, position as edition_position,
           recorded_at as edition_at,
           recorded_at as first_at, array[]::text[] as signals
    from story_now
)"""


_OPEN_NOW, _OPEN_THEN = "and latest.is_open", "and past.is_open"
PREDICATES = {
    "EVERYTHING": EVERYTHING,
    "NOW_CLOSED": visibility.SHOWN.replace(_OPEN_NOW, ""),
    "THEN_CLOSED": visibility.SHOWN.replace(_OPEN_THEN, ""),
    "UNGATED": visibility.SHOWN.replace(_OPEN_NOW, "").replace(_OPEN_THEN, ""),
}
assert len(set(PREDICATES.values())) == len(PREDICATES)


def everything(function: Callable[..., Any]) -> Edit:
    """The function without the predicate."""
    found = re.search(r"\{(SHOWN|shown_of\(.*?\))\}", inspect.getsource(function))
    assert found
    return function, found[0], found[0].replace("SHOWN", "EVERYTHING").replace("shown_of", "everything_of")


def everything_of(story: str) -> str:
    return f"lateral (select * from {EVERYTHING} as one where one.story = {story} offset 0) as shown"  # noqa: S608  ours


_MOMENT = everything(visibility.shown)
_UNGATED: Edit = visibility.shown_of, "{SHOWN}", "{UNGATED}"
_CHANGES = everything(public_changes.told)
# When a story is published or withheld, not when it is asked for.
_COUNTED = everything(figures.added)
UNASKED: dict[str, tuple[Edit, ...]] = {
    LIST: (everything(search._next_story_shown), everything(search._stories_shown_with_word)),
    STORY: (_MOMENT,),
    EDITIONS: (_MOMENT, _CHANGES),
    EDITION: (_UNGATED, _CHANGES),
    STEPS: (_MOMENT, _CHANGES),
    DIFFERENCE: (_UNGATED,),
    FACTS: (_MOMENT,),
    FACT: (_MOMENT,),
    HISTORY: (_MOMENT,),
    SOURCES: ((sources.page_for_readers, "{_NAMED}", "true"),),
    SOURCE: ((sources.one_for_readers, "{_NAMED}", "true"),),
    FACTS_OF_SOURCE: (everything(source_usage.page_for_readers),),
    SOURCE_FIGURES: (_COUNTED,),
    CORRECTIONS: (_CHANGES,),
    FIGURES: (_COUNTED,),
    CORRECTIONS_FEED: (_CHANGES, everything(feeds._heads)),
    FEED: (_MOMENT,),
    FEED_BESIDE: (_MOMENT,),
    **dict.fromkeys(IN_FORMATS, (_MOMENT,)),
    TIMEMAP: (_MOMENT,),
    JSON_LD: (_MOMENT,),
    RECEIPT: (_CHANGES,),
    STREAM: (_MOMENT,),
    STREAM_OF_STORY: (_MOMENT,),
}

# --- Slips of what is read, and of what the views hold -----------------------------------------------------------

TEXTS = (STORY, DIFFERENCE, JSON_LD)  # what is seen of a whole story
_TO_READERS = "{SEEN}"
# Of what was withdrawn its last words, whether anyone saw them or not.
_ANY = "case when v.is_tombstone then v.desk else {SEEN} end"
# Whatever was published, whether anyone saw it or not.
_EVERY_REVISION = (
    "from (select revision::int as edition, from_position, since, revision,"
    "  lag(revision) over (order by from_position) as was from publications"
    "  where story = %(story)s) published where revision is distinct from was"
)


def of_the_desk(connection: Connection[Row], slug: str, asked: Asked) -> Any:
    """The desk's document, with what only the one for readers has."""
    found = replay.story(connection, slug, asked)
    published = {"published_at": None, "first_published_at": None}
    document = orjson.loads(found.text) | {"changes": [], "publication": published}
    return SimpleNamespace(text=orjson.dumps(document), asked_position=found.moment.asked_position)


SLIPS = [
    # What readers saw, and when.
    Slip(
        "what is held or killed",
        (STORY, FACT, JSON_LD),
        ((visibility.shown_of, "{SHOWN}", "{NOW_CLOSED}"),),
    ),
    Slip("what was held or killed then", TEXTS[:1], ((visibility.shown_of, "{SHOWN}", "{THEN_CLOSED}"),)),
    Slip("what is published later", (STORY,), ((reader_replay.story, "then.shown.content", "2**53 - 2"),)),
    Slip(
        "what was published later of a fact",
        (FACT,),
        ((reader_replay.fact, "then.shown.content", "2**53 - 2"),),
    ),
    Slip(
        "what nobody saw of the history",
        (HISTORY,),
        ((reader_replay.history, "seen.content < v.to_position", "true"),),
    ),
    Slip(
        "changes that came later",
        (STORY,),
        ((public_changes.told, "c.published_position <= %(position)s", "true"),),
    ),
    Slip(
        "the notice of a story that nobody saw",
        (STORY,),
        (
            (withdrawals.tombstone, " and latest.first_at is not null", ""),
            (visibility.shown, ", for_readers=True)", ")"),  # it has no slug that readers know
        ),
    ),
    # Which editions there are.
    Slip(
        "editions that nobody saw",
        (TIMEMAP,),
        ((timeline.part, "{_EDITIONS}", _EVERY_REVISION),),
    ),
    Slip(
        "beside an edition what nobody saw",
        (STORY,),
        ((timeline.beside, "{_EDITIONS}", _EVERY_REVISION),),
    ),
    Slip(
        "which editions there were of what is held or killed",
        (STORY,),
        (
            (
                reading.show_story_to_readers,
                "then = reader_replay.moment(connection, slug, asked)",
                "then = reader_replay.Moment(replay.find(connection, slug), 0, None)",
            ),
        ),
    ),
    Slip(
        "what would have been an edition",
        (FEED,),
        (
            (
                reader_replay.editions,
                "story = %(story)s and is_edition",
                "story = %(story)s and revision is not null",
            ),
        ),
    ),
    Slip(
        "a step that would have been an edition",
        (STEPS,),
        ((steps.of_readers, "and is_edition", "and revision is not null"),),
    ),
    Slip(
        "how many facts are off the record",
        (STEPS,),
        ((steps._intervals_seen, "{visibility.SEEN} is not null", "true"),),
    ),
    Slip(
        "how many facts are not published",
        (STEPS,),
        ((steps._new_facts, "bisect_left(contents, begins)", "0"),),
    ),
    # Which sources have another name than before.
    Slip(
        "that a source which readers see nobody named by has another name",
        (EDITIONS, EDITION, FEED),
        ((source_usage.is_shown_in, "u.source = any(v.reader_sources)", "true"),),
    ),
    Slip(
        "a name that a source was given after the edition",
        (EDITIONS, EDITION, FEED),
        ((differing._renamed, "'p.from_position')}) now", "'2^52')}) now"),),
    ),
    # What feeds say beside the changes.
    Slip(
        "the headline that is not published",
        (CORRECTIONS_FEED,),
        ((feeds._heads, "v.from_position <= shown.content", "true"),),
    ),
    Slip(
        "the headline of another edition",
        (FEED,),
        ((feeds._new_in, "{head_as_of('e.content')}", "{head_as_of('2^53')}"),),
    ),
    Slip(
        "the headline that nobody saw before",
        (FEED,),
        ((feeds._new_in, "{head_as_of('b.content')}", "{head_as_of('e.content - 1')}"),),
    ),
    Slip(
        "what is off the record, as reported",
        (FEED,),
        (
            (
                feeds._new_in,
                "{READER} as text, is_tombstone",
                "v.desk as text, is_tombstone",
            ),
        ),
    ),
    Slip(
        "what is reported, as it is not published",
        (FEED,),
        ((feeds._new_in, "and v.from_position <= e.content order", "order"),),
    ),
    Slip(
        "the desk's document as linked data",
        (JSON_LD,),
        ((syndicating.describe_story, "reader_replay.story(", "of_the_desk("),),
    ),
    # What of a fact, and of the changes of it.
    Slip(
        "facts off the record",
        TEXTS,
        ((fact_versions.shown_then, _TO_READERS, "coalesce({SEEN}, v.desk)"),),
    ),
    Slip("the desk's text of facts", TEXTS, ((fact_versions.shown_then, _TO_READERS, "v.desk"),)),
    Slip(
        "the desk's text of a fact",
        (FACT,),
        ((fact_versions.shown_one, _TO_READERS, "coalesce({SEEN}, v.desk)"),),
    ),
    Slip(
        "what was withdrawn before anyone saw it",
        (STORY,),
        ((fact_versions.shown_then, _TO_READERS, _ANY),),
    ),
    Slip(
        "that a fact was withdrawn before anyone saw it",
        (FACT,),
        ((fact_versions.shown_one, _TO_READERS, _ANY),),
    ),
    Slip(
        "the history of what was withdrawn before anyone saw it",
        (HISTORY,),
        (
            (reader_replay.history, "{visibility.SEEN} is not null", "v.reader is not null"),
            (
                reader_replay.history,
                "seen.at, {visibility.SEEN},",
                "seen.at, coalesce({visibility.SEEN}, v.desk),",
            ),
        ),
    ),
    Slip(
        "where it is named, what was withdrawn before anyone saw it",
        (STORY, FACT, HISTORY, FACTS_OF_SOURCE),
        ((visibility.facts_shown, "{SEEN} is not null", "v.reader is not null"),),
    ),
    Slip(
        "sources that are not named",
        (STORY,),
        ((fact_versions.shown_then, "reader_sources,", "sources as reader_sources,"),),
    ),
    Slip(
        "sources that are not named with a fact",
        (FACT,),
        ((fact_versions.shown_one, "reader_sources", "sources"),),
    ),
    Slip(
        "the desk's text of each version",
        (HISTORY,),
        (
            (
                reader_replay.history,
                "seen.at, {visibility.SEEN},",
                "seen.at, coalesce({visibility.READER}, v.desk),",
            ),
            (reader_replay.history, "{visibility.SEEN} is not null", "true"),
        ),
    ),
    Slip(
        "corrections of what is off the record",
        (STORY, EDITIONS, EDITION, STEPS, CORRECTIONS, CORRECTIONS_FEED, FEED, JSON_LD, RECEIPT),
        (
            (public_changes.told, "was.reader is not null", "true"),
            (public_changes.told, "became.reader is not null", "true"),
        ),
    ),
    Slip(
        "corrections of what is off the record, in figures",
        (FIGURES,),
        (
            (public_changes.told, "was.reader is not null", "true"),
            (public_changes.told, "became.reader is not null", "true"),
        ),
        rebuilt=True,
    ),
    Slip(
        "corrections of what nobody saw",
        (STORY, EDITIONS, EDITION, STEPS, CORRECTIONS, CORRECTIONS_FEED, FEED, JSON_LD),
        ((public_changes.told, "was.version >= c.wrong_version", "true"),),
    ),
    Slip(
        "corrections of what nobody saw, in figures",
        (FIGURES,),
        ((public_changes.told, "was.version >= c.wrong_version", "true"),),
        rebuilt=True,
    ),
    Slip(
        "correctives for what is off the record",
        (STORY, DIFFERENCE),
        ((reader_replay.story, 'orjson.loads(text)["fact"] not in unseen', "True"),),
    ),
    Slip(
        "words that stand on what is off the record",
        (STORY, JSON_LD),
        ((reader_replay.story, "without_words(copy, hidden)", "copy"),),
    ),
    Slip(
        "words that stand on what is off the record, around those that are found",
        (LIST,),
        ((search._said, "without_words(text, hidden) if hidden else text", "text"),),
    ),
    Slip(
        "stories that are hidden, where another one names them",
        (STORY, DIFFERENCE, FACT, HISTORY, FACTS_OF_SOURCE),
        (
            everything(visibility.facts_shown),
            (visibility.facts_shown, "and n.public_from <= moment.position", ""),
        ),
    ),
    Slip(
        "facts that came later than the edition, where it names them",
        (STORY, FACT, HISTORY, FACTS_OF_SOURCE),
        ((reader_replay.hiding_facts, "(position, facts[index][2])", "(position,)"),),
    ),
    Slip(
        "facts that are hidden, where another one names them",
        (STORY, FACT, HISTORY, FACTS_OF_SOURCE),
        ((visibility.facts_shown, "{SEEN} is not null", "true"),),
    ),
    # What of a request.
    Slip(
        "the desk's note to whoever asked",
        (RECEIPT,),
        ((requests.receipt, "(said.acknowledged -> 'acknowledged_at')", "said.acknowledged"),),
    ),
    Slip(
        "why the desk accepted it",
        (RECEIPT,),
        ((requests.receipt, "(said.answer ->> 'version')\"", 'said.answer"'),),
    ),
    # In figures.
    Slip(
        "facts off the record, in figures",
        (FIGURES,),
        ((figures.added, "{SEEN} is not null", "true"),),
        rebuilt=True,
    ),
    Slip(
        "facts that are not published, in figures",
        (FIGURES,),
        (
            (
                figures.added,
                "and v.from_position <= shown.content and shown.content < v.to_position",
                "and v.to_position = {OPEN}",
            ),
        ),
        rebuilt=True,
    ),
    # What of the rest of a story.
    Slip(
        "the desk's text of the rest",
        TEXTS,
        (
            (story_versions.shown_then, "reader as text", "desk as text"),
            (story_versions.shown_then, "reader is not null", "true"),
        ),
    ),
    Slip(
        "the desk's notes",
        TEXTS,
        (
            (story_versions.shown_then, "reader as text", "coalesce(reader, desk) as text"),
            (story_versions.shown_then, "reader is not null", "true"),
        ),
    ),
    # Search.
    Slip("the desk's words", (LIST,), ((search._readers_have, "reader_words @@", "words @@"),)),
    Slip(
        "by words that are not published",
        (LIST,),
        (
            (
                search._stories_shown_with_word,
                "found.from_position <= content and content < found.to_position",
                "true",
            ),
            (search._reckoned, "_rows_in(having[0]) /", "0 /"),  # of so few rows any word has many
        ),
    ),
    Slip(
        "by words that are not published, beside those that are",
        (LIST,),
        ((search._page, "held_at('s.content', 's.story')", "held_at('2^52', 's.story')"),),
    ),
    Slip(
        "headlines that are not published",
        (LIST,),
        ((search._shown_to_readers, "v.from_position <= s.content", "true"),),
    ),
    Slip(
        "the desk's headlines",
        (LIST,),
        ((search._shown_to_readers, "select reader from", "select desk as reader from"),),
    ),
    # Sources.
    Slip(
        "the desk's text of all sources",
        (SOURCES,),
        ((sources.page_for_readers, "n.reader", "n.desk as reader"),),
    ),
    Slip("the desk's text of a source", (SOURCE,), ((sources.one_for_readers, "reader from", "desk from"),)),
    Slip(
        "what a source is called since",
        (STORY, FACT),
        (
            (reader_replay._whole, '"%(edition)s"', '"2^52"'),
            (reader_replay.sources_of, "shown.edition_position", "2**52"),
        ),
    ),
    Slip(
        "what the desk calls a source",
        (SOURCE,),
        (
            (
                sources.one_for_readers,
                "cross join {_KNOWN}",
                "join source_names known on known.source = s.source and known.to_position > 2^52",
            ),
        ),
    ),
    Slip(
        "by a name that no edition showed",
        (LIST,),
        ((search.settle, "if not renamed and not rewritten:", "if True:"),),
        rebuilt=True,
    ),
    Slip(
        "the desk's text of sources",
        (STORY, FACT),
        (
            (reader_replay._whole, "0, reader, 0", "0, desk, 0"),
            (sources.some_for_readers, "slug, reader", "slug, desk"),
        ),
    ),
    Slip(
        "who is not named",
        (FACTS_OF_SOURCE,),
        ((source_usage.page_for_readers, "%(source)s = any(v.reader_sources)", "true"),),
    ),
    Slip(
        "the desk's text of a source's facts",
        (FACTS_OF_SOURCE,),
        ((source_usage.page_for_readers, "substr({READER}, 2)", "substr(v.desk, 2)"),),
    ),
    Slip(
        "what is not published",
        (FACTS_OF_SOURCE,),
        (
            (
                source_usage.page_for_readers,
                "fact = u.fact and from_position <= shown.content",
                "fact = u.fact",
            ),
        ),
    ),
    # What the views hold.
    Slip(
        "what is off the record",
        (STORY, FACT, HISTORY, DIFFERENCE, LIST, CORRECTIONS),
        ((shown.shown_of, 'terms == "off_record"', "False"),),
        rebuilt=True,
    ),
    Slip(
        "who spoke on condition of not being named",
        (STORY, FACT, HISTORY, DIFFERENCE, LIST, SOURCES, SOURCE, FACTS_OF_SOURCE),
        ((shown.shown_of, 'terms == "on_record"', "True"),),
        rebuilt=True,
    ),
    Slip(
        "whoever is protected since",
        (STORY, FACT, HISTORY, DIFFERENCE, JSON_LD, LIST, SOURCES, SOURCE, FACTS_OF_SOURCE, SOURCE_FIGURES),
        ((Story._change, "strictest([terms, *later]) if later else terms", "terms"),),
        rebuilt=True,
    ),
    Slip(
        "by the words of whoever is protected since",
        (LIST,),
        ((search.fold, "if changed.is_protected_later else", "if False else"),),
        rebuilt=True,
    ),
    Slip(
        "by the words that stand on what is off the record since",
        (LIST,),
        ((search.fold, "step.hidden", "set()"),),
        rebuilt=True,
    ),
    Slip(
        "all of what is withdrawn",
        (STORY, FACT, LIST, HISTORY),
        ((shown.shown_of, 'fact["standing"] == "retracted"', "False"),),
        rebuilt=True,
    ),
    Slip(
        "the desk's notes on facts",
        (STORY, FACT, HISTORY, DIFFERENCE, FACTS_OF_SOURCE),
        ((shown.shown_of, 'note["is_publishable"]', "True"),),
        rebuilt=True,
    ),
    Slip(
        "the desk's notes on the story",
        TEXTS,
        ((story_versions.fold, 'note["is_publishable"]', "True"),),
        rebuilt=True,
    ),
    Slip(
        "what a date rests on",
        (STORY, FACT, HISTORY, DIFFERENCE, FACTS_OF_SOURCE),
        ((shown.shown_of, '== "confirmed"', '== "unheard of"'),),
        rebuilt=True,
    ),
    Slip(
        "by the words of the desk",
        (LIST,),
        (
            (
                search._found_by,
                "_said_by(fact.document)",
                "_said_by(fact.document)\n    shown = type(fact)({**fact.document, 'terms': 'on_record'}).shown",
            ),
        ),
        rebuilt=True,
    ),
    Slip(
        "changes that were overtaken",
        (STORY, EDITIONS, EDITION, STEPS, FEED),
        ((readers_hear, "continue", "pass"),),
        rebuilt=True,
    ),
    Slip(
        "what was undone before anyone saw it",
        (STORY, EDITIONS, EDITION, FEED, CORRECTIONS, FIGURES, CORRECTIONS_FEED, JSON_LD),
        (
            (readers_hear, "in since:", "in ():"),
            (readers_hear, "or not comes_to_nothing(change)", "or True"),  # which it then does
        ),
        rebuilt=True,
    ),
    Slip(
        "the undoing of what they were not told of",
        (STORY, EDITIONS, EDITION, FEED),
        ((readers_hear, "not in _UNDONE", 'in {"opening"}'),),
        rebuilt=True,
    ),
    Slip(
        "notes that were withdrawn",
        (STORY, JSON_LD),
        ((story_versions.fold, 'case "withdrawal"', 'case "never"'),),
        rebuilt=True,
    ),
    Slip(
        "the desk's reasons",
        (STORY, EDITIONS, EDITION, CORRECTIONS),
        (
            (
                public_changes.row,
                'said["reason"] if change.kind in _EXPLAINED_BY_ITS_REASON else None',
                'said.get("reason")',
            ),
        ),
        rebuilt=True,
    ),
    Slip(
        "what is held and killed",
        (LIST, STORY, FACT, HISTORY, CORRECTIONS),
        ((publications.fold, 'state["gate"] == "open"', "True"),),
        rebuilt=True,
    ),
    Slip(
        "what is under embargo",
        (LIST, STORY, FACT, HISTORY),
        ((Story._publish, '"embargo_until" in said', "False"),),
        rebuilt=True,
    ),
]

# --- The tests ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def house(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[House]:
    with open_house(servers) as opened:
        yield opened


@pytest.fixture(scope="module")
def told(house: House) -> Told:
    day = Day(house.room)
    a_bit_of_everything(day)
    assert not day.refused  # or it does not come to what it is for
    return day.told()


def make(monkeypatch: pytest.MonkeyPatch, edits: tuple[Edit, ...]) -> None:
    """Each of the functions does what its changed source says, whoever holds it."""
    sources_: dict[Callable[..., Any], str] = {}
    for function, old, new in edits:
        source = sources_.get(function) or textwrap.dedent(inspect.getsource(function))
        assert old in source, f"{function.__qualname__} has no {old!r}"
        sources_[function] = source.replace(old, new)
    for function, source in sources_.items():
        for name, predicate in (
            PREDICATES | {"everything_of": everything_of, "of_the_desk": of_the_desk}
        ).items():
            monkeypatch.setitem(function.__globals__, name, predicate)
        tree = ast.parse(source)
        definition = tree.body[0]
        assert isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef)
        definition.decorator_list = []  # the endpoint is registered already
        names = dict(function.__globals__)
        exec(compile(tree, inspect.getfile(function), "exec"), names)  # noqa: S102  our own source, so changed
        monkeypatch.setattr(function, "__code__", names[function.__name__].__code__)


def is_found(house: House, told: Told, endpoint: str) -> bool:
    """Whether a reader who walks through the endpoint is told something that is not for readers."""
    return any(found.leaked for found in house.walk(told, endpoint))


@pytest.mark.thorough
def test_every_endpoint_that_readers_may_use_is_tried(house: House) -> None:
    routes = create_app(house.room.database).state.routes
    is_open = {
        route.path
        for route in routes
        if isinstance(route, access.OpenRoute)
        and "GET" in (route.methods or ())
        and route.path.startswith("/v1/")  # what is for crawlers is walked with the pages
    }
    assert FORGOTTEN.keys() | FOR_READERS_ALONE == UNASKED.keys() == is_open
    assert not FORGOTTEN.keys() & FOR_READERS_ALONE


@pytest.mark.thorough
def test_nothing_leaks_as_it_is(house: House, told: Told) -> None:
    assert not list(map(str, house.walk(told)))


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("endpoint", "edit"),
    [
        (STORY, (fact_versions.shown_then, _TO_READERS, "null")),
        (
            FACT,
            (
                reader_replay.sources_of,
                "sources.some_for_readers(connection, named, shown.edition_position)",
                "{}",
            ),
        ),
        (HISTORY, (reader_replay.history, " and seen.position > %(after)s", " and seen.position > 2^52")),
        (EDITIONS, (public_changes.told, "c.fact is null", "false")),
        (LIST, (search._shown_to_readers, " order by s.story desc", " limit 0")),
        (SOURCES, (sources.page_for_readers, "{_NAMED}", "false")),
        (STORY, (timeline.beside, "from_position > %(edition)s", "false")),
        (TIMEMAP, (timeline.part, "and from_position > %(after)s", "and from_position > %(upto)s - 1")),
        (FEED, (reader_replay.editions, "changes.get(position, [])", "[]")),
        (EDITIONS, (differing._renamed, "was.name <> now.name", "false")),
        (FEED, (differing._renamed, "was.name <> now.name", "false")),
        (CORRECTIONS_FEED, (feeds.corrections, "kinds=SET_RIGHT", 'kinds=["correction"]')),
        (JSON_LD, (fact_versions.shown_then, _TO_READERS, "null")),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0].__name__,
)
def test_what_readers_must_be_told_and_are_not_is_found(
    house: House, told: Told, monkeypatch: pytest.MonkeyPatch, endpoint: str, edit: Edit
) -> None:
    make(monkeypatch, (edit,))
    assert any(not found.leaked for found in house.walk(told, endpoint))


@pytest.mark.thorough
@pytest.mark.parametrize("endpoint", FORGOTTEN)
def test_an_endpoint_that_forgets_its_readers_is_found(
    house: House, told: Told, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    make(monkeypatch, (FORGOTTEN[endpoint],))
    assert is_found(house, told, endpoint)


@pytest.mark.thorough
@pytest.mark.parametrize("endpoint", FORGOTTEN)
def test_an_endpoint_that_shows_the_desk_to_whoever_asks_is_found(
    house: House, told: Told, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    make(monkeypatch, (_DESK_ON_REQUEST,))
    assert is_found(house, told, endpoint)


@pytest.mark.parametrize("endpoint", CLOSED)
def test_an_endpoint_of_the_desk_that_stands_open_is_found(
    house: House, told: Told, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setattr(access.KeyedRoute, "is_open", True)
    make(monkeypatch, (_NOBODY_ASKED,))
    assert is_found(house, told, endpoint)


@pytest.mark.thorough
@pytest.mark.parametrize("endpoint", UNASKED)
def test_an_endpoint_that_skips_the_predicate_is_found(
    house: House, told: Told, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    is_counted = _COUNTED in UNASKED[endpoint]
    with monkeypatch.context() as patch:
        make(patch, UNASKED[endpoint])
        if is_counted:
            build_anew(house.room.views)
        found = is_found(house, told, endpoint)
    if is_counted:
        build_anew(house.room.views)
    assert found


@pytest.mark.thorough
@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.told)
def test_a_slip_is_found_behind_each_endpoint_where_it_shows(
    house: House, told: Told, monkeypatch: pytest.MonkeyPatch, slip: Slip
) -> None:
    with monkeypatch.context() as patch:
        make(patch, slip.edits)
        if slip.rebuilt:
            build_anew(house.room.views)
        not_found = [endpoint for endpoint in slip.endpoints if not is_found(house, told, endpoint)]
    if slip.rebuilt:
        build_anew(house.room.views)
    assert not not_found
