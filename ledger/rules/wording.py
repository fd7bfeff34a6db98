"""A story does not contradict itself: what becomes public has no words on a fact that says something else by now, nor
any that tell another number."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import Any, Final, NamedTuple

from ledger import limits
from ledger.fact import FactBody
from ledger.legible import letters
from ledger.likeness import alike, look
from ledger.refusals import NoSuchFact, WordsContradict
from ledger.rules.context import Context
from ledger.rules.numbers_and_days import days_among, value, values_in, words_in
from ledger.rules.numbers_told import telling_other_numbers
from ledger.rules.protecting import cut
from ledger.story import Copy, Fact, Filing, Span, Story, as_read

# What the words of the copy tell of a fact; where else it can be checked, and how it stands, they do not.
SUBSTANCE: Final = ("statement", "figure", "attribution", "unattributed", "occurred")
_MANY: Final = 4  # words that stand by chance nowhere else


def check(
    story: Story, revision: int, words_stand: Sequence[int] | None, context: Context
) -> tuple[int, ...] | None:
    """The facts of those in `words_stand` that words of what becomes public contradict; refuses others."""
    for index, number in enumerate(words_stand or ()):
        if number > len(story.facts):
            raise NoSuchFact(
                story=story.head.story, fact=number, facts=len(story.facts), pointer=f"/words_stand/{index}"
            )
    found = list(contradictions(context.as_of(story, revision), story.filed_for_readers))
    left = [one for one in found if one[0].fact not in (words_stand or ())]
    if left:
        told = [_told(*one) for one in left[: limits.WORDS_ON_HIDDEN]]
        more = len(left) - len(told)
        words = "; ".join(_in_words(*one) for one in left[: limits.WORDS_ON_HIDDEN])
        raise WordsContradict(
            words=words + (f"; and {more} more" if more else ""),
            contradictions=told,
            count=len(left),
            pointer="/words_stand",
        )
    return tuple(sorted({span.fact for span, _, _ in found})) or None


def contradictions(story: Story, public: Filing | None) -> Iterator[tuple[Span, Fact, Fact]]:
    """Each span of the copy whose fact is another than when these words were filed, be it that they are marked no
    longer since readers have them, in the copy `public`: the span, the fact as it was then, and as it is. And each that
    tells another number than its fact: the fact is what it was. What is marked and retracted is refused elsewhere."""
    if not story.filings:
        return
    changed = [*_on_changed_facts(story, public)]
    yield from changed
    facts = {span.fact for span, _, _ in changed}
    for index, fact in _telling_other_numbers(story):
        if fact.fact not in facts:
            yield story.filings[-1].spans[index], fact, fact


def _on_changed_facts(story: Story, public: Filing | None) -> Iterator[tuple[Span, Fact, Fact]]:
    last = story.filings[-1]
    beside: dict[tuple[int, int], tuple[set[str], set[str]] | None] = {}
    for span, was, now, around in _changed_since(story, last):
        key = (was.fact, was.version)
        if key not in beside:
            beside[key] = _other_numbers(was, now, story.head.language)
        if not _is_mended_beside(beside[key], around, story.head.language):
            yield span, was, now
    yield from _said_no_longer(story, last)
    if public is None or public.revision >= last.revision:
        return
    words = None
    for span, was, now, around in _changed_since(story, public):
        assert story.copy is not None
        words = words or _Words.of(story.copy.text)
        place = _left_standing(story.copy, words, span, around)
        if place is not None:
            yield place, was, now


def warnings(story: Story) -> dict[str, Any]:
    """What the receipt of a copy says of it, in `warnings`: which words tell another number than their fact."""
    found = [
        {
            "pointer": f"/spans/{index}",
            "fact": fact.fact,
            "detail": f"{says_instead(story.filings[-1].spans[index], fact)}.",
        }
        for index, fact in islice(_telling_other_numbers(story), limits.WORDS_ON_HIDDEN)
    ]
    return {"warnings": found} if found else {}


def says_instead(span: Span, fact: FactBody) -> str:
    figure = f", with the figure {fact.figure.value} {fact.figure.unit}" if fact.figure else ""
    return f"“{cut(span.exact)}” stands on fact {span.fact}, which says “{cut(fact.statement)}”{figure}"


def _telling_other_numbers(story: Story) -> Iterator[tuple[int, Fact]]:
    """Which spans of the copy do, by their place; not where somebody said that these words stand on the fact
    as it is."""
    if not story.filings:
        return
    last = story.filings[-1]
    of_fact: dict[int, list[int]] = {}
    for index, span in enumerate(last.spans):
        of_fact.setdefault(span.fact, []).append(index)
    for number, places in of_fact.items():
        fact, stood = story.fact(number), story.stood.get(number)
        if fact is None or fact.standing != "standing":
            continue
        stands = stood.words if stood and not _changed(stood.fact, fact) else ()
        passages = [(last.spans[index].exact, last.around[index]) for index in places]
        for place in telling_other_numbers(passages, fact, story.head.language):
            if as_read(last.spans[places[place]]) not in stands:
                yield places[place], fact


def _changed_since(story: Story, filing: Filing) -> Iterator[tuple[Span, Fact, Fact, str]]:
    for span, was, around in zip(filing.spans, filing.behind, filing.around, strict=True):
        now = story.fact(span.fact)
        if was and now and now is not was and now.standing == "standing" and _changed(was, now):
            yield span, was, now, around


def _other_numbers(was: Fact, now: Fact, language: str) -> tuple[set[str], set[str]] | None:
    """The numbers that a fact told and those that it tells instead, where nothing else of it changed."""
    if not {"statement", "figure"}.issuperset(_changed(was, now)):
        return None
    gone, new = _differing(was, now, language)
    is_all = all(values_in(word, language) for word in gone.words | new.words)
    return (gone.numbers, new.numbers) if is_all else None


def _is_mended_beside(numbers: tuple[set[str], set[str]] | None, around: str, language: str) -> bool:
    """Whether the number that the fact tells now stands beside words that have none, and the one before does not."""
    if numbers is None:
        return False
    gone, new = numbers
    told = values_in(around, language)
    return bool(told & new) and not told & gone


def _said_no_longer(story: Story, last: Filing) -> Iterator[tuple[Span, Fact, Fact]]:
    """Words that were filed since their fact changed, and tell a number or a day that it had before, and none that it
    has instead."""
    language, filed = story.head.language, [*_filed_since(story, last)]
    differing = {(was.fact, was.version): _differing(was, now, language) for _, was, now, _ in filed}
    words = {
        word: letters(word)
        for _, was, _, said in filed
        for gone, new in [differing[was.fact, was.version]]
        if gone.letters & said
        for word in [*sorted(gone.words), *sorted(new.words)]
        if letters(word) in said or word in new.words
    }
    days = {words[day] for day in days_among(words, language)}
    told = set()
    for span, was, now, said in filed:
        gone, new = differing[was.fact, was.version]
        if span not in told and (
            _only_before(said, gone.numbers | (days & gone.letters), new.numbers | (days & new.letters))
            # Of a number and a day that changed both, one may have been mended alone.
            or (new.numbers and _only_before(said, gone.numbers, new.numbers))
            or (days & new.letters and _only_before(said, days & gone.letters, days & new.letters))
        ):
            told.add(span)
            yield span, was, now


def _filed_since(story: Story, last: Filing) -> Iterator[tuple[Span, Fact, Fact, set[str]]]:
    """Each span that was filed since its fact changed, with the fact as it was before, once for each such time, the
    fact as it is, and the numbers and words of the span."""
    before = _before(story)
    for span, stood in zip(last.spans, last.behind, strict=True):
        now = story.fact(span.fact)
        if (
            span.fact not in before
            or not stood
            or not now
            or now.standing != "standing"
            or _changed(stood, now)
        ):
            continue
        said = _numbers_and_words(span.exact, story.head.language)
        for was in before[span.fact]:
            yield span, was, now, said


def _only_before(said: set[str], gone: set[str], new: set[str]) -> bool:
    return bool(said & gone) and not said & new


def _before(story: Story) -> Mapping[int, Sequence[Fact]]:
    """Of each fact that stands behind words of the copy, as what it stood behind earlier ones, where that was something
    else; the latest first, and so many as are looked back for."""
    stood: dict[tuple[int, int], Fact] = {}
    left = limits.SPANS_LOOKED_BACK
    for filing in reversed(story.filings):
        left -= len(filing.spans)
        for was in filing.behind if left >= 0 else ():
            if was and (was.fact not in story.stood or was.version >= story.stood[was.fact].fact.version):
                stood.setdefault((was.fact, was.version), was)
    found: dict[int, list[Fact]] = {}
    for was in stood.values():
        now = story.fact(was.fact)
        if now and was.version < now.version and _changed(was, now):
            found.setdefault(was.fact, []).append(was)
    return found


def _numbers_and_words(text: str, language: str) -> set[str]:
    """Whatever they are written with: a letter that only looks like another stands for it."""
    plain = [letters(word) for word in words_in(text)]
    return values_in(text, language) | values_in(" ".join(plain), language) | {*plain}


class _Side(NamedTuple):
    """What a statement tells that another does not."""

    numbers: set[str]
    words: set[str]
    letters: set[str]


def _differing(was: Fact, now: Fact, language: str) -> tuple[_Side, _Side]:
    (numbers, words), (new_numbers, new_words) = _tells(was, language), _tells(now, language)
    return (
        _Side(numbers - new_numbers, words - new_words, {*map(letters, words - new_words)}),
        _Side(new_numbers - numbers, new_words - words, {*map(letters, new_words - words)}),
    )


def _tells(fact: Fact, language: str) -> tuple[set[str], set[str]]:
    figure = {value(fact.figure.value.lstrip("-"), "en")} if fact.figure else set()
    return values_in(fact.statement, language) | figure, {*words_in(fact.statement)}


class _Words(NamedTuple):
    """The words of a text as they read, whatever their case and wherever lines end; and where each begins, there and in
    the text itself."""

    looks: str
    text: str
    begins: Sequence[int]
    places: Sequence[int]

    @classmethod
    def of(cls, text: str) -> "_Words":
        found = [(place.start(), place[0].casefold()) for place in _WORD.finditer(text)]
        begins = [0, *accumulate(len(word) + 1 for _, word in found)][: len(found)]
        return cls(
            _read(look(text)), " ".join(word for _, word in found), begins, [place for place, _ in found]
        )

    def place(self, words: str, after: int = 0) -> int | None:
        """Where they begin in the text, behind a place in it."""
        if not self.places:
            return None
        word = max(0, bisect_right(self.places, after) - 1)
        begin = self.text.find(_read(words), self.begins[word] + max(0, after - self.places[word]))
        if begin < 0:
            return None
        word = bisect_right(self.begins, begin) - 1
        return self.places[word] + begin - self.begins[word]


_WORD: Final = re.compile(r"\S+")


def _read(text: str) -> str:
    return " ".join(text.split()).casefold()


def _left_standing(copy: Copy, words: _Words, span: Span, around: str) -> Span | None:
    """Where words that readers have with a mark stand in the copy without any; many words are the same wherever they
    stand, few of them between the same ones. What is marked there stands on a fact, and that is looked at by itself."""
    wanted = span.exact if len(span.exact.split()) >= _MANY else around
    if _read(look(wanted)) not in words.looks:
        return None
    start = words.place(wanted) or 0
    if wanted is not span.exact:
        start = words.place(span.exact, start) or start
    place = Span.model_construct(fact=span.fact, start=start, end=start + len(span.exact), exact=span.exact)
    is_marked = any(one.start < place.end and place.start < one.end for one in copy.spans)
    return None if is_marked else place


def _changed(was: FactBody, now: FactBody) -> list[str]:
    return [name for name in SUBSTANCE if not alike(getattr(was, name), getattr(now, name))]


def _told(span: Span, was: Fact, now: Fact) -> dict[str, Any]:
    changed = _changed(was, now) or ["statement", "figure"]
    return {
        "fact": span.fact,
        "start": span.start,
        "end": span.end,
        "words": cut(span.exact),
        "was": {"version": was.version, **_values(was, changed)},
        "now": {"version": now.version, **_values(now, changed)},
    }


def _values(fact: Fact, names: Sequence[str]) -> dict[str, Any]:
    return fact.model_dump(mode="json", include={*names}, exclude_none=True)


def _in_words(span: Span, was: Fact, now: Fact) -> str:
    if was is now:
        return says_instead(span, now)
    if "statement" in _changed(was, now):
        said = f"said “{cut(was.statement)}” and says “{cut(now.statement)}” now"
    else:
        names = " and ".join(dict.fromkeys(_IN_WORDS[name] for name in _changed(was, now)))
        said = f"has another {names} now"
    return f"“{cut(span.exact)}” stands on fact {span.fact}, which {said}"


_IN_WORDS: Final = {
    "figure": "figure",
    "attribution": "attribution",
    "unattributed": "attribution",
    "occurred": "date",
}
