"""The words a person may send: slugs, lines, texts, instants, and the closed vocabularies.

Each is a type whose JSON Schema says what it accepts, so that the document at /openapi.json is the whole truth.
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Annotated, Any, Literal, Self, get_args
from uuid import UUID, uuid5

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    WithJsonSchema,
)

from ledger import limits
from ledger.dates import check_edtf

# No control characters but tab and line ends; at least one that can be seen. U+0000 would not fit in PostgreSQL text.
_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
_VISIBLE_TEXT = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"
_VISIBLE_LINE = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"

Slug = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=limits.SLUG_LENGTH),
    Field(examples=["kim-visits-russia"]),
]
Name = Annotated[str, StringConstraints(pattern=_VISIBLE_LINE, max_length=limits.NAME_LENGTH)]
Line = Annotated[str, StringConstraints(pattern=_VISIBLE_LINE, max_length=limits.LINE_LENGTH)]
Text = Annotated[str, StringConstraints(pattern=_VISIBLE_TEXT, max_length=limits.TEXT_LENGTH)]
CopyText = Annotated[str, StringConstraints(pattern=_VISIBLE_TEXT, max_length=limits.COPY_LENGTH)]
WebAddress = Annotated[
    str,
    StringConstraints(
        pattern=r"^https?://[A-Za-z0-9\[][^\s<>\"\x00-\x1f\x7f]*$", max_length=limits.URL_LENGTH
    ),
    Field(examples=["https://example.org/report"]),
]
Digest = Annotated[
    str,
    StringConstraints(pattern=r"^sha-256:[0-9a-f]{64}$"),
    Field(description="SHA-256 of the bytes that were seen, in lower-case hex"),
]
Language = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", max_length=12),
    Field(description="BCP 47 language tag", examples=["en", "ko", "zh-Hant-TW"]),
]
DecimalText = Annotated[
    str,
    StringConstraints(pattern=r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"),
    Field(description="A number as text, so that no digit is lost", examples=["4", "0.25"]),
]


# RFC 3339, section 5.6. datetime.fromisoformat reads more than that (week dates, minutes alone, a comma) and less (leap
# seconds, as they end a minute in UTC).
_DATE_TIME = re.compile(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:)(\d\d)(\.\d+)?([Zz]|[+-]\d\d:[0-5]\d)", re.ASCII)


def _rfc3339(text: str) -> str:
    try:
        instant = parse_instant(text)
    except ValueError as error:
        raise ValueError("not an RFC 3339 instant with an offset, such as 2023-09-12T14:30:00Z") from error
    del instant
    return text


def _calendar_date(text: str) -> str:
    try:
        if date.fromisoformat(text).isoformat() != text:  # it reads week dates, too
            raise ValueError(text)
    except ValueError as error:
        raise ValueError("not a calendar date, such as 2023-09-12") from error
    return text


def parse_instant(text: str) -> datetime:
    """The instant behind RFC 3339 text, with its offset, down to the microsecond; ValueError where it is none.

    A leap second is the instant at which it ends: no clock of ours ever shows one.
    """
    found = _DATE_TIME.fullmatch(text) if len(text) <= limits.INSTANT_LENGTH else None
    if found is None:
        raise ValueError(text)
    minute, second, fraction, offset = found.groups()
    if second != "60":
        return datetime.fromisoformat(f"{minute}{second}{(fraction or '')[:7]}{offset}".upper())
    try:
        last = datetime.fromisoformat(f"{minute}59{offset}".upper())
        in_utc = last.astimezone(UTC)
        if (in_utc.hour, in_utc.minute) != (23, 59):
            raise ValueError(text)
        return last + timedelta(seconds=1)
    except OverflowError as error:  # the first or the last day that Python has
        raise ValueError(text) from error


Instant = Annotated[
    str,
    Field(strict=True),
    AfterValidator(_rfc3339),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "maxLength": limits.INSTANT_LENGTH,
            "examples": ["2023-09-12T14:30:00Z"],
        }
    ),
]
CalendarDate = Annotated[
    str,
    Field(strict=True),
    AfterValidator(_calendar_date),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2023-09-12"]}),
]
Edtf = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(check_edtf),
    Field(
        description="Extended Date/Time Format, ISO 8601-2, level 1 at most",
        examples=["2023-09-12", "2022-02"],
        json_schema_extra={"format": "edtf"},
    ),
]

FactNumber = Annotated[int, Field(strict=True, ge=1, le=limits.FACTS_IN_STORY)]
Version = Annotated[int, Field(strict=True, ge=1, le=limits.REVISIONS_OF_STORY)]
Revision = Annotated[int, Field(strict=True, ge=1, le=limits.REVISIONS_OF_STORY)]
Offset = Annotated[int, Field(strict=True, ge=0, le=limits.COPY_LENGTH)]

SourceKind = Literal["person", "organisation", "agency", "document", "dataset", "webpage", "own"]
FactKind = Literal["event", "figure", "quote", "claim", "background", "planned", "response", "definition"]
Speech = Literal["direct", "indirect", "mixed", "partial"]
Terms = Literal["on_record", "background", "deep_background", "off_record"]
# From loosest to strictest: the further on, the less readers learn of the source.
STRICTNESS: Mapping[Terms, int] = {terms: degree for degree, terms in enumerate(get_args(Terms))}
Standing = Literal["standing", "retracted"]
Verification = Literal["unverified", "in_progress", "verified", "refuted", "conflicting"]
Dispute = Literal["undisputed", "disputed", "resolved"]
ResponseKind = Literal["denies", "confirms", "contradicts", "downplays", "declines_to_comment"]
Affects = Literal["numbers", "names", "attribution", "quote", "date", "other"]
Cause = Literal["source_error", "our_error", "transmission", "misquotation", "misidentification", "other"]
Role = Literal["reporter", "editor", "standards", "auditor", "admin"]
# In which somebody acts: by the role of a key, as a reader without one, or the ledger itself when a time has come.
Capacity = Role | Literal["reader", "ledger"]


class Closed(BaseModel):
    """A value that cannot change and admits no field it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """An instance of values that were checked before. Does what the library's own does for classes whose
        fields have no aliases, in a fifth of the time: most documents are made in this way. Raises TypeError where a
        field is missing or one too many."""
        blank, required = _blank(cls)
        fields = {**blank, **values}
        if len(fields) != len(blank) or not required <= values.keys():
            raise TypeError(f"{cls.__name__}: {sorted(values)} are not its fields")
        made = cls.__new__(cls)
        put = object.__setattr__  # it is frozen from then on
        put(made, "__dict__", fields)
        put(made, "__pydantic_fields_set__", set(values) if _fields_set is None else _fields_set)
        put(made, "__pydantic_extra__", None)
        put(made, "__pydantic_private__", None)
        return made


@cache
def _blank(cls: type[BaseModel]) -> tuple[Mapping[str, Any], AbstractSet[str]]:
    """The fields of a class in their order with their defaults, and which must be given."""
    fields = cls.model_fields
    assert not any(
        field.alias or field.validation_alias or field.default_factory for field in fields.values()
    )
    required = {name for name, field in fields.items() if field.is_required()}
    return {name: None if name in required else field.default for name, field in fields.items()}, required


# Stream ids are computed from names, so that the database's own uniqueness keeps slugs unique (RFC 9562, version 5).
_STREAMS = UUID("6f1d5c1e-6c1b-5b0e-9d53-0a3c8f6b7f21")


@lru_cache(maxsize=10_000)
def story_stream(slug: str) -> UUID:
    return uuid5(_STREAMS, f"story/{slug}")


@lru_cache(maxsize=10_000)
def source_stream(slug: str) -> UUID:
    return uuid5(_STREAMS, f"source/{slug}")


# Acts at the console of the machine itself: whoever can start the program there already holds the database.
OPERATOR = uuid5(_STREAMS, "operator")
# The ledger itself, when the time has come for something that was said before.
LEDGER = uuid5(_STREAMS, "ledger")
# Whoever asks without a key. Who that is, the ledger neither knows nor keeps.
READER = uuid5(_STREAMS, "reader")

check_name = TypeAdapter(Name).validate_python
check_text = TypeAdapter(Text).validate_python
