"""A member: a person or a script of the newsroom, with the keys that let it act."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import Field, StringConstraints

from ledger.moment import Moment
from ledger.words import Closed, Instant, Label, Role, Slug, Text, recorded_instant


class MemberEnrolled(Closed):
    topic: Literal["member-enrolled.v1"] = "member-enrolled.v1"
    label: Label


class KeyIssued(Closed):
    """The key itself is shown once and kept nowhere: 256 random bits need no slow hash, SHA-256 is enough."""

    topic: Literal["key-issued.v1"] = "key-issued.v1"
    key: UUID
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    role: Role
    label: Label
    expires_at: Instant | None = Field(None)
    provider: Slug | None = None


class KeyRevoked(Closed):
    topic: Literal["key-revoked.v1"] = "key-revoked.v1"
    key: UUID
    reason: Text


MemberEvent = MemberEnrolled | KeyIssued | KeyRevoked


@dataclass(frozen=True, slots=True)
class Key:
    key: UUID
    member: UUID
    digest: str
    role: Role
    label: str
    issued_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None = None
    provider: str | None = None  # whose items it may bring, and nothing else

    def opens(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Member:
    member: UUID
    label: str
    keys: tuple[Key, ...] = ()


def evolve(member: Member | None, event: MemberEvent, at: Moment, stream: UUID) -> Member:
    if isinstance(event, MemberEnrolled):
        return Member(member=stream, label=event.label)
    assert member is not None, "a member's first event is the enrolment"
    match event:
        case KeyIssued():
            key = Key(
                key=event.key,
                member=stream,
                digest=event.digest,
                role=event.role,
                label=event.label,
                issued_at=at.recorded_at,
                expires_at=recorded_instant(event.expires_at) if event.expires_at else None,
                provider=event.provider,
            )
            return replace(member, keys=(*member.keys, key))
        case KeyRevoked():
            return replace(
                member,
                keys=tuple(
                    replace(key, revoked_at=at.recorded_at)
                    if key.key == event.key and not key.revoked_at
                    else key
                    for key in member.keys
                ),
            )
        case _:
            assert_never(event)
