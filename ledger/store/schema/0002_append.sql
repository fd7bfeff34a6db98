-- The one door in: lock the head, count on from it, insert, notify. One round trip, one transaction.

-- Takes the lock that orders all writers and holds it to the end of the transaction.
create function lock_head(out head_position bigint, out head_recorded_at timestamptz, out head_membership bigint)
language sql security definer set search_path = {schema}, pg_temp as $$
    select position, recorded_at, membership from head for update
$$;

-- Appends events[i] at first_position + i - 1, recorded at first_recorded_at + (i - 1) microseconds.
-- The arrays of events run in step, likewise those of requests; request_events[j] is the index of its event.
-- Refuses with FL001 if a member stream has moved since membership_seen.
create function append(
    stream_ids uuid[], versions bigint[], topics text[], actors uuid[], event_ids uuid[], request_ids uuid[],
    commitments bytea[], salts bytea[], bodies_ text[],
    repeat_actors uuid[], repeat_keys text[], fingerprints bytea[], request_events int[], receipts text[],
    membership_seen bigint, moves_membership boolean,
    out first_position bigint, out first_recorded_at timestamptz
) language plpgsql security definer set search_path = {schema}, pg_temp as $$
declare
    last head%rowtype;
    clock timestamptz;
    n int := cardinality(stream_ids);
    last_position bigint;
    last_recorded_at timestamptz;
    last_membership bigint;
begin
    if n = 0 or n > 1000 then
        raise exception 'an append holds 1 to 1000 events, not %', n using errcode = 'program_limit_exceeded';
    end if;
    select * into strict last from head for update;
    if last.membership > membership_seen then
        raise exception 'members moved at position %', last.membership using errcode = 'FL001';
    end if;
    -- All that is not immutable is computed here, outside the UPDATE: a distributed PostgreSQL asks for that.
    clock := clock_timestamp();
    first_position := last.position + 1;
    last_position := last.position + n;
    first_recorded_at := greatest(clock, last.recorded_at + interval '1 microsecond');
    last_recorded_at := first_recorded_at + (n - 1) * interval '1 microsecond';
    last_membership := case when moves_membership then last_position else last.membership end;
    update head set position = last_position, recorded_at = last_recorded_at, membership = last_membership;
    insert into events
        select first_position + i - 1, stream, version, topic, first_recorded_at + (i - 1) * interval '1 microsecond',
               actor, event, request, commitment
        from unnest(stream_ids, versions, topics, actors, event_ids, request_ids, commitments)
             with ordinality as e (stream, version, topic, actor, event, request, commitment, i);
    insert into bodies
        select first_position + i - 1, salt, body from unnest(salts, bodies_) with ordinality as b (salt, body, i);
    if cardinality(repeat_keys) > 0 then
        insert into requests
            select actor, key, fingerprint, first_position + event - 1, receipt
            from unnest(repeat_actors, repeat_keys, fingerprints, request_events, receipts)
                 as r (actor, key, fingerprint, event, receipt);
    end if;
    -- One per group: a notification takes an instance-wide lock at commit.
    perform pg_notify({channel}, last_position::text);
end $$;
