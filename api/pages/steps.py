"""The moments of a story that one can go to, and where on their line one stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from markupsafe import Markup, escape

from api.formats.wording import kind, what_happened, words
from api.pages.page import Visit
from api.pages.rendering import brief, count, minute
from ledger import limits
from ledger.publication import PublicationEvent
from ledger.story import KIND, StoryMerged, StoryParted
from projections.views.story import SET_RIGHT


@dataclass(frozen=True, slots=True)
class Step:
    """A revision, as the desk knows it, or an edition, as readers saw it, by its number. kinds: what happened, by how
    often; said: in a few words; size: how much changed; corrections: how much of it was set right."""

    unit: Literal["revision", "edition"]
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

    @property
    def asked(self) -> dict[str, int]:
        """How an address names it."""
        return {self.unit: self.number}


_JOINS = {KIND[StoryMerged], KIND[StoryParted]}
# A note may be for readers, too; those that are not are most of them.
_NO_CONTENT = {"note", "take", *_JOINS, *(KIND[event] for event in get_args(PublicationEvent))}


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
        return self.items[self.place] if self.this and self.place < len(self.items) else None

    @property
    def is_set_right(self) -> bool:
        """Whether readers were told since of something that was wrong in the edition that is shown."""
        return bool(self.this and self.unit == "edition") and any(
            step.corrections for step in self.items[self.place :]
        )

    @property
    def unit(self) -> str:
        return self.items[0].unit if self.items else "revision"

    @property
    def last(self) -> int:
        """How many there are in all."""
        return self.items[-1].number if self.items else 0

    @property
    def place(self) -> int:
        """Of the one that is shown among those that are here, from 1."""
        return self.this.number - self.earlier if self.this else 1

    def showing(self, revision: int, *, is_then: bool) -> "Steps":
        """With the step that held at the revision as the one that is shown."""
        return replace(self, this=self.at(revision), is_then=is_then)

    def one_before(self, step: Step) -> Step | None:
        place = step.number - self.earlier
        return self.items[place - 2] if place > 1 else None

    def at(self, revision: int) -> Step | None:
        """The step that held at a revision: its own, or the last one before."""
        return next((step for step in reversed(self.items) if step.revision <= revision), None)

    @staticmethod
    def between(first: Step, last: Step | None = None) -> dict[str, int]:
        """How an address names two of them; without the other one how it is now."""
        ending = "_edition" if first.unit == "edition" else ""
        return {f"from{ending}": first.number} | ({f"to{ending}": last.number} if last else {})

    def named(self, revision: int) -> str:
        """What is said of a revision that readers saw."""
        step = self.at(revision)
        return f"{step.unit} {step.number}" if step else f"revision {revision}"

    def of(self, revision: int | None) -> Step | None:
        """The step that is the revision."""
        return next((step for step in self.items if step.revision == revision), None)

    def spoken(self, step: Step) -> str:
        """What a screen reader says of a place on the slider."""
        return f"{self.unit.capitalize()} {step.number} of {self.last}, {minute(step.at)} UTC. {step.said}"

    def changed_since(self, revision: int) -> bool:
        """Whether what the story says has changed after a revision, and not only how it stands."""
        return any(step.revision > revision and not step.kinds.keys() <= _NO_CONTENT for step in self.items)

    @property
    def joined(self) -> int:
        """The revision by which it last was joined to another story, or parted from it."""
        return max((step.revision for step in self.items if _JOINS & step.kinds.keys()), default=0)

    def options(self, this: Step | None = None) -> Markup:
        """Moments to choose from, one of them chosen; of many some, evenly, up to the last. Put together here: so many
        take a template too long."""
        apart = -(-len(self.items) // limits.STEPS_OFFERED) or 1
        return Markup(
            "".join(
                f'<option value="{step.number}"{" selected" if step is this else ""}>'
                f"{step.number} · {brief(step.at)} · {escape(step.said)}</option>"
                for step in self.items
                if (self.last - step.number) % apart == 0 or step is this
            )
        )

    def ticks(self) -> Sequence[int]:
        """Where the slider has marks; beyond sixty they would be a line."""
        return range(1, len(self.items) + 1) if len(self.items) <= 60 else ()


def read_steps(answer: Mapping[str, Any]) -> Steps:
    """The steps of the API's answer, none of them shown."""
    return Steps([_step(item) for item in answer["items"]], answer["earlier"])


async def steps_of(visit: Visit, slug: str, view: str | None) -> Steps:
    return read_steps(await visit.get(f"/v1/stories/{slug}/steps", {"view": view}))


def _step(item: Mapping[str, Any]) -> Step:
    return _edition(item) if "kinds" in item else _revision(item)


def _edition(item: Mapping[str, Any]) -> Step:
    kinds, new_facts = item["kinds"], item["new_facts"]
    said = [count(new_facts, "new fact")] if new_facts else []
    said += [kind(word) if often == 1 else f"{often} × {words(word)}" for word, often in kinds.items()]
    return Step(
        "edition",
        item["edition"],
        item["revision"],
        item["position"],
        item["at"],
        kinds,
        said=", ".join(said) or "Published",
        size=sum(kinds.values()) + new_facts,
        corrections=sum(kinds.get(word, 0) for word in SET_RIGHT),
    )


def _revision(item: Mapping[str, Any]) -> Step:
    word = item["kind"]
    return Step(
        "revision",
        item["revision"],
        item["revision"],
        item["position"],
        item["at"],
        {word: 1},
        said=what_happened(word, item.get("fact")),
        size=1.0 if item["substantive"] else 0.4,
        corrections=int(word in SET_RIGHT),
        by=item.get("by"),
        is_substantive=item["substantive"],
    )
