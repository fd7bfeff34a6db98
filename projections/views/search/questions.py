"""What a search asks for: words that a story must have and words that it must not, as PostgreSQL looks for them.

| in a question | a story is found that has |
|---|---|
| `kim train` | both, wherever: one in its headline, say, and one in a fact |
| `"special train"` | these next to each other, in this order |
| `-ship`, `-"on foot"` | this nowhere |
| `train or ship` | one of them |
| `vis` at the end, `vis*` | a word that begins so; `"vis"` is a whole word |

Nothing is refused but too many words: what makes no sense is read as if it were not there.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from ledger import limits
from projections.views.search.tokens import (
    ACRONYM,
    STEMMERS,
    Part,
    chains,
    fold,
    has_apostrophe,
    is_function_word,
    is_possessive,
    languages,
    marker,
    pairs,
    spellings,
    stems,
    tied,
)


class TooManyWords(Exception):
    """A question holds more of them than are looked for."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of these stands at a place, or a word that begins so. place: counted in the question."""

    place: int
    lexemes: tuple[str, ...]
    beginnings: tuple[str, ...] = ()

    def text(self) -> str:
        said = [_quoted(lexeme) for lexeme in self.lexemes] + [
            f"{_quoted(lexeme)}:*" for lexeme in self.beginnings
        ]
        return f"({' | '.join(said)})"


Way = tuple[Step, ...]  # steps that follow each other as their places do


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase, in each way in which it may be written. idle_in: the languages in which it says nothing."""

    ways: tuple[Way, ...]
    idle_in: frozenset[str] = frozenset()

    def text(self) -> str:
        """As PostgreSQL reads a tsquery."""
        said = [_text_of(way) for way in self.ways]
        return " | ".join([*said, *(_quoted(marker(language)) for language in sorted(self.idle_in))])

    def __or__(self, other: "Term") -> "Term":
        return Term(self.ways + other.ways, self.idle_in & other.idle_in)


@dataclass(frozen=True, slots=True)
class Question:
    all_of: tuple[Term, ...]
    none_of: tuple[Term, ...]

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing that could be looked for."""
        return not self.all_of and not self.none_of


def read(text: str) -> Question:
    """The question in what somebody typed. TooManyWords beyond `limits.SEARCH_WORDS`."""
    wanted: list[Term] = []
    unwanted: list[Term] = []
    words, either = 0, False
    for item in _ITEMS.finditer(text):
        is_quoted, chunk = item["phrase"] is not None, item["phrase"] or item["chunk"] or ""
        if not is_quoted and not item["minus"] and chunk.lower() in ("or", "|"):
            either = bool(wanted)
            continue
        is_last = item.end() == len(text)
        terms = (
            _quoted_terms(chunk) if is_quoted else list(_terms(chunk, is_typed=is_last and not item["minus"]))
        )
        words += len(terms)
        if words > limits.SEARCH_WORDS:
            raise TooManyWords
        if item["minus"]:
            unwanted += terms
        elif either and terms:
            wanted[-1] |= terms[0]
            wanted += terms[1:]
        else:
            wanted += terms
        either = False
    return Question(
        _with_something_to_say(wanted), tuple(replace(term, idle_in=frozenset()) for term in unwanted)
    )


_QUOTES = '"“”„‟«»＂'
_ITEMS: Final = re.compile(
    rf"(?P<minus>(?<!\S)[-−])?(?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)(?:[{_QUOTES}]|$)|(?P<chunk>[^\s{_QUOTES}]+))"
)


def _with_something_to_say(terms: Sequence[Term]) -> tuple[Term, ...]:
    """A word that says nothing in a language need not be found in its texts, where another says something in it."""
    idle = frozenset(
        language
        for language in frozenset().union(*(term.idle_in for term in terms))
        if any(language not in term.idle_in for term in terms)
    )
    return tuple(replace(term, idle_in=term.idle_in & idle) for term in terms)


def _quoted_terms(phrase: str) -> list[Term]:
    """The whole of it next to each other; a single word may as well be written in one."""
    found = list(chains(phrase))
    way = tuple(step for chain in found for step in _steps(chain))
    ways = [way, *(_in_one(phrase, found[0]) if len(found) == 1 else ())]
    return [Term(tuple(ways))] if way else []


def _terms(chunk: str, *, is_typed: bool) -> Iterator[Term]:
    """What stands between spaces: mostly one word. is_typed: it may be the beginning of a longer one."""
    found = list(chains(chunk))
    for index, chain in enumerate(found):
        end = chain[-1].end
        may_go_on = chunk[end : end + 1] == "*" or (
            is_typed and index == len(found) - 1 and not chunk[end:].strip(_AT_THE_END)
        )
        if way := _steps(chain):
            ways = [way, *_in_one(chunk, chain)]
            if may_go_on:
                ways = [*ways, *_beginnings(chunk, chain)]
            yield Term((*ways, *_without_endings(chunk, chain)), _idle_in(chunk, chain))


_AT_THE_END: Final = "'’.,:;!?)]}…"


def _steps(chain: Iterable[Part]) -> Way:
    return tuple(_all_steps(chain))


def _all_steps(chain: Iterable[Part]) -> Iterator[Step]:
    for part in chain:
        if not part.is_run:
            if lexemes := _lexemes(part.word):
                yield Step(part.place, lexemes)
        elif len(part.word) == 1:
            # Each letter of a run begins a pair or is the last of the run.
            yield Step(part.place, (), (part.word,))
        else:
            for index, pair in enumerate(pairs(part.word)):
                if len(pair) == 2:
                    yield Step(part.place + index, (pair,))


def _in_one(text: str, chain: Sequence[Part]) -> list[Way]:
    return [
        (Step(chain[0].place, (ACRONYM + fold(one.word),) if one.is_acronym else _lexemes(one.word)),)
        for one in tied(text, chain)
        if len(one.parts) == len(chain)
    ]


def _beginnings(text: str, chain: Sequence[Part]) -> Iterator[Way]:
    """With the last word as the beginning of one. Of a single letter, or of digits, nearly anything is."""
    if chain[-1].is_run:
        return
    if last := _as_beginning(chain[-1].word):
        yield (*_steps(chain[:-1]), Step(chain[-1].place, (), last))
    for one in tied(text, chain):
        if len(one.parts) == len(chain) and not one.is_acronym and (last := _as_beginning(one.word)):
            yield (Step(chain[0].place, (), last),)


def _as_beginning(word: str) -> tuple[str, ...]:
    return tuple(one for one in spellings(word) if len(one) > 1 and not one.isdecimal())


# What is written to the next word where that begins with a vowel, in French, Italian and Catalan.
_ELIDED: Final = frozenset(
    [
        "l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu",
        "dell", "dall", "all", "nell", "sull", "coll", "un", "quest", "quell",
    ]
)  # fmt: skip


def _without_endings(text: str, chain: Sequence[Part]) -> list[Way]:
    """Korea’s as Korea, Erdoğan’ın as Erdoğan, l’Écosse as Écosse; O’Brien is not Brien."""
    if len(chain) > 1 and is_possessive(text, chain):
        return [_steps(chain[:-1]), *_in_one(text, chain[:-1])]
    if not has_apostrophe(text, chain):
        return []
    if fold(chain[0].word) in _ELIDED:
        return [_steps(chain[1:])]
    return [_steps(chain[:1])] if len(chain) == 2 and len(chain[0].word) >= _A_WORD else []


_A_WORD: Final = 4  # letters, before an apostrophe, that what follows is an ending of


def _idle_in(text: str, chain: Sequence[Part]) -> frozenset[str]:
    words = [chain[0].word] if len(chain) == 1 else [one.word for one in tied(text, chain)]
    if len(words) != 1 or chain[0].is_run:
        return frozenset()
    return frozenset(language for language in languages() if is_function_word(fold(words[0]), language))


@lru_cache(maxsize=2_000)
def _lexemes(word: str) -> tuple[str, ...]:
    """All that a word may be found by, whatever the language of the text."""
    return tuple(
        dict.fromkeys([*spellings(word), *(stem for language in STEMMERS for stem in stems(word, language))])
    )


def _text_of(way: Way) -> str:
    first, *others = way
    said, at = first.text(), first.place
    for step in others:
        said += f" <{step.place - at}> {step.text()}"
        at = step.place
    return f"({said})" if others else said


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
