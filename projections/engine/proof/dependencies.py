"""What hangs on what across all stories, what of it was shaken, and what still is: worked out from spans alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ledger import limits

Place = tuple[int, int]  # story, fact


@dataclass(frozen=True, slots=True)
class Shock:
    """What shook facts: a change of the fact at `place`, or that `source` was discredited, and those with it that it
    goes on for. struck: the standing facts
    that hung on it then, and how far away each was."""

    position: int
    place: Place | None
    source: str | None
    struck: Mapping[Place, int]


@dataclass(slots=True)
class Dependants:
    """Gathers from each story, whenever its turn comes, what bears upon others. number_of: that of a story, by slug;
    names_of: those of a source, each with the position from which it had it; ever_discredited: the sources of which it
    matters what stands on their word alone."""

    number_of: Callable[[str], int]
    names_of: Callable[[str], Sequence[tuple[int, str]]]
    grounds: dict[Place, list[tuple[Place, int, int, str]]] = field(default_factory=dict)
    carrying: dict[str, list[tuple[Place, frozenset[str], int, int]]] = field(default_factory=dict)
    shaking: list[tuple[int, Place]] = field(default_factory=list)
    discredited: list[tuple[int, Sequence[str]]] = field(default_factory=list)
    ever_discredited: set[str] = field(default_factory=set)
    reinstated: dict[str, int] = field(default_factory=dict)  # where last
    reviewed: dict[Place, int] = field(default_factory=dict)  # where last
    slugs: dict[int, str] = field(default_factory=dict)  # of the stories whose facts shake others

    def discredit(self, position: int, sources: Sequence[str]) -> None:
        """The first of them, that is, and so the others, for which it goes on."""
        self.discredited.append((position, sources))
        self.ever_discredited.update(sources)

    def reinstate(self, position: int, sources: Sequence[str]) -> None:
        self.reinstated |= {source: max(position, self.reinstated.get(source, 0)) for source in sources}

    def rested(self, place: Place, ground: Place, since: int, until: int, standing: str) -> None:
        """A fact rested on another over a span of positions, and stood so all the while."""
        self.grounds.setdefault(ground, []).append((place, since, until, standing))

    def stood_on(self, place: Place, sources: frozenset[str], since: int, until: int) -> None:
        """A fact stood on the word of these sources and of nobody else over a span of positions."""
        for source in sources:
            self.carrying.setdefault(source, []).append((place, sources, since, until))

    def shocks(self, since: int) -> Iterator[Shock]:
        """Those beyond a position that struck anything, in order."""
        causes: list[tuple[int, Place | None, Sequence[str]]] = [
            *((position, place, ()) for position, place in self.shaking),
            *((position, None, sources) for position, sources in self.discredited),
        ]
        for position, place, sources in sorted(causes, key=lambda cause: cause[0]):
            if position <= since:
                continue
            struck = self._resting_on(place, position) if place else self._alone_on(sources, position)
            if struck:
                yield Shock(position, place, sources[0] if sources else None, struck)

    def still_shaken(self, shock: Shock) -> dict[Place, int]:
        """Those that nobody has looked at since."""
        if shock.source is not None and self.reinstated.get(shock.source, 0) > shock.position:
            return {}
        return {
            place: distance
            for place, distance in shock.struck.items()
            if self.reviewed.get(place, 0) <= shock.position
        }

    def _resting_on(self, place: Place, position: int) -> dict[Place, int]:
        """Standing facts that rested on the one at the position, directly or through others, however those stood."""
        found: dict[Place, int] = {}
        seen, frontier = {place}, [place]
        for distance in range(1, limits.GROUND_DISTANCE + 1):
            ahead = {
                resting: standing
                for ground in frontier
                for resting, since, until, standing in self.grounds.get(ground, ())
                if since <= position < until and resting not in seen
            }
            found |= {resting: distance for resting, standing in ahead.items() if standing == "standing"}
            seen |= ahead.keys()
            frontier = list(ahead)
        return found

    def _alone_on(self, sources: Sequence[str], position: int) -> dict[Place, int]:
        return {
            place: 1
            for source in sources
            for place, carrying, since, until in self.carrying.get(source, ())
            if since <= position < until and carrying.issubset(sources)
        }
