"""The writer: takes waiting commands in groups, decides them against cached states, appends all in one round trip.

A dry run is decided in the same way, but against states read anew, and nothing is appended (`_rehearse`).
A command is answered once, after the commit. What can go wrong on the way and what is done then:

- a rule refuses, but the cached state may be old: the streams are read anew and the rule asked again (`_confirm`);
  of a series nothing that follows may be recorded before that is sure, so there it is asked while holding the head;
- another process moved a stream, or recorded the same request: decide again while holding the head (`_under_lock`);
- a key was revoked meanwhile: its commands are refused, the others decided again;
- the database went back in time: all that is held is forgotten, and what waits decided again (`_start_anew`);
- the clocks are too far apart: nothing is recorded, and that is the answer;
- the connection broke, so nobody knows whether it was recorded: look for our own event ids first (`_under_lock`);
- a statement took too long, so nothing came of it: tried again until there is no time left, and then told as that;
- a group took too long, and the database ended its transaction: half of it is tried, then half of that.
"""

import logging
import time
from collections import ChainMap, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any
from uuid import UUID

import orjson
import psycopg
from psycopg import Connection

from ledger import limits, member, request, source, story
from ledger.commands import (
    ChangeStory,
    DeclineRequest,
    MergeSource,
    PartSource,
    PublishStory,
    ReleaseStory,
    ReportFact,
    RequestCorrection,
    Series,
    Submission,
    TakeItem,
    UndoRevision,
)
from ledger.erasure import Erased, OutOfPlace
from ledger.events import TOPICS, Event, Recorded, Written
from ledger.member import Member, MemberEvent
from ledger.moment import Moment, rfc3339
from ledger.publication import ApprovalAsked, ApprovalEvent, Loosening, PublicationEvent, withdraws
from ledger.refusals import (
    ChangedBefore,
    ClocksApart,
    DatabaseAway,
    KeyRefused,
    KeyReused,
    LapsesAtOnce,
    LedgerBusy,
    LedgerClosed,
    NotMadeYet,
    NotNow,
    OutcomeUnknown,
    Refusal,
    RevisionNotNamed,
    SeriesOver,
    StoryMovedOn,
    StreamDamaged,
    TookTooLong,
)
from ledger.request import ContactErased, Request, RequestErased, RequestEvent
from ledger.rules import (
    Context,
    Past,
    State,
    decide,
    fitting,
    grounds_in,
    is_decided_by_outline,
    leans_on,
    looks_back,
    reaches_beyond,
    stories_below,
    warning,
)
from ledger.rules.protecting import named_by_events, newly_named, still_named, streams_of_protected
from ledger.rules.publishing import left_out, left_out_of
from ledger.rules.sources import of_both
from ledger.rules.stories import check_all_seen, check_if_match
from ledger.shown import TOLD
from ledger.source import Source, SourceEvent
from ledger.store import origins, slugs
from ledger.store.database import TOO_LONG, Database, Row
from ledger.store.keyring import Keyring
from ledger.store.seen import NOTHING_SEEN, Losses, Seen, WentBack
from ledger.store.store import (
    MICROSECOND,
    Draft,
    LedgerMapper,
    MembersMoved,
    Receipt,
    RepeatedRequest,
    SealedEvent,
    StreamMoved,
    append,
    erase_requests,
    lock_head,
    read_between,
    read_past,
    read_receipts,
    read_streams,
    stands,
)
from ledger.story import (
    FactEvent,
    FactReported,
    Outline,
    SlugSet,
    Story,
    StoryEvent,
    StoryOpened,
    TakeRecorded,
    outline,
)
from ledger.words import source_stream, story_stream

log = logging.getLogger("factledger.writer")

# After another process got in between, the next groups hold the head from the start: deciding twice costs more.
_GROUPS_UNDER_LOCK_AFTER_CONFLICT = 8
_WHAT_IS_WRONG: Mapping[type[NotNow], str] = {
    DatabaseAway: "the database is away",
    TookTooLong: "the database took too long",
}
_TIMES_BACK = 3  # that one group may find that the database went back; no restore comes so often


@dataclass(frozen=True, slots=True)
class Recording:
    """The answer to a command that is in the ledger; `replayed` if it was there before it was sent this time."""

    receipt: Receipt
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The answer to a dry run: what would happen, and its stream before and after that. `about`: story or source,
    revision, fact and version, as the receipt would name them. Nothing has a position; all is of this moment. each: of
    a change, the stream of each event after all of it."""

    about: Mapping[str, Any]
    events: Sequence[Event]
    before: State | None
    after: State
    each: Sequence[State] = ()


Outcome = Recording | Rehearsal | Refusal | Exception
Follow = Callable[[], dict[str, Any]]  # leaves the streams as they are then; what the receipt says
Decision = tuple[list[Draft], list[SealedEvent], Follow]
Decide = Callable[[Submission], Decision]
Told = tuple[UUID, int, int]  # what readers are told of a stream, beyond a version and up to another


@dataclass(slots=True)
class Pasts:
    """What was read of the past of some streams: revisions, and what readers would be told of."""

    revisions: Mapping[tuple[UUID, int], Past]
    told: Mapping[Told, Sequence[Recorded]]

    def of(self, stream: UUID, revision: int | None) -> Past | None:
        return self.revisions.get((stream, revision)) if revision else None

    def told_in(self, stream: UUID, beyond: int, up_to: int) -> Sequence[Recorded]:
        return self.told[stream, beyond, up_to]


class PastsOfChange(Pasts):
    """With what a change has come to so far, which stands nowhere yet."""

    def __init__(self, recorded: Pasts, now: datetime) -> None:
        super().__init__({**recorded.revisions}, recorded.told)
        self._now = now
        self._begun: dict[UUID, int] = {}  # which version each stream was at
        self._happened: list[Recorded] = []

    def add(self, before: State | None, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            self._begun.setdefault(draft.stream, draft.version - 1)
            at = Moment(0, draft.version, self._now, draft.actor)
            if isinstance(draft.event, StoryEvent):
                assert before is None or isinstance(before, Story)
                if before:  # as of what it held last, it reads as it did before the change
                    self.revisions.setdefault(  # type: ignore[attr-defined]
                        (draft.stream, before.content + 1), Past(draft.event, before)
                    )
                self.revisions[draft.stream, draft.version] = Past(draft.event, before)  # type: ignore[index]
                self._happened.append(Recorded(at, draft.stream, draft.event, UUID(int=0), 0))
            before = _evolve(before, draft.event, at, draft.stream)

    def told_in(self, stream: UUID, beyond: int, up_to: int) -> Sequence[Recorded]:
        begun = min(self._begun.get(stream, up_to), up_to)
        recorded = self.told.get((stream, beyond, begun), ()) if beyond < begun else ()
        return [
            *recorded,
            *(
                one
                for one in self._happened
                if one.stream == stream
                and beyond < one.at.revision <= up_to
                and isinstance(one.event, StoryEvent)
                and one.event.topic in TOLD
            ),
        ]


@dataclass(slots=True)
class Waiting:
    submission: Submission
    answer: Callable[[Outcome], None]
    deadline: float  # time.monotonic()
    sent: UUID | None = None  # the event that was sent for it last, and may or may not be recorded
    receipt: str = ""  # what its receipt says besides position and time
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """An event of our own with its place in the ledger."""

    draft: Draft
    position: int
    at: datetime

    def moment(self) -> Moment:
        return Moment(self.position, self.draft.version, self.at, self.draft.actor)


@dataclass(frozen=True, slots=True)
class Held:
    """A stream as far as it was read or written: its state, its version, and the bytes that stand behind it.

    No rule looks at the place of an event in the ledger, so `state` is as it was when our own events were decided: they
    have no place in it. `told` has every place, but lacks the events in `untold`: to fold those twice is half of the
    work of a group, and only a dry run shows a state to anybody. A state that was not needed, because nothing was done
    but to report facts, was not folded at all: then there is only its `outline`.
    """

    state: State | None
    version: int
    size: int
    told: State | None
    untold: Sequence[Placed] = ()
    outline: Outline | None = None

    @property
    def is_folded(self) -> bool:
        return self.outline is None

    def retold(self) -> "Held":
        if not self.untold:
            return self
        state = self.told
        for placed in self.untold:
            state = _evolve(state, placed.draft.event, placed.moment(), placed.draft.stream)
        return Held(state, self.version, self.size, state)


_ABSENT = Held(None, 0, 200, None)
_UNTOLD = 1_000  # events of one stream that may wait for being folded a second time


@dataclass(slots=True)
class Course:
    """A stream as a group leaves it so far. What was reported last is in `outline` and not folded into `state` yet;
    that is in `unfolded`, and before it what is held, where that is not folded either (`is_behind`)."""

    state: State | None
    version: int
    outline: Outline | None = None
    unfolded: list[Draft] = field(default_factory=list)
    is_behind: bool = False


# Streams as they were, sources that were there, and where slugs led.
Kept = tuple[dict[UUID, Course | None], set[str], dict[UUID, str]]


@dataclass(slots=True)
class Decided:
    """What a group came to: the events to append with who waits for them, and who was refused or must wait."""

    membership: int  # how far the keyring had heard when keys and sources were looked at
    seen: Seen  # the last event that it was decided by
    events: list[SealedEvent]
    drafts: list[Draft]
    requests: list[RepeatedRequest]
    accepted: list[tuple[Waiting, int]]  # with the index of its last event
    refused: list[tuple[Waiting, Refusal]]
    postponed: list[Waiting]
    ahead: dict[UUID, Course]  # each stream as the group leaves it
    led: dict[UUID, str]  # where slugs lead that it gives to stories


class Writer:
    """One a process. `submit` from any thread; `answer` is called once for each, from the writer's own thread."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        mapper: LedgerMapper | None = None,
        losses: Losses | None = None,
        held_bytes: int | None = None,
    ) -> None:
        """held_bytes: behind the states that it keeps in memory, where few of them are asked for twice."""
        self.database = database
        self.keyring = keyring
        self.mapper = mapper or LedgerMapper()
        self.losses = losses or Losses()
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._connection: Connection[Row] | None = None
        self._held: OrderedDict[UUID, Held] = OrderedDict()
        self._led: dict[UUID, str] = {}  # as in `slugs.Led`
        self._held_bytes = 0
        self._may_hold = held_bytes
        self._seen = NOTHING_SEEN  # the last event that anything held is made of
        self._is_in_doubt = False
        self._sources_as_of = 0  # where the keyring was when those of what is held were read
        self._damaged: dict[UUID, int] = {}  # those of what is held, with the position from which on
        self._groups_under_lock = 0
        self._is_closed = False
        self._closing = Lock()  # held by whoever hands in, so that nothing comes to the queue behind its end
        self._thread = Thread(target=self._run, name="ledger writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Answers what is waiting, then ends."""
        with self._closing:
            self._is_closed = True
            self._queue.put(None)
        self._thread.join()
        if self._connection is not None:
            self._connection.close()

    def submit(self, submission: Submission, answer: Callable[[Outcome], None]) -> None:
        """Hands in a command. Raises LedgerBusy when too many wait already, LedgerClosed after the end."""
        waiting = self._queue.qsize()
        if waiting >= limits.WAITING_COMMANDS:
            raise LedgerBusy(waiting=waiting)
        with self._closing:
            if self._is_closed:
                raise LedgerClosed
            self._queue.put(Waiting(submission, answer, time.monotonic() + limits.COMMAND_SECONDS))

    def record(self, submission: Submission) -> Recording:
        """Hands in a command that is no dry run and waits for its answer; raises what is refused."""
        outcome = self.outcome_of(submission)
        assert isinstance(outcome, Recording), "nothing is only tried"
        return outcome

    def outcome_of(self, submission: Submission) -> "Recording | Rehearsal":
        """Hands in a command, to be recorded or only tried, and waits for its answer; raises what is refused."""
        answers: SimpleQueue[Outcome] = SimpleQueue()
        self.submit(submission, answers.put)
        outcome = answers.get()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def waiting(self) -> int:
        return self._queue.qsize()

    @property
    def failure(self) -> str | None:
        """Why nothing will be recorded any more."""
        if self._thread.is_alive():
            return None
        return f"nothing is recorded: its thread ({self._thread.name}) has ended; start the server again"

    def doubt(self) -> None:
        """The database went back in time: what is held is forgotten before anything is decided. From any thread."""
        self._is_in_doubt = True

    # --- The loop ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        ending = False
        while not ending:
            first = self._queue.get()
            if first is None:
                return
            group = [first]
            try:
                while len(group) < limits.GROUP_EVENTS:
                    waiting = self._queue.get_nowait()
                    if waiting is None:
                        ending = True
                        break
                    group.append(waiting)
            except Empty:
                pass
            # What is only tried comes after what is recorded, and so meets it as it is in the ledger.
            self._serve([waiting for waiting in group if not waiting.submission.dry_run])
            self._serve([waiting for waiting in group if waiting.submission.dry_run])

    def _serve(self, group: list[Waiting]) -> None:
        """Answers every command of the group, whatever happens; either all of them are dry runs, or none."""
        # What was sent before may be recorded, and only under the lock is that looked for.
        under_lock = self._groups_under_lock > 0 or any(
            waiting.sent or _is_held_up_elsewhere(waiting) for waiting in group
        )
        went_back = 0
        at_once = len(group)
        while group:
            now, later = group[:at_once], group[at_once:]
            try:
                if self._is_in_doubt:
                    self._is_in_doubt = False
                    self._forget_all()
                if group[0].submission.dry_run:
                    group = self._rehearse(now) + later
                    continue
                left = self._under_lock(now) if under_lock else self._attempt(now)
                at_once = max(at_once, 2 * (len(now) - len(left)))
                group = left + later
                under_lock = (
                    self._groups_under_lock > 0
                    or any(waiting.sent for waiting in later)
                    or any(map(_is_held_up_elsewhere, group))
                )
            except (psycopg.OperationalError, psycopg.InternalError, DatabaseAway) as error:
                trouble = TookTooLong() if isinstance(error, TOO_LONG) else DatabaseAway()
                log.warning("%s: %s", _WHAT_IS_WRONG[type(trouble)], type(error).__name__)
                self._disconnect()
                group = self._expire(group, trouble)
                under_lock = True
                # Where it was too much to do, less may be done in time. What was sent is looked for all at once.
                at_once = len(group) if any(one.sent for one in group) else max(1, len(now) // 2)
                if group:
                    time.sleep(0.1)
            except WentBack as error:
                went_back += 1
                if went_back > _TIMES_BACK:
                    self._give_up(group, error)
                    return
                self._start_anew(error)
                under_lock = True
            except Exception as error:
                self._disconnect()
                self._forget_all()
                group = [waiting for waiting in group if not waiting.answered]
                if len(group) == 1:
                    log.exception("a command could not be decided")
                    self._answer(group[0], error)
                    return
                # Somebody's command does this; each goes on alone, so that it fails alone.
                for waiting in group:
                    if waiting.sent:
                        self._forget_all()  # so that its event, if it is recorded, is found among what is read
                    self._serve([waiting])
                return

    def _start_anew(self, error: WentBack) -> None:
        """Forgets what is not there any more. The group is decided again, and its keys are looked at again: one that
        was issued since then is gone, too."""
        log.warning("%s", error)
        seen = max(self._seen, self.keyring.seen, key=_place)
        self._forget_all()
        self.keyring.doubt()
        self.losses.note(seen)

    def _give_up(self, group: list[Waiting], error: Exception) -> None:
        log.error("what is read is at odds with itself", exc_info=error)
        for waiting in group:
            self._answer(waiting, error)

    def _expire(self, group: list[Waiting], trouble: NotNow) -> list[Waiting]:
        now = time.monotonic()
        for waiting in group:
            if waiting.deadline <= now:
                is_known = waiting.submission.dry_run or (
                    isinstance(trouble, TookTooLong) and not waiting.sent
                )
                self._answer(waiting, trouble if is_known else OutcomeUnknown())
        return [waiting for waiting in group if not waiting.answered]

    # --- Two ways to record a group ------------------------------------------------------------------------------

    def _attempt(self, group: list[Waiting]) -> list[Waiting]:
        """Decides against what is cached and appends in one round trip; returns those that are not answered yet."""
        connection = self._connected()
        self._learn(connection, group, anew=False)
        decided = self._decide(group, self._pasts(connection, group))
        if any(waiting.submission.series for waiting, _ in decided.refused):
            self._groups_under_lock = _GROUPS_UNDER_LOCK_AFTER_CONFLICT
            return group
        if decided.events:
            try:
                position, at = self._append(connection, decided)
            except StreamMoved:
                self._groups_under_lock = _GROUPS_UNDER_LOCK_AFTER_CONFLICT
                return group
            except ClocksApart:
                # What comes again that was recorded before is answered nevertheless; that is looked at under the lock.
                self._groups_under_lock = max(1, self._groups_under_lock)
                return group
            except MembersMoved:
                return self._readmit(connection, group)
            self._settle(decided, position, at)
        if decided.refused:
            decided.postponed += self._confirm(connection, [waiting for waiting, _ in decided.refused])
        return decided.postponed

    def _under_lock(self, group: list[Waiting]) -> list[Waiting]:
        """Reads anew what the group is about while no one else can write, then decides and appends."""
        self._groups_under_lock = max(0, self._groups_under_lock - 1)
        connection = self._connected()
        position, at = 0, datetime.now(UTC)
        try:
            with connection.transaction():
                lock_head(connection)
                found = self._learn(connection, group)
                group = self._answer_recorded(connection, group, found)
                decided = self._decide(group, self._pasts(connection, group))
                if decided.events:
                    position, at = self._append(connection, decided)
        except MembersMoved:
            return self._readmit(connection, group)
        except ClocksApart as apart:
            for waiting, _ in decided.accepted:
                self._answer(waiting, apart)
            decided.events.clear()
        if decided.events:
            self._settle(decided, position, at)
        for waiting, refusal in decided.refused:
            self._answer(waiting, refusal)
        return decided.postponed

    def _confirm(self, connection: Connection[Row], refused: list[Waiting]) -> list[Waiting]:
        """Asks the rules again with fresh states; returns those that would be accepted after all."""
        found = self._learn(connection, refused)
        pasts = self._pasts(connection, refused)
        doubtful = []
        for waiting in self._answer_recorded(connection, refused, found):
            decided = self._decide([waiting], pasts)
            for _, refusal in decided.refused:
                self._answer(waiting, refusal)
            if not decided.refused:
                doubtful.append(waiting)
        return doubtful

    def _append(self, connection: Connection[Row], decided: Decided) -> tuple[int, datetime]:
        sent_before = {id(waiting): waiting.sent for waiting, _ in decided.accepted}
        for waiting, index in decided.accepted:
            waiting.sent = decided.events[index].event_id
        erased = [
            draft.stream for draft in decided.drafts if isinstance(draft.event, ContactErased | RequestErased)
        ]

        def recording() -> tuple[int, datetime]:
            return append(connection, decided.events, decided.requests, decided.membership, decided.seen)

        try:
            if not erased:
                return recording()
            with connection.transaction():
                recorded = recording()
                erase_requests(connection, erased)
                return recorded
        except TOO_LONG:  # of what it has cut off, the database itself says that nothing came
            for waiting, _ in decided.accepted:
                waiting.sent = sent_before[id(waiting)]
            raise

    def _answer_recorded(
        self, connection: Connection[Row], group: list[Waiting], found: Mapping[UUID, Recorded]
    ) -> list[Waiting]:
        """Answers those whose event or request is in the ledger already; returns the others."""
        left = []
        for waiting in group:
            recorded = found.get(waiting.sent) if waiting.sent else None
            if recorded is None:
                left.append(waiting)
            else:
                receipt = Receipt(recorded.at.position, recorded.at.recorded_at, waiting.receipt)
                self._answer(waiting, Recording(receipt))
        asked = set().union(*(_pairs(waiting.submission) for waiting in left))
        known = read_receipts(connection, asked) if asked else {}
        if not known:
            return left
        rest = []
        for waiting in left:
            try:
                before = _receipt(waiting.submission, known)
            except Refusal as refusal:
                self._answer(waiting, refusal)
                continue
            if before is None or waiting.submission.dry_run:
                rest.append(waiting)  # whoever tries it again wants to know how it would go now
            else:
                self._answer(waiting, Recording(before, replayed=True))
        return rest

    def _readmit(self, connection: Connection[Row], group: list[Waiting]) -> list[Waiting]:
        """Learns what changed among the members; returns those whose key still opens."""
        self.keyring.refresh(connection)
        now = datetime.now(UTC)
        admitted = []
        for waiting in group:
            if self.keyring.admits(waiting.submission.actor, now):
                admitted.append(waiting)
            else:
                self._answer(waiting, KeyRefused())
        return admitted

    # --- Only trying ---------------------------------------------------------------------------------------------

    def _rehearse(self, group: list[Waiting]) -> list[Waiting]:
        """Decides each by itself against what the ledger holds now, and answers what would happen. Nothing is appended
        or remembered, so none meets another, nor what comes after it."""
        connection = self._connected()
        self.keyring.refresh(connection)  # no append looks whether a key was revoked elsewhere
        self._learn(connection, group)
        for stream in self._streams(group):
            if stream in self._held:
                self._held[stream] = self._held[stream].retold()
        pasts = self._pasts(connection, group)
        now = datetime.now(UTC)
        for waiting in self._answer_recorded(connection, group, {}):
            submission = waiting.submission
            before, version = self._state(submission.stream)
            streams = _Ahead({}, self._state, self._held, self._led)
            try:
                if submission.parts:
                    drafts, _, follow = self._decide_each(submission, streams, pasts, now)
                    change, left = follow(), streams.whole(drafts[-1].stream)[0]
                    assert left is not None, "what something happened to is there"
                    tried = [
                        (draft.event, state)
                        for draft in drafts
                        if not (isinstance(draft.event, Written) or _is_beside(draft))
                        and (state := streams.whole(draft.stream)[0])
                    ]
                    context = _context(submission, before, now, streams, pasts)
                    change |= named_by_events(_of_story(tried), context)
                    happened, each = zip(*tried, strict=True)
                    self._answer(waiting, Rehearsal(change, happened, before, left, each))
                    continue
                drafts, _ = self._draft(submission, before, version, streams, pasts, now)
            except Refusal as refusal:
                self._answer(waiting, refusal)
                continue
            own = [draft for draft in drafts if not _is_beside(draft)]
            events = [draft.event for draft in own if not isinstance(draft.event, Written)]
            after = _with(before, own, now)
            context = _context(submission, before, now, streams, pasts)
            about = _about(submission, drafts, before, after, context)
            about |= named_by_events(_of_story([(events[-1], after)]), context)
            self._answer(waiting, Rehearsal(about, events, before, after))
        return []

    # --- Deciding ------------------------------------------------------------------------------------------------

    def _decide(self, group: list[Waiting], pasts: Pasts) -> Decided:
        """Decides one after the other, each seeing what those before it would do; stops at the limits of a group."""
        seen = max(self._seen, self.keyring.seen, key=_place)
        membership = min(self.keyring.position, self._sources_as_of)
        decided = Decided(membership, seen, [], [], [], [], [], [], {}, {})
        now = datetime.now(UTC)
        streams = _Ahead(decided.ahead, self._state, self._held, self._led, decided.led)
        repeats: set[origins.Pair] = set()
        size, until = 0, time.monotonic() + limits.GROUP_SECONDS
        for index, waiting in enumerate(group):
            if (decided.events or decided.refused) and time.monotonic() > until:
                decided.postponed += group[index:]
                break
            submission = waiting.submission = _led_on(waiting.submission, streams.led)
            item = origins.item_of(submission)
            if repeats & (_pairs(submission) - {item}):
                decided.postponed.append(waiting)  # its twin is just being recorded; then it is a repetition
                continue
            if item in repeats or any(
                self._looks_at_what_is_coming(one, streams) for one in submission.each()
            ):
                # What it looks at is just being recorded; then it can be read. All else stays behind it.
                decided.postponed += group[index:]
                break
            before = streams.kept(submission) if submission.parts else None
            try:
                drafts, sealed, follow = self._decide_each(submission, streams, pasts, now)
            except Refusal as refusal:
                if before:
                    streams.take_back(before)
                decided.refused.append((waiting, refusal))
                if submission.series and submission.series.is_strict:
                    decided.postponed += group[index + 1 :]
                    break
                continue
            size += sum(len(event.state) for event in sealed)
            if decided.events and (
                size > limits.GROUP_BYTES or len(decided.events) + len(sealed) > limits.GROUP_EVENTS
            ):
                if before:
                    streams.take_back(before)
                decided.postponed += group[index:]
                break
            about = follow()
            decided.requests += [
                slugs.taken(draft.takes, len(decided.events) + place)
                for place, draft in enumerate(drafts)
                if draft.takes
            ]
            waiting.receipt = orjson.dumps({"event_id": sealed[-1].event_id, **about}).decode()
            decided.drafts += drafts
            decided.events += sealed
            decided.accepted.append((waiting, len(decided.events) - 1))
            for pair, mark in _marks(submission, sealed[-1].salt, drafts):
                repeats.add(pair)
                decided.requests.append(
                    RepeatedRequest(*pair, mark, len(decided.events) - 1, waiting.receipt)
                )
        return decided

    def _decide_each(
        self, submission: Submission, streams: "_Ahead", pasts: Pasts, now: datetime
    ) -> Decision:
        """The events that a command, or each of a change, makes happen. By a change the streams are moved already."""
        if not submission.parts:
            return self._decide_one(submission, streams, pasts, now)
        story = streams.whole(submission.stream)[0]
        if isinstance(story, Story):
            check_if_match(story, submission.if_match)
        is_as_named = submission.if_match is not None and not submission.if_match.is_any
        known_as = {slug for _, slug in story.slugs} if isinstance(story, Story) else set()
        pasts = PastsOfChange(pasts, now)
        drafts: list[Draft] = []
        sealed: list[SealedEvent] = []
        told: list[dict[str, Any]] = []
        for index, part in enumerate(submission.parts):
            try:
                made = _led_on(part.made(told, known_as), streams.led)
                state = streams.whole(made.stream)[0]
                decide = partial(self._decide_one, streams=streams, pasts=pasts, now=now, is_part=True)
                if isinstance(story, Story):
                    saw = story.revision if is_as_named else part.saw
                    if is_as_named:
                        made = _seen_at(story.revision, made)
                    _check_was_there(story, saw, part.names(known_as), part.looked_at, index)
                    if saw and part.publishes_own:
                        check_all_seen(story, saw)
                    if part.changes_own:
                        before = (one.looked_at for one in submission.parts[:index])
                        decide = partial(_decide_as_seen, decide, story, saw or max(before, default=0))
                own, events, follow = decide(made)
                about = follow()
                _check_lapses_nothing(streams.whole(made.stream)[0], told)
            except Refusal as refusal:
                if isinstance(refusal, StoryMovedOn | RevisionNotNamed) and isinstance(story, Story):
                    named = refusal.details
                    if named.get("changed_in", 0) > story.revision:
                        refusal = ChangedBefore(what=named["what"], pointer=refusal.pointer)
                    else:  # where it stands, without the acts that are not recorded
                        named = named | {"revision": story.revision}
                        refusal = type(refusal)(pointer=refusal.pointer, **named)
                refusal.part = index
                raise refusal from None
            ids = {} if submission.dry_run else {"event_id": events[-1].event_id}  # what is tried has none
            told.append({**ids, **about})
            pasts.add(state, own)
            known_as |= {draft.takes for draft in own if draft.takes}
            drafts += own
            sealed += events
        _warn_at_the_end(submission, told, streams.whole(submission.stream)[0])
        return drafts, sealed, partial(_about_change, submission, told)

    def _decide_one(
        self,
        submission: Submission,
        streams: "_Ahead",
        pasts: Pasts,
        now: datetime,
        *,
        is_part: bool = False,
    ) -> Decision:
        if is_decided_by_outline(submission.command):
            drafts, sealed = self._draft_report(submission, streams, now)
            return drafts, sealed, partial(streams.follow_report, submission, drafts[0])
        state, version = streams.whole(submission.stream)
        drafts, sealed = self._draft(submission, state, version, streams, pasts, now)

        def follow() -> dict[str, Any]:
            own = [draft for draft in drafts if not _is_beside(draft)]
            after = _with(state, own, now)
            context = _context(submission, state, now, streams, pasts)
            streams.follow(submission.stream, Course(after, own[-1].version))
            for draft in filter(_is_beside, drafts):
                other = _with(streams.whole(draft.stream)[0], [draft], now)
                streams.follow(draft.stream, Course(other, draft.version))
            streams.lead(drafts, after)
            return _about(submission, drafts, state, after, context, is_part=is_part)

        return drafts, sealed, follow

    def _draft(
        self,
        submission: Submission,
        state: State | None,
        version: int,
        streams: "_Ahead",
        pasts: Pasts,
        now: datetime,
    ) -> tuple[list[Draft], list[SealedEvent]]:
        """The events that a command makes happen, for their places in its stream; raises what is refused."""
        self._check_taken(submission, now)
        context = _context(submission, state, now, streams, pasts)
        events = decide(state, submission.command, submission.number, context)
        drafts = [
            Draft(
                submission.stream,
                version + step,
                event,
                submission.actor.member,
                submission.request_id,
                withdraws(event)
                or _tightens(state, event, Moment(0, version + step, now, submission.actor.member)),
                _taken_by(state, event),
            )
            for step, event in enumerate(events, start=1)
        ]
        if other := of_both(events[-1]):  # before its own, which the receipt is of
            beside = source_stream(other)
            self._check_whole(beside)
            version = streams.whole(beside)[1] + 1
            drafts.insert(0, replace(drafts[-1], stream=beside, version=version))
        return drafts, [self.mapper.to_stored_event(draft) for draft in drafts]

    def _draft_report(
        self, submission: Submission, streams: "_Ahead", now: datetime
    ) -> tuple[list[Draft], list[SealedEvent]]:
        """The same of a report, for which no story is folded."""
        self._check_taken(submission, now)
        outline, version = streams.outline(submission.stream)
        context = Context(
            submission.actor,
            now,
            submission.story,
            streams,
            if_match=submission.if_match,
            outlines=streams.outlines,
            registered=streams.registered,
        )
        (event,) = decide(outline, submission.command, submission.number, context)
        draft = Draft(submission.stream, version + 1, event, submission.actor.member, submission.request_id)
        return [draft], [self.mapper.to_stored_event(draft)]

    def _check_taken(self, submission: Submission, now: datetime) -> None:
        if submission.series and submission.series.is_over:
            raise SeriesOver
        key = self.keyring.key(submission.actor.key) if submission.actor.key else None
        if key and not key.opens(now):  # revoked, or at its end, since it let the command in
            raise KeyRefused
        self._check_whole(submission.stream)

    def _check_whole(self, stream: UUID) -> None:
        if stream in self._damaged:
            raise StreamDamaged(position=self._damaged[stream])

    def _looks_at_what_is_coming(self, submission: Submission, streams: "_Ahead") -> bool:
        """Whether the rule looks into the past of a stream that the group would move on."""
        if is_decided_by_outline(submission.command):
            return False
        state, version = streams.whole(submission.stream)
        recorded = self._held.get(submission.stream, _ABSENT).version
        if recorded == version:
            return False
        glance = looks_back(submission.command, submission.number, state, submission.if_match)
        if isinstance(submission.command, UndoRevision) and glance and not glance.after_public:
            return submission.number is not None and recorded < submission.number <= version
        return glance is not None

    def _settle(self, decided: Decided, position: int, at: datetime) -> None:
        """After the commit: answers first, then moves the cached states on."""
        for waiting, index in decided.accepted:
            receipt = Receipt(position + index, at + index * MICROSECOND, waiting.receipt)
            self._answer(waiting, Recording(receipt))
        moved: dict[UUID, list[Placed]] = {stream: [] for stream in decided.ahead}
        sizes = dict.fromkeys(moved, 0)
        for index, (draft, event) in enumerate(zip(decided.drafts, decided.events, strict=True)):
            moved[draft.stream].append(Placed(draft, position + index, at + index * MICROSECOND))
            sizes[draft.stream] += len(event.state)
        self._led |= decided.led
        for stream, course in decided.ahead.items():
            held = self._held.get(stream, _ABSENT)
            untold = [*held.untold, *moved[stream]]
            size = held.size + sizes[stream]
            held = Held(course.state, course.version, size, held.told, untold, course.outline)
            is_long = len(untold) > _UNTOLD and not isinstance(untold[-1].draft.event, Written)
            self._hold(stream, held.retold() if is_long else held)
        self._seen = Seen(position + len(decided.events) - 1, decided.events[-1].event_id)

    def _answer(self, waiting: Waiting, outcome: Outcome) -> None:
        if waiting.answered:
            return
        waiting.answered = True
        if waiting.submission.series:
            _hear(waiting.submission.series, outcome)
        try:
            waiting.answer(outcome)
        except Exception:
            log.exception("an answer could not be delivered")

    # --- What is known of the streams ----------------------------------------------------------------------------

    def _streams(self, group: Iterable[Waiting]) -> set[UUID]:
        streams: set[UUID] = set()
        for submission in _each(group):
            streams.add(submission.stream)
            if is_decided_by_outline(submission.command) and not submission.dry_run:
                streams |= leans_on(submission.command, None)
                continue
            state = self._state(submission.stream)[0]
            streams |= leans_on(submission.command, state, submission.number)
            if isinstance(submission.command, DeclineRequest) and isinstance(state, Request):
                state = self._state(story_stream(state.story))[0]
            elif not submission.dry_run:
                continue
            if isinstance(state, Story):
                streams |= streams_of_protected(state)  # it is told where a text names one of them
        streams = {_led_to(stream, self._led) for stream in streams}
        ahead = streams
        while ahead := {other for stream in ahead for other in self._one_with(stream)} - streams:
            streams |= ahead
        return streams

    def _one_with(self, stream: UUID) -> Iterator[UUID]:
        """The streams of the sources that this one is known to be the same as."""
        held = self._held.get(stream, _ABSENT).state
        return map(source_stream, held.one_with if isinstance(held, Source) else ())

    def _learn(
        self, connection: Connection[Row], group: list[Waiting], *, anew: bool = True
    ) -> dict[UUID, Recorded]:
        """Brings what the group is about up to date, or no more than what is not held; what was new, by event id."""
        if self._sources_as_of != self.keyring.position:  # some may be the same as others by now
            self._sources_as_of = self.keyring.position
            for stream in [one for one, held in self._held.items() if isinstance(held.state, Source)]:
                self._held_bytes -= self._held.pop(stream).size
        for waiting in group:
            waiting.submission = _led_on(waiting.submission, self._led)
        streams = self._streams(group)
        wanting = streams if anew else self._wanting(group, streams)
        if not wanting:
            return {}
        found = self._read(connection, wanting)
        for waiting in group:
            waiting.submission = _led_on(waiting.submission, self._led)
        # Some states tell, once they are read, on what else the rule leans.
        new = found
        while new and (more := self._streams(group) - streams):
            new = self._read(connection, more)
            found |= new
            streams |= more
        self._let_go(keep=streams)
        return found

    def _wanting(self, group: list[Waiting], streams: set[UUID]) -> set[UUID]:
        """Those that are not held, or not to be trusted as they are held. What rules lean on in other streams only
        grows, so that an old state accepts nothing wrongly; but a story that was public may be so no longer. That a
        source was joined to another is heard as what happens to members is: an append before that is refused."""
        wanting = {stream for stream in streams if stream not in self._held}
        for submission in _each(group):
            if isinstance(submission.command, RequestCorrection | DeclineRequest | TakeItem):
                wanting |= leans_on(submission.command, self._state(submission.stream)[0])
        return wanting

    def _state(self, stream: UUID) -> tuple[State | None, int]:
        stream = _led_to(stream, self._led)
        held = self._held.get(stream, _ABSENT)
        if not held.is_folded:
            held = self._held[stream] = held.retold()
        return held.state, held.version

    def _read(self, connection: Connection[Row], streams: set[UUID]) -> dict[UUID, Recorded]:
        """Brings the streams up to date, those of slugs where they lead to; what was new, by event id."""
        # Before anything is read: what is held and what is read would be of two histories.
        if not stands(connection, self._seen):
            raise WentBack(f"the event that was seen at position {self._seen.position} is not there")
        streams = {_led_to(stream, self._led) for stream in streams}
        moved: dict[UUID, Held] = {}
        found = {}
        after = {stream: self._held.get(stream, _ABSENT).version for stream in streams}
        for recorded in read_streams(connection, after, self.mapper):
            held = moved.get(recorded.stream) or self._held.get(recorded.stream, _ABSENT).retold()
            if isinstance(recorded.event, OutOfPlace):
                self._damaged.setdefault(recorded.stream, recorded.at.position)
            state = _evolve(held.state, recorded.event, recorded.at, recorded.stream)
            moved[recorded.stream] = Held(state, recorded.at.revision, held.size + recorded.size, state)
            found[recorded.event_id] = recorded
            if recorded.at.position > self._seen.position:
                self._seen = Seen(recorded.at.position, recorded.event_id)
        for stream in streams:
            self._hold(stream, moved.get(stream) or self._held.get(stream, _ABSENT))
        absent = {stream for stream in streams if self._held[stream].version == 0}
        if absent and (led := slugs.led(connection, absent)):
            self._led |= led
            found |= self._read(connection, {*map(story_stream, led.values())})
        return found

    def _pasts(self, connection: Connection[Row], group: Iterable[Waiting]) -> Pasts:
        """What commands of the group look back at, as far as the states that are held reach: of what is beyond them
        nothing is said yet. A stream is folded once, however many look back into it."""
        wanted: dict[UUID, set[int]] = {}
        told: set[Told] = set()
        for submission in _each(group):
            if is_decided_by_outline(submission.command):
                continue
            state, version = self._state(submission.stream)
            glance = looks_back(submission.command, submission.number, state, submission.if_match)
            if glance is None:
                continue
            looked_at = {one for one in (glance.revision, glance.after_public) if one and one <= version}
            if looked_at:
                wanted.setdefault(submission.stream, set()).update(looked_at)
            if glance.told:
                told.add((submission.stream, *glance.told))
        told |= self._told_before_changes(group)
        pasts: dict[tuple[UUID, int], Past] = {}
        for stream, revisions in wanted.items():
            before: State | None = None
            for recorded in read_past(connection, stream, max(revisions), self.mapper):
                event, at = recorded.event, recorded.at
                assert isinstance(event, StoryEvent | Erased)
                assert before is None or isinstance(before, Story)
                if at.revision in revisions:
                    pasts[stream, at.revision] = Past(event, before)
                before = _evolve(before, event, at, stream)
        self._follow_grounds(connection, group, pasts)
        stretches = sorted(told)
        found = read_between(connection, stretches, TOLD, self.mapper, {})
        return Pasts(pasts, dict(zip(stretches, found, strict=True)))

    def _told_before_changes(self, group: Iterable[Waiting]) -> set[Told]:
        """What readers would be told of besides what a change itself brings, where it publishes that."""
        found: set[Told] = set()
        for waiting in group:
            parts = waiting.submission.parts
            state, version = self._state(waiting.submission.stream) if parts else (None, 0)
            publishes = any(isinstance(part.first.command, PublishStory | ReleaseStory) for part in parts)
            if publishes and isinstance(state, Story) and state.editions and state.editions[-1] < version:
                found.add((waiting.submission.stream, state.editions[-1], version))
        return found

    def _follow_grounds(
        self, connection: Connection[Row], group: Iterable[Waiting], pasts: Mapping[tuple[UUID, int], Past]
    ) -> None:
        """Brings the stories up to date that stand, at any distance, below what facts of the group are to rest on."""
        asked = [one for one in _each(group) if not is_decided_by_outline(one.command)]
        if not asked:
            return
        named = [grounds_in(one.command, pasts.get((one.stream, one.number or 0))) for one in asked]
        grounds = [each for each in named if each]
        fresh = {one.stream for one in asked}
        streams = _Ahead({}, self._state, self._held, self._led)
        while further := {stream for each in grounds for stream in stories_below(each, streams)} - fresh:
            self._read(connection, further)
            fresh |= further

    def _hold(self, stream: UUID, held: Held) -> None:
        before = self._held.get(stream)
        self._held_bytes += held.size - (before.size if before else 0)
        self._held[stream] = held
        self._held.move_to_end(stream)

    def _let_go(self, keep: set[UUID]) -> None:
        """Forgets the least recently used streams beyond the limit, but none that the group is about."""
        may_hold = limits.CACHED_STATE_BYTES if self._may_hold is None else self._may_hold
        for stream in list(self._held):
            if self._held_bytes <= may_hold:
                return
            if stream not in keep:
                self._held_bytes -= self._held.pop(stream).size

    def _forget_all(self) -> None:
        self._held.clear()
        self._led.clear()
        self._held_bytes = 0
        self._seen = NOTHING_SEEN
        self._damaged.clear()

    # --- The connection ------------------------------------------------------------------------------------------

    def _connected(self) -> Connection[Row]:
        if self._connection is None or self._connection.closed:
            # A process that stops in the middle of a transaction must not hold the head for long.
            self._connection = self.database.connect(
                name="writer",
                statement_timeout="15000",
                lock_timeout="5000",
                idle_in_transaction_session_timeout="5000",
            )
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _Ahead(Mapping[UUID, State | None]):
    """The states as the group would leave them, over those that are held."""

    def __init__(
        self,
        ahead: dict[UUID, Course],
        state: Callable[[UUID], tuple[State | None, int]],
        held: Mapping[UUID, Held],
        led: dict[UUID, str],
        led_ahead: dict[UUID, str] | None = None,
    ) -> None:
        self._led_ahead = {} if led_ahead is None else led_ahead
        self.led = ChainMap(self._led_ahead, led)
        self._ahead = ahead
        self._state = state
        self._held = held
        self.registered: set[str] = set()  # sources that a command of the group found there, and may name
        self.now = datetime.now(UTC)

    @property
    def outlines(self) -> "_Outlines":
        return _Outlines(self)  # not kept: each would hold the other, and so all that a group was about

    def __getitem__(self, stream: UUID) -> State | None:
        stream = _led_to(stream, self.led)
        if stream not in self._ahead and stream not in self._held:
            raise KeyError(stream)
        return self.whole(stream)[0]

    def __iter__(self) -> Any:
        return iter(self._ahead.keys() | self._held.keys())

    def __len__(self) -> int:
        return len(self._ahead.keys() | self._held.keys())

    def whole(self, stream: UUID) -> tuple[State | None, int]:
        """The state, with all that is folded which was not, and the version."""
        course = self._ahead.get(stream)
        if course is None:
            return self._state(stream)
        if course.outline is not None:
            state = self._state(stream)[0] if course.is_behind else course.state
            # Places are told as 0, as of all that is not recorded yet.
            for draft in course.unfolded:
                at = Moment(0, draft.version, self.now, draft.actor)
                state = _evolve(state, draft.event, at, draft.stream)
            course = self._ahead[stream] = Course(state, course.version)
        return course.state, course.version

    def follow(self, stream: UUID, course: Course) -> None:
        self._ahead[stream] = course
        if isinstance(course.state, Source):
            self.registered.discard(course.state.source)  # it may be the same as another by now

    def kept(self, submission: Submission) -> Kept:
        """Those that it moves, as they are, to be taken back to."""
        moved = {one.stream for one in submission.each()}
        for one in submission.each():
            if isinstance(one.command, MergeSource | PartSource):
                moved |= leans_on(one.command, self.whole(one.stream)[0])
        found = {stream: self._ahead.get(stream) for stream in moved}
        copied = {name: one and replace(one, unfolded=[*one.unfolded]) for name, one in found.items()}
        return copied, {*self.registered}, {**self._led_ahead}

    def take_back(self, kept: Kept) -> None:
        courses, self.registered, led = kept
        self._led_ahead.clear()
        self._led_ahead |= led
        for stream, course in courses.items():
            if course is None:
                self._ahead.pop(stream, None)
            else:
                self._ahead[stream] = course

    def lead(self, drafts: Iterable[Draft], story: State) -> None:
        """From the streams of slugs that it got to its own."""
        if isinstance(story, Story):
            self._led_ahead |= {
                story_stream(draft.takes): story.first_slug
                for draft in drafts
                if draft.takes and isinstance(draft.event, SlugSet)
            }

    def outline(self, stream: UUID) -> tuple[Outline | None, int]:
        stream = _led_to(stream, self.led)
        course = self._ahead.get(stream) or self._held.get(stream, _ABSENT)
        if course.outline is not None:
            return course.outline, course.version
        return outline(course.state) if isinstance(course.state, Story) else None, course.version

    def follow_report(self, submission: Submission, draft: Draft) -> dict[str, Any]:
        """Leaves the stream as it is after a fact was reported; what a receipt says of that."""
        stream = draft.stream
        course = self._ahead.get(stream)
        if course is None:
            held = self._held[stream]
            course = Course(held.state, held.version, held.outline, is_behind=not held.is_folded)
            self._ahead[stream] = course
        before = self.outline(stream)[0]
        assert before is not None, "nothing is reported to a story that is not there"
        course.outline, course.version = before.with_report(), draft.version
        course.unfolded.append(draft)
        about = {
            "story": submission.story,
            "revision": draft.version,
            "fact": course.outline.facts,
            "version": 1,
        }
        if isinstance(submission.command, ReportFact):
            about |= warning.in_receipt(fitting.found(submission.command, before.language))
        return about | left_out_of(before.publication)


class _Outlines(Mapping[UUID, Outline]):
    """Those of the stories among them."""

    def __init__(self, ahead: _Ahead) -> None:
        self._ahead = ahead

    def __getitem__(self, stream: UUID) -> Outline:
        found = self._ahead.outline(stream)[0]
        if found is None:
            raise KeyError(stream)
        return found

    def __iter__(self) -> Any:
        return (stream for stream in self._ahead if self._ahead.outline(stream)[0] is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _evolve(state: State | None, event: Any, at: Moment, stream: UUID) -> State | None:
    if isinstance(event, OutOfPlace):
        return state
    if isinstance(event, Written):
        event = TOPICS.read(event.topic, event.body)
    if isinstance(event, Erased) and isinstance(state, Story):
        return replace(state, revision=at.revision)
    if isinstance(event, StoryEvent):
        assert state is None or isinstance(state, Story)
        return story.evolve(state, event, at)
    if isinstance(event, MemberEvent):
        assert state is None or isinstance(state, Member)
        return member.evolve(state, event, at, stream)
    if isinstance(event, RequestEvent | Erased):  # of all else nothing is ever erased
        assert state is None or isinstance(state, Request)
        return request.evolve(state, event, at, stream)
    assert isinstance(event, SourceEvent)
    assert state is None or isinstance(state, Source)
    return source.evolve(state, event, at)


def _led_to(stream: UUID, led: slugs.Led) -> UUID:
    return story_stream(led[stream]) if stream in led else stream


def _led_on(submission: Submission, led: slugs.Led) -> Submission:
    """About the story that has the slug by now."""
    parts = submission.parts
    if any(part.first.stream in led for part in parts):
        parts = tuple(replace(part, first=_led_on(part.first, led)) for part in parts)
    first = led.get(submission.stream)
    if first is None and parts is submission.parts:
        return submission
    if first in (None, submission.story):
        return replace(submission, parts=parts)
    return replace(submission, parts=parts, stream=story_stream(first), first=first)


def _is_beside(draft: Draft) -> bool:
    """Whether it is an event of another source that stands in the stream of this one, too."""
    other = of_both(draft.event)
    return other is not None and draft.stream == source_stream(other)


def _taken_by(state: State | None, event: Any) -> str | None:
    """The slug that is the story's from the event on, where it was nobody's before."""
    if isinstance(event, StoryOpened):
        return event.slug
    is_new = isinstance(event, SlugSet) and isinstance(state, Story) and not state.has_had(event.slug)
    return event.slug if is_new else None


def _tightens(state: State | None, event: Event, at: Moment) -> bool:
    """No command does that with its second event to what its first one changed."""
    return isinstance(state, Story) and isinstance(event, StoryEvent) and story.tightens(state, event, at)


def _each(group: Iterable[Waiting]) -> Iterator[Submission]:
    """What is asked for, each part of a change by itself."""
    return (one for waiting in group for one in waiting.submission.each())


def _is_held_up_elsewhere(waiting: Waiting) -> bool:
    """Whether it is decided by facts of other stories, that nobody may change until it is recorded."""
    return any(reaches_beyond(one.command, one.story) for one in waiting.submission.each())


def _pairs(submission: Submission) -> set[origins.Pair]:
    """Under which it is found whether the same was recorded before."""
    repeat = submission.repeat
    return origins.pairs_of(submission) | ({(submission.actor.member, repeat.key)} if repeat else set())


def _marks(
    submission: Submission, salt: bytes, drafts: Sequence[Draft]
) -> Iterator[tuple[origins.Pair, bytes]]:
    """Each with what the same must come with again."""
    if submission.repeat:
        yield (submission.actor.member, submission.repeat.key), submission.repeat.recorded_as(salt)
    for made in origins.sources_of(submission):
        yield made.pair, made.mark
    for draft in drafts:
        if isinstance(draft.event, StoryOpened) and draft.event.origin:
            yield origins.pair_of_item(draft.event.origin.item), bytes(32)


def _receipt(submission: Submission, known: origins.Known) -> Receipt | None:
    """Of the same, where it was recorded; KeyReused, ItemHasStory, OriginReused."""
    repeat = submission.repeat
    match = known.get((submission.actor.member, repeat.key)) if repeat else None
    if repeat is not None and match is not None:
        if not repeat.is_recorded_as(match[0], match[1]):
            raise KeyReused
        return match[2]
    return origins.receipt_of(submission, known)


def _with(state: State | None, drafts: Sequence[Draft], now: datetime) -> State:
    """The state with the events that are not recorded yet: their place in the ledger is told as 0."""
    for draft in drafts:
        state = _evolve(state, draft.event, Moment(0, draft.version, now, draft.actor), draft.stream)
    assert state is not None, "a command that is not refused makes something happen"
    return state


def _place(seen: Seen) -> int:
    return seen.position


def _hear(series: Series, outcome: Outcome) -> None:
    """Ends a series where what follows must not be recorded."""
    match outcome:
        case Recording() | Rehearsal():
            return
        case KeyRefused() | NotNow():
            series.is_over = True
        case Refusal():
            series.is_over |= series.is_strict
        case _:
            series.is_over = True


def _context(
    submission: Submission,
    state: State | None,
    now: datetime,
    streams: Mapping[UUID, State | None],
    pasts: Pasts,
) -> Context:
    """What the rule may look at besides the state of its own stream."""
    about = submission.story or submission.source
    glance = looks_back(submission.command, submission.number, state, submission.if_match)
    if glance is None:
        return Context(submission.actor, now, about, streams, if_match=submission.if_match)
    past = pasts.of(submission.stream, glance.revision)
    told = pasts.told_in(submission.stream, *glance.told) if glance.told else ()
    shown = pasts.of(submission.stream, glance.after_public)
    public = shown.before if shown else None
    return Context(submission.actor, now, about, streams, past, told, public, submission.if_match)


def _of_story(happened: Iterable[tuple[Event, State]]) -> Iterator[tuple[StoryEvent, Story]]:
    return (
        (event, after)
        for event, after in happened
        if isinstance(event, StoryEvent) and isinstance(after, Story)
    )


def _check_was_there(
    story: Story, saw: int | None, names: Iterable[tuple[str, int, str]], looked_at: int, act: int
) -> None:
    """Refuses the number of what whoever made the change cannot have seen: it may be what somebody else made since.
    saw: the revision that the change names; looked_at: that which the act does, 0 if none."""
    if saw is not None:
        saw = max(saw, looked_at)
    seen = min(story.revision, saw or story.revision)
    there = {"fact": story.facts_at(seen), "revision": seen}
    for what, number, pointer in names:
        if number > there[what]:
            when = f"as of revision {seen}, which you looked at," if saw else "before this change"
            why = f"{when} story {story.head.story} has {there[what]} {what}{'s' * (there[what] != 1)}"
            raise NotMadeYet(act=act, place=f"{what} {number}", why=why, pointer=pointer)


def _seen_at(revision: int, made: Submission) -> Submission:
    """With that as the revision that was looked at, where it names none itself."""
    command = made.command
    if not isinstance(command, ChangeStory) or command.expected_revision is not None:
        return made
    return _naming(revision, made)


def _naming(revision: int | None, made: Submission) -> Submission:
    assert isinstance(made.command, ChangeStory)
    return replace(made, command=made.command.model_copy(update={"expected_revision": revision}))


def _decide_as_seen(decide: Decide, story: Story, saw: int, made: Submission) -> Decision:
    """What a change has changed before it may change again, but not what somebody else changed after the revision that
    was looked at. saw: that; 0 where none is named, and then only what is as the opening made it is changed."""
    try:
        return decide(_naming(saw or 1, made))
    except StoryMovedOn as moved:
        if moved.details["changed_in"] > story.revision:
            return decide(made)
        if not saw:
            return decide(_naming(None, made))
        raise


def _check_lapses_nothing(after: State | None, told: Sequence[Mapping[str, Any]]) -> None:
    """Refuses what would let an approval lapse that an earlier part of the same change asks for."""
    for one in told:
        if isinstance(after, Story) and "pending" in one and one.get("approval") in after.lapsed:
            waiting = next(each for each in after.publication.approvals if each.approval == one["approval"])
            raise LapsesAtOnce(act=waiting.act.act)


def _about_change(submission: Submission, told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the receipt of a change says: as of its last event of the story, and of each of its parts."""
    of_story = [one for one in told if "story" in one]
    last = of_story[-1] if of_story else told[-1]
    whole = {name: last[name] for name in ("story", "revision") if name in last}
    waits = {"pending": True} if any("pending" in one for one in told) else {}
    change = {} if submission.dry_run else {"change": submission.request_id}
    return {**whole, **change, **waits, "acts": list(told)}


def _warn_at_the_end(submission: Submission, told: Sequence[dict[str, Any]], story: State | None) -> None:
    if isinstance(story, Story) and submission.actor.role != "wire":
        warning.of_change([part.first.command for part in submission.parts], told, story)
    warning.in_change(told)


def _about(
    submission: Submission,
    drafts: Sequence[Draft],
    before: State | None,
    after: State,
    context: Context,
    *,
    is_part: bool = False,
) -> dict[str, Any]:
    """What the last of the events is about, as its receipt names it, and what must be said at once. is_part: of a
    change, of whose copy that is said at its end."""
    draft = drafts[-1]
    event = draft.event
    about: dict[str, Any] = {}
    if submission.story is not None:
        about = {"story": submission.story, "revision": draft.version}
    elif isinstance(event, SourceEvent):
        about = {"source": event.slug, "revision": draft.version}
    elif isinstance(event, RequestEvent):
        about = {"request": draft.stream, "revision": draft.version}
    if isinstance(submission.command, TakeItem) and isinstance(after, Story):
        about |= {"state": after.state}
        now, said = after.publication, after.said_by.get(submission.command.origin.provider, 0)
        shown = now.embargo.revision if now.embargo else now.revision
        if shown and said > shown and submission.command.signal == "usable":
            about["waits"] = True
    if isinstance(event, TakeRecorded) and event.late and isinstance(after, Story):
        newest = after.takes[event.origin.item]
        about |= {"overtaken_by": rfc3339(newest)} if newest else {}
    if submission.actor.role == "wire":  # it learns nothing of the story but what it brought itself
        pending = {"pending": True} if isinstance(event, ApprovalAsked) else {}
        return about | pending
    if isinstance(event, ApprovalEvent):
        about |= {"approval": event.approval}
    if isinstance(event, ApprovalAsked):
        about |= {"pending": True}
        if isinstance(event.act, Loosening):
            about |= {"fact": event.act.fact}
    if isinstance(event, FactReported | FactEvent):
        about |= {"fact": event.fact, "version": event.version}
    if isinstance(after, Story):
        events = [draft.event for draft in drafts]
        story = before if isinstance(before, Story) else None
        found = warning.of_act(submission.command, events, story, after, context, is_part=is_part)
        about |= warning.in_receipt(found)
    if isinstance(event, PublicationEvent) and isinstance(before, Story) and isinstance(after, Story):
        about |= newly_named(before, after, context)
    if isinstance(before, Story) and isinstance(after, Story) and isinstance(event, StoryEvent):
        about |= still_named(before, after, event, context)
    if isinstance(after, Story):
        about |= left_out(after, [draft.event for draft in drafts])
    return about
