"""The door at which anybody may ask for a correction, with a key or without."""

from typing import Annotated

from fastapi import Response

from api import examples
from api.access import Asker
from api.doors import example, recorded, router
from ledger.commands import RequestCorrection

doors = router("Correction requests", is_open=True)


@doors.post("/requests", status_code=201, responses=recorded(404))
async def request_correction(
    command: Annotated[RequestCorrection, example(examples.REQUEST)], asker: Asker
) -> Response:
    """Ask for a correction of a story that readers can see. It needs no key; the desk alone sees it.

    Readers share their Idempotency-Keys: take a random one.
    """
    return await asker.ask(command)
