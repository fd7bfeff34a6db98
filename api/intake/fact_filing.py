"""From the rows of a table to facts of their story: rows that are new are filed; what a later state of the table
changes, or no longer has, is asked of a person first: no file says whether the world moved on or somebody was wrong.

| of a row | becomes |
|---|---|
| statement, kind, figure and unit, occurred, place, entities, terms | of the fact; no kind: figure, quote or claim |
| source, cue, quote | who says it: a source by its slug or its name, several as `outermost < innermost` |
| address, title, stated | what is cited, from the outermost source |
| note | a note for the desk alone |
| standing | `retracted`: as if the row were gone |
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from pydantic import BaseModel, TypeAdapter, ValidationError

from api.intake.facts_table import COLUMNS
from api.intake.item import FactRow, Unreadable
from api.intake.taking import Submit, Tried, slug_of, told_of
from ledger import limits
from ledger.commands import (
    Actor,
    ClarifyFact,
    CommandOnStory,
    ConfirmFact,
    CorrectFact,
    ReportFact,
    RetractFact,
    Submission,
    UpdateFact,
)
from ledger.events import topic_of
from ledger.fact import FactBody
from ledger.likeness import alike
from ledger.refusals import KeyRefused, NotNow, Refusal
from ledger.source import SourceMerged, SourceParted, SourceRegistered
from ledger.store.database import Connection, Row
from ledger.store.randomness import RANDOM
from ledger.store.store import LedgerMapper, read_of_topic, read_past
from ledger.store.writer import Recording
from ledger.story import FactRetracted, Story, StoryEvent, evolve
from ledger.words import Edtf, Slug, parse_instant, story_stream

What = Literal["changed", "gone", "new"]
_CHANGES: Final[Mapping[str, type[UpdateFact | CorrectFact | ClarifyFact]]] = {
    "update": UpdateFact,
    "correction": CorrectFact,
    "clarification": ClarifyFact,
}
ANSWERS: Final[Mapping[What, tuple[str, ...]]] = {
    "changed": (*_CHANGES, "leave"),
    "gone": ("retraction", "leave"),
    "new": ("new", *_CHANGES, "leave"),
}
# Of a correction, by what it changes.
_AFFECTS: Final = {"figure": "numbers", "attribution": "attribution", "occurred": "date", "entities": "names"}

_CELL = re.compile(r"\{([^{}]+)\}")
_edtf = TypeAdapter(Edtf).validate_python
_slug = TypeAdapter(Slug).validate_python

# --- What is asked, and what is answered -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """Of a row that changed, or is gone, or is new while others are gone, so that it may be one of them under another
    key. differs: part by part, what it is in the ledger and what it is in the table."""

    what: What
    story: str
    key: str
    line: int | None
    fact: int | None
    version: int | None
    differs: str


@dataclass(frozen=True, slots=True)
class Answer:
    """answer: one of those that there are to the question; was: of a new row, the key of the one that is gone which it
    was before; reason, was_wrong, cause: as the change has them."""

    answer: str
    was: str | None = None
    reason: str | None = None
    was_wrong: str | None = None
    cause: str | None = None


def answers_of(said: Mapping[str, str], reason: str | None, was_wrong: str | None) -> dict[str, Answer]:
    """What holds for each kind of question, whichever row it is of. Raises Unreadable."""
    for what, answer in said.items():
        if answer not in ANSWERS.get(what, ()):  # type: ignore[call-overload]
            why, fix = f"“{what}={answer}” is none"[:200], "say changed=update, gone=retraction or the like"
            raise Unreadable("answer", why, fix)
    return {what: Answer(answer, reason=reason, was_wrong=was_wrong) for what, answer in said.items()}


@dataclass(frozen=True, slots=True)
class Filed:
    outcome: Recording | Tried
    story: str
    key: str
    what: str  # new, or the answer

    @property
    def is_late(self) -> bool:
        """Whether a later state of the table had overtaken it, so that it is kept and changes nothing."""
        return "overtaken_by" in told_of(self.outcome)


@dataclass(frozen=True, slots=True)
class AsItWas:
    """A row of which there is nothing to record."""

    key: str


Came = Filed | Question | AsItWas | Unreadable
Answered = Callable[[Question], Answer | None]


@dataclass(frozen=True, slots=True)
class State:
    """Of which table the rows are, and as of when. name: tells it from others of the same provider in one story;
    created: by the provider's clock; given: for each part that a row does not say itself, what it is, where `{Name}`
    stands for the cell of that column."""

    provider: str
    name: str = "table"
    created: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises Unreadable."""
        if odd := self.given.keys() - (COLUMNS.keys() - {"key"}):
            why = f"“{min(odd)[:80]}” is no part of a fact"
            raise Unreadable("set", why, f"say one of {', '.join(COLUMNS)}")


@dataclass(slots=True)
class _Known:
    """The fact that a row became. then: as the row said when it was last taken; now: as the desk has it."""

    fact: int
    key: str
    then: FactBody
    now: FactBody
    version: int
    created: str | None
    was_gone: bool
    is_standing: bool = True


# --- Row by row --------------------------------------------------------------------------------------------------


class Filing:
    """is_dry_run: each row is only tried, by itself, against the ledger as it is."""

    def __init__(
        self,
        connection: Connection[Row],
        submit: Submit,
        actor: Actor,
        state: State,
        *,
        is_dry_run: bool = False,
    ) -> None:
        self._connection, self._submit, self._actor, self._state = connection, submit, actor, state
        self.is_dry_run = is_dry_run
        self._mapper = LedgerMapper()
        self._names: dict[str, str] | None = None
        self._goes_on: dict[str, str] | None = None
        self._used = {name for form in state.given.values() for name in _CELL.findall(form)}
        self.without_place: Counter[str] = Counter()  # of all rows that were read

    def take(self, rows: Iterable[FactRow | Unreadable], answered: Answered) -> Iterator[Came]:
        """What came of each row, and of each fact whose row is gone, story by story. Where a row could not be read
        nobody can tell which are gone, and of none it is asked."""
        by_story: dict[str, list[FactRow]] = {}
        is_whole = True
        for row in rows:
            try:
                if isinstance(row, Unreadable):
                    raise row
                whole = self._completed(row)
                self.without_place += whole.without_place
                by_story.setdefault(self._story_of(whole), []).append(whole)
            except Unreadable as trouble:
                is_whole = False
                yield trouble
        for story, found in by_story.items():
            known = self._known(story)
            if known is None:
                yield Unreadable("story", f"there is no story {story}", "open it first, or name another")
            else:
                yield from _OfStory(self, story, found, known, answered).take(is_whole=is_whole)

    def _completed(self, row: FactRow) -> FactRow:
        """With what is given for all rows, in the parts that it does not say itself."""
        said: dict[str, Any] = {
            part: text
            for part, form in self._state.given.items()
            if getattr(row, part) is None and (text := _filled(form, row))
        }
        key = row.key if len(row.key) <= 300 else f"{row.key[:260]}… {_digest(row.key)[:32]}"
        left = {name: count for name, count in row.without_place.items() if name not in self._used}
        return replace(
            row, key=key, says=row.says | self._state.given.keys(), without_place=Counter(left), **said
        )

    def _story_of(self, row: FactRow) -> str:
        try:
            return str(_slug(row.story or ""))
        except ValidationError:
            raise Unreadable(
                f"line {row.line}, story",
                f"“{row.story[:80]}” is no name of a story in addresses"
                if row.story
                else "nothing says of which story it is",
                "name it in a column “story”, or for all rows (--set story=…)",
                row.key,
            ) from None

    def _known(self, story: str) -> dict[str, _Known] | None:
        """By the key that each row has now. None where there is no such story."""
        state: Story | None = None
        found: dict[int, _Known] = {}
        prefix = f"{self._state.name}#"
        for recorded in read_past(self._connection, story_stream(story), limits.POSITION, self._mapper):
            if not isinstance(recorded.event, StoryEvent):
                continue
            state = evolve(state, recorded.event, recorded.at)
            origin, number = getattr(recorded.event, "origin", None), getattr(recorded.event, "fact", None)
            if origin is None or number is None or origin.provider != self._state.provider:
                continue
            fact = state.fact(number)
            if fact is not None and origin.id.startswith(prefix):
                is_gone = isinstance(recorded.event, FactRetracted)
                body, key = fact.body(), origin.id.removeprefix(prefix)
                found[number] = _Known(
                    number, key, body, body, fact.version, origin.created, was_gone=is_gone
                )
        if state is None:
            return None
        for number, one in found.items():
            fact = state.fact(number)
            assert fact is not None, "it was reported"
            one.now, one.version, one.is_standing = fact.body(), fact.version, fact.standing == "standing"
        return {one.key: one for one in found.values()}

    def is_before(self, created: str | None) -> bool:
        """Whether this state of the table was made before one that was taken."""
        return bool(
            created and self._state.created and parse_instant(self._state.created) < parse_instant(created)
        )

    # --- As commands ---------------------------------------------------------------------------------------------

    def report(self, row: FactRow) -> ReportFact:
        fields = self._fields(row)
        try:
            return ReportFact.model_validate(fields | {"origin": self._origin(row.key, 0, repr(fields))})
        except ValidationError as error:
            where, said = _first_wrong(error)
            fix = "mend the row, or say it for all rows (--set)"
            raise Unreadable(f"line {row.line}, {where or 'the fact'}", said, fix, row.key) from None

    def change(
        self, known: _Known, answer: Answer, row: FactRow | None, changes: Mapping[str, Any]
    ) -> CommandOnStory:
        key = row.key if row else known.key
        said: dict[str, Any] = {
            "expected_version": known.version,
            "reason": answer.reason,
            "origin": self._origin(key, known.version, repr(sorted(changes))),
            **{name: _dumped(value) for name, value in changes.items()},
        }
        if answer.answer == "correction" and changes:
            affects = {_AFFECTS.get(name, "other") for name in changes}
            said |= {
                "was_wrong": answer.was_wrong,
                "affects": sorted(affects - {"other"}) or ["other"],
                "cause": answer.cause or "source_error",
            }
        # Under another key it may be as it was: then only that is recorded, as of somebody who looked.
        command = _CHANGES.get(answer.answer, RetractFact) if changes or row is None else ConfirmFact
        try:
            return command.model_validate(said)
        except ValidationError as error:
            raise Unreadable(*_first_wrong(error), f"say it in the answer to “{key}”", key) from None

    def record(self, command: CommandOnStory, story: str, key: str, number: int | None, what: str) -> Filed:
        submission = Submission(
            command,
            self._actor,
            RANDOM.uuid(),
            story_stream(story),
            story,
            number,
            dry_run=self.is_dry_run,
        )
        try:
            return Filed(self._submit(submission), story, key, what)
        except (KeyRefused, NotNow):
            raise
        except Refusal as refusal:
            where = (refusal.pointer or "").strip("/").replace("/", ".") or "the row"
            raise Unreadable(where, str(refusal), "", key) from None

    def _origin(self, key: str, after: int, said: str) -> dict[str, Any]:
        """after: the version of the fact that it changes: the same words may come again, and be another change."""
        return {
            "provider": self._state.provider,
            "id": f"{self._state.name}#{key}",
            "version": f"{after + 1}-{_digest(said)[:16]}",
            "created": self._state.created,
        }

    # --- What a row says -----------------------------------------------------------------------------------------

    def _fields(self, row: FactRow) -> dict[str, Any]:
        figure = {"value": row.figure, "unit": row.unit} if row.figure else None
        kind = row.kind or ("figure" if figure else "quote" if row.quote else "claim")
        chain = self._chain(row)
        return {
            "statement": row.statement,
            "kind": kind.lower(),
            "attribution": chain,
            "citations": [
                {
                    "source": chain[0]["source"],
                    "url": address,
                    "title": row.title,
                    "published_at": row.stated,
                }
                for address in (row.address or "").split()
            ],
            "occurred": _occurred(row.occurred),
            "place": row.place,
            "entities": [one for part in (row.entities or "").split(";") if (one := part.strip())],
            "figure": figure,
            "terms": (row.terms or "on_record").lower().replace(" ", "_"),
            "note": [{"role": "desk", "text": row.note, "is_publishable": False}] if row.note else [],
        }

    def _chain(self, row: FactRow) -> list[dict[str, Any]]:
        if not row.source:
            raise Unreadable(
                f"line {row.line}, source",
                "nothing says who says it",
                "name the source in a column, or for all rows (--set source=…)",
                row.key,
            )
        links: list[dict[str, Any]] = [
            {
                "source": self._source(name.strip(), row),
                "cue": row.cue or "according to",
                "speech": "indirect",
            }
            for name in row.source.split(" < ")
        ]
        if row.quote:
            links[-1] |= {"quote": row.quote, "speech": "direct"}
        return links

    def _source(self, name: str, row: FactRow) -> str:
        """Its slug. Of several by one name the first that was registered."""
        if self._names is None:
            self._names = {}
            for recorded in read_of_topic(self._connection, topic_of(SourceRegistered), self._mapper):
                if isinstance(event := recorded.event, SourceRegistered):
                    self._names.setdefault(event.name.casefold(), event.slug)
                    self._names[event.slug] = event.slug
        found = self._names.get(name) or self._names.get(name.casefold()) or self._names.get(slug_of(name))
        found = self.goes_on.get(found, found) if found else None
        if found is None:
            raise Unreadable(
                f"line {row.line}, source", f"there is no source “{name[:80]}”", "register it first", row.key
            )
        return found

    @property
    def goes_on(self) -> Mapping[str, str]:
        """Of each source that is the same as another, the one that goes on."""
        if self._goes_on is None:
            found = [
                recorded
                for kind in (SourceMerged, SourceParted)
                for recorded in read_of_topic(self._connection, topic_of(kind), self._mapper)
            ]
            self._goes_on = {}
            for recorded in sorted(found, key=lambda one: one.at.position):
                if isinstance(event := recorded.event, SourceMerged):
                    self._goes_on[event.slug] = event.into
                elif isinstance(event, SourceParted):
                    self._goes_on.pop(event.slug, None)
        return self._goes_on


@dataclass(frozen=True, slots=True)
class _OfStory:
    """The rows of one story."""

    _filing: Filing
    _story: str
    _rows: list[FactRow]
    _known: dict[str, _Known]
    _answered: Answered

    def take(self, *, is_whole: bool) -> Iterator[Came]:
        there = {row.key for row in self._rows if row.standing != "retracted"}
        gone = {key: one for key, one in self._known.items() if key not in there and one.is_standing}
        for row in self._rows:
            if row.standing == "retracted":
                if row.key not in gone:
                    yield AsItWas(row.key)
                continue
            try:
                yield self._row(row, gone)
            except Unreadable as trouble:
                yield trouble
        for one in gone.values() if is_whole else ():
            try:
                yield self._gone(one)
            except Unreadable as trouble:
                yield trouble

    def _row(self, row: FactRow, gone: dict[str, _Known]) -> Came:
        report, known = self._filing.report(row), self._known.get(row.key)
        if known is not None and (known.is_standing or not known.was_gone):
            changes = _changes(report, row, known, self._filing.goes_on)
            if not changes or not known.is_standing:
                return AsItWas(row.key)
            return self._changed(row, known, changes)
        if later := self._later():
            raise Unreadable(
                f"line {row.line}",
                f"this state of the table is older than one that was taken ({later}), where the row is gone",
                "nothing, if it is right that it is gone; else take it in a newer state of the table",
                row.key,
            )
        answer = Answer("new")
        if known is not None or gone:
            question = Question("new", self._story, row.key, row.line, None, None, f"“{report.statement}”")
            found = self._answer(question)
            if found is None:
                return question
            answer = found
        if answer.answer == "leave":
            return AsItWas(row.key)
        if answer.answer == "new":
            return self._filing.record(report, self._story, row.key, None, "new")
        was = gone.get(answer.was or "")
        if was is None:
            raise Unreadable(
                f"line {row.line}, was",
                f"no row that is gone had the key “{(answer.was or '')[:80]}”",
                f"say which of these it was: {', '.join(gone)[:300]}",
                row.key,
            )
        command = self._filing.change(was, answer, row, _changes(report, row, was, self._filing.goes_on))
        filed = self._filing.record(command, self._story, row.key, was.fact, answer.answer)
        del gone[was.key]
        return filed

    def _later(self) -> str | None:
        """When the newest state was made that was taken, where this one is older."""
        newest = max(
            filter(None, (one.created for one in self._known.values())), key=parse_instant, default=None
        )
        return newest if self._filing.is_before(newest) else None

    def _changed(self, row: FactRow, known: _Known, changes: Mapping[str, Any]) -> Came:
        differs = "; ".join(
            f"{name}: {_told(getattr(known.now, name))} → {_told(value)}" for name, value in changes.items()
        )
        question = Question("changed", self._story, row.key, row.line, known.fact, known.version, differs)
        late = Answer("update", reason="An older state of the table, which came late.")
        answer = late if self._filing.is_before(known.created) else self._answer(question)
        if answer is None:
            return question
        if answer.answer == "leave":
            return AsItWas(row.key)
        command = self._filing.change(known, answer, row, changes)
        return self._filing.record(command, self._story, row.key, known.fact, answer.answer)

    def _gone(self, known: _Known) -> Came:
        question = Question(
            "gone", self._story, known.key, None, known.fact, known.version, f"“{known.now.statement}”"
        )
        if self._filing.is_before(known.created):
            return AsItWas(known.key)  # it was not there yet
        answer = self._answer(question)
        if answer is None:
            return question
        if answer.answer == "leave":
            return AsItWas(known.key)
        command = self._filing.change(known, answer, None, {})
        return self._filing.record(command, self._story, known.key, known.fact, answer.answer)

    def _answer(self, question: Question) -> Answer | None:
        answer = self._answered(question)
        if answer is not None and answer.answer not in ANSWERS[question.what]:
            raise Unreadable(
                "answer",
                f"“{answer.answer[:80]}” is no answer to a row that is {question.what}",
                f"say one of {', '.join(ANSWERS[question.what])}",
                question.key,
            )
        return answer


# --- Where a row differs -----------------------------------------------------------------------------------------

# The fields of a fact that parts of a row make.
_PARTS: Final[Mapping[str, frozenset[str]]] = {
    "statement": frozenset({"statement"}),
    "kind": frozenset({"kind"}),
    "figure": frozenset({"figure"}),  # and its unit, without which there is none
    "attribution": frozenset({"source", "cue", "quote"}),
    "citations": frozenset({"address", "title", "stated"}),
    "occurred": frozenset({"occurred"}),
    "place": frozenset({"place"}),
    "entities": frozenset({"entities"}),
    "terms": frozenset({"terms"}),
    "note": frozenset({"note"}),
}


def _changes(report: ReportFact, row: FactRow, known: _Known, goes_on: Mapping[str, str]) -> dict[str, Any]:
    """What the row says otherwise than when it was last taken, and than the desk has it. It says nothing of what the
    table has no column for. goes_on: sources that are the same as others; that is no difference."""
    return {
        name: getattr(report, name)
        for name, parts in _PARTS.items()
        if parts & row.says
        and not any(
            alike(getattr(report, name), _going_on(getattr(one, name), goes_on))
            for one in (known.then, known.now)
        )
    }


def _going_on(said: Any, goes_on: Mapping[str, str]) -> Any:
    if not isinstance(said, tuple):
        return said
    return tuple(
        one.model_copy(update={"source": goes_on[one.source]})
        if getattr(one, "source", None) in goes_on
        else one
        for one in said
    )


def _first_wrong(error: ValidationError) -> tuple[str, str]:
    """Where, and what is wrong there."""
    first = error.errors(include_url=False)[0]
    return ".".join(str(step) for step in first["loc"]), str(first["msg"]).removeprefix("Value error, ")


def _dumped(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    return [_dumped(one) for one in value] if isinstance(value, tuple) else value


def _told(value: Any) -> str:
    """In a few words."""
    if isinstance(value, BaseModel):
        return " ".join(str(one) for one in value.model_dump(exclude_none=True).values())
    if isinstance(value, tuple):
        return ", ".join(map(_told, value)) or "nothing"
    return "nothing" if value is None else f"“{value}”"


def _occurred(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    try:
        return {"resolved": _edtf(text)}
    except ValidationError:
        return {"literal": text}


def _filled(form: str, row: FactRow) -> str:
    """With the cells of the row in the place of `{Name}`."""

    def cell(found: re.Match[str]) -> str:
        if found[1] not in row.cells:
            raise Unreadable(
                f"line {row.line}", f"the table has no column “{found[1][:80]}”", "mend what is set", row.key
            )
        return row.cells[found[1]]

    return _CELL.sub(cell, form).strip()


def _digest(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()
