"""What must be shaken and what must rest on what, worked out another way: event by event, from whole states alone."""

from dataclasses import dataclass, field
from typing import Any

import orjson
from psycopg import Connection

from ledger.events import Recorded
from ledger.fact import FactBody, independent_origins
from ledger.moment import rfc3339
from ledger.source import SourceDiscredited, SourceReinstated
from ledger.store.database import Row
from ledger.story import Fact, FactConfirmed, FactCorrected, FactRetracted, FactReverted
from projections.views import grounds, shaken
from tests.views import Folded

Place = tuple[str, int]  # story, fact


def facts_of(folded: Folded) -> dict[Place, Fact]:
    return {(slug, fact.fact): fact for slug, story in folded.stories.items() for fact in story.story.facts}


def distances(folded: Folded, from_: Place) -> dict[Place, int]:
    """How far away each fact is that rests on the one: one more than the nearest of its own grounds."""
    facts = facts_of(folded)
    away = {from_: 0}
    while True:
        nearer = {}
        for place, fact in facts.items():
            ways = [
                away[ground.story, ground.fact] + 1
                for ground in fact.rests_on
                if (ground.story, ground.fact) in away
            ]
            if ways and min(ways) < away.get(place, 2**31):
                nearer[place] = min(ways)
        if not nearer:
            del away[from_]
            return away
        away |= nearer


def together(folded: Folded, source: str) -> set[str]:
    """The source, and those that say that they are the same as it."""
    return {source, *(slug for slug, one in folded.sources.items() if one.merged_into == source)}


def hangs_on(fact: Fact, sources: set[str]) -> bool:
    """Whether the fact has one of these sources and no other."""
    if fact.standing == "retracted":
        return False
    if fact.citations:
        named = {citation.source for citation in fact.citations}
    else:
        named = {link.source for link in fact.attribution or ()}
    origins = independent_origins(fact)
    return (bool(named) and not named - sources) or (bool(origins) and not origins - sources)


KINDS = {FactCorrected: "correction", FactRetracted: "retraction", FactReverted: "reversion"}
ASSERTED = {*FactBody.model_fields, "standing"} - {"citations"}


@dataclass(slots=True)
class Shaking:
    """Which facts are shaken after the events so far: (position of what shook it, story, fact) -> because."""

    shaken: dict[tuple[int, str, int], dict[str, Any]] = field(default_factory=dict)
    asserted: dict[Place, dict[str, Any]] = field(default_factory=dict)

    def take(self, recorded: Recorded, slug: str | None, folded: Folded) -> None:
        """One event more, of that story; `folded`: all there is after it."""
        event, at = recorded.event, recorded.at
        because = {"position": at.position, "recorded_at": rfc3339(at.recorded_at)}
        if isinstance(event, FactConfirmed | FactCorrected | FactRetracted):
            for key in [key for key in self.shaken if key[1:] == (slug, event.fact)]:
                del self.shaken[key]
        asserted, facts = self.asserted, facts_of(folded)
        self.asserted = {place: fact.model_dump(include=ASSERTED) for place, fact in facts.items()}
        is_reverted = isinstance(event, FactReverted) and asserted != self.asserted
        if isinstance(event, FactCorrected | FactRetracted) or is_reverted:
            assert slug is not None
            assert isinstance(event, FactCorrected | FactRetracted | FactReverted)
            kind = KINDS[type(event)]
            because |= {"kind": kind, "story": slug, "fact": event.fact, "reason": event.reason}
            for place, distance in distances(folded, (slug, event.fact)).items():
                if facts[place].standing == "standing":
                    self.shaken[at.position, *place] = because | {"distance": distance}
        if isinstance(event, SourceDiscredited):
            because |= {"kind": "discrediting", "source": event.slug, "reason": event.reason}
            for place, fact in facts_of(folded).items():
                if hangs_on(fact, together(folded, event.slug)):
                    self.shaken[at.position, *place] = because | {"distance": 1}
        if isinstance(event, SourceReinstated):
            reinstated = together(folded, event.slug)
            ended = [key for key, because in self.shaken.items() if because.get("source") in reinstated]
            for key in ended:
                del self.shaken[key]


def shaking_of(events: list[Recorded]) -> tuple[Shaking, Folded]:
    shaking, folded = Shaking(), Folded()
    for recorded in events:
        slug = folded.take(recorded)
        shaking.take(recorded, slug, folded)
    return shaking, folded


def assert_what_is_shaken_and_rests_on_what(views: Connection[Row], events: list[Recorded]) -> Shaking:
    """Holds the views, which are as far as the events, against the fold of them."""
    shaking, folded = shaking_of(events)
    facts = facts_of(folded)
    numbers = {slug: story.number for slug, story in folded.stories.items()}
    listed = shaken.page(views, (0, 0, 0), 100_000)
    assert [(key, orjson.loads(text)) for key, text in listed] == sorted(
        (
            (position, numbers[slug], fact),
            {
                "story": slug,
                "fact": fact,
                "version": facts[slug, fact].version,
                "statement": facts[slug, fact].statement,
                "since": position,
                "because": because,
            },
        )
        for (position, slug, fact), because in shaking.shaken.items()
    )
    for slug, number in facts:
        away = distances(folded, (slug, number))
        resting = grounds.page(views, numbers[slug], number, (0, 0, 0), 100_000)
        assert [(key, orjson.loads(text)) for key, text in resting] == sorted(
            (
                (distance, numbers[place[0]], place[1]),
                {
                    "story": place[0],
                    "fact": place[1],
                    "version": facts[place].version,
                    "statement": facts[place].statement,
                    "standing": facts[place].standing,
                    "distance": distance,
                },
            )
            for place, distance in away.items()
        )
    edges = views.execute(
        "select s.slug, g.fact, o.slug, g.ground_fact from grounds g"
        " join story_now s on s.story = g.story join story_now o on o.story = g.ground_story"
    ).fetchall()
    assert sorted(edges) == sorted(
        {(*place, ground.story, ground.fact) for place, fact in facts.items() for ground in fact.rests_on}
    ), "only what rests on what now"
    return shaking
