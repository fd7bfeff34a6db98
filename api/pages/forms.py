"""A form made of the shape of a command: what it asks for, what was typed into it, and how both are shown.

Fields are named by their paths in the body, such as `citations.0.url`. Reading follows the shape and not the names that
were sent: a name that the shape does not know means nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel

from ledger import limits
from ledger.commands import MergeSource

Typed = Mapping[str, str]
Wrong = Mapping[str, str]  # what is wrong, by JSON pointer into the body
Kind = Literal[
    "line",
    "text",
    "number",
    "instant",
    "date",
    "select",
    "checks",
    "tick",
    "lines",
    "numbers",
    "group",
    "rows",
    "either",
]

_LABELS = {
    "accessed_at": "When we saw it",
    "affects": "What it affects",
    "archived_url": "Address of an archived copy",
    "attribution": "Who says it, the outermost first",
    "basis": "What the date rests on",
    "by": "Who answers",
    "cause": "How it came about",
    "citations": "Where it can be checked",
    "cue": "The words that attribute it",
    "date": "Day",
    "despite": "Names of protected sources that may stand",
    "digest": "Digest of what was seen",
    "embargo_until": "Embargoed until",
    "entities": "Who and what it is about",
    "exact": "The words of the passage",
    "fact": "Fact",
    "held": "Withheld at first",
    "is_publishable": "Readers may see it",
    "kind": "Kind",
    "literal": "When, in the words of the text",
    "note": "Notes",
    "name": "Name",
    "notice": "What readers are told in its place",
    "occurred": "When it happened",
    "origin": "On whose word",
    "other_names": "What else it is known by",
    "into": "Story that goes on",
    "prefix": "Words before it",
    "published_at": "When the source said it",
    "quote": "The words said",
    "ran_in": "Revision that was published with the error",
    "reason": "Why",
    "request": "Correction request",
    "requested_by": "Who asked for it",
    "resolved": "Day that somebody vouches for",
    "rests_on": "Facts that it rests on",
    "revision": "Revision",
    "role": "Who speaks",
    "signed_off_by": "Who answers for that",
    "slug": "Name in addresses",
    "speech": "How it was said",
    "statement": "What we assert",
    "suffix": "Words after it",
    "terms": "On what terms it was said",
    "told": "What whoever asked is told",
    "unattributed": "Or why nobody is named",
    "url": "Address",
    "version": "Version that the correction made",
    "was_wrong": "What was wrong",
    "words_stand": "Facts whose words are right all the same",
    "wrong_version": "Wrong since version",
}
_BRANCHES = {"Ground": "By another fact", "Voice": "Or as a source"}
_HINTS = {
    "entities": "One a line.",
    "into": "Its headline finds it.",
    "other_names": "One a line. For the desk alone.",
    "slug": "Small letters, digits and single hyphens, such as kim-visits-russia. It leads here for ever.",
    "date-time": "In UTC.",
}
# Asked for behind a fold: most never need them.
_RARE = frozenset(
    {
        "accessed_at",
        "archived_url",
        "digest",
        "excerpt",
        "origin",
        "prefix",
        "suffix",
        "request",
        "wrong_version",
    }
)
_NAMED_BY_REFUSALS = ("despite", "words_stand")  # by the names that they have in JSON
LISTS = {"source": "sources", "origin": "sources", "story": "stories", "into": "stories"}
_LAST = "reason"  # it is asked for when all else is said


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for in one field, or in several together: `parts`, of rows those of each row.

    most: how many letters, or rows; suggested: the list of names that it is likely one of."""

    name: str
    kind: Kind
    label: str
    hint: str = ""
    is_required: bool = False
    is_nullable: bool = False
    default: str = ""
    most: int | None = None
    options: Sequence[str] = ()
    parts: Sequence["Question"] = ()
    suggested: str | None = None
    is_rare: bool = False


@cache
def questions_of(command: type[BaseModel], *without: str) -> tuple[Question, ...]:
    """In the order of its fields, the reason last. Where something was made that was made elsewhere, nobody types."""
    schema = command.model_json_schema()
    found = [
        question
        for question in _questions(schema, schema.get("$defs", {}))
        if question.name not in (*without, "origin")
    ]
    lists = lists_of(command)
    found = [replace(question, suggested=lists.get(question.name)) for question in found]
    return tuple(sorted(found, key=lambda question: question.name == _LAST))


def lists_of(command: type[BaseModel]) -> Mapping[str, str]:
    """By the field, the list of names that what is typed there is one of."""
    return {**LISTS, "into": "sources"} if command is MergeSource else LISTS


def _questions(schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> Iterator[Question]:
    required = schema.get("required", ())
    for name, of_field in schema["properties"].items():
        yield _question(name, of_field, shapes, is_required=name in required)


def _question(
    name: str, of_field: Mapping[str, Any], shapes: Mapping[str, Any], *, is_required: bool
) -> Question:
    choices = [
        _looked_up(one, shapes) for one in of_field.get("anyOf", (of_field,)) if one.get("type") != "null"
    ]
    shape = {
        **choices[0],
        **{word: of_field[word] for word in ("description", "examples") if word in of_field},
    }
    question = Question(
        name,
        "line",
        _LABELS.get(name, name.replace("_", " ").capitalize()),
        _hint(
            name,
            of_field.get("description") or ("" if "properties" in shape else shape.get("description", "")),
            shape,
        ),
        is_required,
        is_nullable=len(choices) < len(of_field.get("anyOf", (of_field,))),
        # A name is longer than the slug that is found by it.
        most=limits.NAME_LENGTH if name in LISTS else shape.get("maxLength", shape.get("maxItems")),
        suggested=LISTS.get(name),
        is_rare=name in _RARE and not is_required,
    )
    if len(choices) > 1:
        branches = [
            Question(one["title"], "group", _BRANCHES[one["title"]], parts=tuple(_questions(one, shapes)))
            for one in choices
        ]
        return replace(question, kind="either", parts=tuple(branches))
    return _of_one_shape(question, shape, shapes, of_field.get("default"))


def _of_one_shape(
    question: Question, shape: Mapping[str, Any], shapes: Mapping[str, Any], default: Any
) -> Question:
    match shape:
        case {"properties": _}:
            return replace(question, kind="group", parts=tuple(_questions(shape, shapes)))
        case {"items": {"enum": options}}:
            return replace(question, kind="checks", options=options)
        case {"items": {"type": "string"}}:
            return replace(question, kind="lines", most=None)
        case {"items": {"type": "integer"}}:
            return replace(question, kind="numbers", most=None)
        case {"items": of_item}:
            return replace(
                question, kind="rows", parts=tuple(_questions(_looked_up(of_item, shapes), shapes))
            )
        case {"enum": options}:
            return replace(question, kind="select", options=options, default=default or "")
        case {"type": "boolean"}:
            return replace(question, kind="tick", is_required=False)
        case {"type": "integer"}:
            return replace(question, kind="number", most=20)
        case {"format": "date-time"}:
            return replace(question, kind="instant")
        case {"format": "date"}:
            return replace(question, kind="date", most=10)
        case {"format": "uuid"}:
            return replace(question, most=36)
        case _:
            return replace(question, kind="text" if (question.most or 0) > limits.URL_LENGTH else "line")


def _looked_up(shape: Mapping[str, Any], shapes: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = shapes[shape["$ref"].rpartition("/")[2]] if "$ref" in shape else shape
    return found


def _hint(name: str, description: str, shape: Mapping[str, Any]) -> str:
    form = shape.get("format", "")
    own = _HINTS.get(name) or (_HINTS.get(form, "") if isinstance(form, str) else "")
    examples = shape.get("examples", ()) if not own and name not in LISTS else ()
    such_as = f"{_SUCH_AS}{' or '.join(map(_example, examples))}." if examples else ""
    said = "" if description in ("", _LABELS.get(name)) else f"{description.removesuffix('.')}."
    return " ".join(part for part in (said, own, such_as) if part)


_SUCH_AS = "Such as "


def _example(one: Any) -> str:
    text = str(one).rstrip(".")
    return f"“{text}”" if " " in text else text


# --- What was typed ----------------------------------------------------------------------------------------------

Body = dict[str, Any]


def read(questions: Iterable[Question], typed: Typed, within: str = "") -> Body:
    """The JSON that was typed; what was left empty is left out. Numbers that are none stay as they were typed: the
    ledger says what is wrong with them."""
    found = {question.name: _read(question, f"{within}{question.name}", typed) for question in questions}
    return {name: value for name, value in found.items() if value is not None}


def _read(question: Question, path: str, typed: Typed) -> Any:
    match question.kind:
        case "group":
            return _or_none(read(question.parts, typed, f"{path}."))
        case "either":
            return _or_none(
                {k: v for part in question.parts for k, v in read(part.parts, typed, f"{path}.").items()}
            )
        case "rows":
            rows = (read(question.parts, typed, f"{path}.{index}.") for index in rows_typed(path, typed))
            # One too many is kept, so that it is not lost when the ledger says so.
            return [row for row in rows if _or_none(row)][: (question.most or limits.FORM_FIELDS) + 1] or None
        case "checks":
            return [option for option in question.options if f"{path}.{option}" in typed] or None
        case "tick":
            return path in typed
        case "lines":
            return [line.strip() for line in typed.get(path, "").split("\n") if line.strip()] or None
        case "numbers":
            ticked = [name.removeprefix(f"{path}.") for name in typed if name.startswith(f"{path}.")]
            text = " ".join([*ticked, typed.get(path, "").strip()]).strip()
            found = [whole(one) for one in re.split(r"[,;\s]+", text) if one]
            return text if None in found else found or None
        case "text":
            text = typed.get(path, "")
            return text if text.strip() else None
        case _:
            return _of_one_line(question, typed.get(path, "").strip())


def _or_none(found: Body) -> Body | None:
    """A box that is not ticked says nothing."""
    return found if any(value is not False for value in found.values()) else None


_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?", re.ASCII)


def _of_one_line(question: Question, text: str) -> Any:
    if not text:
        return None
    if question.kind == "number":
        return whole(text) if whole(text) is not None else text
    if question.kind == "instant":
        return in_utc(text)
    return text


def in_utc(text: str) -> str:
    """The instant, taken as UTC where it is local; whatever else it is as it is."""
    local = _LOCAL.fullmatch(text)
    return f"{text.replace(' ', 'T')}{'' if local[1] else ':00'}Z" if local else text


def whole(text: str) -> int | None:
    return int(text) if _WHOLE.fullmatch(text) else None


_INDEX = re.compile(r"[0-9]{1,4}(?=\.)", re.ASCII)


def rows_typed(path: str, typed: Typed) -> list[int]:
    """The numbers of the rows that were sent, whatever is in them."""
    begin = f"{path}."
    found = (_INDEX.match(name, len(begin)) for name in typed if name.startswith(begin))
    return sorted({int(index[0]) for index in found if index})


def taken(questions: Iterable[Question], document: Mapping[str, Any]) -> Body:
    """What a form sends that was filled with a document and left as it is."""
    found = {question.name: _taken(question, document.get(question.name)) for question in questions}
    return {name: value for name, value in found.items() if value is not None}


def _taken(question: Question, value: Any) -> Any:
    match question.kind:
        case "tick":
            return bool(value)
        case "group" if value:
            return _or_none(taken(question.parts, value))
        case "either" if value:
            return {k: v for part in question.parts for k, v in taken(part.parts, value).items()}
        case "rows" if value:
            return [taken(question.parts, row) for row in value]
        case "checks" if value:
            return [option for option in question.options if option in value]
        case "lines" if value:
            return [line.strip() for line in value]
        case "text" if value:
            return value.replace("\r\n", "\n").replace("\r", "\n")  # as a browser sends it
    return (value.strip() if isinstance(value, str) else value) or None


# --- How it is shown ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that may be chosen, and what is said of it."""

    value: str
    said: str


@dataclass(frozen=True, slots=True)
class Field:
    """A question with what was typed and what is wrong with it. parts: of rows groups, one a row.

    theirs: what somebody else made of it meanwhile, where it is not what stands in the field; choices: what it may be;
    find: the words that these were narrowed by; is_long: there are more of them."""

    asks: Question
    path: str
    value: Any = None
    wrong: str | None = None
    theirs: str | None = None
    parts: Sequence["Field"] = ()
    choices: Sequence[Choice] = ()
    find: str = ""
    is_long: bool = False

    @property
    def id(self) -> str:
        return "f-" + self.path.replace(".", "-")

    @property
    def hint(self) -> str:
        """Where there is something to choose from, no example."""
        return self.asks.hint.partition(_SUCH_AS)[0].strip() if self.choices else self.asks.hint

    @property
    def is_optional(self) -> bool:
        """Whether it may be left empty, or emptied."""
        asks = self.asks
        return not asks.is_required and (asks.is_nullable or asks.kind in ("rows", "lines", "numbers"))

    @property
    def pointer(self) -> str:
        return "/" + self.path.replace(".", "/")

    @property
    def is_open(self) -> bool:
        """Whether there is something in it that must be seen."""
        return bool(self.value or self.wrong or self.theirs or any(part.is_open for part in self.parts))


def fields(
    questions: Iterable[Question],
    body: Mapping[str, Any],
    wrong: Wrong,
    theirs: Mapping[str, str] | None = None,
    rows: Mapping[str, int] | None = None,
    within: str = "",
) -> list[Field]:
    """theirs: by name; rows: how many of them to show at least, by name."""
    return [
        _field(question, f"{within}{question.name}", body.get(question.name), wrong, theirs or {}, rows or {})
        for question in questions
    ]


def _field(
    question: Question,
    path: str,
    value: Any,
    wrong: Wrong,
    theirs: Mapping[str, str],
    rows: Mapping[str, int],
) -> Field:
    field = Field(question, path, value, wrong.get("/" + path.replace(".", "/")), theirs.get(path))
    inside = f"{path}."
    match question.kind:
        case "group":
            given = value if isinstance(value, Mapping) else {}
            return replace(field, parts=fields(question.parts, given, wrong, rows=rows, within=inside))
        case "either":
            given = value if isinstance(value, Mapping) else {}
            branches = [
                replace(Field(part, path), parts=fields(part.parts, given, wrong, within=inside))
                for part in question.parts
            ]
            return replace(field, parts=branches)
        case "rows":
            return replace(field, parts=_rows(question, path, value or [], wrong, rows))
        case _:
            return field


def _rows(
    question: Question, path: str, value: Sequence[Any], wrong: Wrong, rows: Mapping[str, int]
) -> list[Field]:
    """Those that are there, and an empty one, as long as there may be more."""
    most = question.most or limits.FORM_FIELDS
    shown = max(len(value), min(max(len(value) + 1, rows.get(path, 0)), most))
    group = replace(question, kind="group", hint="")
    return [
        _field(group, f"{path}.{index}", value[index] if index < len(value) else None, wrong, {}, rows)
        for index in range(shown)
    ]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; at: the id of its field, none where it is about the whole."""

    said: str
    at: str | None = None
    label: str | None = None


def problems(shown: Sequence[Field], wrong: Wrong) -> list[Problem]:
    places = {field.pointer: field for field in all_of(shown)}
    return [_problem(places.get(pointer), said) for pointer, said in wrong.items()]


def _problem(field: Field | None, said: str) -> Problem:
    if field is None:
        return Problem(said)
    label = field.asks.label
    if field.asks.name in _NAMED_BY_REFUSALS:
        said = re.sub(rf"\bin {field.asks.name}\b", f"under “{label}”", said)
    return Problem(said, field.id, label)


def all_of(shown: Iterable[Field]) -> Iterator[Field]:
    for field in shown:
        yield field
        yield from all_of(field.parts)


def of_the_branch(questions: Iterable[Question], body: Mapping[str, Any], wrong: Wrong) -> Wrong:
    """Without what is said of the other shape, where one of two was filled in: both were tried."""
    left_out = set()
    for question in questions:
        if question.kind == "either" and isinstance(given := body.get(question.name), Mapping):
            filled = [part for part in question.parts if any(one.name in given for one in part.parts)]
            if len(filled) == 1:
                others = (one.name for part in question.parts if part not in filled for one in part.parts)
                left_out |= {f"/{question.name}/{name}" for name in others}
                left_out |= {
                    f"/{question.name}/{name}"
                    for name in given
                    if "no such field" in wrong.get(f"/{question.name}/{name}", "")
                }
    return {pointer: said for pointer, said in wrong.items() if pointer not in left_out}
