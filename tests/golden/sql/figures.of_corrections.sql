select (
    with about as materialized (
        select substr(what, 7) as step, sum(number) over (order by what) - number as before, sum(number) over
              () as total
        from figures
        where whose = %(whose)s
          and source = ''
          and what >= 'about '
          and what < 'about!'
    )
    select avg(us)::float8 / 1000000
    from (
        select distinct total
        from about
    ) as of_all
    cross join lateral unnest(array[div(total - 1, 2), div(total, 2)]) as rank
    cross join lateral (
        select *
        from about
        where before <= rank
        order by before desc
        limit 1
    ) as near
    cross join lateral (
        select right(what, 16)::bigint as us
        from (
            select what, before + sum(number) over (order by what) as upto
            from figures
            where whose = %(whose)s
              and source = ''
              and what >= 'seconds ' || step
              and what < 'seconds ' || step || '!'
        ) as each_one
        where upto > rank
        order by what
        limit 1
    ) as exact
), (
    select json_object_agg(what, number)
    from (
        select what, number
        from figures
        where whose = %(whose)s
          and source = ''
          and ( what >= 'affects ' and what < 'month ' or what in ('retractions', 'takedowns'))
        union all (
            select what, number
            from figures
            where whose = %(whose)s
              and source = ''
              and what > 'month '
              and what < 'month!'
            order by what desc
            limit %(months)s
        )
    ) as f
)
