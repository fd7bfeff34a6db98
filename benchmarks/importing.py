"""How many facts a second does an import take in, beside the fastest loop that writes the same rows?"""

import io
import multiprocessing
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from uuid import UUID

import orjson

from api.server import interpreter
from api.terminal.importing import Acting, Import, actor_of
from benchmarks.bench import Bench
from benchmarks.figures import Findings, check, in_turn
from benchmarks.ledgers import Ledger, new_ledger
from benchmarks.material import Material
from benchmarks.peers import bare
from ledger.store.audit import positions_hold, streams_hold
from ledger.store.database import Database
from ledger.store.keyring import Keyring
from ledger.store.store import read_head

STORIES = 50


def measure(bench: Bench) -> Findings:
    carrying = Carrying(bench)
    found = in_turn(bench.rounds, {"import": carrying.import_, "bare": carrying.write_bare})
    findings = Findings()
    findings.figure(f"import of {carrying.count:,} lines", "events a second", found["import"])
    findings.figure("bare psycopg, 1,000 events a transaction", "events a second", found["bare"])
    findings.must("import / bare psycopg", found["import"], ">=", 0.4, found["bare"])
    return findings


class Carrying:
    """Each round has ledgers of its own. What bare psycopg writes are the rows of an import that was made for it."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._file = b"".join(lines(bench.sizes.imported, Material(bench.seed)))
        self.count = self._file.count(b"\n")
        ledger = new_ledger(bench.cluster.database("imported"))
        with ledger.database.connect(name="benchmark") as connection:
            self._before = read_head(connection)[0]
        self._take_in(ledger)
        self._rows = bare.rows_in(ledger.database, self._before)

    def import_(self, number: int) -> float:
        ledger = new_ledger(self._bench.cluster.database(f"import_{number}"))
        took = self._take_in(ledger)
        check_whole(ledger, self._before + self.count)
        return self.count / took

    def write_bare(self, number: int) -> float:
        ledger = new_ledger(self._bench.cluster.database(f"bare_{number}"))
        rows = bare.recorded_now(self._rows)
        begun = time.perf_counter()
        bare.insert(ledger.database, rows)
        took = time.perf_counter() - begun
        check_whole(ledger, self._before + self.count)
        return self.count / took

    def _take_in(self, ledger: Ledger) -> float:
        """In a process that does nothing else, as the command does; seconds."""
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            recorded, took = process.submit(take_in, ledger.database, ledger.member, self._file).result()
        check(recorded == self.count, f"{recorded} of {self.count} lines were recorded")
        return took


def lines(count: int, material: Material) -> Iterator[bytes]:
    for number in range(STORIES):
        story = {
            "slug": f"story-{number}",
            "headline": material.sentence(8),
            "language": "en",
            "desk": "world",
        }
        yield line(f"o{number}", {"do": "open", "with": story})
    for number in range(count - STORIES):
        told = {"do": "report", "story": f"story-{number % STORIES}", "with": material.fact()}
        yield line(f"f{number}", told)


def line(key: str, told: Mapping[str, object]) -> bytes:
    return orjson.dumps({"key": key, **told}, option=orjson.OPT_APPEND_NEWLINE)


def take_in(database: Database, member: UUID, file: bytes) -> tuple[int, float]:
    """(lines recorded, seconds), as the command does it."""
    interpreter.tune_to_get_done()
    keyring = Keyring()
    with database.connect(name="keys") as connection:
        keyring.refresh(connection)
    acting = Acting(actor_of(keyring, str(member)), {})
    report = Import(database, keyring, acting, lambda *_: None).run(io.BytesIO(file))
    return report.recorded, report.seconds


def check_whole(ledger: Ledger, head: int) -> None:
    """What was written is a ledger like any other."""
    with ledger.database.connect(name="benchmark") as connection:
        reached = read_head(connection)[0]
        check(reached == head, f"the head is at {reached} and not at {head}")
        for holds, say in (positions_hold(connection), streams_hold(connection)):
            check(holds, say)
