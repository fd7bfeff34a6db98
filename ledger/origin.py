"""Where something comes from that was made elsewhere: an item of a wire, a content system, a data set."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from ledger import limits
from ledger.words import Closed, Instant, Line, Name, Text, recorded_instant

ItemId = tuple[str, str]  # provider and id: the same for every version of it


class Origin(Closed):
    """Which version of which item of whose. The same again is recorded once."""

    provider: Name = Field(
        description="Whose it is; the source's slug where the provider is registered", examples=["reuters"]
    )
    id: Line = Field(
        description="The same for every version of the item, such as its guid",
        examples=["tag:reuters.com,2023:newsml_L1N3AB0CD"],
    )
    version: Annotated[
        Name | None,
        Field(description="As the provider counts; it tells versions apart and does not order them"),
    ] = None
    created: Annotated[
        Instant | None,
        Field(description="When this version was made, by the provider's clock; versions are ordered by it"),
    ] = None

    @property
    def item(self) -> ItemId:
        return self.provider, self.id

    @property
    def at(self) -> datetime | None:
        return recorded_instant(self.created) if self.created else None


class WithOrigin(Closed):
    """What may have been made elsewhere."""

    origin: Annotated[Origin | None, Field(description="Where it comes from, if it was made elsewhere")] = (
        None
    )


Urgency = Annotated[int, Field(strict=True, ge=1, le=9, description="1 is the most urgent")]


class ItemLink(Closed):
    rel: Name | None = None
    to: Line
    title: Line | None = None


class WireItem(Closed):
    """What an item says of itself besides what a story has a place for; for the desk alone."""

    format: Name | None = None
    byline: Line | None = None
    urgency: Urgency | None = None
    slugline: Line | None = None
    genre: Line | None = None
    rights: Text | None = None
    credit: Line | None = None
    subjects: Annotated[tuple[Line, ...], Field(max_length=limits.SUBJECTS_OF_ITEM)] = ()
    links: Annotated[tuple[ItemLink, ...], Field(max_length=limits.LINKS_OF_ITEM)] = ()
    published: Instant | None = Field(default=None, description="Its first version, by the provider's clock")
    address: Line | None = Field(default=None, description="Where readers find it")


class ItemNote(Closed):
    """A note for whoever uses the item; readers see it where its provider says so of its role."""

    role: Name
    text: Text


class Correction(Closed):
    """What whoever made an item says was wrong before. note: in their own words; role: of the note; told: what readers
    are told instead, where they may not see the note."""

    note: Text | None = None
    role: Name | None = None
    told: Text | None = None
