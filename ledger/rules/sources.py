"""Who can be named: sources registered."""

from ledger.commands import RegisterSource
from ledger.source import SourceRegistered


def register_source(command: RegisterSource) -> SourceRegistered:
    return SourceRegistered(**command.__dict__)
