"""What was made elsewhere: items that are taken, and versions that come too late to change anything."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import UUID

from ledger import limits
from ledger.commands import (
    AssessFact,
    AttributeFact,
    CiteFact,
    ClarifyFact,
    ConfirmFact,
    CorrectFact,
    FileCopy,
    HoldStory,
    KillStory,
    PublishStory,
    RefileCopy,
    RefileFact,
    ReleaseStory,
    RespondToFact,
    RetractFact,
    SetDateline,
    SetHeadline,
    SetSlug,
    TakeItem,
    UpdateFact,
)
from ledger.events import Recorded
from ledger.fact import Note
from ledger.likeness import alike
from ledger.moment import Moment
from ledger.origin import Origin
from ledger.permitted import WHEN, check
from ledger.publication import ApprovalAsked, Kill, StoryHeld, StoryKilled, StoryPublished, StoryReleased
from ledger.refusals import (
    ApprovalPending,
    ItemSaysTooLittle,
    NoSuchProvider,
    NothingToWithdraw,
    NotYourProvider,
    Refusal,
    SlugTaken,
)
from ledger.rules import approvals, publishing
from ledger.rules.context import Context
from ledger.shown import TOLD
from ledger.source import Source
from ledger.story import (
    AgencyCorrected,
    CopyFiled,
    DatelineSet,
    HeadlineSet,
    LateAct,
    LateTake,
    NoteAdded,
    Span,
    Spans,
    Story,
    StoryOpened,
    TakeRecorded,
    Wording,
    evolve,
    is_late,
    mark_of,
    says_more,
)
from ledger.words import parse_instant, source_stream, story_stream

# What changes something that a newer version may have changed before it. Terms are tightened whenever that comes.
ACTS: Mapping[type[Any], LateAct] = {
    SetHeadline: "headline",
    SetDateline: "dateline",
    SetSlug: "slug",
    FileCopy: "copy",
    RefileCopy: "refile",
    PublishStory: "publication",
    HoldStory: "hold",
    ReleaseStory: "release",
    KillStory: "kill",
    CorrectFact: "correction",
    UpdateFact: "update",
    ClarifyFact: "clarification",
    RefileFact: "fact_refile",
    RetractFact: "retraction",
    CiteFact: "citation",
    AttributeFact: "attribution",
    AssessFact: "assessment",
    RespondToFact: "response",
    ConfirmFact: "confirmation",
}


def late(story: Story, command: Any, number: int | None) -> TakeRecorded | None:
    """What is kept of a command that a newer version of the same item has overtaken; None where it is in time."""
    origin: Origin | None = getattr(command, "origin", None)
    act = ACTS.get(type(command))
    if origin is None or act is None or not is_late(story, origin):
        return None
    return TakeRecorded(origin=origin, late=LateTake(act=act, fact=number, said=said_by(command)))


def said_by(command: Any) -> str:
    said: str = command.model_dump_json(exclude_unset=True, exclude={"origin"})
    return said


# --- An item ------------------------------------------------------------------------------------------------------

_REASON = "Taken from {provider}."


@dataclass(slots=True)
class _Course:
    """A story as an item changes it, event by event."""

    story: Story | None
    context: Context
    events: list[Any] = field(default_factory=list)
    told: list[Recorded] = field(default_factory=list)

    def add(self, *events: Any) -> None:
        for event in events:
            revision = self.story.revision + 1 if self.story else 1
            at = Moment(0, revision, self.context.now, self.context.actor.member)
            self.story = evolve(self.story, event, at)
            self.events.append(event)
            if event.topic in TOLD:
                self.told.append(Recorded(at, story_stream(self.story.first_slug), event, UUID(int=0), 0))


def provider_slugs(command: TakeItem) -> set[str]:
    return {command.origin.provider}


def provider_of(origin: Origin, context: Context) -> Source | None:
    """Whose items are taken, where it is registered."""
    source = context.streams.get(source_stream(origin.provider))
    return source if isinstance(source, Source) and source.provider else None


def take(story: Story | None, command: TakeItem, context: Context) -> list[Any]:
    """What a version of an item makes of its story; one that is withheld from its first version on waits unpublished. A
    wire brings items of its own provider alone; only of these, and only where it is entitled to, its word withdraws a
    story at once."""
    origin, is_wire = command.origin, context.actor.role == "wire"
    source = provider_of(origin, context)
    if is_wire and context.actor.provider != origin.provider:
        raise NotYourProvider(yours=context.actor.provider, provider=origin.provider)
    if is_wire and source is None:
        raise NoSuchProvider(provider=origin.provider)
    if story is not None and origin.item not in story.takes:
        raise SlugTaken(slug=story.head.story, what="story", pointer="/slug")
    if story is not None and is_late(story, origin):
        return [TakeRecorded(origin=origin, late=LateTake(act="take", said=said_by(command)))]
    noted = TakeRecorded(origin=origin, item=command.item)
    may_withdraw = bool(is_wire and source and source.provider and source.provider.may_withdraw)
    if command.is_withdrawal and story is None and command.text is None:
        return _withdrawn_before(command, context, noted, may_withdraw=may_withdraw)
    if command.is_withdrawal and story is not None and not _is_another_draft(story, command):
        return [*_withdrawn(story, command, context, may_withdraw=may_withdraw)] or [noted]
    if story is not None and story.state == "killed":
        check(FileCopy, "story", story.state, story.head.story)
    course = _Course(story, context)
    if story is None:
        course.add(_opening(command, context))
    course.add(*_content(course, command, source))
    is_published = command.signal == "usable" and not (story and _is_of_the_desk(story, course.story, origin))
    published = partial(_published, course, command, is_wire=is_wire, may_lift=may_withdraw or not is_wire)
    if story is None and command.correction and is_published:
        course.add(
            *published()
        )  # what is corrected is there before its correction, and readers are told of that
    course.add(_corrected(command, source) if command.correction else noted)
    if is_published:
        course.add(*published())
    return course.events


def _is_another_draft(story: Story, command: TakeItem) -> bool:
    """Whether what is withheld was never public, so that it waits with what is new in it."""
    return command.signal == "withheld" and command.text is not None and story.state == "draft"


def _withdrawn_before(
    command: TakeItem, context: Context, noted: TakeRecorded, *, may_withdraw: bool
) -> list[Any]:
    """A withdrawal that comes before what it withdraws: the story is there from now on, and is never published by an
    older version that comes late."""
    if command.origin.at is None:
        raise NothingToWithdraw(provider=command.origin.provider, id=command.origin.id)
    course = _Course(None, context)
    course.add(_opening(command, context), noted)
    assert course.story is not None
    course.add(*_withdrawn(course.story, command, context, may_withdraw=may_withdraw))
    return course.events


def _is_of_the_desk(story: Story, after: Story | None, origin: Origin) -> bool:
    """Whether to publish the item would publish what somebody else said and nobody has published, put its words in the
    place of those of the desk that are public, or end an embargo of the desk's: that is for the desk to look at."""
    assert after is not None, "it is there"
    public = story.publication.revision or 0
    if any(revision > public for who, revision in story.said_by.items() if who != origin.provider):
        return True
    if public and any(note.is_publishable and note.added.revision > public for note in story.notes):
        return True
    if story.publication.embargo is not None and story.published_by != origin.item:
        return True
    return any(_replaces(words, public, origin) for words in (after.headlines, after.copies))


def _replaces(words: tuple[Wording, ...], public: int, origin: Origin) -> bool:
    """Whether the last of them would stand in the place of public ones that are not the item's."""
    shown = [one for one in words if one.revision <= public]
    return bool(shown) and shown[-1].who != origin.item and words[-1].mark != shown[-1].mark


def _has_said(words: tuple[Wording, ...], mark: str, origin: Origin) -> bool:
    """Whether the item said the same the last time: what the desk has made of it since is the desk's."""
    own = [one for one in words if one.who == origin.item]
    return bool(own) and own[-1].mark == mark


def _opening(command: TakeItem, context: Context) -> StoryOpened:
    said = {name: getattr(command, name) for name in ("headline", "language", "desk", "dateline")}
    said["headline"] = command.headline or command.called
    if said["headline"] is None:
        raise ItemSaysTooLittle(
            field="headline",
            why="the item has none, and no slugline, text or title to take one from",
            fix="have it sent with a headline",
            pointer="/headline",
        )
    for name in ("language", "desk"):
        if said[name] is None:
            raise ItemSaysTooLittle(
                field=name,
                why="the item does not say it, and neither does how items of its provider are taken",
                fix="have it sent with the item, or set it for the provider",
                pointer=f"/{name}",
            )
    return StoryOpened(slug=context.about or "", origin=command.origin, **said)


def _content(course: _Course, command: TakeItem, source: Source | None) -> Iterator[Any]:
    """What of it is otherwise than the story says."""
    story, origin = course.story, command.origin
    assert story is not None, "it was opened"
    reason = _REASON.format(provider=source.name if source else origin.provider)
    headline = command.headline or (command.called if _is_of_the_words(story) else None)
    is_news = headline is not None and not _has_said(story.headlines, headline, origin)
    if headline and is_news and not alike(headline, story.head.headline):
        yield HeadlineSet(headline=headline, reason=reason, origin=origin)
    if command.dateline and not alike(command.dateline, story.head.dateline):
        yield DatelineSet(dateline=command.dateline, reason=reason, origin=origin)
    is_said = command.text is not None and _has_said(story.copies, mark_of(command.text), origin)
    if command.text and not is_said and (story.copy is None or command.text != story.copy.text):
        spans = _found_again(story.copy.spans, command.text) if story.copy else ()
        yield CopyFiled(text=command.text, spans=spans, reason=reason, origin=origin)
    public = source.provider.public_notes if source and source.provider else ()
    there = {(note.role, note.text) for note in story.notes}
    for note in command.notes[: limits.NOTES_ON_STORY - len(story.notes)]:
        if (note.role, note.text) not in there:
            is_public = note.role in public
            yield NoteAdded(note=Note(role=note.role, text=note.text, is_publishable=is_public))


def _is_of_the_words(story: Story) -> bool:
    """Whether its headline is what its copy begins with, for want of one that somebody wrote."""
    words = " ".join(story.copy.text.split()) if story.copy else ""
    return words.startswith(story.head.headline.removesuffix("…").rstrip())


def _found_again(spans: Spans, text: str) -> Spans:
    """Those whose words stand in the text once, where they stand now."""
    found = ((span, text.find(span.exact)) for span in spans if text.count(span.exact) == 1)
    return tuple(
        Span(fact=span.fact, start=start, end=start + len(span.exact), exact=span.exact)
        for span, start in found
    )


def _corrected(command: TakeItem, source: Source | None) -> AgencyCorrected:
    correction = command.correction
    assert correction is not None
    public = source.provider.public_notes if source and source.provider else ()
    is_public = correction.note is not None and correction.role in public
    name = source.name if source else command.origin.provider
    return AgencyCorrected(
        origin=command.origin,
        item=command.item,
        text=(correction.note if is_public else correction.told)
        or f"{name} has corrected what it sent before.",
        note=None if is_public else correction.note,
    )


def _published(
    course: _Course, command: TakeItem, *, is_wire: bool, may_lift: bool
) -> Iterator[StoryPublished | StoryReleased]:
    """Where nothing stands in its way that is the desk's to judge: then it waits for the desk. Where it has nothing new
    for readers (what else an item says of itself is for the desk alone) there is nothing to publish, and what the desk
    has not published yet goes on waiting. What is usable again is no longer held on the word of the same item ("until
    further notice", IPTC pubStatus withheld); the desk's own hold is the desk's to lift."""
    story, context = course.story, course.context
    assert story is not None
    until = command.embargo_until
    if until is not None and parse_instant(until) <= context.now:
        until = None
    now, reason = story.publication, _REASON.format(provider=command.origin.provider)
    told = replace(context, told=[*context.told, *course.told], if_match=None)
    is_news = now.revision is None or now.embargo is not None or any(map(says_more, course.events))
    events: list[Any] = []
    try:
        if now.gate == "open" and is_news:
            asked = PublishStory(revision=story.content, embargo_until=until, reason=reason)
            events = [publishing.publish(story, asked, told)]
        elif now.gate == "held" and now.held_by == command.origin.item and may_lift and until is None:
            events = publishing.release(story, ReleaseStory(revision=story.content, reason=reason), told)
    except Refusal:
        if not is_wire:
            raise
    yield from with_origin(events, command)


def _withdrawn(
    story: Story, command: TakeItem, context: Context, *, may_withdraw: bool
) -> Iterator[StoryHeld | StoryKilled | ApprovalAsked]:
    """Nothing where it is withdrawn already. What whoever brings it may not do is asked of the desk: a kill here, a
    hold by whoever brought it."""
    origin = command.origin
    note = "; ".join(one.text for one in command.notes)[: limits.TEXT_LENGTH]
    reason = note or f"{origin.provider} sent it as {command.signal}."
    if command.signal == "withheld":
        may = may_withdraw or context.actor.role != "wire"
        if may and story.state in WHEN[HoldStory]["story"]:
            yield StoryHeld(reason=reason, origin=origin)
    elif story.state in WHEN[KillStory]["story"]:
        if may_withdraw:
            yield StoryKilled(reason=reason, origin=origin)
        else:
            try:
                yield approvals.ask(story, Kill(reason=reason, origin=origin))
            except ApprovalPending:
                return


def with_origin(events: list[Any], command: Any) -> list[Any]:
    """The events of a command that was made elsewhere say so."""
    origin = getattr(command, "origin", None)
    if origin is None:
        return events
    return [
        event.model_copy(update={"origin": origin})
        if "origin" in type(event).model_fields and event.origin is None
        else event
        for event in events
    ]
