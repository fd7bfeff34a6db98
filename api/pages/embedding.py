"""A story in the pages of others: its corrections and how it changed in a frame, how to put that there (oEmbed 1.0),
and a badge that says when it was corrected. Always as readers see it, whoever looks."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from markupsafe import escape

from api.formats.addresses import Site, site
from api.http.access import known_parameters_only
from api.http.documents import digest_tag, document
from api.http.endpoints import StorySlug
from api.http.problems import Problem, on_refusal
from api.pages.inside import Inside, Refused
from api.pages.page import Looking, Page
from api.pages.rendering import day, render
from api.pages.steps import Steps, read_steps
from ledger import limits
from ledger.commands import Actor
from ledger.refusals import NothingThere
from ledger.words import READER

endpoints = APIRouter(route_class=Page, include_in_schema=False)
_known = [Depends(known_parameters_only)]

# In any page, and nothing that is not ours in it.
_FRAMED = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " base-uri 'none';"
    " form-action 'none'; frame-ancestors *",
}
_NO_PAGE = {"content-security-policy": "default-src 'none'", "cross-origin-resource-policy": "cross-origin"}
_CORRECTIONS = 4  # the last ones
_EDITIONS = 5  # likewise
_CUT = {"headline": 200, "said": 240}  # letters
_WIDTH, _HEIGHT = 600, 420
_OURS = re.compile(r"/stories/([a-z0-9-]+)")


def _as_reader(request: Request) -> Inside:
    return Inside(request, Actor(member=READER, role="reader"))


@endpoints.get("/stories/{slug}/embed", dependencies=_known)
async def show_embed(slug: StorySlug, visit: Looking) -> Response:
    """For a frame in somebody else's page: the last corrections, and the last editions."""
    request = visit.request
    try:
        told = await _told(_as_reader(request), slug)
        status = 200
    except Refused as refused:
        if refused.status == 308:
            raise
        told, status = {"story": None, "problem": refused.problem}, refused.status
    text = render("embed.html", slug=slug, there=site(request), most=_CUT, **told)
    if status != 200:
        return Response(text, status, _FRAMED | {"cache-control": "no-store"}, "text/html; charset=utf-8")
    return _kept(request, text, "text/html; charset=utf-8", _FRAMED)


async def _told(ask: Inside, slug: str) -> dict[str, Any]:
    path = f"/v1/stories/{slug}"
    story = await ask.get(path, {"facts_after": limits.FACTS_IN_STORY})
    corrections = await _corrections(ask, slug, _CORRECTIONS + 1)
    steps: Steps = read_steps(await ask.get(f"{path}/steps"))
    return {
        "story": story,
        "corrections": corrections[:_CORRECTIONS],
        "has_more_corrections": len(corrections) > _CORRECTIONS,
        "editions": steps.items[: -_EDITIONS - 1 : -1],
        "editions_before": max(0, steps.last - _EDITIONS),
    }


async def _corrections(ask: Inside, slug: str, limit: int) -> Sequence[Mapping[str, Any]]:
    found = await ask.get("/v1/corrections", {"story": slug, "limit": limit})
    corrections: list[Mapping[str, Any]] = found["items"]
    return corrections


@endpoints.get("/stories/{slug}/badge.svg", dependencies=_known)
async def show_badge(slug: StorySlug, visit: Looking) -> Response:
    """An image that says when the story was last corrected; of one that was withdrawn, that."""
    ask = _as_reader(visit.request)
    try:
        await ask.get(f"/v1/stories/{slug}", {"facts_after": limits.FACTS_IN_STORY})
        corrections = await _corrections(ask, slug, 1)
    except Refused as refused:
        if refused.status in (410, 451):
            gone = _NO_PAGE | {"cache-control": "no-store"}
            return Response(_badge("withdrawn", "#a8200d"), refused.status, gone, "image/svg+xml")
        if refused.status == 308:
            raise
        return _as_problem(refused)
    if corrections:
        image = _badge(f"corrected on {day(corrections[0]['published_at'])}", "#a8200d")
    else:
        image = _badge("no corrections", "#14213d")
    return _kept(visit.request, image, "image/svg+xml", _NO_PAGE)


def _badge(words: str, colour: str) -> str:
    """Its own colours, since nobody knows what it stands on; and no style, which a policy may forbid."""
    width = 7 * len(words) + 18
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="22" role="img" aria-label="{escape(words)}">'
        f'<title>{escape(words)}</title><rect width="{width}" height="22" rx="4" fill="{colour}"/>'
        f'<text x="{width // 2}" y="15" fill="#fff" font-family="system-ui, sans-serif" font-size="12"'
        f' text-anchor="middle" textLength="{width - 18}" lengthAdjust="spacingAndGlyphs">{escape(words)}</text></svg>'
    )


@endpoints.get("/oembed")  # whose consumers send parameters of their own, which mean nothing here
async def describe_embed(
    visit: Looking,
    url: Annotated[str, Query(max_length=limits.URL_LENGTH, description="Of the page of a story")],
    maxwidth: Annotated[int, Query(ge=1)] = _WIDTH,
    maxheight: Annotated[int, Query(ge=1)] = _HEIGHT,
    format_: Annotated[Literal["json", "xml"], Query(alias="format")] = "json",
) -> Response:
    """How the story at an address is put in a page (oEmbed 1.0)."""
    request, here = visit.request, site(visit.request)
    slug = _slug_of(url, here)
    if slug is None:
        return await on_refusal(request, NothingThere())
    if format_ == "xml":
        return Problem(request, 501, "not-implemented", "oEmbed is told in JSON here. Ask with format=json.")
    try:
        story = await _as_reader(request).get(f"/v1/stories/{slug}", {"facts_after": limits.FACTS_IN_STORY})
    except Refused as refused:
        return _as_problem(refused)
    width, height = min(_WIDTH, maxwidth), min(_HEIGHT, maxheight)
    title = escape(f"{story['headline']}: corrections")
    told = {
        "version": "1.0",
        "type": "rich",
        "title": story["headline"],
        "author_name": here.name,
        "provider_name": here.name,
        "provider_url": f"{here.base}/",
        "cache_age": 300,
        "width": width,
        "height": height,
        "html": f'<iframe src="{here.page(story["story"], "/embed")}" title="{title}" width="{width}" height="{height}"'
        ' loading="lazy" style="border:0"></iframe>',
    }
    return _kept(request, orjson.dumps(told).decode(), "application/json", {})


def _slug_of(url: str, here: Site) -> str | None:
    """Of the story whose page is at an address of ours."""
    try:
        parts = urlsplit(url)
        ours = urlsplit(here.base)
    except ValueError:
        return None
    found = _OURS.fullmatch(parts.path)
    is_ours = parts.scheme in ("http", "https") and parts.netloc.lower() == ours.netloc.lower()
    return found[1] if found and is_ours else None


def _kept(request: Request, text: str, media_type: str, headers: Mapping[str, str]) -> Response:
    """By anybody who asks each time whether it still is so: what is withdrawn is gone with the next look."""
    return document(
        request,
        text,
        etag=digest_tag(text),
        is_bound=False,
        headers={**headers, "vary": "Accept-Encoding"},
        view="reader",
        media_type=media_type,
    )


def _as_problem(refused: Refused) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(dict(refused.problem)), refused.status, headers, "application/problem+json")
