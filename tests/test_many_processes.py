"""Is everything there, once and in order, when many processes write the same stories at the same time?"""

import json
import multiprocessing
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from queue import SimpleQueue
from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger.commands import Actor, OpenStory, RegisterSource, Repeat, ReportFact, Submission
from ledger.database import Database, Row
from ledger.keyring import Keyring
from ledger.words import story_stream
from ledger.writer import Outcome, Recording, Writer
from projections.catch_up import catch_up
from tests.newsroom import Newsroom, a_fact
from tests.views import assert_views_equal_the_fold, dump, dump_built_anew

PROCESSES, FACTS, STORIES = 8, 2_000, 20
TOGETHER = 200  # how many a process sends before it waits for an answer
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What a process was told of one of its facts."""

    key: str
    statement: str
    receipt: str
    replayed: bool


def file_facts(database: Database, actor: Actor, number: int, facts: int) -> list[Acknowledged]:
    """One process: its own writer, facts for every story in turn, each with its key, every hundredth sent twice."""
    keyring = Keyring()
    with database.connect(name="test") as connection:
        keyring.refresh(connection)
    writer = Writer(database, keyring)
    writer.start()
    acknowledged: list[Acknowledged] = []
    answers: SimpleQueue[tuple[str, str, Outcome]] = SimpleQueue()

    def take_an_answer() -> None:
        key, statement, outcome = answers.get(timeout=30)
        if not isinstance(outcome, Recording):
            raise outcome
        acknowledged.append(Acknowledged(key, statement, outcome.receipt.text(), outcome.replayed))

    sent = 0
    for submission in submissions(actor, number, facts):
        assert submission.repeat is not None
        assert isinstance(submission.command, ReportFact)
        key, statement = submission.repeat.key, submission.command.statement
        writer.submit(
            submission, lambda outcome, key=key, words=statement: answers.put((key, words, outcome))
        )
        sent += 1
        if sent - len(acknowledged) >= TOGETHER:
            take_an_answer()
    while len(acknowledged) < sent:
        take_an_answer()
    writer.close()
    return acknowledged


def submissions(actor: Actor, number: int, facts: int) -> Iterator[Submission]:
    for index in range(facts):
        story = f"story-{(number + index) % STORIES}"
        key = f"{number}/{index}"
        for _ in range(2 if index % 100 == 0 else 1):
            same = Repeat(key, f"{key:<32}".encode())
            command = a_fact(f"Fact {key}")
            yield Submission(command, actor, uuid4(), story_stream(story), story, None, same)


@pytest.fixture(scope="module")
def crowd() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as processes:
        list(processes.map(time.sleep, [0.1] * PROCESSES))  # all of them are up
        yield processes


def test_sixteen_thousand_facts_of_eight_processes_are_all_there_once_and_in_order(
    newsroom: Newsroom, crowd: ProcessPoolExecutor, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom.file(RegisterSource(slug="ria", name="RIA", kind="agency"))
    for number in range(STORIES):
        slug = f"story-{number}"
        newsroom.file(OpenStory(slug=slug, headline=f"Headline {number}", language="en", desk="world"))
    first = catch_up(newsroom.views)
    actor = newsroom.actor("editor")

    begun = time.monotonic()
    jobs = [crowd.submit(file_facts, newsroom.database, actor, number, FACTS) for number in range(PROCESSES)]
    acknowledged = [fact for job in jobs for fact in job.result(timeout=4 * SECONDS)]
    took = time.monotonic() - begun
    with capsys.disabled():
        print(
            f" {PROCESSES * FACTS} facts in {took:.1f} s, {PROCESSES * FACTS / took:.0f} a second; ", end=""
        )

    each_is_there_once(newsroom, acknowledged, first)
    the_ledger_is_in_order(newsroom)
    begun = time.monotonic()
    folded = assert_views_equal_the_fold(newsroom.views)
    with capsys.disabled():
        print(f"projected and checked in {time.monotonic() - begun:.1f} s ", end="")
    assert sum(len(story.story.facts) for story in folded.stories.values()) == PROCESSES * FACTS
    assert took < SECONDS


def each_is_there_once(room: Newsroom, acknowledged: list[Acknowledged], first: int) -> None:
    rows = room.views.execute(
        "select e.position, e.recorded_at, e.event_id, e.version, e.stream_id, e.actor, b.body, r.key"
        " from events e join bodies b using (position) left join requests r using (position)"
        " where e.position > %s and e.topic = 'fact-reported.v1' order by e.position",
        [first],
    ).fetchall()
    assert len(rows) == PROCESSES * FACTS
    recorded = {row[-1]: row for row in rows}
    assert len(recorded) == len(rows), "each under a key of its own"

    told: dict[str, str] = {}
    for fact in acknowledged:
        assert told.setdefault(fact.key, fact.receipt) == fact.receipt, "the same answer both times"
        assert_receipt(fact, recorded[fact.key])
    assert told.keys() == recorded.keys()
    assert sum(fact.replayed for fact in acknowledged) == len(acknowledged) - len(rows)


def assert_receipt(fact: Acknowledged, row: Row) -> None:
    position, recorded_at, event_id, version, stream, _, body, _ = row
    receipt: dict[str, Any] = json.loads(fact.receipt)
    reported = json.loads(body)
    assert reported["body"]["statement"] == fact.statement
    assert stream == story_stream(receipt["story"])
    assert receipt == {
        "position": position,
        "recorded_at": recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "event_id": str(event_id),
        "story": receipt["story"],
        "revision": version,
        "fact": reported["fact"],
        "version": 1,
    }


def the_ledger_is_in_order(room: Newsroom) -> None:
    """Positions without a gap, time that never stands still, revisions and facts counted on in each story."""
    rows = room.views.execute(
        "select e.position, e.recorded_at, e.stream_id, e.version, e.topic, b.body"
        " from events e join bodies b using (position) order by e.position"
    ).fetchall()
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert all(
        later[1] - earlier[1] >= timedelta(microseconds=1)
        for earlier, later in zip(rows, rows[1:], strict=False)
    )
    revisions: Counter[UUID] = Counter()
    facts: defaultdict[UUID, list[int]] = defaultdict(list)
    for _, _, stream, version, topic, body in rows:
        revisions[stream] += 1
        assert version == revisions[stream]
        if topic == "fact-reported.v1":
            facts[stream].append(json.loads(body)["fact"])
    for numbers in facts.values():
        assert numbers == list(range(1, len(numbers) + 1))
    assert len(facts) == STORIES
    head = room.views.execute("select position, recorded_at from head").fetchone()
    assert head == (rows[-1][0], rows[-1][1])


def test_a_key_that_several_processes_send_at_once_is_recorded_once(
    newsroom: Newsroom, crowd: ProcessPoolExecutor
) -> None:
    """As when a client repeats its request to another process while the first is still at it."""
    newsroom.file(RegisterSource(slug="ria", name="RIA", kind="agency"))
    for number in range(STORIES):
        newsroom.file(OpenStory(slug=f"story-{number}", headline="A headline", language="en", desk="world"))
    actor = newsroom.actor("editor")
    jobs = [crowd.submit(file_facts, newsroom.database, actor, 0, 100) for _ in range(4)]
    answers = [{fact.key: fact.receipt for fact in job.result(timeout=60)} for job in jobs]
    assert all(answer == answers[0] for answer in answers)
    assert newsroom.views.execute("select count(*) from requests").fetchone() == (100,)
    facts = newsroom.views.execute("select count(*) from events where topic = 'fact-reported.v1'").fetchone()
    assert facts == (100,)
    the_ledger_is_in_order(newsroom)
    head = catch_up(newsroom.views)
    assert dump(newsroom.views) == dump_built_anew(newsroom.views, head)
