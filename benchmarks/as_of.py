"""What does a question about the past cost, and does it cost more when more has happened?"""

import time
from collections.abc import Callable, Mapping
from statistics import median

import orjson
from psycopg import Connection

from benchmarks.bench import Bench, Sizes
from benchmarks.figures import Findings, check
from benchmarks.ledgers import a_corrected_story, new_ledger, ordinary_stories, under
from benchmarks.material import Material
from benchmarks.peers import continuum, stock
from ledger import limits
from ledger.database import Row
from ledger.words import story_stream
from projections import fact_versions, replay, story_now
from projections.catch_up import catch_up
from projections.replay import Asked

SHORT, LONG = "short-history", "long-history"
Ask = Callable[[], bytes]
STOCK_QUESTIONS = 2  # each folds the whole history


def measure(bench: Bench) -> Findings:
    sizes, material = bench.sizes, Material(bench.seed)
    ledger = new_ledger(bench.cluster.database("as_of"))
    for slug, revisions in ((SHORT, sizes.short_history), (LONG, sizes.long_history)):
        history = a_corrected_story(material, sizes.facts_of_story, revisions)
        ledger.grow(
            [(slug, under(slug, history, material)), *ordinary_stories(500, material, name=f"beside-{slug}")]
        )
    facts = [material.fact() for _ in range(sizes.facts_of_story)]
    corrections = [
        (1 + material.below(sizes.facts_of_story), material.sentence())
        for _ in range(sizes.long_history - sizes.facts_of_story - 1)
    ]
    stock_app = stock.newsroom(bench.cluster.database("as_of_stock"))
    other = continuum.Newsroom(bench.cluster.database("as_of_continuum"))
    stock_app.tell(LONG, facts, corrections)
    other.tell(LONG, facts, corrections)

    with ledger.database.connect(name="benchmark") as connection, stock_app:
        catch_up(connection)
        ours = Asking(bench, connection, material)
        theirs = PeersAsking(bench, stock_app, other, material)
        then = {"short": ours.then(SHORT), "long": ours.then(LONG), "continuum": theirs.then_continuum()}
        versions = {"history": ours.history(LONG), "history, continuum": theirs.history_continuum()}
        stock_then = {"stock": theirs.then_stock()}
        found: dict[str, list[float]] = {}
        for _ in range(bench.rounds):
            for questions, asks in (
                (sizes.questions, then),
                (sizes.questions, versions),
                (STOCK_QUESTIONS, stock_then),
            ):
                for name, taken in milliseconds(questions, asks).items():
                    found.setdefault(name, []).append(taken)
    other.close()

    findings = Findings()
    story = f"story of {sizes.facts_of_story} facts"
    findings.figure(f"{story} then, {sizes.short_history:,} revisions", "ms", found["short"])
    findings.figure(f"{story} then, {sizes.long_history:,} revisions", "ms", found["long"])
    findings.figure("the long one, stock stack", "ms", found["stock"])
    findings.figure("the long one, SQLAlchemy-Continuum", "ms", found["continuum"])
    findings.figure("every version of one fact of it", "ms", found["history"])
    findings.figure("the same, SQLAlchemy-Continuum", "ms", found["history, continuum"])
    findings.must("long history / short history", found["long"], "<=", 1.3, found["short"])
    findings.must("stock stack / ours", found["stock"], ">=", 20, found["long"])
    findings.must("SQLAlchemy-Continuum / ours, story then", found["continuum"], ">=", 1, found["long"])
    findings.must(
        "SQLAlchemy-Continuum / ours, history of a fact",
        found["history, continuum"],
        ">=",
        1,
        found["history"],
    )
    return findings


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

    def history(self, slug: str) -> Ask:
        story = story_now.one(self._connection, slug)
        assert story is not None

        def ask(number: int) -> bytes:
            rows = fact_versions.history(self._connection, story.number, number, 0, limits.POSITION)
            return f"[{','.join(text for _, text in rows)}]".encode()

        check_versions(ask, self._sizes)
        return lambda: ask(1 + self._material.below(self._sizes.facts_of_story))


class PeersAsking:
    """The same questions to the peers, of the same story."""

    def __init__(
        self, bench: Bench, app: stock.Newsroom, other: continuum.Newsroom, material: Material
    ) -> None:
        self._sizes = bench.sizes
        self._app = app
        self._other = other
        self._moments = other.moments()
        self._material = material

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

    def history_continuum(self) -> Ask:
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
