"""How the publication of a story stands, and since when: "was this public then, and as of which revision?"."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

from psycopg import Connection

from ledger.moment import rfc3339
from ledger.publication import (
    Embargo,
    PendingApproval,
    Publication,
    PublicationEvent,
    PubStatus,
    StoryHeld,
    StoryKilled,
    StoryState,
    StoryTakenDown,
    Tombstone,
)
from ledger.store.database import Row
from ledger.store.store import positions_of
from ledger.words import Closed, Version, recorded_instant
from projections.views import public_changes
from projections.views.documents import json_of
from projections.views.public_changes import NewEdition
from projections.views.view import OPEN, Move, Page, Spells, View
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
    -- When readers saw that revision first, and when they saw the story first; null while they have not.
    is_edition boolean not null,
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
    state text not null,
    desk text not null,
    primary key (story, from_position)
);
create unique index publications_now on publications (story) where to_position = {OPEN};
create index publications_due on publications (embargo_until)
    where to_position = {OPEN} and embargo_until is not null;
create index publications_editions on publications (story, from_position) where is_edition;
create unique index publications_of_revision on publications (story, revision) where is_edition;
create index publications_noticed on publications (from_position) where is_edition or outdates;
create index publications_outdating on publications (from_position) where outdates;
"""


class PublicationDocument(Closed):
    """How a story's publication stands, for the desk. pub_status and signals: IPTC NewsCodes."""

    state: StoryState
    pub_status: PubStatus | None = None
    revision: Version | None = None
    signals: tuple[Signal, ...] = ()
    published_at: str | None = None
    first_published_at: str | None = None
    embargo: Embargo | None = None
    tombstone: Tombstone | None = None
    approvals: tuple[PendingApproval, ...] = ()


# --- How it moves ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row holds besides its spell and its texts."""

    since: datetime
    is_open: bool = True
    revision: int | None = None
    content: int | None = None
    is_edition: bool = False
    edition_position: int | None = None
    edition_at: datetime | None = None
    first_at: datetime | None = None
    shown_revision: int | None = None
    shown: int | None = None
    outdates: bool = False
    signals: tuple[Signal, ...] = ()

    @property
    def visible(self) -> int | None:
        return self.content if self.is_open else None


_FIELDS = [field.name for field in fields(_Row)]
_NEVER = _Row(datetime.min.replace(tzinfo=UTC))


def project(connection: Connection[Row], page: Page) -> None:
    moves = page.of(*_EVENTS)
    if not moves:
        return
    open_rows = _open_rows(connection, moves)
    steps = list(_steps(moves, open_rows, _contents(connection, moves)))
    editions = [edition for _, _, edition in steps if edition is not None]
    known = {move.recorded.at.position: move.recorded for move in page.moves}
    changes = dict(zip(editions, public_changes.brought(connection, editions, known), strict=True))
    spells = Spells()
    signals = {story: row.signals for story, row in open_rows.items()}
    for move, silent, edition in steps:
        assert move.story is not None
        number = move.story.number
        if silent.is_edition:
            signals[number] = public_changes.signals(changes[edition]) if edition else ()
        row = replace(silent, signals=signals.get(number, ()))
        is_new = number not in open_rows and (number,) not in spells
        spells.begin((number,), move.recorded.at.position, (row, move.story.publication), is_new=is_new)
    _write(connection, spells)
    public_changes.write(connection, changes.items())


_EVENTS = frozenset(get_args(PublicationEvent))


def _steps(
    moves: Iterable[Move], open_rows: Mapping[int, _Row], contents: Mapping[tuple[UUID, int], int]
) -> Iterator[tuple[Move, _Row, NewEdition | None]]:
    """Each move with the row that begins there, but for its signals, and the edition that replaces another."""
    rows = dict(open_rows)
    for move in moves:
        assert move.story is not None
        story, at, state = move.story, move.recorded.at, move.story.publication
        before = rows.get(story.number, _NEVER)
        content = contents[move.recorded.stream, state.revision] if state.revision else None
        row = replace(
            before,
            since=at.recorded_at,
            is_open=state.gate == "open",
            revision=state.revision,
            content=content,
            is_edition=False,
        )
        edition = None
        if row.is_open and content is not None and content != before.shown:
            row = replace(
                row,
                is_edition=True,
                edition_position=at.position,
                edition_at=at.recorded_at,
                first_at=before.first_at or at.recorded_at,
                shown_revision=state.revision,
                shown=content,
            )
            if before.shown is not None and before.shown_revision is not None:
                assert state.revision is not None
                edition = NewEdition(
                    story=story.number,
                    stream=move.recorded.stream,
                    at=at,
                    before_revision=before.shown_revision,
                    before_content=before.shown,
                    revision=state.revision,
                    content=content,
                )
        rows[story.number] = row = replace(row, outdates=_outdates(before, row, move.recorded.event))
        yield move, row, edition


def _outdates(before: _Row, row: _Row, event: object) -> bool:
    """Whether readers, who had seen the story, see another thing of it now, or hear that it is withdrawn."""
    withdraws = isinstance(event, StoryHeld | StoryKilled | StoryTakenDown)
    return before.first_at is not None and (withdraws or row.visible != before.visible)


def _open_rows(connection: Connection[Row], moves: Iterable[Move]) -> dict[int, _Row]:
    numbers = list({move.story.number for move in moves if move.story is not None})
    rows = connection.execute(
        f"select story, {', '.join(_FIELDS)} from publications"
        f" where story = any(%s) and to_position = {OPEN}",
        [numbers],
    )
    return {
        story: _Row(**dict(zip(_FIELDS, values, strict=False)) | {"signals": tuple(signals)})
        for story, *values, signals in rows
    }


def _contents(connection: Connection[Row], moves: Iterable[Move]) -> dict[tuple[UUID, int], int]:
    """The position of each revision that the moves show to readers."""
    wanted = {
        (move.recorded.stream, move.story.publication.revision)
        for move in moves
        if move.story is not None and move.story.publication.revision is not None
    }
    return positions_of(connection, wanted)


def _write(connection: Connection[Row], spells: Spells) -> None:
    spells.write_ends(connection, "publications", {"story": "bigint"})
    with connection.cursor().copy(
        f"copy publications (story, from_position, to_position, {', '.join(_FIELDS)}, embargo_until, tombstone,"
        " state, desk) from stdin (format binary)"
    ) as copy:
        copy.set_types(
            [
                "int8", "int8", "int8", "timestamptz", "bool", "int8", "int8", "bool", "int8", "timestamptz",
                "timestamptz", "int8", "int8", "bool", "text[]", "timestamptz", "text", "text", "text",
            ]
        )  # fmt: skip
        for spell in spells.begun:
            row, state = spell.values
            assert isinstance(row, _Row)
            assert isinstance(state, Publication)
            values = [getattr(row, name) for name in _FIELDS[:-1]]
            copy.write_row(
                (
                    *spell.key,
                    spell.from_position,
                    spell.to_position,
                    *values,
                    list(row.signals),
                    recorded_instant(state.embargo.until) if state.embargo else None,
                    json_of(state.tombstone) if state.tombstone else None,
                    json_of(state),
                    json_of(_document(state, row)),
                )
            )


def _document(state: Publication, row: _Row) -> PublicationDocument:
    return PublicationDocument.model_construct(
        state=state.state,
        pub_status=state.pub_status,
        revision=state.revision,
        signals=row.signals,
        published_at=rfc3339(row.edition_at) if row.edition_at else None,
        first_published_at=rfc3339(row.first_at) if row.first_at else None,
        embargo=state.embargo,
        tombstone=state.tombstone,
        approvals=state.approvals,
    )


VIEW = View(
    "publications",
    ("publications", "public_changes"),
    DDL + public_changes.DDL,
    project,
    needs=("revisions",),
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
    nothing."""

    position: int
    at: datetime
    slug: str
    story: int
    revision: int | None
    is_edition: bool
    is_open: bool


def noticed(
    connection: Connection[Row], after: int, upto: int, limit: int, story: int | None = None
) -> list[Turn]:
    """What readers noticed beyond a position, up to another, in order; of one story, or of all."""
    rows = connection.execute(
        "select p.from_position, p.since, n.slug, p.story, p.revision, p.is_edition, p.is_open"
        " from publications p join story_now n using (story)"
        " where (p.is_edition or p.outdates) and p.from_position > %(after)s and p.from_position <= %(upto)s"
        + (" and p.story = %(story)s" if story is not None else "")
        + " order by p.from_position limit %(limit)s",
        {"after": after, "upto": upto, "story": story, "limit": limit},
    )
    return [Turn(*row) for row in rows]
