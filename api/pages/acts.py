"""Every act of the desk, once: its word, its command, what it is called in a newsroom, and where it is done."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ledger import commands
from ledger.commands import Command
from ledger.permitted import MAY, WHEN, Thing, in_order, in_words
from ledger.words import Capacity

About = Literal["nothing", "source", "story", "fact", "approval", "revision", "request"]
States = Mapping[Thing, str]

_DESK_ALONE = "The reason is for the desk alone."
_READERS_TOO = "Readers see the reason, too, once it is published."
_TWO = "It takes two people: a second one approves or declines. The reason is for the desk alone."


@dataclass(frozen=True, slots=True)
class Act:
    """word: that of the command line and of import; endpoint: the last part of its address in the API; does: what it
    does and who sees the reason; is_grave: what readers see may be gone by it; is_rare: not among those at hand."""

    word: str
    command: type[Command]
    about: About
    endpoint: str
    label: str
    does: str
    is_grave: bool = False
    is_rare: bool = False

    def path(self, place: str) -> str:
        """Where the API takes it; place: the address of what it is about, such as /stories/kim-visits-russia."""
        return f"/v1{place}/{self.endpoint}"

    def page(self, place: str, seen: int | None = None) -> str:
        """Where its form is; seen: the revision of the story on the page that leads to it, for what names one."""
        named = f"?revision={seen}" if seen and self.names_what_was_seen else ""
        return f"/desk{place}/{self.word}{named}"

    def may(self, role: Capacity) -> bool:
        return role in MAY[self.command]

    def why_not(self, states: States) -> str | None:
        """What stands in its way as things are; None where nothing does."""
        for thing, when in WHEN[self.command].items():
            if thing in states and states[thing] not in when:
                wanted = " or ".join(map(in_words, in_order(thing, when)))
                return f"The {thing} is {in_words(states[thing])}; this is possible only when it is {wanted}."
        return None

    @property
    def changes_a_fact(self) -> bool:
        """Whether it names the version of the fact that it saw."""
        return issubclass(self.command, commands.ChangeFact)

    @property
    def changes_the_story(self) -> bool:
        """Whether it names the revision of the story that its form was made of."""
        return issubclass(self.command, commands.ChangeStory)

    @property
    def changes_what_it_says(self) -> bool:
        """Whether it is about what a story says, and not about how it stands."""
        return self.about in ("story", "fact", "revision") and self.command not in get_args(
            commands.CommandOnPublication
        )

    @property
    def names_what_was_seen(self) -> bool:
        """Whether it is about the story as somebody looked at it."""
        return self.command is commands.PublishStory

    @property
    def revises_a_fact(self) -> bool:
        """Whether it gives fields of the fact new values."""
        return issubclass(self.command, commands.ReviseFact)


_ALL = (
    Act(
        "register",
        commands.RegisterSource,
        "nothing",
        "sources",
        "Register a source",
        "Whoever or whatever facts can be attributed to. What is said here of a source never changes.",
    ),
    Act(
        "open",
        commands.OpenStory,
        "nothing",
        "stories",
        "Open a story",
        "Its slug is its own for ever. Nobody but the desk sees it until it is published.",
    ),
    Act(
        "discredit",
        commands.DiscreditSource,
        "source",
        "discreditations",
        "Discredit it",
        f"Its word alone is not to be relied on: facts that have no other are listed to be looked at. {_DESK_ALONE}",
        is_grave=True,
    ),
    Act(
        "reinstate",
        commands.ReinstateSource,
        "source",
        "reinstatements",
        "Reinstate it",
        f"It is to be relied on again; what that shook is shaken no longer. {_DESK_ALONE}",
    ),
    Act(
        "report",
        commands.ReportFact,
        "story",
        "facts",
        "Report a fact",
        "One thing that can be checked, who says it, and where. Readers see it once the story is published.",
    ),
    Act(
        "file-copy",
        commands.FileCopy,
        "story",
        "copy",
        "File the copy",
        f"The article’s text, with the words that facts stand behind. {_DESK_ALONE}",
    ),
    Act(
        "publish",
        commands.PublishStory,
        "story",
        "publications",
        "Publish",
        "Readers see it as of the revision that you looked at, and nothing filed later; at once, or when an embargo"
        f" ends. {_DESK_ALONE}",
    ),
    Act(
        "release",
        commands.ReleaseStory,
        "story",
        "releases",
        "Release",
        f"Readers see it again as they saw it before, or at a revision that is published with it. {_DESK_ALONE}",
    ),
    Act(
        "hold",
        commands.HoldStory,
        "story",
        "holds",
        "Hold",
        f"Readers see nothing of it, at once and until it is released. {_DESK_ALONE}",
        is_grave=True,
    ),
    Act(
        "set-headline",
        commands.SetHeadline,
        "story",
        "headline",
        "Set the headline",
        f"Readers see it from the next publication on. {_DESK_ALONE}",
        is_rare=True,
    ),
    Act(
        "set-dateline",
        commands.SetDateline,
        "story",
        "dateline",
        "Set the dateline",
        "Where and on which day it was written: “on Tuesday” is read against the day, in every fact anew."
        f" {_DESK_ALONE}",
        is_rare=True,
    ),
    Act(
        "refile-copy",
        commands.RefileCopy,
        "story",
        "refiles",
        "Refile the copy",
        f"A letter mended in it: it stands on the same facts as before, and readers are not told. {_DESK_ALONE}",
        is_rare=True,
    ),
    Act(
        "add-note",
        commands.AddNote,
        "story",
        "notes",
        "Add a note",
        "From the desk, from standards, from the lawyers: for the desk alone, or for readers, too.",
        is_rare=True,
    ),
    Act(
        "add-editors-note",
        commands.AddEditorsNote,
        "story",
        "editors-notes",
        "Add an editor’s note",
        f"Readers see it above the story from the next publication on. {_DESK_ALONE}",
        is_rare=True,
    ),
    Act(
        "issue-corrective",
        commands.IssueCorrective,
        "story",
        "correctives",
        "Issue a corrective",
        f"For those who may have copied an error that ran: what was wrong in a published revision. {_DESK_ALONE}",
        is_rare=True,
    ),
    Act(
        "kill",
        commands.KillStory,
        "story",
        "kills",
        "Kill",
        f"It should never have been published: readers find a tombstone in its place. {_TWO}",
        is_grave=True,
        is_rare=True,
    ),
    Act(
        "take-down",
        commands.TakeDownStory,
        "story",
        "takedowns",
        "Take down",
        f"For a legal reason or for somebody’s safety: readers find a tombstone in its place. {_TWO}",
        is_grave=True,
        is_rare=True,
    ),
    Act(
        "restore",
        commands.RestoreStory,
        "story",
        "restorations",
        "Restore",
        f"It comes back as it was before it was killed or taken down, or withheld, to be mended first. {_TWO}",
    ),
    Act(
        "undo",
        commands.UndoRevision,
        "revision",
        "undo",
        "Take back what this revision did",
        f"By a further revision, if nothing has changed since in what it changed. {_DESK_ALONE}",
    ),
    Act(
        "correct",
        commands.CorrectFact,
        "fact",
        "corrections",
        "Correct",
        "We were wrong. Readers are told what was wrong, in the desk’s words; the reason is for the desk alone.",
    ),
    Act(
        "update",
        commands.UpdateFact,
        "fact",
        "updates",
        "Update",
        f"The world moved on; the version before was right in its time. {_READERS_TOO}",
    ),
    Act(
        "cite",
        commands.CiteFact,
        "fact",
        "citations",
        "Add a source",
        f"Where it can be checked, besides what is cited already. {_DESK_ALONE}",
    ),
    Act(
        "confirm",
        commands.ConfirmFact,
        "fact",
        "confirmations",
        "Confirm",
        f"Somebody looked at it again, and it stands. It is shaken no longer. {_DESK_ALONE}",
    ),
    Act(
        "clarify",
        commands.ClarifyFact,
        "fact",
        "clarifications",
        "Clarify",
        f"It was right, but misleading. {_READERS_TOO}",
        is_rare=True,
    ),
    Act(
        "attribute",
        commands.AttributeFact,
        "fact",
        "attributions",
        "Attribute anew",
        f"Who says it, the whole chain, the outermost first. {_DESK_ALONE}",
        is_rare=True,
    ),
    Act(
        "assess",
        commands.AssessFact,
        "fact",
        "assessments",
        "Assess",
        f"How far it is verified, and whether it is disputed. {_DESK_ALONE}",
        is_rare=True,
    ),
    Act(
        "respond",
        commands.RespondToFact,
        "fact",
        "responses",
        "Record an answer",
        f"Somebody answers it: by another fact, or as a source. {_DESK_ALONE}",
        is_rare=True,
    ),
    Act(
        "set-terms",
        commands.SetTerms,
        "fact",
        "terms",
        "Set the terms",
        "Stricter ones protect its source at once. Looser ones take two people: a second one approves or declines."
        f" {_DESK_ALONE}",
        is_rare=True,
    ),
    Act(
        "retract",
        commands.RetractFact,
        "fact",
        "retractions",
        "Retract",
        f"It is withdrawn, and stays readable as a tombstone. {_READERS_TOO}",
        is_grave=True,
        is_rare=True,
    ),
    Act(
        "approve",
        commands.GiveApproval,
        "approval",
        "approve",
        "Approve",
        f"What somebody else asked for is done at once. {_DESK_ALONE}",
        is_grave=True,
    ),
    Act(
        "decline",
        commands.DeclineApproval,
        "approval",
        "decline",
        "Decline",
        f"What was asked for is not done; whoever asked may decline it, too. {_DESK_ALONE}",
    ),
    Act(
        "acknowledge",
        commands.AcknowledgeRequest,
        "request",
        "acknowledgements",
        "Look into it",
        "Whoever asked sees that somebody looks into it. The note is for the desk alone.",
    ),
    Act(
        "accept",
        commands.AcceptRequest,
        "request",
        "acceptances",
        "Accept it",
        "Names the correction that came of it, so correct the fact first. Whoever asked sees it once readers do."
        f" {_DESK_ALONE}",
    ),
    Act(
        "decline-request",
        commands.DeclineRequest,
        "request",
        "declinations",
        "Decline it",
        f"Nothing was wrong. Whoever asked sees that it was declined. {_DESK_ALONE}",
    ),
    Act(
        "erase-contact",
        commands.EraseContact,
        "request",
        "contact-erasures",
        "Erase the contact",
        f"How whoever asked can be reached is gone for good; the rest of the request stays. {_DESK_ALONE}",
        is_grave=True,
        is_rare=True,
    ),
    Act(
        "erase-request",
        commands.EraseRequest,
        "request",
        "erasures",
        "Erase what was written",
        "All that whoever asked wrote, and the contact, is gone for good. That it was asked, and the answer, stay."
        f" {_DESK_ALONE}",
        is_grave=True,
        is_rare=True,
    ),
)
# What somebody asked for, by the word of an approval.
ASKED: Mapping[str, str] = {
    "kill": "kill",
    "takedown": "take down",
    "restoration": "restore",
    "terms": "loosen the terms of a fact of",
}
WORD: Mapping[str, str] = {
    "kill": "kill",
    "takedown": "take-down",
    "restoration": "restore",
    "terms": "set-terms",
}
ACTS: Mapping[str, Act] = {act.word: act for act in _ALL}


@dataclass(frozen=True, slots=True)
class Offer:
    """An act that may be done here and now, and the page of its form."""

    act: Act
    page: str


def offers(role: Capacity, about: About, place: str, states: States, seen: int | None = None) -> list[Offer]:
    """Those that the role may do to what is at the place, as it stands; in the order of the list above."""
    return [Offer(act, act.page(place, seen)) for act in _possible(role, about, states)]


def _possible(role: Capacity, about: About, states: States) -> Iterator[Act]:
    for act in _ALL:
        if act.about == about and act.may(role) and act.why_not(states) is None:
            yield act


Document = Mapping[str, Any]  # of any of these for the desk


def states_of(
    *,
    story: Document | None = None,
    fact: Document | None = None,
    source: Document | None = None,
    approval: Document | None = None,
    request: Document | None = None,
) -> States:
    """How those stand that are given, as their documents say it."""
    found: dict[Thing, str] = {}
    if story is not None:
        found["story"] = story["publication"]["state"]
    if fact is not None:
        found["fact"] = fact["standing"]
    if source is not None:
        found["source"] = "discredited" if "discredited" in source else "registered"
    if approval is not None:
        found["approval"] = approval["state"] if approval["state"] in ("pending", "lapsed") else "answered"
    if request is not None:
        found["request"] = request["state"]
    return found


def of_story(role: Capacity, story: Document) -> list[Offer]:
    return offers(role, "story", f"/stories/{story['story']}", states_of(story=story), story["revision"])


def of_fact(role: Capacity, story: Document, fact: Document) -> list[Offer]:
    place = f"/stories/{story['story']}/facts/{fact['fact']}"
    return offers(role, "fact", place, states_of(story=story, fact=fact))


def of_revision(role: Capacity, story: Document, revision: int) -> list[Offer]:
    place = f"/stories/{story['story']}/revisions/{revision}"
    return offers(role, "revision", place, states_of(story=story))


def of_source(role: Capacity, source: Document) -> list[Offer]:
    return offers(role, "source", f"/sources/{source['source']}", states_of(source=source))


def of_approval(role: Capacity, approval: Document) -> list[Offer]:
    place = f"/stories/{approval['story']}/approvals/{approval['approval']}"
    return offers(role, "approval", place, states_of(approval=approval))


def of_request(role: Capacity, request: Document) -> list[Offer]:
    found = offers(role, "request", f"/requests/{request['request']}", states_of(request=request))
    is_there = {"erase-contact": request["has_contact"], "erase-request": request["phrase"] is not None}
    return [one for one in found if is_there.get(one.act.word, True)]


_REVIEWS = ("confirm", "correct", "retract")  # after any of them a fact is shaken no longer


def of_shaken(role: Capacity, fact: Document) -> list[Offer]:
    found = offers(role, "fact", f"/stories/{fact['story']}/facts/{fact['fact']}", {})
    return [one for one in found if one.act.word in _REVIEWS]
