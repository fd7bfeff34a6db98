"""One fact's life: each of its versions, why it changed, what it rests on and what rests on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Response

from api.http.endpoints import FactOf, StorySlug
from api.pages import differences
from api.pages.changes import Told, by_fact, changes_of
from api.pages.differences import Changed
from api.pages.page import Looking, router
from api.pages.stories import Cursor, View

endpoints = router()

_ROWS = 50
_OF_EVERY_CHANGE = (
    "version",
    "changed",
    "since",
    "published_at",
    "corrections",
    "corrected",
    "sources",
    "members",
)


@dataclass(frozen=True, slots=True)
class VersionThen:
    """A version of the fact: since when, who made it and why, and what differs from the one before."""

    fact: Mapping[str, Any]
    kind: str
    at: str
    by: str | None
    said: str | None
    reason: str | None
    changed: Sequence[Changed]
    asked: Mapping[str, int]  # how an address names the moment from which it held


@endpoints.get("/stories/{slug}/facts/{fact}")
async def show_fact(
    slug: StorySlug,
    fact: FactOf,
    visit: Looking,
    view: View = None,
    cursor: Cursor = None,
) -> Response:
    path = f"/v1/stories/{slug}/facts/{fact}"
    is_reader = visit.looks_as_reader(view)
    now = await visit.get(path, {"view": view})
    history, steps = await visit.get_all(
        (f"{path}/history", {"view": view, "cursor": cursor, "limit": _ROWS}),
        (f"/v1/stories/{slug}/steps", {"view": view}),
    )
    # As it was last, also where it is the same as another story: a fact of that one is another fact.
    last = {"edition": steps["items"][-1]["edition"]} if is_reader else {}
    story = await visit.get(f"/v1/stories/{slug}", {"view": view, **last})
    impact = None if is_reader else await visit.get(f"{path}/impact", {"limit": _ROWS})
    told = by_fact(changes_of(story)).get(fact, [])
    life = _Life(
        told, story.get("members", {}), story["sources"], {step["position"]: step for step in steps["items"]}
    )
    return await visit.page(
        "fact.html",
        slug=slug,
        view=view,
        story=story,
        fact=now,
        work=lambda: {"versions": life.of(history["items"])[::-1]},
        next=history["next"],
        all={fact["fact"]: fact for fact in story["facts"]},
        impact=impact,
        headlines=await visit.headlines(now, impact),
        discredited=await visit.discredited_in(slug, is_reader=is_reader),
        is_reader=is_reader,
    )


@dataclass(frozen=True, slots=True)
class _Life:
    """told: what readers were told of the fact; steps: the moments of its story, by position."""

    told: Sequence[Told]
    members: Mapping[str, str]
    sources: Mapping[str, Any]
    steps: Mapping[int, Mapping[str, Any]]

    def of(self, items: Sequence[Mapping[str, Any]]) -> list[VersionThen]:
        befores = [None, *items]
        return [self._version(item, before) for item, before in zip(items, befores, strict=False)]

    def _version(self, item: Mapping[str, Any], before: Mapping[str, Any] | None) -> VersionThen:
        changed = differences.of_document(_said(before), _said(item), self.sources) if before else []
        if change := item.get("changed"):
            if before and before["version"] == item["version"]:
                return self._read_anew(item, changed)
            return VersionThen(
                fact=item,
                kind=change["kind"],
                at=change["recorded_at"],
                by=self.members.get(change["actor"]),
                said=change.get("was_wrong"),
                reason=change.get("reason"),
                changed=changed,
                asked={"revision": change["revision"]},
            )
        # Readers are told why of what they saw change; of the rest they see that it did.
        why = next((one for one in self.told if one.at == item["published_at"]), None)
        kind = why.kind if why else "publication" if before is None else "update"
        step = self.steps.get(item["since"])
        return VersionThen(
            fact=item,
            kind=kind,
            at=item["published_at"],
            by=None,
            said=why.said if why else None,
            reason=None,
            changed=changed,
            asked={"edition": step["edition"]} if step else {},
        )

    def _read_anew(self, item: Mapping[str, Any], changed: Sequence[Changed]) -> VersionThen:
        """Nobody touched the fact: its story was given another dateline, and its date is read against that."""
        step = self.steps.get(item["since"])
        at, by = (step["at"], step["by"]) if step else (item["changed"]["recorded_at"], None)
        asked = {"revision": step["revision"]} if step else {}
        return VersionThen(item, "dateline", at, by, None, None, changed, asked)


def _said(item: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (item or {}).items() if name not in _OF_EVERY_CHANGE}
