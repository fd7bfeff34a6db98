"""Reads the lines of an import ahead of those who decide them: by a process of its own, where there is one to be had.

To read and check a line takes longer than to decide it and as long as all else together, and an interpreter does one
thing at a time. What goes between the two processes is bounded by their pipe: who reads waits until there is room.
"""

import os
import pickle
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Thread, active_count
from typing import Any, BinaryIO

from api.http import lines
from api.http.lines import Asked, Unlike
from api.http.statuses import LineTooLong
from ledger import limits
from ledger.commands import Actor
from ledger.refusals import Refusal

_BOM = b"\xef\xbb\xbf"


class ReaderGone(Exception):
    """The process that read the file ended before the file did. What was recorded stays; run it again, and it goes on
    where it was."""

    def __str__(self) -> str:
        return " ".join((ReaderGone.__doc__ or "").split())


@dataclass(slots=True)
class Read:
    """A line of the file, as far as it is known. text: until it is parsed, and where that cannot be; None where it is
    longer than a line may be. asked: what it asks for, but of a report that has the form; that is in `report`. by: the
    label of who acts; mark: that of what it asks for; trouble: why it cannot be taken."""

    number: int
    size: int
    text: bytes | None = None
    key: str | None = None
    by: Any = None
    asked: Asked | None = None
    report: lines.Report | None = None
    mark: bytes = b""
    actor: Actor | None = None
    trouble: Refusal | Unlike | None = None


def read_lines(file: BinaryIO) -> Iterator[Read]:
    """Every line that is not empty. Of one that is too long no more is read at a time than of any other."""
    longest = limits.LINE_BYTES + 2  # with its end
    number = 0
    while text := file.readline(longest):
        number += 1
        size, last = len(text), text
        while len(last) == longest and not last.endswith(b"\n"):
            last = file.readline(longest)
            size += len(last)
        if number == 1:
            text = text.removeprefix(_BOM)
        said = text.strip(b" \t\r\n")
        if said or size > longest:
            is_too_long = size > longest or len(said) > limits.LINE_BYTES
            yield Read(number, size, None if is_too_long else said)


def batches(file: BinaryIO) -> Iterator[list[Read]]:
    """Lines that are looked up and handed in together, parsed."""
    batch: list[Read] = []
    size = 0
    for read in read_lines(file):
        if batch and size + read.size > limits.GROUP_BYTES:
            yield batch
            batch, size = [], 0
        try:
            report = lines.read_report(parse(read))
            mark(read)
        except (Refusal, Unlike):
            read.asked = None  # who hands it in parses it again, and says why
        else:
            read.report = report
            if report is not None:
                read.asked = None
        batch.append(read)
        size += read.size
        if len(batch) >= limits.IMPORT_LINES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def parse(read: Read) -> Asked:
    """What it asks for; raises Refusal and Unlike."""
    if read.text is None:
        raise LineTooLong(limit=limits.LINE_BYTES)
    read.asked = lines.parse(read.text)
    read.key, read.by = lines.key_of(read.asked), read.asked.get("by")
    return read.asked


def mark(read: Read) -> None:
    """The last that a line must be good for; its text is needed no more. Raises Unlike."""
    assert read.asked is not None
    read.mark = lines.fingerprint(read.asked)
    read.text = None


# --- By a process of its own -------------------------------------------------------------------------------------


@contextmanager
def read_ahead(file: BinaryIO) -> Iterator[Iterable[Sequence[Read]]]:
    """The batches of a file. ReaderGone, while they are taken, where the process that reads it is no more."""
    # Only a process with one thread can be split safely, and one of macOS not even then.
    if os.uname().sysname == "Darwin" or active_count() > 1:
        yield batches(file)
        return
    reader = Reader(file)
    try:
        yield reader
    finally:
        reader.close()


class Reader:
    """The process that reads; it ends with this one, however that ends."""

    def __init__(self, file: BinaryIO) -> None:
        self._batches, theirs = Pipe(duplex=False)
        their_life, self._life = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            status = 1
            try:
                self._batches.close()
                os.close(self._life)
                _read_for(theirs, their_life, file)
                status = 0
            finally:
                os._exit(status)
        theirs.close()
        os.close(their_life)

    def __iter__(self) -> Iterator[Sequence[Read]]:
        while True:
            try:
                told = pickle.loads(self._batches.recv_bytes())  # noqa: S301  our own process wrote it
            except (EOFError, OSError):
                raise ReaderGone from None
            if told is None:
                return
            if isinstance(told, BaseException):
                raise told
            yield [Read(*line) for line in told]

    def close(self) -> None:
        self._batches.close()
        os.close(self._life)
        with suppress(ChildProcessError):
            os.waitpid(self._process, 0)


def _read_for(parent: Connection, life: int, file: BinaryIO) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # that is for the other one, which then ends this one
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Whoever reads may wait for a line for hours, and must not outlive the one for whom it is.
    Thread(target=_end_with, args=(life,), daemon=True).start()
    try:
        for batch in batches(file):
            parent.send_bytes(pickle.dumps([_line(read) for read in batch], pickle.HIGHEST_PROTOCOL))
        parent.send_bytes(pickle.dumps(None))
    except BrokenPipeError:
        return
    except Exception as error:  # noqa: BLE001  the other one raises it
        parent.send_bytes(pickle.dumps(error))


def _line(read: Read) -> tuple[Any, ...]:
    return read.number, read.size, read.text, read.key, read.by, read.asked, read.report, read.mark


def _end_with(life: int) -> None:
    os.read(life, 1)  # nobody writes: it ends when the other end is closed
    os._exit(0)
