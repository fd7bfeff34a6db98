"""Do the programs of others read what we write: pages, JSON-LD, PROV, tables of SQLite, the OpenAPI document?"""

import asyncio
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import extruct  # type: ignore[import-untyped]
import pytest
from datasette.app import Datasette  # type: ignore[import-untyped]
from prov.identifier import QualifiedName
from prov.model import ProvDerivation, ProvDocument, ProvEntity
from pyld import jsonld  # type: ignore[import-untyped]
from sqlite_utils import Database

from api.terminal.as_sqlite import write
from tests.desk import CHANGES, Desk


@pytest.fixture(scope="module")
def corrected(desk: Desk) -> str:
    slug = desk.open(facts=2)
    desk.post(
        f"/v1/stories/{slug}/copy", {"text": "A train came.\n\nThen it rained.", "reason": "First filing."}
    )
    desk.publish(slug)
    desk.pass_time(hours=1)
    body = CHANGES["corrections"] | {"expected_version": 1}
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", body)
    desk.publish(slug)
    desk.settle()
    return slug


def sent(desk: Desk, slug: str, suffix: str) -> str:
    answer = desk.client(None).get(f"/v1/stories/{slug}.{suffix}")
    assert answer.status_code == 200
    return answer.text


def test_pyld_expands_the_article_without_fetching_anything(desk: Desk, corrected: str) -> None:
    def refuse(address: str, _: Any) -> Any:
        raise AssertionError(f"{address} was to be fetched")

    document = json.loads(sent(desk, corrected, "jsonld"))
    (article,) = jsonld.expand(document, {"documentLoader": refuse})
    assert article["@type"] == ["https://schema.org/NewsArticle"]
    assert article["https://schema.org/headline"] == [{"@value": document["headline"]}]
    (correction,) = article["https://schema.org/correction"]
    assert correction["@type"] == ["https://schema.org/CorrectionComment"]
    quads = jsonld.to_rdf(document, {"documentLoader": refuse, "format": "application/n-quads"})
    assert f"<{document['@id']}> <https://schema.org/headline>" in quads


def test_extruct_reads_the_page_of_a_corrected_story_as_the_record_has_it(desk: Desk, corrected: str) -> None:
    """As search engines and link previews read it."""
    reader = desk.client(None)
    record = reader.get(f"/v1/stories/{corrected}").json()
    (correction,) = record["changes"]
    first, last = reader.get(f"/v1/stories/{corrected}/revisions").json()["items"]
    here = f"{desk.server.url}/stories/{corrected}"
    for path in (here, f"{here}?edition={record['edition']}"):
        found = extruct.extract(reader.get(path).text, base_url=path, errors="strict")
        (article,) = found["json-ld"]
        assert article["@type"] == "NewsArticle"
        assert article["headline"] == record["headline"]
        assert article["inLanguage"] == record["language"]
        desk_of_ours = {"@type": "Organization", "name": "127.0.0.1", "url": f"{desk.server.url}/"}
        assert article["author"] == article["publisher"] == desk_of_ours
        assert article["datePublished"] == first["published_at"]
        assert article["dateModified"] == last["published_at"] == correction["published_at"]
        (comment,) = article["correction"]
        assert comment["@type"] == "CorrectionComment"
        assert comment["datePublished"] == correction["published_at"]
        assert comment["text"].startswith(f"Correction: {correction['was_wrong']}")
        assert comment["about"]["@id"].endswith(f"/v1/stories/{corrected}/facts/{correction['fact']}")
        (graph,) = found["opengraph"]
        assert dict(graph["properties"]) == {
            "og:type": "article",
            "og:title": record["headline"],
            "og:description": "A train came. Then it rained.",
            "og:url": here,
            "og:site_name": "127.0.0.1",
            "og:locale": record["language"],
            "article:published_time": first["published_at"],
            "article:modified_time": last["published_at"],
            "article:section": record["desk"],
        }
        assert found["microdata"] == []  # it says everything once


def test_prov_reads_who_said_what_and_what_it_replaced(desk: Desk, corrected: str) -> None:
    document = ProvDocument.deserialize(content=sent(desk, corrected, "prov.json"), format="json")
    entities = {str(one.identifier): one for one in document.get_records(ProvEntity)}
    assert {"fact:1?version=1", "fact:1?version=2", "fact:2?version=1"} <= entities.keys()
    derived = [
        tuple(str(value) for _, value in one.formal_attributes[:2] if isinstance(value, QualifiedName))
        for one in document.get_records(ProvDerivation)
    ]
    assert ("fact:1?version=2", "fact:1?version=1") in derived
    assert ProvDocument.deserialize(content=document.serialize(format="json"), format="json") == document
    assert "prefix fact <" in document.get_provn()


def test_sqlite_utils_and_datasette_open_what_is_exported(desk: Desk, corrected: str, tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    write(desk.newsroom.views, file, for_readers=True)
    with closing(Database(file).conn) as connection:
        tables = Database(connection)
        facts = tables.table("facts")
        assert facts.detect_fts() == "facts_fts"
        assert {key.other_table for key in facts.foreign_keys} >= {"stories"}
        found = [row["story"] for row in facts.search("Vladivostok")]
        assert corrected in found
        assert {row["slug"] for row in tables.table("stories").rows} >= {corrected}

    async def opened() -> list[Any]:
        datasette = Datasette([str(file)])
        await datasette.invoke_startup()
        return [
            (await datasette.client.get(path)).json()
            for path in (
                "/ledger/facts.json?_search=Vladivostok&_shape=array",
                f"/ledger/stories.json?slug={corrected}&_shape=array",
            )
        ]

    with ThreadPoolExecutor(1) as aside:  # in this thread the loop of a browser may run
        found_by_words, (story,) = aside.submit(lambda: asyncio.run(opened())).result()
    assert corrected in str(found_by_words)
    assert story["slug"] == corrected


# --- Clients that others make of the OpenAPI document --------------------------------------------------------------

# Each files a fact with nothing but what was made of the whole document, and reads the story as the desk and as readers
# see it, which are two shapes.
OPENAPI_PYTHON_CLIENT = """
from made.client import AuthenticatedClient, Client
from made.api.filing import report_fact
from made.api.publishing import publish_story
from made.api.reading import show_story
from made.models import Attribution, AttributionSpeech, PublishStory, ReportFact, ReportFactKind

fact = ReportFact(
    statement="A train left",
    kind=ReportFactKind.EVENT,
    attribution=[Attribution(source="ria", cue="said", speech=AttributionSpeech.INDIRECT)],
)
with AuthenticatedClient(base_url=URL, token=KEY, raise_on_unexpected_status=True) as client:
    receipt = report_fact.sync(STORY, client=client, body=fact, idempotency_key="once-here")
    again = report_fact.sync(STORY, client=client, body=fact, idempotency_key="once-here")
    published = publish_story.sync(STORY, client=client, body=PublishStory(revision=receipt.revision, reason="Read."))
    story = show_story.sync(STORY, client=client, at_least=published.position)
    seen = show_story.sync(STORY, client=Client(base_url=URL), at_least=published.position)
print(receipt.fact, receipt.position == again.position)
print(type(story).__name__, story.facts[0].statement, type(seen).__name__, seen.edition, seen.facts[0].statement)
"""
AIOPENAPI3 = """
from aiopenapi3 import OpenAPI

ledger = OpenAPI.load_sync(f"{URL}/openapi.json")
ledger.authenticate(key=KEY)
Fact = ledger.components.schemas["ReportFact"].get_type()
Publish = ledger.components.schemas["PublishStory"].get_type()
fact = Fact(
    statement="A train left",
    kind="event",
    attribution=[{"source": "ria", "cue": "said", "speech": "indirect"}],
)
once = {"slug": STORY, "Idempotency-Key": "once"}
receipt = ledger._.report_fact(parameters=once, data=fact)
again = ledger._.report_fact(parameters=once, data=fact)
publish = Publish(revision=receipt.revision, reason="Read.")
published = ledger._.publish_story(parameters={"slug": STORY}, data=publish)
asked = {"slug": STORY, "at_least": published.position}
story = ledger._.show_story(parameters=asked)
ledger.authenticate(None)
seen = ledger._.show_story(parameters=asked)
print(receipt.fact, receipt.position == again.position)
print(type(story).__name__, story.facts[0].statement, type(seen).__name__, seen.edition, seen.facts[0].root.statement)
"""


def run(*words: str, cwd: Path) -> str:
    """What it printed."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("generator", "filing"),
    [
        (("openapi_python_client", "generate", "--path", "{document}", "--output-path", "{made}", "--meta", "none"),
         OPENAPI_PYTHON_CLIENT),
        ((), AIOPENAPI3),  # makes its classes while it runs
    ],
    ids=["openapi-python-client", "aiopenapi3"],
)  # fmt: skip
def test_a_client_that_is_made_of_the_whole_document_files_a_fact_and_reads_the_story(
    desk: Desk, tmp_path: Path, generator: tuple[str, ...], filing: str
) -> None:
    document, made = tmp_path / "openapi.json", tmp_path / "made"
    document.write_text(desk.client(None).get("/openapi.json").text)
    if generator:
        said = run("-m", *(word.format(document=document, made=made) for word in generator), cwd=tmp_path)
        assert "warning" not in said.lower(), said
    slug = desk.open(facts=0)
    here = f"URL, KEY, STORY = {desk.server.url!r}, {desk.server.secret('editor')!r}, {slug!r}\n"
    shapes = "StoryDocument A train left ReaderStory 1 A train left"
    assert run("-c", here + filing, cwd=tmp_path) == f"1 True\n{shapes}\n"
    assert desk.get(f"/v1/stories/{slug}/facts/1").json()["statement"] == "A train left"
