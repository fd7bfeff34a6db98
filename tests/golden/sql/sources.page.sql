select position, case when discredited is null then desk else left(desk, -1) || ',"discredited":' ||
      discredited || '}' end
from sources
where position < %s
order by position desc
limit %s
