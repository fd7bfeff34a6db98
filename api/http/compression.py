"""Answers of text, in Brotli (RFC 7932) or gzipped for whoever takes that (RFC 9110, 8.4).

What nobody may keep (`no-store`) and what a session reads stay as they are: there secrets could stand beside words that
somebody else chose, and the length would tell of them (BREACH). So do streams and small answers.

A strong ETag names bytes, so a packed answer has one of its own: `"r7-1042-br"`. Inside nobody knows of that: whoever
sends it back in a condition has said `"r7-1042"`.
"""

import re
import zlib
from collections.abc import Callable, Mapping
from typing import Final

import brotli  # type: ignore[import-untyped]
from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger import limits

_TEXT = re.compile(
    r"text/(?!event-stream)[a-z0-9.+-]+|image/svg\+xml|application/([a-z0-9.+-]+\+)?(json|xml|link-format)"
)
_ITS_OWN = re.compile(rb'-(gzip|br)(?=")')
_CONDITIONS = (b"if-match", b"if-none-match")
# Beyond it an answer of ours gets hardly smaller, and takes half as long again: in Brotli many times as long.
_LEVEL = 5


def gzipped(body: bytes) -> bytes:
    """Of the same bytes always the same."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


def in_brotli(body: bytes) -> bytes:
    """Likewise, and a tenth smaller in as much time."""
    packed: bytes = brotli.compress(body, mode=brotli.MODE_TEXT, quality=_LEVEL)
    return packed


# Of two that are liked alike, the first.
CODINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {"br": in_brotli, "gzip": gzipped}


class Compressed:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._at_a_time = CapacityLimiter(limits.LARGE_BODIES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "admitted" in scope:
            await self._app(scope, receive, send)
            return
        scope, had = _without_suffix(scope)
        headers = Headers(scope=scope)
        coding = coding_for(headers.get("accept-encoding", ""))
        may_be = scope["method"] in ("GET", "HEAD") and "cookie" not in headers
        begun: Message | None = None

        async def answer(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                told = MutableHeaders(raw=message["headers"])
                if message["status"] == 304:
                    would_be = may_be and is_worth_it(told)
                    if would_be:
                        told.add_vary_header("Accept-Encoding")
                    is_any = would_be and headers["if-none-match"].strip() == "*"
                    _name_as(told, coding if is_any else had)
                    for name in ("content-length", "content-type"):
                        del told[name]
                if may_be and message["status"] == 200 and is_worth_it(told):
                    told.add_vary_header("Accept-Encoding")
                    if coding:
                        begun = message  # its length and its name are known with its body
                        return
                await send(message)
            elif begun is None:
                await send(message)
            else:
                start, begun = begun, None
                await self._send_packed(coding, start, message, send)

        await self._app(scope, receive, answer)

    async def _send_packed(self, coding: str, start: Message, message: Message, send: Send) -> None:
        body: bytes = message.get("body", b"")
        if not message.get("more_body", False):
            pack = CODINGS[coding]
            if len(body) <= limits.BODY_ON_LOOP:
                body = pack(body)
            else:
                body = await to_thread.run_sync(pack, body, limiter=self._at_a_time)
            told = MutableHeaders(raw=start["headers"])
            told["content-encoding"] = coding
            told["content-length"] = str(len(body))
            _name_as(told, coding)
        await send(start)
        await send({**message, "body": body})


def is_worth_it(headers: Headers) -> bool:
    """Text, as a whole, neither small nor secret."""
    length = headers.get("content-length", "")
    return (
        length.isdigit()
        and int(length) >= limits.SMALL_ANSWER
        and "content-encoding" not in headers
        and "no-store" not in headers.get("cache-control", "no-store")
        and _TEXT.fullmatch(headers.get("content-type", "").partition(";")[0].strip().lower()) is not None
    )


def coding_for(accepted: str) -> str:
    """By Accept-Encoding (RFC 9110, 12.5.3), or "" for none; whoever takes anything takes gzip, unless they say
    otherwise."""
    liked: dict[str, float] = {}
    for part in accepted.split(",")[: limits.PARAMETERS]:
        coding, _, weight = part.replace(" ", "").lower().partition(";q=")
        liked[coding] = _weight(weight)
    liked.setdefault("gzip", liked.get("x-gzip", liked.get("*", 0.0)))
    best = max(CODINGS, key=lambda coding: liked.get(coding, 0.0))
    how_much = liked.get(best, 0.0)
    return best if how_much and how_much >= liked.get("identity", 0.0) else ""


def _weight(text: str) -> float:
    """1 where there is none, or none that can be read."""
    return float(text) if re.fullmatch(r"[01](\.[0-9]{0,3})?", text) else 1.0


def _name_as(headers: MutableHeaders, coding: str) -> None:
    etag = headers.get("etag", "")
    if coding and etag.startswith('"'):
        headers["etag"] = f'{etag[:-1]}-{coding}"'


def _without_suffix(scope: Scope) -> tuple[Scope, str]:
    """The request as if it named what is not packed; and the coding of what it has already, "" where it has none."""
    had = {
        name: found[1]
        for name, value in scope["headers"]
        if name in _CONDITIONS and (found := _ITS_OWN.search(value))
    }
    if not had:
        return scope, ""
    headers = [
        (name, _ITS_OWN.sub(b"", value) if name in _CONDITIONS else value) for name, value in scope["headers"]
    ]
    return {**scope, "headers": headers}, had.get(b"if-none-match", b"").decode()
