"""Folds streams into rows: whole ones where views are built anew, else what a page holds of them."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import Connection

from ledger.events import UnknownTopic, topic_of
from ledger.refusals import DatabaseAway
from ledger.source import SourceRenamed
from ledger.store import slugs
from ledger.store.database import Row
from ledger.store.store import OUT_OF_PLACE, CannotRead, LedgerMapper, read_at
from ledger.words import source_stream, story_stream
from projections.engine.progress import Failure
from projections.views.documents import instant
from projections.views.happened import Happened, Of, read
from projections.views.others import MemberStep, RequestStep, SourceStep
from projections.views.story import Story, Tightenings
from projections.views.view import Rows, Sheets, View

_MAPPER: Final = LedgerMapper()
_RENAMED: Final = topic_of(SourceRenamed)
AT_ONCE: Final = 1_000  # events read together

# What another try may bring, and no view is to be blamed for.
NOT_THE_VIEWS_FAULT: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    DatabaseAway,
    MemoryError,
)


class ViewRaised(Exception):
    """A view, or working out what the page did to any of them, raised an error that is not the database's."""

    def __init__(self, views: Sequence[str], position: int = 0) -> None:
        self.views, self.position = views, position


def what_failed(
    connection: Connection[Row], error: ViewRaised | CannotRead, at: int
) -> tuple[Failure, BaseException]:
    """Of which kind it is, and what was raised. A fold that met what the topic does not allow is not to blame."""
    cause: BaseException | None = error
    if isinstance(error, ViewRaised):
        cause = error.__cause__
    if not isinstance(cause, CannotRead) and not isinstance(error, CannotRead):
        try:
            read_at(connection, [at], _MAPPER)
        except Exception as invalid:  # noqa: BLE001  whatever it is, it is the event's
            return "cannot_decode", invalid
    if isinstance(cause, CannotRead):
        cause = cause.__cause__
        return ("unknown_topic" if isinstance(cause, UnknownTopic) else "cannot_decode"), cause or error
    return "view_raised", cause or error


# --- What is read ------------------------------------------------------------------------------------------------

# As text: uuids and instants go from here into documents and rows as the database wrote them.
COLUMNS: Final = (
    f"e.position, e.stream_id::text, e.version, {instant('e.recorded_at')}, e.actor::text, e.event_id::text, e.topic,"
    f" b.body, {OUT_OF_PLACE}"
)


def read_page(connection: Connection[Row], after: int, limit: int, up_to: int) -> list[Row]:
    """Rows of COLUMNS of the next events of the whole ledger, each with the id of the event before it in its stream."""
    return connection.execute(
        f"select {COLUMNS}, (select before.event_id::text from events before"
        "  where before.stream_id = e.stream_id and before.version = e.version - 1)"
        " from events e join bodies b using (position)"
        # Said of both tables: of one alone, the planner would read the other from its beginning.
        " where e.position > %(after)s and e.position <= %(up_to)s and b.position > %(after)s"
        " order by e.position limit %(limit)s",
        {"after": after, "up_to": up_to, "limit": limit},
    ).fetchall()


def happened(row: Row) -> Happened | None:
    """The event of one row of COLUMNS; None for one that is out of place. Raises CannotRead."""
    position, stream, revision, recorded_at, actor, event_id, topic, body, is_out_of_place = row
    if is_out_of_place:
        return None
    try:
        return Happened(position, stream, revision, recorded_at, actor, event_id, *read(topic, body))
    except Exception as error:
        raise CannotRead(position) from error


def stream_rows(connection: Connection[Row], stream: str, up_to: int) -> Iterator[Row]:
    """Rows of COLUMNS of one whole stream up to a position, in pages, for it may be long."""
    after = 0
    while True:
        rows = connection.execute(
            f"select {COLUMNS} from events e join bodies b using (position) where e.stream_id = %s"
            " and e.version > %s and e.position <= %s order by e.version limit %s",
            [stream, after, up_to, AT_ONCE],
        ).fetchall()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        after = rows[-1][2]


def read_stream(connection: Connection[Row], stream: str, up_to: int) -> Iterator[Happened]:
    """One whole stream up to a position. Raises CannotRead."""
    return (event for row in stream_rows(connection, stream, up_to) if (event := happened(row)) is not None)


class Names:
    """What folds ask of the ledger up to the position that they go to, each once."""

    def __init__(self, connection: Connection[Row]) -> None:
        self._connection = connection
        self._names: dict[str, list[tuple[int, str]]] = {}  # since when each
        self._numbers: dict[str, int] = {}

    def name_of(self, source: str, position: int) -> str:
        """How it was called then."""
        if source not in self._names:
            self._names[source] = self._connection.execute(
                "select e.position, b.body::json ->> 'name' from events e join bodies b using (position)"
                " where e.stream_id = %s and (e.version = 1 or e.topic = %s) order by e.version",
                [source_stream(source), _RENAMED],
            ).fetchall()
        names = self._names[source]
        return names[bisect_right(names, position, key=itemgetter(0)) - 1][1]

    def number_of(self, story: str) -> int:
        if story not in self._numbers:
            stream = story_stream(story)
            row = self._opening(stream)
            if row is None:  # a slug that it got later
                row = self._opening(story_stream(slugs.led(self._connection, [stream])[stream]))
            assert row is not None, "what is named is there"
            self._numbers[story] = row[0]
        return self._numbers[story]

    def _opening(self, stream: UUID) -> Row | None:
        return self._connection.execute(
            "select position from events where stream_id = %s and version = 1", [stream]
        ).fetchone()


# --- What is folded ----------------------------------------------------------------------------------------------

State = Story | SourceStep | RequestStep | MemberStep
_BEGINNING: Final[Mapping[Of, Callable[[Happened], State]]] = {
    "story": Story,
    "source": SourceStep,
    "request": RequestStep,
    "member": MemberStep,
}


class Folder:
    """Takes events of streams, and has the rows of views that they come to."""

    def __init__(self, views: Iterable[View], names: Names) -> None:
        self.sheets: dict[str, Sheets] = {
            view.name: {table.name: Rows(table) for table in view.rows} for view in views
        }
        self._names = names
        self._following: dict[Of, list[View]] = {
            of: [view for view in views if of in view.of] for of in _BEGINNING
        }

    def take(self, state: State | None, event: Happened, later: Tightenings | None = None) -> State:
        """The state after the event. later: tightenings of terms that are known to come."""
        following = self._following[event.of]
        try:
            state = state or _BEGINNING[event.of](event)
            step = state.take(event, later) if isinstance(state, Story) else state.take(event)
        except Exception as error:
            raise ViewRaised([view.name for view in following], event.position) from error
        for view in following:
            try:
                view.fold(self.sheets[view.name], step, self._names)
            except NOT_THE_VIEWS_FAULT:
                raise
            except Exception as error:
                raise ViewRaised([view.name], event.position) from error
        return state

    def rows(self) -> Iterator[Rows]:
        for sheets in self.sheets.values():
            yield from sheets.values()


def fold_whole(
    views: Sequence[View], names: Names, events: Iterable[Happened], again: Callable[[], Iterable[Happened]]
) -> Folder:
    """A whole stream; once more, where terms were tightened, for the views of which that changes rows from before.
    again: the same events once more."""
    folder = Folder(views, names)
    state: State | None = None
    for event in events:
        state = folder.take(state, event)
    if isinstance(state, Story) and state.tightenings:
        rewritten = Folder([view for view in views if view.is_rewritten], names)
        anew: State | None = None
        for event in again():
            anew = rewritten.take(anew, event, state.tightenings)
        folder.sheets |= rewritten.sheets
    return folder


# --- As COPY takes it --------------------------------------------------------------------------------------------


def copied(rows: Iterable[Sequence[Any]]) -> str:
    """Rows in the text form of COPY."""
    return "".join(["\t".join([_TEXT[type(value)](value) for value in row]) + "\n" for row in rows])


def _escaped(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if "\n" in text or "\t" in text or "\r" in text:
        text = text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return text


def _array(values: Sequence[str]) -> str:
    return "{" + ",".join(values) + "}"  # of slugs, uuids, signals: none holds what would have to be escaped


_TEXT: Final[Mapping[type, Callable[[Any], str]]] = {
    str: _escaped,
    int: str,
    bool: lambda value: "t" if value else "f",
    float: repr,
    list: _array,
    tuple: _array,
    type(None): lambda _: "\\N",
}
