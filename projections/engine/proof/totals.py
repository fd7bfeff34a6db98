"""What the figures must be, counted at once: over all stories, from rows that were compared with the events before."""

from typing import Final

from projections.views import public_changes
from projections.views.figures import durations
from projections.views.public_changes import public_time
from projections.views.view import OPEN
from projections.views.visibility import SEEN, SHOWN

# Each with what it is counted as: what readers see of which story, and what the desk has of which source.
_COUNTED: Final = f"""
with seen as materialized (
    select v.story, v.fact, v.reader_sources from {SHOWN} as shown
    join fact_versions v on v.story = shown.story
        and v.from_position <= shown.content and shown.content < v.to_position
    where {SEEN} is not null
), told as materialized (
    {public_changes.told("c.kind in ('correction', 'retraction')")}
), withdrawn as (
    select distinct on (p.story) p.story, p.since as at,
        case e.topic when 'story-killed.v1' then 'kills' else 'takedowns' end as kind
    from publications p
    join publications latest on latest.story = p.story and latest.to_position = {OPEN}
        and latest.tombstone = p.tombstone
    join events e on e.position = p.from_position
    where p.first_at is not null order by p.story, p.from_position
), change as materialized (
    select c.story, c.kind || 's' as kind, c.published_at as at, c.reader::json as said, t.public_seconds as seconds
    from told c left join lateral {public_time("c.story", "c.wrong_from", "c.published_position")} t
        on c.wrong_from is not null
    union all select story, kind, at, null, null from withdrawn
), reader (story, source, what, number) as (
    select story, source, what, count(*) from (
        select story, '' as source, 'facts' as what from seen
        union all select story, '', kind from change
        union all select story, '', 'month ' || to_char(at at time zone 'UTC', 'YYYY-MM') || ' ' || kind from change
        union all select story, '', 'cause ' || (said ->> 'cause') from change where said ->> 'cause' is not null
        union all select story, '', 'affects ' || word from change cross join lateral (
            select distinct word from json_array_elements_text(said -> 'affects') as word) as affected
        union all select story, '', duration.what from change cross join {durations("seconds")}
        union all select story, source, 'facts' from seen cross join unnest(reader_sources) as source
        union all select distinct story, source, 'stories' from seen cross join unnest(reader_sources) as source
        union all select s.story, source, 'corrected' from seen s cross join unnest(s.reader_sources) as source
            where exists (select from told c where c.story = s.story and c.fact = s.fact and c.kind = 'correction')
    ) as each_one group by story, source, what
), leaning as materialized (
    select source, story, fact, min(from_position) as since from source_usage group by source, story, fact
), wrong as materialized (
    select c.*, c.desk::json as said from corrections c where c.fact is not null
), took as (
    select c.story, duration.what from wrong c join public_changes p on p.story = c.story and p.revision = c.revision
        cross join lateral {public_time("c.story", "c.wrong_from", "p.published_position")} t
        cross join {durations("extract(epoch from p.published_at - t.public_from)")}
), gone as (
    select case e.topic when 'fact-retracted.v1' then 'retractions' when 'story-killed.v1' then 'kills'
        else 'takedowns' end as kind, e.recorded_at as at
    from events e left join publications p on p.from_position = e.position
    where e.position <= %(position)s and (e.topic = 'fact-retracted.v1'
        or e.topic in ('story-killed.v1', 'story-taken-down.v1') and p.first_at is not null)
    union all select 'corrections', (said ->> 'recorded_at')::timestamptz from wrong
), desk (source, what) as (
    select '', 'facts' from events where topic = 'fact-reported.v1' and position <= %(position)s
    union all select '', kind from gone
    union all select '', 'month ' || to_char(at at time zone 'UTC', 'YYYY-MM') || ' ' || kind from gone
    union all select '', 'cause ' || (said ->> 'cause') from wrong
    union all select '', 'affects ' || word from wrong cross join lateral (
        select distinct word from json_array_elements_text(said -> 'affects') as word) as affected
    union all select '', what from took
    union all select source, 'facts' from leaning
    union all select source, 'stories' from (select distinct source, story from leaning) as stories
    union all select source, 'corrected' from leaning l where exists (
        select from corrections c where c.story = l.story and c.fact = l.fact and c.position > l.since)
    union all select l.source, 'retracted' from leaning l
        join fact_versions v on v.story = l.story and v.fact = l.fact and v.to_position = {OPEN}
        where v.desk::json ->> 'standing' = 'retracted'
)"""

# By table, SQL: the rows that it must have when the views are at %(position)s.
EXPECTED: Final = {
    "figures": f"""{_COUNTED}
        select 'reader' as whose, source, what, sum(number)::bigint as number from reader group by source, what
        union all select 'desk', source, what, count(*) from desk group by source, what""",
    "figures_of_stories": f"""{_COUNTED}
        select story, whose, source, jsonb_object_agg(what, number)::text as adds from (
            select story, 'reader' as whose, source, what, number from reader
            union all select story, 'desk', '', what, count(*) from took group by story, what
        ) as added group by story, whose, source""",
}
