"""Signing in with a key, or with a link that works once; and out."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from starlette.concurrency import run_in_threadpool

from api.http.access import Gate, address_of
from api.pages.page import COOKIE, Looking, Typed, Visit, key_behind, router
from api.server.running import Running
from ledger import limits
from ledger.refusals import KeyRefused
from ledger.store import sessions

endpoints = router()

_TYPED = "typed."  # before the name of a field that was typed before the session was over


@endpoints.get("/sign-in")
async def show_sign_in(
    visit: Looking,
    back: Annotated[str, Query(max_length=limits.URL_LENGTH)] = "/desk",
    link: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    if link is None:
        return await visit.page("sign_in.html", back=_ours(back), typed={}, why=None)
    running: Running = visit.request.app.state.running
    key = await run_in_threadpool(key_behind, running, link, is_link=True)
    return await visit.page("sign_in_link.html", label=key and key.label, token=link)


@endpoints.post("/sign-in")
async def sign_in(visit: Looking) -> Response:
    typed = await visit.typed()
    running: Running = visit.request.app.state.running
    back = _ours(typed.get("back", "/desk"))
    kept = {name.removeprefix(_TYPED): value for name, value in typed.items() if name.startswith(_TYPED)}
    try:
        if "link" in typed:
            key = await run_in_threadpool(_use_link, running, typed["link"])
        else:
            gate: Gate = visit.request.app.state.gate
            gate.admit_reader(address_of(visit.request))
            key = (await gate.admit(f"Bearer {typed.get('key', '').strip()}")).key
        if key is None:
            raise KeyRefused
    except KeyRefused:
        why = "This key opens nothing: it is mistyped, over, or was taken back."
        return await visit.page("sign_in.html", 401, back=back, typed=kept, why=why)
    token = await run_in_threadpool(_begin, running, key)
    answer = await _go_on(visit, token, back, kept)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(limits.SESSION_SECONDS),
        path="/",
        secure=visit.request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


async def _go_on(visit: Visit, token: str, back: str, kept: Typed) -> Response:
    """To where one was; with what was typed there, it takes one more click, for a redirect carries no form."""
    if not kept:
        return visit.go(back)
    visit.token = token
    return await visit.page("kept.html", back=back, typed=kept)


@endpoints.post("/sign-out")
async def sign_out(visit: Looking) -> Response:
    await visit.typed()
    if visit.token:
        await run_in_threadpool(_end, visit.request.app.state.running, visit.token)
    answer = visit.go("/")
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


def _ours(back: str) -> str:
    """An address of ours, whatever was sent: no other site is ever gone to from here."""
    is_ours = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable()
    return back if is_ours else "/desk"


def _use_link(running: Running, token: str) -> UUID | None:
    key = key_behind(running, token, is_link=True)
    with running.reading() as connection:
        return key.key if sessions.end(connection, token) and key else None


def _begin(running: Running, key: UUID) -> str:
    with running.reading() as connection:
        return sessions.begin(connection, key, datetime.now(UTC))


def _end(running: Running, token: str) -> None:
    with running.reading() as connection:
        sessions.end(connection, token)
