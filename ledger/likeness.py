"""What looks the same. What a person sends is kept as it was sent; whether it changes anything is asked of its look."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel

from ledger.remembering import remembered
from ledger.words import INVISIBLE

# Ends of lines, however they are written; U+2029 and others end one, too (Unicode Standard Annex 14).
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BLANK: Final = r" \t\xa0\u115f\u1160\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\uffa0"
_BLANKS = re.compile(f"[{_BLANK}]+")
_AT_LINE_END = re.compile(" *\n *")
_MANY_SIGNS = re.compile(r"[^\w\s]{31,}")
# What may show by what stands before it: variation selectors, joiners, and what turns the direction, where something
# runs from right to left. Everything else that is invisible shows nothing anywhere.
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d\u180f"
_JOINERS = "\u200c\u200d"
_MARKS_OF_DIRECTION = "\u200e\u200f\u061c"
_TURNING = "\u202a-\u202e\u2066-\u2069"
_NEVER_SHOWN = re.compile(
    f"(?![{_SELECTORS}{_JOINERS}{_MARKS_OF_DIRECTION}{_TURNING}\u0600-\u0605\u06dd\u070f\n ])[{INVISIBLE}]"
)
_SELECTED = re.compile(f"(.?)([{_SELECTORS}]+)")
_JOINED = re.compile(f"(.?)([{_JOINERS}]+)")
_DIRECTED = re.compile(f"[{_MARKS_OF_DIRECTION}{_TURNING}]+")
_TURNS_LEFT = re.compile("[\u202b\u202e\u2067]")
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def look(text: str) -> str:
    """The text as it looks: two that give the same cannot be told apart. Costs time in proportion to its length."""
    text = _LINE_END.sub("\n", text)
    if not text.isascii():
        text = _normal(_NEVER_SHOWN.sub("", _BLANKS.sub(" ", text)))
        text = _SELECTED.sub(_if_it_selects, _JOINED.sub(_if_it_joins, text))
        if not _RIGHT_TO_LEFT.search(text) and not _TURNS_LEFT.search(text):
            text = _DIRECTED.sub("", text)
        text = _normal(text)  # what stood between a letter and its mark is gone
    return _AT_LINE_END.sub("\n", _BLANKS.sub(" ", text)).strip(" \n")


_look = remembered(look)


def _normal(text: str) -> str:
    """NFC; of more than thirty marks in a row in pieces (Unicode Standard Annex 15, stream-safe): to put marks in order
    takes the square of their number."""
    return unicodedata.normalize("NFC", _MANY_SIGNS.sub(_in_pieces, text))


def _in_pieces(found: re.Match[str]) -> str:
    run = found[0]
    return "\u034f".join(run[at : at + 30] for at in range(0, len(run), 30))


def _if_it_joins(found: re.Match[str]) -> str:
    """Joiners shape the letters of Arabic and of the scripts of India, and emoji; letters with a case, blanks and signs
    look the same without."""
    before, joiners = found.groups()
    shapes = before and not before.isascii() and before.lower() == before.upper()
    return before + joiners[:1] if shapes else before


def _if_it_selects(found: re.Match[str]) -> str:
    """A selector chooses how a sign or an ideograph is drawn; letters with a case and blanks have one way alone."""
    before, selectors = found.groups()
    shapes = before and not before.isspace() and before.lower() == before.upper()
    return before + selectors[:1] if shapes else before


def alike(one: Any, other: Any) -> bool:
    """Whether two values of the same kind look the same, whatever texts are in them."""
    if one == other:
        return True
    if isinstance(one, str) and isinstance(other, str):
        return _look(one) == _look(other)
    if isinstance(one, BaseModel) and type(one) is type(other):
        return alike(one.__dict__, other.__dict__)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
    if isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, str):
        return len(one) == len(other) and all(map(alike, one, other))
    return False


def places(text: str, offsets: Sequence[int]) -> dict[int, int]:
    """For each offset into a text, how many code points that show stand before it; as in one that looks the same."""
    shown, at, found = 0, 0, {}
    for offset in sorted({*offsets}):
        shown += len(_BLANKS.sub("", look(text[at:offset])).replace("\n", ""))
        found[offset] = shown
        at = offset
    return found


def same_name(one: str, other: str) -> bool:
    """Whether two people would be taken for one by what they are called."""
    return _called(one) == _called(other)


def _called(name: str) -> str:
    """Without case and blanks, and compatible letters as one (Unicode Standard Annex 15, NFKC)."""
    return _BLANKS.sub("", look(unicodedata.normalize("NFKC", name))).casefold()
