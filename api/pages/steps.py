"""The moments of a story that one can go to, and where on their line one stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from api.pages.rendering import brief, count, kind, minute, spaced

_SET_RIGHT = ("correction", "retraction", "corrective", "reversion")


@dataclass(frozen=True, slots=True)
class Step:
    """A revision, as the desk knows it, or an edition, as readers saw it. kinds: what happened, by how often; said: in
    a few words; size: how much changed; corrections: how much of it was set right."""

    number: int
    revision: int
    position: int
    at: str
    kinds: Mapping[str, int]
    said: str
    size: float
    corrections: int
    by: str | None = None
    is_substantive: bool = True


@dataclass(frozen=True, slots=True)
class Steps:
    """All of them, oldest first, and the one that is shown. earlier: how many older ones are not among them."""

    story: str
    items: Sequence[Step]
    earlier: int
    index: int | None
    is_then: bool

    @property
    def this(self) -> Step | None:
        return None if self.index is None else self.items[self.index]

    @property
    def before(self) -> Step | None:
        return self.items[self.index - 1] if self.index else None

    @property
    def after(self) -> Step | None:
        beyond = None if self.index is None else self.index + 1
        return self.items[beyond] if beyond is not None and beyond < len(self.items) else None

    def number_of(self, revision: int) -> int:
        """What is said of a revision: its place among those that can be gone to."""
        return next((step.number for step in self.items if step.revision == revision), revision)

    def spoken(self, step: Step) -> str:
        """What a screen reader says of a place on the slider."""
        return f"Revision {step.number} of {len(self.items)}, {minute(step.at)} UTC. {step.said}"

    def options(self, this: Step | None = None) -> Markup:
        """All of them to choose from, one of them chosen. Put together here: a thousand take a template too long."""
        return Markup(
            "".join(
                f'<option value="{step.revision}"{" selected" if step is this else ""}>'
                f"{step.number} · {brief(step.at)} · {escape(step.said)}</option>"
                for step in self.items
            )
        )

    def ticks(self) -> Sequence[int]:
        """Where the slider has marks; beyond sixty they would be a line."""
        return [step.number for step in self.items] if len(self.items) <= 60 else ()


def read_steps(answer: Mapping[str, Any], revision: int | None, *, is_then: bool) -> Steps:
    """The steps of the API's answer; `revision`: the one that is shown, or that held at the moment that is."""
    items = [_step(number, item) for number, item in enumerate(answer["items"], 1)]
    index = None
    if revision is not None:
        index = next((i for i in range(len(items) - 1, -1, -1) if items[i].revision <= revision), None)
    return Steps(answer["story"], items, answer["earlier"], index, is_then)


def _step(number: int, item: Mapping[str, Any]) -> Step:
    return _edition(number, item) if "kinds" in item else _revision(number, item)


def _edition(number: int, item: Mapping[str, Any]) -> Step:
    kinds, new_facts = item["kinds"], item["new_facts"]
    words = [count(new_facts, "new fact")] if new_facts else []
    words += [kind(word) if often == 1 else f"{often} × {spaced(word)}" for word, often in kinds.items()]
    return Step(
        number,
        item["revision"],
        item["position"],
        item["at"],
        kinds,
        said=", ".join(words) or "Published",
        size=sum(kinds.values()) + new_facts,
        corrections=sum(kinds.get(word, 0) for word in _SET_RIGHT),
    )


def _revision(number: int, item: Mapping[str, Any]) -> Step:
    word = item["kind"]
    about = ""
    if "fact" in item:
        about = f" {item['fact']}" if word == "report" else f" of fact {item['fact']}"
    return Step(
        number,
        item["revision"],
        item["position"],
        item["at"],
        {word: 1},
        said=kind(word) + about,
        size=1.0 if item["substantive"] else 0.4,
        corrections=int(word in _SET_RIGHT),
        by=item.get("by"),
        is_substantive=item["substantive"],
    )
