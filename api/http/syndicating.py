"""The endpoints for other machines of the web: the TimeMap of a story, feeds, linked data. All show readers' view."""

import orjson
from fastapi import Request, Response

from api.formats import atom, feeds, linked_data
from api.formats.addresses import site
from api.formats.atom import ATOM, Feed
from api.formats.linked_data import JSON_LD
from api.formats.telling import Telling
from api.http import mementos
from api.http.access import Reader, dear
from api.http.documents import (
    AskedMomentOfReaders,
    AskedOfReaders,
    Cursor,
    bound_to,
    digest_tag,
    document,
    key_of,
)
from api.http.endpoints import StorySlug, router, sent_as
from api.http.mementos import LINK_FORMAT
from ledger import limits
from ledger.refusals import NothingThere
from projections.reading import feeds as told
from projections.reading import reader_replay, replay, timeline

endpoints = router("Reading", is_open=True)

_TIMEMAP = (
    '<https://news.example/v1/stories/kim-visits-russia>; rel="original timegate",\n'
    '<https://news.example/v1/stories/kim-visits-russia/timemap>; rel="self"; type="application/link-format";'
    ' from="Mon, 23 Nov 2026 10:05:00 GMT"; until="Mon, 23 Nov 2026 10:05:00 GMT",\n'
    '<https://news.example/v1/stories/kim-visits-russia?revision=4>; rel="first last memento";'
    ' datetime="Mon, 23 Nov 2026 10:05:00 GMT"\n'
)
_FEED = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:uuid:0d3c8a52-7d3c-5d1e-9f4e-0f8f3f9f7c11</id>\
<title>Corrections</title><updated>2026-11-23T10:05:00.000001Z</updated>\
<link rel="self" type="application/atom+xml" href="https://news.example/v1/corrections/feed" /></feed>
"""
_ARTICLE = {
    "@context": {"@vocab": "https://schema.org/"},
    "@type": "NewsArticle",
    "@id": "https://news.example/v1/stories/kim-visits-russia?revision=4",
    "headline": "Kim Jong-un arrives in Russia",
}


@endpoints.get(
    "/stories/{slug}/timemap",
    response_class=Response,
    responses=sent_as(LINK_FORMAT, _TIMEMAP, 404, 410, 451, description="The TimeMap, or a part of it"),
)
def show_timemap(
    slug: StorySlug, reader: Reader, asked: AskedOfReaders, request: Request, cursor: Cursor = None
) -> Response:
    """Every edition that readers saw, oldest first, as mementos in link format (RFC 7089); where there are more than
    1,000, with links to further parts."""
    (after,) = key_of(cursor, start=(0,))
    with reader.reading() as connection:
        then = reader_replay.moment(connection, slug, asked)
        part = timeline.part(
            connection, then.story.number, after, then.asked_position, limits.MEMENTOS_IN_TIMEMAP
        )
    if part is None:
        raise NothingThere  # behind the last one
    text = mementos.timemap(site(request), slug, part, cursor)
    return document(
        request, text, etag=digest_tag(text), is_bound=False, view="reader", media_type=LINK_FORMAT
    )


@endpoints.get(
    "/corrections/feed",
    response_class=Response,
    responses=sent_as(ATOM, _FEED, description="An Atom feed"),
)
@dear
def follow_corrections(reader: Reader, asked: AskedOfReaders, request: Request) -> Response:
    """The last 50 corrections, correctives, retractions and undoings that readers saw, and stories that were killed or
    taken down, the newest first, as an Atom feed."""
    with reader.reading() as connection:
        position = replay.resolve(connection, asked)
        corrections = told.corrections(connection, position)
        ledger = told.name_of_ledger(connection)
    return _feed(request, feeds.of_corrections(site(request), ledger, corrections))


@endpoints.get(
    "/stories/{slug}/feed",
    response_class=Response,
    responses=sent_as(ATOM, _FEED, 404, 410, 451, description="An Atom feed"),
)
@dear
def follow_story(slug: StorySlug, reader: Reader, asked: AskedOfReaders, request: Request) -> Response:
    """The last 50 editions of the story, the newest first, each with what it changed, as an Atom feed."""
    with reader.reading() as connection:
        then = reader_replay.moment(connection, slug, asked)
        editions = told.editions(connection, then)
        ledger = told.name_of_ledger(connection)
    return _feed(request, feeds.of_story(site(request), ledger, then.story, editions))


def _feed(request: Request, feed: Feed) -> Response:
    text = atom.written(feed)
    return document(request, text, etag=digest_tag(text), is_bound=False, view="reader", media_type=ATOM)


@endpoints.get(
    "/stories/{slug}/json-ld",
    response_class=Response,
    responses=sent_as(JSON_LD, _ARTICLE, 404, 410, 451, description="A schema.org NewsArticle", is_then=True),
)
def describe_story(
    slug: StorySlug, reader: Reader, asked: AskedMomentOfReaders, request: Request
) -> Response:
    """The story, now or as it stood, as JSON-LD in words of schema.org: the article, its claims, where they can be
    checked, and what was corrected."""
    with reader.reading() as connection:
        found = reader_replay.story(connection, slug, asked)
    text = linked_data.written(Telling(site(request), slug, orjson.loads(found.text), is_desk=False))
    return document(
        request,
        text,
        etag=digest_tag(text),
        is_bound=found.is_bound_by(asked),
        headers=bound_to(found.asked_position, f"/v1/stories/{slug}/json-ld", view="reader"),
        view="reader",
        media_type=JSON_LD,
    )
