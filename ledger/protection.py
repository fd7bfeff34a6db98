"""Whom readers have seen named by a story, and whom it has to protect: as far as its facts' terms say, at any time."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Protection:
    """named: for each source, by turns the revision since which a fact names it to readers, and that since which none
    does; naming: how many facts do; former: of each fact, the sources that earlier versions of it named and it does not
    any more; despite: for each revision that was published, the sources whose names may stand in it, as an editor said.
    """

    named: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    naming: Mapping[str, int] = field(default_factory=dict)
    former: Mapping[int, frozenset[str]] = field(default_factory=dict)
    despite: Mapping[int, frozenset[str]] = field(default_factory=dict)

    def with_named(
        self, revision: int, begun: Iterable[str], ended: Iterable[str], *, hidden: bool = False
    ) -> "Protection":
        """begun: sources that a fact names from the revision on; ended: those that it names no more, `hidden` where
        that is because its terms were tightened: then readers do not see it in the past, either."""
        named, naming = self.named, dict(self.naming)
        for source in begun:
            naming[source] = naming.get(source, 0) + 1
            if naming[source] == 1:
                named = {**named, source: (*named.get(source, ()), revision)}
        for source in ended:
            naming[source] -= 1
            if naming[source] == 0:
                named = {**named, source: () if hidden else (*named[source], revision)}
        return replace(self, named=named, naming=naming)

    def without(self, fact: int, sources: Collection[str]) -> "Protection":
        """The fact does not name these any more."""
        if not sources:
            return self
        return replace(self, former={**self.former, fact: self.former.get(fact, frozenset()).union(sources)})

    def letting_stand(self, revision: int, sources: Collection[str]) -> "Protection":
        if not sources:
            return self
        return replace(
            self, despite={**self.despite, revision: self.despite.get(revision, frozenset()).union(sources)}
        )

    def named_in(self, revision: int) -> set[str]:
        """The sources that the story, as of the revision, names to readers."""
        return {source for source, turns in self.named.items() if bisect_right(turns, revision) % 2}

    def newly_named(self, revision: int, editions: Sequence[int]) -> list[str]:
        """Those of them that no edition has named, so far as readers may still see that."""
        return sorted(
            source
            for source in self.named_in(revision)
            if not any(_holds_one(editions, since, until) for since, until in _stretches(self.named[source]))
        )


NOBODY = Protection()


def _stretches(turns: tuple[int, ...]) -> Iterable[tuple[int, int | None]]:
    """(since which revision, up to which one, or to this day)."""
    return zip(turns[::2], (*turns[1::2], None), strict=False)


def _holds_one(editions: Sequence[int], since: int, until: int | None) -> bool:
    """Whether one of the editions lies in the stretch."""
    place = bisect_left(editions, since)
    return place < len(editions) and (until is None or editions[place] < until)
