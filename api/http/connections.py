"""Connections of clients: how many, for how long, and how much may stand before the body of a request.

uvicorn bounds none of that: who sends half a request keeps a connection for ever, and a thousand of them shut out
everybody. Whoever lets us wait is waited for so long; where there are too many, those who wait longest go first.
"""

import asyncio
import resource
from http import HTTPStatus
from math import inf
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.http.statuses import TITLE
from api.server.clients import Proxies, counted_as
from ledger import limits

_SWEEP = 1.0  # seconds from one look at who is late to the next


def raise_file_limit() -> int:
    """How many connections there may be: each takes a file, and the system lets a process have so many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.CONNECTIONS + limits.FILES_KEPT
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return limits.CONNECTIONS
    return max(1, min(limits.CONNECTIONS, soft - limits.FILES_KEPT))


class Bounds:
    """Every connection of a server, by the address that each is counted under, the oldest first. One of a proxy that is
    trusted counts under none: many clients share it."""

    def __init__(self, proxies: Proxies | None = None) -> None:
        self._proxies = proxies or Proxies()
        self._at_most = raise_file_limit()
        self._of: dict[str, dict[Connection, None]] = {}
        self._open = 0
        self._sweeping = False

    def address_of(self, host: str) -> str:
        return "" if self._proxies.trusts(host) else counted_as(host)

    def let_in(self, connection: "Connection") -> bool:
        """Whether there is room for it, perhaps in the place of another that lets us wait."""
        mine = self._of.get(connection.address, {})
        if connection.address and len(mine) >= limits.CONNECTIONS_OF_ADDRESS and not _drop_one(mine):
            return False
        if self._open >= self._at_most and not self._make_room():
            return False
        self._of.setdefault(connection.address, {})[connection] = None
        self._open += 1
        if not self._sweeping:
            self._sweeping = True
            connection.loop.call_later(_SWEEP, self._sweep, connection.loop)
        return True

    def _make_room(self) -> bool:
        """Of whoever has most; where all of theirs are answered, of whoever has most after them."""
        return any(map(_drop_one, sorted(self._of.values(), key=len, reverse=True)))

    def left(self, connection: "Connection") -> None:
        mine = self._of.get(connection.address, {})
        if connection in mine:
            del mine[connection]
            self._open -= 1
            if not mine:
                del self._of[connection.address]

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in [each for mine in self._of.values() for each in mine if each.until < now]:
            connection.give_up()
        self._sweeping = bool(self._of)
        if self._sweeping:
            loop.call_later(_SWEEP, self._sweep, loop)


def _drop_one(connections: "dict[Connection, None]") -> bool:
    """The oldest that lets us wait; of those that are answered none."""
    oldest = next((each for each in connections if each.until < inf), None)
    if oldest is not None:
        oldest.give_up()
    return oldest is not None


class _HeadTooLarge(Exception):
    """Of the head of a request there is more than anybody needs."""


class Connection(HttpToolsProtocol):
    """until: when we give up on it, as the loop counts time; `inf` while it is for us to do something."""

    address = ""
    until = inf

    def __init__(self, bounds: Bounds, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._bounds = bounds
        self._is_in_head, self._is_half_sent = True, False
        self._came = self._read = 0  # bytes of a head that came, and those that its fields have

    # --- Coming and going ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.address = self._bounds.address_of(self.client[0] if self.client else "")
        self._wait(limits.HEAD_SECONDS)
        if not self._bounds.let_in(self):
            self._end(503, "There are too many connections already. Come back in a moment.")

    def connection_lost(self, exc: Exception | None) -> None:
        self._bounds.left(self)
        super().connection_lost(exc)

    def give_up(self) -> None:
        """It is late, or in the way of others."""
        if self.transport.is_closing() or self.flow.write_paused:
            self._bounds.left(self)
            self.transport.abort()
        elif self._is_half_sent:
            self._end(408, "The request did not come to its end in time.")
        else:
            self._end()

    def timeout_keep_alive_handler(self) -> None:
        self.give_up()

    def _wait(self, seconds: float) -> None:
        self.until = self.loop.time() + seconds

    def _end(self, status: int | None = None, detail: str = "") -> None:
        """Closes, with an answer where none has begun. It counts no more, and what is not taken soon is lost."""
        self._bounds.left(self)
        cycle: RequestResponseCycle | None = (
            self.cycle
        )  # none before the first request, whatever its type says
        is_answered = cycle is not None and cycle.response_started and not cycle.response_complete
        if status is not None and not is_answered:
            self.transport.write(_problem(status, detail))
        self.transport.close()
        self.loop.call_later(limits.HEAD_SECONDS, self.transport.abort)

    # --- What comes in -------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._came += len(data)
        super().data_received(data)
        if self._is_in_head and self._came > limits.HEAD_BYTES and not self.transport.is_closing():
            self._refuse_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = self._is_half_sent = True
        self._read = 0
        self._wait(limits.HEAD_SECONDS)

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value))

    def _count(self, size: int) -> None:
        self._read += size
        if self._read > limits.HEAD_BYTES:
            raise _HeadTooLarge

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._wait(limits.BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_in_head, self._is_half_sent = True, False
        self._came = 0
        super().on_message_complete()
        self._wait_or_work()

    def send_400_response(self, msg: str) -> None:
        del msg
        if self._read > limits.HEAD_BYTES:
            self._refuse_head()
        else:
            self._end(400, "This is not a request as HTTP/1.1 has it (RFC 9112).")

    def _refuse_head(self) -> None:
        self._end(
            431, f"The address and the header fields of a request have at most {limits.HEAD_BYTES} bytes."
        )

    # --- What goes out -------------------------------------------------------------------------------------------

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait_or_work()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait(limits.WRITE_SECONDS)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._wait_or_work()

    def _wait_or_work(self) -> None:
        """Where the whole of a request is there it is for us to answer; else, and when it is answered, we wait."""
        if self._is_half_sent or self.flow.write_paused:
            return
        if self.transport.is_closing():
            self._wait(limits.WRITE_SECONDS)
        elif self.cycle.response_complete:
            self._wait(self.timeout_keep_alive)
        else:
            self.until = inf


def _problem(status: int, detail: str) -> bytes:
    said = {"type": f"urn:fact-ledger:problem:{KINDS[status]}", "title": TITLE[status], "status": status}
    body = orjson.dumps(said | {"detail": detail})
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\ncache-control: no-store\r\nretry-after: 5\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


KINDS = {400: "no-request", 408: "too-slow", 431: "head-too-large", 503: "too-many-connections"}
