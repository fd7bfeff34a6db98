"""Which stories readers see, and since when as they are: "what is there to read, and what of it is new?"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from psycopg import Connection

from ledger import limits
from ledger.store.database import Row
from projections.views.visibility import SHOWN

# Of the stories n that are shown, those that readers are not led on from, to another that they see.
_OF_ITSELF: Final = (
    f"left join {SHOWN} as goes_on on goes_on.story = n.merged_into where goes_on.story is null"
)


@dataclass(frozen=True, slots=True)
class Published:
    """edition_at: when readers first saw it as it is."""

    slug: str
    edition_at: datetime


@dataclass(frozen=True, slots=True)
class New(Published):
    """first_at: when readers first saw it at all; head: what it says of itself, a ReaderHead in JSON."""

    first_at: datetime
    head: dict[str, Any]


def how_many(connection: Connection[Row], position: int) -> int:
    row = connection.execute(f"select count(*) from {SHOWN} as shown", {"position": position}).fetchone()
    assert row is not None
    return int(row[0])


def part(connection: Connection[Row], position: int, number: int) -> Sequence[Published]:
    """As many as a sitemap may name, in the order in which they were opened; number: from 1."""
    rows = connection.execute(
        f"select n.public_slug, shown.edition_at from {SHOWN} as shown join story_now n on n.story = shown.story"
        f" {_OF_ITSELF} order by shown.story limit %(limit)s offset %(before)s",
        {
            "position": position,
            "limit": limits.SITEMAP_STORIES,
            "before": (number - 1) * limits.SITEMAP_STORIES,
        },
    )
    return [Published(*row) for row in rows]


def new(connection: Connection[Row], position: int, since: datetime) -> Sequence[New]:
    """Those that readers saw first since then, the newest first."""
    rows = connection.execute(
        f"select n.public_slug, shown.edition_at, shown.first_at, v.reader from {SHOWN} as shown"
        " join story_now n on n.story = shown.story"
        " join lateral (select reader from story_versions v where v.story = shown.story and v.part = 'head'"
        "  and v.item = 0 and v.from_position <= shown.content order by v.from_position desc limit 1) v on true"
        f" {_OF_ITSELF} and shown.first_at >= %(since)s order by shown.first_at desc, shown.story desc limit %(limit)s",
        {"position": position, "since": since, "limit": limits.NEWS_STORIES},
    )
    return [New(slug, edition_at, first_at, orjson.loads(head)) for slug, edition_at, first_at, head in rows]
