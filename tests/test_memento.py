"""Do clients that know RFC 7089, and nothing of us, find the edition that readers saw at an instant?"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st
from memento_client import MementoClient  # type: ignore[import-untyped]

from api.formats.http_dates import http_date, parse_http_date
from api.http.documents import cursor_of
from ledger.words import Role, parse_instant
from tests.desk import Desk, problem

HOUR = timedelta(hours=1)
KEPT = "public, max-age=86400, s-maxage=31536000"
ASKED_ANEW = "public, no-cache"


@dataclass(frozen=True)
class Told:
    """A story with three editions, two hours apart; when readers saw each first, and the revision it shows."""

    slug: str
    revisions: list[int]
    instants: list[datetime]
    position: int


@pytest.fixture(scope="module")
def story(desk: Desk) -> Told:
    return tell(desk)


def tell(desk: Desk) -> Told:
    slug = desk.open(facts=1)
    receipts = [desk.publish(slug)]
    for headline in ("A train goes on", "A train comes back"):
        desk.pass_time(hours=2)
        receipts.append(desk.edition(slug, headline))
    desk.get(f"/v1/stories?at_least={receipts[-1]['position']}")
    return Told(
        slug,
        [receipt["revision"] - 1 for receipt in receipts],
        [parse_instant(receipt["recorded_at"]) for receipt in receipts],
        receipts[-1]["position"],
    )


def ask(desk: Desk, path: str, at: str | datetime | None = None, role: Role | None = None) -> Response:
    """What a reader is told, or, with a role, somebody with a key."""
    date = http_date(at) if isinstance(at, datetime) else at
    return desk.client(role).get(path, headers={"accept-datetime": date} if date is not None else {})


def links(text: str) -> dict[str, dict[str, Any]]:
    """By address: its rels and its other attributes, as the client reads them."""
    read = MementoClient.parse_link_header(text)
    return {
        address: {name: values if name == "rel" else values[0] for name, values in found.items()}
        for address, found in read.items()
    }


def to_the_second(instant: datetime) -> datetime:
    """As the client has it."""
    return instant.replace(microsecond=0, tzinfo=None)


# --- What the client of the field finds ---------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("from_first", "edition"),
    [
        (timedelta(days=-4000), 0),
        (timedelta(0), 0),
        (HOUR, 0),
        (2 * HOUR - timedelta(seconds=1), 0),
        (2 * HOUR, 1),
        (3 * HOUR, 1),
        (4 * HOUR, 2),
        (timedelta(days=4000), 2),
    ],
    ids=str,
)
@pytest.mark.parametrize("begin_at", ["original", "memento"])
def test_the_client_finds_the_edition_that_was_public_then_and_those_beside_it(
    desk: Desk, story: Told, from_first: timedelta, edition: int, begin_at: str
) -> None:
    original = f"{desk.server.url}/v1/stories/{story.slug}"
    mementos = [f"{original}?edition={number}" for number in (1, 2, 3)]
    client = MementoClient(timegate_uri="", check_native_timegate=True)
    asked_of = original if begin_at == "original" else mementos[1]
    found = client.get_memento_info(asked_of, to_the_second(story.instants[0]) + from_first)

    assert found["original_uri"] == found["timegate_uri"] == original
    told = found["mementos"]
    assert told["closest"]["http_status_code"] == 200
    beside = {
        "closest": edition,
        "first": 0,
        "last": 2,
        **({"prev": edition - 1} if edition > 0 else {}),
        **({"next": edition + 1} if edition < 2 else {}),
    }
    assert {name: (*one["uri"], one["datetime"]) for name, one in told.items()} == {
        name: (mementos[index], to_the_second(story.instants[index])) for name, index in beside.items()
    }


def test_the_client_finds_the_timegate_of_readers_from_the_desks_view(desk: Desk, story: Told) -> None:
    """With a key and no view the story is as the desk has it, which is no memento of anything that readers saw."""
    path = f"/v1/stories/{story.slug}"
    answer = ask(desk, path, story.instants[0], role="editor")
    assert answer.status_code == 200
    assert answer.json()["headline"] == "A train comes back"
    assert answer.headers["vary"].removesuffix(", Accept-Encoding") == "Authorization, Accept"
    assert "memento-datetime" not in answer.headers
    original = f"{desk.server.url}{path}"
    assert links(answer.headers["link"]) == {
        f"{original}?view=reader": {"rel": ["timegate"]},
        f"{original}/timemap?view=reader": {"rel": ["timemap"], "type": "application/link-format"},
    }
    for address in links(answer.headers["link"]):
        assert desk.client("editor").get(address).status_code == 200


def test_with_a_key_the_view_of_readers_keeps_to_itself(desk: Desk, story: Told) -> None:
    path = f"/v1/stories/{story.slug}?view=reader"
    answer = ask(desk, path, story.instants[1], role="editor")
    assert answer.status_code == 302
    location = answer.headers["location"]
    assert location == f"{desk.server.url}/v1/stories/{story.slug}?edition=2&view=reader"
    assert all("view=reader" in address for address in links(answer.headers["link"]))
    as_reader = ask(desk, f"/v1/stories/{story.slug}?edition=2")
    shown = ask(desk, location, role="editor")
    assert shown.content == as_reader.content
    assert shown.headers["memento-datetime"] == as_reader.headers["memento-datetime"]


# --- Original, TimeGate and memento, header by header -------------------------------------------------------------


def test_the_original_is_its_own_timegate_and_says_where_its_timemap_is(desk: Desk, story: Told) -> None:
    path = f"/v1/stories/{story.slug}"
    original = f"{desk.server.url}{path}"
    answer = ask(desk, path)
    unchanged = desk.client(None).get(path, headers={"if-none-match": answer.headers["etag"]})
    assert (answer.status_code, unchanged.status_code) == (200, 304)
    for told in (answer, unchanged, desk.client(None).head(path)):
        assert (
            told.headers["vary"].removesuffix(", Accept-Encoding") == "Authorization, Accept, Accept-Datetime"
        )
        assert told.headers["cache-control"] == ASKED_ANEW
        assert "memento-datetime" not in told.headers
        assert links(told.headers["link"]) == {
            original: {"rel": ["original", "timegate"]},
            f"{original}/timemap": {"rel": ["timemap"], "type": "application/link-format"},
        }


def test_the_timegate_sends_on_without_a_body_and_not_for_ever(desk: Desk, story: Told) -> None:
    path = f"/v1/stories/{story.slug}"
    original = f"{desk.server.url}{path}"
    answer = ask(desk, path, story.instants[1] + HOUR)
    head = desk.client(None).head(path, headers={"accept-datetime": http_date(story.instants[1] + HOUR)})
    # Whoever has the story as it is now does not have it as it was then.
    has_now = {"accept-datetime": http_date(story.instants[1]), "if-none-match": "*"}
    for told in (answer, head, desk.client(None).get(path, headers=has_now)):
        assert told.status_code == 302
        assert told.content == b""
        assert told.headers["location"] == f"{original}?edition=2"
        assert (
            told.headers["vary"].removesuffix(", Accept-Encoding") == "Authorization, Accept, Accept-Datetime"
        )
        assert told.headers["cache-control"] == ASKED_ANEW
        assert "memento-datetime" not in told.headers
        assert "etag" not in told.headers
        dates = [http_date(instant) for instant in story.instants]
        mementos = {address: told for address, told in links(told.headers["link"]).items() if "?" in address}
        assert mementos == {
            f"{original}?edition=1": {
                "rel": ["first", "prev", "memento"],
                "datetime": dates[0],
            },
            f"{original}?edition=2": {"rel": ["memento"], "datetime": dates[1]},
            f"{original}?edition=3": {
                "rel": ["next", "last", "memento"],
                "datetime": dates[2],
            },
        }


def test_a_memento_says_when_readers_saw_it_first_and_what_stands_beside_it(desk: Desk, story: Told) -> None:
    path = f"/v1/stories/{story.slug}"
    original = f"{desk.server.url}{path}"
    then = (story.instants[1] + HOUR).isoformat().replace("+00:00", "Z")
    desk.pass_time(hours=1)
    before = desk.head()
    desk.settle()
    ways = ["edition=2", f"as_of={then}", f"position={story.position - 1}"]
    for way in ways:
        answer = ask(desk, f"{path}?{way}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["headline"] == "A train goes on"
        assert answer.headers["memento-datetime"] == http_date(story.instants[1])
        assert answer.headers["cache-control"] == KEPT
        # It is fixed: whatever Accept-Datetime says, the answer does not depend on it.
        assert answer.headers["vary"].removesuffix(", Accept-Encoding") == "Authorization, Accept"
        for at in (story.instants[0], story.instants[2], datetime(1, 1, 1, tzinfo=UTC)):
            again = ask(desk, f"{path}?{way}", at)
            assert again.content == answer.content
            assert again.headers["link"] == answer.headers["link"]
        found = links(answer.headers["link"])
        assert found.pop(original) == {"rel": ["original", "timegate"]}
        assert found.pop(f"{original}/timemap")["rel"] == ["timemap"]
        assert {address: told["rel"] for address, told in found.items()} == {
            f"{original}?edition=1": ["first", "prev", "memento"],
            f"{original}?edition=2": ["memento"],
            f"{original}?edition=3": ["next", "last", "memento"],
        }
    assert desk.head() == before


def test_the_only_edition_is_first_and_last(desk: Desk) -> None:
    slug = desk.open()
    receipt = desk.publish(slug)
    answer = ask(desk, f"/v1/stories/{slug}?at_least={receipt['position']}", "Tue, 12 Sep 2023 14:30:00 GMT")
    assert answer.status_code == 302
    found = links(answer.headers["link"])
    assert found[answer.headers["location"]]["rel"] == ["first", "last", "memento"]
    assert len(found) == 3


def test_of_two_editions_in_one_second_the_last_is_found_and_the_first_has_its_own_address(
    desk: Desk,
) -> None:
    slug = desk.open()
    first = desk.publish(slug)
    last = desk.edition(slug, "Mended at once")
    seconds = {http_date(parse_instant(receipt["recorded_at"])) for receipt in (first, last)}
    desk.get(f"/v1/stories?at_least={last['position']}")
    for date in seconds:
        location = ask(desk, f"/v1/stories/{slug}", date).headers["location"]
        assert ask(desk, location).headers["memento-datetime"] == date
    assert ask(desk, f"/v1/stories/{slug}", max(seconds)).headers["location"].endswith("?edition=2")
    assert ask(desk, f"/v1/stories/{slug}?edition=1").status_code == 200


def test_while_a_story_was_held_the_edition_before_answers_for_it(desk: Desk) -> None:
    slug = desk.open()
    desk.publish(slug)
    desk.pass_time(hours=1)
    held = desk.post(f"/v1/stories/{slug}/holds", {"reason": "Wait."})
    desk.pass_time(hours=1)
    released = desk.post(f"/v1/stories/{slug}/releases", {"reason": "Go on."})
    desk.get(f"/v1/stories?at_least={released['position']}")
    at = parse_instant(held["recorded_at"]) + timedelta(minutes=30)
    answer = ask(desk, f"/v1/stories/{slug}", at)
    assert answer.headers["location"].endswith("?edition=1")
    # It became public again as it was: that makes no other memento.
    assert ask(desk, f"/v1/stories/{slug}/timemap").text.count("memento") == 1


# --- Dates that cannot be read ------------------------------------------------------------------------------------

NO_DATES = [
    "",
    "now",
    "2023-09-12T14:30:00Z",
    "2023-09-12",
    "1694529000",
    "Mon, 12 Sep 2023 14:30:00 GMT",  # it was a Tuesday
    "Tue, 12 Sep 2023 14:30:00",
    "Tue, 12 Sep 2023 14:30:00 UTC",
    "Tue, 12 Sep 2023 14:30:00 +0000",
    "Tue, 12 Sep 2023 16:30:00 CEST",
    "tue, 12 sep 2023 14:30:00 gmt",
    "Tuesday, 12-Sep-23 14:30:00 GMT",  # RFC 850
    "Tue Sep 12 14:30:00 2023",  # asctime
    "Tue, 2 Sep 2023 14:30:00 GMT",
    "Tue,12 Sep 2023 14:30:00 GMT",
    "Tue, 12 Sep 2023 24:30:00 GMT",
    "Tue, 12 Sep 2023 14:60:00 GMT",
    "Tue, 12 Sep 2023 14:30:60 GMT",  # leap seconds end a day
    "Thu, 30 Feb 2023 14:30:00 GMT",
    "Sat, 01 Jan 0000 00:00:00 GMT",
    "Tue, 12 Sep 20230 14:30:00 GMT",
    "Tue, 12 Sep 2023 14:30:00 GMT, Tue, 12 Sep 2023 14:30:00 GMT",
    "Tue, 12 Sep 2023 14:30:00 GMT" + " " * 5_000 + "x",
]


@pytest.mark.parametrize("date", NO_DATES, ids=lambda date: date[:60] or "nothing")
def test_a_date_that_cannot_be_read_is_a_400_that_says_how_to_mend_it(
    desk: Desk, story: Told, date: str
) -> None:
    for path in (f"/v1/stories/{story.slug}", f"/v1/stories/{story.slug}?edition=1"):
        told = problem(ask(desk, path, date), 400, "bad-parameter")
        assert told["errors"] == [{"header": "Accept-Datetime", "detail": told["detail"]}]
        (fix,) = re.findall(r"such as (.*)\.$", told["detail"])
        assert ask(desk, path, fix).status_code == (200 if "?" in path else 302)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_date_is_written_as_it_is_read(instant: datetime) -> None:
    assert parse_http_date(http_date(instant)) == instant.replace(microsecond=0)
    assert len(http_date(instant)) == 29


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),  # of RFC 9110
        ("Sat, 31 Dec 2016 23:59:60 GMT", datetime(2017, 1, 1, tzinfo=UTC)),  # a leap second
        ("Mon, 01 Jan 0001 00:00:00 GMT", datetime(1, 1, 1, tzinfo=UTC)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_the_ends_of_the_calendar_are_dates(desk: Desk, story: Told, text: str, instant: datetime) -> None:
    assert parse_http_date(text) == instant
    answer = ask(desk, f"/v1/stories/{story.slug}", text)
    edition = 2 if instant.year == 9999 else 0
    assert answer.headers["location"].endswith(f"?edition={edition + 1}")


# --- The TimeMap --------------------------------------------------------------------------------------------------


def test_the_timemap_lists_every_edition_in_link_format(desk: Desk, story: Told) -> None:
    path = f"/v1/stories/{story.slug}/timemap"
    answer = ask(desk, path)
    assert answer.headers["content-type"] == "application/link-format"
    assert answer.headers["cache-control"] == ASKED_ANEW
    original = f"{desk.server.url}/v1/stories/{story.slug}"
    dates = [http_date(instant) for instant in story.instants]
    assert links(answer.text) == {
        original: {"rel": ["original", "timegate"]},
        f"{original}/timemap": {
            "rel": ["self"],
            "type": "application/link-format",
            "from": dates[0],
            "until": dates[2],
        },
        f"{original}?edition=1": {"rel": ["first", "memento"], "datetime": dates[0]},
        f"{original}?edition=2": {"rel": ["memento"], "datetime": dates[1]},
        f"{original}?edition=3": {"rel": ["last", "memento"], "datetime": dates[2]},
    }
    for address, told in links(answer.text).items():
        shown = ask(desk, address)
        assert shown.status_code == 200
        if "memento" in told["rel"]:
            assert shown.headers["memento-datetime"] == told["datetime"]


def test_with_a_key_the_timemap_is_the_same(desk: Desk, story: Told) -> None:
    path = f"/v1/stories/{story.slug}/timemap"
    as_reader = ask(desk, path)
    assert ask(desk, path, role="auditor").content == as_reader.content
    named = ask(desk, f"{path}?view=reader", role="auditor")
    plain = re.sub(r"\?view=reader|&view=reader", "", named.text)
    assert plain == as_reader.text
    problem(ask(desk, f"{path}?view=desk", role="auditor"), 400, "bad-parameter")


def test_behind_the_last_memento_there_is_no_timemap(desk: Desk, story: Told) -> None:
    path = f"/v1/stories/{story.slug}/timemap"
    problem(ask(desk, f"{path}?cursor={cursor_of(story.position)}"), 404, "nothing-there")
    last = ask(desk, f"{path}?cursor={cursor_of(story.position - 1)}")
    assert [told["rel"] for address, told in links(last.text).items() if "edition" in address] == [
        ["last", "memento"]
    ]


# --- What readers do not see --------------------------------------------------------------------------------------


def unseen(desk: Desk) -> dict[str, str]:
    """Stories that readers do not see, each for another reason."""
    found = {name: desk.open() for name in ("draft", "embargoed", "held")}
    desk.post(
        f"/v1/stories/{found['embargoed']}/publications",
        {"embargo_until": "2999-01-01T00:00:00Z", "reason": "Later."},
    )
    desk.publish(found["held"])
    desk.post(f"/v1/stories/{found['held']}/holds", {"reason": "Wait."})
    desk.settle()
    return found | {"missing": "no-such-story"}


@pytest.mark.thorough
@pytest.mark.parametrize("below", ["", "/timemap", "/feed", "/json-ld", "?edition=1"])
def test_a_story_that_readers_do_not_see_is_not_there_whatever_the_reason(desk: Desk, below: str) -> None:
    answers = {
        name: ask(desk, f"/v1/stories/{slug}{below}", at)
        for name, slug in unseen(desk).items()
        for at in (None, "Tue, 12 Sep 2023 14:30:00 GMT")
    }
    changing = re.compile(rb'"request_id":"[^"]*"')
    bodies = {changing.sub(b"", answer.content) for answer in answers.values()}
    assert len(bodies) == 1
    for answer in answers.values():
        problem(answer, 404, "nothing-there")
        assert not {"link", "memento-datetime", "location", "etag"} & set(answer.headers)


@pytest.mark.parametrize(("act", "status"), [("kills", 410), ("takedowns", 451)])
def test_a_withdrawn_story_has_no_timemap_and_no_mementos_until_it_is_restored(
    desk: Desk, act: str, status: int
) -> None:
    told = tell(desk)
    path = f"/v1/stories/{told.slug}"
    memento = f"{path}?edition=1"
    before = ask(desk, memento)
    desk.do(told.slug, act)
    for address in (path, memento, f"{path}/timemap", f"{path}/feed", f"{path}/json-ld"):
        for at in (None, told.instants[0]):
            answer = ask(desk, address, at)
            problem(answer, status, "story-withdrawn")
            assert not {"link", "memento-datetime", "location", "etag"} & set(answer.headers)
        assert desk.client(None).head(address).status_code == status
    restored = desk.do(told.slug, "restorations")
    desk.get(f"/v1/stories?at_least={restored['position']}")
    after = ask(desk, memento)
    assert after.content == before.content
    assert after.headers["link"] == before.headers["link"]
    assert ask(desk, path, told.instants[0]).headers["location"].endswith(memento)


# --- Addresses ----------------------------------------------------------------------------------------------------


def test_links_call_the_server_as_the_request_does(desk: Desk, story: Told) -> None:
    path = f"/v1/stories/{story.slug}"
    answer = desk.client(None).get(path, headers={"host": "news.example:8443"})
    assert f"http://news.example:8443{path}" in links(answer.headers["link"])


@pytest.mark.parametrize(
    "host", ['x>; rel="original', "x, <y", "a b", "x/../y", "x@y", "x?y", "x#y", "<", ""]
)
def test_what_is_no_host_comes_into_no_link(desk: Desk, story: Told, host: str) -> None:
    path = f"/v1/stories/{story.slug}"
    for below in ("", "/timemap", "/feed", "/json-ld"):
        answer = desk.client(None).get(path + below, headers={"host": host})
        if answer.status_code == 200:
            told = f"{answer.headers.get('link')}{answer.text}"
            assert f"http://127.0.0.1:{desk.server.url.rpartition(':')[2]}{path}" in told
