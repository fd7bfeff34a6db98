with facts as materialized (
    select fact, sources, actors, origins, desk
    from fact_versions
    where box(point(story, from_position), point(story, to_position - 1)) @> box(point(%(story)s, %(position)s))
), parts as materialized (
    select part, item, actor, desk
    from story_versions
    where box(point(story, from_position), point(story, to_position - 1)) @> box(point(%(story)s, %(position)s))
), sources as materialized (
    select source, desk as text, from_position as since
    from (
        select distinct unnest(sources) as slug
        from facts
    ) s, lateral (
        select *
        from source_names
        where source = slug
          and from_position <= %(position)s::bigint
        order by from_position desc
        limit 1
    ) n
)
select 'fact', fact::text, desk
from facts
where fact > %(after)s
  and fact <= %(upto)s
union all
select 'last', '0', max(fact)::text
from facts
union all
select part, item::text, desk
from parts
union all
select 'publication', '0', (
    select desk
    from publications
    where story = %(story)s::bigint
      and from_position <= %(position)s::bigint
    order by from_position desc
    limit 1
)
union all
select 'origins', '0', count(distinct origin)::text
from facts
cross join unnest(origins) as origin
union all
select 'source', source, text
from sources
union all
select 'called', '0', max(since)::text
from sources
union all
select 'member', member::text, desk
from (
    select member, desk
    from members
    union all
    values ('d0839e20-22b3-5661-8376-f57b5c355ddc'::uuid, '"operator"'), ('ce1b945e-bc0d-595a-9500-eac35bcd2723'::uuid,
          '"the ledger"'), ('f63270dd-cccb-5b25-bae3-12f6fa32e73d'::uuid, '"a reader"')
) as everybody
where member = any(array(
    select unnest(actors)
    from facts
    union
    select actor
    from parts
))
