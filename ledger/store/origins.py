"""What was made elsewhere is recorded once: by the same table, and in the same append, as a request that is repeated.

Each act has a key that is made of what it comes from, and no member owns it: whoever sends the same version again, by
whatever process, is answered with the receipt that it has. Another key is that of the item, under which it is found
which story it became.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from ledger.commands import OpenStory, ReportFact, Submission, TakeItem
from ledger.events import canonical_part
from ledger.origin import ItemId, Origin
from ledger.refusals import ItemHasStory, OriginReused, Refusal
from ledger.store.store import Receipt
from ledger.words import ORIGINS

Pair = tuple[UUID, str]  # whose, and the key
Known = Mapping[Pair, tuple[bytes, bytes | None, Receipt]]
_SAYS_NOTHING = bytes(32)


@dataclass(frozen=True, slots=True)
class Source:
    """An act, by what it comes from; mark: of what must be said again under the same key."""

    origin: Origin
    pair: Pair
    mark: bytes = _SAYS_NOTHING


def pair_of_item(item: ItemId) -> Pair:
    return ORIGINS, f"item:{_digest(item)}"


def pair_of(origin: Origin, act: str, *about: Any) -> Pair:
    return ORIGINS, f"{act}:{_digest([act, *about, origin.model_dump(mode='json')])}"


def pair_of_take(origin: Origin) -> Pair:
    return pair_of(origin, "take")


def sources_of(submission: Submission) -> tuple[Source, ...]:
    """Of a change its own first, where it has one."""
    found = [*_sources(submission)]
    return tuple({source.pair: source for source in found}.values())


def _sources(submission: Submission) -> Iterator[Source]:
    whole = submission.origin
    if whole is not None:
        yield Source(whole, pair_of(whole, "change", submission.first or submission.story))
    for one in submission.each():
        command = one.command
        origin: Origin | None = getattr(command, "origin", None)
        if origin is None:
            continue
        if isinstance(command, ReportFact):
            if origin == whole:
                continue  # of several facts of one item the whole tells them apart from others
            said = command.model_copy(update={"origin": None})
            yield Source(
                origin, pair_of(origin, "report", one.first or one.story), _mark(canonical_part(said))
            )
        elif isinstance(command, OpenStory):
            yield Source(origin, pair_of(origin, "open"))
        elif isinstance(command, TakeItem):
            yield Source(origin, pair_of_take(origin))
        else:
            yield Source(origin, pair_of(origin, type(command).__name__, one.first or one.story, one.number))


def opens(submission: Submission) -> Origin | None:
    """Of which item a story is opened, or may be."""
    for one in submission.each():
        if isinstance(one.command, OpenStory | TakeItem) and one.command.origin:
            return one.command.origin
    return None


def pairs_of(submission: Submission) -> set[Pair]:
    opened = opens(submission)
    return {source.pair for source in sources_of(submission)} | (
        {pair_of_item(opened.item)} if opened else set()
    )


def receipt_of(submission: Submission, known: Known) -> Receipt | None:
    """What the same act, or the same change, was answered with; Refusal where only a part of it was recorded, or
    something else was."""
    sources = sources_of(submission)
    found = [(source, known[source.pair]) for source in sources if source.pair in known]
    if not found:
        opened = opens(submission)
        if opened and (match := known.get(pair_of_item(opened.item))):
            provider, item = opened.item
            story = story_of(match[2])
            if story != (submission.first or submission.story) or isinstance(submission.command, OpenStory):
                raise ItemHasStory(provider=provider, id=item, story=story)
        return None
    first, (_, _, receipt) = found[0]
    is_whole = first is sources[0] if submission.origin else len(found) == len(sources)
    if not is_whole or any(
        mark != source.mark or other.position != receipt.position for source, (mark, _, other) in found
    ):
        raise reused(first.origin, receipt)
    return receipt


def reused(origin: Origin, receipt: Receipt) -> Refusal:
    said = _said(receipt)
    return OriginReused(
        provider=origin.provider,
        id=origin.id,
        story=said.get("story"),
        revision=said.get("revision"),
        pointer="/origin",
    )


def story_of(receipt: Receipt) -> str:
    """The slug of the story that an item became."""
    return str(_said(receipt)["story"])


def _said(receipt: Receipt) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(receipt.rest)
    return found


def _mark(said: bytes) -> bytes:
    return hashlib.sha256(said).digest()


def _digest(said: Any) -> str:
    return hashlib.sha256(orjson.dumps(said)).hexdigest()
