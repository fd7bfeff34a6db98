"""What becomes public says nothing of what terms hide: no words of the copy stand on a fact that readers may not see,
and no text names a source whom a fact of the story protects, unless an editor says that it may."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from ledger import limits
from ledger.commands import (
    AnyCommand,
    GiveApproval,
    IfMatch,
    LiftEmbargo,
    PublishStory,
    ReleaseStory,
    RestoreStory,
    ReviseFact,
    SetTerms,
    TakeItem,
    UndoRevision,
)
from ledger.fact import is_stricter
from ledger.protected_names import Names
from ledger.publication import Despite, Restoration
from ledger.refusals import CopyOnHidden, NamesProtected, ToldNamesProtected
from ledger.rules.context import Context
from ledger.shown import Shown, of_changes, of_event, of_sources, of_story, strictest
from ledger.source import Source
from ledger.story import ChangeOfFact, Span, Story, StoryEvent, hidden_by, named_by
from ledger.words import source_stream

Protected = Mapping[str, Sequence[Source]]  # by slug, with those that it is the same as

# --- Which revision becomes public, and what has to be read for it -----------------------------------------------


def becoming_public(
    story: Story, command: AnyCommand, number: int | None = None, if_match: IfMatch | None = None
) -> int | None:
    """The revision of the story that readers would see by the command, or once its embargo ends; None for others."""
    now = story.publication
    match command:
        case PublishStory():
            asked = command.revision or (if_match and if_match.revision) or story.content
            return story.content_at(min(asked, story.revision))
        case TakeItem():
            is_shown = now.gate == "open" or now.held_by == command.origin.item
            return story.content if command.signal == "usable" and is_shown else None
        case ReleaseStory():
            shown = command.revision or now.revision
            return story.content_at(min(shown, story.revision)) if shown else None
        case LiftEmbargo() if now.gate == "open" and now.embargo:
            return now.embargo.revision
        case RestoreStory() if not command.held:
            return now.revision if now.before == "open" else None
        case GiveApproval():
            acts = (one.act for one in now.approvals if one.approval == number)
            restores = any(isinstance(act, Restoration) and not act.held for act in acts)
            return now.revision if restores and now.before == "open" else None
        case _:
            return None


def protected(story: Story) -> set[str]:
    """Slugs of the sources that the terms of some fact of the story hide."""
    return set().union(*(hidden_by(story, fact) for fact in story.facts if fact.terms != "on_record"))


def streams_of_protected(story: Story) -> set[UUID]:
    """And those of the sources that it names, whose own texts may name them; none where nobody is protected."""
    slugs = protected(story)
    return {source_stream(slug) for slug in (*slugs, *story.protection.named)} if slugs else set()


def stretch_told(story: Story, revision: int) -> tuple[int, int] | None:
    """Beyond which revision, and up to which, something happened of which readers would be told; None where there is
    none, or nobody to be protected from what they are told."""
    last = story.editions[-1] if story.editions else revision
    return (last, revision) if last < revision and protected(story) else None


def to_be_protected(story: Story, command: AnyCommand, number: int | None) -> int | None:
    """The revision that readers see, where the command may tighten terms: its texts may go on naming whom these are to
    protect. None for others."""
    match command:
        case ReviseFact() | SetTerms() if number is not None and 1 <= number <= len(story.facts):
            is_said = "terms" in command.model_fields_set
            may = is_said and is_stricter(command.terms, story.facts[number - 1].terms)
        case _:
            may = isinstance(command, UndoRevision)
    return story.publication.revision if may and story.is_public else None


def streams_to_be_protected(story: Story) -> set[UUID]:
    """Those of every source that the story names, or did."""
    slugs = set().union(*(fact.source_slugs() for fact in story.facts), *story.protection.former.values())
    return {source_stream(slug) for slug in slugs}


# --- What may not become public ----------------------------------------------------------------------------------


def check(
    story: Story,
    revision: int,
    despite: Sequence[Despite] | None,
    context: Context,
    why: str = "File it anew without them, or with facts behind them that readers may see, and publish that.",
) -> None:
    """Refuses to show the revision to readers; why: what to do about words that stand on what is hidden."""
    then = context.as_of(story, revision)
    check_copy(story, then, why)
    answering = _protected_who_answer(story, then)
    named = story.protection.named_in(revision) - set(answering.values())
    sources = _protected(protected(story) - named, context, named)
    if sources:
        last = story.editions[-1] if story.editions else revision
        shown = (
            *of_story(then, story),
            *of_changes(context.told, last),
            *(Shown(place, source, is_address=True) for place, source in answering.items()),
            *of_sources(filter(None, map(context.source, named))),
        )
        may_stand = story.protection.despite.get(revision, frozenset())
        check_names(shown, sources, {*may_stand, *(one.source for one in despite or ())})


def _protected_who_answer(story: Story, then: Story) -> dict[str, str]:
    """By the place, the sources that readers would see answer a fact on whose terms they are hidden, and nowhere else:
    the fact was on their word once, and is on another's by now."""
    named = [(fact, named_by(fact)) for fact in then.facts]
    return {
        f"fact {fact.fact}, responses, {source}": source
        for fact, slugs in named
        if fact.terms != "on_record"
        for source in sorted(slugs & story.protection.former.get(fact.fact, frozenset()))
        if not any(source in others for other, others in named if other is not fact)
    }


def check_copy(story: Story, then: Story, why: str) -> None:
    spans = [span for span in then.copy.spans if _is_hidden(story, then, span)] if then.copy else []
    if spans:
        told = [_told(span) for span in spans[: limits.WORDS_ON_HIDDEN]]
        more = len(spans) - len(told)
        words = ", ".join(f"“{one['words']}” (fact {one['fact']})" for one in told)
        raise CopyOnHidden(
            words=words + (f", and {more} more" if more else ""),
            why=why,
            spans=told,
            count=len(spans),
        )


def _is_hidden(story: Story, then: Story, span: Span) -> bool:
    if span.fact > len(then.facts):
        return True
    fact = then.facts[span.fact - 1]
    return fact.standing == "retracted" or strictest(story, fact) == "off_record"


def _told(span: Span) -> dict[str, Any]:
    return {"fact": span.fact, "start": span.start, "end": span.end, "words": cut(span.exact)}


def cut(words: str) -> str:
    return words[: limits.WORDS_SHOWN] + ("…" if len(words) > limits.WORDS_SHOWN else "")


def check_notice(
    notice: str | None, despite: Sequence[Despite] | None, story: Story, context: Context
) -> None:
    """What stands in the place of a story goes out by itself."""
    sources = _to_protect(story, story.content, context)
    if notice is not None and sources:
        check_names((Shown("notice", notice),), sources, {one.source for one in despite or ()})


def check_told(told: str, story: Story, context: Context) -> None:
    """What is said to one person, who may say it to all."""
    sources = _to_protect(story, story.content, context)
    if found := list(names_in((Shown("told", told),), sources)):
        raise ToldNamesProtected(
            words=", ".join(f"“{one['words']}” ({one['source']})" for one in found), pointer="/told"
        )


def check_names(shown: Iterable[Shown], sources: Protected, may_stand: set[str]) -> None:
    found = [one for one in names_in(shown, sources) if one["source"] not in may_stand]
    if found:
        told = found[: limits.NAMES_FOUND]
        more = len(found) - len(told)
        places = "; ".join(f"{one['place']}: “{one['words']}” ({one['source']})" for one in told)
        raise NamesProtected(
            places=places + (f"; and at {more} more places" if more else ""),
            names=told,
            count=len(found),
            pointer="/despite",
        )


def names_in(shown: Iterable[Shown], sources: Protected) -> Iterator[dict[str, str]]:
    """Each place that names one of the sources, with the words that do."""
    names = Names(sources)
    for one in shown:
        for source, words in sorted(names.found_in(one.text, is_address=one.is_address).items()):
            yield {"place": one.place, "source": source, "words": cut(words)}


def _to_protect(story: Story, revision: int, context: Context) -> Protected:
    """Whom no text may name as of the revision."""
    named = story.protection.named_in(revision)
    return _protected(protected(story) - named, context, named)


def _protected(slugs: Iterable[str], context: Context, named: Collection[str]) -> Protected:
    """Who is the same as a source that is protected is protected with it, but whom the story names to readers."""
    return {
        slug: [one for one in found if one.source not in named]
        for slug in slugs
        if (found := context.one_with(slug))
    }


# --- What is told to whoever publishes, or tries something -------------------------------------------------------


def newly_named(before: Story | None, after: Story, context: Context) -> dict[str, Any]:
    """Whom readers see named for the first time by what happened, or will once an embargo ends; nothing where they see
    nothing new. `protected_by`: facts of the story whose terms hide that source all the same, or one that it is the
    same as."""
    if before is None:
        return {}
    is_embargoed = after.publication.embargo not in (None, before.publication.embargo)
    revision = after.publication.embargo.revision if is_embargoed else after.publication.revision  # type: ignore[union-attr]
    is_shown = is_embargoed or (after.is_public and len(after.editions) > len(before.editions))
    if not is_shown or revision is None:
        return {}
    named = after.protection.newly_named(revision, before.editions)
    told = [
        {
            "source": source,
            "protected_by": [
                fact.fact for fact in after.facts if not one_with.isdisjoint(hidden_by(after, fact))
            ],
        }
        for source in named[: limits.NEWLY_NAMED]
        for one_with in [{source, *(one.source for one in context.one_with(source))}]
    ]
    return {"newly_named": told, "newly_named_count": len(named)}


def still_named(before: Story, after: Story, event: StoryEvent, context: Context) -> dict[str, Any]:
    """Where readers go on reading the name of a source whom terms protect that the event tightened; an editor may have
    said that it may stand."""
    public = after.publication.revision
    if public is None or not after.is_public or not isinstance(event, ChangeOfFact):
        return {}
    fact = after.facts[event.fact - 1]
    if not is_stricter(fact.terms, before.facts[event.fact - 1].terms):
        return {}
    may_stand = after.protection.despite.get(public, frozenset())
    protected_by_it = hidden_by(after, fact) - after.protection.named_in(after.revision) - may_stand
    then = context.public or before
    named = after.protection.named_in(after.revision)
    found = list(names_in(of_story(then, after), _protected(protected_by_it, context, named)))
    return {"still_named": found[: limits.NAMES_FOUND], "still_named_count": len(found)} if found else {}


def named_by_events(happened: Iterable[tuple[StoryEvent, Story]], context: Context) -> dict[str, Any]:
    """What a dry run says of texts that would name a protected source once they are published; of each event with the
    story after it."""
    found: list[dict[str, str]] = []
    for event, after in happened:
        if sources := _to_protect(after, after.revision, context):
            found += names_in(of_event(event, after), sources)
    return {"names": found[: limits.NAMES_FOUND], "names_count": len(found)} if found else {}
