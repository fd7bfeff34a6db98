"""Are two stories that are one told as one to readers, kept apart at the desk, and told apart again by undo?"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from httpx2 import Response

from api.server.embedded import EmbeddedPostgres
from projections.engine.proof.fold import first_difference
from projections.engine.rebuild import rebuild
from projections.views.catalogue import VIEW
from tests.desk import CHANGES, FACT, Desk, open_desk, problem
from tests.plain_browser import Browser


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


def merge(desk: Desk, slug: str, into: str) -> int:
    """The revision by which the one was joined to the other."""
    receipt = desk.post(f"/v1/stories/{slug}/merges", {"into": into, "reason": "Two of us began the same."})
    desk.settle()
    return int(receipt["revision"])


def part(desk: Desk, slug: str, revision: int) -> None:
    desk.post(f"/v1/stories/{slug}/revisions/{revision}/undo", {"reason": "They are two."})
    desk.settle()


def asked(desk: Desk, path: str, role: Any = None) -> Response:
    return desk.client(role).get(path)


def test_readers_are_led_to_the_one_that_goes_on_and_back_once_they_are_told_apart(desk: Desk) -> None:
    one, other = desk.public(), desk.public()
    merged = merge(desk, one, other)
    for form in ("", ".jsonld", ".md", "/json-ld"):
        answer = asked(desk, f"/v1/stories/{one}{form}")
        assert (answer.status_code, answer.headers["location"]) == (308, f"/v1/stories/{other}{form}"), form
    for form in ("", ".ninjs", "/embed", "/badge.svg"):
        answer = asked(desk, f"/stories/{one}{form}")
        assert (answer.status_code, answer.headers["location"]) == (308, f"/stories/{other}{form}"), form
    assert asked(desk, f"/v1/stories/{one}?edition=1").json()["story"] == one, "what readers saw stays"
    assert asked(desk, f"/v1/stories/{one}/facts/1").status_code == 200, "the other's first fact is another"
    part(desk, one, merged)
    assert asked(desk, f"/v1/stories/{one}").json()["story"] == one


def test_they_are_led_nowhere_where_they_may_not_read_both(desk: Desk) -> None:
    one, draft, held = desk.public(), desk.open(), desk.public()
    merged = merge(desk, one, draft)
    assert asked(desk, f"/v1/stories/{one}").json()["story"] == one
    part(desk, one, merged)
    merge(desk, one, held)
    desk.post(f"/v1/stories/{held}/holds", {"reason": "To be read."})
    desk.settle()
    assert asked(desk, f"/v1/stories/{one}").json()["story"] == one
    secret, other = desk.open(), desk.public()
    merge(desk, secret, other)
    problem(asked(desk, f"/v1/stories/{secret}"), 404, "nothing-there")
    problem(asked(desk, f"/v1/stories/{secret}/merges"), 401)
    for slug in (draft, secret):
        assert slug not in asked(desk, f"/v1/stories/{one}").text + asked(desk, f"/v1/stories/{other}").text


@pytest.mark.parametrize(("act", "status"), [("kills", 410), ("takedowns", 451)])
def test_what_was_withdrawn_of_the_one_that_goes_on_is_not_back_in_the_other(
    desk: Desk, act: str, status: int
) -> None:
    one, other = desk.public(), desk.public()
    merge(desk, one, other)
    approval = desk.want(other, act)["approval"]
    desk.post(f"/v1/stories/{other}/approvals/{approval}/approve", {}, "standards")
    desk.settle()
    answer = asked(desk, f"/v1/stories/{one}")
    assert (answer.status_code, answer.headers["location"]) == (308, f"/v1/stories/{other}")
    assert asked(desk, f"/v1/stories/{other}").status_code == status


def test_the_desk_reads_both_and_their_histories_tell_of_it(desk: Desk) -> None:
    one, other = desk.public(), desk.public()
    revision = merge(desk, one, other)
    shown = asked(desk, f"/v1/stories/{one}", "editor").json()
    assert (shown["story"], shown["merged_into"]) == (one, other)
    told = asked(desk, f"/v1/stories/{one}/revisions/{revision}", "editor").json()
    assert (told["kind"], told["after"], told["reason"]) == (
        "merge",
        {"into": other},
        "Two of us began the same.",
    )
    assert asked(desk, f"/v1/stories/{one}/merges", "editor").json() == {
        "story": one,
        "into": other,
        "items": [],
    }
    assert asked(desk, f"/v1/stories/{other}/merges", "editor").json() == {
        "story": other,
        "items": [{"story": one, "headline": "A train"}],
    }
    browser = Browser.of(desk.server, "editor")
    assert "Joined to it" in browser.get(f"/stories/{other}/history").text
    for page in (f"/stories/{one}", f"/stories/{one}/history"):
        assert "It was joined to A train, and that one goes on" in browser.get(page).text, page
    assert f"/desk/stories/{one}/set-headline" not in browser.get(f"/stories/{one}").links()
    browser.close()
    part(desk, one, revision)
    assert "merged_into" not in asked(desk, f"/v1/stories/{one}", "editor").json()
    assert asked(desk, f"/v1/stories/{other}/merges", "editor").json()["items"] == []


def test_nothing_is_added_to_the_one_that_was_joined_and_chains_have_an_end(desk: Desk) -> None:
    one, other, third = desk.public(), desk.public(), desk.public()
    merge(desk, one, other)
    told = problem(desk.try_post(f"/v1/stories/{one}/facts", FACT), 409, "story-is-merged")
    assert (told["story"], told["into"]) == (one, other)
    for into in (one, other):
        body = {"into": into, "reason": "The same."}
        problem(desk.try_post(f"/v1/stories/{other}/merges", body), 409 if into == one else 422)
    merge(desk, other, third)
    answer = desk.client(None).get(f"/v1/stories/{one}", follow_redirects=True)
    assert (answer.json()["story"], len(answer.history)) == (third, 2)
    problem(desk.try_post(f"/v1/stories/{third}/merges", {"into": one, "reason": "Round."}), 409)
    problem(desk.try_post(f"/v1/stories/{third}/merges", {"into": "no-such-story", "reason": "So."}), 422)


def test_the_one_that_was_joined_can_be_withdrawn_and_whom_it_names_protected(desk: Desk) -> None:
    one, other = desk.public(), desk.public()
    merge(desk, one, other)
    terms = {"expected_version": 1, "terms": "off_record", "reason": "Asked to."}
    desk.post(f"/v1/stories/{one}/facts/1/terms", terms)
    desk.publish(one)
    problem(asked(desk, f"/v1/stories/{one}/facts/1"), 404)
    approval = desk.want(one, "kills", "editor")["approval"]
    desk.post(f"/v1/stories/{one}/approvals/{approval}/approve", {}, "standards")
    desk.settle()
    for path in (one, f"{one}?edition=1"):
        assert asked(desk, f"/v1/stories/{path}").status_code == 410, path
    browser = Browser.of(desk.server, "editor")
    two, three = desk.public(), desk.public()
    merge(desk, two, three)
    offered = browser.get(f"/stories/{two}").links()
    assert f"/desk/stories/{two}/hold" in offered
    assert f"/desk/stories/{two}/file-copy" not in offered
    browser.close()


@pytest.mark.thorough
def test_a_fact_of_the_one_that_was_joined_is_withdrawn_by_itself(desk: Desk) -> None:
    one, other = desk.public(), desk.public()
    merge(desk, one, other)
    browser = Browser.of(desk.server, "editor")
    offered = [link for link in browser.get(f"/stories/{one}/facts/1").links() if "/desk/stories/" in link]
    assert [link for link in offered if "fact" in link] == [f"/desk/stories/{one}/facts/1/retract"]
    browser.get(f"/desk/stories/{one}/facts/1/retract").form.send(reason="It is not so.")
    browser.close()
    desk.publish(one)
    desk.settle()
    assert asked(desk, f"/v1/stories/{one}/facts/1").json()["standing"] == "retracted"


def test_it_is_joined_by_a_form(desk: Desk) -> None:
    one, other = desk.public(), desk.public()
    browser = Browser.of(desk.server, "standards")
    browser.get(f"/desk/stories/{one}/merge").form.send(into=other, reason="The same.")
    desk.settle()
    assert asked(desk, f"/v1/stories/{one}").headers["location"] == f"/v1/stories/{other}"
    browser.close()


def test_the_form_finds_the_one_that_goes_on_by_its_headline(desk: Desk) -> None:
    one, other = desk.public(), desk.public()
    desk.post(f"/v1/stories/{other}/headline", {"headline": "Kim sets out", "reason": "Where to."})
    desk.settle()
    browser = Browser.of(desk.server, "standards")
    form = browser.get(f"/desk/stories/{one}/merge").form
    refused = form.send(into="Kim sets", reason="The same.")
    assert refused.form.fields["into"] == "Kim sets"
    form.send(into=" kim sets out", reason="The same.")
    desk.settle()
    assert asked(desk, f"/v1/stories/{one}").headers["location"] == f"/v1/stories/{other}"
    browser.close()


@pytest.mark.parametrize("act", ["kills", "takedowns"])
def test_none_is_joined_to_one_that_was_withdrawn(desk: Desk, act: str) -> None:
    one, other = desk.public(), desk.public()
    approval = desk.want(other, act)["approval"]
    desk.post(f"/v1/stories/{other}/approvals/{approval}/approve", {}, "standards")
    told = problem(desk.try_post(f"/v1/stories/{one}/merges", {"into": other, "reason": "The same."}), 409)
    assert told["errors"][0]["pointer"] == "#/into"
    assert " or killed" not in told["detail"]


def test_a_map_of_the_site_names_the_one_that_goes_on_alone(desk: Desk) -> None:
    one, other, draft = desk.public(), desk.public(), desk.open()

    def named(slug: str) -> list[bool]:
        maps = ("/sitemap.xml", "/news-sitemap.xml")
        return [f"/stories/{slug}<" in asked(desk, address).text for address in maps]

    assert named(one) == named(other) == [True, True]
    revision = merge(desk, one, other)
    assert (named(one), named(other)) == ([False, False], [True, True])
    part(desk, one, revision)
    merge(desk, one, draft)
    assert named(one) == [True, True], "readers are not led on to what they do not see"


def test_its_facts_wait_for_nobody_while_another_goes_on(desk: Desk) -> None:
    one, other = desk.open(), desk.public()
    desk.report(one, statement="The bridge was open", rests_on=[{"story": one, "fact": 1}])
    desk.post(f"/v1/stories/{one}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1})
    desk.settle()

    def shaken() -> list[str]:
        return [fact["story"] for fact in asked(desk, "/v1/facts/shaken", "editor").json()["items"]]

    revision = merge(desk, one, other)
    assert one not in shaken()
    part(desk, one, revision)
    assert one in shaken()


@pytest.mark.thorough
def test_views_that_are_built_anew_are_those_that_moved_along(desk: Desk) -> None:
    one, other, third = desk.public(), desk.public(), desk.public()
    part(desk, one, merge(desk, one, other))
    merge(desk, one, third)
    merge(desk, other, third)
    assert first_difference(desk.newsroom.views, VIEW, desk.head()) is None
    rebuild(desk.newsroom.database)
    assert first_difference(desk.newsroom.views, VIEW, desk.head()) is None


def test_what_is_done_with_the_one_that_was_joined_never_lands_on_the_other(desk: Desk) -> None:
    one, other = desk.public(), desk.public()
    desk.post(f"/v1/stories/{one}/headline", {"headline": "A train left", "reason": "It did."})
    merge(desk, one, other)
    browser = Browser.of(desk.server, "editor")
    page = browser.get(f"/stories/{one}")
    assert "Not public yet" not in page.text
    assert not [link for link in page.links() if "/publish" in link]
    for word in ("publish", "hold", "issue-corrective", "kill", "set-headline"):
        form = browser.get(f"/desk/stories/{one}/{word}?revision=3")
        assert form.status in (200, 409), word
        assert f"/desk/stories/{one}/{word}" in form.address, word
    shown = browser.get(f"/desk/stories/{one}/publish").form.send("preview", reason="To see.")
    assert f"/desk/stories/{one}/publish" in shown.address
    receipt = desk.post(
        f"/v1/stories/{one}/facts/1/retractions", {"expected_version": 1, "reason": "Not so."}
    )
    desk.settle()
    offered = [link for link in browser.get(f"/stories/{one}").links() if "/publish" in link]
    assert offered == [f"/desk/stories/{one}/publish?revision={receipt['revision']}"], (
        "what withdraws goes out"
    )
    browser.close()


def test_who_joined_it_can_be_undone_where_it_is_told_and_leaves_nothing_to_publish(desk: Desk) -> None:
    one, other = desk.public(), desk.public()
    part(desk, one, merge(desk, one, other))
    revision = merge(desk, one, other)
    browser = Browser.of(desk.server, "editor")
    undo = f"/desk/stories/{one}/revisions/{revision}/undo"
    assert undo in browser.get(f"/stories/{one}").links()
    page = browser.get(f"/stories/{one}/history")
    assert undo in page.links()
    assert "Somebody joined it" not in page.text
    assert "Why: Two of us began the same." in page.text
    after = browser.get(undo).form.send(reason="They are two.")
    desk.settle()
    assert (after.status, after.address.partition("?")[0]) == (200, f"{desk.server.url}/stories/{one}")
    assert "Not public yet" not in browser.get(f"/stories/{one}").text
    assert one not in browser.get("/desk/unpublished").source
    browser.close()
