"""Words for a time in English: a table of what they come to, and what holds of all of them.

Wrong and sure is the one thing that may not happen, so most of it is about what is not read."""

import ast
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import ledger.dates
from ledger.dates import LITERAL_LIMIT, Resolution, Tense, resolve
from tests.test_dates import run_python

TUESDAY: Final = date(2021, 10, 12)
TENSES: Final[tuple[Tense, ...]] = ("past", "future")


def lines() -> Iterator[tuple[str, date | None, str, str]]:
    anchor: date | None = None
    text = (Path(__file__).parent / "golden" / "dates.txt").read_text(encoding="utf-8")
    for line in text.split("\n\n", 1)[1].splitlines():
        if line.startswith("# "):
            anchor = None if line == "# none" else date.fromisoformat(line[2:])
        elif line:
            words, report, *plan = line.split(" | ")
            yield words, anchor, report, plan[0] if plan else report


TABLE: Final = tuple(lines())
READ: Final = [words for words, _, report, _ in TABLE if report != "-"]


def told(found: Resolution) -> str:
    if found.status == "unresolved":
        return "-"
    edtf = f"either {' or '.join(found.candidates)}" if found.status == "ambiguous" else found.edtf
    relation = "" if found.relation == "on" else found.relation
    return " ".join(filter(None, (edtf, relation, found.part_of_day)))


@pytest.mark.parametrize(("words", "anchor", "report", "plan"), TABLE)
def test_the_words_come_to_the_dates_of_the_table(
    words: str, anchor: date | None, report: str, plan: str
) -> None:
    assert told(resolve(words, anchor, tense="past")) == report
    assert told(resolve(words, anchor, tense="future")) == plan


@pytest.mark.parametrize(
    ("words", "edtf"),
    [
        ("the last week of last month", "2021-09-24/2021-09-30"),
        ("beginning of 2000", "2000"),
        ("beginning of last year", "2020"),
        ("the past three days", "2021-10-07/2021-10-10"),
        ("over the past two weeks", "2021-09-26/2021-10-10"),
        ("last quarter", "2021-07/2021-09"),
        ("from August to October", "2021-08/2021-10"),
        ("the last week of July", "2021-07-25/2021-07-31"),
        ("this past Wednesday", "2021-10-06"),
        ("the 18th", "2021-09-18"),
        ("the day before", "2021-10-09"),
        ("Christmas", "2020-12-25"),
        ("in two weeks", "2021-10-18/2021-10-24"),
    ],
)
def test_what_was_read_wrongly_or_not_at_all_is_read(words: str, edtf: str) -> None:
    found = resolve(words, date(2021, 10, 10), tense="past")
    assert (found.edtf, found.relation, found.candidates) == (edtf, "on", ())


NOT_READ: Final = """
following Friday|the following Friday|next fortnight|last fortnight|since the end of 1989|since late July
after mid May|since early 2020
by early July|through mid-July|until late 2020|before late May|since mid-2019|after the middle of May
until the beginning of May|from the end of May
not on Tuesday|not Tuesday|never on Tuesday|every Tuesday|each Tuesday|Tuesdays|on Tuesdays|any Tuesday
some Tuesday|most Tuesdays|no Tuesday
Tuesday or Wednesday|Tuesday and Wednesday|either Tuesday|Tuesday, Wednesday|Tuesday/Wednesday|Tuesday & Wednesday
Monday-Friday|Monday to Friday
Monday through Friday|except Tuesday|all but Tuesday|nearly Tuesday|almost Christmas|possibly Tuesday
perhaps in July|maybe last week|Tuesday?|Tuesday!
at least three days ago|at most three days ago|more than a month|more than a month ago|over a month ago
less than a week ago|under two weeks ago
well over a year ago|just over two weeks ago|no more than two weeks ago|up to three days ago|a few days ago
several weeks ago|many years ago
a couple of weeks ago|a dozen years ago|dozens of years ago|a year and a half ago|two and a half years ago
half a year ago|half a century ago
a week or two ago|two or three weeks ago|2-3 weeks ago|one to two years ago|3.5 years ago|1,000 years ago
0 days ago|-3 days ago|an hour ago
two hours ago|ten minutes ago|recently|in recent weeks|in recent years|of late|soon|shortly|in the coming weeks
in the next few days|these days
once|then|that day|the same day|the next day|the day after|the following day|the next morning|the night before
the week before|the year before
the previous week|the previous year|a day earlier|a week later|three days later|two years earlier|four days before
three days after|weeks before
the day before the election|the day after the vote|two days before the vote|after the forum|since Columbine
since the war|before the war
since Columbine in 1999|since 9/11|since Sept. 11|after Sept. 11|before September 11|until his death
during the pandemic|before dawn
a week ago Tuesday|three Tuesdays ago|two summers ago|last Tuesday week|next Friday week|the Friday before last
the Friday after next
the last Friday|the first Monday|the next Tuesday|the Tuesday|past Friday|Tuesday last|Friday next|Friday 13|the 13
13|the 32nd|the 0th|the 2th|the 11st
Teusday|Tuesdy|Tue sday|Wendesday|Febuary 24|Sept 31|Sept. 31, 2021|February 30|February 29, 2021|31 June|Julyy 4
24 Febuary 2022
next last week|last next week|last last week|the last week last|week last|ago three days|days three ago
of last week Tuesday|Tuesday on
on on Tuesday|Tuesday Tuesday|the the 18th|in in July|July July|2021 2021|July 2021 2021|July 4 4|4 4 July
since since Monday|since until Friday
in Tuesday|at Tuesday|at 2019|on 2019|on July|over 2019|at 1800|over four years ago|in three days ago
on three days ago|on last year|at last week
over in two weeks|late now|early in two weeks|the end of in two weeks|before in two weeks|late the 1990s
mid-Tuesday|the end of Tuesday
midnight|midnight Tuesday|at midnight on Tuesday|by midnight Friday|before noon Tuesday|after 5 p.m. Friday
before Friday at 5 p.m.|after Tuesday night
before Tuesday morning|25:00 Tuesday|13 p.m. Tuesday|10 Tuesday|Tuesday at 10|5-7 p.m. Friday
between 5 p.m. and 7 p.m. Friday|noon|10 a.m.|10:30
10 a.m. zzz time Tuesday|10 a.m. Tuesday time|Tuesday EST|10 a.m. in July|noon in July|overnight|overnight Tuesday
early hours of Tuesday|the 5th night
the fourth quarter|last fiscal quarter|fiscal 2021|the fiscal year 2021|FY2021|the third fiscal quarter of 2021
Q5 2021|the fifth quarter of 2021|Q3
the last quarter|the last week|the last year|the last month|last decade|last century|the 19th century
the turn of the century|the nineties|'90s
the 90s|the 1990|the 2020|year 2019|the year|the month|the week|the end of the month|the turn of the year
the second week of July|mid-week
last winter|this winter|next winter|in the summer|the spring|summer|spring break|winter is coming|Christmas week
over Christmas|Christmas season
Easter|Good Friday|Easter Monday 2021|Thanksgiving|Labour Day|Labor Day|Ramadan|Yom Kippur|Lunar New Year|New Year
New Year's|the holidays
9/12|04/05/23|4.5.|12 September 23|Sept. '21|5-8 September|Sept. 10-13|2022-23|2021-13|2021-02-30|31/31/2021
00/00/2021|20210712|07-2021
Monday, July 4, 2021|Friday, the 5th|Tuesday, 2019|Tuesday 2019|until Tuesday 2019|July 2021 last year
last July 2021|July last week|July 4 last week
from July to|between July|between July and|from Monday to July|from July to 2021-08-09-10|from 2021 to 2019
from July 9, 2021 to July 3, 2021
between Monday to Friday|from Monday and Friday|from July to August to September|from 9 to 5|from A to B
September to|to September|2019 to
Tuesday (sic)|"Tuesday"|“on Tuesday”|<b>Tuesday</b>|Tuesday; DROP TABLE|Tuesday\u200b|Tue\u200bsday|T u e s d a y
Tuesday\u0301|Tuesday²|May 1¹|July ④
May you|may be|march on|second|the second|a second ago|sun and rain|the sun|sat down|wed in July|mar the day|dec 99
I|a|the|on|of|in|and|week|ago
seven|three|three of July|July of three|fourth of 2021|a July|a 2021|an October|that July|that Tuesday|those days
which Tuesday|when|whenever
if Tuesday|by the way|in the end|at the end|at the beginning|in the middle|in time|on time|in days|in weeks
days ago|weeks from now|years from Tuesday
"""
UNREAD: Final = [words for line in NOT_READ.strip().splitlines() for words in line.split("|")]


@pytest.mark.parametrize("words", UNREAD)
def test_words_that_are_not_understood_to_the_last_are_not_read(words: str) -> None:
    for anchor in (TUESDAY, date(2021, 10, 10), None):
        found = resolve(words, anchor, tense="past")
        assert (found.status, found.edtf, found.candidates, found.earliest) == ("unresolved", None, (), None)


# ---- Laws ------------------------------------------------------------------------------------------------

PHRASES: Final = st.sampled_from(READ)
STRANGE: Final = st.sampled_from(
    # Not "nearly", which is a word of its own before "three days ago".
    ["Columbine", "not", "every", "except", "roughly-speaking", "zorp", "sic", "or"]
)


@settings(deadline=None)
@given(PHRASES, STRANGE, st.integers(0, 12), st.sampled_from(TENSES))
@example("last week", "7", 1, "past")
def test_a_word_too_many_is_not_skipped(words: str, strange: str, place: int, tense: Tense) -> None:
    parts = words.split()
    place = min(place, len(parts))
    found = resolve(" ".join([*parts[:place], strange, *parts[place:]]), TUESDAY, tense=tense)
    assert found.status == "unresolved"


@settings(deadline=None)
@given(PHRASES, st.integers(0, 11), st.sampled_from(TENSES))
def test_a_word_said_twice_is_not_skipped(words: str, place: int, tense: Tense) -> None:
    parts = words.split()
    place = min(place, len(parts) - 1)
    found = resolve(" ".join([*parts[: place + 1], *parts[place:]]), TUESDAY, tense=tense)
    assert found.status == "unresolved"


@settings(deadline=None)
@given(PHRASES, st.sampled_from(TENSES))
def test_capitals_blanks_and_typography_change_nothing(words: str, tense: Tense) -> None:
    found = resolve(words, TUESDAY, tense=tense)
    for same in (
        words.upper(),
        words.lower(),
        f"  {words.replace(' ', '  ')}. ",
        words.replace(" ", "\N{NO-BREAK SPACE}"),
        words.replace("'", "’").replace("-", "–"),
    ):
        assert resolve(same, TUESDAY, tense=tense) == found


@settings(deadline=None)
@given(PHRASES, st.dates() | st.sampled_from([date.min, date.max]), st.sampled_from(TENSES))
@example("Feb. 29", date.min, "past")
@example("from November to February", date.max, "future")
@example("the week of July 11", date(9999, 12, 30), "future")
@example("last summer", date(1, 1, 2), "past")
def test_no_dateline_makes_it_raise(words: str, anchor: date, tense: Tense) -> None:
    found = resolve(words, anchor, tense=tense)
    assert (found.earliest is None) == (found.status == "unresolved")


@settings(deadline=None)
@given(
    st.sampled_from(
        ["Tuesday", "July", "July 4", "the 18th", "the weekend", "Christmas", "the week of July 12"]
    ),
    st.dates(date(20, 1, 1), date(9970, 1, 1)),
)
def test_a_date_that_comes_again_lies_on_the_side_of_the_tense(words: str, anchor: date) -> None:
    past, future = (resolve(words, anchor, tense=tense) for tense in TENSES)
    if past.status == "provisional":
        assert past.earliest is not None
        assert past.earliest <= anchor
    if future.status == "provisional":
        assert future.latest is not None
        assert future.latest >= anchor


@settings(deadline=None)
@given(
    st.sampled_from(["three days", "two weeks", "a month", "12 years", "a fortnight", "twenty-one days"]),
    st.dates(date(20, 1, 1), date(9970, 1, 1)),
)
def test_ago_lies_behind_and_the_past_ends_with_the_dateline(length: str, anchor: date) -> None:
    ago, ahead = (resolve(words, anchor, tense="past") for words in (f"{length} ago", f"{length} from now"))
    assert ago.latest is not None
    assert ahead.earliest is not None
    assert ago.latest < anchor < ahead.earliest
    run = resolve(f"the past {length.removeprefix('a ')}", anchor, tense="past")
    assert (run.latest, run.earliest is not None and run.earliest < anchor) == (anchor, True)


def test_the_cost_has_a_bound_whatever_the_words() -> None:
    hostile = [
        ("first half of " * 20)[:LITERAL_LIMIT],
        "q1 " * 66,
        "the first day of " * 11 + "July",
        "from July to " * 15,
        "day after " * 20,
        "week of " * 25,
        "early " * 33,
        "between " + "and " * 48,
        "last " * 40,
        "twenty-" * 28,
        "a" * LITERAL_LIMIT,
        "1 " * 100,
        " " * LITERAL_LIMIT,
    ]
    resolve("on Tuesday", TUESDAY, tense="past")
    for literal in hostile:
        began = time.process_time()
        assert resolve(literal, TUESDAY, tense="past").status == "unresolved"
        assert time.process_time() - began < 0.05, literal


@pytest.mark.thorough
def test_neither_the_clock_nor_the_place_of_the_machine_is_asked() -> None:
    asked = {
        "today",
        "now",
        "utcnow",
        "localtime",
        "strftime",
        "strptime",
        "setlocale",
        "month_name",
        "day_name",
    }
    for path in Path(next(iter(ledger.dates.__path__))).glob("*.py"):
        names = {
            node.attr
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute)
        }
        assert not names & asked, path
    program = """
from tests.test_date_words import TABLE, told
from ledger.dates import resolve
for words, anchor, *_ in TABLE:
    for tense in ("past", "future"):
        print(words, told(resolve(words, anchor, tense=tense)))
"""
    answers = {
        run_python(program, TZ=zone, LC_ALL=locale, LANG=locale, PYTHONHASHSEED=seed, PYTHONUTF8="1")
        for zone, locale, seed in [("UTC", "C", "0"), ("Pacific/Kiritimati", "de_DE.UTF-8", "1")]
    }
    assert len(answers) == 1


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "die letzte Woche des letzten Monats"),
        ("de", "seit Ende 1989"),
        ("de", "Ende Juli"),
        ("de", "nicht am Dienstag"),
        ("de", "Dienstag oder Mittwoch"),
        ("fr", "depuis fin 1989"),
        ("fr", "la dernière semaine du mois dernier"),
        ("es", "a principios de 2000"),
        ("es", "la última semana del mes pasado"),
        ("hi", "कल"),  # yesterday or tomorrow
        ("de", "am Morgen"),  # the morning
        ("de", "Morgen"),
        ("nl", "de morgen"),
        ("es", "en la mañana"),
        ("es", "los lunes"),  # every Monday
        ("it", "mar"),  # March, or Tuesday
        ("de", "in einem Jahr"),  # a length, in a report
        ("th", "2566"),
        ("fa", "1402/06/21"),
        ("ne", "2080"),
        ("am", "2015"),
        ("ar", "1445"),
        ("tlh", "on Tuesday"),
        ("", "on Tuesday"),
    ],
)
def test_what_another_language_says_is_not_guessed(language: str, words: str) -> None:
    assert resolve(words, TUESDAY, tense="past", language=language).status == "unresolved"


def test_a_span_has_its_own_days_at_the_ends_of_the_calendar() -> None:
    assert resolve("the past three days", date(1, 1, 2), tense="past").status == "unresolved"
    assert resolve("the next three days", date.max - timedelta(days=1), tense="future").status == "unresolved"
    assert resolve("yesterday", date(1, 1, 2), tense="past").edtf == "0001-01-01"
