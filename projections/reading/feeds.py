"""What a feed tells: the last corrections, and the last editions of a story, each with the headline it ran under."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson
from psycopg import Connection

from ledger import limits
from ledger.store.database import Row
from projections.reading import reader_replay, replay, withdrawals
from projections.reading.reader_replay import Moment
from projections.views import public_changes
from projections.views import revisions as of_story
from projections.views.story import SET_RIGHT
from projections.views.view import OPEN
from projections.views.visibility import READER, shown_of

_NOBODY = UUID(int=0)


def name_of_ledger(connection: Connection[Row]) -> UUID:
    """The id of its first event: this ledger's alone, the same for ever, and telling nothing. The nil UUID before there
    is one."""
    row = connection.execute("select event_id from events where position = 1").fetchone()
    return row[0] if row else _NOBODY


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction, corrective, retraction or undoing that readers saw; `change` is a PublicChange as JSON, `head` what
    the story says of itself now, likewise. Of a story that was killed or taken down `change` is a Withdrawn, and of
    itself it says nothing any more."""

    slug: str
    first_slug: str  # under which readers saw it first
    revision: int
    published_position: int
    change: dict[str, Any]
    head: dict[str, Any] | None


def corrections(connection: Connection[Row], position: int) -> list[Correction]:
    """The newest first."""
    rows = public_changes.changes_shown(connection, position, kinds=SET_RIGHT, limit=limits.FEED_ENTRIES)
    heads = _heads(connection, {slug for _, _, slug, _ in rows}, position)
    found = [
        Correction(slug, heads[slug][1], revision, published, orjson.loads(text), heads[slug][0])
        for published, revision, slug, text in rows
        if slug in heads  # else it was withdrawn this instant
    ]
    found += [
        Correction(slug, first_slug, revision, at, orjson.loads(text), None)
        for at, revision, slug, first_slug, text in withdrawals.for_readers(
            connection, position, OPEN, limits.FEED_ENTRIES
        )
    ]
    found.sort(key=attrgetter("published_position", "revision"), reverse=True)
    return found[: limits.FEED_ENTRIES]


def _heads(
    connection: Connection[Row], slugs: Iterable[str], position: int
) -> dict[str, tuple[dict[str, Any], str]]:
    """What the stories say of themselves, and under which slug readers saw each first."""
    rows = connection.execute(
        f"select n.public_slug, v.reader, n.first_public_slug from story_now n cross join {shown_of('n.story')}"
        " join lateral (select reader from story_versions v where v.story = n.story and v.part = 'head'"
        "  and v.item = 0 and v.from_position <= shown.content order by v.from_position desc limit 1) v on true"
        " where n.public_slug = any(%(slugs)s)",
        {"slugs": list(slugs), "position": position},
    )
    return {slug: (orjson.loads(text), first_slug) for slug, text, first_slug in rows}


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition, and what was new in it for readers.

    head: what the story said of itself then, was_head: before, each a ReaderHead in JSON; changes: as
    public_changes.PublicChange; has_new_copy: the prose is another than before; reported: statements of the first few
    facts that came with it; more: how many more of these there are; renamed: sources with another name than before;
    reads_otherwise: whether anything does.
    """

    number: int
    revision: int
    published_at: datetime
    head: dict[str, Any]
    was_head: dict[str, Any] | None
    has_new_copy: bool
    signals: Sequence[str]
    changes: Sequence[dict[str, Any]]
    reported: Sequence[str]
    more: int
    renamed: Sequence[dict[str, str]]
    reads_otherwise: bool


def editions(connection: Connection[Row], then: Moment) -> list[Edition]:
    """The last editions of the story, the newest first."""
    found = reader_replay.editions(connection, then, OPEN, limits.FEED_ENTRIES, last_first=True)
    new = _new_in(connection, then.story.number, [edition.position for edition in found])
    told = []
    for edition in found:
        head, was_head, has_new_copy, facts, count = new[edition.position]
        document = orjson.loads(edition.text)
        told.append(
            Edition(
                edition.number,
                edition.revision,
                edition.published_at,
                orjson.loads(head),
                orjson.loads(was_head) if was_head else None,
                has_new_copy,
                document["signals"],
                document["changes"],
                [orjson.loads(fact)["statement"] for fact in facts],
                count - len(facts),
                document.get("differs", {"sources": ()})["sources"],
                "differs" in document,
            )
        )
    return told


def revisions(connection: Connection[Row], then: replay.Moment) -> list[dict[str, Any]]:
    """What last happened to the story up to then, for the desk, the newest first; each a revision in JSON."""
    before = max(0, then.revision - limits.FEED_ENTRIES)
    rows = of_story.page(connection, then.story.number, before, limits.FEED_ENTRIES)
    return [orjson.loads(text) for revision, text in reversed(rows) if revision <= then.revision]


_New = tuple[str, str | None, bool, list[str], int]


def _new_in(connection: Connection[Row], story: int, positions: Sequence[int]) -> dict[int, _New]:
    """By the position of an edition's publication, against the edition before it: what the story said of itself, what
    it had said, whether the copy is another, texts of the first few facts reported since, and how many there are."""

    def head_as_of(content: str) -> str:
        return (
            "(select v.reader from story_versions v where v.story = e.story and v.part = 'head' and v.item = 0"
            f" and v.from_position <= {content} order by v.from_position desc limit 1)"
        )

    rows = connection.execute(
        f"select e.from_position, {head_as_of('e.content')}, {head_as_of('b.content')},"
        " exists (select from story_versions v where v.story = e.story and v.part = 'copy' and v.item = 0"
        "  and v.from_position > coalesce(b.content, 0) and v.from_position <= e.content),"
        " coalesce(facts.texts, '{}'), facts.number"
        " from publications e"
        " left join lateral (select revision, content from publications b where b.story = e.story and b.is_edition"
        "  and b.from_position < e.from_position order by b.from_position desc limit 1) b on true"
        " cross join lateral ("
        "  select array_agg(text order by fact) filter (where place <= %(few)s) as texts, count(*) as number"
        "  from (select r.fact, v.text, row_number() over (order by r.fact) as place from revisions r"
        f"   join lateral (select {READER} as text, is_tombstone from fact_versions v where v.story = r.story"
        "    and v.fact = r.fact and v.from_position <= e.content order by v.from_position desc limit 1) v on true"
        "   where r.story = e.story and r.revision > coalesce(b.revision, 0) and r.revision <= e.revision"
        "    and r.kind = 'report' and v.text is not null and not v.is_tombstone) reported"
        " ) facts"
        " where e.story = %(story)s and e.from_position = any(%(positions)s)",
        {"story": story, "positions": list(positions), "few": limits.FACTS_IN_ENTRY},
    )
    return {position: tuple(new) for position, *new in rows}
