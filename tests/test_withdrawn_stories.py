"""Does a story that was killed or taken down leave a trace in the log of corrections and its figures, as what it is?"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from api.server.embedded import EmbeddedPostgres
from tests.desk import CHANGES, OF_PUBLICATION, Desk, open_desk

NOTICE = "This story has been withdrawn. It did not meet our standards."


@pytest.fixture
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


def withdraw(desk: Desk, slug: str, act: str = "kills", **said: Any) -> dict[str, Any]:
    """The receipt of what a second person agreed to."""
    asked = desk.try_post(f"/v1/stories/{slug}/{act}", {"reason": "Between us"} | said)
    assert asked.status_code == 202, asked.text
    return desk.post(f"/v1/stories/{slug}/approvals/{asked.json()['approval']}/approve", {}, "standards")


def log(desk: Desk, role: Any = None, **query: Any) -> list[dict[str, Any]]:
    answer = desk.client(role).get("/v1/corrections", params={"at_least": desk.head()} | query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def figures(desk: Desk, role: Any = None) -> tuple[int, int, int]:
    told = desk.client(role).get(f"/v1/corrections/figures?at_least={desk.head()}").json()
    months = {name: sum(month[name] for month in told["by_month"]) for name in ("kills", "takedowns")}
    assert months == {"kills": told["kills"], "takedowns": told["takedowns"]}
    return told["corrections"], told["kills"], told["takedowns"]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.thorough
def test_a_killed_story_stands_in_the_log_and_the_figures_with_its_notice_and_how_long_it_ran(
    desk: Desk,
) -> None:
    killed, other = desk.public(), desk.public()
    for slug in (killed, other):
        body = CHANGES["corrections"] | {"expected_version": 1, "was_wrong": f"Wrong in {slug}"}
        desk.post(f"/v1/stories/{slug}/facts/1/corrections", body)
        desk.publish(slug)
    assert ([one["kind"] for one in log(desk)], figures(desk)) == (["correction"] * 2, (2, 0, 0))
    first = desk.get(f"/v1/stories/{killed}/revisions?view=reader&at_least={desk.head()}").json()["items"][0][
        "published_at"
    ]
    done = withdraw(desk, killed, notice=NOTICE)
    told, correction = log(desk)
    assert correction["story"] == other
    ran = told.pop("public_seconds")
    assert told == {
        "story": killed,
        "kind": "kill",
        "revision": done["revision"],
        "text": NOTICE,
        "published_at": done["recorded_at"],
        "public_from": first,
    }
    assert instant(first) + timedelta(seconds=ran) == instant(done["recorded_at"])
    assert figures(desk) == (1, 1, 0)
    feed = ET.fromstring(desk.client(None).get("/v1/corrections/feed").text)  # noqa: S314  our own
    titles = [title.text for title in feed.iter("{http://www.w3.org/2005/Atom}title")]
    assert titles[:2] == ["Corrections", "Story withdrawn"]
    contents = [content.text or "" for content in feed.iter("{http://www.w3.org/2005/Atom}content")]
    assert contents[0].startswith(NOTICE)


@pytest.mark.thorough
def test_the_desk_has_it_in_its_log_with_the_reason_and_nobody_else_reads_that(desk: Desk) -> None:
    slug = desk.public()
    done = withdraw(desk, slug, notice=NOTICE)
    (told,) = log(desk, "editor")
    assert (told["kind"], told["story"], told["reason"]) == ("kill", slug, "Between us")
    assert (told["revision"], told["public_to"]) == (done["revision"], done["recorded_at"])
    assert told["public_seconds"] > 0
    assert figures(desk, "editor") == (0, 1, 0)
    for path in ("/v1/corrections", "/v1/corrections/feed", f"/v1/stories/{slug}", f"/stories/{slug}"):
        assert "Between us" not in desk.client(None).get(path).text


def test_a_takedown_says_its_ground_and_words_of_its_own_where_there_is_no_notice(desk: Desk) -> None:
    slug = desk.public()
    withdraw(desk, slug, "takedowns", ground="safety")
    (told,) = log(desk)
    assert (told["kind"], told["ground"], told["text"]) == (
        "takedown",
        "safety",
        "This story was taken down.",
    )
    assert figures(desk) == (0, 0, 1)


@pytest.mark.thorough
def test_a_story_that_nobody_saw_leaves_no_trace_and_one_that_is_back_is_itself_again(desk: Desk) -> None:
    unseen, back = desk.open(), desk.public()
    withdraw(desk, unseen, notice=NOTICE)
    assert log(desk) == log(desk, "editor") == []
    assert figures(desk) == figures(desk, "editor") == (0, 0, 0)
    withdraw(desk, back)
    assert [one["story"] for one in log(desk)] == [back]
    withdraw(desk, back, "restorations", held=True)
    assert (log(desk), figures(desk)) == ([], (0, 0, 0))  # readers are not told that a held story is there
    desk.post(f"/v1/stories/{back}/releases", OF_PUBLICATION["releases"])
    assert (log(desk), figures(desk)) == ([], (0, 0, 0))
    assert ([one["kind"] for one in log(desk, "editor")], figures(desk, "editor")) == (["kill"], (0, 1, 0))
    withdraw(desk, back)
    assert (len(log(desk)), figures(desk)) == (1, (0, 1, 0))
    assert len(log(desk, "editor")) == 2


@pytest.mark.thorough
def test_what_was_held_does_not_count_as_read(desk: Desk) -> None:
    slug = desk.public()
    held = desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
    withdraw(desk, slug)
    (told,) = log(desk)
    assert instant(told["public_from"]) + timedelta(seconds=told["public_seconds"]) == instant(
        held["recorded_at"]
    )
    (told,) = log(desk, "editor")
    assert told["public_to"] == held["recorded_at"]


@pytest.mark.thorough
def test_the_log_is_read_in_pages_and_of_one_story(desk: Desk) -> None:
    slugs = [desk.public() for _ in range(3)]
    withdraw(desk, slugs[0])
    desk.post(f"/v1/stories/{slugs[1]}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1})
    desk.publish(slugs[1])
    withdraw(desk, slugs[2])
    for role in (None, "editor"):
        whole = log(desk, role)
        assert [one["story"] for one in whole] == slugs[::-1]
        found: list[Any] = []
        cursor = ""
        for _ in whole:
            page = desk.client(role).get(f"/v1/corrections?limit=1{cursor}").json()
            found += page["items"]
            cursor = f"&cursor={page['next']}"
        assert (found, page["next"]) == (whole, None)
        for number, slug in enumerate(slugs):
            assert log(desk, role, story=slug) == [whole[2 - number]]
        assert log(desk, role, story="no-such-story") == []


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("act", "said", "status", "words"),
    [
        ("kills", {"notice": NOTICE}, 410, ("Withdrawn", NOTICE, "it should not have been published")),
        pytest.param("kills", {}, 410, ("Withdrawn", "This story was withdrawn"), marks=pytest.mark.thorough),
        pytest.param(
            "takedowns",
            {"ground": "safety"},
            410,
            ("Taken down", "for somebody’s safety"),
            marks=pytest.mark.thorough,
        ),
        ("takedowns", {"ground": "legal", "notice": NOTICE}, 451, (NOTICE, "for a legal reason")),
    ],
)
def test_the_page_in_its_place_says_what_when_and_why(
    desk: Desk, act: str, said: dict[str, Any], status: int, words: tuple[str, ...]
) -> None:
    slug = desk.public()
    (edition,) = desk.get(f"/v1/stories/{slug}/revisions?view=reader&at_least={desk.head()}").json()["items"]
    done = withdraw(desk, slug, act, **said)
    answer = desk.client(None).get(f"/v1/stories/{slug}")
    assert answer.status_code == status
    tombstone = answer.json()["tombstone"]
    assert (tombstone["since"], tombstone["published_at"]) == (done["recorded_at"], edition["published_at"])
    ran = instant(done["recorded_at"]) - instant(edition["published_at"])
    assert tombstone["public_seconds"] == pytest.approx(ran.total_seconds(), abs=1e-6)
    for path in (f"/stories/{slug}", f"/stories/{slug}/facts/1", f"/stories/{slug}/history"):
        page = desk.client(None).get(path)
        assert page.status_code == status
        for word in (*words, done["recorded_at"][:16], edition["published_at"][:16], "/corrections"):
            assert word in page.text, (path, word)
    corrections = desk.client(None).get("/corrections").text
    assert slug in corrections
    assert "Stories withdrawn or taken down" in corrections
