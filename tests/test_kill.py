"""Is everything that was acknowledged there, once, when the server is killed again and again in the middle of it?

FACTLEDGER_KILL_SEED repeats a run's choices, FACTLEDGER_KILL_ROUNDS sets how often the long form kills.
"""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx2
import pytest

from ledger.commands import OpenStory, RegisterSource
from projections.catch_up import position
from tests.newsroom import Newsroom
from tests.views import assert_views_equal_the_fold, eventually, head_of

ROUNDS = int(os.environ.get("FACTLEDGER_KILL_ROUNDS", "50"))
SEED = int(os.environ.get("FACTLEDGER_KILL_SEED", random.SystemRandom().randrange(10**6)))
CLIENTS = 4
STORIES = ("one", "two", "three")
HERE = Path(__file__).parent.parent


class ServerProcess:
    """`factledger serve` in a process of its own, always at the same port."""

    def __init__(self, database_url: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = os.environ | {
            "DATABASE_URL": database_url,
            "FACTLEDGER_PORT": str(self.port),
            "FACTLEDGER_LOG_LEVEL": "error",
            "FACTLEDGER_RATE": "1000000/minute",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = "from api.command_line import main; main()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, "serve"],
            cwd=HERE,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def await_ready(self) -> None:
        def is_ready() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, f"it ended by itself: {self._process.returncode}"
            with contextlib.suppress(httpx2.TransportError):
                return httpx2.get(f"{self.url}/readyz", timeout=5).status_code == httpx2.codes.OK
            return False

        eventually(is_ready, seconds=60, step=0.05)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        assert self._process.wait(10) == -signal.SIGKILL


@dataclass(slots=True)
class Request:
    """What a client sends until it is answered, however often that takes."""

    key: str
    path: str
    body: dict[str, Any]
    sent: int = 0
    receipt: str = ""
    was_replayed: bool = False


@dataclass(slots=True)
class Client:
    """Reports facts and corrects its own, one request after the other, each repeated with its key until it is answered
    by a receipt."""

    url: str
    secret: str
    name: str
    chance: random.Random
    requests: list[Request] = field(default_factory=list)
    failure: BaseException | None = None
    _facts: list[tuple[str, int, int]] = field(default_factory=list)  # story, number, version

    def run(self, ending: Event) -> None:
        try:
            with httpx2.Client(
                base_url=self.url, headers={"authorization": f"Bearer {self.secret}"}, timeout=20
            ) as http:
                while not ending.is_set():
                    self.requests.append(self._next())
                    self._send_until_answered(http, self.requests[-1])
        except BaseException as failure:  # noqa: BLE001  told by the test, not by the thread
            self.failure = failure

    def answered(self) -> list[Request]:
        return [request for request in self.requests if request.receipt]

    def _next(self) -> Request:
        number = len(self.requests)
        key = f"{self.name}-{number}"
        if self._facts and self.chance.random() < 0.3:
            story, fact, version = self._facts[-1]
            correction = {
                "expected_version": version,
                "statement": f"Corrected by {key}",
                "reason": "recounted",
                "was_wrong": "the number of trains",
                "affects": ["numbers"],
                "cause": "our_error",
            }
            return Request(key, f"/v1/stories/{story}/facts/{fact}/corrections", correction)
        said_by = [{"source": "ria", "cue": "reported", "speech": "indirect"}]
        fact_body = {"statement": f"Reported by {key}", "kind": "event", "attribution": said_by}
        return Request(key, f"/v1/stories/{self.chance.choice(STORIES)}/facts", fact_body)

    def _send_until_answered(self, http: httpx2.Client, request: Request) -> None:
        while True:
            request.sent += 1
            try:
                answer = http.post(request.path, json=request.body, headers={"idempotency-key": request.key})
            except httpx2.TransportError:
                time.sleep(0.02)
                continue
            if answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE:
                time.sleep(0.02)
                continue
            assert answer.status_code == httpx2.codes.CREATED, (
                f"{request}: {answer.status_code} {answer.text}"
            )
            request.receipt = answer.text
            request.was_replayed = "idempotent-replayed" in answer.headers
            assert request.sent > 1 or not request.was_replayed
            receipt = answer.json()
            self._facts.append((receipt["story"], receipt["fact"], receipt["version"]))
            return


@pytest.fixture
def server_process(database: str) -> Iterator[ServerProcess]:
    process = ServerProcess(database)
    try:
        yield process
    finally:
        with contextlib.suppress(AssertionError):
            process.kill()


def kill_again_and_again(newsroom: Newsroom, server: ServerProcess, rounds: int) -> list[Client]:
    """Kills the server that many times while clients write; the clients when all of their requests are answered."""
    chance = random.Random(SEED)
    newsroom.file(RegisterSource(slug="ria", name="RIA", kind="agency"))
    for story in STORIES:
        newsroom.file(OpenStory(slug=story, headline="A headline", language="en", desk="world"))
    clients = [
        Client(
            server.url, newsroom.issue_key("editor", f"client {n}")[0], f"client-{n}", random.Random(SEED + n)
        )
        for n in range(CLIENTS)
    ]
    ending = Event()
    threads = [Thread(target=client.run, args=(ending,)) for client in clients]
    server.start()
    for thread in threads:
        thread.start()
    try:
        for _ in range(rounds):
            if chance.random() < 0.1:
                time.sleep(chance.uniform(0, 2))  # while it is still starting, perhaps
            else:
                server.await_ready()
                await_some_answers(clients)
                time.sleep(chance.uniform(0, 0.3))
            server.kill()
            server.start()
        server.await_ready()
    finally:
        ending.set()
        for thread in threads:
            thread.join(60)
    for client in clients:
        if client.failure is not None:
            raise client.failure
        assert len(client.answered()) == len(client.requests)
    return clients


def await_some_answers(clients: list[Client]) -> None:
    def sent() -> int:
        return sum(len(client.requests) for client in clients)

    before = sent()
    eventually(lambda: sent() > before + CLIENTS, seconds=30)


def check_everything(newsroom: Newsroom, server: ServerProcess, clients: list[Client]) -> str:
    """Nothing acknowledged is lost, nothing is there twice; what it came to, in words."""
    requests = [request for client in clients for request in client.requests]
    rows = newsroom.views.execute(
        "select r.key, e.position, e.event_id, e.version, b.body, e.recorded_at from requests r"
        " join events e using (position) join bodies b using (position)"
    ).fetchall()
    recorded = {row[0]: row for row in rows}
    assert recorded.keys() == {request.key for request in requests}
    for request in requests:
        _, at, event_id, revision, body, recorded_at = recorded[request.key]
        receipt, event = json.loads(request.receipt), json.loads(body)
        assert event.get("becomes", event.get("body"))["statement"] == request.body["statement"]
        assert receipt == {
            "position": at,
            "recorded_at": recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "event_id": str(event_id),
            "story": request.path.split("/")[3],
            "revision": revision,
            "fact": event["fact"],
            "version": event["version"],
        }

    events = newsroom.views.execute(
        "select e.position, e.recorded_at, e.topic, b.body from events e join bodies b using (position) order by 1"
    ).fetchall()
    assert [row[0] for row in events] == list(range(1, len(events) + 1))
    assert all(earlier[1] < later[1] for earlier, later in pairwise(events))
    filed = [json.loads(body) for _, _, topic, body in events if topic.startswith("fact-")]
    times = Counter(event.get("becomes", event.get("body"))["statement"] for event in filed)
    assert times == {request.body["statement"]: 1 for request in requests}

    eventually(lambda: position(newsroom.views) == head_of(newsroom.views))  # the server's own worker follows
    assert_views_equal_the_fold(newsroom.views)
    everything_sent_again_is_answered_and_not_recorded_again(newsroom, server, clients)
    repeated = [request for request in requests if request.sent > 1]
    replayed = [request for request in requests if request.was_replayed]
    return (
        f"{len(requests)} requests acknowledged, {len(repeated)} of them sent more than once,"
        f" {len(replayed)} of these recorded before their answer was lost"
    )


def everything_sent_again_is_answered_and_not_recorded_again(
    newsroom: Newsroom, server: ServerProcess, clients: list[Client]
) -> None:
    head = head_of(newsroom.views)
    for client in clients:
        with httpx2.Client(base_url=server.url, headers={"authorization": f"Bearer {client.secret}"}) as http:
            for request in client.requests[-50:]:
                again = http.post(request.path, json=request.body, headers={"idempotency-key": request.key})
                assert (again.status_code, again.text) == (httpx2.codes.CREATED, request.receipt)
                assert again.headers["idempotent-replayed"] == "true"
    assert head_of(newsroom.views) == head


def run(newsroom: Newsroom, server: ServerProcess, rounds: int, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write(f" FACTLEDGER_KILL_SEED={SEED} ")
        begun = time.monotonic()
        clients = kill_again_and_again(newsroom, server, rounds)
        said = check_everything(newsroom, server, clients)
        sys.stdout.write(f"{rounds} kills in {time.monotonic() - begun:.0f} s: {said} ")


def test_nothing_acknowledged_is_lost_or_doubled_when_the_server_is_killed(
    newsroom: Newsroom, server_process: ServerProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    run(newsroom, server_process, 3, capsys)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_or_doubled_however_often_the_server_is_killed(
    newsroom: Newsroom, server_process: ServerProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    run(newsroom, server_process, ROUNDS, capsys)
