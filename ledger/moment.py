"""Where and when an event stands in the ledger, and who put it there."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from ledger.origin import Origin
from ledger.words import Affects, Cause, Closed

ChangeKind = Literal[
    "opening",
    "report",
    "correction",
    "update",
    "clarification",
    "fact_refile",
    "retraction",
    "citation",
    "attribution",
    "assessment",
    "response",
    "confirmation",
    "tightening",
    "loosening",
    "headline",
    "dateline",
    "copy",
    "note",
    "refile",
    "editors_note",
    "corrective",
    "publication",
    "embargo_lift",
    "hold",
    "release",
    "kill",
    "takedown",
    "restoration",
    "approval_asked",
    "approval_given",
    "approval_declined",
    "withdrawal",
    "reversion",
    "take",
    "agency_correction",
    "slug",
    "merge",
    "parting",
]


@dataclass(frozen=True, slots=True)
class Moment:
    """position: place in the ledger; revision: place in the stream; recorded_at: the database's clock, in UTC."""

    position: int
    revision: int
    recorded_at: datetime
    actor: UUID


class Change(Closed):
    """One change as a document shows it: what kind, who, when, why; five of the fields only for a correction."""

    kind: ChangeKind
    revision: int
    position: int
    recorded_at: str
    actor: UUID
    reason: str | None = None
    wrong_version: int | None = None
    was_wrong: str | None = None
    affects: tuple[Affects, ...] | None = None
    cause: Cause | None = None
    requested_by: str | None = None
    origin: Origin | None = None


def rfc3339(instant: datetime) -> str:
    """UTC with microseconds, always of the same length, so that text order is time order."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
