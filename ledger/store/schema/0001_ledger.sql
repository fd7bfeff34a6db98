-- The ledger itself: one schema, one head, positions without a gap. Plain PostgreSQL 15 or later, no extension.
-- Runs with search_path set to the ledger's schema; {app} is the role of the running application.

create table head (
    one boolean primary key default true check (one),
    position bigint not null check (position between 0 and 9007199254740991),
    recorded_at timestamptz not null,
    -- Position of the last event of any member stream: whoever has not seen it may be trusting a revoked key.
    membership bigint not null default 0
);
comment on table head is 'the one row whose lock orders all writers';
insert into head (position, recorded_at) values (0, 'epoch');

create table events (
    position bigint primary key,
    stream_id uuid not null,
    version bigint not null check (version >= 0),
    topic text not null check (length(topic) between 1 and 100),
    recorded_at timestamptz not null,
    actor uuid not null,
    event_id uuid not null,
    request_id uuid not null,
    commitment bytea not null check (length(commitment) = 32),
    constraint events_stream_version unique (stream_id, version)
);
comment on table events is 'what happened, in order; never updated, deleted or truncated';
-- As-of questions start from an instant.
create unique index events_recorded_at on events (recorded_at);
-- The keyring reads member events alone, and they are few.
create index events_of_members on events (position) where topic ^@ 'key-' or topic ^@ 'member-';

create table bodies (
    position bigint primary key references events (position),
    salt bytea check (length(salt) = 32),
    body text,
    constraint bodies_whole_or_erased check ((salt is null) = (body is null)),
    constraint bodies_size check (octet_length(body) <= 262144)
);
comment on table bodies is 'what the events say; a body may be erased, nothing else may change';
-- Bodies are compressed by the server when it pays; lz4 is not in every build, so the default method stays.

create table requests (
    actor uuid not null,
    key text not null check (length(key) between 1 and 255),
    fingerprint bytea not null check (length(fingerprint) = 32),
    position bigint not null references events (position),
    receipt text not null,
    constraint requests_once primary key (actor, key)
);
comment on table requests is 'which requests were recorded, so that a repeated one is answered and not recorded again';

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% on % is refused: the ledger only grows', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end $$;

create function refuse_all_but_erasure() returns trigger language plpgsql as $$
begin
    if new.position = old.position and new.salt is null and new.body is null then
        return new;
    end if;
    raise exception 'a body may be erased, not rewritten' using errcode = 'restrict_violation';
end $$;

create trigger events_only_grow before update or delete or truncate on events
    for each statement execute function refuse_change();
create trigger requests_only_grow before update or delete or truncate on requests
    for each statement execute function refuse_change();
create trigger bodies_stay before delete or truncate on bodies
    for each statement execute function refuse_change();
create trigger bodies_change_by_erasure before update on bodies
    for each row execute function refuse_all_but_erasure();
create trigger head_stays before delete or truncate on head
    for each statement execute function refuse_change();
