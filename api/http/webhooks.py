"""The endpoints to webhooks: who is told what happened, who is to be, and how that went."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID, uuid4, uuid5

from fastapi import Depends, Path, Request, Response
from pydantic import Field

from api.http import shapes
from api.http.access import Onlooker, Visitor
from api.http.documents import PAGE, Cursor, Limit, key_of, listing_of_this_moment, of_this_moment
from api.http.endpoints import example, made, problems, router, told
from api.http.idempotency import IdempotencyKey, repeat_of
from api.server.webhooks import new_secret, written
from ledger import limits
from ledger.moment import rfc3339
from ledger.refusals import KeyReused, PreconditionFailed
from ledger.store import webhooks
from ledger.store.database import Connection, Row
from ledger.store.webhooks import Attempt, Tells, Webhook
from ledger.words import Closed, Name, Slug, WebAddress
from projections.engine.catch_up import position
from projections.reading import replay

endpoints = router("Operations")

_After = Annotated[int, Field(ge=0, le=limits.POSITION, strict=True)]  # false is no position


class AddWebhook(Closed):
    """An address that is told what happens: to stories of one desk, or to one story, or to all."""

    url: WebAddress
    tells: Annotated[list[Tells], Field(min_length=1, max_length=len(webhooks.ALL_THERE_IS_TO_TELL))]
    story: Slug | None = None
    desk: Name | None = None
    after: Annotated[
        _After | None,
        Field(description="It is told what happened beyond this position; without it, from now on"),
    ] = None


class ReplayWebhook(Closed):
    """Tells once more what happened beyond a position, or without one goes on where it was stopped."""

    after: _After | None = None


_WEBHOOK = {
    "webhook": "3f0d3a8e-5f0e-4a55-9d42-8f6c1d1b2e90",
    "url": "https://example.org/news",
    "tells": ["publication", "correction"],
    "desk": "world",
    "made_at": "2026-11-29T10:00:00.000000Z",
    "reached": 1042,
    "stories_waiting": 1,
}
_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD8PBhzrfvD3I="  # noqa: S105  # an example
_TO_ADD = {"url": "https://example.org/news", "tells": ["publication", "correction"], "desk": "world"}
_DELIVERY = {
    "story": "kim-visits-russia",
    "position": 1041,
    "type": "correction",
    "attempt": 2,
    "at": "2026-11-29T10:02:00.000000Z",
    "seconds": 0.041,
    "status": 503,
    "failure": "answered 503",
}


async def admin(visitor: Onlooker, request: Request) -> Visitor:
    """For what changes a webhook, which has no ETag that If-Match could name."""
    visitor.only("admin")
    if request.headers.getlist("if-match") not in ([], ["*"]):
        raise PreconditionFailed(why="This has no ETag")
    return visitor


Admin = Annotated[Visitor, Depends(admin)]
WebhookOf = Annotated[UUID, Path(description="One of /v1/webhooks", examples=[_WEBHOOK["webhook"]])]


@endpoints.post(
    "/webhooks",
    status_code=201,
    responses=made(
        shapes.WebhookAdded,
        {**_WEBHOOK, "stories_waiting": 0, "secret": _SECRET},
        404,
        409,
        description="Added",
    ),
)
def add_webhook(
    command: Annotated[AddWebhook, example(_TO_ADD)],
    visitor: Admin,
    request: Request,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Tell an address what happens, signed as Standard Webhooks has it. The secret that signs is shown in this answer
    alone, and to the same request sent again with its Idempotency-Key. For the role admin."""
    del idempotency_key  # declared so that it is checked
    repeat = repeat_of(request, b"", may_be_erased=False)
    secret = new_secret()
    with visitor.reading() as connection:
        if command.story is not None:
            replay.follow(connection, command.story)
        added = webhooks.add(
            connection,
            command.url,
            dict.fromkeys(command.tells),
            command.story,
            command.desk,
            secret,
            position(connection) if command.after is None else command.after,
            uuid5(visitor.actor.member, repeat.key) if repeat else uuid4(),
        )
        waiting = webhooks.how_many_wait(connection)
    if (added.url, added.story, added.desk, {*added.tells}) != (
        command.url, command.story, command.desk, {*command.tells},
    ):  # fmt: skip
        raise KeyReused
    told = _webhook(added, waiting.get(added.webhook, 0)).model_dump(exclude_none=True)
    shown = shapes.WebhookAdded(**told, secret=None if added.former_secret else written(added.secret))
    replayed = {} if added.secret == secret else {"idempotent-replayed": "true"}
    return _changed(shown, 201, {"location": f"/v1/webhooks/{added.webhook}"} | replayed)


@endpoints.post(
    "/webhooks/{webhook}/rotations",
    status_code=201,
    responses=made(
        shapes.WebhookSecret, {"webhook": _WEBHOOK["webhook"], "secret": _SECRET}, 404, description="Rotated"
    ),
)
def rotate_webhook(webhook: WebhookOf, visitor: Admin) -> Response:
    """Sign with another secret, which is shown in this answer alone; for a day with the former one, too. For the role
    admin."""
    secret = new_secret()
    with visitor.reading(of_views=False) as connection:
        webhooks.rotate(connection, webhook, secret)
    return _changed(shapes.WebhookSecret(webhook=webhook, secret=written(secret)), 201)


@endpoints.post(
    "/webhooks/{webhook}/replays",
    status_code=201,
    responses=made(shapes.Webhook, _WEBHOOK, 404, description="Begun anew"),
)
def replay_webhook(
    webhook: WebhookOf, command: Annotated[ReplayWebhook, example({"after": 1000})], visitor: Admin
) -> Response:
    """Tell again what happened beyond a position, each under the name that it had; without a position, go on where it
    was stopped. For the role admin."""
    with visitor.reading(of_views=False) as connection:
        if command.after is None:
            webhooks.resume(connection, webhook)
        else:
            webhooks.replay(connection, webhook, command.after)
        return _changed(_told(connection, webhook), 201)


@endpoints.delete(
    "/webhooks/{webhook}", status_code=204, responses=problems(400, 401, 403, 404, 412, 429, 503)
)
def remove_webhook(webhook: WebhookOf, visitor: Admin) -> Response:
    """Tell it nothing more, and forget it. For the role admin."""
    with visitor.reading(of_views=False) as connection:
        webhooks.remove(connection, webhook)
    return Response(status_code=204)


@endpoints.get(
    "/webhooks/{webhook}",
    responses=told(shapes.Webhook, _WEBHOOK, 403, 404, description="As it is at this moment"),
)
def show_webhook(webhook: WebhookOf, onlooker: Onlooker, request: Request) -> Response:
    """Who is told what happened, and how far. For the role admin."""
    onlooker.only("admin")
    with onlooker.reading(of_views=False) as connection:
        return of_this_moment(_told(connection, webhook).model_dump_json(exclude_none=True))


@endpoints.get(
    "/webhooks",
    responses=told(
        shapes.WebhooksListed,
        {"items": [_WEBHOOK]},
        403,
        description="Every webhook",
    ),
)
def list_webhooks(onlooker: Onlooker, request: Request) -> Response:
    """Who is told what happened: at which address, of what, how far, and whether it was stopped. For the role admin."""
    onlooker.only("admin")
    with onlooker.reading(of_views=False) as connection:
        found = webhooks.every(connection)
        waiting = webhooks.how_many_wait(connection)
    listed = shapes.WebhooksListed(items=[_webhook(one, waiting.get(one.webhook, 0)) for one in found])
    return of_this_moment(listed.model_dump_json(exclude_none=True))


@endpoints.get(
    "/webhooks/{webhook}/deliveries",
    responses=told(
        shapes.DeliveriesListed,
        {"items": [_DELIVERY], "next": "NDE"},
        403,
        404,
        description="The newest attempts, the last one first",
    ),
)
def list_deliveries(
    webhook: WebhookOf,
    onlooker: Onlooker,
    request: Request,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """What it was told, or should have been: each attempt, of the last ones that are kept. For the role admin."""
    onlooker.only("admin")
    (before,) = key_of(cursor, start=(limits.POSITION,))
    with onlooker.reading(of_views=False) as connection:
        webhooks.one(connection, webhook)
        found = webhooks.tried(connection, webhook, before, limit + 1)
    rows = [(number, _delivery(attempt).model_dump_json(exclude_none=True)) for number, attempt in found]
    return listing_of_this_moment(rows, limit)


def _changed(shown: shapes.Shape, status: int, headers: dict[str, str] | None = None) -> Response:
    text = shown.model_dump_json(exclude_none=True)
    return Response(text, status, {"cache-control": "no-store", **(headers or {})}, "application/json")


def _told(connection: Connection[Row], webhook: UUID) -> shapes.Webhook:
    return _webhook(webhooks.one(connection, webhook), webhooks.how_many_wait(connection).get(webhook, 0))


def _webhook(webhook: Webhook, waiting: int) -> shapes.Webhook:
    return shapes.Webhook(
        webhook=webhook.webhook,
        url=webhook.url,
        tells=list(webhook.tells),
        story=webhook.story,
        desk=webhook.desk,
        made_at=rfc3339(webhook.made_at),
        reached=webhook.reached,
        stories_waiting=waiting,
        stopped_at=rfc3339(webhook.stopped_at) if webhook.stopped_at else None,
        stopped_why=webhook.stopped_why,
    )


def _delivery(attempt: Attempt) -> shapes.Delivery:
    return shapes.Delivery(**asdict(attempt) | {"at": rfc3339(attempt.at)})
