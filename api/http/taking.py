"""The endpoint that takes items of wires and content systems, in their own formats."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import orjson
from fastapi import Depends, Query, Request, Response
from pydantic import StringConstraints
from starlette.concurrency import run_in_threadpool

from api.http.access import DryRun, Onlooker, Visitor, for_wires, receipt
from api.http.bodies import within_limit
from api.http.endpoints import recorded, router
from api.http.statuses import NotTaken, TableTooLong, TooManyItems, TooManyToTry, kind_of
from api.intake import media_types
from api.intake.item import Item, Unreadable
from api.intake.taking import Door, Submit, Taken, Tried
from ledger import limits
from ledger.commands import ReportFact, Submission, TakeItem
from ledger.permitted import authorise
from ledger.refusals import ItemSaysTooLittle, NotNow, Refusal
from ledger.store.database import Connection, Row
from ledger.store.writer import Recording, Rehearsal
from ledger.words import Instant, Line, Slug, Text

if TYPE_CHECKING:
    from api.intake.fact_filing import Came, Filing

endpoints = router("Taking in")

_Each = TypeVar("_Each")
_Pair = Annotated[str, StringConstraints(max_length=limits.LINE_LENGTH, pattern=r"^[^=]+=.*[^=]$")]


@dataclass(frozen=True, slots=True)
class TableSettings:
    """How a table of facts is taken; the command `factledger take` has options of the same names."""

    columns: Mapping[str, str]
    given: Mapping[str, str]
    answers: Mapping[str, str]
    table: str
    created: str | None
    reason: str | None
    was_wrong: str | None


async def table_settings(
    column: Annotated[
        list[_Pair], Query(default_factory=list, description="Of a table: which part a column is, `Nr=key`")
    ],
    given: Annotated[
        list[_Pair],
        Query(
            alias="set",
            default_factory=list,
            description="Likewise: what a part is where rows do not say it, `story=a-slug`; {Name} is a cell",
        ),
    ],
    answer: Annotated[
        list[_Pair],
        Query(
            default_factory=list, description="Likewise: what rows mean that are asked of, `changed=update`"
        ),
    ],
    table: Annotated[Line, Query(description="Likewise: its name, where a story has several")] = "table",
    created: Annotated[
        Instant | None, Query(description="Likewise: when it was made so, by its maker's clock")
    ] = None,
    reason: Annotated[Text | None, Query(description="Likewise: why rows changed; readers see it")] = None,
    was_wrong: Annotated[Text | None, Query(description="Likewise, of corrections: what was wrong")] = None,
) -> TableSettings:
    def named(said: Sequence[str]) -> dict[str, str]:
        return dict(one.rpartition("=")[::2] for one in said)

    parts = dict(one.partition("=")[::2] for one in given)  # a text may hold another =
    return TableSettings(named(column), parts, named(answer), table, created, reason, was_wrong)


_BODY: Mapping[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            each: {"schema": {"type": "object"} if each.endswith("json") else {"type": "string"}}
            for each in media_types.ALL
        },
    }
}


@endpoints.post(
    "/intake",
    status_code=201,
    responses=recorded(404, 409),
    openapi_extra=dict(_BODY),
)
@for_wires
async def take_items(
    request: Request,
    visitor: Onlooker,
    settings: Annotated[TableSettings, Depends(table_settings)],
    provider: Annotated[
        Slug | None, Query(description="Whose items they are, where they do not say it; not for a wire")
    ] = None,
    dry_run: DryRun = False,
) -> Response:
    """Take an item of a wire, a content system or an archive, in its own format (Content-Type says which): its story is
    opened or brought up to date, and published, held or withdrawn as it says. The same version again is answered with
    the receipt that it has. A body that holds several is answered with a list, each taken or refused by itself; so is
    one that is a table of facts (CSV): what rows mean that changed, or are gone, is asked in the answer, and said when
    it is sent again. In a dry run each is tried by itself, in the ledger as it is. For the roles editor and standards
    and wire. A wire brings items of its own provider alone."""
    authorise(TakeItem, visitor.actor)
    media_type = request.headers.get("content-type", "")
    if not media_types.is_taken(media_type):
        raise NotTaken(
            media_type=media_type[:80] or "a body without a Content-Type",
            taken=", ".join(media_types.ALL),
        )
    visitor.is_dry_run = dry_run
    body = await within_limit(request, limits.INTAKE_BYTES)
    return await run_in_threadpool(_take, visitor, body, media_type, provider, settings)


def _take(
    visitor: Visitor, body: bytes, media_type: str, provider: str | None, settings: TableSettings
) -> Response:
    from api.intake import recognising  # with lxml behind it: not before somebody sends an item

    with visitor.reading(of_views=False) as connection:

        def submit(submission: Submission) -> Recording | Tried:
            outcome = visitor.running.writer.outcome_of(submission)
            if isinstance(outcome, Rehearsal):  # told at once, not to hold the state of the story for each
                return Tried(outcome.about, visitor.rehearsed(connection, outcome))
            return outcome

        door = Door(connection, submit, visitor.actor, provider, is_dry_run=visitor.is_dry_run)
        if recognising.is_table(body, media_type):
            authorise(ReportFact, visitor.actor)
            filing = _filing(visitor, connection, submit, door.provider, settings)
            return _many(visitor, _take_table(filing, body, media_type, settings))
        items = list(islice(recognising.read(body, media_type), limits.INTAKE_ITEMS + 1))
        if len(items) > limits.INTAKE_ITEMS:
            raise TooManyItems(limit=limits.INTAKE_ITEMS)
        found = [_one(door, item) for item in (_few(items) if visitor.is_dry_run else items)]
    if len(found) == 1:
        return _alone(visitor, found[0])
    return _many(visitor, {"items": [_told(one) for one in found]})


def _few(found: Iterable[_Each]) -> list[_Each]:
    """All of them, if they are not too many to try."""
    few = list(islice(found, limits.INTAKE_TRIED + 1))
    if len(few) > limits.INTAKE_TRIED:
        raise TooManyToTry(limit=limits.INTAKE_TRIED)
    return few


def _many(visitor: Visitor, told: Mapping[str, Any]) -> Response:
    status = 200 if visitor.is_dry_run else 201
    return Response(orjson.dumps(told), status, {"cache-control": "no-store"}, "application/json")


def _filing(
    visitor: Visitor,
    connection: Connection[Row],
    submit: Submit,
    provider: str | None,
    settings: TableSettings,
) -> "Filing":
    from api.intake.fact_filing import Filing, State

    try:
        if provider is None:
            raise Unreadable("provider", "nothing says whose table it is", "say it (provider=)")
        state = State(provider, settings.table, settings.created, settings.given)
    except Unreadable as trouble:
        raise _refusal(trouble) from None
    return Filing(connection, submit, visitor.actor, state, is_dry_run=visitor.is_dry_run)


def _take_table(filing: "Filing", body: bytes, media_type: str, settings: TableSettings) -> Mapping[str, Any]:
    """What came of its rows; those of which there was nothing to record are only counted."""
    from api.intake import recognising
    from api.intake.fact_filing import AsItWas, answers_of

    try:
        answers = answers_of(settings.answers, settings.reason, settings.was_wrong)
    except Unreadable as trouble:
        raise _refusal(trouble) from None
    read = recognising.read_rows(body, media_type, settings.columns)
    rows = list(islice(_few(read) if filing.is_dry_run else read, limits.INTAKE_ROWS + 1))
    if len(rows) > limits.INTAKE_ROWS:
        raise TableTooLong(limit=limits.INTAKE_ROWS)
    came = [*filing.take(rows, lambda question: answers.get(question.what))]
    told = [_told_of_row(one) for one in came if not isinstance(one, AsItWas)]
    return {"rows": told, "as_they_were": len(came) - len(told), **_left(filing.without_place)}


def _told_of_row(came: "Came") -> dict[str, Any]:
    from api.intake.fact_filing import ANSWERS, Filed, Question

    if isinstance(came, Unreadable):
        return _told(_refusal(came))
    if isinstance(came, Question):
        asked = {name: value for name, value in asdict(came).items() if value is not None}
        return {"asked": asked | {"may_be": ANSWERS[came.what]}}
    assert isinstance(came, Filed)
    return {"key": came.key, "as": came.what, **_told_of_outcome(came.outcome)}


def _one(door: Door, item: Item | Unreadable) -> Taken | Refusal:
    try:
        if isinstance(item, Unreadable):
            raise item
        return door.take(item)
    except Unreadable as trouble:
        return _refusal(trouble)
    except NotNow:
        raise  # what was taken so far is found again
    except Refusal as refusal:
        return refusal


def _refusal(trouble: Unreadable) -> Refusal:
    return ItemSaysTooLittle(field=trouble.where, why=trouble.why, fix=trouble.fix, item=trouble.item)


def _alone(visitor: Visitor, one: Taken | Refusal) -> Response:
    if isinstance(one, Refusal):
        raise one
    left = _left(one.without_place)
    if isinstance(one.outcome, Tried):
        return _many(visitor, orjson.loads(one.outcome.answer) | left)
    answer = receipt(one.outcome, f"/v1/stories/{one.story}", with_position=True)
    if left:
        answer.body = orjson.dumps(orjson.loads(bytes(answer.body)) | left)
        answer.headers["content-length"] = str(len(answer.body))
    return answer


def _told(one: Taken | Refusal) -> dict[str, Any]:
    if isinstance(one, Refusal):
        named = {name: one.details[name] for name in ("item", "field", "fix") if one.details.get(name)}
        return {"refused": {"kind": kind_of(type(one)), "detail": str(one), **named}}
    return _told_of_outcome(one.outcome) | _left(one.without_place)


def _told_of_outcome(outcome: Recording | Tried) -> dict[str, Any]:
    if isinstance(outcome, Tried):
        return {"tried": orjson.loads(outcome.answer)}
    taken = orjson.loads(outcome.receipt.text(with_position=True))
    return {"taken": taken, "replayed": outcome.replayed}


def _left(without_place: Mapping[str, int]) -> dict[str, Any]:
    return {"without_place": dict(without_place)} if without_place else {}
