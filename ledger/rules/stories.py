"""What the desk says of a story besides its facts: opening, headline, dateline, copy, notes."""

from typing import Any, Final

from ledger import limits
from ledger.commands import (
    AddEditorsNote,
    AddNote,
    ChangeStory,
    FileCopy,
    IfMatch,
    IssueCorrective,
    MergeStory,
    OpenStory,
    RefileCopy,
    SetDateline,
    SetHeadline,
    SetSlug,
)
from ledger.fact import Note
from ledger.likeness import alike, places
from ledger.permitted import WHEN, not_as_it_stands
from ledger.refusals import (
    NoSuchFact,
    NoSuchRevision,
    NoSuchStory,
    NotCorrected,
    NothingChanges,
    NotMinor,
    PreconditionFailed,
    RevisionNotNamed,
    SlugTaken,
    SpanMismatch,
    StoryFull,
    StoryIsMerged,
    StoryMovedOn,
)
from ledger.rules.context import Context
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
    Outline,
    SlugSet,
    Story,
    StoryMerged,
    StoryOpened,
    outline,
)
from ledger.words import Slug, story_stream

_WITHDRAWN: Final = frozenset({"killed", "taken_down"})


def check_if_match(story: Story | Outline, if_match: IfMatch | None) -> None:
    """Refuses what depends on the story being at another revision."""
    if if_match is not None and not if_match.is_any and if_match.revision != story.revision:
        slug = story.story if isinstance(story, Outline) else story.head.story
        raise PreconditionFailed(
            why=f"Story {slug} is at revision {story.revision}",
            story=slug,
            revision=story.revision,
        )


def open_story(command: OpenStory) -> StoryOpened:
    return StoryOpened(**command.__dict__)


def check_seen(
    story: Story, command: ChangeStory, context: Context, what: str, changed_in: int, **is_now: Any
) -> None:
    """Refuses a change of what was changed after the revision that was looked at: other changes of the story are in
    nobody's way. changed_in: the revision that changed it last, 0 where it is not there; is_now: what it is."""
    expected = context.seen(command.expected_revision, "expected_revision")
    named: dict[str, Any] = {
        "story": story.head.story,
        "revision": story.revision,
        "pointer": "/expected_revision",
    }
    if expected is None:
        raise RevisionNotNamed(field="expected_revision", **named)
    if expected > story.revision:
        raise NoSuchRevision(
            story=story.head.story, revision=expected, revisions=story.revision, pointer="/expected_revision"
        )
    if changed_in > expected:
        raise StoryMovedOn(what=what, changed_in=changed_in, expected_revision=expected, **named, **is_now)


def check_all_seen(story: Story, saw: int) -> None:
    """Refuses to publish what a change makes of a story that says more by now than whoever made the change has seen."""
    if story.said > saw:
        raise StoryMovedOn(
            what="The story",
            changed_in=story.said,
            expected_revision=saw,
            story=story.head.story,
            revision=story.revision,
            pointer="/revision",
        )


def set_headline(story: Story, command: SetHeadline, context: Context) -> HeadlineSet:
    headline = story.head.headline
    check_seen(story, command, context, "The headline", story.headline_set, headline=headline)
    if alike(command.headline, story.head.headline):
        raise NothingChanges(why="the headline reads so already", pointer="/headline")
    return HeadlineSet(headline=command.headline, reason=command.reason)


def set_dateline(story: Story, command: SetDateline, context: Context) -> DatelineSet:
    was = story.head.dateline
    told = was.model_dump(exclude_none=True) if was else None
    check_seen(story, command, context, "The dateline", story.dateline_set, dateline=told)
    dateline = Dateline(place=command.place, date=command.date)
    if alike(dateline, story.head.dateline):
        raise NothingChanges(why="the dateline is this one already", pointer="/date")
    return DatelineSet(dateline=dateline, reason=command.reason)


def set_slug(story: Story, command: SetSlug, context: Context) -> SlugSet:
    """One that the story has had before it may get again; no other ever does."""
    check_seen(story, command, context, "The slug", story.slug_set, slug=story.head.story)
    if command.slug == story.head.story:
        raise NothingChanges(why="the story has this slug already", pointer="/slug")
    check_free(story, command.slug, context)
    check_room_for_a_slug(story)
    return SlugSet(slug=command.slug, reason=command.reason)


def check_free(story: Story, slug: Slug, context: Context) -> None:
    if not story.has_had(slug) and context.streams.get(story_stream(slug)) is not None:
        raise SlugTaken(slug=slug, what="story", pointer="/slug")


def check_room_for_a_slug(story: Story) -> None:
    if len(story.slugs) >= limits.SLUGS_OF_STORY:
        raise StoryFull(limit=limits.SLUGS_OF_STORY, what="slugs")


def merge(story: Story, command: MergeStory, context: Context) -> StoryMerged:
    """Into one that goes on itself, so nobody who follows goes round."""
    other = context.streams.get(story_stream(command.into))
    if not isinstance(other, Story):
        raise NoSuchStory(story=command.into, pointer="/into")
    if other.first_slug == story.first_slug:
        raise NothingChanges(why="a story is the same as itself already", pointer="/into")
    check_goes_on(other, "/into")
    if other.state in _WITHDRAWN:
        when = WHEN[MergeStory]["story"] - _WITHDRAWN
        raise not_as_it_stands("story", command.into, other.state, when, "/into")
    return StoryMerged(into=command.into, reason=command.reason)


def check_goes_on(story: Story | Outline, pointer: str | None = None) -> None:
    head = outline(story) if isinstance(story, Story) else story
    if head.merged_into is not None:
        raise StoryIsMerged(story=head.story, into=head.merged_into, pointer=pointer)


def file_copy(story: Story, command: FileCopy, context: Context) -> CopyFiled:
    check_copy(story, command, context)
    return CopyFiled(text=command.text, spans=command.spans, reason=command.reason)


def refile_copy(story: Story, command: RefileCopy, context: Context) -> CopyRefiled:
    check_copy(story, command, context)
    before = story.copy.spans if story.copy else None
    if before is None or [span.fact for span in before] != [span.fact for span in command.spans]:
        raise NotMinor(pointer="/spans")
    return CopyRefiled(text=command.text, spans=command.spans, reason=command.reason)


def check_copy(story: Story, command: FileCopy, context: Context) -> None:
    filed = story.copy.filed if story.copy else None
    told = (
        filed.model_dump(mode="json", exclude_none=True, exclude={"position", "recorded_at"})
        if filed
        else None
    )
    check_seen(story, command, context, "The copy", filed.revision if filed else 0, changed=told)
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
