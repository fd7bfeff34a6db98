"""One row a story, as it is now: "which stories are there, and when did each last move?"."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from psycopg import Connection

from ledger.store.database import Row
from ledger.story import FactCorrected, FactReported
from projections.views.view import Page, View

DDL = """
create table story_now (
    story bigint primary key,
    stream_id uuid not null unique,
    slug text not null unique,
    revision bigint not null,
    position bigint not null,
    recorded_at timestamptz not null,
    facts int not null,
    corrections int not null
);
"""


@dataclass(slots=True)
class _Now:
    story: int
    stream: UUID
    slug: str
    revision: int
    position: int
    recorded_at: datetime
    facts: int = 0  # how many more than before
    corrections: int = 0


def project(connection: Connection[Row], page: Page) -> None:
    rows: dict[int, _Now] = {}
    for move in page.moves:
        if move.story is None:
            continue
        at, event = move.recorded.at, move.recorded.event
        number = move.story.number
        now = rows.setdefault(
            number,
            _Now(number, move.recorded.stream, move.story.slug, at.revision, at.position, at.recorded_at),
        )
        now.revision, now.position, now.recorded_at = at.revision, at.position, at.recorded_at
        now.facts += isinstance(event, FactReported)
        now.corrections += isinstance(event, FactCorrected)
    if rows:
        columns = zip(
            *(
                (n.story, n.stream, n.slug, n.revision, n.position, n.recorded_at, n.facts, n.corrections)
                for n in rows.values()
            ),
            strict=True,
        )
        connection.execute(
            "insert into story_now as now (story, stream_id, slug, revision, position, recorded_at, facts, corrections)"
            " select * from unnest(%b::bigint[], %b::uuid[], %b::text[], %b::bigint[], %b::bigint[],"
            " %b::timestamptz[], %b::int[], %b::int[])"
            " on conflict (story) do update set revision = excluded.revision, position = excluded.position,"
            " recorded_at = excluded.recorded_at, facts = now.facts + excluded.facts,"
            " corrections = now.corrections + excluded.corrections",
            list(map(list, columns)),
        )


VIEW = View("story_now", ("story_now",), DDL, project)


# --- Reading -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoryNow:
    """revision and position are those of the story's last event in the views."""

    number: int
    slug: str
    revision: int
    position: int
    recorded_at: datetime
    facts: int


COLUMNS: Final = "story, slug, revision, position, recorded_at, facts"  # of a StoryNow


def one(connection: Connection[Row], slug: str) -> StoryNow | None:
    row = connection.execute(f"select {COLUMNS} from story_now where slug = %s", [slug]).fetchone()
    return StoryNow(*row) if row else None
