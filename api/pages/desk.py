"""What waits for the desk: approvals, requests for corrections, shaken facts, stories that readers do not see."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import Query, Response

from api.http.endpoints import ApprovalOf, RequestOf, StorySlug
from api.pages.page import Looking, Visit, router
from api.pages.stories import Cursor
from projections.views.requests import Shown

endpoints = router()

_FEW = 5  # of each kind, on the first page
_ROWS = 50
_STORIES = 30  # the newest ones, which are looked at
_CORRECTIONS = 50  # of the story, the newest ones
_FACTS = 5  # that a request may be about
_UNSEEN = ("draft", "embargoed", "held")


@endpoints.get("/desk")
async def show_desk(visit: Looking) -> Response:
    visit.only_desk()
    approvals, requests, figures, shaken, unpublished, waiting, stories = await visit.get_all(
        ("/v1/approvals", _since(visit, limit=_FEW)),
        ("/v1/requests", _since(visit, limit=_FEW)),
        ("/v1/requests/figures", _since(visit)),
        ("/v1/facts/shaken", _since(visit, limit=_FEW)),
        ("/v1/unpublished", _since(visit, limit=_FEW)),
        ("/v1/waiting", _since(visit)),
        ("/v1/stories", _since(visit, limit=_STORIES)),
    )
    await _name_sources(visit, shaken)
    return await visit.page(
        "desk.html",
        approvals=approvals,
        requests=requests,
        figures=figures,
        shaken=shaken,
        unpublished=unpublished,
        how_many=waiting,
        stories=await _unseen(visit, stories["items"]),
        headlines=await visit.headlines(approvals, requests, shaken),
        looked_at=_STORIES if stories["next"] else None,
    )


def _since(visit: Visit, **query: str | int | None) -> Mapping[str, str | int | None]:
    """With the position that the answer must have reached."""
    return query | {"at_least": visit.recorded}


async def _waiting(visit: Visit, what: str, path: str, cursor: str | None) -> Response:
    """The page of all that waits of one kind."""
    visit.only_desk()
    found = await visit.get(path, _since(visit, cursor=cursor, limit=_ROWS))
    if what == "shaken":
        await _name_sources(visit, found)
    return await visit.page("waiting.html", what=what, found=found, headlines=await visit.headlines(found))


async def _unseen(visit: Visit, stories: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Those that readers do not see yet, or not now."""
    unseen = [story["story"] for story in stories if story["state"] in _UNSEEN]
    return await visit.get_all(*((f"/v1/stories/{slug}", None) for slug in unseen))


@endpoints.get("/desk/approvals")
async def show_approvals(visit: Looking, cursor: Cursor = None) -> Response:
    return await _waiting(visit, "approvals", "/v1/approvals", cursor)


@endpoints.get("/desk/stories/{slug}/approvals/{approval}")
async def show_approval(slug: StorySlug, approval: ApprovalOf, visit: Looking) -> Response:
    visit.only_desk()
    found = await visit.get(f"/v1/stories/{slug}/approvals/{approval}", _since(visit))
    headlines = await visit.headlines(found)
    return await visit.page("approval.html", approval=found, headline=headlines.get(slug, slug))


@endpoints.get("/desk/shaken")
async def show_shaken(visit: Looking, cursor: Cursor = None) -> Response:
    return await _waiting(visit, "shaken", "/v1/facts/shaken", cursor)


async def _name_sources(visit: Visit, shaken: Mapping[str, Any]) -> None:
    """The name of each source whose discrediting shakes a fact, beside its slug."""
    causes = [one["because"] for one in shaken["items"] if "source" in one["because"]]
    names = await visit.names_of_sources(cause["source"] for cause in causes)
    for cause in causes:
        cause["name"] = names.get(cause["source"], cause["source"])


@endpoints.get("/desk/unpublished")
async def show_unpublished(visit: Looking, cursor: Cursor = None) -> Response:
    return await _waiting(visit, "unpublished", "/v1/unpublished", cursor)


@endpoints.get("/desk/requests")
async def show_requests(
    visit: Looking, state: Annotated[Shown, Query()] = "unanswered", cursor: Cursor = None
) -> Response:
    visit.only_desk()
    found, figures = await visit.get_all(
        ("/v1/requests", _since(visit, state=state, cursor=cursor, limit=_ROWS)),
        ("/v1/requests/figures", None),
    )
    headlines = await visit.headlines(found)
    return await visit.page(
        "waiting.html", what="requests", found=found, figures=figures, state=state, headlines=headlines
    )


@endpoints.get("/desk/requests/{request}")
async def show_request(
    request: RequestOf, visit: Looking, left: Annotated[Literal["yes"] | None, Query()] = None
) -> Response:
    """What was asked, the facts that it may be about, and the corrections that may have come of it; left: it was to be
    accepted with what was just recorded, and could not be."""
    visit.only_desk()
    asked = await visit.get(f"/v1/requests/{request}", _since(visit))
    story, corrections = await visit.get_all(
        (f"/v1/stories/{asked['story']}", None),
        ("/v1/corrections", {"story": asked["story"], "limit": _CORRECTIONS}),
    )
    return await visit.page(
        "desk_request.html",
        request=asked,
        left=left is not None,
        story=story,
        facts=_meant(asked["phrase"], story) if asked["phrase"] else (),
        corrections=[one for one in corrections["items"] if one["kind"] == "correction"],
        has_more=corrections["next"] is not None,
    )


def _meant(phrase: str, story: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The facts that say these words, or stand behind them in the copy."""
    wanted = phrase.strip().casefold()
    copy = story.get("copy", {"text": "", "spans": []})
    at = copy["text"].casefold().find(wanted)
    behind = {
        span["fact"] for span in copy["spans"] if 0 <= at < span["end"] and span["start"] < at + len(wanted)
    }
    return [
        fact
        for fact in story["facts"]
        if fact["standing"] == "standing"
        and (fact["fact"] in behind or wanted in fact["statement"].casefold())
    ][:_FACTS]
