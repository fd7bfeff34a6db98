"""Is what was made elsewhere recorded once, in the order in which it was made, and does it say where it comes from?"""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from ledger.commands import OpenStory
from ledger.origin import Origin
from ledger.store.store import read_head
from tests.desk import CHANGES, FACT, Desk, problem
from tests.newsroom import Newsroom
from tests.plain_browser import Browser


def origin(item: str, hour: int | None = None, **more: Any) -> dict[str, Any]:
    created = {} if hour is None else {"created": f"2023-09-12T{hour:02}:02:00Z"}
    return {"provider": "reuters", "id": item, **created, **more}


def a_story(desk: Desk, item: str, **more: Any) -> dict[str, Any]:
    slug = desk.slug()
    return {
        "slug": slug,
        "headline": "A train",
        "language": "en",
        "desk": "world",
        "origin": origin(item),
    } | more


def take(text: str, item: str, hour: int, **more: Any) -> dict[str, Any]:
    return {"text": text, "reason": "From the wire.", "origin": origin(item, hour, **more)}


def told(desk: Desk, slug: str) -> dict[str, Any]:
    desk.settle()
    return dict(desk.get(f"/v1/stories/{slug}").json())


def test_the_same_origin_again_is_answered_with_the_receipt_that_it_had(desk: Desk) -> None:
    opening = a_story(desk, "again")
    first = desk.post("/v1/stories", opening, "reporter")
    slug = opening["slug"]
    path = f"/v1/stories/{slug}"
    asked = [
        (f"{path}/facts", FACT | {"origin": origin("again#1", 9)}),
        (f"{path}/copy", take("A train.", "again", 9)),
        (
            f"{path}/facts/1/updates",
            CHANGES["updates"] | {"expected_version": 1, "origin": origin("again#1", 10)},
        ),
        (f"{path}/publications", {"revision": 4, "reason": "Read.", "origin": origin("again", 9)}),
        (f"{path}/holds", {"reason": "They ask for it.", "origin": origin("again", 10)}),
    ]
    receipts = [desk.post(where, body) for where, body in asked]
    head = desk.head()
    again = desk.try_post("/v1/stories", opening | {"slug": desk.slug(), "headline": "Another"}, "editor")
    assert (again.status_code, again.json()) == (201, first)
    assert again.headers["idempotent-replayed"] == "true"
    for (where, body), receipt in zip(asked, receipts, strict=True):
        answer = desk.try_post(where, body, idempotency_key=f"anew {receipt['position']}")
        assert (answer.status_code, answer.json()) == (201, receipt), where
        assert answer.headers["idempotent-replayed"] == "true"
    assert desk.head() == head


def test_another_version_of_an_item_is_no_second_story(desk: Desk) -> None:
    opening = a_story(desk, "one-story")
    desk.post("/v1/stories", opening)
    head = desk.head()
    other = opening | {"slug": desk.slug(), "origin": origin("one-story", version="2")}
    refused = problem(desk.try_post("/v1/stories", other), 409, "item-has-story")
    assert opening["slug"] in refused["detail"]
    assert desk.head() == head


@pytest.mark.thorough
def test_two_facts_of_one_origin_are_not_taken_for_each_other(desk: Desk) -> None:
    slug = desk.open(facts=0)
    path = f"/v1/stories/{slug}/facts"
    desk.post(path, FACT | {"origin": origin("row", 9)})
    head = desk.head()
    other = FACT | {"statement": "A ship arrived", "origin": origin("row", 9)}
    refused = problem(desk.try_post(path, other), 409, "origin-reused")
    assert "row#2" in refused["detail"]
    assert desk.head() == head


def test_an_older_take_that_comes_late_is_kept_and_replaces_nothing(desk: Desk) -> None:
    opening = a_story(desk, "late", origin=origin("late", 9))
    desk.post("/v1/stories", opening)
    slug, path = opening["slug"], f"/v1/stories/{opening['slug']}"
    desk.post(f"{path}/facts", FACT | {"origin": origin("late#1", 9)})
    desk.post(f"{path}/copy", take("The newest.", "late", 14, version="978556838"))
    desk.post(
        f"{path}/facts/1/updates",
        CHANGES["updates"] | {"expected_version": 1, "origin": origin("late#1", 14)},
    )
    before = told(desk, slug)
    kept = [
        desk.post(f"{path}/copy", take("Older.", "late", 12, version="1542761538")),
        desk.post(f"{path}/headline", {"headline": "Older", "reason": "r", "origin": origin("late", 13)}),
        desk.post(
            f"{path}/facts/1/corrections",
            CHANGES["corrections"] | {"expected_version": 1, "origin": origin("late#1", 13)},
        ),
    ]
    assert [one["overtaken_by"] for one in kept] == ["2023-09-12T14:02:00.000000Z"] * 3
    after = told(desk, slug)
    assert (after["copy"], after["facts"], after["headline"]) == (
        before["copy"],
        before["facts"],
        before["headline"],
    )
    revisions = desk.get(f"{path}/revisions").json()["items"][-3:]
    assert [(one["kind"], one["after"]["late"]["act"]) for one in revisions] == [
        ("take", "copy"), ("take", "headline"), ("take", "correction"),
    ]  # fmt: skip
    assert json.loads(revisions[0]["after"]["late"]["said"])["text"] == "Older."
    assert revisions[0]["origin"] == origin("late", 12, version="1542761538")
    # Of the same time, and of none: as they come.
    desk.post(f"{path}/copy", take("Of the same minute.", "late", 14, version="3"))
    assert told(desk, slug)["copy"]["text"] == "Of the same minute."


def test_a_late_kill_kills_nothing(desk: Desk) -> None:
    opening = a_story(desk, "late-kill", origin=origin("late-kill", 14))
    desk.post("/v1/stories", opening)
    path = f"/v1/stories/{opening['slug']}"
    desk.publish(opening["slug"])
    answer = desk.try_post(f"{path}/kills", {"reason": "Wrong.", "origin": origin("late-kill", 13)})
    assert "overtaken_by" in answer.json()
    assert (
        told(desk, opening["slug"])["publication"] | {"approvals": []}
        == told(desk, opening["slug"])["publication"]
    )


def test_a_change_from_elsewhere_is_recorded_once_and_all_of_it_says_so(desk: Desk) -> None:
    slug = desk.slug()
    change = {
        "reason": "From the wire.",
        "origin": origin("whole", 9),
        "acts": [
            {"do": "open", "with": {"headline": "A train", "language": "en", "desk": "world"}},
            {"do": "report", "with": FACT},
            {"do": "report", "with": FACT | {"statement": "A second train arrived"}},
            {"do": "file-copy", "with": {"text": "A train."}},
        ],
    }
    first = desk.post(f"/v1/stories/{slug}/acts", change)
    head = desk.head()
    assert desk.post(f"/v1/stories/{slug}/acts", change) == first
    assert desk.head() == head
    desk.settle()
    revisions = desk.get(f"/v1/stories/{slug}/revisions").json()["items"]
    assert [one["origin"] for one in revisions] == [origin("whole", 9)] * 4


def test_sent_at_once_through_two_processes_it_is_recorded_once(newsroom: Newsroom, other: Newsroom) -> None:
    newsroom.actor("editor")
    before = read_head(newsroom.views)[0]

    def send(number: int) -> Any:
        room = (newsroom, other)[number % 2]
        command = OpenStory(
            slug=f"take-{number}",
            headline="h",
            language="en",
            desk="d",
            origin=Origin(provider="afp", id="1"),
        )
        return room.file(command, command.slug)

    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(send, range(40)))
    assert {receipt.position for receipt in receipts} == {before + 1}
    assert read_head(newsroom.views)[0] == before + 1


@pytest.mark.thorough
def test_readers_are_not_told_where_it_comes_from(desk: Desk) -> None:
    opening = a_story(desk, "secretorigin")
    desk.post("/v1/stories", opening)
    desk.post(f"/v1/stories/{opening['slug']}/facts", FACT | {"origin": origin("secretorigin#1", 9)})
    desk.publish(opening["slug"])
    desk.settle()
    for path in ("", "/editions", "/facts/1", "/facts/1/history", "/changes"):
        answer = desk.client(None).get(f"/v1/stories/{opening['slug']}{path}")
        assert "secretorigin" not in answer.text


def test_the_history_says_of_which_take_a_change_is(desk: Desk) -> None:
    opening = a_story(desk, "page", origin=origin("page", 9))
    desk.post("/v1/stories", opening)
    desk.post(f"/v1/stories/{opening['slug']}/copy", take("A train.", "page", 14))
    desk.settle()
    with closing(Browser.of(desk.server, "editor")) as browser:
        page = browser.get(f"/stories/{opening['slug']}/history?all=yes")
    assert "From the wire reuters, take of" in page.text
    assert "14:02" in page.text


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"provider": "reuters"}, "/origin/id"),
        ({"id": "1"}, "/origin/provider"),
        ({"provider": "reuters", "id": "1", "created": "yesterday"}, "/origin/created"),
        ({"provider": "reuters", "id": "1\n2"}, "/origin/id"),
        ({"provider": "reuters", "id": "1", "guid": "2"}, "/origin/guid"),
    ],
)
def test_an_origin_that_says_too_little_is_refused_at_the_field(
    desk: Desk, given: dict[str, Any], pointer: str
) -> None:
    refused = problem(desk.try_post("/v1/stories", a_story(desk, "x") | {"origin": given}), 422)
    assert pointer in json.dumps(refused["errors"])
