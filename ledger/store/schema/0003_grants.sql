-- What the running application may do: read everything, append through the one door, erase nothing, change nothing.
-- It owns no object here, so it can neither drop the triggers nor grant itself more.

revoke all on all tables in schema {schema} from public;
revoke all on all functions in schema {schema} from public;
grant usage on schema {schema} to {app};
grant select on head, events, bodies, requests to {app};
grant execute on function lock_head, append to {app};
