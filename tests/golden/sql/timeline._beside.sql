with e as not materialized (
    select edition, from_position, since
    from publications
    where story = %(story)s::bigint
      and is_edition
) (
    select 'first' as place, *
    from e
    order by from_position
    limit 1
)
union all (
    select 'last', *
    from e
    order by from_position desc
    limit 1
)
union all (
    select 'up to', *
    from e
    where from_position <= %(edition)s
    order by from_position desc
    limit 2
)
union all (
    select 'beyond', *
    from e
    where from_position > %(edition)s
    order by from_position
    limit 2
)
