"""Are pages in words: headlines and not slugs, words and not codes, only what is not usual, and buttons that say what
they do?"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.server.embedded import EmbeddedPostgres
from tests.desk import CHANGES, OF_PUBLICATION, REQUEST, Desk, open_desk
from tests.plain_browser import Browser, Element, Page

Who = Callable[[Any], Browser]


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers, request_rate="1000/hour") as opened:
        yield opened


@pytest.fixture(scope="module")
def who(desk: Desk) -> Iterator[Who]:
    opened = {role: Browser.of(desk.server, role) for role in (None, "editor", "standards", "auditor")}
    yield opened.__getitem__
    for browser in opened.values():
        browser.close()


def words(element: Element) -> str:
    """What is read of it, without what is shown as it is stored."""
    parts = (
        part if isinstance(part, str) else words(part)
        for part in element.inside
        if isinstance(part, str)
        or (part.tag not in ("pre", "code", "script", "style") and part["class"] != "printed")
    )
    return " ".join(parts)


def main_of(page: Page) -> str:
    assert page.status == 200, page.text
    return " ".join(words(page.main).split())


@pytest.fixture(scope="module")
def rich(desk: Desk) -> dict[str, str]:
    """A story in which every code of the ledger's own stands somewhere; a second one that rests on it; a request."""
    desk.post("/v1/sources", {"slug": "weblog", "name": "A weblog", "kind": "webpage"})
    slug = desk.open(facts=0)
    desk.post(f"/v1/stories/{slug}/headline", {"headline": "The long journey", "reason": "So."})
    for fields in (
        {"statement": "First said", "terms": "background"},
        {"statement": "Second said", "citations": [{"source": "weblog"}]},
        {"statement": "Third said"},
        {"statement": "Fourth said", "kind": "figure", "figure": {"value": "4", "unit": "trains"}},
    ):
        desk.report(slug, **fields)
    desk.publish(slug)
    change = {"reason": "So it is."}
    desk.post(
        f"/v1/stories/{slug}/facts/2/corrections",
        change
        | {
            "expected_version": 1,
            "statement": "Second was said",
            "was_wrong": "It was.",
            "affects": ["quote"],
            "cause": "our_error",
        },
    )
    assess = {"expected_version": 2, "verification": "in_progress", "dispute": "disputed"}
    desk.post(f"/v1/stories/{slug}/facts/2/assessments", change | assess)
    respond = {"expected_version": 3, "kind": "declines_to_comment", "by": {"source": "weblog"}}
    desk.post(f"/v1/stories/{slug}/facts/2/responses", change | respond)
    desk.post(f"/v1/stories/{slug}/facts/3/retractions", change | {"expected_version": 1})
    desk.publish(slug)
    other = desk.open(facts=0)
    desk.report(other, statement="It rests", rests_on=[{"story": slug, "fact": 2}])
    desk.post(f"/v1/stories/{other}/headline", {"headline": "What came after", "reason": "So."})
    desk.publish(other)
    again = {"expected_version": 4, "statement": "Second was said again", "was_wrong": "It was."}
    correct = {"affects": ["quote"], "cause": "our_error"}
    desk.post(f"/v1/stories/{slug}/facts/2/corrections", change | again | correct)
    request = desk.ask(slug, phrase="Second was said")
    desk.want(slug, "kills")
    held = desk.public()
    desk.post(f"/v1/stories/{held}/holds", OF_PUBLICATION["holds"])
    desk.do(desk.public(), "takedowns")
    desk.settle()
    return {"slug": slug, "other": other, "request": request}


def pages(rich: dict[str, str]) -> list[tuple[Any, str]]:
    slug, other, request = rich["slug"], rich["other"], rich["request"]
    story = f"/stories/{slug}"
    public = [
        "/",
        "/corrections",
        f"/stories/{other}",
        f"/stories/{other}/facts/1",
        "/sources/weblog",
        "/sources",
    ]
    belows = ("", "/history", "/diff", "/diff?show=fields", "/diff?show=events", "/facts/2", "/facts/3")
    public += [story + below for below in belows]
    public += [f"/request?story={slug}", "/request", f"/request/{request}"]
    desks = ["/desk", "/desk/approvals", "/desk/requests", "/desk/shaken", "/desk/unpublished"]
    desks += [f"/desk/requests/{request}", f"/desk{story}/approvals/1", f"{story}/history?all=yes"]
    desks += [f"{story}/diff?from=2&to=14&show={show}" for show in ("prose", "fields", "events")]
    desks += [f"{story}?revision={number}" for number in (8, 9, 10, 11)]
    desks += [f"/desk{story}/{act}" for act in ("publish", "hold", "kill", "file-copy", "report")]
    desks += [
        f"/desk{story}/facts/2/{act}" for act in ("correct", "assess", "set-terms", "respond", "retract")
    ]
    desks += [f"/desk/requests/{request}/{act}" for act in ("accept", "decline-request")]
    desks += ["/desk/sources/weblog/discredit", "/desk/open", "/desk/register"]
    return (
        [(None, path) for path in public]
        + [("editor", path) for path in (*public, *desks)]
        + [("editor", f"{path}?view=reader") for path in public[6:9]]
    )


# Codes of the ledger, of IPTC and of its events: words that are joined, or that have a scheme.
CODE = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b|\bsig:\w+|\b[a-z]+(?:-[a-z]+)+\.v\d|\bstat:\w+")


@pytest.mark.thorough
def test_no_page_shows_a_code(rich: dict[str, str], who: Who) -> None:
    found = {}
    for role, path in pages(rich):
        if codes := CODE.findall(main_of(who(role).get(path))):
            found[role, path] = codes
    assert found == {}


@pytest.mark.thorough
def test_stories_are_called_by_their_headlines_on_every_page(rich: dict[str, str], who: Who) -> None:
    found = []
    for role, path in pages(rich):
        text = main_of(who(role).get(path))
        found += [
            (role, path, slug) for slug in (rich["slug"], rich["other"]) if re.search(rf"\b{slug}\b", text)
        ]
    assert found == []
    for path in ("/corrections", "/desk/requests", "/desk/approvals", "/desk/shaken", "/sources/weblog"):
        assert "The long journey" in main_of(who("editor").get(path)) or path == "/desk/shaken", path
    assert "What came after, fact 1" in who("editor").get("/desk/shaken").text
    assert "Rests on fact 2 of The long journey" in who(None).get(f"/stories/{rich['other']}").text


def card(page: Page, fact: int) -> str:
    return " ".join(page.by_id(f"fact-{fact}").text.split())


def test_of_a_fact_only_what_is_not_usual_is_said(rich: dict[str, str], who: Who) -> None:
    page = who("editor").get(f"/stories/{rich['slug']}")
    for usual in ("unverified", "undisputed", "standing", "on the record", "1 independent origin"):
        assert usual not in card(page, 4), usual
    for unusual in ("being checked", "disputed"):
        assert unusual in card(page, 2)
    assert "background" in card(page, 1)


def test_a_retraction_in_the_log_says_what_was_retracted(rich: dict[str, str], desk: Desk, who: Who) -> None:
    found = desk.client(None).get(f"/v1/corrections?story={rich['slug']}").json()["items"]
    (told,) = (change for change in found if change["kind"] == "retraction")
    assert told["statement"] == "Third said"
    assert "So it is. Third said" in main_of(who(None).get("/corrections"))
    assert "Withdrawn: Third said" in desk.client(None).get("/v1/corrections/feed").text


def test_what_was_retracted_is_not_told_where_readers_may_not_know_it(desk: Desk, who: Who) -> None:
    slug = desk.public(facts=2)
    desk.post(f"/v1/stories/{slug}/facts/1/retractions", CHANGES["retractions"] | {"expected_version": 1})
    desk.publish(slug)
    desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
    desk.settle()
    assert desk.client(None).get(f"/v1/corrections?story={slug}").json()["items"] == []


@pytest.mark.thorough
def test_a_discredited_source_marks_each_fact_that_hangs_on_it_for_the_desk(desk: Desk, who: Who) -> None:
    source = desk.source()
    slug, other = desk.open(facts=1), desk.open(facts=0)
    said = [{"source": source, "cue": "said", "speech": "indirect"}]
    desk.report(slug, attribution=said)
    desk.report(slug, citations=[{"source": "ria"}, {"source": source}])
    desk.report(other, attribution=said)
    desk.publish(slug)
    desk.settle()
    form = who("editor").get(f"/desk/sources/{source}/discredit").form
    preview = main_of(form.send("preview", reason="It made things up."))
    assert "2 facts in 2 stories stand on its word alone" in preview
    assert "3 facts in 2 stories lean on it" in preview
    assert "hangs on" not in main_of(who("editor").get(f"/stories/{slug}"))
    desk.post(f"/v1/sources/{source}/discreditations", {"reason": "It made things up."})
    desk.settle()
    page = who("editor").get(f"/stories/{slug}")
    marked = [number for number in (1, 2, 3) if "which is discredited" in card(page, number)]
    assert marked == [2, 3]
    for browser, path in ((None, ""), ("editor", "?view=reader")):
        assert "discredited" not in who(browser).get(f"/stories/{slug}{path}").source


@pytest.mark.thorough
def test_who_asked_is_not_offered_to_approve(desk: Desk, who: Who) -> None:
    slug = desk.public()
    number = desk.want(slug, "kills", "editor")["approval"]
    desk.settle()
    for path in ("/desk/approvals", f"/desk/stories/{slug}/approvals/{number}"):
        approve = f"/desk/stories/{slug}/approvals/{number}/approve"
        assert approve not in who("editor").get(path).links(), path
        assert approve in who("standards").get(path).links(), path
        assert f"/desk/stories/{slug}/approvals/{number}/decline" in who("editor").get(path).links(), path
    assert "You asked to kill this story" in main_of(who("editor").get(f"/stories/{slug}"))
    assert "Somebody asked to kill this story" in main_of(who("standards").get(f"/stories/{slug}"))


@pytest.mark.thorough
def test_a_button_says_what_it_does_and_the_main_one_stands_first(rich: dict[str, str], who: Who) -> None:
    story = f"/desk/stories/{rich['slug']}"
    for path, says in {
        f"{story}/publish": "Publish",
        f"{story}/hold": "Hold",
        f"{story}/kill": "Ask to kill",
        f"{story}/facts/2/correct": "Correct",
        f"{story}/facts/2/retract": "Retract",
        f"{story}/file-copy": "File the copy",
    }.items():
        page = who("editor").get(path)
        (row,) = (p for p in page.main.all("p") if p["class"] == "file")
        also = ["File the copy and publish"] if path.endswith("file-copy") else []
        assert [button.text for button in row.all("button")] == [says, *also, "Show how it will read"], path


def test_the_menu_and_the_desk_say_how_much_waits(desk: Desk, rich: dict[str, str], who: Who) -> None:
    told = desk.get("/v1/waiting").json()
    assert told["requests"] >= 1
    assert told["approvals"] >= 1
    assert told["shaken"] >= 1
    (link,) = (one for one in who("editor").get("/").root.all("a") if one["href"] == "/desk")
    assert " ".join(link.text.split()) == f"Desk {sum(told.values())} wait"
    assert f"{told['requests']} request" in main_of(who("editor").get("/desk"))
    assert desk.client(None).get("/v1/waiting").status_code == 401


def rows(page: Page) -> list[list[str]]:
    (table,) = page.main.all("table")
    return [[" ".join(cell.text.split()) for cell in row.all("th", "td")] for row in table.all("tr")][1:]


def test_a_difference_of_fields_has_only_those_that_differ_with_who_and_when(desk: Desk, who: Who) -> None:
    slug = desk.open(facts=2)
    update = CHANGES["updates"] | {"expected_version": 1}
    change = {name: value for name, value in update.items() if name != "statement"} | {"place": "Khasan"}
    desk.post(f"/v1/stories/{slug}/facts/1/updates", change, "standards")
    headline = {"headline": "Another", "reason": "So."}
    desk.post(f"/v1/stories/{slug}/headline", headline)
    desk.settle()
    found = rows(who("editor").get(f"/stories/{slug}/diff?from=3&to=5&show=fields"))
    assert [row[:4] for row in found] == [
        ["Story", "headline", "A train", "Another"],
        ["Fact 1", "place", "", "Khasan"],
    ]
    assert [row[4].rpartition(" · ")[2] for row in found] == ["the editor", "the standards"]
    assert all(re.match(r"\d+ \w+ \d{4}, \d\d:\d\d UTC", row[4]) for row in found)
    desk.publish(slug)
    desk.edition(slug, "A third")
    desk.settle()
    (row,) = rows(who(None).get(f"/stories/{slug}/diff?show=fields"))
    assert row[:4] == ["Story", "headline", "Another", "A third"]


# --- Something is wrong ------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_story_is_picked_by_its_headline_and_found_by_its_words(
    rich: dict[str, str], desk: Desk, who: Who
) -> None:
    reader = who(None)
    page = reader.get("/request")
    assert "The long journey" in main_of(page)
    assert f"/request?story={rich['slug']}" in page.links()
    found = reader.get("/request?q=what+came+after")
    assert f"/request?story={rich['other']}" in found.links()
    assert f"/request?story={rich['slug']}" not in found.links()
    assert "No story that is public has these words." in main_of(reader.get("/request?q=unheardof"))
    for _ in range(31):
        desk.public()
    desk.settle()
    page = reader.get("/request")
    assert len([link for link in page.links() if link.startswith("/request?story=")]) == 30
    (older,) = (link for link in page.root.all("a") if link["rel"] == "next")
    assert main_of(reader.get(older["href"]))


def test_the_form_comes_with_the_story_and_the_words(rich: dict[str, str], desk: Desk, who: Who) -> None:
    slug = rich["slug"]
    page = who(None).get(f"/request?story={slug}&phrase=Second+was+said")
    assert "In The long journey" in main_of(page)
    assert page.form.fields["phrase"] == "Second was said"
    sent = who(None).post("/request", page.form.fields | {"concern": REQUEST["concern"]})
    assert sent.status == 200
    assert "What you said" in sent.text
    for nothing in ("nobody-knows", "No%20slug", "a%00b", "x" * 80):
        assert "In which story?" in main_of(who(None).get(f"/request?story={nothing}"))


def test_a_receipt_tells_why_it_was_declined_and_which_edition_answers_it(desk: Desk, who: Who) -> None:
    slug = desk.public()
    declined, accepted = desk.ask(slug, role=None), desk.ask(slug, role=None)
    no = {"told": "Two of us saw it arrive.", "reason": "SECRET of the desk"}
    desk.post(f"/v1/requests/{declined}/declinations", no)
    correction = CHANGES["corrections"] | {"expected_version": 1}
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", correction)
    desk.post(f"/v1/requests/{accepted}/acceptances", {"fact": 1, "version": 2, "reason": "SECRET"})
    desk.settle()
    page = who(None).get(f"/request/{declined}")
    assert "Two of us saw it arrive." in main_of(page)
    assert "SECRET" not in page.source
    assert "The correction is not public yet." in main_of(who(None).get(f"/request/{accepted}"))
    desk.publish(slug)
    desk.settle()
    page = who(None).get(f"/request/{accepted}")
    assert "SECRET" not in page.source
    assert f"/stories/{slug}?edition=2" in page.links()
    assert who(None).get(f"/stories/{slug}?edition=2").status == 200
