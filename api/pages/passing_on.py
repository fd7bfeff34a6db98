"""Answers of the API at addresses of the pages: a story as it was at a date of HTTP (RFC 7089), and what of it is meant
for machines. Their links lead to pages."""

from typing import Any

from fastapi import Response

from api.http.access import check_said_once
from api.pages.inside import Answer, Asked
from api.pages.page import Visit

_OF_THE_MOMENT = ("link", "memento-datetime")
_KEPT = (
    *_OF_THE_MOMENT,
    "content-type",
    "etag",
    "location",
    "ledger-position",
    "ledger-as-of",
    "retry-after",
)


async def story_for(visit: Visit, path: str, asked: Asked, besides: Asked) -> dict[str, Any] | Response:
    """The story as the visitor may see it. For readers its page is its own TimeGate: where they ask for a date and for
    no moment, it is at another address. `besides`: asked for, too, where the answer is the story."""
    is_reader = visit.looks_as_reader(str(asked.get("view")))
    names_a_moment = any(value is not None for name, value in asked.items() if name != "view")
    date = visit.request.headers.get("accept-datetime")
    if is_reader and not names_a_moment and date is not None:
        check_said_once(visit.request)
        answer = await visit.inside.ask("GET", path, asked, {"accept-datetime": date}, of_pages=True)
        answer.read()
        return passed_on(visit, answer)
    answer = await visit.inside.ask("GET", path, {**asked, **besides}, of_pages=True)
    story: dict[str, Any] = answer.read()
    if is_reader:
        visit.headers |= _of(answer, *_OF_THE_MOMENT) | _varying(answer)
    return story


async def pass_on(visit: Visit, path: str, asked: Asked, vary: str = "") -> Response:
    """What the API answers there, whatever it is. No refusal is made a page of: machines ask. vary: a field of the
    request that led here."""
    sent = visit.request.headers
    has = {name: sent[name] for name in ("if-none-match", "accept-datetime") if name in sent}
    answer = await visit.inside.ask("GET", path, asked, has, of_pages=True)
    if answer.has_moved:
        answer.read()
    if vary:
        answer.headers["vary"] = f"{answer.headers.get('vary', 'Authorization')}, {vary}"
    return passed_on(visit, answer)


def passed_on(visit: Visit, answer: Answer) -> Response:
    """Never kept without asking: caches are told what to forget of the API alone (`/v1/purges`)."""
    whose = "private" if visit.is_desk else "public"
    if answer.status < 400:
        kept = {"cache-control": f"{whose}, no-cache"} | _varying(answer)
    else:
        kept = {"cache-control": "no-store"}
    return Response(answer.body, answer.status, _of(answer, *_KEPT) | kept)


def _varying(answer: Answer) -> dict[str, str]:
    """Who looks is told by a cookie here."""
    return {"vary": answer.headers.get("vary", "Authorization").replace("Authorization", "Cookie")}


def _of(answer: Answer, *names: str) -> dict[str, str]:
    return {name: answer.headers[name] for name in names if name in answer.headers}
