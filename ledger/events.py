"""Everything that can have happened, by topic; how an event is written to disk, and read back for ever.

The bytes of an event are canonical JSON (RFC 8785) of its fields but the topic. A topic is a literal that is never
given to another shape: a changed meaning is a new class with a new topic, and old bytes are brought forward by an
upcast, one version at a time, on reading. What is stored never changes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args
from uuid import UUID

import orjson

from ledger.erasure import Erased, OutOfPlace
from ledger.member import MemberEvent
from ledger.moment import Moment
from ledger.request import RequestEvent
from ledger.source import SourceEvent
from ledger.story import StoryEvent
from ledger.words import RECORDED, Closed

Event = StoryEvent | SourceEvent | MemberEvent | RequestEvent
Upcast = Callable[[dict[str, Any]], dict[str, Any]]


class UnknownTopic(Exception):
    """An event carries a topic that this program does not know; a newer program wrote it."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as the ledger holds it, or that it says nothing. `size` is that of its body in bytes."""

    at: Moment
    stream: UUID
    event: Event | Erased | OutOfPlace
    event_id: UUID
    size: int


@dataclass(slots=True)
class Written:
    """An event that is there as the canonical bytes of its body, and not read yet."""

    topic: str
    body: bytes


class Topics:
    """Which class reads which topic, and how the bytes of an older topic become those of the next."""

    def __init__(
        self, classes: Mapping[str, type[Closed]], upcasts: Mapping[str, tuple[str, Upcast]] | None = None
    ) -> None:
        self.classes = dict(classes)
        self.upcasts = dict(upcasts or {})

    def read(self, topic: str, body: bytes) -> Event:
        """The event behind stored bytes: brought forward to the newest topic, then validated."""
        if topic not in self.upcasts and topic in self.classes:
            return self.classes[topic].model_validate_json(body, context=RECORDED)  # type: ignore[return-value]
        fields = orjson.loads(body)
        while topic in self.upcasts:
            topic, upcast = self.upcasts[topic]
            fields = upcast(fields)
        if topic not in self.classes:
            raise UnknownTopic(topic)
        return self.classes[topic].model_validate(fields, context=RECORDED)  # type: ignore[return-value]

    def erased(self, topic: str) -> Erased:
        """What stands for an event whose bytes were erased."""
        if topic not in self.classes and topic not in self.upcasts:
            raise UnknownTopic(topic)
        return Erased(topic)


def canonical(event: Closed) -> bytes:
    """RFC 8785 bytes of an event.

    Our events hold no floats, no integers of 2^53 or more and only ASCII names, and for those orjson's sorted output
    is the canonical form; a property test holds it equal to the reference implementation, which takes 50 times as long.
    """
    return orjson.dumps(
        event.model_dump(mode="json", exclude={"topic"}, exclude_none=True), option=orjson.OPT_SORT_KEYS
    )


def canonical_part(part: Closed) -> bytes:
    """The bytes of a value as they stand in those of an event that holds it."""
    return orjson.dumps(part.model_dump(mode="json", exclude_none=True), option=orjson.OPT_SORT_KEYS)


def topic_of(kind: type[Closed]) -> str:
    """The topic that events of a class carry."""
    return str(kind.model_fields["topic"].default)


TOPICS = Topics({topic_of(kind): kind for kind in get_args(Event)})
