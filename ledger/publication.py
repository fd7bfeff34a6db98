"""Publication of a story: what can happen to it, and what readers may see after that.

Codes as in IPTC NewsCodes: pubStatus usable, withheld, canceled (cv.iptc.org/newscodes/pubstatusg2).
"""

from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import Field

from ledger import limits
from ledger.moment import Moment, rfc3339
from ledger.origin import ItemId, WithOrigin
from ledger.words import Closed, FactNumber, Instant, Slug, Terms, Text, Version

# --- What an editor says may stand ---------------------------------------------------------------------------------


class Despite(Closed):
    """That the name of a source which readers may not see may stand in what they read."""

    source: Slug
    reason: Text = Field(description="Why it may stand all the same; for the desk and auditors alone")


Despites = Annotated[
    tuple[Despite, ...],
    Field(
        max_length=limits.DESPITE,
        description="Names of protected sources that may stand in what readers read",
    ),
]

WordsStand = Annotated[
    tuple[FactNumber, ...],
    Field(
        max_length=limits.SPANS,
        description="Facts that changed after words of the copy were filed on them, which are right all the same",
        examples=[[4]],
    ),
]

# --- What takes two people ---------------------------------------------------------------------------------------

Notice = Annotated[Text, Field(description="What readers are told in its place", examples=["Withdrawn."])]
TakedownGround = Literal["legal", "safety"]


class Kill(WithOrigin):
    act: Literal["kill"] = "kill"
    reason: Text
    notice: Notice | None = None
    despite: Despites | None = None


class Takedown(Closed):
    act: Literal["takedown"] = "takedown"
    ground: TakedownGround
    reason: Text
    notice: Notice | None = None
    despite: Despites | None = None


class Restoration(Closed):
    act: Literal["restoration"] = "restoration"
    reason: Text
    held: bool = False


class Loosening(Closed):
    """Of the terms of a fact, so that readers learn more of its source; `version`: of the fact that was looked at."""

    act: Literal["terms"] = "terms"
    fact: FactNumber
    version: Version
    terms: Terms
    reason: Text


Act = Annotated[Kill | Takedown | Restoration | Loosening, Field(discriminator="act")]


def is_same(one: Act, other: Act) -> bool:
    """Whether both ask for the same of the same thing: a story, or a fact of it."""
    return one.act == other.act and getattr(one, "fact", None) == getattr(other, "fact", None)


ApprovalNumber = Annotated[int, Field(strict=True, ge=1, le=limits.REVISIONS_OF_STORY)]

# --- What can happen ---------------------------------------------------------------------------------------------


class StoryPublished(WithOrigin):
    """Readers see the story as of `revision` from now on, or from `embargo_until` on."""

    topic: Literal["story-published.v1"] = "story-published.v1"
    revision: Version
    embargo_until: Instant | None = None
    reason: Text
    despite: Despites | None = None
    words_stand: WordsStand | None = None


class EmbargoLifted(Closed):
    """The time of an embargo has come: the ledger itself says so, once."""

    topic: Literal["embargo-lifted.v1"] = "embargo-lifted.v1"
    revision: Version


class StoryHeld(WithOrigin):
    """Withheld until further notice."""

    topic: Literal["story-held.v1"] = "story-held.v1"
    reason: Text


class StoryReleased(WithOrigin):
    """No longer withheld."""

    topic: Literal["story-released.v1"] = "story-released.v1"
    reason: Text
    despite: Despites | None = None


class StoryKilled(WithOrigin):
    """Canceled: it should not have been published, and must not be used. Without an approval: whoever made it, and may
    withdraw it, did so."""

    topic: Literal["story-killed.v1"] = "story-killed.v1"
    approval: ApprovalNumber | None = None
    reason: Text
    notice: Notice | None = None


class StoryTakenDown(Closed):
    """Removed for a legal reason or for somebody's safety."""

    topic: Literal["story-taken-down.v1"] = "story-taken-down.v1"
    approval: ApprovalNumber
    ground: TakedownGround
    reason: Text
    notice: Notice | None = None


class StoryRestored(Closed):
    """As it was before it was killed or taken down; or withheld, so that it can be mended first."""

    topic: Literal["story-restored.v1"] = "story-restored.v1"
    approval: ApprovalNumber
    held: bool = False
    reason: Text


class ApprovalAsked(Closed):
    """Somebody wants to do what takes two people."""

    topic: Literal["approval-asked.v1"] = "approval-asked.v1"
    approval: ApprovalNumber
    act: Act


class ApprovalGiven(Closed):
    """A second person agrees; what was asked for follows."""

    topic: Literal["approval-given.v1"] = "approval-given.v1"
    approval: ApprovalNumber
    reason: Text | None = None


class ApprovalDeclined(Closed):
    """It is not done: a second person disagrees, or the first thought better of it."""

    topic: Literal["approval-declined.v1"] = "approval-declined.v1"
    approval: ApprovalNumber
    reason: Text


ApprovalEvent = ApprovalAsked | ApprovalGiven | ApprovalDeclined
PublicationEvent = (
    StoryPublished
    | EmbargoLifted
    | StoryHeld
    | StoryReleased
    | StoryKilled
    | StoryTakenDown
    | StoryRestored
    | ApprovalEvent
)


def withdraws(event: object) -> bool:
    """Whether something that readers could see is gone from this event on: no answer to one may then be older."""
    return isinstance(event, StoryHeld | StoryKilled | StoryTakenDown)


# --- What it is after that ---------------------------------------------------------------------------------------

Gate = Literal["open", "held", "killed", "taken_down"]
StoryState = Literal["draft", "embargoed", "published", "held", "killed", "taken_down"]
PubStatus = Literal["usable", "withheld", "canceled"]
_CLOSED: dict[Gate, PubStatus] = {"held": "withheld", "killed": "canceled", "taken_down": "canceled"}


class Embargo(Closed):
    """A revision that waits for its time."""

    revision: Version
    until: Instant


class Tombstone(Closed):
    """What stands in the place of a story that was killed or taken down."""

    kind: Literal["kill", "takedown"]
    since: str
    ground: TakedownGround | None = None
    notice: Notice | None = None


class PendingApproval(Closed):
    approval: ApprovalNumber
    act: Act
    asked_by: UUID


class Publication(Closed):
    """gate: whether readers may see the story at all; revision: as of which they see it, or would were the gate open;
    embargo: what replaces that once its time has come; approvals: those that nobody has answered yet; held_by: the item
    on whose word it is held, where that was not the desk's."""

    gate: Gate = "open"
    before: Gate = "open"
    revision: Version | None = None
    embargo: Embargo | None = None
    tombstone: Tombstone | None = None
    approvals: tuple[PendingApproval, ...] = ()
    asked: int = 0
    held_by: ItemId | None = None

    @property
    def is_public(self) -> bool:
        """Whether readers see it now."""
        return self.gate == "open" and self.revision is not None

    @property
    def state(self) -> StoryState:
        if self.gate != "open":
            return self.gate
        if self.revision is not None:
            return "published"
        return "embargoed" if self.embargo else "draft"

    @property
    def pub_status(self) -> PubStatus | None:
        """None before it was ever published."""
        if self.gate != "open":
            return _CLOSED[self.gate]
        if self.revision is not None:
            return "usable"
        return "withheld" if self.embargo else None


NEVER_PUBLISHED = Publication()


def evolve(before: Publication, event: PublicationEvent, at: Moment) -> Publication:
    return before.model_copy(update=_moved(before, event, at))


def _moved(before: Publication, event: PublicationEvent, at: Moment) -> dict[str, object]:
    match event:
        case StoryPublished(embargo_until=None):
            return {"revision": event.revision, "embargo": None}
        case StoryPublished():
            until = event.embargo_until
            return {"embargo": Embargo.model_construct(revision=event.revision, until=until)}
        case EmbargoLifted():
            return {"revision": event.revision, "embargo": None}
        case StoryHeld():
            return {"gate": "held", "held_by": event.origin and event.origin.item}
        case StoryReleased():
            return {"gate": "open", "held_by": None}
        case StoryKilled() | StoryTakenDown():
            return {
                "gate": "killed" if isinstance(event, StoryKilled) else "taken_down",
                "before": before.gate,
                "embargo": None,  # whatever waited must be published anew
                "tombstone": _tombstone(event, at),
            }
        case StoryRestored():
            held: dict[str, object] = {"gate": "held", "held_by": None}
            return (held if event.held else {"gate": before.before}) | {"tombstone": None}
        case ApprovalAsked():
            asked = PendingApproval.model_construct(approval=event.approval, act=event.act, asked_by=at.actor)
            # One for the same that waited still has lapsed: else nobody could have asked anew.
            others = tuple(one for one in before.approvals if not is_same(one.act, event.act))
            return {"approvals": (*others, asked), "asked": event.approval}
        case ApprovalGiven() | ApprovalDeclined():
            left = tuple(one for one in before.approvals if one.approval != event.approval)
            return {"approvals": left}
        case _:
            assert_never(event)


def _tombstone(event: StoryKilled | StoryTakenDown, at: Moment) -> Tombstone:
    return Tombstone.model_construct(
        kind="kill" if isinstance(event, StoryKilled) else "takedown",
        since=rfc3339(at.recorded_at),
        ground=event.ground if isinstance(event, StoryTakenDown) else None,
        notice=event.notice,
    )
