"""The facts of a story as it stood, a page at a time: "which of them are like that?"."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from ledger import limits
from ledger.store.database import Row
from projections.reading import reader_replay, replay
from projections.reading.replay import Asked
from projections.views import members, sources
from projections.views.documents import mapping_text
from projections.views.view import held_at
from projections.views.visibility import SEEN


@dataclass(frozen=True, slots=True)
class Like:
    """Which facts are wanted; what is not said means any. changed_since: those of which a version began after that
    revision; is_set_right: those of which something was corrected, clarified, withdrawn or taken back, which the desk
    alone may ask."""

    kind: str | None = None
    verification: str | None = None
    source: str | None = None
    is_set_right: bool = False
    changed_since: int | None = None
    numbers: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`about`: JSON members: of which story and moment, how many facts there are and how many of them are like that,
    and who is named. last: the last fact that is like that, on this page or a later one."""

    items: Sequence[tuple[int, str]]
    about: str
    asked_position: int
    last: int


def page(connection: Connection[Row], slug: str, asked: Asked, like: Like, after: int, limit: int) -> Page:
    """Those beyond a number, as many as there is room for: at least one."""
    if asked.view == "reader":
        return _for_readers(connection, slug, asked, like, after, limit)
    then = replay.moment(connection, slug, asked)
    since = None
    if like.changed_since is not None:
        before = Asked(revision=like.changed_since)
        since = replay.moment(connection, slug, before).position
    counted, *rows = connection.execute(
        _OF_DESK, _asked(like, then.story.number, then.asked_position, since, after, limit)
    ).fetchall()
    named, _ = sources.some(connection, {name for row in rows for name in row[3]}, then.asked_position)
    actors = {UUID(actor) for row in rows for actor in row[4]}
    labels = {str(member): label for member, label in members.some(connection, actors).items()}
    about = (
        f'"story":"{slug}","revision":{then.revision},"position":{then.position},{_figures(counted)},'
        f'"sources":{mapping_text(named)},"members":{mapping_text(labels)},'
    )
    return Page([(row[1], row[2]) for row in rows], about, then.asked_position, counted[1])


def _for_readers(
    connection: Connection[Row], slug: str, asked: Asked, like: Like, after: int, limit: int
) -> Page:
    then = reader_replay.moment(connection, slug, asked)
    since = None
    if like.changed_since is not None:
        before = Asked(
            revision=like.changed_since, view="reader", is_keyless=asked.is_keyless, at_least=asked.at_least
        )
        since = reader_replay.moment(connection, slug, before).shown.content
    counted, *rows = connection.execute(
        _OF_READERS, _asked(like, then.story.number, then.shown.content, since, after, limit)
    ).fetchall()
    texts = reader_replay.hiding_facts(
        connection, then.asked_position, [(row[2], row[4], then.shown.edition_position) for row in rows]
    )
    named = reader_replay.sources_of(connection, {name for row in rows for name in row[3]}, then.shown)
    about = f'"story":"{slug}","revision":{then.shown.revision},{_figures(counted)},"sources":{named},'
    items = [(row[1], text) for row, text in zip(rows, texts, strict=True)]
    return Page(items, about, then.asked_position, counted[1])


def _figures(counted: Row) -> str:
    total, matching = counted[3]
    return f'"total":{total},"matching":{matching}'


def _asked(like: Like, story: int, content: int, since: int | None, after: int, limit: int) -> dict[str, Any]:
    return {
        "story": story,
        "content": content,
        "kind": like.kind,
        "verification": like.verification,
        "source": like.source,
        "is_set_right": like.is_set_right,
        "since": since,
        "numbers": None if like.numbers is None else list(like.numbers),
        "after": after,
        "limit": limit,
        "bytes": limits.FACTS_BYTES,
    }


_HELD: Final = (
    "select fact, from_position, desk as text, desk, sources, actors::text[] as others from fact_versions"
    f" where {held_at('%(content)s')}"
)
# What is not on the page is not put together: of a text that is not withdrawn it is known whether readers see it.
_SEEN: Final = (
    f"select fact, from_position, {SEEN} as text, null as desk, reader_sources as sources, reader_stories as others"
    f" from fact_versions v where {held_at('%(content)s')}"
    f" and reader is not null and (not is_tombstone or {SEEN} is not null)"
)
_SET_RIGHT: Final = "('correction', 'retraction', 'clarification', 'reversion')"


def _whole(facts: str) -> str:
    """SQL: first how many there are and how many are wanted, and the last of these; then of each on the page its
    number, its text, the sources that it names, and who changed it or which stories it names. A text is parsed for what
    is asked of it alone."""
    return f"""
with facts as not materialized ({facts}), alike as materialized (
    select fact from facts
    where (%(numbers)s::int[] is null or fact = any(%(numbers)s::int[]))
        and (%(since)s::bigint is null or from_position > %(since)s::bigint)
        and (%(source)s::text is null or %(source)s::text = any(sources))
        and (%(kind)s::text is null or text::json ->> 'kind' = %(kind)s::text)
        and (%(verification)s::text is null or text::json ->> 'verification' = %(verification)s::text)
        and (not %(is_set_right)s::bool or desk::json #>> '{{changed,kind}}' in {_SET_RIGHT}
            or desk::json -> 'corrected' is not null)
), page as (
    select fact, text, sources, others, row_number() over (order by fact) as place,
        sum(octet_length(text)) over (order by fact) as bytes
    from facts where fact in (select fact from alike where fact > %(after)s order by fact limit %(limit)s)
)
select 0 as place, coalesce(max(fact), 0), null, array[(select count(*) from facts)::text, count(*)::text], null
    from alike
union all select 1, fact, text, sources, others from page where bytes <= %(bytes)s or place = 1
order by place, 2
"""


_OF_DESK: Final = _whole(_HELD)
_OF_READERS: Final = _whole(_SEEN)
