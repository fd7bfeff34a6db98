select count(*)
from (
    select
    from approvals a
    where a.is_pending
      and not exists (
        select
        from approvals anew
        where anew.story = a.story
          and anew.approval > a.approval
          and anew.asked::json ->> 'act' = a.asked::json ->> 'act'
          and anew.asked::json ->> 'fact' is not distinct from a.asked::json ->> 'fact'
    )
    limit %s
) as found

select count(*)
from (
    select
    from correction_requests
    where answered_at is null
    limit %s
) as found

select count(*)
from (
    select
    from shaken s
    join story_now n on n.story = s.story
      and n.merged_into is null
    limit %s
) as found

select count(*)
from (
    select
    from story_now
    where behind is not null
    limit %s
) as found
