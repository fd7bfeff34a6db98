"""One row a story, as it is now: "which stories are there, and when did each last move?"."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg import Connection

from ledger.store.database import Row
from projections.views.story import Step
from projections.views.view import Look, Sheets, Table, View

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


def fold(sheets: Sheets, step: Step, look: Look) -> None:
    del look
    story, event = step.story, step.event
    sheets["story_now"].keep(
        story.number,
        story.stream,
        story.slug,
        event.revision,
        event.position,
        event.recorded_at,
        len(story.facts),
        story.corrections,
    )


ROWS = Table(
    "story_now",
    ("story",),
    ("stream_id", "slug", "revision", "position", "recorded_at", "facts", "corrections"),
    kept=True,
)
VIEW = View("story_now", ("story_now",), DDL, ("story",), (ROWS,), fold)


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
