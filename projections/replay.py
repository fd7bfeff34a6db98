"""The story as it stood at any moment: by instant, by revision, by position."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

import psycopg
from psycopg import Connection

from ledger.database import Row
from ledger.moment import rfc3339
from ledger.refusals import (
    BeyondTheHead,
    NoSuchFact,
    NoSuchRevision,
    NoSuchStory,
    NothingRecordedThen,
    ViewBehind,
)
from ledger.store import read_head, read_withdrawal
from projections import fact_versions, members, publications, revisions, sources, story_now, story_versions
from projections.catch_up import catch_up, position
from projections.documents import StoryParts
from projections.story_now import StoryNow


@dataclass(frozen=True, slots=True)
class Asked:
    """The moment that was asked for; at most one of the three, none for now. `at_least`: a position that the views
    must have reached before the answer is made. `view`: who the answer is for."""

    as_of: datetime | None = None
    revision: int | None = None
    position: int | None = None
    at_least: int | None = None
    view: Literal["desk", "reader"] = "desk"

    @property
    def is_bound(self) -> bool:
        """Whether the same question has the same answer for ever."""
        return self.as_of is not None or self.revision is not None or self.position is not None


@dataclass(frozen=True, slots=True)
class Moment:
    """A story at the position asked for; revision, position and recorded_at are those of its last event by then."""

    story: StoryNow
    asked_position: int
    revision: int
    position: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class StoryThen:
    """A story's document at a moment."""

    moment: Moment
    text: str


def reach(connection: Connection[Row], wanted: int, *also: str, patience: float = 2.0) -> int:
    """Brings the views of stories, and others that are named, to a position that the ledger has; how far they are.
    Refuses a position that the ledger has not, and does not wait for a view that stands still."""
    reached = position(connection, *also)
    if reached >= wanted:
        return reached
    head, recorded_at, _ = read_head(connection)
    if wanted > head:
        raise BeyondTheHead(head=head, recorded_at=rfc3339(recorded_at))
    with suppress(psycopg.errors.LockNotAvailable):
        catch_up(connection, wanted, patience=patience, only_ahead=True)
    reached = position(connection, *also)
    if reached < wanted:
        raise ViewBehind(reached=reached, wanted=wanted)
    return reached


def resolve(connection: Connection[Row], asked: Asked, *also: str) -> int:
    """The position behind an instant, a position or now, with the views of stories, and others that are named, brought
    that far; a revision is a story's own affair. Refuses what is beyond the head: nobody knows yet what will be
    recorded there."""
    wanted = max(asked.at_least or 0, asked.position or 0)
    if asked.view == "reader":
        # What was held, killed or taken down is gone for readers once that is acknowledged, not some time later.
        wanted = max(wanted, read_withdrawal(connection))
    reached = reach(connection, wanted, *also)
    if asked.position is not None:
        return asked.position
    if asked.as_of is None:
        return reached
    head, recorded_at, _ = read_head(connection)
    if asked.as_of > recorded_at:
        raise BeyondTheHead(head=head, recorded_at=rfc3339(recorded_at))
    row = connection.execute(
        "select position from events where recorded_at <= %s order by recorded_at desc limit 1", [asked.as_of]
    ).fetchone()
    found = row[0] if row else 0
    reach(connection, found, *also)
    return found


def find(connection: Connection[Row], slug: str) -> StoryNow:
    story = sure(connection, lambda: story_now.one(connection, slug))
    if story is None:
        raise NoSuchStory(story=slug)
    return story


Found = TypeVar("Found")


def sure(connection: Connection[Row], look: Callable[[], Found | None]) -> Found | None:
    """What is found; that nothing is there is said only once the views are as far as the ledger."""
    found = look()
    if found is None and (head := read_head(connection)[0]) > position(connection):
        reach(connection, head)
        found = look()
    return found


def moment(connection: Connection[Row], slug: str, asked: Asked) -> Moment:
    """What was asked of a story, as a place in it."""
    wanted = resolve(connection, asked)
    story = find(connection, slug)
    if asked.revision is not None:
        revision = asked.revision
        found = sure(connection, lambda: revisions.position_of(connection, story.number, revision))
        if found is None:
            raise NoSuchRevision(story=slug, revision=asked.revision, revisions=story.revision)
        wanted = found
    last = revisions.last(connection, story.number, wanted)
    if last is None:
        raise NothingRecordedThen(what=f"story {slug}", first=story.number)
    return Moment(story, wanted, *last)


def story(connection: Connection[Row], slug: str, asked: Asked) -> StoryThen:
    """The whole story as it stood.

    Every part is read as of one position, and no later event can change what was valid there: the parts belong
    together without a transaction around them.
    """
    then = moment(connection, slug, asked)
    parts = story_versions.at(connection, then.story.number, then.asked_position)
    facts = fact_versions.at(connection, then.story.number, then.asked_position)
    publication = publications.desk(connection, then.story.number, then.asked_position)
    named = {source for _, sources_, _, _, _ in facts for source in sources_}
    actors = {actor for _, _, actors_, _, _ in facts for actor in actors_} | {
        actor for _, actor, _, _ in parts
    }
    document = StoryParts(
        revision=then.revision,
        position=then.position,
        recorded_at=then.recorded_at,
        head=next(text for part, _, text, _ in parts if part == "head"),
        publication=publication,
        copy=next((text for part, _, text, _ in parts if part == "copy"), None),
        notes=[text for part, _, text, _ in parts if part == "note"],
        correctives=[text for part, _, text, _ in parts if part == "corrective"],
        facts=[text for _, _, _, _, text in facts],
        independent_origins=len({origin for _, _, _, origins, _ in facts for origin in origins}),
        sources=sources.some(connection, named),
        members=members.some(connection, actors),
    )
    return StoryThen(then, document.text())


@dataclass(frozen=True, slots=True)
class FactThen:
    """A fact's document at a moment; `since`: the position from which it held so."""

    moment: Moment
    version: int
    since: int
    text: str


def fact(connection: Connection[Row], slug: str, number: int, asked: Asked) -> FactThen:
    """One fact as it stood, with the names of its sources and of who changed it."""

    def look() -> tuple[Moment, tuple[int, int, list[str], list[UUID], str]] | None:
        then = moment(connection, slug, asked)
        row = fact_versions.one(connection, then.story.number, number, then.asked_position)
        return (then, row) if row else None

    found = sure(connection, look)
    if found is None:
        raise NoSuchFact(story=slug, fact=number, facts=find(connection, slug).facts)
    then, (version, since, named, actors, text) = found
    sources_ = sources.some(connection, named)
    members_ = members.some(connection, actors)
    whole = (
        f'{{"story":"{slug}",{text[1:-1]},"sources":{{'
        + ",".join(f'"{name}":{sources_[name]}' for name in sorted(sources_))
        + '},"members":{'
        + ",".join(f'"{member}":{members_[member]}' for member in sorted(members_))
        + "}}"
    )
    return FactThen(then, version, since, whole)
