"""Builds views anew beside the living ones, compares them with the fold of the events, and switches if they are equal.

The new tables stand in a schema of their own, where whoever builds them looks first. They move as any view does, a page
a transaction, with a place of their own: a rebuild that was killed goes on from there. The living views are read and
moved meanwhile. At the end both stand still for a moment, under the lead, and the new tables take the place of the old.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg import Connection, sql

from ledger.refusals import RebuildUnderWay
from ledger.store.database import Database, Row, release, take
from ledger.store.store import find_gaps, read_head
from projections.engine import progress, tables
from projections.engine.catch_up import catch_up, lead
from projections.engine.proof.fold import Difference, first_difference
from projections.views.catalogue import VIEW, chosen, definition
from projections.views.view import View

Phase = Literal["building", "comparing"]
Note = Callable[[Phase, int, int], object]  # how much is done, and of how much

_PAGE_EVENTS = (
    5_000  # rows that begin and end on one page are written once; beyond this it only takes more memory
)
_ROUNDS = 10  # of following a ledger that grows meanwhile, before it is made to wait
_PATIENCE_FOR_THE_LEAD = "5s"
# Who reads the old tables may wait for one that is locked here and hold another: less than the database takes to look
# for deadlocks, so that it is never a reader who is refused.
_PATIENCE_FOR_READERS = "100ms"
_TRIES = 300


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
    """Builds the views of these names, or all; the position at which they were switched in.

    Needs a login that may create a schema. `is_over` is asked now and then; raises Stopped when it says so,
    RebuildFailed with the reason, RebuildUnderWay where another does the same.
    """
    views = chosen(VIEW if names is None else names)
    places = Places.of(database)
    with _alone(database) as owner:
        find_gaps(owner)  # what cannot be taken must be known before it is met
        _make_room(owner, database, places, views)
        search_path = f"{places.beside},{places.living}"
        with database.connect(name="rebuild", search_path=search_path) as builder:
            return _Rebuild(owner, builder, places, views, note, is_over).run()


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


def _make_room(owner: Connection[Row], database: Database, places: Places, views: Sequence[View]) -> None:
    """The new tables: those of a rebuild that was interrupted, if it was of the same views, or empty ones."""
    if _is_there(owner, places.beside):
        built = progress.standing(owner, places.beside)
        if {view.name: definition(view) for view in views} == {
            name: place.definition for name, place in built.items()
        }:
            with _looking_at(owner, places.beside):
                for failed in (name for name, place in built.items() if place.state == "failed"):
                    progress.retry(owner, failed)  # what it failed at may have been mended
            return
        _drop(owner, places.beside)
    beside, app = sql.Identifier(places.beside), sql.Identifier(database.app_role)
    with _looking_at(owner, places.beside, places.living):
        owner.execute(sql.SQL("create schema {}").format(beside))
        owner.execute(sql.SQL("grant usage on schema {} to {}").format(beside, app))
        tables.make_places(owner, database.app_role)
        for view in views:
            tables.make(owner, view, database.app_role)


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
    owner: Connection[Row]
    builder: Connection[Row]
    places: Places
    views: Sequence[View]
    note: Note
    is_over: Callable[[], bool]

    @property
    def names(self) -> list[str]:
        return [view.name for view in self.views]

    def run(self) -> int:
        try:
            compared, reached = 0, self._build(self._goal())
            self._index()
            for _ in range(_ROUNDS):
                self._compare(reached, compared)
                compared, goal = reached, self._goal()
                if goal - reached <= _PAGE_EVENTS:
                    break
                reached = self._build(goal)
            return self._switch(compared)
        except _Unequal as error:
            raise RebuildFailed(self._keep(error.difference)) from None

    def _goal(self) -> int:
        """The head, or as far as the living views are that the new ones need."""
        needed = {need for view in self.views for need in view.needs} - {*self.names}
        head = read_head(self.owner)[0]
        return min(head, progress.position(self.owner, needed)) if needed else head

    def _build(self, goal: int) -> int:
        """Moves the new views to the goal, with notes on the way."""
        reached = min(place.position for place in progress.standing(self.builder).values())
        while reached < goal:
            self._go_on("building", reached, goal)
            step = min(reached + _PAGE_EVENTS, goal)
            reached = catch_up(self.builder, step, page_events=_PAGE_EVENTS, beside=self.places.living)
            if reached < step:
                self._say_who_failed()
        self._go_on("building", reached, goal)
        return reached

    def _index(self) -> None:
        """Makes the indexes that only readers need: all at once costs less than row by row."""
        with _looking_at(self.owner, self.places.beside):
            for view in self.views:
                tables.index(self.owner, view)

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

    def _compare(self, reached: int, since: int) -> None:
        difference = first_difference(
            self.builder,
            self.names,
            reached,
            since=since,
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
        return (
            f"{difference.view} is not what the events say: table {difference.table}, {difference.where}:"
            f" wanted {difference.wanted}, found {difference.found}."
            f" The new tables are kept in the schema {self.places.unequal}"
        )

    def _switch(self, compared: int) -> int:
        """Puts the new tables in the place of the old; the position that they are at."""
        for _ in range(_TRIES):
            with suppress(psycopg.errors.LockNotAvailable), self.owner.transaction():
                self._wait_at_most(_PATIENCE_FOR_THE_LEAD)
                lead(self.owner)
                reached = self._build(self._goal())
                if reached > compared:
                    self._compare(reached, compared)
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
