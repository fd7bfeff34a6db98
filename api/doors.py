"""How a door is hung: what every operation declares besides its own."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path

from api import examples, shapes
from api.access import known_parameters_only
from ledger import limits
from ledger.words import Slug

StorySlug = Annotated[Slug, Path(description="The story's slug", examples=["kim-visits-russia"])]
SourceSlug = Annotated[Slug, Path(description="The source's slug", examples=["ria-novosti"])]
FactOf = Annotated[int, Path(alias="fact", ge=1, le=limits.FACTS_IN_STORY, description="The fact's number", examples=[1])]

_PROBLEMS = {
    400: "A parameter or header cannot be used",
    401: "No key, or one that opens nothing",
    403: "The key's role may not do this",
    404: "There is no such thing",
    405: "Another method",
    409: "In conflict with what is recorded",
    412: "If-Match names another version",
    413: "Larger than the ledger takes",
    415: "Not JSON",
    422: "The body cannot be recorded as it is",
    428: "The version that was seen must be named",
    429: "Over the key's rate; Retry-After says when to go on",
    503: "Not now; Retry-After says when to try again",
}
_ALWAYS = (400, 401, 403, 404, 429, 503)


def router(tag: str) -> APIRouter:
    return APIRouter(prefix="/v1", tags=[tag], dependencies=[Depends(known_parameters_only)])


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {
        status: {
            "description": _PROBLEMS[status],
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemShape"}}},
        }
        for status in sorted({*_ALWAYS, *statuses})
    }


def recorded(*more: int) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation that records something."""
    receipt: dict[str, Any] = {
        "model": shapes.Receipt,
        "description": "Recorded; the receipt is the same whenever the request is sent again with its key",
        "content": {"application/json": {"example": examples.RECEIPT}},
    }
    return {201: receipt} | problems(409, 413, 415, 422, *more)


def shown(model: Any, example: Any, description: str = "As it stood") -> dict[int | str, dict[str, Any]]:
    """The answers of an operation that shows something."""
    found: dict[str, Any] = {
        "model": model,
        "description": description,
        "content": {"application/json": {"example": example}},
    }
    unchanged = {"description": "You have it already (If-None-Match)"}
    return {200: found, 304: unchanged} | problems()


def example(body: dict[str, Any]) -> Any:
    return Body(openapi_examples={"example": {"value": body}})

