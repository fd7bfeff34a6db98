"""Does the fold of the events find every row that is not as it must be, and none that is?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from psycopg import Connection

import projections.engine.proof.fold
from api.server.embedded import EmbeddedPostgres
from ledger.commands import (
    AcceptRequest,
    AcknowledgeRequest,
    CorrectFact,
    EraseContact,
    ReinstateSource,
    RequestCorrection,
)
from ledger.store.database import Row
from projections.engine.catch_up import catch_up
from projections.engine.proof import fold
from projections.engine.proof.expected import PARTS
from projections.engine.proof.fold import Difference, first_difference
from projections.views.catalogue import VIEWS
from tests.days import DAYS, Call, a_bit_of_everything, random_days
from tests.newsday import Day
from tests.newsroom import Newsroom, open_newsroom
from tests.views import TABLES, head_of

ALL = [view.name for view in VIEWS]
FOLDED = (*fold.OF_OTHERS, *fold.OF_STORIES, *fold.OF_SHOCKS, *fold.OF_ALL)


def compare(connection: Connection[Row], up_to: int, since: int = 0) -> Difference | None:
    return first_difference(connection, ALL, up_to, since=since)


def found(connection: Connection[Row], since: int = 0) -> Difference:
    """What is found in views that are as far as the ledger."""
    difference = compare(connection, head_of(connection), since)
    assert difference is not None
    return difference


def everything(room: Newsroom) -> None:
    """A day on which every table gets its rows."""
    day = Day(room)
    a_bit_of_everything(day)
    day.open()
    for story in (-1, 0):
        day.report(story, rests_on=[(-1, 1)] if day.versions[day.slug(story)] else ())
    for ground in (1, 2):
        day.report(-1, rests_on=[(-1, ground)])
    day.retract(-1, 2)
    day.correct(-1, 1)  # shakes the third fact through the second, and not that
    day.kill(-1, approve=False)
    correction = {"expected_version": 2, "was_wrong": "It", "affects": ["other"], "cause": "other"}
    room.file(CorrectFact.model_validate(correction | {"place": "Here", "reason": "So"}), day.slug(-1), 1)
    request = uuid4()
    asked = {"story": day.slug(8), "phrase": "A", "concern": "B", "contact": "C"}
    room.request(RequestCorrection.model_validate(asked), request, "reader")
    room.request(AcknowledgeRequest(note="Seen"), request)
    room.request(AcceptRequest(fact=1, version=2, reason="So"), request)
    room.request(EraseContact(reason="Asked"), request)
    for source in range(2):
        day.discredit(source)
    room.file(ReinstateSource(reason="So"), source=day.sources[1])


# --- What is equal -----------------------------------------------------------------------------------------------


def test_every_view_has_its_fold_and_every_table_of_it() -> None:
    assert {(table.view, table.name) for table in FOLDED} == {
        (view.name, table) for view in VIEWS for table in view.tables
    }
    assert PARTS.keys() == {table.view for table in fold.OF_STORIES}


@pytest.mark.thorough
def test_a_view_without_a_fold_cannot_be_asked_for(newsroom: Newsroom) -> None:
    with pytest.raises(AssertionError, match="every view has its fold"):
        first_difference(newsroom.views, [*ALL, "crossword"], 0)


@pytest.mark.thorough
@pytest.mark.parametrize("name", DAYS)
def test_views_are_as_the_fold_says_at_any_position_of_a_day(newsroom: Newsroom, name: str) -> None:
    DAYS[name](Day(newsroom))
    head = head_of(newsroom.views)
    before = 0
    for goal in (1, head // 3, 2 * head // 3, head - 1, head):
        at = catch_up(newsroom.views, goal, page_events=1)
        assert compare(newsroom.views, at) is None
        assert compare(newsroom.views, at, before) is None
        before = at


@pytest.mark.thorough
def test_views_are_as_the_fold_says_after_everything_and_each_of_them_by_itself(newsroom: Newsroom) -> None:
    everything(newsroom)
    head = catch_up(newsroom.views)
    assert compare(newsroom.views, head) is None
    for view in ALL:
        assert first_difference(newsroom.views, [view], head) is None


@pytest.mark.thorough
def test_views_are_as_the_fold_says_however_the_ledger_is_divided(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything(newsroom)
    middle = catch_up(newsroom.views, head_of(newsroom.views) // 2, page_events=10)
    for name in ("_STREAMS", "_BATCH_EVENTS", "_SHOCKS"):
        monkeypatch.setattr(projections.engine.proof.fold, name, 2)
    assert compare(newsroom.views, middle) is None
    head = catch_up(newsroom.views)
    assert compare(newsroom.views, head) is None
    assert compare(newsroom.views, head, middle) is None
    newsroom.views.execute("delete from search where ctid = (select max(ctid) from search)")
    assert found(newsroom.views).table == "search"


@pytest.mark.thorough
def test_views_of_an_empty_ledger_are_empty(newsroom: Newsroom) -> None:
    assert compare(newsroom.views, 0) is None
    newsroom.views.execute("insert into members values (gen_random_uuid(), 'nobody', '\"nobody\"')")
    assert (found(newsroom.views).table, found(newsroom.views).expected) == ("members", None)


@pytest.fixture(scope="module")
def busy(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Newsroom]:
    with open_newsroom(servers("embedded")) as room:
        yield room


@pytest.mark.thorough
@settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(calls=random_days())
def test_views_are_as_the_fold_says_whatever_happens(busy: Newsroom, calls: list[Call]) -> None:
    """One ledger for all days, each with its stories and sources."""
    before = head_of(busy.views)
    day = Day(busy)
    for call in calls:
        call.do(day)
    head = head_of(busy.views)
    middle = catch_up(busy.views, (before + head) // 2, page_events=10)
    assert compare(busy.views, middle, before) is None
    assert compare(busy.views, catch_up(busy.views), middle) is None
    assert compare(busy.views, head) is None


@pytest.mark.thorough
def test_it_is_told_how_far_it_is(newsroom: Newsroom) -> None:
    everything(newsroom)
    head = catch_up(newsroom.views)
    for since in (0, head - 5):
        told: list[tuple[int, int]] = []

        def note(done: int, total: int, told: list[tuple[int, int]] = told) -> None:
            told.append((done, total))

        first_difference(newsroom.views, ALL, head, since=since, note=note)
        assert all(before <= after for (before, _), (after, _) in pairwise(told))
        assert {total for _, total in told} == {head - since}
        assert told[-1] == (head - since, head - since)


# --- What is not -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def views(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Connection[Row]]:
    """Of a ledger in which everything happened, as their owner."""
    with open_newsroom(servers("embedded")) as room:
        everything(room)
        catch_up(room.views)
        with room.database.connect(name="test", as_owner=True) as owner:
            yield owner


@contextmanager
def undone(connection: Connection[Row]) -> Iterator[None]:
    with connection.transaction(force_rollback=True):
        yield
    assert connection.info.transaction_status == 0


OTHERS = {
    "int4": "coalesce({0}, 0) + 1000000",
    "int8": "coalesce({0}, 0) + 1000000",
    "float8": "coalesce({0}, 0) + 0.000001",
    "text": "coalesce({0}, '') || 'x'",
    "bool": "not {0}",
    "uuid": "gen_random_uuid()",
    "timestamptz": "coalesce({0}, 'epoch') + interval '1 microsecond'",
    "_text": "{0} || 'x'::text",
    "_uuid": "{0} || gen_random_uuid()",
    "tsvector": "coalesce({0}, '') || 'tampered'::tsvector",
}
# Where only some words may stand.
OTHER_WORDS = {
    ("correction_requests", "state"): "case {0} when 'open' then 'declined' else 'open' end",
    ("story_versions", "part"): "case {0} when 'note' then 'corrective' else 'note' end",
    ("search", "part"): "case {0} when 'fact' then 'copy' else 'fact' end",
}


def columns_of(connection: Connection[Row], table: str) -> list[tuple[str, str]]:
    return connection.execute(
        "select a.attname, t.typname from pg_attribute a join pg_type t on t.oid = a.atttypid"
        " where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped",
        [table],
    ).fetchall()


@pytest.mark.thorough
@pytest.mark.parametrize("table", TABLES)
def test_another_value_in_any_column_of_any_table_is_found_and_named(
    views: Connection[Row], table: str
) -> None:
    """In the first row, and in the last one."""
    for column, kind in columns_of(views, table):
        other = OTHER_WORDS.get((table, column), OTHERS[kind]).format(column)
        for which in ("min", "max"):
            with undone(views):
                views.execute(
                    f"update {table} set {column} = {other} where ctid = (select {which}(ctid) from {table})"
                )
                difference = found(views)
            assert difference.table == table
            assert {difference.expected, difference.found} != {None}
            assert f"{column}=" in (difference.expected or "") + (difference.found or "")


@pytest.mark.thorough
@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_is_missing_or_there_twice_is_found_and_named(views: Connection[Row], table: str) -> None:
    for which in ("min", "max"):
        with undone(views):
            views.execute(f"delete from {table} where ctid = (select {which}(ctid) from {table})")
            missing = found(views)
        assert (missing.table, missing.found) == (table, None)
        assert missing.expected
        with undone(views):
            make_room_for_doubles(views, table)
            views.execute(
                f"insert into {table} select * from {table} where ctid = (select {which}(ctid) from {table})"
            )
            doubled = found(views)
        assert (doubled.table, doubled.expected) == (table, None)
        assert doubled.found == missing.expected
        assert doubled.where == missing.where


def make_room_for_doubles(connection: Connection[Row], table: str) -> None:
    connection.execute(f"create temporary table doubled on commit drop as select * from {table}")
    connection.execute(f"drop table {table}")
    connection.execute(f"create table {table} as select * from doubled")


@pytest.mark.thorough
@pytest.mark.parametrize("table", TABLES)
def test_an_empty_table_is_found(views: Connection[Row], table: str) -> None:
    with undone(views):
        views.execute(f"delete from {table}")
        assert (found(views).table, found(views).found) == (table, None)


def test_a_difference_names_the_stream_and_of_the_row_what_differs(views: Connection[Row]) -> None:
    row = views.execute(
        "select n.slug, v.story, v.fact, v.from_position from fact_versions v join story_now n using (story)"
        " where v.reader is not null order by v.story desc limit 1"
    ).fetchone()
    assert row is not None
    slug, story, fact, since = row
    with undone(views):
        views.execute(
            "update fact_versions set reader = replace(reader, 'it is told', 'it was told')"
            " where (story, fact, from_position) = (%s, %s, %s)",
            [story, fact, since],
        )
        difference = found(views)
    assert (difference.view, difference.table, difference.where) == (
        "fact_versions",
        "fact_versions",
        f"story {slug}",
    )
    assert difference.expected is not None
    assert difference.found is not None
    for said in (difference.expected, difference.found):
        assert said.startswith(f"story={story} fact={fact} from_position={since} reader=…")
        assert "desk=" not in said
    assert " it is told" in difference.expected
    assert " it was told" in difference.found


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("change", "where"),
    [
        ("update sources set revision = 7 where source = '{source}'", "source {source}"),
        ("update members set label = 'x' where member = '{member}'", "member {member}"),
        ("update correction_requests set answer = 'x' where request = '{request}'", "request {request}"),
        ("delete from shaken where position = {shock}", "position {shock}"),
        (
            "insert into corrections select 1, 999999, 1, 1, 1, member, '' from members limit 1",
            "position 999999",
        ),
    ],
)
def test_a_difference_says_what_it_is_of(views: Connection[Row], change: str, where: str) -> None:
    named = views.execute(
        "select (select max(source) from sources), (select max(member::text) from members),"
        " (select max(request::text) from correction_requests), (select max(position) from shaken)"
    ).fetchone()
    assert named is not None
    words = dict(zip(("source", "member", "request", "shock"), named, strict=True))
    with undone(views):
        views.execute(change.format(**words))
        assert found(views).where == where.format(**words)


@pytest.mark.thorough
def test_only_the_views_that_are_asked_for_are_looked_at(views: Connection[Row]) -> None:
    with undone(views):
        views.execute("delete from revisions")
        others = [view for view in ALL if view != "revisions"]
        assert first_difference(views, others, head_of(views)) is None
        assert first_difference(views, ["revisions"], head_of(views)) is not None


# --- A second look at the end ------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_second_look_finds_what_is_wrong_in_streams_that_moved_and_leaves_the_others(
    newsroom: Newsroom,
) -> None:
    day = Day(newsroom)
    for story in range(2):
        day.open()
        day.report(story)
        day.publish(story)
    since = catch_up(newsroom.views)
    day.correct(1, 1)
    day.publish(1)
    head = catch_up(newsroom.views)
    number: dict[str, int] = dict(newsroom.views.execute("select slug, story from story_now").fetchall())
    of_streams = [view for view in ALL if view != "figures"]  # these are always counted over all stories
    for table in (table.name for table in fold.OF_STORIES if table.name not in ("approvals", "grounds")):
        for story, is_found in ((0, False), (1, True)):
            with undone(newsroom.views):
                gone = newsroom.views.execute(
                    f"delete from {table} where story = %s returning 1", [number[day.slugs[story]]]
                ).fetchall()
                assert bool(gone) or not is_found
                difference = first_difference(newsroom.views, of_streams, head, since=since)
            assert (difference is not None) is is_found
            if difference is not None:
                assert (difference.table, difference.where) == (table, f"story {day.slugs[story]}")


@pytest.mark.thorough
def test_a_second_look_finds_what_was_shaken_and_what_was_looked_at_since(newsroom: Newsroom) -> None:
    """In stories that did not move, and through them."""
    day = Day(newsroom)
    for _ in range(3):
        day.open()
    day.report(0)
    day.report(1, source=1, rests_on=[(0, 1)])
    day.report(2, source=2, rests_on=[(1, 1)])
    day.correct(0, 1)
    day.discredit(1)
    since = catch_up(newsroom.views)
    day.correct(0, 1)
    day.confirm(2, 1)
    day.discredit(2)
    newsroom.file(ReinstateSource(reason="So"), source=day.sources[1])
    head = catch_up(newsroom.views)
    assert compare(newsroom.views, head) is None
    assert compare(newsroom.views, head, since) is None
    one, two = (
        number
        for (number,) in newsroom.views.execute(
            "select story from story_now order by story offset 1"
        ).fetchall()
    )
    shaken = newsroom.views.execute("select position, story from shaken order by 1, 2").fetchall()
    first, corrected, discredited = sorted({position for position, _ in shaken})
    assert shaken == [(first, one), (corrected, one), (discredited, one), (discredited, two)]
    assert first <= since < corrected
    for change, where in (
        (f"delete from shaken where position = {corrected}", corrected),
        (f"delete from shaken where position = {discredited}", discredited),
        (f"insert into shaken values ({corrected}, {two}, 1, 2)", corrected),
        (f"insert into shaken values ({first}, {two}, 1, 2)", first),  # was confirmed
        (f"insert into shaken values ({first + 1}, {one}, 1, 1)", first + 1),  # the source was reinstated
    ):
        with undone(newsroom.views):
            newsroom.views.execute(change)
            assert found(newsroom.views, since).where == f"position {where}"
    with undone(newsroom.views):
        newsroom.views.execute(f"delete from shaken where position = {first}")
        assert compare(newsroom.views, head, since) is None, "that was seen to the first time"
