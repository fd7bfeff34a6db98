"""Ledgers to measure: prepared as any is, and grown by the one function that appends, in groups."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID, uuid4

from psycopg import Connection

from api.server.opening import prepare
from api.terminal.keys import Console
from benchmarks.figures import WorkNotDone
from benchmarks.material import SOURCES, Material
from ledger import source, story
from ledger.commands import (
    Actor,
    CiteFact,
    Command,
    CorrectFact,
    OpenStory,
    PublishStory,
    RegisterSource,
    SetDateline,
    SetHeadline,
    UpdateFact,
)
from ledger.events import canonical
from ledger.moment import Moment
from ledger.rules import Context, State, decide, decide_source
from ledger.source import SourceEvent
from ledger.store.database import Database, Row
from ledger.store.store import SealedEvent, append, seal
from ledger.words import OPERATOR, source_stream, story_stream
from projections.engine.catch_up import catch_up

GROUP_EVENTS = 500  # of about a kilobyte each: half of what one append may hold
SETTLE_SECONDS = 60.0
LIVE_STORIES = 50  # whose events come in turn, as on a day on which so many are worked on

EDITOR = Actor(OPERATOR, "editor")
_NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
_REASON = "The desk has looked at it again."


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as it will be stored, of whichever story."""

    topic: str
    body: bytes


@dataclass(slots=True)
class Ledger:
    """A prepared ledger with its sources; `secret` is the key of an editor, `member` who holds it."""

    database: Database
    secret: str
    member: UUID

    def open(self, slugs: Iterable[str], material: Material) -> None:
        opening = [(slug, [_opening(slug, material)]) for slug in slugs]
        self.grow(opening)

    def grow(self, histories: Iterable[tuple[str, Sequence[Happened]]]) -> int:
        """Appends whole stories, given by slug; so many at a time take turns. How many events that were."""
        count = 0
        with self.database.connect(name="benchmark") as connection:
            events = self.sealed(histories)
            while group := list(islice(events, GROUP_EVENTS)):
                append(connection, group)
                count += len(group)
        return count

    def bring_up_views(self) -> int:
        """The position reached. Then looked over, as the database would do by itself a minute later."""
        with self.database.connect(name="benchmark") as connection:
            reached = catch_up(connection)
        with self.database.connect(name="benchmark", as_owner=True) as owner:
            owner.execute("vacuum (analyze)")
        return reached

    def sealed(self, histories: Iterable[tuple[str, Sequence[Happened]]]) -> Iterator[SealedEvent]:
        ahead = iter(histories)
        while live := list(islice(ahead, LIVE_STORIES)):
            streams = [(story_stream(slug), history) for slug, history in live]
            for turn in range(max(len(history) for _, history in streams)):
                for stream, history in streams:
                    if turn < len(history):
                        event = history[turn]
                        yield seal(stream, turn + 1, event.topic, event.body, self.member, uuid4())


def new_ledger(url: str) -> Ledger:
    database = Database(url)
    prepare(database)
    secret, key = Console(database).issue("benchmark", "editor")
    with database.connect(name="benchmark") as connection:
        _register_sources(connection, key.member)
    return Ledger(database, secret, key.member)


def settle(connection: Connection[Row]) -> None:
    """Waits until the views are as far as the ledger."""
    behind = "select h.position > (select min(position) from projection) from head h"
    for _ in range(int(SETTLE_SECONDS / 0.01)):
        if connection.execute(behind).fetchone() == (False,):
            return
        time.sleep(0.01)
    raise WorkNotDone(f"the views are still behind after {SETTLE_SECONDS:.0f} s")


def _register_sources(connection: Connection[Row], member: UUID) -> None:
    registered = [(source_stream(slug), _registered(slug)) for slug in SOURCES]
    append(
        connection,
        [seal(stream, 1, event.topic, canonical(event), member, uuid4()) for stream, event in registered],
    )


# --- What happens to a story -------------------------------------------------------------------------------------


class Desk:
    """Works on one story by the ledger's own rules, and keeps what happened."""

    def __init__(self, slug: str, material: Material) -> None:
        self.slug = slug
        self.happened: list[Happened] = []
        self._material = material
        self._story: story.Story | None = None
        self._streams: dict[UUID, State | None] = {source_stream(slug): _source(slug) for slug in SOURCES}
        self.does(OpenStory(slug=slug, headline=material.sentence(8), language="en", desk="world"))

    def does(self, command: Command, number: int | None = None) -> None:
        for event in decide(self._story, command, number, Context(EDITOR, _NOW, self.slug, self._streams)):
            revision = len(self.happened) + 1
            self._story = story.evolve(self._story, event, Moment(revision, revision, _NOW, OPERATOR))
            self.happened.append(Happened(event.topic, canonical(event)))

    def reports(self, facts: int) -> None:
        for _ in range(facts):
            self.does(self._material.report())

    def corrects(self, number: int) -> None:
        command = CorrectFact(
            expected_version=self._version(number),
            statement=self._material.sentence(),
            was_wrong=self._material.sentence(8),
            affects=("names",),
            cause="our_error",
            reason=_REASON,
        )
        self.does(command, number)

    def changes(self, number: int) -> None:
        """Whatever happens to facts most: the world moves on, somebody else says it too, we were wrong."""
        seen = self._version(number)
        match self._material.below(4):
            case 0:
                self.corrects(number)
            case 1:
                citations = self._material.report().citations
                self.does(CiteFact(expected_version=seen, citations=citations, reason=_REASON), number)
            case _:
                update = UpdateFact(
                    expected_version=seen, statement=self._material.sentence(), reason=_REASON
                )
                self.does(update, number)

    def _version(self, number: int) -> int:
        assert self._story is not None
        return self._story.facts[number - 1].version


def an_ordinary_story(material: Material, facts: int = 12, changes: int = 24) -> list[Happened]:
    """About 40 events: facts, two headlines, a dateline, changes, and three publications."""
    desk = Desk("a-story", material)
    desk.does(SetDateline(expected_revision=1, place="Moscow", date="2023-09-12", reason=_REASON))
    for part in range(3):
        desk.reports(facts // 3)
        for _ in range(changes // 3):
            desk.changes(1 + material.below(facts // 3 * (part + 1)))
        headline = material.sentence(8)
        desk.does(SetHeadline(expected_revision=len(desk.happened), headline=headline, reason=_REASON))
        desk.does(PublishStory(revision=len(desk.happened), reason=_REASON))
    return desk.happened


def a_corrected_story(material: Material, facts: int, revisions: int) -> list[Happened]:
    """One with so many facts, of which one after the other is corrected, until it has so many revisions."""
    desk = Desk("a-story", material)
    desk.reports(facts)
    while len(desk.happened) < revisions:
        desk.corrects(1 + material.below(facts))
    return desk.happened


def under(slug: str, happened: Sequence[Happened], material: Material) -> list[Happened]:
    """The same, happening to another story: only its opening names it."""
    return [_opening(slug, material), *happened[1:]]


def ordinary_stories(
    events: int, material: Material, kinds: int = 20, name: str = "story"
) -> Iterator[tuple[str, list[Happened]]]:
    """Stories with so many events together, or a few more; so many of them are different."""
    histories = [an_ordinary_story(material) for _ in range(kinds)]
    index = 0
    while events > 0:
        slug = f"{name}-{index}"
        history = under(slug, histories[index % kinds], material)
        yield slug, history
        events -= len(history)
        index += 1


def _opening(slug: str, material: Material) -> Happened:
    return Desk(slug, material).happened[0]


def _source(slug: str) -> source.Source:
    return source.evolve(None, _registered(slug), Moment(1, 1, _NOW, OPERATOR))


def _registered(slug: str) -> SourceEvent:
    command = RegisterSource(slug=slug, name=slug, kind="agency")
    return decide_source(None, command, Context(EDITOR, _NOW, None, {}))
