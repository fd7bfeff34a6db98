"""The endpoints that stay open: what happens, told as it happens, as server-sent events."""

import re
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Header, Query, Response
from pydantic import WithJsonSchema

from api.http import shapes
from api.http.access import Onlooker, Visitor, address_of
from api.http.documents import AskedView, Keyless, instant
from api.http.endpoints import StorySlug, followed, router
from api.http.statuses import BadParameter
from api.http.streams import Follower, Stream, Streams
from ledger import limits
from projections.reading import news
from projections.reading.replay import Asked

endpoints = router("Reading", is_open=True)

_POSITION = r"(0|[1-9][0-9]{0,15})"
_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.,+Zz-]{1,50}"
Since = Annotated[
    str | None,
    Query(
        description="What happened beyond this position, or after this instant (RFC 3339), is told first. Without it"
        " only what happens from now on is told",
        examples=["1037"],
    ),
    WithJsonSchema(
        {"type": "string", "pattern": f"^({_POSITION}|{_INSTANT})$", "maxLength": limits.INSTANT_LENGTH}
    ),
]
LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        description="The id of the last event that you had; browsers send it by themselves. Takes the place of `since`",
        examples=["1037"],
    ),
    WithJsonSchema({"type": "string", "pattern": f"^{_POSITION}$"}),
]

_NEW_REVISION: dict[str, Any] = {
    "story": "kim-visits-russia",
    "revision": 4,
    "position": 1041,
    "recorded_at": "2026-11-23T10:04:00.000001Z",
    "actor": "5912628d-b868-4c9a-bf16-299643d15a42",
    "by": "city desk",
    "kind": "headline",
    "substantive": True,
    "reason": "They have met.",
    "after": {"headline": "Kim and Putin meet"},
    "event_id": "0d3c8a52-7d3c-4d1e-9f4e-0f8f3f9f7c11",
}
_TOLD = followed(
    shapes.NewRevision | shapes.NewEdition | shapes.Withdrawal | shapes.Return,
    _NEW_REVISION,
    description="A stream of server-sent events. The `id` of each is a position, `data` one line of JSON: a NewRevision"
    " for the desk; a NewEdition, a Withdrawal or a Return for readers",
)
_TOLD_OF_STORY = followed(
    shapes.NewRevision | shapes.NewEdition | shapes.Withdrawal | shapes.Return,
    _NEW_REVISION,
    404,
    410,
    451,
    description="The same, of one story; it ends once readers do not see that any more",
)


async def asked_since(
    view: AskedView, keyless: Keyless, since: Since = None, last_event_id: LastEventId = None
) -> Asked:
    """`since` is looked at even where it means nothing: what cannot be read is a mistake anywhere."""
    position = position_of(since)
    try:
        as_of = None if position is not None else instant(since, "since")
    except BadParameter:
        raise BadParameter(
            why="since: give a position, or an RFC 3339 instant with its offset, such as 2023-09-12T14:30:00Z.",
            parameter="since",
        ) from None
    if last_event_id is None:
        return Asked(as_of, position=position, view=view, is_keyless=keyless)
    heard = position_of(last_event_id)
    if heard is None:
        raise BadParameter(
            why="Last-Event-ID: give the id of the last event that you had, as it is.", header="Last-Event-ID"
        )
    return Asked(position=heard, view=view, is_keyless=keyless)


def position_of(text: str | None) -> int | None:
    """None where the text is none."""
    if text is None or re.fullmatch(_POSITION, text, re.ASCII) is None:
        return None
    return min(int(text), limits.POSITION)  # no ledger has that many


AskedSince = Annotated[Asked, Depends(asked_since)]


@endpoints.get("/events/stream", status_code=200, response_class=Stream, responses=_TOLD)
async def follow_ledger(visitor: Onlooker, asked: AskedSince) -> Response:
    """What happens to any story, as it happens: for the desk every revision; for readers every edition that they see,
    and what is withdrawn from them. An event that was told is never told again under the same id, and none is left out:
    come back with the last id."""
    return await follow(visitor, asked)


@endpoints.get("/stories/{slug}/stream", status_code=200, response_class=Stream, responses=_TOLD_OF_STORY)
async def follow_news_of_story(slug: StorySlug, visitor: Onlooker, asked: AskedSince) -> Response:
    """What happens to one story, as it happens."""
    return await follow(visitor, asked, slug)


async def follow(visitor: Visitor, asked: Asked, slug: str | None = None) -> Response:
    """The stream of what happens from then on: of one story, or of every one."""

    def begin() -> tuple[int, str | None]:
        with visitor.reading() as connection:
            return news.begin(connection, asked, slug)

    is_head = visitor.request.scope["asked_method"] == "HEAD"
    streams: Streams = visitor.request.app.state.streams
    position, story = await to_thread.run_sync(begin)
    address = address_of(visitor.request)
    return streams.follow(Follower(visitor.actor, asked.view, story, position, address, is_head))
