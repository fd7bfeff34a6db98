select '{"request":"' || r.request || '","story":"' || r.story || '"' || ',"phrase":' || coalesce((w.body::json
      -> 'phrase')::text, 'null') || ',"concern":' || coalesce((w.body::json -> 'concern')::text, 'null') ||
      ',"asked_at":"' || to_char(r.asked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ||
      '","state":"' || r.state || '"' || coalesce(',"acknowledged_at":' || (said.acknowledged ->
      'acknowledged_at')::text, '') || coalesce(',"answered_at":"' || to_char(r.answered_at at time zone 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"', '') || coalesce(',"told":' || (said.answer -> 'told')::text, '')
      || coalesce(',"correction":{"fact":' || c.fact || ',"version":' || (said.answer ->> 'version') ||
      ',"edition":' || (c.reader::json ->> 'edition') || ',"revision":' || c.revision || ',"published_at":"'
      || to_char(c.published_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"}', '') || '}'
from correction_requests r
join bodies w on w.position = r.position
cross join lateral (
    select ('{' || r.acknowledged || '}')::json as acknowledged, ('{' || r.answer || '}}')::json -> 'answer'
          as answer
) as said
left join story_slugs n on n.slug = r.story
left join revisions made on made.story = n.story
  and made.fact = (said.answer ->> 'fact')::int
  and made.version = (said.answer ->> 'version')::int
  and made.kind = 'correction'
left join lateral (
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
    where c.story = made.story
      and c.revision = made.revision
      and c.story = c.story
      and c.published_position <= %(position)s
      and (c.fact is null or became.reader is not null)
) c on true
where r.request = %(request)s
