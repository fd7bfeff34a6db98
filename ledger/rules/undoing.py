"""What one revision did is taken back: by an event that says why, never by forgetting.

Only what has not changed since can be taken back: whoever wants more undoes the later revision first.
"""

from typing import assert_never

from ledger.commands import UndoRevision
from ledger.erasure import Erased
from ledger.fact import Note
from ledger.publication import (
    ApprovalAsked,
    ApprovalDeclined,
    ApprovalGiven,
    EmbargoLifted,
    StoryHeld,
    StoryKilled,
    StoryPublished,
    StoryReleased,
    StoryRestored,
    StoryTakenDown,
)
from ledger.refusals import CannotUndo, NoSuchRevision, OvertakenSince
from ledger.rules.circles import below
from ledger.rules.context import Context
from ledger.rules.facts import check_protection
from ledger.rules.stories import check_room_for_a_note, check_room_for_a_slug
from ledger.story import (
    AgencyCorrected,
    CopyFiled,
    CopyRefiled,
    CorrectiveIssued,
    DatelineSet,
    EditorsNoteAdded,
    FactAssessed,
    FactAttributed,
    FactCited,
    FactClarified,
    FactConfirmed,
    FactCorrected,
    FactRefiled,
    FactReported,
    FactRespondedTo,
    FactRetracted,
    FactReverted,
    FactUpdated,
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
    TermsLoosened,
    TermsTightened,
)


def undo(story: Story, command: UndoRevision, revision: int, context: Context) -> StoryEvent:
    if revision > story.revision:
        raise NoSuchRevision(story=story.head.story, revision=revision, revisions=story.revision)
    assert context.past is not None, "who decides an undo has read the past"
    event, before, reason = context.past.event, context.past.before, command.reason
    if isinstance(event, StoryOpened):
        raise CannotUndo(revision=revision, why="it opened the story, and what was opened stays")
    if isinstance(event, Erased):
        raise CannotUndo(revision=revision, why="what it said was erased")
    assert before is not None, "only its opening has no story before it"
    # Every kind of event has its place here: how it is undone, or why it cannot be.
    match event:
        case HeadlineSet():
            check_still_so("The headline", revision, story.headline_set)
            return HeadlineSet.recorded(headline=before.head.headline, reason=reason, undoes=revision)
        case DatelineSet():
            check_still_so("The dateline", revision, story.dateline_set)
            return DatelineSet(dateline=before.head.dateline, reason=reason, undoes=revision)
        case SlugSet():
            check_still_so("The slug", revision, story.slug_set)
            check_room_for_a_slug(story)
            return SlugSet(slug=before.head.story, reason=reason, undoes=revision)
        case StoryMerged():
            check_still_so("That it is the same as another story", revision, story.merged)
            return StoryParted(undoes=revision, reason=reason)
        case StoryParted():
            raise CannotUndo(revision=revision, why="it told two stories apart; join them again")
        case CopyFiled() | CopyRefiled():
            return file_copy_back(story, before, event, revision, reason)
        case NoteAdded() | EditorsNoteAdded():
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
            | FactRefiled()
            | FactRetracted()
            | FactCited()
            | FactAttributed()
            | FactAssessed()
            | FactRespondedTo()
            | FactConfirmed()
            | TermsTightened()
            | TermsLoosened()
            | FactReverted()
        ):
            return revert(story, before, event.fact, revision, reason, context)
        case CorrectiveIssued():
            raise CannotUndo(revision=revision, why="it told others; issue a corrective that tells them more")
        case TakeRecorded() | AgencyCorrected():
            raise CannotUndo(revision=revision, why="somebody else said it, and it stays said")
        case StoryPublished() | EmbargoLifted():
            raise CannotUndo(
                revision=revision,
                why="it let readers see the story; hold or kill it, or undo what it said and publish again",
            )
        case StoryHeld() | StoryReleased():
            raise CannotUndo(revision=revision, why="hold or release the story instead")
        case StoryKilled() | StoryTakenDown() | StoryRestored():
            raise CannotUndo(
                revision=revision, why="two people did it; ask for the opposite, which takes two again"
            )
        case ApprovalAsked() | ApprovalGiven() | ApprovalDeclined():
            raise CannotUndo(revision=revision, why="what takes two people is asked for and answered")
        case _:
            assert_never(event)


def check_still_so(what: str, revision: int, last: int) -> None:
    """Refuses where `last`, the revision that changed it last, is not the one that is to be undone."""
    if last != revision:
        raise OvertakenSince(what=what, revision=revision, later=last)


def file_copy_back(
    story: Story, before: Story, event: CopyFiled | CopyRefiled, revision: int, reason: str
) -> CopyFiled | CopyRefiled:
    assert story.copy is not None, "what was filed is there"
    if before.copy is None:
        raise CannotUndo(
            revision=revision, why="the story had no copy before it; file the copy it should have"
        )
    check_still_so("The copy", revision, story.copy.filed.revision)
    kind = type(event)  # going back is as minor as going on was
    return kind.recorded(text=before.copy.text, spans=before.copy.spans, reason=reason, undoes=revision)


def bring_note_back(
    story: Story, before: Story, event: NoteWithdrawn, revision: int, reason: str
) -> NoteAdded | EditorsNoteAdded:
    check_still_so("The note", revision, story.undone.get(revision, revision))
    check_room_for_a_note(story)
    was = next(note for note in before.notes if note.added.revision == event.note)
    if was.added.kind == "editors_note":
        return EditorsNoteAdded.recorded(text=was.text, reason=reason, undoes=revision)
    note = Note.recorded(role=was.role, text=was.text, is_publishable=was.is_publishable)
    return NoteAdded(note=note, reason=reason, undoes=revision)


def revert(
    story: Story, before: Story, number: int, revision: int, reason: str, context: Context
) -> FactReverted:
    fact, was = story.facts[number - 1], before.facts[number - 1]
    check_still_so(f"Fact {number}", revision, fact.changed.revision)
    check_protection(story, fact, was.terms)
    if was.rests_on != fact.rests_on and (story.first_slug, number) in below(
        was.rests_on, context.streams, story
    ):
        raise CannotUndo(
            revision=revision, why="the fact would again rest on what rests on it by now; change that first"
        )
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
