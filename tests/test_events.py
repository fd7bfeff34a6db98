"""Is what was ever written still read, and written again, byte for byte?"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import orjson
import pytest
import rfc8785
from annotated_types import MinLen
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import AfterValidator, BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from ledger import limits, words
from ledger.dates import check_edtf
from ledger.erasure import Erased
from ledger.events import TOPICS, Event, Topics, UnknownTopic, canonical
from ledger.fact import Attribution, Chain, FactBody, Figure, Occurred, Unattributed
from ledger.moment import Moment
from ledger.story import FactReported, StoryEvent, StoryOpened, evolve, fold
from ledger.words import Closed
from projections.views import happened

GOLDEN = Path(__file__).parent / "golden" / "history.ndjson"
HISTORY: list[tuple[str, bytes]] = [
    (line["topic"], line["body"].encode())
    for line in map(json.loads, GOLDEN.read_text("utf-8").removesuffix("\n").split("\n"))
]
CLASSES: list[type[Closed]] = list(get_args(Event))

# --- What a class of events can say, from its annotations -------------------------------------------------------


def parts(hint: Any) -> Iterator[Any]:
    """The classes, words and plain types that an annotation is put together from."""
    match get_origin(hint):
        case None:
            yield hint
        case origin if origin is Annotated:
            yield from parts(get_args(hint)[0])
        case origin if origin is Literal:
            yield hint
        case _:
            for inner in get_args(hint):
                yield from parts(inner)


def fields_of(cls: type[Closed]) -> dict[str, Any]:
    hints = get_type_hints(cls, include_extras=True)
    return {name: hints[name] for name in cls.model_fields if name != "topic"}


def may_say(cls: type[Closed]) -> Iterator[tuple[str, str, object]]:
    """(class, field, True) for every field, (class, field, False) for what may be left out, (class, field, word)."""
    for name, hint in fields_of(cls).items():
        field = cls.model_fields[name]
        yield cls.__name__, name, True
        if not field.is_required() and field.default in (None, ()):
            yield cls.__name__, name, False
        for part in parts(hint):
            if get_origin(part) is Literal:
                yield from ((cls.__name__, name, word) for word in get_args(part))
            elif isinstance(part, type) and issubclass(part, Closed):
                yield from may_say(part)


def says(value: Closed) -> Iterator[tuple[str, str, object]]:
    """The same of one event."""
    for name, hint in fields_of(type(value)).items():
        said = getattr(value, name)
        yield type(value).__name__, name, said is not None and said != ()
        closed = {word for part in parts(hint) if get_origin(part) is Literal for word in get_args(part)}
        for one in said if isinstance(said, tuple) else (said,):
            if isinstance(one, Closed):
                yield from says(one)
            elif one in closed:
                yield type(value).__name__, name, one


# --- Any event at all, from the same annotations ----------------------------------------------------------------

CONTROL = [chr(code) for code in (*range(0x20), 0x7F)]
VISIBLE = st.characters(exclude_categories=["Cs"], exclude_characters=CONTROL)  # astral letters among them
BY_PATTERN = {
    words._VISIBLE_LINE: st.text(VISIBLE, min_size=1, max_size=9).filter(words._shows),
    words._VISIBLE_TEXT: st.text(VISIBLE | st.sampled_from("\n\r\t"), min_size=1, max_size=9).filter(
        words._shows
    ),
}


def by_pattern(pattern: str, longest: int) -> SearchStrategy[str]:
    texts = st.from_regex(pattern, fullmatch=True, alphabet=st.characters(codec="ascii"))
    return texts.filter(lambda text: len(text) <= longest)


OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
BY_VALIDATOR: dict[Callable[..., str], SearchStrategy[str]] = {
    words._rfc3339: st.datetimes(timezones=OFFSETS)
    .filter(lambda instant: 1 < instant.year < 9999)
    .map(datetime.isoformat),
    words._calendar_date: st.dates().map(lambda day: day.isoformat()),
    words._plain: st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=9),
    words._web_address: by_pattern(words._WEB_ADDRESS, limits.URL_LENGTH),
    words._language: st.sampled_from(["en", "ko", "zh-Hant-TW", "de-CH-1996", "es-419"]),
    check_edtf: st.sampled_from(
        ["2023-09-12", "2022-02", "2023", "2023-09-12/2023-09-13", "1984?", "2023-09~"]
    ),
}


def anything(hint: Any) -> SearchStrategy[Any]:
    """Every value that an annotation takes."""
    origin = get_origin(hint)
    if origin is Annotated:
        return constrained(*get_args(hint))
    if origin is Literal:
        return st.sampled_from(get_args(hint))
    if origin in (Union, UnionType):
        return st.one_of([anything(inner) for inner in get_args(hint)])
    if isinstance(hint, type) and issubclass(hint, Closed):
        return any_of(hint)
    plain = {UUID: st.uuids(), type(None): st.none(), bool: st.booleans()}
    return plain[hint]


def constrained(base: Any, *rules: Any) -> SearchStrategy[Any]:
    known = [one for rule in rules for one in (rule.metadata if isinstance(rule, FieldInfo) else [rule])]
    for rule in known:
        if isinstance(rule, AfterValidator) and rule.func is not words._seen:
            return BY_VALIDATOR[rule.func]
    for rule in known:
        if isinstance(rule, StringConstraints) and isinstance(rule.pattern, str):
            if rule.pattern in BY_PATTERN:
                return BY_PATTERN[rule.pattern]
            return by_pattern(rule.pattern, rule.max_length or 100)
    if get_origin(base) is tuple:
        least = max([rule.min_length for rule in known if isinstance(rule, MinLen)], default=0)
        return st.lists(anything(get_args(base)[0]), min_size=least, max_size=least + 1).map(tuple)
    if base is int:
        least, most = (getattr(rule, end) for end in ("ge", "le") for rule in known if hasattr(rule, end))
        return st.integers(least, most)
    return anything(base)


def quoting(link: Attribution) -> SearchStrategy[Attribution]:
    return anything(words.Text).map(lambda quote: link.model_copy(update={"quote": quote}))


@cache
def any_of(cls: type[Closed]) -> SearchStrategy[Any]:
    """Every instance of a class, mended where its fields must agree."""
    fields = {name: anything(hint) for name, hint in fields_of(cls).items()}
    if cls is Occurred:
        fields["literal"] = anything(words.Line)
    if cls is FactBody:
        said = {"attribution": anything(Chain), "unattributed": st.none()}
        unsaid = {"attribution": st.none(), "unattributed": anything(Unattributed)}
        kinds = st.sampled_from(
            [kind for kind in get_args(words.FactKind) if kind not in ("quote", "figure")]
        )
        last = anything(Attribution).flatmap(quoting)
        return st.one_of(
            st.builds(cls, **fields | said | {"kind": kinds}),
            st.builds(cls, **fields | unsaid | {"kind": kinds}),
            st.builds(cls, **fields | said | {"kind": st.just("figure"), "figure": anything(Figure)}),
            st.builds(
                cls,
                **fields
                | said
                | {"kind": st.just("quote"), "attribution": st.tuples(anything(Attribution), last)},
            ),
        )
    return st.builds(cls, **fields)


EVENTS = st.sampled_from(CLASSES).flatmap(any_of)

# --- The golden history -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "body"), HISTORY, ids=[f"{n} {topic}" for n, (topic, _) in enumerate(HISTORY, 1)]
)
def test_a_golden_event_is_read_and_written_again_byte_for_byte(topic: str, body: bytes) -> None:
    event = TOPICS.read(topic, body)
    if topic not in TOPICS.upcasts:
        assert event.topic == topic
        assert canonical(event) == body
    assert rfc8785.dumps(json.loads(body)) == body


def test_every_topic_is_in_the_golden_history() -> None:
    assert {topic for topic, _ in HISTORY} == TOPICS.classes.keys() | TOPICS.upcasts.keys()


@pytest.mark.thorough
@pytest.mark.parametrize("cls", CLASSES)
def test_the_golden_history_has_every_field_said_and_left_out_and_every_word(cls: type[Closed]) -> None:
    held = {found for topic, body in HISTORY for found in says(TOPICS.read(topic, body))}
    assert set(may_say(cls)) - held == set()


def test_a_topic_is_the_literal_of_one_class_and_names_its_version() -> None:
    assert len(TOPICS.classes) == len(CLASSES)
    for topic, cls in TOPICS.classes.items():
        assert get_args(cls.model_fields["topic"].annotation) == (topic,)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*\.v[1-9][0-9]*", topic)


# --- Older topics -----------------------------------------------------------------------------------------------


class TrainMoved(Closed):
    topic: Literal["train-moved.v3"] = "train-moved.v3"
    station: str
    passengers: int


def name_the_station(fields: dict[str, Any]) -> dict[str, Any]:
    return {"station": fields["where"], "people": fields["people"]}


def call_them_passengers(fields: dict[str, Any]) -> dict[str, Any]:
    return {"station": fields["station"], "passengers": fields["people"]}


TRAINS = Topics(
    {"train-moved.v3": TrainMoved},
    {
        "train-moved.v1": ("train-moved.v2", name_the_station),
        "train-moved.v2": ("train-moved.v3", call_them_passengers),
        "train-seen.v1": ("train-seen.v2", lambda fields: fields),
    },
)
MOVED: object = TrainMoved(station="Khasan", passengers=2)


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("train-moved.v1", b'{"people":2,"where":"Khasan"}'),
        ("train-moved.v2", b'{"people":2,"station":"Khasan"}'),
        ("train-moved.v3", b'{"passengers":2,"station":"Khasan"}'),
    ],
)
def test_an_older_event_is_brought_forward_step_by_step(topic: str, body: bytes) -> None:
    assert TRAINS.read(topic, body) == MOVED


@pytest.mark.parametrize("topic", ["train-moved.v4", "train-seen.v1", "", "fact-reported.v1"])
def test_a_topic_of_a_newer_program_is_not_guessed_at(topic: str) -> None:
    with pytest.raises(UnknownTopic) as unknown:
        TRAINS.read(topic, b"{}")
    assert str(unknown.value) == topic.replace("seen.v1", "seen.v2")


@pytest.mark.parametrize("topic", ["train-moved.v1", "train-moved.v3"])
def test_of_an_erased_body_the_topic_is_known(topic: str) -> None:
    assert TRAINS.erased(topic) == Erased(topic)
    with pytest.raises(UnknownTopic):
        TRAINS.erased("train-moved.v4")


def test_what_is_brought_forward_is_validated() -> None:
    with pytest.raises(ValueError, match="passengers"):
        TRAINS.read("train-moved.v1", b'{"people":"many","where":"Khasan"}')


# --- Any event ---------------------------------------------------------------------------------------------------


@pytest.mark.thorough
@given(event=EVENTS)
@settings(deadline=None, max_examples=200)
def test_any_event_is_written_as_the_reference_does_and_read_as_it_was(event: Event) -> None:
    fields = json.loads(event.model_dump_json(exclude={"topic"}, exclude_none=True))
    assert canonical(event) == rfc8785.dumps(fields)
    assert TOPICS.read(event.topic, canonical(event)) == event


@pytest.mark.thorough
@given(event=EVENTS)
@settings(deadline=None, max_examples=100)
def test_a_value_that_is_made_of_checked_fields_is_the_one_that_the_library_makes(event: Event) -> None:
    given = {name: getattr(event, name) for name in type(event).model_fields}
    made = type(event).model_construct(**given)
    reference = BaseModel.model_construct.__func__(type(event), **given)  # type: ignore[attr-defined]
    assert made == reference == event
    assert made.model_dump_json() == reference.model_dump_json() == event.model_dump_json()
    assert made.model_copy(update={}) == event
    with pytest.raises(TypeError, match="are not its fields"):
        type(event).model_construct(**given, one_too_many=1)
    for name, field in type(event).model_fields.items():
        if field.is_required():
            with pytest.raises(TypeError, match="are not its fields"):
                type(event).model_construct(**{other: given[other] for other in given if other != name})


@pytest.mark.parametrize("cls", CLASSES)
def test_no_event_holds_what_would_need_more_than_sorted_json(cls: type[Closed]) -> None:
    assert all(name.isascii() for _, name, _ in may_say(cls))
    for leaf in leaves(cls):
        assert leaf in (str, int, bool, UUID, type(None)) or get_origin(leaf) is Literal
    assert limits.POSITION < 2**53


def leaves(cls: type[Closed]) -> Iterator[Any]:
    for hint in fields_of(cls).values():
        for part in parts(hint):
            if isinstance(part, type) and issubclass(part, Closed):
                yield from leaves(part)
            elif part is not Ellipsis:
                yield part


# --- What happened, happened -------------------------------------------------------------------------------------


HAPPENED: dict[type[StoryEvent], list[StoryEvent]] = defaultdict(list)
for topic, body in HISTORY:
    event = TOPICS.read(topic, body)
    if isinstance(event, StoryEvent) and not isinstance(event, StoryOpened):
        HAPPENED[type(event)].append(event)
LATER = st.sampled_from(list(HAPPENED)).flatmap(lambda kind: st.sampled_from(HAPPENED[kind]))


@pytest.mark.thorough
@given(opening=any_of(StoryOpened), later=st.lists(LATER, min_size=25, max_size=40), number=st.integers(0, 2))
@settings(deadline=None, max_examples=100)
def test_a_story_refuses_nothing_that_happened(opening: Any, later: list[Any], number: int) -> None:
    """In any order at all: a retracted fact is corrected and retracted again, a version is skipped."""
    happened = [opening]
    facts = 0
    for event in later:
        facts += isinstance(event, FactReported)
        if "fact" not in type(event).model_fields or isinstance(event, FactReported):
            happened.append(event)
        elif facts:
            happened.append(event.model_copy(update={"fact": number % facts + 1}))
    moments = [
        Moment(n, n, datetime(2023, 9, 12, tzinfo=UTC), UUID(int=n)) for n in range(1, len(happened) + 1)
    ]
    story = None
    for event, at in zip(happened, moments, strict=True):
        story = evolve(story, event, at)
        assert story.revision == at.revision
    assert story is not None
    assert len(story.facts) == facts
    assert story == fold(zip(happened, moments, strict=True))


@pytest.mark.parametrize(
    ("topic", "body"), HISTORY, ids=[f"{n} {topic}" for n, (topic, _) in enumerate(HISTORY, 1)]
)
def test_a_fold_reads_of_an_event_what_validation_makes_of_it(topic: str, body: bytes) -> None:
    _, _, read = happened.read(topic, body)
    whole = TOPICS.read(topic, body).model_dump(mode="json", exclude={"topic"}, exclude_none=True)
    assert orjson.dumps(read) == orjson.dumps(whole), "in the same order, too"


@pytest.mark.thorough
@settings(deadline=None)
@given(event=EVENTS)
def test_a_fold_reads_of_any_event_what_validation_makes_of_it(event: Event) -> None:
    _, _, read = happened.read(event.topic, canonical(event))
    whole = event.model_dump(mode="json", exclude={"topic"}, exclude_none=True)
    assert orjson.dumps(read) == orjson.dumps(whole)
