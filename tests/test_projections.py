"""Do the views say what the events say, at every position, however they got there?"""

import itertools
import json
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from unittest.mock import patch
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import event as count
from hypothesis import strategies as st
from psycopg import Connection

from api.server.embedded import EmbeddedPostgres
from ledger.commands import (
    AcceptRequest,
    AcknowledgeRequest,
    AddEditorsNote,
    AddNote,
    AssessFact,
    AttributeFact,
    ChangeFact,
    CiteFact,
    ClarifyFact,
    Command,
    CommandOnRequest,
    CommandOnSource,
    ConfirmFact,
    CorrectFact,
    DeclineApproval,
    DeclineRequest,
    DiscreditSource,
    EraseContact,
    EraseRequest,
    FileCopy,
    GiveApproval,
    HoldStory,
    IssueCorrective,
    KillStory,
    LiftEmbargo,
    MergeSource,
    OpenStory,
    PartSource,
    PublishStory,
    RefileCopy,
    RegisterSource,
    ReinstateSource,
    ReleaseStory,
    RenameSource,
    ReportFact,
    RequestCorrection,
    RespondToFact,
    RestoreStory,
    RetractFact,
    ReviseFact,
    SetDateline,
    SetHeadline,
    TakeDownStory,
    UndoRevision,
    UpdateFact,
)
from ledger.erasure import Erased
from ledger.events import Recorded
from ledger.fact import FactBody, Ground
from ledger.moment import rfc3339
from ledger.refusals import NothingRecordedThen, Refusal, WordsContradict
from ledger.request import (
    ContactErased,
    ContactLeft,
    CorrectionRequested,
    RequestAccepted,
    RequestAcknowledged,
    RequestDeclined,
    RequestErased,
)
from ledger.store.database import Database, Row
from ledger.story import KIND, FactCorrected, FactEvent, FactReverted, StoryEvent
from ledger.words import Capacity, Role
from projections.engine.catch_up import catch_up, position
from projections.engine.rebuild import rebuild
from projections.engine.states import States
from projections.reading import replay
from projections.reading.replay import Asked
from projections.views import corrections, fact_versions, requests, revisions, search, source_usage, sources
from projections.views.documents import actors_of, json_of, named_sources
from tests.newsroom import Newsroom, fresh_database
from tests.shaking import assert_what_is_shaken_and_rests_on_what
from tests.views import Folded, FoldedStory, dump, dump_built_anew, events_of

# --- Random histories --------------------------------------------------------------------------------------------

STORIES = ("storm", "vote", "a-1")
SOURCES = ("ria", "kcna", "kremlin")
LATE_SOURCE = "late"  # in no history from the start: until it is registered, naming it is refused
VOCABULARY = ("kumo", "bilt", "varg", "zolp")  # no stop words, and no stemmer changes them
HOSTILE = (
    '"quoted"',
    "'; drop table events; --",
    "back\\slash \\u0000 \\n",
    "</script><script>alert(1)</script>",
    "<!-- -->",
    '{"a": 1}',
    '","desk":"x"}',
    "%s %(story)s {0}",
    "😀👩‍👩‍👧",
    "é e\u0301",
    "김정은",
    "שלום \u202e",
    "\u2028",
    "\u00a0",
    "\ufeff",
    "\uffff",
    "𝄞",
)
LITERALS = (
    "on Tuesday",
    "tomorrow",
    "yesterday evening",
    "last week",
    "in three days",
    "on September 12",
    "earlier this month",
    "this year",
    "since 2019",
    "the 1990s",
    "on Monday or Tuesday",
    "30 February",
    "now",
    "when the cows come home 😀",
)
IN_A_MOMENT = "2099-01-01T00:00:00Z"  # stands for an instant that has come when it is looked at next
DAYS = ("2023-09-13", "2023-09-12", "2024-02-29", "2023-01-01", "0001-01-01", "9999-12-31")

prose = (
    st.lists(st.sampled_from(VOCABULARY + HOSTILE), min_size=1, max_size=5).map(" ".join).map("{} .".format)
)
anything = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map("{}.".format)
many_lines = st.lists(anything, min_size=1, max_size=3).map("\n".join)
source = st.sampled_from((*SOURCES * 8, LATE_SOURCE))
link = st.fixed_dictionaries(
    {
        "source": source,
        "cue": anything,
        "speech": st.sampled_from(["direct", "indirect", "mixed", "partial"]),
    },
    optional={"quote": prose},
)
chain = st.lists(link, min_size=1, max_size=3)
unattributed = st.fixed_dictionaries({"reason": anything, "signed_off_by": anything})
citation = st.fixed_dictionaries(
    {"source": source},
    optional={
        "url": st.just("https://example.org/?q=%22%3C/script%3E&x='%5C"),
        "title": anything,
        "published_at": st.just("2023-09-12T10:00:00.5+09:00"),
        "digest": st.just("sha-256:" + "0f" * 32),
        "excerpt": st.fixed_dictionaries({"exact": many_lines}, optional={"prefix": anything}),
        "origin": source,
    },
)
occurred = st.one_of(
    st.builds(lambda words: {"literal": words}, st.sampled_from(LITERALS)),
    st.builds(lambda words: {"literal": words}, anything),
    st.just({"literal": "on Tuesday", "resolved": "2023-09-12", "basis": "the wire"}),
    st.just({"resolved": "2022-02"}),
)
desk_note = st.fixed_dictionaries({"role": anything, "text": many_lines, "is_publishable": st.booleans()})
ground = st.fixed_dictionaries({"story": st.sampled_from(STORIES), "fact": st.integers(1, 4)})
fields_of_fact: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from(["event", "claim", "background", "planned", "response", "quote"]),
    "citations": st.lists(citation, max_size=2),
    "occurred": occurred,
    "place": prose,
    "entities": st.lists(prose, max_size=2),
    "figure": st.just({"value": "-0.250", "unit": "per cent"}),
    "terms": st.sampled_from(["on_record", "background", "off_record"]),
    "rests_on": st.lists(ground, max_size=2),
    "note": st.lists(desk_note, max_size=1),
}
named = st.fixed_dictionaries(
    {
        "statement": prose,
        "kind": st.sampled_from(["event", "claim", "planned"]),
        "attribution": chain,
        "occurred": occurred,
    },
    optional={name: values for name, values in fields_of_fact.items() if name not in ("kind", "occurred")},
)
nameless = st.fixed_dictionaries({"statement": prose, "kind": st.just("claim"), "unattributed": unattributed})
change = {"reason": many_lines}
revision = {"statement": prose, "attribution": chain, "unattributed": unattributed, **fields_of_fact}
correction = change | {
    "was_wrong": anything.map("We had it wrong: {}".format),
    "affects": st.lists(st.sampled_from(["numbers", "date", "other"]), min_size=1, max_size=2),
    "cause": st.sampled_from(["source_error", "our_error", "other"]),
}


@dataclass(frozen=True, slots=True)
class Filed:
    """A command for the desk; `story` picks one of those that are open by then, or a source, `fact` one of its facts,
    or of its last revisions, or one of the correction requests that were made by then. What it rests on is picked
    likewise among the facts there are."""

    command: Command
    story: int = 0
    fact: int = 0
    role: Role = "editor"


@dataclass(frozen=True, slots=True)
class Projected:
    """The views move, in pages of a size, part of the way from where they are to the head."""

    page_events: int
    part: float


def filed(
    command: Callable[[dict[str, Any]], Command], fields: Any, optional: Any = None
) -> st.SearchStrategy[Filed]:
    commands = st.fixed_dictionaries(fields, optional=optional or {}).map(command)
    return st.builds(Filed, commands, st.integers(0, 2), st.integers(0, 5))


@st.composite
def copies(draw: st.DrawFn) -> FileCopy:
    """Copy with facts behind some of its pieces; offsets are in code points, however wide a letter is."""
    pieces = draw(st.lists(st.one_of(prose, many_lines), min_size=1, max_size=4))
    spans, end = [], 0
    for piece in pieces:
        start, end = end, end + len(piece)
        if draw(st.booleans()):
            spans.append({"fact": draw(st.integers(1, 6)), "start": start, "end": end, "exact": piece})
        end += 1
    return FileCopy.model_validate({"text": " ".join(pieces), "spans": spans, "reason": draw(anything)})


reports = st.builds(
    Filed, st.one_of(named, named, nameless).map(ReportFact.model_validate), st.integers(0, 2)
)
changes = st.one_of(
    filed(
        CorrectFact.model_validate,
        correction,
        revision | {"requested_by": anything, "wrong_version": st.integers(1, 2), "request": st.uuids()},
    ),
    filed(UpdateFact.model_validate, change, revision),
    filed(ClarifyFact.model_validate, change, revision),
    filed(CiteFact.model_validate, change | {"citations": st.lists(citation, min_size=1, max_size=2)}),
    filed(AttributeFact.model_validate, change | {"attribution": chain}),
    filed(
        AssessFact.model_validate,
        change,
        {
            "verification": st.sampled_from(["verified", "refuted"]),
            "dispute": st.sampled_from(["disputed", "resolved"]),
        },
    ),
    filed(
        RespondToFact.model_validate,
        change
        | {
            "kind": st.sampled_from(["denies", "confirms"]),
            "by": st.one_of(ground, st.builds(lambda slug: {"source": slug}, source)),
        },
    ),
    filed(RetractFact.model_validate, change),
    filed(ConfirmFact.model_validate, change),
)
trust = st.one_of(
    filed(
        RenameSource.model_validate,
        change | {"name": anything},
        {"other_names": st.lists(anything, max_size=2)},
    ),
    filed(DiscreditSource.model_validate, change),
    filed(DiscreditSource.model_validate, change),
    filed(ReinstateSource.model_validate, change),
    filed(MergeSource.model_validate, change | {"into": st.sampled_from(SOURCES)}),
    filed(PartSource.model_validate, change),
)
heads = st.one_of(
    filed(SetHeadline.model_validate, change | {"headline": prose}),
    st.builds(Filed, copies(), st.integers(0, 2)),
    filed(AddNote.model_validate, {"role": anything, "text": many_lines, "is_publishable": st.booleans()}),
    st.builds(
        Filed,
        st.fixed_dictionaries(
            {"slug": st.just(LATE_SOURCE), "name": anything, "kind": st.just("person")},
            optional={"description": many_lines},
        ).map(RegisterSource.model_validate),
    ),
)
undoings = filed(UndoRevision.model_validate, change)
datelines = filed(SetDateline.model_validate, change | {"date": st.sampled_from(DAYS)}, {"place": prose})
publishing = st.one_of(
    filed(PublishStory.model_validate, change),
    filed(PublishStory.model_validate, change, {"revision": st.integers(1, 30)}),
    filed(PublishStory.model_validate, change | {"embargo_until": st.just("2100-01-01T00:00:00Z")}),
    filed(PublishStory.model_validate, change | {"embargo_until": st.just(IN_A_MOMENT)}),
    st.builds(Filed, st.just(LiftEmbargo()), st.integers(0, 2)),
    filed(HoldStory.model_validate, change),
    filed(ReleaseStory.model_validate, change, {"revision": st.integers(1, 30)}),
    filed(KillStory.model_validate, change, {"notice": anything}),
    filed(TakeDownStory.model_validate, change | {"ground": st.sampled_from(["legal", "safety"])}),
    filed(RestoreStory.model_validate, change, {"held": st.booleans()}),
    filed(GiveApproval.model_validate, {}),
    filed(GiveApproval.model_validate, {}),
    filed(DeclineApproval.model_validate, change),
    filed(AddEditorsNote.model_validate, change | {"text": many_lines}),
    filed(RefileCopy.model_validate, change | {"text": prose}),
    filed(
        IssueCorrective.model_validate,
        change | {"fact": st.integers(1, 4), "ran_in": st.integers(1, 20), "text": anything},
    ),
)
asks = filed(
    RequestCorrection.model_validate,
    {"story": st.just("any"), "phrase": many_lines, "concern": many_lines},
    {"contact": anything.map("reach me: {}".format)},
)
answers = st.one_of(
    filed(AcknowledgeRequest.model_validate, {}, {"note": many_lines}),
    filed(
        AcceptRequest.model_validate, change | {"fact": st.integers(1, 2), "version": st.integers(2, 3)}, {}
    ),
    filed(DeclineRequest.model_validate, change | {"told": many_lines}),
    filed(EraseContact.model_validate, change),
    filed(EraseContact.model_validate, change),
    filed(EraseRequest.model_validate, change),
)
projections_ = st.builds(Projected, st.integers(1, 12), st.sampled_from([0.3, 1.0]))


@st.composite
def openings(draw: st.DrawFn) -> Filed:
    fields = {
        "slug": st.sampled_from(STORIES),
        "headline": prose,
        "desk": anything,
        "language": st.sampled_from(["en", "en", "ko"]),
    }
    dateline = st.fixed_dictionaries({"date": st.sampled_from(DAYS)}, optional={"place": prose})
    return Filed(
        OpenStory.model_validate(draw(st.fixed_dictionaries(fields, optional={"dateline": dateline})))
    )


# How often each comes; `one_of` would count every kind of change as much as all reports.
WEIGHTS = {
    reports: 4,
    changes: 6,
    heads: 3,
    undoings: 4,
    publishing: 6,
    datelines: 2,
    openings(): 1,
    asks: 1,
    answers: 3,
    projections_: 2,
    trust: 2,
}
steps = st.sampled_from([kind for kind, weight in WEIGHTS.items() for _ in range(weight)]).flatmap(
    lambda kind: kind
)


@st.composite
def histories(draw: st.DrawFn) -> list[Filed | Projected]:
    """Begins with two facts, and has a dateline somewhere: nothing else changes facts that it does not name."""
    history: list[Filed | Projected] = [draw(openings()), draw(reports), draw(reports)]
    for step in draw(st.lists(steps, min_size=15, max_size=45)):
        role: Role = draw(
            st.sampled_from(["editor", "editor", "editor", "standards", "standards", "reporter"])
        )
        history.append(replace(step, role=role) if isinstance(step, Filed) else step)
    history.insert(draw(st.integers(3, len(history))), draw(datelines))
    history.insert(draw(st.integers(3, len(history) // 2)), draw(asks))
    return history


@dataclass(slots=True)
class Desk:
    """Files a history through the writer, as people would: each names the version that it saw last."""

    room: Newsroom
    versions: dict[str, list[int]] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)  # the last approval of each story
    requests: list[tuple[UUID, str]] = field(default_factory=list)  # with the story of each
    corrected: dict[str, tuple[int, int]] = field(
        default_factory=dict
    )  # the last correction's fact and version

    def take(self, step: Filed | Projected) -> None:
        if isinstance(step, Projected):
            self.project(step)
            return
        if isinstance(step.command, CommandOnRequest):
            if self.requests or isinstance(step.command, RequestCorrection):
                self.ask_or_answer(step, step.command)
            return
        command, slug, fact, source = step.command, None, None, None
        if isinstance(command, OpenStory):
            slug = command.slug
        elif isinstance(command, CommandOnSource):
            source = None if isinstance(command, RegisterSource) else SOURCES[step.story]
        else:
            slug = list(self.versions)[step.story % len(self.versions)]
        facts = self.versions.get(slug or "", [])
        if isinstance(command, PublishStory) and command.embargo_until == IN_A_MOMENT:
            soon = datetime.now(UTC) + timedelta(milliseconds=20)
            command = command.model_copy(update={"embargo_until": soon.isoformat()})
        if isinstance(command, GiveApproval | DeclineApproval):
            fact = self.asked.get(slug or "", 1)
        if isinstance(command, ChangeFact):
            fact = 1 + step.fact % max(1, len(facts))
            seen = facts[fact - 1] if facts else 1
            command = command.model_copy(update={"expected_version": seen})
        elif isinstance(command, FileCopy):
            spans = [
                span.model_copy(update={"fact": 1 + span.fact % len(facts)})
                for span in command.spans
                if facts
            ]
            command = command.model_copy(update={"spans": tuple(spans)})
        elif isinstance(command, UndoRevision):
            assert slug is not None
            fact = max(1, self.revisions[slug] - step.fact)
        elif isinstance(command, ReportFact):
            command = command.model_copy(update={"rests_on": self.grounds(command)})
        if isinstance(command, ReviseFact) and command.rests_on:
            command = command.model_copy(update={"rests_on": self.grounds(command)})
        role: Capacity = "ledger" if isinstance(command, LiftEmbargo) else step.role
        try:
            receipt = self.room.file(command, slug, fact, role, source=source)
        except WordsContradict as refusal:
            assert isinstance(command, PublishStory | ReleaseStory)
            stand = [
                *(command.words_stand or ()),
                *(one["fact"] for one in refusal.details["contradictions"]),
            ]
            self.take(replace(step, command=command.model_copy(update={"words_stand": tuple(stand)})))
            return
        except Refusal as refusal:
            count(f"refused: {type(refusal).__name__}")
            return
        count(type(command).__name__)
        if "approval" in (rest := orjson.loads(receipt.rest)):
            self.asked[slug or ""] = rest["approval"]
        if isinstance(command, KillStory | TakeDownStory | RestoreStory) and step.fact % 3:
            second: Role = "editor" if step.role == "standards" else "standards"
            self.room.file(GiveApproval(), slug, rest["approval"], second)
            count(f"approved: {type(command).__name__}")
        if isinstance(command, OpenStory):
            facts = self.versions[command.slug] = []
        if isinstance(command, ReportFact):
            facts.append(1)
        elif "fact" in rest:
            facts[rest["fact"] - 1] += 1
            if isinstance(command, CorrectFact) and slug is not None:
                self.corrected[slug] = (rest["fact"], rest["version"])
        if slug is not None:
            self.revisions[slug] = rest["revision"]

    def ask_or_answer(self, step: Filed, command: CommandOnRequest) -> None:
        role: Capacity = step.role
        if isinstance(command, RequestCorrection):
            slug = list(self.versions)[step.story % len(self.versions)]
            command, role = command.model_copy(update={"story": slug}), "reader"
            self.requests.append((uuid4(), slug))
        picked, slug = self.requests[-1 - step.fact % len(self.requests)]
        if isinstance(command, AcceptRequest) and slug in self.corrected:
            fact, version = self.corrected[slug]
            command = command.model_copy(update={"fact": fact, "version": version})
        try:
            self.room.request(command, picked, role)
        except Refusal as refusal:
            count(f"refused: {type(refusal).__name__}")
        else:
            count(type(command).__name__)

    def grounds(self, command: ReportFact | ReviseFact) -> tuple[Ground, ...]:
        """Those that the command names, as facts that are there."""
        known = [
            Ground(story=slug, fact=n + 1) for slug, facts in self.versions.items() for n in range(len(facts))
        ]
        return tuple(
            known[(STORIES.index(ground.story) + 3 * ground.fact) % len(known)]
            for ground in command.rests_on
            if known
        )

    def project(self, step: Projected) -> None:
        """Moves the views on, and holds them against views built anew as far, in one page."""
        behind, events = position(self.room.views), events_of(self.room.views)
        part = behind + int((events[-1].at.position - behind) * step.part)
        # Of a request that is erased already nobody can read which story it is about, up to where that is said.
        erased = max((one.at.position for one in events if isinstance(one.event, RequestErased)), default=0)
        reached = catch_up(self.room.views, max(part, erased), page_events=step.page_events)
        assert dump(self.room.views) == dump_built_anew(self.room.views, reached)
        assert_what_is_shaken_and_rests_on_what(self.room.views, events_of(self.room.views, reached))


_ledgers = itertools.count(1)


@contextmanager
def a_ledger(url: str) -> Iterator[Newsroom]:
    """A new ledger beside the others in the database: one example, one schema."""
    database = Database(url, schema=f"h{next(_ledgers)}")
    room = Newsroom(prepared_in(database))
    try:
        yield room
    finally:
        room.close()
        with database.connect(name="test", as_owner=True) as owner:
            owner.execute(f'drop schema "{database.schema}" cascade')


def prepared_in(database: Database) -> Database:
    from api.server.opening import prepare

    prepare(database)
    return database


# --- What must hold ----------------------------------------------------------------------------------------------


def check(room: Newsroom, history: list[Filed | Projected]) -> None:
    for slug in SOURCES:
        room.file(RegisterSource(slug=slug, name=slug.upper(), kind="agency"))
    desk = Desk(room)
    for step in history:
        desk.take(step)
    views = room.views
    events = events_of(views)
    then: list[Folded] = [Folded()]
    for recorded in events:
        folded = then[-1].copy()
        folded.take(recorded)
        then.append(folded)

    # The views are behind here, as a rule: every answer must bring them as far as it needs. Every other history is
    # followed by somebody who remembers nothing of a story from one page to the next, as after a restart.
    with patch.object(States, "keep") if len(events) % 2 else nullcontext():
        for at in sampled(len(events)):
            the_story_by_position_instant_and_revision(views, then, at)
        catch_up(views)
    for at in sampled(len(events)):
        the_list_and_the_search(views, then[at])
        the_sources_used(views, then[at])
    the_history_of_each_fact(views, events, then)
    the_revisions_and_the_corrections(views, events, then)
    story_now(views, events, then[-1])
    the_sources(views, then[-1])
    for because in assert_what_is_shaken_and_rests_on_what(views, events).shaken.values():
        count(f"shaken by a {because['kind']} at distance {because['distance']}")
    the_requests(views, events, then[-1])

    live = dump(views)
    assert dump_built_anew(views, len(events)) == live
    assert rebuild(room.database) == len(events)
    assert dump(views) == live
    for at in sampled(len(events))[::5]:
        the_story_by_position_instant_and_revision(views, then, at)


def sampled(last: int) -> list[int]:
    """Positions to look at: all of them, or about forty of a long history; always the last ones."""
    return sorted({*range(last, 0, -max(1, last // 40)), *range(max(1, last - 3), last + 1)})


def the_story_by_position_instant_and_revision(views: Connection[Row], then: list[Folded], at: int) -> None:
    folded, following = then[at], then[min(at + 1, len(then) - 1)]
    assert folded.recorded_at is not None
    assert following.recorded_at is not None
    instants = [folded.recorded_at, following.recorded_at - timedelta(microseconds=1)]
    for slug in then[-1].stories:
        asked = [Asked(position=at)]
        if slug not in folded.stories:
            catch_up(views, then[-1].stories[slug].number)  # or the story would not be known at all
            with pytest.raises(NothingRecordedThen):
                replay.story(views, slug, asked[0])
            continue
        story = folded.stories[slug]
        moves_here = story.last.position == at
        if moves_here or following.stories[slug].last.position > at:
            asked += [Asked(as_of=instant) for instant in instants if instant >= folded.recorded_at]
        if moves_here:
            catch_up(views, at)  # a revision is asked of the views as they are
            asked.append(Asked(revision=story.story.revision))
        text = folded.text(slug)
        for moment in asked:
            answer = replay.story(views, slug, moment)
            assert answer.text == text, moment
            place = (answer.moment.revision, answer.moment.position, answer.moment.recorded_at)
            assert place == (story.story.revision, story.last.position, story.last.recorded_at)
        if moves_here:
            each_fact(views, at, story, orjson.loads(text))


def each_fact(views: Connection[Row], at: int, story: FoldedStory, document: dict[str, Any]) -> None:
    """Asked for by itself: the same as in the story, with the names of those it mentions."""
    for number, fact in enumerate(story.documents(), start=1):
        one = replay.fact(views, story.story.head.story, number, Asked(position=at))
        alone = orjson.loads(one.text)
        sources, members = alone.pop("sources"), alone.pop("members")
        assert alone == {"story": story.story.head.story, **orjson.loads(fact)}
        state = story.story.facts[number - 1]
        assert sources == {name: document["sources"][name] for name in named_sources(state)}
        assert members == {str(actor): document["members"][str(actor)] for actor in actors_of(state)}
        assert one.version == alone["version"]


def the_list_and_the_search(views: Connection[Row], folded: Folded) -> None:
    newest_first = sorted(folded.stories.values(), key=lambda story: -story.number)
    rows = search.page(views, None, folded.position, 2**53, 100)
    assert [(number, orjson.loads(text)) for number, text in rows] == [
        (
            story.number,
            {
                "revision": story.story.revision,
                "position": story.last.position,
                "facts": len(story.story.facts),
                "state": story.story.publication.state,
                **story.story.head.model_dump(mode="json", exclude_none=True),
            },
        )
        for story in newest_first
    ]
    for words in (*VOCABULARY, "kumo bilt", "김정은"):
        found = search.page(views, words, folded.position, 2**53, 100)
        wanted = [
            story.number
            for story in newest_first
            if all(
                any(word in (part.split() if word.isascii() else part) for part in parts_of(story))
                for word in words.split()
            )
        ]
        assert [number for number, _ in found] == wanted, words


def parts_of(story: Any) -> Iterator[str]:
    """The texts that are searched."""
    head = story.story.head
    yield f"{head.headline} {head.dateline.place if head.dateline and head.dateline.place else ''}"
    if story.story.copy:
        yield story.story.copy.text
    for fact in story.story.facts:
        quotes = [link.quote for link in fact.attribution or () if link.quote]
        yield " ".join([fact.statement, *quotes, *fact.entities, fact.place or ""])


def the_sources_used(views: Connection[Row], folded: Folded) -> None:
    valid = views.execute(
        "select source, story, fact from source_usage where from_position <= %s and %s < to_position order by 1, 2, 3",
        [folded.position, folded.position],
    ).fetchall()
    assert valid == sorted(
        (name, story.number, fact.fact)
        for story in folded.stories.values()
        for fact in story.story.facts
        for name in named_sources(fact)
    )


def the_sources(views: Connection[Row], folded: Folded) -> None:
    for name, who in folded.sources.items():
        found = sources.one(views, name)
        assert found is not None
        assert found[1] == json_of(who)
    listed = [json.loads(text) for _, text in sources.page(views, None, sources.NEWEST, 100)]
    assert {one["source"]: {**one, "figures": None} for one in listed} == {
        slug: json.loads(json_of(who)) | {"figures": None} for slug, who in folded.sources.items()
    }


def the_history_of_each_fact(views: Connection[Row], events: list[Recorded], then: list[Folded]) -> None:
    """Each document that a fact ever was, in order, and since when."""
    histories: dict[tuple[str, int], list[tuple[int, dict[str, Any]]]] = {}
    for recorded in events:
        at = recorded.at.position
        for slug, story in then[at].stories.items():
            if story.last.position != at:
                continue
            for number, text in enumerate(story.documents(), start=1):
                document = orjson.loads(text)
                versions = histories.setdefault((slug, number), [])
                if not versions or versions[-1][1] != document:
                    versions.append((at, document))
    for (slug, number), versions in histories.items():
        story = then[-1].stories[slug]
        rows = fact_versions.history(views, story.number, number, 0, 1000)
        assert [(since, orjson.loads(text)) for since, text in rows] == [
            (since, document | {"since": since}) for since, document in versions
        ]
        known = [document["version"] for _, document in versions]
        assert sorted(set(known)) == list(range(1, story.story.facts[number - 1].version + 1))


def the_revisions_and_the_corrections(
    views: Connection[Row], events: list[Recorded], then: list[Folded]
) -> None:
    compared = {*FactBody.model_fields, "standing", "verification", "dispute", "responses"}
    corrected = []
    for slug, story in then[-1].stories.items():
        of_story = [recorded for recorded in events if recorded.stream == story.stream]
        rows = revisions.page(views, story.number, 0, 1000)
        assert [number for number, _ in rows] == [recorded.at.revision for recorded in of_story]
        assert [number for number, _ in rows] == list(range(1, len(of_story) + 1))
        substantive = []
        for (number, text), recorded in zip(rows, of_story, strict=True):
            document, at = orjson.loads(text), recorded.at
            assert isinstance(recorded.event, StoryEvent)
            expected = {
                "revision": number,
                "position": at.position,
                "recorded_at": rfc3339(at.recorded_at),
                "actor": str(at.actor),
                "kind": KIND[type(recorded.event)],
                "event_id": str(recorded.event_id),
                "by": then[-1].labels[at.actor],
            }
            for word in (
                "undoes",
                "reason",
                "wrong_version",
                "was_wrong",
                "cause",
                "requested_by",
                "request",
            ):
                value = getattr(recorded.event, word, None)
                if value is not None:
                    expected[word] = value if isinstance(value, int) else str(value)
            if isinstance(recorded.event, FactEvent):
                index = recorded.event.fact - 1
                expected |= {"fact": recorded.event.fact, "version": recorded.event.version}
                before = then[at.position - 1].stories[slug].documents()
                was = orjson.loads(before[index]) if index < len(before) else {}
                now = orjson.loads(then[at.position].stories[slug].documents()[index])
                differ = {name for name in compared if was.get(name) != now.get(name)}
                assert document.get("before", {}) == {name: was[name] for name in differ & was.keys()}
                assert document.get("after", {}) == {name: now[name] for name in differ & now.keys()}
            assert expected.items() <= document.items()
            if document["substantive"]:
                substantive.append(number)
            assert revisions.one(views, story.number, number) == text
            undone = recorded
            while isinstance(undone.event, FactReverted):
                undone = of_story[undone.event.undoes - 1]
            if isinstance(undone.event, FactCorrected):  # it corrects, or takes a correction back
                corrected.append((at.position, {"story": slug, **document}))
        only = revisions.page(views, story.number, 0, 1000, substantive=True)
        assert [number for number, _ in only] == substantive
    rows = corrections.page(views, 2**53, 1000)
    public = ("public_from", "public_to", "public_seconds")  # how long it was public: see test_publishing.py
    told = [
        (number, {name: value for name, value in orjson.loads(text).items() if name not in public})
        for number, text in rows
    ]
    assert told == sorted(corrected, key=lambda row: -row[0])


def story_now(views: Connection[Row], events: list[Recorded], folded: Folded) -> None:
    rows = views.execute(
        "select slug, story, stream_id, revision, position, recorded_at, facts, corrections"
        " from story_now order by slug"
    ).fetchall()
    assert rows == [
        (
            slug,
            story.number,
            story.stream,
            story.story.revision,
            story.last.position,
            story.last.recorded_at,
            len(story.story.facts),
            sum(isinstance(e.event, FactCorrected) and e.stream == story.stream for e in events),
        )
        for slug, story in sorted(folded.stories.items())
    ]
    for name, source in folded.sources.items():
        together = {name, *(one.source for one in source.joined or ())}
        leaning = source_usage.page(views, name, (0, 0), 1000)
        assert [(number, fact, orjson.loads(text)) for number, fact, text in leaning] == sorted(
            (
                (story.number, fact.fact, {"story": slug, **orjson.loads(story.documents()[fact.fact - 1])})
                for slug, story in folded.stories.items()
                for fact in story.story.facts
                if together & {*named_sources(fact)}
            ),
            key=lambda row: row[:2],
        )


def the_requests(views: Connection[Row], events: list[Recorded], folded: Folded) -> None:
    """Each as its events make it; the contact is what the ledger still holds of it."""
    expected: dict[UUID, dict[str, Any]] = {}
    took: list[float] = []
    for recorded in events:
        event, at, stream = recorded.event, recorded.at, recorded.stream
        when = rfc3339(at.recorded_at)
        match event:
            case CorrectionRequested():
                said = event.model_dump(mode="json", exclude={"topic"})
                bare = {"contact": None, "has_contact": False, "erased": False, "state": "open"}
                expected[stream] = said | bare | {"request": str(stream), "asked_at": when}
            case ContactLeft():
                expected[stream] |= {"contact": event.contact, "has_contact": True}
            case Erased(topic="contact-left.v1"):
                expected[stream]["erased"] = True
            case Erased(topic="correction-requested.v1"):
                words = {"story": "", "phrase": None, "concern": None, "contact": None, "has_contact": False}
                bare = {"erased": False, "state": "open", "request": str(stream), "asked_at": when}
                expected[stream] = words | bare
            case RequestErased():
                expected[stream]["story"] = event.story
            case RequestAcknowledged():
                expected[stream] |= {"state": "acknowledged", "acknowledged_at": when}
                expected[stream] |= {"note": event.note} if event.note else {}
            case RequestAccepted() | RequestDeclined():
                answer = event.model_dump(mode="json", exclude={"topic"}) | {"by": folded.labels[at.actor]}
                state = "accepted" if isinstance(event, RequestAccepted) else "declined"
                expected[stream] |= {"state": state, "answered_at": when, "answer": answer}
                asked_at = datetime.fromisoformat(expected[stream]["asked_at"])
                took.append((at.recorded_at - asked_at).total_seconds())
            case ContactErased():
                assert expected[stream]["erased"]
                assert expected[stream]["contact"] is None
            case _:
                assert not isinstance(event, Erased)
    for stream, told in expected.items():
        assert (told["state"], told["contact"] is not None) == (
            folded.requests[stream].state,
            folded.requests[stream].has_contact,
        )
    waiting = [told for told in expected.values() if "answer" not in told]
    for state in get_args(requests.Shown):
        rows = requests.page(views, state, 0, 1000, contacts=True)
        assert [number for number, _ in rows] == sorted(number for number, _ in rows)
        listed = [orjson.loads(text) for _, text in rows]
        assert all(("age_seconds" in told) != ("answer" in told) for told in listed)
        assert all(told.pop("age_seconds", 0) >= 0 for told in listed)
        wanted = [told for told in expected.values() if told["state"] == state]
        assert listed == (waiting if state == "unanswered" else wanted)
        for told in listed:
            text = requests.one(views, UUID(told["request"]), contacts=True)
            assert text is not None
            assert {**orjson.loads(text), "age_seconds": 0} == {**told, "age_seconds": 0}
    figures = orjson.loads(requests.figures(views))
    accepted = sum(told["state"] == "accepted" for told in expected.values())
    assert (figures["oldest_open_seconds"] is None) == (not waiting)
    del figures["oldest_open_seconds"]
    assert figures == {
        "open": len(waiting),
        "answered": len(took),
        "accepted": accepted,
        "declined": len(took) - accepted,
        "share_accepted": accepted / len(took) if took else None,
        "median_seconds_to_answer": pytest.approx(statistics.median(took)) if took else None,
    }


# --- The tests ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def any_ledgers(cluster: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(cluster) as url:
        yield url


random_histories = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


def run(url: str, history: list[Filed | Projected]) -> None:
    with a_ledger(url) as room:
        note(f"schema {room.database.schema}")
        check(room, history)


@pytest.mark.thorough
@settings(random_histories, max_examples=5)
@given(history=histories())
def test_live_views_rebuilt_views_and_the_fold_of_the_events_agree_at_every_position(
    any_ledgers: str, history: list[Filed | Projected]
) -> None:
    run(any_ledgers, history)


@pytest.mark.thorough
@settings(random_histories, max_examples=14)
@given(history=histories())
def test_live_views_rebuilt_views_and_the_fold_of_the_events_agree_in_more_histories(
    any_ledgers: str, history: list[Filed | Projected]
) -> None:
    run(any_ledgers, history)


@pytest.mark.slow
@settings(random_histories, max_examples=300)
@given(history=histories())
def test_live_views_rebuilt_views_and_the_fold_of_the_events_agree_in_many_more_histories(
    any_ledgers: str, history: list[Filed | Projected]
) -> None:
    run(any_ledgers, history)
