with leaning as (
    select story, fact, min(from_position) as since
    from source_usage
    where source = %(source)s
    group by story, fact
)
select count(*), count(distinct story), count(*) filter (where exists (
    select
    from corrections c
    where c.story = l.story
      and c.fact = l.fact
      and c.position > l.since
)), count(*) filter (where (
    select is_tombstone
    from fact_versions v
    where v.story = l.story
      and v.fact = l.fact
      and v.to_position = 9007199254740991
))
from leaning l
