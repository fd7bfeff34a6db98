-- Who is signed in at the pages, and who may sign in by a link that works once. Nothing of it happened to a story, so it
-- is no event: these rows come and go. What a browser holds is kept here as its SHA-256 alone.

create table sessions (
    digest bytea primary key check (length(digest) = 32),
    key uuid not null,
    is_link boolean not null,
    begun_at timestamptz not null,
    expires_at timestamptz not null
);
comment on column sessions.key is 'the key that was signed in with: once that opens nothing, this does not, either';
create index sessions_of_key on sessions (key, begun_at);
create index sessions_over on sessions (expires_at);

revoke all on sessions from public;
grant select, insert, delete on sessions to {app};
