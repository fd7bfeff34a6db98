"""What a newsroom takes from an item of a wire, a content system or an archive, whatever format it came in."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Signal(StrEnum):
    """What whoever sent an item says of it."""

    USABLE = "usable"  # or nothing said
    UPDATE = "update"
    CORRECTION = "correction"
    WITHHELD = "withheld"  # not to be used, for now
    CANCELED = "canceled"  # not to be used, and never to have been


@dataclass(frozen=True, slots=True)
class Origin:
    """Which item it is, by whoever made it."""

    provider: str | None  # as the item names it; None where it does not, then whoever takes it says
    id: str  # the same for every version of the item
    version: str | None = None  # opaque: tells versions apart, does not order them
    created: datetime | None = None  # of this version, by the provider's clock


@dataclass(frozen=True, slots=True)
class Note:
    role: str | None  # as the format calls it, such as `editor` or `correction`
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    rel: str | None
    to: str  # the id or the address of another item
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """As it came: nothing is made up. What the ledger asks for and the item does not say stays None here."""

    origin: Origin
    format: str  # such as `ninjs 3.1`
    signal: Signal = Signal.USABLE
    headline: str | None = None
    title: str | None = None  # what it is called among those who handle it; no headline
    text: str | None = None  # a paragraph a line; tables, lists and sub-headings are paragraphs of text, too
    language: str | None = None  # BCP 47, well written
    byline: str | None = None
    place: str | None = None  # of the dateline
    dated: date | None = None  # of the dateline
    desk: str | None = None  # what the provider files it under: a desk, a category, its first subject
    subjects: tuple[str, ...] = ()
    urgency: int | None = None  # 1, most urgent, to 9
    slugline: str | None = None
    genre: str | None = None
    rights: str | None = None
    credit: str | None = None
    links: tuple[Link, ...] = ()
    notes: tuple[Note, ...] = ()
    embargo: datetime | None = None  # as it is said, past ones too
    published: datetime | None = None  # of its first version, by the provider's clock
    address: str | None = None  # where readers find it
    without_place: Counter[str] = field(default_factory=Counter)  # what the item holds and nothing above does


@dataclass
class Unreadable(Exception):
    """An item that cannot be taken: which field, why, and what to do about it, in plain words."""

    where: str
    why: str
    fix: str
    item: str | None = None  # its id, if so much could be read


@dataclass(frozen=True, slots=True)
class FactRow:
    """A row of a table of facts, as it stands there."""

    key: str  # tells the row from the others, in every state of the table
    line: int  # of the file, from 1
    cells: Mapping[str, str]  # all of it, by the names of its columns
    statement: str | None = None
    kind: str | None = None
    figure: str | None = None  # a plain decimal number
    unit: str | None = None
    occurred: str | None = None
    place: str | None = None
    entities: str | None = None  # parted by `;`
    source: str | None = None
    cue: str | None = None
    quote: str | None = None
    address: str | None = None  # where it can be checked
    title: str | None = None  # of what is there
    stated: str | None = None  # when the source said it
    note: str | None = None
    terms: str | None = None
    standing: str | None = None  # `retracted`: it is withdrawn
    story: str | None = None
    says: frozenset[str] = frozenset()  # those of the above that the table has a column for
    without_place: Counter[str] = field(default_factory=Counter)  # columns that nothing above stands for
