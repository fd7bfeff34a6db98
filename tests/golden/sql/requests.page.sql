select r.position, '{"request":"' || r.request || '","story":"' || r.story || '"' || ',"phrase":' || coalesce((w.body::json
      -> 'phrase')::text, 'null') || ',"concern":' || coalesce((w.body::json -> 'concern')::text, 'null') ||
      ',"asked_at":"' || to_char(r.asked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ||
      '","state":"' || r.state || '"' || ',"contact":' || coalesce(case when %(contacts)s then b.body::json ->
      'contact' end, 'null') || ',"has_contact":' || (b.body is not null) || ',"erased":' || (r.contact is not
      null and b.body is null) || coalesce(',' || r.acknowledged, '') || case when r.answered_at is null then
      ',"age_seconds":' || floor(extract(epoch from greatest(clock_timestamp(), r.asked_at) - r.asked_at))::bigint
      || '}' else ',' || r.answer || ',"by":' || coalesce(m.desk, 'null') || '}}' end
from correction_requests r
join bodies w on w.position = r.position
left join bodies b on b.position = r.contact
left join members m on m.member = r.answered_by
where r.answered_at is null
  and r.position > %(after)s
order by r.position
limit %(limit)s

select r.position, '{"request":"' || r.request || '","story":"' || r.story || '"' || ',"phrase":' || coalesce((w.body::json
      -> 'phrase')::text, 'null') || ',"concern":' || coalesce((w.body::json -> 'concern')::text, 'null') ||
      ',"asked_at":"' || to_char(r.asked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ||
      '","state":"' || r.state || '"' || ',"contact":' || coalesce(case when %(contacts)s then b.body::json ->
      'contact' end, 'null') || ',"has_contact":' || (b.body is not null) || ',"erased":' || (r.contact is not
      null and b.body is null) || coalesce(',' || r.acknowledged, '') || case when r.answered_at is null then
      ',"age_seconds":' || floor(extract(epoch from greatest(clock_timestamp(), r.asked_at) - r.asked_at))::bigint
      || '}' else ',' || r.answer || ',"by":' || coalesce(m.desk, 'null') || '}}' end
from correction_requests r
join bodies w on w.position = r.position
left join bodies b on b.position = r.contact
left join members m on m.member = r.answered_by
where r.state = %(state)s
  and r.position > %(after)s
order by r.position
limit %(limit)s
