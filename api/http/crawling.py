"""What crawlers and researchers of security look for at the root of a site: robots.txt (RFC 9309), sitemaps, and
security.txt (RFC 9116)."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.exceptions import HTTPException

from api.formats import sitemaps
from api.formats.addresses import site
from api.formats.sitemaps import SITEMAP
from api.http.access import OpenRoute, Reader, dear, known_parameters_only
from api.http.documents import AskedOfReaders, digest_tag, document
from ledger import limits
from ledger.refusals import NothingThere
from projections.reading import published, replay

endpoints = APIRouter(
    route_class=OpenRoute, include_in_schema=False, dependencies=[Depends(known_parameters_only)]
)

# What is the desk's, and receipts of whoever asked for a correction, which are theirs alone.
_NOT_FOR_CRAWLERS = ("/desk", "/audit", "/sign-in", "/request/")
_A_DAY = {"cache-control": "public, max-age=86400"}
_GOOD_FOR = timedelta(days=180)  # RFC 9116 (2.5.5) recommends less than a year


@endpoints.get("/robots.txt")
async def show_robots(request: Request) -> Response:
    here = site(request)
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in _NOT_FOR_CRAWLERS),
        "",
        f"Sitemap: {here.base}/sitemap.xml",
        f"Sitemap: {here.base}/news-sitemap.xml",
    ]
    return Response("\n".join(lines) + "\n", 200, _A_DAY, "text/plain; charset=utf-8")


@endpoints.get("/sitemap.xml")
@dear
def show_sitemap(
    reader: Reader,
    asked: AskedOfReaders,
    request: Request,
    number: Annotated[int | None, Query(alias="part", ge=1, le=limits.POSITION)] = None,
) -> Response:
    """Every story that readers see; of more than one sitemap may name, where the parts are."""
    here = site(request)
    with reader.reading() as connection:
        position = replay.resolve(connection, asked)
        parts = -(-published.how_many(connection, position) // limits.SITEMAP_STORIES)
        if number is not None and number > max(1, parts):
            raise NothingThere
        if number is None and parts > 1:
            return _xml(request, sitemaps.of_parts(here, parts))
        stories = published.part(connection, position, number or 1)
    return _xml(request, sitemaps.of_stories(here, stories))


@endpoints.get("/news-sitemap.xml")
@dear
def show_news_sitemap(reader: Reader, asked: AskedOfReaders, request: Request) -> Response:
    """Stories that readers saw first in the last two days: older ones are no news to whoever reads this."""
    since = datetime.now(UTC) - timedelta(seconds=limits.NEWS_SECONDS)
    with reader.reading() as connection:
        stories = published.new(connection, replay.resolve(connection, asked), since)
    return _xml(request, sitemaps.of_news(site(request), stories))


def _xml(request: Request, text: str) -> Response:
    return document(request, text, etag=digest_tag(text), is_bound=False, view="reader", media_type=SITEMAP)


@endpoints.get("/.well-known/security.txt")
async def show_security_contact(request: Request) -> Response:
    """Where whoever finds a hole can write, if somebody has said so."""
    contact = request.app.state.security_contact
    if contact is None:
        raise HTTPException(404)
    here = site(request)
    expires = (datetime.now(UTC) + _GOOD_FOR).strftime("%Y-%m-%dT00:00:00Z")
    lines = [f"Contact: {contact}", f"Expires: {expires}"]
    if here.base.startswith("https:"):  # the only kind that the field takes (2.5.2)
        lines.append(f"Canonical: {here.base}/.well-known/security.txt")
    return Response("\n".join(lines) + "\n", 200, _A_DAY, "text/plain; charset=utf-8")
