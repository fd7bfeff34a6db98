"""The body of a request: JSON as RFC 8259 has it, of bounded size, each name said once; anything else is refused."""

import json
import re
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from api.errors import BadJson, BodyCutShort, NotJson, RequestTooLarge
from ledger import limits

_MEDIA_TYPE = re.compile(r"application/(json|[a-z0-9!#$&^_.-]+\+json)", re.IGNORECASE)


class ReadRequest(Request):
    """A request whose body was read and found to be JSON, or is empty."""

    def __init__(self, request: Request, body: bytes) -> None:
        super().__init__(request.scope, request.receive)
        self._body = body
        self._read = parse(body) if body else None

    async def json(self) -> Any:
        return self._read


async def read(request: Request) -> ReadRequest:
    """The request with its body, refused where it is too large, of another type, or no JSON."""
    body = await within_limit(request)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    is_packed = request.headers.get("content-encoding", "identity").lower() != "identity"
    if body and (is_packed or not _MEDIA_TYPE.fullmatch(media_type)):
        raise NotJson
    return ReadRequest(request, body)


async def within_limit(request: Request, limit: int = limits.BODY_BYTES) -> bytes:
    """The bytes of the body; RequestTooLarge, BodyCutShort."""
    if int(request.headers.get("content-length", 0)) > limit:
        raise RequestTooLarge(limit=limit)
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise RequestTooLarge(limit=limit)
            parts.append(part)
    except ClientDisconnect:
        raise BodyCutShort from None
    return b"".join(parts)


def parse(body: bytes) -> Any:
    """What the JSON text says. Read twice: orjson refuses what only Python's reader takes (NaN, UTF-16, half a
    surrogate pair), Python's keeps large numbers whole and shows the names that are there twice. Where neither can be,
    once is enough."""
    try:
        read = orjson.loads(body)
        if _is_simple(body, read):
            return read
        return _read_json(body.decode())
    except orjson.JSONDecodeError as error:
        raise BadJson(why=_say(str(error))) from None
    except RecursionError:
        raise BadJson(why="it is nested too deeply") from None


_LARGE_OR_BROKEN = re.compile(rb"[0-9](?:[.eE]|[0-9]{15})").search


def _is_simple(body: bytes, read: Any) -> bool:
    """Whether each name is there once and every number is a small whole one, as far as a quick look can tell.

    Where nothing is escaped, each string has two quotation marks; a name that was there twice is lost with its own.
    """
    if b"\\" in body or _LARGE_OR_BROKEN(body):
        return False
    try:
        return body.count(b'"') == orjson.dumps(read).count(b'"')
    except TypeError:  # nested more deeply than it writes
        return False


def _number(text: str) -> int | float:
    """1.0 is as whole a number as 1 (JSON Schema 2020-12, 6.1.1)."""
    number = float(text)
    return int(number) if number.is_integer() else number


def _say(message: str) -> str:
    return message[:1].lower() + message[1:]


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadJson(why=f"the name {twice[:80]!r} is in one object twice")
    return found


_read_json = json.JSONDecoder(object_pairs_hook=_each_name_once, parse_float=_number).decode
