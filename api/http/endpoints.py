"""What every operation declares besides its own."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Path

from api.http import examples, shapes
from api.http.access import KeyedRoute, OpenRoute, known_parameters_only
from ledger import limits
from ledger.words import Slug

StorySlug = Annotated[Slug, Path(description="The story's slug", examples=["kim-visits-russia"])]
SourceSlug = Annotated[Slug, Path(description="The source's slug", examples=["ria-novosti"])]
FactOf = Annotated[
    int, Path(alias="fact", ge=1, le=limits.FACTS_IN_STORY, description="The fact's number", examples=[1])
]
ApprovalOf = Annotated[
    int, Path(ge=1, le=limits.REVISIONS_OF_STORY, description="The approval's number", examples=[1])
]
RevisionOf = Annotated[
    int,
    Path(
        alias="revision",
        ge=1,
        le=limits.REVISIONS_OF_STORY,
        description="Its number in the story",
        examples=[2],
    ),
]

RequestOf = Annotated[
    UUID,
    Path(
        alias="request", description="The correction request's id", examples=[examples.REQUESTED["request"]]
    ),
]

_PROBLEMS = {
    308: "The story has another slug by now: ask there",
    400: "A parameter, a header or the JSON cannot be used",
    401: "No key, or one that opens nothing",
    403: "The key's role may not do this",
    404: "There is no such thing",
    409: "In conflict with what is recorded",
    410: "Readers saw it, and it was withdrawn; `tombstone` says when and what readers are told",
    412: "If-Match names what is not so by now",
    413: "Larger than the ledger takes",
    415: "Not JSON",
    422: "The body cannot be recorded as it is",
    428: "The version or revision that was seen must be named",
    429: "Over the key's rate; Retry-After says when to go on",
    451: "Likewise, for a legal reason (RFC 7725)",
    503: "Not now; Retry-After says when to try again",
}
_ALWAYS = (400, 401, 429, 503)


def _header(description: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"description": description, "schema": schema or {"type": "string"}}


_REQUEST_ID = {"X-Request-Id": _header("Stands in the log, too", {"type": "string", "format": "uuid"})}
_SECONDS = {"Retry-After": _header("Seconds", {"type": "integer", "minimum": 1})}
_PROBLEM_HEADERS = {
    308: {
        "Location": _header("The same below its slug of now", {"type": "string", "format": "uri-reference"})
    },
    401: {"WWW-Authenticate": _header("Bearer")},
    429: _SECONDS,
    503: _SECONDS,
}
_RECORDED_HEADERS = {
    "Location": _header("What was recorded or changed", {"type": "string", "format": "uri-reference"}),
    "ETag": _header("Of the fact as it is now; send it as If-Match with the next change of it"),
    "Idempotent-Replayed": _header("The request was recorded before and not again", {"const": "true"}),
}
_REHEARSED_HEADERS = {"Cache-Control": _header("no-store")}
_SHOWN_HEADERS = {
    "ETag": _header("Send it as If-None-Match to be told whether it still is so"),
    "Cache-Control": _header(
        "how long it may be kept: long where the question named a moment, by a browser of a reader a day"
    ),
    "Vary": _header("Authorization"),
}
_MOMENT_HEADERS = {
    "Ledger-As-Of": _header("The end of the day that was asked for, with its zone (RFC 9557)"),
    "Ledger-Position": _header(
        "The position that the question came to",
        {"type": "integer", "minimum": 0, "maximum": limits.POSITION},
    ),
    "Content-Location": _header(
        "The address that always answers the same", {"type": "string", "format": "uri-reference"}
    ),
}
_LINK = _header(
    "Web links: original, timegate, timemap, and the mementos around this one (RFC 8288, RFC 7089)"
)
_MEMENTO_HEADERS = {
    "Link": _LINK,
    "Memento-Datetime": _header("When readers first saw this edition; where the question names a moment"),
    "Vary": _header("Authorization; Accept-Datetime where it is looked at"),
}
_ELSEWHERE_HEADERS = {
    "Location": _header("Of the memento", {"type": "string", "format": "uri"}),
    "Link": _LINK,
    "Vary": _MEMENTO_HEADERS["Vary"],
    "Cache-Control": _SHOWN_HEADERS["Cache-Control"],
}


def router(*tags: str, is_open: bool = False) -> APIRouter:
    """Endpoints that need a key; `is_open`: those that let readers in, too."""
    return APIRouter(
        prefix="/v1",
        tags=[*tags],
        route_class=OpenRoute if is_open else KeyedRoute,
        dependencies=[Depends(known_parameters_only)],
    )


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {
        status: {
            "description": _PROBLEMS[status],
            "headers": _REQUEST_ID | _PROBLEM_HEADERS.get(status, {}),
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": examples.PROBLEMS[status],
                }
            },
        }
        for status in sorted(statuses)
    }


def answers(status: int, example: Any, description: str) -> dict[int | str, dict[str, Any]]:
    """An answer in JSON that is no problem and has no model."""
    return {
        status: {
            "description": description,
            "headers": _REQUEST_ID,
            "content": {"application/json": {"schema": {"type": "object"}, "example": example}},
        }
    }


def recorded(*more: int) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation that records something."""
    receipt: dict[str, Any] = {
        "model": shapes.Receipt,
        "description": "Recorded; the receipt is the same whenever the request is sent again with its key",
        "headers": _REQUEST_ID | _RECORDED_HEADERS,
        "content": {"application/json": {"example": examples.RECEIPT}},
    }
    rehearsal: dict[str, Any] = {
        "model": shapes.Rehearsal,
        "description": "A dry run: what would be recorded, and how it would read",
        "headers": _REQUEST_ID | _REHEARSED_HEADERS,
        "content": {"application/json": {"example": examples.REHEARSAL}},
    }
    return {200: rehearsal, 201: receipt} | problems(*_ALWAYS, 403, 412, 413, 415, 422, *more)


def awaiting(*more: int) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation that takes two people: the first one asks."""
    answers = recorded(*more)
    answers[202] = answers.pop(201) | {
        "description": "Recorded, and waiting for a second person; the receipt names the approval",
        "content": {"application/json": {"example": examples.AWAITING}},
    }
    return answers


def shown(
    model: Any, example: Any, *more: int, description: str = "As it stood", is_then: bool = False
) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation that shows something; `is_then`: as it stood at a moment that may be named."""
    headers = _REQUEST_ID | _SHOWN_HEADERS | (_MOMENT_HEADERS if is_then else {})
    found: dict[str, Any] = {
        "model": model,
        "description": description,
        "headers": headers,
        "content": {"application/json": {"example": example}},
    }
    unchanged = {"description": "You have it already (If-None-Match)", "headers": headers}
    return {200: found, 304: unchanged} | problems(*_ALWAYS, 412, *more)


def negotiated(answers: dict[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation that is asked for moments by Accept-Datetime, too (RFC 7089)."""
    for status in (200, 304):
        answers[status] = answers[status] | {"headers": answers[status]["headers"] | _MEMENTO_HEADERS}
    found = {
        "description": "Accept-Datetime: the edition that was public then is at Location",
        "headers": _REQUEST_ID | _ELSEWHERE_HEADERS,
    }
    return answers | {302: found}


def sent_as(
    media_type: str, example: Any, *more: int, description: str, is_then: bool = False
) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation that shows something in another form than our own JSON. Its route has to declare
    `response_class=Response`: else FastAPI adds a form of its own."""
    answers = shown(None, example, *more, description=description, is_then=is_then)
    del answers[200]["model"]
    schema = {"type": "string" if isinstance(example, str) else "object"}
    answers[200]["content"] = {media_type: {"schema": schema, "example": example}}
    return answers


def followed(model: Any, example: Any, *more: int, description: str) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation that stays open. Its route declares `response_class=Stream`; model: of the JSON in
    each event, for OpenAPI 3.1 has no schema of a whole stream."""
    answers = told(model, example, *more, description=description)
    answers[200]["content"] = {"text/event-stream": {"example": example}}
    return answers


def told(model: Any, example: Any, *more: int, description: str) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation that tells how things are this moment, which nobody keeps."""
    found: dict[str, Any] = {
        "model": model,
        "description": description,
        "headers": _REQUEST_ID | {"Cache-Control": _header("no-store"), "Vary": _header("Authorization")},
        "content": {"application/json": {"example": example}},
    }
    return {200: found} | problems(*_ALWAYS, *more)


def made(
    model: Any, example: Any, *more: int, description: str, is_at_an_address: bool = False
) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation that makes or changes what is no event."""
    place = {
        name: _RECORDED_HEADERS[name] for name in ("Location", "Idempotent-Replayed") if is_at_an_address
    }
    done: dict[str, Any] = {
        "model": model,
        "description": description,
        "headers": _REQUEST_ID | {"Cache-Control": _header("no-store")} | place,
        "content": {"application/json": {"example": example}},
    }
    return {201: done} | problems(*_ALWAYS, 403, 412, 413, 415, 422, *more)


def example(body: dict[str, Any]) -> Any:
    return Body(openapi_examples={"example": {"value": body}})
