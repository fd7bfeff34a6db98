select s.story, r.part, r.item, coalesce(f.text, v.text, n.name), case when r.part = 'copy' then (
    select array_agg(fact)
    from fact_versions
    where box(point(story, from_position), point(story, to_position - 1)) @> box(point(s.story, s.content))
      and reader is null
) end
from unnest(%(stories)s::bigint[], %(contents)s::bigint[]) as s (story, content)
cross join lateral (
    select part, item, source, from_position
    from (
        select *
        from search
        where box(point(story, from_position), point(story, to_position - 1)) @> box(point(s.story, s.content))
        offset 0
    ) held
    where words @@ %(any)s::tsquery
      and (reader_words is null or reader_words @@ %(any)s::tsquery)
    group by part, item, source, from_position
    order by part, item, source
    limit %(limit)s
) r
left join lateral (
    select (left(v.desk, v.alike_before) || v.reader || right(v.desk, v.alike_after)) as text
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
    where r.part in ('head', 'copy')
      and story = s.story
      and part = r.part
      and from_position <= s.content
    order by from_position desc
    limit 1
) v on true
left join source_names n on r.part = 'source'
  and n.source = r.source
  and n.from_position <= r.from_position
  and r.from_position < n.to_position
order by s.story desc, r.part, r.item, r.source

select s.story, r.part, r.item, coalesce(f.text, v.text, n.name), case when r.part = 'copy' then null::int[]
      end
from unnest(%(stories)s::bigint[], %(contents)s::bigint[]) as s (story, content)
cross join lateral (
    select part, item, source, from_position
    from (
        select *
        from search
        where box(point(story, from_position), point(story, to_position - 1)) @> box(point(s.story, s.content))
        offset 0
    ) held
    where words @@ %(any)s::tsquery
    group by part, item, source, from_position
    order by part, item, source
    limit %(limit)s
) r
left join lateral (
    select v.desk as text
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
    where r.part in ('head', 'copy')
      and story = s.story
      and part = r.part
      and from_position <= s.content
    order by from_position desc
    limit 1
) v on true
left join source_names n on r.part = 'source'
  and n.source = r.source
  and n.from_position <= r.from_position
  and r.from_position < n.to_position
order by s.story desc, r.part, r.item, r.source
