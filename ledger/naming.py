"""Whether a text names somebody: in any case, with or without accents, hyphens and spaces, in an address, in a script
without spaces; and never inside a longer word.

What is compared are words, folded, many names at once (Aho and Corasick, 1975): the cost is that of the text, however
many names there are. A name too many costs an editor a sentence, one too few somebody's protection; so that
where the two are at odds, it is told.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal
from urllib.parse import unquote

from ledger.source import Source

# Scripts that are written without spaces, or hang endings to a name: each letter is a word of its own.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_PIECE = re.compile(rf"[{_UNSPACED}]|(?:[^\W_{_UNSPACED}]|[\u0300-\u036f\u0591-\u05c7\u064b-\u0652])+")
_SPACED = re.compile(rf"[^\W\d_{_UNSPACED}]")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
_CYRILLIC = re.compile("[\u0400-\u04ff]")
# Endings of the cases of names in Cyrillic, longest first.
_ENDING = re.compile(
    "(?<=...)(?:ого|ому|ами|ями|ыми|ими|ым|им|ой|ей|ою|ею|ом|ем|ах|ях|ую|юю|ая|яя|ий|ый|[аяуюеыиоь])$"
)
# Letters that stand for others, and those of other scripts that look like ours.
_ALIKE = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "þ": "th", "æ": "ae", "œ": "oe"}
    | dict(zip("авекмнорстухіјѕё", "abekmhopctyxijse", strict=True))
    | dict(zip("αβεηικνορτυχ", "abenikvoptux", strict=True))
)
_JOINED = 6  # letters: so long a name is looked for as one word, too
_PART = 3  # letters: so short a part of a name stands for nobody
_SHORT = 2  # letters: so short a name is one only with a capital
_NO_PART = frozenset(  # titles and particles
    re.findall(
        "[a-z]+",
        "mr mrs ms miss dr prof professor sir lord lady dame gen general col colonel capt captain lt sgt major judge"
        " minister president jr sr the a an of and von van der den de del della di da dos du la le el al bin ibn ben"
        " ter zu zum zur y e i",
    )
)

Need = Literal[
    "word", "capital", "address"
]  # what an occurrence has to be: any, with a capital, in an address
Words = tuple[str, ...]


@dataclass(slots=True)
class _Node:
    number: int
    next: dict[str, "_Node"] = field(default_factory=dict)
    fails: "_Node | None" = None
    ends: "_Node | None" = None  # the next one behind it that a name ends at
    length: int = 0
    named: list[tuple[str, Need]] = field(default_factory=list)  # (slug of the source, what it has to be)


class Names:
    """Of sources, by their slugs; looked for in one text after the other."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._nodes = [_Node(0)]
        for slug, source in sources.items():
            for words, need in _ways_to_name(slug, source):
                self._add(words, slug, need)
        self._begins = frozenset(self._nodes[0].next)
        self._link()

    def _add(self, words: Words, slug: str, need: Need) -> None:
        node = self._nodes[0]
        for length, word in enumerate(words, start=1):
            if word not in node.next:
                node.next[word] = _Node(len(self._nodes), length=length)
                self._nodes.append(node.next[word])
            node = node.next[word]
        node.named.append((slug, need))

    def _link(self) -> None:
        root, waiting = self._nodes[0], deque(self._nodes[0].next.values())
        while waiting:
            node = waiting.popleft()
            fails = node.fails or root
            node.ends = fails if fails.named else fails.ends
            for word, child in node.next.items():
                child.fails = _step(fails, word, root) if node is not root else root
                waiting.append(child)

    def found_in(self, text: str, *, is_address: bool = False) -> dict[str, str]:
        """The sources that the text names, with the words that do: the most of those that stand together."""
        text = unicodedata.normalize("NFC", _UNSEEN.sub("", addressed(text) if is_address else text))
        if self._begins.isdisjoint(map(_stem, _WORD.findall(_folded(text)))):
            return {}
        found: dict[str, str] = {}
        done: set[tuple[int, bool]] = set()
        pieces = [(word, place) for place in _PIECE.finditer(text) for word in _words(place[0])]
        node = root = self._nodes[0]
        for index, (word, place) in enumerate(pieces):
            node = _step(node, word, root)
            end: _Node | None = node if node.named else node.ends
            while end is not None:
                first = pieces[index - end.length + 1][1]
                is_capital = is_address or not text[first.start()].islower()
                if (end.number, is_capital) not in done:
                    done.add((end.number, is_capital))
                    words = text[first.start() : place.end()]
                    for slug, need in end.named:
                        is_one = need == "word" or (is_capital if need == "capital" else is_address)
                        if is_one and len(words) > len(found.get(slug, "")):
                            found[slug] = words
                end = end.ends
        return found


def _step(node: _Node, word: str, root: _Node) -> _Node:
    at: _Node | None = node
    while at is not None:
        if (further := at.next.get(word)) is not None:
            return further
        at = at.fails if at is not root else None
    return root


def addressed(address: str) -> str:
    """What an address says to whoever reads it: escapes and labels of domain names are brought back to letters."""
    for _ in range(2):  # some are escaped twice
        address = unquote(address)
    return re.sub(r"xn--([a-z0-9-]+)", _unpunycoded, address, flags=re.IGNORECASE)


def _unpunycoded(label: re.Match[str]) -> str:
    try:
        return label[1].encode("ascii").decode("punycode")
    except (UnicodeError, OverflowError):
        return label[0]


# --- How somebody can be named -----------------------------------------------------------------------------------


def _ways_to_name(slug: str, source: Source) -> Iterator[tuple[Words, Need]]:
    name = tuple(words_of(source.name))
    if sum(map(len, name)) > 1 or any(not _SPACED.match(word) for word in name):
        yield name, _need(name)
    for shorter in _shorter(name):
        yield shorter, _need(shorter, default="capital")
    if len(name) > 1 and len("".join(name)) >= _JOINED:
        yield ("".join(name),), "word"
    if source.kind == "person":
        yield from _of_a_person(source.name)
    of_slug = tuple(words_of(slug))
    yield of_slug, "word" if len(of_slug) > 1 else "address"


def _need(words: Words, default: Need = "word") -> Need:
    return "capital" if len(words) == 1 and len(words[0]) <= _SHORT and _SPACED.match(words[0]) else default


def _shorter(name: Words) -> Iterator[Words]:
    if len(name) > 1 and name[0] == "the":
        yield name[1:]


def _of_a_person(name: str) -> Iterator[tuple[Words, Need]]:
    """The other way round, without what is between the first and the last name, and by one of the two alone: which of
    them is the family's, no ledger knows."""
    parts = [part for part in name.split() if _stands_for_somebody(part)]
    if len(parts) < 2:
        yield from ((tuple(words_of(part)), "capital") for part in parts)
        return
    split = [tuple(words_of(part)) for part in parts]
    first, last = split[0], split[-1]
    for order in (split, [last, *split[:-1]], [*split[1:], first], [first, last], [last, first]):
        words = tuple(word for part in order for word in part)
        yield words, "word"
        if len("".join(words)) >= _JOINED:
            yield ("".join(words),), "word"
    for part in (first, last):
        if len("".join(part)) >= _PART or not _SPACED.match(part[0]):
            yield part, "capital"


def _stands_for_somebody(part: str) -> bool:
    words = words_of(part)
    letters = "".join(words)
    is_word = part.strip("(,.;").islower() or not words or words[0] in _NO_PART
    return not is_word and len(letters) > 1 and part[:1] not in "(["


# --- Folding -----------------------------------------------------------------------------------------------------


def words_of(text: str) -> Sequence[str]:
    return [
        word
        for piece in _PIECE.findall(unicodedata.normalize("NFC", _UNSEEN.sub("", text)))
        for word in _words(piece)
    ]


@lru_cache(maxsize=50_000)
def _words(piece: str) -> Words:
    """Of what stands together in a text the words to compare: one, mostly."""
    return tuple(map(_stem, _WORD.findall(_folded(piece))))


def _folded(text: str) -> str:
    """Without case, accents, and what only looks different."""
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        apart = "".join(letter for letter in apart if unicodedata.combining(letter) < 10)
        text = unicodedata.normalize("NFC", apart)
    return text.casefold()


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    """Without the ending of a possessive or a case; “ue” as “u”, for that is how one writes “ü” without it."""
    if _CYRILLIC.search(word):
        while (shorter := _ENDING.sub("", word)) != word:
            word = shorter
    word = word.translate(_ALIKE)
    for vowel in "aou":
        word = word.replace(f"{vowel}e", vowel)
    return word[:-1] if len(word) > _PART and word.endswith("s") else word
