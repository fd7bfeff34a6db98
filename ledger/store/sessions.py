"""Who is signed in at the pages: a token in the browser stands for a key, for a while. Kept as a digest, no event."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from psycopg import Connection

from ledger import limits
from ledger.store.database import Row


def begin(connection: Connection[Row], key: UUID, now: datetime) -> str:
    """A new session of the key, as the token that stands for it; of too many the oldest end."""
    connection.execute(
        "delete from sessions where digest in ("
        " select digest from sessions where key = %s and not is_link order by begun_at desc offset %s)",
        [key, limits.SESSIONS_OF_KEY - 1],
    )
    return _keep(connection, key, now, limits.SESSION_SECONDS, is_link=False)


def make_link(connection: Connection[Row], key: UUID, now: datetime) -> str:
    """The token of a link by which one can sign in once, as the holder of the key."""
    return _keep(connection, key, now, limits.LINK_SECONDS, is_link=True)


def _keep(connection: Connection[Row], key: UUID, now: datetime, seconds: float, *, is_link: bool) -> str:
    connection.execute("delete from sessions where expires_at <= %s", [now])
    token = secrets.token_urlsafe(32)
    connection.execute(
        "insert into sessions (digest, key, is_link, begun_at, expires_at) values (%s, %s, %s, %s, %s)",
        [_digest(token), key, is_link, now, now + timedelta(seconds=seconds)],
    )
    return token


def key_of(connection: Connection[Row], token: str, now: datetime, *, is_link: bool = False) -> UUID | None:
    """The key that a session, or a link that was not used, stands for."""
    row = connection.execute(
        "select key from sessions where digest = %s and is_link = %s and expires_at > %s",
        [_digest(token), is_link, now],
    ).fetchone()
    return row[0] if row else None


def end(connection: Connection[Row], token: str) -> bool:
    """Ends a session, or uses up a link; whether it was there. Of several who use one link at once, one is told so."""
    return connection.execute("delete from sessions where digest = %s", [_digest(token)]).rowcount == 1


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
