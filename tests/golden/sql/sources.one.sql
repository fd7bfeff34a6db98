select revision, left(desk, -1) || coalesce(',"discredited":' || discredited, '') || coalesce(',"provider":'
      || provider, '') || coalesce(',"other_names":' || other_names, '') || coalesce(',"former_names":' ||
      former_names, '') || coalesce(',"merged_into":"' || merged_into || '"', '') || coalesce(',"joined":' ||
      joined, '') || '}'
from sources
where source = %s
