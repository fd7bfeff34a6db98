"""What readers could see of a story, and when: "was this public then, and as of which revision?".

`SHOWN` is the one predicate of visibility. Every answer to a reader goes through it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

from psycopg import Connection

from ledger.database import Row
from ledger.events import Recorded
from ledger.moment import ChangeKind, Moment, rfc3339
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
from ledger.store import LedgerMapper, positions_of, read_between
from ledger.story import (
    KIND,
    FactClarified,
    FactCorrected,
    FactEvent,
    FactRetracted,
    FactReverted,
    FactUpdated,
    NoteWithdrawn,
)
from ledger.words import Affects, Cause, Closed, FactNumber, Text, Version, parse_instant
from projections.documents import json_of
from projections.view import OPEN, Move, Page, Spells, View

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
create index publications_outdating on publications (from_position) where outdates;
create table public_changes (
    published_position bigint not null,
    story bigint not null,
    revision bigint not null,
    kind text not null,
    fact int,
    version int,
    wrong_version int,
    changed_position bigint not null,
    published_at timestamptz not null,
    -- What readers saw before, and since: the fact must have been there both times.
    before_content bigint not null,
    content bigint not null,
    reader text not null,
    primary key (story, revision)
);
create index public_changes_newest on public_changes (published_position, revision);
create index public_changes_of_story on public_changes (story, published_position, revision);
"""

# Which story readers see at %(position)s, and as of which content: it was open then, and it is open now. So the past
# of a story that was killed, taken down or is held since is hidden, too.
SHOWN: Final = f"""(
    select latest.story, past.revision, past.content, past.edition_position, past.edition_at, past.first_at,
           past.signals
    from publications latest
    cross join lateral (
        select * from publications where story = latest.story and from_position <= %(position)s
        order by from_position desc limit 1
    ) past
    where latest.story <= %(position)s and latest.to_position = {OPEN} and latest.is_open and latest.content is not null
        and past.is_open and past.content is not null
)"""

# The text of a fact in its version v as readers see it, null where they do not. A tombstone says what they saw last of
# the fact while it stood; what was withdrawn before anyone saw it leaves none.
SEEN: Final = """(case when not v.is_tombstone then v.reader else (
    select left(v.reader, -1) || ',"statement":' || (stood.reader::json -> 'statement')::text || '}'
    from publications edition
    join lateral (
        select reader, is_tombstone from fact_versions
        where story = v.story and fact = v.fact and from_position <= edition.content
        order by from_position desc limit 1
    ) stood on stood.reader is not null and not stood.is_tombstone
    where edition.story = v.story and edition.is_edition and edition.content < v.from_position
    order by edition.from_position desc limit 1
) end)"""


def shown_of(story: str) -> str:
    """SQL: what readers see of the one story in a column, for a join. Looked up row by row: as a plain join it would be
    worked out for every story there is."""
    return f"lateral (select * from {SHOWN} as one where one.story = {story} offset 0) as shown"


Signal = Literal["sig:update", "sig:correction"]  # IPTC NewsCodes, cv.iptc.org/newscodes/signal
_CORRECTS = ("fact-corrected.v1", "fact-retracted.v1", "fact-reverted.v1", "corrective-issued.v1")
_SHOWN_AS_CHANGES = (
    *_CORRECTS,
    "fact-updated.v1",
    "fact-clarified.v1",
    "editors-note-added.v1",
    "note-withdrawn.v1",
)
_TOLD = frozenset({"correction", "retraction", "update", "clarification", "editors_note"})
_EXPLAINED_BY_ITS_REASON = (FactUpdated, FactClarified, FactRetracted, FactReverted, NoteWithdrawn)
_MAPPER = LedgerMapper()


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


class ReaderPublication(Closed):
    """What readers are told of it."""

    pub_status: Literal["usable"] = "usable"
    signals: tuple[Signal, ...] = ()
    published_at: str
    first_published_at: str


class PublicChange(Closed):
    """A change that readers saw happen: what they had seen before was corrected, updated, clarified or withdrawn; or
    the editor speaks to them. How long the wrong version was public is added on reading."""

    kind: ChangeKind
    revision: int
    fact: FactNumber | None = None
    version: Version | None = None
    wrong_version: Version | None = None
    was_wrong: Text | None = None
    affects: tuple[Affects, ...] | None = None
    cause: Cause | None = None
    ran_in: Version | None = None
    text: Text | None = None
    reason: Text | None = None
    published_at: str


def public_change(recorded: Recorded, published_at: datetime) -> PublicChange:
    """The desk's reason is for the desk where there are other words for readers; of an update, a clarification, a
    retraction or an undoing it is all there is, and readers see it."""
    event = recorded.event
    return PublicChange.model_construct(
        kind=KIND[type(event)],  # type: ignore[index]
        revision=recorded.at.revision,
        fact=getattr(event, "fact", None),
        version=getattr(event, "version", None),
        wrong_version=_wrong_version(event),
        was_wrong=getattr(event, "was_wrong", None),
        affects=getattr(event, "affects", None),
        cause=getattr(event, "cause", None),
        ran_in=getattr(event, "ran_in", None),
        text=getattr(event, "text", None),
        reason=event.reason if isinstance(event, _EXPLAINED_BY_ITS_REASON) else None,
        published_at=rfc3339(published_at),
    )


def _wrong_version(event: object) -> int | None:
    return (event.wrong_version or event.version - 1) if isinstance(event, FactCorrected) else None


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


@dataclass(frozen=True, slots=True)
class _Edition:
    """Readers see another content from `at` on than what they saw before."""

    story: int
    stream: UUID
    at: Moment
    before: _Row
    row: _Row


def project(connection: Connection[Row], page: Page) -> None:
    moves = [move for move in page.moves if isinstance(move.recorded.event, PublicationEvent)]
    if not moves:
        return
    rows = _open_rows(connection, moves)
    stories = set(rows)
    contents = _contents(connection, moves)
    spells, editions = Spells(), []
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
        if row.is_open and content is not None and content != before.shown:
            row = replace(
                row,
                is_edition=True,
                edition_position=at.position,
                edition_at=at.recorded_at,
                first_at=before.first_at or at.recorded_at,
                shown_revision=state.revision,
                shown=content,
                signals=(),
            )
            if before.shown is not None:
                edition = _Edition(story.number, move.recorded.stream, at, before, row)
                changes = _changes(connection, edition)
                row = replace(row, signals=_signals(changes))
                editions.append((edition, changes))
        row = replace(row, outdates=_outdates(before, row, move.recorded.event))
        rows[story.number] = row
        spells.begin((story.number,), at.position, (row, state), is_new=story.number not in stories)
        stories.add(story.number)
    _write(connection, spells)
    _write_changes(connection, editions)


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


def _changes(connection: Connection[Row], edition: _Edition) -> list[Recorded]:
    """What was said between what readers saw before and what they see now."""
    before, now = edition.before.shown_revision, edition.row.revision
    assert before is not None
    assert now is not None
    changes = read_between(connection, edition.stream, before, now, _SHOWN_AS_CHANGES, _MAPPER)
    return _seen(changes, _undone(connection, edition.story, changes))


def _undone(connection: Connection[Row], story: int, changes: Iterable[Recorded]) -> dict[int, str]:
    """For each undoing, by revision, the kind of what it undoes; of an undoing that is undone, what that undid."""
    undoings = [
        (recorded.at.revision, event.undoes)
        for recorded in changes
        if isinstance(event := recorded.event, FactReverted | NoteWithdrawn)
    ]
    if not undoings:
        return {}
    rows = connection.execute(
        "with recursive undone (undoing, kind, undoes) as ("
        " select asked.undoing, r.kind, (r.desk::json ->> 'undoes')::bigint"
        " from unnest(%(undoings)b::bigint[], %(undone)b::bigint[]) as asked (undoing, undone)"
        " join revisions r on r.story = %(story)s and r.revision = asked.undone"
        " union all"
        " select u.undoing, r.kind, (r.desk::json ->> 'undoes')::bigint from undone u"
        " join revisions r on r.story = %(story)s and r.revision = u.undoes where u.kind = 'reversion'"
        ") select undoing, kind from undone where kind <> 'reversion'",
        {
            "undoings": [undoing for undoing, _ in undoings],
            "undone": [undone for _, undone in undoings],
            "story": story,
        },
    )
    return dict(rows.fetchall())


def _signals(changes: Iterable[Recorded]) -> tuple[Signal, ...]:
    corrects = any(recorded.event.topic in _CORRECTS for recorded in changes)
    return ("sig:update", "sig:correction") if corrects else ("sig:update",)


def _write(connection: Connection[Row], spells: Spells) -> None:
    if spells.ended:
        connection.execute(
            "update publications p set to_position = ended.at"
            " from unnest(%b::bigint[], %b::bigint[]) as ended (story, at)"
            f" where p.story = ended.story and p.to_position = {OPEN}",
            [[story for (story,) in spells.ended], list(spells.ended.values())],
        )
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
                    parse_instant(state.embargo.until) if state.embargo else None,
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


def _seen(changes: Sequence[Recorded], undone: Mapping[int, str]) -> list[Recorded]:
    """Without what was undone before anyone saw it, and its undoing; without the undoing of what readers are not told
    of; and without the updates and clarifications that another change of the same fact overtook likewise."""
    seen: list[Recorded] = []
    since = {recorded.at.revision for recorded in changes}
    gone: set[int] = set()
    overtaken: set[int] = set()
    for recorded in reversed(changes):
        event = recorded.event
        if recorded.at.revision in gone:
            continue
        if (undoes := getattr(event, "undoes", None)) in since:
            gone.add(undoes)
            continue
        if undone.get(recorded.at.revision, "update") not in _TOLD:
            continue
        if isinstance(event, FactUpdated | FactClarified | FactReverted) and event.fact in overtaken:
            continue
        if isinstance(event, FactEvent):
            overtaken.add(event.fact)
        seen.append(recorded)
    return seen[::-1]


def _change_row(edition: _Edition, recorded: Recorded) -> Row:
    at = edition.at
    change = public_change(recorded, at.recorded_at)
    return (
        at.position, edition.story, recorded.at.revision, change.kind, change.fact, change.version,
        change.wrong_version, recorded.at.position, at.recorded_at, edition.before.shown, edition.row.content,
        json_of(change),
    )  # fmt: skip


def _write_changes(
    connection: Connection[Row], editions: Iterable[tuple[_Edition, Sequence[Recorded]]]
) -> None:
    rows = [_change_row(edition, recorded) for edition, changes in editions for recorded in changes]
    if rows:
        connection.execute(
            "insert into public_changes (published_position, story, revision, kind, fact, version, wrong_version,"
            " changed_position, published_at, before_content, content, reader)"
            " select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::int[], %b::int[],"
            " %b::int[], %b::bigint[], %b::timestamptz[], %b::bigint[], %b::bigint[], %b::text[])",
            list(map(list, zip(*rows, strict=True))),
        )


VIEW = View("publications", ("publications", "public_changes"), DDL, project)


# --- Reading -----------------------------------------------------------------------------------------------------


def instant(column: str) -> str:
    """SQL: an instant as it is sent."""
    return f"to_char({column} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


def public_time(story: str, wrong_from: str, up_to: str) -> str:
    """SQL: since when readers saw what was wrong since a position, up to another, and for how many seconds; what was
    held or killed in between does not count. The names are those of columns."""
    return f"""(
        select min(since) as public_from, round(extract(epoch from sum(until - since)), 6) as public_seconds
        from (
            select since, is_open, content, lead(since) over (order by from_position) as until
            from publications
            where publications.story = {story} and from_position > {wrong_from} and from_position <= {up_to}
        ) spell
        where is_open and until is not null and content >= {wrong_from}
    )"""


def _fact_at(position: str) -> str:
    """SQL: the version of the changed fact that held at a position."""
    return (
        "(select version, reader from fact_versions v where v.story = c.story and v.fact = c.fact"
        f" and v.from_position <= {position} order by v.from_position desc limit 1)"
    )


def changes_shown(
    connection: Connection[Row],
    position: int,
    *,
    story: int | None = None,
    kinds: Sequence[ChangeKind] = (),
    before: tuple[int, int] = (OPEN, OPEN),
    limit: int,
) -> Sequence[tuple[int, int, str, str]]:
    """(position of the publication, revision, slug, text) of the changes that readers had seen happen by the
    position, the last first; of one story or of all, of some kinds or of all.

    A change of a fact counts where the fact was seen before and after it, and what was corrected had been seen.
    """
    page = (
        "select c.*, k.wrong_from, (select slug from story_now n where n.story = c.story) as slug"
        f" from public_changes c cross join {shown_of('c.story')}"
        " left join corrections k on k.story = c.story and k.revision = c.revision"
        f" left join lateral {_fact_at('c.before_content')} was on true"
        f" left join lateral {_fact_at('c.content')} became on true"
        " where c.published_position <= %(position)s"
        "  and (c.published_position, c.revision) < (%(published)s, %(revision)s)"
        + ("  and c.story = %(story)s" if story is not None else "")
        + ("  and c.kind = any(%(kinds)s)" if kinds else "")
        + "  and (c.fact is null or (was.reader is not null and became.reader is not null"
        "   and (c.wrong_version is null or was.version >= c.wrong_version)))"
        " order by c.published_position desc, c.revision desc limit %(limit)s"
    )
    return connection.execute(
        "select c.published_position, c.revision, c.slug,"
        f' left(c.reader, -1) || coalesce(\',"public_from":"\' || {instant("t.public_from")}'
        " || '\",\"public_seconds\":' || t.public_seconds, '') || '}'"
        # How long is worked out for the page alone.
        f" from ({page}) c"
        f" left join lateral {public_time('c.story', 'c.wrong_from', 'c.published_position')} t"
        "  on c.wrong_from is not null"
        " order by c.published_position desc, c.revision desc",
        {
            "position": position,
            "story": story,
            "kinds": list(kinds),
            "published": before[0],
            "revision": before[1],
            "limit": limit,
        },
    ).fetchall()


_TELLS_OF_A_CORRECTION = tuple(f'{{"kind":"{kind}"' for kind in ("correction", "retraction", "corrective"))


def signals_shown(stored: Sequence[Signal], changes: Iterable[str]) -> list[Signal]:
    """The signals of an edition for readers: of a correction only where they are told of one."""
    is_told = any(text.startswith(_TELLS_OF_A_CORRECTION) for text in changes)
    return [signal for signal in stored if is_told or signal != "sig:correction"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What readers see of a story at a position: the revision and the position of its content, since when, and the
    text of what they are told of that."""

    revision: int
    content: int
    edition_position: int
    edition_at: datetime
    first_at: datetime
    signals: tuple[Signal, ...]

    def text(self, signals: Sequence[Signal]) -> str:
        return json_of(
            ReaderPublication.model_construct(
                signals=tuple(signals),
                published_at=rfc3339(self.edition_at),
                first_published_at=rfc3339(self.first_at),
            )
        )


def shown(connection: Connection[Row], story: int, position: int) -> Shown | None:
    """What readers see of the story at the position; None where they see nothing of it."""
    row = connection.execute(
        "select revision, content, edition_position, edition_at, first_at, signals"
        f" from {SHOWN} as shown where story = %(story)s",
        {"story": story, "position": position},
    ).fetchone()
    if row is None:
        return None
    revision, content, edition_position, edition_at, first_at, signals = row
    return Shown(revision, content, edition_position, edition_at, first_at, tuple(signals))


def edition(connection: Connection[Row], story: int, revision: int, position: int) -> int | None:
    """The position at which readers first saw that revision, if they had by the position."""
    row = connection.execute(
        "select from_position from publications where story = %s and is_edition and revision = %s"
        " and from_position <= %s",
        [story, revision, position],
    ).fetchone()
    return row[0] if row else None


def facts_shown(
    connection: Connection[Row], facts: Iterable[tuple[str, int]], position: int
) -> set[tuple[str, int]]:
    """Those of the facts (story, number) that readers see at the position."""
    wanted = list(facts)
    if not wanted:
        return set()
    rows = connection.execute(
        # Materialized: what is shown of a story is looked up once, however many of its facts are named.
        "with stories as materialized (select n.slug, shown.story, shown.content"
        f"  from story_now n cross join {shown_of('n.story')} where n.slug = any(%(slugs)s))"
        " select wanted.slug, wanted.fact from unnest(%(slugs)s::text[], %(facts)s::int[]) as wanted (slug, fact)"
        " join stories s on s.slug = wanted.slug"
        " join lateral (select * from fact_versions f where f.story = s.story and f.fact = wanted.fact"
        "   and f.from_position <= s.content order by f.from_position desc limit 1) v on true"
        f" where {SEEN} is not null",
        {
            "slugs": [slug for slug, _ in wanted],
            "facts": [fact for _, fact in wanted],
            "position": position,
        },
    )
    return {(slug, fact) for slug, fact in rows}


def tombstone(connection: Connection[Row], story: int, position: int) -> Tombstone | None:
    """What readers are told in the place of a story that is killed or taken down now, or was at the position. None
    where they never saw it, or have no business to know."""
    row = connection.execute(
        "select coalesce(latest.tombstone, past.tombstone) from publications latest"
        " left join publications past on past.story = latest.story and past.from_position <= %(position)s"
        "  and past.to_position > %(position)s and past.first_at is not null"
        f" where latest.story = %(story)s and latest.to_position = {OPEN} and latest.first_at is not null"
        "  and (latest.tombstone is not null or latest.is_open)",
        {"story": story, "position": position},
    ).fetchone()
    return Tombstone.model_validate_json(row[0]) if row and row[0] else None


def desk(connection: Connection[Row], story: int, position: int) -> str | None:
    """How the story's publication stood at the position, for the desk; None before anything happened to it."""
    row = connection.execute(
        "select desk from publications where story = %s and from_position <= %s"
        " order by from_position desc limit 1",
        [story, position],
    ).fetchone()
    return row[0] if row else None


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
