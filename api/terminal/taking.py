"""Takes items and tables of facts from files and folders, each once; what cannot be taken is told and copied, and all
else goes on."""

import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from api.intake import recognising
from api.intake.fact_filing import AsItWas, Filed, Filing, Question, State
from api.intake.item import Item, Unreadable
from api.intake.taking import Door, Tried
from api.terminal.answers import Answers
from api.terminal.importing import actor_of
from api.terminal.progress import Gauge, gauge
from ledger import limits
from ledger.commands import Submission
from ledger.refusals import Forbidden, ItemSaysTooLittle, KeyRefused, NotNow, Refusal
from ledger.store.database import Database, DatabaseError
from ledger.store.keyring import Keyring
from ledger.store.writer import Recording, Rehearsal, Writer

_LOOK_SECONDS = 1.0  # between two looks into a folder that is watched
_STANDARD_INPUT = "-"
_REFUSED = "refused.ndjson"


@dataclass(frozen=True, slots=True)
class Refused:
    """What could not be taken: of which file, which item, where in it, why, and what to do."""

    file: str
    item: str | None
    field: str
    why: str
    fix: str


@dataclass(slots=True)
class Report:
    """late: those that a newer version had overtaken, and that are kept; asked: rows of tables that wait for a person's
    answer; without_place: what was found in the items and nothing has a place for; trouble: what ended it before the
    files did."""

    taken: int = 0
    replayed: int = 0
    late: int = 0
    refused: int = 0
    asked: int = 0
    files: int = 0
    without_place: Counter[str] = field(default_factory=Counter)
    trouble: BaseException | None = None

    def told(self) -> dict[str, Any]:
        told = asdict(self) | {"without_place": dict(self.without_place.most_common())}
        del told["trouble"]
        return told


def files_of(places: tuple[str, ...], without: Path) -> Iterator[tuple[Path, str]]:
    """The files that are named, and those of the folders that are, in the order of their names, each with what it is
    called: its name, or its way from the folder; nothing where it is a link in a folder. One folder after the other, so
    that not more of them are held than are in one."""
    for place in map(Path, places):
        if str(place) == _STANDARD_INPUT or not place.is_dir():
            yield place, place.name
            continue
        for folder, folders, names in os.walk(place):
            here = Path(folder)
            folders[:] = sorted(
                name for name in folders if not name.startswith(".") and (here / name).resolve() != without
            )
            for path in (here / name for name in sorted(names) if not name.startswith(".")):
                if path.name != _REFUSED:
                    yield path, "" if path.is_symlink() else path.relative_to(place).as_posix()


@dataclass(frozen=True, slots=True)
class Tables:
    """How tables of facts are taken. columns: what a column of another name is; given, name, created: as in State."""

    columns: Mapping[str, str]
    given: Mapping[str, str]
    name: str
    created: str | None
    answers: Answers


class Taking:
    def __init__(
        self,
        door: Door,
        filing: Filing | None,
        tables: Tables,
        report: Report,
        shown: Gauge,
        refused: Path | None,
        *,
        is_of_several: bool,
    ) -> None:
        """refused: the folder for what cannot be taken; None where nothing is to be written. is_of_several: they are
        not all of one folder."""
        self._door, self._filing, self._tables = door, filing, tables
        self._report, self._shown, self._folder = report, shown, refused
        self._kept: dict[str, Path] = {}  # by the name that its copy has
        self._standard_input = b""
        # By what they are called, where two may be called the same: files of one folder are not.
        self._files: dict[str, Path] | None = {} if is_of_several else None
        self._called: str | None = None  # the present one; None where another file is called so

    def take_file(self, path: Path, called: str) -> None:
        """Raises only what is no matter of the file. called: what tells it from others, if nothing in it does."""
        name, report = str(path), self._report
        self._called = called if name != _STANDARD_INPUT else None
        if self._files is not None and called and self._files.setdefault(called, path) != path:
            self._called = None
        report.files += 1
        copied = False
        for trouble in self._troubles(path, name):
            report.refused += 1
            said = "; ".join(filter(None, (trouble.why.removesuffix("."), trouble.fix)))
            item = f", item {trouble.item}" if trouble.item else ""
            self._shown.say(f"{name}{item}, {trouble.field}: {said}")
            self._keep(path, trouble, copy=not copied)
            copied = True
        self._shown.move(1, self._done())

    def _done(self) -> str:
        report = self._report
        return f"{report.taken + report.replayed:,} items, {report.refused:,} refused"

    def _troubles(self, path: Path, name: str) -> Iterator[Refused]:
        """Takes all that is in a file; tells what cannot be taken."""
        if self._called == "":  # who may write into a folder may not have all else read that there is
            why = "it is a link to another file"
            yield Refused(name, None, "the file", why, "Put the file itself there, or name it.")
            return
        try:
            if str(path) == _STANDARD_INPUT:
                data = self._standard_input = sys.stdin.buffer.read(limits.INTAKE_BYTES + 1)
            else:
                with path.open("rb") as file:
                    data = file.read(limits.INTAKE_BYTES + 1)
        except OSError as error:
            yield Refused(name, None, "the file", f"it cannot be read: {error.strerror}.", "Look at it.")
            return
        if recognising.is_table(data, None, path.name):
            yield from self._take_table(name, data)
            return
        for item in recognising.read(data, None, self._called):
            if trouble := self._take(name, item):
                yield trouble
            self._shown.move(0, self._done())

    # --- Tables --------------------------------------------------------------------------------------------------

    def _take_table(self, name: str, data: bytes) -> Iterator[Refused]:
        if self._filing is None:
            why, fix = "nothing says whose table it is", "say it (--provider)"
            yield Refused(name, None, "provider", why, fix)
            return
        rows = recognising.read_rows(data, "text/csv", self._tables.columns)
        for came in self._filing.take(rows, self._tables.answers):
            if isinstance(came, Unreadable):
                yield Refused(name, came.item, came.where, came.why, came.fix)
            else:
                self._count(name, came)
                self._shown.move(0, self._done())
        self._report.without_place += self._filing.without_place
        self._filing.without_place.clear()

    def _count(self, name: str, came: Filed | AsItWas | Question) -> None:
        report = self._report
        match came:
            case Filed():
                report.taken += 1
                report.late += came.is_late
            case AsItWas():
                report.replayed += 1
            case Question():
                report.asked += 1
                line = f", line {came.line}" if came.line else ""
                self._shown.say(f"{name}{line}, “{came.key}” is {came.what}: {came.differs}")
                self._tables.answers.ask(came)

    # --- Items ---------------------------------------------------------------------------------------------------

    def _take(self, name: str, item: Item | Unreadable) -> Refused | None:
        if isinstance(item, Unreadable):
            return Refused(name, item.item, item.where, item.why, item.fix)
        try:
            taken = self._door.take(item)
        except Unreadable as trouble:
            return Refused(name, trouble.item or item.origin.id, trouble.where, trouble.why, trouble.fix)
        except (KeyRefused, NotNow):
            raise
        except Refusal as refusal:
            where = (refusal.pointer or "").strip("/").replace("/", ".")
            why, _, fix = str(refusal).removesuffix(".").partition(". ")
            if isinstance(refusal, ItemSaysTooLittle):
                why, fix = refusal.details["why"], refusal.details["fix"]
            elif not fix and not isinstance(refusal, Forbidden):
                fix = _FIX
            return Refused(name, item.origin.id, where or "the item", why, fix)
        report = self._report
        report.replayed += taken.is_replayed
        report.taken += not taken.is_replayed
        report.late += not taken.is_replayed and "overtaken_by" in taken.told
        report.without_place += taken.without_place
        return None

    def _keep(self, path: Path, trouble: Refused, *, copy: bool) -> None:
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _REFUSED).open("a", encoding="utf-8") as told:
            told.write(json.dumps(asdict(trouble), ensure_ascii=False) + "\n")
        if copy and str(path) == _STANDARD_INPUT:
            (self._folder / "stdin").write_bytes(self._standard_input)
        elif copy and path.is_file() and self._called != "":
            shutil.copyfile(path, self._folder / self._name_of(path))

    def _name_of(self, path: Path) -> str:
        """One that no other file of this run has."""
        name, number = path.name, 1
        while self._kept.setdefault(name, path) != path:
            number += 1
            name = f"{path.stem}-{number}{path.suffix}"
        return name


_FIX = "mend that in the item, and take it again; what is taken already is not taken twice"


def take(
    database: Database,
    places: tuple[str, ...],
    who: str,
    provider: str | None,
    refused: Path,
    tables: Tables,
    *,
    watched: Path | None = None,
    is_dry_run: bool = False,
) -> Report:
    """Shows on standard error how far it is and what was refused. watched: a folder that is looked into until somebody
    interrupts; is_dry_run: nothing is recorded, and nothing written."""
    report = Report()
    keyring = Keyring()
    with ExitStack() as stack:
        connection = stack.enter_context(database.connect(name="take"))
        connection.autocommit = True
        keyring.refresh(connection)
        actor = actor_of(keyring, who)
        writer = Writer(database, keyring, held_bytes=limits.INTAKE_STATE_BYTES)
        writer.start()
        stack.callback(writer.close)

        shown = stack.enter_context(
            gauge(None if watched else sum(1 for _ in files_of(places, refused.resolve())))
        )

        def submit(submission: Submission) -> Recording | Tried:
            outcome = writer.outcome_of(submission)
            return Tried(outcome.about) if isinstance(outcome, Rehearsal) else outcome

        door = Door(connection, submit, actor, provider, is_dry_run=is_dry_run)
        state = State(whose, tables.name, tables.created, tables.given) if (whose := door.provider) else None
        filing = Filing(connection, submit, actor, state, is_dry_run=is_dry_run) if state else None
        is_of_several = len(places) + (watched is not None) > 1
        kept = None if is_dry_run else refused
        taking = Taking(door, filing, tables, report, shown, kept, is_of_several=is_of_several)
        try:
            for path, called in files_of(places, refused.resolve()):
                taking.take_file(path, called)
            if watched:
                _watch(watched, taking, refused)
        except (DatabaseError, NotNow, KeyRefused, KeyboardInterrupt) as trouble:
            report.trouble = trouble
        finally:
            if not is_dry_run:
                tables.answers.write()
    return report


def _watch(folder: Path, taking: Taking, refused: Path) -> None:
    """Takes what comes, once it does not grow any more."""
    seen: dict[Path, tuple[int, int]] = {}
    done: dict[Path, tuple[int, int]] = {}
    while True:
        now = {}
        for path, called in files_of((str(folder),), refused.resolve()):
            try:
                status = path.stat()
            except OSError:
                continue  # it is gone by now
            now[path] = status.st_mtime_ns, status.st_size
            if seen.get(path) == now[path] and done.get(path) != now[path]:
                taking.take_file(path, called)
                done[path] = now[path]
        seen = now
        done = {path: mark for path, mark in done.items() if path in now}
        time.sleep(_LOOK_SECONDS)
