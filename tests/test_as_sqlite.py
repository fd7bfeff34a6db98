"""Is the SQLite file what the ledger says, to the desk or to readers, and one that others can work with?"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from api.server.embedded import EmbeddedPostgres
from api.terminal import as_sqlite
from api.terminal.as_sqlite import CannotWrite, write
from api.terminal.command_line import main
from tests.days import a_bit_of_everything
from tests.desk import CHANGES, OF_PUBLICATION, Desk, open_desk
from tests.newsday import Day


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    """A day at the desk has passed, at whose end everything goes."""
    with open_desk(servers) as opened, closing(Day(opened.newsroom, desk=opened.client())) as day:
        a_bit_of_everything(day)
        opened.settle()
        yield opened


def tables(desk: Desk, path: Path, *, for_readers: bool) -> sqlite3.Connection:
    write(desk.newsroom.views, path, for_readers=for_readers)
    return sqlite3.connect(path)


def every(desk: Desk, role: Any) -> dict[str, dict[str, Any]]:
    """Every story by its slug, as the API has it."""
    listed = desk.client(role).get("/v1/stories?limit=200").json()["items"]
    return {one["story"]: desk.client(role).get(f"/v1/stories/{one['story']}").json() for one in listed}


@pytest.mark.parametrize("for_readers", [False, True])
def test_every_table_says_what_the_api_says(desk: Desk, tmp_path: Path, for_readers: bool) -> None:
    told = every(desk, None if for_readers else "editor")
    assert len(told) > 3
    with closing(tables(desk, tmp_path / "ledger.db", for_readers=for_readers)) as file:
        assert {*file.execute("select slug, headline, copy, revision from stories")} == {
            (slug, one["headline"], one.get("copy", {}).get("text"), one["revision"])
            for slug, one in told.items()
        }
        assert {*file.execute("select story, fact, version, statement, standing, terms from facts")} == {
            (slug, fact["fact"], fact["version"], fact.get("statement"), fact["standing"], fact.get("terms"))
            for slug, one in told.items()
            for fact in one["facts"]
        }
        quotes = {
            (slug, fact["fact"], link["quote"])
            for slug, one in told.items()
            for fact in one["facts"]
            for link in fact.get("attribution") or ()
            if link.get("quote")
        }
        assert {
            *file.execute("select story, fact, quote from attributions where quote is not null")
        } == quotes
        role: Any = None if for_readers else "editor"
        corrected = desk.client(role).get("/v1/corrections?limit=200").json()["items"]
        assert {*file.execute("select story, revision, kind from corrections")} == {
            (one["story"], one["revision"], one["kind"])
            for one in corrected
            if one["kind"] not in ("kill", "takedown") and one["story"] in told
        }
        changes = {
            slug: desk.client(role).get(f"/v1/stories/{slug}/revisions?limit=200").json()["items"]
            for slug in told
        }
        number = "edition" if for_readers else "revision"
        assert {*file.execute("select story, number from changes")} == {
            (slug, one[number]) for slug, items in changes.items() for one in items
        }
        assert file.execute("pragma foreign_key_check").fetchall() == []
        assert file.execute("pragma integrity_check").fetchone() == ("ok",)


def test_readers_file_holds_nothing_that_is_not_for_them(desk: Desk, tmp_path: Path) -> None:
    slug = desk.open()
    desk.post(f"/v1/stories/{slug}/headline", {"headline": "zqcanaryx", "reason": "zqcanaryx"})
    public = desk.public()
    body = CHANGES["corrections"] | {"expected_version": 1, "reason": "zqcanaryx"}
    desk.post(f"/v1/stories/{public}/facts/1/corrections", body)
    desk.publish(public)
    desk.report(public, statement="zqcanaryx", terms="off_record")
    desk.post(f"/v1/stories/{public}/notes", {"role": "legal", "text": "zqcanaryx", "is_publishable": False})
    held = desk.public()
    desk.post(f"/v1/stories/{held}/headline", {"headline": "zqcanaryx", "reason": "So."})
    desk.publish(held)
    desk.post(f"/v1/stories/{held}/holds", OF_PUBLICATION["holds"])
    desk.settle()
    tables(desk, tmp_path / "readers.db", for_readers=True).close()
    tables(desk, tmp_path / "desk.db", for_readers=False).close()
    assert b"zqcanaryx" not in (tmp_path / "readers.db").read_bytes()
    assert b"the editor" not in (tmp_path / "readers.db").read_bytes()  # who acted
    assert b"zqcanaryx" in (tmp_path / "desk.db").read_bytes()


def test_words_are_found_as_datasette_looks_for_them(desk: Desk, tmp_path: Path) -> None:
    slug = desk.open()
    desk.report(slug, statement="A zeppelin arrived in Łódź")
    desk.settle()
    with closing(tables(desk, tmp_path / "ledger.db", for_readers=False)) as file:
        found = "select story from facts where rowid in (select rowid from facts_fts where facts_fts match ?)"
        assert file.execute(found, ["zeppelin"]).fetchall() == [(slug,)]
        assert file.execute(found, ["lodz OR łódź"]).fetchall() == [(slug,)]
        foreign = {row[2] for row in file.execute("pragma foreign_key_list(attributions)")}
        assert foreign == {"facts", "sources"}


def test_all_of_it_is_as_of_one_position_whatever_is_recorded_meanwhile(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slugs = [desk.open() for _ in range(3)]
    desk.settle()
    before = desk.head()
    monkeypatch.setattr(as_sqlite, "_PAGE", 1)
    done: list[int] = []

    def note(number: int) -> None:
        if not done:
            for slug in slugs:
                desk.report(slug, statement="zqlaterx")
                desk.post(f"/v1/stories/{slug}/headline", {"headline": "zqlaterx", "reason": "So."})
            desk.open()
            desk.settle()
        done.append(number)

    written = write(desk.newsroom.views, tmp_path / "ledger.db", for_readers=False, note=note)
    assert written.position == before
    assert len(done) > 3
    assert b"zqlaterx" not in (tmp_path / "ledger.db").read_bytes()


def test_a_file_that_is_there_is_not_written_over_and_none_is_left_half_done(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there.db"
    there.write_text("mine")
    with pytest.raises(CannotWrite, match="is there already"):
        write(desk.newsroom.views, there, for_readers=False)
    assert there.read_text() == "mine"
    with pytest.raises(CannotWrite, match="cannot be written"):
        write(desk.newsroom.views, tmp_path / "nowhere" / "ledger.db", for_readers=False)
    monkeypatch.setattr(as_sqlite, "_FOUND_BY_WORDS", "no sql")
    with pytest.raises(CannotWrite):
        write(desk.newsroom.views, tmp_path / "broken.db", for_readers=False)
    assert {path.name for path in tmp_path.iterdir()} == {"there.db"}


def test_the_command_writes_it_and_says_what_is_in_it(desk: Desk, tmp_path: Path) -> None:
    environment = {
        "DATABASE_URL": desk.newsroom.database.url,
        "FACTLEDGER_SCHEMA": desk.newsroom.database.schema,
    }
    path = tmp_path / "ledger.db"
    ran = CliRunner().invoke(main, ["export", "--sqlite", str(path), "--readers", "--json"], env=environment)
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stderr)
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("select position, view from about").fetchone() == (told["position"], "reader")
        assert file.execute("select count(*) from facts").fetchone() == (told["rows"]["facts"],)
    again = CliRunner().invoke(main, ["export", "--sqlite", str(path)], env=environment)
    assert again.exit_code != 0
    assert "is there already" in again.stderr
    for wrong in (["--readers"], ["--sqlite", "x.db", "--story", "a"], ["--sqlite", "x.db", "--after", "3"]):
        assert CliRunner().invoke(main, ["export", *wrong], env=environment).exit_code == 2
