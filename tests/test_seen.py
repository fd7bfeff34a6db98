"""What is published, and what is changed, is what somebody looked at."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.server.embedded import EmbeddedPostgres
from tests.desk import CHANGES, OF_PUBLICATION, SAID_OF_A_STORY, Desk, open_desk, problem
from tests.plain_browser import Browser


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as desk:
        yield desk


@pytest.fixture
def editor(desk: Desk) -> Iterator[Browser]:
    browser = Browser.of(desk.server, "editor")
    yield browser
    browser.close()


def facts_that_readers_see(desk: Desk, slug: str) -> int:
    desk.settle()
    return len(desk.client(None).get(f"/v1/stories/{slug}").json()["facts"])


# --- A publication names the revision that was looked at ---------------------------------------------------------


@pytest.mark.thorough
def test_a_publication_that_names_no_revision_is_refused_and_changes_nothing(desk: Desk) -> None:
    slug = desk.open()
    path, before = f"/v1/stories/{slug}/publications", desk.head()
    for said in ({"reason": "Read."}, {"reason": "Read.", "revision": None}):
        told = problem(desk.client().post(path, json=said), 428, "revision-not-named")
        assert told["errors"][0]["pointer"] == "#/revision"
        assert "Name the revision that you looked at" in told["detail"]
        assert (told["story"], told["revision"]) == (slug, 2)
    later = {"reason": "Read.", "embargo_until": "2099-01-01T00:00:00Z"}
    problem(desk.client().post(path, json=later), 428, "revision-not-named")
    problem(desk.client().post(f"{path}?dry_run=true", json=later), 428, "revision-not-named")
    problem(desk.client().post(path, json={"reason": "Read."}, headers={"if-match": "*"}), 428)
    assert desk.head() == before


@pytest.mark.parametrize("until", [None, "2099-01-01T00:00:00Z"])
def test_nothing_that_was_filed_later_is_published(desk: Desk, until: str | None) -> None:
    slug = desk.open()
    seen = desk.get(f"/v1/stories/{slug}").json()["revision"]
    desk.report(slug, statement="Nobody has looked at this")
    said = {"revision": seen, "reason": "Read."} | ({"embargo_until": until} if until else {})
    desk.post(f"/v1/stories/{slug}/publications", said)
    desk.settle()
    publication = desk.get(f"/v1/stories/{slug}").json()["publication"]
    assert (publication["embargo"] if until else publication)["revision"] == seen
    if not until:
        assert facts_that_readers_see(desk, slug) == 1


def test_the_etag_of_the_story_names_the_revision_and_holds_only_while_nothing_was_filed(desk: Desk) -> None:
    slug = desk.open()
    path, body = f"/v1/stories/{slug}/publications", {"reason": "Read."}
    tag = desk.get(f"/v1/stories/{slug}").headers["etag"]
    desk.report(slug)
    before = desk.head()
    told = problem(desk.client().post(path, json=body, headers={"if-match": tag}), 412, "precondition-failed")
    assert told["errors"] == [{"header": "If-Match", "detail": told["detail"]}]
    assert (told["story"], told["revision"]) == (slug, 3)
    with_revision = body | {"revision": 2}
    problem(desk.client().post(path, json=with_revision, headers={"if-match": tag}), 412)
    assert desk.head() == before
    desk.settle()
    tag = desk.get(f"/v1/stories/{slug}").headers["etag"]
    assert desk.client().post(path, json=body, headers={"if-match": tag}).status_code == 201
    assert facts_that_readers_see(desk, slug) == 2


@pytest.mark.thorough
@pytest.mark.parametrize("endpoint", ["facts", "notes", "holds", "kills", "revisions/2/undo"])
def test_an_if_match_of_a_story_that_has_moved_on_stops_whatever_it_is_sent_with(
    desk: Desk, endpoint: str
) -> None:
    slug = desk.open()
    tag = desk.get(f"/v1/stories/{slug}").headers["etag"]
    desk.report(slug)
    before = desk.head()
    bodies = OF_PUBLICATION | {
        "facts": {
            "statement": "It left",
            "kind": "event",
            "unattributed": {"reason": "R", "signed_off_by": "A"},
        },
        "notes": {"role": "desk", "text": "Note", "is_publishable": False},
        "revisions/2/undo": {"reason": "Wrong."},
    }
    path, tagged = f"/v1/stories/{slug}/{endpoint}", {"if-match": tag}
    answer = desk.client().post(path, json=bodies[endpoint], headers=tagged)
    told = problem(answer, 412, "precondition-failed")
    assert told["revision"] == 3
    assert desk.head() == before


def test_an_if_match_that_can_name_nothing_stops_what_it_is_sent_with(desk: Desk) -> None:
    source = {"slug": desk.slug("source"), "name": "A", "kind": "own"}
    before = desk.head()
    told = problem(desk.try_post("/v1/sources", source, if_match='"r1-1"'), 412, "nothing-to-match")
    assert told["errors"][0]["header"] == "If-Match"
    assert desk.head() == before
    assert desk.try_post("/v1/sources", source, if_match="*").status_code == 201


# --- By the form -------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_form_publishes_what_the_page_before_it_showed(desk: Desk, editor: Browser) -> None:
    """From the story's page to the form, and only then does a colleague file; and once more while the form is open."""
    slug = desk.open()
    page = editor.get(f"/stories/{slug}")
    assert f"/desk/stories/{slug}/publish?revision=2" in [link["href"] for link in page.root.all("a")]
    desk.report(slug, statement="Nobody has looked at this")
    desk.settle()
    form = editor.get(f"/desk/stories/{slug}/publish?revision=2")
    assert form.form.fields["revision"] == "2"
    desk.report(slug, statement="Nor at this")
    filed = form.form.send_fields("file", {"reason": "Read."})
    assert filed.status == 200, filed.text
    assert facts_that_readers_see(desk, slug) == 1


@pytest.mark.thorough
def test_a_form_that_was_opened_by_its_address_names_what_is_there_then(desk: Desk, editor: Browser) -> None:
    slug = desk.open()
    form = editor.get(f"/desk/stories/{slug}/publish")
    assert form.form.fields["revision"] == "2"
    desk.report(slug)
    emptied = form.form.send_fields("file", {"revision": "", "reason": "Read."})
    assert emptied.status == 428
    assert "Name the revision that you looked at" in emptied.text


# --- Copy, headline and dateline ---------------------------------------------------------------------------------

OF_A_STORY: dict[str, dict[str, Any]] = {
    "headline": {"headline": "It goes on", "reason": "It does."},
    "dateline": {"date": "2023-09-13", "reason": "Of that day."},
    "copy": {"text": "It goes on.", "reason": "It does."},
    "refiles": {"text": "A train arrived", "reason": "A full stop too much."},
}


@pytest.mark.thorough
@pytest.mark.parametrize("endpoint", OF_A_STORY)
def test_who_changes_the_story_says_which_revision_they_saw(desk: Desk, endpoint: str) -> None:
    slug = desk.open()
    desk.post(f"/v1/stories/{slug}/copy", SAID_OF_A_STORY["copy"])
    path, before = f"/v1/stories/{slug}/{endpoint}", desk.head()
    told = problem(desk.client().post(path, json=OF_A_STORY[endpoint]), 428, "revision-not-named")
    assert told["errors"][0]["pointer"] == "#/expected_revision"
    problem(desk.client().post(path, json=OF_A_STORY[endpoint], headers={"if-match": "*"}), 428)
    problem(
        desk.client().post(path, json=OF_A_STORY[endpoint] | {"expected_revision": 9}),
        422,
        "no-such-revision",
    )
    problem(desk.client().post(path, json=OF_A_STORY[endpoint], headers={"if-match": '"r2-1"'}), 412)
    problem(desk.client().post(path, json=OF_A_STORY[endpoint], headers={"if-match": 'W/"r3-1"'}), 412)
    assert desk.head() == before
    desk.settle()
    tag = desk.get(f"/v1/stories/{slug}").headers["etag"]
    tags = f'"other", {tag}'
    assert desk.client().post(path, json=OF_A_STORY[endpoint], headers={"if-match": tags}).status_code == 201
    problem(desk.client().post(path, json=OF_A_STORY[endpoint], headers={"if-match": tag}), 412)


@pytest.mark.parametrize("endpoint", OF_A_STORY)
def test_of_two_who_change_the_same_the_second_hears_what_changed(desk: Desk, endpoint: str) -> None:
    slug = desk.open()
    seen = desk.post(f"/v1/stories/{slug}/copy", SAID_OF_A_STORY["copy"])["revision"]
    theirs = SAID_OF_A_STORY[endpoint if endpoint != "refiles" else "copy"]
    if endpoint in ("copy", "refiles"):
        theirs = theirs | {"text": "Theirs."}
    first = desk.post(
        f"/v1/stories/{slug}/{'copy' if endpoint == 'refiles' else endpoint}", theirs, "standards"
    )
    desk.report(slug)
    mine = OF_A_STORY[endpoint] | {"expected_revision": seen}
    before = desk.head()
    told = problem(desk.client().post(f"/v1/stories/{slug}/{endpoint}", json=mine), 409, "story-moved-on")
    assert (told["changed_in"], told["expected_revision"], told["revision"]) == (first["revision"], seen, 5)
    assert told["errors"][0]["pointer"] == "#/expected_revision"
    if endpoint in ("headline", "dateline"):
        assert told[endpoint] == (theirs["headline"] if endpoint == "headline" else {"date": theirs["date"]})
    else:
        assert told["changed"]["revision"] == first["revision"]
        assert told["changed"]["reason"] == theirs["reason"]
    assert desk.head() == before


@pytest.mark.parametrize("endpoint", OF_A_STORY)
def test_who_changes_something_else_is_in_nobodys_way(desk: Desk, endpoint: str) -> None:
    slug = desk.open()
    seen = desk.post(f"/v1/stories/{slug}/copy", SAID_OF_A_STORY["copy"])["revision"]
    for other in SAID_OF_A_STORY:
        if other != endpoint and not (endpoint == "refiles" and other == "copy"):
            said = SAID_OF_A_STORY[other] | ({"text": "Other words."} if other == "copy" else {})
            desk.post(f"/v1/stories/{slug}/{other}", said)
    mine = OF_A_STORY[endpoint] | {"expected_revision": seen}
    assert desk.client().post(f"/v1/stories/{slug}/{endpoint}", json=mine).status_code == 201


def test_a_form_does_not_overwrite_a_headline_that_was_set_meanwhile(desk: Desk, editor: Browser) -> None:
    slug = desk.open()
    form = editor.get(f"/desk/stories/{slug}/set-headline").form
    desk.post(f"/v1/stories/{slug}/headline", {"headline": "Theirs it is", "reason": "Better."})
    desk.settle()
    before = desk.head()
    page = form.send_fields("file", {"headline": "Mine", "reason": "Shorter."})
    assert page.status == 409
    assert "Theirs it is" in page.text
    assert page.form.fields["headline"] == "Mine"
    assert desk.head() == before
    assert page.form.send_fields("file", {}).status == 200
    desk.settle()
    assert desk.get(f"/v1/stories/{slug}").json()["headline"] == "Mine"


# --- What takes two people lapses --------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["kills", "takedowns"])
def test_what_was_asked_of_a_story_lapses_when_the_story_changes(
    desk: Desk, act: str, editor: Browser
) -> None:
    slug = desk.public()
    desk.want(slug, act)
    corrected = desk.post(
        f"/v1/stories/{slug}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1}
    )
    approve = f"/v1/stories/{slug}/approvals/1/approve"
    before = desk.head()
    told = problem(desk.try_post(approve, {}, "standards"), 409, "approval-lapsed")
    assert (told["changed_in"], told["change"]) == (corrected["revision"], "correction")
    assert desk.head() == before
    desk.settle()
    lapsed = desk.get(f"/v1/stories/{slug}/approvals/1").json()
    assert lapsed["state"] == "lapsed"
    assert lapsed["lapsed"] == {"revision": corrected["revision"], "kind": "correction"}
    page = editor.get(f"/desk/stories/{slug}/approvals/1")
    assert "it has lapsed" in page.text
    assert f"/desk/stories/{slug}/approvals/1/approve" not in page.links()
    assert "It has lapsed" in editor.get("/desk/approvals").text
    assert desk.want(slug, act)["approval"] == 2
    desk.settle()
    listed = desk.get("/v1/approvals?limit=200").json()["items"]
    assert [one["approval"] for one in listed if one["story"] == slug] == [2]
    desk.post(f"/v1/stories/{slug}/approvals/2/approve", {}, "standards")


def test_a_restoration_lapses_when_the_story_is_mended_and_a_hold_lapses_nothing(desk: Desk) -> None:
    slug = desk.public()
    desk.want(slug, "takedowns")
    desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
    desk.post(f"/v1/stories/{slug}/notes", SAID_OF_A_STORY["notes"])
    desk.settle()
    assert desk.get(f"/v1/stories/{slug}/approvals/1").json()["state"] == "pending"
    desk.post(f"/v1/stories/{slug}/approvals/1/approve", {}, "standards")
    desk.want(slug, "restorations")
    desk.post(f"/v1/stories/{slug}/headline", OF_A_STORY["headline"])
    problem(desk.try_post(f"/v1/stories/{slug}/approvals/2/approve", {}, "standards"), 409, "approval-lapsed")


@pytest.mark.parametrize(
    ("endpoint", "field"),
    [("headline", "expected_revision"), ("copy", "expected_revision"), ("publications", "revision")],
)
def test_an_if_match_and_a_body_that_name_two_revisions_are_refused(
    desk: Desk, endpoint: str, field: str
) -> None:
    slug = desk.open(facts=2)
    desk.settle()
    tag = desk.get(f"/v1/stories/{slug}").headers["etag"]
    path, body = f"/v1/stories/{slug}/{endpoint}", (SAID_OF_A_STORY | OF_PUBLICATION)[endpoint]
    before = desk.head()
    told = problem(desk.try_post(path, body | {field: 2}, if_match=tag), 400, "revision-named-twice")
    assert told["detail"] == f"If-Match names revision 3, {field} 2: give one of them."
    assert told["errors"] == [{"header": "If-Match", "detail": told["detail"]}]
    assert desk.head() == before
    assert desk.try_post(path, body | {field: 3}, if_match=tag).status_code == 201


# --- If-Match on what is read (RFC 9110, 13.1.1) -----------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["", "?view=reader", "/facts/1", "/revisions", "/feed"])
def test_an_if_match_that_is_false_stops_a_read(desk: Desk, method: str, path: str) -> None:
    slug = desk.public()
    desk.settle()
    address = f"/v1/stories/{slug}{path}"
    tag = desk.get(address).headers["etag"]
    for given, status in (
        (tag, 200),
        ("*", 200),
        (f'"other", {tag}', 200),
        ('"other"', 412),
        (f"W/{tag}", 412),
        ("", 412),
        (f'{tag[:-1]}0"', 412),
    ):
        answer = desk.client().request(method, address, headers={"if-match": given})
        assert answer.status_code == status, (given, answer.text)
    # If-Match is looked at first (13.2.2).
    both = {"if-match": '"other"', "if-none-match": tag}
    answer = desk.client().request(method, address, headers=both)
    assert answer.status_code == 412
    if method == "GET":
        told = problem(answer, 412, "precondition-failed")
        assert told["errors"][0]["header"] == "If-Match"
    both = {"if-match": tag, "if-none-match": tag}
    assert desk.client().request(method, address, headers=both).status_code == 304
    # What is not there is not there, whatever was asked of it (13.2.1).
    assert desk.client().request(method, f"{address}x9", headers={"if-match": '"x"'}).status_code in (
        400,
        404,
    )


def test_an_if_match_that_is_false_stops_a_page(desk: Desk, editor: Browser) -> None:
    slug = desk.public()
    desk.settle()
    for given, status in (("*", 200), ('"other"', 412)):
        assert editor.http.get(f"/stories/{slug}", headers={"if-match": given}).status_code == status


# --- An embargo, and what is recorded while it waits -------------------------------------------------------------

LATER = "2099-01-01T00:00:00Z"


def test_what_is_recorded_during_an_embargo_says_at_once_that_it_does_not_go_out(
    desk: Desk, editor: Browser
) -> None:
    slug = desk.open()
    desk.post(f"/v1/stories/{slug}/publications", {"embargo_until": LATER, "reason": "Then."})
    correction = CHANGES["corrections"] | {"expected_version": 1}
    path = f"/v1/stories/{slug}/facts/1/corrections"
    waits = {"revision": 2, "embargo_until": LATER}
    assert desk.client().post(f"{path}?dry_run=true", json=correction).json()["not_in"] == waits
    receipt = desk.post(path, correction)
    assert receipt["not_in"] == waits
    assert "not_in" not in desk.post(f"/v1/stories/{slug}/notes", SAID_OF_A_STORY["notes"])
    assert desk.post(f"/v1/stories/{slug}/headline", OF_A_STORY["headline"])["not_in"] == waits
    desk.settle()
    assert "is not in it" in editor.get(f"/desk/stories/{slug}/facts/1/update").text
    page = editor.get(f"/stories/{slug}")
    assert "does not have what was filed since" in page.text
    move = next(link for link in page.links() if "embargo_until" in link)
    moved = editor.get(move).form.send_fields("file", {"reason": "With the correction."})
    assert moved.status == 200, moved.text
    desk.settle()
    embargo = desk.get(f"/v1/stories/{slug}").json()["publication"]["embargo"]
    assert embargo == {"revision": 6, "until": LATER}
    assert "does not have what was filed since" not in editor.get(f"/stories/{slug}").text


def test_a_form_leads_to_what_can_be_done_about_an_embargo(desk: Desk, editor: Browser) -> None:
    slug = desk.open()
    desk.post(f"/v1/stories/{slug}/publications", {"embargo_until": LATER, "reason": "Then."})
    desk.settle()
    form = editor.get(f"/desk/stories/{slug}/facts/1/update").form
    page = form.send_fields("file", {"place": "Khasan", "reason": "It went on."})
    assert page.status == 200, page.text
    assert "Move the embargo to revision 4" in page.text


def test_an_embargo_is_lifted_and_moved_from_the_story(desk: Desk, editor: Browser) -> None:
    slug = desk.open()
    desk.post(f"/v1/stories/{slug}/publications", {"embargo_until": LATER, "reason": "Then."})
    desk.settle()
    *_, lift, move = (link for link in editor.get(f"/stories/{slug}").links() if "/publish?" in link)
    form = editor.get(move).form
    assert form.fields["embargo_until"] == "2099-01-01T00:00:00"
    moved = form.send_fields("file", {"embargo_until": "2099-02-02T00:00:00"})
    assert moved.status == 200, moved.text
    desk.settle()
    assert desk.get(f"/v1/stories/{slug}").json()["publication"]["embargo"]["until"] == "2099-02-02T00:00:00Z"
    page = editor.get(lift.replace("=3", "=4"))
    assert "it goes out at once" in page.text
    assert page.form.fields["reason"] == "The embargo is lifted."
    assert page.form.send("file").status == 200
    desk.settle()
    assert desk.client(None).get(f"/v1/stories/{slug}").status_code == 200
    assert "Lift the embargo" not in editor.get(f"/stories/{slug}").text


@pytest.mark.thorough
def test_the_desk_sees_that_an_embargo_ended_and_what_waited_did_not_go_out(
    desk: Desk, editor: Browser
) -> None:
    slug = desk.open()
    words = {"fact": 1, "start": 0, "end": 7, "exact": "A train"}
    copy = {"text": "A train left.", "spans": [words], "expected_revision": 2, "reason": "Filed."}
    desk.post(f"/v1/stories/{slug}/copy", copy)
    until = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    desk.post(f"/v1/stories/{slug}/publications", {"embargo_until": until, "revision": 3, "reason": "Then."})
    hidden = {"terms": "off_record", "expected_version": 1, "reason": "He asked."}
    desk.post(f"/v1/stories/{slug}/facts/1/terms", hidden)
    time.sleep(1.5)
    desk.settle()
    page = editor.get(f"/stories/{slug}")
    assert "The embargo of revision 3 has ended, and readers do not see it" in page.text
    assert not any("embargo_until" in link for link in page.links())
    assert "goes out" not in editor.get(f"/desk/stories/{slug}/add-note").text


def test_what_is_recorded_during_a_hold_says_that_a_release_does_not_show_it(
    desk: Desk, editor: Browser
) -> None:
    slug = desk.public()
    desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
    receipt = desk.post(f"/v1/stories/{slug}/headline", OF_A_STORY["headline"])
    assert receipt["not_in"] == {"revision": 2}
    desk.settle()
    page = editor.get(f"/stories/{slug}")
    assert f"Release it with revision {receipt['revision']}" in page.text
    released = desk.post(f"/v1/stories/{slug}/releases", OF_PUBLICATION["releases"])
    assert released["later"] == receipt["revision"]


def test_a_publication_says_that_the_story_goes_on_beyond_it(desk: Desk) -> None:
    slug = desk.open()
    later = desk.report(slug)["revision"]
    path = f"/v1/stories/{slug}/publications"
    first = {"revision": 2, "reason": "The first alone."}
    assert desk.client().post(f"{path}?dry_run=true", json=first).json()["later"] == later
    assert desk.post(path, first)["later"] == later
    assert "later" not in desk.post(path, {"revision": later, "reason": "All of it."})
