select s.story, s.content, '{"revision":' || s.revision || ',"published_at":"' || to_char(s.edition_at at time
      zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '",' || substr(v.reader, 2)
from (
    select *
    from (
        select story, content, revision, edition_at
        from (
            select latest.story, past.revision, past.content, past.edition_position, past.edition_at, past.first_at,
                  past.signals
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
        ) as shown
        where true
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
          and (reader_words is null or reader_words @@ %(word0)s::tsquery)
        limit 1
    ) is null
    order by story desc
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

select s.story, s.content, '{"revision":' || s.revision || ',"published_at":"' || to_char(s.edition_at at time
      zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '",' || substr(v.reader, 2)
from (
    select *
    from (
        with found as materialized (
            select story, from_position, to_position
            from search
            where words @@ (
                select %(rarest)s::tsquery
            )
              and (reader_words is null or reader_words @@ (
                select %(rarest)s::tsquery
            ))
        ), stories as materialized (
            select distinct story
            from found
            where story < %(before)s
        )
        select *
        from (
            select distinct shown.story, content, revision, edition_at
            from stories
            cross join lateral (
                select *
                from (
                    select latest.story, past.revision, past.content, past.edition_position, past.edition_at,
                          past.first_at, past.signals
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
          and story < %(before)s
        order by story desc
        offset 0
    ) s
    order by story desc
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

select s.story, s.content, '{"revision":' || s.revision || ',"published_at":"' || to_char(s.edition_at at time
      zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '",' || substr(v.reader, 2)
from (
    select *
    from (
        with found as materialized (
            select story, from_position, to_position
            from search
            where words @@ (
                select %(rarest)s::tsquery
            )
              and (reader_words is null or reader_words @@ (
                select %(rarest)s::tsquery
            ))
        ), stories as materialized (
            select distinct story
            from found
            where story < %(before)s
        )
        select *
        from (
            select distinct shown.story, content, revision, edition_at
            from stories
            cross join lateral (
                select *
                from (
                    select latest.story, past.revision, past.content, past.edition_position, past.edition_at,
                          past.first_at, past.signals
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
          and (reader_words is null or reader_words @@ %(word0)s::tsquery)
        limit 1
    ) is not null
    order by story desc
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

select s.story, s.content, '{"revision":' || s.revision || ',"published_at":"' || to_char(s.edition_at at time
      zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '",' || substr(v.reader, 2)
from (
    select story, content, revision, edition_at
    from (
        select latest.story, past.revision, past.content, past.edition_position, past.edition_at, past.first_at,
              past.signals
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
    ) as shown
    where true
      and story < %(before)s
    order by story desc
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
