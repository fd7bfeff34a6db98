select position, letters, left(left(desk, -1) || coalesce(',"discredited":' || discredited, '') || coalesce(',"provider":'
      || provider, '') || coalesce(',"other_names":' || other_names, '') || coalesce(',"former_names":' ||
      former_names, '') || coalesce(',"merged_into":"' || merged_into || '"', '') || coalesce(',"joined":' ||
      joined, '') || '}', -1) || case when joined is null then ',"figures":' || (
    select json_build_object('facts', coalesce(sum(number) filter (where what = 'facts'), 0), 'stories',
          coalesce(sum(number) filter (where what = 'stories'), 0), 'corrected', coalesce(sum(number) filter (where
          what = 'corrected'), 0), 'retracted', coalesce(sum(number) filter (where what = 'retracted'), 0))
    from figures f
    where f.whose = 'desk'
      and f.source = s.source
) || '}' else ',"figures":' || (
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
) || '}' end
from ((
    select *
    from sources s
    where array_to_tsvector(ends) @@ %(named)s::tsquery
      and (s.letters, s.position) > (%(letters)s, %(after)s)
    order by letters, position
    limit %(limit)s
) union (
    select *
    from sources s
    where joined is not null
      and exists (
        select
        from sources j
        where j.merged_into = s.source
          and array_to_tsvector(j.ends) @@ %(named)s::tsquery
          and (s.letters, s.position) > (%(letters)s, %(after)s)
    )
    order by letters, position
    limit %(limit)s
)) s
order by letters, position
limit %(limit)s

select position, letters, left(left(desk, -1) || coalesce(',"discredited":' || discredited, '') || coalesce(',"provider":'
      || provider, '') || coalesce(',"other_names":' || other_names, '') || coalesce(',"former_names":' ||
      former_names, '') || coalesce(',"merged_into":"' || merged_into || '"', '') || coalesce(',"joined":' ||
      joined, '') || '}', -1) || case when joined is null then ',"figures":' || (
    select json_build_object('facts', coalesce(sum(number) filter (where what = 'facts'), 0), 'stories',
          coalesce(sum(number) filter (where what = 'stories'), 0), 'corrected', coalesce(sum(number) filter (where
          what = 'corrected'), 0), 'retracted', coalesce(sum(number) filter (where what = 'retracted'), 0))
    from figures f
    where f.whose = 'desk'
      and f.source = s.source
) || '}' else ',"figures":' || (
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
) || '}' end
from (
    select *
    from sources s
    where position < %(before)s
    order by position desc
    limit %(limit)s
) s
order by position desc
limit %(limit)s
