"""How long after its commit is a fact to be seen in the views?

Both ends are told by one clock, the database's: when it committed the event, and when a look from outside first found
the view's position at or beyond it.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime

import psycopg

from benchmarks.bench import Bench
from benchmarks.figures import Findings, check, in_turn, percentile
from benchmarks.load import Load
from benchmarks.peers import stock
from benchmarks.submitting import STORIES, Filing, StockFiling

LOOK_SECONDS = 0.002
PATIENCE_SECONDS = 120.0

HEAD = "select position from head"
POSITION = "select position, clock_timestamp() from projection"
COMMITTED = (
    "select position, pg_xact_commit_timestamp(xmin) from events where position > %s order by position"
)


def measure(bench: Bench) -> Findings:
    sizes = bench.sizes
    with ExitStack() as until_the_end:
        ours = Filing(bench, until_the_end, "visibility")
        theirs = StockFiling(bench, until_the_end, "visibility_stock")
        ours.warm_up()
        theirs.warm_up()
        watch = Watch(bench, ours.ledger.database.url, ours.server.port, HEAD, POSITION, COMMITTED)
        watch_stock = Watch(
            bench, theirs.url, theirs.server.port, stock.HEAD, stock.POSITION, stock.COMMITTED
        )

        def measure_ours(number: int) -> float:
            return watch.p99(ours.requests(f"visible-{number}", STORIES, sizes.visible))

        def measure_theirs(number: int) -> float:
            return watch_stock.p99(theirs.requests(f"visible-{number}", sizes.stock_visible))

        found = in_turn(bench.rounds, {"ours": measure_ours, "stock": measure_theirs})
    findings = Findings()
    findings.figure("came through", "facts a second", watch.rates)
    findings.figure("p50 from commit to visible", "ms", watch.medians)
    findings.figure("p99 from commit to visible", "ms", found["ours"])
    findings.figure("stock stack, came through", "facts a second", watch_stock.rates)
    findings.figure("stock stack, p99", "ms", found["stock"])
    findings.must("p99 from commit to visible, ms", found["ours"], "<=", 50)
    findings.must("p99 / stock stack", found["ours"], "<=", 0.3, found["stock"])
    if min(watch.rates) < 0.95 * sizes.per_second:
        findings.remarks.append(f"This machine did not take {sizes.per_second:.0f} facts a second.")
    if min(watch_stock.rates) < 0.95 * sizes.per_second:
        findings.remarks.append(
            "The stock stack did not take them as fast as they came: what it is late grows."
        )
    return findings


class Watch:
    """Files at a rate and looks at the same time how far the view is. rates, medians: of each round so far."""

    def __init__(self, bench: Bench, url: str, port: int, head: str, position: str, committed: str) -> None:
        self._bench = bench
        self._url = url
        self._port = port
        self._head, self._position, self._committed = head, position, committed
        self.rates: list[float] = []
        self.medians: list[float] = []

    def p99(self, requests: Sequence[bytes]) -> float:
        """Milliseconds."""
        sizes = self._bench.sizes
        with psycopg.connect(self._url, autocommit=True) as connection:
            row = connection.execute(self._head.encode()).fetchone()
            before = int(row[0]) if row else 0
            filing = self._bench.generator.begin(Load(self._port, requests, sizes.clients, sizes.per_second))
            seen: list[tuple[int, datetime]] = []
            deadline = time.monotonic() + PATIENCE_SECONDS
            while True:
                is_over = filing.done()
                seen += connection.execute(self._position.encode()).fetchall()
                if is_over and seen[-1][0] >= self._reached(connection):
                    break
                check(time.monotonic() < deadline, "what was filed is not visible yet")
                time.sleep(LOOK_SECONDS)
            commits = connection.execute(self._committed.encode(), [before]).fetchall()
        answered = filing.result()
        check(answered.statuses == {201: len(requests)}, f"answers: {dict(answered.statuses)}")
        check(len(commits) == len(requests), f"{len(commits)} facts recorded, not {len(requests)}")
        waits = _waits(commits, seen)
        self.rates.append(answered.per_second)
        self.medians.append(percentile(waits, 50))
        return percentile(waits, 99)

    def _reached(self, connection: psycopg.Connection[tuple[object, ...]]) -> int:
        row = connection.execute(self._head.encode()).fetchone()
        return int(str(row[0])) if row else 0


def _waits(commits: Sequence[tuple[int, datetime]], seen: Sequence[tuple[int, datetime]]) -> list[float]:
    """Milliseconds from each commit to the first look that found the view there."""
    waits, looks = [], iter(seen)
    reached, at = next(looks)
    for position, committed in commits:
        while reached < position:
            reached, at = next(looks)
        waits.append((at - committed).total_seconds() * 1000)
    return waits
