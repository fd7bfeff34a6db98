with wanted as materialized (
    select *
    from unnest(%(slugs)s::text[], %(facts)s::int[], %(positions)s::bigint[]) as one (slug, fact, position)
), stories as materialized (
    select moment.slug, moment.position, shown.story, shown.content
    from (
        select distinct slug, position
        from wanted
    ) as moment
    join story_slugs n on n.slug = moment.slug
      and n.public_from <= moment.position
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
                  and from_position <= moment.position
                order by from_position desc
                limit 1
            ) past
            where latest.story <= moment.position
              and latest.to_position = 9007199254740991
              and latest.is_open
              and latest.content is not null
              and past.is_open
              and past.content is not null
        ) as one
        where one.story = n.story
        offset 0
    ) as shown
)
select slug, wanted.fact, position
from wanted
join stories s using (slug, position)
join lateral (
    select *
    from fact_versions f
    where f.story = s.story
      and f.fact = wanted.fact
      and f.from_position <= s.content
    order by f.from_position desc
    limit 1
) v on true
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
