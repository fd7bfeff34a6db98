"""Is a story found under the slug that it has, and led to for ever from those that it had, for whoever may see it?"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from httpx2 import Response

from api.client import Ledger
from api.server.embedded import EmbeddedPostgres
from api.terminal import as_sqlite
from api.terminal.exporting import Export
from ledger import limits
from ledger.commands import OpenStory, SetSlug, Submission
from ledger.refusals import SlugTaken, StoryFull
from projections.engine.proof.fold import first_difference
from projections.engine.rebuild import rebuild
from projections.views.catalogue import VIEW
from tests.carrying import carry_in
from tests.desk import CHANGES, FACT, Desk, open_desk, problem
from tests.listener import Listener
from tests.newsroom import Newsroom
from tests.plain_browser import Browser
from tests.test_limits import holds
from tests.views import assert_views_equal_the_fold

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


@pytest.fixture
def editor(desk: Desk) -> Iterator[Browser]:
    browser = Browser.of(desk.server, "editor")
    yield browser
    browser.close()


def rename(desk: Desk, slug: str, new: str | None = None, role: Any = "editor") -> str:
    """The slug that it has from then on."""
    new = new or desk.slug("new")
    body = {"slug": new, "reason": "It is about more by now.", "expected_revision": revision(desk, slug)}
    desk.post(f"/v1/stories/{slug}/slugs", body, role)
    desk.settle()
    return new


def revision(desk: Desk, slug: str) -> int:
    desk.settle()
    answer = desk.client().get(f"/v1/stories/{slug}", follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["revision"])


def publish(desk: Desk, slug: str) -> dict[str, Any]:
    body = {"reason": "Read.", "revision": revision(desk, slug)}
    receipt = desk.post(f"/v1/stories/{slug}/publications", body)
    desk.settle()
    return receipt


def asked(desk: Desk, path: str, role: Any = None) -> Response:
    return desk.client(role).get(path)


def led(answer: Response, to: str) -> None:
    assert answer.status_code == 308, (str(answer.url), answer.text)
    assert answer.headers["location"] == to
    assert answer.headers["cache-control"] == "no-store", "it may get the old one back, or be held"


# --- Where it is found -----------------------------------------------------------------------------------------------


def test_the_desk_finds_it_under_the_new_slug_at_once_and_is_led_there_from_the_old_one(desk: Desk) -> None:
    old = desk.open()
    new = rename(desk, old)
    assert asked(desk, f"/v1/stories/{new}", "editor").json()["story"] == new
    answer = asked(desk, f"/v1/stories/{old}", "editor")
    led(answer, f"/v1/stories/{new}")
    told = problem(answer, 308, "story-moved")
    assert (told["was"], told["story"]) == (old, new)
    assert asked(desk, "/v1/stories", "editor").json()["items"][0]["story"] == new


def test_readers_find_it_under_the_new_slug_from_the_next_publication_on(desk: Desk) -> None:
    old = desk.public()
    new = rename(desk, old)
    assert asked(desk, f"/v1/stories/{old}").json()["story"] == old, "what was looked at is what they read"
    problem(asked(desk, f"/v1/stories/{new}"), 404, "nothing-there")
    publish(desk, new)
    found = asked(desk, f"/v1/stories/{new}").json()
    assert (found["story"], found["first_slug"], found["edition"]) == (new, old, 2)
    for said in (f"/v1/stories/{new}/feed", f"/stories/{new}/history"):
        assert asked(desk, said).text.count("Nothing in it reads otherwise.") == 1, (
            "of the second edition alone"
        )
    led(asked(desk, f"/v1/stories/{old}"), f"/v1/stories/{new}")
    before = asked(desk, f"/v1/stories/{new}?edition=1").json()
    assert before["story"] == old, "the past reads as it read"
    assert "first_slug" not in before


DOORS = (
    "", ".ninjs", ".newsml", ".jsonld", ".prov.json", ".md", ".txt", ".csv", ".atom", "/facts", "/facts/1",
    "/facts/1/history", "/revisions", "/steps", "/diff?from=2&to=4", "/timemap", "/feed", "/json-ld", "/stream",
    "?edition=1", "?view=reader&edition=1", "/facts?limit=1&kind=event",
)  # fmt: skip
PAGES = (
    "", ".ninjs", ".jsonld", ".csv", ".md", "/history", "/facts/1", "/diff?from=2&to=4", "/embed", "/badge.svg",
    "/timemap", "?edition=1",
)  # fmt: skip


@pytest.mark.thorough
@pytest.mark.parametrize("role", [None, "editor"])
def test_every_address_below_the_old_slug_leads_to_the_same_below_the_new_one(desk: Desk, role: Any) -> None:
    old = desk.public()
    new = rename(desk, old)
    publish(desk, new)
    for door in DOORS:
        led(asked(desk, f"/v1/stories/{old}{door}", role), f"/v1/stories/{new}{door}")
        if not door.startswith("/stream"):
            assert asked(desk, f"/v1/stories/{new}{door}", role).status_code == 200, door
    for door in PAGES:
        led(asked(desk, f"/stories/{old}{door}"), f"/stories/{new}{door}")
        assert asked(desk, f"/stories/{new}{door}").status_code == 200, door


def test_head_is_led_as_get_is(desk: Desk) -> None:
    old = desk.public()
    new = rename(desk, old)
    publish(desk, new)
    led(desk.client(None).head(f"/v1/stories/{old}?edition=1"), f"/v1/stories/{new}?edition=1")


def test_a_client_that_follows_comes_to_the_story_by_every_slug_that_it_had(desk: Desk) -> None:
    first = desk.public()
    second = rename(desk, first)
    publish(desk, second)
    third = rename(desk, second)
    publish(desk, third)
    for slug in (first, second, third):
        answer = desk.client(None).get(f"/v1/stories/{slug}", follow_redirects=True)
        assert (answer.status_code, answer.json()["story"], len(answer.history)) == (
            200,
            third,
            slug != third,
        )


def test_the_client_follows_and_files_by_any_slug(desk: Desk) -> None:
    old = desk.public()
    new = rename(desk, old)
    with Ledger(desk.server.url, desk.server.secret("editor")) as ledger:
        assert ledger.story(old)["story"] == new
        assert ledger.report(old, "A train left", attribution=FACT["attribution"]).fact == 2


def test_it_may_get_back_a_slug_that_it_had_and_nobody_goes_round(desk: Desk) -> None:
    old = desk.public()
    new = rename(desk, old)
    publish(desk, new)
    rename(desk, new, old)
    publish(desk, old)
    assert asked(desk, f"/v1/stories/{old}").json()["story"] == old
    led(asked(desk, f"/v1/stories/{new}"), f"/v1/stories/{old}")
    led(asked(desk, f"/v1/stories/{new}?position=1"), f"/v1/stories/{old}?position=1")
    assert asked(desk, f"/v1/stories/{old}?edition=2").json()["story"] == new


def test_it_is_undone(desk: Desk) -> None:
    old = desk.open()
    new = rename(desk, old)
    number = revision(desk, new)
    desk.post(f"/v1/stories/{new}/revisions/{number}/undo", {"reason": "Too soon."})
    desk.settle()
    assert asked(desk, f"/v1/stories/{old}", "editor").json()["story"] == old
    led(asked(desk, f"/v1/stories/{new}", "editor"), f"/v1/stories/{old}")


# --- Whose it is -----------------------------------------------------------------------------------------------------


def test_a_slug_is_never_another_storys(desk: Desk) -> None:
    old, other = desk.open(), desk.open()
    new = rename(desk, old)
    opening = {"headline": "A train", "language": "en", "desk": "world"}
    for slug in (old, new):
        answer = desk.try_post("/v1/stories", opening | {"slug": slug})
        assert problem(answer, 409, "slug-taken")["slug"] == slug
        body = {"slug": slug, "reason": "So.", "expected_revision": revision(desk, other)}
        answer = desk.try_post(f"/v1/stories/{other}/slugs", body)
        told = problem(answer, 409, "slug-taken")
        assert told["errors"][0]["pointer"] == "#/slug"
    rename(desk, new, desk.slug("newer"))
    problem(desk.try_post("/v1/stories", opening | {"slug": new}), 409, "slug-taken")


def got(room: Newsroom, submission: Submission, start: threading.Barrier) -> bool:
    start.wait()
    try:
        room.submit(submission)
    except SlugTaken:
        return False
    return True


def test_of_two_processes_one_gets_a_slug(newsroom: Newsroom) -> None:
    """Each has decided before it hears of the other: the database lets one through."""
    newsroom.open()
    newsroom.file(OpenStory(slug="other", headline="A headline", language="en", desk="world"))
    with closing(Newsroom(newsroom.database)) as second:
        actor = newsroom.actor("editor")
        second.keyring.refresh(second.views)
        second.actors["editor"] = actor
        for number in range(20):
            slug = f"wanted-{number}"
            seen = newsroom.revision("story"), newsroom.revision("other")
            asked = [
                room.submission(
                    SetSlug(slug=slug, reason="So", expected_revision=revision), story, None, "editor", None
                )
                for room, story, revision in zip((newsroom, second), ("story", "other"), seen, strict=True)
            ]
            if number % 2:
                opening = OpenStory(slug=slug, headline="A headline", language="en", desk="world")
                asked[1] = second.submission(opening, slug, None, "editor", None)
            with ThreadPoolExecutor(2) as threads:
                told = threads.map(got, (newsroom, second), asked, [threading.Barrier(2)] * 2)
                assert sorted(told) == [False, True], number
    newsroom.catch_up()
    assert_views_equal_the_fold(newsroom.views)


def test_a_story_that_was_opened_by_an_earlier_release_keeps_its_slug(newsroom: Newsroom) -> None:
    """Nothing was kept of it where slugs are kept now."""
    newsroom.open()
    newsroom.file(OpenStory(slug="other", headline="A headline", language="en", desk="world"))
    with newsroom.database.connect(name="test", as_owner=True) as owner:
        owner.execute("alter table requests disable trigger all")
        owner.execute("delete from requests")
        owner.execute("alter table requests enable trigger all")
    with pytest.raises(SlugTaken):
        newsroom.file(SetSlug(slug="other", reason="So"), "story")


# --- What is sent to an old slug -------------------------------------------------------------------------------------


def test_what_is_sent_to_an_old_slug_is_taken_and_answered_the_same_when_it_comes_again(desk: Desk) -> None:
    old = desk.public()
    sent = FACT | {"statement": "A second train arrived"}
    before = desk.try_post(f"/v1/stories/{old}/facts", sent, idempotency_key="before")
    new = rename(desk, old)
    again = desk.try_post(f"/v1/stories/{old}/facts", sent, idempotency_key="before")
    assert (again.status_code, again.json()) == (201, before.json())
    assert again.headers["idempotent-replayed"] == "true"
    after = [desk.try_post(f"/v1/stories/{old}/facts", sent, idempotency_key="after") for _ in range(2)]
    assert [one.status_code for one in after] == [201, 201]
    assert after[0].json() == after[1].json()
    assert after[0].json()["fact"] == 3
    changed = desk.post(f"/v1/stories/{old}/facts/1/updates", CHANGES["updates"] | {"expected_version": 1})
    assert changed["version"] == 2
    act = {"do": "report", "with": sent | {"statement": "A third one"}}
    desk.post(f"/v1/stories/{old}/acts", {"acts": [act], "reason": "All at once."})
    desk.settle()
    assert len(asked(desk, f"/v1/stories/{new}", "editor").json()["facts"]) == 4


def test_a_fact_rests_on_one_of_a_story_by_any_slug_that_it_had(desk: Desk) -> None:
    ground, story = desk.public(), desk.public()
    new = rename(desk, ground)
    publish(desk, new)
    for slug in (ground, new):
        desk.report(story, rests_on=[{"story": slug, "fact": 1}])
    publish(desk, story)
    for role in (None, "editor"):
        facts = asked(desk, f"/v1/stories/{story}", role).json()["facts"]
        assert [fact["rests_on"] for fact in facts[1:]] == [
            [{"story": slug, "fact": 1}] for slug in (ground, new)
        ]
    hanging = asked(desk, f"/v1/stories/{new}/facts/1/impact", "editor")
    assert [(one["story"], one["fact"]) for one in hanging.json()["items"]] == [(story, 2), (story, 3)]
    body = {"rests_on": [{"story": story, "fact": 2}], "expected_version": 1, "reason": "So."}
    answer = desk.try_post(f"/v1/stories/{new}/facts/1/updates", body)
    problem(answer, 422, "rests-in-a-circle")


def test_what_comes_from_elsewhere_is_recorded_once_whatever_the_story_is_called(desk: Desk) -> None:
    slug = desk.slug()
    origin = {"provider": "gov", "id": slug, "version": "1"}
    opening = {"slug": slug, "headline": "A train", "language": "en", "desk": "world", "origin": origin}
    opened = desk.post("/v1/stories", opening)
    sent = FACT | {"origin": origin | {"version": "2"}}
    told = desk.post(f"/v1/stories/{slug}/facts", sent)
    new = rename(desk, slug)
    for path in (slug, new):
        assert desk.post(f"/v1/stories/{path}/facts", sent) == told
    assert desk.post("/v1/stories", opening) == opened


# --- Who is told -----------------------------------------------------------------------------------------------------


def answers(desk: Desk, slug: str, role: Any = None) -> list[tuple[int, Any]]:
    """Of every address of a story, but for the request's id."""
    found = []
    for path in [f"/v1/stories/{slug}{door}" for door in DOORS] + [
        f"/stories/{slug}{door}" for door in PAGES
    ]:
        answer = asked(desk, path, role)
        text = answer.text.replace(slug, "SLUG").replace(answer.headers["x-request-id"], "ID")
        found.append((answer.status_code, text if "html" not in answer.headers["content-type"] else ""))
    return found


@pytest.mark.thorough
def test_readers_are_told_of_no_slug_of_a_story_that_they_do_not_see(desk: Desk) -> None:
    """A draft, a story that is held, and a new slug that is not published are not there, in the very words in which
    nothing is."""
    nothing = answers(desk, "no-such-story")
    assert {status for status, _ in nothing} == {404}
    draft = desk.open()
    named = rename(desk, draft)
    held = desk.public()
    new = rename(desk, held)
    publish(desk, new)
    newest = rename(desk, new)
    desk.post(f"/v1/stories/{newest}/holds", {"reason": "To be read."})
    public = desk.public()
    waiting = rename(desk, public)
    desk.settle()
    for slug in (draft, named, held, new, newest, waiting):
        assert answers(desk, slug) == nothing, slug
    problem(desk.try_post("/v1/requests", {"story": waiting, "phrase": "A", "concern": "B"}, None), 404)
    for slug in (named, newest, waiting):
        assert asked(desk, f"/v1/corrections?story={slug}").json()["items"] == []
        assert asked(desk, f"/v1/stories?slugs={slug}").json()["items"] == []
        for path in (
            "/v1/stories",
            "/v1/corrections",
            "/sitemap.xml",
            "/v1/corrections/feed",
            "/v1/purges",
            "/",
        ):
            assert slug not in asked(desk, path).text, path
        assert asked(desk, f"/v1/stories?q={slug}").json()["items"] == []


@pytest.mark.thorough
def test_a_draft_slug_is_never_told_once_the_story_is_published_under_another(desk: Desk) -> None:
    draft = desk.open()
    new = rename(desk, draft)
    other = desk.public()
    desk.report(other, rests_on=[{"story": draft, "fact": 1}])
    publish(desk, new)
    publish(desk, other)
    problem(asked(desk, f"/v1/stories/{draft}"), 404, "nothing-there")
    for door in DOORS:
        if door != "/stream":
            assert draft not in asked(desk, f"/v1/stories/{new}{door}").text, door
    for door in PAGES:
        assert draft not in asked(desk, f"/stories/{new}{door}").text, door
    assert draft not in asked(desk, f"/v1/stories/{other}").text
    assert asked(desk, f"/v1/stories/{new}").json()["story"] == new
    led(asked(desk, f"/v1/stories/{draft}", "editor"), f"/v1/stories/{new}")


@pytest.mark.thorough
def test_a_story_that_was_killed_says_so_by_every_slug_that_readers_knew(desk: Desk) -> None:
    old = desk.public()
    new = rename(desk, old)
    publish(desk, new)
    newest = rename(desk, new)
    asked_for = desk.try_post(f"/v1/stories/{newest}/kills", {"reason": "Made up.", "notice": "Withdrawn."})
    approval = asked_for.json()["approval"]
    desk.post(f"/v1/stories/{newest}/approvals/{approval}/approve", {}, "standards")
    desk.settle()
    for slug in (old, new):
        assert asked(desk, f"/v1/stories/{slug}").status_code == 410
    assert asked(desk, f"/v1/stories/{newest}").status_code == 404
    told = asked(desk, f"/v1/corrections?story={old}").json()["items"]
    assert [one["story"] for one in told] == [new]


def test_a_slug_that_names_a_protected_source_is_not_published_unseen(desk: Desk) -> None:
    source = desk.slug("informer")
    desk.post("/v1/sources", {"slug": source, "name": "Quentin Zweig", "kind": "person"})
    slug = desk.open(facts=0)
    desk.report(
        slug, attribution=[{"source": source, "cue": "said", "speech": "indirect"}], terms="background"
    )
    publish(desk, slug)
    new = rename(desk, slug, "what-quentin-zweig-saw")
    body = {"reason": "Read.", "revision": revision(desk, new)}
    answer = desk.try_post(f"/v1/stories/{new}/publications", body)
    told = problem(answer, 409, "names-protected")
    assert [one["place"] for one in told["names"]] == ["address"]


# --- What stays ------------------------------------------------------------------------------------------------------


def ids(desk: Desk, path: str) -> list[str]:
    root = ET.fromstring(asked(desk, path).text)  # noqa: S314  our own
    return [one.text or "" for one in root.iter(f"{ATOM}id")]


def test_ids_stay_whatever_the_story_is_called(desk: Desk) -> None:
    """A reader of feeds does not show it as new."""
    old = desk.public()
    desk.post(f"/v1/stories/{old}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1})
    publish(desk, old)
    feed, corrections = ids(desk, f"/v1/stories/{old}/feed"), ids(desk, "/v1/corrections/feed")
    formats = {form: asked(desk, f"/v1/stories/{old}.{form}?edition=2").text for form in ("jsonld", "ninjs")}
    new = rename(desk, old)
    publish(desk, new)
    found = ids(desk, f"/v1/stories/{new}/feed")
    assert (found[0], found[-2:]) == (feed[0], feed[-2:])
    assert len(set(found)) == 4
    assert ids(desk, "/v1/corrections/feed") == corrections
    article = asked(desk, f"/v1/stories/{new}.jsonld?edition=2").json()
    was = json.loads(formats["jsonld"])
    assert article["@id"] == was["@id"]
    assert [one["@id"] for one in article["hasPart"]] == [one["@id"] for one in was["hasPart"]]
    newest = asked(desk, f"/v1/stories/{new}.jsonld").json()
    assert newest["hasPart"][0]["@id"] == was["hasPart"][0]["@id"]
    assert newest["url"].endswith(f"/stories/{new}")
    assert asked(desk, f"/v1/stories/{new}.ninjs").json()["uri"] == json.loads(formats["ninjs"])["uri"]
    answer = desk.client(None).get(
        newest["@id"].replace(newest["@id"].split("/v1")[0], ""), follow_redirects=True
    )
    assert answer.json()["edition"] == 3, "an id leads to what it names"


def purged(desk: Desk) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    following: int | None = 0
    while following is not None:
        page = desk.get(f"/v1/purges?after={following}&limit=200").json()
        items, following = items + page["items"], page["next"]
    return items


def test_caches_are_told_of_every_slug_that_readers_knew(desk: Desk) -> None:
    old = desk.public()
    new = rename(desk, old)
    publish(desk, new)
    waiting = rename(desk, new)
    (item,) = [one for one in purged(desk) if one["story"] == new]
    assert {f"/v1/stories/{old}", f"/v1/stories/{new}"} <= {*item["prefixes"]}
    assert waiting not in str(item)


@pytest.mark.thorough
def test_a_stream_goes_on_when_the_story_is_called_otherwise(desk: Desk) -> None:
    old = desk.public()
    desk.settle()
    for role in (None, "editor"):
        secret = desk.server.secret("editor") if role else None
        listener = Listener(desk.server.url, f"/v1/stories/{old}/stream", secret)
        new = rename(desk, old)
        publish(desk, new)
        assert {one["story"] for one in listener.await_events(2 if role else 1)} == {new}
        listener.close()
        old = new


@pytest.mark.thorough
def test_views_that_are_built_anew_are_those_that_moved_along(desk: Desk) -> None:
    for _ in range(2):
        old = desk.public()
        new = rename(desk, old)
        publish(desk, new)
        rename(desk, new, old)
        other = desk.public()
        desk.report(other, rests_on=[{"story": new, "fact": 1}])
        desk.post(f"/v1/stories/{old}/facts/1/retractions", {"expected_version": 1, "reason": "No."})
        rename(desk, old)
    desk.settle()
    assert first_difference(desk.newsroom.views, VIEW, desk.head()) is None
    rebuild(desk.newsroom.database)
    assert first_difference(desk.newsroom.views, VIEW, desk.head()) is None


def test_an_import_goes_on_under_the_new_slug(newsroom: Newsroom) -> None:
    newsroom.open()
    fact = FACT | {"statement": "A train left"}
    lines: list[Any] = [
        {
            "key": "1",
            "do": "set-slug",
            "story": "story",
            "with": {"slug": "new", "reason": "So", "expected_revision": 1},
        },
        *(
            {
                "key": f"2{slug}",
                "do": "report",
                "story": slug,
                "with": fact | {"statement": f"A train {slug}"},
            }
            for slug in ("new", "story", "new-to-nobody")
        ),
        {
            "key": "3",
            "do": "retract",
            "story": "new",
            "fact": 1,
            "with": {"reason": "No", "expected_version": 1},
        },
    ]
    report, refused = carry_in(newsroom, lines)
    assert (report.recorded, [one.line for one in refused]) == (4, [4])
    document = json.loads(newsroom.read("new"))
    assert [fact["standing"] for fact in document["facts"]] == ["retracted", "standing"]


@pytest.mark.thorough
@holds("SLUGS_OF_STORY")
def test_a_story_gets_so_many_slugs(newsroom: Newsroom) -> None:
    newsroom.open()
    for number in range(1, limits.SLUGS_OF_STORY):
        newsroom.file(SetSlug(slug=f"story-{number % 3}", reason="So"), "story")
    with pytest.raises(StoryFull):
        newsroom.file(SetSlug(slug="one-more", reason="So"), "story")


@pytest.mark.thorough
@pytest.mark.parametrize("for_readers", [False, True])
def test_tables_for_others_have_what_a_fact_rests_on_by_the_slug_of_now(
    desk: Desk, tmp_path: Path, for_readers: bool
) -> None:
    old, other = desk.public(), desk.public()
    desk.report(other, rests_on=[{"story": old, "fact": 1}])
    new = rename(desk, old)
    publish(desk, new)
    publish(desk, other)
    written = tmp_path / "ledger.sqlite"
    as_sqlite.write(desk.newsroom.views, written, for_readers=for_readers)
    with closing(sqlite3.connect(written)) as file:
        found = file.execute(
            "select ground_story, ground_fact from rests_on where story = ?", [other]
        ).fetchall()
    assert found == [(new, 1)]


def test_an_export_of_one_story_is_found_by_any_slug_that_it_had_and_comes_back_alike(
    desk: Desk, newsroom: Newsroom
) -> None:
    old = desk.public()
    new = rename(desk, old)
    publish(desk, new)
    desk.post(f"/v1/stories/{new}/revisions/4/undo", {"reason": "Too soon."})
    export = Export(desk.newsroom.views, desk.newsroom.keyring)
    lines = [list(export.story(slug, 0)) for slug in (old, new)]
    assert lines[0] == lines[1]
    assert [one["do"] for line in lines[0] if (one := json.loads(line)).get("story")] == [
        "report", "publish", "set-slug", "publish", "undo",
    ]  # fmt: skip
    report, refused = carry_in(newsroom, lines[0])
    assert (report.refused, refused) == (0, [])
    assert json.loads(newsroom.read(old))["story"] == old


# --- On the page -----------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_it_gets_a_new_slug_by_a_form_and_the_desk_is_led_on_by_every_form(
    desk: Desk, editor: Browser
) -> None:
    old = desk.open()
    new = desk.slug("by-form")
    page = editor.get(f"/desk/stories/{old}/set-slug")
    assert page.form.fields["slug"] == old
    assert f"/desk/stories/{old}/set-slug" in editor.get(f"/stories/{old}").links()
    page.form.send(slug=new, reason="It is about more by now.")
    desk.settle()
    assert asked(desk, f"/v1/stories/{new}", "editor").json()["story"] == new
    moved = editor.get(f"/desk/stories/{old}/set-headline")
    assert moved.address.endswith(f"/desk/stories/{new}/set-headline")
    assert "New name in addresses" in editor.get(f"/stories/{new}/history").text
