"""What a fact said before and says no longer, where the headline, or the copy without its mark, goes on saying it: such
words may say something else, so whoever files or publishes them is told, and nothing is refused."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any, Final, NamedTuple

from ledger import limits
from ledger.fact import FactBody
from ledger.likeness import look
from ledger.rules.compared import read_together, with_time_for
from ledger.rules.names_told import names_of, words_of
from ledger.rules.numbers_and_days import days_among, value, values_in, words_in
from ledger.rules.numbers_told import HYPHEN, Number, Numbers, also_told_by, numbers, told_by
from ledger.rules.places import Word, numbers_as_one, says_what_was, sentence_at
from ledger.rules.protecting import cut
from ledger.rules.quoted import only_before, pieces, quoted_in, quotes_of
from ledger.story import Copy, Fact, Span, Story, around

_WORD: Final = re.compile(r"\S+")
_LETTERS: Final = re.compile(r"\w+")
_MONTH: Final = re.compile(r"\d{4}-\d{2}")
_FIGURES_AND_MORE: Final = re.compile(r"\d(?:st|nd|rd|th|er|re|e|ème|[ºª°])\b", re.IGNORECASE)
_ON: Final = 20  # letters behind a number that may make another one of it
_FAR: Final = 60  # letters, in which the next word stands
_SHORTEST: Final = 2  # letters of a name


def found(
    story: Story, *, facts: Iterable[int] | None = None, fields: Iterable[str] = ("headline", "text")
) -> Iterator[dict[str, Any]]:
    """What a receipt says of it, in `warnings`. facts: those that it is asked of, all where none are named; fields: of
    the story, likewise. The pointer is to the field."""
    if not story.earlier:
        return
    were = _earlier(story)
    if facts is not None:
        were = {number: story.earlier[number] for number in facts if number in story.earlier}
    copy = story.copy if "text" in fields else None
    headline = story.head.headline if "headline" in fields else ""
    is_now = {number: story.facts[number - 1] for number in were}
    facts_now = {fact.fact: fact for fact in read_together(story)} | is_now
    for field, fact, detail in told(
        headline, copy, were, [*facts_now.values()], story.head.language, [*_filed_before(story, were)]
    ):
        yield {"pointer": f"/{field}", "fact": fact, "detail": detail}


def _earlier(story: Story) -> Mapping[int, Sequence[Fact]]:
    """What facts said before: of so many of them as are looked at, those that changed last."""
    newest = sorted(story.earlier, key=lambda number: story.facts[number - 1].changed.revision)
    there_is_time = with_time_for(story, newest[-limits.FACTS_CHANGED :])
    return {number: were for number, were in story.earlier.items() if number in there_is_time}


def _filed_before(story: Story, were: Mapping[int, Sequence[Fact]]) -> Iterator[Span]:
    """The marked words that were filed before their fact changed, and contradict it by that."""
    last = story.filings[-1] if story.filings else None
    for span, behind in zip(last.spans, last.behind, strict=True) if last else ():
        if behind and span.fact in were and behind.version <= were[span.fact][-1].version:
            yield span


def on_another_fact(story: Story) -> Iterator[tuple[Span, Fact, Fact]]:
    """Words that are marked as those of a fact which does not tell their number, where another one told it, in these
    words, and no fact tells it now: the words, and the other one as it was and is."""
    if not story.earlier or story.copy is None or not story.copy.spans:
        return
    language, text = story.head.language, story.copy
    read = Text("text", text.text, text.spans, language)
    known = _Known(read_together(story), language)
    for number, were in _earlier(story).items():
        now = story.facts[number - 1]
        for was in were[::-1]:
            if was.standing != "standing":
                continue
            words = {*words_in(was.statement)}
            for start, end in _numbers_still(read, was, _numbers_gone(was, now, language), known):
                if read.is_marked(start, end) and read.words_beside(start, end) <= words:
                    exact = text.text[start:end]
                    yield Span.model_construct(fact=number, start=start, end=end, exact=exact), was, now


def told(
    headline: str,
    copy: Copy | None,
    were: Mapping[int, Sequence[Fact]],
    facts: Sequence[Fact],
    language: str,
    filed_before: Sequence[Span] | None = None,
) -> Iterator[tuple[str, int, str]]:
    """The field, the fact and what there is to say of each such word. were: of facts by number, as they were before;
    filed_before: the marked words of the copy that are older than that, all where nobody knows."""
    if not were:
        return
    texts = [Text("headline", headline, (), language)] if headline else []
    texts += [Text("text", copy.text, copy.spans, language, filed_before)] if copy else []
    known = _Known([fact for fact in facts if fact.standing == "standing"], language)
    is_now = {fact.fact: fact for fact in facts if fact.fact in were}
    for number in sorted(were):
        now, seen = is_now[number], set()
        for was in reversed(were[number]):
            if was.standing != "standing":
                continue
            numbers_gone = _numbers_gone(was, now, language)
            for text in texts:
                for start, end in _still(text, was, now, numbers_gone, known, language):
                    words = text.words[start:end]
                    if (text.field, look(words).casefold()) not in seen:
                        seen.add((text.field, look(words).casefold()))
                        yield text.field, number, _in_words(text, start, end, was, now)


def _still(
    text: "Text", was: Fact, now: Fact, gone: "_Gone", known: "_Known", language: str
) -> Iterator[tuple[int, int]]:
    yield from _numbers_still(text, was, gone, known)
    yield from _names_still(text, was, now if now.standing == "standing" else None, known, language)
    yield from _quotes_still(text, was, known)


class _Gone(NamedTuple):
    """The numbers that a fact told, and those that it tells instead."""

    values: set[str]
    new: set[str]


def _numbers_gone(was: Fact, now: Fact, language: str) -> _Gone:
    gone = [one for one in told_by(was, language) if one.is_certain]
    new: set[str] = set()
    if now.standing == "standing" and gone:
        gone = Numbers([*told_by(now, language), *also_told_by(now, language)]).lacking(gone)
        new = _values(now, language) - _values(was, language)
    return _Gone(set().union(*(one.values for one in gone)), new)


def _numbers_still(text: "Text", was: Fact, gone: _Gone, known: "_Known") -> Iterator[tuple[int, int]]:
    for start, end, number in text.telling(gone.values):
        if (
            not text.is_on(was.fact, start, end)
            and not text.says_both(start, gone.new)
            and not text.is_of_a_date(start, end, was, known)
            and not known.numbers.tell(number)
        ):
            yield start, end


def _values(fact: FactBody, language: str) -> set[str]:
    figure = {value(fact.figure.value.lstrip("-"), "en")} if fact.figure else set()
    return values_in(fact.statement, language) | figure


def _names_still(
    text: "Text", was: Fact, now: Fact | None, known: "_Known", language: str
) -> Iterator[tuple[int, int]]:
    """Names and days that others stand in the place of."""
    gone = {word for word in words_of(was) - (words_of(now) if now else set()) if word in text.places}
    gone = _names(was, gone, known, language)
    if not gone or (now and not _names(now, words_of(now) - words_of(was), known, language)):
        return
    for word in sorted(gone - known.words):
        for start, end in text.places[word]:
            is_name = text.words[start:end] != word or known.days({word})
            if is_name and not text.was_on(was.fact, start, end) and not text.says_both(start, set()):
                yield start, end
                break


def _names(fact: Fact, words: set[str], known: "_Known", language: str) -> set[str]:
    """Of the words those that name somebody, something or a day."""
    found = names_of(fact, language) & words
    found |= known.days(words - found).keys()
    return {word for word in found if len(word) >= _SHORTEST and not word.isdigit()}


def _quotes_still(text: "Text", was: Fact, known: "_Known") -> Iterator[tuple[int, int]]:
    quotes = [quote for quote in quotes_of(was) if quote not in known.quotes]
    for start, end, words in text.quoted if quotes else ():
        if not text.is_on(was.fact, start, end) and only_before(pieces(words), quotes, lambda: known.quotes):
            yield start, end


def _in_words(text: "Text", start: int, end: int, was: Fact, now: Fact) -> str:
    words = cut(text.words[start:end])
    said = "is withdrawn" if now.standing == "retracted" else f"said it until version {was.version + 1}"
    if text.field == "headline":
        return f"“{words}” still stands in the headline; fact {was.fact} {said}."
    beside = around(text.words, Span.model_construct(fact=was.fact, start=start, end=end, exact=words))
    return f"“{words}” still stands in the copy (“{cut(look(beside))}”); fact {was.fact} {said}."


class _Known:
    """What the facts that stand say together; worked out once something of it is asked."""

    def __init__(self, facts: Sequence[Fact], language: str) -> None:
        self._facts, self._language = facts, language
        self._days: dict[str, str | None] = {}

    def days(self, words: Iterable[str]) -> dict[str, str]:
        """Of the words those that name a day or a month, with which one; of so many words as there is time for."""
        asked = sorted(word for word in words if word.isalpha() and len(word) > _SHORTEST)
        new = [word for word in asked if word not in self._days][: max(0, limits.DAYS_READ - len(self._days))]
        self._days |= {**dict.fromkeys(new), **days_among(new, self._language)}
        return {word: day for word in asked if (day := self._days.get(word))}

    @cached_property
    def numbers(self) -> Numbers:
        return Numbers(
            chain.from_iterable(
                chain(told_by(fact, self._language), also_told_by(fact, self._language))
                for fact in self._facts
            )
        )

    @cached_property
    def words(self) -> set[str]:
        return set().union(*map(words_of, self._facts))

    @cached_property
    def quotes(self) -> set[str]:
        return {quote for fact in self._facts for quote in quotes_of(fact)}


class Text:
    """The headline or the copy; what stands in it is looked for once."""

    def __init__(
        self,
        field: str,
        words: str,
        spans: Sequence[Span],
        language: str,
        filed_before: Sequence[Span] | None = None,
    ) -> None:
        self.field, self.words, self._language = field, words, language
        self._spans = _by_fact(spans)
        self._filed_before = self._spans if filed_before is None else _by_fact(filed_before)

    @property
    def numbers(self) -> Sequence[tuple[int, int, Number]]:
        """From, to, and which it is."""
        return _numbers_of(self.words, self._language)

    @cached_property
    def _telling(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for index, (_, _, number) in enumerate(self.numbers):
            for one in number.values:
                found.setdefault(one, []).append(index)
        return found

    def telling(self, values: set[str]) -> list[tuple[int, int, Number]]:
        """Those of its numbers that may come to any of these."""
        found = {index for one in values for index in self._telling.get(one, ())}
        return [self.numbers[index] for index in sorted(found)]

    @property
    def places(self) -> Mapping[str, Sequence[tuple[int, int]]]:
        """Where each word stands."""
        return _places_of(self.words)

    @cached_property
    def quoted(self) -> list[tuple[int, int, str]]:
        return [*quoted_in(self.words)]

    def is_on(self, fact: int, start: int, end: int) -> bool:
        """Whether it is marked as words of the fact, which are looked at elsewhere."""
        return _meets(self._spans.get(fact, ()), start, end)

    def was_on(self, fact: int, start: int, end: int) -> bool:
        """Likewise, before the fact changed."""
        return _meets(self._filed_before.get(fact, ()), start, end)

    def is_marked(self, start: int, end: int) -> bool:
        return any(_meets(spans, start, end) for spans in self._spans.values())

    def words_beside(self, start: int, end: int) -> set[str]:
        """Of the words that are marked there those beside the number, and the one that follows it."""
        marked = [span for spans in self._spans.values() for span in spans if _meets([span], start, end)]
        beside = [self.words[span.start : start] + " " + self.words[end : span.end] for span in marked]
        follows = words_in(self.words[end : end + _FAR].partition("\n")[0])[:1]
        return {*words_in(" ".join(beside)), *follows}

    def says_both(self, at: int, new: set[str]) -> bool:
        """Whether the sentence says what is so now, too, or that this is what was said before."""
        sentence = sentence_at(self.words, at)
        return says_what_was(sentence) or bool(new and values_in(sentence, self._language) & new)

    def is_of_a_date(self, start: int, end: int, was: Fact, known: "_Known") -> bool:
        """Whether it is the day of a month that the fact does not name."""
        before = _LETTERS.findall(self.words[max(0, start - _ON) : start])[-1:]
        behind = _LETTERS.findall(self.words[end : end + _ON])[:1]
        beside = {word.casefold() for word in (*before, *behind)} - words_of(was)
        return any(_MONTH.fullmatch(day) for day in known.days(beside).values())


# A copy is looked at with each change of a fact of its story, one after the other.
_COPIES: Final = 8


@lru_cache(_COPIES)
def _numbers_of(text: str, language: str) -> Sequence[tuple[int, int, Number]]:
    """Of those that nothing behind them makes another one."""
    line = HYPHEN.sub(" ", text)
    words = [Word(look(word[0]), word.start(), word.end()) for word in _WORD.finditer(line)]
    found: list[tuple[int, int, Number]] = []
    for run in numbers_as_one(words, language):
        if any(map(str.isdigit, run.text)):
            itself = numbers(line[run.start : run.end], language)
            behind = line[run.start : run.end + _ON].partition("\n")[0]
            start, end = _bare(text, run.start, run.end)
            if not _FIGURES_AND_MORE.search(text, start, end):
                read = numbers(behind, language)[: len(itself)]
                found += [(start, end, one) for one in read if one.is_certain]
    return found


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """Without what stands beside the words."""
    words = text[start:end]
    return start + len(words) - len(words.lstrip(_BESIDE)), start + len(words.rstrip(_BESIDE))


@lru_cache(_COPIES)
def _places_of(text: str) -> Mapping[str, Sequence[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for word in _LETTERS.finditer(text):
        found.setdefault(look(word[0]).casefold(), []).append(word.span())
    return found


def _by_fact(spans: Iterable[Span]) -> dict[int, list[Span]]:
    found: dict[int, list[Span]] = {}
    for span in spans:
        found.setdefault(span.fact, []).append(span)
    return found


def _meets(spans: Iterable[Span], start: int, end: int) -> bool:
    return any(span.start < end and start < span.end for span in spans)


_BESIDE: Final = " \n.,;:!?…'\"‘’“”„‚«»()[]–—"
