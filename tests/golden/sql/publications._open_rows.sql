select story, since, is_open, revision, content, is_edition, edition_position, edition_at, first_at,
      shown_revision, shown, outdates, signals
from publications
where story = any(%s)
  and to_position = 9007199254740991
