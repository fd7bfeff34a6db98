"""Whatever bytes come in: is each answered with items or with what is wrong, and nothing but that?"""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api.intake.item import FactRow, Item, Unreadable
from api.intake.media_types import ALL
from api.intake.recognising import read, read_rows
from tests.test_facts_in_tables import TABLE
from tests.test_items_of_sites import ARTICLE, POST, TEXT, page
from tests.test_newsml_g2 import NITF, XHTML, news_item
from tests.test_ninjs import OF_EACH_VERSION

SEEDS = [
    *(json.dumps({"uri": "urn:x", **each}).encode() for each in OF_EACH_VERSION.values()),
    json.dumps([POST]).encode(),
    json.dumps(ARTICLE).encode(),
    page(ARTICLE).encode(),
    page({name: value for name, value in ARTICLE.items() if name != "articleBody"}).encode(),
    news_item("<signal qcode='sig:update'/>", "<headline>x</headline>", XHTML).encode(),
    NITF.encode("latin-1"),
    TEXT.encode(),
    TABLE.encode(),
]
PARTS = [
    b"",
    b"<",
    b">",
    b"&",
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\0",
    b"\xff",
    b"null",
    b"1",
    b"\n\n",
]
NAMES = sorted(
    {name for each in (*OF_EACH_VERSION.values(), POST, ARTICLE) for name in each} | {"uri", "@graph"}
)
SIMPLE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
WITHIN = ["rendered", "raw", "value", "role", "contenttype", "name", "code", "@id", "@type", "text", "href"]
VALUES = st.recursive(
    SIMPLE | st.sampled_from(["2023-09-12", "<p>x</p>", "usable", "https://x.example/"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*NAMES, *WITHIN]), inner, max_size=4)
    ),
    max_leaves=12,
)


def answered(data: bytes, media_type: str | None) -> None:
    for each in read(data, media_type):
        assert isinstance(each, Item | Unreadable)
        if isinstance(each, Unreadable):
            assert each.where
            assert each.why
            assert each.fix
            continue
        assert each.origin.id
        for text in (each.headline, each.byline, each.slugline, each.place, each.desk, each.credit):
            assert text is None or (text.strip() and "\n" not in text)
        assert each.text is None or all(line == line.strip() and line for line in each.text.split("\n"))
        assert all(count > 0 for count in each.without_place.values())
        for at in (each.origin.created, each.embargo, each.published):
            assert at is None or at.tzinfo is not None
    for row in read_rows(data, media_type):
        assert isinstance(row, FactRow | Unreadable)


@pytest.mark.thorough
@given(
    st.sampled_from(SEEDS),
    st.lists(
        st.tuples(st.integers(0, 4_000), st.integers(0, 12), st.sampled_from(PARTS)), min_size=1, max_size=6
    ),
    st.sampled_from([None, *ALL]),
)
@settings(max_examples=200, suppress_health_check=list(HealthCheck), deadline=None)
def test_bytes_that_were_changed_anywhere(
    seed: bytes, changes: list[tuple[int, int, bytes]], media_type: str | None
) -> None:
    data = seed
    for at, length, part in changes:
        start = at % (len(data) + 1)
        data = data[:start] + part + data[start + length :]
    answered(data, media_type)


@pytest.mark.thorough
@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=12), st.sampled_from(["n", "w", "a"]))
@settings(max_examples=200, suppress_health_check=list(HealthCheck), deadline=None)
def test_values_of_any_kind_under_known_names(said: dict[str, object], kind: str) -> None:
    kinds: dict[str, dict[str, object]] = {
        "n": {"uri": "urn:x"},
        "w": {"id": 1, "title": {"rendered": "x"}},
        "a": {"@type": "NewsArticle"},
    }
    known = kinds[kind]
    answered(json.dumps(said | known).encode("utf-8", "replace"), "application/json")
    answered(page(said | known).encode("utf-8", "replace"), "text/html")
    answered(
        json.dumps([known | said, {"post": known | said, "revisions": [said]}]).encode("utf-8", "replace"),
        None,
    )


@pytest.mark.thorough
@given(st.binary(max_size=200), st.sampled_from([None, *ALL, "x/y", "a;b=c", "\n"]))
@settings(max_examples=200, deadline=None)
@example(b"---\n---", None)
@example(b"<?xml", None)
def test_any_bytes(data: bytes, media_type: str | None) -> None:
    answered(data, media_type)
