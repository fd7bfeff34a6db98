"""How many there are of what, counted as it happens: "how often are we wrong, and how much of it leans on kcna?".

A figure is a number under three names: whose it is (the desk's, or readers'), of which source (none: of all), and what
is counted. What the desk counts grows event by event. What readers count hangs on what they see now: it is kept what
each story adds to it (`figures_of_stories`), and where one is published, withheld or protected it is counted again, and
the difference added. That costs what the story holds.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

import orjson
from psycopg import Connection

from ledger.store.database import Row
from projections.views import public_changes
from projections.views.happened import FACT_EVENTS
from projections.views.public_changes import public_time
from projections.views.story import OF_PUBLICATION, Fact, Step
from projections.views.view import OPEN, Look, Rows, Sheets, Table, View
from projections.views.visibility import SEEN, shown_of

DDL = """
create table figures (
    whose text not null, -- the desk's, or readers'
    source text not null, -- empty: of all facts, whatever they lean on
    what text collate "C" not null,
    number bigint not null,
    primary key (whose, source, what)
) with (fillfactor = 70);
-- What a story adds for as long as it is published as it is, by what is counted.
create table figures_of_stories (
    story bigint not null,
    whose text not null,
    source text not null,
    adds text not null,
    primary key (story, whose, source)
);
create index figures_of_stories_leaning on figures_of_stories (source, story) where whose = 'reader';
"""

# --- What the desk counts ----------------------------------------------------------------------------------------

OF_A_MONTH: Final = {
    "correction": "corrections",
    "retraction": "retractions",
    "kill": "kills",
    "takedown": "takedowns",
}


def fold(sheets: Sheets, step: Step, look: Look) -> None:
    del look
    event, counts = step.event, sheets["counts"]
    if event.kind == "report":
        counts.count("", "facts")
    # What goes whole counts where readers had seen it.
    if event.kind in OF_A_MONTH and (event.kind in FACT_EVENTS or step.story.edition is not None):
        what = OF_A_MONTH[event.kind]
        counts.count("", what)
        counts.count("", f"month {event.recorded_at[:7]} {what}")
    if event.kind == "correction":
        for what in (f"cause {event.said['cause']}", *{f"affects {word}" for word in event.said["affects"]}):
            counts.count("", what)
    _count_of_sources(counts, step)
    if event.kind in OF_PUBLICATION or any(changed.tightens for changed in step.facts):
        sheets["moved"].add(step.story.number)


def _count_of_sources(counts: Rows, step: Step) -> None:
    """Of the facts that have ever leant on each: how many, in how many stories, corrected since, and withdrawn."""
    story, now = step.story, step.event.position
    for changed in step.facts:
        before, after = changed.before, changed.after
        for source, since in story.leant[changed.number].items():
            if since == now:
                counts.count(source, "facts")
                if story.sources[source] == now:
                    counts.count(source, "stories")
            was, now_is = since < now and _is_retracted(before), _is_retracted(after)
            if was is not now_is:
                counts.count(source, "retracted", by=1 if now_is else -1)
            if step.event.kind == "correction" and _corrected(before) <= since < now:
                counts.count(source, "corrected")


def _corrected(fact: Fact | None) -> int:
    """Where last."""
    return int(fact.document["corrected"]["position"]) if fact and "corrected" in fact.document else 0


def _is_retracted(fact: Fact | None) -> bool:
    return fact is not None and bool(fact.document["standing"] == "retracted")


# --- What hangs on what is published -----------------------------------------------------------------------------

# Of how long a wrong version was public each time is counted by itself (`seconds`), and by how long it was about
# (`about`): sixteen steps to twice as long. So the median is exact, and found by looking at the few near it.
STEPS_TO_TWICE: Final = 16


def durations(seconds: str) -> str:
    """SQL: for a join, what is counted of a number of seconds in a column, nothing where that is null."""
    return (
        "lateral (select unnest(array['about ' || step, 'seconds ' || step || ' ' || lpad(us::text, 16, '0')]) as what"
        f" from (select us, lpad(floor({STEPS_TO_TWICE} * ln(us + 1) / ln(2))::int::text, 4, '0') as step"
        f"  from (select round({seconds} * 1000000)::bigint as us) as exact) as stepped"
        " where us is not null) as duration"
    )


def added() -> str:
    """SQL: what each of %(stories)s adds now, as of %(position)s, which is beyond all: to readers' figures the facts
    that they see, the corrections and retractions that they were told of, that it is withdrawn; to the desk's how long
    it was from when readers first saw what was wrong to when they were told so."""
    return f"""
with seen as materialized (
    select v.story, v.fact, v.reader_sources
    from unnest(%(stories)s::bigint[]) as moved (story) cross join {shown_of("moved.story")}
    join fact_versions v on v.story = shown.story
        and v.from_position <= shown.content and shown.content < v.to_position
    where {SEEN} is not null
), told as materialized (
    {public_changes.told("c.story = any(%(stories)s) and c.kind in ('correction', 'retraction')")}
), change as materialized (
    select c.story, c.kind || 's' as kind, c.published_at as at, said.cause, said.affects, t.public_seconds
    from told c cross join lateral json_to_record(c.reader::json) as said (cause text, affects json)
    left join lateral {public_time("c.story", "c.wrong_from", "c.published_position")} t on c.wrong_from is not null
    union all
    select p.story, said.kind || 's', said.since, null, null, null
    from publications p cross join lateral json_to_record(p.tombstone::json) as said (kind text, since timestamptz)
    where p.story = any(%(stories)s) and p.to_position = {OPEN} and p.first_at is not null and p.tombstone is not null
), each_one (story, whose, source, what) as (
    select story, 'reader', '', 'facts' from seen
    union all
    select story, 'reader', '', unnest(array[
        kind, 'month ' || to_char(at at time zone 'UTC', 'YYYY-MM') || ' ' || kind, 'cause ' || cause
    ]) from change
    union all
    select story, 'reader', '', 'affects ' || word from change
    cross join lateral (select distinct word from json_array_elements_text(affects) as word) as affected
    union all
    select story, 'reader', '', duration.what from change cross join {durations("public_seconds")}
    union all
    select s.story, 'reader', source, unnest(array['facts', case when exists (
        select from told c where c.story = s.story and c.fact = s.fact and c.kind = 'correction'
    ) then 'corrected' end]) from seen s cross join unnest(s.reader_sources) as source
    union all
    select distinct story, 'reader', source, 'stories' from seen cross join unnest(reader_sources) as source
    union all
    select c.story, 'desk', '', duration.what from corrections c
    join public_changes p on p.story = c.story and p.revision = c.revision
    cross join lateral {public_time("c.story", "c.wrong_from", "p.published_position")} t
    cross join {durations("extract(epoch from p.published_at - t.public_from)")}
    where c.story = any(%(stories)s)
)
select story, whose, source, jsonb_object_agg(what, number)::text from (
    select story, whose, source, what, count(*) as number from each_one where what is not null group by 1, 2, 3, 4
) as counted group by 1, 2, 3
"""


# --- How they move -----------------------------------------------------------------------------------------------


def settle(connection: Connection[Row], sheets: Sheets) -> None:
    figures: Counter[tuple[str, str, str]] = Counter()
    for source, what, number in sheets["counts"].begun:
        figures["desk", source, what] += number
    stories = list({story for (story,) in sheets["moved"].begun})
    if stories:
        was = connection.execute(
            "delete from figures_of_stories where story = any(%s) returning story, whose, source, adds",
            [stories],
        ).fetchall()
        now = connection.execute(added(), {"stories": stories, "position": OPEN}).fetchall()
        for sign, rows in ((-1, was), (1, now)):
            for _, whose, source, adds in rows:
                for what, number in orjson.loads(adds).items():
                    figures[whose, source, what] += sign * number
        _insert(connection, "figures_of_stories (story, whose, source, adds)", "bigint text text text", now)
    _add(connection, [(*names, number) for names, number in figures.items() if number])


def _add(connection: Connection[Row], rows: list[tuple[str, str, str, int]]) -> None:
    """A figure that has come to nothing has no row."""
    _insert(
        connection,
        "figures as f (whose, source, what, number)",
        "text text text bigint",
        rows,
        " on conflict (whose, source, what) do update set number = f.number + excluded.number",
    )
    fewer = [names for *names, number in rows if number < 0]
    if fewer:
        connection.execute(
            "delete from figures f using unnest(%b::text[], %b::text[], %b::text[]) as fewer (whose, source, what)"
            " where f.whose = fewer.whose and f.source = fewer.source and f.what = fewer.what and f.number = 0",
            list(map(list, zip(*fewer, strict=True))),
        )


def _insert(
    connection: Connection[Row], into: str, types: str, rows: Iterable[Row], on_conflict: str = ""
) -> None:
    columns = list(map(list, zip(*rows, strict=True)))
    if columns:
        given = ", ".join(f"%b::{kind}[]" for kind in types.split())
        connection.execute(f"insert into {into} select * from unnest({given}){on_conflict}", columns)


# Not tables of the view: what is handed on.
COUNTS = Table("counts", ("source", "what"), ("number",))
MOVED = Table("moved", ("story",))
VIEW = View(
    "figures",
    ("figures", "figures_of_stories"),
    DDL,
    ("story",),
    (COUNTS, MOVED),
    fold,
    needs=("fact_versions", "publications", "corrections"),
    settle=settle,
)


# --- Reading -----------------------------------------------------------------------------------------------------


def of_source(connection: Connection[Row], whose: str, source: str) -> dict[str, int]:
    """By what is counted."""
    return dict(
        connection.execute(
            "select what, number from figures where whose = %s and source = %s", [whose, source]
        ).fetchall()
    )
