"""Do readers of feeds learn of every correction and every edition that readers saw, in words that nothing breaks?"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import feedparser  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.formats import wording
from api.formats.atom import ATOM, NEVER, Entry, Feed, written
from api.formats.wording import duration
from api.server.embedded import EmbeddedPostgres
from projections.engine.rebuild import rebuild
from projections.reading import feeds
from projections.views import public_changes, story
from tests.desk import CHANGES, OF_PUBLICATION, Desk, open_desk, problem
from tests.newsroom import prepared

SCHEME = "urn:fact-ledger:change"
# What breaks those who put texts together: each stands in every field that holds free text.
HOSTILE = (
    "<b>bold</b> & \"quoted\" 'single' ]]> <!-- <![CDATA[ &amp; &#0; <?xml?> </content></entry>"
    "<script>alert(1)</script> \ufffe\uffff \u2028 \u202e 😀 김정은 %s {0}"
)
AS_SHOWN = HOSTILE.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


@pytest.fixture
def quiet(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    """A desk of the test's own: the feed of corrections is that of all stories."""
    with open_desk(servers) as opened:
        yield opened


def follow(desk: Desk, path: str) -> Any:
    """The feed as an independent reader of feeds has it, who fetches it over HTTP."""
    desk.settle()
    found = feedparser.parse(f"{desk.server.url}{path}")
    assert found.status == 200
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    assert found.headers["content-type"] == ATOM
    for entry in found.entries:
        # What RFC 4287 wants of every entry.
        assert UUID(entry.id.removeprefix("urn:uuid:")).version == 5
        assert entry.title
        assert entry.updated_parsed
        assert entry.author
        assert entry.links[0].rel == "alternate"
        assert entry.content[0].type == "text/plain"
    assert len({entry.id for entry in found.entries}) == len(found.entries)
    assert [entry.updated for entry in found.entries] == sorted(
        (entry.updated for entry in found.entries), reverse=True
    )
    (own,) = [link for link in found.feed.links if link.rel == "self"]
    assert own.href == f"{desk.server.url}{path}"
    assert found.feed.updated == (found.entries[0].updated if found.entries else NEVER)
    return found


def terms(entry: Any, scheme: str = SCHEME) -> list[str]:
    return [tag.term for tag in entry.get("tags", []) if tag.scheme == scheme]


def corrected(desk: Desk, slug: str, fact: int = 1, **said: Any) -> None:
    body = CHANGES["corrections"] | {"expected_version": 1} | said
    desk.post(f"/v1/stories/{slug}/facts/{fact}/corrections", body)


# --- Corrections --------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_feed_in_which_nothing_is_yet_is_a_feed(quiet: Desk) -> None:
    found = follow(quiet, "/v1/corrections/feed")
    assert found.entries == []
    assert found.feed.updated == NEVER


@pytest.mark.thorough
def test_what_readers_saw_corrected_is_told_the_last_first(quiet: Desk) -> None:
    slug = quiet.open(facts=3)
    first = quiet.publish(slug)
    quiet.pass_time(hours=26)
    corrected(quiet, slug, was_wrong="It left and did not arrive.")
    assert follow(quiet, "/v1/corrections/feed").entries == []  # readers have not seen it yet
    shown = quiet.publish(slug)
    quiet.pass_time(minutes=5)
    quiet.post(
        f"/v1/stories/{slug}/correctives",
        OF_PUBLICATION["correctives"] | {"ran_in": first["revision"] - 1, "text": "Whoever has it: mend it."},
    )
    quiet.post(
        f"/v1/stories/{slug}/facts/2/retractions",
        {"expected_version": 1, "reason": "The agency withdrew it."},
    )
    quiet.post(f"/v1/stories/{slug}/facts/3/updates", CHANGES["updates"] | {"expected_version": 1})
    last = quiet.publish(slug)

    found = follow(quiet, "/v1/corrections/feed")
    assert [(entry.title, *terms(entry), entry.updated) for entry in found.entries] == [
        ("Retraction: A train", "retraction", last["recorded_at"]),
        ("Corrective: A train", "corrective", last["recorded_at"]),
        ("Correction: A train", "correction", shown["recorded_at"]),
    ]
    assert [entry.content[0].value for entry in found.entries] == [
        "The agency withdrew it.\nWithdrawn: Train 2 arrived",
        "Whoever has it: mend it.",
        "It left and did not arrive.\nThe wrong version was public for 1 day 2 hours.",
    ]
    assert {entry.author for entry in found.entries} == {"world"}
    story = f"{quiet.server.url}/v1/stories/{slug}"
    for entry in found.entries:
        # People are led to pages, machines to JSON.
        page, data, related = (link.href for link in entry.links)
        assert [link.get("type") for link in entry.links[:2]] == ["text/html", "application/json"]
        assert (page, data) == (f"{quiet.server.url}/stories/{slug}", story)
        assert quiet.client(None).get(page).headers["content-type"].startswith("text/html")
        edition = related.replace("/stories/", "/v1/stories/")
        assert quiet.client(None).get(edition).json()["publication"]["published_at"] == entry.updated
    assert quiet.client(None).get(story).json()["headline"] == "A train"


@pytest.mark.thorough
def test_the_reason_of_the_desk_is_for_the_desk(desk: Desk) -> None:
    slug = desk.open()
    desk.publish(slug)
    corrected(desk, slug, reason="CANARY of the desk")
    desk.post(f"/v1/stories/{slug}/notes", {"role": "legal", "text": "CANARY", "is_publishable": False})
    desk.publish(slug)
    desk.settle()
    for path in ("/v1/corrections/feed", f"/v1/stories/{slug}/feed"):
        assert "CANARY" not in desk.client(None).get(path).text


@pytest.mark.thorough
def test_the_id_of_an_entry_stays_whatever_happens_and_whoever_asks(desk: Desk) -> None:
    slug = desk.open(facts=2)
    desk.publish(slug)
    corrected(desk, slug)
    desk.publish(slug)
    paths = ("/v1/corrections/feed", f"/v1/stories/{slug}/feed")
    before = {path: follow(desk, path) for path in paths}
    ids = {path: {entry.id for entry in feed.entries} for path, feed in before.items()}
    corrected(desk, slug, fact=2)
    desk.edition(slug, "Another headline")
    rebuild(desk.newsroom.database)
    for path in paths:
        after = follow(desk, path)
        assert after.feed.id == before[path].feed.id
        assert ids[path] < {entry.id for entry in after.entries}
        elsewhere = desk.client(None).get(path, headers={"host": "news.example"}).text
        assert re.findall("<id>(.*?)</id>", elsewhere) == [
            after.feed.id,
            *(entry.id for entry in after.entries),
        ]
    assert ids[paths[0]].isdisjoint(ids[paths[1]])


@pytest.mark.thorough
def test_the_ids_of_two_ledgers_differ_though_their_stories_have_the_same_slugs(
    servers: Callable[[str], EmbeddedPostgres],
) -> None:
    found = []
    for _ in range(2):
        with open_desk(servers) as desk:
            slug = desk.open()
            desk.publish(slug)
            feed = follow(desk, f"/v1/stories/{slug}/feed")
            found.append({feed.feed.id, feed.entries[0].id, follow(desk, "/v1/corrections/feed").feed.id})
    assert found[0].isdisjoint(found[1])
    assert len(found[0]) == 3


# --- One story ----------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_every_edition_is_an_entry_that_says_what_it_changed(desk: Desk) -> None:
    slug = desk.open(facts=2)
    desk.report(slug, statement="Nobody must know", terms="off_record")
    desk.post(f"/v1/stories/{slug}/copy", {"text": "A train arrived.", "reason": "First filing."})
    published = desk.publish(slug)
    desk.pass_time(minutes=90)
    corrected(desk, slug)
    desk.post(
        f"/v1/stories/{slug}/facts/2/clarifications", CHANGES["clarifications"] | {"expected_version": 1}
    )
    desk.post(f"/v1/stories/{slug}/editors-notes", {"text": "We were wrong.", "reason": "Many ask."})
    desk.report(slug, statement="A second train followed")
    desk.post(f"/v1/stories/{slug}/copy", {"text": "A train left.", "reason": "Corrected."})
    mended = desk.edition(slug, "A train leaves")
    desk.post(f"/v1/stories/{slug}/dateline", {"date": "2023-09-12", "reason": "Of that day."})
    dated = desk.publish(slug)

    found = follow(desk, f"/v1/stories/{slug}/feed")
    assert found.feed.title == "A train leaves"
    story = f"{desk.server.url}/stories/{slug}"
    assert [(entry.title, entry.updated, entry.link) for entry in found.entries] == [
        ("Update: A train leaves", dated["recorded_at"], f"{story}?edition=3"),
        ("Correction: A train leaves", mended["recorded_at"], f"{story}?edition=2"),
        ("Published: A train", published["recorded_at"], f"{story}?edition=1"),
    ]
    assert [entry.content[0].value.splitlines() for entry in found.entries] == [
        ["Small things were mended."],
        [
            "Correction: It left and did not arrive.",
            "The wrong version was public for 1 hour 30 minutes.",
            "Clarification: The city alone misleads.",
            "Editor’s note: We were wrong.",
            "The headline was: A train",
            "The text was changed.",
            "Reported: A second train followed",
        ],
        ["First published.", "Reported: Train 1 arrived", "Reported: Train 2 arrived"],
    ]
    assert [terms(entry) for entry in found.entries] == [
        [],
        ["correction", "clarification", "editors_note"],
        [],
    ]
    assert [terms(entry, "http://cv.iptc.org/newscodes/signal/") for entry in found.entries] == [
        ["sig:update"],
        ["sig:update", "sig:correction"],
        [],
    ]
    for entry in found.entries:
        data = entry.links[1].href
        assert desk.client(None).get(data).json()["publication"]["published_at"] == entry.updated


def test_a_fact_that_was_withdrawn_before_anyone_saw_it_is_not_told_as_reported(desk: Desk) -> None:
    slug = desk.open(facts=2)
    desk.post(f"/v1/stories/{slug}/facts/1/retractions", CHANGES["retractions"] | {"expected_version": 1})
    desk.publish(slug)
    (entry,) = follow(desk, f"/v1/stories/{slug}/feed").entries
    assert entry.content[0].value.splitlines() == ["First published.", "Reported: Train 2 arrived"]


# --- What leaves the feeds ----------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("act", "status", "kind"),
    [
        ("kills", 410, "story-withdrawn"),
        ("takedowns", 451, "story-withdrawn"),
        ("holds", 404, "nothing-there"),
    ],
)
def test_a_story_that_is_withdrawn_leaves_the_feeds_at_once_and_comes_back_as_it_was(
    quiet: Desk, act: str, status: int, kind: str
) -> None:
    slug, other = quiet.open(), quiet.open()
    for one in (slug, other):
        quiet.publish(one)
        corrected(quiet, one, was_wrong=f"What {one} said.")
        quiet.publish(one)
    both = follow(quiet, "/v1/corrections/feed")
    own = follow(quiet, f"/v1/stories/{slug}/feed")
    assert len(both.entries) == len(own.entries) == 2
    if act == "holds":
        quiet.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
    else:
        quiet.do(slug, act)

    # Not a moment later, whatever the reader of feeds has kept.
    has_it = {"if-none-match": both.headers["etag"]}
    answer = quiet.client(None).get("/v1/corrections/feed", headers=has_it)
    assert answer.status_code == 200
    assert f"What {slug} said." not in answer.text
    *withdrawn, left = follow(quiet, "/v1/corrections/feed").entries
    assert left.id == both.entries[0].id
    if act == "holds":
        assert (withdrawn, slug in answer.text) == ([], False)
    else:
        assert [(slug in one.link, slug in one.title) for one in withdrawn] == [(True, False)]
    problem(quiet.client(None).get(f"/v1/stories/{slug}/feed", headers={"if-none-match": "*"}), status, kind)
    assert len(follow(quiet, f"/v1/stories/{other}/feed").entries) == 2

    if act == "holds":
        quiet.post(f"/v1/stories/{slug}/releases", OF_PUBLICATION["releases"])
    else:
        quiet.do(slug, "restorations")
    assert follow(quiet, "/v1/corrections/feed").entries == both.entries
    assert follow(quiet, f"/v1/stories/{slug}/feed").entries == own.entries


def test_who_has_the_feed_is_told_so(desk: Desk) -> None:
    slug = desk.open()
    desk.publish(slug)
    desk.settle()
    for path in ("/v1/corrections/feed", f"/v1/stories/{slug}/feed"):
        first = follow(desk, path)
        again = feedparser.parse(f"{desk.server.url}{path}", etag=first.headers["etag"])
        assert again.status == 304
        assert again.entries == []
        assert again.headers["cache-control"] == "public, no-cache"
        head = desk.client(None).head(path, headers={"accept-encoding": "gzip"})  # as it was asked for first
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == ATOM
        assert head.headers["etag"] == first.headers["etag"]
    corrected(desk, slug)
    desk.publish(slug)
    desk.settle()
    for path in ("/v1/corrections/feed", f"/v1/stories/{slug}/feed"):
        assert feedparser.parse(f"{desk.server.url}{path}", etag=first.headers["etag"]).status == 200


# --- Hostile text -------------------------------------------------------------------------------------------------


def test_hostile_text_in_every_field_is_text(desk: Desk) -> None:
    slug = desk.slug()
    desk.post("/v1/stories", {"slug": slug, "headline": HOSTILE, "language": "en", "desk": HOSTILE})
    desk.report(slug, statement=HOSTILE)
    desk.report(slug, statement=HOSTILE)
    desk.report(slug, statement=HOSTILE)
    desk.publish(slug)
    corrected(desk, slug, was_wrong=HOSTILE)
    desk.post(f"/v1/stories/{slug}/facts/2/updates", {"expected_version": 1, "place": "x", "reason": HOSTILE})
    desk.post(f"/v1/stories/{slug}/facts/3/retractions", {"expected_version": 1, "reason": HOSTILE})
    desk.post(f"/v1/stories/{slug}/editors-notes", {"text": HOSTILE, "reason": "x"})
    desk.edition(slug, f"{HOSTILE} again")

    newest, oldest = follow(desk, f"/v1/stories/{slug}/feed").entries
    assert oldest.title == f"Published: {AS_SHOWN}"
    assert oldest.author == AS_SHOWN
    # U+2028 ends a line for Python, but for nobody else.
    assert oldest.content[0].value.split("\n") == ["First published.", *[f"Reported: {AS_SHOWN}"] * 3]
    assert newest.content[0].value.split("\n") == [
        f"Correction: {AS_SHOWN}",
        "The wrong version was public for less than a second.",
        f"Retraction: {AS_SHOWN}",
        f"Withdrawn: {AS_SHOWN}",
        f"Update: {AS_SHOWN}",
        f"Editor’s note: {AS_SHOWN}",
        f"The headline was: {AS_SHOWN}",
    ]
    retraction, correction, *_ = follow(desk, "/v1/corrections/feed").entries
    assert retraction.content[0].value == f"{AS_SHOWN}\nWithdrawn: {AS_SHOWN}"
    assert correction.title == f"Correction: {AS_SHOWN} again"
    for path in (f"/v1/stories/{slug}/feed", "/v1/corrections/feed"):
        text = desk.client(None).get(path).text
        assert "<script>" not in text
        assert "<b>" not in text


@pytest.mark.thorough
@given(st.text())
def test_no_text_at_all_breaks_the_feed(text: str) -> None:
    here = "http://example.org/"
    entry = Entry("urn:a", text, NEVER, text, text, here, here)
    feed = Feed("urn:a", text, text, here, here, here, [entry])
    root = ET.fromstring(written(feed).encode())  # noqa: S314  our own
    name = "{http://www.w3.org/2005/Atom}"
    shown = root.findtext(f"{name}entry/{name}content") or ""
    # XML has one end of a line, and no word for some characters; all else comes as it was.
    whole = re.sub(
        "\r\n?", "\n", re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    )
    assert shown == whole
    assert root.findtext(f"{name}title") or whole == ""


# --- Words and costs ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "less than a second"),
        (0.6, "1 second"),
        (59.6, "1 minute"),
        (3_599, "59 minutes 59 seconds"),
        (3_600, "1 hour"),
        (90_061, "1 day 1 hour"),
        (86_400 * 400 + 7_200 + 5, "400 days 2 hours"),
    ],
)
def test_a_duration_is_told_in_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_every_change_that_readers_are_told_of_has_a_name() -> None:
    kinds = {*story.SET_RIGHT, *public_changes._EXPLAINED_BY_ITS_REASON, *story._UNDONE}
    kinds |= {"kill", "takedown"}
    assert all(map(wording.label, kinds))
    assert kinds >= set(story.CORRECTIONS)


@pytest.mark.thorough
def test_before_its_first_event_a_ledger_has_no_name(database: str) -> None:
    with prepared(database).connect(name="test") as connection:
        assert feeds.name_of_ledger(connection) == UUID(int=0)
