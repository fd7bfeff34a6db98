with seen as materialized (
    select v.story, v.fact, v.reader_sources
    from unnest(%(stories)s::bigint[]) as moved (story)
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
        where one.story = moved.story
        offset 0
    ) as shown
    join fact_versions v on v.story = shown.story
      and v.from_position <= shown.content
      and shown.content < v.to_position
    where (left(v.desk, v.alike_before) || v.reader || case when not v.is_tombstone then right(v.desk, v.alike_after)
          else (
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
    ) end) is not null
), told as materialized (
    select c.*, (
        select wrong_from
        from corrections k
        where (k.story, k.revision) = (c.story, c.revision)
    ) as wrong_from, case when c.kind = 'retraction' then (left(was.desk, was.alike_before) || was.reader ||
          right(was.desk, was.alike_after))::json -> 'statement' end as withdrawn
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
    where c.story = any(%(stories)s)
      and c.kind in ('correction', 'retraction')
      and c.story = c.story
      and c.published_position <= %(position)s
      and (c.fact is null or became.reader is not null)
), change as materialized (
    select c.story, c.kind || 's' as kind, c.published_at as at, said.cause, said.affects, t.public_seconds
    from told c
    cross join lateral json_to_record(c.reader::json) as said (cause text, affects json)
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
    union all
    select p.story, said.kind || 's', said.since, null, null, null
    from publications p
    cross join lateral json_to_record(p.tombstone::json) as said (kind text, since timestamptz)
    where p.story = any(%(stories)s)
      and p.to_position = 9007199254740991
      and p.first_at is not null
      and p.tombstone is not null
), each_one (story, whose, source, what) as (
    select story, 'reader', '', 'facts'
    from seen
    union all
    select story, 'reader', '', unnest(array[ kind, 'month ' || to_char(at at time zone 'UTC', 'YYYY-MM') ||
          ' ' || kind, 'cause ' || cause ])
    from change
    union all
    select story, 'reader', '', 'affects ' || word
    from change
    cross join lateral (
        select distinct word
        from json_array_elements_text(affects) as word
    ) as affected
    union all
    select story, 'reader', '', duration.what
    from change
    cross join lateral (
        select unnest(array['about ' || step, 'seconds ' || step || ' ' || lpad(us::text, 16, '0')]) as what
        from (
            select us, lpad(floor(16 * ln(us + 1) / ln(2))::int::text, 4, '0') as step
            from (
                select round(public_seconds * 1000000)::bigint as us
            ) as exact
        ) as stepped
        where us is not null
    ) as duration
    union all
    select s.story, 'reader', source, unnest(array['facts', case when exists (
        select
        from told c
        where c.story = s.story
          and c.fact = s.fact
          and c.kind = 'correction'
    ) then 'corrected' end])
    from seen s
    cross join unnest(s.reader_sources) as source
    union all
    select distinct story, 'reader', source, 'stories'
    from seen
    cross join unnest(reader_sources) as source
    union all
    select c.story, 'desk', '', duration.what
    from corrections c
    join public_changes p on p.story = c.story
      and p.revision = c.revision
    cross join lateral (
        select min(since) as public_from, max(until) as public_to, round(extract(epoch from sum(until - since)),
              6) as public_seconds
        from (
            select since, is_open, content, lead(since) over (order by from_position) as until
            from publications z
            where z.story = c.story
              and from_position > c.wrong_from
              and from_position <= p.published_position
        ) s
        where is_open
          and until is not null
          and content >= c.wrong_from
    ) t
    cross join lateral (
        select unnest(array['about ' || step, 'seconds ' || step || ' ' || lpad(us::text, 16, '0')]) as what
        from (
            select us, lpad(floor(16 * ln(us + 1) / ln(2))::int::text, 4, '0') as step
            from (
                select round(extract(epoch from p.published_at - t.public_from) * 1000000)::bigint as us
            ) as exact
        ) as stepped
        where us is not null
    ) as duration
    where c.story = any(%(stories)s)
)
select story, whose, source, jsonb_object_agg(what, number)::text
from (
    select story, whose, source, what, count(*) as number
    from each_one
    where what is not null
    group by 1, 2, 3, 4
) as counted
group by 1, 2, 3
