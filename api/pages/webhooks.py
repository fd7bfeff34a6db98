"""Who is told what happened, on a page, and how that went."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from api.pages.page import Looking, router
from api.pages.stories import Cursor

endpoints = router()

_ROWS = 50


@endpoints.get("/webhooks")
async def show_webhooks(visit: Looking) -> Response:
    visit.only("admin")
    found = await visit.get("/v1/webhooks", None)
    return await visit.page("webhooks.html", webhooks=found["items"])


@endpoints.get("/webhooks/{webhook}")
async def show_deliveries(
    webhook: Annotated[UUID, Path()], visit: Looking, cursor: Cursor = None
) -> Response:
    visit.only("admin")
    every, found = await visit.get_all(
        ("/v1/webhooks", None),
        (f"/v1/webhooks/{webhook}/deliveries", {"limit": _ROWS, "cursor": cursor}),
    )
    (one,) = (each for each in every["items"] if each["webhook"] == str(webhook))
    return await visit.page("webhook.html", webhook=one, found=found, headlines=await visit.headlines(found))
