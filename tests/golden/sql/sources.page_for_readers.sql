select position, letters, left(reader, -1) || ',"figures":' || (
    select json_build_object('facts', coalesce(sum(number) filter (where what = 'facts'), 0), 'stories',
          coalesce(sum(number) filter (where what = 'stories'), 0), 'corrected', coalesce(sum(number) filter (where
          what = 'corrected'), 0))
    from figures f
    where f.whose = 'reader'
      and f.source = s.source
) || '}'
from ( (
    select s.source, position, letters, n.reader
    from sources s
    join source_names n using (source)
    where not is_renamed
      and array_to_tsvector(s.ends) @@ %(named)s::tsquery
      and (s.letters, s.position) > (%(letters)s, %(after)s)
      and exists (
        select
        from figures f
        where f.whose = 'reader'
          and f.source = s.source
          and f.what = 'facts'
    )
    order by letters, position
    limit %(limit)s
) union all select source, position, letters, reader from (
    select s.source, s.position, length(known.name) as letters, known.reader, known.ends
    from sources s
    cross join lateral (
        select *
        from source_names n
        where n.source = s.source
          and (n.from_position = s.position or exists (
            select
            from figures_of_stories f
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
                where one.story = f.story
                offset 0
            ) as shown
            where f.whose = 'reader'
              and f.source = s.source
              and shown.edition_position >= n.from_position
        ))
        order by from_position desc
        limit 1
    ) as known
    where s.is_renamed
      and exists (
        select
        from figures f
        where f.whose = 'reader'
          and f.source = s.source
          and f.what = 'facts'
    )
) s where array_to_tsvector(ends) @@ %(named)s::tsquery and (s.letters, s.position) > (%(letters)s, %(after)s))
      s
order by letters, position
limit %(limit)s

select position, letters, left(reader, -1) || ',"figures":' || (
    select json_build_object('facts', coalesce(sum(number) filter (where what = 'facts'), 0), 'stories',
          coalesce(sum(number) filter (where what = 'stories'), 0), 'corrected', coalesce(sum(number) filter (where
          what = 'corrected'), 0))
    from figures f
    where f.whose = 'reader'
      and f.source = s.source
) || '}'
from ( (
    select s.source, position, letters, n.reader
    from sources s
    join source_names n using (source)
    where not is_renamed
      and position < %(before)s
      and exists (
        select
        from figures f
        where f.whose = 'reader'
          and f.source = s.source
          and f.what = 'facts'
    )
    order by position desc
    limit %(limit)s
) union all select source, position, letters, reader from (
    select s.source, s.position, length(known.name) as letters, known.reader, known.ends
    from sources s
    cross join lateral (
        select *
        from source_names n
        where n.source = s.source
          and (n.from_position = s.position or exists (
            select
            from figures_of_stories f
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
                where one.story = f.story
                offset 0
            ) as shown
            where f.whose = 'reader'
              and f.source = s.source
              and shown.edition_position >= n.from_position
        ))
        order by from_position desc
        limit 1
    ) as known
    where s.is_renamed
      and exists (
        select
        from figures f
        where f.whose = 'reader'
          and f.source = s.source
          and f.what = 'facts'
    )
) s where position < %(before)s) s
order by position desc
limit %(limit)s
