"""What is answered to a dry run: what would happen, and how what it is about would read after it."""

from typing import Any, assert_never

import orjson

from ledger.events import Event
from ledger.member import KeyIssued, KeyRevoked, MemberEnrolled
from ledger.publication import Publication, PublicationEvent
from ledger.request import Request, RequestEvent
from ledger.source import Source, SourceDiscredited, SourceRegistered, SourceReinstated
from ledger.store.writer import Rehearsal
from ledger.story import (
    CopyFiled,
    CopyRefiled,
    CorrectiveIssued,
    DatelineSet,
    EditorsNoteAdded,
    FactEvent,
    HeadlineSet,
    NoteAdded,
    NoteWithdrawn,
    Story,
    StoryEvent,
    StoryOpened,
)
from projections.views.documents import fact_document, json_of
from projections.views.publications import PublicationDocument


def text_of(rehearsal: Rehearsal) -> str:
    """The JSON text. What only the ledger gives is not known yet: a change has position 0 and the present time."""
    about = dict(rehearsal.about)
    if rehearsal.before is None:
        about.pop("request", None)  # one that was not made has no id to be asked for by
    told: dict[str, Any] = {
        "dry_run": True,
        **about,
        "events": [
            {"topic": event.topic, **event.model_dump(mode="json", exclude_none=True)}
            for event in rehearsal.events
        ],
    }
    return f'{orjson.dumps(told).decode()[:-1]},"becomes":{_becomes(rehearsal.events[-1], rehearsal.after)}}}'


def _becomes(event: Event, after: object) -> str:
    """The document of what the event is about, as it would be sent; null for what is no longer there, and for members,
    of whom there are none."""
    match event:
        case SourceRegistered() | SourceDiscredited() | SourceReinstated():
            assert isinstance(after, Source)
            return json_of(after)
        case MemberEnrolled() | KeyIssued() | KeyRevoked():
            return "null"
        case _ if isinstance(event, RequestEvent):
            assert isinstance(after, Request)
            told = {"story": after.story, "state": after.state, "has_contact": after.has_contact}
            return orjson.dumps(told).decode()
        case _:
            assert isinstance(after, Story)
            return _of_story(event, after)


def _of_story(event: StoryEvent, after: Story) -> str:
    if isinstance(event, PublicationEvent):
        return json_of(_publication(after.publication))
    match event:
        case StoryOpened() | HeadlineSet() | DatelineSet():
            return json_of(after.head)
        case CopyFiled() | CopyRefiled():
            assert after.copy is not None
            return json_of(after.copy)
        case NoteAdded() | EditorsNoteAdded():
            return json_of(after.notes[-1])
        case NoteWithdrawn():
            return "null"
        case CorrectiveIssued():
            return json_of(after.correctives[-1])
        case FactEvent():
            return json_of(fact_document(after.facts[event.fact - 1], after.head))
        case _:
            assert_never(event)


def _publication(state: Publication) -> PublicationDocument:
    """How it would stand; what readers would be told with it, and since when, is worked out once it has happened."""
    return PublicationDocument.model_construct(
        state=state.state,
        pub_status=state.pub_status,
        revision=state.revision,
        signals=(),
        embargo=state.embargo,
        tombstone=state.tombstone,
        approvals=state.approvals,
    )
