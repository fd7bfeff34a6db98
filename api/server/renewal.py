"""Builds anew the views that another release has made, in a thread of its own, while the old ones are read."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event, Thread

from ledger.refusals import DatabaseAway, RebuildUnderWay
from ledger.store.database import Connection, Database, DatabaseError, Row
from projections.engine.progress import standing
from projections.engine.rebuild import RebuildFailed, Stopped, rebuild
from projections.engine.tables import of_another_release, unreadable

log = logging.getLogger("factledger.renewal")

_PAUSE = (
    1.0  # seconds; what stands in the way may go by itself: another process at it, a database that is away
)


class Renewal:
    """Ends when nothing is left to renew, or when a view cannot be: then `failure` says why, until the next start.
    unreadable: views of which nothing can be said meanwhile: their tables lack what is read now, or they are new."""

    def __init__(
        self, database: Database, reading: Callable[[], AbstractContextManager[Connection[Row]]]
    ) -> None:
        self.failure: str | None = None
        self.unreadable: list[str] = []
        self._database = database
        self._reading = reading
        self._is_over = Event()
        self._thread = Thread(target=self._run, name="ledger rebuild", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """What is built stays; the next start goes on from there."""
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_over.is_set():
            try:
                with self._reading() as connection:
                    outdated = of_another_release(connection)
                if outdated:
                    log.warning("views of another release are built anew", extra={"views": outdated})
                    rebuild(self._database, outdated, is_over=self._is_over.is_set)
                    log.warning("views of another release were built anew", extra={"views": outdated})
                self.failure = None
                self._wait_for_those_that_are_new()
                return
            except Stopped:
                return
            except RebuildUnderWay:
                self._is_over.wait(_PAUSE)
            except (DatabaseAway, DatabaseError) as error:
                self._note(error)
                self._is_over.wait(_PAUSE)
            except RebuildFailed as error:
                self._note(error)
                return

    def look(self) -> None:
        """What can be read, before anybody asks."""
        with self._reading() as connection:
            self.unreadable = unreadable(connection)

    def _wait_for_those_that_are_new(self) -> None:
        """They follow by themselves, from the first event on; one that stands still is told of as any other is."""
        goal = None
        while self.unreadable and not self._is_over.is_set():
            with self._reading() as connection:
                places = standing(connection)
            goal = goal or max(place.position for place in places.values())
            self.unreadable = [
                view
                for view in self.unreadable
                if places[view].position < goal and places[view].state == "running"
            ]
            self._is_over.wait(_PAUSE / 10)

    def _note(self, error: Exception) -> None:
        told = f"the views of another release cannot be built anew: {error}"
        if told != self.failure:
            log.error("%s", told)
        self.failure = told
