"""Does what a person wrote run in its own direction, wherever it stands, and turn nothing around it?

Everything is filed in Hebrew, in every field of every command; then whoever follows the links of the pages, and tries
every form, must find no Hebrew outside of an element that is its alone (`dir="auto"`, `<bdi>`) or of the marks of
Unicode, and no word of ours within.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from unicodedata import bidirectional
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from fastapi.routing import APIRoute

from api.pages import site
from api.server.embedded import EmbeddedPostgres
from ledger.words import Role
from tests.desk import ROLES, Desk
from tests.newsroom import open_newsroom, serving
from tests.plain_browser import Browser, Element, Page

_WORDS = "מילה של אדם"
_MOST = 3  # pages of a kind
_ISOLATED = re.compile("\u2068[^\u2068\u2069]*\u2069")
# Of these the browser shows what is in the attribute.
_SHOWN = ("title", "aria-label", "aria-valuetext", "placeholder", "alt", "value")
_TYPED = ("input", "textarea")
_numbers = count(1)


def words() -> str:
    """Some, and others each time."""
    return f"{_WORDS} {next(_numbers)}"


def _is_turning(text: str) -> bool:
    return any(bidirectional(letter) in ("R", "AL") for letter in text)


def _is_ours(text: str) -> bool:
    return any(bidirectional(letter) == "L" for letter in text)


def _is_alone(element: Element) -> bool:
    return element.tag == "bdi" or "dir" in element


def astray(element: Element, holder: Element | None = None) -> Iterator[str]:
    """What turns its surroundings, or is turned by them. holder: the element nearest around that is a person's."""
    if element.tag in ("script", "style"):
        return
    holder = element if _is_alone(element) else holder
    is_person = holder is not None and (holder.tag == "bdi" or holder["dir"] == "auto")
    for part in element.inside:
        if isinstance(part, Element):
            yield from astray(part, holder)
        elif _is_turning(left := _ISOLATED.sub("", part)) and holder is None:
            yield f"<{element.tag} class={element['class']!r}>: {left.strip()[:80]}"
    if is_person and holder is element:
        own = "".join(_own(element))
        if _is_turning(own) and _is_ours(_ISOLATED.sub("", own)):
            yield f"ours within <{element.tag} class={element['class']!r}>: {own.strip()[:120]}"
    for name in _SHOWN:
        left = _ISOLATED.sub("", element[name])
        is_typed = name == "value" and (element["type"] == "hidden" or "dir" in element)
        if _is_turning(left) and not is_typed:
            yield f"{name} of <{element.tag}>: {left[:80]}"
    if element.tag in _TYPED and is_for_words(element) and "dir" not in element:
        yield f"<{element.tag} name={element['name']!r}> turns nothing that is typed"


def is_for_words(element: Element) -> bool:
    return element.tag == "textarea" or element["type"] in ("", "text", "search")


def _own(element: Element) -> Iterator[str]:
    """Its texts, without those that stand in an element of their own."""
    for part in element.inside:
        if isinstance(part, str):
            yield part
        elif not _is_alone(part):
            yield from _own(part)


def _fact() -> dict[str, Any]:
    return {
        "statement": words(),
        "kind": "figure",
        "figure": {"value": "4", "unit": words()},
        "attribution": [
            {"source": "hebrew", "cue": words(), "speech": "direct", "quote": words()},
            {"source": "hebrew", "cue": words(), "speech": "indirect"},
        ],
        "citations": [
            {
                "source": "hebrew",
                "url": "https://example.org/1",
                "title": words(),
                "excerpt": {"exact": words(), "prefix": words(), "suffix": words()},
            }
        ],
        "occurred": {"literal": words(), "resolved": "2023-09-12", "basis": words()},
        "place": words(),
        "entities": [words(), words()],
        "note": [{"role": "desk", "text": words(), "is_publishable": True}],
    }


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    """Its people have Hebrew names, too."""
    with open_newsroom(servers("embedded")) as newsroom, serving(newsroom) as server:
        server.secrets |= {role: newsroom.issue_key(role, words())[0] for role in ROLES}
        yield Desk(server)


@pytest.fixture(scope="module")
def story(desk: Desk) -> str:
    """A story of which everything is written in Hebrew, and much has happened to it."""
    slug = desk.slug("hebrew")
    path = f"/v1/stories/{slug}"
    source = {"slug": "hebrew", "name": words(), "kind": "agency", "description": words()}
    desk.post("/v1/sources", source)
    desk.post("/v1/sources", source | {"slug": "hebrew-too", "name": words()})
    dateline = {"place": words(), "date": "2023-09-12"}
    desk.post(
        "/v1/stories",
        {"slug": slug, "headline": words(), "language": "he", "desk": words(), "dateline": dateline},
    )
    desk.post(f"{path}/facts", _fact())
    desk.post(f"{path}/facts", _fact() | {"rests_on": [{"story": slug, "fact": 1}]})
    nobody = {"reason": words(), "signed_off_by": words()}
    desk.post(f"{path}/facts", {"statement": words(), "kind": "event", "unattributed": nobody})
    copy = f"{words()}\n{words()}\n{words()}"
    span = {"fact": 1, "start": 0, "end": len(_WORDS), "exact": copy[: len(_WORDS)]}
    desk.post(f"{path}/copy", {"text": copy, "spans": [span], "reason": words()})
    desk.post(f"{path}/notes", {"role": "standards", "text": words(), "is_publishable": True})
    desk.post(f"{path}/editors-notes", {"text": words(), "reason": words()})
    published = desk.post(f"{path}/publications", {"reason": words()})
    fact = f"{path}/facts/1"
    correction = _fact() | {
        "was_wrong": words(),
        "reason": words(),
        "affects": ["names"],
        "cause": "our_error",
    }
    desk.post(f"{fact}/corrections", correction | {"expected_version": 1})
    desk.post(f"{fact}/clarifications", {"expected_version": 2, "place": words(), "reason": words()})
    changes: dict[str, dict[str, Any]] = {
        "responses": {"kind": "denies", "by": {"source": "hebrew"}, "reason": words()},
        "assessments": {"verification": "verified", "dispute": "disputed", "reason": words()},
    }
    for version, (change, body) in enumerate(changes.items(), 3):
        desk.post(f"{fact}/{change}", body | {"expected_version": version})
    desk.post(f"{path}/facts/3/retractions", {"expected_version": 1, "reason": words()})
    corrective = {"fact": 1, "ran_in": published["revision"] - 1, "text": words(), "reason": words()}
    more = f"{words()}\n{copy}"
    desk.post(f"{path}/copy", {"text": more, "spans": [], "reason": words()})
    desk.post(f"{path}/headline", {"headline": words(), "reason": words()})
    desk.post(f"{path}/publications", {"reason": words(), "words_stand": [1]})
    desk.post(f"{path}/correctives", corrective)
    desk.post(f"{path}/dateline", dateline | {"place": words(), "reason": words()})
    desk.post("/v1/sources/hebrew-too/discreditations", {"reason": words()})
    requests = [
        desk.post("/v1/requests", {"story": slug, "phrase": words(), "concern": words(), "contact": words()})
        for _ in range(2)
    ]
    desk.post(f"/v1/requests/{requests[0]['request']}/acknowledgements", {"note": words()})
    declined = {"reason": words(), "told": words()}
    desk.post(f"/v1/requests/{requests[1]['request']}/declinations", declined)
    kill = {"reason": words(), "notice": words()}
    assert desk.try_post(f"{path}/kills", kill).status_code == 202
    desk.settle()
    return slug


def walked(browser: Browser, story: str, *also: str) -> Iterator[Page]:
    """Pages that one comes to by links and forms, some of each kind, beginning with the story."""
    todo = [
        f"/stories/{story}",
        f"/stories/{story}?revision=12",
        "/",
        f"/sources?q={quote(_WORDS * 2)}",
        f"/?q={quote(_WORDS[:4])}",
        *also,
    ]
    seen: set[str] = set()
    kinds: Counter[Any] = Counter()
    while todo:
        address = todo.pop(0)
        if address in seen or not _is_page(address):
            continue
        seen.add(address)
        asked = urlsplit(address)
        kind = (re.sub(r"\d+|[0-9a-f-]{36}", "0", asked.path), frozenset(dict(parse_qsl(asked.query))))
        kinds[kind] += 1
        if kinds[kind] > _MOST:
            continue
        page = browser.get(address)
        yield page
        todo += [link.partition("#")[0] for link in page.links() if link.startswith("/")]
        for form in page.main.all("form"):
            if form["method"] == "post" and any(b["value"] == "preview" for b in form.all("button")):
                yield _tried(page)


def _is_page(address: str) -> bool:
    return not address.startswith(("/v1/", "/docs", "/audit.", "/sign-", "/assets/"))


def _tried(page: Page) -> Page:
    """What is shown of the form with Hebrew wherever words can be typed."""
    form = page.form
    names = [field["name"] for field in form.element.all(*_TYPED) if is_for_words(field) and field["name"]]
    typed = {name: form.fields[name] or words() for name in names if name not in ("mark", "once")}
    return form.send_fields("preview", typed)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "role",
    [None, "editor", *(pytest.param(role, marks=pytest.mark.thorough) for role in ("standards", "auditor"))],
)
def test_what_a_person_wrote_turns_nothing_and_is_turned_by_nothing(
    desk: Desk, story: str, role: Role | None
) -> None:
    browser = Browser.of(desk.server, role)
    also = ["/audit"] if role == "auditor" else ["/request", "/corrections"]
    if role == "editor":
        revisions = desk.get(f"/v1/stories/{story}/steps").json()["items"]
        made = next(one["revision"] for one in revisions if one["kind"] == "headline")
        also += [
            f"/stories/{story}/embed",
            f"/desk/stories/{story}/correct?fact=1",
            f"/desk/stories/{story}/undo?made={made}-{made}",
        ]
    found, texts = dict[str, str](), 0
    paths = set[str]()
    for page in walked(browser, story, *also):
        paths.add(urlsplit(page.address).path)
        texts += _is_turning(page.source)
        for wrong in astray(page.root):
            found.setdefault(wrong, page.address)
    browser.close()
    assert not found, "\n".join(f"{at.removeprefix(desk.server.url)} {wrong}" for wrong, at in found.items())
    assert texts > 10, "there must be something to look at"
    if role == "editor":
        not_seen = [
            path for path in _paths_of_the_desk() if not any(re.fullmatch(path, one) for one in paths)
        ]
        assert not_seen == []


def _paths_of_the_desk() -> Iterator[str]:
    """Patterns of the addresses of pages on which an editor can come to read what somebody wrote."""
    for module in site.MODULES:
        for route in module.endpoints.routes:
            assert isinstance(route, APIRoute)
            is_page = "GET" in (route.methods or ()) and _is_page(route.path)
            is_for_machines = "." in route.path or route.path.endswith(("/timemap", "/oembed"))
            if (
                is_page
                and not is_for_machines
                and not route.path.startswith(("/audit", "/webhooks", "/stream"))
            ):
                yield re.sub(r"\{\w+(:\w+)?\}", "[^/]+", route.path)
