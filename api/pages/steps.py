"""The moments of a story that one can go to, and where on their line one stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from markupsafe import Markup, escape

from api.formats.wording import kind
from api.pages.page import Visit
from api.pages.rendering import brief, count, minute, spaced
from ledger.publication import PublicationEvent
from ledger.story import KIND
from projections.views.story import SET_RIGHT


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


# A note may be for readers, too; those that are not are most of them.
_NO_CONTENT = {"note", *(KIND[event] for event in get_args(PublicationEvent))}


@dataclass(frozen=True, slots=True)
class Steps:
    """All of them, oldest first, and the one that is shown. earlier: how many older ones are not among them."""

    items: Sequence[Step]
    earlier: int
    this: Step | None = None
    is_then: bool = False

    @property
    def before(self) -> Step | None:
        return self.one_before(self.this) if self.this else None

    @property
    def after(self) -> Step | None:
        return self.items[self.this.number] if self.this and self.this.number < len(self.items) else None

    def showing(self, revision: int, *, is_then: bool) -> "Steps":
        """With the step that held at the revision as the one that is shown."""
        return replace(self, this=self.at(revision), is_then=is_then)

    def one_before(self, step: Step) -> Step | None:
        return self.items[step.number - 2] if step.number > 1 else None

    def at(self, revision: int) -> Step | None:
        """The step that held at a revision: its own, or the last one before."""
        return next((step for step in reversed(self.items) if step.revision <= revision), None)

    def number_of(self, revision: int) -> int:
        """What is said of a revision: its place among those that can be gone to."""
        return next((step.number for step in self.items if step.revision == revision), revision)

    def spoken(self, step: Step) -> str:
        """What a screen reader says of a place on the slider."""
        return f"Revision {step.number} of {len(self.items)}, {minute(step.at)} UTC. {step.said}"

    def changed_since(self, revision: int) -> bool:
        """Whether what the story says has changed after a revision, and not only how it stands."""
        return any(step.revision > revision and not step.kinds.keys() <= _NO_CONTENT for step in self.items)

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


def read_steps(answer: Mapping[str, Any]) -> Steps:
    """The steps of the API's answer, none of them shown."""
    items = [_step(number, item) for number, item in enumerate(answer["items"], 1)]
    return Steps(items, answer["earlier"])


async def steps_of(visit: Visit, slug: str, view: str | None) -> Steps:
    return read_steps(await visit.get(f"/v1/stories/{slug}/steps", {"view": view}))


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
        corrections=sum(kinds.get(word, 0) for word in SET_RIGHT),
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
        corrections=int(word in SET_RIGHT),
        by=item.get("by"),
        is_substantive=item["substantive"],
    )
