"""What scripts of other sites may read (CORS, the Fetch standard 3.2): what anybody may, and that only.

`Access-Control-Allow-Origin: *` goes with no credentials: a browser that sends a cookie or a key gets no answer to
read. An answer that a key or a session was sent for says nothing of other origins at all. Everything here is the same
for every origin, so nothing varies by `Origin` and a shared cache may keep it.
"""

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What machines read: the API, and what stands below a story in other forms than its page.
_FOR_MACHINES = re.compile(r"/v1/.*|/openapi\.json|/oembed|/stories/[^/]+(\.[a-z.]+|/timemap|/badge\.svg)")
# Statuses by which nobody without a key is told anything.
_SHUT_OUT = (401, 403)
_ANYBODY = (b"access-control-allow-origin", b"*")
_EXPOSED = (
    b"access-control-expose-headers",
    b"ETag, Link, Location, Memento-Datetime, Ledger-Position, Ledger-As-Of, Retry-After, X-Request-Id",
)
# What a browser is told that asks beforehand. No Authorization, and no method that records.
_BEFOREHAND = [
    _ANYBODY,
    (b"access-control-allow-methods", b"GET, HEAD"),
    (
        b"access-control-allow-headers",
        b"Accept, Accept-Datetime, Cache-Control, If-Match, If-None-Match, Last-Event-ID",
    ),
    (b"access-control-max-age", b"86400"),
    (b"cache-control", b"public, max-age=86400"),
]


class CrossOrigin:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "admitted" in scope or not _FOR_MACHINES.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if _asks_beforehand(scope["method"], headers):
            # The same for everything here, and nothing is looked up for it.
            await send({"type": "http.response.start", "status": 204, "headers": list(_BEFOREHAND)})
            await send({"type": "http.response.body", "body": b""})
            return
        is_anybody = "authorization" not in headers and "cookie" not in headers
        if scope["method"] not in ("GET", "HEAD") or not is_anybody:
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] not in _SHUT_OUT:
                message["headers"] = [*message.get("headers", ()), _ANYBODY, _EXPOSED]
            await send(message)

        await self._app(scope, receive, answer)


def _asks_beforehand(method: str, headers: Headers) -> bool:
    """A preflight request (Fetch, 3.2.2)."""
    return method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers
