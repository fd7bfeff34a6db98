with page as (
    select position, stream_id, version
    from events
    where position > %(after)s
      and position <= %(upto)s
    order by position
    limit %(limit)s
)
select page.position, case when r.story is not null then n.slug end, n.opened_as, case when coalesce(sum(octet_length(r.desk)
      + 300) over (order by page.position rows between unbounded preceding and 1 preceding), 0) < 262144 then
      '{"revision":' || r.revision || ',"position":' || r.position || ',"recorded_at":"' || to_char(r.recorded_at
      at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","actor":"' || r.actor || '","kind":"' || r.kind
      || '","substantive":' || r.substantive || coalesce(',"fact":' || r.fact || ',"version":' || r.version,
      '') || r.desk || coalesce((
    select ',"change":"' || e.request_id || '"'
    from events e
    where e.position = r.position
      and substr(e.request_id::text, 15, 1) = '8'
), '') || ',"event_id":"' || r.event_id || '","by":' || coalesce(m.desk, case r.actor when
      'd0839e20-22b3-5661-8376-f57b5c355ddc' then '"operator"' when 'ce1b945e-bc0d-595a-9500-eac35bcd2723'
      then '"the ledger"' when 'f63270dd-cccb-5b25-bae3-12f6fa32e73d' then '"a reader"' else 'null' end) ||
      '}' end
from page
left join story_now n on n.stream_id = page.stream_id
left join revisions r on r.story = n.story
  and r.revision = page.version
left join members m on m.member = r.actor
order by page.position
