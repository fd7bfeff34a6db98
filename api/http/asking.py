"""The endpoints at which anybody may ask for a correction, with a key or without, and see what came of it."""

from typing import Annotated

from fastapi import Response

from api.http import examples, shapes
from api.http.access import Asker, Onlooker
from api.http.documents import AskedOfReaders, of_this_moment
from api.http.endpoints import RequestOf, example, recorded, router, told
from ledger.commands import RequestCorrection
from ledger.refusals import NothingThere
from projections.reading import replay
from projections.views import requests

endpoints = router("Correction requests", is_open=True)


@endpoints.post("/requests", status_code=201, responses=recorded(404))
async def request_correction(
    command: Annotated[RequestCorrection, example(examples.REQUEST)], asker: Asker
) -> Response:
    """Ask for a correction of a story that readers can see. It needs no key; the desk alone sees it.

    Readers share their Idempotency-Keys: take a random one.
    """
    return await asker.ask(command)


@endpoints.get(
    "/requests/{request}/receipt",
    responses=told(
        shapes.RequestReceipt, examples.RECEIPT_OF_REQUEST, 404, description="The request as it stands"
    ),
)
def show_receipt(request: RequestOf, onlooker: Onlooker, asked: AskedOfReaders) -> Response:
    """What whoever asked for a correction may see of it, by the id that they were given: what they wrote, how it
    stands, and the correction that came of it once readers are told of that. Not the contact, nor who answered or
    why."""
    with onlooker.reading() as connection:
        position = replay.resolve(connection, asked, "requests")
        text = replay.sure(connection, lambda: requests.receipt(connection, request, position), "requests")
    if text is None:
        raise NothingThere
    return of_this_moment(text)
