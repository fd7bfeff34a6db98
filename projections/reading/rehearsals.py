"""What is answered to a dry run: what would happen, and how what it is about would read after it."""

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

import orjson

from ledger.events import Event
from ledger.member import KeyIssued, KeyRevoked, MemberEnrolled
from ledger.publication import Publication, PublicationEvent
from ledger.request import Request, RequestEvent
from ledger.source import Source, SourceEvent
from ledger.store.writer import Rehearsal
from ledger.story import (
    AgencyCorrected,
    CopyFiled,
    CopyRefiled,
    CorrectiveIssued,
    DatelineSet,
    EditorsNoteAdded,
    FactEvent,
    HeadlineSet,
    NoteAdded,
    NoteWithdrawn,
    SlugSet,
    Story,
    StoryEvent,
    StoryMerged,
    StoryOpened,
    StoryParted,
    TakeRecorded,
)
from projections.views.documents import fact_document, json_of
from projections.views.publications import PublicationDocument


def text_of(rehearsal: Rehearsal, told: Sequence[Mapping[str, Any]] = ()) -> str:
    """The JSON text. What only the ledger gives is not known yet: a change has position 0 and the present time. told:
    what readers would be told."""
    about = dict(rehearsal.about)
    if rehearsal.before is None:
        about.pop("request", None)  # one that was not made has no id to be asked for by
    answer: dict[str, Any] = {
        "dry_run": True,
        **about,
        "events": [
            {"topic": event.topic, **event.model_dump(mode="json", exclude_none=True)}
            for event in rehearsal.events
        ],
    }
    if told:
        answer["told"] = told
    text = orjson.dumps(answer).decode()[:-1]
    if rehearsal.each:
        each = [_becomes(event, state) for event, state in zip(rehearsal.events, rehearsal.each, strict=True)]
        return f'{text},"each":[{",".join(each)}],"becomes":{each[-1]}}}'
    return f'{text},"becomes":{_becomes(rehearsal.events[-1], rehearsal.after)}}}'


def _becomes(event: Event, after: object) -> str:
    """The document of what the event is about, as it would be sent; null for what is no longer there, and for members,
    of whom there are none."""
    match event:
        case _ if isinstance(event, SourceEvent):
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
        return json_of(_publication(after.publication, len(after.editions) or None))
    match event:
        case (
            StoryOpened()
            | HeadlineSet()
            | DatelineSet()
            | SlugSet()
            | StoryMerged()
            | StoryParted()
            | TakeRecorded()
            | AgencyCorrected()
        ):
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


def _publication(state: Publication, edition: int | None) -> PublicationDocument:
    """How it would stand; what readers would be told with it, and since when, is worked out once it has happened."""
    return PublicationDocument.model_construct(
        state=state.state,
        pub_status=state.pub_status,
        revision=state.revision,
        edition=edition,
        signals=(),
        embargo=state.embargo,
        tombstone=state.tombstone,
        approvals=state.approvals,
    )
