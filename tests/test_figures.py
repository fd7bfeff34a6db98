"""Are the figures of corrections those of what is recorded, and for readers of what they see and were told?"""

from collections.abc import Callable, Iterator
from datetime import datetime
from statistics import median
from typing import Any

import pytest

from api.server.embedded import EmbeddedPostgres
from tests.desk import CHANGES, OF_PUBLICATION, Desk, open_desk

NOTHING: dict[str, Any] = {
    "facts": 0,
    "corrections": 0,
    "retractions": 0,
    "kills": 0,
    "takedowns": 0,
    "corrections_per_100_facts": None,
    "median_seconds_to_correction": None,
    "by_cause": dict.fromkeys(
        ("source_error", "our_error", "transmission", "misquotation", "misidentification", "other"), 0
    ),
    "by_affects": dict.fromkeys(("numbers", "names", "attribution", "quote", "date", "other"), 0),
    "by_month": [],
}


@pytest.fixture
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    """Of each test its own: figures are those of the whole ledger."""
    with open_desk(servers) as opened:
        yield opened


def correct(desk: Desk, slug: str, fact: int = 1, version: int = 1, **fields: Any) -> dict[str, Any]:
    body = CHANGES["corrections"] | {"expected_version": version} | fields
    return desk.post(f"/v1/stories/{slug}/facts/{fact}/corrections", body)


def retract(desk: Desk, slug: str, fact: int = 1, version: int = 1) -> None:
    body = CHANGES["retractions"] | {"expected_version": version}
    desk.post(f"/v1/stories/{slug}/facts/{fact}/retractions", body)


def figures(desk: Desk, view: str) -> dict[str, Any]:
    return dict(desk.get(f"/v1/corrections/figures?view={view}&at_least={desk.head()}").json())


def test_of_an_empty_ledger_there_is_nothing_to_tell(desk: Desk) -> None:
    assert figures(desk, "desk") == figures(desk, "reader") == NOTHING


@pytest.mark.thorough
def test_the_desk_counts_all_that_is_recorded_and_readers_what_they_see(desk: Desk) -> None:
    public, draft, held = desk.public(facts=4), desk.open(facts=2), desk.public(facts=3)
    desk.report(public, terms="off_record")
    correct(desk, public, 1, cause="source_error", affects=["numbers", "names", "numbers"])
    correct(desk, public, 2, cause="other", affects=["names"])
    correct(desk, public, 5, terms="off_record")
    retract(desk, public, 3)
    desk.publish(public)
    correct(desk, draft)
    retract(desk, draft, 2)
    correct(desk, held)
    desk.publish(held)
    desk.post(f"/v1/stories/{held}/holds", OF_PUBLICATION["holds"])
    correct(desk, public, 4)  # not published
    told = figures(desk, "desk")
    assert (told["facts"], told["corrections"], told["retractions"]) == (10, 6, 2)
    assert told["corrections_per_100_facts"] == 60
    assert told["by_cause"] == NOTHING["by_cause"] | {"source_error": 1, "our_error": 4, "other": 1}
    assert told["by_affects"] == NOTHING["by_affects"] | {"numbers": 1, "names": 2, "other": 4}
    told = figures(desk, "reader")
    assert (told["facts"], told["corrections"], told["retractions"]) == (4, 2, 1)
    assert told["corrections_per_100_facts"] == 50
    assert told["by_cause"] == NOTHING["by_cause"] | {"source_error": 1, "other": 1}
    assert told["by_affects"] == NOTHING["by_affects"] | {"numbers": 1, "names": 2}
    assert desk.client(None).get("/v1/corrections/figures").json() == told
    desk.post(f"/v1/stories/{held}/releases", OF_PUBLICATION["releases"])
    told = figures(desk, "reader")
    assert (told["facts"], told["corrections"]) == (7, 3)


def test_how_long_a_correction_took_is_told_to_readers_without_the_time_that_it_was_held(desk: Desk) -> None:
    slug = desk.public(facts=4)
    for fact, hours in ((1, 1), (2, 4)):
        desk.pass_time(hours=hours)
        correct(desk, slug, fact)
        desk.publish(slug)
    for act in ("holds", "releases"):
        desk.post(f"/v1/stories/{slug}/{act}", OF_PUBLICATION[act])
        desk.pass_time(hours=10)
    correct(desk, slug, 3)
    desk.publish(slug)
    correct(desk, slug, 3, 2, statement="A train stood")
    correct(desk, slug, 3, 3, statement="A train waited")  # of a version that nobody saw
    correct(desk, slug, 4)  # readers do not know of it yet
    assert hours_told(desk, "reader") == [15, 5, 1]
    assert hours_told(desk, "desk") == [25, 5, 1]
    correct(desk, slug, 1, 2, statement="A train stood")
    desk.publish(slug)
    assert hours_told(desk, "reader") == [14, 15, 0, 15, 5, 1]
    assert hours_told(desk, "desk") == [24, 25, 0, 25, 5, 1]


def hours_told(desk: Desk, view: str) -> list[int]:
    """How long each correction took, by the list of them, the last first; the figures have to agree."""
    seconds = []
    for one in desk.get(f"/v1/corrections?view={view}&at_least={desk.head()}").json()["items"]:
        if view == "reader":
            seconds.append(one["public_seconds"])
        elif "public_to" in one:
            since, until = (datetime.fromisoformat(one[name]) for name in ("public_from", "public_to"))
            seconds.append((until - since).total_seconds())
    assert figures(desk, view)["median_seconds_to_correction"] == pytest.approx(median(seconds), abs=1e-5)
    return [round(second / 3600) for second in seconds]


def test_months_are_those_in_which_it_was_recorded_and_to_readers_those_in_which_they_were_told(
    desk: Desk,
) -> None:
    slug = desk.public(facts=4)
    months = []
    for fact in (1, 2):
        receipt = correct(desk, slug, fact)
        months.append(receipt["recorded_at"][:7])
        desk.pass_time(days=62)
    retract(desk, slug, 3)
    receipt = desk.publish(slug)
    months.append(receipt["recorded_at"][:7])
    assert len(set(months)) == 3
    assert figures(desk, "desk")["by_month"] == [
        {"month": months[0], "corrections": 1, "retractions": 0, "kills": 0, "takedowns": 0},
        {"month": months[1], "corrections": 1, "retractions": 0, "kills": 0, "takedowns": 0},
        {"month": months[2], "corrections": 0, "retractions": 1, "kills": 0, "takedowns": 0},
    ]
    assert figures(desk, "reader")["by_month"] == [
        {"month": months[2], "corrections": 2, "retractions": 1, "kills": 0, "takedowns": 0}
    ]


# --- Of one source -----------------------------------------------------------------------------------------------


def of_source(desk: Desk, slug: str, view: str) -> dict[str, Any]:
    return dict(desk.get(f"/v1/sources/{slug}/figures?view={view}&at_least={desk.head()}").json())


def leaning_on(desk: Desk, source: str) -> dict[str, Any]:
    del desk
    return {"attribution": [{"source": source, "cue": "said", "speech": "indirect"}]}


def test_of_a_source_it_is_told_how_often_what_leant_on_it_was_corrected(desk: Desk) -> None:
    source, other = desk.source(), desk.source()
    public, draft = desk.open(), desk.open()
    first = desk.report(public, **leaning_on(desk, source))["fact"]
    second = desk.report(public, **leaning_on(desk, source))["fact"]
    third = desk.report(public, **leaning_on(desk, source))["fact"]
    desk.report(draft, **leaning_on(desk, source))
    desk.publish(public)
    correct(desk, public, first, **leaning_on(desk, other))  # corrected, and on another's word from then on
    correct(desk, public, second)
    retract(desk, public, third)
    assert of_source(desk, source, "desk") == {
        "source": source, "facts": 4, "stories": 2, "corrected": 2, "retracted": 1,
    }  # fmt: skip
    # Readers see neither the draft nor what is not published yet.
    assert of_source(desk, source, "reader") == {"source": source, "facts": 3, "stories": 1, "corrected": 0}
    desk.publish(public)
    assert of_source(desk, source, "reader") == {"source": source, "facts": 1, "stories": 1, "corrected": 1}
    # What was corrected before it leant on a source says nothing of that one.
    assert of_source(desk, other, "desk")["corrected"] == 0
    assert desk.client(None).get(f"/v1/sources/{desk.source()}/figures").status_code == 404
