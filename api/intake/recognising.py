"""Which format some bytes are in, by what they are said to be and by a look at them; and every item in them."""

import re
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Final

from api.intake import (
    facts_table,
    media_types,
    news_article,
    newsml_g2,
    ninjs,
    nitf,
    plain_text,
    values,
    wordpress,
    xml_text,
)
from api.intake.item import FactRow, Item, Unreadable
from api.intake.markup import name_of
from api.intake.table import Table
from ledger import limits

TABLES: Final[tuple[Table, ...]] = (
    ninjs.TABLE,
    newsml_g2.TABLE,
    nitf.TABLE,
    wordpress.TABLE,
    news_article.TABLE,
    plain_text.TABLE,
)
_TEXT = frozenset(media_types.TEXT)


def is_table(data: bytes, media_type: str | None = None, name: str | None = None) -> bool:
    """Whether it is a table of facts, which `read_rows` reads, rather than items; by its type, else by what its name
    ends with, else by its header."""
    essence = media_types.essence(media_type or "")
    if essence in media_types.FACTS:
        return True
    if not essence and (name or "").lower().endswith((".csv", ".tsv")):
        return True
    if essence not in media_types.ANYTHING | {"text/plain"} or _start(data)[:1] in (b"<", b"{", b"["):
        return False
    return facts_table.is_header(_first_line(data))


def read(data: bytes, media_type: str | None = None, name: str | None = None) -> Iterator[Item | Unreadable]:
    """Every item in the bytes, in their order; one that is bad does not stop the others.

    name: of the file, which is the id of a plain text that has none; what it ends with decides only whether a text is
    Markdown."""
    try:
        _check(data, media_type or "")
        if is_table(data, media_type, name):
            raise Unreadable(
                "the file",
                "it is a table of facts, not an item",
                "file it with `factledger take`, which asks what a later state of it means",
            )
        yield from _reader(data, media_type or "", name)
    except Unreadable as trouble:
        yield trouble


def read_rows(
    data: bytes, media_type: str | None = None, columns: Mapping[str, str] | None = None
) -> Iterator[FactRow | Unreadable]:
    """Every row of a table of facts; `columns` says what a column of theirs is, where its name does not."""
    try:
        _check(data, media_type or "")
        yield from facts_table.read(data, columns, _charset(media_type or ""))
    except Unreadable as trouble:
        yield trouble


# --- A look ------------------------------------------------------------------------------------------------------


def _charset(media_type: str) -> str | None:
    header = Message()
    header["Content-Type"] = re.sub(r"[\r\n]", " ", media_type)
    found = header.get_param("charset")
    return found.strip() or None if isinstance(found, str) else None


def _check(data: bytes, media_type: str) -> None:
    if not media_types.is_taken(media_type):
        raise Unreadable(
            "Content-Type", f"“{media_type[:80]}” is not taken", f"send one of {', '.join(media_types.ALL)}"
        )
    if len(data) > limits.INTAKE_BYTES:
        raise Unreadable(
            "the file",
            f"it has more than {limits.INTAKE_BYTES:,} bytes",
            "split it, or send its items one by one",
        )
    if not data.strip():
        raise Unreadable("the file", "it is empty", "send an item")


def _start(data: bytes) -> bytes:
    """What it begins with, after a byte order mark and space; the letters of UTF-16 without the zeros between."""
    start = re.sub(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)", b"", data[:4_096])
    return start.replace(b"\0", b"").lstrip()


def _first_line(data: bytes) -> str:
    return _start(data).split(b"\n", 1)[0].decode("utf-8", "replace")


_HTML = re.compile(
    rb"(?:(?><!--.*?-->)\s*+|<\?xml[^>]*+>\s*+)*+<(?:!doctype\s+html|html|head|body)[\s>]",
    re.IGNORECASE | re.DOTALL,
)


def _reader(data: bytes, media_type: str, name: str | None) -> Iterator[Item | Unreadable]:
    essence, start = media_types.essence(media_type), _start(data)
    if essence in ("text/html", "application/xhtml+xml") or (start[:1] == b"<" and _HTML.match(start)):
        return news_article.read_page(news_article.decoded(data, _charset(media_type)))
    if start[:1] == b"<" or essence.endswith("xml"):
        return _of_xml(data, _charset(media_type))
    if essence.endswith("json") or (start[:1] in (b"{", b"[") and essence not in _TEXT):
        return _of_json(data)
    return _of_text(data, media_type, name)


def _of_json(data: bytes) -> Iterator[Item | Unreadable]:
    parsed = values.json_value(data)
    if wordpress.looks_like(parsed):
        return wordpress.read(parsed)
    if news_article.looks_like(parsed):
        return news_article.read(parsed)
    if ninjs.looks_like(parsed):
        return ninjs.read(parsed)
    raise Unreadable(
        "the file",
        "it is JSON, but no item of a format that is taken",
        "send ninjs, schema.org's JSON-LD, or what WordPress's REST API gives",
    )


def _of_xml(data: bytes, charset: str | None) -> Iterator[Item | Unreadable]:
    root = xml_text.parse(xml_text.decoded(data, charset))
    name = name_of(root)
    if name in newsml_g2.ROOTS:
        return newsml_g2.read(root)
    if name == "nitf":
        return nitf.read(root)
    raise Unreadable(
        f"<{name[:80]}>", "it is XML, but no item of a format that is taken", "send NewsML-G2 or NITF"
    )


def _of_text(data: bytes, media_type: str, name: str | None) -> Iterator[Item | Unreadable]:
    text = _decoded(data, _charset(media_type))
    essence = media_types.essence(media_type)
    is_markdown = "markdown" in essence or (
        essence != "text/plain" and (name or "").lower().endswith((".md", ".markdown"))
    )
    if essence not in _TEXT and not is_markdown and not plain_text.has_header(text):
        raise Unreadable(
            "the file",
            "it is in no format that is taken",
            f"say its Content-Type, one of {', '.join(media_types.ALL)}; a text needs a header, such as “Headline: …”",
        )
    return plain_text.read(text, name, is_markdown=is_markdown)


def _decoded(data: bytes, charset: str | None) -> str:
    """As XML is, for what could hide in another encoding, but without a declaration; a charset is the sender's word."""
    text = xml_text.decoded(data, charset)
    if "\0" in text:
        raise Unreadable("the file", "it holds a NUL character, so it is no text", "send text in UTF-8")
    return text
