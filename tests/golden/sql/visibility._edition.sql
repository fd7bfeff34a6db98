select from_position, revision
from publications
where story = (
    select story
    from story_slugs
    where slug = %(slug)s
)
  and is_edition
  and edition = %(asked)s
  and from_position <= %(position)s
order by from_position desc
limit 1

select from_position, revision
from publications
where story = (
    select story
    from story_slugs
    where slug = %(slug)s
)
  and is_edition
  and revision <= %(asked)s
  and from_position <= %(position)s
order by from_position desc
limit 1
