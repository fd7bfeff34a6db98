"""Does a cache that keeps what it may, and drops what it is told, ever give a reader what the ledger does not?"""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any
from uuid import uuid4

import orjson
import pytest
from httpx2 import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.server.embedded import EmbeddedPostgres
from ledger.commands import (
    Command,
    GiveApproval,
    HoldStory,
    KillStory,
    OpenStory,
    PublishStory,
    ReleaseStory,
    RestoreStory,
    SetHeadline,
    TakeDownStory,
)
from ledger.events import canonical
from ledger.publication import EmbargoLifted, StoryHeld, StoryKilled, StoryTakenDown
from ledger.refusals import Refusal
from ledger.store.store import append, seal
from ledger.story import KIND, Story, StoryEvent, evolve
from ledger.words import LEDGER, story_stream
from projections.engine.catch_up import catch_up
from projections.reading import purges
from tests.desk import CHANGES, OF_PUBLICATION, ROLES, Desk, problem
from tests.newsroom import Newsroom, open_newsroom
from tests.views import events_of

KEPT = "public, max-age=86400, s-maxage=31536000"
BELOW = (
    "", "/timemap", "/feed", "/json-ld", "/revisions", "/steps", "/facts",
    ".ninjs", ".newsml", ".jsonld", ".prov.json", ".md", ".txt", ".csv", ".atom",
)  # fmt: skip


def listed(desk: Desk, after: int = 0, of: str | None = None) -> list[dict[str, Any]]:
    """Every item beyond a position, page by page; only those of one story, if given."""
    desk.settle()
    items = []
    while True:
        page = desk.get(f"/v1/purges?after={after}&limit=7").json()
        items += page["items"]
        if page["next"] is None:
            return [item for item in items if of in (None, item["story"])]
        assert len(page["items"]) == 7
        after = page["next"]
        assert after == items[-1]["position"]


def act(desk: Desk, slug: str, what: str) -> None:
    if what in ("kills", "takedowns", "restorations"):
        desk.do(slug, what)
    else:
        desk.post(f"/v1/stories/{slug}/{what}", OF_PUBLICATION[what])


# --- What is listed ----------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_what_changes_what_readers_see_of_a_story_that_they_had_seen_is_listed_in_order(desk: Desk) -> None:
    slug = desk.open(facts=2)
    published = desk.publish(slug)
    assert listed(desk, of=slug) == []  # nobody can have kept anything
    mended = desk.edition(slug, "Another headline")
    for what in ("holds", "releases", "kills", "restorations", "holds", "takedowns"):
        act(desk, slug, what)
    items = listed(desk, of=slug)
    assert [item["kind"] for item in items] == [
        "publication",
        "hold",
        "release",
        "kill",
        "restoration",
        "hold",
        "takedown",  # is said though it was withheld already: whoever missed the one hears of the other
    ]
    assert (items[0]["position"], items[0]["at"]) == (mended["position"], mended["recorded_at"])
    assert [item["position"] for item in items] == sorted(item["position"] for item in items)
    for item in items:
        assert item["prefixes"] == [f"/v1/stories/{slug}"]
        assert item["urls"] == [
            *(f"/v1/stories/{slug}{below}" for below in BELOW),
            f"/v1/stories/{slug}?edition=2",
            f"/v1/stories/{slug}?edition=1",
            f"/v1/stories/{slug}?revision={mended['revision'] - 1}",
            f"/v1/stories/{slug}?revision={published['revision'] - 1}",
            f"/v1/stories/{slug}/facts/1",
            f"/v1/stories/{slug}/facts/1/history",
            f"/v1/stories/{slug}/facts/2",
            f"/v1/stories/{slug}/facts/2/history",
        ]


def test_a_story_that_readers_never_saw_is_not_listed_whatever_happens_to_it(desk: Desk) -> None:
    before = desk.head()
    draft, embargoed, killed = desk.open(), desk.open(), desk.open()
    act(desk, draft, "holds")
    act(desk, draft, "releases")
    later = {"embargo_until": "2999-01-01T00:00:00Z", "reason": "Later."}
    desk.post(f"/v1/stories/{embargoed}/publications", later)
    act(desk, embargoed, "holds")
    act(desk, killed, "kills")
    act(desk, killed, "restorations")
    assert listed(desk, after=before) == []


def test_what_readers_do_not_notice_is_not_listed(desk: Desk) -> None:
    slug = desk.open()
    desk.publish(slug)
    before = desk.head()
    desk.post(f"/v1/stories/{slug}/headline", {"headline": "Not published yet", "reason": "x"})
    later = {"embargo_until": "2999-01-01T00:00:00Z", "reason": "Later."}
    desk.post(f"/v1/stories/{slug}/publications", later)
    desk.want(slug, "kills")
    desk.post(f"/v1/stories/{slug}/approvals/1/decline", {"reason": "No."}, "standards")
    assert listed(desk, after=before) == []


@pytest.mark.thorough
def test_every_address_that_is_listed_was_one_and_is_none_after_a_kill(desk: Desk) -> None:
    slug = desk.open(facts=2)
    desk.publish(slug)
    desk.edition(slug, "Another headline")
    (item,) = listed(desk, of=slug)
    reader = desk.client(None)
    for url in item["urls"]:
        assert reader.get(url).status_code == 200, url
        assert url.startswith(tuple(item["prefixes"]))
    act(desk, slug, "kills")
    for url in listed(desk, of=slug)[-1]["urls"]:
        problem(reader.get(url), 410, "story-withdrawn")


def test_a_fact_that_readers_never_saw_is_not_listed(desk: Desk) -> None:
    slug = desk.open(facts=1)
    desk.report(slug, terms="off_record")
    desk.publish(slug)
    desk.report(slug, statement="Not published")
    act(desk, slug, "holds")
    urls = listed(desk, of=slug)[-1]["urls"]
    assert {url for url in urls if "/facts/" in url} == {
        f"/v1/stories/{slug}/facts/1",
        f"/v1/stories/{slug}/facts/1/history",
    }


def test_stories_that_name_a_withdrawn_one_are_to_be_dropped_with_it(desk: Desk) -> None:
    """What they say of it is gone for readers, too, and their answers are kept as long."""
    ground, resting, unseen = desk.open(), desk.open(), desk.open()
    for slug in (resting, unseen):
        desk.report(slug, rests_on=[{"story": ground, "fact": 1}])
    desk.publish(ground)
    revision = desk.publish(resting)["revision"] - 1
    desk.settle()
    path = f"/v1/stories/{resting}?revision={revision}"
    before = desk.client(None).get(path)
    assert before.headers["cache-control"] == KEPT
    assert ground in before.text
    act(desk, ground, "holds")
    assert ground not in desk.client(None).get(path).text
    assert [item["prefixes"] for item in listed(desk, of=ground)] == [
        [f"/v1/stories/{ground}", f"/v1/stories/{resting}"]
    ]
    act(desk, ground, "releases")
    desk.settle()
    assert desk.client(None).get(path).content == before.content
    desk.edition(ground, "Another headline")
    assert [(item["kind"], len(item["prefixes"])) for item in listed(desk, of=ground)] == [
        ("hold", 2),
        ("release", 2),
        ("publication", 1),  # takes nothing away from others
    ]


def test_who_runs_a_cache_has_a_key_and_a_reader_has_no_business_here(desk: Desk) -> None:
    problem(desk.client(None).get("/v1/purges"), 401, "key-refused")
    problem(desk.client(None).get("/v1/purges?view=reader"), 401, "key-refused")
    for role in ROLES:
        assert desk.client(role).get("/v1/purges").status_code == 200
    answer = desk.get("/v1/purges")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert desk.get("/v1/purges", if_none_match=answer.headers["etag"]).status_code == 304
    for bad in ("after=-1", "after=x", f"after={2**53}", "limit=0", "limit=201", "before=1"):
        problem(desk.client().get(f"/v1/purges?{bad}"), 400, "bad-parameter")


def test_the_end_of_an_embargo_is_listed_where_readers_had_seen_the_story(newsroom: Newsroom) -> None:
    newsroom.open("story")
    newsroom.file(PublishStory(reason="x"), "story")
    newsroom.file(OpenStory(slug="unseen", headline="x", language="en", desk="x"))
    for story in ("story", "unseen"):
        changed = newsroom.file(SetHeadline(headline="Another", reason="x"), story)
        newsroom.file(PublishStory(embargo_until="2999-01-01T00:00:00Z", reason="x"), story)
        revision = orjson.loads(changed.rest)["revision"]
        lifted = EmbargoLifted(revision=revision)
        # As the ledger itself does when the time has come.
        stream, body = story_stream(story), canonical(lifted)
        append(newsroom.views, [seal(stream, revision + 2, lifted.topic, body, LEDGER, uuid4())])
    newsroom.catch_up()
    listed = purges.page(newsroom.views, 0, 10)
    assert [(item.slugs[0], item.kind) for item in listed] == [("story", "embargo_lift")]


# --- Against the fold of the events --------------------------------------------------------------------------------

ACTS: dict[str, Command] = {
    "publish": PublishStory(reason="x"),
    "embargo": PublishStory(reason="x", embargo_until="2999-01-01T00:00:00Z"),
    "headline": SetHeadline(headline="x", reason="x"),
    "hold": HoldStory(reason="x"),
    "release": ReleaseStory(reason="x"),
    "kill": KillStory(reason="x"),
    "take down": TakeDownStory(ground="safety", reason="x"),
    "restore": RestoreStory(reason="x"),
    "restore held": RestoreStory(reason="x", held=True),
}


@pytest.fixture(scope="module")
def room(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Newsroom]:
    with open_newsroom(servers("embedded")) as opened:
        yield opened


def attempt(room: Newsroom, story: str, what: str, number: int) -> None:
    command = ACTS[what]
    if isinstance(command, SetHeadline):
        command = SetHeadline(headline=f"Headline {number}", reason="x")
    try:
        room.file(command, story)
        if what.startswith(("kill", "take", "restore")):
            asked = events_of(room.views)[-1].event.approval  # type: ignore[union-attr]
            room.file(GiveApproval(), story, asked, "standards")
    except Refusal:
        pass


def folded(room: Newsroom, after: int) -> Sequence[tuple[int, str, str]]:
    """(position, kind, slug) of what a cache must hear of, by the events alone."""
    stories: dict[Any, Story] = {}
    seen: set[Any] = set()
    found = []
    for recorded in events_of(room.views):
        if not isinstance(recorded.event, StoryEvent):
            continue
        before = stories.get(recorded.stream)
        story = stories[recorded.stream] = evolve(before, recorded.event, recorded.at)
        shown = story.publication.revision if story.is_public else None
        showed = before.publication.revision if before and before.is_public else None
        withdraws = isinstance(recorded.event, StoryHeld | StoryKilled | StoryTakenDown)
        if recorded.stream in seen and (withdraws or shown != showed) and recorded.at.position > after:
            found.append((recorded.at.position, KIND[type(recorded.event)], story.head.story))
        if shown:
            seen.add(recorded.stream)
    return found


@pytest.mark.thorough
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(sorted(ACTS))), max_size=25))
def test_the_list_is_what_the_events_say(room: Newsroom, acts: list[tuple[str, str]]) -> None:
    after = catch_up(room.views)
    names = {letter: f"{letter}-{uuid4().hex[:12]}" for letter in "ab"}
    for slug in names.values():
        room.file(OpenStory(slug=slug, headline="x", language="en", desk="x"))
    for number, (letter, what) in enumerate(acts):
        attempt(room, names[letter], what, number)
        if number % 5 == 0:
            catch_up(room.views)
    catch_up(room.views)
    assert [
        (item.position, item.kind, item.slugs[0]) for item in purges.page(room.views, after, 200)
    ] == folded(room, after)


# --- A cache ------------------------------------------------------------------------------------------------------


class Cache:
    """Keeps for ever what it may keep, and drops by prefix what it is told to drop."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.kept: dict[str, bytes] = {}
        self.heard = desk.head()

    def fetch(self, url: str) -> None:
        answer = self.desk.client(None).get(url)
        if answer.status_code == 200 and answer.headers["cache-control"] == KEPT:
            self.kept[url] = answer.content

    def listen(self) -> None:
        for item in listed(self.desk, self.heard):
            self.heard = item["position"]
            for url in list(self.kept):
                if url.startswith(tuple(item["prefixes"])):
                    del self.kept[url]


def bound_addresses(slug: str, revisions: list[int], positions: list[int]) -> Iterator[str]:
    """Addresses of a story with an answer for ever."""
    story = f"/v1/stories/{slug}"
    for below in ("", "/json-ld", "/facts/1"):
        yield from (f"{story}{below}?revision={revision}" for revision in revisions)
        yield from (f"{story}{below}?edition={number}" for number in range(1, len(revisions) + 1))
        yield from (f"{story}{below}?position={position}" for position in positions)
    yield from (f"{story}/revisions/{revision}" for revision in revisions)
    last = len(revisions)
    yield from (f"{story}/diff?from_edition=1&to_edition={number}" for number in range(1, last + 1))


def name_each_other(desk: Desk, slugs: list[str]) -> None:
    """Facts of each story rest on, and answer, facts of the others."""
    for slug in slugs:
        for version, other in enumerate((other for other in slugs if other != slug), 1):
            there = {"story": other, "fact": 1}
            desk.report(slug, rests_on=[there])
            answered = CHANGES["responses"] | {"by": there, "expected_version": version}
            desk.post(f"/v1/stories/{slug}/facts/1/responses", answered)


CLOSED = ("holds", "kills", "takedowns")
OPENED = ("releases", "restorations")


def something_happens(desk: Desk, slug: str, random: Random) -> str:
    """Something that changes what readers see of the story, mostly."""
    is_public = desk.client(None).get(f"/v1/stories/{slug}").status_code == 200
    what = random.choice([*CLOSED, "edition", "edition"] if is_public else [*OPENED, *OPENED, *CLOSED])
    if what == "edition":
        desk.edition(slug, f"As of {desk.head()}")
        return what
    answer = desk.try_post(f"/v1/stories/{slug}/{what}", OF_PUBLICATION[what])
    if answer.status_code == 202:
        desk.post(f"{answer.headers['location']}/approve", {}, "standards")
    return what


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.thorough)])
def test_a_cache_that_drops_what_it_is_told_gives_what_the_ledger_gives(desk: Desk, seed: int) -> None:
    random = Random(seed)
    slugs = [desk.open() for _ in range(3)]
    name_each_other(desk, slugs)
    positions = [desk.publish(slug)["position"] for slug in slugs]
    cache = Cache(desk)
    given = dropped = 0
    for _ in range(15):
        desk.settle()
        for slug in slugs:
            found = desk.client(None).get(f"/v1/stories/{slug}/revisions").json().get("items", [])
            for url in bound_addresses(slug, [item["revision"] for item in found], positions):
                cache.fetch(url)
        kept = len(cache.kept)
        what = something_happens(desk, random.choice(slugs), random)
        positions = [*positions[-3:], desk.head()]
        cache.listen()
        given += len(cache.kept)
        dropped += kept - len(cache.kept)
        for url, content in cache.kept.items():
            now = desk.client(None).get(url)
            assert (now.status_code, now.content) == (200, content), (what, url)
    assert given > 30
    assert dropped > 100


# --- The ledger itself -------------------------------------------------------------------------------------------


def readers_addresses(desk: Desk, slug: str, revision: int, position: int) -> list[str]:
    """Every address that shows a reader something of a story, by the OpenAPI document, so that none is forgotten; now,
    and as of a moment wherever that can be asked."""
    found = []
    for path, operations in desk.get("/openapi.json").json()["paths"].items():
        if (
            "{slug}" not in path
            or "sources" in path
            or {} not in operations.get("get", {}).get("security", [])
            or path.endswith("/stream")  # nobody can keep what has no end; see test_streams.py
        ):
            continue
        address = path.format(slug=slug, fact=1, revision=revision)
        if path.endswith("/diff"):
            address += "?from_edition=1&to_edition=1"
        found.append(address)
        asked = {parameter["name"] for parameter in operations["get"]["parameters"]}
        found += (
            [f"{address}?revision={revision}"] if "revision" in asked and "{revision}" not in path else []
        )
        found += [f"{address}?position={position}"] if "position" in asked else []
        found += [f"{address}?edition=1"] if "edition" in asked else []
    return found


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("what", "status", "kind"),
    [
        ("holds", 404, "nothing-there"),
        ("kills", 410, "story-withdrawn"),
        ("takedowns", 451, "story-withdrawn"),
    ],
)
def test_from_its_withdrawal_on_nothing_of_a_story_is_answered_or_may_be_kept(
    desk: Desk, what: str, status: int, kind: str
) -> None:
    slug = desk.open(facts=2)
    published = desk.publish(slug)
    desk.settle()
    addresses = readers_addresses(desk, slug, published["revision"] - 1, published["position"])
    assert len(addresses) == 55
    reader = desk.client(None)
    before: dict[str, Response] = {address: reader.get(address) for address in addresses}
    for address, answer in before.items():
        assert answer.status_code == 200, address
        is_bound = any(name in address for name in ("revision=", "position=", "edition=", "/revisions/"))
        assert answer.headers["cache-control"] == (KEPT if is_bound else "public, no-cache"), address

    act(desk, slug, what)
    for address, answer in before.items():
        has_it = {"if-none-match": answer.headers["etag"]}
        for headers in ({}, has_it, {"if-none-match": "*"}, has_it | {"cache-control": "only-if-cached"}):
            now = reader.get(address, headers=headers)
            problem(now, status, kind)  # and no-store, as every problem is
            assert "etag" not in now.headers
            head = reader.head(address, headers=headers)
            assert (head.status_code, head.headers["cache-control"]) == (status, "no-store")
        with_key = desk.client("editor").get(f"{address}{'&' if '?' in address else '?'}view=reader")
        problem(with_key, status, kind)
