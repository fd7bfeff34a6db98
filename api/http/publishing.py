"""The endpoints of the editor: publish, hold, release; and what takes two people: kill, take down, restore."""

from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from api.http import examples, shapes
from api.http.access import Filer, Reader
from api.http.documents import PAGE, AskedOfDesk, Cursor, Limit, digest_tag, document, key_of, listing
from api.http.endpoints import StorySlug, awaiting, example, recorded, router, shown
from ledger import limits
from ledger.commands import (
    DeclineApproval,
    GiveApproval,
    HoldStory,
    KillStory,
    PublishStory,
    ReleaseStory,
    RestoreStory,
    TakeDownStory,
)
from ledger.refusals import NoSuchApproval
from projections.reading import replay
from projections.views import approvals

endpoints = router("Publishing")
on_approval = "/stories/{slug}/approvals/{approval}"
ApprovalOf = Annotated[
    int, Path(ge=1, le=limits.REVISIONS_OF_STORY, description="The approval's number", examples=[1])
]

_APPROVAL: dict[str, Any] = {
    "story": "kim-visits-russia",
    "approval": 1,
    "act": "kill",
    "reason": "The source was made up.",
    "notice": "This story has been withdrawn.",
    "position": 1050,
    "asked_at": "2026-11-23T11:00:00.000001Z",
    "asked_by": "an editor",
    "state": "pending",
}


@endpoints.post("/stories/{slug}/publications", status_code=201, responses=recorded(404, 409, 428))
async def publish_story(
    slug: StorySlug, command: Annotated[PublishStory, example(examples.PUBLICATION)], filer: Filer
) -> Response:
    """Publish the story as of the revision that was looked at, and nothing filed later; at once, or when an embargo
    ends."""
    return await filer.submit(command, slug)


@endpoints.post("/stories/{slug}/holds", status_code=201, responses=recorded(404, 409))
async def hold_story(
    slug: StorySlug, command: Annotated[HoldStory, example(examples.HOLD)], filer: Filer
) -> Response:
    """Hold the story: readers see nothing of it until it is released."""
    return await filer.submit(command, slug)


@endpoints.post("/stories/{slug}/releases", status_code=201, responses=recorded(404, 409, 428))
async def release_story(
    slug: StorySlug, command: Annotated[ReleaseStory, example(examples.RELEASE)], filer: Filer
) -> Response:
    """Release a story that was held, as readers saw it before, or at a revision that is published in the same step."""
    return await filer.submit(command, slug)


@endpoints.post("/stories/{slug}/kills", status_code=202, responses=awaiting(404, 409))
async def kill_story(
    slug: StorySlug, command: Annotated[KillStory, example(examples.KILL)], filer: Filer
) -> Response:
    """Ask for the story to be killed: it should not have been published. A second person approves or declines. Until
    then it can be held."""
    return await filer.submit(command, slug)


@endpoints.post("/stories/{slug}/takedowns", status_code=202, responses=awaiting(404, 409))
async def take_down_story(
    slug: StorySlug, command: Annotated[TakeDownStory, example(examples.TAKEDOWN)], filer: Filer
) -> Response:
    """Ask for the story to be taken down, for a legal reason or for somebody's safety. A second person approves or
    declines. Until then it can be held."""
    return await filer.submit(command, slug)


@endpoints.post("/stories/{slug}/restorations", status_code=202, responses=awaiting(404, 409))
async def restore_story(
    slug: StorySlug, command: Annotated[RestoreStory, example(examples.RESTORATION)], filer: Filer
) -> Response:
    """Ask for a story that was killed or taken down to come back as it was before, or withheld, to be mended first. A
    second person approves or declines."""
    return await filer.submit(command, slug)


@endpoints.post(f"{on_approval}/approve", status_code=201, responses=recorded(404, 409))
async def give_approval(
    slug: StorySlug,
    approval: ApprovalOf,
    command: Annotated[GiveApproval, example(examples.APPROVAL)],
    filer: Filer,
) -> Response:
    """Approve what somebody else asked for; it is done at once."""
    return await filer.submit(command, slug, approval)


@endpoints.post(f"{on_approval}/decline", status_code=201, responses=recorded(404, 409))
async def decline_approval(
    slug: StorySlug,
    approval: ApprovalOf,
    command: Annotated[DeclineApproval, example(examples.DECLINE)],
    filer: Filer,
) -> Response:
    """Decline what somebody asked for, oneself or another; it is not done."""
    return await filer.submit(command, slug, approval)


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
