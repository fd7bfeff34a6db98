"""Does a story go out in the formats of others as they are defined, and is it what readers, or the desk, see?"""

import csv
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import feedparser  # type: ignore[import-untyped]
import jsonschema_rs
import pytest
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from api.formats.addresses import Site
from api.formats.catalogue import BY_SUFFIX, FORMATS, preferred
from api.formats.fact_table import COLUMNS, harmless
from api.formats.telling import Telling
from api.formats.xml_text import in_xml
from api.intake import values
from api.intake.item import Item, Signal
from api.intake.recognising import read
from api.server.embedded import EmbeddedPostgres
from ledger.words import parse_instant
from tests.desk import CHANGES, OF_PUBLICATION, Desk, open_desk, problem
from tests.plain_browser import Browser

STANDARDS = Path(os.environ.get("FACTLEDGER_FORMATS", Path(__file__).parents[2] / "shared" / "formats"))
needs_schemas = pytest.mark.skipif(
    not STANDARDS.is_dir(),
    reason="the standards' own schemas are not here; FACTLEDGER_FORMATS says where they are",
)
SUFFIXES = [form.suffix for form in FORMATS]
HOSTILE = "=cmd|' /C calc'!A0 <script>&amp; ]]> -- \ufffe\u2028 # *a* _b_ [c](d) \"q\" 김"
G2 = "{http://iptc.org/std/nar/2006-10-01/}"


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers, publisher="The Daily & Ledger") as opened:
        yield opened


@pytest.fixture(scope="module")
def corrected(desk: Desk) -> str:
    """Published, then corrected; with something else at the desk that readers do not see."""
    slug = desk.open()
    desk.report(
        slug,
        kind="figure",
        statement=HOSTILE,
        figure={"value": "-5", "unit": "@trains"},
        citations=[{"source": "ria", "url": "https://ria.example/1", "title": "A <train>"}],
    )
    desk.report(slug, statement="CANARY", terms="off_record")
    desk.post(f"/v1/stories/{slug}/dateline", {"place": "Khasan", "date": "2023-09-12", "reason": "So."})
    desk.post(f"/v1/stories/{slug}/copy", {"text": f"A train arrived.\n\n{HOSTILE}", "reason": "First."})
    desk.publish(slug)
    desk.pass_time(hours=1)
    body = CHANGES["corrections"] | {"expected_version": 1, "reason": "CANARY"}
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", body)
    desk.post(
        f"/v1/stories/{slug}/facts/2/assessments",
        {"verification": "verified", "reason": "CANARY", "expected_version": 1},
    )
    desk.post(f"/v1/stories/{slug}/editors-notes", {"text": "We were wrong.", "reason": "CANARY"})
    desk.publish(slug)
    desk.post(f"/v1/stories/{slug}/notes", {"role": "legal", "text": "CANARY", "is_publishable": False})
    desk.settle()
    return slug


def get(desk: Desk, path: str, **headers: str) -> Response:
    return desk.client(None).get(
        path, headers={name.replace("_", "-"): said for name, said in headers.items()}
    )


def sent(desk: Desk, slug: str, suffix: str, query: str = "") -> str:
    answer = get(desk, f"/v1/stories/{slug}.{suffix}{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


# --- What holds for each -----------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("suffix", [*SUFFIXES, "atom"])
def test_every_format_is_at_an_address_of_the_api_and_of_the_page_and_tells_readers_what_they_may_know(
    desk: Desk, corrected: str, suffix: str
) -> None:
    api, page = (get(desk, f"{below}/stories/{corrected}.{suffix}") for below in ("/v1", ""))
    assert api.status_code == page.status_code == 200
    assert api.headers["content-type"] == page.headers["content-type"]
    assert api.headers["cache-control"] == page.headers["cache-control"] == "public, no-cache"
    assert page.headers["access-control-allow-origin"] == "*"
    assert "CANARY" not in api.text
    assert "CANARY" not in page.text
    assert "Not carried in this format" in api.text or "; of the story: " in api.text
    again = get(desk, f"/stories/{corrected}.{suffix}", if_none_match=page.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("suffix", [*SUFFIXES, "atom"])
def test_every_format_is_told_of_any_moment_and_a_moment_is_kept(
    desk: Desk, corrected: str, suffix: str
) -> None:
    first, now = (get(desk, f"/v1/stories/{corrected}.{suffix}?{way}") for way in ("edition=1", "edition=2"))
    assert first.status_code == now.status_code == 200
    assert first.headers["cache-control"] == "public, max-age=86400, s-maxage=31536000"
    assert first.text != now.text
    if suffix != "csv":
        assert "We were wrong" not in first.text
    assert get(desk, f"/v1/stories/{corrected}.{suffix}?edition=9").status_code == 404
    assert get(desk, f"/v1/stories/{corrected}.{suffix}?view=desk").status_code == 401


def test_what_the_desk_alone_has_is_said_to_be_left_out(desk: Desk) -> None:
    slug = desk.open(facts=1)
    dated = {"place": "Khasan", "date": "2019-04-24", "reason": "r", "expected_revision": 2}
    desk.post(f"/v1/stories/{slug}/dateline", dated)
    desk.settle()

    def said(suffix: str) -> str:
        return str(desk.client("editor").get(f"/v1/stories/{slug}.{suffix}").text)

    for suffix in ("ninjs", "prov.json"):
        assert "day of the dateline" in said(suffix)
    for suffix in ("newsml", "jsonld", "md", "txt"):
        assert "day of the dateline" not in said(suffix)
    assert said("csv").splitlines()[1].endswith(",earlier versions; of the story: day of the dateline")
    bare = desk.open(facts=0)
    desk.settle()
    assert desk.client("editor").get(f"/v1/stories/{bare}.csv").text.count("\n") == 1
    desk.post(f"/v1/stories/{bare}/copy", {"text": "A train arrived.", "reason": "First."})
    desk.settle()
    _, row = desk.client("editor").get(f"/v1/stories/{bare}.csv").text.splitlines()
    assert row.startswith(f"{bare},,")
    assert row.endswith(",no facts; of the story: copy")


def test_the_feed_of_the_desk_has_every_revision_up_to_any_moment(desk: Desk, corrected: str) -> None:
    path = f"/v1/stories/{corrected}"
    ledger, last = desk.get(f"{path}/revisions?limit=100").json()["items"], 0
    for asked in ("", "?revision=3", f"?position={ledger[3]['position']}"):
        feed = feedparser.parse(desk.client("editor").get(f"{path}.atom{asked}").text)
        told = [int(entry.link.rpartition("revision=")[2]) for entry in feed.entries]
        last = int(asked.rpartition("=")[2]) if "revision" in asked else 4 if asked else len(ledger)
        assert told == [*range(last, 0, -1)]
        assert feed.entries[0].author == ledger[last - 1]["by"]
    assert any(
        "We were wrong" in entry.summary for entry in feedparser.parse(sent(desk, corrected, "atom")).entries
    )
    of_desk = desk.client("editor").get(f"{path}.atom")
    of_readers = desk.client("editor").get(f"{path}.atom?view=reader")
    assert "not for publication" in of_desk.text
    assert re.sub("(&amp;|[?])view=reader", "", of_readers.text) == sent(desk, corrected, "atom")
    feed = {"accept": "application/atom+xml"}
    for address in (path, f"/stories/{corrected}"):
        assert get(desk, address, **feed).text == get(desk, f"{address}.atom").text
    assert desk.client("editor").get(path, headers=feed).text == of_desk.text


@pytest.mark.parametrize("suffix", [*SUFFIXES, "atom"])
def test_with_a_key_it_is_the_desks_view_and_says_that_it_is_not_for_use(
    desk: Desk, corrected: str, suffix: str
) -> None:
    answer = desk.client("editor").get(f"/v1/stories/{corrected}.{suffix}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "access-control-allow-origin" not in answer.headers
    if suffix in ("csv", "jsonld", "prov.json"):
        assert "CANARY" in answer.text
    if suffix in ("ninjs", "newsml"):
        assert "withheld" in answer.text
        assert "not for publication" in answer.text
    as_readers = desk.client("editor").get(f"/v1/stories/{corrected}.{suffix}?view=reader")
    assert "CANARY" not in as_readers.text


@pytest.mark.parametrize("suffix", [*SUFFIXES, "atom"])
@pytest.mark.parametrize(("act", "status"), [("kills", 410), ("takedowns", 451), ("holds", 404)])
@pytest.mark.thorough
def test_what_is_withdrawn_is_withdrawn_in_every_format(
    desk: Desk, suffix: str, act: str, status: int
) -> None:
    slug = desk.public()
    if act == "holds":
        desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
    else:
        desk.do(slug, act)
    desk.settle()
    for below in ("/v1", ""):
        for query in ("", "?edition=1"):
            problem(get(desk, f"{below}/stories/{slug}.{suffix}{query}"), status)
        draft = desk.open()
        problem(get(desk, f"{below}/stories/{draft}.{suffix}"), 404)


def test_who_is_signed_in_gets_what_the_desk_sees_and_nobody_keeps_it(desk: Desk, corrected: str) -> None:
    browser = Browser.of(desk.server, "editor")
    try:
        answer = browser.http.get(f"/stories/{corrected}.csv")
        assert "CANARY" in answer.text
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "access-control-allow-origin" not in answer.headers
    finally:
        browser.close()


# --- Which one ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS, ids=SUFFIXES)
@pytest.mark.parametrize("below", ["/v1", ""])
def test_who_asks_for_a_format_at_the_address_of_the_story_gets_it(
    desk: Desk, corrected: str, form: Any, below: str
) -> None:
    asked = get(desk, f"{below}/stories/{corrected}", accept=form.media_type.partition(";")[0])
    assert asked.status_code == 200
    assert asked.headers["content-type"].partition(";")[0] == form.media_type.partition(";")[0]
    assert asked.text == get(desk, f"{below}/stories/{corrected}.{form.suffix}").text
    assert "Accept" in re.split(", *", asked.headers["vary"])


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        (None, None),
        ("*/*", None),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", None),
        ("application/json, text/plain, */*", None),
        ("text/csv", "csv"),
        ("TEXT/CSV ; q=0.5, text/html;q=0.4", "csv"),
        ("text/csv;q=0.1, */*", None),
        ("text/csv;q=0", None),
        ("text/csv;q=2, application/json;q=0.1", None),
        ("text/csv;q=x", None),
        ("text/csv;q=nan", None),
        ("application/ld+json, text/csv", "jsonld"),
        ("application/ld+json;q=0.9, text/csv", "csv"),
        ("application/*", None),
        ("," * 5_000 + "text/csv", None),
        (";;;,;q=;,", None),
    ],
)  # fmt: skip
def test_the_one_that_is_liked_best_is_taken(accept: str | None, suffix: str | None) -> None:
    found = preferred(accept, "application/json", "text/html")
    assert (found and found.suffix) == suffix


# --- As they are defined -----------------------------------------------------------------------------------------


@cache
def ninjs_schema() -> jsonschema_rs.Draft202012Validator:
    text = (STANDARDS / "ninjs" / "ninjs-schema_3.1.json").read_text()
    # Another schema, which would have to be fetched, for places that no export has.
    schema = json.loads(text.replace("https://geojson.org/schema/GeoJSON.json#", "#/$defs/linkType"))
    schema["$defs"]["linkType"] = True
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


@cache
def newsml_schema() -> etree.XMLSchema:
    file = STANDARDS / "newsml-g2" / "NewsML-G2_2.35-spec-All-Power.xsd"
    return etree.XMLSchema(etree.parse(file, etree.XMLParser(no_network=True)))


def errors_under_the_schema(suffix: str, written: bytes) -> list[str]:
    if suffix == "ninjs":
        return [error.message for error in ninjs_schema().iter_errors(json.loads(written))]
    tree = etree.fromstring(written, etree.XMLParser(no_network=True, resolve_entities=False))
    newsml_schema().validate(tree)
    return [error.message for error in newsml_schema().error_log]


@needs_schemas
@pytest.mark.parametrize("suffix", ["ninjs", "newsml"])
@pytest.mark.parametrize("query", ["", "?edition=1"])
@pytest.mark.parametrize("role", [None, "editor"])
def test_what_goes_out_is_valid_under_the_schema_of_the_iptc(
    desk: Desk, corrected: str, query: str, role: Any, suffix: str
) -> None:
    answer = desk.client(role).get(f"/v1/stories/{corrected}.{suffix}{query}")
    assert errors_under_the_schema(suffix, answer.content) == []


def test_ninjs_says_what_readers_saw_and_the_signal_in_the_iptcs_own_code(desk: Desk, corrected: str) -> None:
    told = json.loads(sent(desk, corrected, "ninjs"))
    shown = get(desk, f"/v1/stories/{corrected}").json()
    assert told["uri"] == f"{desk.server.url}/stories/{corrected}"
    assert told["version"] == "2"
    assert told["versionCreated"] == shown["publication"]["published_at"]
    assert told["firstCreated"] == shown["publication"]["first_published_at"]
    assert told["pubStatus"] == "usable"
    assert told["headlines"][0]["value"] == "A train"
    assert told["bodies"][0]["value"] == shown["copy"]["text"]
    assert told["located"] == "Khasan"
    assert told["copyrightHolder"] == "The Daily & Ledger"
    signals = [one["uri"] for one in told["subjects"] if one.get("rel") == "signal"]
    assert signals == [f"http://cv.iptc.org/newscodes/signal/{code}" for code in ("update", "correction")]
    assert "Correction: It left and did not arrive." in told["edNote"]
    assert "We were wrong." in told["edNote"]
    assert (
        "Not carried in this format: day of the dateline, 2 facts, earlier versions."
        in told["descriptions"][0]["value"]
    )
    first = json.loads(sent(desk, corrected, "ninjs", "?edition=1"))
    assert not [one for one in first["subjects"] if one.get("rel") == "signal"]


def test_newsml_says_what_readers_saw(desk: Desk, corrected: str) -> None:
    root = ET.fromstring(sent(desk, corrected, "newsml").encode())  # noqa: S314  our own
    assert root.attrib["guid"] == f"{desk.server.url}/stories/{corrected}"
    assert root.attrib["version"] == "2"
    assert root.findtext(f".//{G2}headline") == "A train"
    assert [signal.attrib["qcode"] for signal in root.iter(f"{G2}signal")] == [
        "sig:update",
        "sig:correction",
    ]
    paragraphs = [p.text or "" for p in root.iter("{http://www.w3.org/1999/xhtml}p")]
    assert paragraphs[0] == "A train arrived."
    assert paragraphs[1].startswith("=cmd|")
    assert "\ufffd" in "".join(paragraphs)  # what XML has no letter for


def test_prov_says_who_said_it_from_what_and_what_was_replaced(desk: Desk, corrected: str) -> None:
    told = json.loads(sent(desk, corrected, "prov.json"))
    entities, agents = told["entity"], told["agent"]
    names = {*entities, *agents, *told.get("activity", {})}
    for kind, records in told.items():
        if kind in ("prefix", "entity", "agent", "activity"):
            continue
        for record in records.values():
            ends = [
                value for name, value in record.items() if name not in ("prov:type", "prov:time", "fl:cue")
            ]
            assert set(ends) <= names, (kind, record)
    prefixes = {*told["prefix"], "prov", "xsd"}
    assert {name.partition(":")[0] for name in names} <= prefixes
    assert agents["source:ria"]["prov:label"] == "RIA"
    assert entities["fact:1?version=2"]["prov:value"] == "A train left Vladivostok"
    derived = [
        (record["prov:generatedEntity"], record["prov:usedEntity"])
        for record in told["wasDerivedFrom"].values()
    ]
    assert ("fact:1?version=2", "fact:1?version=1") in derived
    assert ("fact:2?version=2", "fact:2#citation-1") in derived
    (gone,) = told["wasInvalidatedBy"].values()
    assert gone["prov:entity"] == "fact:1?version=1"
    assert told["activity"][gone["prov:activity"]]["prov:type"] == "fl:correction"


def test_the_table_of_facts_is_a_row_a_fact_and_works_nothing_out(desk: Desk, corrected: str) -> None:
    text = sent(desk, corrected, "csv")
    assert text.count("\r\n") >= 3
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert [row["fact"] for row in rows] == ["1", "2"]
    assert rows[1]["statement"].startswith("'=cmd|")
    assert (rows[1]["figure"], rows[1]["unit"]) == ("'-5", "'@trains")
    assert rows[1]["cited"] == "https://ria.example/1"
    assert rows[1]["verification"] == "verified"
    for row in rows:
        assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


@pytest.mark.parametrize("suffix", ["md", "txt"])
def test_text_reads_as_the_story_does(desk: Desk, corrected: str, suffix: str) -> None:
    text = sent(desk, corrected, suffix)
    lines = [line for line in text.splitlines() if line]
    assert {"md": "# A train", "txt": "Headline: A train"}[suffix] in lines
    assert "A train arrived." in lines
    assert "Place: Khasan" in lines
    assert "Dated: 2023-09-12" in lines
    assert "It left and did not arrive." in text
    if suffix == "md":
        assert "<script>" not in text.replace("\\<", "")
        assert "*a*" not in text
        assert "\\*a\\*" in text


# --- No text at all breaks one -----------------------------------------------------------------------------------


def a_story(text: str) -> Telling:
    fact = {
        "fact": 1, "version": 2, "kind": "event", "standing": "standing", "statement": text, "place": text,
        "verification": "verified", "dispute": "undisputed", "terms": "on_record", "entities": [text], "rests_on": [],
        "citations": [{"source": "s", "url": "https://example.org/", "title": text}],
        "attribution": [{"source": "s", "cue": text, "speech": "direct", "quote": text}],
        "figure": {"value": "1", "unit": text},
    }  # fmt: skip
    change = {
        "kind": "correction", "fact": 1, "version": 2, "revision": 3, "was_wrong": text, "edition": 2,
        "published_at": "2023-09-12T10:00:00.000000Z", "public_seconds": 5.0,
    }  # fmt: skip
    document = {
        "story": "story", "headline": text, "language": "en", "desk": text, "edition": 2, "copy": {"text": text},
        "dateline": {"place": text, "date": "2023-09-12"}, "facts": [fact], "changes": [change], "correctives": [],
        "notes": [{"role": "editor", "text": text}], "sources": {"s": {"name": text, "kind": "agency"}},
        "publication": {
            "signals": ["sig:correction"], "published_at": "2023-09-12T10:00:00.000000Z",
            "first_published_at": "2023-09-12T09:00:00.000000Z",
        },
    }  # fmt: skip
    return Telling(Site("https://news.example"), "story", document, is_desk=False)


@pytest.mark.thorough
@given(st.text(min_size=1))
def test_no_text_at_all_breaks_a_format(text: str) -> None:
    story = a_story(text)
    for form in FORMATS:
        written = form.write(story)
        written.encode()
        if "json" in form.suffix or form.suffix == "ninjs":
            json.loads(written)
        elif form.suffix == "newsml":
            root = ET.fromstring(written.encode())  # noqa: S314  our own
            assert root.find(f".//{G2}headline") is not None
        elif form.suffix == "csv":
            (row,) = csv.DictReader(io.StringIO(written, newline=""))
            assert row["statement"] == harmless(text)


@needs_schemas
@pytest.mark.thorough
@pytest.mark.parametrize("suffix", ["ninjs", "newsml"])
@given(
    line=st.text(
        st.characters(codec="utf-8", exclude_characters="".join(map(chr, [*range(32), 127]))), min_size=1
    ),
    text=st.text(min_size=1),
    is_desk=st.booleans(),
)
def test_whatever_text_goes_out_is_valid_under_the_schema_of_the_iptc(
    suffix: str, line: str, text: str, is_desk: bool
) -> None:
    """A line has no control characters (`ledger.words.Line`), which the schema takes in no name either."""
    story = a_story(line)
    said = {"copy": {"text": text}, "notes": [{"role": "editor", "text": text}]}
    story = replace(story, is_desk=is_desk, document={**story.document, **_OF_THE_DESK, **said})
    assert errors_under_the_schema(suffix, BY_SUFFIX[suffix].write(story).encode()) == []


_OF_THE_DESK = {"revision": 7, "recorded_at": "2023-09-12T11:00:00.000000Z"}
_WORDS = st.text(min_size=1).filter(lambda text: values.line(text) is not None)


@pytest.mark.thorough
@pytest.mark.parametrize("suffix", ["ninjs", "newsml", "md", "txt", "jsonld"])
@given(headline=_WORDS, text=st.one_of(st.just(""), _WORDS), place=_WORDS)
def test_what_goes_out_comes_in_again_as_it_was(suffix: str, headline: str, text: str, place: str) -> None:
    """As far as the format can carry it, and by what reads the items of others."""
    story = a_story("x")
    told = {"headline": headline, "copy": {"text": text}, "dateline": {"place": place, "date": "2023-09-12"}}
    story = replace(story, document={**story.document, **told})
    form = BY_SUFFIX[suffix]
    (item,) = read(form.write(story).encode(), form.media_type)
    assert isinstance(item, Item), item
    as_carried = in_xml if suffix == "newsml" else str
    assert item.origin.id == story.page
    assert item.origin.version == "2"
    assert item.headline == values.line(as_carried(headline))
    assert item.text == values.lines(as_carried("\n".join(story.paragraphs)))
    assert item.place == values.line(as_carried(place))
    assert item.language == "en"
    assert item.slugline == (None if suffix == "jsonld" else "story")
    assert item.origin.created == parse_instant(story.changed)
    assert item.desk == "x"
    assert item.signal == Signal.CORRECTION


def test_every_address_that_is_told_is_one(desk: Desk, corrected: str) -> None:
    told = json.loads(sent(desk, corrected, "jsonld"))
    for address in (told["url"], told["@id"], *(claim["url"] for claim in told["hasPart"])):
        parts = urlsplit(address)
        where = f"{parts.path}?{parts.query}" if parts.query else parts.path
        assert get(desk, where).status_code == 200
