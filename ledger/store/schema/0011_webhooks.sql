-- Who is told of what happened, at which address, and how far. Nothing of it happened to a story, so it is no event:
-- these rows come and go.

create table webhooks (
    webhook uuid primary key,
    url text not null,
    tells text[] not null,
    story text,
    desk text,
    secret bytea not null,
    former_secret bytea,
    former_until timestamptz,
    made_at timestamptz not null,
    reached bigint not null,
    replays int not null default 0,
    stopped_at timestamptz,
    stopped_why text
);
comment on column webhooks.secret is 'signs what is sent, so it is kept as it is, unlike keys, of which a digest is enough';
comment on column webhooks.reached is 'of what lies beyond this position, nobody has looked yet which stories it is about';
comment on column webhooks.replays is 'how often it was begun anew; what was on its way before that moves nothing after it';

create table webhook_stories (
    webhook uuid not null references webhooks on delete cascade,
    story text not null,
    told bigint not null,
    attempts int not null default 0,
    next_at timestamptz not null,
    failing_since timestamptz,
    primary key (webhook, story)
);
comment on table webhook_stories is 'stories of which there is something to tell; once all is told, the row goes';
comment on column webhook_stories.told is 'up to this position';
create index webhook_stories_due on webhook_stories (webhook, next_at);

create table webhook_deliveries (
    webhook uuid not null references webhooks on delete cascade,
    delivery bigint not null,
    story text not null,
    position bigint not null,
    type text not null,
    attempt int not null,
    at timestamptz not null,
    seconds real not null,
    status int,
    failure text,
    primary key (webhook, delivery)
);
comment on table webhook_deliveries is 'the newest of each webhook; one row an attempt';

revoke all on webhooks, webhook_stories, webhook_deliveries from public;
grant select, insert, update, delete on webhooks, webhook_stories, webhook_deliveries to {app};
