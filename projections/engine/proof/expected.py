"""Which rows the views must hold of one stream, worked out from its events and the states that they make alone."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import orjson

from ledger import member, source
from ledger.erasure import Erased
from ledger.events import Recorded
from ledger.fact import (
    STRICTEST,
    FactBody,
    independent_origins,
    is_stricter,
    stands_on,
    stands_on_alone,
    strictest,
)
from ledger.member import MemberEvent
from ledger.moment import ChangeKind, Moment, rfc3339
from ledger.publication import (
    ApprovalAsked,
    ApprovalDeclined,
    ApprovalGiven,
    Publication,
    PublicationEvent,
    StoryHeld,
    StoryKilled,
    StoryTakenDown,
)
from ledger.request import (
    ContactErased,
    ContactLeft,
    CorrectionRequested,
    RequestAccepted,
    RequestAcknowledged,
    RequestDeclined,
    RequestErased,
    RequestEvent,
)
from ledger.source import SourceDiscredited, SourceEvent, SourceReinstated
from ledger.story import (
    KIND,
    AgencyCorrected,
    CopyFiled,
    CopyRefiled,
    CorrectiveIssued,
    DatelineSet,
    EditorsNoteAdded,
    Fact,
    FactClarified,
    FactConfirmed,
    FactCorrected,
    FactEvent,
    FactReported,
    FactRetracted,
    FactReverted,
    FactUpdated,
    HeadlineSet,
    NoteAdded,
    NoteWithdrawn,
    SlugSet,
    Story,
    StoryEvent,
    StoryMerged,
    StoryOpened,
    StoryParted,
    TakeRecorded,
    evolve,
    says_more,
)
from ledger.words import Terms, recorded_instant
from projections.engine.proof import texts
from projections.engine.proof.dependencies import Dependants, Place
from projections.views import sources
from projections.views.documents import (
    FactDocument,
    actors_of,
    fact_document,
    json_of,
    label_text,
    named_sources,
    read_when,
)
from projections.views.publications import PublicationDocument
from projections.views.reader_view import (
    FactTombstone,
    ReaderFact,
    on_terms,
    origins_shown,
    reader_copy,
    reader_corrective,
    reader_fact,
    reader_head,
    reader_note,
    reader_source,
    sources_shown,
    stories_named,
)
from projections.views.search import tokens
from projections.views.story import MINOR, SET_RIGHT
from projections.views.view import OPEN
from projections.views.visibility import Signal

Values = Mapping[str, Any]  # a row, by column
Write = Callable[[str, Values], None]  # into a table
Key = TypeVar("Key")
So = TypeVar("So")


class Fold(Protocol):
    """Takes the events of one stream, in order, and writes the rows that they come to, the last of them at the end.
    `name`: what the stream is of."""

    @property
    def name(self) -> str: ...

    def take(self, recorded: Recorded) -> None: ...

    def close(self) -> None: ...


# --- Members, sources, requests ----------------------------------------------------------------------------------


class MemberFold:
    def __init__(self, write: Write) -> None:
        self._write = write
        self._state: member.Member | None = None

    @property
    def name(self) -> str:
        return f"member {self._state and self._state.member}"

    def take(self, recorded: Recorded) -> None:
        assert isinstance(recorded.event, MemberEvent)
        self._state = member.evolve(self._state, recorded.event, recorded.at, recorded.stream)

    def close(self) -> None:
        assert self._state is not None
        label = self._state.label
        self._write("members", {"member": self._state.member, "label": label, "desk": label_text(label)})


class SourceFold:
    def __init__(self, number: int, write: Write, dependants: Dependants) -> None:
        self._number, self._write, self._dependants = number, write, dependants
        self._state: source.Source | None = None
        self._revision = 0
        self._called: Lasting[None, tuple[str, str, str]] = Lasting(self._name)

    @property
    def name(self) -> str:
        return f"source {self._state and self._state.source}"

    def take(self, recorded: Recorded) -> None:
        event, at = recorded.event, recorded.at
        assert isinstance(event, SourceEvent)
        self._state, self._revision = source.evolve(self._state, event, at), at.revision
        state = self._state
        so = (state.name, json_of(state.registration()), json_of(reader_source(state)))
        self._called.becomes(None, at.position, so)
        together = (state.source, *(one.source for one in state.joined or ()))
        if isinstance(event, SourceDiscredited):
            self._dependants.discredit(at.position, together)
        if isinstance(event, SourceReinstated):
            self._dependants.reinstate(at.position, together)

    def close(self) -> None:
        self._called.close()
        state = self._state
        assert state is not None
        row = {
            "source": state.source,
            "position": self._number,
            "revision": self._revision,
            "desk": json_of(state.registration()),
            "discredited": json_of(state.discredited) if state.discredited else None,
            "provider": json_of(state.provider) if state.provider else None,
            "other_names": _list_of(state.other_names),
            "former_names": _list_of(one.model_dump(mode="json") for one in state.former_names or ()),
            "merged_into": state.merged_into,
            "joined": _list_of(one.model_dump(mode="json") for one in state.joined or ()),
            "is_renamed": bool(state.other_names or state.former_names),
            "letters": len(state.name),
            "ends": sources.ends_of(f"{' '.join(state.names)} {state.source}"),
        }
        self._write("sources", row)

    def _name(self, _: None, so: tuple[str, str, str], since: int, until: int) -> None:
        assert self._state is not None
        name, desk, reader = so
        slug = self._state.source
        row = {"source": slug, "from_position": since, "to_position": until, "name": name}
        ends = sources.ends_of(f"{name} {slug}")
        self._write("source_names", {**row, "desk": desk, "reader": reader, "ends": ends})


def _list_of(values: Iterable[Any] | None) -> str | None:
    return orjson.dumps([*values]).decode() if values and (values := [*values]) else None


class RequestFold:
    def __init__(self, write: Write) -> None:
        self._write = write
        self._row: dict[str, Any] = {}

    @property
    def name(self) -> str:
        return f"request {self._row['request']}"

    def take(self, recorded: Recorded) -> None:
        event, at = recorded.event, recorded.at
        assert isinstance(event, RequestEvent | Erased)
        match event:
            case CorrectionRequested():
                self._row = _open_request(recorded, event.story)
            case Erased() if not self._row:
                self._row = _open_request(recorded, "")
            case ContactLeft() | Erased():
                self._row["contact"] = at.position
            case RequestErased():
                self._row["story"] = event.story
            case RequestAcknowledged():
                self._row |= {
                    "state": "acknowledged",
                    "acknowledged": texts.acknowledged_text(event, at),
                }
            case RequestAccepted() | RequestDeclined():
                self._row |= {
                    "state": "accepted" if isinstance(event, RequestAccepted) else "declined",
                    "answered_at": at.recorded_at,
                    "answered_by": at.actor,
                    "seconds_to_answer": (at.recorded_at - self._row["asked_at"]).total_seconds(),
                    "answer": texts.request_answer_text(event, at),
                }
            case ContactErased():
                pass

    def close(self) -> None:
        self._write("correction_requests", self._row)


def _open_request(recorded: Recorded, story: str) -> dict[str, Any]:
    at, stream = recorded.at, recorded.stream
    return {
        "request": stream,
        "position": at.position,
        "state": "open",
        "asked_at": at.recorded_at,
        "story": story,
    } | dict.fromkeys(
        ("contact", "answered_at", "answered_by", "seconds_to_answer", "acknowledged", "answer")
    )


# --- Stories -----------------------------------------------------------------------------------------------------


def carrying(fact: FactDocument) -> set[frozenset[str]]:
    return stands_on(fact, fact.origins) if fact.standing == "standing" else set()


@dataclass(frozen=True)
class FactStep:
    """A fact before and after an event that changed its document; terms: the strictest that it is on from then on."""

    before: FactDocument | None
    after: FactDocument
    terms: Terms

    @property
    def tightens(self) -> bool:
        return self.before is not None and is_stricter(self.after.terms, self.before.terms)

    @cached_property
    def protected(self) -> FactDocument:
        return on_terms(self.after, self.terms)

    @cached_property
    def shown(self) -> ReaderFact | FactTombstone | None:
        """What readers may see of it."""
        return reader_fact(self.protected)

    @cached_property
    def alone(self) -> set[str]:
        """Sources of which each carries the fact by itself, while it stands."""
        return stands_on_alone(self.after, self.after.origins) if self.after.standing == "standing" else set()

    @cached_property
    def carrying(self) -> set[frozenset[str]]:
        """Sources that carry it together, while it stands."""
        return carrying(self.after)


@dataclass(frozen=True)
class Step:
    """One event of a story, the story after it, and each fact whose document it changed; later: tightenings, some of
    them of what comes after it."""

    recorded: Recorded
    story: Story
    facts: Sequence[FactStep]
    later: "Tightenings"

    @property
    def at(self) -> Moment:
        return self.recorded.at

    @cached_property
    def hidden(self) -> frozenset[int]:
        """Facts that terms hide from readers as of it, or have hidden since."""
        off_record = frozenset(
            fact
            for fact, later in self.later.items()
            if any(at > self.at.position and terms == STRICTEST for at, terms in later)
        )
        return off_record.union(fact.fact for fact in self.story.facts if fact.terms == STRICTEST)

    @cached_property
    def revision(self) -> dict[str, Any]:
        """What the audit trail shows of it."""
        return texts.revision_document(self.recorded, [(fact.before, fact.after) for fact in self.facts])


class Part(Protocol):
    """What one view makes of a story."""

    def take(self, step: Step) -> None: ...

    def close(self) -> None: ...


Tightenings = Mapping[
    int, Sequence[tuple[int, Terms]]
]  # of each fact: from which position on, and to which terms


class StoryFold:
    """later: what is known to come. What came, and what bears upon what was written before it, is in `tightenings`:
    where that is more, the story must be folded again."""

    def __init__(
        self, number: int, views: Collection[str], write: Write, dependants: Dependants, later: Tightenings
    ) -> None:
        self.tightenings: dict[int, list[tuple[int, Terms]]] = {}
        self._later = later
        self._story: Story | None = None
        self._facts: list[FactDocument] = []
        self._parts = [PARTS[view](number, write, dependants) for view in PARTS if view in views]

    @property
    def name(self) -> str:
        return f"story {self._story and self._story.head.story}"

    def take(self, recorded: Recorded) -> None:
        event = recorded.event
        assert isinstance(event, StoryEvent)
        story = self._story = evolve(self._story, event, recorded.at)
        step = Step(recorded, story, self._changed(event, story, recorded.at.position), self._later)
        for part in self._parts:
            part.take(step)

    def close(self) -> None:
        for part in self._parts:
            part.close()

    def _changed(self, event: StoryEvent, story: Story, position: int) -> list[FactStep]:
        if isinstance(event, FactEvent):
            return [self._change(event.fact - 1, story, position)]
        if isinstance(event, DatelineSet):
            return [
                self._change(index, story, position)
                for index, fact in enumerate(self._facts)
                if fact.when != read_when(fact, story.head.dateline, story.head.language)
            ]
        return []

    def _change(self, index: int, story: Story, position: int) -> FactStep:
        before = self._facts[index] if index < len(self._facts) else None
        after = fact_document(story.facts[index], story.head)
        self._facts[index : index + 1] = [after]
        later = (terms for at, terms in self._later.get(after.fact, ()) if at > position)
        step = FactStep(before, after, strictest([after.terms, *later]))
        if step.tightens:
            self.tightenings.setdefault(after.fact, []).append((position, after.terms))
        return step


class Lasting(Generic[Key, So]):
    """What is so of each key, and from where to where: ends where another thing is so, or nothing any more.

    write: takes key, what was so, from and to, once that has ended; at the end of the stream what has not.
    """

    def __init__(self, write: Callable[[Key, So, int, int], None]) -> None:
        self._write = write
        self._open: dict[Key, tuple[int, So]] = {}

    def becomes(self, key: Key, position: int, so: So, *, anew: bool = False) -> None:
        """anew: it begins here, even if it was so before."""
        before = self._open.get(key)
        if before is not None:
            if before[1] == so and not anew:
                return
            self._write(key, before[1], before[0], position)
        self._open[key] = (position, so)

    def ends(self, key: Key, position: int) -> None:
        since, so = self._open.pop(key)
        self._write(key, so, since, position)

    def close(self) -> None:
        for key, (since, so) in self._open.items():
            self._write(key, so, since, OPEN)


class LastingOfFacts(Generic[Key, So]):
    """Likewise where several things are so of each fact at once. write: takes the fact, too, before all else."""

    def __init__(self, write: Callable[[int, Key, So, int, int], None]) -> None:
        self._spans: Lasting[tuple[int, Key], So] = Lasting(
            lambda key, so, since, until: write(*key, so, since, until)
        )
        self._keys: dict[int, set[Key]] = {}

    def become(self, fact: int, position: int, so: Mapping[Key, So]) -> None:
        for key in self._keys.get(fact, set()) - so.keys():
            self._spans.ends((fact, key), position)
        for key, value in so.items():
            self._spans.becomes((fact, key), position, value)
        self._keys[fact] = set(so)

    def close(self) -> None:
        self._spans.close()


class StoryNow:
    def __init__(self, number: int, write: Write, dependants: Dependants) -> None:
        self._number, self._write, self._dependants = number, write, dependants
        self._last: Step | None = None
        self._saying: list[tuple[int, int]] = []  # revision and position of each change of what it says
        self._shown: list[tuple[int, str]] = []  # from which position on readers saw it under which slug

    def take(self, step: Step) -> None:
        self._last = step
        editions = step.story.editions
        if len(editions) > len(self._shown):
            slug = [slug for since, slug in step.story.slugs if since <= editions[-1]][-1]
            self._shown.append((step.at.position, slug))
        if isinstance(step.recorded.event, StoryEvent) and says_more(step.recorded.event):
            self._saying.append((step.at.revision, step.at.position))

    def close(self) -> None:
        step = self._last
        assert step is not None
        into = step.story.head.merged_into
        row = {
            "story": self._number,
            "stream_id": step.recorded.stream,
            "slug": step.story.head.story,
            "opened_as": step.story.first_slug,
            "public_slug": self._shown[-1][1] if self._shown else None,
            "first_public_slug": self._shown[0][1] if self._shown else None,
            "merged_into": into and self._dependants.number_of(into),
            "revision": step.at.revision,
            "position": step.at.position,
            "recorded_at": step.at.recorded_at,
            "facts": len(step.story.facts),
            "corrections": len(step.story.corrections),
            "behind": self._behind(step.story),
        }
        self._write("story_now", row)
        for slug in {slug for _, slug in step.story.slugs}:
            since = min((at for at, shown in self._shown if shown == slug), default=None)
            self._write("story_slugs", {"story": self._number, "slug": slug, "public_from": since})

    def _behind(self, story: Story) -> int | None:
        """Where the first change is that has not come to the readers of a story that they read."""
        public = story.publication
        if public.state != "published":
            return None
        seen = public.embargo.revision if public.embargo else public.revision
        assert seen is not None
        return next((at for revision, at in self._saying if revision > seen), None)


class StoryVersions:
    def __init__(self, number: int, write: Write, _: Dependants) -> None:
        self._number, self._write = number, write
        self._texts: Lasting[tuple[str, int], tuple[UUID, str, str | None]] = Lasting(self._row)

    def take(self, step: Step) -> None:
        event, story, position = step.recorded.event, step.story, step.at.position
        match event:
            case (
                StoryOpened()
                | HeadlineSet()
                | DatelineSet()
                | SlugSet()
                | StoryMerged()
                | StoryParted()
                | TakeRecorded()
                | AgencyCorrected()
            ):
                head = story.head
                so = head.opened.actor, json_of(head), json_of(reader_head(head))
                self._texts.becomes(("head", 0), position, so, anew=True)
            case CopyFiled() | CopyRefiled():
                copy = story.copy
                assert copy is not None
                so = copy.filed.actor, json_of(copy), json_of(reader_copy(copy))
                self._texts.becomes(("copy", 0), position, so, anew=True)
            case NoteAdded() | EditorsNoteAdded():
                note = story.notes[-1]
                shown = reader_note(note)
                of_note = note.added.actor, json_of(note), json_of(shown) if shown else None
                self._texts.becomes(("note", note.added.revision), position, of_note)
            case NoteWithdrawn():
                self._texts.ends(("note", event.note), position)
            case CorrectiveIssued():
                issued = story.correctives[-1]
                so = issued.issued.actor, json_of(issued), json_of(reader_corrective(issued))
                self._texts.becomes(("corrective", issued.issued.revision), position, so)
            case _:
                pass

    def _row(self, key: tuple[str, int], so: tuple[UUID, str, str | None], since: int, until: int) -> None:
        part, item = key
        actor, desk, reader = so
        row = {
            "story": self._number,
            "part": part,
            "item": item,
            "from_position": since,
            "to_position": until,
            "actor": actor,
            "desk": desk,
            "reader": reader,
        }
        self._write("story_versions", row)

    def close(self) -> None:
        self._texts.close()


class FactVersions:
    def __init__(self, number: int, write: Write, _: Dependants) -> None:
        self._number, self._write = number, write
        self._facts: Lasting[int, Values] = Lasting(self._row)

    def take(self, step: Step) -> None:
        for changed in step.facts:
            fact, shown = changed.after, changed.shown
            so = {
                "version": fact.version,
                "sources": sorted(named_sources(fact)),
                "actors": actors_of(fact),
                "origins": sorted(independent_origins(fact)),
                "desk": json_of(fact),
                "tightens": changed.tightens,
                "terms": changed.terms,
                **_beyond_the_desk(json_of(fact), json_of(shown) if shown else None),
                "is_tombstone": isinstance(shown, FactTombstone),
                "reader_sources": sorted(sources_shown(shown)),
                "reader_origins": sorted(origins_shown(changed.protected)),
                "reader_stories": sorted(stories_named(shown)),
            }
            self._facts.becomes(fact.fact, step.at.position, so)

    def _row(self, fact: int, so: Values, since: int, until: int) -> None:
        key = {"story": self._number, "fact": fact, "from_position": since, "to_position": until}
        self._write("fact_versions", {**key, **so})

    def close(self) -> None:
        self._facts.close()


def _beyond_the_desk(desk: str, reader: str | None) -> dict[str, int | str | None]:
    """Without the fields with which both texts begin, and those with which they end; brackets are alike."""
    if reader is None:
        return {"alike_before": 0, "reader": None, "alike_after": 0}
    own, theirs = (
        [
            f"{orjson.dumps(name).decode()}:{orjson.dumps(value).decode()}"
            for name, value in orjson.loads(text).items()
        ]
        for text in (reader, desk)
    )
    before = max(n for n in range(len(own) + 1) if own[:n] == theirs[:n])
    after = max(n for n in range(len(own) - before + 1) if own[len(own) - n :] == theirs[len(theirs) - n :])
    start = len("{" + ",".join(own[:before]))
    end = len("".join("," + field for field in own[len(own) - after :]) + "}")
    return {"alike_before": start, "reader": reader[start : len(reader) - end], "alike_after": end}


_OF_EVERY_REVISION = {
    "revision", "position", "recorded_at", "actor", "kind", "substantive", "fact", "version", "event_id",
}  # fmt: skip


class Revisions:
    def __init__(self, number: int, write: Write, _: Dependants) -> None:
        self._number, self._write = number, write

    def take(self, step: Step) -> None:
        event, at = step.recorded.event, step.at
        kind = KIND[type(event)]  # type: ignore[index]
        row = {
            "story": self._number,
            "revision": at.revision,
            "position": at.position,
            "recorded_at": at.recorded_at,
            "actor": at.actor,
            "fact": event.fact if isinstance(event, FactEvent) else None,
            "version": event.version if isinstance(event, FactEvent) else None,
            "kind": kind,
            "substantive": kind not in MINOR,
            "event_id": step.recorded.event_id,
            "desk": "".join(
                f',"{name}":{orjson.dumps(value).decode()}'
                for name, value in step.revision.items()
                if name not in _OF_EVERY_REVISION
            ),
        }
        self._write("revisions", row)

    def close(self) -> None:
        pass


class Corrections:
    """With where the version that was wrong began."""

    def __init__(self, number: int, write: Write, _: Dependants) -> None:
        self._number, self._write = number, write
        self._begun: dict[tuple[int, int], int] = {}  # position of each (fact, version)
        self._events: dict[int, StoryEvent] = {}  # by revision

    def take(self, step: Step) -> None:
        event, at = step.recorded.event, step.at
        assert isinstance(event, StoryEvent)
        self._events[at.revision] = event
        undone = event
        while isinstance(undone, FactReverted):
            undone = self._events[undone.undoes]
        if isinstance(event, FactReverted) and isinstance(undone, FactCorrected):
            row = {
                "position": at.position,
                "story": self._number,
                "revision": at.revision,
                "fact": None,
                "wrong_from": None,
                "actor": at.actor,
                "desk": orjson.dumps({"story": step.story.head.story, **step.revision}).decode(),
            }
            self._write("corrections", row)
        if isinstance(event, FactCorrected):
            wrong = event.wrong_version or event.version - 1
            row = {
                "position": at.position,
                "story": self._number,
                "revision": at.revision,
                "fact": event.fact,
                "wrong_from": self._begun[event.fact, wrong],
                "actor": at.actor,
                "desk": orjson.dumps({"story": step.story.head.story, **step.revision}).decode(),
            }
            self._write("corrections", row)
        if isinstance(event, AgencyCorrected):
            row = {
                "position": at.position,
                "story": self._number,
                "revision": at.revision,
                "fact": None,
                "wrong_from": None,
                "actor": at.actor,
                "desk": orjson.dumps(
                    {"story": step.story.head.story, **step.revision, "text": event.text}
                ).decode(),
            }
            self._write("corrections", row)
        if isinstance(event, FactEvent):
            self._begun[event.fact, event.version] = at.position

    def close(self) -> None:
        pass


class Approvals:
    def __init__(self, number: int, write: Write, _: Dependants) -> None:
        self._number, self._write = number, write
        self._asked: dict[int, dict[str, Any]] = {}

    def take(self, step: Step) -> None:
        event, at = step.recorded.event, step.at
        if isinstance(event, ApprovalAsked):
            self._asked[event.approval] = {
                "story": self._number,
                "approval": event.approval,
                "position": at.position,
                "is_pending": True,
                "asked_by": at.actor,
                "answered_by": None,
                "asked": texts.asked_text(event, at),
                "answer": None,
            }
        elif isinstance(event, ApprovalGiven | ApprovalDeclined):
            answer = {"answered_by": at.actor, "answer": texts.approval_answer_text(event, at)}
            self._asked[event.approval] |= answer | {"is_pending": False}

    def close(self) -> None:
        for row in self._asked.values():
            self._write("approvals", row)


class SourceUsage:
    def __init__(self, number: int, write: Write, _: Dependants) -> None:
        self._number, self._write = number, write
        self._is_alone: LastingOfFacts[str, bool] = LastingOfFacts(self._row)

    def take(self, step: Step) -> None:
        for changed in step.facts:
            so = {slug: slug in changed.alone for slug in named_sources(changed.after)}
            self._is_alone.become(changed.after.fact, step.at.position, so)

    def _row(self, fact: int, source: str, is_alone: bool, since: int, until: int) -> None:
        row = {
            "source": source,
            "story": self._number,
            "fact": fact,
            "from_position": since,
            "to_position": until,
            "alone": is_alone,
        }
        self._write("source_usage", row)

    def close(self) -> None:
        self._is_alone.close()


class Search:
    def __init__(self, number: int, write: Write, dependants: Dependants) -> None:
        self._number, self._write, self._dependants = number, write, dependants
        self._texts: Lasting[tuple[str, int], tuple[str, tokens.Texts, tokens.Texts]] = Lasting(self._rows)
        self._seen_named: LastingOfFacts[str, tuple[str, bool, bool]] = LastingOfFacts(self._name)
        self._names: list[tuple[int, str, str, bool, int, int]] = []
        self._positions: list[int] = []  # of each revision
        self._editions: list[tuple[int, int]] = []  # position, and that of the content

    def take(self, step: Step) -> None:
        event, position = step.recorded.event, step.at.position
        language = tokens.language_of(step.story.head.language)
        self._positions.append(position)
        public = step.story.publication
        if isinstance(event, PublicationEvent) and public.gate == "open" and public.revision:
            content = self._positions[public.revision - 1]
            if not self._editions or self._editions[-1][1] != content:
                self._editions.append((position, content))
        if isinstance(event, StoryOpened | HeadlineSet | DatelineSet | SlugSet):
            found = texts.texts_of_head(step.story.head)
            self._texts.becomes(("head", 0), position, (language, found, found), anew=True)
        if isinstance(event, CopyFiled | CopyRefiled):
            found = texts.texts_of_copy(event, step.hidden)
            self._texts.becomes(("copy", 0), position, (language, found, found), anew=True)
        for changed in step.facts:
            # A row began where other words were for readers at that time, whatever they may find by now.
            then, now = (texts.texts_of_fact(fact) for fact in (changed.after, changed.protected))
            self._texts.becomes(("fact", changed.after.fact), position, (language, then, now))
            seen_then, seen_now = (
                sources_shown(reader_fact(fact)) for fact in (changed.after, changed.protected)
            )
            self._seen_named.become(
                changed.after.fact,
                position,
                {
                    slug: (language, slug in seen_then, slug in seen_now)
                    for slug in named_sources(changed.after)
                },
            )

    def _name(self, fact: int, source: str, so: tuple[str, bool, bool], since: int, until: int) -> None:
        self._names.append((fact, source, so[0], so[2], since, until))

    def _write_names(self) -> None:
        """Under the name that it had when the row began. Where it had lost that one before an edition showed it,
        readers do not find it."""
        for fact, slug, language, is_seen, since, until in self._names:
            names = self._dependants.names_of(slug)
            name = [name for at, name in names if at <= since][-1]
            lost = min((at for at, other in names if at > since and other != name), default=None)
            was_shown = lost is None or any(
                at < lost and since <= content < until for at, content in self._editions
            )
            ((words, reader_words),) = tokens.vectors(((name, is_seen),), language)
            if reader_words is not None:
                reader_words = tokens.stored(reader_words)
            self._write(
                "search",
                {
                    "story": self._number,
                    "part": "source",
                    "item": fact,
                    "source": slug,
                    "piece": 0,
                    "from_position": since,
                    "to_position": until,
                    "words": tokens.stored(words),
                    "reader_words": reader_words if was_shown or reader_words is not None else "",
                },
            )

    def _rows(
        self, key: tuple[str, int], so: tuple[str, tokens.Texts, tokens.Texts], since: int, until: int
    ) -> None:
        part, item = key
        language, _, found = so
        for piece, (words, reader_words) in enumerate(tokens.vectors(found, language)):
            row = {
                "story": self._number,
                "part": part,
                "item": item,
                "source": "",
                "piece": piece,
                "from_position": since,
                "to_position": until,
                "words": tokens.stored(words),
                "reader_words": None if reader_words is None else tokens.stored(reader_words),
            }
            self._write("search", row)

    def close(self) -> None:
        self._texts.close()
        self._seen_named.close()
        self._write_names()


class Shaken:
    """Of one story: what its facts rest on now. What that comes to across all stories is worked out of `Dependants`."""

    def __init__(self, number: int, write: Write, dependants: Dependants) -> None:
        self._number, self._write, self._dependants = number, write, dependants
        self._grounds: LastingOfFacts[Place, str] = LastingOfFacts(self._rested)
        self._carrying: LastingOfFacts[frozenset[str], bool] = LastingOfFacts(self._stood_on)

    def take(self, step: Step) -> None:
        event, position, dependants = step.recorded.event, step.at.position, self._dependants
        for changed in step.facts:
            fact = changed.after
            grounds = {(dependants.number_of(ground.story), ground.fact) for ground in fact.rests_on}
            self._grounds.become(fact.fact, position, dict.fromkeys(grounds, fact.standing))
            carrying = [some for some in changed.carrying if some & dependants.ever_discredited]
            self._carrying.become(fact.fact, position, dict.fromkeys(carrying, True))
            if _shakes(event, changed):
                dependants.shaking.append((position, (self._number, fact.fact)))
                dependants.slugs[self._number] = step.story.first_slug
            if isinstance(event, FactConfirmed | FactCorrected | FactRetracted):
                dependants.reviewed[self._number, fact.fact] = position

    def _rested(self, fact: int, ground: Place, standing: str, since: int, until: int) -> None:
        self._dependants.rested((self._number, fact), ground, since, until, standing)
        if until == OPEN:
            row = {
                "story": self._number,
                "fact": fact,
                "ground_story": ground[0],
                "ground_fact": ground[1],
                "from_position": since,
                "to_position": until,
                "standing": standing,
            }
            self._write("grounds", row)

    def _stood_on(self, fact: int, sources: frozenset[str], _: bool, since: int, until: int) -> None:
        self._dependants.stood_on((self._number, fact), sources, since, until)

    def close(self) -> None:
        self._grounds.close()
        self._carrying.close()


_ASSERTED = {*FactBody.model_fields, "standing"} - {"citations"}


def _shakes(event: object, fact: FactStep) -> bool:
    """Whether what rests on the fact must be looked at again."""
    if isinstance(event, FactReverted):
        return any(getattr(fact.before, name) != getattr(fact.after, name) for name in _ASSERTED)
    return isinstance(event, FactCorrected | FactRetracted)


# --- What readers saw --------------------------------------------------------------------------------------------

# What readers are told of once it is published.
_TOLD: frozenset[ChangeKind] = frozenset(
    {
        "correction", "retraction", "reversion", "update", "clarification", "corrective", "editors_note",
        "withdrawal", "agency_correction",
    }
)  # fmt: skip
# Of several of these about one fact, only what came of them.
_OVERTAKEN: frozenset[ChangeKind] = frozenset({"update", "clarification", "reversion"})
# Of these readers hear when they are undone.
_MISSED: frozenset[ChangeKind] = frozenset(
    {"correction", "retraction", "update", "clarification", "editors_note"}
)


class Editions:
    """What readers are told of a story's changes, edition by edition."""

    def __init__(self) -> None:
        self._kinds: list[tuple[ChangeKind, int | None]] = []  # of each revision, and which one it undoes
        self._unseen: list[Recorded] = []
        self._had: dict[int, Fact] = {}  # each fact as readers had it
        self._has: dict[int, Fact] = {}  # and as it is
        self._bodies: list[tuple[int, Fact]] = []  # what became of them since, by revision
        self._touched: dict[int, list[str]] = {}  # the fields that a revision changed in a fact

    def take(self, recorded: Recorded, story: Story) -> None:
        kind = KIND[type(recorded.event)]  # type: ignore[index]
        self._kinds.append((kind, getattr(recorded.event, "undoes", None)))
        if isinstance(recorded.event, FactReported | FactEvent):
            number = recorded.event.fact
            is_now = story.facts[number - 1]
            self._touched[recorded.at.revision] = self._other_fields(self._has.get(number), is_now)
            self._has[number] = is_now
            self._bodies.append((recorded.at.revision, is_now))
        if kind in _TOLD:
            self._unseen.append(recorded)

    def show(self, revision: int) -> list[Recorded]:
        """What readers are told of when they see the story as of a revision, and did not hear of before."""
        new = [recorded for recorded in self._unseen if recorded.at.revision <= revision]
        self._unseen = self._unseen[len(new) :]
        among = {recorded.at.revision for recorded in new}
        undone_by: dict[int | None, list[int]] = {}
        for recorded in new:
            undone_by.setdefault(self._undoes(recorded), []).append(recorded.at.revision)

        def is_undone(revision: int) -> bool:
            return any(not is_undone(by) for by in undone_by.get(revision, ()))

        left = [
            recorded
            for recorded in new
            if not is_undone(recorded.at.revision)
            and self._undoes(recorded) not in among
            and self._is_missed(recorded)
        ]
        last = {recorded.event.fact: recorded for recorded in left if isinstance(recorded.event, FactEvent)}
        left = [
            recorded
            for recorded in left
            if KIND[type(recorded.event)] not in _OVERTAKEN  # type: ignore[index]
            or last[recorded.event.fact] is recorded  # type: ignore[union-attr]
        ]
        shown = self._had | {fact.fact: fact for at, fact in self._bodies if at <= revision}
        corrected, updated = (
            {recorded.event.fact for recorded in left if isinstance(recorded.event, kind)}
            for kind in (FactCorrected, FactUpdated)
        )
        told = [
            recorded
            for recorded in left
            if not isinstance(recorded.event, FactCorrected | FactUpdated | FactClarified)
            or recorded.event.fact in corrected & updated
            or self._had.get(recorded.event.fact) is None
            or not self._touched[recorded.at.revision]
            or {*self._touched[recorded.at.revision]}.intersection(
                self._other_fields(self._had[recorded.event.fact], shown[recorded.event.fact])
            )
        ]
        self._had = shown
        self._bodies = [(at, fact) for at, fact in self._bodies if at > revision]
        return told

    @staticmethod
    def _other_fields(was: Fact | None, is_now: Fact) -> list[str]:
        return [name for name in FactBody.model_fields if getattr(was, name, None) != getattr(is_now, name)]

    def _undoes(self, recorded: Recorded) -> int | None:
        return self._kinds[recorded.at.revision - 1][1]

    def _is_missed(self, recorded: Recorded) -> bool:
        """Whether readers, where it undoes something, had heard of that."""
        if not isinstance(recorded.event, FactReverted | NoteWithdrawn):
            return True
        kind, undoes = self._kinds[recorded.event.undoes - 1]
        while kind == "reversion":
            assert undoes is not None
            kind, undoes = self._kinds[undoes - 1]
        return kind in _MISSED


class Publications:
    def __init__(self, number: int, write: Write, _: Dependants) -> None:
        self._number, self._write = number, write
        self._states: Lasting[None, Values] = Lasting(self._row)
        self._editions = Editions()
        self._positions: list[int] = []  # of each revision
        self._visible: int | None = None  # position of the content that readers see
        self._last = _NO_EDITION

    def take(self, step: Step) -> None:
        event, at, state = step.recorded.event, step.at, step.story.publication
        self._positions.append(at.position)
        self._editions.take(step.recorded, step.story)
        if not isinstance(event, PublicationEvent):
            return
        content = self._positions[state.revision - 1] if state.revision else None
        is_open = state.gate == "open"
        visible = content if is_open else None
        had_seen = self._last["first_at"] is not None
        is_edition = visible is not None and visible != self._last["shown"]
        if is_edition:
            self._last = self._show(step, content)
        withdraws = isinstance(event, StoryHeld | StoryKilled | StoryTakenDown)
        so = {
            "since": at.recorded_at,
            "is_open": is_open,
            "revision": state.revision,
            "content": content,
            "is_edition": is_edition,
            "outdates": had_seen and (withdraws or visible != self._visible),
            "embargo_until": recorded_instant(state.embargo.until) if state.embargo else None,
            "tombstone": json_of(state.tombstone) if state.tombstone else None,
            "desk": publication_text(state, self._last),
            **self._last,
        }
        self._states.becomes(None, at.position, so, anew=True)
        self._visible = visible

    def _show(self, step: Step, content: int | None) -> Values:
        """The edition that readers see from now on."""
        at, last, revision = step.at, self._last, step.story.publication.revision
        assert revision is not None
        told = self._editions.show(revision)
        is_first = last["first_at"] is None
        for recorded in () if is_first else told:
            change = texts.public_change(recorded, len(step.story.editions), at.recorded_at)
            row = {
                "published_position": at.position,
                "story": self._number,
                "revision": change.revision,
                "kind": change.kind,
                "fact": change.fact,
                "version": change.version,
                "wrong_version": change.wrong_version,
                "changed_position": recorded.at.position,
                "published_at": at.recorded_at,
                "before_content": last["shown"],
                "content": content,
                "reader": json_of(change),
            }
            self._write("public_changes", row)
        return {
            "edition": len(step.story.editions),
            "edition_position": at.position,
            "edition_at": at.recorded_at,
            "first_at": last["first_at"] or at.recorded_at,
            "shown_revision": revision,
            "shown": content,
            "signals": () if is_first else signals_of(told),
        }

    def _row(self, _: None, so: Values, since: int, until: int) -> None:
        key = {"story": self._number, "from_position": since, "to_position": until}
        self._write("publications", {**key, **so})

    def close(self) -> None:
        self._states.close()


_NO_EDITION: Values = {"signals": ()} | dict.fromkeys(
    ("edition", "edition_position", "edition_at", "first_at", "shown_revision", "shown")
)


def publication_text(state: Publication, edition: Values) -> str:
    """How a story's publication stands, for the desk."""
    document = PublicationDocument.model_construct(
        state=state.state,
        pub_status=state.pub_status,
        revision=state.revision,
        edition=edition["edition"],
        signals=edition["signals"],
        published_at=edition["edition_at"] and rfc3339(edition["edition_at"]),
        first_published_at=edition["first_at"] and rfc3339(edition["first_at"]),
        embargo=state.embargo,
        tombstone=state.tombstone,
        approvals=state.approvals,
    )
    return json_of(document)


def signals_of(told: Sequence[Recorded]) -> tuple[Signal, ...]:
    kinds = {KIND[type(recorded.event)] for recorded in told}  # type: ignore[index]
    return ("sig:update", "sig:correction") if kinds & {*SET_RIGHT} else ("sig:update",)


PARTS: Mapping[str, Callable[[int, Write, Dependants], Part]] = {
    "story_now": StoryNow,
    "story_versions": StoryVersions,
    "fact_versions": FactVersions,
    "revisions": Revisions,
    "publications": Publications,
    "approvals": Approvals,
    "corrections": Corrections,
    "source_usage": SourceUsage,
    "search": Search,
    "shaken": Shaken,
}
