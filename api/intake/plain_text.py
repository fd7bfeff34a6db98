"""Plain text and Markdown with a small header: `Headline: …`, a blank line, then the text."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Final

import orjson

from api.intake import media_types, values
from api.intake.item import Item, Link, Note, Origin, Signal, Unreadable
from api.intake.markup import text_of_html
from api.intake.table import Row, Table
from ledger import limits

_PUBLISHED = (
    "Published",
    "Published at",
    "Date published",
    "Publish date",
    "Publishdate",
    "Datepublished",
    "Pubdate",
)
_EMBARGO = ("Embargo", "Embargoed", "Embargo until", "Embargoed until", "Sperrfrist")
TABLE: Final = Table(
    "Plain text and Markdown",
    media_types.TEXT,
    "UTF-8. Lines of `Name: value`, at least one of them known, then a blank line, then the text; the header may stand"
    " between lines of `---`, with what YAML has for lists and remarks, or, as TOML, between lines of `+++`. Names are"
    " read in any case, `_` and `-` as blanks. What looks like a header and cannot be read is refused with its line."
    " Paragraphs are parted by blank lines, and the lines of one"
    " are joined where they are long enough to have been broken by a program; without blank lines each line is one.",
    (
        Row("origin.id", ("Id", "Guid"), "else the name of the file, with its way from the folder that is taken"),
        Row("origin.version", ("Version",)),
        Row("origin.created", ("Created", "Modified", "Date")),
        Row("origin.provider", ("Provider", "Agency")),
        Row("published", _PUBLISHED),
        Row(
            "signal",
            ("Status",),
            "`usable`, `withheld`, `canceled`; `published`, `draft`, `scheduled`; an unknown or empty one is refused",
        ),
        Row("signal", ("Draft",), "`true` is withheld; what is neither `true` nor `false` is refused"),
        Row("signal", ("Published",), "`false` is withheld; what is neither this, `true` nor a time is refused"),
        Row("signal", ("Signal",), "`update`, `correction`"),
        Row(
            "embargo",
            _EMBARGO,
            "one that is empty, cannot be read, or has another name with `embargo` in it, is refused",
        ),
        Row("embargo", (*_PUBLISHED, "Date"), "where they are in the future"),
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


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name.strip().lower().replace("’", "'"))


_KNOWN = frozenset(map(_folded, TABLE.all_terms()))
_KEEPING = frozenset(map(_folded, (*_EMBARGO, "Status", "Draft", "Published")))
_NAME = re.compile(r"[^\W_][\w'’./:& -]{0,40}(?: \([^:]{1,80}\))?")
_LONGEST_NAME = 130
_NOTE_OF = re.compile(r"(note) \((.*)\)", re.IGNORECASE)
_BROKEN = range(50, 101)  # characters of a line that a program may have broken; a longer one is a paragraph
_YES = frozenset({"true", "yes", "on", "y", "1"})
_NO = frozenset({"false", "no", "off", "n", "0"})
_STATUS: Final = {
    "draft": Signal.WITHHELD,
    "pending": Signal.WITHHELD,
    "private": Signal.WITHHELD,
    "unpublished": Signal.WITHHELD,
    "published": Signal.USABLE,
    "publish": Signal.USABLE,
}

Said = list[tuple[str, str]]


def read(text: str, name: str | None, *, is_markdown: bool) -> Iterator[Item | Unreadable]:
    yield _Reading(text, name, is_markdown=is_markdown).item()


def has_header(text: str) -> bool:
    """Raises Unreadable where there is one, and it cannot be read."""
    said, _ = _parted(text)
    return bool(said)


# --- The header --------------------------------------------------------------------------------------------------


def _parted(text: str) -> tuple[Said, str]:
    """The lines of the header, and the text after it; all of it is text where the first lines are no header."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    start = _BLANK_LINES.match(text)
    assert start is not None, "it may be empty"
    number, text = 1 + text.count("\n", 0, start.end()), text[start.end() :]
    if _JSON_HEADER.match(text):
        raise Unreadable(
            f"line {number}",
            "its header is in JSON, which is not read",
            "write it as “Name: value”, a line each",
        )
    said, body = _in_toml(text, number) or _in_yaml(text, number) or _in_lines(text, number)
    below = number + text.count("\n", 0, len(text) - len(body))
    for at, each in enumerate(body[:_LOOKED_AT].split("\n")[:_LINES_LOOKED_AT], below):
        if _keeps(each):
            raise Unreadable(
                f"line {at}",
                f"“{each.strip()[:80]}” stands in the text, not in the header, which ends at the first blank line",
                "move it up to the lines of the header, or leave it out",
            )
    return said, body


_BLANK_LINES = re.compile(r"(?:[ \t]*+\n)*+")
_LOOKED_AT, _LINES_LOOKED_AT = 5_000, 20  # letters and lines of a text, for what ought to stand in its header
_JSON_HEADER = re.compile(r'\{\s*+"[^"\n]{1,80}"\s*+:')
_YAML_OPENS, _YAML_ENDS = re.compile(r"---[ \t]*+\n"), re.compile(r"^(?:---|\.\.\.)[ \t]*+$", re.MULTILINE)
_TOML_OPENS, _TOML_ENDS = re.compile(r"\+\+\+[ \t]*+\n"), re.compile(r"^\+\+\+[ \t]*+$", re.MULTILINE)
_TOML_LINE = re.compile(r"\s*+(?:#|\[|[\w\"'][\w\"'. -]{0,80}=)")
_YAML_TEXT_BELOW = re.compile(r"[|>][+-]?[1-9]?[+-]?")
_YAML_VALUE = r"(?:- |[^\"'#:]{1,130}:)?\s*+"
_YAML_QUOTED = re.compile(rf"""({_YAML_VALUE}(?:"(?:[^"\\]|\\.)*+"|'(?:[^']|'')*+'))\s+#.*""")
_YAML_OPEN_QUOTE = re.compile(rf"{_YAML_VALUE}[\"']")


def _in_lines(text: str, number: int) -> tuple[Said, str]:
    found = re.search(r"\n[ \t]*+\n", text)
    head, body = (text[: found.start()], text[found.end() :]) if found else (text, "")
    lines = _Lines(head, number)
    if not lines.is_known and not lines.keeps:
        return [], text
    lines.check()
    return lines.values(), body


def _in_yaml(text: str, number: int) -> tuple[Said, str] | None:
    opens = _YAML_OPENS.match(text)
    if opens is None:
        return None
    ends = _YAML_ENDS.search(text, opens.end())
    head = text[opens.end() : ends.start()] if ends else text[opens.end() :].split("\n\n", 1)[0]
    lines = _Lines(head, number + 1, in_yaml=True)
    if not lines.is_known and not lines.keeps and not (ends and lines.begins_as_one):
        return [], text[ends.end() + 1 :] if ends and not head.strip() else text
    if ends is None:
        raise Unreadable(
            f"line {number}", "its header begins with ---, and does not end", "end it with a line of ---"
        )
    lines.check()
    return lines.values(), text[ends.end() + 1 :]


def _in_toml(text: str, number: int) -> tuple[Said, str] | None:
    opens = _TOML_OPENS.match(text)
    if opens is None or not _TOML_LINE.match(text, opens.end()):
        return None
    ends = _TOML_ENDS.search(text, opens.end())
    if ends is None:
        raise Unreadable(
            f"line {number}", "its header begins with +++, and does not end", "end it with a line of +++"
        )
    head = text[opens.end() : ends.start()]
    if len(head) > limits.TEXT_LENGTH:
        raise Unreadable(
            f"line {number}",
            f"its header has more than {limits.TEXT_LENGTH:,} letters",
            "leave some of it out",
        )
    try:
        found = tomllib.loads(head)
    except (ValueError, RecursionError) as error:
        at = re.search(r"at line (\d+)", str(error))
        raise Unreadable(
            f"line {number + int(at[1] if at else 0)}",
            f"its header is no TOML: {str(error).partition(' (at ')[0][:100]}",
            "mend it, or write it as “Name: value” between lines of ---",
        ) from None
    return list(_of_toml(found, number)), text[ends.end() + 1 :]


def _of_toml(found: Mapping[str, Any], number: int) -> Iterator[tuple[str, str]]:
    """Of each list its values; a table is only counted."""
    for name, value in found.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict | list):
                _check_within(name, one, number)
                yield f"{name} (a table)", ""
            elif isinstance(one, bool):
                yield name, str(one).lower()
            else:
                yield name, one.isoformat() if isinstance(one, date | datetime) else str(one)


def _check_within(name: str, value: Any, number: int) -> None:
    for within in value.items() if isinstance(value, dict) else ((name, one) for one in value):
        if isinstance(value, dict) and _folded(within[0]) in _KEEPING:
            raise _hidden(number, within[0], name)
        if isinstance(within[1], dict | list):
            _check_within(name, within[1], number)


def _hidden(number: int, name: str, within: str) -> Unreadable:
    return Unreadable(
        f"line {number}",
        f"“{name[:40]}” stands within “{within[:40]}”, where nobody looks for it",
        "begin a line of the header with it",
    )


def _named(written: str) -> tuple[str, str] | None:
    """`Name: value`; without a blank between, too, where the name is known."""
    name, *_ = written[:_LONGEST_NAME].replace("：", ":").partition(":")
    end = len(name) + 1
    if _folded(name.strip("\"' ")) not in _KNOWN or end > len(written):
        found = re.search(r":(?=\s|$)|：", written[:_LONGEST_NAME])
        if found is None or (found.end() == _LONGEST_NAME < len(written)):
            return None
        end = found.end()
    name = written[: end - 1].strip().strip("\"'")
    return (name, written[end:].strip()) if _NAME.fullmatch(name) else None


def _is_known(name: str) -> bool:
    return _folded(name) in _KNOWN or _NOTE_OF.fullmatch(name) is not None


def _keeps(written: str) -> bool:
    """Whether a line, however it is marked up, says what keeps the text from readers."""
    named = _named(re.sub(r"[*_`>#|]", "", written[:300]).strip(" \t:+;-"))
    if named is None or (name := _folded(named[0])) not in _KEEPING:
        return False
    value = named[1].strip("\"'").lower()
    if name in ("draft", "published"):
        return value in (_YES if name == "draft" else _NO)
    if name == "status":
        try:
            return _STATUS.get(value) is Signal.WITHHELD or values.status(value, "") is not Signal.USABLE
        except Unreadable:
            return False
    return values.instant(value, "", Counter()) is not None


class _Lines:
    """What may be a header, line by line; number: of the first one."""

    def __init__(self, head: str, number: int, *, in_yaml: bool = False) -> None:
        self._in_yaml = in_yaml
        self._said: list[tuple[str, list[str]]] = []
        self._texts_below: set[int] = set()  # which of them are texts in lines below, as they stand there
        self._unread: list[tuple[int, str]] = []
        self.begins_as_one = False
        for at, each in enumerate(head.split("\n"), number):
            bare = each.strip()
            if bare:
                is_first = not self._said and not self._unread
                self._take(bare, at, is_indented=each[:1] in " \t")
                self.begins_as_one |= is_first and not self._unread
        self.is_known = any(_is_known(name) for name, _ in self._said)
        self.keeps = any(_keeps(written) for _, written in self._unread[:_LINES_LOOKED_AT])

    def _take(self, bare: str, at: int, *, is_indented: bool) -> None:
        if is_indented and len(self._said) - 1 in self._texts_below:
            self._said[-1][1].append(bare)
            return
        if self._in_yaml and not (bare := _without_remark(bare)):
            return
        if self._said and bare.startswith("- ") and (is_indented or self._in_yaml):
            self._check_within(bare[2:], at)
            self._said.append((self._said[-1][0], [bare[2:]]))
        elif self._said and is_indented:
            self._check_within(bare, at)
            self._said[-1][1].append(bare)
        elif named := _named(bare):
            self._begin(*named, at)
        else:
            self._unread.append((at, bare))

    def _begin(self, name: str, value: str, at: int) -> None:
        if self._in_yaml and _YAML_TEXT_BELOW.fullmatch(value):
            self._texts_below.add(len(self._said))
            value = ""
        self._said.append((name, [value] if value else []))
        if self._in_yaml and value.startswith("{"):
            for part in re.split(r"[{,]", value):
                self._check_within(part.strip(), at)

    def _check_within(self, bare: str, at: int) -> None:
        named = _named(bare)
        if named and _folded(named[0]) in _KEEPING:
            raise _hidden(at, named[0], self._said[-1][0])

    def check(self) -> None:
        if self._unread:
            at, bare = self._unread[0]
            raise Unreadable(
                f"line {at}",
                f"“{bare[:80]}” is no line of a header, and stands in one",
                "write it as “Name: value”; where it belongs to the text, put a blank line before it",
            )

    def values(self) -> Said:
        return [
            (name, "\n".join(parts))
            if at in self._texts_below
            else (name, _unquoted(" ".join(parts), in_yaml=self._in_yaml))
            for at, (name, parts) in enumerate(self._said)
        ]


def _without_remark(written: str) -> str:
    """A line of YAML without what stands behind its `#`, which begins none in quotes."""
    if "#" not in written:
        return written
    if quoted := _YAML_QUOTED.fullmatch(written):
        return quoted[1]
    return written if _YAML_OPEN_QUOTE.match(written) else re.sub(r"(?:^|\s)#.*", "", written).strip()


def _unquoted(value: str, *, in_yaml: bool = False) -> str:
    """in_yaml: between lines of `---`, where a text in double quotes may have escapes, as in JSON, and a remark may
    follow."""
    value = value.strip()
    if in_yaml:
        quoted = _YAML_QUOTED.fullmatch(value)
        value = (
            quoted[1] if quoted else re.sub(r"(?:^|\s)#.*", "", value) if value[:1] not in "\"'" else value
        )
    if in_yaml and value.startswith('"'):
        try:
            return str(orjson.loads(value))
        except ValueError:
            pass
    is_quoted = len(value) > 1 and value[0] in "\"'" and value[-1] == value[0]
    if in_yaml and is_quoted and value[0] == "'":
        return value[1:-1].replace("''", "'")
    return value[1:-1] if is_quoted else value


# --- The item ----------------------------------------------------------------------------------------------------


class _Reading:
    """One item that is being read."""

    def __init__(self, text: str, name: str | None, *, is_markdown: bool) -> None:
        self._said, self._body = _parted(text)
        self._by_name: dict[str, list[tuple[str, str]]] = {}
        for each in self._said:
            called = "note" if _NOTE_OF.fullmatch(each[0]) else _folded(each[0])
            self._by_name.setdefault(called, []).append(each)
            if called not in _KNOWN and re.search(r"embargo|sperrfrist", called):
                raise Unreadable(
                    each[0], "it looks like an embargo, by a name that nobody knows", "call it Embargo"
                )
        self._name = name
        self._is_markdown = is_markdown
        self._counts: Counter[str] = Counter(name for name, _ in self._said if not _is_known(name))

    def item(self) -> Item:
        subjects = tuple(dict.fromkeys(self._subjects()))
        headline, text = self._headed(self._first("headline"), self._text())
        notes = tuple(self._notes())
        said = (each for name in _EMBARGO for each in self._named(name))
        embargo = max((values.embargo(value, name, self._counts) for name, value in said), default=None)
        appears = max(filter(None, (embargo, *self._appearances())), default=None)
        return Item(
            origin=Origin(
                self._first("origin.provider"),
                self._id(),
                self._first("origin.version"),
                self._instant("origin.created"),
            ),
            format="Markdown" if self._is_markdown else "plain text",
            signal=self._signal(notes, embargo, appears),
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
            embargo=appears,
            published=self._published(),
            address=self._first("address"),
            without_place=self._counts,
        )

    def _named(self, term: str) -> list[tuple[str, str]]:
        return self._by_name.get(_folded(term), [])

    def _all(self, field: str) -> Iterator[tuple[str, str]]:
        for term in TABLE.terms(field):
            yield from (each for each in self._named(term) if each[1].strip())

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

    def _published(self) -> datetime | None:
        """Where it is a time: of `Published`, it may be no more than a yes or a no, too."""
        for name, value in self._all("published"):
            if _folded(name) == "published" and value.lower() in _YES | _NO:
                continue
            found = values.instant(value, name, self._counts)
            if found is None:
                raise Unreadable(
                    name,
                    f"“{value[:80]}” is neither a time nor true or false",
                    "give it as RFC 3339 has it, such as 2023-09-12T14:30:00+01:00",
                )
            return found
        return None

    def _appearances(self) -> Iterator[datetime | None]:
        """When it may appear, by what says when it did."""
        for term in (*_PUBLISHED, "Date"):
            for _, value in self._named(term):
                yield values.instant(value, term, Counter())

    def _signal(self, notes: tuple[Note, ...], embargo: datetime | None, appears: datetime | None) -> Signal:
        found = [Signal.CORRECTION] if any(note.role == "correction" for note in notes) else []
        for name, value in self._named("Status"):
            word = value.lower()
            if word == "scheduled":
                found.append(Signal.USABLE if appears else Signal.WITHHELD)
            else:
                found.append(_STATUS.get(word) or values.status(value, name, embargo))
        for name, value in self._named("Draft"):
            if _is_so(name, value):
                found.append(Signal.WITHHELD)
        for name, value in self._named("Published"):
            if (not value or value.lower() in _NO) and not _is_so(name, value):
                found.append(Signal.WITHHELD)
        for name, value in self._named("Signal"):
            if (signal := values.signal(value)) is not None:
                found.append(signal)
            elif value.strip():
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
                yield Note(of[2] if of else "correction" if _folded(name) == "correction" else "editor", said)

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


def _is_so(name: str, value: str) -> bool:
    if value.lower() not in _YES | _NO:
        raise Unreadable(name, f"“{value[:80]}” is neither true nor false", "give true or false")
    return value.lower() in _YES


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
