"""How often a key may ask: so many requests in each second, minute or hour.

Our own, and these few lines, because the well-known library's storage in memory starts a thread for every burst of
requests (DECISIONS.md, 12).
"""

import re
import time
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from ledger import limits

_SECONDS = {"second": 1, "minute": 60, "hour": 3_600}


@dataclass(frozen=True, slots=True)
class Rate:
    """`requests` in each window of `seconds`."""

    requests: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads "600/minute"; ValueError for anything else."""
        found = re.fullmatch(r"([1-9][0-9]{0,8})/(second|minute|hour)", text)
        if found is None:
            raise ValueError(f"{text!r}: give a rate such as 600/minute, 50/second or 10000/hour")
        return cls(int(found[1]), _SECONDS[found[2]])

    def __str__(self) -> str:
        unit = next(unit for unit, seconds in _SECONDS.items() if seconds == self.seconds)
        return f"{self.requests} requests {'an' if unit == 'hour' else 'a'} {unit}"


class RateLimiter:
    """Counts each key's requests in the current window, which begins anew for all keys together: a count is kept for
    the keys of one window only."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._window = 0
        self._counts: dict[UUID | str | None, int] = {}

    def pass_through(self, key: UUID | str | None) -> int:
        """0 when the key, or who comes from the address, may go through now, else the seconds until it may."""
        now = time.monotonic()
        window = int(now // self.rate.seconds)
        if window != self._window:
            self._window, self._counts = window, {}
        if isinstance(key, str) and key not in self._counts and len(self._counts) >= limits.ADDRESSES_COUNTED:
            key = None  # so many at once are a flood, and share what one may
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if count <= self.rate.requests:
            return 0
        return int((window + 1) * self.rate.seconds - now) + 1
