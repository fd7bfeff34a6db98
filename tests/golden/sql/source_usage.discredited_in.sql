select s.source, s.desk::json ->> 'name', array_agg(distinct v.fact order by v.fact)
from fact_versions v
cross join unnest(v.sources) as named (source)
join sources s on s.source = named.source
join sources g on g.source = coalesce(s.merged_into, s.source)
where v.story = %s
  and v.to_position = 9007199254740991
  and g.discredited is not null
group by s.source, s.desk
order by s.source
