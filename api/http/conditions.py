"""If-Match on what is only read (RFC 9110, 13.1.1): what is not as it is asked to be is not sent.

On what is recorded it is looked at where that is decided (`stories.check_if_match`, `facts.check_version`): only there
nothing can come between.
"""

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import on_refusal
from ledger.refusals import PreconditionFailed

_READ = ("GET", "HEAD")


class IfMatchHolds:
    """Looked at once there is an answer that would be sent or is had already (13.2.1), and so before If-None-Match
    (13.2.2). A stream that stays open is no representation and has no ETag."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = _if_match(scope)
        if given is None:
            await self._app(scope, receive, send)
            return
        is_stopped = False

        async def answer(message: Message) -> None:
            nonlocal is_stopped
            if message["type"] == "http.response.start" and not holds(given, message):
                is_stopped = True
                etag = Headers(raw=message["headers"]).get("etag")
                why = f"What is at this address has the ETag {etag}" if etag else "This has no ETag"
                await (await on_refusal(Request(scope), PreconditionFailed(why=why)))(scope, receive, send)
            elif not is_stopped:
                await send(message)

        await self._app(scope, receive, answer)


def _if_match(scope: Scope) -> list[str] | None:
    if scope["type"] != "http" or scope["method"] not in _READ:
        return None
    return Headers(scope=scope).getlist("if-match") or None


def holds(given: Iterable[str], message: Message) -> bool:
    """Strong comparison: a weak ETag is like none. No ETag of ours holds a comma."""
    headers = Headers(raw=message["headers"])
    if message["status"] not in (200, 304) or headers.get("content-type", "").startswith("text/event-stream"):
        return True
    tags = [tag.strip() for tag in ",".join(given).split(",")]
    etag = headers.get("etag", "")
    return tags == ["*"] or (etag.startswith('"') and etag in tags)
