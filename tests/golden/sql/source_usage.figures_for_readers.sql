with leaning as (
    select u.story, u.fact
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
        select shared, reader_only, reader_sources, reader_stories
        from fact_versions
        where story = u.story
          and fact = u.fact
          and from_position <= shown.content
        order by from_position desc
        limit 1
    ) v
    where u.source = %(source)s
      and u.from_position <= shown.content
      and shown.content < u.to_position
      and %(source)s = any(v.reader_sources)
)
select count(*), count(distinct story), count(*) filter (where exists (
    select c.*, (
        select wrong_from
        from corrections k
        where k.story = c.story
          and k.revision = c.revision
    ) as wrong_from
    from public_changes c
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
        where one.story = c.story
        offset 0
    ) as shown
    left join lateral (
        select version, reader_only
        from fact_versions v
        where v.story = c.story
          and v.fact = c.fact
          and v.from_position <= c.before_content
          and true
        order by v.from_position desc
        limit 1
    ) was on true
    left join lateral (
        select version, reader_only
        from fact_versions v
        where v.story = c.story
          and v.fact = c.fact
          and v.from_position <= c.content
          and was.reader_only is not null
          and (c.wrong_version is null or was.version >= c.wrong_version)
        order by v.from_position desc
        limit 1
    ) became on true
    where c.kind = 'correction'
      and c.story = l.story
      and c.fact = l.fact
      and c.story = c.story
      and c.published_position <= %(position)s
      and (c.fact is null or became.reader_only is not null)
))
from leaning l
