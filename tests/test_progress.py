"""Does whoever waits for a long run see how far it is, on a terminal and where there is none?"""

import os
import pty
import subprocess
import sys

import pytest

from api.terminal.progress import gauge

RUN = r"""
from api.terminal.progress import gauge
with gauge(%s) as shown:
    for done in range(1, 5):
        shown.move(1, f"{done} taken")
    shown.say("refused: \x1b[7mflood\x1b[0m")
"""


def on_a_terminal(total: int | None) -> str:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    run = subprocess.Popen([sys.executable, "-c", RUN % total], stderr=theirs, env=environment)
    os.close(theirs)
    read = b""
    try:
        while piece := os.read(ours, 65_536):
            read += piece
    except OSError:
        pass  # so a terminal ends whose program has
    finally:
        os.close(ours)
    assert run.wait(30) == 0
    return read.decode()


def test_on_a_terminal_a_bar_says_how_much_and_what_is_said_beside_it_moves_nothing() -> None:
    read = on_a_terminal(4)
    assert "100%" in read
    assert "4 taken" in read
    assert "flood" in read
    assert "\x1b[7m" not in read, "what somebody sent turns no colours around"


def test_a_run_whose_length_nobody_knows_has_a_bar_without_an_end() -> None:
    read = on_a_terminal(None)
    assert "4 taken" in read
    assert "100%" not in read


def test_elsewhere_it_is_a_line_every_few_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 100.0
    monkeypatch.setattr("api.terminal.progress.time.monotonic", lambda: now)
    with gauge(8) as shown:
        for done in range(1, 9):
            now += 2
            shown.move(1, f"{done} taken")
        shown.say("refused: \x1b[7mflood")
    with gauge(None) as shown:
        now += 6
        shown.move(1, "1 taken")
    assert capsys.readouterr().err.splitlines() == [
        "37 %, 3 taken",
        "75 %, 6 taken",
        "refused: \N{REPLACEMENT CHARACTER}[7mflood",
        "1 taken",
    ]
