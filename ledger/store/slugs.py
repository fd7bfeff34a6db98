"""Which story has a slug that is not the one that its stream is found by: kept where repeated requests are.

Whoever opens a story, or gives it a new slug, takes that slug in the same append, under the unique index by which a
request is recorded once; so of two processes one gets it. Stories that were opened by earlier releases took none: their
streams are there already, and who is to get a new slug is decided while nobody else can write.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from psycopg import Connection

from ledger.store.database import Row
from ledger.store.store import RepeatedRequest
from ledger.words import SLUGS, Slug, story_stream

# From the stream that a slug would make to the slug that the story which has it was opened under: that makes its own.
Led = Mapping[UUID, Slug]


def taken(slug: str, event: int) -> RepeatedRequest:
    """For the append; event: the index of the event that takes it."""
    return RepeatedRequest(SLUGS, str(story_stream(slug)), bytes(32), event, "{}")


def led(connection: Connection[Row], streams: Collection[UUID]) -> dict[UUID, Slug]:
    """Of streams in which nothing happened, those whose slugs are other stories'."""
    rows = connection.execute(
        "select r.key::uuid, b.body::json ->> 'slug' from requests r join events e using (position)"
        " join events o on o.stream_id = e.stream_id and o.version = 1 join bodies b on b.position = o.position"
        " where r.actor = %s and r.key = any(%s)",
        [SLUGS, [str(stream) for stream in streams]],
    ).fetchall()
    return dict(rows)
