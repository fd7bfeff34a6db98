select reader_sources, reader_stories, (left(v.desk, v.alike_before) || v.reader || case when not v.is_tombstone
      then right(v.desk, v.alike_after) else (
    select ',"statement":' || (stood.desk::json -> 'statement')::text || '}'
    from publications e
    join lateral (
        select desk, reader, is_tombstone
        from fact_versions
        where story = v.story
          and fact = v.fact
          and from_position <= e.content
        order by from_position desc
        limit 1
    ) stood on stood.reader is not null
      and not stood.is_tombstone
    where e.story = v.story
      and e.is_edition
      and e.content < v.from_position
    order by e.from_position desc
    limit 1
) end)
from fact_versions v
where story = %s
  and fact = %s
  and from_position <= %s
order by from_position desc
limit 1
