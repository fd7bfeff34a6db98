"""Words of the copy that were edited where they stand: the spans that go along, and what else says the same."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ledger.rules.numbers_and_days import values_in
from projections.reading import text_diff

Span = Mapping[str, Any]  # as in the document of a copy
Replaced = tuple[int, int, int, int]  # from, to in what was there; from, to in what is there now

_TOKEN = re.compile(r"\w+|\W")
_LETTERS = 4  # so many make a word that stands for itself


@dataclass(frozen=True)
class Edit:
    """Words that stood in a text from `start` on, and those that take their place."""

    start: int
    was: str
    words: str

    @property
    def end(self) -> int:
        return self.start + len(self.was)

    @cached_property
    def replaced(self) -> Sequence[Replaced]:
        """What took the place of what, in letters of the words; the least that says it, by whole words."""
        was, now = _TOKEN.findall(self.was), _TOKEN.findall(self.words)
        before, after = _starts(was), _starts(now)
        return [
            (before[i], before[upto], after[j], after[to])
            for i, upto, j, to in text_diff.lines_between(was, now)
        ]


def _starts(tokens: Sequence[str]) -> list[int]:
    found = [0]
    for token in tokens:
        found.append(found[-1] + len(token))
    return found


def text_with(text: str, edits: Sequence[Edit]) -> str:
    """Edits in the order of the text, none of which meet."""
    parts, at = [], 0
    for edit in edits:
        parts += [text[at : edit.start], edit.words]
        at = edit.end
    return "".join((*parts, text[at:]))


def without_gaps(text: str, edits: Sequence[Edit]) -> list[Edit]:
    """The same edits; where one leaves nothing of a paragraph, the ends of lines behind it go, too, or those before it
    where it is the last one."""
    found: list[Edit] = []
    for edit in edits:
        before, behind = text[: edit.start], text[edit.end :]
        is_whole = before[-1:] in ("", "\n") and behind[:1] in ("", "\r", "\n")
        if edit.words.strip() or not is_whole:
            found.append(edit)
            continue
        start, rest = edit.start, behind.lstrip("\r\n")
        if not rest:
            while found and found[-1].end == start and not found[-1].words:
                start = found.pop().start
            start = max(len(text[:start].rstrip("\r\n")), found[-1].end if found else 0)
        found.append(Edit(start, text[start : len(text) - len(rest)], ""))
    return found


def spans_with(
    spans: Sequence[Span], edits: Sequence[Edit], text: str
) -> tuple[list[dict[str, Any]], list[Span]]:
    """The spans in the text as it becomes, each with the words that took the place of its own; and those of which none
    are left."""
    pieces = [*_pieces(edits)]
    kept, gone = [], []
    for span in spans:
        start, end = _moved(span["start"], pieces, is_end=False), _moved(span["end"], pieces, is_end=True)
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        if start < end:
            kept.append({"fact": span["fact"], "start": start, "end": end, "exact": text[start:end]})
        else:
            gone.append(span)
    return sorted(kept, key=lambda span: (span["start"], span["end"])), gone


def _pieces(edits: Sequence[Edit]) -> Iterator[Replaced]:
    """What was replaced, in letters of the whole text before and after."""
    longer = 0
    for edit in edits:
        for i, upto, j, to in edit.replaced:
            yield edit.start + i, edit.start + upto, edit.start + longer + j, edit.start + longer + to
        longer += len(edit.words) - len(edit.was)


def _moved(place: int, pieces: Sequence[Replaced], *, is_end: bool) -> int:
    """Where a span begins, or ends. What is inserted at its border is none of it."""
    longer = 0
    for i, upto, j, to in pieces:
        if place < i or (is_end and place == i):
            break
        if place < upto or (is_end and place == upto):
            return to if is_end else j
        longer = to - upto
    return place + longer


# --- What says the same ------------------------------------------------------------------------------------------


def along(text: str, edits: Sequence[Edit]) -> str:
    """The text with the same words replaced as in the edits, where it has them once and it is sure that they are
    meant: with a word beside them, or by themselves if they are a number or a word of some length."""
    for edit in edits:
        for i, upto, j, to in edit.replaced:
            text = _with(text, edit.was, edit.words, (i, upto), (j, to))
    return text


def figure_along(value: str, was: str, now: str, language: str) -> str:
    """The figure of a fact whose statement has another number in its place: four years, and the figure 4."""
    before, after = values_in(was, language), values_in(now, language)
    come = after - before
    return come.pop() if before - after == {value} and len(come) == 1 else value


def _with(text: str, was: str, words: str, at: tuple[int, int], now: tuple[int, int]) -> str:
    old, new = was[slice(*at)], words[slice(*now)]
    before = re.search(r"\w+\W{1,3}$", was[: at[0]])
    after = re.match(r"\W{1,3}\w+", was[at[1] :])
    contexts = [
        (before[0] if before else "", after[0] if after else ""),
        (before[0] if before else "", ""),
        ("", after[0] if after else ""),
    ]
    if sum(map(str.isalnum, old)) >= _LETTERS or any(map(str.isdigit, old)):
        contexts.append(("", ""))
    for left, right in contexts:
        looked_for = f"{left}{old}{right}"
        if not any(map(str.isalnum, looked_for)) or (not (left or right) and not old.strip()):
            continue
        for found, becomes in (
            (looked_for, f"{left}{new}{right}"),
            _turned(looked_for, f"{left}{new}{right}"),
        ):
            places = [*re.finditer(rf"(?<!\w){re.escape(found)}(?!\w)", text)]
            if len(places) == 1:
                return text[: places[0].start()] + becomes + text[places[0].end() :]
    return text


def _turned(old: str, new: str) -> tuple[str, str]:
    """Both with their first letters small where they are great, and the other way round."""
    return _first_turned(old), _first_turned(new)


def _first_turned(text: str) -> str:
    return (text[:1].lower() if text[:1].isupper() else text[:1].upper()) + text[1:]
