select u.story, u.fact, '{"story":"' || n.slug || '",' || v.shared || v.desk_only || '}'
from source_usage u
join story_now n using (story)
join fact_versions v on v.story = u.story
  and v.fact = u.fact
  and v.to_position = 9007199254740991
where u.source = %s
  and u.to_position = 9007199254740991
  and (u.story, u.fact) > (%s, %s)
order by u.story, u.fact
limit %s
