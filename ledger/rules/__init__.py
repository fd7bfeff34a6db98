"""The rules: what a command makes happen, given what has happened.

Pure; the only answer besides events is a Refusal. Roles and states are looked at first, by the tables of
`ledger/permitted.py`; then the rule of the command, in the module named after what it is about.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, assert_never
from uuid import UUID

from ledger import limits
from ledger.commands import (
    AcceptRequest,
    AcknowledgeRequest,
    AddEditorsNote,
    AddNote,
    AnyCommand,
    AssessFact,
    AttributeFact,
    ChangeFact,
    CiteFact,
    ClarifyFact,
    CommandOnFact,
    CommandOnPublication,
    CommandOnRequest,
    CommandOnSource,
    CommandOnStory,
    ConfirmFact,
    CorrectFact,
    DeclineApproval,
    DeclineRequest,
    DiscreditSource,
    EraseContact,
    EraseRequest,
    FileCopy,
    GiveApproval,
    HoldStory,
    IfMatch,
    IssueCorrective,
    IssueKey,
    KillStory,
    LiftEmbargo,
    MergeSource,
    MergeStory,
    OpenStory,
    PartSource,
    PublishStory,
    RefileCopy,
    RefileFact,
    RegisterProvider,
    RegisterSource,
    ReinstateSource,
    ReleaseStory,
    RenameSource,
    Report,
    ReportFact,
    ReportRead,
    RequestCorrection,
    RespondToFact,
    RestoreStory,
    RetractFact,
    ReviseFact,
    RevokeKey,
    SetDateline,
    SetHeadline,
    SetSlug,
    SetTerms,
    TakeDownStory,
    TakeItem,
    UndoRevision,
    UpdateFact,
)
from ledger.events import Written
from ledger.fact import Attribution, Citation, Ground, sources_of
from ledger.member import Member
from ledger.permitted import authorise, check
from ledger.publication import ApprovalAsked, Loosening
from ledger.refusals import NothingToMatch, StoryFull
from ledger.request import Request, RequestEvent
from ledger.rules import (
    approvals,
    correction_requests,
    facts,
    members,
    protecting,
    publishing,
    sources,
    stories,
    taking,
    undoing,
)
from ledger.rules.circles import grounds_in, reaches_beyond, stories_below
from ledger.rules.context import Context, Past, State
from ledger.source import Source, SourceEvent
from ledger.story import ChangeOfFact, Fact, FactReported, Outline, Story, StoryEvent, Voice, outline
from ledger.words import source_stream, story_stream

__all__ = [
    "Context",
    "Glance",
    "Past",
    "State",
    "decide",
    "grounds_in",
    "is_decided_by_outline",
    "leans_on",
    "looks_back",
    "reaches_beyond",
    "stories_below",
]


def leans_on(command: AnyCommand, state: State | None, number: int | None = None) -> set[UUID]:
    """The other streams that the rule will look into: those that the command names, and those that the state does."""
    sources: set[str] = set()
    grounds: list[Ground] = []
    match command:
        case ReportFact():
            sources, grounds = command.source_slugs(), list(command.rests_on)
        case ReportRead():
            sources, grounds = {source for _, source in command.sources}, list(command.rests_on)
        case ReviseFact():
            links: list[Attribution | Citation] = [*(command.attribution or ()), *(command.citations or ())]
            sources, grounds = sources_of(links), list(command.rests_on or ())
        case CiteFact():
            sources = sources_of(command.citations)
        case AttributeFact():
            sources = {link.source for link in command.attribution}
        case RespondToFact():
            if isinstance(command.by, Voice):
                sources = {command.by.source}
            else:
                grounds = [command.by]
        case RequestCorrection():
            return {story_stream(command.story)}
        case SetSlug():
            return {story_stream(command.slug)}
        case MergeStory():
            return {story_stream(command.into)}
        case MergeSource():
            return {source_stream(command.into)}
        case PartSource() if isinstance(state, Source) and state.merged_into:
            return {source_stream(state.merged_into)}
        case AcceptRequest() | DeclineRequest() if isinstance(state, Request):
            return {story_stream(state.story)}
        case TakeItem():
            of_story = protecting.streams_of_protected(state) if isinstance(state, Story) else set()
            return {source_stream(slug) for slug in taking.provider_slugs(command)} | of_story
        case _ if isinstance(command, CommandOnPublication) and isinstance(state, Story):
            return protecting.streams_of_protected(state)
        case _:
            pass
    streams = {source_stream(slug) for slug in sources} | {story_stream(ground.story) for ground in grounds}
    if isinstance(state, Story) and protecting.to_be_protected(state, command, number) is not None:
        streams |= protecting.streams_to_be_protected(state)
    return streams


def is_decided_by_outline(command: AnyCommand) -> bool:
    """Whether nothing more of its own story than the outline is looked at, and nothing of its past."""
    return isinstance(command, ReportFact | ReportRead)


@dataclass(frozen=True, slots=True)
class Glance:
    """What of its past a rule looks at: a revision, and the story before it; beyond which revision and up to which one
    what readers would be told of; the story before another revision, which is what readers see."""

    revision: int | None = None
    told: tuple[int, int] | None = None
    after_public: int | None = None


def looks_back(
    command: AnyCommand, number: int | None, state: State | None, if_match: IfMatch | None = None
) -> Glance | None:
    """What the rule looks at besides the state as it is; None where that is all."""
    if not isinstance(state, Story):
        return Glance(revision=number) if isinstance(command, UndoRevision) else None
    public = protecting.to_be_protected(state, command, number)
    after_public = public + 1 if public is not None and public < state.content else None
    if isinstance(command, UndoRevision):
        return Glance(revision=number, after_public=after_public)
    if after_public:
        return Glance(after_public=after_public)
    revision = protecting.becoming_public(state, command, number, if_match)
    if revision is None:
        return None
    past = revision + 1 if revision < state.content else None  # the story before that is as of the revision
    told = protecting.stretch_told(state, revision)
    return Glance(past, told) if past or told else None


def decide(
    state: State | Outline | None, command: AnyCommand, number: int | None, context: Context
) -> list[Any]:
    """The events that the command makes happen to its stream, or a Refusal; each says where it comes from.

    `number`: which fact, approval or revision of the story the command is about, where it is about one. `state`: of a
    story the outline is enough where that `is_decided_by_outline`.
    """
    return taking.with_origin(_decide(state, command, number, context), command)


def _decide(
    state: State | Outline | None, command: AnyCommand, number: int | None, context: Context
) -> list[Any]:
    kind = ReportFact if isinstance(command, ReportRead) else type(command)
    authorise(kind, context.actor)
    named = context.if_match
    if named is not None and not (named.is_any or isinstance(state, Story | Outline)):
        raise NothingToMatch
    if isinstance(command, ReportFact | ReportRead):
        assert state is None or isinstance(state, Story | Outline)
        return [
            decide_report(outline(state) if isinstance(state, Story) else state, command, number, context)
        ]
    assert not isinstance(state, Outline), "only a report is decided by it"
    match command:
        case _ if isinstance(command, CommandOnSource):
            assert state is None or isinstance(state, Source)
            return [decide_source(state, command, context)]
        case IssueKey():
            assert state is None or isinstance(state, Member)
            return members.issue_key(state, command)
        case RevokeKey():
            assert state is None or isinstance(state, Member)
            return [members.revoke_key(state, command)]
        case _ if isinstance(command, CommandOnRequest):
            assert state is None or isinstance(state, Request)
            return list(decide_request(state, command, context))
        case _:
            assert state is None or isinstance(state, Story)
            return decide_story(state, command, number, context)


def decide_source(source: Source | None, command: CommandOnSource, context: Context) -> SourceEvent:
    about = command.slug if isinstance(command, RegisterSource) else context.about or ""
    if source is not None and not sources.goes_in_spite(command):
        mend = f"Do it with {source.merged_into}; or tell the two apart first"
        sources.check_goes_on(source, mend, context)
    check(type(command), "source", source.state if source else "unknown", about)
    if isinstance(command, RegisterSource):
        return sources.register_source(command)
    assert source is not None, "the table lets no other command be about a source that is not there"
    match command:
        case RenameSource():
            return sources.rename(source, command)
        case MergeSource():
            return sources.merge(source, command, context)
        case PartSource():
            return sources.part(source, command)
        case DiscreditSource():
            return sources.discredit(source, command)
        case ReinstateSource():
            return sources.reinstate(source, command)
        case RegisterProvider():
            return sources.register_provider(source, command)
        case _:
            assert_never(command)


def decide_report(
    story: Outline | None, command: Report, number: int | None, context: Context
) -> FactReported | Written:
    check(ReportFact, "story", story.publication.state if story else "unknown", context.about or "")
    assert story is not None, "the table lets no fact be reported to a story that is not there"
    stories.check_if_match(story, context.if_match)
    stories.check_goes_on(story)
    check_room(story)
    return facts.report(story, command, number, context)


def check_room(story: Story | Outline) -> None:
    if story.revision >= limits.REVISIONS_OF_STORY:
        raise StoryFull(limit=limits.REVISIONS_OF_STORY, what="revisions")


def _parts(story: Story, command: CommandOnStory, number: int | None) -> bool:
    """Whether it takes back that the story is the same as another."""
    return isinstance(command, UndoRevision) and number == story.merged


def _withdraws(command: CommandOnStory) -> bool:
    """Whether it withdraws what the story says, and adds nothing to that."""
    return isinstance(command, RetractFact) or (isinstance(command, TakeItem) and command.is_withdrawal)


def decide_story(
    story: Story | None, command: CommandOnStory, number: int | None, context: Context
) -> list[StoryEvent]:
    assert not isinstance(command, ReportFact), "that is decided by the outline"
    # However full a story is, and even where another goes on in its place, it can be held and killed, and whom it names
    # can be protected. Where another goes on, its facts and what an agency sent can be withdrawn, too.
    may_always = isinstance(command, CommandOnPublication | SetTerms)
    goes_in = not (may_always or _withdraws(command))
    if story is not None and goes_in and not _parts(story, command, number):
        stories.check_goes_on(story)
    if story is not None and (late := taking.late(story, command, number)):
        check_room(story)
        return [late]
    check(type(command), "story", story.state if story else "unknown", context.about or "")
    if isinstance(command, OpenStory):
        return [stories.open_story(command)]
    if isinstance(command, TakeItem):
        return taking.take(story, command, context)
    assert story is not None, "the table lets no other command be about a story that is not there"
    if not isinstance(command, ChangeFact):  # which is about the fact
        stories.check_if_match(story, context.if_match)
    if not may_always:
        check_room(story)
    match command:
        case SetHeadline():
            return [stories.set_headline(story, command, context)]
        case SetSlug():
            return [stories.set_slug(story, command, context)]
        case MergeStory():
            return [stories.merge(story, command, context)]
        case SetDateline():
            return [stories.set_dateline(story, command, context)]
        case RefileCopy():
            return [stories.refile_copy(story, command, context)]
        case FileCopy():
            return [stories.file_copy(story, command, context)]
        case AddEditorsNote():
            return [stories.add_editors_note(story, command)]
        case IssueCorrective():
            return [stories.issue_corrective(story, command)]
        case AddNote():
            return [stories.add_note(story, command)]
        case UndoRevision():
            assert number is not None
            return [undoing.undo(story, command, number, context)]
        case (
            PublishStory()
            | LiftEmbargo()
            | HoldStory()
            | ReleaseStory()
            | KillStory()
            | TakeDownStory()
            | RestoreStory()
            | GiveApproval()
            | DeclineApproval()
        ):
            return list(publishing.decide_publication(story, command, number, context))
        case _:
            assert number is not None
            return [decide_fact(story, facts.fact_of(story, number), command, context)]


def decide_fact(
    story: Story, fact: Fact, command: CommandOnFact, context: Context
) -> ChangeOfFact | ApprovalAsked:
    facts.check_version(fact, command.expected_version, context.if_match)
    check(type(command), "fact", fact.standing, str(fact.fact))
    match command:
        case CorrectFact():
            return facts.correct(story, fact, command, context)
        case UpdateFact():
            return facts.update(story, fact, command, context)
        case ClarifyFact():
            return facts.clarify(story, fact, command, context)
        case RefileFact():
            return facts.refile(story, fact, command, context)
        case RetractFact():
            return facts.retract(fact, command)
        case CiteFact():
            return facts.cite(fact, command, context)
        case AttributeFact():
            return facts.attribute(fact, command, context)
        case AssessFact():
            return facts.assess(fact, command)
        case RespondToFact():
            return facts.respond_to(story, fact, command, context)
        case ConfirmFact():
            return facts.confirm(fact, command)
        case SetTerms():
            change = facts.set_terms(fact, command)
            return approvals.ask(story, change) if isinstance(change, Loosening) else change
        case _:
            assert_never(command)


def decide_request(
    request: Request | None, command: CommandOnRequest, context: Context
) -> Sequence[RequestEvent]:
    state, name = (request.state, str(request.request)) if request else ("unknown", "")
    check(type(command), "request", state, name)
    if isinstance(command, RequestCorrection):
        return correction_requests.request_correction(command, context)
    assert request is not None, "the table lets no other command be about a request that is not there"
    match command:
        case AcknowledgeRequest():
            return [correction_requests.acknowledge(command)]
        case AcceptRequest():
            return [correction_requests.accept(request, command, context)]
        case DeclineRequest():
            return [correction_requests.decline(request, command, context)]
        case EraseContact():
            return [correction_requests.erase_contact(request, command)]
        case EraseRequest():
            return [correction_requests.erase(request, command)]
        case _:
            assert_never(command)
