"""A source: a person, organisation, agency, document, data set, web page, or the desk's own witness."""

from typing import Annotated, Any, Literal, assert_never

from pydantic import Field

from ledger import limits
from ledger.moment import Moment, rfc3339
from ledger.words import Closed, Language, Name, Slug, SourceKind, Text


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


OtherNames = Annotated[
    tuple[Name, ...],
    Field(
        max_length=limits.NAMES_OF_SOURCE,
        description="What else it is known by; for the desk alone",
        examples=[["Facebook"]],
    ),
]


class SourceRenamed(Closed):
    """It has this name from then on. other_names: what else it is known by; what was said of that before is said no
    more."""

    topic: Literal["source-renamed.v1"] = "source-renamed.v1"
    slug: Slug
    name: Name
    other_names: OtherNames = ()
    reason: Text


class SourceMerged(Closed):
    """It is the same as another, which goes on. In the streams of both, recorded together: slug, name: of the one that
    is given up; into: the other."""

    topic: Literal["source-merged.v1"] = "source-merged.v1"
    slug: Slug
    name: Name
    into: Slug
    reason: Text


class SourceParted(Closed):
    """It is not the same as that other, after all. In the streams of both, too."""

    topic: Literal["source-parted.v1"] = "source-parted.v1"
    slug: Slug
    into: Slug
    reason: Text


class ProviderSettings(Closed):
    """How the items of a provider are taken. names: as they call it, besides its slug and its name; public_notes: the
    roles of notes that readers may see; may_withdraw: whether its own cancel and its own hold are done at once."""

    names: Annotated[tuple[Name, ...], Field(max_length=limits.NAMES_OF_PROVIDER)] = ()
    language: Language | None = Field(default=None, description="Of items that do not say theirs")
    desk: Name | None = Field(default=None, description="Of items that do not say theirs")
    public_notes: Annotated[
        tuple[Name, ...],
        Field(max_length=limits.NAMES_OF_PROVIDER, description="Roles of notes that readers may see"),
    ] = ()
    may_withdraw: Annotated[
        bool,
        Field(strict=True, description="Whether it withdraws and holds its own items by itself, at once"),
    ] = False


class ProviderRegistered(ProviderSettings):
    """Items of it are taken from then on, in this way; what was said of that before is said no more."""

    topic: Literal["provider-registered.v1"] = "provider-registered.v1"
    slug: Slug
    reason: Text


SourceEvent = (
    SourceRegistered
    | SourceRenamed
    | SourceDiscredited
    | SourceReinstated
    | ProviderRegistered
    | SourceMerged
    | SourceParted
)
SourceState = Literal["registered", "discredited"]


class Discredit(Closed):
    """Why a source is not to be relied on, and since when."""

    reason: Text
    recorded_at: str


class FormerName(Closed):
    """What a source was called, until it was called otherwise, and why it was."""

    name: Name
    until: str
    reason: Text


class Joined(Closed):
    """A source that is the same as another, which goes on in its place."""

    source: Slug
    name: Name


class Registration(Closed):
    """Who a source is. Its name alone changes: a story of any moment shows the one that it had then."""

    source: Slug
    name: Name
    kind: SourceKind
    description: Text | None = None
    registered_at: str


class Source(Registration):
    """A source as it stands now; `discredited` while it is so; `provider`: where items of it are taken; former_names:
    oldest first; merged_into: the source that it is the same as, and that goes on; `joined`: those that it goes on for.
    """

    discredited: Discredit | None = None
    provider: ProviderSettings | None = None
    other_names: OtherNames | None = None
    former_names: tuple[FormerName, ...] | None = None
    merged_into: Slug | None = None
    joined: tuple[Joined, ...] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that it has or had."""
        former = (one.name for one in self.former_names or ())
        return tuple(dict.fromkeys((self.name, *(self.other_names or ()), *former)))

    @property
    def one_with(self) -> set[str]:
        """Slugs of the others that it is the same as, so far as it knows: the one that goes on knows all."""
        return {*filter(None, [self.merged_into]), *(one.source for one in self.joined or ())}

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
            provider=None,
            other_names=None,
            former_names=None,
            merged_into=None,
            joined=None,
        )
    assert source is not None, "a source's first event is its registration"
    match event:
        case SourceRenamed():
            return source.model_copy(update=renamed(source, event, at))
        case SourceDiscredited():
            return source.model_copy(update={"discredited": discredit(event, at)})
        case SourceReinstated():
            return source.model_copy(update={"discredited": None})
        case ProviderRegistered():
            return source.model_copy(update={"provider": settings(event)})
        case SourceMerged() | SourceParted():
            return source.model_copy(update=joined(source, event))
        case _:
            assert_never(event)


def renamed(source: Source, event: SourceRenamed, at: Moment) -> dict[str, Any]:
    former = source.former_names
    if event.name != source.name:
        until = rfc3339(at.recorded_at)
        last = FormerName.model_construct(name=source.name, until=until, reason=event.reason)
        former = (*(former or ()), last)
    return {"name": event.name, "other_names": event.other_names or None, "former_names": former}


def joined(source: Source, event: SourceMerged | SourceParted) -> dict[str, Any]:
    if event.slug == source.source:
        return {"merged_into": event.into if isinstance(event, SourceMerged) else None}
    others = tuple(one for one in source.joined or () if one.source != event.slug)
    if isinstance(event, SourceMerged):
        others = (*others, Joined.model_construct(source=event.slug, name=event.name))
    return {"joined": others or None}


def settings(event: ProviderRegistered) -> ProviderSettings:
    return ProviderSettings.model_construct(
        **{name: getattr(event, name) for name in ProviderSettings.model_fields}
    )


def discredit(event: SourceDiscredited, at: Moment) -> Discredit:
    return Discredit.model_construct(reason=event.reason, recorded_at=rfc3339(at.recorded_at))
