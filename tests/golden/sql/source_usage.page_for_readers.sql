select u.story, u.fact, '{"story":"' || (
    select public_slug
    from story_now n
    where n.story = u.story
) || '",' || substr((left(v.desk, v.alike_before) || v.reader || right(v.desk, v.alike_after)), 2), v.reader_stories,
      shown.edition_position
from figures_of_stories s
cross join lateral (
    select *
    from (
        select latest.story, past.revision, past.content, past.edition, past.edition_position, past.edition_at,
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
    where one.story = s.story
    offset 0
) as shown
cross join lateral (
    select *
    from source_usage
    where source = s.source
      and story = s.story
      and (story, fact) > (%(story)s, %(fact)s)
      and from_position <= shown.content
      and shown.content < to_position
    order by fact
) u
cross join lateral (
    select *
    from fact_versions
    where story = u.story
      and fact = u.fact
      and from_position <= shown.content
    order by from_position desc
    limit 1
) v
where s.whose = 'reader'
  and s.source = %(source)s
  and s.story >= %(story)s
  and %(source)s = any(v.reader_sources)
order by s.story, u.fact
limit %(limit)s
