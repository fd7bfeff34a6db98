"""Does anything that readers are told move when something is recorded that is not for them?

Every endpoint is asked without a key, twice, and in between the desk does much that it does not publish.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest

from api.server.embedded import EmbeddedPostgres
from ledger.moment import rfc3339
from ledger.store.store import read_head
from tests.desk import REQUEST
from tests.house import House, open_house
from tests.listener import Listener
from tests.newsday import Day
from tests.readers import Told
from tests.walk import WALKS, Heard
from tests.walk_pages import PAGES

NOT_ASKED = {"/metrics", "/request"}  # for the desk; a form with a key of its own each time


@pytest.fixture(scope="module")
def house(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[House]:
    with open_house(servers) as opened:
        yield opened


def published(day: Day) -> None:
    """Stories that readers see, saw, and never saw."""
    for story in range(4):
        day.open()
        day.report(story, source=story)
        day.copy(story)
    for story in range(3):
        day.publish(story)
    day.correct(0, 1)
    day.publish(0)
    day.hold(1)
    day.kill(2)


def not_for_readers(day: Day) -> None:
    for change in (day.correct, day.update, day.clarify, day.cite, day.assess, day.confirm):
        change(0, 1)
    day.report(0, source=2)
    day.headline(0)
    day.dateline(0)
    day.copy(0)
    day.note(0, publishable=True)
    day.editors_note(0)
    day.undo(0)
    day.embargo(0)
    day.ask(0, "kill")
    day.ask(0, "takedown")
    day.update(1, 1)
    day.update(3, 1)
    day.hold(3)
    day.open()
    day.report(4, rests_on=[(0, 1)])
    day.discredit(1)
    day.ask_for_correction(0)


def targets(told: Told) -> list[str]:
    """Of each endpoint what can be asked now; and around the last moment that readers know of."""
    now = replace(told, past=False)
    found = [
        question.target
        for path, walk in (WALKS | PAGES).items()
        if path not in NOT_ASKED and "stream" not in path
        for question in walk(now)
        if question.method == "GET"
    ]
    last = told.head  # where the last story was killed
    moments = [
        f"as_of={quote(rfc3339(told.instants[last]))}",
        *(f"position={last + beyond}" for beyond in (0, 1, 2, 1_000, 10**12)),
        *(f"at_least={last + beyond}" for beyond in (0, 1, 2, 1_000, 10**12)),
    ]
    seen = next(slug for slug, story in told.stories.items() if story.shown(last))
    paths = (
        "/v1/stories",
        f"/v1/stories/{seen}",
        f"/v1/stories/{seen}/facts/1",
        f"/v1/stories/{seen}/json-ld",
    )
    return found + [f"{path}?{moment}" for path in paths for moment in moments]


def of_the_ledger(heard: Heard) -> tuple[int, dict[str, str], str]:
    """An answer without what is of this request alone."""
    headers = {name: value for name, value in heard.headers.items() if name not in ("x-request-id", "date")}
    return heard.status, headers, heard.body.replace(heard.headers["x-request-id"], "")


@pytest.mark.thorough
def test_no_answer_moves_by_what_is_not_for_readers(house: House) -> None:
    day = Day(house.room, desk=house.server.client("editor"))
    published(day)
    told = day.told()
    asked = targets(told)
    assert len(asked) > 100

    def answers() -> dict[str, object]:
        house.server.client("editor").get(f"/v1/stories?limit=1&at_least={read_head(house.room.views)[0]}")
        found: dict[str, object] = {}
        for target in asked:
            found[target] = of_the_ledger(house.reader.hear(target))
        return found

    before = answers()
    streams = [Listener(house.server.url, "/v1/events/stream") for _ in range(2)]
    for stream in streams:
        stream.await_level()
    levels = [stream.level for stream in streams]
    not_for_readers(day)
    after = answers()
    assert [target for target in asked if before[target] != after[target]] == []
    late = Listener(house.server.url, "/v1/events/stream")
    late.await_level()
    assert [stream.level for stream in (*streams, late)] == [*levels, levels[0]]
    for stream in (*streams, late):
        stream.close()
    day.close()


def test_beyond_what_readers_know_of_is_now_and_not_to_be_kept(house: House) -> None:
    """And between two moments at which they saw something change it is as it was at the first of them."""
    day = Day(house.room)
    published(day)
    first, last = (edition.position for edition in day.told().stories[day.slug(0)].editions)
    day.hold(3)  # that nobody saw
    house.server.client("editor").get(f"/v1/stories?limit=1&at_least={day.told().head}")
    path = f"/v1/stories/{day.slug(0)}"
    now = house.reader.hear(path)
    named = int(now.headers["ledger-position"])
    assert last < named < day.told().head
    for position in (named + 1, day.told().head, 10**12):
        beyond = house.reader.hear(f"{path}?position={position}")
        assert (beyond.status, beyond.body, beyond.headers["ledger-position"]) == (200, now.body, str(named))
        assert beyond.headers["cache-control"] == "public, no-cache"
    at_first, between = (house.reader.hear(f"{path}?position={position}") for position in (first, last - 1))
    assert between.body == at_first.body
    for then in (at_first, between):
        assert then.headers["cache-control"].startswith("public, max-age")
    instant = quote(rfc3339(day.told().instants[last - 1]))
    named_then = int(house.reader.hear(f"{path}?as_of={instant}").headers["ledger-position"])
    assert first < named_then < last - 1, "that at which readers saw another story first"
    day.close()


def test_a_readers_receipt_does_not_say_how_much_is_recorded(house: House) -> None:
    day = Day(house.room)
    published(day)
    asked = REQUEST | {"story": day.slug(0)}
    house.server.client("editor").get(f"/v1/stories?limit=1&at_least={read_head(house.room.views)[0]}")
    keyless = house.server.client(None).post("/v1/requests", json=asked)
    assert keyless.status_code == 201, keyless.text
    assert "position" not in keyless.json()
    assert "position" in house.server.client("reporter").post("/v1/requests", json=asked).json()
    day.close()
