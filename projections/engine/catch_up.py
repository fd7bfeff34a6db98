"""The one way a view moves: a page of events at a time, every event once, in order, whoever asks for it.

Views that stand at the same position move together, in one transaction that holds the lead. One that cannot take an
event is stopped before it, with what was raised, and the others go on (`_single_out`). One that was stopped and goes on
later moves by itself until it has joined them.
"""

import logging
import traceback
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from psycopg import Connection

from ledger import limits
from ledger.refusals import ViewsAhead, ViewsOfAnotherRelease
from ledger.store.database import Row
from ledger.store.store import CannotRead, read_head
from projections.engine import progress, states
from projections.engine.folding import (
    NOT_THE_VIEWS_FAULT,
    Folder,
    Names,
    State,
    ViewRaised,
    happened,
    read_page,
    what_failed,
)
from projections.engine.progress import Progress, Standing
from projections.engine.writing import write
from projections.views.catalogue import OF_A_STORY, VIEW, VIEWS, chosen, definition
from projections.views.happened import Happened
from projections.views.story import Story
from projections.views.view import View

log = logging.getLogger("factledger.projections")

PAGE_EVENTS = 1_000
_SMALLER = 8  # a page that a view raises at is divided by this, until one event is left


def catch_up(
    connection: Connection[Row],
    up_to: int | None = None,
    *,
    page_events: int = PAGE_EVENTS,
    patience: float = 0,
    only_ahead: bool = False,
    beside: str | None = None,
) -> int:
    """Moves every view that runs to `up_to`, or as far as the ledger goes; the position that all of those are at.

    Each page is one transaction that holds the lead, so pages of several callers follow each other and none is
    projected twice. `patience`: seconds to wait for the lead, 0 for as long as it takes; psycopg.errors.
    LockNotAvailable when it runs out. `only_ahead`: leaves those that are behind the others to whoever has the time.
    `beside`: the schema of the other views, where these are built beside them.
    """
    mover = _Mover(connection, limits.POSITION if up_to is None else up_to, patience, beside)
    for page in mover.turns(page_events, only_ahead=only_ahead):
        reached = page.reached
    return reached


def page_by_page(connection: Connection[Row], *, page_events: int = PAGE_EVENTS) -> Iterator["Turn"]:
    """The same, for whoever has something to say as soon as a page is committed: while more comes in all the time, the
    views are never level with the ledger, and who waits for a position is not to wait for that."""
    return _Mover(connection, limits.POSITION, 0, None).turns(page_events)


def position(connection: Connection[Row], *also: str) -> int:
    """How far the views of a story are, and those others that are named."""
    return progress.position(connection, {*OF_A_STORY, *also})


def lead(connection: Connection[Row]) -> None:
    """Takes the lead over the views that the connection sees, to the end of the transaction."""
    connection.execute(
        "select pg_advisory_xact_lock(hashtextextended('factledger page ' || current_schema(), 0))"
    )


@dataclass(frozen=True, slots=True)
class Turn:
    """What one page came to: `is_level` where nothing more was there for its views, `fronts` is the number of positions
    that views which run stand at, `reached` the last; `shown` is how far the views of stories are."""

    is_level: bool
    fronts: int
    reached: int
    shown: int


@dataclass(frozen=True, slots=True)
class _Group:
    """Views that stand at one position, and how far they may go together."""

    views: Sequence[View]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Mover:
    connection: Connection[Row]
    up_to: int
    patience: float
    beside: str | None

    def turns(self, page_events: int, *, only_ahead: bool = False) -> Iterator[Turn]:
        """Until nothing is left to be moved."""
        turn = idle = 0
        while True:
            turned = self.turn(turn, page_events)
            yield turned
            idle = idle + 1 if turned.is_level else 0
            if idle >= (1 if only_ahead else turned.fronts):
                return
            turn += not only_ahead

    def turn(self, turn: int, page_events: int) -> Turn:
        """Moves the views of one front by a page; those whose turn it is, the front that is ahead first."""
        raised: set[str] = set()
        while True:
            try:
                with self.connection.transaction():
                    own, standing = self._lead()
                    running = _running(own)
                    fronts = sorted({place.position for place in running.values()}, reverse=True)
                    if not fronts:
                        reached = position(self.connection)
                        return Turn(True, 0, reached, reached)
                    front = turn % len(fronts)
                    # Who is behind goes just so far as to join those who are next.
                    end = fronts[front - 1] if front else self.up_to
                    at_front = [name for name, place in running.items() if place.position == fronts[front]]
                    group = _group(standing, fronts[front], min(end, self.up_to), {*at_front} - raised)
                    moved = self._move(group, page_events) if group else 0
                    shown = _shown(standing, group, moved)
                break
            except ViewRaised as error:
                raised |= {*error.views}
        for view in chosen(raised):
            self._single_out(view.name, page_events)
        if raised:
            return Turn(False, len(fronts), fronts[-1], position(self.connection))
        if moved == page_events or len(fronts) > 1:
            return Turn(not moved, len(fronts), fronts[-1], shown)
        reached = fronts[0] + moved
        # Another look would cost as much as a small page, and a small page is what there mostly is.
        head = read_head(self.connection)[0]
        if reached > head:
            raise ViewsAhead(reached=reached, head=head)
        is_level = not moved or reached >= min(self.up_to, head)
        return Turn(is_level, 1, reached, shown)

    def _lead(self) -> tuple[Standing, Standing]:
        """Takes the lead; where the views stand that are moved here, and where all stand that these look into."""
        if self.patience:
            self.connection.execute(
                "select set_config('lock_timeout', %s, true)", [str(int(self.patience * 1000))]
            )
        lead(self.connection)
        own = progress.standing(self.connection)
        return own, progress.standing(self.connection, self.beside) | own if self.beside else own

    def _move(self, group: _Group, page_events: int) -> int:
        """Takes the group one page on; by how many events."""
        names = [view.name for view in group.views]
        rows = read_page(self.connection, group.start, page_events, group.end)
        if not rows:
            return 0
        upto, folder = self._fold(rows, group)
        for view in group.views:
            try:
                write(self.connection, view, folder.sheets[view.name])
            except NOT_THE_VIEWS_FAULT:
                raise
            except Exception as error:
                raise ViewRaised([view.name]) from error
        progress.store(self.connection, names, upto)
        return upto - group.start

    def _fold(self, rows: Sequence[Row], group: _Group) -> tuple[int, Folder]:
        """The last position that could be read, and what the events up to there come to."""
        names = [view.name for view in group.views]
        events: list[Happened] = []
        upto = group.start
        for *row, _ in rows:
            try:
                event = happened(tuple(row))
            except CannotRead as error:
                if upto == group.start:
                    raise ViewRaised(names) from error
                break
            upto = row[0]
            if event is not None:
                events.append(event)
        first: dict[str, tuple[int, str | None]] = {}
        for _, stream, revision, *_, id_before in rows:
            first.setdefault(stream, (revision, id_before))
        asked = Names(self.connection)
        folder = Folder(group.views, asked)
        try:
            found: dict[str, State] = {**states.before(self.connection, first)}
            for event in events:
                found[event.stream] = folder.take(found.get(event.stream), event)
            for state in found.values():
                if isinstance(state, Story) and state.tightened_since(group.start):
                    self._rewrite(folder, group, state, upto)
        except (CannotRead, ViewRaised) as error:
            if isinstance(error, ViewRaised) and error.views:
                raise
            raise ViewRaised(names) from error
        for state in found.values():
            states.STATES.keep(state)
        return upto, folder

    def _rewrite(self, folder: Folder, group: _Group, story: Story, upto: int) -> None:
        """Terms that are tightened reach the past: what readers see of the versions before is made anew."""
        rewritten = [view for view in group.views if view.is_rewritten]
        if not rewritten:
            return
        anew = Folder(rewritten, Names(self.connection))
        state: State | None = None
        for event in states.read_whole(self.connection, story.stream, upto):
            state = anew.take(state, event, story.tightenings)
        for name, sheets in anew.sheets.items():
            for table, rows in sheets.items():
                folder.sheets[name][table].rewrite(story.number, rows)

    def _single_out(self, name: str, page_events: int) -> None:
        """Takes one view as far as it comes by itself, in ever smaller pages, and stops it before the event that it
        cannot take."""
        while True:
            try:
                with self.connection.transaction():
                    own, standing = self._lead()
                    place = _running(own).get(name)
                    group = place and _group(standing, place.position, self.up_to, {name})
                    if not group or not self._move(group, page_events):
                        return
            except ViewRaised as error:
                assert group
                if page_events == 1:
                    self._stop(name, group.start + 1, error)
                    return
                page_events = max(1, page_events // _SMALLER)

    def _stop(self, name: str, at: int, error: ViewRaised) -> None:
        failure, cause = what_failed(self.connection, error, at)
        told = "".join(traceback.format_exception(cause))
        with self.connection.transaction():
            self._lead()
            if progress.fail(self.connection, name, at, failure, told):
                log.error(
                    "a view stands still",
                    extra={"view": name, "position": at, "failure": failure},
                    exc_info=cause,
                )


def _running(standing: Standing) -> dict[str, Progress]:
    """The views that this program may move. Refuses where another release has made all of them."""
    own = {
        view.name: standing[view.name]
        for view in VIEWS
        if view.name in standing and standing[view.name].definition == definition(view)
    }
    if not own:
        raise ViewsOfAnotherRelease
    return {name: place for name, place in own.items() if place.state == "running"}


def _group(standing: Standing, start: int, end: int, names: Collection[str]) -> _Group | None:
    """Those of the views that may go on from where they stand, and how far what they need lets them."""
    views: list[View] = []
    going: set[str] = set()
    for view in (view for view in VIEWS if view.name in names):
        limit = min((_limit(standing[need], need) for need in view.needs if need not in going), default=end)
        if limit > start:
            views.append(view)
            going.add(view.name)
            end = min(end, limit)
    return _Group(views, start, end) if views and end > start else None


def _limit(place: Progress, needed: str) -> int:
    """How far it lets others go: nowhere while another release has made it, for its tables may be others."""
    return place.position if place.definition == definition(VIEW[needed]) else 0


def _shown(standing: Standing, group: _Group | None, moved: int) -> int:
    """How far the views of stories are once the group has moved."""
    going = {view.name for view in group.views} if group else set()
    return min(
        place.position + moved * (name in going) for name, place in standing.items() if name in OF_A_STORY
    )
