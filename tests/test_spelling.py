"""What is a slip of spelling, and what is a change that readers must be told of?"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import limits
from ledger.fact import FactBody
from ledger.refusals import NotASlip
from ledger.rules import spelling
from ledger.rules.numbers_and_days import days_among
from tests.test_limits import holds


def body(statement: str = "Kim left on Monday", **fields: Any) -> FactBody:
    link = {"source": "ria", "cue": "said", "speech": "direct", "quote": fields.pop("quote", "We will go")}
    return FactBody.model_validate(
        {"statement": statement, "kind": "event", "attribution": [link], "entities": ["Kim"]} | fields
    )


def is_slip(was: str, now: str, language: str = "en") -> bool:
    try:
        spelling.check(body(was), body(now), language)
    except NotASlip:
        return False
    return True


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("Kim recieved the guests", "Kim received the guests"),
        ("Teh train left", "The train left"),
        ("The train left left at dawn", "The train left at dawn"),
        ("They came to gether", "They came together"),
        ("They came tot he station", "They came to the station"),
        ("He met Putin in Vladivostock .", "He met Putin in Vladivostok."),
        ("the train left", "The train left"),
        ("The train left, he said", "The train left he said"),
        ("Twleve people came", "Twelve people came"),
        ("They came on Munday", "They came on Monday"),
        ("Kyiv is calm", "Kiev is calm"),
        ("They saw a apple", "They saw an apple"),
        ("TThe train left", "The train left"),
        ("Its here, inspite of all", "It's here, in spite of all"),
        ("They definately wierd out", "They definitely weird out"),
        ("Der Zug fuhr nach Wladiwostock", "Der Zug fuhr nach Wladiwostok"),
        ("Поезд пришол во вторник", "Поезд пришёл во вторник"),
        ("وصل القطر يوم الثلاثاء", "وصل القطار يوم الثلاثاء"),
        ("火车到了北京京", "火车到了北京"),
        ("ヴラジオストクに来た", "ウラジオストクに来た"),
        ("It was his 21th visit", "It was his 21st visit"),
        ("It rose 5% -he said", "It rose 5% - he said"),
    ],
)
def test_letters_are_mended(was: str, now: str) -> None:
    assert is_slip(was, now)


@pytest.mark.parametrize(
    ("was", "now", "language"),
    [
        ("Twelve people came", "Eleven people came", "en"),
        ("12 people came", "13 people came", "en"),
        ("Six people came", "Sixty people came", "en"),
        ("1.5 million came", "15 million came", "en"),
        ("Zwei Züge kamen", "Drei Züge kamen", "de"),
        ("Kim left on Monday", "Kim left on Sunday", "en"),
        ("Kim left on Tuesday", "Kim left on Thursday", "en"),
        ("Er kam im Juni", "Er kam im Juli", "de"),
        ("Il est venu mardi", "Il est venu lundi", "fr"),
        ("Kim left on Monday", "Kim did not leave on Monday", "en"),
        ("Kim did not come", "Kim did come", "en"),
        ("He will not come", "He will come", "en"),
        ("He met Putin", "He met Lavrov", "en"),
        ("He could come", "He couldn't come", "en"),
        ("He can come", "He can't come", "en"),
        ("The visit was legal", "The visit was illegal", "en"),
        ("They were able to come", "They were unable to come", "en"),
        ("He ever came", "He never came", "en"),
        ("He is here now", "He is here not", "en"),
        ("It is 12 km long", "It is 12 m long", "en"),
        ("It cost 12 mn", "It cost 12 bn", "en"),
        ("It cost 12 million", "It cost 12 billion", "en"),
        ("Er hat ein Auto", "Er hat kein Auto", "de"),
        ("Он был там", "Он не был там", "ru"),
        ("It is -5 degrees", "It is 5 degrees", "en"),
        ("It is 5 degrees", "It is −5 degrees", "en"),
        ("It cost $5", "It cost £5", "en"),
        ("It cost 5", "It cost 5 €", "en"),
        ("It rose 5%", "It rose 5‰", "en"),
        ("It is 5km long", "It is 5m long", "en"),
        ("火车到了北京", "火车到了南京", "zh"),
        ("三百人死亡", "二百人死亡", "zh"),
        ("他们没有来到北京", "他们有来到北京", "zh"),
        ("They left", "", "en"),
        ("They left at once for home", "At home they were for once left", "en"),
    ],
)
def test_what_says_something_else_is_no_slip(was: str, now: str, language: str) -> None:
    assert not is_slip(was, now or "…", language)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"place": "Khasan"}, "/place"),
        ({"kind": "claim"}, "/kind"),
        ({"figure": {"value": "12", "unit": "people"}}, "/figure"),
        ({"occurred": {"literal": "on Monday"}}, "/occurred"),
        ({"citations": [{"source": "ria"}]}, "/citations"),
        ({"terms": "background"}, "/terms"),
        ({"rests_on": [{"story": "other", "fact": 1}]}, "/rests_on"),
        ({"entities": ["Kim", "Putin"]}, "/entities"),
        ({"entities": ["Putin"]}, "/entities/0"),
        ({"quote": "We will not go"}, "/attribution/0/quote"),
        (
            {"attribution": [{"source": "tass", "cue": "said", "speech": "direct", "quote": "We will go"}]},
            "/attribution",
        ),
    ],
)
def test_all_but_words_stay_as_they_are(fields: dict[str, Any], pointer: str) -> None:
    with pytest.raises(NotASlip) as refused:
        spelling.check(body(), body(**fields), "en")
    assert refused.value.pointer == pointer


def test_a_slip_may_be_in_a_quote_a_place_or_a_name() -> None:
    was = body("Kim left", quote="We wil go", place="Khassan", entities=["Kimm"])
    spelling.check(was, body("Kim left", quote="We will go", place="Khasan", entities=["Kim"]), "en")


@holds("DAYS_READ")
def test_of_so_many_words_it_is_asked_whether_they_name_a_day() -> None:
    many = [f"word{number}" for number in range(limits.DAYS_READ - 1)]
    assert days_among([*many, "monday"], "en") == {"monday": "2000-01-03"}
    assert days_among([*many, "more", "monday"], "en") == {}


words = st.text("abcde ", min_size=1, max_size=60)


@pytest.mark.thorough
@given(words, words)
def test_what_is_no_slip_one_way_is_none_the_other_but_for_a_word_said_twice(one: str, other: str) -> None:
    if len(one.split()) == len(other.split()) and one.strip() and other.strip():
        assert is_slip(one, other) == is_slip(other, one)


@holds("SLIPS")
def test_of_many_words_that_are_spelled_otherwise_it_is_said_how_many_may_be() -> None:
    most = limits.SLIPS
    assert is_slip("recieved " * most, "received " * most)
    with pytest.raises(NotASlip, match=f"more than {most} other words"):
        spelling.check(body("recieved " * (most + 1)), body("received " * (most + 1)), "en")
