"""What happened to a story, and what differs between any two of its moments."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import Query, Response

from api.http.documents import cursor_of, instant
from api.http.endpoints import StorySlug
from api.pages import differences, marked
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
    steps = await steps_of(visit, slug, view)
    wanted = [step for step in steps.items if all_ or step.is_substantive]
    end = len(wanted) - (page - 1) * _ROWS
    part = wanted[max(0, end - _ROWS) : max(0, end)]
    rows = await _rows(visit, slug, view, part, is_all=all_ is not None) if part else []
    return await visit.page(
        "history.html",
        slug=slug,
        view=view,
        steps=steps,
        rows=[(step, steps.one_before(step), row) for step, row in reversed(rows)],
        is_all=all_ is not None,
        newer=page - 1 if page > 1 and end < len(wanted) else None,
        older=page + 1 if end > _ROWS else None,
        is_reader=visit.looks_as_reader(view),
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


@endpoints.get("/stories/{slug}/diff")
async def show_difference(
    slug: StorySlug,
    visit: Looking,
    from_: Annotated[int | None, Query(alias="from", ge=1, le=limits.POSITION)] = None,
    to: Revision = None,
    since: Instant = None,
    show: Literal["prose", "fields", "events"] = "prose",
    view: View = None,
) -> Response:
    """From one revision to another; without `to` to how it is now; with `since`, from how it stood at an instant."""
    path = f"/v1/stories/{slug}"
    steps = await steps_of(visit, slug, view)
    last = steps.items[-1].revision
    if since is not None:
        from_ = _at(steps, instant(since, "since"))
    if from_ is None:
        from_ = steps.items[max(0, len(steps.items) - 2)].revision
    later = to or last
    before, after = await visit.get_all(
        (path, {"revision": from_, "view": view}), (path, {"revision": later, "view": view})
    )
    between = [step for step in steps.items if min(from_, later) < step.revision <= max(from_, later)]
    rows = []
    if show == "events" and between:
        rows = await _rows(visit, slug, view, between[-_EVENTS:], is_all=True)
    return await visit.page(
        "diff.html",
        slug=slug,
        view=view,
        show=show,
        steps=steps,
        before=before,
        after=after,
        first=steps.at(from_),
        last=steps.at(later),
        since=since,
        work=partial(_differing, before, after),
        rows=rows,
        left_out=max(0, len(between) - _EVENTS),
        is_reader=visit.looks_as_reader(view),
    )


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "headline": differences.words_between(before["headline"], after["headline"]),
        "copy": marked.paragraphs(after.get("copy"), before),
        "facts": [fact for fact in differences.facts(after, before) if fact.label],
        "fields": differences.fields(after, before),
    }


def _at(steps: Steps, then: datetime | None) -> int:
    """The revision that held at the instant; before the first the first."""
    assert then is not None
    held = [step for step in steps.items if datetime.fromisoformat(step.at) <= then]
    return (held or steps.items)[-1 if held else 0].revision
