"""How many events a second does bare psycopg write, which is what an import is to be measured against?"""

import time

from benchmarks.bench import Bench
from benchmarks.figures import Findings, check
from benchmarks.ledgers import Ledger, new_ledger, ordinary_stories
from benchmarks.material import Material
from benchmarks.peers import bare
from ledger.audit import positions_hold, streams_hold
from ledger.store import read_head


def measure(bench: Bench) -> Findings:
    rounds = [write_bare(bench, number) for number in range(bench.rounds)]
    findings = Findings()
    findings.figure("bare psycopg, 1,000 events a transaction", "events a second", rounds)
    return findings


def write_bare(bench: Bench, number: int) -> float:
    ledger = new_ledger(bench.cluster.database(f"bare_{number}"))
    stories = ordinary_stories(bench.sizes.imported, Material(bench.seed))
    with ledger.database.connect(name="benchmark") as connection:
        head = read_head(connection)[0]
        rows = bare.rows_of(list(ledger.sealed(stories)), head)
        begun = time.perf_counter()
        bare.insert(ledger.database, rows)
        took = time.perf_counter() - begun
        check_whole(ledger, head + len(rows))
    return len(rows) / took


def check_whole(ledger: Ledger, head: int) -> None:
    """What was written is a ledger like any other."""
    with ledger.database.connect(name="benchmark") as connection:
        check(read_head(connection)[0] == head, f"the head is not at {head}")
        for holds, say in (positions_hold(connection), streams_hold(connection)):
            check(holds, say)
