"""Whether a text names somebody: in any case, with or without accents, hyphens and spaces, in an address, in a script
without spaces, with its letters apart; and never inside a longer word.

What is compared are words, folded, many names at once (Aho and Corasick, 1975), and then what a break, a sign or a
space may have torn apart, put together again: the cost is that of the text, however many names there are. A name too
many costs an editor a sentence, one too few somebody's protection; so that where the two are at odds, it is told.
"""

import re
import unicodedata
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Literal

from ledger.legible import KEPT, UNSPACED, legible, letters, stem, words
from ledger.remembering import remembered_of_words
from ledger.source import Source
from ledger.words import SourceKind

_PIECE = re.compile(rf"[{UNSPACED}]|(?:[^\W_{UNSPACED}]|[\u0300-\u036f\u0591-\u05c7\u064b-\u0652])+")
_SPACED = re.compile(rf"[^\W\d_{UNSPACED}]")
_CHUNK = re.compile(r"\S+")
_OF_ADDRESS = re.compile(r"[@#_]|://|\w\.\w")
_BREAK = re.compile("[\n\r\x85\u2028\u2029]")
# Letters: so long a name is looked for as one word, too, and is none by chance where it is torn apart.
_JOINED = 6
_APART = 24  # letters: so long a name is looked for where it is torn apart
_GAP = 8  # signs, but for spaces: what is further apart was not torn apart
_SPELT = 4  # letters: so many with something between each and the next are no words
_PART = KEPT  # letters: so short a part of a name stands for nobody
_SHORT = 2  # letters: so short a name is one only with a capital
_TITLES = re.findall(
    "[a-z]+",
    "mr mrs ms miss dr prof professor sir lord lady dame gen general col colonel capt captain lt sgt major judge"
    " minister president",
)
_NO_PART = frozenset(  # titles and particles
    re.findall(
        "[a-z]+",
        " ".join(_TITLES)
        + " jr sr the a an of and von van der den de del della di da dos du la le el al bin ibn ben"
        " ter zu zum zur y e i",
    )
)
_INFLECTED = 5  # letters: so long is the part of a name that may have another ending
_CASES = frozenset(  # of names in Latin letters; what is made of one (“-ism”) is about somebody, too
    re.findall(
        "[a-z]+",
        "a e i o u y am ami an as ach ai ais ak em en es esque et ian ians ie iem iin il ile illa ille ilta im in is"
        " ism ist ista ists ite nak nek oj om on os ot ou ov ova ove ovej ovi ovo ovou ovu ow owa owej owi owie owym"
        " sche schen scher sches ui ul ului val vel ym",
    )
)
_LONGEST_CASE = max(map(len, _CASES))

# Words that are written in one with what follows, in Arabic and in Hebrew; before the article, “li-” takes its place.
_PREFIXED = re.compile(r"\b(?:[وفبلك]|[והבלמשכ])\w{2}")
_LEGAL_FORMS = frozenset(  # what an organisation is by law, and nobody says
    re.findall(
        r"\w+",
        "ab ag aktiengesellschaft aps as asa bhd bv co company corp corporation cv eg ev gmbh inc"
        " incorporated jsc kft kg kk lda limited llc llp lp ltd ltda mbh nv ohg oy oyj pao plc pte pty pvt sa sab sarl"
        " sas sdn se sl sprl spa srl ug zrt ао зао оао ооо пао",
    )
)
_LONGEST_FORM = 4  # letters, each a word of its own: G.m.b.H.

# What an occurrence has to be: any, with a capital, in an address.
Need = Literal["word", "capital", "address"]
Words = tuple[str, ...]
Named = tuple[str, Need]  # slug of the source, what it has to be
Token = tuple[str, int, int]  # a word of the text, and where it stands


@dataclass(slots=True)
class _Node:
    number: int
    next: dict[str, "_Node"] = field(default_factory=dict)
    fails: "_Node | None" = None
    ends: "_Node | None" = None  # the next one behind it that a name ends at
    length: int = 0
    named: list[Named] = field(default_factory=list)


class _Text:
    """A text that somebody may be named in; found: the sources that it names, with the words that do."""

    def __init__(self, text: str, *, is_address: bool) -> None:
        self.text = legible(text)
        self.is_address = is_address
        self.found: dict[str, str] = {}
        self.pieces: list[Token] = []
        self.parts: list[Token] = []  # what a piece is put together of: JanKim2
        for place in _PIECE.finditer(self.text):
            start, end = place.span()
            self.pieces += [(word, start, end) for word in words(place[0])]
            self.parts += [(word, start + first, start + last) for word, first, last in _parts(place[0])]

    def is_capital(self, start: int) -> bool:
        letter = self.text[start]
        if "SMALL CAPITAL" in unicodedata.name(letter, ""):
            return True
        return not unicodedata.normalize("NFKC", letter)[0].islower()

    def is_in_address(self, place: int) -> bool:
        if self.is_address:
            return True
        at = bisect_right(self._addresses, (place, len(self.text))) - 1
        return at >= 0 and place < self._addresses[at][1]

    @cached_property
    def _addresses(self) -> list[tuple[int, int]]:
        """What stands between spaces and is an address, of the web or of somebody, or has a sign of one."""
        if _OF_ADDRESS.search(self.text) is None:
            return []
        return [chunk.span() for chunk in _CHUNK.finditer(self.text) if _OF_ADDRESS.search(chunk[0])]

    def names(self, slug: str, start: int, end: int) -> None:
        """Of words that stand together, the most count."""
        if end - start > len(self.found.get(slug, "")):
            self.found[slug] = self.text[start:end]


@remembered_of_words
def _parts(piece: str) -> Sequence[Token]:
    """The words between letters and digits, and before a capital that is not among capitals."""
    cuts = []
    if not (piece.isalpha() and (piece.islower() or piece.isupper() or piece[1:].islower())):
        cuts = [place for place in range(1, len(piece)) if _is_cut(piece[place - 1 : place + 2])]
    return [
        (word, start, end)
        for start, end in pairwise((0, *cuts, len(piece)))
        for word in words(piece[start:end])
    ]


def _is_cut(letters: str) -> bool:
    before, here, after = letters[0], letters[1], letters[2:]
    if before.isdecimal() or here.isdecimal():
        return before.isdecimal() != here.isdecimal()
    return here.isupper() and (before.islower() or (before.isupper() and after.islower()))


class Names:
    """Of sources, by slugs, under each of those that are the same; looked for in one text after the other."""

    def __init__(self, sources: Mapping[str, Iterable[Source]]) -> None:
        self._nodes = [_Node(0)]
        self._apart: dict[str, list[tuple[Named, frozenset[int]]]] = {}
        self._inflected: dict[str, set[str]] = {}
        for slug, source in ((slug, one) for slug, each in sources.items() for one in each):
            as_slug = tuple(words_of(source.source))
            ways: list[tuple[Words, Need]] = [(as_slug, "word" if len(as_slug) > 1 else "address")]
            for called in source.names:
                ways += _ways_to_name(called, source.kind)
                for part in _inflected_of(called, source.kind):
                    self._inflected.setdefault(part, set()).add(slug)
            for name, need in dict.fromkeys(ways):
                self._add(tuple(map(stem, name)), slug, need)
                self._add_apart(tuple(map(letters, name)), slug, need)
        self._begins = frozenset(self._nodes[0].next)
        self._begun = frozenset(name[:end] for name in self._apart for end in range(1, len(name)))
        self._link()

    def _add(self, name: Words, slug: str, need: Need) -> None:
        node = self._nodes[0]
        for length, word in enumerate(name, start=1):
            if word not in node.next:
                node.next[word] = _Node(len(self._nodes), length=length)
                self._nodes.append(node.next[word])
            node = node.next[word]
        node.named.append((slug, need))

    def _add_apart(self, name: Words, slug: str, need: Need) -> None:
        """Under all its letters, with the places at which it has words of its own."""
        joined = "".join(name)
        if _PART <= len(joined) <= _APART and _SPACED.search(joined):
            places = frozenset(accumulate(map(len, name)))
            self._apart.setdefault(joined, []).append(((slug, need), places))

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
        read = _Text(text, is_address=is_address)
        self._look_for_words(read, read.pieces)
        if len(read.parts) != len(read.pieces):
            self._look_for_words(read, read.parts)
        if _PREFIXED.search(read.text):
            self._look_for_words(read, [_without_prefix(token) for token in read.pieces])
        self._look_for_torn(read)
        self._look_for_inflected(read)
        return read.found

    def _look_for_words(self, text: _Text, tokens: Sequence[Token]) -> None:
        stems = [stem(word) for word, _, _ in tokens]
        if self._begins.isdisjoint(stems):
            return
        done: set[tuple[int, bool, bool]] = set()
        node = root = self._nodes[0]
        for index, word in enumerate(stems):
            node = _step(node, word, root)
            end: _Node | None = node if node.named else node.ends
            while end is not None:
                first = tokens[index - end.length + 1][1]
                is_capital, is_in_address = text.is_capital(first), text.is_in_address(first)
                if (end.number, is_capital, is_in_address) not in done:
                    done.add((end.number, is_capital, is_in_address))
                    for slug, need in end.named:
                        if _is_met(need, is_capital, is_in_address):
                            text.names(slug, first, tokens[index][2])
                end = end.ends

    # --- Put together again --------------------------------------------------------------------------------------

    def _look_for_torn(self, text: _Text) -> None:
        """From each word that a name may begin with, on through as many as it may be torn into."""
        tokens = text.parts
        parts = [letters(word) for word, _, _ in tokens]
        done: set[object] = set()
        for first, begins in enumerate(parts):
            last, joined, ends = first, begins, list[int]()
            while joined in self._begun and last + 1 < len(parts) and len(parts[last + 1]) <= _APART:
                last += 1
                ends.append(len(joined))
                joined += parts[last]
                name = joined if joined in self._apart else stem(joined)
                if name in self._apart:
                    self._put_together(text, tokens[first : last + 1], ends, name, done)

    def _put_together(
        self, text: _Text, tokens: Sequence[Token], ends: Sequence[int], name: str, done: set[object]
    ) -> None:
        start, end = tokens[0][1], tokens[-1][2]
        gaps = [_gap(text.text[end:start]) for (_, _, end), (_, start, _) in pairwise(tokens)]
        is_capital, is_in_address = text.is_capital(start), text.is_in_address(start)
        # What is like what was looked at is not looked at again: many may have one name.
        if (like := (name, *ends, *gaps, is_capital, is_in_address)) in done:
            return
        done.add(like)
        beside = [(len(one), len(other)) for (one, _, _), (other, _, _) in pairwise(tokens)]
        for (slug, need), places in self._apart[name]:
            torn = [place for place, end in enumerate(ends) if end not in places]
            kinds = {gaps[place] for place in torn}
            if not torn or "far" in kinds or (need == "address" and not is_in_address):
                continue
            if all(beside[place] == (1, 1) for place in torn):  # spelt
                is_it = is_capital or len(torn) + 1 >= _SPELT
            elif "space" in kinds:  # a “good man” is no Goodman, and “There’s a” no Theresa
                is_it = (
                    is_capital and len(name) >= _JOINED and len(torn) == 1 and min(beside[torn[0]]) >= _PART
                )
            else:
                is_short = len(name) < _JOINED and not is_capital and not is_in_address
                is_it = _is_met(need, is_capital, is_in_address) and not is_short
            if is_it:
                text.names(slug, start, end)

    def _look_for_inflected(self, text: _Text) -> None:
        if not self._inflected:
            return
        for word, start, end in text.parts:
            if len(word) > _INFLECTED and text.is_capital(start):
                for length in range(1, _LONGEST_CASE + 1):
                    if word[-length:] in _CASES:
                        for slug in self._inflected.get(letters(word[:-length]), ()):
                            text.names(slug, start, end)


def _without_prefix(token: Token) -> Token:
    """Looked at beside the word as it stands: what is a name with the letter is found there."""
    word, start, end = token
    if _PREFIXED.match(word) is None:
        return token
    return ("ا" + word[1:] if word.startswith("لل") else word[1:]), start, end


def _is_met(need: Need, is_capital: bool, is_in_address: bool) -> bool:
    return need == "word" or is_in_address or (need == "capital" and is_capital)


def _gap(between: str) -> Literal["none", "space", "far"]:
    """What stands between two words: a space; or what tears one apart, the end of a line, a sign, or nothing."""
    if len("".join(between.split())) > _GAP:
        return "far"
    return "space" if between.isspace() and _BREAK.search(between) is None else "none"


def _step(node: _Node, word: str, root: _Node) -> _Node:
    at: _Node | None = node
    while at is not None:
        if (further := at.next.get(word)) is not None:
            return further
        at = at.fails if at is not root else None
    return root


# --- How somebody can be named -----------------------------------------------------------------------------------


def _ways_to_name(called: str, kind: SourceKind) -> Iterator[tuple[Words, Need]]:
    name = tuple(words_of(called))
    if sum(map(len, name)) > 1 or any(not _SPACED.match(word) for word in name):
        yield name, _need(name)
    for shorter in _shorter(name, kind):
        yield shorter, _need(shorter, default="capital")
        if len(shorter) > 1 and len("".join(shorter)) >= _JOINED:
            yield ("".join(shorter),), "word"
    if len(name) > 1 and len("".join(name)) >= _JOINED:
        yield ("".join(name),), "word"
    if kind == "person":
        yield from _of_a_person(called)


def _need(name: Words, default: Need = "word") -> Need:
    return "capital" if len(name) == 1 and len(name[0]) <= _SHORT and _SPACED.match(name[0]) else default


def _shorter(name: Words, kind: SourceKind) -> Iterator[Words]:
    if len(name) > 1 and name[0] == "the":
        name = name[1:]
        yield name
    if kind != "person" and (commonly := _without_legal_form(name)) not in (name, ()):
        yield commonly


def _without_legal_form(name: Words) -> Words:
    """Of “Acme Widgets Co., Ltd.” and of “Acme Widgets S.A.” what people say."""
    for length in range(_LONGEST_FORM, 0, -1):
        form = name[-length:]
        is_spelt = length > 1 and all(len(word) == 1 for word in form)
        if (length == 1 or is_spelt) and "".join(form) in _LEGAL_FORMS:
            return _without_legal_form(name[:-length])
    return name[:-1] if name[-1:] in (("and",), ("und",), ("et",), ("y",)) else name


def _of_a_person(name: str) -> Iterator[tuple[Words, Need]]:
    """The other way round, without what is between the first and the last name, and by one of the two alone: which of
    them is the family's, no ledger knows. In an address, one of them by its first letter."""
    parts = [part for part in name.split() if _stands_for_somebody(part)]
    if len(parts) < 2:
        yield from ((tuple(words_of(part)), "capital") for part in parts)
        return
    split = [tuple(words_of(part)) for part in parts]
    first, last = split[0], split[-1]
    for order in (split, [last, *split[:-1]], [*split[1:], first], [first, last], [last, first]):
        in_order = tuple(word for part in order for word in part)
        yield in_order, "word"
        if len("".join(in_order)) >= _JOINED:
            yield ("".join(in_order),), "word"
    for part in (first, last):
        if len("".join(part)) >= _PART or not _SPACED.match(part[0]):
            yield part, "capital"
        else:  # “Li” alone may be a word, after a title it is none
            yield from (((title, *part), "capital") for title in _TITLES)
        if len(part) > 1 and len("".join(part)) > _PART:  # “Oneill”
            yield ("".join(part),), "capital"
    for one, other in ((first, last), (last, first)):
        for shortened in (one[0][0] + "".join(other), "".join(other) + one[0][0]):
            if len(shortened) >= _JOINED and _SPACED.match(shortened):
                yield (shortened,), "address"


def _inflected_of(called: str, kind: SourceKind) -> Iterator[str]:
    """The last part of a person's name, which may be met with an ending."""
    parts = [part for part in called.split() if _stands_for_somebody(part)]
    last = words_of(parts[-1]) if parts and kind == "person" else ()
    if len(last) == 1 and len(last[0]) >= _INFLECTED:
        yield letters(last[0])


def _stands_for_somebody(part: str) -> bool:
    found = words_of(part)
    is_word = part.strip("(,.;").islower() or not found or found[0] in _NO_PART
    return not is_word and len("".join(found)) > 1 and part[:1] not in "(["


def words_of(text: str) -> Sequence[str]:
    return [word for piece in _PIECE.findall(legible(text)) for word in words(piece)]
