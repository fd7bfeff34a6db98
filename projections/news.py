"""What has happened since a position, of all stories or of one: "what is new?", for the desk and for readers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson
from psycopg import Connection

from ledger import limits
from ledger.database import Row
from ledger.moment import rfc3339
from ledger.publication import Tombstone
from ledger.refusals import Missing
from projections import publications, reader_replay, replay, revisions, visibility
from projections.publications import Turn
from projections.replay import Asked


@dataclass(frozen=True, slots=True)
class Item:
    """Something that happened, as JSON text. The text may not name the story: see `_withdrawal`."""

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


def begin(connection: Connection[Row], asked: Asked, slug: str | None) -> int:
    """The position of the moment that is asked for, from where on the news are to be told. Refuses a story that is not
    there now, for whoever asks, in the words in which its document is refused."""
    position = replay.resolve(connection, asked)
    if slug is not None and asked.view == "reader":
        reader_replay.moment(connection, slug, Asked(view="reader"))
    elif slug is not None:
        replay.find(connection, slug)
    return position


def page(connection: Connection[Row], asked: Asked, slug: str | None, after: int) -> News:
    """What happened beyond a position, up to where the views are; of the one story, or of all."""
    upto = max(after, replay.resolve(connection, asked))
    story = replay.find(connection, slug).number if slug is not None else None
    if asked.view == "reader":
        turns = publications.noticed(connection, after, upto, limits.STREAM_EVENTS, story)
        seen = [turn.position for turn in turns]
        items = list(_noticed(connection, turns, upto))
    else:
        rows = _recorded(connection, slug, story, after, upto)
        seen = [position for position, _, _ in rows]
        items = [_revision(position, of, text) for position, of, text in rows if of is not None and text]
    is_all = len(seen) < limits.STREAM_EVENTS
    return _in_one_go(News(items, upto if is_all else seen[-1], is_all))


def _in_one_go(news: News) -> News:
    """As many of the items as may be told together."""
    size = 0
    for index, item in enumerate(news.items):
        size += len(item.text.encode())
        if index and size > limits.STREAM_BYTES:
            return News(news.items[:index], news.items[index - 1].position, is_all=False)
    return news


# --- For the desk ------------------------------------------------------------------------------------------------


def _recorded(
    connection: Connection[Row], slug: str | None, story: int | None, after: int, upto: int
) -> Sequence[tuple[int, str | None, str | None]]:
    if story is None:
        return revisions.of_all(connection, after, upto, limits.STREAM_EVENTS)
    rows = revisions.beyond(connection, story, after, upto, limits.STREAM_EVENTS)
    return [(position, slug, text) for position, text in rows]


def _revision(position: int, slug: str, text: str) -> Item:
    return Item(position, slug, f'{{"story":"{slug}",{text[1:]}')


# --- For readers -------------------------------------------------------------------------------------------------


def _noticed(connection: Connection[Row], turns: Sequence[Turn], upto: int) -> Iterator[Item]:
    """Of a story that readers do not see now nothing is told but that it was withdrawn."""
    moments = {slug: _moment(connection, slug, upto) for slug in {turn.slug for turn in turns}}
    for turn in turns:
        moment = moments[turn.slug]
        if not turn.is_open:
            yield _withdrawal(connection, turn)
        elif moment is not None and turn.is_edition:
            (edition,) = reader_replay.editions(connection, moment, turn.position - 1, 1)
            text = f'{{"story":"{turn.slug}","kind":"edition",{edition.text[1:]}'
            yield Item(turn.position, turn.slug, text)
        elif moment is not None:
            yield Item(
                turn.position, turn.slug, _told("return", turn, story=turn.slug, revision=turn.revision)
            )


def _moment(connection: Connection[Row], slug: str, position: int) -> reader_replay.Moment | None:
    try:
        return reader_replay.moment(connection, slug, Asked(position=position, view="reader"))
    except Missing:
        return None


def _withdrawal(connection: Connection[Row], turn: Turn) -> Item:
    """Names the story only where there is a tombstone: of one that is held, readers are not told that it is there. Who
    shows stories hears that one of them is gone, and has to look which."""
    tombstone = visibility.tombstone(connection, turn.story, turn.position)
    named = {"story": turn.slug, "tombstone": _tombstone(tombstone)} if tombstone else {}
    return Item(turn.position, turn.slug, _told("withdrawal", turn, **named), is_withdrawal=True)


def _tombstone(tombstone: Tombstone) -> dict[str, object]:
    return tombstone.model_dump(mode="json", exclude_none=True)


def _told(kind: str, turn: Turn, **more: object) -> str:
    told = {"position": turn.position, "kind": kind, "at": rfc3339(turn.at), **more}
    return orjson.dumps(told).decode()
