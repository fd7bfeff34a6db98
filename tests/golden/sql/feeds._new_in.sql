select e.from_position, (
    select v.reader
    from story_versions v
    where v.story = e.story
      and v.part = 'head'
      and v.item = 0
      and v.from_position <= e.content
    order by v.from_position desc
    limit 1
), (
    select v.reader
    from story_versions v
    where v.story = e.story
      and v.part = 'head'
      and v.item = 0
      and v.from_position <= b.content
    order by v.from_position desc
    limit 1
), exists (
    select
    from story_versions v
    where v.story = e.story
      and v.part = 'copy'
      and v.item = 0
      and v.from_position > coalesce(b.content, 0)
      and v.from_position <= e.content
), coalesce(facts.texts, '{}'), facts.number
from publications e
left join lateral (
    select revision, content
    from publications b
    where b.story = e.story
      and b.is_edition
      and b.from_position < e.from_position
    order by b.from_position desc
    limit 1
) b on true
cross join lateral (
    select array_agg(text order by fact) filter (where place <= %(few)s) as texts, count(*) as number
    from (
        select r.fact, v.text, row_number() over (order by r.fact) as place
        from revisions r
        join lateral (
            select ('{' || v.shared || v.reader_only || '}') as text, is_tombstone
            from fact_versions v
            where v.story = r.story
              and v.fact = r.fact
              and v.from_position <= e.content
            order by v.from_position desc
            limit 1
        ) v on true
        where r.story = e.story
          and r.revision > coalesce(b.revision, 0)
          and r.revision <= e.revision
          and r.kind = 'report'
          and v.text is not null
          and not v.is_tombstone
    ) reported
) facts
where e.story = %(story)s
  and e.from_position = any(%(positions)s)
