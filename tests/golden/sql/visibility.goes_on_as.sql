select n.public_slug
from story_now n
left join lateral (
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
) as shown on true
where n.story = %(story)s
  and (shown.story is not null or exists (
    select
    from publications p
    where p.story = n.story
      and p.to_position = 9007199254740991
      and p.first_at is not null
      and p.tombstone is not null
))
