select (
    select json_build_object('facts', count(*), 'stories', count(distinct l.story), 'corrected', count(*)
          filter (where exists (
        select
        from corrections c
        where c.story = l.story
          and c.fact = l.fact
          and c.position > l.since
    )), 'retracted', count(*) filter (where v.desk::json ->> 'standing' = 'retracted'))
    from (
        select story, fact, min(from_position) as since
        from source_usage
        join (
            select s.source as source
            union all
            select source
            from sources
            where merged_into = s.source
        ) t using (source)
        group by story, fact
    ) l
    join fact_versions v on v.story = l.story
      and v.fact = l.fact
      and v.to_position = 9007199254740991
)
from sources s
where source = %s
  and joined is not null
