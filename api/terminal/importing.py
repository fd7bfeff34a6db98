"""Imports commands from a file, one a line: in order, in groups, each recorded once however often the file is read."""

import json
import os
import re
import stat
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any, BinaryIO, TextIO
from uuid import UUID, uuid4

from api.http import lines
from api.http.lines import Unlike
from api.http.statuses import NobodyActs, kind_of
from api.server import interpreter
from api.terminal.progress import gauge
from api.terminal.reading_ahead import Read, ReaderGone, mark, parse, read_ahead
from ledger import limits
from ledger.commands import Actor, Series, Submission
from ledger.refusals import (
    KeyRefused,
    KeyReused,
    LedgerBusy,
    NoKeyInForce,
    NoSuchMember,
    NotNow,
    Refusal,
    SeriesOver,
)
from ledger.store.database import Connection, Database, DatabaseError, Row
from ledger.store.keyring import Keyring
from ledger.store.store import read_receipts
from ledger.store.writer import Outcome, Recording, Writer

_BUSY_SECONDS = 0.01

# --- Who acts ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts for which `by` of a line, and who for those that nobody is named for."""

    otherwise: Actor | None
    named: Mapping[str, Actor]

    def actor(self, by: object) -> Actor:
        found = self.named.get(by, self.otherwise) if isinstance(by, str) else self.otherwise
        if found is None:
            raise NobodyActs(by=by if isinstance(by, str) else "a line without by")
        return found


def actor_of(keyring: Keyring, who: str) -> Actor:
    """Whoever holds the key; or, for the operator at the console, the member of the id, by its newest key in force."""
    now = datetime.now(UTC)
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", who):
        return keyring.actor(who, now)
    member = keyring.members.get(UUID(who))
    if member is None:
        raise NoSuchMember(member=who)
    in_force = [key for key in member.keys if key.opens(now)]
    if not in_force:
        raise NoKeyInForce(member=who)
    newest = in_force[-1]
    return Actor(member.member, newest.role, newest.key, newest.provider)


# --- What came of it ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a line was not recorded; a line may have several. `pointer`: where in the line (RFC 6901)."""

    line: int
    key: str | None
    kind: str
    pointer: str
    reason: str


@dataclass(slots=True)
class Report:
    """How many lines were recorded, were there before (replayed), were refused. `request_id`: that of each event that
    this run recorded; `position`: of the last of them; `trouble`: what ended it before the file did."""

    request_id: UUID = field(default_factory=uuid4)
    recorded: int = 0
    replayed: int = 0
    refused: int = 0
    position: int | None = None
    seconds: float = 0.0
    trouble: BaseException | None = None

    @property
    def lines(self) -> int:
        return self.recorded + self.replayed + self.refused

    def told(self) -> dict[str, Any]:
        return {
            "lines": self.lines,
            "recorded": self.recorded,
            "replayed": self.replayed,
            "refused": self.refused,
            "position": self.position,
            "request_id": str(self.request_id),
            "seconds": round(self.seconds, 3),
        }


@dataclass(slots=True)
class Batch:
    """Lines that are looked up and handed in together; `handed_in` of them are answered, in `answers`."""

    read: Sequence[Read]
    handed_in: int = 0
    replayed: int = 0
    refused: list[Refused] = field(default_factory=list)
    answers: "SimpleQueue[tuple[Read, Outcome]]" = field(default_factory=SimpleQueue)

    @property
    def size(self) -> int:
        return sum(read.size for read in self.read)


class Import:
    """`settled` is called for each batch once all of it is answered, with its size and why which lines were refused."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        acting: Acting,
        settled: Callable[[Report, int, Sequence[Refused]], None],
        *,
        is_strict: bool = False,
    ) -> None:
        self.report = Report()
        self._database = database
        self._acting = acting
        self._settled = settled
        self._series = Series(is_strict=is_strict)
        self._writer = Writer(database, keyring)
        self._ahead: deque[Batch] = deque()
        self._looks_back = True
        self._has_stopped = False

    def run(self, file: BinaryIO) -> Report:
        with read_ahead(file) as ahead:
            return self.carry_in(ahead)

    def carry_in(self, ahead: Iterable[Sequence[Read]]) -> Report:
        """Takes what is read to its end, or to what ends it before: then that is in the report."""
        started = time.monotonic()
        self._writer.start()
        try:
            with self._database.connect(name="import") as connection:
                self._read_to_the_end(connection, ahead)
        except (DatabaseError, NotNow, ReaderGone, KeyboardInterrupt) as trouble:
            self.report.trouble = trouble
            self._series.is_over = True  # what waits is not begun
        finally:
            self._writer.close()
        while self._ahead:
            self._settle()
        self.report.seconds = time.monotonic() - started
        return self.report

    def _read_to_the_end(self, connection: Connection[Row], ahead: Iterable[Sequence[Read]]) -> None:
        for batch in map(Batch, ahead):
            self._ahead.append(batch)
            self._hand_in(connection, batch)
            if len(self._ahead) > limits.IMPORT_AHEAD:
                self._settle()
            if self._has_stopped or self._series.is_over:
                return

    # --- Handing in ----------------------------------------------------------------------------------------------

    def _hand_in(self, connection: Connection[Row], batch: Batch) -> None:
        for read in batch.read:
            self._complete(read)
        known = self._known(connection, batch)
        for read in batch.read:
            try:
                self._take(batch, read, known)
            except (Refusal, Unlike) as trouble:
                batch.refused += _rows(read, trouble)
                self._has_stopped = self._series.is_strict
            if self._has_stopped or self._series.is_over:
                return

    def _complete(self, read: Read) -> None:
        try:
            is_whole = read.asked is not None or read.report is not None
            if not is_whole:
                parse(read)  # again, for why that cannot be
            read.actor = self._acting.actor(read.by)
            if not is_whole:
                mark(read)
        except (Refusal, Unlike) as trouble:
            read.trouble = trouble

    def _known(self, connection: Connection[Row], batch: Batch) -> Mapping[tuple[UUID, str], bytes]:
        """The marks of those lines that are in the ledger already. A file that is read again has them in its beginning;
        once none is found nobody looks, for the writer finds them, too, only not as fast."""
        asked = {(read.actor.member, read.key) for read in batch.read if read.key and read.actor}
        if not asked or not self._looks_back:
            return {}
        known = read_receipts(connection, asked)
        self._looks_back = bool(known) or self._series.is_strict
        return {pair: mark for pair, (mark, *_) in known.items()}

    def _take(self, batch: Batch, read: Read, known: Mapping[tuple[UUID, str], bytes]) -> None:
        if read.trouble is not None:
            raise read.trouble
        assert read.actor is not None, "a line that nobody acts for is in trouble"
        mark = known.get((read.actor.member, read.key)) if read.key else None
        if mark is None:
            self._submit(batch, read, self._submission(read, read.actor))
        elif mark == read.mark:
            batch.replayed += 1
        else:
            raise KeyReused

    def _submission(self, read: Read, actor: Actor) -> Submission:
        request_id, series = self.report.request_id, self._series
        if read.report is not None and read.key is not None:
            return lines.submission_of(read.report, read.key, actor, read.mark, request_id, series)
        return lines.submission(lines.read(read.asked or {}), actor, read.mark, request_id, series)

    def _submit(self, batch: Batch, read: Read, submission: Submission) -> None:
        def answer(outcome: Outcome) -> None:
            batch.answers.put((read, outcome))

        read.asked = read.report = None
        while True:
            try:
                self._writer.submit(submission, answer)
            except LedgerBusy:
                time.sleep(_BUSY_SECONDS)
            else:
                batch.handed_in += 1
                return

    # --- Hearing what came of it ---------------------------------------------------------------------------------

    def _settle(self) -> None:
        batch = self._ahead.popleft()
        report = self.report
        for _ in range(batch.handed_in):
            read, outcome = batch.answers.get()
            match outcome:
                case Recording(replayed=True):
                    batch.replayed += 1
                    self._looks_back = True
                case Recording():
                    report.recorded += 1
                    report.position = max(report.position or 0, outcome.receipt.position)
                case SeriesOver():
                    pass  # it was not looked at
                case Refusal() if not isinstance(outcome, KeyRefused | NotNow):
                    batch.refused += _rows(read, outcome)
                case _:
                    assert isinstance(outcome, Exception), "nothing is only tried"
                    report.trouble = report.trouble or outcome
        report.replayed += batch.replayed
        report.refused += len({row.line for row in batch.refused})
        self._settled(report, batch.size, sorted(batch.refused, key=lambda row: row.line))


def _rows(read: Read, trouble: Refusal | Unlike) -> Iterator[Refused]:
    if isinstance(trouble, Unlike):
        for pointer, reason in trouble.places:
            yield Refused(read.number, read.key, "unlike", pointer, reason)
    else:
        kind = kind_of(type(trouble))
        yield Refused(read.number, read.key, kind, lines.place_of(trouble), str(trouble))


# --- At the console ----------------------------------------------------------------------------------------------


def import_file(
    database: Database,
    file: BinaryIO,
    who: str | None,
    named: Mapping[str, str],
    refused: TextIO | None,
    *,
    is_strict: bool,
) -> Report:
    """Shows on standard error how far it is and what was refused; writes that to `refused`, too, an object a line."""
    interpreter.tune_to_get_done()
    with read_ahead(file) as ahead:  # first of all: no process can be split in which a second thread runs
        return _import(database, ahead, _size(file), who, named, refused, is_strict=is_strict)


def _import(
    database: Database,
    ahead: Iterable[Sequence[Read]],
    size: int | None,
    who: str | None,
    named: Mapping[str, str],
    refused: TextIO | None,
    *,
    is_strict: bool,
) -> Report:
    keyring = Keyring()
    with database.connect(name="keys") as connection:
        keyring.refresh(connection)
    acting = Acting(
        actor_of(keyring, who) if who else None,
        {label: actor_of(keyring, key) for label, key in named.items()},
    )
    started = time.monotonic()
    with gauge(size) as shown:

        def settled(report: Report, size: int, rows: Sequence[Refused]) -> None:
            for row in rows:
                shown.say(f"line {row.line}{row.pointer and f', {row.pointer}'}: {row.reason}")
                if refused:
                    refused.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
            rate = report.lines / (time.monotonic() - started)
            shown.move(size, f"{report.lines:,} lines, {rate:,.0f} a second")

        return Import(database, keyring, acting, settled, is_strict=is_strict).carry_in(ahead)


def _size(file: BinaryIO) -> int | None:
    """In bytes, where it is a file and not a pipe or a terminal."""
    status = os.fstat(file.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None
