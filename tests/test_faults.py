"""Does every law of the ledger hold, for clients at work, while everything around it breaks?

FACTLEDGER_FAULT_SEED repeats a run's choices, though not the order in which processes come to it.
"""

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext

import pytest

from tests.faults import FAULTS, Bureau, open_bureau, rebuilding

SEED = int(os.environ.get("FACTLEDGER_FAULT_SEED", random.SystemRandom().randrange(10**6)))
# test_writer.py cuts connections, too.
QUICK = ("a_server_is_killed",)
every_fault = pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, marks=[] if fault.__name__ in QUICK else [pytest.mark.thorough])
        for fault in FAULTS
    ],
    ids=lambda fault: fault.__name__,
)
Fault = Callable[[Bureau], None]


class Bureaus:
    """One stands for many tests, and another takes its place after one that failed in it."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._bureau: Bureau | None = None

    @contextmanager
    def lend(self) -> Iterator[Bureau]:
        if self._bureau is None:
            self._bureau = self._open.enter_context(open_bureau(SEED))
        try:
            yield self._bureau
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        self._bureau = None
        self._open.close()


@pytest.fixture(scope="module")
def bureaus() -> Iterator[Bureaus]:
    standing = Bureaus()
    try:
        yield standing
    finally:
        standing.close()


def live_through(bureau: Bureau, fault: Fault, callers: int, times: int, *, is_rebuilt: bool) -> str:
    """What it came to, in words."""
    begun = time.monotonic()
    with bureau.a_day(callers), rebuilding(bureau) if is_rebuilt else nullcontext():
        for _ in range(times):
            bureau.await_progress()
            fault(bureau)
            bureau.await_progress()
    bureau.check()
    return f" seed {SEED}: {times} in {time.monotonic() - begun:.0f} s, so far {bureau.history.counted()} "


@pytest.mark.thorough
@every_fault
def test_every_law_holds_when(bureaus: Bureaus, fault: Fault, capsys: pytest.CaptureFixture[str]) -> None:
    with bureaus.lend() as bureau:
        told = live_through(bureau, fault, callers=4, times=1, is_rebuilt=False)
    with capsys.disabled():
        sys.stdout.write(told)


@pytest.mark.slow
@every_fault
def test_every_law_holds_while_the_views_are_built_anew_and_again_and_again(
    fault: Fault, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_bureau(SEED) as bureau:
        told = live_through(bureau, fault, callers=8, times=8, is_rebuilt=True)
    with capsys.disabled():
        sys.stdout.write(told)
