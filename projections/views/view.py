"""The shape of every view, and the page of events that moves it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from psycopg import Connection

from ledger.store.database import Row
from projections.views.happened import Of

# A row is valid over the positions [from_position, to_position); this one has not ended. Exact as a float, too:
# the as-of indexes hold positions as points.
OPEN: Final = 2**53 - 1


def held_at(position: str, story: str = "%(story)s") -> str:
    """SQL: which rows of a versioned table held for a story at a position; by its index of boxes, so that it costs
    what they cost, however many there ever were."""
    return (
        f"box(point(story, from_position), point(story, to_position - 1)) @> box(point({story}, {position}))"
    )


def how_many(connection: Connection[Row], which: str, most: int) -> int:
    """Of the rows of `which` (SQL: from, and where); beyond `most` none is counted."""
    row = connection.execute(f"select count(*) from (select {which} limit %s) as found", [most]).fetchone()
    assert row is not None
    return int(row[0])


@dataclass(frozen=True, slots=True)
class Table:
    """key: the columns by which a row is found; then, where it is `lasting`, from_position and to_position; then the
    others. Rows of a table that is neither lasting nor `kept` are added and stay."""

    name: str
    key: tuple[str, ...]
    others: tuple[str, ...] = ()
    lasting: bool = False
    kept: bool = False  # one row a key, as it is now

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *(("from_position", "to_position") if self.lasting else ()), *self.others)


class Rows:
    """Rows of one table as a stretch of events leaves them: which of those before it end, and which begin.

    Where the stretch is a whole stream, none was before it."""

    __slots__ = ("begun", "ended", "open", "rewritten", "table")

    def __init__(self, table: Table) -> None:
        self.table = table
        self.begun: list[list[Any]] = []
        self.ended: dict[tuple[Any, ...], int] = {}
        self.open: dict[tuple[Any, ...], list[list[Any]]] = {}
        self.rewritten: list[int] = []  # stories of which nothing that was before it stays

    @property
    def written(self) -> list[list[Any]]:
        """The rows that it leaves, but for what ends."""
        return [row for rows in self.open.values() for row in rows] if self.table.kept else self.begun

    @property
    def has_past(self) -> bool:
        """Whether a row has ended."""
        place = len(self.table.key) + 1
        return bool(self.ended) or any(row[place] != OPEN for row in self.begun)

    def rewrite(self, story: int, anew: "Rows") -> None:
        """Puts all rows of a story in the place of those that it had before."""
        self.begun = [row for row in self.begun if row[0] != story] + anew.begun
        self.ended = {key: at for key, at in self.ended.items() if key[0] != story}
        self.rewritten.append(story)

    def begin(self, key: tuple[Any, ...], position: int, *values: tuple[Any, ...], is_new: bool) -> None:
        """A row for `key` begins at `position`, or several; what was open for it ends there. is_new: nothing was."""
        if key in self.open or not is_new:
            self.end(key, position)
        rows = [[*key, position, OPEN, *one] for one in values]
        self.open[key] = rows
        self.begun += rows

    def end(self, key: tuple[Any, ...], position: int) -> None:
        """What was open for `key` ends at `position`."""
        rows = self.open.pop(key, None)
        if rows is None:
            self.ended[key] = position
            return
        place = len(key) + 1
        for row in rows:
            row[place] = position

    def add(self, *row: Any) -> None:
        self.begun.append(list(row))

    def count(self, *key: Any, by: int = 1) -> None:
        """So many more of `key`: one row for all of them."""
        if key not in self.open:
            self.add(*key, 0)
            self.open[key] = [self.begun[-1]]
        self.open[key][0][-1] += by

    def keep(self, *row: Any) -> None:
        """The row as it is from now on."""
        self.open[row[: len(self.table.key)]] = [list(row)]


class Look(Protocol):
    """What a fold may ask of the ledger: things that are said once and never change."""

    def name_of(self, source: str, position: int) -> str: ...

    def number_of(self, story: str) -> int: ...


Sheets = Mapping[str, Rows]  # of each table of a view
Fold = Callable[[Sheets, Any, Look], None]


@dataclass(frozen=True, slots=True)
class View:
    """tables: names of the tables that `ddl` makes; of: what the streams are of that it follows; fold: says which rows
    of the tables `rows` an event begins and ends, whenever its stream has taken it; is_rewritten: whether a tightening
    of terms changes rows that were there before; settle: what it does across streams, in the order of positions, of
    what its fold handed on: in those of `rows` that are none of its tables; needs: the views that it looks into then,
    so that it may not go further than they are, and is built anew with them; indexes: those that only readers need."""

    name: str
    tables: tuple[str, ...]
    ddl: str
    of: tuple[Of, ...]
    rows: tuple[Table, ...]
    fold: Fold
    needs: tuple[str, ...] = ()
    indexes: str = ""
    is_rewritten: bool = False
    settle: Callable[[Connection[Row], Sheets], None] | None = None
