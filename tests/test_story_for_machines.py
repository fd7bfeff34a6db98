"""Does the page of a story tell search engines, sites that name it and Memento clients what readers are told?"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
import rdflib
from httpx2 import Response
from memento_client import MementoClient  # type: ignore[import-untyped]

from api.formats.http_dates import http_date
from api.formats.wording import shortened
from ledger.words import parse_instant
from tests.desk import CHANGES, Desk
from tests.plain_browser import Browser
from tests.test_linked_data import nodes, unknown
from tests.test_memento import links, tell, to_the_second


class Head(HTMLParser):
    """The meta elements, links and data of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.metas: dict[str, str] = {}
        self.links: list[dict[str, str]] = []
        self.data: list[Any] = []
        self._is_data = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "meta":
            self.metas[said.get("property") or said.get("name", "")] = said.get("content", "")
        if tag == "link":
            self.links.append(said)
        self._is_data = tag == "script" and said.get("type") == "application/ld+json"

    def handle_data(self, data: str) -> None:
        if self._is_data:
            self.data.append(json.loads(data))
            self._is_data = False

    def to(self, rel: str) -> list[str]:
        return [link["href"] for link in self.links if link.get("rel") == rel]


@pytest.fixture
def signed_in(desk: Desk) -> Iterator[Browser]:
    browser = Browser.of(desk.server, "editor")
    yield browser
    browser.close()


def page(desk: Desk, path: str, **headers: str) -> Response:
    return desk.client(None).get(
        path, headers={name.replace("_", "-"): said for name, said in headers.items()}
    )


@pytest.fixture(scope="module")
def corrected(desk: Desk) -> str:
    slug = desk.open()
    text = (
        "A train arrived </script><!-- in Vladivostok & stayed.\n\nNobody left it. " + "Then it rained. " * 50
    )
    desk.post(f"/v1/stories/{slug}/copy", {"text": text, "reason": "First filing."})
    desk.publish(slug)
    desk.pass_time(hours=1)
    hostile = {"was_wrong": "</script><script>alert(1)</script> " + "It left. " * 100, "expected_version": 1}
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", CHANGES["corrections"] | hostile)
    desk.publish(slug)
    desk.settle()
    return slug


def test_the_page_holds_the_article_in_words_of_schema_org(desk: Desk, corrected: str) -> None:
    answer = page(desk, f"/stories/{corrected}")
    (article,) = Head(answer.text).data
    here = f"{desk.server.url}/stories/{corrected}"
    assert unknown(article) == set()
    assert article["@type"] == "NewsArticle"
    assert article["@type"] in rdflib.SDO
    assert article["mainEntityOfPage"]["@id"] == article["url"] == here
    assert article["author"]["name"] == article["publisher"]["name"] == "127.0.0.1"
    assert article["description"].startswith("A train arrived </script><!-- in Vladivostok & stayed. Nobody")
    assert len(article["description"]) <= 200
    # What it leaves out, it says: here that is more than in the format by itself.
    assert {"hasPart", "articleBody", "citation"} & article.keys() == set()
    assert "text, facts, sources" in article["encoding"]["description"]
    (correction,) = article["correction"]
    assert correction["@type"] == "CorrectionComment"
    assert "</script><script>alert(1)</script>" in correction["text"]
    assert len(correction["text"]) <= 300
    assert answer.text.count("alert(1)</script>") == 0
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    # The same is told of it at its own address, which has the claims, too.
    whole = desk.client(None).get(f"/v1/stories/{corrected}/json-ld").json()
    assert {name for name in article if article[name] != whole[name]} == {"correction", "encoding"}
    assert article["encoding"]["contentUrl"] == whole["encoding"]["contentUrl"]
    assert {node["@type"] for node in nodes(article) if "@type" in node} <= {
        "NewsArticle", "Organization", "WebPage", "MediaObject", "CorrectionComment", "Place",
    }  # fmt: skip


def test_the_page_says_where_it_is_and_what_it_is_about(desk: Desk, corrected: str) -> None:
    for query in ("", "?edition=1"):
        head = Head(page(desk, f"/stories/{corrected}{query}").text)
        here = f"{desk.server.url}/stories/{corrected}"
        assert head.to("canonical") == [here]
        assert head.metas["og:url"] == here
        assert head.metas["og:type"] == "article"
        assert head.metas["og:title"] == "A train"
        assert head.metas["description"] == head.metas["og:description"]
        assert head.metas["description"].startswith("A train arrived </script>")
        assert parse_instant(head.metas["article:published_time"]) <= parse_instant(
            head.metas["article:modified_time"]
        )


def test_what_the_desk_sees_is_described_to_nobody(signed_in: Browser, corrected: str) -> None:
    head = Head(signed_in.get(f"/stories/{corrected}").source)
    assert head.data == []
    assert head.to("canonical") == []
    assert "og:title" not in head.metas


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("a b\n\nc", 10, "a b c"),
        ("one two three", 10, "one two…"),
        ("東京東京東京", 4, "東京東…"),
        ("one two", 7, "one two"),
    ],
)
def test_a_description_is_cut_between_words(text: str, most: int, cut: str) -> None:
    assert shortened(text, most) == cut


# --- Memento -----------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_the_page_is_a_timegate_and_its_editions_are_mementos(desk: Desk) -> None:
    told = tell(desk)
    here = f"{desk.server.url}/stories/{told.slug}"
    now = page(desk, f"/stories/{told.slug}")
    assert now.headers["vary"].removesuffix(", Accept-Encoding") == "Cookie, Accept, Accept-Datetime"
    found = links(now.headers["link"])
    assert set(found[here]["rel"]) == {"original", "timegate"}
    assert found[f"{here}/timemap"]["rel"] == ["timemap"]
    assert "memento-datetime" not in now.headers
    for edition, instant in enumerate(told.instants, 1):
        answer = page(
            desk, f"/stories/{told.slug}", accept_datetime=http_date(instant.replace(microsecond=0))
        )
        earlier = max(1, edition - 1)  # the second is cut, and so lies before the edition
        assert answer.status_code == 302
        assert answer.headers["location"] in (f"{here}?edition={edition}", f"{here}?edition={earlier}")
        assert answer.headers["vary"].removesuffix(", Accept-Encoding") == "Cookie, Accept, Accept-Datetime"
        memento = page(desk, f"/stories/{told.slug}?edition={edition}")
        assert memento.headers["memento-datetime"] == http_date(instant)
        beside = links(memento.headers["link"])
        assert "memento" in beside[f"{here}?edition={edition}"]["rel"]
        assert beside[here]["rel"] == ["original", "timegate"]
    timemap = page(desk, f"/stories/{told.slug}/timemap")
    assert timemap.headers["content-type"].startswith("application/link-format")
    assert {f"{here}?edition={edition}" for edition in (1, 2, 3)} <= set(links(timemap.text))
    assert "/v1/" not in timemap.text


def test_a_memento_client_finds_the_edition_of_a_date_from_the_page_alone(desk: Desk) -> None:
    told = tell(desk)
    original = f"{desk.server.url}/stories/{told.slug}"
    client = MementoClient(timegate_uri="", check_native_timegate=True)
    found = client.get_memento_info(original, to_the_second(told.instants[1]) + timedelta(minutes=5))
    assert found["original_uri"] == found["timegate_uri"] == original
    closest = found["mementos"]["closest"]
    assert closest["uri"] == [f"{original}?edition=2"]
    assert closest["http_status_code"] == 200


def test_a_date_means_nothing_to_the_desk_or_beside_a_moment_and_a_bad_one_is_refused(
    desk: Desk, signed_in: Browser
) -> None:
    told = tell(desk)
    date = http_date(datetime(2020, 1, 1, tzinfo=UTC))
    assert page(desk, f"/stories/{told.slug}?edition=2", accept_datetime=date).status_code == 200
    bad = page(desk, f"/stories/{told.slug}", accept_datetime="yesterday")
    assert bad.status_code == 400
    assert "Accept-Datetime" in bad.text
    answer = signed_in.http.get(f"/stories/{told.slug}", headers={"accept-datetime": date})
    assert answer.status_code == 200
    assert "memento-datetime" not in answer.headers
