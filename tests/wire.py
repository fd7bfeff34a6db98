"""A wire script for tests: files facts from a process of its own, and remembers what it was told."""

from collections.abc import Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from uuid import uuid4

from ledger.commands import Actor, Repeat, ReportFact, Submission
from ledger.store.database import Database
from ledger.store.keyring import Keyring
from ledger.store.writer import Outcome, Recording, Writer
from ledger.words import story_stream

TOGETHER = 200  # how many it sends before it waits for an answer
SENT_TWICE = 100  # every so many facts


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What it was told of one of its facts; `receipt` is JSON text."""

    key: str
    statement: str
    receipt: str
    replayed: bool


def file_facts(database: Database, actor: Actor, number: int, facts: int, stories: int) -> list[Acknowledged]:
    """Files facts for every story in turn, through a writer of its own, each with its key, some of them twice."""
    keyring = Keyring()
    with database.connect(name="wire") as connection:
        keyring.refresh(connection)
    writer = Writer(database, keyring)
    writer.start()
    acknowledged: list[Acknowledged] = []
    answers: SimpleQueue[tuple[str, str, Outcome]] = SimpleQueue()

    def take_an_answer() -> None:
        key, statement, outcome = answers.get(timeout=30)
        if isinstance(outcome, Exception):
            raise outcome
        assert isinstance(outcome, Recording)
        acknowledged.append(Acknowledged(key, statement, outcome.receipt.text(), outcome.replayed))

    def submit(key: str, statement: str, submission: Submission) -> None:
        writer.submit(submission, lambda outcome: answers.put((key, statement, outcome)))

    sent = 0
    for submission in submissions(actor, number, facts, stories):
        assert submission.repeat is not None
        assert isinstance(submission.command, ReportFact)
        submit(submission.repeat.key, submission.command.statement, submission)
        sent += 1
        if sent - len(acknowledged) >= TOGETHER:
            take_an_answer()
    while len(acknowledged) < sent:
        take_an_answer()
    writer.close()
    return acknowledged


def submissions(actor: Actor, number: int, facts: int, stories: int) -> Iterator[Submission]:
    said_by = [{"source": "ria", "cue": "reported", "speech": "indirect"}]
    for index in range(facts):
        story, key = f"story-{(number + index) % stories}", f"{number}/{index}"
        fact = {"statement": f"Fact {key}", "kind": "event", "attribution": said_by}
        for _ in range(2 if index % SENT_TWICE == 0 else 1):
            same = Repeat(key, f"{key:<32}".encode())
            command = ReportFact.model_validate(fact)
            yield Submission(command, actor, uuid4(), story_stream(story), story, None, same)
