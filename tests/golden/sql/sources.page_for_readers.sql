select position, reader
from sources s
where position < %s
  and exists (
    select
    from figures f
    where f.whose = 'reader'
      and f.source = s.source
      and f.what = 'facts'
)
order by position desc
limit %s
