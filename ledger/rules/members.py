"""Who may come in: keys issued and revoked."""

from ledger import limits
from ledger.commands import IssueKey, RevokeKey
from ledger.member import KeyIssued, KeyRevoked, Member, MemberEnrolled, MemberEvent
from ledger.refusals import MemberFull, NoSuchKey, WireNeedsProvider


def issue_key(member: Member | None, command: IssueKey) -> list[MemberEvent]:
    """A member is enrolled with the first key."""
    if member is not None and len(member.keys) >= limits.KEYS_OF_MEMBER:
        raise MemberFull(limit=limits.KEYS_OF_MEMBER)
    if (command.role == "wire") != (command.provider is not None):
        raise WireNeedsProvider(pointer="/provider")
    issued = KeyIssued(**command.__dict__)
    return [issued] if member is not None else [MemberEnrolled(label=command.label), issued]


def revoke_key(member: Member | None, command: RevokeKey) -> KeyRevoked:
    if member is None or not any(key.key == command.key and key.revoked_at is None for key in member.keys):
        raise NoSuchKey(key=command.key)
    return KeyRevoked(key=command.key, reason=command.reason)
