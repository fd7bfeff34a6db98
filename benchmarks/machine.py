"""On what it was measured: the machine, the disk, and the versions of what took part."""

import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

PACKAGES = (
    "fact-ledger",
    "eventsourcing",
    "fastapi",
    "starlette",
    "uvicorn",
    "uvloop",
    "pydantic",
    "psycopg",
    "sqlalchemy",
    "sqlalchemy-continuum",
)


def machine(folder: Path) -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_average_before": os.getloadavg()[0],
        "milliseconds_to_sync_8_kib": _sync_milliseconds(folder),
    }


def versions(url: str) -> dict[str, str]:
    with psycopg.connect(url) as connection:
        row = connection.execute("show server_version").fetchone()
    return {"postgresql": row[0] if row else "unknown", **{name: version(name) for name in PACKAGES}}


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )


def _sync_milliseconds(folder: Path) -> float:
    """What durability costs here at least; where this is next to nothing, the disk does not do what it says."""
    taken = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(50):
            file.write(bytes(8192))
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)
