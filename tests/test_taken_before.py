"""Is what an earlier program took, and this one would not take, read without a fault everywhere?"""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.terminal.exporting import Export
from ledger.store.keyring import Keyring
from ledger.store.store import append, seal
from ledger.words import Role, source_stream, story_stream
from projections.engine.rebuild import rebuild
from tests.desk import Desk, open_desk
from tests.plain_browser import Browser

SLUG = "as-it-was"
_NOTHING = "\u00ad\u2060\ufeff"
_CITATION = {
    "source": "nobody",
    "url": "http://user:pw@host/\u202egnp",
    "archived_url": "http://[::1",
    "published_at": "0001-01-01T00:00:00+01:00",
    "accessed_at": "9999-12-31T23:59:59-01:00",
}
_LEAP = {"source": "nobody", "published_at": "2016-12-31T23:59:60Z"}
_FACT = {
    "attribution": [{"source": "nobody", "cue": "\u200b", "speech": "direct", "quote": _NOTHING}],
    "citations": [_CITATION, _LEAP],
    "entities": ["\u2800"],
    "kind": "claim",
    "note": [{"role": "\u3164", "text": "\u0301", "is_publishable": True}],
    "occurred": {"literal": "\u200b", "resolved": "0001-01-01T00:00:00+01:00"},
    "place": "\u115f",
    "rests_on": [],
    "statement": "\u200b",
    "terms": "on_record",
}
_STORY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("story-opened.v1", {"slug": SLUG, "headline": "\u200b", "desk": "\u2060", "language": "iw"}),
    ("fact-reported.v1", {"fact": 1, "version": 1, "body": _FACT}),
    ("copy-filed.v1", {"text": "\ufeff", "spans": [], "reason": "\u200e"}),
    ("note-added.v1", {"note": {"role": "\u200b", "text": "\u200b", "is_publishable": True}}),
    ("dateline-set.v1", {"dateline": {"place": "\u200b", "date": "9999-12-31"}, "reason": "\u200b"}),
    ("story-published.v1", {"revision": 5, "reason": "\u200b"}),
    ("headline-set.v1", {"headline": _NOTHING, "reason": "\u200b"}),
    ("dateline-set.v1", {"dateline": {"date": "0001-01-01"}, "reason": "\u200b"}),
    ("story-published.v1", {"revision": 8, "embargo_until": "9999-12-31T23:59:59-01:00", "reason": "\u200b"}),
)


def put(desk: Desk, stream: UUID, *events: tuple[str, dict[str, Any]]) -> None:
    """As the program of that time recorded them: nobody looks at them on the way."""
    sealed = [
        seal(
            stream,
            version,
            topic,
            json.dumps(body, sort_keys=True).encode(),
            desk.newsroom.actor("editor").member,
            uuid4(),
        )
        for version, (topic, body) in enumerate(events, 1)
    ]
    append(desk.newsroom.views, sealed)


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], Any]) -> Iterator[Desk]:
    with open_desk(servers) as desk:
        member = ("member-enrolled.v1", {"label": "\u202ea"})
        key = {"key": str(uuid4()), "digest": "0" * 64, "label": "\u202ea", "role": "editor"}
        put(desk, uuid4(), member, ("key-issued.v1", key | {"expires_at": "9999-12-31T23:59:59-01:00"}))
        registered = {"slug": "nobody", "name": "\u200b", "kind": "person", "description": "\u200b"}
        put(desk, source_stream("nobody"), ("source-registered.v1", registered))
        put(desk, story_stream(SLUG), *_STORY)
        desk.settle()
        yield desk


_ADDRESSES = (
    f"/v1/stories/{SLUG}",
    f"/v1/stories/{SLUG}?view=reader",
    f"/v1/stories/{SLUG}?revision=5",
    f"/v1/stories/{SLUG}/revisions",
    f"/v1/stories/{SLUG}/revisions?view=reader",
    f"/v1/stories/{SLUG}/steps",
    f"/v1/stories/{SLUG}/diff?from=1&to=9",
    f"/v1/stories/{SLUG}/facts/1",
    f"/v1/stories/{SLUG}/facts/1/history",
    f"/v1/stories/{SLUG}/facts/1?view=reader",
    f"/v1/stories/{SLUG}/json-ld",
    f"/v1/stories/{SLUG}/feed",
    f"/v1/stories/{SLUG}/timemap",
    "/v1/stories",
    "/v1/stories?q=nobody",
    "/v1/sources/nobody",
    "/v1/sources/nobody/facts",
    "/v1/corrections/feed",
)
_PAGES = (
    f"/stories/{SLUG}",
    f"/stories/{SLUG}?view=reader",
    f"/stories/{SLUG}?revision=5",
    f"/stories/{SLUG}/history?all=yes",
    f"/stories/{SLUG}/diff?from=1&to=9",
    f"/stories/{SLUG}/diff?from=1&to=9&show=fields",
    f"/stories/{SLUG}/facts/1",
    f"/stories/{SLUG}/facts/1?view=reader",
    "/sources/nobody",
    "/desk",
    f"/desk/stories/{SLUG}/file-copy",
    f"/desk/stories/{SLUG}/publish",
    f"/desk/stories/{SLUG}/facts/1/update",
    "/",
)


@pytest.mark.thorough
@pytest.mark.parametrize("address", _ADDRESSES)
def test_every_answer_is_given(desk: Desk, address: str) -> None:
    desk.get(address)


@pytest.mark.thorough
@pytest.mark.parametrize("address", _PAGES)
def test_every_page_is_shown(editor: Browser, address: str) -> None:
    assert editor.get(address).status == 200


@pytest.mark.thorough
@pytest.mark.parametrize("address", ["/audit"])
def test_the_audit_is_shown(browsers: Callable[[Role | None], Browser], address: str) -> None:
    assert browsers("auditor").get(address).status == 200


def test_what_it_said_is_told_as_it_was_said(desk: Desk) -> None:
    story = desk.get(f"/v1/stories/{SLUG}").json()
    assert (story["headline"], story["language"]) == (_NOTHING, "iw")
    [fact] = story["facts"]
    assert fact["statement"] == "\u200b"
    assert fact["citations"] == [_CITATION, _LEAP]
    assert story["publication"]["embargo"]["until"] == "9999-12-31T23:59:59-01:00"


@pytest.mark.thorough
def test_the_views_are_built_anew_and_are_the_same(desk: Desk) -> None:
    desk.settle()
    assert rebuild(desk.newsroom.database) == desk.head()  # compared with a second fold, row by row
    assert desk.newsroom.ailments() == []


def test_it_is_exported(desk: Desk) -> None:
    keyring = Keyring()
    keyring.refresh(desk.newsroom.views)
    written = [json.loads(line) for line in Export(desk.newsroom.views, keyring).everything(0)]
    opened = next(line for line in written if line["do"] == "open" and line["with"]["slug"] == SLUG)
    assert opened["with"]["headline"] == "\u200b"
    said = [line for line in written if line.get("story") == SLUG]
    assert said[-1]["with"]["embargo_until"] == "9999-12-31T23:59:59-01:00"


def test_what_was_there_can_be_brought_back_and_changed(desk: Desk) -> None:
    """An undo and a change of one field leave the others as they were taken then."""
    undone = desk.post(f"/v1/stories/{SLUG}/revisions/7/undo", {"reason": "To what it was."})
    answer = desk.get(f"/v1/stories/{SLUG}?at_least={undone['position']}").json()
    assert answer["headline"] == "\u200b"
    changed = desk.post(
        f"/v1/stories/{SLUG}/facts/1/updates", {"expected_version": 1, "kind": "event", "reason": "It was."}
    )
    fact = desk.get(f"/v1/stories/{SLUG}/facts/1?at_least={changed['position']}").json()
    assert fact["citations"] == [_CITATION, _LEAP]
