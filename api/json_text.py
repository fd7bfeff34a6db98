"""What a JSON text says, as RFC 8259 has it and with each name said once; anything else is refused."""

import json
import re
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass
class NoJson(Exception):
    """Why it is none, in plain words."""

    why: str


def parse(body: bytes) -> Any:
    """What the JSON text says; NoJson. Read twice: orjson refuses what only Python's reader takes (NaN, UTF-16, half a
    surrogate pair), Python's keeps large numbers whole and shows the names that are there twice. Where neither can be,
    once is enough."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in body[:4]:
        raise NoJson("it is not in UTF-8")
    try:
        read = orjson.loads(body)
        return read if _is_simple(body, read) else _read_json(body.decode())
    except orjson.JSONDecodeError as error:
        if "depth" in str(error):
            raise NoJson("it is nested too deeply") from None
        raise NoJson(_say(str(error))) from None
    except RecursionError:
        raise NoJson("it is nested too deeply") from None


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
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise NoJson(f"the name {twice[:80]!r} is in one object twice")
    return found


_read_json = json.JSONDecoder(object_pairs_hook=_each_name_once, parse_float=_number).decode
