"""What does each command make happen, given what has happened; and when does the ledger say no?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, get_args
from uuid import UUID

import pytest
from pydantic import ValidationError

from ledger import limits, member, permitted, refusals, request, rules, source, story
from ledger.commands import (
    AcceptRequest,
    AcknowledgeRequest,
    Actor,
    AddEditorsNote,
    AddNote,
    AssessFact,
    AttributeFact,
    ChangeFact,
    ChangeStory,
    CiteFact,
    ClarifyFact,
    Command,
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
    ReportFact,
    RequestCorrection,
    RespondToFact,
    RestoreStory,
    RetractFact,
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
from ledger.events import TOPICS, Event, canonical
from ledger.fact import FactBody
from ledger.member import KeyIssued, KeyRevoked, Member, MemberEnrolled, MemberEvent
from ledger.moment import Moment
from ledger.origin import Origin
from ledger.publication import (
    Act,
    ApprovalAsked,
    ApprovalDeclined,
    ApprovalGiven,
    EmbargoLifted,
    Kill,
    Loosening,
    Restoration,
    StoryHeld,
    StoryKilled,
    StoryPublished,
    StoryReleased,
    StoryRestored,
    StoryTakenDown,
    Takedown,
)
from ledger.refusals import (
    ApprovalLapsed,
    ApprovalPending,
    BadChange,
    BadEmbargo,
    CannotUndo,
    FactFull,
    FactIsRetracted,
    FactMovedOn,
    ItemSaysTooLittle,
    MemberFull,
    NeedsSecondPerson,
    NoContact,
    NoSuchApproval,
    NoSuchFact,
    NoSuchKey,
    NoSuchProvider,
    NoSuchRequest,
    NoSuchRevision,
    NoSuchSource,
    NoSuchStory,
    NotAsItStands,
    NotASlip,
    NotByCorrection,
    NotCorrected,
    NothingChanges,
    NothingThere,
    NothingToMatch,
    NothingToWithdraw,
    NotJoined,
    NotMinor,
    NotTheNextFact,
    NotYourProvider,
    OlderThanPublic,
    OthersAreJoined,
    OvertakenSince,
    PreconditionFailed,
    Refusal,
    RestsInACircle,
    RestsOnItself,
    RevisionNotNamed,
    RoleMayNot,
    SaysNothing,
    SaysTooLittle,
    SlugTaken,
    SourceFull,
    SourceIsMerged,
    SpanMismatch,
    StandOtherwise,
    StoryFull,
    StoryIsMerged,
    StoryMovedOn,
    TermsOnlyTighten,
    TooManyJoined,
    UnknownGround,
    UnknownSource,
    VersionNotNamed,
    WireNeedsProvider,
    WordsContradict,
    WordsErased,
)
from ledger.request import (
    ContactErased,
    ContactLeft,
    CorrectionRequested,
    Request,
    RequestAccepted,
    RequestAcknowledged,
    RequestDeclined,
    RequestErased,
    RequestEvent,
)
from ledger.rules import (
    Context,
    Past,
    State,
    approvals,
    correction_requests,
    decide,
    facts,
    leans_on,
    looks_back,
    members,
    publishing,
    sources,
    spelling,
    stories,
    taking,
    undoing,
    wording,
)
from ledger.rules.sources import of_both
from ledger.source import (
    ProviderRegistered,
    Source,
    SourceDiscredited,
    SourceEvent,
    SourceMerged,
    SourceParted,
    SourceRegistered,
    SourceReinstated,
    SourceRenamed,
)
from ledger.story import (
    KIND,
    AgencyCorrected,
    CopyFiled,
    CopyRefiled,
    CorrectiveIssued,
    DatelineSet,
    EditorsNoteAdded,
    FactAssessed,
    FactAttributed,
    FactCited,
    FactClarified,
    FactConfirmed,
    FactCorrected,
    FactEvent,
    FactRefiled,
    FactReported,
    FactRespondedTo,
    FactRetracted,
    FactReverted,
    FactUpdated,
    HeadlineSet,
    LateTake,
    NoteAdded,
    NoteWithdrawn,
    SlugSet,
    Story,
    StoryEvent,
    StoryMerged,
    StoryOpened,
    StoryParted,
    TakeRecorded,
    TermsLoosened,
    TermsTightened,
)
from ledger.words import Capacity, Role, source_stream, story_stream
from tests.test_limits import holds

SAME_COPY = "the copy reads so already, and the same facts stand behind the same words"
SAME_EDITION = "readers see revision 2 already, and nothing that came since is for them"
NO_EMBARGO = "no embargo of this story has ended"
SAME_FACT = "fact 1 reads so already; send at least one of its fields with a new value"
SAME_ASSESSMENT = "fact 1 is assessed so already; to say that it was looked at again, confirm it"

# --- The notation: given(…events).when(command, role).then(events | refusal) ------------------------------------

# Every event and nearly every command of these tests is theirs, and so is the member stream.
SOMEBODY = UUID(int=7)
SOMEBODY_ELSE = UUID(int=8)
REQUEST = UUID(int=9)  # likewise, of every correction request
START = datetime(2023, 9, 12, 14, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    given: tuple[Event, ...]
    command: Command
    role: Capacity
    story: str
    number: int | None  # of the fact, the approval or the revision
    somebody: UUID
    if_match: IfMatch | None
    events: list[Event]
    refusal: Refusal | None

    def decided(self, role: Capacity | None = None) -> list[Event]:
        """The events, or a refusal; the rule sees its own stream, and what it said it would look into."""
        states = after(self.given)
        state = states.get(self.stream())
        looked_into = leans_on(self.command, state) | {self.stream()}
        looked_into |= self.one_with(looked_into, states)
        seen = {stream: states.get(stream) for stream in looked_into}
        glance = looks_back(self.command, self.number, state, self.if_match)
        past = past_of(self.given, self.stream(), glance.revision) if glance and glance.revision else None
        about = SOURCE if isinstance(self.command, get_args(CommandOnSource)) else self.story
        role = role or self.role
        who = Actor(self.somebody, role, provider=SOURCE if role == "wire" else None)
        context = Context(who, START, about, seen, past, if_match=self.if_match)
        return decide(state, self.command, self.number, context)

    @staticmethod
    def one_with(streams: set[UUID], states: dict[UUID, State]) -> set[UUID]:
        """The sources that those are the same as; the writer reads them, too."""
        found = (states.get(stream) for stream in streams)
        return {source_stream(slug) for one in found if isinstance(one, Source) for slug in one.one_with}

    def stream(self) -> UUID:
        match self.command:
            case RegisterSource(slug=slug):
                return source_stream(slug)
            case command if isinstance(command, get_args(CommandOnSource)):
                return source_stream(SOURCE)
            case IssueKey() | RevokeKey():
                return SOMEBODY
            case command if isinstance(command, CommandOnRequest):
                return REQUEST
            case _:
                return story_stream(self.story)


@dataclass(frozen=True)
class When:
    given: tuple[Event, ...]
    command: Command
    role: Capacity
    story: str
    number: int | None
    somebody: UUID
    if_match: IfMatch | None

    def then(self, *expected: Event | Refusal) -> Case:
        events = [event for event in expected if not isinstance(event, Refusal)]
        refusal = next((refusal for refusal in expected if isinstance(refusal, Refusal)), None)
        asked = (self.given, self.command, self.role, self.story, self.number, self.somebody, self.if_match)
        return Case(*asked, events, refusal)


@dataclass(frozen=True)
class Given:
    events: tuple[Event, ...]

    def when(
        self,
        command: Command,
        role: Capacity = "editor",
        *,
        story: str = "story",
        number: int | None = None,
        by: UUID = SOMEBODY,
        if_match: IfMatch | None = None,
        saw_nothing: bool = False,
    ) -> When:
        """number: 1, where the command is about one of several and no other is named. What names the revision that was
        looked at names the last one, unless nobody looked."""
        if number is None and not isinstance(command, ReportFact):
            number = 1
        if isinstance(command, ChangeStory) and command.expected_revision is None and not saw_nothing:
            about = after(self.events).get(story_stream(story))
            revision = about.revision if isinstance(about, Story) else 1
            command = command.model_copy(update={"expected_revision": revision})
        return When(self.events, command, role, story, number, by, if_match)

    def undone(self, revision: int) -> When:
        """When an editor takes the revision back."""
        return self.when(UNDO, number=revision)


def given(*events: Event) -> Given:
    """Events of stories follow the opening of theirs."""
    return Given(events)


def after(events: Iterable[Event]) -> dict[UUID, State]:
    """Every stream as the events leave it."""
    states: dict[UUID, State] = {}
    about = UUID(int=0)
    for position, event in enumerate(events, start=1):
        if isinstance(event, SourceEvent):
            at = Moment(position, position, START, SOMEBODY)
            for slug in (event.slug, of_both(event)):
                if slug is not None:
                    who = states.get(source_stream(slug))
                    assert who is None or isinstance(who, Source)
                    states[source_stream(slug)] = source.evolve(who, event, at)
        elif isinstance(event, MemberEvent):
            at = Moment(position, position, START, SOMEBODY)
            known = states.get(SOMEBODY)
            assert known is None or isinstance(known, Member)
            states[SOMEBODY] = member.evolve(known, event, at, SOMEBODY)
        elif isinstance(event, RequestEvent):
            asked = states.get(REQUEST)
            assert asked is None or isinstance(asked, Request)
            at = Moment(position, asked.revision + 1 if asked else 1, START, SOMEBODY)
            states[REQUEST] = request.evolve(asked, event, at, REQUEST)
        else:
            about = story_stream(event.slug) if isinstance(event, StoryOpened) else about
            before = states.get(about)
            assert before is None or isinstance(before, Story)
            at = Moment(position, before.revision + 1 if before else 1, START, SOMEBODY)
            states[about] = story.evolve(before, event, at)
    return states


def past_of(events: tuple[Event, ...], stream: UUID, revision: int) -> Past | None:
    """The event of a revision, and the story before it."""
    before: Story | None = None
    for n, event in enumerate(events, start=1):
        now = after(events[:n]).get(stream)
        if now is None or now == before:
            continue
        assert isinstance(now, Story)
        if now.revision == revision:
            assert isinstance(event, StoryEvent)
            return Past(event, before)
        before = now
    return None


# --- Words to tell it in ----------------------------------------------------------------------------------------

SOURCE = "ria"  # what commands about a source are about
RIA = {"source": "ria", "cue": "reported", "speech": "indirect"}
KCNA = {"source": "kcna", "cue": "said", "speech": "direct", "quote": "He left by train"}
CITED = {"source": "ria", "url": "https://example.org/train"}
NOBODY = {"reason": "seen by our own reporter", "signed_off_by": "the world desk"}
WRONG = {"was_wrong": "The day was wrong", "affects": ["date"], "cause": "our_error"}
KEY, OTHER_KEY = UUID(int=1), UUID(int=2)
UNDO = UndoRevision(reason="Filed by mistake")
AChange = TypeVar("AChange", bound=ChangeFact)
AnEvent = TypeVar("AnEvent", bound=FactEvent)


def registered(slug: str = "ria") -> SourceRegistered:
    return SourceRegistered(slug=slug, name=slug.upper(), kind="agency")


def opened(slug: str = "story") -> StoryOpened:
    return StoryOpened(slug=slug, headline="Kim visits Russia", language="en", desk="world")


def a_body(**fields: Any) -> FactBody:
    body = {"statement": "A train arrived", "kind": "event", "attribution": [RIA]} | fields
    if body.get("unattributed"):
        del body["attribution"]
    return FactBody.model_validate(body)


def reported(number: int = 1, **fields: Any) -> FactReported:
    return FactReported(fact=number, version=1, body=a_body(**fields))


def report(**fields: Any) -> ReportFact:
    return ReportFact.model_validate(a_body(**fields).model_dump())


def change(command: type[AChange], version: int | None = 1, **fields: Any) -> AChange:
    return command.model_validate({"expected_version": version, "reason": "We looked again"} | fields)


def correct(**fields: Any) -> CorrectFact:
    return change(CorrectFact, **(WRONG | fields))


def corrected(version: int = 2, **fields: Any) -> FactCorrected:
    event = {"fact": 1, "version": version, "becomes": a_body(**fields), "reason": "We looked again"}
    return FactCorrected.model_validate(event | WRONG)


def changed(event: type[AnEvent], **fields: Any) -> AnEvent:
    return event.model_validate({"fact": 1, "version": 2, "reason": "We looked again"} | fields)


RETRACTED = changed(FactRetracted)
CONFIRMED = changed(FactConfirmed)
DISCREDITED = SourceDiscredited(slug="ria", reason="It made things up")
REINSTATED = SourceReinstated(slug="ria", reason="It has set things right")
DISCREDIT = DiscreditSource(reason="It made things up")
REINSTATE = ReinstateSource(reason="It has set things right")
STORY = given(registered(), opened(), reported())
TWO_SOURCES = given(registered(), registered("tass"))
JOIN = MergeSource(into="tass", reason="The same")
JOINED = SourceMerged(slug="ria", name="RIA", into="tass", reason="The same")
THE_OTHER_WAY = SourceMerged(slug="tass", name="TASS", into="ria", reason="The same")
KCNA_JOINED = SourceMerged(slug="kcna", name="KCNA", into="tass", reason="The same")
TOLD_APART = SourceParted(slug="ria", into="tass", reason="Two desks")
TASS_DISCREDITED = SourceDiscredited(slug="tass", reason="It, too")
TWO_STORIES = given(registered(), opened("other"), reported(1), reported(2), opened(), reported())
UNATTRIBUTED = given(registered(), opened(), reported(unattributed=NOBODY))
A_QUOTE = given(registered(), registered("kcna"), opened(), reported(kind="quote", attribution=[KCNA]))
ENROLLED: tuple[Event, ...] = (
    MemberEnrolled(label="Ana"),
    KeyIssued(key=KEY, digest="0" * 64, role="editor", label="Ana", expires_at=None),
)
ISSUE = IssueKey(key=OTHER_KEY, digest="1" * 64, role="reporter", label="Ana's phone")
ISSUED = KeyIssued(key=OTHER_KEY, digest="1" * 64, role="reporter", label="Ana's phone", expires_at=None)

ASK = RequestCorrection(story="story", phrase="on Tuesday", concern="It was Monday")
ASKED = CorrectionRequested(story="story", phrase="on Tuesday", concern="It was Monday")
LEFT = ContactLeft(contact="reader@example.org")
ACKNOWLEDGED = RequestAcknowledged(note="Looking")
DECLINED = RequestDeclined(reason="It was Tuesday", told="It stands")
ERASED = ContactErased(reason="The reader asked")
WORDS_ERASED = RequestErased(story="story", reason="The reader asked")
OPEN_REQUEST = given(*STORY.events, ASKED)

SETTINGS: dict[str, Any] = {"desk": "world", "public_notes": ("correction",), "may_withdraw": True}
PROVIDES = ProviderRegistered(slug="ria", reason="A contract", **SETTINGS)
ITEM = Origin(provider="ria", id="1", version="1", created="2023-09-12T14:00:00Z")
NEWER = ITEM.model_copy(update={"version": "2", "created": "2023-09-12T15:00:00Z"})
UNDATED = Origin(provider="ria", id="1", version="1")
SAID_BY_ITEM: dict[str, Any] = {"headline": "Kim visits Russia", "language": "en", "desk": "world"}
OPENED_BY_ITEM = opened().model_copy(update={"origin": ITEM})
TAKEN = given(registered(), PROVIDES, OPENED_BY_ITEM, TakeRecorded(origin=ITEM))
TAKEN_LATER = given(registered(), PROVIDES, OPENED_BY_ITEM.model_copy(update={"origin": NEWER}))


def take(origin: Origin = ITEM, **fields: Any) -> TakeItem:
    return TakeItem.model_validate({"origin": origin.model_dump(), **fields})


COPY = "🚆🇰🇵 A train arrived in 블라디보스토크"  # six code points, nine UTF-16 units, come before "train"
TRAIN = {"fact": 1, "start": 6, "end": 11, "exact": "train"}


def file_copy(*spans: Mapping[str, Any], text: str = COPY) -> FileCopy:
    return FileCopy.model_validate({"text": text, "spans": spans, "reason": "First take"})


def filed(*spans: Mapping[str, Any], text: str = COPY) -> CopyFiled:
    return CopyFiled.model_validate({"text": text, "spans": spans, "reason": "First take"})


SPAN = {"fact": 1, "start": 6, "end": 12, "exact": "trains"}
OTHER_COPY = "🚆🇰🇵 A trains arrived"


def refile(*spans: Mapping[str, Any], text: str = OTHER_COPY) -> RefileCopy:
    return RefileCopy.model_validate({"text": text, "spans": spans, "reason": "A letter"})


def published(
    revision: int, until: str | None = None, words_stand: tuple[int, ...] | None = None
) -> StoryPublished:
    return StoryPublished(
        revision=revision, embargo_until=until, reason="Read by two", words_stand=words_stand
    )


def publish(
    revision: int | None = 2, until: str | None = None, words_stand: tuple[int, ...] | None = None
) -> PublishStory:
    return PublishStory(revision=revision, embargo_until=until, reason="Read by two", words_stand=words_stand)


# Words filed on a fact that was corrected after that, published before.
TWELVE = filed({"fact": 1, "start": 0, "end": 6, "exact": "Twelve"}, text="Twelve people came")
ELEVEN = filed({"fact": 1, "start": 0, "end": 6, "exact": "Eleven"}, text="Eleven people came")
TWELVE_MEN = filed({"fact": 1, "start": 0, "end": 10, "exact": "Twelve men"}, text="Twelve men came")
SAID_TWELVE = given(registered(), opened(), reported(statement="Twelve came"), TWELVE, published(3))
NOW_ELEVEN = given(*SAID_TWELVE.events, corrected(statement="Eleven came"))
CONTRADICTED = WordsContradict(
    words="“Twelve” stands on fact 1, which said “Twelve came” and says “Eleven came” now",
    pointer="/words_stand",
)


def asked(act: Act, number: int = 1) -> ApprovalAsked:
    return ApprovalAsked(approval=number, act=act)


LATER, EARLIER = "2023-09-12T18:00:00+00:00", "2023-09-12T14:30:00Z"
PUBLIC = given(registered(), opened(), reported(), published(2))
HELD_REASON, OPEN_AGAIN = StoryHeld(reason="Wait"), StoryReleased(reason="Go on")
HELD = given(*PUBLIC.events, HELD_REASON)
KILL = Kill(reason="Made up", notice="Withdrawn.")
TAKEDOWN = Takedown(ground="legal", reason="A court orders it")
RESTORATION = Restoration(reason="It was true", held=True)
KILLED_EVENT = StoryKilled(approval=1, reason="Made up", notice="Withdrawn.")
AGREED = ApprovalGiven(approval=1)
TO_BE_KILLED = given(*PUBLIC.events, asked(KILL))
KILLED = given(*TO_BE_KILLED.events, AGREED, KILLED_EVENT)
ON_BACKGROUND = given(registered(), opened(), reported(terms="background"))
TO_BE_NAMED = Loosening(fact=1, version=1, terms="on_record", reason="We looked again")
NAMED = changed(TermsLoosened, approval=1, terms="on_record")
CORRECTED_SINCE = given(*PUBLIC.events, corrected(place="Khasan"))
EMBARGOED = given(registered(), opened(), reported(), published(2, "2023-09-12T14:30:00.000001Z"))


def corrective(fact: int = 1, ran_in: int = 2) -> IssueCorrective:
    return IssueCorrective(fact=fact, ran_in=ran_in, text="Mend it", reason="Others have it")


def called(slug: str, **more: Any) -> SlugSet:
    return SlugSet.model_validate({"slug": slug, "reason": "It is about more"} | more)


MERGED = StoryMerged(into="other", reason="The same")
PARTED = StoryParted(undoes=3, reason="Filed by mistake")


def headline(text: str, **more: Any) -> HeadlineSet:
    return HeadlineSet.model_validate({"headline": text, "reason": "He left"} | more)


def dateline(date: str | None, **more: Any) -> DatelineSet:
    return DatelineSet.model_validate({"dateline": date and {"date": date}, "reason": "It came"} | more)


def noted(text: str = "Ask first", **more: Any) -> NoteAdded:
    return NoteAdded.model_validate({"note": {"role": "legal", "text": text, "is_publishable": False}} | more)


def reverted(version: int = 3, **fields: Any) -> FactReverted:
    """The fact as it was when it was reported, but for the fields given."""
    event = {"fact": 1, "version": version, "undoes": 3, "becomes": a_body(), "reason": UNDO.reason}
    axes = {"standing": "standing", "verification": "unverified", "dispute": "undisputed"}
    return FactReverted.model_validate(event | axes | fields)


UNDOING: dict[str, Any] = {"reason": UNDO.reason}
TO_READERS = EditorsNoteAdded(text="We were wrong", reason="Many read it")
WITHDRAWN = NoteWithdrawn(note=3, reason=UNDO.reason)


def full(event: Event, times: int) -> Given:
    """The story with a fact, and then the same event many times over."""
    return given(registered(), opened(), reported(), *[event] * times)


# --- What is accepted -------------------------------------------------------------------------------------------

ACCEPTED: dict[str, Case] = {
    "a source is registered": given()
    .when(RegisterSource(slug="ria", name="RIA", kind="agency"))
    .then(registered()),
    "a source is renamed": STORY.when(RenameSource(name="Ria", other_names=("R",), reason="So")).then(
        SourceRenamed(slug="ria", name="Ria", other_names=("R",), reason="So")
    ),
    "a source is joined to another": TWO_SOURCES.when(JOIN).then(JOINED),
    "a discredited source is joined to another that is": given(
        registered(), registered("tass"), DISCREDITED, TASS_DISCREDITED
    )
    .when(JOIN)
    .then(JOINED),
    "a source is told apart from the one that it was joined to": given(*TWO_SOURCES.events, JOINED)
    .when(PartSource(reason="Two desks"))
    .then(TOLD_APART),
    "it is joined again": given(*TWO_SOURCES.events, JOINED, TOLD_APART).when(JOIN).then(JOINED),
    "two are joined to one": given(*TWO_SOURCES.events, registered("kcna"), KCNA_JOINED)
    .when(JOIN)
    .then(JOINED),
    "the one that goes on is discredited": given(*TWO_SOURCES.events, THE_OTHER_WAY)
    .when(DISCREDIT)
    .then(DISCREDITED),
    "and renamed": given(*TWO_SOURCES.events, THE_OTHER_WAY)
    .when(RenameSource(name="Ria", reason="So"))
    .then(SourceRenamed(slug="ria", name="Ria", reason="So")),
    "items of a source that was joined go on being taken": given(*TWO_SOURCES.events, JOINED)
    .when(RegisterProvider(reason="A contract", **SETTINGS), "standards")
    .then(PROVIDES),
    "a fact names the one that goes on": given(*TWO_SOURCES.events, THE_OTHER_WAY, opened())
    .when(report(citations=[CITED]))
    .then(reported(citations=[CITED])),
    "a fact goes on naming the source that it named": given(*TWO_SOURCES.events, opened(), reported(), JOINED)
    .when(change(UpdateFact, place="Khasan", attribution=[RIA]))
    .then(changed(FactUpdated, becomes=a_body(place="Khasan"))),
    "a source is discredited": STORY.when(DISCREDIT).then(DISCREDITED),
    "a source is reinstated": given(registered(), DISCREDITED).when(REINSTATE).then(REINSTATED),
    "a source is discredited again": given(registered(), DISCREDITED, REINSTATED)
    .when(DISCREDIT)
    .then(DISCREDITED),
    "a discredited source is cited": given(registered(), DISCREDITED, opened())
    .when(report(citations=[CITED]))
    .then(reported(citations=[CITED])),
    "it is said how items of a source are taken": STORY.when(
        RegisterProvider(reason="A contract", **SETTINGS), "standards"
    ).then(PROVIDES),
    "it is said anew how they are taken": given(registered(), PROVIDES)
    .when(RegisterProvider(reason="No contract"), "admin")
    .then(ProviderRegistered(slug="ria", reason="No contract")),
    "an item is withdrawn by whoever made it": TAKEN.when(take(NEWER, signal="canceled"), "wire").then(
        StoryKilled(reason="ria sent it as canceled.", origin=NEWER)
    ),
    "an item whose story was joined to another is withdrawn": given(opened("other"), *TAKEN.events, MERGED)
    .when(take(NEWER, signal="canceled"), "wire")
    .then(StoryKilled(reason="ria sent it as canceled.", origin=NEWER)),
    "an item is withdrawn before it comes": given(registered(), PROVIDES)
    .when(take(signal="canceled", **SAID_BY_ITEM), "wire")
    .then(
        OPENED_BY_ITEM,
        TakeRecorded(origin=ITEM),
        StoryKilled(reason="ria sent it as canceled.", origin=ITEM),
    ),
    "what the desk has not published is not published by an item": given(*TAKEN.events, reported())
    .when(take(NEWER, signal="usable", headline="Newer"), "wire")
    .then(HeadlineSet(headline="Newer", reason="Taken from RIA.", origin=NEWER), TakeRecorded(origin=NEWER)),
    "an item is held by whoever made it": TAKEN.when(take(NEWER, signal="withheld"), "wire").then(
        StoryHeld(reason="ria sent it as withheld.", origin=NEWER)
    ),
    "an editor asks for it to be withdrawn": TAKEN.when(take(NEWER, signal="canceled")).then(
        asked(Kill(reason="ria sent it as canceled.", origin=NEWER))
    ),
    "an older version comes late": TAKEN_LATER.when(take(headline="Older"), "wire").then(
        TakeRecorded(origin=ITEM, late=LateTake(act="take", said='{"headline":"Older"}'))
    ),
    "an agency corrects, and its words are for the desk": TAKEN.when(
        take(NEWER, correction={"note": "Not Kim.", "role": "editor"}), "wire"
    ).then(AgencyCorrected(origin=NEWER, text="RIA has corrected what it sent before.", note="Not Kim.")),
    "an agency corrects, and its words are for readers": TAKEN.when(
        take(NEWER, correction={"note": "Not Kim.", "role": "correction"}), "wire"
    ).then(AgencyCorrected(origin=NEWER, text="Not Kim.")),
    "an item becomes a story": given(registered(), PROVIDES)
    .when(take(**SAID_BY_ITEM))
    .then(OPENED_BY_ITEM, TakeRecorded(origin=ITEM)),
    "a story is opened": given()
    .when(OpenStory(slug="story", headline="Kim visits Russia", language="en", desk="world"))
    .then(opened()),
    "a headline is set": STORY.when(SetHeadline(headline="Kim leaves", reason="He left")).then(
        HeadlineSet(headline="Kim leaves", reason="He left")
    ),
    "a story gets another slug": STORY.when(SetSlug(slug="visit", reason="Shorter")).then(
        SlugSet(slug="visit", reason="Shorter")
    ),
    "a story gets back a slug that it had": given(*STORY.events, called("visit"))
    .when(SetSlug(slug="story", reason="As it was"))
    .then(SlugSet(slug="story", reason="As it was")),
    "a story is joined to another": given(opened("other"), *STORY.events)
    .when(MergeStory(into="other", reason="The same"))
    .then(StoryMerged(into="other", reason="The same")),
    "a fact of a story that was joined to another is withdrawn": given(opened("other"), *STORY.events, MERGED)
    .when(change(RetractFact))
    .then(RETRACTED),
    "two stories are told apart again": given(opened("other"), *STORY.events, MERGED)
    .undone(3)
    .then(StoryParted(undoes=3, reason="Filed by mistake")),
    "two stories are joined again": given(opened("other"), *STORY.events, MERGED, PARTED)
    .when(MergeStory(into="other", reason="The same"))
    .then(StoryMerged(into="other", reason="The same")),
    "words are published that say what their fact came to say": given(
        registered(),
        opened(),
        reported(statement="It left on Monday"),
        filed({"fact": 1, "start": 0, "end": 17, "exact": "It left on sunday"}, text="It left on sunday."),
        corrected(statement="It left on Sunday"),
    )
    .when(publish(4))
    .then(published(4)),
    "a slug is undone": given(*STORY.events, called("visit"))
    .undone(3)
    .then(SlugSet(slug="story", reason="Filed by mistake", undoes=3)),
    "a dateline is set": STORY.when(SetDateline(place="Seoul", date="2023-09-12", reason="It came")).then(
        DatelineSet.model_validate(
            {"dateline": {"place": "Seoul", "date": "2023-09-12"}, "reason": "It came"}
        )
    ),
    "a dateline loses its place": given(
        opened(),
        DatelineSet.model_validate(
            {"dateline": {"place": "Seoul", "date": "2023-09-12"}, "reason": "It came"}
        ),
    )
    .when(SetDateline(date="2023-09-12", reason="Not Seoul"))
    .then(DatelineSet.model_validate({"dateline": {"date": "2023-09-12"}, "reason": "Not Seoul"})),
    "copy is filed, its spans counted in code points": STORY.when(file_copy(TRAIN)).then(filed(TRAIN)),
    "copy is filed without spans": STORY.when(file_copy()).then(filed()),
    "copy is filed, its last span ending it": STORY.when(
        file_copy({"fact": 1, "start": 0, "end": 7, "exact": "A train"}, text="A train")
    ).then(filed({"fact": 1, "start": 0, "end": 7, "exact": "A train"}, text="A train")),
    "the same copy is filed with other spans": given(*STORY.events, filed())
    .when(file_copy(TRAIN))
    .then(filed(TRAIN)),
    "a note is added": STORY.when(AddNote(role="legal", text="Ask first", is_publishable=False)).then(
        NoteAdded.model_validate({"note": {"role": "legal", "text": "Ask first", "is_publishable": False}})
    ),
    "a fact gets the next number of its story": STORY.when(report(place="Vladivostok")).then(
        reported(2, place="Vladivostok")
    ),
    "a fact gets the number that it has to get": STORY.when(report(), number=2).then(reported(2)),
    "a fact rests on an earlier one of its story": STORY.when(
        report(rests_on=[{"story": "story", "fact": 1}])
    ).then(reported(2, rests_on=[{"story": "story", "fact": 1}])),
    "a fact rests on one of another story": TWO_STORIES.when(
        report(rests_on=[{"story": "other", "fact": 2}])
    ).then(reported(2, rests_on=[{"story": "other", "fact": 2}])),
    "a correction changes the fields that it gives": given(
        registered(), opened(), reported(place="Vladivostok", terms="background")
    )
    .when(correct(place="Khasan"))
    .then(corrected(place="Khasan", terms="background")),
    "a correction takes away what it says is null": given(
        registered(), opened(), reported(place="Vladivostok", occurred={"literal": "on Tuesday"})
    )
    .when(correct(place=None))
    .then(corrected(occurred={"literal": "on Tuesday"})),
    "a correction says who asked for it": STORY.when(
        correct(place="Khasan", requested_by="The Kremlin")
    ).then(corrected(place="Khasan").model_copy(update={"requested_by": "The Kremlin"})),
    "a correction empties a list": given(
        registered(), opened(), reported(citations=[CITED], entities=["Kim"])
    )
    .when(correct(citations=[]))
    .then(corrected(entities=["Kim"])),
    "a correction leans on another story": TWO_STORIES.when(
        correct(rests_on=[{"story": "other", "fact": 1}])
    ).then(corrected(rests_on=[{"story": "other", "fact": 1}])),
    "a correction that names a stock phrase and what was wrong": STORY.when(
        correct(place="Khasan", was_wrong="An earlier version of this story gave the wrong station.")
    ).then(
        corrected(place="Khasan").model_copy(
            update={"was_wrong": "An earlier version of this story gave the wrong station."}
        )
    ),
    "a correction in a script without spaces": STORY.when(correct(place="Khasan", was_wrong="车站有误")).then(
        corrected(place="Khasan").model_copy(update={"was_wrong": "车站有误"})
    ),
    "a correction that names somebody ends the anonymity": UNATTRIBUTED.when(correct(attribution=[RIA])).then(
        corrected()
    ),
    "a correction that signs off ends the attribution": STORY.when(correct(unattributed=NOBODY)).then(
        corrected(unattributed=NOBODY)
    ),
    "a correction of something else leaves the sign-off": UNATTRIBUTED.when(correct(place="Khasan")).then(
        corrected(place="Khasan", unattributed=NOBODY)
    ),
    "a correction may say both": STORY.when(correct(attribution=None, unattributed=NOBODY)).then(
        corrected(unattributed=NOBODY)
    ),
    "an update": STORY.when(change(UpdateFact, statement="Two trains arrived")).then(
        changed(FactUpdated, becomes=a_body(statement="Two trains arrived"))
    ),
    "an update makes it a figure": STORY.when(
        change(UpdateFact, kind="figure", figure={"value": "2", "unit": "trains"})
    ).then(changed(FactUpdated, becomes=a_body(kind="figure", figure={"value": "2", "unit": "trains"}))),
    "a clarification": STORY.when(change(ClarifyFact, terms="background")).then(
        changed(FactClarified, becomes=a_body(terms="background"))
    ),
    "a slip of spelling": STORY.when(change(RefileFact, statement="A train arived")).then(
        changed(FactRefiled, becomes=a_body(statement="A train arived"))
    ),
    "a retraction": STORY.when(change(RetractFact)).then(RETRACTED),
    "a citation": STORY.when(change(CiteFact, citations=[CITED])).then(changed(FactCited, citations=[CITED])),
    "an attribution replaces the chain": A_QUOTE.when(change(AttributeFact, attribution=[RIA, KCNA])).then(
        changed(FactAttributed, attribution=[RIA, KCNA])
    ),
    "an attribution ends the anonymity": UNATTRIBUTED.when(change(AttributeFact, attribution=[RIA])).then(
        changed(FactAttributed, attribution=[RIA])
    ),
    "an assessment of its truth": STORY.when(change(AssessFact, verification="verified")).then(
        changed(FactAssessed, verification="verified")
    ),
    "an assessment of its dispute": STORY.when(change(AssessFact, dispute="disputed")).then(
        changed(FactAssessed, dispute="disputed")
    ),
    "an assessment of both, one as it was": STORY.when(
        change(AssessFact, verification="unverified", dispute="disputed")
    ).then(changed(FactAssessed, verification="unverified", dispute="disputed")),
    "terms are tightened": STORY.when(change(SetTerms, terms="background")).then(
        changed(TermsTightened, terms="background")
    ),
    "whom a retracted fact had named is protected": given(*STORY.events, RETRACTED)
    .when(change(SetTerms, expected_version=2, terms="background"))
    .then(changed(TermsTightened, version=3, terms="background")),
    "looser terms are asked for": ON_BACKGROUND.when(change(SetTerms, terms="on_record")).then(
        asked(TO_BE_NAMED)
    ),
    "looser terms of another fact are asked for": given(
        *ON_BACKGROUND.events, reported(2, terms="background"), asked(TO_BE_NAMED)
    )
    .when(change(SetTerms, terms="on_record"), number=2)
    .then(asked(TO_BE_NAMED.model_copy(update={"fact": 2}), 2)),
    "a second person agrees to looser terms": given(*ON_BACKGROUND.events, asked(TO_BE_NAMED))
    .when(GiveApproval(), by=SOMEBODY_ELSE)
    .then(AGREED, NAMED),
    "a loosening is undone, and the terms are as strict as before": given(
        *ON_BACKGROUND.events, asked(TO_BE_NAMED), AGREED, NAMED
    )
    .undone(5)
    .then(reverted(undoes=5, becomes=a_body(terms="background"))),
    "a fact is confirmed": STORY.when(change(ConfirmFact)).then(CONFIRMED),
    "a citation that passes on another's word": given(registered(), registered("kcna"), opened(), reported())
    .when(change(CiteFact, citations=[CITED | {"origin": "kcna"}]))
    .then(changed(FactCited, citations=[CITED | {"origin": "kcna"}])),
    "a source answers": STORY.when(change(RespondToFact, kind="denies", by={"source": "ria"})).then(
        changed(FactRespondedTo, response={"kind": "denies", "by": {"source": "ria"}})
    ),
    "a fact of the story answers": given(*STORY.events, reported(2))
    .when(change(RespondToFact, kind="confirms", by={"story": "story", "fact": 2}))
    .then(changed(FactRespondedTo, response={"kind": "confirms", "by": {"story": "story", "fact": 2}})),
    "a fact of another story answers": TWO_STORIES.when(
        change(RespondToFact, kind="contradicts", by={"story": "other", "fact": 2})
    ).then(changed(FactRespondedTo, response={"kind": "contradicts", "by": {"story": "other", "fact": 2}})),
    "copy is filed again with a letter mended": given(*STORY.events, filed(TRAIN))
    .when(refile(SPAN))
    .then(CopyRefiled.model_validate({"text": OTHER_COPY, "spans": [SPAN], "reason": "A letter"})),
    "an editor's note is added": STORY.when(AddEditorsNote(text="We were wrong", reason="Many read it")).then(
        EditorsNoteAdded(text="We were wrong", reason="Many read it")
    ),
    "a correction says since when it was wrong": given(*STORY.events, changed(FactUpdated, becomes=a_body()))
    .when(correct(place="Khasan", version=2, wrong_version=1))
    .then(corrected(3, place="Khasan").model_copy(update={"wrong_version": 1})),
    "a corrective follows a correction of what was published": CORRECTED_SINCE.when(corrective()).then(
        CorrectiveIssued(fact=1, version=2, ran_in=2, text="Mend it", reason="Others have it")
    ),
    "a corrective follows a retraction": given(*PUBLIC.events, RETRACTED)
    .when(corrective())
    .then(CorrectiveIssued(fact=1, version=2, ran_in=2, text="Mend it", reason="Others have it")),
    "a story is published as it is": STORY.when(publish()).then(published(2)),
    "a story is published up to a revision": given(*STORY.events, reported(2))
    .when(publish(2))
    .then(published(2)),
    "a story is published under an embargo": STORY.when(publish(until=LATER)).then(published(2, LATER)),
    "an embargo is put off": given(*STORY.events, published(2, LATER))
    .when(publish(2, "2023-09-13T00:00:00Z"))
    .then(published(2, "2023-09-13T00:00:00Z")),
    "an embargo is ended early": given(*STORY.events, published(2, LATER)).when(publish()).then(published(2)),
    "what was added since is published": given(*PUBLIC.events, reported(2))
    .when(publish(4))
    .then(published(4)),
    "what was filed after the revision that was looked at is left out": given(
        *STORY.events, reported(2), reported(3)
    )
    .when(publish(3))
    .then(published(3)),
    "what happened to it is no content": given(*PUBLIC.events, HELD_REASON, OPEN_AGAIN, reported(2))
    .when(publish(revision=6))
    .then(published(6)),
    "other words stand on what was corrected": given(*NOW_ELEVEN.events, ELEVEN)
    .when(publish(6))
    .then(published(6)),
    "words that are gone from the copy, whatever else is marked": given(
        *NOW_ELEVEN.events, filed(text="Eleven people came, at twelve")
    )
    .when(publish(6))
    .then(published(6)),
    "few words that stand elsewhere": given(*NOW_ELEVEN.events, filed(text="Eleven came at Twelve o’clock"))
    .when(publish(6))
    .then(published(6)),
    "words that stand on another fact now": given(
        *NOW_ELEVEN.events,
        reported(2, statement="Twelve were people"),
        filed({"fact": 2, "start": 0, "end": 13, "exact": "Twelve people"}, text="Twelve people came"),
    )
    .when(publish(7))
    .then(published(7)),
    "words that are marked no longer, as somebody says": given(
        *NOW_ELEVEN.events, filed(text="Twelve people came")
    )
    .when(publish(6, words_stand=(1,)))
    .then(published(6, words_stand=(1,))),
    "words that came back on a fact that said the same again": given(
        *NOW_ELEVEN.events, ELEVEN, corrected(3, statement="Twelve came"), TWELVE
    )
    .when(publish(8))
    .then(published(8)),
    "words that were said to stand, and were gone meanwhile": given(
        *NOW_ELEVEN.events, published(5, words_stand=(1,)), filed(text="Nobody came"), TWELVE
    )
    .when(publish(8))
    .then(published(8)),
    "other words that tell what the fact told, as somebody says": given(*NOW_ELEVEN.events, TWELVE_MEN)
    .when(publish(6, words_stand=(1,)))
    .then(published(6, words_stand=(1,))),
    "other words that were said to stand go on standing": given(
        *NOW_ELEVEN.events, TWELVE_MEN, published(6, words_stand=(1,)), reported(2)
    )
    .when(publish(8))
    .then(published(8)),
    "words beside which the number was mended": given(
        registered(),
        opened(),
        reported(statement="A train arrived at 3"),
        filed(
            {"fact": 1, "start": 2, "end": 15, "exact": "train arrived"}, text="A train arrived at 3 there"
        ),
        corrected(statement="A train arrived at 4"),
        filed(
            {"fact": 1, "start": 2, "end": 15, "exact": "train arrived"}, text="A train arrived at 4 there"
        ),
    )
    .when(publish(5))
    .then(published(5)),
    "words with an ordinal on a fact that told that number": given(
        registered(),
        opened(),
        reported(statement="Two came"),
        filed({"fact": 1, "start": 0, "end": 3, "exact": "Two"}, text="Two came"),
        corrected(statement="Three came"),
        filed({"fact": 1, "start": 0, "end": 15, "exact": "For a second go"}, text="For a second go"),
    )
    .when(publish(5))
    .then(published(5)),
    "words that tell what the fact tells, and what it told": given(
        *NOW_ELEVEN.events,
        filed(
            {"fact": 1, "start": 0, "end": 18, "exact": "Eleven, not twelve"}, text="Eleven, not twelve, came"
        ),
    )
    .when(publish(6))
    .then(published(6)),
    "words stand though the fact was corrected, as somebody says": NOW_ELEVEN.when(
        publish(5, words_stand=(1,))
    ).then(published(5, words_stand=(1,))),
    "words that were said to stand go on standing": given(
        *NOW_ELEVEN.events, published(5, words_stand=(1,)), changed(FactCited, version=3, citations=[CITED])
    )
    .when(publish(7))
    .then(published(7)),
    "words stand on a fact that is again what it was": given(
        *NOW_ELEVEN.events, corrected(3, statement="Twelve came")
    )
    .when(publish(6))
    .then(published(6)),
    "words stand on a fact that only looks otherwise": given(
        *SAID_TWELVE.events, corrected(statement="Twelve  came")
    )
    .when(publish(5))
    .then(published(5)),
    "words that tell another number than their fact, as somebody says": given(*SAID_TWELVE.events, ELEVEN)
    .when(publish(5, words_stand=(1,)))
    .then(published(5, words_stand=(1,))),
    "words that tell another number were said to stand": given(
        *SAID_TWELVE.events, ELEVEN, published(5, words_stand=(1,)), changed(FactCited, citations=[CITED])
    )
    .when(publish(7))
    .then(published(7)),
    "words and fact that tell another number together": given(
        *SAID_TWELVE.events, ELEVEN, corrected(statement="Eleven came")
    )
    .when(publish(6))
    .then(published(6)),
    "words of which others tell the number of the fact": given(
        registered(),
        opened(),
        reported(statement="Twelve came"),
        filed(
            {"fact": 1, "start": 0, "end": 10, "exact": "At 3 gates"},
            {"fact": 1, "start": 12, "end": 23, "exact": "twelve came"},
            text="At 3 gates, twelve came",
        ),
    )
    .when(publish(3))
    .then(published(3)),
    "words that tell more than their fact": given(
        registered(),
        opened(),
        reported(statement="They came"),
        TWELVE,
    )
    .when(publish(3))
    .then(published(3)),
    "words of what is withdrawn, as somebody says": given(
        *SAID_TWELVE.events, RETRACTED, filed(text="Twelve people came")
    )
    .when(publish(6, words_stand=(1,)))
    .then(published(6, words_stand=(1,))),
    "words of what is withdrawn that are another fact’s now": given(
        *SAID_TWELVE.events,
        RETRACTED,
        reported(2, statement="It was twelve"),
        filed({"fact": 2, "start": 0, "end": 6, "exact": "Twelve"}, text="Twelve people came"),
    )
    .when(publish(7))
    .then(published(7)),
    "a number within another one": given(
        registered(),
        opened(),
        reported(statement="12 came"),
        filed({"fact": 1, "start": 0, "end": 9, "exact": "12 people"}, text="12 people came here"),
        published(3),
        corrected(statement="112 came"),
        filed(text="112 people came here"),
    )
    .when(publish(6))
    .then(published(6)),
    "many words beside which the number was mended, unmarked": given(
        registered(),
        opened(),
        reported(statement="12 came"),
        filed(
            {"fact": 1, "start": 3, "end": 25, "exact": "people came here today"},
            text="12 people came here today",
        ),
        published(3),
        corrected(statement="14 came"),
        filed(text="14 people came here today"),
    )
    .when(publish(6))
    .then(published(6)),
    "nobody says of words that need it not that they stand": given(*SAID_TWELVE.events, reported(2))
    .when(publish(5, words_stand=(1, 2)))
    .then(published(5)),
    "what was filed before the correction is published as of then": given(
        *SAID_TWELVE.events, reported(2), corrected(statement="Eleven came")
    )
    .when(publish(5))
    .then(published(5)),
    "an embargo ends when its time has come": given(registered(), opened(), reported(), published(2, EARLIER))
    .when(LiftEmbargo(), "ledger")
    .then(EmbargoLifted(revision=2)),
    "a story is held": PUBLIC.when(HoldStory(reason="Wait")).then(HELD_REASON),
    "a story that nobody saw is held": STORY.when(HoldStory(reason="Wait")).then(HELD_REASON),
    "a story is released": HELD.when(ReleaseStory(reason="Go on")).then(OPEN_AGAIN),
    "a story is released as readers saw it": HELD.when(ReleaseStory(revision=2, reason="Go on")).then(
        OPEN_AGAIN
    ),
    "a story is released once it was mended": given(*HELD.events, corrected(place="Khasan"))
    .when(ReleaseStory(revision=5, reason="Go on"))
    .then(StoryPublished(revision=5, reason="Go on"), OPEN_AGAIN),
    "somebody asks for a kill": PUBLIC.when(KillStory(reason="Made up", notice="Withdrawn.")).then(
        asked(KILL)
    ),
    "somebody asks for a takedown": PUBLIC.when(
        TakeDownStory(ground="legal", reason="A court orders it")
    ).then(asked(TAKEDOWN)),
    "somebody asks for a kill while a takedown waits": given(*PUBLIC.events, asked(TAKEDOWN))
    .when(KillStory(reason="Made up", notice="Withdrawn."))
    .then(asked(KILL, 2)),
    "somebody asks for it back": KILLED.when(RestoreStory(reason="It was true", held=True)).then(
        asked(RESTORATION, 2)
    ),
    "a second person agrees to a kill": TO_BE_KILLED.when(GiveApproval(), by=SOMEBODY_ELSE).then(
        AGREED, KILLED_EVENT
    ),
    "a second person agrees to a takedown and says why": given(*PUBLIC.events, asked(TAKEDOWN))
    .when(GiveApproval(reason="Seen"), by=SOMEBODY_ELSE)
    .then(
        ApprovalGiven(approval=1, reason="Seen"),
        StoryTakenDown(approval=1, ground="legal", reason="A court orders it"),
    ),
    "a second person agrees to have it back": given(*KILLED.events, asked(RESTORATION, 2))
    .when(GiveApproval(), by=SOMEBODY_ELSE, number=2)
    .then(ApprovalGiven(approval=2), StoryRestored(approval=2, held=True, reason="It was true")),
    "a second person agrees to a kill of what is held since": given(*TO_BE_KILLED.events, HELD_REASON)
    .when(GiveApproval(), by=SOMEBODY_ELSE)
    .then(AGREED, KILLED_EVENT),
    "a second person agrees to a kill that the desk has noted": given(*TO_BE_KILLED.events, noted())
    .when(GiveApproval(), by=SOMEBODY_ELSE)
    .then(AGREED, KILLED_EVENT),
    "a kill is asked for anew once it has lapsed": given(*TO_BE_KILLED.events, corrected(place="Khasan"))
    .when(KillStory(reason="Made up", notice="Withdrawn."))
    .then(asked(KILL, 2)),
    "a kill that has lapsed is declined": given(*TO_BE_KILLED.events, corrected(place="Khasan"))
    .when(DeclineApproval(reason="No"), by=SOMEBODY_ELSE)
    .then(ApprovalDeclined(approval=1, reason="No")),
    "a kill that was asked for anew is approved": given(
        *TO_BE_KILLED.events, corrected(place="Khasan"), asked(KILL, 2)
    )
    .when(GiveApproval(), by=SOMEBODY_ELSE, number=2)
    .then(ApprovalGiven(approval=2), KILLED_EVENT.model_copy(update={"approval": 2})),
    "a headline goes beside another's copy": given(*STORY.events, filed(TRAIN), noted())
    .when(SetHeadline(expected_revision=2, headline="Kim leaves", reason="He left"))
    .then(HeadlineSet(headline="Kim leaves", reason="He left")),
    "a headline is set by who saw the story as If-Match names it": STORY.when(
        SetHeadline(headline="Kim leaves", reason="He left"), saw_nothing=True, if_match=IfMatch(revision=2)
    ).then(HeadlineSet(headline="Kim leaves", reason="He left")),
    "a second person declines": TO_BE_KILLED.when(DeclineApproval(reason="No"), by=SOMEBODY_ELSE).then(
        ApprovalDeclined(approval=1, reason="No")
    ),
    "the first one thinks better of it": TO_BE_KILLED.when(DeclineApproval(reason="No")).then(
        ApprovalDeclined(approval=1, reason="No")
    ),
    "a headline is undone": given(*STORY.events, headline("Kim leaves"), noted())
    .undone(3)
    .then(headline("Kim visits Russia", **UNDOING, undoes=3)),
    "the undoing of a headline is undone": given(
        *STORY.events, headline("Kim leaves"), headline("Kim visits Russia", undoes=3)
    )
    .undone(4)
    .then(headline("Kim leaves", **UNDOING, undoes=4)),
    "a dateline is undone, and there is none": given(*STORY.events, dateline("2023-09-12"))
    .undone(3)
    .then(dateline(None, **UNDOING, undoes=3)),
    "a dateline is undone, and the one before it holds": given(
        *STORY.events, dateline("2023-09-12"), headline("Kim leaves"), dateline("2023-09-13")
    )
    .undone(5)
    .then(dateline("2023-09-12", **UNDOING, undoes=5)),
    "that there is no dateline is undone": given(
        *STORY.events, dateline("2023-09-12"), dateline(None, undoes=3)
    )
    .undone(4)
    .then(dateline("2023-09-12", **UNDOING, undoes=4)),
    "copy is undone, and its spans with it": given(*STORY.events, filed(TRAIN), filed(text="A second take"))
    .undone(4)
    .then(filed(TRAIN).model_copy(update=UNDOING | {"undoes": 4})),
    "a note is undone": given(*STORY.events, noted(), noted("Ask again")).undone(3).then(WITHDRAWN),
    "the withdrawal of a note is undone": given(*STORY.events, noted(), noted("Ask again"), WITHDRAWN)
    .undone(5)
    .then(noted(**UNDOING, undoes=5)),
    "a note that was brought back is undone": given(*STORY.events, noted(), WITHDRAWN, noted(undoes=4))
    .undone(5)
    .then(NoteWithdrawn(note=5, reason=UNDO.reason)),
    "a refile is undone, as minor as it was": given(
        *STORY.events,
        filed(TRAIN),
        CopyRefiled.model_validate({"text": OTHER_COPY, "spans": [SPAN], "reason": "A letter"}),
    )
    .undone(4)
    .then(CopyRefiled.model_validate({"text": COPY, "spans": [TRAIN], "reason": UNDO.reason, "undoes": 4})),
    "an editor's note is undone": given(*PUBLIC.events, TO_READERS)
    .undone(4)
    .then(NoteWithdrawn(note=4, reason=UNDO.reason)),
    "an editor's note that was undone is brought back as one": given(
        *PUBLIC.events, TO_READERS, NoteWithdrawn(note=4, reason=UNDO.reason)
    )
    .undone(5)
    .then(TO_READERS.model_copy(update=UNDOING | {"undoes": 5})),
    "a report is undone, and the fact stays as a tombstone": given(*STORY.events, reported(2), noted())
    .undone(2)
    .then(changed(FactRetracted, **UNDOING, undoes=2)),
    "a correction is undone": given(*STORY.events, corrected(place="Khasan"), reported(2), noted())
    .undone(3)
    .then(reverted()),
    "an update is undone": given(*STORY.events, changed(FactUpdated, becomes=a_body(place="Khasan")))
    .undone(3)
    .then(reverted()),
    "a slip of spelling is undone": given(
        *STORY.events, changed(FactRefiled, becomes=a_body(statement="A trian arrived"))
    )
    .undone(3)
    .then(reverted()),
    "a clarification is undone": given(*STORY.events, changed(FactClarified, becomes=a_body(place="Khasan")))
    .undone(3)
    .then(reverted()),
    "a retraction is undone, and the fact stands again": given(*STORY.events, RETRACTED)
    .undone(3)
    .then(reverted()),
    "a citation is undone": given(*STORY.events, changed(FactCited, citations=[CITED]))
    .undone(3)
    .then(reverted()),
    "an attribution is undone, and nobody is named again": given(
        *UNATTRIBUTED.events, changed(FactAttributed, attribution=[RIA])
    )
    .undone(3)
    .then(reverted(becomes=a_body(unattributed=NOBODY))),
    "an assessment is undone, and the one before it holds on both axes": given(
        *STORY.events,
        changed(FactAssessed, verification="verified", dispute="disputed"),
        changed(FactAssessed, version=3, verification="refuted"),
    )
    .undone(4)
    .then(reverted(4, undoes=4, verification="verified", dispute="disputed")),
    "a confirmation is undone": given(*STORY.events, changed(FactConfirmed)).undone(3).then(reverted()),
    "a response is undone, and the ones before it stay": given(
        *STORY.events,
        changed(FactRespondedTo, response={"kind": "denies", "by": {"source": "ria"}}),
        changed(FactRespondedTo, version=3, response={"kind": "confirms", "by": {"source": "ria"}}),
    )
    .undone(4)
    .then(reverted(4, undoes=4, responses=[{"kind": "denies", "by": {"source": "ria"}}])),
    "an undoing is undone": given(*STORY.events, corrected(place="Khasan"), reverted())
    .undone(4)
    .then(reverted(4, undoes=4, becomes=a_body(place="Khasan"))),
    "the undoing of a report is undone": given(*STORY.events, changed(FactRetracted, **UNDOING, undoes=2))
    .undone(3)
    .then(reverted()),
    "what follows an undoing is undone like anything": given(
        *STORY.events, corrected(place="Khasan"), reverted(), corrected(4, place="Hasan")
    )
    .undone(5)
    .then(reverted(5, undoes=5)),
    "a first key enrols the member": given()
    .when(ISSUE, "admin")
    .then(MemberEnrolled(label="Ana's phone"), ISSUED),
    "a second key does not": given(*ENROLLED).when(ISSUE, "admin").then(ISSUED),
    "a key is revoked": given(*ENROLLED)
    .when(RevokeKey(key=KEY, reason="Lost"), "admin")
    .then(KeyRevoked(key=KEY, reason="Lost")),
    "a correction says which request led to it": STORY.when(correct(place="Khasan", request=REQUEST)).then(
        corrected(place="Khasan").model_copy(update={"request": REQUEST})
    ),
    "a reader requests a correction": PUBLIC.when(ASK, "reader").then(ASKED),
    "a reader who leaves a contact leaves it apart": PUBLIC.when(
        ASK.model_copy(update={"contact": "reader@example.org"}), "reader"
    ).then(ASKED, LEFT),
    "a request is acknowledged": OPEN_REQUEST.when(AcknowledgeRequest(note="Looking"), "reporter").then(
        ACKNOWLEDGED
    ),
    "a request is acknowledged without a word": OPEN_REQUEST.when(AcknowledgeRequest()).then(
        RequestAcknowledged()
    ),
    "a request is accepted for a correction of its story": given(
        *STORY.events, corrected(place="Hasan"), ASKED
    )
    .when(AcceptRequest(fact=1, version=2, reason="So it was"))
    .then(RequestAccepted(fact=1, version=2, reason="So it was")),
    "a request is accepted for the second of two corrections": given(
        *STORY.events,
        corrected(place="Hasan"),
        changed(FactRetracted, version=3),
        ASKED,
        ACKNOWLEDGED,
        corrected(4, place="Khasan"),
    )
    .when(AcceptRequest(fact=1, version=4, reason="So it was"))
    .then(RequestAccepted(fact=1, version=4, reason="So it was")),
    "a request is declined": OPEN_REQUEST.when(
        DeclineRequest(told="It stands", reason="It was Tuesday")
    ).then(DECLINED),
    "an acknowledged request is declined": given(*OPEN_REQUEST.events, ACKNOWLEDGED)
    .when(DeclineRequest(told="It stands", reason="It was Tuesday"))
    .then(DECLINED),
    "a contact is erased": given(*OPEN_REQUEST.events, LEFT)
    .when(EraseContact(reason="The reader asked"))
    .then(ERASED),
    "a contact is erased after the answer": given(*OPEN_REQUEST.events, LEFT, ACKNOWLEDGED, DECLINED)
    .when(EraseContact(reason="The reader asked"))
    .then(ERASED),
    "a request is erased, after its contact was": given(*OPEN_REQUEST.events, LEFT, ERASED)
    .when(EraseRequest(reason="The reader asked"))
    .then(WORDS_ERASED),
}

# --- What is refused --------------------------------------------------------------------------------------------

ON_FACT: dict[str, Any] = {  # every way to change a fact, but for the version it saw
    "a correction": (CorrectFact, WRONG | {"place": "Khasan"}),
    "an update": (UpdateFact, {"place": "Khasan"}),
    "a clarification": (ClarifyFact, {"place": "Khasan"}),
    "a slip of spelling": (RefileFact, {"statement": "A trian arrived"}),
    "a retraction": (RetractFact, {}),
    "a citation": (CiteFact, {"citations": [CITED]}),
    "an attribution": (AttributeFact, {"attribution": [RIA, RIA]}),
    "an assessment": (AssessFact, {"verification": "verified"}),
    "a response": (RespondToFact, {"kind": "denies", "by": {"source": "ria"}}),
    "a confirmation": (ConfirmFact, {}),
    "stricter terms": (SetTerms, {"terms": "background"}),
}
OF_THE_STORY: dict[str, SetHeadline | SetDateline | SetSlug | FileCopy | RefileCopy] = {
    "a slug": SetSlug(slug="visit", reason="Shorter"),
    "a headline": SetHeadline(headline="Kim leaves", reason="He left"),
    "a dateline": SetDateline(date="2023-09-12", reason="It came"),
    "copy": file_copy(),
    "a refiled copy": refile(),
}
ON_STORY: dict[str, Command] = {
    "a merge": MergeStory(into="other", reason="The same"),
    "a slug": SetSlug(slug="visit", reason="Shorter"),
    "a headline": SetHeadline(headline="Kim leaves", reason="He left"),
    "a dateline": SetDateline(date="2023-09-12", reason="It came"),
    "copy": file_copy(),
    "a note": AddNote(role="legal", text="Ask first", is_publishable=False),
    "a refiled copy": refile(),
    "an editor's note": AddEditorsNote(text="We were wrong", reason="Many read it"),
    "a corrective": corrective(),
    "a publication": publish(),
    "the end of an embargo": LiftEmbargo(),
    "a hold": HoldStory(reason="Wait"),
    "a release": ReleaseStory(reason="Go on"),
    "a kill": KillStory(reason="Made up"),
    "a takedown": TakeDownStory(ground="safety", reason="Threats"),
    "a restoration": RestoreStory(reason="It was true"),
    "an approval": GiveApproval(),
    "a refusal to approve": DeclineApproval(reason="No"),
    "a report": report(),
    "an undoing": UNDO,
    **{name: change(command, **fields) for name, (command, fields) in ON_FACT.items()},
}
ON_REQUEST: dict[str, Command] = {
    "an acknowledgement": AcknowledgeRequest(),
    "an acceptance": AcceptRequest(fact=1, version=2, reason="So it was"),
    "a declination": DeclineRequest(told="It stands", reason="It was Tuesday"),
    "an erasure": EraseContact(reason="The reader asked"),
    "an erasure of all": EraseRequest(reason="The reader asked"),
}
# Two facts, of which one was corrected into version 2, updated into version 3; another story with a correction.
CORRECTED = given(
    opened("other"), reported(), corrected(place="Hasan"), corrected(3, place="Khasan"),
    *STORY.events, reported(2), corrected(place="Hasan"), changed(FactUpdated, version=3, becomes=a_body()), ASKED,
)  # fmt: skip
NO_QUOTE = "a fact of kind quote needs the words said, in the quote of its last attribution"
NO_FIGURE = "a fact of kind figure needs a figure: {value, unit}"
NOBODY_SAYS_IT = "give either attribution (who says it) or unattributed (why nobody is named), not both"
SPEAKERS: tuple[tuple[str, Command], ...] = (  # (where the unknown source stands, who says so)
    ("/attribution/1/source", report(attribution=[RIA, RIA | {"source": "tass"}])),
    ("/citations/0/source", report(citations=[CITED | {"source": "tass"}])),
    ("/attribution/0/source", correct(attribution=[RIA | {"source": "tass"}])),
    ("/citations/1/source", change(UpdateFact, citations=[CITED, CITED | {"source": "tass"}])),
    ("/citations/0/source", change(CiteFact, citations=[CITED | {"source": "tass"}])),
    ("/citations/0/origin", report(citations=[CITED | {"origin": "tass"}])),
    ("/citations/1/origin", change(UpdateFact, citations=[CITED, CITED | {"origin": "tass"}])),
    ("/citations/0/origin", change(CiteFact, citations=[CITED | {"origin": "tass"}])),
    ("/attribution/0/source", change(AttributeFact, attribution=[RIA | {"source": "tass"}])),
    ("/by/source", change(RespondToFact, kind="denies", by={"source": "tass"})),
)

_SEEN = "it let readers see the story; hold or kill it, or undo what it said and publish again"
_BY_TWO = "two people did it; ask for the opposite, which takes two again"
_ASKED = "what takes two people is asked for and answered"
OF_PUBLICATION: tuple[tuple[Event, str], ...] = (
    (published(2), _SEEN),
    (EmbargoLifted(revision=2), _SEEN),
    (HELD_REASON, "hold or release the story instead"),
    (OPEN_AGAIN, "hold or release the story instead"),
    (asked(KILL), _ASKED),
    (AGREED, _ASKED),
    (ApprovalDeclined(approval=1, reason="No"), _ASKED),
    (StoryTakenDown(approval=1, ground="legal", reason="A court orders it"), _BY_TWO),
    (StoryRestored(approval=1, held=True, reason="It was true"), _BY_TWO),
)

OF_ONE_THAT_GOES_ON: tuple[tuple[str, Command], ...] = (
    ("a source is renamed", RenameSource(name="Ria", reason="So")),
    ("a source is discredited", DISCREDIT),
    ("a source is reinstated", REINSTATE),
    ("a source is joined", JOIN),
)
REFUSED: dict[str, Case] = (
    {
        "a source's slug is its own": STORY.when(RegisterSource(slug="ria", name="Ria", kind="person")).then(
            SlugTaken(slug="ria", what="source", pointer="/slug")
        ),
        "a discredited source's slug is its own, too": given(registered(), DISCREDITED)
        .when(RegisterSource(slug="ria", name="Ria", kind="person"))
        .then(SlugTaken(slug="ria", what="source", pointer="/slug")),
        "items are taken as they were already": given(registered(), PROVIDES)
        .when(RegisterProvider(reason="Again", **SETTINGS), "standards")
        .then(NothingChanges(why="items of ria are taken in this way already")),
        "items of nobody": given()
        .when(RegisterProvider(reason="So"), "admin")
        .then(NoSuchSource(source="ria")),
        "an item of another provider": TAKEN.when(take(Origin(provider="afp", id="1")), "wire").then(
            NotYourProvider(yours="ria", provider="afp")
        ),
        "an item of a provider that is not registered": given(registered())
        .when(take(**SAID_BY_ITEM), "wire")
        .then(NoSuchProvider(provider="ria")),
        "an item that says no headline": given(registered(), PROVIDES)
        .when(take(language="en", desk="world"))
        .then(
            ItemSaysTooLittle(
                field="headline",
                why="the item has none, and no slugline, text or title to take one from",
                fix="have it sent with a headline",
                pointer="/headline",
            )
        ),
        "a withdrawal of what was never taken": given(registered(), PROVIDES)
        .when(take(UNDATED, signal="canceled"), "wire")
        .then(NothingToWithdraw(provider="ria", id="1")),
        "a hold without a word of what was never taken": given(registered(), PROVIDES)
        .when(take(UNDATED, signal="withheld"), "wire")
        .then(NothingToWithdraw(provider="ria", id="1")),
        "an item under the name of another story": given(registered(), PROVIDES, opened())
        .when(take(**SAID_BY_ITEM), "wire")
        .then(SlugTaken(slug="story", what="story", pointer="/slug")),
        "an item whose story was killed": given(*TAKEN.events, StoryKilled(reason="So", origin=ITEM))
        .when(take(NEWER, headline="Again"), "wire")
        .then(
            NotAsItStands(
                thing="story",
                name="story",
                state="killed",
                when="draft or embargoed or published or held or taken down",
            )
        ),
        "a wire of nobody": given()
        .when(ISSUE.model_copy(update={"role": "wire"}), "admin")
        .then(WireNeedsProvider(pointer="/provider")),
        "a reporter of a provider": given()
        .when(ISSUE.model_copy(update={"provider": "ria"}), "admin")
        .then(WireNeedsProvider(pointer="/provider")),
        "a source is renamed once too often": given(
            registered(),
            *(
                SourceRenamed(slug="ria", name=f"R {index}", reason="So")
                for index in range(limits.RENAMINGS_OF_SOURCE)
            ),
        )
        .when(RenameSource(name="Ria", reason="So"))
        .then(SourceFull(limit=limits.RENAMINGS_OF_SOURCE)),
        "a source is renamed to what it is called": STORY.when(RenameSource(name="RIA", reason="So")).then(
            NothingChanges(why="ria has this name and these other names already", pointer="/name")
        ),
        "nobody is renamed": given()
        .when(RenameSource(name="Ria", reason="So"))
        .then(NoSuchSource(source="ria")),
        "a source is joined to nobody": STORY.when(JOIN).then(NoSuchSource(source="tass", pointer="/into")),
        "nobody is joined": given(registered("tass")).when(JOIN).then(NoSuchSource(source="ria")),
        "a source is joined to itself": STORY.when(MergeSource(into="ria", reason="So")).then(
            NothingChanges(why="a source is the same as itself already", pointer="/into")
        ),
        "a source is joined to one that was joined": given(
            *TWO_SOURCES.events,
            registered("kcna"),
            SourceMerged(slug="tass", name="TASS", into="kcna", reason="So"),
        )
        .when(JOIN)
        .then(
            SourceIsMerged(
                source="tass", name="KCNA", into="kcna", mend="Join ria to that one", pointer="/into"
            )
        ),
        "one that goes on for another is joined": given(
            *TWO_SOURCES.events, registered("kcna"), THE_OTHER_WAY
        )
        .when(MergeSource(into="kcna", reason="So"))
        .then(OthersAreJoined(source="ria", into="kcna", joined="tass")),
        "two are joined to each other": given(*TWO_SOURCES.events, THE_OTHER_WAY)
        .when(JOIN)
        .then(
            SourceIsMerged(
                source="tass", name="RIA", into="ria", mend="Join ria to that one", pointer="/into"
            )
        ),
        "too many are joined to one": given(
            *TWO_SOURCES.events,
            *(registered(f"s-{index}") for index in range(limits.JOINED_TO_SOURCE)),
            *(
                SourceMerged(slug=f"s-{index}", name="S", into="tass", reason="So")
                for index in range(limits.JOINED_TO_SOURCE)
            ),
        )
        .when(JOIN)
        .then(TooManyJoined(limit=limits.JOINED_TO_SOURCE, pointer="/into")),
        "a discredited source is joined to one that is not": given(*TWO_SOURCES.events, DISCREDITED)
        .when(JOIN)
        .then(StandOtherwise(discredited="ria", relied_on="tass")),
        "a source is joined to one that is discredited": given(*TWO_SOURCES.events, TASS_DISCREDITED)
        .when(JOIN)
        .then(StandOtherwise(discredited="tass", relied_on="ria")),
        "a source that was never joined is told apart": STORY.when(PartSource(reason="So")).then(
            NotJoined(source="ria")
        ),
    }
    | {
        f"{name} that was joined": given(*TWO_SOURCES.events, JOINED)
        .when(command)
        .then(
            SourceIsMerged(
                source="ria", name="TASS", into="tass", mend="Do it with tass; or tell the two apart first"
            )
        )
        for name, command in OF_ONE_THAT_GOES_ON
    }
    | {
        "nobody is discredited": given().when(DISCREDIT).then(NoSuchSource(source="ria")),
        "nobody is reinstated": given().when(REINSTATE).then(NoSuchSource(source="ria")),
        "a source is discredited twice": given(registered(), DISCREDITED)
        .when(DISCREDIT)
        .then(NotAsItStands(thing="source", name="ria", state="discredited", when="registered")),
        "a source that was never discredited is reinstated": STORY.when(REINSTATE).then(
            NotAsItStands(thing="source", name="ria", state="registered", when="discredited")
        ),
        "a source is reinstated twice": given(registered(), DISCREDITED, REINSTATED)
        .when(REINSTATE)
        .then(NotAsItStands(thing="source", name="ria", state="registered", when="discredited")),
        "a story's slug is its own": STORY.when(
            OpenStory(slug="story", headline="Another", language="en", desk="world")
        ).then(SlugTaken(slug="story", what="story", pointer="/slug")),
        "a slug that another story has": given(*STORY.events, opened("other"))
        .when(SetSlug(slug="other", reason="So"))
        .then(SlugTaken(slug="other", what="story", pointer="/slug")),
        "a story is joined to nothing": STORY.when(MergeStory(into="other", reason="The same")).then(
            NoSuchStory(story="other", pointer="/into")
        ),
        "a story is joined to itself": STORY.when(MergeStory(into="story", reason="The same")).then(
            NothingChanges(why="a story is the same as itself already", pointer="/into")
        ),
        "a story is joined to itself by a slug that it had": given(*STORY.events, called("visit"))
        .when(MergeStory(into="story", reason="The same"))
        .then(NothingChanges(why="a story is the same as itself already", pointer="/into")),
        "a story is joined twice": given(opened("other"), *STORY.events, MERGED)
        .when(MergeStory(into="other", reason="The same"))
        .then(StoryIsMerged(story="story", into="other")),
        "a parting is undone": given(opened("other"), *STORY.events, MERGED, PARTED)
        .undone(4)
        .then(CannotUndo(revision=4, why="it told two stories apart; join them again")),
        "something before it is undone": given(opened("other"), *STORY.events, headline("Kim leaves"), MERGED)
        .undone(3)
        .then(StoryIsMerged(story="story", into="other")),
        "an item that says something new of a story that was joined to another": given(
            opened("other"), *TAKEN.events, MERGED
        )
        .when(take(NEWER, signal="usable", headline="Kim leaves"), "wire")
        .then(StoryIsMerged(story="story", into="other")),
        **{
            f"{name} to a story that was joined to another": given(opened("other"), *STORY.events, MERGED)
            .when(command, role="ledger" if isinstance(command, LiftEmbargo) else "editor")
            .then(StoryIsMerged(story="story", into="other"))
            for name, command in ON_STORY.items()
            if not isinstance(command, UndoRevision | ChangeFact | CommandOnPublication)
        },
        "the slug it has": STORY.when(SetSlug(slug="story", reason="Again")).then(
            NothingChanges(why="the story has this slug already", pointer="/slug")
        ),
        "a slug too many": full(called("visit"), limits.SLUGS_OF_STORY - 1)
        .when(SetSlug(slug="one-more", reason="So"))
        .then(StoryFull(limit=limits.SLUGS_OF_STORY, what="slugs")),
        "a slug is undone that was overtaken": given(*STORY.events, called("visit"), called("trip"))
        .undone(3)
        .then(OvertakenSince(what="The slug", revision=3, later=4)),
        "the headline it has": STORY.when(SetHeadline(headline="Kim visits Russia", reason="Again")).then(
            NothingChanges(why="the headline reads so already", pointer="/headline")
        ),
        "the dateline it has": given(
            opened(), DatelineSet.model_validate({"dateline": {"date": "2023-09-12"}, "reason": "It came"})
        )
        .when(SetDateline(date="2023-09-12", reason="Again"))
        .then(NothingChanges(why="the dateline is this one already", pointer="/date")),
        "the copy it has": given(*STORY.events, filed(TRAIN))
        .when(file_copy(TRAIN))
        .then(NothingChanges(why=SAME_COPY, pointer="/text")),
        "a span of no fact": STORY.when(file_copy(TRAIN, TRAIN | {"fact": 2})).then(
            NoSuchFact(story="story", fact=2, facts=1, pointer="/spans/1/fact")
        ),
        "a span counted in UTF-16": STORY.when(file_copy(TRAIN | {"start": 9, "end": 14})).then(
            SpanMismatch(start=9, end=14, found="'in ar'", pointer="/spans/0/exact")
        ),
        "a span that reads otherwise": STORY.when(file_copy(TRAIN, TRAIN | {"exact": "Train"})).then(
            SpanMismatch(start=6, end=11, found="'train'", pointer="/spans/1/exact")
        ),
        "a span that ends behind the copy": STORY.when(
            file_copy({"fact": 1, "start": 2, "end": 9, "exact": "train"}, text="A train")
        ).then(SpanMismatch(start=2, end=9, found="'train'", pointer="/spans/0/exact")),
        "a span backwards": STORY.when(file_copy(TRAIN | {"start": 11, "end": 6})).then(
            SpanMismatch(start=11, end=6, found="''", pointer="/spans/0/exact")
        ),
        "a note too many": full(
            NoteAdded.model_validate({"note": {"role": "desk", "text": "x", "is_publishable": True}}),
            limits.NOTES_ON_STORY,
        )
        .when(AddNote(role="legal", text="Ask first", is_publishable=False))
        .then(StoryFull(limit=limits.NOTES_ON_STORY, what="notes")),
        "an editor's note too many": full(
            EditorsNoteAdded(text="x", reason="x"),
            limits.NOTES_ON_STORY,
        )
        .when(AddEditorsNote(text="We were wrong", reason="Many read it"))
        .then(StoryFull(limit=limits.NOTES_ON_STORY, what="notes")),
        "a corrective too many": given(
            *CORRECTED_SINCE.events,
            *[CorrectiveIssued(fact=1, version=2, ran_in=2, text="x", reason="x")]
            * limits.CORRECTIVES_OF_STORY,
        )
        .when(corrective())
        .then(StoryFull(limit=limits.CORRECTIVES_OF_STORY, what="correctives")),
        "a corrective of no fact": CORRECTED_SINCE.when(corrective(fact=2)).then(
            NoSuchFact(story="story", fact=2, facts=1, pointer="/fact")
        ),
        "a corrective of what was never published": CORRECTED_SINCE.when(corrective(ran_in=1)).then(
            NotCorrected(why="Revision 1 was never published; name one that readers saw.", pointer="/ran_in")
        ),
        "a corrective of what was not corrected": PUBLIC.when(corrective()).then(
            NotCorrected(
                why="Fact 1 was not corrected or retracted after revision 2; do that first.",
                pointer="/fact",
            )
        ),
        "a corrective of what was corrected before it ran": given(
            *STORY.events, corrected(place="Khasan"), published(3)
        )
        .when(corrective(ran_in=3))
        .then(
            NotCorrected(
                why="Fact 1 was not corrected or retracted after revision 3; do that first.",
                pointer="/fact",
            )
        ),
        "a refile without a copy before": STORY.when(refile()).then(NotMinor(pointer="/spans")),
        "a refile on other facts": given(*STORY.events, filed())
        .when(refile(SPAN))
        .then(NotMinor(pointer="/spans")),
        "a refile that changes nothing": given(*STORY.events, filed())
        .when(refile(text=COPY))
        .then(NothingChanges(why=SAME_COPY, pointer="/text")),
        "a correction of a version to come": STORY.when(correct(place="Khasan", wrong_version=2)).then(
            BadChange(why="fact 1 has no version 2 yet", pointer="/wrong_version")
        ),
        "a publication of what readers see": PUBLIC.when(publish()).then(
            NothingChanges(why=SAME_EDITION, pointer="/revision")
        ),
        **{
            f"{name} by somebody who looked at nothing": STORY.when(command, saw_nothing=True).then(
                RevisionNotNamed(
                    field="expected_revision", story="story", revision=2, pointer="/expected_revision"
                )
            )
            for name, command in OF_THE_STORY.items()
        },
        **{
            f"{name} of a revision to come": STORY.when(
                command.model_copy(update={"expected_revision": 3})
            ).then(NoSuchRevision(story="story", revision=3, revisions=2, pointer="/expected_revision"))
            for name, command in OF_THE_STORY.items()
        },
        **{
            f"{name} over another": given(*STORY.events, event, noted())
            .when(OF_THE_STORY[name].model_copy(update={"expected_revision": 2}))
            .then(
                StoryMovedOn(
                    what=what, changed_in=3, expected_revision=2, revision=4, pointer="/expected_revision"
                )
            )
            for name, what, event in (
                ("a headline", "The headline", headline("They met")),
                ("a dateline", "The dateline", dateline("2023-09-13")),
                ("copy", "The copy", filed(text="Theirs")),
                ("a refiled copy", "The copy", filed(text="Theirs")),
            )
        },
        **{
            f"a {asked_for.act} of a story that has changed since: {KIND[type(event)]}": given(
                *PUBLIC.events, asked(asked_for), event
            )
            .when(GiveApproval(), by=SOMEBODY_ELSE)
            .then(
                ApprovalLapsed(
                    act=asked_for.act, change=KIND[type(event)].replace("_", " "), changed_in=5, approval=1
                )
            )
            for asked_for in (KILL, TAKEDOWN)
            for event in (corrected(place="Khasan"), headline("They met"), filed(text="More"), published(2))
        },
        "a restoration of a story that was mended since": given(
            *PUBLIC.events,
            asked(TAKEDOWN),
            AGREED,
            StoryTakenDown(approval=1, ground="legal", reason="A court orders it"),
            asked(RESTORATION, 2),
            corrected(place="Khasan"),
        )
        .when(GiveApproval(), by=SOMEBODY_ELSE, number=2)
        .then(ApprovalLapsed(act="restoration", change="correction", changed_in=8, approval=2)),
        "a publication that names no revision": STORY.when(publish(None)).then(
            RevisionNotNamed(field="revision", story="story", revision=2, pointer="/revision")
        ),
        "a publication of a revision that says what readers see": given(
            *PUBLIC.events, HELD_REASON, OPEN_AGAIN, reported(2)
        )
        .when(publish(5))
        .then(NothingChanges(why=SAME_EDITION, pointer="/revision")),
        "a publication of words whose fact was corrected": NOW_ELEVEN.when(publish(5)).then(CONTRADICTED),
        "a release of words whose fact was corrected": given(*NOW_ELEVEN.events, HELD_REASON)
        .when(ReleaseStory(revision=5, reason="Go on"))
        .then(CONTRADICTED),
        "the same words once more": given(
            *NOW_ELEVEN.events,
            filed({"fact": 1, "start": 0, "end": 6, "exact": "Twelve"}, text="Twelve people came, they say"),
        )
        .when(publish(6))
        .then(CONTRADICTED),
        "the same words with a letter mended elsewhere": given(
            *NOW_ELEVEN.events,
            CopyRefiled(text="Twelve people came.", spans=TWELVE.spans, reason="A full stop"),
        )
        .when(publish(6))
        .then(CONTRADICTED),
        "the same words, brought back": given(
            *NOW_ELEVEN.events,
            ELEVEN,
            CopyFiled(text=TWELVE.text, spans=TWELVE.spans, reason="Filed by mistake", undoes=6),
        )
        .when(publish(7))
        .then(CONTRADICTED),
        "the same words, filed anew": given(*NOW_ELEVEN.events, ELEVEN, TWELVE)
        .when(publish(7))
        .then(CONTRADICTED),
        "the same words, filed anew after a copy that was published": given(
            *NOW_ELEVEN.events, ELEVEN, published(6), TWELVE
        )
        .when(publish(8))
        .then(CONTRADICTED),
        **{
            f"words that tell what the fact told: {words}": given(
                registered(),
                opened(),
                reported(statement=was),
                filed({"fact": 1, "start": 0, "end": 4, "exact": was[:4]}, text=was),
                corrected(statement=now),
                filed({"fact": 1, "start": 0, "end": len(words), "exact": words}, text=words),
            )
            .when(publish(5))
            .then(
                WordsContradict(
                    words=f"“{words}” stands on fact 1, which said “{was}” and says “{now}” now",
                    pointer="/words_stand",
                )
            )
            for was, now, words in (
                ("Twelve came", "Eleven came", "Twelve men"),
                ("Twelve came", "Eleven came", "12 people"),
                ("Twelve came", "Eleven came", "T\u0435n and twelve"),
                ("Twelve came", "Eleven came", "Twelv\u0435"),
                ("They came on Monday", "They came on Sunday", "On Monday they came"),
                ("They came on Monday", "They came on Sunday", "M\u043enday"),
                ("1,250 came", "1,520 came", "Some 1,250 of them"),
            )
        },
        "the same words, marked no longer": given(*NOW_ELEVEN.events, filed(text="Twelve people came"))
        .when(publish(6))
        .then(CONTRADICTED),
        **{
            f"the same words, marked no longer, {otherwise}": given(*NOW_ELEVEN.events, filed(text=text))
            .when(publish(6))
            .then(CONTRADICTED)
            for otherwise, text in (
                ("where lines end elsewhere", "Twelve\npeople  came"),
                ("in other letters", "TWELVE PEOPLE CAME"),
            )
        },
        **{
            f"words with their number written otherwise, marked no longer: {written}": given(
                registered(),
                opened(),
                reported(statement=was),
                filed({"fact": 1, "start": 0, "end": len(words), "exact": words}, text=text),
                published(3),
                corrected(statement="Others came"),
                filed(text=f"Today {written} and left"),
            )
            .when(publish(6))
            .then(
                WordsContradict(
                    words=f"“{found}” stands on fact 1, which said “{was}” and says “Others came” now",
                    pointer="/words_stand",
                )
            )
            for was, words, text, written, found in (
                ("Twelve came", "Twelve", "Twelve people came", "12 people came", "12"),
                ("12 came", "12 people", "12 people came", "twelve people\ncame", "twelve people"),
                (
                    "1,200 came",
                    "1,200 people came here",
                    "1,200 people came here",
                    "1200 people came here",
                    None,
                ),
                ("102 came", "102", "102 people came", "a hundred and two people came", "hundred and two"),
                ("12,000 came", "12,000 people came", "12,000 people came", "12 thousand people came", None),
            )
            for found in (found or written,)
        },
        **{
            f"the same words, {how}": given(
                *NOW_ELEVEN.events, reported(2, statement="A train left"), filed(span, text=text)
            )
            .when(publish(7))
            .then(CONTRADICTED)
            for how, span, text in (
                (
                    "marked on a fact that tells nothing of it",
                    {"fact": 2, "start": 0, "end": 13, "exact": "Twelve people"},
                    "Twelve people came",
                ),
            )
        },
        **{
            f"fewer of the same words, where the text changed on both sides, on a fact that {how}": given(
                registered(),
                registered("kcna"),
                opened(),
                reported(statement="Twelve came"),
                filed(
                    {"fact": 1, "start": 0, "end": 13, "exact": "Twelve people"}, text="Twelve people came"
                ),
                published(3),
                event,
                filed(
                    {"fact": 1, "start": 12, "end": 18, "exact": "people"},
                    text="Then Twelve people came at once",
                ),
            )
            .when(publish(6))
            .then(
                WordsContradict(
                    words=f"“Twelve people” stands on fact 1, which {says}", pointer="/words_stand"
                )
            )
            for how, event, says in (
                (
                    "tells another number",
                    corrected(statement="Eleven came"),
                    "said “Twelve came” and says “Eleven came” now",
                ),
                (
                    "others say",
                    changed(FactAttributed, attribution=[KCNA]),
                    "has another attribution now",
                ),
            )
        },
        **{
            f"words of what is withdrawn, {how}": given(*SAID_TWELVE.events, *events)
            .when(publish(4 + len(events)))
            .then(
                WordsContradict(
                    words="“Twelve” stands on fact 1, which said “Twelve came” and is withdrawn",
                    pointer="/words_stand",
                )
            )
            for how, events in (
                ("marked no longer", (RETRACTED, filed(text="Twelve people came"))),
                (
                    "marked no longer, and its report undone",
                    (RETRACTED.model_copy(update={"undoes": 2}), filed(text="Twelve people came")),
                ),
                (
                    "marked on a fact that tells nothing of it",
                    (
                        RETRACTED,
                        reported(2, statement="A train left"),
                        filed(
                            {"fact": 2, "start": 7, "end": 18, "exact": "people came"},
                            text="Twelve people came",
                        ),
                    ),
                ),
            )
        },
        "the same words, marked no longer where others are": given(
            *NOW_ELEVEN.events,
            reported(2),
            filed({"fact": 2, "start": 23, "end": 27, "exact": "came"}, text="Then twelve, no: Twelve came"),
            filed({"fact": 2, "start": 5, "end": 9, "exact": "they"}, text="Then they: Twelve people came"),
        )
        .when(publish(8))
        .then(CONTRADICTED),
        "the same words, marked no longer and then again": given(
            *NOW_ELEVEN.events, filed(text="Twelve people came"), TWELVE
        )
        .when(publish(7))
        .then(CONTRADICTED),
        "words that stood, on a fact that changed once more": given(
            *NOW_ELEVEN.events, published(5, words_stand=(1,)), corrected(3, statement="Ten came")
        )
        .when(publish(7))
        .then(
            WordsContradict(
                words="“Twelve” stands on fact 1, which said “Eleven came” and says “Ten came” now",
                pointer="/words_stand",
            )
        ),
        "words on a fact that others say": given(
            *SAID_TWELVE.events, registered("kcna"), changed(FactAttributed, attribution=[KCNA])
        )
        .when(publish(5))
        .then(
            WordsContradict(
                words="“Twelve” stands on fact 1, which has another attribution now", pointer="/words_stand"
            )
        ),
        "words on a fact with another figure and date": given(
            registered(),
            opened(),
            reported(kind="figure", figure={"value": "12", "unit": "people"}),
            TWELVE,
            corrected(
                kind="figure",
                figure={"value": "11", "unit": "people"},
                occurred={"literal": "on Monday"},
            ),
        )
        .when(publish(4))
        .then(
            WordsContradict(
                words="“Twelve” stands on fact 1, which has another figure and date now",
                pointer="/words_stand",
            )
        ),
        "words that tell another number than their fact": given(*SAID_TWELVE.events, ELEVEN)
        .when(publish(5))
        .then(
            WordsContradict(
                words="“Eleven” stands on fact 1, which says “Twelve came”", pointer="/words_stand"
            )
        ),
        "words that tell another number than the figure of their fact": given(
            registered(),
            opened(),
            reported(kind="figure", figure={"value": "12", "unit": "people"}),
            ELEVEN,
        )
        .when(publish(3))
        .then(
            WordsContradict(
                words="“Eleven” stands on fact 1, which says “A train arrived”, with the figure 12 people",
                pointer="/words_stand",
            )
        ),
        "other words than those that were said to stand tell another number": given(
            *SAID_TWELVE.events,
            ELEVEN,
            published(5, words_stand=(1,)),
            filed({"fact": 1, "start": 0, "end": 3, "exact": "Ten"}, text="Ten people came"),
        )
        .when(publish(7))
        .then(
            WordsContradict(words="“Ten” stands on fact 1, which says “Twelve came”", pointer="/words_stand")
        ),
        "words that were said to stand on a fact that tells yet another number": given(
            *SAID_TWELVE.events, ELEVEN, published(5, words_stand=(1,)), corrected(statement="Ten came")
        )
        .when(publish(7))
        .then(
            WordsContradict(
                words="“Eleven” stands on fact 1, which said “Twelve came” and says “Ten came” now",
                pointer="/words_stand",
            )
        ),
        "words said to stand on a fact that is not there": NOW_ELEVEN.when(
            publish(5, words_stand=(1, 7))
        ).then(NoSuchFact(story="story", fact=7, facts=1, pointer="/words_stand/1")),
        "a publication of a revision to come": STORY.when(publish(3)).then(
            NoSuchRevision(story="story", revision=3, revisions=2, pointer="/revision")
        ),
        "a publication of what was there before": PUBLIC.when(publish(1)).then(
            OlderThanPublic(revision=1, public=2, pointer="/revision")
        ),
        "an embargo until now": STORY.when(publish(until=EARLIER)).then(
            BadEmbargo(until=EARLIER, pointer="/embargo_until")
        ),
        "the end of an embargo before its time": EMBARGOED.when(LiftEmbargo(), "ledger").then(
            NothingChanges(why=NO_EMBARGO)
        ),
        "the end of no embargo": PUBLIC.when(LiftEmbargo(), "ledger").then(NothingChanges(why=NO_EMBARGO)),
        "a release of what nobody has seen, for its embargo ended meanwhile": given(
            *EMBARGOED.events, HELD_REASON, EmbargoLifted(revision=2)
        )
        .when(ReleaseStory(reason="Go on"))
        .then(RevisionNotNamed(field="revision", story="story", revision=5, pointer="/revision")),
        "a release up to a revision to come": HELD.when(ReleaseStory(revision=9, reason="Go on")).then(
            NoSuchRevision(story="story", revision=9, revisions=4, pointer="/revision")
        ),
        "a second kill while one waits": TO_BE_KILLED.when(KillStory(reason="Made up")).then(
            ApprovalPending(story="story", act="kill", approval=1)
        ),
        "looser terms that somebody asked for": given(*ON_BACKGROUND.events, asked(TO_BE_NAMED))
        .when(change(SetTerms, terms="on_record"))
        .then(ApprovalPending(story="story", act="terms", approval=1)),
        "the terms that it has": STORY.when(change(SetTerms, terms="on_record")).then(
            NothingChanges(why="fact 1 is on record already", pointer="/terms")
        ),
        "looser terms along with something else": ON_BACKGROUND.when(
            correct(place="Khasan", terms="on_record")
        ).then(
            TermsOnlyTighten(
                story="story", fact=1, terms="background", loosened="on record", pointer="/terms"
            )
        ),
        "an undoing that would loosen": given(
            *STORY.events, changed(FactClarified, becomes=a_body(terms="background"))
        )
        .undone(3)
        .then(TermsOnlyTighten(story="story", fact=1, terms="background", loosened="on record")),
        "an approval of one's own": TO_BE_KILLED.when(GiveApproval()).then(NeedsSecondPerson(approval=1)),
        "an approval that nobody asked for": PUBLIC.when(GiveApproval(), by=SOMEBODY_ELSE).then(
            NoSuchApproval(story="story", approval=1)
        ),
        "an approval that was given": KILLED.when(GiveApproval(), by=SOMEBODY_ELSE).then(
            NotAsItStands(thing="approval", name="1", state="answered", when="pending")
        ),
        "an approval of a takedown of what was killed since": given(
            *PUBLIC.events, asked(TAKEDOWN), asked(KILL, 2), ApprovalGiven(approval=2), KILLED_EVENT
        )
        .when(GiveApproval(), by=SOMEBODY_ELSE)
        .then(NotAsItStands(thing="story", name="story", state="killed", when="published or held")),
        "a key beyond the last": given(ENROLLED[0], *[ENROLLED[1]] * limits.KEYS_OF_MEMBER)
        .when(ISSUE, "admin")
        .then(MemberFull(limit=limits.KEYS_OF_MEMBER)),
        "a citation too many": full(
            changed(FactCited, citations=[CITED] * (limits.CITATIONS - 1), version=1), 1
        )
        .when(change(CiteFact, citations=[CITED] * 2))
        .then(FactFull(limit=limits.CITATIONS, what="citations")),
        "a response too many": full(
            changed(FactRespondedTo, response={"kind": "denies", "by": {"source": "ria"}}, version=1),
            limits.RESPONSES,
        )
        .when(change(RespondToFact, kind="denies", by={"source": "ria"}))
        .then(FactFull(limit=limits.RESPONSES, what="responses")),
        "a ground that its own story lacks": STORY.when(
            report(rests_on=[{"story": "story", "fact": 3}])
        ).then(UnknownGround(story="story", fact=3, pointer="/rests_on/0")),
        "a fact that has to get a number that is taken": STORY.when(report(), number=1).then(
            NotTheNextFact(story="story", fact=1, next=2)
        ),
        "a fact that has to get a number that comes later": STORY.when(report(), number=3).then(
            NotTheNextFact(story="story", fact=3, next=2)
        ),
        "a new fact that rests on itself": STORY.when(
            report(rests_on=[{"story": "story", "fact": 1}, {"story": "story", "fact": 2}])
        ).then(RestsOnItself(story="story", fact=2, pointer="/rests_on/1")),
        "a corrected fact that rests on itself": TWO_STORIES.when(
            correct(rests_on=[{"story": "other", "fact": 1}, {"story": "story", "fact": 1}])
        ).then(RestsOnItself(story="story", fact=1, pointer="/rests_on/1")),
        "an updated fact that rests on itself": STORY.when(
            change(UpdateFact, rests_on=[{"story": "story", "fact": 1}])
        ).then(RestsOnItself(story="story", fact=1, pointer="/rests_on/0")),
        "a ground that another story lacks": TWO_STORIES.when(
            correct(rests_on=[{"story": "other", "fact": 1}, {"story": "other", "fact": 3}])
        ).then(UnknownGround(story="other", fact=3, pointer="/rests_on/1")),
        "a circle of two": given(
            registered(), opened(), reported(rests_on=[{"story": "story", "fact": 2}]), reported(2)
        )
        .when(change(UpdateFact, rests_on=[{"story": "story", "fact": 1}]), number=2)
        .then(RestsInACircle(ground=1, of="story", fact=2, story="story", pointer="/rests_on/0")),
        "a ground in no story": STORY.when(report(rests_on=[{"story": "none", "fact": 1}])).then(
            UnknownGround(story="none", fact=1, pointer="/rests_on/0")
        ),
        "an answer by no fact": TWO_STORIES.when(
            change(RespondToFact, kind="denies", by={"story": "other", "fact": 3})
        ).then(UnknownGround(story="other", fact=3, pointer="/by")),
        "a correction without a field": STORY.when(correct()).then(NothingChanges(why=SAME_FACT)),
        "a correction to what it is": STORY.when(correct(statement="A train arrived")).then(
            NothingChanges(why=SAME_FACT)
        ),
        "an update to what it is": STORY.when(change(UpdateFact, place=None)).then(
            NothingChanges(why=SAME_FACT)
        ),
        "a clarification to what it is": STORY.when(change(ClarifyFact, terms="on_record")).then(
            NothingChanges(why=SAME_FACT)
        ),
        "a slip of spelling where it reads so": STORY.when(
            change(RefileFact, statement="A train arrived")
        ).then(NothingChanges(why=SAME_FACT)),
        "another place for a slip of spelling": STORY.when(change(RefileFact, place="Khasan")).then(
            NotASlip(why="another place", pointer="/place")
        ),
        "the attribution it has": STORY.when(change(AttributeFact, attribution=[RIA])).then(
            NothingChanges(why="the fact is attributed so already", pointer="/attribution")
        ),
        "the verification it has": STORY.when(change(AssessFact, verification="unverified")).then(
            NothingChanges(why=SAME_ASSESSMENT)
        ),
        "the dispute it has": STORY.when(change(AssessFact, dispute="undisputed")).then(
            NothingChanges(why=SAME_ASSESSMENT)
        ),
        "an assessment of nothing": STORY.when(change(AssessFact)).then(SaysNothing()),
        "a correction that leaves nobody to say it": STORY.when(correct(attribution=None)).then(
            BadChange(why=NOBODY_SAYS_IT)
        ),
        "a correction that leaves nobody to sign off": UNATTRIBUTED.when(correct(unattributed=None)).then(
            BadChange(why=NOBODY_SAYS_IT)
        ),
        "a correction with both": STORY.when(correct(attribution=[RIA], unattributed=NOBODY)).then(
            BadChange(why=NOBODY_SAYS_IT)
        ),
        "an update to a figure without one": STORY.when(change(UpdateFact, kind="figure")).then(
            BadChange(why=NO_FIGURE)
        ),
        "a clarification that loses the quote": A_QUOTE.when(change(ClarifyFact, attribution=[RIA])).then(
            BadChange(why=NO_QUOTE)
        ),
        "an attribution that loses the quote": A_QUOTE.when(
            change(AttributeFact, attribution=[KCNA, RIA])
        ).then(BadChange(why=NO_QUOTE, pointer="/attribution/1/quote")),
        "the opening undone": STORY.undone(1).then(
            CannotUndo(revision=1, why="it opened the story, and what was opened stays")
        ),
        "the first copy undone": given(*STORY.events, filed(), filed(TRAIN))
        .undone(3)
        .then(CannotUndo(revision=3, why="the story had no copy before it; file the copy it should have")),
        "copy undone that was filed again with a letter mended": given(
            *STORY.events,
            filed(),
            filed(TRAIN),
            CopyRefiled.model_validate({"text": OTHER_COPY, "spans": [SPAN], "reason": "A letter"}),
        )
        .undone(4)
        .then(OvertakenSince(what="The copy", revision=4, later=5)),
        "a corrective undone": given(
            *PUBLIC.events,
            corrected(place="Khasan"),
            CorrectiveIssued(fact=1, version=2, ran_in=2, text="Mend it", reason="Others have it"),
        )
        .undone(5)
        .then(CannotUndo(revision=5, why="it told others; issue a corrective that tells them more")),
        "a revision beyond the last undone": STORY.undone(3).then(
            NoSuchRevision(story="story", revision=3, revisions=2)
        ),
        "a headline undone that was set again, and back": given(
            *STORY.events, headline("Kim leaves"), headline("Kim stays"), headline("Kim leaves"), noted()
        )
        .undone(3)
        .then(OvertakenSince(what="The headline", revision=3, later=5)),
        "a headline undone twice": given(
            *STORY.events, headline("Kim leaves"), headline("Kim visits Russia", undoes=3)
        )
        .undone(3)
        .then(OvertakenSince(what="The headline", revision=3, later=4)),
        "a dateline undone that was set again": given(
            *STORY.events, dateline("2023-09-12"), dateline("2023-09-13"), headline("Kim leaves")
        )
        .undone(3)
        .then(OvertakenSince(what="The dateline", revision=3, later=4)),
        "copy undone that was filed again": given(
            *STORY.events, filed(), filed(TRAIN), filed(text="A third take"), noted()
        )
        .undone(4)
        .then(OvertakenSince(what="The copy", revision=4, later=5)),
        "a note undone twice": given(*STORY.events, noted(), WITHDRAWN)
        .undone(3)
        .then(OvertakenSince(what="The note", revision=3, later=4)),
        "a withdrawal undone twice": given(*STORY.events, noted(), WITHDRAWN, noted(undoes=4))
        .undone(4)
        .then(OvertakenSince(what="The note", revision=4, later=5)),
        "a note too many brought back": given(
            *STORY.events, noted(), WITHDRAWN, *[noted("Another")] * limits.NOTES_ON_STORY
        )
        .undone(4)
        .then(StoryFull(limit=limits.NOTES_ON_STORY, what="notes")),
        "a correction undone of a fact that changed since": given(
            *STORY.events, corrected(place="Khasan"), changed(FactAssessed, version=3, dispute="disputed")
        )
        .undone(3)
        .then(OvertakenSince(what="Fact 1", revision=3, later=4)),
        "a correction undone twice": given(*STORY.events, corrected(place="Khasan"), reverted())
        .undone(3)
        .then(OvertakenSince(what="Fact 1", revision=3, later=4)),
        "a report undone of a fact that changed since": given(*STORY.events, corrected(place="Khasan"))
        .undone(2)
        .then(OvertakenSince(what="Fact 1", revision=2, later=3)),
        "a key of nobody": given().when(RevokeKey(key=KEY, reason="Lost"), "admin").then(NoSuchKey(key=KEY)),
        "a key of somebody else": given(*ENROLLED)
        .when(RevokeKey(key=OTHER_KEY, reason="Lost"), "admin")
        .then(NoSuchKey(key=OTHER_KEY)),
        "a key revoked before": given(*ENROLLED, KeyRevoked(key=KEY, reason="Lost"))
        .when(RevokeKey(key=KEY, reason="Lost"), "admin")
        .then(NoSuchKey(key=KEY)),
    }
    | {
        "a request about no story": given(opened("other")).when(ASK, "reader").then(NothingThere()),
        "a request about no story by the desk": given(opened("other")).when(ASK).then(NothingThere()),
        "a request of the same id": OPEN_REQUEST.when(ASK, "reader").then(
            NotAsItStands(thing="request", name=str(REQUEST), state="open", when="unknown")
        ),
        "a contact that was not left": OPEN_REQUEST.when(EraseContact(reason="So")).then(NoContact()),
        "a contact that was erased": given(*OPEN_REQUEST.events, LEFT, ERASED)
        .when(EraseContact(reason="So"))
        .then(NoContact()),
        "a contact that was erased with the words": given(*OPEN_REQUEST.events, LEFT, WORDS_ERASED)
        .when(EraseContact(reason="So"))
        .then(NoContact()),
        "words that were erased": given(*OPEN_REQUEST.events, WORDS_ERASED)
        .when(EraseRequest(reason="So"))
        .then(WordsErased()),
    }
    | {
        f"{name} of no request": STORY.when(command).then(NoSuchRequest())
        for name, command in ON_REQUEST.items()
    }
    | {
        f"{name} of a request that is {state}": given(*OPEN_REQUEST.events, event)
        .when(command)
        .then(NotAsItStands(thing="request", name=str(REQUEST), state=state, when=when))
        for name, when, states in (
            ("an acknowledgement", "open", {"acknowledged", "accepted", "declined"}),
            ("an acceptance", "open or acknowledged", {"accepted", "declined"}),
            ("a declination", "open or acknowledged", {"accepted", "declined"}),
        )
        for command in (ON_REQUEST[name],)
        for state, event in (
            ("acknowledged", ACKNOWLEDGED),
            ("accepted", RequestAccepted(fact=1, version=2, reason="So it was")),
            ("declined", DECLINED),
        )
        if state in states
    }
    | {
        f"an acceptance for {what}": CORRECTED.when(
            AcceptRequest(fact=fact, version=version, reason="So")
        ).then(NotByCorrection(story="story", fact=fact, version=version, pointer="/version"))
        for what, fact, version in (
            ("the first version", 1, 1),
            ("an update", 1, 3),
            ("a version to come", 1, 4),
            ("another fact", 2, 2),
            ("no fact", 3, 1),
        )
    }
    | {
        f"{event.topic} undone": given(*STORY.events, event).undone(3).then(CannotUndo(revision=3, why=why))
        for event, why in OF_PUBLICATION
    }
    | {
        f"was_wrong says nothing: {said}": STORY.when(correct(place="Khasan", was_wrong=said)).then(
            SaysTooLittle(pointer="/was_wrong")
        )
        for said in (
            "An earlier version of this story",
            "In a PREVIOUS version of this story.",
            "An earlier version",
            "An earlier version of this story, a previous version of this story!",
            "…",
        )
    }
    | {
        f"{name} of no story": given(registered())
        .when(command, "ledger" if isinstance(command, LiftEmbargo) else "editor")
        .then(NoSuchStory(story="story"))
        for name, command in ON_STORY.items()
    }
    | {
        f"{name} of no fact": STORY.when(change(command, **fields), number=2).then(
            NoSuchFact(story="story", fact=2, facts=1)
        )
        for name, (command, fields) in ON_FACT.items()
    }
    | {
        f"{name} of another version than If-Match names": STORY.when(
            change(command, None, **fields), if_match=IfMatch(version=2, revision=2)
        ).then(PreconditionFailed(why="Fact 1 is at version 1"))
        for name, (command, fields) in ON_FACT.items()
    }
    | {
        f"{name} of another revision than If-Match names": CORRECTED_SINCE.when(
            command, if_match=IfMatch(version=1, revision=3)
        ).then(PreconditionFailed(why="Story story is at revision 4"))
        for name, command in {**ON_STORY, "a report": report()}.items()
        if not isinstance(command, ChangeFact | LiftEmbargo | ReleaseStory | RestoreStory)
    }
    | {
        f"{type(command).__name__} that depends on an ETag": given()
        .when(command, if_match=IfMatch(version=1, revision=1))
        .then(NothingToMatch())
        for command in (
            RegisterSource(slug="ria", name="RIA", kind="agency"),
            OpenStory(slug="story", headline="Kim visits Russia", language="en", desk="world"),
            ASK,
        )
    }
    | {
        f"{name} that saw no version": STORY.when(change(command, None, **fields)).then(
            VersionNotNamed(fact=1, version=1)
        )
        for name, (command, fields) in ON_FACT.items()
    }
    | {
        f"{name} that saw {seen} of version 2": given(*STORY.events, corrected(place="Hasan"))
        .when(change(command, seen, **fields))
        .then(FactMovedOn(fact=1, version=2, expected_version=seen, pointer="/expected_version"))
        for name, (command, fields) in ON_FACT.items()
        for seen in (1, 3)
    }
    | {
        f"{name} of a retracted fact": given(*STORY.events, RETRACTED)
        .when(change(command, 2, **fields))
        .then(FactIsRetracted(fact=1))
        for name, (command, fields) in ON_FACT.items()
        if command is not SetTerms
    }
    | {
        "looser terms of a retracted fact": given(*ON_BACKGROUND.events, RETRACTED)
        .when(change(SetTerms, 2, terms="on_record"))
        .then(FactIsRetracted(fact=1))
    }
    | {
        f"an unknown source in {type(command).__name__}{at}": STORY.when(command).then(
            UnknownSource(source="tass", pointer=at)
        )
        for at, command in SPEAKERS
    }
    | {
        f"a source that was joined, in {type(command).__name__}{at}": given(
            *STORY.events, registered("tass"), THE_OTHER_WAY
        )
        .when(command)
        .then(SourceIsMerged(source="tass", name="RIA", into="ria", mend="Name ria instead", pointer=at))
        for at, command in SPEAKERS
    }
)

# --- Who may do what --------------------------------------------------------------------------------------------

ROLES = """
                reporter  editor  standards  auditor  admin  wire
RegisterSource  yes       yes     yes        no       no     no
RenameSource    no        yes     yes        no       no     no
RegisterProvider  no      no      yes        no       yes    no
MergeSource     no        yes     yes        no       no     no
PartSource      no        yes     yes        no       no     no
OpenStory       yes       yes     yes        no       no     no
ReportFact      yes       yes     yes        no       no     no
CiteFact        yes       yes     yes        no       no     no
AttributeFact   yes       yes     yes        no       no     no
AssessFact      yes       yes     yes        no       no     no
RespondToFact   yes       yes     yes        no       no     no
UpdateFact      yes       yes     yes        no       no     no
AddNote         yes       yes     yes        no       no     no
FileCopy        yes       yes     yes        no       no     no
TakeItem        no        yes     yes        no       no     yes
SetHeadline     no        yes     yes        no       no     no
SetDateline     no        yes     yes        no       no     no
SetSlug         no        yes     yes        no       no     no
MergeStory      no        yes     yes        no       no     no
CorrectFact     no        yes     yes        no       no     no
ClarifyFact     no        yes     yes        no       no     no
RefileFact      yes       yes     yes        no       no     no
RetractFact     no        yes     yes        no       no     no
RefileCopy      yes       yes     yes        no       no     no
AddEditorsNote  no        yes     yes        no       no     no
IssueCorrective  no       yes     yes        no       no     no
PublishStory    no        yes     yes        no       no     no
LiftEmbargo     no        no      no         no       no     no
HoldStory       no        yes     yes        no       no     no
ReleaseStory    no        yes     yes        no       no     no
KillStory       no        yes     yes        no       no     no
TakeDownStory   no        yes     yes        no       no     no
RestoreStory    no        yes     yes        no       no     no
GiveApproval    no        yes     yes        no       no     no
DeclineApproval no        yes     yes        no       no     no
ConfirmFact     no        yes     yes        no       no     no
SetTerms        no        yes     yes        no       no     no
DiscreditSource no        yes     yes        no       no     no
ReinstateSource no        yes     yes        no       no     no
RequestCorrection   yes   yes     yes        yes      yes    yes
AcknowledgeRequest  yes   yes     yes        no       no     no
AcceptRequest   no        yes     yes        no       no     no
DeclineRequest  no        yes     yes        no       no     no
EraseContact    no        yes     yes        no       no     no
EraseRequest    no        yes     yes        no       no     no
UndoRevision    no        yes     yes        no       no     no
IssueKey        no        no      no         no       yes    no
RevokeKey       no        no      no         no       yes    no
"""
_HEADER, *_ROWS = [line.split() for line in ROLES.strip().splitlines()]
CELLS = {(row[0], role): word == "yes" for row in _ROWS for role, word in zip(_HEADER, row[1:], strict=True)}
COMMANDS = {command.__name__: command for command in get_args(Command)}
SAMPLES = {type(case.command).__name__: case for case in ACCEPTED.values()}


# --- The tests --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sentence", ACCEPTED)
def test_it_happens(sentence: str) -> None:
    case = ACCEPTED[sentence]
    happened = case.decided()
    assert happened == case.events
    for event in happened:
        assert TOPICS.read(event.topic, canonical(event)) == event  # what a rule makes can be read back
    left = after((*case.given, *happened))
    for state in left.values():
        if isinstance(state, Story):
            for fact in state.facts:
                FactBody.model_validate(fact.body().model_dump())  # and leaves facts that hold
        else:
            assert isinstance(state, Source | Member | Request)


@pytest.mark.parametrize("sentence", REFUSED)
def test_it_is_refused(sentence: str) -> None:
    case = REFUSED[sentence]
    assert case.refusal
    with pytest.raises(type(case.refusal)) as refused:
        case.decided()
    assert str(refused.value) == str(case.refusal)
    assert refused.value.pointer == case.refusal.pointer


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("role", get_args(Role))
def test_every_role_may_do_its_own_and_no_more(command: str, role: Role) -> None:
    case = replace(SAMPLES[command], somebody=UUID(int=9))  # a member like any other
    if CELLS[command, role]:
        assert case.decided(role) == case.events
        return
    with pytest.raises(RoleMayNot, match=f"role {role}; this needs one of: ") as refused:
        case.decided(role)
    needs = [other for other in get_args(Role) if CELLS[command, other]] or ["ledger"]
    assert refused.value.details == {"role": role, "needs": ", ".join(sorted(needs))}


def test_a_reader_may_request_a_correction_and_do_nothing_else() -> None:
    for name, case in SAMPLES.items():
        if name == "RequestCorrection":
            assert case.decided("reader") == case.events
        else:
            with pytest.raises(RoleMayNot, match="role reader; this needs one of: "):
                case.decided("reader")


def test_every_command_is_accepted_somewhere_and_has_its_roles() -> None:
    assert {type(case.command) for case in ACCEPTED.values()} == set(COMMANDS.values())
    assert set(permitted.MAY) == set(COMMANDS.values())
    assert set(CELLS) == {(command, role) for command in COMMANDS for role in get_args(Role)}


def test_every_refusal_that_the_rules_know_is_raised_somewhere() -> None:
    known = {
        value
        for module in (
            permitted,
            approvals,
            facts,
            members,
            publishing,
            correction_requests,
            sources,
            spelling,
            stories,
            taking,
            undoing,
            wording,
            rules,
        )
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Refusal) and value.__module__ == refusals.__name__
    }
    raised = {type(case.refusal) for case in REFUSED.values()} | {RoleMayNot, Refusal}
    known |= {Refusal}  # the root, where a rule catches any
    assert raised == known


def test_every_command_about_a_story_is_refused_without_one() -> None:
    assert {type(command) for command in ON_STORY.values()} == set(get_args(CommandOnStory)) - {
        OpenStory,
        TakeItem,  # it opens one
    }
    assert {command for command, _ in ON_FACT.values()} == set(get_args(CommandOnFact))
    assert {type(command) for command in ON_REQUEST.values()} == set(get_args(CommandOnRequest)) - {
        RequestCorrection
    }


def test_who_came_too_late_is_told_what_changed() -> None:
    case = REFUSED["a correction that saw 1 of version 2"]
    with pytest.raises(FactMovedOn) as refused:
        case.decided()
    assert refused.value.details["statement"] == "A train arrived"
    assert refused.value.details["changed"] == {
        "kind": "correction",
        "revision": 3,
        "actor": str(SOMEBODY),
        "reason": "We looked again",
        "wrong_version": 1,
        **WRONG,
    }


def test_a_rule_gives_the_same_answer_twice() -> None:
    for case in ACCEPTED.values():
        assert [canonical(event) for event in case.decided()] == [
            canonical(event) for event in case.decided()
        ]


def test_a_key_opens_until_it_ends() -> None:
    ending = START + timedelta(hours=1)
    issued = KeyIssued(key=KEY, digest="0" * 64, role="editor", label="Ana", expires_at=ending.isoformat())
    holder = after([MemberEnrolled(label="Ana"), issued])[SOMEBODY]
    assert isinstance(holder, Member)
    (key,) = holder.keys
    assert key.opens(ending - timedelta(microseconds=1))
    assert not key.opens(ending)


@pytest.mark.parametrize(
    "date", ["2023-W37-2", "2023-9-12", "20230912", "2023-02-29", "2023-09-12T00:00", "Tuesday", ""]
)
def test_a_dateline_is_a_calendar_date(date: str) -> None:
    with pytest.raises(ValidationError, match="not a calendar date, such as 2023-09-12"):
        SetDateline(date=date, reason="It came")


@pytest.mark.parametrize(
    "instant",
    [
        "2023-09-12",
        "2023-09-12T14:30:00",  # no offset: nobody knows when
        "2023-09-12T14:30Z",
        "2023-09-12T1430Z",
        "2023-09-12 14:30:00Z",
        "2023-W37-2T14:30:00Z",
        "2023-09-12T14:30:00,5Z",
        "2023-09-12T25:00:00Z",
        "2023-02-29T14:30:00Z",
        "now",
    ],
)
def test_an_instant_is_one_in_rfc_3339(instant: str) -> None:
    with pytest.raises(
        ValidationError, match="not an RFC 3339 instant with an offset, such as 2023-09-12T14:30:00Z"
    ):
        report(citations=[CITED | {"published_at": instant}])


@pytest.mark.parametrize(
    "instant",
    [
        "2023-09-12T14:30:00Z",
        "2023-09-12t14:30:00z",
        "2023-09-12T14:30:00.5+09:00",
        "2023-09-12T14:30:00.123456-03:30",
    ],
)
def test_an_instant_is_kept_as_it_was_written(instant: str) -> None:
    assert report(citations=[CITED | {"published_at": instant}]).citations[0].published_at == instant


@holds("SPANS_LOOKED_BACK")
@pytest.mark.parametrize(("beyond", "stands"), [(0, True), (1, False)])
def test_words_that_stood_on_a_fact_are_looked_for_in_so_many_spans(
    beyond: int, stands: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two copies have four spans, and the one before them the one that is looked for."""
    monkeypatch.setattr(limits, "SPANS_LOOKED_BACK", 5 - beyond)
    many = filed(*({"fact": 1, "start": at, "end": at + 1, "exact": "lot"[at]} for at in (0, 1)), text="lot")
    they = filed({"fact": 1, "start": 0, "end": 4, "exact": "They"}, text="They came")
    said = given(registered(), opened(), reported(statement="They came"), they)
    gone = filed(text="Nobody is here")
    case = (
        given(*said.events, corrected(statement="It came"), many, many, gone, they)
        .when(publish(8))
        .then(published(8))
    )
    if not stands:
        assert case.decided() == case.events
        return
    with pytest.raises(WordsContradict):
        case.decided()


@pytest.mark.parametrize(
    ("language", "was", "now", "before", "words"),
    [
        ("en", "12,000 came", "11,000 came", "12,000 people", "12000"),
        ("en", "12,000 came", "11,000 came", "12,000 people", "12 thousand"),
        ("en", "12,000 came", "11,000 came", "12,000 people", "Twelve thousand"),
        ("en", "1.2 million came", "1.3 million came", "1.2 million", "1,200,000"),
        ("de", "1.200 kamen", "1.300 kamen", "1.200 Leute", "1200"),
        ("fr", "1 200 personnes", "1 300 personnes", "1 200 personnes", "1200"),
        ("de", "1,2 Millionen kamen", "1,3 Millionen kamen", "1,2 Millionen", "1.200.000"),
        ("ar", "وصل 12 شخصا", "وصل 11 شخصا", "وصل 12 شخصا", "١٢ شخصا"),
        ("en", "Twelve came on Monday", "Eleven came on Sunday", "Twelve on Monday", "Eleven on Monday"),
        ("en", "Twelve came on Monday", "Eleven came on Sunday", "Twelve on Monday", "Twelve on Sunday"),
        ("en", "The minister fled", "The deputy fled", "The minister fled", "the minister fled,"),
    ],
)
def test_what_a_fact_told_before_is_found_however_it_is_written(
    language: str, was: str, now: str, before: str, words: str
) -> None:
    def copy(exact: str, beside: str) -> CopyFiled:
        text = f"{beside} {exact} there"
        start = len(beside) + 1
        span = {"fact": 1, "start": start, "end": start + len(exact), "exact": exact}
        return filed(span, text=text)

    events = (
        registered(),
        opened().model_copy(update={"language": language}),
        reported(statement=was),
        copy(before, "First"),
        published(3),
        corrected(statement=now),
        copy(words, "And then"),
    )
    with pytest.raises(WordsContradict):
        given(*events).when(publish(5)).then(published(5)).decided()
