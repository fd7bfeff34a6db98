"""How many facts a second are filed over HTTP, each acknowledged after its commit, and how long does one wait?"""

from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median

import orjson
import psycopg
from psycopg import Connection

from benchmarks.bench import Bench
from benchmarks.figures import Findings, check, in_turn, percentile
from benchmarks.ledgers import Ledger, new_ledger, settle
from benchmarks.load import Answered, Load, request
from benchmarks.material import Material
from benchmarks.peers import stock
from benchmarks.peers.no_op import ledger_with_no_op
from benchmarks.server import Served, serving
from ledger.store.database import Row

STORIES = 20


def measure(bench: Bench) -> Findings:
    with ExitStack() as until_the_end:
        ours = Filing(bench, new_ledger(bench.cluster.database("submitting")), until_the_end)
        theirs = StockFiling(bench, until_the_end)
        ours.warm_up()
        theirs.warm_up()
        findings = Findings()
        rates = as_fast_as_it_goes(bench, ours, theirs, findings)
        at_half_the_rate(bench, ours, median(rates) / 2, findings)
    return findings


def as_fast_as_it_goes(
    bench: Bench, ours: "Filing", theirs: "StockFiling", findings: Findings
) -> Sequence[float]:
    """Facts a second on twenty stories, each round."""
    busy: list[float] = []

    def file_nothing(number: int) -> float:
        del number
        answered = ours.file_nothing()
        busy.append(answered.busy)
        return answered.per_second

    found = in_turn(
        bench.rounds,
        {
            "twenty": lambda number: ours.file(f"twenty-{number}", STORIES).per_second,
            "one": lambda number: ours.file(f"one-{number}", 1).per_second,
            "no-op": file_nothing,
            "stock": lambda number: theirs.file(f"stock-{number}").per_second,
        },
    )
    clients = bench.sizes.clients
    findings.figure(f"facts, {clients} clients on {STORIES} stories", "a second", found["twenty"])
    findings.figure(f"facts, {clients} clients on one story", "a second", found["one"])
    findings.figure("no-op with the same body", "a second", found["no-op"])
    findings.figure("the load's own process meanwhile, busy", "of 1", busy)
    findings.figure(f"stock stack, {STORIES} stories", "a second", found["stock"])
    findings.must("facts / no-op", found["twenty"], ">=", 0.45, found["no-op"])
    findings.must("facts / stock stack", found["twenty"], ">=", 4, found["stock"])
    findings.must("one story / twenty", found["one"], ">=", 0.8, found["twenty"])
    return found["twenty"]


def at_half_the_rate(bench: Bench, ours: "Filing", per_second: float, findings: Findings) -> None:
    facts = bench.sizes.at_half_rate
    calm = [
        ours.file(f"calm-{number}", STORIES, facts, per_second).latencies for number in range(bench.rounds)
    ]
    p50 = [percentile(latencies, 50) * 1000 for latencies in calm]
    p99 = [percentile(latencies, 99) * 1000 for latencies in calm]
    findings.figure(f"p50 at half the rate, {per_second:.0f} a second", "ms", p50)
    findings.figure("p99 at half the rate", "ms", p99)
    findings.must("p99 / p50 at half the rate", p99, "<=", 4, p50)


class Filing:
    """Files over HTTP with the ledger's server, and counts in the database what it did."""

    def __init__(self, bench: Bench, ledger: Ledger, until_the_end: ExitStack) -> None:
        self._bench = bench
        self._material = Material(bench.seed)
        self.ledger = ledger
        database = ledger.database
        log = bench.cluster.folder / "server.log"
        self.server: Served = until_the_end.enter_context(serving(ledger_with_no_op, database.url, log))
        self.look: Connection[Row] = until_the_end.enter_context(database.connect(name="look"))

    def warm_up(self) -> None:
        self.file("warm", STORIES)
        self.file_nothing()

    def file(
        self, name: str, stories: int, facts: int | None = None, per_second: float | None = None
    ) -> Answered:
        """Answered once the views are there, too, so that nobody's work is left to the next."""
        count = facts or self._bench.sizes.facts
        requests = self.requests(name, stories, count)
        before = self.head()
        answered = self.apply(requests, per_second)
        check(self.head() - before == count, f"{self.head() - before} facts recorded, not {count}")
        settle(self.look)
        return answered

    def file_nothing(self) -> Answered:
        count = self._bench.sizes.facts
        requests = [self.a_request(f"/v1/no-op/story-{number % STORIES}/facts") for number in range(count)]
        before = self.head()
        answered = self.apply(requests, None)
        check(self.head() == before, "a no-op recorded something")
        return answered

    def requests(self, name: str, stories: int, count: int) -> list[bytes]:
        """Facts for so many new stories in turn."""
        slugs = [f"{name}-{number}" for number in range(stories)]
        self.ledger.open(slugs, self._material)
        settle(self.look)
        return [self.a_request(f"/v1/stories/{slugs[number % stories]}/facts") for number in range(count)]

    def a_request(self, path: str) -> bytes:
        fields = {"authorization": f"Bearer {self.ledger.secret}", "idempotency-key": self._material.key()}
        return request("POST", path, fields, orjson.dumps(self._material.fact()))

    def apply(self, requests: list[bytes], per_second: float | None = None) -> Answered:
        load = Load(self.server.port, requests, self._bench.sizes.clients, per_second)
        answered = self._bench.generator.apply(load)
        check(answered.statuses == {201: len(requests)}, f"answers: {dict(answered.statuses)}")
        return answered

    def head(self) -> int:
        row = self.look.execute("select position from head").fetchone()
        assert row is not None
        return int(row[0])


class StockFiling:
    def __init__(self, bench: Bench, until_the_end: ExitStack, name: str = "submitting_stock") -> None:
        self._bench = bench
        self._material = Material(bench.seed)
        self.url = bench.cluster.database(name)
        self.app = until_the_end.enter_context(stock.newsroom(self.url))
        self.look: Connection[Row] = until_the_end.enter_context(psycopg.connect(self.url, autocommit=True))
        self.server: Served = until_the_end.enter_context(
            serving(stock.stock_application, self.url, bench.cluster.folder / f"{name}.log")
        )

    def warm_up(self) -> None:
        self.file("warm")

    def file(self, name: str) -> Answered:
        requests = self.requests(name, self._bench.sizes.stock_facts)
        before = self.app.recorder.max_notification_id() or 0
        answered = self._bench.generator.apply(Load(self.server.port, requests, self._bench.sizes.clients))
        self.check_done(answered, len(requests), before)
        self._settle()
        return answered

    def requests(self, name: str, count: int) -> list[bytes]:
        """Facts for twenty new stories in turn."""
        slugs = [f"{name}-{number}" for number in range(STORIES)]
        for slug in slugs:
            self.app.open_story(slug, self._material.sentence(8))
        return [
            request(
                "POST", f"/stories/{slugs[number % STORIES]}/facts", {}, orjson.dumps(self._material.fact())
            )
            for number in range(count)
        ]

    def check_done(self, answered: Answered, count: int, before: int) -> None:
        check(answered.statuses == {201: count}, f"answers of the stock stack: {dict(answered.statuses)}")
        done = (self.app.recorder.max_notification_id() or 0) - before
        # A number is used up by each try that came too late, so there may be gaps.
        check(done >= count, f"{done} facts recorded by the stock stack, not {count}")

    def _settle(self) -> None:
        stock.wait_for_view(self.url)
