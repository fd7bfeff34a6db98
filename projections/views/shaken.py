"""Facts that hang on something that has changed, until somebody looks at them: "what must we check again?".

A fact that is corrected or retracted, or asserts something else again because a change of it was undone, shakes every
standing fact that rests on it, directly or through others. A source that is discredited shakes every fact that stands
on its word alone, or on that of those which it goes on for. What the fact rested on at that moment counts, not what it
rests on later. Reviewing the fact (confirming, correcting, retracting it) ends whatever shook it before; reinstating
the source ends what its discrediting did, and that of those which it goes on for by then.
"""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from ledger.events import topic_of
from ledger.fact import FactBody
from ledger.source import SourceDiscredited, SourceReinstated
from ledger.store.database import Row
from projections.views import grounds, source_usage
from projections.views.others import SourceStep
from projections.views.story import ChangeOfFact, Step, text_of
from projections.views.view import OPEN, Look, Sheets, Table, View, how_many

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


_AT_ONCE = 20  # what rests on so many facts is held in memory together
_Shaken = tuple[int, int, int, int]  # position, story, fact, distance


# --- How it is folded --------------------------------------------------------------------------------------------

_ASSERTED = (*(name for name in FactBody.model_fields if name != "citations"), "standing")


def fold(sheets: Sheets, step: Step | SourceStep, look: Look) -> None:
    causes = sheets["causes"]
    if isinstance(step, SourceStep):
        event = step.event
        if event.kind in _OF_SOURCES:
            because = {
                "kind": "discrediting",
                "source": event.said["slug"],
                "position": event.position,
                "recorded_at": event.recorded_at,
                "reason": event.said["reason"],
            }
            sources = " ".join(step.together)
            causes.add(event.position, None, None, sources, _OF_SOURCES[event.kind], text_of(because))
        return
    for changed in step.facts:
        grounds.fold(sheets["grounds"], step, changed, look)
    event = step.event
    if event.kind in ("confirmation", "correction", "retraction", "reversion"):
        (changed,) = step.facts
        because = {
            "kind": event.kind,
            "story": step.story.slug_at(1),
            "fact": changed.number,
            "position": event.position,
            "recorded_at": event.recorded_at,
            "reason": event.said["reason"],
        }
        what = "shakes" if _asserts_another(event.kind, changed) else ""
        what += "" if event.kind == "reversion" else " reviews"
        causes.add(event.position, step.story.number, changed.number, None, what, text_of(because))


_OF_SOURCES = {topic_of(SourceDiscredited): "shakes", topic_of(SourceReinstated): "reinstates"}


def _asserts_another(kind: str, changed: ChangeOfFact) -> bool:
    """Whether what rests on the fact must be looked at again: not for where it can be checked, nor for how the desk
    assesses it."""
    if kind != "reversion":
        return kind in ("correction", "retraction")
    before = changed.before.document if changed.before else {}
    return any(before.get(name) != changed.after.document.get(name) for name in _ASSERTED)


# --- The second, small pass --------------------------------------------------------------------------------------

Cause = Sequence[Any]  # position, story, fact, the source and those that it goes on for, what it does, text


def settle(connection: Connection[Row], sheets: Sheets) -> None:
    """What the causes did across stories, by the grounds as they were at each of their positions."""
    causes = sheets["causes"].begun
    shaking = [cause for cause in causes if "shakes" in cause[4]]
    carrying = grounds.carrying(connection, {(cause[1], cause[2]) for cause in shaking if cause[3] is None})
    by_facts = [cause for cause in shaking if (cause[1], cause[2]) in carrying]
    by_sources = [cause for cause in shaking if cause[3] is not None]
    for start in range(0, len(by_facts), _AT_ONCE):
        some = by_facts[start : start + _AT_ONCE]
        asked = [(position, story, fact) for position, story, fact, *_ in some]
        struck = [
            (resting.asked, resting.story, resting.fact, resting.distance)
            for resting in grounds.resting_on(connection, asked)
            if resting.standing == "standing"
        ]
        _strike(connection, some, struck)
    if by_sources:
        _strike(connection, by_sources, _standing_alone(connection, by_sources))
    _end(connection, causes)
    if sheets["grounds"].has_past:
        grounds.forget_the_past(connection)


def _standing_alone(connection: Connection[Row], causes: Sequence[Cause]) -> list[_Shaken]:
    """source_usage has moved already, and keeps what was."""
    found = connection.execute(
        "select distinct d.position, u.story, u.fact, 1 from unnest(%b::bigint[], %b::text[]) as d (position, sources)"
        " join source_usage u on u.source = any(string_to_array(d.sources, ' ')) and u.alone"
        "  and u.from_position <= d.position and d.position < u.to_position",
        [[cause[0] for cause in causes], [cause[3] for cause in causes]],
    ).fetchall()
    for position, _, _, sources, *_ in causes:
        if " " in sources:
            several = source_usage.hanging_on_several(connection, sources.split(), position)
            found += [(position, story, fact, 1) for story, fact in several]
    return found


def _strike(connection: Connection[Row], causes: Sequence[Cause], struck: Sequence[_Shaken]) -> None:
    if not struck:
        return
    connection.execute(
        "insert into shaken (position, story, fact, distance)"
        " select * from unnest(%b::bigint[], %b::bigint[], %b::int[], %b::int[])",
        list(map(list, zip(*struck, strict=True))),
    )
    positions = {position for position, *_ in struck}
    shocks = [
        (cause[0], cause[3] and cause[3].split()[0], cause[5]) for cause in causes if cause[0] in positions
    ]
    connection.execute(
        "insert into shocks (position, source, desk) select * from unnest(%b::bigint[], %b::text[], %b::text[])",
        list(map(list, zip(*shocks, strict=True))),
    )


def _end(connection: Connection[Row], causes: Sequence[Cause]) -> None:
    """What was shaken by what came before, and was looked at since."""
    reviewed = {(cause[1], cause[2]): cause[0] for cause in causes if "reviews" in cause[4]}
    if reviewed:
        connection.execute(
            "delete from shaken s"
            " using unnest(%b::bigint[], %b::int[], %b::bigint[]) as reviewed (story, fact, position)"
            " where s.story = reviewed.story and s.fact = reviewed.fact and s.position < reviewed.position",
            [*map(list, zip(*reviewed, strict=True)), list(reviewed.values())],
        )
    reinstated = {
        source: cause[0] for cause in causes if cause[4] == "reinstates" for source in cause[3].split()
    }
    if reinstated:
        connection.execute(
            "delete from shaken s using shocks k,"
            " unnest(%b::text[], %b::bigint[]) as reinstated (source, position)"
            " where k.source = reinstated.source and k.position < reinstated.position and s.position = k.position",
            [list(reinstated), list(reinstated.values())],
        )


# Not a table of the view: what is handed on to that pass.
CAUSES = Table("causes", ("position",), ("story", "fact", "source", "what", "desk"))
VIEW = View(
    "shaken",
    ("grounds", "shocks", "shaken"),
    grounds.DDL + DDL,
    ("story", "source"),
    (grounds.ROWS, CAUSES),
    fold,
    needs=("source_usage", "fact_versions"),
    settle=settle,
)


# --- Reading -----------------------------------------------------------------------------------------------------

# Of a story in whose place another goes on nobody can look at a fact.
_SHAKEN = "from shaken s join story_now n on n.story = s.story and n.merged_into is null"


def page(
    connection: Connection[Row], after: tuple[int, int, int], limit: int
) -> list[tuple[tuple[int, int, int], str]]:
    """((position, story, fact), text) of every shaken fact, once for each thing that shook it, longest shaken first."""
    rows = connection.execute(
        'select s.position, s.story, s.fact, \'{"story":"\' || n.slug || \'","fact":\' || s.fact'
        f" || ',\"version\":' || v.version || ',\"statement\":' || (v.desk::json -> 'statement')"
        " || ',\"since\":' || s.position"
        " || ',\"because\":' || left(k.desk, -1) || ',\"distance\":' || s.distance || '}}'"
        f" {_SHAKEN} join shocks k on k.position = s.position"
        f" join fact_versions v on v.story = s.story and v.fact = s.fact and v.to_position = {OPEN}"
        " where (s.position, s.story, s.fact) > (%s, %s, %s)"
        " order by s.position, s.story, s.fact limit %s",
        [*after, limit],
    ).fetchall()
    return [((position, story, fact), text) for position, story, fact, text in rows]


def waiting(connection: Connection[Row], most: int) -> int:
    """How many there are; no more than `most` are counted."""
    return how_many(connection, _SHAKEN, most)
