"""Listens to a stream of server-sent events in a thread, as a browser does: what was heard so far, and the last id."""

import json
import socket
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from tests.views import eventually


class Listener:
    """events: (id, what was told) of each; level: the last id that came without an event, where it has heard all."""

    def __init__(self, url: str, path: str, secret: str | None = None, **headers: str) -> None:
        """headers: with _ for -."""
        self.events: list[tuple[int, dict[str, Any]]] = []
        self.last_id: int | None = None
        self.level: int | None = None
        self.comments: list[str] = []
        self.has_ended = False
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"authorization": f"Bearer {secret}"} if secret else {}
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._connection.request("GET", path, headers=sent)
        self._answer = self._connection.getresponse()
        self.status = self._answer.status
        self.headers = {name.lower(): value for name, value in self._answer.getheaders()}
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()

    def told(self) -> list[dict[str, Any]]:
        return [told for _, told in list(self.events)]

    def ids(self) -> list[int]:
        return [number for number, _ in list(self.events)]

    def await_level(self, position: int = 0) -> list[dict[str, Any]]:
        """What it has heard by the time at which that is all there is, at least up to a position."""
        eventually(lambda: self.level is not None and self.level >= position)
        return self.told()

    def await_events(self, count: int) -> list[dict[str, Any]]:
        eventually(lambda: len(self.events) >= count)
        return self.told()

    def await_end(self, seconds: float = 10) -> None:
        eventually(lambda: self.has_ended, seconds=seconds)

    def close(self) -> None:
        if self._connection.sock is not None:
            with suppress(OSError):  # the server was faster
                self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._answer.close()
        self._connection.close()

    def _listen(self) -> None:
        try:
            self._take()
        except (OSError, HTTPException, ValueError):
            pass  # closed, here or there
        finally:
            self.has_ended = True

    def _take(self) -> None:
        number, data = None, None
        for line in self._answer:
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "id":
                number = int(value)
            elif field == "data":
                data = json.loads(value)
            elif field == "":
                if value:
                    self.comments.append(value)
                    continue
                if number is not None and data is not None:
                    self.events.append((number, data))
                elif number is not None:
                    self.level = number
                self.last_id, number, data = number or self.last_id, None, None
