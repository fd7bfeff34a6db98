"""Who can be named, how, and who is still relied on: sources registered, renamed, joined, discredited, reinstated."""

from ledger import limits
from ledger.commands import (
    CommandOnSource,
    DiscreditSource,
    MergeSource,
    PartSource,
    RegisterProvider,
    RegisterSource,
    ReinstateSource,
    RenameSource,
)
from ledger.refusals import (
    NoSuchSource,
    NothingChanges,
    NotJoined,
    OthersAreJoined,
    SourceFull,
    SourceIsMerged,
    StandOtherwise,
    TooManyJoined,
    UnknownSource,
)
from ledger.rules.context import Context
from ledger.source import (
    ProviderRegistered,
    ProviderSettings,
    Source,
    SourceDiscredited,
    SourceMerged,
    SourceParted,
    SourceRegistered,
    SourceReinstated,
    SourceRenamed,
)


def register_source(command: RegisterSource) -> SourceRegistered:
    return SourceRegistered(**command.__dict__)


def rename(source: Source, command: RenameSource) -> SourceRenamed:
    if (command.name, command.other_names) == (source.name, source.other_names or ()):
        raise NothingChanges(
            why=f"{source.source} has this name and these other names already", pointer="/name"
        )
    if len(source.former_names or ()) >= limits.RENAMINGS_OF_SOURCE:
        raise SourceFull(limit=limits.RENAMINGS_OF_SOURCE)
    return SourceRenamed(
        slug=source.source, name=command.name, other_names=command.other_names, reason=command.reason
    )


def merge(source: Source, command: MergeSource, context: Context) -> SourceMerged:
    """Into one that goes on itself, by one that goes on for no other: so each leads to the one that goes on at once."""
    other = context.source(command.into)
    if other is None:
        raise NoSuchSource(source=command.into, pointer="/into")
    if other.source == source.source:
        raise NothingChanges(why="a source is the same as itself already", pointer="/into")
    check_goes_on(other, f"Join {source.source} to that one", context, "/into")
    if source.joined:
        raise OthersAreJoined(
            source=source.source, into=other.source, joined=", ".join(one.source for one in source.joined)
        )
    if len(other.joined or ()) >= limits.JOINED_TO_SOURCE:
        raise TooManyJoined(limit=limits.JOINED_TO_SOURCE, pointer="/into")
    if source.state != other.state:
        discredited, relied_on = (source, other) if source.discredited else (other, source)
        raise StandOtherwise(discredited=discredited.source, relied_on=relied_on.source)
    return SourceMerged(slug=source.source, name=source.name, into=other.source, reason=command.reason)


def part(source: Source, command: PartSource) -> SourceParted:
    if source.merged_into is None:
        raise NotJoined(source=source.source)
    return SourceParted(slug=source.source, into=source.merged_into, reason=command.reason)


def of_both(event: object) -> str | None:
    """Slug of the other source whose stream an event stands in, too."""
    return event.into if isinstance(event, SourceMerged | SourceParted) else None


def goes_in_spite(command: CommandOnSource) -> bool:
    """Whether it may be done with a source that another goes on for: its items go on being taken."""
    return isinstance(command, PartSource | RegisterProvider | RegisterSource)


def check_goes_on(source: Source, mend: str, context: Context, pointer: str | None = None) -> None:
    if source.merged_into is not None:
        other = context.source(source.merged_into)
        name = other.name if other else source.merged_into
        raise SourceIsMerged(
            source=source.source, name=name, into=source.merged_into, mend=mend, pointer=pointer
        )


def check_named(source: str, pointer: str, context: Context) -> None:
    """Refuses what would name a source that is not there, or that another goes on for."""
    if context.may_be_named(source):
        return
    found = context.source(source)
    if found is None:
        raise UnknownSource(source=source, pointer=pointer)
    check_goes_on(found, f"Name {found.merged_into} instead", context, pointer)


def discredit(source: Source, command: DiscreditSource) -> SourceDiscredited:
    return SourceDiscredited(slug=source.source, reason=command.reason)


def reinstate(source: Source, command: ReinstateSource) -> SourceReinstated:
    return SourceReinstated(slug=source.source, reason=command.reason)


def register_provider(source: Source, command: RegisterProvider) -> ProviderRegistered:
    said = {name: getattr(command, name) for name in ProviderSettings.model_fields}
    if source.provider is not None and said == source.provider.__dict__:
        raise NothingChanges(why=f"items of {source.source} are taken in this way already")
    return ProviderRegistered(slug=source.source, reason=command.reason, **said)
