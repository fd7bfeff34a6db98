"""What differs between two states of a story, as it is shown: word by word where words differ."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from projections.prose import Run

from projections import diff, prose

_LABELS = {
    "reported": "New",
    "changed": "Changed",
    "retracted": "Withdrawn",
    "standing again": "Standing again",
    "not yet reported": "Not there any more",
    "not yet retracted": "Not withdrawn any more",
}
_NAMES = {"when": "date read as", "note": "notes", "rests_on": "rests on", "copy": "copy"}
# Of these the words are compared; of the others whole values.
_PROSE = ("statement", "headline", "text")


@dataclass(frozen=True, slots=True)
class Changed:
    """A field that differs; words: its text, compared, where it is text."""

    name: str
    before: str | None
    after: str | None
    words: Sequence[Run] = ()


@dataclass(frozen=True, slots=True)
class FactThen:
    """A fact as it is shown; `label`: what happened to it in this step, none where nothing did."""

    fact: Mapping[str, Any]
    label: str | None = None
    words: Sequence[Run] = ()
    changed: Sequence[Changed] = field(default=())
    is_gone: bool = False


def facts(story: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[FactThen]:
    """Every fact of the story, and in their places those that it does not have any more."""
    if before is None:
        return [FactThen(fact) for fact in story["facts"]]
    changes = {change["fact"]: change for change in diff.facts_between(before["facts"], story["facts"])}
    now = {fact["fact"]: fact for fact in story["facts"]}
    was = {fact["fact"]: fact for fact in before["facts"]}
    return [
        _then(now.get(number) or was[number], was.get(number), changes.get(number), is_gone=number not in now)
        for number in sorted(now.keys() | was.keys())
    ]


def _then(
    fact: Mapping[str, Any], was: Mapping[str, Any] | None, change: Mapping[str, Any] | None, *, is_gone: bool
) -> FactThen:
    if change is None:
        return FactThen(fact)
    names = [] if was is None or is_gone else [name for name in change["fields"] if name != "statement"]
    return FactThen(
        fact,
        _LABELS[change["kind"]],
        words_between(was.get("statement") or "", fact.get("statement") or "") if was else (),
        [_changed(name, change["fields"][name]) for name in names],
        is_gone,
    )


def fields(story: Mapping[str, Any], before: Mapping[str, Any]) -> list[Changed]:
    """What the story says of itself that differs; not its copy and its facts."""
    found = diff.fields_between(before, story, diff.STORY_FIELDS)
    return [_changed(name, change) for name, change in found.items()]


def of_document(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Changed]:
    """Every field that differs between two states of anything."""
    return [
        _changed(name, change)
        for name, change in diff.fields_between(before, after, [*before, *(set(after) - set(before))]).items()
    ]


def _changed(name: str, change: Mapping[str, Any]) -> Changed:
    before, after = change.get("before"), change.get("after")
    words = words_between(before or "", after or "") if name in _PROSE else ()
    return Changed(_NAMES.get(name, name.replace("_", " ")), shown(before), shown(after), words)


def words_between(before: str, after: str) -> list[Run]:
    """The words of both, in the order of reading."""
    return [run for block in prose.compare(before, after) for run in block.words]


def shown(value: Any) -> str | None:
    """A value of a document, to be read: names and values in a row, no braces."""
    if value is None or value == [] or value == {}:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        parts = ((name.replace("_", " "), shown(inner)) for name, inner in value.items())
        return ", ".join(f"{name} {text}" for name, text in parts if text)
    if isinstance(value, list):
        return "; ".join(text for item in value if (text := shown(item)))
    return json.dumps(value)
