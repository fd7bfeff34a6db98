"""Do two sources that are one count as one for the desk, stay two for readers, and part again?"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.server.embedded import EmbeddedPostgres
from ledger import limits
from ledger.commands import MergeSource
from projections.engine.proof.fold import first_difference
from projections.engine.rebuild import rebuild
from projections.views.catalogue import VIEW
from tests.desk import CHANGES, FACT, Desk, open_desk, problem
from tests.newsroom import Newsroom
from tests.plain_browser import Browser
from tests.test_limits import holds


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


def merge(desk: Desk, slug: str, into: str) -> dict[str, Any]:
    receipt = desk.post(f"/v1/sources/{slug}/merges", {"into": into, "reason": "Registered twice."})
    desk.settle()
    return receipt


def say(desk: Desk, slug: str, what: str) -> dict[str, Any]:
    receipt = desk.post(f"/v1/sources/{slug}/{what}", {"reason": "So it is."})
    desk.settle()
    return receipt


def pair(desk: Desk) -> tuple[str, str]:
    """The one that was given up, and the one that goes on."""
    given_up, goes_on = desk.source("Given Up"), desk.source("Going On")
    merge(desk, given_up, goes_on)
    return given_up, goes_on


def said_by(*chain: str) -> dict[str, Any]:
    return {"attribution": [{"source": slug, "cue": "said", "speech": "indirect"} for slug in chain]}


def cited(*sources: str) -> dict[str, Any]:
    return {"citations": [{"source": slug, "url": "https://example.org/1"} for slug in sources]}


def shaken(desk: Desk, story: str) -> list[int]:
    desk.settle()
    items = desk.get("/v1/facts/shaken?limit=200").json()["items"]
    return sorted(one["fact"] for one in items if one["story"] == story)


# --- What is recorded --------------------------------------------------------------------------------------------


def test_both_tell_of_it_until_they_are_told_apart(desk: Desk) -> None:
    given_up, goes_on = desk.source("Given Up"), desk.source("Going On")
    before = [desk.get(f"/v1/sources/{slug}?at_least={desk.head()}").json() for slug in (given_up, goes_on)]
    tags = {desk.get(f"/v1/sources/{goes_on}").headers["etag"]}
    receipt = merge(desk, given_up, goes_on)
    assert (receipt["source"], receipt["revision"]) == (given_up, 2)
    shown = [desk.get(f"/v1/sources/{slug}").json() for slug in (given_up, goes_on)]
    assert shown[0] == before[0] | {"merged_into": goes_on}
    assert shown[1] == before[1] | {"joined": [{"source": given_up, "name": "Given Up"}]}
    tags.add(desk.get(f"/v1/sources/{goes_on}").headers["etag"])
    after = receipt["position"] - 2
    told = desk.get(f"/v1/events?kind=source-merged.v1&after={after}", "auditor").json()
    assert [told["about"][one["stream_id"]]["source"] for one in told["items"]] == [goes_on, given_up]
    assert [one["body"] for one in told["items"]] == [
        {"slug": given_up, "name": "Given Up", "into": goes_on, "reason": "Registered twice."}
    ] * 2
    assert say(desk, given_up, "partings")["revision"] == 3
    assert [desk.get(f"/v1/sources/{slug}").json() for slug in (given_up, goes_on)] == before
    tags.add(desk.get(f"/v1/sources/{goes_on}").headers["etag"])
    assert len(tags) == 3
    merge(desk, given_up, goes_on)


def test_it_is_tried_repeated_and_part_of_a_change_as_other_acts_are(desk: Desk) -> None:
    given_up, goes_on = desk.source("Given Up"), desk.source("Going On")
    path, body = f"/v1/sources/{given_up}/merges", {"into": goes_on, "reason": "R"}
    tried = desk.try_post(f"{path}?dry_run=true", body)
    assert tried.status_code == 200
    assert [event["topic"] for event in tried.json()["events"]] == ["source-merged.v1"]
    assert tried.json()["becomes"]["merged_into"] == goes_on
    assert "merged_into" not in desk.get(f"/v1/sources/{given_up}?at_least={desk.head()}").json()
    once = desk.try_post(path, body, idempotency_key='"merge-once"')
    again = desk.try_post(path, body, idempotency_key='"merge-once"')
    assert once.json() == again.json()
    desk.settle()
    apart = desk.try_post(f"/v1/sources/{given_up}/partings?dry_run=true", {"reason": "R"}).json()
    assert "merged_into" not in apart["becomes"]
    story = desk.open()
    acts = [
        {"do": "part-source", "source": given_up, "with": {"reason": "R"}},
        {"do": "report", "with": FACT | said_by(given_up)},
        {"do": "merge-source", "source": given_up, "with": {"into": goes_on, "reason": "R"}},
    ]
    tried = desk.try_post(f"/v1/stories/{story}/acts?dry_run=true", {"acts": acts, "reason": "All"})
    assert [event["topic"] for event in tried.json()["events"]] == [
        "source-parted.v1",
        "fact-reported.v1",
        "source-merged.v1",
    ]
    refused = desk.try_post(f"/v1/stories/{story}/acts", {"acts": [*acts, acts[1]], "reason": "All"})
    problem(refused, 409, "source-is-merged")
    assert desk.get(f"/v1/sources/{given_up}?at_least={desk.head()}").json()["merged_into"] == goes_on
    desk.post(f"/v1/stories/{story}/acts", {"acts": acts, "reason": "All"})
    assert desk.get(f"/v1/sources/{given_up}?at_least={desk.head()}").json()["merged_into"] == goes_on


@pytest.mark.parametrize("role", ["reporter", "auditor", "admin"])
def test_who_may_not_edit_may_join_nothing(desk: Desk, role: Any) -> None:
    source = desk.source("Whoever")
    for said, body in (("merges", {"into": "ria", "reason": "R"}), ("partings", {"reason": "R"})):
        problem(desk.try_post(f"/v1/sources/{source}/{said}", body, role), 403, "role-may-not")


# --- What is refused ---------------------------------------------------------------------------------------------


def test_only_one_that_goes_on_by_itself_can_be_joined_to(desk: Desk) -> None:
    given_up, goes_on = pair(desk)
    third = desk.source("Third")

    def refused(slug: str, into: str, status: int, kind: str) -> dict[str, Any]:
        return problem(
            desk.try_post(f"/v1/sources/{slug}/merges", {"into": into, "reason": "R"}), status, kind
        )

    detail = refused(third, given_up, 409, "source-is-merged")["detail"]
    assert detail.endswith(f"which goes on as {goes_on}. Join {third} to that one.")
    refused(given_up, third, 409, "source-is-merged")
    refused(goes_on, third, 409, "others-are-joined")
    refused(goes_on, given_up, 409, "source-is-merged")
    refused(third, third, 422, "nothing-changes")
    told = refused(third, "no-such-source", 422, "no-such-source")
    assert told["errors"][0]["pointer"] == "#/into"
    refused("no-such-source", third, 404, "no-such-source")
    problem(desk.try_post(f"/v1/sources/{third}/partings", {"reason": "R"}), 409, "not-joined")


def test_what_is_done_with_a_source_is_done_with_the_one_that_goes_on(desk: Desk) -> None:
    given_up, goes_on = pair(desk)
    for said, body in (
        ("renamings", {"name": "Else", "reason": "R"}),
        ("discreditations", {"reason": "R"}),
        ("reinstatements", {"reason": "R"}),
    ):
        told = problem(desk.try_post(f"/v1/sources/{given_up}/{said}", body), 409, "source-is-merged")
        assert told["detail"] == (
            f"The source {given_up} was joined to Going On, which goes on as {goes_on}."
            f" Do it with {goes_on}; or tell the two apart first."
        )
    settings = {"names": ["Wire"], "reason": "R"}
    desk.post(f"/v1/sources/{given_up}/provider", settings, "standards")
    desk.post(f"/v1/sources/{goes_on}/renamings", {"name": "Went On", "reason": "R"})
    told = problem(desk.try_post(f"/v1/sources/{given_up}/discreditations", {"reason": "R"}), 409)
    assert "Went On" in told["detail"]


def test_both_must_stand_alike(desk: Desk) -> None:
    one, other = desk.source("One"), desk.source("Other")
    say(desk, one, "discreditations")
    for slug, into in ((one, other), (other, one)):
        answer = desk.try_post(f"/v1/sources/{slug}/merges", {"into": into, "reason": "R"})
        assert f"Discredit {other} or reinstate {one} first." in problem(answer, 409)["detail"]
    say(desk, other, "discreditations")
    merge(desk, one, other)


def test_nothing_new_names_the_one_that_was_given_up(desk: Desk) -> None:
    given_up, goes_on = desk.source("Given Up"), desk.source("Going On")
    story = desk.open()
    desk.report(story, **said_by(given_up))
    merge(desk, given_up, goes_on)
    path = f"/v1/stories/{story}/facts"
    seen = {"expected_version": 1}
    passed_on = {"source": "ria", "origin": given_up, "url": "https://example.org/1"}
    for at, body, pointer in (
        (path, FACT | said_by("ria", given_up), "#/attribution/1/source"),
        (path, FACT | cited(given_up), "#/citations/0/source"),
        (path, FACT | {"citations": [passed_on]}, "#/citations/0/origin"),
        (f"{path}/1/attributions", CHANGES["attributions"] | said_by(given_up), "#/attribution/0/source"),
        (f"{path}/1/citations", CHANGES["citations"] | cited(given_up), "#/citations/0/source"),
        (f"{path}/1/responses", CHANGES["responses"] | {"by": {"source": given_up}}, "#/by/source"),
        (f"{path}/1/updates", CHANGES["updates"] | said_by(given_up), "#/attribution/0/source"),
        (f"{path}/2/citations", CHANGES["citations"] | cited(given_up), "#/citations/0/source"),
    ):
        answer = desk.try_post(at, body if at == path else body | seen)
        told = problem(answer, 409, "source-is-merged")
        assert told["detail"].endswith(f"Going On, which goes on as {goes_on}. Name {goes_on} instead.")
        assert told["errors"][0]["pointer"] == pointer, at
    # What it named before it may go on naming, and it comes back with what is undone.
    desk.post(f"{path}/2/corrections", CHANGES["corrections"] | seen | said_by(given_up))
    receipt = desk.post(f"{path}/2/attributions", CHANGES["attributions"] | {"expected_version": 2})
    desk.post(f"/v1/stories/{story}/revisions/{receipt['revision']}/undo", {"reason": "R"})
    shown = desk.get(f"{path}/2?at_least={desk.head()}").json()
    assert shown["attribution"][0]["source"] == given_up


def test_a_report_behind_a_merge_is_refused_even_by_a_writer_that_knew_the_source_before(desk: Desk) -> None:
    given_up, goes_on = desk.source("Given Up"), desk.source("Going On")
    story = desk.open()
    another = Newsroom(desk.newsroom.database)
    another.actor("editor")  # whose key everybody hears of before
    desk.report(story, **said_by(given_up))  # so the server's writer holds it
    another.file(MergeSource(into=goes_on, reason="So"), source=given_up)
    another.close()
    problem(desk.try_post(f"/v1/stories/{story}/facts", FACT | said_by(given_up)), 409, "source-is-merged")


@holds("JOINED_TO_SOURCE")
def test_so_many_can_be_joined_to_one(desk: Desk) -> None:
    goes_on = desk.source("Going On")
    for number in range(limits.JOINED_TO_SOURCE):
        merge(desk, desk.source(f"Name {number}"), goes_on)
    body = {"into": goes_on, "reason": "R"}
    answer = desk.try_post(f"/v1/sources/{desk.source('One more')}/merges", body)
    assert "At most 20" in problem(answer, 409, "too-many-joined")["detail"]


# --- What counts together ----------------------------------------------------------------------------------------


def test_discrediting_the_one_that_goes_on_shakes_what_hangs_on_the_two_alone(desk: Desk) -> None:
    given_up, goes_on, third = *pair(desk), desk.source("Third")
    say(desk, given_up, "partings")
    story = desk.open(facts=0)
    both = cited(given_up, goes_on)
    for said in (
        said_by(given_up),
        said_by(goes_on),
        said_by(given_up, goes_on),
        said_by(third),
        both,
        said_by(third) | both,
        said_by(given_up) | cited(given_up, goes_on, third),
        said_by(third, given_up),
    ):
        desk.report(story, **said)
    desk.report(story, **both)
    change = {"expected_version": 1}
    desk.post(f"/v1/stories/{story}/facts/9/retractions", CHANGES["retractions"] | change)
    merge(desk, given_up, goes_on)
    hanging = [1, 2, 3, 5, 6, 8]
    counts = desk.get(f"/v1/sources/{goes_on}/hanging").json()
    assert counts == {"leaning": 8, "stories": 1, "alone": len(hanging), "stories_alone": 1}
    tried = desk.try_post(f"/v1/sources/{goes_on}/discreditations?dry_run=true", {"reason": "R"})
    assert tried.json()["becomes"]["joined"] == [{"source": given_up, "name": "Given Up"}]
    say(desk, goes_on, "discreditations")
    assert shaken(desk, story) == hanging
    marked = desk.get(f"/v1/stories/{story}/discredited").json()["items"]
    assert {one["source"]: one["facts"] for one in marked} == {
        given_up: [1, 3, 5, 6, 7, 8, 9],
        goes_on: [2, 3, 5, 6, 7, 9],
    }
    say(desk, given_up, "partings")
    assert shaken(desk, story) == hanging, "what it hung on then counts"
    assert [one["source"] for one in desk.get(f"/v1/stories/{story}/discredited").json()["items"]] == [
        goes_on
    ]
    say(desk, goes_on, "reinstatements")
    assert shaken(desk, story) == []


def test_reinstating_it_ends_what_discrediting_the_other_did_before(desk: Desk) -> None:
    given_up, goes_on = desk.source("Given Up"), desk.source("Going On")
    story = desk.open(facts=0)
    desk.report(story, **said_by(given_up))
    say(desk, given_up, "discreditations")
    say(desk, goes_on, "discreditations")
    merge(desk, given_up, goes_on)
    assert shaken(desk, story) == [1]
    since = desk.head()
    say(desk, goes_on, "reinstatements")
    assert shaken(desk, story) == []
    for known in (0, since):
        assert first_difference(desk.newsroom.views, VIEW, desk.head(), since=known) is None


def test_what_leans_on_either_is_listed_and_counted_with_the_one_that_goes_on(desk: Desk) -> None:
    given_up, goes_on = desk.source("Given Up"), desk.source("Going On")
    one, other = desk.open(facts=0), desk.open(facts=0)
    desk.report(one, **said_by(given_up))
    desk.report(one, **said_by(goes_on))
    desk.report(other, **said_by(given_up, goes_on))
    body = CHANGES["corrections"] | {"expected_version": 1}
    desk.post(f"/v1/stories/{one}/facts/1/corrections", body)
    body = CHANGES["retractions"] | {"expected_version": 1}
    desk.post(f"/v1/stories/{other}/facts/1/retractions", body)
    merge(desk, given_up, goes_on)

    def facts_of(slug: str) -> list[tuple[str, int]]:
        path, found = f"/v1/sources/{slug}/facts?limit=1", []
        answer = desk.get(path).json()
        while answer["items"]:
            found += [(item["story"], item["fact"]) for item in answer["items"]]
            if not answer["next"]:
                break
            answer = desk.get(f"{path}&cursor={answer['next']}").json()
        return found

    assert facts_of(goes_on) == [(one, 1), (one, 2), (other, 1)]
    assert facts_of(given_up) == [(one, 1), (other, 1)]
    figures = {"facts": 3, "stories": 2, "corrected": 1, "retracted": 1}
    assert desk.get(f"/v1/sources/{goes_on}/figures").json() == {"source": goes_on} | figures
    listed = {one["source"]: one for one in desk.get("/v1/sources?limit=50").json()["items"]}
    assert listed[goes_on]["figures"] == figures
    assert listed[given_up]["figures"] == figures | {"facts": 2}
    say(desk, given_up, "partings")
    assert desk.get(f"/v1/sources/{goes_on}/figures").json()["facts"] == 2


def test_it_is_found_by_the_names_of_the_other(desk: Desk) -> None:
    given_up, goes_on = desk.source("Quaggenhuber Dienst"), desk.source("Zweitname")
    desk.publish(desk.open(facts=0))
    merge(desk, given_up, goes_on)

    def found(part: str, role: Any = "editor") -> list[str]:
        return [
            one["source"] for one in desk.client(role).get("/v1/sources", params={"q": part}).json()["items"]
        ]

    assert {*found("quaggenhuber")} == {given_up, goes_on}
    assert found("zweitname") == [goes_on]
    assert found("dienst quagg")
    assert found("dienst zweit") == []
    say(desk, given_up, "partings")
    assert found("quaggenhuber") == [given_up]


# --- Whom it protects --------------------------------------------------------------------------------------------


def test_who_is_protected_is_so_under_the_names_of_those_that_are_the_same(desk: Desk) -> None:
    hidden, other, third = (
        desk.source(name, "person") for name in ("Greta Farbraun", "Ottilie Nachtwind", "Ada Morgenrot")
    )
    merge(desk, hidden, other)
    merge(desk, third, other)
    story = desk.open(facts=0)
    desk.report(story, **(said_by("ria") | {"terms": "on_record"}))
    part_of_it = desk.try_post  # a fact that names the one that goes on, on terms that hide it
    answer = part_of_it(f"/v1/stories/{story}/facts", FACT | said_by(other) | {"terms": "background"})
    assert answer.status_code == 201
    for name in ("Greta Farbraun", "Ottilie Nachtwind", "Ada Morgenrot"):
        desk.post(f"/v1/stories/{story}/headline", {"headline": f"What {name} knows", "reason": "R"})
        refused = desk.try_post(f"/v1/stories/{story}/publications", {"reason": "R"})
        (found,) = problem(refused, 409, "names-protected")["names"]
        assert (found["source"], found["words"]) == (other, name)
        tried = desk.try_post(
            f"/v1/stories/{story}/headline?dry_run=true", {"headline": f"{name} knows", "reason": "R"}
        )
        assert tried.json()["names_count"] == 1
    # The other way round: a fact that named the one that was given up before.
    earlier, goes_on = desk.source("Emil Vortag", "person"), desk.source("Emma Vorabend", "person")
    story = desk.open(facts=0)
    desk.report(story, **(said_by(earlier) | {"terms": "background"}))
    merge(desk, earlier, goes_on)
    desk.post(f"/v1/stories/{story}/headline", {"headline": "What Emma Vorabend knows", "reason": "R"})
    refused = desk.try_post(f"/v1/stories/{story}/publications", {"reason": "R"})
    (found,) = problem(refused, 409, "names-protected")["names"]
    assert (found["source"], found["words"]) == (earlier, "Emma Vorabend")
    say(desk, earlier, "partings")
    desk.publish(story)


def test_whoever_names_one_is_told_that_terms_protect_the_other(desk: Desk) -> None:
    hidden, other = desk.source("Greta Zwirn", "person"), desk.source("Ulla Faden", "person")
    story = desk.open(facts=0)
    desk.report(story, **(said_by(hidden) | {"terms": "background"}))
    merge(desk, hidden, other)
    desk.report(story, **said_by(other))
    told = desk.publish(story)
    assert told["newly_named"] == [{"source": other, "protected_by": [1]}]


# --- On the pages ------------------------------------------------------------------------------------------------


def test_the_pages_lead_from_the_one_to_the_other(desk: Desk) -> None:
    given_up, goes_on = desk.source("Vormals Blatt"), desk.source("Fortan Blatt")
    story = desk.open(facts=0)
    desk.report(story, **said_by(given_up))
    desk.publish(story)
    browser = Browser.of(desk.server, "editor")
    form = browser.get(f"/desk/sources/{given_up}/merge-source").form
    filed = form.send_fields("file", {"into": "fortan blatt", "reason": "One house."})
    assert (filed.status, filed.address.partition("?")[0].endswith(f"/sources/{given_up}")) == (200, True)
    assert "It is the same as Fortan Blatt, and that one goes on" in filed.text
    offered = {link.rpartition("/")[2] for link in filed.links() if f"/desk/sources/{given_up}/" in link}
    assert offered == {"part-source"}
    page = browser.get(f"/sources/{goes_on}")
    assert "Joined to it, and counted with it: Vormals Blatt" in page.text
    assert "Attributed: “said”" in page.text
    offered = {link.rpartition("/")[2] for link in page.links() if f"/desk/sources/{goes_on}/" in link}
    assert offered == {"rename-source", "discredit"}
    listed = browser.get("/sources?q=vormals").text
    assert "It is the same as Fortan Blatt, and that one goes on." in listed
    assert "With Vormals Blatt, joined to it" in listed
    options = browser.get(f"/desk/stories/{story}/facts/1/attribute").root.all("option")
    suggested = {one["value"] for one in options}
    assert goes_on in suggested
    assert given_up not in suggested
    form = browser.get(f"/desk/stories/{story}/report").form
    fact = {
        "statement": "Another",
        "kind": "event",
        "who": "Vormals Blatt",
        "cue": "said",
        "speech": "indirect",
    }
    filed = form.send_fields("file", {f"facts.0.{name}": said for name, said in fact.items()})
    assert filed.status == 200, filed.text
    desk.settle()
    assert desk.get(f"/v1/stories/{story}/facts/2").json()["attribution"][0]["source"] == goes_on
    tried = browser.get(f"/desk/sources/{goes_on}/discredit").form.send_fields("preview", {"reason": "R"})
    assert "2 facts in 1 story stand on its word alone" in tried.text
    visitor = Browser.of(desk.server, None)
    for address in (f"/sources/{given_up}", "/sources"):
        assert "Fortan" not in visitor.get(address).text
    form = browser.get(f"/desk/sources/{given_up}/part-source").form
    assert "It is the same" not in form.send_fields("file", {"reason": "Two houses."}).text
    visitor.close()
    browser.close()


# --- What readers see --------------------------------------------------------------------------------------------


def test_readers_see_no_difference(desk: Desk) -> None:
    given_up, goes_on = desk.source("Given Up Public"), desk.source("Going On Public")
    secret = desk.source("Secretive Person", "person")
    story = desk.open(facts=0)
    for said in (said_by(given_up), said_by(goes_on), cited(given_up, goes_on)):
        desk.report(story, **said)
    desk.publish(story)
    desk.settle()

    def seen() -> dict[str, str]:
        pages = [
            "",
            ".md",
            ".jsonld",
            ".ninjs",
            ".prov.json",
            ".csv",
            "/facts",
            "/facts/1",
            "/facts/3",
            "/revisions",
        ]
        paths = [f"/v1/stories/{story}{page}" for page in pages]
        for slug in (given_up, goes_on, secret):
            paths += [f"/v1/sources/{slug}{rest}" for rest in ("", "/facts", "/figures")]
            paths += [f"/sources/{slug}"]
        paths += ["/v1/sources", "/sources", f"/stories/{story}", "/v1/corrections", "/v1/figures"]
        paths += [f"/v1/sources?q={name}" for name in ("given up public", "going on public", "secretive")]
        reader = desk.client(None)
        answers = {path: reader.get(path) for path in paths}
        return {
            path: f"{answer.status_code} {_timeless(answer.text)} {answer.headers.get('etag')}"
            for path, answer in answers.items()
        }

    before = seen()
    merge(desk, given_up, goes_on)
    merge(desk, secret, goes_on)
    assert seen() == before
    say(desk, goes_on, "discreditations")
    assert seen() == before
    assert desk.get(f"/v1/stories/{story}/facts/3").json()["independent_origins"] == 3


def _timeless(text: str) -> str:
    """Without the id of the question, which is another each time."""
    return re.sub("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", text)


# --- Proved ------------------------------------------------------------------------------------------------------


def test_views_that_move_and_views_that_are_built_anew_are_what_the_events_say(desk: Desk) -> None:
    given_up, goes_on = pair(desk)
    since = desk.head()
    assert first_difference(desk.newsroom.views, VIEW, since) is None
    story = desk.open(facts=0)
    say(desk, given_up, "partings")
    desk.report(story, **said_by(given_up))
    desk.report(story, **cited(given_up, goes_on))
    merge(desk, given_up, goes_on)
    desk.settle()
    middle = desk.head()
    say(desk, goes_on, "discreditations")
    assert shaken(desk, story) == [1, 2]
    for known in (0, since, middle):
        assert first_difference(desk.newsroom.views, VIEW, desk.head(), since=known) is None
    rebuild(desk.newsroom.database)
    assert shaken(desk, story) == [1, 2]
    assert first_difference(desk.newsroom.views, VIEW, desk.head()) is None
    middle = desk.head()
    say(desk, goes_on, "reinstatements")
    for known in (0, middle):
        assert first_difference(desk.newsroom.views, VIEW, desk.head(), since=known) is None
