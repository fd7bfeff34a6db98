with made as materialized (
    select r.story, r.position, r.kind, r.recorded_at, (('{' || substr(r.desk, 2) || '}')::json #>>
          '{origin,created}')::timestamptz as made
    from revisions r
    where r.desk like '%%"origin":%%'
), moved as (
    select kind, to_char(recorded_at at time zone 'UTC', 'YYYY-MM') as was, to_char(made at time zone 'UTC',
          'YYYY-MM') as now, count(*) as number
    from made
    where made is not null
      and kind in ('correction', 'retraction')
    group by 1, 2, 3
)
select (
    select coalesce(json_agg(moved), '[]')
    from moved
), (
    select extract(epoch from percentile_cont(0.5) within group (order by right_one.made - wrong.made))::float8
    from corrections c
    join made right_one on (right_one.story, right_one.position) = (c.story, c.position)
    join made wrong on (wrong.story, wrong.position) = (c.story, c.wrong_from)
    where wrong.made <= right_one.made
)
