"""The endpoints of review: what hangs on a fact, what hangs on something that has changed, and what readers do not see
yet. For the desk alone."""

from typing import Any

import orjson
from fastapi import Request, Response

from api.http import shapes
from api.http.access import Onlooker, Reader
from api.http.documents import (
    LONGEST_PAGE,
    PAGE,
    AskedNow,
    AskedOfDesk,
    Cursor,
    Limit,
    digest_tag,
    document,
    key_of,
    listing,
    of_this_moment,
)
from api.http.endpoints import FactOf, SourceSlug, StorySlug, router, shown, told
from ledger import limits
from ledger.refusals import NoSuchSource
from projections.reading import replay
from projections.views import approvals, grounds, requests, shaken, source_usage, sources, story_now

endpoints = router("Reviewing")

_RESTING: dict[str, Any] = {
    "story": "kim-and-putin-meet",
    "fact": 4,
    "version": 1,
    "statement": "The two leaders met in Russia's Far East",
}
_MERGED = {
    "story": "kim-visits-russia",
    "items": [{"story": "kim-in-russia", "headline": "Kim is in Russia"}],
}
_DISCREDITED = {
    "story": "kim-visits-russia",
    "items": [{"source": "ria-novosti", "name": "RIA Novosti", "facts": [4, 7]}],
}
_HANGING = {"leaning": 40, "stories": 12, "alone": 31, "stories_alone": 9}
_WAITING = {"approvals": 1, "requests": 3, "shaken": 0, "unpublished": 2}
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
_UNPUBLISHED: dict[str, Any] = {
    "story": "kim-visits-russia",
    "headline": "Kim Jong-un arrives in Russia",
    "language": "en",
    "desk": "world",
    "revision": 12,
    "public": 9,
    "published_at": "2026-11-23T10:02:00.000001Z",
    "since": {
        "revision": 11,
        "position": 1050,
        "recorded_at": "2026-11-23T10:05:00.000001Z",
        "actor": "5912628d-b868-4c9a-bf16-299643d15a42",
        "kind": "correction",
        "substantive": True,
        "fact": 4,
        "version": 2,
        "reason": "The entry did not match the copy.",
        "event_id": "0d3c8a52-7d3c-4d1e-9f4e-0f8f3f9f7c11",
        "by": "an editor",
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


@endpoints.get("/sources/{slug}/hanging", responses=shown(shapes.Hanging, _HANGING, 404))
def count_hanging(slug: SourceSlug, reader: Reader, asked: AskedOfDesk, request: Request) -> Response:
    """How much hangs on the source, and on those that are joined to it: what would be shaken if it were discredited,
    and what leans on it besides."""
    with reader.reading() as connection:
        replay.resolve(connection, asked, "sources", "source_usage")
        if sources.one(connection, slug) is None:
            raise NoSuchSource(source=slug)
        text = source_usage.hanging(connection, slug)
    return document(request, text, etag=digest_tag(text), is_bound=False)


@endpoints.get("/stories/{slug}/discredited", responses=shown(shapes.DiscreditedIn, _DISCREDITED, 404))
def list_discredited(slug: StorySlug, reader: Reader, asked: AskedOfDesk, request: Request) -> Response:
    """Sources that are discredited now, or joined to one that is, of those that facts of the story name, each with the
    facts that hang on it."""
    with reader.reading() as connection:
        replay.resolve(connection, asked, "sources")
        found = source_usage.discredited_in(connection, replay.find(connection, slug).number)
    items = [{"source": source, "name": name, "facts": facts} for source, name, facts in found]
    text = orjson.dumps({"story": slug, "items": items}).decode()
    return document(request, text, etag=digest_tag(text), is_bound=False)


@endpoints.get("/stories/{slug}/merges", responses=shown(shapes.MergedWith, _MERGED, 404))
def list_merged(slug: StorySlug, reader: Reader, asked: AskedOfDesk, request: Request) -> Response:
    """The story that this one was joined to and that goes on, if it was; and those that were joined to this one."""
    with reader.reading() as connection:
        replay.resolve(connection, asked)
        into, joined = story_now.merged(connection, replay.find(connection, slug))
    told = {"story": slug} | ({"into": into} if into else {})
    items = [{"story": other, "headline": headline} for other, headline in joined]
    text = orjson.dumps(told | {"items": items}).decode()
    return document(request, text, etag=digest_tag(text), is_bound=False)


@endpoints.get("/waiting", responses=told(shapes.Waiting, _WAITING, description="As it is"))
def count_waiting(onlooker: Onlooker, asked: AskedNow) -> Response:
    """How much waits for the desk: approvals, requests that nobody has answered, facts to look at again, stories
    with changes that readers do not see. Of each as many are counted as a page of a list may hold."""
    with onlooker.reading() as connection:
        replay.resolve(connection, asked, "approvals", "revisions", "requests", "shaken")
        counts = {
            "approvals": approvals.waiting(connection, LONGEST_PAGE),
            "requests": requests.waiting(connection, LONGEST_PAGE),
            "shaken": shaken.waiting(connection, LONGEST_PAGE),
            "unpublished": story_now.waiting(connection, LONGEST_PAGE),
        }
    return of_this_moment(orjson.dumps(counts).decode())


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


@endpoints.get(
    "/unpublished",
    responses=shown(shapes.Listed[shapes.Unpublished], {"items": [_UNPUBLISHED], "next": "MTA1MA"}),
)
def list_unpublished(
    reader: Reader, asked: AskedOfDesk, request: Request, limit: Limit = PAGE, cursor: Cursor = None
) -> Response:
    """Stories that readers see as they were before a change: the newest change first, with who made it, and when. What
    goes out when an embargo ends is not among them."""
    (before,) = key_of(cursor, start=(limits.POSITION,))
    with reader.reading() as connection:
        replay.resolve(connection, asked)
        rows = story_now.behind(connection, before, limit + 1)
    return listing(request, rows, limit)
