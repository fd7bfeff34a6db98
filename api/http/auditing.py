"""The audit trail: every event as it is stored, for those who check."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response
from pydantic import AfterValidator, WithJsonSchema

from api.http import shapes
from api.http.access import Reader
from api.http.documents import (
    PAGE,
    AskedOfDesk,
    Limit,
    Since,
    Until,
    digest_tag,
    document,
    instant,
    page,
)
from api.http.endpoints import router, shown
from api.http.statuses import NoSuchEvent
from ledger import limits
from ledger.events import TOPICS
from ledger.store import audit
from ledger.store.store import read_head
from ledger.words import Slug, story_stream
from projections.reading import replay
from projections.views import members

endpoints = router("Auditing")

_EVENT = {
    "position": 1037,
    "recorded_at": "2026-11-23T10:00:00.000001Z",
    "topic": "headline-set.v1",
    "stream_id": "1c5d4ad2-6d4e-5d5e-8f3c-0d2f5b8e6a77",
    "version": 4,
    "actor": "5912628d-b868-4c9a-bf16-299643d15a42",
    "event_id": "0d3c8a52-7d3c-4d1e-9f4e-0f8f3f9f7c11",
    "request_id": "f7f2b0a4-4a6e-4c55-9b43-0f7fbe3d3f10",
    "commitment": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "salt": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
    "body": {"headline": "Kim and Putin meet", "reason": "They have met."},
}

_TOPICS = sorted(TOPICS.classes.keys() | TOPICS.upcasts.keys())


def _known(topic: str) -> str:
    if topic not in _TOPICS:
        raise ValueError(f"should be one of: {', '.join(_TOPICS)}")
    return topic


Topic = Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": _TOPICS})]

_MEMBER = {"member": _EVENT["actor"], "label": "Ana, city desk"}


@endpoints.get(
    "/events",
    responses=shown(
        shapes.EventsListed,
        {"about": {_EVENT["stream_id"]: {"story": "kim-visits-russia"}}, "items": [_EVENT], "next": 1037},
        403,
        description="Events in order",
    ),
)
def list_events(
    reader: Reader,
    request: Request,
    after: Annotated[int, Query(ge=0, le=limits.POSITION, description="Begin behind this position")] = 0,
    story: Annotated[
        Slug | None, Query(description="Those of this story", examples=["kim-visits-russia"])
    ] = None,
    actor: Annotated[
        UUID | None, Query(description="Those by this member, by its id", examples=[_EVENT["actor"]])
    ] = None,
    kind: Annotated[
        Topic | None, Query(description="Those of this topic", examples=["fact-corrected.v1"])
    ] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = PAGE,
) -> Response:
    """Every event of the ledger, in order, as it is stored; or those of a story, a member, a topic and a time, of which
    all that are named must fit. For the roles auditor and admin.

    No more than 20,000 events are looked at in one go. So there may be fewer items than asked for, or none, and a
    `next` behind which there are others.
    """
    reader.only("auditor", "admin")
    filters = audit.Filters(
        stream=story_stream(story) if story is not None else None,
        actor=actor,
        topic=kind,
        since=instant(since, "from"),
        until=instant(until, "to"),
    )
    with reader.reading(of_views=False) as connection:
        found = audit.search(connection, filters, after, limit)
    following = "null" if found.following is None else str(found.following)
    return page(request, [text for _, text in found.items], following, about=f'"about":{found.about},')


@endpoints.get("/events/{position}", responses=shown(shapes.Event, _EVENT, 403, 404, description="The event"))
def show_event(
    position: Annotated[
        int, Path(ge=1, le=limits.POSITION, description="Its place in the ledger", examples=[1037])
    ],
    reader: Reader,
    request: Request,
) -> Response:
    """One event as it is stored. For the roles auditor and admin."""
    reader.only("auditor", "admin")
    with reader.reading(of_views=False) as connection:
        text = audit.one(connection, position)
        if text is None:
            raise NoSuchEvent(position=position, head=read_head(connection)[0])
    # Not immutable: a body may be erased, and must then be gone from caches, too.
    return document(request, text, etag=digest_tag(text), is_bound=False)


@endpoints.get(
    "/members",
    responses=shown(
        shapes.MembersListed,
        {"items": [_MEMBER], "next": _EVENT["actor"]},
        403,
        description="Members by their ids",
    ),
)
def list_members(
    reader: Reader,
    asked: AskedOfDesk,
    request: Request,
    after: Annotated[UUID | None, Query(description="Begin behind this member")] = None,
    limit: Limit = PAGE,
) -> Response:
    """Everybody who has or had a key, with the label that stands in documents. For the roles auditor and admin."""
    reader.only("auditor", "admin")
    with reader.reading() as connection:
        replay.resolve(connection, asked)
        rows = members.page(connection, after, limit + 1)
    following = f'"{rows[limit - 1][0]}"' if len(rows) > limit else "null"
    return page(request, [text for _, text in rows[:limit]], following)
