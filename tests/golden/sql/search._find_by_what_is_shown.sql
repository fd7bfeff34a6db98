select v.story, v.fact, max(v.to_position)
from unnest(%b::bigint[], %b::int[]) as t (story, fact)
join fact_versions v on v.story = t.story
  and v.fact = t.fact
  and v.from_position <= %b
where v.terms = 'off_record'
  and v.desk::json ->> 'terms' = 'off_record'
group by v.story, v.fact
