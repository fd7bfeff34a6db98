"""The endpoint that takes items of wires and content systems, in their own formats."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.http.access import Onlooker, Visitor, for_wires, receipt
from api.http.bodies import within_limit
from api.http.endpoints import recorded, router
from api.http.statuses import NotTaken, kind_of
from api.intake import media_types
from api.intake.item import Item, Unreadable
from api.intake.taking import Door, Taken
from ledger import limits
from ledger.commands import TakeItem
from ledger.permitted import authorise
from ledger.refusals import ItemSaysTooLittle, NotNow, Refusal
from ledger.words import Slug

endpoints = router("Taking in")

_BODY: Mapping[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            each: {"schema": {"type": "object"} if each.endswith("json") else {"type": "string"}}
            for each in media_types.ALL
        },
    }
}


@endpoints.post(
    "/intake",
    status_code=201,
    responses=recorded(404, 409),
    openapi_extra=dict(_BODY),
)
@for_wires
async def take_items(
    request: Request,
    visitor: Onlooker,
    provider: Annotated[
        Slug | None, Query(description="Whose items they are, where they do not say it; not for a wire")
    ] = None,
) -> Response:
    """Take an item of a wire, a content system or an archive, in its own format (Content-Type says which): its story is
    opened or brought up to date, and published, held or withdrawn as it says. The same version again is answered with
    the receipt that it has. A body that holds several is answered with a list, each taken or refused by itself. For the
    roles editor and standards, and for wire, which brings items of its own provider."""
    authorise(TakeItem, visitor.actor)
    media_type = request.headers.get("content-type", "")
    if not media_types.is_taken(media_type):
        raise NotTaken(
            media_type=media_type[:80] or "a body without a Content-Type",
            taken=", ".join(media_types.ALL),
        )
    body = await within_limit(request, limits.INTAKE_BYTES)
    return await run_in_threadpool(_take, visitor, body, media_type, provider)


def _take(visitor: Visitor, body: bytes, media_type: str, provider: str | None) -> Response:
    from api.intake import recognising  # with lxml behind it: not before somebody sends an item

    with visitor.reading(of_views=False) as connection:
        door = Door(connection, visitor.running.writer.record, visitor.actor, provider)
        found = [_one(door, item) for item in recognising.read(body, media_type)]
    if len(found) == 1:
        return _alone(found[0])
    text = orjson.dumps({"items": [_told(one) for one in found]})
    return Response(text, 201, {"cache-control": "no-store"}, "application/json")


def _one(door: Door, item: Item | Unreadable) -> Taken | Refusal:
    try:
        if isinstance(item, Unreadable):
            raise item
        return door.take(item)
    except Unreadable as trouble:
        return ItemSaysTooLittle(field=trouble.where, why=trouble.why, fix=trouble.fix, item=trouble.item)
    except NotNow:
        raise  # what was taken so far is found again
    except Refusal as refusal:
        return refusal


def _alone(one: Taken | Refusal) -> Response:
    if isinstance(one, Refusal):
        raise one
    answer = receipt(one.recording, f"/v1/stories/{one.story}", with_position=True)
    if one.without_place:
        answer.body = orjson.dumps(
            orjson.loads(bytes(answer.body)) | {"without_place": dict(one.without_place)}
        )
        answer.headers["content-length"] = str(len(answer.body))
    return answer


def _told(one: Taken | Refusal) -> dict[str, Any]:
    if isinstance(one, Refusal):
        named = {name: one.details[name] for name in ("item", "field", "fix") if one.details.get(name)}
        return {"refused": {"kind": kind_of(type(one)), "detail": str(one), **named}}
    text = one.recording.receipt.text(with_position=True)
    left = {"without_place": dict(one.without_place)} if one.without_place else {}
    return {"taken": orjson.loads(text), "replayed": one.recording.replayed, **left}
