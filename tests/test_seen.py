"""What is published, and what is changed, is what somebody looked at."""

from collections.abc import Callable, Iterator

import pytest

from api.embedded import EmbeddedPostgres
from tests.desk import OF_PUBLICATION, Desk, open_desk, problem
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


@pytest.mark.parametrize("door", ["facts", "notes", "holds", "kills", "revisions/2/undo"])
def test_an_if_match_of_a_story_that_has_moved_on_stops_whatever_it_is_sent_with(
    desk: Desk, door: str
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
    path, tagged = f"/v1/stories/{slug}/{door}", {"if-match": tag}
    answer = desk.client().post(path, json=bodies[door], headers=tagged)
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


def test_a_form_that_was_opened_by_its_address_names_what_is_there_then(desk: Desk, editor: Browser) -> None:
    slug = desk.open()
    form = editor.get(f"/desk/stories/{slug}/publish")
    assert form.form.fields["revision"] == "2"
    desk.report(slug)
    emptied = form.form.send_fields("file", {"revision": "", "reason": "Read."})
    assert emptied.status == 428
    assert "Name the revision that you looked at" in emptied.text
