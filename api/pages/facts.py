"""One fact's life: each of its versions, why it changed, what it rests on and what rests on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Response

from api.doors import FactOf, StorySlug
from api.pages import differences
from api.pages.changes import Told, by_fact, changes_of
from api.pages.differences import Changed
from api.pages.page import Looking, router
from api.pages.stories import Cursor, View

doors = router()

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
    revision: int | None


@doors.get("/stories/{slug}/facts/{fact}")
async def show_fact(
    slug: StorySlug, fact: FactOf, visit: Looking, view: View = None, cursor: Cursor = None
) -> Response:
    path = f"/v1/stories/{slug}/facts/{fact}"
    is_reader = not visit.is_desk or view == "reader"
    now, history, story = await visit.get_all(
        (path, {"view": view}),
        (f"{path}/history", {"view": view, "cursor": cursor, "limit": _ROWS}),
        (f"/v1/stories/{slug}", {"view": view}),
    )
    impact = None if is_reader else await visit.get(f"{path}/impact", {"limit": _ROWS})
    told = by_fact(changes_of(story)).get(fact, [])
    versions = _versions(history["items"], told, story.get("members", {}))
    return await visit.page(
        "fact.html",
        slug=slug,
        view=view,
        story=story,
        fact=now,
        versions=versions[::-1],
        next=history["next"],
        told=told,
        all={fact["fact"]: fact for fact in story["facts"]},
        impact=impact,
        is_reader=is_reader,
    )


def _versions(
    items: Sequence[Mapping[str, Any]], told: Sequence[Told], members: Mapping[str, str]
) -> list[VersionThen]:
    found, before = [], None
    for item in items:
        changed = differences.of_document(_said(before), _said(item)) if before else []
        found.append(_version(item, told, members, changed, is_first=before is None))
        before = item
    return found


def _said(item: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (item or {}).items() if name not in _OF_EVERY_CHANGE}


def _version(
    item: Mapping[str, Any],
    told: Sequence[Told],
    members: Mapping[str, str],
    changed: Sequence[Changed],
    *,
    is_first: bool,
) -> VersionThen:
    if change := item.get("changed"):
        by = members.get(change["actor"])
        was_wrong, reason = change.get("was_wrong"), change.get("reason")
        return VersionThen(
            item, change["kind"], change["recorded_at"], by, was_wrong, reason, changed, change["revision"]
        )
    # Readers are told why of what they saw change; of the rest they see that it did.
    why = next((one for one in told if one.at == item["published_at"]), None)
    kind = why.kind if why else "publication" if is_first else "update"
    return VersionThen(
        item, kind, item["published_at"], None, why and why.said, None, changed, why and why.revision
    )
