"""The formats of a story: the suffix of its address, its media type, and what writes it; and which one is preferred."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from api.formats import fact_table, linked_data, newsml, ninjs, prose, prov
from api.formats.linked_data import JSON_LD
from api.formats.telling import Telling


@dataclass(frozen=True, slots=True)
class Format:
    suffix: str
    media_type: str
    write: Callable[[Telling], str]
    what: str
    example: str


FORMATS: Final = (
    Format(
        "ninjs",
        ninjs.NINJS,
        ninjs.written,
        "ninjs 3.1 of the IPTC",
        '{"uri":"https://news.example/stories/kim-visits-russia"}',
    ),
    Format(
        "newsml",
        newsml.NEWSML,
        newsml.written,
        "NewsML-G2 2.35 of the IPTC",
        '<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="https://news.example/stories/a-train" />',
    ),
    Format(
        "jsonld",
        JSON_LD,
        linked_data.written,
        "schema.org in JSON-LD",
        '{"@type":"NewsArticle","headline":"Kim Jong-un arrives in Russia"}',
    ),
    Format(
        "prov.json",
        prov.PROV_JSON,
        prov.written,
        "where each fact comes from, in PROV-JSON",
        '{"entity":{"fact:1?version=2":{"prov:type":"fl:fact"}}}',
    ),
    Format("md", prose.MARKDOWN, prose.as_markdown, "Markdown", "# Kim Jong-un arrives in Russia\n"),
    Format("txt", prose.TEXT, prose.as_text, "plain text", "Kim Jong-un arrives in Russia\n"),
    Format(
        "csv",
        fact_table.CSV,
        fact_table.written,
        "the facts as a table in CSV",
        ",".join(fact_table.COLUMNS) + "\r\n",
    ),
)
BY_SUFFIX: Final[Mapping[str, Format]] = {one.suffix: one for one in FORMATS}
BY_MEDIA_TYPE: Final[Mapping[str, Format]] = {one.media_type.partition(";")[0]: one for one in FORMATS}

_PREFERENCES = 50  # of one Accept field that are looked at


def preferred(accept: str | None, *others: str) -> Format | None:
    """The format that an Accept field (RFC 9110, 12.5.1) likes best, and better than each of the others, which are
    media types, and than anything; of those that it likes alike the one that it names first."""
    best: Format | None = None
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
