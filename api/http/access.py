"""Who is asking: from the key in the request to the actor, within the key's rate; and what they may then do."""

import asyncio
import re
import time
from collections.abc import Callable, Coroutine, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_origin
from urllib.parse import unquote_plus
from uuid import UUID

import orjson
from fastapi import Depends, Header, Query, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.http.bodies import BodyReader
from api.http.idempotency import IdempotencyKey, repeat_of
from api.http.lines import place_of
from api.http.statuses import BadParameter, TooManyRequests
from api.server.clients import counted_as
from api.server.rate import Rate, RateLimiter
from api.server.rooms import Room, Rooms
from api.server.running import Answers, Running
from ledger import limits
from ledger.commands import (
    Actor,
    AnyCommand,
    Command,
    CommandOnRequest,
    IfMatch,
    Part,
    RequestCorrection,
    Submission,
)
from ledger.origin import Origin
from ledger.refusals import (
    DatabaseAway,
    KeyRefused,
    NotFixedYet,
    NotNow,
    Refusal,
    RoleMayNot,
    ViewsNotBuiltYet,
)
from ledger.store.database import Connection, Row
from ledger.store.randomness import RANDOM
from ledger.store.store import read_head
from ledger.store.writer import Recording, Rehearsal
from ledger.words import READER, Role, source_stream, story_stream
from projections.reading import foretelling, rehearsals

IfMatchField = Annotated[
    str | None,
    Header(
        alias="If-Match",
        # No example: whoever sent it would be refused, for the version is another.
        description='The ETag, as you saw it ("v1-1037"), of the fact that is changed, else of the story: if it is at'
        " another by now, nothing is done (412). It takes the place of expected_version, and of the revision of a"
        " publication",
    ),
]
_WAITS = 3  # of a second at most, for a moment that is not fixed yet
# A strong ETag of ours, of a fact or a story; bare, as some clients send it, too.
_TAG = re.compile(r'(?P<quote>"?)(?P<letter>[vr])(?P<number>[0-9]{1,7})-[0-9]{1,16}(?P=quote)')
IfMatchOfRead = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="ETags of which one must hold, strictly compared, or the answer is 412",
        examples=['"r7-1042"'],
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        description="ETags that you have: if one of them still holds, the answer is 304 without a body",
        examples=['"r7-1042"'],
    ),
]


DryRun = Annotated[
    bool,
    Query(
        description="Only tell what would happen, and how it would read: nothing is recorded. What would be refused is"
        " refused in the same way. The Idempotency-Key is not used up; what was recorded under it is tried anew."
    ),
]


class Gate:
    """Lets keys in, each at its rate, and readers, each address at theirs. No address is kept longer than a window."""

    def __init__(self, running: Running, rate: str, reader_rate: str, request_rate: str) -> None:
        self._running = running
        self._limiter = RateLimiter(Rate.parse(rate))
        self._reader_limiter = RateLimiter(Rate.parse(reader_rate))
        self._request_limiter = RateLimiter(Rate.parse(request_rate))
        self._looking = asyncio.Lock()
        self._looked = float("-inf")  # time.monotonic() when the last look began
        self._trouble: NotNow | None = None  # why that look came to nothing

    async def admit(self, authorization: str) -> Actor:
        """Who holds the key in the field `Authorization: Bearer …`; KeyRefused, or TooManyRequests."""
        scheme, _, secret = authorization.partition(" ")
        if scheme.lower() != "bearer" or not secret:
            raise KeyRefused
        keyring = self._running.keyring
        try:
            actor = keyring.actor(secret, datetime.now(UTC))
        except KeyRefused:
            await self._look_again()  # another process may have issued it just now
            actor = keyring.actor(secret, datetime.now(UTC))
        self.pass_by(actor)
        return actor

    def pass_by(self, actor: Actor) -> None:
        """Counts a request of somebody who is known; TooManyRequests."""
        if seconds := self._limiter.pass_through(actor.key):
            raise TooManyRequests(who="This key", rate=str(self._limiter.rate), seconds=seconds)

    def admit_reader(self, address: str) -> Actor:
        """Whoever has no key, where the endpoint is open to readers; TooManyRequests."""
        if seconds := self._reader_limiter.pass_through(address):
            raise TooManyRequests(who="This address", rate=str(self._reader_limiter.rate), seconds=seconds)
        return Actor(member=READER, role="reader")

    def let_ask(self, address: str) -> None:
        """Counts what somebody without a key asks to have corrected; TooManyRequests."""
        if seconds := self._request_limiter.pass_through(address):
            rate = f"{self._request_limiter.rate} for a correction"
            raise TooManyRequests(who="This address", rate=rate, seconds=seconds)

    async def _look_again(self) -> None:
        """Learns of keys that others issued. At most ten times a second, whoever knocks: those who wait share a look
        that began after they came."""
        came = time.monotonic()
        async with self._looking:
            if self._looked < came:
                await asyncio.sleep(self._looked + 0.1 - time.monotonic())
                self._looked, self._trouble = time.monotonic(), DatabaseAway()
                try:
                    await run_in_threadpool(self._refresh)
                except NotNow as trouble:
                    self._trouble = trouble
                else:
                    self._trouble = None
        if self._trouble is not None:
            raise self._trouble

    def _refresh(self) -> None:
        with self._running.reading() as connection:
            self._running.keyring.refresh(connection)


Answering = Callable[[], Coroutine[Any, Any, Response]]


async def once_fixed(answer: Answering) -> Response:
    """A question about this very second waits, holding nothing, until what that held is fixed."""
    for _ in range(_WAITS):
        try:
            return await answer()
        except NotFixedYet as early:
            await asyncio.sleep(early.details["seconds"])
    return await answer()


_DEAR: set[Callable[..., Any]] = set()
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def dear(endpoint: Endpoint) -> Endpoint:
    """Marks what looks at much of the ledger: readers who ask the same meanwhile share the answer, and a small room."""
    _DEAR.add(endpoint)
    return endpoint


_FOR_WIRES: set[Callable[..., Any]] = set()
_ANY_OTHER = ", ".join(role for role in get_args(Role) if role != "wire")


def for_wires(endpoint: Endpoint) -> Endpoint:
    """Marks what a wire may do besides reading as readers do."""
    _FOR_WIRES.add(endpoint)
    return endpoint


def _question(request: Request) -> Hashable:
    """All that the answer to a reader depends on."""
    said = tuple(request.headers.get(name) for name in ("host", "if-none-match", "accept-datetime"))
    return request.url.scheme, request.url.path, request.url.query, said


class KeyedRoute(APIRoute):
    """Asks for the key first: whoever has none is told that and nothing else. Then it reads the body, if it takes one,
    and then the rest is looked at."""

    is_open = False  # to readers, who have no key

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        bodies = BodyReader(self.body_field.field_info.annotation) if self.body_field else None
        is_dear = self.endpoint in _DEAR

        async def enter(request: Request) -> Response:
            check_number_of_parameters(request)
            admitted: Actor | None = request.scope.get("admitted")  # a page asks, for whoever looks at it
            actor = self._as_seen(admitted or await self._admit(request))
            request.scope["actor"] = actor
            if bodies is not None:
                request = await bodies.read(request)
            rooms: Rooms = request.app.state.running.rooms
            if actor.role != "reader":
                request.scope["room"] = rooms.desk
                return await once_fixed(lambda: handle(request))
            room = request.scope["room"] = rooms.dear if is_dear else rooms.readers

            async def answer() -> Response:
                if is_dear:
                    shared: Response = await room.answer_together(_question(request), lambda: handle(request))
                    return shared
                alone: Response = await room.answer(lambda: handle(request))
                return alone

            return await once_fixed(answer)

        return enter

    def _as_seen(self, actor: Actor) -> Actor:
        """A wire brings items, and is a reader otherwise."""
        if actor.role != "wire" or self.endpoint in _FOR_WIRES:
            return actor
        if not self.is_open:
            raise RoleMayNot(role=actor.role, needs=_ANY_OTHER)
        return Actor(member=READER, role="reader")

    async def _admit(self, request: Request) -> Actor:
        check_said_once(request)
        gate: Gate = request.app.state.gate
        authorization = request.headers.get("authorization")
        if authorization is None and self.is_open:
            return gate.admit_reader(address_of(request))
        return await gate.admit(authorization or "")


class OpenRoute(KeyedRoute):
    """Lets in who has no key, too, as a reader. A key that opens nothing is refused here like anywhere."""

    is_open = True


def address_of(request: Request) -> str:
    """Where the request comes from, as it is counted."""
    return counted_as(request.client.host if request.client else "")


_ONCE = {
    b"accept-datetime": "Accept-Datetime",
    b"authorization": "Authorization",
    b"content-type": "Content-Type",
    b"idempotency-key": "Idempotency-Key",
    b"last-event-id": "Last-Event-ID",
}


def check_said_once(request: Request) -> None:
    """Which of two keys, two Idempotency-Keys or two moments is meant, nobody can know."""
    names = [name for name, _ in request.scope["headers"] if name in _ONCE]
    for name in names:
        if names.count(name) > 1:
            raise BadParameter(why=f"The header {_ONCE[name]} is given more than once.", header=_ONCE[name])


@dataclass(slots=True)
class Visitor:
    """Whoever asks, with what they may ask of the ledger."""

    request: Request
    running: Running
    room: Room
    answers: Answers
    actor: Actor
    is_dry_run: bool = False

    @property
    def is_reader(self) -> bool:
        return self.actor.role == "reader"

    def only(self, *roles: Role) -> None:
        if self.actor.role not in roles:
            raise RoleMayNot(role=self.actor.role, needs=", ".join(sorted(roles)))

    @contextmanager
    def reading(self, *, of_views: bool = True) -> Iterator[Connection[Row]]:
        """A connection to read by. Looks first whether the key, if there is one, was revoked since this process last
        heard. of_views: refuses while there are any that cannot be read."""
        if of_views and self.running.renewal.unreadable:
            raise ViewsNotBuiltYet
        keyring = self.running.keyring
        with self.room.reading() as connection:
            # Less than it has read: the database went back in time.
            if self.actor.key is not None and read_head(connection)[2] != keyring.position:
                keyring.refresh(connection)
                if not keyring.admits(self.actor, datetime.now(UTC)):
                    raise KeyRefused
            yield connection

    async def submit_on_source(self, command: Command, slug: str) -> Response:
        """Hands in a command on a source, and answers with the receipt."""
        return await self._submit(
            command, source_stream(slug), None, None, f"/v1/sources/{slug}", source=slug
        )

    async def submit(self, command: Command, slug: str, number: int | None = None) -> Response:
        """Hands in a command on a story, or on one of its facts, approvals or revisions; answers with the receipt."""
        return await self._submit(command, story_stream(slug), slug, number, f"/v1/stories/{slug}")

    async def submit_change(
        self, parts: tuple[Part, ...], slug: str, origin: Origin | None = None
    ) -> Response:
        """Hands in several commands of a story and of sources in one piece, and answers with their receipt. Where one
        is refused, it says which. origin: where all of it comes from."""
        first = parts[0].first
        try:
            return await self._submit(
                first.command,
                story_stream(slug),
                slug,
                first.number,
                f"/v1/stories/{slug}",
                parts=parts,
                origin=origin,
            )
        except Refusal as refusal:
            if refusal.part is not None:
                refusal.pointer = f"/acts/{refusal.part}{place_of(refusal)}"
            raise

    async def ask(self, command: RequestCorrection) -> Response:
        """Hands in a request for a correction, under an id made here: whoever asks has no word in it.

        Readers are one actor, so they share their Idempotency-Keys among themselves, and with no member.
        """
        return await self._submit(command, RANDOM.uuid(), None, None, "/v1/requests", may_be_erased=True)

    async def answer(self, command: CommandOnRequest, request: UUID) -> Response:
        """Hands in what the desk does about a request."""
        return await self._submit(command, request, None, None, "/v1/requests")

    async def _submit(
        self,
        command: AnyCommand,
        stream: UUID,
        story: str | None,
        number: int | None,
        location: str,
        source: str | None = None,
        may_be_erased: bool = False,
        parts: tuple[Part, ...] = (),
        origin: Origin | None = None,
    ) -> Response:
        submission = Submission(
            command=command,
            actor=self.actor,
            request_id=self.request.scope["request_id"],
            stream=stream,
            story=story,
            number=number,
            repeat=repeat_of(self.request, await self.request.body(), may_be_erased),
            source=source,
            dry_run=self.is_dry_run,
            if_match=self._if_match(command),
            parts=parts,
            origin=origin,
        )
        try:
            outcome = await self.answers.submit(submission)
        except NotNow:
            raise
        except Refusal:
            await self._show_key_again()  # a refusal tells of the ledger, too
            raise
        if isinstance(outcome, Rehearsal):
            text = await run_in_threadpool(self._rehearsed, outcome)
            return Response(text, 200, {"cache-control": "no-store"}, "application/json")
        if outcome.replayed:
            await self._show_key_again()
        # Between two of these, readers could count what was recorded and is not public.
        return receipt(outcome, location, with_position=not self.is_reader)

    def _rehearsed(self, outcome: Rehearsal) -> str:
        with self.reading(of_views=False) as connection:
            return self.rehearsed(connection, outcome)

    def rehearsed(self, connection: Connection[Row], outcome: Rehearsal) -> str:
        if self.running.renewal.unreadable:
            return rehearsals.text_of(outcome)
        return rehearsals.text_of(outcome, foretelling.foretold(connection, outcome))

    async def _show_key_again(self) -> None:
        """An append looks whether the key was revoked elsewhere; where nothing was appended, this does."""

        def show() -> None:
            with self.reading():
                pass

        await run_in_threadpool(show)

    def _if_match(self, command: AnyCommand) -> IfMatch | None:
        """What If-Match names: "v2-1041" version 2 of a fact, as of position 1041; "r7-1042" a story's revision 7."""
        fields = self.request.headers.getlist("if-match")
        if not fields:
            return None
        tags = [tag.strip() for tag in ",".join(fields).split(",")]
        found = IfMatch(_latest("v", tags), _latest("r", tags), fields == ["*"])
        said = getattr(command, "expected_version", None)
        if found.version and said not in (None, found.version):
            raise BadParameter(
                why=f"If-Match names version {found.version}, expected_version {said}: give one of them.",
                header="If-Match",
            )
        return found


def _latest(letter: str, tags: Iterable[str]) -> int:
    """The latest version or revision that the tags name; 0, which nothing has, where they name none."""
    named = (_TAG.fullmatch(tag) for tag in tags)
    return max((int(tag["number"]) for tag in named if tag and tag["letter"] == letter), default=0)


def receipt(recording: Recording, location: str, *, with_position: bool) -> Response:
    text = recording.receipt.text(with_position=with_position)
    fields: dict[str, Any] = orjson.loads(recording.receipt.rest)
    if "approval" in fields:
        location = f"{location}/approvals/{fields['approval']}"
    elif "fact" in fields:
        location = f"{location}/facts/{fields['fact']}"
    if "request" in fields:
        location = f"{location}/{fields['request']}"
    headers = {"location": location, "cache-control": "no-store"}
    if "version" in fields:
        headers["etag"] = f'"v{fields["version"]}-{recording.receipt.position}"'
    if recording.replayed:
        headers["idempotent-replayed"] = "true"
    # Accepted, but not done yet: a second person has to approve it (RFC 9110, 15.3.3).
    status = 202 if fields.get("pending") else 201
    return Response(text, status, headers, "application/json")


async def visitor(request: Request) -> Visitor:
    state = request.app.state
    return Visitor(request, state.running, request.scope["room"], state.answers, request.scope["actor"])


async def reading_visitor(
    visitor: Annotated[Visitor, Depends(visitor)],
    if_match: IfMatchOfRead = None,
    if_none_match: IfNoneMatch = None,
) -> Visitor:
    del if_match, if_none_match  # declared so that they are documented; read in conditions and documents
    return visitor


async def filing_visitor(
    visitor: Annotated[Visitor, Depends(visitor)],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatchField = None,
    dry_run: DryRun = False,
) -> Visitor:
    # Declared so that they are checked and documented; read by repeat_of and _if_match.
    del idempotency_key, if_match
    visitor.is_dry_run = dry_run
    return visitor


async def asking_visitor(visitor: Annotated[Visitor, Depends(filing_visitor)]) -> Visitor:
    if visitor.is_reader:
        gate: Gate = visitor.request.app.state.gate
        gate.let_ask(address_of(visitor.request))
    return visitor


Onlooker = Annotated[Visitor, Depends(visitor)]  # at what is of the moment and not kept: no ETag, no 304
Asker = Annotated[Visitor, Depends(asking_visitor)]
Reader = Annotated[Visitor, Depends(reading_visitor)]
Filer = Annotated[Visitor, Depends(filing_visitor)]


def check_number_of_parameters(request: Request) -> None:
    """Before anything else looks at them."""
    query: bytes = request.scope["query_string"]
    if query.count(b"&") >= limits.PARAMETERS:
        raise BadParameter(why=f"The address has more than {limits.PARAMETERS} parameters.")


async def known_parameters_only(request: Request) -> None:
    """A parameter that is misspelt must not be taken as one that is absent, and one that is spelt in another way must
    not make another address of the same answer: what keeps or drops answers goes by addresses."""
    in_path, in_query, lists = _parameters_of(request.scope["route"])
    check_plain(request.scope.get("raw_path", b"").decode("latin-1"), "path")
    for name, value in request.scope["path_params"].items():
        if name in in_path:
            check_spelling(name, str(value), in_path[name])
    if not request.scope["query_string"]:
        return
    given: set[str] = set()
    for part in request.scope["query_string"].decode("latin-1").split("&"):
        written, equals, value = part.partition("=")
        name = unquote_plus(written)
        if not name.strip():
            raise BadParameter(
                why="There is a & or ? or = too many in the address: no parameter stands there."
            )
        if name not in in_query:
            there = f"there are: {', '.join(sorted(in_query))}" if in_query else "there are none here"
            raise BadParameter(why=f"There is no parameter {name[:80]!r}; {there}.", parameter=name[:80])
        if name in given and name not in lists:
            raise BadParameter(why=f"The parameter {name} is given more than once.", parameter=name)
        given.add(name)
        if not equals:
            raise BadParameter(why=f"{name}: write {name}= and what it should be.", parameter=name)
        check_plain(part, name)
        check_spelling(name, value, in_query[name])


# As it is written, as it might be, and how it should be.
Spelling = tuple[re.Pattern[str], re.Pattern[str], str]

_NEEDLESS = re.compile("%(?:2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9A])", re.IGNORECASE)
_SPELLINGS: Mapping[type, Spelling] = {
    int: (
        re.compile("0|-?[1-9][0-9]*"),  # one below nought is told what the least is
        re.compile(r"\s*[+-]?\d[\d_]*(\.0*)?\s*"),
        "write the number in digits alone, without zeros before it, such as 12",
    ),
    UUID: (
        re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        re.compile(r"(urn:uuid:)?\{?[0-9a-f-]{32,45}\}?", re.IGNORECASE),
        "write the id as it was given, in lower case and with its hyphens",
    ),
    bool: (
        re.compile("true|false"),
        re.compile(r"\s*(?:true|false|yes|no|on|off|[tfyn01])\s*", re.IGNORECASE),
        "write true or false",
    ),
}


def check_plain(written: str, name: str) -> None:
    """What needs no % has none (RFC 3986, 2.3); but for ~, which forms of browsers write so."""
    if _NEEDLESS.search(written):
        raise BadParameter(
            why=f"{name}: write letters, digits and hyphens as they are, without %.", parameter=name
        )


def check_spelling(name: str, text: str, spelling: Spelling | None) -> None:
    """A number has one way to be written, as have an id, and true and false. What is none at all is left to whoever
    reads it."""
    if spelling is None:
        return
    right, anyhow, fix = spelling
    if not right.fullmatch(text) and anyhow.fullmatch(unquote_plus(text)):
        raise BadParameter(why=f"{name}: {fix}.", parameter=name)


class _Parameters(NamedTuple):
    """How each is written; lists: those that may be given more than once."""

    in_path: Mapping[str, Spelling | None]
    in_query: Mapping[str, Spelling | None]
    lists: frozenset[str]


def _parameters_of(route: Any) -> _Parameters:
    """Those of an endpoint and of all that it depends on, in its path and in its query; looked for once."""
    if "parameters" not in vars(route):
        in_path, in_query = (
            {one.alias: one.field_info.annotation for one in _declared(route.dependant, place)}
            for place in ("path_params", "query_params")
        )
        route.parameters = _Parameters(
            {name: _spelling(kind) for name, kind in in_path.items()},
            {name: _spelling(kind) for name, kind in in_query.items()},
            frozenset(name for name, kind in in_query.items() if get_origin(kind) is list),
        )
    found: _Parameters = route.parameters
    return found


def _spelling(annotation: Any) -> Spelling | None:
    kinds = (annotation, *get_args(annotation))
    return next((spelling for kind, spelling in _SPELLINGS.items() if kind in kinds), None)


def _declared(dependant: Any, place: str) -> Iterator[Any]:
    yield from getattr(dependant, place)
    for dependency in dependant.dependencies:
        yield from _declared(dependency, place)
