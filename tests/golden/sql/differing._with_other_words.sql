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
select p.from_position, (
    select reader
    from story_versions
    where story = p.story
      and part = 'copy'
      and item = 0
      and from_position <= c.content
    order by from_position desc
    limit 1
), hidden, gone
from edition p
cross join lateral (values (p.before), (p.content)) c (content)
cross join lateral (
    select array_agg(fact) filter (where not is_tombstone) as hidden, array_agg(fact) filter (where
          is_tombstone) as gone
    from (
        select fact, is_tombstone, (left(v.desk, v.alike_before) || v.reader || case when not v.is_tombstone
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
        ) end) as text
        from fact_versions v
        where box(point(story, from_position), point(story, to_position - 1)) @> box(point(p.story, c.content))
    ) f
    where text is null
) unseen
order by p.from_position, c.content
