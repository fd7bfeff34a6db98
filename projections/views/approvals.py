"""What takes two people: "who wants to kill what, and has a second person answered?"."""

from collections.abc import Sequence
from typing import get_args

import orjson
from psycopg import Connection

from ledger.moment import Moment, rfc3339
from ledger.publication import ApprovalAsked, ApprovalDeclined, ApprovalGiven
from ledger.store.database import Row
from ledger.story import KIND, Overtaking
from projections.views.view import Page, View

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


def project(connection: Connection[Row], page: Page) -> None:
    asked, answered = [], []
    for move in page.of(ApprovalAsked, ApprovalGiven, ApprovalDeclined):
        assert move.story is not None
        at, event, number = move.recorded.at, move.recorded.event, move.story.number
        if isinstance(event, ApprovalAsked):
            asked.append((number, event.approval, at.position, at.actor, asked_text(event, at)))
        elif isinstance(event, ApprovalGiven | ApprovalDeclined):
            answered.append((number, event.approval, at.actor, answer_text(event, at)))
    if asked:
        connection.execute(
            "insert into approvals (story, approval, position, is_pending, asked_by, asked)"
            " select story, approval, position, true, by, text"
            " from unnest(%b::bigint[], %b::int[], %b::bigint[], %b::uuid[], %b::text[])"
            " as rows (story, approval, position, by, text)",
            list(map(list, zip(*asked, strict=True))),
        )
    if answered:
        connection.execute(
            "update approvals a set is_pending = false, answered_by = rows.by, answer = rows.text"
            " from unnest(%b::bigint[], %b::int[], %b::uuid[], %b::text[]) as rows (story, approval, by, text)"
            " where a.story = rows.story and a.approval = rows.approval",
            list(map(list, zip(*answered, strict=True))),
        )


def asked_text(event: ApprovalAsked, at: Moment) -> str:
    told = {
        "approval": event.approval,
        **event.act.model_dump(mode="json", exclude_none=True),
        "position": at.position,
        "asked_at": rfc3339(at.recorded_at),
    }
    return orjson.dumps(told).decode()


def answer_text(event: ApprovalGiven | ApprovalDeclined, at: Moment) -> str:
    told = {
        "state": "given" if isinstance(event, ApprovalGiven) else "declined",
        "answered_at": rfc3339(at.recorded_at),
        **({"answer": event.reason} if event.reason else {}),
    }
    return orjson.dumps(told).decode()


VIEW = View("approvals", ("approvals",), DDL, project)


# --- Reading -----------------------------------------------------------------------------------------------------

# As `is_about` has it for the state of a story.
_LAPSING = sorted(KIND[event] for event in get_args(Overtaking))
_LAPSED = f"""
left join lateral (
    select json_build_object('revision', revision, 'kind', kind)::text as told from revisions
    where a.is_pending and story = a.story and position > a.position and kind = any(array{_LAPSING})
        and (kind <> 'note' or desk::json #>> '{{after,is_publishable}}' = 'true')
        and (a.asked::json -> 'fact' is null or fact = (a.asked::json ->> 'fact')::int)
    order by position limit 1
) lapse on true"""
_TEXT = f"""'{{"story":"' || n.slug || '",' || substr(left(a.asked, -1), 2)
    || ',"asked_by":' || coalesce(asker.desk, 'null') || ','
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


def one(connection: Connection[Row], story: int, approval: int) -> str | None:
    row = connection.execute(
        f"select {_TEXT} where a.story = %s and a.approval = %s", [story, approval]
    ).fetchone()
    return row[0] if row else None
