"""The shape of every view, and the page of events that moves it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from psycopg import Connection

from ledger.events import Recorded
from ledger.store.database import Row
from projections.views.documents import FactDocument, StoryRef

# A row is valid over the positions [from_position, to_position); this one has not ended. Exact as a float, too:
# the as-of indexes hold positions as points.
OPEN: Final = 2**53 - 1


def held_at(position: str, story: str = "%(story)s") -> str:
    """SQL: which rows of a versioned table held for a story at a position; by its index of boxes, so that it costs
    what they cost, however many there ever were."""
    then = f"point({story}, {position})"
    return f"box(point(story, from_position), point(story, to_position - 1)) @> box({then}, {then})"


@dataclass(frozen=True, slots=True)
class Move:
    """One event with what it did: which story, and the facts before and after it.

    `facts` holds (before, after) of each fact whose document changed: one for an event on a fact, several when a
    dateline lets dates be read anew, none for the rest. `before` is None for a fact just reported.
    """

    recorded: Recorded
    story: StoryRef | None = None
    facts: Sequence[tuple[FactDocument | None, FactDocument]] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Consecutive events with what they did; `upto` is the position of the last."""

    moves: Sequence[Move]
    upto: int

    def of(self, *kinds: type[object]) -> list[Move]:
        """The moves of these kinds of events, in order. By the very class: that is several times as fast as isinstance,
        and every view looks at every event."""
        wanted = frozenset(kinds)
        return [move for move in self.moves if type(move.recorded.event) in wanted]


@dataclass(frozen=True, slots=True)
class View:
    """tables: names of the tables that `ddl` makes; project: takes one page, set-wise, in the caller's transaction;
    needs: the views that it looks into while it does, so that it may not go further than they are; indexes: those that
    only readers need, so that they can be made last where a view is built anew."""

    name: str
    tables: tuple[str, ...]
    ddl: str
    project: Callable[[Connection[Row], Page], None]
    needs: tuple[str, ...] = ()
    indexes: str = ""


@dataclass(slots=True)
class Spell:
    """How long a row holds good, while a page is worked through."""

    key: tuple[object, ...]
    from_position: int
    values: tuple[object, ...]
    to_position: int = OPEN


class Spells:
    """Rows of a versioned table as one page leaves them: which open rows end, and which rows begin."""

    def __init__(self) -> None:
        self.begun: list[Spell] = []
        self.ended: dict[tuple[object, ...], int] = {}
        self._open: dict[tuple[object, ...], Spell] = {}

    def __contains__(self, key: tuple[object, ...]) -> bool:
        """Whether a row for it has begun or ended on this page."""
        return key in self._open or key in self.ended

    def begin(
        self, key: tuple[object, ...], position: int, values: tuple[object, ...], *, is_new: bool
    ) -> None:
        """A row for `key` begins at `position`; what was open for it ends there. `is_new`: nothing was."""
        before = self._open.get(key)
        if before is not None:
            before.to_position = position
        elif not is_new:
            self.ended[key] = position
        spell = Spell(key, position, values)
        self._open[key] = spell
        self.begun.append(spell)

    def end(self, key: tuple[object, ...], position: int) -> None:
        """What was open for `key` ends at `position`, and nothing follows it."""
        spell = self._open.pop(key, None)
        if spell is None:
            self.ended[key] = position
        else:
            spell.to_position = position

    def write_ends(self, connection: Connection[Row], table: str, key: Mapping[str, str]) -> None:
        """Ends the open rows of the table; `key`: each column of its keys, with its type."""
        if not self.ended:
            return
        arrays = ", ".join(f"%b::{type_}[]" for type_ in key.values())
        connection.execute(
            f"update {table} was set to_position = ended.at"
            f" from unnest({arrays}, %b::bigint[]) as ended ({', '.join(key)}, at)"
            f" where {' and '.join(f'was.{column} = ended.{column}' for column in key)}"
            f" and was.to_position = {OPEN}",
            [*map(list, zip(*self.ended, strict=True)), list(self.ended.values())],
        )

    def rows(self) -> list[tuple[object, ...]]:
        """The rows that begin: the columns of the key, from_position, to_position, the values."""
        return [(*spell.key, spell.from_position, spell.to_position, *spell.values) for spell in self.begun]
