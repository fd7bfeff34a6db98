"""The strip above the slider: when a story changed and how much, with what was set right standing out.

Steps stand side by side as on the slider below, so a step of the slider is a step of the strip; the time between them
is not drawn to scale but said, where it was long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import log1p
from statistics import median

from api import wording
from api.pages.steps import Step, Steps

BARS = 120  # at most; of longer lines several steps share a bar
HEIGHT = 40.0
_LOWEST = 5.0
_GAPS_SAID = 8
_HOUR = 3_600

# What a bar stands for if several things happened: the first of these.
_FIRST = (
    ("correction", ("correction", "corrective", "retraction", "reversion")),
    ("withdrawn", ("kill", "takedown", "hold")),
    ("published", ("publication", "embargo_lift", "release", "restoration")),
    ("changed", ("update", "clarification", "editors_note")),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """x, width: percent of the strip; height: of HEIGHT. `is_here`: the step that is shown is in it."""

    x: float
    width: float
    height: float
    stands_for: str
    steps: Sequence[Step]
    is_here: bool

    @property
    def first(self) -> Step:
        return self.steps[0]

    @property
    def last(self) -> Step:
        return self.steps[-1]

    @property
    def corrections(self) -> int:
        return sum(step.corrections for step in self.steps)

    @property
    def said(self) -> str:
        words = dict.fromkeys(step.said for step in self.steps[-4:])
        more = f" and {len(self.steps) - 4} more" if len(self.steps) > 4 else ""
        return "; ".join(words) + more


@dataclass(frozen=True, slots=True)
class Gap:
    """A long time in which nothing happened, between two bars."""

    x: float
    said: str


@dataclass(frozen=True, slots=True)
class Strip:
    bars: Sequence[Bar]
    gaps: Sequence[Gap]


def strip_of(steps: Steps) -> Strip:
    groups = _groups(steps.items)
    most = max((_size(group) for group in groups), default=1.0) or 1.0
    share = 100 / max(len(groups), 1)
    bars = [
        Bar(
            x=_place(group, len(steps.items)),
            width=min(share * 0.72, 3.2),
            height=max(_LOWEST, HEIGHT * log1p(_size(group)) / log1p(most)),
            stands_for=_stands_for(group),
            steps=group,
            is_here=steps.this in group,
        )
        for group in groups
    ]
    return Strip(bars, _gaps(bars))


def _groups(items: Sequence[Step]) -> list[Sequence[Step]]:
    size = -(-len(items) // BARS) or 1
    return [items[begin : begin + size] for begin in range(0, len(items), size)]


def _place(group: Sequence[Step], steps: int) -> float:
    middle = (group[0].number + group[-1].number) / 2 - 1
    return round(100 * middle / max(steps - 1, 1), 3) if steps > 1 else 50.0


def _size(group: Sequence[Step]) -> float:
    return sum(step.size for step in group)


def _stands_for(group: Sequence[Step]) -> str:
    there = {word for step in group for word in step.kinds}
    return next((name for name, words in _FIRST if there.intersection(words)), "filed")


def _gaps(bars: Sequence[Bar]) -> list[Gap]:
    """The longest, if they are long beside the others: an hour at least, and eight times what is usual."""
    times = [
        (_seconds(before.last.at, after.first.at), (before.x + after.x) / 2)
        for before, after in pairwise(bars)
    ]
    usual = median(seconds for seconds, _ in times) if times else 0
    long = sorted((pair for pair in times if pair[0] >= max(_HOUR, 8 * usual)), reverse=True)
    if len(times) < 12:  # few bars have room for all that is long
        long = sorted((pair for pair in times if pair[0] >= _HOUR), reverse=True)
    return [Gap(round(x, 3), wording.duration(seconds)) for seconds, x in long[:_GAPS_SAID]]


def _seconds(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
