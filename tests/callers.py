"""Clients that file, correct, publish and read over HTTP, and note all that they were told."""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Thread
from typing import Any, Literal

import httpx2

from ledger.words import Role
from tests.desk import CHANGES, FACT, OF_PUBLICATION
from tests.history import Answer, Attempt, History, Question
from tests.newsroom import NO_TLS

NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout)
# What may rightly be refused: somebody else was faster.
EXPECTED = {"fact-moved-on", "nothing-changes", "older-than-public"}
NOT_PUBLIC, NOT_NOW = 404, 503
MOMENTS = (("position", "position"), ("revision", "revision"), ("as_of", "recorded_at"))
PAUSE = 0.02  # seconds between two requests of one client: it is faults that are to be many
PATIENCE = 60.0  # seconds for a request to be answered at last


@dataclass(slots=True)
class Known:
    """What the clients have heard of the ledger, for all of them to build upon."""

    stories: Sequence[str]
    secrets: dict[Role, str]
    urls: Sequence[str]
    history: History
    versions: dict[tuple[str, int], int] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    receipts: list[dict[str, Any]] = field(default_factory=list)
    repeatable: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)  # address, body by mark

    def hear(self, receipt: dict[str, Any]) -> None:
        self.receipts.append(receipt)
        if "story" in receipt:
            story = receipt["story"]
            self.revisions[story] = max(receipt["revision"], self.revisions.get(story, 0))
        for part in receipt.get("acts", (receipt,)):
            if "version" in part:
                fact = (receipt["story"], part["fact"])
                self.versions[fact] = max(part["version"], self.versions.get(fact, 0))


class Caller:
    """One client. Half of its requests have an Idempotency-Key and are repeated, at whichever server, until they are
    answered; the others are sent once. Now and then it hangs up before the answer comes."""

    def __init__(self, name: str, known: Known, chance: random.Random) -> None:
        self.name = name
        self.known = known
        self.chance = chance
        self.failure: BaseException | None = None
        self._numbers = count(1)
        self._http = httpx2.Client(timeout=20, verify=NO_TLS)

    def run(self, ending: Event) -> None:
        acts = (
            self._report, self._correct, self._change, self._publish, self._read_own_write, self._read_the_past,
        )  # fmt: skip
        try:
            while not ending.wait(PAUSE):
                (act,) = self.chance.choices(acts, weights=(4, 6, 3, 1, 4, 4))
                act()
        except BaseException as failure:  # noqa: BLE001  told by the test, not by the thread
            self.failure = failure
        finally:
            self.close()

    def close(self) -> None:
        self._http.close()

    # --- Filing ------------------------------------------------------------------------------------------------

    def _report(self) -> None:
        story, mark = self.chance.choice(self.known.stories), self._mark()
        self._file(mark, f"/v1/stories/{story}/facts", FACT | {"statement": f"Reported as {mark}."})

    def _correct(self) -> None:
        if not self.known.versions:
            return
        (story, fact), version = self.chance.choice(list(self.known.versions.items()))
        mark = self._mark()
        said = {"expected_version": version, "statement": f"Corrected as {mark}."}
        self._file(mark, f"/v1/stories/{story}/facts/{fact}/corrections", CHANGES["corrections"] | said)

    def _change(self) -> None:
        story, mark = self.chance.choice(self.known.stories), f"{self._mark()}-both"
        texts = [f"Reported as {half}." for half in (mark.replace("mark", "half"), mark)]
        acts = [{"do": "report", "with": FACT | {"statement": text}} for text in texts]
        self._file(mark, f"/v1/stories/{story}/acts", {"reason": "Both.", "acts": acts})

    def _publish(self) -> None:
        story, mark = self.chance.choice(self.known.stories), self._mark()
        said = OF_PUBLICATION["publications"] | {"reason": f"Read as {mark}."}
        said |= {"revision": self.known.revisions.get(story, 1)}
        self._file(mark, f"/v1/stories/{story}/publications", said)

    def _mark(self) -> str:
        return f"mark-{self.name}-{next(self._numbers)}"

    def _file(self, mark: str, path: str, body: dict[str, Any]) -> None:
        has_key = self.chance.random() < 0.5
        if has_key:
            self.known.repeatable[mark] = path, body
            self._file_until_answered(mark)
        else:
            self._attempt(self._any_server(), mark, path, body, {})

    def _file_until_answered(self, mark: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.repeat(mark, self._any_server()):
            assert time.monotonic() < deadline, f"{mark} was not answered"
            time.sleep(0.1)

    def repeat(self, mark: str, server: int) -> bool:
        """Whether there is nothing more to be said of it."""
        path, body = self.known.repeatable[mark]
        return self._attempt(server, mark, path, body, {"idempotency-key": mark})

    def _any_server(self) -> int:
        return self.chance.randrange(len(self.known.urls))

    def _attempt(
        self, server: int, mark: str, path: str, body: dict[str, Any], headers: dict[str, str]
    ) -> bool:
        attempt = Attempt(mark, server, time.monotonic())
        self.known.history.attempts.append(attempt)
        url = f"{self.known.urls[server]}{path}"
        try:
            answer = self._http.post(
                url, json=body, headers=self._as("editor") | headers, timeout=self._patience()
            )
        except httpx2.TransportError as error:
            if isinstance(error, NEVER_SENT):
                attempt.outcome = "fail"
            attempt.told, attempt.ended = type(error).__name__, time.monotonic()
            return False
        attempt.told, attempt.ended = answer.text, time.monotonic()
        if answer.is_success:
            attempt.outcome = "ok"
            self.known.hear(answer.json())
            return True
        return self._was_refused(attempt, answer)

    def _patience(self) -> float:
        return 0.05 if self.chance.random() < 0.02 else 20.0

    def _was_refused(self, attempt: Attempt, answer: httpx2.Response) -> bool:
        kind = answer.json()["type"].rpartition(":")[2]
        if answer.status_code == NOT_NOW:
            if kind != "outcome-unknown":  # all the others say that nothing was changed
                attempt.outcome = "fail"
            return False
        if answer.is_client_error:
            attempt.outcome = "fail"
        if kind not in EXPECTED:
            self.known.history.surprises.append(f"{attempt.mark}: {answer.text}")
        return True

    def _as(self, role: Role) -> dict[str, str]:
        return {"authorization": f"Bearer {self.known.secrets[role]}"}

    # --- Reading -----------------------------------------------------------------------------------------------

    def _read_own_write(self) -> None:
        """Or anybody's: what one was told, all may ask for."""
        if self.known.receipts:
            receipt = self.known.receipts[-1]
            at_least = receipt["position"]
            question = Question(receipt["story"], f"at_least={at_least}", "desk", at_least)
            self.ask(question, self._any_server())

    def _read_the_past(self) -> None:
        if self.known.receipts:
            receipt = self.chance.choice(self.known.receipts)
            moment, member = self.chance.choice(MOMENTS)
            view: Literal["desk", "reader"] = self.chance.choice(("desk", "reader"))
            question = Question(receipt["story"], f"{moment}={receipt[member]}", view)
            self.ask(question, self._any_server())

    def ask(self, question: Question, server: int) -> None:
        url = f"{self.known.urls[server]}/v1/stories/{question.story}?{question.moment}"
        headers = self._as("auditor") if question.view == "desk" else {}
        try:
            answer = self._http.get(url, headers=headers)
        except httpx2.TransportError:
            return
        if answer.is_success:
            position = int(answer.headers["ledger-position"])
            may_change = question.view == "reader" and question.moment.startswith("revision=")
            is_kept = not may_change or "no-cache" not in answer.headers["cache-control"]
            self.known.history.answers.append(Answer(question, position, answer.text, is_kept))
        elif answer.status_code != NOT_NOW and (question.view == "desk" or answer.status_code != NOT_PUBLIC):
            self.known.history.surprises.append(f"{question}: {answer.text}")


@contextmanager
def calling(callers: Sequence[Caller]) -> Iterator[None]:
    """The clients are at work; at the end each gets its last answer. What went wrong with one is raised."""
    ending = Event()
    threads = [Thread(target=caller.run, args=[ending], name=caller.name) for caller in callers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ending.set()
        for thread in threads:
            thread.join(2 * PATIENCE)
    for caller in callers:
        if caller.failure is not None:
            raise caller.failure
    assert not any(thread.is_alive() for thread in threads), "a client was left without an answer"


def say_it_again(caller: Caller) -> None:
    """Some of what was filed with a key is sent again, some of what was asked is asked again, at every server; what
    comes of it is noted with all the rest. Each server's writer has then been through all that it was handed in."""
    known = caller.known
    marks = caller.chance.sample(sorted(known.repeatable), k=min(50, len(known.repeatable)))
    questions = [answer.question for answer in known.history.answers if answer.question.is_of_the_past]
    for server in range(len(known.urls)):
        for mark in marks:
            caller.repeat(mark, server)
        for question in caller.chance.sample(questions, k=min(100, len(questions))):
            caller.ask(question, server)
    caller.close()
