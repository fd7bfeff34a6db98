"""Who holds which key, as folded from the member streams, and kept up with them."""

import hashlib
import secrets
from datetime import datetime
from threading import Lock
from uuid import UUID

from psycopg import Connection

from ledger import member
from ledger.commands import Actor
from ledger.erasure import OutOfPlace
from ledger.member import Key, Member
from ledger.refusals import KeyRefused
from ledger.store.database import Row
from ledger.store.seen import NOTHING_SEEN, Seen
from ledger.store.store import LedgerMapper, read_head, read_members, stands

_IN_DOUBT = -1
_PREFIX = "flk_"  # so that a leaked key is recognised in logs and by secret scanners


def new_secret() -> str:
    """256 random bits as text, shown once."""
    return _PREFIX + secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """SHA-256 in hex. The key is random through and through, so a slow hash would protect nothing more."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Keyring:
    """All members and keys as of `position`. An append that finds a later member event refuses (see MembersMoved), and
    one that joined two sources, which is heard of in the same way. A read compares `position` with the head's
    membership, so a revoked key opens nothing once that is acknowledged; nor does one that is not there any more since
    the database went back in time."""

    def __init__(self, mapper: LedgerMapper | None = None) -> None:
        self.position = 0
        self.seen = NOTHING_SEEN  # the last member event
        self.members: dict[UUID, Member] = {}
        self._mapper = mapper or LedgerMapper()
        self._by_digest: dict[str, Key] = {}
        self._by_id: dict[UUID, Key] = {}
        self._refreshing = Lock()

    def doubt(self) -> None:
        """The database went back in time: no position is the present one until all is read anew."""
        with self._refreshing:
            self.position, self.seen = _IN_DOUBT, NOTHING_SEEN

    def refresh(self, connection: Connection[Row]) -> None:
        with self._refreshing:
            # The head first: an event that comes between the two reads is then read twice rather than never.
            membership = read_head(connection)[2]
            if membership == self.position:
                return
            if membership > self.position >= 0 and stands(connection, self.seen):
                self._read_on(connection, membership)
            else:
                self._read_anew(connection, membership)

    def _read_anew(self, connection: Connection[Row], membership: int) -> None:
        """Into a keyring of its own: meanwhile nobody is refused who holds a key in force."""
        anew = Keyring(self._mapper)
        anew._read_on(connection, membership)
        self.members, self._by_digest, self._by_id = anew.members, anew._by_digest, anew._by_id
        self.position, self.seen = anew.position, anew.seen

    def _read_on(self, connection: Connection[Row], membership: int) -> None:
        for recorded in read_members(connection, self.position, self._mapper):
            stream = recorded.stream
            event = recorded.event
            self.position, self.seen = recorded.at.position, Seen(recorded.at.position, recorded.event_id)
            if isinstance(event, OutOfPlace):
                self._shut_out(stream)
                continue
            assert isinstance(event, member.MemberEvent)
            self.members[stream] = member.evolve(self.members.get(stream), event, recorded.at, stream)
            for key in self.members[stream].keys:
                self._by_digest[key.digest] = self._by_id[key.key] = key
        # The head names the end of the group that the last of them came in, which may be a story's event.
        self.position = max(self.position, membership)

    def _shut_out(self, stream: UUID) -> None:
        """What became of the keys of a member whose stream is damaged, nobody can say: none of them opens."""
        held = self.members.pop(stream, None)
        for key in held.keys if held else ():
            self._by_digest.pop(key.digest, None)
            self._by_id.pop(key.key, None)

    def actor(self, secret: str, now: datetime) -> Actor:
        """Whose key this is; KeyRefused where it opens nothing. Looked up by digest, so timing tells nothing of it."""
        key = self._by_digest.get(digest_of(secret))
        if key is None or not key.opens(now):
            raise KeyRefused
        return Actor(key.member, key.role, key.key, key.provider)

    def admits(self, actor: Actor, now: datetime) -> bool:
        """Whether the actor's key still opens; the operator at the console has none and is always admitted."""
        if actor.key is None:
            return True
        key = self._by_id.get(actor.key)
        return key is not None and key.opens(now)

    def key(self, key: UUID) -> Key | None:
        return self._by_id.get(key)

    def keys(self) -> list[Key]:
        """Every key ever issued, oldest first."""
        return sorted(self._by_id.values(), key=lambda key: key.issued_at)
