"""Do spans go along with words that are edited where they stand, and does what says the same change along?"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.edited import Edit, along, figure_along, spans_with, text_with, without_gaps

COPY = "Kim left by train.\nTwelve people came on Monday.\nNobody saw them."


def span(words: str, fact: int = 1, text: str = COPY) -> dict[str, Any]:
    start = text.index(words)
    return {"fact": fact, "start": start, "end": start + len(words), "exact": words}


def edit(was: str, words: str, text: str = COPY) -> Edit:
    return Edit(text.index(was), was, words)


def stands(words: str, becomes: str, *spans: str) -> list[str]:
    """The words of each span once these words are others."""
    edits = [edit(words, becomes)]
    text = text_with(COPY, edits)
    kept, _ = spans_with([span(one) for one in spans], edits, text)
    assert all(text[one["start"] : one["end"]] == one["exact"] for one in kept)
    return [one["exact"] for one in kept]


LINE = "Twelve people came on Monday."


@pytest.mark.parametrize(
    ("becomes", "spans", "then"),
    [
        ("Eleven people came on Monday.", ("Twelve people",), ["Eleven people"]),
        (
            "Eleven people came on Sunday.",
            ("Twelve people came", "on Monday"),
            ["Eleven people came", "on Sunday"],
        ),
        ("Late that day twelve people came on Monday.", ("people came",), ["people came"]),
        ("Twelve people came late on Monday.", ("people came", "on Monday"), ["people came", "on Monday"]),
        ("Twelve old people came on Monday.", ("Twelve people",), ["Twelve old people"]),
        ("Twelve people came.", ("on Monday", "Twelve people"), ["Twelve people"]),
        ("", ("Twelve people", "Kim left", "saw them"), ["Kim left", "saw them"]),
        ("Nobody came.", ("left by train", "Nobody saw"), ["left by train", "Nobody saw"]),
    ],
)
def test_a_span_has_the_words_that_took_the_place_of_its_own(
    becomes: str, spans: tuple[str, ...], then: list[str]
) -> None:
    assert stands(LINE, becomes, *spans) == then


def test_of_several_edits_each_moves_what_comes_after_it() -> None:
    edits = [edit("Kim left by train.", "Kim Jong-un left by his train."), edit(LINE, "Eleven came.")]
    text = text_with(COPY, edits)
    assert text == "Kim Jong-un left by his train.\nEleven came.\nNobody saw them."
    kept, gone = spans_with(
        [span("by train"), span("Twelve people"), span("on Monday", 2), span("saw")], edits, text
    )
    assert [one["exact"] for one in kept] == ["by his train", "Eleven", "saw"]
    assert [one["exact"] for one in gone] == ["on Monday"]


@given(
    st.text("ab \n.é😀", max_size=30),
    st.text("ab \n.é😀", max_size=30),
    st.text("ab \n.é😀", max_size=30),
    st.tuples(st.integers(0, 60), st.integers(0, 60)),
)
def test_whatever_is_edited_every_span_is_of_the_text(
    before: str, was: str, words: str, at: tuple[int, int]
) -> None:
    copy = f"{before}{was}{before}"
    start, end = sorted(min(place, len(copy)) for place in at)
    edits = [Edit(len(before), was, words)]
    text = text_with(copy, edits)
    assert text == f"{before}{words}{before}"
    one_span: dict[str, Any] = {"fact": 1, "start": start, "end": end, "exact": copy[start:end]}
    spans = [one_span] if start < end else []
    kept, gone = spans_with(spans, edits, text)
    assert len(kept) + len(gone) == len(spans)
    for one in kept:
        assert text[one["start"] : one["end"]] == one["exact"] == one["exact"].strip()
    if was == words:
        assert [one["exact"] for one in kept] == [
            one["exact"].strip() for one in spans if one["exact"].strip()
        ]


@pytest.mark.parametrize(
    ("says", "was", "becomes", "then"),
    [
        ("Kim left on Monday", LINE, "Twelve people came on Sunday.", "Kim left on Sunday"),
        ("twelve people came", LINE, "Eleven people came on Monday.", "eleven people came"),
        ("12", "He saw 12 of them", "He saw 11 of them", "11"),
        ("121 saw it", "He saw 12 of them", "He saw 11 of them", "121 saw it"),
        (
            "He went in at noon in Khasan",
            "They met in Khasan",
            "They met at Khasan",
            "He went in at noon at Khasan",
        ),
        ("He went in", "They met in Khasan", "They met at Khasan", "He went in"),
        ("Monday or Monday", "on Monday", "on Sunday", "Monday or Monday"),
        ("She came", LINE, "Eleven people came on Sunday.", "She came"),
        ("It is so", "", "It is so, too", "It is so"),
    ],
)
def test_the_same_words_change_along_where_it_is_sure_that_they_are_meant(
    says: str, was: str, becomes: str, then: str
) -> None:
    assert along(says, [Edit(0, was, becomes)]) == then


@pytest.mark.parametrize(
    ("figure", "was", "becomes", "then"),
    [
        ("4", "His first trip in four years", "His first trip in three years", "3"),
        ("12", "Twelve people came", "11 people came", "11"),
        ("12000", "12,000 came", "13,000 came", "13000"),
        ("4", "His first trip in four years", "His first trip in years", "4"),
        ("7", "His first trip in four years", "His first trip in three years", "7"),
        ("4", "Four of ten came", "Four of nine came", "4"),
    ],
)
def test_a_figure_goes_along_with_the_number_that_is_written_out(
    figure: str, was: str, becomes: str, then: str
) -> None:
    assert figure_along(figure, was, becomes, "en") == then


@pytest.mark.parametrize(
    ("gone", "left"),
    [
        (["One."], "Two.\n\nThree."),
        (["Two."], "One.\n\nThree."),
        (["Three."], "One.\n\nTwo."),
        (["Two.", "Three."], "One."),
        (["One.", "Two."], "Three."),
        (["One.", "Two.", "Three."], ""),
        (["wo"], "One.\n\nT.\n\nThree."),
    ],
)
def test_what_is_emptied_leaves_no_gap(gone: list[str], left: str) -> None:
    text = "One.\n\nTwo.\n\nThree."
    edits = without_gaps(text, [Edit(text.index(words), words, "") for words in gone])
    assert text_with(text, edits) == left


def test_words_in_the_place_of_others_keep_their_lines() -> None:
    text = "One.\r\n\r\nTwo.\n"
    edits = [Edit(0, "One.", "1."), Edit(8, "Two.", " ")]
    assert text_with(text, without_gaps(text, edits)) == "1."
