"""Reads the next page of the ledger and works out what its events did, from what the views already hold."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from psycopg import Connection

from ledger import publication
from ledger.database import Row
from ledger.events import Recorded
from ledger.publication import NEVER_PUBLISHED, Publication, PublicationEvent
from ledger.story import (
    ChangeOfFact,
    DatelineSet,
    FactReported,
    HeadlineSet,
    StoryEvent,
    StoryOpened,
    evolve_fact,
    evolve_head,
    opened,
    reported,
)
from projections.documents import FactDocument, StoryRef, fact_document, read_head
from projections.view import OPEN, Move, Page


def work_out(connection: Connection[Row], events: Sequence[Recorded]) -> Page:
    """The page with each event's effect; reads two sets of rows, whatever the number of events."""
    stories = _stories_before(connection, events)
    facts = _facts_before(connection, events, stories)
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


def _stories_before(connection: Connection[Row], events: Iterable[Recorded]) -> dict[UUID, StoryRef]:
    streams = {
        recorded.stream
        for recorded in events
        if isinstance(recorded.event, StoryEvent) and not isinstance(recorded.event, StoryOpened)
    }
    if not streams:
        return {}
    rows = connection.execute(
        "select s.stream_id, s.story, s.slug, v.desk, p.state from story_now s"
        " join story_versions v on v.story = s.story and v.part = 'head' and v.to_position = %(open)s"
        " left join publications p on p.story = s.story and p.to_position = %(open)s"
        " where s.stream_id = any(%(streams)s)",
        {"open": OPEN, "streams": list(streams)},
    )
    return {
        stream: StoryRef(
            number,
            slug,
            read_head(head),
            Publication.model_validate_json(state) if state else NEVER_PUBLISHED,
        )
        for stream, number, slug, head, state in rows
    }


def _facts_before(
    connection: Connection[Row], events: Iterable[Recorded], stories: dict[UUID, StoryRef]
) -> _Facts:
    """The open version of each fact that the events change; of every fact where a dateline is set."""
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
            "select v.story, v.fact, v.desk from unnest(%b::bigint[], %b::int[]) as named (story, fact)"
            " join fact_versions v using (story, fact) where v.to_position = %s",
            [[number for number, _ in named], [fact for _, fact in named], OPEN],
        )
        found |= {(number, fact): FactDocument.model_validate_json(text) for number, fact, text in rows}
    if redated:
        rows = connection.execute(
            "select story, fact, desk from fact_versions where story = any(%s) and to_position = %s",
            [list(redated), OPEN],
        )
        found |= {(number, fact): FactDocument.model_validate_json(text) for number, fact, text in rows}
    return found
