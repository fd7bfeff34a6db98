"""NewsML-G2: news items, packages of them, and messages that hold several."""

import base64
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from email.message import Message
from typing import Any, Final

from api.intake import media_types, values
from api.intake.item import Item, Link, Note, Origin, Signal, Unreadable
from api.intake.markup import is_markup, name_of, text_of, text_of_html
from api.intake.nitf import Nitf
from api.intake.table import FRAME, Row, Table
from api.intake.xml_text import XML_LANG, XmlReading, encoding_of

TABLE: Final = Table(
    "NewsML-G2",
    media_types.NEWSML_G2,
    "`newsItem`, `packageItem`, and every one of them in a `newsMessage`; items of other kinds (`knowledgeItem`,"
    " `conceptItem`, `planningItem`) are told as not taken. Of names, headlines and texts in several languages the"
    " item's are taken; other headlines and texts are counted.",
    (
        Row("origin.id", ("@guid",), "one without is refused"),
        Row("origin.version", ("@version",)),
        Row("origin.created", ("itemMeta/versionCreated",)),
        Row("origin.provider", ("itemMeta/provider",), "its name, else its code"),
        Row("published", ("itemMeta/firstCreated",)),
        Row("signal", ("itemMeta/pubStatus",), "QCode, URI or literal; an unknown or empty one is refused"),
        Row("signal", ("itemMeta/signal",), "`sig:correction`, `sig:update`, `edStat:C`; others are counted"),
        Row(
            "embargo",
            ("itemMeta/embargoed",),
            "an empty one withholds the item; one that cannot be read is refused; where NITF inside says more of when"
            " or whether it may be used, what keeps it back longer counts",
        ),
        Row("headline", ("contentMeta/headline",), "the main one, else one without a role, else `hl1` of NITF inside"),
        Row("title", ("itemMeta/title",), "metadata by the standard: the headline where nothing else names the item"),
        Row(
            "text",
            ("contentSet/inlineXML", "contentSet/inlineData"),
            "NITF, XHTML, HTML or plain; data in base64 where their `contenttype` is text, other data are counted",
        ),
        Row("language", ("contentMeta/language/@tag", "@xml:lang"), "else that of NITF inside"),
        Row("byline", ("contentMeta/by",), "else that of NITF inside, else the names of creators"),
        Row("byline", ("contentMeta/creator",), "where there is neither"),
        Row("place", ("contentMeta/located",), "its name, else the location of NITF inside"),
        Row("place", ("contentMeta/dateline",), "what stands before its date, where there is neither"),
        Row("dated", ("contentMeta/dateline",), "that of NITF inside; else a date as ISO 8601 writes it"),
        Row("desk", ("itemMeta/service",), "its name, else its code; else the first subject"),
        Row("subjects", ("contentMeta/subject",), "by name, else by code"),
        Row("urgency", ("contentMeta/urgency",)),
        Row("slugline", ("contentMeta/slugline",)),
        Row("genre", ("contentMeta/genre",), "the first"),
        Row("rights", ("rightsInfo/copyrightNotice", "rightsInfo/usageTerms"), "a line each"),
        Row("rights", ("rightsInfo/copyrightHolder",), "where there is no notice"),
        Row("credit", ("contentMeta/creditline", "contentMeta/infoSource"), "the first, by name"),
        Row("links", ("itemMeta/link", "groupSet/group/itemRef"), "`rel`, or the role of the group; its title"),
        Row(
            "notes",
            ("itemMeta/edNote",),
            "with its role, else `editor`, or as in `Note (legal): …`; then those of NITF inside",
        ),
        Row(
            FRAME,
            (
                "catalogRef",
                "catalog",
                "itemMeta/itemClass",
                "itemMeta/profile",
                "itemMeta/generator",
                "itemMeta/service/name",
                "itemMeta/provider/name",
                "itemMeta/signal/name",
                "itemMeta/pubStatus/name",
                "itemMeta/link/title",
                "itemMeta/link/itemClass",
                "contentMeta/subject/name",
                "contentMeta/genre/name",
                "contentMeta/located/name",
                "contentMeta/creator/name",
                "contentMeta/infoSource/name",
                "contentMeta/language",
                "contentMeta/language/name",
                "rightsInfo/copyrightHolder/name",
                "rightsInfo/copyrightNotice/@href",
                "groupSet/group/itemRef/itemClass",
                "groupSet/group/itemRef/provider",
                "groupSet/group/itemRef/pubStatus",
                "groupSet/group/itemRef/title",
                "groupSet/group/itemRef/headline",
                "groupSet/@root",
                "groupSet/group/@role",
                "groupSet/group/groupRef",
                "@standard",
                "@standardversion",
                "@conformance",
                "itemMeta/signal/@severity",
                "contentSet/inlineData/@encoding",
                "contentSet/inlineData/@encodinguri",
            ),
        ),
    ),
)  # fmt: skip
_WHOLE = (
    "contentSet/inlineXML",
    "contentSet/inlineData",
    "contentMeta/headline",
    "contentMeta/by",
    "contentMeta/dateline",
    "contentMeta/slugline",
    "contentMeta/creditline",
    "rightsInfo/copyrightNotice",
    "rightsInfo/usageTerms",
    "itemMeta/edNote",
)
_BESIDE_THE_TEXT = frozenset({"head", "body.head", "body.end"})
_TAKEN = frozenset({"newsitem", "packageitem"})
_OTHER = frozenset({"knowledgeitem", "conceptitem", "planningitem", "catalogitem", "hopitem"})
ROOTS: Final = frozenset({"newsmessage", *_TAKEN, *_OTHER})


def read(root: Any) -> Iterator[Item | Unreadable]:
    for element in _items(root):
        try:
            if name_of(element) not in _TAKEN:
                raise Unreadable(
                    element.tag.rpartition("}")[2],
                    "it is no news: it explains codes, or says what is planned",
                    "nothing; send news items and packages",
                )
            yield _Reading(element).item()
        except Unreadable as trouble:
            yield replace(trouble, item=trouble.item or element.get("guid"))


def _items(root: Any) -> Iterator[Any]:
    if name_of(root) != "newsmessage":
        yield root
        return
    sets = [child for child in root if name_of(child) == "itemset"]
    found = [item for each in sets for item in each]
    if not found:
        raise Unreadable("newsMessage/itemSet", "the message holds no item", "send it with its items")
    yield from found


class _Reading:
    """One item that is being read."""

    def __init__(self, root: Any) -> None:
        self._counts: Counter[str] = Counter()
        self._reading = XmlReading(root, TABLE, self._counts, _WHOLE)
        self._tongue = (root.get(XML_LANG) or "").lower()
        self._own = self._said_language() or self._tongue
        reading = self._reading
        reading.rank = self._distance
        within = (child for each in reading.elements("contentSet/inlineXML") for child in each)
        nitfs = (
            Nitf(child, Counter(), "contentSet/inlineXML/nitf/")
            for child in within
            if name_of(child) == "nitf"
        )
        self._nitfs = {nitf.root: nitf for nitf in nitfs}
        self._nitf = min(
            self._nitfs.values(), key=lambda nitf: self._distance_of_text(nitf.root), default=None
        )
        if self._nitf:
            self._nitf.count_in(self._counts)

    def item(self) -> Item:
        reading = self._reading
        guid = reading.first("origin.id")
        if guid is None:
            raise Unreadable(
                "@guid", "the item does not say which it is", "give it a guid, the same for all versions"
            )
        subjects = tuple(self._named("subjects"))
        is_withheld, embargo = self._embargo()
        item = Item(
            origin=Origin(
                self._first_named("origin.provider"),
                guid,
                reading.first("origin.version"),
                reading.instant("origin.created"),
            ),
            format=f"NewsML-G2 {reading.root.get('standardversion', '')}".strip()[:30],
            signal=values.strongest([self._signal(embargo), *([Signal.WITHHELD] if is_withheld else [])]),
            headline=self._headline(),
            title=reading.first("title"),
            text=self._text(),
            language=self._language(),
            byline=self._byline(),
            place=self._place(),
            dated=self._dated(),
            desk=self._first_named("desk") or next(iter(subjects), None),
            subjects=subjects,
            urgency=self._urgency(),
            slugline=reading.first("slugline"),
            genre=self._first_named("genre"),
            rights=self._rights(),
            credit=self._first_named("credit", or_code=False),
            links=tuple(self._links()),
            notes=tuple(self._notes()),
            embargo=embargo,
            published=reading.instant("published"),
            without_place=self._counts,
        )
        reading.count_the_rest()
        if self._nitf:
            self._nitf.count_the_rest()
        return item

    # --- Languages -----------------------------------------------------------------------------------------------

    def _said_language(self) -> str:
        for element in self._reading.elements("contentMeta/language"):
            if said := values.language(element.get("tag") or ""):
                return said.lower()
        return ""

    def _distance(self, element: Any) -> int:
        """How far its language is from that of the item: 0, the same; 3, another one."""
        said = _language_of(element)
        if said is None:
            return 0 if _primary(self._tongue) == _primary(self._own) else 2
        if (values.language(said) or said).lower() == self._own:
            return 0
        return 1 if _primary(said) == _primary(self._own) or not self._own else 3

    # --- What has a name -----------------------------------------------------------------------------------------

    def _named(self, field: str, *, or_code: bool = True) -> Iterator[str]:
        seen = set()
        for term in TABLE.terms(field):
            for element in self._reading.elements(term):
                found = self._name_of(element, or_code=or_code)
                if found and found not in seen:
                    seen.add(found)
                    yield found

    def _first_named(self, field: str, *, or_code: bool = True) -> str | None:
        """The others are counted."""
        found = list(self._named(field, or_code=or_code))
        if len(found) > 1:
            self._counts[TABLE.terms(field)[0]] += len(found) - 1
        return found[0] if found else None

    def _name_of(self, element: Any, *, or_code: bool = True) -> str | None:
        """In the language of the item, where it is in several; else what it holds itself; else its code."""
        names = [child for child in element if self._reading.name(child) == "name"]
        names.sort(key=self._distance)
        for name in names:
            if said := values.line(name.text or ""):
                return said
        if said := values.line(element.text or ""):
            return said
        codes = ("literal", "qcode", "uri") if or_code else ("literal",)
        return next((said for code in codes if (said := values.line(element.get(code) or ""))), None)

    # --- What it is and what is said of it -----------------------------------------------------------------------

    def _signal(self, embargo: datetime | None) -> Signal:
        found = []
        for term in TABLE.terms("signal"):
            for element in self._reading.elements(term):
                code = next(
                    (said for name in ("qcode", "uri", "literal") if (said := element.get(name))), None
                )
                code = code or self._name_of(element)
                if term.endswith("pubStatus"):
                    found.append(values.status(code or "", term, embargo))
                elif code and (signal := values.signal(code)) is not None:
                    found.append(signal)
                else:
                    self._counts[term] += 1
        return values.strongest([*found, *(nitf.signal(embargo) for nitf in self._nitfs.values())])

    def _embargo(self) -> tuple[bool, Any]:
        """An empty one has no end that is known (its type is DateTimeOrNull): whether there is such, and the other."""
        elements = self._reading.elements("itemMeta/embargoed")
        is_open = any(not (element.text or "").strip() for element in elements)
        if is_open:
            self._counts["itemMeta/embargoed (empty: withheld)"] += 1
        found = [values.embargo(text, place, self._counts) for place, text in self._reading.all("embargo")]
        found += [until for nitf in self._nitfs.values() if (until := nitf.embargo())]
        return is_open, max(found, default=None)

    def _urgency(self) -> int | None:
        for place, text in self._reading.all("urgency"):
            found = values.urgency(text)
            if found is None:
                self._counts[place] += 1
            return found
        return None

    # --- Words ---------------------------------------------------------------------------------------------------

    def _headline(self) -> str | None:
        found = []
        for number, element in enumerate(self._reading.elements("contentMeta/headline")):
            said = self._reading.line(element, "contentMeta/headline")
            role = values.last_part(element.get("role") or "")
            if said:
                is_other = role not in ("", "main", "headline")
                found.append((is_other, self._distance(element), not role, number, said, role))
        found.sort()
        mains = [said for is_other, *_, said, _ in found if not is_other]
        chosen = mains[0] if mains else None
        for *_, said, role in found:
            if said != chosen:
                self._counts[f"contentMeta/headline[{role}]" if role else "contentMeta/headline"] += 1
        return chosen or (self._nitf.headline() if self._nitf else None)

    def _text(self) -> str | None:
        """The first in the language of the item; others are counted unless they say the same."""
        found: list[tuple[int, int, str, str, Counter[str]]] = []
        for path in TABLE.terms("text"):
            for element in self._reading.elements(path):
                counts: Counter[str] = Counter()
                if text := self._text_in(element, path, counts):
                    found.append((self._distance_of_text(element), len(found), path, text, counts))
                else:
                    self._counts.update(counts)
        if not found:
            return None
        found.sort(key=lambda text: text[:2])
        *_, chosen, counts = found[0]
        self._counts.update(counts)
        words = chosen.split()
        self._counts.update(path for *_, path, text, _ in found[1:] if text.split() != words)
        return chosen

    def _distance_of_text(self, element: Any) -> int:
        """It may say it on any of the elements that hold all of it, such as `html` or `body`."""
        found = element
        while _own_language_of(found) is None:
            within = [child for child in found if name_of(child) not in _BESIDE_THE_TEXT]
            if len(within) != 1:
                return self._distance(element)
            found = within[0]
        return self._distance(found)

    def _text_in(self, element: Any, path: str, counts: Counter[str]) -> str | None:
        if element.get("encoding") is not None or element.get("encodinguri") is not None:
            data = _decoded(element)
            if data is None:
                counts[f"{path} (encoded)"] += 1
            return self._of_data(data, element, path, counts) if data else None
        texts = []
        for child in element:
            if child in self._nitfs:
                texts.append(self._nitfs[child].text())
            else:
                texts.append(text_of(child, path, counts))
        if not len(element) and element.text:
            texts.append(self._of_data(element.text, element, path, counts))
        return "\n".join(text for text in texts if text) or None

    def _of_data(self, data: str, element: Any, path: str, counts: Counter[str]) -> str | None:
        media_type = (element.get("contenttype") or "").lower()
        if "html" in media_type or (not media_type.startswith("text/plain") and is_markup(data)):
            return text_of_html(data, path, counts)
        if media_type and not media_type.startswith("text/"):
            counts[path] += 1
            return None
        return values.lines(data)

    def _language(self) -> str | None:
        said = [tag for each in self._reading.elements("contentMeta/language") if (tag := each.get("tag"))]
        if said:
            found = values.language(said[0])
            if without_place := len(set(said)) - (found is not None):
                self._counts["contentMeta/language/@tag"] += without_place
            return found
        if self._nitf and (found := self._nitf.language()):
            return found
        found = values.language(self._tongue) if self._tongue else None
        if self._tongue and found is None:
            self._counts["@xml:lang"] += 1
        return found

    def _byline(self) -> str | None:
        said = ", ".join(dict.fromkeys(self._reading.nearest("contentMeta/by")))
        said = said or (self._nitf.byline() if self._nitf else None) or ""
        creators = (
            self._name_of(element, or_code=False) for element in self._reading.elements("contentMeta/creator")
        )
        return said or ", ".join(name for name in creators if name) or None

    def _place(self) -> str | None:
        for element in self._reading.elements("contentMeta/located"):
            if found := self._name_of(element, or_code=False):
                return found
            self._counts["contentMeta/located"] += 1
        within = self._nitf.place() if self._nitf else None
        if within:
            return within
        for text in self._reading.nearest("contentMeta/dateline"):
            return values.place_of_dateline(text, "contentMeta/dateline", self._counts)
        return None

    def _dated(self) -> Any:
        within = self._nitf.dated() if self._nitf else None
        texts = (text for _, text in self._reading.texts("contentMeta/dateline"))
        return within or next((day for text in texts if (day := values.day_of_dateline(text))), None)

    def _rights(self) -> str | None:
        found = []
        for path in ("rightsInfo/copyrightNotice", "rightsInfo/usageTerms"):
            found += [text for _, text in self._reading.texts(path)]
        notices = "\n".join(dict.fromkeys(found))
        holders = [self._name_of(element) for element in self._reading.elements("rightsInfo/copyrightHolder")]
        if len(holders) > 1:
            self._counts["rightsInfo/copyrightHolder"] += len(holders) - 1
        holder = holders[0] if holders and (holders[0] or "") not in notices else None
        return "\n".join(filter(None, (notices, holder))) or None

    def _links(self) -> Iterator[Link]:
        for path in TABLE.terms("links"):
            for element in self._reading.elements(path):
                to = element.get("residref") or element.get("href")
                if to is None:
                    self._counts[path] += 1
                    continue
                rel = element.get("rel") or element.getparent().get("role")
                named = [child for child in element if self._reading.name(child) in ("title", "headline")]
                title = next((said for child in named if (said := self._reading.line(child, path))), None)
                yield Link(rel, to.strip(), title or values.line(element.get("title") or ""))

    def _notes(self) -> Iterator[Note]:
        for element in self._reading.elements("itemMeta/edNote"):
            text = text_of(element, "itemMeta/edNote", self._counts)
            role = values.last_part(element.get("role") or "")
            if text and role:
                yield Note(role, text)
            elif text:
                yield from values.notes(text)
        if self._nitf:
            yield from self._nitf.notes()


# --- Of an element -----------------------------------------------------------------------------------------------


def _own_language_of(element: Any) -> str | None:
    """XHTML before 1.1 says it without a prefix."""
    found = element.get(XML_LANG) or element.get("lang")
    return str(found) if found and found.strip() else None


def _language_of(element: Any) -> str | None:
    """What it says, or what it stands in; not what is said of the whole item."""
    while element is not None and name_of(element) not in _TAKEN:
        if found := _own_language_of(element):
            return found
        element = element.getparent()
    return None


def _primary(tag: str) -> str:
    return tag.replace("_", "-").partition("-")[0].lower()


_BASE_64: Final = frozenset({"base64", "b64"})


def _decoded(element: Any) -> str | None:
    """Of text in base64; None of anything else."""
    said = (element.get("encoding") or element.get("encodinguri") or "").strip()
    media_type = Message()
    media_type["Content-Type"] = re.sub(
        r"[\r\n]", " ", element.get("contenttype") or "application/octet-stream"
    )
    charset = media_type.get_content_charset() or "utf-8"
    encoding = encoding_of(charset)
    if values.last_part(said) not in _BASE_64 or media_type.get_content_maintype() != "text" or not encoding:
        return None
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True).decode(encoding)
    except ValueError:
        return None
