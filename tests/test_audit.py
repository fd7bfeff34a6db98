"""Can an auditor find what was done in a story, by somebody, of one kind, at some time, and is nothing left out?"""

from collections.abc import Callable, Iterator
from itertools import chain, combinations
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from api.server.embedded import EmbeddedPostgres
from ledger import limits
from ledger.words import source_stream, story_stream
from tests.desk import CHANGES, OF_PUBLICATION, SAID_OF_A_STORY, Desk, open_desk, problem

Event = dict[str, Any]


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    """Two stories, by turns, by two people; then others."""
    with open_desk(servers) as desk:
        one, other = desk.open(facts=2), desk.open(facts=2)
        for number, story in enumerate((one, other, one)):
            headline = {"headline": f"Headline {number}", "reason": "It is so."}
            desk.post(f"/v1/stories/{story}/headline", headline, "standards")
            desk.report(story)
            desk.post(f"/v1/stories/{story}/notes", SAID_OF_A_STORY["notes"])
        for story in (one, other):
            body = CHANGES["corrections"] | {"expected_version": 1}
            desk.post(f"/v1/stories/{story}/facts/1/corrections", body, "standards")
            desk.post(f"/v1/stories/{story}/publications", OF_PUBLICATION["publications"])
        desk.open()
        yield desk


@pytest.fixture(scope="module")
def events(desk: Desk) -> list[Event]:
    found = desk.get("/v1/events?limit=200", "auditor").json()
    assert found["next"] is None
    return list(found["items"])


def pages(desk: Desk, asked: dict[str, Any], limit: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each page with what it was asked to begin behind."""
    after: int | None = asked.get("after", 0)
    while after is not None:
        query = urlencode(asked | {"after": after, "limit": limit})
        page = desk.get(f"/v1/events?{query}", "auditor").json()
        assert len(page["items"]) <= limit
        assert page["next"] is None or page["next"] > after
        yield after, page
        after = page["next"]


def found(desk: Desk, asked: dict[str, Any], limit: int = 200) -> list[Event]:
    return [event for _, page in pages(desk, asked, limit) for event in page["items"]]


FITS: dict[str, Callable[[Event, Any], bool]] = {
    "story": lambda event, slug: event["stream_id"] == str(story_stream(slug)),
    "actor": lambda event, actor: bool(event["actor"] == actor),
    "kind": lambda event, topic: bool(event["topic"] == topic),
    "from": lambda event, instant: bool(event["recorded_at"] >= instant),
    "to": lambda event, instant: bool(event["recorded_at"] < instant),
    "after": lambda event, position: bool(event["position"] > position),
}
COMBINED = list(chain.from_iterable(combinations(FITS, number) for number in range(len(FITS) + 1)))


@pytest.mark.thorough
@pytest.mark.parametrize("named", COMBINED, ids=lambda named: "+".join(named) or "nothing")
def test_what_is_named_must_all_fit_and_all_that_fits_is_found_once_and_in_order(
    desk: Desk, events: list[Event], named: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    third, last = events[len(events) // 3], events[-3]
    values = {
        "story": "story-1",
        "actor": next(event["actor"] for event in events if event["topic"] == "headline-set.v1"),
        "kind": "fact-corrected.v1",
        "from": third["recorded_at"],
        "to": last["recorded_at"],
        "after": third["position"] + 1,
    }
    asked = {name: values[name] for name in named}
    fitting = [event for event in events if all(FITS[name](event, values[name]) for name in named)]
    assert fitting
    for limit, looked_at in ((1, 20_000), (2, 1), (3, 5), (200, 4), (200, 20_000)):
        monkeypatch.setattr(limits, "EVENTS_LOOKED_AT", looked_at)
        assert found(desk, asked, limit) == fitting, (limit, looked_at)


def test_a_story_is_found_behind_any_position(desk: Desk, events: list[Event]) -> None:
    for after in range(desk.head() + 2):
        for slug in ("story-1", "story-2"):
            fitting = [event for event in events if FITS["story"](event, slug) and event["position"] > after]
            assert found(desk, {"story": slug, "after": after}) == fitting


def test_from_is_the_first_instant_and_to_the_first_that_is_not_meant(
    desk: Desk, events: list[Event]
) -> None:
    first, second, third = events[3:6]
    between = {"from": first["recorded_at"], "to": third["recorded_at"]}
    assert found(desk, between) == [first, second]
    assert found(desk, {"from": third["recorded_at"], "to": first["recorded_at"]}) == []
    assert found(desk, {"from": "2999-01-01T00:00:00Z"}) == []
    assert found(desk, {"to": "1999-01-01T00:00:00Z"}) == []
    assert found(desk, {"from": "1999-01-01T00:00:00Z", "to": "2999-01-01T00:00:00+01:00"}) == events


def test_what_nobody_did_in_no_story_is_not_found(desk: Desk) -> None:
    for asked in ({"story": "no-story"}, {"actor": str(uuid4())}, {"kind": "story-killed.v1"}):
        assert list(pages(desk, asked, 50)) == [(0, {"about": {}, "items": [], "next": None})]


def test_each_page_says_which_stories_and_sources_its_events_are_about(desk: Desk) -> None:
    about: dict[str, dict[str, str]] = {}
    for _, page in pages(desk, {}, 3):
        of_these = {event["stream_id"] for event in page["items"]}
        assert page["about"].keys() <= of_these
        about |= page["about"]
        for stream in of_these - page["about"].keys():  # of members and keys there is no page
            assert all(
                not event["topic"].startswith(("story", "source", "fact"))
                for event in page["items"]
                if event["stream_id"] == stream
            )
    stories = {one["story"] for one in desk.get("/v1/stories?limit=200", "auditor").json()["items"]}
    sources = {one["source"] for one in desk.get("/v1/sources?limit=200", "auditor").json()["items"]}
    assert about == {str(story_stream(slug)): {"story": slug} for slug in stories} | {
        str(source_stream(slug)): {"source": slug} for slug in sources
    }


@pytest.mark.parametrize(
    ("asked", "parameter", "says"),
    [
        ("kind=correction", "kind", "should be one of: "),
        ("kind=", "kind", "fact-corrected.v1, "),
        ("kind=fact-corrected.v9", "kind", "headline-set.v1"),
        ("actor=editor", "actor", "valid UUID"),
        ("story=No_Story", "story", "should be a slug"),
        ("from=yesterday", "from", "give an RFC 3339 instant with its offset"),
        ("to=2023-09-12", "to", "give an RFC 3339 instant with its offset"),
        (
            "since=2023-09-12T14:30:00Z",
            "since",
            "There is no parameter 'since'; there are: actor, after, from, ",
        ),
    ],
)
def test_what_cannot_be_looked_for_is_named_with_what_can(
    desk: Desk, asked: str, parameter: str, says: str
) -> None:
    told = problem(desk.client("auditor").get(f"/v1/events?{asked}"), 400, "bad-parameter")
    assert [place["parameter"] for place in told["errors"]] == [parameter]
    assert says in told["detail"]


def test_to_look_for_some_events_takes_the_role_that_all_of_them_take(desk: Desk) -> None:
    for role, status in (("editor", 403), ("standards", 403), ("admin", 200), (None, 401)):
        assert desk.client(role).get("/v1/events?story=story-1").status_code == status  # type: ignore[arg-type]
