"""What happens, told to the pages of a browser: the streams of the API, as whoever has signed in."""

from typing import Annotated

from fastapi import Query, Response

from api.http import following
from api.http.access import Onlooker
from api.pages.page import Looking, router
from api.pages.stories import View
from ledger import limits
from projections.reading.replay import Asked

endpoints = router()


@endpoints.get("/stream")
async def follow(
    visit: Looking,
    visitor: Onlooker,
    since: Annotated[int, Query(ge=0, le=limits.POSITION)],
    view: View = None,
) -> Response:
    """Of every story, beyond a position; Last-Event-ID takes its place."""
    heard = following.position_of(visit.request.headers.get("last-event-id"))
    asked = Asked(
        position=since if heard is None else heard,
        view="reader" if visit.looks_as_reader(view) else "desk",
        is_keyless=visitor.is_reader,
    )
    return await following.follow(visitor, asked)
