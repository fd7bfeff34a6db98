"""NewsML-G2 2.35 (IPTC): the story as a news item of text, its paragraphs as XHTML."""

from typing import Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Comment, Element, SubElement

from api.formats.telling import Telling
from api.formats.xml_text import in_xml

NEWSML: Final = "application/vnd.iptc.g2.newsitem+xml"
_NAMESPACE: Final = "http://iptc.org/std/nar/2006-10-01/"
_XHTML: Final = "http://www.w3.org/1999/xhtml"
_CATALOG: Final = "http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_40.xml"
_ATTRIBUTES: Final = {
    "xmlns": _NAMESPACE,
    "standard": "NewsML-G2",
    "standardversion": "2.35",
    "conformance": "power",
}


def written(story: Telling) -> str:
    language = story.document["language"]
    root = Element(
        "newsItem", _ATTRIBUTES | {"guid": story.id, "version": str(story.version), "xml:lang": language}
    )
    # Two hyphens would end it.
    root.append(
        Comment(
            in_xml(story.left_out("copy", "notes", "corrections", "day of the dateline")).replace("--", "- -")
        )
    )
    SubElement(root, "catalogRef", {"href": _CATALOG})
    rights = SubElement(SubElement(root, "rightsInfo"), "copyrightHolder")
    _say(rights, "name", story.site.name)
    _write_management(SubElement(root, "itemMeta"), story)
    _write_description(SubElement(root, "contentMeta"), story)
    _write_content(SubElement(root, "contentSet"), story)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _write_management(meta: Element, story: Telling) -> None:
    """In the order of the schema."""
    SubElement(meta, "itemClass", {"qcode": "ninat:text"})
    _say(SubElement(meta, "provider", {"uri": f"{story.site.base}/"}), "name", story.site.name)
    _say(meta, "versionCreated", story.changed)
    _say(meta, "firstCreated", story.published or story.changed)
    SubElement(meta, "pubStatus", {"qcode": f"stat:{story.status}"})
    for note in story.notes:
        first, *others = note.splitlines()
        told = SubElement(meta, "edNote")
        told.text = in_xml(first)
        for line in others:
            SubElement(told, "br").tail = in_xml(line)
    for signal in story.signals:
        SubElement(meta, "signal", {"qcode": signal})


def _write_description(meta: Element, story: Telling) -> None:
    if story.place:
        _say(SubElement(meta, "located"), "name", story.place)
    SubElement(meta, "language", {"tag": story.document["language"]})
    _say(SubElement(meta, "subject", {"type": "cpnat:abstract"}), "name", story.document["desk"])
    _say(meta, "slugline", story.slug)
    _say(meta, "headline", story.headline)
    if story.dateline:
        _say(meta, "dateline", story.dateline)


def _write_content(content: Element, story: Telling) -> None:
    inline = SubElement(content, "inlineXML", {"contenttype": "application/xhtml+xml"})
    html = SubElement(inline, "html", {"xmlns": _XHTML})
    _say(SubElement(html, "head"), "title", story.headline)
    body = SubElement(html, "body")
    for paragraph in story.paragraphs:
        _say(body, "p", paragraph)


def _say(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = in_xml(text)
