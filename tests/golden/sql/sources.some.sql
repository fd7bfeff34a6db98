select slug, desk, from_position
from (
    select unnest(%(sources)s::text[]) as slug
) s, lateral (
    select *
    from source_names
    where source = slug
      and from_position <= %(position)s
    order by from_position desc
    limit 1
) n
