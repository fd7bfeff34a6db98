"""Tables of facts in CSV, a row a fact, its columns known by their names."""

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from api.intake import values
from api.intake.item import FactRow, Unreadable
from api.intake.xml_text import encoding_of

REMARK: Final = (
    "A header, then a row a fact, in CSV or parted by `;`, tabs or `|`; UTF-8, or as its charset says. Names are read"
    " in any case; whoever takes a table can say what a column of another name is. The key tells a row from others in"
    " every state of the table, and may be several columns; without one the statement does. A figure is read where it"
    " can only be one number: `1234.5`, `1 234`, `1'234`, `1,234.5`, `1.234,5`, `12,5`, `12 %`, whose sign is the unit"
    " where none is given. A row with one that could be two (`1,234`; `1.234` in a table parted by `;`), or that holds"
    " digits and cannot be read (`ca. 5`), is refused; a cell without a digit, as `n/a`, is no figure, and counted."
)
# Of a row, by the names that columns have; whoever takes a table may say that a column of another name is one of these.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "key": ("key", "id", "row_id"),
    "statement": ("statement", "fact", "claim", "text"),
    "kind": ("kind",),
    "figure": ("figure", "value", "amount"),
    "unit": ("unit",),
    "occurred": ("occurred", "date", "when"),
    "place": ("place", "location", "where"),
    "entities": ("entities", "names"),
    "source": ("source", "said_by"),
    "cue": ("cue",),
    "quote": ("quote", "quotes"),
    "address": ("url", "link", "address", "cited"),
    "title": ("title",),
    "stated": ("stated", "published_at", "published"),
    "note": ("note", "notes", "comment"),
    "terms": ("terms",),
    "standing": ("standing",),
    "story": ("story",),
}
_DELIMITERS = ",;\t|"
_WHOLE = re.compile(r"[0-9]{1,30}")
_IN_THOUSANDS = re.compile(r"([1-9][0-9]{0,2})([ '’.,])([0-9]{3}(?:\2[0-9]{3}){0,8})(?:([.,])([0-9]{1,30}))?")
_WITH_DECIMALS = re.compile(r"([0-9]{0,30})([.,])([0-9]{1,30})")
_PERCENT = frozenset(
    {"%", "percent", "per cent", "pct", "prozent", "pour cent", "procent", "por ciento", "per cento"}
)


def read(
    data: bytes, columns: Mapping[str, str] | None = None, charset: str | None = None
) -> Iterator[FactRow | Unreadable]:
    """`columns`: the name of a column of theirs, and which of `COLUMNS` it is; the key may be several columns together.
    Where none is the key, a row is known by its statement. A row that is bad does not stop the others."""
    try:
        text = _decoded(data, charset)
        delimiter = _delimiter(text)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        header = _header(rows)
        yield from _Rows(header, _places(header, columns or {}), delimiter).read(rows)
    except Unreadable as trouble:
        yield trouble
    except csv.Error as error:
        yield Unreadable(f"line {rows.line_num}", f"it is no CSV: {error}", "quote cells as RFC 4180 has it")


def is_header(line: str) -> bool:
    """Whether a first line names at least two columns, one of them that of the statement."""
    try:
        cells = next(csv.reader([line], delimiter=_delimiter(line)), [])
    except csv.Error:
        return False
    return len(cells) > 1 and any(_folded(cell) in COLUMNS["statement"] for cell in cells)


# --- The file ----------------------------------------------------------------------------------------------------


def _decoded(data: bytes, charset: str | None) -> str:
    is_marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = encoding_of("utf-16" if is_marked else charset or "utf-8-sig", "utf-16", "utf-8-sig")
    try:
        text = data.decode(encoding or "")
    except (LookupError, ValueError):
        raise Unreadable(
            "the file", "it is not in UTF-8", "save it as “CSV UTF-8”, or say its charset"
        ) from None
    if "\0" in text:
        raise Unreadable("the file", "it holds a NUL character, so it is no CSV", "save it as “CSV UTF-8”")
    return text.removeprefix("\ufeff")


def _delimiter(text: str) -> str:
    """The one that parts the header into the most cells."""
    first = (
        next((line for line in text.splitlines() if line.strip()), "")
        if "\n" in text[:100_000]
        else text[:100_000]
    )
    bare = re.sub(r'"[^"]*"', "", first)
    return max(_DELIMITERS, key=bare.count)


def _plain(cell: str) -> str:
    """Without the mark by which programs keep a spreadsheet from working a text out."""
    return cell[1:] if re.match(r"'[=+\-@\t\r]", cell) else cell


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


def _header(rows: Iterator[list[str]]) -> list[str]:
    for row in rows:
        if any(cell.strip() for cell in row):
            names = [" ".join(cell.split()) for cell in row]
            while names and not names[-1]:
                names.pop()
            twice = next((name for name, count in Counter(names).items() if count > 1), None)
            if twice is not None or "" in names:
                raise Unreadable(
                    "the header",
                    f"two columns are called {(twice or '')[:80]!r}",
                    "give each column a name of its own",
                )
            return names
    raise Unreadable("the file", "it is empty", "send a table with a header")


def _places(header: list[str], columns: Mapping[str, str]) -> dict[str, list[int]]:
    """Where each part of a row stands: the key in one or several columns, any other in one."""
    found: dict[str, list[int]] = {}
    for name, part in columns.items():
        if part not in COLUMNS:
            raise Unreadable(
                "columns", f"{part[:80]!r} is no part of a fact", f"name one of {', '.join(COLUMNS)}"
            )
        if name not in header:
            raise Unreadable(
                "columns", f"the table has no column {name[:80]!r}", f"it has {', '.join(header)[:300]}"
            )
        if part in found and part != "key":
            raise Unreadable("columns", f"two columns are to be the {part}", "name one")
        found.setdefault(part, []).append(header.index(name))
    folded = [_folded(name) for name in header]
    for part, names in COLUMNS.items():
        at = next((folded.index(name) for name in names if name in folded), None)
        if part not in found and at is not None and not any(at in places for places in found.values()):
            found[part] = [at]
    if "key" not in found and "fact" in folded and [folded.index("fact")] != found.get("statement"):
        found["key"] = [*found.get("story", []), folded.index("fact")]  # its number, as this ledger writes it
    return found


class _Rows:
    """The rows of one table."""

    def __init__(self, header: list[str], place_of: Mapping[str, list[int]], delimiter: str) -> None:
        self._header = header
        self._has_decimal_comma = delimiter == ";"  # as programs write it where a comma parts no cells
        self._place_of = place_of
        self._others = [
            name for at, name in enumerate(header) if not any(at in each for each in place_of.values())
        ]
        self._seen: dict[str, int] = {}
        if "key" not in place_of and "statement" not in place_of:
            raise Unreadable(
                "the header",
                "no column tells one row from the others",
                "name one “id”, or say which column it is",
            )

    def read(self, rows: Iterator[list[str]]) -> Iterator[FactRow | Unreadable]:
        line_after = getattr(rows, "line_num", 1)
        for row in rows:
            line, line_after = line_after + 1, getattr(rows, "line_num", 1)
            if any(cell.strip() for cell in row):
                try:
                    yield self._row(row, line)
                except Unreadable as trouble:
                    yield trouble

    def _row(self, row: list[str], line: int) -> FactRow:
        if any(cell.strip() for cell in row[len(self._header) :]):
            raise Unreadable(
                f"line {line}",
                f"it has {len(row)} cells, the header {len(self._header)}",
                "quote cells that hold the delimiter",
            )
        cells = {
            name: values.lines(_plain(cell)) or "" for name, cell in zip(self._header, row, strict=False)
        }
        part_of = {
            part: " | ".join(filter(None, (cells.get(self._header[at]) for at in places))) or None
            for part, places in self._place_of.items()
        }
        key = part_of.pop("key", None) or (None if "key" in self._place_of else part_of.get("statement"))
        if key is None:
            raise Unreadable(
                f"line {line}", "nothing tells the row from others", "give it an id, the same in every state"
            )
        if key in self._seen:
            raise Unreadable(
                f"line {line}",
                f"line {self._seen[key]} has the same id",
                "give each row an id of its own",
                key,
            )
        self._seen[key] = line
        counts = Counter(name for name in self._others if cells.get(name))
        says = frozenset(self._place_of) - {"key"}
        if "figure" in self._place_of:
            written, unit = part_of["figure"], part_of.get("unit")
            try:
                part_of["figure"], part_of["unit"] = _figure(written, unit, self._has_decimal_comma)
            except Unreadable as trouble:
                raise replace(trouble, where=f"line {line}, {self._column('figure')}", item=key) from None
            if part_of["figure"] is None:
                counts.update(
                    self._column(part) for part, said in (("figure", written), ("unit", unit)) if said
                )
                says -= {"figure", "unit"} if written else set()
        return FactRow(key=key, line=line, cells=cells, **part_of, says=says, without_place=counts)

    def _column(self, part: str) -> str:
        return self._header[self._place_of[part][0]]


# --- Figures -----------------------------------------------------------------------------------------------------


def _figure(written: str | None, unit: str | None, has_decimal_comma: bool) -> tuple[str | None, str | None]:
    """The number and its unit; neither where the cell has no digit. Raises Unreadable, without a place."""
    if not any(unicodedata.category(letter)[0] == "N" for letter in written or ""):
        return None, None
    assert written is not None, "it has a digit"
    bare = written.removesuffix("%").strip()
    minus, bare = "-" if bare[:1] in _MINUS else "", bare[1:].lstrip() if bare[:1] in (*_MINUS, "+") else bare
    number = _number(minus, bare, has_decimal_comma)
    if number is None:
        raise Unreadable(
            "",
            f"“{written[:80]}” has digits and is no plain number",
            "write it such as 1234.5, and what else there is to say in a column of its own",
        )
    if written.endswith("%") and unit and unit.casefold() not in _PERCENT:
        raise Unreadable(
            "", f"“{written[:80]}” is in %, and its unit is “{unit[:80]}”", "leave one of them out"
        )
    return number, unit or ("%" if written.endswith("%") else None)


_MINUS = ("-", "−", "–")


def _number(minus: str, written: str, has_decimal_comma: bool) -> str | None:
    """As a plain decimal number; None where it is none. Raises Unreadable where it could be two."""
    if _WHOLE.fullmatch(written):
        return minus + written
    if found := _IN_THOUSANDS.fullmatch(written):
        first, between, rest, point, decimals = found.groups()
        first, is_short = minus + first, between in ".," and len(rest) == 3 and point is None
        whole = first + rest.replace(between, "")
        if is_short and (between == "," or has_decimal_comma):
            raise Unreadable(
                "",
                f"“{minus}{written}” could be {whole} or {first}.{rest}",
                f"write {whole}, or {first}.{rest}0, with one more digit",
            )
        if not is_short and point != between:
            return f"{whole}.{decimals}" if decimals else whole
    if found := _WITH_DECIMALS.fullmatch(written):
        return f"{minus}{found[1] or '0'}.{found[3]}"
    return None
