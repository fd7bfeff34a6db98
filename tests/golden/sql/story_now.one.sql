select n.story, n.slug, n.opened_as, n.first_public_slug, n.merged_into, n.revision, n.position, n.recorded_at,
      n.facts
from story_now n
where story = (
    select story
    from story_slugs
    where slug = %s
)
