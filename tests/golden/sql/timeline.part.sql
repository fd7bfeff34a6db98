select edition, from_position, since
from publications
where story = %(story)s::bigint
  and is_edition
  and from_position > %(after)s
  and from_position <= %(upto)s
order by from_position
limit %(limit)s
