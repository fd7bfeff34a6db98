"""What may be meant by words of a copy that become a fact: guesses for a form, where somebody looks at them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from ledger import limits
from ledger.rules.numbers_and_days import in_ascii
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
# With a unit behind them they are a part of it: readers read "3.2 million pounds", and so does the statement.
_SCALES: Final = "hundred|thousand|million|billion|trillion|ألف|آلاف|مليون|ملايين|مليار|مليارات"
# Behind figures without a blank: words of Japanese in its letters for foreign words, and what it counts by.
_COUNTED_BY: Final = r"[万億兆]?(?:[ァ-ヶー]+|[人円件台本歳頭匹名棟隻機軒])"
_NUMBER: Final = re.compile(
    r"(?<![.,:/٫٬-])(?<![^\W\u3040-\u30ff\u3400-\u9fff])"
    rf"(?:(\d{{1,3}}(?:[,٬]\d{{3}})+|\d+)([.٫]\d+)?|\b({'|'.join(_IN_WORDS)}))"
    rf"(?:\s?(%)|({_COUNTED_BY})|[ -]((?:(?:{_SCALES})[ -](?=[^\W\d_]))?)([^\W\d_][\w’.-]*))",
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
    r"wrote|writes|tweeted|posted|warned|added|claimed|claims|insisted|alleged|estimated|acknowledged)|"
    r"(?:قال|أعلن|أكد|أضاف|صرح|ذكر)ت?|وفقا ل|بحسب)\b|"
    r"(によると|と(?:述べ|語っ|話し|言っ|伝え|発表し|明らかにし)た)",
    re.IGNORECASE,
)
# Somebody's words to the letter, whatever stands beside them to say whose they are.
_BEFORE: Final = re.compile(r"""\s*["“«„‘「『]([^"”»“’」』]+)["”»“’」』](と?)""")
_BEHIND: Final = re.compile(r"""([:：]|,)\s*["“«„‘「『][^"”»“’」』]+["”»“’」』][\s.]*$""")


def quoted(words: str) -> str | None:
    """What stands between the first quotation marks."""
    found = _QUOTED.search(words)
    return next(filter(None, found.groups()), None) if found else None


def speech_of(words: str) -> Speech:
    """By the quotation marks: all of it said to the letter, some of it, or nothing."""
    if quoted(words) is None:
        return "indirect"
    is_partial = re.search(r"\w", _QUOTED.sub("", words)) and not _is_said(words)
    return "partial" if is_partial else "direct"


def _is_said(words: str) -> bool:
    """Whether it is a quotation and who said it: “We won,” she said."""
    first, last = _BEFORE.match(words), _BEHIND.search(words)
    if first and (first[2] or (cue_of(words) and first[1].rstrip()[-1:] in (*",.!?…،",))):
        return True
    return bool(last and (last[1] != "," or cue_of(words)))


def cue_of(words: str) -> str | None:
    """The first words outside quotation marks that attribute."""
    found = _CUE.search(_QUOTED.sub("", words))
    return found[0].lower() if found else None


def figure_of(words: str) -> dict[str, str] | None:
    """The first number that has a unit behind it."""
    for found in _NUMBER.finditer(words):
        digits, fraction, word, percent, counter, scale, unit = found.groups()
        if unit and unit.rstrip(".").lower() in _NO_UNIT:
            unit, scale = scale.rstrip(" -"), ""  # three million in May
        if percent or counter or unit:
            value = (
                str(_IN_WORDS.index(word.lower()) + 2)
                if word
                else re.sub("[,٬]", "", in_ascii(digits)) + in_ascii(fraction or "").replace("٫", ".")
            )
            return {"value": value, "unit": percent or counter or f"{scale.lower()}{unit.rstrip('.')}"}
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
