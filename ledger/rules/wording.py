"""A story does not contradict itself: what becomes public has no words on a fact that says something else by now, nor
any that tell another number."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice, pairwise
from typing import Any, Final, NamedTuple

from ledger import limits
from ledger.fact import FactBody
from ledger.legible import letters
from ledger.likeness import alike, look
from ledger.refusals import NoSuchFact, WordsContradict
from ledger.rules import still_told
from ledger.rules.compared import Time, read_together, with_time_for
from ledger.rules.context import Context
from ledger.rules.days_told import Days, naming_other_days
from ledger.rules.names_told import misspelling, words_of
from ledger.rules.numbers_and_days import (
    days_among,
    value,
    values_in,
    with_values,
    words_in,
)
from ledger.rules.numbers_told import telling_other_numbers
from ledger.rules.places import Words, as_one_line, says_what_was, sentence_at
from ledger.rules.protecting import cut
from ledger.rules.quoted import misquoting, only_before, pieces_in, quoted_in, quotes_of
from ledger.story import Fact, Filing, Span, Story, around, as_read

# What the words of the copy tell of a fact; where else it can be checked, and how it stands, they do not.
SUBSTANCE: Final = ("statement", "figure", "attribution", "unattributed", "occurred")


def check(
    story: Story, revision: int, words_stand: Sequence[int] | None, context: Context
) -> tuple[int, ...] | None:
    """The facts of those in `words_stand` that words of what becomes public contradict; refuses others."""
    for index, number in enumerate(words_stand or ()):
        if number > len(story.facts):
            raise NoSuchFact(
                story=story.head.story, fact=number, facts=len(story.facts), pointer=f"/words_stand/{index}"
            )
    then = context.as_of(story, revision)
    found = list(contradictions(then, story.filed_for_readers))
    left = [one for one in found if one[0].fact not in (words_stand or ())]
    if left:
        told = [_told(*one) for one in left[: limits.WORDS_ON_HIDDEN]]
        more = len(left) - len(told)
        words = "; ".join(_in_words(*one) for one in left[: limits.WORDS_ON_HIDDEN])
        raise WordsContradict(
            words=words + (f"; and {more} more" if more else ""),
            contradictions=told,
            count=len(left),
            warnings=[
                {"fact": one["fact"], "detail": one["detail"]}
                for one in islice(at_publishing(then, story), limits.WORDS_ON_HIDDEN)
            ],
            pointer="/words_stand",
        )
    return tuple(sorted({span.fact for span, _, _ in found})) or None


def at_publishing(story: Story, before: Story) -> Iterator[dict[str, Any]]:
    """What the receipt of a publication says, in `warnings`, of what may contradict a fact. before: the story as it
    stands until then."""
    yield from still_told.found(story)
    public = before.filed_for_readers
    if story.filings and (public is None or public.revision < story.filings[-1].revision):
        yield from misspelling_names(story)


def contradictions(story: Story, public: Filing | None) -> Iterator[tuple[Span, Fact, Fact]]:
    """Each span of the copy whose fact is another than when these words were filed, be it that they are marked no
    longer since readers have them, in the copy `public`: the span, the fact as it was then, and as it is. And each that
    tells another number than its fact: the fact is what it was. And each that is marked on a fact that does not tell
    its number, which another one told. What is marked and retracted is refused elsewhere."""
    if not story.filings:
        return
    changed = [*_on_changed_facts(story, public)]
    yield from changed
    facts = {span.fact for span, _, _ in changed}
    for index, fact in _telling_otherwise(story):
        if fact.fact not in facts:
            yield story.filings[-1].spans[index], fact, fact
    for place, fact in _without_their_mark(story, public):
        if fact.fact not in facts:
            yield place, fact, fact
    yield from still_told.on_another_fact(story)


def _on_changed_facts(story: Story, public: Filing | None) -> Iterator[tuple[Span, Fact, Fact]]:
    last, time = story.filings[-1], Time()
    beside: dict[tuple[int, int], tuple[set[str], set[str]] | None] = {}
    for span, was, now, beside_it in _changed_since(story, last):
        if now.standing != "standing":
            continue
        key = (was.fact, was.version)
        if key not in beside:
            is_read = time.is_left_for(was, now)
            beside[key] = _other_numbers(was, now, story.head.language) if is_read else None
        if not _is_mended_beside(beside[key], beside_it, story.head.language):
            yield span, was, now
    yield from _said_no_longer(story, last, time)
    if public is None or public.revision >= last.revision:
        return
    words = None
    for span, was, now, beside_it in _changed_since(story, public):
        assert story.copy is not None
        words = words or Words(story.copy.text, story.head.language)
        place = words.place(span, beside_it)
        if place and _tells_of_before(story, place):
            continue
        if place and not _is_told_there(story, last, place, was, now, time):
            yield place, was, now


def telling(story: Story) -> Iterator[dict[str, Any]]:
    """What the receipt of a copy says of it, in `warnings`: which words tell another number than their fact, quote it
    otherwise, or have a name of it with another letter."""
    for index, fact in _telling_otherwise(story):
        detail = f"{says_instead(story.filings[-1].spans[index], fact)}."
        yield {"pointer": f"/spans/{index}", "fact": fact.fact, "detail": detail}
    yield from misspelling_names(story)


def misspelling_names(story: Story) -> Iterator[dict[str, Any]]:
    """Likewise: which words of the copy have a name of their fact with another letter."""
    if not story.filings:
        return
    assert story.copy is not None
    language, text = story.head.language, story.copy.text
    others = cache(lambda: set().union(*map(words_of, read_together(story))))
    for fact, places in _on_each_fact(story):
        number = fact.fact
        spans = [story.filings[-1].spans[index] for index in places]
        for place, word, name in misspelling(text, spans, fact, language, others):
            detail = says_misspelt(word, name, fact, number)
            yield {"pointer": f"/spans/{places[place]}", "fact": number, "detail": detail}


def says_misspelt(word: str, name: str, fact: FactBody, number: int) -> str:
    as_written = re.search(
        re.escape(name), " ".join((fact.statement, *fact.entities, fact.place or "")), re.IGNORECASE
    )
    return f"“{word}” stands on fact {number}, which has “{as_written[0] if as_written else name}”."


def _on_each_fact(story: Story) -> Iterator[tuple[Fact, list[int]]]:
    """Each fact that stands and that words of the copy stand on, as far as there is time; and which spans these are."""
    on_each: dict[int, list[int]] = {}
    for index, span in enumerate(story.filings[-1].spans):
        on_each.setdefault(span.fact, []).append(index)
    there_is_time = with_time_for(story, on_each)
    for number, places in on_each.items():
        fact = story.fact(number)
        if fact is not None and fact.standing == "standing" and number in there_is_time:
            yield fact, places


def says_instead(span: Span, fact: FactBody) -> str:
    figure = f", with the figure {fact.figure.value} {fact.figure.unit}" if fact.figure else ""
    quote = "".join(f", and quotes “{cut(one)}”" for one in quotes_of(fact))
    return (
        f"“{cut(span.exact)}” stands on fact {span.fact}, which says “{cut(fact.statement)}”{figure}{quote}"
    )


class Reading:
    """A copy that is held against the facts that its words stand on; what it quotes is looked for once. others: what
    other facts quote, asked only where that matters."""

    def __init__(self, text: str, language: str, others: Callable[[], Iterable[str]]) -> None:
        self._text, self._language, self._others = text, language, others
        self._quoted, self._days = [*quoted_in(text)], Days(language)

    def telling_otherwise(
        self, spans: Sequence[Span], passages: Sequence[tuple[str, str]], fact: FactBody
    ) -> list[int]:
        """Which of the spans, all of them on the fact, tell another number or day than it does, or quote it otherwise.
        passages: the words of each, and these with some around them."""
        numbers = telling_other_numbers(passages, fact, self._language)
        days = naming_other_days(passages, fact, self._days)
        return sorted({*numbers, *days, *misquoting(self._text, self._quoted, spans, fact, self._others)})


def _telling_otherwise(story: Story) -> Iterator[tuple[int, Fact]]:
    """Which spans of the copy tell another number or day than their fact, or quote it otherwise, by their place; not
    where somebody said that these words stand on the fact as it is."""
    if not story.filings:
        return
    assert story.copy is not None
    last = story.filings[-1]
    others = cache(lambda: [quote for fact in read_together(story) for quote in quotes_of(fact)])
    reading = Reading(story.copy.text, story.head.language, others)
    for fact, places in _on_each_fact(story):
        stood = story.stood.get(fact.fact)
        stands = stood.words if stood and not _changed(stood.fact, fact) else ()
        passages = [(last.spans[index].exact, last.around[index]) for index in places]
        spans = [last.spans[index] for index in places]
        for place in reading.telling_otherwise(spans, passages, fact):
            is_said = as_read(last.spans[places[place]]) in stands
            if not is_said and not _tells_of_before(story, last.spans[places[place]]):
                yield places[place], fact


def _without_their_mark(story: Story, public: Filing | None) -> Iterator[tuple[Span, Fact]]:
    """Words that readers have marked and that stand, but for their number, in a copy that marks nothing on their fact,
    where they tell another number than it does."""
    last, language = story.filings[-1], story.head.language
    if public is None or public.revision >= last.revision or story.copy is None:
        return
    marked, time, words = {span.fact for span in last.spans}, Time(), None
    for span, beside in zip(public.spans, public.around, strict=True):
        fact = None if span.fact in marked else story.fact(span.fact)
        if fact is None or fact.standing != "standing" or not time.is_left_for(fact):
            continue
        words = words or Words(story.copy.text, language)
        place = words.place(span, beside, whatever_number=True)
        if place is None or place.end - place.start > _OFTEN * len(span.exact):
            continue
        if _tells_of_before(story, place):
            continue
        if any(one.start < place.end and place.start < one.end for one in last.spans):
            continue  # they may tell of another fact
        passages = [(place.exact, around(story.copy.text, place))]
        if [*telling_other_numbers(passages, fact, language)]:
            marked.add(span.fact)
            yield place, fact


def _tells_of_before(story: Story, place: Span) -> bool:
    """Whether the copy says there what it said before, as a note on a correction does."""
    return story.copy is not None and says_what_was(sentence_at(story.copy.text, place.start))


def _is_as_it_is(span: Span, was: Fact, now: Fact, language: str) -> bool:
    """Whether the words are the statement as it is now, with the figure and the day that changed with it: the fact came
    to say what they say already."""
    if len(now.statement) > _OFTEN * len(span.exact):
        return False
    changed = {*_changed(was, now, span.exact)}
    if not changed <= {"statement", "figure", "occurred"} or words_in(span.exact) != words_in(now.statement):
        return False
    if now.figure and value(now.figure.value.lstrip("-"), "en") not in values_in(span.exact, language):
        return False
    literal = now.occurred.literal if now.occurred else None
    return "occurred" not in changed or as_one_line(literal or "\0") in as_one_line(span.exact)


_OFTEN: Final = 4  # as long as words that may be it


def _changed_since(story: Story, filing: Filing) -> Iterator[tuple[Span, Fact, Fact, str]]:
    language = story.head.language
    for span, was, beside in zip(filing.spans, filing.behind, filing.around, strict=True):
        now = story.fact(span.fact)
        if not was or not now or now is was or was.standing != "standing":
            continue
        changed = _changed(was, now, span.exact)
        if now.standing == "retracted" or (changed and not _is_as_it_is(span, was, now, language)):
            yield span, was, now, beside


def _other_numbers(was: Fact, now: Fact, language: str) -> tuple[set[str], set[str]] | None:
    """The numbers that a fact told and those that it tells instead, where nothing else of it changed."""
    if not {"statement", "figure"}.issuperset(_changed(was, now)):
        return None
    gone, new = _differing(was, now, language)
    is_all = all(values_in(word, language) for word in gone.words | new.words)
    return (gone.numbers, new.numbers) if is_all else None


def _is_mended_beside(numbers: tuple[set[str], set[str]] | None, beside: str, language: str) -> bool:
    """Whether the number that the fact tells now stands beside words that have none, and the one before does not."""
    if numbers is None:
        return False
    gone, new = numbers
    told = values_in(beside, language)
    return bool(told & new) and not told & gone


def _said_no_longer(story: Story, last: Filing, time: Time) -> Iterator[tuple[Span, Fact, Fact]]:
    """Words that were filed since their fact changed, and tell a number, a day or other words that it had before, and
    none that it has instead; or quote what was quoted before."""
    language, filed = story.head.language, [*_filed_since(story, last, time)]
    old_words, old_quotes = _OldWords(language), _OldQuotes(story)
    differing = {(was.fact, was.version): _differing(was, now, language) for _, was, now, _, _ in filed}
    words = {
        word: letters(word)
        for _, was, _, said, _ in filed
        for gone, new in [differing[was.fact, was.version]]
        if gone.letters & said
        for word in [*sorted(gone.words), *sorted(new.words)]
        if letters(word) in said or word in new.words
    }
    days = {words[day] for day in days_among(words, language)}
    told = set()
    for span, was, now, said, beside in filed:
        gone, new = differing[was.fact, was.version]
        if _tells_of_before(story, span):
            continue
        if span not in told and (
            _only_before(said, gone.numbers | (days & gone.letters), new.numbers | (days & new.letters))
            # Of a number and a day that changed both, one may have been mended alone.
            or (new.numbers and _only_before(said, gone.numbers, new.numbers))
            or (days & new.letters and _only_before(said, days & gone.letters, days & new.letters))
            or old_words.stand(span.exact, beside, was, now)
            or old_quotes.stand(span, was, now)
        ):
            told.add(span)
            yield span, was, now


class _OldWords:
    """What a statement told before, and another one does in its place, where few words of it changed: in which order,
    where these are beside a number."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._differ: dict[tuple[int, int], tuple[set[str], set[str]]] = {}

    def stand(self, words: str, beside: str, was: Fact, now: Fact) -> bool:
        """Whether the words do, and neither they nor those beside them tell what it tells instead."""
        key = (was.fact, was.version)
        if key not in self._differ:
            before, after = self._told(_of_fact(was)), self._told(_of_fact(now))
            self._differ[key] = {*filter(_is_telling, before - after)}, {*filter(_is_telling, after - before)}
        gone, new = self._differ[key]
        if not new or sum(" " not in word for word in gone) > _FEW_WORDS:
            return False
        return bool(gone & self._told(words)) and not new & self._told(beside)

    def _told(self, text: str) -> set[str]:
        words = [letters(word) for word in _WORDS_AND_SIGNS.findall(with_values(look(text), self._language))]
        beside = {f"{one} {other}" for one, other in pairwise(words) if one.isdigit() or other.isdigit()}
        return {*words, *beside}


_WORDS_AND_SIGNS: Final = re.compile(r"\w+|[^\w\s.,;:!?…'\"‘’“”„‚«»()\[\]–—-]")
_FEW_WORDS: Final = 4


def _of_fact(fact: Fact) -> str:
    return fact.statement + (f" {fact.figure.value} {fact.figure.unit}" if fact.figure else "")


def _is_telling(word: str) -> bool:
    """No mere "in" or "of"."""
    return len(word) > _SHORT or not word.isascii() or not word.isalpha()


class _OldQuotes:
    """What facts quoted before, and no fact that stands does."""

    def __init__(self, story: Story) -> None:
        text = self._text = story.copy.text if story.copy else ""
        self._quoted = cache(lambda: [*quoted_in(text)])
        self._known = cache(
            lambda: [one for fact in read_together(story) for one in (fact.statement, *quotes_of(fact))]
        )

    def stand(self, span: Span, was: Fact, now: Fact) -> bool:
        gone = [one for one in quotes_of(was) if one not in quotes_of(now)]
        if not gone or not quotes_of(now):
            return False
        return only_before(pieces_in(self._text, self._quoted(), span), gone, self._known)


def _filed_since(story: Story, last: Filing, time: Time) -> Iterator[tuple[Span, Fact, Fact, set[str], str]]:
    """Each span that was filed since its fact changed, with the fact as it was before, once for each such time, the
    fact as it is, the numbers and words of the span, and these with some around them."""
    before = _before(story)
    for span, stood, beside in zip(last.spans, last.behind, last.around, strict=True):
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
            if time.is_left_for(was, now):
                yield span, was, now, said, beside


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


def _side(numbers: set[str], words: set[str]) -> _Side:
    return _Side(numbers, words, {*map(letters, words)})


def _differing(was: Fact, now: Fact, language: str) -> tuple[_Side, _Side]:
    (numbers, words), (new_numbers, new_words) = _tells(was, language), _tells(now, language)
    return _side(numbers - new_numbers, words - new_words), _side(new_numbers - numbers, new_words - words)


def _tells(fact: Fact, language: str) -> tuple[set[str], set[str]]:
    figure = {value(fact.figure.value.lstrip("-"), "en")} if fact.figure else set()
    return values_in(fact.statement, language) | figure, {*words_in(fact.statement)}


def _is_told_there(story: Story, last: Filing, place: Span, was: Fact, now: Fact, time: Time) -> bool:
    """Whether words that stand as readers have them are the words of something that tells so: of another fact, or of
    their own, if they are looked at by themselves; or whether the number was mended beside them."""
    if not time.is_left_for(was, now):
        return False
    language, text = story.head.language, story.copy.text if story.copy else ""
    said, (gone, told_now) = _numbers_and_words(place.exact, language), _differing(was, now, language)
    if now.standing == "retracted":  # what is withdrawn tells nothing
        gone = _side(*_tells(was, language))
    new = told_now.numbers | told_now.letters
    lost = said & gone.numbers or said & gone.letters
    for span, behind in zip(last.spans, last.behind, strict=True):
        if place.end <= span.start or span.end <= place.start:
            continue
        fact = story.fact(span.fact)
        if fact is None or not time.is_left_for(fact):
            continue
        if span.fact != place.fact:
            told, words = _tells(fact, language)
            is_told = _MOST * len(lost & {*told, *map(letters, words)}) >= len(lost)
        elif behind and _changed(behind, fact, span.exact):
            is_told = True
        elif lost:
            told = _numbers_and_words(span.exact, language)
            is_told = lost <= told and bool(new & told)
        else:
            is_told = span.start <= place.start and place.end <= span.end
        if is_told:
            return True
    return _is_mended_beside(_other_numbers(was, now, language), around(text, place), language)


_MOST: Final = 2  # of its words: one in two


def _changed(was: FactBody, now: FactBody, words: str = "") -> list[str]:
    """What of its substance; and its place, if the words tell where it was."""
    changed = [name for name in SUBSTANCE if not alike(getattr(was, name), getattr(now, name))]
    is_elsewhere = bool(words and was.place) and not alike(was.place, now.place)
    if is_elsewhere and _long({*words_in(was.place or "")} - {*words_in(now.place or "")}) & {
        *words_in(words)
    }:
        changed.append("place")
    return changed


def _long(words: set[str]) -> set[str]:
    """Those that are no mere "in" or "of"; of some scripts all."""
    return {word for word in words if len(word) > _SHORT or not word.isascii()}


_SHORT: Final = 3  # letters


def _told(span: Span, was: Fact, now: Fact) -> dict[str, Any]:
    changed = _changed(was, now, span.exact) or [
        "statement",
        "figure",
        *(["attribution"] if quotes_of(now) else []),
    ]
    withdrawn = {"standing": now.standing} if now.standing == "retracted" else {}
    return {
        "fact": span.fact,
        "start": span.start,
        "end": span.end,
        "words": cut(span.exact),
        "was": {"version": was.version, **_values(was, changed)},
        "now": {"version": now.version, **_values(now, changed), **withdrawn},
    }


def _values(fact: Fact, names: Sequence[str]) -> dict[str, Any]:
    return fact.model_dump(mode="json", include={*names}, exclude_none=True)


def _in_words(span: Span, was: Fact, now: Fact) -> str:
    if was is now:
        return says_instead(span, now)
    if now.standing == "retracted":
        said = f"said “{cut(was.statement)}” and is withdrawn"
    elif "statement" in _changed(was, now):
        said = f"said “{cut(was.statement)}” and says “{cut(now.statement)}” now"
    else:
        changed = _changed(was, now, span.exact)
        names = " and ".join(dict.fromkeys(_IN_WORDS[name] for name in changed))
        said = f"has another {names} now"
        quoted, quotes = quotes_of(was), quotes_of(now)
        if changed == ["attribution"] and quoted and quotes and quoted != quotes:
            said = f"quoted “{cut(quoted[0])}” and quotes “{cut(quotes[0])}” now"
    return f"“{cut(span.exact)}” stands on fact {span.fact}, which {said}"


_IN_WORDS: Final = {
    "figure": "figure",
    "attribution": "attribution",
    "unattributed": "attribution",
    "occurred": "date",
    "place": "place",
}
