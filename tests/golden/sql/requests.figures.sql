select open, oldest_open_seconds, answered, accepted, declined, share_accepted, median_seconds_to_answer
from (
    select count(*) as open, floor(extract(epoch from greatest(clock_timestamp(), min(asked_at)) - min(asked_at)))::bigint
          as oldest_open_seconds
    from correction_requests
    where answered_at is null
) as waiting, (
    select count(*) as answered, count(*) filter (where state = 'accepted') as accepted, count(*) filter (where
          state = 'declined') as declined, count(*) filter (where state = 'accepted')::float8 / nullif(count(*),
          0) as share_accepted, percentile_cont(0.5) within
    group (order by seconds_to_answer) as median_seconds_to_answer
    from correction_requests
    where seconds_to_answer is not null
) as done
