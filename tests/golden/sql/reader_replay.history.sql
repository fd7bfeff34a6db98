select seen.position, seen.at, (left(v.desk, v.alike_before) || v.reader || case when not v.is_tombstone then
      right(v.desk, v.alike_after) else (
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
) end), v.reader_stories
from fact_versions v
join lateral (
    select p.from_position as position, p.since as at, p.content
    from publications p
    where p.story = v.story
      and p.is_edition
      and p.from_position > v.from_position
      and p.from_position <= %(upto)s
      and p.content >= v.from_position
    order by p.from_position
    limit 1
) seen on seen.content < v.to_position
where v.story = %(story)s
  and v.fact = %(fact)s
  and seen.position > %(after)s
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
order by seen.position
limit %(limit)s
