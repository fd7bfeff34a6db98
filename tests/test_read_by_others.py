"""Do the programs of others read what we write: JSON-LD, PROV, tables of SQLite, the OpenAPI document?"""

import asyncio
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

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
    slug = desk.public(facts=2)
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

# Each files a fact with nothing but what was made, and prints the receipt.
OPENAPI_PYTHON_CLIENT = """
from made.client import AuthenticatedClient
from made.api.filing import report_fact
from made.models import Attribution, AttributionSpeech, ReportFact, ReportFactKind

fact = ReportFact(
    statement="A train left",
    kind=ReportFactKind.EVENT,
    attribution=[Attribution(source="ria", cue="said", speech=AttributionSpeech.INDIRECT)],
)
with AuthenticatedClient(base_url=URL, token=KEY, raise_on_unexpected_status=True) as client:
    receipt = report_fact.sync(STORY, client=client, body=fact, idempotency_key="once")
    again = report_fact.sync(STORY, client=client, body=fact, idempotency_key="once")
print(receipt.fact, receipt.position == again.position)
"""
CLIENTELE = """
import made.client
from made.schemas import Attribution, ReportFact

made.client.client.configure(config=made.client.config.Config(base_url=URL, headers={"Authorization": f"Bearer {KEY}"}))
fact = ReportFact(
    statement="A train left",
    kind="event",
    attribution=[Attribution(source="ria", cue="said", speech="indirect")],
)
receipt = made.client.report_fact(data=fact, slug=STORY)
print(receipt.fact, True)
"""


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("generator", "filing"),
    [
        (("openapi_python_client", "generate", "--path", "{document}", "--output-path", "{made}", "--meta", "none"),
         OPENAPI_PYTHON_CLIENT),
        (("clientele.cli", "start-api", "-f", "{document}", "-o", "{made}", "--regen"), CLIENTELE),
    ],
    ids=["openapi-python-client", "clientele"],
)  # fmt: skip
def test_a_client_that_is_made_of_the_document_files_a_fact(
    desk: Desk, tmp_path: Path, generator: tuple[str, ...], filing: str
) -> None:
    document, made = tmp_path / "openapi.json", tmp_path / "made"
    told = desk.client(None).get("/openapi.json").json()
    if "clientele.cli" in generator:  # it takes no answer with one shape for the desk and another for readers
        told["paths"] = {
            path: {"post": methods["post"]}
            for path, methods in told["paths"].items()
            if methods.get("post", {}).get("tags") == ["Filing"]
        }
    document.write_text(json.dumps(told))
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    words = [word.format(document=document, made=made) for word in generator]
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    slug = desk.open(facts=0)
    here = f"URL, KEY, STORY = {desk.server.url!r}, {desk.server.secret('reporter')!r}, {slug!r}\n"
    filed = subprocess.run(
        [sys.executable, "-c", here + filing], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert filed.stdout == "1 True\n", filed.stderr
    assert desk.get(f"/v1/stories/{slug}/facts/1").json()["statement"] == "A train left"
