"""Is every command allowed in exactly the states that the table says, and does docs/permitted.md show that table?"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ledger import permitted, request, source, story
from ledger.commands import (
    AcceptRequest,
    AcknowledgeRequest,
    Actor,
    AddEditorsNote,
    AddNote,
    AssessFact,
    AttributeFact,
    CiteFact,
    ClarifyFact,
    Command,
    CommandOnFact,
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
    MergeStory,
    OpenStory,
    PartSource,
    PublishStory,
    RefileCopy,
    RefileFact,
    RegisterProvider,
    RegisterSource,
    ReinstateSource,
    ReleaseStory,
    RenameSource,
    ReportFact,
    RequestCorrection,
    RespondToFact,
    RestoreStory,
    RetractFact,
    SetDateline,
    SetHeadline,
    SetSlug,
    SetTerms,
    TakeDownStory,
    TakeItem,
    UndoRevision,
    UpdateFact,
)
from ledger.moment import Moment
from ledger.origin import Origin
from ledger.refusals import (
    ApprovalLapsed,
    FactIsRetracted,
    NoSuchRequest,
    NoSuchSource,
    NoSuchStory,
    NotAsItStands,
    Refusal,
    SlugTaken,
)
from ledger.request import Request, RequestEvent
from ledger.rules import Context, Past, State, decide, looks_back
from ledger.rules.sources import of_both
from ledger.source import Source, SourceEvent
from ledger.story import Story, StoryEvent, StoryOpened
from ledger.words import LEDGER, Capacity, source_stream, story_stream

EDITOR, COLLEAGUE, REQUEST = UUID(int=1), UUID(int=2), UUID(int=3)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SOON = (NOON + timedelta(hours=1)).isoformat()
EVENING = NOON + timedelta(hours=6)


class Desk:
    """Streams in memory, moved by the rules alone: whatever state a test is about, commands have brought it about."""

    def __init__(self) -> None:
        self.states: dict[UUID, State] = {}
        self.versions: dict[UUID, int] = {}
        self.position = 0
        self.pasts: dict[int, Past] = {}  # of the story, by revision

    def act(
        self, command: Command, number: int | None = None, *, by: UUID = EDITOR, now: datetime = NOON
    ) -> list[Any]:
        others: dict[type[Command], Capacity] = {LiftEmbargo: "ledger", RegisterProvider: "standards"}
        capacity = others.get(type(command), "editor")
        is_of_source = isinstance(command, CommandOnSource)
        about = command.slug if isinstance(command, RegisterSource) else "ria" if is_of_source else "story"
        stream = source_stream(about) if is_of_source else story_stream(about)
        if isinstance(command, CommandOnRequest):
            stream = REQUEST
        glance = looks_back(command, number, self.states.get(stream))
        past = self.pasts.get(glance.revision) if glance and glance.revision else None
        context = Context(Actor(by, capacity), now, about, self.states, past)
        wanted = None if isinstance(command, ReportFact) else number  # a fact gets the next one
        events = decide(self.states.get(stream), command, wanted, context)
        for event in events:
            self.position += 1
            self.versions[stream] = self.versions.get(stream, 0) + 1
            at = Moment(self.position, self.versions[stream], now, by)
            state = self.states.get(stream)
            if isinstance(event, StoryEvent):
                assert state is None or isinstance(state, Story)
                self.pasts[at.revision] = Past(event, state)
                self.states[stream] = story.evolve(state, event, at)
            elif isinstance(event, RequestEvent):
                assert state is None or isinstance(state, Request)
                self.states[stream] = request.evolve(state, event, at, stream)
            else:
                assert isinstance(event, SourceEvent)
                for one in (stream, *map(source_stream, filter(None, [of_both(event)]))):
                    state = self.states.get(one)
                    assert state is None or isinstance(state, Source)
                    self.states[one] = source.evolve(state, event, at)
        return events

    def story(self) -> Story:
        state = self.states[story_stream("story")]
        assert isinstance(state, Story)
        return state

    def approved(self, command: Command) -> None:
        (asked,) = self.act(command)
        self.act(GiveApproval(), asked.approval, by=COLLEAGUE)


SAID = [{"source": "ria", "cue": "said", "speech": "indirect"}]
FACT = {"statement": "A train arrived", "kind": "event", "attribution": SAID}
WHY = {"reason": "Because"}
COPY = {"text": "A train", "spans": [{"fact": 1, "start": 0, "end": 7, "exact": "A train"}], **WHY}
COPY_AGAIN = {"text": "A train.", "spans": [{"fact": 1, "start": 0, "end": 7, "exact": "A train"}], **WHY}


def opened() -> Desk:
    """A story with a fact in version 3, corrected, and a copy."""
    desk = Desk()
    desk.act(RegisterSource(slug="ria", name="RIA", kind="agency"))
    origin = Origin(provider="ria", id="1")
    desk.act(OpenStory(slug="story", headline="A train", language="en", desk="world", origin=origin))
    desk.act(ReportFact.model_validate(FACT))
    desk.act(FileCopy.model_validate({"expected_revision": 2} | COPY))
    other = StoryOpened(slug="other", headline="Another", language="en", desk="world")
    desk.states[story_stream("other")] = story.evolve(None, other, Moment(0, 1, NOON, EDITOR))
    return desk


CORRECTION = CorrectFact.model_validate(
    {"expected_version": 1, "place": "Khasan", "was_wrong": "The place", "affects": ["other"]}
    | {"cause": "our_error", **WHY}
)

# How a story comes into each state. All but the first have a fact that was corrected after what was published, and
# an approval that waits, so that every command has something to be about.
STORIES: dict[str, Callable[[Desk], None]] = {
    "draft": lambda desk: None,
    "embargoed": lambda desk: act_all(desk, PublishStory(revision=3, embargo_until=SOON, reason="R")),
    "published": lambda desk: act_all(
        desk,
        PublishStory(revision=3, reason="R"),
        CORRECTION,
        PublishStory(revision=5, embargo_until=SOON, reason="R"),
    ),
    "held": lambda desk: act_all(
        desk,
        PublishStory(revision=3, reason="R"),
        CORRECTION,
        PublishStory(revision=5, embargo_until=SOON, reason="R"),
        HoldStory(reason="R"),
    ),
    "killed": lambda desk: act_all(
        desk, PublishStory(revision=3, reason="R"), CORRECTION, KillStory(reason="R")
    ),
    "taken_down": lambda desk: act_all(
        desk, PublishStory(revision=3, reason="R"), CORRECTION, TakeDownStory(ground="legal", reason="R")
    ),
}


def act_all(desk: Desk, *commands: Command) -> None:
    for command in commands:
        if isinstance(command, KillStory | TakeDownStory):
            desk.approved(command)
        else:
            desk.act(command, 1)


def in_state(state: str) -> Desk:
    if state == "unknown":
        return Desk()
    desk = opened()
    STORIES[state](desk)
    assert desk.story().state == state
    return desk


def with_approval(state: str) -> tuple[Desk, int]:
    """A story in a state with an approval that waits, for something that can be done then."""
    desk = in_state(state)
    asked: Command = RestoreStory(reason="R") if state in ("killed", "taken_down") else KillStory(reason="R")
    (event,) = desk.act(asked)
    return desk, event.approval


# A command of each kind that something stands in the way of by nothing but the state.
def sample(kind: type[Command], desk: Desk) -> Command:
    seen = {"expected_revision": desk.story().revision if desk.states else 1}
    versions = {"expected_version": desk.story().facts[0].version} if desk.states else {}
    fields: dict[type[Command], dict[str, Any]] = {
        OpenStory: {"slug": "story", "headline": "A train", "language": "en", "desk": "world"},
        TakeItem: {
            "origin": {"provider": "ria", "id": "1", "version": "2"},
            **({"signal": "withheld"} if desk.states else {"headline": "A", "language": "en", "desk": "w"}),
        },
        ReportFact: FACT,
        FileCopy: seen | COPY_AGAIN | {"text": "A train!"},
        RefileCopy: seen | COPY_AGAIN,
        SetHeadline: seen | {"headline": "Another", **WHY},
        SetDateline: seen | {"date": "2026-11-24", **WHY},
        SetSlug: seen | {"slug": "another", **WHY},
        MergeStory: {"into": "other", **WHY},
        AddNote: {"role": "desk", "text": "Note", "is_publishable": False},
        AddEditorsNote: {"text": "Note", **WHY},
        UndoRevision: WHY,
        IssueCorrective: {
            "fact": 1,
            "ran_in": desk.story().editions[0] if desk.states and desk.story().editions else 1,
            "text": "Mend it",
            **WHY,
        },
        PublishStory: {"revision": desk.story().revision, **WHY} if desk.states else {"revision": 1, **WHY},
        LiftEmbargo: {},
        HoldStory: WHY,
        ReleaseStory: WHY,
        KillStory: WHY,
        TakeDownStory: {"ground": "legal", **WHY},
        RestoreStory: WHY,
        GiveApproval: {},
        DeclineApproval: WHY,
        CorrectFact: versions
        | {"place": "Vladivostok", "was_wrong": "The place", "affects": ["other"], "cause": "our_error"}
        | WHY,
        UpdateFact: versions | {"place": "Vladivostok", **WHY},
        ClarifyFact: versions | {"place": "Vladivostok", **WHY},
        RefileFact: versions | {"statement": "A train arived", **WHY},
        RetractFact: versions | WHY,
        ConfirmFact: versions | WHY,
        SetTerms: versions | {"terms": "background", **WHY},
        CiteFact: versions | {"citations": [{"source": "ria"}], **WHY},
        AttributeFact: versions | {"attribution": [SAID[0] | {"cue": "reported"}], **WHY},
        AssessFact: versions | {"verification": "verified", **WHY},
        RespondToFact: versions | {"kind": "denies", "by": {"source": "ria"}, **WHY},
    }
    return kind.model_validate(fields[kind])


@dataclass(frozen=True)
class Cell:
    command: type[Command]
    thing: permitted.Thing
    state: str

    def __str__(self) -> str:
        return f"{self.command.__name__}-{self.thing}-{self.state}"


def allowed_by_the_guide() -> dict[Cell, bool]:
    """Every cell of the tables of states, as the room's guide has them: a copy that no change of the code changes."""
    commands = {command.__name__: command for command in permitted.WHEN}
    found: dict[Cell, bool] = {}
    thing: permitted.Thing | None = None
    states: list[str] = []
    for line in GUIDE.splitlines():
        name, *values = [word.strip() for word in line.strip("|").split("|")]
        if head := re.fullmatch(r"when the (\w+) is", name):
            thing = next(known for known in permitted.STATES if known == head[1])
            states = [value.replace(" ", "_") for value in values]
        elif not line:
            thing = None
        elif thing and name in commands:
            found |= {
                Cell(commands[name], thing, state): value == "yes"
                for state, value in zip(states, values, strict=True)
            }
    return found


GUIDE = (Path(__file__).parent.parent / "docs" / "permitted.md").read_text()
ALLOWED = allowed_by_the_guide()


def cells(thing: permitted.Thing) -> list[Cell]:
    return [cell for cell in ALLOWED if cell.thing == thing]


def tried(desk: Desk, command: Command, number: int, *, by: UUID = EDITOR) -> Refusal | None:
    """What stands in the way of it; and then nothing has changed."""
    before = dict(desk.states)
    try:
        assert desk.act(command, number, by=LEDGER if isinstance(command, LiftEmbargo) else by, now=EVENING)
    except Refusal as refusal:
        assert desk.states == before
        return refusal
    return None


def expected(cell: Cell) -> type[Refusal] | None:
    """What the table says, in the words that a person gets."""
    if ALLOWED[cell]:
        return None
    if cell.command in (OpenStory, RegisterSource):
        return SlugTaken
    missing: dict[str, type[Refusal]] = {"source": NoSuchSource, "request": NoSuchRequest}
    unknown = missing.get(cell.thing, NoSuchStory)
    told: dict[str, type[Refusal]] = {
        "unknown": unknown,
        "retracted": FactIsRetracted,
        "lapsed": ApprovalLapsed,
    }
    return told.get(cell.state, NotAsItStands)


@pytest.mark.parametrize("cell", cells("story"), ids=str)
def test_a_command_on_a_story_is_allowed_in_the_states_of_the_table(cell: Cell) -> None:
    if cell.command in (GiveApproval, DeclineApproval) and cell.state != "unknown":
        desk, number = with_approval(cell.state)
    else:
        desk, number = in_state(cell.state), 1
    if cell.command is UndoRevision and desk.states:
        number = desk.story().facts[0].changed.revision
    refusal = tried(desk, sample(cell.command, desk), number, by=COLLEAGUE)
    assert type(refusal) is (expected(cell) or type(None)), refusal
    if isinstance(refusal, NotAsItStands):
        assert str(refusal).startswith(f"The story story is {cell.state.replace('_', ' ')}; this is possible")


@pytest.mark.parametrize("cell", cells("fact"), ids=str)
def test_a_command_on_a_fact_is_allowed_in_the_states_of_the_table(cell: Cell) -> None:
    desk = opened()
    if cell.state == "retracted":
        desk.act(RetractFact(expected_version=1, reason="R"), 1)
    refusal = tried(desk, sample(cell.command, desk), 1)
    assert type(refusal) is (expected(cell) or type(None)), refusal


@pytest.mark.parametrize("cell", cells("approval"), ids=str)
def test_an_approval_is_answered_once(cell: Cell) -> None:
    desk, number = with_approval("published")
    if cell.state == "lapsed":
        desk.act(SetHeadline(expected_revision=desk.story().revision, headline="They met", reason="R"))
    if cell.state == "answered":
        desk.act(DeclineApproval(reason="No"), number)
    refusal = tried(desk, sample(cell.command, desk), number, by=COLLEAGUE)
    assert type(refusal) is (expected(cell) or type(None)), refusal


@pytest.mark.parametrize("cell", cells("source"), ids=str)
def test_a_command_on_a_source_is_allowed_in_the_states_of_the_table(cell: Cell) -> None:
    desk = Desk() if cell.state == "unknown" else opened()
    desk.act(RegisterSource(slug="tass", name="TASS", kind="agency"))
    if cell.state == "discredited":
        desk.act(DiscreditSource(reason="R"))
        alike = desk.states[source_stream("ria")]
        assert isinstance(alike, Source)
        desk.states[source_stream("tass")] = alike.model_copy(update={"source": "tass"})
    if cell.command is PartSource and cell.state != "unknown":
        desk.act(MergeSource(into="tass", reason="R"))
    samples: dict[type[Command], Command] = {
        RegisterSource: RegisterSource(slug="ria", name="RIA", kind="agency"),
        RenameSource: RenameSource(name="Ria", reason="R"),
        MergeSource: MergeSource(into="tass", reason="R"),
        PartSource: PartSource(reason="R"),
        DiscreditSource: DiscreditSource(reason="R"),
        ReinstateSource: ReinstateSource(reason="R"),
        RegisterProvider: RegisterProvider(reason="R"),
    }
    refusal = tried(desk, samples[cell.command], 1)
    assert type(refusal) is (expected(cell) or type(None)), refusal


@pytest.mark.parametrize("cell", cells("request"), ids=str)
def test_a_command_on_a_request_is_allowed_in_the_states_of_the_table(cell: Cell) -> None:
    desk = in_state("published")
    asked = RequestCorrection(story="story", phrase="A train", concern="It left", contact="a@example.org")
    acceptance = AcceptRequest(fact=1, version=2, reason="R")
    ways: dict[str, tuple[Command, ...]] = {
        "unknown": (),
        "open": (asked,),
        "acknowledged": (asked, AcknowledgeRequest()),
        "accepted": (asked, acceptance),
        "declined": (asked, DeclineRequest(told="T", reason="R")),
    }
    act_all(desk, *ways[cell.state])
    samples: dict[type[Command], Command] = {
        RequestCorrection: asked,
        AcknowledgeRequest: AcknowledgeRequest(),
        AcceptRequest: acceptance,
        DeclineRequest: DeclineRequest(told="T", reason="R"),
        EraseContact: EraseContact(reason="R"),
        EraseRequest: EraseRequest(reason="R"),
    }
    refusal = tried(desk, samples[cell.command], 1)
    assert type(refusal) is (expected(cell) or type(None)), refusal


def test_the_table_has_a_cell_for_every_command_and_every_state() -> None:
    assert set(permitted.WHEN) == set(permitted.MAY)
    for command, about in permitted.WHEN.items():
        for thing, states in about.items():
            assert states, command
            assert states <= set(permitted.STATES[thing]), command
    on_facts = {command for command, about in permitted.WHEN.items() if "fact" in about}
    assert on_facts == set(CommandOnFact.__args__)


def test_the_guide_of_the_room_shows_the_table() -> None:
    assert permitted.tables() in GUIDE, "`make docs` writes it there"
    assert set(ALLOWED) == {
        Cell(command, thing, state)
        for command, about in permitted.WHEN.items()
        for thing in about
        for state in permitted.STATES[thing]
    }


def test_what_is_restored_is_as_it_was_before() -> None:
    for before in ("published", "held"):
        for command in (KillStory(reason="R"), TakeDownStory(ground="safety", reason="R")):
            desk = in_state(before)
            desk.approved(command)
            desk.approved(RestoreStory(reason="R"))
            assert desk.story().state == before
    desk = in_state("killed")
    desk.approved(RestoreStory(reason="R", held=True))
    assert desk.story().state == "held"


def test_what_waited_for_its_time_waits_no_more_once_it_is_killed() -> None:
    desk = in_state("published")
    desk.approved(KillStory(reason="R"))
    desk.approved(RestoreStory(reason="R"))
    assert isinstance(tried(desk, LiftEmbargo(), 1), Refusal)
    assert desk.story().publication.revision == desk.story().editions[-1]
