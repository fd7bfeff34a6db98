"""What can be asked of the ledger. A command is the body of its request; who asks and about which story or fact
stands beside it, in a `Submission`."""

import hmac
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from ledger import limits
from ledger.fact import (
    Chain,
    Citations,
    Entities,
    FactBody,
    FactNotes,
    Figure,
    Ground,
    Grounds,
    Note,
    Occurred,
    Unattributed,
    one_at_least,
)
from ledger.origin import Correction, ItemNote, Origin, WireItem, WithOrigin
from ledger.publication import Despites, Notice, TakedownGround, WordsStand
from ledger.source import OtherNames, ProviderSettings
from ledger.story import AffectsList, Dateline, Response, Spans
from ledger.words import (
    CalendarDate,
    Capacity,
    Cause,
    Closed,
    CopyText,
    Dispute,
    FactKind,
    FactNumber,
    Instant,
    Label,
    Language,
    Line,
    Name,
    Role,
    Slug,
    SourceKind,
    Terms,
    Text,
    Verification,
    Version,
)

# --- Sources and stories -----------------------------------------------------------------------------------------


class RegisterSource(Closed):
    slug: Slug
    name: Name
    kind: SourceKind
    description: Text | None = None


class RenameSource(Closed):
    name: Name
    other_names: OtherNames = ()
    reason: Text


class DiscreditSource(Closed):
    reason: Text


class ReinstateSource(Closed):
    reason: Text


class MergeSource(Closed):
    into: Slug = Field(description="The source that it is the same as, and that goes on")
    reason: Text


class PartSource(Closed):
    """Tells it apart again from the source that it was joined to."""

    reason: Text


class RegisterProvider(ProviderSettings):
    reason: Text


class OpenStory(WithOrigin):
    slug: Slug
    headline: Line
    language: Language
    desk: Name
    dateline: Dateline | None = None


class ChangeStory(WithOrigin):
    """Names the revision of the story that was looked at, here or in If-Match; if what it changes is another by then,
    somebody was there first."""

    expected_revision: Annotated[
        Version | None, Field(description="The revision of the story that was looked at", examples=[2])
    ] = None


class SetHeadline(ChangeStory):
    headline: Line
    reason: Text


class SetDateline(ChangeStory):
    place: Name | None = None
    date: CalendarDate
    reason: Text


class SetSlug(ChangeStory):
    slug: Slug
    reason: Text


class MergeStory(Closed):
    into: Slug = Field(description="The story that it is the same as, and that goes on")
    reason: Text


class FileCopy(ChangeStory):
    text: CopyText
    spans: Spans = ()
    reason: Text


class AddNote(Note):
    pass


class UndoRevision(Closed):
    """Takes back what one revision of the story did; which one stands beside it, in the submission."""

    reason: Text


class RefileCopy(FileCopy):
    """Minor: the copy stands on the same facts as before."""


class AddEditorsNote(Closed):
    text: Text = Field(description="What readers are told")
    reason: Text


class IssueCorrective(Closed):
    """For those who may have copied a published revision: what was wrong in it, once the fact was corrected."""

    fact: FactNumber
    ran_in: Version = Field(description="A revision that was published and had the error")
    text: Text = Field(description="What those are told who may have copied it")
    reason: Text


class TakeItem(Closed):
    """A version of an item of a provider: the story becomes what it says. signal: what its sender wants done with it;
    without it nothing but what it says is recorded. correction: the sender's own words on what was wrong before."""

    origin: Origin
    signal: Annotated[
        Literal["usable", "withheld", "canceled"] | None,
        Field(description="As IPTC pubStatus: published, held, or killed"),
    ] = None
    headline: Line | None = None
    called: Annotated[
        Line | None,
        Field(
            description="What it is called where it has no headline: that of a new story, and never in the place of one"
            " that somebody wrote"
        ),
    ] = None
    language: Language | None = None
    desk: Name | None = None
    dateline: Dateline | None = None
    text: CopyText | None = None
    notes: Annotated[tuple[ItemNote, ...], Field(max_length=limits.NOTES_OF_ITEM)] = ()
    embargo_until: Annotated[Instant | None, Field(description="One that has passed is none")] = None
    correction: Correction | None = None
    item: WireItem | None = None

    @property
    def is_withdrawal(self) -> bool:
        """Whether the story is withdrawn by it, and becomes nothing that it says."""
        return self.signal in ("withheld", "canceled")


# --- Publication -------------------------------------------------------------------------------------------------


class PublishStory(WithOrigin):
    """Names the revision that was looked at, here or in If-Match: readers see that, and nothing filed later."""

    revision: Annotated[
        Version | None,
        Field(description="The revision that was looked at: readers see the story as of it", examples=[2]),
    ] = None
    embargo_until: Annotated[Instant | None, Field(description="Readers see it from this instant on")] = None
    reason: Text
    despite: Despites | None = None
    words_stand: WordsStand | None = None


class LiftEmbargo(Closed):
    """Given by the ledger itself when the time has come."""


class HoldStory(WithOrigin):
    reason: Text


class ReleaseStory(WithOrigin):
    revision: Annotated[
        Version | None,
        Field(description="The revision that readers see then; without it, what they saw before"),
    ] = None
    reason: Text
    despite: Despites | None = None
    words_stand: WordsStand | None = None


class KillStory(WithOrigin):
    reason: Text
    notice: Notice | None = None
    despite: Despites | None = None


class TakeDownStory(Closed):
    ground: TakedownGround
    reason: Text
    notice: Notice | None = None
    despite: Despites | None = None


class RestoreStory(Closed):
    reason: Text
    held: Annotated[
        bool, Field(strict=True, description="Bring it back withheld, so that it can be mended first")
    ] = False


class GiveApproval(Closed):
    reason: Text | None = None


class DeclineApproval(Closed):
    reason: Text


# --- Facts -------------------------------------------------------------------------------------------------------


class ReportFact(FactBody, WithOrigin):
    model_config = FactBody.model_config


class ChangeFact(WithOrigin):
    """A change of a fact names the version it saw, here or in If-Match, and says why."""

    expected_version: Version | None = None
    reason: Text


def _left_out() -> Any:
    return None


class ReviseFact(ChangeFact):
    """The fields given take new values, the others stay; null takes away what may be absent."""

    statement: Text = Field(default_factory=_left_out)
    kind: FactKind = Field(default_factory=_left_out)
    attribution: Chain | None = None
    unattributed: Unattributed | None = None
    citations: Citations = Field(default_factory=_left_out)
    occurred: Occurred | None = None
    place: Name | None = None
    entities: Entities = Field(default_factory=_left_out)
    figure: Figure | None = None
    terms: Terms = Field(default_factory=_left_out)
    rests_on: Grounds = Field(default_factory=_left_out)
    note: FactNotes = Field(default_factory=_left_out)

    def given(self) -> dict[str, Any]:
        """The fact's fields that were sent, with their new values."""
        return {name: getattr(self, name) for name in FactBody.model_fields if name in self.model_fields_set}


class CorrectFact(ReviseFact):
    wrong_version: Annotated[
        Version | None,
        Field(description="Since which version it was wrong; without it, the one that is corrected"),
    ] = None
    was_wrong: Text = Field(description="What was wrong, in the desk's words")
    affects: AffectsList
    cause: Cause
    requested_by: Name | None = None
    # Taken as it is said: the link that is looked into is the other way round, from the request to its correction.
    request: UUID | None = Field(default=None, description="The correction request that led to it")


ReasonForReaders = Annotated[
    Text,
    Field(description="Why; readers see it, too, once the change is published", examples=["It moved on."]),
]


class UpdateFact(ReviseFact):
    reason: ReasonForReaders


class ClarifyFact(ReviseFact):
    reason: ReasonForReaders


class RefileFact(ReviseFact):
    """It says the same as before: of its words alone, and of them the spelling."""


class RetractFact(ChangeFact):
    reason: ReasonForReaders


class CiteFact(ChangeFact):
    citations: Annotated[Citations, Field(min_length=1)]


class AttributeFact(ChangeFact):
    attribution: Chain


class AssessFact(ChangeFact):
    model_config = ConfigDict(json_schema_extra=one_at_least("verification", "dispute"))

    verification: Verification | None = None
    dispute: Dispute | None = None


class RespondToFact(ChangeFact, Response):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ConfirmFact(ChangeFact):
    """The reason says what was looked at."""


class SetTerms(ChangeFact):
    """Tightening them is done at once; loosening them takes two people."""

    terms: Terms = Field(description="On what terms it was said")


# --- Correction requests -----------------------------------------------------------------------------------------


class RequestCorrection(Closed):
    story: Slug
    phrase: Text = Field(description="The words of the story that are in question", examples=["on Tuesday"])
    concern: Text = Field(description="What is wrong with them")
    contact: Line | None = Field(default=None, description="How to reach whoever asks; the desk can erase it")


class AcknowledgeRequest(Closed):
    note: Text | None = None


class AcceptRequest(Closed):
    """Names the version of a fact of the story that the correction made which came of the request."""

    fact: FactNumber
    version: Version
    reason: Text


class DeclineRequest(Closed):
    told: Text = Field(
        description="What whoever asked is told", examples=["It arrived: two witnesses saw it."]
    )
    reason: Text


class EraseContact(Closed):
    reason: Text


class EraseRequest(Closed):
    """All that whoever asked wrote, and the contact."""

    reason: Text


# --- Members and keys (from the console) -------------------------------------------------------------------------


class IssueKey(Closed):
    key: UUID
    digest: str
    role: Role
    label: Label
    expires_at: str | None = None
    provider: Slug | None = None


class RevokeKey(Closed):
    key: UUID
    reason: Text


# --- The submission ----------------------------------------------------------------------------------------------

RevisionOfFact = CorrectFact | UpdateFact | ClarifyFact | RefileFact
CommandOnFact = (
    RevisionOfFact
    | RetractFact
    | CiteFact
    | AttributeFact
    | AssessFact
    | RespondToFact
    | ConfirmFact
    | SetTerms
)
CommandTakingTwo = KillStory | TakeDownStory | RestoreStory
CommandOnApproval = GiveApproval | DeclineApproval
CommandOnPublication = (
    PublishStory | LiftEmbargo | HoldStory | ReleaseStory | CommandTakingTwo | CommandOnApproval
)
CommandOnStory = (
    OpenStory
    | SetHeadline
    | SetDateline
    | SetSlug
    | MergeStory
    | FileCopy
    | RefileCopy
    | AddNote
    | TakeItem
    | UndoRevision
    | AddEditorsNote
    | IssueCorrective
    | ReportFact
    | CommandOnFact
    | CommandOnPublication
)
CommandOnSource = (
    RegisterSource
    | RenameSource
    | MergeSource
    | PartSource
    | DiscreditSource
    | ReinstateSource
    | RegisterProvider
)
CommandOnRequest = (
    RequestCorrection | AcknowledgeRequest | AcceptRequest | DeclineRequest | EraseContact | EraseRequest
)
Command = CommandOnSource | CommandOnStory | CommandOnRequest | IssueKey | RevokeKey


@dataclass(slots=True)
class ReportRead:
    """A ReportFact of which only that is left which decides whether it is recorded, and the bytes that are, if so. It
    answers to whatever rules ask of a report.

    sources: (JSON pointer, slug) of each that it names, in the order in which they are looked up; rests_on: as in the
    command; body: canonical JSON of its FactBody.
    """

    sources: tuple[tuple[str, str], ...]
    rests_on: tuple[Ground, ...]
    body: bytes


Report = ReportFact | ReportRead
AnyCommand = Command | ReportRead


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a member, under one of its keys; the operator at the console and a reader have no key. provider: whose
    items a wire may bring."""

    member: UUID
    role: Capacity
    key: UUID | None = None
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """What makes a request the same one when it comes again: the client's key, and a digest of what was asked. earlier:
    the digest that releases before made of the same."""

    key: str
    fingerprint: bytes
    may_be_erased: bool = False  # what was asked: then no digest of it may outlive that
    earlier: bytes | None = None

    def recorded_as(self, salt: bytes) -> bytes:
        """What is kept of it for ever. Where it may be erased, sealed with the salt of its event, which goes too."""
        return self._recorded_as(self.fingerprint, salt)

    def _recorded_as(self, fingerprint: bytes, salt: bytes) -> bytes:
        return hmac.digest(salt, fingerprint, "sha256") if self.may_be_erased else fingerprint

    def is_recorded_as(self, mark: bytes, salt: bytes | None) -> bool:
        """Whether this is what was recorded, with that salt of its event; none where the event was erased, and then
        nobody can tell. Earlier releases sealed nothing."""
        return any(
            mark == one or (salt is not None and mark == self._recorded_as(one, salt))
            for one in (self.fingerprint, self.earlier)
            if one is not None
        )


@dataclass(frozen=True, slots=True)
class IfMatch:
    """What an If-Match names (RFC 9110, 13.1.1): the version of a fact, the revision of a story; 0 where none. Of
    several the latest: who has seen that knows that the others are past. `is_any`: *, true of whatever is there."""

    version: int = 0
    revision: int = 0
    is_any: bool = False


@dataclass(slots=True, eq=False)
class Series:
    """Commands that are decided in the order in which they are handed in, each after it is sure what came of those
    before it. `is_over`: nothing more of it is taken. It ends at the first refusal where it is strict, and always where
    a key opens no more or nobody knows whether a command was recorded."""

    is_strict: bool = False
    is_over: bool = False


Told = Mapping[str, Any]  # what came of a part of a change, as its receipt names it


def change_id(request: UUID) -> UUID:
    """The id of a change, made of that of the request for it: version 8 (RFC 9562), which no other request has. It
    stands with each of its events in the place of the request's id."""
    return UUID(int=request.int & ~(0xF << 76) | 8 << 76)


@dataclass(frozen=True, slots=True)
class Part:
    """One command of a change. first: as it is before anything came of those before it, with 1 for each number that it
    takes from them; made: with these numbers, once they are known, and the slugs that the story has had by then. Raises
    Refusal. names: of the story under these slugs each `fact` and `revision` that it gives the number of, with a JSON
    pointer to that; saw: the revision that whoever made the change looked at, if that is said; looked_at: that which
    the command itself names, else 0; publishes_own: whether it publishes what the change makes; changes_own: whether it
    may change what the change has changed before."""

    first: "Submission"
    made: Callable[[Sequence[Told], Collection[Slug]], "Submission"]
    names: Callable[[Collection[Slug]], Iterable[tuple[str, int, str]]]
    saw: int | None = None
    looked_at: int = 0
    publishes_own: bool = False
    changes_own: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """`story` or `source`: the slug of what the command is about; `first`: that which the story was opened under, where
    it is another; `number`: which of the story's facts, approvals or
    revisions (to undo it), where it is about one, and of a fact that is reported the number that it has to get.
    `dry_run`: nothing is to be recorded, only told what would be; `if_match`: what must be so for it to be done;
    `parts`: of a change, which is recorded in one piece: commands of the story and of sources, in this order. `command`
    is then that of the first, and `origin` that of the change as a whole."""

    command: AnyCommand
    actor: Actor
    request_id: UUID
    stream: UUID
    story: str | None = None
    number: int | None = None
    repeat: Repeat | None = None
    source: str | None = None
    dry_run: bool = False
    series: Series | None = None
    if_match: IfMatch | None = None
    parts: tuple[Part, ...] = ()
    origin: Origin | None = None
    first: str | None = None

    def each(self) -> "tuple[Submission, ...]":
        """Its parts as they are first, or itself."""
        return tuple(replace(part.first, dry_run=self.dry_run) for part in self.parts) or (self,)
