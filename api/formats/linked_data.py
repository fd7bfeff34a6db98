"""A story as schema.org tells it, in JSON-LD: the article, its claims, who made them, where they can be checked, and
what was corrected.

Every term is one of schema.org. What the ledger knows and schema.org has no word for is left out, never bent.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from api.formats.addresses import Site
from api.formats.telling import Telling
from api.formats.wording import how_long, label, shortened, words_of
from ledger.words import Slug

JSON_LD = "application/ld+json"
Node = dict[str, Any]

_AGENT = {"person": "Person", "organisation": "Organization", "agency": "Organization", "own": "Organization"}
_WORK = {"document": "CreativeWork", "dataset": "Dataset", "webpage": "WebPage"}
# The dates of EDTF that are those of ISO 8601, too, which temporalCoverage takes.
_DATE = r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"
_ISO_8601 = re.compile(rf"{_DATE}(/({_DATE}|\.\.))?")
# In a page, which has an end.
_DESCRIPTION = 200
_CORRECTIONS_IN_PAGE = 5  # the last ones
_TEXT_IN_PAGE = 300


def written(story: Telling) -> str:
    return _text(article(story))


def in_page(story: Telling) -> str:
    """Of the article, what stands in its page for search engines: not what people read there anyway, for a page is no
    longer than it must be. The rest is one link away."""
    shown = {"changes": story.corrections[:_CORRECTIONS_IN_PAGE], "facts": [], "notes": [], "sources": {}}
    told = article(replace(story, document={**story.document, **shown}))
    for correction in told.get("correction", ()):
        correction["text"] = shortened(correction["text"], _TEXT_IN_PAGE)
    told["encoding"]["description"] = (
        "Not carried here: text, facts, sources, notes, earlier corrections and versions."
        f" All of it: {story.address}"
    )
    del told["identifier"]
    told.pop("articleBody", None)
    return _text(told)


def _text(node: Node) -> str:
    """It can stand in a page: no letter in it ends a script there."""
    text = orjson.dumps(node).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def description(story: Mapping[str, Any]) -> str | None:
    """What it is about in a sentence or two: how its copy begins."""
    text = story.get("copy", {}).get("text")
    return shortened(text, _DESCRIPTION) if text else None


def article(story: Telling) -> Node:
    site, slug, told = story.site, story.first_slug, story.document
    works = _Works(story.sources)
    claims = [_claim(site, slug, fact, works) for fact in story.facts]
    publisher = _publisher(site)
    return _without_gaps(
        {
            # Nothing to fetch: every term is read as schema.org's.
            "@context": {"@vocab": "https://schema.org/"},
            "@type": "NewsArticle",
            "@id": story.address,
            "url": story.page,
            "mainEntityOfPage": {"@type": "WebPage", "@id": story.page},
            "encoding": {
                "@type": "MediaObject",
                "encodingFormat": "application/json",
                "contentUrl": story.address,
                "description": story.left_out(
                    "copy", "facts", "sources", "notes", "corrections", "correctives", "day of the dateline"
                ),
            },
            "encodingFormat": "text/plain",  # of its texts, in which nothing stands for anything else
            "identifier": story.slug,
            "version": story.version,
            "headline": story.headline,
            "description": description(told),
            "author": publisher,
            "publisher": publisher,
            "creativeWorkStatus": f"The desk’s view: {story.status}" if story.is_desk else None,
            "articleBody": story.text,
            "articleSection": told["desk"],
            "inLanguage": told["language"],
            "dateline": story.dateline,
            "locationCreated": _place(story.place),
            "datePublished": story.published,
            "dateModified": story.changed,
            "correction": [_correction(site, slug, change) for change in story.corrections],
            "comment": [
                {"@type": "Comment", "name": note["role"], "text": note["text"]} for note in told["notes"]
            ],
            "citation": works.cited,
            "hasPart": claims,
        }
    )


def _publisher(site: Site) -> Node:
    return {"@type": "Organization", "name": site.name, "url": f"{site.base}/"}


def _without_gaps(node: Node) -> Node:
    """Without what is not known."""
    return {name: value for name, value in node.items() if value not in (None, "", [])}


def _correction(site: Site, slug: Slug, change: Mapping[str, Any]) -> Node:
    sentences = (f"{label(change['kind'])}: {words_of(change)}", how_long(change))
    return _without_gaps(
        {
            "@type": "CorrectionComment",
            "text": "\n".join(filter(None, sentences)),
            "datePublished": change["published_at"],
            "about": {"@id": _address(site, slug, change["fact"])} if "fact" in change else None,
        }
    )


def _address(site: Site, slug: Slug, fact: int) -> str:
    return site.address(f"/v1/stories/{slug}/facts/{fact}")


class _Works:
    """What the facts of a story cite, each work once, and who is behind it."""

    def __init__(self, sources: Mapping[str, Mapping[str, Any]]) -> None:
        self._sources = sources
        self._numbers: dict[bytes, int] = {}
        self.cited: list[Node] = []

    def agent(self, slug: Slug) -> Node | None:
        """A source as somebody who says things; None for one that is itself a work."""
        source = self._sources.get(slug)
        if source is None or source["kind"] not in _AGENT:
            return None
        return _named(_AGENT[source["kind"]], source)

    def work(self, slug: Slug) -> Node | None:
        source = self._sources.get(slug)
        if source is None or source["kind"] not in _WORK:
            return None
        return _named(_WORK[source["kind"]], source)

    def cite(self, citation: Mapping[str, Any]) -> Node:
        """A reference to the cited work."""
        key = orjson.dumps(citation, option=orjson.OPT_SORT_KEYS)
        number = self._numbers.setdefault(key, len(self._numbers) + 1)
        if number > len(self.cited):
            self.cited.append(self._cited(number, citation))
        return {"@id": f"_:citation-{number}"}

    def _cited(self, number: int, citation: Mapping[str, Any]) -> Node:
        slug = citation["source"]
        source = self.work(slug) or {"@type": "CreativeWork"}
        excerpt = citation.get("excerpt")
        return source | _without_gaps(
            {
                "@id": f"_:citation-{number}",
                "name": citation.get("title") or self._sources.get(slug, {}).get("name"),
                "url": citation.get("url"),
                "publisher": self.agent(slug),
                "datePublished": citation.get("published_at"),
                "archivedAt": citation.get("archived_url"),
                "hasPart": {"@type": "Quotation", "text": excerpt["exact"]} if excerpt else None,
            }
        )


def _named(kind: str, source: Mapping[str, Any]) -> Node:
    return _without_gaps({"@type": kind, "name": source["name"], "description": source.get("description")})


def _claim(site: Site, slug: Slug, fact: Mapping[str, Any], works: _Works) -> Node:
    """Who made it is the innermost of the chain; the others passed it on."""
    chain = fact.get("attribution", [])
    *passed_on, origin = [link["source"] for link in chain] or [None]
    address = _address(site, slug, fact["fact"])
    return _without_gaps(
        {
            "@type": "Claim",
            "@id": address,
            "url": site.page(slug, f"/facts/{fact['fact']}"),
            "version": fact["version"],
            "text": fact["statement"],
            "creativeWorkStatus": [
                fact["verification"],
                *(["disputed"] if fact["dispute"] == "disputed" else []),
            ],
            "review": _review(site, address, fact),
            "author": works.agent(origin) if origin else None,
            "contributor": _known(works.agent(source) for source in passed_on if source),
            "isBasedOn": [
                *_known(works.work(link["source"]) for link in chain),
                *(_address(site, ground["story"], ground["fact"]) for ground in fact["rests_on"]),
            ],
            "citation": [works.cite(citation) for citation in fact["citations"]],
            "hasPart": [_quotation(link, works) for link in chain if "quote" in link],
            "mentions": [{"@type": "Thing", "name": name} for name in fact["entities"]],
            "contentLocation": _place(fact.get("place")),
            "temporalCoverage": _when(fact),
            "about": _quantity(fact.get("figure")),
        }
    )


def _review(site: Site, address: str, fact: Mapping[str, Any]) -> Node | None:
    """What the desk found when it looked into a claim; None where it has not."""
    if fact["verification"] in ("unverified", "in_progress"):
        return None
    return {
        "@type": "ClaimReview",
        "itemReviewed": {"@id": address},
        "claimReviewed": fact["statement"],
        "reviewRating": {"@type": "Rating", "alternateName": fact["verification"]},
        "author": _publisher(site),
    }


def _known(nodes: Iterable[Node | None]) -> list[Node]:
    return [node for node in nodes if node is not None]


def _quotation(link: Mapping[str, Any], works: _Works) -> Node:
    return _without_gaps(
        {"@type": "Quotation", "text": link["quote"], "spokenByCharacter": works.agent(link["source"])}
    )


def _place(name: str | None) -> Node | None:
    return {"@type": "Place", "name": name} if name else None


def _when(fact: Mapping[str, Any]) -> str | None:
    """The date that somebody vouches for: a guess is never told as if it were sure."""
    when = fact.get("when", {})
    edtf = str(when.get("edtf") or "")
    return edtf if when.get("status") == "confirmed" and _ISO_8601.fullmatch(edtf) else None


def _quantity(figure: Mapping[str, Any] | None) -> Node | None:
    if figure is None:
        return None
    return {"@type": "QuantitativeValue", "value": figure["value"], "unitText": figure["unit"]}
