"""The story as it stood at any moment: by instant, by revision, by position."""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeVar
from uuid import UUID

import psycopg
from psycopg import Connection

from ledger import limits
from ledger.moment import rfc3339
from ledger.refusals import (
    BeyondTheHead,
    NoSuchEdition,
    NoSuchFact,
    NoSuchRevision,
    NoSuchStory,
    NotFixedYet,
    NothingRecordedThen,
    StoryMoved,
    ViewBehind,
)
from ledger.store.database import Row
from ledger.store.store import fix_past, read_head
from projections.engine import progress
from projections.engine.catch_up import catch_up, position
from projections.reading import source_clock
from projections.views import fact_versions, members, revisions, sources, story_now, visibility
from projections.views.catalogue import OF_A_STORY
from projections.views.documents import StoryParts, mapping_text
from projections.views.story_now import StoryNow
from projections.views.view import held_at

Viewer = Literal["desk", "reader"]
Clock = Literal["recorded", "source"]


@dataclass(frozen=True, slots=True)
class Asked:
    """The moment that was asked for; at most one of the four, none for now. `at_least`: a position that the views
    must have reached before the answer is made. `view`: who the answer is for; is_keyless: and that may be anybody;
    clock: whose `as_of` is, the ledger's or that of whoever the story's changes come from. `is_today`: `as_of` is the
    end of a day that was not over when this was asked, and as it is now is meant until that comes."""

    as_of: datetime | None = None
    revision: int | None = None
    position: int | None = None
    at_least: int | None = None
    view: Viewer = "desk"
    is_keyless: bool = False
    edition: int | None = None
    clock: Clock = "recorded"
    is_today: bool = False

    @property
    def is_bound(self) -> bool:
        """Whether the same question has the same answer for ever. By the clock of sources it has not: what was made
        then may come yet."""
        if self.clock == "source" or self.is_today:
            return False
        moments = (self.as_of, self.revision, self.position, self.edition)
        return any(moment is not None for moment in moments)

    def is_bound_to(self, position: int) -> bool:
        """Likewise, once it is known to which position it came: to another one than was asked for, where readers ask
        for one that they do not know of."""
        return self.is_bound and self.position in (None, position)


@dataclass(frozen=True, slots=True)
class Part:
    """Which of a story's facts are asked for: those numbered from beyond `after` up to `upto`. By their numbers, so
    that the same ones are together at every moment and for whomever."""

    after: int = 0
    upto: int = limits.FACTS_IN_STORY

    @classmethod
    def beyond(cls, after: int) -> "Part":
        return cls(after, after + limits.FACTS_SHOWN)

    def following(self, last: int | None) -> int | None:
        """What the next part is beyond, where the last fact there is is not in this one."""
        return self.upto if last is not None and last > self.upto else None


WHOLE: Final = Part()


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
    """A story's document at a moment; `since`: the position from which it held so, with the names of its sources."""

    moment: Moment
    since: int
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
    that far; a revision is a story's own affair. Refuses what has not come yet: nobody knows what will be recorded
    there."""
    if asked.view == "reader":
        return _resolve_for_readers(connection, asked, *also)
    wanted = max(asked.at_least or 0, asked.position or 0)
    reached = position(connection, *also)
    if reached < wanted:
        reached = reach(connection, wanted, *also)
    if asked.position is not None:
        return asked.position
    if asked.as_of is None or asked.clock == "source":
        return reached
    found = _position_at(connection, asked.as_of, asked)
    reach(connection, found, *also)
    return found


def _resolve_for_readers(connection: Connection[Row], asked: Asked, *also: str) -> int:
    """Likewise; but now, and an instant, come to the last position by then at which readers saw anything else than
    before: by any other they could count what is recorded and not public. Who has no key is refused nothing for where
    the head is, either: beyond what readers know of it is now, and `at_least` waits for no more than there is."""
    views = {*OF_A_STORY, *also}
    try:
        found = None if asked.as_of is None else _position_at(connection, asked.as_of, asked)
    except BeyondTheHead as refusal:
        raise _as_readers_know_it(connection, views, refusal) from None
    upto = limits.POSITION if found is None else found
    then = progress.reached(connection, views, upto)
    wanted = max(asked.at_least or 0, asked.position or 0, found or 0)
    if then.position < max(wanted, then.withdrawal):
        if asked.is_keyless:
            wanted = min(wanted, read_head(connection)[0])
        # What was withdrawn is gone for readers once that is acknowledged, not some time later.
        reach(connection, max(wanted, then.withdrawal), *also)
        then = progress.reached(connection, views, upto)
    return then.noticed if asked.position is None else min(asked.position, then.noticed)


def _as_readers_know_it(
    connection: Connection[Row], views: Collection[str], refusal: BeyondTheHead
) -> BeyondTheHead:
    """The refusal as of the last position at which they saw anything new: how far the ledger is, and when something was
    recorded last, is the desk's."""
    noticed = progress.reached(connection, views, limits.POSITION).noticed
    row = connection.execute(
        "select recorded_at from events where position <= greatest(%s::bigint, 1) order by position desc limit 1",
        [noticed],
    ).fetchone()
    return BeyondTheHead(head=noticed, recorded_at=rfc3339(row[0])) if row else refusal


def _position_at(connection: Connection[Row], instant: datetime, asked: Asked) -> int:
    """The last position that was recorded by an instant; of a day that is not over by now."""
    if not asked.is_today:
        _fix(connection, instant)
    row = connection.execute(
        "select position from events where recorded_at <= %s order by recorded_at desc limit 1", [instant]
    ).fetchone()
    return row[0] if row else 0


def _fix(connection: Connection[Row], instant: datetime) -> None:
    """Sees to it that the answer about an instant is the same for ever. After the last event it is the head's, and must
    be so even if the clock is set back. NotFixedYet, whatever is asked of this very second too often."""
    head, recorded_at, _ = read_head(connection)
    if instant <= recorded_at:
        return
    seconds = fix_past(connection, instant)
    if seconds is None:
        raise BeyondTheHead(head=head, recorded_at=rfc3339(recorded_at))
    if seconds:
        raise NotFixedYet(seconds=seconds)


def wait_until_fixed(connection: Connection[Row], instant: datetime) -> None:
    """For whoever has nothing else to do meanwhile: a second at most."""
    with suppress(NotFixedYet, BeyondTheHead):
        try:
            _fix(connection, instant)
        except NotFixedYet as early:
            time.sleep(early.details["seconds"])
            _fix(connection, instant)


def find(connection: Connection[Row], slug: str) -> StoryNow:
    """StoryMoved where it has another slug by now."""
    story = follow(connection, slug)
    if story.slug != slug:
        raise StoryMoved(was=slug, story=story.slug)
    return story


def follow(connection: Connection[Row], slug: str) -> StoryNow:
    """Likewise by a slug that it had before."""
    story = sure(connection, lambda: story_now.one(connection, slug))
    if story is None:
        raise NoSuchStory(story=slug)
    return story


Found = TypeVar("Found")


def sure(connection: Connection[Row], look: Callable[[], Found | None], *also: str) -> Found | None:
    """What is found; that nothing is there is said only once the views, and others that are named, are as far as the
    ledger."""
    found = look()
    if found is None:  # the views may have moved since: looked for again even if they are at the head now
        reach(connection, read_head(connection)[0], *also)
        found = look()
    return found


def moment(connection: Connection[Row], slug: str, asked: Asked) -> Moment:
    """What was asked of a story, as a place in it."""
    wanted = resolve(connection, asked)
    story = find(connection, slug)
    revision = asked.revision
    if asked.edition is not None:
        revision = _revision_of(connection, slug, asked.edition)
    if asked.as_of is not None and asked.clock == "source":
        revision = source_clock.revision_then(connection, story, asked.as_of)
    if revision is not None:
        wanted = _position_of(connection, story, revision)
    # A revision may have come after the story was looked at; whatever else was asked for had come before.
    if story.position == wanted or (revision is None and story.position < wanted):
        return Moment(story, wanted, story.revision, story.position, story.recorded_at)
    last = revisions.last(connection, story.number, wanted)
    if last is None:
        raise NothingRecordedThen(what=f"story {slug}", first=story.number)
    return Moment(story, wanted, *last)


def _position_of(connection: Connection[Row], story: StoryNow, revision: int) -> int:
    found = sure(connection, lambda: revisions.position_of(connection, story.number, revision))
    if found is None:
        raise NoSuchRevision(story=story.slug, revision=revision, revisions=story.revision)
    return found


def _revision_of(connection: Connection[Row], slug: str, edition: int) -> int:
    found = sure(connection, lambda: visibility.edition(connection, slug, edition, limits.POSITION))
    if found is None:
        raise NoSuchEdition(story=slug, edition=edition)
    _, revision = found
    return int(revision)


def story(connection: Connection[Row], slug: str, asked: Asked, part: Part = WHOLE) -> StoryThen:
    """The story as it stood, with all of its facts or some.

    Every part is read as of one position, and no later event can change what was valid there: the parts belong
    together without a transaction around them.
    """
    then = moment(connection, slug, asked)
    texts: dict[str, dict[int, str]] = defaultdict(dict)
    named: dict[str, dict[str, str]] = {"source": {}, "member": {}}
    for kind, key, text in connection.execute(
        _STORY,
        {
            "story": then.story.number,
            "position": then.asked_position,
            "after": part.after,
            "upto": part.upto,
        },
    ):
        if kind in named:
            named[kind][key] = text
        else:
            texts[kind][int(key)] = text
    document = StoryParts(
        revision=then.revision,
        position=then.position,
        recorded_at=then.recorded_at,
        head=texts["head"][0],
        publication=texts["publication"].get(0),
        copy=texts["copy"].get(0),
        notes=_in_order(texts["note"]),
        correctives=_in_order(texts["corrective"]),
        facts=_in_order(texts["fact"]),
        independent_origins=int(texts["origins"][0]),
        sources=named["source"],
        members=named["member"],
        following=part.following(int(texts["last"][0] or 0)),
    )
    return StoryThen(then, max(then.position, int(texts["called"][0] or 0)), document.text())


# In one question: each takes its way to the database and back, and most of these ways would be longer than the answer.
_THEN = held_at("%(position)s")
_STORY = f"""
with facts as materialized (
    select fact, sources, actors, origins, desk from fact_versions
    where {_THEN}
), parts as materialized (
    select part, item, actor, desk from story_versions
    where {_THEN}
), sources as materialized (
    {
    sources.called(
        "source, desk as text, from_position as since",
        "select distinct unnest(sources) as slug from facts",
        "%(position)s::bigint",
    )
}
)
select 'fact', fact::text, desk from facts where fact > %(after)s and fact <= %(upto)s
union all select 'last', '0', max(fact)::text from facts
union all select part, item::text, desk from parts
union all select 'publication', '0', (
    select desk from publications where story = %(story)s::bigint and from_position <= %(position)s::bigint
    order by from_position desc limit 1
)
union all select 'origins', '0', count(distinct origin)::text from facts cross join unnest(origins) as origin
union all select 'source', source, text from sources
union all select 'called', '0', max(since)::text from sources
union all select 'member', member::text, desk from {members.EVERYBODY} as everybody
    where member = any(array(select unnest(actors) from facts union select actor from parts))
"""


def _in_order(texts: Mapping[int, str]) -> list[str]:
    return [texts[key] for key in sorted(texts)]


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
    called, since_called = sources.some(connection, named, then.asked_position)
    labels = {str(member): label for member, label in members.some(connection, actors).items()}
    whole = (
        f'{{"story":"{slug}",{text[1:-1]},"sources":{mapping_text(called)},"members":{mapping_text(labels)}}}'
    )
    return FactThen(then, version, max(since, since_called), whole)
