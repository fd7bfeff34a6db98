"""The HTTP server: uvicorn, as we want it."""

import socket
from functools import partial

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.http.connections import Bounds, Connection
from api.server import interpreter
from api.server.settings import Settings
from ledger import limits
from ledger.store.database import Database


def application(database: Database, settings: Settings) -> FastAPI:
    return create_app(
        database,
        rate=settings.rate,
        reader_rate=settings.reader_rate,
        request_rate=settings.request_rate,
        connections=settings.database_connections,
        proxies=settings.trusted_proxies,
        metrics_token=settings.metrics_token,
        publisher=settings.publisher,
        security_contact=settings.security_contact,
        webhook_hosts=settings.webhook_hosts,
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
    bounds = Bounds(settings.trusted_proxies)
    return Server(app, configuration(app, bounds, settings.host, settings.port))


def configuration(app: FastAPI, bounds: Bounds, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Config:
    """Of a server; port 0: any that is free."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,  # the journal has it
        access_log=False,
        server_header=False,
        proxy_headers=False,  # api/server/clients.py believes whom it is told to, and nobody else
        http=partial(Connection, bounds),  # type: ignore[arg-type]  # called, and nothing else
        lifespan="on",
        backlog=2048,
        timeout_keep_alive=limits.IDLE_SECONDS,
        timeout_graceful_shutdown=1,  # seconds; Ctrl-C is answered within two
    )
