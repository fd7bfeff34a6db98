"""Words of the copy that tell another number than the fact that they stand on."""

from typing import Any

import pytest

from ledger.fact import FactBody
from ledger.rules.numbers_and_days import values_in
from ledger.rules.numbers_told import numbers, telling_other_numbers
from tests.desk import FACT


def fact(statement: str, **fields: Any) -> FactBody:
    quote = fields.pop("quote", None)
    chain = [{"source": "ria", "cue": "reported", "speech": "mixed", "quote": quote}]
    return FactBody.model_validate(FACT | {"statement": statement, "attribution": chain} | fields)


def contradict(words: str, body: FactBody, language: str = "en") -> bool:
    return bool([*telling_other_numbers([(words, words)], body, language)])


OTHER = [
    ("en", "Eleven people died", "Twelve people died"),
    ("en", "11 people died", "Twelve people died"),
    ("en", "1,300", "1200"),
    ("en", "1.3m", "1.2 million"),
    ("en", "1.2 million", "1.2 billion"),
    ("en", "$5bn", "$6 billion"),
    ("en", "1500 people", "1,400 people"),
    ("en", "11 percent", "12%"),
    ("en", "an eleven-year-old", "a 12-year-old"),
    ("en", "in 1921", "in 1912"),
    ("en", "in 1990", "in 1994"),
    ("en", "At least 10 people", "At least 12 people"),
    ("en", "Twenty people", "Twenty-three people"),
    ("en", "more than 20 people", "35 people"),
    ("en", "2,000", "2,912"),
    ("en", "110 people", "111 people"),
    ("en", "on Sept. 11", "on September 12"),
    ("en", "at 4 p.m.", "at 15:00"),
    ("en", "a 3-1 win", "a 2-1 win"),
    ("de", "zwölf Menschen", "elf Menschen"),
    ("fr", "1 300 personnes", "1200 personnes"),
    ("ru", "12 человек", "11 человек"),
    ("ar", "١٢ شخصا", "11 شخصا"),
    ("zh", "共12人死亡", "共11人死亡"),
    ("en", "12,000 people died", "12 people died"),
    ("en", "29,000 troops", "20,000 troops"),
    ("en", "10,000", "19,000"),
    ("en", "50,000", "59,000"),
    ("de", "20.000 Soldaten", "29.000 Soldaten"),
    ("fr", "20 000 soldats", "29 000 soldats"),
    ("es", "20.000 soldados", "29.000 soldados"),
    ("en", "$1 million was stolen", "$9 million was stolen"),
    ("en", "1 billion people", "3 billion people"),
    ("en", "54.3 percent", "45.3 percent"),
    ("en", "12.5 percent", "12.9 percent"),
    ("en", "three in four voters", "70 percent of voters"),
    ("en", "three in four voters", "two in five voters"),
    ("de", "um 8 Uhr abends", "um 19 Uhr"),
    ("en", "In 2023 320 people died", "In 2023 310 people died"),
    ("en", "12/30 votes", "11/30 votes"),
    ("en", "One person died", "Two people died"),
    ("en", "one man was killed", "Two men were killed"),
    ("en", "One train arrived in Khasan", "Two trains arrived in Khasan"),
    ("de", "elf von 30 Menschen", "zwölf von 30 Menschen"),
    ("en", "Leeds won 2-1", "Leeds won 3-2"),
    ("en", "The 45-year-old was born in 1980", "The 54-year-old was born in 1971"),
    ("en", "He won 52-41", "He won by 12 points"),
    ("fr", "pendant quinze jours", "pendant trois semaines"),
]
SAME = [
    ("en", "12 people died", "Twelve people died"),
    ("en", "Twelve of 30", "Of thirty, twelve"),
    ("en", "1,200", "1200"),
    ("en", "1.200", "1,200"),
    ("en", "Twelve hundred", "1,200"),
    ("en", "1.2 million", "1,200,000"),
    ("en", "£1.2m", "1.2 million"),
    ("en", "12 percent", "12%"),
    ("en", "at 3:30 p.m.", "at 15:30"),
    ("en", "two and a half", "2.5"),
    ("de", "1.200", "1200"),
    ("fr", "1 200 personnes", "1200 personnes"),
    ("ru", "1,2 миллиона", "1 200 000"),
    ("zh", "12万", "120000"),
    ("ar", "١٢ شخصا", "12 شخصا"),
    ("en", "He won 52-40", "He won by 12 points"),
    ("de", "jeder vierte Deutsche", "25 Prozent der Deutschen"),
    ("en", "every fifth household", "20 percent of households"),
    ("es", "en quince días", "en dos semanas"),
    ("fr", "dans huit jours", "dans une semaine"),
]
NO_CONTRADICTION = [
    ("en", "hundreds of people", "300 people"),
    ("en", "a hundred people", "two hundred people"),
    ("en", "one of the men", "twelve men"),
    ("en", "1.2 million and hundreds more", "1.2 million and 300 more"),
    ("en", "the second man", "twelve men"),
    ("en", "one man", "Twelve men died"),
    ("en", "One man said so", "Twelve men died"),
    ("en", "One train arrived", "The train arrived at 12"),
    ("en", "No one died", "Two died"),
    ("de", "der zweite Zug", "zwölf Züge"),
    ("fr", "un train", "douze trains"),
    ("en", "Covid-19", "12 people died"),
    ("en", "the G20", "12 people died"),
    ("en", "in 1912", "12 people died"),
    ("en", "at 3 p.m.", "12 people died"),
    ("en", "In 2023 300 people died", "300 people died in 2023"),
    ("en", "in the 1990s", "in 1994"),
    ("en", "three-quarters of them", "75% of them"),
    ("en", "two dozen people", "24 people"),
    ("en", "nearly 1,300 people", "1,287 people"),
    ("en", "1.3 million", "1,287,000 people"),
    ("en", "more than 2,000", "2,012"),
    ("en", "some 110 people", "111 people"),
    ("en", "more than 20 countries", "twenty-three countries"),
    ("de", "fast 50 Menschen", "47 Menschen"),
    ("de", "Rund 1200 Menschen", "1187 Menschen"),
    ("en", "Around 1500", "1487"),
    ("de", "19 %", "18,9 %"),
    ("fr", "19 %", "18,9 %"),
    ("en", "Nearly 50 percent", "49.6 percent"),
    ("en", "54 percent", "54.3 percent"),
    ("de", "am 12.09.2023", "am 12. September 2023"),
    ("de", "am 9.5.", "am 9. Mai"),
    ("en", "On May 12 300 people died", "300 people died on May 12"),
    ("fr", "deux ans et demi", "2,5 ans"),
    ("fr", "deux heures et demie", "2,5 heures"),
    ("es", "dos años y medio", "2,5 años"),
    ("it", "due anni e mezzo", "2,5 anni"),
    ("de", "zweieinhalb Jahre", "2,5 Jahre"),
    ("en", "two years and a half", "2.5 years"),
    ("en", "2 1/2 years", "2.5 years"),
    ("en", "Three in four voters", "75 percent of voters"),
    ("en", "three out of four voters", "75 percent of voters"),
    ("en", "one in five", "20 percent"),
    ("en", "nine out of 10", "90 percent"),
    ("de", "drei von vier Wählern", "75 Prozent der Wähler"),
    ("fr", "trois sur quatre", "75 %"),
    ("es", "tres de cada cuatro", "75 %"),
    ("en", "two thirds of voters", "66.7 percent of voters"),
    ("en", "Two-thirds of voters", "67% of voters"),
    ("en", "two in three voters", "67% of voters"),
    ("de", "zwei Drittel", "66,7 Prozent"),
    ("fr", "deux tiers", "67 %"),
    ("de", "um 7 Uhr abends", "um 19 Uhr"),
    ("de", "um sieben Uhr abends", "um 19 Uhr"),
    ("fr", "à 7 heures du soir", "à 19 heures"),
    ("es", "a las 7 de la tarde", "a las 19 horas"),
    ("it", "alle 7 di sera", "alle 19"),
    ("en", "Half a million people", "500,000 people"),
    ("en", "Tens of thousands of people", "Some 20,000 people"),
    ("en", "14 days", "two weeks"),
    ("de", "14 Tage", "zwei Wochen"),
    ("en", "Eight adults and four children died", "Twelve people died"),
    ("de", "um halb drei", "um 14.30 Uhr"),
    ("ja", "12,000人が", "1万2000人が"),
    ("ja", "3億5,000万円", "350,000,000円"),
    ("ja", "14時半に", "午後2時30分に"),
]


@pytest.mark.parametrize(("language", "words", "statement"), OTHER)
def test_another_number_is_found_on_either_side(language: str, words: str, statement: str) -> None:
    assert contradict(words, fact(statement), language)
    assert contradict(statement, fact(words), language)


@pytest.mark.parametrize(("language", "words", "statement"), SAME + NO_CONTRADICTION)
def test_what_may_be_right_is_none(language: str, words: str, statement: str) -> None:
    assert not contradict(words, fact(statement), language)
    assert not contradict(statement, fact(words), language)


@pytest.mark.parametrize(
    ("words", "statement"), [("Twelve people, 40 hurt", "Twelve died"), ("They", "12 died")]
)
def test_to_say_more_or_less_than_the_fact_contradicts_nothing(words: str, statement: str) -> None:
    assert not contradict(words, fact(statement))


@pytest.mark.parametrize(
    ("words", "fields", "is_other"),
    [
        ("Eleven dead", {"kind": "figure", "figure": {"value": "12", "unit": "people"}}, True),
        ("1,912 dead", {"kind": "figure", "figure": {"value": "12", "unit": "people"}}, True),
        ("Twelve dead", {"kind": "figure", "figure": {"value": "12", "unit": "people"}}, False),
        ("1.2 million", {"kind": "figure", "figure": {"value": "1.2", "unit": "million people"}}, False),
        ("two were saved", {"kind": "figure", "figure": {"value": "1", "unit": "person"}}, True),
        ("“eleven”, he said", {"quote": "There were twelve of them."}, True),
        ("on 11 September", {"occurred": {"literal": "on 12 September"}}, True),
        ("on Sept. 11", {"occurred": {"literal": "on 12 September"}}, True),
        ("on 12 September", {"occurred": {"literal": "on 12 September"}}, False),
        ("eleven of them", {"occurred": {"literal": "on 12 September"}}, False),
    ],
)
def test_a_fact_tells_numbers_in_its_figure_quotes_and_date(
    words: str, fields: dict[str, Any], *, is_other: bool
) -> None:
    assert contradict(words, fact("Many came", **fields)) == is_other


@pytest.mark.parametrize(
    "fields",
    [
        {"occurred": {"literal": "on Tuesday", "resolved": "2023-09-12"}},
        {"place": "Platform 12"},
        {"entities": ["Unit 12"]},
    ],
)
def test_a_number_that_the_fact_has_anywhere_is_right(fields: dict[str, Any]) -> None:
    assert contradict("the 12th", fact("Forty came"))
    assert not contradict("the 12th", fact("Forty came", **fields))


def test_all_words_on_a_fact_and_what_stands_beside_them_are_looked_at_together() -> None:
    body = fact("Twelve people died, 40 were hurt")
    said = [
        ("3 of them", "3 of them from Seoul"),
        ("Twelve died", "Twelve died there"),
        ("hurt", "were 40 hurt"),
    ]
    assert [*telling_other_numbers(said, body, "en")] == []
    assert [*telling_other_numbers(said[:2], body, "en")] == [0]


@pytest.mark.parametrize(
    ("words", "is_other"), [("Eleven people died", True), ("eleven", True), ("Eleven died at once", False)]
)
def test_words_that_say_all_but_the_number_are_looked_at_by_themselves(words: str, *, is_other: bool) -> None:
    said = [(words, words), ("Twelve people died", "Twelve people died")]
    assert [*telling_other_numbers(said, fact("Twelve people died"), "en")] == [0] * is_other


@pytest.mark.thorough
def test_it_costs_what_the_words_are_long() -> None:
    many = "12 ," * 20_000
    assert len(numbers(many, "en")) == 20_000
    assert not contradict(many, fact("12"))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("In 2023 300 people died", {"2023", "300"}),
        ("In 2023 three hundred died", {"2023", "300"}),
        ("12 000 men", {"12000"}),
        ("1 234 567.8", {"1234567.8"}),
        ("1234 567", {"1234", "567"}),
    ],
)
def test_a_blank_groups_digits_by_three_alone(text: str, values: set[str]) -> None:
    assert values_in(text, "en") == values
