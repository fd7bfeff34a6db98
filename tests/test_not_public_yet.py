"""Which stories do readers see as they were before a change, since when, and who made it?"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ledger.words import Role
from projections.views import story_now
from tests.desk import CHANGES, OF_PUBLICATION, SAID_OF_A_STORY, Desk, open_desk, problem
from tests.plain_browser import Browser

CORRECTION = CHANGES["corrections"] | {"expected_version": 1}


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], Any]) -> Iterator[Desk]:
    with open_desk(servers) as desk:
        yield desk


def listed(desk: Desk) -> dict[str, dict[str, Any]]:
    """By story, in the order of the list."""
    desk.settle()
    return {one["story"]: one for one in desk.get("/v1/unpublished?limit=200").json()["items"]}


def correct(desk: Desk, slug: str) -> dict[str, Any]:
    return desk.post(f"/v1/stories/{slug}/facts/1/corrections", CORRECTION)


def test_a_public_story_stands_there_from_its_first_change_until_that_is_published(desk: Desk) -> None:
    slug = desk.public()
    assert slug not in listed(desk)
    receipt = correct(desk, slug)
    desk.post(f"/v1/stories/{slug}/headline", SAID_OF_A_STORY["headline"], "standards")
    found = listed(desk)[slug]
    assert (found["headline"], found["revision"], found["public"]) == ("A train goes on", 5, 2)
    since = found["since"]
    assert (since["position"], since["recorded_at"]) == (receipt["position"], receipt["recorded_at"])
    assert (since["kind"], since["fact"], since["by"]) == ("correction", 1, "the editor")
    desk.publish(slug)
    assert slug not in listed(desk)


def test_the_newest_change_comes_first_and_each_story_once(desk: Desk) -> None:
    slugs = [desk.public() for _ in range(3)]
    for slug in (slugs[1], slugs[0], slugs[2], slugs[1]):
        desk.report(slug)
    ours = [slug for slug in listed(desk) if slug in slugs]
    assert ours == [slugs[2], slugs[0], slugs[1]]
    first = desk.get("/v1/unpublished?limit=1").json()
    following = desk.get(f"/v1/unpublished?limit=1&cursor={first['next']}").json()
    assert [one["story"] for one in (*first["items"], *following["items"])] == ours[:2]


@pytest.mark.parametrize(
    "said",
    [
        ("facts/1/confirmations", CHANGES["confirmations"] | {"expected_version": 1}, True),
        ("notes", SAID_OF_A_STORY["notes"], False),
        ("notes", SAID_OF_A_STORY["notes"] | {"is_publishable": True}, True),
        ("copy", SAID_OF_A_STORY["copy"], True),
        ("holds", OF_PUBLICATION["holds"], False),
    ],
    ids=["a confirmation", "a note of the desk", "a note for readers", "copy", "a hold"],
)
def test_what_is_for_the_desk_alone_or_shows_nothing_is_no_change(
    desk: Desk, said: tuple[str, dict[str, Any], bool]
) -> None:
    path, body, is_there = said
    slug = desk.public()
    desk.post(f"/v1/stories/{slug}/{path}", body)
    assert (slug in listed(desk)) == is_there


def test_what_is_not_public_or_waits_for_an_embargo_is_not_among_them(desk: Desk) -> None:
    draft, held, waiting, beyond = desk.open(), desk.public(), desk.public(), desk.public()
    for slug in (held, waiting, beyond):
        correct(desk, slug)
    desk.post(f"/v1/stories/{held}/holds", OF_PUBLICATION["holds"])
    for slug in (waiting, beyond):
        until = OF_PUBLICATION["publications"] | {"embargo_until": "2099-01-01T00:00:00Z"}
        desk.post(f"/v1/stories/{slug}/publications", until)
    later = desk.report(beyond)
    found = listed(desk)
    assert not {draft, held, waiting} & {*found}
    assert found[beyond]["since"]["position"] == later["position"]
    desk.post(f"/v1/stories/{held}/releases", OF_PUBLICATION["releases"])
    assert held in listed(desk)


def test_who_reads_for_the_public_is_told_nothing_of_it(desk: Desk) -> None:
    correct(desk, desk.public())
    problem(desk.client(None).get("/v1/unpublished"), 401, "key-refused")
    assert desk.client("reporter").get("/v1/unpublished?limit=1").json()["items"]


@pytest.mark.thorough
def test_it_costs_what_is_listed_however_many_stories_there_are(desk: Desk) -> None:
    """By its index: no story that is as its readers see it is looked at."""
    correct(desk, desk.public())
    desk.settle()
    views = desk.newsroom.views
    with views.transaction(force_rollback=True):
        views.execute(
            "insert into story_now"
            " (story, stream_id, slug, opened_as, revision, position, recorded_at, facts, corrections)"
            " select -n, gen_random_uuid(), 'x' || n, 'x' || n, 1, n, now(), 0, 0"
            " from generate_series(1, 50000) as n"
        )
        views.execute("analyze story_now")
        plan = "\n".join(
            line
            for (line,) in views.execute(
                f"explain (analyze, buffers, costs off, timing off) {story_now.BEHIND}",
                {"before": 2**53, "limit": 50},
            )
        )
    assert "story_now_behind" in plan, plan
    assert "Seq Scan on story_now" not in plan, plan


# --- On pages ----------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_the_desk_and_the_front_say_so_with_a_way_to_publish(
    desk: Desk, browsers: Callable[[Role | None], Browser]
) -> None:
    slug = desk.public()
    correct(desk, slug)
    desk.settle()
    publish = f"/desk/stories/{slug}/publish?revision=4"
    for address in ("/desk", "/", f"/stories/{slug}", f"/stories/{slug}/facts/1"):
        page = browsers("editor").get(address)
        assert "Not public yet" in page.text, address
        assert publish in page.links(), address
        page = browsers("reporter").get(address)
        assert "Not public yet" in page.text, address
        assert publish not in page.links(), address
        assert "ot public yet" not in browsers(None).get(address).text
    assert "Correction of fact 1" in browsers("editor").get("/desk").text
    desk.publish(slug)
    desk.settle()
    for address in ("/desk", "/", f"/stories/{slug}"):
        assert f"/desk/stories/{slug}/publish?revision=4" not in browsers("editor").get(address).links()


@pytest.mark.thorough
def test_why_it_is_published_stands_there_already(desk: Desk, editor: Browser) -> None:
    slug = desk.open()
    assert editor.get(f"/desk/stories/{slug}/publish").form.fields["reason"] == "First publication."
    desk.publish(slug)
    correct(desk, slug)
    desk.post(f"/v1/stories/{slug}/headline", SAID_OF_A_STORY["headline"])
    desk.post(f"/v1/stories/{slug}/notes", SAID_OF_A_STORY["notes"])
    desk.settle()
    page = editor.get(f"/desk/stories/{slug}/publish?revision=5")
    why = "Correction of fact 1: The agency says so. New headline: It does."
    assert page.form.fields["reason"] == why
    page = page.form.send()
    assert page.status == 200, page.text
    desk.settle()
    assert desk.get(f"/v1/stories/{slug}/revisions").json()["items"][-1]["reason"] == why
    assert slug not in listed(desk)
