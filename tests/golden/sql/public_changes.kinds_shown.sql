select c.published_position, c.kind, count(*)
from (
    select c.*
    from unnest(%(editions)s::bigint[]) as edition (position)
    cross join lateral (
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
            where one.story = %(story)s::bigint
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
        where c.published_position = edition.position
          and c.story = %(story)s::bigint
          and c.published_position <= %(position)s
          and (c.fact is null or became.reader_only is not null)
        order by c.published_position desc, c.revision desc
        limit %(limit)s
    ) c
) c
group by c.published_position, c.kind
order by c.published_position, min(c.revision)
