"""What of a fact no longer fits its statement: the number in its figure, the words in its quotes.

Nothing is refused for it: a statement may say "a dozen". Whoever files is told.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from ledger import limits
from ledger.commands import ReportFact
from ledger.fact import FactBody
from ledger.likeness import look
from ledger.rules.numbers_and_days import FIGURES, SCALE, in_ascii, in_figures, numbers_in, without_zeros
from ledger.rules.numbers_told import Number, Numbers, numbers
from ledger.rules.protecting import cut
from ledger.rules.quoted import quoted_in

_GROUPS: Final = re.compile(r"[ '’\u00a0\u2009\u202f٬]")
# Above a billion they have names of their own, and below a tenth nobody speaks of tenths.
_SCALES: Final = tuple(Decimal(10) ** power for power in range(13))
# One is a word for many things, and none as well.
_NO_NUMBER: Final = (Decimal(0), Decimal(1))
_WITH_WORD: Final = re.compile(rf"({FIGURES.pattern})[ \u00a0\u202f-]([^\W\d_]+)")
_EDGES: Final = re.compile(r"^\W+|\W+$")


def found(fact: FactBody | ReportFact, language: str) -> list[dict[str, str]]:
    """What a receipt says of it, in `warnings`: pointer and detail of each; nothing where all fits."""
    return [*_of_figure(fact, language), *_of_quotes(fact)][: limits.ATTRIBUTIONS]


def _of_figure(fact: FactBody | ReportFact, language: str) -> Iterator[dict[str, str]]:
    if fact.figure is None:
        return
    value = abs(Decimal(fact.figure.value))
    said = [(words, number) for words in numbers_in(fact.statement, language) for number in _read(words)]
    others = list(dict.fromkeys(words for words, number in said if number not in _NO_NUMBER))
    if (
        others
        and not any(number * scale == value for _, number in said for scale in _SCALES)
        and not _may_be_said(f"{value:f}", fact.statement, language)
    ):
        yield {
            "pointer": "/figure/value",
            "detail": (
                f"The figure is {fact.figure.value}; the statement has "
                f"{cut(' and '.join(_as_told(others, fact.statement, language)[:3]))}."
            ),
        }


def _as_told(numbers: list[str], statement: str, language: str) -> list[str]:
    """With the word behind it that makes it so many times as much: 3.6 million."""
    scaled = {
        match[1]: match[0]
        for match in _WITH_WORD.finditer(statement)
        if SCALE.fullmatch(in_figures(match[2], language))
    }
    told = [scaled.get(number, number) for number in numbers]
    return [one for one in told if not (scaled and SCALE.fullmatch(one))]


def _may_be_said(value: str, statement: str, language: str) -> bool:
    """Whether it is what the statement says in round numbers, or in a way that nobody reads: "half a million"."""
    said = numbers(statement, language)
    figure = Number(frozenset({without_zeros(value)}), "many")
    return Numbers(said).tell(figure) or not any(one.is_certain for one in said)


def _read(figures: str) -> Iterator[Decimal]:
    """What it may come to: 1.250 is a thousand or one and a quarter, as the language has it: both."""
    digits = _GROUPS.sub("", in_ascii(figures)).replace("٫", ".")
    for text in {
        digits.replace(",", ""),
        digits.replace(".", "").replace(",", "."),
        digits.replace(",", "."),
    }:
        try:
            yield Decimal(text)
        except InvalidOperation:
            continue


def _of_quotes(fact: FactBody | ReportFact) -> Iterator[dict[str, str]]:
    quotes = [
        (index, look(link.quote).casefold())
        for index, link in enumerate(fact.attribution or ())
        if link.quote
    ]
    if not quotes:
        return
    for _, _, words in quoted_in(fact.statement):
        bare = _EDGES.sub("", look(words)).casefold()
        if not any(bare in quote for _, quote in quotes):
            yield {
                "pointer": f"/attribution/{quotes[-1][0]}/quote",
                "detail": f"The statement quotes “{cut(words)}”; the words said, as filed, do not have that.",
            }
