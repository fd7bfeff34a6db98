select s.position, s.story, s.fact, '{"story":"' || n.slug || '","fact":' || s.fact || ',"version":' || v.version
      || ',"statement":' || (v.desk::json -> 'statement') || ',"since":' || s.position || ',"because":' ||
      left(k.desk, -1) || ',"distance":' || s.distance || '}}'
from shaken s
join story_now n on n.story = s.story
  and n.merged_into is null
join shocks k on k.position = s.position
join fact_versions v on v.story = s.story
  and v.fact = s.fact
  and v.to_position = 9007199254740991
where (s.position, s.story, s.fact) > (%s, %s, %s)
order by s.position, s.story, s.fact
limit %s
