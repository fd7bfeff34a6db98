select known.reader
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
where s.source = %(source)s
  and exists (
    select
    from figures f
    where f.whose = 'reader'
      and f.source = s.source
      and f.what = 'facts'
)
