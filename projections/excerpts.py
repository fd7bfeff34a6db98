"""Where a story has the words that were asked for: the best of its texts, cut, with the places of the words in it."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from ledger import limits
from ledger.words import Closed
from projections.questions import Question, Step, Term, Way
from projections.tokens import Token, tokens

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
    found: list[tuple[int, int, Said, list[Span]]] = []
    for one in said:
        spans_of_terms = list(_found(question.all_of, one.text, language))
        if spans_of_terms:
            spans = _apart(span for spans in spans_of_terms for span in spans)
            found.append((-len(spans_of_terms), _PLACES.index(one.of), one, spans))
    if not found:
        return None
    _, _, one, spans = min(found, key=lambda each: each[:2])
    return _cut(one, spans)


def _found(terms: Sequence[Term], text: str, language: str) -> Iterator[list[Span]]:
    """The places of each term that the text has."""
    steps = [step for term in terms for way in term.ways for step in way]
    lexemes = frozenset(lexeme for step in steps for lexeme in step.lexemes)
    beginnings = tuple(beginning for step in steps for beginning in step.beginnings)
    at: dict[int, list[Token]] = defaultdict(list)
    for token in tokens(text, language):
        if not lexemes.isdisjoint(token.lexemes) or (beginnings and _begins(token, beginnings)):
            at[token.place].append(token)
    for term in terms:
        spans = [span for way in term.ways for span in _along(way, at)]
        if spans:
            yield spans


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
    return any(lexeme in step.lexemes for lexeme in token.lexemes) or (
        bool(step.beginnings) and _begins(token, step.beginnings)
    )


def _begins(token: Token, beginnings: tuple[str, ...]) -> bool:
    return any(lexeme.startswith(beginnings) for lexeme in token.lexemes)


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
