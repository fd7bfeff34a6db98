"""What the desk says of a story besides its facts: opening, headline, dateline, copy, notes."""

from ledger import limits
from ledger.commands import AddNote, FileCopy, OpenStory, SetDateline, SetHeadline
from ledger.fact import Note
from ledger.refusals import NoSuchFact, NothingChanges, SpanMismatch, StoryFull
from ledger.story import CopyFiled, Dateline, DatelineSet, HeadlineSet, NoteAdded, Story, StoryOpened


def open_story(command: OpenStory) -> StoryOpened:
    return StoryOpened(**command.__dict__)


def set_headline(story: Story, command: SetHeadline) -> HeadlineSet:
    if command.headline == story.head.headline:
        raise NothingChanges(pointer="/headline")
    return HeadlineSet(headline=command.headline, reason=command.reason)


def set_dateline(story: Story, command: SetDateline) -> DatelineSet:
    dateline = Dateline(place=command.place, date=command.date)
    if dateline == story.head.dateline:
        raise NothingChanges(pointer="/date")
    return DatelineSet(dateline=dateline, reason=command.reason)


def file_copy(story: Story, command: FileCopy) -> CopyFiled:
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
    if story.copy and (command.text, command.spans) == (story.copy.text, story.copy.spans):
        raise NothingChanges(pointer="/text")
    return CopyFiled(text=command.text, spans=command.spans, reason=command.reason)


def add_note(story: Story, command: AddNote) -> NoteAdded:
    if len(story.notes) >= limits.NOTES_ON_STORY:
        raise StoryFull(limit=limits.NOTES_ON_STORY, what="notes")
    return NoteAdded(note=Note(**command.__dict__))
