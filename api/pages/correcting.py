"""Correcting where one reads: the words of the copy, the fact behind them and the publication, filed as one change."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from api.http.acts import ACTS
from api.http.endpoints import StorySlug
from api.pages import forms, receipts
from api.pages.choosing import with_choices
from api.pages.copying import NO_COPY, filed_in
from api.pages.edited import Edit, along, figure_along, spans_with, text_with, without_gaps
from api.pages.filing import Draft, to_send
from api.pages.forms import questions_of, rows_typed, taken, whole
from api.pages.inside import Refused
from api.pages.moved_on import moved_on, version_of
from api.pages.offers import Document, may_publish_again, states_of
from api.pages.page import Looking, Typed, Visit, router
from api.pages.presence import Colleague, enter, others
from api.pages.previews import preview_of_change
from api.pages.tasks import Task
from ledger import limits
from ledger.commands import CorrectFact
from ledger.fact import FactBody
from ledger.refusals import NoSuchFact, RoleMayNot

endpoints = router()

# What was it? By the word of the act that says so of the fact.
KINDS: Mapping[str, tuple[str, str]] = {
    "correct": ("We were wrong", "Readers read a correction, and what was wrong."),
    "update": ("The world moved on", "It was right in its time. Readers read an update."),
    "clarify": ("It misled", "It was right, but misleading. Readers read a clarification."),
    "refile": (
        "A slip of spelling",
        "Letters alone: it says the same as before. What you say of it is for the desk.",
    ),
    "retract": (
        "It is withdrawn",
        (
            "The fact stays readable, struck out. Readers read why. Words that stand on it go from the copy: empty "
            "“The words”, or change them."
        ),
    ),
}
_ASKED = questions_of(CorrectFact, "expected_version", "was_wrong", "reason")
_OF_A_CORRECTION = ("affects", "cause", "requested_by", "request", "wrong_version")
_WHAT = {"correction": "correct", "update": "update", "clarification": "clarify"}
# The texts of a fact that can hold the same words as the copy.
_ALONG = ("statement", "figure.value", "occurred.literal")
_PASSAGES = 20  # that one fact stands behind, the first ones

Words = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,6}-[0-9]{1,6}$", description="From which letter of the copy to which"),
]
RequestAsked = Annotated[UUID | None, Query()]
FactAsked = Annotated[int | None, Query(ge=1, le=limits.FACTS_IN_STORY)]


@dataclass(slots=True)
class Passage:
    """A paragraph of the copy, or several, as it is at that place, and as it is to be."""

    start: int
    was: str
    words: str
    is_stale: bool = False  # somebody else changed it meanwhile

    @property
    def edit(self) -> Edit:
        return Edit(self.start, self.was, self.words)


@dataclass(slots=True)
class Correction(Draft):
    """what: one of KINDS; told: what was wrong, in words for readers; stand: facts whose words are right as they are;
    proposed: what changed along, by field; own: the fields that were typed by hand."""

    what: str = ""
    told: str = ""
    reason: str = ""
    passages: Sequence[Passage] = ()
    of: int = 0  # the revision that filed the copy which they are of
    stand: Sequence[int] = ()
    proposed: Mapping[str, str] = field(default_factory=dict)
    own: Collection[str] = ()
    accepts: bool = True  # the request that it was opened from, with what comes of it
    leaves_fact: bool = False  # the words change and the fact does not, and whoever files was asked about it
    is_new_to_them: bool = False  # something changed along that nobody has looked at

    @property
    def edits(self) -> list[Edit]:
        return sorted(
            (one.edit for one in self.passages if one.was != one.words), key=lambda edit: edit.start
        )


# --- The endpoints -----------------------------------------------------------------------------------------------


@endpoints.get("/desk/stories/{slug}/correct")
async def show_correcting(
    slug: StorySlug,
    visit: Looking,
    fact: FactAsked = None,
    words: Words = None,
    what: Annotated[str, Query(max_length=limits.NAME_LENGTH)] = "",
    request: RequestAsked = None,
) -> Response:
    """words: those that were selected; fact: that stands behind them; what: one of KINDS; request: the correction
    request that leads to it."""
    story = await _story(visit, slug)
    copy = story.get("copy", NO_COPY)
    start, end = map(int, words.split("-")) if words else (0, 0)
    if fact is None:
        behind = (span["fact"] for span in copy["spans"] if span["start"] < end and start < span["end"])
        fact = next(behind, None)
    task = _task(visit, story, fact, await enter(visit, slug))
    draft = Correction(
        {"cause": "our_error"}
        | taken(_ASKED, task.fact or {})
        | ({"request": str(request)} if request else {}),
        visit.once({}),
        what=what if what in KINDS else "",
        passages=_passages(copy, fact, start, end),
        of=filed_in(story),
        revision=story["revision"],
    )
    if task.fact is not None:
        draft.version, draft.since = task.fact["version"], task.fact["changed"]["position"]
        await _lay_new_words(task, draft)
    return await _page(task, draft)


@endpoints.post("/desk/stories/{slug}/correct")
async def take_correction(slug: StorySlug, visit: Looking) -> Response:
    visit.only_desk()
    typed = await visit.typed()
    story = await _story(visit, slug)
    task = _task(visit, story, whole(typed.get("fact", "")), await others(visit, slug))
    draft = await _read(task, typed)
    wanted = typed.get("do", "preview")
    seen = await version_of(task, draft.version, draft.since) if task.fact is not None else {}
    is_old = task.fact is not None and task.fact["version"] > draft.version
    if is_old and wanted in ("file", "publish") and await _was_recorded(task, draft, seen, wanted):
        return visit.go(f"/stories/{slug}")
    _propose(draft, typed, seen, story["language"])
    if wanted.startswith("add:"):
        name = wanted.removeprefix("add:")
        draft.rows = {name: len(rows_typed(name, typed)) + 1}
        return await _page(task, draft)
    if task.fact is not None and is_old:
        # Also where the words alone were changed: they are laid beside what the fact says now.
        return await _page(task, await _follow(task, draft, seen, task.fact["version"]))
    if wanted not in ("file", "publish"):
        return await _page(task, await _tried(task, draft, seen))
    if draft.is_new_to_them or any(one.is_stale for one in draft.passages):
        draft.status = 409 if not draft.is_new_to_them else 200
        return await _page(task, await _tried(task, draft, seen))
    acts = _acts(task, draft, seen)
    _check(draft, acts, seen)
    if not draft.wrong and _leaves_the_fact(task, draft, acts) and not draft.leaves_fact:
        draft.leaves_fact = True
        draft.wrong = {"/statement": _LEFT}
    if draft.wrong:
        draft.status = 422
        return await _page(task, draft)
    try:
        receipt = await _send(task, draft, seen, is_published=wanted == "publish")
    except Refused as refused:
        return await _refused(task, draft, seen, refused)
    return visit.go(await _where(task, draft, receipt))


async def _story(visit: Visit, slug: str) -> Document:
    visit.only_desk()
    if not ACTS["update"].may(visit.actor.role):
        raise RoleMayNot(role=visit.actor.role, needs="editor, reporter, standards")
    story: Document = await visit.get(f"/v1/stories/{slug}")
    return story


def _task(visit: Visit, story: Document, number: int | None, colleagues: Sequence[Colleague]) -> Task:
    place = f"/stories/{story['story']}"
    if number is None:
        return Task(visit, ACTS["correct"], place, story=story, colleagues=colleagues)
    if not 1 <= number <= len(story["facts"]):
        raise NoSuchFact(story=story["story"], fact=number, facts=len(story["facts"]))
    fact = story["facts"][number - 1]
    place = f"{place}/facts/{number}"
    return Task(visit, ACTS["correct"], place, story=story, fact=fact, colleagues=colleagues)


# --- What stands in it -------------------------------------------------------------------------------------------


def _passages(copy: Document, fact: int | None, start: int, end: int) -> list[Passage]:
    """The paragraphs of what was selected first, as one; then the others that the fact stands behind."""
    text = copy["text"]
    lines = [*_lines(text)]
    chosen = [line for line in lines if line[0] < end and start < line[1]]
    places = [(chosen[0][0], chosen[-1][1])] if chosen else []
    for span in copy["spans"]:
        if span["fact"] == fact:
            within = [line for line in lines if line[0] < span["end"] and span["start"] < line[1]]
            places += [line for line in within if not any(line[0] < b and a < line[1] for a, b in places)]
    return [Passage(a, text[a:b], text[a:b]) for a, b in places[:_PASSAGES]]


def _lines(text: str) -> Sequence[tuple[int, int]]:
    """From where to where each line of the text is, without its end."""
    found, at = [], 0
    for line in text.splitlines(keepends=True):
        found.append((at, at + len(line.rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"))))
        at += len(line)
    return found


async def _lay_new_words(task: Task, draft: Correction) -> None:
    """Where the fact has changed since these words were filed, they are laid beside it, changed as it was."""
    assert task.story is not None
    assert task.fact is not None
    if not ACTS["publish"].may(task.visit.actor.role):
        return
    try:
        body = {"revision": task.story["revision"], "reason": "tried"}
        await task.visit.inside.post(f"/v1/stories/{task.story['story']}/publications", body, is_dry_run=True)
    except Refused as refused:
        found = refused.problem.get("contradictions", ())
        draft.contradictions = [one for one in found if one["fact"] == task.fact["fact"]]
    changed = task.fact["changed"]
    has_changed = any(one["was"]["version"] != one["now"]["version"] for one in draft.contradictions)
    if has_changed and changed["kind"] in _WHAT:
        # Readers are told of that already: its words follow it.
        draft.what, draft.told = _WHAT[changed["kind"]], _told_of(changed) or ""
    for one in draft.contradictions:
        was, now = one["was"].get("statement"), one["now"].get("statement")
        for passage in draft.passages if was and now else ():
            passage.words = along(passage.words, [Edit(0, was, now)])


async def _read(task: Task, typed: Typed) -> Correction:
    """What was typed. `seen`: the revision of the story that was looked at; `of`: the one that filed the copy."""
    assert task.story is not None
    copy, of = task.story.get("copy", NO_COPY), whole(typed.get("of", "")) or 0
    then = copy
    if 0 < of < filed_in(task.story):
        old = await task.visit.get(f"/v1/stories/{task.story['story']}", {"revision": of})
        then = old.get("copy", NO_COPY)
    places = (name.removeprefix("stand.") for name in typed if name.startswith("stand."))
    return Correction(
        forms.read(_ASKED, typed),
        task.visit.once(typed),
        version=whole(typed.get("expected_version", "")) or 0,
        since=min(max(0, whole(typed.get("since", "")) or 0), limits.POSITION),
        revision=whole(typed.get("seen", "")) or 0,
        what=typed["what"] if typed.get("what") in KINDS else "",
        told=typed.get("told", ""),
        leaves_fact="leaves_fact" in typed,
        accepts="accepts" in typed,
        typed=typed,
        reason=typed.get("reason", ""),
        passages=_passages_typed(typed, then["text"], copy["text"]),
        of=filed_in(task.story),
        stand=[number for one in places if (number := whole(one)) is not None],
    )


def _passages_typed(typed: Typed, then: str, now: str) -> list[Passage]:
    """Each where it is in the copy now; of one that is not there any more, what is in its place."""
    found: list[Passage] = []
    for index in range(_PASSAGES):
        at = typed.get(f"at.{index}", "").split("-")
        if f"words.{index}" not in typed or len(at) != 2:
            continue
        start, end = (min(whole(one) or 0, len(then)) for one in at)
        was, words = then[start : max(start, end)], typed[f"words.{index}"]
        place, is_stale = start, False
        if now[start : start + len(was)] != was or then is not now:
            place = _nearest(now, was, start)
            if place < 0:
                place, was, is_stale = *_in_its_place(then, now, start), True
        same = was.replace("\r\n", "\n").replace("\r", "\n") == words
        passage = Passage(place, was, was if same else words, is_stale)
        if not any(place < one.start + len(one.was) and one.start < place + len(was) for one in found):
            found.append(passage)
    return found


def _nearest(text: str, words: str, place: int) -> int:
    places = [text.rfind(words, 0, place + len(words)), text.find(words, place)]
    return min((one for one in places if one >= 0), key=lambda one: abs(one - place), default=-1)


def _in_its_place(then: str, now: str, start: int) -> tuple[int, str]:
    """The paragraph of the later text that is as far from its beginning."""
    index = sum(1 for _, end in _lines(then) if end < start)
    lines = _lines(now) or [(0, 0)]
    a, b = lines[min(index, len(lines) - 1)]
    return a, now[a:b]


def _propose(draft: Correction, typed: Typed, seen: Mapping[str, Any], language: str) -> None:
    """What says the same as the words that were edited, and was not touched, changes along. Where it was not proposed
    before, nobody has looked at it yet."""
    if draft.what == "retract":
        return
    before = taken(_ASKED, seen) if seen else {}
    own = set(_typed_by_hand(draft, typed, before))
    mine = [one.edit for index, one in enumerate(draft.passages) if f"words.{index}" in own]
    asserted, asserts = before.get("statement"), draft.body.get("statement")
    if "statement" in own and asserted and asserts:
        mine.append(Edit(0, asserted, asserts))
    proposed: dict[str, str] = {}
    for index, one in enumerate(draft.passages):
        if f"words.{index}" not in own and mine:
            one.words = along(one.was, mine)
            if one.words != one.was:
                proposed[f"words.{index}"] = one.words
    for name in _along_in(before):
        was = _at(before, name)
        if isinstance(was, str) and name not in own:
            is_figure = name == "figure.value"
            becomes = was if is_figure and "statement" in own else along(was, mine)
            if is_figure and becomes == was:
                becomes = figure_along(
                    was, before["statement"], str(draft.body.get("statement", "")), language
                )
            _put(draft.body, name, becomes)
            if becomes != was:
                proposed[name] = becomes
    draft.proposed, draft.own = proposed, own
    draft.is_new_to_them = any(typed.get(name) != text for name, text in proposed.items())


def _along_in(before: Mapping[str, Any]) -> list[str]:
    """The texts of the fact that can change along."""
    return [
        *_ALONG,
        *(f"attribution.{index}.quote" for index in range(len(before.get("attribution", ())))),
    ]


def _typed_by_hand(draft: Correction, typed: Typed, before: Mapping[str, Any]) -> Iterator[str]:
    """What is neither as it was nor as it was proposed, now or when it was last looked at: it stays as it is. Who types
    back what was there turns down what was proposed."""
    for index, one in enumerate(draft.passages):
        if _is_own(typed, f"words.{index}", one.words, one.was):
            yield f"words.{index}"
    for name in _along_in(before):
        was = _at(before, name)
        if isinstance(was, str) and _is_own(typed, name, typed.get(name, was), was):
            yield name


def _is_own(typed: Typed, name: str, text: str, was: str) -> bool:
    return bool(typed.get(f"own.{name}")) or text != (typed.get(f"as.{name}") or was)


def _at(body: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(body, list):
            body = body[int(step)] if int(step) < len(body) else None
        else:
            body = body.get(step) if isinstance(body, Mapping) else None
    return body


def _put(body: Any, path: str, text: str) -> None:
    *steps, last = path.split(".")
    for step in steps:
        body = _at(body, step)
    if isinstance(body, dict):
        body[last] = text


# --- The change --------------------------------------------------------------------------------------------------


def _acts(task: Task, draft: Correction, seen: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What it comes to. What was wrong, in words for readers, is the reason, too, where none of its own is given."""
    assert task.story is not None
    acts: list[dict[str, Any]] = []
    if task.fact is not None:
        acts += _on_fact(task, draft, seen)
    copy = task.story.get("copy", NO_COPY)
    edits = without_gaps(copy["text"], draft.edits)
    if edits:
        text = text_with(copy["text"], edits)
        spans, gone = spans_with(copy["spans"], edits, text)
        if draft.what == "retract" and task.fact is not None:
            spans = [span for span in spans if span["fact"] != task.fact["fact"] or span in copy["spans"]]
        is_minor = draft.what == "refile" and not gone
        body = {"text": text, "spans": spans, "expected_revision": filed_in(task.story)}
        acts.append({"do": "refile-copy" if is_minor else "file-copy", "with": body})
    if acts and not any("fact" in act for act in acts) and draft.what != "refile":
        acts += _note(task, draft)
    return acts


def _note(task: Task, draft: Correction) -> list[dict[str, Any]]:
    """What was wrong, told to readers with the story where no change of a fact tells it; nothing that one told."""
    changed = task.fact["changed"] if task.fact is not None else {}
    if not draft.told.strip() or draft.told.strip() == _told_of(changed):
        return []
    if ACTS["add-editors-note"].may(task.visit.actor.role):
        return [{"do": "add-editors-note", "with": {"text": draft.told}}]
    return [{"do": "add-note", "with": {"role": "desk", "text": draft.told, "is_publishable": True}}]


def _told_of(changed: Mapping[str, Any]) -> str | None:
    """What readers are told of the last change of a fact."""
    return changed.get("was_wrong") or changed.get("reason")


def _on_fact(task: Task, draft: Correction, seen: Mapping[str, Any]) -> list[dict[str, Any]]:
    assert task.fact is not None
    about = {"fact": task.fact["fact"]}
    if draft.what == "retract":
        body = {"expected_version": draft.version, "reason": draft.told}
        return [about | {"do": "retract", "with": body}]
    body = to_send(task, draft, seen)
    if not body.keys() & set(FactBody.model_fields):
        return []
    if draft.what == "correct":
        body |= {"was_wrong": draft.told, "reason": draft.reason or draft.told}
        body.setdefault("cause", "our_error")
        body.setdefault("affects", _affected(body, draft.edits))
        return [about | {"do": "correct", "with": body}]
    body = {name: value for name, value in body.items() if name not in _OF_A_CORRECTION}
    return [about | {"do": draft.what, "with": body | {"reason": draft.told}}]


def _affected(body: Mapping[str, Any], edits: Sequence[Edit]) -> list[str]:
    """What a correction affects, by the fields and the words that it changes; said on the form, and open there."""
    changed = [edit.words[j:to] for edit in edits for _, _, j, to in edit.replaced]
    found = {
        "numbers": "figure" in body or any(map(str.isdigit, "".join(changed))),
        "attribution": "attribution" in body or "unattributed" in body,
        "date": "occurred" in body,
    }
    return [name for name, is_so in found.items() if is_so] or ["other"]


_SAYS_NOTHING = (
    "What is withdrawn says nothing else: put back “%s”, or say above that it was something else, such as “we were "
    "wrong”."
)


def _check(draft: Correction, acts: Sequence[Mapping[str, Any]], seen: Mapping[str, Any]) -> None:
    """What the form asks for, and no single act would say in its words."""
    wrong = {}
    if not acts:
        wrong[""] = "Nothing is changed yet: edit the words, or the fact behind them."
    if not draft.what:
        wrong["/what"] = "Say what it was."
    if not draft.told.strip() and not draft.reason.strip():
        wrong["/told"] = "Say what was wrong, in words for readers."
    said = seen.get("statement", "")
    if draft.what == "retract" and draft.body.get("statement", said) != said:
        wrong["/statement"] = _SAYS_NOTHING % said
    draft.wrong = wrong


_LEFT = (
    "You changed the words, and not the fact behind them: readers would read both side by side, and nothing of what "
    "was wrong. Change the fact, too. If it is right as it is, file once more: the copy alone is changed, and what you "
    "say was wrong stands above the story as a note to readers."
)


def _leaves_the_fact(task: Task, draft: Correction, acts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether more than a slip changes in the words, and the fact behind them stays as it was when they were filed."""
    if task.fact is None or draft.what == "refile" or any("fact" in act for act in acts):
        return False
    return bool(task.fact["changed"]["revision"] <= draft.of)


async def _send(
    task: Task, draft: Correction, seen: Mapping[str, Any], *, is_published: bool, is_dry_run: bool = False
) -> Any:
    assert task.story is not None
    acts = _acts(task, draft, seen)
    if is_published:
        stand = {"words_stand": draft.stand} if draft.stand else {}
        acts.append({"do": "publish", "with": {"revision": "@last"} | stand})
    reason = draft.reason if draft.reason.strip() else draft.told
    return await task.visit.inside.post(
        f"/v1/stories/{task.story['story']}/acts",
        {"reason": reason if reason.strip() or not is_dry_run else "…", "acts": acts},
        once=None if is_dry_run else draft.once,
        is_dry_run=is_dry_run,
        # Readers are shown nothing that was not looked at here.
        if_match=f'"r{draft.revision}-0"' if is_published and not is_dry_run else None,
    )


async def _was_recorded(task: Task, draft: Correction, seen: Mapping[str, Any], wanted: str) -> bool:
    """Whether it is this form that changed the fact: its button was pressed twice. What names the version before is
    recorded by nothing else; filed again with something else in it, it is another."""
    if not any("expected_version" in act["with"] for act in _acts(task, draft, seen)):
        return False
    try:
        await _send(task, draft, seen, is_published=wanted == "publish")
    except Refused as refused:
        return refused.kind == "key-reused" and _stands(task, draft, seen)
    return True


def _stands(task: Task, draft: Correction, seen: Mapping[str, Any]) -> bool:
    """Whether the story says all that was typed."""
    assert task.story is not None
    assert task.fact is not None
    text, now = task.story.get("copy", NO_COPY)["text"], taken(_ASKED, task.fact)
    if any(one.words.strip() not in text for one in draft.passages):
        return False
    if draft.what == "retract":
        return bool(task.fact["standing"] == "retracted")
    changed = to_send(task, draft, seen).keys() & set(FactBody.model_fields)
    return all(draft.body.get(name) == now.get(name) for name in changed)


async def _tried(
    task: Task, draft: Correction, seen: Mapping[str, Any], *, is_followed: bool = False
) -> Correction:
    """With how it will read, or with what is in the way. is_followed: it follows what somebody did meanwhile already,
    and what comes while it does so stands in the way the next time."""
    assert task.story is not None
    draft.revision = task.story["revision"]
    trial = replace(draft, told=draft.told if draft.told.strip() else "…", what=draft.what or "correct")
    if not _acts(task, trial, seen):
        return draft
    tried = None
    for is_published in (True, False) if may_publish_again(task.visit.actor.role, task.story) else (False,):
        # Whose words are said to be right is tried without that first: it is told which they are.
        for stand in ((), draft.stand) if is_published and draft.stand else ((),):
            try:
                trial = replace(trial, stand=stand)
                tried = await _send(task, trial, seen, is_published=is_published, is_dry_run=True)
                break
            except Refused as refused:
                if refused.kind in ("fact-moved-on", "story-moved-on") and not is_followed:
                    return await _moved(task, draft, seen, refused)
                if refused.status == 401:
                    raise
                draft.wrong = _wrong(task, draft, refused)
                if not stand:
                    draft.contradictions = refused.problem.get("contradictions", draft.contradictions)
        if tried is not None:
            draft.wrong = {} if is_published else draft.wrong
            break
    if tried is not None:
        draft.preview = await preview_of_change(task.visit, tried, task.story)
    return draft


_CONTRADICTS = (
    "They say something else than the facts they stand on. Mend them, or the fact; or, if they are right all the same, "
    "tick “They are right as they are”."
)
_ON_WITHDRAWN = (
    "Readers cannot go on reading these words: the fact that they stand on is withdrawn. Empty this field, or write in "
    "it what is right without the fact."
)


def _wrong(task: Task, draft: Correction, refused: Refused) -> dict[str, str]:
    """What is wrong, by the field of this form that it is about. Words that say something else stand there in full."""
    if refused.problem.get("contradictions"):
        return {"/words_stand": _CONTRADICTS}
    on_hidden = {one["fact"] for one in refused.problem.get("spans", ())}
    left = [index for index, one in enumerate(draft.passages) if one.words == one.was]
    if draft.what == "retract" and left and task.fact is not None and on_hidden == {task.fact["fact"]}:
        return {f"/words.{index}": _ON_WITHDRAWN for index in left}
    found: dict[str, str] = {}
    for pointer, said in refused.wrong.items():
        place = "/" + pointer.partition("/with/")[2] if "/with/" in pointer else pointer
        place = {"/was_wrong": "/told", "/reason": "/told", "/text": "/words.0"}.get(place, place)
        found[place if not place.startswith(("/acts", "/spans", "/revision")) else ""] = said
    return found


async def _refused(task: Task, draft: Correction, seen: Mapping[str, Any], refused: Refused) -> Response:
    if refused.status == 401:
        raise refused
    if draft.stand and "contradictions" in refused.problem:
        draft = await _tried(task, draft, seen)  # with those that were said to be right
    else:
        draft.contradictions = refused.problem.get("contradictions", ())
    draft.status, draft.wrong = refused.status, _wrong(task, draft, refused)
    if refused.kind in ("fact-moved-on", "story-moved-on", "precondition-failed"):
        assert task.story is not None
        if "revision" in refused.problem:  # the views follow the ledger
            now = await task.visit.get(
                f"/v1/stories/{task.story['story']}", {"revision": refused.problem["revision"]}
            )
            task = _task(task.visit, now, task.fact["fact"] if task.fact else None, task.colleagues)
        draft = await _moved(task, draft, seen, refused)
    return await _page(task, draft)


async def _moved(task: Task, draft: Correction, seen: Mapping[str, Any], refused: Refused) -> Correction:
    """Somebody changed the story meanwhile: what they made of the fact is laid below one's own, and all is shown again
    as readers would read it now."""
    if refused.kind == "fact-moved-on":
        return await _follow(task, draft, seen, refused.problem["version"])
    draft.status, draft.wrong = 409, _MEANWHILE
    if refused.kind == "precondition-failed":
        draft = await _tried(task, draft, seen)
        draft.wrong = {**_MEANWHILE, **draft.wrong}
    return draft


_MEANWHILE: Mapping[str, str] = {
    "": "Somebody changed the story meanwhile. Nothing of yours is lost: look at it again, and file it."
}


async def _follow(task: Task, draft: Correction, seen: Mapping[str, Any], version: int) -> Correction:
    """What somebody made of the fact meanwhile is laid below one's own, and all is shown as readers would read it now;
    whether one leaves the fact, one is asked anew."""
    assert task.story is not None
    draft.moved = moved = await moved_on(task, _ASKED, seen, draft.body, version)
    draft.body, draft.version = moved.body, moved.fact["version"]
    draft.since, draft.leaves_fact = moved.fact["changed"]["position"], False
    now = await task.visit.get(f"/v1/stories/{task.story['story']}")
    task = _task(task.visit, now, moved.fact["fact"], task.colleagues)
    draft = await _tried(task, draft, moved.fact, is_followed=True)
    draft.status, draft.wrong = 409, {**_MEANWHILE, **draft.wrong}
    return draft


async def _where(task: Task, draft: Correction, receipt: Mapping[str, Any]) -> str:
    """The story, with what was made of it; the request that led to it; or what waits for a second person."""
    assert task.story is not None
    story = f"/stories/{task.story['story']}"
    if receipt.get("pending"):
        approval = next(act["approval"] for act in receipt["acts"] if "approval" in act)
        return receipts.leading_to(f"/desk{story}/approvals/{approval}", receipt, is_undoable=False)
    request = draft.body.get("request")
    if request and draft.accepts and (position := await _accept(task, draft, receipt)):
        return receipts.leading_to(f"/desk/requests/{request}", {**receipt, "position": position})
    if request and (draft.accepts or draft.what == "correct"):
        left = "yes" if draft.accepts else None
        return receipts.leading_to(f"/desk/requests/{request}", receipt, left=left)
    return receipts.leading_to(story, receipt)


async def _accept(task: Task, draft: Correction, receipt: Mapping[str, Any]) -> int | None:
    """Accepts the request with the correction that was just filed; its position. None where it is left as it is: none
    was filed, or it was answered meanwhile. It is a stream of its own, so it is no act of the change."""
    made = next((act for act in receipt["acts"] if "fact" in act and "version" in act), None)
    if made is None or draft.what != "correct":
        return None
    reason = draft.reason if draft.reason.strip() else draft.told
    body = {"fact": made["fact"], "version": made["version"], "reason": reason}
    try:
        answer = await task.visit.inside.post(
            f"/v1/requests/{draft.body['request']}/acceptances", body, once=f"{draft.once}-accept"
        )
    except Refused as refused:
        if refused.status == 401:
            raise
        return None
    return int(answer["position"])


async def _asked_for(task: Task, draft: Correction) -> Document | None:
    """The request that it was opened from, where it is of this story and can be accepted still."""
    assert task.story is not None
    try:
        number = UUID(draft.body.get("request") or "")
    except ValueError:
        return None
    found: Document | None = await task.visit.find(f"/v1/requests/{number}")
    may = ACTS["accept"].may(task.visit.actor.role) and task.fact is not None
    if not found or found["story"] != task.story["story"] or not may:
        return None
    return found if ACTS["accept"].why_not(states_of(request=found)) is None else None


# --- The page ----------------------------------------------------------------------------------------------------


async def _page(task: Task, draft: Correction) -> Response:
    assert task.story is not None
    copy = task.story.get("copy", NO_COPY)
    theirs = draft.moved.theirs if draft.moved else draft.theirs
    asked = forms.fields(_ASKED, draft.body, draft.wrong, theirs, draft.rows)
    shown = await with_choices(task, asked, draft.typed)
    problems = [
        forms.Problem(said, *_OWN[at]) if at in _OWN else next(iter(forms.problems(shown, {at: said})))
        for at, said in draft.wrong.items()
    ]
    states = states_of(story=task.story, fact=task.fact)
    role = task.visit.actor.role
    kinds = {
        word: told
        for word, told in KINDS.items()
        for act in [ACTS["refile-copy" if word == "refile" and task.fact is None else word]]
        if act.may(role) and act.why_not(states) is None and (task.fact or act.about == "story")
    }
    behind = {
        span["fact"]
        for span in copy["spans"]
        for one in draft.passages[:1]
        if span["start"] < one.start + len(one.was) and one.start < span["end"]
    }
    return await task.visit.page(
        "correct.html",
        draft.status,
        task=task,
        draft=draft,
        slug=task.story["story"],
        kinds=kinds,
        fields={one.asks.name: one for one in shown},
        problems=problems,
        others=sorted(behind - {task.fact["fact"] if task.fact else 0}),
        may_publish=may_publish_again(role, task.story),
        request=await _asked_for(task, draft),
    )


# The fields of this form that are none of the fact: their ids, and what they are called.
_OWN: Mapping[str, tuple[str, str]] = {
    "/what": ("f-what", "What was it?"),
    "/told": ("f-told", "What was wrong"),
    "/words.0": ("f-words-0", "The words"),
    **{
        f"/words.{index}": (f"f-words-{index}", "It stands behind these words, too")
        for index in range(1, _PASSAGES)
    },
    "/words_stand": ("f-stand", "Words that say something else"),
}
