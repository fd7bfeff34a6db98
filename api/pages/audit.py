"""The audit trail on a page: every event as it is stored, by story, person, kind and time; and as a file."""

import csv
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Annotated, Any

import orjson
from fastapi import Depends, Query, Response
from starlette.responses import StreamingResponse

from api.formats.fact_table import harmless
from api.pages.forms import in_utc
from api.pages.inside import Refused
from api.pages.page import Looking, Visit, router
from api.pages.rendering import address
from ledger import limits
from ledger.events import TOPICS
from ledger.words import LEDGER, OPERATOR, READER

endpoints = router()

_ROWS = 50
_AT_ONCE = 200  # read for an export, the longest page of the API
_MEMBERS = 5  # pages of them, whose names are known here
_NOBODY = {str(OPERATOR): "operator", str(LEDGER): "the ledger", str(READER): "a reader"}
_COLUMNS = (
    "position",
    "recorded_at",
    "topic",
    "about",
    "by",
    "actor",
    "stream_id",
    "version",
    "event_id",
    "request_id",
    "reason",
    "body",
)

Text = Annotated[str, Query(max_length=limits.NAME_LENGTH)]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which events; a field of the form that was left empty asks for nothing."""

    story: str
    actor: str
    kind: str
    from_: str
    to: str
    after: int | None

    @property
    def query(self) -> dict[str, str]:
        """For the API; instants without an offset are taken as UTC."""
        given = {
            "story": self.story,
            "actor": self.actor,
            "kind": self.kind,
            "from": in_utc(self.from_),
            "to": in_utc(self.to),
        }
        return {name: value for name, value in given.items() if value}


async def _filters(
    story: Text = "",
    actor: Text = "",
    kind: Text = "",
    from_: Annotated[str, Query(alias="from", max_length=limits.INSTANT_LENGTH)] = "",
    to: Annotated[str, Query(max_length=limits.INSTANT_LENGTH)] = "",
    after: Annotated[int | None, Query(ge=0, le=limits.POSITION)] = None,
) -> Filters:
    return Filters(story.strip(), actor.strip(), kind.strip(), from_.strip(), to.strip(), after)


AskedFor = Annotated[Filters, Depends(_filters)]


@dataclass(frozen=True, slots=True)
class Names:
    """Who is behind ids: labels of members."""

    members: Mapping[str, str]

    def by(self, event: Mapping[str, Any]) -> str:
        return self.members.get(event["actor"]) or _NOBODY.get(event["actor"], event["actor"])


def _place(event: Mapping[str, Any], about: Mapping[str, Mapping[str, str]]) -> str | None:
    """The address of the story or source."""
    for what, where in (("story", "stories"), ("source", "sources")):
        if what in about.get(event["stream_id"], ()):
            return f"/{where}/{about[event['stream_id']][what]}"
    return None


@endpoints.get("/audit")
async def show_audit(visit: Looking, filters: AskedFor) -> Response:
    """The newest, unless it is asked for some of them; those in order from the first."""
    visit.only("auditor", "admin")
    names = await _names(visit)
    after, is_newest = filters.after, False
    if after is None and not filters.query:
        head = int((await visit.inside.ask("GET", "/v1/stories", {"limit": 1})).headers["ledger-position"])
        after, is_newest = max(0, head - _ROWS), True
    found, wrong, status = await _page(visit, filters, after or 0)
    items = found["items"][::-1] if is_newest else found["items"]
    return await visit.page(
        "audit.html",
        status,
        filters=filters,
        found=items,
        raw=[
            (event, _place(event, found["about"]), orjson.dumps(event, option=orjson.OPT_INDENT_2).decode())
            for event in items
        ],
        next=found["next"],
        earlier=max(0, after - _ROWS) if after and not filters.query else None,
        is_newest=is_newest,
        names=names,
        headlines=await visit.headlines(found["about"]),
        sources=await visit.names_of_sources(
            one["source"] for one in found["about"].values() if "source" in one
        ),
        kinds=sorted(TOPICS.classes),
        wrong=wrong,
        exports=limits.AUDIT_EXPORT,
        export=lambda file: address(file, **filters.query, after=filters.after),
    )


async def _page(visit: Visit, filters: Filters, after: int) -> tuple[Any, str | None, int]:
    """The events; none, and why, where they cannot be asked for like that."""
    try:
        return await visit.get("/v1/events", {**filters.query, "after": after, "limit": _ROWS}), None, 200
    except Refused as refused:
        if refused.status not in (400, 404, 422):
            raise
        return {"about": {}, "items": [], "next": None}, str(refused.problem.get("detail")), refused.status


async def _names(visit: Visit) -> Names:
    """The first pages of members."""
    found: dict[str, str] = {}
    after: str | None = None
    for _ in range(_MEMBERS):
        page = await visit.get("/v1/members", {"limit": _AT_ONCE, "after": after})
        found |= {one["member"]: one["label"] for one in page["items"]}
        after = page["next"]
        if after is None:
            break
    return Names(found)


# --- Carried away ------------------------------------------------------------------------------------------------


@endpoints.get("/audit.ndjson")
async def export_lines(visit: Looking, filters: AskedFor) -> Response:
    """An event a line, each as the API tells it."""
    visit.only("auditor", "admin")
    first = await _some(visit, filters, filters.after or 0)

    async def lines() -> AsyncIterator[bytes]:
        async for event, _, ends in _events(visit, filters, first):
            yield orjson.dumps(event if ends is None else ends) + b"\n"

    return _file(lines(), "audit.ndjson", "application/x-ndjson")


@endpoints.get("/audit.csv")
async def export_table(visit: Looking, filters: AskedFor) -> Response:
    visit.only("auditor", "admin")
    names = await _names(visit)
    first = await _some(visit, filters, filters.after or 0)

    async def rows() -> AsyncIterator[bytes]:
        yield _row(_COLUMNS)
        async for event, place, ends in _events(visit, filters, first):
            yield _row(_cells(event, place, names)) if ends is None else _row([orjson.dumps(ends).decode()])

    return _file(rows(), "audit.csv", "text/csv; charset=utf-8")


def _file(parts: AsyncIterator[bytes], name: str, media_type: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return StreamingResponse(parts, 200, headers, media_type)


async def _some(visit: Visit, filters: Filters, after: int) -> Any:
    return await visit.get("/v1/events", {**filters.query, "after": after, "limit": _AT_ONCE})


async def _events(
    visit: Visit, filters: Filters, first: Any
) -> AsyncIterator[tuple[Mapping[str, Any], str | None, Mapping[str, Any] | None]]:
    """Each event with the address of what it is about, and at the end what is to be said of the file, if it does not
    hold all: it has begun by then, and no status can tell."""
    page, count, last = first, 0, filters.after or 0
    while True:
        for event in page["items"]:
            if count == limits.AUDIT_EXPORT:
                yield {}, None, {"more": True, "after": last}
                return
            yield event, _place(event, page["about"]), None
            last, count = event["position"], count + 1
        if page["next"] is None:
            return
        try:
            page = await _some(visit, filters, page["next"])
        except Refused as refused:
            yield {}, None, {"cut_short": str(refused.problem.get("detail")), "after": last}
            return


def _cells(event: Mapping[str, Any], place: str | None, names: Names) -> list[str]:
    body = event["body"] or {}
    told = {
        **event,
        "about": place or "",
        "by": names.by(event),
        "reason": body.get("reason", ""),
        "body": orjson.dumps(event["body"]).decode(),
    }
    return [harmless(str(told[name])) for name in _COLUMNS]


def _row(cells: Sequence[str]) -> bytes:
    out = StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow(cells)
    return out.getvalue().encode()
