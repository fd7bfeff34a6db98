"""Works out what the events of a page did, from what the views hold as of the event before it.

Where one of those views stands still, or lacks an event, the streams are folded from their beginning instead: slower,
and the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from psycopg import Connection

from ledger import publication
from ledger.events import Recorded
from ledger.publication import NEVER_PUBLISHED, Publication, PublicationEvent
from ledger.store.database import Row
from ledger.store.store import LedgerMapper, read_past
from ledger.story import (
    ChangeOfFact,
    DatelineSet,
    FactReported,
    HeadlineSet,
    StoryEvent,
    StoryOpened,
    evolve,
    evolve_fact,
    evolve_head,
    opened,
    reported,
)
from ledger.words import RECORDED
from projections.views.documents import FactDocument, StoryRef, fact_document, read_head
from projections.views.view import Move, Page

_MAPPER = LedgerMapper()


def work_out(
    connection: Connection[Row], events: Sequence[Recorded], start: int, *, held: bool = True
) -> Page:
    """The page with each event's effect. `start`: the position before it; `held`: whether the views hold what was then,
    which costs two sets of rows, whatever the number of events."""
    if held:
        stories = _stories_before(connection, events, start)
        facts = _facts_before(connection, events, stories, start)
    else:
        stories, facts = _folded_before(connection, events)
    moves = [_move(recorded, stories, facts) for recorded in events]
    return Page(moves, events[-1].at.position)


_Facts = dict[tuple[int, int], FactDocument]


def _move(recorded: Recorded, stories: dict[UUID, StoryRef], facts: _Facts) -> Move:
    event, at = recorded.event, recorded.at
    if not isinstance(event, StoryEvent):
        return Move(recorded)
    if isinstance(event, StoryOpened):
        story = stories[recorded.stream] = StoryRef(at.position, event.slug, opened(event, at))
        return Move(recorded, story)
    story = stories[recorded.stream]
    if isinstance(event, FactReported):
        fact = facts[story.number, event.fact] = fact_document(reported(event, at), story.head)
        return Move(recorded, story, [(None, fact)])
    if isinstance(event, ChangeOfFact):
        before = facts[story.number, event.fact]
        after = facts[story.number, event.fact] = fact_document(evolve_fact(before, event, at), story.head)
        return Move(recorded, story, [(before, after)])
    if isinstance(event, HeadlineSet | DatelineSet):
        story = stories[recorded.stream] = replace(story, head=evolve_head(story.head, event))
    if isinstance(event, PublicationEvent):
        moved = publication.evolve(story.publication, event, at)
        story = stories[recorded.stream] = replace(story, publication=moved)
    if isinstance(event, DatelineSet):
        return Move(recorded, story, _read_dates_anew(story, facts))
    return Move(recorded, story)


def _read_dates_anew(story: StoryRef, facts: _Facts) -> list[tuple[FactDocument, FactDocument]]:
    moved = []
    for (number, index), before in facts.items():
        if number != story.number:
            continue
        after = fact_document(before, story.head)
        if after.when != before.when:
            facts[number, index] = after
            moved.append((before, after))
    return moved


def _stories_before(
    connection: Connection[Row], events: Iterable[Recorded], start: int
) -> dict[UUID, StoryRef]:
    streams = {
        recorded.stream
        for recorded in events
        if isinstance(recorded.event, StoryEvent) and not isinstance(recorded.event, StoryOpened)
    }
    if not streams:
        return {}
    rows = connection.execute(
        "select s.stream_id, s.story, s.slug, v.desk, p.state from story_now s"
        " cross join lateral (select desk from story_versions where story = s.story and part = 'head' and item = 0"
        "  and from_position <= %(start)s order by from_position desc limit 1) v"
        " left join lateral (select state from publications where story = s.story and from_position <= %(start)s"
        "  order by from_position desc limit 1) p on true"
        " where s.stream_id = any(%(streams)s)",
        {"start": start, "streams": list(streams)},
    )
    return {
        stream: StoryRef(
            number,
            slug,
            read_head(head),
            Publication.model_validate_json(state, context=RECORDED) if state else NEVER_PUBLISHED,
        )
        for stream, number, slug, head, state in rows
    }


def _facts_before(
    connection: Connection[Row], events: Iterable[Recorded], stories: dict[UUID, StoryRef], start: int
) -> _Facts:
    """Of each fact that the events change, the version then; of every fact where a dateline is set."""
    named: set[tuple[int, int]] = set()
    redated: set[int] = set()
    for recorded in events:
        story = stories.get(recorded.stream)
        if story is None:
            continue  # opened on this very page: its facts are reported here, too
        if isinstance(recorded.event, DatelineSet):
            redated.add(story.number)
        elif isinstance(recorded.event, ChangeOfFact):
            named.add((story.number, recorded.event.fact))
    found: _Facts = {}
    if named:
        rows = connection.execute(
            "select named.story, named.fact, v.desk from unnest(%b::bigint[], %b::int[]) as named (story, fact)"
            " cross join lateral (select desk from fact_versions where story = named.story and fact = named.fact"
            "  and from_position <= %b order by from_position desc limit 1) v",
            [[number for number, _ in named], [fact for _, fact in named], start],
        )
        found |= {(number, fact): _fact_of(text) for number, fact, text in rows}
    if redated:
        rows = connection.execute(
            "select distinct on (story, fact) story, fact, desk from fact_versions"
            " where story = any(%s) and from_position <= %s order by story, fact, from_position desc",
            [list(redated), start],
        )
        found |= {(number, fact): _fact_of(text) for number, fact, text in rows}
    return found


def _folded_before(
    connection: Connection[Row], events: Iterable[Recorded]
) -> tuple[dict[UUID, StoryRef], _Facts]:
    """The same from the events alone."""
    first: dict[UUID, Recorded] = {}
    for recorded in events:
        if isinstance(recorded.event, StoryEvent):
            first.setdefault(recorded.stream, recorded)
    stories: dict[UUID, StoryRef] = {}
    facts: _Facts = {}
    for stream, recorded in first.items():
        number, story = 0, None
        for past in read_past(connection, stream, recorded.at.revision - 1, _MAPPER):
            assert isinstance(past.event, StoryEvent)
            number = number or past.at.position
            story = evolve(story, past.event, past.at)
        if story is not None:
            stories[stream] = StoryRef(number, story.head.story, story.head, story.publication)
            facts |= {(number, fact.fact): fact_document(fact, story.head) for fact in story.facts}
    return stories, facts


def _fact_of(text: str) -> FactDocument:
    return FactDocument.model_validate_json(text, context=RECORDED)
