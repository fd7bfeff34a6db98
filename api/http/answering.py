"""The endpoints of the desk to what was asked to be corrected: what waits, and what came of it."""

from typing import Annotated, Any

from fastapi import Query, Response

from api.http import examples, shapes
from api.http.access import Onlooker
from api.http.documents import PAGE, AskedNow, Cursor, Limit, key_of, listing_of_this_moment, of_this_moment
from api.http.endpoints import RequestOf, router, told
from ledger.permitted import EDITS
from ledger.refusals import NoSuchRequest
from projections.reading import replay
from projections.views import requests

endpoints = router("Correction requests")
on_request = "/requests/{request}"

_FIGURES: dict[str, Any] = {
    "open": 3,
    "oldest_open_seconds": 5400,
    "answered": 40,
    "accepted": 10,
    "declined": 30,
    "share_accepted": 0.25,
    "median_seconds_to_answer": 7200.5,
}


def may_see_contacts(onlooker: Onlooker) -> bool:
    """Whoever may answer, and erase: a contact is for nobody else of the desk."""
    return onlooker.actor.role in EDITS


@endpoints.get(
    "/requests",
    responses=told(
        shapes.Listed[shapes.CorrectionRequest],
        {"items": [examples.REQUESTED], "next": "MTAzNg"},
        description="Requests as they stand",
    ),
)
def list_requests(
    onlooker: Onlooker,
    asked: AskedNow,
    state: Annotated[
        requests.Shown, Query(description="Those in this state; unanswered: open or acknowledged")
    ] = "unanswered",
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """What was asked to be corrected, oldest first: what waits for an answer, or what is in a state."""
    (after,) = key_of(cursor, start=(0,))
    with onlooker.reading() as connection:
        replay.resolve(connection, asked, "requests")
        rows = requests.page(connection, state, after, limit + 1, contacts=may_see_contacts(onlooker))
    return listing_of_this_moment(rows, limit)


@endpoints.get(
    "/requests/figures",
    responses=told(shapes.RequestFigures, _FIGURES, description="The figures as they stand"),
)
def show_request_figures(onlooker: Onlooker, asked: AskedNow) -> Response:
    """How many requests wait and for how long; how many were accepted, and how soon they were answered."""
    with onlooker.reading() as connection:
        replay.resolve(connection, asked, "requests")
        text = requests.figures(connection)
    return of_this_moment(text)


@endpoints.get(
    on_request,
    responses=told(shapes.CorrectionRequest, examples.REQUESTED, 404, description="The request as it stands"),
)
def show_request(request: RequestOf, onlooker: Onlooker, asked: AskedNow) -> Response:
    """One request, and what came of it."""
    with onlooker.reading() as connection:
        replay.resolve(connection, asked, "requests")
        text = requests.one(connection, request, contacts=may_see_contacts(onlooker))
    if text is None:
        raise NoSuchRequest
    return of_this_moment(text)
