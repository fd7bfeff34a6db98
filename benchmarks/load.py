"""The load: so many clients that speak HTTP from a process of their own, as lean as Python allows.

Each client keeps one connection and has one request under way. As fast as it goes, a client sends its next request
when the answer is there. At a rate, every request has its moment, and its latency counts from that moment on: a server
that is late does not make the next request come later.
"""

import asyncio
import gc
import multiprocessing
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

import httptools
import uvloop

PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Load:
    """requests: whole ones, as they go over the wire, in their order; per_second: None for as fast as it goes."""

    port: int
    requests: Sequence[bytes]
    clients: int = 32
    per_second: float | None = None


@dataclass(slots=True)
class Answered:
    """latencies: seconds, in the order in which the answers came; busy: which part of the time the load's own process
    was at work, for at 1 it would be what is measured."""

    seconds: float = 0.0
    busy: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    body_bytes: int = 0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


class Generator:
    """Applies loads, in its own process."""

    def __init__(self, process: ProcessPoolExecutor) -> None:
        self._process = process

    def apply(self, load: Load) -> Answered:
        return self.begin(load).result(PATIENCE_SECONDS)

    def begin(self, load: Load) -> Future[Answered]:
        return self._process.submit(_apply, load)


@contextmanager
def generator() -> Iterator[Generator]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        yield Generator(process)


def request(method: str, path: str, fields: Mapping[str, str], body: bytes = b"") -> bytes:
    """A whole HTTP/1.1 request."""
    sent = {"host": "127.0.0.1", **fields}
    if body:
        sent |= {"content-type": "application/json", "content-length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def _apply(load: Load) -> Answered:
    gc.collect()
    gc.disable()  # a pause of ours would be taken for one of the server's
    try:
        return uvloop.run(_Run(load).to_the_end())
    finally:
        gc.enable()


class _Run:
    def __init__(self, load: Load) -> None:
        self._load = load
        self.answered = Answered()
        self._waiting: deque[tuple[int, float]] = deque()  # requests whose moment has come, with that moment
        self._idle: deque[_Client] = deque()  # in turn, for one that sends nothing is closed after a while
        self._next = 0
        self._done: asyncio.Future[None]

    async def to_the_end(self) -> Answered:
        loop = asyncio.get_running_loop()
        self._done = loop.create_future()
        clients = [
            (await loop.create_connection(lambda: _Client(self), "127.0.0.1", self._load.port))[1]
            for _ in range(self._load.clients)
        ]
        begun, worked = time.perf_counter(), time.process_time()
        if self._load.per_second is None:
            for client in clients:
                self.is_free(client)
            await self._done
        else:
            self._idle.extend(clients)
            await asyncio.gather(self._call(self._load.per_second, begun), self._done)
        self.answered.seconds = time.perf_counter() - begun
        self.answered.busy = (time.process_time() - worked) / self.answered.seconds
        for client in clients:
            client.transport.close()
        return self.answered

    async def _call(self, per_second: float, begun: float) -> None:
        """Hands out each request at its moment."""
        for index in range(len(self._load.requests)):
            moment = begun + index / per_second
            ahead = moment - time.perf_counter()
            if ahead > 0.0005:
                await asyncio.sleep(ahead)
            if self._idle:
                self._idle.popleft().send(self._load.requests[index], moment)
            else:
                self._waiting.append((index, moment))

    def is_free(self, client: "_Client") -> None:
        if len(self.answered.latencies) == len(self._load.requests):
            self._done.set_result(None)
        elif self._load.per_second is None:
            if self._next < len(self._load.requests):
                self._next += 1
                client.send(self._load.requests[self._next - 1], time.perf_counter())
        elif self._waiting:
            index, moment = self._waiting.popleft()
            client.send(self._load.requests[index], moment)
        else:
            self._idle.append(client)

    def is_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("the server closed a connection"))


class _Client(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._parser = httptools.HttpResponseParser(self)
        self._moment = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def send(self, request: bytes, moment: float) -> None:
        self._moment = moment
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._run.answered.body_bytes += len(body)

    def on_message_complete(self) -> None:
        answered = self._run.answered
        answered.latencies.append(time.perf_counter() - self._moment)
        answered.statuses[self._parser.get_status_code()] += 1
        self._run.is_free(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._run.is_lost(error)
