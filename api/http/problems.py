"""What a refusal looks like over HTTP: problem details (RFC 9457) for every one."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from api.http.statuses import STATUS, TITLE, kind_of, pointer, say, worth_saying
from ledger import refusals
from ledger.refusals import (
    BeyondTheHead,
    Invalid,
    KeyRefused,
    NotNow,
    Refusal,
    StoryMoved,
    StoryWithdrawn,
    Unmet,
)


class Problem(Response):
    media_type = "application/problem+json"

    def __init__(
        self,
        request: Request,
        status: int,
        kind: str,
        detail: str,
        *,
        errors: Iterable[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        content: dict[str, Any] = {
            "type": f"urn:fact-ledger:problem:{kind}",
            "title": TITLE.get(status, "Refused"),
            "status": status,
            "detail": detail,
            "request_id": str(request.scope.get("request_id", "")),
        }
        if listed := list(errors):
            content["errors"] = listed
        super().__init__(
            orjson.dumps(content | members, default=str),
            status,
            {"cache-control": "no-store", **(headers or {})},
        )


# --- What the ledger refused -------------------------------------------------------------------------------------


async def on_refusal(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    status = STATUS[type(refusal)]
    if isinstance(refusal, StoryWithdrawn) and refusal.details["tombstone"].get("ground") == "legal":
        status = 451  # RFC 7725
    if status == 404 and refusal.pointer:
        status = 422  # the address is right; what is missing was named in the body
    headers = {}
    if isinstance(refusal, StoryMoved):
        headers["location"] = moved(request, refusal.details["was"], refusal.details["story"])
    if isinstance(refusal, KeyRefused):
        headers["www-authenticate"] = 'Bearer realm="fact-ledger"'
    if isinstance(refusal, NotNow):
        headers["retry-after"] = str(refusal.details.get("seconds", refusal.retry_after))
    if status == 413 and "expect" in request.headers:
        headers["connection"] = "close"  # the client waits to be asked for the body and now never sends it
    errors = [place | {"detail": str(refusal)} for place in _places(request, refusal, status)]
    members = {
        name: value
        for name, value in refusal.details.items()
        if name not in ("why", "who", "what", "field", "notice", "parameter", "header", "where")
    }
    return Problem(
        request, status, kind_of(type(refusal)), str(refusal), errors=errors, headers=headers, **members
    )


def moved(request: Request, was: str, story: str) -> str:
    """The address that was asked for, of a story as it is called now. Nobody keeps where it led (`no-store`): what is
    held meanwhile is not there by its old name, either, and a story may get back a slug that it had."""
    path = re.sub(rf"(?<=/stories/){was}(?=[/.]|$)", story, request.url.path, count=1)
    return f"{path}?{request.url.query}" if request.url.query else path


def _places(request: Request, refusal: Refusal, status: int) -> Iterator[dict[str, str]]:
    """Where in the request the trouble is."""
    for place in ("parameter", "header"):
        if place in refusal.details:
            yield {place: refusal.details[place]}
    if isinstance(refusal, BeyondTheHead):
        moments = [name for name in ("as_of", "position", "at_least") if name in request.query_params]
        if not moments and "last-event-id" in request.headers:
            yield {"header": "Last-Event-ID"}
        else:
            moments += ["since"] if "since" in request.query_params else []
            yield from ({"parameter": name} for name in moments)
    elif isinstance(refusal, Unmet):
        yield {"header": "If-Match"}
    elif isinstance(refusal, refusals.KeyReused):
        yield {"header": "Idempotency-Key"}
    elif refusal.pointer or (isinstance(refusal, Invalid) and status == 422):
        yield {"pointer": "#" + (refusal.pointer or "")}


# --- What did not have the shape that its operation declares -----------------------------------------------------


async def on_invalid(request: Request, error: Exception) -> Response:
    """Bad input. In the path: there is no such thing (404); in the query or a header: 400; in the body: 422."""
    assert isinstance(error, RequestValidationError)
    listed = []
    places = set()
    for problem in worth_saying(error.errors()):
        place, *path = problem["loc"]
        places.add(place)
        where = {"pointer": f"#{pointer(path, error.body)}"} if place == "body" else _parameter(place, path)
        listed.append(where | {"detail": say(problem)})
    if "path" in places:
        return Problem(request, 404, "not-found", "There is nothing at this address.", errors=listed)
    detail = ". ".join(_sentence(problem) for problem in listed[:3]) + "."
    if places & {"query", "header"}:
        return Problem(request, 400, "bad-parameter", detail, errors=listed)
    return Problem(request, 422, "invalid-body", detail, errors=listed)


def _parameter(place: str, path: list[Any]) -> dict[str, str]:
    return {"header" if place == "header" else "parameter": ".".join(map(str, path))}


def _sentence(problem: Mapping[str, str]) -> str:
    where = problem.get("parameter") or problem.get("header") or problem["pointer"][1:] or "The body"
    return f"{where}: {problem['detail']}"


# --- What HTTP itself refuses, and faults ------------------------------------------------------------------------


async def on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    if status == 404:
        return Problem(request, 404, "not-found", "There is nothing at this address.")
    if status == 405:
        allow = ", ".join(sorted(_methods(request)))
        detail = f"{request.scope['asked_method']} does not work at this address. What works: {allow}."
        return Problem(request, 405, "method-not-allowed", detail, headers={"allow": allow})
    return Problem(request, status, "refused", f"{error.detail}.", headers=error.headers)


def _methods(request: Request) -> set[str]:
    """Every method that some route answers at this path; a router by itself names those of one route alone."""
    found: set[str] = set()
    # Inside of a mounted folder the scope is that folder's; the question is about the whole path.
    scope = {
        **request.scope,
        "root_path": request.scope.get("app_root_path", request.scope.get("root_path", "")),
    }
    for route in request.app.state.routes:
        match, _ = route.matches(scope)
        if match is not Match.NONE:
            found |= getattr(route, "methods", None) or {
                "GET"
            }  # a mounted folder of files has no methods of its own
    return found | ({"HEAD"} if "GET" in found else set())


def fault(request: Request) -> Response:
    """Nothing of what broke is anybody's business outside; it is in the log, with the request's id."""
    return Problem(
        request,
        500,
        "fault",
        "Something broke on our side. It is in the log under the request_id; try again later.",
    )


def install(app: FastAPI) -> None:
    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
