"""Who else has a form of a story open at the desk. Of the desk alone: whoever reads is not noted anywhere."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from fastapi import Response
from psycopg import Connection
from starlette.concurrency import run_in_threadpool

from api.http.acts import ACTS
from api.http.endpoints import StorySlug
from api.pages.page import Looking, Visit, router
from api.server.running import Running
from ledger.refusals import RoleMayNot
from ledger.store import editing
from ledger.store.database import Row
from ledger.store.editing import Others

endpoints = router()


class Colleague(NamedTuple):
    """since: as the API tells instants."""

    by: str
    since: str


@endpoints.post("/desk/stories/{slug}/here")
async def stay(slug: StorySlug, visit: Looking) -> Response:
    """The form is still open, or not any more; and who else has one, as a piece of the page."""
    visit.only_desk()
    if not ACTS["report"].may(visit.actor.role):
        raise RoleMayNot(role=visit.actor.role, needs="reporter, editor, standards")
    typed = await visit.typed()
    if typed.get("do") == "leave":
        await _ask(visit, lambda connection: editing.leave(connection, slug, visit.actor.member))
        return Response(status_code=204)
    await visit.inside.get(f"/v1/stories/{slug}/steps")  # which refuses what is not there
    return await visit.page("here.html", colleagues=await enter(visit, slug))


async def enter(visit: Visit, slug: str) -> list[Colleague]:
    """Notes that this member has a form of it open; and who else has."""
    now = datetime.now(UTC)
    return _named(
        visit, await _ask(visit, lambda connection: editing.enter(connection, slug, visit.actor.member, now))
    )


async def others(visit: Visit, slug: str) -> list[Colleague]:
    """Who has a form of it open, besides whoever asks."""
    now = datetime.now(UTC)
    return _named(
        visit, await _ask(visit, lambda connection: editing.others(connection, slug, visit.actor.member, now))
    )


async def _ask(visit: Visit, ask: Callable[[Connection[Row]], Others | None]) -> Others:
    running: Running = visit.request.app.state.running

    def asked() -> Others:
        with running.reading() as connection:
            return ask(connection) or ()

    return await run_in_threadpool(asked)


def _named(visit: Visit, found: Others) -> list[Colleague]:
    keys = visit.request.app.state.running.keyring.keys() if found else ()
    labels = {key.member: key.label for key in keys}
    return [
        Colleague(labels.get(member, "a colleague"), f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}")
        for member, since in found
    ]
