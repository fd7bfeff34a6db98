"""EDTF that a person gives: ISO 8601-2:2019, levels 0 and 1, as the Library of Congress profiles it
(loc.gov/standards/datetime)."""

import calendar
import re
import warnings
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from ledger.dates.spans import SPRING, WINTER, season

EDTF_LIMIT: Final = 64  # characters
_REMEMBERED: Final = 4_096  # sides of intervals

_EDTF_DATE: Final = re.compile(
    r"(?P<year>-?\d{4})(?:-(?P<month>\d\d|XX)(?:-(?P<day>\d\d|XX))?)?(?P<qualifier>[?~%])?", re.ASCII
)
_EDTF_YEARS: Final = re.compile(r"-?(?:\d{3}X|\d\dXX|\dXXX)[?~%]?|Y-?[1-9]\d{4,}", re.ASCII)
_EDTF_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_OPEN: Final = ("", "..")  # not known, and without end


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
    if SPRING <= month <= WINTER and not found["day"] and not found["qualifier"]:
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


@lru_cache(maxsize=_REMEMBERED)
def _strict(side: str) -> tuple[date | None, date | None]:
    # Open ends never reach the library, for which an end not known is ten years off.
    if side in _OPEN or side.startswith("Y"):
        return None, None
    year, _, code = side.rpartition("-")
    if re.fullmatch("2[1-4]", code) and re.fullmatch(r"-?\d{4}", year):
        return season(int(year), int(code)) if 1 < int(year) < 9999 else (None, None)
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
