"""How many events a second does a rebuild of all views take in?"""

import time

import psycopg
from psycopg import Connection

from benchmarks.bench import Bench
from benchmarks.figures import Findings, check, in_turn
from benchmarks.ledgers import Ledger, new_ledger, ordinary_stories
from benchmarks.material import Material
from benchmarks.peers import stock
from ledger.store.database import Database, Row
from ledger.store.store import LedgerMapper, read_page
from projections.engine.catch_up import PAGE_EVENTS
from projections.engine.rebuild import rebuild


def measure(bench: Bench) -> Findings:
    ledger = new_ledger(bench.cluster.database("rebuilding"))
    ledger.grow(ordinary_stories(bench.sizes.rebuilt, Material(bench.seed)))
    head = ledger.bring_up_views()
    bytes_an_event = _bytes_on_disk(ledger) / head
    with ledger.database.connect(name="benchmark") as connection:
        views = Views(ledger.database, connection, head)
        theirs = StockView(bench)
        found = in_turn(
            bench.rounds, {"rebuild": views.rebuild, "decoding": views.only_decode, "stock": theirs.rebuild}
        )
    findings = Findings()
    findings.figure(f"rebuild of all views, {head:,} events", "events a second", found["rebuild"])
    findings.figure("reading and decoding alone", "events a second", found["decoding"])
    findings.figure("stock stack, one comparable view", "events a second", found["stock"])
    findings.must("rebuild / stock stack with one view", found["rebuild"], ">=", 5, found["stock"])
    findings.must("rebuild / reading and decoding", found["rebuild"], ">=", 0.30, found["decoding"])
    findings.figure("rebuild without the proof", "events a second", views.built)
    findings.figure("on disk, all tables and indexes", "bytes an event", [bytes_an_event])
    findings.must("bytes on disk an event", [bytes_an_event], "<=", 3_000)
    return findings


def _bytes_on_disk(ledger: Ledger) -> int:
    """As live projecting has left them, vacuumed."""
    with ledger.database.connect(name="benchmark") as connection:
        row = connection.execute(
            "select sum(pg_total_relation_size(oid))::bigint from pg_class"
            " where relkind = 'r' and relnamespace = current_schema()::regnamespace"
        ).fetchone()
    assert row is not None
    return int(row[0])


class Views:
    def __init__(self, database: Database, connection: Connection[Row], head: int) -> None:
        self._database = database
        self._connection = connection
        self._head = head
        self._versions = self._count()
        self.built: list[float] = []  # events a second, without the proof

    def rebuild(self, number: int) -> float:
        del number
        told: dict[str, float] = {}
        begun = time.perf_counter()
        reached = rebuild(self._database, note=lambda phase, *_: told.setdefault(phase, time.perf_counter()))
        took = time.perf_counter() - begun
        self.built.append(self._head / (told["comparing"] - begun))
        check(reached == self._head, f"rebuilt up to {reached}, not {self._head}")
        check(self._count() == self._versions, "a rebuild changed how many versions of facts there are")
        return self._head / took

    def only_decode(self, number: int) -> float:
        del number
        begun, reached, seen = time.perf_counter(), 0, 0
        while page := read_page(self._connection, reached, PAGE_EVENTS, LedgerMapper()):
            reached = page[-1].at.position
            seen += len(page)
        took = time.perf_counter() - begun
        check(seen == self._head, f"read {seen} events of {self._head}")
        return seen / took

    def _count(self) -> int:
        row = self._connection.execute("select count(*) from fact_versions").fetchone()
        assert row is not None
        return int(row[0])


class StockView:
    """The stock stack's one view, emptied and filled by its runner. Facts and corrections, as many of each."""

    def __init__(self, bench: Bench) -> None:
        material = Material(bench.seed)
        self._url = bench.cluster.database("rebuilding_stock")
        self._facts = bench.sizes.stock_rebuilt // 2
        facts = [material.fact() for _ in range(self._facts)]
        corrections = [(1 + material.below(self._facts), material.sentence()) for _ in range(self._facts)]
        with stock.newsroom(self._url) as app:
            app.tell("story", facts, corrections)
            self._events = app.recorder.max_notification_id() or 0
        with stock.run_projection(self._url):
            stock.wait_for_view(self._url)

    def rebuild(self, number: int) -> float:
        del number
        with psycopg.connect(self._url) as connection:
            connection.execute("truncate fact_versions")
            connection.execute(
                "delete from fact_versions_projection_tracking where application_name = 'Newsroom'"
            )
        begun = time.perf_counter()
        with stock.run_projection(self._url):
            stock.wait_for_view(self._url)
            took = time.perf_counter() - begun
        with psycopg.connect(self._url) as connection:
            found = connection.execute("select count(*) from fact_versions").fetchone()
        check(found == (2 * self._facts,), f"the stock view holds {found} versions, not {2 * self._facts}")
        return self._events / took
