"""Words of the copy and the fact that they stand on: whether they tell another number than it does.

Nobody is to be asked about a number that may be right. So whatever may be the same number is, and "one", "hundreds", an
ordinal, and what belongs to a name ("G20") are no numbers that contradict another.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import chain, pairwise
from typing import Final, Literal, NamedTuple

from text_to_num import alpha2digit

from ledger.fact import FactBody
from ledger.remembering import remembered_of_words, remembering
from ledger.rules.numbers_and_days import (
    FIGURES,
    MOST_DIGITS,
    SCALE,
    has_point,
    in_ascii,
    in_figures,
    is_number,
    value,
    without_ten_thousands,
    without_zeros,
    words_in,
)

Kind = Literal["few", "many", "year", "time"]
# Which kinds of numbers may stand in the place of each: no few of something in that of a year.
_INSTEAD: Final[Mapping[Kind, frozenset[Kind]]] = {
    "few": frozenset({"few", "many"}),
    "many": frozenset({"few", "many", "year"}),
    "year": frozenset({"year", "many"}),
    "time": frozenset({"time"}),
}
_FEW: Final = 100
_SHORTEST: Final = 3  # letters
_YEAR: Final = re.compile(r"[12]\d{3}")
_TIME: Final = re.compile(
    r"(?<![\d:.,])(?:(\d{1,2})(?:[:.](\d{2}))?\s?([ap])\.?\s?m\b|(\d{1,2}):(\d{2})(?![\d:]))", re.IGNORECASE
)
_DATE: Final = re.compile(
    r"(?<!\d)\d{1,4}([./-])\d{1,2}\1(?:\d{4}|\d{1,2})(?!\d)|(?<![\d.])\d{1,2}\.\d{1,2}\.(?!\d)"
)
HYPHEN: Final = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")  # as in "twelve-year-old"
_SHORT: Final = re.compile(r"\s?(?:[kmbt]|[mbt]n|ml[nd]|mio|mrd|mds?|tsd|lakhs?|crores?)\b", re.IGNORECASE)
# What makes of it another number, which nobody reads: "two and a half", "three-quarters", "two dozen", "the 1990s".
_OF_A_NUMBER: Final = re.compile(
    r"\s?(?:[½¼¾⅓⅔]|and an? |\d+/\d)|['’]?s\b|/(?:10|[2-9])(?!\d)|[時时點点시分분]"
    r"|(?:\s\w+){0,2}\s(?:and a half|et demie?|y medi[oa]|e mezz[oa]|e mei[oa]|en een half|с половиной)\b"
    r"|\s\d+(?:rd|th)s?\b|\s(?:of|de|di)\s(?:thousands|millions|milliers|miles|migliaia|1(?:000)+)\b"
    r"|\s(?:hal(?:f|ves)|thirds?|quarters?|fifths?|tenths?|dozen|scores?|drittel|viertel|dutzend|tiers|quarts?|terc|cuart|docenas?)",
    re.IGNORECASE,
)
# Likewise, before it: "half past" in some languages, "tens of thousands".
_PART_OF_NEXT: Final = re.compile(
    r"\b(?:hal[bf]|(?:\d+|ten|dozen|score|hundred|thousand)s of|(?:dizaine|centaine|millier)s de"
    r"|(?:decenas|cientos|miles|centinaia|decine|migliaia|dezenas|centenas|milhares|tientallen) (?:de|di))\s\Z",
    re.IGNORECASE,
)
_WEEKS: Final = re.compile(
    r"\s?-?(?:weeks?|Wochen?|semaines?|semanas?|settiman[ae]|weken|недел)", re.IGNORECASE
)
_DAYS_OF_WEEK: Final = 7
# Three in four, of so many at most.
_SHARE: Final = re.compile(
    r"(\d{1,2})(?: (?:(?:in|of|out of)(?: every)?|von|sur|de cada|em cada|su|op de|av|из) | ?/ ?)(10|[2-9])(?!\d)",
    re.IGNORECASE,
)
_EVERY: Final = re.compile(r"\b(?:jede[rsmn]?|every) (10|[2-9])(?:\.|th|rd|nd)(?!\w)", re.IGNORECASE)
# Two weeks, and one, in languages that count the day on which they begin.
_FORTNIGHT: Final[Mapping[str, str]] = {"15": "14", "8": "7"}
_DAYS_OF_FORTNIGHT: Final = re.compile(r"\s(?:jours|días|dias|giorni)\b", re.IGNORECASE)
# Behind an hour, by which it is one of the second half of the day.
_EVENING: Final = re.compile(
    r"\s?(?:(?:Uhr|heures?|h|часов|часа)\s)?(?:\d{2}\s)?(?:o[’']clock )?"
    r"(?:in the (?:evening|afternoon)|at night|abends|nachmittags|nachts|du soir|de l[’']après-midi"
    r"|de la (?:tarde|noche)|d[ia] sera|del pomeriggio|da (?:tarde|noite)|[’']s (?:avonds|middags)|вечера|дня)\b",
    re.IGNORECASE,
)
_NOON: Final = 12
_SMALL: Final = 2  # digits of a number of hours or weeks
# Before a number that is round, and meant to be.
_ABOUT: Final = re.compile(
    r"\b(?:(?:more|less|fewer) than|over|under|nearly|almost|about|around|some|roughly|approximately|up to|close to"
    r"|mehr als|weniger als|über|unter|fast|rund|etwa|knapp|gut|bis zu|plus de|moins de|près de|environ|quelque|presque"
    r"|más de|menos de|casi|cerca de|un[oa]s|alrededor de)\s\Z",
    re.IGNORECASE,
)
_LONGEST_BEFORE: Final = 20  # letters of what stands before it
_ORDINAL: Final = re.compile(r"[^\W_]")
_ORDINAL_WITH_A_POINT: Final = re.compile(r"[^\W_]|\.\s")
_VAGUE: Final = re.compile("[01]|10{2,3}(?:000)*")  # as words: "one", "hundreds", "a million"
_PARTS: Final = ("2", "3", "4", "5", "6", "7", "8", "9", "10")  # of which a fraction is made
_NONE_OR_ONE: Final = ("0", "1")


class Number(NamedTuple):
    """values: what it may come to; is_certain: whether it contradicts another; is_short: what says whether these are
    thousands or millions, nobody has read; is_about: whether it is said to be round."""

    values: frozenset[str]
    kind: Kind
    is_certain: bool = True
    is_short: bool = False
    is_about: bool = False

    @property
    def digits(self) -> set[str]:
        """Which are the same, whatever power of ten it is told in."""
        return {one.replace(".", "").strip("0") for one in self.values}

    @property
    def is_round(self) -> bool:
        return self.is_about or (self.kind == "many" and any(one.endswith("00") for one in self.values))

    @property
    def rounded(self) -> set[str]:
        """What it may be told as in round numbers."""
        return set() if self.kind == "time" else set().union(*map(_rounded, self.values))

    @property
    def shortened(self) -> set[str]:
        """Of a fraction, what it is to the nearest with fewer digits behind the point."""
        return set().union(*map(_shortened, self.values))


@remembered_of_words
def _shortened(number: str) -> frozenset[str]:
    digits = len(number.partition(".")[2])
    if number.count(":") or not 0 < digits <= MOST_DIGITS:
        return frozenset()
    return frozenset(
        without_zeros(f"{Decimal(number).quantize(Decimal(1).scaleb(-left), ROUND_HALF_UP):f}")
        for left in range(digits)
    )


@remembered_of_words
def _rounded(number: str) -> frozenset[str]:
    """Down or to the nearest, and not by more than a tenth; of fewer than a hundred in tens, whatever that leaves."""
    if not number.isdecimal() or len(number) > MOST_DIGITS:
        return frozenset()
    whole, found = int(number), set()
    for digits in range(1, len(number)):
        unit = 10**digits
        for near in (whole // unit * unit, (whole + unit // 2) // unit * unit):
            if near and near != whole and (whole < _FEW or _TENTH * abs(near - whole) <= whole):
                found.add(str(near))
    return frozenset(found)


_TENTH: Final = 10
_PARTS_OF_SUM: Final = 4


class Numbers:
    """Those that texts tell together."""

    def __init__(self, numbers: Iterable[Number]) -> None:
        self._values: set[str] = set()
        self._round: set[str] = set()  # what they may be told as, in round numbers
        self._about: set[str] = set()  # those that are
        self._shortened: set[str] = set()
        self._digits: set[str] = set()
        self._short: set[str] = set()
        for number in numbers:
            self._values |= number.values
            self._round |= number.rounded
            self._shortened |= number.shortened
            self._digits |= number.digits
            if number.is_round:
                self._about |= number.values
            if number.is_short:
                self._short |= number.digits

    def tell(self, number: Number) -> bool:
        if number.values & self._values or number.rounded & self._about:
            return True
        if number.shortened & self._values or number.values & self._shortened:
            return True
        if number.is_round and number.values & self._round:
            return True
        digits = number.digits
        return bool(digits & self._short or (number.is_short and digits & self._digits))

    def lacking(self, others: Iterable[Number]) -> list[Number]:
        """Of others those that contradict, were these told in the place of them."""
        return [one for one in others if one.is_certain and not self.tell(one)]


# --- Words and their fact ----------------------------------------------------------------------------------------


def telling_other_numbers(
    passages: Sequence[tuple[str, str]], fact: FactBody, language: str
) -> Iterator[int]:
    """Which of the passages that stand on a fact, of each the words and these with some around them, tell a number that
    the fact does not, where the fact tells one that none of them does, or that this one does not and says the rest: to
    say more or less contradicts nothing."""
    said = [numbers(words, language) for words, _ in passages]
    if not any(said):
        return
    told = [*told_by(fact, language), *_days_of(fact, passages, language)]
    counts = [_counts_the_same(words, fact.statement, language) for words, _ in passages]
    if any(counts):
        told = _with_one(told)
        said = [
            _with_one(of_it) if is_counted else of_it for of_it, is_counted in zip(said, counts, strict=True)
        ]
    also = [*told, *also_told_by(fact, language)]
    itself, known = Numbers(also), Numbers([*also, *_together(told, fact.statement)])
    has_score, others = bool(_SCORE.search(fact.statement)), []
    for words, (text, _) in zip(said, passages, strict=True):
        is_score = bool(_SCORE.search(text))
        there = itself if is_score else known
        # Two scores are not the same for being as far apart.
        is_told = not (is_score and has_score) and _are_told_together(words, text, there)
        others.append([] if is_told else there.lacking(words))
    if not any(others):
        return
    beside = [numbers(text, language) for _, text in passages]
    lacking = Numbers(chain(*beside)).lacking(told)
    for place, words in enumerate(others):
        if words and _says_the_rest(passages[place][0], fact, language):
            lacking_here = Numbers(beside[place]).lacking(told)
        else:
            lacking_here = lacking
        if _contradict(words, lacking_here):
            yield place


def _are_told_together(parts: Sequence[Number], text: str, known: Numbers) -> bool:
    """As "eight adults and four children" are twelve."""
    return any(known.tell(one) for one in _together(parts, text))


def _together(parts: Sequence[Number], text: str) -> Iterator[Number]:
    """What a few of them come to; of a score, by how much it was won. An age and a year of birth come to nothing."""
    if not 1 < len(parts) <= _PARTS_OF_SUM or any(one.kind == "year" for one in parts):
        return
    whole = [min(one.values) for one in parts if len(one.values) == 1]
    if len(whole) < len(parts) or not all(one.isdecimal() and len(one) <= MOST_DIGITS for one in whole):
        return
    if not _SCORE.search(text):
        yield Number(frozenset({str(sum(map(int, whole)))}), "many")
    elif len(whole) == _SIDES:
        ours, theirs = map(int, whole)
        yield Number(frozenset({str(abs(ours - theirs))}), "few")


_SCORE: Final = re.compile(r"\d\s?[-–:]\s?\d")
_SIDES: Final = 2
_OF_A_SCORE: Final = re.compile(r"\d[-–:]\d")


def _says_the_rest(words: str, fact: FactBody, language: str) -> bool:
    """Whether all that they say besides numbers is in the statement."""
    rest = {word for word in words_in(words) if not is_number(word, language)}
    return rest <= {*words_in(fact.statement)}


# Words of which one is many, and the other way round.
_SINGULAR: Final = {
    "people": "person",
    "men": "man",
    "women": "woman",
    "children": "child",
    "were": "was",
    "are": "is",
    "have": "has",
}


def _counts_the_same(words: str, statement: str, language: str) -> bool:
    """Whether "one", in English, stands there for how many: before what the statement has a number of, too, in words
    that are otherwise those of the statement."""
    if language.partition("-")[0].lower() != "en" or "one" not in f"{words} {statement}".lower():
        return False
    nouns, rest = _counted(words, language)
    others, all_ = _counted(statement, language)
    return bool(nouns & others) and len(rest) > 1 and rest <= all_


def _counted(text: str, language: str) -> tuple[set[str], set[str]]:
    """Of the words, as of one, those behind a number, and all that are none."""
    words = [(word, is_number(word, language)) for word in words_in(text)]
    nouns = {_of_one(word) for (_, is_one), (word, is_other) in pairwise(words) if is_one and not is_other}
    return nouns, {_of_one(word) for word, is_one in words if not is_one}


def _of_one(word: str) -> str:
    return _SINGULAR.get(word, word.removesuffix("s") if len(word) > _SHORTEST else word)


def _with_one(found: Iterable[Number]) -> list[Number]:
    return [one._replace(is_certain=one.is_certain or one.values == {"1"}) for one in found]


def told_by(fact: FactBody, language: str) -> Iterator[Number]:
    yield from numbers(fact.statement, language)
    for link in fact.attribution or ():
        yield from numbers(link.quote or "", language)
    if fact.figure:
        figure, *of_unit = numbers(f"{fact.figure.value} {fact.figure.unit}", language)
        yield figure._replace(kind="many" if figure.kind == "year" else figure.kind, is_certain=True)
        yield from of_unit


def _days_of(fact: FactBody, passages: Iterable[tuple[str, str]], language: str) -> Iterator[Number]:
    """When it was, in words of its own that the copy has, too: such as those for a month."""
    literal = fact.occurred.literal if fact.occurred else None
    if literal and _beginnings(literal) & set().union(*(_beginnings(text) for _, text in passages)):
        yield from numbers(literal, language)


def _beginnings(text: str) -> set[str]:
    """Of its words, but the shortest: "Sept." is short for "September"."""
    return {word[:3] for word in words_in(text) if len(word) >= _SHORTEST and word.isalpha()}


def also_told_by(fact: FactBody, language: str) -> Iterator[Number]:
    """What it is no contradiction not to say in the copy."""
    texts = [fact.place, *fact.entities, *(link.cue for link in fact.attribution or ())]
    if fact.occurred:
        texts += [fact.occurred.literal, fact.occurred.resolved]
    for text in texts:
        yield from numbers(text or "", language)


def _contradict(ones: Iterable[Number], others: Iterable[Number]) -> bool:
    kinds = {one.kind for one in others}
    return any(_INSTEAD[one.kind] & kinds for one in ones)


# --- Numbers -----------------------------------------------------------------------------------------------------


def numbers(text: str, language: str) -> Sequence[Number]:
    """Each that the text tells, as often as it does."""
    return (_of_short if len(text) <= _SHORT_TEXT else _of_longer)(text, language)


_SHORT_TEXT: Final = 200  # letters


def _numbers(text: str, language: str) -> tuple[Number, ...]:
    text = without_ten_thousands(HYPHEN.sub(" ", text))
    written, read = {*FIGURES.findall(text)}, in_figures(text, language)
    found = [_time(match) for match in _TIME.finditer(read)]
    read = _TIME.sub(" – ", read)
    for date in _DATE.finditer(read):  # which may be told in words
        parts = (without_zeros(in_ascii(one)) for one in re.findall(r"\d+", date[0]))
        found += [Number(frozenset({part}), _kind(part, {part}), is_certain=False) for part in parts]
    read = _DATE.sub(" – ", read)
    tag = language.partition("-")[0].lower()
    ordinal = _ORDINAL_WITH_A_POINT if tag in ("de", "da") else _ORDINAL
    shares = _shares(read)
    scaled = -1
    for match in FIGURES.finditer(read):
        figures, end = match[0], match.end()
        if match.start() == scaled:
            continue
        values = _values(figures, language)
        scale = SCALE.match(read, end + 1) if read[end : end + 1].isspace() else None
        is_scaled = bool(scale and scale[0] not in written and len(figures) + len(scale[0]) <= MOST_DIGITS)
        if scale and is_scaled:
            kept = values if _YEAR.fullmatch(figures) else set()
            values = {without_zeros(f"{Decimal(one) * int(scale[0]):f}") for one in values} | kept
            scaled, end = scale.start(), scale.end()
        is_word = figures not in written
        is_vague = not is_scaled and (figures in _NONE_OR_ONE or (is_word and _VAGUE.fullmatch(figures)))
        is_vague = is_vague and not _OF_A_SCORE.search(read[max(0, match.start() - 2) : end + 2])
        before = max(0, match.start() - _LONGEST_BEFORE)
        is_about = bool(_ABOUT.search(read, before, match.start()))
        is_certain = not (
            is_vague
            or _PART_OF_NEXT.search(read, before, match.start())
            or _is_of_a_name(read[max(0, match.start() - 2) : match.start()])
            or (is_word and ordinal.match(read, end))
            or _OF_A_NUMBER.match(read, end)
            or (read[max(0, match.start() - 1) : match.start()] == "/" and figures in _PARTS)
        )
        values = values | shares.get(match.start(), set())
        if figures.isdecimal() and len(figures) <= _SMALL:
            if int(figures) < _NOON and _EVENING.match(read, end):
                values = values | {str(int(figures) + _NOON)}
            if figures in _FORTNIGHT and _DAYS_OF_FORTNIGHT.match(read, end):
                values = values | {_FORTNIGHT[figures]}
            if _WEEKS.match(read, end):
                values = values | {str(int(figures) * _DAYS_OF_WEEK)}
        found.append(
            Number(
                frozenset(values),
                "many" if is_about and _YEAR.fullmatch(in_ascii(figures)) else _kind(figures, values),
                is_certain,
                is_short=not _is_read(tag) or bool(_SHORT.match(read, end)),
                is_about=is_about,
            )
        )
    return tuple(found)


def _shares(read: str) -> dict[int, set[str]]:
    """By the place of each number of a share, such as three in four or every fourth, how many of a hundred that is."""
    found: dict[int, set[str]] = {}
    for match in _EVERY.finditer(read):
        found[match.start(1)] = {without_zeros(f"{Decimal(100) / int(match[1]):.4f}")}
    for match in _SHARE.finditer(read):
        some, all_ = int(match[1]), int(match[2])
        if 0 < some < all_:
            percent = {without_zeros(f"{Decimal(100 * some) / all_:.4f}")}
            found |= {match.start(1): percent, match.start(2): percent}
    return found


# What a story says is much the same from one of its revisions to the next.
_of_short: Final = remembering(most=2_000, longest=_SHORT_TEXT)(_numbers)
_of_longer: Final = remembering(most=100, longest=5_000)(_numbers)


def _is_of_a_name(before: str) -> bool:
    """As in "G20" and "Covid-19"; what has no case may be written without blanks."""
    letter = before.removesuffix("-")[-1:]
    return letter.lower() != letter.upper()


def _values(figures: str, language: str) -> set[str]:
    """Who groups digits with the sign that begins a fraction in the language has both read; and so has who leaves a
    blank between two numbers, where that may group nothing."""
    if figures.isascii() and figures.isdecimal():
        return {value(figures, language)}
    read = {value(figures, language), max(value(figures, "en"), value(figures, "de"), key=Decimal)}
    first, *others = figures.split(" ")
    if not first.isdecimal() or "000" in others or (len(first) <= _GROUP and not has_point(language)):
        return read
    return read | {without_zeros(in_ascii(one)) for one in (first, *others) if one.isdecimal()}


_GROUP: Final = 3  # digits that stand together, at most


def _kind(figures: str, values: Iterable[str]) -> Kind:
    if _YEAR.fullmatch(in_ascii(figures)):
        return "year"
    return "few" if all(Decimal(one) < _FEW for one in values) else "many"


def _time(match: re.Match[str]) -> Number:
    """On the clock of 24 hours; without a word for morning or afternoon it may be on that of twelve."""
    hour, minutes = int(match[1] or match[4]), match[2] or match[5] or "00"
    if match[3]:
        hours = {hour % 12 + (12 if match[3] in "pP" else 0)}
    else:
        hours = {hour, (hour + 12) % 24}
    return Number(frozenset(f"{one}:{minutes}" for one in hours), "time")


@lru_cache(maxsize=1_000)
def _is_read(tag: str) -> bool:
    """Whether words for numbers are read in the language."""
    try:
        alpha2digit("", tag)
    except ValueError:
        return False
    return True
