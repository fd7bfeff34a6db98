"""Words of the copy that have a name of their fact with another letter."""

from typing import Any

import pytest

from ledger.fact import FactBody
from ledger.rules.names_told import misspelling
from ledger.story import Span
from tests.desk import FACT, Desk


def misspelt(words: str, statement: str, language: str = "en", *others: str, **fields: Any) -> list[str]:
    text = f"And then {words}"
    span = Span(fact=1, start=9, end=len(text), exact=words)
    body = FactBody.model_validate(FACT | {"statement": statement} | fields)
    return [word for _, word, _ in misspelling(text, [span], body, language, lambda: others)]


@pytest.mark.parametrize(
    ("words", "statement", "language"),
    [
        ("President Putim came", "The president, Putin, came", "en"),
        ("President Putni came", "The president, Putin, came", "en"),
        ("to Vladiwostok", "A train arrived in Vladivostok", "en"),
        ("приехал Путен", "Вчера приехал Путин", "ru"),
    ],
)
def test_a_name_with_another_letter_is_found(words: str, statement: str, language: str) -> None:
    assert len(misspelt(words, statement, language)) == 1


@pytest.mark.parametrize(
    ("words", "statement", "language"),
    [
        ("President Putin came", "The president, Putin, came", "en"),
        ("the president came", "The president, Putin, came", "en"),
        ("a Korean train", "A train from Korea came", "en"),
        ("von Putins Zug", "Der Zug von Putin kam", "de"),
        ("к Путину", "Вчера приехал Путин", "ru"),
        ("Kim and Lim came", "There came Kim", "en"),
        ("Muller came", "Mr Müller came", "en"),
        ("mit Hunden und Hand", "Er kam mit Hund", "de"),
        ("Marin and Martin came", "There came Martin and Marvin", "en"),
        ("PUTIN came", "There came Putin", "en"),
    ],
)
def test_other_words_are_none(words: str, statement: str, language: str) -> None:
    assert misspelt(words, statement, language) == []


def test_where_names_are_told_apart_by_who_is_named() -> None:
    assert misspelt("von Merkal", "Der Zug von Merkel kam", "de") == []
    assert misspelt("von Merkal", "Der Zug von Merkel kam", "de", entities=["Angela Merkel"]) == ["Merkal"]
    assert misspelt("by Mr Pitin", "Mr Putin came", "en", "pitin") == []


def test_whoever_files_and_publishes_it_is_told(desk: Desk) -> None:
    slug = desk.open(facts=0)
    path = f"/v1/stories/{slug}"
    desk.report(slug, statement="The president, Putin, came")
    span = {"fact": 1, "start": 0, "end": 16, "exact": "President Putim,"}
    copy = {"text": "President Putim, who came", "spans": [span], "reason": "So."}
    said = {"fact": 1, "detail": "“Putim” stands on fact 1, which has “Putin”."}
    assert desk.post(f"{path}/copy", copy)["warnings"] == [{"pointer": "/spans/0"} | said]
    assert desk.post(f"{path}/publications", {"reason": "Read."})["warnings"] == [{"pointer": ""} | said]
    desk.report(slug)
    assert "warnings" not in desk.post(f"{path}/publications", {"reason": "Read."})
