"""ninjs, the IPTC's news in JSON: 1.x, 2.x and 3.x, and what agencies and content systems add to it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from api.intake import media_types, values
from api.intake.item import Item, Link, Note, Origin, Signal, Unreadable
from api.intake.markup import is_markup, line_of_html, text_of_html
from api.intake.table import FRAME, Row, Table
from ledger import limits

TABLE: Final = Table(
    "ninjs",
    media_types.NINJS,
    "Versions 1.x, 2.x and 3.x; a list of items, or one below `item`, `items`, `_items` or `hits`, is taken apart."
    " Names are read in any case, `versioncreated` as `versionCreated`. *Not ninjs* marks what agencies and content"
    " systems add.",
    (
        Row("origin.id", ("uri", "guid", "altids/itemid"), "the first without a query, if any; only `uri` is ninjs"),
        Row("origin.version", ("version",)),
        Row("origin.created", ("versionCreated",)),
        Row("origin.provider", ("provider",), "not ninjs: the standard has no place for it"),
        Row("published", ("firstCreated",)),
        Row("signal", ("pubStatus",), "`canceled` and `withheld`; an unknown or empty one is refused"),
        Row(
            "signal",
            ("signal", "signals", "status"),
            "not ninjs: IPTC signal codes, `sig:correction`, `sig:update`, or their words, wherever in it",
        ),
        Row("signal", ("subjects[rel=signal]",), "by a code of IPTC's, as this ledger writes it"),
        Row("embargo", ("embargoedUntil", "embargoed"), "one that cannot be read is refused"),
        Row(
            "headline",
            ("headlines", "headline", "headline_main"),
            "of `headlines` the one with role main, or none, in the language of the item; others are counted",
        ),
        Row("title", ("title",), "metadata by the standard: the headline where nothing else names the item"),
        Row(
            "text",
            ("bodies", "body_*", "article_html"),
            "in the language of the item; one with markup before one of plain text; others are counted unless they"
            " say the same",
        ),
        Row("language", ("language", "lang"), "only `language` is ninjs; else that of the text"),
        Row("byline", ("by", "byline")),
        Row("byline", ("bylines", "authors"), "not ninjs: names, where there is no line"),
        Row("place", ("located", "dateline"), "only `located` is ninjs; of a dateline what stands before its date"),
        Row("desk", ("subjects[rel=desk]",), "as this ledger writes it"),
        Row("desk", ("service", "services", "category", "categories"), "not ninjs; else the first subject"),
        Row("subjects", ("subjects", "subject"), "by name, else by code"),
        Row("urgency", ("urgency",)),
        Row("slugline", ("slugline",)),
        Row("genre", ("genres", "genre"), "the first, by name, else by code"),
        Row("rights", ("copyrightNotice", "usageTerms"), "a line each"),
        Row("rights", ("copyrightHolder",), "where there is no notice"),
        Row("credit", ("creditline", "infoSources", "infosource", "source"), "names; only `infoSources` is ninjs"),
        Row("links", ("associations",), "`uri`, `rel` or the name of the association, its headline or title"),
        Row("links", ("trustIndicators", "trustindicator"), "`href`, role, title"),
        Row("links", ("evolvedFrom",), "not ninjs"),
        Row("notes", ("edNote",), "with the role `editor`, or, a line each, as in `Note (legal): …`"),
        Row("notes", ("notices",), "not ninjs: with their role"),
        Row("address", ("canonicalUrl", "canonical"), "not ninjs"),
        Row(FRAME, ("standard", "type", "mimetype", "representationType", "profile", "charcount", "wordcount")),
    ),
)  # fmt: skip

_WRAPPERS = ("item", "items", "_items", "hits")
# Roles, which the standard leaves to the provider: of the headline, of the text, and of what is never the text.
_HEADLINE = ("main", "", "headline", "hedline", "title", "default", "primary")
_MAIN = (
    "main",
    "",
    "text",
    "body",
    "article",
    "richtext",
    "html",
    "html5",
    "xhtml",
    "richhtml5",
    "nitf",
    "fulltext",
)
_SHORT_ROLES = """
    sms short teaser summary abstract push alert tweet twitter social seo caption newsletter voice shotlist storyline
    lead intro headline kicker"""
_SHORT = frozenset(_SHORT_ROLES.split())
_IS_MARKUP_THROUGHOUT = re.compile(r"\s*<[a-zA-Z].*>\s*", re.DOTALL).fullmatch
_LANGUAGES = ("language", "lang", "xml:lang", "@language")
_OF_A_NAME = frozenset({"name", "code", "scheme", "uri", "literal", "rel", "qcode"})
_KNOWN = frozenset(term.lower() for term in TABLE.all_terms())
_KEEPING = frozenset(
    term.partition("[")[0].lower() for field in ("signal", "embargo") for term in TABLE.terms(field)
)


def looks_like(read: Any) -> bool:
    """Whether JSON may be ninjs."""
    if isinstance(read, list):
        return bool(read) and looks_like(read[0])
    if not isinstance(read, dict):
        return False
    names = {name.lower() for name in read}
    return bool(names & {"uri", "guid", "versioncreated", "altids", *_WRAPPERS}) or (
        "data" in names and looks_like(read["data"])
    )


def read(parsed: Any) -> Iterator[Item | Unreadable]:
    for one in _items(parsed):
        try:
            if not isinstance(one, dict):
                raise Unreadable("the item", "it is no JSON object", "send an object for each item")
            yield _Reading(one).item()
        except Unreadable as trouble:
            yield replace(trouble, item=trouble.item or _id_of(one))


def _items(parsed: Any) -> Iterator[Any]:
    """Through the wrappers that agencies put around one or several items."""
    if isinstance(parsed, list):
        for one in parsed:
            yield from _items(one)
    elif isinstance(parsed, dict) and not {"uri", "guid"} & parsed.keys():
        within = [parsed[name] for name in (*_WRAPPERS, "data") if isinstance(parsed.get(name), dict | list)]
        if within:
            yield from _items(within[0])
        else:
            yield parsed
    else:
        yield parsed


def _id_of(one: Any) -> str | None:
    found = (one.get("uri") or one.get("guid")) if isinstance(one, dict) else None
    return found if isinstance(found, str) else None


@dataclass(frozen=True, slots=True)
class _Version:
    """Of a headline or the text, as it stands in the item."""

    role: str
    media_type: str
    language: str  # in small letters
    text: str


@dataclass(frozen=True, slots=True)
class _Body:
    """order: the least is the one to take; counts: what was dropped from it."""

    order: tuple[bool, int, int, bool, bool, int]
    path: str
    text: str
    counts: Counter[str]
    language: str


class _Reading:
    """One item that is being read; what is not taken is counted."""

    def __init__(self, source: Mapping[str, Any]) -> None:
        self._counts: Counter[str] = Counter()
        self._said: dict[str, tuple[str, Any]] = {}  # by its name in small letters
        for name, value in source.items():
            there, said = self._said.setdefault(name.lower().removeprefix("$"), (name, value))
            if said != value:
                self._check_is_said_once(name, there)
        self._taken: set[str] = set()
        self._desk: str | None = None
        self._language_of_text = ""
        languages = (value for _, value in self._flat("language") if isinstance(value, str))
        self._own = (values.language(next(languages, "")) or "").lower()
        self._signals: list[Signal] = []
        self._take_special_subjects()

    def item(self) -> Item:
        embargo = self._embargo()
        item = Item(
            origin=self._origin(),
            format=f"ninjs {self._version()}",
            signal=self._signal(embargo),
            headline=self._headline(),
            title=self._line("title"),
            text=self._text(),  # before its language
            language=self._language(),
            byline=self._byline(),
            place=self._place(),
            urgency=self._urgency(),
            slugline=self._line("slugline"),
            genre=self._first_named("genre"),
            rights=self._rights(),
            credit=", ".join(self._named("credit")) or None,
            links=tuple(self._links()),
            notes=tuple(self._notes()),
            embargo=embargo,
            published=self._instant("published"),
            address=self._line("address"),
            subjects=tuple(self._named("subjects")),
            without_place=self._counts,
        )
        desk = self._desk or self._first_named("desk") or next(iter(item.subjects), None)
        self._count_the_rest()
        return replace(item, desk=desk)

    def _check_is_said_once(self, name: str, there: str) -> None:
        """What keeps an item from readers may not be hidden behind the same name in other letters."""
        if name.lower().removeprefix("$") in _KEEPING:
            raise Unreadable(
                f"/{name}",
                f"the item says it twice, as {there} and as {name}, and not the same",
                "say it once",
            )
        self._counts[f"/{name}"] += 1

    # --- What is there -------------------------------------------------------------------------------------------

    def _all(self, field: str) -> Iterator[tuple[str, Any]]:
        """What stands at each term of the field, under the name that it has there."""
        for term in TABLE.terms(field):
            yield from self._at(term.lower())

    def _at(self, term: str) -> Iterator[tuple[str, Any]]:
        if term.endswith("*"):
            for name in self._said:
                if name.startswith(term[:-1]):
                    yield from self._at(name)
        elif term in self._said:
            self._taken.add(term)
            name, value = self._said[term]
            if value not in (None, "", [], {}) or term == "pubstatus":
                yield f"/{name}", value

    def _scalars(self, field: str) -> Iterator[tuple[str, str]]:
        for path, value in self._flat(field):
            if isinstance(value, str):
                yield path, value
            elif isinstance(value, int | float) and not isinstance(value, bool):
                yield path, str(value)
            else:
                self._counts[path] += 1

    def _flat(self, field: str) -> Iterator[tuple[str, Any]]:
        for path, value in self._all(field):
            for one in value if isinstance(value, list) else [value]:
                yield path, one

    def _line(self, field: str) -> str | None:
        """The first; others are counted unless they say the same."""
        found = None
        for path, value in self._scalars(field):
            said = self._plain(value, path)
            if found is None:
                found = said
            elif said not in (None, found):
                self._counts[path] += 1
        return found

    def _plain(self, value: str, path: str, media_type: str = "") -> str | None:
        if "html" in media_type or (not media_type and is_markup(value)):
            return line_of_html(value, path, self._counts)
        return values.line(value if media_type == "text/plain" else values.decoded(value))

    # --- Which item it is ----------------------------------------------------------------------------------------

    def _origin(self) -> Origin:
        guid = self._line("origin.id")
        if (
            guid is None or "?" in guid
        ):  # what stands behind it may be of the moment at which it was asked for
            guid = self._alternative_id() or guid
        if guid is None:
            raise Unreadable(
                "/uri", "the item does not say which it is", "give it a uri, the same for all versions"
            )
        return Origin(
            provider=self._first_named("origin.provider"),
            id=guid,
            version=self._line("origin.version"),
            created=self._instant("origin.created"),
        )

    def _alternative_id(self) -> str | None:
        _, ids = self._said.get("altids", ("", None))
        found = ids.get("itemid") if isinstance(ids, dict) else None
        return values.line(found) if isinstance(found, str) else None

    def _version(self) -> str:
        _, standard = self._said.get("standard", ("", None))
        version = standard.get("version") if isinstance(standard, dict) else None
        if isinstance(version, str) and version:
            return version[:20]
        names = {name for name, _ in self._said.values()}
        if names & {"versionCreated", "pubStatus", "altIds", "edNote", "embargoedUntil"}:
            return "3"
        return "2" if names & {"headlines", "bodies", "by", "subjects"} else "1"

    def _signal(self, embargo: datetime | None) -> Signal:
        found = list(self._signals)
        for path, value in self._all("signal"):
            if path.lower() == "/pubstatus":
                said = value if isinstance(value, str) else "" if value is None else repr(value)
                found.append(values.status(said, path, embargo))
                continue
            for code in _codes(value):
                signal = values.signal(code)
                if signal is None:
                    self._counts[path] += 1
                else:
                    found.append(signal)
        return values.strongest(found)

    # --- Words ---------------------------------------------------------------------------------------------------

    def _headline(self) -> str | None:
        found: list[tuple[bool, int, int, bool, int, str, str]] = []
        for path, value in self._all("headline"):
            for one in self._versions(path, value):
                said = self._plain(one.text, path, one.media_type)
                if said is not None:
                    rank = _HEADLINE.index(one.role) if one.role in _HEADLINE else len(_HEADLINE)
                    is_other, distance = rank == len(_HEADLINE), self._distance(one.language)
                    order = is_other, distance, rank, not one.language, len(found)
                    found.append((*order, said, _with_role(path, one.role)))
        found.sort()
        if not found or found[0][0]:
            self._counts.update(path for *_, path in found)
            return None
        chosen = found[0][5]
        self._counts.update(path for *_, said, path in found if said != chosen)
        return chosen

    def _text(self) -> str | None:
        """A main one with markup, else the first main one, in the language of the item; each of the others is counted
        unless it says the same."""
        bodies: list[_Body] = []
        for path, value in self._all("text"):
            for one in self._versions(path, value):
                counts: Counter[str] = Counter()
                has_markup = _has_markup(one.media_type or one.role, one.text)
                if has_markup:
                    plain = text_of_html(one.text, path, counts)
                else:
                    is_plain = one.media_type == "text/plain"
                    plain = values.lines(one.text if is_plain else values.decoded(one.text))
                if plain:
                    rank = 0 if one.role in _MAIN else 2 if one.role in _SHORT else 1
                    distance = self._distance(one.language)
                    order = rank == 2, distance, rank, not has_markup, not one.language, len(bodies)
                    bodies.append(_Body(order, _with_role(path, one.role), plain, counts, one.language))
        bodies.sort(key=lambda body: body.order)
        if not bodies:
            return None
        chosen, *others = bodies
        if chosen.order[0]:  # not one is the text: a summary for phones, say
            self._counts.update(body.path for body in bodies)
            return None
        self._counts.update(chosen.counts)
        words = chosen.text.split()
        self._counts.update(body.path for body in others if body.text.split() != words)
        self._language_of_text = chosen.language
        return chosen.text

    def _distance(self, language: str) -> int:
        """How far it is from that of the item; one that is not said is that of the item."""
        own = self._own
        if not language or not own or language == own:
            return 0
        return 1 if language.partition("-")[0] == own.partition("-")[0] else 2

    def _versions(self, path: str, value: Any) -> Iterator[_Version]:
        """Each: of ninjs 1 with its role by the end of its name, of later ones with what stands beside."""
        if isinstance(value, str):
            yield _Version(path.lower().partition("_")[2], "", "", value)
            return
        for one in value if isinstance(value, list) else [value]:
            parts = (
                {name.lower(): part for name, part in one.items()}
                if isinstance(one, dict)
                else {"value": one}
            )
            text, role, media_type = (parts.get(name) for name in ("value", "role", "contenttype"))
            if isinstance(text, str) and not parts.get("encoding"):
                tongue = next((_text(parts[name]) for name in _LANGUAGES if _text(parts.get(name))), "")
                yield _Version(
                    values.last_part(_text(role)),
                    _text(media_type).lower().partition(";")[0],
                    (values.language(tongue) or tongue).lower(),
                    text,
                )
            else:
                self._counts[path] += 1

    def _language(self) -> str | None:
        said = list(self._scalars("language"))
        if not said:
            return values.language(self._language_of_text)
        found = values.language(said[0][1])
        self._counts.update(path for path, value in said if values.language(value) != found or found is None)
        return found

    def _rights(self) -> str | None:
        found: dict[str, None] = {}
        holder = None
        for path, value in self._scalars("rights"):
            said = self._plain(value, path)
            if path.lower() != "/copyrightholder":
                found |= {said: None} if said else {}
            elif holder is None:
                holder = said
            else:
                self._counts[path] += 1
        notices = "\n".join(found)
        return "\n".join(filter(None, (notices, holder if holder and holder not in notices else ""))) or None

    def _notes(self) -> Iterator[Note]:
        for path, one in self._flat("notes"):
            parts = one if isinstance(one, dict) else {"text": one}
            text = parts.get("text") or parts.get("value")
            if not isinstance(text, str):
                self._counts[path] += 1
            elif "role" not in parts and values.are_notes(text) and not _IS_MARKUP_THROUGHOUT(text):
                yield from values.notes(text)  # plain, whatever they quote
            elif is_markup(text):
                if said := text_of_html(text, path, self._counts):
                    yield Note(_role(parts), said)
            elif said := values.lines(values.decoded(text)):
                yield Note(_role(parts), said)

    # --- Times and numbers ---------------------------------------------------------------------------------------

    def _instant(self, field: str) -> Any:
        for path, value in self._scalars(field):
            return values.instant(value, path, self._counts)
        return None

    def _embargo(self) -> Any:
        found = [
            values.embargo(value if isinstance(value, str) else repr(value), path, self._counts)
            for path, value in self._flat("embargo")
            if value is not None and value is not False and value != ""
        ]
        return max(found, default=None)

    def _urgency(self) -> int | None:
        for path, value in self._scalars("urgency"):
            found = values.urgency(value)
            if found is None:
                self._counts[path] += 1
            return found
        return None

    # --- What has a name, and other items ------------------------------------------------------------------------

    def _named(self, field: str) -> Iterator[str]:
        """Each by its name, else by its code."""
        seen = set()
        for path, value in self._all(field):
            for one in value if isinstance(value, list) else [value]:
                found = self._name_of(one, path)
                if found and found not in seen:
                    seen.add(found)
                    yield found

    def _first_named(self, field: str) -> str | None:
        """The others are counted."""
        found = list(self._named(field))
        if len(found) > 1:
            self._counts[next(self._all(field))[0]] += len(found) - 1
        return found[0] if found else None

    def _name_of(self, one: Any, path: str) -> str | None:
        if isinstance(one, str):
            return self._plain(one, path)
        if not isinstance(one, dict):
            self._counts[path] += 1
            return None
        self._counts.update(f"{path}/{part}" for part in one if part.lower() not in _OF_A_NAME)
        for part in ("name", "literal", "code", "qcode", "uri"):
            if isinstance(one.get(part), str) and (found := values.line(values.decoded(one[part]))):
                return found
        return None

    def _byline(self) -> str | None:
        """What the item says of who wrote it; else their names. Names that the line does not hold are counted."""
        found: list[str] = []
        is_line = False
        for path, one in self._flat("byline"):
            parts = one if isinstance(one, dict) else {"name": one}
            name = parts.get("byline") or parts.get("by") or parts.get("name")
            said = self._plain(name, path) if isinstance(name, str) else None
            if said is None or (is_line and said not in found[0][: limits.LINE_LENGTH]):
                self._counts[path] += 1
            elif not is_line:
                is_line = path.lower() in ("/by", "/byline")
                found.append(said)
        return ", ".join(dict.fromkeys(found)) or None

    def _place(self) -> str | None:
        found = None
        for path, value in self._scalars("place"):
            if found is not None:
                self._counts[path] += 1
            elif path.lower() == "/dateline":
                found = values.place_of_dateline(values.decoded(value), path, self._counts)
            else:
                found = self._plain(value, path)
        return found

    def _take_special_subjects(self) -> None:
        """Those that are none: what this ledger says with them, having no property of its own for it in ninjs."""
        name, subjects = self._said.get("subjects", ("", None))
        if not isinstance(subjects, list):
            return
        rest = []
        for one in subjects:
            rel = one.get("rel") if isinstance(one, dict) else None
            signal = values.signal(str(one.get("uri") or one.get("literal"))) if rel == "signal" else None
            if signal is not None:
                self._signals.append(signal)
            elif rel == "desk" and isinstance(one.get("name"), str):
                self._desk = values.line(one["name"])
            else:
                rest.append(one)
        self._said["subjects"] = (name, rest)

    def _links(self) -> Iterator[Link]:
        for path, value in self._all("links"):
            if isinstance(value, str):
                yield Link(path[1:], value)
                continue
            if not isinstance(value, dict | list):
                self._counts[path] += 1
                continue
            named = value.items() if isinstance(value, dict) else ((None, one) for one in value)
            for name, one in named:
                for each in one if isinstance(one, list) else [one]:
                    yield from self._link(path, name, each)

    def _link(self, path: str, name: str | None, one: Any) -> Iterator[Link]:
        parts = {part.lower(): value for part, value in one.items()} if isinstance(one, dict) else {}
        to = next((parts[part] for part in ("uri", "guid", "href") if _text(parts.get(part))), None)
        if to is None:
            self._counts[path] += 1
            return
        rel = _text(parts.get("rel")) or _text(parts.get("role")) or name or _text(parts.get("name"))
        headlines = parts.get("headlines")
        if isinstance(headlines, list) and headlines and isinstance(headlines[0], dict):
            parts.setdefault("headline", headlines[0].get("value"))
        title = _text(parts.get("headline")) or _text(parts.get("headline_main")) or _text(parts.get("title"))
        yield Link(rel or None, to, values.line(values.decoded(title)))
        known = {
            "uri",
            "guid",
            "href",
            "rel",
            "role",
            "name",
            "headline",
            "headlines",
            "headline_main",
            "title",
            "type",
        }
        self._counts.update(f"{path}/{part}" for part in parts if part not in known)

    # --- The rest ------------------------------------------------------------------------------------------------

    def _count_the_rest(self) -> None:
        for lower, (name, value) in self._said.items():
            if lower in self._taken or lower in _KNOWN or value in (None, "", [], {}):
                continue
            self._counts[f"/{name}"] += len(value) if isinstance(value, list) else 1


def _has_markup(kind: str, text: str) -> bool:
    kind = kind.lower()
    if any(word in kind for word in ("html", "xml", "richtext", "nitf")):
        return True
    if kind == "text/plain" and not _IS_MARKUP_THROUGHOUT(text):
        return False  # whatever it quotes
    return is_markup(text)


def _role(parts: Mapping[str, Any]) -> str:
    return values.last_part(_text(parts.get("role"))) or "editor"


def _with_role(path: str, role: str) -> str:
    return path if not role or path.lower().endswith(role) else f"{path}[{role}]"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _codes(value: Any) -> Iterator[str]:
    """Each code in a signal, however it is written."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _codes(one)
    elif isinstance(value, dict):
        found = [
            value[part] for part in ("qcode", "uri", "code", "literal", "name") if _text(value.get(part))
        ]
        if found and values.signal(found[0]) is not None:
            yield found[0]
            return
        within = [code for part in value.values() for code in _codes(part) if values.signal(code) is not None]
        yield from within or found[:1] or ["?"]
    else:
        yield "?"
