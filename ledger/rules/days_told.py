"""Words of the copy that name another day of the week, or another month, than the fact that they stand on does in words
that are otherwise its own."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, Literal

from ledger.dates import resolve
from ledger.fact import FactBody
from ledger.remembering import remembered_of_words
from ledger.rules.numbers_and_days import words_in

Sort = Literal["day", "month"]
_MOST: Final = 1_000  # words that are asked whether they name one
_OTHERS: Final = 2  # words that may be no words of the fact
_LONGER_THAN: Final = 3  # letters: "Sat" and "may" are words of other kinds, too
_AMBIGUOUS: Final = frozenset({"march", "mars", "august"})
_BESIDE_A_NUMBER: Final = "# "
_JOINING: Final = frozenset({"de", "nl"})  # languages that write "Tuesday evening" as one word
_PART_OF_DAY: Final = re.compile(r"(?:abend|morgen|mittag|(?:vor|nach)mittag|nacht|avond|ochtend|middag)s?\Z")
# Against which days are read: which ones makes no difference, but that they follow each other.
_SOME_DAYS: Final = (date(2000, 1, 5), date(2000, 1, 6))
_WEEK: Final = 7


class Days:
    """The days and months among words of a language; of so many words as there is time for."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._asked: set[str] = set()

    def named(self, words: Iterable[str]) -> Iterator[tuple[Sort, int]]:
        for said in words:
            word = said.removeprefix(_BESIDE_A_NUMBER)
            if not word.isalpha() or (word == said and not _is_sure(word)):
                continue
            if word in self._asked or len(self._asked) < _MOST:
                self._asked.add(word)
                if named := _name(word, self._language):
                    yield named


def _is_sure(word: str) -> bool:
    return len(word) > _LONGER_THAN and word not in _AMBIGUOUS


def _told(text: str) -> set[str]:
    """Its words; what is a month only beside a number, once more with that: "3 May", "March 12"."""
    words = words_in(text)
    beside = {
        word
        for one, other in pairwise(words)
        for word, number in ((one, other), (other, one))
        if number.isdecimal() and not _is_sure(word) and (word != "may" or "May" in text)
    }
    return {*words, *(f"{_BESIDE_A_NUMBER}{word}" for word in beside)}


def naming_other_days(passages: Sequence[tuple[str, str]], fact: FactBody, days: Days) -> Iterator[int]:
    """Which of the passages that stand on a fact do, of each the words and these with some around them."""
    literal = fact.occurred.literal if fact.occurred and fact.occurred.literal else ""
    said = _told(f"{fact.statement} {literal}")
    beside = set().union(*(_told(text) for _, text in passages))
    if not said - beside:
        return
    for place, (words, _) in enumerate(passages):
        others = _told(words) - said
        if sum(word.isalnum() for word in others) > _OTHERS:
            continue
        for sort, other in days.named(sorted(others)):
            own = {name for kind, name in days.named(sorted(said)) if kind == sort}
            if len(own) == 1 and other not in own | _resolved(fact, sort):
                told = {name for kind, name in days.named(sorted(said & beside)) if kind == sort}
                if not told:
                    yield place
                    break


@remembered_of_words
def _name(word: str, language: str) -> tuple[Sort, int] | None:
    """Which day of the week or month it is; none of "yesterday", which another day moves by one."""
    if language.partition("-")[0].lower() in _JOINING:
        word = _PART_OF_DAY.sub("", word) or word
    one, other = (resolve(word, day, tense="past", language=language).edtf or "" for day in _SOME_DAYS)
    try:
        first, second = date.fromisoformat(one), date.fromisoformat(other)
    except ValueError:
        year, _, month = one.partition("-")
        return (
            ("month", int(month))
            if len(one) == len("2000-01") and year.isdecimal() and one == other
            else None
        )
    return ("day", first.weekday()) if (second - first).days % _WEEK == 0 else None


def _resolved(fact: FactBody, sort: Sort) -> set[int]:
    """The day that somebody vouches for."""
    try:
        day = date.fromisoformat((fact.occurred.resolved if fact.occurred else None) or "")
    except ValueError:
        return set()
    return {day.weekday() if sort == "day" else day.month}
