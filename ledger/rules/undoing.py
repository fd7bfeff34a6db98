"""What one revision did is taken back: by an event that says why, never by forgetting.

Only what has not changed since can be taken back: whoever wants more undoes the later revision first.
"""

from typing import assert_never

from ledger import limits
from ledger.commands import UndoRevision
from ledger.fact import Note
from ledger.refusals import CannotUndo, NoSuchRevision, OvertakenSince, StoryFull
from ledger.rules.context import Context
from ledger.story import (
    CopyFiled,
    DatelineSet,
    FactAssessed,
    FactAttributed,
    FactCited,
    FactClarified,
    FactCorrected,
    FactReported,
    FactRespondedTo,
    FactRetracted,
    FactReverted,
    FactUpdated,
    HeadlineSet,
    NoteAdded,
    NoteWithdrawn,
    Story,
    StoryEvent,
    StoryOpened,
)


def undo(story: Story, command: UndoRevision, revision: int, context: Context) -> StoryEvent:
    if revision > story.revision:
        raise NoSuchRevision(story=story.head.story, revision=revision, revisions=story.revision)
    assert context.past is not None, "who decides an undo has read the past"
    event, before, reason = context.past.event, context.past.before, command.reason
    if isinstance(event, StoryOpened):
        raise CannotUndo(revision=revision, why="it opened the story, and what was opened stays")
    assert before is not None, "only its opening has no story before it"
    # Every kind of event has its place here: how it is undone, or why it cannot be.
    match event:
        case HeadlineSet():
            check_still_so("The headline", revision, story.headline_set)
            return HeadlineSet(headline=before.head.headline, reason=reason, undoes=revision)
        case DatelineSet():
            check_still_so("The dateline", revision, story.dateline_set)
            return DatelineSet(dateline=before.head.dateline, reason=reason, undoes=revision)
        case CopyFiled():
            return file_copy_back(story, before, revision, reason)
        case NoteAdded():
            check_still_so("The note", revision, story.undone.get(revision, revision))
            return NoteWithdrawn(note=revision, reason=reason)
        case NoteWithdrawn():
            return bring_note_back(story, before, event, revision, reason)
        case FactReported():
            fact = story.facts[event.fact - 1]
            check_still_so(f"Fact {fact.fact}", revision, fact.changed.revision)
            return FactRetracted(fact=fact.fact, version=fact.version + 1, reason=reason, undoes=revision)
        case (
            FactCorrected()
            | FactUpdated()
            | FactClarified()
            | FactRetracted()
            | FactCited()
            | FactAttributed()
            | FactAssessed()
            | FactRespondedTo()
            | FactReverted()
        ):
            return revert(story, before, event.fact, revision, reason)
        case _:
            assert_never(event)


def check_still_so(what: str, revision: int, last: int) -> None:
    """Refuses where `last`, the revision that changed it last, is not the one that is to be undone."""
    if last != revision:
        raise OvertakenSince(what=what, revision=revision, later=last)


def file_copy_back(story: Story, before: Story, revision: int, reason: str) -> CopyFiled:
    assert story.copy is not None, "what was filed is there"
    if before.copy is None:
        raise CannotUndo(
            revision=revision, why="the story had no copy before it; file the copy it should have"
        )
    check_still_so("The copy", revision, story.copy.filed.revision)
    return CopyFiled(text=before.copy.text, spans=before.copy.spans, reason=reason, undoes=revision)


def bring_note_back(
    story: Story, before: Story, event: NoteWithdrawn, revision: int, reason: str
) -> NoteAdded:
    check_still_so("The note", revision, story.undone.get(revision, revision))
    if len(story.notes) >= limits.NOTES_ON_STORY:
        raise StoryFull(limit=limits.NOTES_ON_STORY, what="notes")
    was = next(note for note in before.notes if note.added.revision == event.note)
    note = Note(role=was.role, text=was.text, is_publishable=was.is_publishable)
    return NoteAdded(note=note, reason=reason, undoes=revision)


def revert(story: Story, before: Story, number: int, revision: int, reason: str) -> FactReverted:
    fact, was = story.facts[number - 1], before.facts[number - 1]
    check_still_so(f"Fact {number}", revision, fact.changed.revision)
    return FactReverted(
        fact=number,
        version=fact.version + 1,
        undoes=revision,
        becomes=was.body(),
        standing=was.standing,
        verification=was.verification,
        dispute=was.dispute,
        responses=was.responses,
        reason=reason,
    )
