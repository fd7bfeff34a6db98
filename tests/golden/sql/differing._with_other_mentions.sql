with edition as (
    select p.story, p.from_position, p.content, b.content as before, b.from_position as seen_before
    from unnest(%(editions)s::bigint[]) e (position)
    join publications p on p.story = %(story)s
      and p.from_position = e.position
    join lateral (
        select from_position, content
        from publications earlier
        where earlier.story = p.story
          and earlier.is_edition
          and earlier.from_position < p.from_position
        order by earlier.from_position desc
        limit 1
    ) b on true
)
select p.from_position, p.seen_before, m.fact, m.text
from edition p
cross join lateral (
    select p.before as content
) b
cross join lateral (
    select exists(
        select
        from revisions r
        where r.story = p.story
          and r.kind in ('retraction', 'reversion', 'tightening', 'loosening')
          and r.position > least(b.content, p.content)
          and r.position <= greatest(b.content, p.content)
    ) as has_moved
) own
cross join lateral (
    select fact, reader_stories, (left(v.desk, v.alike_before) || v.reader || right(v.desk, v.alike_after)) as
          text
    from fact_versions v
    where v.story = p.story
      and v.reader_stories <> '{}'
      and v.from_position <= p.content
      and v.to_position > p.content
) m
join lateral (
    select (left(v.desk, v.alike_before) || v.reader || case when not v.is_tombstone then right(v.desk, v.alike_after)
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
    ) end) as text
    from fact_versions v
    where v.story = p.story
      and v.fact = m.fact
      and v.from_position <= b.content
    order by v.from_position desc
    limit 1
) was on was.text = m.text
where exists (
    select
    from story_slugs n
    where n.slug = any(m.reader_stories)
      and case when n.story = p.story then own.has_moved else exists (
        select
        from publications o
        where o.story = n.story
          and o.from_position > p.seen_before
          and o.from_position <= p.from_position
    ) end
)
