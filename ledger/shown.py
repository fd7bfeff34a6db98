"""Every text of a story that readers read, and where it stands: of the story as of a revision, of one thing that
happens, of the changes that they are told of with an edition."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ledger.events import Recorded, topic_of
from ledger.fact import Citation, Ground, Note
from ledger.source import Source
from ledger.story import (
    AgencyCorrected,
    CopyFiled,
    CopyRefiled,
    CorrectiveIssued,
    Dateline,
    DatelineSet,
    EditorsNoteAdded,
    Fact,
    FactClarified,
    FactCorrected,
    FactEvent,
    FactReported,
    FactRetracted,
    FactReverted,
    FactUpdated,
    HeadlineSet,
    NoteAdded,
    NoteWithdrawn,
    SlugSet,
    Story,
    StoryEvent,
)
from ledger.withheld import without_words
from ledger.words import STRICTNESS, Terms

_REASONS_TOLD = (FactUpdated, FactClarified, FactRetracted, FactReverted)
# What readers are told of a change, and what decides whether they are.
TOLD = tuple(
    topic_of(kind) for kind in (FactReported, FactCorrected, *_REASONS_TOLD, NoteWithdrawn, AgencyCorrected)
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A text, and where it stands, for whoever has to mend it."""

    place: str
    text: str
    is_address: bool = False


def strictest(story: Story, then: Fact) -> Terms:
    """The terms of a fact as it was, or those that it has got since, whichever tell readers less."""
    return max(then.terms, story.facts[then.fact - 1].terms, key=STRICTNESS.__getitem__)


def of_story(then: Story, story: Story) -> Iterator[Shown]:
    """then: the story as of the revision that readers read; story: as it is now, for the terms that its facts have."""
    yield Shown("address", then.head.story, is_address=True)
    yield Shown("headline", then.head.headline)
    yield Shown("desk", then.head.desk)
    yield Shown("language", _of_language(then.head.language), is_address=True)
    yield from of_dateline(then.head.dateline)
    hidden = {fact.fact for fact in then.facts if strictest(story, fact) == "off_record"}
    if then.copy is not None:
        yield Shown("copy", without_words(then.copy, hidden)[0])
    for note in then.notes:
        yield from of_note(note, f"note of revision {note.added.revision}")
    for corrective in then.correctives:
        if corrective.fact not in hidden:
            yield Shown(f"corrective for fact {corrective.fact}", corrective.text)
    for fact in then.facts:
        yield from of_fact(fact, strictest(story, fact))


def _of_language(tag: str) -> str:
    """What whoever chose it may have made up: variants, and what is private (RFC 5646, 2.2)."""
    return "-".join(part for part in tag.split("-") if len(part) > len("Latn") or "-x-" in tag)


def of_dateline(dateline: Dateline | None) -> Iterator[Shown]:
    if dateline is not None and dateline.place is not None:
        yield Shown("dateline", dateline.place)


def of_note(note: Note, place: str) -> Iterator[Shown]:
    if note.is_publishable:
        yield Shown(place, note.text)
        yield Shown(f"{place}, role", note.role)


def of_fact(fact: Fact, terms: Terms) -> Iterator[Shown]:
    """Of one that was retracted readers keep what they have read of it."""
    if terms == "off_record" or fact.standing == "retracted":
        return
    at = f"fact {fact.fact}"
    yield Shown(f"{at}, statement", fact.statement)
    for entity in fact.entities:
        yield Shown(f"{at}, entities", entity)
    if fact.place is not None:
        yield Shown(f"{at}, place", fact.place)
    if fact.occurred is not None and fact.occurred.literal is not None:
        yield Shown(f"{at}, occurred", fact.occurred.literal)
    if fact.figure is not None:
        yield Shown(f"{at}, figure", fact.figure.unit)
    for note in fact.note:
        yield from of_note(note, f"{at}, note")
    for ground in fact.rests_on:
        yield Shown(f"{at}, rests_on", ground.story, is_address=True)
    for response in fact.responses:
        if isinstance(response.by, Ground):
            yield Shown(f"{at}, responses", response.by.story, is_address=True)
    if terms == "on_record":
        yield from _of_sources(fact, at)


def _of_sources(fact: Fact, at: str) -> Iterator[Shown]:
    if fact.unattributed is not None:
        yield Shown(f"{at}, unattributed", fact.unattributed.reason)
    for link in fact.attribution or ():
        yield Shown(f"{at}, cue", link.cue)
        if link.quote is not None:
            yield Shown(f"{at}, quote", link.quote)
    for number, citation in enumerate(fact.citations, start=1):
        yield from _of_citation(citation, f"{at}, citation {number}")


def _of_citation(citation: Citation, at: str) -> Iterator[Shown]:
    for name in ("url", "archived_url"):
        if (address := getattr(citation, name)) is not None:
            yield Shown(f"{at}, {name}", address, is_address=True)
    if citation.title is not None:
        yield Shown(f"{at}, title", citation.title)
    if (excerpt := citation.excerpt) is not None:
        # One text, where it stood: a name may begin in one part of it and end in the next.
        passage = (excerpt.prefix, excerpt.exact, excerpt.suffix)
        yield Shown(f"{at}, excerpt", "\n".join(part for part in passage if part is not None))


def of_sources(sources: Iterable[Source]) -> Iterator[Shown]:
    """What readers read of those who are named: one may be the other under another slug, or speak for them. Editions of
    the past, and one that was held, show the name that it had then."""
    for source in sources:
        at = f"source {source.source}"
        yield Shown(f"{at}, slug", source.source, is_address=True)
        yield Shown(f"{at}, name", source.name)
        for former in source.former_names or ():
            yield Shown(f"{at}, former name", former.name)
        if source.description is not None:
            yield Shown(f"{at}, description", source.description)


def of_changes(told: Sequence[Recorded], edition: int) -> Iterator[Shown]:
    """What readers are told of what happened since the edition that they saw last; told: those events, in order.

    Of a fact that they had not seen yet, of what was taken back before they saw it, and of why a fact changed that has
    changed again, they hear nothing. Nor of what was changed back before they saw it, which is among these.
    """
    new = {recorded.event.fact for recorded in told if isinstance(recorded.event, FactReported)}
    gone: set[int] = set()
    overtaken: set[int] = set()
    for recorded in reversed(told):
        event, revision = recorded.event, recorded.at.revision
        undoes = getattr(event, "undoes", None)
        if revision in gone:
            continue
        if undoes is not None and undoes > edition:
            gone.add(undoes)
        elif isinstance(event, NoteWithdrawn):
            yield Shown(f"reason of revision {revision}", event.reason)
        elif isinstance(event, AgencyCorrected):
            yield Shown(f"correction by the agency, revision {revision}", event.text)
        elif isinstance(event, FactCorrected | FactUpdated | FactClarified | FactRetracted | FactReverted):
            if event.fact in new:
                continue
            if isinstance(event, FactCorrected):
                yield Shown(f"was_wrong of revision {revision}, fact {event.fact}", event.was_wrong)
            elif event.fact not in overtaken:
                yield Shown(f"reason of revision {revision}, fact {event.fact}", event.reason)
            overtaken.add(event.fact)


def of_event(event: StoryEvent, after: Story) -> Iterable[Shown]:
    """What readers would read of one thing that happens, once it is published."""
    match event:
        case HeadlineSet():
            return (Shown("headline", event.headline),)
        case SlugSet():
            return (Shown("address", event.slug, is_address=True),)
        case CopyFiled() | CopyRefiled():
            return (Shown("copy", event.text),)
        case EditorsNoteAdded() | CorrectiveIssued() | AgencyCorrected():
            return (Shown("text", event.text),)
        case NoteAdded():
            return of_note(event.note, "note")
        case FactReported() | FactEvent():
            fact = after.facts[event.fact - 1]
            found = list(of_fact(fact, fact.terms))
            if isinstance(event, FactCorrected):
                found.append(Shown("was_wrong", event.was_wrong))
            elif isinstance(event, _REASONS_TOLD):
                found.append(Shown("reason", event.reason))
            return found
        case DatelineSet():
            return of_dateline(event.dateline)
        case NoteWithdrawn():
            return (Shown("reason", event.reason),)
        case _:
            return ()
