"""Every correction, newest first: "what did we get wrong, and how?"."""

from collections.abc import Sequence

import orjson
from psycopg import Connection

from ledger.database import Row
from ledger.story import FactCorrected
from projections.publications import instant, public_time
from projections.revisions import revision_document
from projections.view import OPEN, Page, View

DDL = """
create table corrections (
    position bigint primary key,
    story bigint not null,
    revision bigint not null,
    fact int not null,
    wrong_version int not null,
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
            move.recorded.at.revision,
            event.fact,
            event.wrong_version or event.version - 1,
            move.recorded.at.actor,
            orjson.dumps({"story": move.story.slug, **revision_document(move)}).decode(),
        )
        for move in page.moves
        if move.story is not None and isinstance(event := move.recorded.event, FactCorrected)
    ]
    if rows:
        connection.execute(
            "insert into corrections (position, story, revision, fact, wrong_version, actor, desk)"
            " select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::int[], %b::int[], %b::uuid[],"
            " %b::text[])",
            list(map(list, zip(*rows, strict=True))),
        )


VIEW = View("corrections", ("corrections",), DDL, project)


# --- Reading -----------------------------------------------------------------------------------------------------


# The publication that showed readers the correction, or no end.
END = f"coalesce(p.published_position, {OPEN})"


def page(connection: Connection[Row], before: int, limit: int) -> Sequence[tuple[int, str]]:
    """(position, text) of corrections before a position, newest first, each with how long the wrong version was public:
    up to the publication of the correction, or, without an end, up to now."""
    return connection.execute(
        "select c.position, left(c.desk, -1) || ',\"by\":' || coalesce(m.desk, 'null')"
        f" || coalesce(',\"public_from\":\"' || {instant('t.public_from')} || '\"', '')"
        f' || coalesce(\',"public_to":"\' || {instant("p.published_at")} || \'","public_seconds":\''
        " || t.public_seconds, '') || '}'"
        " from corrections c left join members m on m.member = c.actor"
        " left join public_changes p on p.story = c.story and p.revision = c.revision"
        f" left join lateral {public_time('c.story', 'c.fact', 'c.wrong_version', END)} t on true"
        " where c.position < %s order by c.position desc limit %s",
        [before, limit],
    ).fetchall()
