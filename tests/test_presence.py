"""Do two who write on one story hear of each other, across processes, for minutes, and of the desk alone?"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from api.server.embedded import EmbeddedPostgres
from ledger import limits
from ledger.store import editing
from tests.browser import looking
from tests.desk import Desk, open_desk
from tests.newsroom import serving
from tests.plain_browser import Browser
from tests.test_limits import holds

NOW = datetime(2026, 11, 29, 14, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


@pytest.mark.thorough
def test_who_has_a_form_of_the_story_open_is_named_to_the_others(desk: Desk) -> None:
    slug = desk.open()
    with serving(desk.newsroom) as elsewhere:  # another process of the same ledger
        one, other = Browser.of(desk.server, "editor"), Browser.of(elsewhere, "reporter")
        assert "has been editing" not in one.get(f"/desk/stories/{slug}/set-headline").text
        assert (
            "the editor has been editing this story since" in other.get(f"/desk/stories/{slug}/report").text
        )
        assert "the reporter has been editing this story since" in one.get(f"/stories/{slug}").text
        assert "has been editing" not in one.get(f"/stories/{desk.open()}").text
        one.close()
        other.close()


@pytest.mark.thorough
def test_who_reads_is_not_noted_and_hears_nothing(desk: Desk) -> None:
    slug = desk.public()
    editor, auditor, reader = (Browser.of(desk.server, role) for role in ("editor", "auditor", None))
    editor.get(f"/stories/{slug}")
    auditor.get(f"/stories/{slug}")
    reader.get(f"/stories/{slug}")
    assert rows(desk, slug) == []
    editor.get(f"/desk/stories/{slug}/report")
    assert "editing" not in reader.get(f"/stories/{slug}").text
    mark = {"mark": "x", "do": "stay"}
    assert reader.post(f"/desk/stories/{slug}/here", mark).status == 401
    assert auditor.post(f"/desk/stories/{slug}/here", mark).status == 403
    assert editor.post(f"/desk/stories/{slug}/here", mark).status == 403
    assert len(rows(desk, slug)) == 1
    for browser in (editor, auditor, reader):
        browser.close()


def rows(desk: Desk, slug: str) -> list[UUID]:
    found = desk.newsroom.views.execute("select member from editing where story = %s", [slug]).fetchall()
    return [member for (member,) in found]


def test_nothing_is_noted_of_a_story_that_is_not_there(desk: Desk) -> None:
    browser = Browser.of(desk.server, "editor")
    mark = browser.get("/desk/open").form.fields["mark"]
    assert browser.post("/desk/stories/not-there/here", {"mark": mark, "do": "stay"}).status == 404
    assert rows(desk, "not-there") == []
    browser.close()


@holds("EDITING", "EDITING_SHOWN", "EDITING_SECONDS")
def test_so_many_are_noted_and_for_so_long(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EDITING", limits.EDITING_SHOWN + 3)
    with desk.newsroom.database.connect(name="test") as connection:
        connection.execute("delete from editing")
        members = sorted((uuid4() for _ in range(limits.EDITING + 2)), key=str)
        for member in members:
            editing.enter(connection, "a", member, NOW)
        (noted,) = connection.execute("select count(*) from editing").fetchone() or (0,)
        assert noted == limits.EDITING
        assert len(editing.others(connection, "a", uuid4(), NOW)) == limits.EDITING_SHOWN
        later = NOW + timedelta(seconds=limits.EDITING_SECONDS)
        editing.enter(connection, "a", members[0], later - timedelta(seconds=1))
        assert editing.others(connection, "a", uuid4(), later) == [(members[0], NOW)]
        editing.enter(connection, "b", members[1], later)
        assert connection.execute("select count(*) from editing").fetchone() == (2,)
        editing.leave(connection, "a", members[0])
        assert editing.others(connection, "a", uuid4(), later) == []


@pytest.mark.thorough
def test_who_closes_the_form_has_left(browser: Chromium, desk: Desk) -> None:
    slug = desk.open()
    with looking(browser, desk.server) as one, looking(browser, desk.server) as other:
        one.sign_in(desk.server.secret("editor"))
        other.sign_in(desk.server.secret("reporter"))
        one.go(f"/desk/stories/{slug}/file-copy")
        page = other.go(f"/desk/stories/{slug}/report")
        expect(page.locator(".colleagues")).to_contain_text("the editor has been editing this story since")
        other.shot("colleague", whole=False)
        assert other.barriers() == []
        one.go("/desk")
        for _ in range(50):
            if len(rows(desk, slug)) == 1:
                break
            page.wait_for_timeout(100)
        assert len(rows(desk, slug)) == 1
