"""Posts of WordPress as its REST API gives them, with their revisions: each an item of the same id, at its own time."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from api.intake import media_types, values
from api.intake.item import Item, Origin, Signal, Unreadable
from api.intake.markup import line_of_html, text_of_html
from api.intake.table import FRAME, Row, Table

TABLE: Final = Table(
    "WordPress",
    media_types.WORDPRESS,
    "Posts and revisions of `wp/v2`, one or a list; revisions of a post beside it as `revisions`, in the same list, or"
    " embedded as `version-history`, come before it, oldest first, with what only the post says. An autosave, and a"
    " revision without its post, are told as not taken: nobody can tell whether readers saw them.",
    (
        Row("origin.id", ("id", "parent"), "with the site: `https://example.org/?p=12`; of a revision its post"),
        Row("origin.version", ("_links/predecessor-version", "id"), "of a post the last one, else its time"),
        Row("origin.created", ("modified_gmt", "modified", "date_gmt", "date")),
        Row("published", ("date_gmt", "date")),
        Row(
            "signal",
            ("status", "content/protected", "password"),
            "`publish` is usable; a draft, one that is private, in the trash, under a password, or a revision from"
            " before the post was public is withheld",
        ),
        Row("embargo", ("date_gmt", "date"), "where they are in the future; of a revision those of its post"),
        Row("headline", ("title",), "`rendered`, else `raw`"),
        Row("text", ("content",), "`rendered`, else `raw`"),
        Row("language", ("lang", "locale", "yoast_head_json/og_locale"), "of plugins: WordPress has one for the site"),
        Row("byline", ("_embedded/author",), "names"),
        Row("desk", ("_embedded/wp:term",), "the first category by name"),
        Row("subjects", ("_embedded/wp:term",), "categories and tags by name"),
        Row("slugline", ("slug",)),
        Row("address", ("link",)),
        Row(
            FRAME,
            (
                "guid", "type", "author", "template", "sticky", "comment_status", "ping_status", "format", "meta",
                "class_list", "_links", "_embedded", "revisions", "post", "generated_slug", "permalink_template",
                "yoast_head_json", "yoast_head",
            ),
        ),
    ),
)  # fmt: skip
_KNOWN = frozenset(term.partition("/")[0] for term in TABLE.all_terms())
_HELD = frozenset({"draft", "auto-draft", "pending", "private", "trash"})
_USABLE = frozenset({"publish", "inherit", "future"})


def looks_like(read: Any) -> bool:
    if isinstance(read, list):
        return bool(read) and looks_like(read[0])
    if not isinstance(read, dict):
        return False
    if isinstance(read.get("post"), dict):
        return looks_like(read["post"])
    return "id" in read and any(
        isinstance(read.get(name), dict) and {"rendered", "raw"} & read[name].keys()
        for name in ("title", "content", "guid")
    )


def read(parsed: Any) -> Iterator[Item | Unreadable]:
    posts, by_post = _sorted_out(parsed if isinstance(parsed, list) else [parsed])
    for one in posts:
        if not isinstance(one, dict):
            yield Unreadable("the item", "it is no JSON object", "send an object for each post")
            continue
        post = one.get("post", one)
        revisions = one.get("revisions") or _embedded(post, "version-history")
        beside = by_post.pop(_name(post, "id"), []) if isinstance(post, dict) else []
        yield from _with_revisions(post, (revisions if isinstance(revisions, list) else []) + beside)
    for revision in _flat([*by_post.values()]):
        yield _alone(revision)


def _sorted_out(said: list[Any]) -> tuple[list[Any], dict[tuple[str, str], list[Any]]]:
    """The posts, and the revisions that stand among them, by the post that each is of."""
    posts: list[Any] = []
    by_post: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for one in said:
        if isinstance(one, dict) and _is_revision(one):
            by_post[_name(one, "parent")].append(one)
        else:
            posts.append(one)
    return posts, by_post


def _name(one: Mapping[str, Any], of: str) -> tuple[str, str]:
    """Which post it is: ids are those of their site, which may have moved to https since it gave its guids."""
    return re.sub(r"https?://(?:www\.)?", "", _site(one) or ""), str(one.get(of))


def _alone(revision: Mapping[str, Any]) -> Unreadable:
    """Whether readers saw it is known from its post alone: what was a draft then would go out."""
    found = _taken(revision, None)
    return (
        found
        if isinstance(found, Unreadable)
        else Unreadable(
            "/parent",
            "it is a revision without its post, so nobody can tell whether readers ever saw it",
            'send it together with its post, as {"post": …, "revisions": […]} or in one list',
            found.origin.id,
        )
    )


def _with_revisions(post: Any, revisions: list[Any]) -> Iterator[Item | Unreadable]:
    now = _taken(post, None)
    if not isinstance(now, Item):
        yield now
        return
    found = [_taken(revision, now) for revision in _flat(revisions)]
    items = [each for each in found if isinstance(each, Item) and each.origin.version != now.origin.version]
    yield from (each for each in found if not isinstance(each, Item))
    yield from sorted(items, key=lambda each: (each.origin.created is not None, each.origin.created))
    yield now


def _flat(revisions: list[Any]) -> Iterator[Any]:
    for each in revisions:
        if isinstance(each, list):
            yield from _flat(each)
        else:
            yield each


def _taken(one: Any, of: Item | None) -> Item | Unreadable:
    try:
        if not isinstance(one, dict):
            raise Unreadable("the item", "it is no JSON object", "send an object for each post")
        return _Reading(one, of).item()
    except Unreadable as trouble:
        return replace(
            trouble, item=trouble.item or str(one.get("id", ""))[:80] if isinstance(one, dict) else None
        )


class _Reading:
    """A post, or a revision of one; what only the post says is taken from it."""

    def __init__(self, source: Mapping[str, Any], of: Item | None) -> None:
        self._source = source
        self._now = of
        self._is_revision = of is not None or _is_revision(source)
        self._counts: Counter[str] = Counter()

    def item(self) -> Item:
        created = self._instant("modified") or self._instant("date")
        published = None if self._is_revision else self._instant("date")
        subjects = tuple(self._terms())
        categories = tuple(self._terms("category"))
        item = Item(
            origin=Origin(None, self._id(), self._version(), created),
            format="WordPress",
            signal=self._signal(created),
            headline=self._line("title"),
            text=self._text(),
            language=self._language(),
            byline=self._byline(),
            desk=next(iter(categories or subjects), None),
            subjects=subjects,
            slugline=None if self._is_revision else _string(self._source.get("slug")),
            embargo=self._embargo(published),
            published=published,
            address=None if self._is_revision else _string(self._source.get("link")),
            without_place=self._counts,
        )
        self._count_the_rest()
        return self._as_the_post(item) if self._now else item

    def _as_the_post(self, item: Item) -> Item:
        assert self._now is not None, "who asks has seen to it"
        names = ("language", "byline", "desk", "subjects", "slugline", "published", "address", "embargo")
        missing = {name: getattr(self._now, name) for name in names if not getattr(item, name)}
        return replace(item, origin=replace(item.origin, id=self._now.origin.id), **missing)

    # --- Which post it is ----------------------------------------------------------------------------------------

    def _id(self) -> str:
        if "autosave" in str(self._source.get("slug", "")) and self._is_revision:
            raise Unreadable("/slug", "it is an autosave, which nobody saved", "nothing; send its revisions")
        name = "parent" if self._is_revision and self._source.get("parent") else "id"
        number = self._source.get(name)
        if isinstance(number, bool) or not isinstance(number, int | str) or not str(number).isdecimal():
            raise Unreadable(f"/{name}", "the post does not say which it is", f"give its {name}, a number")
        site = _site(self._source)
        if site is None and self._now is None:
            raise Unreadable(
                "/link", "the post does not say of which site it is", "send its link, guid or _links"
            )
        return f"{site}/?p={number}"

    def _version(self) -> str | None:
        if self._is_revision:
            return _string(self._source.get("id"))
        links = self._source.get("_links")
        for link in _list(links.get("predecessor-version")) if isinstance(links, dict) else ():
            if isinstance(link, dict) and link.get("id"):
                return _string(link["id"])
        return _string(self._source.get("modified_gmt")) or _string(self._source.get("modified"))

    # --- What it says --------------------------------------------------------------------------------------------

    def _signal(self, created: Any) -> Signal:
        status = self._source.get("status", "publish")
        content = self._source.get("content")
        is_protected = isinstance(content, dict) and content.get("protected") not in (None, False)
        is_protected |= self._source.get("password") not in (None, "", False)
        if not isinstance(status, str) or status not in _HELD | _USABLE:
            raise Unreadable(
                "/status",
                f"“{str(status)[:80]}” is no status of WordPress",
                "give publish, future, draft or private",
            )
        if status in _HELD or is_protected or self._was_a_draft(created):
            return Signal.WITHHELD
        return Signal.USABLE

    def _was_a_draft(self, created: Any) -> bool:
        published = self._now.published if self._now else None
        return created is not None and published is not None and created < published

    def _embargo(self, published: Any) -> Any:
        if published is None and self._source.get("status") == "future":
            raise Unreadable(
                "/date_gmt", "the post is to appear later, and does not say when", "give its date_gmt"
            )
        return published

    def _instant(self, name: str) -> Any:
        """The times that end in _gmt are in UTC, though they do not say so; the others are in that of the site."""
        in_utc = _string(self._source.get(f"{name}_gmt"))
        if in_utc and not in_utc.startswith("0000"):
            return values.instant(
                f"{in_utc}Z" if re.search(r"\d$", in_utc) and "T" in in_utc else in_utc,
                f"/{name}_gmt",
                self._counts,
            )
        local = _string(self._source.get(name))
        return values.instant(local, f"/{name}", self._counts) if local else None

    def _line(self, name: str) -> str | None:
        return line_of_html(_rendered(self._source.get(name)), f"/{name}", self._counts)

    def _text(self) -> str | None:
        return text_of_html(_rendered(self._source.get("content")), "/content", self._counts)

    def _language(self) -> str | None:
        yoast = self._source.get("yoast_head_json")
        locale = yoast.get("og_locale") if isinstance(yoast, dict) else None
        for path, said in (
            ("/lang", self._source.get("lang")),
            ("/locale", self._source.get("locale")),
            ("/yoast_head_json/og_locale", locale),
        ):
            if isinstance(said, str) and said:
                found = values.language(said)
                if found is None:
                    self._counts[path] += 1
                return found
        return None

    def _byline(self) -> str | None:
        authors = (each.get("name") for each in _embedded(self._source, "author") if isinstance(each, dict))
        names = [name for author in authors if (name := values.line(values.decoded(_string(author) or "")))]
        return ", ".join(names) or None

    def _terms(self, taxonomy: str | None = None) -> Iterator[str]:
        seen = set()
        for term in _flat(_embedded(self._source, "wp:term")):
            if isinstance(term, dict) and taxonomy in (None, term.get("taxonomy")):
                name = values.line(values.decoded(_string(term.get("name")) or ""))
                if name and name not in seen:
                    seen.add(name)
                    yield name

    def _count_the_rest(self) -> None:
        for name, value in self._source.items():
            if name not in _KNOWN and value not in (None, "", [], {}, 0, False) and _rendered(value) != "":
                self._counts[f"/{name}"] += len(value) if isinstance(value, list) else 1
        embedded = self._source.get("_embedded")
        for name in embedded if isinstance(embedded, dict) else ():
            if name not in ("author", "wp:term", "version-history"):
                self._counts[f"/_embedded/{name}"] += 1


def _is_revision(one: Mapping[str, Any]) -> bool:
    is_named = re.fullmatch(r"\d+-(?:revision|autosave)-v\d+", str(one.get("slug", "")), re.ASCII)
    return one.get("type") == "revision" or is_named is not None


def _site(one: Mapping[str, Any]) -> str | None:
    links = one.get("_links")
    for rel in ("self", "parent", "collection"):
        for link in _list(links.get(rel)) if isinstance(links, dict) else ():
            href = link.get("href") if isinstance(link, dict) else None
            if isinstance(href, str) and "/wp-json/" in href:
                return href.partition("/wp-json/")[0]
    guid = _rendered(one.get("guid"))
    if "/?p" in guid:
        return guid.partition("/?p")[0]
    found = re.match(r"https?://[^/?#\s]+", _string(one.get("link")) or guid)
    return found[0] if found else None


def _embedded(post: Any, name: str) -> list[Any]:
    embedded = post.get("_embedded") if isinstance(post, dict) else None
    return _list(embedded.get(name)) if isinstance(embedded, dict) else []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _rendered(value: Any) -> str:
    """As readers see it, else as it was written; what is no such pair stands for itself."""
    if isinstance(value, dict) and {"rendered", "raw"} & value.keys():
        return _string(value.get("rendered")) or _string(value.get("raw")) or ""
    return value if isinstance(value, str) else "" if value is None else "?"


def _string(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() or None if isinstance(value, str) else None
