"""Lifts each embargo when its time has come: the ledger itself says so, as an event like any other."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

from ledger.commands import Actor, LiftEmbargo, Submission
from ledger.refusals import CopyOnHidden, NamesProtected, NotNow, Refusal
from ledger.store.database import Connection, Row
from ledger.store.writer import Outcome, Recording
from ledger.words import LEDGER, story_stream
from projections.views import publications

log = logging.getLogger("factledger.embargoes")

_LONGEST_WAIT = (
    1.0  # seconds between two looks; a process that starts late lifts what is due at its first look
)
_REFUSED_WAIT = 10.0  # seconds after which what may not become public as it is, is tried again


class Embargoes:
    """Looks which are due, by the database's clock. Several processes may: the rule lets only the first one lift."""

    def __init__(self, submit: Callable[[Submission, Callable[[Outcome], None]], None]) -> None:
        self._submit = submit
        self._next_look = 0.0  # time.monotonic()
        self._refused: dict[str, float] = {}  # by story, when that was

    def look(self, connection: Connection[Row]) -> float:
        """Lifts what is due; in how many seconds to look again."""
        if (wait := self._next_look - time.monotonic()) > 0:
            return wait
        seconds = publications.seconds_to_next_embargo(connection)
        if seconds is not None and seconds <= 0:
            now = time.monotonic()
            self._refused = {slug: at for slug, at in self._refused.items() if at > now - _REFUSED_WAIT}
            due = [slug for slug in publications.due(connection) if slug not in self._refused]
            for slug in due:
                self._lift(slug)
            if not due:
                seconds = None  # all that is due was refused: it waits for somebody to mend it
        wait = min(_LONGEST_WAIT, max(seconds, 0.05)) if seconds is not None else _LONGEST_WAIT
        self._next_look = time.monotonic() + wait
        return wait

    def _lift(self, slug: str) -> None:
        submission = Submission(LiftEmbargo(), Actor(LEDGER, "ledger"), uuid4(), story_stream(slug), slug)

        def note(outcome: Outcome) -> None:
            if isinstance(outcome, Recording):
                log.info("an embargo has ended", extra={"story": slug})
            elif isinstance(outcome, CopyOnHidden | NamesProtected):
                self._refused[slug] = time.monotonic()
                log.warning(
                    "an embargo has ended, but readers may not see that: %s", outcome, extra={"story": slug}
                )
            elif isinstance(outcome, Exception) and not isinstance(outcome, Refusal):
                # A refusal: another process was faster.
                log.error("an embargo could not be lifted", exc_info=outcome)

        with suppress(NotNow):  # busy, or at its end; whoever looks next finds it still due
            self._submit(submission, note)
