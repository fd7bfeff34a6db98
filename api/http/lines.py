"""One line of an import or an export: a command, what it is about, and the key under which it is recorded once."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import Field, StringConstraints, ValidationError, create_model

from api import json_text
from api.http.acts import ACTS, About
from api.http.statuses import BadLine, pointer, say, worth_saying
from ledger import limits
from ledger.commands import Actor, Command, Repeat, ReportFact, ReportRead, Series, Submission, TakeItem
from ledger.events import canonical_part
from ledger.fact import Ground
from ledger.publication import ApprovalNumber
from ledger.refusals import (
    FactIsRetracted,
    Invalid,
    KeyReused,
    NoSuchApproval,
    NoSuchFact,
    NoSuchRevision,
    NoSuchSource,
    NoSuchStory,
    NotMadeYet,
    NotTheNextFact,
    Refusal,
    RoleMayNot,
)
from ledger.rules.facts import named_by_report
from ledger.words import Closed, FactNumber, Name, Slug, Version, source_stream, story_stream

# --- The form ----------------------------------------------------------------------------------------------------

_KEY = rf"^[\x20-\x7e]{{1,{limits.IDEMPOTENCY_KEY_LENGTH}}}$"
_is_key = re.compile(_KEY).match


class Line(Closed):
    """key: as an Idempotency-Key; by: the label of who acts, where several do; with: the body of the command, as its
    endpoint takes it."""

    key: Annotated[str, StringConstraints(pattern=_KEY)]
    by: Name | None = None
    do: str
    with_: Any = Field(alias="with")

    def about(self) -> tuple[str | None, str | None, int | None]:
        """(slug of the story, slug of the source, which of the story's facts, approvals or revisions)."""
        raise NotImplementedError


class Registering(Line):
    def about(self) -> tuple[None, str, None]:
        return None, self.with_.slug, None


class OnSource(Line):
    source: Slug

    def about(self) -> tuple[None, str, None]:
        return None, self.source, None


class Opening(Line):
    def about(self) -> tuple[str, None, None]:
        return self.with_.slug, None, None


class OnStory(Line):
    story: Slug

    def about(self) -> tuple[str, None, int | None]:
        return self.story, None, None


class Reporting(OnStory):
    """fact: the number that it has to get, so that what is said later of a fact is said of that one."""

    fact: FactNumber | None = None

    def about(self) -> tuple[str, None, int | None]:
        return self.story, None, self.fact


class OnFact(OnStory):
    fact: FactNumber

    def about(self) -> tuple[str, None, int]:
        return self.story, None, self.fact


class OnApproval(OnStory):
    approval: ApprovalNumber

    def about(self) -> tuple[str, None, int]:
        return self.story, None, self.approval


class OnRevision(OnStory):
    revision: Version

    def about(self) -> tuple[str, None, int]:
        return self.story, None, self.revision


_ABOUT: Mapping[About, type[Line]] = {
    "source": OnSource,
    "story": OnStory,
    "fact": OnFact,
    "approval": OnApproval,
    "revision": OnRevision,
}
_OF_THEIR_OWN: Mapping[str, type[Line]] = {"register": Registering, "open": Opening, "report": Reporting}
# Every act, but for those about correction requests: what readers left with the desk stays there.
WORDS: Mapping[str, tuple[type[Line], type[Command]]] = {
    word: (_OF_THEIR_OWN.get(word) or _ABOUT[act.about], act.command)
    for word, act in ACTS.items()
    if act.about != "request"
} | {"take": (OnStory, TakeItem)}  # an item, as it is written by an export: nobody at the desk types one


@cache
def _form(word: str) -> type[Line]:
    """Made when the first line with the word comes: there are many words, and a file has few of them."""
    about, command = WORDS[word]
    return create_model(word, __base__=about, with_=(command, Field(alias="with")))


_WORD_OF: Mapping[type[Command], str] = {command: word for word, (_, command) in WORDS.items()}


def text_of(key: str, by: str, about: Mapping[str, str | int], command: Command) -> bytes:
    """The line of a command, without its end; of the command's fields those that were given."""
    fields = {"key": key, "do": _WORD_OF[type(command)], "by": by, **about}
    return orjson.dumps(fields | {"with": command.model_dump(mode="json", exclude_unset=True)})


# --- From bytes to a submission ----------------------------------------------------------------------------------

Asked = dict[str, Any]
# What is left of a report once it was read: its story, the number that it has to get, (pointer, slug) of each source,
# (story, fact) of each fact that it rests on, and its own canonical bytes. It goes from process to process.
Report = tuple[str, int | None, tuple[tuple[str, str], ...], tuple[tuple[str, int], ...], bytes]


class Unlike(Exception):
    """A line that does not have the form; `places`: (JSON pointer, what is wrong there)."""

    def __init__(self, *places: tuple[str, str]) -> None:
        super().__init__(places)
        self.places = places


def parse(text: bytes) -> Asked:
    """The JSON object of a line; BadLine where it is no JSON, Unlike where it is no object."""
    try:
        asked = json_text.parse(text)
    except json_text.NoJson as error:
        raise BadLine(why=error.why) from None
    if not isinstance(asked, dict):
        raise Unlike(("", "should be a JSON object"))
    return asked


def key_of(asked: Asked) -> str | None:
    """The key of a line that may yet turn out to be unlike one."""
    key = asked.get("key")
    return key if isinstance(key, str) and _is_key(key) else None


def read(asked: Asked) -> Line:
    """The line; Unlike where it has not the form."""
    word = asked.get("do")
    if not isinstance(word, str) or word not in WORDS:
        raise Unlike(("/do", f"should be one of: {', '.join(WORDS)}"))
    try:
        return _form(word).model_validate(asked)
    except ValidationError as error:
        raise Unlike(*_places(error, asked)) from None


def read_report(asked: Asked) -> "Report | None":
    """A line that reports a fact, where it has the form; of any other, and of one that has not, nothing is said."""
    if asked.get("do") != "report":
        return None
    try:
        line = _form("report").model_validate(asked)
    except ValidationError:
        return None
    assert isinstance(line, Reporting)
    command: ReportFact = line.with_
    if command.origin is not None:
        return None  # that is no part of the fact itself
    grounds = tuple((ground.story, ground.fact) for ground in command.rests_on)
    return line.story, line.fact, named_by_report(command), grounds, canonical_part(command)


def _places(error: ValidationError, asked: Asked) -> Iterator[tuple[str, str]]:
    for problem in worth_saying(error.errors(include_url=False)):
        yield pointer(problem["loc"], asked), say(problem)


def fingerprint(asked: Asked) -> bytes:
    """What the same key must come with again: all that is asked, in whatever order and with whatever spaces; not who
    asks, whose keys are a member's own."""
    said = {name: value for name, value in asked.items() if name not in ("key", "by")}
    try:
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()
    except TypeError:
        raise Unlike(("", "should hold smaller numbers, and not be nested so deeply")) from None


def submission_of(
    report: Report, key: str, actor: Actor, mark: bytes, request_id: UUID, series: Series
) -> Submission:
    story, number, sources, grounds, body = report
    rests_on = tuple(Ground.model_construct(story=slug, fact=fact) for slug, fact in grounds)
    return Submission(
        command=ReportRead(sources, rests_on, body),
        actor=actor,
        request_id=request_id,
        stream=story_stream(story),
        story=story,
        number=number,
        repeat=Repeat(key, mark),
        series=series,
    )


def submission(line: Line, actor: Actor, mark: bytes, request_id: UUID, series: Series) -> Submission:
    story, source, number = line.about()
    return Submission(
        command=line.with_,
        actor=actor,
        request_id=request_id,
        stream=story_stream(story) if story is not None else source_stream(source or ""),
        story=story,
        number=number,
        repeat=Repeat(line.key, mark),
        source=source,
        series=series,
    )


# --- Where in the line the trouble is ----------------------------------------------------------------------------

_AT: Mapping[type[Refusal], str] = {
    KeyReused: "/key",
    RoleMayNot: "/do",
    NoSuchSource: "/source",
    NoSuchStory: "/story",
    NoSuchFact: "/fact",
    NotTheNextFact: "/fact",
    FactIsRetracted: "/fact",
    NoSuchApproval: "/approval",
    NoSuchRevision: "/revision",
}


def place_of(refusal: Refusal) -> str:
    """JSON pointer into the line: that of the refusal goes into the body of the command, but for those of a line."""
    if isinstance(refusal, NotMadeYet):
        return refusal.pointer or ""
    if refusal.pointer is None and type(refusal) in _AT:
        return _AT[type(refusal)]
    is_in_body = refusal.pointer is not None or isinstance(refusal, Invalid)
    return f"/with{refusal.pointer or ''}" if is_in_body else ""
