"""Who may do what, and what is allowed when: every command by role, and by the state of what it is about.

docs/permitted.md shows the tables; `make docs` writes them there.
"""

from collections.abc import Mapping
from typing import Literal, get_args

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
    IssueKey,
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
    RevokeKey,
    SetDateline,
    SetHeadline,
    SetSlug,
    SetTerms,
    TakeDownStory,
    TakeItem,
    UndoRevision,
    UpdateFact,
)
from ledger.publication import StoryState
from ledger.refusals import (
    FactIsRetracted,
    NoSuchRequest,
    NoSuchSource,
    NoSuchStory,
    NotAsItStands,
    RoleMayNot,
    SlugTaken,
)
from ledger.request import RequestState
from ledger.source import SourceState
from ledger.words import Capacity, Role, Standing

# --- By role -----------------------------------------------------------------------------------------------------

FILES: frozenset[Capacity] = frozenset({"reporter", "editor", "standards"})
EDITS: frozenset[Capacity] = frozenset({"editor", "standards"})
RUNS: frozenset[Capacity] = frozenset({"admin"})
ROLES: tuple[Capacity, ...] = (*get_args(Role), "reader")
ANYBODY: frozenset[Capacity] = frozenset(ROLES)

# Reporters file and say where it can be checked; what readers were told changes only by an editor's or the standards
# desk's hand. An auditor reads, an admin runs the machine; neither writes stories. A wire takes items of its own
# provider alone.
MAY: dict[type[Command], frozenset[Capacity]] = {
    RegisterSource: FILES,
    RegisterProvider: frozenset({"standards", "admin"}),
    OpenStory: FILES,
    ReportFact: FILES,
    CiteFact: FILES,
    AttributeFact: FILES,
    AssessFact: FILES,
    RespondToFact: FILES,
    UpdateFact: FILES,
    AddNote: FILES,
    FileCopy: FILES,
    TakeItem: EDITS | {"wire"},
    SetHeadline: EDITS,
    SetDateline: EDITS,
    SetSlug: EDITS,
    MergeStory: EDITS,
    RefileCopy: FILES,
    AddEditorsNote: EDITS,
    IssueCorrective: EDITS,
    CorrectFact: EDITS,
    ClarifyFact: EDITS,
    RefileFact: FILES,
    RetractFact: EDITS,
    UndoRevision: EDITS,
    PublishStory: EDITS,
    HoldStory: EDITS,
    ReleaseStory: EDITS,
    KillStory: EDITS,
    TakeDownStory: EDITS,
    RestoreStory: EDITS,
    GiveApproval: EDITS,
    DeclineApproval: EDITS,
    LiftEmbargo: frozenset({"ledger"}),
    ConfirmFact: EDITS,
    SetTerms: EDITS,
    RenameSource: EDITS,
    MergeSource: EDITS,
    PartSource: EDITS,
    DiscreditSource: EDITS,
    ReinstateSource: EDITS,
    RequestCorrection: ANYBODY,
    AcknowledgeRequest: FILES,
    AcceptRequest: EDITS,
    DeclineRequest: EDITS,
    EraseContact: EDITS,
    EraseRequest: EDITS,
    IssueKey: RUNS,
    RevokeKey: RUNS,
}


def authorise(command: type[Command], actor: Actor) -> None:
    needs = MAY[command]
    if actor.role not in needs:
        raise RoleMayNot(role=actor.role, needs=", ".join(sorted(needs)))


# --- By state ----------------------------------------------------------------------------------------------------

Thing = Literal["source", "story", "fact", "approval", "request"]
STATES: dict[Thing, tuple[str, ...]] = {
    "source": ("unknown", *get_args(SourceState)),
    "story": ("unknown", *get_args(StoryState)),
    "fact": get_args(Standing),
    "approval": ("pending", "lapsed", "answered"),
    "request": ("unknown", *get_args(RequestState)),
}
_OPENED = frozenset(get_args(StoryState))
_EDITABLE = _OPENED - {"killed"}
_SHOWABLE = frozenset({"draft", "embargoed", "published"})
_PENDING: Mapping[Thing, frozenset[str]] = {"story": _OPENED, "approval": frozenset({"pending"})}
_DECLINABLE: Mapping[Thing, frozenset[str]] = {
    "story": _OPENED,
    "approval": frozenset({"pending", "lapsed"}),
}
_UNANSWERED = frozenset({"open", "acknowledged"})
_STANDING: Mapping[Thing, frozenset[str]] = {"story": _EDITABLE, "fact": frozenset({"standing"})}

# What each thing that a command is about must be for it. A killed story stays as it was killed, but for notes; one
# that was taken down can be mended before it comes back. A retracted fact stays a tombstone.
WHEN: dict[type[Command], Mapping[Thing, frozenset[str]]] = {
    RegisterSource: {"source": frozenset({"unknown"})},
    RenameSource: {"source": frozenset(get_args(SourceState))},
    MergeSource: {"source": frozenset(get_args(SourceState))},
    PartSource: {"source": frozenset(get_args(SourceState))},
    DiscreditSource: {"source": frozenset({"registered"})},
    ReinstateSource: {"source": frozenset({"discredited"})},
    RegisterProvider: {"source": frozenset(get_args(SourceState))},
    OpenStory: {"story": frozenset({"unknown"})},
    ReportFact: {"story": _EDITABLE},
    FileCopy: {"story": _EDITABLE},
    TakeItem: {"story": _OPENED | {"unknown"}},
    SetHeadline: {"story": _EDITABLE},
    SetDateline: {"story": _EDITABLE},
    SetSlug: {"story": _EDITABLE},
    MergeStory: {"story": _OPENED},
    AddNote: {"story": _OPENED},
    RefileCopy: {"story": _EDITABLE},
    AddEditorsNote: {"story": _EDITABLE},
    IssueCorrective: {"story": frozenset({"published", "held", "taken_down"})},
    PublishStory: {"story": _SHOWABLE},
    LiftEmbargo: {"story": frozenset({"embargoed", "published", "held"})},
    HoldStory: {"story": _SHOWABLE},
    ReleaseStory: {"story": frozenset({"held"})},
    KillStory: {"story": _SHOWABLE | {"held"}},
    TakeDownStory: {"story": frozenset({"published", "held"})},
    RestoreStory: {"story": frozenset({"killed", "taken_down"})},
    GiveApproval: _PENDING,
    DeclineApproval: _DECLINABLE,
    CorrectFact: _STANDING,
    UpdateFact: _STANDING,
    ClarifyFact: _STANDING,
    RefileFact: _STANDING,
    RetractFact: _STANDING,
    CiteFact: _STANDING,
    AttributeFact: _STANDING,
    AssessFact: _STANDING,
    RespondToFact: _STANDING,
    ConfirmFact: _STANDING,
    SetTerms: {"story": _EDITABLE, "fact": frozenset({"standing", "retracted"})},
    RequestCorrection: {"request": frozenset({"unknown"})},
    AcknowledgeRequest: {"request": frozenset({"open"})},
    AcceptRequest: {"request": _UNANSWERED},
    DeclineRequest: {"request": _UNANSWERED},
    EraseContact: {"request": frozenset(get_args(RequestState))},
    EraseRequest: {"request": frozenset(get_args(RequestState))},
    UndoRevision: {"story": _EDITABLE},
    IssueKey: {},
    RevokeKey: {},
}


def check(command: type[Command], thing: Thing, state: str, name: str) -> None:
    """Refuses a command on a thing that is not as the table wants it; `name`: slug or number, for the person."""
    when = WHEN[command][thing]
    if state in when:
        return
    if state == "unknown" and thing == "request":
        raise NoSuchRequest
    if state == "unknown":
        raise NoSuchStory(story=name) if thing == "story" else NoSuchSource(source=name)
    if when == {"unknown"} and thing != "request":  # whose id is nobody's choice
        raise SlugTaken(slug=name, what=thing, pointer="/slug")
    if state == "retracted":
        raise FactIsRetracted(fact=int(name))
    raise not_as_it_stands(thing, name, state, when)


def not_as_it_stands(
    thing: Thing, name: str, state: str, when: frozenset[str], pointer: str | None = None
) -> NotAsItStands:
    said = " or ".join(map(in_words, in_order(thing, when)))
    return NotAsItStands(thing=thing, name=name, state=in_words(state), when=said, pointer=pointer)


def in_order(thing: Thing, states: frozenset[str]) -> list[str]:
    return [state for state in STATES[thing] if state in states]


def in_words(state: str) -> str:
    return state.replace("_", " ")


# --- Shown -------------------------------------------------------------------------------------------------------


def tables() -> str:
    """Both tables in Markdown: a row a command, a column a role, or a state of what the command is about."""
    lines = ["| command | " + " | ".join(ROLES) + " |", "|---" * (len(ROLES) + 1) + "|"]
    lines += [
        f"| {command.__name__} | " + " | ".join("yes" if role in may else "" for role in ROLES) + " |"
        for command, may in MAY.items()
    ]
    for thing, states in STATES.items():
        about = [command for command in WHEN if thing in WHEN[command]]
        lines += [
            "",
            f"| when the {thing} is | " + " | ".join(map(in_words, states)) + " |",
            "|---" * (len(states) + 1) + "|",
        ]
        lines += [
            f"| {command.__name__} | "
            + " | ".join("yes" if state in WHEN[command][thing] else "" for state in states)
            + " |"
            for command in about
        ]
    return "\n".join(lines) + "\n"
