"""How a change that readers saw happen is said to them, in the same words in feeds, linked data and a terminal."""

from collections.abc import Mapping
from typing import Any

_LABEL = {
    "correction": "Correction",
    "corrective": "Corrective",
    "retraction": "Retraction",
    "update": "Update",
    "clarification": "Clarification",
    "editors_note": "Editor’s note",
    "reversion": "Taken back",
    "withdrawal": "Note withdrawn",
    "kill": "Story withdrawn",
    "takedown": "Story taken down",
}


def words_of(change: Mapping[str, Any]) -> str:
    """The words of the desk for a public_changes.PublicChange: what was wrong, what is withdrawn, or why it changed."""
    return str(change.get("was_wrong") or change.get("text") or change["reason"])


def label(kind: str) -> str:
    return _LABEL[kind]


def how_long(change: Mapping[str, Any]) -> str | None:
    """How long the wrong version of a correction was public, in a sentence."""
    if "public_seconds" not in change:
        return None
    return f"The wrong version was public for {duration(float(change['public_seconds']))}."


def duration(seconds: float) -> str:
    """Down to the two largest units: 3 days 4 hours."""
    left = round(seconds)
    parts = []
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        number, left = divmod(left, length)
        if number:
            parts.append(f"{number} {unit}{'s' if number > 1 else ''}")
    return " ".join(parts[:2]) or "less than a second"
