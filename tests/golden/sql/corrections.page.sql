select c.position, left(c.desk, -1) || ',"by":' || coalesce(m.desk, 'null') || coalesce(',"public_from":"' ||
      to_char(t.public_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"', '') || coalesce(',"public_to":"'
      || to_char(p.published_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","public_seconds":'
      || t.public_seconds, '') || '}'
from corrections c
left join members m on m.member = c.actor
left join public_changes p on p.story = c.story
  and p.revision = c.revision
left join lateral (
    select min(since) as public_from, max(until) as public_to, round(extract(epoch from sum(until - since)), 6)
          as public_seconds
    from (
        select since, is_open, content, lead(since) over (order by from_position) as until
        from publications z
        where z.story = c.story
          and from_position > c.wrong_from
          and from_position <= coalesce(p.published_position, 9007199254740991)
    ) s
    where is_open
      and until is not null
      and content >= c.wrong_from
) t on true
where c.position < %(before)s
  and c.story = (
    select story
    from story_slugs
    where slug = %(story)s
)
order by c.position desc
limit %(limit)s

select c.position, left(c.desk, -1) || ',"by":' || coalesce(m.desk, 'null') || coalesce(',"public_from":"' ||
      to_char(t.public_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"', '') || coalesce(',"public_to":"'
      || to_char(p.published_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","public_seconds":'
      || t.public_seconds, '') || '}'
from corrections c
left join members m on m.member = c.actor
left join public_changes p on p.story = c.story
  and p.revision = c.revision
left join lateral (
    select min(since) as public_from, max(until) as public_to, round(extract(epoch from sum(until - since)), 6)
          as public_seconds
    from (
        select since, is_open, content, lead(since) over (order by from_position) as until
        from publications z
        where z.story = c.story
          and from_position > c.wrong_from
          and from_position <= coalesce(p.published_position, 9007199254740991)
    ) s
    where is_open
      and until is not null
      and content >= c.wrong_from
) t on true
where c.position < %(before)s
order by c.position desc
limit %(limit)s
