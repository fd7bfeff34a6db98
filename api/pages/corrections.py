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

endpoints = router()

_ROWS = 50
_FIELDS = ("story", "phrase", "concern", "contact")


@endpoints.get("/corrections")
async def show_corrections(visit: Looking, view: View = None, cursor: Cursor = None) -> Response:
    found, figures = await visit.get_all(
        ("/v1/corrections", {"view": view, "cursor": cursor, "limit": _ROWS}),
        ("/v1/corrections/figures", {"view": view}),
    )
    months = [(month, list(changes)) for month, changes in groupby(found["items"], key=_month)]
    return await visit.page(
        "corrections.html",
        months=months,
        next=found["next"],
        figures=figures,
        view=view,
        is_first=cursor is None,
    )


def _month(change: Mapping[str, Any]) -> str:
    return str(change.get("published_at") or change["recorded_at"])[:7]


@endpoints.get("/request")
async def show_request_form(
    visit: Looking,
    story: Annotated[str, Query(max_length=limits.SLUG_LENGTH)] = "",
    phrase: Annotated[str, Query(max_length=limits.TEXT_LENGTH)] = "",
) -> Response:
    return await _form(visit, {"story": story, "phrase": phrase}, {})


@endpoints.post("/request")
async def ask_for_correction(visit: Looking) -> Response:
    typed = await visit.typed()
    body = {name: typed[name] for name in _FIELDS if typed.get(name, "").strip()}
    try:
        receipt = await visit.inside.post("/v1/requests", body, once=visit.once(typed))
    except Refused as refused:
        if refused.status not in (404, 422):
            raise
        return await _form(visit, typed, refused.wrong, refused.status)
    return visit.go(f"/request/{receipt['request']}")


@endpoints.get("/request/{request}")
async def show_receipt(request: RequestOf, visit: Looking) -> Response:
    receipt = await visit.get(f"/v1/requests/{request}/receipt")
    return await visit.page("receipt.html", receipt=receipt)


async def _form(visit: Visit, typed: Typed, wrong: Mapping[str, str], status: int = 200) -> Response:
    told = {"stories": (await visit.get("/v1/stories", {"view": "reader", "limit": 50}))["items"]}
    return await visit.page("request.html", status, typed=typed, wrong=wrong, once=visit.once(typed), **told)
