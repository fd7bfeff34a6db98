"""What every request passes: who asks, an id, HEAD as GET without a body, its line in the log."""

import logging
import time
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.hosts import check_host
from api.http.problems import fault, on_refusal
from api.http.statuses import BadParameter
from api.server.clients import Proxies
from ledger.store.randomness import RANDOM

log = logging.getLogger("factledger.http")

_SECURITY_HEADERS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
_IN_NO_FRAME = (b"x-frame-options", b"DENY")


def _may_be_framed(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether an answer says itself that it is meant for the pages of others."""
    return any(
        name == b"content-security-policy" and value.endswith(b"frame-ancestors *") for name, value in headers
    )


class Measurements:
    """What /metrics tells about requests; the route's pattern, never the path, so the number of series is bounded."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "factledger_requests", "Requests answered", ["method", "route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "factledger_request_seconds",
            "Time from request to answer",
            ["method", "route"],
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=registry,
        )


class RequestMiddleware:
    """Plain ASGI, outside of everything else: what goes wrong inside has an id and a log line, too.

    The log tells method, route, status, time and who acted. It tells no address of a client, no key and no body.
    """

    def __init__(self, app: ASGIApp, measurements: Measurements, proxies: Proxies) -> None:
        self._app = app
        self._measurements = measurements
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http" or "admitted" in scope
        ):  # a question of a page, which has passed here itself
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        self._proxies.tell(scope)
        scope["request_id"] = RANDOM.uuid()  # a change of several acts makes another of it
        method = scope["asked_method"] = scope["method"]
        is_head = method == "HEAD"
        if is_head:
            # In a copy: the server still has to know that it sends no body.
            scope = {**scope, "method": "GET"}
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = list(message.get("headers", ()))
                message["headers"] = [
                    *given,
                    (b"x-request-id", str(scope["request_id"]).encode()),
                    *_SECURITY_HEADERS,
                    *(() if _may_be_framed(given) else (_IN_NO_FRAME,)),
                ]
            elif is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            check_host(scope)
            await self._app(scope, receive, answer)
        except BadParameter as refusal:  # before there is an endpoint that could say it
            await (await on_refusal(Request(scope), refusal))(scope, receive, answer)
        except Exception:
            log.exception("a request failed", extra={"request_id": str(scope["request_id"])})
            if status:
                raise  # the answer has begun; the server can only cut it off
            await fault(Request(scope))(scope, receive, answer)
        finally:
            took = time.perf_counter() - begun
            route = getattr(scope.get("route"), "path", "none")
            known = method if method in ("GET", "HEAD", "POST", "DELETE") else "other"
            self._measurements.requests.labels(known, route, status).inc()
            self._measurements.seconds.labels(known, route).observe(took)
            log.info(
                "answered",
                extra={
                    "request_id": str(scope["request_id"]),
                    "method": known,
                    "route": route,
                    "status": status,
                    "milliseconds": round(took * 1000, 2),
                    "actor": str(scope["actor"].member) if "actor" in scope else "",
                },
            )
