select p.from_position, p.since, n.public_slug, n.opened_as, p.story, p.revision, p.edition, p.is_edition, p.is_open
from publications p
join story_now n using (story)
where (p.is_edition or p.outdates)
  and p.from_position > %(after)s
  and p.from_position <= %(upto)s
  and p.story = %(story)s
order by p.from_position
limit %(limit)s

select p.from_position, p.since, n.public_slug, n.opened_as, p.story, p.revision, p.edition, p.is_edition, p.is_open
from publications p
join story_now n using (story)
where (p.is_edition or p.outdates)
  and p.from_position > %(after)s
  and p.from_position <= %(upto)s
order by p.from_position
limit %(limit)s
