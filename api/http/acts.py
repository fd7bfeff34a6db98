"""Every act of the desk, once: its word, its command, what it is called, where it is done, how it is described.

The endpoints are made of this table (`filing.py`), and so are the lines of an import (`lines.py`) and the forms of the
pages (`pages/offers.py`, `pages/forms.py`).
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal, get_args

from api.http import examples
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
    does and who sees the reason; summary, example: for those who program; is_grave: what readers see may be gone by it;
    is_rare: not among those at hand."""

    word: str
    command: type[Command]
    about: About
    endpoint: str
    label: str
    does: str
    _: KW_ONLY
    summary: str
    example: Mapping[str, Any]
    is_grave: bool = False
    is_rare: bool = False

    def path(self, place: str) -> str:
        """Where the API takes it; place: the address of what it is about, such as /stories/kim-visits-russia."""
        return f"/v1{place}/{self.endpoint}"

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
    def names_what_it_saw(self) -> bool:
        """Whether it is refused where it does not name the version or the revision that was seen."""
        may_publish = issubclass(self.command, commands.PublishStory | commands.ReleaseStory)
        return self.changes_a_fact or self.changes_the_story or may_publish

    @property
    def takes_two(self) -> bool:
        """Whether it only asks, whatever it says, and a second person answers."""
        return issubclass(self.command, get_args(commands.CommandTakingTwo))

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
        "Whoever or whatever facts can be attributed to. Of what is said here its name alone can change.",
        summary="Register a source: whoever or whatever facts can be attributed to.",
        example=examples.SOURCE,
    ),
    Act(
        "open",
        commands.OpenStory,
        "nothing",
        "stories",
        "Open a story",
        "Nobody but the desk sees it until it is published. The name that it gets in addresses leads to it for ever.",
        summary="Open a story under a slug that is its own for ever.",
        example=examples.STORY,
    ),
    Act(
        "rename-source",
        commands.RenameSource,
        "source",
        "renamings",
        "Rename it, or add other names",
        "The desk sees the new name at once, readers with the next edition that names the source; what was published"
        " keeps the name that it was published with. Other names are for the desk alone, to find it by, and"
        " to look for in what is published where its name is protected. The reason is for the desk alone, too.",
        summary=(
            "Rename a source, or say what else it is known by. Past moments keep the name that it had then; readers see"
            " the new one with the next edition that names it."
        ),
        example=examples.RENAMING,
    ),
    Act(
        "discredit",
        commands.DiscreditSource,
        "source",
        "discreditations",
        "Discredit it",
        f"Its word alone is not to be relied on: facts that have no other are listed to be looked at. {_DESK_ALONE}",
        summary=(
            "Discredit a source: its word alone is not to be relied on, and facts that have no other are shaken."
        ),
        example=examples.DISCREDITATION,
        is_grave=True,
    ),
    Act(
        "reinstate",
        commands.ReinstateSource,
        "source",
        "reinstatements",
        "Reinstate it",
        f"It is to be relied on again; what that shook is shaken no longer. {_DESK_ALONE}",
        summary="Reinstate a source that was discredited; what that shook is shaken by it no longer.",
        example=examples.REINSTATEMENT,
    ),
    Act(
        "merge-source",
        commands.MergeSource,
        "source",
        "merges",
        "Join it to another source",
        "Both are the same. The other one goes on: facts name that one from then on, and what rests on either is listed"
        " and discredited with it. Readers see no difference. It can be taken back: both stay as they are."
        f" {_DESK_ALONE}",
        summary=(
            "Join the source to another that is the same, and that goes on: facts are to name that one, and what leans"
            " on either counts as leaning on it. What facts say stays as it is, and readers see no difference."
        ),
        example=examples.MERGE_OF_SOURCE,
        is_rare=True,
    ),
    Act(
        "part-source",
        commands.PartSource,
        "source",
        "partings",
        "Tell apart again",
        "The two were not the same after all: each stands again as it stood by itself, and can be named."
        f" {_DESK_ALONE}",
        summary="Tell the source apart again from the one that it was joined to: each stands as it stood by itself.",
        example=examples.PARTING_OF_SOURCE,
    ),
    Act(
        "register-provider",
        commands.RegisterProvider,
        "source",
        "provider",
        "Say how its items are taken",
        "Items that it sends become stories in this way from then on. " + _DESK_ALONE,
        summary=(
            "Say how items of a source are taken: names that it goes by, what stands for a language or a desk that they"
            " do not say, which notes readers may see, whether it withdraws its own items at once."
        ),
        example=examples.PROVIDER,
        is_rare=True,
    ),
    Act(
        "report",
        commands.ReportFact,
        "story",
        "facts",
        "Report a fact",
        "One thing that can be checked, who says it, and where. Readers see it once the story is published.",
        summary="Report a fact; it gets the story's next number.",
        example=examples.FACT,
    ),
    Act(
        "file-copy",
        commands.FileCopy,
        "story",
        "copy",
        "File the copy",
        f"The article’s text, with the words that facts stand behind. {_DESK_ALONE}",
        summary=(
            "File the article's text, with the spans that facts stand behind (offsets in Unicode code points)."
        ),
        example=examples.COPY,
    ),
    Act(
        "publish",
        commands.PublishStory,
        "story",
        "publications",
        "Publish",
        "Readers see it as of the revision that you looked at, and nothing filed later; at once, or when an embargo"
        f" ends. {_DESK_ALONE}",
        summary=(
            "Publish the story as of the revision that was looked at, and nothing filed later; at once, or when"
            " an embargo ends."
        ),
        example=examples.PUBLICATION,
    ),
    Act(
        "release",
        commands.ReleaseStory,
        "story",
        "releases",
        "Release",
        f"Readers see it again as they saw it before, or at a revision that is published with it. {_DESK_ALONE}",
        summary=(
            "Release a story that was held, as readers saw it before, or at a revision that is published in the"
            " same step."
        ),
        example=examples.RELEASE,
    ),
    Act(
        "hold",
        commands.HoldStory,
        "story",
        "holds",
        "Hold",
        f"Readers see nothing of it, at once and until it is released. {_DESK_ALONE}",
        summary="Hold the story: readers see nothing of it until it is released.",
        example=examples.HOLD,
        is_grave=True,
    ),
    Act(
        "set-headline",
        commands.SetHeadline,
        "story",
        "headline",
        "Set the headline",
        f"Readers see it from the next publication on. {_DESK_ALONE}",
        summary="Set the headline.",
        example=examples.HEADLINE,
        is_rare=True,
    ),
    Act(
        "set-slug",
        commands.SetSlug,
        "story",
        "slugs",
        "Give it another name in addresses",
        "Readers find it under the new name from the next publication on. Who comes by an old one is led there, for"
        f" ever, and no other story ever gets it. {_DESK_ALONE}",
        summary=(
            "Give the story another slug, or one that it had before. Those that it had lead to it for ever (308) and"
            " are never another's; readers see it under the new one from the next publication on. Commands may be sent"
            " to any of them."
        ),
        example=examples.SLUG,
        is_rare=True,
    ),
    Act(
        "merge",
        commands.MergeStory,
        "story",
        "merges",
        "Join it to another story",
        "Both are about the same. The other one goes on; this one stays as it is at the desk, and nothing can be done"
        " with it but to undo that. Readers who come to it are led to the other while they may read both."
        f" {_DESK_ALONE}",
        summary=(
            "Join the story to another that is the same, and that goes on. Readers are led there while both are public"
            " (308); what this one said is kept, and nothing can be added to it but an undoing, which tells them apart."
        ),
        example=examples.MERGE,
        is_rare=True,
        is_grave=True,
    ),
    Act(
        "set-dateline",
        commands.SetDateline,
        "story",
        "dateline",
        "Set the dateline",
        "Where and on which day it was written: “on Tuesday” is read against the day, in every fact anew."
        f" {_DESK_ALONE}",
        summary=(
            'Set where and on which day the story was written; dates such as "on Tuesday" are read against it.'
        ),
        example=examples.DATELINE,
        is_rare=True,
    ),
    Act(
        "refile-copy",
        commands.RefileCopy,
        "story",
        "refiles",
        "Refile the copy",
        f"A letter mended in it: it stands on the same facts as before, and readers are not told. {_DESK_ALONE}",
        summary="File the copy again with a small thing mended: it stands on the same facts as before.",
        example=examples.REFILE,
        is_rare=True,
    ),
    Act(
        "add-note",
        commands.AddNote,
        "story",
        "notes",
        "Add a note",
        "From the desk, from standards, from the lawyers: for the desk alone, or for readers, too.",
        summary="Add a note to the story.",
        example=examples.NOTE,
        is_rare=True,
    ),
    Act(
        "add-editors-note",
        commands.AddEditorsNote,
        "story",
        "editors-notes",
        "Add an editor’s note",
        f"Readers see it above the story from the next publication on. {_DESK_ALONE}",
        summary="Add an editor's note, which readers see from the next publication on.",
        example=examples.EDITORS_NOTE,
        is_rare=True,
    ),
    Act(
        "issue-corrective",
        commands.IssueCorrective,
        "story",
        "correctives",
        "Issue a corrective",
        f"For those who may have copied an error that ran: what was wrong in a published revision. {_DESK_ALONE}",
        summary="Issue a corrective: the error ran in a published revision that others may have copied.",
        example=examples.CORRECTIVE,
        is_rare=True,
    ),
    Act(
        "kill",
        commands.KillStory,
        "story",
        "kills",
        "Kill",
        f"It should never have been published: readers find a tombstone in its place. {_TWO}",
        summary=(
            "Ask for the story to be killed: it should not have been published. A second person approves or"
            " declines. Until then it can be held."
        ),
        example=examples.KILL,
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
        summary=(
            "Ask for the story to be taken down, for a legal reason or for somebody's safety. A second person"
            " approves or declines. Until then it can be held."
        ),
        example=examples.TAKEDOWN,
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
        summary=(
            "Ask for a story that was killed or taken down to come back as it was before, or withheld, to be"
            " mended first. A second person approves or declines."
        ),
        example=examples.RESTORATION,
    ),
    Act(
        "undo",
        commands.UndoRevision,
        "revision",
        "undo",
        "Take back what this revision did",
        f"By a further revision, if nothing has changed since in what it changed. {_DESK_ALONE}",
        summary=(
            "Take back what one revision did, if that has not changed since: by a further revision, which says"
            " why."
        ),
        example=examples.UNDOING,
    ),
    Act(
        "correct",
        commands.CorrectFact,
        "fact",
        "corrections",
        "Correct",
        "We were wrong. Readers are told what was wrong, in the desk’s words; the reason is for the desk alone.",
        summary="Correct a fact: we were wrong.",
        example=examples.CORRECTION,
    ),
    Act(
        "update",
        commands.UpdateFact,
        "fact",
        "updates",
        "Update",
        f"The world moved on; the version before was right in its time. {_READERS_TOO}",
        summary="Update a fact: the world moved on, and the version before was right in its time.",
        example=examples.UPDATE,
    ),
    Act(
        "cite",
        commands.CiteFact,
        "fact",
        "citations",
        "Add a source",
        f"Where it can be checked, besides what is cited already. {_DESK_ALONE}",
        summary="Add citations: where the fact can be checked.",
        example=examples.CITATION,
    ),
    Act(
        "confirm",
        commands.ConfirmFact,
        "fact",
        "confirmations",
        "Confirm",
        f"Somebody looked at it again, and it stands. It is shaken no longer. {_DESK_ALONE}",
        summary="Confirm a fact: somebody looked at it again, and it stands. It is shaken no longer.",
        example=examples.CONFIRMATION,
    ),
    Act(
        "clarify",
        commands.ClarifyFact,
        "fact",
        "clarifications",
        "Clarify",
        f"It was right, but misleading. {_READERS_TOO}",
        summary="Clarify a fact: it was right, but misleading.",
        example=examples.CLARIFICATION,
        is_rare=True,
    ),
    Act(
        "refile",
        commands.RefileFact,
        "fact",
        "refiles",
        "Mend a slip of spelling",
        "A letter mended in it: it says the same as before, and readers read it among what was reworded."
        f" {_DESK_ALONE}",
        summary="Mend a slip of spelling in a fact: it says the same as before.",
        example=examples.RESPELLING,
        is_rare=True,
    ),
    Act(
        "attribute",
        commands.AttributeFact,
        "fact",
        "attributions",
        "Attribute anew",
        f"Who says it, the whole chain, the outermost first. {_DESK_ALONE}",
        summary="Say anew who says it: the whole chain, outermost first.",
        example=examples.ATTRIBUTION,
        is_rare=True,
    ),
    Act(
        "assess",
        commands.AssessFact,
        "fact",
        "assessments",
        "Assess",
        f"How far it is verified, and whether it is disputed. {_DESK_ALONE}",
        summary="Assess a fact: how far it is verified, whether it is disputed.",
        example=examples.ASSESSMENT,
        is_rare=True,
    ),
    Act(
        "respond",
        commands.RespondToFact,
        "fact",
        "responses",
        "Record an answer",
        f"Somebody answers it: by another fact, or as a source. {_DESK_ALONE}",
        summary="Record that someone answers a fact: by another fact, or as a source.",
        example=examples.RESPONSE,
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
        summary=(
            "Set the terms on which it was said. Stricter ones hold at once; looser ones are asked for (202), and"
            " a second person approves or declines."
        ),
        example=examples.TERMS,
        is_rare=True,
    ),
    Act(
        "retract",
        commands.RetractFact,
        "fact",
        "retractions",
        "Retract",
        f"It is withdrawn, and stays readable as a tombstone. {_READERS_TOO}",
        summary="Retract a fact: it is withdrawn, and stays readable as a tombstone.",
        example=examples.RETRACTION,
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
        summary="Approve what somebody else asked for; it is done at once.",
        example=examples.APPROVAL,
        is_grave=True,
    ),
    Act(
        "decline",
        commands.DeclineApproval,
        "approval",
        "decline",
        "Decline",
        f"What was asked for is not done; whoever asked may decline it, too. {_DESK_ALONE}",
        summary="Decline what somebody asked for, oneself or another; it is not done.",
        example=examples.DECLINE,
    ),
    Act(
        "acknowledge",
        commands.AcknowledgeRequest,
        "request",
        "acknowledgements",
        "Look into it",
        "Whoever asked sees that somebody looks into it. The note is for the desk alone.",
        summary="Acknowledge a request: somebody looks into it.",
        example=examples.ACKNOWLEDGEMENT,
    ),
    Act(
        "accept",
        commands.AcceptRequest,
        "request",
        "acceptances",
        "Accept it",
        "Names the correction that came of it, so correct the fact first. Whoever asked sees it once readers do."
        f" {_DESK_ALONE}",
        summary="Accept a request: name the correction that came of it.",
        example=examples.ACCEPTANCE,
    ),
    Act(
        "decline-request",
        commands.DeclineRequest,
        "request",
        "declinations",
        "Decline it",
        f"Nothing was wrong. Whoever asked reads on their receipt what you tell them. {_DESK_ALONE}",
        summary="Decline a request, with words for whoever asked; the reason is for the desk.",
        example=examples.DECLINATION,
    ),
    Act(
        "erase-contact",
        commands.EraseContact,
        "request",
        "contact-erasures",
        "Erase the contact",
        f"How whoever asked can be reached is gone for good; the rest of the request stays. {_DESK_ALONE}",
        summary="Erase how whoever asked can be reached, for good. The rest of the request stays.",
        example=examples.CONTACT_ERASURE,
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
        summary=(
            "Erase all that whoever asked wrote, and the contact, for good. That it was asked, of which story,"
            " and what the desk answered stay."
        ),
        example=examples.REQUEST_ERASURE,
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
