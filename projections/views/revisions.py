"""One row for each event of a story: "who changed what, when, and why?"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection

from ledger import limits
from ledger.store.database import Row
from projections.views.documents import instant
from projections.views.happened import FACT_EVENTS
from projections.views.members import label
from projections.views.story import MINOR, Step, text_of
from projections.views.view import Look, Sheets, Table, View

DDL = """
create table revisions (
    story bigint not null,
    revision bigint not null,
    position bigint not null,
    recorded_at timestamptz not null,
    actor uuid not null,
    fact int,
    version int,
    kind text not null,
    substantive boolean not null,
    event_id uuid not null,
    desk text not null, -- the fields that no column holds, each with a comma before
    primary key (story, revision)
);
"""
INDEXES = """
-- No index on the position alone: the planner would walk it back through every other story to this one's last event.
create unique index if not exists revisions_then on revisions (story, position);
create index if not exists revisions_withdrawing on revisions (position) where kind in ('kill', 'takedown');
create index if not exists revisions_of_fact on revisions (story, fact, revision) where fact is not null;
"""


def fold(sheets: Sheets, step: Step, look: Look) -> None:
    del look
    event = step.event
    is_of_fact = event.kind in FACT_EVENTS
    sheets["revisions"].add(
        step.story.number,
        event.revision,
        event.position,
        event.recorded_at,
        event.actor,
        event.said["fact"] if is_of_fact else None,
        event.said["version"] if is_of_fact else None,
        event.kind,
        event.kind not in MINOR,
        event.event_id,
        f",{text_of(step.details)[1:-1]}" if step.details else "",
    )


ROWS = Table(
    "revisions",
    ("story", "revision"),
    ("position", "recorded_at", "actor", "fact", "version", "kind", "substantive", "event_id", "desk"),
)
VIEW = View("revisions", ("revisions",), DDL, ("story",), (ROWS,), fold, indexes=INDEXES)


# --- Reading -----------------------------------------------------------------------------------------------------

# Events of one change have its id as that of their request, and it is of a version that no other request's is.
_CHANGE = (
    "coalesce((select ',\"change\":\"' || e.request_id || '\"' from events e"
    " where e.position = r.position and substr(e.request_id::text, 15, 1) = '8'), '')"
)
# SQL: the text of a revision r, by the member m: who is behind the actor's id goes in as it is read, so that a name
# stands in one place alone.
SAID = (
    "'{\"revision\":' || r.revision || ',\"position\":' || r.position"
    f' || \',"recorded_at":"\' || {instant("r.recorded_at")} || \'","actor":"\' || r.actor'
    ' || \'","kind":"\' || r.kind || \'","substantive":\' || r.substantive'
    " || coalesce(',\"fact\":' || r.fact || ',\"version\":' || r.version, '') || r.desk"
    f" || {_CHANGE}"
    f" || ',\"event_id\":\"' || r.event_id || '\",\"by\":' || {label('r.actor')} || '}}'"
)
_BESIDE = 300  # bytes of what columns hold, about
_TEXT = f"{SAID} from revisions r left join members m on m.member = r.actor"


def last(connection: Connection[Row], story: int, position: int) -> tuple[int, int, datetime] | None:
    """(revision, position, recorded_at) of the story's last event up to the position."""
    return connection.execute(
        "select revision, position, recorded_at from revisions where story = %s and position <= %s"
        " order by position desc limit 1",
        [story, position],
    ).fetchone()


def position_of(connection: Connection[Row], story: int, revision: int) -> int | None:
    row = connection.execute(
        "select position from revisions where story = %s and revision = %s", [story, revision]
    ).fetchone()
    return row[0] if row else None


def page(
    connection: Connection[Row], story: int, after: int, limit: int, *, substantive: bool = False
) -> Sequence[tuple[int, str]]:
    """(revision, text) of the story's revisions beyond `after`, oldest first; only substantive ones if asked."""
    return connection.execute(
        f"select r.revision, {_TEXT} where r.story = %s and r.revision > %s and (r.substantive or not %s)"
        " order by r.revision limit %s",
        [story, after, substantive, limit],
    ).fetchall()


def _in_one_go(position: str) -> str:
    """SQL: the text, of so many revisions in a row as may be told together; null of those behind them. How long a text
    is, is known without reading it."""
    before = f"over (order by {position} rows between unbounded preceding and 1 preceding)"
    told = f"coalesce(sum(octet_length(r.desk) + {_BESIDE}) {before}, 0) < {limits.STREAM_BYTES}"
    return f"case when {told} then {SAID} end"


def of_all(
    connection: Connection[Row], after: int, upto: int, limit: int
) -> Sequence[tuple[int, str | None, str, str | None]]:
    """(position, slug, slug that it was opened under, text) of what was recorded beyond a position, up to another,
    oldest first: the revisions of all stories; no slug for what happened to no story, no text for what is too much to
    be told together."""
    return connection.execute(
        # The events first: no index has the revisions of all stories in order.
        "with page as (select position, stream_id, version from events"
        "  where position > %(after)s and position <= %(upto)s order by position limit %(limit)s)"
        # Of a story that is damaged not every event is a revision.
        f" select page.position, case when r.story is not null then n.slug end, n.opened_as,"
        f" {_in_one_go('page.position')} from page"
        " left join story_now n on n.stream_id = page.stream_id"
        " left join revisions r on r.story = n.story and r.revision = page.version"
        " left join members m on m.member = r.actor order by page.position",
        {"after": after, "upto": upto, "limit": limit},
    ).fetchall()


def of_one(
    connection: Connection[Row], story: int, after: int, upto: int, limit: int
) -> Sequence[tuple[int, str, str, str | None]]:
    """Likewise of one story."""
    return connection.execute(
        f"select r.position, n.slug, n.opened_as, {_in_one_go('r.position')} from (select * from revisions"
        "  where story = %(story)s and position > %(after)s and position <= %(upto)s"
        "  order by position limit %(limit)s) r"
        " join story_now n on n.story = r.story left join members m on m.member = r.actor order by r.position",
        {"story": story, "after": after, "upto": upto, "limit": limit},
    ).fetchall()


@dataclass(frozen=True, slots=True)
class Following:
    position: int
    revision: int
    recorded_at: datetime
    kind: str
    fact: int | None
    version: int | None


def following(connection: Connection[Row], story: int, after: int, upto: int) -> Following | None:
    """The story's first revision beyond a position, up to another."""
    row = connection.execute(
        "select position, revision, recorded_at, kind, fact, version from revisions"
        " where story = %s and position > %s and position <= %s order by position limit 1",
        [story, after, upto],
    ).fetchone()
    return Following(*row) if row else None


def one(connection: Connection[Row], story: int, revision: int) -> str | None:
    row = connection.execute(
        f"select {_TEXT} where r.story = %s and r.revision = %s",
        [story, revision],
    ).fetchone()
    return row[0] if row else None
