"""Who is told of what happened, and how far each has been told: rows that come and go, no events.

A webhook has a row for each story of which there is something to tell. One attempt at a time is made for a story, so
that it is told in order; once all of it is told, the row goes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.rows import class_row

from ledger import limits
from ledger.refusals import NoSuchWebhook, TooManyWebhooks
from ledger.store.database import Row

Tells = Literal["publication", "correction", "withdrawal", "desk-change"]
ALL_THERE_IS_TO_TELL: Final[tuple[Tells, ...]] = get_args(Tells)


@dataclass(frozen=True, slots=True)
class Webhook:
    """story, desk: of which alone it is told, if one is named. secrets: the first signs, the second one does so, too,
    for a while."""

    webhook: UUID
    url: str
    tells: Sequence[Tells]
    story: str | None
    desk: str | None
    secret: bytes
    former_secret: bytes | None
    former_until: datetime | None
    made_at: datetime
    reached: int
    replays: int
    stopped_at: datetime | None
    stopped_why: str | None

    def secrets(self, now: datetime) -> Sequence[bytes]:
        if self.former_secret is None or self.former_until is None or self.former_until <= now:
            return (self.secret,)
        return (self.secret, self.former_secret)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A story of which something is to be told, behind the position `told`."""

    story: str
    told: int
    attempts: int
    failing_since: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    story: str
    position: int
    type: Tells
    attempt: int
    at: datetime
    seconds: float
    status: int | None
    failure: str | None  # in words; None: it was taken


# --- Webhooks ----------------------------------------------------------------------------------------------------


def add(
    connection: Connection[Row],
    url: str,
    tells: Iterable[Tells],
    story: str | None,
    desk: str | None,
    secret: bytes,
    after: int,
    webhook: UUID | None = None,
) -> Webhook:
    """One that is told what happens beyond the position; TooManyWebhooks. webhook: its id, else a new one; where that
    is there already, it is as it was."""
    webhook = webhook or uuid4()
    connection.execute(
        "insert into webhooks (webhook, url, tells, story, desk, secret, made_at, reached)"
        " select %s, %s, %s, %s, %s, %s, now(), %s where (select count(*) from webhooks) < %s"
        " on conflict (webhook) do nothing",
        [webhook, url, list(tells), story, desk, secret, after, limits.WEBHOOKS],
    )
    try:
        return one(connection, webhook)
    except NoSuchWebhook:
        raise TooManyWebhooks(limit=limits.WEBHOOKS) from None


def every(connection: Connection[Row]) -> Sequence[Webhook]:
    with connection.cursor(row_factory=class_row(Webhook)) as cursor:
        return cursor.execute("select * from webhooks order by made_at, webhook").fetchall()


def one(connection: Connection[Row], webhook: UUID) -> Webhook:
    found = next((each for each in every(connection) if each.webhook == webhook), None)
    if found is None:
        raise NoSuchWebhook(webhook=webhook)
    return found


def rotate(connection: Connection[Row], webhook: UUID, secret: bytes) -> None:
    """Signs with another secret from now on, and with the one before it for a while. Where one before signs already, it
    goes on to: whoever rotates again has most likely not received the last one."""
    _change(
        connection,
        webhook,
        "former_secret = case when former_until > now() then former_secret else secret end,"
        " former_until = case when former_until > now() then former_until else now() + %(while)s end,"
        " secret = %(secret)s",
        {"secret": secret, "while": timedelta(seconds=limits.WEBHOOK_FORMER_SECRET)},
    )


def replay(connection: Connection[Row], webhook: UUID, after: int) -> None:
    """Tells all beyond the position once more, and goes on if it was stopped."""
    with connection.transaction():
        _change(
            connection,
            webhook,
            "reached = least(reached, %(after)s), replays = replays + 1, stopped_at = null, stopped_why = null",
            {"after": after},
        )
        connection.execute(
            "update webhook_stories set told = least(told, %s), attempts = 0, next_at = now(), failing_since = null"
            " where webhook = %s",
            [after, webhook],
        )


def resume(connection: Connection[Row], webhook: UUID) -> None:
    """Goes on where it was stopped."""
    replay(connection, webhook, limits.POSITION)


def stop(connection: Connection[Row], webhook: UUID, why: str) -> None:
    _change(connection, webhook, "stopped_at = now(), stopped_why = %(why)s", {"why": why})


def remove(connection: Connection[Row], webhook: UUID) -> None:
    if connection.execute("delete from webhooks where webhook = %s", [webhook]).rowcount == 0:
        raise NoSuchWebhook(webhook=webhook)


def _change(connection: Connection[Row], webhook: UUID, what: str, given: Mapping[str, object]) -> None:
    changed = connection.execute(
        f"update webhooks set {what} where webhook = %(webhook)s", {**given, "webhook": webhook}
    )
    if changed.rowcount == 0:
        raise NoSuchWebhook(webhook=webhook)


# --- What is to be told ------------------------------------------------------------------------------------------


def note(connection: Connection[Row], webhook: Webhook, stories: Mapping[str, int], reached: int) -> None:
    """That there is something to tell of stories, of each from a position on; and that up to `reached` nothing else
    is. All of it, or nothing where the webhook was begun anew meanwhile."""
    with connection.transaction():
        moved = connection.execute(
            "update webhooks set reached = %s where webhook = %s and replays = %s",
            [reached, webhook.webhook, webhook.replays],
        )
        if moved.rowcount == 0:
            return
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into webhook_stories (webhook, story, told, next_at) values (%s, %s, %s, now())"
                " on conflict (webhook, story) do nothing",
                [(webhook.webhook, story, position - 1) for story, position in stories.items()],
            )


def due(
    connection: Connection[Row], webhook: UUID, other_than: Collection[str], limit: int
) -> Sequence[Waiting]:
    """Stories for which an attempt is to be made now, by the database's clock."""
    with connection.cursor(row_factory=class_row(Waiting)) as cursor:
        return cursor.execute(
            "select story, told, attempts, failing_since from webhook_stories"
            " where webhook = %s and next_at <= now() and story <> all(%s) order by next_at limit %s",
            [webhook, list(other_than), limit],
        ).fetchall()


def how_many_wait(connection: Connection[Row]) -> Mapping[UUID, int]:
    """Stories of which something is to be told, by webhook."""
    return dict(
        connection.execute("select webhook, count(*) from webhook_stories group by webhook").fetchall()
    )


_UNLESS_BEGUN_ANEW = (
    " where webhook = %(webhook)s and story = %(story)s"
    " and exists (select from webhooks where webhook = %(webhook)s and replays = %(replays)s)"
)


def is_told(connection: Connection[Row], webhook: Webhook, story: str, position: int) -> None:
    """The story is told up to the position."""
    connection.execute(
        "update webhook_stories set told = %(told)s, attempts = 0, failing_since = null, next_at = now()"
        + _UNLESS_BEGUN_ANEW,
        {"told": position, "webhook": webhook.webhook, "story": story, "replays": webhook.replays},
    )


def is_all_told(connection: Connection[Row], webhook: Webhook, story: str) -> None:
    """There is nothing more to tell of it, up to what is known of."""
    connection.execute(
        "delete from webhook_stories" + _UNLESS_BEGUN_ANEW,
        {"webhook": webhook.webhook, "story": story, "replays": webhook.replays},
    )


def is_not_told(connection: Connection[Row], webhook: UUID, story: str, wait: float) -> None:
    """An attempt failed; the next one is made in so many seconds."""
    connection.execute(
        "update webhook_stories set attempts = attempts + 1, next_at = now() + %s,"
        " failing_since = coalesce(failing_since, now()) where webhook = %s and story = %s",
        [timedelta(seconds=wait), webhook, story],
    )


# --- What was tried ----------------------------------------------------------------------------------------------


def keep(connection: Connection[Row], webhook: UUID, tried: Attempt) -> None:
    """Of each webhook the newest attempts; none of one that was removed meanwhile."""
    connection.execute(
        "insert into webhook_deliveries"
        " (delivery, story, position, type, attempt, at, seconds, status, failure, webhook)"
        " select 1 + coalesce((select max(delivery) from webhook_deliveries where webhook = w.webhook), 0),"
        " %s, %s, %s, %s, %s, %s, %s, %s, webhook from webhooks w where webhook = %s",
        [
            tried.story, tried.position, tried.type, tried.attempt, tried.at, tried.seconds, tried.status,
            tried.failure, webhook,
        ],
    )  # fmt: skip
    connection.execute(
        "delete from webhook_deliveries where webhook = %s and delivery <= (select delivery from webhook_deliveries"
        " where webhook = %s order by delivery desc offset %s limit 1)",
        [webhook, webhook, limits.WEBHOOK_DELIVERIES],
    )


def tried(
    connection: Connection[Row], webhook: UUID, before: int, limit: int
) -> Sequence[tuple[int, Attempt]]:
    """(number, attempt), the newest first, before that number."""
    rows = connection.execute(
        "select delivery, story, position, type, attempt, at, seconds, status, failure from webhook_deliveries"
        " where webhook = %s and delivery < %s order by delivery desc limit %s",
        [webhook, before, limit],
    ).fetchall()
    return [(delivery, Attempt(*rest)) for delivery, *rest in rows]
