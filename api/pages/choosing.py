"""What a form asks for by a number, shown in words to choose from: facts, versions, revisions, requests; and what it
asks for by a slug, found by its name: sources and stories."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from api.formats.wording import what_happened
from api.pages.forms import LISTS, Choice, Field, Typed
from api.pages.inside import Refused
from api.pages.page import Visit
from api.pages.rendering import brief, isolated
from api.pages.tasks import Task
from ledger import limits
from ledger.words import SLUG

_OTHERS = 10  # stories whose facts are asked for, in one form
_CALLED = 20  # names that are looked for, in one form
_OF_ONE_NAME = 20  # sources, or stories, that are looked at for one name
_NAMED_AS_LIKELY = 5  # of those, where none has that very name
_slug = re.compile(SLUG).fullmatch


async def with_choices(task: Task, fields: Sequence[Field], typed: Typed | None = None) -> list[Field]:
    """The fields, those that ask for a number with what it may be. typed: also the words that a long list is narrowed
    by, each under the name of its field behind `find.`."""
    others = await _others(task, fields)
    return [await _chosen(task, field, others, typed or {}, {}) for field in fields]


async def _chosen(
    task: Task, field: Field, others: Mapping[str, Any], typed: Typed, beside: Mapping[str, Any]
) -> Field:
    if field.parts:
        given = {part.asks.name: part.value for part in field.parts}
        parts = [await _chosen(task, part, others, typed, given) for part in field.parts]
        return replace(field, parts=parts)
    found = await _choices(task, field, others, beside)
    if not found:
        return field
    find = typed.get(f"find.{field.path}", "").strip()
    return replace(
        field, choices=bounded(found, field.value, find), find=find, is_long=len(found) > limits.CHOICES
    )


async def _choices(
    task: Task, field: Field, others: Mapping[str, Any], beside: Mapping[str, Any]
) -> Sequence[Choice]:
    match field.asks.name:
        case "fact" if "story" in beside:
            story = others.get(str(beside["story"] or ""), task.story)
            return facts_of(story) if story else ()
        case "fact" if task.act.word == "issue-corrective" and task.story:
            return facts_of(task.story, lambda fact: fact["corrections"] or fact["standing"] == "retracted")
        case "fact" if task.request:
            return facts_of(await task.visit.get(f"/v1/stories/{task.request['story']}"))
        case "words_stand" if task.story:
            path = f"/v1/stories/{task.story['story']}"
            public = await task.visit.find(path, {"view": "reader", "facts_after": limits.FACTS_IN_STORY})
            copies = [told["copy"] for told in (task.story, public) if told and "copy" in told]
            behind = {span["fact"] for copy in copies for span in copy["spans"]}
            return facts_of(task.story, lambda fact: fact["fact"] in behind or fact["version"] > 1)
        case "revision" if task.story:
            return await _revisions(task, {})
        case "ran_in" if task.story:
            return await _revisions(task, {"view": "reader"})
        case "wrong_version" if task.fact:
            return await _versions(task)
        case "version" if task.request:
            return await _corrected(task)
        case "request" if task.story:
            return await _requests(task)
    return ()


def bounded(found: Sequence[Choice], value: Any, find: str) -> list[Choice]:
    """So many of them that somebody can look through, the newest; those with the words, and what is chosen already."""
    wanted = find.casefold()
    shown = [one for one in found if wanted in one.said.casefold()][-limits.CHOICES :]
    chosen = {str(one) for one in (value if isinstance(value, list) else [value])}
    return [one for one in found if one.value in chosen and one not in shown] + shown


def facts_of(
    story: Mapping[str, Any], which: Any = lambda fact: fact["standing"] == "standing"
) -> list[Choice]:
    return [
        Choice(str(fact["fact"]), f"{fact['fact']} · {_short(fact.get('statement', 'Withdrawn'))}")
        for fact in story["facts"]
        if which(fact)
    ]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return isolated(line if len(line) <= limits.WORDS_SHOWN else f"{line[: limits.WORDS_SHOWN - 1]}…")


async def _others(task: Task, fields: Iterable[Field]) -> dict[str, Any]:
    """The other stories that are named in the form, whose facts are asked for."""
    slugs = {
        str(part.value)
        for field in fields
        for row in [field, *field.parts, *(inner for one in field.parts for inner in one.parts)]
        for part in row.parts
        if part.asks.name == "story" and part.value
    }
    own = task.story["story"] if task.story else None
    asked = sorted(slugs - {own})[:_OTHERS]
    found = await asyncio.gather(
        *(task.visit.find(f"/v1/stories/{slug}") for slug in asked if _is_slug(slug))
    )
    return {story["story"]: story for story in found if story is not None}


def _is_slug(text: str) -> bool:
    return len(text) <= limits.SLUG_LENGTH and _slug(text) is not None


async def _revisions(task: Task, asked: Mapping[str, Any]) -> list[Choice]:
    steps = await task.visit.find(f"/v1{_place_of_story(task)}/steps", asked)
    return [
        Choice(str(step["revision"]), f"{step['revision']} · {_what(step)}, {brief(step['at'])}")
        for step in (steps or {"items": ()})["items"]
    ]


def _what(step: Mapping[str, Any]) -> str:
    if "kind" not in step:
        return "published"
    return what_happened(step["kind"], step.get("fact"))


def _place_of_story(task: Task) -> str:
    assert task.story is not None
    return f"/stories/{task.story['story']}"


async def _versions(task: Task) -> list[Choice]:
    assert task.fact is not None
    path = f"/v1{_place_of_story(task)}/facts/{task.fact['fact']}/history"
    versions = (await task.visit.get(path, {"limit": limits.CHOICES}))["items"]
    return [
        Choice(str(one["version"]), f"{one['version']} · {_short(one.get('statement', 'Withdrawn'))}")
        for one in versions
    ]


async def _corrected(task: Task) -> list[Choice]:
    """The versions that corrections made, of whichever facts."""
    assert task.request is not None
    asked = {"story": task.request["story"], "limit": limits.CHOICES}
    by_version: dict[int, list[str]] = {}
    for one in reversed((await task.visit.get("/v1/corrections", asked))["items"]):
        if one["kind"] == "correction":
            by_version.setdefault(one["version"], []).append(
                f"fact {one['fact']}: {_short(one['was_wrong'])}"
            )
    return [
        Choice(str(number), f"{number} · {'; '.join(said[:3])}")
        for number, said in sorted(by_version.items())
    ]


async def _requests(task: Task) -> list[Choice]:
    assert task.story is not None
    waiting = (await task.visit.get("/v1/requests", {"limit": limits.CHOICES}))["items"]
    return [
        Choice(one["request"], f"{brief(one['asked_at'])} · {_short(one['phrase'] or 'erased')}")
        for one in waiting
        if one["story"] == task.story["story"]
    ]


async def called(visit: Visit, name: str, what: str = "sources") -> tuple[list[str], list[str]]:
    """The slugs of the sources, or stories, that are called so; the names of those that are called nearly so."""
    slug, title = {"sources": ("source", "name"), "stories": ("story", "headline")}[what]
    try:
        found = (await visit.get(f"/v1/{what}", {"q": name, "limit": _OF_ONE_NAME}))["items"]
    except Refused as refused:
        if refused.status == 400:
            return [], []  # nothing can be called so
        raise
    goes_on = {one[slug]: one[slug] for one in found}
    if what == "sources":  # one that is the same as another leads to that one
        goes_on |= {one[slug]: one["merged_into"] for one in found if "merged_into" in one}
    if name in goes_on:
        return [goes_on[name]], []
    slugs = [goes_on[one[slug]] for one in found if one[title].casefold() == name.casefold()]
    return [*dict.fromkeys(slugs)], [one[title] for one in found][:_NAMED_AS_LIKELY]


async def with_slugs(visit: Visit, typed: Typed, lists: Mapping[str, str] = LISTS) -> Typed:
    """What was typed, with its slug for each name of a source or a story that just one has. lists: of what, by the
    field."""
    named = {
        path: (name.strip(), lists[path.rpartition(".")[2]])
        for path, name in typed.items()
        if path.rpartition(".")[2] in lists and not path.startswith("find.") and not _is_slug(name.strip())
    }
    asked = [*dict.fromkeys(named.values())][:_CALLED]
    found = await asyncio.gather(*(called(visit, name, what) for name, what in asked))
    only = {one: slugs[0] for one, (slugs, _) in zip(asked, found, strict=True) if len(slugs) == 1}
    return {**typed, **{path: only[one] for path, one in named.items() if one in only}}
