"""The texts of rows, made of events and states in full, and not as the folds make them."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import orjson

from ledger.events import Recorded
from ledger.fact import FactBody
from ledger.moment import Moment, rfc3339
from ledger.publication import ApprovalAsked, ApprovalDeclined, ApprovalGiven, PublicationEvent
from ledger.request import RequestAccepted, RequestAcknowledged, RequestDeclined
from ledger.source import SourceDiscredited
from ledger.story import (
    KIND,
    AgencyCorrected,
    Copy,
    CopyFiled,
    CopyRefiled,
    CorrectiveIssued,
    DatelineSet,
    EditorsNoteAdded,
    FactClarified,
    FactCorrected,
    FactEvent,
    FactRetracted,
    FactReverted,
    FactUpdated,
    Head,
    HeadlineSet,
    NoteAdded,
    NoteWithdrawn,
    SlugSet,
    StoryMerged,
    StoryOpened,
    StoryParted,
    TakeRecorded,
)
from ledger.withheld import stretches
from projections.views.documents import FactDocument
from projections.views.public_changes import PublicChange
from projections.views.reader_view import ReaderFact, reader_fact
from projections.views.search.tokens import Texts
from projections.views.story import MINOR


def revision_document(
    recorded: Recorded, facts: Sequence[tuple[FactDocument | None, FactDocument]]
) -> dict[str, Any]:
    """What the audit trail shows of one event; `before` and `after` hold only what differs. facts: before and after, of
    those that it changed."""
    at, event = recorded.at, recorded.event
    kind = KIND[type(event)]  # type: ignore[index]
    document: dict[str, Any] = {
        "revision": at.revision,
        "position": at.position,
        "recorded_at": rfc3339(at.recorded_at),
        "actor": at.actor,
        "kind": kind,
        "substantive": kind not in MINOR,
    }
    if isinstance(event, FactEvent):
        document |= {"fact": event.fact, "version": event.version}
        (was, is_now), *_ = facts
        before, after = _differing(was, is_now)
    else:
        before, after = _story_change(event)
    for word in _TOLD_BY[type(event)]:  # type: ignore[index]
        if (value := getattr(event, word)) is not None:
            document[word] = value
    if (origin := getattr(event, "origin", None)) is not None:
        document["origin"] = origin.model_dump(mode="json", exclude_none=True)
    if before:
        document["before"] = before
    if after:
        document["after"] = after
    document["event_id"] = recorded.event_id
    return document


_TOLD = ("undoes", "reason", "wrong_version", "was_wrong", "affects", "cause", "requested_by", "request")


# Which of these words each kind of event has: asking an event for one that it has not takes long.
_TOLD_BY = {
    kind: tuple(word for word in _TOLD if word in kind.model_fields.keys() | kind.__dict__.keys())
    for kind in KIND
}


_COMPARED = (*FactBody.model_fields, "standing", "verification", "dispute", "responses")


def _differing(before: FactDocument | None, after: FactDocument) -> tuple[dict[str, Any], dict[str, Any]]:
    if before is None:
        return {}, _dumped(after, _COMPARED)
    names = [name for name in _COMPARED if getattr(before, name) != getattr(after, name)]
    return _dumped(before, names), _dumped(after, names)


def _dumped(fact: FactDocument, names: Sequence[str]) -> dict[str, Any]:
    return fact.model_dump(mode="json", exclude_none=True, include={*names}) if names else {}


def _story_change(event: object) -> tuple[dict[str, Any], dict[str, Any]]:
    match event:
        case StoryOpened() | HeadlineSet() | SlugSet() | StoryMerged() | TakeRecorded() | AgencyCorrected():
            return {}, event.model_dump(
                mode="json", exclude={"topic", "reason", "undoes", "origin"}, exclude_none=True
            )
        case DatelineSet():
            dateline = event.dateline
            return {}, {"dateline": dateline and dateline.model_dump(mode="json", exclude_none=True)}
        case CopyFiled() | CopyRefiled():
            return {}, {"characters": len(event.text), "spans": len(event.spans)}
        case NoteAdded():
            return {}, event.note.model_dump(mode="json")
        case NoteWithdrawn() | StoryParted():
            return {}, {}
        case EditorsNoteAdded() | CorrectiveIssued():
            return {}, event.model_dump(mode="json", exclude={"topic", "reason", "undoes"})
        case ApprovalAsked():
            return {}, {"approval": event.approval, **event.act.model_dump(mode="json", exclude_none=True)}
        case _ if isinstance(event, PublicationEvent):
            return {}, event.model_dump(mode="json", exclude={"topic", "reason", "origin"}, exclude_none=True)
        case _:
            raise AssertionError(event)


_EXPLAINED_BY_ITS_REASON = (FactUpdated, FactClarified, FactRetracted, FactReverted, NoteWithdrawn)


def public_change(recorded: Recorded, edition: int, published_at: datetime) -> PublicChange:
    """The desk's reason is for the desk where there are other words for readers; of an update, a clarification, a
    retraction or an undoing it is all there is, and readers see it."""
    event = recorded.event
    return PublicChange.model_construct(
        kind=KIND[type(event)],  # type: ignore[index]
        revision=recorded.at.revision,
        edition=edition,
        fact=getattr(event, "fact", None),
        version=getattr(event, "version", None),
        wrong_version=_wrong_version(event),
        was_wrong=getattr(event, "was_wrong", None),
        affects=getattr(event, "affects", None),
        cause=getattr(event, "cause", None),
        ran_in=getattr(event, "ran_in", None),
        text=getattr(event, "text", None),
        reason=event.reason if isinstance(event, _EXPLAINED_BY_ITS_REASON) else None,
        published_at=rfc3339(published_at),
    )


def _wrong_version(event: object) -> int | None:
    return (event.wrong_version or event.version - 1) if isinstance(event, FactCorrected) else None


def because(
    event: SourceDiscredited | FactCorrected | FactRetracted | FactReverted,
    at: Moment,
    story: str | None = None,
) -> str:
    """The text of what shook a fact. story: that of the fact that the event changed."""
    what: dict[str, Any]
    if isinstance(event, SourceDiscredited):
        what = {"kind": "discrediting", "source": event.slug}
    else:
        what = {"kind": KIND[type(event)], "story": story, "fact": event.fact}
    what |= {"position": at.position, "recorded_at": rfc3339(at.recorded_at), "reason": event.reason}
    return orjson.dumps(what).decode()


def asked_text(event: ApprovalAsked, at: Moment) -> str:
    told = {
        "approval": event.approval,
        **event.act.model_dump(mode="json", exclude_none=True),
        "position": at.position,
        "asked_at": rfc3339(at.recorded_at),
    }
    return orjson.dumps(told).decode()


def approval_answer_text(event: ApprovalGiven | ApprovalDeclined, at: Moment) -> str:
    told = {
        "state": "given" if isinstance(event, ApprovalGiven) else "declined",
        "answered_at": rfc3339(at.recorded_at),
        **({"answer": event.reason} if event.reason else {}),
    }
    return orjson.dumps(told).decode()


def acknowledged_text(event: RequestAcknowledged, at: Moment) -> str:
    note = "" if event.note is None else f',"note":{orjson.dumps(event.note).decode()}'
    return f'"acknowledged_at":"{rfc3339(at.recorded_at)}"{note}'


def request_answer_text(event: RequestAccepted | RequestDeclined, at: Moment) -> str:
    answer = orjson.dumps(event.model_dump(exclude={"topic"})).decode()[
        :-1
    ]  # who answered comes in on reading
    return f'"answered_at":"{rfc3339(at.recorded_at)}","answer":{answer}'


Filed = Copy | CopyFiled | CopyRefiled


def texts_of_head(head: Head) -> Texts:
    place = head.dateline.place if head.dateline and head.dateline.place else ""
    return tuple((text, True) for text in (head.headline, head.story, place))


def texts_of_copy(copy: Filed, hidden: Collection[int] = ()) -> Texts:
    """hidden: the facts that terms hide from readers as of its filing."""
    return ((copy.text, stretches(copy.spans, hidden) or True),)


def texts_of_fact(fact: FactDocument) -> Texts:
    """What it is found by, but for the names of its sources."""
    shown = reader_fact(fact)
    seen = Counter(_texts_of(shown) if isinstance(shown, ReaderFact) else ())
    texts = []
    for text in _texts_of(fact):
        texts.append((text, seen[text] > 0))
        seen[text] -= 1
    return tuple(texts)


def _texts_of(fact: FactDocument | ReaderFact) -> list[str]:
    quotes = [link.quote for link in fact.attribution or () if link.quote]
    return [text for text in (fact.statement, *quotes, *fact.entities, fact.place or "") if text]
