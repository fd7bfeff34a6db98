"""Microdata of an HTML page (HTML, 5), as the same in JSON-LD would say it."""

from collections.abc import Iterator
from typing import Any, Final

from api.intake.item import Unreadable
from api.intake.markup import name_of
from ledger import limits

# Where an element says its value, if not in its text.
_SAID_IN: Final = {
    "meta": "content", "link": "href", "a": "href", "area": "href", "img": "src", "audio": "src", "embed": "src",
    "iframe": "src", "source": "src", "track": "src", "video": "src", "object": "data", "data": "value",
    "meter": "value", "time": "datetime",
}  # fmt: skip


def items_of(page: Any) -> list[dict[str, Any]]:
    """Those that are no property of another. Each element is read once, however often `itemref` names it."""
    named: dict[str, Any] = {}
    for element in page.iter():
        if element.get("id"):
            named.setdefault(element.get("id"), element)
    whole = [element for element in page.iter() if _is_item(element) and element.get("itemprop") is None]
    read: set[Any] = set()
    return [_item(element, named, read, limits.INTAKE_DEPTH) for element in whole]


def _is_item(element: Any) -> bool:
    return element.get("itemscope") is not None


def _item(element: Any, named: dict[str, Any], read: set[Any], depth: int) -> dict[str, Any]:
    if not depth:
        raise Unreadable(
            "the page", "its items stand too deep within one another", "send the article by itself"
        )
    item: dict[str, Any] = {"@type": (element.get("itemtype") or "").split()}
    if element.get("itemid"):
        item["@id"] = element.get("itemid").strip()
    roots = [named[name] for name in (element.get("itemref") or "").split() if name in named]
    for found in _properties([*element, *roots], read):
        value = _item(found, named, read, depth - 1) if _is_item(found) else _value(found)
        for name in found.get("itemprop").split():
            item.setdefault(name.rpartition("/")[2], []).append(value)
    return {
        name: value[0] if isinstance(value, list) and len(value) == 1 else value
        for name, value in item.items()
    }


def _properties(roots: list[Any], read: set[Any]) -> Iterator[Any]:
    """The elements that say something of one item, in their order; not what is within an item of its own."""
    waiting = roots[::-1]
    while waiting:
        element = waiting.pop()
        if element in read:
            continue
        read.add(element)
        if element.get("itemprop"):
            yield element
        if not _is_item(element):
            waiting.extend(reversed(element))


def _value(element: Any) -> str:
    said = element.get(_SAID_IN.get(name_of(element), "content"))
    if said is not None:
        return " ".join(said.split())
    letters = ""
    for text in element.itertext():
        letters += text[: limits.TEXT_LENGTH - len(letters)]
    return " ".join(letters.split())
