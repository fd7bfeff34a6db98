"""What readers may see: published, held, released."""

from collections.abc import Sequence
from typing import Any, assert_never

from ledger.commands import (
    CommandOnPublication,
    DeclineApproval,
    GiveApproval,
    HoldStory,
    KillStory,
    LiftEmbargo,
    PublishStory,
    ReleaseStory,
    RestoreStory,
    TakeDownStory,
)
from ledger.publication import (
    EmbargoLifted,
    Publication,
    PublicationEvent,
    StoryHeld,
    StoryPublished,
    StoryReleased,
)
from ledger.refusals import (
    BadEmbargo,
    NoSuchRevision,
    NothingChanges,
    OlderThanPublic,
    RevisionNotNamed,
)
from ledger.rules import approvals, protecting, wording
from ledger.rules.context import Context
from ledger.story import Story, StoryEvent, TermsLoosened, says_more
from ledger.words import parse_instant, recorded_instant


def decide_publication(
    story: Story, command: CommandOnPublication, number: int | None, context: Context
) -> Sequence[PublicationEvent | TermsLoosened]:
    match command:
        case PublishStory():
            return [publish(story, command, context)]
        case LiftEmbargo():
            return [lift_embargo(story, context)]
        case HoldStory():
            return [StoryHeld(reason=command.reason)]
        case ReleaseStory():
            return release(story, command, context)
        case KillStory() | TakeDownStory() | RestoreStory():
            return [approvals.ask(story, approvals.act_of(command, story, context))]
        case GiveApproval() | DeclineApproval():
            assert number is not None
            return approvals.answer(story, number, command, context)
        case _:
            assert_never(command)


def publish(story: Story, command: PublishStory, context: Context) -> StoryPublished:
    asked = context.seen(command.revision, "revision")
    if asked is None:
        raise RevisionNotNamed(
            field="revision", story=story.head.story, revision=story.revision, pointer="/revision"
        )
    revision = revision_to_publish(story, asked)
    until = command.embargo_until
    if until is not None and parse_instant(until) <= context.now:
        raise BadEmbargo(until=until, pointer="/embargo_until")
    if revision == story.publication.revision and story.publication.embargo is None:
        raise NothingChanges(
            why=f"readers see revision {revision} already, and nothing that came since is for them",
            pointer="/revision",
        )
    protecting.check(story, revision, command.despite, context)
    return StoryPublished(
        revision=revision,
        embargo_until=until,
        reason=command.reason,
        despite=command.despite,
        words_stand=wording.check(story, revision, command.words_stand, context),
    )


def revision_to_publish(story: Story, asked: int) -> int:
    """What readers will see, as of its last change of content."""
    if asked > story.revision:
        raise NoSuchRevision(
            story=story.head.story, revision=asked, revisions=story.revision, pointer="/revision"
        )
    revision = story.content_at(asked)
    public = story.publication.revision
    if public is not None and revision < public:
        raise OlderThanPublic(revision=revision, public=public, pointer="/revision")
    return revision


def lift_embargo(story: Story, context: Context) -> EmbargoLifted:
    embargo = story.publication.embargo
    if embargo is None or context.now < recorded_instant(embargo.until):
        raise NothingChanges(why="no embargo of this story has ended")
    if story.publication.gate == "open":
        protecting.check(story, embargo.revision, None, context)
    return EmbargoLifted(revision=embargo.revision)


def release(story: Story, command: ReleaseStory, context: Context) -> list[PublicationEvent]:
    released = StoryReleased(reason=command.reason, despite=command.despite)
    public = story.publication.revision
    is_named = command.revision is not None or context.revision_seen is not None
    if not is_named and public is not None and public not in story.editions:
        # An embargo ended while it was held: nobody has seen that, so whoever releases it has to have looked.
        raise RevisionNotNamed(
            field="revision", story=story.head.story, revision=story.revision, pointer="/revision"
        )
    revision = public if command.revision is None else revision_to_publish(story, command.revision)
    if revision is not None:
        protecting.check(story, revision, command.despite, context)
    if revision == public:
        return [released]
    assert revision is not None, "where none is named, it is the one that was public"
    # What is to be seen comes first: between the two nobody sees what was withheld.
    published = StoryPublished(
        revision=revision,
        reason=command.reason,
        despite=command.despite,
        words_stand=wording.check(story, revision, command.words_stand, context),
    )
    return [published, released]


def left_out(story: Story, events: Sequence[Any]) -> dict[str, Any]:
    """What whoever recorded the events must hear at once; story: as it is after them. `not_in`: what waits to go out is
    as of an earlier revision, and does not have this. `later`: the story goes on beyond what was just published."""
    embargo, public = story.publication.embargo, story.publication.revision
    if any(isinstance(event, StoryPublished | StoryReleased) for event in events):
        shown = embargo.revision if embargo else public
        return {"later": story.content} if shown is not None and shown < story.content else {}
    if not any(isinstance(event, StoryEvent) and says_more(event) for event in events):
        return {}
    return left_out_of(story.publication)


def left_out_of(publication: Publication) -> dict[str, Any]:
    """The same, of whatever changes what a story says."""
    embargo, public = publication.embargo, publication.revision
    if embargo is not None:
        return {"not_in": {"revision": embargo.revision, "embargo_until": embargo.until}}
    if publication.gate == "held" and public is not None:
        return {"not_in": {"revision": public}}
    return {}
