"""What readers may see: the one predicate of visibility, and what it says of stories, editions and facts.

Every answer to a reader goes through `SHOWN`, here or in the query that makes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from psycopg import Connection

from ledger.moment import rfc3339
from ledger.store.database import Row
from ledger.words import Closed
from projections.views import story_now
from projections.views.documents import json_of
from projections.views.reader_view import Named
from projections.views.story import SET_RIGHT
from projections.views.story_now import StoryNow
from projections.views.view import OPEN


def _on_one_line(text: str) -> str:
    """They are part of long questions, and of those the driver keeps what it made only up to 4,096 letters."""
    return " ".join(text.split()).replace("( ", "(").replace(" )", ")")


# Which story readers see at %(position)s, and as of which content: it was open then, and it is open now. So the past
# of a story that was killed, taken down or is held since is hidden, too.
SHOWN: Final = _on_one_line(f"""(
    select latest.story, past.revision, past.content, past.edition, past.edition_position, past.edition_at,
           past.first_at, past.signals
    from publications latest
    cross join lateral (
        select * from publications where story = latest.story and from_position <= %(position)s
        order by from_position desc limit 1
    ) past
    where latest.story <= %(position)s and latest.to_position = {OPEN} and latest.is_open and latest.content is not null
        and past.is_open and past.content is not null
)""")

# The text of a fact in its version v as readers see it once that is published, null where they never do.
READER: Final = "(left(v.desk, v.alike_before) || v.reader || right(v.desk, v.alike_after))"
# The text of a fact in its version v as readers see it, null where they do not. A tombstone says what they saw last of
# the fact while it stood; what was withdrawn before anyone saw it leaves none.
SEEN: Final = _on_one_line("""(left(v.desk, v.alike_before) || v.reader
|| case when not v.is_tombstone then right(v.desk, v.alike_after) else (
    select ',"statement":' || (stood.desk::json -> 'statement')::text || '}'
    from publications e
    join lateral (
        select desk, reader, is_tombstone from fact_versions
        where story = v.story and fact = v.fact and from_position <= e.content
        order by from_position desc limit 1
    ) stood on stood.reader is not null and not stood.is_tombstone
    where e.story = v.story and e.is_edition and e.content < v.from_position
    order by e.from_position desc limit 1
) end)""")


def shown_of(story: str) -> str:
    """SQL: what readers see of the one story in a column, for a join. Looked up row by row: as a plain join it would be
    worked out for every story there is."""
    return f"lateral (select * from {SHOWN} as one where one.story = {story} offset 0) as shown"


Signal = Literal["sig:update", "sig:correction"]  # IPTC NewsCodes, cv.iptc.org/newscodes/signal


class ReaderPublication(Closed):
    """What readers are told of it."""

    pub_status: Literal["usable"] = "usable"
    signals: tuple[Signal, ...] = ()
    published_at: str
    first_published_at: str


_TELLS_OF_A_CORRECTION = tuple(f'{{"kind":"{kind}"' for kind in SET_RIGHT)


def signals_shown(
    stored: Sequence[Signal], changes: Iterable[str], kinds: Iterable[str] = ()
) -> list[Signal]:
    """The signals of an edition for readers: of a correction only where they are told of one, in a text of its changes
    or by their kinds."""
    is_told = any(text.startswith(_TELLS_OF_A_CORRECTION) for text in changes) or any(
        kind in SET_RIGHT for kind in kinds
    )
    return [signal for signal in stored if is_told or signal != "sig:correction"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What readers see of a story at a position: the revision and the position of its content, which edition that is
    and since when, and the text of what they are told of that."""

    revision: int
    content: int
    edition: int
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


def shown(connection: Connection[Row], slug: str, position: int) -> tuple[StoryNow, Shown | None] | None:
    """The story, and what readers see of it at the position: None where that is nothing. None where there is no story
    that they know, or knew, by that slug."""
    row = connection.execute(
        "select n.*, shown.revision, content, edition, edition_position, edition_at, first_at, signals"
        f" from (select {story_now.FOR_READERS} from story_now n"
        f"  where n.story = {story_now.has_had('%(slug)s', for_readers=True)}) n"
        f" left join {shown_of('n.story')} on true",
        {"slug": slug, "position": position},
    ).fetchone()
    if row is None:
        return None
    *story, revision, content, edition, edition_position, edition_at, first_at, signals = row
    if content is None:
        return StoryNow(*story), None
    shown = Shown(revision, content, edition, edition_position, edition_at, first_at, tuple(signals))
    return StoryNow(*story), shown


def goes_on_as(connection: Connection[Row], story: int, position: int) -> str | None:
    """The slug by which readers see a story at the position, or are told that it was withdrawn; None where they hear
    nothing of it."""
    row = connection.execute(
        f"select n.public_slug from story_now n left join {shown_of('n.story')} on true"
        " where n.story = %(story)s and (shown.story is not null or exists (select from publications p"
        f"  where p.story = n.story and p.to_position = {OPEN} and p.first_at is not null"
        "  and p.tombstone is not null))",
        {"story": story, "position": position},
    ).fetchone()
    return row[0] if row else None


def edition(connection: Connection[Row], slug: str, number: int, position: int) -> Row | None:
    """(position, revision) from which readers saw the edition of that number, if they had by the position."""
    return _edition(connection, slug, "edition = %(asked)s", number, position)


def edition_of(connection: Connection[Row], slug: str, revision: int, position: int) -> Row | None:
    """Likewise, of the last edition that has no more than that revision. By when it was recorded another one may have
    been public; but that would tell readers how many revisions there are."""
    return _edition(connection, slug, "revision <= %(asked)s", revision, position)


def _edition(connection: Connection[Row], slug: str, which: str, asked: int, position: int) -> Row | None:
    return connection.execute(
        "select from_position, revision from publications"
        f" where story = {story_now.has_had('%(slug)s')}"
        f" and is_edition and {which} and from_position <= %(position)s order by from_position desc limit 1",
        {"slug": slug, "asked": asked, "position": position},
    ).fetchone()


def facts_shown(connection: Connection[Row], facts: Iterable[tuple[Named, int]]) -> set[tuple[Named, int]]:
    """Those of the facts, each with a position, that readers see then."""
    wanted = list(facts)
    if not wanted:
        return set()
    rows = connection.execute(
        # Materialized: what is shown of a story is looked up once, however many of its facts are named.
        "with wanted as materialized (select * from unnest(%(slugs)s::text[], %(facts)s::int[],"
        "  %(positions)s::bigint[]) as one (slug, fact, position)),"
        " stories as materialized (select moment.slug, moment.position, shown.story, shown.content"
        "  from (select distinct slug, position from wanted) as moment"
        "  join story_slugs n on n.slug = moment.slug and n.public_from <= moment.position"
        f"  cross join {shown_of('n.story').replace('%(position)s', 'moment.position')})"
        " select slug, wanted.fact, position from wanted join stories s using (slug, position)"
        " join lateral (select * from fact_versions f where f.story = s.story and f.fact = wanted.fact"
        "   and f.from_position <= s.content order by f.from_position desc limit 1) v on true"
        f" where {SEEN} is not null",
        {
            "slugs": [slug for (slug, _), _ in wanted],
            "facts": [fact for (_, fact), _ in wanted],
            "positions": [position for _, position in wanted],
        },
    )
    return {((slug, fact), position) for slug, fact, position in rows}
