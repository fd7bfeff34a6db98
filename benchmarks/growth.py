"""Does it cost more once a million events are there: to file, to read anything, to ask about the past, to rebuild?"""

from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from benchmarks import reads
from benchmarks.as_of import Asking, milliseconds
from benchmarks.bench import Bench
from benchmarks.figures import Findings, check, in_turn
from benchmarks.ledgers import Happened, Ledger, a_corrected_story, new_ledger, ordinary_stories, under
from benchmarks.material import Material
from benchmarks.memory import most_of_a_rebuild
from benchmarks.submitting import STORIES, Filing

ASKED_ABOUT = "asked-about"


def measure(bench: Bench) -> Findings:
    sizes = bench.sizes
    with ExitStack() as until_the_end:
        small = Grown(bench, until_the_end, "small", sizes.small)
        large = Grown(bench, until_the_end, "large", sizes.grown)
        found = in_turn(bench.rounds, {"small": small.file, "large": large.file})
        asks = {"small": small.ask, "large": large.ask}
        asked = [milliseconds(sizes.questions, asks) for _ in range(bench.rounds)]
        memory_small = [small.memory_of_rebuild() for _ in range(bench.rounds)]
        memory_large = [large.memory_of_rebuild()]  # once: it takes minutes
        findings = Findings()
        ledgers = {sizes.fewest: few(bench), sizes.grown: large.ledger}
        reads.compare(bench, ledgers, until_the_end, findings)
    ask_small, ask_large = ([each[size] for each in asked] for size in ("small", "large"))
    findings.figure(f"facts filed, {_events(sizes.small)}", "a second", found["small"])
    findings.figure(f"facts filed, {_events(sizes.grown)}", "a second", found["large"])
    findings.figure(f"story then, {_events(sizes.small)}", "ms", ask_small)
    findings.figure(f"story then, {_events(sizes.grown)}", "ms", ask_large)
    findings.figure(f"most memory of a rebuild, {_events(sizes.small)}", "MiB", memory_small)
    findings.figure(f"most memory of a rebuild, {_events(sizes.grown)}", "MiB", memory_large)
    findings.must("time to file, large / small", found["small"], "<=", 1.15, found["large"])
    findings.must("time of a story then, large / small", ask_large, "<=", 1.15, ask_small)
    findings.must("memory of a rebuild, large / small", memory_large, "<=", 1.15, [median(memory_small)])
    return findings


def _events(count: int) -> str:
    return f"{count:,} events"


class Grown:
    """A ledger of so many events, in the midst of which is a story to ask about; its server runs on the side."""

    def __init__(self, bench: Bench, until_the_end: ExitStack, name: str, events: int) -> None:
        self.ledger = ledger = new_ledger(bench.cluster.database(f"growth_{name}"))
        ledger.grow(_stories(bench, events))
        self._database = ledger.database
        connection = until_the_end.enter_context(self._database.connect(name="benchmark"))
        check(ledger.bring_up_views() >= events, f"the ledger did not grow to {events} events")
        self.ask = Asking(bench, connection, Material(bench.seed)).then(ASKED_ABOUT)
        self._filing = Filing(bench, ledger, until_the_end)
        self._filing.warm_up()

    def file(self, number: int) -> float:
        return self._filing.file(f"filed-{number}", STORIES).per_second

    def memory_of_rebuild(self) -> float:
        return most_of_a_rebuild(self._database)


def few(bench: Bench) -> Ledger:
    """One with the same story to read, in the midst of few events."""
    ledger, material = new_ledger(bench.cluster.database("growth_few")), Material(bench.seed)
    ledger.grow(ordinary_stories(bench.sizes.fewest // 2, material, name="before"))
    ledger.grow([(reads.STORY, reads.a_published_story(Material(bench.seed)))])
    ledger.grow(ordinary_stories(bench.sizes.fewest // 2, material, name="after"))
    ledger.bring_up_views()
    return ledger


def _stories(bench: Bench, events: int) -> Iterator[tuple[str, list[Happened]]]:
    sizes, material = bench.sizes, Material(bench.seed)
    asked_about = a_corrected_story(material, sizes.facts_of_story, sizes.short_history)
    others = events - len(asked_about)
    yield from ordinary_stories(others // 2, material, name="before")
    yield reads.STORY, reads.a_published_story(Material(bench.seed))
    yield ASKED_ABOUT, under(ASKED_ABOUT, asked_about, material)
    yield from ordinary_stories(others - others // 2, material, name="after")
