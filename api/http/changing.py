"""One change of a story: several acts, recorded in one piece or not at all.

An act has the words of an import line. What an earlier act of the change comes to is named by its place: `"fact": "@0"`
is the fact that the first one reports, `"revision": "@last"` what the change itself has made of the story so far.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from fastapi import Response
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BeforeValidator, Field

from api.http import examples, lines
from api.http.access import Filer
from api.http.endpoints import StorySlug, awaiting, example, recorded, router
from api.http.lines import Unlike
from ledger import limits
from ledger.commands import Actor, OpenStory, Part, PublishStory, ReleaseStory, Submission, Told, change_id
from ledger.origin import Origin, WithOrigin
from ledger.refusals import NotMadeYet, NotOpenedHere
from ledger.words import Closed, Text, Version, source_stream, story_stream

endpoints = router()


def _flat(value: dict[str, Any]) -> dict[str, Any]:
    """What nobody has to say is nested so deeply; it is walked through later, by as many calls as it is deep."""
    inside: list[Any] = [value]
    for _ in range(limits.DEPTH_OF_ACT):
        inside = [
            each
            for one in inside
            if isinstance(one, dict | list)
            for each in (one.values() if isinstance(one, dict) else one)
        ]
    if any(isinstance(one, dict | list) for one in inside):
        raise ValueError("should not be nested so deeply")
    return value


def _number_or_place(value: Any) -> Any:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | str)):
        raise ValueError("should be a whole number, or name an act before it, as in “@0”")
    return value


Named = Annotated[int, Field(strict=True)]
NumberOrPlace = Annotated[Named | str | None, BeforeValidator(_number_or_place)]


class ActAsked(Closed):
    """do: the word of the act; `open` may be the first alone. fact, approval, revision, source: which of the story's,
    or whose, it is about, where it is about one; with: the body that its own endpoint takes."""

    do: Annotated[str, Field(description=f"One of: {', '.join(lines.WORDS)}", examples=["correct"])]
    fact: NumberOrPlace = None
    approval: Named | None = None
    revision: NumberOrPlace = None
    source: str | None = None
    with_: Annotated[dict[str, Any], Field(alias="with", default_factory=dict), AfterValidator(_flat)]


class ChangeAsked(Closed):
    """expected_revision: the revision of the story that was looked at, for every act that has to name one and names
    none, and nothing that came after it is published with what the change makes; reason: of every act that says none
    of its own; origin: likewise, and the same change from there is recorded once."""

    expected_revision: Version | None = None
    reason: Text
    origin: Origin | None = None
    acts: Annotated[tuple[ActAsked, ...], Field(min_length=1, max_length=limits.ACTS_OF_CHANGE)]


@endpoints.post(
    "/stories/{slug}/acts",
    status_code=201,
    responses=recorded(404, 409, 428) | {202: awaiting()[202]},
    tags=["Filing"],
    description=(
        "Several acts on a story as one change: all are recorded, in this order and with one receipt, or none is."
        " Who may do one alone may do it here. For the roles reporter and editor and standards."
    ),
)
async def make_change(
    slug: StorySlug,
    change: Annotated[ChangeAsked, example(examples.CHANGE)],
    filer: Filer,
) -> Response:
    # Under this id it is answered, recorded and found.
    filer.request.scope["request_id"] = change_id(filer.request.scope["request_id"])
    asked = [_asked(one, slug, change) for one in change.acts]
    parts = []
    for index, act in enumerate(asked):
        if act["do"] == "open" and (index or act["with"]["slug"] != slug):
            raise NotOpenedHere(slug=slug, pointer=f"/acts/{index}/do")
        _check_places(act, index)
        made = partial(_made, act, slug, filer.actor, filer.request.scope["request_id"])
        try:
            first = made([_NOTHING] * index, None)
        except Unlike as error:
            body = orjson.loads(await filer.request.body())
            body["acts"][index].setdefault("with", {})  # where what is missing would stand
            raise RequestValidationError(_in_body(error, index), body=body) from None
        publishes = isinstance(first.command, PublishStory | ReleaseStory)
        seen = act["with"].get("expected_revision")
        parts.append(
            Part(
                first,
                made,
                names=partial(_numbers, act, slug),
                saw=change.expected_revision,
                publishes_own=publishes and isinstance(act["with"].get("revision"), str),
                looked_at=seen if isinstance(seen, int) else 0,
                changes_own=isinstance(seen, str),
            )
        )
    return await filer.submit_change(tuple(parts), slug, change.origin)


# --- An act as a line --------------------------------------------------------------------------------------------


def _asked(act: ActAsked, slug: str, change: ChangeAsked) -> dict[str, Any]:
    """The line of it, with what the change says for all."""
    line: dict[str, Any] = {"key": "-", "do": act.do}
    about, command = lines.WORDS.get(act.do, (None, None))
    if about is not None and issubclass(about, lines.OnStory):
        line["story"] = slug
    line |= {
        name: value
        for name in ("fact", "approval", "revision", "source")
        if (value := getattr(act, name)) is not None
    }
    line["with"] = {**act.with_}
    if command is not None and change.origin is not None and issubclass(command, WithOrigin):
        line["with"].setdefault("origin", change.origin.model_dump(mode="json", exclude_none=True))
    if command is OpenStory:
        line["with"].setdefault("slug", slug)
    elif command is not None:
        opened = 1 if change.acts[0].do == "open" else None
        for name, value in (
            ("reason", change.reason),
            ("expected_revision", change.expected_revision or opened),
        ):
            if name in command.model_fields and value is not None:
                line["with"].setdefault(name, value)
        if "expected_version" in command.model_fields and isinstance(act.fact, str):
            line["with"].setdefault("expected_version", act.fact)
    return line


_PLACE = re.compile(r"@(0|[1-9][0-9]{0,2}|last)")
# What is taken from an earlier act, by the field that names it.
_TAKEN: Final[Mapping[str, str]] = {
    "fact": "fact",
    "words_stand": "fact",
    "revision": "revision",
    "ran_in": "revision",
    "expected_revision": "revision",
    "version": "version",
    "expected_version": "version",
}
_NOTHING: Told = {"fact": 1, "revision": 1, "version": 1}
# How a provider counts is its own.
_OF_OTHERS: Final = ("origin", "item")


def _named(
    value: Any, slugs: Collection[str] | None = None, field: str = "", at: str = ""
) -> Iterator[tuple[Any, str, str]]:
    """Whatever names a fact, a revision or a version: that, the field that it is in, and a JSON pointer to it. In other
    fields what looks so is words. slugs: of the story, where nothing is asked of what is of another."""
    if isinstance(value, dict):
        if slugs is not None and value.get("story", "") not in ("", *slugs):
            return
        for name, one in value.items():
            if name not in _OF_OTHERS:
                yield from _named(one, slugs, name, f"{at}/{name}")
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _named(one, slugs, field, f"{at}/{index}")
    elif field in _TAKEN:
        yield value, field, at


def _places(value: Any) -> Iterator[tuple[str, str, str]]:
    """What is meant to name an act."""
    return (one for one in _named(value) if isinstance(one[0], str) and one[0].startswith("@"))


def _check_places(asked: Mapping[str, Any], index: int) -> None:
    """Refuses what names no act that comes before."""
    for place, _, at in _places(dict(asked)):
        named = _PLACE.fullmatch(place)
        if named is None:
            why = "no act is called that"
        elif (0 if named[1] == "last" else int(named[1])) >= index:
            why = "no act before it is that one"
        else:
            continue
        raise NotMadeYet(act=index, place=place, why=why, pointer=f"/acts/{index}{at}")


def _numbers(act: Mapping[str, Any], slug: str, slugs: Collection[str]) -> Iterator[tuple[str, int, str]]:
    """The facts and revisions of the story that an act gives the numbers of: what, which, and a JSON pointer to it.
    slugs: under which it is known besides the one that the change is sent to."""
    for number, field, at in _named(dict(act), {slug, *slugs}):
        if isinstance(number, int) and _TAKEN[field] in ("fact", "revision"):
            yield _TAKEN[field], number, at


def _taken(value: Any, told: Sequence[Told], slugs: Collection[str] | None, field: str = "") -> Any:
    """The value, with numbers in the place of those that stand for earlier acts; of another story they made nothing.
    slugs: those of the story; none where nobody knows them yet."""
    if isinstance(value, dict):
        if slugs is not None and value.get("story", "") not in ("", *slugs):
            return value
        return {
            name: one if name in _OF_OTHERS else _taken(one, told, slugs, name) for name, one in value.items()
        }
    if isinstance(value, list):
        return [_taken(one, told, slugs, field) for one in value]
    place = _PLACE.fullmatch(value) if isinstance(value, str) and field in _TAKEN else None
    if place is None:
        return value
    of_it = _TAKEN[field]
    if place[1] == "last":
        return next((one[of_it] for one in reversed(told) if of_it in one), value)
    named = told[int(place[1])]
    if field == "expected_version" and of_it in named:  # to which the change has brought that fact by then
        versions = (one[of_it] for one in reversed(told) if of_it in one and one["fact"] == named["fact"])
        return next(versions)
    return named.get(of_it, value)


def _made(
    asked: Mapping[str, Any],
    slug: str,
    actor: Actor,
    request_id: UUID,
    told: Sequence[Told],
    slugs: Collection[str] | None,
) -> Submission:
    # The revision of a source is none of the story.
    of_story = [one if one is _NOTHING or one.get("story") == slug else {} for one in told]
    made = _taken(dict(asked), of_story, None if slugs is None else {slug, *slugs})
    for place, field, at in _places(made):
        what, before = _TAKEN[field], of_story if place == "@last" else [of_story[int(place[1:])]]
        if any(what in one for one in before):
            why = f"that is of story {slug}"
        else:
            why = f"that makes no {what} of story {slug}"
        raise NotMadeYet(act=len(told), place=place, why=why, pointer=at)
    line = lines.read(made)
    story, source, number = line.about()
    stream = story_stream(story) if story is not None else source_stream(source or "")
    return Submission(line.with_, actor, request_id, stream, story, number, source=source)


def _in_body(error: Unlike, index: int) -> list[dict[str, Any]]:
    return [
        {
            "type": "unlike",
            "loc": (
                "body",
                "acts",
                index,
                *(int(step) if step.isdigit() else step for step in place.split("/")[1:]),
            ),
            "msg": said,
            "input": None,
        }
        for place, said in error.places
    ]
