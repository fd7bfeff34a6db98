"""Whoever files a fact is told where its figure or its quotes say something else than its statement."""

from typing import Any

import pytest

from ledger.commands import ReportFact
from ledger.rules.fitting import found
from tests.desk import CHANGES, FACT, Desk


def fact(statement: str, figure: str | None = None, quote: str | None = None) -> ReportFact:
    link = {"source": "ria", "cue": "said", "speech": "direct" if quote else "indirect"}
    fields: dict[str, Any] = {
        "statement": statement,
        "kind": "figure" if figure else "event",
        "attribution": [link | ({"quote": quote} if quote else {})],
    }
    if figure:
        fields["figure"] = {"value": figure, "unit": "people"}
    return ReportFact.model_validate(fields)


def told(statement: str, language: str = "en", **fields: str) -> list[str]:
    return [one["pointer"] for one in found(fact(statement, **fields), language)]


@pytest.mark.parametrize(
    ("statement", "figure", "language"),
    [
        ("Eleven people came", "12", "en"),
        ("11 people came", "12", "en"),
        ("Twelve people came", "11", "en-GB"),
        ("1,250 people came", "1251", "en"),
        ("Elf Menschen kamen", "12", "de"),
        ("Vierundzwanzig kamen", "42", "de"),
        ("Quatre-vingt-dix personnes", "80", "fr"),
        ("Once personas vinieron", "12", "es"),
        ("Undici persone", "12", "it"),
        ("Пришли 11 человек", "12", "ru"),
        ("جاء ١١ شخصا", "12", "ar"),
        ("11人が来た", "12", "ja"),
        ("It fell by 3.5 per cent", "-35.5", "en"),
    ],
)
def test_a_figure_that_the_statement_does_not_have_is_told(
    statement: str, figure: str, language: str
) -> None:
    assert told(statement, language, figure=figure) == ["/figure/value"]


@pytest.mark.parametrize(
    ("statement", "figure", "language"),
    [
        ("Twelve people came", "12", "en"),
        ("TWELVE people came, and 3 cars", "12", "en"),
        ("Twenty-one of 30 came", "21", "en"),
        ("A dozen people came", "12", "en"),
        ("Nobody came", "0", "en"),
        ("Two died", "2", "en"),
        ("One of them came", "12", "en"),
        ("1,250 people came", "1250", "en"),
        ("1.250 Menschen kamen", "1250", "de"),
        ("1 250 personnes", "1250", "fr"),
        ("1.2 million people on 12 September", "1200000", "en"),
        ("Twelve hundred people", "1200", "en"),
        ("In 2023 12 people came", "12", "en"),
        ("It fell by 3.5 per cent", "-3.5", "en"),
        ("Es fiel um 3,5 Prozent", "3.5", "de"),
        ("جاء ١٢ شخصا", "12", "ar"),
        ("12人が来た", "12", "ja"),
        ("Дванадесет души", "12", "bg"),
    ],
)
def test_a_figure_that_the_statement_has_or_may_have_is_not(
    statement: str, figure: str, language: str
) -> None:
    assert told(statement, language, figure=figure) == []


@pytest.mark.parametrize(
    ("statement", "quote", "fits"),
    [
        ("He called them “sensitive”", "These are sensitive subjects", True),
        ("He called them “sensitive”", "These are dull subjects", False),
        ("He called them 'sensitive'", "These are dull subjects", True),  # may be an apostrophe
        ("Er nannte sie „heikel“", "Das ist heikel", True),
        ("Er nannte sie „heikel“", "Das ist einfach", False),
        ("Il les a dits « sensibles »", "Ce sont des sujets Sensibles", True),
        ("彼は「敏感」と述べた", "単純です", False),
        ("He called them sensitive", "These are dull subjects", True),
        ('He said: "We came."', "We came, and we saw", True),
    ],
)
def test_words_that_the_statement_quotes_are_in_the_quote(statement: str, quote: str, *, fits: bool) -> None:
    assert told(statement, quote=quote) == ([] if fits else ["/attribution/0/quote"])


@pytest.mark.parametrize(
    ("statement", "figure", "language"),
    [
        ("Half a million people", "500000", "en"),
        ("Rund 1.200 Menschen", "1187", "de"),
        ("Nearly 1,300 people", "1287", "en"),
        ("2 1/2 years", "2.5", "en"),
        ("Two and a half years", "2.5", "en"),
        ("Deux ans et demi", "2.5", "fr"),
        ("Two thirds of voters", "66.7", "en"),
        ("Zwei Drittel der Wähler", "66.7", "de"),
        ("Three in four voters", "75", "en"),
        ("Two dozen people", "24", "en"),
        ("19 percent", "18.9", "en"),
        ("1½ million", "1500000", "en"),
    ],
)
def test_a_figure_in_round_numbers_or_other_words_fits(statement: str, figure: str, language: str) -> None:
    assert told(statement, language, figure=figure) == []


@pytest.mark.parametrize(
    ("statement", "figure"),
    [("Three in four voters", "70"), ("Nearly 1,300 people", "1207"), ("1,300", "1,900")],
)
def test_a_figure_that_is_not_that_does_not(statement: str, figure: str) -> None:
    assert told(statement, figure=figure.replace(",", "")) == ["/figure/value"]


def test_it_is_told_with_the_word_for_so_many_times_as_much() -> None:
    for statement, language, said in (
        ("It cost 3.6 million pounds", "en", "3.6 million"),
        ("Es kostete 3,6 Millionen Pfund", "de", "3,6 Millionen"),
        ("It cost 3 million pounds for 11 men", "en", "3 million and 11"),
    ):
        (one,) = found(fact(statement, figure="3.2"), language)
        assert one["detail"] == f"The figure is 3.2; the statement has {said}.", one


def test_it_costs_what_the_statement_is_long() -> None:
    (one,) = found(fact("123 " * 1_000, figure="12"), "en")
    assert len(one["detail"]) < 400
    assert told("“" * 4_000, quote="x") == []
    assert told("“a” " * 1_000, quote="x") == ["/attribution/0/quote"] * 10


def test_a_receipt_and_a_dry_run_say_so(desk: Desk) -> None:
    slug = desk.open(facts=0)
    body = FACT | {"statement": "Eleven came", "kind": "figure", "figure": {"value": "12", "unit": "people"}}
    path = f"/v1/stories/{slug}/facts"
    expected = [{"pointer": "/figure/value", "detail": "The figure is 12; the statement has 11."}]
    assert desk.try_post(f"{path}?dry_run=true", body).json()["warnings"] == expected
    assert desk.post(path, body)["warnings"] == expected
    assert "warnings" not in desk.post(path, body | {"figure": {"value": "11", "unit": "people"}})
    changed = CHANGES["corrections"] | {"expected_version": 1, "statement": "Thirteen came"}
    assert desk.post(f"{path}/2/corrections", changed)["warnings"] == [
        {"pointer": "/figure/value", "detail": "The figure is 11; the statement has 13."}
    ]
    asked = {"reason": "Both.", "acts": [{"do": "report", "with": body}]}
    in_change = [expected[0] | {"pointer": "/acts/0/with/figure/value"}]
    assert desk.post(f"/v1/stories/{slug}/acts", asked)["acts"][0]["warnings"] == in_change
