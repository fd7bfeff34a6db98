"""Do the terms of a fact only tighten, unless two people loosen them?"""

import json
from itertools import combinations
from typing import Any

import pytest
from httpx2 import Response

from tests.carrying import carry_in, line, opening, reporting
from tests.desk import CHANGES, Desk, problem
from tests.newsroom import Newsroom
from tests.test_publishing import read, story_of

WHY = {"reason": "The source fears for their work."}
TERMS = ("on_record", "background", "deep_background", "off_record")  # from loosest to strictest
STRICTER = list(combinations(TERMS, 2))
LOOSER = [(was, to) for to, was in STRICTER]


def story_on(desk: Desk, terms: str) -> str:
    """A story with one fact, on these terms."""
    slug = desk.open(facts=0)
    desk.report(slug, terms=terms)
    return slug


def try_terms(
    desk: Desk, slug: str, terms: str, version: int = 1, role: Any = "editor", **more: Any
) -> Response:
    body = {"terms": terms, "expected_version": version, **WHY, **more}
    return desk.try_post(f"/v1/stories/{slug}/facts/1/terms", body, role)


def fact_of(desk: Desk, slug: str) -> dict[str, Any]:
    desk.settle()
    return dict(desk.get(f"/v1/stories/{slug}/facts/1").json())


# --- Alone -------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("role", ["reporter", "editor", "standards"])
@pytest.mark.parametrize(("was", "to"), LOOSER)
def test_an_update_does_not_loosen_terms(desk: Desk, was: str, to: str, role: Any) -> None:
    slug = story_on(desk, was)
    body = CHANGES["updates"] | {"expected_version": 1, "terms": to}
    told = problem(
        desk.try_post(f"/v1/stories/{slug}/facts/1/updates", body, role), 409, "terms-only-tighten"
    )
    assert told["errors"][0]["pointer"] == "#/terms"
    assert f"POST /v1/stories/{slug}/facts/1/terms" in told["detail"]
    assert "two people" in told["detail"]
    assert (fact_of(desk, slug)["terms"], fact_of(desk, slug)["version"]) == (was, 1)


@pytest.mark.parametrize("change", ["corrections", "updates", "clarifications"])
def test_no_revision_of_a_fact_loosens_terms(desk: Desk, change: str) -> None:
    slug = story_on(desk, "background")
    body = CHANGES[change] | {"expected_version": 1, "terms": "on_record"}
    problem(desk.try_post(f"/v1/stories/{slug}/facts/1/{change}", body), 409, "terms-only-tighten")
    assert fact_of(desk, slug)["terms"] == "background"


@pytest.mark.parametrize(("was", "to"), STRICTER)
def test_a_reporter_tightens_terms_by_an_update(desk: Desk, was: str, to: str) -> None:
    slug = story_on(desk, was)
    desk.post(
        f"/v1/stories/{slug}/facts/1/updates", {"expected_version": 1, "terms": to, **WHY}, role="reporter"
    )
    assert fact_of(desk, slug)["terms"] == to


@pytest.mark.parametrize("change", ["corrections", "updates", "clarifications", "terms"])
def test_an_undo_does_not_loosen_what_was_tightened(desk: Desk, change: str) -> None:
    slug = story_on(desk, "on_record")
    body = CHANGES.get(change, {}) | {"expected_version": 1, "terms": "background"} | WHY
    tightened = desk.post(f"/v1/stories/{slug}/facts/1/{change}", body)
    undo = f"/v1/stories/{slug}/revisions/{tightened['revision']}/undo"
    problem(desk.try_post(undo, WHY), 409, "terms-only-tighten")
    assert fact_of(desk, slug)["terms"] == "background"


def test_an_undo_of_what_two_people_loosened_protects_again_and_is_not_undone_by_one(desk: Desk) -> None:
    slug = story_on(desk, "background")
    loosened = desk.loosen(slug, 1, 1)
    undone = desk.post(f"/v1/stories/{slug}/revisions/{loosened['revision']}/undo", WHY)
    assert fact_of(desk, slug)["terms"] == "background"
    again = f"/v1/stories/{slug}/revisions/{undone['revision']}/undo"
    problem(desk.try_post(again, WHY), 409, "terms-only-tighten")


def test_an_undo_that_keeps_the_terms_is_free(desk: Desk) -> None:
    slug = story_on(desk, "background")
    changed = desk.post(f"/v1/stories/{slug}/facts/1/updates", CHANGES["updates"] | {"expected_version": 1})
    desk.post(f"/v1/stories/{slug}/revisions/{changed['revision']}/undo", WHY)
    assert fact_of(desk, slug)["version"] == 3


def test_a_retraction_taken_back_brings_the_fact_back_on_its_terms(desk: Desk) -> None:
    slug = story_on(desk, "background")
    gone = desk.post(f"/v1/stories/{slug}/facts/1/retractions", {"expected_version": 1, **WHY})
    desk.post(f"/v1/stories/{slug}/revisions/{gone['revision']}/undo", WHY)
    assert fact_of(desk, slug)["terms"] == "background"


@pytest.mark.thorough
def test_an_import_does_not_loosen_terms(newsroom: Newsroom) -> None:
    said = {"expected_version": 1, "terms": "on_record", **WHY}
    lines = [*opening(), reporting(1, terms="background")]
    lines += [line(word, said, story="story", fact=1) for word in ("update", "clarify")]
    lines += [line("set-terms", said, story="story", fact=1)]
    report, refused = carry_in(newsroom, lines)
    assert [one.kind for one in refused] == ["terms-only-tighten"] * 2
    assert report.recorded == 4  # among them that somebody asks for a second person
    (fact,) = json.loads(newsroom.read("story"))["facts"]
    assert fact["terms"] == "background"


# --- The act of its own ------------------------------------------------------------------------------------------


def test_terms_are_tightened_at_once_and_by_one(desk: Desk) -> None:
    slug = story_on(desk, "on_record")
    answer = try_terms(desk, slug, "off_record")
    assert answer.status_code == 201
    assert (answer.json()["fact"], answer.json()["version"]) == (1, 2)
    fact = fact_of(desk, slug)
    assert (fact["terms"], fact["changed"]["kind"], fact["changed"]["reason"]) == (
        "off_record",
        "tightening",
        WHY["reason"],
    )


@pytest.mark.thorough
@pytest.mark.parametrize(("was", "to"), LOOSER)
def test_terms_are_loosened_by_two(desk: Desk, was: str, to: str) -> None:
    slug = story_on(desk, was)
    asked = try_terms(desk, slug, to)
    assert asked.status_code == 202
    assert asked.json()["pending"] is True
    approval = asked.json()["approval"]
    assert asked.headers["location"] == f"/v1/stories/{slug}/approvals/{approval}"
    assert fact_of(desk, slug)["terms"] == was
    path = f"/v1/stories/{slug}/approvals/{approval}"
    problem(desk.try_post(f"{path}/approve", {}), 403, "needs-second-person")
    assert fact_of(desk, slug)["terms"] == was
    waiting = desk.get(path).json()
    assert (waiting["act"], waiting["fact"], waiting["version"], waiting["terms"]) == ("terms", 1, 1, to)
    receipt = desk.post(f"{path}/approve", {}, "standards")
    assert (receipt["fact"], receipt["version"]) == (1, 2)
    fact = fact_of(desk, slug)
    assert (fact["terms"], fact["changed"]["kind"]) == (to, "loosening")


def test_a_loosening_can_be_declined(desk: Desk) -> None:
    slug = story_on(desk, "background")
    approval = try_terms(desk, slug, "on_record").json()["approval"]
    desk.post(f"/v1/stories/{slug}/approvals/{approval}/decline", WHY, "standards")
    assert fact_of(desk, slug)["terms"] == "background"


@pytest.mark.parametrize("role", ["reporter", "auditor", "admin"])
def test_whoever_does_not_edit_does_not_set_terms(desk: Desk, role: Any) -> None:
    slug = story_on(desk, "background")
    for terms in ("on_record", "off_record"):
        problem(try_terms(desk, slug, terms, role=role), 403, "role-may-not")


def test_terms_are_set_for_the_version_that_was_seen(desk: Desk) -> None:
    slug = story_on(desk, "background")
    desk.post(f"/v1/stories/{slug}/facts/1/updates", CHANGES["updates"] | {"expected_version": 1})
    problem(try_terms(desk, slug, "on_record", version=1), 409, "fact-moved-on")
    body = {"terms": "on_record", **WHY}
    problem(desk.try_post(f"/v1/stories/{slug}/facts/1/terms", body), 428, "version-not-named")
    problem(try_terms(desk, slug, "background", version=2), 422, "nothing-changes")


def test_a_loosening_that_waits_lapses_when_the_fact_changes(desk: Desk) -> None:
    slug = story_on(desk, "background")
    approval = try_terms(desk, slug, "on_record").json()["approval"]
    named = {"attribution": [{"source": desk.source(), "cue": "said", "speech": "indirect"}]}
    desk.post(f"/v1/stories/{slug}/facts/1/attributions", {"expected_version": 1, **named, **WHY}, "reporter")
    answer = desk.try_post(f"/v1/stories/{slug}/approvals/{approval}/approve", {}, "standards")
    problem(answer, 409)
    assert fact_of(desk, slug)["terms"] == "background"


def test_of_two_facts_of_a_story_each_can_be_asked_for(desk: Desk) -> None:
    slug = story_on(desk, "background")
    desk.report(slug, terms="background")
    assert try_terms(desk, slug, "on_record").status_code == 202
    problem(try_terms(desk, slug, "on_record"), 409, "approval-pending")
    body = {"terms": "on_record", "expected_version": 1, **WHY}
    second = desk.try_post(f"/v1/stories/{slug}/facts/2/terms", body)
    assert second.status_code == 202
    desk.post(f"/v1/stories/{slug}/facts/2/updates", CHANGES["updates"] | {"expected_version": 1})
    changed = desk.post(
        f"/v1/stories/{slug}/notes", {"role": "desk", "text": "Look.", "is_publishable": True}
    )
    seen = f"at_least={changed['position']}"
    listed = desk.get(f"/v1/approvals?limit=200&{seen}").json()["items"]
    waiting = [(one["approval"], one["fact"], one["state"]) for one in listed if one["story"] == slug]
    assert waiting == [(1, 1, "pending"), (2, 2, "lapsed")]
    told = desk.get(f"/v1/stories/{slug}?{seen}").json()["publication"]["approvals"]
    assert [one["approval"] for one in told] == [1, 2]
    desk.post(f"/v1/stories/{slug}/approvals/1/approve", {}, "standards")
    assert fact_of(desk, slug)["terms"] == "on_record"
    answer = desk.try_post(f"/v1/stories/{slug}/approvals/2/approve", {}, "standards")
    problem(answer, 409, "approval-lapsed")


def test_readers_learn_of_the_source_once_the_loosened_fact_is_published(desk: Desk) -> None:
    slug = story_on(desk, "background")
    desk.publish(slug)
    assert "attribution" not in story_of(desk, slug)["facts"][0]
    desk.loosen(slug, 1, 1)
    assert "ria" not in read(desk, f"/v1/stories/{slug}").text.replace("variant", "")
    desk.publish(slug)
    assert story_of(desk, slug)["facts"][0]["attribution"][0]["source"] == "ria"


# --- What happened before the rule -------------------------------------------------------------------------------


@pytest.fixture
def lenient(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """As releases were before: one person could loosen."""
    monkeypatch.setattr("ledger.rules.facts.check_protection", lambda *_, **__: None)
    return monkeypatch


def test_what_one_person_loosened_before_is_read_and_can_be_tightened_back(
    desk: Desk, lenient: pytest.MonkeyPatch
) -> None:
    slug = story_on(desk, "background")
    loosened = desk.post(
        f"/v1/stories/{slug}/facts/1/updates", {"expected_version": 1, "terms": "on_record", **WHY}
    )
    lenient.undo()
    assert fact_of(desk, slug)["terms"] == "on_record"
    desk.post(f"/v1/stories/{slug}/revisions/{loosened['revision']}/undo", WHY)
    assert fact_of(desk, slug)["terms"] == "background"
