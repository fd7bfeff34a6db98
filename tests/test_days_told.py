"""Words of the copy that name another day than the fact that they stand on."""

import itertools
import time
from typing import Any

import pytest

from ledger.fact import FactBody
from ledger.rules.days_told import Days, naming_other_days
from tests.desk import FACT, Desk, problem


def names_another(words: str, statement: str, language: str = "en", **fields: Any) -> bool:
    body = FactBody.model_validate(FACT | {"statement": statement} | fields)
    return bool([*naming_other_days([(words, words)], body, Days(language))])


@pytest.mark.parametrize(
    ("words", "statement", "language"),
    [
        ("came on Monday", "A train came on Tuesday", "en"),
        ("on Monday", "A train came on Tuesday", "en"),
        ("A train came in October", "A train came in September", "en"),
        ("kam am Montag", "Ein Zug kam am Dienstag", "de"),
        ("arrivé lundi", "Un train est arrivé mardi", "fr"),
        ("llegó en octubre", "Un tren llegó en septiembre", "es"),
        ("came on 3 June", "A train came on 3 May", "en"),
        ("came on May 3", "A train came on 3 June", "en"),
        ("came on 12 March", "A train came on 12 April", "en"),
        ("kam am 3. Juni", "Ein Zug kam am 3. Mai", "de"),
        ("kam am Mittwochabend", "Ein Zug kam am Dienstagabend", "de"),
        ("kwam woensdagmiddag", "Een trein kwam dinsdagavond", "nl"),
    ],
)
def test_another_day_is_found(words: str, statement: str, language: str) -> None:
    assert names_another(words, statement, language)
    assert not names_another(statement, statement, language)


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("came on Tuesday", {}),
        ("came yesterday", {}),
        ("came on 12 September", {}),
        ("Officials said on Wednesday that it came", {}),
        ("came on Monday", {"statement": "A train came between Tuesday and Thursday"}),
        ("came on Monday", {"statement": "A train came"}),
        ("came on Monday", {"occurred": {"literal": "on Tuesday", "resolved": "2023-09-11"}}),
        ("the man who sat came", {}),
        ("came on May 3", {"statement": "A train came on 3 May"}),
        ("3 may come", {"statement": "3 came in June"}),
        ("came on the march of 12 people", {"statement": "A train came on 12 April"}),
    ],
)
def test_what_may_be_right_is_none(words: str, fields: dict[str, Any]) -> None:
    assert not names_another(words, **({"statement": "A train came on Tuesday"} | fields))


def test_the_day_of_a_fact_is_in_its_own_words_too() -> None:
    assert names_another("came on Monday", "A train came", occurred={"literal": "on Tuesday"})


def test_it_costs_no_more_than_there_is_time_for() -> None:
    words = ["".join(each) for each in itertools.product("abcdefgh", repeat=5)][:20_000]
    body = FactBody.model_validate(FACT | {"statement": "Un train est arrivé mardi"})
    began = time.process_time()
    days = Days("fr")
    assert [*naming_other_days([(word, word) for word in words], body, days)] == []
    assert time.process_time() - began < 5


def test_copy_that_names_another_day_is_not_published(desk: Desk) -> None:
    slug = desk.open(facts=0)
    path = f"/v1/stories/{slug}"
    desk.report(slug, statement="A train came on Tuesday")
    span = {"fact": 1, "start": 0, "end": 22, "exact": "A train came on Monday"}
    filed = desk.post(f"{path}/copy", {"text": "A train came on Monday", "spans": [span], "reason": "So."})
    assert [one["pointer"] for one in filed["warnings"]] == ["/spans/0"]
    problem(desk.try_post(f"{path}/publications", {"reason": "Read."}), 409, "words-contradict")
    desk.post(f"{path}/publications", {"reason": "Read.", "words_stand": [1]})
