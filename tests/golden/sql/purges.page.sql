select p.from_position, r.recorded_at, named.slugs, r.kind, array(
    select array[e.edition, e.revision]
    from publications e
    where e.story = p.story
      and e.is_edition
      and e.from_position <= p.from_position
    order by e.from_position desc
    limit %(addresses)s
), array(
    select distinct v.fact
    from fact_versions v
    where v.story = p.story
      and v.reader is not null
      and not v.is_tombstone
      and v.from_position <= s.shown
    order by v.fact
    limit %(addresses)s
), case when p.fact is not null
  or r.kind in ('hold', 'release', 'kill', 'takedown', 'restoration') then array(
    select distinct o.slug
    from fact_versions v
    join story_slugs o on o.story = v.story
      and o.public_from <= p.from_position
    join publications was on was.story = v.story
      and was.from_position <= p.from_position
      and was.to_position > p.from_position
      and was.shown >= v.from_position
    where v.reader_stories && named.slugs
      and v.reader_stories <> '{}'
      and v.story <> p.story
    order by o.slug
    limit %(prefixes)s
) else '{}' end, p.fact, array(
    select distinct unnest(v.sources) as source
    from fact_versions v
    where v.story = p.story
      and v.fact = p.fact
      and v.from_position < p.from_position
    order by source
    limit %(prefixes)s
)
from ( (
    select from_position, story, null::int as fact
    from publications
    where outdates
      and from_position > %(after)s
    order by from_position
    limit %(limit)s
) union all (
    select v.from_position, v.story, v.fact
    from fact_versions v
    where v.tightens
      and v.from_position > %(after)s
      and exists (
        select
        from publications e
        where e.story = v.story
          and e.is_edition
          and e.from_position <= v.from_position
          and e.content >= (
            select min(f.from_position)
            from fact_versions f
            where f.story = v.story
              and f.fact = v.fact
        )
    )
    order by v.from_position
    limit %(limit)s
) order by from_position limit %(limit)s) p
cross join lateral (
    select shown
    from publications s
    where s.story = p.story
      and s.from_position <= p.from_position
    order by s.from_position desc
    limit 1
) s
cross join lateral (
    select array(
        select slug
        from story_slugs n
        where n.story = p.story
          and n.public_from <= p.from_position
        order by n.slug = (
            select v.reader::json ->> 'story'
            from story_versions v
            where v.story = p.story
              and v.part = 'head'
              and v.item = 0
              and v.from_position <= s.shown
            order by v.from_position desc
            limit 1
        ) desc, n.public_from
    ) as slugs
) named
cross join lateral (
    select kind, recorded_at
    from revisions r
    where r.story = p.story
      and r.position = p.from_position
    limit 1
) r
order by p.from_position
