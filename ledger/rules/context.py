"""What a rule may look at besides its own stream: who asks, when, and the other streams as they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.commands import Actor
from ledger.member import Member
from ledger.request import Request
from ledger.source import Source
from ledger.story import Story

State = Story | Source | Member | Request


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, when, and the other streams as they are: those that `leans_on` names are present if they exist."""

    actor: Actor
    now: datetime
    about: str | None  # the slug of the story or the source that the command is about
    streams: Mapping[UUID, State | None]
