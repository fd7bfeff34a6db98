"""Keys from the console: whoever can start the program on the machine already holds the database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from ledger.commands import Actor, Command, IssueKey, RevokeKey, Submission
from ledger.likeness import same_name
from ledger.member import Key
from ledger.moment import rfc3339
from ledger.refusals import CalledAlready, KeyRefused, NoSuchKey, NoSuchMember
from ledger.store import sessions
from ledger.store.database import Database
from ledger.store.keyring import Keyring, digest_of, new_secret
from ledger.store.writer import Writer
from ledger.words import OPERATOR, Role


class Console:
    """The operator's desk: issues keys and takes them back, each act an event like any other."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keyring = Keyring()
        self._refresh()

    def issued(self) -> list[Key]:
        return self._keyring.keys()

    def issue(
        self,
        label: str,
        role: Role,
        lasts: timedelta | None = None,
        member: UUID | None = None,
        *,
        again: bool = False,
        provider: str | None = None,
    ) -> tuple[str, Key]:
        """(the secret, shown this once; the key). A new member, unless one is named. again: though another member is
        called so that nobody can tell the two apart; provider: whose items a wire brings."""
        if member is not None and member not in self._keyring.members:
            raise NoSuchMember(member=member)
        called = [other for other in self.called(label) if other != member]
        if called and not again:
            raise CalledAlready(label=label, member=called[0])
        secret, key = new_secret(), uuid4()
        expires_at = rfc3339(datetime.now(UTC) + lasts) if lasts else None
        command = IssueKey(
            key=key,
            digest=digest_of(secret),
            role=role,
            label=label,
            expires_at=expires_at,
            provider=provider,
        )
        self._submit(command, member or uuid4())
        issued = self._keyring.key(key)
        assert issued is not None
        return secret, issued

    def called(self, label: str) -> list[UUID]:
        """Members that one would take for whoever is called so."""
        members = self._keyring.members.values()
        return [member.member for member in members if same_name(member.label, label)]

    def sign_in_link(self, secret: str) -> str:
        """The address, below that of the pages, at which the holder of the key can sign in once without it."""
        key = next((key for key in self.issued() if key.digest == digest_of(secret)), None)
        if key is None:
            raise KeyRefused
        return self.sign_in_link_of(key.key)

    def sign_in_link_of(self, key: UUID) -> str:
        """Likewise; NoSuchKey, or KeyRefused for one that opens nothing any more."""
        held = self._keyring.key(key)
        if held is None:
            raise NoSuchKey(key=key)
        now = datetime.now(UTC)
        if not held.opens(now):
            raise KeyRefused
        with self._database.connect(name="sign-in link") as connection:
            return f"/sign-in?link={sessions.make_link(connection, key, now)}"

    def revoke(self, key: UUID, reason: str) -> None:
        held = self._keyring.key(key)
        if held is None:
            raise NoSuchKey(key=key)
        self._submit(RevokeKey(key=key, reason=reason), held.member)

    def _submit(self, command: Command, member: UUID) -> None:
        writer = Writer(self._database, self._keyring)
        writer.start()
        try:
            writer.record(Submission(command, Actor(OPERATOR, "admin"), uuid4(), member))
        finally:
            writer.close()
        self._refresh()

    def _refresh(self) -> None:
        with self._database.connect(name="console") as connection:
            self._keyring.refresh(connection)
