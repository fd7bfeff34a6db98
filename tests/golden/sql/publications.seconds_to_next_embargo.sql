select extract(epoch from min(embargo_until) - clock_timestamp())::float8
from publications
where to_position = 9007199254740991
  and embargo_until is not null
