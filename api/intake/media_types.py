"""The media types of what is taken, and which of them a Content-Type names; apart from what reads them, which takes a
while to load."""

from typing import Final

NINJS: Final = ("application/ninjs+json", "application/vnd.iptc.ninjs+json", "application/json")
NEWSML_G2: Final = (
    "application/vnd.iptc.g2.newsitem+xml",
    "application/vnd.iptc.g2.packageitem+xml",
    "application/vnd.iptc.g2.newsmessage+xml",
    "application/vnd.iptc.g2+xml",
    "application/xml",
    "text/xml",
)
NITF: Final = ("application/nitf+xml", "text/nitf", "application/xml", "text/xml")
WORDPRESS: Final = ("application/json",)
NEWS_ARTICLE: Final = ("text/html", "application/xhtml+xml", "application/ld+json")
TEXT: Final = ("text/plain", "text/markdown", "text/x-markdown")
FACTS: Final = ("text/csv", "text/tab-separated-values", "application/csv")
ALL: Final = tuple(dict.fromkeys([*NINJS, *NEWSML_G2, *NITF, *WORDPRESS, *NEWS_ARTICLE, *TEXT, *FACTS]))
# Says nothing about what is inside; so does a type that is not given.
ANYTHING: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})


def essence(media_type: str) -> str:
    """Without its parameters."""
    return media_type.partition(";")[0].strip().lower()


def is_taken(media_type: str) -> bool:
    """Whether something of a media type may be sent at all."""
    return essence(media_type) in {*ALL, *ANYTHING}
