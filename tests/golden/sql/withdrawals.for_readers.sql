select r.position, r.revision, n.public_slug, n.first_public_slug, r.tombstone, to_char(t.public_from at time
      zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), t.public_seconds::text
from (
    select *
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
    ) s
    where position < %(before)s
      and story = (
        select story
        from story_slugs
        where slug = %(story)s
          and public_from is not null
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
order by r.position desc

select r.position, r.revision, n.public_slug, n.first_public_slug, r.tombstone, to_char(t.public_from at time
      zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), t.public_seconds::text
from (
    select *
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
order by r.position desc
