"""Words of the copy that have a name of the fact that they stand on with another letter. It may be another name, so
whoever files it is told, and nothing is refused."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from ledger.fact import FactBody
from ledger.legible import letters
from ledger.likeness import look
from ledger.rules.numbers_and_days import words_in
from ledger.rules.quoted import has_a_letter_other
from ledger.story import Span

_WORD: Final = re.compile(r"[^\W\d_]+")
_NOUNS_ARE_NAMES: Final = ("de", "lb")  # by their first letter


def names_of(fact: FactBody, language: str) -> set[str]:
    """The words, without case, that name somebody or something: of those whom it is about, where it was, and those of
    the statement that have a capital letter where no sentence begins."""
    found = {*words_in(" ".join((*fact.entities, fact.place or "")))}
    if language.partition("-")[0].lower() not in _NOUNS_ARE_NAMES:
        statement = look(fact.statement)
        found |= {
            word[0].casefold()
            for word in _WORD.finditer(statement)
            if word[0][0].isupper() and not begins(statement, word.start())
        }
    return found


def begins(text: str, at: int) -> bool:
    """Whether a sentence, or what somebody said, begins there."""
    before = text[max(0, at - 9) : at].rstrip(" ")
    return not before or before[-1] in '.!?:\n“„«»"‘'


def texts_of(fact: FactBody) -> Iterator[str]:
    """All in it that may tell a name, a number, a day or what somebody said."""
    said = (one for link in fact.attribution or () for one in (link.cue, link.quote))
    literal = fact.occurred.literal if fact.occurred else None
    return filter(None, (fact.statement, *fact.entities, fact.place, *said, literal))


def words_of(fact: FactBody) -> set[str]:
    """All of it, without case."""
    return {*words_in(" ".join(texts_of(fact)))}


def misspelling(
    text: str, spans: Sequence[Span], fact: FactBody, language: str, others: Callable[[], Collection[str]]
) -> Iterator[tuple[int, str, str]]:
    """Of the spans, all of them on the fact, which one does, the word and the name. others: the words of other facts,
    which are asked only where that matters."""
    names = names_of(fact, language)
    if not names:
        return
    known = words_of(fact)
    missing = names - {*words_in(" ".join(span.exact for span in spans))}
    for index, span in enumerate(spans) if missing else ():
        for match in _WORD.finditer(text, span.start, span.end):
            word = look(match[0]).casefold()
            if word in known or not match[0][0].isupper() or begins(text, match.start()):
                continue
            for name in sorted(missing):
                if _is_misspelt(letters(word), letters(name)) and word not in others():
                    yield index, match[0], name
                    break


def _is_misspelt(word: str, name: str) -> bool:
    """But for a vowel at its end, by which a name is declined."""
    return has_a_letter_other(word, name) and not (word[:-1] == name[:-1] and {word[-1], name[-1]} <= _VOWELS)


_VOWELS: Final = frozenset("aeiouyаеиоуыэюяіїєё")
