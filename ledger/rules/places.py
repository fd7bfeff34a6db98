"""Where words stand in a text that is written otherwise: in other lines, with other letters, its numbers in figures."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import accumulate
from operator import attrgetter
from typing import Final, NamedTuple

from ledger.likeness import look
from ledger.rules.numbers_and_days import is_number, joins_numbers, values_in, with_values
from ledger.story import Span

MANY: Final = 4  # words that stand by chance nowhere else


class Words:
    """The words of a text as they read, whatever their case and wherever lines end, and whatever its numbers are
    written with."""

    def __init__(self, text: str, language: str) -> None:
        self._text, self._language = text, language
        self._words = [Word(look(place[0]), place.start(), place.end()) for place in _WORD.finditer(text)]
        self._as_written = _Line(self._words)

    @cached_property
    def _as_numbers(self) -> "_Line":
        return _Line(numbers_as_one(self._words, self._language))

    @cached_property
    def _but_numbers(self) -> "_Line":
        return _Line(_without_values(self._words, self._language))

    def place(self, span: Span, beside: str, *, whatever_number: bool = False) -> Span | None:
        """Where the words of a span stand; many are the same wherever that is, few of them between the same ones."""
        find = self._find_but_numbers if whatever_number else self._find
        wanted = span.exact if len(span.exact.split()) >= MANY else beside
        within = find(wanted)
        if within is None:
            return None
        start, end = (wanted is not span.exact and find(span.exact, within[0])) or within
        is_it = end - start == len(span.exact) and not whatever_number
        exact = span.exact if is_it else self._text[start:end]
        return Span.model_construct(fact=span.fact, start=start, end=end, exact=exact)

    def _find_but_numbers(self, wanted: str, after: int = 0) -> tuple[int, int] | None:
        return self._find_in(self._but_numbers, _without_values, wanted, after)

    def _find(self, wanted: str, after: int = 0) -> tuple[int, int] | None:
        found = self._as_written.find(as_one_line(look(wanted)), after)
        return found or self._find_in(self._as_numbers, numbers_as_one, wanted, after)

    def _find_in(
        self, line: "_Line", read: Callable[[Sequence["Word"], str], list["Word"]], wanted: str, after: int
    ) -> tuple[int, int] | None:
        """Words with a number, both read in one way."""
        if not values_in(wanted, self._language):
            return None
        words = [Word(look(word), 0, 0) for word in wanted.split()]
        return line.find(_Line(read(words, self._language)).text, after)


class Word(NamedTuple):
    text: str
    start: int
    end: int


_WORD: Final = re.compile(r"\S+")


class _Line:
    """Words one behind the other; where some of them stand is told as they stood."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = [word._replace(text=as_one_line(word.text)) for word in words]
        self._begins = [0, *accumulate(len(word.text) + 1 for word in self._words)]
        self.text = " ".join(word.text for word in self._words)

    def find(self, wanted: str, after: int) -> tuple[int, int] | None:
        """Behind a place of the text; never within a number."""
        word = bisect_right(self._words, after, key=attrgetter("start")) - 1
        at = self.text.find(wanted, self._begins[max(0, word)])
        while at >= 0 and _NUMBER_ON.search(self.text[max(0, at - 2) : at] + wanted[:1]):
            at = self.text.find(wanted, at + 1)
        if at < 0 or not wanted:
            return None
        return self._place(at, is_end=False), self._place(at + len(wanted) - 1, is_end=True)

    def _place(self, at: int, *, is_end: bool) -> int:
        index = bisect_right(self._begins, at) - 1
        word = self._words[index]
        if len(word.text) != word.end - word.start:
            return word.end if is_end else word.start
        return word.start + at - self._begins[index] + is_end


_NUMBER_ON: Final = re.compile(r"\d[.,]?\d\Z")


def _without_values(words: Sequence[Word], language: str) -> list[Word]:
    """The words, whatever the numbers among them are."""
    return [
        word._replace(text="#") if is_number(word.text, language) else word
        for word in numbers_as_one(words, language)
    ]


def numbers_as_one(words: Sequence[Word], language: str) -> list[Word]:
    """The words, those that make up a number as one."""
    found: list[Word] = []
    run: list[Word] = []
    for index, word in enumerate(words):
        before, after = words[index - 1 : index], words[index + 1 : index + 2]
        is_between = run and after and joins_numbers(before[0].text, word.text, after[0].text, language)
        if is_between or is_number(word.text, language):
            run.append(word)
            continue
        found += _as_one(run, language)
        found.append(word)
        run = []
    return [*found, *_as_one(run, language)]


def _as_one(words: Sequence[Word], language: str) -> list[Word]:
    if not words:
        return []
    text = with_values(" ".join(word.text for word in words), language)
    return [Word(text, words[0].start, words[-1].end)]


def as_one_line(text: str) -> str:
    return " ".join(text.split()).casefold()


# In a sentence that says what was said before.
_EARLIER: Final = re.compile(
    r"\A\W*(?:corrections?|clarification|berichtigung|korrektur|rectificatif|correctif|corrección|rettifica)\s?[:.–—-]"
    r"|\b(?:(?:earlier|previous|original|first|initial) (?:version|edition|headline)s?"
    r"|(?:earlier|previous) (?:report|story|article)s?"
    r"|(?:frühere|vorherige|ursprüngliche|erste)[nrs]? (?:version|fassung)e?n?"
    r"|(?:frühere|vorherige)[nrs]? (?:meldung|bericht)e?n?"
    r"|version (?:antérieure|précédente|initiale)|erratum"
    r"|versión (?:anterior|previa|inicial)|fe de erratas"
    r"|versione precedente|versão anterior|correção|eerdere versie|rectificatie)\b",
    re.IGNORECASE,
)


def says_what_was(sentence: str) -> bool:
    """Whether it tells readers of an earlier version, in which something else stood."""
    return bool(_EARLIER.search(sentence))


def sentence_at(text: str, at: int) -> str:
    """That in which a place is, as far as it is near."""
    before, behind = text[max(0, at - _LONG) : at], text[at : at + _LONG]
    ends = [match.end() for match in _SENTENCE.finditer(before)]
    end = _SENTENCE.search(behind)
    return before[ends[-1] if ends else 0 :] + behind[: end.end() if end else None]


_SENTENCE: Final = re.compile(r"[.!?…][\"'’”»)]*\s+|[。！？]|\n")
_LONG: Final = 200  # letters of it on either side
