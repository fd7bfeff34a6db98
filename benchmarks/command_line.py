"""Measures what was asked for, prints it, and writes it down: `python -m benchmarks --help`."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks import (
    as_of,
    growth,
    hostile,
    idle,
    importing,
    pages,
    reading,
    rebuilding,
    submitting,
    visibility,
)
from benchmarks.bench import TINY, Bench, Sizes
from benchmarks.cluster import NotDurable, cluster
from benchmarks.figures import Findings, WorkNotDone
from benchmarks.load import generator
from benchmarks.machine import machine, versions

QUESTIONS: dict[str, Callable[[Bench], Findings]] = {
    "submitting": submitting.measure,
    "as-of": as_of.measure,
    "reading": reading.measure,
    "pages": pages.measure,
    "rebuilding": rebuilding.measure,
    "importing": importing.measure,
    "visibility": visibility.measure,
    "growth": growth.measure,
    "idle": idle.measure,
    "hostile": hostile.measure,
}
ONLY_WHEN_ASKED = {"growth"}
WIDTH = 120  # where there is no terminal that says
RESULTS = Path(__file__).parent / "results"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--only", multiple=True, type=click.Choice(list(QUESTIONS)), help="Which questions; repeatable."
)
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1, 100))
@click.option("--seed", default=20_230_912, show_default=True, help="Of what is filed and asked.")
@click.option("--tiny", is_flag=True, help="Only whether it runs; the figures mean nothing.")
@click.option("--events", type=click.IntRange(1_000, 100_000_000), help="How far growth goes.")
def main(only: tuple[str, ...], rounds: int, seed: int, tiny: bool, events: int | None) -> None:
    """Measures the ledger beside its peers. A bar that is missed is told and is no failure; what is a failure is a
    server that may lose facts, and work that was not done."""
    sizes = TINY if tiny else Sizes()
    if events:
        sizes = replace(sizes, grown=events)
    names = only or [name for name in QUESTIONS if name not in ONLY_WHEN_ASKED]
    try:
        report = run(names, sizes, rounds, seed)
    except (NotDurable, WorkNotDone) as error:
        sys.exit(f"benchmarks: {error}")
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{report['measured_at'].replace(':', '')}.json"
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    click.echo(f"written to {path}", err=True)


def run(names: tuple[str, ...] | list[str], sizes: Sizes, rounds: int, seed: int) -> dict[str, Any]:
    """Measures, shows each finding when it is there, and returns all that is worth keeping."""
    shown = Console(width=None if sys.stdout.isatty() else WIDTH)
    with cluster() as postgres, generator() as load:
        report: dict[str, Any] = {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "seed": seed,
            "rounds": rounds,
            "sizes": {name: getattr(sizes, name) for name in Sizes.__slots__},
            "machine": machine(postgres.folder),
            "versions": versions(postgres.database("versions")),
            "questions": {},
        }
        bench = Bench(postgres, load, sizes, seed, rounds)
        for name in names:
            findings = QUESTIONS[name](bench)
            report["questions"][name] = findings.summary()
            shown.print(table(name, findings))
        report["machine"]["load_average_after"] = os.getloadavg()[0]
    return report


def table(name: str, findings: Findings) -> Table:
    shown = Table(title=name, title_justify="left", caption="\n".join(findings.remarks) or None)
    shown.add_column("", no_wrap=True)
    for heading in ("minimum", "median", "maximum", "", ""):
        shown.add_column(heading, justify="right", no_wrap=True)
    for figure in findings.figures:
        spread = figure.summary()
        shown.add_row(figure.name, *_numbers(spread), figure.unit, "")
    shown.add_section()
    for ratio in findings.ratios:
        spread = ratio.summary()
        verdict = "[green]met[/]" if ratio.is_met else "[red]missed[/]"
        shown.add_row(ratio.name, *_numbers(spread), spread["must_reach"], verdict)
    return shown


def _numbers(spread: dict[str, Any]) -> list[str]:
    return [
        f"{spread[which]:,.4g}" if spread[which] < 1000 else f"{spread[which]:,.0f}"
        for which in ("minimum", "median", "maximum")
    ]
