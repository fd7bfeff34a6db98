"""What clients sent to a ledger and were told, and the laws that all of it keeps, whatever broke meanwhile."""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal
from uuid import UUID

import psycopg

from ledger import limits
from ledger.moment import rfc3339
from ledger.store.database import Row
from tests.views import Folded, events_of

MARK = re.compile(r"mark-[a-z0-9-]+")
# Of a change of two acts the last one has its mark, and the first one the other half of it.
HALF = re.compile(r"half-[a-z0-9-]+")


@dataclass(slots=True)
class Attempt:
    """One request on its way; it is unknown what came of it until its client is told.

    `mark` is a word that stands in the event that it asks for and in no other; a request that is repeated with its
    Idempotency-Key keeps it. Instants are those of `time.monotonic`, `told` is the receipt, or why there is none.
    """

    mark: str
    server: int
    invoked: float
    outcome: Literal["ok", "fail", "unknown"] = "unknown"
    ended: float = math.inf
    told: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a story was at a moment: of the past (`position=17`, say), or now, once a position is reached."""

    story: str
    moment: str
    view: Literal["desk", "reader"] = "desk"
    at_least: int = 0

    @property
    def is_of_the_past(self) -> bool:
        return not self.at_least


@dataclass(frozen=True, slots=True)
class Answer:
    """A story's document. `position`: that of the ledger which it says it shows; `is_kept`: whether that is it
    for ever. What readers are told of a revision between two editions is not: it may be an edition itself one day."""

    question: Question
    position: int
    text: str
    is_kept: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """An event of the ledger, as far as the laws look at it."""

    position: int
    recorded_at: datetime
    stream: UUID
    version: int
    event_id: UUID
    mark: str | None = None
    half: str | None = None


@dataclass(slots=True)
class History:
    """Clients of several threads add to it; `surprises` are answers that nothing in the faults explains."""

    attempts: list[Attempt] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    def by_mark(self) -> dict[str, list[Attempt]]:
        found: defaultdict[str, list[Attempt]] = defaultdict(list)
        for attempt in list(self.attempts):
            found[attempt.mark].append(attempt)
        return found

    def acknowledged(self, server: int | None = None) -> int:
        return sum(
            attempt.outcome == "ok" and server in (None, attempt.server) for attempt in list(self.attempts)
        )

    def counted(self) -> str:
        outcomes = Counter(attempt.outcome for attempt in self.attempts)
        return ", ".join(f"{outcomes[word]} {word}" for word in ("ok", "fail", "unknown"))


@dataclass(frozen=True, slots=True)
class Evidence:
    """`folds`: each story's document by (slug, position), as the events alone make it."""

    history: History
    entries: Sequence[Entry]
    folds: Mapping[tuple[str, int], str] = field(default_factory=dict)

    def places(self) -> dict[str, list[Entry]]:
        found: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            if entry.mark:
                found[entry.mark].append(entry)
        return found


def broken_laws(evidence: Evidence, laws: Sequence["Law"] = ()) -> list[str]:
    """Every breach, in words; of all laws, if none are named."""
    return [f"{law.__name__}: {breach}" for law in laws or LAWS for breach in law(evidence)]


def entries_of(connection: psycopg.Connection[Row]) -> list[Entry]:
    rows = connection.execute(
        "select e.position, e.recorded_at, e.stream_id, e.version, e.event_id, b.body"
        " from events e join bodies b using (position) order by e.position"
    )
    return [
        Entry(position, recorded_at, stream, version, event_id, _mark_in(body), _mark_in(body, HALF))
        for position, recorded_at, stream, version, event_id, body in rows
    ]


def _mark_in(body: str | None, kind: re.Pattern[str] = MARK) -> str | None:
    marks = set(kind.findall(body or ""))
    assert len(marks) <= 1, "one event, one mark"
    return marks.pop() if marks else None


def folds_of(connection: psycopg.Connection[Row], answers: Sequence[Answer]) -> dict[tuple[str, int], str]:
    """Each story that was answered, as of each position that an answer named."""
    wanted: defaultdict[int, set[str]] = defaultdict(set)
    for answer in answers:
        wanted[answer.position].add(answer.question.story)
    folds, folded = {}, Folded()
    for recorded in events_of(connection):
        folded.take(recorded)
        for slug in wanted[folded.position]:
            folds[slug, folded.position] = folded.text(slug, limits.FACTS_SHOWN)
    return folds


# --- What was acknowledged, refused, or lost on the way -----------------------------------------------------------


def every_ok_is_there_once(evidence: Evidence) -> Iterator[str]:
    places = evidence.places()
    for mark, attempts in evidence.history.by_mark().items():
        receipts = {attempt.told for attempt in attempts if attempt.outcome == "ok"}
        if not receipts:
            continue
        found = places.get(mark, [])
        if len(found) != 1:
            yield f"{mark} was acknowledged and is there {len(found)} times"
        elif len(receipts) != 1:
            yield f"{mark} was given several receipts: {receipts}"
        elif not _is_receipt_of(json.loads(receipts.pop()), found[0]):
            yield f"{mark} is not what its receipt says: {found[0]}"


def _is_receipt_of(receipt: dict[str, Any], entry: Entry) -> bool:
    return (receipt["position"], receipt["recorded_at"], receipt["event_id"], receipt["revision"]) == (
        entry.position,
        rfc3339(entry.recorded_at),
        str(entry.event_id),
        entry.version,
    )


def no_fail_is_there(evidence: Evidence) -> Iterator[str]:
    places = evidence.places()
    for mark, attempts in evidence.history.by_mark().items():
        if mark in places and all(attempt.outcome == "fail" for attempt in attempts):
            yield f"{mark} was refused ({attempts[-1].told}) and is there"


def an_unknown_is_there_at_most_once(evidence: Evidence) -> Iterator[str]:
    sent = evidence.history.by_mark()
    for mark, found in evidence.places().items():
        if mark not in sent:
            yield f"{mark} is there and nobody sent it"
        elif len(found) > 1:
            yield f"{mark} is there {len(found)} times"


def a_change_is_there_as_a_whole(evidence: Evidence) -> Iterator[str]:
    halves = {entry.half: entry.position for entry in evidence.entries if entry.half}
    for mark, (found, *_) in evidence.places().items():
        if mark.endswith("-both"):
            half = halves.pop(mark.replace("mark", "half"), None)
            if half != found.position - 1:
                yield f"{mark} is at {found.position}, and its other half at {half}"
    for left in halves:
        yield f"{left} is there without the other half"


def real_time_order_holds(evidence: Evidence) -> Iterator[str]:
    """What was acknowledged before another was first sent stands before it."""
    sent = evidence.history.by_mark()
    spans = [
        (
            min(attempt.invoked for attempt in sent[mark]),
            min(attempt.ended if attempt.outcome == "ok" else math.inf for attempt in sent[mark]),
            found[0].position,
            mark,
        )
        for mark, found in evidence.places().items()
        if mark in sent
    ]
    over = sorted(spans, key=lambda span: -span[1])
    highest, of = 0, ""
    for invoked, _, position, mark in sorted(spans):
        while over and over[-1][1] < invoked:
            _, _, ended_at, earlier = over.pop()
            if ended_at > highest:
                highest, of = ended_at, earlier
        if highest > position:
            yield f"{mark} was sent after {of} was acknowledged and stands before it"


def nobody_is_surprised(evidence: Evidence) -> Iterator[str]:
    yield from evidence.history.surprises


# --- The ledger itself --------------------------------------------------------------------------------------------


def positions_have_no_hole(evidence: Evidence) -> Iterator[str]:
    for place, entry in enumerate(evidence.entries, start=1):
        if entry.position != place:
            yield f"position {entry.position} stands at place {place}"
            return


def time_rises_with_positions(evidence: Evidence) -> Iterator[str]:
    for earlier, later in pairwise(evidence.entries):
        if later.recorded_at - earlier.recorded_at < timedelta(microseconds=1):
            yield f"position {later.position} is recorded no later than the one before it"


def streams_have_every_version_once(evidence: Evidence) -> Iterator[str]:
    versions: Counter[UUID] = Counter()
    for entry in evidence.entries:
        versions[entry.stream] += 1
        if entry.version != versions[entry.stream]:
            yield f"position {entry.position} is version {entry.version}, not {versions[entry.stream]}"


# --- What was answered --------------------------------------------------------------------------------------------


def a_past_answer_never_changes(evidence: Evidence) -> Iterator[str]:
    first: dict[Question, str] = {}
    for answer in evidence.history.answers:
        question = answer.question
        is_past = question.is_of_the_past and answer.is_kept
        if is_past and first.setdefault(question, answer.text) != answer.text:
            yield f"{question} was answered in two ways"


def every_answer_is_the_fold_at_its_position(evidence: Evidence) -> Iterator[str]:
    for answer in evidence.history.answers:
        question = answer.question
        if question.view == "desk" and evidence.folds.get((question.story, answer.position)) != answer.text:
            yield f"{question}, answered as of position {answer.position}, is not the fold there"


def whoever_asks_for_a_position_gets_no_earlier_one(evidence: Evidence) -> Iterator[str]:
    for answer in evidence.history.answers:
        if answer.position < answer.question.at_least:
            yield f"{answer.question} was answered as of position {answer.position}"


Law = Callable[[Evidence], Iterator[str]]
OF_WHAT_IS_RECORDED: Sequence[Law] = (
    every_ok_is_there_once,
    no_fail_is_there,
    an_unknown_is_there_at_most_once,
    a_change_is_there_as_a_whole,
    real_time_order_holds,
    nobody_is_surprised,
    positions_have_no_hole,
    time_rises_with_positions,
    streams_have_every_version_once,
)
# To be asked of a ledger that keeps the others: of one that does not, there may be no fold.
OF_WHAT_IS_ANSWERED: Sequence[Law] = (
    a_past_answer_never_changes,
    every_answer_is_the_fold_at_its_position,
    whoever_asks_for_a_position_gets_no_earlier_one,
)
LAWS = (*OF_WHAT_IS_RECORDED, *OF_WHAT_IS_ANSWERED)
