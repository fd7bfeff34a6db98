"""The corrections in figures: "how often are we wrong, in what, and for how long?"."""

from typing import get_args

import orjson
from psycopg import Connection

from ledger import limits
from ledger.store.database import Row
from ledger.words import Affects, Cause
from projections.reading import withdrawals
from projections.views import public_changes
from projections.views.public_changes import public_time
from projections.views.visibility import SEEN, SHOWN

# In these very words: so the planner knows that an index holds them.
_COUNTED = "c.kind in ('correction', 'retraction')"


def of_desk(connection: Connection[Row]) -> str:
    """JSON text: of all that is recorded. How long a correction took: from when readers first saw the wrong version to
    when they were told that it was wrong, held or not in between."""
    return _figures(
        connection,
        "select coalesce(sum(facts), 0)::bigint from story_now",
        "select 'correction' as kind, said.recorded_at as at, said.cause, said.affects,"
        " extract(epoch from p.published_at - t.public_from)::float8 as seconds"
        " from corrections c cross join lateral"
        "  json_to_record(c.desk::json) as said (recorded_at timestamptz, cause text, affects json)"
        " left join public_changes p on p.story = c.story and p.revision = c.revision"
        f" left join lateral {public_time('c.story', 'c.wrong_from', 'p.published_position')} t"
        "  on p.published_position is not null"
        " union all select kind, recorded_at, null, null, null from revisions where kind = 'retraction'"
        f" union all select kind, recorded_at, null, null, null from ({withdrawals.EVER}) w",
    )


def of_readers(connection: Connection[Row], position: int) -> str:
    """JSON text: of what readers see at a position. How long a correction took: for how long they saw the wrong version
    as they are told it."""
    return _figures(
        connection,
        _facts_seen(),
        "select c.kind, c.published_at as at, said.cause, said.affects, t.public_seconds::float8 as seconds"
        f" from ({public_changes.told(_COUNTED)}) c"
        " cross join lateral json_to_record(c.reader::json) as said (cause text, affects json)"
        f" left join lateral {public_time('c.story', 'c.wrong_from', 'c.published_position')} t"
        "  on c.wrong_from is not null"
        f" union all select kind, recorded_at, null, null, null from ({withdrawals.STANDING}) w",
        position,
    )


def _facts_seen() -> str:
    """SQL: how many facts readers see, those that were withdrawn after they had seen them, too."""
    return (
        f"select count(*) from {SHOWN} as shown join fact_versions v"
        " on box(point(v.story, v.from_position), point(v.story, v.to_position - 1))"
        "    @> box(point(shown.story, shown.content), point(shown.story, shown.content))"
        f" where {SEEN} is not null"
    )


def _figures(connection: Connection[Row], facts: str, changes: str, position: int | None = None) -> str:
    """`facts`: SQL of their number; `changes`: SQL of each correction and retraction, with what a correction says, and
    of each story that was killed or taken down."""
    row = connection.execute(
        f"with change as materialized ({changes}), by_cause as ("
        "  select cause, count(*) as number from change where cause is not null group by cause"
        "), by_affects as ("
        "  select word, count(*) as number from change cross join lateral ("
        "   select distinct word from json_array_elements_text(affects) as word) as affected group by word"
        "), by_month as ("
        "  select to_char(at at time zone 'UTC', 'YYYY-MM') as month,"
        "   count(*) filter (where kind = 'correction') as corrections,"
        "   count(*) filter (where kind = 'retraction') as retractions,"
        "   count(*) filter (where kind = 'kill') as kills, count(*) filter (where kind = 'takedown') as takedowns"
        "  from change group by 1 order by 1 desc limit %(months)s"
        f") select ({facts}), count(*) filter (where kind = 'correction'),"
        " count(*) filter (where kind = 'retraction'), count(*) filter (where kind = 'kill'),"
        " count(*) filter (where kind = 'takedown'), percentile_cont(0.5) within group (order by seconds),"
        " (select json_object_agg(cause, number) from by_cause),"
        " (select json_object_agg(word, number) from by_affects),"
        " (select json_agg(by_month order by month) from by_month)"
        " from change",
        {"months": limits.MONTHS, "position": position},
    ).fetchone()
    assert row is not None
    number, corrections, retractions, kills, takedowns, median, causes, affects, months = row
    return orjson.dumps(
        {
            "facts": number,
            "corrections": corrections,
            "retractions": retractions,
            "kills": kills,
            "takedowns": takedowns,
            "corrections_per_100_facts": 100 * corrections / number if number else None,
            "median_seconds_to_correction": median,
            "by_cause": {cause: (causes or {}).get(cause, 0) for cause in get_args(Cause)},
            "by_affects": {word: (affects or {}).get(word, 0) for word in get_args(Affects)},
            "by_month": months or [],
        }
    ).decode()
