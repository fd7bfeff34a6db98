"""How the publication of a story stands, and since when: "was this public then, and as of which revision?"."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection

from ledger.moment import rfc3339
from ledger.publication import (
    Embargo,
    PendingApproval,
    Publication,
    PubStatus,
    StoryState,
    Tombstone,
)
from ledger.store.database import Row
from ledger.words import Closed, Version, recorded_instant
from projections.views import public_changes
from projections.views.happened import Values
from projections.views.story import OF_PUBLICATION, Edition, Step, text_of
from projections.views.view import OPEN, Look, Sheets, Table, View
from projections.views.visibility import Signal

DDL = f"""
create table publications (
    story bigint not null,
    from_position bigint not null,
    to_position bigint not null default {OPEN},
    since timestamptz not null,
    is_open boolean not null,
    -- As of which revision readers see it, or would were it open, and the position of that revision.
    revision bigint,
    content bigint,
    -- When readers saw that revision first, as which edition of the story, and when they saw the story first; null
    -- while they have not.
    is_edition boolean not null,
    edition int,
    edition_position bigint,
    edition_at timestamptz,
    first_at timestamptz,
    -- The last edition that readers saw.
    shown_revision bigint,
    shown bigint,
    -- Whether answers that readers were given before are no longer the truth.
    outdates boolean not null,
    embargo_until timestamptz,
    signals text[] not null,
    tombstone text,
    desk text not null,
    primary key (story, from_position)
);
create unique index publications_now on publications (story) where to_position = {OPEN};
create index publications_due on publications (embargo_until)
    where to_position = {OPEN} and embargo_until is not null;
create index publications_editions on publications (story, from_position) where is_edition;
create unique index publications_of_edition on publications (story, edition) where is_edition;
create unique index publications_of_revision on publications (story, revision) where is_edition;
create index publications_noticed on publications (from_position) where is_edition or outdates;
create index publications_outdating on publications (from_position) where outdates;
"""


class PublicationDocument(Closed):
    """How a story's publication stands, for the desk. pub_status and signals: IPTC NewsCodes; edition: the last one
    that readers saw."""

    state: StoryState
    pub_status: PubStatus | None = None
    revision: Version | None = None
    edition: Version | None = None
    signals: tuple[Signal, ...] = ()
    published_at: str | None = None
    first_published_at: str | None = None
    embargo: Embargo | None = None
    tombstone: Tombstone | None = None
    approvals: tuple[PendingApproval, ...] = ()


# --- How it moves ------------------------------------------------------------------------------------------------


def fold(sheets: Sheets, step: Step, look: Look) -> None:
    del look
    story, event = step.story, step.event
    if event.kind not in OF_PUBLICATION:
        return
    if step.edition is not None and step.edition_before is not None:
        for change in step.told:
            sheets["public_changes"].add(*public_changes.row(story, step, change))
    state, edition = story.publication, story.edition
    embargo = state.get("embargo")
    values = (
        event.recorded_at,
        state["gate"] == "open",
        state.get("revision"),
        story.content,
        step.edition is not None,
        *((edition.number, edition.position, edition.at, edition.first_at) if edition else (None,) * 4),
        *((edition.revision, edition.content) if edition else (None, None)),
        step.outdates,
        edition.signals if edition else (),
        rfc3339(recorded_instant(embargo["until"])) if embargo else None,
        text_of(state["tombstone"]) if "tombstone" in state else None,
        text_of(_desk_document(state, edition)),
    )
    sheets["publications"].begin((story.number,), event.position, values, is_new=False)


def _desk_document(state: Values, edition: Edition | None) -> Values:
    standing = Publication.model_construct(
        gate=state["gate"], revision=state.get("revision"), embargo=state.get("embargo")
    )
    document = {
        "state": standing.state,
        "pub_status": standing.pub_status,
        "revision": state.get("revision"),
        "edition": edition.number if edition else None,
        "signals": edition.signals if edition else (),
        "published_at": edition.at if edition else None,
        "first_published_at": edition.first_at if edition else None,
        "embargo": state.get("embargo"),
        "tombstone": state.get("tombstone"),
        "approvals": state["approvals"],
    }
    return {name: value for name, value in document.items() if value is not None}


ROWS = Table(
    "publications",
    ("story",),
    (
        "since", "is_open", "revision", "content", "is_edition", "edition", "edition_position", "edition_at",
        "first_at",
        "shown_revision", "shown", "outdates", "signals", "embargo_until", "tombstone", "desk",
    ),
    lasting=True,
)  # fmt: skip
VIEW = View(
    "publications",
    ("publications", "public_changes"),
    DDL + public_changes.DDL,
    ("story",),
    (ROWS, public_changes.ROWS),
    fold,
)


# --- Reading -----------------------------------------------------------------------------------------------------


def due(connection: Connection[Row]) -> list[str]:
    """Slugs of the stories with an embargo whose time has come, by the database's clock."""
    rows = connection.execute(
        "select n.slug from publications p join story_now n using (story)"
        f" where p.to_position = {OPEN} and p.embargo_until <= clock_timestamp()"
        " order by p.embargo_until limit 100"
    )
    return [slug for (slug,) in rows]


def seconds_to_next_embargo(connection: Connection[Row]) -> float | None:
    """Seconds until the next embargo ends; None where there is none."""
    row = connection.execute(
        "select extract(epoch from min(embargo_until) - clock_timestamp())::float8 from publications"
        f" where to_position = {OPEN} and embargo_until is not null"
    ).fetchone()
    return row[0] if row else None


@dataclass(frozen=True, slots=True)
class Turn:
    """Readers see something else of a story than before: an edition that is new to them, the one that they knew, or
    nothing. slug: as they know it."""

    position: int
    at: datetime
    slug: str
    opened_as: str
    story: int
    revision: int | None
    edition: int | None
    is_edition: bool
    is_open: bool


def noticed(
    connection: Connection[Row], after: int, upto: int, limit: int, story: int | None = None
) -> list[Turn]:
    """What readers noticed beyond a position, up to another, in order; of one story, or of all."""
    rows = connection.execute(
        "select p.from_position, p.since, n.public_slug, n.opened_as, p.story, p.revision, p.edition,"
        " p.is_edition, p.is_open"
        " from publications p join story_now n using (story)"
        " where (p.is_edition or p.outdates) and p.from_position > %(after)s and p.from_position <= %(upto)s"
        + (" and p.story = %(story)s" if story is not None else "")
        + " order by p.from_position limit %(limit)s",
        {"after": after, "upto": upto, "story": story, "limit": limit},
    )
    return [Turn(*row) for row in rows]
