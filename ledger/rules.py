"""The rules: what a command makes happen, given what has happened.

Pure; the only answer besides events is a Refusal.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

from pydantic import ValidationError

from ledger import limits
from ledger.commands import (
    Actor,
    AddNote,
    AssessFact,
    AttributeFact,
    CiteFact,
    ClarifyFact,
    Command,
    CommandOnFact,
    CommandOnStory,
    CorrectFact,
    FileCopy,
    IssueKey,
    OpenStory,
    RegisterSource,
    ReportFact,
    RespondToFact,
    RetractFact,
    ReviseFact,
    RevisionOfFact,
    RevokeKey,
    SetDateline,
    SetHeadline,
    UpdateFact,
)
from ledger.fact import Attribution, Citation, FactBody, Ground, Note
from ledger.member import KeyIssued, KeyRevoked, Member, MemberEnrolled, MemberEvent
from ledger.refusals import (
    BadChange,
    FactFull,
    FactIsRetracted,
    FactMovedOn,
    NoSuchFact,
    NoSuchKey,
    NoSuchStory,
    NothingChanges,
    RoleMayNot,
    SaysNothing,
    SaysTooLittle,
    SlugTaken,
    SpanMismatch,
    StoryFull,
    UnknownGround,
    UnknownSource,
    VersionNotNamed,
)
from ledger.source import Source, SourceEvent, SourceRegistered
from ledger.story import (
    ChangeOfFact,
    CopyFiled,
    Dateline,
    DatelineSet,
    Fact,
    FactAssessed,
    FactAttributed,
    FactCited,
    FactClarified,
    FactCorrected,
    FactReported,
    FactRespondedTo,
    FactRetracted,
    FactUpdated,
    HeadlineSet,
    NoteAdded,
    Response,
    Story,
    StoryEvent,
    StoryOpened,
    Voice,
)
from ledger.words import Role, source_stream, story_stream

FILES: frozenset[Role] = frozenset({"reporter", "editor", "standards"})
EDITS: frozenset[Role] = frozenset({"editor", "standards"})
RUNS: frozenset[Role] = frozenset({"admin"})

# Who may do what, in one place: reporters file and say where it can be checked; what readers were told changes only
# by an editor's or the standards desk's hand. An auditor reads, an admin runs the machine; neither writes stories.
MAY: dict[type[Command], frozenset[Role]] = {
    RegisterSource: FILES,
    OpenStory: FILES,
    ReportFact: FILES,
    CiteFact: FILES,
    AttributeFact: FILES,
    AssessFact: FILES,
    RespondToFact: FILES,
    UpdateFact: FILES,
    AddNote: FILES,
    FileCopy: FILES,
    SetHeadline: EDITS,
    SetDateline: EDITS,
    CorrectFact: EDITS,
    ClarifyFact: EDITS,
    RetractFact: EDITS,
    IssueKey: RUNS,
    RevokeKey: RUNS,
}

State = Story | Source | Member


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, when, and the other streams as they are: those that `leans_on` names are present if they exist."""

    actor: Actor
    now: datetime
    about: str | None  # the slug of the story that the command is about
    streams: Mapping[UUID, State | None]


def authorise(command: Command, actor: Actor) -> None:
    needs = MAY[type(command)]
    if actor.role not in needs:
        raise RoleMayNot(role=actor.role, needs=", ".join(sorted(needs)))


def leans_on(command: Command) -> set[UUID]:
    """The other streams that the rule will look into."""
    sources: set[str] = set()
    grounds: list[Ground] = []
    match command:
        case ReportFact():
            sources, grounds = command.source_slugs(), list(command.rests_on)
        case ReviseFact():
            links: list[Attribution | Citation] = [*(command.attribution or ()), *(command.citations or ())]
            sources, grounds = {link.source for link in links}, list(command.rests_on or ())
        case CiteFact():
            sources = {citation.source for citation in command.citations}
        case AttributeFact():
            sources = {link.source for link in command.attribution}
        case RespondToFact():
            if isinstance(command.by, Voice):
                sources = {command.by.source}
            else:
                grounds = [command.by]
        case _:
            pass
    return {source_stream(slug) for slug in sources} | {story_stream(ground.story) for ground in grounds}


# --- Sources -----------------------------------------------------------------------------------------------------


def register_source(source: Source | None, command: RegisterSource) -> SourceEvent:
    if source is not None:
        raise SlugTaken(slug=command.slug, what="source", pointer="/slug")
    return SourceRegistered(**command.__dict__)


# --- Stories -----------------------------------------------------------------------------------------------------


def open_story(story: Story | None, command: OpenStory) -> StoryOpened:
    if story is not None:
        raise SlugTaken(slug=command.slug, what="story", pointer="/slug")
    return StoryOpened(**command.__dict__)


def set_headline(story: Story, command: SetHeadline) -> HeadlineSet:
    if command.headline == story.head.headline:
        raise NothingChanges(pointer="/headline")
    return HeadlineSet(headline=command.headline, reason=command.reason)


def set_dateline(story: Story, command: SetDateline) -> DatelineSet:
    dateline = Dateline(place=command.place, date=command.date)
    if dateline == story.head.dateline:
        raise NothingChanges(pointer="/date")
    return DatelineSet(dateline=dateline, reason=command.reason)


def file_copy(story: Story, command: FileCopy) -> CopyFiled:
    for index, span in enumerate(command.spans):
        if span.fact > len(story.facts):
            raise NoSuchFact(
                story=story.head.story, fact=span.fact, facts=len(story.facts), pointer=f"/spans/{index}/fact"
            )
        found = command.text[span.start : span.end]
        if found != span.exact or span.end > len(command.text):
            raise SpanMismatch(
                start=span.start, end=span.end, found=repr(found[:80]), pointer=f"/spans/{index}/exact"
            )
    if story.copy and (command.text, command.spans) == (story.copy.text, story.copy.spans):
        raise NothingChanges(pointer="/text")
    return CopyFiled(text=command.text, spans=command.spans, reason=command.reason)


def add_note(story: Story, command: AddNote) -> NoteAdded:
    if len(story.notes) >= limits.NOTES_ON_STORY:
        raise StoryFull(limit=limits.NOTES_ON_STORY, what="notes")
    return NoteAdded(note=Note(**command.__dict__))


# --- Facts -------------------------------------------------------------------------------------------------------


def report(story: Story, command: ReportFact, context: Context) -> FactReported:
    if len(story.facts) >= limits.FACTS_IN_STORY:
        raise StoryFull(limit=limits.FACTS_IN_STORY, what="facts")
    check_sources(command.attribution or (), "/attribution", context)
    check_sources(command.citations, "/citations", context)
    check_grounds(command.rests_on, story, context)
    body = FactBody.model_construct(**command.__dict__)
    return FactReported.model_construct(fact=len(story.facts) + 1, version=1, body=body)


def correct(story: Story, fact: Fact, command: CorrectFact, context: Context) -> FactCorrected:
    if says_too_little(command.was_wrong):
        raise SaysTooLittle(pointer="/was_wrong")
    return FactCorrected(
        fact=fact.fact,
        version=fact.version + 1,
        becomes=revised(story, fact, command, context),
        was_wrong=command.was_wrong,
        affects=command.affects,
        cause=command.cause,
        requested_by=command.requested_by,
        reason=command.reason,
    )


def update(story: Story, fact: Fact, command: UpdateFact, context: Context) -> FactUpdated:
    becomes = revised(story, fact, command, context)
    return FactUpdated(fact=fact.fact, version=fact.version + 1, becomes=becomes, reason=command.reason)


def clarify(story: Story, fact: Fact, command: ClarifyFact, context: Context) -> FactClarified:
    becomes = revised(story, fact, command, context)
    return FactClarified(fact=fact.fact, version=fact.version + 1, becomes=becomes, reason=command.reason)


def retract(fact: Fact, command: RetractFact) -> FactRetracted:
    return FactRetracted(fact=fact.fact, version=fact.version + 1, reason=command.reason)


def cite(fact: Fact, command: CiteFact, context: Context) -> FactCited:
    check_sources(command.citations, "/citations", context)
    if len(fact.citations) + len(command.citations) > limits.CITATIONS:
        raise FactFull(limit=limits.CITATIONS, what="citations")
    return FactCited(
        fact=fact.fact, version=fact.version + 1, citations=command.citations, reason=command.reason
    )


def attribute(fact: Fact, command: AttributeFact, context: Context) -> FactAttributed:
    check_sources(command.attribution, "/attribution", context)
    if command.attribution == fact.attribution:
        raise NothingChanges(pointer="/attribution")
    if fact.kind == "quote" and not command.attribution[-1].quote:
        raise BadChange(
            why="a fact of kind quote needs the words said, in the quote of its last attribution",
            pointer=f"/attribution/{len(command.attribution) - 1}/quote",
        )
    return FactAttributed(
        fact=fact.fact, version=fact.version + 1, attribution=command.attribution, reason=command.reason
    )


def assess(fact: Fact, command: AssessFact) -> FactAssessed:
    if command.verification is None and command.dispute is None:
        raise SaysNothing
    if (command.verification or fact.verification, command.dispute or fact.dispute) == (
        fact.verification,
        fact.dispute,
    ):
        raise NothingChanges
    return FactAssessed(
        fact=fact.fact,
        version=fact.version + 1,
        verification=command.verification,
        dispute=command.dispute,
        reason=command.reason,
    )


def respond_to(story: Story, fact: Fact, command: RespondToFact, context: Context) -> FactRespondedTo:
    match command.by:
        case Voice(source=source):
            if context.streams.get(source_stream(source)) is None:
                raise UnknownSource(source=source, pointer="/by/source")
        case Ground() as ground:
            if not is_there(ground, story, context):
                raise UnknownGround(story=ground.story, fact=ground.fact, pointer="/by")
        case _:
            assert_never(command.by)
    if len(fact.responses) >= limits.RESPONSES:
        raise FactFull(limit=limits.RESPONSES, what="responses")
    return FactRespondedTo(
        fact=fact.fact,
        version=fact.version + 1,
        response=Response(kind=command.kind, by=command.by),
        reason=command.reason,
    )


def revised(story: Story, fact: Fact, command: RevisionOfFact, context: Context) -> FactBody:
    """The fact's body with the given fields in place of the old."""
    before = fact.body()
    given = command.given()
    # Naming someone ends the anonymity, and the other way round, without having to say null for the other.
    if given.get("attribution") is not None:
        given.setdefault("unattributed", None)
    if given.get("unattributed") is not None:
        given.setdefault("attribution", None)
    try:
        after = FactBody(**(before.__dict__ | given))
    except ValidationError as error:
        why = "; ".join(str(problem["msg"]) for problem in error.errors())
        raise BadChange(why=why.removeprefix("Value error, ")) from None
    if after == before:
        raise NothingChanges
    check_sources(command.attribution or (), "/attribution", context)
    check_sources(command.citations or (), "/citations", context)
    check_grounds(command.rests_on or (), story, context)
    return after


def fact_of(story: Story, number: int) -> Fact:
    if not 1 <= number <= len(story.facts):
        raise NoSuchFact(story=story.head.story, fact=number, facts=len(story.facts))
    return story.facts[number - 1]


def check_version(fact: Fact, expected: int | None) -> None:
    if expected is None:
        raise VersionNotNamed(fact=fact.fact, version=fact.version)
    if expected != fact.version:
        raise FactMovedOn(
            fact=fact.fact,
            version=fact.version,
            expected_version=expected,
            changed=fact.changed.model_dump(
                mode="json", exclude_none=True, exclude={"position", "recorded_at"}
            ),
            statement=fact.statement,
            pointer="/expected_version",
        )
    if fact.standing == "retracted":
        raise FactIsRetracted(fact=fact.fact)


def check_sources(links: Iterable[Attribution | Citation], at: str, context: Context) -> None:
    for index, link in enumerate(links):
        if context.streams.get(source_stream(link.source)) is None:
            raise UnknownSource(source=link.source, pointer=f"{at}/{index}/source")


def check_grounds(grounds: Iterable[Ground], story: Story, context: Context) -> None:
    for index, ground in enumerate(grounds):
        if not is_there(ground, story, context):
            raise UnknownGround(story=ground.story, fact=ground.fact, pointer=f"/rests_on/{index}")


def is_there(ground: Ground, story: Story, context: Context) -> bool:
    other = story if ground.story == story.head.story else context.streams.get(story_stream(ground.story))
    return isinstance(other, Story) and ground.fact <= len(other.facts)


_EMPTY_PHRASES = (
    "an earlier version of this story",
    "a previous version of this story",
    "an earlier version",
)


def says_too_little(was_wrong: str) -> bool:
    """Whether nothing is left once the stock phrases are taken away."""
    rest = was_wrong.casefold()
    for phrase in _EMPTY_PHRASES:
        rest = rest.replace(phrase, " ")
    words = [word for word in rest.split() if any(letter.isalnum() for letter in word)]
    # One word beside a stock phrase ("in") adds nothing; alone, in a script without spaces, it can be a sentence.
    return len(words) < (1 if rest == was_wrong.casefold() else 2)


# --- Members -----------------------------------------------------------------------------------------------------


def issue_key(member: Member | None, command: IssueKey) -> list[MemberEvent]:
    """A member is enrolled with the first key."""
    if member is not None and len(member.keys) >= limits.KEYS_OF_MEMBER:
        raise StoryFull(limit=limits.KEYS_OF_MEMBER, what="keys")
    issued = KeyIssued(**command.__dict__)
    return [issued] if member is not None else [MemberEnrolled(label=command.label), issued]


def revoke_key(member: Member | None, command: RevokeKey) -> KeyRevoked:
    if member is None or not any(key.key == command.key and key.revoked_at is None for key in member.keys):
        raise NoSuchKey(key=command.key)
    return KeyRevoked(key=command.key, reason=command.reason)


# --- All of them -------------------------------------------------------------------------------------------------


def decide(state: State | None, command: Command, fact: int | None, context: Context) -> list[Any]:
    """The events that the command makes happen to its stream, or a Refusal."""
    authorise(command, context.actor)
    match command:
        case RegisterSource():
            assert state is None or isinstance(state, Source)
            return [register_source(state, command)]
        case IssueKey():
            assert state is None or isinstance(state, Member)
            return issue_key(state, command)
        case RevokeKey():
            assert state is None or isinstance(state, Member)
            return [revoke_key(state, command)]
        case _:
            assert state is None or isinstance(state, Story)
            return [decide_story(state, command, fact, context)]


def decide_story(
    story: Story | None, command: CommandOnStory, number: int | None, context: Context
) -> StoryEvent:
    if isinstance(command, OpenStory):
        return open_story(story, command)
    if story is None:
        raise NoSuchStory(story=context.about or "")
    if story.revision >= limits.REVISIONS_OF_STORY:
        raise StoryFull(limit=limits.REVISIONS_OF_STORY, what="revisions")
    match command:
        case SetHeadline():
            return set_headline(story, command)
        case SetDateline():
            return set_dateline(story, command)
        case FileCopy():
            return file_copy(story, command)
        case AddNote():
            return add_note(story, command)
        case ReportFact():
            return report(story, command, context)
        case _:
            assert number is not None
            return decide_fact(story, fact_of(story, number), command, context)


def decide_fact(story: Story, fact: Fact, command: CommandOnFact, context: Context) -> ChangeOfFact:
    check_version(fact, command.expected_version)
    match command:
        case CorrectFact():
            return correct(story, fact, command, context)
        case UpdateFact():
            return update(story, fact, command, context)
        case ClarifyFact():
            return clarify(story, fact, command, context)
        case RetractFact():
            return retract(fact, command)
        case CiteFact():
            return cite(fact, command, context)
        case AttributeFact():
            return attribute(fact, command, context)
        case AssessFact():
            return assess(fact, command)
        case RespondToFact():
            return respond_to(story, fact, command, context)
        case _:
            assert_never(command)
