"""The copy as it is shown: its paragraphs, the words that facts stand behind, and what changed in them."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Any

from api.pages.changes import Told
from ledger import limits
from projections.reading import text_diff
from projections.reading.text_diff import Block, Run

BEHIND = 5  # facts that are named behind the same words


@dataclass(frozen=True, slots=True)
class Piece:
    """Some letters. facts: those that stand behind them; ends: those whose words end with it; op: as Run has it; at:
    where they begin in the copy, none of what is not there any more."""

    text: str
    op: str = "same"
    facts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    at: int | None = None

    @property
    def place(self) -> str:
        """From which letter of the copy to which."""
        return f"{self.at}-{(self.at or 0) + len(self.text)}"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """kind, went_to: as of text_diff.Block; told: what was changed in the facts whose words end in it first."""

    kind: str
    pieces: Sequence[Piece]
    told: Sequence[Told] = ()
    went_to: int | None = None
    number: int | None = None

    @property
    def at(self) -> int | None:
        """Where it begins in the copy."""
        return self.pieces[0].at if self.pieces else None


def paragraphs(
    copy: Mapping[str, Any] | None,
    before: Mapping[str, Any] | None,
    changes: Mapping[int, Sequence[Told]] | None = None,
) -> list[Paragraph]:
    """The copy, and with the state of the story before, what was other words then. changes: by fact, those to be told
    at the words that it stands behind."""
    text, spans = (copy["text"], copy["spans"]) if copy else ("", [])
    was = before.get("copy", {}).get("text", "") if before is not None else text
    cutting = _Cutting(text, spans)
    found = [_paragraph(block, cutting) for block in text_diff.compare(was, text)]
    return telling(found, changes) if changes else found


def _paragraph(block: Block, cutting: "_Cutting") -> Paragraph:
    if block.kind == "moved_away":
        return Paragraph(block.kind, (), went_to=block.went_to)
    return Paragraph(block.kind, list(cutting.pieces(block)), number=block.after[0] if block.after else None)


def telling(copy: Sequence[Paragraph], changes: Mapping[int, Sequence[Told]]) -> list[Paragraph]:
    """With the changes of each fact told where its words end first."""
    to_tell = dict(changes)
    return [
        replace(
            paragraph,
            told=[
                change
                for piece in paragraph.pieces
                for fact in piece.ends
                for change in to_tell.pop(fact, ())
            ],
        )
        for paragraph in copy
    ]


_LINK, _SIGN, _TELLING = (
    140,
    110,
    700,
)  # bytes of HTML around words, behind them, and of a change that is told


def part(copy: Sequence[Paragraph], after: int) -> tuple[Sequence[Paragraph], int | None]:
    """As many paragraphs beyond the first `after` as there is room for on a page, at least one; and how many are before
    those that follow, where there are more."""
    room = limits.COPY_ON_PAGE
    for index, paragraph in enumerate(copy[after:], after):
        room -= _size(paragraph)
        if room < 0 and index > after:
            return copy[after:index], index
    return copy[after:], None


def _size(paragraph: Paragraph) -> int:
    words = sum(
        len(piece.text.encode()) + _LINK * bool(piece.facts) + _SIGN * len(piece.ends)
        for piece in paragraph.pieces
    )
    return words + sum(len(change.said.encode()) + _TELLING for change in paragraph.told)


class _Cutting:
    """Cuts runs of words where what stands behind them changes. Offsets are code points of the whole copy."""

    def __init__(self, text: str, spans: Sequence[Mapping[str, Any]]) -> None:
        self._starts = _starts(text)
        self._cuts: list[int] = []  # where what stands behind the words changes
        self._behind: list[tuple[int, ...]] = []  # from each cut on
        self._ends: dict[int, tuple[int, ...]] = {}
        begin, end = defaultdict(list), defaultdict(list)
        for span in spans:
            begin[span["start"]].append(span["fact"])
            end[span["end"]].append(span["fact"])
        active: dict[int, int] = {}  # how many spans of which facts stand behind the words
        for cut in sorted({*begin, *end}):
            for fact in begin[cut]:
                active[fact] = active.get(fact, 0) + 1
            for fact in end[cut]:
                active[fact] -= 1
                if not active[fact]:
                    del active[fact]
            self._cuts.append(cut)
            self._behind.append(tuple(islice(active, BEHIND)))
            self._ends[cut] = tuple(dict.fromkeys(end[cut]))

    def pieces(self, block: Block) -> Iterator[Piece]:
        at = self._starts[block.after[0]] if block.after else 0
        following = iter(block.after[1:])
        for run in block.words:
            if run.op == "removed":
                yield Piece(run.text, "removed")
                continue
            for part in _lines(run):
                if part == "\n":
                    at = self._starts[next(following)]
                    yield Piece("\n", run.op)
                else:
                    yield from self._cut(part, at, run.op)
                    at += len(part)

    def _cut(self, text: str, at: int, op: str) -> Iterator[Piece]:
        end = at + len(text)
        first, last = bisect_right(self._cuts, at), bisect_left(self._cuts, end)
        for index, (begin, stop) in enumerate(pairwise([at, *self._cuts[first:last], end]), first - 1):
            behind = self._behind[index] if index >= 0 else ()
            yield Piece(text[begin - at : stop - at], op, behind, self._ends.get(stop, ()), begin)


def _lines(run: Run) -> Iterator[str]:
    for index, line in enumerate(run.text.split("\n")):
        if index:
            yield "\n"
        if line:
            yield line


def _starts(text: str) -> list[int]:
    """Where each paragraph begins, as text_diff.paragraphs counts them."""
    starts, at = [], 0
    for line in text.splitlines(keepends=True):
        if line and not line.isspace():
            starts.append(at)
        at += len(line)
    return starts
