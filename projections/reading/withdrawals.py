"""Stories that were killed or taken down after readers had seen them: "what had to go, when, and how long did it run?".

Of such a story readers are told that it was withdrawn, in the desk's public words, and nothing of what it said.
"""

from collections.abc import Sequence
from typing import Final, Literal

from psycopg import Connection

from ledger.publication import TakedownGround, Tombstone
from ledger.store.database import Row
from ledger.words import RECORDED, Closed, Text, Version
from projections.views import revisions
from projections.views.documents import instant, json_of
from projections.views.public_changes import public_time
from projections.views.story_now import has_had
from projections.views.view import OPEN

_IN_NO_WORDS: Final = {
    "kill": "This story was withdrawn: it should not have been published.",
    "takedown": "This story was taken down.",
}
_OVER_TIME = public_time("r.story", "0", "r.position")

# Each kill and each takedown of a story that readers had seen, with the row of its publication that begins there.
_WITHDRAWN: Final = (
    "select r.*, p.tombstone"
    " from revisions r join publications p on p.story = r.story and p.from_position = r.position"
    " where r.kind in ('kill', 'takedown') and p.first_at is not null"  # in these very words: an index holds them
)
# Those that stand: a story that was restored is itself again.
STANDING: Final = (
    f"select w.* from ({_WITHDRAWN}) w join publications latest on latest.story = w.story"
    f" and latest.to_position = {OPEN} and latest.tombstone = w.tombstone where w.position <= %(position)s"
)
EVER: Final = _WITHDRAWN


class Withdrawn(Closed):
    """A story that readers see no more, as the log of corrections has it; `text` is what they are told in its place."""

    kind: Literal["kill", "takedown"]
    revision: Version
    ground: TakedownGround | None = None
    text: Text
    published_at: str


class ReaderTombstone(Tombstone):
    """published_at: when readers saw the story first; public_seconds: for how long they could read it, in all."""

    published_at: str
    public_seconds: float


def words(tombstone: Tombstone) -> str:
    """What readers are told in the place of the story."""
    return tombstone.notice or _IN_NO_WORDS[tombstone.kind]


def tombstone(connection: Connection[Row], story: int, position: int) -> ReaderTombstone | None:
    """What readers are told in the place of a story that is killed or taken down now, or was at the position. None
    where they never saw it, or have no business to know."""
    row = connection.execute(
        f"select r.tombstone, {instant('r.first_at')}, t.public_seconds::float8 from ("
        "  select coalesce(latest.tombstone, past.tombstone) as tombstone, latest.story, latest.first_at,"
        "   case when latest.tombstone is null then past.from_position else latest.from_position end as position"
        "  from publications latest"
        "  left join publications past on past.story = latest.story and past.from_position <= %(position)s"
        "   and past.to_position > %(position)s and past.first_at is not null"
        f"  where latest.story = %(story)s and latest.to_position = {OPEN} and latest.first_at is not null"
        "   and (latest.tombstone is not null or latest.is_open)"
        f" ) r cross join lateral {_OVER_TIME} t where r.tombstone is not null",
        {"story": story, "position": position},
    ).fetchone()
    if row is None:
        return None
    text, published_at, seconds = row
    found = Tombstone.model_validate_json(text, context=RECORDED)
    return ReaderTombstone.model_construct(
        **found.__dict__, published_at=published_at, public_seconds=seconds
    )


def _page(which: str, story: str | None, *, for_readers: bool) -> str:
    of_one = f"story = {has_had('%(story)s', for_readers=for_readers)}" if story else "true"
    return (
        f"select * from ({which}) s where position < %(before)s and {of_one}"
        " order by position desc limit %(limit)s"
    )


def for_readers(
    connection: Connection[Row], position: int, before: int, limit: int, story: str | None = None
) -> list[tuple[int, int, str, str, str]]:
    """(position, revision, slug, slug that readers saw it under first, text) of those that stand, the last first, each
    with how long it ran; of all stories or of one."""
    rows = connection.execute(
        "select r.position, r.revision, n.public_slug, n.first_public_slug, r.tombstone,"
        f" {instant('t.public_from')}, t.public_seconds::text"
        f" from ({_page(STANDING, story, for_readers=True)}) r"
        f" join story_now n on n.story = r.story cross join lateral {_OVER_TIME} t order by r.position desc",
        {"position": position, "before": before, "story": story, "limit": limit},
    )
    return [(at, revision, slug, first, _text(revision, *told)) for at, revision, slug, first, *told in rows]


def _text(revision: int, tombstone: str, public_from: str, public_seconds: str) -> str:
    found = Tombstone.model_validate_json(tombstone, context=RECORDED)
    told = Withdrawn.model_construct(
        kind=found.kind, revision=revision, ground=found.ground, text=words(found), published_at=found.since
    )
    return f'{json_of(told)[:-1]},"public_from":"{public_from}","public_seconds":{public_seconds}}}'


def for_desk(
    connection: Connection[Row], before: int, limit: int, story: str | None = None
) -> Sequence[tuple[int, str]]:
    """(position, text) of all there were, the last first, as the story's revisions have it, each with how long the
    story had run."""
    return connection.execute(
        f"select r.position, '{{\"story\":\"' || n.slug || '\",' || substr(left({revisions.SAID}, -1), 2)"
        f' || \',"public_from":"\' || {instant("t.public_from")} || \'","public_to":"\' || {instant("t.public_to")}'
        " || '\",\"public_seconds\":' || t.public_seconds || '}'"
        f" from ({_page(EVER, story, for_readers=False)}) r"
        f" join story_now n on n.story = r.story cross join lateral {_OVER_TIME} t"
        " left join members m on m.member = r.actor order by r.position desc",
        {"before": before, "story": story, "limit": limit},
    ).fetchall()
