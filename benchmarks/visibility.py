"""How long after its commit is a fact to be seen in the views, and told to who follows the stream?

At half of what the machine takes. All of it is told by one clock, the database's, which is also this machine's: when it
committed the event, when a look from outside first found the view's position at or beyond it, and when it had come by
the desk's stream. And how much longer does it take while the views are built anew, again and again, as fast as it goes?
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from socket import SHUT_RDWR
from threading import Thread
from typing import Self

import orjson
from psycopg import Connection

from benchmarks.bench import Bench
from benchmarks.figures import Findings, check, in_turn, percentile
from benchmarks.ledgers import new_ledger
from benchmarks.load import Answered, Load, request
from benchmarks.peers import stock
from benchmarks.submitting import STORIES, Filing, StockFiling
from ledger.store.database import Database, Row
from projections.engine.rebuild import Stopped, rebuild

LOOK_SECONDS = 0.002
PATIENCE_SECONDS = 120.0
EMBARGO = timedelta(seconds=1)

HEAD = "select position from head"
POSITION = "select min(position), clock_timestamp() from projection"
COMMITTED = (
    "select position, pg_xact_commit_timestamp(xmin) from events"
    " where position > %s and topic = 'fact-reported.v1' order by position"
)
LIFTED = (
    "select extract(epoch from recorded_at - %s)::float8 from events where position > %s"
    " and topic = 'embargo-lifted.v1'"
)


def measure(bench: Bench) -> Findings:
    with ExitStack() as until_the_end:
        ours = Filing(bench, new_ledger(bench.cluster.database("visibility")), until_the_end)
        theirs = StockFiling(bench, until_the_end, "visibility_stock")
        ours.warm_up()
        theirs.warm_up()
        listening = until_the_end.enter_context(Listening(ours))
        watch = Watch(bench, ours.look, ours.server.port, HEAD, POSITION, COMMITTED)
        watch_stock = Watch(
            bench, theirs.look, theirs.server.port, stock.HEAD, stock.POSITION, stock.COMMITTED
        )
        watch_rebuilding = Watch(bench, ours.look, ours.server.port, HEAD, POSITION, COMMITTED)
        told = Told()

        def measure_ours(number: int) -> float:
            # Of what the machine takes now: from one round to the next it may have other things to do.
            per_second = ours.file(f"busy-{number}", STORIES).per_second / 2
            requests = ours.requests(f"visible-{number}", STORIES, bench.sizes.visible)
            embargo = Embargo(ours, f"embargo-{number}")
            p99 = watch.p99(requests, per_second)
            waits = listening.waits(watch.commits)
            told.medians.append(percentile(waits, 50))
            told.p99s.append(percentile(waits, 99))
            told.embargoes.append(embargo.late())
            requests = ours.requests(f"rebuilding-{number}", STORIES, bench.sizes.visible)
            with rebuilding(ours.ledger.database):
                told.rebuilding.append(watch_rebuilding.p99(requests, per_second))
            return p99

        def measure_theirs(number: int) -> float:
            requests = theirs.requests(f"visible-{number}", bench.sizes.stock_visible)
            return watch_stock.p99(requests, watch.asked[-1] if watch.asked else bench.sizes.per_second)

        found = in_turn(bench.rounds, {"ours": measure_ours, "stock": measure_theirs})
    findings = Findings()
    findings.figure("came in", "facts a second", watch.asked)
    findings.figure("came through", "facts a second", watch.rates)
    findings.figure("p50 from commit to visible", "ms", watch.medians)
    findings.figure("p99 from commit to visible", "ms", found["ours"])
    findings.figure("p50 from commit to stream", "ms", told.medians)
    findings.figure("p99 from commit to stream", "ms", told.p99s)
    findings.figure("an embargo ends late by", "ms", told.embargoes)
    findings.figure("p99 from commit to visible, while rebuilding", "ms", told.rebuilding)
    findings.figure("came through meanwhile", "facts a second", watch_rebuilding.rates)
    findings.figure("stock stack, came through", "facts a second", watch_stock.rates)
    findings.figure("stock stack, p99", "ms", found["stock"])
    findings.must("p99 to visible / stock stack", found["ours"], "<=", 0.05, found["stock"])
    findings.must("p99 / p50 to visible", found["ours"], "<=", 4, watch.medians)
    findings.must("p99 to stream / p99 to visible", told.p99s, "<=", 3, found["ours"])
    findings.must("an embargo ends late by, ms", told.embargoes, "<=", 1_000)
    findings.must("p99 to visible, while rebuilding / without", told.rebuilding, "<=", 2, found["ours"])
    if min(rate / asked for rate, asked in zip(watch.rates, watch.asked, strict=True)) < 0.95:
        findings.remarks.append("The ledger did not take them as fast as they came.")
    if min(rate / asked for rate, asked in zip(watch_stock.rates, watch_stock.asked, strict=True)) < 0.95:
        findings.remarks.append(
            "The stock stack did not take them as fast as they came: what it is late grows."
        )
    return findings


@dataclass(slots=True)
class Told:
    """Of each round so far, in milliseconds."""

    medians: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    embargoes: list[float] = field(default_factory=list)
    rebuilding: list[float] = field(default_factory=list)


@contextmanager
def rebuilding(database: Database) -> Iterator[None]:
    """Another process builds all views anew, again and again."""
    spawning = get_context("spawn")
    has_begun, is_over = spawning.Event(), spawning.Event()
    process = spawning.Process(target=_rebuild, args=(database, has_begun, is_over), daemon=True)
    process.start()
    try:
        check(has_begun.wait(PATIENCE_SECONDS), "no rebuild has begun")
        yield
        check(process.is_alive(), "the views were not built anew all the time")
    finally:
        is_over.set()
        process.join()


def _rebuild(database: Database, has_begun: Event, is_over: Event) -> None:
    with suppress(Stopped):
        while not is_over.is_set():
            rebuild(database, note=lambda *_: has_begun.set(), is_over=is_over.is_set)


class Watch:
    """Files at a rate and looks at the same time how far the view is. asked, rates, medians: of each round so far;
    commits: of the last one, positions and when each was committed."""

    def __init__(
        self, bench: Bench, look: Connection[Row], port: int, head: str, position: str, committed: str
    ) -> None:
        self._bench = bench
        self._look = look
        self._port = port
        self._head, self._position, self._committed = head.encode(), position.encode(), committed.encode()
        self.asked: list[float] = []
        self.rates: list[float] = []
        self.medians: list[float] = []
        self.commits: list[tuple[int, datetime]] = []

    def p99(self, requests: Sequence[bytes], per_second: float) -> float:
        """Milliseconds."""
        before = self._last()
        load = Load(self._port, requests, self._bench.sizes.clients, per_second)
        filing = self._bench.generator.begin(load)
        seen = list(self._looks_until_visible(filing))
        answered = filing.result()
        commits = self._look.execute(self._committed, [before]).fetchall()
        check(answered.statuses == {201: len(requests)}, f"answers: {dict(answered.statuses)}")
        check(len(commits) == len(requests), f"{len(commits)} facts recorded, not {len(requests)}")
        self.commits = [(row[0], row[1]) for row in commits]
        waits = _waits(self.commits, seen)
        self.asked.append(per_second)
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


class Listening:
    """Follows the desk's stream, in a thread: what came, and when."""

    def __init__(self, filing: Filing) -> None:
        self._heard: list[tuple[int, datetime]] = []
        self._connection = HTTPConnection("127.0.0.1", filing.server.port)
        fields = {"authorization": f"Bearer {filing.ledger.secret}"}
        self._connection.request("GET", "/v1/events/stream", headers=fields)
        self._answer = self._connection.getresponse()
        check(self._answer.status == 200, f"the stream was answered {self._answer.status}")
        self._thread = Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection.sock is not None:
            self._connection.sock.shutdown(SHUT_RDWR)
        self._thread.join()
        self._answer.close()
        self._connection.close()

    def waits(self, commits: Sequence[tuple[int, datetime]]) -> list[float]:
        """Milliseconds from each commit until it was told."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._heard or self._heard[-1][0] < commits[-1][0]:
            check(
                time.monotonic() < deadline and self._thread.is_alive(), "the stream did not tell all of it"
            )
            time.sleep(LOOK_SECONDS)
        return _waits(commits, self._heard)

    def _listen(self) -> None:
        position = 0
        with suppress(OSError, HTTPException, ValueError):
            for line in self._answer:
                if line.startswith(b"id: "):
                    position = int(line[4:])
                elif line.startswith(b"data: "):
                    self._heard.append((position, datetime.now(UTC)))


class Embargo:
    """One that ends while facts are filed."""

    def __init__(self, filing: Filing, slug: str) -> None:
        filing.requests(slug, 1, 0)
        self._filing = filing
        self._before = filing.head()
        self._until = datetime.now(UTC) + EMBARGO
        fields = {
            "authorization": f"Bearer {filing.ledger.secret}",
            "idempotency-key": slug,
        }
        body = {"revision": 1, "embargo_until": self._until.isoformat(), "reason": "At that hour."}
        filing.apply([request("POST", f"/v1/stories/{slug}-0/publications", fields, orjson.dumps(body))])

    def late(self) -> float:
        """Milliseconds."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (rows := self._filing.look.execute(LIFTED, [self._until, self._before]).fetchall()):
            check(time.monotonic() < deadline, "the embargo has not ended")
            time.sleep(LOOK_SECONDS)
        return float(rows[0][0]) * 1000


def _waits(commits: Sequence[tuple[int, datetime]], seen: Sequence[tuple[int, datetime]]) -> list[float]:
    """Milliseconds from each commit to when it was first seen, or anything beyond it."""
    waits, looks = [], iter(seen)
    reached, at = next(looks)
    for position, committed in commits:
        while reached < position:
            reached, at = next(looks)
        waits.append((at - committed).total_seconds() * 1000)
    return waits
