"""Facts that hang on something that has changed, until somebody looks at them: "what must we check again?".

A fact that is corrected or retracted, or asserts something else again because a change of it was undone, shakes every
standing fact that rests on it, directly or through others. A source
that is discredited shakes every fact that stands on its word alone. What the fact rested on at that moment counts, not
what it rests on later. Reviewing the fact (confirming, correcting, retracting it) ends whatever shook it before;
reinstating the source ends what its discrediting did.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from psycopg import Connection

from ledger.moment import Moment, rfc3339
from ledger.source import SourceDiscredited, SourceReinstated
from ledger.store.database import Row
from ledger.story import KIND, Fact, FactConfirmed, FactCorrected, FactRetracted, FactReverted
from projections.views import grounds
from projections.views.view import OPEN, Move, Page, View

DDL = """
-- What shook any fact, for good; `source`: the one that was discredited.
create table shocks (
    position bigint primary key,
    source text,
    desk text not null
);
create index shocks_of_source on shocks (source) where source is not null;
create table shaken (
    position bigint not null, -- of what shook it
    story bigint not null,
    fact int not null,
    distance int not null,
    primary key (position, story, fact)
);
create index shaken_fact on shaken (story, fact);
"""


def project(connection: Connection[Row], page: Page) -> None:
    has_past = grounds.project(connection, page)
    shaking = _with_something_on_them(
        connection,
        [move for move in page.of(FactCorrected, FactRetracted, FactReverted) if _shakes(move)],
    )
    discredited = page.of(SourceDiscredited)
    for start in range(0, len(shaking), _AT_ONCE):
        some = shaking[start : start + _AT_ONCE]
        _insert(connection, some, _shaken_by_facts(connection, some))
    _insert(connection, discredited, _shaken_by_sources(connection, discredited))
    _end_reviewed(connection, page)
    _end_reinstated(connection, page)
    if has_past:
        grounds.forget_the_past(connection)


def _with_something_on_them(connection: Connection[Row], moves: Sequence[Move]) -> list[Move]:
    """Most facts carry no other, and nothing more need be asked about those."""
    carrying = grounds.carrying(
        connection,
        {(move.story.number, after.fact) for move in moves if move.story for _, after in move.facts},
    )
    return [
        move
        for move in moves
        if move.story and any((move.story.number, after.fact) in carrying for _, after in move.facts)
    ]


def _shakes(move: Move) -> bool:
    event = move.recorded.event
    if isinstance(event, FactReverted):
        return any(before is None or _asserts(before) != _asserts(after) for before, after in move.facts)
    return isinstance(event, FactCorrected | FactRetracted)


def _asserts(fact: Fact) -> tuple[object, ...]:
    """What others rest on: not where it can be checked, and not how the desk assesses it."""
    return (fact.standing, fact.body().model_copy(update={"citations": ()}))


_AT_ONCE = 20  # what rests on so many facts is held in memory together
_Shaken = tuple[int, int, int, int]  # position, story, fact, distance


def _shaken_by_facts(connection: Connection[Row], moves: Sequence[Move]) -> list[_Shaken]:
    facts = [
        (move.recorded.at.position, move.story.number, after.fact)
        for move in moves
        if move.story is not None
        for _, after in move.facts
    ]
    return [
        (resting.asked, resting.story, resting.fact, resting.distance)
        for resting in grounds.resting_on(connection, facts)
        if resting.standing == "standing"
    ]


def _shaken_by_sources(connection: Connection[Row], moves: Sequence[Move]) -> list[_Shaken]:
    """source_usage has moved already, and keeps what was."""
    if not moves:
        return []
    slugs = [move.recorded.event.slug for move in moves if isinstance(move.recorded.event, SourceDiscredited)]
    return connection.execute(
        "select d.position, u.story, u.fact, 1 from unnest(%b::bigint[], %b::text[]) as d (position, source)"
        " join source_usage u on u.source = d.source and u.alone"
        "  and u.from_position <= d.position and d.position < u.to_position",
        [[move.recorded.at.position for move in moves], slugs],
    ).fetchall()


def _insert(connection: Connection[Row], moves: Sequence[Move], rows: Sequence[_Shaken]) -> None:
    if not rows:
        return
    with connection.cursor().copy(
        "copy shaken (position, story, fact, distance) from stdin (format binary)"
    ) as copy:
        copy.set_types(["int8", "int8", "int4", "int4"])
        for row in rows:
            copy.write_row(row)
    positions = {position for position, *_ in rows}
    shocks = [_shock(move) for move in moves if move.recorded.at.position in positions]
    connection.execute(
        "insert into shocks (position, source, desk) select * from unnest(%b::bigint[], %b::text[], %b::text[])",
        list(map(list, zip(*shocks, strict=True))),
    )


def _shock(move: Move) -> tuple[int, str | None, str]:
    event, at = move.recorded.event, move.recorded.at
    if isinstance(event, SourceDiscredited):
        return at.position, event.slug, because(event, at)
    assert isinstance(event, FactCorrected | FactRetracted | FactReverted)
    assert move.story is not None
    return at.position, None, because(event, at, move.story.slug)


def because(
    event: SourceDiscredited | FactCorrected | FactRetracted | FactReverted,
    at: Moment,
    story: str | None = None,
) -> str:
    """The text of what shook a fact. story: that of the fact that the event changed."""
    what: dict[str, Any]
    if isinstance(event, SourceDiscredited):
        what = {"kind": "discrediting", "source": event.slug}
    else:
        what = {"kind": KIND[type(event)], "story": story, "fact": event.fact}
    what |= {"position": at.position, "recorded_at": rfc3339(at.recorded_at), "reason": event.reason}
    return orjson.dumps(what).decode()


def _end_reviewed(connection: Connection[Row], page: Page) -> None:
    reviewed = {
        (move.story.number, move.recorded.event.fact): move.recorded.at.position
        for move in page.of(FactConfirmed, FactCorrected, FactRetracted)
        if move.story is not None
        and isinstance(move.recorded.event, FactConfirmed | FactCorrected | FactRetracted)
    }
    if reviewed:
        connection.execute(
            "delete from shaken s"
            " using unnest(%b::bigint[], %b::int[], %b::bigint[]) as reviewed (story, fact, position)"
            " where s.story = reviewed.story and s.fact = reviewed.fact and s.position < reviewed.position",
            [*map(list, zip(*reviewed, strict=True)), list(reviewed.values())],
        )


def _end_reinstated(connection: Connection[Row], page: Page) -> None:
    reinstated = {
        move.recorded.event.slug: move.recorded.at.position
        for move in page.of(SourceReinstated)
        if isinstance(move.recorded.event, SourceReinstated)
    }
    if reinstated:
        connection.execute(
            "delete from shaken s using shocks k,"
            " unnest(%b::text[], %b::bigint[]) as reinstated (source, position)"
            " where k.source = reinstated.source and k.position < reinstated.position and s.position = k.position",
            [list(reinstated), list(reinstated.values())],
        )


VIEW = View(
    "shaken",
    ("grounds", "shocks", "shaken"),
    grounds.DDL + DDL,
    project,
    needs=("story_now", "source_usage"),
)


# --- Reading -----------------------------------------------------------------------------------------------------


def page(
    connection: Connection[Row], after: tuple[int, int, int], limit: int
) -> list[tuple[tuple[int, int, int], str]]:
    """((position, story, fact), text) of every shaken fact, once for each thing that shook it, longest shaken first."""
    rows = connection.execute(
        'select s.position, s.story, s.fact, \'{"story":"\' || n.slug || \'","fact":\' || s.fact'
        " || ',\"version\":' || v.version || ',\"statement\":' || (v.desk::json -> 'statement')"
        " || ',\"since\":' || s.position"
        " || ',\"because\":' || left(k.desk, -1) || ',\"distance\":' || s.distance || '}}'"
        " from shaken s join shocks k using (position) join story_now n on n.story = s.story"
        f" join fact_versions v on v.story = s.story and v.fact = s.fact and v.to_position = {OPEN}"
        " where (s.position, s.story, s.fact) > (%s, %s, %s)"
        " order by s.position, s.story, s.fact limit %s",
        [*after, limit],
    ).fetchall()
    return [((position, story, fact), text) for position, story, fact, text in rows]
