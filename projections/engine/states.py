"""What the folds know of streams before a page: kept in memory for those that moved lately, folded anew for the others.

A state is known by the event that it is after. So one that is not of the stream as it stands is never found: after a
page that was taken back, in another database, or where a database went back in time.
"""

from collections.abc import Mapping
from threading import Lock
from typing import Final

from psycopg import Connection

from ledger import limits
from ledger.store.database import Row
from ledger.store.store import CannotRead
from projections.engine.folding import (
    AT_ONCE,
    COLUMNS,
    NOT_THE_VIEWS_FAULT,
    Folder,
    Names,
    State,
    ViewRaised,
    happened,
    stream_rows,
)
from projections.views.happened import Happened


class States:
    """Whoever takes one has it alone; those that moved last stay longest."""

    def __init__(self) -> None:
        self._states: dict[str, State] = {}
        self._weight = 0
        self._lock = Lock()

    def take(self, event_id: str) -> State | None:
        with self._lock:
            state = self._states.pop(event_id, None)
            self._weight -= state.weight if state else 0
            return state

    def keep(self, state: State) -> None:
        with self._lock:
            before = self._states.pop(state.event.event_id, None)
            self._states[state.event.event_id] = state
            self._weight += state.weight - (before.weight if before else 0)
            while self._weight > limits.FOLDED_EVENTS and len(self._states) > 1:
                self._weight -= self._states.pop(next(iter(self._states))).weight


STATES: Final = States()


def before(connection: Connection[Row], first: Mapping[str, tuple[int, str | None]]) -> dict[str, State]:
    """The state of each stream before an event, given by its revision and the id of the event before it, if there is
    one. In a transaction."""
    states = {
        stream: STATES.take(event_id) for stream, (_, event_id) in first.items() if event_id is not None
    }
    cold = {stream: first[stream][0] for stream, state in states.items() if state is None}
    found = {stream: state for stream, state in states.items() if state is not None}
    if not cold:
        return found
    folder = Folder((), Names(connection))
    with connection.cursor("streams_before") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(
            f"select {COLUMNS} from unnest(%s::uuid[], %s::bigint[]) as cold (stream, revision)"
            " join events e on e.stream_id = cold.stream and e.version < cold.revision"
            " join bodies b using (position) order by e.stream_id, e.version",
            [list(cold), list(cold.values())],
        )
        for row in cursor:
            try:
                event = happened(row)
                if event is not None:
                    found[event.stream] = folder.take(found.get(event.stream), event)
            except NOT_THE_VIEWS_FAULT:
                raise
            except (CannotRead, ViewRaised) as error:
                # What every view was let pass by says nothing; else none would be here.
                if not _was_skipped(connection, error.position):
                    raise
    return found


def _was_skipped(connection: Connection[Row], position: int) -> bool:
    return (
        connection.execute(
            "select 1 from projection_skips where position = %s limit 1", [position]
        ).fetchone()
        is not None
    )


def read_whole(connection: Connection[Row], stream: str, up_to: int) -> list[Happened]:
    """The events of a stream up to a position, but for those that were let pass by."""
    events = []
    for row in stream_rows(connection, stream, up_to):
        try:
            event = happened(row)
        except CannotRead as error:
            if not _was_skipped(connection, error.position):
                raise
            continue
        if event is not None:
            events.append(event)
    return events
