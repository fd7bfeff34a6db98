select r.revision, '{"revision":' || r.revision || ',"position":' || r.position || ',"recorded_at":"' ||
      to_char(r.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","actor":"' || r.actor
      || '","kind":"' || r.kind || '","substantive":' || r.substantive || coalesce(',"fact":' || r.fact ||
      ',"version":' || r.version, '') || r.desk || coalesce((
    select ',"change":"' || e.request_id || '"'
    from events e
    where e.position = r.position
      and substr(e.request_id::text, 15, 1) = '8'
), '') || ',"event_id":"' || r.event_id || '","by":' || coalesce(m.desk, case r.actor when
      'd0839e20-22b3-5661-8376-f57b5c355ddc' then '"operator"' when 'ce1b945e-bc0d-595a-9500-eac35bcd2723'
      then '"the ledger"' when 'f63270dd-cccb-5b25-bae3-12f6fa32e73d' then '"a reader"' else 'null' end) ||
      '}'
from revisions r
left join members m on m.member = r.actor
where r.story = %s
  and r.revision > %s
  and (r.substantive or not %s)
order by r.revision
limit %s
