"""The HTTP application: every door in its place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import CollectorRegistry

from api import auditing, errors, filing, operations, reading
from api.access import Gate
from api.doorman import Doorman, Measurements
from api.running import Answers, Running
from api.shapes import ProblemShape
from ledger import limits
from ledger.database import Database

_DESCRIPTION = """
An event-sourced ledger of what a newsroom reported. Every fact, correction and citation is an event that never
changes; stories are rebuilt from them, as they are now and as they stood at any moment.

Every request but those under Operations needs a key: `Authorization: Bearer …` (make one: `factledger keys add`).
"""


def create_app(database: Database, *, rate: str = "60000/minute", connections: int = 8) -> FastAPI:
    """The application on a database that is prepared (see `running.prepare`)."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running = Running(database, connections)
        try:
            app.state.running = running
            app.state.answers = Answers(running.writer)
            app.state.gate = Gate(running, rate)
            operations.measure(registry, running)
            yield
        finally:
            running.close()

    app = FastAPI(
        title="Fact ledger",
        version=version("fact-ledger"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        max_body_size=limits.BODY_BYTES,
        redirect_slashes=False,
    )
    registry = app.state.registry = CollectorRegistry()
    errors.install(app)
    for module in (filing, reading, auditing, operations):
        app.include_router(module.doors)
    app.state.routes = [
        route for module in (filing, reading, auditing, operations) for route in module.doors.routes
    ]
    _install_docs(app)
    app.add_middleware(Doorman, measurements=Measurements(registry))
    return app


def _install_docs(app: FastAPI) -> None:
    """/docs with the assets from our own origin."""
    assets = str(files("fastapi_offline") / "static")
    app.mount("/docs/assets", StaticFiles(directory=assets), name="docs assets")

    @app.get("/docs", include_in_schema=False)
    async def show_docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Fact ledger",
            swagger_js_url="/docs/assets/swagger-ui-bundle.js",
            swagger_css_url="/docs/assets/swagger-ui.css",
            swagger_favicon_url="/docs/assets/favicon.png",
        )

    plain = app.openapi

    def openapi() -> dict[str, Any]:
        """FastAPI's own document, with our problem in place of its 422."""
        if app.openapi_schema is None:
            document = plain()
            schemas = document["components"]["schemas"]
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            problem = ProblemShape.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= problem.pop("$defs", {}) | {"ProblemShape": problem}
            _forget_default_422(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _forget_default_422(document: dict[str, Any]) -> None:
    for operations_ in document["paths"].values():
        for operation in operations_.values():
            content = operation["responses"].get("422", {}).get("content", {})
            if "application/json" in content:
                del operation["responses"]["422"]
