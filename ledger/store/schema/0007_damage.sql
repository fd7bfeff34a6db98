-- Damage that could not be undone is refused at the one door in: an event that does not follow the last of its stream, a
-- ledger that went back behind what the caller has seen of it, a clock that is far from the caller's. And an answer about
-- an instant after the last event holds for ever: what was promised is remembered here, and nothing is recorded before it.

alter table head add column promised_until timestamptz not null default 'epoch';
comment on column head.promised_until is 'nothing is recorded at or before this instant any more: somebody was told how the ledger stood then';

drop function append;

-- Appends events[i] at first_position + i - 1, recorded at first_recorded_at + (i - 1) microseconds.
-- The arrays of events run in step, likewise those of requests; request_events[j] is the index of its event.
-- Refuses with FL001 if a member stream has moved since membership_seen; with FL002 if the event that the caller saw at a
-- position is not there, or a stream does not reach to the version before the first that is given for it; with FL003 if
-- the clocks are too far apart as the call arrives (to wait for the lock is no difference); with unique_violation if a
-- stream has gone beyond that version.
create function append(
    stream_ids uuid[], versions bigint[], topics text[], actors uuid[], event_ids uuid[], request_ids uuid[],
    commitments bytea[], salts bytea[], bodies_ text[],
    repeat_actors uuid[], repeat_keys text[], fingerprints bytea[], request_events int[], receipts text[],
    membership_seen bigint, moves_membership boolean, moves_withdrawal boolean,
    seen_position bigint, seen_event uuid, caller_clock timestamptz, skew_allowed interval,
    out first_position bigint, out first_recorded_at timestamptz
) language plpgsql security definer set search_path = {schema}, pg_temp as $$
declare
    last head%rowtype;
    clock timestamptz;
    n int := cardinality(stream_ids);
    last_position bigint;
    last_recorded_at timestamptz;
    last_membership bigint;
    last_withdrawal bigint;
    broken record;
begin
    if n = 0 or n > 1000 then
        raise exception 'an append holds 1 to 1000 events, not %', n using errcode = 'program_limit_exceeded';
    end if;
    if statement_timestamp() not between caller_clock - skew_allowed and caller_clock + skew_allowed then
        raise exception '%', extract(epoch from statement_timestamp() - caller_clock) using errcode = 'FL003';
    end if;
    select * into strict last from head for update;
    -- Another history may have grown beyond that position meanwhile; then another event stands there.
    if seen_position > last.position
       or seen_position > 0 and not exists (select from events where position = seen_position and event_id = seen_event) then
        raise exception 'the event that was seen at position % is not there', seen_position using errcode = 'FL002';
    end if;
    if last.membership > membership_seen then
        raise exception 'members moved at position %', last.membership using errcode = 'FL001';
    end if;
    -- Versions count from 1; the library's own cases, which are run against this, count from 0.
    select e.stream, e.before, coalesce(l.version, 0) as last into broken
    from (
        select stream, max(version - nth) as before
        from (
            select stream, version, row_number() over (partition by stream order by i) as nth
            from unnest(stream_ids, versions) with ordinality as e (stream, version, i)
        ) e
        group by stream
    ) e
    left join lateral (
        select version from events where stream_id = e.stream order by version desc limit 1
    ) l on true
    where e.before <> coalesce(l.version, least(e.before, 0))
    limit 1;
    if found then
        raise exception 'stream % is at version %, not %', broken.stream, broken.last, broken.before
            using errcode = case when broken.before > broken.last then 'FL002' else 'unique_violation' end;
    end if;
    -- All that is not immutable is computed here, outside the UPDATE: a distributed PostgreSQL asks for that.
    clock := clock_timestamp();
    first_position := last.position + 1;
    last_position := last.position + n;
    first_recorded_at := greatest(clock, greatest(last.recorded_at, last.promised_until) + interval '1 microsecond');
    last_recorded_at := first_recorded_at + (n - 1) * interval '1 microsecond';
    last_membership := case when moves_membership then last_position else last.membership end;
    last_withdrawal := case when moves_withdrawal then last_position else last.withdrawal end;
    update head set position = last_position, recorded_at = last_recorded_at, membership = last_membership, withdrawal = last_withdrawal;
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

-- Up to which instant the answer to "how did the ledger stand then" is fixed, and what time it is. Where the instant
-- asked about has passed and is not fixed yet, it is fixed here, which is a write: at most one a second, whoever asks
-- how often, so an instant of this very second may have to be asked for again. Never beyond the clock, and with FL003
-- not by a clock that is too far from the caller's: every later event carries a later instant.
create function promise_past(
    asked timestamptz, caller_clock timestamptz, skew_allowed interval, out promised timestamptz, out clock timestamptz
) language plpgsql security definer set search_path = {schema}, pg_temp as $$
declare
    last head%rowtype;
begin
    clock := clock_timestamp();
    select * into strict last from head;
    promised := greatest(last.recorded_at, last.promised_until);
    if asked <= promised then
        return;
    end if;
    if statement_timestamp() not between caller_clock - skew_allowed and caller_clock + skew_allowed then
        raise exception '%', extract(epoch from statement_timestamp() - caller_clock) using errcode = 'FL003';
    end if;
    if asked > clock or clock < last.promised_until + interval '1 second' then
        return;
    end if;
    -- Whoever waited for the lock finds what was fixed or recorded meanwhile.
    select * into strict last from head for update;
    promised := greatest(last.recorded_at, last.promised_until);
    if asked <= promised or clock < last.promised_until + interval '1 second' then
        return;
    end if;
    update head set promised_until = clock;
    promised := clock;
end $$;

revoke all on function append, promise_past from public;
grant execute on function append, promise_past to {app};
