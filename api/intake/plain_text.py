"""Plain text and Markdown with a small header: `Headline: …`, a blank line, then the text."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import orjson

from api.intake import media_types, values
from api.intake.item import Item, Link, Note, Origin, Signal, Unreadable
from api.intake.markup import text_of_html
from api.intake.table import Row, Table
from ledger import limits

TABLE: Final = Table(
    "Plain text and Markdown",
    media_types.TEXT,
    "UTF-8. Lines of `Name: value`, at least one of them known, then a blank line, then the text; the header may stand"
    " between lines of `---`. Names are read in any case. Paragraphs are parted by blank lines, and the lines of one"
    " are joined where they are long enough to have been broken by a program; without blank lines each line is one.",
    (
        Row("origin.id", ("Id", "Guid"), "else the name of the file, with its way from the folder that is taken"),
        Row("origin.version", ("Version",)),
        Row("origin.created", ("Created", "Modified", "Date")),
        Row("origin.provider", ("Provider", "Agency")),
        Row("published", ("Published",)),
        Row("signal", ("Status",), "`usable`, `withheld`, `canceled`; an unknown one is refused"),
        Row("signal", ("Signal",), "`update`, `correction`"),
        Row("embargo", ("Embargo", "Embargoed"), "one that cannot be read is refused"),
        Row("headline", ("Headline", "Title"), "in Markdown else the heading of the first level that it begins with"),
        Row("language", ("Language", "Lang")),
        Row("byline", ("Byline", "By", "Author")),
        Row("place", ("Place", "Dateline", "Located")),
        Row("dated", ("Dated",), "a calendar date"),
        Row("desk", ("Desk", "Section", "Category"), "else the first subject"),
        Row("subjects", ("Subjects", "Subject", "Keywords", "Tags"), "parted at commas"),
        Row("urgency", ("Urgency", "Priority")),
        Row("slugline", ("Slugline", "Slug")),
        Row("genre", ("Genre",)),
        Row("rights", ("Rights", "Copyright")),
        Row("credit", ("Credit", "Source")),
        Row("links", ("Link", "Related"), "an address or an id; may be there several times"),
        Row(
            "notes",
            ("Note", "Ednote", "Editor's note"),
            "with the role `editor`, or as `Note (legal): …` says; may be there several times",
        ),
        Row("notes", ("Correction",), "with the role `correction`, and a correction it is; likewise"),
        Row("address", ("Address", "Url")),
    ),
)  # fmt: skip
_KNOWN = {term.lower() for term in TABLE.all_terms()}
_LINE = re.compile(r"([A-Za-z][A-Za-z' _-]{0,30}(?: \([^:]{1,80}\))?):(?:\s+(.*))?")
_NOTE_OF = re.compile(r"(note) \((.*)\)", re.IGNORECASE)
_BROKEN = range(50, 101)  # characters of a line that a program may have broken; a longer one is a paragraph


def read(text: str, name: str | None, *, is_markdown: bool) -> Iterator[Item | Unreadable]:
    yield _Reading(text, name, is_markdown=is_markdown).item()


def has_header(text: str) -> bool:
    said, _ = _parted(text)
    return bool(said)


def _parted(text: str) -> tuple[list[tuple[str, str]], str]:
    """The lines of the header, and the text after it; all of it is text where the first lines are no header."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").lstrip("\n")
    if fenced := re.match(r"---[ \t]*\n(.*?\n)?---[ \t]*(?:\n|$)", text, re.DOTALL):
        head, rest = fenced[1] or "", text[fenced.end() :]
    else:
        head, _, rest = text.partition("\n\n")
    said: list[tuple[str, list[str]]] = []
    for each in head.split("\n"):
        found = _LINE.fullmatch(each.rstrip())
        if found is not None:
            said.append((found[1].strip(), [found[2] or ""]))
        elif said and each[:1] in (" ", "\t"):  # it goes on, or is one of a list
            more = each.strip()
            if more.startswith("- "):
                said.append((said[-1][0], [more[2:]]))
            else:
                said[-1][1].append(more)
        elif each.strip():
            return [], text
    if not any(name.lower() in _KNOWN or _NOTE_OF.fullmatch(name) for name, _ in said):
        return [], text
    return [(name, _unquoted(" ".join(parts), in_yaml=bool(fenced))) for name, parts in said], rest


def _unquoted(value: str, *, in_yaml: bool = False) -> str:
    """in_yaml: between lines of `---`, where a text in double quotes may have escapes, as in JSON."""
    value = value.strip()
    if in_yaml and value.startswith('"'):
        try:
            return str(orjson.loads(value))
        except ValueError:
            pass
    is_quoted = len(value) > 1 and value[0] in "\"'" and value[-1] == value[0]
    return value[1:-1] if is_quoted else value


class _Reading:
    """One item that is being read."""

    def __init__(self, text: str, name: str | None, *, is_markdown: bool) -> None:
        self._said, self._body = _parted(text)
        self._by_name: dict[str, list[tuple[str, str]]] = {}
        for each in self._said:
            called = "note" if _NOTE_OF.fullmatch(each[0]) else each[0].lower()
            self._by_name.setdefault(called, []).append(each)
        self._name = name
        self._is_markdown = is_markdown
        self._counts: Counter[str] = Counter(
            name for name, _ in self._said if name.lower() not in _KNOWN and not _NOTE_OF.fullmatch(name)
        )

    def item(self) -> Item:
        subjects = tuple(dict.fromkeys(self._subjects()))
        headline, text = self._headed(self._first("headline"), self._text())
        notes = tuple(self._notes())
        embargoes = [values.embargo(value, name, self._counts) for name, value in self._all("embargo")]
        embargo = max(embargoes, default=None)
        return Item(
            origin=Origin(
                self._first("origin.provider"),
                self._id(),
                self._first("origin.version"),
                self._instant("origin.created"),
            ),
            format="Markdown" if self._is_markdown else "plain text",
            signal=self._signal(notes, embargo),
            headline=headline,
            text=text,
            language=self._checked("language", values.language),
            byline=self._first("byline"),
            place=self._first("place"),
            dated=self._checked("dated", values.day),
            desk=self._first("desk") or next(iter(subjects), None),
            subjects=subjects,
            urgency=self._checked("urgency", values.urgency),
            slugline=self._first("slugline"),
            genre=self._first("genre"),
            rights=self._first("rights"),
            credit=self._first("credit"),
            links=tuple(Link(None, value) for _, value in self._all("links")),
            notes=notes,
            embargo=embargo,
            published=self._instant("published"),
            address=self._first("address"),
            without_place=self._counts,
        )

    def _all(self, field: str) -> Iterator[tuple[str, str]]:
        for term in TABLE.terms(field):
            for name, value in self._by_name.get(term.lower(), ()):
                if value.strip():
                    yield name, value

    def _first(self, field: str) -> str | None:
        found = None
        for name, value in self._all(field):
            said = values.line(value)
            if found is None:
                found = said
            elif said != found:
                self._counts[name] += 1
        return found

    def _checked(self, field: str, reading: Any) -> Any:
        for name, value in self._all(field):
            found = reading(value)
            if found is None:
                self._counts[name] += 1
            return found
        return None

    def _instant(self, field: str) -> Any:
        for name, value in self._all(field):
            return values.instant(value, name, self._counts)
        return None

    def _id(self) -> str:
        found = self._first("origin.id") or values.line((self._name or "").replace("\\", "/"))
        if found is None:
            raise Unreadable(
                "Id",
                "the item does not say which it is",
                "add a line “Id: …”, the same for all versions; of two files of one name each needs one",
            )
        return found

    def _signal(self, notes: tuple[Note, ...], embargo: datetime | None) -> Signal:
        found = [Signal.CORRECTION] if any(note.role == "correction" for note in notes) else []
        for name, value in self._all("signal"):
            if name.lower() == "status":
                found.append(values.status(value, name, embargo))
            elif (signal := values.signal(value)) is not None:
                found.append(signal)
            else:
                self._counts[name] += 1
        return values.strongest(found)

    def _subjects(self) -> Iterator[str]:
        for _, value in self._all("subjects"):
            for part in value.strip("[]").split(","):
                if said := values.line(_unquoted(part)):
                    yield said

    def _notes(self) -> Iterator[Note]:
        for name, value in self._all("notes"):
            if said := values.lines(value):
                of = _NOTE_OF.fullmatch(name)
                yield Note(of[2] if of else "correction" if name.lower() == "correction" else "editor", said)

    def _text(self) -> str | None:
        if self._is_markdown:
            if len(self._body) > limits.COPY_LENGTH:
                raise Unreadable(
                    "text",
                    f"it is longer than {limits.COPY_LENGTH:,} characters",
                    "make more than one item of it",
                )
            return text_of_html(_html(self._body), "text", self._counts)
        paragraphs = re.split(r"\n[ \t]*\n", self._body.strip("\n"))
        if len(paragraphs) == 1:
            return values.lines(self._body)
        return values.lines("\n".join(_joined(paragraph) for paragraph in paragraphs))

    def _headed(self, headline: str | None, text: str | None) -> tuple[str | None, str | None]:
        """A heading of the first level above a Markdown text is its headline, and said once."""
        if text is None or not self._is_markdown or not re.match(r"\s*#[ \t]", self._body):
            return headline, text
        first, _, rest = text.partition("\n")
        return (first, rest or None) if headline in (None, first) else (headline, text)


def _joined(paragraph: str) -> str:
    """Its lines, one where a program broke it."""
    lines = paragraph.split("\n")
    joined = [lines[0]]
    for before, each in pairwise(lines):
        if len(before.rstrip()) in _BROKEN and not re.match(r"\s*(?:[-*•]|\d{1,3}[.)])\s", each):
            joined.append(f" {each}")
        else:
            joined.append(f"\n{each}")
    return "".join(joined)


def _html(markdown: str) -> str:
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark").enable("table").render(markdown))
