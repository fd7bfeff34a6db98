select s.story, s.content, '{"revision":' || r.revision || ',"position":' || r.position || ',"facts":' ||
      coalesce((
    select max(f.fact)
    from fact_versions f
    where f.story = s.story
      and f.from_position <= %(position)s
), 0) || ',' || substr(v.desk, 2)
from (
    select *
    from (
        select story, %(position)s::bigint as content
        from story_now
        where story <= %(position)s
          and story < %(before)s
        order by story desc
        offset 0
    ) s
    where (
        select true
        from search
        where box(point(story, from_position), point(story, to_position - 1)) @> box(point(s.story, s.content),
              point(s.story, s.content))
          and words @@ %(word0)s::tsquery
        limit 1
    ) is null
    order by story desc
    limit %(limit)s
) s
join lateral (
    select revision, position
    from revisions r
    where r.story = s.story
      and r.position <= %(position)s
    order by r.position desc
    limit 1
) r on true
join lateral (
    select desk
    from story_versions v
    where v.story = s.story
      and v.part = 'head'
      and v.from_position <= %(position)s
    order by v.from_position desc
    limit 1
) v on true
order by s.story desc

select s.story, s.content, '{"revision":' || r.revision || ',"position":' || r.position || ',"facts":' ||
      coalesce((
    select max(f.fact)
    from fact_versions f
    where f.story = s.story
      and f.from_position <= %(position)s
), 0) || ',' || substr(v.desk, 2)
from (
    select *
    from (
        with found as materialized (
            select story, from_position, to_position
            from search
            where words @@ (
                select %(rarest)s::tsquery
            )
        )
        select distinct story, %(position)s::bigint as content
        from found
        where from_position <= %(position)s
          and %(position)s < to_position
          and story < %(before)s
        order by story desc
        offset 0
    ) s
    order by story desc
    limit %(limit)s
) s
join lateral (
    select revision, position
    from revisions r
    where r.story = s.story
      and r.position <= %(position)s
    order by r.position desc
    limit 1
) r on true
join lateral (
    select desk
    from story_versions v
    where v.story = s.story
      and v.part = 'head'
      and v.from_position <= %(position)s
    order by v.from_position desc
    limit 1
) v on true
order by s.story desc

select s.story, s.content, '{"revision":' || r.revision || ',"position":' || r.position || ',"facts":' ||
      coalesce((
    select max(f.fact)
    from fact_versions f
    where f.story = s.story
      and f.from_position <= %(position)s
), 0) || ',' || substr(v.desk, 2)
from (
    select *
    from (
        with found as materialized (
            select story, from_position, to_position
            from search
            where words @@ (
                select %(rarest)s::tsquery
            )
        )
        select distinct story, %(position)s::bigint as content
        from found
        where from_position <= %(position)s
          and %(position)s < to_position
          and story < %(before)s
        order by story desc
        offset 0
    ) s
    where (
        select true
        from search
        where box(point(story, from_position), point(story, to_position - 1)) @> box(point(s.story, s.content),
              point(s.story, s.content))
          and words @@ %(word0)s::tsquery
        limit 1
    ) is not null
    order by story desc
    limit %(limit)s
) s
join lateral (
    select revision, position
    from revisions r
    where r.story = s.story
      and r.position <= %(position)s
    order by r.position desc
    limit 1
) r on true
join lateral (
    select desk
    from story_versions v
    where v.story = s.story
      and v.part = 'head'
      and v.from_position <= %(position)s
    order by v.from_position desc
    limit 1
) v on true
order by s.story desc

select s.story, s.content, '{"revision":' || r.revision || ',"position":' || r.position || ',"facts":' ||
      coalesce((
    select max(f.fact)
    from fact_versions f
    where f.story = s.story
      and f.from_position <= %(position)s
), 0) || ',' || substr(v.desk, 2)
from (
    select story, %(position)s::bigint as content
    from story_now
    where story <= %(position)s
      and story < %(before)s
    order by story desc
    limit %(limit)s
) s
join lateral (
    select revision, position
    from revisions r
    where r.story = s.story
      and r.position <= %(position)s
    order by r.position desc
    limit 1
) r on true
join lateral (
    select desk
    from story_versions v
    where v.story = s.story
      and v.part = 'head'
      and v.from_position <= %(position)s
    order by v.from_position desc
    limit 1
) v on true
order by s.story desc
