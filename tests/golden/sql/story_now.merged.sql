select n.slug, h.desk::json ->> 'headline'
from story_now n
join story_versions h on h.story = n.story
  and h.part = 'head'
  and h.to_position = 9007199254740991
where n.merged_into = %s
order by n.story
