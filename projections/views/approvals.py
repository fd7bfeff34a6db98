"""What takes two people: "who wants to kill what, and has a second person answered?"."""

from collections.abc import Sequence
from typing import get_args

from psycopg import Connection

from ledger.store.database import Row
from ledger.story import KIND, Overtaking
from projections.views.story import Step
from projections.views.view import Look, Sheets, Table, View, how_many

DDL = """
create table approvals (
    story bigint not null,
    approval int not null,
    position bigint not null,
    is_pending boolean not null,
    asked_by uuid not null,
    answered_by uuid,
    asked text not null,
    answer text,
    primary key (story, approval)
);
create index approvals_pending on approvals (position) where is_pending;
"""


def fold(sheets: Sheets, step: Step, look: Look) -> None:
    del look
    if step.event.kind in ("approval_asked", "approval_given", "approval_declined"):
        sheets["approvals"].keep(step.story.number, *step.story.approvals[step.event.said["approval"]])


ROWS = Table(
    "approvals",
    ("story", "approval"),
    ("position", "is_pending", "asked_by", "answered_by", "asked", "answer"),
    kept=True,
)
VIEW = View("approvals", ("approvals",), DDL, ("story",), (ROWS,), fold)


# --- Reading -----------------------------------------------------------------------------------------------------

# As `is_about` has it for the state of a story.
_LAPSING = sorted({KIND[event] for event in get_args(Overtaking)} - {"take"})
_LAPSED = f"""
left join lateral (
    select json_build_object('revision', revision, 'kind', kind)::text as told from revisions
    where a.is_pending and story = a.story and position > a.position and kind = any(array{_LAPSING})
        and (kind <> 'note' or ('{{' || substr(desk, 2) || '}}')::json #>> '{{after,is_publishable}}' = 'true')
        and (a.asked::json -> 'fact' is null or fact = (a.asked::json ->> 'fact')::int)
    order by position limit 1
) lapse on true"""
_TEXT = f"""'{{"story":"' || n.slug || '",' || substr(left(a.asked, -1), 2)
    || ',"actor":"' || a.asked_by || '","asked_by":' || coalesce(asker.desk, 'null') || ','
    || coalesce(substr(left(a.answer, -1), 2) || ',"answered_by":' || coalesce(answerer.desk, 'null'),
        '"state":"lapsed","lapsed":' || lapse.told,
        '"state":"pending"') || '}}'
from approvals a join story_now n on n.story = a.story
left join members asker on asker.member = a.asked_by
left join members answerer on answerer.member = a.answered_by{_LAPSED}"""
# Of two for the same, as `is_same` has it, that nobody answered, the first has lapsed, and was asked anew.
_WAITS = """a.is_pending and not exists (
    select from approvals anew where anew.story = a.story and anew.approval > a.approval
        and anew.asked::json ->> 'act' = a.asked::json ->> 'act'
        and anew.asked::json ->> 'fact' is not distinct from a.asked::json ->> 'fact'
)"""


def page(
    connection: Connection[Row], after: int, limit: int, *, pending: bool = True
) -> Sequence[tuple[int, str]]:
    """(position, text) of the approvals that were asked for beyond a position, the oldest first; those that wait for
    an answer or have lapsed and were not asked anew, or all."""
    which = _WAITS if pending else "true"
    return connection.execute(
        f"select a.position, {_TEXT} where a.position > %s and {which} order by a.position limit %s",
        [after, limit],
    ).fetchall()


def waiting(connection: Connection[Row], most: int) -> int:
    """How many wait for an answer, or have lapsed and were not asked anew; no more than `most` are counted."""
    return how_many(connection, f"from approvals a where {_WAITS}", most)


def one(connection: Connection[Row], story: int, approval: int) -> str | None:
    row = connection.execute(
        f"select {_TEXT} where a.story = %s and a.approval = %s", [story, approval]
    ).fetchone()
    return row[0] if row else None
