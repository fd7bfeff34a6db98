"""Dates as HTTP writes them: IMF-fixdate (RFC 9110, 5.6.7), always GMT, to the second. RFC 7089 takes no other form."""

import re
from datetime import UTC, date, datetime
from email.utils import format_datetime

from ledger.words import parse_instant

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HTTP_DATE = (
    rf"^({'|'.join(_DAYS)}), ([0-9]{{2}}) ({'|'.join(_MONTHS)}) ([0-9]{{4}})"
    r" ([0-9]{2}:[0-9]{2}:[0-9]{2}) GMT$"
)
EXAMPLE = "Tue, 12 Sep 2023 14:30:00 GMT"


def http_date(instant: datetime) -> str:
    """To the second below."""
    return format_datetime(instant.astimezone(UTC), usegmt=True)


def parse_http_date(text: str) -> datetime:
    """ValueError for what is no date, and for a day that was another day of the week."""
    found = re.fullmatch(HTTP_DATE, text)
    if found is None:
        raise ValueError(text)
    weekday, day, month_name, year, time = found.groups()
    month = _MONTHS.index(month_name) + 1
    if date(int(year), month, int(day)).weekday() != _DAYS.index(weekday):
        raise ValueError(text)
    return parse_instant(f"{year}-{month:02}-{day}T{time}Z")
