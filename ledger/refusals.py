"""Every way the ledger says no. A refusal's docstring is what the person reads.

Refusal
├── Forbidden          RoleMayNot, KeyRefused, NeedsSecondPerson, NoKeyInForce, NotYourProvider
├── StoryMoved
├── Missing            NoSuchStory, NoSuchFact, NoSuchSource, NoSuchKey, NoSuchMember, NoSuchRevision,
│                      NoSuchEdition, NoSuchApproval, NoSuchRequest, NoSuchWebhook, NoSuchView,
│                      NothingRecordedThen, NothingThere, StoryWithdrawn, NoSuchProvider, NothingToWithdraw,
│                      NothingMadeThen
├── Conflict           SlugTaken, CalledAlready, FactMovedOn, StoryMovedOn, FactIsRetracted, NotAsItStands,
│                      OlderThanPublic, ItemHasStory, OriginReused, SourceClockFalls, ApprovalPending, ApprovalLapsed,
│                      LapsesAtOnce, ChangedBefore, NoContact, WordsErased, OvertakenSince, TermsOnlyTighten,
│                      CopyOnHidden, WordsContradict, NamesProtected, ToldNamesProtected, CannotUndo, NotTheNextFact,
│                      StreamDamaged, SeriesOver, ViewIsNot, StoryIsMerged, SourceIsMerged, OthersAreJoined, NotJoined,
│                      StandOtherwise
├── Unsaid             VersionNotNamed, RevisionNotNamed
├── Unmet              PreconditionFailed, NothingToMatch
├── Invalid            UnknownSource, UnknownGround, SpanMismatch, NotMadeYet, NotOpenedHere, NothingChanges,
│                      SaysNothing, BadChange, BeyondTheHead, KeyReused, SaysTooLittle, BadEmbargo, NotMinor,
│                      NotASlip, NotCorrected, RestsOnItself, RestsInACircle, NotByCorrection, RevisionNamedTwice,
│                      WireNeedsProvider, ItemSaysTooLittle
├── TooMuch            StoryFull, FactFull, SourceFull, TooManyJoined, MemberFull, TooManyWebhooks, BodyTooLarge
└── NotNow             LedgerBusy, LedgerClosed, DatabaseAway, ClocksApart, TookTooLong, ServerBusy,
                       OutcomeUnknown, ViewBehind, NotFixedYet, ViewsOfAnotherRelease, ViewsNotBuiltYet, ViewsAhead,
                       RebuildUnderWay
"""

from typing import Any


class Refusal(Exception):
    """Refused."""

    pointer: str | None = None  # RFC 6901, into the request's body, where the trouble has a place there
    part: int | None = None  # of a change, which of its parts is refused, from 0 on

    def __init__(self, *, pointer: str | None = None, **details: Any) -> None:
        self.details = details
        if pointer is not None:
            self.pointer = pointer
        super().__init__(" ".join((type(self).__doc__ or "").split()).format(**details))


class Forbidden(Refusal):
    """This is not allowed to you."""


class RoleMayNot(Forbidden):
    """Your key has the role {role}; this needs one of: {needs}."""


class KeyRefused(Forbidden):
    """This needs a key in force, sent as Authorization: Bearer <key>; yours is missing, unknown, expired or revoked.
    Ask the desk for one (factledger keys add)."""


class NeedsSecondPerson(Forbidden):
    """You asked for this yourself; approval {approval} needs a second person. You can decline it."""


class NoKeyInForce(Forbidden):
    """Member {member} has no key in force; issue one first (factledger keys add --member)."""


class NotYourProvider(Forbidden):
    """Your key brings items of {yours}; this one is of {provider}. Where {yours} sends it under that name, have the
    name added to how its items are taken (POST /v1/sources/{yours}/provider)."""


class Missing(Refusal):
    """There is no such thing."""


class NoSuchStory(Missing):
    """There is no story {story}."""


class StoryMoved(Refusal):
    """Story {was} is found under {story} by now: ask there."""


class NoSuchFact(Missing):
    """Story {story} has no fact {fact}; the number of its facts is {facts}."""


class NoSuchSource(Missing):
    """There is no source {source}."""


class NoSuchProvider(Missing):
    """Items of {provider} are not taken: have it registered as a source, and say how its items are to be taken (POST
    /v1/sources/{provider}/provider)."""


class NothingToWithdraw(Missing):
    """Nothing was taken of {provider}’s item {id}; there is nothing to withdraw."""


class NoSuchKey(Missing):
    """There is no key {key} in force."""


class NoSuchMember(Missing):
    """There is no member {member}."""


class NoSuchWebhook(Missing):
    """There is no webhook {webhook}."""


class NoSuchRevision(Missing):
    """Story {story} has no revision {revision}; its revisions are 1 to {revisions}."""


class NoSuchEdition(Missing):
    """Readers have not seen an edition {edition} of story {story}."""


class NoSuchApproval(Missing):
    """Nobody asked for an approval {approval} in story {story}."""


class NothingThere(Missing):
    """There is nothing here for readers."""


class StoryWithdrawn(Missing):
    """{notice}"""


class NoSuchView(Missing):
    """There is no view {view}; there are {views}."""


class NothingRecordedThen(Missing):
    """Nothing of {what} was recorded at that moment yet; its first event is at position {first}."""


class NothingMadeThen(Missing):
    """By the clock of its sources there is nothing of story {story} at that moment: {why}."""


class NoSuchRequest(Missing):
    """There is no such correction request."""


class Conflict(Refusal):
    """Somebody was there before you."""


class SlugTaken(Conflict):
    """The slug {slug} is taken: a slug that a {what} has or has had is its own for ever. Choose another."""


class StoryIsMerged(Conflict):
    """Story {story} was joined to {into}, and that one goes on. File it there; or undo what joined them first."""


class SourceIsMerged(Conflict):
    """The source {source} was joined to {name}, which goes on as {into}. {mend}."""


class OthersAreJoined(Conflict):
    """Other sources are joined to {source}: {joined}. So it goes on: join {into} to {source}, or tell those apart from
    {source} first."""


class NotJoined(Conflict):
    """The source {source} is joined to no other; there is nothing to tell apart."""


class StandOtherwise(Conflict):
    """{discredited} is discredited and {relied_on} is not; sources that are one stand alike. Discredit {relied_on} or
    reinstate {discredited} first."""


class CalledAlready(Conflict):
    """Member {member} is called so that nobody could tell it from {label}. Give that one another key with
    --member {member}, choose another label, or say --again to have two of that name."""


class FactMovedOn(Conflict):
    """Fact {fact} is at version {version} now, you saw version {expected_version}.
    Read what changed, then send your change again with expected_version {version}."""


class StoryMovedOn(Conflict):
    """{what} was changed in revision {changed_in}, you saw revision {expected_revision}.
    Read what changed, then send yours again with expected_revision {revision}."""


class FactIsRetracted(Conflict):
    """Fact {fact} was retracted and stays as it is; report a new fact instead."""


class NotAsItStands(Conflict):
    """The {thing} {name} is {state}; this is possible only when it is {when}."""


class ItemHasStory(Conflict):
    """{provider}’s item {id} is story {story} already; file what changed there."""


class SourceClockFalls(Conflict):
    """Story {story} cannot be shown by the clock of its sources: what revision {revision} has was made before what
    revision {before} has. Ask by the ledger’s own clock (without clock=source)."""


class OriginReused(Conflict):
    """{provider}’s item {id} was taken before in this version, and said something else ({story}, revision {revision}).
    Give the version that this one is of, or, where it is another part of the same item, an id of its own: {id}#2."""


class OlderThanPublic(Conflict):
    """Readers see revision {public}; publish that or a later one, not {revision}. To go back, undo what came since."""


class ApprovalPending(Conflict):
    """Somebody asked for the {act} of story {story} already; approval {approval} waits for a second person."""


class ApprovalLapsed(Conflict):
    """The story has changed since somebody asked for its {act}: {change} in revision {changed_in}. So approval
    {approval} has lapsed. Look at the story as it is now, and ask for the {act} again if it is still right."""


class LapsesAtOnce(Conflict):
    """This changes what the same change asks a second person for ({act}), so that would lapse at once. Put the {act}
    behind it."""


class ChangedBefore(Conflict):
    """{what} is changed by an act before it in the same change. Say it once; or give this act expected_revision
    "@last", if it is meant to change that again."""


class NoContact(Conflict):
    """No contact is kept with this request: none was left, or it was erased."""


class WordsErased(Conflict):
    """What was written in this request is erased already."""


class OvertakenSince(Conflict):
    """{what} changed again after revision {revision}, last in revision {later}.
    Undo that first, or file what it should be now."""


class TermsOnlyTighten(Conflict):
    """Fact {fact} was given {terms}; this would make it {loosened}, and readers would learn more of its source. Keep
    the terms as they are. To loosen them takes two people: ask for it by POST /v1/stories/{story}/facts/{fact}/terms
    (“Set the terms” beside the fact)."""


class CopyOnHidden(Conflict):
    """Readers would read words of the copy that stand on facts which they may not see: {words}. {why}"""


class WordsContradict(Conflict):
    """Readers would read words of the copy that say something else than the facts they stand on: {words}. File the copy
    with other words there, or correct the fact; or, if these are right all the same, name the facts in words_stand."""


class NamesProtected(Conflict):
    """Readers would read the name of a source whom the terms of a fact protect: {places}. Mend it; or say in despite,
    for each of these sources, why its name may stand."""


class ToldNamesProtected(Conflict):
    """Whoever asked would read the name of a source whom the terms of a fact protect: {words}. Say it without."""


class CannotUndo(Conflict):
    """Revision {revision} cannot be undone: {why}."""


class NotTheNextFact(Conflict):
    """The next fact that story {story} gets has the number {next}, not {fact}."""


class StreamDamaged(Conflict):
    """This record is damaged: the database went back in time, and from position {position} on its events do not follow
    those before. What came before is shown; nothing can be added. File it under a new slug."""


class SeriesOver(Conflict):
    """Something before it was not recorded, so this was not looked at. Nothing was changed."""


class ViewIsNot(Conflict):
    """The view {view} is {state}, not {wanted}: there is nothing to do. Nothing was changed."""


class Unsaid(Refusal):
    """Something must be said first."""


class VersionNotNamed(Unsaid):
    """Name the version you saw: expected_version in the body, or If-Match with the fact's ETag.
    Fact {fact} is at version {version}."""

    pointer = "/expected_version"


class RevisionNotNamed(Unsaid):
    """Name the revision that you looked at: {field} in the body, or If-Match with the story's ETag.
    Story {story} is at revision {revision}."""


class Unmet(Refusal):
    """What you made it depend on does not hold."""


class PreconditionFailed(Unmet):
    """{why} now, which your If-Match does not name. Read what changed, then send it again with the ETag as it is."""


class NothingToMatch(Unmet):
    """Your If-Match names nothing that is there: only a story and a fact have ETags that what you send can depend on.
    Leave it out."""


class Invalid(Refusal):
    """The request cannot be taken as it is."""


class RevisionNamedTwice(Invalid):
    """If-Match names revision {named}, {field} {said}: give one of them."""


class UnknownSource(Invalid):
    """There is no source {source}; register it first (POST /v1/sources)."""


class UnknownGround(Invalid):
    """There is no fact {fact} in a story {story}; name one that was reported."""


class RestsOnItself(Invalid):
    """Fact {fact} of story {story} cannot rest on itself; name the facts that it depends on."""


class RestsInACircle(Invalid):
    """Fact {ground} of story {of} rests on fact {fact} of story {story}, itself or through others: what a fact holds
    up cannot hold it up. Name what it depends on."""


class SpanMismatch(Invalid):
    """The copy from {start} to {end} does not read as given in exact; it reads: {found}"""


class NotMadeYet(Invalid):
    """Act {act} names {place}, but {why}. What the change makes is named by the act that makes it, which comes before:
    @0 is the first, @last the last one. What was there before the change has its number."""


class NotOpenedHere(Invalid):
    """A change opens a story by its first act alone, and the one it is sent to: {slug}."""


class NothingChanges(Invalid):
    """Nothing would change: {why}."""


class SaysNothing(Invalid):
    """Name verification, dispute, or both."""


class SaysTooLittle(Invalid):
    """Say what was wrong; "an earlier version of this story" alone tells nobody."""


class BadEmbargo(Invalid):
    """{until} is not in the future; leave embargo_until out to publish now."""


class NotMinor(Invalid):
    """A refiled copy stands on the same facts, in the same order, as the one before; file it as copy instead."""


class NotASlip(Invalid):
    """A slip of spelling is mended by letters alone; this makes {why}. If it was wrong, correct the fact; if it misled,
    clarify it."""


class NotCorrected(Invalid):
    """{why}"""


class BadChange(Invalid):
    """The fact as changed would not hold: {why}"""


class BeyondTheHead(Invalid):
    """Nothing is recorded beyond position {head} ({recorded_at}); ask for that or an earlier moment,
    or leave the moment out for now."""


class WireNeedsProvider(Invalid):
    """A key of the role wire says whose items it brings, by the slug of the provider; a key of another role does
    not."""


class ItemSaysTooLittle(Invalid):
    """{field}: {why}; {fix}."""


class KeyReused(Invalid):
    """This Idempotency-Key came before with another request; use a new key for a new request."""


class NotByCorrection(Invalid):
    """No correction made version {version} of fact {fact} of story {story}; name the version that the correction made
    which came of this request."""


class TooMuch(Refusal):
    """That is more than the ledger takes."""


class StoryFull(TooMuch):
    """A story holds at most {limit} {what}."""


class FactFull(TooMuch):
    """A fact holds at most {limit} {what}."""


class SourceFull(TooMuch):
    """This source has been renamed {limit} times, which is as often as one can be; it keeps the name it has."""


class TooManyJoined(TooMuch):
    """At most {limit} sources can be joined to one."""


class MemberFull(TooMuch):
    """A member holds at most {limit} keys."""


class TooManyWebhooks(TooMuch):
    """At most {limit} webhooks are told what happens; remove one first."""


class BodyTooLarge(TooMuch):
    """One event holds at most {limit} bytes; this one has {size}. Split it."""


class NotNow(Refusal):
    """Not now."""

    retry_after = 1  # seconds


class LedgerBusy(NotNow):
    """{waiting} commands are waiting already. Send it again in a moment, with the same Idempotency-Key."""


class LedgerClosed(NotNow):
    """This server is ending and takes nothing more. Nothing was changed; send it again to the one that follows."""


class DatabaseAway(NotNow):
    """The database cannot be reached. Nothing was changed; ask again in a moment."""


class ClocksApart(NotNow):
    """The clock of the database is {seconds} s {where} that of this server, so nothing is recorded:
    a wrong time would stand in the record for ever. Nothing was changed. Have both clocks set, then send it again."""


class TookTooLong(NotNow):
    """This took longer than the server gives one question. Nothing was changed; ask for less, or again in a while."""

    retry_after = 10


class ServerBusy(NotNow):
    """More is asked of this server at once than it has room for. Nothing was changed; ask again in a moment."""

    retry_after = 5


class OutcomeUnknown(NotNow):
    """The database did not answer in time. Whether this was recorded is not known:
    send it again with the same Idempotency-Key, and it is recorded once."""


class ViewBehind(NotNow):
    """The views are at position {reached} and did not reach {wanted} in time. Nothing is lost; ask again."""


class NotFixedYet(NotNow):
    """That moment is of this very second, and what it held is not fixed yet; ask again in {seconds} s."""


class ViewsOfAnotherRelease(NotNow):
    """The views are made by another release of the program. Nothing is lost; ask a server of that release."""


class ViewsNotBuiltYet(NotNow):
    """This release reads what the one before did not keep; it is being built. Nothing is lost, and what is filed is
    recorded; ask again in a moment."""


class ViewsAhead(NotNow):
    """The views are at position {reached}, and the ledger ends at {head}: they are of another history than it is.
    Have them built anew (factledger rebuild)."""


class RebuildUnderWay(NotNow):
    """Views are being built anew already, by another program. Wait for its end, or stop it there."""
