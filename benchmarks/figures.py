"""What came out: figures over several rounds, ratios of them, and whether a ratio reaches what it must."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any, Literal

Direction = Literal[">=", "<="]


class WorkNotDone(Exception):
    """Something did less than it was given, so its time means nothing."""


def check(done: bool, what: str) -> None:
    if not done:
        raise WorkNotDone(what)


@dataclass(frozen=True, slots=True)
class Figure:
    """rounds: one value for each, in their order."""

    name: str
    unit: str
    rounds: Sequence[float]

    def summary(self) -> dict[str, Any]:
        return {"name": self.name, "unit": self.unit, **_spread(self.rounds), "rounds": list(self.rounds)}


@dataclass(frozen=True, slots=True)
class Ratio:
    """Of two figures, round by round: what the machine does meanwhile then touches both. Their median is judged."""

    name: str
    rounds: Sequence[float]
    direction: Direction
    must_reach: float

    @property
    def is_met(self) -> bool:
        value = median(self.rounds)
        return value >= self.must_reach if self.direction == ">=" else value <= self.must_reach

    def summary(self) -> dict[str, Any]:
        return {
            "name": self.name,
            **_spread(self.rounds),
            "must_reach": f"{self.direction} {self.must_reach:g}",
            "is_met": self.is_met,
            "rounds": list(self.rounds),
        }


@dataclass(slots=True)
class Findings:
    figures: list[Figure] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    plans: dict[str, list[str]] = field(default_factory=dict)  # of what was slow, as the database tells them

    def figure(self, name: str, unit: str, rounds: Sequence[float]) -> None:
        self.figures.append(Figure(name, unit, rounds))

    def must(
        self,
        name: str,
        ours: Sequence[float],
        direction: Direction,
        bound: float,
        theirs: Sequence[float] | None = None,
    ) -> None:
        """The ratio of two figures, or a figure itself, against a bound."""
        rounds = [mine / other for mine, other in zip(ours, theirs, strict=True)] if theirs else ours
        self.ratios.append(Ratio(name, rounds, direction, bound))

    def summary(self) -> dict[str, Any]:
        return {
            "figures": [figure.summary() for figure in self.figures],
            "ratios": [ratio.summary() for ratio in self.ratios],
            "remarks": self.remarks,
            "plans": self.plans,
        }


def in_turn(rounds: int, measures: Mapping[str, Callable[[int], float]]) -> dict[str, list[float]]:
    """Each measure once a round, there and back: A B C, C B A, A B C …; each is told which round it is."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    names = list(measures)
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            found[name].append(measures[name](number))
    return found


def percentile(values: Sequence[float], which: int) -> float:
    return quantiles(values, n=100, method="inclusive")[which - 1]


def _spread(rounds: Sequence[float]) -> dict[str, float]:
    return {"minimum": min(rounds), "median": median(rounds), "maximum": max(rounds)}
