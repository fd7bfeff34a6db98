select revision, case when discredited is null then desk else left(desk, -1) || ',"discredited":' ||
      discredited || '}' end
from sources
where source = %s
