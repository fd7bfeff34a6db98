select n.behind, '{"story":"' || n.slug || '","headline":' || (h.desk::json -> 'headline') || ',"language":'
      || (h.desk::json -> 'language') || ',"desk":' || (h.desk::json -> 'desk') || ',"revision":' || n.revision
      || ',"public":' || p.revision || ',"published_at":"' || to_char(p.edition_at at time zone 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","since":' || '{"revision":' || r.revision || ',"position":' || r.position
      || ',"recorded_at":"' || to_char(r.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ||
      '","actor":"' || r.actor || '","kind":"' || r.kind || '","substantive":' || r.substantive || coalesce(',"fact":'
      || r.fact || ',"version":' || r.version, '') || r.desk || coalesce((
    select ',"change":"' || e.request_id || '"'
    from events e
    where e.position = r.position
      and substr(e.request_id::text, 15, 1) = '8'
), '') || ',"event_id":"' || r.event_id || '","by":' || coalesce(m.desk, case r.actor when
      'd0839e20-22b3-5661-8376-f57b5c355ddc' then '"operator"' when 'ce1b945e-bc0d-595a-9500-eac35bcd2723'
      then '"the ledger"' when 'f63270dd-cccb-5b25-bae3-12f6fa32e73d' then '"a reader"' else 'null' end) ||
      '}' || '}'
from (
    select *
    from story_now
    where behind < %(before)s
    order by behind desc
    limit %(limit)s
) n
join revisions r on r.story = n.story
  and r.position = n.behind
join publications p on p.story = n.story
  and p.to_position = 9007199254740991
join story_versions h on h.story = n.story
  and h.part = 'head'
  and h.to_position = 9007199254740991
left join members m on m.member = r.actor
order by n.behind desc
