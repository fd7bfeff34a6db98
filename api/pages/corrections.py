"""The log of corrections with the figures of the desk; and how anybody asks for one, and learns what came of it."""

from collections.abc import Mapping
from itertools import groupby
from typing import Annotated, Any

from fastapi import Query, Response

from api.http.endpoints import RequestOf
from api.pages.inside import Refused
from api.pages.page import Looking, Typed, Visit, router
from api.pages.stories import Cursor, View
from ledger import limits
from ledger.words import Slug
from projections.reading.replay import Clock

endpoints = router()

_ROWS = 50
_STORIES = 30  # to pick one from; the others are searched for
_FIELDS = ("story", "phrase", "concern", "contact")


@endpoints.get("/corrections")
async def show_corrections(
    visit: Looking,
    view: View = None,
    cursor: Cursor = None,
    clock: Clock | None = None,
    story: Annotated[Slug | None, Query(description="Those of this story")] = None,
) -> Response:
    found, figures = await visit.get_all(
        ("/v1/corrections", {"view": view, "story": story, "cursor": cursor, "limit": _ROWS}),
        ("/v1/corrections/figures", {"view": view, "clock": clock}),
    )
    months = [(month, list(changes)) for month, changes in groupby(found["items"], key=_month)]
    return await visit.page(
        "corrections.html",
        months=months,
        next=found["next"],
        figures=figures,
        view=view,
        headlines=await visit.headlines(found),
        story=story,
        is_first=cursor is None and story is None,
    )


def _month(change: Mapping[str, Any]) -> str:
    return str(change.get("published_at") or change["recorded_at"])[:7]


@endpoints.get("/request")
async def show_request_form(
    visit: Looking,
    story: Annotated[str, Query(max_length=limits.SLUG_LENGTH)] = "",
    phrase: Annotated[str, Query(max_length=limits.TEXT_LENGTH)] = "",
    q: Annotated[str, Query(max_length=limits.NAME_LENGTH)] = "",
    cursor: Cursor = None,
) -> Response:
    """Of a story; or the stories to pick one from, by their headlines."""
    return await _form(visit, {"story": story, "phrase": phrase}, {}, q=q.strip(), cursor=cursor)


@endpoints.post("/request")
async def ask_for_correction(visit: Looking) -> Response:
    typed = await visit.typed()
    body = {name: typed[name] for name in _FIELDS if typed.get(name, "").strip()}
    try:
        receipt = await visit.inside.post("/v1/requests", body, once=visit.once(typed))
    except Refused as refused:
        if refused.status not in (404, 409, 422):
            raise
        return await _form(visit, typed, refused.wrong, refused.status)
    return visit.go(f"/request/{receipt['request']}")


@endpoints.get("/request/{request}")
async def show_receipt(request: RequestOf, visit: Looking) -> Response:
    receipt = await visit.get(f"/v1/requests/{request}/receipt")
    headlines = await visit.headlines(receipt, view="reader")
    return await visit.page("receipt.html", receipt=receipt, headline=headlines.get(receipt["story"]))


async def _form(
    visit: Visit,
    typed: Typed,
    wrong: Mapping[str, str],
    status: int = 200,
    *,
    q: str = "",
    cursor: str | None = None,
) -> Response:
    slug = typed.get("story", "")
    about = next(iter((await visit.headlines({"story": slug}, view="reader")).values()), None)
    told: dict[str, Any] = {"typed": typed, "wrong": wrong, "once": visit.once(typed), "headline": about}
    if about is None:
        asked = {"view": "reader", "q": q or None, "cursor": cursor, "limit": _STORIES}
        told |= {"q": q, "stories": await visit.get("/v1/stories", asked)}
    return await visit.page("request.html", status, **told)
