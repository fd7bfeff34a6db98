"""Is a story of many facts shown in parts, each as of its moment, with all else that belongs to it?"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin

import pytest

from api.server.embedded import EmbeddedPostgres
from ledger import limits
from ledger.publication import StoryPublished
from ledger.story import CopyFiled, FactReported, FactRetracted, StoryOpened
from ledger.words import Role
from projections.reading import reader_replay, replay
from projections.reading.replay import Asked
from tests.desk import Desk, open_desk
from tests.plain_browser import Browser, Page
from tests.test_limits import A_TRAIN, corrected, happen, holds

MANY = 2 * limits.FACTS_SHOWN + 3
STORY = "/v1/stories/long"
PATH = "/stories/long"
LATE = "off the record, and late"


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    """With a story of many facts, published, then corrected here and there, and published again."""
    with open_desk(servers) as opened:
        hidden = A_TRAIN.model_copy(update={"terms": "off_record", "statement": LATE})
        text = "A train arrived. Another did. The last one, too."
        spans = [
            {"fact": fact, "start": start, "end": start + len(exact), "exact": exact}
            for fact, exact in ((1, "A train"), (MANY - 1, "The last one"))
            if (start := text.index(exact)) >= 0
        ]
        events: list[Any] = [StoryOpened(slug="long", headline="Trains", language="en", desk="world")]
        events += [FactReported(fact=fact, version=1, body=A_TRAIN) for fact in range(1, MANY)]
        events.append(FactReported(fact=MANY, version=1, body=hidden))
        events.append(CopyFiled.model_validate({"text": text, "spans": spans, "reason": "x"}))
        events.append(StoryPublished(revision=len(events), reason="x"))
        events += [corrected(fact) for fact in (2, MANY - 1)]
        events.append(FactRetracted(fact=limits.FACTS_SHOWN + 1, version=2, reason="x"))
        events.append(StoryPublished(revision=len(events), reason="x"))
        happen(opened.newsroom, "long", events)
        yield opened


FIRST_EDITION = MANY + 2  # revision
ROLES: list[Role | None] = ["editor", None]


def parts(desk: Desk, role: Role | None, asked: str = "") -> list[dict[str, Any]]:
    """Each by way of the one before."""
    found: list[dict[str, Any]] = []
    following: int | None = 0
    while following is not None:
        answer = desk.client(role).get(f"{STORY}?facts_after={following}{asked}")
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        following = found[-1].get("next")
    return found


def numbers(part: dict[str, Any]) -> list[int]:
    return [fact["fact"] for fact in part["facts"]]


@holds("FACTS_SHOWN")
@pytest.mark.parametrize("role", ROLES)
def test_the_facts_of_a_story_are_all_there_in_parts_of_so_many(desk: Desk, role: Role | None) -> None:
    seen = MANY if role else MANY - 1
    shown = parts(desk, role)
    assert [len(part["facts"]) for part in shown] == [limits.FACTS_SHOWN] * 2 + [
        seen - 2 * limits.FACTS_SHOWN
    ]
    assert [number for part in shown for number in numbers(part)] == list(range(1, seen + 1))
    assert [part.get("next") for part in shown] == [limits.FACTS_SHOWN, 2 * limits.FACTS_SHOWN, None]
    first = desk.client(role).get(STORY).json()
    assert first == shown[0]
    # All else is in each of them.
    rest = [{name: value for name, value in part.items() if name not in ("facts", "next")} for part in shown]
    assert rest[0] == rest[1] == rest[2]
    whole = (replay if role else reader_replay).story(
        desk.newsroom.views, "long", Asked(view="desk" if role else "reader")
    )
    assert whole.text.count('"statement"') >= seen
    assert '"next"' not in whole.text


@pytest.mark.parametrize("role", ROLES)
def test_a_part_is_as_of_the_moment_that_is_asked_for_and_has_a_tag(desk: Desk, role: Role | None) -> None:
    then = parts(desk, role, f"&revision={FIRST_EDITION}")
    now = parts(desk, role)
    for index, fact in ((0, 2), (1, limits.FACTS_SHOWN + 1), (2, MANY - 1)):
        was, is_ = (next(f for f in story[index]["facts"] if f["fact"] == fact) for story in (then, now))
        assert (was["version"], is_["version"]) == (1, 2)
    tags = set()
    for after in (0, limits.FACTS_SHOWN):
        path = f"{STORY}?facts_after={after}&revision={then[0]['revision']}"
        answer = desk.client(role).get(path)
        assert "immutable" in answer.headers["cache-control"] or role is None
        again = desk.client(role).get(path, headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304
        place = answer.headers["content-location"]
        assert ("facts_after" in place) is bool(after)
        assert desk.client(role).get(place).text == answer.text
        tags.add(answer.headers["etag"])
    assert role is not None or len(tags) == 2


def test_whom_terms_hide_nobody_is_told_that_there_is_a_part_for_it(desk: Desk) -> None:
    for after in (MANY - 1 - limits.FACTS_SHOWN, MANY - 1, MANY):
        part = desk.client(None).get(f"{STORY}?facts_after={after}").json()
        assert "next" not in part
        assert part["facts"] == [] or numbers(part)[-1] == MANY - 1
    assert LATE not in str(parts(desk, None))


@pytest.mark.parametrize("after", ["-1", "x", str(limits.FACTS_IN_STORY + 1)])
def test_a_part_that_cannot_be_is_refused(desk: Desk, after: str) -> None:
    answer = desk.client().get(f"{STORY}?facts_after={after}")
    assert answer.status_code == 400
    assert "facts_after" in answer.text


# --- On the page -------------------------------------------------------------------------------------------------


def cards(page: Page) -> list[int]:
    return [
        int(card["id"].removeprefix("fact-")) for card in page.main.all("article") if "fact-" in card["id"]
    ]


@pytest.mark.parametrize("role", ROLES)
def test_the_page_has_so_many_facts_and_leads_to_the_others(desk: Desk, role: Role | None) -> None:
    browser = Browser.of(desk.server, role)
    seen = MANY if role else MANY - 1
    page = browser.get(PATH)
    assert f"{seen:,} facts" in page.text
    found = cards(page)
    assert found == list(range(1, limits.FACTS_SHOWN + 1))
    (nav,) = (nav for nav in page.main.all("nav") if nav["aria-label"] == "Parts of the facts")
    for link in nav.all("a"):
        found += cards(browser.get(urljoin(PATH, link["href"])))
    assert found == list(range(1, seen + 1))
    browser.close()


@pytest.mark.thorough
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("asked", ["", f"?revision={MANY + 6}", f"?facts_after={limits.FACTS_SHOWN}"])
def test_every_link_to_a_fact_leads_to_where_it_stands(desk: Desk, role: Role | None, asked: str) -> None:
    browser = Browser.of(desk.server, role)
    page = browser.get(PATH + asked)
    assert page.status == 200
    links = {link for link in page.links() if "#fact-" in link and "facts-head" not in link}
    assert len(links) >= 2
    for link in links:
        path, _, place = link.partition("#")
        shown = browser.get(urljoin(page.address, path)) if path else page
        assert any(card["id"] == place for card in shown.main.all("article")), link
    # What stands on facts of another part is marked in the copy all the same, and what became of them is told.
    (copy,) = (part for part in page.main.all("section") if part["class"] == "copy")
    stands = {a["href"].rpartition("-")[2] for a in copy.all("a") if a["class"].startswith("stands")}
    assert stands == {"1", str(MANY - 1)}
    assert f"Correction of fact {MANY - 1}" in " ".join(copy.text.split())
    browser.close()


def test_what_a_step_touched_is_named_wherever_it_stands(desk: Desk) -> None:
    browser = Browser.of(desk.server, None)
    page = browser.get(f"{PATH}?revision={MANY + 6}")
    assert page.status == 200, page.text
    assert f"Facts that this step touched: 2, {limits.FACTS_SHOWN + 1}, {MANY - 1}" in page.text
    browser.close()


def test_the_page_of_a_late_fact_and_the_form_that_corrects_it_are_there(desk: Desk) -> None:
    browser = Browser.of(desk.server, "editor")
    page = browser.get(f"{PATH}/facts/{MANY}")
    assert any(f"facts_after={2 * limits.FACTS_SHOWN}#fact-{MANY}" in link for link in page.links())
    form = browser.get(f"/desk{PATH}/facts/{MANY}/correct")
    assert form.status == 200
    assert LATE in form.root.text or LATE in form.source
    browser.close()
