select r.position, n.slug, case when coalesce(sum(octet_length(r.desk)) over (order by r.position rows between
      unbounded preceding and 1 preceding), 0) < 262144 then left(r.desk, -1) || ',"by":' || coalesce(m.desk,
      case r.actor when 'd0839e20-22b3-5661-8376-f57b5c355ddc' then '"operator"' when
      'ce1b945e-bc0d-595a-9500-eac35bcd2723' then '"the ledger"' when 'f63270dd-cccb-5b25-bae3-12f6fa32e73d'
      then '"a reader"' else 'null' end) || '}' end
from (
    select *
    from revisions
    where story = %(story)s
      and position > %(after)s
      and position <= %(upto)s
    order by position
    limit %(limit)s
) r
join story_now n on n.story = r.story
left join members m on m.member = r.actor
order by r.position
