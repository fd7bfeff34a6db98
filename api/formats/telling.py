"""A story's document, the desk's or readers', as every format of it is made of: what both say, under the same names.

What a format has no place for it says itself, in `left_out`: who reads it must know that there is more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.formats.addresses import Site
from api.formats.wording import label, words_of
from ledger.words import Slug
from projections.views.story import CORRECTIONS

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Telling:
    """version: the number of the edition, of the desk's view the revision; changed: since when it is so; published:
    since when readers saw any of it; status and signals: IPTC NewsCodes (pubStatus; signal)."""

    site: Site
    slug: Slug
    document: Document
    is_desk: bool

    @property
    def headline(self) -> str:
        return str(self.document["headline"])

    @property
    def text(self) -> str:
        return str(self.document.get("copy", {}).get("text", ""))

    @property
    def paragraphs(self) -> list[str]:
        return [line.strip() for line in self.text.splitlines() if line.strip()]

    @property
    def version(self) -> int:
        return int(self.document["revision" if self.is_desk else "edition"])

    @property
    def changed(self) -> str:
        publication = self.document["publication"]
        return str(self.document["recorded_at"] if self.is_desk else publication["published_at"])

    @property
    def published(self) -> str | None:
        found: str | None = self.document["publication"].get("first_published_at")
        return found

    @property
    def status(self) -> str:
        """Of the desk's view nothing is usable: what readers get is in theirs."""
        if not self.is_desk:
            return "usable"
        is_gone = self.document["publication"].get("pub_status") == "canceled"
        return "canceled" if is_gone else "withheld"

    @property
    def signals(self) -> Sequence[str]:
        signals: Sequence[str] = self.document["publication"].get("signals", ())
        return signals

    @property
    def dateline(self) -> str:
        dateline = self.document.get("dateline", {})
        return ", ".join(filter(None, (dateline.get("place"), dateline.get("date"))))

    @property
    def place(self) -> str | None:
        place: str | None = self.document.get("dateline", {}).get("place")
        return place

    @property
    def facts(self) -> list[Document]:
        """Those that stand."""
        return [fact for fact in self.document["facts"] if fact["standing"] == "standing"]

    @property
    def sources(self) -> Mapping[str, Document]:
        sources: Mapping[str, Document] = self.document["sources"]
        return sources

    @property
    def corrections(self) -> list[Document]:
        """The last one first; the desk reads them in its history."""
        changes = self.document.get("changes", ())
        return [change for change in changes if change["kind"] in CORRECTIONS]

    @property
    def notes(self) -> list[str]:
        """For whoever uses it: what is said of the story besides, with what each is."""
        told = [f"{label(one['kind'])}: {words_of(one)}" for one in self.corrections]
        told += [f"Note ({note['role']}): {note['text']}" for note in self.document["notes"]]
        if self.is_desk:
            told.insert(0, f"The desk’s view, revision {self.version}: not for publication.")
        return told

    @property
    def first_slug(self) -> Slug:
        """That ids are made of: they stay whatever the story is called, and lead to it for ever."""
        return str(self.document.get("first_slug") or self.document["story"])

    @property
    def id(self) -> str:
        return self.site.page(self.first_slug)

    @property
    def address(self) -> str:
        """Where all of it is, as it is told here; an id, too."""
        moment = {"revision" if self.is_desk else "edition": self.version}
        return self.site.address(f"/v1/stories/{self.first_slug}", **moment)

    @property
    def page(self) -> str:
        return self.site.page(self.slug)

    def missing(self, *carried: str) -> dict[str, int]:
        """What there is and a format does not say, and how much; carried: what it says."""
        there = {
            "day of the dateline": bool(self.document.get("dateline", {}).get("date")),
            "item of the wire": "wire" in self.document,
            "copy": bool(self.text),
            "facts": len(self.facts),
            "sources": len(self.sources),
            "notes": len(self.document["notes"]),
            "correctives": len(self.document["correctives"]),
            "corrections": len(self.corrections),
        }
        return {what: number for what, number in there.items() if number and what not in carried}

    def left_out(self, *carried: str) -> str:
        """That in a sentence."""
        missing = [
            what if number is True else f"{number} {what if number > 1 else what[:-1]}"
            for what, number in self.missing(*carried).items()
        ]
        missing.append("earlier versions")
        return f"Not carried in this format: {', '.join(missing)}. All of it: {self.address}"
