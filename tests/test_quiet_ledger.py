"""Is "as of last night" answered where nothing has happened since, and does the answer stay true whatever happens?"""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import httpx2
import pytest
from psycopg import Connection

from ledger.moment import rfc3339
from ledger.refusals import BeyondTheHead, ClocksApart, NotFixedYet
from ledger.store.database import Row
from ledger.store.store import append, fix_past, read_head, seal
from projections.reading import replay
from projections.reading.replay import Asked
from tests.newsroom import Newsroom, Server, a_fact
from tests.setting_back import set_clock

FACT = a_fact().model_dump(mode="json", exclude_unset=True)


def clock(connection: Connection[Row]) -> datetime:
    (now,) = connection.execute("select clock_timestamp()").fetchone() or (None,)
    assert isinstance(now, datetime)
    return now


def promised(connection: Connection[Row]) -> datetime:
    (until,) = connection.execute("select promised_until from head").fetchone() or (None,)
    assert isinstance(until, datetime)
    return until


def fixed(connection: Connection[Row], instant: datetime) -> None:
    while seconds := fix_past(connection, instant):
        time.sleep(seconds)


def test_an_instant_between_the_last_event_and_now_is_answered_with_the_head(newsroom: Newsroom) -> None:
    newsroom.open()
    last = newsroom.report()
    newsroom.catch_up()
    time.sleep(0.05)
    for asked in (
        last.recorded_at + timedelta(microseconds=1),
        last.recorded_at + timedelta(milliseconds=50),
    ):
        found = replay.story(newsroom.views, "story", Asked(as_of=asked))
        assert (found.moment.position, found.moment.asked_position) == (last.position, last.position)


def test_what_was_answered_stays_true_though_the_clock_is_set_back(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.report()
    newsroom.catch_up()
    asked = Asked(as_of=clock(newsroom.views))
    before = replay.story(newsroom.views, "story", asked)
    set_clock(newsroom.database, timedelta(seconds=-3))
    later = newsroom.report(statement="It left")
    assert later.recorded_at > asked.as_of  # type: ignore[operator]
    assert later.recorded_at - asked.as_of < timedelta(seconds=1)  # type: ignore[operator]  # and not by the clock
    newsroom.catch_up()
    assert replay.story(newsroom.views, "story", asked).text == before.text


@pytest.mark.thorough
def test_however_many_ask_it_is_written_once_a_second_and_all_are_answered(newsroom: Newsroom) -> None:
    """From several connections, as from several servers; each asks for the very moment at which it asks."""
    newsroom.open()
    newsroom.report()
    written: list[datetime] = []

    def ask() -> int:
        answered = 0
        with newsroom.database.connect(name="reader") as connection:
            until = time.monotonic() + 3
            while time.monotonic() < until:
                fixed(connection, clock(connection))
                written.append(promised(connection))
                answered += 1
        return answered

    begun = time.monotonic()
    with ThreadPoolExecutor(4) as askers:
        answered = [asker.result() for asker in [askers.submit(ask) for _ in range(4)]]
    assert all(each >= 2 for each in answered)
    moments = sorted(set(written))
    assert 2 <= len(moments) <= time.monotonic() - begun + 1
    for one, following in pairwise(moments):
        assert following - one >= timedelta(seconds=1)


@pytest.mark.thorough
def test_what_is_answered_by_the_last_event_or_the_last_promise_writes_nothing(newsroom: Newsroom) -> None:
    newsroom.open()
    last = newsroom.report().recorded_at
    fixed(newsroom.views, last)
    assert promised(newsroom.views) < last
    now = clock(newsroom.views)
    fixed(newsroom.views, now)
    until = promised(newsroom.views)
    assert until >= now
    time.sleep(1.1)
    fixed(newsroom.views, until)
    assert promised(newsroom.views) == until


def test_nothing_is_promised_of_what_has_not_come(newsroom: Newsroom) -> None:
    newsroom.open()
    before = promised(newsroom.views)
    assert fix_past(newsroom.views, clock(newsroom.views) + timedelta(seconds=2)) is None
    assert promised(newsroom.views) == before


def test_nor_by_a_clock_that_is_wrong(newsroom: Newsroom) -> None:
    newsroom.open()
    before = promised(newsroom.views)
    set_clock(newsroom.database, timedelta(days=3))
    for ahead in (timedelta(days=2), timedelta(minutes=1)):
        with pytest.raises(ClocksApart):
            fix_past(newsroom.views, datetime.now(UTC) + ahead)
    assert promised(newsroom.views) == before


def test_a_promise_waits_for_an_append_that_is_under_way(newsroom: Newsroom) -> None:
    """Its events have their time already, and are not there to be read yet."""
    newsroom.open()
    with newsroom.database.connect(name="another") as writing, ThreadPoolExecutor(1) as reader:
        with writing.transaction():
            _, recorded_at = append(writing, [seal(uuid4(), 1, "note-added.v1", b"{}", uuid4(), uuid4())])
            asked = clock(writing)
            answer = reader.submit(fix_past, newsroom.views, asked)
            time.sleep(0.3)
            assert not answer.done()
        assert answer.result(5) == 0.0
    assert recorded_at < asked <= promised(newsroom.views)


def test_a_replica_that_takes_no_writes_refuses_as_it_did(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.catch_up()
    last = read_head(newsroom.views)[1]
    newsroom.views.execute("set default_transaction_read_only = on")
    newsroom.views.execute("select 1")
    replay.story(newsroom.views, "story", Asked(as_of=last))
    with pytest.raises(BeyondTheHead):
        replay.story(newsroom.views, "story", Asked(as_of=last + timedelta(microseconds=1)))


def test_who_asks_of_this_very_second_twice_is_asked_to_wait(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.catch_up()
    replay.story(newsroom.views, "story", Asked(as_of=clock(newsroom.views)))
    with pytest.raises(NotFixedYet) as early:
        replay.story(newsroom.views, "story", Asked(as_of=clock(newsroom.views)))
    assert 0 < early.value.details["seconds"] <= 1


# --- At the endpoints ------------------------------------------------------------------------------------------------

ENDPOINTS = (
    "/v1/stories/story?as_of={at}",
    "/v1/stories/story?as_of={at}&view=desk",
    "/v1/stories/story/facts/1?as_of={at}&view=desk",
    "/v1/stories/story/json-ld?as_of={at}",
    "/v1/stories?as_of={at}",
    "/v1/stories?q=train&as_of={at}",
    "/stories/story?as_of={at}",
)


@pytest.mark.thorough
def test_every_endpoint_answers_of_this_very_moment_and_the_wait_holds_up_nobody(server: Server) -> None:
    newsroom, editor = server.newsroom, server.client()
    newsroom.open()
    newsroom.report()
    position = editor.post("/v1/stories/story/publications", json={"revision": 2, "reason": "Out."}).json()[
        "position"
    ]
    assert editor.get("/v1/stories/story", params={"at_least": position}).status_code == 200

    def ask(endpoint: str) -> httpx2.Response:
        return editor.get(endpoint.format(at=rfc3339(datetime.now(UTC) - timedelta(milliseconds=20))))

    time.sleep(0.1)
    took = []
    for _ in range(3):
        with ThreadPoolExecutor(len(ENDPOINTS)) as readers:
            asked = [readers.submit(ask, endpoint) for endpoint in ENDPOINTS]
            begun = time.monotonic()
            assert editor.get("/v1/stories/story").status_code == 200
            took.append(time.monotonic() - begun)
            for endpoint, answer in zip(ENDPOINTS, asked, strict=True):
                assert answer.result().status_code == 200, (endpoint, answer.result().text)
    assert min(took) < 0.9
    then = ask(ENDPOINTS[1])
    assert "immutable" in then.headers["cache-control"]
    assert then.json()["position"] == position
    told = editor.get(ENDPOINTS[0].format(at=rfc3339(datetime.now(UTC) + timedelta(hours=1))))
    assert (told.status_code, told.json()["type"][-15:]) == (400, "beyond-the-head")
