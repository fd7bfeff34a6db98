"""A source: what it was cited for, in which stories, and how often that was later corrected."""

from fastapi import Response

from api.http.endpoints import SourceSlug
from api.pages.page import Looking, router
from api.pages.stories import Cursor, View

endpoints = router()


@endpoints.get("/sources/{slug}")
async def show_source(slug: SourceSlug, visit: Looking, view: View = None, cursor: Cursor = None) -> Response:
    path = f"/v1/sources/{slug}"
    source, figures, used = await visit.get_all(
        (path, {"view": view}),
        (f"{path}/figures", {"view": view}),
        (f"{path}/facts", {"view": view, "cursor": cursor, "limit": 50}),
    )
    by_story: dict[str, list[object]] = {}
    for fact in used["items"]:
        by_story.setdefault(fact["story"], []).append(fact)
    return await visit.page(
        "source.html", source=source, figures=figures, by_story=by_story, next=used["next"], view=view
    )
