"""What every question is given: a cluster, a load generator, sizes, a seed, and how many rounds."""

from dataclasses import dataclass

from benchmarks.cluster import Cluster
from benchmarks.load import Generator


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done in one round; of peers that are slow, less, which never makes them look slower."""

    clients: int = 32
    facts: int = 1_000  # filed over HTTP
    stock_facts: int = 150
    at_half_rate: int = 1_000
    per_second: float = 500.0  # facts, where it is looked how soon they are visible
    visible: int = 1_000
    stock_visible: int = 150
    reads: int = 500
    looks: int = 40  # at a page
    few_revisions: int = 10
    many_revisions: int = 1_000
    questions: int = 20  # as-of questions, of which the median is taken
    facts_of_story: int = 200
    short_history: int = 300
    long_history: int = 10_000
    rebuilt: int = 10_000  # events
    stock_rebuilt: int = 300
    imported: int = 20_000
    hostile: int = 100  # hundredths of what a reader is given at most
    small: int = 10_000  # events of the ledgers that are compared for growth
    grown: int = 1_000_000
    fewest: int = 3_000  # events of the ledger that reads are compared with


TINY = Sizes(
    clients=4,
    facts=20,
    stock_facts=20,
    at_half_rate=20,
    per_second=100.0,
    visible=20,
    stock_visible=20,
    reads=10,
    looks=3,
    few_revisions=10,
    many_revisions=40,
    questions=3,
    facts_of_story=10,
    short_history=20,
    long_history=60,
    rebuilt=200,
    stock_rebuilt=50,
    imported=1_200,
    hostile=1,
    small=200,
    grown=600,
    fewest=100,
)


@dataclass(frozen=True, slots=True)
class Bench:
    cluster: Cluster
    generator: Generator
    sizes: Sizes
    seed: int
    rounds: int
