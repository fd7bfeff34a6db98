"""What takes two people: one asks, another approves or declines, and then it is done."""

from typing import assert_never

from ledger.commands import (
    Command,
    CommandOnApproval,
    CommandTakingTwo,
    DeclineApproval,
    GiveApproval,
    KillStory,
    RestoreStory,
    SetTerms,
    TakeDownStory,
)
from ledger.permitted import check
from ledger.publication import (
    Act,
    ApprovalAsked,
    ApprovalDeclined,
    ApprovalGiven,
    Kill,
    Loosening,
    PendingApproval,
    PublicationEvent,
    Restoration,
    StoryKilled,
    StoryRestored,
    StoryTakenDown,
    Takedown,
    is_same,
)
from ledger.refusals import ApprovalLapsed, ApprovalPending, NeedsSecondPerson, NoSuchApproval
from ledger.rules import protecting
from ledger.rules.context import Context
from ledger.rules.facts import check_version
from ledger.story import Story, TermsLoosened

_RESTORED_WITHHELD = "Bring the story back withheld (held), and mend that before it is released."


def act_of(command: CommandTakingTwo, story: Story, context: Context) -> Act:
    match command:
        case KillStory():
            protecting.check_notice(command.notice, command.despite, story, context)
            return Kill(**command.__dict__)
        case TakeDownStory():
            protecting.check_notice(command.notice, command.despite, story, context)
            return Takedown(**command.__dict__)
        case RestoreStory():
            check_restored(story, protecting.becoming_public(story, command), context)
            return Restoration(**command.__dict__)
        case _:
            assert_never(command)


def check_restored(story: Story, revision: int | None, context: Context) -> None:
    if revision is not None:
        protecting.check(story, revision, None, context, _RESTORED_WITHHELD)


def ask(story: Story, act: Act) -> ApprovalAsked:
    for pending in story.publication.approvals:
        if is_same(pending.act, act) and pending.approval not in story.lapsed:
            raise ApprovalPending(story=story.head.story, act=act.act, approval=pending.approval)
    return ApprovalAsked(approval=story.publication.asked + 1, act=act)


def approval_of(story: Story, number: int) -> PendingApproval | None:
    """The approval while it is pending; None once it was answered."""
    if not 1 <= number <= story.publication.asked:
        raise NoSuchApproval(story=story.head.story, approval=number)
    return next((one for one in story.publication.approvals if one.approval == number), None)


def answer(
    story: Story, number: int, command: CommandOnApproval, context: Context
) -> list[PublicationEvent | TermsLoosened]:
    pending = approval_of(story, number)
    lapse = story.lapsed.get(number)
    if pending is not None and lapse is not None and isinstance(command, GiveApproval):
        check(_COMMAND[pending.act.act], "story", story.state, story.head.story)
        raise ApprovalLapsed(
            story=story.head.story,
            approval=number,
            act=pending.act.act,
            change=lapse.kind.replace("_", " "),
            changed_in=lapse.revision,
        )
    state = "answered" if pending is None else "lapsed" if lapse else "pending"
    check(type(command), "approval", state, str(number))
    assert pending is not None, "the table lets no command be about an approval that was answered"
    if isinstance(command, DeclineApproval):
        return [ApprovalDeclined(approval=pending.approval, reason=command.reason)]
    if context.actor.member == pending.asked_by:
        raise NeedsSecondPerson(approval=pending.approval)
    # The story may have moved on since somebody asked.
    check(_COMMAND[pending.act.act], "story", story.state, story.head.story)
    if isinstance(pending.act, Loosening):
        fact = story.facts[pending.act.fact - 1]
        check_version(fact, pending.act.version, None)
        check(SetTerms, "fact", fact.standing, str(fact.fact))
    check_restored(story, protecting.becoming_public(story, command, number), context)
    return [ApprovalGiven(approval=pending.approval, reason=command.reason), done(pending)]


_COMMAND: dict[str, type[Command]] = {
    "kill": KillStory,
    "takedown": TakeDownStory,
    "restoration": RestoreStory,
    "terms": SetTerms,
}


def done(approved: PendingApproval) -> PublicationEvent | TermsLoosened:
    """What was asked for, as it happens."""
    number, act = approved.approval, approved.act
    match act:
        case Kill():
            return StoryKilled.recorded(
                approval=number, reason=act.reason, notice=act.notice, origin=act.origin
            )
        case Takedown():
            return StoryTakenDown.recorded(
                approval=number, ground=act.ground, reason=act.reason, notice=act.notice
            )
        case Restoration():
            return StoryRestored.recorded(approval=number, held=act.held, reason=act.reason)
        case Loosening():
            return TermsLoosened.recorded(
                fact=act.fact, version=act.version + 1, approval=number, terms=act.terms, reason=act.reason
            )
        case _:
            assert_never(act)
