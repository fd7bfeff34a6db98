"""The endpoint that takes items of wires and content systems, in their own formats."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import Depends, Query, Request, Response
from pydantic import StringConstraints
from starlette.concurrency import run_in_threadpool

from api.http.access import Onlooker, Visitor, for_wires, receipt
from api.http.bodies import within_limit
from api.http.endpoints import recorded, router
from api.http.statuses import NotTaken, TableTooLong, kind_of
from api.intake import media_types
from api.intake.item import Item, Unreadable
from api.intake.taking import Door, Taken
from ledger import limits
from ledger.commands import ReportFact, TakeItem
from ledger.permitted import authorise
from ledger.refusals import ItemSaysTooLittle, NotNow, Refusal
from ledger.store.database import Connection, Row
from ledger.words import Instant, Line, Slug, Text

if TYPE_CHECKING:
    from api.intake.fact_filing import Came

endpoints = router("Taking in")

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
) -> Response:
    """Take an item of a wire, a content system or an archive, in its own format (Content-Type says which): its story is
    opened or brought up to date, and published, held or withdrawn as it says. The same version again is answered with
    the receipt that it has. A body that holds several is answered with a list, each taken or refused by itself; so is
    one that is a table of facts (CSV): what rows mean that changed, or are gone, is asked in the answer, and said when
    it is sent again. For the roles editor and standards and wire. A wire brings items of its own provider alone."""
    authorise(TakeItem, visitor.actor)
    media_type = request.headers.get("content-type", "")
    if not media_types.is_taken(media_type):
        raise NotTaken(
            media_type=media_type[:80] or "a body without a Content-Type",
            taken=", ".join(media_types.ALL),
        )
    body = await within_limit(request, limits.INTAKE_BYTES)
    return await run_in_threadpool(_take, visitor, body, media_type, provider, settings)


def _take(
    visitor: Visitor, body: bytes, media_type: str, provider: str | None, settings: TableSettings
) -> Response:
    from api.intake import recognising  # with lxml behind it: not before somebody sends an item

    with visitor.reading(of_views=False) as connection:
        door = Door(connection, visitor.running.writer.record, visitor.actor, provider)
        if recognising.is_table(body, media_type):
            return _many(_take_table(visitor, connection, door.provider, body, media_type, settings))
        found = [_one(door, item) for item in recognising.read(body, media_type)]
    if len(found) == 1:
        return _alone(found[0])
    return _many({"items": [_told(one) for one in found]})


def _many(told: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(told), 201, {"cache-control": "no-store"}, "application/json")


def _take_table(
    visitor: Visitor,
    connection: Connection[Row],
    provider: str | None,
    body: bytes,
    media_type: str,
    settings: TableSettings,
) -> Mapping[str, Any]:
    """What came of its rows; those of which there was nothing to record are only counted."""
    from api.intake import recognising
    from api.intake.fact_filing import AsItWas, Filing, State, answers_of

    authorise(ReportFact, visitor.actor)
    try:
        if provider is None:
            raise Unreadable("provider", "nothing says whose table it is", "say it (provider=)")
        answers = answers_of(settings.answers, settings.reason, settings.was_wrong)
        state = State(provider, settings.table, settings.created, settings.given)
    except Unreadable as trouble:
        raise _refusal(trouble) from None
    read = recognising.read_rows(body, media_type, settings.columns)
    rows = list(islice(read, limits.INTAKE_ROWS + 1))
    if len(rows) > limits.INTAKE_ROWS:
        raise TableTooLong(limit=limits.INTAKE_ROWS)
    filing = Filing(connection, visitor.running.writer.record, visitor.actor, state)
    came = [*filing.take(rows, lambda question: answers.get(question.what))]
    told = [_told_of_row(one) for one in came if not isinstance(one, AsItWas)]
    left = {"without_place": dict(filing.without_place)} if filing.without_place else {}
    return {"rows": told, "as_they_were": len(came) - len(told), **left}


def _told_of_row(came: "Came") -> dict[str, Any]:
    from api.intake.fact_filing import ANSWERS, Filed, Question

    if isinstance(came, Unreadable):
        return _told(_refusal(came))
    if isinstance(came, Question):
        asked = {name: value for name, value in asdict(came).items() if value is not None}
        return {"asked": asked | {"may_be": ANSWERS[came.what]}}
    assert isinstance(came, Filed)
    receipt = came.recording.receipt.text(with_position=True)
    return {
        "key": came.key,
        "as": came.what,
        "taken": orjson.loads(receipt),
        "replayed": came.recording.replayed,
    }


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


def _alone(one: Taken | Refusal) -> Response:
    if isinstance(one, Refusal):
        raise one
    answer = receipt(one.recording, f"/v1/stories/{one.story}", with_position=True)
    if one.without_place:
        answer.body = orjson.dumps(
            orjson.loads(bytes(answer.body)) | {"without_place": dict(one.without_place)}
        )
        answer.headers["content-length"] = str(len(answer.body))
    return answer


def _told(one: Taken | Refusal) -> dict[str, Any]:
    if isinstance(one, Refusal):
        named = {name: one.details[name] for name in ("item", "field", "fix") if one.details.get(name)}
        return {"refused": {"kind": kind_of(type(one)), "detail": str(one), **named}}
    text = one.recording.receipt.text(with_position=True)
    left = {"without_place": dict(one.without_place)} if one.without_place else {}
    return {"taken": orjson.loads(text), "replayed": one.recording.replayed, **left}
