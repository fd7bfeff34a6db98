"""What the desk says of a story besides its facts: opening, headline, dateline, copy, notes."""

from ledger import limits
from ledger.commands import (
    AddEditorsNote,
    AddNote,
    FileCopy,
    IfMatch,
    IssueCorrective,
    OpenStory,
    RefileCopy,
    SetDateline,
    SetHeadline,
)
from ledger.fact import Note
from ledger.likeness import alike, places
from ledger.refusals import (
    NoSuchFact,
    NotCorrected,
    NothingChanges,
    NotMinor,
    PreconditionFailed,
    SpanMismatch,
    StoryFull,
)
from ledger.story import (
    Copy,
    CopyFiled,
    CopyRefiled,
    CorrectiveIssued,
    Dateline,
    DatelineSet,
    EditorsNoteAdded,
    HeadlineSet,
    NoteAdded,
    Story,
    StoryOpened,
)


def check_if_match(story: Story, if_match: IfMatch | None) -> None:
    """Refuses what depends on the story being at another revision."""
    if if_match is not None and not if_match.is_any and if_match.revision != story.revision:
        raise PreconditionFailed(
            why=f"Story {story.head.story} is at revision {story.revision}",
            story=story.head.story,
            revision=story.revision,
        )


def open_story(command: OpenStory) -> StoryOpened:
    return StoryOpened(**command.__dict__)


def set_headline(story: Story, command: SetHeadline) -> HeadlineSet:
    if alike(command.headline, story.head.headline):
        raise NothingChanges(why="the headline reads so already", pointer="/headline")
    return HeadlineSet(headline=command.headline, reason=command.reason)


def set_dateline(story: Story, command: SetDateline) -> DatelineSet:
    dateline = Dateline(place=command.place, date=command.date)
    if alike(dateline, story.head.dateline):
        raise NothingChanges(why="the dateline is this one already", pointer="/date")
    return DatelineSet(dateline=dateline, reason=command.reason)


def file_copy(story: Story, command: FileCopy) -> CopyFiled:
    check_copy(story, command)
    return CopyFiled(text=command.text, spans=command.spans, reason=command.reason)


def refile_copy(story: Story, command: RefileCopy) -> CopyRefiled:
    check_copy(story, command)
    before = story.copy.spans if story.copy else None
    if before is None or [span.fact for span in before] != [span.fact for span in command.spans]:
        raise NotMinor(pointer="/spans")
    return CopyRefiled(text=command.text, spans=command.spans, reason=command.reason)


def check_copy(story: Story, command: FileCopy) -> None:
    for index, span in enumerate(command.spans):
        if span.fact > len(story.facts):
            raise NoSuchFact(
                story=story.head.story, fact=span.fact, facts=len(story.facts), pointer=f"/spans/{index}/fact"
            )
        found = command.text[span.start : span.end]
        if found != span.exact or span.end > len(command.text):
            raise SpanMismatch(
                start=span.start, end=span.end, found=repr(found[:80]), pointer=f"/spans/{index}/exact"
            )
    if story.copy and is_the_same_copy(command, story.copy):
        raise NothingChanges(
            why="the copy reads so already, and the same facts stand behind the same words", pointer="/text"
        )


def is_the_same_copy(filed: FileCopy, before: Copy) -> bool:
    """Whether it looks the same, and the same facts stand behind what looks the same."""
    if not alike(filed.text, before.text):
        return False
    return stands(filed) == stands(before)


def stands(copy: FileCopy | Copy) -> list[tuple[int, int, int]]:
    """(fact, from, to), counted in what shows."""
    at = places(copy.text, [place for span in copy.spans for place in (span.start, span.end)])
    return [(span.fact, at[span.start], at[span.end]) for span in copy.spans]


def add_note(story: Story, command: AddNote) -> NoteAdded:
    check_room_for_a_note(story)
    return NoteAdded(note=Note(**command.__dict__))


def add_editors_note(story: Story, command: AddEditorsNote) -> EditorsNoteAdded:
    check_room_for_a_note(story)
    return EditorsNoteAdded(**command.__dict__)


def check_room_for_a_note(story: Story) -> None:
    if len(story.notes) >= limits.NOTES_ON_STORY:
        raise StoryFull(limit=limits.NOTES_ON_STORY, what="notes")


def issue_corrective(story: Story, command: IssueCorrective) -> CorrectiveIssued:
    """The fact was corrected, or retracted, after a revision that readers saw with the error."""
    if len(story.correctives) >= limits.CORRECTIVES_OF_STORY:
        raise StoryFull(limit=limits.CORRECTIVES_OF_STORY, what="correctives")
    if command.fact > len(story.facts):
        raise NoSuchFact(story=story.head.story, fact=command.fact, facts=len(story.facts), pointer="/fact")
    if command.ran_in not in story.editions:
        raise NotCorrected(
            why=f"Revision {command.ran_in} was never published; name one that readers saw.",
            pointer="/ran_in",
        )
    fact = story.facts[command.fact - 1]
    correction = fact.changed if fact.standing == "retracted" else fact.corrected
    if correction is None or correction.revision <= command.ran_in:
        raise NotCorrected(
            why=f"Fact {command.fact} was not corrected or retracted after revision {command.ran_in};"
            " do that first.",
            pointer="/fact",
        )
    return CorrectiveIssued(version=fact.version, **command.__dict__)
