"""How what happened is said, in the same words on pages, in feeds, in linked data and in a terminal."""

from collections.abc import Mapping
from typing import Any

# What happened, in the words of a newsroom: an event's kind, as its revision has it.
KINDS: Mapping[str, str] = {
    "opening": "Story opened",
    "headline": "New headline",
    "slug": "New name in addresses",
    "merge": "Joined to another story",
    "parting": "Told apart again",
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
    "fact_refile": "Fact refiled, a letter mended",
    "retraction": "Retraction",
    "citation": "Source added",
    "attribution": "Attributed anew",
    "assessment": "Assessed",
    "response": "Answered",
    "confirmation": "Confirmed",
    "tightening": "Terms tightened",
    "loosening": "Terms loosened",
    "reversion": "Change taken back",
    "take": "Version of the wire noted",
    "agency_correction": "Correction by the agency",
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
# Of one fact: what stands before "fact 4", where it is more than the kind and "of".
_OF_A_FACT: Mapping[str, str] = {
    "report": "Report of",
    "fact_refile": "Letter mended in",
    "citation": "Source added to",
    "attribution": "New attribution of",
    "assessment": "Assessment of",
    "response": "Answer to",
    "corrective": "Corrective on",
    "confirmation": "Confirmation of",
    "tightening": "Stricter terms for",
    "loosening": "Looser terms for",
    "reversion": "Change taken back in",
    "agency_correction": "The agency’s correction of",
    "approval_asked": "Second person asked about",
    "approval_given": "Approval for",
    "approval_declined": "Approval declined for",
}
_FOR_READERS: Mapping[str, str] = {
    **KINDS,
    "corrective": "Corrective",
    "reversion": "Taken back",
    "kill": "Story withdrawn",
    "takedown": "Story taken down",
}


# Codes that would not be read as words, though their parts are.
_WORDS: Mapping[str, str] = {
    "on_record": "on the record",
    "background": "background",
    "deep_background": "deep background",
    "off_record": "off the record",
    "in_progress": "being checked",
    "our_error": "our own error",
    "source_error": "error of a source",
    "declines_to_comment": "declines to comment",
    "webpage": "web page",
    "own": "the desk itself",
    "sig:update": "updated",
    "sig:correction": "corrected",
}


def words(code: str) -> str:
    """A code of ours or of the IPTC as it is read."""
    return _WORDS.get(code) or code.replace("_", " ").replace("-", " ")


def kind(word: str) -> str:
    return KINDS.get(word, word.replace("_", " ").capitalize())


def kind_of(word: str) -> str:
    """Before the fact that it happened to: a “Source added to” fact 4."""
    return _OF_A_FACT.get(word) or f"{kind(word)} of"


def what_happened(word: str, fact: int | None) -> str:
    return kind(word) if fact is None else f"{kind_of(word)} fact {fact}"


def label(kind: str) -> str:
    """For readers, of a change that they saw happen."""
    return _FOR_READERS[kind]


def words_of(change: Mapping[str, Any]) -> str:
    """The words of the desk for a public_changes.PublicChange: what was wrong, what is withdrawn, or why it changed."""
    return str(change.get("was_wrong") or change.get("text") or change["reason"])


def what_was(change: Mapping[str, Any]) -> str | None:
    """What a retraction takes back, in a sentence."""
    return f"Withdrawn: {change['statement']}" if "statement" in change else None


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


def shortened(text: str, most: int) -> str:
    """On one line, of so many letters at most; cut between words where there are any."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"
