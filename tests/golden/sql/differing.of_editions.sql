select exists(
    select
    from fact_versions
    where story = %(story)s
      and terms = 'off_record'
)

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
select p.from_position, case when was.text is null then 'new_fact' else 'fact' end, touched.fact
from edition p
cross join lateral (
    select p.before as content
) b
cross join lateral (
    select fact
    from revisions r
    where r.story = p.story
      and r.fact is not null
      and r.position > least(b.content, p.content)
      and r.position <= greatest(b.content, p.content)
    union
    select v.fact
    from revisions r
    cross join lateral (
        select fact
        from fact_versions
        where box(point(story, from_position), point(story, to_position - 1)) @> box(point(r.story, r.position))
          and from_position = r.position
    ) v
    where r.story = p.story
      and r.kind = 'dateline'
      and r.position > least(b.content, p.content)
      and r.position <= greatest(b.content, p.content)
) touched
left join lateral (
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
      and v.fact = touched.fact
      and v.from_position <= b.content
    order by v.from_position desc
    limit 1
) was on true
left join lateral (
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
      and v.fact = touched.fact
      and v.from_position <= p.content
    order by v.from_position desc
    limit 1
) now on true
where was.text is distinct from now.text
union all
select p.from_position, part, 0
from edition p
cross join lateral (
    select p.before as content
) b
cross join lateral (
    select (
        select reader
        from story_versions
        where story = p.story
          and part = 'head'
          and item = 0
          and from_position <= b.content
        order by from_position desc
        limit 1
    )::json as was, (
        select reader
        from story_versions
        where story = p.story
          and part = 'head'
          and item = 0
          and from_position <= p.content
        order by from_position desc
        limit 1
    )::json as now
) head
cross join lateral (values ('headline', head.was ->> 'headline' is distinct from head.now ->> 'headline'), ('dateline',
      (head.was -> 'dateline')::text is distinct from (head.now -> 'dateline')::text), ('copy', (
    select reader
    from story_versions
    where story = p.story
      and part = 'copy'
      and item = 0
      and from_position <= b.content
    order by from_position desc
    limit 1
) is distinct from (
    select reader
    from story_versions
    where story = p.story
      and part = 'copy'
      and item = 0
      and from_position <= p.content
    order by from_position desc
    limit 1
)), ('notes', (
    select array_agg(reader order by item)
    from story_versions
    where story = p.story
      and part = 'note'
      and reader is not null
      and from_position <= b.content
      and to_position > b.content
) is distinct from (
    select array_agg(reader order by item)
    from story_versions
    where story = p.story
      and part = 'note'
      and reader is not null
      and from_position <= p.content
      and to_position > p.content
)) ) as said (part, differs)
where differs

with recursive edition as (
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
), named (source) as ((
    select source
    from source_usage
    where story = %(story)s::bigint
    order by source
    limit 1
) union all select (
    select source
    from source_usage
    where story = %(story)s::bigint
      and source > named.source
    order by source
    limit 1
) from named where named.source is not null), given as materialized (
    select named.source, n.from_position
    from named
    cross join lateral (
        select from_position
        from source_names
        where source = named.source
          and from_position > (
            select min(seen_before)
            from edition
        )
          and from_position <= (
            select max(from_position)
            from edition
        )
        offset 0
    ) n
)
select p.from_position, p.source, was.name, now.name, count(*) over (partition by p.from_position)
from (
    select distinct edition.*, given.source
    from edition
    join given on given.from_position > seen_before
      and given.from_position <= edition.from_position
) p
cross join lateral (
    select name
    from (
        select p.source as slug
    ) s, lateral (
        select *
        from source_names
        where source = slug
          and from_position <= p.seen_before
        order by from_position desc
        limit 1
    ) n
) was
cross join lateral (
    select name
    from (
        select p.source as slug
    ) s, lateral (
        select *
        from source_names
        where source = slug
          and from_position <= p.from_position
        order by from_position desc
        limit 1
    ) n
) now
where was.name <> now.name
  and exists (
    select
    from source_usage u
    cross join lateral (
        select reader_sources
        from fact_versions v
        where v.story = u.story
          and v.fact = u.fact
          and v.from_position <= p.before
        order by v.from_position desc
        limit 1
    ) v
    where u.source = p.source
      and u.story = p.story
      and u.from_position <= p.before
      and u.to_position > p.before
      and u.source = any(v.reader_sources)
)
  and exists (
    select
    from source_usage u
    cross join lateral (
        select reader_sources
        from fact_versions v
        where v.story = u.story
          and v.fact = u.fact
          and v.from_position <= p.content
        order by v.from_position desc
        limit 1
    ) v
    where u.source = p.source
      and u.story = p.story
      and u.from_position <= p.content
      and u.to_position > p.content
      and u.source = any(v.reader_sources)
)
order by 1, 2
