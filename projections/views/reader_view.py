"""What of a story readers may see, once it is published: never who at the desk did what, never what is marked internal.

| of a fact with these terms | readers see |
|---|---|
| on_record | who says it and where it can be checked |
| background, deep_background | the statement, and that its source is not named |
| off_record | nothing: no mention by another fact, no corrective; a mark for words of the copy that stand on it |

Of every version these are the strictest terms that the fact has been on since, published or not: whoever is protected
later is protected in the past, too.

A retracted fact is a tombstone: what readers saw last of it, and that it is withdrawn. Nothing is found by that any
more; and of a fact that was withdrawn before anyone saw it, readers see nothing.
"""

from collections.abc import Collection
from typing import Any, Literal

import orjson

from ledger import withheld
from ledger.fact import Chain, Citations, Entities, Figure, Grounds, sources_of
from ledger.source import Source
from ledger.story import (
    Copy,
    Corrective,
    Dateline,
    Head,
    Response,
    Span,
    Spans,
    StoryNote,
    Voice,
)
from ledger.words import (
    Closed,
    CopyText,
    Dispute,
    FactKind,
    FactNumber,
    Language,
    Line,
    Name,
    Slug,
    SourceKind,
    Standing,
    Terms,
    Text,
    Verification,
    Version,
)
from projections.views.documents import FactDocument, When

NOT_NAMED = "The source spoke on the condition of not being named."


class Unnamed(Closed):
    """Why nobody is named for it."""

    reason: Line


class ReaderOccurred(Closed):
    literal: Line | None = None
    resolved: str | None = None


class ReaderNote(Closed):
    role: Name
    text: Text


class ReaderFact(Closed):
    fact: FactNumber
    version: Version
    statement: Text
    kind: FactKind
    attribution: Chain | None = None
    unattributed: Unnamed | None = None
    citations: Citations = ()
    occurred: ReaderOccurred | None = None
    place: Name | None = None
    entities: Entities = ()
    figure: Figure | None = None
    terms: Terms = "on_record"
    rests_on: Grounds = ()
    note: tuple[ReaderNote, ...] = ()
    standing: Standing
    verification: Verification
    dispute: Dispute
    responses: tuple[Response, ...] = ()
    independent_origins: int = 0
    when: When | None = None


class FactTombstone(Closed):
    """In the place of a fact that was withdrawn. `statement`, which is added on reading, is what readers saw last."""

    fact: FactNumber
    version: Version
    kind: FactKind
    standing: Literal["retracted"] = "retracted"
    statement: Text | None = None


class ReaderHead(Closed):
    story: Slug
    headline: Line
    language: Language
    desk: Name
    dateline: Dateline | None = None


class ReaderCopy(Closed):
    """`[withheld]` stands for words that stand on a fact which is off the record."""

    text: CopyText
    spans: Spans


class ReaderCorrective(Closed):
    fact: FactNumber
    version: Version
    ran_in: Version
    text: Text


class ReaderSource(Closed):
    source: Slug
    name: Name
    kind: SourceKind
    description: Text | None = None


def reader_fact(fact: FactDocument) -> ReaderFact | FactTombstone | None:
    """None for what is off the record."""
    if fact.terms == "off_record":
        return None
    if fact.standing == "retracted":
        return FactTombstone.model_construct(fact=fact.fact, version=fact.version, kind=fact.kind)
    is_named = fact.terms == "on_record"
    unattributed = None
    if not is_named:
        unattributed = Unnamed.model_construct(reason=NOT_NAMED)
    elif fact.unattributed is not None:
        unattributed = Unnamed.model_construct(reason=fact.unattributed.reason)
    return ReaderFact.model_construct(
        fact=fact.fact,
        version=fact.version,
        statement=fact.statement,
        kind=fact.kind,
        attribution=fact.attribution if is_named else None,
        unattributed=unattributed,
        citations=fact.citations if is_named else (),
        occurred=fact.occurred
        and ReaderOccurred.model_construct(literal=fact.occurred.literal, resolved=fact.occurred.resolved),
        place=fact.place,
        entities=fact.entities,
        figure=fact.figure,
        terms=fact.terms,
        rests_on=fact.rests_on,
        note=tuple(
            ReaderNote.model_construct(role=note.role, text=note.text)
            for note in fact.note
            if note.is_publishable
        ),
        standing=fact.standing,
        verification=fact.verification,
        dispute=fact.dispute,
        responses=tuple(
            response
            for response in fact.responses
            # Who is not to be named is not named as who answers, either.
            if is_named or not (isinstance(response.by, Voice) and response.by.source in fact.source_slugs())
        ),
        when=fact.when and _without_the_desks_basis(fact.when),
        independent_origins=fact.independent_origins if is_named else 0,
    )


def on_terms(fact: FactDocument, terms: Terms) -> FactDocument:
    """The fact as if it had been on these terms."""
    return fact if fact.terms == terms else fact.model_copy(update={"terms": terms})


def _without_the_desks_basis(when: When) -> When:
    """What a date was confirmed by is the desk's own note; how a provisional one was computed is not."""
    return when.model_copy(update={"basis": None}) if when.status == "confirmed" else when


def reader_head(head: Head) -> ReaderHead:
    return ReaderHead.model_construct(**{name: getattr(head, name) for name in ReaderHead.model_fields})


def reader_copy(copy: Copy) -> ReaderCopy:
    return ReaderCopy.model_construct(text=copy.text, spans=copy.spans)


def reader_note(note: StoryNote) -> ReaderNote | None:
    return ReaderNote.model_construct(role=note.role, text=note.text) if note.is_publishable else None


def reader_corrective(corrective: Corrective) -> ReaderCorrective:
    return ReaderCorrective.model_construct(
        **{name: getattr(corrective, name) for name in ReaderCorrective.model_fields}
    )


def reader_source(source: Source) -> ReaderSource:
    return ReaderSource.model_construct(**{name: getattr(source, name) for name in ReaderSource.model_fields})


def sources_shown(fact: ReaderFact | FactTombstone | None) -> set[str]:
    """Slugs of the sources that readers see named."""
    if not isinstance(fact, ReaderFact):
        return set()
    return (
        sources_of(fact.attribution or ())
        | sources_of(fact.citations)
        | {response.by.source for response in fact.responses if isinstance(response.by, Voice)}
    )


def origins_shown(fact: FactDocument) -> set[str]:
    """Slugs of those whose own word readers see it is."""
    is_shown = fact.standing == "standing" and fact.terms == "on_record"
    return {*fact.origins} if is_shown else set()


def stories_named(fact: ReaderFact | FactTombstone | None) -> set[str]:
    """Slugs of the stories of which it names facts, its own among them: readers see it name those that they see."""
    if not isinstance(fact, ReaderFact):
        return set()
    grounds = [
        *fact.rests_on,
        *(response.by for response in fact.responses if not isinstance(response.by, Voice)),
    ]
    return {ground.story for ground in grounds}


Named = tuple[str, int]  # a fact of a story


def facts_named(fact: dict[str, Any]) -> set[Named]:
    """The facts that a reader's fact, as it is sent, rests on or is answered by."""
    by = [response["by"] for response in fact["responses"]]
    return {
        (ground["story"], ground["fact"]) for ground in (*fact["rests_on"], *by) if "source" not in ground
    }


def without_facts(fact: dict[str, Any], hidden: set[Named]) -> str:
    """The text of a reader's fact that does not name what is hidden from readers."""

    def is_seen(ground: dict[str, Any]) -> bool:
        return "source" in ground or (ground["story"], ground["fact"]) not in hidden

    rests_on = [ground for ground in fact["rests_on"] if is_seen(ground)]
    responses = [response for response in fact["responses"] if is_seen(response["by"])]
    return orjson.dumps(fact | {"rests_on": rests_on, "responses": responses}).decode()


def without_words(copy: str, hidden: Collection[int]) -> str:
    """The text of a reader's copy without the words that stand on facts that terms hide from readers."""
    document = orjson.loads(copy)
    spans = tuple(Span.model_construct(**span) for span in document["spans"])
    told = ReaderCopy.model_construct(text=document["text"], spans=spans)
    text, spans = withheld.without_words(told, hidden)
    return orjson.dumps(document | {"text": text, "spans": [span.model_dump() for span in spans]}).decode()


def without_spans(copy: str, unseen: Collection[int]) -> str:
    """The text of a reader's copy that does not say which words stand on facts that readers do not see."""
    document = orjson.loads(copy)
    spans = [span for span in document["spans"] if span["fact"] not in unseen]
    return orjson.dumps(document | {"spans": spans}).decode()
