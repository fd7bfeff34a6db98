"""The endpoints of review: what hangs on a fact, and what hangs on something that has changed. For the desk alone."""

from typing import Any

from fastapi import Request, Response

from api.http import shapes
from api.http.access import Reader
from api.http.documents import PAGE, AskedOfDesk, Cursor, Limit, key_of, listing
from api.http.endpoints import FactOf, StorySlug, router, shown
from projections.reading import replay
from projections.views import grounds, shaken

endpoints = router("Reviewing")

_RESTING: dict[str, Any] = {
    "story": "kim-and-putin-meet",
    "fact": 4,
    "version": 1,
    "statement": "The two leaders met in Russia's Far East",
}
_SHAKEN: dict[str, Any] = _RESTING | {
    "since": 1038,
    "because": {
        "kind": "correction",
        "story": "kim-visits-russia",
        "fact": 1,
        "position": 1038,
        "recorded_at": "2026-11-23T10:05:00.000001Z",
        "reason": "The region's own name is used.",
        "distance": 1,
    },
}
_IMPACT: dict[str, Any] = {
    "story": "kim-visits-russia",
    "fact": 1,
    "items": [_RESTING | {"standing": "standing", "distance": 1}],
    "next": "MS4xMDM2LjQ",
}


@endpoints.get("/stories/{slug}/facts/{fact}/impact", responses=shown(shapes.Impact, _IMPACT, 404))
def show_impact(
    slug: StorySlug,
    fact: FactOf,
    reader: Reader,
    asked: AskedOfDesk,
    request: Request,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """What rests on the fact, directly or through others, in any story; the nearest first."""
    distance, number, index = key_of(cursor, start=(0, 0, 0))
    with reader.reading() as connection:
        replay.resolve(connection, asked, "shaken")
        found = replay.fact(connection, slug, fact, asked)
        rows = grounds.page(connection, found.moment.story.number, fact, (distance, number, index), limit + 1)
    return listing(request, rows, limit, about=f'"story":"{slug}","fact":{fact},')


@endpoints.get(
    "/facts/shaken",
    responses=shown(shapes.Listed[shapes.ShakenFact], {"items": [_SHAKEN], "next": "MTAzOC4xMDM2LjQ"}),
)
def list_shaken_facts(
    reader: Reader, asked: AskedOfDesk, request: Request, limit: Limit = PAGE, cursor: Cursor = None
) -> Response:
    """Facts that hang on something that has changed, and nobody has looked yet: the longest shaken first.

    A fact stands here once for each thing that shook it. Confirming, correcting or retracting it ends all of that.
    """
    position, story, fact = key_of(cursor, start=(0, 0, 0))
    with reader.reading() as connection:
        replay.resolve(connection, asked, "shaken")
        rows = shaken.page(connection, (position, story, fact), limit + 1)
    return listing(request, rows, limit)
