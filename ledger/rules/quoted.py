"""What stands in quotation marks, and whether somebody said it: these words, one behind the other, whatever their case,
the marks and what stands between them. Words may be left out with an ellipsis, and others put in in brackets."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Final

from ledger.fact import FactBody
from ledger.remembering import remembered
from ledger.rules.numbers_and_days import words_in
from ledger.story import Span

_QUOTED: Final = re.compile(
    r"“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|»([^«»]+)«|\"([^\"]+)\"|「([^「」]+)」|『([^『』]+)』"
    r"|(?<!\w)‘([^‘\n]+)’(?!\w)"
)
# Words left out, and words of others put in.
_CUT: Final = re.compile(r"…|\.\s?\.\s?\.|\[[^\]]*\]|\([^)]*\)")
_LIKE: Final = 0.7  # of its words, for it to be meant
_FEWEST: Final = 3
_MOST: Final = 200
_LONG: Final = 4  # letters


def quoted_in(text: str) -> Iterator[tuple[int, int, str]]:
    """From, to, and the words between the marks."""
    for match in _QUOTED.finditer(text):
        group = match.lastindex or 0
        yield match.start(group), match.end(group), match[group]


def quotes_of(fact: FactBody) -> list[str]:
    return [link.quote for link in fact.attribution or () if link.quote]


def pieces(words: str) -> list[Sequence[str]]:
    """What is said without a break, each as its words."""
    return [read for piece in _CUT.split(words) if (read := _read(piece))]


@remembered
def _read(text: str) -> tuple[str, ...]:
    return tuple(words_in(text))


@remembered
def _set(text: str) -> frozenset[str]:
    return frozenset(_read(text))


def has(quote: str, piece: Sequence[str]) -> bool:
    """Whether these words, in this order, are in it."""
    if not {*piece} <= _set(quote):
        return False
    return _starts(_read(quote), piece) or any(_starts(words, piece) for words in pieces(quote))


def _starts(words: Sequence[str], piece: Sequence[str]) -> bool:
    length = len(piece)
    return any(
        words[at] == piece[0] and tuple(words[at : at + length]) == tuple(piece)
        for at in range(len(words) - length + 1)
    )


def is_another(quote: str, piece: Sequence[str]) -> bool:
    """Whether the words are meant to be in the quote, for most of them are, in this order, but not all."""
    said = _read(quote)
    if not said or not 1 < len(piece) <= _MOST or has(quote, piece) or _starts(piece, said):
        return False
    if len(piece) <= _FEWEST:
        return _is_misspelt(said, piece)
    if len({*piece} & _set(quote)) < _LIKE * len({*piece}):
        return False
    return max(_in_order(said, piece[begin:]) for begin in range(_FEWEST)) >= _LIKE * len(piece)


def _is_misspelt(said: Sequence[str], piece: Sequence[str]) -> bool:
    """Of few words: whether they are in it but for one, which has a letter other there."""
    return any(
        len(one) == len(word)
        and has_a_letter_other(one, word)
        and _stands(said, at - place, [*piece[:place], one, *piece[place + 1 :]])
        for place, word in enumerate(piece)
        if len(word) >= _LONG
        for at, one in enumerate(said)
    )


def _stands(said: Sequence[str], at: int, words: Sequence[str]) -> bool:
    return at >= 0 and [*said[at : at + len(words)]] == words


def has_a_letter_other(one: str, word: str) -> bool:
    """Of words of some length with as many letters: one of them is another, or two side by side changed places."""
    if len(one) != len(word) or len(one) < _LONG:
        return False
    differ = [at for at, (letter, other) in enumerate(zip(one, word, strict=True)) if letter != other]
    swapped = len(differ) == 2 and differ[1] - differ[0] == 1 and one[differ[0]] == word[differ[1]]
    return len(differ) == 1 or (swapped and one[differ[1]] == word[differ[0]])


def _in_order(said: Sequence[str], words: Sequence[str]) -> int:
    """How many of the words stand in it one behind the other, with others between them or without."""
    at = found = 0
    for word in words:
        with suppress(ValueError):
            at, found = said.index(word, at) + 1, found + 1
    return found


def misquoting(
    text: str,
    quoted: Sequence[tuple[int, int, str]],
    spans: Sequence[Span],
    fact: FactBody,
    others: Callable[[], Iterable[str]],
) -> Iterator[int]:
    """Which of the spans, all of them on the fact, quote it in other words than it does. quoted: what the text quotes;
    others: what other facts quote, which is asked only where that matters."""
    quotes = quotes_of(fact)
    if not quotes:
        return
    for index, span in enumerate(spans):
        if any(
            any(is_another(quote, piece) for quote in quotes)
            and not any(has(one, piece) for one in (*quotes, fact.statement))
            and not any(has(one, piece) for one in others())
            for piece in pieces_in(text, quoted, span)
        ):
            yield index


def only_before(
    said: Iterable[Sequence[str]], gone: Iterable[str], known: Callable[[], Iterable[str]]
) -> bool:
    """Whether several of the words, one behind the other, are in what is quoted no longer, and in nothing that is
    known. said: as `pieces` gives them."""
    return any(
        len(piece) >= _SEVERAL
        and any(has(quote, piece) for quote in gone)
        and not any(has(quote, piece) for quote in known())
        for piece in said
    )


_SEVERAL: Final = 2


def pieces_in(text: str, quoted: Sequence[tuple[int, int, str]], span: Span) -> Iterator[Sequence[str]]:
    """What the words of the span quote without a break. quoted: what the text quotes."""
    begins = bisect_right(quoted, span.start, key=itemgetter(0))
    for start, end, _ in quoted[max(0, begins - 1) : bisect_right(quoted, span.end, key=itemgetter(0))]:
        yield from pieces(_whole_words(text, max(start, span.start), min(end, span.end)))


def _whole_words(text: str, start: int, end: int) -> str:
    """Of a place that may begin or end within a word."""
    if start >= end:
        return ""
    before, behind = _LETTERS_BEFORE.search(text[max(0, start - _LONGEST) : start]), _LETTERS.match(text, end)
    return (before[0] if before else "") + text[start:end] + (behind[0] if behind else "")


_LETTERS: Final = re.compile(r"\w{0,40}")
_LETTERS_BEFORE: Final = re.compile(r"\w*\Z")
_LONGEST: Final = 40  # letters of a word
