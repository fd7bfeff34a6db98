"""Sitemaps (sitemaps.org 0.9): where stories are read, for search engines; and that of news, as Google defines it."""

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from api.formats.addresses import Site
from api.formats.xml_text import in_xml
from ledger.moment import rfc3339
from projections.reading.published import New, Published

SITEMAP = "application/xml"
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def of_stories(site: Site, stories: Iterable[Published]) -> str:
    root = Element("urlset", {"xmlns": _NAMESPACE})
    for story in stories:
        _place(root, site, story, "url")
    return _written(root)


def of_parts(site: Site, parts: int) -> str:
    """An index: of more stories than one sitemap may name."""
    root = Element("sitemapindex", {"xmlns": _NAMESPACE})
    for part in range(1, parts + 1):
        SubElement(SubElement(root, "sitemap"), "loc").text = site.address("/sitemap.xml", part=part)
    return _written(root)


def of_news(site: Site, stories: Sequence[New]) -> str:
    root = Element("urlset", {"xmlns": _NAMESPACE, "xmlns:news": _NEWS})
    for story in stories:
        news = SubElement(_place(root, site, story, "url"), "news:news")
        publication = SubElement(news, "news:publication")
        SubElement(publication, "news:name").text = in_xml(site.name)
        SubElement(publication, "news:language").text = story.head["language"]
        SubElement(news, "news:publication_date").text = rfc3339(story.first_at)
        SubElement(news, "news:title").text = in_xml(story.head["headline"])
    return _written(root)


def _place(root: Element, site: Site, story: Published, name: str) -> Element:
    place = SubElement(root, name)
    SubElement(place, "loc").text = site.page(story.slug)
    SubElement(place, "lastmod").text = rfc3339(story.edition_at)
    return place


def _written(root: Element) -> str:
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'
