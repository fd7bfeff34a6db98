"""What a refusal is called outside: one table of statuses, and what is wrong with a shape, in words.

Knows nothing of HTTP's machinery, so that a terminal need not load it; `problems.py` makes answers of it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from ledger import limits, refusals
from ledger.refusals import (
    NotNow,
    Refusal,
    TooMuch,
)


class BadParameter(Refusal):
    """{why}"""


class BadJson(Refusal):
    """The body is not JSON that can be read: {why}."""


class BodyCutShort(Refusal):
    """The connection ended before the body did."""


class NotJson(Refusal):
    """Send the body as plain JSON, with Content-Type: application/json and no Content-Encoding."""


class RequestTooLarge(TooMuch):
    """The body of a request holds at most {limit} bytes. Say it in several requests."""


class TooManyValues(TooMuch):
    """The body of a request has at most {limit} {what}. Say it in several requests."""


class TableTooLong(TooMuch):
    """A table of facts that is sent here has at most {limit} rows. Take a longer one with `factledger take`."""


class TooManyItems(TooMuch):
    """A body that is sent here holds at most {limit} items. Send them in parts, or take them with `factledger take`."""


class TooManyToTry(TooMuch):
    """At most {limit} items or rows are tried at once. Try fewer, or all of them with `factledger take --dry-run`."""


class WrongThroughout(Refusal):
    """{count} things are wrong with this body, too many to name them. Compare it with what this address takes."""


class NoSuchEvent(refusals.Missing):
    """There is no event at position {position}; the last one is at {head}."""


class BadLine(Refusal):
    """The line is not JSON that can be read: {why}."""


class LineTooLong(TooMuch):
    """A line holds at most {limit} bytes. Say it in several lines."""


class NobodyActs(refusals.Forbidden):
    """Nobody is named who acts for {by}."""


class TooManyStreams(NotNow):
    """{open} streams are open already {where}. Come back in a moment, with the id that you heard last as
    Last-Event-ID."""


class TooManyRequests(NotNow):
    """{who} is over its rate of {rate}. Go on in {seconds} s."""


class NotFromHere(Refusal):
    """This was sent from another page than ours, or from one that is too old. Nothing was recorded: go back, load the
    page again, and send it from there."""


class NotTaken(Refusal):
    """{media_type} is not taken here. Send the item as one of: {taken}."""


class NotAForm(Refusal):
    """A form is sent as application/x-www-form-urlencoded, with at most {fields} fields."""


class SignInFirst(Refusal):
    """Sign in first: this is the desk's."""


STATUS: dict[type[Refusal], int] = {
    refusals.StoryMoved: 308,
    BadParameter: 400,
    BadJson: 400,
    BadLine: 400,
    BodyCutShort: 400,
    refusals.BeyondTheHead: 400,
    refusals.RevisionNamedTwice: 400,
    refusals.KeyRefused: 401,
    SignInFirst: 401,
    refusals.RoleMayNot: 403,
    refusals.NeedsSecondPerson: 403,
    refusals.NoKeyInForce: 403,
    refusals.NotYourProvider: 403,
    NobodyActs: 403,
    NotFromHere: 403,
    refusals.NoSuchStory: 404,
    refusals.NoSuchFact: 404,
    refusals.NoSuchSource: 404,
    refusals.NoSuchKey: 404,
    refusals.NothingMadeThen: 404,
    refusals.NoSuchProvider: 404,
    refusals.NothingToWithdraw: 404,
    refusals.NoSuchMember: 404,
    refusals.NoSuchWebhook: 404,
    refusals.NoSuchRevision: 404,
    refusals.NoSuchEdition: 404,
    refusals.NoSuchApproval: 404,
    refusals.NoSuchView: 404,
    refusals.NothingRecordedThen: 404,
    refusals.NoSuchRequest: 404,
    refusals.NothingThere: 404,
    refusals.StoryWithdrawn: 410,
    NoSuchEvent: 404,
    refusals.SlugTaken: 409,
    refusals.StoryIsMerged: 409,
    refusals.SourceIsMerged: 409,
    refusals.OthersAreJoined: 409,
    refusals.NotJoined: 409,
    refusals.StandOtherwise: 409,
    refusals.CalledAlready: 409,
    refusals.FactMovedOn: 409,
    refusals.StoryMovedOn: 409,
    refusals.FactIsRetracted: 409,
    refusals.NotAsItStands: 409,
    refusals.OlderThanPublic: 409,
    refusals.ItemHasStory: 409,
    refusals.SourceClockFalls: 409,
    refusals.OriginReused: 409,
    refusals.ApprovalPending: 409,
    refusals.ApprovalLapsed: 409,
    refusals.LapsesAtOnce: 409,
    refusals.ChangedBefore: 409,
    refusals.NoContact: 409,
    refusals.WordsErased: 409,
    refusals.OvertakenSince: 409,
    refusals.TermsOnlyTighten: 409,
    refusals.CopyOnHidden: 409,
    refusals.WordsContradict: 409,
    refusals.NamesProtected: 409,
    refusals.ToldNamesProtected: 409,
    refusals.CannotUndo: 409,
    refusals.ViewIsNot: 409,
    refusals.NotTheNextFact: 409,
    refusals.StreamDamaged: 409,
    refusals.SeriesOver: 409,
    refusals.StoryFull: 409,
    refusals.FactFull: 409,
    refusals.SourceFull: 409,
    refusals.TooManyJoined: 409,
    refusals.MemberFull: 409,
    refusals.TooManyWebhooks: 409,
    refusals.PreconditionFailed: 412,
    refusals.NothingToMatch: 412,
    refusals.BodyTooLarge: 413,
    RequestTooLarge: 413,
    TooManyValues: 413,
    TableTooLong: 413,
    TooManyItems: 413,
    TooManyToTry: 413,
    LineTooLong: 413,
    NotJson: 415,
    NotTaken: 415,
    NotAForm: 415,
    WrongThroughout: 422,
    refusals.UnknownSource: 422,
    refusals.UnknownGround: 422,
    refusals.RestsOnItself: 422,
    refusals.RestsInACircle: 422,
    refusals.SpanMismatch: 422,
    refusals.NotMadeYet: 422,
    refusals.NotOpenedHere: 422,
    refusals.NothingChanges: 422,
    refusals.SaysNothing: 422,
    refusals.SaysTooLittle: 422,
    refusals.BadEmbargo: 422,
    refusals.NotMinor: 422,
    refusals.NotASlip: 422,
    refusals.NotCorrected: 422,
    refusals.NotByCorrection: 422,
    refusals.BadChange: 422,
    refusals.KeyReused: 422,
    refusals.WireNeedsProvider: 422,
    refusals.ItemSaysTooLittle: 422,
    refusals.VersionNotNamed: 428,
    refusals.RevisionNotNamed: 428,
    TooManyRequests: 429,
    TooManyStreams: 503,
    refusals.LedgerBusy: 503,
    refusals.LedgerClosed: 503,
    refusals.DatabaseAway: 503,
    refusals.ClocksApart: 503,
    refusals.TookTooLong: 503,
    refusals.ServerBusy: 503,
    refusals.OutcomeUnknown: 503,
    refusals.ViewBehind: 503,
    refusals.NotFixedYet: 503,
    refusals.ViewsOfAnotherRelease: 503,
    refusals.ViewsNotBuiltYet: 503,
    refusals.ViewsAhead: 503,
    refusals.RebuildUnderWay: 503,
}

TITLE = {
    308: "Moved",
    400: "Bad request",
    401: "Key needed",
    403: "Not allowed to this role",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "In conflict with what is recorded",
    410: "Withdrawn",
    412: "Precondition failed",
    413: "Too large",
    415: "Unsupported media type",
    422: "Cannot be recorded as it is",
    428: "Name the version you saw",
    429: "Too many requests",
    431: "Too large",
    451: "Unavailable for legal reasons",
    500: "Our fault",
    503: "Not now",
}


def kind_of(refusal: type[Refusal]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", refusal.__name__).lower()


# --- What did not have the shape that its operation declares, in words -------------------------------------------


def worth_saying(problems: Iterable[Any]) -> Iterator[Any]:
    """The first problems that pydantic found, but for those that say nothing of their own."""
    for problem in islice(problems, limits.PROBLEMS_TOLD):
        # It counts the items that are good; those that are not are listed by themselves.
        if problem["type"] != "too_short" or len(problem["input"]) < problem["ctx"]["min_length"]:
            yield problem


def pointer(path: Iterable[Any], body: Any) -> str:
    """RFC 6901. Only steps that are in the body: in between, pydantic names the shapes it tried."""
    steps = []
    path = list(path)
    for index, step in enumerate(path):
        if isinstance(body, dict) and (step in body or index == len(path) - 1):
            body = body.get(step)
        elif isinstance(body, list) and isinstance(step, int) and step < len(body):
            body = body[step]
        else:
            continue
        steps.append(str(step).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{step}" for step in steps)


_FIX = {
    "extra_forbidden": "there is no such field; leave it out",
    "missing": "is required; add it",
    "model_attributes_type": "should be a JSON object",
    "model_type": "should be a JSON object",
    "string_unicode": "should be text",
    "int_from_float": "should be a whole number",
    "int_parsing": "should be a whole number",
    "int_type": "should be a whole number",
    "int_parsing_size": "should be a smaller whole number",
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "tuple_type": "should be a JSON array",
}

# What a pattern of ours asks for, by how it begins: a regular expression tells a person nothing.
_ASKS_FOR = {
    r"^[a-z0-9]+(-": "should be a slug: a-z, 0-9 and single hyphens between, such as kim-visits-russia",
    r"^[^\x00-": "should hold something to read, and no control characters",
    r"^https?:": "should be a web address, such as https://example.org/report",
    r"^sha-256:": "should be sha-256: and 64 digits of lower-case hex",
    r"^-?[0-9]": "should be a decimal number as text, such as 4 or 0.25",
    r"^([\x21": "should have at most 255 characters, all of them printable ASCII",
    r"^[\x20": "should have 1 to 255 characters, all of them printable ASCII",
    r"^[1-9][0-9]{0,4}(,": f"should be at most {limits.FACTS_NAMED} numbers of facts, with commas between, such as 3,4",
    r"^[a-z0-9-]+(,": f"should be at most {limits.STORIES_NAMED} slugs, with commas between",
    r"^[A-Za-z0-9_-]+$": "should be `next` of the page before, as it was given",
    r"^[0-9]{4}-": "should be an RFC 3339 instant with its offset, such as 2023-09-12T14:30:00Z",
}


def say(problem: Mapping[str, Any]) -> str:
    """What pydantic found, in the words of this house."""
    if text := _FIX.get(problem["type"]):
        return text
    if problem["type"] == "string_pattern_mismatch":
        pattern = str(problem["ctx"]["pattern"])
        return next(
            (text for begin, text in _ASKS_FOR.items() if pattern.startswith(begin)),
            f"should match {pattern}",
        )
    text = str(problem["msg"]).removeprefix("Value error, ")
    text = re.sub(r"^(Input|String|Tuple|Value) should", "should", text)
    text = re.sub(r" after validation, not .*$", "", text)
    return text[:1].lower() + text[1:]
