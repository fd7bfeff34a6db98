"""How many there are of what, counted as it happens: "how often are we wrong, and how much of it leans on kcna?".

A figure is a number under three names: whose it is (the desk's, or readers'), of which source (none: of all), and what
is counted. What the desk counts grows event by event. What readers count is what they see now: of each story it is kept
what the story adds (`figures_of_stories`), and a story that they see anew, or no more, is counted again and the
difference added; that costs what the story holds, and only where it is published, withheld or protected.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, get_args

import orjson
from psycopg import Connection

from ledger.events import Recorded
from ledger.fact import is_stricter
from ledger.publication import PublicationEvent, StoryKilled, StoryTakenDown
from ledger.store.database import Row
from ledger.story import KIND, FactCorrected, FactReported, FactRetracted
from projections.views import public_changes
from projections.views.documents import FactDocument
from projections.views.public_changes import public_time
from projections.views.view import Page, View
from projections.views.visibility import SEEN

DDL = """
create table figures (
    whose text not null, -- the desk's, or readers'
    source text not null, -- empty: of all facts, whatever they lean on
    what text collate "C" not null,
    number bigint not null,
    primary key (whose, source, what)
) with (fillfactor = 70);
-- A row of a source says that a fact of the story has leant on it.
create table figures_of_stories (
    story bigint not null,
    source text not null,
    shown text, -- what the story adds to readers' figures, by what is counted; null for nothing
    primary key (story, source)
);
create index figures_of_stories_shown on figures_of_stories (source, story) where shown is not null;
"""

Figures = Counter[tuple[str, str, str]]  # by whose it is, of which source, and what is counted
Place = tuple[int, int]  # story, fact

# --- What is counted ---------------------------------------------------------------------------------------------

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


def counted(recorded: Recorded) -> Iterator[str]:
    """What the desk counts of an event, whatever came before it."""
    event, at = recorded.event, recorded.at.recorded_at
    if isinstance(event, FactReported):
        yield "facts"
    elif isinstance(event, FactCorrected):
        yield from in_month("corrections", at)
        yield f"cause {event.cause}"
        yield from {f"affects {word}" for word in event.affects}
    elif isinstance(event, FactRetracted):
        yield from in_month("retractions", at)


def in_month(what: str, at: datetime) -> tuple[str, str]:
    return what, f"month {at.astimezone(UTC):%Y-%m} {what}"


# --- How they move -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Moved:
    """What events after `start`, up to `upto`, did that figures hang on. facts: of each that changed, whether it was
    retracted before, and is; shown: stories of which readers may see something else."""

    start: int
    upto: int
    desk: Figures = field(default_factory=Counter)
    facts: dict[Place, tuple[bool, bool]] = field(default_factory=dict)
    shown: set[int] = field(default_factory=set)
    withdrawals: list[tuple[int, Recorded]] = field(default_factory=list)

    def take(
        self,
        recorded: Recorded,
        story: int | None,
        facts: Iterable[tuple[FactDocument | None, FactDocument]],
    ) -> None:
        for what in counted(recorded):
            self.desk["desk", "", what] += 1
        if story is None:
            return
        if type(recorded.event) in _SHOWS:
            self.shown.add(story)
        if isinstance(recorded.event, StoryKilled | StoryTakenDown):
            self.withdrawals.append((story, recorded))
        for before, after in facts:
            if before is not None and is_stricter(after.terms, before.terms):
                self.shown.add(story)
            was, _ = self.facts.get((story, after.fact), (_is_retracted(before), False))
            self.facts[story, after.fact] = (was, _is_retracted(after))


_SHOWS: Final = frozenset(get_args(PublicationEvent))


def _is_retracted(fact: FactDocument | None) -> bool:
    return fact is not None and fact.standing == "retracted"


def project(connection: Connection[Row], page: Page) -> None:
    moved = Moved(page.moves[0].recorded.at.position - 1, page.upto)
    for move in page.moves:
        moved.take(move.recorded, move.story.number if move.story else None, move.facts)
    apply(connection, moved)


def apply(connection: Connection[Row], moved: Moved) -> None:
    """The views that this one needs have moved already."""
    figures = moved.desk.copy()
    if moved.facts:
        figures.update(_leaning(connection, moved))
    if moved.withdrawals:
        figures.update(_withdrawn(connection, moved.withdrawals))
    if moved.shown:
        figures.update(_how_long(connection, moved))
        figures.update(_shown(connection, moved))
    _add(connection, figures)


def _add(connection: Connection[Row], figures: Figures) -> None:
    """A figure that has come to nothing has no row."""
    rows = [(*names, number) for names, number in figures.items() if number]
    if not rows:
        return
    gone = connection.execute(
        "with added as (insert into figures as f (whose, source, what, number)"
        " select * from unnest(%b::text[], %b::text[], %b::text[], %b::bigint[])"
        " on conflict (whose, source, what) do update set number = f.number + excluded.number returning f.*)"
        " select whose, source, what from added where number = 0",
        list(map(list, zip(*rows, strict=True))),
    ).fetchall()
    if gone:
        connection.execute(
            "delete from figures f using unnest(%b::text[], %b::text[], %b::text[]) as gone (whose, source, what)"
            " where f.whose = gone.whose and f.source = gone.source and f.what = gone.what",
            list(map(list, zip(*gone, strict=True))),
        )


def _leaning(connection: Connection[Row], moved: Moved) -> Figures:
    """Of the facts that changed and whatever each has ever leant on: that it does, that it was corrected since, that it
    is retracted; and the stories that have such a fact."""
    places, standings = list(moved.facts), list(moved.facts.values())
    rows = connection.execute(
        "with leaning as materialized ("
        " select t.story, t.was_retracted, t.is_retracted, u.source, u.since, c.before, c.now"
        "  from unnest(%(stories)b::bigint[], %(facts)b::int[], %(were)b::bool[], %(are)b::bool[])"
        "   as t (story, fact, was_retracted, is_retracted)"
        "  cross join lateral (select source, min(from_position) as since from source_usage u"
        "   where u.story = t.story and u.fact = t.fact and u.from_position <= %(upto)b group by source) u"
        "  cross join lateral (select max(position) filter (where position <= %(start)b) as before,"
        "   max(position) as now from corrections c"
        "   where c.story = t.story and c.fact = t.fact and c.position <= %(upto)b) c"
        "), begun as (insert into figures_of_stories (story, source)"
        "  select distinct story, source from leaning where since > %(start)b"
        "  on conflict (story, source) do nothing returning source"
        ") select source, what, sum(number)::bigint from ("
        "  select source, what, number from leaning cross join lateral (values"
        "   ('facts', (since > %(start)b)::int),"
        "   ('corrected', coalesce(now > since, false)::int - coalesce(before > since, false)::int),"
        "   ('retracted', is_retracted::int - (was_retracted and since <= %(start)b)::int)) as f (what, number)"
        "  union all select source, 'stories', 1 from begun) as f group by source, what",
        {
            "stories": [story for story, _ in places],
            "facts": [fact for _, fact in places],
            "were": [was for was, _ in standings],
            "are": [now for _, now in standings],
            "start": moved.start,
            "upto": moved.upto,
        },
    )
    return Counter({("desk", source, what): number for source, what, number in rows})


def _withdrawn(connection: Connection[Row], withdrawals: Iterable[tuple[int, Recorded]]) -> Figures:
    """Of the stories that were killed or taken down those that readers had seen."""
    at = {(story, recorded.at.position): recorded for story, recorded in withdrawals}
    rows = connection.execute(
        "select p.story, p.from_position from unnest(%b::bigint[], %b::bigint[]) as w (story, position)"
        " join publications p on p.story = w.story and p.from_position = w.position where p.first_at is not null",
        list(map(list, zip(*at, strict=True))),
    ).fetchall()
    seen = [at[story, position] for story, position in rows]
    return Counter(
        ("desk", "", what)
        for recorded in seen
        for what in in_month(f"{KIND[type(recorded.event)]}s", recorded.at.recorded_at)  # type: ignore[index]
    )


def _how_long(connection: Connection[Row], moved: Moved) -> Figures:
    """From when readers first saw what was wrong to when they were told so, of the corrections that were published."""
    rows = connection.execute(
        "select duration.what, count(*) from unnest(%b::bigint[]) as s (story)"
        " join public_changes p on p.story = s.story and p.published_position > %b and p.published_position <= %b"
        " join corrections c on c.story = p.story and c.revision = p.revision"
        f" cross join lateral {public_time('c.story', 'c.wrong_from', 'p.published_position')} t"
        f" cross join {durations('extract(epoch from p.published_at - t.public_from)')}"
        " group by duration.what",
        [list(moved.shown), moved.start, moved.upto],
    )
    return Counter({("desk", "", what): number for what, number in rows})


# --- What readers see --------------------------------------------------------------------------------------------


def added() -> str:
    """SQL: what each of %(stories)s adds to readers' figures as of %(position)s: the facts that they see, the
    corrections and retractions that they were told of, that it is withdrawn. By the keys of tables: there may be no
    other index yet."""
    return f"""
with stands as materialized (
    select s.story, p.is_open, p.content, p.first_at, p.tombstone::json as tombstone
    from unnest(%(stories)s::bigint[]) as s (story)
    cross join lateral (
        select * from publications p where p.story = s.story and p.from_position <= %(position)s
        order by p.from_position desc limit 1
    ) p
), shown as materialized (
    select story, content from stands where is_open and content is not null
), seen as materialized (
    select v.story, v.fact, v.reader_sources
    from shown cross join lateral generate_series(
        1, (select max(f.fact) from fact_versions f where f.story = shown.story)
    ) as n (fact)
    cross join lateral (
        select * from fact_versions f
        where f.story = shown.story and f.fact = n.fact and f.from_position <= shown.content
        order by f.from_position desc limit 1
    ) v
    where {SEEN} is not null
), told as materialized (
    {public_changes.told("c.kind in ('correction', 'retraction')", shown="shown")}
), change as materialized (
    select c.story, c.kind || 's' as kind, c.published_at as at, said.cause, said.affects, t.public_seconds
    from told c cross join lateral json_to_record(c.reader::json) as said (cause text, affects json)
    left join lateral {public_time("c.story", "c.wrong_from", "c.published_position")} t on c.wrong_from is not null
    union all
    select story, (tombstone ->> 'kind') || 's', (tombstone ->> 'since')::timestamptz, null, null, null
    from stands where first_at is not null and tombstone is not null
), leaning as (
    select s.story, source, exists (
        select from told c where c.story = s.story and c.fact = s.fact and c.kind = 'correction'
    ) as is_corrected
    from seen s cross join unnest(s.reader_sources) as source
), added (story, source, what, number) as (
    select story, '', 'facts', count(*) from seen group by story
    union all select story, '', kind, count(*) from change group by story, kind
    union all select story, '', 'month ' || to_char(at at time zone 'UTC', 'YYYY-MM') || ' ' || kind, count(*)
        from change group by 1, 3
    union all select story, '', 'cause ' || cause, count(*) from change where cause is not null group by 1, 3
    union all select story, '', 'affects ' || word, count(*) from change
        cross join lateral (select distinct word from json_array_elements_text(affects) as word) as affected
        group by 1, 3
    union all select story, '', duration.what, count(*) from change
        cross join {durations("public_seconds")} group by 1, 3
    union all select story, source, 'facts', count(*) from leaning group by 1, 2
    union all select story, source, 'stories', 1 from leaning group by 1, 2
    union all select story, source, 'corrected', count(*) from leaning where is_corrected group by 1, 2
)
select story, source, jsonb_object_agg(what, number)::text from added group by story, source
"""


def _shown(connection: Connection[Row], moved: Moved) -> Figures:
    stories = list(moved.shown)
    was: dict[tuple[int, str], str | None] = {
        (story, source): text
        for story, source, text in connection.execute(
            "select story, source, shown from figures_of_stories where story = any(%s) and shown is not null",
            [stories],
        )
    }
    now: dict[tuple[int, str], str | None] = {
        (story, source): text
        for story, source, text in connection.execute(added(), {"stories": stories, "position": moved.upto})
    }
    figures: Figures = Counter()
    changed = {key: now.get(key) for key in was.keys() | now.keys() if was.get(key) != now.get(key)}
    for story, source in changed:
        for what, number in _numbers(now.get((story, source))).items():
            figures["reader", source, what] += number
        for what, number in _numbers(was.get((story, source))).items():
            figures["reader", source, what] -= number
    if changed:
        connection.execute(
            "insert into figures_of_stories (story, source, shown)"
            " select * from unnest(%b::bigint[], %b::text[], %b::text[])"
            " on conflict (story, source) do update set shown = excluded.shown",
            [[story for story, _ in changed], [source for _, source in changed], list(changed.values())],
        )
        connection.execute(
            "delete from figures_of_stories where story = any(%s) and source = '' and shown is null",
            [stories],
        )
    return figures


def _numbers(text: str | None) -> Mapping[str, int]:
    return orjson.loads(text) if text else {}


VIEW = View(
    "figures",
    ("figures", "figures_of_stories"),
    DDL,
    project,
    needs=("story_now", "fact_versions", "publications", "corrections", "source_usage"),
)


# --- Reading -----------------------------------------------------------------------------------------------------


def of(connection: Connection[Row], whose: str, source: str, words: str = "") -> dict[str, int]:
    """The figures of a source, or of all, by what is counted; only those that begin with the words, in order."""
    return dict(
        connection.execute(
            "select what, number from figures where whose = %s and source = %s"
            " and what >= %s and what < %s || chr(255) order by what",
            [whose, source, words, words],
        ).fetchall()
    )
