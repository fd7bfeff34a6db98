-- The schema as all steps leave it: for reading, and no step. `make docs` writes it anew.

create table bodies (
    position bigint not null,
    salt bytea,
    body text,
    constraint bodies_pkey PRIMARY KEY ("position"),
    constraint bodies_position_fkey FOREIGN KEY ("position") REFERENCES events("position"),
    constraint bodies_salt_check CHECK (length(salt) = 32),
    constraint bodies_size CHECK (octet_length(body) <= 262144),
    constraint bodies_whole_or_erased CHECK ((salt IS NULL) = (body IS NULL))
);
CREATE TRIGGER bodies_change_by_erasure BEFORE UPDATE ON bodies FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure();
CREATE TRIGGER bodies_stay BEFORE DELETE OR TRUNCATE ON bodies FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table editing (
    story text not null,
    member uuid not null,
    since timestamp with time zone not null,
    seen_at timestamp with time zone not null,
    constraint editing_pkey PRIMARY KEY (story, member)
);
CREATE INDEX editing_over ON editing USING btree (seen_at);

create table events (
    position bigint not null,
    stream_id uuid not null,
    version bigint not null,
    topic text not null,
    recorded_at timestamp with time zone not null,
    actor uuid not null,
    event_id uuid not null,
    request_id uuid not null,
    commitment bytea not null,
    constraint events_pkey PRIMARY KEY ("position"),
    constraint events_commitment_check CHECK (length(commitment) = 32),
    constraint events_stream_version UNIQUE (stream_id, version),
    constraint events_topic_check CHECK (length(topic) >= 1 AND length(topic) <= 100),
    constraint events_version_check CHECK (version >= 0)
);
CREATE INDEX events_of_members ON events USING btree ("position") WHERE topic ^@ 'key-'::text OR topic ^@ 'member-'::text;
CREATE UNIQUE INDEX events_recorded_at ON events USING btree (recorded_at);
CREATE TRIGGER events_only_grow BEFORE DELETE OR UPDATE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table gaps (
    stream_id uuid not null,
    position bigint not null,
    version bigint not null,
    constraint gaps_pkey PRIMARY KEY (stream_id)
);

create table head (
    one boolean not null default true,
    position bigint not null,
    recorded_at timestamp with time zone not null,
    membership bigint not null default 0,
    withdrawal bigint not null default 0,
    promised_until timestamp with time zone not null default '1970-01-01 00:00:00+00'::timestamp with time zone,
    constraint head_pkey PRIMARY KEY (one),
    constraint head_one_check CHECK (one),
    constraint head_position_check CHECK ("position" >= 0 AND "position" <= '9007199254740991'::bigint)
);
CREATE TRIGGER head_stays BEFORE DELETE OR TRUNCATE ON head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table migrations (
    number integer not null,
    name text not null,
    digest text not null,
    applied_at timestamp with time zone not null default now(),
    constraint migrations_pkey PRIMARY KEY (number)
);

create table requests (
    actor uuid not null,
    key text not null,
    fingerprint bytea not null,
    position bigint not null,
    receipt text not null,
    constraint requests_once PRIMARY KEY (actor, key),
    constraint requests_fingerprint_check CHECK (length(fingerprint) = 32),
    constraint requests_key_check CHECK (length(key) >= 1 AND length(key) <= 255),
    constraint requests_position_fkey FOREIGN KEY ("position") REFERENCES events("position")
);
CREATE TRIGGER requests_only_grow BEFORE DELETE OR UPDATE OR TRUNCATE ON requests FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table sessions (
    digest bytea not null,
    key uuid not null,
    is_link boolean not null,
    begun_at timestamp with time zone not null,
    expires_at timestamp with time zone not null,
    constraint sessions_pkey PRIMARY KEY (digest),
    constraint sessions_digest_check CHECK (length(digest) = 32)
);
CREATE INDEX sessions_of_key ON sessions USING btree (key, begun_at);
CREATE INDEX sessions_over ON sessions USING btree (expires_at);

create table webhook_deliveries (
    webhook uuid not null,
    delivery bigint not null,
    story text not null,
    position bigint not null,
    type text not null,
    attempt integer not null,
    at timestamp with time zone not null,
    seconds real not null,
    status integer,
    failure text,
    constraint webhook_deliveries_pkey PRIMARY KEY (webhook, delivery),
    constraint webhook_deliveries_webhook_fkey FOREIGN KEY (webhook) REFERENCES webhooks(webhook) ON DELETE CASCADE
);

create table webhook_stories (
    webhook uuid not null,
    story text not null,
    told bigint not null,
    attempts integer not null default 0,
    next_at timestamp with time zone not null,
    failing_since timestamp with time zone,
    constraint webhook_stories_pkey PRIMARY KEY (webhook, story),
    constraint webhook_stories_webhook_fkey FOREIGN KEY (webhook) REFERENCES webhooks(webhook) ON DELETE CASCADE
);
CREATE INDEX webhook_stories_due ON webhook_stories USING btree (webhook, next_at);

create table webhooks (
    webhook uuid not null,
    url text not null,
    tells text[] not null,
    story text,
    desk text,
    secret bytea not null,
    former_secret bytea,
    former_until timestamp with time zone,
    made_at timestamp with time zone not null,
    reached bigint not null,
    replays integer not null default 0,
    stopped_at timestamp with time zone,
    stopped_why text,
    constraint webhooks_pkey PRIMARY KEY (webhook)
);

CREATE OR REPLACE FUNCTION factledger.append(
    stream_ids uuid[],
    versions bigint[],
    topics text[],
    actors uuid[],
    event_ids uuid[],
    request_ids uuid[],
    commitments bytea[],
    salts bytea[],
    bodies_ text[],
    repeat_actors uuid[],
    repeat_keys text[],
    fingerprints bytea[],
    request_events integer[],
    receipts text[],
    membership_seen bigint,
    moves_membership boolean,
    moves_withdrawal boolean,
    seen_position bigint,
    seen_event uuid,
    caller_clock timestamp with time zone,
    skew_allowed interval,
    OUT first_position bigint,
    OUT first_recorded_at timestamp with time zone)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'factledger', 'pg_temp'
AS $function$
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
    perform pg_notify('factledger', last_position::text);
end $function$;

CREATE OR REPLACE FUNCTION factledger.erase_requests(streams uuid[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'factledger', 'pg_temp'
AS $function$
    update bodies set salt = null, body = null
    where body is not null and position in (
        select l.position from events l
        where l.stream_id = any (streams) and l.topic in ('contact-left.v1', 'correction-requested.v1')
          and exists (select from events e where e.stream_id = l.stream_id and (e.topic = 'request-erased.v1'
              or e.topic = 'contact-erased.v1' and l.topic = 'contact-left.v1')))
$function$;

CREATE OR REPLACE FUNCTION factledger.find_gaps()
 RETURNS bigint
 LANGUAGE sql
 SET search_path TO 'factledger', 'pg_temp'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION factledger.lock_head(
    OUT head_position bigint,
    OUT head_recorded_at timestamp with time zone,
    OUT head_membership bigint)
 RETURNS record
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'factledger', 'pg_temp'
AS $function$
    select position, recorded_at, membership from head for update
$function$;

CREATE OR REPLACE FUNCTION factledger.promise_past(
    asked timestamp with time zone,
    caller_clock timestamp with time zone,
    skew_allowed interval,
    OUT promised timestamp with time zone,
    OUT clock timestamp with time zone)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'factledger', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION factledger.refuse_all_but_erasure()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
    if new.position = old.position and new.salt is null and new.body is null then
        return new;
    end if;
    raise exception 'a body may be erased, not rewritten' using errcode = 'restrict_violation';
end $function$;

CREATE OR REPLACE FUNCTION factledger.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
    raise exception '% on % is refused: the ledger only grows', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end $function$;

grant usage on schema factledger to factledger_app;
grant select on table bodies to factledger_app;
grant delete, insert, select, update on table editing to factledger_app;
grant select on table events to factledger_app;
grant select on table gaps to factledger_app;
grant select on table head to factledger_app;
grant select on table migrations to factledger_app;
grant select on table requests to factledger_app;
grant delete, insert, select on table sessions to factledger_app;
grant delete, insert, select, update on table webhook_deliveries to factledger_app;
grant delete, insert, select, update on table webhook_stories to factledger_app;
grant delete, insert, select, update on table webhooks to factledger_app;
grant execute on function append(uuid[],bigint[],text[],uuid[],uuid[],uuid[],bytea[],bytea[],text[],uuid[],text[],bytea[],integer[],text[],bigint,boolean,boolean,bigint,uuid,timestamp with time zone,interval) to factledger_app;
grant execute on function erase_requests(uuid[]) to factledger_app;
grant execute on function lock_head() to factledger_app;
grant execute on function promise_past(timestamp with time zone,timestamp with time zone,interval) to factledger_app;
