"""What the views must hold, worked out another way: their tables built anew, and the plain fold of the events."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Event as ThreadEvent
from threading import Thread
from typing import get_args
from uuid import UUID

import orjson
import psycopg
from psycopg import Connection, sql

from ledger.erasure import Erased
from ledger.events import Recorded, topic_of
from ledger.fact import independent_origins
from ledger.member import MemberEnrolled
from ledger.moment import Moment, rfc3339
from ledger.publication import PublicationEvent
from ledger.request import Request, RequestEvent
from ledger.request import evolve as evolve_request
from ledger.source import Source, SourceEvent, SourceMerged, SourceParted
from ledger.source import evolve as evolve_source
from ledger.store.database import Database, Row
from ledger.store.store import LedgerMapper, read_page
from ledger.story import FactReported, Story, StoryEvent, evolve
from ledger.words import LEDGER, OPERATOR, READER, source_stream
from projections.engine.catch_up import catch_up, lead
from projections.engine.proof.expected import Editions, signals_of
from projections.views.catalogue import VIEWS
from projections.views.documents import (
    StoryParts,
    actors_of,
    actors_of_story,
    fact_document,
    json_of,
    label_text,
    named_sources,
)

PUBLICATION_TOPICS = {topic_of(kind) for kind in get_args(PublicationEvent)}
TABLES = tuple(table for view in VIEWS for table in view.tables)
Dump = dict[str, list[Row]]


def dump(connection: Connection[Row]) -> Dump:
    """Every row and column of every view, as of one moment, in an order of its own."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        return _rows(connection)


def _rows(connection: Connection[Row]) -> Dump:
    rows = {
        name: connection.execute(
            sql.SQL("select * from {} as t order by t").format(sql.Identifier(name))
        ).fetchall()
        for name in TABLES
    }
    places = "select view, position, state, failed_at, missing from projection order by view"
    return rows | {"projection": connection.execute(places).fetchall()}


def empty(connection: Connection[Row]) -> None:
    """The views as they are before the first event."""
    for name in TABLES:
        connection.execute(sql.SQL("delete from {}").format(sql.Identifier(name)))
    connection.execute("update projection set position = 0")


def build_anew(connection: Connection[Row]) -> int:
    """Builds every view again in its place, as the code is now, whatever comes of it; the position reached."""
    with connection.transaction():
        empty(connection)
        return catch_up(connection)


def dump_built_anew(connection: Connection[Row], position: int) -> Dump:
    """What `dump` would find had the views been built from nothing, in one page, up to the position."""
    with connection.transaction(force_rollback=True):
        empty(connection)
        if position:
            assert catch_up(connection, position, page_events=position) == position
        return _rows(connection)


def events_of(connection: Connection[Row], up_to: int = 2**53 - 1) -> list[Recorded]:
    """Every event of the ledger, in order."""
    return read_page(connection, 0, 1_000_000, LedgerMapper(), up_to)


@dataclass(frozen=True, slots=True)
class FoldedStory:
    """A story as its events alone make it; `number` is the position of its opening."""

    number: int
    stream: UUID
    story: Story
    last: Moment
    events: tuple[Recorded, ...] = ()
    edition: "FoldedEdition | None" = None

    def documents(self) -> list[str]:
        """The JSON text of each fact, by number."""
        return [json_of(fact_document(fact, self.story.head)) for fact in self.story.facts]


@dataclass(frozen=True, slots=True)
class FoldedEdition:
    """What readers saw last of a story: as of which revision, since when, since when they saw the story at all."""

    revision: int
    published_at: datetime
    first_at: datetime
    signals: tuple[str, ...]


def edition_after(
    before: FoldedEdition | None, story: Story, events: Sequence[Recorded], at: Moment
) -> FoldedEdition | None:
    public = story.publication.revision if story.is_public else None
    if public is None or (before and before.revision == public):
        return before
    if before is None:
        return FoldedEdition(public, at.recorded_at, at.recorded_at, ())
    editions, then = Editions(), None
    for one in events:
        assert isinstance(one.event, StoryEvent)
        then = evolve(then, one.event, one.at)
        editions.take(one, then)
    editions.show(before.revision)
    return FoldedEdition(public, at.recorded_at, before.first_at, signals_of(editions.show(public)))


@dataclass(slots=True)
class Folded:
    """The ledger as far as it was read, without any view."""

    position: int = 0
    recorded_at: datetime | None = None
    stories: dict[str, FoldedStory] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    requests: dict[UUID, Request] = field(default_factory=dict)
    labels: dict[UUID, str] = field(
        default_factory=lambda: {OPERATOR: "operator", LEDGER: "the ledger", READER: "a reader"}
    )
    _slugs: dict[UUID, str] = field(default_factory=dict)

    def take(self, recorded: Recorded) -> str | None:
        """Moves on by one event; the slug of the story that it moved."""
        event, at = recorded.event, recorded.at
        assert at.position == self.position + 1, "positions have no gap"
        self.position, self.recorded_at = at.position, at.recorded_at
        if isinstance(event, SourceEvent):
            own = event.slug
            if isinstance(event, SourceMerged | SourceParted) and recorded.stream == source_stream(
                event.into
            ):
                own = event.into
            source = evolve_source(self.sources.get(own), event, at)
            self.sources = {**self.sources, own: source}
        elif isinstance(event, MemberEnrolled):
            self.labels = {**self.labels, recorded.stream: event.label}
        elif isinstance(event, RequestEvent | Erased):
            request = evolve_request(self.requests.get(recorded.stream), event, at, recorded.stream)
            self.requests = {**self.requests, recorded.stream: request}
        elif isinstance(event, StoryEvent):
            slug = self._slugs.get(recorded.stream)
            before = self.stories[slug] if slug else None
            story = evolve(before.story if before else None, event, at)
            slug = self._slugs[recorded.stream] = story.first_slug
            number = before.number if before else at.position
            happened = (*(before.events if before else ()), recorded)
            edition = edition_after(before.edition if before else None, story, happened, at)
            folded = FoldedStory(number, recorded.stream, story, at, happened, edition)
            self.stories = {**self.stories, slug: folded}
            return slug
        return None

    def copy(self) -> "Folded":
        return replace(self)

    def publication(self, slug: str) -> str | None:
        """How a story's publication stands, for the desk."""
        folded, state = self.stories[slug], self.stories[slug].story.publication
        if not any(one.event.topic in PUBLICATION_TOPICS for one in folded.events):
            return None
        edition = folded.edition
        told = {
            "state": state.state,
            "pub_status": state.pub_status,
            "revision": state.revision,
            "edition": len(folded.story.editions) or None,
            "signals": edition.signals if edition else (),
            "published_at": rfc3339(edition.published_at) if edition else None,
            "first_published_at": rfc3339(edition.first_at) if edition else None,
            "embargo": state.embargo and state.embargo.model_dump(),
            "tombstone": state.tombstone and state.tombstone.model_dump(exclude_none=True),
            "approvals": [one.model_dump(mode="json", exclude_none=True) for one in state.approvals],
        }
        return orjson.dumps({name: value for name, value in told.items() if value is not None}).decode()

    def text(self, slug: str, most: int | None = None) -> str:
        """The story's document; of its facts so many at most, as in the first part of those of a long one."""
        folded = self.stories[slug]
        last = folded.last
        publication = self.publication(slug)
        parts = fold_parts(
            folded.story, last.position, last.recorded_at, publication, self.sources, self.labels
        )
        if most is not None and len(folded.story.facts) > most:
            parts = replace(parts, facts=[*parts.facts][:most], following=most)
        return parts.text()


def fold_parts(
    story: Story,
    position: int,
    recorded_at: datetime,
    publication: str | None,
    sources: Mapping[str, Source],
    labels: Mapping[UUID, str],
) -> StoryParts:
    """The parts of a story from its folded state, but for its publication: what every view must agree with."""
    documents = [fact_document(fact, story.head) for fact in story.facts]
    named = {slug for fact in story.facts for slug in named_sources(fact)}
    actors = (
        {actor for fact in story.facts for actor in actors_of(fact)}
        | actors_of_story(story.head, story.copy, story.notes)
        | {corrective.issued.actor for corrective in story.correctives}
    )
    return StoryParts(
        revision=story.revision,
        position=position,
        recorded_at=recorded_at,
        head=json_of(story.head),
        publication=publication,
        copy=json_of(story.copy) if story.copy else None,
        notes=[json_of(note) for note in story.notes],
        correctives=[json_of(corrective) for corrective in story.correctives],
        facts=[json_of(document) for document in documents],
        independent_origins=len({origin for fact in story.facts for origin in independent_origins(fact)}),
        sources={slug: json_of(sources[slug].registration()) for slug in named},
        members={str(actor): label_text(labels[actor]) for actor in actors if actor in labels},
    )


def fold_of(events: Iterable[Recorded]) -> Folded:
    folded = Folded()
    for recorded in events:
        folded.take(recorded)
    return folded


def assert_views_equal_the_fold(connection: Connection[Row]) -> Folded:
    """Catches up, then holds every story and every counter against the fold of all events."""
    catch_up(connection)
    events = events_of(connection)
    folded = fold_of(events)
    rows = connection.execute(
        "select opened_as, story, stream_id, revision, position, recorded_at, facts from story_now order by opened_as"
    ).fetchall()
    assert rows == [
        (slug, s.number, s.stream, s.story.revision, s.last.position, s.last.recorded_at, len(s.story.facts))
        for slug, s in sorted(folded.stories.items())
    ]
    of_stories = [recorded for recorded in events if isinstance(recorded.event, StoryEvent)]
    assert connection.execute("select position from revisions order by position").fetchall() == [
        (recorded.at.position,) for recorded in of_stories
    ]
    open_facts = connection.execute(
        "select n.opened_as, v.fact, v.desk from fact_versions v join story_now n using (story)"
        " where v.to_position = 9007199254740991 order by n.opened_as, v.fact"
    ).fetchall()
    assert open_facts == [
        (slug, number, text)
        for slug, story in sorted(folded.stories.items())
        for number, text in enumerate(story.documents(), start=1)
    ]
    reported = sum(isinstance(recorded.event, FactReported) for recorded in of_stories)
    assert reported == len(open_facts)
    return folded


@contextmanager
def holding_the_lead(database: Database, seconds: float = 60) -> Iterator[None]:
    """Somebody else projects meanwhile, and takes so long, or until the end of the block."""
    done, led = ThreadEvent(), ThreadEvent()

    def hold() -> None:
        with database.connect(name="another projector") as other, other.transaction():
            lead(other)
            led.set()
            done.wait(seconds)

    thread = Thread(target=hold)
    thread.start()
    assert led.wait(10)
    try:
        yield
    finally:
        done.set()
        thread.join()


def eventually(holds: Callable[[], bool], seconds: float = 60.0, step: float = 0.01) -> None:
    """Waits until it holds; fails when it does not within the time, which is generous: a machine may have much else to
    do. Where it is promised how soon, a test looks at the clock itself."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(step)


def head_of(connection: psycopg.Connection[Row]) -> int:
    row = connection.execute("select position from head").fetchone()
    assert row is not None
    return int(row[0])


def keep_projecting(database: Database, page_events: int, goal: int, name: str = "projector") -> None:
    """Catches up again and again until the views are there. Also what other processes are started for."""
    with database.connect(name=name) as connection:
        while catch_up(connection, page_events=page_events) < goal:
            time.sleep(0.002)
