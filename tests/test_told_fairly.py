"""Do the pages say to whoever comes new what is so: whose error it was, what changed since, what was published?"""

from collections.abc import Callable, Iterator

import pytest

from api.server.embedded import EmbeddedPostgres
from tests.desk import CHANGES, FACT, Desk, open_desk
from tests.plain_browser import Browser


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


@pytest.fixture(scope="module")
def reader(desk: Desk) -> Iterator[Browser]:
    browser = Browser.of(desk.server, None)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def editor(desk: Desk) -> Iterator[Browser]:
    browser = Browser.of(desk.server, "editor")
    yield browser
    browser.close()


def correct(desk: Desk, slug: str, version: int = 1) -> None:
    body = CHANGES["corrections"] | {"expected_version": version}
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", body)


def test_a_source_is_not_blamed_for_what_was_our_own_error(desk: Desk, reader: Browser) -> None:
    source, slug, other = desk.source(), desk.open(0), desk.public()
    desk.report(slug, attribution=[FACT["attribution"][0] | {"source": source}])
    desk.publish(slug)
    correct(desk, slug)
    desk.publish(slug)
    correct(desk, other)
    desk.publish(other)
    desk.settle()
    page = reader.get(f"/sources/{source}")
    assert "later corrected by us1" in page.text
    assert "%" not in page.text
    assert f"/corrections?story={slug}" in page.links()
    log = reader.get(f"/corrections?story={slug}")
    assert "our own error" in log.text
    assert f"/stories/{slug}/facts/1" in log.links()
    assert f"/stories/{other}/facts/1" not in log.links()
    assert "In figures" not in log.text


def test_what_was_empty_and_is_empty_was_not_taken_away(desk: Desk, editor: Browser) -> None:
    slug = desk.public()
    body = {"expected_version": 1, "reason": "Withdrawn."}
    retracted = desk.post(f"/v1/stories/{slug}/facts/1/retractions", body)["revision"]
    desk.publish(slug)
    desk.settle()
    page = editor.get(f"/desk/stories/{slug}/undo?made={retracted}-{retracted}")
    assert "Standing again" in page.text
    assert "taken away" not in page.text
    assert not [name.text for name in page.root.all("dt") if name.text in ("citations", "entities", "notes")]
