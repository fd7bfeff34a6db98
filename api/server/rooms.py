"""Rooms of a server: what it does for readers leaves room for the desk, what is dear leaves room for the rest, and
whether it is well can always be said.

Each room has connections to the database of its own. Readers wait for theirs in the event loop, and not in a thread:
the threads are the desk's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextlib import AbstractContextManager
from typing import Any

from ledger import limits
from ledger.refusals import ServerBusy
from ledger.store.database import Connection, Connections, Database, Row

Work = Callable[[], Awaitable[Any]]


class Room:
    """So many connections, and for so many readers at a time; the others wait, but not many of them and not long."""

    def __init__(self, connections: Connections, size: int) -> None:
        self._connections = connections
        self._places = asyncio.Semaphore(size)
        self._waiting = 0
        self._next: dict[Hashable, asyncio.Task[Any]] = {}
        self._under_way: dict[Hashable, asyncio.Task[Any]] = {}

    def reading(self, patience: float | None = None) -> AbstractContextManager[Connection[Row]]:
        """A connection to read by, for a thread."""
        return self._connections.lend(patience)

    async def answer(self, work: Work) -> Any:
        """What the work comes to, once there is a place for it; ServerBusy where there is none in time."""
        await self._take_place()
        try:
            return await work()
        finally:
            self._places.release()

    async def _take_place(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        if self._waiting >= limits.READERS_WAITING:
            raise ServerBusy
        self._waiting += 1
        try:
            # Not wait_for, which makes a task of it, and that is dear.
            async with asyncio.timeout(limits.READER_PATIENCE):
                await self._places.acquire()
        except TimeoutError:
            raise ServerBusy from None
        finally:
            self._waiting -= 1

    async def answer_together(self, question: Hashable, work: Work) -> Any:
        """Likewise, worked out once for all who ask the same before it is begun; of what is under way nobody is told
        who came later, for something may have been withdrawn since."""
        if question not in self._next:
            task = self._next[question] = asyncio.ensure_future(self._answer_next(question, work))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # whoever waited has it
        return await asyncio.shield(self._next[question])

    async def _answer_next(self, question: Hashable, work: Work) -> Any:
        def begin() -> Awaitable[Any]:
            self._under_way[question] = self._next.pop(question)
            return work()

        try:
            if before := self._under_way.get(question):
                await asyncio.wait([before])
            return await self.answer(begin)
        finally:
            for tasks in (self._next, self._under_way):
                if tasks.get(question) is asyncio.current_task():
                    del tasks[question]

    def mend(self) -> None:
        self._connections.mend()

    def close(self) -> None:
        self._connections.close()


class Rooms:
    """desk: whoever has a key; readers: whoever has none; dear: what looks at much for them; health: whoever asks
    whether the server is well."""

    def __init__(self, database: Database, connections: int) -> None:
        def room(size: int, **settings: float) -> Room:
            return Room(database.readers(size, **settings), size)

        self.desk = room(connections)
        self.readers = room(max(1, connections // 2))
        self.dear = room(max(1, connections // 4))
        self.health = room(1, seconds=limits.HEALTH_SECONDS)

        self._all = (self.desk, self.readers, self.dear, self.health)

    def mend(self) -> None:
        """The database is back: connections that broke meanwhile are not given to whoever asks next."""
        for room in self._all:
            room.mend()

    def close(self) -> None:
        for room in self._all:
            room.close()
