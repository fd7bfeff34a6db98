select a.distance, a.story, a.fact, '{"story":"' || n.slug || '","fact":' || a.fact || ',"version":' || v.version
      || ',"statement":' || (('{' || v.shared || v.desk_only || '}')::json -> 'statement') || ',"standing":'
      || (('{' || v.shared || v.desk_only || '}')::json -> 'standing') || ',"distance":' || a.distance || '}'
from unnest(%b::int[], %b::bigint[], %b::int[]) as a (distance, story, fact)
join story_now n using (story)
join fact_versions v on v.story = a.story
  and v.fact = a.fact
  and v.to_position = 9007199254740991
order by 1, 2, 3
