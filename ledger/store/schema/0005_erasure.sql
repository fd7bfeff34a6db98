-- What a reader left to be reached by can be erased; that it was left stays, and so does what was committed to.

-- Erases the bodies of contact-left events, in those of the streams that hold a contact-erased event, and no others.
create function erase_contacts(streams uuid[]) returns void
language sql security definer set search_path = {schema}, pg_temp as $$
    update bodies set salt = null, body = null
    where body is not null and position in (
        select l.position from events l
        where l.stream_id = any (streams) and l.topic = 'contact-left.v1'
          and exists (select from events e where e.stream_id = l.stream_id and e.topic = 'contact-erased.v1'))
$$;

revoke all on function erase_contacts from public;
grant execute on function erase_contacts to {app};
