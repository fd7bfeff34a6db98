"""Does the proxy cut where it says, whichever way the ledger commits?"""

from collections.abc import Callable, Iterator
from contextlib import closing
from uuid import uuid4

import psycopg
import pytest

from ledger.store.database import Connection, Database, Row
from ledger.store.store import append, lock_head, seal
from ledger.words import OPERATOR
from tests.newsroom import Newsroom
from tests.proxy import Cut, Proxy
from tests.views import eventually, head_of

Way = Callable[[Connection[Row]], None]


@pytest.fixture
def proxy(newsroom: Newsroom) -> Iterator[Proxy]:
    with closing(Proxy(newsroom.database.url)) as standing:
        yield standing


@pytest.fixture
def connection(proxy: Proxy) -> Iterator[Connection[Row]]:
    with Database(proxy.url).connect(name="test") as through:
        yield through


def record(connection: Connection[Row]) -> None:
    append(connection, [seal(uuid4(), 1, "note-added.v1", b"{}", OPERATOR, uuid4())])


def record_in_a_transaction(connection: Connection[Row]) -> None:
    with connection.transaction():
        lock_head(connection)
        record(connection)


@pytest.mark.parametrize("way", [record, record_in_a_transaction])
@pytest.mark.parametrize("statements", [0, 10], ids=["unprepared", "prepared"])
@pytest.mark.parametrize(("cut", "recorded"), [(Cut.BEFORE, 0), (Cut.DURING, 1), (Cut.AFTER, 1)])
def test_what_is_cut_off_is_recorded_or_not_as_the_moment_has_it(
    newsroom: Newsroom,
    proxy: Proxy,
    connection: Connection[Row],
    way: Way,
    statements: int,
    cut: Cut,
    recorded: int,
) -> None:
    for _ in range(statements):
        way(connection)
    proxy.order(cut)
    with pytest.raises(psycopg.OperationalError):
        way(connection)
    proxy.await_cut()
    backends = "select from pg_stat_activity where application_name = 'factledger test'"
    eventually(lambda: newsroom.views.execute(backends).rowcount == 1)  # the onlooker's own
    assert head_of(newsroom.views) == statements + recorded


def test_who_reads_is_let_through_and_so_are_commits_that_nobody_wants_cut(
    newsroom: Newsroom, connection: Connection[Row]
) -> None:
    record(connection)
    record_in_a_transaction(connection)
    assert connection.execute("select repeat('x', 1000000)").fetchone() == ("x" * 1_000_000,)
    assert head_of(connection) == head_of(newsroom.views) == 2


def test_a_commit_that_records_nothing_is_not_the_one_that_is_waited_for(
    newsroom: Newsroom, proxy: Proxy, connection: Connection[Row]
) -> None:
    proxy.order(Cut.AFTER)
    with connection.transaction():
        lock_head(connection)
    with pytest.raises(psycopg.OperationalError):
        record(connection)
    proxy.await_cut()
    assert head_of(newsroom.views) == 1
