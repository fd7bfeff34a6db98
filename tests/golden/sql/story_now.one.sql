select story, slug, revision, position, recorded_at, facts
from story_now
where slug = %s
