"""A fact on the wire: one checkable assertion, who said it, and where it can be checked."""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, Self, get_args

from pydantic import ConfigDict, Field, model_validator

from ledger import limits
from ledger.words import (
    Closed,
    DecimalText,
    Digest,
    Edtf,
    FactKind,
    FactNumber,
    Instant,
    Line,
    Name,
    Slug,
    Speech,
    Terms,
    Text,
    WebAddress,
)


class Attribution(Closed):
    """One link of the chain of who says it; the outermost comes first ("RIA reported that the Kremlin said")."""

    source: Slug
    cue: Line = Field(description="The words that attribute, as in the copy", examples=["according to"])
    speech: Speech
    quote: Text | None = Field(None, description="The words said, to the letter")


class Unattributed(Closed):
    """Why nobody is named for it, and who answers for that."""

    reason: Line
    signed_off_by: Name


class Excerpt(Closed):
    """The passage that bears the fact out (W3C Web Annotation, TextQuoteSelector)."""

    exact: Text
    prefix: Line | None = None
    suffix: Line | None = None


class Citation(Closed):
    """Where a fact can be checked."""

    source: Slug
    url: WebAddress | None = None
    title: Line | None = None
    published_at: Instant | None = Field(None, description="When the source said it")
    accessed_at: Instant | None = None
    archived_url: WebAddress | None = None
    digest: Digest | None = None
    excerpt: Excerpt | None = None
    origin: Slug | None = Field(
        None, description="Whose word the citation passes on, where it is not its own source's"
    )


def is_there(name: str) -> dict[str, Any]:
    """JSON Schema for: the field is given, and not null."""
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


def one_at_least(name: str, other: str) -> dict[str, Any]:
    """JSON Schema for: one of the two fields is given. Not as anyOf or oneOf beside the fields, which those who make
    clients of the schema take for a choice between things that have no fields at all."""
    return {"if": {"not": is_there(name)}, "then": is_there(other)}


def exactly_one(name: str, other: str) -> dict[str, Any]:
    return {"if": is_there(name), "then": {"not": is_there(other)}, "else": is_there(other)}


class Occurred(Closed):
    """When the world did it: the words of the text, and a reading of them if somebody vouches for one."""

    model_config = ConfigDict(json_schema_extra=one_at_least("literal", "resolved"))

    literal: Line | None = Field(None, examples=["on Tuesday"])
    resolved: Edtf | None = None
    basis: Line | None = Field(None, description="What the reading rests on")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.literal is None and self.resolved is None:
            raise ValueError("give the literal words, the resolved date, or both")
        return self


class Figure(Closed):
    value: DecimalText
    unit: Name


class Ground(Closed):
    """A fact, in any story, that another one depends on."""

    story: Slug
    fact: FactNumber


class Note(Closed):
    role: Name = Field(description="Who speaks: desk, standards, legal, …", examples=["standards"])
    text: Text
    is_publishable: Annotated[bool, Field(strict=True)]


Chain = Annotated[tuple[Attribution, ...], Field(min_length=1, max_length=limits.ATTRIBUTIONS)]
Citations = Annotated[tuple[Citation, ...], Field(max_length=limits.CITATIONS)]
Entities = Annotated[tuple[Name, ...], Field(max_length=limits.ENTITIES)]
Grounds = Annotated[tuple[Ground, ...], Field(max_length=limits.RESTS_ON)]
FactNotes = Annotated[tuple[Note, ...], Field(max_length=limits.NOTES_ON_FACT)]


_A_FIGURE: dict[str, Any] = {"properties": {"kind": {"const": "figure"}}, "required": ["kind"]}


class FactBody(Closed):
    """Everything a fact asserts; `becomes` of each change holds one whole."""

    model_config = ConfigDict(
        json_schema_extra={
            **exactly_one("attribution", "unattributed"),
            # Not as allOf beside the fields, of which some who make clients take the fields of its members for all.
            "dependentSchemas": {"kind": {"if": _A_FIGURE, "then": is_there("figure")}},
        }
    )

    statement: Text = Field(description="What we assert, in our words")
    kind: FactKind
    attribution: Chain | None = None
    unattributed: Unattributed | None = None
    citations: Citations = ()
    occurred: Occurred | None = None
    place: Name | None = None
    entities: Entities = ()
    figure: Figure | None = None
    terms: Terms = "on_record"
    rests_on: Grounds = ()
    note: FactNotes = ()

    @model_validator(mode="after")
    def _somebody_says_it_or_the_desk_says_why_not(self) -> Self:
        if (self.attribution is None) == (self.unattributed is None):
            raise ValueError(
                "give either attribution (who says it) or unattributed (why nobody is named), not both"
            )
        if self.kind == "quote" and not (self.attribution and self.attribution[-1].quote):
            raise ValueError(
                "a fact of kind quote needs the words said, in the quote of its last attribution"
            )
        if self.kind == "figure" and self.figure is None:
            raise ValueError("a fact of kind figure needs a figure: {value, unit}")
        return self

    def source_slugs(self) -> set[str]:
        """Slugs of every source the fact leans on."""
        return sources_of(self.attribution or ()) | sources_of(self.citations)


# From the loosest to the strictest: each protects whoever spoke more than the one before it.
_STRICTNESS: Final[Mapping[Terms, int]] = {terms: place for place, terms in enumerate(get_args(Terms))}

STRICTEST: Final[Terms] = get_args(Terms)[-1]


def strictest(terms: Iterable[Terms]) -> Terms:
    return max(terms, key=_STRICTNESS.__getitem__)


def is_stricter(terms: Terms, than: Terms) -> bool:
    return _STRICTNESS[terms] > _STRICTNESS[than]


def sources_of(links: Iterable[Attribution | Citation]) -> set[str]:
    """Slugs of the sources that links of a chain or citations name, and of those whose word citations pass on."""
    links = tuple(links)
    return {link.source for link in links} | {
        link.origin for link in links if isinstance(link, Citation) and link.origin
    }


def independent_origins(fact: FactBody) -> frozenset[str]:
    """Slugs of those whose own word the fact is; two that quote the same one are one.

    Whoever is not last in the chain passes on the word of the last, and the source of a citation with an origin that of
    the origin, wherever in the fact it is named. Of sources that only pass on each other's word, one counts for all.
    """
    chain = tuple(link.source for link in fact.attribution or ())
    return origins_of(chain, tuple((citation.source, citation.origin) for citation in fact.citations))


@lru_cache(maxsize=10_000)  # a story's facts name the same few again and again
def origins_of(chain: tuple[str, ...], citations: tuple[tuple[str, str | None], ...]) -> frozenset[str]:
    """Likewise of the sources of a chain, and of citations with the origins that they pass on."""
    passes_on: dict[str, set[str]] = {}
    for source in chain[:-1]:
        passes_on.setdefault(source, set()).add(chain[-1])
    for source, origin in citations:
        if origin:
            passes_on.setdefault(source, set()).add(origin)
    words = {*chain[-1:]} | {origin or source for source, origin in citations}
    if not passes_on.keys() & words:
        return frozenset(words)
    behind = {source: _behind(source, passes_on) for source in words.union(passes_on, *passes_on.values())}
    last = {source for source, others in behind.items() if all(source in behind[other] for other in others)}
    return frozenset(min(behind[source]) for word in words for source in behind[word] & last)


def _behind(source: str, passes_on: Mapping[str, set[str]]) -> set[str]:
    """The source, those whose word it passes on, those whose word they pass on, and so on."""
    found, ahead = {source}, [source]
    while ahead:
        further = passes_on.get(ahead.pop(), set()) - found
        found |= further
        ahead += further
    return found


def stands_on(fact: FactBody, origins: Collection[str]) -> set[frozenset[str]]:
    """Slugs of the sources that carry the fact together: all that are cited, or, where nothing is cited, all who say
    it; and all of its independent origins."""
    cited = frozenset(citation.source for citation in fact.citations)
    named = cited or frozenset(link.source for link in fact.attribution or ())
    return {named, frozenset(origins)} - {frozenset()}


def stands_on_alone(fact: FactBody, origins: Collection[str]) -> set[str]:
    """Slugs of the sources of which each carries the fact by itself."""
    return set().union(*(some for some in stands_on(fact, origins) if len(some) == 1))
