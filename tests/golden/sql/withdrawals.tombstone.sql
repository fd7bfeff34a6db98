select r.tombstone, to_char(r.first_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), t.public_seconds::float8
from (
    select coalesce(latest.tombstone, past.tombstone) as tombstone, latest.story, latest.first_at, case when
          latest.tombstone is null then past.from_position else latest.from_position end as position
    from publications latest
    left join publications past on past.story = latest.story
      and past.from_position <= %(position)s
      and past.to_position > %(position)s
      and past.first_at is not null
    where latest.story = %(story)s
      and latest.to_position = 9007199254740991
      and latest.first_at is not null
      and (latest.tombstone is not null or latest.is_open)
) r
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
where r.tombstone is not null
