select n.slug
from publications p
join story_now n using (story)
where p.to_position = 9007199254740991
  and p.embargo_until <= clock_timestamp()
order by p.embargo_until
limit 100
