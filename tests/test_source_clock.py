"""Is what was imported in one go shown as it stood by the clock of whoever made it, and only where that clock rises?"""

import json
from contextlib import closing
from typing import Any

import pytest

from tests.carrying import LINK, Line, carry_in, line, run
from tests.desk import CHANGES, FACT, Desk, problem
from tests.newsroom import Newsroom
from tests.plain_browser import Browser

YEARS = range(2016, 2023)
CELLS = 4


def day(year: int) -> str:
    return f"{year}-03-01T12:00:00Z"


def cell(row: int, year: int) -> dict[str, Any]:
    return {"value": str(100 * row + year - 2016), "unit": "trains"}


def seven_years() -> list[Line]:
    """A table with a row more each year until it is whole, each cell another each year; as its makers dated it."""
    lines = [
        line("register", {"slug": "ria", "name": "RIA", "kind": "agency"}),
        line("open", {"slug": "table", "headline": "Trains", "language": "en", "desk": "data"}),
    ]
    versions: dict[int, int] = {}
    for year in YEARS:
        for row in range(1, CELLS + 1):
            if row > year - 2015:
                continue
            origin = {"provider": "railway", "id": f"row-{row}", "version": str(year), "created": day(year)}
            if row not in versions:
                first: dict[str, Any] = {
                    "statement": f"Row {row}",
                    "kind": "figure",
                    "attribution": [LINK],
                    "figure": cell(row, year),
                }
                lines.append(line("report", first | {"origin": origin}, story="table", fact=row))
                versions[row] = 1
                continue
            said: dict[str, Any] = {
                "expected_version": versions[row],
                "figure": cell(row, year),
                "reason": f"The year {year}.",
            }
            lines.append(line("update", said | {"origin": origin}, story="table", fact=row))
            versions[row] += 1
    return lines


@pytest.mark.thorough
def test_seven_years_imported_in_one_go_read_as_of_each_day_as_they_stood(newsroom: Newsroom) -> None:
    report, refused = carry_in(newsroom, seven_years())
    assert not refused
    assert report.recorded == len(seven_years())
    for year in YEARS:
        asked = ("--as-of", f"{year}-03-01", "--clock", "source", "--json")
        shown = run(newsroom, "show", "table", *asked)
        assert shown.returncode == 0, shown.stderr
        facts = json.loads(shown.stdout)["facts"]
        assert [fact["figure"] for fact in facts] == [
            cell(row, year) for row in range(1, CELLS + 1) if row <= year - 2015
        ]
        assert b"on their word" in shown.stderr
    early = run(newsroom, "show", "table", "--as-of", "2015-01-01", "--clock", "source")
    assert early.returncode == 1
    assert b"2016-03-01" in early.stderr


def a_dated_story(desk: Desk, *hours: int) -> str:
    slug = desk.open(facts=0)
    for number, hour in enumerate(hours, 1):
        created = f"2023-09-12T{hour:02}:00:00Z"
        origin = {"provider": "railway", "id": f"{slug}-{number}", "created": created}
        desk.post(f"/v1/stories/{slug}/facts", FACT | {"statement": f"Of {hour}", "origin": origin})
    desk.settle()
    return slug


@pytest.mark.thorough
def test_the_api_and_the_page_answer_by_the_clock_of_the_source(desk: Desk) -> None:
    slug = a_dated_story(desk, 9, 10, 14)
    asked = "as_of=2023-09-12T11:00:00Z&clock=source"
    answer = desk.get(f"/v1/stories/{slug}?{asked}")
    assert [fact["statement"] for fact in answer.json()["facts"]] == ["Of 9", "Of 10"]
    assert "immutable" not in answer.headers["cache-control"]
    assert desk.client().get(f"/v1/stories/{slug}/facts/3?{asked}").status_code == 404
    with closing(Browser.of(desk.server, "editor")) as browser:
        page = browser.get(f"/stories/{slug}?{asked}").text
    assert "Of 10" in page
    assert "Of 14" not in page
    assert "on their word" in page


def test_where_the_clock_falls_it_is_refused_with_where(desk: Desk) -> None:
    slug = a_dated_story(desk, 9, 14, 10)
    refused = problem(
        desk.client().get(f"/v1/stories/{slug}?as_of=2023-09-12T11:00:00Z&clock=source"),
        409,
        "source-clock-falls",
    )
    assert "revision 4" in refused["detail"]
    assert "revision 3" in refused["detail"]


def test_a_late_take_makes_no_clock_fall(desk: Desk) -> None:
    slug = a_dated_story(desk, 9)
    for hour in (14, 12):
        origin = {"provider": "railway", "id": slug, "created": f"2023-09-12T{hour}:00:00Z"}
        desk.post(f"/v1/stories/{slug}/copy", {"text": f"Of {hour}.", "reason": "r", "origin": origin})
    desk.settle()
    shown = desk.get(f"/v1/stories/{slug}?as_of=2023-09-12T15:00:00Z&clock=source").json()
    assert shown["copy"]["text"] == "Of 14."


@pytest.mark.parametrize("query", ["clock=source", "as_of=2023-09-12&clock=source&view=reader", "clock=mine"])
def test_it_needs_a_moment_and_is_for_the_desk(desk: Desk, query: str) -> None:
    slug = a_dated_story(desk, 9)
    problem(desk.client().get(f"/v1/stories/{slug}?{query}"), 400, "bad-parameter")


def test_readers_cannot_ask_by_it(desk: Desk) -> None:
    slug = a_dated_story(desk, 9)
    desk.publish(slug)
    problem(desk.client(None).get(f"/v1/stories/{slug}?as_of=2023-09-12&clock=source"), 400, "bad-parameter")


def test_a_story_that_says_nowhere_when_it_was_made_has_no_such_clock(desk: Desk) -> None:
    slug = desk.open()
    desk.settle()
    problem(desk.client().get(f"/v1/stories/{slug}?as_of=2023-09-12&clock=source"), 404, "nothing-made-then")


@pytest.mark.thorough
def test_figures_of_corrections_are_those_of_when_they_were_made_on_their_word(desk: Desk) -> None:
    slug = desk.open(facts=0)

    def made(day: str) -> dict[str, Any]:
        return {
            "origin": {
                "provider": "railway",
                "id": "row-1",
                "version": day,
                "created": f"{day}T12:00:00+01:00",
            }
        }

    desk.post(f"/v1/stories/{slug}/facts", FACT | made("2016-02-20"))
    wrong = CHANGES["corrections"] | {"expected_version": 1}
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", wrong | made("2016-03-01"))
    desk.post(
        f"/v1/stories/{slug}/facts/1/retractions", {"expected_version": 2, "reason": "r"} | made("2017-03-01")
    )
    other = desk.open(facts=1)  # which says nothing of when it was made
    desk.post(f"/v1/stories/{other}/facts/1/corrections", wrong)
    desk.settle()
    here, theirs = (
        desk.get(f"/v1/corrections/figures?clock={clock}").json() for clock in ("recorded", "source")
    )
    assert (theirs.pop("clock"), "clock" in here) == ("source", False)
    months = {one["month"]: (one["corrections"], one["retractions"]) for one in theirs["by_month"]}
    [now] = {one["month"] for one in here["by_month"]}
    assert months == {"2016-03": (1, 0), "2017-03": (0, 1), now: (1, 0)}
    assert theirs["median_seconds_to_correction"] == 10 * 24 * 3600
    assert {name: theirs[name] for name in ("corrections", "by_cause")} == {
        name: here[name] for name in ("corrections", "by_cause")
    }
    asked = "/v1/corrections/figures?view=reader&clock=source"
    problem(desk.client().get(asked), 400, "bad-parameter")
    problem(desk.client(None).get("/v1/corrections/figures?clock=source"), 400, "bad-parameter")
    with closing(Browser.of(desk.server, "editor")) as browser:
        assert "on their word" in browser.get("/corrections?clock=source").text
        assert "By the clock of sources" in browser.get("/corrections").text
    with closing(Browser.of(desk.server, None)) as browser:
        assert "By the clock of sources" not in browser.get("/corrections").text
