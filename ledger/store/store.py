"""The store: our schema behind the library's recorder and mapper. Nothing else touches the `eventsourcing` library.

Why our own append: the library's takes a table lock over several round trips and can hang for ever on a large group
(DECISIONS.md, 2). Ours locks one row, in one round trip, and records the answer to the request with the events.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event as Flag
from threading import Thread
from typing import Any, cast, get_args
from uuid import UUID, uuid4

import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    JSONTranscoder,
    ListenNotifySubscription,
    Mapper,
    Notification,
    OperationalError,
    StoredEvent,
    Subscription,
)
from psycopg import Connection

from ledger import limits
from ledger.erasure import OutOfPlace
from ledger.events import TOPICS, Event, Recorded, Topics, Written, canonical, topic_of
from ledger.member import MemberEvent
from ledger.moment import Moment, rfc3339
from ledger.refusals import BodyTooLarge, ClocksApart, DatabaseAway
from ledger.source import SourceMerged
from ledger.store.arrays import Bigints, Byteas, Integers, Texts, TextsInUtf8, Uuids
from ledger.store.database import CLOCK_SKEW, Connections, Database, Row
from ledger.store.randomness import RANDOM
from ledger.store.seen import NOTHING_SEEN, Seen, WentBack
from ledger.words import OPERATOR

MICROSECOND = timedelta(microseconds=1)
_PROMISES_APART = timedelta(seconds=1)  # as in `promise_past`
_PAST_PAGE = 1_000  # events
# Of which every writer hears before it records anything more: who may do what, and which source may be named no longer.
_HEARD_FIRST = frozenset(topic_of(kind) for kind in (*get_args(MemberEvent), SourceMerged))


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that was decided, for its place in its stream; not yet recorded. `withdraws`: see `publication.py`;
    takes: the slug that is its story's from then on, and no other's."""

    stream: UUID
    version: int
    event: Event | Written
    actor: UUID
    request_id: UUID
    withdraws: bool = False
    takes: str | None = None


@dataclass(frozen=True)
class SealedEvent(StoredEvent):
    """A stored event with the columns of ours: its body is sealed by commitment = HMAC-SHA-256(salt, body)."""

    actor: UUID
    event_id: UUID
    request_id: UUID
    salt: bytes
    commitment: bytes
    withdraws: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is answered for a recorded request, now and whenever it comes again; `rest` is JSON text."""

    position: int
    recorded_at: datetime
    rest: str

    def text(self, *, with_position: bool = True) -> str:
        place = f'"position":{self.position},' if with_position else ""
        return f'{{{place}"recorded_at":"{rfc3339(self.recorded_at)}",{self.rest[1:]}'


@dataclass(frozen=True, slots=True)
class RepeatedRequest:
    """A request to be remembered: `event` is the index of its event in the group, `receipt` lacks what only the
    database knows."""

    actor: UUID
    key: str
    fingerprint: bytes
    event: int
    receipt: str


class StreamMoved(IntegrityError):
    """Another process appended to one of the streams, or recorded one of the requests."""


class MembersMoved(Exception):
    """A key was issued or revoked since this process last looked."""


class CannotRead(Exception):
    """The event at this position is of an unknown topic, or its body is not what the topic says; the cause says why."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class GroupTooLarge(ValueError):
    """One append holds at most 1,000 events and 1 MiB of bodies."""


class LedgerMapper(Mapper[UUID]):
    """Turns drafts into sealed events and stored rows into recorded events, through validation and upcasts.

    The library's mapper names classes by their path and rebuilds events without validation; ours does neither.
    """

    def __init__(self, topics: Topics = TOPICS) -> None:
        super().__init__(JSONTranscoder())
        self.topics = topics

    def to_stored_event(self, domain_event: Any) -> SealedEvent:
        draft = cast("Draft", domain_event)
        event = draft.event
        body = event.body if isinstance(event, Written) else canonical(event)
        if len(body) > limits.BODY_BYTES:
            raise BodyTooLarge(limit=limits.BODY_BYTES, size=len(body))
        return seal(
            draft.stream,
            draft.version,
            draft.event.topic,
            body,
            draft.actor,
            draft.request_id,
            withdraws=draft.withdraws,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        raise NotImplementedError("rows are read with their position: see recorded()")

    def recorded(self, row: Row) -> Recorded:
        """The event of one row of `_COLUMNS`."""
        position, stream, version, topic, recorded_at, actor, event_id, body, is_out_of_place = row
        at = Moment(position, version, recorded_at, actor)
        if is_out_of_place:
            return Recorded(at, stream, OutOfPlace(topic), event_id, 0)
        if body is None:
            return Recorded(at, stream, self.topics.erased(topic), event_id, 0)
        return Recorded(at, stream, self.topics.read(topic, body), event_id, len(body))


# The streams that are damaged, mostly none, are looked up once a question.
OUT_OF_PLACE = (
    "(e.stream_id = any(array(select stream_id from gaps))"
    " and e.position >= (select g.position from gaps g where g.stream_id = e.stream_id))"
)
_COLUMNS = (
    "e.position, e.stream_id, e.version, e.topic, e.recorded_at, e.actor, e.event_id, convert_to(b.body, 'UTF8'),"
    f" {OUT_OF_PLACE}"
)


def seal(
    stream: UUID,
    version: int,
    topic: str,
    body: bytes,
    actor: UUID,
    request_id: UUID,
    *,
    withdraws: bool = False,
) -> SealedEvent:
    salt = RANDOM.take(32)
    commitment = hmac.digest(salt, body, "sha256")
    return SealedEvent(
        stream, version, topic, body, actor, RANDOM.uuid(), request_id, salt, commitment, withdraws
    )


@contextmanager
def _library_errors() -> Iterator[None]:
    """Database errors under the names that the library's callers expect."""
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise StreamMoved(str(error)) from error
    except DatabaseAway as error:
        raise OperationalError(str(error)) from error


_SKEW = f"coalesce(current_setting('{CLOCK_SKEW}', true), '{limits.CLOCK_SKEW}s')::interval"


def append(
    connection: Connection[Row],
    events: Sequence[SealedEvent],
    requests: Sequence[RepeatedRequest] = (),
    membership_seen: int = limits.POSITION,
    seen: Seen = NOTHING_SEEN,
) -> tuple[int, datetime]:
    """Records the events, all or none, in one round trip: (first position, its recorded_at).

    Event i is at the position after event i - 1 and one microsecond later. seen: the last event that the caller's
    states are made of. Raises StreamMoved, MembersMoved, WentBack, ClocksApart, or GroupTooLarge before anything is
    sent. Outside a transaction of the caller it commits before it returns.
    """
    if len(events) > limits.GROUP_EVENTS or sum(len(event.state) for event in events) > limits.GROUP_BYTES:
        raise GroupTooLarge(GroupTooLarge.__doc__)
    try:
        row = connection.execute(
            # Binary: as text, every quotation mark of every body would be escaped by a function call.
            "select * from append(%b::uuid[], %b::bigint[], %b::text[], %b::uuid[], %b::uuid[], %b::uuid[],"
            " %b::bytea[], %b::bytea[], %b::text[],"
            " %b::uuid[], %b::text[], %b::bytea[], %b::int[], %b::text[], %b, %b, %b,"
            f" %b, %b::uuid, %b, {_SKEW})",
            [
                Uuids([_uuid(event.originator_id) for event in events]),
                Bigints([event.originator_version for event in events]),
                Texts([event.topic for event in events]),
                Uuids([event.actor for event in events]),
                Uuids([event.event_id for event in events]),
                Uuids([event.request_id for event in events]),
                Byteas([event.commitment for event in events]),
                Byteas([event.salt for event in events]),
                TextsInUtf8([event.state for event in events]),
                Uuids([request.actor for request in requests]),
                Texts([request.key for request in requests]),
                Byteas([request.fingerprint for request in requests]),
                Integers([request.event + 1 for request in requests]),
                Texts([request.receipt for request in requests]),
                membership_seen,
                any(event.topic in _HEARD_FIRST for event in events),
                any(event.withdraws for event in events),
                seen.position,
                seen.event_id,
                datetime.now(UTC),
            ],
        ).fetchone()
    except psycopg.errors.UniqueViolation as error:
        raise StreamMoved(str(error)) from error
    except psycopg.DatabaseError as error:
        meant = _meant_by(error)
        if meant is None:
            raise
        raise meant from error
    assert row is not None
    return row[0], row[1]


def _meant_by(error: psycopg.DatabaseError) -> Exception | None:
    """What the functions of our schema mean by their own codes."""
    told = error.diag.message_primary or ""
    match error.sqlstate:
        case "FL001":
            return MembersMoved(told)
        case "FL002":
            return WentBack(told)
        case "FL003":
            return _clocks_apart(float(told))
        case _:
            return None


def _clocks_apart(seconds: float) -> ClocksApart:
    return ClocksApart(seconds=f"{abs(seconds):.1f}", where="ahead of" if seconds > 0 else "behind")


def fix_past(connection: Connection[Row], instant: datetime) -> float | None:
    """Fixes how the ledger stood at an instant after its last event, if that has passed: nothing is recorded at or
    before it any more. 0 where that is so; else in how many seconds to come again, for the database writes such a thing
    once a second at most, whoever asks; None where the instant has not come, or the database takes no writes.
    Raises ClocksApart."""
    try:
        row = connection.execute(
            f"select * from promise_past(%b, %b, {_SKEW})", [instant, datetime.now(UTC)]
        ).fetchone()
    except psycopg.errors.ReadOnlySqlTransaction:
        return None
    except psycopg.DatabaseError as error:
        meant = _meant_by(error)
        if meant is None:
            raise
        raise meant from error
    assert row is not None
    promised, clock = row
    if instant <= promised:
        return 0.0
    return max(0.001, (promised + _PROMISES_APART - clock).total_seconds()) if instant <= clock else None


def lock_head(connection: Connection[Row]) -> None:
    """Holds back every other writer until the caller's transaction ends."""
    connection.execute("select 1 from lock_head()")


def erase_requests(connection: Connection[Row], requests: Sequence[UUID]) -> None:
    """Erases the bodies of what was left there to be reached by, in each of the streams that a ContactErased is in, and
    of all that was written, in those that a RequestErased is in.

    For the transaction that records it: then there is no moment at which one holds without the other.
    """
    connection.execute("select erase_requests(%b::uuid[])", [list(requests)])


def read_streams(
    connection: Connection[Row],
    after: Mapping[UUID, int],
    mapper: LedgerMapper,
    up_to: int = limits.POSITION,
) -> Iterator[Recorded]:
    """What each stream holds beyond the version given for it, up to a position, stream by stream, in order."""
    rows = connection.execute(
        f"select {_COLUMNS} from unnest(%b::uuid[], %b::bigint[]) as s (stream_id, seen)"
        " join events e on e.stream_id = s.stream_id and e.version > s.seen and e.position <= %b"
        " join bodies b using (position) order by e.stream_id, e.version",
        [list(after.keys()), list(after.values()), up_to],
        binary=True,
    )
    return map(mapper.recorded, rows)


def read_past(
    connection: Connection[Row], stream: UUID, up_to: int, mapper: LedgerMapper
) -> Iterator[Recorded]:
    """What one stream holds up to a version, in order, without what is out of place; read in pages, for it may be
    long."""
    after, is_there_more = 0, True
    while after < up_to and is_there_more:
        rows = connection.execute(
            f"select {_COLUMNS} from events e join bodies b using (position)"
            f" where e.stream_id = %s and e.version > %s and e.version <= %s and not {OUT_OF_PLACE}"
            " order by e.version",
            [stream, after, min(after + _PAST_PAGE, up_to)],
            binary=True,
        )
        yield from map(mapper.recorded, rows)
        after, is_there_more = after + _PAST_PAGE, rows.rowcount == _PAST_PAGE


def read_of_topic(connection: Connection[Row], topic: str, mapper: LedgerMapper) -> Iterator[Recorded]:
    """Every event of one kind, in order; for kinds of which there are few."""
    rows = connection.execute(
        f"select {_COLUMNS} from events e join bodies b using (position) where e.topic = %b order by e.position",
        [topic],
        binary=True,
    )
    return map(mapper.recorded, rows)


def find_gaps(connection: Connection[Row]) -> int:
    """Notes the streams that are damaged, as the owner of the schema; how many there are."""
    row = connection.execute("select find_gaps()").fetchone()
    assert row is not None
    return int(row[0])


def read_page(
    connection: Connection[Row], after: int, limit: int, mapper: LedgerMapper, up_to: int = limits.POSITION
) -> list[Recorded]:
    """The next events of the whole ledger in order, at most `limit`; only those before one that cannot be read.
    Raises CannotRead where that is the very next."""
    rows = connection.execute(
        f"select {_COLUMNS} from events e join bodies b using (position)"
        # Said of both tables: of one alone, the planner would read the other from its beginning.
        " where e.position > %(after)s and e.position <= %(up_to)s and b.position > %(after)s"
        " order by e.position limit %(limit)s",
        {"after": after, "up_to": up_to, "limit": limit},
        binary=True,
    )
    events: list[Recorded] = []
    for row in rows:
        try:
            events.append(mapper.recorded(row))
        except Exception as error:
            if not events:
                raise CannotRead(row[0]) from error
            break
    return events


def read_between(
    connection: Connection[Row],
    stretches: Sequence[tuple[UUID, int, int]],
    topics: Sequence[str],
    mapper: LedgerMapper,
    known: Mapping[int, Recorded],
) -> list[list[Recorded]]:
    """For each (stream, version, version) the stream's events of some topics, beyond the one and up to the other, in
    order. `known`: events by position that were read already."""
    if not stretches:
        return []
    rows = connection.execute(
        f"select {_COLUMNS}, stretch.number from unnest(%b::uuid[], %b::bigint[], %b::bigint[])"
        " with ordinality as stretch (stream, after, up_to, number)"
        " join events e on e.stream_id = stretch.stream and e.version > stretch.after"
        f"  and e.version <= stretch.up_to and e.topic = any(%b) and not {OUT_OF_PLACE}"
        " join bodies b using (position) order by stretch.number, e.version",
        [*map(list, zip(*stretches, strict=True)), list(topics)],
        binary=True,
    )
    found: list[list[Recorded]] = [[] for _ in stretches]
    for *row, number in rows:
        found[number - 1].append(known.get(row[0]) or mapper.recorded(tuple(row)))
    return found


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream up to some position: where its first event stands, and how many there are."""

    stream: UUID
    first: int
    events: int


def read_openings(
    connection: Connection[Row],
    after: int,
    up_to: int,
    limit: int,
    *,
    topic: str,
    has_topic: bool,
    since: int = 0,
    only: Sequence[int] | None = None,
) -> list[Stream]:
    """The next streams whose first event stands beyond a position, in order; with a first event of that topic, or of
    any other; only those with an event beyond `since`; `only` those that begin at these positions."""
    rows = connection.execute(
        "select e.stream_id, e.position, last.version from events e"
        " cross join lateral (select version from events l where l.stream_id = e.stream_id"
        "  and l.position <= %(up_to)s order by version desc limit 1) last"
        " where e.version = 1 and e.position > %(after)s and e.position <= %(up_to)s"
        f"  and (e.topic = %(topic)s) = %(has_topic)s and not {OUT_OF_PLACE}"
        + (
            "  and e.stream_id in (select t.stream_id from events t"
            "   where t.position > %(since)s and t.position <= %(up_to)s)"
            if since
            else ""
        )
        + ("" if only is None else " and e.position = any(%(only)s)")
        + " order by e.position limit %(limit)s",
        {
            "only": list(only or ()),
            "after": after,
            "up_to": up_to,
            "limit": limit,
            "topic": topic,
            "has_topic": has_topic,
            "since": since,
        },
    )
    return [Stream(*row) for row in rows]


def read_at(connection: Connection[Row], positions: Sequence[int], mapper: LedgerMapper) -> list[Recorded]:
    """The events at these positions, in order."""
    rows = connection.execute(
        f"select {_COLUMNS} from events e join bodies b using (position) where e.position = any(%s)"
        " order by e.position",
        [list(positions)],
        binary=True,
    )
    return [mapper.recorded(row) for row in rows]


def positions_of(
    connection: Connection[Row], versions: Iterable[tuple[UUID, int]]
) -> dict[tuple[UUID, int], int]:
    """The position of each (stream, version)."""
    wanted = list(versions)
    if not wanted:
        return {}
    rows = connection.execute(
        "select stream_id, version, position from unnest(%b::uuid[], %b::bigint[]) as wanted (stream_id, version)"
        " join events using (stream_id, version)",
        [[stream for stream, _ in wanted], [version for _, version in wanted]],
    )
    return {(stream, version): position for stream, version, position in rows}


def read_members(connection: Connection[Row], after: int, mapper: LedgerMapper) -> list[Recorded]:
    """The member events beyond a position, in order."""
    rows = connection.execute(
        f"select {_COLUMNS} from events e join bodies b using (position)"
        " where position > %s and (topic ^@ 'key-' or topic ^@ 'member-') order by position",
        [after],
        binary=True,
    )
    return [mapper.recorded(row) for row in rows]


def read_receipts(
    connection: Connection[Row], asked: Iterable[tuple[UUID, str]]
) -> dict[tuple[UUID, str], tuple[bytes, bytes | None, Receipt]]:
    """(fingerprint, salt, receipt) of each (actor, idempotency key) that was recorded before; the salt is that of its
    event, none where that was erased."""
    pairs = list(asked)
    rows = connection.execute(
        "select r.actor, r.key, r.fingerprint, b.salt, r.position, e.recorded_at, r.receipt"
        " from unnest(%b::uuid[], %b::text[]) as asked (actor, key)"
        " join requests r using (actor, key) join events e using (position) join bodies b using (position)",
        [[actor for actor, _ in pairs], [key for _, key in pairs]],
    )
    return {
        (actor, key): (mark, salt, Receipt(position, at, rest))
        for actor, key, mark, salt, position, at, rest in rows
    }


def stands(connection: Connection[Row], seen: Seen) -> bool:
    """Whether the event that was seen is at its place."""
    if seen == NOTHING_SEEN:
        return True
    row = connection.execute(
        "select 1 from events where position = %s and event_id = %s", [seen.position, seen.event_id]
    ).fetchone()
    return row is not None


def last_seen(connection: Connection[Row]) -> Seen:
    """The last event that there is."""
    row = connection.execute(
        "select position, event_id from events order by position desc limit 1"
    ).fetchone()
    return Seen(*row) if row else NOTHING_SEEN


def look_back(connection: Connection[Row], seen: Seen) -> tuple[bool, Seen]:
    """Both in one: whether the event that was seen is at its place, and the last one that there is."""
    rows = connection.execute(
        "(select position, event_id from events where position = %s)"
        " union all (select position, event_id from events order by position desc limit 1)",
        [seen.position],
    ).fetchall()
    found = [Seen(*row) for row in rows]
    return seen in (NOTHING_SEEN, *found), max(found, key=lambda one: one.position, default=NOTHING_SEEN)


@dataclass(frozen=True, slots=True)
class Clocks:
    """In seconds. skew: how far the database's clock is ahead of ours; head_ahead: how far the last event is ahead of
    the database's clock, so that what is recorded now carries that instant and not the true one."""

    skew: float
    head_ahead: float

    def wrong(self, allowed: float) -> str | None:
        """What is to be said where one of them is more than is allowed."""
        if abs(self.skew) > allowed:
            where = "ahead of" if self.skew > 0 else "behind"
            return (
                f"the clock of the database is {abs(self.skew):.1f} s {where} that of this server,"
                f" more than {allowed:g} s: nothing is recorded until both are set"
            )
        if self.head_ahead > allowed:
            return (
                f"the last event is {self.head_ahead:.1f} s in the future, by a clock that was wrong: until that has"
                " passed, whatever is recorded carries that instant, a microsecond after the other"
            )
        return None


def read_clocks(connection: Connection[Row]) -> Clocks:
    before = datetime.now(UTC)
    row = connection.execute(f"select * from promise_past('epoch', %b, {_SKEW})", [before]).fetchone()
    assert row is not None
    head, clock = row
    half_way = before + (datetime.now(UTC) - before) / 2
    return Clocks((clock - half_way).total_seconds(), max(0.0, (head - clock).total_seconds()))


def read_head(connection: Connection[Row]) -> tuple[int, datetime, int]:
    """(last position, its recorded_at, position of the last event of a member, or that joined two sources)."""
    row = connection.execute("select position, recorded_at, membership from head").fetchone()
    assert row is not None
    return row[0], row[1], row[2]


_STATE = "coalesce(convert_to(body, 'UTF8'), '')"  # the library has no word for an erased body: no bytes


class LedgerRecorder(ApplicationRecorder):
    """The library's view of the store: the same tables, the same append."""

    def __init__(self, database: Database, connections: Connections) -> None:
        self.database = database
        self.connections = connections

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        del kwargs
        if not stored_events:
            return []
        sealed = [
            event
            if isinstance(event, SealedEvent)
            else seal(
                _uuid(event.originator_id),
                event.originator_version,
                event.topic,
                event.state,
                OPERATOR,
                uuid4(),
            )
            for event in stored_events
        ]
        with _library_errors(), self.connections.lend() as connection:
            first, _ = append(connection, sealed)
        return list(range(first, first + len(sealed)))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        order = "desc" if desc else "asc"
        with _library_errors(), self.connections.lend() as connection:
            rows = connection.execute(
                f"select stream_id, version, topic, {_STATE} from events join bodies using (position)"
                f" where stream_id = %s and version > %s and version <= %s order by version {order} limit %s",
                [originator_id, -1 if gt is None else gt, limits.POSITION if lte is None else lte, limit],
            ).fetchall()
        return [StoredEvent(*row) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        first = (start or 0) + (0 if inclusive_of_start else 1)
        with _library_errors(), self.connections.lend() as connection:
            rows = connection.execute(
                f"select stream_id, version, topic, {_STATE}, position"
                " from events join bodies using (position)"
                " where position >= %s and position <= %s and (%s or topic = any(%s)) order by position limit %s",
                [first, limits.POSITION if stop is None else stop, not topics, list(topics), limit],
            ).fetchall()
        return [Notification(*row) for row in rows]

    def max_notification_id(self) -> int | None:
        with _library_errors(), self.connections.lend() as connection:
            return read_head(connection)[0] or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        return LedgerSubscription(self, gt, topics)


class LedgerSubscription(ListenNotifySubscription[LedgerRecorder]):
    """Listens before it reads and looks at least once a second, so that no event waits for the next one to come."""

    def __init__(self, recorder: LedgerRecorder, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        self._listening = Flag()
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._listener = Thread(target=self._listen, name="ledger subscription", daemon=True)
        self._listener.start()
        self._listening.wait(timeout=5)

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        try:
            super().__exit__(*args, **kwargs)
        finally:
            self._listener.join()

    def _pull(self) -> None:
        with suppress(OperationalError):  # the next look finds what came while the database was away
            super()._pull()

    def _listen(self) -> None:
        database = self._recorder.database
        while not self._has_been_stopped:
            try:
                with database.connect(name="subscription") as connection:
                    connection.execute(
                        psycopg.sql.SQL("listen {}").format(psycopg.sql.Identifier(database.channel))
                    )
                    self._listening.set()
                    self._has_been_notified.set()
                    while not self._has_been_stopped:
                        for _ in connection.notifies(timeout=0.2, stop_after=1):
                            pass
                        self._has_been_notified.set()
            except Exception:  # noqa: BLE001  whatever it was, connect again
                Flag().wait(0.2)


def _uuid(name: UUID | str) -> UUID:
    return name if isinstance(name, UUID) else UUID(name)
