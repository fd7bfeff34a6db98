"""Which acts may be done here and now, by whom, and where their forms are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from api.http.acts import ACTS, About, Act, States
from ledger.commands import (
    Actor,
    CommandOnPublication,
    CommandOnSource,
    MergeSource,
    PartSource,
    PublishStory,
    RegisterProvider,
    RetractFact,
)
from ledger.permitted import Thing
from ledger.words import Capacity

Document = Mapping[str, Any]  # of any of these for the desk


@dataclass(frozen=True, slots=True)
class Offer:
    """An act that may be done here and now, and the page of its form."""

    act: Act
    page: str


def offers(role: Capacity, about: About, place: str, states: States, seen: int | None = None) -> list[Offer]:
    """Those that the role may do to what is at the place, as it stands; in the order of the list above."""
    return [Offer(act, page_of(act, place, seen)) for act in _possible(role, about, states)]


def page_of(act: Act, place: str, seen: int | None = None) -> str:
    """Where its form is; seen: the revision of the story on the page that leads to it, for what names one."""
    named = f"?revision={seen}" if seen and act.names_what_was_seen else ""
    return f"/desk{place}/{act.word}{named}"


def _possible(role: Capacity, about: About, states: States) -> Iterator[Act]:
    for act in ACTS.values():
        if act.about == about and act.may(role) and act.why_not(states) is None:
            yield act


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
    found = offers(role, "story", f"/stories/{story['story']}", states_of(story=story), story["revision"])
    return (
        found
        if _goes_on(story)
        else [offer for offer in found if offer.act.command in _WHERE_ANOTHER_GOES_ON]
    )


# There is nothing to be published but what withdraws something, and that is offered where it is told.
_WHERE_ANOTHER_GOES_ON = {*get_args(CommandOnPublication)} - {PublishStory}


def _goes_on(story: Document) -> bool:
    """Whether more can be filed to it: else it is the same as another, and that is undone from its history."""
    return "merged_into" not in story


def may_publish_again(role: Capacity, story: Document) -> bool:
    """Whether what is filed now may go to readers at once: they read the story already."""
    return story["publication"]["state"] == "published" and ACTS["publish"].may(role)


def of_fact(role: Capacity, story: Document, fact: Document) -> list[Offer]:
    if not _goes_on(story):  # its words stay as they are, so a fact is withdrawn by itself
        place = f"/stories/{story['story']}/facts/{fact['fact']}"
        possible = offers(role, "fact", place, states_of(story=story, fact=fact))
        return [one for one in possible if one.act.command is RetractFact]
    found = _on_fact(role, story["story"], fact["fact"], states_of(story=story, fact=fact))
    return [*found, *_corrective(role, story, fact)]


_WITH_WORDS = ("correct", "update", "clarify", "refile", "retract")


def _on_fact(role: Capacity, slug: str, number: int, states: States) -> list[Offer]:
    """What changes what a fact says is offered with the words that it stands behind: both are mended in one act."""
    together = f"/desk/stories/{slug}/correct?fact={number}&what="
    return [
        replace(one, page=together + one.act.word) if one.act.word in _WITH_WORDS else one
        for one in offers(role, "fact", f"/stories/{slug}/facts/{number}", states)
    ]


def _corrective(role: Capacity, story: Document, fact: Document) -> Iterator[Offer]:
    """To those who may have copied what readers read before a correction of the fact, once they read that."""
    act = ACTS["issue-corrective"]
    correction = fact["changed"] if fact["standing"] == "retracted" else fact.get("corrected")
    public = story["publication"]
    if correction is None or not act.may(role) or act.why_not(states_of(story=story)):
        return
    ran = public.get("first_published_at", correction["recorded_at"]) < correction["recorded_at"]
    is_issued = any(
        one["fact"] == fact["fact"] and one["issued"]["revision"] > correction["revision"]
        for one in story["correctives"]
    )
    if ran and public.get("revision", 0) >= correction["revision"] and not is_issued:
        page = f"/desk/stories/{story['story']}/{act.word}?fact={fact['fact']}"
        yield Offer(replace(act, is_rare=False), page)


def of_revision(role: Capacity, story: Document, revision: int) -> list[Offer]:
    place = f"/stories/{story['story']}/revisions/{revision}"
    return offers(role, "revision", place, states_of(story=story))


def of_source(role: Capacity, source: Document) -> list[Offer]:
    """Of one that is the same as another, what is not done with that one."""
    found = offers(role, "source", f"/sources/{source['source']}", states_of(source=source))
    possible = (PartSource, RegisterProvider) if "merged_into" in source else _WITH_ONE_THAT_GOES_ON
    return [
        one
        for one in found
        if one.act.command in possible and not (one.act.command is MergeSource and "joined" in source)
    ]


_WITH_ONE_THAT_GOES_ON = frozenset(get_args(CommandOnSource)) - {PartSource}


def of_approval(actor: Actor, approval: Document) -> list[Offer]:
    """Who asked may think better of it, and not approve."""
    place = f"/stories/{approval['story']}/approvals/{approval['approval']}"
    found = offers(actor.role, "approval", place, states_of(approval=approval))
    is_own = approval["actor"] == str(actor.member)
    return [one for one in found if not (is_own and one.act.word == "approve")]


def of_request(role: Capacity, request: Document) -> list[Offer]:
    found = offers(role, "request", f"/requests/{request['request']}", states_of(request=request))
    is_there = {"erase-contact": request["has_contact"], "erase-request": request["phrase"] is not None}
    return [one for one in found if is_there.get(one.act.word, True)]


_REVIEWS = ("confirm", "correct", "retract")  # after any of them a fact is shaken no longer


def of_shaken(role: Capacity, fact: Document) -> list[Offer]:
    found = _on_fact(role, fact["story"], fact["fact"], {})
    return [one for one in found if one.act.word in _REVIEWS]
