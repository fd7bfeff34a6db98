"""Can those who run it see whether it is alive and ready, what it does, and what stands in its way?"""

import io
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import psycopg
import pytest
from httpx2 import Response
from playwright.sync_api import Browser, expect
from prometheus_client.parser import text_string_to_metric_families
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from api.http import operations
from api.server.embedded import EmbeddedPostgres
from api.server.journal import keep_journal
from api.server.settings import BadSetting, Settings
from projections.engine import progress
from projections.engine.catch_up import lead
from tests.browser import looking
from tests.desk import CHANGES, FACT, Desk, open_desk, problem


@pytest.fixture
def own_desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    """For tests that break something."""
    with open_desk(servers) as opened:
        yield opened


def wait_for(condition: Callable[[], Any], seconds: float = 15) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.05)
    return found


@contextmanager
def away(desk: Desk, server: EmbeddedPostgres) -> Iterator[None]:
    """The ledger's database lets nobody in, and whoever was in is put out."""
    dbname = str(conninfo_to_dict(desk.newsroom.database.url)["dbname"])
    name = sql.Identifier(dbname)
    with psycopg.connect(server.url(database="postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("alter database {} allow_connections false").format(name))
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [dbname])
        try:
            yield
        finally:
            admin.execute(sql.SQL("alter database {} allow_connections true").format(name))


# --- Alive and ready ---------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_server_that_runs_says_so_to_anybody(desk: Desk) -> None:
    alive = desk.client(None).get("/healthz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    ready = desk.client(None).get("/readyz")
    assert ready.status_code == 200
    assert ready.json() | {"projections": None, "clocks": None} == {
        "status": "ready",
        "reason": None,
        "database": "ok",
        "migrations": "ok",
        "projections": None,
        "clocks": None,
        "went_back": None,
    }
    assert abs(ready.json()["clocks"]["skew_seconds"]) < 1
    assert ready.json()["clocks"]["head_ahead_seconds"] == 0
    # No position: what is not public would move it.
    assert ready.json()["projections"].keys() == {"lag_events", "failure", "stopped"}
    assert ready.json()["projections"]["failure"] is None
    for answer in (alive, ready):
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.thorough
def test_without_its_database_it_is_alive_but_not_ready_and_says_so_within_a_second(
    own_desk: Desk, servers: Callable[[str], EmbeddedPostgres]
) -> None:
    with away(own_desk, servers("embedded")):
        client = own_desk.client()
        assert client.get("/healthz").status_code == 200
        for _ in range(4):  # each connection that the server still has breaks at its next use
            begun = time.monotonic()
            unready = client.get("/readyz")
            assert time.monotonic() - begun < 1.5
            assert unready.status_code == 503
            assert unready.json()["status"] == "not ready"
            assert unready.json()["database"] == "away"
            assert unready.json()["reason"] == "the database cannot be reached"
        assert metrics(own_desk)["factledger_database_up"] == 0
        answer = client.get("/v1/sources")
        told = problem(answer, 503, "database-away")
        assert told["detail"] == "The database cannot be reached. Nothing was changed; ask again in a moment."
        assert answer.headers["retry-after"] == "1"
    wait_for(lambda: client.get("/readyz").status_code == 200)
    wait_for(lambda: client.get("/v1/sources").status_code == 200)
    assert metrics(own_desk)["factledger_database_up"] == 1


@pytest.mark.thorough
def test_what_is_filed_while_the_database_is_away_waits_and_is_recorded_when_it_is_back(
    own_desk: Desk, servers: Callable[[str], EmbeddedPostgres]
) -> None:
    story = own_desk.open()
    with ThreadPoolExecutor(1) as reporter:
        with away(own_desk, servers("embedded")):
            sent = reporter.submit(
                own_desk.try_post, f"/v1/stories/{story}/facts", FACT, idempotency_key="one"
            )
            time.sleep(1)
            assert not sent.done()
        answer = sent.result()
    assert answer.status_code == 201
    wait_for(lambda: own_desk.client().get("/readyz").status_code == 200)
    again = own_desk.try_post(f"/v1/stories/{story}/facts", FACT, idempotency_key="one")
    assert again.content == answer.content


@pytest.mark.thorough
def test_what_cannot_be_recorded_in_time_is_answered_503_and_can_be_sent_again(
    own_desk: Desk, servers: Callable[[str], EmbeddedPostgres], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.limits.COMMAND_SECONDS", 0.5)
    story = own_desk.open()
    path = f"/v1/stories/{story}/facts"
    with away(own_desk, servers("embedded")):
        answer = own_desk.try_post(path, FACT, idempotency_key="one")
        told = problem(answer, 503, "outcome-unknown")
        assert "send it again with the same Idempotency-Key, and it is recorded once" in told["detail"]
        assert answer.headers["retry-after"] == "1"
    wait_for(lambda: own_desk.client().get("/readyz").status_code == 200)
    monkeypatch.undo()
    assert own_desk.post(path, FACT, idempotency_key="one")["fact"] == 2
    assert own_desk.try_post(path, FACT, idempotency_key="one").headers["idempotent-replayed"] == "true"


@pytest.mark.thorough
def test_after_a_long_absence_the_database_is_found_again_within_seconds(
    own_desk: Desk, servers: Callable[[str], EmbeddedPostgres]
) -> None:
    client = own_desk.client()
    with away(own_desk, servers("embedded")):
        until = time.monotonic() + 4
        while time.monotonic() < until:
            assert client.get("/readyz").status_code == 503
    begun = time.monotonic()
    wait_for(lambda: client.get("/v1/sources").status_code == 200)
    assert time.monotonic() - begun < 2


@contextmanager
def stopped(desk: Desk, view: str) -> Iterator[int]:
    """The view cannot take an event: the position of that."""
    story = desk.open()
    with desk.newsroom.database.connect(name="vandal", as_owner=True) as owner:
        owner.execute(
            f"alter table {view} add constraint full_up check (position <= {desk.head()}) not valid"
        )
        correction = CHANGES["corrections"] | {"expected_version": 1}
        at = desk.post(f"/v1/stories/{story}/facts/1/corrections", correction)["position"]
        wait_for(lambda: views_of(desk)[view]["state"] == "failed")
        yield at
        owner.execute(f"alter table {view} drop constraint full_up")


def views_of(desk: Desk) -> dict[str, Any]:
    answer = desk.client("admin").get("/v1/projections")
    assert answer.status_code == 200
    return {view["view"]: view for view in answer.json()["views"]}


def of_views(desk: Desk, name: str) -> dict[str, float]:
    return {sample.labels["view"]: sample.value for sample in families(desk)[name].samples}


@pytest.mark.thorough
def test_a_view_that_stands_still_is_named_by_readiness_metrics_and_the_endpoint_to_the_views(
    own_desk: Desk,
) -> None:
    client = own_desk.client(None)
    with stopped(own_desk, "corrections") as at:
        told = client.get("/readyz")
        assert told.status_code == 200, "stories do without it"
        assert told.json()["status"] == "degraded"
        assert told.json()["projections"]["stopped"] == ["corrections"]
        assert told.json()["reason"] == ("corrections stands still (failed): see factledger projections")
        view = views_of(own_desk)["corrections"]
        assert (view["position"], view["failed_at"], view["failure"]) == (at - 1, at, "view_raised")
        assert "CheckViolation" in view["traceback"]
        assert view["lag_events"] >= 1
        assert views_of(own_desk)["search"]["state"] == "running"
        assert of_views(own_desk, "factledger_view_stopped")["corrections"] == 1
        assert of_views(own_desk, "factledger_view_stopped")["search"] == 0
        assert of_views(own_desk, "factledger_view_position")["corrections"] == at - 1
        assert of_views(own_desk, "factledger_view_lag_events")["corrections"] >= 1
        assert of_views(own_desk, "factledger_view_lag_seconds")["corrections"] > 0
        problem(own_desk.client().get(f"/v1/corrections?at_least={at}"), 503, "view-behind")
        assert own_desk.client().get(f"/v1/stories?at_least={at}").status_code == 200
    with own_desk.newsroom.database.connect(name="operator") as connection:
        progress.retry(connection, "corrections")
    wait_for(lambda: client.get("/readyz").json()["status"] == "ready")
    assert own_desk.client().get(f"/v1/corrections?at_least={at}").status_code == 200


@pytest.mark.thorough
def test_with_a_view_that_stands_still_and_stories_need_it_is_not_ready(own_desk: Desk) -> None:
    with stopped(own_desk, "revisions"):
        unready = own_desk.client(None).get("/readyz")
        assert unready.status_code == 503
        assert unready.json()["status"] == "not ready"
        assert unready.json()["reason"].startswith("revisions stands still (failed): ")
    with own_desk.newsroom.database.connect(name="operator") as connection:
        progress.retry(connection, "revisions")
    wait_for(lambda: own_desk.client(None).get("/readyz").status_code == 200)


@pytest.mark.thorough
def test_only_an_admin_sees_the_places_of_the_views(desk: Desk) -> None:
    for role in ("reporter", "editor", "standards", "auditor"):
        told = problem(desk.client(role).get("/v1/projections"), 403, "role-may-not")
        assert "admin" in told["detail"]
    problem(desk.client(None).get("/v1/projections"), 401, "key-refused")
    answer = desk.client("admin").get("/v1/projections")
    assert answer.json()["projects_here"] is True
    assert answer.json()["head"] == desk.head()
    assert answer.json()["skips"] == []
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.thorough
def test_with_views_too_far_behind_it_is_not_ready(own_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "READY_LAG", 2)
    client = own_desk.client()
    with own_desk.newsroom.database.connect(name="projector") as other, other.transaction():
        lead(other)  # as somebody who projects does
        for _ in range(2):
            own_desk.newsroom.issue_key("reporter")
        behind = client.get("/readyz")
        assert behind.status_code == 503
        lag = behind.json()["projections"]["lag_events"]
        assert lag > 2
        assert behind.json()["reason"] == f"the views are {lag} events behind"
        told = problem(client.get(f"/v1/sources?at_least={own_desk.head()}"), 503, "view-behind")
        assert "Nothing is lost; ask again." in told["detail"]
    wait_for(lambda: client.get("/readyz").status_code == 200)


@pytest.mark.thorough
def test_with_a_schema_of_yesterday_it_is_not_ready_and_says_what_to_do(own_desk: Desk) -> None:
    with own_desk.newsroom.database.connect(name="vandal", as_owner=True) as owner:
        owner.execute("delete from migrations where number = 2")
    unready = own_desk.client().get("/readyz")
    assert unready.status_code == 503
    assert unready.json()["migrations"] == "missing: append"
    assert unready.json()["reason"] == "the schema lacks append: start it once with a login that may migrate"


# --- Measurements ------------------------------------------------------------------------------------------------


def families(desk: Desk) -> dict[str, Any]:
    answer = desk.client("auditor").get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["cache-control"] == "no-store"
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def metrics(desk: Desk) -> dict[str, float]:
    """The gauges."""
    return {
        name: family.samples[0].value for name, family in families(desk).items() if family.type == "gauge"
    }


def series(desk: Desk, name: str) -> dict[tuple[str, ...], float]:
    wanted = ("method", "route", "status")
    return {
        tuple(sample.labels[label] for label in wanted if label in sample.labels): sample.value
        for sample in families(desk)[name].samples
        if not sample.name.endswith(("_created", "_bucket", "_sum"))
    }


def test_the_metrics_say_how_far_the_ledger_and_its_views_are(desk: Desk) -> None:
    desk.open()
    desk.settle()
    told = metrics(desk)
    assert told["factledger_head_position"] == told["factledger_views_position"] == desk.head()
    assert told["factledger_waiting_commands"] == 0
    assert told["factledger_database_up"] == 1
    assert set(of_views(desk, "factledger_view_position").values()) == {desk.head()}
    assert set(of_views(desk, "factledger_view_lag_events").values()) == {0}
    assert all(family.documentation for family in families(desk).values())


@pytest.mark.thorough
def test_the_metrics_are_for_those_who_have_their_token_or_may_know_anyway(
    servers: Callable[[str], EmbeddedPostgres],
) -> None:
    token = "a-token-for-prometheus"
    with open_desk(servers, metrics_token=token) as set_up, open_desk(servers) as not_set_up:
        for desk, opens in ((set_up, 200), (not_set_up, 401)):
            nobody = desk.client(None)
            problem(nobody.get("/metrics"), 401, "key-refused")
            problem(nobody.get("/metrics", headers={"authorization": "Bearer None"}), 401)
            given = nobody.get("/metrics", headers={"authorization": f"Bearer {token}"})
            assert given.status_code == opens
            problem(nobody.get("/v1/events", headers={"authorization": f"Bearer {token}"}), 401)
            for role in ("reporter", "editor", "standards"):
                problem(desk.client(role).get("/metrics"), 403, "role-may-not")
            assert {desk.client(role).get("/metrics").status_code for role in ("auditor", "admin")} == {200}


def test_the_token_of_the_metrics_is_a_setting_and_none_unless_it_is_said() -> None:
    name = "FACTLEDGER_METRICS_TOKEN"
    assert Settings.from_environment({}).metrics_token is None
    assert Settings.from_environment({name: "x" * 16}).metrics_token == "x" * 16
    for bad in ("x" * 15, "x" * 201, "x" * 15 + " ", "x" * 15 + "é"):
        with pytest.raises(BadSetting, match="FACTLEDGER_METRICS_TOKEN: give 16 to 200 characters"):
            Settings.from_environment({name: bad})


@pytest.mark.thorough
def test_requests_are_counted_and_timed_by_their_route_and_status(desk: Desk) -> None:
    story = desk.open()
    before, timed_before = series(desk, "factledger_requests"), series(desk, "factledger_request_seconds")
    for path in (f"/v1/stories/{story}", "/v1/stories/no-story", "/v1/stories/No_Story"):
        desk.client().get(path)
    desk.client().head(f"/v1/stories/{story}")
    desk.try_post(f"/v1/stories/{story}/facts", {})
    desk.client().request("DELETE", f"/v1/stories/{story}/headline")
    after, timed_after = series(desk, "factledger_requests"), series(desk, "factledger_request_seconds")
    counted = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}
    del counted["GET", "/metrics", "200"]
    assert counted == {
        ("GET", "/v1/stories/{slug}", "200"): 1,
        ("GET", "/v1/stories/{slug}", "404"): 2,
        ("HEAD", "/v1/stories/{slug}", "200"): 1,
        ("POST", "/v1/stories/{slug}/facts", "422"): 1,
        ("DELETE", "/v1/stories/{slug}/headline", "405"): 1,
    }
    route = ("GET", "/v1/stories/{slug}")
    assert timed_after[route] - timed_before[route] == 3


@pytest.mark.thorough
def test_addresses_and_methods_that_are_not_there_make_no_series_of_their_own(desk: Desk) -> None:
    desk.client().get("/nothing")
    desk.client().request("PROPFIND", "/nothing")
    desk.client().get("/docs/assets/nothing")
    before = len(series(desk, "factledger_requests")), len(series(desk, "factledger_request_seconds"))
    for number in range(50):
        desk.client().get(f"/nothing/{number}")
        desk.client().get(f"/docs/assets/nothing-{number}")
        desk.client().get(f"/v1/stories/no-story-{number}")
        desk.client().get(f"/v1/stories/%00{number}")
        desk.client().request(("LOCK", "MKCOL", "SEARCH", "PROPFIND")[number % 4], f"/nothing/{number}")
    after = len(series(desk, "factledger_requests")), len(series(desk, "factledger_request_seconds"))
    assert after[0] - before[0] <= 1  # of 404s for /v1/stories/{slug}
    assert after[1] == before[1]
    routes = {route for _, route, *_ in series(desk, "factledger_requests")}
    assert not [route for route in routes if re.search(r"\d|story-", route.replace("/v1", ""))]


# --- The log -----------------------------------------------------------------------------------------------------


@contextmanager
def journal(
    monkeypatch: pytest.MonkeyPatch, level: str = "info"
) -> Iterator[tuple[list[dict[str, Any]], list[Response]]]:
    """The lines that the journal writes meanwhile, as what they say; and the answers whose lines are awaited.

    A line is written after its answer went out: that of the last comes late, as may that of an answer from before.
    """
    written = io.StringIO()
    root = logging.getLogger()
    kept = (root.handlers, root.level)
    monkeypatch.setattr("sys.stderr", written)
    keep_journal(level)
    lines: list[dict[str, Any]] = []
    answers: list[Response] = []
    deadline = time.monotonic() + 60
    try:
        yield lines, answers
        while not all(answer.headers["x-request-id"] in written.getvalue() for answer in answers):
            assert time.monotonic() < deadline, written.getvalue()
            time.sleep(0.01)
    finally:
        root.handlers, root.level = kept
        monkeypatch.undo()
        lines += [json.loads(line) for line in written.getvalue().splitlines()]


def test_every_request_is_one_line_of_json_that_says_who_did_what_with_what_outcome(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = desk.open()
    actor = str(desk.newsroom.keyring.actor(desk.server.secret("editor"), datetime.now(UTC)).member)
    with journal(monkeypatch) as (lines, answers):
        answers.append(desk.client().get(f"/v1/stories/{story}?at_least=1"))
        answers.append(desk.try_post(f"/v1/stories/{story}/facts", FACT))
        answers.append(desk.client(None).get("/nothing"))
    for answer, (method, route, status, who) in zip(
        answers,
        (
            ("GET", "/v1/stories/{slug}", 200, actor),
            ("POST", "/v1/stories/{slug}/facts", 201, actor),
            ("GET", "none", 404, ""),
        ),
        strict=True,
    ):
        (line,) = (line for line in lines if line.get("request_id") == answer.headers["x-request-id"])
        assert line["message"] == "answered"
        assert (line["method"], line["route"], line["status"], line["actor"]) == (method, route, status, who)
        assert line["logger"] == "factledger.http"
        assert line["level"] == "info"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line["timestamp"])
        assert 0 < line["milliseconds"] < 60_000


def test_the_log_holds_no_key_no_words_of_a_fact_and_no_address_of_a_client(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = desk.open()
    secret = desk.server.secret("editor")
    with journal(monkeypatch, "debug") as (lines, answers):
        answers.append(desk.try_post(f"/v1/stories/{story}/facts", FACT | {"statement": "Sub rosa"}))
        colour = {"statement": "Sub rosa", "colour": "Sub rosa"}
        answers.append(desk.try_post(f"/v1/stories/{story}/facts", FACT | colour))
        answers.append(desk.client().get("/v1/stories?q=sub+rosa"))
        answers.append(desk.client().get(f"/v1/stories?key={secret}"))
    logged = json.dumps(lines)
    assert len(lines) >= 4
    for private in (secret, "Sub rosa", "sub+rosa", "127.0.0.1"):
        assert private not in logged


@pytest.mark.thorough
def test_a_fault_is_one_line_with_its_traceback_and_the_request_id(
    own_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_desk.newsroom.database.connect(name="vandal", as_owner=True) as owner:
        owner.execute("alter table corrections rename to mistakes")
    with journal(monkeypatch) as (lines, _):
        told = problem(own_desk.client().get("/v1/corrections"), 500, "fault")
    (line,) = [line for line in lines if line["level"] == "error"]
    assert line["request_id"] == told["request_id"]
    assert "UndefinedTable" in line["exception"]
    assert own_desk.server.secret("editor") not in json.dumps(lines)


# --- The page that shows the endpoints -------------------------------------------------------------------------------


class Loads(HTMLParser):
    """What a page names in src and href, and what its own scripts and styles say."""

    def __init__(self) -> None:
        super().__init__()
        self.named: list[str] = []
        self.inline = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.named += [value for name, value in attrs if name in ("src", "href") and value]
        self._inside = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.inline += data


@pytest.mark.thorough
def test_the_page_of_the_endpoints_loads_everything_from_here_and_nothing_from_elsewhere(desk: Desk) -> None:
    page = desk.client(None).get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    loads = Loads()
    loads.feed(page.text)
    assert len(loads.named) >= 3
    inline = re.findall(r"""["']((?:https?:)?/[^"']*)["']""", loads.inline)
    assert "/openapi.json" in inline
    for address in [*loads.named, *inline]:
        url = urljoin(f"{desk.server.url}/docs", address)
        assert urlsplit(url).netloc == urlsplit(desk.server.url).netloc, address
        if "oauth2-redirect" not in address:
            assert desk.client(None).get(url).status_code == 200, address
    assert '"validatorUrl": null' in loads.inline  # it would ask validator.swagger.io for a badge
    style = desk.client(None).get("/docs/assets/swagger-ui.css").text
    assert {match[:5] for match in re.findall(r"url\(\s*[\"']?([^)]+)", style)} <= {"data:"}
    assert "@import" not in style


def test_the_browser_is_told_to_load_nothing_from_elsewhere(desk: Desk) -> None:
    policy = desk.client(None).get("/docs").headers["content-security-policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}
    assert rules.pop("default-src") == ["'none'"]
    for what in ("frame-ancestors", "base-uri", "form-action"):  # for which default-src does not stand in
        assert rules.pop(what) == ["'none'"]
    assert {"script-src", "style-src", "connect-src", "img-src"} == rules.keys()
    (script,) = rules.pop("script-src")[1:]  # the hash of the one that starts the page
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", script)
    assert set().union(*rules.values()) <= {"'self'", "'unsafe-inline'", "data:"}
    assert "'unsafe-inline'" not in rules["connect-src"] + rules["img-src"]


@pytest.mark.thorough
def test_the_page_of_the_endpoints_works_in_a_browser(browser: Browser, desk: Desk) -> None:
    with looking(browser, desk.server) as looker:
        page = looker.go("/docs")
        expect(page.get_by_text("Readers need no key")).to_be_visible(timeout=60_000)
        page.get_by_role("button", name="GET /healthz").first.click(timeout=60_000)
        expect(page.get_by_text("Media type").first).to_be_visible(timeout=60_000)


@pytest.mark.thorough
def test_every_answer_tells_browsers_to_guess_nothing_and_to_tell_nobody(desk: Desk) -> None:
    for path in (
        "/healthz",
        "/v1/stories",
        "/docs",
        "/docs/assets/swagger-ui.css",
        "/nothing",
        "/openapi.json",
    ):
        headers = desk.client(None).get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-request-id"]
