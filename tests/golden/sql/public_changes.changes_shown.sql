select published_position, revision, (
    select public_slug
    from story_now n
    where n.story = c.story
), text
from (
    select c.published_position, c.revision, c.story, left(c.reader, -1) || coalesce(',"statement":' || c.withdrawn,
          '') || coalesce(',"public_from":"' || to_char(t.public_from at time zone 'UTC',
          'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","public_seconds":' || t.public_seconds, '') || '}' as text
    from (
        select c.*, (
            select wrong_from
            from corrections k
            where (k.story, k.revision) = (c.story, c.revision)
        ) as wrong_from, case when c.kind = 'retraction' then (left(was.desk, was.alike_before) || was.reader
              || right(was.desk, was.alike_after))::json -> 'statement' end as withdrawn
        from public_changes c
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
            where one.story = c.story
            offset 0
        ) as shown
        left join lateral (
            select *
            from fact_versions
            where (story, fact) = (c.story, c.fact)
              and from_position <= c.before_content
            order by from_position desc
            limit 1
        ) was on true
        left join lateral (
            select *
            from fact_versions
            where (story, fact) = (c.story, c.fact)
              and from_position <= c.content
              and was.reader is not null
              and (c.wrong_version is null or was.version >= c.wrong_version)
            order by from_position desc
            limit 1
        ) became on true
        where (c.published_position, c.revision) < (%(published)s, %(revision)s)
          and c.kind = any(%(kinds)s)
          and c.story = (
            select story
            from story_slugs
            where slug = %(slug)s
              and public_from is not null
        )
          and c.story = c.story
          and c.published_position <= %(position)s
          and (c.fact is null or became.reader is not null)
        order by c.published_position desc, c.revision desc
        limit %(limit)s
    ) c
    left join lateral (
        select min(since) as public_from, max(until) as public_to, round(extract(epoch from sum(until - since)),
              6) as public_seconds
        from (
            select since, is_open, content, lead(since) over (order by from_position) as until
            from publications z
            where z.story = c.story
              and from_position > c.wrong_from
              and from_position <= c.published_position
        ) s
        where is_open
          and until is not null
          and content >= c.wrong_from
    ) t on c.wrong_from is not null
) c
order by c.published_position desc, c.revision desc

select published_position, revision, (
    select public_slug
    from story_now n
    where n.story = c.story
), text
from (
    select c.published_position, c.revision, c.story, left(c.reader, -1) || coalesce(',"statement":' || c.withdrawn,
          '') || coalesce(',"public_from":"' || to_char(t.public_from at time zone 'UTC',
          'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","public_seconds":' || t.public_seconds, '') || '}' as text
    from (
        select c.*, (
            select wrong_from
            from corrections k
            where (k.story, k.revision) = (c.story, c.revision)
        ) as wrong_from, case when c.kind = 'retraction' then (left(was.desk, was.alike_before) || was.reader
              || right(was.desk, was.alike_after))::json -> 'statement' end as withdrawn
        from public_changes c
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
            where one.story = c.story
            offset 0
        ) as shown
        left join lateral (
            select *
            from fact_versions
            where (story, fact) = (c.story, c.fact)
              and from_position <= c.before_content
            order by from_position desc
            limit 1
        ) was on true
        left join lateral (
            select *
            from fact_versions
            where (story, fact) = (c.story, c.fact)
              and from_position <= c.content
              and was.reader is not null
              and (c.wrong_version is null or was.version >= c.wrong_version)
            order by from_position desc
            limit 1
        ) became on true
        where (c.published_position, c.revision) < (%(published)s, %(revision)s)
          and c.kind = any(%(kinds)s)
          and c.story = c.story
          and c.published_position <= %(position)s
          and (c.fact is null or became.reader is not null)
        order by c.published_position desc, c.revision desc
        limit %(limit)s
    ) c
    left join lateral (
        select min(since) as public_from, max(until) as public_to, round(extract(epoch from sum(until - since)),
              6) as public_seconds
        from (
            select since, is_open, content, lead(since) over (order by from_position) as until
            from publications z
            where z.story = c.story
              and from_position > c.wrong_from
              and from_position <= c.published_position
        ) s
        where is_open
          and until is not null
          and content >= c.wrong_from
    ) t on c.wrong_from is not null
) c
order by c.published_position desc, c.revision desc
