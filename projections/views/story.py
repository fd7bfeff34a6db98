"""A story as the folds have it: what every view of it may look at, before and after each event."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, Final, Literal

import orjson

from ledger.fact import STRICTEST, FactBody, is_stricter, origins_of, strictest
from ledger.moment import ChangeKind
from ledger.story import Head
from ledger.words import Terms
from projections.views.documents import when_of
from projections.views.happened import FACT_EVENTS, Happened, Values, in_order_of
from projections.views.shown import shown_of

Tightenings = Mapping[
    int, Sequence[tuple[int, Terms]]
]  # of each fact: from which position on, and to which terms


def text_of(document: Values | list[Any]) -> str:
    """Compact JSON."""
    return orjson.dumps(document).decode()


def change_of(event: Happened) -> Values:
    """The change as a document shows it."""
    body = event.said
    change: Values = {
        "kind": event.kind,
        "revision": event.revision,
        "position": event.position,
        "recorded_at": event.recorded_at,
        "actor": event.actor,
    }
    if "reason" in body:
        change["reason"] = body["reason"]
    origin = body.get("origin")
    if event.kind == "correction":
        change["wrong_version"] = wrong_version(event)
        for name in ("was_wrong", "affects", "cause", "requested_by"):
            if name in body:
                change[name] = body[name]
    if origin is not None:
        change["origin"] = origin
    return change


def wrong_version(event: Happened) -> int:
    """Which version of the fact the correction found wrong."""
    return int(event.said.get("wrong_version") or event.said["version"] - 1)


# --- Facts -------------------------------------------------------------------------------------------------------

_BODY: Final = tuple(FactBody.model_fields)
_in_order = in_order_of(FactBody)
_AS_REPORTED: Final[Values] = {
    "standing": "standing",
    "verification": "unverified",
    "dispute": "undisputed",
    "responses": [],
    "corrections": 0,
}


class Fact:
    """A version of a fact. document: as the desk reads it; named: sources that it names; origins: those whose own word
    it is; found_by: what search keeps of it, once that was asked for."""

    __slots__ = ("_leaning", "_shown", "document", "found_by", "named", "origins")

    def __init__(self, document: Values) -> None:
        chain = [link["source"] for link in document.get("attribution", ())]
        citations = [(cited["source"], cited.get("origin")) for cited in document["citations"]]
        self.named = {*chain}
        for source, origin in citations:
            self.named.add(source)
            if origin:
                self.named.add(origin)
        for response in document["responses"]:
            if "source" in response["by"]:
                self.named.add(response["by"]["source"])
        self.origins = origins_of(tuple(chain), tuple(citations))
        self.document = document
        self.found_by: Any = None
        self._shown: Values | Literal[False] | None = False
        self._leaning: dict[str, bool] | None = None

    @property
    def shown(self) -> Values | None:
        """What readers may see of it, on its own terms."""
        if self._shown is False:
            self._shown = shown_of(self.document)
        return self._shown

    @property
    def leaning(self) -> dict[str, bool]:
        """The sources that it names, and whether it stands on that one alone."""
        if self._leaning is None:
            self._leaning = self._leans()
        return self._leaning

    def _leans(self) -> dict[str, bool]:
        carrying = self._carrying()
        return {source: {source} in carrying for source in self.named}

    def hangs_on(self, sources: Collection[str]) -> bool:
        """Whether it stands on the word of these sources alone."""
        return any(some and some.issubset(sources) for some in self._carrying())

    def _carrying(self) -> Sequence[frozenset[str]]:
        """What it stands on: all who are cited, or, where nobody is, all who say it; and its independent origins."""
        document = self.document
        if document["standing"] != "standing":
            return ()
        cited = frozenset(citation["source"] for citation in document["citations"])
        return cited or frozenset(link["source"] for link in document.get("attribution", ())), self.origins


def _fact(event: Happened, before: Fact | None, head: Values) -> Fact:
    said, was = event.said, before.document if before else {}
    change = change_of(event)
    stands: Values = {name: was[name] for name in _AS_REPORTED} if was else _AS_REPORTED
    body = {name: was[name] for name in _BODY if name in was}
    match event.kind:
        case "report":
            body = said["body"]
        case "correction":
            body = said["becomes"]
            stands["corrections"] += 1
        case "update" | "clarification" | "fact_refile":
            body = said["becomes"]
        case "retraction":
            stands["standing"] = "retracted"
        case "citation":
            body["citations"] = [*body["citations"], *said["citations"]]
        case "attribution":
            body.pop("unattributed", None)
            body = _in_order({**body, "attribution": said["attribution"]})
        case "assessment":
            stands |= {name: said[name] for name in ("verification", "dispute") if name in said}
        case "response":
            stands["responses"] = [*stands["responses"], said["response"]]
        case "tightening" | "loosening":
            body["terms"] = said["terms"]
        case "reversion":
            body = said["becomes"]
            stands |= {name: said[name] for name in ("standing", "verification", "dispute", "responses")}
        case _:
            assert event.kind == "confirmation", event.kind
    document = {"fact": said["fact"], "version": said["version"], **body, **stands}
    corrected = change if event.kind == "correction" else was.get("corrected")
    if corrected is not None:
        document["corrected"] = corrected
    document["changed"] = change
    return _dated(document, head)


def _dated(document: Values, head: Values) -> Fact:
    """With its date read against the story's dateline, and how many origins it has."""
    document.pop("independent_origins", None)
    document.pop("when", None)
    fact = Fact(document)
    document["independent_origins"] = len(fact.origins)
    when = _when(document, head)
    if when is not None:
        document["when"] = when
    return fact


def _when(document: Values, head: Values) -> Values | None:
    occurred = document.get("occurred")
    if occurred is None:
        return None
    return when_of(
        occurred.get("literal"),
        occurred.get("resolved"),
        occurred.get("basis"),
        document["kind"],
        head["dateline"]["date"] if "dateline" in head else None,
        head["language"],
    )


Fields = Mapping[str, tuple[Any, Any]]  # what each was and became


def other_fields(one: Values, other: Values, names: Iterable[str]) -> list[str]:
    """Those of the names that have another content in the one than in the other."""
    return [name for name in names if one.get(name) != other.get(name)]


class ChangeOfFact:
    """A fact before and after an event that changed its document; terms: the strictest that it is on from then on."""

    def __init__(self, before: Fact | None, after: Fact, terms: Terms) -> None:
        self.before, self.after, self.terms = before, after, terms

    @property
    def number(self) -> int:
        return int(self.after.document["fact"])

    @cached_property
    def others(self) -> Sequence[str]:
        """The fields that the event gave another content; of a new fact those that it has."""
        now = self.after.document
        if self.before is None:
            return [name for name in _COMPARED if name in now]
        return other_fields(self.before.document, now, _COMPARED)

    @property
    def fields(self) -> Fields | None:
        """Of what the fact says, what changed; none of a new one."""
        if self.before is None:
            return None
        was, now = self.before.document, self.after.document
        return {name: (was.get(name), now.get(name)) for name in self.others if name in _BODY}

    @property
    def tightens(self) -> bool:
        return self.before is not None and is_stricter(
            self.after.document["terms"], self.before.document["terms"]
        )

    @property
    def is_protected_later(self) -> bool:
        return bool(self.after.document["terms"] != self.terms)

    @property
    def protected(self) -> Values:
        """The document as if it had been on those terms."""
        return {**self.after.document, "terms": self.terms}

    @property
    def shown(self) -> Values | None:
        """What readers may see of it, on those terms."""
        return shown_of(self.protected) if self.is_protected_later else self.after.shown


# --- The story ---------------------------------------------------------------------------------------------------

# What readers are told of once it is published.
TOLD: Final[frozenset[ChangeKind]] = frozenset(
    {
        "correction", "retraction", "reversion", "corrective", "update", "clarification", "editors_note",
        "withdrawal", "agency_correction",
    }
)  # fmt: skip
# Readers are told of an undoing only where it undid one of these: of others they had not been told.
_UNDONE: Final = frozenset({"correction", "retraction", "update", "clarification", "editors_note"})
# These say that a fact reads otherwise than it did, and why.
_SAYS_ANOTHER_THING: Final = frozenset({"correction", "update", "clarification"})
# The changes that say that readers had seen something wrong, in the order in which they stand out.
CORRECTIONS: Final[tuple[ChangeKind, ...]] = ("correction", "retraction", "corrective", "agency_correction")
# An undoing sets something right as well.
SET_RIGHT: Final[tuple[ChangeKind, ...]] = (*CORRECTIONS, "reversion")
OF_PUBLICATION: Final = frozenset(
    {
        "publication", "embargo_lift", "hold", "release", "kill", "takedown", "restoration",
        "approval_asked", "approval_given", "approval_declined",
    }
)  # fmt: skip
_CLOSED: Final = {"held": "withheld", "killed": "canceled", "taken_down": "canceled"}
_head_in_order = in_order_of(Head)


class Edition:
    """What readers saw last: the how manieth that is, as of which revision and position of the content, since when, and
    the story at all."""

    __slots__ = ("at", "content", "first_at", "number", "position", "revision", "signals")

    def __init__(
        self, number: int, position: int, at: str, first_at: str, revision: int, content: int
    ) -> None:
        self.number, self.position, self.at, self.first_at = number, position, at, first_at
        self.revision, self.content = revision, content
        self.signals: tuple[str, ...] = ()


class Story:
    """number: the position of its opening, so it is the same after every rebuild; positions, kinds: of each revision;
    begun: where each version of a fact did; unseen: what readers are told of with the next edition; changed: of each
    fact, what changed since the last one, by revision; None where it was reported."""

    def __init__(self, opening: Happened) -> None:
        said = opening.said
        self.number, self.stream, self.slug = opening.position, opening.stream, said["slug"]
        self.slugs: list[tuple[int, str]] = [(1, said["slug"])]  # from which revision on it had which
        self.known: dict[str, int] = {}  # those that readers have seen, each from which position on
        self.head: Values = _head_in_order(
            {
                **{name: value for name, value in said.items() if name not in ("slug", "origin")},
                "story": self.slug,
            }
        )
        self.head["opened"] = change_of(opening)
        self.facts: dict[int, Fact] = {}
        self.positions: list[int] = []
        self.kinds: list[str] = []
        self.saying: list[int] = []  # the revisions that changed what it says to anybody but the desk
        self.undoes: dict[int, int] = {}
        self.begun: dict[tuple[int, int], int] = {}
        self.corrections = 0
        self.sources: dict[str, int] = {}  # since when any fact has leant on each
        self.leant: dict[int, dict[str, int]] = {}  # and since when each fact has, even if it does no more
        self.tightenings: dict[int, list[tuple[int, Terms]]] = {}
        self.unseen: list[Happened] = []
        self.changed: dict[int, list[tuple[int, Fields | None]]] = {}
        self.edition: Edition | None = None
        self.publication: Values = {"gate": "open", "before": "open", "approvals": [], "asked": 0}
        self.approvals: dict[int, tuple[Any, ...]] = {}  # rows of the view
        self.event = opening  # the last

    @property
    def weight(self) -> int:
        """How much of memory it takes, in events."""
        return len(self.positions) + len(self.facts)

    def take(self, event: Happened, later: Tightenings | None = None) -> "Step":
        """Moves on by an event. later: terms that are known to be tightened after it."""
        self.event = event
        self.positions.append(event.position)
        self.kinds.append(event.kind)
        if event.kind not in OF_PUBLICATION and not _is_of_the_desk_alone(event):
            self.saying.append(event.revision)
        undoes = event.said.get("undoes") or (event.said["note"] if event.kind == "withdrawal" else None)
        if undoes:
            self.undoes[event.revision] = undoes
        if event.kind in TOLD:
            self.unseen.append(event)
        step = Step(self, event, later or {})
        if event.kind in FACT_EVENTS:
            self._change(step, event.said["fact"], lambda before: _fact(event, before, self.head))
            self.begun[event.said["fact"], event.said["version"]] = event.position
            self.changed.setdefault(event.said["fact"], []).append((event.revision, step.facts[0].fields))
            self.corrections += event.kind == "correction"
        elif event.kind == "headline":
            self.head = {**self.head, "headline": event.said["headline"]}
        elif event.kind == "dateline":
            self._set_dateline(step)
        elif event.kind == "slug":
            self._set_slug(event)
        elif event.kind in ("merge", "parting"):
            head = {name: value for name, value in self.head.items() if name != "merged_into"}
            into = {"merged_into": event.said["into"]} if event.kind == "merge" else {}
            self.head = _head_in_order({**head, **into})
        elif event.kind in ("take", "agency_correction") and "item" in event.said:
            self.head = _head_in_order({**self.head, "wire": event.said["item"]})
        elif event.kind in OF_PUBLICATION:
            self._publish(step)
        return step

    def tightened_since(self, position: int) -> bool:
        """Whether terms of a fact were tightened beyond the position."""
        return any(at > position for later in self.tightenings.values() for at, _ in later[-1:])

    def undone_kind(self, revision: int) -> str:
        """The kind of what a revision undoes; of an undoing that is undone, of what that undid."""
        undone = self.undoes[revision]
        while self.kinds[undone - 1] == "reversion":
            undone = self.undoes[undone]
        return self.kinds[undone - 1]

    def _change(self, step: "Step", number: int, change: Callable[[Fact | None], Fact]) -> None:
        before = self.facts.get(number)
        if before is None and step.event.kind != "report":
            raise KeyError(f"fact {number} of story {self.slug} is not there")
        after = self.facts[number] = change(before)
        terms = after.document["terms"]
        later = [to for at, to in step.later.get(number, ()) if at > step.event.position]
        changed = ChangeOfFact(before, after, strictest([terms, *later]) if later else terms)
        step.facts.append(changed)
        leant = self.leant.setdefault(number, {})
        for source in after.named:
            leant.setdefault(source, step.event.position)
            self.sources.setdefault(source, step.event.position)
        if changed.tightens:
            self.tightenings.setdefault(number, []).append((step.event.position, terms))

    @property
    def public_slug(self) -> str | None:
        """As readers know it."""
        return self.slug_at(self.edition.revision) if self.edition else None

    def slug_at(self, revision: int) -> str:
        return next(slug for since, slug in reversed(self.slugs) if since <= revision)

    def has_had(self, slug: str) -> bool:
        return any(slug == one for _, one in self.slugs)

    def _set_slug(self, event: Happened) -> None:
        self.slug = event.said["slug"]
        self.slugs = [*self.slugs, (event.revision, self.slug)]
        head = {name: value for name, value in self.head.items() if name != "first_slug"} | {
            "story": self.slug
        }
        _, first = self.slugs[0]
        self.head = _head_in_order(head if first == self.slug else {**head, "first_slug": first})

    def _set_dateline(self, step: "Step") -> None:
        head = {name: value for name, value in self.head.items() if name != "dateline"}
        if "dateline" in step.event.said:
            head = _head_in_order({**head, "dateline": step.event.said["dateline"]})
        self.head = head
        for number, fact in self.facts.items():
            if _when(fact.document, head) != fact.document.get("when"):
                self._change(step, number, lambda before: _dated({**before.document}, head))  # type: ignore[union-attr]

    # --- Its publication ---

    def _publish(self, step: "Step") -> None:
        event, was = step.event, self.publication
        said, now = event.said, {**was}
        match event.kind:
            case "publication" if "embargo_until" in said:
                now["embargo"] = {"revision": said["revision"], "until": said["embargo_until"]}
            case "publication" | "embargo_lift":
                now["revision"] = said["revision"]
                now.pop("embargo", None)
            case "hold":
                now["gate"] = "held"
            case "release":
                now["gate"] = "open"
            case "kill" | "takedown":
                now |= {"gate": "killed" if event.kind == "kill" else "taken_down", "before": was["gate"]}
                now.pop("embargo", None)
                now["tombstone"] = {
                    "kind": event.kind,
                    "since": event.recorded_at,
                    **{name: said[name] for name in ("ground", "notice") if name in said},
                }
            case "restoration":
                now["gate"] = "held" if said["held"] else was["before"]
                now.pop("tombstone", None)
            case "approval_asked":
                act = said["act"]
                others = [one for one in was["approvals"] if not _is_same(one["act"], act)]
                asked = {"approval": said["approval"], "act": act, "asked_by": event.actor}
                now |= {"approvals": [*others, asked], "asked": said["approval"]}
                told = {"approval": said["approval"], **act, "position": event.position}
                self.approvals[said["approval"]] = (
                    said["approval"], event.position, True, event.actor, None,
                    text_of(told | {"asked_at": event.recorded_at}), None,
                )  # fmt: skip
            case _:
                left = [one for one in was["approvals"] if one["approval"] != said["approval"]]
                now["approvals"] = left
                state = "given" if event.kind == "approval_given" else "declined"
                told = {"state": state, "answered_at": event.recorded_at}
                if "reason" in said:
                    told["answer"] = said["reason"]
                number, position, _, by, _, asked, _ = self.approvals[said["approval"]]
                answered = (number, position, False, by, event.actor, asked, text_of(told))
                self.approvals[said["approval"]] = answered
        self.publication = now
        self._show(step, self._visible(was))

    @property
    def content(self) -> int | None:
        """The position of the revision that readers see, or would were it open."""
        return self._content(self.publication)

    def _content(self, publication: Values) -> int | None:
        return self.positions[publication["revision"] - 1] if "revision" in publication else None

    @property
    def behind(self) -> int | None:
        """The position of the first change that readers do not see, nor will once an embargo ends, of a story that
        they see."""
        publication = self.publication
        if publication["gate"] != "open" or "revision" not in publication:
            return None
        shown = publication.get("embargo", publication)["revision"]
        place = bisect_right(self.saying, shown)
        return self.positions[self.saying[place] - 1] if place < len(self.saying) else None

    def _visible(self, publication: Values) -> int | None:
        return self._content(publication) if publication["gate"] == "open" else None

    def _show(self, step: "Step", was_visible: int | None) -> None:
        last, event, visible = self.edition, step.event, self._visible(self.publication)
        if visible is not None and (last is None or visible != last.content):
            revision = self.publication["revision"]
            first_at = last.first_at if last else event.recorded_at
            number = last.number + 1 if last else 1
            self.edition = step.edition = Edition(
                number, event.position, event.recorded_at, first_at, revision, visible
            )
            self.known.setdefault(self.slug_at(revision), event.position)
            step.edition_before = last
            told = [change for change in self.unseen if change.revision <= revision]
            nothing = partial(self._comes_to_nothing, revision)
            step.told = readers_hear(told, self.undoes, self.undone_kind, nothing)
            self.unseen = [change for change in self.unseen if change.revision > revision]
            self.changed = {
                number: left
                for number, changes in self.changed.items()
                if (left := [change for change in changes if change[0] > revision])
            }
            if last is not None:
                corrects = any(change.kind in SET_RIGHT for change in step.told)
                self.edition.signals = ("sig:update", "sig:correction") if corrects else ("sig:update",)
        withdraws = event.kind in ("hold", "kill", "takedown")
        step.outdates = last is not None and (withdraws or visible != was_visible)

    def _comes_to_nothing(self, revision: int, change: Happened) -> bool:
        """Whether a fact, as of a revision, says what readers had, in all that a change of it touched."""
        changes = [(at, fields) for at, fields in self.changed[change.said["fact"]] if at <= revision]
        had: Values = {}
        has: Values = {}
        for _, fields in changes:
            if fields is None:
                return False  # readers had nothing of it
            had = {name: was for name, (was, _) in fields.items()} | had
            has |= {name: became for name, (_, became) in fields.items()}
        return is_alike(had, has, dict(changes)[change.revision] or ())


def is_alike(had: Values, has: Values, touched: Collection[str]) -> bool:
    """Whether what was touched at all is again as it was."""
    return len(touched) > 0 and all(had.get(name) == has.get(name) for name in touched)


def readers_hear(
    changes: Sequence[Happened],
    undoes: Mapping[int, int],
    undone_kind: Callable[[int], str],
    comes_to_nothing: Callable[[Happened], bool],
) -> list[Happened]:
    """Without what was undone before anyone saw it, and its undoing; without the undoing of what readers are not told
    of; without the updates and clarifications that another change of the same fact overtook likewise; and without what
    was changed back before anyone saw it, unless we were wrong and the world moved on: then the same words may be right
    again. undoes: which revision each of them undoes; undone_kind: the kind of what a revision undoes;
    comes_to_nothing: whether a fact says, in all that a correction, update or clarification changed, what readers had.
    """
    found: list[Happened] = []
    since = {change.revision for change in changes}
    gone: set[int] = set()
    overtaken: set[int] = set()
    for change in reversed(changes):
        if change.revision in gone:
            continue
        undone = undoes.get(change.revision)
        if undone in since:
            gone.add(undone)
            continue
        if change.kind in ("reversion", "withdrawal") and undone_kind(change.revision) not in _UNDONE:
            continue
        fact = change.said.get("fact")
        if change.kind in ("update", "clarification", "reversion") and fact in overtaken:
            continue
        if change.kind in FACT_EVENTS:
            overtaken.add(change.said["fact"])
        found.append(change)
    corrected, updated = (
        {change.said["fact"] for change in found if change.kind == kind} for kind in ("correction", "update")
    )
    return [
        change
        for change in found[::-1]
        if change.kind not in _SAYS_ANOTHER_THING
        or change.said["fact"] in corrected & updated
        or not comes_to_nothing(change)
    ]


def _is_of_the_desk_alone(event: Happened) -> bool:
    return event.kind in ("take", "merge", "parting") or (
        event.kind == "note" and not event.said["note"]["is_publishable"]
    )


def _is_same(one: Values, other: Values) -> bool:
    return one["act"] == other["act"] and one.get("fact") == other.get("fact")


# --- One event ---------------------------------------------------------------------------------------------------

# A change that readers of the copy or the facts would notice; the rest is the desk's own book-keeping.
MINOR = frozenset(
    {
        "note",
        "take",
        "merge",
        "parting",
        "assessment",
        "citation",
        "confirmation",
        "refile",
        "fact_refile",
        "approval_asked",
        "approval_given",
        "approval_declined",
    }
)
_TOLD: Final = (
    "undoes",
    "reason",
    "wrong_version",
    "was_wrong",
    "affects",
    "cause",
    "requested_by",
    "request",
    "origin",
)
_COMPARED: Final = (*_BODY, "standing", "verification", "dispute", "responses")
# Of these the audit trail shows all that they say.
_SHOWN_WHOLE: Final = frozenset(
    {
        "opening",
        "headline",
        "slug",
        "merge",
        "editors_note",
        "corrective",
        "take",
        "agency_correction",
        "approval_asked",
        *OF_PUBLICATION,
    }
)


class Step:
    """One event of a story, with the story after it. facts: those whose documents it changed; edition: that it brought
    to readers, edition_before: what they saw before that, told: the changes since then that they are told of;
    outdates: whether answers that readers were given before are no longer the truth."""

    __slots__ = (
        "_details",
        "edition",
        "edition_before",
        "event",
        "facts",
        "later",
        "outdates",
        "story",
        "told",
    )

    def __init__(self, story: Story, event: Happened, later: Tightenings) -> None:
        self.story, self.event, self.later = story, event, later
        self.facts: list[ChangeOfFact] = []
        self.edition: Edition | None = None
        self.edition_before: Edition | None = None
        self.told: list[Happened] = []
        self.outdates = False
        self._details: Values | None = None

    @property
    def hidden(self) -> set[int]:
        """Facts that terms hide from readers as of it, or have hidden since."""
        hidden = {
            fact
            for fact, later in self.later.items()
            if any(at > self.event.position and terms == STRICTEST for at, terms in later)
        }
        facts = self.story.facts.items()
        return hidden.union(number for number, fact in facts if fact.document["terms"] == STRICTEST)

    @property
    def details(self) -> Values:
        """What the audit trail shows of the event beyond what all have; `before` and `after` hold what differs."""
        if self._details is None:
            self._details = self._detailed()
        return self._details

    @property
    def revision(self) -> Values:
        """What the audit trail shows of the event."""
        event = self.event
        of_fact = (
            {name: event.said[name] for name in ("fact", "version")} if event.kind in FACT_EVENTS else {}
        )
        return {
            "revision": event.revision,
            "position": event.position,
            "recorded_at": event.recorded_at,
            "actor": event.actor,
            "kind": event.kind,
            "substantive": event.kind not in MINOR,
            **of_fact,
            **self.details,
            "event_id": event.event_id,
        }

    def _detailed(self) -> Values:
        event = self.event
        said = event.said
        before: Values = {}
        if event.kind in FACT_EVENTS:
            before, after = _differing(self.facts[0])
        else:
            after = _after(event)
        details = {"undoes": said["note"]} if event.kind == "withdrawal" else {}
        details |= {name: said[name] for name in _TOLD if name in said}
        if before:
            details["before"] = before
        if after:
            details["after"] = after
        return details


def _differing(changed: ChangeOfFact) -> tuple[Values, Values]:
    was, now = changed.before.document if changed.before else {}, changed.after.document
    return tuple({name: one[name] for name in changed.others if name in one} for one in (was, now))  # type: ignore[return-value]


def _after(event: Happened) -> Values:
    said = event.said
    if event.kind in _SHOWN_WHOLE:
        act = said.get("act", {})
        return {
            **{
                name: value
                for name, value in said.items()
                if name not in ("reason", "undoes", "act", "origin")
            },
            **act,
        }
    if event.kind == "dateline":
        return {"dateline": said.get("dateline")}
    if event.kind in ("copy", "refile"):
        return {"characters": len(said["text"]), "spans": len(said["spans"])}
    return said["note"] if event.kind == "note" else {}
