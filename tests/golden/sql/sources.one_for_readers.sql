select reader
from sources s
where source = %s
  and exists (
    select
    from figures f
    where f.whose = 'reader'
      and f.source = s.source
      and f.what = 'facts'
)
