"""How documents are sent: moments in the query, validators and caching in the headers, lists with a cursor."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

from fastapi import Depends, Header, Query, Request, Response
from pydantic import WithJsonSchema

from api.formats.http_dates import EXAMPLE, HTTP_DATE, parse_http_date
from api.http.statuses import BadParameter
from ledger import limits
from ledger.moment import rfc3339
from ledger.refusals import KeyRefused
from ledger.words import is_day, is_today, parse_instant, parse_moment
from projections.reading.replay import Asked, Clock

PAGE = 50
LONGEST_PAGE = 200

# The desk's answers are for whoever has the key; those for readers may be kept by everybody on the way. What readers
# saw can be withdrawn: a shared cache is told by /v1/purges; a browser cannot be told and forgets in a day.
_CACHING = {
    ("desk", True): "private, max-age=31536000, immutable",
    ("desk", False): "private, no-cache",
    ("reader", True): "public, max-age=86400, s-maxage=31536000",
    ("reader", False): "public, no-cache",
}

View = Literal["desk", "reader"]

PositionParameter = Annotated[int | None, Query(ge=0, le=limits.POSITION, description="Place in the ledger")]
RevisionParameter = Annotated[
    int | None, Query(ge=1, le=limits.POSITION, description="Place in the story's stream")
]
EditionParameter = Annotated[
    int | None,
    Query(
        ge=1, le=limits.POSITION, description="What readers saw from one publication to the next: 1, 2, 3 …"
    ),
]
_INSTANT = WithJsonSchema({"type": "string", "format": "date-time", "maxLength": limits.INSTANT_LENGTH})
_AN_INSTANT = ["2023-09-12T14:30:00Z"]
AsOf = Annotated[
    str | None,
    Query(
        description="The recorded instant, RFC 3339; or a day, such as 2023-09-12, whose end is meant, in UTC, as"
        " Ledger-As-Of says then (RFC 9557); of a day that is not over, how it is by now",
        examples=_AN_INSTANT,
    ),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",  # or a day, as the description says
            "maxLength": limits.INSTANT_LENGTH,
        }
    ),
]
Since = Annotated[
    str | None,
    Query(alias="from", description="Recorded at this instant or later, RFC 3339", examples=_AN_INSTANT),
    _INSTANT,
]
Until = Annotated[
    str | None,
    Query(alias="to", description="Recorded before this instant, RFC 3339", examples=_AN_INSTANT),
    _INSTANT,
]
ClockParameter = Annotated[
    Clock,
    Query(
        description="Whose clock as_of is read on: the ledger's, or that of whoever the story's changes come from, on"
        " their word (`origin`), where it rises along the story. For the desk's view"
    ),
]
ClockOfFigures = Annotated[
    Clock,
    Query(
        description="By whose clock: the ledger's, or that of whoever a correction comes from, on their word (`origin`)"
        ": in the month in which they made it, and how long after the wrong version. For the desk's view"
    ),
]
AtLeast = Annotated[
    int | None,
    Query(
        ge=0,
        le=limits.POSITION,
        description="Answer once the views have reached this position: that of a receipt",
    ),
]
AcceptDatetime = Annotated[
    str | None,
    Header(
        alias="Accept-Datetime",
        description="For readers' view of now: the answer is where the edition is that was public then (RFC 7089)."
        " Where the question names a moment itself, and for the desk's view, it means nothing",
        examples=[EXAMPLE],
    ),
    WithJsonSchema({"type": "string", "pattern": HTTP_DATE}),
]
ReadersView = Annotated[
    Literal["reader"], Query(description="What the public could see: with a key, too, there is no other here")
]
Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE, description="How many items at most")]
Cursor = Annotated[
    str | None,
    Query(max_length=200, pattern=r"^[A-Za-z0-9_-]+$", description="`next` of the page before; opaque"),
]


async def asked_view(
    request: Request,
    view: Annotated[
        View | None,
        Query(
            description="desk: everything recorded so far, needs a key; reader: what the public could see."
            " With a key desk is meant, without one reader"
        ),
    ] = None,
) -> View:
    is_reader = request.scope["actor"].role == "reader"
    if view == "desk" and is_reader:
        raise KeyRefused
    return view or ("reader" if is_reader else "desk")


FactsAfter = Annotated[
    int,
    Query(
        ge=0,
        le=limits.FACTS_IN_STORY,
        description=f"`next` of the document before: the facts beyond this number, {limits.FACTS_SHOWN} at most"
        " in each document; all else is the same in each",
    ),
]
AskedView = Annotated[View, Depends(asked_view)]


async def is_keyless(request: Request) -> bool:
    return bool(request.scope["actor"].role == "reader")


Keyless = Annotated[bool, Depends(is_keyless)]


async def asked(
    request: Request,
    view: AskedView,
    keyless: Keyless,
    as_of: AsOf = None,
    revision: RevisionParameter = None,
    position: PositionParameter = None,
    edition: EditionParameter = None,
    at_least: AtLeast = None,
    clock: ClockParameter = "recorded",
) -> Asked:
    if clock == "source" and view == "reader":
        raise BadParameter(
            why="clock=source is for the desk's view: readers are told of no origin.", parameter="clock"
        )
    if clock == "source" and as_of is None:
        raise BadParameter(why="clock=source needs as_of, too.", parameter="clock")
    moments = {"as_of": as_of, "revision": revision, "position": position, "edition": edition}
    given = [name for name, moment in moments.items() if moment is not None]
    if len(given) > 1:
        raise BadParameter(
            why="Give one of as_of, revision, position and edition, not several.", parameter=", ".join(given)
        )
    then = _moment(request, as_of)
    ends = then is not None and is_today(then)
    return Asked(then, revision, position, at_least, view, keyless, edition, clock, is_today=ends)


async def asked_instant(
    request: Request,
    view: AskedView,
    keyless: Keyless,
    as_of: AsOf = None,
    position: PositionParameter = None,
    at_least: AtLeast = None,
) -> Asked:
    """For questions about more than one story: a revision means nothing there."""
    return await asked(request, view, keyless, as_of=as_of, position=position, at_least=at_least)


async def asked_now(view: AskedView, keyless: Keyless, at_least: AtLeast = None) -> Asked:
    return Asked(at_least=at_least, view=view, is_keyless=keyless)


async def asked_of_readers(keyless: Keyless, view: ReadersView = "reader", at_least: AtLeast = None) -> Asked:
    """For what shows readers' view, whoever asks."""
    return Asked(at_least=at_least, view=view, is_keyless=keyless)


async def asked_moment_of_readers(
    request: Request,
    keyless: Keyless,
    view: ReadersView = "reader",
    as_of: AsOf = None,
    revision: RevisionParameter = None,
    position: PositionParameter = None,
    edition: EditionParameter = None,
    at_least: AtLeast = None,
) -> Asked:
    return await asked(request, view, keyless, as_of, revision, position, edition, at_least)


async def asked_desk(at_least: AtLeast = None) -> Asked:
    """For what readers never see."""
    return Asked(at_least=at_least)


AskedMoment = Annotated[Asked, Depends(asked)]
AskedInstant = Annotated[Asked, Depends(asked_instant)]
AskedNow = Annotated[Asked, Depends(asked_now)]
AskedOfDesk = Annotated[Asked, Depends(asked_desk)]
AskedOfReaders = Annotated[Asked, Depends(asked_of_readers)]
AskedMomentOfReaders = Annotated[Asked, Depends(asked_moment_of_readers)]


async def accepted_datetime(accept_datetime: AcceptDatetime = None) -> datetime | None:
    """Looked at even where it means nothing: a date that cannot be read is a mistake anywhere."""
    if accept_datetime is None:
        return None
    try:
        return parse_http_date(accept_datetime)
    except ValueError:
        raise BadParameter(
            why=f"Accept-Datetime: give a date of HTTP in GMT, with its day of the week, such as {EXAMPLE}.",
            header="Accept-Datetime",
        ) from None


AcceptedDatetime = Annotated[datetime | None, Depends(accepted_datetime)]


_END_OF_DAY = "ledger-as-of"


def _moment(request: Request, text: str | None) -> datetime | None:
    """What is asked for as of; of a day its end, which the answer says."""
    if text is None or not is_day(text):
        return instant(text, or_else=" Or a day, such as 2023-09-12: its end in UTC is meant.")
    try:
        end = parse_moment(text)
    except ValueError:
        raise BadParameter(why=f"as_of: {text} is no day of the calendar.", parameter="as_of") from None
    request.scope[_END_OF_DAY] = f"{rfc3339(end).removesuffix('Z')}+00:00[UTC]"
    return end


def instant(text: str | None, parameter: str = "as_of", or_else: str = "") -> datetime | None:
    if text is None:
        return None
    try:
        # A + that was not escaped arrives as a space; before an offset it can mean nothing else.
        return parse_instant(re.sub(r" (?=\d\d(:?\d\d)?$)", "+", text))
    except ValueError:
        raise BadParameter(
            why=f"{parameter}: give an RFC 3339 instant with its offset, such as 2023-09-12T14:30:00Z.{or_else}",
            parameter=parameter,
        ) from None


def document(
    request: Request,
    text: str,
    *,
    etag: str,
    is_bound: bool,
    headers: Mapping[str, str] | None = None,
    view: View = "desk",
    media_type: str = "application/json",
) -> Response:
    """One document; 304 without it where the client has it already. An answer bound to a position never changes."""
    sent = {
        "etag": etag,
        "cache-control": _CACHING[view, is_bound],
        "vary": "Authorization",
        **({_END_OF_DAY: request.scope[_END_OF_DAY]} if _END_OF_DAY in request.scope else {}),
        **(headers or {}),
    }
    if _has_it(request, etag):
        # What it would be, so that its encoding is known: it goes no further than api/http/compression.py.
        told = {"content-length": str(len(text.encode())), "content-type": media_type}
        return Response(status_code=304, headers=sent | told)
    return Response(text, 200, sent, media_type)


def _has_it(request: Request, etag: str) -> bool:
    """Weak comparison (RFC 9110, 13.1.2). No ETag of ours holds a comma."""
    given = request.headers.getlist("if-none-match")
    return given == ["*"] or any(tag.strip().removeprefix("W/") == etag for tag in ",".join(given).split(","))


def elsewhere(address: str, headers: Mapping[str, str]) -> Response:
    """The answer to this question is at another address: today, and not for ever."""
    kept = {"cache-control": _CACHING["reader", False], "location": address}
    return Response(status_code=302, headers=kept | dict(headers))


def bound_to(position: int, path: str, **query: str | int | None) -> dict[str, str]:
    """Headers that name the position which a question came to, and the address that will always answer the same."""
    parameters = {"position": position} | {name: value for name, value in query.items() if value is not None}
    return {
        "ledger-position": str(position),
        "content-location": f"{path}?{urlencode(parameters, quote_via=quote)}",
    }


def listing(
    request: Request,
    items: Sequence[tuple[object, str]],
    limit: int,
    *,
    is_bound: bool = False,
    headers: Mapping[str, str] | None = None,
    view: View = "desk",
    about: str = "",
) -> Response:
    """A page of a list. `items` may hold one more than the limit: then there is a next page, and its cursor is the
    key of the last item shown. `about`: JSON members that say what the list is about."""
    texts = [text for _, text in items[:limit]]
    following = _following(items, limit)
    return page(request, texts, following, is_bound=is_bound, headers=headers, view=view, about=about)


def _following(items: Sequence[tuple[object, str]], limit: int) -> str:
    return f'"{cursor_of(items[limit - 1][0])}"' if len(items) > limit else "null"


def page(
    request: Request,
    items: Sequence[str],
    following: str,
    *,
    is_bound: bool = False,
    headers: Mapping[str, str] | None = None,
    view: View = "desk",
    about: str = "",
) -> Response:
    """A page of texts; `following` is JSON text."""
    text = _text_of_page(items, following, about)
    return document(request, text, etag=digest_tag(text), is_bound=is_bound, headers=headers, view=view)


def _text_of_page(items: Sequence[str], following: str, about: str = "") -> str:
    return f'{{{about}"items":[{",".join(items)}],"next":{following}}}'


def of_this_moment(text: str) -> Response:
    """What is past as soon as it is told, such as how long something has waited: nobody keeps it."""
    return Response(text, 200, {"cache-control": "no-store", "vary": "Authorization"}, "application/json")


def listing_of_this_moment(items: Sequence[tuple[object, str]], limit: int) -> Response:
    """As `listing`."""
    return of_this_moment(_text_of_page([text for _, text in items[:limit]], _following(items, limit)))


def digest_tag(text: str) -> str:
    """The ETag of what has no version of its own."""
    return f'"{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"'


def cursor_of(key: object) -> str:
    words = key if isinstance(key, tuple) else (key,)
    return base64.urlsafe_b64encode(".".join(map(str, words)).encode()).decode().rstrip("=")


def key_of(cursor: str | None, *, start: tuple[int, ...]) -> tuple[int, ...]:
    """The key that a cursor stands for, `start` where there is none."""
    if cursor is None:
        return start
    try:
        words = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode(
            "ascii"
        )
        key = tuple(int(word) for word in words.split(".") if word.isdigit() and len(word) <= 16)
    except ValueError:
        key = ()
    if len(key) != len(start) or max(key) > limits.POSITION or cursor_of(key) != cursor:
        raise BadParameter(why="cursor: give the `next` of the page before, as it is.", parameter="cursor")
    return key
