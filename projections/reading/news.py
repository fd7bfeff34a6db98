"""What has happened since a position, of all stories or of one: "what is new?", for the desk and for readers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson
from psycopg import Connection

from ledger import limits
from ledger.moment import rfc3339
from ledger.refusals import Missing
from ledger.store.database import Row
from projections.reading import reader_replay, replay, withdrawals
from projections.reading.replay import Asked
from projections.views import publications, revisions
from projections.views.publications import Turn


@dataclass(frozen=True, slots=True)
class Item:
    """Something that happened, as JSON text. The text may not name the story: see `_withdrawal`. story: by the slug
    that it was opened under, which it keeps whatever it is called."""

    position: int
    story: str
    text: str
    is_withdrawal: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """Items in order; whoever has them knows all up to the position `reached`. is_all: and nothing lies beyond it."""

    items: Sequence[Item]
    reached: int
    is_all: bool


def begin(connection: Connection[Row], asked: Asked, slug: str | None) -> tuple[int, str | None]:
    """The position of the moment that is asked for, from where on the news are to be told, and of the one story the
    slug that it was opened under. Refuses a story that is not there now, for whoever asks, in the words in which its
    document is refused."""
    position = replay.resolve(connection, asked)
    if slug is None:
        return position, None
    if asked.view == "reader":
        return position, reader_replay.moment(connection, slug, Asked(view="reader")).story.opened_as
    return position, replay.find(connection, slug).opened_as


def page(connection: Connection[Row], asked: Asked, opened_as: str | None, after: int) -> News:
    """What happened beyond a position, up to where the views are; of the one story, or of all."""
    upto = max(after, replay.resolve(connection, asked))
    story = replay.follow(connection, opened_as).number if opened_as is not None else None
    if asked.view == "reader":
        found = _noticed(connection, story, after, upto)
    else:
        found = _recorded(connection, story, after, upto)
    return _in_one_go(found, upto)


_Found = Iterator[tuple[int, Item | None]]  # what was at a position; None: nothing to tell


def _in_one_go(found: _Found, upto: int) -> News:
    """As much as is looked at and told together."""
    items: list[Item] = []
    reached = looked_at = size = 0
    for position, item in found:
        reached, looked_at = position, looked_at + 1
        if item is not None:
            items.append(item)
            size += len(item.text.encode())
        if size >= limits.STREAM_BYTES:
            return News(items, reached, is_all=False)
    is_all = looked_at < limits.STREAM_EVENTS
    return News(items, upto if is_all else reached, is_all)


# --- For the desk ------------------------------------------------------------------------------------------------


def _recorded(connection: Connection[Row], story: int | None, after: int, upto: int) -> _Found:
    if story is None:
        rows = revisions.of_all(connection, after, upto, limits.STREAM_EVENTS)
    else:
        rows = revisions.of_one(connection, story, after, upto, limits.STREAM_EVENTS)
    for position, slug, opened_as, text in rows:
        if slug is None:
            yield position, None
        else:
            assert text is not None, "it is too much only behind what is enough"
            yield position, Item(position, opened_as, f'{{"story":"{slug}",{text[1:]}')


# --- For readers -------------------------------------------------------------------------------------------------


def _noticed(connection: Connection[Row], story: int | None, after: int, upto: int) -> _Found:
    """Of a story that readers do not see now nothing is told but that it was withdrawn."""
    turns = publications.noticed(connection, after, upto, limits.STREAM_EVENTS, story)
    moments = {slug: _moment(connection, slug, upto) for slug in {turn.slug for turn in turns}}
    for turn in turns:
        yield turn.position, _item(connection, turn, moments[turn.slug])


def as_noticed(connection: Connection[Row], turn: Turn) -> Item | None:
    """What readers are told of it now; None: nothing, for they do not see the story."""
    upto = replay.resolve(connection, Asked())
    return _item(connection, turn, _moment(connection, turn.slug, upto))


def _item(connection: Connection[Row], turn: Turn, moment: reader_replay.Moment | None) -> Item | None:
    if not turn.is_open:
        return _withdrawal(connection, turn)
    if moment is None:
        return None
    return _edition(connection, turn, moment) if turn.is_edition else _return(turn)


def _edition(connection: Connection[Row], turn: Turn, moment: reader_replay.Moment) -> Item:
    (edition,) = reader_replay.editions(connection, moment, turn.position - 1, 1)
    return Item(turn.position, turn.opened_as, f'{{"story":"{turn.slug}","kind":"edition",{edition.text[1:]}')


def _return(turn: Turn) -> Item:
    return Item(
        turn.position,
        turn.opened_as,
        _told("return", turn, story=turn.slug, edition=turn.edition, revision=turn.revision),
    )


def _moment(connection: Connection[Row], slug: str, position: int) -> reader_replay.Moment | None:
    try:
        return reader_replay.moment(connection, slug, Asked(position=position, view="reader"))
    except Missing:
        return None


def _withdrawal(connection: Connection[Row], turn: Turn) -> Item:
    """Names the story only where there is a tombstone: of one that is held, readers are not told that it is there. Who
    shows stories hears that one of them is gone, and has to look which."""
    tombstone = withdrawals.tombstone(connection, turn.story, turn.position)
    named: dict[str, object] = {}
    if tombstone is not None:
        named = {"story": turn.slug, "tombstone": tombstone.model_dump(mode="json", exclude_none=True)}
    return Item(turn.position, turn.opened_as, _told("withdrawal", turn, **named), is_withdrawal=True)


def _told(kind: str, turn: Turn, **more: object) -> str:
    told = {"position": turn.position, "kind": kind, "at": rfc3339(turn.at), **more}
    return orjson.dumps(told).decode()
