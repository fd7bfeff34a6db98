"""Atom feeds (RFC 4287) as they are written. Every text is plain: a reader of feeds shows it and interprets nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from api.formats.xml_text import in_xml

ATOM = "application/atom+xml"
# `updated` of a feed in which nothing is (it must say something).
NEVER = "1970-01-01T00:00:00.000000Z"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Category:
    term: str
    scheme: str
    label: str


@dataclass(frozen=True, slots=True)
class Entry:
    """id: a URI that is this entry's for ever; updated: RFC 3339; alternate: its page, for people; data: the same for
    machines, in JSON; related: an address that has to do with it."""

    id: str
    title: str
    updated: str
    author: str
    text: str
    alternate: str
    data: str
    related: str | None = None
    categories: Sequence[Category] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    id: str
    title: str
    subtitle: str
    own: str
    alternate: str
    data: str
    entries: Sequence[Entry]  # the newest first

    @property
    def updated(self) -> str:
        return max((entry.updated for entry in self.entries), default=NEVER)


def written(feed: Feed) -> str:
    root = Element("feed", {"xmlns": _NAMESPACE})
    for name in ("id", "title", "subtitle", "updated"):
        _say(root, name, getattr(feed, name))
    SubElement(root, "link", {"rel": "self", "type": ATOM, "href": feed.own})
    _link(root, feed)
    for entry in feed.entries:
        _write(root, entry)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _write(root: Element, entry: Entry) -> None:
    element = SubElement(root, "entry", {_LANGUAGE: entry.language} if entry.language else {})
    _say(element, "id", entry.id)
    _say(element, "title", entry.title)
    _say(element, "updated", entry.updated)
    _say(element, "published", entry.updated)
    _say(SubElement(element, "author"), "name", entry.author)
    _link(element, entry)
    if entry.related:
        SubElement(element, "link", {"rel": "related", "href": entry.related})
    for category in entry.categories:
        attributes = {"term": category.term, "scheme": category.scheme, "label": category.label}
        SubElement(element, "category", attributes)
    _say(element, "content", entry.text, type="text")


def _link(parent: Element, it: Feed | Entry) -> None:
    SubElement(parent, "link", {"rel": "alternate", "type": "text/html", "href": it.alternate})
    SubElement(parent, "link", {"rel": "alternate", "type": "application/json", "href": it.data})


def _say(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = in_xml(text)
