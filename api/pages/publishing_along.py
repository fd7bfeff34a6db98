"""Publishing what a form files, in the same change."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from api.pages.forms import Wrong
from api.pages.inside import Refused
from api.pages.offers import may_publish_again
from api.pages.steps import steps_of
from api.pages.tasks import Task

_FORMS = ("set-headline", "set-dateline", "set-slug", "add-editors-note", "file-copy", "refile-copy")


def is_offered(task: Task) -> bool:
    """Whether the form can publish what it files: readers read the story already, and this once it is published."""
    return (
        task.act.word in _FORMS
        and task.story is not None
        and may_publish_again(task.visit.actor.role, task.story)
    )


async def published_with_it(task: Task) -> Mapping[str, Any] | None:
    """Where the form can publish: the revision that readers see, and whether more was filed since."""
    if not is_offered(task):
        return None
    assert task.story is not None
    shown = task.story["publication"]["revision"]
    steps = await steps_of(task.visit, task.story["story"], None)
    return {"shown": shown, "is_more": steps.changed_since(shown)}


async def file_and_publish(task: Task, body: Mapping[str, Any], revision: int, once: str) -> Any:
    """As one change, which publishes nothing that came after the revision that was looked at."""
    assert task.story is not None
    said = {name: value for name, value in body.items() if name != "reason"}
    acts = [{"do": task.act.word, "with": said}, {"do": "publish", "with": {"revision": "@last"}}]
    change = {"expected_revision": revision, "reason": body.get("reason", ""), "acts": acts}
    return await task.visit.inside.post(f"/v1/stories/{task.story['story']}/acts", change, once=once)


_OF_CHANGE = re.compile(r"^/acts/0/with(?=/)|^/acts/[01](/.*)?$|^/expected_revision$")
# They stand below it in full.
_CONTRADICT = (
    "Words of the copy say something else than the facts they stand on. Mend these words, or the facts; or, if they "
    "are right all the same, "
)
_TICK = "tick their facts under “Facts whose words are right all the same”."
_TICK_THERE = "file this alone, and tick their facts where you publish it."


def wrong_with(refused: Refused, *, may_tick: bool) -> Wrong:
    """What is wrong with the act that the form is of, at its fields. may_tick: it asks which words are right."""
    if contradictions_in(refused):
        return {"/words_stand": _CONTRADICT + _TICK} if may_tick else {"": _CONTRADICT + _TICK_THERE}
    return {_OF_CHANGE.sub("", pointer): said for pointer, said in refused.wrong.items()}


def contradictions_in(refused: Refused) -> Sequence[Mapping[str, Any]]:
    """Words that would say something else than their facts."""
    found: Sequence[Mapping[str, Any]] = refused.problem.get("contradictions", ())
    return found
