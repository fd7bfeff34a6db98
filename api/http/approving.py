"""The endpoints of what takes two people: what waits for the second one, and how it was answered."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from api.http import shapes
from api.http.access import Reader
from api.http.documents import PAGE, AskedOfDesk, Cursor, Limit, digest_tag, document, key_of, listing
from api.http.endpoints import ApprovalOf, StorySlug, router, shown
from ledger.refusals import NoSuchApproval
from projections.reading import replay
from projections.views import approvals

endpoints = router("Publishing")
on_approval = "/stories/{slug}/approvals/{approval}"

_APPROVAL: dict[str, Any] = {
    "story": "kim-visits-russia",
    "approval": 1,
    "act": "kill",
    "reason": "The source was made up.",
    "notice": "This story has been withdrawn.",
    "position": 1050,
    "asked_at": "2026-11-23T11:00:00.000001Z",
    "actor": "5912628d-b868-4c9a-bf16-299643d15a42",
    "asked_by": "an editor",
    "state": "pending",
}


@endpoints.get(
    "/approvals",
    responses=shown(shapes.Listed[shapes.Approval], {"items": [_APPROVAL], "next": "MTA1MA"}),
)
def list_approvals(
    reader: Reader,
    asked: AskedOfDesk,
    request: Request,
    pending: Annotated[
        bool, Query(description="Only those that wait for an answer, or have lapsed and were not asked anew")
    ] = True,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """What waits for a second person, in any story, the oldest first."""
    (after,) = key_of(cursor, start=(0,))
    with reader.reading() as connection:
        replay.resolve(connection, asked, "approvals", "revisions")
        rows = approvals.page(connection, after, limit + 1, pending=pending)
    return listing(request, rows, limit)


@endpoints.get(on_approval, responses=shown(shapes.Approval, _APPROVAL, 404))
def show_approval(
    slug: StorySlug, approval: ApprovalOf, reader: Reader, asked: AskedOfDesk, request: Request
) -> Response:
    """One approval: what was asked for, by whom, and how it was answered."""
    with reader.reading() as connection:
        replay.resolve(connection, asked, "approvals", "revisions")
        story = replay.find(connection, slug)
        text = replay.sure(connection, lambda: approvals.one(connection, story.number, approval))
    if text is None:
        raise NoSuchApproval(story=slug, approval=approval)
    return document(request, text, etag=digest_tag(text), is_bound=False)
