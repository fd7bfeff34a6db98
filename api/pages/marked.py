"""The copy as it is shown: its paragraphs, the words that facts stand behind, and what changed in them."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

from api.pages.changes import Told
from projections.reading import text_diff
from projections.reading.text_diff import Block, Run

BEHIND = 5  # facts that are named behind the same words


@dataclass(frozen=True, slots=True)
class Piece:
    """Some letters. facts: those that stand behind them; ends: those whose words end with it; op: as Run has it."""

    text: str
    op: str = "same"
    facts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """kind, went_to: as of text_diff.Block; told: what was changed in the facts whose words end in it first."""

    kind: str
    pieces: Sequence[Piece]
    told: Sequence[Told] = ()
    went_to: int | None = None
    number: int | None = None


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
    to_tell = dict(changes or {})
    return [_paragraph(block, cutting, to_tell) for block in text_diff.compare(was, text)]


def _paragraph(block: Block, cutting: "_Cutting", to_tell: dict[int, Sequence[Told]]) -> Paragraph:
    if block.kind == "moved_away":
        return Paragraph(block.kind, (), went_to=block.went_to)
    pieces = list(cutting.pieces(block))
    told = [change for piece in pieces for fact in piece.ends for change in to_tell.pop(fact, ())]
    return Paragraph(block.kind, pieces, told, number=block.after[0] if block.after else None)


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
            yield Piece(text[begin - at : stop - at], op, behind, self._ends.get(stop, ()))


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
