"""Are views built anew beside the living ones, compared with the events, and switched only if they are equal?"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.process import BaseProcess
from threading import Event, Thread
from typing import Any

import psycopg
import pytest

import projections.engine.catch_up
import projections.engine.rebuild
import projections.views.catalogue
from api.server.opening import prepare
from api.server.renewal import Renewal
from ledger import limits
from ledger.refusals import RebuildUnderWay, ViewsOfAnotherRelease
from ledger.store.database import Database
from projections.engine import bulk, progress
from projections.engine.catch_up import catch_up, position
from projections.engine.rebuild import Note, Places, RebuildFailed, Stopped, cancel, rebuild
from projections.engine.tables import is_set_up, of_another_release, set_up
from projections.reading import replay
from projections.reading.replay import Asked
from projections.views.catalogue import VIEW, VIEWS
from projections.views.documents import EDITION
from projections.views.view import Look, Rows, Sheets, View
from tests.newsroom import Newsroom, serving
from tests.test_catch_up import file_something as file_changes
from tests.views import TABLES, dump, dump_built_anew, eventually, head_of

processes = multiprocessing.get_context("spawn")


@pytest.fixture
def told(newsroom: Newsroom) -> Newsroom:
    """A newsroom with something in it, and views that are up with it."""
    newsroom.open()
    file_something(newsroom)
    newsroom.catch_up()
    return newsroom


def file_something(room: Newsroom) -> int:
    for number in range(20):
        room.report(statement=f"Fact {number}", occurred={"literal": "on Tuesday"})
    for story in range(6):
        room.open(f"story-{story}", f"ria-{story}")
        for number in range(4):
            room.report(f"story-{story}", statement=f"Fact {number}")
    return file_changes(room, facts=0)


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK_EVENTS", 5)
    monkeypatch.setattr(projections.engine.rebuild, "_PAGE_EVENTS", 5)


def places(room: Newsroom) -> Places:
    return Places.of(room.database)


def is_there(room: Newsroom, schema: str) -> bool:
    return room.views.execute("select to_regnamespace(%s)", [schema]).fetchone() != (None,)


def told_at(phase: str, act: Callable[[int], object]) -> Note:
    """What acts at the first note of a phase that comes after half of the work."""
    told: list[int] = []

    def note(now: str, done: int, of: int) -> None:
        if now == phase and done * 2 >= of and not told:
            told.append(done)
            act(done)

    return note


# --- While readers read and the ledger grows ---------------------------------------------------------------------


@pytest.mark.thorough
def test_while_views_are_built_anew_the_living_ones_are_read_and_follow_the_ledger(
    told: Newsroom, small_steps: None
) -> None:
    text = told.read(position=head_of(told.views))
    reached: list[int] = []

    def meanwhile(_: int) -> None:
        reached.append(told.report(statement="Meanwhile").position)
        assert catch_up(told.views) == reached[-1]
        assert replay.story(told.views, "story", Asked(position=reached[0] - 1)).text == text
        assert "Meanwhile" in replay.story(told.views, "story", Asked()).text

    assert rebuild(told.database, note=told_at("building", meanwhile)) == reached[0]
    assert len(reached) == 1
    assert position(told.views) == reached[0]
    assert dump(told.views) == dump_built_anew(told.views, reached[0])
    assert told.read(position=reached[0] - 1) == text
    assert not is_there(told, places(told).beside)
    later = told.report().position
    assert catch_up(told.views) == later, "and the new ones follow, too"


@pytest.mark.thorough
def test_streams_are_folded_so_many_events_at_a_time(told: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written of a stretch costs a statement a table: one stream at a time took twice as long."""
    monkeypatch.setattr(bulk, "CHUNK_EVENTS", 8)
    fill, stretches = bulk.fill, []

    def look(database: Database, search_path: str, views: Sequence[View], note: bulk.Told) -> None:
        with database.connect(name="test", search_path=search_path) as connection:
            rows = "select events, (select count(*) from events where version = 1) from chunks order by first"
            stretches.extend(connection.execute(rows).fetchall())
        fill(database, search_path, views, note)

    for story in range(12):
        told.open(f"short-{story}", f"of-short-{story}")
    told.catch_up()
    monkeypatch.setattr(bulk, "fill", look)
    rebuild(told.database)
    streams = stretches[0][1]
    assert streams > 24
    assert len(stretches) < streams / 3
    assert sum(events for events, _ in stretches) == head_of(told.views)


@pytest.mark.thorough
def test_views_that_were_tampered_with_are_mended_and_one_can_be_built_anew_alone(
    told: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    right = dump(told.views)
    told.views.execute("update fact_versions set desk = '{}' where fact = 1")
    told.views.execute("delete from revisions where revision = 2")
    rebuild(told.database, ["revisions"])
    mended = dump(told.views)
    assert mended["revisions"] == right["revisions"]
    assert mended["fact_versions"] != right["fact_versions"]
    assert [record.getMessage().split()[2] for record in caplog.records] == ["revisions"]
    told.views.execute("update figures set number = number + 1")
    rebuild(told.database)
    assert dump(told.views) == right
    stories = told.views.execute(
        "select distinct story from fact_versions where fact = 1 order by 1"
    ).fetchall()
    begin = ", ".join(str(story) for (story,) in stories)
    assert caplog.messages[1:] == [
        f"rows of fact_versions were not what the events say: of what begins at position {begin}; the new ones are",
        "rows of figures were not what the events say; the new ones are",
    ]
    caplog.clear()
    rebuild(told.database)
    assert caplog.messages == [], "nothing was wrong any more"


@pytest.mark.thorough
@pytest.mark.parametrize("view", [view.name for view in VIEWS])
def test_each_view_built_anew_alone_is_as_it_was(told: Newsroom, view: str) -> None:
    right = dump(told.views)
    assert rebuild(told.database, [view]) == head_of(told.views)
    assert dump(told.views) == right


@pytest.mark.thorough
def test_where_there_is_much_to_do_other_processes_help(
    told: Newsroom, small_steps: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_FOR_PROCESSES", 1)
    helped: list[str] = []
    right = dump(told.views)
    started = bulk._others

    def others(*asked: Any) -> list[BaseProcess]:
        helpers = started(*asked)
        # All there is to do is left to them.
        for helper in helpers:
            helper.join()
            helped.append(str(helper.exitcode))
        return helpers

    monkeypatch.setattr(bulk, "_others", others)
    assert rebuild(told.database) == head_of(told.views)
    assert helped == ["0"] * (max(2, os.cpu_count() or 1) - 1)
    assert dump(told.views) == right


@pytest.mark.thorough
def test_a_view_that_failed_runs_again_once_it_is_built_anew(told: Newsroom) -> None:
    progress.pause(told.views, "search", "it is looked into")
    progress.fail(told.views, "corrections", position(told.views) + 1, "view_raised", "Traceback: …")
    head = told.report().position
    assert {place.view for place in progress.stopped(told.views)} == {"search", "corrections"}
    catch_up(told.views)
    assert rebuild(told.database, ["search", "corrections"]) == head
    assert progress.stopped(told.views) == []
    catch_up(told.views)  # figures had to wait for it
    assert dump(told.views) == dump_built_anew(told.views, head)


@pytest.mark.thorough
def test_a_view_that_stands_still_holds_up_no_rebuild_of_those_that_do_not_need_it(told: Newsroom) -> None:
    """Where fact_versions stands still, a page is worked out from the events alone."""
    progress.pause(told.views, "fact_versions", "it is looked into")
    told.report(statement="Meanwhile")
    head = head_of(told.views)
    catch_up(told.views)
    before = dump(told.views)
    assert rebuild(told.database, ["source_usage"]) == head
    assert dump(told.views) == before
    assert {place.view for place in progress.stopped(told.views)} == {"fact_versions"}


@pytest.mark.thorough
def test_whoever_reads_the_old_tables_is_waited_for_and_never_refused(told: Newsroom) -> None:
    done: list[int] = []
    with told.database.connect(name="reader") as reader, reader.transaction():
        reader.execute("select count(*) from search")
        thread = Thread(target=lambda: done.append(rebuild(told.database)))
        thread.start()
        eventually(lambda: is_there(told, places(told).beside))
        thread.join(1)
        assert done == []
        for table in TABLES:  # the other order: nobody holds what this one waits for
            reader.execute(f"select count(*) from {table}")  # noqa: S608
        assert catch_up(told.views) == head_of(told.views)
    thread.join(20)
    assert done == [head_of(told.views)]


@pytest.mark.thorough
def test_two_do_not_build_at_once(told: Newsroom, small_steps: None) -> None:
    refused: list[bool] = []

    def another(_: int) -> None:
        with pytest.raises(RebuildUnderWay, match="built anew already"):
            rebuild(told.database, ["search"])
        with pytest.raises(RebuildUnderWay):
            cancel(told.database)
        refused.append(True)

    rebuild(told.database, note=told_at("building", another))
    assert refused == [True]


# --- Interrupted -------------------------------------------------------------------------------------------------


def build_and_wait_to_be_killed(database: Database) -> None:
    """What a process is started for."""
    bulk.CHUNK_EVENTS = 5
    rebuild(database, note=told_at("building", lambda _: Event().wait()))


@pytest.mark.thorough
def test_a_rebuild_that_is_killed_goes_on_where_it_was(told: Newsroom, small_steps: None) -> None:
    right = dump(told.views)
    builder = processes.Process(target=build_and_wait_to_be_killed, args=(told.database,))
    builder.start()

    def built() -> int:
        with told.database.connect(name="test", as_owner=True) as owner:
            try:
                row = owner.execute(
                    f"select sum(events) filter (where is_done) from {places(told).beside}.chunks"  # noqa: S608
                ).fetchone()
            except psycopg.errors.UndefinedTable:
                return 0
            return int(row[0] or 0) if row else 0

    eventually(lambda: built() * 2 >= head_of(told.views), seconds=30)
    assert builder.pid is not None
    os.kill(builder.pid, signal.SIGKILL)
    builder.join(20)
    builder.close()
    reached = built()
    assert reached < head_of(told.views)
    assert dump(told.views) == right
    notes: list[int] = []
    rebuild(told.database, note=lambda phase, done, of: notes.append(done) if phase == "building" else None)
    assert notes[0] == reached, "nothing was built twice"
    assert dump(told.views) == right


def stopped_half_way(room: Newsroom) -> None:
    over: list[int] = []
    with pytest.raises(Stopped):
        rebuild(room.database, note=told_at("building", over.append), is_over=lambda: bool(over))


@pytest.mark.thorough
def test_a_rebuild_can_be_cancelled_and_the_old_views_are_untouched(
    told: Newsroom, small_steps: None
) -> None:
    right = dump(told.views)
    assert cancel(told.database) is False
    stopped_half_way(told)
    assert is_there(told, places(told).beside)
    assert dump(told.views) == right
    assert cancel(told.database) is True
    assert not is_there(told, places(told).beside)
    assert dump(told.views) == right


@pytest.mark.thorough
def test_what_was_built_of_other_views_is_not_gone_on_with(told: Newsroom, small_steps: None) -> None:
    right = dump(told.views)
    stopped_half_way(told)
    notes: list[int] = []
    rebuild(told.database, ["search"], note=lambda _, done, of: notes.append(done))
    assert notes[0] == 0
    assert dump(told.views) == right


# --- Not equal, or not to be built -------------------------------------------------------------------------------


def slipping(monkeypatch: pytest.MonkeyPatch, view: str, slip: Callable[[Rows, int], object]) -> None:
    """The view does as it should, and then something else."""
    right = VIEW[view]

    def fold(sheets: Sheets, step: Any, look: Look) -> None:
        right.fold(sheets, step, look)
        slip(sheets[right.tables[0]], step.event.position)

    wrong = replace(right, fold=fold)
    every = tuple(wrong if one is right else one for one in VIEWS)
    monkeypatch.setattr(projections.views.catalogue, "VIEWS", every)
    monkeypatch.setattr(projections.engine.catch_up, "VIEWS", every)


def forget_who_acted_on_the_seventh(rows: Rows, _: int) -> None:
    actors = rows.table.columns.index("actors")
    for row in rows.begun:
        if row[1] == 7:
            row[actors] = []


@pytest.mark.thorough
def test_a_view_that_is_not_what_the_events_say_is_kept_and_named_and_not_switched_in(
    told: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = dump(told.views)
    with monkeypatch.context() as patch:
        patch.setattr(
            limits, "PROVED_EVENTS", 0
        )  # not one story that chance has chosen: the living rows show it
        slipping(patch, "fact_versions", forget_who_acted_on_the_seventh)
        with pytest.raises(RebuildFailed, match=r"fact_versions is not what the events say: .*story"):
            rebuild(told.database, ["fact_versions"])
    assert dump(told.views) == right
    assert not is_there(told, places(told).beside)
    with told.database.connect(name="test", as_owner=True) as owner:
        kept = owner.execute(
            f"select count(*) from {places(told).unequal}.fact_versions where actors = '{{}}'"  # noqa: S608
        ).fetchone()
    assert kept == (2,), "as it was reported, and once the day of its story was known"
    rebuild(told.database, ["fact_versions"])
    assert dump(told.views) == right


@pytest.mark.thorough
def test_a_view_that_cannot_be_built_is_named_with_the_event_and_can_be_gone_on_with(
    told: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = dump(told.views)

    def slip(_: Rows, position: int) -> None:
        if position == 10:
            raise ValueError("ten is too much")

    with monkeypatch.context() as patch:
        slipping(patch, "fact_versions", slip)
        with pytest.raises(
            RebuildFailed,
            match=r"fact_versions cannot take the event at position 10 \(view_raised\): .*ten is",
        ):
            rebuild(told.database)
    assert dump(told.views) == right
    rebuild(told.database)
    assert dump(told.views) == right


# --- Views of another release ------------------------------------------------------------------------------------


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer program: its documents have other words, so the definition of the views is another."""
    monkeypatch.setattr(projections.views.catalogue, "EDITION", EDITION + 1)


@pytest.mark.thorough
def test_the_tables_of_another_release_are_read_until_new_ones_are_switched_in(
    told: Newsroom, monkeypatch: pytest.MonkeyPatch, small_steps: None
) -> None:
    text = told.read()
    head = head_of(told.views)
    monkeypatch.setattr(projections.views.catalogue, "EDITION", EDITION + 1)
    assert is_set_up(told.views)
    assert of_another_release(told.views) == [view.name for view in VIEWS]
    prepare(told.database)
    assert position(told.views) == head
    assert replay.story(told.views, "story", Asked()).text == text
    with pytest.raises(ViewsOfAnotherRelease):
        catch_up(told.views)
    renewal = Renewal(told.database, lambda: told.database.connect(name="test"))
    renewal.start()
    eventually(lambda: of_another_release(told.views) == [], seconds=30)
    renewal.close()
    assert renewal.failure is None
    assert replay.story(told.views, "story", Asked()).text == text
    assert catch_up(told.views) == head
    monkeypatch.setattr(projections.views.catalogue, "EDITION", EDITION)
    with pytest.raises(ViewsOfAnotherRelease):
        catch_up(told.views)  # the older program leaves them alone


@pytest.mark.thorough
def test_a_new_view_waits_while_those_that_it_looks_into_are_of_another_release(told: Newsroom) -> None:
    """Their tables may have no such columns."""
    head = head_of(told.views)
    with told.database.connect(name="test", as_owner=True) as owner:
        owner.execute("drop table figures, figures_of_stories")
        owner.execute("delete from projection where view = 'figures'")
        for table in ("fact_versions", "publications"):
            owner.execute(f"alter table {table} rename column story to told_in")
        owner.execute(
            "update projection set definition = 'older' where view in ('fact_versions', 'publications')"
        )
    prepare(told.database)
    catch_up(told.views)
    standing = progress.standing(told.views)
    assert (standing["figures"].position, standing["figures"].state) == (0, "running")
    rebuild(told.database, of_another_release(told.views))
    assert catch_up(told.views) == head
    assert progress.standing(told.views)["figures"].position == head
    assert dump(told.views) == dump_built_anew(told.views, head)


@pytest.mark.thorough
def test_what_cannot_be_read_of_another_release_is_refused_until_it_is_built(
    told: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tables lack columns, and views that are new know nothing yet."""
    told.catch_up()
    with told.database.connect(name="test", as_owner=True) as owner:
        owner.execute("drop table figures, figures_of_stories")
        owner.execute("delete from projection where view = 'figures'")
        owner.execute("alter table fact_versions drop column alike_before")
        owner.execute("update projection set definition = 'older' where view in ('fact_versions', 'search')")
    prepare(told.database)
    may_go_on = Event()

    def rebuild_later(*asked: Any, **more: Any) -> int:
        may_go_on.wait(60)
        return rebuild(*asked, **more)

    monkeypatch.setattr("api.server.renewal.rebuild", rebuild_later)
    with serving(told) as server:
        client = server.client()
        for path in ("/v1/stories", "/v1/stories/story", "/v1/corrections/figures", "/v1/stories?q=train"):
            refused = client.get(path)
            assert refused.status_code == 503
            assert refused.json()["type"].endswith("views-not-built-yet")
            assert int(refused.headers["retry-after"]) >= 1
        assert client.get("/stories/story").status_code == 503
        assert server.client("auditor").get("/v1/events").status_code == 200
        assert server.client("auditor").get("/v1/members").status_code == 503
        assert server.client("admin").get("/v1/projections").status_code == 200
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["reason"] == "views are being built for this release: fact_versions, figures"
        may_go_on.set()
        eventually(lambda: client.get("/readyz").status_code == 200)
        assert client.get("/v1/stories/story").status_code == 200
        assert client.get("/v1/corrections/figures").json()["facts"] > 0
    assert of_another_release(told.views) == []


@pytest.mark.thorough
def test_what_hinders_a_renewal_is_said_and_it_is_tried_again(told: Newsroom, newer: None) -> None:
    renewal = Renewal(told.database, lambda: told.database.connect(name="test"))
    with told.database.connect(name="test", as_owner=True) as owner:
        owner.execute(f"create schema {places(told).beside} create table search (x int)")
        owner.execute(f"create table {places(told).beside}.projection (nothing int)")
        renewal.start()
        eventually(lambda: renewal.failure is not None)
        assert "cannot be built anew: " in (renewal.failure or "")
        owner.execute(f"drop schema {places(told).beside} cascade")
    eventually(lambda: renewal.failure is None, seconds=30)
    renewal.close()
    assert of_another_release(told.views) == []


def test_programs_that_start_together_make_the_views_once(told: Newsroom) -> None:
    with told.database.connect(name="test", as_owner=True) as owner:
        owner.execute("drop table corrections")
        owner.execute("delete from projection where view = 'corrections'")
    made: list[bool] = []
    starts = [Thread(target=lambda: made.append(set_up(told.database))) for _ in range(4)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert sorted(made) == [False, False, False, True]
    catch_up(told.views)
    assert dump(told.views) == dump_built_anew(told.views, head_of(told.views))


@pytest.mark.thorough
def test_a_view_that_is_new_is_filled_and_one_that_is_no_more_is_dropped(told: Newsroom) -> None:
    with told.database.connect(name="test", as_owner=True) as owner:
        owner.execute("create table view_of_an_older_program (x int)")
        owner.execute(
            "insert into projection (view, definition, tables) values ('older', '', '{view_of_an_older_program}')"
        )
        owner.execute("create table somebody_elses (x int)")
        owner.execute("drop table search")
        owner.execute("delete from projection where view = 'search'")
    assert not is_set_up(told.views)
    prepare(told.database)
    assert told.views.execute("select to_regclass('view_of_an_older_program')").fetchone() == (None,)
    assert told.views.execute("select to_regclass('somebody_elses')").fetchone() != (None,)
    assert dump(told.views) == dump_built_anew(told.views, head_of(told.views))
    assert set_up(told.database) is False


@pytest.mark.thorough
def test_views_of_the_first_form_that_had_one_place_together_are_made_anew(told: Newsroom) -> None:
    with told.database.connect(name="test", as_owner=True) as owner:
        owner.execute("drop table projection, projection_skips")
        owner.execute(
            "create table projection (one boolean primary key default true check (one),"
            " position bigint not null default 0, definition text not null, tables text[] not null)"
        )
        owner.execute("insert into projection (definition, tables) values ('old', %s)", [list(TABLES)])
    assert not is_set_up(told.views)
    prepare(told.database)
    assert dump(told.views) == dump_built_anew(told.views, head_of(told.views))


def test_the_role_of_the_application_suffices_to_catch_up_and_not_for_more(told: Newsroom) -> None:
    assert told.views.execute("select current_user").fetchone() == (told.database.app_role,)
    told.report()
    assert catch_up(told.views) == head_of(told.views)
    for forbidden in (
        "drop table search",
        "alter table search add column more int",
        "insert into projection (view, definition, tables) values ('x', 'x', '{}')",
        "delete from projection",
        "update projection_skips set reason = ''",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            told.views.execute(forbidden)
