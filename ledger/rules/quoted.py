"""What stands in quotation marks, and whether somebody said it."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Final

from ledger.rules.numbers_and_days import words_in

_QUOTED: Final = re.compile(
    r"“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|»([^«»]+)«|\"([^\"]+)\"|「([^「」]+)」|『([^『』]+)』"
    r"|(?<!\w)‘([^‘\n]+)’(?!\w)"
)
# Words left out, and words of others put in.
_CUT: Final = re.compile(r"…|\.\s?\.\s?\.|\[[^\]]*\]|\([^)]*\)")
_LIKE: Final = 0.7  # of its words, for it to be meant
_FEWEST: Final = 3
_MOST: Final = 200


def quoted_in(text: str) -> Iterator[tuple[int, int, str]]:
    """From, to, and the words between the marks."""
    for match in _QUOTED.finditer(text):
        group = match.lastindex or 0
        yield match.start(group), match.end(group), match[group]


def pieces(words: str) -> list[Sequence[str]]:
    """What is said without a break, each as its words."""
    return [read for piece in _CUT.split(words) if (read := _read(piece))]


@lru_cache(maxsize=5_000)
def _read(text: str) -> tuple[str, ...]:
    return tuple(words_in(text))


@lru_cache(maxsize=5_000)
def _set(text: str) -> frozenset[str]:
    return frozenset(words_in(text))


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
    if not _FEWEST <= len(piece) <= _MOST or len({*piece} & _set(quote)) < _LIKE * len({*piece}):
        return False
    if has(quote, piece) or _starts(piece, said):
        return False
    return max(_in_order(said, piece[begin:]) for begin in range(_FEWEST)) >= _LIKE * len(piece)


def _in_order(said: Sequence[str], words: Sequence[str]) -> int:
    """How many of the words stand in it one behind the other, with others between them or without."""
    at = found = 0
    for word in words:
        with suppress(ValueError):
            at, found = said.index(word, at) + 1, found + 1
    return found
