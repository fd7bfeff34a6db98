"""Is everything there, once and in order, when many processes write the same stories at the same time?"""

import json
import multiprocessing
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from ledger.commands import OpenStory, RegisterSource
from ledger.store.database import Row
from ledger.words import SLUGS, story_stream
from projections.engine.catch_up import catch_up
from tests.newsroom import Newsroom
from tests.views import assert_views_equal_the_fold, dump, dump_built_anew
from tests.wire import Acknowledged, file_facts

PROCESSES, FACTS, STORIES = 8, 2_000, 20
SECONDS = 60


@pytest.fixture(scope="module")
def crowd() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as processes:
        list(processes.map(time.sleep, [0.1] * PROCESSES))  # all of them are up
        yield processes


@pytest.mark.thorough
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
    jobs = [
        crowd.submit(file_facts, newsroom.database, actor, number, FACTS, STORIES)
        for number in range(PROCESSES)
    ]
    acknowledged = [fact for job in jobs for fact in job.result(timeout=4 * SECONDS)]
    took = time.monotonic() - begun
    figure = f"{PROCESSES * FACTS} facts in {took:.1f} s, {PROCESSES * FACTS / took:.0f} a second"

    each_is_there_once(newsroom, acknowledged, first)
    the_ledger_is_in_order(newsroom)
    begun = time.monotonic()
    folded = assert_views_equal_the_fold(newsroom.views)
    with capsys.disabled():
        sys.stdout.write(f" {figure}; projected and checked in {time.monotonic() - begun:.1f} s ")
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
    assert all(later[1] - earlier[1] >= timedelta(microseconds=1) for earlier, later in pairwise(rows))
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


@pytest.mark.thorough
def test_a_key_that_several_processes_send_at_once_is_recorded_once(
    newsroom: Newsroom, crowd: ProcessPoolExecutor
) -> None:
    """As when a client repeats its request to another process while the first is still at it."""
    newsroom.file(RegisterSource(slug="ria", name="RIA", kind="agency"))
    for number in range(STORIES):
        newsroom.file(OpenStory(slug=f"story-{number}", headline="A headline", language="en", desk="world"))
    actor = newsroom.actor("editor")
    jobs = [crowd.submit(file_facts, newsroom.database, actor, 0, 100, STORIES) for _ in range(4)]
    answers = [{fact.key: fact.receipt for fact in job.result(timeout=60)} for job in jobs]
    assert all(answer == answers[0] for answer in answers)
    assert newsroom.views.execute("select count(*) from requests where actor <> %s", [SLUGS]).fetchone() == (
        100,
    )
    facts = newsroom.views.execute("select count(*) from events where topic = 'fact-reported.v1'").fetchone()
    assert facts == (100,)
    the_ledger_is_in_order(newsroom)
    head = catch_up(newsroom.views)
    assert dump(newsroom.views) == dump_built_anew(newsroom.views, head)
