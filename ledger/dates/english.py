"""A closed grammar of the English that newsrooms write for a time. It reads the whole of a text, or nothing.

    text        = range | [relation] [about] [preposition] [early | the end of] expression [afternoon] [clock]
    expression  = one of the shapes below, and nothing more

No word is skipped. What no shape says is not understood, and no date is better than a wrong one.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Final, Literal

from ledger.dates.meanings import (
    Fixed,
    Length,
    Meaning,
    Monthly,
    NthWeekday,
    Offset,
    Piece,
    Range,
    Reading,
    Relation,
    Run,
    Season,
    Shift,
    Tense,
    Weekday,
    WeekdayOf,
    Weekend,
    WeekOf,
    WeeksFrom,
    Which,
    Within,
    Yearly,
    is_calendar_day,
    is_day,
)
from ledger.dates.numeric import days, read_numbers
from ledger.dates.spans import AUTUMN, SPRING, SUMMER, WINTER, Unit, around

# ---- Words ----------------------------------------------------------------------------------------------

_WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("monday", "mon"),
            ("tuesday", "tues", "tue"),
            ("wednesday", "wed"),
            ("thursday", "thurs", "thur", "thu"),
            ("friday", "fri"),
            ("saturday", "sat"),
            ("sunday", "sun"),
        )
    )
    for name in names
}
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_HOLIDAYS: Final = {  # of one date everywhere; Easter, Thanksgiving and Labour Day are not
    "new year's day": (1, 1),
    "valentine's day": (2, 14),
    "st patrick's day": (3, 17),
    "juneteenth": (6, 19),
    "the fourth of july": (7, 4),
    "fourth of july": (7, 4),
    "bastille day": (7, 14),
    "halloween": (10, 31),
    "armistice day": (11, 11),
    "christmas eve": (12, 24),
    "christmas day": (12, 25),
    "christmas": (12, 25),
    "boxing day": (12, 26),
    "new year's eve": (12, 31),
}
_SMALL: Final = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBERS: Final = {
    **{word: number for number, word in enumerate(_SMALL, start=1)},
    **{word: 10 * number for number, word in enumerate(_TENS, start=2)},
    **{
        f"{tens}-{one}": 10 * ten + number
        for ten, tens in enumerate(_TENS, start=2)
        for number, one in enumerate(_SMALL[:9], start=1)
    },
    **dict.fromkeys(("a", "an"), 1),
}
_ORDINALS: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}
_SEASONS: Final = {"spring": SPRING, "summer": SUMMER, "autumn": AUTUMN, "fall": AUTUMN, "winter": WINTER}
_UNITS: Final[dict[str, tuple[Unit, int]]] = {
    "day": ("day", 1),
    "week": ("week", 1),
    "fortnight": ("week", 2),
    "month": ("month", 1),
    "quarter": ("quarter", 1),
    "year": ("year", 1),
    "decade": ("year", 10),
}
_OFF: Final[dict[str, Literal[-1, 0, 1]]] = {"last": -1, "this": 0, "next": 1}
_WHICHES: Final[dict[str, Which]] = {
    "last": "last",
    "this": "this",
    "next": "next",
    **dict.fromkeys(("this past", "the past"), "past"),
    **dict.fromkeys(("coming", "this coming", "the coming"), "coming"),
}


def _any(words: dict[str, object] | tuple[str, ...]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_PARTS_OF_DAY: Final = "morning|afternoon|evening|night"
_WORDS: Final = {
    "WEEKDAY": _any({**_WEEKDAYS}),
    "MONTH": _any({**_MONTHS}),
    "HOLIDAY": _any({**_HOLIDAYS}),
    "DAY": r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?",
    "NTH": r"(?:1st|2nd|3rd|21st|22nd|23rd|31st|(?:[4-9]|1\d|20|2[4-9]|30)th)",
    "YEAR": r"[12]\d{3}",
    "NUMBER": rf"[1-9]\d{{0,3}}|{_any({**_NUMBERS})}",
    "UNIT": "day|week|fortnight|month|year|decade",
    "WHICH": "last|this|next",
    "NEAREST": "(?:this|the) past|(?:(?:this|the) )?coming",
    "SEASON": _any({**_SEASONS}),
}


# ---- Shapes: what an expression can be ------------------------------------------------------------------

_Found = re.Match[str]
_Builder = Callable[[_Found], Meaning | None]
_SHAPES: Final[list[tuple[re.Pattern[str], _Builder]]] = []
_ALONE: Final[
    list[tuple[re.Pattern[str], _Builder]]
] = []  # no relation, no preposition, no "late" before these


def _shape(
    *patterns: str, shapes: list[tuple[re.Pattern[str], _Builder]] = _SHAPES
) -> Callable[[_Builder], _Builder]:
    """In capitals, a word of `_WORDS`; `<month MONTH>` is one that is kept under a name."""

    def add(build: _Builder) -> _Builder:
        shapes.extend((_compiled(pattern), build) for pattern in patterns)
        return build

    return add


def _compiled(pattern: str) -> re.Pattern[str]:
    named = re.sub(r"<(\w+) ([^<>]+)>", r"(?P<\1>\2)", pattern)
    return re.compile(re.sub(r"[A-Z]{3,}", lambda word: f"(?:{_WORDS[word[0]]})", named), re.ASCII)


def _expression(text: str, shapes: list[tuple[re.Pattern[str], _Builder]] = _SHAPES) -> Meaning | None:
    for pattern, build in shapes:
        if (found := pattern.fullmatch(text)) and (meaning := build(found)):
            return meaning
    return None


def _number(word: str) -> int:
    return _NUMBERS.get(word) or int(word)


def _day_number(word: str) -> int:
    return int(word.rstrip("stndrh"))


_DATE: Final = (
    r"<month MONTH>,? (?:the )?<day DAY>",
    r"(?:the )?<day DAY>(?: of)? <month MONTH>",
    "<holiday HOLIDAY>",
)


def _month_and_day(found: _Found) -> tuple[int, int]:
    named = found.groupdict()
    if named.get("holiday"):
        return _HOLIDAYS[named["holiday"]]
    return _MONTHS[named["month"]], _day_number(named["day"])


@_shape("today|yesterday|tomorrow")
@_shape("now|right now|just now|currently|at present", shapes=_ALONE)
def _today(found: _Found) -> Meaning:
    return Offset("day", {"yesterday": -1, "tomorrow": 1}.get(found[0], 0))


@_shape("the day before|the previous day", shapes=_ALONE)
def _the_day_before(_: _Found) -> Meaning:
    return Shift(-1, Offset("day", 0))


@_shape("<weekday WEEKDAY>", "<which WHICH|NEAREST> <weekday WEEKDAY>")
def _weekday(found: _Found) -> Meaning:
    return Weekday(_WEEKDAYS[found["weekday"]], _which(found))


def _which(found: _Found) -> Which:
    named = found.groupdict().get("which")
    return _WHICHES[named] if named else ""


@_shape(
    r"(?:the )?<weekday WEEKDAY>(?: of)? <week WHICH> week",
    r"<week WHICH> week,?(?: on)? <weekday WEEKDAY>",
)
def _weekday_of(found: _Found) -> Meaning:
    return WeekdayOf(_WEEKDAYS[found["weekday"]], _OFF[found["week"]])


@_shape("<number NUMBER> weeks? (?:from|on) <weekday WEEKDAY>", "<weekday WEEKDAY> week")
def _weeks_from(found: _Found) -> Meaning:
    return WeeksFrom(_WEEKDAYS[found["weekday"]], _number(found.groupdict().get("number") or "a"))


@_shape(*(f"{each},? (?:(?:of|in) )?<year YEAR>" for each in _DATE))
def _full_date(found: _Found) -> Meaning | None:
    return days((int(found["year"]), *_month_and_day(found)))


@_shape(*(rf"{each},? (?:of )?<off WHICH> year" for each in _DATE), *_DATE)
def _yearly_day(found: _Found) -> Meaning | None:
    month, day = _month_and_day(found)
    if day > 29 and days((2000, month, day)) is None:
        return None
    return Yearly(month, day, years_off=_off(found))


def _off(found: _Found) -> Literal[-1, 0, 1] | None:
    named = found.groupdict().get("off")
    return _OFF[named] if named else None


@_shape("<which WHICH|NEAREST> <holiday HOLIDAY>")
def _which_holiday(found: _Found) -> Meaning:
    return Yearly(*_HOLIDAYS[found["holiday"]], _which(found))


@_shape("<month MONTH>,? (?:of )?<year YEAR>")
def _full_month(found: _Found) -> Meaning:
    return Fixed((around(date(int(found["year"]), _MONTHS[found["month"]], 1), "month"),))


@_shape("<month MONTH>,? (?:of )?<off WHICH> year", "<month MONTH>", "<which WHICH|NEAREST> <month MONTH>")
def _yearly_month(found: _Found) -> Meaning:
    return Yearly(_MONTHS[found["month"]], None, _which(found), _off(found))


@_shape("the <day NTH>", "the <day NTH> of <off WHICH> month")
def _monthly(found: _Found) -> Meaning:
    return Monthly(_day_number(found["day"]), _off(found))


@_shape("(?:the year )?<year YEAR>")
def _year(found: _Found) -> Meaning:
    return Fixed((around(date(int(found["year"]), 1, 1), "year"),))


@_shape(r"\d{1,4}([-/.])\d\d?\1\d{1,4}|\d{4}-\d\d")
def _numeric(found: _Found) -> Meaning | None:
    return read_numbers(found[0], is_month_first=True)


@_shape(r"(?:the )?<tens [12]\d\d>0s")
def _decade(found: _Found) -> Meaning:
    first = date(int(found["tens"]) * 10, 1, 1)
    decade, century = ((first, date(first.year + years, 12, 31)) for years in (9, 99))
    # "The 1800s" are a century to most, and ten years to some.
    return Fixed((century, decade) if first.year % 100 == 0 and first.year < 2000 else (decade,))


@_shape(
    "(?:the )?<season SEASON>,? (?:of )?<year YEAR>", "(?:the )?<season SEASON>,? (?:of )?<off WHICH> year"
)
def _season(found: _Found) -> Meaning:
    year = found.groupdict().get("year")
    return Season(_SEASONS[found["season"]], year=int(year) if year else None, years_off=_off(found))


@_shape("<which WHICH> <season spring|summer|autumn|fall>")  # one winter lies in two years
def _which_season(found: _Found) -> Meaning:
    return Season(_SEASONS[found["season"]], which=_which(found))


@_shape("<off WHICH> <unit week|month|quarter|year>")
def _whole_unit(found: _Found) -> Meaning:
    return Offset(_UNITS[found["unit"]][0], _OFF[found["off"]])


@_shape("the <unit week|month|year> <side before last|after next>")
def _before_last(found: _Found) -> Meaning:
    return Offset(_UNITS[found["unit"]][0], -2 if found["side"] == "before last" else 2)


@_shape("<number NUMBER> <unit UNIT>s? <side ago|from now>")
@_shape("in <number NUMBER> <unit UNIT>s?", "in <number NUMBER> <unit UNIT>s?' time", shapes=_ALONE)
def _some_units_off(found: _Found) -> Meaning:
    unit, size = _UNITS[found["unit"]]
    return Offset(
        unit, _number(found["number"]) * size * (-1 if found.groupdict().get("side") == "ago" else 1)
    )


@_shape("<number NUMBER> <unit day|week|fortnight>s? <from ago|from> <day today|tomorrow|yesterday>")
def _some_days_off(found: _Found) -> Meaning | None:
    unit, size = _UNITS[found["unit"]]
    count = _number(found["number"]) * size * (7 if unit == "week" else 1)
    start = {"yesterday": -1, "today": 0, "tomorrow": 1}[found["day"]]
    if (found["from"], start) in (("from", -1), ("ago", 1)):
        return None
    return Offset("day", start + (count if found["from"] == "from" else -count))


@_shape("<number NUMBER> <unit UNIT>s?")
@_shape("for <number NUMBER> <unit UNIT>s?", shapes=_ALONE)
def _length(_: _Found) -> Meaning:
    return Length()


@_shape("(?:the )?<side past|last|next|coming> <number NUMBER> <unit UNIT>s?", "the <side past> <unit UNIT>")
@_shape("(?:over|in|during|within|for|throughout) the <side last|next|coming> <unit UNIT>", shapes=_ALONE)
def _run(found: _Found) -> Meaning | None:
    unit, size = _UNITS[found["unit"]]
    named = found.groupdict().get("number")
    if named and _number(named) > 1 and not found[0].endswith("s"):
        return None  # the last 7 week
    count = (1 if named is None else _number(named)) * size
    return Run(unit, -count if found["side"] in ("past", "last") else count)


@_shape("within <number NUMBER> <unit UNIT>s?", shapes=_ALONE)
def _within_units(found: _Found) -> Meaning:
    unit, size = _UNITS[found["unit"]]
    return Run(unit, _number(found["number"]) * size)


@_shape(
    "<side earlier|later> (?:in )?(?:this|the) <unit week|month|year>",
    "<side so far> this <unit week|month|year>",
)
def _within(found: _Found) -> Meaning:
    return Within("later" if found["side"] == "later" else "earlier", _UNITS[found["unit"]][0])


@_shape("(?:the )?weekend", "<which WHICH|NEAREST> weekend")
def _weekend(found: _Found) -> Meaning:
    return Weekend(_which(found))


@_shape("(?:the )?(?:q<number [1-4]>|<word first|second|third|fourth|last> quarter),? (?:of )?<whole .+>")
def _quarter(found: _Found) -> Meaning | None:
    number = int(found["number"] or (4 if found["word"] == "last" else _ORDINALS[found["word"]]))
    return _part_of(found["whole"], year=("month", 3 * number - 2, 3 * number))


@_shape("(?:the )?<half first|second> half of <whole .+>")
def _half(found: _Found) -> Meaning | None:
    if found["half"] == "first":
        return _part_of(found["whole"], year=("month", 1, 6), month=("day", 1, 15))
    return _part_of(found["whole"], year=("month", 7, 12), month=("day", 16, -1))


@_shape(
    "(?:the )?<end first|last> <unit day|week|month> (?:of|in) <whole .+>",
    "(?:the )?<end first|last> <number NUMBER> <unit day|week|month>s (?:of|in) <whole .+>",
)
def _ends_of(found: _Found) -> Meaning | None:
    """The last week of July: its last seven days."""
    unit: Literal["day", "week", "month"] = found["unit"]  # type: ignore[assignment]
    count = _number(found.groupdict().get("number") or "a")
    piece = (unit, 1, count) if found["end"] == "first" else (unit, -count, -1)
    return (
        _part_of(found["whole"], year=piece)
        if unit == "month"
        else _part_of(found["whole"], year=piece, month=piece)
    )


def _part_of(whole: str, **pieces: tuple[Literal["day", "week", "month"], int, int]) -> Meaning | None:
    meaning = _expression(whole)
    unit = _unit_of(meaning)
    return Piece(*pieces[unit], meaning) if meaning and unit in pieces else None


def _unit_of(meaning: Meaning | None) -> str:
    """What others can be a part of: a month or a year."""
    match meaning:
        case Fixed(spans=((first, last),)):
            units: tuple[Unit, ...] = ("month", "year")
            return next((unit for unit in units if around(first, unit) == (first, last)), "")
        case Offset(unit=unit, count=-1 | 0 | 1):
            return unit
        case Yearly(day=None):
            return "month"
        case _:
            return ""


@_shape("(?:the )?<nth first|second|third|fourth|last> <weekday WEEKDAY> (?:of|in) <whole .+>")
def _nth_weekday(found: _Found) -> Meaning | None:
    whole = _expression(found["whole"])
    is_month = whole is not None and _unit_of(whole) == "month"
    return (
        NthWeekday(_ORDINALS[found["nth"]], _WEEKDAYS[found["weekday"]], whole)
        if whole and is_month
        else None
    )


@_shape("(?:the )?week of <day .+>")
def _week_of(found: _Found) -> Meaning | None:
    day = _expression(found["day"])
    return WeekOf(day) if day and is_calendar_day(day) else None


@_shape("(?:the )?day <side before|after> <day .+>")
def _day_beside(found: _Found) -> Meaning | None:
    day, days_off = _expression(found["day"]), -1 if found["side"] == "before" else 1
    if isinstance(day, Offset) and day.count == days_off and found["day"] in ("yesterday", "tomorrow"):
        return Offset("day", 2 * days_off)
    return Shift(days_off, day) if day and is_calendar_day(day) else None


# ---- From one to another --------------------------------------------------------------------------------

_TAIL: Final = _compiled(",? (?:YEAR|(?:of )?(?:WHICH) year)$")
_HAS_YEAR: Final = re.compile(r"\d{4}|year")
_DAY_ALONE: Final = _compiled("DAY")
_DAY_OF_MONTH: Final = _compiled("DAY(?: of)? <month MONTH>")
_MONTH_AND_DAY: Final = _compiled("<month MONTH> DAY")
_DASH: Final = _compiled(r"(?<=\d{4})-(?=\d{4}$)|(?<=[a-z]{3})-(?=MONTH\b)")


def _range(text: str) -> Meaning | None:
    """From one day, month or year to another. What the second has and the first lacks, the first has too."""
    opening = re.match("from |between |", text)
    assert opening is not None
    text = _DASH.sub(" - ", text[opening.end() :])
    sides = re.split(" and " if opening[0] == "between " else " (?:to|through|thru|until|till|-) ", text)
    if len(sides) != 2:
        return None
    start, end = sides
    if tail := _TAIL.search(end):
        end = end[: tail.start()]
    year = tail[0] if tail else ""
    if _DAY_ALONE.fullmatch(start) and (named := _DAY_OF_MONTH.fullmatch(end)):
        start = f"{start} {named['month']}"
    elif _DAY_ALONE.fullmatch(end) and (named := _MONTH_AND_DAY.match(start)):
        end = f"{named['month']} {end}"
    one, other = _expression(start if _HAS_YEAR.search(start) else start + year), _expression(end + year)
    match one, other:
        case Fixed(spans=((first, _),)), Fixed(spans=((_, last),)):
            return Range(one, other) if first <= last else None
        case Yearly(which="", years_off=off), Yearly(which="", years_off=same):
            return Range(one, other) if off == same and is_day(one) == is_day(other) else None
        case Weekday(which=""), Weekday(which=""):
            return Range(one, other) if opening[0] else None  # "Monday to Friday" is every week
        case _:
            return None


# ---- What stands around an expression -------------------------------------------------------------------

_RELATION: Final = re.compile(
    r"(?:(?P<is_on>runs?|running|lasts?|lasting|continues?) )?(?:"
    rf"(?P<until>through|until|'?till?|up to(?! (?:{_WORDS['NUMBER']}) ))|"
    r"(?P<by>by|no later than)|(?P<before>before|prior to|ahead of)|"
    r"(?P<since>since|from|starting|beginning(?! of))|(?P<after>after)) "
)
_RELATIONS: Final[tuple[Relation, ...]] = ("until", "by", "before", "since", "after")
_ROUGHLY: Final = _compiled(
    "<before in |on |>(?:(?:about|around|roughly|approximately|circa) "
    "|(?:nearly|almost|some) (?=NUMBER UNIT(?! from (?!now))))(?!in |on )"
)
_ZONE: Final = (
    "(?:local|eastern|central|mountain|pacific|greenwich|london|paris|berlin|rome|kyiv|kiev|moscow|jerusalem|tehran"
    "|delhi|beijing|hong kong|tokyo|seoul|sydney) time|gmt|utc|[ecmp][sd]?t|bst|cet|cest|msk"
)
_CLOCK: Final = (
    r"(?:at |(?:at )?(?:around|about) |(?:shortly|just) (?:before|after) )?"
    r"(?:(?:0?[1-9]|1[0-2])(?:[:.][0-5]\d)? ?[ap]m|(?:[01]?\d|2[0-3]):[0-5]\d|(?:12 )?(?P<noon>noon))"
    rf"(?: (?:{_ZONE}))?"
)
_CLOCK_FIRST: Final = re.compile(rf"{_CLOCK},?(?: on)? ")
_CLOCK_LAST: Final = re.compile(rf",? {_CLOCK}$")
_PREPOSITION: Final = re.compile("(on|in|during|at|over|throughout|within|for) ")
_EDGE: Final = re.compile(
    r"(?:the )?(?:(?P<word>early|late|mid)[ -](?P<preposition>on |in |(?!the ))"
    r"|(?P<end>end|close|start|beginning|middle) of )"
    r"|(?P<earlier>earlier|later) (?:on )?(?=\w+$)"
)
_EDGES: Final = ("word", "end", "earlier")
# Where the end of a stretch is named that the relation hangs on, naming it says no more than the stretch does.
_SAME_WITHOUT: Final[dict[tuple[Relation, str], Relation]] = {
    **{("since", edge): "since" for edge in ("start", "beginning")},
    **{("before", edge): "before" for edge in ("start", "beginning")},
    **{(relation, edge): relation for edge in ("end", "close") for relation in ("until", "by", "after")},
    **{("before", edge): "by" for edge in ("end", "close")},
}
_PART: Final = re.compile(
    rf"(?:the )?(?P<first>{_PARTS_OF_DAY}) of (?:on )?(?P<of>.+)"
    rf"|(?P<weekday>{_WORDS['WEEKDAY']}) (?P<middle>{_PARTS_OF_DAY})(?P<comma>,?)(?P<rest> .+)"
    rf"|(?P<day>.+) (?P<last>{_PARTS_OF_DAY})"
)
_THIS_DAY: Final = re.compile(rf"this (?={_PARTS_OF_DAY})|(?P<tonight>tonight)|last (?=night)")
_WEEKDAY_BESIDE: Final = _compiled("<weekday WEEKDAY>(?:,| the)? ")
_ABBREVIATED: Final = re.compile(rf"\b({_WORDS['WEEKDAY']}|{_WORDS['MONTH']}|st|c)\.(?= |,|-|$)")


def read_english(text: str) -> Reading | None:
    """The text comes in lower case, with plain dashes and apostrophes, and blanks single."""
    text = _ABBREVIATED.sub(r"\1", text)
    text = re.sub(r"(?<=\d) ?([ap])\.?m\b\.?", r"\1m", text)
    text = re.sub(rf"\b({_WORDS['WEEKDAY']}|today|yesterday|tomorrow)'s\b", r"\1", text)
    text = re.sub(r"(?<=\d0)'s\b", "s", text)  # the 1990's
    if meaning := _range(text):
        return Reading(meaning)
    relation: Relation = "on"
    leaning: Tense | None = None
    if found := _RELATION.match(text):
        relation = next(name for name in _RELATIONS if found[name])
        leaning = "past" if found["since"] == "since" else "future" if found["is_on"] else None
        text = text[found.end() :]
    reading = _read_hour(text, relation)
    if reading is None or (relation != "on" and _is_no_end(reading.meaning)):
        return None
    if reading.part_of_day and relation in ("before", "after"):
        return None  # on that day itself, perhaps
    tied = relation if reading.relation == "on" else reading.relation  # "before the end of May" is by May
    return replace(reading, relation=tied, leaning=leaning)


def _is_no_end(meaning: Meaning) -> bool:
    """Nothing is since or until a stretch that the dateline is one end of; nor is Sept. 11 of this year."""
    return isinstance(meaning, Run | Within) or meaning == Yearly(9, 11)


def _read_hour(text: str, relation: Relation) -> Reading | None:
    clock = _CLOCK_FIRST.match(text) or _CLOCK_LAST.search(text)
    if clock is None:
        return _read_about(text, relation)
    if relation in ("before", "after"):
        return None  # on that day itself, perhaps
    reading = _read_about(text[: clock.start()] + text[clock.end() :], relation)
    if reading is None or not is_day(reading.meaning):
        return None  # an hour of no day
    return replace(reading, part_of_day=clock["noon"] or reading.part_of_day)


def _read_about(text: str, relation: Relation) -> Reading | None:
    roughly = _ROUGHLY.match(text)
    if roughly is None:
        return _read_expression(text, relation)
    reading = _read_expression(roughly["before"] + text[roughly.end() :], relation)
    if reading is None or isinstance(reading.meaning, Season | Run | Within | Length):
        return reading if reading and isinstance(reading.meaning, Length) else None
    return replace(reading, is_approximate=True)


def _read_expression(text: str, relation: Relation) -> Reading | None:
    if reading := (_read_alone(text) if relation == "on" else None) or _read_plain(text):
        return reading
    preposition = _PREPOSITION.match(text)
    rest = text[preposition.end() :] if preposition else text
    reading = (
        _read_edge(rest, relation) or _read_part_of_day(rest) or (_read_plain(rest) if preposition else None)
    )
    if reading is None or (preposition and preposition[1] not in _prepositions(reading, rest)):
        return None
    return reading


def _prepositions(reading: Reading, text: str) -> tuple[str, ...]:
    """Which of them can stand before it: who writes "at 2019" means an hour, and "over four years ago" is not four."""
    meaning = reading.meaning
    match meaning:
        case _ if reading.left_out:
            return "at", "in", "during"
        case Weekend():
            return "on", "at", "in", "over", "during"
        case Run():
            return "in", "during", "over", "throughout", "within", "for"
        case Season():
            return "in", "during", "over", "throughout"
        case _ if reading.part_of_day:
            return "on", "in", "during"
        case Yearly(day=int()):
            return "on", "at"
        case _ if is_day(meaning) and not isinstance(meaning, Offset):
            return ("on",)
        case Offset() if re.match("last|this|next", text):
            return "in", "during", "throughout"
        case Length() | Offset():
            return ()
        case _:
            return "in", "during", "throughout"


def _read_alone(text: str) -> Reading | None:
    meaning = _expression(text, _ALONE)
    if meaning is None:
        return None
    if isinstance(meaning, Shift):
        return Reading(meaning, only="past", otherwise="Before which day, another sentence says.")
    if isinstance(meaning, Offset) and meaning.unit == "year":
        return Reading(meaning, only="future", otherwise="A length of time, not a date.")
    if re.match("within (?!the )", text):
        return Reading(meaning, only="future", otherwise="Within so long of what, another sentence says.")
    return Reading(meaning)


def _read_plain(text: str) -> Reading | None:
    if meaning := _expression(text):
        return Reading(meaning)
    if (beside := _WEEKDAY_BESIDE.match(text)) and (
        reading := _read_plain_day(text[beside.end() :], beside[0])
    ):
        return replace(reading, weekday=_WEEKDAYS[beside["weekday"]])
    return None


def _read_plain_day(text: str, before: str) -> Reading | None:
    meaning = _expression(f"the {text}" if before.endswith(" the ") or _DAY_ALONE.fullmatch(text) else text)
    return Reading(meaning) if meaning and is_calendar_day(meaning) else None


def _read_part_of_day(text: str) -> Reading | None:
    if this := _THIS_DAY.match(text):
        text = f"{'yesterday' if this[0] == 'last ' else 'today'} {text[this.end() :] or 'night'}"
    found = _PART.fullmatch(text)
    if found is None:
        return None
    reading = _read_plain(found["of"] or found["day"] or f"{found['weekday']}{found['comma']}{found['rest']}")
    if (
        reading is None
        or not is_day(reading.meaning)
        or (found["last"] and isinstance(reading.meaning, Monthly))
    ):
        return None  # "the 5th night" is not the night of the 5th
    return replace(reading, part_of_day=found["first"] or found["middle"] or found["last"])


def _read_edge(text: str, relation: Relation) -> Reading | None:
    edge = _EDGE.match(text)
    if edge is None:
        return None
    word = next(edge[name] for name in _EDGES if edge[name])
    rest = text[edge.end() :]
    reading = _read_plain(rest) or _read_part_of_day(rest) or _read_the_unit(rest, word, relation)
    if reading is None or (
        edge["preposition"] and edge["preposition"][:-1] not in _prepositions(reading, rest)
    ):
        return None
    meaning = reading.meaning
    if is_day(meaning):
        if word in ("earlier", "later"):
            return reading if rest == "today" or isinstance(meaning, Weekday) else None
        # "Late Monday" is a Monday; "late 2022" is 2022, because EDTF has no late.
        is_told = word in ("early", "late") and not isinstance(meaning, Shift)
        return replace(reading, part_of_day=reading.part_of_day or word) if is_told else None
    if not _has_edges(meaning) or word in ("earlier", "later"):
        return None
    if relation == "on":
        return replace(reading, left_out=word if edge["word"] else f"{word} of")
    same = _SAME_WITHOUT.get((relation, word))
    return replace(reading, relation=same) if same else None  # "since late July" is not since July


def _read_the_unit(text: str, word: str, relation: Relation) -> Reading | None:
    """The year of "the end of the year": of a plan it is this one, of a report another sentence says."""
    found = re.fullmatch("the (week|month|quarter|year)", text)
    if found is None:
        return None
    meaning = Offset(_UNITS[found[1]][0], 0)
    if relation == "since" and word in ("start", "beginning"):
        return Reading(meaning)
    return Reading(meaning, only="future", otherwise=f"Of which {found[1]}, another sentence says.")


def _has_edges(meaning: Meaning) -> bool:
    """Is there an early, a late, a mid of it?"""
    return isinstance(meaning, Yearly | Fixed | Season) or (
        isinstance(meaning, Offset) and abs(meaning.count) <= 1
    )
