"""The worker that keeps the views up with the ledger, in a thread of its own: one of all processes leads at a time."""

import logging
import time
from collections.abc import Callable, Iterator
from threading import Event, Thread

import psycopg
from psycopg import Connection, sql

from ledger import limits
from ledger.refusals import DatabaseAway, ViewsAhead, ViewsOfAnotherRelease
from ledger.store.database import Database, Row, take
from ledger.store.seen import NOTHING_SEEN, Losses
from ledger.store.store import look_back
from projections.engine.catch_up import page_by_page, position
from projections.engine.progress import MOVED

log = logging.getLogger("factledger.worker")

_LONGEST_WAIT = 1.0  # seconds; a notification may be lost with its connection
_BREATH = 0.003  # seconds between pages: under load a page then holds many events, at little cost to who waits for one
# Who hangs loses its connection, and with it the lock, to one that does not; later in the middle of a page, which may
# take its time. In milliseconds, as PostgreSQL has it.
_IDLE, _IDLE_IN_PAGE = "4000", "30000"
_BACK_OFF = (0.1, 0.2, 0.5)  # seconds before the next try, the last one for ever


class Worker:
    """Listens first, then reads, so that nothing falls in between; looks by itself once a second.

    Whoever holds the lock of the projector moves the views. The others hear how far those are, and try to take the lock
    once a second: it falls free with the connection of who held it.
    """

    def __init__(
        self,
        database: Database,
        after_each_page: Callable[[Connection[Row]], float] | None = None,
        moved: Callable[[int], None] | None = None,
        losses: Losses | None = None,
    ) -> None:
        """after_each_page: what else is to be looked at, now and then; answers in how many seconds to come back.
        moved: told, in this thread, which position the views of stories are at, as soon as that is committed.
        losses: told, in this thread, when the database went back in time, within a second or so."""
        self.database = database
        self._after_each_page = after_each_page or (lambda _: _LONGEST_WAIT)
        self._moved = moved or (lambda _: None)
        self._losses = losses or Losses()
        self._seen = NOTHING_SEEN
        self._next_look = 0.0  # time.monotonic()
        self._failure: str | None = None
        self._shown = -1  # which position was told last
        # When the views were last known to move, or to have nothing to move for.
        self._beat = time.monotonic()
        self.leads = False
        self._ending = Event()
        self._thread = Thread(target=self._run, name="ledger projections", daemon=True)

    @property
    def failure(self) -> str | None:
        """What stands in its way now. It need not be able to say so: that it says nothing is enough."""
        if not self._thread.is_alive():
            return (
                f"the views stand still: their thread ({self._thread.name}) has ended; start the server again"
            )
        silent = time.monotonic() - self._beat
        if silent > limits.WORKER_SILENCE:
            return f"the views stand still: their thread ({self._thread.name}) has been silent for {silent:.0f} s"
        return self._failure

    def start(self) -> None:
        self._beat = time.monotonic()
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
                with self.database.connect(
                    name="worker",
                    idle_session_timeout=_IDLE,
                    idle_in_transaction_session_timeout=_IDLE_IN_PAGE,
                ) as connection:
                    self._listen(connection, self.database.channel + MOVED)
                    self._shown, self._next_look = -1, 0.0
                    while not self._ending.is_set():
                        longest = 0.0
                        for shown in self._round(connection):
                            longest = self._tell(connection, shown)
                            failures = 0
                            if self._ending.wait(_BREATH):
                                return
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

    def _round(self, connection: Connection[Row]) -> Iterator[int]:
        """Moves the views, if it leads, until they are level; how far those of stories are after each page."""
        if time.monotonic() >= self._next_look:
            self._look_back(connection)
        if not self.leads and take(connection, f"factledger projector {self.database.schema}"):
            log.info("this process projects now")
            self.leads = True
            self._listen(connection, self.database.channel)
        if self.leads:
            for page in page_by_page(connection):
                self._beat = time.monotonic()
                yield page.shown
            return
        shown = position(connection)
        if shown != self._shown or shown >= self._seen.position:
            self._beat = time.monotonic()
        yield shown

    def _tell(self, connection: Connection[Row], shown: int) -> float:
        """A page is committed, and what it shows is told; in how many seconds to come back, should nothing happen."""
        self._failure = None
        if shown != self._shown:
            self._look_back(connection)
            self._moved(shown)
            self._shown = shown
        return self._after_each_page(connection)

    def _look_back(self, connection: Connection[Row]) -> None:
        """Whether what was there at the last look is still there. Once a second; on a new connection, before anything
        is read by it; and whenever the views have moved, for what readers were shown last must be what is missed."""
        seen = self._seen
        still_stands, self._seen = look_back(connection, seen)
        if not still_stands:
            self._losses.note(seen)
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
        if failure != self._failure:
            log.warning("%s", failure)
        self._failure = failure
        self._beat = time.monotonic()
        self._ending.wait(_BACK_OFF[min(failures, len(_BACK_OFF) - 1)])
