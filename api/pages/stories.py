"""The pages of a story: how it stands and stood, its history, what differs between two moments, and one fact's life."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Query, Response

from api.formats import linked_data
from api.formats.addresses import site
from api.formats.catalogue import FORMATS, preferred
from api.formats.telling import Telling
from api.http.documents import instant
from api.http.endpoints import StorySlug
from api.http.statuses import BadParameter
from api.pages import differences, parts
from api.pages.forms import in_utc
from api.pages.inside import Asked, Refused
from api.pages.page import Looking, Visit, router
from api.pages.parts import Wanted
from api.pages.passing_on import pass_on, story_for
from api.pages.presence import others
from api.pages.rendering import address
from api.pages.steps import read_steps, steps_of
from api.pages.strip import strip_of
from ledger import limits
from ledger.moment import rfc3339
from ledger.words import FactKind, Slug, Verification, is_day, is_today, parse_moment

endpoints = router()

View = Annotated[Literal["desk", "reader"] | None, Query()]
Revision = Annotated[int | None, Query(ge=1, le=limits.POSITION)]
Cursor = Annotated[str | None, Query(max_length=200, pattern=r"^[A-Za-z0-9_-]+$")]
Instant = Annotated[str | None, Query(max_length=limits.INSTANT_LENGTH)]


_UNPUBLISHED = 3  # on the front, the newest ones


@endpoints.get("/")
async def show_front(
    visit: Looking,
    q: Annotated[str | None, Query(max_length=limits.NAME_LENGTH)] = None,
    cursor: Cursor = None,
) -> Response:
    words = (q or "").strip() or None
    questions: list[tuple[str, Asked]] = [
        ("/v1/stories", {"q": words, "cursor": cursor, "limit": 30}),
        ("/v1/corrections", {"limit": 6}),
    ]
    if visit.is_desk:
        questions.append(("/v1/unpublished", {"limit": _UNPUBLISHED}))
    found, corrections, *unpublished = await visit.get_all(*questions)
    return await visit.page(
        "front.html",
        q=words,
        stories=found["items"],
        next=found["next"],
        corrections=corrections["items"],
        headlines=await visit.headlines(corrections),
        unpublished=unpublished[0] if unpublished else None,
    )


Position = Annotated[int | None, Query(ge=0, le=limits.POSITION)]


def _passes_on(suffix: str) -> Callable[..., Coroutine[Any, Any, Response]]:
    async def show(
        slug: StorySlug,
        visit: Looking,
        revision: Revision = None,
        position: Position = None,
        as_of: Instant = None,
        edition: Revision = None,
        view: View = None,
    ) -> Response:
        moments = {"revision": revision, "position": position, "as_of": as_of, "edition": edition}
        return await pass_on(visit, f"/v1/stories/{slug}.{suffix}", moments | {"view": view})

    return show


# Before the page: else a suffix would be taken for a part of a slug.
for _suffix in (*(form.suffix for form in FORMATS), "atom"):
    endpoints.get(f"/stories/{{slug}}.{_suffix}")(_passes_on(_suffix))


@endpoints.get("/stories/{slug}")
async def show_story(
    slug: StorySlug,
    visit: Looking,
    revision: Revision = None,
    position: Position = None,
    as_of: Instant = None,
    edition: Revision = None,
    clock: Annotated[Literal["source"] | None, Query(description="Whose as_of is")] = None,
    view: View = None,
    step: Annotated[
        int | None, Query(ge=1, le=limits.REVISIONS_OF_STORY, description="From the slider")
    ] = None,
    at: Annotated[
        str | None, Query(max_length=limits.INSTANT_LENGTH, description="A local time, in UTC")
    ] = None,
    marks: Literal["off"] | None = None,
    fact: Annotated[int | None, Query(ge=1, le=limits.FACTS_IN_STORY)] = None,
    facts_after: Annotated[int, Query(ge=0, le=limits.FACTS_IN_STORY)] = 0,
    copy_after: Annotated[int, Query(ge=0, le=limits.COPY_LENGTH)] = 0,
    kind: Annotated[FactKind | Literal[""], Query()] = "",
    verification: Annotated[Verification | Literal[""], Query()] = "",
    source: Annotated[Slug | Literal[""], Query()] = "",
    changed_since: Annotated[str, Query(pattern=r"^([1-9][0-9]{0,14})?$")] = "",
    set_right: Annotated[Literal["yes", ""], Query()] = "",
) -> Response:
    """How it stands, or how it stood: with `revision` and the like, and then with what changed in that step. Of many
    facts those beyond `facts_after`, or those around `fact`; and those alone that are as it is asked for."""
    path, here = f"/v1/stories/{slug}", f"/stories/{slug}"
    moments = {"revision": revision, "position": position, "as_of": as_of, "edition": edition}
    form = preferred(visit.request.headers.get("accept"), "text/html", "application/xhtml+xml")
    if form is not None:
        return await pass_on(visit, f"{path}.{form.suffix}", moments | {"view": view}, vary="Accept")
    alike = {
        "kind": kind or None,
        "verification": verification or None,
        "source": source or None,
        "changed_since": int(changed_since) if changed_since else None,
        "set_right": "true" if set_right else None,
    }
    kept = {"view": view, "marks": marks, "fact": fact, "facts_after": facts_after or None}
    if at:
        return visit.go(address(here, as_of=_from_local(at), **kept))
    if step is not None:
        steps = await steps_of(visit, slug, view)
        chosen = steps.items[min(step, len(steps.items)) - 1]
        return visit.go(address(here, **chosen.asked, **kept))
    is_then = any(moment is not None for moment in moments.values())
    moment = moments | {"view": view, "clock": clock}
    try:
        story, answered = await asyncio.gather(
            story_for(visit, path, moment, _NO_FACTS), visit.get(f"{path}/steps", {"view": view})
        )
    except Refused as refused:
        if refused.kind == "nothing-there" and is_then and visit.looks_as_reader(view):
            return await _nothing_then(visit, slug, moment, refused)
        raise
    if isinstance(story, Response):
        return story
    steps = read_steps(answered).showing(story["revision"], is_then=is_then)
    before = None
    if is_then and marks is None and steps.before is not None:
        before = await visit.get(path, {"view": view, **steps.before.asked, **_NO_FACTS})
    asked = {**moment, "marks": marks, "copy_after": copy_after or None}
    wanted = Wanted(fact, facts_after, copy_after, alike, asked)
    shown = await parts.shown(visit, path, story, before, wanted, view)
    since = await visit.find(path, {"view": view, **_NO_FACTS}) if is_then and steps.is_set_right else None
    is_reader = visit.looks_as_reader(view)
    day = as_of if as_of and is_day(as_of) else None
    return await visit.page(
        "story.html",
        slug=story["story"],
        story=story,
        before=before,
        steps=steps,
        strip=strip_of(steps),
        view=view,
        marks=marks,
        headlines=await visit.headlines(
            {"story": story.get("merged_into")}, *_beyond(slug, shown["found"].items)
        ),
        discredited=await visit.discredited_in(slug, is_reader=is_reader),
        is_reader=is_reader,
        about=linked_data.description(story),
        linked=linked_data.in_page(Telling(site(visit.request), slug, story, is_desk=False))
        if is_reader
        else None,
        colleagues=await others(visit, slug) if visit.is_desk and not is_then else (),
        day=day,
        is_today=day is not None and is_today(parse_moment(day)),
        made_by=as_of if clock else None,
        fields=differences.fields(story, before, _OF_THE_HEAD) if before else [],
        set_right=parts.set_right_since(since, story, shown["found"]) if since else {},
        **shown,
    )


async def _nothing_then(visit: Visit, slug: str, asked: Asked, refused: Refused) -> Response:
    """Where readers see the story now: that they saw nothing of it then, and the way to what they see. Where they do
    not, the same refusal as of what is not there at all."""
    answered = await visit.find(f"/v1/stories/{slug}/steps", {"view": asked["view"]})
    if answered is None:
        raise refused
    steps, as_of = read_steps(answered), str(asked["as_of"] or "")
    first = steps.items[0]
    # What was asked was taken before it was refused, so it can be read.
    then = parse_moment(as_of) if is_day(as_of) else instant(as_of) if as_of else None
    is_before = not steps.earlier and (
        (then is not None and then < datetime.fromisoformat(first.at))
        or int(asked["position"] or first.position) < first.position
        or int(asked["revision"] or first.revision) < first.revision
    )
    called = await visit.headlines({"story": slug})
    return await visit.page(
        "not_then.html",
        404,
        slug=slug,
        view=asked["view"],
        headline=called.get(slug, slug),
        steps=steps,
        first=first if is_before else None,
        asks_edition=asked["edition"] is not None,
    )


@endpoints.get("/stories/{slug}/timemap")
async def show_timemap(slug: StorySlug, visit: Looking, cursor: Cursor = None) -> Response:
    """Every edition, each at the address of its page."""
    return await pass_on(visit, f"/v1/stories/{slug}/timemap", {"cursor": cursor})


def _beyond(slug: str, facts: Sequence[Mapping[str, Any]]) -> list[Any]:
    """What names facts of other stories: these are called by their headlines."""
    hanging = (one for fact in facts for one in (*fact.get("rests_on", ()), *fact.get("responses", ())))
    return [one for one in hanging if one.get("by", one).get("story", slug) != slug]


# What stands on the page anyway is not listed as well.
_OF_THE_HEAD = ("headline", "dateline", "desk", "language")
# A page of them is asked for by itself.
_NO_FACTS = {"facts_after": limits.FACTS_IN_STORY}


def _from_local(text: str) -> str:
    """What an input of a browser gives, taken as UTC. Of a minute, which is all that a page tells, its end is meant,
    once that has come: what happened in it is seen."""
    utc = in_utc(text)
    if utc == text:
        raise BadParameter(why="at: give a day and a time, such as 2023-09-12T14:30.", parameter="at")
    begin = instant(utc, "at")
    if begin is not None and utc == f"{text.replace(' ', 'T')}:00Z":
        end = begin + timedelta(seconds=59, microseconds=999_999)
        return rfc3339(end) if end < datetime.now(UTC) else utc
    return utc
