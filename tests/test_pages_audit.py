"""Does the audit page show each event as it is stored, those that were asked for, and carry them away unharmed?"""

import csv
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import orjson
import pytest

from api.formats.fact_table import harmless
from ledger import limits
from tests.desk import Desk, open_desk
from tests.plain_browser import Browser


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], Any]) -> Iterator[Desk]:
    with open_desk(servers) as desk:
        yield desk


@pytest.fixture(scope="module")
def auditor(desk: Desk) -> Iterator[Browser]:
    browser = Browser.of(desk.server, "auditor")
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def story(desk: Desk) -> str:
    slug = desk.public(facts=3)
    desk.post(f"/v1/stories/{slug}/headline", {"headline": "=1+1", "reason": "=cmd|' /C calc'!A0"})
    desk.settle()
    return slug


def member(desk: Desk, label: str) -> str:
    listed = desk.get("/v1/members?limit=200", "auditor").json()["items"]
    return next(str(one["member"]) for one in listed if one["label"] == label)


def lines(browser: Browser, query: str = "") -> list[dict[str, Any]]:
    answer = browser.http.get(f"/audit.ndjson{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.ndjson"'
    assert answer.headers["cache-control"] == "no-store"
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.thorough
@pytest.mark.parametrize("address", ["/audit", "/audit.csv", "/audit.ndjson"])
def test_the_audit_is_for_auditors_and_admins(desk: Desk, address: str) -> None:
    for role, status in ((None, 401), ("reporter", 403), ("editor", 403), ("standards", 403), ("admin", 200)):
        browser = Browser.of(desk.server, role)  # type: ignore[arg-type]
        assert browser.get(address).status == status
        browser.close()


@pytest.mark.thorough
def test_the_newest_events_come_first_each_as_it_is_stored(desk: Desk, auditor: Browser, story: str) -> None:
    page = auditor.get("/audit")
    told = [json.loads(raw.text) for raw in page.main.all("pre")]
    assert [event["position"] for event in told] == sorted(
        (event["position"] for event in told), reverse=True
    )
    assert told[0] == desk.get(f"/v1/events/{desk.head()}", "auditor").json()
    assert "the editor" in page.text
    assert f"/stories/{story}?revision={told[0]['version']}" in page.links()


@pytest.mark.thorough
def test_earlier_and_later_lead_through_all_of_them(desk: Desk, auditor: Browser, story: str) -> None:
    for number in range(60):
        desk.post(f"/v1/stories/{story}/headline", {"headline": f"Number {number}", "reason": "Counted."})
    seen: set[int] = set()
    address: str | None = "/audit?after=0"
    while address:
        page = auditor.get(address)
        seen |= {json.loads(raw.text)["position"] for raw in page.main.all("pre")}
        address = next((link["href"] for link in page.main.all("a") if link["rel"] == "next"), None)
    assert seen == set(range(1, desk.head() + 1))
    page = auditor.get("/audit")
    earlier = next(link["href"] for link in page.main.all("a") if link["rel"] == "prev")
    assert auditor.get(earlier).status == 200


def test_events_are_found_by_story_person_kind_and_time(desk: Desk, auditor: Browser, story: str) -> None:
    other = desk.open()
    desk.settle()
    editor = member(desk, "the editor")
    of_story = lines(auditor, f"?story={story}")
    assert of_story
    assert {event["stream_id"] for event in of_story} == {of_story[0]["stream_id"]}
    assert {event["actor"] for event in lines(auditor, f"?actor={editor}")} == {editor}
    opened = lines(auditor, "?kind=story-opened.v1")
    assert [event["body"]["slug"] for event in opened][-1] == other
    middle = of_story[2]["recorded_at"]
    positions = [event["position"] for event in lines(auditor, f"?story={story}&from={middle}")]
    assert positions == [event["position"] for event in of_story[2:]]
    page = auditor.get(f"/audit?story={story}&kind=headline-set.v1&actor=&from=&to=")
    told = [json.loads(raw.text) for raw in page.main.all("pre")]
    assert {event["topic"] for event in told} == {"headline-set.v1"}
    assert f"/audit.csv?story={story}&kind=headline-set.v1" in page.links()


@pytest.mark.parametrize("query", ["from=yesterday", "actor=nobody", "story=%3Cscript%3E", "kind=x%22%3E"])
def test_what_cannot_be_asked_for_is_said_and_stays_in_the_form(auditor: Browser, query: str) -> None:
    page = auditor.get(f"/audit?{query}")
    assert page.status in (200, 400, 404, 422), page.text
    assert not [e for e in page.root.all("script") if "src" not in e]
    if page.status != 200:
        assert [e for e in page.main.all() if e["role"] == "alert"]


def test_a_file_of_lines_holds_every_event_and_each_proves_its_body(desk: Desk, auditor: Browser) -> None:
    told = lines(auditor)
    assert [event["position"] for event in told] == list(range(1, desk.head() + 1))
    for event in told[-20:]:
        proof = hmac.new(bytes.fromhex(event["salt"]), orjson.dumps(event["body"]), hashlib.sha256)
        assert proof.hexdigest() == event["commitment"]


def test_a_table_can_be_opened_without_being_worked_out(desk: Desk, auditor: Browser, story: str) -> None:
    answer = auditor.http.get("/audit.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    columns, *rows = csv.reader(StringIO(answer.text))
    assert columns[:4] == ["position", "recorded_at", "topic", "about"]
    assert len(rows) == desk.head()
    headline = next(row for row in rows if "=1+1" in row[-1])
    assert headline[columns.index("reason")] == "'=cmd|' /C calc'!A0"
    assert headline[columns.index("about")] == f"/stories/{story}"
    assert headline[columns.index("by")] == "the editor"
    assert json.loads(headline[-1])["headline"] == "=1+1"
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_would_be_worked_out_is_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless(f"a{cell}") == f"a{cell}"


def test_a_file_that_does_not_hold_all_says_so_at_its_end(
    desk: Desk, auditor: Browser, story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "AUDIT_EXPORT", 3)
    *events, end = lines(auditor)
    assert [event["position"] for event in events] == [1, 2, 3]
    assert end == {"more": True, "after": 3}
    following = lines(auditor, "?after=3")
    assert following[0]["position"] == 4
    rows = list(csv.reader(StringIO(auditor.http.get("/audit.csv").text)))
    assert len(rows) == 1 + 3 + 1
    assert json.loads(rows[-1][0]) == {"more": True, "after": 3}


def test_stories_and_sources_are_called_by_their_names(desk: Desk, auditor: Browser) -> None:
    slug, source = desk.slug(), desk.slug("source")
    desk.post("/v1/sources", {"slug": source, "name": "Korean Central News", "kind": "agency"})
    desk.post("/v1/stories", {"slug": slug, "headline": "רכבת יצאה", "language": "he", "desk": "world"})
    desk.settle()
    page = auditor.get("/audit")
    said = {link["href"]: link.text for link in page.main.all("a")}
    assert said[f"/stories/{slug}?revision=1"] == "רכבת יצאה, revision 1"
    assert said[f"/sources/{source}"] == "Korean Central News"


def test_what_happened_is_said_in_words(auditor: Browser, story: str) -> None:
    page = auditor.get(f"/audit?story={story}")
    cells = [cell.text for cell in page.main.all("td")]
    for said in ("Story opened", "Headline set"):
        assert any(one.startswith(said) for one in cells), said
    options = {one["value"]: one.text for one in page.main.all("option")}
    assert options["headline-set.v1"] == "Headline set"
