select edition, revision, from_position, since, signals
from publications
where story = %(story)s
  and is_edition
  and from_position < %(after)s
  and from_position <= %(upto)s
order by from_position desc
limit %(limit)s

select edition, revision, from_position, since, signals
from publications
where story = %(story)s
  and is_edition
  and from_position > %(after)s
  and from_position <= %(upto)s
order by from_position asc
limit %(limit)s
