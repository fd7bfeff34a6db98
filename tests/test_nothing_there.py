"""Is what readers must not know of the same to them as what is not there, whatever they ask and however?"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from starlette.routing import Route

from api.app import create_app
from api.http.access import OpenRoute
from api.pages import site
from api.server.embedded import EmbeddedPostgres
from ledger.moment import rfc3339
from tests.house import House, open_house
from tests.newsday import Day
from tests.readers import Told
from tests.walk import NAMES_NOBODY, without_request_id


@pytest.fixture(scope="module")
def house(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[House]:
    with open_house(servers) as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class Hidden:
    """What readers must not know of, by the reason for that."""

    told: Told
    missing: str
    public: str
    stories: dict[str, str]
    facts: dict[str, int]  # of the public story
    revisions: dict[str, int]  # likewise
    shown_revision: int
    sources: dict[str, str]
    named: str  # a source that is not hidden
    withdrawn: dict[int, str]  # by status: stories that readers had seen

    def address(self, path: str, **named: Any) -> str:
        at = quote(rfc3339(self.told.instants[self.told.head]))
        return path.format(**{"slug": self.public, "position": self.told.head, "instant": at} | named)


@pytest.fixture(scope="module")
def hidden(house: House) -> Iterator[Hidden]:
    day = Day(house.room)
    public, draft, embargoed, held, held_unseen, killed_unseen, killed, taken_down = range(8)
    for story in range(8):
        day.open()
        day.report(story)
    day.report(public, terms="off_record", source=1)
    day.report(public, terms="background", source=1)
    day.publish(public)
    day.report(public, source=1)
    day.embargo(embargoed)
    day.publish(held)
    day.correct(held, 1)
    day.publish(held)
    for story in (held, held_unseen):
        day.hold(story)
    day.kill(killed_unseen)
    for story in (killed, taken_down):
        day.publish(story)
    day.kill(killed)
    day.take_down(taken_down)
    names = {
        "draft": draft,
        "embargoed": embargoed,
        "held": held,
        "held before anyone saw it": held_unseen,
        "killed before anyone saw it": killed_unseen,
    }
    told = day.told()
    assert told.stories[day.slug(public)].shown(told.head) == 4
    house.reader.hear(f"/v1/stories?at_least={told.head}")
    yield Hidden(
        told,
        missing=NAMES_NOBODY,
        public=day.slug(public),
        stories={name: day.slug(story) for name, story in names.items()},
        facts={"off the record": 2, "not published": 4, "not reported": 5},
        revisions={"overtaken": 2, "its publication": 5, "not published": 6, "not recorded": 7},
        shown_revision=4,
        sources={"of what is not named": day.sources[2], "unknown": NAMES_NOBODY},
        named=day.sources[0],
        withdrawn={410: day.slug(killed), 451: day.slug(taken_down)},
    )
    day.close()


# --- What can be read ------------------------------------------------------------------------------------------------

OF_A_STORY = (
    "/v1/stories/{slug}",
    "/v1/stories/{slug}?position={position}",
    "/v1/stories/{slug}?as_of={instant}",
    "/v1/stories/{slug}?revision=2",
    "/v1/stories/{slug}?at_least={position}",
    "/v1/stories/{slug}/timemap",
    "/v1/stories/{slug}/timemap?cursor=MQ",
    "/v1/stories/{slug}/feed",
    "/v1/stories/{slug}/json-ld",
    "/v1/stories/{slug}/json-ld?position={position}",
    "/v1/stories/{slug}/json-ld?as_of={instant}",
    "/v1/stories/{slug}/json-ld?revision=2",
    "/v1/stories/{slug}/revisions",
    "/v1/stories/{slug}/revisions?limit=1&cursor=MQ",
    "/v1/stories/{slug}/revisions/2",
    "/v1/stories/{slug}/steps",
    "/v1/stories/{slug}/diff?from=1&to=2",
    "/v1/stories/{slug}/facts/1",
    "/v1/stories/{slug}/facts/1?revision=2",
    "/v1/stories/{slug}/facts/1?position={position}",
    "/v1/stories/{slug}/facts/1/history",
    "/v1/stories/{slug}/facts/1/history?cursor=MQ",
)
OF_A_FACT = (
    "/v1/stories/{slug}/facts/{fact}",
    "/v1/stories/{slug}/facts/{fact}?revision={revision}",
    "/v1/stories/{slug}/facts/{fact}?position={position}",
    "/v1/stories/{slug}/facts/{fact}/history",
)
OF_A_REVISION = (
    "/v1/stories/{slug}?revision={revision}",
    "/v1/stories/{slug}/json-ld?revision={revision}",
    "/v1/stories/{slug}/revisions/{revision}",
    "/v1/stories/{slug}/diff?from={revision}&to={revision}",
    "/v1/stories/{slug}/facts/1?revision={revision}",
)
# In every way that can be asked: by a date of HTTP for which edition was public then, too.
WAYS: tuple[tuple[str, dict[str, str]], ...] = (
    ("GET", {}),
    ("HEAD", {}),
    ("GET", {"if-none-match": "*"}),
    ("GET", {"accept-datetime": "Thu, 01 Jan 2026 00:00:00 GMT"}),
    ("GET", {"accept-datetime": "Sat, 01 Jan 2050 00:00:00 GMT"}),
)
OF_A_SOURCE = ("/v1/sources/{source}", "/v1/sources/{source}/facts", "/v1/sources/{source}/facts?limit=1")


def are_the_same(house: House, addresses: Iterable[str]) -> None:
    """Each is answered by the same 404, byte for byte but for what is of the request alone; asked in every way."""
    addresses = list(addresses)
    for method, headers in WAYS:
        for walker in (house.reader, house.member):
            answers = {}
            for address in addresses:
                view = "" if walker is house.reader else ("&" if "?" in address else "?") + "view=reader"
                heard = walker.hear(address + view, method, headers=headers)
                assert heard.status == 404, address
                answers[json.dumps(without_request_id(heard))] = address
            assert len(answers) == 1, answers


@pytest.mark.thorough
@pytest.mark.parametrize("path", OF_A_STORY)
def test_a_story_that_is_hidden_and_one_that_is_not_there_are_the_same_to_readers(
    house: House, hidden: Hidden, path: str
) -> None:
    slugs = [hidden.missing, *hidden.stories.values()]
    are_the_same(house, [hidden.address(path, slug=slug) for slug in slugs])


@pytest.mark.thorough
@pytest.mark.parametrize("path", OF_A_STORY)
def test_a_story_that_is_withdrawn_says_so_in_the_same_words_wherever_it_is_asked_for(
    house: House, hidden: Hidden, path: str
) -> None:
    for status, slug in hidden.withdrawn.items():
        withdrawn = house.reader.hear(f"/v1/stories/{slug}")
        assert withdrawn.status == status
        for method, headers in WAYS:
            for walker in (house.reader, house.member):
                view = "" if walker is house.reader else ("&" if "?" in path else "?") + "view=reader"
                heard = walker.hear(hidden.address(path, slug=slug) + view, method, headers=headers)
                assert heard.status == status
                told, body = without_request_id(heard)
                # What a key was sent along with, scripts of other sites may not read.
                assert told == {
                    name: value
                    for name, value in without_request_id(withdrawn)[0].items()
                    if walker is house.reader or not name.startswith("access-control-")
                }
                assert body == ("" if method == "HEAD" else without_request_id(withdrawn)[1])


@pytest.mark.thorough
@pytest.mark.parametrize("path", OF_A_FACT)
def test_a_fact_that_is_hidden_and_one_that_is_not_there_are_the_same_to_readers(
    house: House, hidden: Hidden, path: str
) -> None:
    named = {"revision": hidden.shown_revision}
    facts = [hidden.address(path, fact=fact, **named) for fact in hidden.facts.values()]
    are_the_same(house, [*facts, hidden.address(path, slug=hidden.missing, fact=1, **named)])
    assert house.reader.hear(hidden.address(path, fact=1, **named)).status == 200


@pytest.mark.thorough
@pytest.mark.parametrize("path", OF_A_REVISION)
def test_a_revision_that_nobody_saw_and_one_that_is_not_there_are_the_same_to_readers(
    house: House, hidden: Hidden, path: str
) -> None:
    """Before the first edition there is nothing; beyond it that edition answers, whether there is such a revision."""
    before, *beyond = sorted(hidden.revisions.values())
    missing = hidden.address(path, slug=hidden.missing, revision=2)
    are_the_same(house, [hidden.address(path, revision=before), missing])
    shown = house.reader.hear(hidden.address(path, revision=hidden.shown_revision))
    for revision in (*beyond, 10**9):
        heard = house.reader.hear(hidden.address(path, revision=revision))
        assert (heard.status, heard.body) == (200, shown.body), revision
        assert heard.headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize("path", OF_A_SOURCE)
def test_a_source_that_is_hidden_and_one_that_is_not_there_are_the_same_to_readers(
    house: House, hidden: Hidden, path: str
) -> None:
    are_the_same(house, [path.format(source=source) for source in hidden.sources.values()])
    assert house.reader.hear(path.format(source=hidden.named)).status == 200


# --- What can only be sent ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def routes(house: House) -> list[Route]:
    """Those of the API; what pages tell is looked at in walk_pages.py."""
    of_pages = [route for module in site.MODULES for route in module.endpoints.routes]
    routes = create_app(house.room.database).state.routes
    return [route for route in routes if isinstance(route, Route) and route not in of_pages]


def with_method(routes: Iterable[Route], method: str) -> set[str]:
    return {route.path for route in routes if method in (route.methods or ())}


# What readers may send, and what they are told of that: looked at where it is built.
OPEN_TO_WHAT_READERS_SEND = {"/v1/requests"}


def test_a_correction_of_what_is_hidden_is_asked_for_as_of_what_is_not_there(
    house: House, hidden: Hidden
) -> None:
    told = set()
    for slug in (hidden.missing, *hidden.stories.values()):
        request = json.dumps({"story": slug, "phrase": "on Tuesday", "concern": "It was Wednesday."})
        heard = house.reader.hear("/v1/requests", "POST", request)
        assert heard.status == 404
        told.add(json.dumps(without_request_id(heard)))
    assert len(told) == 1
    request = json.dumps({"story": hidden.public, "phrase": "on Tuesday", "concern": "It was Wednesday."})
    assert house.reader.hear("/v1/requests", "POST", request).status == 201


@pytest.mark.thorough
def test_who_has_no_key_is_told_so_and_nothing_else_wherever_something_can_be_sent(
    house: House, hidden: Hidden, routes: list[Route]
) -> None:
    posts = with_method(routes, "POST")
    open_endpoints = [route for route in routes if isinstance(route, OpenRoute)]
    assert with_method(open_endpoints, "POST") == OPEN_TO_WHAT_READERS_SEND
    told = set()
    for path in posts - OPEN_TO_WHAT_READERS_SEND:
        for slug in (hidden.missing, *hidden.stories.values(), hidden.public):
            address = path.format(
                slug=slug, fact=1, approval=1, revision=1, request=UUID(int=0), webhook=UUID(int=0)
            )
            heard = house.reader.hear(address, "POST", "{}")
            assert heard.status == 401, address
            told.add(json.dumps(without_request_id(heard)))
    assert len(told) == 1


@pytest.mark.thorough
def test_other_methods_tell_nothing(house: House, hidden: Hidden, routes: list[Route]) -> None:
    for path in with_method(routes, "GET") | with_method(routes, "POST"):
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
            told = set()
            for slug in (hidden.missing, *hidden.stories.values(), hidden.public):
                address = path.format(
                    slug=slug,
                    fact=1,
                    approval=1,
                    revision=1,
                    position=1,
                    request=UUID(int=0),
                    webhook=UUID(int=0),
                )
                heard = house.reader.hear(address, method)
                is_key_asked_for = (method, path) == ("DELETE", "/v1/webhooks/{webhook}")
                assert heard.status == (401 if is_key_asked_for else 405), (method, address)
                told.add(json.dumps(without_request_id(heard)))
            assert len(told) == 1, (method, path)
