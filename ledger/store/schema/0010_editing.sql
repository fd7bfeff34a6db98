-- Who has a form of a story open at the desk, so that two who write on one story hear of each other. Nothing of it happened
-- to the story, so it is no event: these rows come and go, and are lost with a crash. Of readers there are none.

create unlogged table editing (
    story text not null,
    member uuid not null,
    since timestamptz not null,
    seen_at timestamptz not null,
    primary key (story, member)
);
comment on column editing.seen_at is 'when last: one who is silent for a while has left';
create index editing_over on editing (seen_at);

revoke all on editing from public;
grant select, insert, update, delete on editing to {app};
