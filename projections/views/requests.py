"""What is asked to be corrected: "what do readers say is wrong, and how soon do we answer?"."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import orjson
from psycopg import Connection

from ledger.store.database import Row
from projections.views.documents import instant
from projections.views.others import RequestStep
from projections.views.public_changes import told
from projections.views.view import Look, Sheets, Table, View, how_many

# What whoever asked wrote is not here: it stands at `position`, the contact at `contact`, and once it is erased there,
# it is gone.
DDL = """
create table correction_requests (
    request uuid primary key,
    position bigint not null,
    state text not null check (state in ('open', 'acknowledged', 'accepted', 'declined')),
    contact bigint,
    asked_at timestamptz not null,
    answered_at timestamptz,
    answered_by uuid,
    seconds_to_answer double precision,
    story text not null,
    acknowledged text,
    answer text
);
-- No index on the position alone: the planner would walk it through every other state to the next one of this.
create index correction_requests_by_state on correction_requests (state, position);
create index correction_requests_unanswered on correction_requests (position) include (asked_at)
    where answered_at is null;
create index correction_requests_answered on correction_requests (seconds_to_answer) include (state)
    where seconds_to_answer is not null;
"""


def _json(said: object) -> str:
    return orjson.dumps(said).decode()


def fold(sheets: Sheets, step: RequestStep, look: Look) -> None:
    del look
    sheets["correction_requests"].keep(step.event.stream, *step.row.values())


ROWS = Table("correction_requests", ("request",), RequestStep.COLUMNS, kept=True)
VIEW = View("requests", ("correction_requests",), DDL, ("request",), (ROWS,), fold)


# --- Reading -----------------------------------------------------------------------------------------------------

Shown = Literal["unanswered", "open", "acknowledged", "accepted", "declined"]

_ASKED = f"""
'{{"request":"' || r.request || '","story":"' || r.story || '"'
|| ',"phrase":' || coalesce((w.body::json -> 'phrase')::text, 'null')
|| ',"concern":' || coalesce((w.body::json -> 'concern')::text, 'null')
|| ',"asked_at":"' || {instant("r.asked_at")} || '","state":"' || r.state || '"'
"""

# How long it waits is told by the database's clock at the time of asking.
_TEXT = f"""
{_ASKED}
|| ',"contact":' || coalesce(case when %(contacts)s then b.body::json -> 'contact' end, 'null')
|| ',"has_contact":' || (b.body is not null)
|| ',"erased":' || (r.contact is not null and b.body is null)
|| coalesce(',' || r.acknowledged, '')
|| case when r.answered_at is null
   then ',"age_seconds":'
        || floor(extract(epoch from greatest(clock_timestamp(), r.asked_at) - r.asked_at))::bigint || '}}'
   else ',' || r.answer || ',"by":' || coalesce(m.desk, 'null') || '}}}}' end
from correction_requests r
join bodies w on w.position = r.position
left join bodies b on b.position = r.contact
left join members m on m.member = r.answered_by
"""


def page(
    connection: Connection[Row], shown: Shown, after: int, limit: int, *, contacts: bool
) -> Sequence[tuple[int, str]]:
    """(position, text) of the requests in that state beyond a position, oldest first; with the contacts or without."""
    which = "r.answered_at is null" if shown == "unanswered" else "r.state = %(state)s"
    return connection.execute(
        f"select r.position, {_TEXT} where {which} and r.position > %(after)s order by r.position limit %(limit)s",
        {"state": shown, "after": after, "limit": limit, "contacts": contacts},
    ).fetchall()


def one(connection: Connection[Row], request: UUID, *, contacts: bool) -> str | None:
    row = connection.execute(
        f"select {_TEXT} where r.request = %(request)s", {"request": request, "contacts": contacts}
    ).fetchone()
    return row[0] if row else None


def receipt(connection: Connection[Row], request: UUID, position: int) -> str | None:
    """JSON text: what whoever asked may see of a request, at a position: their own words, how it stands and since when,
    and the correction that came of it, if readers are told of that."""
    row = connection.execute(
        f"select {_ASKED}"
        " || coalesce(',\"acknowledged_at\":' || (said.acknowledged -> 'acknowledged_at')::text, '')"
        f" || coalesce(',\"answered_at\":\"' || {instant('r.answered_at')} || '\"', '')"
        " || coalesce(',\"told\":' || (said.answer -> 'told')::text, '')"
        " || coalesce(',\"correction\":{\"fact\":' || c.fact || ',\"version\":' || (said.answer ->> 'version')"
        "  || ',\"edition\":' || (c.reader::json ->> 'edition')"
        f"  || ',\"revision\":' || c.revision || ',\"published_at\":\"' || {instant('c.published_at')} || '\"}}', '')"
        " || '}'"
        " from correction_requests r join bodies w on w.position = r.position cross join lateral (select"
        "  ('{' || r.acknowledged || '}')::json as acknowledged, ('{' || r.answer || '}}')::json -> 'answer' as answer"
        " ) as said"
        " left join story_slugs n on n.slug = r.story"
        " left join revisions made on made.story = n.story and made.fact = (said.answer ->> 'fact')::int"
        "  and made.version = (said.answer ->> 'version')::int and made.kind = 'correction'"
        f" left join lateral ({told('c.story = made.story and c.revision = made.revision')}) c on true"
        " where r.request = %(request)s",
        {"request": request, "position": position},
    ).fetchone()
    return row[0] if row else None


def waiting(connection: Connection[Row], most: int) -> int:
    """How many have no answer yet; no more than `most` are counted."""
    return how_many(connection, "from correction_requests where answered_at is null", most)


def figures(connection: Connection[Row]) -> str:
    """JSON text: how many wait, and since when; how many were answered and how, and how long that took."""
    names = (
        "open, oldest_open_seconds, answered, accepted, declined, share_accepted, median_seconds_to_answer"
    )
    row = connection.execute(
        f"select {names} from (select count(*) as open,"
        "  floor(extract(epoch from greatest(clock_timestamp(), min(asked_at)) - min(asked_at)))::bigint"
        "   as oldest_open_seconds"
        "  from correction_requests where answered_at is null) as waiting,"
        " (select count(*) as answered, count(*) filter (where state = 'accepted') as accepted,"
        "  count(*) filter (where state = 'declined') as declined,"
        "  count(*) filter (where state = 'accepted')::float8 / nullif(count(*), 0) as share_accepted,"
        "  percentile_cont(0.5) within group (order by seconds_to_answer) as median_seconds_to_answer"
        "  from correction_requests where seconds_to_answer is not null) as done"
    ).fetchone()
    assert row is not None
    return _json(dict(zip(names.split(", "), row, strict=True)))
