"""The formats of a story: the suffix of its address, its media type, and what writes it; and which one is preferred."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from api.formats import fact_table, linked_data, newsml, ninjs, prose, prov
from api.formats.atom import ATOM
from api.formats.linked_data import JSON_LD
from api.formats.telling import Telling


@dataclass(frozen=True, slots=True)
class Named:
    """What a format is called: the suffix of its addresses, its media type, and in words, with an example."""

    suffix: str
    media_type: str
    what: str
    example: str


@dataclass(frozen=True, slots=True)
class Format(Named):
    """Of the story as it is at a moment."""

    write: Callable[[Telling], str]


FORMATS: Final = (
    Format(
        "ninjs",
        ninjs.NINJS,
        "ninjs 3.1 of the IPTC",
        '{"uri":"https://news.example/stories/kim-visits-russia"}',
        ninjs.written,
    ),
    Format(
        "newsml",
        newsml.NEWSML,
        "NewsML-G2 2.35 of the IPTC",
        '<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="https://news.example/stories/a-train" />',
        newsml.written,
    ),
    Format(
        "jsonld",
        JSON_LD,
        "schema.org in JSON-LD",
        '{"@type":"NewsArticle","headline":"Kim Jong-un arrives in Russia"}',
        linked_data.written,
    ),
    Format(
        "prov.json",
        prov.PROV_JSON,
        "where each fact comes from, in PROV-JSON",
        '{"entity":{"fact:1?version=2":{"prov:type":"fl:fact"}}}',
        prov.written,
    ),
    Format("md", prose.MARKDOWN, "Markdown", "# Kim Jong-un arrives in Russia\n", prose.as_markdown),
    Format("txt", prose.TEXT, "plain text", "Kim Jong-un arrives in Russia\n", prose.as_text),
    Format(
        "csv",
        fact_table.CSV,
        "the facts as a table in CSV",
        ",".join(fact_table.COLUMNS) + "\r\n",
        fact_table.written,
    ),
)
FEED: Final = Named(  # what happened to the story by then
    "atom",
    ATOM,
    "an Atom feed of its last 50 editions, or for the desk revisions, each with what it changed",
    '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" />\n',
)
BY_SUFFIX: Final[Mapping[str, Format]] = {one.suffix: one for one in FORMATS}
BY_MEDIA_TYPE: Final[Mapping[str, Named]] = {
    one.media_type.partition(";")[0]: one for one in (*FORMATS, FEED)
}

_PREFERENCES = 50  # of one Accept field that are looked at


def preferred(accept: str | None, *others: str) -> Named | None:
    """The format that an Accept field (RFC 9110, 12.5.1) likes best, and better than each of the others, which are
    media types, and than anything; of those that it likes alike the one that it names first."""
    best: Named | None = None
    liked = 0.0
    for part in (accept or "").split(",")[:_PREFERENCES]:
        media_type, *parameters = (word.strip().lower() for word in part.split(";"))
        weight = next((_weight(one[2:]) for one in parameters if one.startswith("q=")), 1.0)
        is_known = media_type in BY_MEDIA_TYPE or media_type in others or media_type.endswith("/*")
        if weight > liked and is_known:
            best, liked = BY_MEDIA_TYPE.get(media_type), weight
    return best


def _weight(text: str) -> float:
    return float(text) if re.fullmatch(r"[01](\.[0-9]{0,3})?", text) else 0.0
