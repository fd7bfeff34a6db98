"""Every page in its place, and the page for what is not there."""

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from api.http import problems
from api.pages import (
    assets,
    audit,
    correcting,
    corrections,
    desk,
    embedding,
    facts,
    filing,
    history,
    live,
    presence,
    signing_in,
    sources,
    stories,
    taking_back,
    webhooks,
)
from api.pages.page import page_for

MODULES = (
    assets, signing_in, stories, history, facts, sources, corrections, embedding, live, desk,
    presence, correcting, taking_back, filing, audit, webhooks,
)  # fmt: skip


def install(app: FastAPI) -> None:
    for module in MODULES:
        app.include_router(module.endpoints)
    app.add_exception_handler(HTTPException, _on_http)


async def _on_http(request: Request, error: Exception) -> Response:
    """What HTTP itself refuses: on a page for whoever wants one, else as a problem."""
    answer = await problems.on_http(request, error)
    is_for_machines = request.url.path.startswith("/v1/") or "admitted" in request.scope
    if is_for_machines or "text/html" not in request.headers.get("accept", ""):
        return answer
    return await page_for(request, answer)
