"""schema.org's NewsArticle, as JSON-LD or microdata in the page of an article, or as JSON-LD by itself."""

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urljoin

from lxml import etree

from api.intake import media_types, microdata, values
from api.intake.item import Item, Link, Note, Origin, Signal, Unreadable
from api.intake.markup import check_depth, html_tree, is_markup, line_of_html, name_of, text_of, text_of_html
from api.intake.table import FRAME, Row, Table
from api.intake.xml_text import encoding_of

TABLE: Final = Table(
    "schema.org NewsArticle",
    media_types.NEWS_ARTICLE,
    "`NewsArticle`, `Article`, `BlogPosting` and what schema.org derives from them, by itself, in arrays or a `@graph`,"
    " in as many scripts as the page has, also with line ends in their strings; what is only named by `@id` is looked"
    " up, and of what is there in several languages that of the article is taken. A page without JSON-LD is"
    " read by its microdata. Texts are plain where `encodingFormat` is"
    " `text/plain`; else tags and entities in them are read. Where `articleBody` is missing, the"
    " text is that of the element marked `itemprop=articleBody`, else of the innermost one that holds most of the"
    " paragraphs of the `article`, without `nav`, `aside`, `header`, `footer` and captions, which are counted.",
    (
        Row(
            "origin.id",
            ("@id", "url", "mainEntityOfPage"),
            "an absolute address, but for an `@id` with a query where `url` has none, which names a version; else the"
            " page's own `canonical`",
        ),
        Row("origin.version", ("version",)),
        Row("origin.created", ("dateModified", "datePublished")),
        Row("origin.provider", ("publisher",), "by name"),
        Row("published", ("datePublished",)),
        Row("embargo", ("datePublished",), "where it is in the future"),
        Row("signal", ("creativeWorkStatus",), "withdrawn, draft"),
        Row("signal", ("correction",), "a correction"),
        Row("headline", ("headline",), "`name` is not one"),
        Row("text", ("articleBody", "text")),
        Row("language", ("inLanguage",), "else `lang` of the page"),
        Row("byline", ("author", "creator"), "names"),
        Row("place", ("locationCreated", "dateline"), "of a dateline what stands before its date"),
        Row("dated", ("dateline",), "a date as ISO 8601 writes it"),
        Row("desk", ("articleSection",), "the first, else the first subject"),
        Row("subjects", ("keywords", "about"), "by name; keywords in one line are parted at commas"),
        Row("genre", ("genre",), "the first"),
        Row("rights", ("copyrightNotice", "usageInfo", "license", "copyrightHolder"), "a line each"),
        Row("credit", ("creditText", "sourceOrganization"), "the first, by name"),
        Row("links", ("isBasedOn", "citation", "backstory"), "address and name"),
        Row("notes", ("correction",), "its text, with the role `correction`"),
        Row("notes", ("comment",), "one with a name and no author, as this ledger writes it; the name is its role"),
        Row("notes", ("editorialNote", "editorial_note"), "not schema.org's; with the role `editor`"),
        Row("address", ("url", "mainEntityOfPage")),
        Row(
            FRAME,
            (
                "@context", "@type", "isAccessibleForFree", "wordCount", "copyrightYear", "isPartOf", "encodingFormat",
            ),
        ),
    ),
)  # fmt: skip
_ARTICLES = frozenset(
    {
        "Article", "NewsArticle", "AnalysisNewsArticle", "AskPublicNewsArticle", "BackgroundNewsArticle",
        "OpinionNewsArticle", "ReportageNewsArticle", "ReviewNewsArticle", "Report", "BlogPosting", "LiveBlogPosting",
        "AdvertiserContentArticle", "SatiricalArticle",
    }
)  # fmt: skip
_KNOWN = TABLE.all_terms()
_STATUS: Final = {
    "withdrawn": Signal.CANCELED,
    "retracted": Signal.CANCELED,
    "draft": Signal.WITHHELD,
    "pending": Signal.WITHHELD,
}


# --- The page ----------------------------------------------------------------------------------------------------

_CHARSET = re.compile(rb"""<meta\s[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)


def decoded(data: bytes, charset: str | None) -> str:
    """By its byte order mark, the Content-Type, or its own word, in this order (HTML, 13.2.3.2); else UTF-8."""
    if data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = said = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-16"
    else:
        declared = _CHARSET.search(data[:1024])
        said = charset or (declared[1].decode() if declared else "utf-8")
        known = encoding_of(said)
        if known is None:
            raise Unreadable("the page", f"its encoding, {said[:40]}, is not taken", "send it as UTF-8")
        encoding = "cp1252" if known in ("ascii", "iso8859-1") else known  # as every browser reads them
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable("the page", f"it is not in {said} throughout", "send it as UTF-8") from None


def read_page(text: str) -> Iterator[Item | Unreadable]:
    root = html_tree(text)
    check_depth(root)
    troubles: list[Unreadable] = []
    found: list[Any] = []
    for script in root.iter("script"):
        if (script.get("type") or "").partition(";")[0].strip().lower() == "application/ld+json":
            try:
                data = _bare(script.text or "").encode("utf-8", "surrogatepass")
                found.append(values.json_value(values.with_escapes(data)))
            except Unreadable as trouble:
                troubles.append(replace(trouble, where="JSON-LD"))
    articles = list(_articles(found))
    if not articles:
        found = [_without_the_body(each) for each in microdata.items_of(root)]
        articles = list(_articles(found))
    if not articles:
        yield from troubles[:1] or [
            Unreadable(
                "JSON-LD",
                "the page has no NewsArticle in it",
                "send a page with schema.org's JSON-LD or microdata",
            )
        ]
        return
    yield from _items(articles, found, root)


def _without_the_body(item: dict[str, Any]) -> dict[str, Any]:
    """Which is read from the page, with its paragraphs."""
    return {name: value for name, value in item.items() if name != "articleBody"}


def _bare(script: str) -> str:
    """Without the comments that once hid scripts from browsers."""
    text = script.strip()
    text = re.sub(r"^(?://\s*)?(?:<!--|<!\[CDATA\[)", "", text)
    return re.sub(r"(?://\s*)?(?:-->|\]\]>)$", "", text).strip()


# --- JSON-LD -----------------------------------------------------------------------------------------------------


def looks_like(parsed: Any) -> bool:
    return bool(list(_articles([parsed])))


def read(parsed: Any) -> Iterator[Item | Unreadable]:
    yield from _items(list(_articles([parsed])), [parsed], None)


def _items(articles: list[dict[str, Any]], parsed: list[Any], page: Any) -> Iterator[Item | Unreadable]:
    nodes = _nodes(parsed)
    seen = set()
    canonical = _canonical(page) if page is not None else None
    for article in articles:
        try:
            item = _Reading(article, nodes, page, canonical, is_alone=len(articles) == 1).item()
        except Unreadable as trouble:
            yield replace(trouble, item=trouble.item or _string(article.get("url")))
            continue
        if item.origin.id not in seen:
            seen.add(item.origin.id)
            yield item


def _canonical(page: Any) -> str | None:
    """What the page says its own address is."""
    for link in page.iter("link"):
        if (link.get("rel") or "").lower() == "canonical" and _is_address(link.get("href")):
            return str(link.get("href")).strip()
    for meta in page.iter("meta"):
        if meta.get("property") == "og:url" and _is_address(meta.get("content")):
            return str(meta.get("content")).strip()
    return None


def _articles(parsed: Any) -> Iterator[dict[str, Any]]:
    """Those that the page is about; not those that one of them, or a list, only names."""
    for one in parsed if isinstance(parsed, list) else [parsed]:
        if isinstance(one, list):
            yield from _articles(one)
        elif isinstance(one, dict):
            if _types(one) & _ARTICLES:
                yield one
            elif isinstance(one.get("@graph"), list | dict):
                yield from _articles(one["@graph"])
            elif isinstance(one.get("mainEntity"), dict):
                yield from _articles(one["mainEntity"])


def _types(node: Mapping[str, Any]) -> set[str]:
    said = node.get("@type")
    return {
        re.split(r"[:/#]", each)[-1]
        for each in (said if isinstance(said, list) else [said])
        if isinstance(each, str)
    }


def _nodes(parsed: Any) -> dict[str, dict[str, Any]]:
    """Every node with an id and more than that, wherever it stands."""
    found: dict[str, dict[str, Any]] = {}
    waiting = [parsed]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("@id"), str) and len(value) > 1:
                found.setdefault(value["@id"], value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return found


class _Reading:
    """One article that is being read; page: what it stands in; canonical: what that says its address is; is_alone: no
    other article stands there, so that the text of the page is its own."""

    def __init__(
        self,
        source: Mapping[str, Any],
        nodes: Mapping[str, Mapping[str, Any]],
        page: Any,
        canonical: str | None,
        *,
        is_alone: bool,
    ) -> None:
        self._source, self._nodes, self._page = source, nodes, page
        self._canonical, self._is_alone = canonical, is_alone
        self._is_plain = source.get("encodingFormat") == "text/plain"
        self._counts: Counter[str] = Counter()

    def item(self) -> Item:
        address = self._address()
        guid = self._id(address)
        subjects = tuple(self._subjects())
        item = Item(
            origin=Origin(
                self._first("origin.provider"),
                guid,
                self._first("origin.version"),
                self._instant("origin.created"),
            ),
            format=f"schema.org {next(iter(sorted(_types(self._source) & _ARTICLES)))}",
            signal=self._signal(),
            headline=self._first("headline"),
            text=self._text(),
            language=self._language(),
            byline=", ".join(self._names("byline")) or None,
            place=self._place(),
            dated=next(
                (day for _, one in self._all("dated") if (day := values.day_of_dateline(str(one)))), None
            ),
            desk=self._first("desk") or next(iter(subjects), None),
            subjects=subjects,
            genre=self._first("genre"),
            rights="\n".join(self._names("rights")) or None,
            credit=self._first("credit"),
            links=tuple(self._links()),
            notes=tuple(self._notes()),
            embargo=self._appears(),
            published=self._instant("published"),
            address=address,
            without_place=self._counts,
        )
        self._counts.update(
            f"/{name}"
            for name, value in self._source.items()
            if name not in _KNOWN and value not in (None, "", [], {})
        )
        return item

    def _all(self, field: str) -> Iterator[tuple[str, Any]]:
        """Each value, with what is only named by its id looked up."""
        for term in TABLE.terms(field):
            value = self._source.get(term)
            for one in sorted(value, key=self._is_of_another) if isinstance(value, list) else [value]:
                if isinstance(one, dict) and len(one) == 1 and isinstance(one.get("@id"), str):
                    yield f"/{term}", self._nodes.get(one["@id"], one)
                elif isinstance(one, dict) and "@value" in one:
                    yield f"/{term}", one["@value"]
                elif one not in (None, ""):
                    yield f"/{term}", one

    def _is_of_another(self, one: Any) -> bool:
        """Whether it is in another language than the article."""
        said, own = one.get("@language") if isinstance(one, dict) else None, self._source.get("inLanguage")
        if not isinstance(said, str) or not isinstance(own, str):
            return False
        one_of, other = (re.split("[_-]", tag.lower(), maxsplit=1)[0] for tag in (said, own))
        return one_of != other

    def _names(self, field: str) -> Iterator[str]:
        seen = set()
        for path, one in self._all(field):
            found = self._name_of(one, path)
            if found and found not in seen:
                seen.add(found)
                yield found

    def _place(self) -> str | None:
        for path, one in self._all("place"):
            found = self._name_of(one, path)
            if found is not None:
                return values.place_of_dateline(found, path, self._counts) if path == "/dateline" else found
        return None

    def _first(self, field: str) -> str | None:
        """The others are counted."""
        found = list(self._names(field))
        if len(found) > 1:
            self._counts[next(self._all(field))[0]] += len(found) - 1
        return found[0] if found else None

    def _name_of(self, one: Any, path: str) -> str | None:
        if isinstance(one, dict):
            one = next(
                (
                    one[part]
                    for part in ("name", "alternateName", "text", "url", "@id")
                    if _string(one.get(part))
                ),
                None,
            )
        said = _string(one)
        if said is None:
            self._counts[path] += 1
            return None
        if not self._is_plain and is_markup(said):
            return line_of_html(said, path, self._counts)
        return values.line(said if self._is_plain else values.decoded(said))

    def _read(self, said: str, path: str, counts: Counter[str]) -> str | None:
        """A text, a paragraph a line. Most write entities in plain text, too."""
        if self._is_plain:
            return values.lines(said)
        return text_of_html(said, path, counts) if is_markup(said) else values.lines(values.decoded(said))

    # --- Which article it is -------------------------------------------------------------------------------------

    def _address(self) -> str | None:
        for term in TABLE.terms("address"):
            value = self._source.get(term)
            for one in value if isinstance(value, list) else [value]:
                said = (one.get("@id") or one.get("url")) if isinstance(one, dict) else one
                if _is_address(said):
                    return str(said).strip()
        return self._canonical

    def _id(self, address: str | None) -> str:
        said = _string(self._source.get("@id"))
        if (
            said
            and re.match(r"(?:https?|urn|tag):", said)
            and not ("?" in said and "?" not in (address or "?"))
        ):
            return said
        base = self._canonical or address
        if base is None:
            raise Unreadable(
                "/@id", "the article does not say which it is", "give it an @id or a url, an absolute address"
            )
        return urljoin(base, said) if said and said.startswith("#") else address or base

    # --- What it says --------------------------------------------------------------------------------------------

    def _signal(self) -> Signal:
        found = [Signal.CORRECTION] if any(True for _ in self._all_of("correction")) else []
        for path, one in self._all_of("creativeWorkStatus"):
            said = (self._name_of(one, path) or "").lower()
            if said in _STATUS:
                found.append(_STATUS[said])
            elif said != "published":
                self._counts[path] += 1
        return values.strongest(found)

    def _all_of(self, term: str) -> Iterator[tuple[str, Any]]:
        value = self._source.get(term)
        for one in value if isinstance(value, list) else [value]:
            if one not in (None, "", {}):
                yield f"/{term}", one

    def _instant(self, field: str) -> Any:
        for path, one in self._all(field):
            if isinstance(one, str):
                return values.instant(one, path, self._counts)
            self._counts[path] += 1
        return None

    def _appears(self) -> Any:
        said = (one for _, one in self._all("published") if isinstance(one, str))
        found = (values.instant(one, "/datePublished", Counter()) for one in said)
        return max((at for at in found if at), default=None)

    def _language(self) -> str | None:
        lang = None if self._page is None else self._page.get("lang")
        for path, one in (*self._all("language"), *([("html/@lang", lang)] if lang else [])):
            said = (
                (one.get("alternateName") or one.get("identifier") or one.get("name"))
                if isinstance(one, dict)
                else one
            )
            found = values.language(said) if isinstance(said, str) else None
            if found:
                return found
            self._counts[path] += 1
        return None

    def _subjects(self) -> Iterator[str]:
        seen = set()
        for path, one in self._all("subjects"):
            parts = one.split(",") if isinstance(one, str) and path == "/keywords" else [one]
            for part in parts:
                found = self._name_of(part, path) if part not in ("", " ") else None
                if found and found not in seen:
                    seen.add(found)
                    yield found

    def _links(self) -> Iterator[Link]:
        for path, one in self._all("links"):
            to = (one.get("url") or one.get("@id")) if isinstance(one, dict) else one
            if isinstance(to, str) and to.strip():
                title = _string(one.get("headline") or one.get("name")) if isinstance(one, dict) else None
                yield Link(path[1:], to.strip(), values.line(title or ""))
            else:
                self._counts[path] += 1

    def _notes(self) -> Iterator[Note]:
        for path, one in self._all("notes"):
            text = (
                _string(one.get("text") or one.get("name") or one.get("description"))
                if isinstance(one, dict)
                else _string(one)
            )
            if path == "/comment" and not (
                isinstance(one, dict) and one.get("name") and not one.get("author")
            ):
                self._counts[path] += 1  # of a reader, as most are
            elif text:
                role = (
                    one["name"] if path == "/comment" else "correction" if path == "/correction" else "editor"
                )
                if said := self._read(text, path, self._counts):
                    yield Note(values.line(str(role)), said)
            else:
                self._counts[path] += 1

    def _text(self) -> str | None:
        chosen = None
        for path, one in self._all("text"):
            said, counts = _string(one) or "", Counter[str]()
            found = self._read(said, path, counts)
            if chosen is None and found:
                chosen = found
                self._counts.update(counts)
            elif found and chosen and found.split() != chosen.split():
                self._counts[path] += 1
        if chosen:
            return chosen
        text = _text_of_page(self._page, self._counts) if self._is_alone and self._page is not None else None
        first, _, rest = (text or "").partition("\n")
        return rest or None if first == next(self._names("headline"), None) else text


# --- The text in the page ----------------------------------------------------------------------------------------

_AROUND = frozenset({"nav", "aside", "header", "footer"})
_MOST = 0.7  # of the letters of all paragraphs: what an element must hold to be the one that holds the text


def _text_of_page(page: Any, counts: Counter[str]) -> str | None:
    marked = [
        element for element in page.iter() if "articlebody" in (element.get("itemprop") or "").lower().split()
    ]
    if marked:
        return text_of(marked[0], "html", counts, _AROUND - {"header"})
    letters = _letters_in_paragraphs(page)
    articles = sorted(page.iter("article"), key=lambda article: letters.get(article, 0), reverse=True)
    scope = articles[0] if articles and letters.get(articles[0]) else page
    total = letters.get(scope, 0)
    inner: Any = scope
    while inner is not None:
        scope = inner
        inner = next(
            (
                child
                for child in scope
                if letters.get(child, 0) >= _MOST * max(total, 1) and name_of(child) != "p"
            ),
            None,
        )
    return text_of(scope, "html", counts, _AROUND) if total else None


def _letters_in_paragraphs(page: Any) -> dict[Any, int]:
    """Of each element, how many letters the paragraphs within it have; of what stands around the text none."""
    found: dict[Any, int] = {}
    walk = etree.iterwalk(page, events=("start", "end"))
    for event, element in walk:
        if event == "start" and name_of(element) in _AROUND:
            walk.skip_subtree()
        elif event == "start" and name_of(element) == "p":
            found[element] = sum(len(text) for text in element.itertext())
        elif event == "end" and found.get(element):
            parent = element.getparent()
            if parent is not None:
                found[parent] = found.get(parent, 0) + found[element]
    return found


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and re.match(r"\s*https?://", value) is not None


def _string(value: Any) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.strip() else None
