"""Is a source shown under the name that it had then, found by every name for the desk, and for readers by no name that
they have not read?"""

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from api.server.embedded import EmbeddedPostgres
from api.terminal.rendering import tell_difference
from ledger import limits
from projections.engine.proof.fold import first_difference
from projections.engine.rebuild import rebuild
from projections.views.catalogue import VIEW
from tests.desk import CHANGES, Desk, open_desk, problem
from tests.plain_browser import Browser
from tests.test_limits import holds


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


def rename(desk: Desk, slug: str, name: str, *other_names: str, role: Any = "editor") -> dict[str, Any]:
    body = {"name": name, "other_names": other_names, "reason": "It calls itself that."}
    return desk.post(f"/v1/sources/{slug}/renamings", body, role)


def story_naming(desk: Desk, source: str, **fields: Any) -> str:
    slug = desk.open(facts=0)
    desk.report(slug, attribution=[{"source": source, "cue": "said", "speech": "indirect"}], **fields)
    return slug


def name_in(desk: Desk, story: str, source: str, moment: str = "", role: Any = "editor") -> str:
    answer = desk.client(role).get(f"/v1/stories/{story}{moment}")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["sources"][source]["name"])


def found(desk: Desk, part: str, role: Any = "editor") -> list[str]:
    answer = desk.client(role).get("/v1/sources", params={"q": part})
    assert answer.status_code == 200, answer.text
    return [one["source"] for one in answer.json()["items"]]


def stories_with(desk: Desk, words: str, role: Any = "editor") -> list[dict[str, Any]]:
    return list(desk.client(role).get("/v1/stories", params={"q": words}).json()["items"])


def test_a_story_shows_the_name_that_its_source_had_then(desk: Desk) -> None:
    source = desk.source("Facebook")
    story = story_naming(desk, source)
    published = desk.publish(story)
    renamed = rename(desk, source, "Meta", "FB")
    desk.settle()
    assert name_in(desk, story, source) == "Meta"
    for moment in (
        f"?as_of={published['recorded_at']}",
        f"?position={published['position']}",
        f"?revision={published['revision']}",
        "?edition=1",
    ):
        assert name_in(desk, story, source, moment) == "Facebook", moment
    assert name_in(desk, story, source, f"?as_of={renamed['recorded_at']}") == "Meta"
    fact, facts = f"/{story}/facts/1", f"/{story}/facts"
    for path, name in ((fact, "Meta"), (f"{fact}?revision=2", "Facebook"), (facts, "Meta")):
        assert desk.get(f"/v1/stories{path}").json()["sources"][source]["name"] == name


def test_readers_see_the_new_name_with_the_next_edition_and_the_old_one_in_those_before(desk: Desk) -> None:
    source = desk.source("Twitter")
    story = story_naming(desk, source)
    first = desk.publish(story)
    rename(desk, source, "X Corp")
    desk.settle()
    assert name_in(desk, story, source, role=None) == "Twitter", "what was looked at is what is published"
    assert desk.client(None).get(f"/v1/sources/{source}").json()["name"] == "Twitter"
    second = desk.edition(story, "A train goes on")
    desk.settle()
    assert name_in(desk, story, source, role=None) == "X Corp"
    assert name_in(desk, story, source, f"?as_of={second['recorded_at']}", None) == "X Corp"
    for moment in ("?edition=1", f"?revision={first['revision']}", f"?as_of={first['recorded_at']}"):
        assert name_in(desk, story, source, moment, None) == "Twitter", moment
    assert desk.client(None).get(f"/v1/sources/{source}").json() == {
        "source": source,
        "name": "X Corp",
        "kind": "organisation",
    }


def test_by_the_clock_of_whoever_it_comes_from_the_name_is_that_of_the_revision(desk: Desk) -> None:
    source = desk.source("Department of Trade")
    slug = desk.slug()
    item = {"provider": "gov", "id": slug}
    opening = {"slug": slug, "headline": "Figures", "language": "en", "desk": "data"}
    desk.post("/v1/stories", opening | {"origin": item | {"version": "1", "created": "2019-01-01T00:00:00Z"}})
    link = {"source": source, "cue": "said", "speech": "indirect"}
    desk.report(slug, attribution=[link], origin=item | {"version": "2", "created": "2019-02-01T00:00:00Z"})
    rename(desk, source, "Ministry of Trade")
    body = {"headline": "New figures", "reason": "So it says.", "expected_revision": 2}
    desk.post(
        f"/v1/stories/{slug}/headline",
        body | {"origin": item | {"version": "3", "created": "2020-01-01T00:00:00Z"}},
    )
    desk.settle()
    for then, name in (("2019-06-01", "Department of Trade"), ("2020-06-01", "Ministry of Trade")):
        assert name_in(desk, slug, source, f"?as_of={then}T00:00:00Z&clock=source") == name


def test_the_etag_of_a_story_and_of_a_fact_follows_the_names_in_it(desk: Desk) -> None:
    source = desk.source("Old")
    story = story_naming(desk, source)
    desk.settle()
    before = [desk.get(f"/v1/stories/{story}{path}").headers["etag"] for path in ("", "/facts/1")]
    rename(desk, source, "New")
    desk.settle()
    for path, tag in zip(("", "/facts/1"), before, strict=True):
        after = desk.get(f"/v1/stories/{story}{path}", if_none_match=tag)
        assert after.status_code == 200
        assert after.headers["etag"] != tag
    tag = desk.get(f"/v1/stories/{story}").headers["etag"]
    desk.post(f"/v1/stories/{story}/headline", {"headline": "Go", "reason": "It does."}, if_match=tag)


def test_the_desk_finds_a_source_by_every_name_and_readers_by_the_one_they_read(desk: Desk) -> None:
    source = desk.source("Oldnameless Trust")
    story = story_naming(desk, source)
    desk.publish(story)
    rename(desk, source, "Newnamed Fund", "Alsoknown Society")
    desk.settle()
    for part in ("oldname", "newname", "alsoknown"):
        assert found(desk, part) == [source], part
    assert found(desk, "oldname", None) == [source]
    assert found(desk, "newname", None) == found(desk, "alsoknown", None) == []
    desk.edition(story, "Again")
    desk.settle()
    assert found(desk, "newname", None) == [source]
    assert found(desk, "oldname", None) == found(desk, "alsoknown", None) == []
    shown = desk.get(f"/v1/sources/{source}").json()
    assert shown["other_names"] == ["Alsoknown Society"]
    (former,) = shown["former_names"]
    assert (former["name"], former["reason"]) == ("Oldnameless Trust", "It calls itself that.")


@pytest.mark.thorough
@pytest.mark.parametrize("when", ["before it is published", "after its story was withdrawn"])
def test_a_name_that_no_edition_showed_reaches_no_reader(desk: Desk, when: str) -> None:
    """Neither by its story, nor by a search for it."""
    secret, shown = f"Felt{desk.slug('q')}".replace("-", ""), f"Throat{desk.slug('q')}".replace("-", "")
    source = desk.source(f"Mark {secret}", "person")
    story = story_naming(desk, source)
    if when == "before it is published":
        rename(desk, source, f"Deep {shown}", f"{secret} of the bureau")
        desk.publish(story)
    else:
        rename(desk, source, f"Deep {shown}")
        desk.publish(story)
        rename(desk, source, f"Mark {secret}")
    desk.settle()
    reader = desk.client(None)
    assert stories_with(desk, secret)
    assert stories_with(desk, secret, None) == []
    assert [one["story"] for one in stories_with(desk, "train -" + secret, None)].count(story) == 1
    assert found(desk, secret, None) == []
    assert found(desk, secret) == [source]
    paths = ["", ".md", ".jsonld", ".ninjs", ".prov.json", "/facts", "/facts/1", "/revisions", "?edition=1"]
    for path in (
        *(f"stories/{story}{path}" for path in paths),
        f"sources/{source}",
        f"sources/{source}/facts",
    ):
        answer = reader.get(f"/v1/{path}")
        assert answer.status_code == 200, path
        assert secret not in answer.text, path
    for page in (f"/stories/{story}", f"/sources/{source}", "/sources", f"/sources?q={secret.lower()}"):
        assert f"Mark {secret}" not in reader.get(page).text, page


def test_readers_find_a_story_by_the_name_under_which_it_was_published(desk: Desk) -> None:
    source = desk.source("Bygone Gazette")
    story = story_naming(desk, source)
    desk.publish(story)
    rename(desk, source, "Lateborn Gazette")
    later = story_naming(desk, source)
    desk.publish(later)
    desk.settle()
    for role in (None, "editor"):
        (one,) = stories_with(desk, "bygone", role)
        assert one["story"] == story
        (one,) = stories_with(desk, "lateborn", role)
        assert one["story"] == later
        assert one["found"]["of"] == "source"


def test_what_is_published_may_hold_no_name_that_a_protected_source_has_or_had(desk: Desk) -> None:
    source = desk.source("Greta Farbraun", "person")
    rename(desk, source, "Somebody Quietly", "Ottilie Nachtwind")
    for index, name in enumerate(("Greta Farbraun", "Somebody Quietly", "Ottilie Nachtwind")):
        story = story_naming(desk, source, terms="background", statement=f"It was told {index}")
        body = {"headline": f"What {name} knows", "reason": "R"}
        desk.post(f"/v1/stories/{story}/headline", body)
        refused = desk.try_post(f"/v1/stories/{story}/publications", {"reason": "R"})
        assert problem(refused, 409, "names-protected")["names"][0]["source"] == source


def test_nor_does_a_public_source_lead_to_a_protected_one_by_a_name_that_it_had(desk: Desk) -> None:
    hidden = desk.source("Wilhelmine Abendrot", "person")
    public = desk.source("Abendrot Partners")
    rename(desk, public, "Partners of the Lake")
    story = story_naming(desk, hidden, terms="background")
    desk.report(story, attribution=[{"source": public, "cue": "said", "speech": "indirect"}])
    refused = desk.try_post(f"/v1/stories/{story}/publications", {"reason": "R"})
    (found,) = problem(refused, 409, "names-protected")["names"]
    assert found == {"place": f"source {public}, former name", "source": hidden, "words": "Abendrot"}


@pytest.mark.parametrize("role", ["reporter", "auditor", "admin"])
def test_who_may_not_edit_may_not_rename(desk: Desk, role: Any) -> None:
    source = desk.source("Whoever")
    answer = desk.try_post(f"/v1/sources/{source}/renamings", {"name": "Else", "reason": "R"}, role)
    problem(answer, 403, "role-may-not")


def test_the_name_that_it_has_already_changes_nothing(desk: Desk) -> None:
    source = desk.source("Same")
    answer = desk.try_post(f"/v1/sources/{source}/renamings", {"name": "Same", "reason": "R"})
    assert problem(answer, 422, "nothing-changes")["errors"][0]["pointer"] == "#/name"
    rename(desk, source, "Same", "Another")
    desk.settle()
    shown = desk.get(f"/v1/sources/{source}").json()
    assert shown["other_names"] == ["Another"]
    assert "former_names" not in shown
    missing = desk.try_post("/v1/sources/nobody-is-it/renamings", {"name": "Else", "reason": "R"})
    problem(missing, 404, "no-such-source")


def test_a_renaming_is_tried_repeated_and_part_of_a_change_as_other_acts_are(desk: Desk) -> None:
    source = desk.source("Before")
    path, body = (
        f"/v1/sources/{source}/renamings",
        {"name": "After", "other_names": ["Beside"], "reason": "R"},
    )
    desk.settle()
    tried = desk.try_post(f"{path}?dry_run=true", body)
    assert tried.status_code == 200
    assert tried.json()["becomes"]["name"] == "After"
    assert desk.get(f"/v1/sources/{source}").json()["name"] == "Before"
    once = desk.try_post(path, body, idempotency_key='"rename-once"')
    again = desk.try_post(path, body, idempotency_key='"rename-once"')
    assert once.json() == again.json()
    story = desk.open()
    act = {"do": "rename-source", "source": source, "with": {"name": "At last"}}
    named = {"do": "set-headline", "with": {"headline": "A change", "expected_revision": 2}}
    desk.post(f"/v1/stories/{story}/acts", {"acts": [act, named], "reason": "Both"})
    desk.settle()
    assert desk.get(f"/v1/sources/{source}").json()["name"] == "At last"


@pytest.mark.thorough
@holds("NAMES_OF_SOURCE", "RENAMINGS_OF_SOURCE")
def test_a_source_has_so_many_names_and_no_more(desk: Desk) -> None:
    source = desk.source("Name 0")
    names = [f"Other {number}" for number in range(limits.NAMES_OF_SOURCE + 1)]
    too_many = {"name": "Name 1", "other_names": names, "reason": "R"}
    problem(desk.try_post(f"/v1/sources/{source}/renamings", too_many), 422)
    for number in range(1, limits.RENAMINGS_OF_SOURCE + 1):
        rename(desk, source, f"Name {number}")
    answer = desk.try_post(f"/v1/sources/{source}/renamings", {"name": "One more", "reason": "R"})
    assert "100 times" in problem(answer, 409, "source-full")["detail"]


@pytest.mark.thorough
def test_the_page_of_a_source_says_how_else_it_is_and_was_called_to_the_desk_alone(desk: Desk) -> None:
    source = desk.source("Formerly Thus")
    desk.publish(story_naming(desk, source))
    browser = Browser.of(desk.server, "editor")
    page = browser.get(f"/desk/sources/{source}/rename-source")
    assert "Formerly Thus" in page.source
    rename(desk, source, "Nowadays So", "Elsewhere Such")
    desk.settle()
    shown = browser.get(f"/sources/{source}").text
    assert "Nowadays So" in shown
    assert "Elsewhere Such" in shown
    assert "Formerly Thus" in shown
    found = browser.get("/sources?q=formerly")
    assert f"/sources/{source}" in found.links()
    assert "Also Elsewhere Such, Formerly Thus" in found.text
    visitor = Browser.of(desk.server, None)
    reader = visitor.get(f"/sources/{source}").text
    assert "Formerly Thus" in reader
    assert "Nowadays So" not in reader
    assert "Elsewhere Such" not in reader
    browser.close()
    visitor.close()


@pytest.mark.thorough
def test_views_that_move_and_views_that_are_built_anew_are_what_the_events_say(desk: Desk) -> None:
    source = desk.source("One")
    story = story_naming(desk, source)
    rename(desk, source, "Two")
    desk.publish(story)
    body = CHANGES["terms"] | {"expected_version": 1}
    desk.post(f"/v1/stories/{story}/facts/1/terms", body)
    other = story_naming(desk, source)
    desk.publish(other)
    rename(desk, source, "Three", "Four")
    desk.settle()
    assert first_difference(desk.newsroom.views, VIEW, desk.head()) is None
    rebuild(desk.newsroom.database)
    assert first_difference(desk.newsroom.views, VIEW, desk.head()) is None


# --- What readers are told of it ---------------------------------------------------------------------------------


def told_of(desk: Desk, story: str, edition: int) -> dict[str, Any]:
    """In what the edition reads otherwise, as readers are told."""
    found = desk.client(None).get(f"/v1/stories/{story}/revisions").json()["items"]
    return dict(found[edition - 1].get("differs", {}))


def test_an_edition_says_which_of_its_sources_have_another_name(desk: Desk) -> None:
    source = desk.source("Burmese Radio")
    story = story_naming(desk, source)
    desk.publish(story)
    rename(desk, source, "Myanmar Radio")
    rename(desk, source, "Radio Myanmar", "MRTV")
    desk.edition(story, "A train goes on")
    desk.settle()
    renamed = [{"source": source, "before": "Burmese Radio", "after": "Radio Myanmar"}]
    nothing = {"facts": [], "new_facts": [], "more_facts": 0, "more_sources": 0}
    assert told_of(desk, story, 2) == {"parts": ["headline"], "sources": renamed} | nothing
    for role in (None, "editor"):
        difference = desk.client(role).get(f"/v1/stories/{story}/diff?from_edition=1&to_edition=2").json()
        assert (difference["sources"], difference["facts"]) == (renamed, [])
        out = StringIO()
        tell_difference(Console(file=out), difference)
        assert f"source {source}\n  - name: Burmese Radio\n  + name: Radio Myanmar" in out.getvalue()
    visitor = Browser.of(desk.server, None)
    assert "The source Burmese Radio is called Radio Myanmar" in visitor.get(f"/stories/{story}/history").text
    for show in ("", "&show=fields"):
        page = visitor.get(f"/stories/{story}/diff?from_edition=1&to_edition=2{show}")
        assert "Burmese Radio" in page.text, show
        assert "Radio Myanmar" in page.text, show
        assert "Nothing in what the story says differs" not in page.text
    visitor.close()
    feed = desk.client(None).get(f"/v1/stories/{story}/feed").text
    assert "The source Burmese Radio is called Radio Myanmar." in feed


def test_who_publishes_is_shown_beforehand_which_names_readers_will_read(desk: Desk) -> None:
    source = desk.source("Peking Daily")
    story = story_naming(desk, source)
    desk.publish(story)
    desk.post(f"/v1/stories/{story}/headline", {"headline": "Go", "reason": "R", "expected_revision": 3})
    rename(desk, source, "Beijing Daily")
    desk.settle()
    browser = Browser.of(desk.server, "editor")
    shown = browser.get(f"/desk/stories/{story}/publish").form.send("preview", reason="R").text
    browser.close()
    assert "name of a source" in shown
    assert "Peking Daily Beijing Daily" in " ".join(shown.split())


@pytest.mark.thorough
def test_no_other_name_is_told_where_readers_read_none(desk: Desk) -> None:
    tellers = [desk.source(f"Teller {number}") for number in range(5)]
    there_and_back, hidden, dropped, answering, new = tellers
    story = story_naming(desk, there_and_back)
    desk.report(
        story, attribution=[{"source": hidden, "cue": "said", "speech": "indirect"}], terms="background"
    )
    desk.report(story, attribution=[{"source": dropped, "cue": "said", "speech": "indirect"}])
    denial = {"expected_version": 1, "kind": "denies", "by": {"source": answering}, "reason": "R"}
    desk.post(f"/v1/stories/{story}/facts/1/responses", denial)
    desk.publish(story)
    for source in tellers:
        rename(desk, source, f"Another {source}")
    rename(desk, there_and_back, "Teller 0")
    desk.post(f"/v1/stories/{story}/facts/3/retractions", {"expected_version": 1, "reason": "R"})
    desk.report(story, attribution=[{"source": new, "cue": "said", "speech": "indirect"}])
    desk.edition(story, "A train goes on")
    desk.settle()
    told = told_of(desk, story, 2)
    assert [one["source"] for one in told["sources"]] == [answering]
    assert told["facts"] == [3]
    rename(desk, answering, "Not published yet")
    desk.settle()
    assert told_of(desk, story, 2) == told


def test_of_a_source_that_is_protected_later_no_other_name_is_told_any_more(desk: Desk) -> None:
    source = desk.source("Candid Person", "person")
    story = story_naming(desk, source)
    desk.publish(story)
    rename(desk, source, "Candid Persona")
    desk.edition(story, "A train goes on")
    desk.settle()
    assert len(told_of(desk, story, 2)["sources"]) == 1
    desk.post(f"/v1/stories/{story}/facts/1/terms", CHANGES["terms"] | {"expected_version": 1})
    desk.settle()
    assert told_of(desk, story, 2)["sources"] == []


def test_what_stood_before_is_told_by_the_names_of_then(desk: Desk) -> None:
    one, other = desk.source("Pravda"), desk.source("Izvestia")
    story = story_naming(desk, one)
    desk.publish(story)
    link = {"source": other, "cue": "said", "speech": "indirect"}
    rename(desk, one, "Truth")
    desk.report(story, attribution=[{"source": one, "cue": "said", "speech": "indirect"}])
    body = {"expected_version": 1, "attribution": [link], "reason": "R"}
    desk.post(f"/v1/stories/{story}/facts/1/attributions", body)
    desk.publish(story)
    desk.settle()
    visitor = Browser.of(desk.server, None)
    page = visitor.get(f"/stories/{story}/diff?from_edition=1&to_edition=2&show=fields")
    visitor.close()
    assert "Pravda “said”" in page.text
    assert "Truth “said”" not in page.text
