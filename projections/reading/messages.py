"""What those who subscribed are told, a story at a time: "what is to be told of it next?".

A publication, a correction and a withdrawal are told as readers see the story at the moment of telling: what was
withdrawn meanwhile is told of no more. Of a change at the desk only that it happened is told, nothing of what it says.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import orjson
from psycopg import Connection

from ledger.moment import rfc3339
from ledger.refusals import Missing
from ledger.store.database import Row
from ledger.store.webhooks import Tells
from projections.reading import news, replay
from projections.views import publications, revisions
from projections.views.publications import Turn
from projections.views.revisions import Following
from projections.views.story import SET_RIGHT
from projections.views.view import OPEN

_TO_READERS: Final = frozenset({"publication", "correction", "withdrawal"})
# An edition that tells readers of one of these is a correction.
_CORRECTING: Final = frozenset({*SET_RIGHT, "clarification"})


@dataclass(frozen=True, slots=True)
class Message:
    position: int
    type: Tells
    at: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stirred:
    """Stories of which something may be to tell, by the slugs that they were opened under, each from a position on; and
    how far was looked."""

    stories: Mapping[str, int]
    reached: int


def stirred(
    connection: Connection[Row],
    tells: Collection[Tells],
    after: int,
    upto: int,
    limit: int,
    story: str | None = None,
    desk: str | None = None,
) -> Stirred:
    """What happened beyond a position, up to another; to that story alone, or those of that desk."""
    if "desk-change" in tells:
        rows = connection.execute(
            "with page as (select position, stream_id from events"
            "  where position > %(after)s and position <= %(upto)s order by position limit %(limit)s)"
            " select page.position, n.opened_as from page left join story_now n on n.stream_id = page.stream_id"
            " order by page.position",
            {"after": after, "upto": upto, "limit": limit},
        ).fetchall()
    else:
        turns = publications.noticed(connection, after, upto, limit)
        rows = [(turn.position, turn.opened_as) for turn in turns]
    if story is not None:
        with suppress(Missing):  # the database went back in time
            story = replay.follow(connection, story).opened_as
    first: dict[str, int] = {}
    for position, slug in rows:
        if slug is not None and (story is None or slug == story):
            first.setdefault(slug, position)
    if desk is not None and first:
        first = {slug: first[slug] for slug in _of_desk(connection, desk, first)}
    return Stirred(first, rows[-1][0] if len(rows) == limit else max(after, upto))


def _of_desk(connection: Connection[Row], desk: str, slugs: Collection[str]) -> Sequence[str]:
    rows = connection.execute(
        "select n.opened_as from story_now n join story_versions h"
        " on h.story = n.story and h.part = 'head' and h.to_position = %s"
        " where n.opened_as = any(%s) and h.desk::json ->> 'desk' = %s",
        [OPEN, list(slugs), desk],
    )
    return [slug for (slug,) in rows]


def next_of(
    connection: Connection[Row], opened_as: str, tells: Collection[Tells], after: int, upto: int
) -> Message | None:
    """The first that there is to tell of the story beyond a position, up to another."""
    try:
        now = replay.follow(connection, opened_as)
        story, slug = now.number, now.slug
    except Missing:
        return None  # the database went back in time
    to_readers, at_desk = bool(_TO_READERS & {*tells}), "desk-change" in tells
    told: Message | None = None
    while told is None:
        turns = publications.noticed(connection, after, upto, 1, story) if to_readers else []
        change = revisions.following(connection, story, after, upto) if at_desk else None
        moments = [*(turn.position for turn in turns), *([change.position] if change else [])]
        if not moments:
            break
        after = min(moments)
        if turns and turns[0].position == after:
            told = _to_readers(connection, turns[0], tells)
        if told is None and change is not None and change.position == after:
            told = _at_the_desk(slug, change)
    return told


def _to_readers(connection: Connection[Row], turn: Turn, tells: Collection[Tells]) -> Message | None:
    item = news.as_noticed(connection, turn)
    if item is None:
        return None
    said: dict[str, Any] = orjson.loads(item.text)
    kind: Tells = "publication"
    if item.is_withdrawal:
        kind = "withdrawal"
    elif "correction" in tells and any(one["kind"] in _CORRECTING for one in said.get("changes", ())):
        kind = "correction"
    if kind not in tells:
        return None
    # Whoever is told that a story was withdrawn was told of it before.
    return Message(
        turn.position, kind, rfc3339(turn.at), {"story": turn.slug, **said, "position": turn.position}
    )


def _at_the_desk(slug: str, change: Following) -> Message:
    data = {"story": slug, "position": change.position, "revision": change.revision, "kind": change.kind}
    if change.fact is not None:
        data |= {"fact": change.fact, "version": change.version}
    return Message(change.position, "desk-change", rfc3339(change.recorded_at), data)
