"""How the views are told in a terminal: where each stands, and a rebuild under way."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from api.terminal.rendering import console, how_long, instant, plain
from ledger.moment import rfc3339
from projections.engine.progress import Report, Skip
from projections.engine.rebuild import Note, Phase

_STYLES = {"running": "", "paused": "bold yellow", "failed": "bold red"}


def tell_views(out: Console, views: Sequence[Report], skips: Sequence[Skip]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("view", "position", "behind", "state"):
        table.add_column(heading, justify="right" if heading == "position" else "left")
    for view in views:
        behind = f"{view.lag_events} events, {how_long(view.lag_seconds)}" if view.lag_events else "-"
        table.add_row(view.view, str(view.position), behind, Text(view.state, style=_STYLES[view.state]))
    out.print(table)
    for view in views:
        if view.failed_at is not None:
            out.print(f"\n{view.view} cannot take the event at position {view.failed_at} ({view.failure}):")
            out.print(Text(plain(view.traceback), style="dim"))
        elif view.reason is not None:
            out.print(f"\n{view.view} was paused: {plain(view.reason)}")
    for skip in skips:
        when = instant(rfc3339(skip.skipped_at))
        out.print(f"\n{skip.view} was let pass by position {skip.position} on {when}: {plain(skip.reason)}")


@contextmanager
def watching_a_rebuild() -> Iterator[Note]:
    """What a rebuild tells, as a bar with the rate and the time left; in lines where nobody watches a terminal."""
    out = console(to_stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        console=out,
        disable=not out.is_terminal,
    )
    tasks = {phase: bar.add_task(phase, total=None, visible=False) for phase in ("building", "comparing")}
    told: set[Phase] = set()

    def note(phase: Phase, done: int, of: int) -> None:
        bar.update(tasks[phase], completed=done, total=of, visible=True)
        if not out.is_terminal and phase not in told:
            told.add(phase)
            out.print(f"{phase}: {of}")

    with bar:
        yield note


class _Rate(TextColumn):
    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="dim")
