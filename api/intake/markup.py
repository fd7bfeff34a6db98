"""Text out of markup: HTML, and what NITF has of its own. A paragraph a line, and no word that was not there."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any, Final

from lxml import etree

from api.intake.item import Unreadable
from api.intake.values import line
from ledger import limits

_BLOCKS_OF_HTML = """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure
    footer h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre section summary table tbody tfoot thead
    tr ul"""
_BLOCKS_OF_NITF = """
    block body.content body.end body.head bq byline dateline fn hedline hl1 hl2 nitf nitf-table note tagline"""
_BLOCKS = frozenset(f"{_BLOCKS_OF_HTML} {_BLOCKS_OF_NITF}".split())
_CELLS = frozenset({"td", "th"})
_OF_TABLES = frozenset({"table", "tbody", "tfoot", "thead", "tr"})
# What holds no words of the text, or words that were struck out.
_NO_WORDS = """
    script style template noscript head iframe embed object applet svg math canvas audio video picture img map form
    input button select textarea del s strike rt rp media nitf-col nitf-colgroup frac-sep"""
_DROPPED = frozenset(_NO_WORDS.split())
# Of NITF: notes to whoever handles the text, and footnotes. They are no part of the text wherever they stand.
APART: Final = frozenset({"note", "fn"})
BETWEEN_CELLS = " | "
_MARKUP = re.compile(
    r"</?(?:p|div|br|span|a|b|i|em|strong|h[1-6]|ul|ol|li|table|tr|td|article|section|body|html|blockquote|figure|img|hl2|su[bp]"
    r"|block)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)


def is_markup(text: str) -> bool:
    return _MARKUP.search(text) is not None


def text_of_html(text: str, path: str, counts: Counter[str]) -> str | None:
    """Of a piece of HTML, or a whole document."""
    return text_of(_tree(text), path, counts)


def line_of_html(text: str, path: str, counts: Counter[str]) -> str | None:
    return line(text_of_html(text, path, counts) or "")


def text_of(
    root: Any,
    path: str,
    counts: Counter[str],
    also_dropped: AbstractSet[str] = frozenset(),
    taken: AbstractSet[str] = frozenset(),
) -> str | None:
    """taken: what whoever asks takes by itself, so that it is dropped and not counted."""
    return "\n".join(paragraphs(root, path, counts, also_dropped, taken)) or None


def apart_in(root: Any, path: str, counts: Counter[str]) -> Iterator[tuple[Any, str]]:
    """Each note and footnote of NITF with its text, without those that stand in it, which come by themselves."""
    for element in root.iter():
        is_one = element is not root and name_of(element) in APART
        if is_one and (text := text_of(element, path, counts, taken=APART)):
            yield element, text


# --- HTML --------------------------------------------------------------------------------------------------------

# An element with more attributes than any has: libxml2 looks at each for every further one.
_ATTRIBUTE = r"[\s/]*+(?!>)[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*\"|'[^']*'|[^\s>\"'][^\s>]*+)?+)?+"
_CROWDED = re.compile(rf"<[a-zA-Z][^\s/>]*+(?:{_ATTRIBUTE}){{{limits.INTAKE_ATTRIBUTES + 1}}}").search
_NO_CHARACTERS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])


def _check(text: str) -> None:
    if text.count("<") > limits.INTAKE_TAGS:
        raise Unreadable(
            "the markup",
            f"it has more than {limits.INTAKE_TAGS:,} tags",
            "split it, or send its items one by one",
        )
    if _CROWDED(text):
        raise Unreadable(
            "the markup",
            f"an element has more than {limits.INTAKE_ATTRIBUTES} attributes",
            "send the text of the article alone",
        )


_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_XML_NAMES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})


def xml_tree(text: str) -> Any:
    """Of a document without a DOCTYPE, with the entities of HTML; lxml's XMLSyntaxError where it is no XML."""
    _check(text)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    root = etree.fromstring(_NAMED.sub(_character, text).encode("utf-8", "replace"), parser)
    check_depth(root)
    return root


def _character(found: re.Match[str]) -> str:
    if found[1] in _XML_NAMES:
        return found[0]
    character = html.unescape(found[0])
    return found[0] if character == found[0] or set(character) & set("<>&") else character


def _tree(text: str) -> Any:
    """As XML where it is written as such: what closes itself there, such as `<media/>`, in HTML holds what follows."""
    if _CLOSED(text) and not _is_document(text):
        with suppress(etree.XMLSyntaxError):
            return xml_tree(f"<div>{text.translate(_NO_CHARACTERS)}</div>")
    return html_tree(text)


_CLOSED = re.compile(r"/\s*>").search


def html_tree(text: str) -> Any:
    _check(text)
    parser = etree.HTMLParser(
        no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8", huge_tree=False
    )
    text = text.translate(_NO_CHARACTERS)
    try:
        root = etree.fromstring(
            f"<html><body>{text}".encode() if not _is_document(text) else text.encode(), parser
        )
    except etree.XMLSyntaxError:  # nothing in it
        root = None
    if any("depth" in entry.message for entry in parser.error_log):
        raise too_deep()
    if root is None:
        return etree.Element("html")
    check_depth(root)
    return root


def _is_document(text: str) -> bool:
    return re.match(r"\s*(?:<!doctype|<html|<\?xml|<!--)", text, re.IGNORECASE) is not None


def too_deep() -> Unreadable:
    return Unreadable(
        "the markup",
        f"its elements stand in one another more than {limits.INTAKE_DEPTH} deep",
        "send the item alone, without what it is wrapped in",
    )


def check_depth(root: Any) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > limits.INTAKE_DEPTH:
            raise too_deep()


# --- Paragraphs --------------------------------------------------------------------------------------------------


def name_of(element: Any) -> str:
    """Without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def paragraphs(
    root: Any,
    path: str,
    counts: Counter[str],
    also_dropped: AbstractSet[str] = frozenset(),
    taken: AbstractSet[str] = frozenset(),
) -> Iterator[str]:
    """Each of the blocks; a row of a table is one. What is dropped is counted as `path//element`."""
    writing = _Writing()
    dropped = None
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = name_of(element)
        is_apart = name in APART and element is not root
        if event == "start" and (_is_dropped(element, name) or is_apart or name in also_dropped):
            if name == "frac-sep":
                yield from writing.write("/")
            elif name != "head" and name not in taken:  # a head is of the document, not of its text
                counts[f"{path}//{name}"] += 1
            dropped = element
            walk.skip_subtree()
        elif event == "start":
            if name == "a" and element.get("href"):
                counts[f"{path}//a/@href"] += 1
            yield from writing.begin(name, element)
            yield from writing.write(element.text)
        else:
            if element is not dropped:
                yield from writing.end(name)
            if element is not root:
                yield from writing.write(element.tail)
    yield from writing.finish()


# What is raised or lowered, in characters of its own: 10<sup>6</sup> is not 106.
_RAISED: Final = str.maketrans("0123456789+-−=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾")
_LOWERED: Final = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_HAVE_CHARACTERS: Final = frozenset("0123456789+-−=")
_FRACTION = re.compile(r"(?<![⁰¹²³⁴⁵⁶⁷⁸⁹])([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,9})[/⁄∕]([₀₁₂₃₄₅₆₇₈₉]{1,9})(?![₀₁₂₃₄₅₆₇₈₉])")
_PLAIN_DIGITS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "0123456789" * 2)
_ENDS_OF_ORDINALS: Final = frozenset("aeorsº")  # 1er, 2e, 3º, and others of two letters or more


def _raised(name: str, text: str, before: str) -> str:
    """As it reads behind `before`: letters that end an ordinal, and marks of notes in brackets, falsify nothing."""
    text = " ".join(text.split())
    if _HAVE_CHARACTERS & set(text) and _HAVE_CHARACTERS.issuperset(set(text) - set("()., ")):
        return text.translate(_RAISED if name == "sup" else _LOWERED)
    if name == "sup" and text == "n" and before.isalnum():
        return "ⁿ"
    letters = text.rstrip(".")
    is_ordinal = letters.isalpha() and (len(letters) > 1 or letters.lower() in _ENDS_OF_ORDINALS)
    has_number = any(letter.isnumeric() for letter in text)
    is_beside = before.isnumeric() and any(letter.isalpha() for letter in text) and not is_ordinal
    if (has_number or is_beside) and not text.startswith("["):
        return f"{'^' if name == 'sup' else '_'}({text})"
    return text


def _with_fractions(text: str) -> str:
    """`3¹/₂` as `3 1/2`."""

    def written(found: re.Match[str]) -> str:
        is_mixed = found.start() and text[found.start() - 1].isnumeric()
        return f"{' ' if is_mixed else ''}{found[1]}/{found[2]}".translate(_PLAIN_DIGITS)

    return _FRACTION.sub(written, text)


# Of NITF: parts of a byline or a place, and of a name, which may stand beside one another without a space.
_PLACES = ("location", "virtloc", "sublocation", "city", "state", "region", "country")
_PARTS_OF_A_LINE: Final = frozenset({"person", "byttl", "org", *_PLACES})
_PARTS_OF_A_NAME: Final = frozenset({"name.given", "name.family"})
_LINES: Final = frozenset({"byline", "dateline", "location", "distributor", "person"})
_SCRIPTS: Final = frozenset({"sup", "sub"})
_DENOMINATORS: Final = frozenset({"denom", "frac-denom"})


class _Writing:
    """The paragraph that is going on."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._last = " "  # letter that was written
        self._raised: list[tuple[int, str]] = []  # where each that is open begins, and what stands before it
        self._has_raised = False
        self._fractions = 0  # that are open
        self._lines = 0  # bylines, datelines and places that are open
        self._preformatted = 0
        self._rows: list[
            int | None
        ] = []  # the cells so far of each row that is open; None where it has one alone

    @property
    def _is_in_row(self) -> bool:
        return bool(self._rows) and self._rows[-1] is not None

    def _put(self, text: str) -> None:
        if text:
            self._written.append(text)
            self._last = text[-1]

    def begin(self, name: str, element: Any) -> Iterator[str]:
        if name in _CELLS and self._is_in_row:
            if self._rows[-1]:
                self._put(BETWEEN_CELLS)
            self._rows[-1] += 1  # type: ignore[operator]
        elif name in _BLOCKS or name == "br":
            yield from self._break(name)
        elif name == "q":
            self._put("“")
        elif name in _SCRIPTS:
            if self._raised:  # within another one
                self._put("^(" if name == "sup" else "_(")
            self._raised.append((len(self._written), self._last))
        else:
            self._begin_of_nitf(name)
        self._lines += name in _LINES
        self._fractions += name == "frac"
        if name == "tr":
            cells = sum(name_of(child) in _CELLS for child in element)
            self._rows.append(0 if cells > 1 else None)
        self._preformatted += name == "pre"

    def _begin_of_nitf(self, name: str) -> None:
        is_glued = self._last.isalnum() or self._last == "."
        if name == "frac" and self._last.isnumeric():
            self._put(" ")
        elif name in _DENOMINATORS and self._last != "/":
            self._put("/")
        elif name in _PARTS_OF_A_NAME and is_glued:
            self._put(" ")
        elif name in _PARTS_OF_A_LINE and self._lines and is_glued:
            self._put(", ")

    def end(self, name: str) -> Iterator[str]:
        if name == "tr":
            yield from self.finish()
            self._rows.pop()
        elif name in _BLOCKS:
            yield from self._break(name)
        elif name == "q":
            self._put("”")
        elif name in _SCRIPTS:
            self._end_of_script(name)
        self._lines -= name in _LINES
        self._fractions -= name == "frac"
        self._preformatted -= name == "pre"

    def _end_of_script(self, name: str) -> None:
        start, before = self._raised.pop()
        if self._raised:
            self._put(")")
            return
        text = "".join(self._written[start:])
        del self._written[start:]
        self._put(_raised(name, text, before))
        self._has_raised = True

    def write(self, text: str | None) -> Iterator[str]:
        if text and self._preformatted:
            *whole, text = text.split("\n")
            for each in whole:
                self._put(each)
                yield from self.finish()
        if text and not (self._fractions and text.isspace()):
            self._put(text)

    def _break(self, name: str) -> Iterator[str]:
        """A paragraph within a cell goes on in the row's line."""
        if self._is_in_row and name not in _OF_TABLES:
            self._put(" ")
        else:
            yield from self.finish()

    def finish(self) -> Iterator[str]:
        text = "".join(self._written)
        found = line(_with_fractions(text) if self._has_raised else text)
        self._written.clear()
        self._last, self._has_raised = " ", False
        self._raised = [(0, " ") for _ in self._raised]
        if found and (not self._is_in_row or found.strip(BETWEEN_CELLS)):
            yield found


def _is_dropped(element: Any, name: str) -> bool:
    if name == "figcaption":
        return not any(name_of(child) in ("table", "blockquote", "p") for child in _beside(element))
    return name in _DROPPED or element.get("hidden") is not None


def _beside(element: Any) -> Iterator[Any]:
    yield from (each for each in (element.getprevious(), element.getnext()) if each is not None)
