"""How what happened is said, in the same words on pages, in feeds, in linked data and in a terminal."""

from collections.abc import Mapping
from typing import Any

# What happened, in the words of a newsroom: an event's kind, as its revision has it.
KINDS: Mapping[str, str] = {
    "opening": "Story opened",
    "headline": "New headline",
    "dateline": "Dateline set",
    "copy": "Copy filed",
    "refile": "Copy refiled, a letter mended",
    "note": "Note added",
    "editors_note": "Editor’s note",
    "corrective": "Corrective issued",
    "withdrawal": "Note withdrawn",
    "report": "Fact reported",
    "correction": "Correction",
    "update": "Update",
    "clarification": "Clarification",
    "retraction": "Retraction",
    "citation": "Source added",
    "attribution": "Attributed anew",
    "assessment": "Assessed",
    "response": "Answered",
    "confirmation": "Confirmed",
    "tightening": "Terms tightened",
    "loosening": "Terms loosened",
    "reversion": "Change taken back",
    "publication": "Published",
    "embargo_lift": "Embargo ended",
    "hold": "Held",
    "release": "Released",
    "kill": "Killed",
    "takedown": "Taken down",
    "restoration": "Restored",
    "approval_asked": "Second person asked",
    "approval_given": "Approved",
    "approval_declined": "Approval declined",
}
_FOR_READERS: Mapping[str, str] = {
    **KINDS,
    "corrective": "Corrective",
    "reversion": "Taken back",
    "kill": "Story withdrawn",
    "takedown": "Story taken down",
}


def kind(word: str) -> str:
    return KINDS.get(word, word.replace("_", " ").capitalize())


def label(kind: str) -> str:
    """For readers, of a change that they saw happen."""
    return _FOR_READERS[kind]


def words_of(change: Mapping[str, Any]) -> str:
    """The words of the desk for a public_changes.PublicChange: what was wrong, what is withdrawn, or why it changed."""
    return str(change.get("was_wrong") or change.get("text") or change["reason"])


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
