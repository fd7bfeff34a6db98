-- Where a stream does not go on where it ended. `append` refuses that; before it did, a database that went back in time
-- under a running server let it happen, and what was recorded cannot be taken back. Such an event and all that follow it
-- in its stream stand where they are, for auditors, and are taken into no state and no view.

create table gaps (
    stream_id uuid primary key,
    position bigint not null,
    version bigint not null
);
comment on table gaps is 'streams that are damaged: the first event of each that does not follow those before it';

-- Finds those that are not noted yet; how many there are in all. Looks at every event.
create function find_gaps() returns bigint language sql set search_path = {schema}, pg_temp as $$
    insert into gaps
        select distinct on (stream_id) stream_id, position, version
        from (
            select stream_id, position, version, row_number() over (partition by stream_id order by position) as place
            from events
        ) e
        where version <> place
        order by stream_id, position
    on conflict do nothing;
    select count(*) from gaps
$$;

select find_gaps();

revoke all on gaps from public;
revoke all on function find_gaps from public;
grant select on gaps to {app};
