"""What a text is found by: its words, however they are spelt, in whatever form, each with its place in the text.

It is worked out here and never by the database, whose locale may take a quotation mark for a letter. Three rules:

- A word is letters, digits and their marks. Words that one sign holds together (COVID-19, O’Brien, U.S., 1,000) are
  found apart and in one, so that it does not matter how somebody spells them.
- Scripts that are written without spaces, and Korean, whose endings are written to the word, are cut into pairs of
  letters that overlap; words of them are found as pairs that follow each other.
- A word is kept folded (see `fold`), and once more as its stem in the language of the text, under a mark of that
  language: `/enarriv` is the English stem of arrived. No word of a text holds a `/`.
"""

import re
import threading
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby, pairwise, repeat
from typing import Final, NamedTuple

import Stemmer

from ledger import limits
from ledger.withheld import Stretches
from projections.views.search.function_words import FUNCTION_WORDS

# --- Folding -----------------------------------------------------------------------------------------------------

# Letters that Unicode does not take apart, as they are typed where the keyboard has none of them; and Arabic letters
# that are written one for another.
_PLAIN: Final = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ɖ": "d", "ɗ": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ȷ": "j",
        "ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k", "ƙ": "k", "ə": "e", "ɛ": "e", "ɔ": "o", "ɓ": "b", "ƒ": "f", "ɨ": "i",
        "ʉ": "u", "ƶ": "z", "ȼ": "c", "ɇ": "e", "ɉ": "j", "ɍ": "r", "ɏ": "y", "ⱥ": "a", "ⱦ": "t", "ƀ": "b", "ǥ": "g",
        "ґ": "г",
        "ى": "ي", "ی": "ي", "ے": "ي", "ک": "ك", "ة": "ه", "ہ": "ه", "ە": "ه", "ھ": "ه", "ٱ": "ا",
    }
)  # fmt: skip
# How the same letters are spelt out.
_SPELT_OUT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "đ": "dj"})
# Signs above and below letters that a reader may leave away: of Latin, Greek, Cyrillic, Hebrew, Arabic and Syriac. In
# other scripts they are vowels, or make another letter.
_SIGNS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u08d3-\u08ff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
    "\ufe20-\ufe2f\u02b0-\u02ff"
)
# What does not show: soft hyphens, joiners, fillers, marks of direction, selectors of variants.
_HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff"
)
_LEFT_AWAY = re.compile(f"[{_SIGNS}{_HIDDEN}]")


def fold(word: str) -> str:
    """The word as it is compared: full width or not, in capitals or not, composed or not, with or without the signs
    that readers leave away. Folding twice changes nothing more."""
    if word.isascii():
        return word.lower()
    word = _taken_apart(_taken_apart(word).casefold()).translate(_PLAIN)
    return unicodedata.normalize("NFC", "".join(map(_plain_letter, word)))


def _taken_apart(word: str) -> str:
    return _LEFT_AWAY.sub("", unicodedata.normalize("NFKD", word))


def _plain_letter(letter: str) -> str:
    """Nothing where it is no part of a word; a digit of any script as 0 to 9."""
    if letter.isascii():
        return letter.lower() if letter.isalnum() else ""
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    return letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else ""


# --- Cutting -----------------------------------------------------------------------------------------------------

# Bopomofo, kana, Han, Hangul, Yi; Thai, Lao, Myanmar, Khmer, Tai and Javanese letters: without their digits and stops.
_UNSEGMENTED = (
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U0001b000-\U0001b16f\U00020000-\U0003ffff"
    "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7a3\ud7b0-\ud7ff\uffa0-\uffdc\ua000-\ua48f"
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ec6\u0ec8-\u0ece\u0edc-\u0edf\u1000-\u103f\u1050-\u108f\u109a-\u109d"
    "\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa76\uaa7a-\uaa7f\u1780-\u17d3\u17d7\u17dc\u17dd"
    "\u1950-\u1974\u1980-\u19c9\u1a20-\u1a7c\uaa80-\uaadf\ua980-\ua9c0"
)


@cache
def _inside() -> str:
    r"""What may stand in a word besides letters and digits: marks, which `\w` does not hold; so they are looked up."""
    ranges: list[list[int]] = []
    for code in range(0x300, 0x20000):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges) + _HIDDEN


@cache
def _words() -> re.Pattern[str]:
    """Runs of unsegmented letters, and words of others."""
    letter = rf"[^\W_{_UNSEGMENTED}]"
    return re.compile(
        rf"(?P<run>[{_UNSEGMENTED}][{_UNSEGMENTED}{_inside()}]*)|{letter}(?:{letter}|[{_inside()}])*",
    )


@cache
def _letters() -> re.Pattern[str]:
    """A letter with what belongs to it: marks, jamo of the same syllable, signs of half-width kana."""
    return re.compile(rf".[{_inside()}\u1160-\u11ff\uff9e\uff9f]*", re.DOTALL)


_APOSTROPHES: Final = frozenset("'’‘＇`´")
_TIES: Final = _APOSTROPHES | frozenset("-‐‑&·‧")  # hold a word together that may be written in one
_THOUSANDS: Final = frozenset(".,\u00a0\u202f\u2009")
_JOINING: Final = _TIES | _THOUSANDS
_TIED: Final = 6  # words at most


class Part(NamedTuple):
    """A word of a text, or a run of unsegmented letters. start, end: code points of the text; place: among the words
    of the text, of a run that of its first letter; length: how many places it takes."""

    start: int
    end: int
    place: int
    word: str
    is_run: bool
    length: int = 1


def chains(text: str, place: int = 1) -> Iterator[list[Part]]:
    """The words of a text in order, those together that nothing or one joining sign stands between."""
    chain: list[Part] = []
    for found in _words().finditer(text):
        start, end = found.span()
        word, is_run = found.group(), found.lastgroup is not None
        if is_run:
            word = fold(word)
            if not word:
                continue
        if chain:
            gap = start - chain[-1].end
            if gap > 1 or (gap and text[start - 1] not in _JOINING):
                yield chain
                chain = []
        part = Part(start, end, place, word, is_run, len(word) if is_run else 1)
        place += part.length
        chain.append(part)
    if chain:
        yield chain


@dataclass(frozen=True, slots=True)
class Tied:
    """Words of a text in one, where they may as well be written so: obrien, covid19, us, 1000."""

    parts: Sequence[Part]
    word: str
    is_acronym: bool = False


def tied(text: str, chain: Sequence[Part]) -> Iterator[Tied]:
    """Of the words of a chain those that go together; with an s behind an apostrophe and without."""
    if len(chain) == 1:
        return
    between = [_tie(text[before.end : part.start], before, part) for before, part in pairwise(chain)]
    first = 0
    for tie, same in groupby(between):
        parts = chain[first : first + len(list(same)) + 1]
        first += len(parts) - 1
        words = [part.word for part in parts]
        if tie == "" or len(parts) > _TIED:
            continue
        if tie == "-":
            yield Tied(parts, "".join(words))
            if len(parts) > 2 and is_possessive(text, parts):
                yield Tied(parts[:-1], "".join(words[:-1]))
        elif all(len(fold(word)) == 1 for word in words) and tie == ".":
            yield Tied(parts, "".join(words), is_acronym=True)
        elif _is_grouped([fold(word) for word in words]):
            yield Tied(parts, "".join(words))


def _tie(sign: str, before: Part, part: Part) -> str:
    """What holds two words together: a sign of thousands, or - for any other; nothing where nothing does."""
    if before.is_run or part.is_run or not sign:
        return ""
    return "-" if sign in _TIES else sign


def _is_grouped(digits: Sequence[str]) -> bool:
    return (
        all(word.isascii() and word.isdecimal() and len(word) <= 3 for word in digits)
        and len(digits[-1]) == 3
    )


def is_possessive(text: str, chain: Sequence[Part]) -> bool:
    """Whether it ends as Korea’s does."""
    return has_apostrophe(text, chain[-2:]) and fold(chain[-1].word) == "s"


def has_apostrophe(text: str, chain: Sequence[Part]) -> bool:
    """Whether one follows the first word of a chain."""
    return len(chain) > 1 and text[chain[0].end : chain[1].start] in _APOSTROPHES


# --- Lexemes -----------------------------------------------------------------------------------------------------

ACRONYM: Final = "/."  # before what is written as one: so the U.S. is not found by "let us go"
_LETTERS: Final = 100  # of a lexeme; PostgreSQL takes 2,046 bytes
_STEMMED: Final = 40  # letters; what is longer is no word of a language
_REMEMBERED: Final = 64  # letters of the longest word that is

_LATIN, _CYRILLIC, _ARABIC = (
    "a-zß-ÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľŀłńņňŉŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżžſșț",
    "а-џґ",
    "ء-ۓ",
)
# The stemmer of Snowball for a language, and the letters of words that it is asked about.
STEMMERS: Final[Mapping[str, tuple[str, str]]] = {
    **{
        language: (name, _LATIN)
        for language, name in {
            "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian", "pt": "portuguese",
            "nl": "dutch", "sv": "swedish", "da": "danish", "nb": "norwegian", "fi": "finnish", "hu": "hungarian",
            "ro": "romanian", "tr": "turkish", "ca": "catalan", "eu": "basque", "ga": "irish", "id": "indonesian",
            "lt": "lithuanian", "et": "estonian", "eo": "esperanto", "pl": "polish", "cs": "czech", "sr": "serbian",
            "st": "sesotho",
        }.items()
    },
    "ru": ("russian", _CYRILLIC),
    "el": ("greek", "ά-ώα-ωἀ-ῼ"),
    "hy": ("armenian", "ա-և"),
    "ar": ("arabic", _ARABIC),
    "fa": ("persian", _ARABIC),
    "hi": ("hindi", "\u0900-\u097f"),
    "ne": ("nepali", "\u0900-\u097f"),
    "ta": ("tamil", "\u0b80-\u0bff"),
    "yi": ("yiddish", "\u0590-\u05ff"),
}  # fmt: skip
# Languages that are written so alike that one stemmer does for them.
_AS: Final = {"no": "nb", "nn": "nb", "hr": "sr", "bs": "sr", "sh": "sr", "cnr": "sr", "sk": "cs", "ms": "id"}
_STEMMED_BY = {language: re.compile(f"[{letters}]") for language, (_, letters) in STEMMERS.items()}


def language_of(tag: str) -> str:
    """The language, of those that are told apart here, of a BCP 47 tag: no region, no script."""
    language = tag.partition("-")[0].lower()
    return _AS.get(language, language)


def marker(language: str) -> str:
    """The lexeme that every text of a language has."""
    return f"/{language}"


_stemmers = threading.local()  # one of them must not be used by two threads


def _stem(word: str, language: str) -> str:
    made: dict[str, Stemmer.Stemmer] = _stemmers.__dict__
    if language not in made:
        made[language] = Stemmer.Stemmer(STEMMERS[language][0], 0)
    return str(made[language].stemWord(word))


_FUNCTION_WORDS: Final = {
    language: frozenset(map(fold, words.split())) for language, words in FUNCTION_WORDS.items()
}


def languages() -> Iterable[str]:
    """Those whose function words are known."""
    return _FUNCTION_WORDS


def is_function_word(folded: str, language: str) -> bool:
    return folded in _FUNCTION_WORDS.get(language, ())


def stems(word: str, language: str) -> list[str]:
    """The stems of a word in a language, as lexemes. Also of the word without its signs, as it may be typed."""
    if language not in STEMMERS or len(word) > _STEMMED:
        return []
    folded = fold(word)
    if is_function_word(folded, language):
        return []
    written = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", word).lower().replace("i̇", "i"))
    if language == "pt":  # its stemmer leaves eleições and eleição apart
        written, folded = (re.sub("[õã]es$", "ão", written), re.sub("oes$", "ao", folded))
    return [
        f"/{language}{fold(_stem(form, language))}"
        for form in dict.fromkeys((written, folded))
        if _STEMMED_BY[language].search(form)
    ]


def spellings(word: str) -> list[str]:
    """The lexemes of a word in whatever language: as it is folded, with its letters spelt out, a number without the s
    of its plural."""
    folded = fold(word)[:_LETTERS]
    found = [folded] if folded else []
    if not word.isascii():
        spelt_out = unicodedata.normalize("NFC", word).lower().translate(_SPELT_OUT)
        found.append(fold(spelt_out)[:_LETTERS])
    if folded[:-1].isdecimal() and folded[-1] == "s":
        found.append(folded[:-1])
    return [one for one in dict.fromkeys(found) if one]


def _lexemes(word: str, language: str) -> tuple[str, ...]:
    found = spellings(word) + stems(word, language)
    if 2 <= len(word) <= 6 and word.isupper() and word.isalpha():
        found.append(ACRONYM + fold(word))
    return tuple(dict.fromkeys(found))


_remembered = lru_cache(maxsize=50_000)(_lexemes)


def lexemes_of(word: str, language: str) -> tuple[str, ...]:
    """All that a word of a text in a language is found by."""
    return _remembered(word, language) if len(word) <= _REMEMBERED else _lexemes(word, language)


def pairs(run: str) -> Iterator[str]:
    """The lexemes of a run of unsegmented letters, one for each place: each letter with the next, the last alone."""
    for index in range(len(run)):
        yield run[index : index + 2]


class Token(NamedTuple):
    """What stands at a place of a text, and what that is found by."""

    place: int
    start: int
    end: int
    lexemes: tuple[str, ...]


def tokens(text: str, language: str, place: int = 1) -> Iterator[Token]:
    """In the order of the text; a chain that is found in one comes before its words."""
    for chain in chains(text, place):
        in_one: dict[int, list[Token]] = {}
        for one in tied(text, chain):
            first, last = one.parts[0], one.parts[-1]
            found = lexemes_of(one.word, language)
            if one.is_acronym:
                found = (*found, ACRONYM + fold(one.word))
            in_one.setdefault(first.place, []).append(Token(first.place, first.start, last.end, found))
        for part in chain:
            yield from in_one.get(part.place, ())
            if part.is_run:
                yield from _of_a_run(text, part)
            else:
                yield Token(part.place, part.start, part.end, lexemes_of(part.word, language))


def _of_a_run(text: str, part: Part) -> Iterator[Token]:
    ends = _ends(text[part.start : part.end], part)
    for index, pair in enumerate(pairs(part.word)):
        start = part.start + (ends[index - 1] if index else 0)
        end = part.start + ends[min(index + 1, len(ends) - 1)]
        yield Token(part.place + index, start, end, (pair,))


def _ends(written: str, part: Part) -> Sequence[int]:
    """Where in a run each of its folded letters ends: not every one is written as one."""
    if written == part.word:
        return range(1, len(written) + 1)
    ends = [letter.end() for letter in _letters().finditer(written) for _ in fold(letter.group())]
    return ends if len(ends) == len(part.word) else [len(written)] * len(part.word)


# --- What is stored ----------------------------------------------------------------------------------------------

_PLACES: Final = 8_000  # of one vector; PostgreSQL counts to 16,383
_TIMES: Final = 255  # that a lexeme occurs in one; PostgreSQL keeps no more
_SHORT: Final = 2_000  # letters; of more, one vector may not hold all places
_OVERLAP: Final = limits.NAME_LENGTH  # places that the next one has as well: no question is longer
_APART: Final = 2  # places between texts, so that no phrase reaches from one into the other


# Each with whether readers see it, or the stretches of it that they do not.
Texts = tuple[tuple[str, bool | Stretches], ...]
_Found = tuple[
    int, tuple[str, ...], bool
]  # a place; the lexemes there, as they are written; whether readers see it


def vectors(texts: Texts, language: str) -> list[tuple[str, str | None]]:
    """The texts as PostgreSQL reads a tsvector: all of them, and those that readers see, None where these are all.
    Mostly one; a long text comes to several, which overlap, since one holds only so many places."""
    is_all_seen = all(seen is True for _, seen in texts)
    if is_all_seen and (short := _vector_of_short(texts, language)) is not None:
        return [(short, None)]
    found: list[_Found] = []
    place = 1
    for text, seen in texts:
        start = place
        are_seen = repeat(seen) if isinstance(seen, bool) else _are_seen(text, seen)
        for chunk, is_seen in zip(_CHUNKS.findall(text), are_seen, strict=False):
            length, inside = _chunk(chunk, language)
            for offset, lexemes in inside:
                found.append((place + offset, lexemes, is_seen))
            place += length
        if place > start:
            place += _APART
    return [
        (
            _vector(piece, language),
            None if is_all_seen else _vector([one for one in piece if one[2]], language),
        )
        for piece in _pieces(found)
    ]


def _vector_of_short(texts: Texts, language: str) -> str | None:
    """The one vector of texts that are short, as nearly all are; None where it takes a closer look."""
    if sum(len(text) for text, _ in texts) > _SHORT:
        return None
    said = [f"'{marker(language)}'"]
    place, times = 1, 0
    # The fastest way: it is done for every word there is.
    say, remembered, chunks = said.append, _chunk_remembered, _CHUNKS.findall
    for text, _ in texts:
        start = place
        for chunk in chunks(text):
            length, inside = (
                remembered(chunk, language) if len(chunk) <= _REMEMBERED else _read_chunk(chunk, language)
            )
            for offset, lexemes in inside:
                at = place + offset
                if not times and at != 1:
                    return None
                times += 1
                say(f"{at} ".join(lexemes) + str(at))
            place += length
        if place > start:
            place += _APART
    return " ".join(said) if 0 < times <= _TIMES and place <= _PLACES else None


_CHUNKS: Final = re.compile(r"[^ \t\r\n]+")  # other spaces may join digits


def _are_seen(text: str, withheld: Stretches) -> Iterator[bool]:
    """Of each chunk whether readers see the whole of it."""
    ends = [end for _, end in withheld]
    for chunk in _CHUNKS.finditer(text):
        first = bisect_right(ends, chunk.start())  # that ends in it or beyond it
        yield first == len(withheld) or withheld[first][0] >= chunk.end()


# What is found in what stands between spaces, by its place in there; and how many places there are.
_Chunk = tuple[int, tuple[tuple[int, tuple[str, ...]], ...]]


def _read_chunk(chunk: str, language: str) -> _Chunk:
    # No lexeme holds a sign that would have to be written otherwise.
    inside = tuple(
        (token.place, tuple(f"'{lexeme}':" for lexeme in token.lexemes))
        for token in tokens(chunk, language, 0)
    )
    return (inside[-1][0] + 1 if inside else 0), inside


def _written(lexeme: str) -> str:
    return f"'{lexeme}':"


_chunk_remembered = lru_cache(maxsize=100_000)(_read_chunk)


def _chunk(chunk: str, language: str) -> _Chunk:
    return _chunk_remembered(chunk, language) if len(chunk) <= _REMEMBERED else _read_chunk(chunk, language)


def first_of(text: str, language: str, lexemes: Collection[str], beginnings: Collection[str]) -> int | None:
    """About where the first of the lexemes stands in a text, or of those that begin so; None where there is none.
    Quick: what is found in which word is remembered."""
    wanted, starts = frozenset(map(_written, lexemes)), tuple(f"'{beginning}" for beginning in beginnings)
    for chunk in _CHUNKS.finditer(text):
        if len(chunk.group()) > _REMEMBERED:  # a line without spaces, mostly; as it is written, mostly
            places = [text.find(one, *chunk.span()) for one in (*lexemes, *beginnings)]
            return min((place for place in places if place >= 0), default=chunk.start())
        for _, written in _chunk(chunk.group(), language)[1]:
            if not wanted.isdisjoint(written) or (starts and any(one.startswith(starts) for one in written)):
                return chunk.start()
    return None


def _pieces(found: Sequence[_Found]) -> Iterator[Sequence[_Found]]:
    """Each with its places counted from 1."""
    first = 0
    while True:
        base = found[first][0] - 1 if found else 0
        end = _end_of_piece(found, first, base)
        if base == 0 and end == len(found):
            yield found  # nearly always
            return
        yield [(place - base, lexemes, is_seen) for place, lexemes, is_seen in found[first:end]]
        if end == len(found):
            return
        overlapping = bisect_right(found, found[end][0] - _OVERLAP, first, key=lambda one: one[0])
        first = max(first + 1, overlapping)


def _end_of_piece(found: Sequence[_Found], first: int, base: int) -> int:
    if len(found) - first <= _TIMES and (not found or found[-1][0] - base <= _PLACES):
        return len(found)
    times: Counter[str] = Counter()
    for index in range(first, len(found)):
        place, lexemes, _ = found[index]
        times.update(lexemes)
        if place - base > _PLACES or any(times[lexeme] > _TIMES for lexeme in lexemes):
            return index
    return len(found)


def _vector(found: Sequence[_Found], language: str) -> str:
    if not found:
        return ""
    said = [f"'{marker(language)}'"]
    for place, lexemes, _ in found:
        written = str(place)
        for lexeme in lexemes:
            said.append(lexeme + written)  # noqa: PERF401  the fastest way: it is done for every word there is
    return " ".join(said)


def stored(vector: str) -> str:
    """As PostgreSQL writes what it has read: each lexeme once, in the order of bytes, which is that of letters."""
    places: dict[str, list[str]] = {}
    for one in vector.split():
        lexeme, _, place = one.partition(":")
        of_it = places.setdefault(lexeme, [])
        if place and (not of_it or of_it[-1] != place):
            of_it.append(place)
    return " ".join(
        f"{lexeme}:{','.join(places[lexeme])}" if places[lexeme] else lexeme for lexeme in sorted(places)
    )
