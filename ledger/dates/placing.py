"""Placing: a meaning on the calendar of one dateline, by plain arithmetic."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Final

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
    Resolution,
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
    is_fixed,
)
from ledger.dates.spans import (
    DAY,
    SPRING,
    SUMMER,
    WEEK,
    Span,
    Unit,
    around,
    away,
    edtf_of,
    season,
    season_edtf,
)

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (  # not calendar.month_name, which speaks the machine's language
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ANY_DAY: Final = date(2000, 1, 1)  # for a meaning that needs no dateline
_SUNDAY: Final = 6
_SIDES: Final = {"past": "before", "future": "after"}
# A day of the year that a report names shortly before it comes: nobody means last year's.
_SOON: Final = timedelta(days=60)
_VERY_SOON: Final = timedelta(days=5)  # and a day of the month
_THAT_SEASON: Final = timedelta(days=120)
_ALMOST_A_YEAR: Final = timedelta(days=300)

Sides = tuple[Tense, ...]  # of the dateline, where the date is looked for, likeliest first


def place(reading: Reading, anchor: date | None, tense: Tense) -> Resolution:
    meaning = reading.meaning
    if isinstance(meaning, Length):
        return Resolution("unresolved", "A length of time, not a date.")
    if reading.only not in (None, tense):
        return Resolution("unresolved", reading.otherwise)
    if is_fixed(meaning):
        spans, how = (
            tuple(dict.fromkeys(_spans(meaning, _ANY_DAY, ("past",)))),
            "The literal carries its own date",
        )
    elif anchor is None:
        return Resolution("unresolved", "Relative, and the story has no dateline yet.")
    else:
        sides = _sides(reading, tense)
        spans = _distinct(meaning, anchor, sides)
        how = f"{_told(meaning, sides)} {anchor.isoformat()} (dateline)"

    if not spans:
        return Resolution("unresolved", "There is no such day in the calendar.")
    if meaning == Monthly(spans[0][0].day) and spans[0][0] == anchor:
        return Resolution(
            "unresolved", f"Either {anchor.isoformat()} (dateline) itself, or that day of another month."
        )
    if anchor and reading.leaning == "past" and not is_fixed(meaning):
        spans = tuple(span for span in spans if span[0] <= anchor)
        if not spans:
            return Resolution("unresolved", f"Since a day after {anchor.isoformat()} (dateline).")
    if reading.weekday is not None:
        day, said = spans[0][0], _WEEKDAYS[reading.weekday]
        spans = tuple(span for span in spans if span[0].weekday() == reading.weekday)
        if not spans:
            return Resolution("unresolved", f"{day} is a {_WEEKDAYS[day.weekday()]}, not a {said}.")
    if reading.left_out:
        how += f"; “{reading.left_out}” is left out, for which EDTF has no sign"

    qualifier = "~" if _is_rough(reading) else ""
    texts = tuple(_text(meaning, span, qualifier) for span in spans)
    found = Resolution(
        "absolute" if is_fixed(meaning) else "provisional",
        f"{how}.",
        edtf=texts[0],
        earliest=min(first for first, _ in spans),
        latest=max(last for _, last in spans),
        candidates=texts if len(texts) > 1 else (),
        part_of_day=reading.part_of_day,
        relation=reading.relation,
    )
    if not found.candidates:
        return found
    if isinstance(meaning, Weekday) and not meaning.which and spans[0][0] == anchor:  # the weekday rule
        return replace(found, earliest=anchor, latest=anchor)
    return replace(found, status="ambiguous", edtf=None, basis=f"Either {' or '.join(texts)}. {how}.")


def _sides(reading: Reading, tense: Tense) -> Sides:
    """Of the tense alone; but what a report says of "until Friday" is true of the last Friday and of the next, and of
    "Friday, Oct. 15" the weekday says which year is meant."""
    if reading.leaning:
        return (reading.leaning,)
    is_open = reading.relation != "on" or (
        reading.weekday is not None and isinstance(reading.meaning, Yearly)
    )
    return ("past", "future") if tense == "past" and is_open else (tense,)


def _is_rough(reading: Reading) -> bool:
    """About; or ten, twenty, a hundred years ago, which nobody means to the year."""
    meaning = reading.meaning
    is_round = isinstance(meaning, Offset) and meaning.unit == "year" and meaning.count % 10 == 0
    return reading.is_approximate or (is_round and meaning != Offset("year", 0))


def _text(meaning: Meaning, span: Span, qualifier: str) -> str:
    if isinstance(meaning, Season):
        return season_edtf(span, meaning.code)
    text = edtf_of(span, qualifier)
    if isinstance(meaning, Run) and meaning.unit in ("month", "year") and not qualifier:
        start, end = text.split("/")  # the past two years began about that day
        return f"{start}~/{end}" if meaning.count < 0 else f"{start}/{end}~"
    return text


def _told(meaning: Meaning, sides: Sides) -> str:
    """How it lies to the dateline, in words."""
    side = " or ".join(_SIDES[each] for each in sides)
    match meaning:
        case Weekday(number=number, which=which):
            name = _WEEKDAYS[number]
            return {
                "": f"{name} on or {side}",
                "this": f"{name} nearest to",
                **dict.fromkeys(("last", "past"), f"{name} before"),
                **dict.fromkeys(("next", "coming"), f"{name} after"),
            }[which]
        case Yearly(month=month, day=day, which=which, years_off=years_off):
            name = _MONTHS[month - 1] if day is None else f"{day} {_MONTHS[month - 1]}"
            if years_off is not None or which == "this":
                year_of = {-1: "the year before that of", 0: "the year of", 1: "the year after that of"}
                return f"{name} of {year_of[years_off or 0]}"
            return f"{name} {'on or ' if not which else ''}" + (
                {"last": "before", "past": "before"}.get(which, "after") if which else side
            )
        case Offset(unit=unit, count=count):
            length = f"{abs(count)} {unit}{'s' if abs(count) > 1 else ''}"
            return f"{length} {'before' if count < 0 else 'after'}" if count else f"The {unit} of"
        case Within(side=half, unit=unit):
            return f"{half.capitalize()} in the {unit} of"
        case _:
            return "As seen from"


def _distinct(meaning: Meaning, anchor: date, sides: Sides) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(_spans(meaning, anchor, sides)))


def _spans(meaning: Meaning, anchor: date, sides: Sides) -> Iterator[Span]:
    """Every span the meaning can have, likeliest first; one perhaps twice."""
    if isinstance(meaning, Range) and _recurs(meaning):
        for side in sides:
            yield from _nearest_ranges(meaning, anchor, side)
        return
    for first, last in _chosen(meaning, _all(meaning, anchor, sides), anchor, sides):
        yield first, last
        if isinstance(meaning, WeekOf) and _day(last) in _all(meaning.day, anchor, sides):
            yield last, last + 6 * DAY  # the calendar's week around a Sunday, or the one that begins on it


def _all(meaning: Meaning, anchor: date, sides: Sides) -> Iterator[Span]:
    """As `_spans`; but what comes again and again is there as often as the nearest on either side may need."""
    match meaning:
        case Fixed(spans=spans):
            yield from spans
        case Weekday(number=number, which=which):
            yield from _weekdays(number, which, anchor, sides)
        case WeekdayOf(number=number, weeks_off=weeks):
            monday, sunday = around(anchor, "week", weeks)
            yield _day(monday + number * DAY)
            if number == _SUNDAY:  # in America the first day of the week
                yield _day(sunday - WEEK)
            elif weeks == 0 and anchor.weekday() == _SUNDAY and sides[0] == "future":
                yield _day(monday + WEEK + number * DAY)
        case WeeksFrom(number=number, weeks=weeks):
            ahead = anchor + (number - anchor.weekday()) % 7 * DAY
            yield _day(ahead + weeks * WEEK)
            if ahead == anchor:
                yield _day(ahead + (weeks + 1) * WEEK)
        case Yearly():
            yield from _in_years(meaning, anchor, sides)
        case Monthly(day=day, months_off=off):
            for months in range(-1, 2) if off is None else (off,):
                first, last = around(anchor, "month", months)
                if day <= last.day:
                    yield _day(first.replace(day=day))
        case Offset(unit="week", count=0) if anchor.weekday() == _SUNDAY and sides[0] == "future":
            yield around(anchor, "week")
            yield anchor, anchor + 6 * DAY
        case Offset(unit=unit, count=count):
            yield around(anchor, unit, count)
        case Run(unit=unit, count=count):
            end = away(anchor, unit, count)
            yield min(anchor, end), max(anchor, end)
        case Within(side=half, unit=unit):
            first, last = around(anchor, unit)
            yield (first, anchor) if half == "earlier" else (anchor, last)
            if (half, unit, anchor.weekday()) == ("later", "week", _SUNDAY):
                yield anchor, anchor + 6 * DAY
        case Weekend(which=which):
            yield from _weekends(which, anchor, sides)
        case Season():
            yield from _seasons(meaning, anchor, sides)
        case Piece(of=whole) | NthWeekday(of=whole):
            for span in _all(whole, anchor, sides):
                part = _piece(meaning, span) if isinstance(meaning, Piece) else _nth_weekday(meaning, span)
                if part is not None:
                    yield part
        case WeekOf(day=of):
            yield from (around(day, "week") for day, _ in _all(of, anchor, sides))
        case Shift(days=days, day=of):
            yield from (_day(day + days * DAY) for day, _ in _all(of, anchor, sides))
        case Range(start=start, end=end):
            pairs = product(_all(start, anchor, sides), _all(end, anchor, sides))
            yield from ((first, last) for (first, _), (_, last) in pairs if first <= last)
        case Length():
            return


def _day(day: date) -> Span:
    return day, day


# ---- What comes again every month or year: the one nearest to the dateline -----------------------------


def _recurs(meaning: Meaning) -> bool:
    match meaning:
        case Yearly(which="", years_off=None) | Monthly(months_off=None):
            return True
        case Piece(of=part) | NthWeekday(of=part) | WeekOf(day=part) | Shift(day=part):
            return _recurs(part)
        case Range(start=start, end=end):
            return all(_recurs(each) or isinstance(each, Weekday) for each in (start, end))
        case _:
            return False


def _chosen(meaning: Meaning, spans: Iterable[Span], anchor: date, sides: Sides) -> Iterator[Span]:
    found = list(spans)
    if not found or not _recurs(meaning):
        yield from found
        return
    if isinstance(
        meaning, Monthly
    ):  # of a month that has no 31st nobody says "the 31st", nor of the one before it
        sides = tuple(side for side in sides if _has_one(found, anchor, side))
    for side in sides:
        yield _nearest(found, anchor, side)
    if sides == ("past",) and isinstance(meaning, Monthly):
        yield from (span for span in found if DAY <= span[0] - anchor <= _VERY_SOON)
    if sides == ("past",) and isinstance(meaning, Yearly | Shift | Piece | NthWeekday | WeekOf):
        behind, ahead = _nearest(found, anchor, "past"), _nearest(found, anchor, "future")
        is_short = ahead[1] - ahead[0] < WEEK
        if is_short and ahead[0] - anchor <= _SOON and anchor - behind[1] >= _ALMOST_A_YEAR:
            yield ahead


def _has_one(spans: list[Span], anchor: date, side: Tense) -> bool:
    return any(span[0] <= anchor if side == "past" else span[1] >= anchor for span in spans)


def _nearest(spans: list[Span], anchor: date, side: Tense) -> Span:
    """What has begun belongs to the past, and to the future what has not ended."""
    if side == "past":
        return max(span for span in spans if span[0] <= anchor)
    return min(span for span in spans if span[1] >= anchor)


def _nearest_ranges(meaning: Range, anchor: date, side: Tense) -> Iterator[Span]:
    """The nearest whose two ends are on that side; and the one that the dateline lies in."""
    starts, ends = ([*_occurring(each, anchor)] for each in (meaning.start, meaning.end))
    pairs = [(max(start for start in starts if start[0] < end[0]), end) for end in ends[1:]]
    if side == "past":
        start, end = max(pair for pair in pairs if pair[1][0] <= anchor)
    else:
        start, end = min(pair for pair in pairs if pair[0][1] >= anchor)
    yield start[0], end[1]
    yield from ((start[0], end[1]) for start, end in pairs if start[0] <= anchor <= end[1])


def _occurring(meaning: Meaning, anchor: date) -> Iterator[Span]:
    if isinstance(meaning, Weekday):
        return (_day(around(anchor, "week", weeks)[0] + meaning.number * DAY) for weeks in range(-2, 3))
    return _all(meaning, anchor, ())


# ---- Each kind ------------------------------------------------------------------------------------------


def _weekdays(number: int, which: Which, anchor: date, sides: Sides) -> Iterator[Span]:
    back = anchor - (anchor.weekday() - number) % 7 * DAY
    ahead = anchor + (number - anchor.weekday()) % 7 * DAY
    before = back if back < anchor else anchor - WEEK
    after = ahead if ahead > anchor else anchor + WEEK
    nearest = back if sides[0] == "past" else ahead
    # Which week is "this" one depends on where weeks begin: on Monday (ISO 8601), or Sunday (America).
    this_week = anchor + (number - anchor.weekday()) * DAY
    american = anchor + ((number + 1) % 7 - (anchor.weekday() + 1) % 7) * DAY
    match which:
        case "" if nearest == anchor:
            days = [anchor, anchor - WEEK if sides[0] == "past" else anchor + WEEK]
        case "":
            days = [back if side == "past" else ahead for side in sides]
        case "this":
            days = [this_week, nearest, american]
        case "last":
            days = [before, this_week - WEEK, american - WEEK]
        case "next":
            days = [after, this_week + WEEK, american + WEEK]
        case "past":
            days = [before]
        case "coming":
            days = [after]
    yield from map(_day, days)


def _weekends(which: Which, anchor: date, sides: Sides) -> Iterator[Span]:
    coming = (
        around(anchor, "week")[1] - DAY
    )  # its Saturday; on a Saturday or Sunday, that of the weekend itself
    is_weekend = anchor >= coming
    match which:
        case "":
            saturdays = [coming - WEEK if side == "past" and not is_weekend else coming for side in sides]
        case "this":
            saturdays = [coming, coming - WEEK] if sides[0] == "past" and not is_weekend else [coming]
        case "last":
            saturdays = [coming - WEEK]
        case "next":
            saturdays = [coming + WEEK] if is_weekend else [coming, coming + WEEK]
        case "past":
            saturdays = [coming, coming - WEEK] if is_weekend else [coming - WEEK]
        case "coming":
            saturdays = [coming + WEEK if is_weekend else coming]
    yield from ((saturday, saturday + DAY) for saturday in saturdays)


def _in_years(meaning: Yearly, anchor: date, sides: Sides) -> list[Span]:
    def of(*years: int) -> list[Span]:
        return [span for year in years if (span := _of_year(meaning, year))]

    if meaning.years_off is not None:
        return of(anchor.year + meaning.years_off)
    around_it = of(*range(max(anchor.year - 8, 1), min(anchor.year + 8, 9999) + 1))  # 29 February
    match meaning.which:
        case "":
            return around_it
        case "this":  # of the year; but "this December" of a report in January is the one that has been
            is_past = sides[:1] == ("past",)
            contradicted = [
                span for span in of(anchor.year) if (span[0] > anchor if is_past else span[1] < anchor)
            ]
            beside = of(anchor.year + (-1 if is_past else 1)) if contradicted else []
            return [
                *of(anchor.year),
                *(span for span in beside if max(anchor - span[1], span[0] - anchor) <= _THAT_SEASON),
            ]
        case "last" | "past":
            before = max(span for span in around_it if span[1] < anchor)
            return [before, *(of(anchor.year - 1) if meaning.which == "last" else ())]
        case "next" | "coming":
            after = min(span for span in around_it if span[0] > anchor)
            return [after, *(of(anchor.year + 1) if meaning.which == "next" else ())]


def _of_year(meaning: Yearly, year: int) -> Span | None:
    first, last = around(date(year, meaning.month, 1), "month")
    if meaning.day is None:
        return first, last
    return _day(first.replace(day=meaning.day)) if meaning.day <= last.day else None


def _seasons(meaning: Season, anchor: date, sides: Sides) -> Iterator[Span]:
    """Which one is the last depends on the hemisphere too: `season` has the bounds of both."""
    code, year = meaning.code, anchor.year
    if meaning.year is not None:
        years = [meaning.year]
    elif meaning.years_off is not None:
        years = [year + meaning.years_off]
    elif meaning.which == "last":
        may_be_over = date(year, 8 if code == SUMMER else 5, 31)
        years = [year, year - 1] if anchor > may_be_over else [year - 1]
    elif meaning.which == "next":
        may_be_ahead = date(year, 6 if code == SUMMER else 9, 1)
        years = [year, year + 1] if anchor < may_be_ahead else [year + 1]
    else:  # this one; but "this fall" of a report in January has been, and "this spring" of a plan in December will be
        begins = date(year, {SPRING: 3, SUMMER: 6}.get(code, 9), 1)
        is_over = anchor > begins + _THAT_SEASON
        if sides[0] == "past":
            years = [year, year - 1] if anchor < begins else [year]
        else:
            years = [year, year + 1] if is_over else [year]
    yield from (season(each, code) for each in years)


def _piece(meaning: Piece, whole: Span) -> Span | None:
    """A week of a month is seven days, counted from its first day or from its last."""
    unit: Unit = "day" if meaning.unit == "week" else meaning.unit
    size = 7 if meaning.unit == "week" else 1
    if meaning.first > 0:
        first = around(whole[0], unit, (meaning.first - 1) * size)[0]
    else:
        first = around(whole[1], unit, meaning.first * size + 1)[0]
    if meaning.last > 0:
        last = around(whole[0], unit, meaning.last * size - 1)[1]
    else:
        last = around(whole[1], unit, (meaning.last + 1) * size)[1]
    return (first, last) if whole[0] <= first <= last <= whole[1] else None


def _nth_weekday(meaning: NthWeekday, whole: Span) -> Span | None:
    first, last = whole
    if meaning.nth > 0:
        day = first + (meaning.number - first.weekday()) % 7 * DAY + (meaning.nth - 1) * WEEK
    else:
        day = last - (last.weekday() - meaning.number) % 7 * DAY
    return _day(day) if first <= day <= last else None
