"""The sources, found by a part of a name; and one: what it was cited for, where, and how often that was corrected."""

from typing import Annotated

from fastapi import Query, Response

from api.http.endpoints import SourceSlug
from api.pages.page import Looking, router
from api.pages.stories import Cursor, View
from ledger import limits

endpoints = router()

_ROWS = 50

Part = Annotated[str | None, Query(max_length=limits.NAME_LENGTH)]


@endpoints.get("/sources")
async def show_sources(visit: Looking, q: Part = None, cursor: Cursor = None) -> Response:
    part = (q or "").strip() or None
    found = await visit.get("/v1/sources", {"q": part, "cursor": cursor, "limit": _ROWS})
    names = await visit.names_of_sources(one["merged_into"] for one in found["items"] if "merged_into" in one)
    return await visit.page("sources.html", q=part, sources=found["items"], next=found["next"], names=names)


@endpoints.get("/sources/{slug}")
async def show_source(slug: SourceSlug, visit: Looking, view: View = None, cursor: Cursor = None) -> Response:
    path = f"/v1/sources/{slug}"
    source, figures, used = await visit.get_all(
        (path, {"view": view}),
        (f"{path}/figures", {"view": view}),
        (f"{path}/facts", {"view": view, "cursor": cursor, "limit": _ROWS}),
    )
    by_story: dict[str, list[object]] = {}
    for fact in used["items"]:
        by_story.setdefault(fact["story"], []).append(fact)
    into = source.get("merged_into")
    return await visit.page(
        "source.html",
        source=source,
        names=await visit.names_of_sources([into] if into else []),
        figures=figures,
        by_story=by_story,
        next=used["next"],
        view=view,
        headlines=await visit.headlines(used),
    )
