"""A newsroom for tests: a prepared ledger with its writer, its keys and its views, on a real PostgreSQL."""

import ssl
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2
import psycopg
from fastapi import FastAPI
from psycopg import Connection

from api.app import create_app
from api.client import Ledger
from api.http.connections import Bounds
from api.server.embedded import EmbeddedPostgres
from api.server.opening import prepare
from api.serving import Server as HttpServer
from api.serving import configuration
from api.terminal.doctor import Finding, examine
from ledger.commands import (
    Actor,
    ChangeStory,
    Command,
    CommandOnRequest,
    CommandOnSource,
    IssueKey,
    OpenStory,
    PublishStory,
    RegisterSource,
    Repeat,
    ReportFact,
    RequestCorrection,
    RevokeKey,
    Submission,
)
from ledger.store import slugs
from ledger.store.database import Database, Row
from ledger.store.keyring import Keyring, digest_of, new_secret
from ledger.store.store import Receipt
from ledger.store.writer import Outcome, Recording, Rehearsal, Writer
from ledger.words import LEDGER, OPERATOR, READER, Capacity, Role, source_stream, story_stream
from projections.engine.catch_up import catch_up
from projections.reading import replay
from projections.reading.replay import Asked

CONSOLE = Actor(member=OPERATOR, role="admin")


class Newsroom:
    """Files commands as anyone and waits for the answer; `views` is a connection to project and read by."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.keyring = Keyring()
        self.writer = Writer(database, self.keyring)
        self.writer.start()
        self.views: Connection[Row] = database.connect(name="test")
        self.actors: dict[Capacity, Actor] = {}

    def close(self) -> None:
        self.writer.close()
        self.views.close()

    def submit(self, submission: Submission) -> Recording:
        outcome = self.outcome_of(submission)
        assert isinstance(outcome, Recording)
        return outcome

    def outcome_of(self, submission: Submission) -> Recording | Rehearsal:
        answers: SimpleQueue[Outcome] = SimpleQueue()
        self.writer.submit(submission, answers.put)
        outcome = answers.get(timeout=30)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def issue_key(
        self,
        role: Role,
        label: str | None = None,
        expires_at: str | None = None,
        provider: str | None = None,
    ) -> tuple[str, UUID]:
        """(secret, key id) of a new member's key."""
        secret, key = new_secret(), uuid4()
        command = IssueKey(
            key=key,
            digest=digest_of(secret),
            role=role,
            label=label or f"the {role}",
            expires_at=expires_at,
            provider=provider or ("wire" if role == "wire" else None),
        )
        self.submit(Submission(command, CONSOLE, uuid4(), uuid4()))
        self.keyring.refresh(self.views)
        return secret, key

    def revoke_key(self, key: UUID) -> None:
        self.keyring.refresh(self.views)
        held = self.keyring.key(key)
        assert held is not None
        self.submit(Submission(RevokeKey(key=key, reason="a test"), CONSOLE, uuid4(), held.member))

    def actor(self, role: Capacity) -> Actor:
        if role == "ledger":
            return Actor(member=LEDGER, role="ledger")
        if role == "reader":
            return Actor(member=READER, role="reader")
        if role not in self.actors:
            secret, _ = self.issue_key(role)
            self.actors[role] = self.keyring.actor(secret, datetime.now(UTC))
        return self.actors[role]

    def file(
        self,
        command: Command,
        story: str | None = None,
        fact: int | None = None,
        role: Capacity = "editor",
        repeat: str | None = None,
        source: str | None = None,
    ) -> Receipt:
        """Files one command, as somebody who has just looked; raises what is refused."""
        return self.submit(self.submission(command, story, fact, role, repeat, source)).receipt

    def rehearse(
        self,
        command: Command,
        story: str | None = None,
        fact: int | None = None,
        role: Capacity = "editor",
        repeat: str | None = None,
    ) -> Rehearsal:
        """What filing it would come to; raises what would be refused."""
        asked = replace(self.submission(command, story, fact, role, repeat), dry_run=True)
        outcome = self.outcome_of(asked)
        assert isinstance(outcome, Rehearsal)
        return outcome

    def submission(
        self,
        command: Command,
        story: str | None,
        fact: int | None,
        role: Capacity,
        repeat: str | None,
        source: str | None = None,
    ) -> Submission:
        if isinstance(command, RegisterSource):
            stream, slug = source_stream(command.slug), None
        elif isinstance(command, CommandOnSource):
            assert source is not None
            stream, slug = source_stream(source), None
        else:
            slug = story or _slug(command)
            stream = story_stream(slug)
            command = self.as_seen(command, slug)
        same = Repeat(repeat, b"%-32.32s" % repeat.encode()) if repeat else None
        return Submission(command, self.actor(role), uuid4(), stream, slug, fact, same, source)

    def as_seen(self, command: Command, story: str) -> Command:
        """The command with the revision that the story has, where it has to name one and names none."""
        named = "revision" if isinstance(command, PublishStory) else "expected_revision"
        if isinstance(command, PublishStory | ChangeStory) and getattr(command, named) is None:
            return command.model_copy(update={named: self.revision(story)})
        return command

    def revision(self, story: str) -> int | None:
        led = slugs.led(self.views, [story_stream(story)])  # a slug that it got later
        stream = story_stream(led.get(story_stream(story), story))
        row = self.views.execute("select max(version) from events where stream_id = %s", [stream]).fetchone()
        return row[0] if row else None

    def open(self, story: str = "story", source: str = "ria") -> None:
        """A story with a source to attribute to."""
        self.file(RegisterSource(slug=source, name=source.upper(), kind="agency"))
        self.file(OpenStory(slug=story, headline="A headline", language="en", desk="world"))

    def report(self, story: str = "story", statement: str = "A train arrived", **fields: Any) -> Receipt:
        return self.file(a_fact(statement, **fields), story)

    def ask(
        self, story: str = "story", contact: str | None = None, role: Capacity = "reader", **fields: Any
    ) -> UUID:
        """The id of a new correction request."""
        said = {"story": story, "phrase": "A train arrived", "concern": "It left", "contact": contact}
        return self.request(RequestCorrection.model_validate(said | fields), uuid4(), role)

    def request(self, command: CommandOnRequest, request: UUID, role: Capacity = "editor") -> UUID:
        """Files one command about a correction request; raises what is refused."""
        actor = Actor(READER, "reader") if role == "reader" else self.actor(role)
        self.submit(Submission(command, actor, uuid4(), request))
        return request

    def catch_up(self) -> int:
        return catch_up(self.views)

    def ailments(self) -> list[Finding]:
        """What the doctor finds that is not well, but for the disk: it is not waited for here."""
        return [found for found in examine(self.database) if not found.is_well and found.what != "durability"]

    def read(self, story: str = "story", **moment: Any) -> str:
        """The story's document after catching up."""
        self.catch_up()
        return replay.story(self.views, story, Asked(**moment)).text


def _slug(command: Command) -> str:
    assert isinstance(command, OpenStory)
    return command.slug


def a_fact(statement: str = "A train arrived", source: str = "ria", **fields: Any) -> ReportFact:
    attribution = [{"source": source, "cue": "reported", "speech": "indirect"}]
    return ReportFact.model_validate(
        {"statement": statement, "kind": "event", "attribution": attribution} | fields
    )


# Without it each client would read the certificates of all authorities there are, which takes 50 ms.
NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Server:
    """The HTTP application in a real server on a free port; `client(role)` speaks with a key of that role."""

    def __init__(self, newsroom: Newsroom, app: FastAPI, port: int, bounds: Bounds) -> None:
        self.newsroom = newsroom
        self.bounds = bounds
        self.app = app
        self.url = f"http://127.0.0.1:{port}"
        self.secrets: dict[Role, str] = {}
        self._clients: dict[Role | None, httpx2.Client] = {}
        self._ledgers: dict[Role | None, Ledger] = {}

    def secret(self, role: Role) -> str:
        if role not in self.secrets:
            self.secrets[role], _ = self.newsroom.issue_key(role)
        return self.secrets[role]

    def client(self, role: Role | None = "editor") -> httpx2.Client:
        if role not in self._clients:
            headers = {"authorization": f"Bearer {self.secret(role)}"} if role else {}
            self._clients[role] = httpx2.Client(base_url=self.url, headers=headers, timeout=30, verify=NO_TLS)
        return self._clients[role]

    def ledger(self, role: Role | None = "editor") -> Ledger:
        """The client that the package has for programs."""
        if role not in self._ledgers:
            self._ledgers[role] = Ledger(self.url, self.secret(role) if role else None)
        return self._ledgers[role]

    def ledgers(self, roles: Iterable[Role]) -> dict[Role, Ledger]:
        return {role: self.ledger(role) for role in roles}

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        for ledger in self._ledgers.values():
            ledger.close()


@contextmanager
def serving(newsroom: Newsroom, **settings: Any) -> Iterator[Server]:
    app = create_app(newsroom.database, **settings)
    bounds = Bounds(settings.get("proxies"))
    uvicorn_server = HttpServer(app, configuration(app, bounds))
    thread = Thread(target=uvicorn_server.run, daemon=True)
    thread.start()
    while not uvicorn_server.started:
        thread.join(0.01)
        assert thread.is_alive(), "the server did not start"
    port = uvicorn_server.servers[0].sockets[0].getsockname()[1]
    server = Server(newsroom, app, port, bounds)
    try:
        yield server
    finally:
        server.close()
        uvicorn_server.should_exit = True
        thread.join(timeout=10)
        assert not thread.is_alive(), "the server did not end"


PREPARED: Final = "prepared"  # the database of a server that a ledger's is a copy of


def prepare_once(server: EmbeddedPostgres) -> None:
    """So that no test has to: to copy a ledger takes a third of the time of making one."""
    with psycopg.connect(server.url(database="postgres"), autocommit=True) as admin:
        if admin.execute("select 1 from pg_database where datname = %s", [PREPARED]).fetchone():
            return
        admin.execute(f"create database {PREPARED}")
    prepared(server.url(database=PREPARED))


@contextmanager
def open_newsroom(server: EmbeddedPostgres) -> Iterator[Newsroom]:
    """A ledger in which nothing has happened, in a database of its own."""
    with fresh_database(server, PREPARED) as url, closing(Newsroom(Database(url))) as room:
        yield room


@contextmanager
def fresh_database(server: EmbeddedPostgres, template: str = "template0") -> Iterator[str]:
    """The URL of a new copy of a database, dropped at the end. By file copy, which takes less time than by WAL."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server.url(database="postgres"), autocommit=True) as admin:
        admin.execute(f"create database {name} template {template} strategy file_copy")
        try:
            yield server.url(database=name)
        finally:
            admin.execute(f"drop database {name} with (force)")


def prepared(url: str) -> Database:
    database = Database(url)
    prepare(database)
    return database
