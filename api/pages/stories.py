"""The pages of a story: how it stands and stood, its history, what differs between two moments, and one fact's life."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import Query, Response

from api.http.documents import instant
from api.http.endpoints import StorySlug
from api.http.statuses import BadParameter
from api.pages import differences, marked
from api.pages.changes import AT_THE_WORDS, BESIDE_A_FACT, by_fact, changes_of
from api.pages.forms import in_utc
from api.pages.page import Looking, router
from api.pages.rendering import address, at_fact, fact_of
from api.pages.steps import Steps, read_steps, steps_of
from api.pages.strip import strip_of
from ledger import limits

endpoints = router()

View = Annotated[Literal["desk", "reader"] | None, Query()]
Revision = Annotated[int | None, Query(ge=1, le=limits.POSITION)]
Cursor = Annotated[str | None, Query(max_length=200, pattern=r"^[A-Za-z0-9_-]+$")]
Instant = Annotated[str | None, Query(max_length=limits.INSTANT_LENGTH)]


@endpoints.get("/")
async def show_front(
    visit: Looking,
    q: Annotated[str | None, Query(max_length=limits.NAME_LENGTH)] = None,
    cursor: Cursor = None,
) -> Response:
    words = (q or "").strip() or None
    found, corrections = await visit.get_all(
        ("/v1/stories", {"q": words, "cursor": cursor, "limit": 30}), ("/v1/corrections", {"limit": 6})
    )
    return await visit.page(
        "front.html", q=words, stories=found["items"], next=found["next"], corrections=corrections["items"]
    )


@endpoints.get("/stories/{slug}")
async def show_story(
    slug: StorySlug,
    visit: Looking,
    revision: Revision = None,
    position: Annotated[int | None, Query(ge=0, le=limits.POSITION)] = None,
    as_of: Instant = None,
    view: View = None,
    step: Annotated[
        int | None, Query(ge=1, le=limits.REVISIONS_OF_STORY, description="From the slider")
    ] = None,
    at: Annotated[
        str | None, Query(max_length=limits.INSTANT_LENGTH, description="A local time, in UTC")
    ] = None,
    marks: Literal["off"] | None = None,
    facts_after: Annotated[int, Query(ge=0, le=limits.FACTS_IN_STORY)] = 0,
) -> Response:
    """How it stands, or how it stood: with `revision` and the like, and then with what changed in that step."""
    path = f"/v1/stories/{slug}"
    if at:
        return visit.go(
            address(
                f"/stories/{slug}",
                as_of=_from_local(at),
                view=view,
                marks=marks,
                facts_after=facts_after or None,
            )
        )
    if step is not None:
        steps = await steps_of(visit, slug, view)
        chosen = steps.items[min(step, len(steps.items)) - 1]
        return visit.go(
            address(
                f"/stories/{slug}",
                revision=chosen.revision,
                view=view,
                marks=marks,
                facts_after=facts_after or None,
            )
        )
    is_then = revision is not None or position is not None or as_of is not None
    moment = {"revision": revision, "position": position, "as_of": as_of, "view": view}
    story, answered = await visit.get_all((path, moment), (f"{path}/steps", {"view": view}))
    steps = read_steps(answered).showing(story["revision"], is_then=is_then)
    before = None
    if is_then and marks is None and steps.before is not None:
        before = await visit.get(path, {"revision": steps.before.revision, "view": view})
    return await visit.page(
        "story.html",
        work=partial(_told, story, before, steps, view, _Part(facts_after), moment | {"marks": marks}),
        marks=marks,
        is_reader=visit.looks_as_reader(view),
    )


# What stands on the page anyway is not listed as well.
_OF_THE_HEAD = ("headline", "dateline", "desk", "language")


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the facts of a story, by their numbers: the page has so many, and leads to the others."""

    after: int

    @property
    def first(self) -> int:
        return self.after + 1

    @property
    def last(self) -> int:
        return self.after + limits.FACTS_SHOWN

    def at(self, slug: str, asked: Mapping[str, Any], fact: int) -> str:
        """Where a fact stands: on this page, or on the one of another part."""
        return at_fact(fact) if self.first <= fact <= self.last else fact_of(slug, fact, **asked)


def _parts(last: int) -> list[_Part]:
    return [_Part(after) for after in range(0, last, limits.FACTS_SHOWN)]


def _told(
    story: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    steps: Steps,
    view: str | None,
    part: _Part,
    asked: Mapping[str, Any],
) -> dict[str, Any]:
    changes = by_fact(changes_of(story), last=BESIDE_A_FACT)
    at_the_words = {
        fact: [change for change in told if change.kind in AT_THE_WORDS] for fact, told in changes.items()
    }
    copy = marked.paragraphs(story.get("copy"), before, at_the_words)
    facts = differences.facts(story, before)
    placed = {id(change) for paragraph in copy for change in paragraph.told}
    return {
        "slug": story["story"],
        "story": story,
        "before": before,
        "steps": steps,
        "strip": strip_of(steps),
        "view": view,
        "copy": copy,
        # What was told at the words is not told again beside the fact.
        "beside_facts": {
            fact: [change for change in told if id(change) not in placed] for fact, told in changes.items()
        },
        "all": {fact["fact"]: fact for fact in story["facts"]},
        "facts": [then for then in facts if part.first <= then.fact["fact"] <= part.last],
        "facts_after": part.after,
        "parts": _parts(max((then.fact["fact"] for then in facts), default=0)),
        "at": partial(part.at, story["story"], asked),
        "touched": [then.fact["fact"] for then in facts if then.label],
        "fields": differences.fields(story, before, _OF_THE_HEAD) if before else [],
    }


def _from_local(text: str) -> str:
    """What an input of a browser gives, taken as UTC."""
    utc = in_utc(text)
    if utc == text:
        raise BadParameter(why="at: give a day and a time, such as 2023-09-12T14:30.", parameter="at")
    instant(utc, "at")
    return utc
