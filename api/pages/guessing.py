"""What may be meant by words of a copy that become a fact: guesses for a form, where somebody looks at them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from ledger import limits
from ledger.words import FactKind, Speech

_QUOTED: Final = re.compile(
    r"“([^”]+)”|\"([^\"]+)\"|«\s?([^»]+?)\s?»|„([^“”]+)[“”]|‘([^’]+)’(?!\w)|「([^」]+)」|『([^』]+)』"
)
_IN_WORDS: Final = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
]  # fmt: skip
_NO_UNIT: Final = {
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "am", "pm", "a.m",
    "p.m", "o’clock", "of", "in", "on", "at", "to", "and", "or", "by", "for", "the", "a", "an", "was", "were", "is",
    "are", "as", "from", "than", "more", "other", "others", "further",
}  # fmt: skip
_NUMBER: Final = re.compile(
    rf"(?<![\w.,:/-])(?:(\d{{1,3}}(?:,\d{{3}})+|\d+)(\.\d+)?|\b({'|'.join(_IN_WORDS)}))"
    r"(?:\s?(%)|[ -]([^\W\d_][\w’.-]*))",
    re.IGNORECASE,
)
_PLANNED: Final = re.compile(
    r"\b(will|is to|are to|plans? to|is expected to|are expected to)\b", re.IGNORECASE
)
_CLAIMED: Final = re.compile(
    r"\b(claim(s|ed)?|allege[sd]?|insist(s|ed)?|den(y|ies|ied)|accus\w+)\b", re.IGNORECASE
)

_CUE: Final = re.compile(
    r"\b(according to|told reporters|(?:has |have |had )?(?:announced|confirmed|denied|reported|reports|said|says|"
    r"wrote|writes|tweeted|posted|warned|added|claimed|claims|insisted|alleged|estimated|acknowledged))\b",
    re.IGNORECASE,
)


def quoted(words: str) -> str | None:
    """What stands between the first quotation marks."""
    found = _QUOTED.search(words)
    return next(filter(None, found.groups()), None) if found else None


def speech_of(words: str) -> Speech:
    """By the quotation marks: all of it said to the letter, some of it, or nothing."""
    if quoted(words) is None:
        return "indirect"
    return "partial" if re.search(r"\w", _QUOTED.sub("", words)) else "direct"


def cue_of(words: str) -> str | None:
    """The first words outside quotation marks that attribute."""
    found = _CUE.search(_QUOTED.sub("", words))
    return found[1].lower() if found else None


def figure_of(words: str) -> dict[str, str] | None:
    """The first number that has a unit behind it."""
    for found in _NUMBER.finditer(words):
        digits, fraction, word, percent, unit = found.groups()
        if percent or unit.rstrip(".").lower() not in _NO_UNIT:
            value = (
                str(_IN_WORDS.index(word.lower()) + 2) if word else digits.replace(",", "") + (fraction or "")
            )
            return {"value": value, "unit": percent or unit.rstrip(".")}
    return None


def kind_of(words: str) -> FactKind:
    if speech_of(words) == "direct":
        return "quote"
    if figure_of(words):
        return "figure"
    if _CLAIMED.search(words):
        return "claim"
    return "planned" if _PLANNED.search(words) else "event"


# Languages by the script that they are written in, as the names of its letters begin in Unicode; the first of them is
# guessed, unless letters say that it is another one.
_WRITTEN_IN: Final[Mapping[str, Sequence[str]]] = {
    "HEBREW": ("he", "yi"),
    "ARABIC": ("ar", "fa", "ur", "ps", "ckb", "ug", "sd"),
    "CYRILLIC": ("ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tg", "mn", "tt"),
    "GREEK": ("el",),
    "HANGUL": ("ko",),
    "KANA": ("ja",),
    "CJK": ("zh", "ja", "yue"),
    "THAI": ("th",),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "BENGALI": ("bn", "as"),
    "GURMUKHI": ("pa",),
    "GUJARATI": ("gu",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "KANNADA": ("kn",),
    "MALAYALAM": ("ml",),
    "SINHALA": ("si",),
    "ARMENIAN": ("hy",),
    "GEORGIAN": ("ka",),
    "ETHIOPIC": ("am", "ti"),
    "KHMER": ("km",),
    "LAO": ("lo",),
    "MYANMAR": ("my",),
}
_LETTERS_OF: Final = {"پچژگ": "fa", "ٹڈڑے": "ur", "іїєґ": "uk", "ў": "be", "ђћџљњ": "sr"}
_NOT_IN_LATIN: Final = {language for written in _WRITTEN_IN.values() for language in written} - {
    "sr",
    "kk",
    "tt",
}
_LOOKED_AT: Final = 2_000  # letters


def language_of(text: str, offered: str) -> str:
    """The language that is offered, unless it is not written in the script of most of the letters."""
    letters = [letter for letter in text[:_LOOKED_AT] if letter.isalpha()]
    scripts = Counter(unicodedata.name(letter, "").partition(" ")[0] for letter in letters)
    kana = scripts.pop("HIRAGANA", 0) + scripts.pop("KATAKANA", 0)
    if kana:
        scripts["KANA"] = kana + scripts.pop("CJK", 0)
    script = scripts.most_common(1)[0][0] if scripts else ""
    language = offered.partition("-")[0].lower()
    if script == "LATIN":
        return "en" if language in _NOT_IN_LATIN else offered
    written = _WRITTEN_IN.get(script, (language,))
    if language in written:
        return offered
    said = (
        found for some, found in _LETTERS_OF.items() if not set(some).isdisjoint(letters) and found in written
    )
    return next(said, written[0])


def slug_of(name: str, otherwise: str) -> str:
    """A name in addresses, made of another; otherwise: where it has no letter that an address may have."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().replace("'", "")
    words = re.findall(r"[a-z0-9]+", plain)
    while words and len("-".join(words)) > limits.SLUG_LENGTH:
        words.pop()
    return "-".join(words) or otherwise
