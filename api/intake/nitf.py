"""NITF, the IPTC's markup of a story: a document of its own, or the text within a NewsML-G2 item."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from api.intake import media_types, values
from api.intake.item import Item, Link, Note, Origin, Signal, Unreadable
from api.intake.markup import APART, apart_in, name_of, text_of
from api.intake.table import FRAME, Row, Table
from api.intake.xml_text import XML_LANG, XmlReading

TABLE: Final = Table(
    "NITF",
    media_types.NITF,
    "Version 3.x, with a namespace or without.",
    (
        Row("origin.id", ("head/docdata/doc-id/@id-string",), "one without is refused"),
        Row("origin.provider", ("head/docdata/doc-id/@regsrc",)),
        Row("origin.version", ("head/docdata/du-key/@version", "head/docdata/du-key/@generation")),
        Row("origin.created", ("head/docdata/date.issue/@norm",)),
        Row("published", ("head/pubdata/@date.publication",)),
        Row("signal", ("head/docdata/@management-status",), "an unknown or empty one is refused"),
        Row("signal", ("head/docdata/correction",), "a correction"),
        Row("embargo", ("head/docdata/date.release/@norm",), "one that cannot be read, or is empty, is refused"),
        Row("headline", ("body/body.head/hedline/hl1",)),
        Row(
            "text",
            ("body/body.content",),
            "paragraphs, `hl2`, lists and tables; `media` is dropped and counted; a fraction as `3 1/2`",
        ),
        Row("language", ("body/body.content/@xml:lang", "body/@xml:lang", "@xml:lang")),
        Row("byline", ("body/body.head/byline",), "several in one line; names and titles in it parted"),
        Row("place", ("body/body.head/dateline/location",), "else the whole dateline, where it has no date of its own"),
        Row("dated", ("body/body.head/dateline/story.date/@norm",)),
        Row("desk", ("head/pubdata/@position.section",), "else the first subject"),
        Row(
            "subjects",
            (
                "head/tobject/tobject.subject/@tobject.subject.detail",
                "head/tobject/tobject.subject/@tobject.subject.matter",
                "head/tobject/tobject.subject/@tobject.subject.type",
                "head/tobject/tobject.subject/@tobject.subject.refnum",
            ),
            "of each the first that is there",
        ),
        Row("urgency", ("head/docdata/urgency/@ed-urg",)),
        Row("slugline", ("head/docdata/du-key/@key",)),
        Row("genre", ("head/tobject/tobject.property/@tobject.property.type",)),
        Row("rights", ("body/body.head/rights", "head/docdata/doc.copyright/@holder")),
        Row("credit", ("body/body.head/distributor",)),
        Row("links", ("head/docdata/@management-doc-idref", "head/docdata/correction/@id-string")),
        Row("notes", ("body/body.head/note",), "with its `type`, else `editor`"),
        Row("notes", ("body/body.content//note",), "likewise, wherever in the text; never part of it"),
        Row("notes", ("body/body.content//fn",), "likewise, with the role `footnote`"),
        Row("notes", ("head/docdata/ed-msg/@info",), "with the role `editor`"),
        Row("notes", ("head/docdata/correction/@info",), "with the role `correction`"),
        Row(
            FRAME,
            (
                "@version",
                "@change.date",
                "@change.time",
                "@baselang",
                "head/docdata/correction/@regsrc",
                "head/docdata/doc.copyright/@year",
                "body/body.head/hedline",
                "body/body.head/dateline",
                "body/body.head/dateline/story.date",
                "head/docdata/doc-id",
                "head/docdata/du-key",
                "head/docdata/date.issue",
                "head/docdata/date.release",
                "head/docdata/urgency",
                "head/docdata/doc.copyright",
                "head/docdata/ed-msg",
                "head/tobject/tobject.subject",
                "head/tobject/@tobject.type",
                "head/tobject/tobject.subject/@tobject.subject.ipr",
                "head/tobject/tobject.property",
            ),
        ),
    ),
)  # fmt: skip
_WHOLE = (
    "body/body.content",
    "body/body.head/hedline/hl1",
    "body/body.head/byline",
    "body/body.head/dateline/location",
    "body/body.head/dateline/story.date",
    "body/body.head/rights",
    "body/body.head/distributor",
    "body/body.head/note",
)
# What is asked of a document of its own alone.
_OF_A_DOCUMENT = (
    "published",
    "desk",
    "subjects",
    "urgency",
    "slugline",
    "genre",
    "rights",
    "credit",
    "links",
)


def read(root: Any) -> Iterator[Item | Unreadable]:
    yield Nitf(root, Counter()).item()


class Nitf:
    """One document that is being read."""

    def __init__(self, root: Any, counts: Counter[str], prefix: str = "") -> None:
        self.root = root
        self._reading = XmlReading(root, TABLE, counts, _WHOLE, prefix)
        self._counts = counts

    def item(self) -> Item:
        reading = self._reading
        guid = reading.first("origin.id")
        if guid is None:
            raise Unreadable(
                "head/docdata/doc-id/@id-string",
                "the item does not say which it is",
                "give it a doc-id with an id-string, the same for all versions",
            )
        subjects = tuple(self._subjects())
        embargo = self.embargo()
        item = Item(
            origin=Origin(
                reading.first("origin.provider"),
                guid,
                next((text for _, text in reading.all("origin.version")), None),
                reading.instant("origin.created"),
            ),
            format=self.format(),
            signal=self.signal(embargo),
            headline=reading.first("headline"),
            text=self.text(),
            language=self.language(),
            byline=self.byline(),
            place=self.place(),
            dated=self.dated(),
            desk=reading.first("desk") or next(iter(subjects), None),
            subjects=subjects,
            urgency=self._urgency(),
            slugline=reading.first("slugline"),
            genre=reading.first("genre"),
            rights="\n".join(dict.fromkeys(text for _, text in reading.all("rights"))) or None,
            credit=reading.first("credit"),
            links=tuple(self._links()),
            notes=tuple(self.notes()),
            embargo=embargo,
            published=reading.instant("published"),
            without_place=self._counts,
        )
        reading.count_the_rest()
        return item

    def format(self) -> str:
        found = re.search(r"(\d+)[.-](\d+)\b", (self._reading.root.get("version") or "")[:80], re.ASCII)
        return f"NITF {found[1]}.{found[2]}" if found else "NITF"

    # --- What is also asked of one within another item -----------------------------------------------------------

    def headline(self) -> str | None:
        return self._reading.first("headline")

    def text(self) -> str | None:
        place = self._reading.place("body/body.content")
        found = [
            text_of(element, place, self._counts, taken=APART)
            for element in self._reading.elements("body/body.content")
        ]
        return "\n".join(text for text in found if text) or None

    def language(self) -> str | None:
        root = self._reading.root
        bodies = self._reading.elements("body")
        contents = self._reading.elements("body/body.content")
        for element in (*contents, *bodies, root):
            if said := element.get(XML_LANG):
                found = values.language(said)
                if found is None:
                    self._counts[self._reading.place("@xml:lang")] += 1
                return found
        return None

    def byline(self) -> str | None:
        return ", ".join(dict.fromkeys(text for _, text in self._reading.all("byline"))) or None

    def place(self) -> str | None:
        found = [text for _, text in self._reading.all("place")]
        if found:
            return ", ".join(found)
        for element in self._reading.elements("body/body.head/dateline"):
            if len(element):
                self._counts[self._reading.place("body/body.head/dateline")] += 1
            else:
                path = "body/body.head/dateline"
                text = self._reading.line(element, path) or ""
                return values.place_of_dateline(text, self._reading.place(path), self._counts)
        return None

    def dated(self) -> Any:
        for place, text in self._reading.all("dated"):
            found = values.day(text)
            if found is None:
                self._counts[place] += 1
            return found
        datelines = self._reading.elements("body/body.head/dateline")
        texts = (self._reading.line(element, "body/body.head/dateline") for element in datelines)
        return next((found for text in texts if (found := values.day_of_dateline(text or ""))), None)

    def count_the_rest(self) -> None:
        """Of one within another item, which is read for its words and for what keeps them back."""
        for field in _OF_A_DOCUMENT:
            self._counts.update(place for place, _ in self._reading.all(field))
        self._reading.count_the_rest()

    def signal(self, embargo: datetime | None) -> Signal:
        place = "head/docdata/@management-status"
        said = [element.get("management-status") for element in self._reading.elements("head/docdata")]
        found = [
            values.status(status, self._reading.place(place), embargo)
            for status in said
            if status is not None
        ]
        if self._reading.elements("head/docdata/correction"):
            found.append(Signal.CORRECTION)
        return values.strongest(found)

    def embargo(self) -> datetime | None:
        said = [element.get("norm", "") for element in self._reading.elements("head/docdata/date.release")]
        place = self._reading.place("head/docdata/date.release/@norm")
        return max((values.embargo(text, place, self._counts) for text in said), default=None)

    def count_in(self, counts: Counter[str]) -> None:
        self._counts = self._reading.counts = counts

    # --- The rest of a document of its own -----------------------------------------------------------------------

    def _urgency(self) -> int | None:
        for place, text in self._reading.all("urgency"):
            found = values.urgency(text)
            if found is None:
                self._counts[place] += 1
            return found
        return None

    def _subjects(self) -> Iterator[str]:
        seen = set()
        names = [term.rpartition("@")[2] for term in TABLE.terms("subjects")]
        for element in self._reading.elements("head/tobject/tobject.subject"):
            found = next((said for name in names if (said := values.line(element.get(name) or ""))), None)
            if found and found not in seen:
                seen.add(found)
                yield found

    def _links(self) -> Iterator[Link]:
        for place, text in self._reading.all("links"):
            yield Link("correction" if "correction" in place else "management", text.strip())

    def notes(self) -> Iterator[Note]:
        for path in ("body/body.head", "body/body.content"):
            for root in self._reading.elements(path):
                for element, text in apart_in(root, self._reading.place(path), self._counts):
                    is_footnote = name_of(element) == "fn"
                    yield Note("footnote" if is_footnote else element.get("type") or "editor", text)
        for term in ("head/docdata/ed-msg/@info", "head/docdata/correction/@info"):
            for place, text in self._reading.texts(term):
                if said := values.lines(text):
                    yield Note("correction" if "correction" in place else "editor", said)
