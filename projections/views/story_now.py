"""One row a story, as it is now: "which stories are there, and when did each last move?"; and one each slug that it has
or has had: "whose is this slug?"."""

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
    -- That which it was opened under, that which readers know it by, and that which they knew it by first.
    opened_as text not null unique,
    public_slug text,
    first_public_slug text,
    merged_into bigint, -- the story that it is the same as
    revision bigint not null,
    position bigint not null,
    recorded_at timestamptz not null,
    facts int not null,
    corrections int not null,
    behind bigint -- the position of the first change that readers do not see, of a story that they see
);
create index story_now_merged on story_now (merged_into) where merged_into is not null;
create index story_now_behind on story_now (behind) where behind is not null;

create table story_slugs (
    story bigint not null,
    slug text not null unique,
    public_from bigint, -- the position from which readers knew it by that
    primary key (story, slug)
);
"""


def fold(sheets: Sheets, step: Step, look: Look) -> None:
    story, event = step.story, step.event
    into = story.head.get("merged_into")
    sheets["story_now"].keep(
        story.number,
        story.stream,
        story.slug,
        story.slug_at(1),
        story.public_slug,
        next(iter(story.known), None),
        look.number_of(into) if into else None,
        event.revision,
        event.position,
        event.recorded_at,
        len(story.facts),
        story.corrections,
        story.behind,
    )
    if event.kind in ("opening", "slug"):
        sheets["story_slugs"].keep(story.number, story.slug, story.known.get(story.slug))
    if step.edition and story.public_slug:
        sheets["story_slugs"].keep(story.number, story.public_slug, story.known[story.public_slug])


ROWS = Table(
    "story_now",
    ("story",),
    (
        "stream_id", "slug", "opened_as", "public_slug", "first_public_slug", "merged_into", "revision", "position",
        "recorded_at", "facts", "corrections", "behind",
    ),
    kept=True,
)  # fmt: skip
SLUGS = Table("story_slugs", ("story", "slug"), ("public_from",), kept=True)
VIEW = View("story_now", ("story_now", "story_slugs"), DDL, ("story",), (ROWS, SLUGS), fold)


# --- Reading -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoryNow:
    """revision and position are those of the story's last event in the views; slug: as the desk calls it, or as readers
    do, for whom it is read; opened_as: under which slug; first_public_slug: under which readers saw it first;
    merged_into: the story that it is the same as."""

    number: int
    slug: str
    opened_as: str
    first_public_slug: str | None
    merged_into: int | None
    revision: int
    position: int
    recorded_at: datetime
    facts: int


# Of a StoryNow, for the desk and for readers.
_COLUMNS: Final = (
    "n.story, {slug}, n.opened_as, n.first_public_slug, n.merged_into,"
    " n.revision, n.position, n.recorded_at, n.facts"
)
COLUMNS: Final = _COLUMNS.format(slug="n.slug")
FOR_READERS: Final = _COLUMNS.format(slug="n.public_slug as slug")


def has_had(slug: str, *, for_readers: bool = False) -> str:
    """SQL: the story that has the slug, or had it; for readers one that they know it by, or did."""
    known = " and public_from is not null" if for_readers else ""
    return f"(select story from story_slugs where slug = {slug}{known})"


def called_otherwise(connection: Connection[Row], *, for_readers: bool) -> Sequence[tuple[str, str]]:
    """(slug of now, former slug) of each that a story had; as readers know them, or as the desk does."""
    if for_readers:
        return connection.execute(
            "select n.public_slug, s.slug from story_slugs s join story_now n using (story)"
            " where s.slug <> n.public_slug and s.public_from is not null"
        ).fetchall()
    return connection.execute(
        "select n.slug, s.slug from story_slugs s join story_now n using (story) where s.slug <> n.slug"
    ).fetchall()


def one(connection: Connection[Row], slug: str) -> StoryNow | None:
    """The story that has the slug, or had it."""
    row = connection.execute(
        f"select {COLUMNS} from story_now n where story = {has_had('%s')}", [slug]
    ).fetchone()
    return StoryNow(*row) if row else None


def merged(connection: Connection[Row], story: StoryNow) -> tuple[str | None, Sequence[tuple[str, str]]]:
    """The slug of the story that it is the same as; and (slug, headline) of those that are the same as it."""
    into = connection.execute("select slug from story_now where story = %s", [story.merged_into]).fetchone()
    joined = connection.execute(
        "select n.slug, h.desk::json ->> 'headline' from story_now n join story_versions h"
        f" on h.story = n.story and h.part = 'head' and h.to_position = {OPEN}"
        " where n.merged_into = %s order by n.story",
        [story.number],
    ).fetchall()
    return (into[0] if into else None), joined


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
