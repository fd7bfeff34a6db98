"""Every correction, newest first: "what did we get wrong, and how?"."""

from collections.abc import Sequence

import orjson
from psycopg import Connection

from ledger.database import Row
from ledger.story import FactCorrected
from projections.revisions import revision_document
from projections.view import Page, View

DDL = """
create table corrections (
    position bigint primary key,
    story bigint not null,
    actor uuid not null,
    desk text not null
);
create index corrections_of_story on corrections (story, position);
"""


def project(connection: Connection[Row], page: Page) -> None:
    rows = [
        (
            move.recorded.at.position,
            move.story.number,
            move.recorded.at.actor,
            orjson.dumps({"story": move.story.slug, **revision_document(move)}).decode(),
        )
        for move in page.moves
        if move.story is not None and isinstance(move.recorded.event, FactCorrected)
    ]
    if rows:
        connection.execute(
            "insert into corrections (position, story, actor, desk)"
            " select * from unnest(%b::bigint[], %b::bigint[], %b::uuid[], %b::text[])",
            list(map(list, zip(*rows, strict=True))),
        )


VIEW = View("corrections", ("corrections",), DDL, project)


# --- Reading -----------------------------------------------------------------------------------------------------


def page(connection: Connection[Row], before: int, limit: int) -> Sequence[tuple[int, str]]:
    """(position, text) of corrections before a position, newest first."""
    return connection.execute(
        "select c.position, left(c.desk, -1) || ',\"by\":' || coalesce(m.desk, 'null') || '}'"
        " from corrections c left join members m on m.member = c.actor"
        " where c.position < %s order by c.position desc limit %s",
        [before, limit],
    ).fetchall()
