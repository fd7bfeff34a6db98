select json_build_object('leaning', count(*), 'stories', count(distinct story), 'alone', count(*) filter (where
      alone), 'stories_alone', count(distinct story) filter (where alone))::text
from source_usage
where source = %s
  and to_position = 9007199254740991
