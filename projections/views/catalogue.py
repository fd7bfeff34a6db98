"""Every view, in the order in which they move."""

import hashlib
from collections.abc import Collection
from functools import cache
from typing import Final

from projections.views import (
    approvals,
    corrections,
    fact_versions,
    figures,
    members,
    publications,
    requests,
    revisions,
    search,
    shaken,
    source_usage,
    sources,
    story_now,
    story_versions,
)
from projections.views.documents import EDITION
from projections.views.view import View

# Whatever a view needs comes before it.
VIEWS: tuple[View, ...] = (
    members.VIEW,
    sources.VIEW,
    story_now.VIEW,
    story_versions.VIEW,
    fact_versions.VIEW,
    revisions.VIEW,
    publications.VIEW,
    approvals.VIEW,
    corrections.VIEW,
    source_usage.VIEW,
    figures.VIEW,
    requests.VIEW,
    search.VIEW,
    shaken.VIEW,
)
VIEW: Final = {view.name: view for view in VIEWS}

# What a story's document is read from.
OF_A_STORY: Final = (
    "members",
    "sources",
    "story_now",
    "story_versions",
    "fact_versions",
    "publications",
    "revisions",
)


def definition(view: View) -> str:
    """What a view is made by: its tables, and the edition of the documents in them."""
    return _digest(f"{view.ddl} {view.indexes} edition {EDITION}")


@cache  # every page asks it of every view
def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def with_needs(names: Collection[str]) -> set[str]:
    """These, and the views that any of them looks into."""
    return {*names}.union(*(with_needs(VIEW[name].needs) for name in names))


def chosen(names: Collection[str]) -> list[View]:
    """The views of these names, in the order in which they move."""
    return [view for view in VIEWS if view.name in names]
