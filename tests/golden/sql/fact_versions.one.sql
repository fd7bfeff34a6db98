select version, from_position, sources, actors, ('{' || v.shared || v.desk_only || '}')
from fact_versions v
where story = %s
  and fact = %s
  and from_position <= %s
order by from_position desc
limit 1
