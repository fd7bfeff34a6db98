"""The document at /openapi.json, and the page at /docs that shows it with nothing from another origin."""

import base64
import copy
import hashlib
import re
from collections import Counter
from importlib.resources import files
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles

from api.http.access import OpenRoute
from api.http.endpoints import problems
from api.http.shapes import Problem

DESCRIPTION = """
An event-sourced ledger of what a newsroom reported. Every fact, correction and citation is an event that never
changes; stories are rebuilt from them, as they are now and as they stood at any moment.

Readers need no key: not for what may be read of published stories, nor to ask for a correction, nor for what is under
Operations. Everything else needs one, and a key shows more of what readers may see, too: `Authorization: Bearer …`
(make one: `factledger keys add`). Under `security` each operation says which it is.
"""

_KEY = {"type": "http", "scheme": "bearer", "description": "A key from `factledger keys add`"}

# What the page may load, said to the browser: ours alone, and of scripts in the page the one that starts it.
_OURS_ALONE = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none';"
    " base-uri 'none'; form-action 'none';"
    " script-src 'self' {script}; style-src 'self' 'unsafe-inline'"
)
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def name_of(route: APIRoute) -> str:
    """The operation's id: that of its function."""
    return route.name


def install(app: FastAPI) -> None:
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            open_to_readers = {
                (route.path, method.lower())
                for route in app.state.routes
                if isinstance(route, OpenRoute)
                for method in route.methods or ()
            }
            app.openapi_schema = _completed(plain(), open_to_readers)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    assets = str(files("fastapi_offline") / "static")
    app.mount("/docs/assets", StaticFiles(directory=assets), name="docs assets")

    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Fact ledger",
        swagger_js_url="/docs/assets/swagger-ui-bundle.js",
        swagger_css_url="/docs/assets/swagger-ui.css",
        swagger_favicon_url="/docs/assets/favicon.png",
        swagger_ui_parameters={"validatorUrl": None},  # else a badge is asked for elsewhere
    )
    policy = _OURS_ALONE.format(script=" ".join(map(_source_of, _INLINE_SCRIPT.findall(bytes(page.body)))))

    @app.get("/docs", include_in_schema=False)
    async def show_docs() -> HTMLResponse:
        return HTMLResponse(page.body, headers={"content-security-policy": policy})


def _source_of(script: bytes) -> str:
    """As a policy names a script that stands in the page: by its hash (CSP level 3, 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"


def _completed(document: dict[str, Any], open_to_readers: set[tuple[str, str]]) -> dict[str, Any]:
    """FastAPI's own document, with our problem in place of its 422, and with the HEAD that every GET brings."""
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs", {}) | {"Problem": problem}
    _name_apart(schemas)
    document["components"]["securitySchemes"] = {"key": _KEY}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if path.startswith("/v1/"):
                operation["security"] = [{"key": []}, *([{}] if (path, method) in open_to_readers else [])]
            elif path == "/metrics":
                operation["security"] = [{"key": []}]
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _said_at_all(parameter["schema"])
                if parameter["name"] == "Idempotency-Key":  # whoever sends all examples sends each key once
                    parameter["schema"]["examples"] = [str(uuid5(NAMESPACE_URL, f"{method} {path}"))]
            if told := operation["responses"].get("200", {}).get("content", {}).get("text/event-stream"):
                del told["schema"]["type"]  # FastAPI's: a string. Ours is that of the data of each event
            if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                del operation["responses"]["422"]
        if "get" in operations:
            if path.startswith("/v1/stories/{slug}"):
                operations["get"]["responses"] |= {
                    str(status): told for status, told in problems(308).items()
                }
            operations["head"] = _without_bodies(operations["get"])
    return document


def _name_apart(schemas: dict[str, Any]) -> None:
    """No two with one title: those who make clients of the document call a class by it."""
    often = Counter(schema.get("title") for schema in schemas.values())
    for name, schema in schemas.items():
        if often[schema.get("title")] > 1:
            schema["title"] = " ".join(re.findall("[A-Za-z]+", name.removeprefix("projections__views__")))


def _said_at_all(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter may be left out; but it has no way to be null, as FastAPI has it."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    return (
        {name: value for name, value in schema.items() if name != "anyOf"} | kinds[0]
        if len(kinds) == 1
        else schema
    )


def _without_bodies(get: dict[str, Any]) -> dict[str, Any]:
    head = copy.deepcopy(get)
    head["operationId"] = f"{get['operationId']}_head"
    head["summary"] = f"{get['summary']}: headers only"
    for response in head["responses"].values():
        response.pop("content", None)
    return head
