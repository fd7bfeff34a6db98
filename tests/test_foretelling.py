"""Does a dry run say what readers are told then, when it is published for good?"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.desk import CHANGES, Desk, open_desk
from tests.test_changes import change


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], Any]) -> Iterator[Desk]:
    with open_desk(servers) as desk:
        yield desk


def correct(version: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "do": "correct",
        "fact": 1,
        "with": CHANGES["corrections"] | {"expected_version": version} | fields,
    }


def update(version: int, place: str) -> dict[str, Any]:
    body = CHANGES["updates"] | {"expected_version": version, "place": place, "reason": f"It is {place}."}
    return {"do": "update", "fact": 1, "with": body}


def undo(revision: int) -> dict[str, Any]:
    return {"do": "undo", "revision": revision, "with": {}}


RETRACT = {"do": "retract", "fact": 1, "with": CHANGES["retractions"] | {"expected_version": 1}}
NOTE = {"do": "add-editors-note", "with": {"text": "We were wrong.", "reason": "Many have read it."}}
REPORT = {
    "do": "report",
    "with": {
        "statement": "Bears came", "kind": "event",
        "attribution": [{"source": "ria", "cue": "said", "speech": "indirect"}],
    },
}  # fmt: skip
HIDE = {"do": "set-terms", "fact": 1, "with": {"terms": "off_record", "expected_version": 1, "reason": "So."}}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("filed", "tried"),
    [
        ([], [correct()]),
        ([], [RETRACT]),
        ([], [NOTE, update(1, "Khasan")]),
        ([correct()], [{"do": "set-headline", "with": {"headline": "Other"}}]),
        ([update(1, "Khasan")], [update(2, "Ussuriysk")]),
        ([update(1, "Khasan")], [correct(2)]),
        ([correct()], [undo(4)]),
        ([correct()], [undo(4), correct(3)]),
        ([REPORT], [{"do": "correct", "fact": 2, "with": CHANGES["corrections"] | {"expected_version": 1}}]),
        ([update(1, "Khasan")], [correct(2, wrong_version=2)]),
        ([HIDE], [correct(2)]),
        ([], [{"do": "register", "with": {"slug": "of-a-change", "name": "A", "kind": "agency"}}, correct()]),
    ],
)
def test_what_readers_are_told_is_told_before(
    desk: Desk, filed: list[dict[str, Any]], tried: list[dict[str, Any]]
) -> None:
    slug = desk.public()
    if filed:
        desk.post(f"/v1/stories/{slug}/acts", change(*filed, expected_revision=3))
    desk.pass_time(hours=2)
    desk.settle()
    publish = {"do": "publish", "with": {"revision": "@last"}}
    asked = change(*tried, publish, expected_revision=desk.newsroom.revision(slug))
    answer = desk.try_post(f"/v1/stories/{slug}/acts?dry_run=true", asked)
    assert answer.status_code == 200, answer.text
    without = desk.try_post(f"/v1/stories/{slug}/acts?dry_run=true", {**asked, "acts": tried}).json()
    desk.post(f"/v1/stories/{slug}/acts", asked)
    desk.settle()
    edition = desk.client(None).get(f"/v1/stories/{slug}/revisions").json()["items"][-1]
    said = [
        {"kind": one["kind"], "said": one.get("was_wrong") or one.get("text") or one["reason"]}
        | ({"fact": one["fact"]} if "fact" in one else {})
        for one in edition.get("changes", [])
    ]
    told = [dict(one) for one in answer.json().get("told", [])]
    seconds = [one.pop("public_seconds") for one in told if one["kind"] == "correction"]
    assert told == said
    assert [{**one, "public_seconds": 0} for one in without.get("told", [])] == [
        {**one, "public_seconds": 0} for one in told
    ]
    public = [one["public_seconds"] for one in edition.get("changes", []) if one["kind"] == "correction"]
    assert seconds == pytest.approx(public, abs=30)
    assert all(one > 7_000 for one in seconds)


def test_of_what_readers_do_not_see_nothing_is_told(desk: Desk) -> None:
    draft, held = desk.open(), desk.public()
    desk.post(f"/v1/stories/{held}/holds", {"reason": "Wait."})
    desk.settle()
    for slug in (draft, held):
        told = desk.try_post(f"/v1/stories/{slug}/acts?dry_run=true", change(correct())).json()
        assert "told" not in told
