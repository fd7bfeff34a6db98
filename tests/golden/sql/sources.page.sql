select position, letters, left(left(desk, -1) || coalesce(',"discredited":' || discredited, '') || coalesce(',"provider":'
      || provider, '') || coalesce(',"other_names":' || other_names, '') || coalesce(',"former_names":' ||
      former_names, '') || '}', -1) || ',"figures":' || (
    select json_build_object('facts', coalesce(sum(number) filter (where what = 'facts'), 0), 'stories',
          coalesce(sum(number) filter (where what = 'stories'), 0), 'corrected', coalesce(sum(number) filter (where
          what = 'corrected'), 0), 'retracted', coalesce(sum(number) filter (where what = 'retracted'), 0))
    from figures f
    where f.whose = 'desk'
      and f.source = s.source
) || '}'
from sources s
where array_to_tsvector(ends) @@ %(named)s::tsquery
  and (letters, position) > (%(letters)s, %(after)s)
order by letters, position
limit %(limit)s

select position, letters, left(left(desk, -1) || coalesce(',"discredited":' || discredited, '') || coalesce(',"provider":'
      || provider, '') || coalesce(',"other_names":' || other_names, '') || coalesce(',"former_names":' ||
      former_names, '') || '}', -1) || ',"figures":' || (
    select json_build_object('facts', coalesce(sum(number) filter (where what = 'facts'), 0), 'stories',
          coalesce(sum(number) filter (where what = 'stories'), 0), 'corrected', coalesce(sum(number) filter (where
          what = 'corrected'), 0), 'retracted', coalesce(sum(number) filter (where what = 'retracted'), 0))
    from figures f
    where f.whose = 'desk'
      and f.source = s.source
) || '}'
from sources s
where position < %(before)s
order by position desc
limit %(limit)s
