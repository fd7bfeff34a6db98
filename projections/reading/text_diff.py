"""What differs between two texts, word by word, as a person reads it.

A paragraph is a line that is not blank. First paragraphs find each other: the same in the same order, then the same
elsewhere, then those that are alike, also one that became several and several that became one. Then the words of each
pair are compared. The comparison has no direction: of two texts it always looks at the lesser first, so both ways it
finds the same.

Longest common subsequences are RapidFuzz's, which compares 64 words at a time. Python's own difflib takes cubic time
at worst, and a copy comes from outside. What is still too much is compared coarsely, see `limits`: never wrongly.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, count, filterfalse, groupby, pairwise
from math import isqrt
from typing import Final, Literal, NamedTuple

from rapidfuzz.distance import LCSseq, Postfix, Prefix

from ledger import limits

Kind = Literal["same", "changed", "added", "removed", "moved", "moved_away", "split", "merged"]
Op = Literal["same", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive words, with the spaces and the punctuation between them. A line feed stands for the end of a
    paragraph within its block, and for nothing else."""

    op: Op
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of either text or of both; several where one was split, where several were merged, and where there
    are more of them than `limits.PARAGRAPHS_COMPARED`.

    `before` and `after` number the paragraphs, from 0, blank lines not counted. What is the same or removed in `words`
    is the earlier paragraphs, joined by line feeds; what is the same or added, the later ones. What was split or
    merged may have moved, too. Whatever moved leaves a block `moved_away` where it stood, which has no words and
    covers no paragraph; `went_to` is the first paragraph of the later text that it is now.
    """

    kind: Kind
    before: tuple[int, ...]
    after: tuple[int, ...]
    words: tuple[Run, ...]
    went_to: int | None = None


def compare(before: str, after: str) -> tuple[Block, ...]:
    """Blocks in the order of the later text; what is gone stands behind what it stood behind."""
    was, is_now = paragraphs(before), paragraphs(after)
    if max(len(was), len(is_now)) > limits.PARAGRAPHS_COMPARED:
        return tuple(_roughly(was, is_now))
    if (len(was), was) <= (len(is_now), is_now):
        matches = _matches(was, is_now)
    else:
        matches = [match.mirrored() for match in _matches(is_now, was)]
    return tuple(_in_reading_order(was, is_now, matches))


def paragraphs(text: str) -> list[str]:
    """What `before` and `after` of a block number."""
    return [line for line in text.splitlines() if line.strip()]


def lines_between(was: Sequence[str], is_now: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Which lines, from one to another, took the place of which: (from, to) of the earlier, (from, to) of the later."""
    one, other = _encoded(was, is_now)
    i = j = 0
    for start, other_start, size in (*_aligned(one, other), (len(one), len(other), 0)):
        if i < start or j < other_start:
            yield i, start, j, other_start
        i, j = start + size, other_start + size


# ---- Which paragraph is which --------------------------------------------------------------------------

# Of all words of two paragraphs, how many both have, in one order. Unrelated English reaches 0.3 by its small words.
_ALIKE: Final = 0.4
_ALIKE_ELSEWHERE: Final = 0.6  # where its neighbours do not vouch for it, a paragraph must be more alike
_PART: Final = 0.5  # of the words of a part, how many its whole must have
_LEAST_PAIRS: Final = 20_000  # of words, which take as long as the calls around them


class _Group(NamedTuple):
    """Paragraphs of either text that belong together, and how alike they are, up to 1."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    likeness: float


class _Stretch(NamedTuple):
    """Words as they were and as they are now."""

    before: str
    after: str


class _Match(NamedTuple):
    before: tuple[int, ...]
    after: tuple[int, ...]
    stands: bool  # in the order of its neighbours, not elsewhere
    stretches: tuple[_Stretch, ...]

    def mirrored(self) -> "_Match":
        swapped = tuple(_Stretch(after, before) for before, after in self.stretches)
        return _Match(self.after, self.before, self.stands, swapped)


def _matches(was: list[str], is_now: list[str]) -> list[_Match]:
    groups = _equal(was, is_now)
    left = sorted(set(range(len(was))) - {i for group in groups for i in group.before})
    right = sorted(set(range(len(is_now))) - {j for group in groups for j in group.after})
    sorts = _Sorts()
    words_was = {i: sorts.words(was[i]) for i in left}
    words_is_now = {j: sorts.words(is_now[j]) for j in right}
    groups += _likeliest(_alike(words_was, words_is_now))
    groups.sort()
    # A long paragraph stands and the short ones around it move, not the other way round.
    weighed = [
        (group.after[0], group.likeness * sum(len(is_now[j]) for j in group.after)) for group in groups
    ]
    standing = set(_heaviest_in_order(weighed))
    matches = []
    for index, (before, after, likeness) in enumerate(groups):
        if likeness == 1 and was[before[0]] == is_now[after[0]]:
            stretches = [_Stretch(was[before[0]], is_now[after[0]])]
        elif index in standing or likeness >= _ALIKE_ELSEWHERE:
            stretches = _stretches(_joined(words_was, before), _joined(words_is_now, after))
        else:
            continue
        matches.append(_Match(before, after, index in standing, tuple(stretches)))
    return matches


def _equal(was: list[str], is_now: list[str]) -> list[_Group]:
    """In order as far as it goes; of those left over the first goes with the first, the second with the second."""
    one, other = _encoded(was, is_now)
    pairs = {i + k: j + k for i, j, size in _aligned(one, other) for k in range(size)}
    taken = set(pairs.values())
    waiting = defaultdict(list)
    for j in reversed(range(len(is_now))):
        if j not in taken:
            waiting[is_now[j]].append(j)
    for i, text in enumerate(was):
        if i not in pairs and waiting[text]:
            pairs[i] = waiting[text].pop()
    return [_Group((i,), (j,), 1) for i, j in pairs.items()]


def _alike(was: Mapping[int, list[str]], is_now: Mapping[int, list[str]]) -> Iterator[_Group]:
    """Whatever could belong together: pairs, wholes and parts. Spaces do not make two paragraphs alike."""
    codes = _encoded(*(filterfalse(str.isspace, words) for words in (*was.values(), *is_now.values())))
    left = dict(zip(was, codes[: len(was)], strict=True))
    right = dict(zip(is_now, codes[len(was) :], strict=True))
    shared = _shared(left, right)
    for (i, j), common in shared.items():
        likeness = 2 * common / (len(left[i]) + len(right[j]))
        if likeness >= _ALIKE:
            yield _Group((i,), (j,), likeness)
    for whole, parts, likeness in _wholes_and_parts(left, right, shared):
        yield _Group((whole,), parts, likeness)
    for whole, parts, likeness in _wholes_and_parts(right, left, {(j, i): n for (i, j), n in shared.items()}):
        yield _Group(parts, (whole,), likeness)


def _shared(left: Mapping[int, str], right: Mapping[int, str]) -> dict[tuple[int, int], int]:
    """How many words two paragraphs share in one order, the nearest paragraphs first, until it costs too much."""
    rows, columns = list(left), list(right)
    shared: dict[tuple[int, int], int] = {}
    spent = 0
    for away in sorted(range(-len(rows), len(columns)), key=abs):
        for row in range(max(0, -away), min(len(rows), len(columns) - away)):
            i, j = rows[row], columns[row + away]
            if spent >= limits.WORD_PAIRS_LIKENED:
                return shared
            common, cost = _common(left[i], right[j])
            spent += cost
            if common >= _ALIKE * min(len(left[i]), len(right[j])):
                shared[i, j] = common
    return shared


def _common(one: str, other: str) -> tuple[int, int]:
    """How many words are common to both, and how many pairs of words that costs at most."""
    pairs = len(one) * len(other)
    if pairs <= limits.WORD_PAIRS_ALIGNED:
        return LCSseq.similarity(one, other), max(pairs, _LEAST_PAIRS)
    # What lies between two anchors is at most a square of aligned words, or as many pairs in another shape.
    cost = (len(one) + len(other)) * isqrt(limits.WORD_PAIRS_ALIGNED)
    return sum(size for _, _, size in _aligned(one, other)), cost


def _wholes_and_parts(
    wholes: Mapping[int, str], parts: Mapping[int, str], shared: Mapping[tuple[int, int], int]
) -> Iterator[tuple[int, tuple[int, ...], float]]:
    """For each whole the one row of neighbouring parts, at least two, that has most of its words."""
    contained = defaultdict(list)
    for (whole, part), common in sorted(shared.items()):
        # A whole is longer than its parts; it need not be, but looking for both in each takes twice as long.
        if _PART * len(parts[part]) <= common and len(parts[part]) < len(wholes[whole]):
            contained[whole].append(part)
    for whole, candidates in contained.items():
        rows = [row for row in _neighbours(candidates) if len(row) > 1]
        if not rows:
            continue
        longest = max(rows, key=lambda row: sum(shared[whole, part] for part in row))
        read = _common_by_part(wholes[whole], [parts[part] for part in longest])
        held = {part: n for part, n in zip(longest, read, strict=True) if n >= _PART * len(parts[part])}
        for row in _neighbours(held):
            size = len(wholes[whole]) + sum(len(parts[part]) for part in row)
            likeness = 2 * sum(held[part] for part in row) / size
            if len(row) > 1 and likeness >= _ALIKE_ELSEWHERE:
                yield whole, tuple(row), likeness


def _neighbours(numbers: Iterable[int]) -> list[list[int]]:
    rows = groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    return [[number for _, number in row] for _, row in rows]


def _common_by_part(whole: str, parts: list[str]) -> list[int]:
    """How many words of each part are in the whole, when the parts are read in a row."""
    row = "".join(parts)
    held = bytearray(len(row))
    for _, start, size in _aligned(whole, row):
        held[start : start + size] = b"\1" * size
    return [held.count(1, start, end) for start, end in pairwise((0, *accumulate(map(len, parts))))]


def _likeliest(groups: Iterable[_Group]) -> list[_Group]:
    """No paragraph twice; of two groups that want one, the more alike has it, then the one that is less far away."""
    chosen = []
    taken_before: set[int] = set()
    taken_after: set[int] = set()
    for group in sorted(groups, key=lambda it: (-it.likeness, abs(it.before[0] - it.after[0]), it)):
        if taken_before.isdisjoint(group.before) and taken_after.isdisjoint(group.after):
            taken_before.update(group.before)
            taken_after.update(group.after)
            chosen.append(group)
    return chosen


def _joined(words: Mapping[int, list[str]], numbers: tuple[int, ...]) -> list[str]:
    return [word for number in numbers for word in ("\n", *words[number])][1:]


# ---- Which words are others ----------------------------------------------------------------------------

# Words that two texts share between changes say nothing, if they are few and weigh less than the changes: read on.
_ISLAND: Final = 3
_ENDING: Final = frozenset(".!?…。！？")
_CLOSING: Final = frozenset("”’»\"')」』")
_LOOK_BACK: Final = 4  # for what ended the sentence before: a space, quotes, a bracket stand between


class _Change(NamedTuple):
    """Words `start` to `end` of the one text that stand for those of the other."""

    start: int
    end: int
    other_start: int
    other_end: int


def _stretches(was: list[str], is_now: list[str]) -> list[_Stretch]:
    stretches = []
    i = j = 0
    for change in _without_islands(was, is_now, _changes(was, is_now)):
        if change.start > i:
            same = "".join(was[i : change.start])
            stretches.append(_Stretch(same, same))
        i, j = change.end, change.other_end
        stretches.append(_Stretch("".join(was[change.start : i]), "".join(is_now[change.other_start : j])))
    if i < len(was):
        same = "".join(was[i:])
        stretches.append(_Stretch(same, same))
    return stretches


def _changes(was: list[str], is_now: list[str]) -> Iterator[_Change]:
    """Spaces follow the words that they stand between, so that they do not decide which words go together."""
    places, other_places = (
        [k for k, word in enumerate(text) if not word.isspace()] for text in (was, is_now)
    )
    one, other = _encoded(filterfalse(str.isspace, was), filterfalse(str.isspace, is_now))
    blocks = _aligned(one, other)
    held = [(places[x + k], other_places[y + k]) for x, y, size in blocks for k in range(size)]
    i = j = floor = 0
    for p, q in [*held, (len(was), len(is_now))]:
        while i < p and j < q and was[i] == is_now[j]:
            i, j = i + 1, j + 1
        end, other_end = p, q
        while i < end and j < other_end and was[end - 1] == is_now[other_end - 1]:
            end, other_end = end - 1, other_end - 1
        if i < end or j < other_end:
            change = _Change(i, end, j, other_end)
            if i == end or j == other_end:
                change = _from_its_sentence(change, floor, was, is_now)
            floor = change.end
            yield change
        i, j = p + 1, q + 1


def _from_its_sentence(change: _Change, floor: int, was: list[str], is_now: list[str]) -> _Change:
    """In “He said yes. He said no.” either “yes. He said ” or “He said yes. ” may be what is new: the latter is."""
    text, start, end = (
        (is_now, change.other_start, change.other_end)
        if change.start == change.end
        else (was, change.start, change.end)
    )
    # Which of two equally long rows is found is RapidFuzz's choice; so nothing here trusts that it is the last one.
    for back in range(change.start - floor + 1):
        if back and text[start - back] != text[end - back]:
            break
        if _begins_sentence(text, start - back):
            return _Change(*(place - back for place in change))
    return change


def _begins_sentence(text: list[str], place: int) -> bool:
    for word in reversed(text[max(0, place - _LOOK_BACK) : place]):
        if not word.isspace() and word not in _CLOSING:
            return word in _ENDING
    return place < _LOOK_BACK


def _without_islands(was: list[str], is_now: list[str], changes: Iterable[_Change]) -> list[_Change]:
    signs, other_signs = (list(map(str.strip, text)) for text in (was, is_now))
    weights, other_weights = ([0, *accumulate(map(len, text))] for text in (signs, other_signs))
    solid = [0, *accumulate(map(bool, signs))]

    def weight(change: _Change) -> int:
        removed = weights[change.end] - weights[change.start]
        return max(removed, other_weights[change.other_end] - other_weights[change.other_start])

    kept: list[tuple[_Change, int]] = []
    for change in changes:
        whole, whole_weight = change, weight(change)
        while kept:
            first, first_weight = kept[-1]
            if solid[whole.start] - solid[first.end] > _ISLAND:
                break
            if weights[whole.start] - weights[first.end] > min(first_weight, whole_weight):
                break
            kept.pop()
            whole = _Change(first.start, whole.end, first.other_start, whole.other_end)
            whole_weight = weight(whole)
        kept.append((whole, whole_weight))
    return [change for change, _ in kept]


# ---- What is common to two sequences -------------------------------------------------------------------


def _encoded(*sequences: Iterable[str]) -> list[str]:
    """Each item a character, the same for the same: the form that RapidFuzz reads fastest and never mistakes."""
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    return ["".join([chr(numbers[item]) for item in sequence]) for sequence in sequences]


def _aligned(one: str, other: str, is_again: bool = False) -> Iterator[tuple[int, int, int]]:
    """Where they are the same, in order: start in the one, start in the other, length.

    Where two stretches are too long for each other, only what stands once in both is held on to, and what lies between
    is looked at again, but only once: a text can be made in which each look finds one more.
    """
    head = Prefix.similarity(one, other)
    if head:
        yield 0, 0, head
    tail = Postfix.similarity(one[head:], other[head:])
    end, other_end = len(one) - tail, len(other) - tail
    if head < end and head < other_end:
        middle, other_middle = one[head:end], other[head:other_end]
        if len(middle) * len(other_middle) <= limits.WORD_PAIRS_ALIGNED:
            blocks = LCSseq.editops(middle, other_middle).as_matching_blocks()
            yield from ((head + block.a, head + block.b, block.size) for block in blocks if block.size)
        elif not is_again and len(middle) + len(other_middle) <= limits.WORDS_ANCHORED:
            yield from ((head + i, head + j, size) for i, j, size in _held_by_anchors(middle, other_middle))
    if tail:
        yield end, other_end, tail


def _held_by_anchors(one: str, other: str) -> Iterator[tuple[int, int, int]]:
    counts, other_counts = Counter(one), Counter(other)
    places = {item: place for place, item in enumerate(other) if other_counts[item] == 1}
    anchors = [
        (place, places[item]) for place, item in enumerate(one) if counts[item] == 1 and item in places
    ]
    held = [anchors[index] for index in _heaviest_in_order([(q, 1) for _, q in anchors])]
    i = j = 0
    for p, q in [*held, (len(one), len(other))]:
        if i < p and j < q:
            yield from ((i + x, j + y, size) for x, y, size in _aligned(one[i:p], other[j:q], is_again=True))
        if p < len(one):
            yield p, q, 1
        i, j = p + 1, q + 1


def _heaviest_in_order(items: Iterable[tuple[int, float]]) -> list[int]:
    """Of items with a place, all different, and a weight: the indexes of those that have the most weight in order."""
    # Both ascend: a row that ends at the place weighs the total. What ends farther on and weighs no more is forgotten:
    # nothing better can follow it.
    places: list[int] = []
    totals: list[float] = []
    ends: list[int] = []
    previous: list[int] = []
    for index, (place, weight) in enumerate(items):
        at = bisect_left(places, place)
        total = weight + (totals[at - 1] if at else 0)
        previous.append(ends[at - 1] if at else -1)
        worse = at
        while worse < len(totals) and totals[worse] <= total:
            worse += 1
        places[at:worse], totals[at:worse], ends[at:worse] = [place], [total], [index]
    row = []
    index = ends[-1] if ends else -1
    while index >= 0:
        row.append(index)
        index = previous[index]
    return row[::-1]


# ---- What is told of it --------------------------------------------------------------------------------


def _in_reading_order(was: list[str], is_now: list[str], matches: list[_Match]) -> Iterator[Block]:
    elsewhere = [match for match in matches if not match.stands]
    going = {i: match for match in elsewhere for i in match.before}
    coming = {j: match for match in elsewhere for j in match.after}
    i = j = 0
    for match in (*sorted(match for match in matches if match.stands), None):
        end, other_end = (match.before[0], match.after[0]) if match else (len(was), len(is_now))
        for k in range(i, end):
            if k not in going:
                yield Block("removed", (k,), (), (Run("removed", was[k]),))
            elif k == going[k].before[0]:
                yield Block("moved_away", (), (), (), went_to=going[k].after[0])
        for k in range(j, other_end):
            if k not in coming:
                yield Block("added", (), (k,), (Run("added", is_now[k]),))
            elif k == coming[k].after[0]:
                yield _told(coming[k])
        if match:
            yield _told(match)
            i, j = match.before[-1] + 1, match.after[-1] + 1


def _told(match: _Match) -> Block:
    runs = tuple(run for stretch in match.stretches for run in _runs(stretch))
    kind: Kind
    if len(match.after) > 1:
        kind = "split"
    elif len(match.before) > 1:
        kind = "merged"
    elif not match.stands:
        kind = "moved"
    else:
        kind = "same" if all(run.op == "same" for run in runs) else "changed"
    return Block(kind, match.before, match.after, runs)


def _runs(stretch: _Stretch) -> Iterator[Run]:
    if stretch.before == stretch.after:
        yield Run("same", stretch.before)
        return
    if stretch.before:
        yield Run("removed", stretch.before)
    if stretch.after:
        yield Run("added", stretch.after)


def _roughly(was: list[str], is_now: list[str]) -> Iterator[Block]:
    """What both begin with, what is gone, what came for it, what both end with."""
    one, other = _encoded(was, is_now)
    head = Prefix.similarity(one, other)
    tail = Postfix.similarity(one[head:], other[head:])
    end, other_end = len(was) - tail, len(is_now) - tail

    def together(op: Op, before: range, after: range) -> Iterator[Block]:
        if before or after:
            lines = [was[k] for k in before] or [is_now[k] for k in after]
            yield Block(op, tuple(before), tuple(after), (Run(op, "\n".join(lines)),))

    yield from together("same", range(head), range(head))
    yield from together("removed", range(head, end), range(0))
    yield from together("added", range(0), range(head, other_end))
    yield from together("same", range(end, len(was)), range(other_end, len(is_now)))


# ---- What a word is ------------------------------------------------------------------------------------

# Scripts that are written without spaces, and Korean, whose words change by syllables: Thai and Lao, Burmese, Khmer,
# Hangul, kana, Han.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u115f\u1780-\u17ff\u3005-\u3007\u3040-\u318f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d\uffa0-\uffdc"
    "\U00020000-\U0003ffff]"
)
# What hangs on the character before it without being a mark: a non-joiner, the vowels and ends of Korean syllables in
# parts, halfwidth sound marks, skin tones, the letters of a region's flag.
_HANGING: Final = re.compile(
    "[\u200c\u1160-\u11ff\ud7b0-\ud7ff\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
_WORD: Final = re.compile(
    r"s+"  # spaces
    r"|[ad][admj]*+(?:(?:q|(?<=d)p(?=d))[ad][admj]*+)*+"  # a word: it’s, 10,000
    r"|rr"  # a flag
    r"|.[mj]*+(?:(?<=j)[^sad][mj]*+)*+"  # one sign, or some that are joined
)


class _Sorts(dict[int, str]):
    """A letter for the sort of each character, found when it first occurs: there are too many to list them."""

    def __missing__(self, code: int) -> str:
        self[code] = sort = _sort(chr(code))
        return sort

    def words(self, text: str) -> list[str]:
        """Words, spaces and signs, whose texts joined are the text."""
        ends = accumulate(map(len, _WORD.findall(text.translate(self))))
        return [text[start:end] for start, end in pairwise((0, *ends))]


def _sort(char: str) -> str:
    if char.isspace():
        return "s"
    if char == "\u200d":
        return "j"
    if unicodedata.category(char).startswith("M") or _HANGING.match(char):
        return "m"
    if _UNSPACED.match(char):
        return "u"
    if char.isdecimal():
        return "d"
    if char.isalnum() or char == "_":
        return "a"
    if "\U0001f1e6" <= char <= "\U0001f1ff":
        return "r"
    return {"'": "q", "’": "q", ".": "p", ",": "p", ":": "p"}.get(char, "o")
