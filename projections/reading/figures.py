"""The corrections in figures: "how often are we wrong, in what, and for how long?"."""

from collections.abc import Mapping
from itertools import groupby
from typing import Final, get_args

import orjson
from psycopg import Connection

from ledger import limits
from ledger.store.database import Row
from ledger.words import Affects, Cause
from projections.reading.replay import Clock, Viewer
from projections.views.figures import OF_A_MONTH

_OF_A_MONTH: Final = tuple(OF_A_MONTH.values())
# How long each took, of which there are as many as corrections, is not read: of the steps of about as long, those in
# which the middle lies, and of these each.
_MEDIAN: Final = (
    "with about as materialized (select substr(what, 7) as step, sum(number) over (order by what) - number as before,"
    "  sum(number) over () as total from figures"
    "  where whose = %(whose)s and source = '' and what >= 'about ' and what < 'about!')"
    " select avg(us)::float8 / 1000000 from (select distinct total from about) as of_all"
    " cross join lateral unnest(array[div(total - 1, 2), div(total, 2)]) as rank"
    " cross join lateral (select * from about where before <= rank order by before desc limit 1) as near"
    " cross join lateral (select right(what, 16)::bigint as us from ("
    "   select what, before + sum(number) over (order by what) as upto from figures"
    "   where whose = %(whose)s and source = '' and what >= 'seconds ' || step and what < 'seconds ' || step || '!'"
    "  ) as each_one where upto > rank order by what limit 1) as exact"
)
_FIGURES: Final = (
    "select what, number from figures where whose = %(whose)s and source = '' and ("
    "  what >= 'affects ' and what < 'month ' or what in ('retractions', 'takedowns'))"
    " union all (select what, number from figures where whose = %(whose)s and source = ''"
    "  and what > 'month ' and what < 'month!' order by what desc limit %(months)s)"
)


# By the clock of whoever they come from: how many were made in another month than they were recorded in, and how long
# it was from when the wrong version was made. Of what says no time of its own the ledger's is taken.
_MADE: Final = (
    "select r.story, r.position, r.kind, r.recorded_at,"
    " (('{' || substr(r.desk, 2) || '}')::json #>> '{origin,created}')::timestamptz as made"
    """ from revisions r where r.desk like '%%"origin":%%'"""
)
_OF_SOURCES: Final = (
    f"with made as materialized ({_MADE}), moved as ("
    "  select kind, to_char(recorded_at at time zone 'UTC', 'YYYY-MM') as was,"
    "  to_char(made at time zone 'UTC', 'YYYY-MM') as now, count(*) as number"
    "  from made where made is not null and kind in ('correction', 'retraction') group by 1, 2, 3"
    ") select (select coalesce(json_agg(moved), '[]') from moved),"
    " (select extract(epoch from percentile_cont(0.5) within group (order by right_one.made - wrong.made))::float8"
    "  from corrections c join made right_one on (right_one.story, right_one.position) = (c.story, c.position)"
    "  join made wrong on (wrong.story, wrong.position) = (c.story, c.wrong_from)"
    "  where wrong.made <= right_one.made)"
)


def of_corrections(connection: Connection[Row], view: Viewer, clock: Clock = "recorded") -> str:
    """JSON text. To the desk, of all that is recorded; how long a correction took: from when readers first saw the
    wrong version to when they were told that it was wrong, held or not in between. To readers, of what they see; how
    long: for how long they saw the wrong version as they are told it. clock: `source` counts in the month in which
    whoever they come from made them, on their word, and how long it was from when the wrong version was made."""
    row = connection.execute(
        f"select ({_MEDIAN}), (select json_object_agg(what, number) from ({_FIGURES}) as f)",
        {"whose": view, "months": len(_OF_A_MONTH) * limits.MONTHS},
    ).fetchone()
    assert row is not None
    median: float | None = row[0]
    found: dict[str, int] = row[1] or {}
    if clock == "source":
        median = _by_their_clock(connection, found)
    facts, corrections = found.get("facts", 0), found.get("corrections", 0)
    return orjson.dumps(
        {
            **({"clock": clock} if clock == "source" else {}),
            "facts": facts,
            **{what: found.get(what, 0) for what in _OF_A_MONTH},
            "corrections_per_100_facts": 100 * corrections / facts if facts else None,
            "median_seconds_to_correction": median,
            "by_cause": {cause: found.get(f"cause {cause}", 0) for cause in get_args(Cause)},
            "by_affects": {word: found.get(f"affects {word}", 0) for word in get_args(Affects)},
            "by_month": _by_month(found),
        }
    ).decode()


def _by_their_clock(connection: Connection[Row], found: dict[str, int]) -> float | None:
    """Counts in the months in which they were made; the median of how long it took."""
    row = connection.execute(_OF_SOURCES, {}).fetchone()
    assert row is not None
    for moved in row[0]:
        for month, number in ((moved["was"], -moved["number"]), (moved["now"], moved["number"])):
            what = f"month {month} {OF_A_MONTH[moved['kind']]}"
            found[what] = found.get(what, 0) + number
    for what in [what for what, number in found.items() if what.startswith("month ") and number <= 0]:
        del found[what]
    median: float | None = row[1]
    return median


def _by_month(found: Mapping[str, int]) -> list[dict[str, str | int]]:
    """Those in which anything was counted, the last ones, in order."""
    counted = sorted(what.split()[1:] for what in found if what.startswith("month "))
    months = [month for month, _ in groupby(counted, lambda words: words[0])]
    return [
        {"month": month, **{what: found.get(f"month {month} {what}", 0) for what in _OF_A_MONTH}}
        for month in months[-limits.MONTHS :]
    ]
