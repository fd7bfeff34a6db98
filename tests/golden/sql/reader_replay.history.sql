select seen.position, seen.at, ('{' || v.shared || case when not v.is_tombstone then v.reader_only else (
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
) end || '}'), v.reader_stories
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
  and ('{' || v.shared || case when not v.is_tombstone then v.reader_only else (
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
) end || '}') is not null
order by seen.position
limit %(limit)s
