"""Does the store only grow, in one order without a gap, whoever writes and whatever breaks?"""

import hashlib
import hmac
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from queue import SimpleQueue
from threading import Barrier, Thread
from types import ModuleType
from typing import Any
from unittest import TestCase, defaultTestLoader
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    OperationalError,
    StoredEvent,
)
from psycopg import Connection, sql

from api.server.embedded import EmbeddedPostgres
from ledger.erasure import Erased
from ledger.store import migrate as migrating
from ledger.store.database import Database, Row
from ledger.store.migrate import MigrationRefused, migrate, pending, steps
from ledger.store.store import (
    LedgerMapper,
    LedgerRecorder,
    LedgerSubscription,
    MembersMoved,
    RepeatedRequest,
    SealedEvent,
    StreamMoved,
    append,
    erase_requests,
    lock_head,
    read_head,
    read_page,
    read_receipts,
    seal,
)
from projections.engine.tables import set_up
from tests.newsroom import fresh_database

with pytest.MonkeyPatch.context() as patch:
    # The library's cases want its cipher, and that a package that we have no use for: none of those below encrypts.
    cipher = ModuleType("eventsourcing.cipher")
    cipher.__dict__["AESCipher"] = None
    patch.setitem(sys.modules, cipher.__name__, cipher)
    from eventsourcing.tests.persistence import (
        AggregateRecorderTestCase,
        ApplicationRecorderTestCase,
        NonInterleavingNotificationIDsBaseCase,
    )

pytestmark = pytest.mark.every_postgres

SOMEBODY = UUID(int=7)
MICROSECOND = timedelta(microseconds=1)
LOG = ("events", "bodies", "requests", "head")
_numbers = count(1)


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest, servers: Callable[[str], EmbeddedPostgres]) -> Iterator[str]:
    """One database for all of this file, which is quicker; a ledger is a schema, and each test makes its own."""
    with fresh_database(servers(request.param)) as url:
        yield url


@pytest.fixture
def ledger(database: str) -> Database:
    prepared = Database(database, f"ledger_{next(_numbers)}")
    migrate(prepared)
    return prepared


@pytest.fixture
def app(ledger: Database) -> Iterator[Connection[Row]]:
    """As the running application connects."""
    with ledger.connect(name="test") as connection:
        yield connection


@pytest.fixture
def owner(ledger: Database) -> Iterator[Connection[Row]]:
    with ledger.connect(name="owner", as_owner=True) as connection:
        yield connection


@pytest.fixture
def recorder(ledger: Database) -> Iterator[LedgerRecorder]:
    with lent(ledger) as recorder:
        yield recorder


@contextmanager
def lent(ledger: Database) -> Iterator[LedgerRecorder]:
    connections = ledger.readers(10)
    try:
        yield LedgerRecorder(ledger, connections)
    finally:
        connections.close()


def an_event(
    stream: UUID | None = None, version: int = 1, body: bytes = b"{}", topic: str = "note-added.v1"
) -> SealedEvent:
    return seal(stream or uuid4(), version, topic, body, SOMEBODY, uuid4())


def a_request(key: str, event: int = 0, actor: UUID = SOMEBODY) -> RepeatedRequest:
    return RepeatedRequest(actor, key, b"f" * 32, event, '{"kept":true}')


def stored(number: int) -> StoredEvent:
    return StoredEvent(uuid4(), 1, "note-added.v1", b"%d" % number)


def positions(connection: Connection[Row]) -> list[int]:
    return [row[0] for row in connection.execute("select position from events order by position")]


# --- The library's own cases ------------------------------------------------------------------------------------


class OfAnApplication(ApplicationRecorderTestCase[LedgerRecorder]):
    __test__ = False  # run below, on every PostgreSQL
    recorder: LedgerRecorder

    def create_recorder(self) -> LedgerRecorder:
        return self.recorder

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class NotInterleaving(NonInterleavingNotificationIDsBaseCase):
    __test__ = False
    recorder: LedgerRecorder

    def create_recorder(self) -> ApplicationRecorder:
        return self.recorder


class ForAggregates(LedgerRecorder):
    """An aggregate recorder gives no positions; but for that, what is asked of it must hold for ours, too."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        super().insert_events(stored_events, **kwargs)
        return None


class OfAnAggregate(AggregateRecorderTestCase):
    __test__ = False
    recorder: LedgerRecorder

    def create_recorder(self) -> LedgerRecorder:
        return ForAggregates(self.recorder.database, self.recorder.connections)


CASES = [
    (case, name)
    for case in (OfAnApplication, NotInterleaving, OfAnAggregate)
    for name in defaultTestLoader.getTestCaseNames(case)
]


@pytest.mark.thorough
@pytest.mark.parametrize(("case", "name"), CASES, ids=[f"{case.__name__} {name}" for case, name in CASES])
def test_the_library_s_own_case_holds(recorder: LedgerRecorder, case: type[TestCase], name: str) -> None:
    library = case(name)
    library.recorder = recorder  # type: ignore[attr-defined]  # ours have it
    library.debug()  # runs the case, and lets its failure through


# --- It only grows ----------------------------------------------------------------------------------------------

VERBS = {
    "insert": "insert into {table} select * from {table}",
    "update": "update {table} set position = position + 1",
    "delete": "delete from {table}",
    "truncate": "truncate {table} cascade",
}


def test_the_application_may_only_append(app: Connection[Row]) -> None:
    append(app, [an_event()], [a_request("a key")])
    for table in LOG:
        for attempt in VERBS.values():
            with pytest.raises(
                psycopg.errors.InsufficientPrivilege, match=f"permission denied for table {table}"
            ):
                app.execute(attempt.format(table=table).encode())
    assert read_head(app)[0] == 1


def test_triggers_refuse_the_owner_too(app: Connection[Row], owner: Connection[Row]) -> None:
    append(app, [an_event(body=b"before")], [a_request("a key")])
    for table in LOG:
        for verb in ("update", "delete", "truncate"):
            refused = f"{verb.upper()} on {table} is refused: the ledger only grows"
            if (table, verb) == ("head", "update"):
                continue  # an append updates the head, and is the owner's own function
            if (table, verb) == ("bodies", "update"):
                refused = "a body may be erased, not rewritten"
            with pytest.raises(psycopg.errors.RestrictViolation, match=refused):
                owner.execute(VERBS[verb].format(table=table).encode())
    assert read_head(app)[0] == 1
    assert app.execute("select body, key from bodies join requests using (position)").fetchall() == [
        ("before", "a key")
    ]


def test_a_body_may_be_erased_and_only_erased(app: Connection[Row], owner: Connection[Row]) -> None:
    append(app, [an_event(), an_event()])
    for change in (
        "body = 'other'",
        "body = null",
        "salt = null",
        "salt = body::bytea",
        "position = 9, salt = null, body = null",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation, match="erased, not rewritten"):
            owner.execute(sql.SQL("update bodies set {} where position = 1").format(sql.SQL(change)))
    owner.execute("update bodies set salt = null, body = null where position = 1")
    with pytest.raises(psycopg.errors.RestrictViolation, match="erased, not rewritten"):
        owner.execute("update bodies set salt = sha256(''), body = '{}' where position = 1")
    assert app.execute("select position, body from bodies order by position").fetchall() == [
        (1, None),
        (2, "{}"),
    ]
    assert positions(app) == [1, 2]


def test_the_application_erases_contacts_that_are_to_be_erased_and_nothing_else(app: Connection[Row]) -> None:
    kept, erased = uuid4(), uuid4()
    body, topics = (
        b'{"contact":"reader"}',
        ("correction-requested.v1", "contact-left.v1", "request-declined.v1"),
    )
    for stream in (kept, erased):
        append(app, [an_event(stream, n, body, topic) for n, topic in enumerate(topics, 1)])
    erase_requests(app, [kept, erased, uuid4()])
    assert app.execute("select count(*) from bodies where body is null").fetchone() == (0,)
    append(app, [an_event(erased, 4, topic="contact-erased.v1")])
    erase_requests(app, [kept])
    assert app.execute("select count(*) from bodies where body is null").fetchone() == (0,)
    for _ in range(2):
        erase_requests(app, [kept, erased])
        assert app.execute("select position, salt from bodies where body is null").fetchall() == [(5, None)]
    assert [(recorded.event, recorded.size) for recorded in read_page(app, 4, 1, LedgerMapper())] == [
        (Erased("contact-left.v1"), 0)
    ]


def test_what_reads_through_the_library_reads_no_bytes_of_an_erased_body(
    recorder: LedgerRecorder, app: Connection[Row]
) -> None:
    stream = uuid4()
    append(
        app, [an_event(stream, 1, topic="contact-left.v1"), an_event(stream, 2, topic="contact-erased.v1")]
    )
    erase_requests(app, [stream])
    assert [stored.state for stored in recorder.select_events(stream)] == [b"", b"{}"]
    assert [notice.state for notice in recorder.select_notifications(1, 10)] == [b"", b"{}"]


@pytest.mark.thorough
def test_the_application_owns_nothing_and_calls_three_functions(
    ledger: Database, app: Connection[Row]
) -> None:
    set_up(ledger)  # its views, too, are the owner's
    assert app.execute("select current_user").fetchone() == (ledger.app_role,)
    assert (
        app.execute(
            "select relname from pg_class where relowner = current_user::regrole"
            " union all select proname from pg_proc where proowner = current_user::regrole"
            " union all select nspname from pg_namespace where nspowner = current_user::regrole"
        ).fetchall()
        == []
    )
    assert app.execute(
        "select proname from pg_proc where pronamespace = %s::regnamespace"
        " and has_function_privilege(oid, 'execute') order by proname",
        [ledger.schema],
    ).fetchall() == [("append",), ("erase_requests",), ("lock_head",), ("promise_past",)]
    assert (
        app.execute(
            "select has_schema_privilege(%s, 'create'), rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolbypassrls"
            " from pg_roles where rolname = current_user",
            [ledger.schema],
        ).fetchone()
        == (False,) * 6
    )


ESCAPES = (
    "drop trigger events_only_grow on events",
    "alter table events disable trigger all",
    "alter table events owner to current_user",
    "drop table requests",
    "drop function append",
    "create or replace function refuse_change() returns trigger language plpgsql as 'begin return new; end'",
    "create table mine ()",
    "create role another",
    "alter role current_user superuser",
    "set session_replication_role = replica",  # it would silence triggers
)


def test_the_application_cannot_let_itself_out(ledger: Database, owner: Connection[Row]) -> None:
    # A login of its own, as in production: the superuser of these tests could always take its own role back.
    with login(owner, ledger) as connection:
        for escape in ESCAPES:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(escape.encode())
        append(connection, [an_event()])


@contextmanager
def login(owner: Connection[Row], ledger: Database) -> Iterator[Connection[Row]]:
    """A connection under a login that is nothing but a member of the application's role."""
    name = f"login_{uuid4().hex}"
    owner.execute(f"create role {name} login in role {ledger.app_role}".encode())
    try:
        url = psycopg.conninfo.make_conninfo(ledger.url, user=name)
        with Database(url, ledger.schema).connect(name="test") as connection:
            yield connection
    finally:
        owner.execute(f"drop role {name}".encode())


# --- One order, without a gap -----------------------------------------------------------------------------------


def test_time_rises_with_every_position_though_the_clock_is_set_back(
    app: Connection[Row], owner: Connection[Row]
) -> None:
    first = append(app, [an_event()])
    assert abs(first[1] - datetime.now(UTC)) < timedelta(minutes=1)
    # An hour ahead is what the head would say after the clock was set back by an hour.
    ahead = first[1] + timedelta(hours=1)
    owner.execute("update head set recorded_at = %s", [ahead])
    assert append(app, [an_event(), an_event(), an_event()]) == (2, ahead + MICROSECOND)
    assert append(app, [an_event()]) == (5, ahead + 4 * MICROSECOND)
    rows = app.execute("select position, recorded_at from events order by position").fetchall()
    assert rows == [(1, first[1])] + [(2 + n, ahead + (1 + n) * MICROSECOND) for n in range(4)]
    assert read_head(app) == (5, ahead + 4 * MICROSECOND, 0)


def test_what_is_rolled_back_leaves_no_gap(app: Connection[Row]) -> None:
    stream = uuid4()
    append(app, [an_event(stream)])
    before = read_head(app)
    with app.transaction(force_rollback=True):
        assert append(app, [an_event(), an_event()])[0] == 2
    with pytest.raises(StreamMoved):
        append(app, [an_event(), an_event(stream)])
    with pytest.raises(psycopg.errors.CheckViolation, match="events_topic_check"):
        append(app, [an_event(), an_event(topic="")])
    assert read_head(app) == before
    assert append(app, [an_event()])[0] == 2
    assert positions(app) == [1, 2]


@pytest.mark.thorough
def test_a_reader_never_sees_a_position_before_the_one_in_front_of_it(
    ledger: Database, recorder: LedgerRecorder
) -> None:
    start, writers, each = Barrier(5), 4, 40

    def write() -> None:
        with ledger.connect(name="writer") as connection:
            start.wait()
            for size in range(each):
                append(connection, [an_event() for _ in range(size % 3 + 1)])

    threads = [Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    start.wait()
    seen = 0
    with ledger.connect(name="reader") as reader:
        while any(thread.is_alive() for thread in threads) or not seen:
            found = positions(reader)
            assert found == list(range(1, len(found) + 1))
            seen = len(found)
        assert positions(reader) == list(range(1, writers * sum(n % 3 + 1 for n in range(each)) + 1))
        assert reader.execute(
            "select count(*) from events a join events b on b.position = a.position + 1"
            " where b.recorded_at <= a.recorded_at"
        ).fetchone() == (0,)


def test_whoever_holds_the_head_holds_back_the_others(ledger: Database, app: Connection[Row]) -> None:
    with ledger.connect(name="other", lock_timeout="200") as other:
        with app.transaction():
            lock_head(app)
            with pytest.raises(psycopg.errors.LockNotAvailable):
                append(other, [an_event()])
            assert append(app, [an_event()])[0] == 1
            assert positions(other) == []  # reading goes on
        assert append(other, [an_event()])[0] == 2


def test_nothing_in_the_append_changes_from_call_to_call_inside_an_update(owner: Connection[Row]) -> None:
    (source,) = owner.execute("select prosrc from pg_proc where oid = 'append'::regproc").fetchone() or ("",)
    updates = re.findall(r"\bupdate\s+(?!;)[^;]*;", re.sub(r"for update", "", re.sub("--.*", "", source)))
    assert len(updates) == 1
    assert re.fullmatch(r"update head set (\w+ = \w+(, )?)+;", updates[0])  # no call, no operator


# --- What is said -----------------------------------------------------------------------------------------------

BODIES = [
    b'{"text":"A \\"train\\" \\\\ \\n arrived"}',
    "“Поезд” 🚆 \u2028 \u202e \\N \\. \\x41 {1,2} $$ %s %% ' '' \" NULL".encode(),
    b"'; drop table events; --",
    b"a\nb\r\nc\td",
    b"",
    " \u00a0\ufeff".encode(),
]


def test_every_body_comes_back_byte_for_byte_and_is_what_was_committed_to(app: Connection[Row]) -> None:
    append(app, [an_event(body=body) for body in BODIES])
    rows = app.execute(
        "select convert_to(body, 'UTF8'), salt, commitment from bodies join events using (position) order by position"
    ).fetchall()
    assert [body for body, _, _ in rows] == BODIES
    for body, salt, commitment in rows:
        assert commitment == hmac.new(salt, body, hashlib.sha256).digest()
    assert len({salt for _, salt, _ in rows}) == len(BODIES)
    assert {len(salt) for _, salt, _ in rows} == {32}


def test_an_event_comes_back_as_it_was_recorded(app: Connection[Row]) -> None:
    sealed = an_event(body=b'{"note":{"is_publishable":false,"role":"desk","text":"Ask"}}')
    _, at = append(app, [sealed])
    (recorded,) = read_page(app, 0, 10, LedgerMapper())
    assert (recorded.at.position, recorded.at.revision, recorded.at.recorded_at) == (1, 1, at)
    assert (recorded.at.actor, recorded.stream) == (SOMEBODY, sealed.originator_id)
    assert (recorded.event_id, recorded.size) == (sealed.event_id, len(sealed.state))
    assert recorded.event.topic == "note-added.v1"


def test_a_page_goes_so_far_and_no_further(app: Connection[Row]) -> None:
    body = b'{"note":{"is_publishable":false,"role":"desk","text":"Ask"}}'
    append(app, [an_event(body=body) for _ in range(5)])

    def page(after: int, limit: int, **up_to: int) -> list[int]:
        return [recorded.at.position for recorded in read_page(app, after, limit, LedgerMapper(), **up_to)]

    assert page(0, 10) == [1, 2, 3, 4, 5]
    assert page(1, 2) == [2, 3]
    assert page(1, 10, up_to=3) == [2, 3]
    assert page(5, 10) == []


# --- Who moved --------------------------------------------------------------------------------------------------


def test_a_version_of_a_stream_is_taken_once(app: Connection[Row]) -> None:
    stream = uuid4()
    append(app, [an_event(stream, 1), an_event(stream, 2)])
    for version in (1, 2):
        with pytest.raises(StreamMoved):
            append(app, [an_event(stream, version)])
    assert issubclass(StreamMoved, IntegrityError)  # so that the library's callers know it
    append(app, [an_event(stream, 3)])


def test_a_request_is_recorded_once_for_each_actor(app: Connection[Row]) -> None:
    append(app, [an_event(), an_event()], [a_request("a key", event=1)])
    with pytest.raises(StreamMoved):
        append(app, [an_event()], [a_request("a key")])
    append(app, [an_event()], [a_request("a key", actor=UUID(int=8))])
    known = read_receipts(app, [(SOMEBODY, "a key"), (UUID(int=8), "a key"), (SOMEBODY, "another")])
    assert {actor.int: receipt.position for (actor, _), (*_, receipt) in known.items()} == {7: 2, 8: 3}
    mark, salt, receipt = known[SOMEBODY, "a key"]
    assert (mark, salt and len(salt)) == (b"f" * 32, 32)
    assert receipt.text().startswith('{"position":2,"recorded_at":"20')
    assert receipt.text().endswith('Z","kept":true}')


@pytest.mark.parametrize("topic", ["member-enrolled.v1", "key-issued.v1", "key-revoked.v1"])
def test_an_append_that_missed_a_change_of_members_is_refused(app: Connection[Row], topic: str) -> None:
    append(app, [an_event()])
    append(app, [an_event(topic=topic)])
    append(app, [an_event()])
    assert read_head(app)[2] == 2
    before = read_head(app)
    for seen in (0, 1):
        with pytest.raises(MembersMoved):
            append(app, [an_event()], membership_seen=seen)
    assert read_head(app) == before
    append(app, [an_event()], membership_seen=2)


# --- Who is told ------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_an_append_tells_once_how_far_its_own_ledger_goes(ledger: Database, app: Connection[Row]) -> None:
    another = Database(ledger.url, "another")
    migrate(another)
    with ledger.connect(name="listener") as listener, another.connect(name="test") as elsewhere:
        listener.execute(sql.SQL("listen {}").format(sql.Identifier(ledger.channel)))
        append(app, [an_event(), an_event(), an_event()])
        append(elsewhere, [an_event()])
        with app.transaction(force_rollback=True):
            append(app, [an_event()])
        append(app, [an_event()])
        told = [notice.payload for notice in listener.notifies(timeout=5, stop_after=2)]
        told += [notice.payload for notice in listener.notifies(timeout=0.1)]
    assert told == ["3", "4"]


# --- Subscriptions ----------------------------------------------------------------------------------------------


def next_of(subscription: Iterator[Notification], number: int = 1) -> list[int]:
    """The positions of the next events; fails where a subscription would wait for ever."""
    seen = SimpleQueue[int]()

    def read() -> None:
        for _ in range(number):
            seen.put(next(subscription).id)

    Thread(target=read, daemon=True).start()
    return [seen.get(timeout=10) for _ in range(number)]


@pytest.mark.thorough
def test_a_subscription_sees_every_event_once_and_in_order(
    ledger: Database, recorder: LedgerRecorder
) -> None:
    recorder.insert_events([stored(number) for number in range(700)])  # more than a page of the library's

    def write() -> None:
        with lent(ledger) as other:
            for number in range(60):
                other.insert_events([stored(number)])

    threads = [Thread(target=write) for _ in range(3)]
    with recorder.subscribe(gt=10) as subscription:
        for thread in threads:
            thread.start()
        seen = next_of(subscription, 700 + 3 * 60 - 10)
        for thread in threads:
            thread.join()
    assert seen == list(range(11, 700 + 3 * 60 + 1))


def test_a_subscription_sees_what_comes_between_its_reading_and_its_listening(
    recorder: LedgerRecorder,
) -> None:
    class Late(LedgerSubscription):
        def _listen(self) -> None:
            while self._last_notification_id != 1:
                time.sleep(0.001)
            recorder.insert_events([stored(2)])
            super()._listen()

    recorder.insert_events([stored(1)])
    with Late(recorder, gt=0) as subscription:
        assert next_of(subscription, 2) == [1, 2]


@pytest.mark.thorough
@pytest.mark.parametrize("killed", ["factledger subscription", "factledger shared"])
def test_a_subscription_outlives_its_connections(
    recorder: LedgerRecorder, owner: Connection[Row], killed: str
) -> None:
    with recorder.subscribe(gt=0) as subscription:
        for number in range(1, 4):
            append(owner, [an_event()])
            assert next_of(subscription) == [number]
            assert kill(owner, killed)


@pytest.mark.thorough
def test_a_subscription_outlives_a_database_that_is_away(
    recorder: LedgerRecorder, owner: Connection[Row]
) -> None:
    name = owner.info.dbname
    with recorder.subscribe(gt=0) as subscription:
        append(owner, [an_event()])
        assert next_of(subscription) == [1]
        with psycopg.connect(owner.info.dsn, dbname="postgres", autocommit=True) as admin:
            admin.execute(f"alter database {name} with allow_connections false".encode())
            kill(owner, "factledger subscription")
            kill(owner, "factledger shared")
            append(owner, [an_event()])
            with pytest.raises(OperationalError):
                recorder.max_notification_id()
            admin.execute(f"alter database {name} with allow_connections true".encode())
        assert next_of(subscription) == [2]


def kill(owner: Connection[Row], application: str) -> bool:
    """Ends the connections of this name; whether there was any."""
    rows = owner.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
        " where application_name = %s and datname = current_database()",
        [application],
    ).fetchall()
    return bool(rows)


# --- Migrations -------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_schema_is_brought_to_the_present_once(database: str) -> None:
    ledger = Database(database)
    names = [name for _, name, _ in steps()]
    with ledger.connect(name="owner", as_owner=True) as owner:
        assert pending(owner) == names
        assert migrate(ledger) == names
        append(owner, [an_event()])
        assert migrate(ledger) == []
        assert pending(owner) == []
        assert positions(owner) == [1]
    assert [number for number, _, _ in steps()] == list(range(1, len(names) + 1))


@pytest.mark.thorough
def test_two_migrations_at_once_run_each_step_once(database: str) -> None:
    ran: list[list[str]] = []
    start = Barrier(3)

    def run() -> None:
        start.wait()
        ran.append(migrate(Database(database, "at_once")))

    threads = [Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ran) == [[], [], [name for _, name, _ in steps()]]


# Of the steps as they were released: each has run somewhere.
RELEASED = {
    "ledger": "4d83739a35ab8a5d9b6c7c840191daa257404d259101fd90491e4670090744be",
    "append": "6e8649d5b5e36eb8da93d7f4176472376b2f148a77a3081f88e9b19d983157f0",
    "grants": "aaf6fc14ea74e9445b962f057574b308c83f5a55f0d47c3283024272562f55e9",
    "withdrawals": "dff126da2264478d37db76757046e8379c2eb9464cedce7b49e96b40ec1361b1",
    "erasure": "dc3ef22ae500a812a4a17c6e91bff84a4fcc434b62e7e33a6c469f035f2efa65",
    "sessions": "2254e2ebf63dbca12e8a8710f753d9dadc4b73e9935d05867c81e11b6a844fdc",
    "damage": "b5da1adb38b5d0a25b8e4712006900651218cf3265fd69241ae610a777d3bffc",
    "request_erasure": "ba621d9ee2d447c1f4c745be94a8658e04aaf03a7f3b2700a6cb4cd5e299b010",
    "editing": "2d6ff361eabcb3f94ad208b7ca3d4430e7a6b969a72703a9d60303b1e68a0cb4",
    "webhooks": "5962546860783a164754b9382bf73323183eecce9d7e8b94d53b259809c68e8b",
    "gaps": "fb372cb88d81b6b8be95b4b62c32faa1b889649a6c98704fa0ad8f69f1789dc9",
}


def test_steps_are_as_they_were_released() -> None:
    """To the letter, comments too: a ledger that ran another text is refused. A new step gets a line of its own."""
    assert {name: hashlib.sha256(text.encode()).hexdigest() for _, name, text in steps()} == RELEASED


def test_a_ledger_that_ran_a_step_with_another_word_in_its_comment_comes_up(ledger: Database) -> None:
    with ledger.connect(name="test", as_owner=True) as owner:
        for digest, name in migrating._THE_SAME.items():
            assert (
                owner.execute("update migrations set digest = %s where name = %s", [digest, name]).rowcount
                == 1
            )
    assert migrate(ledger) == []


def test_an_edited_step_is_refused_and_changes_nothing(
    ledger: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = [*steps(), (len(steps()) + 1, "next", "create table next ()")]
    number, name, text = edited[0]
    edited[0] = (number, name, text + " ")
    monkeypatch.setattr(migrating, "steps", lambda: edited)
    with pytest.raises(
        MigrationRefused, match=r"step 1 \(ledger\) ran here with another text; steps are never edited"
    ):
        migrate(ledger)
    with ledger.connect(name="test") as connection:
        assert pending(connection) == ["next"]
        assert connection.execute("select to_regclass('next')").fetchone() == (None,)


def test_a_newer_schema_is_refused(ledger: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    known = steps()
    monkeypatch.setattr(migrating, "steps", lambda: known[:-1])
    with pytest.raises(
        MigrationRefused, match=f"at step {len(known)}, this program knows {len(known) - 1}: upgrade"
    ):
        migrate(ledger)


def test_a_step_that_fails_leaves_nothing(ledger: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    number = len(steps()) + 1
    broken = [*steps(), (number, "half", "create table half (); select 1 / 0")]
    monkeypatch.setattr(migrating, "steps", lambda: broken)
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(ledger)
    with ledger.connect(name="test") as connection:
        assert connection.execute("select to_regclass('half'), max(number) from migrations").fetchone() == (
            None,
            number - 1,
        )


def test_a_login_that_may_not_make_roles_is_told_what_to_ask_for(database: str) -> None:
    name = f"login_{uuid4().hex[:20]}"
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute(f"create role {name} login".encode())
        owner.execute(f"grant create on database {owner.info.dbname} to {name}".encode())
        url = psycopg.conninfo.make_conninfo(database, user=name)
        asked = f"create role {name}_app nologin; grant {name}_app to {name}"
        with pytest.raises(MigrationRefused, match=asked):
            migrate(Database(url, name))
        owner.execute(asked.encode())
        assert migrate(Database(url, name))
        with Database(url, name).connect(name="test") as connection:
            append(connection, [an_event()])
        owner.execute(
            f"drop owned by {name}; drop owned by {name}_app; drop role {name}, {name}_app".encode()
        )


# --- One ledger, one schema -------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_two_ledgers_in_one_database_do_not_see_each_other(database: str) -> None:
    here, there = Database(database, "here"), Database(database, "there")
    migrate(here)
    migrate(there)
    with here.connect(name="test") as one, there.connect(name="test") as other, lent(there) as recorder:
        stream = uuid4()
        with one.transaction(), other.transaction():  # neither waits for the other's head
            other.execute("set local lock_timeout = '200ms'")
            assert append(one, [an_event(stream), an_event()])[0] == 1
            assert append(other, [an_event(stream)], [a_request("a key")])[0] == 1
        with one.transaction():
            append(one, [an_event()], [a_request("a key")])
        assert (positions(one), positions(other)) == ([1, 2, 3], [1])
        with recorder.subscribe(gt=0) as subscription:
            append(one, [an_event()])
            append(other, [an_event()])
            assert next_of(subscription, 2) == [1, 2]
        for table in LOG:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                one.execute(sql.SQL("select * from there.{}").format(sql.Identifier(table)))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            one.execute("select there.lock_head()")


HOSTILE = [
    "",
    "Ledger",
    "1st",
    "_ledger",
    "a-b",
    "a b",
    'a"; drop schema public; --',
    "a\x00",
    "é",
    "a" * 41,
    "ledger\n",
    "-c role=postgres",
]


@pytest.mark.parametrize("schema", HOSTILE)
def test_a_schema_with_a_hostile_name_is_refused(schema: str) -> None:
    with pytest.raises(ValueError, match="use a-z, 0-9 and _, a letter first, at most 40"):
        Database("a database that is never asked", schema)


def test_the_longest_schema_name_will_do(database: str) -> None:
    ledger = Database(database, "l" * 40)
    migrate(ledger)
    with ledger.connect(name="test") as connection:
        assert append(connection, [an_event()])[0] == 1
