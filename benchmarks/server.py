"""A server in a process of its own: whatever application it is given, served as the ledger is."""

import multiprocessing
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from fastapi import FastAPI

from api.server.settings import Settings
from api.serving import http_server

STOP_SECONDS = 30.0
SETTINGS = Settings.from_environment(
    {"FACTLEDGER_RATE": "999999999/second", "FACTLEDGER_READER_RATE": "999999999/second"}
)


@dataclass(frozen=True, slots=True)
class Served:
    port: int
    pid: int


@contextmanager
def serving(make: Callable[[str], FastAPI], url: str, log: Path) -> Iterator[Served]:
    """make: a function of a module, which the process imports; it is given the URL of the database."""
    context = multiprocessing.get_context("spawn")
    told, tells = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(make, url, log, tells), daemon=True)
    process.start()
    tells.close()
    try:
        port = told.recv()
        assert process.pid is not None
        yield Served(port, process.pid)
    finally:
        process.terminate()
        process.join(STOP_SECONDS)
        if process.is_alive():
            process.kill()


def _serve(make: Callable[[str], FastAPI], url: str, log: Path, tells: Connection) -> None:
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        server = http_server(make(url), SETTINGS)
        tells.send(listening.getsockname()[1])
        server.run(sockets=[listening])
