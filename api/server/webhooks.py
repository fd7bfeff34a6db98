"""Tells those who subscribed what happened, as Standard Webhooks has it; one of all processes does, in a thread.

At least once, and of one story never out of order: it is told one message at a time, and the next one once that was
taken. Whoever is killed loses nothing, since what was told is noted afterwards.
"""

import asyncio
import base64
import hashlib
import hmac
import logging
import random
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Event, Thread
from uuid import UUID

import orjson
import psycopg

from api.server.outward import Answer, NotSent, Sender
from ledger import limits
from ledger.refusals import DatabaseAway, NotNow
from ledger.store import webhooks
from ledger.store.database import Connection, Database, Row, take
from ledger.store.webhooks import Attempt, Waiting, Webhook
from projections.engine import catch_up
from projections.reading import messages
from projections.reading.messages import Message

log = logging.getLogger("factledger.webhooks")

_LONGEST_WAIT = 1.0  # seconds between two looks at what is due
_PAUSE = 0.05  # seconds between two looks, however often the views move
_AWAY = 1.0  # seconds until the next try, where the database is away
_FIRST_WAIT = 5.0  # seconds after the first failure; twice as long after each further one
_GONE = 410  # whoever answers so wants to be told nothing more
_PREFIX = "whsec_"


def new_secret() -> bytes:
    return random.SystemRandom().randbytes(32)


def written(secret: bytes) -> str:
    """As whoever listens is given it, once."""
    return _PREFIX + base64.b64encode(secret).decode()


def signed(secrets: Collection[bytes], message: str, at: int, body: bytes) -> str:
    """The field webhook-signature: a signature by each secret, of message id, seconds since 1970, and body."""
    content = f"{message}.{at}.".encode() + body
    return " ".join(
        f"v1,{base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()}" for secret in secrets
    )


def wait_after(failures: int, retry_after: str | None = None) -> float:
    """Seconds until the next attempt after so many failures, of which no two wait the same."""
    asked = float(retry_after) if retry_after and retry_after.isdecimal() and len(retry_after) < 7 else 0.0
    wait: float = _FIRST_WAIT * 2 ** min(failures, 16) * random.uniform(0.8, 1.2)  # noqa: S311  # spreads, hides nothing
    return min(max(wait, asked), limits.WEBHOOK_LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class _Tried:
    webhook: Webhook
    waiting: Waiting
    message: Message
    attempt: Attempt
    retry_after: str | None


_UnderWay = dict[str, "asyncio.Task[_Tried]"]  # by story


class Webhooks:
    """wake it when the views have moved; it looks by itself once a second. allowed: see Sender."""

    def __init__(self, database: Database, allowed: Collection[str] = ()) -> None:
        self._database = database
        self._allowed = allowed
        self._ending = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken: asyncio.Event | None = None
        self._under_way: dict[UUID, _UnderWay] = {}
        self._thread = Thread(target=self._run, name="ledger webhooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """From any thread."""
        if self._loop is not None and self._woken is not None:
            try:
                self._loop.call_soon_threadsafe(self._woken.set)
            except RuntimeError:  # it has ended
                return

    def close(self) -> None:
        """What is on its way is given up: it is told again by whoever comes next."""
        self._ending.set()
        self.wake()
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._tell())

    async def _tell(self) -> None:
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        sender = Sender(self._allowed)
        try:
            while not self._ending.is_set():
                try:
                    with self._database.connect(name="webhooks") as connection:
                        await self._lead(connection, sender)
                except (psycopg.OperationalError, DatabaseAway, NotNow):
                    await self._rest(_AWAY)
                except Exception:
                    log.exception("webhooks stand still")
                    await self._rest(_AWAY)
                finally:
                    await self._give_up()
        finally:
            await sender.close()

    async def _lead(self, connection: Connection[Row], sender: Sender) -> None:
        is_leading = False
        while not self._ending.is_set():
            is_leading = is_leading or take(connection, f"factledger webhooks {self._database.schema}")
            is_more = is_leading and self._round(connection, sender)
            if not is_more:
                await self._rest(_LONGEST_WAIT)
            else:
                await asyncio.sleep(0)

    def _round(self, connection: Connection[Row], sender: Sender) -> bool:
        """Notes what was done, finds what is to do, and sets it going; whether there is more at once."""
        every = webhooks.every(connection)
        for removed in self._under_way.keys() - {webhook.webhook for webhook in every}:
            for task in self._under_way.pop(removed).values():
                task.cancel()
        upto = catch_up.position(connection) if every else 0
        is_more = False
        for webhook in every:
            under_way = self._under_way.setdefault(webhook.webhook, {})
            for story in [story for story, task in under_way.items() if task.done()]:
                self._note(connection, webhook, under_way.pop(story).result())
            if webhook.stopped_at is None:
                found = webhook if upto == webhook.reached else self._find(connection, webhook, upto)
                self._begin(connection, sender, found, under_way)
                is_more |= found.reached < upto
        return is_more

    def _find(self, connection: Connection[Row], webhook: Webhook, upto: int) -> Webhook:
        """Notes which stories there is something to tell of, up to a position or short of it; the webhook as it is
        then."""
        found = messages.stirred(
            connection,
            webhook.tells,
            min(webhook.reached, upto),  # beyond it the database went back in time
            upto,
            limits.WEBHOOK_STORIES,
            webhook.story,
            webhook.desk,
        )
        webhooks.note(connection, webhook, found.stories, found.reached)
        return replace(webhook, reached=found.reached)

    def _begin(
        self,
        connection: Connection[Row],
        sender: Sender,
        webhook: Webhook,
        under_way: _UnderWay,
    ) -> None:
        room = limits.WEBHOOK_AT_ONCE - len(under_way)
        looked_at = set(
            under_way
        )  # once: of one that is begun anew meanwhile nothing is noted, and it stays due
        while room > 0:
            due = webhooks.due(connection, webhook.webhook, looked_at, room)
            if not due:
                return
            looked_at |= {waiting.story for waiting in due}
            for waiting in due:
                message = self._next(connection, webhook, waiting)
                if message is not None:
                    under_way[waiting.story] = asyncio.create_task(
                        self._try(sender, webhook, waiting, message)
                    )
                    under_way[waiting.story].add_done_callback(lambda _: self.wake())
                    room -= 1

    def _next(self, connection: Connection[Row], webhook: Webhook, waiting: Waiting) -> Message | None:
        """What is to be told of the story; where that is nothing any more, it is noted."""
        found = messages.next_of(connection, waiting.story, webhook.tells, waiting.told, webhook.reached)
        if found is None:
            webhooks.is_all_told(connection, webhook, waiting.story)
        return found

    async def _try(self, sender: Sender, webhook: Webhook, waiting: Waiting, message: Message) -> _Tried:
        began, at = time.monotonic(), datetime.now(UTC)
        name = f"{webhook.webhook}.{message.position}"  # of every attempt to tell this
        body = orjson.dumps({"type": message.type, "timestamp": message.at, "data": message.data})
        seconds = int(at.timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": "fact-ledger",
            "webhook-id": name,
            "webhook-timestamp": str(seconds),
            "webhook-signature": signed(webhook.secrets(at), name, seconds, body),
        }
        answer: Answer | None = None
        failure: str | None = None
        try:
            answer = await sender.post(webhook.url, body, headers, limits.WEBHOOK_SECONDS)
        except NotSent as error:
            failure = str(error)
        else:
            if not 200 <= answer.status < 300:
                failure = f"answered {answer.status}"
        attempt = Attempt(
            waiting.story,
            message.position,
            message.type,
            waiting.attempts + 1,
            at,
            round(time.monotonic() - began, 3),
            answer.status if answer else None,
            failure,
        )
        return _Tried(webhook, waiting, message, attempt, answer.retry_after if answer else None)

    def _note(self, connection: Connection[Row], webhook: Webhook, tried: _Tried) -> None:
        attempt = tried.attempt
        webhooks.keep(connection, webhook.webhook, attempt)
        if webhook.replays != tried.webhook.replays:
            return  # it was begun anew meanwhile, and this is told again
        if attempt.failure is None:
            webhooks.is_told(connection, webhook, attempt.story, attempt.position)
            return
        webhooks.is_not_told(
            connection, webhook.webhook, attempt.story, wait_after(tried.waiting.attempts, tried.retry_after)
        )
        since = tried.waiting.failing_since
        if attempt.status == _GONE:
            self._stop(connection, webhook, "it answered 410: it wants to be told nothing more")
        elif since is not None and (attempt.at - since).total_seconds() > limits.WEBHOOK_PATIENCE:
            self._stop(connection, webhook, f"it took nothing for three days; at last: {attempt.failure}")

    def _stop(self, connection: Connection[Row], webhook: Webhook, why: str) -> None:
        webhooks.stop(connection, webhook.webhook, why)
        log.warning("a webhook was stopped: %s", why, extra={"webhook": str(webhook.webhook)})

    async def _give_up(self) -> None:
        tasks = [task for under_way in self._under_way.values() for task in under_way.values()]
        self._under_way.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _rest(self, seconds: float) -> None:
        assert self._woken is not None
        if self._ending.is_set():
            return
        try:
            await asyncio.sleep(_PAUSE)
            await asyncio.wait_for(self._woken.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._woken.clear()
