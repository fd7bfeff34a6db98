select s.story, r.part, r.item, coalesce(f.text, v.text), f.names, case when r.part = 'copy' then (
    select array_agg(fact)
    from fact_versions
    where box(point(story, from_position), point(story, to_position - 1)) @> box(point(s.story, s.content),
          point(s.story, s.content))
      and reader_only is null
) end
from unnest(%(stories)s::bigint[], %(contents)s::bigint[]) as s (story, content)
cross join lateral (
    select part, item
    from (
        select *
        from search
        where box(point(story, from_position), point(story, to_position - 1)) @> box(point(s.story, s.content),
              point(s.story, s.content))
        offset 0
    ) held
    where words @@ %(any)s::tsquery
      and (reader_words is null or reader_words @@ %(any)s::tsquery)
    group by part, item
    order by part, item
    limit %(limit)s
) r
left join lateral (
    select ('{' || v.shared || v.reader_only || '}') as text, reader_sources as names
    from fact_versions v
    where r.part = 'fact'
      and story = s.story
      and fact = r.item
      and from_position <= s.content
    order by from_position desc
    limit 1
) f on true
left join lateral (
    select reader as text
    from story_versions
    where r.part <> 'fact'
      and story = s.story
      and part = r.part
      and from_position <= s.content
    order by from_position desc
    limit 1
) v on true
order by s.story desc, r.part, r.item

select s.story, r.part, r.item, coalesce(f.text, v.text), f.names, case when r.part = 'copy' then null::int[]
      end
from unnest(%(stories)s::bigint[], %(contents)s::bigint[]) as s (story, content)
cross join lateral (
    select part, item
    from (
        select *
        from search
        where box(point(story, from_position), point(story, to_position - 1)) @> box(point(s.story, s.content),
              point(s.story, s.content))
        offset 0
    ) held
    where words @@ %(any)s::tsquery
    group by part, item
    order by part, item
    limit %(limit)s
) r
left join lateral (
    select ('{' || v.shared || v.desk_only || '}') as text, sources as names
    from fact_versions v
    where r.part = 'fact'
      and story = s.story
      and fact = r.item
      and from_position <= s.content
    order by from_position desc
    limit 1
) f on true
left join lateral (
    select desk as text
    from story_versions
    where r.part <> 'fact'
      and story = s.story
      and part = r.part
      and from_position <= s.content
    order by from_position desc
    limit 1
) v on true
order by s.story desc, r.part, r.item
