-- All that a reader wrote in a correction request can be erased, not the contact alone; what was committed to stays.

-- In those of the streams that hold a contact-erased event: the bodies of contact-left events. In those that hold a
-- request-erased event: these, and the bodies of correction-requested events. Of no other event at all.
create function erase_requests(streams uuid[]) returns void
language sql security definer set search_path = {schema}, pg_temp as $$
    update bodies set salt = null, body = null
    where body is not null and position in (
        select l.position from events l
        where l.stream_id = any (streams) and l.topic in ('contact-left.v1', 'correction-requested.v1')
          and exists (select from events e where e.stream_id = l.stream_id and (e.topic = 'request-erased.v1'
              or e.topic = 'contact-erased.v1' and l.topic = 'contact-left.v1')))
$$;

revoke all on function erase_requests from public;
grant execute on function erase_requests to {app};
drop function erase_contacts;
