"""The copy in a form: its text, and the words of it that facts stand behind, found again after it was edited."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

from fastapi import Response

from api.pages import marked, publishing_along, receipts
from api.pages.choosing import bounded, facts_of
from api.pages.edited import Edit, spans_with
from api.pages.forms import Typed, Wrong, rows_typed, whole
from api.pages.inside import Refused
from api.pages.previews import Preview, preview_of
from api.pages.tasks import Task
from ledger import limits
from projections.reading import text_diff

Span = Mapping[str, Any]  # as in the document of a copy
_CARRIED = 200  # spans whose words are gone: so many are carried over to others
NO_COPY: Mapping[str, Any] = {"text": "", "spans": []}


@dataclass(frozen=True, slots=True)
class Standing:
    """A span of the copy as it is, and where its words are in the text that was typed; at: None where they are gone.

    key: its place among the spans; is_dropped: it is to go; words: others, in the place of those that are gone;
    near: where those are that took it, and are proposed; is_new: nobody looked at these yet."""

    key: int
    fact: int
    exact: str
    at: int | None
    is_dropped: bool = False
    words: str = ""
    near: int | None = None
    is_new: bool = False

    @property
    def is_open(self) -> bool:
        """Whether somebody has to say what becomes of it."""
        return self.at is None and not self.is_dropped and not self.words


@dataclass(frozen=True, slots=True)
class Added:
    """Words that are to be linked to a fact; which: of those that read alike, from 1."""

    words: str
    fact: str
    which: str = ""


def find_again(copy: Mapping[str, Any], text: str, typed: Typed) -> list[Standing]:
    """Each by its words, near where they stood; of those that are gone, what took their place, unless what is typed
    says what becomes of them."""
    found, moved = [], 0
    places: dict[
        str, tuple[int, int]
    ] = {}  # of words that were looked for: where they stood last, and stand now
    for key, span in enumerate(copy["spans"]):
        start, words = span["start"], span["exact"]
        stood, stands = places.get(words, (start, 0))
        at = _nearest(text, words, max(0, start + moved), stands + (start > stood))
        if at is not None:
            moved, places[words] = at - start, (start, at)
        instead = typed.get(f"instead.{key}", "").strip() if at is None else ""
        found.append(Standing(key, span["fact"], words, at, f"drop.{key}" in typed, instead))
    gone = [one for one in found if one.at is None][:_CARRIED]
    carried = _in_their_place(copy, text, [one.key for one in gone])
    for one in gone:
        was = typed.get(f"as.instead.{one.key}")
        if one.key in carried and (was is None or one.words == was):
            start, words = carried[one.key]
            found[one.key] = replace(one, words=words, near=start, is_new=words != one.words)
    return found


def _in_their_place(copy: Mapping[str, Any], text: str, keys: Sequence[int]) -> dict[int, tuple[int, str]]:
    """What took the place of the words of these spans, and where it begins; nothing of those of which none is left."""
    if not keys:
        return {}
    was, now = copy["text"].splitlines(keepends=True), text.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, was))]
    edits = [
        Edit(starts[i], "".join(was[i:upto]), "".join(now[j:to]))
        for i, upto, j, to in text_diff.lines_between(was, now)
    ]
    spans = [{**copy["spans"][key], "fact": key} for key in keys]
    kept, _ = spans_with(spans, edits, text)
    return {one["fact"]: (one["start"], one["exact"]) for one in kept}


def _nearest(text: str, words: str, expected: int, least: int) -> int | None:
    """The place nearest to the expected one; least: the first one that is free, where others read alike."""
    before, after = text.rfind(words, least, expected + len(words)), text.find(words, max(least, expected))
    places = [place for place in (before, after) if place >= 0]
    return min(places, key=lambda place: abs(place - expected), default=None)


def added(typed: Typed) -> list[Added]:
    rows = (
        Added(
            typed.get(f"add.{index}.words", "").strip(),
            typed.get(f"add.{index}.fact", "").strip(),
            typed.get(f"add.{index}.which", "").strip(),
        )
        for index in rows_typed("add", typed)
    )
    return [row for row in rows if row.words or row.fact][: limits.SPANS]


def spans_of(
    text: str, standing: Iterable[Standing], more: Iterable[Added]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The spans to be filed, in the order of the copy; and what stands in the way, by the name of the field."""
    spans, wrong = [], {}
    place_of = _Places(text).place_of
    for one in standing:
        if one.at is not None and not one.is_dropped:
            spans.append(_span(one.fact, one.at, one.exact))
        elif one.is_dropped:
            continue
        elif one.words:
            place, why = (one.near, "") if one.near is not None else place_of(one.words)
            if place is None:
                wrong[f"instead.{one.key}"] = why
            else:
                spans.append(_span(one.fact, place, one.words))
        elif one.is_open:
            wrong[f"instead.{one.key}"] = (
                "these words are gone; give those that stand in their place, or drop it"
            )
    for index, row in enumerate(more):
        number = whole(row.fact)
        place, why = place_of(row.words, row.which)
        if number is None:
            wrong[f"add.{index}.fact"] = "should be the number of a fact"
        elif place is None:
            wrong[f"add.{index}.words"] = why
        else:
            spans.append(_span(number, place, row.words))
    return sorted(spans, key=lambda span: (span["start"], span["end"])), wrong


class _Places:
    """Where words stand in a text; of those that are asked for again it is known."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[str, Sequence[int]] = {}

    def place_of(self, words: str, which: str = "") -> tuple[int | None, str]:
        """Where the words stand; or none, and why that cannot be said."""
        places = self._of(words) if words else []
        if not places:
            return None, "these words do not stand in the copy"
        if not which and len(places) > 1:
            return (
                None,
                f"these words stand in the copy {len(places)} times; say which of them, or give more of them",
            )
        number = whole(which or "1")
        if number is None or not 1 <= number <= len(places):
            return None, f"should be from 1 to {len(places)}: so often these words stand in the copy"
        return places[number - 1], ""

    def _of(self, words: str) -> Sequence[int]:
        if words not in self._known:
            self._known[words] = array("L", _places(self._text, words))
        return self._known[words]


def _places(text: str, words: str) -> Iterator[int]:
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + len(words))


def _span(fact: int, start: int, exact: str) -> dict[str, Any]:
    return {"fact": fact, "start": start, "end": start + len(exact), "exact": exact}


def place_near(text: str, words: str, at: int | None) -> tuple[int | None, str]:
    """Where the words stand, the nearest to where they were selected; or none, and why that cannot be said."""
    near = None if at is None else _nearest(text, words, max(0, at), 0)
    return (near, "") if near is not None else _Places(text).place_of(words)


# --- The form ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class CopyDraft:
    """seen: the revision that filed the copy that the form was made of, 0 where there was none; theirs: the document of
    the story with the copy that somebody filed meanwhile; find: words that the facts to choose from are narrowed by;
    revision: of the story that was looked at; contradictions: words that would say something else than their facts."""

    text: str
    reason: str
    once: str
    seen: int
    standing: Sequence[Standing] = ()
    more: Sequence[Added] = ()
    rows: int = 1
    wrong: Wrong = field(default_factory=dict)
    status: int = 200
    preview: Preview | None = None
    theirs: Mapping[str, Any] | None = None
    find: str = ""
    revision: int = 0
    contradictions: Sequence[Mapping[str, Any]] = ()


async def show(task: Task) -> Response:
    assert task.story is not None
    copy = task.story.get("copy", NO_COPY)
    standing = find_again(copy, copy["text"], {})
    draft = CopyDraft(copy["text"], "", task.visit.once({}), filed_in(task.story), standing)
    draft.revision = task.story["revision"]
    return await _page(task, draft)


def filed_in(story: Mapping[str, Any]) -> int:
    """The revision that filed its copy."""
    return int(story["copy"]["filed"]["revision"]) if "copy" in story else 0


async def take(task: Task) -> Response:
    typed = await task.visit.typed()
    draft = await _read(task, typed)
    spans, draft.wrong = await task.visit.worked_out(lambda: spans_of(draft.text, draft.standing, draft.more))
    wanted = typed.get("do", "file")
    if wanted == "publish" and not publishing_along.is_offered(task):
        wanted = "file"
    if wanted not in ("file", "publish", "preview"):
        draft.wrong = {}
        draft.rows = len(rows_typed("add", typed)) + 1 if wanted.startswith("add:") else 1
        return await _page(task, draft)
    if draft.wrong:
        draft.status = 422
        return await _page(task, draft)
    if wanted != "preview" and any(one.is_new and not one.is_dropped for one in draft.standing):
        return await _page(task, draft)  # what took the place of words was not looked at yet
    if _is_overtaken(task, draft, spans):
        return await _page(task, await _on_top(task, draft))
    body = {
        "expected_revision": max(1, draft.seen),
        "text": draft.text,
        "spans": spans,
        "reason": draft.reason,
    }
    return await _send(task, draft, {name: value for name, value in body.items() if value != ""}, wanted)


async def _read(task: Task, typed: Typed) -> CopyDraft:
    seen = min(max(0, whole(typed.get("seen", "")) or 0), limits.REVISIONS_OF_STORY)
    text = typed.get("text", "")
    copy = await _copy_then(task, seen)
    standing = await task.visit.worked_out(lambda: find_again(copy, text, typed))
    draft = CopyDraft(
        text, typed.get("reason", ""), task.visit.once(dict(typed)), seen, standing, added(typed)
    )
    draft.find = typed.get("find.add", "").strip()
    draft.revision = whole(typed.get("expected_revision", "")) or 0
    return draft


async def _copy_then(task: Task, seen: int) -> Mapping[str, Any]:
    """The copy that the form was made of."""
    assert task.story is not None
    story = task.story
    if seen and seen != filed_in(story):
        story = await task.visit.find(f"/v1{task.place}", {"revision": seen}) or story
    elif not seen:
        return NO_COPY
    copy: Mapping[str, Any] = story.get("copy", NO_COPY)
    return copy


def _is_overtaken(task: Task, draft: CopyDraft, spans: Sequence[Span]) -> bool:
    """Whether somebody filed another copy meanwhile, which would be lost under this one."""
    assert task.story is not None
    copy = task.story.get("copy", NO_COPY)
    is_mine = copy["text"] == draft.text and list(copy["spans"]) == list(spans)
    return filed_in(task.story) != draft.seen and not is_mine


async def _on_top(task: Task, draft: CopyDraft) -> CopyDraft:
    assert task.story is not None
    copy = task.story.get("copy", NO_COPY)
    draft.theirs, draft.status, draft.seen = task.story, 409, filed_in(task.story)
    draft.once = task.visit.once({})  # it is another act by now
    draft.standing = await task.visit.worked_out(lambda: find_again(copy, draft.text, {}))
    return draft


async def _send(task: Task, draft: CopyDraft, body: Mapping[str, Any], wanted: str) -> Response:
    try:
        if wanted == "publish":
            answer = await publishing_along.file_and_publish(task, body, draft.revision, draft.once)
        else:
            answer = await task.visit.inside.post(
                task.endpoint, body, once=draft.once, is_dry_run=wanted == "preview"
            )
    except Refused as refused:
        if refused.status == 401:
            raise
        draft.status, draft.wrong = refused.status, publishing_along.wrong_with(refused, may_tick=False)
        draft.contradictions = publishing_along.contradictions_in(refused)
        if refused.kind == "story-moved-on":
            now = await task.visit.get(f"/v1{task.place}", {"revision": refused.problem["revision"]})
            task, draft.revision = replace(task, story=now), now["revision"]
            if filed_in(now) != draft.seen:  # between that we looked and that it was sent
                return await _page(task, await _on_top(task, draft))
        return await _page(task, draft)
    if wanted == "preview":
        draft.preview = await preview_of(task.visit, answer, task.story)
        return await _page(task, draft)
    return task.visit.go(receipts.leading_to(task.place, answer))


async def _page(task: Task, draft: CopyDraft) -> Response:
    assert task.story is not None
    copy = task.story.get("copy")

    def between() -> dict[str, Any]:
        return {"between": marked.paragraphs(copy, {"copy": {"text": draft.text}}) if draft.theirs else ()}

    return await task.visit.page(
        "copy.html",
        draft.status,
        task=task,
        act=task.act,
        draft=draft,
        facts=bounded(facts_of(task.story), [one.fact for one in draft.more], draft.find),
        find=draft.find,
        is_long=len(task.story["facts"]) > limits.CHOICES,
        gone=[one for one in draft.standing if one.at is None],
        kept=[one for one in draft.standing if one.at is not None],
        more=[*draft.more, *[Added("", "")] * max(1, draft.rows - len(draft.more))],
        publishes=await publishing_along.published_with_it(task),
        work=between,
    )
