"""What happened to a story, and what differs between any two of its moments."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Annotated, Any, Literal

from fastapi import Query, Response

from api.http.documents import cursor_of, instant
from api.http.endpoints import StorySlug
from api.pages import differences, marked
from api.pages.inside import Asked
from api.pages.page import Looking, Visit, router
from api.pages.steps import Step, Steps, steps_of
from api.pages.stories import Instant, Revision, View
from ledger import limits

endpoints = router()

_ROWS = 50  # of the history on one page
_EVENTS = 200  # told between two moments


@endpoints.get("/stories/{slug}/history")
async def show_history(
    slug: StorySlug,
    visit: Looking,
    view: View = None,
    all_: Annotated[Literal["yes"] | None, Query(alias="all")] = None,
    page: Annotated[int, Query(ge=1, le=limits.REVISIONS_OF_STORY)] = 1,
) -> Response:
    """The newest first; without `all`, what readers of the story would notice."""
    is_reader = visit.looks_as_reader(view)
    merged = {} if is_reader else await visit.get(f"/v1/stories/{slug}/merges")
    steps, called = await asyncio.gather(
        steps_of(visit, slug, view), visit.headlines({"story": slug}, {"story": merged.get("into")})
    )
    joined = None
    if "into" in merged and steps.joined:
        joined = await visit.get(f"/v1/stories/{slug}/revisions/{steps.joined}")
    wanted = [step for step in steps.items if all_ or step.is_substantive]
    end = len(wanted) - (page - 1) * _ROWS
    part = wanted[max(0, end - _ROWS) : max(0, end)]
    rows = await _rows(visit, slug, view, part, is_all=all_ is not None) if part else []
    return await visit.page(
        "history.html",
        slug=slug,
        view=view,
        steps=steps,
        headline=called.get(slug, slug),
        headlines=called,
        changes=[(acts[-1][0], steps.one_before(acts[0][0]), acts) for acts in reversed(_as_changes(rows))],
        is_all=all_ is not None,
        newer=page - 1 if page > 1 and end < len(wanted) else None,
        older=page + 1 if end > _ROWS else None,
        merged=merged,
        joined=joined,
        is_reader=is_reader,
    )


async def _rows(
    visit: Visit, slug: str, view: str | None, part: Sequence[Step], *, is_all: bool
) -> list[tuple[Step, Mapping[str, Any]]]:
    """Each step of the part with all that is told of it."""
    is_reader = visit.looks_as_reader(view)
    after = part[0].position - 1 if is_reader else part[0].revision - 1
    query = {"view": view, "limit": len(part), "cursor": cursor_of(after) if after else None}
    if not is_reader and not is_all:
        query["substantive"] = "true"
    told = await visit.get(f"/v1/stories/{slug}/revisions", query)
    by_revision = {item["revision"]: item for item in told["items"]}
    return [(step, by_revision.get(step.revision, {})) for step in part]


def _as_changes(
    rows: Sequence[tuple[Step, Mapping[str, Any]]],
) -> list[list[tuple[Step, Mapping[str, Any]]]]:
    """Acts of one change together, each of the others by itself."""
    return [list(acts) for _, acts in groupby(rows, lambda row: row[1].get("change", row[0].revision))]


@endpoints.get("/stories/{slug}/diff")
async def show_difference(
    slug: StorySlug,
    visit: Looking,
    from_: Annotated[int | None, Query(alias="from", ge=1, le=limits.POSITION)] = None,
    to: Revision = None,
    from_edition: Revision = None,
    to_edition: Revision = None,
    since: Instant = None,
    show: Literal["prose", "fields", "events"] = "prose",
    view: View = None,
) -> Response:
    """From one revision or edition to another; without the other one to how it is now; with `since`, from how it stood
    at an instant."""
    path = f"/v1/stories/{slug}"
    steps = await steps_of(visit, slug, view)
    earlier: Asked = {"revision": from_, "edition": from_edition}
    if since is not None:
        earlier = _at(steps, instant(since, "since")).asked
    elif from_ is None and from_edition is None:
        earlier = steps.items[max(0, len(steps.items) - 2)].asked
    later: Asked = {"revision": to, "edition": to_edition}
    if to is None and to_edition is None:
        later = steps.items[-1].asked
    before, after = await visit.get_all((path, {"view": view, **earlier}), (path, {"view": view, **later}))
    first, last = steps.at(before["revision"]), steps.at(after["revision"])
    ends = sorted((before["revision"], after["revision"]))
    between = [step for step in steps.items if ends[0] < step.revision <= ends[1]]
    rows = []
    if show != "prose" and between:
        rows = await _rows(visit, slug, view, between[-_EVENTS:], is_all=True)
    return await visit.page(
        "diff.html",
        slug=slug,
        view=view,
        show=show,
        steps=steps,
        before=before,
        after=after,
        first=first,
        last=last,
        since=since,
        work=partial(_differing, before, after),
        rows=rows,
        changed_by=partial(_changed_by, rows[::-1]),
        left_out=max(0, len(between) - _EVENTS),
        is_reader=visit.looks_as_reader(view),
    )


# Which kinds of events change what a story says besides its facts.
_OF_THE_STORY = {
    "headline": ("headline",),
    "dateline": ("dateline",),
    "notes": ("note", "editors_note", "withdrawal"),
    "correctives": ("corrective",),
}


def _changed_by(
    last_first: Sequence[tuple[Step, Mapping[str, Any]]], fact: int | None, field: str
) -> list[Step]:
    """The last step that made the field what it is, where one is told; a date is read anew with the dateline, too."""
    for step, row in last_first:
        for change in row.get("changes", [row]):
            of_it = change.get("fact") == fact and (
                fact is not None or change.get("kind") in _OF_THE_STORY.get(field, ())
            )
            told = {**change.get("before", {}), **change.get("after", {})}
            if of_it and (not told or fact is None or field in told or field == "when"):
                return [step]
    return []


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "headline": differences.words_between(before["headline"], after["headline"]),
        "copy": marked.paragraphs(after.get("copy"), before),
        "facts": [fact for fact in differences.facts(after, before) if fact.label],
        "fields": differences.fields(after, before),
        "renamed": differences.renamed(after, before),
    }


def _at(steps: Steps, then: datetime | None) -> Step:
    """The step that held at the instant; before the first the first."""
    assert then is not None
    held = [step for step in steps.items if datetime.fromisoformat(step.at) <= then]
    return (held or steps.items)[-1 if held else 0]
