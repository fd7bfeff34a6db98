"""What happens to a fact: reported, corrected, updated, clarified, retracted, cited, attributed, assessed, answered,
confirmed."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, assert_never

from pydantic import ValidationError

from ledger import limits
from ledger.commands import (
    AssessFact,
    AttributeFact,
    CiteFact,
    ClarifyFact,
    ConfirmFact,
    CorrectFact,
    IfMatch,
    RefileFact,
    Report,
    ReportFact,
    ReportRead,
    RespondToFact,
    RetractFact,
    RevisionOfFact,
    SetTerms,
    UpdateFact,
)
from ledger.events import Written, topic_of
from ledger.fact import Attribution, Citation, FactBody, Ground
from ledger.likeness import alike
from ledger.permitted import in_words
from ledger.publication import Loosening
from ledger.refusals import (
    BadChange,
    FactFull,
    FactIsRetracted,
    FactMovedOn,
    NoSuchFact,
    NothingChanges,
    NotTheNextFact,
    PreconditionFailed,
    RestsInACircle,
    RestsOnItself,
    SaysNothing,
    SaysTooLittle,
    StoryFull,
    TermsOnlyTighten,
    UnknownGround,
    VersionNotNamed,
)
from ledger.rules import sources, spelling
from ledger.rules.circles import below
from ledger.rules.context import Context
from ledger.story import (
    Fact,
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
    FactUpdated,
    Outline,
    Response,
    Story,
    TermsTightened,
    Voice,
    outline,
)
from ledger.words import STRICTNESS, Terms


def report(story: Outline, command: Report, wanted: int | None, context: Context) -> FactReported | Written:
    """`wanted`: the number that the fact has to get, where whoever reports it counts on one."""
    if story.facts >= limits.FACTS_IN_STORY:
        raise StoryFull(limit=limits.FACTS_IN_STORY, what="facts")
    number = story.facts + 1
    if wanted not in (None, number):
        raise NotTheNextFact(story=story.story, fact=wanted, next=number)
    named = command.sources if isinstance(command, ReportRead) else named_by_report(command)
    check_registered(named, context)
    check_grounds(command.rests_on, story, number, context)
    if isinstance(command, ReportRead):
        # As `canonical` writes a FactReported; a test holds the two against each other.
        return Written(_FACT_REPORTED, b'{"body":%b,"fact":%d,"version":1}' % (command.body, number))
    body = FactBody.model_construct(**{name: getattr(command, name) for name in FactBody.model_fields})
    return FactReported.model_construct(fact=number, version=1, body=body)


_FACT_REPORTED = topic_of(FactReported)


def named_by_report(command: ReportFact) -> tuple[tuple[str, str], ...]:
    """(JSON pointer, slug) of each source that a report names, in the order in which they are looked up."""
    return (
        *named_by_links(command.attribution or (), "/attribution"),
        *named_by_links(command.citations, "/citations"),
    )


def correct(story: Story, fact: Fact, command: CorrectFact, context: Context) -> FactCorrected:
    if says_too_little(command.was_wrong):
        raise SaysTooLittle(pointer="/was_wrong")
    if command.wrong_version is not None and command.wrong_version > fact.version:
        raise BadChange(
            why=f"fact {fact.fact} has no version {command.wrong_version} yet", pointer="/wrong_version"
        )
    return FactCorrected(
        fact=fact.fact,
        version=fact.version + 1,
        becomes=revised(story, fact, command, context),
        wrong_version=command.wrong_version,
        was_wrong=command.was_wrong,
        affects=command.affects,
        cause=command.cause,
        requested_by=command.requested_by,
        request=command.request,
        reason=command.reason,
    )


def update(story: Story, fact: Fact, command: UpdateFact, context: Context) -> FactUpdated:
    becomes = revised(story, fact, command, context)
    return FactUpdated(fact=fact.fact, version=fact.version + 1, becomes=becomes, reason=command.reason)


def clarify(story: Story, fact: Fact, command: ClarifyFact, context: Context) -> FactClarified:
    becomes = revised(story, fact, command, context)
    return FactClarified(fact=fact.fact, version=fact.version + 1, becomes=becomes, reason=command.reason)


def refile(story: Story, fact: Fact, command: RefileFact, context: Context) -> FactRefiled:
    becomes = revised(story, fact, command, context)
    spelling.check(fact.body(), becomes, story.head.language)
    return FactRefiled(fact=fact.fact, version=fact.version + 1, becomes=becomes, reason=command.reason)


def retract(fact: Fact, command: RetractFact) -> FactRetracted:
    return FactRetracted(fact=fact.fact, version=fact.version + 1, reason=command.reason)


def cite(fact: Fact, command: CiteFact, context: Context) -> FactCited:
    check_sources(command.citations, "/citations", context)
    if len(fact.citations) + len(command.citations) > limits.CITATIONS:
        raise FactFull(limit=limits.CITATIONS, what="citations")
    return FactCited(
        fact=fact.fact, version=fact.version + 1, citations=command.citations, reason=command.reason
    )


def attribute(fact: Fact, command: AttributeFact, context: Context) -> FactAttributed:
    check_sources(command.attribution, "/attribution", context)
    if alike(command.attribution, fact.attribution):
        raise NothingChanges(why="the fact is attributed so already", pointer="/attribution")
    if fact.kind == "quote" and not command.attribution[-1].quote:
        raise BadChange(
            why="a fact of kind quote needs the words said, in the quote of its last attribution",
            pointer=f"/attribution/{len(command.attribution) - 1}/quote",
        )
    return FactAttributed(
        fact=fact.fact, version=fact.version + 1, attribution=command.attribution, reason=command.reason
    )


def assess(fact: Fact, command: AssessFact) -> FactAssessed:
    if command.verification is None and command.dispute is None:
        raise SaysNothing
    if (command.verification or fact.verification, command.dispute or fact.dispute) == (
        fact.verification,
        fact.dispute,
    ):
        raise NothingChanges(
            why=f"fact {fact.fact} is assessed so already; to say that it was looked at again, confirm it"
        )
    return FactAssessed(
        fact=fact.fact,
        version=fact.version + 1,
        verification=command.verification,
        dispute=command.dispute,
        reason=command.reason,
    )


def respond_to(story: Story, fact: Fact, command: RespondToFact, context: Context) -> FactRespondedTo:
    match command.by:
        case Voice(source=source):
            sources.check_named(source, "/by/source", context)
        case Ground() as ground:
            if not is_there(ground, outline(story), context):
                raise UnknownGround(story=ground.story, fact=ground.fact, pointer="/by")
        case _:
            assert_never(command.by)
    if len(fact.responses) >= limits.RESPONSES:
        raise FactFull(limit=limits.RESPONSES, what="responses")
    return FactRespondedTo(
        fact=fact.fact,
        version=fact.version + 1,
        response=Response(kind=command.kind, by=command.by),
        reason=command.reason,
    )


def confirm(fact: Fact, command: ConfirmFact) -> FactConfirmed:
    return FactConfirmed(fact=fact.fact, version=fact.version + 1, reason=command.reason)


def set_terms(fact: Fact, command: SetTerms) -> TermsTightened | Loosening:
    """Tightened at once; loosened only if a second person agrees, who has to be asked."""
    if command.terms == fact.terms:
        raise NothingChanges(why=f"fact {fact.fact} is {in_words(fact.terms)} already", pointer="/terms")
    if STRICTNESS[command.terms] < STRICTNESS[fact.terms]:
        if fact.standing == "retracted":
            raise FactIsRetracted(fact=fact.fact)
        return Loosening(fact=fact.fact, version=fact.version, terms=command.terms, reason=command.reason)
    return TermsTightened(
        fact=fact.fact, version=fact.version + 1, terms=command.terms, reason=command.reason
    )


def check_protection(story: Story, fact: Fact, terms: Terms, pointer: str | None = None) -> None:
    """Refuses to loosen the terms of a fact along with something else, or by one person alone."""
    if STRICTNESS[terms] < STRICTNESS[fact.terms]:
        raise TermsOnlyTighten(
            story=story.head.story,
            fact=fact.fact,
            terms=in_words(fact.terms),
            loosened=in_words(terms),
            pointer=pointer,
        )


def revised(story: Story, fact: Fact, command: RevisionOfFact, context: Context) -> FactBody:
    """The fact's body with the given fields in place of the old."""
    before = fact.body()
    given = command.given()
    # Naming someone ends the anonymity, and the other way round, without having to say null for the other.
    if given.get("attribution") is not None:
        given.setdefault("unattributed", None)
    if given.get("unattributed") is not None:
        given.setdefault("attribution", None)
    try:
        after = FactBody.recorded(**(before.__dict__ | given))
    except ValidationError as error:
        why = "; ".join(str(problem["msg"]) for problem in error.errors())
        raise BadChange(why=why.removeprefix("Value error, ")) from None
    if alike(after, before):
        raise NothingChanges(
            why=f"fact {fact.fact} reads so already; send at least one of its fields with a new value"
        )
    check_protection(story, fact, after.terms, "/terms")
    already = fact.source_slugs()
    check_sources(command.attribution or (), "/attribution", context, already)
    check_sources(command.citations or (), "/citations", context, already)
    check_grounds(command.rests_on or (), outline(story), fact.fact, context)
    check_circle(command.rests_on or (), story, fact.fact, context)
    return after


def fact_of(story: Story, number: int) -> Fact:
    if not 1 <= number <= len(story.facts):
        raise NoSuchFact(story=story.head.story, fact=number, facts=len(story.facts))
    return story.facts[number - 1]


def check_version(fact: Fact, expected: int | None, if_match: IfMatch | None) -> None:
    """Refuses a change of a fact that does not name the version that it has."""
    if if_match is not None and not if_match.is_any:
        if if_match.version != fact.version:
            raise PreconditionFailed(
                why=f"Fact {fact.fact} is at version {fact.version}",
                **as_it_is(fact, if_match.version or None),
            )
        expected = if_match.version
    if expected is None:
        raise VersionNotNamed(fact=fact.fact, version=fact.version)
    if expected != fact.version:
        raise FactMovedOn(**as_it_is(fact, expected), pointer="/expected_version")


def as_it_is(fact: Fact, expected: int | None) -> dict[str, Any]:
    """What whoever saw another version is told."""
    return {
        "fact": fact.fact,
        "version": fact.version,
        "expected_version": expected,
        "changed": fact.changed.model_dump(
            mode="json", exclude_none=True, exclude={"position", "recorded_at"}
        ),
        "statement": fact.statement,
    }


def named_by_links(links: Iterable[Attribution | Citation], at: str) -> Iterator[tuple[str, str]]:
    for index, link in enumerate(links):
        yield f"{at}/{index}/source", link.source
        if isinstance(link, Citation) and link.origin is not None:
            yield f"{at}/{index}/origin", link.origin


def check_sources(
    links: Iterable[Attribution | Citation], at: str, context: Context, but: Collection[str] = ()
) -> None:
    """but: those that the fact names already, and may go on naming whatever became of them."""
    check_registered((one for one in named_by_links(links, at) if one[1] not in but), context)


def check_registered(named: Iterable[tuple[str, str]], context: Context) -> None:
    for pointer, source in named:
        sources.check_named(source, pointer, context)


def check_grounds(grounds: Iterable[Ground], story: Outline, number: int, context: Context) -> None:
    """`number`: that of the fact that is to rest on them."""
    for index, ground in enumerate(grounds):
        if (ground.story, ground.fact) == (story.story, number):
            raise RestsOnItself(story=ground.story, fact=ground.fact, pointer=f"/rests_on/{index}")
        if not is_there(ground, story, context):
            raise UnknownGround(story=ground.story, fact=ground.fact, pointer=f"/rests_on/{index}")


def check_circle(grounds: Sequence[Ground], story: Story, number: int, context: Context) -> None:
    """Refuses where the fact itself stands below what it is to rest on. One that is new has nothing on it yet."""
    index = below(grounds, context.streams, story).get((story.first_slug, number)) if grounds else None
    if index is not None:
        ground = grounds[index]
        raise RestsInACircle(
            ground=ground.fact,
            of=ground.story,
            fact=number,
            story=story.head.story,
            pointer=f"/rests_on/{index}",
        )


def is_there(ground: Ground, story: Outline, context: Context) -> bool:
    return ground.fact <= (story.facts if ground.story == story.story else context.facts_in(ground.story))


_EMPTY_PHRASES = (
    "an earlier version of this story",
    "a previous version of this story",
    "an earlier version",
)


def says_too_little(was_wrong: str) -> bool:
    """Whether nothing is left once the stock phrases are taken away."""
    rest = was_wrong.casefold()
    for phrase in _EMPTY_PHRASES:
        rest = rest.replace(phrase, " ")
    words = [word for word in rest.split() if any(letter.isalnum() for letter in word)]
    # One word beside a stock phrase ("in") adds nothing; alone, in a script without spaces, it can be a sentence.
    return len(words) < (1 if rest == was_wrong.casefold() else 2)
