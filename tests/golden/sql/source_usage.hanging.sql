select %(source)s as source
union all
select source
from sources
where merged_into = %(source)s

select json_build_object('leaning', count(*), 'stories', count(distinct story), 'alone', count(*) filter (where
      alone), 'stories_alone', count(distinct story) filter (where alone))::text
from (
    select story, fact, bool_or(alone)
      or (story, fact) in (
        select *
        from unnest(%b::bigint[], %b::int[])
    ) as alone
    from source_usage
    where source = any(%b)
      and to_position = 9007199254740991
    group by story, fact
) as leaning
