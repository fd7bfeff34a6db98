"""The HTTP server: uvicorn, as we want it."""

import socket

import uvicorn
from fastapi import FastAPI

from api import interpreter
from api.app import create_app
from api.settings import Settings
from ledger.database import Database


def application(database: Database, settings: Settings) -> FastAPI:
    return create_app(
        database,
        rate=settings.rate,
        reader_rate=settings.reader_rate,
        request_rate=settings.request_rate,
        connections=settings.database_connections,
        proxies=settings.trusted_proxies,
    )


class Server(uvicorn.Server):
    """Ends the streams first when it is to end itself: it waits for every answer to be done, and they never are."""

    def __init__(self, app: FastAPI, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.streams.end()
        await super().shutdown(sockets)


def http_server(app: FastAPI, settings: Settings) -> Server:
    interpreter.tune_to_answer()
    return Server(app, configuration(app, settings.host, settings.port))


def configuration(app: FastAPI, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Config:
    """Of a server; port 0: any that is free."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,  # the journal has it
        access_log=False,
        server_header=False,
        proxy_headers=False,  # api/clients.py believes whom it is told to, and nobody else
        lifespan="on",
        backlog=2048,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,  # seconds; Ctrl-C is answered within two
    )
