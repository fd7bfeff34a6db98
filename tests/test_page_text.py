"""Do the words of a page stand apart as they were written, and do its lines end where a person ended them?"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from tests.browser import looking
from tests.desk import Desk
from tests.plain_browser import Browser, Element

_TWO_LINES = "The train left Pyongyang.\nIt arrived in Khasan."
# What a browser sets on a line of its own, or in a box of its own.
_APART = {
    "address", "article", "aside", "blockquote", "body", "br", "button", "caption", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "head", "header", "html", "img", "input",
    "label", "legend", "li", "link", "main", "meta", "nav", "ol", "optgroup", "option", "p", "pre", "script", "section",
    "select", "summary", "svg", "table", "tbody", "td", "textarea", "th", "thead", "title", "tr", "ul",
}  # fmt: skip


def told(element: Element) -> Iterator[str]:
    """Its texts in order, with blanks where something stands apart. A number raised behind a word is part of none."""
    for part in element.inside:
        if isinstance(part, str):
            yield part
        elif part.tag == "sup":
            yield " "
        elif part.tag in _APART:
            yield " "
            yield from told(part)
            yield " "
        else:
            yield from told(part)


def glued(root: Element) -> list[str]:
    """Where two texts of different elements run into one word."""
    texts = [text for text in told(root) if text]
    return [
        f"{before[-30:]}|{after[:30]}"
        for before, after in pairwise(texts)
        if before[-1].isalnum() and after[0].isalnum()
    ]


@pytest.fixture(scope="module")
def story(desk: Desk) -> str:
    """A story in which there is something of all that can stand on its pages."""
    slug = desk.open()
    citation = {
        "source": "ria",
        "title": "The children of Columbine",
        "published_at": "2023-02-15T10:00:00Z",
        "accessed_at": "2023-02-16T10:00:00Z",
        "archived_url": "https://example.org/archived",
        "origin": "ria",
        "excerpt": {"exact": "It arrived.", "prefix": "We heard: ", "suffix": " So they said"},
        "digest": f"sha-256:{'0' * 64}",
    }
    desk.report(
        slug,
        statement=_TWO_LINES,
        citations=[citation],
        attribution=[{"source": "ria", "cue": "said", "speech": "direct", "quote": "It did.\nYes."}],
        occurred={"literal": "on Tuesday"},
        place="Khasan",
        entities=["Kim"],
        terms="on_record",
        rests_on=[{"story": slug, "fact": 1}],
        note=[{"role": "desk", "text": "One.\nTwo.", "is_publishable": True}],
    )
    desk.report(slug, kind="figure", figure={"value": "4", "unit": "trains"})
    desk.post(f"/v1/stories/{slug}/dateline", {"place": "Vladivostok", "date": "2023-09-12", "reason": "So."})
    desk.post(f"/v1/stories/{slug}/copy", {"text": "A train arrived on Monday.", "reason": "First."})
    desk.post(
        f"/v1/stories/{slug}/editors-notes",
        {"text": "We were wrong.\nWe are sorry.", "reason": "Many asked."},
    )
    published = desk.publish(slug)
    desk.post(
        f"/v1/stories/{slug}/copy", {"text": "A train arrived on Sunday.", "reason": "It was.\nIndeed."}
    )
    changes: dict[str, dict[str, Any]] = {
        "responses": {"kind": "denies", "by": {"story": slug, "fact": 1}, "reason": "It says so."},
        "assessments": {"verification": "verified", "dispute": "disputed", "reason": "Two saw it."},
        "confirmations": {"reason": "Seen."},
    }
    for version, (change, body) in enumerate(changes.items(), 1):
        desk.post(f"/v1/stories/{slug}/facts/2/{change}", body | {"expected_version": version})
    correction = {
        "expected_version": 4,
        "statement": _TWO_LINES.replace("Khasan", "Vladivostok"),
        "was_wrong": "The town.\nThe rest was right.",
        "affects": ["names"],
        "cause": "our_error",
        "reason": "Looked\nup.",
    }
    desk.post(f"/v1/stories/{slug}/facts/2/corrections", correction)
    desk.post(
        f"/v1/stories/{slug}/correctives",
        {"fact": 2, "ran_in": published["revision"] - 1, "text": "Mend\nit.", "reason": "Others have it."},
    )
    desk.publish(slug)
    desk.settle()
    return slug


_PAGES = (
    "/",
    "/stories/{slug}",
    "/stories/{slug}?view=reader",
    "/stories/{slug}?revision=8",
    "/stories/{slug}/history",
    "/stories/{slug}/history?all=yes",
    "/stories/{slug}/diff?from=2&to=12",
    "/stories/{slug}/diff?from=2&to=12&show=fields",
    "/stories/{slug}/diff?from=2&to=12&show=events",
    "/stories/{slug}/facts/2",
    "/stories/{slug}/facts/2?view=reader",
    "/sources/ria",
    "/corrections",
    "/request",
    "/desk",
    "/desk/open",
    "/desk/stories/{slug}/report",
    "/desk/stories/{slug}/file-copy",
    "/desk/stories/{slug}/facts/2/correct",
    "/desk/stories/{slug}/facts/2/confirm",
)


@pytest.mark.thorough
@pytest.mark.parametrize("address", _PAGES)
def test_no_two_words_of_a_page_run_into_one(story: str, editor: Browser, address: str) -> None:
    page = editor.get(address.format(slug=story))
    assert page.status == 200, page.text
    assert not glued(page.root)


def test_what_is_told_of_a_citation_stands_apart(story: str, editor: Browser) -> None:
    text = editor.get(f"/stories/{story}/facts/2").text
    assert "The children of Columbine stated 15 February 2023, 10:00 UTC seen 16 February 2023" in text


@pytest.mark.thorough
def test_what_a_person_wrote_in_lines_stands_in_lines(browser: Chromium, desk: Desk, story: str) -> None:
    with looking(browser, desk.server) as looker:
        page = looker.go(f"/stories/{story}")
        says = page.locator("#fact-2 .says")
        expect(says).to_contain_text("The train left Pyongyang.")
        assert "Pyongyang.\nIt arrived" in says.inner_text()
        shown = page.locator("main").inner_text()
        for lines in ("We were wrong.\nWe are sorry.", "It did.\nYes.", "Mend\nit.", "One.\nTwo."):
            assert lines in shown, lines
        shown = looker.go(f"/stories/{story}/facts/2").locator("main").inner_text()
        assert "Pyongyang.It" not in shown
        assert shown.count("Pyongyang.\nIt arrived") >= 3, "its head, what changed, as it was"
        shown = looker.go(f"/stories/{story}/history").locator("main").inner_text()
        assert "Mend\nit." in shown
        shown = looker.go("/corrections").locator("main").inner_text()
        assert "Mend\nit." in shown


@pytest.mark.thorough
def test_a_letter_that_turns_what_follows_turns_nothing_outside_of_its_text(
    browser: Chromium, desk: Desk
) -> None:
    slug = desk.public()
    desk.settle()
    with looking(browser, desk.server) as looker:
        page = looker.go(f"/stories/{slug}")
        assert page.locator("#fact-1 .says").evaluate("e => getComputedStyle(e).unicodeBidi") == "isolate"
