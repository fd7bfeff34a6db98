"""Is a day that is asked for its end, in a zone that is said; and are days and times picked, in a zone that is said?"""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from api.server.embedded import EmbeddedPostgres
from api.terminal.command_line import main as factledger
from ledger.words import Role
from tests.desk import Desk, open_desk, problem
from tests.plain_browser import Browser


@pytest.fixture(scope="module")
def story(desk: Desk) -> str:
    """Published; its headline changed two days later, and the edition of that a day after."""
    slug = desk.public()
    desk.pass_time(days=2)
    desk.edition(slug, "A train goes on")
    desk.pass_time(days=2)
    desk.report(slug)
    desk.settle()
    return slug


@pytest.fixture
def own_desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    """In whose ledger no day has passed."""
    with open_desk(servers) as opened:
        yield opened


def days(desk: Desk, slug: str) -> list[str]:
    """On which its moments were, and the day before them."""
    steps = desk.get(f"/v1/stories/{slug}/steps").json()["items"]
    found = sorted({datetime.fromisoformat(step["at"]).date() for step in steps})
    return [str(found[0] - timedelta(days=1)), *map(str, found)]


@pytest.mark.parametrize("role", ["editor", None])
def test_a_day_means_its_end_and_the_answer_says_in_which_zone(
    desk: Desk, story: str, role: Role | None
) -> None:
    before, first, second, _ = days(desk, story)
    for day, headline in ((first, "A train"), (second, "A train goes on")):
        answer = desk.client(role).get(f"/v1/stories/{story}?as_of={day}")
        assert answer.json()["headline"] == headline
        assert answer.headers["ledger-as-of"] == f"{day}T23:59:59.999999+00:00[UTC]"
        end = desk.client(role).get(f"/v1/stories/{story}?as_of={day}T23:59:59.999999Z")
        assert end.text == answer.text
        assert "ledger-as-of" not in end.headers
        assert desk.client(role).get(f"/v1/stories?as_of={day}").headers["ledger-as-of"]
    assert desk.client(role).get(f"/v1/stories/{story}?as_of={before}").status_code == 404


@pytest.mark.parametrize(
    "day",
    [
        "2026-13-01",
        "2026-02-30",
        "2026-11",
        "2026",
        "2026-W48-7",
        "20261129",
        "2026-11-29~",
        "today",
        "29.11.2026",
    ],
)
def test_what_is_no_day_is_refused_in_clear_words(desk: Desk, story: str, day: str) -> None:
    told = problem(desk.client().get(f"/v1/stories/{story}", params={"as_of": day}), 400)
    assert "as_of" in told["detail"]
    assert "day" in told["detail"]


def test_a_day_that_is_not_over_yet_is_refused_like_any_instant_to_come(desk: Desk, story: str) -> None:
    answer = desk.client().get(f"/v1/stories/{story}?as_of=9999-12-31")
    problem(answer, 400, "beyond-the-head")


@pytest.mark.thorough
@pytest.mark.parametrize("role", ["editor", None])
def test_a_day_that_is_not_over_shows_how_it_is_by_now_and_is_asked_again(
    own_desk: Desk, role: Role | None
) -> None:
    slug = own_desk.public()
    own_desk.settle()
    today = datetime.now(UTC).date()
    for headline in ("A train", "A train goes on"):
        answer = own_desk.client(role).get(f"/v1/stories/{slug}?as_of={today}")
        assert answer.json()["headline"] == headline
        assert "immutable" not in answer.headers["cache-control"]
        assert answer.headers["ledger-as-of"] == f"{today}T23:59:59.999999+00:00[UTC]"
        assert own_desk.client(role).get(f"/v1/stories?as_of={today}").json()["items"]
        if headline == "A train":
            own_desk.edition(slug, "A train goes on")
            own_desk.settle()
    with closing(Browser.of(own_desk.server, role)) as browser:
        page = browser.get(f"/stories/{slug}?as_of={today}")
        assert f"{today.day} {today:%B %Y} is not over in UTC: as it is by now." in page.text
    problem(
        own_desk.client(role).get(f"/v1/stories/{slug}?as_of={today + timedelta(days=1)}"),
        400,
        "beyond-the-head",
    )
    database = own_desk.newsroom.database
    environment = {"DATABASE_URL": database.url, "FACTLEDGER_SCHEMA": database.schema}
    told = CliRunner().invoke(factledger, ["show", slug, "--as-of", str(today), "--json"], env=environment)
    assert json.loads(told.stdout)["headline"] == "A train goes on"


def test_a_page_of_a_day_says_which_end_that_was(desk: Desk, story: str) -> None:
    day = days(desk, story)[2]
    with closing(Browser.of(desk.server, None)) as browser:
        page = browser.get(f"/stories/{story}?as_of={day}")
        said = f"{datetime.fromisoformat(day).day} {datetime.fromisoformat(day):%B %Y}"
        assert f"At the end of {said} in UTC." in page.text
        wrong = browser.get(f"/stories/{story}?as_of=2026-11")
        assert wrong.status == 400
        assert "2023-09-12" in wrong.text


def test_the_command_line_takes_a_day_too(desk: Desk, story: str) -> None:
    told = CliRunner().invoke(factledger, ["show", story, "--as-of", "2026-11"])
    assert told.exit_code == 2
    assert "or a day: its end in UTC" in told.output


def test_days_and_times_are_picked_and_the_zone_is_said(desk: Desk, story: str, editor: Browser) -> None:
    def kind(path: str, name: str, browser: Browser) -> str:
        page = browser.get(path)
        (field,) = (one for one in page.main.all("input") if one["name"] == name)
        around = next(one for one in page.main.all("p", "form") if field in one.inside)
        if path != f"/desk/stories/{story}/set-dateline":
            hints = " ".join(page.by_id(name).text for name in field["aria-describedby"].split())
            assert "UTC" in hints + around.text
        return field["type"]

    assert kind(f"/desk/stories/{story}/publish", "embargo_until", editor) == "datetime-local"
    assert kind(f"/desk/stories/{story}/set-dateline", "date", editor) == "date"
    assert kind(f"/stories/{story}", "at", editor) == "datetime-local"
    with closing(Browser.of(desk.server, "auditor")) as browser:
        assert kind("/audit", "from", browser) == kind("/audit", "to", browser) == "datetime-local"
        shown = browser.get("/audit?from=2020-01-02T03:04")
        assert (
            next(one for one in shown.main.all("input") if one["name"] == "from")["value"]
            == "2020-01-02T03:04:00"
        )


def test_what_is_picked_is_taken_as_utc_and_what_no_picker_shows_is_left_as_it_is(
    desk: Desk, editor: Browser
) -> None:
    slug = desk.open()
    exact, whole = "2023-09-12T10:00:00.123456Z", "2023-09-12T10:00:00Z"
    cited = [{"source": "ria", "published_at": exact, "accessed_at": whole}]
    receipt = desk.report(slug, citations=cited)
    desk.settle()
    path = f"/stories/{slug}/facts/{receipt['fact']}"
    form = editor.get(f"/desk{path}/correct").form
    assert form.fields["citations.0.published_at"] == exact
    assert form.fields["citations.0.accessed_at"] == "2023-09-12T10:00:00"
    form.send(
        statement="It left", was_wrong="It left.", reason="Seen.", affects__other="on", cause="our_error"
    )
    desk.settle()
    assert desk.get(f"/v1{path}").json()["citations"] == cited
    form = editor.get(f"/desk/stories/{slug}/publish").form
    assert form.send(embargo_until="2030-01-02T03:04", reason="Read.").status == 200
    desk.settle()
    embargo = desk.get(f"/v1/stories/{slug}").json()["publication"]["embargo"]
    assert datetime.fromisoformat(embargo["until"]) == datetime.fromisoformat("2030-01-02T03:04:00Z")
