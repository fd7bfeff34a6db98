"""What a refusal looks like from outside: one table of statuses, and problem details (RFC 9457) for every one."""

import re
from collections.abc import Iterable
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from ledger import refusals
from ledger.refusals import NotNow, Refusal

STATUS: dict[type[Refusal], int] = {
    refusals.RoleMayNot: 403,
    refusals.KeyRefused: 401,
    refusals.NoSuchStory: 404,
    refusals.NoSuchFact: 404,
    refusals.NoSuchSource: 404,
    refusals.NoSuchKey: 404,
    refusals.NoSuchMember: 404,
    refusals.NoSuchRevision: 404,
    refusals.NothingRecordedThen: 404,
    refusals.SlugTaken: 409,
    refusals.FactMovedOn: 409,
    refusals.FactIsRetracted: 409,
    refusals.VersionNotNamed: 428,
    refusals.UnknownSource: 422,
    refusals.UnknownGround: 422,
    refusals.SpanMismatch: 422,
    refusals.NothingChanges: 422,
    refusals.SaysNothing: 422,
    refusals.SaysTooLittle: 422,
    refusals.BadChange: 422,
    refusals.KeyReused: 422,
    refusals.BeyondTheHead: 400,
    refusals.StoryFull: 409,
    refusals.FactFull: 409,
    refusals.BodyTooLarge: 413,
    refusals.LedgerBusy: 503,
    refusals.DatabaseAway: 503,
    refusals.OutcomeUnknown: 503,
    refusals.ViewBehind: 503,
}


class BadParameter(Refusal):
    """{why}"""


class PreconditionFailed(Refusal):
    """Fact {fact} is at version {version} now, your If-Match names version {expected_version}.
    Read what changed, then send your change again with the ETag of the fact as it is."""


class TooManyRequests(NotNow):
    """This key may make {rate} requests. Go on in {seconds} s."""


STATUS |= {BadParameter: 400, PreconditionFailed: 412, TooManyRequests: 429}

TITLE = {
    400: "Bad request",
    401: "Key needed",
    403: "Not allowed to this role",
    404: "Not found",
    405: "Method not allowed",
    409: "In conflict with what is recorded",
    412: "Precondition failed",
    413: "Too large",
    415: "Unsupported media type",
    422: "Cannot be recorded as it is",
    428: "Name the version you saw",
    429: "Too many requests",
    500: "Our fault",
    503: "Not now",
}


class Problem(Response):
    media_type = "application/problem+json"

    def __init__(
        self,
        request: Request,
        status: int,
        kind: str,
        detail: str,
        *,
        errors: Iterable[dict[str, str]] = (),
        headers: dict[str, str] | None = None,
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
            headers={"cache-control": "no-store"} | (headers or {}),
        )


def kind_of(refusal: type[Refusal]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", refusal.__name__).lower()


async def on_refusal(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    status = STATUS[type(refusal)]
    headers = {}
    if status == 401:
        headers["www-authenticate"] = 'Bearer realm="fact-ledger"'
    if isinstance(refusal, NotNow):
        headers["retry-after"] = str(refusal.details.get("seconds", refusal.retry_after))
    members = {name: value for name, value in refusal.details.items() if name != "why"}
    errors = [{"pointer": "#" + refusal.pointer, "detail": str(refusal)}] if refusal.pointer else []
    return Problem(
        request, status, kind_of(type(refusal)), str(refusal), errors=errors, headers=headers, **members
    )


async def on_invalid(request: Request, error: Exception) -> Response:
    """Bad input. In the path: there is no such thing (404); in the query or a header: 400; in the body: 422."""
    assert isinstance(error, RequestValidationError)
    listed = []
    places = set()
    for problem in error.errors()[:50]:
        place, *path = problem["loc"]
        places.add(place)
        listed.append(_where(str(place), path) | {"detail": _say(problem)})
    if "path" in places:
        return Problem(request, 404, "not-found", "There is nothing at this address.", errors=listed)
    if places & {"query", "header"}:
        return Problem(request, 400, "bad-parameter", listed[0]["detail"], errors=listed)
    if any(problem["type"] == "json_invalid" for problem in error.errors()):
        return Problem(request, 400, "bad-json", f"The body is not JSON: {listed[0]['detail']}")
    if not _is_json(request) and int(request.headers.get("content-length") or 0):
        return Problem(request, 415, "unsupported-media-type", "Send the body as JSON, Content-Type: application/json.")
    detail = "; ".join(f"{problem.get('pointer', '#')[1:] or 'body'}: {problem['detail']}" for problem in listed[:3])
    return Problem(request, 422, "invalid-body", detail, errors=listed)


def _is_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


def _where(place: str, path: list[Any]) -> dict[str, str]:
    if place == "body":
        return {"pointer": "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)}
    return {place if place == "header" else "parameter": ".".join(map(str, path))}


_FIX = {
    "extra_forbidden": "there is no such field; leave it out",
    "missing": "is missing; it is required",
    "model_attributes_type": "should be a JSON object",
}


def _say(problem: Any) -> str:
    text = _FIX.get(problem["type"]) or str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "string_pattern_mismatch" and "^[a-z0-9]+(-" in str(problem["ctx"]["pattern"]):
        return "should be a slug: a-z, 0-9 and single hyphens between, such as kim-visits-russia"
    if problem["type"] == "string_pattern_mismatch" and r"\x00" in str(problem["ctx"]["pattern"]):
        return "should hold something to read, and no control characters"
    return text[:1].lower() + text[1:]


async def on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    if status == 404:
        return Problem(request, 404, "not-found", "There is nothing at this address.")
    if status == 405:
        allow = ", ".join(sorted(_methods(request)))
        detail = f"{request.method} is not possible here; {allow} is."
        return Problem(request, 405, "method-not-allowed", detail, headers={"allow": allow})
    if status == 413:
        return Problem(request, 413, "body-too-large", "The body is larger than the ledger takes. Split it.")
    return Problem(request, status, "refused", str(error.detail), headers=dict(error.headers or {}))


def _methods(request: Request) -> set[str]:
    """Every method that some route answers at this path; a router by itself names those of one route alone."""
    found: set[str] = set()
    for route in request.app.state.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            found |= route.methods
    return found | ({"HEAD"} if "GET" in found else set())


async def on_fault(request: Request, error: Exception) -> Response:
    del error  # it is in the log, with the request's id; nothing of it is anybody's business outside
    return Problem(
        request, 500, "fault", "Something broke on our side. It is in the log under the request_id; try again later."
    )


def install(app: FastAPI) -> None:
    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_fault)
