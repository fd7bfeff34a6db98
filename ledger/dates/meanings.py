"""What the words for a time can mean before there is a dateline."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from ledger.dates.spans import Span, Unit

Status = Literal["unresolved", "ambiguous", "provisional", "absolute"]
Tense = Literal["past", "future"]
Relation = Literal["on", "since", "after", "by", "before", "until"]
# "past" is this past Friday and "coming" this coming one: the nearest that is not today. "Last" and "next" are
# that, or the one in the week or year before or after.
Which = Literal["", "last", "this", "next", "past", "coming"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a literal comes to.

    status       unresolved   not understood, or relative while there is no dateline
                 ambiguous    several readings and no rule that chooses: see `candidates`
                 provisional  computed from the dateline: a guess, never to be shown as confirmed
                 absolute     the literal carries its own full date; no dateline changes it
    basis        one sentence for a person: how we got there, or why not
    edtf         EDTF of level 0 or 1, no finer than the words; None when unresolved or ambiguous
    earliest     first and last day it can mean, both inclusive, over all candidates when ambiguous;
    latest       None when unresolved
    candidates   every reading as EDTF, likeliest first, where there is more than one
    part_of_day  what EDTF has no room for: "afternoon", "night", "early" … of the day in `edtf`
    relation     how the fact hangs on that date: "through Wednesday" is `until`, Wednesday is in `edtf`
    """

    status: Status
    basis: str
    edtf: str | None = None
    earliest: date | None = None
    latest: date | None = None
    candidates: tuple[str, ...] = ()
    part_of_day: str | None = None
    relation: Relation = "on"


@dataclass(frozen=True, slots=True)
class Fixed:
    """Needs no dateline. Several spans where the writing itself is ambiguous: 03/04/2023."""

    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Yearly:
    """A 24 February, or a whole February, of a year not named."""

    month: int
    day: int | None
    which: Which = ""
    years_off: Literal[-1, 0, 1] | None = None  # "in May last year" is -1


@dataclass(frozen=True, slots=True)
class Monthly:
    """The 18th."""

    day: int
    months_off: Literal[-1, 0, 1] | None = None  # "of last month" is -1


@dataclass(frozen=True, slots=True)
class Weekday:
    number: int  # Monday is 0
    which: Which = ""


@dataclass(frozen=True, slots=True)
class WeekdayOf:
    """Tuesday of last week."""

    number: int
    weeks_off: Literal[-1, 0, 1]


@dataclass(frozen=True, slots=True)
class WeeksFrom:
    """A week from Tuesday."""

    number: int
    weeks: int


@dataclass(frozen=True, slots=True)
class Offset:
    """So many whole units from the dateline's own; "last year" is -1 year."""

    unit: Unit
    count: int


@dataclass(frozen=True, slots=True)
class Run:
    """The past three days: from so many units away up to the dateline, or the other way round."""

    unit: Unit
    count: int


@dataclass(frozen=True, slots=True)
class Within:
    """What lies before or after the dateline in its own week, month or year."""

    side: Literal["earlier", "later"]
    unit: Unit


@dataclass(frozen=True, slots=True)
class Weekend:
    which: Which


@dataclass(frozen=True, slots=True)
class Season:
    """A spring of the dateline's year, of the one before or after; or the last, this, the next one."""

    code: int
    year: int | None = None
    years_off: Literal[-1, 0, 1] | None = None
    which: Which = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some days, weeks or months of a longer stretch: first and last of them, from 1 on, or from -1 back."""

    unit: Literal["day", "week", "month"]
    first: int
    last: int
    of: "Meaning"


@dataclass(frozen=True, slots=True)
class NthWeekday:
    """The second Friday of July; the last is -1."""

    nth: int
    number: int
    of: "Meaning"


@dataclass(frozen=True, slots=True)
class WeekOf:
    """The week of April 10."""

    day: "Meaning"


@dataclass(frozen=True, slots=True)
class Shift:
    """The day before or after another."""

    days: int
    day: "Meaning"


@dataclass(frozen=True, slots=True)
class Range:
    """From August to October."""

    start: "Meaning"
    end: "Meaning"


@dataclass(frozen=True, slots=True)
class Length:
    """How long, not when: "four years"."""


Nested = Piece | NthWeekday | WeekOf | Shift
Relative = (
    Yearly | Monthly | Weekday | WeekdayOf | WeeksFrom | Offset | Run | Within | Weekend | Season | Range
)
Meaning = Fixed | Length | Nested | Relative


@dataclass(frozen=True, slots=True)
class Reading:
    meaning: Meaning
    relation: Relation = "on"
    part_of_day: str | None = None
    is_approximate: bool = False
    weekday: int | None = None  # written beside a date, which must then fall on it
    leaning: Tense | None = None  # the words' own tense: "since" looks back, "runs through" ahead
    only: Tense | None = (
        None  # in a text of the other tense the words mean something else, and `otherwise` says what
    )
    otherwise: str = ""
    left_out: str = ""  # "early", "end of": that the date in EDTF is coarser than the words


def is_day(meaning: Meaning) -> bool:
    match meaning:
        case Weekday() | WeekdayOf() | WeeksFrom() | Monthly() | NthWeekday() | Shift():
            return True
        case Offset(unit=unit):
            return unit == "day"
        case Fixed(spans=spans):
            return all(first == last for first, last in spans)
        case Yearly(day=day):
            return day is not None
        case Piece(unit="day", first=first, last=last):
            return first == last
        case _:
            return False


def is_calendar_day(meaning: Meaning) -> bool:
    """A day of a month, which may stand beside a weekday's name."""
    return is_day(meaning) and isinstance(meaning, Fixed | Yearly | Monthly)


def is_fixed(meaning: Meaning) -> bool:
    """Does it mean the same for every dateline?"""
    match meaning:
        case Fixed():
            return True
        case Season(year=year):
            return year is not None
        case Piece(of=whole) | NthWeekday(of=whole):
            return is_fixed(whole)
        case WeekOf(day=day) | Shift(day=day):
            return is_fixed(day)
        case Range(start=start, end=end):
            return is_fixed(start) and is_fixed(end)
        case _:
            return False
