"""Runs the server: the database behind it, the ledger, uvicorn, and an orderly end."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.embedded import EmbeddedPostgres
from api.running import prepare
from api.settings import Settings
from ledger.database import Database


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The ledger's database, prepared: the one that was named, or the embedded one in the settings' home."""
    embedded = None if settings.database_url else EmbeddedPostgres(settings.home / "postgres")
    with embedded or nullcontext():
        database = Database(settings.database_url or (embedded.url() if embedded else ""), settings.schema)
        prepare(database)
        yield database


def application(database: Database, settings: Settings) -> FastAPI:
    return create_app(database, rate=settings.rate, connections=settings.database_connections)


def http_server(app: FastAPI, settings: Settings) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,  # the journal has it
        access_log=False,
        server_header=False,
        lifespan="on",
        backlog=2048,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,  # seconds; Ctrl-C is answered within two
    )
    return uvicorn.Server(config)
