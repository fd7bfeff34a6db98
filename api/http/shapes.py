"""The shapes of answers, for the OpenAPI document; the answers themselves are text that the views hold ready."""

from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ledger import limits
from ledger.moment import ChangeKind
from ledger.origin import Origin
from ledger.publication import Despite, StoryState, TakedownGround
from ledger.request import RequestState
from ledger.source import Registration, Source
from ledger.store.webhooks import Tells
from ledger.story import Copy, Corrective, Head, StoryNote
from ledger.words import Affects, Cause, FactNumber, Instant, Slug, Standing, Terms
from projections.engine.progress import Failure, State
from projections.reading import differing
from projections.reading.withdrawals import ReaderTombstone
from projections.views import public_changes, visibility
from projections.views.documents import FactDocument
from projections.views.publications import PublicationDocument
from projections.views.reader_view import (
    FactTombstone,
    ReaderCopy,
    ReaderCorrective,
    ReaderFact,
    ReaderHead,
    ReaderNote,
    ReaderSource,
)
from projections.views.search.excerpts import Excerpt

Item = TypeVar("Item")


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewlyNamed(Shape):
    """A source that readers see named by the story for the first time."""

    source: Slug
    protected_by: list[FactNumber] = Field(description="Facts of the story whose terms hide it all the same")


class NameFound(Shape):
    """A text that names a protected source."""

    place: str = Field(description="Which text of the story it is")
    source: Slug
    words: str = Field(description="The words that name it")


_STILL_NAMED = (
    "Where readers go on reading the name of a source that the terms of the fact protect from now on. File those texts"
    " anew without it, and publish them; what was published before goes on saying it"
)


class NotIn(Shape):
    """What waits to be seen by readers is as of an earlier revision, and does not have what was recorded. To change
    that, publish a later one with the same embargo_until, or release the story with it."""

    revision: int
    embargo_until: Instant | None = Field(None, description="Where an embargo waits; else the story is held")


class Misfit(Shape):
    """What of a fact does not fit its statement, or words of the story their fact; it is recorded all the same."""

    pointer: str = Field(
        description="JSON pointer into the body; empty where that has no field for it",
        examples=["/figure/value"],
    )
    fact: FactNumber | None = Field(None, description="That the words stand on, or which said them before")
    detail: str


class Told(Shape):
    """What is known of something that was recorded, or is tried."""

    revision: int = Field(description="Place in the stream of the story, source or correction request")
    story: Slug | None = None
    source: Slug | None = None
    request: UUID | None = None
    fact: FactNumber | None = None
    version: int | None = None
    approval: int | None = Field(None, description="What waits for a second person, or was answered")
    pending: bool | None = None
    state: StoryState | None = Field(None, description="How the story of an item that was taken stands")
    overtaken_by: Instant | None = Field(
        None,
        description=(
            "It came too late to change anything, and is kept: a version of the same item that was made then had been"
            " taken before"
        ),
    )
    newly_named: list[NewlyNamed] | None = Field(
        None,
        description="Whom readers see named by the story for the first time, or will once an embargo ends",
    )
    newly_named_count: int | None = Field(None, description="How many they are; the list may be cut")
    still_named: list[NameFound] | None = Field(None, description=_STILL_NAMED)
    still_named_count: int | None = Field(None, description="How many places; the list may be cut")
    warnings: list[Misfit] | None = Field(
        None,
        description=(
            "A figure or a quote that does not fit the statement; words of the copy that tell another number than their"
            " fact, or have a name of it with another letter; a headline, or words without a mark, that still say what"
            " a fact said before; days that move with the dateline"
        ),
    )
    not_in: NotIn | None = None
    later: int | None = Field(
        None,
        description="The story goes on beyond what was published: what it says changed last in this revision",
    )


class PartOfReceipt(Told):
    """What is known of an act of a change."""

    event_id: UUID


class Receipt(PartOfReceipt):
    """What is known of a recorded request, now and whenever it is sent again."""

    position: int | None = Field(None, description="Place in the ledger; readers are not told")
    recorded_at: Instant
    change: UUID | None = Field(None, description="Of several acts in one: their id in the story's history")
    acts: list[PartOfReceipt] | None = Field(
        None, description="What is known of each of them, in their order"
    )
    without_place: dict[str, int] | None = Field(
        None, description="What an item that was taken holds and nothing has a place for, counted"
    )


class RehearsedRequest(Shape):
    """How a correction request would stand."""

    story: Slug
    state: RequestState
    has_contact: bool


Becomes = (
    FactDocument
    | Head
    | Copy
    | StoryNote
    | Corrective
    | PublicationDocument
    | Source
    | RehearsedRequest
    | None
)


class Foretold(Shape):
    """said: what was wrong, why it changed, or what the editor says; public_seconds: for how long readers have read the
    wrong version so far."""

    kind: ChangeKind
    fact: int | None = None
    said: str
    public_seconds: float | None = None


class Rehearsal(Told):
    """What a request would come to; nothing of it is recorded. A `request` is told only where it is there already, and
    nothing has an id."""

    dry_run: Literal[True]
    names: list[NameFound] | None = Field(
        None, description="Where readers would read the name of a source that the terms of a fact protect"
    )
    names_count: int | None = Field(None, description="How many places; the list may be cut")
    acts: list[Told] | None = Field(None, description="What is known of each act of a change")
    events: list[dict[str, Any]] = Field(description="What would happen: each event with its topic")
    becomes: Becomes = Field(
        description="How it would read: the fact; else the story without its facts, its copy, the note, the corrective,"
        " or how its publication stands; or the source; or the correction request. Null where it would be gone."
        " A change in it is at position 0 and of the present time: the ledger gives others when it is recorded."
    )
    told: list[Foretold] | None = Field(
        None,
        description="What readers of the story would be told beside it, were it published now, of earlier changes that"
        " are not public yet, too; the first change first",
    )
    without_place: dict[str, int] | None = Field(
        None, description="What an item that was tried holds and nothing has a place for, counted"
    )
    each: list[Becomes] | None = Field(
        None,
        description="Of several acts: how what each of the events is about would read after all of them, in this order",
    )


_SOME_FACTS = f"By number; of a story with more than {limits.FACTS_SHOWN} those that `facts_after` asks for"
_NEXT_FACTS = "Where there are facts beyond these: `facts_after` of the document that goes on"


class StoryDocument(Head):
    """A story as it stood; revision, position and recorded_at are those of its last event by then."""

    revision: int
    position: int
    recorded_at: Instant
    publication: PublicationDocument
    copied: Copy | None = Field(None, alias="copy")
    notes: list[StoryNote]
    correctives: list[Corrective]
    facts: list[FactDocument] = Field(description=_SOME_FACTS)
    following: int | None = Field(None, alias="next", description=_NEXT_FACTS)
    independent_origins: int = Field(description="How many they are whose own word the facts are, each once")
    sources: dict[str, Registration]
    members: dict[str, str]


class FactsOfStory(Shape):
    """Some of the facts of a story as it stood. total: how many it has; matching: how many of them are as
    asked for."""

    story: Slug
    revision: int
    position: int
    total: int
    matching: int
    sources: dict[str, Registration]
    members: dict[str, str]
    items: list[FactDocument]
    next: str | None


class ReaderFactsOfStory(Shape):
    """Likewise, as readers saw it."""

    story: Slug
    revision: int
    total: int
    matching: int
    sources: dict[str, ReaderSource]
    items: list[ReaderFact | FactTombstone]
    next: str | None


class OneFact(FactDocument):
    story: Slug
    sources: dict[str, Registration]
    members: dict[str, str]


class PublicChange(public_changes.PublicChange):
    """A change that readers saw happen; for a correction, since when and for how long the wrong version was public; for
    a retraction the `statement` that is withdrawn, as they saw it last."""

    statement: str | None = None
    public_from: Instant | None = None
    public_seconds: float | None = Field(
        None, description="Without the time in which it was held, killed or taken down"
    )


class ReaderStory(ReaderHead):
    """A story as readers saw it, and the number of that edition; revision is the ledger's own. first_slug: under which
    readers saw it first, where it was another: its ids are made of that. changes: the last 200
    that they saw happen, the last one first; earlier_changes: whether there are more of them."""

    first_slug: Slug | None = None
    edition: int
    revision: int
    publication: visibility.ReaderPublication
    copied: ReaderCopy | None = Field(None, alias="copy")
    notes: list[ReaderNote]
    correctives: list[ReaderCorrective]
    facts: list[ReaderFact | FactTombstone] = Field(description=_SOME_FACTS)
    following: int | None = Field(None, alias="next", description=_NEXT_FACTS)
    independent_origins: int
    changes: list[PublicChange]
    earlier_changes: bool
    sources: dict[str, ReaderSource]


class OneReaderFact(ReaderFact):
    story: Slug
    sources: dict[str, ReaderSource]


class OneTombstone(FactTombstone):
    story: Slug
    sources: dict[str, ReaderSource]


class ReaderSummary(ReaderHead):
    edition: int
    revision: int
    published_at: Instant
    found: Excerpt | None = Field(None, description="The words that were asked for, as the story has them")


class RenamedSource(Shape):
    """A source that is named both times, by another name."""

    source: Slug
    before: str
    after: str


class Differing(Shape):
    """In what an edition reads otherwise than the one before it, whatever else is told of that."""

    parts: list[differing.Part] = Field(description="Of the story, besides its facts")
    facts: list[FactNumber] = Field(description="That read otherwise, or are withdrawn")
    new_facts: list[FactNumber]
    more_facts: int = Field(description=f"Of more than {limits.CHANGES_SHOWN} facts: how many are not named")
    sources: list[RenamedSource] = Field(description="That have another name")
    more_sources: int = Field(description="Likewise of sources")


class Edition(Shape):
    """What readers saw from a publication on: the number of the edition, since when, and the changes that it brought;
    of more than 200 the last, and earlier_changes is true."""

    edition: int
    revision: int
    position: int = Field(description="Of its publication")
    published_at: Instant
    signals: list[visibility.Signal]
    changes: list[PublicChange]
    earlier_changes: bool
    differs: Differing | None = Field(None, description="Not of the first edition")


class PublicCorrection(PublicChange):
    """Of a story that was killed or taken down, `text` is what readers are told in its place; public_from and
    public_seconds: since when and for how long they could read it."""

    story: Slug
    ground: TakedownGround | None = None


class MonthInFigures(Shape):
    """A month of UTC in which something was corrected or withdrawn: for the desk when that was recorded, for readers
    when they were told."""

    month: str = Field(examples=["2026-11"])
    corrections: int
    retractions: int
    kills: int
    takedowns: int


class CorrectionFigures(Shape):
    """`facts`: how many were reported; to readers, how many they see, tombstones too. What there is nothing to tell of
    is null. A correction has one cause, and may affect several things. `kills` and `takedowns` are of stories that
    readers had seen: for the desk all there were, to readers those that stand. `clock`: where it is that of whoever the
    corrections come from, on their word: months are those in which they made them."""

    clock: Literal["source"] | None = None
    facts: int
    corrections: int
    retractions: int
    kills: int
    takedowns: int
    corrections_per_100_facts: float | None
    median_seconds_to_correction: float | None = Field(
        description="For the desk: from when readers first saw the wrong version to when they were told of it. To"
        " readers: for how long they saw it, without the time in which it was held, killed or taken down. By the"
        " clock of sources: from when the wrong version was made to when it was corrected, where both say so"
    )
    by_cause: dict[Cause, int]
    by_affects: dict[Affects, int]
    by_month: list[MonthInFigures] = Field(description="Oldest first; of more than 120 the last")


class SourceFigures(Shape):
    """`facts` that lean on the source, `corrected` since they did, `retracted`: withdrawn now. To readers of those that
    they see alone; what is withdrawn from them leans on nobody."""

    source: Slug
    facts: int
    stories: int
    corrected: int
    retracted: int | None = None


class Leaning(Shape):
    """As in the figures of the source."""

    facts: int
    stories: int
    corrected: int
    retracted: int | None = None


class SourceListed(Source):
    figures: Leaning


class ReaderSourceListed(ReaderSource):
    figures: Leaning


class ReaderFactVersion(ReaderFact):
    """One version of a fact that readers saw, since the position of its publication."""

    since: int
    published_at: Instant


class TombstoneVersion(FactTombstone):
    since: int
    published_at: Instant


class ReaderFactOfSource(ReaderFact):
    story: Slug


class Revision(Shape):
    """One event of a story; before and after hold what differs."""

    revision: int
    position: int
    recorded_at: Instant
    actor: UUID
    by: str | None
    kind: ChangeKind
    substantive: bool
    fact: FactNumber | None = None
    version: int | None = None
    undoes: int | None = Field(None, description="The revision that it takes back")
    reason: str | None = None
    wrong_version: int | None = None
    was_wrong: str | None = None
    affects: list[str] | None = None
    cause: str | None = None
    requested_by: str | None = None
    request: UUID | None = None
    origin: Origin | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    change: UUID | None = Field(None, description="Of several acts in one: the same with each of them")
    event_id: UUID


class Unpublished(Shape):
    """A story that readers see as it was before a change."""

    story: Slug
    headline: str
    language: str
    desk: str
    revision: int = Field(description="What it is at: to be published, once it was looked at")
    public: int = Field(description="The revision that readers see")
    published_at: Instant = Field(description="Since when they see that")
    since: Revision = Field(description="The first change that they do not see")


class Step(Shape):
    """When something happened to a story, and of what kind it was."""

    revision: int
    position: int
    at: Instant
    kind: ChangeKind
    substantive: bool
    fact: FactNumber | None = None
    version: int | None = None
    by: str | None


class ReaderStep(Shape):
    """An edition; kinds: how many changes of each kind it brought, of more than 200 the last."""

    edition: int
    revision: int
    position: int = Field(description="Of its publication")
    at: Instant = Field(description="Since when readers saw it")
    kinds: dict[ChangeKind, int]
    new_facts: int = Field(
        description="How many facts readers see in it that they did not see in the one before"
    )


class Steps(Shape, Generic[Item]):
    """The last moments of a story, oldest first; earlier: how many there were before them."""

    story: Slug
    items: list[Item]
    earlier: int


class Correction(Revision):
    """public_from, public_to: while the wrong version was public; public_to is absent while it still is. Of a story
    that was killed or taken down: while that was public, before."""

    story: Slug
    public_from: Instant | None = None
    public_to: Instant | None = None
    public_seconds: float | None = None


class Answer(Shape):
    """What the desk answered; fact and version name the correction that came of it. told: what whoever asked reads."""

    by: str | None
    reason: str
    told: str | None = None
    fact: FactNumber | None = None
    version: int | None = None


class CorrectionRequest(Shape):
    """What somebody asked to be corrected, and what came of it. `phrase` and `concern` are null once they were erased.
    `contact` is for editors and the standards desk, and null for all others; `age_seconds` is told until it is
    answered."""

    request: UUID
    story: Slug
    phrase: str | None
    concern: str | None
    asked_at: Instant
    state: RequestState
    contact: str | None
    has_contact: bool = Field(description="Whether a contact was left and is kept")
    erased: bool = Field(description="Whether there was a contact that is erased now")
    age_seconds: int | None = None
    acknowledged_at: Instant | None = None
    note: str | None = None
    answered_at: Instant | None = None
    answer: Answer | None = None


class ToldCorrection(Shape):
    """A correction that readers are told of, by the version of the fact that it made."""

    fact: FactNumber
    version: int
    edition: int
    revision: int
    published_at: Instant


class RequestReceipt(Shape):
    """What whoever asked for a correction may see of it. `story`, `phrase` and `concern` are what they wrote, whatever
    has become of the story; the last two are null once they were erased. `told`: why it was declined. `correction` came
    of it, and is there while readers are told of it."""

    request: UUID
    story: Slug
    phrase: str | None
    concern: str | None
    asked_at: Instant
    state: RequestState
    acknowledged_at: Instant | None = None
    answered_at: Instant | None = None
    told: str | None = None
    correction: ToldCorrection | None = None


class HangingOn(Shape):
    source: Slug
    name: str
    facts: list[FactNumber]


class MergedStory(Shape):
    story: Slug
    headline: str


class MergedWith(Shape):
    """into: the story that it was joined to, and that goes on; items: those that were joined to it."""

    story: Slug
    into: Slug | None = None
    items: list[MergedStory]


class DiscreditedIn(Shape):
    story: Slug
    items: list[HangingOn]


class Hanging(Shape):
    """How many facts lean on a source, and how many of them on nobody else; each in how many stories."""

    leaning: int
    stories: int
    alone: int
    stories_alone: int


class Waiting(Shape):
    """How many wait of each kind, up to 200."""

    approvals: int
    requests: int
    shaken: int
    unpublished: int


class RequestFigures(Shape):
    """`open`: how many wait for an answer, acknowledged or not; the shares and times are null where there is nothing
    to tell them of."""

    open: int
    oldest_open_seconds: int | None
    answered: int
    accepted: int
    declined: int
    share_accepted: float | None
    median_seconds_to_answer: float | None


class Projection(Shape):
    """One view's place."""

    view: str
    position: int = Field(description="Of the last event in it")
    lag_events: int
    lag_seconds: float = Field(description="How long ago the first event was recorded that is not in it")
    state: State
    since: Instant
    reason: str | None = Field(None, description="Why it was paused")
    failed_at: int | None = Field(None, description="Position of the event that it cannot take")
    failure: Failure | None = None
    traceback: str | None = None
    skipped: int = Field(description="How many events it was let pass by")


class SkippedEvent(Shape):
    """An event that a view was let pass by."""

    skipped_at: Instant
    view: str
    position: int
    failure: Failure
    reason: str


class Projections(Shape):
    """How far the views are; `skips`: the last 100."""

    head: int
    projects_here: bool = Field(
        description="Whether the process that answers is the one that moves the views"
    )
    views: list[Projection]
    skips: list[SkippedEvent]


class Webhook(Shape):
    """An address at which others are told what happens."""

    webhook: UUID
    url: str
    tells: list[Tells]
    story: Slug | None = Field(None, description="Told of this story alone")
    desk: str | None = Field(None, description="Told of the stories of this desk alone")
    made_at: Instant
    reached: int = Field(
        description="Position up to which it is known which stories there is something to tell of"
    )
    stories_waiting: int = Field(description="Stories of which something is still to be told")
    stopped_at: Instant | None = Field(None, description="Since when nothing is told any more")
    stopped_why: str | None = None


class WebhookAdded(Webhook):
    secret: str | None = Field(
        None,
        pattern="^whsec_",
        description="Signs what it is told, as Standard Webhooks writes it. It is shown in this answer alone; left out"
        " where another one signs by now",
    )


class WebhookSecret(Shape):
    """What signs from now on what a webhook is told; shown in this answer alone."""

    webhook: UUID
    secret: str = Field(pattern="^whsec_")


class WebhooksListed(Shape):
    items: list[Webhook]


class Delivery(Shape):
    """An attempt to tell what happened; without `failure` it was taken."""

    story: Slug
    position: int
    type: Tells
    attempt: int = Field(description="The first, the second, … to tell this")
    at: Instant
    seconds: float = Field(description="How long it took")
    status: int | None = Field(None, description="What was answered")
    failure: str | None = None


class DeliveriesListed(Shape):
    items: list[Delivery]
    next: str | None


class FactVersion(FactDocument):
    """One version of a fact, since the position at which it began to hold."""

    since: int


class StorySummary(Head):
    revision: int
    position: int
    facts: int
    state: StoryState
    found: Excerpt | None = Field(None, description="The words that were asked for, as the story has them")


class Lapse(Shape):
    """By what an approval has lapsed."""

    revision: int
    kind: str


class Approval(Shape):
    """What takes two people: what was asked for, by whom, and how it was answered."""

    story: Slug
    approval: int
    act: str = Field(description="kill, takedown, restoration, or terms: that those of a fact be loosened")
    fact: FactNumber | None = None
    version: int | None = None
    terms: Terms | None = None
    reason: str
    notice: str | None = None
    despite: list[Despite] | None = None
    ground: str | None = None
    held: bool | None = None
    position: int
    asked_at: Instant
    actor: UUID = Field(description="Who asked, and cannot approve")
    asked_by: str | None
    state: str = Field(
        description="pending, lapsed, given or declined; lapsed: the story has changed since, so ask anew"
    )
    lapsed: Lapse | None = None
    answered_at: Instant | None = None
    answer: str | None = None
    answered_by: str | None = None
    origin: Origin | None = None


class FactOfSource(FactDocument):
    story: Slug


class Because(Shape):
    """What shook a fact: that another one was corrected or retracted, or that a source was discredited."""

    kind: Literal["correction", "retraction", "reversion", "discrediting"]
    story: Slug | None = None
    fact: FactNumber | None = None
    source: Slug | None = None
    position: int
    recorded_at: Instant
    reason: str
    distance: int = Field(
        description="1 where the fact rests on that itself, 2 where it rests on one that does, …"
    )


class ShakenFact(Shape):
    """A fact as it is now, and one thing that has shaken it since a position."""

    story: Slug
    fact: FactNumber
    version: int
    statement: str
    since: int
    because: Because


class RestingFact(Shape):
    """A fact that rests on another, directly or through others."""

    story: Slug
    fact: FactNumber
    version: int
    statement: str
    standing: Standing
    distance: int = Field(description="1 where it rests on that fact itself, 2 where on one that does, …")


class Impact(Shape):
    """What rests on a fact."""

    story: Slug
    fact: FactNumber
    items: list[RestingFact]
    next: str | None


class Event(Shape):
    """An event as it is stored. commitment = HMAC-SHA-256(salt, body), over the body's bytes as they stand here;
    salt and body are null once the body was erased, and where it is withheld: how a reader can be reached is for those
    who answer."""

    position: int
    recorded_at: Instant
    topic: str
    stream_id: UUID
    version: int
    actor: UUID
    event_id: UUID
    request_id: UUID
    commitment: str
    salt: str | None
    body: dict[str, Any] | None
    withheld: bool | None = None


class NewRevision(Revision):
    """What a stream tells the desk: an event of a story, as in the list of its revisions."""

    story: Slug


class NewEdition(Edition):
    """What a stream tells readers: they see another revision of the story from now on."""

    story: Slug
    kind: Literal["edition"]


class Withdrawal(Shape):
    """What a stream tells readers: a story that they had seen must not be shown any more. The story is named where
    there is a tombstone; else look which of those that you show is not there."""

    position: int
    kind: Literal["withdrawal"]
    at: Instant
    story: Slug | None = None
    tombstone: ReaderTombstone | None = None


class Return(Shape):
    """What a stream tells readers: a story is back, as they knew it."""

    position: int
    kind: Literal["return"]
    at: Instant
    story: Slug
    edition: int
    revision: int


class FieldChange(Shape):
    before: Any = None
    after: Any = None


class FactChange(Shape):
    fact: FactNumber
    kind: str = Field(
        description="reported, changed, retracted or standing again; looking back: not yet reported, not yet retracted"
    )
    from_version: int | None = None
    to_version: int | None = None
    fields: dict[str, FieldChange]


class Difference(Shape):
    """from_edition and to_edition: of what readers see."""

    story: Slug
    from_edition: int | None = None
    to_edition: int | None = None
    from_revision: int
    to_revision: int
    fields: dict[str, FieldChange]
    copy_lines: list[str] = Field(description="Unified diff of the copy, a paragraph a line")
    facts: list[FactChange]
    sources: list[RenamedSource] = Field(description="Those of both that have another name")


class Listed(Shape, Generic[Item]):
    items: list[Item]
    next: str | None


class Member(Shape):
    """Somebody who acts, under one or more keys."""

    member: UUID
    label: str


class MembersListed(Shape):
    items: list[Member]
    next: UUID | None = Field(description="The `after` of the next page")


class OfStream(Shape):
    """Which story or source; of a stream of anything else nothing is said."""

    story: Slug | None = None
    source: Slug | None = None


class EventsListed(Shape):
    about: dict[UUID, OfStream] = Field(description="What the streams of these events are of, by their ids")
    items: list[Event]
    next: int | None = Field(
        description="The `after` of the next page; null where nothing more was recorded so far that is asked for"
    )


class Purge(Shape):
    """What no cache may go on giving to readers, since a position. Every answer below a prefix is meant; urls name
    those that are best known, for a cache that cannot drop by prefix."""

    position: int
    at: Instant
    story: Slug
    kind: ChangeKind
    prefixes: list[str]
    urls: list[str]


class PurgesListed(Shape):
    items: list[Purge]
    next: int | None = Field(description="The `after` of the next page")


class Place(Shape):
    """Where in the request the trouble is, and how to mend it: a JSON pointer into the body (as a fragment), or the
    name of a parameter or a header."""

    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    detail: str


class Problem(BaseModel):
    """RFC 9457; members beyond these belong to the type of problem."""

    type: str = Field(description="urn:fact-ledger:problem: and the kind of problem")
    title: str
    status: int
    detail: str = Field(description="What is wrong and what to do about it, for a person")
    request_id: UUID
    errors: list[Place] = []
