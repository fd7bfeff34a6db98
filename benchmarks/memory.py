"""How much memory a process takes, and a rebuild in a process that does nothing else."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from ledger.store.database import Database
from projections.engine.rebuild import rebuild


def most_of_a_rebuild(database: Database) -> float:
    """MiB, the most that a process of its own ever had."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_rebuild_alone, database).result()


def _rebuild_alone(database: Database) -> float:
    rebuild(database)
    return resident_mebibytes(os.getpid(), "VmHWM")


def resident_mebibytes(pid: int, which: str = "VmRSS") -> float:
    """VmRSS: what a process has in memory now; VmHWM: the most that it ever had."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(f"{which}:"))
