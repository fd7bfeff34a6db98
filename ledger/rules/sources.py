"""Who can be named, and who is still relied on: sources registered, discredited, reinstated."""

from ledger.commands import DiscreditSource, RegisterSource, ReinstateSource
from ledger.source import Source, SourceDiscredited, SourceRegistered, SourceReinstated


def register_source(command: RegisterSource) -> SourceRegistered:
    return SourceRegistered(**command.__dict__)


def discredit(source: Source, command: DiscreditSource) -> SourceDiscredited:
    return SourceDiscredited(slug=source.source, reason=command.reason)


def reinstate(source: Source, command: ReinstateSource) -> SourceReinstated:
    return SourceReinstated(slug=source.source, reason=command.reason)
