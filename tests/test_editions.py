"""Do readers meet one numbering, of what they saw, wherever they look; and the desk both?"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.server.embedded import EmbeddedPostgres
from tests.desk import CHANGES, OF_PUBLICATION, Desk, open_desk, problem
from tests.plain_browser import Browser


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers, request_rate="1000/hour") as opened:
        yield opened


@pytest.fixture(scope="module")
def browsers(desk: Desk) -> Iterator[Callable[[Any], Browser]]:
    opened = {role: Browser.of(desk.server, role) for role in (None, "editor")}
    yield opened.__getitem__
    for browser in opened.values():
        browser.close()


def correct(desk: Desk, slug: str, version: int, **fields: Any) -> dict[str, Any]:
    body = CHANGES["corrections"] | {"expected_version": version} | fields
    return desk.post(f"/v1/stories/{slug}/facts/1/corrections", body)


@pytest.fixture(scope="module")
def slug(desk: Desk) -> str:
    """A story of two editions, as of its revisions 2 and 5; the headline of revision 4 was never shown by itself."""
    slug = desk.open(facts=1)
    desk.publish(slug)
    story = {"headline": "Another train", "expected_revision": 3, "reason": "It is another."}
    desk.post(f"/v1/stories/{slug}/headline", story)
    correct(desk, slug, 1)
    desk.publish(slug)
    desk.settle()
    return slug


def seen(desk: Desk, path: str) -> dict[str, Any]:
    answer = desk.client(None).get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_every_answer_to_readers_says_which_edition_it_is(desk: Desk, slug: str) -> None:
    path = f"/v1/stories/{slug}"
    assert seen(desk, path)["edition"] == 2
    (listed,) = (one for one in seen(desk, "/v1/stories?limit=200")["items"] if one["story"] == slug)
    assert listed["edition"] == 2
    for below in ("revisions", "steps"):
        assert [one["edition"] for one in seen(desk, f"{path}/{below}")["items"]] == [1, 2]
    told = seen(desk, path)["changes"]
    assert [(change["kind"], change["edition"]) for change in told] == [("correction", 2)]
    by_edition = seen(desk, f"{path}/diff?from_edition=1&to_edition=2")
    assert (by_edition["from_edition"], by_edition["to_edition"]) == (1, 2)
    assert by_edition == seen(desk, f"{path}/diff?from=2&to=5")
    for asked in ("from=2", "to_edition=2", "from=2&from_edition=1&to=5", ""):
        problem(desk.client(None).get(f"{path}/diff?{asked}"), 400, "bad-parameter")


def test_what_is_between_two_editions_is_the_one_that_was_public(desk: Desk, slug: str) -> None:
    path = f"/v1/stories/{slug}"
    first, second = (seen(desk, f"{path}?edition={number}") for number in (1, 2))
    assert [fact["version"] for fact in (*first["facts"], *second["facts"])] == [1, 2]
    positions = {row["revision"]: row["position"] for row in desk.get(f"{path}/revisions").json()["items"]}
    instants = {row["revision"]: row["recorded_at"] for row in desk.get(f"{path}/revisions").json()["items"]}
    for revision in (3, 4, 5):
        assert seen(desk, f"{path}?position={positions[revision]}") == first
        assert seen(desk, f"{path}?as_of={instants[revision]}") == first
    assert [seen(desk, f"{path}?revision={number}") for number in (2, 3, 4)] == [first] * 3
    assert [seen(desk, f"{path}?revision={number}") for number in (5, 6, 7, 1_000)] == [second] * 4
    for asked in ("revision=1", "edition=3"):
        problem(desk.client(None).get(f"{path}?{asked}"), 404, "nothing-there")
    fact = seen(desk, f"{path}/facts/1?edition=1")
    assert (fact["version"], seen(desk, f"{path}/facts/1?revision=4")) == (1, fact)


def test_only_what_stays_so_is_to_be_kept(desk: Desk, slug: str) -> None:
    """A revision between two editions may be one itself some day."""
    path = f"/v1/stories/{slug}"

    def kept(asked: str) -> bool:
        return "max-age" in desk.client(None).get(f"{path}?{asked}").headers["cache-control"]

    for asked in ("edition=1", "edition=2", "revision=2", "revision=5"):
        assert kept(asked), asked
    for asked in ("revision=4", "revision=6", "revision=1000"):
        assert not kept(asked), asked


def test_the_desk_has_revisions_and_may_ask_for_editions(desk: Desk, slug: str) -> None:
    path = f"/v1/stories/{slug}"
    now = desk.get(path).json()
    assert (now["publication"]["edition"], "edition" in now) == (2, False)
    assert desk.get(f"{path}?edition=1").json() == desk.get(f"{path}?revision=2").json()
    told = problem(desk.client().get(f"{path}?edition=3"), 404, "no-such-edition")
    assert told["detail"] == f"Readers have not seen an edition 3 of story {slug}."
    problem(desk.client().get(f"{path}?edition=1&revision=2"), 400, "bad-parameter")


def test_machines_are_led_to_editions(desk: Desk, slug: str) -> None:
    path = f"/v1/stories/{slug}"
    for below in ("/timemap", "/feed"):
        text = desk.client(None).get(f"{path}{below}").text
        assert set(re.findall(r"\?(\w+=\d+)[>\"]", text)) == {"edition=1", "edition=2"}
    article = seen(desk, f"{path}/json-ld")
    assert article["version"] == 2
    assert article["@id"].endswith("?edition=2")
    mementos = desk.client(None).get(f"{path}?edition=1").headers["link"]
    assert set(re.findall(r"\?(\w+=\d+)>", mementos)) == {"edition=1", "edition=2"}


def test_what_is_brought_back_as_it_was_is_no_new_edition(desk: Desk) -> None:
    slug = desk.public()
    for act in ("holds", "releases"):
        desk.post(f"/v1/stories/{slug}/{act}", OF_PUBLICATION[act])
    desk.do(slug, "kills")
    desk.do(slug, "restorations")
    desk.settle()
    assert [one["edition"] for one in seen(desk, f"/v1/stories/{slug}/steps")["items"]] == [1]
    correct(desk, slug, 1)
    desk.publish(slug)
    desk.settle()
    assert seen(desk, f"/v1/stories/{slug}")["edition"] == 2


@pytest.mark.thorough
@pytest.mark.parametrize("act", ["holds", "kills", "takedowns"])
def test_what_was_withdrawn_is_hidden_by_every_address(desk: Desk, act: str) -> None:
    slug = desk.public()
    desk.do(slug, act) if act != "holds" else desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
    desk.settle()
    now = desk.client(None).get(f"/v1/stories/{slug}")
    for asked in ("edition=1", "edition=2", "revision=2", "revision=3", "revision=1000"):
        then = desk.client(None).get(f"/v1/stories/{slug}?{asked}")
        assert (then.status_code, then.json()["detail"]) == (now.status_code, now.json()["detail"]), asked


def test_a_source_that_was_protected_since_is_hidden_in_every_edition(desk: Desk) -> None:
    slug = desk.public()
    desk.settle()
    assert "ria" in desk.client(None).get(f"/v1/stories/{slug}?edition=1").text
    body = CHANGES["updates"] | {"expected_version": 1, "terms": "background"}
    desk.post(f"/v1/stories/{slug}/facts/1/updates", body)
    desk.settle()
    for asked in ("edition=1", "revision=2", "revision=3"):
        then = desk.client(None).get(f"/v1/stories/{slug}?{asked}")
        assert (then.status_code, "ria" in then.text) == (200, False), asked


# --- Pages -------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_readers_meet_no_revision_on_any_page(
    desk: Desk, slug: str, browsers: Callable[[Any], Browser]
) -> None:
    reader = browsers(None)
    for path in ("", "/history", "/diff", "/diff?show=fields", "/diff?show=events", "/facts/1"):
        page = reader.get(f"/stories/{slug}{path}")
        assert page.status == 200, page.text
        assert "revision" not in page.text.lower(), path
        assert "revision=" not in page.source, path
    assert "revision" not in reader.get("/").text.lower()
    page = reader.get(f"/stories/{slug}?revision=4")
    assert "edition 1 of 2" in page.text
    assert "Edition 1, published" in page.text


@pytest.mark.thorough
def test_a_page_of_an_edition_is_asked_for_by_its_number(
    desk: Desk, slug: str, browsers: Callable[[Any], Browser]
) -> None:
    reader = browsers(None)
    page = reader.get(f"/stories/{slug}?edition=2")
    assert "Another train" in page.text
    assert f'href="/stories/{slug}?edition=1"' in page.source
    assert f'href="/stories/{slug}/diff?from_edition=1&amp;to_edition=2"' in page.source
    assert 'name="edition"' in page.source
    assert reader.get(f"/stories/{slug}/diff?from_edition=1&to_edition=2").status == 200
    assert reader.get(f"/stories/{slug}?step=1").address.endswith("?edition=1")
    assert browsers("editor").get(f"/stories/{slug}?step=4").address.endswith("?revision=4")


@pytest.mark.thorough
def test_a_link_to_this_moment_names_what_never_changes(
    desk: Desk, slug: str, browsers: Callable[[Any], Browser]
) -> None:
    for who, path, address in (
        (None, "", "edition=2"),
        (None, "?edition=1", "edition=1"),
        (None, "?revision=4", "edition=1"),
        ("editor", "", "revision=6"),
        ("editor", "?view=reader", "view=reader&amp;edition=2"),
        ("editor", "?revision=4", "revision=4"),
    ):
        page = browsers(who).get(f"/stories/{slug}{path}")
        assert f'<a class="share" href="/stories/{slug}?{address}"' in page.source, (who, path)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("acts", "words"),
    [
        ((), "readers see edition 1, since"),
        (("holds",), "readers see nothing of it for now; they saw edition 1"),
        (("kills",), "readers see a notice in its place: “Withdrawn.”"),
        (("takedowns",), "readers see a notice in its place"),
    ],
    ids=str,
)
def test_the_desk_is_told_what_readers_get(
    desk: Desk, browsers: Callable[[Any], Browser], acts: tuple[str, ...], words: str
) -> None:
    slug = desk.public()
    for act in acts:
        if act == "holds":
            desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
        else:
            desk.do(slug, act)
    desk.settle()
    page = browsers("editor").get(f"/stories/{slug}")
    assert words in page.text
    assert not re.search(r"readers see revision", page.text, re.IGNORECASE)


def test_of_what_readers_never_saw_the_desk_is_told_so(
    desk: Desk, browsers: Callable[[Any], Browser]
) -> None:
    draft, embargoed = desk.open(), desk.open()
    until = {"revision": 2, "embargo_until": "2999-01-01T00:00:00Z", "reason": "Later."}
    desk.post(f"/v1/stories/{embargoed}/publications", until)
    desk.settle()
    assert "readers see nothing of it yet" in browsers("editor").get(f"/stories/{draft}").text
    page = browsers("editor").get(f"/stories/{embargoed}")
    assert "readers see nothing of it until 1 January 2999" in page.text
