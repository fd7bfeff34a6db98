"""What was changed in a story, as it is told beside it: to readers what they saw happen, to the desk what it did."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.formats import wording

_TOLD_BESIDE_A_FACT = ("correction", "update", "clarification", "retraction", "reversion")


@dataclass(frozen=True, slots=True)
class Told:
    """said: what was wrong, what is withdrawn, or why it changed; public_seconds: how long readers read it wrong."""

    kind: str
    said: str
    at: str
    revision: int
    fact: int | None = None
    public_seconds: float | None = None
    by: str | None = None


def changes_of(story: Mapping[str, Any]) -> list[Told]:
    """The newest first."""
    if "changes" in story:
        return [_of_reader(change) for change in story["changes"]]
    found = {told.revision: told for fact in story["facts"] for told in _of_desk(fact, story["members"])}
    return sorted(found.values(), key=lambda told: -told.revision)


def _of_reader(change: Mapping[str, Any]) -> Told:
    return Told(
        kind=change["kind"],
        said=wording.words_of(change),
        at=change["published_at"],
        revision=change["revision"],
        fact=change.get("fact"),
        public_seconds=change.get("public_seconds"),
    )


def _of_desk(fact: Mapping[str, Any], members: Mapping[str, str]) -> Iterable[Told]:
    for change in (fact["changed"], fact.get("corrected")):
        if change is None or change["kind"] not in _TOLD_BESIDE_A_FACT:
            continue
        yield Told(
            kind=change["kind"],
            said=change.get("was_wrong") or change.get("reason") or "",
            at=change["recorded_at"],
            revision=change["revision"],
            fact=fact["fact"],
            by=members.get(change["actor"]),
        )


BESIDE_A_FACT = 3  # changes of it, the last ones; its own page has them all
AT_THE_WORDS = ("correction", "retraction", "clarification", "reversion")


def by_fact(changes: Iterable[Told], *, last: int | None = None) -> dict[int, list[Told]]:
    """The newest first, of each fact at most the `last`; correctives are for those who copied, and stand apart."""
    found: dict[int, list[Told]] = {}
    for told in changes:
        if told.fact is None or told.kind == "corrective":
            continue
        of_fact = found.setdefault(told.fact, [])
        if last is None or len(of_fact) < last:
            of_fact.append(told)
    return found
