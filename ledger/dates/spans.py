"""Stretches of whole days, and the EDTF that means exactly one."""

import calendar
from datetime import date, timedelta
from typing import Final, Literal

Unit = Literal["day", "week", "month", "quarter", "year"]
Span = tuple[date, date]  # first and last day, both inclusive

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
SPRING, SUMMER, AUTUMN, WINTER = 21, 22, 23, 24  # as EDTF has them


def around(day: date, unit: Unit, count: int = 0) -> Span:
    """The whole day, ISO 8601 week, month, quarter or year so many units away from the one around `day`."""
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
        case "quarter":
            year, quarter = divmod(day.year * 4 + (day.month - 1) // 3 + count, 4)
            first = date(year, 3 * quarter + 1, 1)
            last = around(first.replace(month=3 * quarter + 3), "month")[1]
        case "year":
            first, last = date(day.year + count, 1, 1), date(day.year + count, 12, 31)
    return first, last


def away(day: date, unit: Unit, count: int) -> date:
    """The same day so many units off; of a shorter month the last."""
    if unit in ("day", "week"):
        return day + timedelta(days=count * (7 if unit == "week" else 1))
    months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
    first, last = around(day, "month", months)
    return first.replace(day=min(day.day, last.day))


def season(year: int, code: int) -> Span:
    """Bounds in both hemispheres: EDTF 21 to 24 do not say which. The `edtf` library's winter is December alone."""
    if code in (SPRING, AUTUMN):
        return date(year, 3, 1), date(year, 11, 30)
    return date(year - 1, 12, 1), around(date(year + 1, 2, 1), "month")[1]


def season_edtf(span: Span, code: int) -> str:
    first, last = span
    return f"{(first.year + last.year) // 2:04}-{code}"


def edtf_of(span: Span, qualifier: str = "") -> str:
    """The shortest EDTF that means exactly this span."""
    first, last = span
    if first == last:
        return first.isoformat() + qualifier
    if (first, last) == (around(first, "year")[0], around(last, "year")[1]):
        if (first.year % 10, last.year) == (0, first.year + 9):
            return f"{first.year // 10:03}X{qualifier}"
        ends = [f"{day.year:04}{qualifier}" for day in span]
    elif (first, last) == (around(first, "month")[0], around(last, "month")[1]):
        ends = [f"{day.year:04}-{day.month:02}{qualifier}" for day in span]
    else:
        ends = [f"{day.isoformat()}{qualifier}" for day in span]
    return "/".join(dict.fromkeys(ends))
