"""The strip above the slider: when a story changed and how much, with what was set right standing out.

Steps stand side by side as on the slider below, so a step of the slider is a step of the strip; the time between them
is not drawn to scale but said, where it was long.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import log1p
from statistics import median

from markupsafe import Markup, escape

from api.formats import wording
from api.pages.rendering import brief
from api.pages.steps import Step, Steps
from projections.views.story import SET_RIGHT

BARS = 120  # at most; of longer lines several steps share a bar
HEIGHT = 40.0
_LOWEST = 5.0
_GAPS_SAID = 8
_ROOM = 9  # percent of the strip, for the words of one
_SAID = 3  # steps of a bar that are told
_HOUR = 3_600

# What a bar stands for if several things happened: the first of these.
_FIRST = (
    ("correction", SET_RIGHT),
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
        words = dict.fromkeys(step.said for step in self.steps[-_SAID:])
        more = f" and {len(self.steps) - _SAID} more" if len(self.steps) > _SAID else ""
        return "; ".join(words) + more

    def drawn(self, address: str) -> str:
        """SVG. It is put together here, and so is the row of the table: of so many a template takes too long."""
        top = 48 - self.height
        sign = {
            "correction": f'<path class="point" d="M0 {top - 11:.1f}l5 5-5 5-5-5z"/>',
            "published": '<path class="flag" d="M0 56v-7l6 3.5z"/>',
            "withdrawn": '<path class="stop" d="M-3.5 50h7v7h-7z"/>',
        }.get(self.stands_for, "")
        here = " is-here" if self.is_here else ""
        return (
            f'<a href="{escape(address)}{self.last.number}" tabindex="-1">'
            f"<title>{self.last.number} · {brief(self.last.at)} · {escape(self.said)}</title>"
            f'<svg x="{self.x}%" overflow="visible"><rect class="bar {self.stands_for}{here}"'
            f' x="-{self.width / 2:.2f}%" width="{self.width:.2f}%" y="{top:.1f}" height="{self.height:.1f}" rx="1"/>'
            f"{sign}</svg></a>"
        )

    def row(self, address: str) -> str:
        first, last = self.first.number, self.last.number
        which = str(last) if first == last else f"{first}–{last}"
        here = ' aria-current="true"' if self.is_here else ""
        return (
            f'<tr{here}><th scope="row"><a href="{escape(address)}{self.last.number}">{which}</a></th>'
            f"<td>{brief(self.last.at)}</td><td>{escape(self.said)}</td><td>{self.corrections or ''}</td></tr>"
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """A long time in which nothing happened, between two bars; `said` where there is room to say how long."""

    x: float
    said: str


@dataclass(frozen=True, slots=True)
class Strip:
    bars: Sequence[Bar]
    gaps: Sequence[Gap]

    def drawn(self, address: str) -> Markup:
        """The bars, each leading to the address with its number behind it."""
        return Markup("".join(bar.drawn(address) for bar in self.bars))

    def rows(self, address: str) -> Markup:
        """Likewise as rows of a table."""
        return Markup("\n".join(bar.row(address) for bar in self.bars))


def strip_of(steps: Steps) -> Strip:
    groups = _groups(steps.items)
    most = max((_size(group) for group in groups), default=1.0) or 1.0
    share = 100 / max(len(groups), 1)
    bars = [
        Bar(
            x=_place(group, steps),
            width=min(share * 0.72, 3.2),
            height=max(_LOWEST, HEIGHT * log1p(_size(group)) / log1p(most)),
            stands_for=_stands_for(group),
            steps=group,
            is_here=any(step is steps.this for step in group),
        )
        for group in groups
    ]
    return Strip(bars, _gaps(bars))


def _groups(items: Sequence[Step]) -> list[Sequence[Step]]:
    size = -(-len(items) // BARS) or 1
    return [items[begin : begin + size] for begin in range(0, len(items), size)]


def _place(group: Sequence[Step], steps: Steps) -> float:
    middle = (group[0].number + group[-1].number) / 2 - 1 - steps.earlier
    last = len(steps.items) - 1
    return round(100 * middle / last, 3) if last else 50.0


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
    return list(_apart(long))


def _apart(long: Iterable[tuple[float, float]]) -> Iterator[Gap]:
    """The longest first; of those that would stand too close to a longer one only the mark."""
    taken: list[float] = []
    for seconds, x in long:
        has_room = len(taken) < _GAPS_SAID and all(abs(x - other) >= _ROOM for other in taken)
        if has_room:
            taken.append(x)
        yield Gap(round(x, 3), _about(seconds) if has_room else "")


def _about(seconds: float) -> str:
    """The largest unit alone: 3 days."""
    return " ".join(wording.duration(seconds).split()[:2])


def _seconds(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
