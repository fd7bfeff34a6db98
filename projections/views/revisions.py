"""One row for each event of a story: "who changed what, when, and why?"."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from psycopg import Connection

from ledger import limits
from ledger.fact import FactBody
from ledger.moment import rfc3339
from ledger.publication import ApprovalAsked, PublicationEvent
from ledger.store.database import Row
from ledger.story import (
    KIND,
    CopyFiled,
    CopyRefiled,
    CorrectiveIssued,
    DatelineSet,
    EditorsNoteAdded,
    FactEvent,
    HeadlineSet,
    NoteAdded,
    NoteWithdrawn,
    StoryOpened,
)
from projections.views.documents import FactDocument
from projections.views.members import label
from projections.views.view import Move, Page, View

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
    desk text not null,
    primary key (story, revision)
);
"""
INDEXES = """
-- No index on the position alone: the planner would walk it back through every other story to this one's last event.
create unique index if not exists revisions_then on revisions (story, position);
create index if not exists revisions_of_retractions on revisions (recorded_at) where kind = 'retraction';
create index if not exists revisions_withdrawing on revisions (position) where kind in ('kill', 'takedown');
create index if not exists revisions_of_fact on revisions (story, fact, revision) where fact is not null;
"""

# A change that readers of the copy or the facts would notice; the rest is the desk's own book-keeping.
MINOR = frozenset(
    {
        "note",
        "assessment",
        "citation",
        "confirmation",
        "refile",
        "approval_asked",
        "approval_given",
        "approval_declined",
    }
)


def project(connection: Connection[Row], page: Page) -> None:
    moves = [move for move in page.moves if move.story is not None]
    if not moves:
        return
    with connection.cursor().copy(
        "copy revisions (story, revision, position, recorded_at, actor, fact, version, kind, substantive, desk)"
        " from stdin (format binary)"
    ) as copy:
        copy.set_types(
            ["int8", "int8", "int8", "timestamptz", "uuid", "int4", "int4", "text", "bool", "text"]
        )
        for move in moves:
            copy.write_row(_row(move))


def _row(move: Move) -> Row:
    assert move.story is not None
    at, event = move.recorded.at, move.recorded.event
    kind = KIND[type(event)]  # type: ignore[index]
    fact, version = (event.fact, event.version) if isinstance(event, FactEvent) else (None, None)
    document = revision_document(move)
    return (
        move.story.number, at.revision, at.position, at.recorded_at, at.actor, fact, version,
        kind, kind not in MINOR, orjson.dumps(document).decode(),
    )  # fmt: skip


def revision_document(move: Move) -> dict[str, Any]:
    """What the audit trail shows of one event; `before` and `after` hold only what differs."""
    at, event = move.recorded.at, move.recorded.event
    kind = KIND[type(event)]  # type: ignore[index]
    document: dict[str, Any] = {
        "revision": at.revision,
        "position": at.position,
        "recorded_at": rfc3339(at.recorded_at),
        "actor": at.actor,
        "kind": kind,
        "substantive": kind not in MINOR,
    }
    if isinstance(event, FactEvent):
        document |= {"fact": event.fact, "version": event.version}
        (was, is_now), *_ = move.facts
        before, after = _differing(was, is_now)
    else:
        before, after = _story_change(event)
    for word in _TOLD_BY[type(event)]:  # type: ignore[index]
        if (value := getattr(event, word)) is not None:
            document[word] = value
    if before:
        document["before"] = before
    if after:
        document["after"] = after
    document["event_id"] = move.recorded.event_id
    return document


_TOLD = ("undoes", "reason", "wrong_version", "was_wrong", "affects", "cause", "requested_by", "request")


# Which of these words each kind of event has: asking an event for one that it has not takes long.
_TOLD_BY = {
    kind: tuple(word for word in _TOLD if word in kind.model_fields.keys() | kind.__dict__.keys())
    for kind in KIND
}
_COMPARED = (*FactBody.model_fields, "standing", "verification", "dispute", "responses")


def _differing(before: FactDocument | None, after: FactDocument) -> tuple[dict[str, Any], dict[str, Any]]:
    if before is None:
        return {}, _dumped(after, _COMPARED)
    names = [name for name in _COMPARED if getattr(before, name) != getattr(after, name)]
    return _dumped(before, names), _dumped(after, names)


def _dumped(fact: FactDocument, names: Sequence[str]) -> dict[str, Any]:
    return fact.model_dump(mode="json", exclude_none=True, include={*names}) if names else {}


def _story_change(event: object) -> tuple[dict[str, Any], dict[str, Any]]:
    match event:
        case StoryOpened() | HeadlineSet():
            return {}, event.model_dump(mode="json", exclude={"topic", "reason", "undoes"}, exclude_none=True)
        case DatelineSet():
            dateline = event.dateline
            return {}, {"dateline": dateline and dateline.model_dump(mode="json", exclude_none=True)}
        case CopyFiled() | CopyRefiled():
            return {}, {"characters": len(event.text), "spans": len(event.spans)}
        case NoteAdded():
            return {}, event.note.model_dump(mode="json")
        case NoteWithdrawn():
            return {}, {}
        case EditorsNoteAdded() | CorrectiveIssued():
            return {}, event.model_dump(mode="json", exclude={"topic", "reason", "undoes"})
        case ApprovalAsked():
            return {}, {"approval": event.approval, **event.act.model_dump(mode="json", exclude_none=True)}
        case _ if isinstance(event, PublicationEvent):
            return {}, event.model_dump(mode="json", exclude={"topic", "reason"}, exclude_none=True)
        case _:
            raise AssertionError(event)


VIEW = View("revisions", ("revisions",), DDL, project, indexes=INDEXES)


# --- Reading -----------------------------------------------------------------------------------------------------

# Who is behind the actor's id goes into the text as it is read, so that a name stands in one place alone.
_SAID = f"left(r.desk, -1) || ',\"by\":' || {label('r.actor')} || '}}'"
_TEXT = f"{_SAID} from revisions r left join members m on m.member = r.actor"


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
    told = f"coalesce(sum(octet_length(r.desk)) {before}, 0) < {limits.STREAM_BYTES}"
    return f"case when {told} then {_SAID} end"


def of_all(
    connection: Connection[Row], after: int, upto: int, limit: int
) -> Sequence[tuple[int, str | None, str | None]]:
    """(position, slug, text) of what was recorded beyond a position, up to another, oldest first: the revisions of all
    stories; no slug for what happened to no story, no text for what is too much to be told together."""
    return connection.execute(
        # The events first: no index has the revisions of all stories in order.
        "with page as (select position, stream_id, version from events"
        "  where position > %(after)s and position <= %(upto)s order by position limit %(limit)s)"
        # Of a story that is damaged not every event is a revision.
        f" select page.position, case when r.story is not null then n.slug end, {_in_one_go('page.position')} from page"
        " left join story_now n on n.stream_id = page.stream_id"
        " left join revisions r on r.story = n.story and r.revision = page.version"
        " left join members m on m.member = r.actor order by page.position",
        {"after": after, "upto": upto, "limit": limit},
    ).fetchall()


def of_one(
    connection: Connection[Row], story: int, after: int, upto: int, limit: int
) -> Sequence[tuple[int, str, str | None]]:
    """Likewise of one story."""
    return connection.execute(
        f"select r.position, n.slug, {_in_one_go('r.position')} from (select * from revisions"
        "  where story = %(story)s and position > %(after)s and position <= %(upto)s"
        "  order by position limit %(limit)s) r"
        " join story_now n on n.story = r.story left join members m on m.member = r.actor order by r.position",
        {"story": story, "after": after, "upto": upto, "limit": limit},
    ).fetchall()


def one(connection: Connection[Row], story: int, revision: int) -> str | None:
    row = connection.execute(
        f"select {_TEXT} where r.story = %s and r.revision = %s",
        [story, revision],
    ).fetchone()
    return row[0] if row else None
