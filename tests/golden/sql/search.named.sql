select s.story, s.content, '{"edition":' || s.edition || ',"revision":' || s.revision || ',"published_at":"'
      || to_char(s.edition_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '",' || substr(v.reader,
      2)
from (
    select n.story, shown.content, shown.edition, shown.revision, shown.edition_at
    from (
        select distinct story
        from story_slugs
        where slug = any(%(slugs)s)
          and public_from is not null
    ) n
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
        where one.story = n.story
        offset 0
    ) as shown
    where n.story <= %(position)s
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
