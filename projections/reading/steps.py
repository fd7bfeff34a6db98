"""The line of a story's moments: "when did something happen to it, and of what kind was that?"."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from psycopg import Connection

from ledger import limits
from ledger.moment import rfc3339
from ledger.store.database import Row
from projections.reading.reader_replay import Moment
from projections.views import public_changes, visibility
from projections.views.documents import instant
from projections.views.members import label


@dataclass(frozen=True, slots=True)
class Steps:
    """The last moments of a story as JSON text, oldest first; `earlier`: how many there were before them."""

    items: Sequence[str]
    earlier: int


def of_desk(connection: Connection[Row], story: int) -> Steps:
    """Its revisions: what columns hold alone, so that no text is opened."""
    rows = connection.execute(
        "select r.revision, '{\"revision\":' || r.revision || ',\"position\":' || r.position"
        f' || \',"at":"\' || {instant("r.recorded_at")} || \'","kind":"\' || r.kind'
        ' || \'","substantive":\' || r.substantive'
        " || coalesce(',\"fact\":' || r.fact || ',\"version\":' || r.version, '')"
        f" || ',\"by\":' || {label('r.actor')} || '}}'"
        " from (select * from revisions where story = %s order by revision desc limit %s) r"
        " left join members m on m.member = r.actor order by r.revision",
        [story, limits.STEPS],
    ).fetchall()
    return Steps([text for _, text in rows], rows[0][0] - 1)


def of_readers(connection: Connection[Row], then: Moment) -> Steps:
    """Its editions up to the moment, with how many changes readers are told of each, and how many facts they see in it
    that they did not see in the one before."""
    newest_first = connection.execute(
        "select edition, revision, from_position, since, content from publications"
        " where story = %s and is_edition and from_position <= %s order by from_position desc limit %s",
        [then.story.number, then.asked_position, limits.STEPS + 1],
    ).fetchall()
    editions = newest_first[::-1]
    new_facts = _new_facts(connection, then.story.number, [content for *_, content in editions])
    told = list(zip(editions, new_facts, strict=True))[-limits.STEPS :]
    first = told[0][0][0]
    kinds: dict[int, dict[str, int]] = {}
    for position, kind, number in public_changes.kinds_shown(
        connection,
        then.asked_position,
        story=then.story.number,
        editions=[position for (_, _, position, *_), _ in told],
    ):
        kinds.setdefault(position, {})[kind] = number
    items = [
        f'{{"edition":{edition},"revision":{revision},"position":{position},"at":"{rfc3339(since)}",'
        f'"kinds":{orjson.dumps(kinds.get(position, {})).decode()},"new_facts":{new}}}'
        for (edition, revision, position, since, _), new in told
    ]
    return Steps(items, first - 1)


def _new_facts(connection: Connection[Row], story: int, contents: Sequence[int]) -> list[int]:
    """How many facts readers saw as of each content of some editions, oldest first, and not as of the one before it. Of
    the first one all."""
    new = [0] * len(contents)
    last_seen: dict[int, int] = {}  # by fact: the place of the last edition that showed it so far
    for fact, begins, ends in _intervals_seen(connection, story, contents[0], contents[-1]):
        first, last = bisect_left(contents, begins), bisect_left(contents, ends) - 1
        if first <= last:  # else it was over before anyone saw it
            new[first] += last_seen.get(fact, -2) != first - 1
            last_seen[fact] = last
    return new


def _intervals_seen(connection: Connection[Row], story: int, since: int, upto: int) -> Sequence[Row]:
    """(fact, from position, to position) of the versions of facts that readers may see, of those that held at some time
    between two positions; each fact's in order."""
    return connection.execute(
        "select fact, from_position, to_position from fact_versions v"
        " where box(point(story, from_position), point(story, to_position - 1))"
        "       && box(point(%(story)s, %(since)s), point(%(story)s, %(upto)s))"
        f" and {visibility.SEEN} is not null order by fact, from_position",
        {"story": story, "since": since, "upto": upto},
    ).fetchall()
