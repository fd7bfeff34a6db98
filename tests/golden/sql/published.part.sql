select n.public_slug, shown.edition_at
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
) as shown
join story_now n on n.story = shown.story
left join (
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
) as goes_on on goes_on.story = n.merged_into
where goes_on.story is null
order by shown.story
limit %(limit)s
offset %(before)s
