"""When did it happen: what the words of a text come to, with a dateline and without one."""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger import dates
from ledger.dates import Resolution, Tense, check_edtf, edtf_bounds, other_languages, resolve

TUESDAY: Final = date(2023, 9, 12)  # the seed article's likely dateline
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TENSES: Final = st.sampled_from(["past", "future"])
DATELINES: Final = st.dates(date(1, 2, 1), date(9999, 11, 30))


def report(literal: str, anchor: date | None = TUESDAY) -> Resolution:
    return resolve(literal, anchor, tense="past")


def plan(literal: str, anchor: date | None = TUESDAY) -> Resolution:
    return resolve(literal, anchor, tense="future")


# ---- The seed article, which came without a dateline ---------------------------------------------------


@pytest.mark.parametrize(
    "literal",
    [
        "on Tuesday",
        "on Sunday afternoon",
        "Sunday afternoon",
        "through Wednesday",
        "runs through Wednesday",
        "On Monday",
        "last year",
        "currently",
        "in four years",
        "after the forum",
        "since the start of the war in Ukraine last year",
    ],
)
def test_given_no_dateline_when_the_words_are_relative_then_nothing_is_guessed(literal: str) -> None:
    for tense in ("past", "future"):
        found = resolve(literal, None, tense=tense)
        assert found.status == "unresolved"
        assert (found.edtf, found.earliest, found.latest, found.candidates) == (None, None, None, ())


def test_given_no_dateline_when_the_words_carry_the_full_date_then_it_is_absolute() -> None:
    found = report("February 24, 2022", anchor=None)
    assert found == Resolution(
        "absolute",
        "The literal carries its own date.",
        edtf="2022-02-24",
        earliest=date(2022, 2, 24),
        latest=date(2022, 2, 24),
    )


@pytest.mark.parametrize(
    ("tense", "literal", "edtf", "part_of_day", "relation"),
    [
        ("past", "on Tuesday", "2023-09-12", None, "on"),
        ("past", "on Sunday afternoon", "2023-09-10", "afternoon", "on"),
        ("past", "On Monday", "2023-09-11", None, "on"),
        ("future", "through Wednesday", "2023-09-13", None, "until"),
        ("future", "runs through Wednesday", "2023-09-13", None, "until"),
        ("past", "last year", "2022", None, "on"),
        ("past", "currently", "2023-09-12", None, "on"),
    ],
)
def test_given_the_dateline_then_the_article_resolves_provisionally(
    tense: Tense, literal: str, edtf: str, part_of_day: str | None, relation: str
) -> None:
    found = resolve(literal, TUESDAY, tense=tense)
    assert (found.status, found.edtf) == ("provisional", edtf)
    assert (found.part_of_day, found.relation) == (part_of_day, relation)


@pytest.mark.parametrize("literal", ["four years", "in four years"])
def test_the_first_trip_in_four_years_is_a_length_of_time(literal: str) -> None:
    assert report(literal) == Resolution("unresolved", "A length of time, not a date.")


@pytest.mark.parametrize("days", range(2, 15))
def test_no_number_of_days_passes_for_a_weekday(days: int) -> None:
    assert report(f"{days} days").basis == plan(f"{days} days").basis == "A length of time, not a date."


def test_after_the_forum_stays_unresolved_with_a_dateline_too() -> None:
    assert report("after the forum").status == plan("after the forum").status == "unresolved"


def test_when_the_dateline_is_corrected_the_same_words_come_to_another_date() -> None:
    assert report("on Tuesday").edtf == "2023-09-12"
    assert report("on Tuesday", date(2023, 9, 14)).edtf == "2023-09-12"
    assert report("on Tuesday", date(2023, 9, 20)).edtf == "2023-09-19"
    assert report("last year", date(2024, 1, 1)).edtf == "2023"
    assert report("February 24, 2022", date(2024, 1, 1)) == report("February 24, 2022", None)


def test_the_basis_says_how_it_was_found() -> None:
    assert report("on Monday").basis == "Monday on or before 2023-09-12 (dateline)."
    assert plan("on Monday").basis == "Monday on or after 2023-09-12 (dateline)."
    assert report("four years ago").basis == "4 years before 2023-09-12 (dateline)."
    assert report("on Monday", None).basis == "Relative, and the story has no dateline yet."
    assert report("after the forum").basis == "Not understood as a date."


# ---- Weekdays ------------------------------------------------------------------------------------------


def test_a_weekday_named_on_that_weekday_is_today_and_the_one_a_week_off_comes_second() -> None:
    found = report("on Tuesday")
    assert (found.status, found.edtf) == ("provisional", "2023-09-12")
    assert found.candidates == ("2023-09-12", "2023-09-05")
    assert (found.earliest, found.latest) == (TUESDAY, TUESDAY)
    assert plan("on Tuesday").candidates == ("2023-09-12", "2023-09-19")


@pytest.mark.parametrize(
    ("literal", "candidates"),
    [
        ("next Friday", ("2023-09-15", "2023-09-22")),
        ("last Monday", ("2023-09-11", "2023-09-04")),
        ("this Friday", ("2023-09-15", "2023-09-08")),
        ("last May", ("2023-05", "2022-05")),
        ("until Friday", ("2023-09-08", "2023-09-15")),
    ],
)
def test_where_no_rule_chooses_the_reading_is_left_to_a_person(
    literal: str, candidates: tuple[str, ...]
) -> None:
    found = report(literal)
    assert (found.status, found.edtf, found.candidates) == ("ambiguous", None, candidates)
    assert found.earliest is not None
    assert found.latest is not None
    assert found.earliest < found.latest
    assert all(candidate in found.basis for candidate in candidates)


@pytest.mark.parametrize(
    ("literal", "edtf"),
    [
        ("last Tuesday", "2023-09-05"),
        ("last Friday", "2023-09-08"),
        ("next Tuesday", "2023-09-19"),
        ("last Wednesday night", "2023-09-06"),
        ("last December", "2022-12"),
        ("next May", "2024-05"),
        ("since Monday", "2023-09-11"),
    ],
)
def test_last_and_next_resolve_where_every_reading_is_the_same(literal: str, edtf: str) -> None:
    assert (report(literal).edtf, plan(literal).edtf) == (edtf, edtf)


def test_last_and_next_week_are_asked_of_weeks_from_monday_and_from_sunday() -> None:
    sunday, monday = date(2023, 9, 10), date(2023, 9, 11)
    assert plan("next Tuesday", sunday).candidates == ("2023-09-12", "2023-09-19")
    assert report("last Sunday", monday).candidates == ("2023-09-10", "2023-09-03")


def test_a_weekday_beside_a_date_has_to_fit_it() -> None:
    assert report("Thursday, February 24, 2022", None).edtf == "2022-02-24"
    assert report("Tuesday, Sept. 12").edtf == "2023-09-12"
    wrong = report("Tuesday, February 24, 2022", None)
    assert (wrong.status, wrong.basis) == ("unresolved", "2022-02-24 is a Thursday, not a Tuesday.")


@given(DATELINES, st.sampled_from(WEEKDAYS), st.sampled_from(["", "on ", "late on "]))
def test_a_weekday_is_within_seven_days_on_the_side_of_the_tense(
    anchor: date, weekday: str, before: str
) -> None:
    past, future = report(before + weekday, anchor), plan(before + weekday, anchor)
    assert past.earliest is not None
    assert future.earliest is not None
    assert (
        anchor - timedelta(days=6) <= past.earliest <= anchor <= future.earliest <= anchor + timedelta(days=6)
    )
    assert WEEKDAYS[past.earliest.weekday()] == WEEKDAYS[future.earliest.weekday()] == weekday


# ---- No finer than the words ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("literal", "in_a_report", "in_a_plan"),
    [
        ("yesterday", "2023-09-11", "2023-09-11"),
        ("tomorrow", "2023-09-13", "2023-09-13"),
        ("the day after tomorrow", "2023-09-14", "2023-09-14"),
        ("three days ago", "2023-09-09", "2023-09-09"),
        ("last week", "2023-09-04/2023-09-10", "2023-09-04/2023-09-10"),
        ("over the weekend", "2023-09-09/2023-09-10", "2023-09-16/2023-09-17"),
        ("next month", "2023-10", "2023-10"),
        ("earlier this month", "2023-09-01/2023-09-12", "2023-09-01/2023-09-12"),
        ("later this year", "2023-09-12/2023-12-31", "2023-09-12/2023-12-31"),
        ("four years ago", "2019", "2019"),
        ("about four years ago", "2019~", "2019~"),
        ("20 years ago", "2003~", "2003~"),
        ("a decade ago", "2013~", "2013~"),
        ("in four years", None, "2027"),
        ("24 February", "2023-02-24", "2024-02-24"),
        ("Feb. 24 of last year", "2022-02-24", "2022-02-24"),
        ("February 29", "2020-02-29", "2024-02-29"),
        ("in September", "2023-09", "2023-09"),
        ("in October", "2022-10", "2023-10"),
        ("in May last year", "2022-05", "2022-05"),
        ("mid-September", "2023-09", "2023-09"),
        ("late last year", "2022", "2022"),
    ],
)
def test_relative_words_keep_their_precision(literal: str, in_a_report: str | None, in_a_plan: str) -> None:
    assert (report(literal).edtf, plan(literal).edtf) == (in_a_report, in_a_plan)


@pytest.mark.parametrize(
    ("literal", "edtf"),
    [
        ("24 February 2022", "2022-02-24"),
        ("Feb. 24, 2022", "2022-02-24"),
        ("on September 13, 2023", "2023-09-13"),
        ("12th of September, 2023", "2023-09-12"),
        ("2023-09-12", "2023-09-12"),
        ("12.09.2023", "2023-09-12"),
        ("13/04/2023", "2023-04-13"),
        ("September 2023", "2023-09"),
        ("2023-09", "2023-09"),
        ("in 2019", "2019"),
        ("around 2019", "2019~"),
        ("late 2022", "2022"),
        ("2019–2021", "2019/2021"),
        ("from May 2019 to June 2021", "2019-05/2021-06"),
        ("the 1990s", "199X"),
        ("summer 2023", "2023-22"),
        ("the first quarter of 2023", "2023-01/2023-03"),
    ],
)
def test_words_with_their_own_year_need_no_dateline(literal: str, edtf: str) -> None:
    found = report(literal, None)
    assert (found.status, found.edtf) == ("absolute", edtf)
    assert found == plan(literal) == report(literal)


@pytest.mark.parametrize(
    ("literal", "part_of_day"),
    [
        ("on Monday evening", "evening"),
        ("late on Monday", "late"),
        ("early Monday morning", "morning"),
        ("at noon on Monday", "noon"),
        ("yesterday afternoon", "afternoon"),
        ("last night", "night"),
        ("at 10:30 a.m. Moscow time on Monday", None),
    ],
)
def test_the_part_of_the_day_is_kept_beside_the_date(literal: str, part_of_day: str | None) -> None:
    assert (report(literal).edtf, report(literal).part_of_day) == ("2023-09-11", part_of_day)


@pytest.mark.parametrize(
    ("literal", "relation"),
    [
        ("until Friday", "until"),
        ("by Friday", "by"),
        ("before Friday", "before"),
        ("starting Friday", "since"),
        ("after Friday", "after"),
    ],
)
def test_the_word_that_ties_the_fact_to_the_date_is_kept_beside_it(literal: str, relation: str) -> None:
    assert (plan(literal).edtf, plan(literal).relation) == ("2023-09-15", relation)


@pytest.mark.parametrize(
    ("language", "candidates"),
    [
        ("en", ("2023-03-04", "2023-04-03")),
        ("en-US", ("2023-03-04", "2023-04-03")),
        ("en-GB", ("2023-04-03", "2023-03-04")),
        ("fr", ("2023-04-03", "2023-03-04")),
    ],
)
def test_day_and_month_in_numbers_are_ambiguous_in_every_language(
    language: str, candidates: tuple[str, ...]
) -> None:
    found = resolve("03/04/2023", TUESDAY, tense="past", language=language)
    assert (found.status, found.edtf, found.candidates) == ("ambiguous", None, candidates)
    assert (found.earliest, found.latest) == (date(2023, 3, 4), date(2023, 4, 3))


@pytest.mark.parametrize(
    "literal",
    [
        "5-8 September",
        "Sept. 10-13",
        "1,000 years ago",
        "1990 seconds",
        "on the 12th",
        "12",
        "at four",
        "four 2022",
        "9/12",
        "12 September 23",
        "2022-23",
        "over four years ago",
        "more than four years ago",
        "four years later",
        "Monday and Tuesday",
        "Tuesday EST",
        "until Tuesday 2019",
        "an hour ago",
        "10:00",
        "10 a.m. in 2022",
        "noon in September",
        "99999 days ago",
        "on " * dates.TOKEN_LIMIT + "Tuesday",
        "noon",
        "last century",
        "MMXXIII",
        "31 September 2023",
        "2023-02-29",
        "a few days ago",
        "9999 years ago",
        "",
        "   ",
    ],
)
def test_what_the_parser_would_guess_at_is_left_unresolved(literal: str) -> None:
    for tense in ("past", "future"):
        assert resolve(literal, TUESDAY, tense=tense).status == "unresolved"


@pytest.mark.parametrize(
    ("language", "literal", "edtf"),
    [
        ("es", "el 24 de febrero de 2022", "2022-02-24"),
        ("es", "martes 12 de septiembre", "2023-09-12"),
        ("es", "miércoles 12 de septiembre", None),
        ("es", "hace 4 años", "2019"),
        ("es", "después del martes", None),
        ("es", "cerca de 2019", None),
        ("fr", "le mardi", "2023-09-12"),
        ("fr", "avant mardi", None),
        ("de", "am Montag", "2023-09-11"),
        ("de", "um vier", None),
        ("de", "vier", None),
        ("ru", "24 февраля 2022 года", "2022-02-24"),
        ("ar", "٢٤ فبراير ٢٠٢٢", "2022-02-24"),
        ("zh", "2022年2月24日", "2022-02-24"),
        ("tlh", "Tuesday", None),
        ("not a language", "Tuesday", None),
    ],
)
def test_other_languages_are_read_as_far_as_every_word_is_understood(
    language: str, literal: str, edtf: str | None
) -> None:
    assert resolve(literal, TUESDAY, tense="past", language=language).edtf == edtf


# ---- Laws ----------------------------------------------------------------------------------------------

WORDS: Final = re.findall(
    r"\S+",
    "on in the of last next this tuesday sunday february may 24 12 2022 2019 four years ago week month year yesterday"
    " afternoon early late mid until through since by between and about at noon quarter summer weekend 1990s , - / now",
)
PHRASES: Final = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


@pytest.mark.thorough
@settings(deadline=None)
@given(st.text() | PHRASES, st.dates() | st.none(), TENSES, st.sampled_from(["en", "de", "zh", "", "x-y"]))
@example("tomorrow", date.max, "future", "en")
@example("on Monday", date.min, "past", "en")
@example("next year", date.max, "past", "en")
@example("\ud800\x00", TUESDAY, "past", "en")
def test_whatever_the_words_the_answer_is_whole_and_within_its_bounds(
    literal: str, anchor: date | None, tense: Tense, language: str
) -> None:
    found = resolve(literal, anchor, tense=tense, language=language)
    assert found.basis.endswith(".")
    assert (found.edtf is not None) == (found.status in ("absolute", "provisional"))
    assert (found.earliest is None) == (found.latest is None) == (found.status == "unresolved")
    assert found.status != "ambiguous" or len(found.candidates) > 1
    assert anchor is not None or found.status != "provisional"
    if found.edtf is not None:
        assert check_edtf(found.edtf) == found.edtf
        assert edtf_bounds(found.edtf) == (found.earliest, found.latest)
    if found.status == "ambiguous":
        bounds = [edtf_bounds(candidate) for candidate in found.candidates]
        assert found.earliest == min(first for first, _ in bounds if first)
        assert found.latest == max(last for _, last in bounds if last)


@settings(deadline=None)
@given(PHRASES, DATELINES, DATELINES)
def test_what_is_absolute_is_so_for_every_dateline_and_tense(literal: str, one: date, other: date) -> None:
    found = report(literal, one)
    if found.status == "absolute":
        assert found == report(literal, other) == plan(literal, one) == report(literal, None)


@pytest.mark.parametrize(
    "literal",
    [
        "9" * 100_000,
        "9" * 200,
        "1 " * 100,
        "Tuesday " * 25,
        "Tuesday" + "-" * 190,
        "'" * 200,
        "a" * 200,
        "between " + "2019 and " * 20,
        "february 2022 " * 6,
        "1 year 1 month 1 week 1 day ago and a year",
        "ﷺ" * 200,
        "10 p.m. " * 25,
    ],
)
def test_a_hostile_literal_costs_no_more_than_a_long_one(literal: str) -> None:
    report("on Tuesday")  # whatever is loaded on first use
    began = time.perf_counter()
    assert report(literal).status in ("unresolved", "provisional")
    assert time.perf_counter() - began < 0.5


def test_a_literal_longer_than_the_limit_is_not_even_read() -> None:
    assert report("Tuesday" + " " * dates.LITERAL_LIMIT).basis == "Longer than 200 characters."
    assert report(("Tuesday" + " " * dates.LITERAL_LIMIT)[: dates.LITERAL_LIMIT]).edtf == "2023-09-12"


def run_python(program: str, *arguments: str, **environment: str) -> str:
    return subprocess.run(
        [sys.executable, *arguments, "-c", program],
        env={**os.environ, **environment},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    ).stdout


@pytest.mark.thorough
def test_the_machine_s_time_zone_and_language_change_nothing() -> None:
    program = """
from datetime import date
from ledger.dates import resolve
for literal in ("on Tuesday", "Sunday afternoon", "last night", "24 February", "last month", "Feb. 24, 2022",
                "tonight", "in May last year", "03/04/2023"):
    for tense in ("past", "future"):
        print(resolve(literal, date(2023, 9, 12), tense=tense))
"""
    answers = {
        run_python(program, TZ=zone, LC_ALL=locale, LANG=locale, PYTHONHASHSEED=seed, PYTHONUTF8="1")
        for zone, locale, seed in [
            ("UTC", "C", "0"),
            ("Pacific/Kiritimati", "de_DE.UTF-8", "1"),
            ("Pacific/Niue", "ar_EG.UTF-8", "2"),
        ]
    }
    assert len(answers) == 1


def test_many_threads_get_the_answer_that_one_gets() -> None:
    literals = [f"{before}{weekday}" for before in ("", "on ", "late ", "next ") for weekday in WEEKDAYS]
    expected = [report(literal) for literal in literals]
    resolve.cache_clear()
    dates._read.cache_clear()
    other_languages.read_words.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(lambda _: [report(literal) for literal in literals], range(16)):
            assert found == expected


def test_neither_library_is_loaded_before_it_is_needed_and_neither_warns() -> None:
    program = """
import sys
from ledger.dates import check_edtf, edtf_bounds, resolve
check_edtf("2023-09-12/..")
assert not {"dateparser", "edtf", "pyparsing"} & set(sys.modules), "the write path pays for nothing"
resolve("on Tuesday", None, tense="past")
print(*edtf_bounds("2023-09"))
"""
    assert run_python(program, "-W", "error").split() == ["2023-09-01", "2023-09-30"]


# ---- EDTF that a person gives --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2023-09-12", "2023-09-12", "2023-09-12"),
        (" 2023-09-12 ", "2023-09-12", "2023-09-12"),
        ("2023-09", "2023-09-01", "2023-09-30"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023", "2023-01-01", "2023-12-31"),
        ("2023-09-12T23:30:00-05:00", "2023-09-12", "2023-09-12"),
        ("2023-09-10/2023-09-13", "2023-09-10", "2023-09-13"),
        ("2023-09-12/2023", "2023-09-12", "2023-12-31"),
        ("2022-02-24/..", "2022-02-24", None),
        ("2022-02-24/", "2022-02-24", None),
        ("../2023", None, "2023-12-31"),
        ("/2023", None, "2023-12-31"),
        ("2023-09-12?", "2023-09-12", "2023-09-12"),
        ("2023-09~", "2023-09-01", "2023-09-30"),
        ("2023%", "2023-01-01", "2023-12-31"),
        ("2023-09~/2023-10?", "2023-09-01", "2023-10-31"),
        ("202X", "2020-01-01", "2029-12-31"),
        ("20XX?", "2000-01-01", "2099-12-31"),
        ("2024-02-XX", "2024-02-01", "2024-02-29"),
        ("2023-XX", "2023-01-01", "2023-12-31"),
        ("2023-XX-XX", "2023-01-01", "2023-12-31"),
        ("2023-21", "2023-03-01", "2023-11-30"),
        ("2023-24", "2022-12-01", "2024-02-29"),
        ("2023-21/2023-22", "2023-03-01", "2024-02-29"),
        ("0000", None, None),
        ("-0044-03-15", None, None),
        ("-0044/2023", None, "2023-12-31"),
        ("Y-65000000", None, None),
    ],
)
def test_edtf_of_level_0_and_1_is_taken_with_strict_bounds(
    text: str, earliest: str | None, latest: str | None
) -> None:
    assert check_edtf(text) == text.strip()
    assert edtf_bounds(text) == (
        earliest and date.fromisoformat(earliest),
        latest and date.fromisoformat(latest),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Tuesday",
        "12.9.2023",
        "20230912",
        "2023-9-12",
        "2023-13",
        "2023-02-29",
        "2023-09-31",
        "2023-00-00",
        "2024/2023",
        "2023-09-13/2023-09-12",
        "2023/2024/2025",
        "/",
        "../..",
        "..",
        "2023-25",
        "2023?-09",
        "20X3",
        "2023-XX-12",
        "[2023,2024]",
        "2023S2",
        "Y1E5",
        "Y12",
        "-0000",
        "2023-09-12T25:00:00",
        "2023-09-12T10:00:00/2023-09-13",
        "2023-XX/2024",
        "２０２３",
        "2023-09-12\n2023",
        "9" * 65,
        "Y" + "9" * 64,
    ],
)
def test_what_is_not_such_edtf_is_refused_with_an_example_to_follow(text: str) -> None:
    for check in (check_edtf, edtf_bounds):
        with pytest.raises(ValueError, match=r"(write|like|put) .*2023-(09|XX)"):
            check(text)


@pytest.mark.thorough
@given(st.text(max_size=70) | st.text("0123456789-/.?~%XYT:Z+", max_size=24))
def test_checking_edtf_either_passes_or_says_what_to_write(text: str) -> None:
    refusal = ""
    try:
        earliest, latest = edtf_bounds(check_edtf(text))
    except ValueError as refused:
        refusal = str(refused)
    else:
        assert earliest is None or latest is None or earliest <= latest
    assert not refusal or re.search("write|like|put", refusal)


def partial(day: date) -> st.SearchStrategy[str]:
    return st.sampled_from([day.isoformat(), f"{day.year:04}-{day.month:02}", f"{day.year:04}"])


SIDES: Final = (
    st.dates().flatmap(partial).flatmap(lambda text: st.sampled_from([text, text + "?", text + "~"]))
)


@pytest.mark.thorough
@settings(deadline=None)
@given(SIDES, SIDES | st.sampled_from(["", ".."]))
def test_bounds_lie_in_order_and_contain_both_ends(one: str, other: str) -> None:
    try:
        text = check_edtf(f"{one}/{other}")
    except ValueError:
        text = check_edtf(f"{other}/{one}")
    start, _, end = text.partition("/")
    earliest, latest = edtf_bounds(text)
    assert earliest == (edtf_bounds(start)[0] if start else None)
    assert latest == (edtf_bounds(end)[1] if end not in ("", "..") else None)
    assert earliest is None or latest is None or earliest <= latest
