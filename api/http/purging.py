"""The endpoint for those who run caches in front of the ledger: what these must forget.

A reader's answer that is bound to a moment may be kept for a year by everybody on the way. From a hold, kill or
takedown on the ledger itself answers with a problem that nobody may keep; but whoever kept an answer does not ask, and
has to be told. Lists (/v1/stories, /v1/sources, /v1/corrections and its feed) are never used again without asking, so
nothing of them is to drop.
"""

from dataclasses import replace
from typing import Annotated, Any

import orjson
from fastapi import Query, Request, Response

from api.formats.catalogue import FORMATS
from api.http import shapes
from api.http.access import Reader
from api.http.documents import PAGE, AskedOfDesk, Limit, page
from api.http.endpoints import router, shown
from ledger import limits
from ledger.moment import rfc3339
from projections.reading import purges, replay
from projections.reading.purges import Purge

# Not open to readers: it names stories that were withdrawn, and when.
endpoints = router("Publishing")

_EVERY_STORY = "/v1/stories"
_EVERY_SOURCE = "/v1/sources"
_BELOW_A_STORY = (
    "", "/timemap", "/feed", "/json-ld", "/revisions", "/steps", "/facts",
    *(f".{form.suffix}" for form in FORMATS), ".atom",
)  # fmt: skip
_BELOW_A_FACT = ("", "/history")
_BELOW_A_SOURCE = ("", "/facts", "/figures")
_PURGE: dict[str, Any] = {
    "position": 1052,
    "at": "2026-11-23T11:02:00.000001Z",
    "story": "kim-visits-russia",
    "kind": "kill",
    "prefixes": ["/v1/stories/kim-visits-russia"],
    "urls": [f"/v1/stories/kim-visits-russia{below}" for below in _BELOW_A_STORY]
    + [
        "/v1/stories/kim-visits-russia?edition=1",
        "/v1/stories/kim-visits-russia?revision=4",
        "/v1/stories/kim-visits-russia/facts/1",
    ],
}


@endpoints.get(
    "/purges",
    responses=shown(
        shapes.PurgesListed, {"items": [_PURGE], "next": 1052}, description="What to drop, in order"
    ),
)
def list_purges(
    reader: Reader,
    asked: AskedOfDesk,
    request: Request,
    after: Annotated[int, Query(ge=0, le=limits.POSITION, description="Begin behind this position")] = 0,
    limit: Limit = PAGE,
) -> Response:
    """What a cache must drop: one item for every hold, kill and takedown of a story that readers had seen, for every
    publication, release and restoration that made them see something else, and for every change that puts a fact on
    stricter terms, with the addresses of the sources that it had named; in order. Ask again with `after`, the last
    position that you have. A story that readers never saw is in none."""
    with reader.reading() as connection:
        # As far as a reader's answer is: whatever was withdrawn is listed once that is acknowledged.
        replay.resolve(connection, replace(asked, view="reader"))
        found = purges.page(connection, after, limit + 1)
    following = str(found[limit - 1].position) if len(found) > limit else "null"
    return page(request, [written(purge) for purge in found[:limit]], following)


def written(purge: Purge) -> str:
    """JSON text of an item. A prefix may reach a story whose slug begins with this one's: dropped, that is asked for
    again."""
    own = [f"{_EVERY_STORY}/{slug}" for slug in purge.slugs]
    sources = [f"{_EVERY_SOURCE}/{slug}" for slug in purge.sources]
    stories = [*own, *(f"{_EVERY_STORY}/{slug}" for slug in purge.named_by)]
    facts = dict.fromkeys(([purge.protected] if purge.protected else []) + [*purge.facts])
    urls = [
        *(f"{story}{below}" for story in own for below in _BELOW_A_STORY),
        *(f"{source}{below}" for source in sources for below in _BELOW_A_SOURCE),
        *(f"{story}?edition={edition}" for story in own for edition, _ in purge.editions),
        *(f"{story}?revision={revision}" for story in own for _, revision in purge.editions),
        *(f"{story}/facts/{fact}{below}" for story in own for fact in facts for below in _BELOW_A_FACT),
    ]
    return orjson.dumps(
        {
            "position": purge.position,
            "at": rfc3339(purge.at),
            "story": purge.slugs[0],
            "kind": purge.kind,
            "prefixes": _prefixes(stories, _EVERY_STORY) + _prefixes(sources, _EVERY_SOURCE),
            "urls": urls[: limits.PURGE_ADDRESSES],
        }
    ).decode()


def _prefixes(addresses: list[str], every: str) -> list[str]:
    return addresses if len(addresses) <= limits.PURGE_PREFIXES else [every]
