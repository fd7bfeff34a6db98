"""Is a story of many facts shown in parts, each as of its moment, with all else that belongs to it?"""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urljoin

import orjson
import pytest

from api.server.embedded import EmbeddedPostgres
from ledger import limits
from ledger.fact import FactBody
from ledger.publication import StoryPublished
from ledger.story import CopyFiled, FactReported, FactRetracted, StoryOpened
from ledger.words import Role
from projections.reading import reader_replay, replay
from projections.reading.replay import Asked
from tests.desk import CHANGES, Desk, open_desk
from tests.plain_browser import Browser, Element, Page
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


@pytest.mark.thorough
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


@pytest.mark.thorough
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


def following(page: Page, rel: str = "next") -> str | None:
    """Where the list of facts goes on."""
    return next(
        (link["href"] for link in page.main.all("a") if link["rel"] == rel and "facts_after" in link["href"]),
        None,
    )


@pytest.mark.thorough
@holds("FACTS_ON_PAGE")
@pytest.mark.parametrize("role", [None, pytest.param("editor", marks=pytest.mark.thorough)])
def test_the_page_has_so_many_facts_and_leads_to_the_others(desk: Desk, role: Role | None) -> None:
    with closing(Browser.of(desk.server, role)) as browser:
        seen = MANY if role else MANY - 1
        page = browser.get(PATH)
        assert f"{seen:,} facts" in page.text
        found = cards(page)
        assert found == list(range(1, limits.FACTS_ON_PAGE + 1))
        (choice,) = (one for one in page.main.all("select") if one["name"] == "facts_after")
        starts = [int(option["value"]) for option in choice.all("option")]
        assert starts == list(range(0, seen, limits.FACTS_ON_PAGE))
        while link := following(page):
            page = browser.get(urljoin(PATH, link))
            found += cards(page)
        assert found == list(range(1, seen + 1))
        assert following(page, "prev")


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
    words = [a["href"] for a in copy.all("a") if a["class"].startswith("stands")]
    stands = {number for href in words for number in re.findall(r"fact[-=]([0-9]+)", href)}
    assert stands == {"1", str(MANY - 1)}
    assert f"Correction of fact {MANY - 1}" in " ".join(copy.text.split())
    browser.close()


def test_what_a_step_touched_is_named_wherever_it_stands(desk: Desk) -> None:
    browser = Browser.of(desk.server, None)
    page = browser.get(f"{PATH}?revision={MANY + 6}")
    assert page.status == 200, page.text
    assert f"Facts that this step touched: 2, {limits.FACTS_SHOWN + 1}, {MANY - 1}" in page.text
    browser.close()


@pytest.mark.thorough
def test_the_page_of_a_late_fact_and_the_form_that_corrects_it_are_there(desk: Desk) -> None:
    browser = Browser.of(desk.server, "editor")
    page = browser.get(f"{PATH}/facts/{MANY}")
    assert f"{PATH}?fact={MANY}#fact-{MANY}" in page.links()
    assert MANY in cards(browser.get(f"{PATH}?fact={MANY}"))
    form = browser.get(f"/desk{PATH}/facts/{MANY}/correct")
    assert form.status == 200
    assert LATE in form.root.text or LATE in form.source
    browser.close()


# --- Those that are as one asks ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def varied(desk: Desk) -> str:
    """A published story of many facts, each of some kind: 1 a figure, 2 verified, 3 of another source, 4 corrected,
    5 off the record, 6 changed since it was published."""
    slug = desk.open()
    path = f"/v1/stories/{slug}/facts"
    other = desk.source()
    desk.report(slug, kind="figure", figure={"value": "4", "unit": "trains"})  # 2: the first one is of `open`
    desk.report(slug)
    desk.report(slug, attribution=[{"source": other, "cue": "said", "speech": "indirect"}])
    for _ in range(limits.FACTS_ON_PAGE):
        desk.report(slug)
    assessed = {"verification": "verified", "dispute": "undisputed", "reason": "Seen.", "expected_version": 1}
    desk.post(f"{path}/3/assessments", assessed)
    desk.post(f"{path}/5/corrections", CHANGES["corrections"] | {"expected_version": 1})
    desk.post(f"{path}/6/terms", {"terms": "off_record", "expected_version": 1, "reason": "Asked for."})
    desk.publish(slug)
    desk.post(f"{path}/7/updates", CHANGES["updates"] | {"expected_version": 1})
    desk.publish(slug)
    desk.settle()
    return slug


def _filters(desk: Desk, slug: str, role: Role | None) -> dict[str, list[int]]:
    """What can be asked, and which facts are so."""
    revisions = desk.client(role).get(f"/v1/stories/{slug}/steps").json()["items"]
    other = desk.client().get(f"/v1/stories/{slug}/facts/4").json()["attribution"][0]["source"]
    everyone = [n for n in range(1, limits.FACTS_ON_PAGE + 5) if role or n != 6]
    unverified = [n for n in everyone if n != 3]
    first = next(one["revision"] for one in revisions if one.get("kind", "publication") == "publication")
    return {
        "kind=figure": [2],
        "verification=verified": [3],
        "verification=unverified": unverified,
        f"source={other}": [4],
        f"changed_since={first}": [7],
        "kind=planned": [],
        "kind=event&verification=verified": [3],
    } | ({"set_right=true": [5]} if role else {})


@pytest.mark.parametrize("role", ROLES)
def test_those_facts_are_listed_that_are_as_one_asks_and_no_others(
    desk: Desk, varied: str, role: Role | None
) -> None:
    for asked, numbers_wanted in _filters(desk, varied, role).items():
        found: list[int] = []
        path = f"/v1/stories/{varied}/facts?limit=20&{asked}"
        answer = desk.client(role).get(path).json()
        while True:
            found += [fact["fact"] for fact in answer["items"]]
            assert answer["matching"] == len(numbers_wanted), asked
            assert answer["total"] == limits.FACTS_ON_PAGE + (4 if role else 3)
            if answer["next"] is None:
                break
            answer = desk.client(role).get(f"{path}&cursor={answer['next']}").json()
        assert found == numbers_wanted, asked


@pytest.mark.thorough
@pytest.mark.parametrize("role", ROLES)
def test_the_page_lists_them_at_an_address_without_script(desk: Desk, varied: str, role: Role | None) -> None:
    with closing(Browser.of(desk.server, role)) as browser:
        for asked, wanted in _filters(desk, varied, role).items():
            page = browser.get(f"/stories/{varied}?{asked.replace('true', 'yes')}")
            assert page.status == 200, page.text
            found = cards(page)
            while link := following(page):
                page = browser.get(urljoin(page.address, link))
                found += cards(page)
            assert found == wanted, asked
        form = next(f for f in browser.get(f"/stories/{varied}").main.all("form") if f["class"] == "filter")
        assert {one["name"] for one in form.all("select")} == {
            "kind",
            "verification",
            "source",
            "changed_since",
        }


def test_what_only_the_desk_knows_is_no_filter_for_readers(desk: Desk, varied: str) -> None:
    answer = desk.client(None).get(f"/v1/stories/{varied}/facts?set_right=true")
    assert answer.status_code == 400
    hidden = desk.client(None).get(f"/v1/stories/{varied}/facts?fact=6").json()
    assert (hidden["items"], hidden["matching"]) == ([], 0)


@holds("FACTS_NAMED")
def test_so_many_facts_are_asked_for_by_their_numbers_and_no_more(desk: Desk) -> None:
    path = f"{STORY}/facts?limit=1&fact="
    most = ",".join(map(str, range(1, limits.FACTS_NAMED + 1)))
    assert desk.client().get(path + most).json()["matching"] == limits.FACTS_NAMED
    for wrong in (f"{most},9", "0", "x", "1,", ""):
        answer = desk.client().get(path + wrong)
        assert answer.status_code == 400, wrong
        assert "fact" in answer.text


def test_a_page_of_facts_is_as_of_the_moment_that_is_asked_for(desk: Desk) -> None:
    for role in ROLES:
        path = f"{STORY}/facts?fact=2&revision={FIRST_EDITION}"
        answer = desk.client(role).get(path)
        assert [fact["version"] for fact in answer.json()["items"]] == [1]
        assert desk.client(role).get(f"{STORY}/facts?fact=2").json()["items"][0]["version"] == 2
        assert "max-age" in answer.headers["cache-control"]
        again = desk.client(role).get(answer.headers["content-location"])
        assert again.text == answer.text


# --- How long a page is ------------------------------------------------------------------------------------------

_LONG = "The train left the station of Pyongyang for Vladivostok on Sunday, with many people aboard. " * 2


def lengthy(slug: str, facts: int, copy: str, every: int) -> list[Any]:
    """What happens to a story with such a copy, of which words stand on facts at every so many letters."""
    citation = {
        "source": "ria",
        "url": "https://example.org/1",
        "title": "A title",
        "published_at": "2023-09-12T10:00:00Z",
    }
    body = FactBody.model_validate(
        {
            "statement": _LONG,
            "kind": "event",
            "attribution": [{"source": "ria", "cue": "said", "speech": "direct", "quote": "We left"}] * 2,
            "citations": [citation],
            "place": "Vladivostok",
        }
    )
    events: list[Any] = [StoryOpened(slug=slug, headline="Trains", language="en", desk="world")]
    events += [FactReported(fact=fact, version=1, body=body) for fact in range(1, facts + 1)]
    starts = range(0, len(copy) - 5, every)[: limits.SPANS]
    spans = [
        {"fact": 1 + n % facts, "start": start, "end": start + 5, "exact": copy[start : start + 5]}
        for n, start in enumerate(starts)
    ]
    events.append(CopyFiled.model_validate({"text": copy, "spans": spans, "reason": "x"}))
    events.append(StoryPublished(revision=len(events), reason="x"))
    events += [corrected(fact) for fact in range(1, facts + 1, -(-facts // 100))]
    return [*events, StoryPublished(revision=len(events), reason="x")]


_WORDS = "a train left and went on to where it was to go, as they said; "
_COPIES = {
    "400": (400, (_WORDS * 8 + "\n") * 100, 125),
    "4000": (4_000, ((_WORDS * 8 + "\n") * 220)[: limits.COPY_LENGTH], 50),
    "chinese": (50, ("列車在週日離開了車站。" * 30 + "\n") * 170, 200),
}


@pytest.mark.thorough
@holds("PAGE_BYTES", "COPY_ON_PAGE", "STEPS_OFFERED")
@pytest.mark.parametrize(
    "name", ["400", *(pytest.param(name, marks=pytest.mark.thorough) for name in ("4000", "chinese"))]
)
def test_no_page_of_a_long_story_is_too_long_and_all_of_it_can_be_come_to(desk: Desk, name: str) -> None:
    facts, copy, every = _COPIES[name]
    slug = f"lengthy-{name}"
    happen(desk.newsroom, slug, lengthy(slug, facts, copy[: limits.COPY_LENGTH], every))
    path = f"/stories/{slug}"
    for role in ROLES:
        with closing(Browser.of(desk.server, role)) as browser:
            for asked in ("", f"?revision={facts + 3}", f"?fact={facts}", "?kind=event", "/history"):
                page = browser.get(path + asked)
                assert page.status in (200, 404), page.text
                assert len(page.source.encode()) <= limits.PAGE_BYTES, asked
            steps = next(one for one in page.main.all("form"))
            assert len(list(steps.all("option"))) <= limits.STEPS_OFFERED + 1
            shown, link = "", path
            while link:
                page = browser.get(urljoin(path, link))
                assert len(page.source.encode()) <= limits.PAGE_BYTES, link
                (part,) = (one for one in page.main.all("section") if one["class"] == "copy")
                shown += "".join(_words_of(one) for one in part.all("p") if one["class"].startswith("para"))
                link = next((a["href"] for a in part.all("a") if "copy_after" in a["href"] and a["rel"]), "")
            assert shown == "".join(copy[: limits.COPY_LENGTH].split("\n"))


def _words_of(paragraph: Element) -> str:
    """Without the numbers of facts."""
    return "".join(
        part if isinstance(part, str) else "" if part.tag == "sup" else _words_of(part)
        for part in paragraph.inside
    )


@pytest.mark.thorough
@holds("FACTS_BYTES")
def test_a_page_of_long_facts_ends_earlier_and_goes_on(desk: Desk) -> None:
    long = "a" * limits.TEXT_LENGTH
    note = {"role": "desk", "text": long, "is_publishable": True}
    body = A_TRAIN.model_copy(update={"statement": long})
    larger = FactBody.model_validate(A_TRAIN.model_dump() | {"note": [note] * 15})
    events: list[Any] = [StoryOpened(slug="wordy", headline="Trains", language="en", desk="world")]
    events += [FactReported(fact=n, version=1, body=larger if n == 15 else body) for n in range(1, 31)]
    events.append(StoryPublished(revision=len(events), reason="x"))
    happen(desk.newsroom, "wordy", events)
    for role in ROLES:
        found, cursor = list[int](), ""
        while True:
            answer = desk.client(role).get(f"/v1/stories/wordy/facts?limit=200{cursor}")
            items = answer.json()["items"]
            told = sum(len(orjson.dumps(item)) for item in items)
            assert len(items) == 1 or told <= limits.FACTS_BYTES
            found += [item["fact"] for item in items]
            if answer.json()["next"] is None:
                break
            cursor = f"&cursor={answer.json()['next']}"
        assert found == list(range(1, 31))
        with closing(Browser.of(desk.server, role)) as browser:
            for fact in (1, 14, 15, 16, 29):
                assert fact in cards(browser.get(f"/stories/wordy?fact={fact}"))
