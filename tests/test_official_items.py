"""Does the ledger itself take the standards' own example items, each once?

They are sent as a wire sends them (`POST /v1/intake`), by a provider that says a language and a desk for items without.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from lxml import etree

from tests.desk import Desk, problem
from tests.test_newsml_g2 import NAR, NITF
from tests.test_ninjs import official
from tests.test_taking import Wire, as_read, told

EXAMPLES = official("ninjs/examples/*/*.json", "newsml-g2/examples/*.xml")
PROVIDERS = ["REUTERS", "about", "AcmeNews", "EX"]  # under whose names they come
MEDIA_TYPES = {".json": "application/ninjs+json", ".xml": "application/vnd.iptc.g2.newsitem+xml"}
# By how the file is called: the headline, which two of them do not have.
HEADLINES = {
    "001": "Captain of wrecked cruise ship on trial in Italy",
    "004": "Captain of wrecked cruise ship on trial in Italy",
    "005": "Captain of wrecked cruise ship on trial in Italy",
    "008_event": "2023 NATO Summit Press Conference",  # its title
    "008_extension": None,
    "LISTING_1_": 'Fed to halt QE to avert "bubble"',
    "LISTING_29_": None,
    "LISTING_2_": 'Fed to halt QE to avert "bubble"',
    "LISTING_6_": "UK",
}


@pytest.fixture
def wire(desk: Desk) -> Iterator[Wire]:
    with closing(Wire(desk, language="en", names=PROVIDERS)) as wire:
        yield wire


def send(wire: Wire, file: Path) -> Response:
    return wire.send(file.read_bytes(), MEDIA_TYPES[file.suffix])


def assert_is_replayed(desk: Desk, first: Response, second: Response, head: int) -> None:
    assert second.status_code == 201
    assert second.headers["idempotent-replayed"] == "true"
    names = ("story", "position", "event_id", "revision", "state")
    assert [second.json()[name] for name in names] == [first.json()[name] for name in names]
    assert desk.head() == head


@pytest.mark.parametrize("file", EXAMPLES)
def test_every_example_of_a_standard_is_taken_once(desk: Desk, wire: Wire, file: Path) -> None:
    [headline] = [said for name, said in HEADLINES.items() if file.name.startswith(name)]
    before = desk.head()
    first = send(wire, file)
    assert first.status_code == 201, first.text
    head = desk.head()
    assert head > before
    assert_is_replayed(desk, first, send(wire, file), head)
    story = told(desk, first.json()["story"])
    if headline is None:  # it says nothing to readers: it is kept under its id, and not published
        assert story["publication"]["state"] == "draft"
        assert as_read(desk, first.json()["story"]).status_code == 404
        return
    assert story["headline"] == headline
    assert as_read(desk, first.json()["story"]).json()["headline"] == headline


def test_nitf_is_taken_once(desk: Desk, wire: Wire) -> None:
    """Of which no example comes with the standard."""
    body = NITF.replace('<date.release norm="20230912T150000Z"/>', "").encode("latin-1")
    first = wire.send(body, "application/nitf+xml")
    assert first.status_code == 201, first.text
    head = desk.head()
    assert_is_replayed(desk, first, wire.send(body, "application/nitf+xml"), head)
    story = as_read(desk, first.json()["story"]).json()
    assert (story["headline"], story["language"], story["desk"]) == ("Le port fermé été", "fr-CA", "Monde")
    assert story["copy"]["text"].startswith("Un.\nAprès\n")
    assert story["dateline"] == {"place": "Zell", "date": "2023-09-12"}


# --- Whatever becomes of one on its way ------------------------------------------------------------------------------

VALUES: tuple[Any, ...] = (None, 7, "", "x\x00\x1b<p>", [], [{}], {"value": [1]}, "9999-12-31T23:59:59-12:00")


def spoilt_ninjs(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """With each member of it as something else, or gone."""
    for name in item:
        yield {other: said for other, said in item.items() if other != name}
        yield from (item | {name: value} for value in VALUES)


def spoilt_newsml(root: Any) -> Iterator[Any]:
    """With each of its elements gone, empty or with other words in it."""
    for number in range(1, sum(1 for _ in root.iter(etree.Element))):
        for way in range(3):
            copied = deepcopy(root)
            element = list(copied.iter(etree.Element))[number]
            if way == 0:
                element.getparent().remove(element)
            elif way == 1:
                element.clear()
            else:
                element[:] = []
                element.text = "9999-12-31T23:59:59-12:00"
            yield copied


@pytest.mark.thorough
@pytest.mark.parametrize("file", EXAMPLES)
def test_an_example_that_is_spoilt_anywhere_is_taken_or_told_what_it_lacks(
    desk: Desk, wire: Wire, file: Path
) -> None:
    if file.suffix == ".json":
        spoilt = list(spoilt_ninjs(json.loads(file.read_text())))
        for number, each in enumerate(spoilt):
            if isinstance(each.get("uri"), str) and each["uri"].startswith(("http", "urn")):
                each["uri"] += f"/{number}"
        body, media_type, sent = json.dumps(spoilt).encode(), MEDIA_TYPES[".json"], len(spoilt)
    else:
        elements = list(spoilt_newsml(etree.parse(file).getroot()))
        message = etree.Element(f"{{{NAR}}}newsMessage")
        for number, element in enumerate(elements):
            element.set("guid", f"{element.get('guid')}/{number}")
        items = etree.SubElement(message, f"{{{NAR}}}itemSet")
        items.extend(elements)
        body, sent = etree.tostring(message), len(elements)
        media_type = "application/vnd.iptc.g2.newsmessage+xml"
    answer = wire.send(body, media_type)
    assert answer.status_code == 201, answer.text
    told = answer.json()["items"]
    assert len(told) == sent
    assert all(one["refused"]["detail"] for one in told if "refused" in one)
    assert all(one["taken"]["story"] for one in told if "refused" not in one)
    assert "refused" in {name for one in told for name in one}


@pytest.mark.parametrize("file", EXAMPLES)
def test_an_example_that_is_cut_off_is_refused_and_records_nothing(
    desk: Desk, wire: Wire, file: Path
) -> None:
    whole, head = file.read_bytes().rstrip(), desk.head()
    for part in range(8):
        answer = wire.send(whole[: len(whole) * part // 8] or b" ", MEDIA_TYPES[file.suffix])
        assert problem(answer, 422)["detail"]
    assert desk.head() == head
