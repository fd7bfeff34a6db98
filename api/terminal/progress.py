"""How far a long run is: a bar with its rate and the time left on a terminal, a line every few seconds elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from rich.progress import Progress

_SECONDS_BETWEEN_LINES = 5.0


class Gauge(Protocol):
    def move(self, size: int, done: str) -> None:
        """So much further; `done`: what that comes to, in words."""

    def say(self, text: str) -> None:
        """One line beside it."""


@contextmanager
def gauge(total: int | None) -> Iterator[Gauge]:
    """On standard error. `total`: the size of all of it, where that is known."""
    if not sys.stderr.isatty():
        yield _Lines(total)
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from api.terminal.rendering import console

    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=console(to_stderr=True)) as progress:
        yield _Bar(progress, total)


class _Bar:
    def __init__(self, progress: "Progress", total: int | None) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=total)

    def move(self, size: int, done: str) -> None:
        self._progress.update(self._task, advance=size, description=done)

    def say(self, text: str) -> None:
        from api.terminal.rendering import plain

        self._progress.console.print(plain(text), soft_wrap=True)


class _Lines:
    def __init__(self, total: int | None) -> None:
        self._total = total
        self._moved = 0
        self._said = time.monotonic()

    def move(self, size: int, done: str) -> None:
        self._moved += size
        if time.monotonic() - self._said >= _SECONDS_BETWEEN_LINES:
            self._said = time.monotonic()
            self.say(f"{self._moved * 100 // self._total} %, {done}" if self._total else done)

    def say(self, text: str) -> None:
        from api.terminal.rendering import plain

        click.echo(plain(text), err=True)
