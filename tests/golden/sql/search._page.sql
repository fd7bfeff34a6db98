select s.story, s.content, '{"edition":' || s.edition || ',"revision":' || s.revision || ',"published_at":"'
      || to_char(s.edition_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '",' || substr(v.reader,
      2)
from (
    select *
    from (
        select *
        from (
            with found as materialized (
                select story, from_position, to_position
                from search
                where words @@ (
                    select %(word0)s::tsquery
                )
                  and (reader_words is null or reader_words @@ (
                    select %(word0)s::tsquery
                ))
            ), stories as materialized (
                select distinct story
                from found
                where story < %(before)s
            )
            select *
            from (
                select distinct shown.story, content, edition, revision, edition_at
                from stories
                cross join lateral (
                    select *
                    from (
                        select latest.story, past.revision, past.content, past.edition, past.edition_position,
                              past.edition_at, past.first_at, past.signals
                        from publications latest
                        cross join lateral (
                            select *
                            from publications
                            where story = latest.story
                              and from_position <= %(position)s
                            order by from_position desc
                            limit 1
                        ) past
                        where latest.story <= %(position)s
                          and latest.to_position = 9007199254740991
                          and latest.is_open
                          and latest.content is not null
                          and past.is_open
                          and past.content is not null
                    ) as one
                    where one.story = stories.story
                    offset 0
                ) as shown
                join found on found.story = shown.story
                where found.from_position <= content
                  and content < found.to_position
            ) as seen
            where true
        ) as found
        where story < %(before)s
        order by story desc
        offset 0
    ) s
    where true
    limit %(limit)s
) s
join lateral (
    select reader
    from story_versions v
    where v.story = s.story
      and v.part = 'head'
      and v.from_position <= s.content
    order by v.from_position desc
    limit 1
) v on true
order by s.story desc

select s.story, s.content, '{"edition":' || s.edition || ',"revision":' || s.revision || ',"published_at":"'
      || to_char(s.edition_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '",' || substr(v.reader,
      2)
from (
    select *
    from (
        select *
        from (
            with found as materialized (
                select story, from_position, to_position
                from search
                where words @@ (
                    select %(word1)s::tsquery
                )
                  and (reader_words is null or reader_words @@ (
                    select %(word1)s::tsquery
                ))
            ), stories as materialized (
                select distinct story
                from found
                where story < %(before)s
            )
            select *
            from (
                select distinct shown.story, content, edition, revision, edition_at
                from stories
                cross join lateral (
                    select *
                    from (
                        select latest.story, past.revision, past.content, past.edition, past.edition_position,
                              past.edition_at, past.first_at, past.signals
                        from publications latest
                        cross join lateral (
                            select *
                            from publications
                            where story = latest.story
                              and from_position <= %(position)s
                            order by from_position desc
                            limit 1
                        ) past
                        where latest.story <= %(position)s
                          and latest.to_position = 9007199254740991
                          and latest.is_open
                          and latest.content is not null
                          and past.is_open
                          and past.content is not null
                    ) as one
                    where one.story = stories.story
                    offset 0
                ) as shown
                join found on found.story = shown.story
                where found.from_position <= content
                  and content < found.to_position
            ) as seen
            where true
        ) as found
        where story < %(before)s
        order by story desc
        offset 0
    ) s
    where true
      and (
        select true
        from (
            select *
            from search
            where box(point(story, from_position), point(story, to_position - 1)) @> box(point(s.story, s.content))
            offset 0
        ) held
        where words @@ %(word0)s::tsquery
          and (reader_words is null or reader_words @@ %(word0)s::tsquery)
        limit 1
    ) is not null
    limit %(limit)s
) s
join lateral (
    select reader
    from story_versions v
    where v.story = s.story
      and v.part = 'head'
      and v.from_position <= s.content
    order by v.from_position desc
    limit 1
) v on true
order by s.story desc

select s.story, s.content, '{"edition":' || s.edition || ',"revision":' || s.revision || ',"published_at":"'
      || to_char(s.edition_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '",' || substr(v.reader,
      2)
from (
    with recursive walk as (
        select first.*
        from (
            select next.story, shown.content, shown.edition, shown.revision, shown.edition_at
            from (
                select story
                from publications
                where to_position = 9007199254740991
                  and story < %(before)s
                  and story <= %(position)s
                order by story desc
                limit 1
            ) as next
            left join lateral (
                select *
                from (
                    select latest.story, past.revision, past.content, past.edition, past.edition_position,
                          past.edition_at, past.first_at, past.signals
                    from publications latest
                    cross join lateral (
                        select *
                        from publications
                        where story = latest.story
                          and from_position <= %(position)s
                        order by from_position desc
                        limit 1
                    ) past
                    where latest.story <= %(position)s
                      and latest.to_position = 9007199254740991
                      and latest.is_open
                      and latest.content is not null
                      and past.is_open
                      and past.content is not null
                ) as one
                where one.story = next.story
                offset 0
            ) as shown on true
        ) as first
        union all
        select next.*
        from walk w
        cross join lateral (
            select next.story, shown.content, shown.edition, shown.revision, shown.edition_at
            from (
                select story
                from publications
                where to_position = 9007199254740991
                  and story < w.story
                  and story <= %(position)s
                order by story desc
                limit 1
            ) as next
            left join lateral (
                select *
                from (
                    select latest.story, past.revision, past.content, past.edition, past.edition_position,
                          past.edition_at, past.first_at, past.signals
                    from publications latest
                    cross join lateral (
                        select *
                        from publications
                        where story = latest.story
                          and from_position <= %(position)s
                        order by from_position desc
                        limit 1
                    ) past
                    where latest.story <= %(position)s
                      and latest.to_position = 9007199254740991
                      and latest.is_open
                      and latest.content is not null
                      and past.is_open
                      and past.content is not null
                ) as one
                where one.story = next.story
                offset 0
            ) as shown on true
        ) as next
    )
    select *
    from walk s
    where s.content is not null
      and (
        select true
        from (
            select *
            from search
            where box(point(story, from_position), point(story, to_position - 1)) @> box(point(s.story, s.content))
            offset 0
        ) held
        where words @@ %(word0)s::tsquery
          and (reader_words is null or reader_words @@ %(word0)s::tsquery)
        limit 1
    ) is null
    limit %(limit)s
) s
join lateral (
    select reader
    from story_versions v
    where v.story = s.story
      and v.part = 'head'
      and v.from_position <= s.content
    order by v.from_position desc
    limit 1
) v on true
order by s.story desc

select s.story, s.content, '{"edition":' || s.edition || ',"revision":' || s.revision || ',"published_at":"'
      || to_char(s.edition_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '",' || substr(v.reader,
      2)
from (
    with recursive walk as (
        select first.*
        from (
            select next.story, shown.content, shown.edition, shown.revision, shown.edition_at
            from (
                select story
                from publications
                where to_position = 9007199254740991
                  and story < %(before)s
                  and story <= %(position)s
                order by story desc
                limit 1
            ) as next
            left join lateral (
                select *
                from (
                    select latest.story, past.revision, past.content, past.edition, past.edition_position,
                          past.edition_at, past.first_at, past.signals
                    from publications latest
                    cross join lateral (
                        select *
                        from publications
                        where story = latest.story
                          and from_position <= %(position)s
                        order by from_position desc
                        limit 1
                    ) past
                    where latest.story <= %(position)s
                      and latest.to_position = 9007199254740991
                      and latest.is_open
                      and latest.content is not null
                      and past.is_open
                      and past.content is not null
                ) as one
                where one.story = next.story
                offset 0
            ) as shown on true
        ) as first
        union all
        select next.*
        from walk w
        cross join lateral (
            select next.story, shown.content, shown.edition, shown.revision, shown.edition_at
            from (
                select story
                from publications
                where to_position = 9007199254740991
                  and story < w.story
                  and story <= %(position)s
                order by story desc
                limit 1
            ) as next
            left join lateral (
                select *
                from (
                    select latest.story, past.revision, past.content, past.edition, past.edition_position,
                          past.edition_at, past.first_at, past.signals
                    from publications latest
                    cross join lateral (
                        select *
                        from publications
                        where story = latest.story
                          and from_position <= %(position)s
                        order by from_position desc
                        limit 1
                    ) past
                    where latest.story <= %(position)s
                      and latest.to_position = 9007199254740991
                      and latest.is_open
                      and latest.content is not null
                      and past.is_open
                      and past.content is not null
                ) as one
                where one.story = next.story
                offset 0
            ) as shown on true
        ) as next
    )
    select *
    from walk s
    where s.content is not null
    limit %(limit)s
) s
join lateral (
    select reader
    from story_versions v
    where v.story = s.story
      and v.part = 'head'
      and v.from_position <= s.content
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
), 0) || ',"state":"' || coalesce((
    select p.desk::json ->> 'state'
    from publications p
    where p.story = s.story
      and p.from_position <= %(position)s
    order by p.from_position desc
    limit 1
), 'draft') || '",' || substr(v.desk, 2)
from (
    select *
    from (
        select *
        from (
            with found as materialized (
                select story, from_position, to_position
                from search
                where words @@ (
                    select %(word0)s::tsquery
                )
            )
            select distinct story, %(position)s::bigint as content
            from found
            where from_position <= %(position)s
              and %(position)s < to_position
        ) as found
        where story < %(before)s
        order by story desc
        offset 0
    ) s
    where true
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
), 0) || ',"state":"' || coalesce((
    select p.desk::json ->> 'state'
    from publications p
    where p.story = s.story
      and p.from_position <= %(position)s
    order by p.from_position desc
    limit 1
), 'draft') || '",' || substr(v.desk, 2)
from (
    select *
    from (
        select *
        from (
            with found as materialized (
                select story, from_position, to_position
                from search
                where words @@ (
                    select %(word1)s::tsquery
                )
            )
            select distinct story, %(position)s::bigint as content
            from found
            where from_position <= %(position)s
              and %(position)s < to_position
        ) as found
        where story < %(before)s
        order by story desc
        offset 0
    ) s
    where true
      and (
        select true
        from (
            select *
            from search
            where box(point(story, from_position), point(story, to_position - 1)) @> box(point(s.story, s.content))
            offset 0
        ) held
        where words @@ %(word0)s::tsquery
        limit 1
    ) is not null
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
), 0) || ',"state":"' || coalesce((
    select p.desk::json ->> 'state'
    from publications p
    where p.story = s.story
      and p.from_position <= %(position)s
    order by p.from_position desc
    limit 1
), 'draft') || '",' || substr(v.desk, 2)
from (
    with recursive walk as (
        select first.*
        from (
            select story, %(position)s::bigint as content
            from story_now
            where story < %(before)s
              and story <= %(position)s
            order by story desc
            limit 1
        ) as first
        union all
        select next.*
        from walk w
        cross join lateral (
            select story, %(position)s::bigint as content
            from story_now
            where story < w.story
              and story <= %(position)s
            order by story desc
            limit 1
        ) as next
    )
    select *
    from walk s
    where s.content is not null
      and (
        select true
        from (
            select *
            from search
            where box(point(story, from_position), point(story, to_position - 1)) @> box(point(s.story, s.content))
            offset 0
        ) held
        where words @@ %(word0)s::tsquery
        limit 1
    ) is null
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
), 0) || ',"state":"' || coalesce((
    select p.desk::json ->> 'state'
    from publications p
    where p.story = s.story
      and p.from_position <= %(position)s
    order by p.from_position desc
    limit 1
), 'draft') || '",' || substr(v.desk, 2)
from (
    with recursive walk as (
        select first.*
        from (
            select story, %(position)s::bigint as content
            from story_now
            where story < %(before)s
              and story <= %(position)s
            order by story desc
            limit 1
        ) as first
        union all
        select next.*
        from walk w
        cross join lateral (
            select story, %(position)s::bigint as content
            from story_now
            where story < w.story
              and story <= %(position)s
            order by story desc
            limit 1
        ) as next
    )
    select *
    from walk s
    where s.content is not null
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
