select u.story, u.fact, '{"story":"' || (
    select slug
    from story_now n
    where n.story = u.story
) || '",' || v.shared || v.reader_only || '}', v.reader_stories
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
  and (u.story, u.fact) > (%(story)s, %(fact)s)
order by u.story, u.fact
limit %(limit)s
