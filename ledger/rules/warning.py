"""What whoever files must hear at once of what is recorded all the same, in `warnings` of the receipt."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from ledger import limits
from ledger.commands import (
    AnyCommand,
    ChangeFact,
    FileCopy,
    RefileCopy,
    SetHeadline,
    UndoRevision,
)
from ledger.publication import StoryPublished
from ledger.rules import days_moved, fitting, still_told, wording
from ledger.rules.context import Context
from ledger.story import CopyFiled, CopyRefiled, DatelineSet, FactEvent, FactReported, HeadlineSet, Story

Told = Mapping[str, Any]
_OF_COPY: Final = (FileCopy, RefileCopy)
_OF_WORDS: Final = (*_OF_COPY, SetHeadline, ChangeFact, UndoRevision)


def of_act(
    command: AnyCommand,
    events: Sequence[Any],
    before: Story | None,
    after: Story,
    context: Context,
    *,
    is_part: bool,
) -> Iterator[Told]:
    """is_part: of a change, of whose whole the rest is said at its end."""
    for event in events:
        if isinstance(event, FactReported | FactEvent):
            yield from fitting.found(after.facts[event.fact - 1], after.head.language)
        if isinstance(event, StoryPublished) and before is not None:
            then = _as_of(before, event.revision, context)
            yield from _pointing(wording.at_publishing(then, before) if then else (), command)
        if isinstance(event, DatelineSet) and before is not None:
            yield from _pointing(days_moved.found(before, after), command)
        if is_part:
            continue
        if isinstance(event, CopyFiled | CopyRefiled):
            yield from wording.telling(after) if isinstance(command, _OF_COPY) else ()
            yield from _pointing(still_told.found(after, fields=("text",)), command)
        if isinstance(event, HeadlineSet):
            yield from _pointing(still_told.found(after, fields=("headline",)), command)
        if isinstance(event, FactEvent):
            yield from _pointing(still_told.found(after, facts=(event.fact,)), command)


def _as_of(story: Story, revision: int, context: Context) -> Story | None:
    if revision >= story.content:
        return story
    return context.past.before if context.past else None


def of_change(commands: Sequence[AnyCommand], told: Sequence[dict[str, Any]], story: Story) -> None:
    """Of what the change leaves, by the facts that it leaves: either may be mended after the other. It is said of the
    last act that it can come of."""
    for kinds, found in ((_OF_COPY, wording.telling(story)), (_OF_WORDS, still_told.found(story))):
        index = max((at for at, one in enumerate(commands) if isinstance(one, kinds)), default=None)
        if index is not None:
            known = told[index].get("warnings", ())
            told[index] |= in_receipt([*known, *_pointing(found, commands[index])])


def in_change(told: Sequence[dict[str, Any]]) -> None:
    """Has them point into the body of the change."""
    for index, about in enumerate(told):
        if "warnings" in about:
            about["warnings"] = [
                {**one, "pointer": f"/acts/{index}/with{one['pointer']}"} for one in about["warnings"]
            ]


def _pointing(found: Iterable[Told], command: AnyCommand) -> Iterator[Told]:
    """To a field of the body, or to all of it where it has not that field."""
    for one in found:
        field = one["pointer"].partition("/")[2].partition("/")[0]
        yield one if field in _fields(command) else {**one, "pointer": ""}


def _fields(command: AnyCommand) -> Collection[str]:
    return getattr(type(command), "model_fields", ())


def in_receipt(found: Iterable[Told]) -> dict[str, Any]:
    told = [*islice(found, limits.WORDS_ON_HIDDEN)]
    return {"warnings": told} if told else {}
