select reader
from sources s
where source = %(slug)s
  and (
    select true
    from source_usage u
    cross join lateral (
        select *
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
        ) as one
        where one.story = u.story
        offset 0
    ) as shown
    cross join lateral (
        select reader_sources
        from fact_versions
        where story = u.story
          and fact = u.fact
          and from_position <= shown.content
        order by from_position desc
        limit 1
    ) v
    where u.source = s.source
      and u.from_position <= shown.content
      and shown.content < u.to_position
      and s.source = any(v.reader_sources)
    limit 1
)
