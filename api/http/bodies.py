"""The body of a request: JSON as RFC 8259 has it, of bounded size, each name said once; anything else is refused.

What is read costs in proportion to its size, and a large body is read in a thread: the event loop is everybody's.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from anyio import CapacityLimiter, to_thread
from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect, Request

from api.http.statuses import BadJson, BodyCutShort, NotJson, RequestTooLarge, TooManyValues, WrongThroughout
from api.json_text import NoJson, parse
from ledger import limits

_MEDIA_TYPE = re.compile(r"application/(json|[a-z0-9!#$&^_.-]+\+json)", re.IGNORECASE)


class ReadRequest(Request):
    """A request whose body was read and found to be JSON, or is empty. `read`: what it says, already in its shape where
    it has that."""

    def __init__(self, request: Request, body: bytes, read: Any) -> None:
        super().__init__(request.scope, request.receive)
        self._body = body
        self._read = read

    async def json(self) -> Any:
        return self._read


class BodyReader:
    """Reads the bodies of one endpoint, which have to have a shape."""

    def __init__(self, shape: Any) -> None:
        self._shape: TypeAdapter[Any] = TypeAdapter(shape)
        self._names = frozenset(_names_in(self._shape.json_schema()))

    async def read(self, request: Request) -> ReadRequest:
        """The request with its body, refused where it is too large, of another type, or no JSON."""
        body = await within_limit(request)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip()
        is_packed = request.headers.get("content-encoding", "identity").lower() != "identity"
        if body and (is_packed or not _MEDIA_TYPE.fullmatch(media_type)):
            raise NotJson
        if len(body) <= limits.BODY_ON_LOOP:
            return ReadRequest(request, body, self._look_at(body) if body else None)
        read = await to_thread.run_sync(self._look_at, body, limiter=_large_bodies(request))
        return ReadRequest(request, body, read)

    def _look_at(self, body: bytes) -> Any:
        """What it says, in its shape. Without it where it has another: FastAPI then says where it differs."""
        try:
            read = parse(body)
        except NoJson as error:
            raise BadJson(why=error.why) from None
        self._cut_short(read)
        try:
            return self._shape.validate_python(read, from_attributes=True)
        except ValidationError as error:
            if error.error_count() > limits.PROBLEMS_LOOKED_AT:
                raise WrongThroughout(count=error.error_count()) from None
            return read

    def _cut_short(self, read: Any) -> None:
        """Whatever it holds is looked at with care later, so it may not hold more than anybody has to say. Of what is
        wrong in any case only so much is left as shows that: of an array that is longer than any may be, and of names
        that there are nowhere."""
        items = names = unknown = 0
        waiting = [read] if isinstance(read, dict | list) else []
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                if len(value) > limits.PROBLEMS_TOLD:
                    others = [name for name in value if name not in self._names]
                    for name in others[max(0, limits.PROBLEMS_TOLD - unknown) :]:
                        del value[name]
                    unknown += len(others)
                names += len(value)
                inside: Iterable[Any] = value.values()
            else:
                del value[limits.LONGEST_ARRAY + 1 :]
                items += len(value)
                inside = value
            if items > limits.ITEMS_IN_BODY:
                raise TooManyValues(limit=limits.ITEMS_IN_BODY, what="items in its arrays")
            if names > limits.NAMES_IN_BODY:
                raise TooManyValues(limit=limits.NAMES_IN_BODY, what="names in its objects")
            waiting.extend(each for each in inside if isinstance(each, dict | list))


def _names_in(schema: Any) -> Iterator[str]:
    """Every name that an object may have, wherever in a JSON Schema."""
    if isinstance(schema, dict):
        yield from schema.get("properties", ())
        for each in schema.values():
            yield from _names_in(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _names_in(each)


def _large_bodies(request: Request) -> CapacityLimiter:
    """So many are read at a time: they take turns with the event loop, all together."""
    limiter: CapacityLimiter = request.app.state.large_bodies
    return limiter


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
