"""Is the line of a story's moments whole and true, for the desk and for readers, and short?"""

from collections import Counter
from typing import Any

from tests.desk import CHANGES, OF_PUBLICATION, SAID_OF_A_STORY, Desk


def change(desk: Desk, slug: str, fact: int, what: str, version: int, **fields: Any) -> dict[str, Any]:
    body = CHANGES[what] | {"expected_version": version} | fields
    return desk.post(f"/v1/stories/{slug}/facts/{fact}/{what}", body)


def steps(desk: Desk, slug: str, view: str) -> dict[str, Any]:
    return dict(desk.get(f"/v1/stories/{slug}/steps?view={view}&at_least={desk.head()}").json())


def new_facts(desk: Desk, slug: str) -> list[int]:
    return [step["new_facts"] for step in steps(desk, slug, "reader")["items"]]


def test_the_desk_sees_every_revision_in_a_line_with_who_did_what(desk: Desk) -> None:
    slug = desk.open(facts=2)
    change(desk, slug, 1, "corrections", 1)
    change(desk, slug, 1, "assessments", 2)
    desk.post(f"/v1/stories/{slug}/headline", SAID_OF_A_STORY["headline"], "standards")
    desk.publish(slug)
    found = steps(desk, slug, "desk")
    assert (found["story"], found["earlier"]) == (slug, 0)
    told = ("revision", "position", "kind", "substantive", "fact", "version", "by")
    whole = desk.get(f"/v1/stories/{slug}/revisions").json()["items"]
    assert found["items"] == [
        {name: one[name] for name in told if name in one} | {"at": one["recorded_at"]} for one in whole
    ]
    assert [one["kind"] for one in found["items"]][2:5] == ["report", "correction", "assessment"]
    assert [one["by"] for one in found["items"]][-2:] == ["the standards", "the editor"]


def test_readers_are_told_of_each_edition_how_many_changes_of_which_kind_it_brought(desk: Desk) -> None:
    slug = desk.public(facts=3)
    change(desk, slug, 1, "corrections", 1)
    change(desk, slug, 2, "updates", 1)
    change(desk, slug, 3, "updates", 1)
    change(desk, slug, 3, "citations", 2)
    desk.report(slug)
    desk.publish(slug)
    change(desk, slug, 2, "retractions", 2)
    desk.publish(slug)
    change(desk, slug, 1, "clarifications", 2)  # not published
    found = steps(desk, slug, "reader")
    assert (found["story"], found["earlier"]) == (slug, 0)
    kinds = [step["kinds"] for step in found["items"]]
    assert kinds == [{}, {"correction": 1, "update": 2}, {"retraction": 1}]
    assert [step["new_facts"] for step in found["items"]] == [3, 1, 0]
    editions = desk.get(f"/v1/stories/{slug}/revisions?view=reader").json()["items"]
    told = [Counter(change["kind"] for change in edition["changes"]) for edition in editions]
    assert kinds == told
    assert [(step["revision"], step["position"], step["at"]) for step in found["items"]] == [
        (edition["revision"], edition["position"], edition["published_at"]) for edition in editions
    ]


def test_a_fact_is_new_in_the_edition_that_shows_it_and_in_none_that_does_not(desk: Desk) -> None:
    slug = desk.public(facts=1)
    desk.report(slug, terms="off_record")
    desk.publish(slug)
    desk.loosen(slug, 2, 1)
    desk.report(slug)
    change(desk, slug, 3, "retractions", 1)  # before anyone saw it
    desk.publish(slug)
    change(desk, slug, 1, "updates", 1, terms="off_record")
    desk.publish(slug)
    desk.loosen(slug, 1, 2)
    change(desk, slug, 2, "retractions", 2)
    desk.publish(slug)
    change(desk, slug, 1, "updates", 3, terms="off_record")
    desk.loosen(slug, 1, 4)  # nobody saw that it was gone
    desk.post(f"/v1/stories/{slug}/dateline", SAID_OF_A_STORY["dateline"])
    desk.publish(slug)
    # fact 1 as it was before its terms were tightened last is shown no more, however they were loosened since
    assert new_facts(desk, slug) == [0, 0, 1, 0, 0, 1]


def test_what_is_published_again_after_a_hold_is_no_step_unless_it_is_another_revision(desk: Desk) -> None:
    slug = desk.public(facts=1)
    for act in ("holds", "releases"):
        desk.post(f"/v1/stories/{slug}/{act}", OF_PUBLICATION[act])
    desk.report(slug)
    assert len(steps(desk, slug, "reader")["items"]) == 1
    desk.publish(slug)
    assert new_facts(desk, slug) == [1, 1]
