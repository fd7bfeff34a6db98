select reader_sources, reader_stories, ('{' || v.shared || case when not v.is_tombstone then v.reader_only
      else (
    select v.reader_only || ',"statement":' || (('{' || stood.shared || '}')::json -> 'statement')::text
    from publications edition
    join lateral (
        select shared, reader_only, is_tombstone
        from fact_versions
        where story = v.story
          and fact = v.fact
          and from_position <= edition.content
        order by from_position desc
        limit 1
    ) stood on stood.reader_only is not null
      and not stood.is_tombstone
    where edition.story = v.story
      and edition.is_edition
      and edition.content < v.from_position
    order by edition.from_position desc
    limit 1
) end || '}')
from fact_versions v
where story = %s
  and fact = %s
  and from_position <= %s
order by from_position desc
limit 1
