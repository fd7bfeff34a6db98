"""The streams that stay open: one bell that wakes them all, and pages of news shared by those who need the same."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from anyio import CapacityLimiter, to_thread
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.http.documents import View
from api.http.statuses import TooManyStreams
from api.server.running import Running
from ledger import limits
from ledger.commands import Actor
from ledger.refusals import LedgerClosed, NotNow
from projections.reading import news
from projections.reading.news import Item, News
from projections.reading.replay import Asked

_PAUSE = 0.05  # seconds between two rings: under load a page then holds many items, and a thousand streams wake at once
_AGAIN = 1.0  # seconds until a page that could not be had is asked for again
_PIECE = 16 * limits.KIB  # letters that are sent together
_RETRY = "retry: 1000\n\n"  # milliseconds until a client that lost the connection comes back


class Bell:
    """Rings whenever the views have moved, and every so often anyway; belongs to the event loop."""

    def __init__(self) -> None:
        self.rings = 0
        self.silences = 0  # how often it rang although nothing may have happened
        self.is_over = False
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()
        self._next: asyncio.TimerHandle | None = None
        self._last = 0.0
        self._silence = self._loop.call_later(limits.STREAM_SILENCE, self._ring_in_silence)

    def moved(self, position: int) -> None:
        """The views have reached the position; from any thread."""
        del position  # whoever wakes looks how far they are by then
        self._loop.call_soon_threadsafe(self._ring_soon)

    def end(self) -> None:
        """The last ring."""
        self.is_over = True
        self._silence.cancel()
        self._ring()

    async def rung_since(self, rings: int, patience: float | None = None) -> None:
        """Returns once it has rung more often than that, or after so many seconds."""
        if self.rings == rings and not self.is_over:
            try:
                await asyncio.wait_for(self._rung.wait(), patience)
            except TimeoutError:
                return

    def _ring_soon(self) -> None:
        if self._next is None:
            self._next = self._loop.call_at(self._last + _PAUSE, self._ring)

    def _ring(self) -> None:
        self._next, self._last = None, self._loop.time()
        self.rings += 1
        self._rung.set()
        self._rung = asyncio.Event()

    def _ring_in_silence(self) -> None:
        self.silences += 1
        self._ring()
        self._silence = self._loop.call_later(limits.STREAM_SILENCE, self._ring_in_silence)


class Stream(StreamingResponse):
    """Server-sent events; `left` is called when it is over, however it ends."""

    media_type = "text/event-stream"

    def __init__(self, content: AsyncIterator[str], left: Callable[[], None]) -> None:
        # x-accel-buffering: nginx would keep back what it hears until it has enough of it.
        headers = {"cache-control": "no-store", "vary": "Authorization", "x-accel-buffering": "no"}
        super().__init__(content, headers=headers)
        self._left = left

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._left()


@dataclass(frozen=True, slots=True)
class Follower:
    """Who follows the news of one story or of all, as the desk or as readers see them, beyond a position. story: by the
    slug that it was opened under."""

    actor: Actor
    view: View
    story: str | None
    position: int
    address: str = ""  # from where they ask, as it is counted
    is_head: bool = False  # asks for the headers alone


_Page = tuple[int, View, str | None, int]  # rings, view, story, position


class Streams:
    """Every open stream of this process. Of the connections to the database they take two at most: one for those who
    wait for what happens, one for those who are still told what has happened."""

    def __init__(self, bell: Bell, running: Running) -> None:
        self.bell = bell
        self.open = 0
        self._open_to_readers: Counter[str] = Counter()  # by their addresses
        self._running = running
        self._pages: dict[_Page, asyncio.Future[News]] = {}
        self._of_now, self._of_the_past = CapacityLimiter(1), CapacityLimiter(1)

    def end(self) -> None:
        """Every stream ends, and there are no more."""
        self.bell.end()

    def follow(self, follower: Follower) -> Stream:
        if self.bell.is_over:
            raise LedgerClosed
        is_reader = follower.actor.role == "reader"
        readers = self._open_to_readers
        if self.open >= limits.STREAMS or (is_reader and readers.total() >= limits.STREAMS_OF_READERS):
            raise TooManyStreams(open=self.open, where="at this server")
        if is_reader and readers[follower.address] >= limits.STREAMS_OF_ADDRESS:
            raise TooManyStreams(open=readers[follower.address], where="from this address")
        self.open += 1
        readers[follower.address] += is_reader

        def left() -> None:
            self.open -= 1
            readers[follower.address] -= is_reader
            if not readers[follower.address]:
                del readers[follower.address]

        return Stream(self._told(follower), left)

    async def _told(self, follower: Follower) -> AsyncIterator[str]:
        """Each item once, in order. Whatever the client does not take holds up what is behind it: no more than a page
        of it is ever kept."""
        if follower.is_head:
            return
        yield _RETRY
        position, silences, is_level, is_withdrawn = follower.position, -1, False, False
        times_back = self._running.losses.times
        # Where the database went back in time, what was told is not what was: whoever comes back is told so.
        while self._may_hear(follower.actor) and self._running.losses.times == times_back:
            rings, heard = self.bell.rings, self.bell.silences
            try:
                page = await self._page(follower, rings, position, is_level=is_level)
            except NotNow:
                await self.bell.rung_since(rings, _AGAIN)
                continue
            if not self._may_hear(follower.actor):
                return  # as we know now
            mine = [item for item in page.items if follower.story in (None, item.story)]
            for piece in _pieces(mine):
                ringing = self.bell.rings
                yield "".join(map(_frame, piece))
                position, is_withdrawn = piece[-1].position, piece[-1].is_withdrawal
                if self.bell.rings != ringing:
                    break  # it took the client long: the key may be revoked, and some of the rest withdrawn
            else:
                position, is_level = page.reached, page.is_all
                if not is_level:
                    continue
                if is_withdrawn and follower.story is not None:
                    return
                if silences != heard:
                    silences = heard
                    yield _here(position)
                await self.bell.rung_since(rings)

    def _may_hear(self, actor: Actor) -> bool:
        return not self.bell.is_over and self._running.keyring.admits(actor, datetime.now(UTC))

    async def _page(self, follower: Follower, rings: int, after: int, *, is_level: bool) -> News:
        """Those who have heard all that there was need the same page next, whichever story they follow; it is read once
        for all of them. rings: a page that was asked for before the last ring may lack what that was about."""
        story = None if is_level else follower.story
        key = (rings, follower.view, story, after)
        if key not in self._pages:
            limiter = self._of_now if is_level else self._of_the_past
            reading = to_thread.run_sync(self._read, follower.view, story, after, limiter=limiter)
            self._pages[key] = asyncio.ensure_future(reading)
            self._pages[key].add_done_callback(lambda page: self._is_read(key, page))
        return await asyncio.shield(self._pages[key])

    def _is_read(self, key: _Page, page: asyncio.Future[News]) -> None:
        del self._pages[key]
        if not page.cancelled():
            page.exception()  # whoever waited has it; if nobody does any more, nobody misses it

    def _read(self, view: View, story: str | None, after: int) -> News:
        with self._running.reading() as connection:
            # Here, for whoever only listens asks for nothing that would look whether the key was revoked elsewhere.
            self._running.keyring.refresh(connection)
            return news.page(connection, Asked(view=view), story, after)


def _pieces(items: Sequence[Item]) -> Iterator[list[Item]]:
    """What is sent together: one by one, each would cost as much as all of them."""
    piece: list[Item] = []
    size = 0
    for item in items:
        piece.append(item)
        size += len(item.text)
        if size >= _PIECE:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _frame(item: Item) -> str:
    return f"id: {item.position}\ndata: {item.text}\n\n"


def _here(position: int) -> str:
    """An id and no data: a client remembers it for when it comes back, and tells nobody."""
    return f": nothing else so far\nid: {position}\n\n"
