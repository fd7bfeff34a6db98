"""Every correction, newest first: "what did we get wrong, and how?"."""

from collections.abc import Sequence

import orjson
from psycopg import Connection

from ledger.store.database import Row
from ledger.story import FactCorrected
from projections.views.documents import instant
from projections.views.public_changes import public_time
from projections.views.revisions import revision_document
from projections.views.view import OPEN, Move, Page, View

DDL = """
create table corrections (
    position bigint primary key,
    story bigint not null,
    revision bigint not null,
    fact int not null,
    -- Where the version that was wrong began.
    wrong_from bigint not null,
    actor uuid not null,
    desk text not null
);
create unique index corrections_of_story on corrections (story, revision);
create index corrections_of_fact on corrections (story, fact, position);
"""


def project(connection: Connection[Row], page: Page) -> None:
    rows = [
        _row(move, event)
        for move in page.of(FactCorrected)
        if isinstance(event := move.recorded.event, FactCorrected)
    ]
    if rows:
        connection.execute(
            "insert into corrections (position, story, revision, actor, desk, fact, wrong_from)"
            " select position, story, revision, actor, text, fact, coalesce(wrong_from, ("
            "  select min(from_position) from fact_versions v"
            "  where v.story = rows.story and v.fact = rows.fact and v.version >= rows.wrong_version))"
            " from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::uuid[], %b::text[], %b::int[], %b::bigint[],"
            " %b::int[]) as rows (position, story, revision, actor, text, fact, wrong_from, wrong_version)",
            list(map(list, zip(*rows, strict=True))),
        )


def _row(move: Move, event: FactCorrected) -> Row:
    """With where the wrong version began, or which one it was where that is an older one than the last."""
    at, story = move.recorded.at, move.story
    assert story is not None
    ((before, _),) = move.facts
    assert before is not None
    is_last = event.wrong_version in (None, before.version)
    text = orjson.dumps({"story": story.slug, **revision_document(move)}).decode()
    return (
        at.position, story.number, at.revision, at.actor, text, event.fact,
        before.changed.position if is_last else None, event.wrong_version,
    )  # fmt: skip


VIEW = View("corrections", ("corrections",), DDL, project, needs=("fact_versions",))


# --- Reading -----------------------------------------------------------------------------------------------------


# The publication that showed readers the correction, or no end.
END = f"coalesce(p.published_position, {OPEN})"


def page(
    connection: Connection[Row], before: int, limit: int, story: str | None = None
) -> Sequence[tuple[int, str]]:
    """(position, text) of corrections before a position, of all stories or of one, newest first, each with how long the
    wrong version was public: up to the publication of the correction, or, without an end, up to now."""
    return connection.execute(
        "select c.position, left(c.desk, -1) || ',\"by\":' || coalesce(m.desk, 'null')"
        f" || coalesce(',\"public_from\":\"' || {instant('t.public_from')} || '\"', '')"
        f' || coalesce(\',"public_to":"\' || {instant("p.published_at")} || \'","public_seconds":\''
        " || t.public_seconds, '') || '}'"
        " from corrections c left join members m on m.member = c.actor"
        " left join public_changes p on p.story = c.story and p.revision = c.revision"
        f" left join lateral {public_time('c.story', 'c.wrong_from', END)} t on true"
        " where c.position < %(before)s"
        + (" and c.story = (select n.story from story_now n where n.slug = %(story)s)" if story else "")
        + " order by c.position desc limit %(limit)s",
        {"before": before, "story": story, "limit": limit},
    ).fetchall()
