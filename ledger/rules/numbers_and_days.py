"""The numbers and the days that a text tells, in the words of its language."""

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from itertools import islice, pairwise
from typing import Final

from text_to_num import alpha2digit

from ledger import limits
from ledger.dates import resolve
from ledger.likeness import look
from ledger.remembering import remembered, remembered_of_words

# A number in figures, with what groups its digits or begins its fraction, in whatever script. A blank groups them by
# three: behind a year it does not.
FIGURES: Final = re.compile(
    r"(?:\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3}(?!\d))+(?:[.,٫]\d+)*|\d+(?:[.,'’٫٬]\d+)*)"
)
# Nor is the second one two: "2nd" is what that is read as.
_IN_WORDS: Final = re.compile(rf"{FIGURES.pattern}(?![^\W_])")
# A thousand, a million … that was a word behind a number.
SCALE: Final = re.compile("1(?:000)+")
MOST_DIGITS: Final = 24
# Languages that begin a fraction with a point; others begin it with a comma.
_POINT: Final = frozenset({"en", "zh", "ja", "ko", "th", "he", "hi", "bn", "ur", "ta"})
_WORD: Final = re.compile(r"\w+")
_SOME_DAY: Final = date(2000, 1, 5)  # against which days are read; which one it is makes no difference


def numbers_in(text: str, language: str) -> list[str]:
    """Each number in the text, in figures; words for numbers in some languages alone."""
    return _numbers(text, in_figures(text, language))


def values_in(text: str, language: str) -> set[str]:
    """What each number in the text comes to, whatever it is written with: 12,000 and 12 thousand are the same."""
    return {*_values(text, language)}


@remembered
def _values(text: str, language: str) -> frozenset[str]:
    read = in_figures(text, language)
    found = {value(figures, language) for figures in _numbers(text, read)}
    for one, scale in pairwise(FIGURES.finditer(read)):
        is_scaled = scale.start() - one.end() == 1 and SCALE.fullmatch(scale[0])
        if is_scaled and len(one[0]) + len(scale[0]) <= MOST_DIGITS:
            found.add(without_zeros(f"{Decimal(value(one[0], language)) * int(scale[0]):f}"))
    return frozenset(found)


def with_values(text: str, language: str) -> str:
    """The text, with what they come to in the place of its numbers."""
    return _SCALED.sub(lambda match: _product(match, language), in_figures(text, language))


_SCALED: Final = re.compile(rf"({FIGURES.pattern})(?: ({SCALE.pattern})(?!\d))?")


def _product(match: re.Match[str], language: str) -> str:
    number, scale = value(match[1], language), match[2]
    if scale is None or len(number) + len(scale) > MOST_DIGITS:
        return number + (f" {scale}" if scale else "")
    return without_zeros(f"{Decimal(number) * int(scale):f}")


def is_number(word: str, language: str) -> bool:
    """Whether it tells one, or a part of one."""
    return any(map(str.isdigit, word)) or (len(word) <= _LONGEST and _is_number(word, language))


_LONGEST: Final = 60  # letters of a number in words


@remembered_of_words
def _is_number(word: str, language: str) -> bool:
    return in_figures(word, language) != word


def joins_numbers(one: str, word: str, other: str, language: str) -> bool:
    """Whether it makes one number of two, such as the "and" of "a hundred and two"."""
    return is_number(one, language) and " " not in in_figures(f"{one} {word} {other}", language)


def has_point(language: str) -> bool:
    """Whether a point begins a fraction in it."""
    return language.partition("-")[0].lower() in _POINT


def value(figures: str, language: str) -> str:
    """The number that the figures are in this language, without what groups its digits."""
    if figures.isascii() and figures.isdecimal():
        return figures.lstrip("0") or "0"
    whole, sign, rest = _LAST_SIGN.fullmatch(in_ascii(figures)).groups("")  # type: ignore[union-attr]
    point = "." if has_point(language) else ","
    is_fraction = sign == "٫" or (
        sign and sign in ".," and sign not in whole and (sign == point or len(rest) != _GROUP)
    )
    digits = re.sub(r"\D", "", whole)
    return without_zeros(f"{digits}.{rest}" if is_fraction else f"{digits}{rest}")


_LAST_SIGN: Final = re.compile(r"(?:(.*)(\D))?(\d+)")
_GROUP: Final = 3  # digits that stand together


def in_ascii(figures: str) -> str:
    """Its digits, whatever script they are of, as 0 to 9."""
    if figures.isascii():
        return figures
    return "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in figures)


def without_zeros(number: str) -> str:
    whole, _, rest = number.partition(".")
    return ".".join(filter(None, (whole.lstrip("0") or "0", rest.rstrip("0"))))


def _numbers(text: str, read: str) -> list[str]:
    """Of a text as it is, and with its words for numbers in figures: where a word stands behind figures, as in "1.2
    million", it is a number by itself."""
    in_words = (match[0] for match in _IN_WORDS.finditer(read))
    return list(dict.fromkeys([*(match[0] for match in FIGURES.finditer(text)), *in_words]))


def in_figures(text: str, language: str) -> str:
    """The text, its words for numbers in figures, where these are known in its language."""
    text = without_ten_thousands(text)
    with suppress(ValueError):  # a language that it does not know
        text = alpha2digit(text, language.partition("-")[0].lower(), threshold=0)
    return text


# As numbers are written in East Asia: "1万2000", "3億5000万".
_TEN_THOUSANDS: Final = re.compile(
    r"(\d{1,9}(?:,\d{3})*(?:\.\d{1,9})?)\s?(?:([億亿억])(?:\s?(\d,?\d{0,3})\s?[万萬만])?|[万萬만])(?:\s?(\d,?\d{0,3})(?![\d,]))?"
)


def without_ten_thousands(text: str) -> str:
    return text if text.isascii() else _TEN_THOUSANDS.sub(_in_ten_thousands, text)


def _in_ten_thousands(match: re.Match[str]) -> str:
    first, is_larger, second, rest = match.groups()
    whole = Decimal(in_ascii(first).replace(",", "")) * (10**8 if is_larger else 10**4)
    more, last = (int((one or "0").replace(",", "")) for one in (second, rest))
    whole += more * 10**4 + last
    return without_zeros(f"{whole:f}")


def words_in(text: str) -> list[str]:
    """As they look, without case."""
    return [*_words(text)]


@remembered
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(look(text).casefold()))


def days_among(words: Iterable[str], language: str) -> dict[str, str | None]:
    """Of the words those that name a day or a month by themselves, with which one; of the first of them only, for a
    calendar of another language takes its time."""
    found = {}
    for word in islice(words, limits.DAYS_READ):
        read = resolve(word, _SOME_DAY, tense="past", language=language)
        if read.status != "unresolved":
            found[word] = read.edtf
    return found
