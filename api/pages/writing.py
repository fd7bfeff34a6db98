"""A story written on one page, and facts reported from the words of its copy: one form, filed as one change.

The facts are rows of the form. Words of the copy become a fact by one of its buttons; what may be meant by them is
guessed (`guessing.py`) and stands there to be changed. `assets/desk.js` sends the same form for selected words.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from fastapi import Response

from api.http.acts import ACTS
from api.pages import copying, forms, guessing, marked, receipts
from api.pages.choosing import called, with_choices
from api.pages.copying import NO_COPY, Span
from api.pages.forms import Body, Question, Typed, questions_of, rows_typed, whole
from api.pages.inside import Refused
from api.pages.page import Visit
from api.pages.previews import misfits
from api.pages.rendering import at_fact
from api.pages.tasks import Task
from ledger import limits
from ledger.commands import OpenStory, RegisterSource, ReportFact

_NEW_STORY = "First filing."
_FROM_THE_COPY = "Reported from the copy."
_SAID = "said"
_AS_USUAL = {"terms": "on_record"}
_LOOKED_AT = 30  # stories, the newest, for the desk and the language that are likely
# With the acts that open the story, file its copy and publish it; each fact may bring a source along.
_MOST_FACTS = (limits.ACTS_OF_CHANGE - 3) // 2
_KINDS = {"figure": "figure", "occurred": "event planned", "quote": "quote"}  # whose own fields these are


def _of_a_fact() -> tuple[Question, ...]:
    """What is asked of a fact: in short, then the rest as by the form of its own."""
    asked = {question.name: question for question in questions_of(ReportFact)}
    link = {question.name: question for question in asked["attribution"].parts}
    what = next(question for question in questions_of(RegisterSource) if question.name == "kind")
    of_source = (
        replace(what, label="What it is", is_required=False),
        Question(
            "slug",
            "line",
            "Its name in addresses",
            "Left empty, it is made of the name.",
            most=limits.SLUG_LENGTH,
        ),
    )
    who = Question("who", "line", "Who says it", "Part of a name finds it.", most=limits.NAME_LENGTH)
    cue = Question("cue", "line", "How", "", most=limits.LINE_LENGTH, default=_SAID)
    rest = ("unattributed", "citations", "place", "entities", "terms", "rests_on", "note")
    return (
        Question(
            "words", "line", "Words of the copy", "That the fact stands behind.", most=limits.TEXT_LENGTH
        ),
        Question("at", "number", "Where they stand"),
        replace(asked["statement"], hint="", is_required=False),
        replace(who, suggested="sources"),
        replace(cue, suggested="cues"),
        replace(asked["kind"], is_required=False, hint=""),
        replace(link["quote"], hint=""),
        replace(asked["figure"], parts=[replace(one, hint="") for one in asked["figure"].parts]),
        replace(
            asked["occurred"],
            parts=[replace(one, hint="") for one in asked["occurred"].parts[:1]]
            + list(asked["occurred"].parts[1:]),
        ),
        Question("new", "group", "A new source", parts=of_source),
        replace(link["speech"], is_required=False, hint="Left open, as the quotation marks say."),
        replace(
            asked["attribution"],
            label="Or all who pass it on, the outermost first",
            hint="In the place of who says it, above.",
        ),
        *(asked[name] for name in rest),
    )


_FACT = _of_a_fact()
_IN_SHORT = ("words", "statement", "who", "cue", "kind")
# What the fields in short are in the body of the fact.
_PLACES = {
    "/attribution/0/source": "/who",
    "/attribution/0/cue": "/cue",
    "/attribution/0/speech": "/speech",
} | {
    "/attribution/0/quote": "/quote",
    "/attribution": "/who",
}


def _of_a_story() -> tuple[Question, ...]:
    asked = {question.name: question for question in questions_of(OpenStory)}
    slug = replace(
        asked["slug"],
        is_required=False,
        hint=(
            "Left empty, it is made of the Latin letters of the headline; where that has none, it is a number, like"
            " “story-1f9c04ab”. It stays for ever."
        ),
    )
    return (
        asked["headline"],
        asked["language"],
        replace(asked["desk"], suggested="desks"),
        asked["dateline"],
        slug,
    )


_STORY = _of_a_story()


@dataclass(slots=True)
class Writing:
    """What stands in the form. first: the number of the first of its facts, as things are; seen: the revision of the
    story that was looked at; story: its own fields; offered: its language, as long as nobody says another, and guessed:
    whether that was by what is written; facts: those of each row; tried: the answer to a dry run, in whose way nothing
    stands."""

    once: str
    first: int = 1
    seen: int = 0
    story: Body = field(default_factory=dict)
    offered: str = ""
    guessed: bool = False
    text: str = ""
    reason: str = ""
    facts: list[Body] = field(default_factory=list)
    rows: Mapping[str, int] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    status: int = 200
    copy: Sequence[marked.Paragraph] = ()
    tried: Mapping[str, Any] | None = None
    warnings: Sequence[str] = ()
    typed: Typed = field(default_factory=dict)


# --- Shown -------------------------------------------------------------------------------------------------------


async def show(task: Task, words: str = "", at: int | None = None) -> Response:
    draft = Writing(task.visit.once({}), _first(task))
    if task.story is None:
        draft.story, draft.reason = await _likely(task.visit), _NEW_STORY
        draft.offered = draft.story["language"]
    else:
        draft.seen, draft.reason = task.story["revision"], _FROM_THE_COPY
        draft.facts = [_fact_behind(words[: limits.TEXT_LENGTH], at, task.story.get("copy", NO_COPY)["text"])]
    return await _page(task, draft)


def _first(task: Task) -> int:
    return len(task.story["facts"]) + 1 if task.story else 1


async def _likely(visit: Visit) -> Body:
    """The desk and the language of the story that they opened last, else of the newest; and today's date."""
    stories = (await visit.get("/v1/stories", {"limit": _LOOKED_AT}))["items"]
    own = [one for one in stories if one["opened"]["actor"] == str(visit.actor.member)]
    last = next(iter([*own, *stories]), {"language": "en"})
    named = {name: last[name] for name in ("language", "desk") if name in last}
    return named | {"dateline": {"date": f"{datetime.now(UTC):%Y-%m-%d}"}}


def _fact_behind(words: str, at: int | None = None, of: str = "") -> Body:
    """A row for words of the copy, with what may be meant by them; of: what else is written in its language."""
    guessed: Body = {"cue": _cue(words, of)}
    if words:
        guessed |= {
            "words": words,
            "at": at,
            "statement": words,
            "kind": guessing.kind_of(words),
            "quote": guessing.quoted(words),
            "figure": guessing.figure_of(words),
        }
    return {name: value for name, value in {**_AS_USUAL, **guessed}.items() if value is not None}


def _cue(words: str, of: str = "") -> str | None:
    """How it was said; where nobody knows the words for it, they are asked for."""
    is_written_alike = guessing.language_of(words or of, "en") == "en"
    return guessing.cue_of(words) or (_SAID if is_written_alike else None)


async def _page(task: Task, draft: Writing) -> Response:
    visit = task.visit
    story = forms.fields(_STORY, draft.story, draft.wrong)
    facts = [
        await with_choices(
            task,
            forms.fields(_FACT, row, draft.wrong, rows=draft.rows, within=f"facts.{index}."),
            draft.typed,
        )
        for index, row in enumerate(draft.facts)
    ]
    places = {one.pointer: one for one in forms.all_of([*story, *(one for row in facts for one in row)])}
    desks = {} if task.story else await visit.get("/v1/stories", {"limit": _LOOKED_AT})
    return await visit.page(
        "writing.html",
        draft.status,
        task=task,
        act=task.act,
        draft=draft,
        story={one.asks.name: one for one in story},
        facts=[{one.asks.name: one for one in row} for row in facts],
        problems=[_problem(places, pointer, said, draft.first) for pointer, said in draft.wrong.items()],
        in_short=_IN_SHORT,
        kinds=_KINDS,
        may_add=len(draft.facts) < _MOST_FACTS,
        may_publish=ACTS["publish"].may(visit.actor.role)
        and (
            task.story is None
            or ACTS["publish"].why_not({"story": task.story["publication"]["state"]}) is None
        ),
        desks=sorted({one["desk"] for one in desks.get("items", ())}),
    )


_OF_THE_FORM = {"/text": "The copy", "/reason": "Why"}


def _problem(places: Mapping[str, forms.Field], pointer: str, said: str, first: int) -> forms.Problem:
    if pointer in _OF_THE_FORM:
        return forms.Problem(said, f"f-{pointer[1:]}", _OF_THE_FORM[pointer])
    found = places.get(pointer)
    row = re.match(r"/facts/(\d+)", pointer)
    of_row = f"Fact {first + int(row[1])}" if row else ""
    if found is None:
        return forms.Problem(said, f"fact-{row[1]}", of_row) if row else forms.Problem(said)
    return forms.Problem(said, found.id, f"{of_row}: {found.asks.label}" if row else found.asks.label)


# --- Taken -------------------------------------------------------------------------------------------------------


async def take(task: Task) -> Response:
    typed = await task.visit.typed()
    draft = _read(task, typed)
    _guess_language(draft, typed)
    wanted = typed.get("do", "file")
    if wanted not in ("file", "publish", "preview"):
        _rearrange(draft, wanted, typed)
        return await _page(task, draft)
    draft.facts = [row for row in draft.facts if _says_something(row)]
    if task.story is not None and not draft.facts:
        draft.facts, draft.wrong = [{}], {"/facts/0/statement": "This is required: what the fact says."}
    before = await _before(task, draft)
    change = await _Change.of(task, draft, before, publishes=wanted == "publish")
    if draft.wrong:
        draft.status = 422
        return await _page(task, draft)
    try:
        answer = await task.visit.inside.post(
            f"/v1/stories/{change.slug}/acts", change.body, once=draft.once, is_dry_run=wanted == "preview"
        )
    except Refused as refused:
        if refused.status == 401:
            raise
        draft.status, draft.wrong = refused.status, change.at_the_fields(refused.wrong)
        if refused.kind == "story-moved-on":
            draft.seen = refused.problem["revision"]
            draft.wrong = {
                "": "Somebody changed the story meanwhile. Yours is kept: look at theirs, and send it again."
            }
        return await _page(task, draft)
    if wanted == "preview":
        draft.tried, draft.warnings = answer, misfits(answer)
        draft.copy = await task.visit.worked_out(lambda: marked.paragraphs(change.as_copy, None))
        return await _page(task, draft)
    return _recorded(task, answer)


def _read(task: Task, typed: Typed) -> Writing:
    rows = rows_typed("facts", typed)[:_MOST_FACTS]
    return Writing(
        task.visit.once(dict(typed)),
        _first(task),
        seen=min(max(0, whole(typed.get("seen", "")) or 0), limits.REVISIONS_OF_STORY),
        story=forms.read(_STORY, typed),
        text=typed.get("text", ""),
        reason=typed.get("reason", "").strip(),
        facts=[forms.read(_FACT, typed, f"facts.{index}.") for index in rows],
        typed=typed,
    )


_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}")


def _guess_language(draft: Writing, typed: Typed) -> None:
    """Of a new story, where the language was left as it was offered."""
    draft.offered, language = typed.get("offered", ""), draft.story.get("language")
    if draft.offered == language and _TAG.fullmatch(draft.offered):
        written = f"{draft.story.get('headline', '')} {draft.text}"
        draft.offered = draft.story["language"] = guessing.language_of(written, language)
        draft.guessed = draft.offered != language or "guessed" in typed


def _says_something(row: Body) -> bool:
    return any(name in row for name in ("words", "statement", "who", "attribution", "unattributed"))


_ROW = re.compile(r"drop:facts\.(\d{1,4})", re.ASCII)


def _rearrange(draft: Writing, wanted: str, typed: Typed) -> None:
    """One fact more, with the words that were selected; one fewer; or one row more within a fact."""
    if wanted == "add:facts" and len(draft.facts) < _MOST_FACTS:
        words = typed.get("selected", "").strip()[: limits.TEXT_LENGTH]
        draft.facts.append(_fact_behind(words, whole(typed.get("selected_at", "")), draft.text))
    elif wanted.startswith("add:"):
        name = wanted.removeprefix("add:")
        draft.rows = {name: len(rows_typed(name, typed)) + 1}
    elif (dropped := _ROW.fullmatch(wanted)) and int(dropped[1]) < len(draft.facts):
        del draft.facts[int(dropped[1])]


async def _before(task: Task, draft: Writing) -> Mapping[str, Any]:
    """The story as it was looked at, which may be newer than what the views know: then one is asked to send it again.
    Nothing of one that is to be opened."""
    if task.story is None or not draft.seen or draft.seen == task.story["revision"]:
        return task.story or {}
    found: Mapping[str, Any] | None = await task.visit.find(f"/v1{task.place}", {"revision": draft.seen})
    if found is None:
        draft.wrong[""] = "The story has changed just now. Send it once more."
    return found or task.story


def _recorded(task: Task, receipt: Mapping[str, Any]) -> Response:
    slug = receipt["story"]
    facts = [act["fact"] for act in receipt["acts"] if "fact" in act]
    if task.story is None or len(facts) != 1:
        return task.visit.go(receipts.leading_to(f"/stories/{slug}", receipt))
    return task.visit.go(receipts.leading_to(f"/stories/{slug}", receipt, fact=facts[0]) + at_fact(facts[0]))


# --- The change that it comes to ---------------------------------------------------------------------------------

Place = Callable[[str], str]  # from a pointer into the body of an act to one into the form


@dataclass(slots=True)
class _Change:
    """slug: of the story; acts, each with the place of what is wrong in it; as_copy: the copy with the words linked."""

    slug: str
    reason: str
    seen: int
    acts: list[tuple[Mapping[str, Any], Place]] = field(default_factory=list)
    as_copy: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    async def of(cls, task: Task, draft: Writing, before: Mapping[str, Any], *, publishes: bool) -> "_Change":
        """Of what stands in the draft; what cannot be filed of it is said in `draft.wrong`."""
        otherwise = f"story-{draft.once[:8].lower()}"
        slug = (
            before.get("story")
            or draft.story.get("slug")
            or guessing.slug_of(draft.story.get("headline", ""), otherwise)
        )
        change = cls(slug, draft.reason, draft.seen)
        if not draft.reason:
            draft.wrong["/reason"] = "This is required: why, in a few words."
        if not before:
            change._check_story(draft)
            change._add("open", {**draft.story, "slug": slug}, lambda pointer: pointer)
        sources = await _Sources.of(task.visit, draft)
        for body, place in sources.registrations:
            change._add("register", body, place)
        reported = {}
        for index, row in enumerate(draft.facts):
            reported[index] = len(change.acts)
            body = _body(row, sources.named.get(index))
            change._add("report", body, _within(index, row))
            if index in sources.named and not body["attribution"][0]["cue"]:
                draft.wrong[f"/facts/{index}/cue"] = "Say how: the words that attribute it, as in the copy."
            if row.get("kind") == "figure" and "figure" not in row:
                draft.wrong[f"/facts/{index}/figure/value"] = "Add the number and its unit."
        change._add_copy(task, draft, before.get("copy", {"text": draft.text, "spans": []}), reported)
        if publishes:
            change._add("publish", {"revision": "@last"}, lambda _: "")
        return change

    def _check_story(self, draft: Writing) -> None:
        for question in _STORY:
            if question.is_required and question.name not in draft.story:
                draft.wrong[f"/{question.name}"] = "This is required."
        if guessing.slug_of(self.slug, "") != self.slug:
            draft.wrong["/slug"] = (
                "This should be small letters, digits and single hyphens, such as kim-visits-russia."
            )

    def _add(self, word: str, body: Mapping[str, Any], place: Place) -> None:
        self.acts.append(({"do": word, "with": body}, place))

    def _add_copy(
        self, task: Task, draft: Writing, copy: Mapping[str, Any], reported: Mapping[int, int]
    ) -> None:
        """The copy, with the words of the facts linked to them."""
        spans: list[tuple[Span, str]] = [(span, "") for span in copy["spans"]]
        for index, row in enumerate(draft.facts):
            if "words" not in row:
                continue
            near = row.get("at")
            at, why = copying.place_near(copy["text"], row["words"], near if isinstance(near, int) else None)
            if at is None:
                draft.wrong[f"/facts/{index}/words"] = why
            else:
                span = {"fact": f"@{reported[index]}", "start": at, "end": at + len(row["words"])}
                spans.append((span | {"exact": row["words"]}, f"/facts/{index}/words"))
        spans.sort(key=lambda one: (one[0]["start"], one[0]["end"]))
        numbers = {f"@{act}": draft.first + index for index, act in reported.items()}
        named = [{**span, "fact": numbers.get(span["fact"], span["fact"])} for span, _ in spans]
        self.as_copy = {"text": copy["text"], "spans": named}
        if (task.story is None and copy["text"].strip()) or len(spans) > len(copy["spans"]):

            def place(pointer: str) -> str:
                span = re.match(r"/spans/(\d+)", pointer)
                return spans[int(span[1])][1] if span else pointer

            self._add("file-copy", {"text": copy["text"], "spans": [span for span, _ in spans]}, place)

    @property
    def body(self) -> Body:
        seen = {"expected_revision": self.seen} if self.seen else {}
        return seen | {"reason": self.reason, "acts": [act for act, _ in self.acts]}

    def at_the_fields(self, wrong: Mapping[str, str]) -> dict[str, str]:
        """What the ledger says of the change, said of the form."""
        return {self._at(pointer): said for pointer, said in wrong.items()}

    def _at(self, pointer: str) -> str:
        found = re.fullmatch(r"/acts/(\d+)(?:/with)?(.*)", pointer)
        if found is None or int(found[1]) >= len(self.acts):
            return pointer if pointer == "/reason" else ""
        return "/reason" if found[2] == "/reason" else self.acts[int(found[1])][1](found[2])


def _body(row: Body, source: str | None) -> Body:
    """The fact that a row comes to; source: the slug of who says it."""
    said: str = row.get("words") or row.get("statement", "")
    body = {name: value for name, value in row.items() if name in ReportFact.model_fields}
    body["statement"] = row.get("statement") or said
    if "kind" not in row:
        body["kind"] = guessing.kind_of(said)
        if body["kind"] == "figure" and "figure" not in row:
            body["figure"] = guessing.figure_of(said)
    if source is not None:
        speech = row.get("speech") or guessing.speech_of(said)
        quote = row.get("quote") or guessing.quoted(said)
        link = {"source": source, "cue": row.get("cue") or _cue(said) or "", "speech": speech}
        body["attribution"] = [link | ({"quote": quote} if quote else {})]
    return body


def _within(index: int, row: Body) -> Place:
    places = {} if "attribution" in row else _PLACES
    return lambda pointer: f"/facts/{index}{places.get(pointer, pointer)}"


@dataclass(slots=True)
class _Sources:
    """named: the slug of who says the fact of each row; registrations: of those that are new."""

    named: dict[int, str] = field(default_factory=dict)
    registrations: list[tuple[Body, Place]] = field(default_factory=list)

    @classmethod
    async def of(cls, visit: Visit, draft: Writing) -> "_Sources":
        found = cls()
        rows = [
            (index, row)
            for index, row in enumerate(draft.facts)
            if "attribution" not in row and "unattributed" not in row
        ]
        for index, row in rows:
            if "who" in row and "kind" in row.get("new", {}) and found._new(row["who"]) is None:
                found._register(index, row["who"], row["new"], draft.once)
        unclear = set()
        for index, row in rows:
            who = row.get("who")
            if who is None:
                draft.wrong[f"/facts/{index}/who"] = (
                    "Say who says it: a name, or a part of one to find it by."
                )
            elif (same := found._new(who)) is not None:
                found.named[index] = same
            elif who.casefold() not in unclear:  # it is said once, where it stands first
                slugs, likely = await called(visit, who)
                if len(slugs) == 1:
                    found.named[index] = slugs[0]
                else:
                    unclear.add(who.casefold())
                    draft.wrong[f"/facts/{index}/who"] = _unclear(who, slugs, [*found._nearly(who), *likely])
        return found

    def _nearly(self, who: str) -> list[str]:
        """The names of new ones that this is a part of."""
        return [body["name"] for body, _ in self.registrations if who.casefold() in body["name"].casefold()]

    def _new(self, who: str) -> str | None:
        named = [
            body["slug"]
            for body, _ in self.registrations
            if who.casefold() in (body["name"].casefold(), body["slug"])
        ]
        return next(iter(named), None)

    def _register(self, index: int, who: str, new: Body, once: str) -> None:
        slug = new.get("slug") or guessing.slug_of(who, f"source-{once[:8].lower()}-{index + 1}")
        places = {"/slug": "/new/slug", "/kind": "/new/kind"}

        def place(pointer: str) -> str:
            return f"/facts/{index}{places.get(pointer, '/who')}"

        self.named[index] = slug
        self.registrations.append(({"slug": slug, "name": who, "kind": new["kind"]}, place))


def _unclear(who: str, slugs: Iterable[str], likely: Iterable[str]) -> str:
    several = ", ".join(slugs)
    if several:
        return f"Several sources have this name: {several}. Give one of these."
    found = ", ".join(f"“{name}”" for name in likely)
    if found:
        return (
            f"No source is called just “{who}”. There is {found}. Give the whole name, or say below what a new "
            "one is, and it is made."
        )
    return f"No source is called “{who}”. Give another name, or say below what it is, and it is made."
