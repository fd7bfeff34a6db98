"""What happened, as a fold takes it: plain values from JSON, in the order in which documents have them.

Events were validated when they were recorded, so only the names at the top are looked at here. Where these are not what
the topic says, the event is validated in full, and that says what is wrong with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import orjson
from pydantic.fields import FieldInfo

from ledger.events import TOPICS, Topics, UnknownTopic
from ledger.member import MemberEvent
from ledger.request import RequestEvent
from ledger.source import SourceEvent
from ledger.story import KIND, FactEvent, StoryEvent
from ledger.words import Closed

Values = dict[str, Any]
Of = Literal["story", "source", "request", "member"]  # what a stream is of


@dataclass(slots=True)
class Happened:
    """An event. kind: as the audit trail has it, of an event that is none of a story its topic; body: its fields in
    order, those that are absent left out; None where it was erased."""

    position: int
    stream: str
    revision: int
    recorded_at: str
    actor: str
    event_id: str
    of: Of
    kind: str
    body: Values | None

    @property
    def said(self) -> Values:
        assert self.body is not None, "only of a request a body is erased"
        return self.body


def read(topic: str, body: bytes | str | None, topics: Topics = TOPICS) -> tuple[Of, str, Values | None]:
    """What the stream is of, the kind of the event, and its body, brought forward to the newest topic."""
    if body is None:
        topics.erased(topic)  # is one that is known
        return "request", topic, None
    fields = orjson.loads(body)
    while topic in topics.upcasts:
        topic, upcast = topics.upcasts[topic]
        fields = upcast(fields)
    if topic not in topics.classes:
        raise UnknownTopic(topic)
    shape = _shape(topics.classes[topic])
    if not shape.required <= fields.keys() <= shape.known:
        topics.read(topic, orjson.dumps(fields))
    return shape.of, shape.kind or topic, shape.put_in_order(fields)


# --- In order ----------------------------------------------------------------------------------------------------

Order = Callable[[Any], Any]


_EVENTS: Final[Mapping[Of, Any]] = {
    "story": StoryEvent,
    "source": SourceEvent,
    "request": RequestEvent,
    "member": MemberEvent,
}


@dataclass(frozen=True, slots=True)
class _Shape:
    of: Of
    kind: str | None
    required: frozenset[str]
    known: frozenset[str]
    put_in_order: Order


_OF: Final[Mapping[Any, Of]] = {event: of for of, events in _EVENTS.items() for event in get_args(events)}
_KIND: Final[Mapping[Any, str]] = KIND


@cache
def _shape(event: type[Closed]) -> _Shape:
    required, known = _names(event)
    return _Shape(_OF[event], _KIND.get(event), required, known, in_order_of(event))


def _names(model: type[Closed]) -> tuple[frozenset[str], frozenset[str]]:
    """Of its fields: those that must be there, and all."""
    fields = {name: field for name, field in model.model_fields.items() if name != "topic"}
    return frozenset(name for name, field in fields.items() if field.is_required()), frozenset(fields)


@cache
def in_order_of(model: type[Closed]) -> Order:
    """Puts the fields of a recorded value in the order of its class, with the defaults of those that are not there."""
    fields = [
        (name, _default(field), _order(field.annotation))
        for name, field in model.model_fields.items()
        if name != "topic"
    ]

    def put_in_order(given: Values) -> Values:
        made: Values = {}
        for name, default, order in fields:
            if name in given:
                value = given[name]
                if value is not None:
                    made[name] = value if order is None else order(value)
            elif default is not None:
                made[name] = default
        return made

    return put_in_order


def _default(field: FieldInfo) -> Any:
    """None where it has none."""
    if field.is_required():
        return None
    return list(field.default) if isinstance(field.default, tuple) else field.default


def _order(annotation: Any) -> Order | None:
    """None where there is nothing to put in order."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _order(inner[0])
    if origin is tuple:
        of_each = _order(inner[0])
        return None if of_each is None else lambda values: [of_each(value) for value in values]
    if origin in (Union, UnionType):
        kinds = [kind for kind in inner if kind is not type(None)]
        return _order(kinds[0]) if len(kinds) == 1 else _order_of_either(kinds)
    if isinstance(annotation, type) and issubclass(annotation, Closed):
        return in_order_of(annotation)
    return None


def _order_of_either(kinds: list[Any]) -> Order | None:
    models = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Closed)]
    if not models:
        return None
    ways = [(*_names(model), _tags(model), in_order_of(model)) for model in models]

    def put_in_order(given: Values) -> Any:
        for required, known, tags, order in ways:
            if required <= given.keys() <= known and all(given.get(tag, its) == its for tag, its in tags):
                return order(given)
        raise ValueError(f"none of {[model.__name__ for model in models]}: {sorted(given)}")

    return put_in_order


def _tags(model: type[Closed]) -> list[tuple[str, Any]]:
    """The fields that say which class it is."""
    return [
        (name, field.default)
        for name, field in model.model_fields.items()
        if get_origin(field.annotation) is Literal and get_args(field.annotation) == (field.default,)
    ]


FACT_EVENTS: Final = frozenset(kind for event, kind in KIND.items() if issubclass(event, FactEvent))
