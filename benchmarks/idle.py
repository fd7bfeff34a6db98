"""How much memory does the server take while nobody asks anything?"""

import time

from benchmarks.bench import Bench
from benchmarks.figures import Findings
from benchmarks.ledgers import new_ledger
from benchmarks.memory import resident_mebibytes
from benchmarks.peers.no_op import ledger_with_no_op
from benchmarks.server import serving

SETTLING_SECONDS = 1.0


def measure(bench: Bench) -> Findings:
    database = new_ledger(bench.cluster.database("idle")).database
    rounds = []
    for _ in range(bench.rounds):
        with serving(ledger_with_no_op, database.url, bench.cluster.folder / "idle.log") as server:
            time.sleep(SETTLING_SECONDS)
            rounds.append(resident_mebibytes(server.pid))
    findings = Findings()
    findings.figure("resident memory of the server process", "MiB", rounds)
    return findings
