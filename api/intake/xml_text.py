"""Reads XML that comes from outside: no entities of its own, no DTD, no network, within bounds."""

import codecs
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from lxml import etree

from api.intake import values
from api.intake.item import Unreadable
from api.intake.markup import text_of, too_deep, xml_tree
from api.intake.table import Table

# --- From bytes to elements --------------------------------------------------------------------------------------

# By their names in Python. None has states, in which a letter could mean another (UTF-7, ISO-2022).
_ENCODINGS: Final = re.compile(
    r"utf-8|ascii|iso8859-\d{1,2}|cp125\d|gb2312|gbk|gb18030|big5|shift_jis|euc_jp|euc_kr|koi8-[ru]|mac-roman"
)
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DECLARATION = re.compile(rb"""\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_PROLOG = re.compile(r"(?:\s++|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)
_PLAIN_DOCTYPE = re.compile(
    r"""<!DOCTYPE\s+[^\s\[\]<>"']+\s*(?:(?:SYSTEM|PUBLIC)\s*(?:(?:"[^"]*"|'[^']*')\s*){1,2})?>"""
)


def encoding_of(said: str, *also: str) -> str | None:
    """Python's name of a charset; None for one that is not taken; also: what is, besides."""
    try:
        name = codecs.lookup(said).name
    except (LookupError, ValueError):
        return None
    return name if name in also or _ENCODINGS.fullmatch(name) else None


def decoded(data: bytes, charset: str | None = None) -> str:
    """By its byte order mark, the charset that it is sent with, or as it declares (RFC 7303, 3); else UTF-8."""
    encoding = next((name for mark, name in _BOMS.items() if data.startswith(mark)), None)
    if encoding is None:
        if b"\0" in data[:64]:
            raise _broken("it is in an encoding that it does not mark", "send it as UTF-8")
        declared = _DECLARATION.match(data)
        said = charset or (declared[1].decode() if declared else "utf-8")
        encoding = encoding_of(said)
        if encoding is None:
            raise _broken(f"its encoding, {said[:40]}, is not taken", "send it as UTF-8")
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise _broken(
            f"it is not in {encoding} throughout: byte {error.start + 1:,} is not", "send it as UTF-8"
        ) from None


def parse(text: str) -> Any:
    """The root element. Entities are those of XML and of HTML, none else; a DOCTYPE that only names is passed over."""
    body = text[_end_of_prolog(text) :]
    try:
        return xml_tree(body)
    except etree.XMLSyntaxError as error:
        if "depth" in str(error):
            raise too_deep() from None
        raise _broken(f"it is no well-formed XML: {error.msg}", "send what an XML parser takes") from None


def _end_of_prolog(text: str) -> int:
    found = _PROLOG.match(text)
    assert found is not None, "it may be empty"
    at = found.end()
    if not text.startswith("<!DOCTYPE", at):
        return at
    plain = _PLAIN_DOCTYPE.match(text, at)
    if plain is None:
        raise _broken(
            "its DOCTYPE declares entities or more, which could grow without end or reach for other files",
            "send it without, with the characters themselves",
        )
    return plain.end()


def _broken(why: str, fix: str) -> Unreadable:
    return Unreadable("the file", why, fix)


# --- From elements to what they say ------------------------------------------------------------------------------

XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


class XmlReading:
    """One item that is being read, by paths such as `itemMeta/pubStatus`; what has no row in the table is counted.

    whole: elements the inside of which is text with markup."""

    def __init__(
        self, root: Any, table: Table, counts: Counter[str], whole: Collection[str] = (), prefix: str = ""
    ) -> None:
        self.root = root
        self.counts = counts
        self._table = table
        self._whole = frozenset(whole)
        self._prefix = prefix
        self._namespace = etree.QName(root).namespace or ""
        self.rank: Callable[[Any], int] = lambda _: (
            0
        )  # of elements that say the same: the least is the one to take

    def elements(self, path: str) -> list[Any]:
        found = [self.root]
        for step in path.split("/"):
            found = [child for element in found for child in element if self.name(child) == step]
        return found

    def name(self, element: Any) -> str:
        """As the standard has it; with a prefix where it is from another namespace."""
        name = etree.QName(element)
        if (name.namespace or "") in (self._namespace, ""):
            return str(name.localname)
        return f"{element.prefix or 'other'}:{name.localname}"

    def texts(self, path: str) -> Iterator[tuple[str, str]]:
        """What stands there, attribute or element, with its place; nothing where it is empty. By its rank."""
        elements, _, attribute = path.partition("@")
        found = self.elements(elements.rstrip("/")) if elements else [self.root]
        found.sort(key=self.rank)
        for element in found:
            text = element.get(attribute) if attribute else self.line(element, path)
            if text and text.strip():
                yield self.place(path), text

    def place(self, path: str) -> str:
        return f"{self._prefix}{path}"

    def line(self, element: Any, path: str) -> str | None:
        return values.line((text_of(element, self.place(path), self.counts) or "").replace("\n", " "))

    def all(self, field: str) -> Iterator[tuple[str, str]]:
        for term in self._table.terms(field):
            yield from self.texts(term)

    def first(self, field: str) -> str | None:
        """The first in a line; others are counted unless they say the same."""
        found = None
        for place, text in self.all(field):
            said = values.line(text)
            if found is None:
                found = said
            elif said not in (None, found):
                self.counts[place] += 1
        return found

    def nearest(self, path: str) -> Iterator[str]:
        """Those of the least rank; others are counted."""
        said = [
            (self.rank(element), text)
            for element in self.elements(path)
            if (text := self.line(element, path)) and text.strip()
        ]
        least = min((rank for rank, _ in said), default=0)
        for rank, text in said:
            if rank == least:
                yield text
            else:
                self.counts[self.place(path)] += 1

    def instant(self, field: str) -> Any:
        for place, text in self.all(field):
            return values.instant(text, place, self.counts)
        return None

    # --- The rest ------------------------------------------------------------------------------------------------

    def count_the_rest(self) -> None:
        known = self._table.all_terms()
        steps = [term.split("/") for term in known]
        above = {"/".join(step[:length]) for step in steps for length in range(1, len(step))}
        self._count(self.root, "", known | above, known)

    def _count(self, element: Any, path: str, open_to: Collection[str], known: Collection[str]) -> None:
        slash = f"{path}/" if path else ""
        for attribute in element.attrib:
            name = etree.QName(attribute)
            term = f"{slash}@{name.localname}"
            if not name.namespace and name.localname not in _ATTRIBUTES and term not in known:
                self.counts[self.place(term)] += 1
        if path in self._whole:
            return
        for child in element:
            below = f"{slash}{self.name(child)}"
            if below in open_to:
                self._count(child, below, open_to, known)
            elif len(child) or child.attrib or (child.text or "").strip():
                self.counts[self.place(below)] += 1


# Of any element: which thing it names, where that is, and how it is written.
_NAMING = "qcode uri literal type role id rel residref href version size title format"
_WRITING = "dir rank contenttype separator class style"
_ATTRIBUTES: Final = frozenset(f"{_NAMING} {_WRITING}".split())
