"""The HTTP application: every endpoint in its place."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from importlib.metadata import version

from anyio import CapacityLimiter
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.routing import Mount, Route

from api.http import (
    answering,
    approving,
    asking,
    auditing,
    changing,
    crawling,
    filing,
    following,
    openapi,
    operations,
    problems,
    projecting,
    purging,
    reading,
    representations,
    reviewing,
    syndicating,
    taking,
    webhooks,
)
from api.http.access import Gate
from api.http.compression import Compressed
from api.http.conditions import IfMatchHolds
from api.http.middleware import Measurements, RequestMiddleware
from api.http.origins import CrossOrigin
from api.http.streams import Bell, Streams
from api.pages import site
from api.server.clients import Proxies
from api.server.running import Answers, Running
from ledger import limits
from ledger.store.database import Database


def create_app(
    database: Database,
    *,
    rate: str = "60000/minute",
    reader_rate: str = "6000/minute",
    request_rate: str = "10/hour",
    connections: int = 8,
    proxies: Proxies | None = None,
    metrics_token: str | None = None,
    publisher: str | None = None,
    security_contact: str | None = None,
    webhook_hosts: Collection[str] = (),
) -> FastAPI:
    """The application on a database that is prepared (see `opening.prepare`)."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        bell = Bell()
        running = Running(database, connections, bell.moved, webhook_hosts)
        try:
            app.state.running = running
            app.state.streams = Streams(bell, running)
            app.state.large_bodies = CapacityLimiter(limits.LARGE_BODIES)
            app.state.readers_pages = CapacityLimiter(limits.READERS_PAGES)
            app.state.health = CapacityLimiter(1)
            app.state.answers = Answers(running.writer)
            app.state.gate = Gate(running, rate, reader_rate, request_rate)
            operations.measure(registry, running)
            yield
        finally:
            running.close()

    app = FastAPI(
        title="Fact ledger",
        version=version("fact-ledger"),
        description=openapi.DESCRIPTION,
        servers=[{"url": "/"}],  # what is meant without it, too; but some clients look for it
        generate_unique_id_function=openapi.name_of,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.metrics_token = metrics_token
    app.state.publisher = publisher
    app.state.security_contact = security_contact
    registry = app.state.registry = CollectorRegistry()
    problems.install(app)
    modules = (
        filing,
        changing,
        taking,
        approving,
        reviewing,
        representations,  # before reading: else a suffix would be taken for a part of a slug
        reading,
        syndicating,
        following,  # before auditing: else "stream" would be taken for a position
        purging,
        asking,
        answering,
        auditing,
        projecting,
        crawling,
        webhooks,
        operations,
    )
    for module in modules:
        app.include_router(module.endpoints)
    site.install(app)
    openapi.install(app)
    app.state.routes = [
        *(route for module in (*modules, *site.MODULES) for route in module.endpoints.routes),
        *(route for route in app.routes if isinstance(route, Route | Mount)),
    ]
    app.add_middleware(IfMatchHolds)
    app.add_middleware(CrossOrigin)
    app.add_middleware(Compressed)
    app.add_middleware(RequestMiddleware, measurements=Measurements(registry), proxies=proxies or Proxies())
    return app
