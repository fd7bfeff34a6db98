"""Random bytes from the system, fetched a page at a time: each request for some gives up the interpreter's lock."""

import os
from threading import Lock
from uuid import UUID

_PAGE = 16 * 1024  # bytes


class Randomness:
    """Hands out bytes of os.urandom, each once; safe between threads, and empty in a forked child."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._page = b""
        self._used = 0
        os.register_at_fork(after_in_child=self._forget)

    def take(self, size: int) -> bytes:
        """`size` random bytes, at most a page."""
        with self._lock:
            if self._used + size > len(self._page):
                self._page, self._used = os.urandom(_PAGE), 0
            taken = self._page[self._used : self._used + size]
            self._used += size
            return taken

    def uuid(self) -> UUID:
        """A random UUID (RFC 9562, version 4)."""
        return UUID(bytes=self.take(16), version=4)

    def _forget(self) -> None:
        self._lock = Lock()
        self._page, self._used = b"", 0


RANDOM = Randomness()
