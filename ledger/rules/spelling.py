"""A slip of spelling: the same words, written otherwise. What else changes is told to readers as what it is."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, starmap
from typing import Final

from rapidfuzz.distance import Indel, LCSseq

from ledger import limits
from ledger.fact import Attribution, FactBody
from ledger.likeness import alike
from ledger.refusals import NotASlip
from ledger.rules.numbers_and_days import days_among, numbers_in, words_in
from ledger.rules.protecting import cut

_LETTERS: Final = 2  # of a word that come or go: one that is another, two that changed places
_SHORT: Final = 3  # letters of a word in which one that is another makes another word of it

_BELOW_ZERO: Final = re.compile(r"(?<![\w)])[-−](?=\W?\d)")
_IDEOGRAPH: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WITH_NUMBER: Final = re.compile(r"\d+")  # as in 5km
_ORDINALS: Final = frozenset({"st", "nd", "rd", "th"})


def check(before: FactBody, after: FactBody, language: str) -> None:
    """Refuses a change by which a fact says something else: another figure, date or source, a number, a word more or
    less, a word that is not alike."""
    for name in FactBody.model_fields:
        if alike(getattr(before, name), getattr(after, name)):
            continue
        texts = list(_texts(before, after, name))
        if not texts:
            raise NotASlip(why=f"another {_IN_WORDS.get(name, name)}", pointer=f"/{name}")
        for pointer, was, now in texts:
            why = _more_than_a_slip(was, now, language)
            if why is not None:
                raise NotASlip(why=why, pointer=pointer)


_IN_WORDS: Final = {"occurred": "date", "rests_on": "fact that it rests on", "unattributed": "attribution"}


def _texts(before: FactBody, after: FactBody, name: str) -> Iterator[tuple[str, str, str]]:
    """(JSON pointer, before, after) of each text of a field that may hold a slip; nothing where more than texts changes
    in it."""
    was, now = getattr(before, name), getattr(after, name)
    match name:
        case "statement" | "place" if was and now:
            yield f"/{name}", was, now
        case "entities" if len(was) == len(now):
            yield from (
                (f"/entities/{index}", *pair) for index, pair in enumerate(zip(was, now, strict=True))
            )
        case "attribution" if was and now:
            if [_bare(link) for link in was] == [_bare(link) for link in now]:
                for index, (one, other) in enumerate(zip(was, now, strict=True)):
                    yield f"/attribution/{index}/cue", one.cue, other.cue
                    yield f"/attribution/{index}/quote", one.quote or "", other.quote or ""


def _bare(link: Attribution) -> tuple[object, ...]:
    return link.source, link.speech, link.quote is None


def _more_than_a_slip(was: str, now: str, language: str) -> str | None:
    lost = Counter(numbers_in(was, language)) - Counter(numbers_in(now, language))
    if lost:
        return f"another number: {cut(next(iter(lost)))} is gone"
    if _signs(was) != _signs(now):
        return "another sign before or behind a number"
    places = list(_changed(words_in(was), words_in(now)))
    if sum(max(len(gone), len(new)) for _, gone, new in places) > limits.SLIPS:
        return f"more than {limits.SLIPS} other words"
    for before, gone, new in places:
        is_said_twice = not new and gone == before[-len(gone) :]
        if not is_said_twice and (not _is_spelling(before, gone, new) or _is_other_day(gone, new, language)):
            words = [f"“{cut(' '.join(words))}”" if words else "nothing" for words in (gone, new)]
            return f"other words: {words[1]} where {words[0]} stood"
    return None


def _signs(text: str) -> Counter[str]:
    """Those that say what a number is: below zero, of what money, of a hundred."""
    signs = [sign for sign in text if sign in "%‰" or unicodedata.category(sign) == "Sc"]
    return Counter([*signs, *("-" for _ in _BELOW_ZERO.finditer(text))])


def _ideographs(words: Sequence[str]) -> list[str]:
    """Each is a word, and another one another word; not those that stand there twice."""
    return [sign for sign, _ in groupby(_IDEOGRAPH.findall("".join(words)))]


def _is_spelling(before: Sequence[str], gone: Sequence[str], new: Sequence[str]) -> bool:
    """Whether they are the same words. before: those that stand before them; after a number a short one is a unit."""
    if _ideographs(gone) != _ideographs(new):
        return False
    letters_apart = Indel.distance("".join(gone), "".join(new))
    if not letters_apart or len(gone) != len(new):
        return letters_apart < _LETTERS and bool(gone and new)
    is_unit = bool(before) and before[-1].isdecimal() and len(gone[0]) <= _SHORT
    return not is_unit and all(starmap(_is_same_word, zip(gone, new, strict=True)))


def _is_same_word(one: str, other: str) -> bool:
    """Not where letters came or went before it: these are the likes of "un-" and "never"."""
    units = [_WITH_NUMBER.sub("", word) for word in (one, other) if _WITH_NUMBER.match(word)]
    if units and not _ORDINALS.issuperset(units) and min(map(len, units)) <= _SHORT:
        return False
    short, long = sorted((one, other), key=len)
    if long.endswith(short):
        return long == short[:1] + short
    if len(short) <= _SHORT and sorted(short) != sorted(long):
        return Indel.distance(short, long) < _LETTERS
    return Indel.distance(short, long) <= _LETTERS


def _changed(
    was: Sequence[str], now: Sequence[str]
) -> Iterator[tuple[Sequence[str], Sequence[str], Sequence[str]]]:
    """(all words before, what is gone, what is new) of each place where words changed."""
    for is_same, found in groupby(LCSseq.opcodes(was, now), lambda operation: operation.tag == "equal"):
        if not is_same:
            steps = list(found)
            start, to = steps[0], steps[-1]
            yield (
                was[: start.src_start],
                was[start.src_start : to.src_end],
                now[start.dest_start : to.dest_end],
            )


def _is_other_day(gone: Sequence[str], new: Sequence[str], language: str) -> bool:
    return not set(days_among(gone, language).values()) <= set(days_among(new, language).values())
