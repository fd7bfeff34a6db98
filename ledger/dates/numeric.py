"""Dates in numbers alone. Year first is ISO 8601, points are day first, slashes may be either."""

import calendar
import re
from datetime import date
from typing import Final

from ledger.dates.meanings import Fixed
from ledger.dates.spans import around

_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")


def read_numbers(text: str, *, is_month_first: bool) -> Fixed | None:
    """Dates in numbers alone. Year first is ISO 8601, points are day first, slashes may be either."""
    if found := _YEAR_FIRST.fullmatch(text):
        year, month = int(found[1]), int(found[3])
        if found[4] is not None:
            return days((year, month, int(found[4])))
        if found[2] != "-" or not 1 <= month <= 12 or year == 0:
            return None
        span = around(date(year, month, 1), "month")
        two_years = (date(year, 1, 1), date(year, 12, 31).replace(year=year + 1))
        return Fixed((span, two_years) if month == (year + 1) % 100 else (span,))  # 2009-10, the season
    if found := _YEAR_LAST.fullmatch(text):
        one, other, year = int(found[1]), int(found[3]), int(found[4])
        day_first, month_first = (year, other, one), (year, one, other)
        if found[2] == ".":
            return days(day_first)
        return days(month_first, day_first) if is_month_first else days(day_first, month_first)
    return None


def days(*numbers: tuple[int, int, int]) -> Fixed | None:
    days = [date(*each) for each in dict.fromkeys(numbers) if _is_in_calendar(*each)]
    return Fixed(tuple((day, day) for day in days)) if days else None


def _is_in_calendar(year: int, month: int, day: int) -> bool:
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
