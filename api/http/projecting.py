"""The endpoint to the views' places: how far each is, and what stands in its way."""

from dataclasses import asdict

from fastapi import Request, Response

from api.http import shapes
from api.http.access import Onlooker
from api.http.documents import of_this_moment
from api.http.endpoints import router, told
from ledger import limits
from ledger.moment import rfc3339
from ledger.store.store import read_head
from projections.engine import progress

endpoints = router("Operations")

_VIEWS = {
    "head": 1042,
    "projects_here": True,
    "views": [
        {
            "view": "search",
            "position": 1036,
            "lag_events": 6,
            "lag_seconds": 12.5,
            "state": "failed",
            "since": "2026-11-24T10:00:00.000000Z",
            "failed_at": 1037,
            "failure": "view_raised",
            "traceback": "Traceback (most recent call last): …",
            "skipped": 0,
        }
    ],
    "skips": [
        {
            "skipped_at": "2026-11-23T10:00:00.000000Z",
            "view": "search",
            "position": 17,
            "failure": "view_raised",
            "reason": "A broken emoji; the next release knows it.",
        }
    ],
}


@endpoints.get(
    "/projections",
    responses=told(shapes.Projections, _VIEWS, 403, description="How far the views are at this moment"),
)
def show_projections(onlooker: Onlooker, request: Request) -> Response:
    """How far each view is, whether it runs, and the event that it cannot take. For the role admin.

    `factledger projections retry`, `skip`, `pause` and `resume` act on one view.
    """
    onlooker.only("admin")
    with onlooker.reading(of_views=False) as connection:
        document = shapes.Projections(
            head=read_head(connection)[0],
            projects_here=request.app.state.running.worker.leads,
            views=[_progress(view) for view in progress.report(connection)],
            skips=[_skipped(skip) for skip in progress.skips(connection, limits.SKIPS_SHOWN)],
        )
    return of_this_moment(document.model_dump_json(exclude_none=True))


def _progress(view: progress.Report) -> shapes.Projection:
    return shapes.Projection(**asdict(view) | {"since": rfc3339(view.since)})


def _skipped(skip: progress.Skip) -> shapes.SkippedEvent:
    return shapes.SkippedEvent(**asdict(skip) | {"skipped_at": rfc3339(skip.skipped_at)})
