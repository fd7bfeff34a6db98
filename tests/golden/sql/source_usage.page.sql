select u.story, u.fact, '{"story":"' || n.slug || '",' || substr(v.desk, 2)
from (
    select distinct u.story, u.fact
    from (
        select %(source)s as source
        union all
        select source
        from sources
        where merged_into = %(source)s
    ) s
    cross join lateral (
        select story, fact
        from source_usage
        where source = s.source
          and to_position = 9007199254740991
          and (story, fact) > (%(story)s, %(fact)s)
        order by story, fact
        limit %(limit)s
    ) u
    order by u.story, u.fact
    limit %(limit)s
) u
join story_now n using (story)
join fact_versions v on v.story = u.story
  and v.fact = u.fact
  and v.to_position = 9007199254740991
order by u.story, u.fact
