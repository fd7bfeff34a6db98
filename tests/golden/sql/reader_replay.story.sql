with facts as materialized (
    select fact, is_tombstone, reader_sources, reader_origins, reader_stories, (left(v.desk, v.alike_before)
          || v.reader || case when not v.is_tombstone then right(v.desk, v.alike_after) else (
        select ',"statement":' || (stood.desk::json -> 'statement')::text || '}'
        from publications e
        join lateral (
            select desk, reader, is_tombstone
            from fact_versions
            where story = v.story
              and fact = v.fact
              and from_position <= e.content
            order by from_position desc
            limit 1
        ) stood on stood.reader is not null
          and not stood.is_tombstone
        where e.story = v.story
          and e.is_edition
          and e.content < v.from_position
        order by e.from_position desc
        limit 1
    ) end) as text
    from fact_versions v
    where box(point(story, from_position), point(story, to_position - 1)) @> box(point(%(story)s, %(content)s))
)
select case when text is null
  and is_tombstone then 'withdrawn' when text is null then 'hidden' when is_asked then 'fact' else 'elsewhere'
      end, fact::bigint, case when is_asked then text end, 0::bigint, nullif(reader_stories, '{}')
from (
    select *, fact > %(after)s
      and fact <= %(upto)s as is_asked
    from facts
) f
union all
select part, item, text, 0, null
from (
    select part, item, reader as text
    from story_versions
    where reader is not null
      and box(point(story, from_position), point(story, to_position - 1)) @> box(point(%(story)s, %(content)s))
) s
union all
select 'change', row_number() over (order by c.published_position desc, c.revision desc), text,
      published_position, null
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
            where one.story = %(story)s::bigint
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
        where c.story = %(story)s::bigint
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
union all
select 'source', 0, reader, 0, array[slug]
from (
    select distinct unnest(reader_sources) as slug
    from facts
) s, lateral (
    select *
    from source_names
    where source = slug
      and from_position <= %(edition)s
    order by from_position desc
    limit 1
) n
union all
select 'origins', count(distinct o), null, 0, null
from facts, unnest(reader_origins) o

with facts as materialized (
    select fact, is_tombstone, reader_sources, reader_origins, reader_stories, (left(v.desk, v.alike_before)
          || v.reader || case when not v.is_tombstone then right(v.desk, v.alike_after) else (
        select ',"statement":' || (stood.desk::json -> 'statement')::text || '}'
        from publications e
        join lateral (
            select desk, reader, is_tombstone
            from fact_versions
            where story = v.story
              and fact = v.fact
              and from_position <= e.content
            order by from_position desc
            limit 1
        ) stood on stood.reader is not null
          and not stood.is_tombstone
        where e.story = v.story
          and e.is_edition
          and e.content < v.from_position
        order by e.from_position desc
        limit 1
    ) end) as text
    from fact_versions v
    where box(point(story, from_position), point(story, to_position - 1)) @> box(point(%(story)s, %(content)s))
)
select case when text is null
  and is_tombstone then 'withdrawn' when text is null then 'hidden' when is_asked then 'fact' else 'elsewhere'
      end, fact::bigint, case when is_asked then text end, 0::bigint, nullif(reader_stories, '{}')
from (
    select *, fact > %(after)s
      and fact <= %(upto)s as is_asked
    from facts
) f
union all
select part, item, text, 0, null
from (
    select part, item, reader as text
    from story_versions
    where reader is not null
      and box(point(story, from_position), point(story, to_position - 1)) @> box(point(%(story)s, %(content)s))
) s
union all
select 'change', row_number() over (order by c.published_position desc, c.revision desc), text,
      published_position, null
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
            where one.story = %(story)s::bigint
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
        where c.story = %(story)s::bigint
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
union all
select 'source', 0, reader, 0, array[slug]
from (
    select distinct unnest(reader_sources) as slug
    from facts
) s, lateral (
    select *
    from source_names
    where source = slug
      and from_position <= %(edition)s
    order by from_position desc
    limit 1
) n
union all
select 'origins', count(distinct o), null, 0, null
from facts, unnest(reader_origins) o
union all
select place, edition, since::text, from_position, null
from (
    with e as not materialized (
        select edition, from_position, since
        from publications
        where story = %(story)s::bigint
          and is_edition
    ) (
        select 'first' as place, *
        from e
        order by from_position
        limit 1
    )
    union all (
        select 'last', *
        from e
        order by from_position desc
        limit 1
    )
    union all (
        select 'up to', *
        from e
        where from_position <= %(edition)s
        order by from_position desc
        limit 2
    )
    union all (
        select 'beyond', *
        from e
        where from_position > %(edition)s
        order by from_position
        limit 2
    )
) b
