"""Where a story has the words that were asked for: the best of its texts, cut, with the places of the words in it."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from ledger import limits
from ledger.words import Closed
from projections.views.search.questions import Question, Step, Term, Way
from projections.views.search.tokens import Token, first_of, tokens

# In which of several texts that have as many of the words they are shown; the headline is shown anyway.
Place = Literal["copy", "statement", "quote", "place", "entity", "source", "dateline", "headline"]
_PLACES: Final[tuple[Place, ...]] = get_args(Place)


class Mark(Closed):
    """A word that was asked for: start and end, in code points of the excerpt's text."""

    start: int
    end: int


class Excerpt(Closed):
    """Words that were asked for, as the story has them. fact: whose statement, quote, place, entity or source it is."""

    of: Place
    fact: int | None = None
    text: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A text of a story that may have the words."""

    of: Place
    fact: int | None
    text: str


Span = tuple[int, int]


def best(question: Question, said: Iterable[Said], language: str) -> Excerpt | None:
    """Of the texts the one that has most of the words, and of these the one that says most."""
    finder = _Finder(question.all_of, language)
    found: list[tuple[int, int, Said, list[list[Span]]]] = []
    for one in said:
        if spans := finder.spans(one.text):
            found.append((-len(spans), _PLACES.index(one.of), one, spans))
            if len(spans) == len(question.all_of) and one.of in _GOOD_ENOUGH:
                break
    if not found:
        return None
    _, _, one, spans = min(found, key=lambda each: each[:2])
    return _cut(one, _apart(span for each in spans for span in each))


_GOOD_ENOUGH: Final = ("copy", "statement")  # where all of the words stand in it


class _Finder:
    """Finds the words of terms in texts of a language."""

    def __init__(self, terms: Sequence[Term], language: str) -> None:
        steps = [step for term in terms for way in term.ways for step in way]
        self._terms, self._language = terms, language
        self._lexemes = frozenset(lexeme for step in steps for lexeme in step.lexemes)
        self._beginnings = tuple({beginning for step in steps for beginning in step.beginnings})

    def spans(self, text: str) -> list[list[Span]]:
        """Where each of the terms stands that the text has, near the first of them."""
        first = first_of(text, self._language, self._lexemes, self._beginnings)
        if first is None:
            return []
        start = max(0, first - limits.EXCERPT_LENGTH)
        if start and (space := text.find(" ", start, first)) >= 0:
            start = space + 1
        at = self._tokens(text[start : first + 2 * limits.EXCERPT_LENGTH], start)
        found = ([span for way in term.ways for span in _along(way, at)] for term in self._terms)
        return [spans for spans in found if spans]

    def _tokens(self, text: str, start: int) -> Mapping[int, Sequence[Token]]:
        """Those that matter, by their places."""
        at: dict[int, list[Token]] = defaultdict(list)
        for token in tokens(text, self._language):
            if not self._lexemes.isdisjoint(token.lexemes) or _begins(token, self._beginnings):
                at[token.place].append(token._replace(start=token.start + start, end=token.end + start))
        return at


def _along(way: Way, at: Mapping[int, Sequence[Token]]) -> Iterator[Span]:
    first = way[0]
    for place, there in at.items():
        for token in there:
            if not _is_met(first, token):
                continue
            end: int | None = token.end
            for step in way[1:]:
                following = at.get(place + step.place - first.place, ())
                end = next((token.end for token in following if _is_met(step, token)), None)
                if end is None:
                    break
            if end is not None:
                yield token.start, end


def _is_met(step: Step, token: Token) -> bool:
    return any(lexeme in step.lexemes for lexeme in token.lexemes) or _begins(token, step.beginnings)


def _begins(token: Token, beginnings: tuple[str, ...]) -> bool:
    return bool(beginnings) and any(lexeme.startswith(beginnings) for lexeme in token.lexemes)


def _apart(spans: Iterable[Span]) -> list[Span]:
    """In order, those that overlap as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


_BEFORE: Final = limits.EXCERPT_LENGTH // 4  # letters before the first mark
_CUT: Final = "…"


def _cut(said: Said, spans: Sequence[Span]) -> Excerpt:
    """Around the first of the words, at spaces where there are any near."""
    text = said.text
    start = max(0, spans[0][0] - _BEFORE)
    if start:
        space = text.find(" ", start, spans[0][0])
        start = space + 1 if space >= 0 else start
    end = min(len(text), max(start + limits.EXCERPT_LENGTH, spans[0][1]))
    if end < len(text):
        space = text.rfind(" ", spans[0][1], end)
        end = space if space >= 0 else end
    before, after = _CUT if start else "", _CUT if end < len(text) else ""
    shown = spans[: bisect_left(spans, (end + 1,))]
    return Excerpt.model_construct(
        of=said.of,
        fact=said.fact,
        text=before + " ".join(text[start:end].split("\n")) + after,
        marks=tuple(
            Mark.model_construct(start=first - start + len(before), end=last - start + len(before))
            for first, last in shown
            if last <= end
        ),
    )
