"""Which facts rest on which now, across all stories: "what would fall with fact 3?"."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from psycopg import Connection

from ledger import limits
from ledger.store.database import Row
from projections.views.happened import Values
from projections.views.story import ChangeOfFact, Step, Story
from projections.views.view import OPEN, Look, Rows, Table

# Rows that ended are there only while a page is worked through, so that what moved earlier on the page finds the
# grounds as they were at its position.
DDL = f"""
create table grounds (
    story bigint not null,
    fact int not null,
    ground_story bigint not null,
    ground_fact int not null,
    from_position bigint not null,
    to_position bigint not null default {OPEN},
    standing text not null,
    primary key (story, fact, ground_story, ground_fact, from_position)
);
create index grounds_of on grounds (ground_story, ground_fact);
create index grounds_past on grounds (to_position) where to_position < {OPEN};
"""


def fold(rows: Rows, step: Step, changed: ChangeOfFact, look: Look) -> None:
    before, after = changed.before, changed.after
    now = _grounds(after.document, step.story, look)
    was = _grounds(before.document, step.story, look) if before else set()
    key, position = (step.story.number, changed.number), step.event.position
    standing = after.document["standing"]
    has_moved = before is None or before.document["standing"] != standing
    for ground in now if has_moved else now - was:
        rows.begin((*key, *ground), position, (standing,), is_new=ground not in was)
    for ground in was - now:
        rows.end((*key, *ground), position)


def _grounds(fact: Values, story: Story, look: Look) -> set[tuple[int, int]]:
    return {
        (story.number if story.has_had(ground["story"]) else look.number_of(ground["story"]), ground["fact"])
        for ground in fact["rests_on"]
    }


ROWS = Table("grounds", ("story", "fact", "ground_story", "ground_fact"), ("standing",), lasting=True)


def forget_the_past(connection: Connection[Row]) -> None:
    connection.execute(f"delete from grounds where to_position < {OPEN}")


# --- Reading -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Resting:
    """A fact that rests on the one asked for, at a distance of so many grounds; `asked`: which question it answers."""

    asked: int
    distance: int
    story: int
    fact: int
    standing: str


def carrying(connection: Connection[Row], facts: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of the facts, (story, fact), that any other rests on or has rested on while the page was worked through."""
    if not facts:
        return set()
    return {
        (story, fact)
        for story, fact in connection.execute(
            "select story, fact from unnest(%b::bigint[], %b::int[]) as asked (story, fact)"
            " where exists (select from grounds g where g.ground_story = asked.story and g.ground_fact = asked.fact)",
            list(map(list, zip(*facts, strict=True))),
        )
    }


def resting_on(connection: Connection[Row], facts: Collection[tuple[int, int, int]]) -> Iterator[Resting]:
    """What rests on facts, directly or through others: each once, by the shortest way, the nearest first.

    `facts`: (position, story, fact), each a question of its own, about the grounds as they were at that position.
    """
    seen, frontier = {*facts}, [*facts]
    for distance in range(1, limits.GROUND_DISTANCE + 1):
        if not frontier:
            return
        found = connection.execute(
            "select distinct ahead.position, g.story, g.fact, g.standing"
            " from unnest(%b::bigint[], %b::bigint[], %b::int[]) as ahead (position, story, fact)"
            " join grounds g on g.ground_story = ahead.story and g.ground_fact = ahead.fact"
            "  and g.from_position <= ahead.position and ahead.position < g.to_position"
            " order by 1, 2, 3",
            list(map(list, zip(*frontier, strict=True))),
        ).fetchall()
        frontier = []
        for position, story, fact, standing in found:
            if (position, story, fact) not in seen:
                seen.add((position, story, fact))
                frontier.append((position, story, fact))
                yield Resting(position, distance, story, fact, standing)


def page(
    connection: Connection[Row], story: int, fact: int, after: tuple[int, int, int], limit: int
) -> list[tuple[tuple[int, int, int], str]]:
    """((distance, story, fact), text) of what rests on the fact now, the nearest first."""
    found: list[tuple[int, int, int]] = []
    with connection.transaction():
        # One moment for every step on the way.
        connection.execute("set transaction isolation level repeatable read, read only")
        for resting in resting_on(connection, [(OPEN - 1, story, fact)]):
            key = (resting.distance, resting.story, resting.fact)
            if key > after:
                found.append(key)
            if len(found) == limit:
                break
        rows = connection.execute(
            'select a.distance, a.story, a.fact, \'{"story":"\' || n.slug || \'","fact":\' || a.fact'
            f" || ',\"version\":' || v.version || ',\"statement\":' || (v.desk::json -> 'statement')"
            f" || ',\"standing\":' || (v.desk::json -> 'standing')"
            " || ',\"distance\":' || a.distance || '}'"
            " from unnest(%b::int[], %b::bigint[], %b::int[]) as a (distance, story, fact)"
            " join story_now n using (story)"
            f" join fact_versions v on v.story = a.story and v.fact = a.fact and v.to_position = {OPEN}"
            " order by 1, 2, 3",
            list(map(list, zip(*found, strict=True))) or [[], [], []],
        ).fetchall()
    return [((distance, number, index), text) for distance, number, index, text in rows]
