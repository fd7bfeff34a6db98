with facts as not materialized (
    select fact, from_position, (left(v.desk, v.alike_before) || v.reader || case when not v.is_tombstone then
          right(v.desk, v.alike_after) else (
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
    ) end) as text, null as desk, reader_sources as sources, reader_stories as others
    from fact_versions v
    where box(point(story, from_position), point(story, to_position - 1)) @> box(point(%(story)s, %(content)s))
      and reader is not null
      and (not is_tombstone or (left(v.desk, v.alike_before) || v.reader || case when not v.is_tombstone then
          right(v.desk, v.alike_after) else (
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
    ) end) is not null)
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
