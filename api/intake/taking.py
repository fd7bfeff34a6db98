"""From an item to its story: one command for each, whatever format it came in.

| of an item | becomes |
|---|---|
| headline; else, of a new story, slugline, else the first words of the text, else title, else its id | headline |
| text | copy, without spans; spans of a copy that is replaced go on where their words stand once |
| language, desk | those of the story; else those that its provider's items have |
| place, dated; else the day on which it was made | dateline |
| notes | notes, public by the list of roles of its provider alone |
| signal | publication, hold (what is new waits unpublished), kill; a correction is its maker's, in the log |
| embargo | that of the publication; one that has passed is none |
| byline, urgency, slugline, genre, rights, credit, subjects, links, published, address | `wire`, for the desk |
| anything else | counted |
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from pydantic import TypeAdapter, ValidationError

from api.intake.item import Item, Origin, Signal, Unreadable
from ledger import limits, source
from ledger.commands import Actor, Repeat, RequestCorrection, Submission, TakeItem
from ledger.moment import rfc3339
from ledger.permitted import authorise
from ledger.refusals import ItemHasStory, KeyReused, NothingThere, NotYourProvider, SlugTaken, StoryIsMerged
from ledger.source import Source, SourceEvent
from ledger.store import origins
from ledger.store.database import Connection, Row
from ledger.store.randomness import RANDOM
from ledger.store.store import LedgerMapper, read_past, read_receipts
from ledger.store.writer import Recording
from ledger.words import Language, source_stream, story_stream


@dataclass(frozen=True, slots=True)
class Tried:
    """The answer to a dry run: what its receipt would tell; answer: all of it, as JSON, where somebody asks."""

    about: Mapping[str, Any]
    answer: str = ""


Submit = Callable[[Submission], Recording | Tried]  # raises what is refused

_SIGNALS: Final = {Signal.WITHHELD: "withheld", Signal.CANCELED: "canceled"}
_language = TypeAdapter(Language).validate_python
# A QCode or an address of a vocabulary, whose last part names it.
_SHORT_VERSION = 6  # letters and the colon: an id may well end so by itself
_CODE = re.compile(r"[A-Za-z][\w.+-]*:(?:\S*[/#:])?([^\s/#:]+)[/#]?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Taken:
    """An item that is in the ledger, or what it would become there. without_place: what it holds and nothing has a
    place for."""

    story: str
    outcome: Recording | Tried
    without_place: Counter[str] = field(default_factory=Counter)

    @property
    def is_replayed(self) -> bool:
        """Whether it was there before."""
        return isinstance(self.outcome, Recording) and self.outcome.replayed

    @property
    def told(self) -> Mapping[str, Any]:
        return told_of(self.outcome)


def told_of(outcome: Recording | Tried) -> Mapping[str, Any]:
    """As its receipt has it, or would have it."""
    if isinstance(outcome, Tried):
        return outcome.about
    found: dict[str, Any] = orjson.loads(outcome.receipt.rest)
    return found


class Door:
    """Takes items for an actor. provider: whose they are, where they do not say it or that is not to be believed; a
    wire brings those of its own. is_dry_run: each is only tried, by itself, against the ledger as it is."""

    def __init__(
        self,
        connection: Connection[Row],
        submit: Submit,
        actor: Actor,
        provider: str | None = None,
        *,
        is_dry_run: bool = False,
    ) -> None:
        self._connection, self._submit, self._actor = connection, submit, actor
        self._is_dry_run = is_dry_run
        if actor.provider and provider not in (None, actor.provider):
            raise NotYourProvider(yours=actor.provider, provider=provider)
        self.provider = actor.provider or provider
        self._mapper = LedgerMapper()
        self._sources: dict[str, Source | None] = {}

    def take(self, item: Item) -> Taken:
        """Raises Unreadable, or the Refusal of the ledger."""
        authorise(TakeItem, self._actor)
        provider = self._provider_of(item)
        command, left = command_of(item, provider, self._source(provider))
        try:
            outcome, story = self._record(item, command)
        except StoryIsMerged as merged:
            if not self._is_dry_run:
                asked = (
                    f"{provider} has sent another version of what was joined to this, which was not taken."
                )
                self._ask_the_desk(command, merged.details["into"], f"{asked} Does it change anything here?")
            raise
        taken = Taken(story, outcome, item.without_place + left)
        concern = _concern(command, taken.told)
        if concern and taken.told.get("state") == "published" and not self._is_dry_run:
            self._ask_the_desk(command, story, concern)
        return taken

    def _provider_of(self, item: Item) -> str:
        named = item.origin.provider
        if named and (code := _CODE.fullmatch(named.strip())):
            named = code[1]
        if self.provider is None:
            slug = slug_of(named or "")
            if not slug:
                raise Unreadable("provider", "the item does not say whose it is", "say it", item.origin.id)
            return slug
        known = self._source(self.provider)
        if self._actor.role == "wire" and named and slug_of(named) != self.provider:
            names = (*known.names, *(known.provider.names if known.provider else ())) if known else ()
            said = {named.casefold().strip(), (item.origin.provider or "").casefold().strip()}
            if not said & {name.casefold() for name in names}:
                raise NotYourProvider(yours=self.provider, provider=named[: limits.NAME_LENGTH])
        return self.provider

    def _source(self, slug: str) -> Source | None:
        if slug not in self._sources:
            found: Source | None = None
            for recorded in read_past(self._connection, source_stream(slug), limits.POSITION, self._mapper):
                if isinstance(recorded.event, SourceEvent):
                    found = source.evolve(found, recorded.event, recorded.at)
            self._sources[slug] = found
        return self._sources[slug]

    def _record(self, item: Item, command: TakeItem) -> tuple[Recording | Tried, str]:
        pairs = take, of_item = (
            origins.pair_of_take(command.origin),
            origins.pair_of_item(command.origin.item),
        )
        known = read_receipts(self._connection, pairs)
        if take in known:
            before = Recording(known[take][2], replayed=True)
            end = f", {command.signal}"
            version = command.origin.version or ""
            if version.endswith(end) or not _leaves_standing(command, told_of(before)):
                return before, origins.story_of(before.receipt)
            own = command.origin.model_copy(update={"version": f"{version[: limits.NAME_LENGTH - 20]}{end}"})
            return self._record(item, command.model_copy(update={"origin": own}))
        if of_item in known:
            return self._submitted(command, origins.story_of(known[of_item][2]))
        for slug in slugs_of(item, command):
            try:
                return self._submitted(command, slug)
            except SlugTaken:
                continue
            except ItemHasStory as there:  # another process took it meanwhile
                return self._submitted(command, there.details["story"])
        raise Unreadable(
            "headline", "every name that it could have in addresses is taken", "change it", item.origin.id
        )

    def _submitted(self, command: TakeItem, slug: str) -> tuple[Recording | Tried, str]:
        outcome = self._submit(
            Submission(
                command, self._actor, RANDOM.uuid(), story_stream(slug), slug, dry_run=self._is_dry_run
            )
        )
        return outcome, slug if isinstance(outcome, Tried) else origins.story_of(outcome.receipt)

    def _ask_the_desk(self, command: TakeItem, story: str, concern: str) -> None:
        """Once for each version, also where the process ended between the two."""
        pair = origins.pair_of_take(command.origin)
        phrase = command.headline or command.called or story
        asked = RequestCorrection(story=story, phrase=phrase, concern=concern)
        mark = hashlib.sha256(concern.encode()).digest()
        submission = Submission(
            asked, self._actor, RANDOM.uuid(), RANDOM.uuid(), repeat=Repeat(f"desk:{pair[1]}", mark, True)
        )
        try:
            self._submit(submission)
        except (NothingThere, KeyReused):
            return  # it is not public any more; or was asked, in other words


def _leaves_standing(command: TakeItem, told: Mapping[str, Any]) -> bool:
    """Whether it withdraws what was recorded under the name of the same version: so some do."""
    standing = {"canceled": ("draft", "embargoed", "published"), "withheld": ("embargoed", "published")}
    is_done = told.keys() & {"pending", "overtaken_by"}
    return told.get("state") in standing.get(command.signal or "", ()) and not is_done


def _concern(command: TakeItem, told: Mapping[str, Any]) -> str | None:
    """What the desk is asked about an item; None where there is nothing to ask."""
    provider, is_late = command.origin.provider, "overtaken_by" in told
    if command.is_withdrawal:
        is_kill = command.signal == "canceled"
        if is_late:
            asks = "has canceled" if is_kill else "asks not to use"
            return f"{provider} {asks} an earlier version of this; a later one had come before. Withdraw it?"
        return None if is_kill else f"{provider} asks not to use it for now. Hold it?"
    if is_late:
        return None
    parts = []
    if command.correction:
        note = command.correction.note or "Its maker has corrected it."
        parts.append(f"{note[: limits.TEXT_LENGTH - 300]} Which facts does that touch?")
    if told.get("waits"):
        parts.append(
            f"What {provider} has sent waits: to publish it would publish what the desk has not, replace the desk's"
            " words, or tell something else than a fact. Look at it, and publish it."
        )
    return " ".join(parts) or None


# --- What an item says, as the ledger asks for it ----------------------------------------------------------------


def command_of(item: Item, provider: str, known: Source | None) -> tuple[TakeItem, Counter[str]]:
    """The command, and what of the item it has no place for. Raises Unreadable."""
    left: Counter[str] = Counter()
    settings = known.provider if known else None
    fields: dict[str, Any] = {
        "origin": {
            "provider": provider,
            "id": _id(item.origin),
            "version": _line(item.origin.version, limits.NAME_LENGTH),
            "created": _instant(item.origin.created),
        },
        "signal": _SIGNALS.get(item.signal, "usable"),
        "notes": [
            {"role": _line(note.role, limits.NAME_LENGTH) or "wire", "text": text}
            for note in item.notes[: limits.NOTES_OF_ITEM]
            if (text := _text(note.text, limits.TEXT_LENGTH))
        ],
        "item": _wire_item(item, left),
    }
    left["note"] += max(0, len(item.notes) - limits.NOTES_OF_ITEM)
    is_withdrawn = item.signal in _SIGNALS  # which is done whatever it says
    text = _text(item.text, limits.COPY_LENGTH, None if is_withdrawn else item.origin.id)
    if item.signal is Signal.CANCELED:
        text = None
    fields |= {
        "text": text,
        "headline": _headline(item, left),
        "called": _called(item, text),
        "language": _known_language(item, left) or (settings and settings.language),
        "desk": _line(item.desk, limits.NAME_LENGTH) or (settings and settings.desk),
        "dateline": _dateline(item, left),
        "embargo_until": _instant(item.embargo),
    }
    if fields["headline"] is None and fields["called"] == _line(item.origin.id, limits.LINE_LENGTH):
        fields["signal"] = _SIGNALS.get(
            item.signal
        )  # it says nothing to anybody: it is kept, and not published
    title = _line(item.title, limits.LINE_LENGTH)
    left["title"] += title is not None and title not in (fields.get("headline"), fields.get("called"))
    if item.signal is Signal.CORRECTION:
        fields["correction"] = _correction(item)
    if fields["origin"]["version"] is None:
        fields["origin"]["version"] = _digest(fields)
    try:
        return TakeItem.model_validate(fields), +left
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise Unreadable(where, str(first["msg"]), "mend it, and send it again", item.origin.id) from None


def _id(origin: Origin) -> str:
    """Without the version of the item, where its maker writes it behind the id, as some do with long ones."""
    end = f":{origin.version}"
    return origin.id.removesuffix(end) if len(end) > _SHORT_VERSION else origin.id


def _digest(fields: Mapping[str, Any]) -> str:
    """What tells versions apart that have none: what they say. How the provider is registered is no part of that."""
    said = {name: value for name, value in fields.items() if name not in ("language", "desk")}
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def _headline(item: Item, left: Counter[str]) -> str | None:
    left["headline, cut"] += len(item.headline or "") > limits.LINE_LENGTH
    return _line(item.headline, limits.LINE_LENGTH)


def _called(item: Item, text: str | None) -> str | None:
    """What stands for a headline where there is none."""
    if _line(item.headline, limits.LINE_LENGTH):
        return None
    found = (
        _line(said, longest)
        for said, longest in (
            (item.slugline, limits.LINE_LENGTH),
            (text, 120),
            (item.title, limits.LINE_LENGTH),
            (item.origin.id, limits.LINE_LENGTH),
        )
    )
    return next(filter(None, found), None)


def _known_language(item: Item, left: Counter[str]) -> str | None:
    if not item.language:
        return None
    try:
        return str(_language(item.language))
    except ValidationError:
        left["language, none that there is"] += 1
        return None


def _dateline(item: Item, left: Counter[str]) -> dict[str, str | None] | None:
    day = item.dated or (item.origin.created.date() if item.origin.created else None)
    place = _line(item.place, limits.NAME_LENGTH)
    if place is None and item.dated is None:
        return None
    if day is None:
        left["dateline, without a day"] += 1
        return None
    return {"place": place, "date": day.isoformat()}


def _correction(item: Item) -> dict[str, str | None]:
    """The note that says what was wrong: the one that is called so, else the first."""
    called = (note for note in item.notes if note.role and "correct" in note.role.casefold())
    note = next(called, item.notes[0] if item.notes else None)
    if note is None or not (text := _text(note.text, limits.TEXT_LENGTH)):
        return {}
    return {"note": text, "role": _line(note.role, limits.NAME_LENGTH) or "wire"}


def _wire_item(item: Item, left: Counter[str]) -> dict[str, Any]:
    left["subject"] += max(0, len(item.subjects) - limits.SUBJECTS_OF_ITEM)
    left["link"] += max(0, len(item.links) - limits.LINKS_OF_ITEM)
    urgency = item.urgency if item.urgency and 1 <= item.urgency <= 9 else None
    left["urgency, none from 1 to 9"] += item.urgency is not None and urgency is None
    subjects = (_line(subject, limits.LINE_LENGTH) for subject in item.subjects)
    links = (
        {
            "rel": _line(link.rel, limits.NAME_LENGTH),
            "to": _line(link.to, limits.LINE_LENGTH),
            "title": _line(link.title, limits.LINE_LENGTH),
        }
        for link in item.links
    )
    lines = {
        name: _line(getattr(item, name), limits.LINE_LENGTH)
        for name in ("byline", "slugline", "genre", "credit", "address")
    }
    said = {
        "format": _line(item.format, limits.NAME_LENGTH),
        "urgency": urgency,
        "rights": _text(item.rights, limits.TEXT_LENGTH),
        "subjects": [one for one in subjects if one][: limits.SUBJECTS_OF_ITEM],
        "links": [one for one in links if one["to"]][: limits.LINKS_OF_ITEM],
        "published": _instant(item.published),
    }
    return lines | said


def _line(text: str | None, longest: int) -> str | None:
    """In one line, without what cannot be seen; cut where it is too long."""
    words = " ".join(_CONTROL.sub(" ", text or "").split())
    if len(words) > longest:
        words = words[: longest - 1].rstrip() + "…"
    return words if any(letter.isprintable() and not letter.isspace() for letter in words) else None


def _text(text: str | None, longest: int, item: str | None = None) -> str | None:
    """Line ends stay. item: where it may not be cut, of which item it is."""
    found = _CONTROL.sub(" ", (text or "").replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(found) > longest:
        if item is not None:
            raise Unreadable(
                "text", f"it has {len(found):,} letters, and {longest:,} are taken", "send it in parts", item
            )
        found = found[: longest - 1].rstrip() + "…"
    return found or None


def _instant(at: datetime | None) -> str | None:
    if at is None:
        return None
    return rfc3339(at if at.tzinfo else at.replace(tzinfo=UTC))


# --- Its name in addresses ---------------------------------------------------------------------------------------


def slug_of(text: str) -> str:
    """Letters and digits of ASCII, with hyphens between words; empty where there are none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")
    return words[:60].rstrip("-")


def slugs_of(item: Item, command: TakeItem) -> Iterator[str]:
    """What it may be called, the plainest first; the last one is its own, for it is made of what it is. What is
    withheld may never be said, and a name stays: only a draft of a page that is public has the name of that."""
    own = hashlib.sha256("\n".join(command.origin.item).encode()).hexdigest()
    if command.is_withdrawal:
        base = slug_of((item.published and item.slugline) or "") or slug_of(command.origin.provider) or "item"
    else:
        said = (item.headline, item.slugline, item.title, command.origin.provider)
        base = next(filter(None, (slug_of(one or "") for one in said)), "item")
        yield base
        if command.origin.created:
            yield f"{base}-{command.origin.created[:10]}"
    yield f"{base}-{own[:8]}"
    yield f"{base}-{own[:16]}"
