select a.position, '{"story":"' || n.slug || '",' || substr(left(a.asked, -1), 2) || ',"actor":"' || a.asked_by
      || '","asked_by":' || coalesce(asker.desk, 'null') || ',' || coalesce(substr(left(a.answer, -1), 2) ||
      ',"answered_by":' || coalesce(answerer.desk, 'null'), '"state":"lapsed","lapsed":' || lapse.told,
      '"state":"pending"') || '}'
from approvals a
join story_now n on n.story = a.story
left join members asker on asker.member = a.asked_by
left join members answerer on answerer.member = a.answered_by
left join lateral (
    select json_build_object('revision', revision, 'kind', kind)::text as told
    from revisions
    where a.is_pending
      and story = a.story
      and position > a.position
      and kind = any(array['agency_correction', 'assessment', 'attribution', 'citation', 'clarification',
          'confirmation', 'copy', 'correction', 'corrective', 'dateline', 'editors_note', 'fact_refile',
          'headline', 'kill', 'loosening', 'merge', 'note', 'opening', 'parting', 'publication', 'refile',
          'release', 'report', 'response', 'restoration', 'retraction', 'reversion', 'slug', 'takedown',
          'tightening', 'update', 'withdrawal'])
      and (kind <> 'note' or ('{' || substr(desk, 2) || '}')::json #>> '{after,is_publishable}' = 'true')
      and (a.asked::json -> 'fact' is null or fact = (a.asked::json ->> 'fact')::int)
    order by position
    limit 1
) lapse on true
where a.position > %s
  and a.is_pending
  and not exists (
    select
    from approvals anew
    where anew.story = a.story
      and anew.approval > a.approval
      and anew.asked::json ->> 'act' = a.asked::json ->> 'act'
      and anew.asked::json ->> 'fact' is not distinct from a.asked::json ->> 'fact'
)
order by a.position
limit %s

select a.position, '{"story":"' || n.slug || '",' || substr(left(a.asked, -1), 2) || ',"actor":"' || a.asked_by
      || '","asked_by":' || coalesce(asker.desk, 'null') || ',' || coalesce(substr(left(a.answer, -1), 2) ||
      ',"answered_by":' || coalesce(answerer.desk, 'null'), '"state":"lapsed","lapsed":' || lapse.told,
      '"state":"pending"') || '}'
from approvals a
join story_now n on n.story = a.story
left join members asker on asker.member = a.asked_by
left join members answerer on answerer.member = a.answered_by
left join lateral (
    select json_build_object('revision', revision, 'kind', kind)::text as told
    from revisions
    where a.is_pending
      and story = a.story
      and position > a.position
      and kind = any(array['agency_correction', 'assessment', 'attribution', 'citation', 'clarification',
          'confirmation', 'copy', 'correction', 'corrective', 'dateline', 'editors_note', 'fact_refile',
          'headline', 'kill', 'loosening', 'merge', 'note', 'opening', 'parting', 'publication', 'refile',
          'release', 'report', 'response', 'restoration', 'retraction', 'reversion', 'slug', 'takedown',
          'tightening', 'update', 'withdrawal'])
      and (kind <> 'note' or ('{' || substr(desk, 2) || '}')::json #>> '{after,is_publishable}' = 'true')
      and (a.asked::json -> 'fact' is null or fact = (a.asked::json ->> 'fact')::int)
    order by position
    limit 1
) lapse on true
where a.position > %s
  and true
order by a.position
limit %s
