"""Questions over several views: the story as it is, as it was, as readers saw it, and what changed."""
