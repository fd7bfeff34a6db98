"""Mementos (RFC 7089) as they are written: Link fields, and the TimeMap in link format (RFC 6690).

A story's address is the Original Resource and its TimeGate in one (RFC 7089, 4.1.1); its mementos are its editions.
"""

import re
from collections.abc import Iterable

from api.formats.addresses import Site
from api.formats.http_dates import http_date
from api.http.documents import cursor_of
from ledger.words import Slug
from projections.reading.timeline import Beside, Memento, Part

LINK_FORMAT = "application/link-format"


def link(address: str, rel: str, **attributes: str) -> str:
    """One link of a Link field (RFC 8288)."""
    assert not re.search(r'[\s<>"]', address), "an address of ours holds no letter that would end it"
    return "; ".join(
        [f"<{address}>", f'rel="{rel}"', *(f'{name}="{value}"' for name, value in attributes.items())]
    )


def of_original(site: Site, slug: Slug) -> list[str]:
    return [
        link(site.story(slug), "original timegate"),
        link(site.timemap(slug), "timemap", type=LINK_FORMAT),
    ]


def of_desk(site: Site, slug: Slug) -> list[str]:
    """The desk's view is no TimeGate and has no mementos: where those of readers are."""
    readers = Site(site.base, named=True)
    return [
        link(readers.story(slug), "timegate"),
        link(readers.timemap(slug), "timemap", type=LINK_FORMAT),
    ]


def of_memento(site: Site, slug: Slug, beside: Beside) -> list[str]:
    """The original, and the mementos around this one: each once, with all that it is."""
    rels: dict[Memento, list[str]] = {beside.this: []}
    roles = {"first": beside.first, "prev": beside.before, "next": beside.after, "last": beside.last}
    for rel, memento in roles.items():
        if memento is not None:
            rels.setdefault(memento, []).append(rel)
    in_order = sorted(rels, key=lambda memento: memento.position)
    return of_original(site, slug) + [_memento(site, slug, memento, rels[memento]) for memento in in_order]


def _memento(site: Site, slug: Slug, memento: Memento, rels: Iterable[str]) -> str:
    address = site.story(slug, edition=memento.edition)
    return link(address, " ".join([*rels, "memento"]), datetime=http_date(memento.at))


def timemap(site: Site, slug: Slug, part: Part, cursor: str | None) -> str:
    """A part of the TimeMap as it is sent; `cursor` is its own. Other parts are linked (RFC 7089, 5.1.1): the next
    one, and from there the one at the start."""
    shown = part.mementos
    interval = {"from": http_date(shown[0].at), "until": http_date(shown[-1].at)}
    links = [
        link(site.story(slug), "original timegate"),
        link(site.timemap(slug, cursor), "self", type=LINK_FORMAT, **interval),
    ]
    if cursor is not None:
        start = {"from": http_date(part.first.at)}
        links.append(link(site.timemap(slug), "timemap", type=LINK_FORMAT, **start))
    if part.following is not None:
        following = site.timemap(slug, cursor_of(shown[-1].position))
        start = {"from": http_date(part.following.at)}
        links.append(link(following, "timemap", type=LINK_FORMAT, **start))
    for memento in shown:
        rels = [rel for rel, end in (("first", part.first), ("last", part.last)) if memento == end]
        links.append(_memento(site, slug, memento, rels))
    return ",\n".join(links) + "\n"
