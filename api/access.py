"""Who is asking: from the key in the request to the actor, within the key's rate; and what they may then do."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import limits as rate_limits
import orjson
from fastapi import Depends, Header, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from pydantic import StringConstraints
from starlette.concurrency import run_in_threadpool

from api.errors import BadParameter, PreconditionFailed, TooManyRequests
from api.running import Answers, Running
from ledger import limits
from ledger.commands import Actor, ChangeFact, Command, Repeat, Submission
from ledger.database import Connection, Row
from ledger.refusals import FactMovedOn, KeyRefused, RoleMayNot
from ledger.store import read_head
from ledger.words import Role, source_stream, story_stream
from ledger.writer import Recording

_bearer = HTTPBearer(auto_error=False, description="A key from `factledger keys add`")

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Makes the request repeatable: sent again with the same key it is answered, not recorded again",
        examples=["7d6a1d9e-4a3e-4b5c-9f0e-2f8f7a5a1c11"],
    ),
    StringConstraints(pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$", max_length=limits.IDEMPOTENCY_KEY_LENGTH),
]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag of the fact as you saw it; takes the place of expected_version"),
]


class Gate:
    """Lets keys in, each at its rate."""

    def __init__(self, running: Running, rate: str) -> None:
        self._running = running
        self.rate = rate_limits.parse(rate)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._looked_again = 0.0

    async def admit(self, credentials: HTTPAuthorizationCredentials | None) -> Actor:
        if credentials is None:
            raise KeyRefused
        keyring = self._running.keyring
        try:
            actor = keyring.actor(credentials.credentials, datetime.now(UTC))
        except KeyRefused:
            # Another process may have issued it just now; how often we look is bounded, whoever knocks.
            if time.monotonic() - self._looked_again < 0.1:
                raise
            self._looked_again = time.monotonic()
            await run_in_threadpool(self._look_again)
            actor = keyring.actor(credentials.credentials, datetime.now(UTC))
        if not self._limiter.hit(self.rate, str(actor.key)):
            reset, _ = self._limiter.get_window_stats(self.rate, str(actor.key))
            raise TooManyRequests(rate=str(self.rate), seconds=max(1, round(reset - time.time())))
        return actor

    def _look_again(self) -> None:
        with self._running.reading() as connection:
            self._running.keyring.refresh(connection)


@dataclass(slots=True)
class Visitor:
    """Whoever asks, with what they may ask of the ledger."""

    request: Request
    running: Running
    answers: Answers
    actor: Actor

    def only(self, *roles: Role) -> None:
        if self.actor.role not in roles:
            raise RoleMayNot(role=self.actor.role, needs=", ".join(sorted(roles)))

    @contextmanager
    def reading(self) -> Iterator[Connection[Row]]:
        """A connection to read by. Looks first whether the key was revoked since this process last heard."""
        keyring = self.running.keyring
        with self.running.reading() as connection:
            if read_head(connection)[2] > keyring.position:
                keyring.refresh(connection)
                if not keyring.admits(self.actor, datetime.now(UTC)):
                    raise KeyRefused
            yield connection

    async def register(self, slug: str, command: Command) -> Response:
        return await self._submit(command, source_stream(slug), None, None, f"/v1/sources/{slug}")

    async def submit(self, command: Command, slug: str, fact: int | None = None) -> Response:
        """Hands in a command on a story, or on one of its facts, and answers with the receipt."""
        if not isinstance(command, ChangeFact):
            return await self._submit(command, story_stream(slug), slug, fact, f"/v1/stories/{slug}")
        matched = self._version_in_if_match(command.expected_version)
        if matched is not None:
            command = command.model_copy(update={"expected_version": matched})
        try:
            location = f"/v1/stories/{slug}/facts/{fact}"
            return await self._submit(command, story_stream(slug), slug, fact, location)
        except FactMovedOn as moved:
            if matched is None:
                raise
            raise PreconditionFailed(**moved.details) from moved

    async def _submit(
        self, command: Command, stream: UUID, story: str | None, fact: int | None, location: str
    ) -> Response:
        submission = Submission(
            command=command,
            actor=self.actor,
            request_id=self.request.scope["request_id"],
            stream=stream,
            story=story,
            fact=fact,
            repeat=await self._repeat(),
        )
        return receipt(await self.answers.submit(submission), location)

    async def _repeat(self) -> Repeat | None:
        key = self.request.headers.get("idempotency-key")
        if key is None:
            return None
        if len(key) > 2 and key[0] == key[-1] == '"':
            key = key[1:-1]  # the IETF draft quotes it, most clients do not: the same key either way
        asked = hashlib.sha256()
        for part in (
            self.request.url.path.encode(),
            self.request.headers.get("if-match", "").encode(),
            await self.request.body(),
        ):
            asked.update(len(part).to_bytes(8))
            asked.update(part)
        return Repeat(key, asked.digest())

    def _version_in_if_match(self, expected: int | None) -> int | None:
        tag = self.request.headers.get("if-match")
        if tag is None:
            return None
        version = version_in(tag)
        if version is None:
            raise BadParameter(why='If-Match: give the one ETag of the fact as you saw it, such as "v2-1041"')
        if expected is not None and expected != version:
            raise BadParameter(why=f"If-Match names version {version}, expected_version {expected}: give one of them")
        return version


def version_in(tag: str) -> int | None:
    """The fact's version that an ETag of it names: "v2-1041" is version 2, as of position 1041."""
    tag = tag.strip().removeprefix('"').removesuffix('"')
    version, dash, position = tag.removeprefix("v").partition("-")
    is_ours = tag.startswith("v") and dash and all(n.isascii() and n.isdigit() for n in (version, position))
    return int(version) if is_ours and len(version) <= 7 else None


def receipt(recording: Recording, location: str) -> Response:
    text = recording.receipt.text()
    fields: dict[str, Any] = orjson.loads(recording.receipt.rest)
    if "fact" in fields and "/facts/" not in location:
        location = f"{location}/facts/{fields['fact']}"
    headers = {"location": location, "cache-control": "no-store"}
    if "version" in fields:
        headers["etag"] = f'"v{fields["version"]}-{recording.receipt.position}"'
    if recording.replayed:
        headers["idempotent-replayed"] = "true"
    return Response(text, 201, headers, "application/json")


async def visitor(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Visitor:
    state = request.app.state
    actor = await state.gate.admit(credentials)
    request.scope["actor"] = actor.member
    return Visitor(request, state.running, state.answers, actor)


async def filing_visitor(
    visitor: Annotated[Visitor, Depends(visitor)], idempotency_key: IdempotencyKey = None
) -> Visitor:
    del idempotency_key  # declared so that it is checked and documented; read in _repeat
    return visitor


async def changing_visitor(
    visitor: Annotated[Visitor, Depends(filing_visitor)], if_match: IfMatch = None
) -> Visitor:
    del if_match
    return visitor


Reader = Annotated[Visitor, Depends(visitor)]
Filer = Annotated[Visitor, Depends(filing_visitor)]
Changer = Annotated[Visitor, Depends(changing_visitor)]


async def known_parameters_only(request: Request) -> None:
    """A parameter that is misspelt must not be taken as one that is absent."""
    if not request.url.query:
        return
    known = {parameter.alias for parameter in _query_parameters(request.scope["route"].dependant)}
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if name not in known:
            there = f"there are: {', '.join(sorted(known))}" if known else "there are none here"
            raise BadParameter(why=f"There is no parameter {name[:80]!r}; {there}.")
        if given.count(name) > 1:
            raise BadParameter(why=f"The parameter {name} is given more than once.")


def _query_parameters(dependant: Any) -> Iterator[Any]:
    yield from dependant.query_params
    for dependency in dependant.dependencies:
        yield from _query_parameters(dependency)
