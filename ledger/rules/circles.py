"""Facts hold nothing up that holds them up: what stands below the grounds of a fact, followed through all stories."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from ledger import limits
from ledger.commands import AnyCommand, MergeStory, ReviseFact, SetSlug, UndoRevision
from ledger.erasure import Erased
from ledger.fact import Ground
from ledger.refusals import FactFull
from ledger.rules.context import Past, State
from ledger.story import FactEvent, Story
from ledger.words import story_stream


def grounds_in(command: AnyCommand, past: Past | None) -> tuple[Ground, ...]:
    """On what a fact would rest by the command, where that may be on something new."""
    if isinstance(command, ReviseFact):
        return command.rests_on or ()
    if isinstance(command, UndoRevision) and past is not None:
        event, before = past.event, past.before
        if not isinstance(event, Erased) and isinstance(event, FactEvent) and before is not None:
            return before.facts[event.fact - 1].rests_on if event.fact <= len(before.facts) else ()
    return ()


def reaches_beyond(command: AnyCommand, story: str | None) -> bool:
    """Whether what stands below may be in other stories, which others change meanwhile, or a slug may be another's."""
    if isinstance(command, UndoRevision | SetSlug | MergeStory):
        return True
    grounds = command.rests_on or () if isinstance(command, ReviseFact) else ()
    return any(ground.story != story for ground in grounds)


def stories_below(grounds: Iterable[Ground], streams: Mapping[UUID, State | None]) -> set[UUID]:
    """The streams of all stories below the grounds, as far as the streams that are known lead; none where there are so
    many that the rule says no."""
    try:
        return {story_stream(slug) for slug, _ in below(grounds, streams)}
    except FactFull:
        return set()


def below(
    grounds: Iterable[Ground], streams: Mapping[UUID, State | None], own: Story | None = None
) -> dict[tuple[str, int], int]:
    """Every fact below the grounds, (story by its first slug, number), and they themselves; each with the index of the
    ground above. own: the story that is decided on, as it is by then."""
    found: dict[tuple[str, int], int] = {}
    ahead = [((ground.story, ground.fact), index) for index, ground in enumerate(grounds)][::-1]
    while ahead:
        (slug, fact), index = ahead.pop()
        story = own if own and own.has_had(slug) else streams.get(story_stream(slug))
        place = (story.first_slug if isinstance(story, Story) else slug, fact)
        if place in found:
            continue
        if len(found) == limits.GROUNDS_FOLLOWED:
            raise FactFull(limit=limits.GROUNDS_FOLLOWED, what="facts below the ones it rests on")
        found[place] = index
        if isinstance(story, Story) and fact <= len(story.facts):
            ahead += [((ground.story, ground.fact), index) for ground in story.facts[fact - 1].rests_on]
    return found
