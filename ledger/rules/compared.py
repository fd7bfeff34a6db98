"""How much of a story there is time for, when its words are held against its facts: so many letters of these. Of a
story that has more, what changed last is read."""

from collections.abc import Iterable

from ledger import limits
from ledger.fact import FactBody
from ledger.rules.names_told import texts_of
from ledger.story import Fact, Story


def _letters_of(fact: FactBody) -> int:
    return sum(map(len, texts_of(fact)))


class Time:
    """What is left of it, for versions of facts, of which each is read once."""

    def __init__(self) -> None:
        self._left = limits.LETTERS_COMPARED
        self._read: set[tuple[int, int]] = set()

    def is_left_for(self, *versions: Fact) -> bool:
        new = [one for one in versions if (one.fact, one.version) not in self._read]
        letters = sum(map(_letters_of, new))
        if letters > self._left:
            return False
        self._left -= letters
        self._read |= {(one.fact, one.version) for one in new}
        return True


def with_time_for(story: Story, facts: Iterable[int]) -> set[int]:
    """Of the facts those that changed last, each with what it said before, as far as there is time for them."""
    there, time = [fact for number in {*facts} if (fact := story.fact(number))], Time()
    newest = sorted(there, key=lambda fact: fact.changed.revision, reverse=True)
    return {fact.fact for fact in newest if time.is_left_for(fact, *story.earlier.get(fact.fact, ()))}


def read_together(story: Story) -> list[Fact]:
    """The facts that stand, as far as there is time for them: what none of these has, no fact has, as far as it can be
    said."""
    standing = [fact for fact in story.facts if fact.standing == "standing"]
    if sum(map(_letters_of, standing)) <= limits.LETTERS_COMPARED:
        return standing
    there_is_time = with_time_for(story, (fact.fact for fact in standing))
    return [fact for fact in standing if fact.fact in there_is_time]
