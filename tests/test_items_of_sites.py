"""Is what content systems and pages hold understood: WordPress and revisions, NewsArticle, plain text, Markdown?"""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from api.intake.item import Item, Link, Note, Signal, Unreadable
from api.intake.media_types import ALL, is_taken
from api.intake.recognising import read
from ledger import limits


def taken(data: Any, media_type: str | None = None, name: str | None = None) -> list[Item | Unreadable]:
    bytes_ = (
        data
        if isinstance(data, bytes)
        else data.encode()
        if isinstance(data, str)
        else json.dumps(data).encode()
    )
    return list(read(bytes_, media_type, name))


def only(data: Any, media_type: str | None = None, name: str | None = None) -> Item:
    [found] = taken(data, media_type, name)
    assert isinstance(found, Item), found
    return found


def refused(data: Any, media_type: str | None = None, name: str | None = None) -> Unreadable:
    [found] = taken(data, media_type, name)
    assert isinstance(found, Unreadable), found
    return found


# --- WordPress -----------------------------------------------------------------------------------------------------

SITE = "https://zell.example/blog"
POST: dict[str, Any] = {
    "id": 12,
    "date": "2023-09-12T16:30:00",
    "date_gmt": "2023-09-12T14:30:00",
    "guid": {"rendered": f"{SITE}/?p=12"},
    "modified": "2023-09-13T10:00:00",
    "modified_gmt": "2023-09-13T08:00:00",
    "slug": "harbour-closed",
    "status": "publish",
    "type": "post",
    "link": f"{SITE}/2023/09/harbour-closed/",
    "title": {"rendered": "Harbour &#8216;closed&#8217;"},
    "content": {
        "rendered": '<p>The harbour closed on <del>Sunday</del>Monday.</p>\n<figure class="wp-block-table"><table>'
        "<tr><td>Day</td><td>Ships</td></tr></table></figure><figure><img><figcaption>Ship</figcaption></figure>",
        "protected": False,
    },
    "excerpt": {"rendered": "<p>The harbour…</p>"},
    "author": 3,
    "featured_media": 0,
    "categories": [4],
    "tags": [],
    "_links": {
        "self": [{"href": f"{SITE}/wp-json/wp/v2/posts/12"}],
        "predecessor-version": [{"id": 22, "href": f"{SITE}/wp-json/wp/v2/posts/12/revisions/22"}],
    },
    "_embedded": {
        "author": [{"id": 3, "name": "Ann Other"}],
        "wp:term": [
            [{"taxonomy": "category", "name": "Port &amp; trade"}],
            [{"taxonomy": "post_tag", "name": "ships"}],
        ],
    },
}


def revision(number: int, modified: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "parent": 12,
        "author": 3,
        "date_gmt": modified,
        "modified_gmt": modified,
        "slug": "12-revision-v1",
        "guid": {"rendered": f"{SITE}/?p={number}"},
        "title": {"rendered": "Harbour closed"},
        "content": {"rendered": f"<p>{text}</p>"},
        "excerpt": {"rendered": ""},
    } | more


def test_a_post_of_wordpress_is_taken() -> None:
    found = only([POST])
    assert found.format == "WordPress"
    assert (found.origin.id, found.origin.version) == (f"{SITE}/?p=12", "22")
    assert found.origin.created == datetime(2023, 9, 13, 8, tzinfo=UTC)
    assert found.published == datetime(2023, 9, 12, 14, 30, tzinfo=UTC)
    assert found.headline == "Harbour ‘closed’"
    assert found.text == "The harbour closed on Monday.\nDay | Ships"
    assert (found.byline, found.desk, found.subjects) == (
        "Ann Other",
        "Port & trade",
        ("Port & trade", "ships"),
    )
    assert (found.slugline, found.address) == ("harbour-closed", POST["link"])
    assert found.without_place == {
        "/content//del": 1,
        "/content//img": 1,
        "/content//figcaption": 1,
        "/excerpt": 1,
        "/categories": 1,
    }


def test_revisions_come_before_their_post_oldest_first_each_with_its_version_and_time() -> None:
    revisions = [
        revision(22, "2023-09-13T08:00:00", "The harbour closed on Monday."),
        revision(21, "2023-09-12T15:00:00", "The harbour closed on Sunday."),
        revision(20, "2023-09-12T14:00:00", "The harbour cl"),
        revision(19, "2023-09-12T14:10:00", "x", slug="12-autosave-v1"),
    ]
    autosave, draft, first, now = taken({"post": POST, "revisions": revisions})
    assert isinstance(autosave, Unreadable)
    assert "autosave" in autosave.why
    assert isinstance(draft, Item)
    assert isinstance(first, Item)
    assert isinstance(now, Item)
    assert {each.origin.id for each in (draft, first, now)} == {f"{SITE}/?p=12"}
    assert [each.origin.version for each in (draft, first, now)] == ["20", "21", "22"]
    assert draft.signal is Signal.WITHHELD, "readers never saw it"
    assert first.signal is now.signal is Signal.USABLE
    assert first.origin.created == datetime(2023, 9, 12, 15, tzinfo=UTC)
    assert (first.byline, first.desk, first.address) == ("Ann Other", "Port & trade", POST["link"])
    in_one_list = taken([*revisions[:3], POST])
    assert in_one_list == [draft, first, now], "as the two lists of the site come, put together"
    embedded = POST | {"_embedded": {"version-history": [revisions[1:2]]}}
    assert len(taken(embedded)) == 2


def test_a_revision_without_its_post_is_not_taken_for_it_may_be_a_draft() -> None:
    draft = revision(20, "2023-09-12T14:00:00", "The harbour cl")
    assert refused(draft).where == refused([draft]).where == "/parent"
    of_another_site = draft | {"guid": {"rendered": "https://other.example/?p=20"}}
    for there in (POST | {"id": 13}, POST):
        post, alone = taken([of_another_site if there is POST else draft, there])
        assert isinstance(post, Item)
        assert isinstance(alone, Unreadable)
        assert "without its post" in alone.why
    since_it_moved = draft | {"guid": {"rendered": f"http://www.{SITE.removeprefix('https://')}/?p=20"}}
    assert len([each for each in taken([since_it_moved, POST]) if isinstance(each, Item)]) == 2


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"status": "draft"}, Signal.WITHHELD),
        ({"status": "private"}, Signal.WITHHELD),
        ({"status": "trash"}, Signal.WITHHELD),
        ({"content": {"rendered": "", "protected": True}}, Signal.WITHHELD),
        ({"content": {"rendered": "One.", "protected": 1}}, Signal.WITHHELD),
        ({"content": {"rendered": "One.", "protected": "true"}}, Signal.WITHHELD),
        ({"password": "open sesame"}, Signal.WITHHELD),
        ({"password": ""}, Signal.USABLE),
        ({"status": "publish"}, Signal.USABLE),
    ],
)
def test_what_readers_of_the_site_do_not_see_is_withheld(said: dict[str, Any], meant: Signal) -> None:
    assert only(POST | said).signal is meant


def test_a_post_that_is_to_appear_later_is_embargoed() -> None:
    found = only(POST | {"status": "future"})
    assert found.embargo == datetime(2023, 9, 12, 14, 30, tzinfo=UTC)
    assert refused(POST | {"status": "future", "date_gmt": None, "date": None}).where == "/date_gmt"


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"id": "x"}, "/id"),
        ({"status": "odd"}, "/status"),
        ({"status": {}}, "/status"),
        ({"status": ["publish"]}, "/status"),
        ({"status": None}, "/status"),
        ({"guid": None, "link": "", "_links": {}}, "/link"),
    ],
)
def test_a_post_that_cannot_be_taken_says_why(said: dict[str, Any], where: str) -> None:
    bad, good = taken([POST | said, POST])
    assert isinstance(bad, Unreadable)
    assert bad.where == where
    assert isinstance(good, Item)


# --- NewsArticle ---------------------------------------------------------------------------------------------------

ARTICLE: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "Harbour &quot;closed&quot;",
    "url": "https://zell.example/harbour",
    "datePublished": "2023-09-12T14:30:00+01:00",
    "dateModified": "2023-09-13T08:00:00Z",
    "inLanguage": "en_GB",
    "author": [{"@type": "Person", "name": "Ann Other"}, {"@type": "Person", "name": "A. N. Else"}],
    "publisher": {"@type": "NewsMediaOrganization", "name": "Zell Post"},
    "articleSection": ["Port", "News"],
    "keywords": "ships, harbours",
    "copyrightNotice": "© Zell Post",
    "articleBody": "The harbour closed.\n\nIt opens on Monday.",
    "correction": {"@type": "CorrectionComment", "text": "We had the day wrong."},
    "isBasedOn": "https://wire.example/1",
    "image": ["a.jpg"],
}
BODY = """<header>Zell Post</header><nav><p>Home and many other words that are not of the article at all</p></nav>
<article><h1>Harbour &quot;closed&quot;</h1><aside><p>Read also: what else there is to read</p></aside>
<div class=text><p>The harbour closed.</p><h2>Ships</h2><p>It opens on Monday, the master said to all who asked.</p>
<script>x()</script></div><footer><p>Share this</p></footer></article><footer><p>All rights reserved</p></footer>"""


def page(*scripts: Any, body: str = BODY, head: str = "") -> str:
    written = "".join(
        f'<script type="application/ld+json">{each if isinstance(each, str) else json.dumps(each)}</script>'
        for each in scripts
    )
    return f"<!DOCTYPE html><html lang=en-GB><head><title>x</title>{head}{written}</head><body>{body}</body></html>"


@pytest.mark.parametrize(
    "scripts",
    [
        (ARTICLE,),
        ([{"@type": "WebSite"}, ARTICLE],),
        ({"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, ARTICLE]},),
        ({"@type": "BreadcrumbList"}, ARTICLE),
        ("{broken", ARTICLE),
        (f"<!-- {json.dumps(ARTICLE)} -->",),
        (f"//<![CDATA[\n{json.dumps(ARTICLE)}\n//]]>",),
        (ARTICLE | {"@type": ["https://schema.org/NewsArticle", "Thing"]},),
        ({"@type": "WebPage", "mainEntity": ARTICLE},),
        (ARTICLE, ARTICLE),
    ],
    ids=range(10),
)
def test_an_article_is_found_however_it_stands_in_the_page(scripts: tuple[Any, ...]) -> None:
    found = only(page(*scripts))
    assert found.origin.id == found.address == "https://zell.example/harbour"
    assert (found.origin.provider, found.headline) == ("Zell Post", 'Harbour "closed"')
    assert found.origin.created == datetime(2023, 9, 13, 8, tzinfo=UTC)
    assert found.published == datetime(2023, 9, 12, 13, 30, tzinfo=UTC)
    assert found.text == "The harbour closed.\nIt opens on Monday."
    assert (found.language, found.byline) == ("en-GB", "Ann Other, A. N. Else")
    assert (found.desk, found.subjects, found.rights) == ("Port", ("ships", "harbours"), "© Zell Post")
    assert found.notes == (Note("correction", "We had the day wrong."),)
    assert found.signal is Signal.CORRECTION
    assert found.links == (Link("isBasedOn", "https://wire.example/1"),)
    assert found.without_place == {"/image": 1, "/articleSection": 1}, "it has one desk"


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in ARTICLE.items() if name not in names}


def test_where_the_body_is_not_in_the_json_ld_it_is_taken_from_the_page() -> None:
    found = only(page(without("articleBody")))
    assert found.text == "The harbour closed.\nShips\nIt opens on Monday, the master said to all who asked."
    marked = '<p>Before</p><div itemprop="articleBody">One<br><br>Two</div><p>After it some more words</p>'
    assert only(page(without("articleBody"), body=marked)).text == "One\nTwo"
    assert only(page(without("articleBody"), body="<nav><p>Home</p></nav>")).text is None


def test_what_is_only_named_by_its_id_is_looked_up_and_the_page_says_what_the_article_does_not() -> None:
    graph = {"@graph": [
        without("author", "url", "inLanguage") | {"@id": "#article", "author": {"@id": "#ann"}},
        {"@id": "#ann", "@type": "Person", "name": "Ann Other"},
    ]}  # fmt: skip
    found = only(page(graph, head='<link rel=canonical href="https://zell.example/canonical">'))
    assert (found.byline, found.language) == ("Ann Other", "en-GB")
    assert found.origin.id == "https://zell.example/canonical#article"
    assert found.address == "https://zell.example/canonical"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (page(), "no NewsArticle"),
        (page("{broken"), "no JSON"),
        (page({"@type": "ItemList", "itemListElement": [ARTICLE]}), "no NewsArticle"),
        (page(without("url")), "does not say which"),
        ('<html><meta charset="utf-7">', "utf-7"),
        (b"<!doctype html><html>\xff\xfe", "utf-8"),
    ],
)
def test_a_page_without_one_is_refused(data: Any, word: str) -> None:
    assert word in refused(data).why


MICRODATA = """<main><article itemscope itemtype="https://schema.org/NewsArticle" itemref="rights">
<link itemprop="mainEntityOfPage" href="https://zell.example/harbour">
<h1 itemprop="headline">Harbour
 “closed”</h1>
<p>By <span itemprop="author" itemscope itemtype="https://schema.org/Person"><a itemprop="url" href="/ann">
<b itemprop="name">Ann Other</b></a></span> and
<span itemprop="author" itemscope><i itemprop="name">A. N. Else</i></span>,
<time itemprop="datePublished" datetime="2023-09-12T14:30:00+01:00">12 September</time>
<meta itemprop="dateModified" content="2023-09-13T08:00:00Z"><meta itemprop="inLanguage" content="en_GB">
<span itemprop="publisher" itemscope itemtype="https://schema.org/NewsMediaOrganization">
<meta itemprop="name" content="Zell Post"></span> <span itemprop="articleSection">Port</span></p>
<div itemprop="articleBody"><p>The harbour closed.</p><p>It opens on <em>Monday</em>.</p></div>
<p itemprop="correction" itemscope itemtype="https://schema.org/CorrectionComment">
<span itemprop="text">We had the day wrong.</span></p>
</article></main><footer id="rights"><p itemprop="copyrightNotice">© Zell Post</p></footer>"""


def test_an_article_is_found_in_the_microdata_of_a_page() -> None:
    found = only(page(body=MICRODATA))
    assert found.origin.id == found.address == "https://zell.example/harbour"
    assert (found.origin.provider, found.headline) == ("Zell Post", "Harbour “closed”")
    assert found.origin.created == datetime(2023, 9, 13, 8, tzinfo=UTC)
    assert found.published == datetime(2023, 9, 12, 13, 30, tzinfo=UTC)
    assert found.text == "The harbour closed.\nIt opens on Monday."
    assert (found.language, found.byline) == ("en-GB", "Ann Other, A. N. Else")
    assert (found.desk, found.rights) == ("Port", "© Zell Post")
    assert found.notes == (Note("correction", "We had the day wrong."),)
    assert found.signal is Signal.CORRECTION
    assert only(page(ARTICLE, body=MICRODATA)).headline == 'Harbour "closed"', "JSON-LD is told first"


def test_microdata_that_go_round_in_circles_end_and_cost_what_they_are_long() -> None:
    around = """<div itemscope itemtype="NewsArticle" itemref="a"></div>
    <p id=a itemprop=x itemscope itemref="a b"><p id=b itemref=a itemprop=author>"""
    assert refused(page(body=around)).why == "the article does not say which it is"
    chain = "".join(f"<i id=n{n} itemprop=author itemscope itemref=n{n + 1}></i>" for n in range(5_000))
    deep = refused(page(body=f'<div itemscope itemtype="NewsArticle" itemref=n0></div>{chain}'))
    assert "too deep" in deep.why
    within = "<b itemprop=name>" * 80 + "x" * 1_000_000
    found = refused(page(body=f'<div itemscope itemtype="NewsArticle">{within}</div>'))
    assert found.why == "the article does not say which it is"


def test_json_ld_with_line_ends_in_its_strings_is_read_as_pages_have_it() -> None:
    written = json.dumps(ARTICLE).replace("\\n\\n", "\n\r\n").replace("Port", "Port\t\x01")
    found = only(page(written))
    assert found.text == "The harbour closed.\nIt opens on Monday."
    assert found.desk == "Port"
    assert only(page(json.dumps(ARTICLE, indent="\t"))).text == found.text
    deep = page('{"@type": "NewsArticle", "x": "\n", "y": ' + "[" * 200 + "]" * 200 + "}")
    assert "deep" in refused(deep).why
    assert refused(json.dumps(ARTICLE).replace("\\n\\n", "\n"), "application/ld+json").where == "the file"


def test_json_ld_in_several_languages_gives_that_of_the_article() -> None:
    both = [{"@value": "Hafen", "@language": "de"}, {"@value": "Harbour", "@language": "en"}]
    for said in (both, both[::-1]):
        found = only(ARTICLE | {"headline": said, "articleBody": said})
        assert (found.headline, found.text) == ("Harbour", "Harbour")
        assert found.without_place["/headline"] == found.without_place["/articleBody"] == 1


def test_json_ld_by_itself_and_a_page_in_another_encoding_are_taken() -> None:
    assert only(ARTICLE, "application/ld+json").headline == 'Harbour "closed"'
    in_latin = page(
        without("articleBody"), head='<meta charset="iso-8859-1">', body="<article><p>Café “x”</p></article>"
    )
    assert only(in_latin.encode("windows-1252")).text == "Café “x”"
    assert only(page(ARTICLE | {"headline": "Café"}).encode("utf-16"), "text/html").headline == "Caf\u00e9"
    withdrawn = only(ARTICLE | {"creativeWorkStatus": "Withdrawn"})
    assert withdrawn.signal is Signal.CANCELED


# --- Plain text and Markdown ---------------------------------------------------------------------------------------

TEXT = """Headline: Harbour closed
Id: zell-1
Version: 2
Language: EN_gb
By: Ann Other
Dateline: Zell
Dated: 2023-09-12
Created: 2023-09-12T14:30:00+0100
Embargo: Tue, 12 Sep 2023 18:00:00 GMT
Keywords: ships, harbours
Urgency: 3
Note: Ring first
Correction: We had the day wrong.
Mood: calm

The harbour of Zell closed on Monday, said the master of it,
who did not say when it opens.

- Two ferries
- One tug
"""


def test_a_text_with_a_small_header_is_taken() -> None:
    found = only(TEXT, "text/plain; charset=utf-8")
    assert found == only(TEXT), "known by its look"
    assert found.format == "plain text"
    assert (found.origin.id, found.origin.version) == ("zell-1", "2")
    assert found.origin.created == datetime(2023, 9, 12, 13, 30, tzinfo=UTC)
    assert found.embargo == datetime(2023, 9, 12, 18, tzinfo=UTC)
    assert (found.headline, found.language, found.byline) == ("Harbour closed", "en-GB", "Ann Other")
    assert (found.place, found.dated, found.urgency) == ("Zell", date(2023, 9, 12), 3)
    assert (found.desk, found.subjects) == ("ships", ("ships", "harbours"))
    assert found.notes == (Note("editor", "Ring first"), Note("correction", "We had the day wrong."))
    assert found.signal is Signal.CORRECTION
    assert found.text == (
        "The harbour of Zell closed on Monday, said the master of it, who did not say when it opens."
        "\n- Two ferries\n- One tug"
    )
    assert found.without_place == {"Mood": 1}


def test_markdown_becomes_text() -> None:
    markdown = """---
title: "Harbour closed"
id: zell-2
tags:
  - ships
  - harbours
author: Ann
  Other
---
# Harbour

The *harbour* closed.
It opens [on Monday](https://x.example).

| Day | Ships |
|---|---|
| Monday | 3 |

1. One
2. Two

<script>x()</script>
"""
    found = only(markdown, "text/markdown")
    assert (found.headline, found.origin.id, found.format) == ("Harbour closed", "zell-2", "Markdown")
    assert (found.subjects, found.byline) == (("ships", "harbours"), "Ann Other")
    assert found.text == "Harbour\nThe harbour closed. It opens on Monday.\nDay | Ships\nMonday | 3\nOne\nTwo"
    assert found.without_place == {"text//a/@href": 1, "text//script": 1}
    assert only(markdown, None, "harbour.md").format == "Markdown"


def test_a_text_without_a_header_is_only_taken_where_it_is_said_to_be_one() -> None:
    text = "Note well: this is no header\nnor is this.\n"
    found = only(text, "text/plain", "zell.txt")
    assert (found.origin.id, found.headline) == ("zell.txt", None)
    assert found.text == "Note well: this is no header\nnor is this."
    assert refused(text, "text/plain").where == "Id"
    assert "no format" in refused(text, None, "zell.txt").why


LATE = datetime(2033, 3, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "head",
    [
        "---\ntitle: One\nembargo: 2033-03-01T06:00:00+01:00\n# not before Monday\n---\n",
        "---\ntitle: One\nembargo: 2033-03-01T06:00:00+01:00 # not before Monday\n...\n",
        '---\ntitle: "One" # a #1\n"embargo": "2033-03-01T06:00:00+01:00" # Monday\n---\n',
        "---\nog:title: x\ntags:\n- a\n- b\nÜberschrift: One\nembargo_until: 2033-03-01T06:00:00+01:00\n---\n",
        "---\nnote: |\n  Ring first\n  # two\n  Status: what it is\nembargo: 2033-03-01T05:00:00Z\n---\n",
        "+++\ntitle = 'One'\nembargo = 2033-03-01T06:00:00+01:00 # Monday\ntags = ['a', 'b']\n[x]\ny = 1\n+++\n",
        "Headline: One\nEmbargo: 2033-03-01T06:00:00+01:00\nFoto2: bank.jpg\n\n",
        "Überschrift: Eins\nTitel des 2. Teils: Zwei\nEmbargo:2033-03-01T06:00:00+01:00\n\n",
        "Headline：One\nEmbargo：2033-03-01T06:00:00+01:00\n\n",
        " \n\t\n---\nEmbargo: 2033-03-01T06:00:00+01:00\n---\n",
        "---\ntitle: One\npublishDate: 2033-03-01T06:00:00+01:00\n---\n",
        "---\ntitle: One\ndate: 2033-03-01T06:00:00+01:00\n---\n",
        "Id: 1\nPublished: 2033-03-01T06:00:00+01:00\nEmbargo: 2023-03-01T06:00:00+01:00\n\n",
    ],
    ids=range(13),
)
def test_a_header_is_read_however_it_is_written(head: str) -> None:
    found = only(f"{head}The text.\n", "text/markdown", "x.md")
    assert (found.text, found.embargo) == ("The text.", LATE)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\ntitle: One\nembargo 2033-03-01\n---\nText\n", "line 3"),
        ("---\ntitle: One\n<<: *x\n---\nText\n", "line 3"),
        ("---\nlayout: x\nodd line\n---\nText\n", "line 3"),
        ("---\nEmbargo: 2033-03-01\n\nText\n", "line 1"),
        ("---\nparams:\n  embargo: 2033-03-01\n---\nText\n", "line 3"),
        ("---\nparams: {draft: true}\n---\nText\n", "line 2"),
        ("\n\n+++\ntitle = One\n+++\nText\n", "line 4"),
        ("+++\ntitle = 'One'\nText\n", "line 1"),
        ("+++\n[params]\ndraft = true\n+++\nText\n", "line 1"),
        ("+++\na = " + "[" * 2_000 + "\n+++\nText\n", "line 1"),
        ("+++\na = '" + "x" * limits.TEXT_LENGTH + "'\n+++\nText\n", "line 1"),
        ("+++\na = " + "7" * 4_900 + "\n+++\nText\n", "line 1"),
        ('{\n"draft": true\n}\n\nText\n', "line 1"),
        ("Headline: One\nEmbargo 2033-03-01\n\nText\n", "line 2"),
        ("HEADLINE\nEmbargo: 2033-03-01\n\nText\n", "line 1"),
        ("**Headline:** One\n**Embargo:** 2033-03-01\n\nText\n", "line 1"),
        (":title: One\n:status: draft\n\nText\n", "line 1"),
        ("Headline: One\n  Embargo: 2033-03-01\n\nText\n", "line 2"),
        ("Headline: One\n\nEmbargo: 2033-03-01\n\nText\n", "line 3"),
        ("A headline\n\nStatus: withheld\n\nText\n", "line 3"),
        ("Headline: One\nEmbargo bis Montag: 2033-03-01\n\nText\n", "Embargo bis Montag"),
    ],
    ids=range(21),
)
def test_what_looks_like_a_header_and_cannot_be_read_is_refused_with_its_line(text: str, line: str) -> None:
    trouble = refused(text, "text/plain", "x.txt")
    assert (trouble.where, bool(trouble.fix)) == (line, True)
    assert refused(text, "text/markdown", "x.md").where == line


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nA text between rules.\n\n---\n",
        "+++\nEilmeldung\n+++\nText",
        "+++ Eil +++\n\nText",
        "1: 2\n\nText",
    ],
)
def test_what_only_begins_like_a_header_is_text(text: str) -> None:
    assert (only(text, "text/plain", "x").text or "").split() == text.split()


def test_a_quotation_mark_within_marks_of_yaml_is_one() -> None:
    assert only("---\ntitle: 'It''s # 1' # so\n---\nText", None, "x.md").headline == "It's # 1"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("draft: true", Signal.WITHHELD),
        ("draft: Yes", Signal.WITHHELD),
        ("draft: false", Signal.USABLE),
        ("published: false", Signal.WITHHELD),
        ("published: true", Signal.USABLE),
        ("published: 2023-09-12", Signal.USABLE),
        ("published: false\ndraft: false", Signal.WITHHELD),
        ("draft: false\ndraft: true", Signal.WITHHELD),
        ("status: draft", Signal.WITHHELD),
        ("status: published", Signal.USABLE),
        ("status: scheduled", Signal.WITHHELD),
        ("status: scheduled\npublished_at: 2023-09-12", Signal.USABLE),
        ("status: embargoed\npublished: 2023-09-12", Signal.WITHHELD),
    ],
)
def test_a_draft_is_withheld(said: str, meant: Signal) -> None:
    assert only(f"---\ntitle: One\n{said}\n---\nText\n", "text/markdown", "x.md").signal is meant
    if "\n" not in said:
        in_toml = said.replace(": ", ' = "').lower() + '"'
        for each in (
            in_toml,
            in_toml.replace('"', "") if "status" not in said and "yes" not in in_toml else in_toml,
        ):
            assert only(f"+++\n{each}\n+++\nText\n", "text/markdown", "x.md").signal is meant


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ("Embargo: soon", "Embargo"),
        ("Embargo:", "Embargo"),
        ("Status: odd", "Status"),
        ("Status:", "Status"),
        ("draft: maybe", "draft"),
        ("draft:", "draft"),
        ("published: soon", "published"),
        ("published:", "published"),
        ("publishDate: soon", "publishDate"),
    ],
)
def test_what_could_make_public_too_early_is_never_skipped(said: str, where: str) -> None:
    assert refused(f"Id: 1\n{said}\n\nText\n").where == where


def test_what_says_that_it_was_published_later_is_embargoed_till_then() -> None:
    later = "2033-03-01T06:00:00+01:00"
    for found in (
        only(ARTICLE | {"datePublished": later}),
        only(page(ARTICLE | {"datePublished": later})),
        only(ARTICLE | {"datePublished": ["2023-03-01", later]}),
        only(POST | {"date_gmt": "2033-03-01T05:00:00"}),
    ):
        assert found.embargo == LATE
    draft, now = taken([POST | {"date_gmt": "2033-03-01T05:00:00"}, revision(21, "2033-03-01T15:00:00", "x")])
    assert isinstance(draft, Item)
    assert isinstance(now, Item)
    assert draft.embargo == now.embargo == LATE


# --- Which format it is --------------------------------------------------------------------------------------------


def test_a_media_type_that_is_not_taken_is_refused_with_those_that_are() -> None:
    trouble = refused(b"x", "image/jpeg")
    assert trouble.where == "Content-Type"
    assert all(each in trouble.fix for each in ALL)
    assert is_taken("Application/JSON; charset=utf-8")
    assert is_taken("")
    assert not is_taken("image/jpeg")


@pytest.mark.parametrize("media_type", [None, "", "application/octet-stream"])
def test_what_is_not_said_is_seen(media_type: str | None) -> None:
    assert only(POST, media_type).format == "WordPress"
    assert only(ARTICLE, media_type).format == "schema.org NewsArticle"
    assert only(page(ARTICLE), media_type).format == "schema.org NewsArticle"
    assert only({"uri": "urn:x"}, media_type).format == "ninjs 1"
    assert only(TEXT, media_type).format == "plain text"
    assert "table" in refused(b"statement,figure\nOne,1\n", media_type).why


def test_markdown_is_no_longer_than_a_copy() -> None:
    whole = "Id: 1\n\n" + "a" * limits.COPY_LENGTH
    assert only(whole, "text/markdown").text is not None
    assert f"{limits.COPY_LENGTH:,}" in refused(f"{whole}a", "text/markdown").why


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Status: embargoed", Signal.WITHHELD),
        ("Status: embargoed\nEmbargo: 2023-09-12T14:30:00Z", Signal.USABLE),
    ],
)
def test_an_embargo_without_an_end_withholds(said: str, meant: Signal) -> None:
    assert only(f"Id: 1\n{said}\n\nText").signal is meant


def test_an_id_that_names_a_version_is_not_that_of_the_article() -> None:
    found = only(
        ARTICLE | {"@id": "https://zell.example/v1/harbour?edition=2", "dateline": "Zell, 2023-09-12"}
    )
    assert found.origin.id == "https://zell.example/harbour"
    assert (found.place, found.dated) == ("Zell", date(2023, 9, 12))
    assert only(ARTICLE | {"@id": "https://zell.example/harbour#article"}).origin.id.endswith("#article")
