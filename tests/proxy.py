"""Stands between a server and its PostgreSQL, and cuts the connection before, during or after a COMMIT."""

import os
import signal
import socket
import struct
from contextlib import suppress
from enum import Enum
from threading import Event, Lock, Thread
from typing import NoReturn

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Cut(Enum):
    """When: all but the last byte has gone to the database, so that it did everything but commit; all has gone, and
    the database comes to it when nobody waits any more; it has committed and said so, and nobody hears it."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class Proxy:
    """`url` leads through it to a database whose own URL names a Unix socket. Understands of the protocol (PostgreSQL
    manual, "Frontend/Backend Protocol") how messages are framed, which statement each executes, and a few answers."""

    def __init__(self, url: str) -> None:
        behind = conninfo_to_dict(url)
        self.socket = f"{behind['host']}/.s.PGSQL.{behind['port']}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = make_conninfo(url, host="127.0.0.1", port=port, sslmode="disable", gssencmode="disable")
        self._lock = Lock()
        self._ordered: Cut | None = None
        self._is_done = Event()
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):  # not every system takes it; where it does, nobody goes on waiting there
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def order(self, cut: Cut) -> None:
        """The next commit that comes by has its connection cut."""
        self._is_done.clear()
        self._ordered = cut

    def await_cut(self, seconds: float = 30) -> None:
        assert self._is_done.wait(seconds), "no commit came by"

    def take_order(self) -> Cut | None:
        with self._lock:
            ordered, self._ordered = self._ordered, None
            return ordered

    def tell_done(self) -> None:
        self._is_done.set()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(self.socket)
            _Wire(self, client, server).run()


class _Wire:
    """One connection. Each side has a thread that reads from it; whichever ends, ends the other."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client, self._server = client, server
        self._statements: dict[bytes, bytes] = {}  # SQL by the name that it was prepared under
        self._is_in_transaction = False
        self._has_appended = False
        self._is_withheld = False
        self._backend = 0  # its process id

    def run(self) -> None:
        back = Thread(target=self._answers, daemon=True)
        try:
            self._server.sendall(self._startup())
            back.start()
            self._questions()
        finally:
            self._end()
            if back.is_alive():
                back.join()

    def _end(self) -> None:
        for side in (self._client, self._server):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def _startup(self) -> bytes:
        """The one message that has no type."""
        length = _exactly(self._client, 4)
        return length + _exactly(self._client, int.from_bytes(length) - 4)

    def _questions(self) -> None:
        batch, commits = b"", False
        while True:
            kind, message = _message(self._client)
            batch += message
            sql = self._executes(kind, message[5:])
            if sql.startswith(b"BEGIN"):
                self._has_appended = False
            commits |= sql == b"COMMIT" and self._has_appended
            if b" from append(" in sql:
                self._has_appended = True
                commits |= not self._is_in_transaction
            if kind not in b"PBDEC":  # only these wait for what follows them
                if commits:
                    self._has_appended = False
                self._pass_on(batch, self._proxy.take_order() if commits else None)
                batch, commits = b"", False

    def _executes(self, kind: bytes, content: bytes) -> bytes:
        """The SQL that a message has executed, or nothing."""
        if kind == b"Q":
            return content.rstrip(b"\0")
        if kind == b"P":
            name, sql, _ = content.split(b"\0", 2)
            self._statements[name] = sql
        if kind == b"B":
            _, name, _ = content.split(b"\0", 2)
            return self._statements.get(name, b"")
        return b""

    def _pass_on(self, batch: bytes, cut: Cut | None) -> None:
        if cut is None:
            self._server.sendall(batch)
        elif cut is Cut.BEFORE:
            self._server.sendall(batch[:-1])
            self._hang_up()
        elif cut is Cut.DURING:
            os.kill(self._backend, signal.SIGSTOP)
            try:
                self._server.sendall(batch)
                self._end()
            finally:
                os.kill(self._backend, signal.SIGCONT)
            self._hang_up()
        else:
            self._is_withheld = True
            self._server.sendall(batch)

    def _hang_up(self) -> NoReturn:
        self._end()
        self._proxy.tell_done()
        raise ConnectionAbortedError

    def _answers(self) -> None:
        with suppress(OSError):
            while True:
                kind, message = _message(self._server)
                if kind == b"K":
                    self._backend = int.from_bytes(message[5:9])
                if kind == b"Z":
                    self._is_in_transaction = message[5:] != b"I"
                    if self._is_withheld:
                        self._hang_up()
                if not self._is_withheld:
                    self._client.sendall(message)
        self._end()


def _message(sender: socket.socket) -> tuple[bytes, bytes]:
    """(type, all of it)."""
    head = _exactly(sender, 5)
    (length,) = struct.unpack("!i", head[1:])
    return head[:1], head + _exactly(sender, length - 4)


def _exactly(sender: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = sender.recv(size)
        if not part:
            raise ConnectionAbortedError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
