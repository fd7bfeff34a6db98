"""What happens, told to the pages of a browser: the streams of the API, as whoever has signed in."""

from typing import Annotated, Literal

from anyio import to_thread
from fastapi import Query, Response

from api.pages.page import Looking, router
from api.pages.stories import View
from api.streams import Follower, Streams
from ledger import limits
from projections import news
from projections.replay import Asked

doors = router()


@doors.get("/stream")
async def follow(
    visit: Looking,
    since: Annotated[int, Query(ge=0, le=limits.POSITION)],
    view: View = None,
) -> Response:
    """Of every story, beyond a position; Last-Event-ID takes its place."""
    asked_view: Literal["desk", "reader"] = "desk" if visit.is_desk and view != "reader" else "reader"
    heard = visit.request.headers.get("last-event-id", "")
    position = int(heard) if heard.isascii() and heard.isdigit() and len(heard) <= 16 else since
    asked = Asked(position=min(position, limits.POSITION), view=asked_view)
    streams: Streams = visit.request.app.state.streams

    def begin() -> int:
        with visit.request.app.state.running.reading() as connection:
            return news.begin(connection, asked, None)

    begun = await to_thread.run_sync(begin)
    is_head = visit.request.scope["asked_method"] == "HEAD"
    return streams.follow(Follower(visit.actor, asked_view, None, begun, is_head))
