"""How documents are sent: moments in the query, validators and caching in the headers, lists with a cursor."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response
from pydantic import WithJsonSchema

from api.errors import BadParameter
from ledger import limits
from ledger.words import parse_instant
from projections.replay import Asked

PAGE = 50
LONGEST_PAGE = 200

_FOR_EVER = "private, max-age=31536000, immutable"
_ASK_AGAIN = "private, no-cache"

PositionParameter = Annotated[int | None, Query(ge=1, le=limits.POSITION, description="Place in the ledger")]
RevisionParameter = Annotated[int | None, Query(ge=1, le=limits.POSITION, description="Place in the story's stream")]
AsOf = Annotated[
    str | None,
    Query(description="The recorded instant, RFC 3339", max_length=40),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
AtLeast = Annotated[
    int | None,
    Query(ge=0, le=limits.POSITION, description="Answer once the views have reached this position: that of a receipt"),
]
Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE, description="How many items at most")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before; opaque")]


def asked(
    as_of: AsOf = None,
    revision: RevisionParameter = None,
    position: PositionParameter = None,
    at_least: AtLeast = None,
    view: Annotated[Literal["desk"], Query(description="Everything recorded; the only view so far")] = "desk",
) -> Asked:
    del view
    if sum(moment is not None for moment in (as_of, revision, position)) > 1:
        raise BadParameter(why="Give one of as_of, revision and position, not several.")
    return Asked(instant(as_of), revision, position, at_least)


def asked_instant(as_of: AsOf = None, position: PositionParameter = None, at_least: AtLeast = None) -> Asked:
    """For questions about more than one story: a revision means nothing there."""
    return asked(as_of=as_of, position=position, at_least=at_least)


def asked_now(at_least: AtLeast = None) -> Asked:
    return Asked(at_least=at_least)


AskedMoment = Annotated[Asked, Depends(asked)]
AskedInstant = Annotated[Asked, Depends(asked_instant)]
AskedNow = Annotated[Asked, Depends(asked_now)]


def instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        # A + that was not escaped arrives as a space; between time and offset it can mean nothing else.
        return parse_instant(text.replace(" ", "+"))
    except ValueError:
        raise BadParameter(
            why="as_of: give an RFC 3339 instant with its offset, such as 2023-09-12T14:30:00Z."
        ) from None


def document(
    request: Request, text: str, *, etag: str, is_bound: bool, headers: dict[str, str] | None = None
) -> Response:
    """One document; 304 without it where the client has it already. An answer bound to a position never changes."""
    sent = {
        "etag": etag,
        "cache-control": _FOR_EVER if is_bound else _ASK_AGAIN,
        "vary": "Authorization",
        **(headers or {}),
    }
    if _has_it(request, etag):
        return Response(status_code=304, headers=sent)
    return Response(text, 200, sent, "application/json")


def _has_it(request: Request, etag: str) -> bool:
    given = request.headers.get("if-none-match", "")
    tags = {tag.strip().removeprefix("W/") for tag in given.split(",")}
    return etag in tags or given.strip() == "*"


def listing(items: Sequence[tuple[object, str]], limit: int) -> Response:
    """A page of a list. `items` may hold one more than the limit: then there is a next page, and its cursor is the
    key of the last item shown."""
    shown = items[:limit]
    following = f'"{cursor_of(shown[-1][0])}"' if len(items) > limit else "null"
    text = f'{{"items":[{",".join(text for _, text in shown)}],"next":{following}}}'
    return Response(text, 200, {"cache-control": _ASK_AGAIN, "vary": "Authorization"}, "application/json")


def cursor_of(key: object) -> str:
    words = key if isinstance(key, tuple) else (key,)
    return base64.urlsafe_b64encode(".".join(map(str, words)).encode()).decode().rstrip("=")


def key_of(cursor: str | None, *, start: tuple[int, ...]) -> tuple[int, ...]:
    """The key that a cursor stands for, `start` where there is none."""
    if cursor is None:
        return start
    try:
        words = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        key = tuple(int(word) for word in words.split(".") if word.isdigit() and len(word) <= 16)
    except ValueError:
        key = ()
    if len(key) != len(start) or max(key) > limits.POSITION:
        raise BadParameter(why="cursor: give the `next` of the page before, as it is.")
    return key
