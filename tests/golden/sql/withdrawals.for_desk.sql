select r.position, '{"story":"' || n.slug || '",' || substr(left('{"revision":' || r.revision ||
      ',"position":' || r.position || ',"recorded_at":"' || to_char(r.recorded_at at time zone 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","actor":"' || r.actor || '","kind":"' || r.kind ||
      '","substantive":' || r.substantive || coalesce(',"fact":' || r.fact || ',"version":' || r.version, '')
      || r.desk || coalesce((
    select ',"change":"' || e.request_id || '"'
    from events e
    where e.position = r.position
      and substr(e.request_id::text, 15, 1) = '8'
), '') || ',"event_id":"' || r.event_id || '","by":' || coalesce(m.desk, case r.actor when
      'd0839e20-22b3-5661-8376-f57b5c355ddc' then '"operator"' when 'ce1b945e-bc0d-595a-9500-eac35bcd2723'
      then '"the ledger"' when 'f63270dd-cccb-5b25-bae3-12f6fa32e73d' then '"a reader"' else 'null' end) ||
      '}', -1), 2) || ',"public_from":"' || to_char(t.public_from at time zone 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","public_to":"' || to_char(t.public_to at time zone 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","public_seconds":' || t.public_seconds || '}'
from (
    select *
    from (
        select r.*, p.tombstone
        from revisions r
        join publications p on p.story = r.story
          and p.from_position = r.position
        where r.kind in ('kill', 'takedown')
          and p.first_at is not null
    ) s
    where position < %(before)s
      and story = (
        select story
        from story_slugs
        where slug = %(story)s
    )
    order by position desc
    limit %(limit)s
) r
join story_now n on n.story = r.story
cross join lateral (
    select min(since) as public_from, max(until) as public_to, round(extract(epoch from sum(until - since)), 6)
          as public_seconds
    from (
        select since, is_open, content, lead(since) over (order by from_position) as until
        from publications z
        where z.story = r.story
          and from_position > 0
          and from_position <= r.position
    ) s
    where is_open
      and until is not null
      and content >= 0
) t
left join members m on m.member = r.actor
order by r.position desc

select r.position, '{"story":"' || n.slug || '",' || substr(left('{"revision":' || r.revision ||
      ',"position":' || r.position || ',"recorded_at":"' || to_char(r.recorded_at at time zone 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","actor":"' || r.actor || '","kind":"' || r.kind ||
      '","substantive":' || r.substantive || coalesce(',"fact":' || r.fact || ',"version":' || r.version, '')
      || r.desk || coalesce((
    select ',"change":"' || e.request_id || '"'
    from events e
    where e.position = r.position
      and substr(e.request_id::text, 15, 1) = '8'
), '') || ',"event_id":"' || r.event_id || '","by":' || coalesce(m.desk, case r.actor when
      'd0839e20-22b3-5661-8376-f57b5c355ddc' then '"operator"' when 'ce1b945e-bc0d-595a-9500-eac35bcd2723'
      then '"the ledger"' when 'f63270dd-cccb-5b25-bae3-12f6fa32e73d' then '"a reader"' else 'null' end) ||
      '}', -1), 2) || ',"public_from":"' || to_char(t.public_from at time zone 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","public_to":"' || to_char(t.public_to at time zone 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","public_seconds":' || t.public_seconds || '}'
from (
    select *
    from (
        select r.*, p.tombstone
        from revisions r
        join publications p on p.story = r.story
          and p.from_position = r.position
        where r.kind in ('kill', 'takedown')
          and p.first_at is not null
    ) s
    where position < %(before)s
      and true
    order by position desc
    limit %(limit)s
) r
join story_now n on n.story = r.story
cross join lateral (
    select min(since) as public_from, max(until) as public_to, round(extract(epoch from sum(until - since)), 6)
          as public_seconds
    from (
        select since, is_open, content, lead(since) over (order by from_position) as until
        from publications z
        where z.story = r.story
          and from_position > 0
          and from_position <= r.position
    ) s
    where is_open
      and until is not null
      and content >= 0
) t
left join members m on m.member = r.actor
order by r.position desc
