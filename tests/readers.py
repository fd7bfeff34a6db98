"""What readers may see, worked out from the events alone and in the plainest way; nothing of projections/ is used.

Every text that a test files holds a canary, a word that occurs nowhere else. What readers may see is told as the set of
canaries that may, and must, be in an answer. That a fact or a revision is named, by its address or otherwise, or that
words of the copy stand on a fact, is told, too.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any, Protocol, get_args

from ledger import limits
from ledger.events import topic_of
from ledger.fact import FactBody
from ledger.story import KIND
from ledger.words import Affects, Cause

CANARY = re.compile(r"zq[0-9]+x")
FACT_AT = re.compile(r"/stories/([a-z0-9-]+)/facts/([0-9]+)")
EDITION_AT = re.compile(r"/stories/([a-z0-9-]+)\?edition=([0-9]+)")
NOW = 2**53
BODY = tuple(FactBody.model_fields)


def words_in(value: Any) -> frozenset[str]:
    return frozenset(CANARY.findall(value if isinstance(value, str) else json.dumps(value)))


def canaries_in(value: Any) -> frozenset[str]:
    text = value if isinstance(value, str) else json.dumps(value)
    facts = (f"{slug}, fact {fact}" for slug, fact in FACT_AT.findall(text))
    editions = (f"{slug}, edition {edition}" for slug, edition in EDITION_AT.findall(text))
    return words_in(text).union(facts, editions, _named(value))


def _named(value: Any) -> Iterator[str]:
    """The facts that others rest on or are answered by, and those that copy stands on; and what is told in numbers."""
    if isinstance(value, dict):
        if value.keys() == {"story", "fact"}:
            yield f"{value['story']}, fact {value['fact']}"
        elif value.keys() == {"fact", "start", "end", "exact"}:
            yield f"words that stand on fact {value['fact']}"
        elif value.keys() >= {"facts", "by_cause", "by_affects", "by_month"}:
            numbers = ("facts", "corrections", "retractions", "kills", "takedowns")
            told = (*numbers, "by_cause", "by_affects", "by_month")
            yield from (f"figures: {name} {json.dumps(value[name])}" for name in told)
        elif value.keys() == {"source", "facts", "stories", "corrected"}:
            yield f"{value['facts']} facts on {value['source']} in {value['stories']} stories"
            yield f"{value['corrected']} corrected facts on {value['source']}"
        elif value.keys() == {"fact", "version", "edition", "revision", "published_at"}:
            made = f"fact {value['fact']} to {value['version']}"
            yield f"that revision {value['revision']}, in edition {value['edition']}, corrected {made}"
        elif value.keys() == {"edition", "revision", "position", "at", "kinds", "new_facts"}:
            kinds = ", ".join(f"{kind} {value['kinds'][kind]}" for kind in sorted(value["kinds"]))
            edition = f"edition {value['edition']}, {value['revision']} at {value['position']}"
            yield f"{edition}: {kinds}; {value['new_facts']} new facts"
        value = list(value.values())
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _named(inner)


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a story; `kind` is its topic without the version."""

    position: int
    revision: int
    at: datetime
    kind: str
    said: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a story is open to readers from a position on, as of which revision, and what stands in its place."""

    position: int
    is_open: bool = True
    revision: int | None = None
    tombstone: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """Readers see revision `revision` from `position` on, as their edition `number`; before that they saw `before`."""

    number: int
    position: int
    revision: int
    before: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader must be answered: the status, and the canaries that the answer may and must hold; linked: those of
    its headers; moved: the slug that was asked for, and the one that it leads to."""

    status: int
    told: frozenset[str] = frozenset()
    linked: frozenset[str] = frozenset()
    moved: tuple[str, str] | None = None


NOTHING = Answer(404)


class Sees(Protocol):
    def __call__(self, story: str, fact: int) -> bool: ...


def nothing(story: str, fact: int) -> bool:
    del story, fact
    return False


NAMES_IT = ("story-opened", "slug-set")
LOOSEST_FIRST = ("on_record", "background", "deep_background", "off_record")
CHANGES_OF_FACTS = ("fact-corrected", "fact-updated", "fact-clarified", "fact-retracted")
SAYS_ANOTHER_THING = ("fact-corrected", "fact-updated", "fact-clarified")
OF_PUBLICATION = (
    "story-published", "embargo-lifted", "story-held", "story-released", "story-killed", "story-taken-down",
    "story-restored", "approval-asked", "approval-given", "approval-declined",
)  # fmt: skip
SAYS_THAT_IT_WAS_WRONG = ("fact-corrected", "corrective-issued", "fact-retracted", "agency-corrected")


class StoryTold:
    """One story, by its events in order. slug: as readers know it, or else as it was opened; first: as they knew it
    first."""

    def __init__(self, opened_as: str, events: Iterable[Happened]) -> None:
        self.opened_as = opened_as
        self.events = list(events)
        self.standings = list(_standings(self.events))
        self.editions = list(self._editions())
        known = [self.slug_at(edition.revision) for edition in self.editions]
        self.slug, self.first = (known[-1], known[0]) if known else (opened_as, opened_as)
        self.slugs = {self.slug_at(event.revision) for event in self.events}

    @property
    def merged_into(self) -> str | None:
        """By the slug that its desk gave, the story that it is the same as."""
        joined = [event for event in self.events if event.kind in ("story-merged", "story-parted")]
        return joined[-1].said.get("into") if joined else None

    def slug_at(self, revision: int) -> str:
        """As its desk called it."""
        given = [event.said["slug"] for event in self.events[:revision] if event.kind in NAMES_IT]
        return str(given[-1])

    def is_known_as(self, slug: str, position: int) -> bool:
        """Whether readers had seen it under that slug by then."""
        return any(
            slug == self.slug_at(edition.revision)
            for edition in self.editions
            if edition.position <= position
        )

    def head(self, revision: int) -> dict[str, Any]:
        """With the slug that ids are made of, where it has another by then."""
        head = dict(self.as_of(revision)["head"])
        return head | ({"first_slug": self.first} if head["slug"] != self.first else {})

    def _editions(self) -> Iterator[Edition]:
        number, before = 0, None
        for standing in self.standings:
            if standing.is_open and standing.revision not in (None, before):
                assert standing.revision is not None
                number += 1
                yield Edition(number, standing.position, standing.revision, before)
                before = standing.revision

    def standing(self, position: int) -> Standing:
        return [Standing(0), *(one for one in self.standings if one.position <= position)][-1]

    def shown(self, position: int) -> int | None:
        """The revision that readers see of the story at a position; None where they see nothing."""
        then, now = self.standing(position), self.standing(NOW)
        return then.revision if then.is_open and now.is_open and now.revision else None

    def instead(self, position: int) -> Answer:
        """What is answered where readers see nothing of it."""
        then, now = self.standing(position), self.standing(NOW)
        if not self.editions:
            return NOTHING
        seen_by_then = self.editions[0].position <= position
        tombstone = now.tombstone or (then.tombstone if now.is_open and seen_by_then else None)
        if tombstone is None:
            return NOTHING
        status = 451 if tombstone.get("ground") == "legal" else 410
        return Answer(status, canaries_in(tombstone.get("notice", "")))

    @cache  # noqa: B019  a story lives as long as its test
    def as_of(self, revision: int) -> dict[str, Any]:
        """The story as its events up to a revision make it, for the desk; but each fact on the strictest terms that it
        has been on since, published or not: whoever is protected later is protected in the past, too."""
        story: dict[str, Any] = {"copy": None, "notes": [], "correctives": [], "facts": {}}
        for event in self.events:
            if event.revision <= revision:
                _take(story, event)
            elif (
                terms := event.said.get("terms")
                or (event.said.get("body") or event.said.get("becomes") or {}).get("terms")
            ) and (fact := story["facts"].get(event.said["fact"])):
                strictest = max(fact["terms"], terms, key=LOOSEST_FIRST.index)
                story["facts"][event.said["fact"]] = fact | {"terms": strictest}
        return story

    def fact_shown(self, number: int, revision: int, sees: Sees) -> dict[str, Any] | None:
        """What readers see of one fact as of a revision. sees: whether readers see that fact of that story."""
        fact = self.as_of(revision)["facts"].get(number)
        if fact is None or fact["terms"] == "off_record":
            return None
        if fact["standing"] == "retracted":
            stood = self.stood(number, revision)
            return {"statement": stood["statement"]} if stood else None
        occurred = fact.get("occurred") or {}
        links = [*(fact.get("attribution") or ()), *fact["citations"]] if fact["terms"] != "on_record" else []
        unnamed = {link["source"] for link in links} | {link.get("origin") for link in links}
        shown = {name: fact.get(name) for name in ("statement", "place", "entities", "figure")} | {
            "occurred": [occurred.get("literal"), occurred.get("resolved")],
            "note": [[note["role"], note["text"]] for note in fact["note"] if note["is_publishable"]],
            "rests_on": [ground for ground in fact["rests_on"] if sees(**ground)],
            "responses": [
                response
                for response in fact["responses"]
                if (
                    response["by"]["source"] not in unnamed
                    if "source" in response["by"]
                    else sees(**response["by"])
                )
            ],
        }
        if fact["terms"] == "on_record":
            shown |= {name: fact.get(name) for name in ("attribution", "citations")}
            shown["unattributed"] = (fact.get("unattributed") or {}).get("reason")
        return shown

    def copy_shown(self, revision: int) -> dict[str, Any]:
        """What readers see of the copy as of a revision: no letter that stands on a fact that is off the record, as of
        that revision or at any time since."""
        whole = self.as_of(revision)
        return _without(whole["copy"] or {"text": "", "spans": []}, _off_record(whole))

    def copy_found_by(self, revision: int) -> str:
        """What of the copy readers find it by: no letter that stands on a fact that was off the record when that was
        filed, or at any time since."""
        copy = self.as_of(revision)["copy"]
        return str(_without(copy, _off_record(self.as_of(copy["filed"])))["text"]) if copy else ""

    def facts_shown(self, revision: int) -> frozenset[int]:
        """The numbers of the facts that readers see as of a revision."""
        return frozenset(
            number
            for number in self.as_of(revision)["facts"]
            if self.fact_shown(number, revision, nothing) is not None
        )

    def stood(self, number: int, revision: int) -> dict[str, Any] | None:
        """What readers saw last of the fact while it stood, in an edition before that revision."""
        seen = [
            self.as_of(one.revision)["facts"].get(number) for one in self.editions if one.revision < revision
        ]
        stood = [
            fact for fact in seen if fact and fact["standing"] == "standing" and fact["terms"] != "off_record"
        ]
        return dict(stood[-1]) if stood else None

    def sources_named(self, number: int, revision: int) -> set[str]:
        """Slugs of the sources that readers see named by a fact."""
        fact = self.fact_shown(number, revision, nothing) or {}
        links = [*(fact.get("attribution") or ()), *(fact.get("citations") or ())]
        origins = {link["origin"] for link in links if link.get("origin")}
        return (
            origins
            | {link["source"] for link in links}
            | {
                response["by"]["source"]
                for response in fact.get("responses", ())
                if "source" in response["by"]
            }
        )

    def address(self, edition: Edition, slug: str | None = None) -> str:
        return f"/v1/stories/{slug or self.slug}?edition={edition.number}"

    def edition_at(self, position: int) -> Edition:
        """The one that readers see at a position."""
        return [one for one in self.editions if one.position <= position][-1]

    def named_from(self, number: int, source: str, revision: int) -> Happened:
        """What a fact has named the source by to readers, without a break, as of a revision."""
        since = revision
        while since > 1 and source in self.sources_named(number, since - 1):
            since -= 1
        return self.events[since - 1]

    def named_in(self, number: int, source: str, since: int) -> Iterator[Edition]:
        """The editions that showed it so."""
        for edition in self.editions:
            stretch = range(since, edition.revision + 1)
            if stretch and all(source in self.sources_named(number, one) for one in stretch):
                yield edition

    def edition_of(self, revision: int) -> Edition:
        return next(edition for edition in self.editions if edition.revision == revision)

    def address_of_fact(self, number: int, slug: str) -> str:
        return f"/v1/stories/{slug}/facts/{number}"

    def reported(self, edition: Edition) -> list[str]:
        """Statements of the facts that came with an edition, by their numbers."""
        facts = self.as_of(edition.revision)["facts"]
        new = sorted(
            event.said["fact"]
            for event in self.events
            if event.kind == "fact-reported" and (edition.before or 0) < event.revision <= edition.revision
        )
        return [
            facts[number]["statement"]
            for number in new
            if facts[number]["standing"] == "standing" and facts[number]["terms"] != "off_record"
        ]

    def changes(self, edition: Edition) -> list[tuple[str, list[str], int | None]]:
        """(kind, words told, fact) of the changes that an edition brought, oldest first."""
        if edition.before is None:
            return []
        found: list[tuple[str, list[str], int | None]] = []
        changed_back: set[tuple[str, int | None, str]] = set()
        kinds: set[tuple[str, int | None]] = set()
        overtaken: set[Any] = set()
        gone: set[int] = set()
        before, now = self.as_of(edition.before)["facts"], self.as_of(edition.revision)["facts"]
        for event in reversed(self.events):
            if not edition.before < event.revision <= edition.revision:
                continue
            said, number = event.said, event.said.get("fact")
            if event.revision in gone:
                continue
            if (undone := self.undone_by(event)) and undone.revision > edition.before:
                gone.add(undone.revision)  # nobody saw it, nor that it was taken back
                continue
            was, became = before.get(number), now.get(number)
            is_seen = bool(was and became and "off_record" not in (was["terms"], became["terms"]))
            if event.kind in ("editors-note-added", "agency-corrected") or (
                event.kind == "corrective-issued" and is_seen
            ):
                found.append((event.kind, [said["text"]], number))
            elif event.kind == "note-withdrawn":
                if undone and undone.kind == "editors-note-added":
                    found.append((event.kind, [said["reason"]], None))
            elif event.kind == "fact-reverted":
                if self.first_undone_by(event).kind in CHANGES_OF_FACTS:
                    if is_seen and number not in overtaken:
                        found.append((event.kind, [said["reason"]], number))
                    overtaken.add(number)
            elif event.kind in CHANGES_OF_FACTS:
                if number not in overtaken or event.kind == "fact-corrected":
                    kinds.add((event.kind, number))
                if event.kind in SAYS_ANOTHER_THING and self._comes_to_nothing(event, edition):
                    changed_back.add((event.kind, number, said.get("was_wrong") or said["reason"]))
                if event.kind == "fact-corrected":
                    wrong = said.get("wrong_version") or said["version"] - 1
                    if is_seen and was["version"] >= wrong:
                        found.append((event.kind, [said["was_wrong"]], number))
                elif is_seen and number not in overtaken:
                    withdrawn = [was["statement"]] if event.kind == "fact-retracted" else []
                    found.append((event.kind, [said["reason"], *withdrawn], number))
                overtaken.add(number)
        return [
            (kind, told, number)
            for kind, told, number in found[::-1]
            if (kind, number, told[0]) not in changed_back
            or {("fact-corrected", number), ("fact-updated", number)} <= kinds
        ]

    def _comes_to_nothing(self, event: Happened, edition: Edition) -> bool:
        """Whether the fact says in the edition, in all that the event changed, what it said in the one before."""
        had, has, was, became = (
            self.recorded(revision).get(event.said["fact"], {})
            for revision in (edition.before or 0, edition.revision, event.revision - 1, event.revision)
        )
        touched = {name for name in BODY if was.get(name) != became.get(name)}
        return had != {} and touched != set() and all(had.get(name) == has.get(name) for name in touched)

    def recorded(self, revision: int) -> dict[int, Any]:
        """The facts on the terms that they were on then."""
        story: dict[str, Any] = {"copy": None, "notes": [], "correctives": [], "facts": {}}
        for event in self.events[:revision]:
            _take(story, event)
        return dict(story["facts"])

    def undone_by(self, event: Happened) -> Happened | None:
        revision = event.said["note"] if event.kind == "note-withdrawn" else event.said.get("undoes")
        return self.events[revision - 1] if revision else None

    def first_undone_by(self, event: Happened) -> Happened:
        """Behind all that undid each other."""
        while event.kind == "fact-reverted":
            undone = self.undone_by(event)
            assert undone is not None
            event = undone
        return event


# How the kinds of events are called to readers.
KIND_TOLD = {topic_of(kind).partition(".")[0]: word for kind, word in KIND.items()}


def _standings(events: Iterable[Happened]) -> Iterator[Standing]:
    """How the story stands to readers after each event of its publication."""
    gate, before_that, revision, tombstone = "open", "open", None, None
    for event in events:
        said = event.said
        match event.kind:
            case "story-published":
                if "embargo_until" in said:
                    continue
                revision = said["revision"]
            case "embargo-lifted":
                revision = said["revision"]
            case "story-held":
                gate = "held"
            case "story-released":
                gate = "open"
            case "story-killed" | "story-taken-down":
                gate, before_that, tombstone = "gone", gate, said
            case "story-restored":
                gate, tombstone = "held" if said["held"] else before_that, None
            case _:
                continue
        yield Standing(event.position, gate == "open", revision, tombstone)


def _off_record(story: dict[str, Any]) -> set[int]:
    return {number for number, fact in story["facts"].items() if fact["terms"] == "off_record"}


def _without(copy: dict[str, Any], hidden: set[int]) -> dict[str, Any]:
    """The copy, letter by letter: what stands on hidden facts is blank. Spans keep the places that they had."""
    gone = {
        at for span in copy["spans"] if span["fact"] in hidden for at in range(span["start"], span["end"])
    }
    text = "".join(" " if at in gone else letter for at, letter in enumerate(copy["text"]))
    spans = [span | {"exact": text[span["start"] : span["end"]]} for span in copy["spans"]]
    return {"text": text, "spans": [span for span in spans if span["exact"].strip()]}


def _take(story: dict[str, Any], event: Happened) -> None:
    said = event.said
    match event.kind:
        case "story-opened":
            story["head"] = {name: said.get(name) for name in ("slug", "headline", "desk", "dateline")}
        case "headline-set":
            story["head"] = story["head"] | {"headline": said["headline"]}
        case "slug-set":
            story["head"] = story["head"] | {"slug": said["slug"]}
        case "dateline-set":
            story["head"] = story["head"] | {"dateline": said.get("dateline")}
        case "copy-filed" | "copy-refiled":
            story["copy"] = {"text": said["text"], "spans": said["spans"], "filed": event.revision}
        case "note-added":
            story["notes"].append(said["note"] | {"revision": event.revision})
        case "editors-note-added":
            note = {"text": said["text"], "is_publishable": True, "revision": event.revision}
            story["notes"].append(note)
        case "note-withdrawn":
            story["notes"] = [note for note in story["notes"] if note["revision"] != said["note"]]
        case "corrective-issued":
            story["correctives"].append(said)
        case "take-recorded" | "agency-corrected":
            pass  # of the second readers are told with an edition, and nothing stays
        case "story-merged" | "story-parted":
            pass  # it stays as it is
        case "fact-reported":
            fact = {"version": 1, "standing": "standing", "responses": [], **said["body"]}
            story["facts"][said["fact"]] = fact
        case kind if kind in OF_PUBLICATION:
            pass
        case _:
            story["facts"][said["fact"]] = _changed(story["facts"][said["fact"]], event)


def _changed(fact: dict[str, Any], event: Happened) -> dict[str, Any]:
    """A fact after something happened to it."""
    said = event.said
    fact = fact | {"version": said["version"]}
    match event.kind:
        case "fact-corrected" | "fact-updated" | "fact-clarified" | "fact-refiled":
            return {name: fact[name] for name in ("version", "standing", "responses")} | dict(said["becomes"])
        case "fact-reverted":
            return {name: said[name] for name in ("version", "standing", "responses")} | dict(said["becomes"])
        case "fact-retracted":
            return fact | {"standing": "retracted"}
        case "fact-cited":
            return fact | {"citations": [*fact["citations"], *said["citations"]]}
        case "fact-attributed":
            return fact | {"attribution": said["attribution"], "unattributed": None}
        case "fact-responded-to":
            return fact | {"responses": [*fact["responses"], said["response"]]}
        case "terms-tightened" | "terms-loosened":
            return fact | {"terms": said["terms"]}
        case "fact-assessed" | "fact-confirmed":
            return fact
        case _:
            raise AssertionError(f"what readers see after {event.kind} is not said here")


@dataclass(slots=True)
class RequestTold:
    """What a reader asked to be corrected; came_of_it: the fact, and the version of it that a correction made."""

    story: str
    phrase: str
    concern: str
    came_of_it: tuple[int, int] | None = None
    told: str = ""  # why it was declined


@dataclass(slots=True)
class Told:
    """The stories and the sources of some events, and what readers must be answered when they ask for them."""

    first: int
    head: int
    stories: dict[str, StoryTold]
    sources: dict[str, dict[str, Any]]
    names: dict[str, list[tuple[int, str]]]  # of each source, with the position from which it was called so
    requests: dict[str, RequestTold]  # by id
    instants: dict[int, datetime]  # position -> when that was recorded
    filed: frozenset[str]  # every canary that somebody tried to file, recorded or refused
    past: bool = True  # whether the past is to be asked for, too
    only: str | None = None  # the one story to be asked for by name

    def positions(self) -> range:
        return range(self.first, self.head + 1) if self.past else range(0)

    def words(self) -> frozenset[str]:
        """Every canary that there is to be found, or must not be."""
        if self.only:
            return words_in([self.only, [event.said for event in self.stories[self.only].events]])
        return self.filed

    def every_moment(self, slug: str) -> list[int]:
        """Every position, of a story that readers see now; of another one some."""
        is_seen = slug in self.stories and self.stories[slug].shown(NOW)
        return list(self.positions()) if is_seen else self.turns(slug)

    def turns(self, slug: str) -> list[int]:
        """The positions at which something changed for readers of a story, and those just before."""
        if not self.past or slug not in self.stories:
            return list(self.positions()[::20])
        standings = self.stories[slug].standings
        if not self.stories[slug].shown(NOW):
            standings = standings[:: 1 + len(standings) // 3]
        turns = {one.position - back for one in standings for back in (0, 1)}
        return sorted(turns | {self.first, self.head})

    def sees(self, position: int) -> Sees:
        """Whether readers see a fact at the position."""

        def sees(story: str, fact: int) -> bool:
            told = self.owner(story)
            revision = told.shown(position) if told and told.is_known_as(story, position) else None
            return (
                told is not None
                and revision is not None
                and told.fact_shown(fact, revision, nothing) is not None
            )

        return sees

    def mentions(self, story: StoryTold, position: int) -> Sees:
        """Whether the story mentions a fact to readers at the position: that was seen with the edition, too."""
        now, with_edition = self.sees(position), self.sees(story.edition_at(position).position)
        return lambda story, fact: now(story, fact) and with_edition(story, fact)

    def owner(self, slug: str) -> StoryTold | None:
        """The story that has the slug, or had it, whether readers know that or not."""
        return next((story for story in self.stories.values() if slug in story.slugs), None)

    def other_slugs(self) -> list[str]:
        """Those under which readers do not find a story, or do no more."""
        return [slug for story in self.stories.values() for slug in sorted(story.slugs - {story.slug})]

    def _elsewhere(self, slug: str, position: int) -> Answer:
        """What is answered under a slug that a story had, or will have."""
        story = self.owner(slug)
        if story is None or not story.is_known_as(slug, NOW):
            return NOTHING
        if story.shown(NOW) is None:
            return story.instead(position)
        return Answer(308, canaries_in([slug, story.slug]), moved=(slug, story.slug))

    def called(self, source: str, position: int) -> dict[str, Any]:
        """The source as it was called at a position."""
        name = [name for since, name in self.names[source] if since <= position][-1]
        return self.sources[source] | {"name": name}

    # --- Of one story --------------------------------------------------------------------------------------------

    def story(self, slug: str, position: int) -> Answer:
        story = self.stories.get(slug)
        if story is None:
            return self._elsewhere(slug, position)
        revision = story.shown(position)
        if revision is None:
            return story.instead(position)
        whole = story.as_of(revision)
        shown = {
            number: story.fact_shown(number, revision, self.mentions(story, position))
            for number in whole["facts"]
        }
        named = {source for number in shown for source in story.sources_named(number, revision)}
        copy = story.copy_shown(revision)
        copy["spans"] = [span for span in copy["spans"] if shown[span["fact"]] is not None]
        told = [
            story.head(revision),
            copy,
            [note for note in whole["notes"] if note["is_publishable"]],
            [one["text"] for one in whole["correctives"] if shown[one["fact"]] is not None],
            shown,
            [story.changes(edition) for edition in story.editions if edition.position <= position],
            [self.called(source, story.edition_at(position).position) for source in named],
        ]
        return Answer(200, canaries_in(told))

    def now(self, slug: str) -> Answer:
        """The story as it is, or where it leads: to the one that it is the same as, while readers see that, or are told
        that it was withdrawn."""
        story = self.stories.get(slug)
        other = self.owner(story.merged_into) if story and story.merged_into else None
        if story is None or other is None or story.shown(NOW) is None:
            return self.story(slug, NOW)
        if other.shown(NOW) is None and other.instead(NOW) == NOTHING:
            return self.story(slug, NOW)
        return Answer(308, canaries_in([slug, other.slug]), moved=(slug, other.slug))

    def asked_by_revision(self, slug: str, revision: int) -> int | None:
        """The position that a question for a revision comes to: that of the last edition which has no more than that;
        None where there is none."""
        story = self.owner(slug)
        editions = story.editions if story else []
        return next((one.position for one in reversed(editions) if one.revision <= revision), None)

    def of_revision(self, slug: str, revision: int, answer: Callable[[int], Answer]) -> Answer:
        """What `answer` gives at the position that a question for a revision comes to."""
        position = self.asked_by_revision(slug, revision)
        if position is not None:
            return answer(position)
        now = self.story(slug, NOW)
        return NOTHING if now.status == 200 else now

    def fact(self, slug: str, number: int, position: int) -> Answer:
        if (whole := self.story(slug, position)).status != 200:
            return whole
        story = self.stories[slug]
        revision = story.shown(position)
        assert revision is not None
        shown = story.fact_shown(number, revision, self.mentions(story, position))
        if shown is None:
            return NOTHING
        edition = story.edition_at(position).position
        named = [self.called(source, edition) for source in story.sources_named(number, revision)]
        return Answer(200, canaries_in([slug, shown, named]))

    def history(self, slug: str, number: int) -> Answer:
        if (whole := self.story(slug, NOW)).status != 200:
            return whole
        story = self.stories[slug]
        seen = [
            story.fact_shown(number, edition.revision, self.mentions(story, NOW))
            for edition in story.editions
        ]
        versions = [shown for shown in seen if shown is not None]
        return Answer(200, canaries_in(versions)) if versions else NOTHING

    def editions(self, slug: str) -> Answer:
        if (whole := self.story(slug, NOW)).status != 200:
            return whole
        story = self.stories[slug]
        return Answer(200, canaries_in(self._brought(story)))

    def _brought(self, story: StoryTold) -> list[Any]:
        return [[story.changes(edition), self.renamed(story, edition)] for edition in story.editions]

    def renamed(self, story: StoryTold, edition: Edition) -> list[list[str]]:
        """(slug, name before, name) of the sources that readers see in an edition and in the one before, by another
        name."""
        if edition.before is None:
            return []
        before = next(one for one in story.editions if one.number == edition.number - 1)
        named, was_named = (
            {source for number in story.as_of(one)["facts"] for source in story.sources_named(number, one)}
            for one in (edition.revision, before.revision)
        )
        names = [
            [source, *(self.called(source, one.position)["name"] for one in (before, edition))]
            for source in named & was_named
        ]
        return [[source, was, now] for source, was, now in names if was != now]

    def steps(self, slug: str) -> Answer:
        if (whole := self.story(slug, NOW)).status != 200:
            return whole
        story, told, before = self.stories[slug], [], frozenset[int]()
        for edition in story.editions:
            facts = story.facts_shown(edition.revision)
            kinds = Counter(KIND_TOLD[kind] for kind, _, _ in story.changes(edition))
            told.append(
                {
                    "edition": edition.number,
                    "revision": edition.revision,
                    "position": edition.position,
                    "at": edition.position,
                    "kinds": kinds,
                    "new_facts": len(facts - before),
                }
            )
            before = facts
        return Answer(200, canaries_in([slug, told]))

    def stream(self, slug: str) -> Answer:
        """All that its stream tells of a story: every edition, and what stood in its place meanwhile."""
        if (whole := self.story(slug, NOW)).status != 200:
            return whole
        return Answer(200, self._streamed(self.stories[slug]))

    def stream_of_all(self) -> Answer:
        told = frozenset().union(*map(self._streamed, self.stories.values()))
        return Answer(200, told)

    def _streamed(self, story: StoryTold) -> frozenset[str]:
        now = self.story(story.slug, NOW)
        if now.status == 404:
            return frozenset()
        if now.status != 200:
            return canaries_in(story.slug) | now.told
        seen = [one for one in story.standings if one.position > story.editions[0].position]
        notices = [(one.tombstone or {}).get("notice", "") for one in seen]
        return canaries_in([story.slug, notices, self._brought(story)])

    def edition(self, slug: str, revision: int) -> Answer:
        def at(position: int) -> Answer:
            if (whole := self.story(slug, position)).status != 200:
                return whole
            story = self.stories[slug]
            (edition,) = (one for one in story.editions if one.position == position)
            return Answer(200, canaries_in([story.changes(edition), self.renamed(story, edition)]))

        return self.of_revision(slug, revision, at)

    def difference(self, slug: str, earlier: int, later: int) -> Answer:
        """A difference may hold what either side holds."""
        sides = [
            self.of_revision(slug, revision, lambda position: self.story(slug, position))
            for revision in (earlier, later)
        ]
        for side in sides:
            if side.status != 200:
                return side
        return Answer(200, sides[0].told | sides[1].told | canaries_in(slug))

    def editions_beside(self, slug: str, position: int) -> frozenset[str]:
        """The edition that was the last at a position (before all of them the first) and those before and after it, and
        the first and the last of all."""
        story = self.stories[slug]
        this = max((index for index, one in enumerate(story.editions) if one.position <= position), default=0)
        ends = story.editions[:1] + story.editions[-1:]
        beside = story.editions[max(0, this - 1) : this + 2] + ends
        return canaries_in([story.address(one) for one in beside])

    def memento(self, slug: str, position: int) -> Answer:
        """The story at a moment that the question names: its headers say which editions stand beside it."""
        whole = self.story(slug, position)
        return replace(whole, linked=self.editions_beside(slug, position)) if whole.status == 200 else whole

    def timegate(self, slug: str, second: datetime) -> Answer:
        """Where the edition is that was public by the end of that second."""
        if (whole := self.story(slug, NOW)).status != 200:
            return whole
        by_then = (position for position, at in self.instants.items() if at.replace(microsecond=0) <= second)
        return Answer(302, linked=self.editions_beside(slug, max(by_then, default=0)))

    def timemap(self, slug: str) -> Answer:
        if (whole := self.story(slug, NOW)).status != 200:
            return whole
        story = self.stories[slug]
        return Answer(200, canaries_in([story.address(edition) for edition in story.editions]))

    def _heading(self, story: StoryTold, position: int) -> list[str]:
        head = self.head_of(story.slug, position) or {}
        return [head["headline"], head["desk"]]

    def feed(self, slug: str) -> Answer:
        """Each edition under the headline that it had, with what was new in it and the headline before."""
        if (whole := self.story(slug, NOW)).status != 200:
            return whole
        story = self.stories[slug]
        entries = []
        for edition in story.editions[-limits.FEED_ENTRIES :]:
            before = story.as_of(edition.before)["head"]["headline"] if edition.before else None
            reported = story.reported(edition)[: limits.FACTS_IN_ENTRY]
            heading = self._heading(story, edition.position)
            renamed = [names for _, *names in self.renamed(story, edition)]
            changes = story.changes(edition)
            entries.append([story.address(edition), heading, before, changes, reported, renamed])
        return Answer(200, canaries_in(entries))

    def linked_data(self, slug: str, position: int) -> Answer:
        """Of the story as it was: nothing of what was withdrawn or answered, of a source not its slug."""
        if (whole := self.story(slug, position)).status != 200:
            return whole
        story = self.stories[slug]
        revision = story.shown(position)
        assert revision is not None
        then = story.as_of(revision)
        shown = {
            number: story.fact_shown(number, revision, self.mentions(story, position)) or {}
            for number in then["facts"]
        }
        return Answer(
            200,
            canaries_in(
                [
                    [
                        [story.address(story.edition_of(revision), story.first), story.slug],
                        [then["head"][name] for name in ("headline", "desk", "dateline")],
                        story.copy_shown(revision)["text"],
                    ],
                    [note for note in then["notes"] if note["is_publishable"]],
                    [
                        [words[:1], story.address_of_fact(number, story.first) if number else None]
                        for edition in story.editions
                        if edition.position <= position
                        for kind, words, number in story.changes(edition)
                        if kind in SAYS_THAT_IT_WAS_WRONG
                    ],
                    [
                        [
                            story.address_of_fact(number, story.first),
                            self._claim(fact, story.edition_at(position).position),
                        ]
                        for number, fact in shown.items()
                        if "place" in fact  # else it is a tombstone
                    ],
                ]
            ),
        )

    def _claim(self, fact: dict[str, Any], edition: int) -> list[Any]:
        links, citations = fact.get("attribution") or (), fact.get("citations") or ()
        sources = [self.called(one["source"], edition) for one in (*links, *citations)]
        return [
            [fact[name] for name in ("statement", "place", "entities", "figure", "rests_on")],
            [link.get("quote") for link in links],
            [
                [one.get("title"), one.get("url"), (one.get("excerpt") or {}).get("exact")]
                for one in citations
            ],
            [[source["name"], source.get("description")] for source in sources],
        ]

    def receipt(self, request: str) -> Answer:
        """Their own words, whatever has become of the story; and the correction, if readers are told of it now."""
        if (asked := self.requests.get(request)) is None:
            return NOTHING
        told: list[Any] = [asked.story, asked.phrase, asked.concern, asked.told]
        if asked.came_of_it:
            story, (fact, version) = self.owner(asked.story), asked.came_of_it
            assert story is not None
            (correction,) = (
                event
                for event in story.events
                if event.kind == "fact-corrected"
                and (event.said["fact"], event.said["version"]) == asked.came_of_it
            )
            told_in = [
                edition.number
                for edition in story.editions
                for _, words, _ in story.changes(edition)
                if words == [correction.said["was_wrong"]]
            ]
            if story.shown(NOW) and told_in:
                made = {"fact": fact, "version": version, "revision": correction.revision}
                made["edition"] = told_in[0]
                told.append(made | {"published_at": None})
        return Answer(200, canaries_in(told))

    # --- Of all --------------------------------------------------------------------------------------------------

    def listed(self, position: int) -> frozenset[str]:
        """Of the list of stories."""
        return canaries_in([self.head_of(slug, position) for slug in self.stories])

    def head_of(self, slug: str, position: int) -> dict[str, Any] | None:
        story = self.stories[slug]
        revision = story.shown(position)
        return None if revision is None else dict(story.as_of(revision)["head"])

    def found_by(self, slug: str, position: int) -> frozenset[str]:
        """The words by which readers find a story."""
        story = self.stories[slug]
        revision = story.shown(position)
        if revision is None:
            return frozenset()
        whole = story.as_of(revision)
        facts = [story.fact_shown(number, revision, nothing) or {} for number in whole["facts"]]
        head = {name: whole["head"].get(name) for name in ("slug", "headline", "dateline")}
        return canaries_in(
            [head, story.copy_found_by(revision)]
            # A tombstone has no entities, not even none: nothing is found by what was withdrawn.
            + [
                [fact[name] for name in ("statement", "entities", "place")]
                for fact in facts
                if "place" in fact
            ]
            + [[link.get("quote") for link in fact.get("attribution") or ()] for fact in facts]
            + [
                self._found_under(story, number, source, revision)
                for number in whole["facts"]
                for source in story.sources_named(number, revision)
            ]
        )

    def _found_under(self, story: StoryTold, number: int, source: str, revision: int) -> str:
        """The name that the source had when the fact came to name it, unless it lost that before readers saw it."""
        since = story.named_from(number, source, revision)
        name = self.called(source, since.position)["name"]
        lost = min((at for at, _ in self.names[source] if at > since.position), default=NOW)
        seen = story.named_in(number, source, since.revision)
        return name if lost == NOW or any(edition.position < lost for edition in seen) else ""

    def words_of_copy(self, slug: str, position: int) -> frozenset[str]:
        """Those that readers see, found by them or not."""
        revision = self.stories[slug].shown(position)
        return (
            frozenset() if revision is None else canaries_in(self.stories[slug].copy_shown(revision)["text"])
        )

    def corrections(self) -> frozenset[str]:
        return canaries_in([(slug, words) for slug, words, _ in self._corrections()])

    def feed_of_corrections(self) -> frozenset[str]:
        """The last of them, each under the headline that its story has now, if readers see one of it, and with the
        address of the edition that brought it."""
        entries: list[Any] = []
        for slug, words, edition in self._corrections()[-limits.FEED_ENTRIES :]:
            story = self.stories[slug]
            address = story.address(edition) if edition else None
            entries.append([words, self._heading(story, NOW) if story.shown(NOW) else [], slug, address])
        return canaries_in(entries)

    def _withdrawn(self) -> list[tuple[int, str, dict[str, Any]]]:
        """(position, story, what stands in its place) of those that readers had seen and that are gone."""
        return [
            (now.position, story.slug, now.tombstone)
            for story in self.stories.values()
            if (now := story.standing(NOW)).tombstone is not None and story.editions
        ]

    def _corrections(self) -> list[tuple[str, list[str], Edition | None]]:
        """(story, words, edition), oldest first; of what is gone the notice."""
        editions = [
            (edition, story)
            for story in self.stories.values()
            if story.shown(NOW)
            for edition in story.editions
        ]
        said: list[tuple[int, str, list[str], Edition | None]] = [
            (edition.position, story.slug, words, edition)
            for edition, story in editions
            for kind, words, _ in story.changes(edition)
            if kind in (*SAYS_THAT_IT_WAS_WRONG, "fact-reverted")
        ]
        gone = self._withdrawn()
        said += [(position, slug, [one.get("notice", "")], None) for position, slug, one in gone]
        return [(slug, words, edition) for _, slug, words, edition in sorted(said, key=itemgetter(0))]

    def figures(self) -> frozenset[str]:
        """Of what readers see now. Days correct numbers, by an error of ours."""
        seen = [(story, revision) for story in self.stories.values() if (revision := story.shown(NOW))]
        told = [
            (edition.position, kind)
            for story, _ in seen
            for edition in story.editions
            for kind, *_ in story.changes(edition)
            if kind in ("fact-corrected", "fact-retracted")
        ]
        told += [
            (position, "takedown" if "ground" in gone else "kill") for position, _, gone in self._withdrawn()
        ]
        months: dict[str, Counter[str]] = {}
        for position, kind in told:
            months.setdefault(f"{self.instants[position]:%Y-%m}", Counter())[kind] += 1
        number = Counter(kind for _, kind in told)
        corrections = number["fact-corrected"]
        return canaries_in(
            {
                "facts": sum(len(story.facts_shown(revision)) for story, revision in seen),
                "corrections": corrections,
                "retractions": number["fact-retracted"],
                "kills": number["kill"],
                "takedowns": number["takedown"],
                "by_cause": dict.fromkeys(get_args(Cause), 0) | {"our_error": corrections},
                "by_affects": dict.fromkeys(get_args(Affects), 0) | {"numbers": corrections},
                "by_month": [
                    {"month": month, "corrections": of["fact-corrected"], "retractions": of["fact-retracted"]}
                    | {"kills": of["kill"], "takedowns": of["takedown"]}
                    for month, of in sorted(months.items())
                ],
            }
        )

    def naming(self, source: str) -> list[tuple[str, int]]:
        """(story, fact) of the facts that readers see name a source."""
        return [
            (slug, number)
            for slug, story in self.stories.items()
            if (revision := story.shown(NOW))
            for number in story.as_of(revision)["facts"]
            if source in story.sources_named(number, revision)
        ]

    def source(self, slug: str) -> Answer:
        return Answer(200, canaries_in(self._known(slug))) if self.naming(slug) else NOTHING

    def _known(self, slug: str) -> dict[str, Any]:
        """As the last edition calls it that names it and that readers see."""
        stories = {self.stories[story] for story, _ in self.naming(slug)}
        return self.called(slug, max(story.edition_at(NOW).position for story in stories))

    def figures_of_source(self, source: str) -> Answer:
        naming = self.naming(source)
        corrected = {
            (story.slug, fact)
            for story in self.stories.values()
            for edition in story.editions
            for kind, _, fact in story.changes(edition)
            if kind == "fact-corrected"
        }
        told = {
            "source": source,
            "facts": len(naming),
            "stories": len({story for story, _ in naming}),
            "corrected": len(corrected.intersection(naming)),
        }
        return Answer(200, canaries_in(told)) if naming else NOTHING

    def sources_listed(self) -> frozenset[str]:
        return canaries_in([self._known(slug) for slug in self.sources if self.naming(slug)])

    def facts_of(self, source: str) -> Answer:
        naming = self.naming(source)
        facts = []
        for slug, number in naming:
            story = self.stories[slug]
            revision = story.shown(NOW)
            assert revision is not None
            facts.append([slug, story.fact_shown(number, revision, self.mentions(story, NOW))])
        return Answer(200, canaries_in(facts)) if naming else NOTHING
