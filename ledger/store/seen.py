"""What this process has seen of the ledger, so that it notices a database that went back in time: an older backup put
in its place, a replica promoted that lagged.

Whoever keeps in memory what it has read keeps with it the place and the id of the last event of that. A history is a
line: where that event stands at its place, all before it is what it was. The place alone would not tell, for another
history may have grown beyond it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

log = logging.getLogger("factledger.history")


@dataclass(frozen=True, slots=True)
class Seen:
    """The event that was seen at a position; nothing yet at 0."""

    position: int = 0
    event_id: UUID | None = None


NOTHING_SEEN = Seen()


class WentBack(Exception):
    """An event that this process has seen, or one that must stand before what it would append, is not there."""


@dataclass(frozen=True, slots=True)
class Loss:
    """When it was noticed, and the last position that had been seen by then."""

    noticed_at: datetime
    seen: int

    def __str__(self) -> str:
        return (
            f"the database went back in time, noticed at {self.noticed_at:%Y-%m-%dT%H:%M:%SZ}: what was seen"
            " is not all there. It is forgotten here, and what was acknowledged since that"
            " backup or replica was taken is lost: compare with whoever filed it"
        )


class Losses:
    """How often this process noticed it, and the last time. `forget`: called then, in the thread that noticed, for
    whoever else holds what was read from the ledger."""

    def __init__(self, forget: Callable[[], None] = lambda: None) -> None:
        self.times = 0
        self.last: Loss | None = None
        self._forget = forget

    def note(self, seen: Seen) -> None:
        self.times += 1
        self.last = Loss(datetime.now(UTC), seen.position)
        log.error("%s", self.last, extra={"position": seen.position})
        self._forget()
