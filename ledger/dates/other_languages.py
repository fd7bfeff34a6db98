"""Other languages: weekdays, dates, and the likes of "yesterday", as `dateparser` reads them.

What it would guess is taken away from it, because (1.5.0, seen happening) it

- drops words, numbers too, or bends them: what "5-8 September" is in English is the 5th to it,
- puts a weekday named on that same weekday a week off, and a bare "four years" in the past.

So it is asked twice, from two made-up days, and believed only where both answers have one meaning in common, every
number of the text shows in it, and every word of the text had a part in it.
"""

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Final

from ledger.dates.meanings import Fixed, Length, Meaning, Offset, Reading, Weekday, Yearly, is_calendar_day
from ledger.dates.spans import Unit, around

TOKEN: Final = re.compile(r"[^\W\d_]+|\d+")
# Words that may be there for grammar alone. Any other that changes nothing makes a reading unsafe.
IDLE: Final = frozenset(
    TOKEN.findall(
        "el la de del en le l d er am im den der dem il di em no na в во г года году 年 月 日 년 월 일"
    )
)
# Years by which the numerals alone say that they are of our era: 1402 is of the Persian's, 2566 of the Thai one.
_OUR_ERA: Final = range(1700, 2200)
_OTHER_ERAS: Final = frozenset(("am", "ne", "ti"))  # languages whose own years lie in that range, too
_TWO_WAYS: Final = ("कल", "परसों", "کل", "پرسوں", "কাল", "পরশু")  # yesterday and tomorrow are one word

# Tomorrow when it stands alone, and in most company the morning.
_MORNING_TOO: Final = {"de": "morgen", "nl": "morgen", "es": "mañana", "gl": "mañá"}
_TUESDAY_TOO: Final = frozenset({"mar"})  # March, and in French, Italian and Romanian Tuesday
_IN_SO_LONG: Final = re.compile("in |dans |en |через |za |om ")

_REMEMBERED: Final = 4_096  # readings


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


def is_of_our_era(text: str, language: str) -> bool:
    years = [int(number) for number in re.findall(r"\d{3,}", text)]
    return not years or (language not in _OTHER_ERAS and all(year in _OUR_ERA for year in years))


def is_twofold(literal: str, text: str, language: str) -> bool:
    """Has it a second meaning that is no date? literal: as it was written; text: the same in lower case."""
    morning = _MORNING_TOO.get(language)
    if morning and morning in TOKEN.findall(text):
        return text != morning or (language == "de" and literal[:1].isupper())
    return text in _TUESDAY_TOO


@lru_cache(maxsize=_REMEMBERED)
def read_words(text: str, language: str) -> Reading | None:
    if any(word in _TWO_WAYS for word in text.split()):
        return None
    reading = _ask_twice(text, language)
    if reading is None or not _shows_every_number(text, reading.meaning):
        return None
    if isinstance(reading.meaning, Offset) and reading.meaning.unit == "year" and _IN_SO_LONG.match(text):
        return replace(reading, only="future", otherwise="A length of time, not a date.")
    weekday = None
    for word in TOKEN.finditer(text):
        rest = f"{text[: word.start()]} {text[word.end() :]}"
        if (
            word[0].isdigit()
            or word[0] in IDLE
            or not TOKEN.search(rest)
            or _ask_twice(rest, language) != reading
        ):
            continue
        beside = _ask_twice(word[0], language) if is_calendar_day(reading.meaning) else None
        if beside is None or not isinstance(beside.meaning, Weekday):
            return None  # a word that changes nothing: who knows what it was there for
        weekday = beside.meaning.number
    return replace(reading, weekday=weekday)


def _ask_twice(text: str, language: str) -> Reading | None:
    answers = []
    for parser in _dateparsers(language):
        answer = _ask(parser, text)
        if answer is None:
            return None
        answers.append(answer)
    meaning = _common_meaning(*answers) if answers else None
    return None if meaning is None else Reading(meaning, part_of_day=answers[0].part_of_day)


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
        return Yearly(one.day.month, one.day.day if "day" in parts else None) if is_same else None
    if parts not in ({"year"}, {"year", "month"}, {"year", "month", "day"}):
        return None
    unit: Unit = "day" if "day" in parts else "month" if "month" in parts else "year"
    span = around(one.day, unit)
    if span == around(other.day, unit):
        return Fixed((span,))
    back, ahead = _units(_BASES[0], one.day, unit), _units(_BASES[1], other.day, unit)
    if back == ahead:
        return Offset("week", back // 7) if one.is_week and back % 7 == 0 else Offset(unit, back)
    if unit == "day" and -7 < back <= 0 < ahead <= 7 and one.day.weekday() == other.day.weekday():
        return Weekday(one.day.weekday())
    return Length() if back == -ahead else None


def _units(base: date, day: date, unit: Unit) -> int:
    if unit == "day":
        return (day - base).days
    years = day.year - base.year
    return years if unit == "year" else years * 12 + day.month - base.month


def _shows_every_number(text: str, meaning: Meaning) -> bool:
    """Is each number of the text found in the meaning, where it must be?"""
    month: list[int] = []
    match meaning:
        case Fixed(spans=((first, last), *_)) if first == last:
            expected, month = [first.year, first.day], [first.month]
        case Fixed(spans=((first, last), *_)):
            expected, month = [first.year], [first.month] if first.month == last.month else []
        case Yearly(month=number, day=int(day)):
            expected, month = [day], [number]
        case Offset(count=count) if re.search(r"\d", text):
            expected = [abs(count)]
        case Length():
            return True
        case _:
            expected = []
    if re.search("[月월]", text):  # where months have numbers for names
        expected += month
    return Counter(map(int, re.findall(r"\d+", text))) == Counter(expected)
