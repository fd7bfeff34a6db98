"""What changed between two moments of a story: "what is different since revision 31?"."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from psycopg import Connection

from ledger.fact import FactBody
from ledger.store.database import Row
from ledger.story import Fact, FactStanding
from projections.reading import reader_replay, replay, text_diff
from projections.reading.replay import Asked

# What a fact says and how it stands; not the traces that every change leaves by itself.
_FACT_FIELDS = [
    *FactBody.model_fields,
    *(name for name in FactStanding.model_fields if name not in ("changed", "corrected", "corrections")),
    "when",
]
STORY_FIELDS = ("headline", "language", "desk", "dateline", "notes", "correctives")
assert "statement" in _FACT_FIELDS
assert set(_FACT_FIELDS) - {"when"} <= set(Fact.model_fields)


def between(connection: Connection[Row], slug: str, earlier: Asked, later: Asked) -> str:
    """JSON text of the difference, from `earlier` to `later`."""
    replayed = reader_replay.story if earlier.view == "reader" else replay.story
    before, after = (orjson.loads(replayed(connection, slug, moment).text) for moment in (earlier, later))
    return orjson.dumps(
        {
            "story": slug,
            **_moments(before, after),
            "from_revision": before["revision"],
            "to_revision": after["revision"],
            "fields": fields_between(before, after, STORY_FIELDS),
            "copy_lines": _copy_lines(before, after),
            "facts": facts_between(before["facts"], after["facts"]),
            "sources": renamed_between(before["sources"], after["sources"]),
        }
    ).decode()


def _moments(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Of what readers see, by the numbers that they know."""
    if "edition" not in before:
        return {}
    return {"from_edition": before["edition"], "to_edition": after["edition"]}


def fields_between(
    before: Mapping[str, Any], after: Mapping[str, Any], names: Iterable[str]
) -> dict[str, Any]:
    """Of those that differ, `before` and `after`, each where there is one."""
    return {
        name: {
            key: value
            for key, value in (("before", before.get(name)), ("after", after.get(name)))
            if value is not None
        }
        for name in names
        if before.get(name) != after.get(name)
    }


def _copy_lines(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    was, is_now = (document.get("copy", {}).get("text", "").splitlines() for document in (before, after))
    if was == is_now:
        return []
    unit = "edition" if "edition" in before else "revision"
    lines = [f"--- {unit} {before[unit]}", f"+++ {unit} {after[unit]}"]
    for start, end, other_start, other_end in text_diff.lines_between(was, is_now):
        lines.append(f"@@ -{_range(start, end)} +{_range(other_start, other_end)} @@")
        lines += [f"-{line}" for line in was[start:end]]
        lines += [f"+{line}" for line in is_now[other_start:other_end]]
    return lines


def _range(start: int, end: int) -> str:
    """As `diff -u` writes it: lines are counted from 1; of none, the one before is named."""
    size = end - start
    return f"{start + 1}" if size == 1 else f"{start + (size > 0)},{size}"


def facts_between(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Of those that differ, how, and in which fields."""
    was, is_now = ({fact["fact"]: fact for fact in facts} for facts in (before, after))
    changes = []
    for number in sorted(was.keys() | is_now.keys()):
        old, new = was.get(number, {}), is_now.get(number, {})
        fields = fields_between(old, new, [name for name in _FACT_FIELDS if name not in ("fact", "version")])
        if not fields and old.get("version") == new.get("version"):
            continue
        changes.append(
            {
                "fact": number,
                "kind": _kind(old, new),
                **({"from_version": old["version"]} if old else {}),
                **({"to_version": new["version"]} if new else {}),
                "fields": fields,
            }
        )
    return changes


def renamed_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """Of the sources that are named in both, those that have another name."""
    return [
        {"source": slug, "before": before[slug]["name"], "after": after[slug]["name"]}
        for slug in sorted(before.keys() & after.keys())
        if before[slug]["name"] != after[slug]["name"]
    ]


def _kind(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    if not old:
        return "reported"
    if not new:
        return "not yet reported"
    if old["standing"] != new["standing"]:
        if new["standing"] == "retracted":
            return "retracted"
        return "standing again" if new["version"] > old["version"] else "not yet retracted"
    return "changed"
