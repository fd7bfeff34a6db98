"""When did the world do it: a text's own words for a time, resolved against the story's dateline.

Two steps, kept apart. *Reading* turns words into a meaning that knows no dateline ("a Tuesday", "four
years back"); it costs a millisecond or two and is remembered. *Placing* puts a meaning on the calendar of
one dateline by plain arithmetic; it costs microseconds, so that a corrected dateline re-resolves a whole
story at once.

`dateparser` reads the words. What it would guess is taken away from it, because (1.5.0, seen happening) it

- drops words: "about 2019" is 2019, "after Monday" is Monday,
- drops or bends numbers: "5-8 September" is the 5th, "Sept. 10-13" is 10 September 2013, "1,000 years ago"
  is one year ago, "the 1990s" are 1,990 seconds, "the 12th" is December,
- puts a weekday named on that same weekday a week off, and a bare "four years" in the past.

So it is asked twice, from two made-up days, and believed only where both answers have one meaning in
common, every number of the text shows in it, and every word of the text had a part in it. Whatever fails
that is unresolved: no date is better than a wrong one.

EDTF is ISO 8601-2:2019, levels 0 and 1, as the Library of Congress profiles it (loc.gov/standards/datetime).
"""

import calendar
import re
import unicodedata
import warnings
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final, Literal, assert_never

LITERAL_LIMIT: Final = 200  # characters
EDTF_LIMIT: Final = 64  # characters
TOKEN_LIMIT: Final = 12  # words and numbers in a literal; each costs one more question to dateparser
REMEMBERED: Final = 4_096  # literals, readings, EDTF strings; of each, the least recently used go first

Status = Literal["unresolved", "ambiguous", "provisional", "absolute"]
Tense = Literal["past", "future"]
Relation = Literal["on", "since", "after", "by", "before", "until"]


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


@lru_cache(maxsize=REMEMBERED)
def resolve(literal: str, anchor: date | None, *, tense: Tense, language: str = "en") -> Resolution:
    """Resolve a literal against the date of the story's dateline. No literal makes it raise.

    `tense` is `past` for a report and `future` for a planned fact; words that say their direction
    themselves ("next month", "four years ago") overrule it. `language` is the story's BCP 47 tag: English
    is read in full, of other languages only weekdays, dates, and the likes of "yesterday".

    The weekday rule. Copy names the day for whatever lies within seven days of the dateline, writes
    "Tuesday" rather than "today", and leaves the direction to the verb (AP Stylebook, "days of the week",
    "today, tonight"). So a bare weekday is the nearest one on the tense's side of the dateline, the
    dateline included: "on Tuesday" in a Tuesday story is that very day, and the Tuesday a week off stays
    second in `candidates`. "Last" and "next" before a weekday or a month, which the same book warns of,
    resolve only where the nearest one and the one in the week (or year) before or after are the same day.
    """
    if len(literal) > LITERAL_LIMIT:
        return Resolution("unresolved", f"Longer than {LITERAL_LIMIT} characters.")
    try:
        reading = _read(literal, language)
        if reading is None:
            return Resolution("unresolved", "Not understood as a date.")
        return _place(reading, anchor, tense)
    except (ValueError, OverflowError):  # only arithmetic raises here
        return Resolution("unresolved", "Outside the calendar: years run from 1 to 9999.")


# ---- What words can mean before there is a dateline ---------------------------------------------------

Which = Literal["", "last", "this", "next"]
Unit = Literal["day", "week", "month", "year"]
Span = tuple[date, date]  # first and last day, both inclusive


@dataclass(frozen=True, slots=True)
class _Fixed:
    """Needs no dateline. Several spans where the writing itself is ambiguous: 03/04/2023."""

    spans: tuple[Span, ...]
    edtf: str | None = None  # where the span alone does not say it: a season


@dataclass(frozen=True, slots=True)
class _Yearly:
    """A 24 February, or a whole February, of a year not named."""

    month: int
    day: int | None
    which: Which = ""
    years_off: Literal[-1, 0, 1] | None = None  # "in May last year" is -1


@dataclass(frozen=True, slots=True)
class _Weekday:
    number: int  # Monday is 0
    which: Which = ""
    is_end: bool = False  # "until Friday", which a report may say of the last Friday and of the next


@dataclass(frozen=True, slots=True)
class _Offset:
    """So many whole units from the dateline's own; "last year" is -1 year."""

    unit: Unit
    count: int
    is_in: bool = False  # "in four years" is a date in a plan, but a length of time in a report


@dataclass(frozen=True, slots=True)
class _Within:
    """What lies before or after the dateline in its own week, month or year."""

    side: Literal["earlier", "later"]
    unit: Unit


@dataclass(frozen=True, slots=True)
class _Weekend:
    which: Which


@dataclass(frozen=True, slots=True)
class _Length:
    """How long, not when: "four years"."""


Relative = _Yearly | _Weekday | _Offset | _Within | _Weekend
Meaning = _Fixed | _Length | Relative


@dataclass(frozen=True, slots=True)
class _Reading:
    meaning: Meaning
    relation: Relation = "on"
    part_of_day: str | None = None
    is_approximate: bool = False
    weekday: int | None = None  # written beside a date, which must then fall on it
    leaning: Tense | None = None  # the words' own tense: "since" looks back, "runs through" ahead


# ---- Placing: a meaning on the calendar of one dateline -----------------------------------------------

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (  # not calendar.month_name, which speaks the machine's language
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SIDES: Final = {"past": "before", "future": "after"}
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)


def _place(reading: _Reading, anchor: date | None, tense: Tense) -> Resolution:
    meaning = reading.meaning
    if isinstance(meaning, _Length) or (isinstance(meaning, _Offset) and meaning.is_in and tense == "past"):
        return Resolution("unresolved", "A length of time, not a date.")
    if isinstance(meaning, _Fixed):
        spans, how = meaning.spans, "The literal carries its own date"
    elif anchor is None:
        return Resolution("unresolved", "Relative, and the story has no dateline yet.")
    else:
        spans, side = _spans(meaning, anchor, reading.leaning or tense)
        how = f"{side} {anchor.isoformat()} (dateline)"

    if reading.weekday is not None:
        day, said = spans[0][0], _WEEKDAYS[reading.weekday]
        if day.weekday() != reading.weekday:
            return Resolution("unresolved", f"{day} is a {_WEEKDAYS[day.weekday()]}, not a {said}.")

    if isinstance(meaning, _Fixed) and meaning.edtf:
        texts = [meaning.edtf]
    else:
        texts = [_edtf(span, "~" if _is_rough(reading) else "") for span in spans]
    found = Resolution(
        "absolute" if isinstance(meaning, _Fixed) else "provisional",
        f"{how}.",
        edtf=texts[0],
        earliest=min(first for first, _ in spans),
        latest=max(last for _, last in spans),
        candidates=tuple(texts) if len(texts) > 1 else (),
        part_of_day=reading.part_of_day,
        relation=reading.relation,
    )
    if not found.candidates:
        return found
    if isinstance(meaning, _Weekday) and not meaning.which and spans[0][0] == anchor:  # the weekday rule
        return replace(found, earliest=anchor, latest=anchor)
    return replace(found, status="ambiguous", edtf=None, basis=f"Either {' or '.join(texts)}. {how}.")


def _spans(meaning: Relative, anchor: date, tense: Tense) -> tuple[tuple[Span, ...], str]:
    """Every span the meaning can have, likeliest first; and how it lies to the dateline, in words."""
    match meaning:
        case _Weekday():
            return _weekdays(meaning, anchor, tense)
        case _Yearly():
            return _in_years(meaning, anchor, tense)
        case _Offset(unit=unit, count=count):
            length = f"{abs(count)} {unit}{'s' if abs(count) > 1 else ''}"
            side = f"{length} {'before' if count < 0 else 'after'}" if count else f"The {unit} of"
            return (_around(anchor, unit, count),), side
        case _Within(side=half, unit=unit):
            first, last = _around(anchor, unit)
            span = (first, anchor) if half == "earlier" else (anchor, last)
            return (span,), f"{half.capitalize()} in the {unit} of"
        case _Weekend(which=which):
            saturday = _around(anchor, "week")[1] - _DAY
            if which == "last" or (which == "" and tense == "past" and saturday > anchor):
                saturday -= _WEEK
            elif which == "next":
                saturday += _WEEK
            return ((saturday, saturday + _DAY),), f"The {which}{' ' * bool(which)}weekend as seen from"
        case _:
            assert_never(meaning)


def _weekdays(meaning: _Weekday, anchor: date, tense: Tense) -> tuple[tuple[Span, ...], str]:
    back = anchor - timedelta(days=(anchor.weekday() - meaning.number) % 7)
    ahead = anchor + timedelta(days=(meaning.number - anchor.weekday()) % 7)
    nearest, other = (back, ahead) if tense == "past" else (ahead, back)
    # Which week is "this" one depends on where weeks begin: on Monday (ISO 8601), or Sunday (America).
    this_week = anchor + timedelta(days=meaning.number - anchor.weekday())
    american = anchor + timedelta(days=(meaning.number + 1) % 7 - (anchor.weekday() + 1) % 7)
    match meaning.which:
        case "" if nearest == anchor:
            days, side = (
                [anchor, anchor - _WEEK if tense == "past" else anchor + _WEEK],
                f"on or {_SIDES[tense]}",
            )
        case "" if meaning.is_end and tense == "past":
            days, side = [nearest, other], "before or after"
        case "":
            days, side = [nearest], f"on or {_SIDES[tense]}"
        case "this":
            days, side = [this_week, nearest], "nearest to"
        case "last":
            days, side = (
                [back if back < anchor else anchor - _WEEK, this_week - _WEEK, american - _WEEK],
                "before",
            )
        case "next":
            days, side = (
                [ahead if ahead > anchor else anchor + _WEEK, this_week + _WEEK, american + _WEEK],
                "after",
            )
    return tuple((day, day) for day in dict.fromkeys(days)), f"{_WEEKDAYS[meaning.number]} {side}"


def _in_years(meaning: _Yearly, anchor: date, tense: Tense) -> tuple[tuple[Span, ...], str]:
    def of(year: int) -> Span:
        if meaning.day is None:
            return _around(date(year, meaning.month, 1), "month")
        day = date(year, meaning.month, meaning.day)
        return day, day

    def nearest(step: Literal[-1, 1]) -> Span:
        for year in range(anchor.year, anchor.year + 9 * step, step):  # 29 February: at most eight years off
            if (meaning.month, meaning.day) == (2, 29) and not calendar.isleap(year):
                continue
            first, last = of(year)
            edge = (first if step < 0 else last) if not meaning.which else (last if step < 0 else first)
            if (edge - anchor) * step > timedelta(0) or (edge == anchor and not meaning.which):
                return first, last
        raise ValueError(anchor)

    name = (
        _MONTHS[meaning.month - 1] if meaning.day is None else f"{meaning.day} {_MONTHS[meaning.month - 1]}"
    )
    if meaning.years_off is not None:
        year_of = {-1: "the year before that of", 0: "the year of", 1: "the year after that of"}
        return (of(anchor.year + meaning.years_off),), f"{name} of {year_of[meaning.years_off]}"
    match meaning.which:
        case "":
            return (nearest(-1 if tense == "past" else 1),), f"{name} on or {_SIDES[tense]}"
        case "this":
            return (of(anchor.year),), f"{name} of the year of"
        case "last":
            return tuple(dict.fromkeys([nearest(-1), of(anchor.year - 1)])), f"{name} before"
        case "next":
            return tuple(dict.fromkeys([nearest(1), of(anchor.year + 1)])), f"{name} after"


def _around(day: date, unit: Unit, count: int = 0) -> Span:
    """The whole day, ISO 8601 week, month or year so many units away from the one around `day`."""
    match unit:
        case "day":
            first = last = day + timedelta(days=count)
        case "week":
            first = day - timedelta(days=day.weekday()) + timedelta(weeks=count)
            last = first + timedelta(days=6)
        case "month":
            year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
            first = date(year, month + 1, 1)
            last = first.replace(day=calendar.monthrange(year, month + 1)[1])
        case "year":
            first, last = date(day.year + count, 1, 1), date(day.year + count, 12, 31)
    return first, last


def _is_rough(reading: _Reading) -> bool:
    """About; or ten, twenty, a hundred years ago, which nobody means to the year."""
    meaning = reading.meaning
    is_round = isinstance(meaning, _Offset) and meaning.unit == "year" and meaning.count % 10 == 0
    return reading.is_approximate or (is_round and meaning != _Offset("year", 0))


def _edtf(span: Span, qualifier: str = "") -> str:
    """The shortest EDTF that means exactly this span."""
    first, last = span
    if first == last:
        return first.isoformat() + qualifier
    if (first, last) == (_around(first, "year")[0], _around(last, "year")[1]):
        if (first.year % 10, last.year) == (0, first.year + 9):
            return f"{first.year // 10:03}X{qualifier}"
        ends = [f"{day.year:04}{qualifier}" for day in span]
    elif (first, last) == (_around(first, "month")[0], _around(last, "month")[1]):
        ends = [f"{day.year:04}-{day.month:02}{qualifier}" for day in span]
    else:
        ends = [f"{day.isoformat()}{qualifier}" for day in span]
    return "/".join(dict.fromkeys(ends))


# ---- Reading: words to a meaning ----------------------------------------------------------------------

_SAME: Final = str.maketrans({**dict.fromkeys("‐‑‒–—−", "-"), **dict.fromkeys("’‘ʼ", "'")})
_ALLOWED: Final = re.compile(r"[\w\s,.'/:()-]+")
_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+")
# Words that may be there for grammar alone. Any other that changes nothing makes a reading unsafe.
_IDLE: Final = frozenset(
    _TOKEN.findall(
        "on in the of at a an st nd rd th year el la los las de del en le l d er am im den der dem il di em no"
        " na в во г года году 年 月 日 년 월 일"
    )
)

_RELATION: Final = re.compile(
    r"(?:(?P<is_on>runs?|running|lasts?|lasting|continues?) )?(?:"
    r"(?P<until>through|until|till?|up to)|(?P<by>by|no later than)|(?P<before>before|prior to|ahead of)|"
    r"(?P<since>since|from|starting|beginning)|(?P<after>after|following)) (?:on )?"
)
_RELATIONS: Final[tuple[Relation, ...]] = ("until", "by", "before", "since", "after")
_ROUGHLY: Final = re.compile(r"(?:in |on )?(?:about|around|roughly|approximately|nearly|almost|circa|some) ")
_CLOCK: Final = re.compile(
    r"(?:\b(?:at|around|about|before|after|shortly before|shortly after) )?"
    r"(?:\b(?:0?[1-9]|1[0-2])(?:[:.][0-5]\d)? ?[ap]\.?m\b\.?|"
    r"\b(?:[01]?\d|2[0-3]):[0-5]\d\b|\b(?P<name>noon|midnight)\b)"
    r"(?: (?:[a-z]+ time|gmt|utc|[ecmp][sd]?t|bst|cet|msk)\b)?,?"
)
_EDGE: Final = re.compile(
    r"(?:in )?(?:the )?(?:(?P<edge>early|late|mid)[ -](?:on |in )?|(?:end|close|start|beginning|middle) of )"
)
_WHICH: Final = re.compile(r"(?P<which>last|this|next) (?P<rest>.+)")
_OF_YEAR: Final = re.compile(r"(?P<rest>.+?),? (?:of )?(?P<which>last|this|next) year")
_ELSEWHERE: Final = re.compile(r"\b(?:later|earlier|centur(?:y|ies))\b|\b(?:last|this|next) decade")

_COUNT: Final = re.compile(r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b")

_NOW: Final = re.compile(r"(?:right |just )?now|currently|at present")
_WITHIN: Final = re.compile(r"(?P<side>earlier|later) (?:in )?(?:this|the) (?P<unit>week|month|year)")
_WEEKEND: Final = re.compile(r"(?:(?:over|at|in) )?(?P<which>the|this|last|next) weekend")
_DECADE: Final = re.compile(r"(?:in )?(?:the )?(?P<tens>[12]\d\d)0s")
_SEASON: Final = re.compile(
    r"(?:in )?(?:the )?(?P<season>spring|summer|autumn|fall|winter) (?:of )?(?P<year>[12]\d{3})"
)
_QUARTER: Final = re.compile(
    r"(?:in )?(?:the )?(?:q(?P<number>[1-4])|(?P<word>first|second|third|fourth) quarter) (?:of )?"
    r"(?P<year>[12]\d{3})"
)
_SEASONS: Final = {"spring": 21, "summer": 22, "autumn": 23, "fall": 23, "winter": 24}
_QUARTERS: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_UNITS: Final[dict[str, Unit]] = {"week": "week", "month": "month", "year": "year"}
_WHICHES: Final[dict[str, Which]] = {"the": "", "last": "last", "this": "this", "next": "next"}
_YEARS_OFF: Final[dict[str, Literal[-1, 0, 1]]] = {"last": -1, "this": 0, "next": 1}

_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_YEARS_ONLY: Final = re.compile(r"\d{4}(?:-\d{4})?")


@lru_cache(maxsize=REMEMBERED)
def _read(literal: str, language: str) -> _Reading | None:
    text = " ".join(unicodedata.normalize("NFKC", literal).casefold().translate(_SAME).split())
    text = re.sub(r"(?<=\w)'s\b", "", text).strip(" ,;.")  # "Tuesday's"
    if not _ALLOWED.fullmatch(text) or len(_TOKEN.findall(text)) > TOKEN_LIMIT or re.search(r"\d{5}", text):
        return None
    tag = language.casefold()
    bare = " ".join(word for word in text.split() if word not in _IDLE)
    if numeric := _read_numbers(bare, is_month_first=tag in ("en", "en-us")):
        return _Reading(numeric)
    if not any(character.isalpha() for character in text) and not _YEARS_ONLY.fullmatch(text):
        return None
    primary = re.split("[-_]", tag)[0]
    if primary == "en":
        return _read_english(text)
    return _read_words(text, primary) or (_read_words(bare, primary) if bare else None)


def _read_numbers(text: str, *, is_month_first: bool) -> _Fixed | None:
    """Dates in numbers alone. Year first is ISO 8601, points are day first, slashes may be either."""
    if found := _YEAR_FIRST.fullmatch(text):
        year, month = int(found[1]), int(found[3])
        if found[4] is not None:
            return _days((year, month, int(found[4])))
        if found[2] != "-" or not 1 <= month <= 12 or year == 0:
            return None
        span = _around(date(year, month, 1), "month")
        two_years = (date(year, 1, 1), date(year, 12, 31).replace(year=year + 1))
        return _Fixed((span, two_years) if month == (year + 1) % 100 else (span,))  # 2009-10, the season
    if found := _YEAR_LAST.fullmatch(text):
        one, other, year = int(found[1]), int(found[3]), int(found[4])
        day_first, month_first = (year, other, one), (year, one, other)
        if found[2] == ".":
            return _days(day_first)
        return _days(month_first, day_first) if is_month_first else _days(day_first, month_first)
    return None


def _days(*numbers: tuple[int, int, int]) -> _Fixed | None:
    days = [date(*each) for each in dict.fromkeys(numbers) if _is_in_calendar(*each)]
    return _Fixed(tuple((day, day) for day in days)) if days else None


def _is_in_calendar(year: int, month: int, day: int) -> bool:
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def _read_english(text: str) -> _Reading | None:
    """Take off, one after the other, what dateparser would drop, and hand it the rest."""
    if span := _read_range(text):
        return _Reading(span)
    clock = _CLOCK.search(text)
    if clock:
        text = " ".join(f"{text[: clock.start()]} {text[clock.end() :]}".split()).strip(" ,")
    relation: Relation = "on"
    leaning: Tense | None = None
    if found := _RELATION.match(text):
        relation = next(name for name in _RELATIONS if found[name])
        leaning = "past" if found["since"] == "since" else "future" if found["is_on"] else None
        text = text[found.end() :]
    roughly = _ROUGHLY.match(text)
    if roughly:
        text = text[roughly.end() :]
    text = re.sub(r"^(?:on|at|during) (?!present)", "", text)
    meaning = _read_english_shape(text)
    reading = _Reading(meaning) if meaning else _read_english_words(text)
    if reading is None:
        return None
    meaning = reading.meaning
    part_of_day = (clock and clock["name"]) or reading.part_of_day
    if (clock or part_of_day) and not _is_day(meaning):
        return None  # an hour of no day
    if isinstance(meaning, _Weekday) and relation in ("until", "by"):
        meaning = replace(meaning, is_end=True)
    return replace(
        reading,
        meaning=meaning,
        relation=relation,
        leaning=leaning,
        is_approximate=bool(roughly),
        part_of_day=part_of_day,
    )


def _read_english_shape(text: str) -> Meaning | None:
    """The shapes that dateparser has no words for."""
    if _NOW.fullmatch(text):
        return _Offset("day", 0)
    if found := _WITHIN.fullmatch(text):
        return _Within("earlier" if found["side"] == "earlier" else "later", _UNITS[found["unit"]])
    if found := _WEEKEND.fullmatch(text):
        return _Weekend(_WHICHES[found["which"]])
    if found := _DECADE.fullmatch(text):
        first = date(int(found["tens"]) * 10, 1, 1)
        return _Fixed(((first, date(first.year + 9, 12, 31)),))
    if found := _SEASON.fullmatch(text):
        year, code = int(found["year"]), _SEASONS[found["season"]]
        return _Fixed((_season(year, code),), f"{year}-{code}")
    if found := _QUARTER.fullmatch(text):
        last_month = 3 * (int(found["number"]) if found["number"] else _QUARTERS[found["word"]])
        first = date(int(found["year"]), last_month - 2, 1)
        return _Fixed(((first, _around(first, "month", 2)[1]),))
    return None


def _read_english_words(text: str) -> _Reading | None:
    edge = _EDGE.match(text)
    if edge:
        text = text[edge.end() :]
    reading = _read_english_which(text) or _read_words(text, "en")
    if reading is None or _ELSEWHERE.search(text):
        return None  # "four years later": than what, another sentence says
    meaning = reading.meaning
    if not isinstance(meaning, _Offset | _Length) and _COUNT.search(text):
        return None  # "four 2022" is not April
    if isinstance(meaning, _Offset) and meaning.count > 0 and text.startswith("in "):
        return replace(reading, meaning=replace(meaning, is_in=True))
    # "Late Monday" is a Monday; "late 2022" is 2022, because EDTF has no late.
    if edge and edge["edge"] in ("early", "late") and _is_day(meaning) and reading.part_of_day is None:
        return replace(reading, part_of_day=edge["edge"])
    return reading


def _read_english_which(text: str) -> _Reading | None:
    """Last Tuesday, next May, 24 February last year; but "last year" itself is dateparser's."""
    if (found := _OF_YEAR.fullmatch(text)) and (reading := _read_words(found["rest"], "en")):
        meaning = reading.meaning
        if isinstance(meaning, _Yearly):
            return replace(reading, meaning=replace(meaning, years_off=_YEARS_OFF[found["which"]]))
    if (found := _WHICH.fullmatch(text)) and (reading := _read_words(found["rest"], "en")):
        meaning = reading.meaning
        if isinstance(meaning, _Weekday) or (isinstance(meaning, _Yearly) and meaning.day is None):
            return replace(reading, meaning=replace(meaning, which=_WHICHES[found["which"]]))
    return None


def _read_range(text: str) -> _Fixed | None:
    """From one full date to another: "2019-2021", "between May 2019 and June 2021"."""
    if found := re.fullmatch(r"between (.+?) and (.+)", text):
        sides = [found[1], found[2]]
    else:
        sides = re.split(r" (?:to|through|until|-) |(?<=\d{4})-(?=\d{4})", text.removeprefix("from "))
    if len(sides) != 2 or not all(re.search(r"\d{4}", side) for side in sides):
        return None
    spans: list[Span] = []
    for side in sides:
        reading = _read_words(side, "en")
        meaning = _read_numbers(side, is_month_first=True) or (reading.meaning if reading else None)
        if not isinstance(meaning, _Fixed) or len(meaning.spans) != 1:
            return None
        spans += meaning.spans
    (first, _), (_, last) = spans
    return _Fixed(((first, last),)) if first <= last else None


# ---- Asking dateparser --------------------------------------------------------------------------------

# A year, a month and some days apart, and far from any news. Both are Saturdays, so that a bare "three
# days", read backwards from the one and forwards from the other, never passes for a weekday. The one is
# asked month first, the other day first: the "four" of "at four" is April to the one, the 4th to the other.
_BASES: Final = (date(4000, 1, 1), date(4001, 2, 3))


@dataclass(frozen=True, slots=True)
class _Answer:
    day: date
    parts: frozenset[str]
    is_week: bool
    part_of_day: str | None


@lru_cache(maxsize=REMEMBERED)
def _read_words(text: str, language: str) -> _Reading | None:
    reading = _ask_twice(text, language)
    if reading is None or not _shows_every_number(text, reading.meaning):
        return None
    weekday = None
    for word in _TOKEN.finditer(text):
        rest = f"{text[: word.start()]} {text[word.end() :]}"
        if (
            word[0].isdigit()
            or word[0] in _IDLE
            or not _TOKEN.search(rest)
            or _ask_twice(rest, language) != reading
        ):
            continue
        beside = _ask_twice(word[0], language) if _is_calendar_day(reading.meaning) else None
        if beside is None or not isinstance(beside.meaning, _Weekday):
            return None  # a word that changes nothing: who knows what it was there for
        weekday = beside.meaning.number
    return replace(reading, weekday=weekday)


def _ask_twice(text: str, language: str) -> _Reading | None:
    answers = []
    for parser in _dateparsers(language):
        answer = _ask(parser, text)
        if answer is None:
            return None
        answers.append(answer)
    meaning = _common_meaning(*answers) if answers else None
    return None if meaning is None else _Reading(meaning, part_of_day=answers[0].part_of_day)


def _is_calendar_day(meaning: Meaning) -> bool:
    if isinstance(meaning, _Fixed):
        return all(first == last for first, last in meaning.spans)
    return isinstance(meaning, _Yearly) and meaning.day is not None


def _is_day(meaning: Meaning) -> bool:
    is_near = isinstance(meaning, _Weekday) or (isinstance(meaning, _Offset) and meaning.unit == "day")
    return is_near or _is_calendar_day(meaning)


def _ask(parser: Any, text: str) -> _Answer | None:
    try:
        found = parser.get_date_data(text)
    except Exception:  # noqa: BLE001 - whatever trips it over a stranger's text, it is not understood
        return None
    if (
        found.date_obj is None
        or found.period == "quarter"
        or ("time" in found.parts and not found.part_of_day)
    ):
        return None
    return _Answer(
        found.date_obj.date(),
        frozenset(found.parts) - {"time"},
        found.period == "week",
        found.part_of_day.value.replace("_", " ") if found.part_of_day else None,
    )


@lru_cache(maxsize=32)
def _dateparsers(language: str) -> tuple[Any, ...]:
    """One parser for each base; none for a language that dateparser does not know."""
    # Imported on first use, for it takes 150 ms.
    from dateparser import DateDataParser  # type: ignore[import-untyped]  # it ships no py.typed

    try:
        return tuple(
            DateDataParser(
                languages=[language],
                settings={
                    "RELATIVE_BASE": datetime.combine(base, time()),
                    "PREFER_DATES_FROM": leaning,
                    "DATE_ORDER": order,
                    "PARSERS": ["relative-time", "absolute-time"],  # not the ones for Unix timestamps
                    "TIMEZONE": "UTC",  # the default asks the machine
                    "RETURN_AS_TIMEZONE_AWARE": False,
                    "PREFER_DAY_OF_MONTH": "first",
                    "PREFER_MONTH_OF_YEAR": "first",
                },
            )
            for base, leaning, order in zip(_BASES, ("current_period", "future"), ("MDY", "DMY"), strict=True)
        )
    except ValueError:
        return ()


def _common_meaning(one: _Answer, other: _Answer) -> Meaning | None:
    """What stays put is a date, what moves with the base an offset, what runs both ways a length."""
    parts = one.parts
    if (parts, one.is_week, one.part_of_day) != (other.parts, other.is_week, other.part_of_day):
        return None
    if parts in ({"month"}, {"month", "day"}):
        is_same = (one.day.month, one.day.day) == (other.day.month, other.day.day)
        return _Yearly(one.day.month, one.day.day if "day" in parts else None) if is_same else None
    if parts not in ({"year"}, {"year", "month"}, {"year", "month", "day"}):
        return None
    unit: Unit = "day" if "day" in parts else "month" if "month" in parts else "year"
    span = _around(one.day, unit)
    if span == _around(other.day, unit):
        return _Fixed((span,))
    back, ahead = _units(_BASES[0], one.day, unit), _units(_BASES[1], other.day, unit)
    if back == ahead:
        return _Offset("week", back // 7) if one.is_week and back % 7 == 0 else _Offset(unit, back)
    if unit == "day" and -7 < back <= 0 < ahead <= 7 and one.day.weekday() == other.day.weekday():
        return _Weekday(one.day.weekday())
    return _Length() if back == -ahead else None


def _units(base: date, day: date, unit: Unit) -> int:
    if unit == "day":
        return (day - base).days
    years = day.year - base.year
    return years if unit == "year" else years * 12 + day.month - base.month


def _shows_every_number(text: str, meaning: Meaning) -> bool:
    """Is each number of the text found in the meaning, where it must be?"""
    month: list[int] = []
    match meaning:
        case _Fixed(spans=((first, last), *_)) if first == last:
            expected, month = [first.year, first.day], [first.month]
        case _Fixed(spans=((first, last), *_)):
            expected, month = [first.year], [first.month] if first.month == last.month else []
        case _Yearly(month=number, day=int(day)):
            expected, month = [day], [number]
        case _Offset(count=count) if re.search(r"\d", text):
            expected = [abs(count)]
        case _Length():
            return True
        case _:
            expected = []
    if re.search("[月월]", text):  # where months have numbers for names
        expected += month
    return Counter(map(int, re.findall(r"\d+", text))) == Counter(expected)


# ---- EDTF that a person gives -------------------------------------------------------------------------

_EDTF_DATE: Final = re.compile(
    r"(?P<year>-?\d{4})(?:-(?P<month>\d\d|XX)(?:-(?P<day>\d\d|XX))?)?(?P<qualifier>[?~%])?", re.ASCII
)
_EDTF_YEARS: Final = re.compile(r"-?(?:\d{3}X|\d\dXX|\dXXX)[?~%]?|Y-?[1-9]\d{4,}", re.ASCII)
_EDTF_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_OPEN: Final = ("", "..")  # not known, and without end
_SPRING, _AUTUMN, _WINTER = 21, 23, 24


def check_edtf(text: str) -> str:
    """The text without outer blanks if it is EDTF of level 0 or 1; else a ValueError that says what to write.

    Checked here and not by the `edtf` library, because every fact filed passes through: the library takes
    2 to 7 ms a date, lets 2023-02-29 and 2024/2023 pass, and prints to standard output when it trips.
    """
    text = text.strip()
    if len(text) > EDTF_LIMIT:
        raise ValueError(
            f"an EDTF date has at most {EDTF_LIMIT} characters, like 2023-09-12 or 2022-02-24/.."
        )
    if "/" not in text:
        if not _EDTF_YEARS.fullmatch(text):
            _check_edtf_date(text, is_alone=True)
        return text
    start, _, end = text.partition("/")
    if "/" in end or (start in _OPEN and end in _OPEN):
        raise ValueError(
            f"{text!r} is no interval: write start/end, like 2023-09-10/2023-09-13 or 2022-02-24/.."
        )
    if start not in _OPEN and end not in _OPEN:
        pairs = list(zip(_check_edtf_date(start), _check_edtf_date(end), strict=False))
        if [each for each, _ in pairs] > [each for _, each in pairs]:
            raise ValueError(
                f"{text!r} ends before it starts: put the earlier date first, like 2023-09-10/2023-09-13"
            )
    else:
        _check_edtf_date(end if start in _OPEN else start)
    return text


def _check_edtf_date(text: str, *, is_alone: bool = False) -> tuple[int, ...]:
    """Its year, month and day as far as they are known: what comes first sorts first."""
    if is_alone and (timed := _EDTF_TIME.fullmatch(text)):
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text!r} is not in the calendar: write it like 2023-09-12T10:30:00Z") from None
        text = timed[1]
    found = _EDTF_DATE.fullmatch(text)
    if found is None or found["year"] == "-0000" or ("X" in text and not is_alone):
        raise ValueError(f"{text!r} is not EDTF: write 2023-09-12, 2023-09, 2023, or 2023-09-10/2023-09-13")
    year = int(found["year"])
    if found["month"] is None or (found["month"] == "XX" and found["day"] in (None, "XX")):
        return (year,)
    if found["month"] == "XX":
        raise ValueError(
            f"{text!r} has a day of an unknown month: write 2023-XX-XX, or the month too, like 2023-09-12"
        )
    month = int(found["month"])
    if _SPRING <= month <= _WINTER and not found["day"] and not found["qualifier"]:
        return (year,)
    if not 1 <= month <= 12:
        raise ValueError(f"{text!r} has no such month: months run from 01 to 12, like 2023-09")
    if found["day"] in (None, "XX"):
        return year, month
    day = int(found["day"])
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise ValueError(f"{text!r} has no such day: write a day that the month has, like 2023-09-12")
    return year, month, day


def edtf_bounds(text: str) -> tuple[date | None, date | None]:
    """First and last day an EDTF string can mean, both inclusive, without padding for `?`, `~` and `%`.

    None where there is no bound, where it is not known, and where it is outside the years 1 to 9999.
    Raises ValueError as `check_edtf` does.
    """
    start, slash, end = check_edtf(text).partition("/")
    return _strict(start)[0], _strict(end if slash else start)[1]


@lru_cache(maxsize=REMEMBERED)
def _strict(side: str) -> tuple[date | None, date | None]:
    # Open ends never reach the library, for which an end not known is ten years off.
    if side in _OPEN or side.startswith("Y"):
        return None, None
    year, _, code = side.rpartition("-")
    if re.fullmatch("2[1-4]", code) and re.fullmatch(r"-?\d{4}", year):
        return _season(int(year), int(code)) if 1 < int(year) < 9999 else (None, None)
    found = _edtf_parser()(side.partition("T")[0])
    return _as_date(found.lower_strict()), _as_date(found.upper_strict())


def _as_date(moment: tuple[int, ...]) -> date | None:
    year, month, day, *_ = moment
    return date(year, month, day) if 1 <= year <= 9999 else None


@lru_cache(maxsize=1)
def _edtf_parser() -> Any:
    """The parser of the `edtf` library, imported on first use: it takes 200 ms."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where Python runs with -W, pyparsing warns of the library's grammar
        from edtf import parse_edtf
    return parse_edtf


def _season(year: int, code: int) -> Span:
    """Bounds in both hemispheres: EDTF 21 to 24 do not say which. The library's winter is December alone."""
    if code in (_SPRING, _AUTUMN):
        return date(year, 3, 1), date(year, 11, 30)
    return date(year - 1, 12, 1), _around(date(year + 1, 2, 1), "month")[1]
