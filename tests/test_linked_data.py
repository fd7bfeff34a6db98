"""Is what linked data says of a story in the words of schema.org, every one of them, and is it what readers saw?"""

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib import RDF, BNode, Graph, Literal

from api.formats.addresses import Site
from api.formats.linked_data import JSON_LD, article, written
from api.formats.telling import Telling
from api.server.embedded import EmbeddedPostgres
from tests.desk import OF_PUBLICATION, Desk, open_desk, problem

Node = dict[str, Any]
AS_SCHEMA_ORG = {"@vocab": "https://schema.org/"}
SITE = Site("https://news.example")


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        for slug, name, kind in (
            ("kremlin", "The Kremlin", "organisation"),
            ("putin", "Vladimir Putin", "person"),
            ("order", "An order of the day", "document"),
            ("table", "Rail traffic", "dataset"),
            ("page", "A page", "webpage"),
            ("us", "Our own reporter", "own"),
        ):
            opened.post("/v1/sources", {"slug": slug, "name": name, "kind": kind})
        yield opened


CITATIONS = [
    {
        "source": "ria",
        "url": "https://ria.example/1",
        "title": "A train has come",
        "published_at": "2023-09-12T10:00:00Z",
        "accessed_at": "2023-09-12T11:00:00Z",
        "archived_url": "https://archive.example/1",
        "digest": "sha-256:" + "0" * 64,
        "excerpt": {"exact": "a train has come", "prefix": "today", "suffix": "."},
    },
    {"source": "table", "url": "https://data.example/table"},
]


def link(source: str, **said: Any) -> Node:
    return {"source": source, "cue": "said", "speech": "indirect"} | said


@pytest.fixture(scope="module")
def rich(desk: Desk) -> str:
    """A published story of which everything was said that can be said, and corrected in every way."""
    slug = desk.slug()
    head = {"headline": "A train", "language": "en", "desk": "world"}
    dateline = {"place": "Moscow", "date": "2023-09-12"}
    desk.post("/v1/stories", {"slug": slug, **head, "dateline": dateline})
    desk.report(
        slug,
        statement="RIA reported that the Kremlin said that a train had come",
        attribution=[link("ria"), link("kremlin")],
        citations=CITATIONS,
        occurred={"literal": "on Tuesday", "resolved": "2023-09-12", "basis": "the dateline"},
        place="Vladivostok",
        entities=["Kim Jong-un", "Vladivostok"],
        note=[{"role": "desk", "text": "CANARY", "is_publishable": False}],
    )
    desk.report(
        slug,
        kind="quote",
        statement="Putin greeted him",
        attribution=[link("ria"), link("putin", speech="direct", quote="Welcome!")],
        citations=CITATIONS[:1],
        occurred={"resolved": "2023-09~"},
    )
    desk.report(
        slug,
        kind="figure",
        statement="It had twenty carriages",
        figure={"value": "20", "unit": "carriages"},
        attribution=[link("table")],
        citations=[{"source": "order"}, {"source": "page"}, {"source": "us"}],
        rests_on=[{"story": slug, "fact": 1}],
        occurred={"literal": "on Tuesday"},  # read, and so only a guess
    )
    for statement in ("It came at noon", "It came at night", "It never came"):
        desk.report(
            slug,
            statement=statement,
            unattributed={"reason": "Seen by us", "signed_off_by": "CANARY"},
            attribution=None,
        )
    desk.report(slug, statement="CANARY", terms="off_record")
    desk.report(
        slug, statement="Somebody told us", terms="background", attribution=[link("us", quote="CANARY")]
    )
    desk.post(f"/v1/stories/{slug}/copy", {"text": "MOSCOW — A train came.\n\nIt left.", "reason": "First."})
    desk.post(f"/v1/stories/{slug}/notes", {"role": "standards", "text": "CANARY", "is_publishable": False})
    first = desk.publish(slug)
    desk.pass_time(hours=3)

    def change(fact: int, what: str, **said: Any) -> None:
        desk.post(
            f"/v1/stories/{slug}/facts/{fact}/{what}", {"expected_version": 1, "reason": "CANARY"} | said
        )

    change(
        4,
        "corrections",
        statement="It came at one",
        was_wrong="The hour was wrong.",
        affects=["date"],
        cause="our_error",
    )
    change(5, "clarifications", place="the station", reason="The city alone misleads.")
    change(6, "retractions", reason="Nobody saw it.")
    change(1, "assessments", verification="refuted", dispute="disputed")
    desk.post(
        f"/v1/stories/{slug}/correctives",
        {"fact": 4, "ran_in": first["revision"] - 1, "text": "Mend the hour.", "reason": "CANARY"},
    )
    desk.post(f"/v1/stories/{slug}/editors-notes", {"text": "We were wrong.", "reason": "CANARY"})
    desk.edition(slug, "A train came")
    desk.settle()
    return slug


def describe(desk: Desk, slug: str, query: str = "") -> Node:
    answer = desk.client(None).get(f"/v1/stories/{slug}/json-ld{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == JSON_LD
    return dict(answer.json())


def nodes(value: Any) -> Iterator[Node]:
    """Every node of a document, however deep."""
    if isinstance(value, dict):
        yield value
        for name, inner in value.items():
            if name != "@context":
                yield from nodes(inner)
    if isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def is_term(word: str) -> bool:
    """Whether schema.org has the word. Asked for a word that it lacks, rdflib would only warn and make one up."""
    return word in rdflib.SDO


def unknown(document: Node) -> set[str]:
    words = {name for node in nodes(document) for name in node if not name.startswith("@")}
    types = {node["@type"] for node in nodes(document) if "@type" in node}
    keywords = {name for node in nodes(document) for name in node if name.startswith("@")}
    assert keywords <= {"@context", "@id", "@type"}
    # Types begin with a capital there, and properties do not.
    assert all(word[0].islower() for word in words)
    assert all(word[0].isupper() for word in types)
    return {word for word in words | types if not is_term(word)}


def read_offline(text: str, monkeypatch: pytest.MonkeyPatch) -> Graph:
    """What rdflib makes of it, with no way to the network."""

    def refuse(*_: object) -> None:
        raise AssertionError("something was to be fetched")

    with monkeypatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        return Graph().parse(data=text, format="json-ld")


# --- The words ----------------------------------------------------------------------------------------------------


def test_every_word_is_one_of_schema_org(desk: Desk, rich: str) -> None:
    document = describe(desk, rich)
    assert document["@context"] == AS_SCHEMA_ORG
    assert unknown(document) == set()
    assert {node["@type"] for node in nodes(document) if "@type" in node} == {
        "NewsArticle",
        "MediaObject",
        "ClaimReview",
        "Rating",
        "CorrectionComment",
        "Comment",
        "CreativeWork",
        "Dataset",
        "WebPage",
        "Claim",
        "Quotation",
        "Organization",
        "Person",
        "Place",
        "QuantitativeValue",
        "Thing",
    }


def test_a_word_that_is_not_of_schema_org_would_be_noticed(desk: Desk, rich: str) -> None:
    document = describe(desk, rich)
    document["hasPart"][0]["author"]["factuality"] = 1
    document["comment"][0]["@type"] = "EditorsNote"
    assert unknown(document) == {"factuality", "EditorsNote"}
    assert is_term("headline")
    assert not is_term("Headline")


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own affair
def test_a_machine_reads_it_without_fetching_anything(
    desk: Desk, rich: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = desk.client(None).get(f"/v1/stories/{rich}/json-ld").text
    document = json.loads(text)
    graph = read_offline(text, monkeypatch)
    (found,) = graph.subjects(RDF.type, rdflib.SDO.NewsArticle)
    assert str(found) == document["@id"]
    assert graph.value(found, rdflib.SDO.headline) == Literal("A train came")
    assert len(set(graph.objects(found, rdflib.SDO.correction))) == 3
    claims = list(graph.objects(found, rdflib.SDO.hasPart))
    assert len(claims) == len(document["hasPart"]) == 6
    assert all((claim, RDF.type, rdflib.SDO.Claim) in graph for claim in claims)
    # A reference by @id leads to the work that is cited, once for the article and for each of its claims.
    cited = set(graph.objects(found, rdflib.SDO.citation))
    assert {work for claim in claims for work in graph.objects(claim, rdflib.SDO.citation)} == cited
    assert all(isinstance(work, BNode) for work in cited)
    for predicate in set(graph.predicates()) - {RDF.type}:
        assert is_term(str(predicate).removeprefix(str(rdflib.SDO)))
    # And a correction, and a claim that rests on another one, to the claims that they are about.
    corrected = set(graph.objects(None, rdflib.SDO.about)) & set(claims)
    assert {str(claim).rpartition("/")[2] for claim in corrected} == {"4"}
    with pytest.raises(AssertionError, match="to be fetched"):
        read_offline('{"@context": "http://127.0.0.1:9/context", "@id": "x"}', monkeypatch)


# --- What is said -------------------------------------------------------------------------------------------------


def test_the_article_says_what_readers_saw(desk: Desk, rich: str) -> None:
    document = describe(desk, rich)
    shown = desk.client(None).get(f"/v1/stories/{rich}").json()
    story, page = f"{desk.server.url}/v1/stories/{rich}", f"{desk.server.url}/stories/{rich}"
    publisher = {"@type": "Organization", "name": "127.0.0.1", "url": f"{desk.server.url}/"}
    said = {name: value for name, value in document.items() if not isinstance(value, list)}
    assert said == {
        "@context": AS_SCHEMA_ORG,
        "@type": "NewsArticle",
        "@id": f"{story}?edition={shown['edition']}",
        "url": page,
        "mainEntityOfPage": {"@type": "WebPage", "@id": page},
        "encoding": {
            "@type": "MediaObject",
            "encodingFormat": "application/json",
            "contentUrl": f"{story}?edition={shown['edition']}",
            "description": "Not carried in this format: earlier versions. All of it:"
            f" {story}?edition={shown['edition']}",
        },
        "author": publisher,
        "publisher": publisher,
        "description": "MOSCOW — A train came. It left.",
        "encodingFormat": "text/plain",
        "identifier": rich,
        "version": shown["edition"],
        "headline": "A train came",
        "articleBody": "MOSCOW — A train came.\n\nIt left.",
        "articleSection": "world",
        "inLanguage": "en",
        "dateline": "Moscow, 2023-09-12",
        "locationCreated": {"@type": "Place", "name": "Moscow"},
        "datePublished": shown["publication"]["first_published_at"],
        "dateModified": shown["publication"]["published_at"],
    }
    assert document["comment"] == [{"@type": "Comment", "name": "editor", "text": "We were wrong."}]
    assert {node["datePublished"] for node in document["correction"]} == {document["dateModified"]}
    assert sorted((node["text"], node["about"]["@id"]) for node in document["correction"]) == [
        (
            "Correction: The hour was wrong.\nThe wrong version was public for 3 hours.",
            f"{story}/facts/4",
        ),
        ("Corrective: Mend the hour.", f"{story}/facts/4"),
        ("Retraction: Nobody saw it.", f"{story}/facts/6"),
    ]
    assert "CANARY" not in json.dumps(document)


def test_each_claim_says_who_made_it_and_where_it_can_be_checked(desk: Desk, rich: str) -> None:
    document = describe(desk, rich)
    story = f"{desk.server.url}/v1/stories/{rich}"
    claims = {claim["@id"].removeprefix(f"{story}/facts/"): claim for claim in document["hasPart"]}
    assert list(claims) == ["1", "2", "3", "4", "5", "8"]  # 6 is withdrawn, and nobody knows of 7
    ria = {"@type": "Organization", "name": "RIA"}
    putin = {"@type": "Person", "name": "Vladimir Putin"}
    assert claims["1"] == {
        "@type": "Claim",
        "@id": f"{story}/facts/1",
        "url": f"{desk.server.url}/stories/{rich}/facts/1",
        "version": 2,
        "text": "RIA reported that the Kremlin said that a train had come",
        "creativeWorkStatus": ["refuted", "disputed"],
        "review": {
            "@type": "ClaimReview",
            "itemReviewed": {"@id": f"{story}/facts/1"},
            "claimReviewed": "RIA reported that the Kremlin said that a train had come",
            "reviewRating": {"@type": "Rating", "alternateName": "refuted"},
            "author": {"@type": "Organization", "name": "127.0.0.1", "url": f"{desk.server.url}/"},
        },
        "author": {"@type": "Organization", "name": "The Kremlin"},
        "contributor": [ria],
        "citation": [{"@id": "_:citation-1"}, {"@id": "_:citation-2"}],
        "mentions": [{"@type": "Thing", "name": "Kim Jong-un"}, {"@type": "Thing", "name": "Vladivostok"}],
        "contentLocation": {"@type": "Place", "name": "Vladivostok"},
        "temporalCoverage": "2023-09-12",
    }
    assert claims["2"]["author"] == putin
    assert claims["2"]["hasPart"] == [{"@type": "Quotation", "text": "Welcome!", "spokenByCharacter": putin}]
    assert claims["2"]["citation"] == [{"@id": "_:citation-1"}]
    assert claims["3"]["about"] == {"@type": "QuantitativeValue", "value": "20", "unitText": "carriages"}
    assert claims["3"]["isBasedOn"] == [{"@type": "Dataset", "name": "Rail traffic"}, f"{story}/facts/1"]
    for number in ("2", "3"):  # about September, in EDTF alone; and a date that we guess
        assert "temporalCoverage" not in claims[number]
    assert claims["4"]["text"] == "It came at one"
    for number in ("3", "4", "8"):  # nobody is named for it
        assert "author" not in claims[number]
    assert document["citation"] == [
        {
            "@type": "CreativeWork",
            "@id": "_:citation-1",
            "name": "A train has come",
            "url": "https://ria.example/1",
            "publisher": ria,
            "datePublished": "2023-09-12T10:00:00Z",
            "archivedAt": "https://archive.example/1",
            "hasPart": {"@type": "Quotation", "text": "a train has come"},
        },
        {
            "@type": "Dataset",
            "name": "Rail traffic",
            "@id": "_:citation-2",
            "url": "https://data.example/table",
        },
        {"@type": "CreativeWork", "name": "An order of the day", "@id": "_:citation-3"},
        {"@type": "WebPage", "name": "A page", "@id": "_:citation-4"},
        {
            "@type": "CreativeWork",
            "@id": "_:citation-5",
            "name": "Our own reporter",
            "publisher": {"@type": "Organization", "name": "Our own reporter"},
        },
    ]


def test_a_story_of_which_little_is_said_says_no_more(desk: Desk) -> None:
    slug = desk.open(facts=0)
    desk.publish(slug)
    desk.settle()
    document = describe(desk, slug)
    assert unknown(document) == set()
    absent = {"articleBody", "dateline", "locationCreated", "correction", "comment", "citation", "hasPart"}
    assert not absent & set(document)


# --- Now and then -------------------------------------------------------------------------------------------------


def test_it_is_answered_as_of_a_moment_and_then_for_ever(desk: Desk, rich: str) -> None:
    editions = desk.client(None).get(f"/v1/stories/{rich}/revisions").json()["items"]
    first = editions[0]
    ways = [
        f"revision={first['revision']}",
        f"position={first['position']}",
        f"as_of={first['published_at']}",
    ]
    for way in ways:
        path = f"/v1/stories/{rich}/json-ld?{way}"
        answer = desk.client(None).get(path)
        assert answer.json()["headline"] == "A train"
        assert answer.json()["hasPart"][3]["text"] == "It came at noon"
        assert "correction" not in answer.json()
        assert answer.headers["cache-control"] == "public, max-age=86400, s-maxage=31536000"
        assert answer.headers["ledger-position"] == str(first["position"])
        again = desk.client(None).get(answer.headers["content-location"])
        assert again.json()["version"] == first["edition"]
        has_it = {"if-none-match": answer.headers["etag"]}
        assert desk.client(None).get(path, headers=has_it).status_code == 304
    now = desk.client(None).get(f"/v1/stories/{rich}/json-ld")
    assert now.headers["cache-control"] == "public, no-cache"
    head = desk.client(None).head(f"/v1/stories/{rich}/json-ld")
    assert (head.headers["content-type"], head.headers["etag"]) == (JSON_LD, now.headers["etag"])
    two = desk.client(None).get(f"/v1/stories/{rich}/json-ld?revision=1&position=1")
    problem(two, 400, "bad-parameter")


def test_with_a_key_it_is_the_same(desk: Desk, rich: str) -> None:
    as_reader = desk.client(None).get(f"/v1/stories/{rich}/json-ld")
    assert desk.client("editor").get(f"/v1/stories/{rich}/json-ld").content == as_reader.content
    named = desk.client("editor").get(f"/v1/stories/{rich}/json-ld?view=reader").json()
    assert named["headline"] == as_reader.json()["headline"]
    assert named["url"] == as_reader.json()["url"] + "?view=reader"
    problem(desk.client("editor").get(f"/v1/stories/{rich}/json-ld?view=desk"), 400, "bad-parameter")


def test_a_story_that_was_never_shown_then_is_not_described(desk: Desk, rich: str) -> None:
    problem(desk.client(None).get(f"/v1/stories/{rich}/json-ld?edition=99"), 404, "nothing-there")
    problem(desk.client(None).get(f"/v1/stories/{rich}/json-ld?position=1"), 404, "nothing-there")


def test_what_rests_on_a_story_that_readers_do_not_see_does_not_name_it(desk: Desk) -> None:
    hidden, shown = desk.open(), desk.open()
    desk.report(shown, rests_on=[{"story": hidden, "fact": 1}])
    desk.publish(hidden)
    desk.publish(shown)
    desk.settle()
    assert hidden in json.dumps(describe(desk, shown))
    desk.post(f"/v1/stories/{hidden}/holds", OF_PUBLICATION["holds"])
    assert hidden not in json.dumps(describe(desk, shown))


# --- Hostile text -------------------------------------------------------------------------------------------------


@pytest.mark.thorough
@given(st.text())
def test_any_text_stays_text_and_can_stand_in_a_page(text: str) -> None:
    hostile = f"</script><!-- {text} -->&lt;"
    said = {
        "story": "story",
        "edition": 1,
        "revision": 1,
        "headline": hostile,
        "language": "en",
        "desk": hostile,
        "dateline": {"place": hostile, "date": "2023-09-12"},
        "publication": {"first_published_at": "x", "published_at": "x"},
        "copy": {"text": hostile},
        "notes": [{"role": hostile, "text": hostile}],
        "correctives": [],
        "changes": [{"kind": "retraction", "fact": 1, "reason": hostile, "published_at": "x"}],
        "facts": [
            {
                "fact": 1,
                "version": 1,
                "statement": hostile,
                "standing": "standing",
                "verification": "verified",
                "dispute": "undisputed",
                "attribution": [{"source": "a", "quote": hostile}],
                "citations": [{"source": "a", "title": hostile, "url": 'https://example.org/"<>'}],
                "rests_on": [],
                "entities": [hostile],
                "place": hostile,
                "figure": {"value": "1", "unit": hostile},
            }
        ],
        "sources": {"a": {"name": hostile, "kind": "person", "description": hostile}},
    }
    story = Telling(SITE, "story", said, is_desk=False)
    sent = written(story)
    assert orjson.loads(sent) == article(story)
    assert not set("<>&") & set(sent)
    assert unknown(orjson.loads(sent)) == set()
