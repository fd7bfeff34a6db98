"""The doors that show: stories, facts, sources and corrections, now and as they stood."""

from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from api import examples, shapes
from api.access import Reader
from api.documents import (
    PAGE,
    AskedInstant,
    AskedMoment,
    AskedNow,
    Cursor,
    Limit,
    bound_to,
    document,
    key_of,
    listing,
)
from api.doors import FactOf, SourceSlug, StorySlug, router, shown
from ledger import limits
from ledger.refusals import NoSuchFact, NoSuchRevision, NoSuchSource
from ledger.source import Source
from ledger.words import Name
from projections import (
    corrections,
    diff,
    fact_versions,
    grounds,
    replay,
    revisions,
    search,
    shaken,
    source_usage,
    sources,
)
from projections.replay import Asked

doors = router("Reading")

_CHANGE: dict[str, Any] = {
    "kind": "report",
    "revision": 2,
    "position": 1037,
    "recorded_at": "2026-11-23T10:00:00.000001Z",
    "actor": "5912628d-b868-4c9a-bf16-299643d15a42",
}
_FACT: dict[str, Any] = {
    "fact": 1,
    "version": 1,
    **examples.FACT,
    "citations": [],
    "terms": "on_record",
    "rests_on": [],
    "note": [],
    "standing": "standing",
    "verification": "unverified",
    "dispute": "undisputed",
    "responses": [],
    "corrections": 0,
    "changed": _CHANGE,
    "independent_origins": 1,
    "when": {"status": "unresolved", "candidates": [], "basis": "relative, and the story has no dateline"},
}
_HEAD: dict[str, Any] = {
    "story": "kim-visits-russia",
    "headline": "Kim Jong-un arrives in Russia",
    "language": "en",
    "desk": "world",
    "opened": _CHANGE | {"kind": "opening", "revision": 1, "position": 1036},
}
_SOURCE: dict[str, Any] = {
    "source": "ria-novosti",
    "name": "RIA Novosti",
    "kind": "agency",
    "registered_at": "2026-11-23T09:59:00.000001Z",
}
_NAMES: dict[str, Any] = {
    "sources": {"ria-novosti": _SOURCE},
    "members": {"5912628d-b868-4c9a-bf16-299643d15a42": "wire script"},
}
_REVISION: dict[str, Any] = {
    **_CHANGE,
    "substantive": True,
    "fact": 1,
    "version": 1,
    "after": {"statement": examples.FACT["statement"]},
    "event_id": "0d3c8a52-7d3c-4d1e-9f4e-0f8f3f9f7c11",
    "by": "wire script",
}
_STORY = (
    _HEAD
    | _NAMES
    | {"revision": 2, "position": 1037, "recorded_at": _CHANGE["recorded_at"], "notes": [], "facts": [_FACT]}
    | {"independent_origins": 1}
)
_DIFF: dict[str, Any] = {
    "story": "kim-visits-russia",
    "from_revision": 2,
    "to_revision": 3,
    "fields": {"headline": {"before": "Kim Jong-un arrives in Russia", "after": "Kim and Putin meet"}},
    "copy_lines": [],
    "facts": [],
}

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


def _listed(*items: Any) -> dict[str, Any]:
    return {"items": list(items), "next": "MTAzNg"}


@doors.get(
    "/stories",
    responses=shown(
        shapes.Listed[shapes.StorySummary],
        _listed(_HEAD | {"revision": 2, "position": 1037, "facts": 1}),
        is_then=True,
    ),
)
def list_stories(
    reader: Reader,
    asked: AskedInstant,
    request: Request,
    q: Annotated[
        Name | None,
        Query(
            description='Words of one part of a story (headline, copy or fact): several, "a phrase", -without',
            examples=["vladivostok"],
        ),
    ] = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """Stories, newest first; those that held the words of `q`, now or at the moment asked for."""
    (before,) = key_of(cursor, start=(limits.POSITION,))
    with reader.reading() as connection:
        position = replay.resolve(connection, asked)
        rows = search.page(connection, q, position, before, limit + 1)
    headers = bound_to(position, "/v1/stories", q=q, limit=limit, cursor=cursor)
    return listing(request, rows, limit, is_bound=asked.is_bound, headers=headers)


@doors.get("/stories/{slug}", responses=shown(shapes.StoryDocument, _STORY, 404, is_then=True))
def show_story(slug: StorySlug, reader: Reader, asked: AskedMoment, request: Request) -> Response:
    """The story, now or as it stood at an instant, a revision or a position."""
    with reader.reading() as connection:
        story = replay.story(connection, slug, asked)
    etag = f'"r{story.moment.revision}-{story.moment.position}"'
    headers = bound_to(story.moment.asked_position, f"/v1/stories/{slug}")
    return document(request, story.text, etag=etag, is_bound=asked.is_bound, headers=headers)


@doors.get(
    "/stories/{slug}/revisions", responses=shown(shapes.Listed[shapes.Revision], _listed(_REVISION), 404)
)
def list_revisions(
    slug: StorySlug,
    reader: Reader,
    asked: AskedNow,
    request: Request,
    substantive: Annotated[
        bool, Query(description="Leave out what readers of the story would not notice")
    ] = False,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """Everything that happened to the story, oldest first: who, when, what kind, why, and what differs."""
    (after,) = key_of(cursor, start=(0,))
    with reader.reading() as connection:
        replay.resolve(connection, asked)
        story = replay.find(connection, slug)
        rows = revisions.page(connection, story.number, after, limit + 1, substantive=substantive)
    return listing(request, rows, limit)


@doors.get("/stories/{slug}/revisions/{revision}", responses=shown(shapes.Revision, _REVISION, 404))
def show_revision(
    slug: StorySlug,
    revision: Annotated[
        int, Path(ge=1, le=limits.POSITION, description="Its number in the story", examples=[2])
    ],
    reader: Reader,
    asked: AskedNow,
    request: Request,
) -> Response:
    """One revision of the story."""
    with reader.reading() as connection:
        replay.resolve(connection, asked)
        story = replay.find(connection, slug)
        text = revisions.one(connection, story.number, revision)
    if text is None:
        raise NoSuchRevision(story=slug, revision=revision, revisions=story.revision)
    return document(request, text, etag=f'"r{revision}"', is_bound=True)


@doors.get("/stories/{slug}/diff", responses=shown(shapes.Difference, _DIFF, 404, description="What differs"))
def show_difference(
    slug: StorySlug,
    reader: Reader,
    from_: Annotated[
        int, Query(alias="from", ge=1, le=limits.POSITION, description="Revision", examples=[2])
    ],
    to: Annotated[int, Query(ge=1, le=limits.POSITION, description="Revision", examples=[3])],
    asked: AskedNow,
    request: Request,
) -> Response:
    """What changed from one revision of the story to another."""
    with reader.reading() as connection:
        replay.resolve(connection, asked)
        text = diff.between(connection, slug, Asked(revision=from_), Asked(revision=to))
    return document(request, text, etag=f'"d{from_}-{to}"', is_bound=True)


@doors.get(
    "/stories/{slug}/facts/{fact}",
    responses=shown(shapes.OneFact, _FACT | _NAMES | {"story": "kim-visits-russia"}, 404, is_then=True),
)
def show_fact(
    slug: StorySlug, fact: FactOf, reader: Reader, asked: AskedMoment, request: Request
) -> Response:
    """One fact, now or as it stood. Its ETag can be sent as If-Match with a change."""
    with reader.reading() as connection:
        found = replay.fact(connection, slug, fact, asked)
    etag = f'"v{found.version}-{found.since}"'
    headers = bound_to(found.moment.asked_position, f"/v1/stories/{slug}/facts/{fact}")
    return document(request, found.text, etag=etag, is_bound=asked.is_bound, headers=headers)


@doors.get(
    "/stories/{slug}/facts/{fact}/history",
    responses=shown(shapes.Listed[shapes.FactVersion], _listed(_FACT | {"since": 1037}), 404),
)
def show_history(
    slug: StorySlug,
    fact: FactOf,
    reader: Reader,
    asked: AskedNow,
    request: Request,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """Every version of one fact, oldest first, each with who changed it and why (`changed`)."""
    (after,) = key_of(cursor, start=(0,))
    with reader.reading() as connection:
        replay.resolve(connection, asked)
        story = replay.find(connection, slug)
        rows = fact_versions.history(connection, story.number, fact, after, limit + 1)
    if not rows and cursor is None:
        raise NoSuchFact(story=slug, fact=fact, facts=story.facts)
    return listing(request, rows, limit)


@doors.get("/stories/{slug}/facts/{fact}/impact", responses=shown(shapes.Impact, _IMPACT, 404))
def show_impact(
    slug: StorySlug,
    fact: FactOf,
    reader: Reader,
    asked: AskedNow,
    request: Request,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """What rests on the fact, directly or through others, in any story; the nearest first."""
    distance, number, index = key_of(cursor, start=(0, 0, 0))
    with reader.reading() as connection:
        found = replay.fact(connection, slug, fact, asked)
        rows = grounds.page(connection, found.moment.story.number, fact, (distance, number, index), limit + 1)
    return listing(request, rows, limit, about=f'"story":"{slug}","fact":{fact},')


@doors.get("/facts/shaken", responses=shown(shapes.Listed[shapes.ShakenFact], _listed(_SHAKEN)))
def list_shaken_facts(
    reader: Reader, asked: AskedNow, request: Request, limit: Limit = PAGE, cursor: Cursor = None
) -> Response:
    """Facts that hang on something that has changed, and nobody has looked yet: the longest shaken first.

    A fact stands here once for each thing that shook it. Confirming, correcting or retracting it ends all of that.
    """
    position, story, fact = key_of(cursor, start=(0, 0, 0))
    with reader.reading() as connection:
        replay.resolve(connection, asked)
        rows = shaken.page(connection, (position, story, fact), limit + 1)
    return listing(request, rows, limit)


@doors.get("/sources", responses=shown(shapes.Listed[Source], _listed(_SOURCE)))
def list_sources(
    reader: Reader, asked: AskedNow, request: Request, limit: Limit = PAGE, cursor: Cursor = None
) -> Response:
    """Sources, newest first."""
    (before,) = key_of(cursor, start=(limits.POSITION,))
    with reader.reading() as connection:
        replay.resolve(connection, asked)
        rows = sources.page(connection, before, limit + 1)
    return listing(request, rows, limit)


@doors.get("/sources/{slug}", responses=shown(Source, _SOURCE, 404, description="The source"))
def show_source(slug: SourceSlug, reader: Reader, asked: AskedNow, request: Request) -> Response:
    """One source."""
    with reader.reading() as connection:
        replay.resolve(connection, asked)
        found = sources.one(connection, slug)
    if found is None:
        raise NoSuchSource(source=slug)
    revision, text = found
    return document(request, text, etag=f'"{revision}"', is_bound=False)


@doors.get(
    "/sources/{slug}/facts",
    responses=shown(shapes.Listed[shapes.FactOfSource], _listed(_FACT | {"story": "kim-visits-russia"}), 404),
)
def list_facts_of_source(
    slug: SourceSlug,
    reader: Reader,
    asked: AskedNow,
    request: Request,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """The facts, of any story, that lean on the source now."""
    story, fact = key_of(cursor, start=(0, 0))
    with reader.reading() as connection:
        replay.resolve(connection, asked)
        if sources.one(connection, slug) is None:
            raise NoSuchSource(source=slug)
        rows = source_usage.page(connection, slug, (story, fact), limit + 1)
    return listing(request, [((number, index), text) for number, index, text in rows], limit)


@doors.get(
    "/corrections",
    responses=shown(
        shapes.Listed[shapes.Correction],
        _listed(
            _REVISION
            | {"story": "kim-visits-russia", "kind": "correction", "was_wrong": "The day.", "version": 2}
        ),
    ),
)
def list_corrections(
    reader: Reader, asked: AskedNow, request: Request, limit: Limit = PAGE, cursor: Cursor = None
) -> Response:
    """Corrections, newest first, of all stories."""
    (before,) = key_of(cursor, start=(limits.POSITION,))
    with reader.reading() as connection:
        replay.resolve(connection, asked)
        rows = corrections.page(connection, before, limit + 1)
    return listing(request, rows, limit)
