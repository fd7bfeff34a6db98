"""The worker that keeps the views up with the ledger, in a thread of its own: one of all processes leads at a time."""

import logging
import time
from collections.abc import Callable
from threading import Event, Thread

import psycopg
from psycopg import Connection, sql

from ledger.refusals import DatabaseAway, ViewsAhead, ViewsOfAnotherRelease
from ledger.store.database import Database, Row, take
from ledger.store.seen import NOTHING_SEEN, Losses
from ledger.store.store import LedgerMapper, last_seen, stands
from projections.engine.catch_up import catch_up, position
from projections.engine.progress import MOVED

log = logging.getLogger("factledger.worker")

_LONGEST_WAIT = 1.0  # seconds; a notification may be lost with its connection
_BREATH = 0.003  # seconds between pages: under load a page then holds many events, at little cost to who waits for one
_BACK_OFF = (0.1, 0.2, 0.5, 1.0, 2.0)  # seconds before the next try, the last one for ever


class Worker:
    """Listens first, then reads, so that nothing falls in between; looks by itself once a second.

    Whoever holds the lock of the projector moves the views. The others hear how far those are, and try to take the lock
    once a second: it falls free with the connection of who held it.
    """

    def __init__(
        self,
        database: Database,
        after_each_round: Callable[[Connection[Row]], float] | None = None,
        moved: Callable[[int], None] | None = None,
        mapper: LedgerMapper | None = None,
        losses: Losses | None = None,
    ) -> None:
        """after_each_round: what else is to be looked at, now and then; answers in how many seconds to come back.
        moved: told, in this thread, which position the views of stories are at, whenever they have moved.
        mapper: the writer's of this process, which need not parse what it has written. losses: told, in this thread,
        when the database went back in time, within a second or so."""
        self.database = database
        self._after_each_round = after_each_round or (lambda _: _LONGEST_WAIT)
        self._moved = moved or (lambda _: None)
        self._mapper = mapper or LedgerMapper()
        self._losses = losses or Losses()
        self._seen = NOTHING_SEEN
        self._next_look = 0.0  # time.monotonic()
        self.failure: str | None = None  # what stands in its way now
        self.leads = False
        self._ending = Event()
        self._thread = Thread(target=self._run, name="ledger projections", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def doubt(self) -> None:
        """Somebody else noticed that the database went back in time. From any thread."""
        self._seen = NOTHING_SEEN

    def close(self) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        failures = 0
        while not self._ending.is_set():
            try:
                with self.database.connect(name="worker") as connection:
                    self._listen(connection, self.database.channel + MOVED)
                    reached, self._next_look = -1, 0.0
                    while not self._ending.is_set():
                        now = self._round(connection)
                        self.failure, failures = None, 0
                        if now != reached:
                            self._look_back(connection)
                            self._moved(now)
                            reached = now
                        longest = self._after_each_round(connection)
                        self._ending.wait(_BREATH)
                        self._wait(connection, longest)
            except (psycopg.OperationalError, DatabaseAway) as error:
                self._fail(f"the database is away: {type(error).__name__}", failures)
                failures += 1
            except (ViewsAhead, ViewsOfAnotherRelease) as error:
                self._fail(str(error), failures)
                failures += 1
            except Exception as error:
                log.exception("the views stand still")
                self._fail(f"{type(error).__name__}: the views stand still, see the log", failures)
                failures += 1
            finally:
                self.leads = False

    def _round(self, connection: Connection[Row]) -> int:
        """Moves the views, if it leads; how far those of stories are."""
        if time.monotonic() >= self._next_look:
            self._look_back(connection)
        if not self.leads and take(connection, f"factledger projector {self.database.schema}"):
            log.info("this process projects now")
            self.leads = True
            self._listen(connection, self.database.channel)
        if self.leads:
            catch_up(connection, mapper=self._mapper)
        return position(connection)

    def _look_back(self, connection: Connection[Row]) -> None:
        """Whether what was there at the last look is still there. Once a second; on a new connection, before anything
        is read by it; and whenever the views have moved, for what readers were shown last must be what is missed."""
        if not stands(connection, self._seen):
            self._losses.note(self._seen)
        self._seen = last_seen(connection)
        self._next_look = time.monotonic() + _LONGEST_WAIT

    def _listen(self, connection: Connection[Row], channel: str) -> None:
        connection.execute("unlisten *")
        connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))

    def _wait(self, connection: Connection[Row], longest: float) -> None:
        """Until something is appended, that many seconds have passed or the end has come."""
        waited = 0.0
        while waited < longest and not self._ending.is_set():
            step = min(0.1, longest - waited)
            for _ in connection.notifies(timeout=step, stop_after=1):
                return
            waited += step

    def _fail(self, failure: str, failures: int) -> None:
        if failure != self.failure:
            log.warning("%s", failure)
        self.failure = failure
        self._ending.wait(_BACK_OFF[min(failures, len(_BACK_OFF) - 1)])
