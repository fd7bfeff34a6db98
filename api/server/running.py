"""A ledger that runs: its database, its writer, its keyring, its worker, and the connections to read by."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection

from api.server.embargoes import Embargoes
from api.server.renewal import Renewal
from api.server.rooms import Rooms
from api.server.webhooks import Webhooks
from ledger.commands import Submission
from ledger.store.database import Database
from ledger.store.keyring import Keyring
from ledger.store.seen import Losses
from ledger.store.store import LedgerMapper
from ledger.store.writer import Outcome, Recording, Rehearsal, Writer
from projections.engine.worker import Worker


class Running:
    def __init__(
        self,
        database: Database,
        connections: int = 8,
        moved: Callable[[int], None] | None = None,
        webhook_hosts: Collection[str] = (),
    ) -> None:
        """moved: see Worker; webhook_hosts: those that may be private."""
        self.database = database
        self.keyring = Keyring()
        self.losses = Losses(self._forget)
        self._told = moved or (lambda _: None)
        self.webhooks = Webhooks(database, webhook_hosts)
        self.writer = Writer(database, self.keyring, LedgerMapper(), self.losses)
        self.worker = Worker(database, Embargoes(self.writer.submit).look, self._moved, self.losses)
        self.rooms = Rooms(database, connections)
        self.reading = self.rooms.desk.reading
        self.was_away = False  # the database, when somebody last asked whether the server is ready
        with self.reading() as connection:
            self.keyring.refresh(connection)
        self.renewal = Renewal(database, self.reading)
        self.renewal.look()
        self.writer.start()
        self.worker.start()
        self.renewal.start()
        self.webhooks.start()

    def _moved(self, position: int) -> None:
        self._told(position)
        self.webhooks.wake()

    def _forget(self) -> None:
        """The database went back in time: whoever noticed, the others forget as well. Open streams wake, see it, and
        end."""
        self.writer.doubt()
        self.worker.doubt()
        self.keyring.doubt()
        self._moved(0)

    def close(self) -> None:
        """What was handed in is answered, then everything ends."""
        self.writer.close()
        self.webhooks.close()
        self.renewal.close()
        self.worker.close()
        self.rooms.close()


class Answers:
    """Carries answers from the writer's thread to the event loop, one wake-up for all that are ready together."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._ready: deque[tuple[asyncio.Future[Recording | Rehearsal], Outcome]] = deque()
        self._woken = False

    async def submit(self, submission: Submission) -> Recording | Rehearsal:
        """Hands a command to the writer and waits for its answer; raises what was refused."""
        future: asyncio.Future[Recording | Rehearsal] = self._loop.create_future()
        self._writer.submit(submission, lambda outcome: self._deliver(future, outcome))
        return await future

    def _deliver(self, future: asyncio.Future[Recording | Rehearsal], outcome: Outcome) -> None:
        self._ready.append((future, outcome))
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._woken = False  # before emptying: what comes from now on wakes again
        while self._ready:
            future, outcome = self._ready.popleft()
            if future.done():
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
