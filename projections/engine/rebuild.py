"""Builds views anew beside the living ones, compares them with the fold of the events, and switches if they are equal.

The new tables stand in a schema of their own, where whoever builds them looks first. They move as any view does, a page
a transaction, with a place of their own: a rebuild that was killed goes on from there. The living views are read and
moved meanwhile. At the end both stand still for a moment, under the lead, and the new tables take the place of the old.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import psycopg
from psycopg import Connection, sql

from ledger.refusals import RebuildUnderWay, ViewsAhead, ViewsOfAnotherRelease
from ledger.store.database import Database, Row, release, take
from ledger.store.store import CannotRead, find_gaps, read_head
from projections.engine import bulk, progress, tables
from projections.engine.catch_up import catch_up, lead
from projections.engine.folding import ViewRaised, what_failed
from projections.engine.proof import beside
from projections.engine.proof.fold import (
    OF_ALL,
    OF_OTHERS,
    OF_SHOCKS,
    OF_STORIES,
    Difference,
    first_difference,
)
from projections.views.catalogue import VIEW, chosen, definition, with_needs
from projections.views.view import View

log = logging.getLogger("factledger.rebuild")

Phase = Literal["building", "comparing"]
Note = Callable[[Phase, int, int], object]  # how much is done, and of how much

_PAGE_EVENTS = 5_000  # of those that come while it is built
_ROUNDS = 10  # of following a ledger that grows meanwhile, before it is made to wait
_PATIENCE_FOR_THE_LEAD = "5s"
# Who reads the old tables may wait for one that is locked here and hold another: less than the database takes to look
# for deadlocks, so that it is never a reader who is refused.
_PATIENCE_FOR_READERS = "100ms"
_TRIES = 300
_NAMED = 20  # streams, where rows were wrong


class RebuildFailed(Exception):
    """A view could not take an event, or came out unlike the fold of the events. The living views are as they were."""


class _Unequal(Exception):
    def __init__(self, difference: Difference) -> None:
        self.difference = difference


class Stopped(Exception):
    """It was told to end; what is built stays, and the next rebuild goes on from there."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the views live, and where new ones are built, or kept if they are not equal."""

    living: str
    beside: str
    unequal: str

    @property
    def search_path(self) -> str:
        return f"{self.beside},{self.living}"

    @classmethod
    def of(cls, database: Database) -> "Places":
        return cls(database.schema, f"{database.schema}_rebuild", f"{database.schema}_unequal")


def rebuild(
    database: Database,
    names: Collection[str] | None = None,
    *,
    note: Note = lambda *_: None,
    is_over: Callable[[], bool] = lambda: False,
) -> int:
    """Builds the views of these names and those that they look into, or all; the position at which they were switched
    in.

    Needs a login that may create a schema. `is_over` is asked now and then; raises Stopped when it says so,
    RebuildFailed with the reason, RebuildUnderWay where another does the same.
    """
    views = chosen(VIEW if names is None else with_needs(names))
    places = Places.of(database)
    with (
        _alone(database) as owner,
        database.connect(name="rebuild") as living,
        database.connect(name="rebuild", search_path=places.search_path) as builder,
    ):
        find_gaps(owner)  # what cannot be taken must be known before it is met
        return _Rebuild(database, owner, living, builder, places, views, note, is_over).run()


def cancel(database: Database) -> bool:
    """Throws away what a rebuild has built that did not come to its end; whether there was any."""
    with _alone(database) as owner:
        beside = Places.of(database).beside
        was_there = _is_there(owner, beside)
        _drop(owner, beside)
        return was_there


@contextmanager
def _alone(database: Database) -> Iterator[Connection[Row]]:
    """The owner's connection, which holds back every other rebuild for as long as it is open."""
    with database.connect(name="rebuild", as_owner=True) as owner:
        lock = f"factledger rebuild {database.schema}"
        if not take(owner, lock):
            raise RebuildUnderWay
        try:
            yield owner
        finally:
            release(owner, lock)


def _tell_what_was_wrong(view: str, streams: Sequence[int]) -> None:
    """Of a living view, where the new one is what the events say."""
    begin = ", ".join(map(str, streams[:_NAMED])) + (" and others" if len(streams) > _NAMED else "")
    log.warning(
        "rows of %s were not what the events say%s; the new ones are",
        view,
        f": of what begins at position {begin}" if streams else "",
    )


@contextmanager
def _looking_at(owner: Connection[Row], *schemas: str) -> Iterator[None]:
    """A transaction in which names without a schema are those of these, the first one before all."""
    with owner.transaction():
        owner.execute("select set_config('search_path', %s, true)", [",".join(schemas)])
        yield


def _is_there(owner: Connection[Row], schema: str) -> bool:
    return owner.execute("select to_regclass(%s)", [f"{schema}.projection"]).fetchone() != (None,)


def _drop(owner: Connection[Row], schema: str) -> None:
    owner.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))


@dataclass(frozen=True, slots=True)
class _Rebuild:
    """owner: changes tables; living: moves the living views; builder: sees the new ones first; wrong: the living views
    that were not what the events say, with where the streams begin whose rows these are."""

    database: Database
    owner: Connection[Row]
    living: Connection[Row]
    builder: Connection[Row]
    places: Places
    views: Sequence[View]
    note: Note
    is_over: Callable[[], bool]
    wrong: dict[str, set[int]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [view.name for view in self.views]

    def run(self) -> int:
        try:
            self._make_room()
            if not self._reached():
                self._fill()
            proved, reached = 0, self._reached()
            for _ in range(_ROUNDS):
                self._prove(reached, proved)
                proved, goal = reached, self._goal()
                if goal - reached <= _PAGE_EVENTS:
                    break
                reached = self._build(goal)
            reached = self._switch(proved)
            for name, streams in self.wrong.items():
                _tell_what_was_wrong(name, sorted(streams))
            return reached
        except _Unequal as error:
            raise RebuildFailed(self._keep(error.difference)) from None

    def _make_room(self) -> None:
        """The new tables: those of a rebuild that was interrupted, if it was of the same views, or empty ones."""
        owner, places = self.owner, self.places
        if _is_there(owner, places.beside):
            built = progress.standing(owner, places.beside)
            if {view.name: definition(view) for view in self.views} == {
                name: place.definition for name, place in built.items()
            }:
                with _looking_at(owner, places.beside):
                    for failed in (name for name, place in built.items() if place.state == "failed"):
                        progress.retry(owner, failed)  # what it failed at may have been mended
                return
            _drop(owner, places.beside)
        goal = self._goal()
        new, app = sql.Identifier(places.beside), sql.Identifier(self.database.app_role)
        with _looking_at(owner, places.beside, places.living):
            owner.execute(sql.SQL("create schema {}").format(new))
            owner.execute(sql.SQL("grant usage on schema {} to {}").format(new, app))
            tables.make_places(owner, self.database.app_role)
            for view in self.views:
                tables.make(owner, view, self.database.app_role)
            bulk.plan(owner, places.beside, self.database.app_role, goal)

    def _reached(self) -> int:
        return min(place.position for place in progress.standing(self.builder).values())

    def _fill(self) -> None:
        """Whole streams, indexes last, and what crosses streams."""
        through, goal = bulk.done(self.builder)
        self._go_on("building", through, goal)
        try:
            bulk.fill(self.database, self.places.search_path, self.views, partial(self._go_on, "building"))
        except (ViewRaised, CannotRead) as error:
            view = error.views[0] if isinstance(error, ViewRaised) else self.names[0]
            failure, cause = what_failed(self.builder, error, error.position)
            raise RebuildFailed(
                f"{view} cannot take the event at position {error.position} ({failure}):"
                f" {type(cause).__name__}: {cause}"
            ) from error
        bulk.index(self.database, self.places.beside, self.views)
        bulk.settle(self.builder, self.views)
        with _looking_at(self.owner, self.places.beside):
            bulk.forget(self.owner)
            for table in progress.tables(self.owner, self.names):
                self.owner.execute(sql.SQL("analyze {}").format(sql.Identifier(table)))

    def _goal(self, *, may_move: bool = True) -> int:
        """As far as the living views are that the new ones are held against: so that both can be at the same position.
        The head where there are none. may_move: whether the living ones may be moved on before."""
        if may_move:
            with suppress(ViewsOfAnotherRelease, ViewsAhead):
                catch_up(self.living)
        living = progress.standing(self.living)
        head = read_head(self.owner)[0]
        places = [place.position for name, place in living.items() if self._is_alike(name, place, head)]
        return min([head, *places])

    def _is_alike(self, name: str, place: progress.Progress, head: int) -> bool:
        """Whether the living view holds what the new one must, by all that is known."""
        return (
            name in self.names
            and place.position <= head
            and place.definition == definition(VIEW[name])
            and place.state == "running"
            and not place.missing
        )

    def _build(self, goal: int) -> int:
        """Moves the new views to the goal, with notes on the way."""
        reached = self._reached()
        while reached < goal:
            self._go_on("building", reached, goal)
            step = min(reached + _PAGE_EVENTS, goal)
            reached = catch_up(self.builder, step, page_events=_PAGE_EVENTS, beside=self.places.living)
            if reached < step:
                self._say_who_failed()
        return reached

    def _go_on(self, phase: Phase, done: int, of: int) -> None:
        if self.is_over():
            raise Stopped
        self.note(phase, done, of)

    def _say_who_failed(self) -> None:
        for failed in progress.report(self.builder):
            if failed.failed_at is not None:
                told = (failed.traceback or "").strip().rpartition("\n")[2]
                raise RebuildFailed(
                    f"{failed.view} cannot take the event at position {failed.failed_at} ({failed.failure}): {told}"
                )

    # --- The proof ---

    def _prove(self, reached: int, since: int, *, is_last: bool = False) -> None:
        """Holds the new views, which are at `reached`, against the living ones, and where that cannot be, or shows a
        difference, against the fold of the events; likewise some stories chosen by chance. since: up to where that was
        done before. is_last: the living ones stand still."""
        with self.builder.transaction():
            self.builder.execute("set transaction isolation level repeatable read")
            living = progress.standing(self.builder, self.places.living)
            head = read_head(self.builder)[0]
            alike = {
                name: living[name].position
                for name in self.names
                if name in living and self._is_alike(name, living[name], head)
            }
            others = [name for name in self.names if name not in alike]
            self._go_on("comparing", 0, reached)
            if others:
                self._work_out(others, reached, since)
            unequal = {name: self._unequal(name, reached, since, is_last=is_last) for name in alike}
            by_chance = () if since else beside.some_stories(self.builder, reached)
            suspects = {name: streams.union(by_chance) for name, streams in unequal.items()}
            streams = set().union(*suspects.values())
            if streams:
                self._work_out([name for name in alike if suspects[name]], reached, only=streams)
            across = [name for name, at in alike.items() if at == reached and self._unequal_across(name)]
            if across:
                self._work_out([name for name in alike if VIEW[name].settle], reached)
        for name, streams in unequal.items():
            if streams or name in across:
                self.wrong.setdefault(name, set()).update(streams)

    def _unequal(self, name: str, reached: int, since: int, *, is_last: bool) -> set[int]:
        """Where the streams begin whose rows are not the same. Of those that have moved among the living meanwhile more
        is known the next time."""
        found: set[int] = set()
        for table in (*OF_OTHERS, *OF_STORIES):
            if table.view == name:
                found.update(
                    beside.unequal(
                        self.builder,
                        table,
                        self._schemas,
                        since=since,
                        moved_since=None if is_last else reached,
                    )
                )
                self._go_on("comparing", reached, reached)
        return found

    def _unequal_across(self, name: str) -> bool:
        tables = [table for table in (*OF_SHOCKS, *OF_ALL) if table.view == name]
        return any(beside.unequal(self.builder, table, self._schemas) for table in tables)

    @property
    def _schemas(self) -> tuple[str, str]:
        return self.places.beside, self.places.living

    def _work_out(
        self, names: Collection[str], reached: int, since: int = 0, only: Collection[int] | None = None
    ) -> None:
        difference = first_difference(
            self.builder,
            names,
            reached,
            since=since,
            only=only,
            note=lambda done, of: self._go_on("comparing", done, of),
        )
        if difference is not None:
            raise _Unequal(difference)

    def _keep(self, difference: Difference) -> str:
        """Puts the unequal tables where they can be looked at; what is to be said of them."""
        _drop(self.owner, self.places.unequal)
        self.owner.execute(
            sql.SQL("alter schema {} rename to {}").format(
                sql.Identifier(self.places.beside), sql.Identifier(self.places.unequal)
            )
        )
        return f"{difference}. The new tables are kept in the schema {self.places.unequal}"

    def _switch(self, proved: int) -> int:
        """Puts the new tables in the place of the old; the position that they are at."""
        for _ in range(_TRIES):
            with suppress(psycopg.errors.LockNotAvailable), self.owner.transaction():
                self._wait_at_most(_PATIENCE_FOR_THE_LEAD)
                lead(self.owner)
                reached = self._build(self._goal(may_move=False))
                self._prove(reached, proved, is_last=True)
                self._wait_at_most(_PATIENCE_FOR_READERS)
                self._replace()
                return reached
            time.sleep(0.05)
        raise RebuildFailed("the old tables are read without a pause; what is built stays, try again later")

    def _wait_at_most(self, patience: str) -> None:
        self.owner.execute("select set_config('lock_timeout', %s, true)", [patience])

    def _replace(self) -> None:
        old = progress.tables(self.owner, self.names)
        if old:
            self.owner.execute(
                sql.SQL("lock table {} in access exclusive mode").format(
                    sql.SQL(", ").join(map(sql.Identifier, old))
                )
            )
        for view in self.views:
            tables.drop(self.owner, view.name)
            for table in view.tables:
                self.owner.execute(
                    sql.SQL("alter table {} set schema {}").format(
                        sql.Identifier(self.places.beside, table), sql.Identifier(self.places.living)
                    )
                )
        self.owner.execute(
            sql.SQL("insert into projection select * from {}").format(
                sql.Identifier(self.places.beside, "projection")
            )
        )
        _drop(self.owner, self.places.beside)
