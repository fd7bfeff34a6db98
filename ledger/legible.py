"""What a text says to whoever reads it: escapes brought back to letters, what nobody sees left out, and words without
case, accents, and what only looks different.

Each step costs in proportion to the text.
"""

import html
import re
import unicodedata
from urllib.parse import unquote

from ledger.remembering import remembered_of_words

# Scripts that are written without spaces, or hang endings to a name: each letter is a word of its own.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]"
)
_MANY_SIGNS = re.compile(r"([^\w\s]{30})[^\w\s]+")
_OVERLAID = 1  # the class of signs that strike a letter through (Unicode Standard, 4.3)
_PLACED = 10  # that from which on they stand above or below one
# Letters in circles, squares and brackets, those that flags are made of, and the radicals of Chinese characters.
_ENCLOSED = re.compile("[\u2460-\u24ff\u2e80-\u2fd5\U0001f100-\U0001f1ff]")
# Unicode calls these letters; written they are signs within a word.
_APOSTROPHE = re.compile("[\u02b9-\u02bf\u02c8\u02ee\u07f4\u07f5\ua78b\ua78c]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
# Endings of the cases of names in Cyrillic, longest first.
_ENDINGS = re.findall(
    "[а-я]+", "ого ому ами ями ыми ими ым им ой ей ою ею ом ем ах ях ую юю ая яя ий ый а я у ю е ы и о ь"
)
_ENTITY = re.compile(r"&(?:#0*([0-9]{1,7});?|#[xX]0*([0-9a-fA-F]{1,6});?|[A-Za-z][A-Za-z0-9]{1,30};)")
_PUNYCODE = re.compile(r"\bxn--([a-z0-9-]{1,59})", re.IGNORECASE)  # so long is a label of a host
_OF_LATIN = re.compile(
    r"(?:LATIN (?:SMALL |CAPITAL )?LETTER|NEGATIVE \w+ LATIN (?:SMALL|CAPITAL) LETTER|REGIONAL INDICATOR SYMBOL LETTER)"
    r" (?:SMALL CAPITAL )?([A-Z])(?: WITH .+)?"
)
KEPT = 3  # letters that stay of a word, whatever it ends in


class _Alike(dict[int, str]):
    """Letters that stand for others, and those of other scripts that look like ours; what Unicode calls a Latin letter
    with something (“ł”) is that letter."""

    def __missing__(self, point: int) -> str:
        self[point] = _latin(chr(point)).lower()
        return self[point]


def _latin(letter: str) -> str:
    named = _OF_LATIN.fullmatch(unicodedata.name(letter, ""))
    return named[1] if named else letter


_ALIKE = _Alike(
    str.maketrans(
        {"ð": "d", "ı": "i", "þ": "th", "æ": "ae", "œ": "oe"}
        | dict(zip("авекмнорстухіјѕёԛԝѵһԁӏ", "abekmhopctyxijseqwvhdl", strict=True))
        | dict(zip("αβεηικνορτυχ", "abenikvoptux", strict=True))
        | dict(zip("ىیةک", "ييهك", strict=True))
    )
)


def legible(text: str) -> str:
    """Escapes of addresses and of HTML are brought back to letters; nothing is left that nobody sees.

    To put marks into their order takes the square of how many stand together: of more than thirty (Unicode Standard
    Annex 15, stream-safe) none that follows tells anything.
    """
    for _ in range(2):  # some are escaped twice
        if "%" in text:
            text = unquote(text)
        if "&" in text:
            text = _ENTITY.sub(_unescaped, text)
    text = _PUNYCODE.sub(_unpunycoded, text)
    if text.isascii():
        return text
    text = _APOSTROPHE.sub("\u2019", _ENCLOSED.sub(_disclosed, _UNSEEN.sub("", text)))
    return unicodedata.normalize("NFC", _MANY_SIGNS.sub(r"\1", text))


def _unescaped(entity: re.Match[str]) -> str:
    number = entity[1] or (entity[2] and str(int(entity[2], 16)))
    return html.unescape(f"&#{number};" if number else entity[0])


def _unpunycoded(label: re.Match[str]) -> str:
    try:
        return label[1].encode("ascii").decode("punycode")
    except (UnicodeError, OverflowError):
        return label[0]


def _disclosed(enclosed: re.Match[str]) -> str:
    plain = unicodedata.normalize("NFKC", enclosed[0])
    return "".join(filter(str.isalnum, plain)) or _latin(enclosed[0])


# --- Words -------------------------------------------------------------------------------------------------------


@remembered_of_words
def words(piece: str) -> tuple[str, ...]:
    """Of what stands together in a text the words, without case and accents: one, mostly."""
    return tuple(_WORD.findall(_folded(piece)))


def _folded(text: str) -> str:
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFC", "".join(filter(_is_told, apart)))
    return text.casefold()


def _is_told(letter: str) -> bool:
    """Not the accents: signs that have their place above or below a letter, or go through it."""
    kind = unicodedata.combining(letter)
    return kind < _PLACED and kind != _OVERLAID


@remembered_of_words
def letters(word: str) -> str:
    """Without what only looks different; “ue” as “u”, for that is how one writes “ü” without it."""
    if not word.isascii():
        word = word.translate(_ALIKE)
    for vowel in "aou":
        word = word.replace(f"{vowel}e", vowel)
    return word


@remembered_of_words
def stem(word: str) -> str:
    """And without the ending of a possessive or a case."""
    word = letters(_without_endings(word) if _CYRILLIC.search(word) else word)
    return word[:-1] if len(word) > KEPT and word.endswith("s") else word


def _without_endings(word: str) -> str:
    """Cut once, however many endings stand one behind the other: the cost is that of the word."""
    end = len(word)
    while ending := next((one for one in _ENDINGS if word.endswith(one, KEPT, end)), None):
        end -= len(ending)
    return word[:end]
