"""A source: a person, organisation, agency, document, data set, web page, or the desk's own witness."""

from typing import Literal, assert_never

from ledger.moment import Moment, rfc3339
from ledger.words import Closed, Name, Slug, SourceKind, Text


class SourceRegistered(Closed):
    topic: Literal["source-registered.v1"] = "source-registered.v1"
    slug: Slug
    name: Name
    kind: SourceKind
    description: Text | None = None


class SourceDiscredited(Closed):
    """Its word alone is not to be relied on any more."""

    topic: Literal["source-discredited.v1"] = "source-discredited.v1"
    slug: Slug
    reason: Text


class SourceReinstated(Closed):
    topic: Literal["source-reinstated.v1"] = "source-reinstated.v1"
    slug: Slug
    reason: Text


SourceEvent = SourceRegistered | SourceDiscredited | SourceReinstated
SourceState = Literal["registered", "discredited"]


class Discredit(Closed):
    """Why a source is not to be relied on, and since when."""

    reason: Text
    recorded_at: str


class Registration(Closed):
    """Who a source is. It never changes, so stories of any moment show it."""

    source: Slug
    name: Name
    kind: SourceKind
    description: Text | None = None
    registered_at: str


class Source(Registration):
    """A source as it stands now; `discredited` while it is so."""

    discredited: Discredit | None = None

    @property
    def state(self) -> SourceState:
        return "discredited" if self.discredited else "registered"

    def registration(self) -> Registration:
        return Registration.model_construct(
            **{name: getattr(self, name) for name in Registration.model_fields}
        )


def evolve(source: Source | None, event: SourceEvent, at: Moment) -> Source:
    if isinstance(event, SourceRegistered):
        return Source.model_construct(
            source=event.slug,
            name=event.name,
            kind=event.kind,
            description=event.description,
            registered_at=rfc3339(at.recorded_at),
            discredited=None,
        )
    assert source is not None, "a source's first event is its registration"
    match event:
        case SourceDiscredited():
            return source.model_copy(update={"discredited": discredit(event, at)})
        case SourceReinstated():
            return source.model_copy(update={"discredited": None})
        case _:
            assert_never(event)


def discredit(event: SourceDiscredited, at: Moment) -> Discredit:
    return Discredit.model_construct(reason=event.reason, recorded_at=rfc3339(at.recorded_at))
