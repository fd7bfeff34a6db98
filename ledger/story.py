"""A story: what can happen to it, and what it is after that."""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Final, Literal, assert_never
from uuid import UUID

from pydantic import Field

from ledger import limits, publication
from ledger.fact import Chain, Citations, FactBody, Ground, Note, is_stricter
from ledger.likeness import look
from ledger.moment import Change, ChangeKind, Moment, rfc3339
from ledger.origin import ItemId, Origin, WireItem, WithOrigin
from ledger.protection import NOBODY, Protection
from ledger.publication import (
    NEVER_PUBLISHED,
    Act,
    ApprovalAsked,
    ApprovalDeclined,
    ApprovalGiven,
    ApprovalNumber,
    EmbargoLifted,
    Kill,
    Loosening,
    Publication,
    PublicationEvent,
    Restoration,
    StoryHeld,
    StoryKilled,
    StoryPublished,
    StoryReleased,
    StoryRestored,
    StoryState,
    StoryTakenDown,
    Takedown,
)
from ledger.words import (
    STRICTNESS,
    Affects,
    CalendarDate,
    Cause,
    Closed,
    CopyText,
    Dispute,
    FactNumber,
    JsonText,
    Language,
    Line,
    Name,
    Offset,
    ResponseKind,
    Revision,
    Slug,
    Standing,
    Terms,
    Text,
    Verification,
    Version,
)

# --- What a story is made of -------------------------------------------------------------------------------------


class Dateline(Closed):
    """Where and on which day the story was written; "on Tuesday" is read against the day."""

    place: Name | None = None
    date: CalendarDate


class Span(Closed):
    """Copy [start, end) in code points that a fact stands behind; `exact` repeats those letters as a safeguard."""

    fact: FactNumber
    start: Offset
    end: Offset
    exact: CopyText


Spans = Annotated[tuple[Span, ...], Field(max_length=limits.SPANS)]


class Voice(Closed):
    """A source that answers for itself, outside any fact of ours."""

    source: Slug


class Response(Closed):
    """That someone answers a fact, and how: by another fact, or as a source."""

    kind: ResponseKind
    by: Ground | Voice


AffectsList = Annotated[tuple[Affects, ...], Field(min_length=1, max_length=limits.AFFECTS)]


# --- What can happen ---------------------------------------------------------------------------------------------


class StoryOpened(WithOrigin):
    topic: Literal["story-opened.v1"] = "story-opened.v1"
    slug: Slug
    headline: Line
    language: Language
    desk: Name
    dateline: Dateline | None = None


class HeadlineSet(WithOrigin):
    topic: Literal["headline-set.v1"] = "headline-set.v1"
    headline: Line
    reason: Text
    undoes: Revision | None = None


class DatelineSet(WithOrigin):
    """From then on the story has this dateline; none where that was taken back."""

    topic: Literal["dateline-set.v1"] = "dateline-set.v1"
    dateline: Dateline | None = None
    reason: Text
    undoes: Revision | None = None


class SlugSet(WithOrigin):
    """From then on this is its name in addresses; those that it had before lead there, and none is ever another's."""

    topic: Literal["slug-set.v1"] = "slug-set.v1"
    slug: Slug
    reason: Text
    undoes: Revision | None = None


class StoryMerged(Closed):
    """It is the same as the story `into`, which goes on; this one stays as it is."""

    topic: Literal["story-merged.v1"] = "story-merged.v1"
    into: Slug
    reason: Text


class StoryParted(Closed):
    """It is another one after all: it was told to be the same in the revision `undoes`."""

    topic: Literal["story-parted.v1"] = "story-parted.v1"
    undoes: Revision
    reason: Text


class CopyFiled(WithOrigin):
    topic: Literal["copy-filed.v1"] = "copy-filed.v1"
    text: CopyText
    spans: Spans
    reason: Text
    undoes: Revision | None = None


class NoteAdded(Closed):
    """`reason`: why it was brought back, where its withdrawal was undone."""

    topic: Literal["note-added.v1"] = "note-added.v1"
    note: Note
    reason: Text | None = None
    undoes: Revision | None = None


class NoteWithdrawn(Closed):
    """The note that was added in the revision `note` is none of the story's from then on."""

    topic: Literal["note-withdrawn.v1"] = "note-withdrawn.v1"
    note: Revision
    reason: Text

    @property
    def undoes(self) -> int:
        return self.note


class CopyRefiled(WithOrigin):
    """The copy again, with a small thing mended; it stands on the same facts as before."""

    topic: Literal["copy-refiled.v1"] = "copy-refiled.v1"
    text: CopyText
    spans: Spans
    reason: Text
    undoes: Revision | None = None


class EditorsNoteAdded(Closed):
    """A note of the editor to readers."""

    topic: Literal["editors-note-added.v1"] = "editors-note-added.v1"
    text: Text
    reason: Text
    undoes: Revision | None = None


class CorrectiveIssued(Closed):
    """For those who may have copied it: the error ran in the published revision `ran_in`; `version` of the fact is the
    correction."""

    topic: Literal["corrective-issued.v1"] = "corrective-issued.v1"
    fact: FactNumber
    version: Version
    ran_in: Version
    text: Text
    reason: Text


LateAct = Literal[
    "take",
    "headline",
    "dateline",
    "slug",
    "copy",
    "refile",
    "publication",
    "hold",
    "release",
    "kill",
    "correction",
    "update",
    "clarification",
    "fact_refile",
    "retraction",
    "citation",
    "attribution",
    "assessment",
    "response",
    "confirmation",
]


class LateTake(Closed):
    """What an earlier version of an item would have done, had it come in time; nothing of it is done. `fact`: which of
    the story's it is about, where it is about one; said: the JSON of the command, as it came."""

    act: LateAct
    fact: FactNumber | None = None
    said: JsonText


class TakeRecorded(Closed):
    """What a version of an item said besides what it changed; or, where it is `late`, all that it said."""

    topic: Literal["take-recorded.v1"] = "take-recorded.v1"
    origin: Origin
    item: WireItem | None = None
    late: LateTake | None = None


class AgencyCorrected(Closed):
    """Whoever the story comes from says that it was wrong before. text: what readers are told; note: their own words,
    where these are for the desk alone."""

    topic: Literal["agency-corrected.v1"] = "agency-corrected.v1"
    origin: Origin
    item: WireItem | None = None
    text: Text
    note: Text | None = None


class FactEvent(WithOrigin):
    """Something happened to one fact; `version` is the fact's version from then on."""

    fact: FactNumber
    version: Version


class FactReported(FactEvent):
    topic: Literal["fact-reported.v1"] = "fact-reported.v1"
    body: FactBody


class FactCorrected(FactEvent):
    """We were wrong."""

    topic: Literal["fact-corrected.v1"] = "fact-corrected.v1"
    becomes: FactBody
    wrong_version: Version | None = None
    was_wrong: Text
    affects: AffectsList
    cause: Cause
    requested_by: Name | None = None
    request: UUID | None = None  # the correction request that led to it
    reason: Text


class FactUpdated(FactEvent):
    """The world moved on; the version before was right in its time."""

    topic: Literal["fact-updated.v1"] = "fact-updated.v1"
    becomes: FactBody
    reason: Text


class FactClarified(FactEvent):
    """It was right, but misleading."""

    topic: Literal["fact-clarified.v1"] = "fact-clarified.v1"
    becomes: FactBody
    reason: Text


class FactRefiled(FactEvent):
    """A slip of spelling was mended in it; it says the same as before."""

    topic: Literal["fact-refiled.v1"] = "fact-refiled.v1"
    becomes: FactBody
    reason: Text


class FactRetracted(FactEvent):
    """Withdrawn; it stays readable as a tombstone."""

    topic: Literal["fact-retracted.v1"] = "fact-retracted.v1"
    reason: Text
    undoes: Revision | None = None


class FactCited(FactEvent):
    topic: Literal["fact-cited.v1"] = "fact-cited.v1"
    citations: Annotated[Citations, Field(min_length=1)]
    reason: Text


class FactAttributed(FactEvent):
    """The whole chain of who says it, as known from now on."""

    topic: Literal["fact-attributed.v1"] = "fact-attributed.v1"
    attribution: Chain
    reason: Text


class FactAssessed(FactEvent):
    topic: Literal["fact-assessed.v1"] = "fact-assessed.v1"
    verification: Verification | None = None
    dispute: Dispute | None = None
    reason: Text


class FactRespondedTo(FactEvent):
    topic: Literal["fact-responded-to.v1"] = "fact-responded-to.v1"
    response: Response
    reason: Text


class FactConfirmed(FactEvent):
    """Somebody looked at it again, and it stands."""

    topic: Literal["fact-confirmed.v1"] = "fact-confirmed.v1"
    reason: Text


class TermsTightened(FactEvent):
    """Its source is better protected than before."""

    topic: Literal["terms-tightened.v1"] = "terms-tightened.v1"
    terms: Terms
    reason: Text


class TermsLoosened(FactEvent):
    """Readers may learn more of its source than before: two people wanted it."""

    topic: Literal["terms-loosened.v1"] = "terms-loosened.v1"
    approval: ApprovalNumber
    terms: Terms
    reason: Text


class FactReverted(FactEvent):
    """The fact is again as it stood before the revision `undoes`: what it asserts, and where it stands on every axis.

    What was counted meanwhile (its corrections) happened and stays counted.
    """

    topic: Literal["fact-reverted.v1"] = "fact-reverted.v1"
    undoes: Revision
    becomes: FactBody
    standing: Standing
    verification: Verification
    dispute: Dispute
    responses: Annotated[tuple[Response, ...], Field(max_length=limits.RESPONSES)] = ()
    reason: Text


ChangeOfFact = (
    FactCorrected
    | FactUpdated
    | FactClarified
    | FactRefiled
    | FactRetracted
    | FactCited
    | FactAttributed
    | FactAssessed
    | FactRespondedTo
    | FactConfirmed
    | TermsTightened
    | TermsLoosened
    | FactReverted
)
EventOfContent = (
    StoryOpened
    | HeadlineSet
    | DatelineSet
    | SlugSet
    | StoryMerged
    | StoryParted
    | CopyFiled
    | CopyRefiled
    | NoteAdded
    | NoteWithdrawn
    | EditorsNoteAdded
    | CorrectiveIssued
    | TakeRecorded
    | AgencyCorrected
    | FactReported
    | ChangeOfFact
)
StoryEvent = EventOfContent | PublicationEvent
# After any of these, what was asked of a story is about another one. A hold is not among them: it is what can be done
# until a second person answers. Nor is the end of an embargo, which was known.
Overtaking = EventOfContent | StoryPublished | StoryReleased | StoryKilled | StoryTakenDown | StoryRestored

MayUndo = (
    HeadlineSet
    | DatelineSet
    | SlugSet
    | StoryParted
    | CopyFiled
    | CopyRefiled
    | NoteAdded
    | NoteWithdrawn
    | EditorsNoteAdded
    | FactRetracted
    | FactReverted
)

KIND: dict[type[StoryEvent], ChangeKind] = {
    StoryOpened: "opening",
    HeadlineSet: "headline",
    DatelineSet: "dateline",
    SlugSet: "slug",
    StoryMerged: "merge",
    StoryParted: "parting",
    CopyFiled: "copy",
    NoteAdded: "note",
    CopyRefiled: "refile",
    EditorsNoteAdded: "editors_note",
    CorrectiveIssued: "corrective",
    NoteWithdrawn: "withdrawal",
    FactReported: "report",
    FactCorrected: "correction",
    FactUpdated: "update",
    FactClarified: "clarification",
    FactRefiled: "fact_refile",
    FactRetracted: "retraction",
    FactCited: "citation",
    FactAttributed: "attribution",
    FactAssessed: "assessment",
    FactRespondedTo: "response",
    FactConfirmed: "confirmation",
    TermsTightened: "tightening",
    TermsLoosened: "loosening",
    StoryPublished: "publication",
    EmbargoLifted: "embargo_lift",
    StoryHeld: "hold",
    StoryReleased: "release",
    StoryKilled: "kill",
    StoryTakenDown: "takedown",
    StoryRestored: "restoration",
    ApprovalAsked: "approval_asked",
    ApprovalGiven: "approval_given",
    ApprovalDeclined: "approval_declined",
    FactReverted: "reversion",
    TakeRecorded: "take",
    AgencyCorrected: "agency_correction",
}

# --- What it is after that ---------------------------------------------------------------------------------------


class FactIdentity(Closed):
    """Which fact of its story it is, and how often it has changed."""

    fact: FactNumber
    version: Version


class FactStanding(Closed):
    """Where a fact stands on the status axes, and how it came to stand so."""

    standing: Standing
    verification: Verification
    dispute: Dispute
    responses: tuple[Response, ...] = ()
    corrections: int = 0
    corrected: Change | None = None
    changed: Change


class Fact(FactStanding, FactBody, FactIdentity):  # fields in the order of a reader: number, words, standing
    """A fact as it stands: what it asserts now, and its standing."""

    def body(self) -> FactBody:
        return FactBody.model_construct(**{name: getattr(self, name) for name in FactBody.model_fields})


class Head(Closed):
    """What a story says of itself, without its copy and its facts. first_slug: that which it was opened under, where
    it has another; merged_into: the story that it is the same as, and that goes on."""

    story: Slug
    first_slug: Slug | None = None
    merged_into: Slug | None = None
    headline: Line
    language: Language
    desk: Name
    dateline: Dateline | None = None
    opened: Change
    wire: WireItem | None = None


class Copy(Closed):
    text: CopyText
    spans: Spans
    filed: Change


class StoryNote(Note):
    added: Change


class Corrective(Closed):
    fact: FactNumber
    version: Version
    ran_in: Version
    text: Text
    issued: Change


@dataclass(frozen=True, slots=True)
class Filing:
    """The copy as a revision filed it. behind: of each of its spans the fact as it was when these words came to stand
    on it, in this filing or one before; none where there was no such fact. around: its words, with some before and
    after them."""

    revision: int
    spans: Spans
    behind: tuple[Fact | None, ...]
    around: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """Words of the story, of an item or (None) of the desk. mark: what tells them from others."""

    revision: int
    who: ItemId | None
    mark: str


def mark_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Stood:
    """The fact as it was when somebody said that words on it stand, and these words."""

    fact: Fact
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lapse:
    """The revision, and of what kind it is, by which what was asked for is about something else by now."""

    revision: int
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class Story:
    """One story after its first `revision` events; fact n is facts[n - 1].

    content: the last revision that changed what it says; said: likewise, to anybody but the desk; standings: those that
    changed only how it stands; reported: the revision in which each fact was; editions: every revision that readers
    saw; filings: every copy, the last is `copy`. headline_set, dateline_set, slug_set, merged: the revisions that last
    did, or undid it; slugs: from which revision on it had which; undone: which revision undid which; protection: whom
    readers have seen named, and whom the story has to protect; lapsed: by what those of the approvals that wait have
    lapsed; takes: of each item that it comes from, when the newest version was made that was taken; stood: of which
    facts somebody said that the words on them stand as they are; earlier: of each fact that says something else than
    was published, what it said then and what it said last before; said_by: of each provider, and of the desk (None),
    the last revision that changed what it says to anybody, but for notes; headlines, copies: whose words they were;
    published_by: likewise, who last published it.
    """

    head: Head
    revision: int
    copy: Copy | None = None
    filings: tuple[Filing, ...] = ()
    notes: tuple[StoryNote, ...] = ()
    facts: tuple[Fact, ...] = ()
    correctives: tuple[Corrective, ...] = ()
    publication: Publication = NEVER_PUBLISHED
    content: int = 1
    said: int = 1
    standings: tuple[int, ...] = ()
    reported: tuple[int, ...] = ()
    editions: tuple[int, ...] = ()
    corrections: tuple[tuple[int, int], ...] = ()  # (fact, version) that each correction made
    headline_set: int = 1
    dateline_set: int = 1
    slug_set: int = 1
    merged: int = 0
    slugs: tuple[tuple[int, Slug], ...] = ()
    undone: Mapping[int, int] = field(default_factory=dict)
    protection: Protection = NOBODY
    lapsed: Mapping[int, Lapse] = field(default_factory=dict)
    takes: Mapping[ItemId, datetime | None] = field(default_factory=dict)
    stood: Mapping[int, Stood] = field(default_factory=dict)
    earlier: Mapping[int, tuple[Fact, ...]] = field(default_factory=dict)
    said_by: Mapping[str | None, int] = field(default_factory=dict)
    headlines: tuple[Wording, ...] = ()
    copies: tuple[Wording, ...] = ()
    published_by: ItemId | None = None

    @property
    def state(self) -> StoryState:
        return self.publication.state

    @property
    def is_public(self) -> bool:
        """Whether readers see it now."""
        return self.publication.is_public

    def fact(self, number: int) -> Fact | None:
        return self.facts[number - 1] if number <= len(self.facts) else None

    @property
    def first_slug(self) -> Slug:
        """That which its stream is found by."""
        return self.slugs[0][1]

    def has_had(self, slug: Slug) -> bool:
        return any(slug == one for _, one in self.slugs)

    def is_known_as(self, slug: Slug) -> bool:
        """Whether readers have seen it under that slug."""
        return any(slug == self._slug_at(edition) for edition in self.editions)

    @property
    def public_slug(self) -> Slug:
        """As readers know it, or will."""
        return self._slug_at(self.editions[-1]) if self.editions else self.head.story

    def _slug_at(self, revision: int) -> Slug:
        return next(slug for since, slug in reversed(self.slugs) if since <= revision)

    @property
    def filed_for_readers(self) -> Filing | None:
        """The copy that readers have, or would have were it not kept from them."""
        public = self.publication.revision or 0
        return next((one for one in reversed(self.filings) if one.revision <= public), None)

    def facts_at(self, revision: int) -> int:
        """How many had been reported by then."""
        return bisect_right(self.reported, revision)

    def content_at(self, revision: int) -> int:
        """The last revision up to this one that changed what it says."""
        at = bisect_right(self.standings, revision)
        while at and self.standings[at - 1] == revision:
            at, revision = at - 1, revision - 1
        return revision


@dataclass(frozen=True, slots=True)
class Outline:
    """As much of a story as decides whether a fact can be reported to it. A report makes the two numbers one more and
    changes nothing else of it, so that as many can be decided one after the other before the story itself is needed."""

    story: Slug
    publication: Publication
    revision: int
    facts: int
    language: Language
    merged_into: Slug | None = None

    def with_report(self) -> "Outline":
        return Outline(
            self.story, self.publication, self.revision + 1, self.facts + 1, self.language, self.merged_into
        )


def outline(story: Story) -> Outline:
    head = story.head
    return Outline(
        head.story, story.publication, story.revision, len(story.facts), head.language, head.merged_into
    )


def evolve(story: Story | None, event: StoryEvent, at: Moment) -> Story:
    """The story after the event. It never refuses: what happened, happened."""
    after = _evolve(story, event, at)
    origin: Origin | None = getattr(event, "origin", None)
    if origin is not None:
        after = replace(after, takes=taken(after.takes, origin))
    if isinstance(event, StoryOpened) or says_more(event):
        after = _said_by(after, event, at)
    elif isinstance(event, StoryPublished):
        after = replace(after, published_by=origin.item if origin else None)
    if not (after.publication.approvals or after.lapsed):
        return after
    waiting = {one.approval: one.act for one in after.publication.approvals}
    lapsed = {number: lapse for number, lapse in after.lapsed.items() if number in waiting}
    for number, act in waiting.items():
        if number not in lapsed and is_about(act, event):
            lapsed[number] = Lapse(at.revision, KIND[type(event)])
    return replace(after, lapsed=lapsed)


def _said_by(story: Story, event: StoryEvent, at: Moment) -> Story:
    origin: Origin | None = getattr(event, "origin", None)
    who = origin.item if origin else None
    if isinstance(event, NoteAdded):
        return story  # it does not say from where it is
    if isinstance(event, StoryOpened | HeadlineSet):
        words = Wording(at.revision, who, event.headline)
        story = replace(story, headlines=(*story.headlines, words))
    elif isinstance(event, CopyFiled | CopyRefiled):
        words = Wording(at.revision, who, mark_of(event.text))
        if (
            not story.copies or story.copies[-1].mark != words.mark
        ):  # who only marks them has not written them
            story = replace(story, copies=(*story.copies, words))
    return replace(story, said_by={**story.said_by, origin.provider if origin else None: at.revision})


def taken(takes: Mapping[ItemId, datetime | None], origin: Origin) -> Mapping[ItemId, datetime | None]:
    known = [at for at in (takes.get(origin.item), origin.at) if at is not None]
    return {**takes, origin.item: max(known, default=None)}


def is_late(story: Story, origin: Origin) -> bool:
    """Whether a newer version of the item was taken before."""
    newest = story.takes.get(origin.item)
    return newest is not None and origin.at is not None and origin.at < newest


def says_more(event: StoryEvent) -> bool:
    """Whether it changes what the story says to anybody but the desk."""
    return isinstance(event, EventOfContent) and not (
        isinstance(event, TakeRecorded | StoryMerged | StoryParted)
        or (isinstance(event, NoteAdded) and not event.note.is_publishable)
    )


def is_about(act: Act, event: StoryEvent) -> bool:
    """Whether the event changes what the act was asked for; a note that is the desk's own changes nothing of it."""
    match act:
        case Kill() | Takedown() | Restoration():
            return says_more(event) if isinstance(event, EventOfContent) else isinstance(event, Overtaking)
        case Loosening():
            return isinstance(event, FactEvent) and event.fact == act.fact
        case _:
            assert_never(act)


def _evolve(story: Story | None, event: StoryEvent, at: Moment) -> Story:
    if isinstance(event, StoryOpened):
        return Story(head=opened(event, at), revision=at.revision, slugs=((at.revision, event.slug),))
    assert story is not None, "a story's first event is its opening"
    if isinstance(event, FactReported):
        fact = reported(event, at)
        return replace(
            story,
            revision=at.revision,
            content=at.revision,
            said=at.revision,
            facts=(*story.facts, fact),
            reported=(*story.reported, at.revision),
            protection=protected(story, None, fact, at.revision),
        )
    if isinstance(event, PublicationEvent):
        return evolve_publication(story, event, at)
    undone = story.undone
    if isinstance(event, MayUndo) and event.undoes is not None:
        undone = {**undone, event.undoes: at.revision}
    said = at.revision if says_more(event) else story.said
    story = replace(story, revision=at.revision, content=at.revision, said=said, undone=undone)
    if isinstance(event, HeadlineSet):
        return replace(story, head=evolve_head(story.head, event), headline_set=at.revision)
    if isinstance(event, DatelineSet):
        return replace(story, head=evolve_head(story.head, event), dateline_set=at.revision)
    if isinstance(event, SlugSet):
        slugs = (*story.slugs, (at.revision, event.slug))
        return replace(story, head=evolve_head(story.head, event), slug_set=at.revision, slugs=slugs)
    if isinstance(event, StoryMerged | StoryParted):
        return replace(story, head=evolve_head(story.head, event), merged=at.revision)
    if isinstance(event, CopyFiled | CopyRefiled):
        return replace(story, copy=filed(event, at), filings=(*story.filings, filing(story, event, at)))
    if isinstance(event, NoteAdded | EditorsNoteAdded):
        return replace(story, notes=(*story.notes, added(event, at)))
    if isinstance(event, NoteWithdrawn):
        return replace(story, notes=tuple(note for note in story.notes if note.added.revision != event.note))
    if isinstance(event, CorrectiveIssued):
        return replace(story, correctives=(*story.correctives, issued(event, at)))
    if isinstance(event, TakeRecorded | AgencyCorrected):
        return replace(story, head=evolve_head(story.head, event))
    index = event.fact - 1
    fact = evolve_fact(story.facts[index], event, at)
    corrections = story.corrections
    if isinstance(event, FactCorrected):
        corrections = (*corrections, (event.fact, event.version))
    facts = (*story.facts[:index], fact, *story.facts[index + 1 :])
    before, earlier = story.facts[index], story.earlier
    if any(getattr(before, name) != getattr(fact, name) for name in _SAID):
        earlier = {**earlier, event.fact: (*earlier.get(event.fact, ())[:1], before)}
    protection = protected(story, before, fact, at.revision)
    return replace(story, facts=facts, corrections=corrections, protection=protection, earlier=earlier)


# What a text may still say once the fact does not.
_SAID: Final = ("standing", "statement", "figure", "attribution", "occurred", "place", "entities")


def tightens(story: Story, event: StoryEvent, at: Moment) -> bool:
    """Whether a fact of a story that readers have seen is on stricter terms from this event on: they see its past on
    those, too, and that does not wait for a publication."""
    if not story.editions or not isinstance(event, ChangeOfFact):
        return False
    before = story.facts[event.fact - 1]
    return is_stricter(evolve_fact(before, event, at).terms, before.terms)


def evolve_publication(story: Story, event: PublicationEvent, at: Moment) -> Story:
    now = publication.evolve(story.publication, event, at)
    editions = story.editions
    if now.is_public and now.revision is not None and (not editions or editions[-1] != now.revision):
        editions = (*editions, now.revision)
    protection = story.protection
    if isinstance(event, StoryPublished | StoryReleased) and event.despite:
        revision = event.revision if isinstance(event, StoryPublished) else now.revision
        protection = protection.letting_stand(revision or 0, {one.source for one in event.despite})
    return replace(
        _as_published(story, event) if isinstance(event, StoryPublished) else story,
        revision=at.revision,
        publication=now,
        editions=editions,
        standings=(*story.standings, at.revision),
        protection=protection,
    )


def _as_published(story: Story, event: StoryPublished) -> Story:
    """The story, of which everything up to a revision was looked at."""
    left = {
        number: were
        for number, were in story.earlier.items()
        if story.facts[number - 1].changed.revision > event.revision
    }
    return replace(let_stand(story, event), earlier=left)


def let_stand(story: Story, event: StoryPublished) -> Story:
    """The story, once it was said which words stand on facts as these are now. A fact that has changed
    beyond what was published is another one again, and so are other words."""
    now = {number: story.fact(number) for number in event.words_stand or ()}
    stand = {number: fact for number, fact in now.items() if fact and fact.changed.revision <= event.revision}
    if not stand or not story.filings or story.filings[-1].revision > event.revision:
        return story
    *before, last = story.filings
    behind = tuple(stand.get(span.fact, fact) for span, fact in zip(last.spans, last.behind, strict=True))
    said = {
        number: Stood(fact, frozenset(as_read(span) for span in last.spans if span.fact == number))
        for number, fact in stand.items()
    }
    return replace(story, filings=(*before, replace(last, behind=behind)), stood={**story.stood, **said})


def protected(story: Story, before: Fact | None, after: Fact, revision: int) -> Protection:
    """Whom readers see named, and whom the story protects, once a fact is no longer as it was."""
    protection = story.protection
    named, was_named = named_by(after), named_by(before) if before else frozenset()
    if before is not None:
        protection = protection.without(after.fact, before.source_slugs() - after.source_slugs())
    if named == was_named:
        return protection
    is_tightened = before is not None and STRICTNESS[after.terms] > STRICTNESS[before.terms]
    return protection.with_named(revision, named - was_named, was_named - named, hidden=is_tightened)


def named_by(fact: Fact) -> frozenset[str]:
    """Slugs of the sources that a fact names to readers, were it published as it is."""
    if fact.standing == "retracted" or fact.terms == "off_record":
        return frozenset()
    answering = {response.by.source for response in fact.responses if isinstance(response.by, Voice)}
    sources = fact.source_slugs()
    return frozenset(sources | answering if fact.terms == "on_record" else answering - sources)


def hidden_by(story: Story, fact: Fact) -> frozenset[str]:
    """Slugs of the sources that a fact's terms hide from readers, and of those that earlier versions of it named."""
    if fact.terms == "on_record":
        return frozenset()
    return story.protection.former.get(fact.fact, frozenset()) | fact.source_slugs()


def fold(events: Iterable[tuple[StoryEvent, Moment]]) -> Story | None:
    story = None
    for event, at in events:
        story = evolve(story, event, at)
    return story


def opened(event: StoryOpened, at: Moment) -> Head:
    return Head.model_construct(
        story=event.slug,
        headline=event.headline,
        language=event.language,
        desk=event.desk,
        dateline=event.dateline,
        opened=change(event, at),
    )


def evolve_head(
    head: Head,
    event: HeadlineSet | DatelineSet | SlugSet | StoryMerged | StoryParted | TakeRecorded | AgencyCorrected,
) -> Head:
    match event:
        case HeadlineSet():
            return head.model_copy(update={"headline": event.headline})
        case DatelineSet():
            return head.model_copy(update={"dateline": event.dateline})
        case SlugSet():
            first = head.first_slug or head.story
            return head.model_copy(
                update={"story": event.slug, "first_slug": first if first != event.slug else None}
            )
        case StoryMerged():
            return head.model_copy(update={"merged_into": event.into})
        case StoryParted():
            return head.model_copy(update={"merged_into": None})
        case TakeRecorded() | AgencyCorrected():
            return head.model_copy(update={"wire": event.item}) if event.item else head
        case _:
            assert_never(event)


def filed(event: CopyFiled | CopyRefiled, at: Moment) -> Copy:
    return Copy.model_construct(text=event.text, spans=event.spans, filed=change(event, at))


def filing(story: Story, event: CopyFiled | CopyRefiled, at: Moment) -> Filing:
    """Words that stand as they stood, on the same fact, stand on it as it was when they were filed first: and so do
    more of them, or fewer, where the copy around them reads as it read."""
    earlier = [one for one in story.filings if event.undoes is None or one.revision < event.undoes]
    stood = {
        (span.fact, as_read(span)): fact
        for one in earlier[-1:]
        for span, fact in zip(one.spans, one.behind, strict=True)
    }
    behind = [stood.get((span.fact, as_read(span))) for span in event.spans]
    if story.copy and event.undoes is None and None in behind:
        resized = _resized(story.copy.text, story.filings[-1], event)
        behind = [fact or resized.get(index) for index, fact in enumerate(behind)]
    if None in behind:
        _find_again(story, event, earlier[:-1], behind)
    return Filing(
        at.revision,
        event.spans,
        tuple(fact or story.fact(span.fact) for fact, span in zip(behind, event.spans, strict=True)),
        tuple(around(event.text, span) for span in event.spans),
    )


def as_read(span: Span) -> str:
    """As they read wherever they stand: at the beginning of a sentence or within it, before a comma or a full stop."""
    return look(span.exact).strip(_AT_EDGES).casefold() or span.exact


_AT_EDGES: Final = " \n.,;:!?…'\"‘’“”„‚«»()[]–—،؛؟。、！？「」『』"


def _find_again(
    story: Story, event: CopyFiled | CopyRefiled, earlier: Sequence[Filing], behind: list[Fact | None]
) -> None:
    """Words that stood on a fact before, and were gone meanwhile, stand on it as it was when they were filed; those
    on a fact that is as it was reported have nothing to be found."""
    sought: dict[tuple[int, str], list[int]] = {}
    for index, (span, found) in enumerate(zip(event.spans, behind, strict=True)):
        fact = story.fact(span.fact)
        if found is None and fact is not None and fact.version > 1:
            sought.setdefault((span.fact, as_read(span)), []).append(index)
    numbers, left = {number for number, _ in sought}, limits.SPANS_LOOKED_BACK
    for one in reversed(earlier):
        left -= len(one.spans)
        if not sought or left < 0:
            return
        for span, was in zip(one.spans, one.behind, strict=True):
            if span.fact in numbers:
                for index in sought.pop((span.fact, as_read(span)), ()):
                    behind[index] = was


_BEFORE: Final = re.compile(r"(?:\w+\W+){0,2}\Z")
_AFTER: Final = re.compile(r"\A(?:\W+\w+){0,2}")
_BESIDE: Final = 40  # letters in which these are looked for


def around(text: str, span: Span) -> str:
    """The words of a span, with two words before and after them on the same line, as far as they are near."""
    before = text[max(0, span.start - _BESIDE) : span.start].rpartition("\n")[2]
    after = text[span.end : span.end + _BESIDE].partition("\n")[0]
    lead, rest = _BEFORE.search(before), _AFTER.match(after)
    return f"{lead[0] if lead else ''}{text[span.start : span.end]}{rest[0] if rest else ''}"


def _resized(text: str, last: Filing, event: CopyFiled | CopyRefiled) -> Mapping[int, Fact | None]:
    """Of the spans that share words with one of the last filing on the same fact, where neither the words of the one
    nor of the other changed: the fact that stood behind these."""
    longer = len(event.text) - len(text)
    same = _same(text, event.text)
    same_at_end = len(text) - _same(text[::-1], event.text[::-1])
    of_fact: dict[int, list[tuple[int, int, Fact | None]]] = {}
    for span, fact in zip(last.spans, last.behind, strict=True):
        if span.end <= same:
            of_fact.setdefault(span.fact, []).append((span.start, span.end, fact))
        if span.start >= same_at_end:
            of_fact.setdefault(span.fact, []).append((span.start + longer, span.end + longer, fact))
    return {
        index: fact
        for index, span in enumerate(event.spans)
        if span.end <= same or span.start >= same_at_end + longer
        for start, end, fact in of_fact.get(span.fact, ())
        if span.start < end and start < span.end
    }


def _same(one: str, other: str) -> int:
    """How many letters two texts begin with that are the same."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def added(event: NoteAdded | EditorsNoteAdded, at: Moment) -> StoryNote:
    if isinstance(event, EditorsNoteAdded):
        return StoryNote.model_construct(
            role="editor", text=event.text, is_publishable=True, added=change(event, at)
        )
    return StoryNote.model_construct(**event.note.__dict__, added=change(event, at))


def issued(event: CorrectiveIssued, at: Moment) -> Corrective:
    return Corrective.model_construct(
        fact=event.fact,
        version=event.version,
        ran_in=event.ran_in,
        text=event.text,
        issued=change(event, at),
    )


def reported(event: FactReported, at: Moment) -> Fact:
    return Fact.model_construct(
        fact=event.fact,
        version=event.version,
        **event.body.__dict__,
        standing="standing",
        verification="unverified",
        dispute="undisputed",
        responses=(),
        corrections=0,
        corrected=None,
        changed=change(event, at),
    )


def evolve_fact(fact: Fact, event: ChangeOfFact, at: Moment) -> Fact:
    moved: dict[str, object] = {"version": event.version, "changed": change(event, at)}
    match event:
        case FactCorrected():
            moved |= event.becomes.__dict__
            moved |= {"corrections": fact.corrections + 1, "corrected": moved["changed"]}
        case FactUpdated() | FactClarified() | FactRefiled():
            moved |= event.becomes.__dict__
        case FactRetracted():
            moved["standing"] = "retracted"
        case FactCited():
            moved["citations"] = (*fact.citations, *event.citations)
        case FactAttributed():
            moved |= {"attribution": event.attribution, "unattributed": None}
        case FactAssessed():
            moved["verification"] = event.verification or fact.verification
            moved["dispute"] = event.dispute or fact.dispute
        case FactRespondedTo():
            moved["responses"] = (*fact.responses, event.response)
        case FactConfirmed():
            pass
        case TermsTightened() | TermsLoosened():
            moved["terms"] = event.terms
        case FactReverted():
            moved |= event.becomes.__dict__
            moved |= {
                name: getattr(event, name) for name in ("standing", "verification", "dispute", "responses")
            }
        case _:
            assert_never(event)
    return fact.model_copy(update=moved)


_NO_CORRECTION: dict[str, None] = dict.fromkeys(
    ("wrong_version", "was_wrong", "affects", "cause", "requested_by")
)


def change(event: StoryEvent, at: Moment) -> Change:
    correction = (
        {
            "wrong_version": event.wrong_version or event.version - 1,
            "was_wrong": event.was_wrong,
            "affects": event.affects,
            "cause": event.cause,
            "requested_by": event.requested_by,
        }
        if isinstance(event, FactCorrected)
        else _NO_CORRECTION
    )
    return Change.model_construct(
        kind=KIND[type(event)],
        revision=at.revision,
        position=at.position,
        recorded_at=rfc3339(at.recorded_at),
        actor=at.actor,
        reason=event.__dict__.get("reason"),
        origin=event.__dict__.get("origin"),
        **correction,
    )
