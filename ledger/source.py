"""A source: a person, organisation, agency, document, data set, web page, or the desk's own witness."""

from typing import Literal

from ledger.moment import Moment, rfc3339
from ledger.words import Closed, Name, Slug, SourceKind, Text


class SourceRegistered(Closed):
    topic: Literal["source-registered.v1"] = "source-registered.v1"
    slug: Slug
    name: Name
    kind: SourceKind
    description: Text | None = None


SourceEvent = SourceRegistered
SourceState = Literal["registered"]


class Source(Closed):
    source: Slug
    name: Name
    kind: SourceKind
    description: Text | None = None
    registered_at: str

    @property
    def state(self) -> SourceState:
        return "registered"


def evolve(source: Source | None, event: SourceEvent, at: Moment) -> Source:
    del source  # a source has one event so far: its registration
    return Source.model_construct(
        source=event.slug,
        name=event.name,
        kind=event.kind,
        description=event.description,
        registered_at=rfc3339(at.recorded_at),
    )
