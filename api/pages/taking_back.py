"""Taking back what was just recorded, all of a change at once: offered on its receipt."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, get_args

from fastapi import Query, Response

from api.http.endpoints import StorySlug
from api.pages import receipts
from api.pages.inside import Refused
from api.pages.offers import may_publish_again
from api.pages.page import Looking, Visit, router
from api.pages.previews import Preview, preview_of_change
from api.pages.tasks import act_of
from ledger import limits
from ledger.publication import PublicationEvent
from ledger.story import KIND

endpoints = router()

_NOTHING_SAID = {
    KIND[event] for event in get_args(PublicationEvent)
}  # which is not taken back, but published anew

_OPENING = "1-1"
Made = Annotated[str, Query(pattern=r"^[0-9]{1,7}-[0-9]{1,7}$", description="From which revision to which")]


@dataclass(slots=True)
class Undoing:
    """made: from which revision to which; revisions: what these did and can be taken back, the newest first; stays: why
    the others cannot; is_opening: whether they opened the story."""

    visit: Visit
    story: Mapping[str, Any]
    made: str
    revisions: list[Mapping[str, Any]]
    once: str
    is_opening: bool = False
    stays: list[str] = field(default_factory=list)
    reason: str = ""
    status: int = 200
    wrong: str = ""
    preview: Preview | None = None

    @property
    def may_publish(self) -> bool:
        return not self.is_opening and may_publish_again(self.visit.actor.role, self.story)

    @property
    def may_hold(self) -> bool:
        """Of a story that was opened and published in one, to keep it from readers is what takes it back."""
        return self.is_opening and may_publish_again(self.visit.actor.role, self.story)

    async def send(self, wanted: str, *, is_dry_run: bool) -> Any:
        acts: list[dict[str, Any]] = [
            {"do": "undo", "revision": one["revision"], "with": {}} for one in self.revisions
        ]
        if wanted == "publish":
            acts.append({"do": "publish", "with": {"revision": "@last"}})
        if wanted == "hold":
            acts = [{"do": "hold", "with": {}}]
        return await self.visit.inside.post(
            f"/v1/stories/{self.story['story']}/acts",
            {"reason": self.reason or ("…" if is_dry_run else ""), "acts": acts},
            once=None if is_dry_run else self.once,
            if_match=None if is_dry_run else f'"r{self.story["revision"]}-0"',
            is_dry_run=is_dry_run,
        )

    async def look(self) -> None:
        """How it will read, or what is in the way. What cannot be taken back stays, and the rest goes without it."""
        while self.revisions:
            try:
                tried = await self.send("file", is_dry_run=True)
                self.preview = await preview_of_change(self.visit, tried, self.story)
                return
            except Refused as refused:
                if refused.status == 401:
                    raise
                act = re.match(r"/acts/(\d+)", next(iter(refused.wrong)))
                if refused.kind != "cannot-undo" or act is None:
                    self.status, self.wrong = refused.status, str(refused.problem.get("detail", ""))
                    return
                self.stays.append(str(refused.problem.get("detail", "")))
                del self.revisions[int(act[1])]

    async def page(self) -> Response:
        return await self.visit.page("undo.html", self.status, undoing=self, slug=self.story["story"])


async def _begun(visit: Visit, slug: str, made: str) -> Undoing:
    act_of(visit, "revision", "undo")
    story = await visit.get(f"/v1/stories/{slug}")
    first, last = map(int, made.split("-"))
    last = min(last, first + limits.ACTS_OF_CHANGE - 1)
    path = f"/v1/stories/{slug}/revisions"
    revisions = await visit.get_all(*((f"{path}/{one}", None) for one in range(last, first - 1, -1)))
    said = [one for one in revisions if one["kind"] not in _NOTHING_SAID]
    is_opening = any(one["kind"] == "opening" for one in said)
    undoing = Undoing(visit, story, made, said, visit.once({}), is_opening)
    await undoing.look()
    return undoing


@endpoints.get("/desk/stories/{slug}/undo")
async def show_undoing(slug: StorySlug, visit: Looking, made: Made = _OPENING) -> Response:
    return await (await _begun(visit, slug, made)).page()


@endpoints.post("/desk/stories/{slug}/undo")
async def undo_change(slug: StorySlug, visit: Looking, made: Made = _OPENING) -> Response:
    visit.only_desk()
    typed = await visit.typed()
    undoing = await _begun(visit, slug, made)
    undoing.once, undoing.reason = visit.once(typed), typed.get("reason", "")
    wanted = typed.get("do")
    if wanted in ("file", "publish", "hold"):
        if not undoing.reason.strip():
            undoing.status, undoing.wrong = 422, "Say why."
            return await undoing.page()
        try:
            receipt = await undoing.send(wanted, is_dry_run=False)
        except Refused as refused:
            if refused.status == 401:
                raise
            undoing.status, undoing.wrong = refused.status, str(refused.problem.get("detail", ""))
            return await undoing.page()
        return visit.go(receipts.leading_to(f"/stories/{slug}", receipt, is_undoable=wanted != "hold"))
    return await undoing.page()
