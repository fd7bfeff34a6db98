with facts as not materialized (
    select fact, from_position, desk as text, desk, sources, actors::text[] as others
    from fact_versions
    where box(point(story, from_position), point(story, to_position - 1)) @> box(point(%(story)s, %(content)s))
), alike as materialized (
    select fact
    from facts
    where (%(numbers)s::int[] is null or fact = any(%(numbers)s::int[]))
      and (%(since)s::bigint is null or from_position > %(since)s::bigint)
      and (%(source)s::text is null or %(source)s::text = any(sources))
      and (%(kind)s::text is null or text::json ->> 'kind' = %(kind)s::text)
      and (%(verification)s::text is null or text::json ->> 'verification' = %(verification)s::text)
      and (not %(is_set_right)s::bool or desk::json #>> '{changed,kind}' in ('correction', 'retraction',
          'clarification', 'reversion') or desk::json -> 'corrected' is not null)
), page as (
    select fact, text, sources, others, row_number() over (order by fact) as place, sum(octet_length(text))
          over (order by fact) as bytes
    from facts
    where fact in (
        select fact
        from alike
        where fact > %(after)s
        order by fact
        limit %(limit)s
    )
)
select 0 as place, coalesce(max(fact), 0), null, array[(
    select count(*)
    from facts
)::text, count(*)::text], null
from alike
union all
select 1, fact, text, sources, others
from page
where bytes <= %(bytes)s
  or place = 1
order by place, 2
