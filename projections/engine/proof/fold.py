"""Do the views hold what the events say? Every row worked out anew, another way, and compared by its hash.

Streams are folded one after the other; of each and of each table there is one digest, of the hashes of its rows in any
order, made here of what must be there and by the database of what is. Rows are looked at only where digests differ.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from itertools import groupby, islice, takewhile
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import orjson
from psycopg import Connection

from ledger import limits
from ledger.erasure import Erased, OutOfPlace
from ledger.events import Recorded, topic_of
from ledger.member import MemberEvent
from ledger.moment import rfc3339
from ledger.request import CorrectionRequested
from ledger.source import SourceDiscredited, SourceEvent, SourceRegistered, SourceRenamed
from ledger.store import slugs
from ledger.store.database import Row
from ledger.store.store import (
    LedgerMapper,
    Stream,
    positions_of,
    read_at,
    read_openings,
    read_past,
    read_streams,
)
from ledger.story import FactCorrected, FactRetracted, FactReverted, StoryOpened
from ledger.words import RECORDED, source_stream, story_stream
from projections.engine.proof.dependencies import Dependants, Shock
from projections.engine.proof.expected import (
    Fold,
    MemberFold,
    RequestFold,
    SourceFold,
    StoryFold,
    Tightenings,
    Values,
    Write,
    carrying,
)
from projections.engine.proof.texts import because
from projections.engine.proof.totals import EXPECTED
from projections.views.documents import FactDocument, instant

_MAPPER = LedgerMapper()
_STREAMS: Final = 2_000  # whose digests are held together
_BATCH_EVENTS: Final = 2_000  # of several streams, read together
_SHOCKS: Final = 1_000  # held together
_FIRST, _LAST = -(2**63), 2**63 - 1

# --- What is compared --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """The first row that is not as it must be. where: what it belongs to; expected, found: the row as text, without
    what both have in common where there are both; None where there is no such row."""

    view: str
    table: str
    where: str
    expected: str | None
    found: str | None

    def __str__(self) -> str:
        return (
            f"{self.view} is not what the events say: table {self.table}, {self.where}:"
            f" expected {self.expected}, found {self.found}"
        )


@dataclass(frozen=True, slots=True)
class Table:
    """anchor: SQL, the position that its rows belong to: where their stream begins, or what shook them."""

    view: str
    name: str
    anchor: str


_OF_A_MEMBER = "coalesce((select e.position from events e where e.stream_id = member and e.version = 1), 0)"
OF_OTHERS: Final = (
    Table("members", "members", _OF_A_MEMBER),
    Table("sources", "sources", "position"),
    Table(
        "sources", "source_names", "(select s.position from sources s where s.source = source_names.source)"
    ),
    Table("requests", "correction_requests", "position"),
)
OF_STORIES: Final = (
    Table("story_now", "story_now", "story"),
    Table("story_now", "story_slugs", "story"),
    Table("story_versions", "story_versions", "story"),
    Table("fact_versions", "fact_versions", "story"),
    Table("revisions", "revisions", "story"),
    Table("publications", "publications", "story"),
    Table("publications", "public_changes", "story"),
    Table("approvals", "approvals", "story"),
    Table("corrections", "corrections", "story"),
    Table("source_usage", "source_usage", "story"),
    Table("search", "search", "story"),
    Table("shaken", "grounds", "story"),
)
# Of no one stream: counted over all of them.
OF_ALL: Final = (
    Table("figures", "figures", "0"),
    Table("figures", "figures_of_stories", "story"),
)
OF_SHOCKS: Final = (
    Table("shaken", "shocks", "position"),
    Table("shaken", "shaken", "position"),
)


def first_difference(
    connection: Connection[Row],
    views: Collection[str],
    up_to: int,
    *,
    since: int = 0,
    only: Collection[int] | None = None,
    note: Callable[[int, int], None] = lambda done, total: None,
) -> Difference | None:
    """Holds the views, which are at `up_to` and stay there, against the fold of the events; None where all is equal.

    `since`: a position at which they were compared before: only streams with events beyond it are looked at, and what
    events beyond it shook. `only`: of these streams alone, by the positions at which they begin, and nothing of what
    crosses streams. `note` is told how many events of how many are through.
    """
    known = {table.view for table in (*OF_OTHERS, *OF_STORIES, *OF_SHOCKS, *OF_ALL)}
    assert known >= {*views}, "every view has its fold"
    chosen = None if only is None else frozenset(only)
    found = _Comparison(connection, frozenset(views), up_to, since, chosen, note).first_difference()
    note(up_to - since, up_to - since)
    return found


# --- Rows as text ------------------------------------------------------------------------------------------------

# No value that is expected holds either of them (see `ledger.words`), so no other row has the same text.
_BETWEEN, _NULL = "\x1f", "\x1e"
_AS_TEXT: Mapping[type, Callable[[Any], str]] = {
    int: str,
    bool: lambda value: "true" if value else "false",
    float: lambda value: repr(value).removesuffix(".0"),
    datetime: rfc3339,
    UUID: str,
    list: lambda value: orjson.dumps(value).decode(),
    tuple: lambda value: orjson.dumps(value).decode(),
    type(None): lambda _: _NULL,
}


@dataclass(frozen=True)
class Shape:
    """A table as it stands in the database. text: SQL, a row of it as text."""

    columns: tuple[str, ...]
    key: tuple[str, ...]
    text: str

    @cached_property
    def _pick(self) -> Callable[[Values], tuple[Any, ...]]:
        return itemgetter(*self.columns)

    def text_of(self, values: Values) -> str:
        return _BETWEEN.join(
            [value if type(value) is str else _AS_TEXT[type(value)](value) for value in self._pick(values)]
        )

    def key_of(self, text: str) -> tuple[str, ...]:
        values = dict(zip(self.columns, text.split(_BETWEEN), strict=False))
        return tuple(values[column] for column in self.key)


def _shape(connection: Connection[Row], table: str) -> Shape:
    rows = connection.execute(
        "select a.attname, t.typname, a.attnum = any(k.indkey) from pg_attribute a"
        " join pg_type t on t.oid = a.atttypid"
        " left join pg_index k on k.indrelid = a.attrelid and k.indisprimary"
        " where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum",
        [table],
    ).fetchall()
    texts = ", ".join(f"coalesce({_text_of_column(name, kind)}, '{_NULL}')" for name, kind, _ in rows)
    return Shape(
        tuple(name for name, _, _ in rows),
        tuple(name for name, _, is_key in rows if is_key),
        f"concat_ws('{_BETWEEN}', {texts})",
    )


def _text_of_column(name: str, kind: str) -> str:
    if kind == "timestamptz":
        return instant(name)
    return f"to_json({name})::text" if kind.startswith("_") else f"{name}::text"  # _text is an array of text


def _digest(hashes: Iterable[bytes]) -> bytes:
    return sha256(b"".join(sorted(hashes))).digest()


def _hash(text: str) -> bytes:
    return sha256(text.encode()).digest()


# --- The comparison ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Comparison:
    connection: Connection[Row]
    views: frozenset[str]
    up_to: int
    since: int
    only: frozenset[int] | None
    note: Callable[[int, int], None]
    done: int = 0
    shapes: dict[str, Shape] = field(init=False)
    dependants: Dependants = field(init=False)
    stories: list[int] = field(default_factory=list)  # that were looked at, where not all are
    _numbers: dict[str, int] = field(default_factory=dict)
    _names: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tables = self._asked((*OF_OTHERS, *OF_STORIES, *OF_SHOCKS, *OF_ALL))
        self.shapes = {table.name: _shape(self.connection, table.name) for table in tables}
        self.dependants = Dependants(self._number_of, self._names_of)

    def first_difference(self) -> Difference | None:
        return (
            self._of_streams(OF_OTHERS, of_stories=False)
            or self._of_streams(OF_STORIES, of_stories=True)
            or self._of_shocks()
            or self._of_figures()
        )

    def _asked(self, tables: Sequence[Table]) -> list[Table]:
        return [table for table in tables if table.view in self.views]

    def _number_of(self, slug: str) -> int:
        if slug not in self._numbers:
            opening = (story_stream(slug), 1)
            found = positions_of(self.connection, [opening])
            if opening not in found:  # it got the slug later
                led = slugs.led(self.connection, [opening[0]])
                opening = (story_stream(led[opening[0]]), 1)
                found = positions_of(self.connection, [opening])
            self._numbers[slug] = found[opening]
        return self._numbers[slug]

    def _names_of(self, source: str) -> list[tuple[int, str]]:
        if source not in self._names:
            recorded = read_streams(self.connection, {source_stream(source): 0}, _MAPPER, self.up_to)
            self._names[source] = [
                (one.at.position, one.event.name)
                for one in recorded
                if isinstance(one.event, SourceRegistered | SourceRenamed)
            ]
        return self._names[source]

    # --- Streams -------------------------------------------------------------------------------------------------

    def _of_streams(self, tables: Sequence[Table], *, of_stories: bool) -> Difference | None:
        """What is shaken hangs on sources, too: they come before the stories."""
        asked = self._asked(tables)
        if not asked and "shaken" not in self.views:
            return None
        after, is_last = _FIRST, False
        while not is_last:
            streams = read_openings(
                self.connection,
                max(after, 0),
                self.up_to,
                _STREAMS,
                topic=topic_of(StoryOpened),
                has_topic=of_stories,
                since=self.since,
                only=None if self.only is None else sorted(self.only),
            )
            is_last = len(streams) < _STREAMS
            until = _LAST if is_last else streams[-1].first
            # Where rows belong to no stream at all, they are found, too.
            only = [stream.first for stream in streams] if self.since else None
            if self.only is not None:
                only = [first for first in self.only if after < first <= until]
            if of_stories and only:
                self.stories += only
            digests = self._digests_expected(asked, streams)
            for table in asked:
                wrong = self._first_unequal(table, digests[table.name], after, until, only)
                if wrong is not None:
                    return self._of_stream(table, wrong, streams)
            after = until
        return None

    def _digests_expected(
        self, tables: Sequence[Table], streams: Sequence[Stream]
    ) -> dict[str, dict[int, bytes]]:
        digests: dict[str, dict[int, bytes]] = {table.name: {} for table in tables}
        for batch in _batches(streams):
            rows = _Rows({name: self.shapes[name] for name in digests}, _hash)
            for stream, events in self._read(batch):
                self._fold(stream, events, rows, self.dependants)
            for (table, anchor), hashes in rows.take().items():
                digests[table][anchor] = _digest(hashes)
            self.note(self.done, self.up_to - self.since)
        return digests

    def _read(self, batch: Sequence[Stream]) -> Iterator[tuple[Stream, Iterator[Recorded]]]:
        """Each stream with its events."""
        if len(batch) == 1:
            (one,) = batch
            yield one, self._read_one(one)
            return
        streams = {stream.stream: stream for stream in batch}
        recorded = read_streams(self.connection, dict.fromkeys(streams, 0), _MAPPER, self.up_to)
        for stream, events in groupby(recorded, lambda one: one.stream):
            yield streams[stream], events

    def _read_one(self, stream: Stream) -> Iterator[Recorded]:
        return read_past(self.connection, stream.stream, stream.events, _MAPPER)

    def _fold(
        self, stream: Stream, events: Iterable[Recorded], rows: "_Rows[Any]", dependants: Dependants
    ) -> Fold:
        """Once, and a second time where what came later bears upon what was written before: so that of a long story no
        more has to be held than its state."""
        rows.anchor = stream.first
        fold = self._fold_once(events, rows, dependants, {})
        if isinstance(fold, StoryFold) and fold.tightenings:
            rows.forget()
            fold = self._fold_once(
                self._read_one(stream), rows, Dependants(self._number_of, self._names_of), fold.tightenings
            )
        return fold

    def _fold_once(
        self, events: Iterable[Recorded], rows: "_Rows[Any]", dependants: Dependants, later: Tightenings
    ) -> Fold:
        fold: Fold | None = None
        for recorded in events:
            if isinstance(recorded.event, OutOfPlace):
                continue
            fold = fold or fold_of(recorded, self.views, rows.write, dependants, later)
            fold.take(recorded)
            self.done += recorded.at.position > self.since and not later
        assert fold is not None, "a stream has events"
        fold.close()
        return fold

    def _of_stream(self, table: Table, anchor: int, streams: Sequence[Stream]) -> Difference:
        """The difference between the rows of a table that belong to a stream, or to none there is."""
        rows = _Rows({table.name: self.shapes[table.name]}, str)
        where = f"position {anchor}"
        for stream, events in self._read([stream for stream in streams if stream.first == anchor]):
            where = self._fold(stream, events, rows, Dependants(self._number_of, self._names_of)).name
        return self._between(table, anchor, where, rows.take().get((table.name, anchor), []))

    # --- What is shaken ------------------------------------------------------------------------------------------

    def _of_shocks(self) -> Difference | None:
        if "shaken" not in self.views or self.only is not None:
            return None
        if self.since:
            self._take_what_did_not_move()
        shocks = self.dependants.shocks(self.since)
        after, is_last = self.since or _FIRST, False
        while not is_last:
            some = list(islice(shocks, _SHOCKS))
            is_last = len(some) < _SHOCKS
            until = _LAST if is_last else some[-1].position
            rows = self._rows_of_shocks(some)
            for table in OF_SHOCKS:
                digests = {
                    anchor: _digest(map(_hash, texts))
                    for (name, anchor), texts in rows.items()
                    if name == table.name
                }
                wrong = self._first_unequal(table, digests, after, until, None)
                if wrong is not None:
                    return self._between(table, wrong, f"position {wrong}", rows.get((table.name, wrong), []))
            after = until
        return self._of_what_ended() if self.since else None

    def _rows_of_shocks(self, shocks: Sequence[Shock]) -> dict[tuple[str, int], list[str]]:
        rows = _Rows({table.name: self.shapes[table.name] for table in OF_SHOCKS}, str)
        causes = read_at(self.connection, [shock.position for shock in shocks], _MAPPER)
        for shock, cause in zip(shocks, causes, strict=True):
            event, rows.anchor = cause.event, shock.position
            assert isinstance(event, SourceDiscredited | FactCorrected | FactRetracted | FactReverted)
            story = self.dependants.slugs[shock.place[0]] if shock.place else None
            text = because(event, cause.at, story)
            rows.write("shocks", {"position": shock.position, "source": shock.source, "desk": text})
            for (number, fact), distance in self.dependants.still_shaken(shock).items():
                row = {"position": shock.position, "story": number, "fact": fact, "distance": distance}
                rows.write("shaken", row)
        return rows.take()

    def _take_what_did_not_move(self) -> None:
        """What the other stories rest on is as it was compared before."""
        rows = self.connection.execute(
            "select story, fact, ground_story, ground_fact, from_position, to_position, standing from grounds"
            " where story <> all(%s)",
            [self.stories],
        )
        for story, fact, ground_story, ground_fact, *span in rows:
            self.dependants.rested((story, fact), (ground_story, ground_fact), *span)
        rows = self.connection.execute(
            "select v.story, v.fact, v.desk, v.from_position, v.to_position from fact_versions v join ("
            "  select distinct story, fact from source_usage where story <> all(%s) and source = any(%s)"
            " ) as leaning using (story, fact) where v.to_position > %s",
            [self.stories, list(self.dependants.ever_discredited), self.since],
        )
        for story, fact, desk, *span in rows:
            for some in carrying(FactDocument.model_validate_json(desk, context=RECORDED)):
                self.dependants.stood_on((story, fact), some, *span)

    def _of_what_ended(self) -> Difference | None:
        """What was shaken before and has been looked at since."""
        reviewed = {place: at for place, at in self.dependants.reviewed.items() if at > self.since}
        reinstated = {slug: at for slug, at in self.dependants.reinstated.items() if at > self.since}
        shape = self.shapes["shaken"]
        row = self.connection.execute(
            f"select position, {shape.text} from shaken where position <= %b and ("
            " exists (select from unnest(%b::bigint[], %b::int[], %b::bigint[]) as r (s, f, at)"
            "  where r.s = shaken.story and r.f = shaken.fact and r.at > shaken.position)"
            " or exists (select from unnest(%b::text[], %b::bigint[]) as r (s, at) join shocks k on k.source = r.s"
            "  where k.position = shaken.position and r.at > shaken.position)) order by position limit 1",
            [
                self.since,
                [story for story, _ in reviewed],
                [fact for _, fact in reviewed],
                list(reviewed.values()),
                list(reinstated),
                list(reinstated.values()),
            ],
        ).fetchone()
        if row is None:
            return None
        return Difference("shaken", "shaken", f"position {row[0]}", None, _shown(shape, row[1]))

    # --- What is counted -----------------------------------------------------------------------------------------

    def _of_figures(self) -> Difference | None:
        for table in self._asked(OF_ALL) if self.only is None else ():
            shape = self.shapes[table.name]
            rows = self.connection.execute(
                f"with expected as (select {shape.text} as row from ({EXPECTED[table.name]}) as w),"
                f" found as (select {shape.text} as row from {table.name})"
                " select true, row from (select row from expected except all select row from found) as missing"
                " union all"
                " select false, row from (select row from found except all select row from expected) as extra",
                {"position": self.up_to},
            ).fetchall()
            if rows:
                missing, extra = (
                    [row for is_expected, row in rows if is_expected is one] for one in (True, False)
                )
                return Difference(
                    table.view, table.name, "all stories", *_first_that_differs(shape, missing, extra)
                )
        return None

    # --- What is found -------------------------------------------------------------------------------------------

    def _first_unequal(
        self, table: Table, expected: Mapping[int, bytes], after: int, until: int, only: list[int] | None
    ) -> int | None:
        """The first position with other rows than are expected, of those beyond one and up to another."""
        found: dict[int, bytes] = dict(
            self.connection.execute(
                f"select anchor, sha256(string_agg(hash, '' order by hash)) from ("
                f" select {table.anchor} as anchor, sha256(convert_to({self.shapes[table.name].text}, 'UTF8')) as hash"
                f" from {table.name}) as rows where anchor > %(after)s and anchor <= %(until)s"
                + ("" if only is None else " and anchor = any(%(only)s)")
                + " group by anchor",
                {"after": after, "until": until, "only": only},
                binary=True,
            ).fetchall()
        )
        return min(
            (at for at in expected.keys() | found.keys() if expected.get(at) != found.get(at)), default=None
        )

    def _between(self, table: Table, anchor: int, where: str, expected: Sequence[str]) -> Difference:
        shape = self.shapes[table.name]
        rows = self.connection.execute(
            f"select {shape.text} from {table.name} where {table.anchor} = %s", [anchor]
        ).fetchall()
        return Difference(
            table.view, table.name, where, *_first_that_differs(shape, expected, [text for (text,) in rows])
        )


def fold_of(
    first: Recorded, views: Collection[str], write: Write, dependants: Dependants, later: Tightenings
) -> Fold:
    """Of the stream that begins with this event."""
    match first.event:
        case CorrectionRequested() | Erased():
            return RequestFold(write)
        case event if isinstance(event, SourceEvent):
            return SourceFold(first.at.position, write, dependants)
        case event if isinstance(event, MemberEvent):
            return MemberFold(write)
        case _:
            return StoryFold(first.at.position, views, write, dependants, later)


def _batches(streams: Iterable[Stream]) -> Iterator[list[Stream]]:
    """Small ones together, a large one alone."""
    batch: list[Stream] = []
    events = 0
    for stream in streams:
        if batch and events + stream.events > _BATCH_EVENTS:
            yield batch
            batch, events = [], 0
        batch.append(stream)
        events += stream.events
    if batch:
        yield batch


Kept = TypeVar("Kept")


class _Rows(Generic[Kept]):
    """What is kept of the rows that are expected, for each table and the position that they belong to."""

    def __init__(self, shapes: Mapping[str, Shape], keep: Callable[[str], Kept]) -> None:
        self.anchor = 0
        self._shapes, self._keep = shapes, keep
        self._kept: dict[tuple[str, int], list[Kept]] = {}

    def write(self, table: str, values: Values) -> None:
        shape = self._shapes.get(table)
        if shape is None:
            return
        self._kept.setdefault((table, self.anchor), []).append(self._keep(shape.text_of(values)))

    def forget(self) -> None:
        """What was written for the anchor."""
        self._kept = {key: kept for key, kept in self._kept.items() if key[1] != self.anchor}

    def take(self) -> dict[tuple[str, int], list[Kept]]:
        return self._kept


# --- A difference in words ---------------------------------------------------------------------------------------

_BEFORE = 20  # letters that are shown before the first that differs


def _first_that_differs(
    shape: Shape, expected: Sequence[str], found: Sequence[str]
) -> tuple[str | None, str | None]:
    """By the key of the table; of a row that is there more often than is expected, the one too many."""
    missing, extra = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
    first = min((shape.key_of(text) for text in (*missing, *extra)), key=_natural)
    want, have = (
        next((text for text in rows if shape.key_of(text) == first), None) for rows in (missing, extra)
    )
    if want is None or have is None:
        return want and _shown(shape, want), have and _shown(shape, have)
    return _shown_beside(shape, want, have)


def _natural(key: Sequence[str]) -> list[tuple[int, str]]:
    """Numbers by their size."""
    return [(len(part), part) for part in key]


def _shown(shape: Shape, text: str) -> str:
    return _cut(zip(shape.columns, text.split(_BETWEEN), strict=False))


def _shown_beside(shape: Shape, want: str, have: str) -> tuple[str, str]:
    """The key, and what else differs, each from shortly before it does."""
    wants: list[tuple[str, str]] = []
    haves: list[tuple[str, str]] = []
    for column, one, other in zip(shape.columns, want.split(_BETWEEN), have.split(_BETWEEN), strict=False):
        if column in shape.key or one != other:
            start = 0 if column in shape.key else _in_common(one, other) - _BEFORE
            wants.append((column, f"…{one[start:]}" if start > 0 else one))
            haves.append((column, f"…{other[start:]}" if start > 0 else other))
    return _cut(wants), _cut(haves)


def _in_common(one: str, other: str) -> int:
    """With how many same letters they begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _cut(pairs: Iterable[tuple[str, str]]) -> str:
    said = " ".join(f"{column}={'null' if value == _NULL else value}" for column, value in pairs)
    return said if len(said) <= limits.DIFFERENCE_LENGTH else f"{said[: limits.DIFFERENCE_LENGTH - 1]}…"
