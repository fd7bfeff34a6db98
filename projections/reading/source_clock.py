"""A story by the clock of whoever its changes come from: "how did this table stand on a day seven years ago?".

What was imported in one go has one time in the ledger and many of its own. Nothing is backdated: the answer is a
revision of the story, and the times are its makers' word.
"""

from datetime import datetime

from psycopg import Connection

from ledger.refusals import NothingMadeThen, SourceClockFalls
from ledger.store.database import Row
from ledger.words import recorded_instant
from projections.views.story_now import StoryNow


def revision_then(connection: Connection[Row], story: StoryNow, instant: datetime) -> int:
    """The last revision of what was made by the instant; what has no time of its own counts with what came before it.
    Refuses where nothing was made by then, and where the times of the story do not rise."""
    last: tuple[int, datetime] | None = None
    until = None
    first = None
    # What came too late changed nothing, so that its time is none of the story's.
    rows = connection.execute(
        """
        select revision, said #>> '{origin,created}' from (
            select revision, ('{' || substr(desk, 2) || '}')::json as said from revisions
            where story = %s and desk like '%%"origin":%%'
        ) of_story
        where said #> '{after,late}' is null and said #>> '{origin,created}' is not null order by revision
        """,
        [story.number],
    )
    for revision, text in rows:
        at = recorded_instant(text)
        if last is not None and at < last[1]:
            raise SourceClockFalls(story=story.slug, revision=revision, before=last[0])
        last = revision, at
        first = first or text
        if at > instant and until is None:
            until = revision - 1
    if last is None:
        raise NothingMadeThen(story=story.slug, why="nothing in it says when it was made")
    if until == 0 or (until is not None and recorded_instant(str(first)) > instant):
        raise NothingMadeThen(story=story.slug, why=f"its first take was made at {first}")
    return story.revision if until is None else until
