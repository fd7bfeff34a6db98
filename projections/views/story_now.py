"""One row a story, as it is now: "which stories are there, and when did each last move?"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg import Connection

from ledger.store.database import Row
from projections.views.documents import instant
from projections.views.revisions import SAID
from projections.views.story import Step
from projections.views.view import OPEN, Look, Sheets, Table, View, how_many

DDL = """
create table story_now (
    story bigint primary key,
    stream_id uuid not null unique,
    slug text not null unique,
    revision bigint not null,
    position bigint not null,
    recorded_at timestamptz not null,
    facts int not null,
    corrections int not null,
    behind bigint -- the position of the first change that readers do not see, of a story that they see
);
create index story_now_behind on story_now (behind) where behind is not null;
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
        story.behind,
    )


ROWS = Table(
    "story_now",
    ("story",),
    ("stream_id", "slug", "revision", "position", "recorded_at", "facts", "corrections", "behind"),
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


BEHIND = f"""
select n.behind, '{{"story":"' || n.slug || '","headline":' || (h.desk::json -> 'headline')
    || ',"language":' || (h.desk::json -> 'language') || ',"desk":' || (h.desk::json -> 'desk')
    || ',"revision":' || n.revision || ',"public":' || p.revision
    || ',"published_at":"' || {instant("p.edition_at")} || '","since":' || {SAID} || '}}'
from (select * from story_now where behind < %(before)s order by behind desc limit %(limit)s) n
join revisions r on r.story = n.story and r.position = n.behind
join publications p on p.story = n.story and p.to_position = {OPEN}
join story_versions h on h.story = n.story and h.part = 'head' and h.to_position = {OPEN}
left join members m on m.member = r.actor
order by n.behind desc
"""


def waiting(connection: Connection[Row], most: int) -> int:
    """How many stories readers see as they were before a change; no more than `most` are counted."""
    return how_many(connection, "from story_now where behind is not null", most)


def behind(connection: Connection[Row], before: int, limit: int) -> Sequence[tuple[int, str]]:
    """(position of the first change that readers do not see, text) of each story that they see as it was before that;
    the newest change first."""
    return connection.execute(BEHIND, {"before": before, "limit": limit}).fetchall()
