with change as materialized (
    select 'correction' as kind, said.recorded_at as at, said.cause, said.affects, extract(epoch from p.published_at
          - t.public_from)::float8 as seconds
    from corrections c
    cross join lateral json_to_record(c.desk::json) as said (recorded_at timestamptz, cause text, affects json)
    left join public_changes p on p.story = c.story
      and p.revision = c.revision
    left join lateral (
        select min(since) as public_from, max(until) as public_to, round(extract(epoch from sum(until - since)),
              6) as public_seconds
        from (
            select since, is_open, content, lead(since) over (order by from_position) as until
            from publications
            where publications.story = c.story
              and from_position > c.wrong_from
              and from_position <= p.published_position
        ) spell
        where is_open
          and until is not null
          and content >= c.wrong_from
    ) t on p.published_position is not null
    union all
    select kind, recorded_at, null, null, null
    from revisions
    where kind = 'retraction'
    union all
    select kind, recorded_at, null, null, null
    from (
        select r.*, p.tombstone
        from revisions r
        join publications p on p.story = r.story
          and p.from_position = r.position
        where r.kind in ('kill', 'takedown')
          and p.first_at is not null
    ) w
), by_cause as (
    select cause, count(*) as number
    from change
    where cause is not null
    group by cause
), by_affects as (
    select word, count(*) as number
    from change
    cross join lateral (
        select distinct word
        from json_array_elements_text(affects) as word
    ) as affected
    group by word
), by_month as (
    select to_char(at at time zone 'UTC', 'YYYY-MM') as month, count(*) filter (where kind = 'correction') as
          corrections, count(*) filter (where kind = 'retraction') as retractions, count(*) filter (where kind
          = 'kill') as kills, count(*) filter (where kind = 'takedown') as takedowns
    from change
    group by 1
    order by 1 desc
    limit %(months)s
)
select (
    select coalesce(sum(facts), 0)::bigint
    from story_now
), count(*) filter (where kind = 'correction'), count(*) filter (where kind = 'retraction'), count(*) filter (where
      kind = 'kill'), count(*) filter (where kind = 'takedown'), percentile_cont(0.5) within
group (order by seconds), (
    select json_object_agg(cause, number)
    from by_cause
), (
    select json_object_agg(word, number)
    from by_affects
), (
    select json_agg(by_month order by month)
    from by_month
)
from change

with change as materialized (
    select c.kind, c.published_at as at, said.cause, said.affects, t.public_seconds::float8 as seconds
    from (
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
            where one.story = c.story
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
        where c.kind in ('correction', 'retraction')
          and c.story = c.story
          and c.published_position <= %(position)s
          and (c.fact is null or became.reader_only is not null)
    ) c
    cross join lateral json_to_record(c.reader::json) as said (cause text, affects json)
    left join lateral (
        select min(since) as public_from, max(until) as public_to, round(extract(epoch from sum(until - since)),
              6) as public_seconds
        from (
            select since, is_open, content, lead(since) over (order by from_position) as until
            from publications
            where publications.story = c.story
              and from_position > c.wrong_from
              and from_position <= c.published_position
        ) spell
        where is_open
          and until is not null
          and content >= c.wrong_from
    ) t on c.wrong_from is not null
    union all
    select kind, recorded_at, null, null, null
    from (
        select w.*
        from (
            select r.*, p.tombstone
            from revisions r
            join publications p on p.story = r.story
              and p.from_position = r.position
            where r.kind in ('kill', 'takedown')
              and p.first_at is not null
        ) w
        join publications latest on latest.story = w.story
          and latest.to_position = 9007199254740991
          and latest.tombstone = w.tombstone
        where w.position <= %(position)s
    ) w
), by_cause as (
    select cause, count(*) as number
    from change
    where cause is not null
    group by cause
), by_affects as (
    select word, count(*) as number
    from change
    cross join lateral (
        select distinct word
        from json_array_elements_text(affects) as word
    ) as affected
    group by word
), by_month as (
    select to_char(at at time zone 'UTC', 'YYYY-MM') as month, count(*) filter (where kind = 'correction') as
          corrections, count(*) filter (where kind = 'retraction') as retractions, count(*) filter (where kind
          = 'kill') as kills, count(*) filter (where kind = 'takedown') as takedowns
    from change
    group by 1
    order by 1 desc
    limit %(months)s
)
select (
    select count(*)
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
    ) as shown
    join fact_versions v on box(point(v.story, v.from_position), point(v.story, v.to_position - 1)) @> box(point(shown.story,
          shown.content), point(shown.story, shown.content))
    where ('{' || v.shared || case when not v.is_tombstone then v.reader_only else (
        select v.reader_only || ',"statement":' || (('{' || stood.shared || '}')::json -> 'statement')::text
        from publications edition
        join lateral (
            select shared, reader_only, is_tombstone
            from fact_versions
            where story = v.story
              and fact = v.fact
              and from_position <= edition.content
            order by from_position desc
            limit 1
        ) stood on stood.reader_only is not null
          and not stood.is_tombstone
        where edition.story = v.story
          and edition.is_edition
          and edition.content < v.from_position
        order by edition.from_position desc
        limit 1
    ) end || '}') is not null
), count(*) filter (where kind = 'correction'), count(*) filter (where kind = 'retraction'), count(*) filter (where
      kind = 'kill'), count(*) filter (where kind = 'takedown'), percentile_cont(0.5) within
group (order by seconds), (
    select json_object_agg(cause, number)
    from by_cause
), (
    select json_object_agg(word, number)
    from by_affects
), (
    select json_agg(by_month order by month)
    from by_month
)
from change
