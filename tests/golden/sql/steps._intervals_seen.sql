select fact, from_position, to_position
from fact_versions v
where box(point(story, from_position), point(story, to_position - 1)) && box(point(%(story)s, %(since)s),
      point(%(story)s, %(upto)s))
  and (left(v.desk, v.alike_before) || v.reader || case when not v.is_tombstone then right(v.desk, v.alike_after)
      else (
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
) end) is not null
order by fact, from_position
