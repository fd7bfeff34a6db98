"""What does a question about the past cost, and does it cost more when more has happened?"""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from statistics import median

import orjson
from psycopg import Connection

from benchmarks.bench import Bench, Sizes
from benchmarks.figures import Findings, check
from benchmarks.ledgers import a_corrected_story, new_ledger, ordinary_stories, under
from benchmarks.material import Material
from benchmarks.peers import continuum, stock
from ledger import limits
from ledger.store.database import Row
from ledger.words import story_stream
from projections.reading import replay
from projections.reading.replay import Asked
from projections.views import fact_versions, story_now

SHORT, LONG = "short-history", "long-history"
Ask = Callable[[], bytes]
STOCK_QUESTIONS = 2  # each folds the whole history


def measure(bench: Bench) -> Findings:
    with ExitStack() as until_the_end:
        material = Material(bench.seed)
        ours = Asking(bench, told(bench, material, until_the_end), material)
        theirs = PeersAsking(bench, material, until_the_end)
        found = asked(bench, ours, theirs)
    sizes, findings = bench.sizes, Findings()
    story = f"story of {sizes.facts_of_story} facts"
    findings.figure(f"{story} then, {sizes.short_history:,} revisions", "ms", found["short"])
    findings.figure(f"{story} then, {sizes.long_history:,} revisions", "ms", found["long"])
    findings.figure("the long one, stock stack", "ms", found["stock"])
    findings.figure("the long one, SQLAlchemy-Continuum", "ms", found["continuum"])
    findings.figure("every version of one fact of it", "ms", found["versions"])
    findings.figure("the same, SQLAlchemy-Continuum", "ms", found["versions, continuum"])
    findings.must("long history / short history", found["long"], "<=", 1.3, found["short"])
    findings.must("stock stack / ours", found["stock"], ">=", 20, found["long"])
    findings.must("SQLAlchemy-Continuum / ours, story then", found["continuum"], ">=", 1, found["long"])
    findings.must(
        "SQLAlchemy-Continuum / ours, every version",
        found["versions, continuum"],
        ">=",
        1,
        found["versions"],
    )
    return findings


def told(bench: Bench, material: Material, until_the_end: ExitStack) -> Connection[Row]:
    """To a ledger with a story of few and one of many revisions, and others beside them."""
    ledger = new_ledger(bench.cluster.database("as_of"))
    for slug, revisions in ((SHORT, bench.sizes.short_history), (LONG, bench.sizes.long_history)):
        history = a_corrected_story(material, bench.sizes.facts_of_story, revisions)
        ledger.grow([(slug, under(slug, history, material))])
        ledger.grow(ordinary_stories(500, material, name=f"beside-{slug}"))
    ledger.bring_up_views()
    return until_the_end.enter_context(ledger.database.connect(name="benchmark"))


def asked(bench: Bench, ours: "Asking", theirs: "PeersAsking") -> dict[str, list[float]]:
    """Milliseconds a question, by its kind, each round."""
    then = {"short": ours.then(SHORT), "long": ours.then(LONG), "continuum": theirs.then_continuum()}
    versions = {"versions": ours.versions(LONG), "versions, continuum": theirs.versions_continuum()}
    rounds = [
        milliseconds(bench.sizes.questions, then)
        | milliseconds(bench.sizes.questions, versions)
        | milliseconds(STOCK_QUESTIONS, {"stock": theirs.then_stock()})
        for _ in range(bench.rounds)
    ]
    return {kind: [taken[kind] for taken in rounds] for kind in rounds[0]}


class Asking:
    """Questions to the ledger, at moments drawn from those at which the story had all its facts."""

    def __init__(self, bench: Bench, connection: Connection[Row], material: Material) -> None:
        self._sizes = bench.sizes
        self._connection = connection
        self._material = material

    def then(self, slug: str) -> Ask:
        rows = self._connection.execute(
            "select recorded_at from events where stream_id = %s and version > %s order by version",
            [story_stream(slug), self._sizes.facts_of_story],
        )
        moments = [at for (at,) in rows]

        def ask() -> bytes:
            asked = Asked(as_of=moments[self._material.below(len(moments))])
            return replay.story(self._connection, slug, asked).text.encode()

        check_facts(ask(), self._sizes.facts_of_story)
        return ask

    def versions(self, slug: str) -> Ask:
        story = story_now.one(self._connection, slug)
        assert story is not None

        def ask(number: int) -> bytes:
            rows = fact_versions.history(self._connection, story.number, number, 0, limits.POSITION)
            return f"[{','.join(text for _, text in rows)}]".encode()

        check_versions(ask, self._sizes)
        return lambda: ask(1 + self._material.below(self._sizes.facts_of_story))


class PeersAsking:
    """The same questions to the peers, of the same story."""

    def __init__(self, bench: Bench, material: Material, until_the_end: ExitStack) -> None:
        self._sizes = sizes = bench.sizes
        self._material = material
        facts = [material.fact() for _ in range(sizes.facts_of_story)]
        corrections = [
            (1 + material.below(sizes.facts_of_story), material.sentence())
            for _ in range(sizes.long_history - sizes.facts_of_story - 1)
        ]
        self._app = until_the_end.enter_context(stock.newsroom(bench.cluster.database("as_of_stock")))
        self._app.tell(LONG, facts, corrections)
        other = continuum.Newsroom(bench.cluster.database("as_of_continuum"))
        self._other = until_the_end.enter_context(closing(other))
        self._other.tell(LONG, facts, corrections)
        self._moments = self._other.moments()

    def then_stock(self) -> Ask:
        first, last = self._sizes.facts_of_story + 1, self._sizes.long_history

        def ask() -> bytes:
            return self._app.document(LONG, first + self._material.below(last - first))

        check_facts(ask(), self._sizes.facts_of_story)
        return ask

    def then_continuum(self) -> Ask:
        def ask() -> bytes:
            return self._other.document(LONG, self._moments[self._material.below(len(self._moments))])

        check_facts(ask(), self._sizes.facts_of_story)
        return ask

    def versions_continuum(self) -> Ask:
        check_versions(self._other.history, self._sizes)
        return lambda: self._other.history(1 + self._material.below(self._sizes.facts_of_story))


def milliseconds(questions: int, asks: Mapping[str, Ask]) -> dict[str, float]:
    """The median of so many questions of each kind, asked in turn: these are short, and the machine has its moods."""
    taken: dict[str, list[float]] = {name: [] for name in asks}
    for _ in range(questions):
        for name, ask in asks.items():
            begun = time.perf_counter()
            ask()
            taken[name].append((time.perf_counter() - begun) * 1000)
    return {name: median(times) for name, times in taken.items()}


def check_facts(answer: bytes, facts: int) -> None:
    found = len(orjson.loads(answer)["facts"])
    check(found == facts, f"an answer with {found} facts, not {facts}")


def check_versions(history: Callable[[int], bytes], sizes: Sizes) -> None:
    """Each revision but the opening made one version of one fact."""
    found = sum(len(orjson.loads(history(number))) for number in range(1, sizes.facts_of_story + 1))
    check(found == sizes.long_history - 1, f"{found} versions, not {sizes.long_history - 1}")
