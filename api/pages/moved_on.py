"""Somebody was there first: what they changed in a fact, and one's own change of it laid on top of theirs."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from api.http.documents import cursor_of
from api.pages import differences
from api.pages.differences import Changed
from api.pages.forms import Body, Question, taken
from api.pages.page import Visit
from api.pages.tasks import Task
from ledger.fact import FactBody
from projections.views.documents import FactDocument

_SHOWN = 20  # changes of theirs, the first ones
_PATIENCE = 40  # looks, 50 ms apart: the views follow the ledger


@dataclass(frozen=True, slots=True)
class MovedOn:
    """What happened to the fact meanwhile. changes: who did what and why; fields: what is other words now.

    body: one's own on top of it; theirs: of what both changed, what they made of it, by field."""

    fact: Mapping[str, Any]
    changes: Sequence[Mapping[str, Any]]
    by: Mapping[str, str]
    fields: Sequence[Changed]
    body: Body
    theirs: Mapping[str, str]


async def version_of(task: Task, version: int, since: int) -> Mapping[str, Any]:
    """A version of the task's fact that was seen, by the position since which it held; as it is now, where that says
    something else."""
    assert task.fact is not None
    if version == task.fact["version"]:
        return task.fact
    found = await task.visit.get(
        f"/v1{task.place}/history", {"cursor": cursor_of(max(0, since - 1)), "limit": 1}
    )
    first = next(iter(found["items"]), None)
    return first if first and first["version"] == version else task.fact


async def moved_on(
    task: Task, questions: Sequence[Question], seen: Mapping[str, Any], mine: Body, version: int
) -> MovedOn:
    """seen: the version that one began with; version: the one that is there now."""
    now = await _now(task.visit, f"/v1{task.place}", version)
    since = seen["changed"]["position"]
    history = await task.visit.get(f"/v1{task.place}/history", {"cursor": cursor_of(since), "limit": _SHOWN})
    asked = [question for question in questions if question.name in task.fills_in]
    before, after = (taken(asked, document) for document in (seen, now))
    body, theirs = dict(mine), {}
    for name in task.fills_in:
        if after.get(name) == before.get(name):
            continue
        if mine.get(name) == before.get(name):
            body.pop(name, None)
            body |= {name: after[name]} if name in after else {}
        elif mine.get(name) != after.get(name):
            theirs[name] = differences.shown(now.get(name)) or "nothing"
    return MovedOn(
        now,
        [item["changed"] for item in history["items"]],
        now["members"],
        await task.visit.worked_out(partial(differences.of_document, _said(seen), _said(now))),
        body,
        theirs,
    )


async def _now(visit: Visit, path: str, version: int) -> Any:
    fact = await visit.get(path)
    for _ in range(_PATIENCE):
        if fact["version"] >= version:
            break
        await asyncio.sleep(0.05)
        fact = await visit.get(path)
    return fact


_SAID = (*FactBody.model_fields, "standing", "verification", "dispute", "responses")
assert set(_SAID) <= set(FactDocument.model_fields)


def _said(fact: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fact[name] for name in _SAID if name in fact}
