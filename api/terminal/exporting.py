"""Writes what was recorded back as the commands that made it, one a line, for an import into another ledger."""

from bisect import bisect_right, insort_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, assert_never
from uuid import UUID, uuid5

import orjson

from api.http import lines
from ledger import commands, limits, publication
from ledger.commands import Command
from ledger.erasure import Erased, OutOfPlace
from ledger.events import Recorded
from ledger.fact import FactBody
from ledger.member import MemberEvent
from ledger.moment import Moment
from ledger.origin import Correction, Origin
from ledger.publication import (
    NEVER_PUBLISHED,
    Act,
    ApprovalAsked,
    ApprovalDeclined,
    ApprovalGiven,
    Despites,
    EmbargoLifted,
    Kill,
    Loosening,
    Publication,
    PublicationEvent,
    Restoration,
    StoryHeld,
    StoryKilled,
    StoryPublished,
    StoryReleased,
    StoryRestored,
    StoryTakenDown,
    Takedown,
)
from ledger.refusals import NoSuchStory
from ledger.request import RequestEvent
from ledger.rules import leans_on
from ledger.rules.taking import ACTS
from ledger.rules.wording import contradictions
from ledger.source import (
    ProviderRegistered,
    SourceDiscredited,
    SourceEvent,
    SourceMerged,
    SourceParted,
    SourceRegistered,
    SourceReinstated,
    SourceRenamed,
)
from ledger.store import slugs
from ledger.store.database import Connection, Row
from ledger.store.keyring import Keyring
from ledger.store.store import LedgerMapper, read_head, read_page, read_past
from ledger.story import (
    AgencyCorrected,
    ChangeOfFact,
    CopyFiled,
    CopyRefiled,
    CorrectiveIssued,
    DatelineSet,
    EditorsNoteAdded,
    EventOfContent,
    FactAssessed,
    FactAttributed,
    FactCited,
    FactClarified,
    FactConfirmed,
    FactCorrected,
    FactRefiled,
    FactReported,
    FactRespondedTo,
    FactRetracted,
    FactReverted,
    FactUpdated,
    HeadlineSet,
    LateTake,
    MayUndo,
    NoteAdded,
    SlugSet,
    Story,
    StoryEvent,
    StoryMerged,
    StoryOpened,
    TakeRecorded,
    TermsLoosened,
    TermsTightened,
    evolve,
    is_about,
)
from ledger.words import recorded_instant, source_stream, story_stream

_PAGE = 1_000  # events
About = dict[str, str | int]

# --- What was said -----------------------------------------------------------------------------------------------


def fields_of(event: Any, *left_out: str) -> dict[str, Any]:
    """The fields of an event that say something."""
    return {
        name: value
        for name, value in event.__dict__.items()
        if value is not None and name not in ("topic", *left_out)
    }


def of_source(event: SourceEvent) -> tuple[About, Command]:
    match event:
        case SourceRegistered():
            return {}, commands.RegisterSource.recorded(**fields_of(event))
        case SourceRenamed():
            return {"source": event.slug}, commands.RenameSource.recorded(**fields_of(event, "slug"))
        case SourceDiscredited():
            return {"source": event.slug}, commands.DiscreditSource.recorded(reason=event.reason)
        case SourceReinstated():
            return {"source": event.slug}, commands.ReinstateSource.recorded(reason=event.reason)
        case ProviderRegistered():
            return {"source": event.slug}, commands.RegisterProvider.recorded(**fields_of(event, "slug"))
        case SourceMerged():
            return {"source": event.slug}, commands.MergeSource.recorded(into=event.into, reason=event.reason)
        case SourceParted():
            return {"source": event.slug}, commands.PartSource.recorded(reason=event.reason)
        case _:
            assert_never(event)


def of_change(event: ChangeOfFact) -> Command:
    saw: dict[str, Any] = {"expected_version": event.version - 1, "reason": event.reason}
    match event:
        case FactCorrected():
            wrong = fields_of(event, "fact", "version", "becomes", "reason")
            return commands.CorrectFact.recorded(**saw, **wrong, **whole(event.becomes))
        case FactUpdated():
            return commands.UpdateFact.recorded(**saw, **whole(event.becomes))
        case FactClarified():
            return commands.ClarifyFact.recorded(**saw, **whole(event.becomes))
        case FactRefiled():
            return commands.RefileFact.recorded(**saw, **whole(event.becomes))
        case FactRetracted():
            return commands.RetractFact.recorded(**saw)
        case FactCited():
            return commands.CiteFact.recorded(**saw, citations=event.citations)
        case FactAttributed():
            return commands.AttributeFact.recorded(**saw, attribution=event.attribution)
        case FactAssessed():
            return commands.AssessFact.recorded(**saw, **fields_of(event, "fact", "version", "reason"))
        case FactRespondedTo():
            return commands.RespondToFact.recorded(**saw, kind=event.response.kind, by=event.response.by)
        case FactConfirmed():
            return commands.ConfirmFact.recorded(**saw)
        case TermsTightened():
            return commands.SetTerms.recorded(**saw, terms=event.terms)
        case TermsLoosened():
            raise AssertionError("who approved it did it")
        case FactReverted():
            raise AssertionError("it undoes something")
        case _:
            assert_never(event)


def report(body: FactBody) -> Command:
    """Only what a reporter has to say: the rest is so by itself."""
    fields = FactBody.model_fields
    return commands.ReportFact.recorded(
        **{name: value for name, value in body.__dict__.items() if value != fields[name].default}
    )


def whole(body: FactBody) -> dict[str, Any]:
    """Every field of the fact as it becomes; null takes away what it has no more. Of who says it and why nobody is
    named, the one ends the other."""
    return {
        name: value
        for name, value in body.__dict__.items()
        if value is not None or name not in ("attribution", "unattributed")
    }


def from_there(command: Command, event: Any) -> Command:
    """The command, with where the event comes from that it made."""
    origin = getattr(event, "origin", None)
    if origin is None or "origin" not in type(command).model_fields:
        return command
    return command.model_copy(update={"origin": origin})


def said_wrong(event: TakeRecorded | AgencyCorrected) -> dict[str, Any]:
    if isinstance(event, TakeRecorded):
        return {}
    return {"correction": Correction(note=event.note, told=event.text)}


def of_late(late: LateTake, origin: Origin) -> tuple[About, Command]:
    """A command that came too late to do anything: it does so again."""
    kind = next((command for command, act in ACTS.items() if act == late.act), commands.TakeItem)
    about: About = {} if late.fact is None else {"fact": late.fact}
    return about, kind.recorded(**orjson.loads(late.said), origin=origin)


def of_act(act: Act) -> tuple[About, Command]:
    match act:
        case Kill():
            return {}, commands.KillStory.recorded(**fields_of(act, "act"))
        case Takedown():
            return {}, commands.TakeDownStory.recorded(**fields_of(act, "act"))
        case Restoration():
            return {}, commands.RestoreStory.recorded(**fields_of(act, "act"))
        case Loosening():
            saw: dict[str, Any] = {"expected_version": act.version}
            return {"fact": act.fact}, commands.SetTerms.recorded(
                **saw, **fields_of(act, "act", "fact", "version")
            )
        case _:
            assert_never(act)


# --- A story, from event to event --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that was asked for: the event that it made (the first of them), by whom, about what of its story."""

    event_id: UUID
    actor: UUID
    about: About
    command: Command


@dataclass(frozen=True, slots=True)
class Due:
    """A publication whose embargo has ended, so that it is written where that was lifted."""

    revision: int
    actor: UUID
    reason: str
    event_id: UUID
    origin: Origin | None


@dataclass(slots=True)
class Account:
    """A story as far as it was written. An embargo that has ended is none any more: it is written as a publication
    where it ended, or, in a story that was held then, with its release. So revisions of the story that is imported can
    have other numbers, and what is said of them is said of those.

    shifts: (from which revision on, by how much the number moves); to_release: the revision that comes with the next
    release, and whether the release thereby becomes two events where it was one; despite: what an editor said may stand
    in a revision; story: as it was told so far; contradicted: after which revision words stand on which facts that have
    changed since, for nobody had always to say that they stand; lapsed: the approvals that nobody could give any more
    today; anew: after how many that were asked one was asked anew, so that it could be given."""

    slug: str
    now: datetime
    publication: Publication = NEVER_PUBLISHED
    due: Due | None = None
    to_release: tuple[int, bool] | None = None
    despite: dict[int, Despites] = field(default_factory=dict)
    story: Story | None = None
    contradicted: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    shifts: list[tuple[int, int]] = field(default_factory=list)
    lapsed: set[int] = field(default_factory=set)
    anew: list[int] = field(default_factory=list)

    def renumbered(self, revision: int) -> int:
        return revision + sum(by for start, by in self.shifts if start <= revision)

    def commands(self, event: StoryEvent, at: Moment, event_id: UUID) -> Iterator[Asked]:
        """Who asked for it, about what of the story, and how."""
        self.lapsed |= {one.approval for one in self.publication.approvals if is_about(one.act, event)}
        if isinstance(event, StoryPublished) and self.story is not None:
            self._find_contradicted(self.story, event.revision)
        self.story = evolve(self.story, event, at)
        if not isinstance(event, PublicationEvent):
            self._find_contradicted(self.story, at.revision)
        if isinstance(event, TermsLoosened):
            return  # who approved it did it
        if not isinstance(event, PublicationEvent):
            about, command = self._of_content(event, {"expected_revision": self.renumbered(at.revision) - 1})
            yield self._asked(event_id, at.actor, about, from_there(command, event))
            return
        found = list(self._of_publication(event, at, event_id))
        for left, (actor, about, command) in zip(range(len(found) - 1, -1, -1), found, strict=True):
            yield self._asked(uuid5(event_id, str(left)) if left else event_id, actor, about, command)

    def _find_contradicted(self, story: Story, revision: int) -> None:
        """Once more at its publication: which words readers have with a mark is known by then. As of a revision that
        the story has gone on from, all of these that are on facts which have changed."""
        public = story.filed_for_readers
        if revision >= story.content:
            facts = {span.fact for span, _, _ in contradictions(story, public)}
        else:
            marked = {span.fact for span in public.spans} if public else set()
            facts = {number for number in marked if (fact := story.fact(number)) and fact.version > 1}
            facts.update(self._said_to_stand(revision).get("words_stand", ()))
        insort_right(self.contradicted, (revision, tuple(sorted(facts))), key=itemgetter(0))

    def _of_publication(
        self, event: PublicationEvent, at: Moment, event_id: UUID
    ) -> Iterator[tuple[UUID, About, Command]]:
        is_held, waiting = self.publication.gate == "held", self.publication.approvals
        public = self.publication.revision
        self.publication = publication.evolve(self.publication, event, at)
        if isinstance(event, StoryPublished) and event.despite:
            self.despite[event.revision] = event.despite
        match event:
            case StoryPublished() if is_held:
                self.due, self.to_release = None, (event.revision, False)
            case StoryPublished(embargo_until=str(until)) if recorded_instant(until) <= self.now:
                self.due = Due(event.revision, at.actor, event.reason, event_id, event.origin)
                self.shifts.append((at.revision, -1))
            case StoryPublished():
                self.due = None
                fields = self._said_to_stand(event.revision) | fields_of(event)
                fields["revision"] = self.renumbered(event.revision)
                yield at.actor, {}, commands.PublishStory.recorded(**fields)
            case EmbargoLifted():
                if is_held or event.revision == public or self.due is None:
                    self.shifts.append((at.revision, -1))
                    self.to_release = (event.revision, True) if event.revision != public else None
                    self.due = None
                else:
                    yield self.due.actor, {}, self._publication()
            case StoryReleased():
                yield at.actor, {}, from_there(self._release(event, at), event)
            case StoryKilled(approval=None, origin=Origin() as origin):
                self.due = None
                yield at.actor, {}, commands.TakeItem.recorded(origin=origin, signal="canceled")
            case StoryKilled() | StoryTakenDown():
                self.due = None
            case StoryRestored():
                pass  # like the two before: who approved it did it
            case StoryHeld():
                yield at.actor, {}, from_there(commands.HoldStory.recorded(reason=event.reason), event)
            case ApprovalAsked():
                yield at.actor, *of_act(event.act)
            case ApprovalGiven():
                number = self._approval(event.approval)
                if event.approval in self.lapsed:  # it was given before what was asked could lapse
                    asked = next(one for one in waiting if one.approval == event.approval)
                    number = self.publication.asked + len(self.anew) + 1
                    self.anew.append(self.publication.asked)
                    self.shifts.append((at.revision, 1))
                    yield asked.asked_by, *of_act(asked.act)
                yield (
                    at.actor,
                    {"approval": number},
                    commands.GiveApproval.recorded(**fields_of(event, "approval")),
                )
            case ApprovalDeclined():
                number = self._approval(event.approval)
                yield at.actor, {"approval": number}, commands.DeclineApproval.recorded(reason=event.reason)
            case _:
                assert_never(event)

    def _approval(self, number: int) -> int:
        """The number of an approval among those of the story that is imported."""
        return number + sum(asked < number for asked in self.anew)

    def rest(self) -> Iterator[Asked]:
        """What was to be public by now, but that nobody was there to lift the embargo."""
        if self.due and self.publication.gate == "open":
            yield self._asked(self.due.event_id, self.due.actor, {}, self._publication())

    def _asked(self, event_id: UUID, actor: UUID, about: About, command: Command) -> Asked:
        story: About = {} if isinstance(command, commands.OpenStory) else {"story": self.slug}
        return Asked(event_id, actor, story | about, command)

    def _publication(self) -> Command:
        assert self.due is not None
        due, self.due = self.due, None
        published = commands.PublishStory.recorded(
            revision=self.renumbered(due.revision), reason=due.reason, **self._said_to_stand(due.revision)
        )
        return from_there(published, due)

    def _said_to_stand(self, revision: int) -> dict[str, Any]:
        """Of what became public with a revision."""
        said: dict[str, Any] = {"despite": self.despite[revision]} if revision in self.despite else {}
        at = bisect_right(self.contradicted, revision, key=itemgetter(0))
        facts = self.contradicted[at - 1][1] if at else ()
        return said | {"words_stand": facts} if facts else said

    def _release(self, event: StoryReleased, at: Moment) -> Command:
        if self.to_release is None:
            return commands.ReleaseStory.recorded(**fields_of(event))
        revision, is_one_more = self.to_release
        self.to_release = None
        if is_one_more:
            self.shifts.append((at.revision, 1))
        stands = self._said_to_stand(revision) | fields_of(event, "reason")
        return commands.ReleaseStory.recorded(
            reason=event.reason, revision=self.renumbered(revision), **stands
        )

    def _of_content(self, event: EventOfContent, saw: dict[str, Any]) -> tuple[About, Command]:
        """saw: the revision before it, for what names the one that was looked at."""
        if isinstance(event, MayUndo) and event.undoes is not None:
            reason = event.reason or ""
            return {"revision": self.renumbered(event.undoes)}, commands.UndoRevision.recorded(reason=reason)
        match event:
            case StoryOpened():
                return {}, commands.OpenStory.recorded(**fields_of(event))
            case HeadlineSet():
                return {}, commands.SetHeadline.recorded(**saw, **fields_of(event))
            case DatelineSet():
                assert event.dateline is not None, "it is taken away only where it undoes something"
                return {}, commands.SetDateline.recorded(
                    **saw, **fields_of(event.dateline), reason=event.reason
                )
            case SlugSet():
                return {}, commands.SetSlug.recorded(**saw, **fields_of(event))
            case StoryMerged():
                return {}, commands.MergeStory.recorded(**fields_of(event))
            case CopyFiled():
                return {}, commands.FileCopy.recorded(**saw, **fields_of(event))
            case CopyRefiled():
                return {}, commands.RefileCopy.recorded(**saw, **fields_of(event))
            case NoteAdded():
                return {}, commands.AddNote.recorded(**fields_of(event.note))
            case EditorsNoteAdded():
                return {}, commands.AddEditorsNote.recorded(**fields_of(event))
            case CorrectiveIssued():
                fields = fields_of(event, "version") | {"ran_in": self.renumbered(event.ran_in)}
                return {}, commands.IssueCorrective.recorded(**fields)
            case TakeRecorded(late=LateTake() as late):
                return of_late(late, event.origin)
            case TakeRecorded() | AgencyCorrected():
                return {}, commands.TakeItem.recorded(**fields_of(event, "text", "note"), **said_wrong(event))
            case FactReported():
                return {"fact": event.fact}, report(event.body)
            case (
                FactCorrected()
                | FactUpdated()
                | FactClarified()
                | FactRefiled()
                | FactRetracted()
                | FactCited()
                | FactAttributed()
                | FactAssessed()
                | FactRespondedTo()
                | FactConfirmed()
                | TermsTightened()
                | TermsLoosened()
            ):
                return {"fact": event.fact}, of_change(event)
            case _:
                assert_never(event)


# --- The ledger, or one story of it ------------------------------------------------------------------------------


class Export:
    """`left_out`: how many events of which kind were not written."""

    def __init__(self, connection: Connection[Row], keyring: Keyring) -> None:
        self._connection = connection
        self._mapper = LedgerMapper()
        self._labels = labels(keyring)
        self._now = datetime.now(UTC)
        self._accounts: dict[UUID, Account] = {}
        self.left_out: Counter[str] = Counter()

    def everything(self, after: int) -> Iterator[bytes]:
        """The lines of what was recorded beyond a position, in order."""
        head, position = read_head(self._connection)[0], 0
        while page := read_page(self._connection, position, _PAGE, self._mapper, head):
            for recorded in page:
                position = recorded.at.position
                yield from self._lines(recorded, after)
        yield from self._rest()

    def story(self, slug: str, after: int) -> Iterator[bytes]:
        """The lines of one story, and before them those of the sources that it names."""
        stream = story_stream(slug)
        if (led := slugs.led(self._connection, [stream])) and stream in led:  # a slug that it got later
            stream = story_stream(led[stream])
        named: set[UUID] = set()
        for recorded in self._of_stream(stream):
            for asked in self._asked(recorded):
                named |= leans_on(asked.command, None)
        if not self._accounts:
            raise NoSuchStory(story=slug)
        self._accounts.clear()
        for one in (*filter(self._is_source, sorted(named - {stream})), stream):
            for recorded in self._of_stream(one):
                if isinstance(recorded.event, SourceMerged | SourceParted):
                    # Its facts are to name the one that was given up, and the other may not be there.
                    self.left_out["that sources are the same"] += 1
                    continue
                yield from self._lines(recorded, after)
        yield from self._rest()

    def _of_stream(self, stream: UUID, up_to: int = limits.POSITION) -> Iterator[Recorded]:
        return read_past(self._connection, stream, up_to, self._mapper)

    def _is_source(self, stream: UUID) -> bool:
        is_source = any(isinstance(first.event, SourceEvent) for first in self._of_stream(stream, up_to=1))
        self.left_out["stories that it rests on"] += not is_source
        return is_source

    def _lines(self, recorded: Recorded, after: int) -> Iterator[bytes]:
        for asked in self._asked(recorded):
            if recorded.at.position > after:
                yield self._line(asked)

    def _asked(self, recorded: Recorded) -> Iterator[Asked]:
        event, at = recorded.event, recorded.at
        if isinstance(event, StoryEvent):
            if isinstance(event, StoryOpened):
                self._accounts[recorded.stream] = Account(event.slug, self._now)
            yield from self._accounts[recorded.stream].commands(event, at, recorded.event_id)
        elif isinstance(event, SourceEvent):
            if recorded.stream != source_stream(event.slug):
                return  # of the other, in whose stream it is written
            yield Asked(recorded.event_id, at.actor, *of_source(event))
        elif isinstance(event, MemberEvent):
            self.left_out["members and keys"] += 1
        elif isinstance(event, RequestEvent | Erased):
            self.left_out["correction requests"] += 1
        elif isinstance(event, OutOfPlace):
            self.left_out["events out of their place: see factledger doctor"] += 1
        else:
            assert_never(event)

    def _rest(self) -> Iterator[bytes]:
        for account in self._accounts.values():
            yield from map(self._line, account.rest())

    def _line(self, asked: Asked) -> bytes:
        return lines.text_of(str(asked.event_id), self._labels[asked.actor], asked.about, asked.command)


def labels(keyring: Keyring) -> dict[UUID, str]:
    """What each member is called; of those that are called the same each by its id, too."""
    called = {member.member: member.label for member in keyring.members.values()}
    often = Counter(called.values())
    return {
        member: f"{label[: limits.NAME_LENGTH - 39]} ({member})" if often[label] > 1 else label
        for member, label in called.items()
    }
