"""Is what is read over HTTP the truth of its moment, cached only as long as it stays true, and all of it?"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

import pytest

from api.http.documents import cursor_of
from api.server.embedded import EmbeddedPostgres
from ledger.moment import rfc3339
from ledger.words import Role
from tests.desk import CHANGES, ROLES, SAID_OF_A_STORY, Desk, open_desk, problem
from tests.newsroom import Newsroom, serving


@pytest.fixture(scope="module")
def story(desk: Desk) -> str:
    """A story with three facts that nobody changes, published; somebody wants it killed."""
    slug = desk.open(facts=3)
    desk.publish(slug)
    desk.get(f"/v1/stories?at_least={desk.want(slug, 'kills')['position']}")
    return slug


# Every address that shows something of a story, and whether it can be asked as of a moment.
SHOWN = {
    "/v1/stories": True,
    "/v1/stories/{story}": True,
    "/v1/stories/{story}/revisions": False,
    "/v1/stories/{story}/revisions/2": False,
    "/v1/stories/{story}/steps": False,
    "/v1/stories/{story}/diff?from=1&to=3": False,
    "/v1/stories/{story}/facts/1": True,
    "/v1/stories/{story}/facts/1/history": False,
    "/v1/stories/{story}/facts/1/impact": False,
    "/v1/facts/shaken": False,
    "/v1/sources": False,
    "/v1/sources/ria": False,
    "/v1/sources/ria/facts": False,
    "/v1/sources/ria/figures": False,
    "/v1/sources/ria/hanging": False,
    "/v1/stories/{story}/discredited": False,
    "/v1/stories/{story}/merges": False,
    "/v1/stories/{story}/facts": True,
    "/v1/corrections": False,
    "/v1/corrections/figures": False,
    "/v1/approvals": False,
    "/v1/unpublished": False,
    "/v1/stories/{story}/approvals/1": False,
    "/v1/purges": False,
    "/v1/events?limit=200": False,
    "/v1/events/1": False,
    "/v1/members": False,
}
# Likewise, but in other forms than our JSON and always as readers see it; looked at more closely in test_memento.py,
# test_feeds.py and test_linked_data.py.
SYNDICATED = (
    "/v1/stories/{story}/timemap",
    "/v1/stories/{story}/feed",
    "/v1/stories/{story}/json-ld",
    "/v1/corrections/feed",
)
# Of this moment: how long a request has waited. Nobody keeps it, so it has no ETag (tests/test_requests.py).
PASSING = {"/v1/requests", "/v1/requests/figures", "/v1/requests/{request}"}
PASSING |= {"/v1/requests/{request}/receipt", "/v1/waiting"}
# Nor has how far the views are (tests/test_operations.py).
PASSING |= {"/v1/projections"}
# Nor how far others were told (tests/test_webhooks.py).
PASSING |= {"/v1/webhooks", "/v1/webhooks/{webhook}", "/v1/webhooks/{webhook}/deliveries"}
# Nor a stream, which has no end (tests/test_streams.py).
PASSING |= {"/v1/events/stream", "/v1/stories/{slug}/stream"}
NEVER_CHANGES = ("/v1/stories/{story}/revisions/2", "/v1/stories/{story}/diff?from=1&to=3")
AT_A_MOMENT = [path for path, is_then in SHOWN.items() if is_then]


JUST_RECORDED = (
    "/v1/stories/{story}",
    "/v1/stories/{story}?revision=3",
    "/v1/stories/{story}/revisions/3",
    "/v1/stories/{story}/steps",
    "/v1/stories/{story}/diff?from=1&to=3",
    "/v1/stories/{story}/facts/2",
    "/v1/stories/{story}/facts/2/history",
    "/v1/stories/{story}/facts/2/impact",
)


@pytest.mark.thorough
@pytest.mark.parametrize("path", JUST_RECORDED)
def test_what_was_just_recorded_is_never_said_not_to_be_there(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """However far the views are: nobody but who asks brings them up here."""
    monkeypatch.setattr("projections.engine.worker.Worker._run", lambda _: None)
    newsroom.open()
    newsroom.report()
    with serving(newsroom) as server:
        newsroom.catch_up()
        newsroom.report()
        answer = server.client("auditor").get(path.format(story="story"))
    assert answer.status_code == 200, answer.text


@pytest.mark.thorough
def test_every_address_that_shows_something_is_looked_at_here(desk: Desk) -> None:
    declared = desk.get("/openapi.json").json()["paths"].items()
    shown = {path for path, methods in declared if "get" in methods and path.startswith("/v1/")}
    names = {"ria": "{slug}", "{story}": "{slug}"}
    numbers = {
        "facts/1": "facts/{fact}",
        "revisions/2": "revisions/{revision}",
        "events/1": "events/{position}",
        "approvals/1": "approvals/{approval}",
    }

    def as_declared(path: str) -> str:
        for value, name in (names | numbers).items():
            path = path.replace(value, name)
        return path.partition("?")[0]

    # Its formats, the same as those of the story itself, are looked at in test_formats.py.
    shown -= {path for path in shown if path.startswith("/v1/stories/{slug}.")}
    assert set(map(as_declared, [*SHOWN, *SYNDICATED])) == shown - PASSING
    assert shown >= PASSING


# --- What the client has already ---------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("path", [*SHOWN, *SYNDICATED])
def test_who_has_it_already_is_told_so_without_a_body(desk: Desk, story: str, path: str) -> None:
    path = path.format(story=story)
    first = desk.get(path, "auditor")
    etag = first.headers["etag"]
    assert re.fullmatch(r'"[\x21\x23-\x7e]+"', etag)
    for field in (etag, f"W/{etag}", f'"other", {etag}', f'"other",W/{etag} , "third"', "*"):
        again = desk.client("auditor").get(path, headers={"if-none-match": field})
        assert again.status_code == 304, field
        assert again.content == b""
        for name in ("etag", "cache-control", "vary", "content-location", "ledger-position"):
            assert again.headers.get(name) == first.headers.get(name), name
    twice = [("if-none-match", '"other"'), ("if-none-match", etag)]
    assert desk.client("auditor").get(path, headers=twice).status_code == 304
    for field in ('"other"', "", etag.strip('"'), f'"{etag}"', "W/*"):
        again = desk.client("auditor").get(path, headers={"if-none-match": field})
        assert again.status_code == 200, field
        assert again.content == first.content


@pytest.mark.thorough
@pytest.mark.parametrize(
    "path",
    [
        path
        for path in SHOWN
        if path not in (*NEVER_CHANGES, "/v1/sources/ria", "/v1/events/1", "/v1/members", "/v1/purges")
        and not any(word in path for word in ("approvals", "unpublished", "hanging", "discredited", "merges"))
    ],
)
def test_what_changed_has_another_etag(desk: Desk, path: str) -> None:
    story = desk.open(facts=1)
    path = path.format(story=story)
    resting = {"rests_on": [{"story": story, "fact": 1}]} if "impact" in path or "shaken" in path else {}
    if resting:
        desk.report(story, **resting)
        desk.settle()
    before = desk.get(path, "auditor")
    desk.post("/v1/sources", {"slug": desk.slug("source"), "name": "A", "kind": "own"})
    if resting:
        desk.report(story, **resting)
    receipt = desk.post(
        f"/v1/stories/{story}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1}
    )
    if "/events" not in path:
        path = f"{path}{'&' if '?' in path else '?'}at_least={receipt['position']}"
    after = desk.get(path, "auditor", if_none_match=before.headers["etag"])
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert after.content != before.content


@pytest.mark.thorough
@pytest.mark.parametrize("path", [*SHOWN, *SYNDICATED])
def test_head_answers_as_get_does_without_the_body(desk: Desk, story: str, path: str) -> None:
    path = path.format(story=story)
    desk.settle()
    shown = desk.get(path, "auditor")
    client = desk.client("auditor")
    head = client.head(path)
    assert head.status_code == 200
    assert head.content == b""
    changing = ("x-request-id", "date")
    assert {name: value for name, value in head.headers.items() if name not in changing} == {
        name: value for name, value in shown.headers.items() if name not in changing
    }
    whole = {"accept-encoding": "identity"}
    plain = client.get(path, headers=whole)
    assert int(client.head(path, headers=whole).headers["content-length"]) == len(plain.content) > 0
    assert client.head(path, headers={"if-none-match": shown.headers["etag"]}).status_code == 304
    stranger = desk.client(None)  # and HEAD says to a stranger what GET says
    assert stranger.head(path).status_code == stranger.get(path).status_code
    assert stranger.head(path, headers={"authorization": "Bearer x"}).status_code == 401


@pytest.mark.thorough
@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", "/docs/assets/favicon.png"]
)
def test_head_answers_wherever_get_does(desk: Desk, path: str) -> None:
    head = desk.client("auditor").head(path)
    assert head.status_code == 200
    assert head.content == b""
    assert int(head.headers["content-length"]) > 0


def test_head_says_what_is_not_there(desk: Desk) -> None:
    head = desk.client().head("/v1/stories/no-story")
    assert (head.status_code, head.content) == (404, b"")
    assert head.headers["content-type"] == "application/problem+json"


# --- How long it may be kept -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHOWN)
def test_only_an_answer_bound_to_a_moment_is_kept_for_ever_and_none_is_shared(
    desk: Desk, story: str, path: str
) -> None:
    answer = desk.get(path.format(story=story), "auditor")
    kept = "private, max-age=31536000, immutable" if path in NEVER_CHANGES else "private, no-cache"
    assert answer.headers["cache-control"] == kept
    is_negotiated = path.partition("?")[0] == "/v1/stories/{story}"  # in which format
    varies = answer.headers["vary"].removesuffix(", Accept-Encoding")
    assert varies == "Authorization" + ", Accept" * is_negotiated


def moments(desk: Desk, story: str) -> dict[str, str]:
    """Three ways to ask for the story's second revision."""
    revision = desk.get(f"/v1/stories/{story}/revisions/2").json()
    return {
        "position": str(revision["position"]),
        "revision": "2",
        "as_of": revision["recorded_at"],
    }


@pytest.mark.thorough
@pytest.mark.parametrize("path", AT_A_MOMENT)
@pytest.mark.parametrize("way", ["position", "revision", "as_of"])
def test_an_answer_bound_to_a_moment_names_its_position_and_where_it_is_answered_for_ever(
    desk: Desk, path: str, way: str
) -> None:
    if path == "/v1/stories" and way == "revision":
        problem(desk.client().get("/v1/stories?revision=2"), 400, "bad-parameter")
        return
    story = desk.open(facts=1)
    position = int(moments(desk, story)["position"])
    answer = desk.get(f"{path.format(story=story)}?{way}={quote(moments(desk, story)[way])}")
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["ledger-position"] == str(position)
    location = answer.headers["content-location"]
    assert f"position={position}" in location

    for change, version in (("corrections", 1), ("retractions", 2)):
        desk.post(f"/v1/stories/{story}/facts/1/{change}", CHANGES[change] | {"expected_version": version})
    receipt = desk.post(f"/v1/stories/{story}/headline", SAID_OF_A_STORY["headline"])
    desk.open()
    now = desk.get(f"{path.format(story=story)}?at_least={receipt['position']}")
    assert now.content != answer.content
    assert now.headers["cache-control"] == "private, no-cache"
    assert int(now.headers["ledger-position"]) >= receipt["position"]
    for same in (location, str(answer.request.url)):
        again = desk.get(same)
        assert again.content == answer.content
        for name in ("etag", "cache-control", "ledger-position", "content-location"):
            assert again.headers[name] == answer.headers[name]
        assert desk.get(same, if_none_match=answer.headers["etag"]).status_code == 304


def test_the_answer_of_now_names_the_position_at_which_it_can_be_asked_for_again(
    desk: Desk, story: str
) -> None:
    for path in AT_A_MOMENT:
        now = desk.get(path.format(story=story))
        then = desk.get(now.headers["content-location"])
        assert then.content == now.content
        assert "immutable" in then.headers["cache-control"]


def test_the_place_of_a_page_of_stories_names_all_that_was_asked(desk: Desk) -> None:
    for headline in ("A train", "A ship", "A train and a ship", "A train"):
        story = {"slug": desk.slug(), "headline": headline, "language": "en", "desk": "world"}
        desk.post("/v1/stories", story)
    desk.settle()
    first = desk.get("/v1/stories?q=train+-ship&limit=1").json()
    second = desk.get(f"/v1/stories?q=train+-ship&limit=1&cursor={first['next']}")
    desk.open()
    assert desk.get(second.headers["content-location"]).content == second.content


# --- Moments -----------------------------------------------------------------------------------------------------


def spellings(instant: datetime) -> dict[str, str]:
    """The same instant in every way that RFC 3339 has, as it is in a URL."""
    utc = rfc3339(instant)
    far_east, new_york = timezone(timedelta(hours=10)), timezone(timedelta(hours=-4))
    half = timezone(timedelta(hours=5, minutes=45))
    return {
        "Z": utc,
        "lower case": utc.lower(),
        "escaped +": quote(instant.astimezone(far_east).isoformat(), safe=""),
        "bare +": instant.astimezone(far_east).isoformat(),
        "bare +00:00": utc.replace("Z", "+00:00"),
        "-": instant.astimezone(new_york).isoformat(),
        "-00:00": utc.replace("Z", "-00:00"),
        "a quarter": quote(instant.astimezone(half).isoformat(), safe=""),
        "nanoseconds": utc.replace("Z", "999Z"),
        "more digits than needed": utc.replace("Z", "0" * 30 + "Z"),
    }


@pytest.mark.parametrize("name", spellings(datetime.now().astimezone()))
def test_an_instant_may_be_written_in_every_way_of_rfc_3339(desk: Desk, story: str, name: str) -> None:
    second = desk.get(f"/v1/stories/{story}/revisions/2").json()
    spelling = spellings(datetime.fromisoformat(second["recorded_at"]))[name]
    answer = desk.client().get(f"/v1/stories/{story}?as_of={spelling}")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["revision"], answer.headers["ledger-position"]) == (2, str(second["position"]))


@pytest.mark.parametrize(
    "as_of",
    [
        "",
        "yesterday",
        "2023-09-12T14:30:00",
        "2023-09-12T14:30Z",
        "2023-09-12T14Z",
        "2023-09-12 14:30:00Z",
        "20230912T143000Z",
        "2023-W37-2T14:30:00Z",
        "2023-255T14:30:00Z",
        "2023-09-12T14:30:00,5Z",
        "2023-09-12T14:30:00.Z",
        "2023-09-12T14:30:00+1",
        "2023-09-12T14:30:00+24:00",
        "2023-09-12T14:30:00+01:60",
        "2023-09-12T14:30:00+01:00:30",
        "2023-09-12T24:00:00Z",
        "2023-09-12T12:00:60Z",
        "2023-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:60Z",
        "1694529000",
        "2023-09-12T14:30:00Z ",
        "２０２３-09-12T14:30:00Z",
        "2023-09-12T14:30:00%00Z",
        "2023-09-12T14:30:00." + "5" * 60 + "Z",
    ],
)
def test_what_is_no_instant_is_refused(desk: Desk, story: str, as_of: str) -> None:
    told = problem(desk.client().get(f"/v1/stories/{story}?as_of={as_of}"), 400, "bad-parameter")
    assert told["errors"][0]["parameter"] == "as_of"
    assert "give an RFC 3339 instant with its offset, such as 2023-09-12T14:30:00Z." in told["detail"]


def test_a_leap_second_and_the_ends_of_the_calendar_are_instants(desk: Desk, story: str) -> None:
    for as_of in ("1990-12-31T23:59:60Z", "1990-12-31T15:59:60.5-08:00", "0001-01-01T00:00:00-14:00"):
        problem(desk.client().get(f"/v1/stories/{story}?as_of={as_of}"), 404, "nothing-recorded-then")
    problem(
        desk.client().get(f"/v1/stories/{story}?as_of=9999-12-31T23:59:59%2B14:00"), 400, "beyond-the-head"
    )


@pytest.mark.thorough
def test_readers_learn_of_no_act_of_the_desk_by_asking_for_what_is_to_come(desk: Desk) -> None:
    public = desk.public()
    desk.settle()
    paths = [
        f"{path}?as_of=9999-01-01T00:00:00Z"
        for path in (
            f"/v1/stories/{public}",
            "/v1/stories",
            f"/v1/stories/{public}.ninjs",
            f"/v1/stories/{public}/facts",
        )
    ]
    told = [problem(desk.client(None).get(path), 400, "beyond-the-head")["detail"] for path in paths]
    desk.open()
    desk.settle()
    again = [problem(desk.client(None).get(path), 400, "beyond-the-head")["detail"] for path in paths]
    assert again == told
    assert str(desk.head()) not in " ".join(again)
    assert str(desk.head()) in problem(desk.client().get(paths[0]), 400)["detail"]


def test_an_instant_that_utc_does_not_have_is_none(desk: Desk, story: str) -> None:
    for as_of in ("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"):
        problem(desk.client().get(f"/v1/stories/{story}?as_of={as_of}"), 400, "bad-parameter")


def test_nothing_beyond_the_head_is_answered(desk: Desk, story: str) -> None:
    beyond = desk.head() + 1
    for path in (f"/v1/stories/{story}", f"/v1/stories/{story}/facts/1", "/v1/stories"):
        for parameter, value in (
            ("position", beyond),
            ("at_least", beyond),
            ("as_of", "2999-01-01T00:00:00Z"),
        ):
            told = problem(desk.client().get(f"{path}?{parameter}={value}"), 400, "beyond-the-head")
            assert told["head"] == beyond - 1
            assert [error["parameter"] for error in told["errors"]] == [parameter]
            assert f"Nothing is recorded beyond position {beyond - 1}" in told["detail"]
    for path in SHOWN:
        if "/events" in path or path in AT_A_MOMENT:
            continue
        mark = "&" if "?" in path else "?"
        asked = f"{path.format(story=story)}{mark}at_least={beyond}"
        role: Role = "auditor" if path == "/v1/members" else "editor"
        problem(desk.client(role).get(asked), 400, "beyond-the-head")


def test_before_the_first_event_there_are_no_stories(desk: Desk) -> None:
    for moment in ("position=0", "as_of=1999-01-01T00:00:00Z"):
        answer = desk.get(f"/v1/stories?{moment}")
        assert answer.json() == {"items": [], "next": None}
        assert answer.headers["ledger-position"] == "0"
        assert desk.get(answer.headers["content-location"]).content == answer.content


# --- Lists -------------------------------------------------------------------------------------------------------


def pages(desk: Desk, path: str, limit: int) -> list[dict[str, Any]]:
    """Every item, by following `next`."""
    items: list[dict[str, Any]] = []
    mark = "&" if "?" in path else "?"
    following = None
    for _ in range(200):
        cursor = f"&cursor={following}" if following else ""
        told = desk.get(f"{path}{mark}limit={limit}{cursor}").json()
        assert 0 < len(told["items"]) <= limit
        items += told["items"]
        following = told["next"]
        if following is None:
            return items
        assert len(told["items"]) == limit
    raise AssertionError("the list has no end")


@pytest.fixture(scope="module")
def long(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    """A ledger with seven of everything that there are lists of."""
    with open_desk(servers) as desk:
        for number in range(6):
            desk.post("/v1/sources", {"slug": f"source-{number}", "name": "A", "kind": "own"})
        story = desk.open(facts=7)
        resting = desk.open(facts=0)
        for _ in range(7):
            desk.report(resting, rests_on=[{"story": story, "fact": 7}])
        for number in range(1, 8):
            body = CHANGES["corrections"] | {"expected_version": 1}
            desk.post(f"/v1/stories/{story}/facts/{number}/corrections", body)
        for version in range(2, 8):
            body = {"expected_version": version, "place": f"Place {version}", "reason": "It went on."}
            desk.post(f"/v1/stories/{story}/facts/1/updates", body)
        for _ in range(5):
            desk.open()
        for _ in range(7):
            desk.ask(story)
        desk.settle()
        yield desk


# path -> (how many there are, what tells them apart)
LISTS: dict[str, tuple[int, Callable[[dict[str, Any]], Any]]] = {
    "/v1/stories": (7, lambda item: item["story"]),
    "/v1/stories?q=train": (7, lambda item: item["story"]),
    "/v1/stories?position=25": (1, lambda item: item["story"]),
    "/v1/stories/story-1/revisions": (22, lambda item: item["revision"]),
    "/v1/stories/story-1/revisions?substantive=true": (22, lambda item: item["revision"]),
    "/v1/stories/story-1/facts/1/history": (8, lambda item: item["version"]),
    "/v1/stories/story-1/facts/7/impact": (7, lambda item: (item["story"], item["fact"])),
    "/v1/facts/shaken": (7, lambda item: (item["story"], item["fact"])),
    "/v1/sources": (7, lambda item: item["source"]),
    "/v1/sources/ria/facts": (19, lambda item: (item["story"], item["fact"])),
    "/v1/corrections": (7, lambda item: item["position"]),
    "/v1/requests": (7, lambda item: item["request"]),
    "/v1/requests?state=open": (7, lambda item: item["request"]),
}


@pytest.mark.thorough
@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 200])
def test_paging_gives_every_item_exactly_once_and_in_the_same_order(
    long: Desk, path: str, limit: int
) -> None:
    number, name = LISTS[path]
    whole = long.get(path + ("&" if "?" in path else "?") + "limit=200").json()
    assert whole["next"] is None
    assert len(whole["items"]) == number == len({json.dumps(name(item)) for item in whole["items"]})
    for item in (listed := pages(long, path, limit)):
        if "age_seconds" in item:  # it grows while they are read
            item["age_seconds"] = next(
                i["age_seconds"] for i in whole["items"] if i["request"] == item["request"]
            )
    assert listed == whole["items"]


@pytest.mark.parametrize("limit", [1, 7, 200])
def test_the_audit_trail_gives_every_event_exactly_once(long: Desk, limit: int) -> None:
    after: int | None = 0
    positions: list[int] = []
    while after is not None:
        assert len(positions) <= long.head()
        told = long.get(f"/v1/events?limit={limit}&after={after}", "auditor").json()
        positions += [event["position"] for event in told["items"]]
        after = told["next"]
    assert positions == list(range(1, long.head() + 1))
    assert long.get(f"/v1/events?after={long.head()}", "auditor").json() == {
        "items": [],
        "next": None,
        "about": {},
    }


@pytest.mark.thorough
def test_what_comes_while_somebody_pages_shifts_nothing(desk: Desk) -> None:
    for _ in range(5):
        desk.open()
    before = [item["story"] for item in pages(desk, "/v1/stories", 200)]
    seen = []
    address: str | None = "/v1/stories?limit=2"
    while address:
        told = desk.get(address).json()
        seen += [item["story"] for item in told["items"]]
        desk.open()
        address = f"/v1/stories?limit=2&cursor={told['next']}" if told["next"] else None
    assert seen == before


@pytest.mark.parametrize("path", [path for path in LISTS if "position" not in path])
@pytest.mark.parametrize(
    "cursor",
    [
        "garbage",
        "1",
        "MQ==",  # a cursor has no padding
        "MR",  # stands for the same as MQ, but is not how we write it
        cursor_of((1, 2, 3, 4)),
        cursor_of(2**53),
        cursor_of(-1),
        cursor_of("x"),
        cursor_of("007"),
        cursor_of("١"),
        cursor_of(10**400)[:200],
        "A" * 201,
        "%00",
        "a b",
        "é",
        "../../etc/passwd",
        "null",
        "",
    ],
)
def test_a_cursor_that_we_did_not_give_is_refused(long: Desk, path: str, cursor: str) -> None:
    mark = "&" if "?" in path else "?"
    told = problem(long.client().get(f"{path}{mark}cursor={cursor}"), 400, "bad-parameter")
    assert told["errors"][0]["parameter"] == "cursor"


def test_the_cursor_of_a_list_of_another_kind_is_refused(long: Desk) -> None:
    of_stories = long.get("/v1/stories?limit=1").json()["next"]
    of_facts = long.get("/v1/sources/ria/facts?limit=1").json()["next"]
    problem(long.client().get(f"/v1/sources/ria/facts?cursor={of_stories}"), 400, "bad-parameter")
    problem(long.client().get(f"/v1/stories?cursor={of_facts}"), 400, "bad-parameter")


def test_stories_are_found_by_their_words_as_they_stood(desk: Desk) -> None:
    word = "zeppelin" + desk.slug().replace("-", "")
    story = desk.open(facts=0)
    desk.report(story, statement=f"A {word} landed in Khasan")
    then = desk.report(story)["position"]
    body = CHANGES["corrections"] | {"expected_version": 1, "statement": "An airship landed in Khasan"}
    now = desk.post(f"/v1/stories/{story}/facts/1/corrections", body)["position"]

    def found(question: str) -> list[str]:
        return [item["story"] for item in desk.get(f"/v1/stories?{question}&at_least={now}").json()["items"]]

    assert found(f"q={word}&position={then}") == [story]
    assert found(f"q={word}") == []
    assert story in found("q=airship")
    assert story not in found("q=airship+-khasan")
    assert story in found("q=%22airship+landed%22")
    assert story not in found("q=%22landed+airship%22")
    for odd in (
        "%27",
        "%22",
        "%22%22%22",
        "a%26b",
        "%3A*",
        "!",
        "(",
        "%5C",
        "%F0%9F%9A%86",
        "the",
        "-",
        "or",
        "%25",
    ):
        assert desk.client().get(f"/v1/stories?q={odd}").status_code == 200, odd


# --- What is shown -----------------------------------------------------------------------------------------------


def test_the_edit_history_says_who_changed_what_when_and_why(desk: Desk) -> None:
    story = desk.open(facts=1)
    body = CHANGES["corrections"] | {"expected_version": 1}
    receipt = desk.post(f"/v1/stories/{story}/facts/1/corrections", body, "standards")
    at_least = f"at_least={receipt['position']}"
    revision = desk.get(f"/v1/stories/{story}/revisions/3?{at_least}").json()
    assert revision["by"] == "the standards"
    assert (revision["kind"], revision["fact"], revision["version"]) == ("correction", 1, 2)
    assert revision["recorded_at"] == receipt["recorded_at"]
    assert (revision["reason"], revision["was_wrong"]) == (body["reason"], body["was_wrong"])
    assert revision["before"] == {"statement": "Train 1 arrived"}
    assert revision["after"] == {"statement": body["statement"]}
    listed = desk.get(f"/v1/stories/{story}/revisions?{at_least}").json()["items"]
    assert [item["kind"] for item in listed] == ["opening", "report", "correction"]
    assert listed[2] == revision
    of_all = desk.get(f"/v1/corrections?limit=1&{at_least}").json()["items"][0]
    assert of_all == {"story": story, **revision}
    versions = desk.get(f"/v1/stories/{story}/facts/1/history?{at_least}").json()["items"]
    assert [(item["version"], item["statement"]) for item in versions] == [
        (1, "Train 1 arrived"),
        (2, body["statement"]),
    ]
    difference = desk.get(f"/v1/stories/{story}/diff?from=2&to=3&{at_least}").json()
    assert difference["facts"][0]["fields"]["statement"] == {
        "before": "Train 1 arrived",
        "after": body["statement"],
    }


def test_an_event_of_the_audit_trail_can_be_checked(desk: Desk, story: str) -> None:
    """commitment = HMAC-SHA-256(salt, body), over the body's bytes as they stand in the answer."""

    answer = desk.get("/v1/events?limit=200", "auditor")
    texts = re.findall(
        r'"commitment":"(\w{64})","salt":"(\w{64})","body":(\{.*?\})\}(?=,\{"position"|\],"next")',
        answer.text,
    )
    assert len(texts) == len(answer.json()["items"]) > 5
    for commitment, salt, body in texts:
        assert hmac.new(bytes.fromhex(salt), body.encode(), hashlib.sha256).hexdigest() == commitment


def test_unicode_comes_back_as_it_went_in(desk: Desk) -> None:
    statement = 'Ким Чен Ын 金正恩 \U0001f686 — “quoted” <b>&amp;</b> \u202e\\n"\t\u0301'
    story = desk.open(facts=0)
    receipt = desk.report(story, statement=statement)
    shown = desk.get(f"/v1/stories/{story}/facts/1?at_least={receipt['position']}")
    assert shown.json()["statement"] == statement
    assert shown.headers["content-type"] == "application/json"
    assert shown.headers["x-content-type-options"] == "nosniff"


def test_members_are_listed_by_their_ids_page_by_page(desk: Desk) -> None:
    told: list[dict[str, Any]] = []
    after = ""
    while True:
        answer = desk.get(f"/v1/members?limit=2{after}", "auditor").json()
        told += answer["items"]
        if answer["next"] is None:
            break
        assert answer["next"] == told[-1]["member"]
        after = f"&after={answer['next']}"
    assert [one["member"] for one in told] == sorted({one["member"] for one in told})
    assert {f"the {role}" for role in ROLES} <= {one["label"] for one in told}


def test_the_desks_list_says_how_each_story_stands(desk: Desk) -> None:
    def states(as_of: str = "") -> dict[str, str]:
        items = desk.get(f"/v1/stories?slugs={','.join(slugs)}{as_of}").json()["items"]
        return {one["story"]: one["state"] for one in items}

    slugs = [desk.open(), desk.public(), desk.public(), desk.open()]
    desk.post(
        f"/v1/stories/{slugs[3]}/publications",
        {"reason": "Read.", "embargo_until": f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"},
    )
    before = desk.post(f"/v1/stories/{slugs[2]}/holds", {"reason": "A doubt."})["position"] - 1
    desk.settle()
    assert list(map(states().get, slugs)) == ["draft", "published", "held", "embargoed"]
    assert states(f"&position={before}")[slugs[2]] == "published"
    found = desk.get("/v1/stories?q=train&limit=1").json()["items"]
    assert found[0]["state"] == "embargoed"
    for one in desk.client(None).get(f"/v1/stories?slugs={','.join(slugs)}").json()["items"]:
        assert "state" not in one
