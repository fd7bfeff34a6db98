"""The copy without the words that stand on facts which readers may not see."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate
from typing import Final, Protocol

from ledger.story import Span

WITHHELD: Final = "[withheld]"  # what readers read in the place of such words

Stretches = tuple[tuple[int, int], ...]  # [from, to) in code points, in order and apart


class Told(Protocol):
    """A copy, for the desk or for readers."""

    @property
    def text(self) -> str: ...
    @property
    def spans(self) -> Sequence[Span]: ...


def stretches(spans: Iterable[Span], hidden: Collection[int]) -> Stretches:
    """Where the words are that stand on hidden facts; those that overlap or touch are one."""
    return stretches_of([(span.fact, span.start, span.end) for span in spans], hidden)


def stretches_of(spans: Iterable[tuple[int, int, int]], hidden: Collection[int]) -> Stretches:
    """Likewise of (fact, start, end)."""
    found: list[tuple[int, int]] = []
    for start, end in sorted((start, end) for fact, start, end in spans if fact in hidden):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return tuple(found)


def without_words(copy: Told, hidden: Collection[int]) -> tuple[str, tuple[Span, ...]]:
    """The text and the spans of a copy. Of a span that meets withheld words stays what is outside of them, with the
    mark where it reaches around them; nothing of one on a hidden fact."""
    gone = stretches(copy.spans, hidden)
    if not gone:
        return copy.text, tuple(copy.spans)
    starts, ends = zip(*gone, strict=True)
    kept = [
        copy.text[since:until] for since, until in zip((0, *ends), (*starts, len(copy.text)), strict=True)
    ]
    text = WITHHELD.join(kept)
    moved = [0, *accumulate(len(WITHHELD) - (end - start) for start, end in gone)]

    def cut(span: Span) -> tuple[int, int]:
        begun, met = bisect_right(starts, span.start), bisect_left(starts, span.end)
        start = max(span.start, ends[begun - 1] if begun else 0) + moved[begun]
        is_inside = met and span.end <= ends[met - 1]
        end = starts[met - 1] + moved[met - 1] if is_inside else span.end + moved[met]
        return start, end

    spans = [(span.fact, *cut(span)) for span in copy.spans if span.fact not in hidden]
    return text, tuple(
        Span.model_construct(fact=fact, start=start, end=end, exact=text[start:end])
        for fact, start, end in spans
        if text[start:end].strip()
    )
