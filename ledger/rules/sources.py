"""Who can be named, how, and who is still relied on: sources registered, renamed, discredited, reinstated."""

from ledger import limits
from ledger.commands import DiscreditSource, RegisterProvider, RegisterSource, ReinstateSource, RenameSource
from ledger.refusals import NothingChanges, SourceFull
from ledger.source import (
    ProviderRegistered,
    ProviderSettings,
    Source,
    SourceDiscredited,
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


def discredit(source: Source, command: DiscreditSource) -> SourceDiscredited:
    return SourceDiscredited(slug=source.source, reason=command.reason)


def reinstate(source: Source, command: ReinstateSource) -> SourceReinstated:
    return SourceReinstated(slug=source.source, reason=command.reason)


def register_provider(source: Source, command: RegisterProvider) -> ProviderRegistered:
    said = {name: getattr(command, name) for name in ProviderSettings.model_fields}
    if source.provider is not None and said == source.provider.__dict__:
        raise NothingChanges(why=f"items of {source.source} are taken in this way already")
    return ProviderRegistered(slug=source.source, reason=command.reason, **said)
