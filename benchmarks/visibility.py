"""How long after its commit is a fact to be seen in the views?

Both ends are told by one clock, the database's: when it committed the event, and when a look from outside first found
the view's position at or beyond it.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from datetime import datetime

from psycopg import Connection

from benchmarks.bench import Bench
from benchmarks.figures import Findings, check, in_turn, percentile
from benchmarks.ledgers import new_ledger
from benchmarks.load import Answered, Load
from benchmarks.peers import stock
from benchmarks.submitting import STORIES, Filing, StockFiling
from ledger.store.database import Row

LOOK_SECONDS = 0.002
PATIENCE_SECONDS = 120.0

HEAD = "select position from head"
POSITION = "select min(position), clock_timestamp() from projection"
COMMITTED = (
    "select position, pg_xact_commit_timestamp(xmin) from events where position > %s order by position"
)


def measure(bench: Bench) -> Findings:
    sizes = bench.sizes
    with ExitStack() as until_the_end:
        ours = Filing(bench, new_ledger(bench.cluster.database("visibility")), until_the_end)
        theirs = StockFiling(bench, until_the_end, "visibility_stock")
        ours.warm_up()
        theirs.warm_up()
        watch = Watch(bench, ours.look, ours.server.port, HEAD, POSITION, COMMITTED)
        watch_stock = Watch(
            bench, theirs.look, theirs.server.port, stock.HEAD, stock.POSITION, stock.COMMITTED
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

    def __init__(
        self, bench: Bench, look: Connection[Row], port: int, head: str, position: str, committed: str
    ) -> None:
        self._bench = bench
        self._look = look
        self._port = port
        self._head, self._position, self._committed = head.encode(), position.encode(), committed.encode()
        self.rates: list[float] = []
        self.medians: list[float] = []

    def p99(self, requests: Sequence[bytes]) -> float:
        """Milliseconds."""
        sizes = self._bench.sizes
        before = self._last()
        filing = self._bench.generator.begin(Load(self._port, requests, sizes.clients, sizes.per_second))
        seen = list(self._looks_until_visible(filing))
        answered = filing.result()
        commits = self._look.execute(self._committed, [before]).fetchall()
        check(answered.statuses == {201: len(requests)}, f"answers: {dict(answered.statuses)}")
        check(len(commits) == len(requests), f"{len(commits)} facts recorded, not {len(requests)}")
        waits = _waits([(row[0], row[1]) for row in commits], seen)
        self.rates.append(answered.per_second)
        self.medians.append(percentile(waits, 50))
        return percentile(waits, 99)

    def _looks_until_visible(self, filing: Future[Answered]) -> Iterator[tuple[int, datetime]]:
        """The view's position at each look, and when that was, until all that was filed is there."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            is_over = filing.done()
            row = self._look.execute(self._position).fetchone()
            assert row is not None
            yield row[0], row[1]
            if is_over and row[0] >= self._last():
                return
            check(time.monotonic() < deadline, "what was filed is not visible yet")
            time.sleep(LOOK_SECONDS)

    def _last(self) -> int:
        row = self._look.execute(self._head).fetchone()
        assert row is not None
        return int(row[0])


def _waits(commits: Sequence[tuple[int, datetime]], seen: Sequence[tuple[int, datetime]]) -> list[float]:
    """Milliseconds from each commit to the first look that found the view there."""
    waits, looks = [], iter(seen)
    reached, at = next(looks)
    for position, committed in commits:
        while reached < position:
            reached, at = next(looks)
        waits.append((at - committed).total_seconds() * 1000)
    return waits
