"""A correction request: what somebody, mostly a reader, says is wrong; what can happen to it, and what it is then."""

from dataclasses import dataclass, replace
from typing import Literal, assert_never
from uuid import UUID

from ledger.erasure import Erased
from ledger.moment import Moment
from ledger.words import Closed, FactNumber, Line, Slug, Text, Version

# --- What can happen ---------------------------------------------------------------------------------------------


class CorrectionRequested(Closed):
    topic: Literal["correction-requested.v1"] = "correction-requested.v1"
    story: Slug
    phrase: Text
    concern: Text


class ContactLeft(Closed):
    """How to reach whoever asked: an event of its own, so that its body can be erased and nothing else with it."""

    topic: Literal["contact-left.v1"] = "contact-left.v1"
    contact: Line


class RequestAcknowledged(Closed):
    topic: Literal["request-acknowledged.v1"] = "request-acknowledged.v1"
    note: Text | None = None


class RequestAccepted(Closed):
    """A correction came of it: the one that made this version of this fact of the story."""

    topic: Literal["request-accepted.v1"] = "request-accepted.v1"
    fact: FactNumber
    version: Version
    reason: Text


class RequestDeclined(Closed):
    """told: the words for whoever asked; those of earlier releases have none."""

    topic: Literal["request-declined.v1"] = "request-declined.v1"
    reason: Text
    told: Text | None = None


class ContactErased(Closed):
    """The body of `ContactLeft` is erased in the transaction that records this."""

    topic: Literal["contact-erased.v1"] = "contact-erased.v1"
    reason: Text


class RequestErased(Closed):
    """All that whoever asked wrote, and the contact, is erased in the transaction that records this; which story it was
    about is said here again, for the body that said it is gone."""

    topic: Literal["request-erased.v1"] = "request-erased.v1"
    story: Slug
    reason: Text


RequestEvent = (
    CorrectionRequested
    | ContactLeft
    | RequestAcknowledged
    | RequestAccepted
    | RequestDeclined
    | ContactErased
    | RequestErased
)

# --- What it is after that ---------------------------------------------------------------------------------------

RequestState = Literal["open", "acknowledged", "accepted", "declined"]


@dataclass(frozen=True, slots=True)
class Request:
    """One request after its first `revision` events. It does not hold the contact, which stands in one place alone.

    story: empty only between the event whose words were erased and the one that says so.
    """

    request: UUID
    story: str
    revision: int
    state: RequestState = "open"
    has_contact: bool = False
    has_words: bool = True


def evolve(request: Request | None, event: RequestEvent | Erased, at: Moment, stream: UUID) -> Request:
    if isinstance(event, CorrectionRequested):
        return Request(request=stream, story=event.story, revision=at.revision)
    if isinstance(event, Erased):
        return replace(request, revision=at.revision) if request else Request(stream, "", at.revision)
    assert request is not None, "a request's first event is that it was made"
    match event:
        case ContactLeft():
            return replace(request, revision=at.revision, has_contact=True)
        case RequestAcknowledged():
            return replace(request, revision=at.revision, state="acknowledged")
        case RequestAccepted():
            return replace(request, revision=at.revision, state="accepted")
        case RequestDeclined():
            return replace(request, revision=at.revision, state="declined")
        case ContactErased():
            return replace(request, revision=at.revision, has_contact=False)
        case RequestErased():
            return replace(
                request, revision=at.revision, story=event.story, has_contact=False, has_words=False
            )
        case _:
            assert_never(event)
