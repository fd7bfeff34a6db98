"""What readers say is wrong, and what the desk answers: requested, acknowledged, accepted, declined, contact erased."""

from ledger.commands import (
    AcceptRequest,
    AcknowledgeRequest,
    DeclineRequest,
    EraseContact,
    EraseRequest,
    RequestCorrection,
)
from ledger.refusals import NoContact, NotByCorrection, NothingThere, WordsErased
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
from ledger.rules import protecting
from ledger.rules.context import Context
from ledger.story import Story
from ledger.words import story_stream


def request_correction(command: RequestCorrection, context: Context) -> list[RequestEvent]:
    """A missing story and one that is not public are the same to whoever asks."""
    story = context.streams.get(story_stream(command.story))
    if not isinstance(story, Story) or not story.is_public or not story.is_known_as(command.story):
        raise NothingThere
    requested = CorrectionRequested(story=command.story, phrase=command.phrase, concern=command.concern)
    return [requested] if command.contact is None else [requested, ContactLeft(contact=command.contact)]


def acknowledge(command: AcknowledgeRequest) -> RequestAcknowledged:
    return RequestAcknowledged(note=command.note)


def accept(request: Request, command: AcceptRequest, context: Context) -> RequestAccepted:
    story = context.streams.get(story_stream(request.story))
    if not isinstance(story, Story) or (command.fact, command.version) not in story.corrections:
        raise NotByCorrection(
            story=request.story, fact=command.fact, version=command.version, pointer="/version"
        )
    return RequestAccepted(fact=command.fact, version=command.version, reason=command.reason)


def decline(request: Request, command: DeclineRequest, context: Context) -> RequestDeclined:
    """Whoever asked reads it, and may be anybody."""
    story = context.streams.get(story_stream(request.story))
    if isinstance(story, Story):
        protecting.check_told(command.told, story, context)
    return RequestDeclined(reason=command.reason, told=command.told)


def erase_contact(request: Request, command: EraseContact) -> ContactErased:
    if not request.has_contact:
        raise NoContact
    return ContactErased(reason=command.reason)


def erase(request: Request, command: EraseRequest) -> RequestErased:
    if not request.has_words:
        raise WordsErased
    return RequestErased(story=request.story, reason=command.reason)
