"""The endpoints that show a story in the formats of others, at any moment, to readers and to the desk: each has an
address of its own, and is what whoever asks for the story gets who says so (`Accept`)."""

from collections.abc import Callable
from typing import Any

import orjson
from fastapi import Request, Response

from api.formats import feeds
from api.formats.addresses import site
from api.formats.atom import ATOM, written
from api.formats.catalogue import FEED, FORMATS, Format, Named
from api.formats.telling import Telling
from api.http.access import Reader, Visitor, dear
from api.http.documents import AskedMoment, bound_to, digest_tag, document
from api.http.endpoints import StorySlug, router, sent_as
from ledger.words import Slug
from projections.reading import feeds as told
from projections.reading import reader_replay, replay
from projections.reading.replay import Asked, Part

endpoints = router("Reading", is_open=True)


def represented(
    form: Named, slug: Slug, reader: Visitor, asked: Asked, request: Request, vary: str = "Authorization"
) -> Response:
    """The whole story, with all of its facts."""
    if not isinstance(form, Format):
        return _in_atom(slug, reader, asked, request, vary)
    with reader.reading() as connection:
        if asked.view == "reader":
            seen = reader_replay.story(connection, slug, asked)
            text, position, is_bound = seen.text, seen.asked_position, seen.is_bound_by(asked)
        else:
            then = replay.story(connection, slug, asked)
            text, position, is_bound = then.text, then.moment.asked_position, asked.is_bound
    story = Telling(site(request), slug, orjson.loads(text), is_desk=asked.view == "desk")
    sent = form.write(story)
    headers = bound_to(position, f"/v1/stories/{slug}.{form.suffix}", view=asked.view) | {"vary": vary}
    return document(
        request,
        sent,
        etag=digest_tag(sent),
        is_bound=is_bound,
        headers=headers,
        view=asked.view,
        media_type=form.media_type,
    )


def _shows(form: Format) -> Callable[..., Response]:
    def show(slug: StorySlug, reader: Reader, asked: AskedMoment, request: Request) -> Response:
        return represented(form, slug, reader, asked, request)

    show.__name__ = f"show_story_in_{form.suffix.replace('.', '_')}"
    show.__doc__ = f"The story, now or as it stood, as {form.what}; it says itself what it could not carry."
    return show


def _example(form: Format) -> Any:
    """As whoever reads the format has it."""
    return orjson.loads(form.example) if form.media_type.endswith("json") else form.example


for _form in FORMATS:
    endpoints.get(
        f"/stories/{{slug}}.{_form.suffix}",
        response_class=Response,
        responses=sent_as(
            _form.media_type, _example(_form), 404, 410, 451, description=_form.what, is_then=True
        ),
    )(_shows(_form))


@endpoints.get(
    "/stories/{slug}.atom",
    response_class=Response,
    responses=sent_as(ATOM, FEED.example, 404, 410, 451, description="An Atom feed", is_then=True),
)
@dear
def show_story_in_atom(slug: StorySlug, reader: Reader, asked: AskedMoment, request: Request) -> Response:
    """The editions of the story up to a moment, the last 50 of them, each with what it changed, as an Atom feed; for
    the desk its revisions."""
    return _in_atom(slug, reader, asked, request)


def _in_atom(
    slug: Slug, reader: Visitor, asked: Asked, request: Request, vary: str = "Authorization"
) -> Response:
    with reader.reading() as connection:
        ledger = told.name_of_ledger(connection)
        if asked.view == "reader":
            seen = reader_replay.moment(connection, slug, asked)
            text = written(feeds.of_story(site(request), ledger, seen.story, told.editions(connection, seen)))
            position, is_bound = seen.asked_position, reader_replay.Seen(seen, text).is_bound_by(asked)
        else:
            then = replay.story(connection, slug, asked, Part(0, 0))
            events = told.revisions(connection, then.moment)
            text = written(feeds.of_desk(site(request), ledger, slug, orjson.loads(then.text), events))
            position, is_bound = then.moment.asked_position, asked.is_bound
    return document(
        request,
        text,
        etag=digest_tag(text),
        is_bound=is_bound,
        headers=bound_to(position, f"/v1/stories/{slug}.atom", view=asked.view) | {"vary": vary},
        view=asked.view,
        media_type=ATOM,
    )
