"""Idempotency-Key: what makes a request the same one when it comes again."""

import hashlib
from typing import Annotated

import orjson
from fastapi import Header, Request
from pydantic import StringConstraints

from ledger import limits
from ledger.commands import Repeat

# Bare, as most clients send it, or quoted, as the IETF draft has it: the same key either way.
_KEY = rf"[\x21\x23-\x7e]([\x20-\x7e]{{0,{limits.IDEMPOTENCY_KEY_LENGTH - 2}}}[\x21-\x7e])?"
_QUOTED_KEY = rf'"[\x20-\x7e]{{1,{limits.IDEMPOTENCY_KEY_LENGTH}}}"'
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Makes the request repeatable: sent again with the same key it is answered, not recorded again",
        examples=["7d6a1d9e-4a3e-4b5c-9f0e-2f8f7a5a1c11"],
    ),
    StringConstraints(pattern=f"^({_KEY}|{_QUOTED_KEY})$"),
]


def repeat_of(request: Request, body: bytes, may_be_erased: bool) -> Repeat | None:
    """The key with a digest of all that was asked under it; None where there is no key."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if key.startswith('"'):
        key = key[1:-1]
    before = (request.url.path.encode(), ",".join(request.headers.getlist("if-match")).encode())
    return Repeat(key, _digest(*before, _said(body)), may_be_erased, earlier=_digest(*before, body))


def _said(body: bytes) -> bytes:
    """In one order and without spaces: a client may write it anew when it sends it again. What is no JSON is refused
    anyway."""
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except (ValueError, TypeError):
        return body


def _digest(*parts: bytes) -> bytes:
    asked = hashlib.sha256()
    for part in parts:
        asked.update(len(part).to_bytes(8))
        asked.update(part)
    return asked.digest()
