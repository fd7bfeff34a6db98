"""Is an item that was made to do harm, or is broken, refused in plain words and at a cost in proportion to its size?"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from api.intake.item import Item, Unreadable
from api.intake.recognising import read, read_rows
from ledger import limits
from tests.test_limits import holds


@contextmanager
def soon(seconds: float = 2.0) -> Iterator[None]:
    """Of work; what else the machine does is not counted."""
    began = time.process_time()
    yield
    assert time.process_time() - began < seconds


def refused(data: bytes, media_type: str | None = None) -> Unreadable:
    with soon():
        [found] = read(data, media_type)
    assert isinstance(found, Unreadable), found
    assert found.where
    assert found.why
    assert found.fix
    return found


def with_body(html: str) -> bytes:
    return json.dumps({"uri": "urn:example:1", "body_html": html}).encode()


# --- JSON --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b'{"uri": NaN}', "no JSON"),
        (b'{"uri": Infinity}', "no JSON"),
        (b'{"uri": "\\ud800"}', "no JSON"),
        (b'{"uri": "\xff"}', "no JSON"),
        (b'{"uri": "a", "uri": "b"}', "twice"),
        (b'{"uri": "a", "urgency": 1e999}', "infinity"),
        (b'{"uri": "a"', "no JSON"),
        ('{"uri": "a"}'.encode("utf-16"), "not in UTF-8"),
        ('{"uri": "a"}'.encode("utf-16-le"), "not in UTF-8"),
        (b"", "empty"),
        (b" \n", "empty"),
        (b"{}", "no item"),
        (b"[]", "no item"),
        (b"7", "no item"),
    ],
)
def test_what_is_no_json_and_no_item_is_refused(data: bytes, word: str) -> None:
    assert word in refused(data, "application/json").why


def test_a_mark_of_utf_8_before_json_does_no_harm() -> None:
    [found] = read(b'\xef\xbb\xbf{"uri": "urn:example:1"}')
    assert isinstance(found, Item)


def test_a_number_of_a_million_digits_costs_no_more_than_to_read_it() -> None:
    for number in (b"7" * 1_000_000, b"0." + b"7" * 1_000_000):
        with soon():
            list(read(b'{"uri": "a", "charcount": %s}' % number))


# --- Size and depth ----------------------------------------------------------------------------------------------


@holds("INTAKE_BYTES")
def test_a_file_has_so_many_bytes() -> None:
    item = b'{"uri": "urn:example:1"}'
    with soon():
        [found] = read(item + b" " * (limits.INTAKE_BYTES - len(item)))
    assert isinstance(found, Item)
    assert f"{limits.INTAKE_BYTES:,}" in refused(item + b" " * (limits.INTAKE_BYTES - len(item) + 1)).why


@holds("INTAKE_DEPTH")
def test_json_and_html_are_so_deep() -> None:
    def json_of(depth: int) -> bytes:
        return b'{"uri": "urn:example:1", "x": %s1%s}' % (b"[" * (depth - 1), b"]" * (depth - 1))

    [found] = read(json_of(limits.INTAKE_DEPTH))
    assert isinstance(found, Item)
    [found] = read(with_body("<div>" * (limits.INTAKE_DEPTH - 2) + "deep"))  # in html and body
    assert isinstance(found, Item)
    assert found.text == "deep"
    for depth in (limits.INTAKE_DEPTH + 1, 2_000, 1_000_000):
        assert re.search(f"{limits.INTAKE_DEPTH} deep|too deeply", refused(json_of(depth)).why)
    for markup in ("<div>", "<b>", "<table><tr><td>", "<p><font>"):
        for depth in (limits.INTAKE_DEPTH, 100_000):
            assert str(limits.INTAKE_DEPTH) in refused(with_body(markup * depth)).why


@pytest.mark.thorough
@holds("INTAKE_ATTRIBUTES")
def test_an_element_has_so_many_attributes() -> None:
    def crowd(number: int, form: str = "a{}='>'") -> str:
        return f"<p>Words</p><p {' '.join(form.format(n) for n in range(number))}>more</p>"

    with soon():
        [found] = read(with_body(crowd(limits.INTAKE_ATTRIBUTES)))
    assert isinstance(found, Item)
    assert found.text == "Words\nmore"
    for form in ("a{}=1", "a{}", 'a{}=">"', "a{}/", "a{}='/>'"):
        for number in (limits.INTAKE_ATTRIBUTES + 1, 200_000):
            assert f"{limits.INTAKE_ATTRIBUTES} attributes" in refused(with_body(crowd(number, form))).why


@pytest.mark.thorough
@holds("INTAKE_TAGS")
def test_markup_has_so_many_tags() -> None:
    with soon(20):
        [found] = read(with_body("<b>a" + "</b><b>" * (limits.INTAKE_TAGS // 2 - 1) + "</b>"))
    assert isinstance(found, Item)
    assert found.text == "a"
    assert f"{limits.INTAKE_TAGS:,}" in refused(with_body("<p>" * (limits.INTAKE_TAGS + 1))).why


@pytest.mark.thorough
@pytest.mark.parametrize(
    "part",
    ["<", "&amp", "<!--", "<p a='", '<p a="', "<p a='<p b=\"", "<p>a", "<a href=x>y</a>", "<br>", "<td>x", "<q>",
     "<sup>1</sup>/<sub>2</sub>", "<sup>x"],
)  # fmt: skip
def test_html_costs_in_proportion_to_its_size(part: str) -> None:
    with soon(8):
        [found] = read(with_body(part * min(1_000_000 // len(part), limits.INTAKE_TAGS // 4)))
    assert isinstance(found, Item | Unreadable)


# --- XML ---------------------------------------------------------------------------------------------------------

HEAD = "<head><docdata><doc-id id-string='1'/></docdata></head>"
NITF = f"<nitf>{HEAD}<body><body.content><p>{{}}</p></body.content></body></nitf>"
LAUGHS = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE nitf [<!ENTITY a0 "ha">{LAUGHS}]>',
        f'<!DOCTYPE nitf [<!ENTITY a9 "{"ha" * 100_000}">]>',
        '<!DOCTYPE nitf [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE nitf [<!ENTITY a9 SYSTEM "http://127.0.0.1:9/x">]>',
        '<!DOCTYPE nitf [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>',
        '<!DOCTYPE nitf SYSTEM "x.dtd" [<!ENTITY a9 "ha">]>',
        '<!-- x --><?y z?>\n<!DOCTYPE nitf\n[<!ATTLIST p x CDATA "y">]>',
    ],
)
def test_a_doctype_that_declares_anything_is_refused(doctype: str) -> None:
    for words in ("&a9;", "&a9;" * 10_000, "x"):
        for start in ("", '<?xml version="1.0"?>\n'):
            trouble = refused(f"{start}{doctype}{NITF.format(words)}".encode())
            assert "DOCTYPE" in trouble.why


@pytest.mark.parametrize("doctype", ["", '<!DOCTYPE nitf SYSTEM "http://127.0.0.1:9/nitf.dtd">'])
def test_an_entity_that_nothing_explains_is_refused_and_those_of_html_are_read(doctype: str) -> None:
    assert "well-formed" in refused((doctype + NITF.format("&nowhere;")).encode()).why
    [found] = read((doctype + NITF.format("caf&eacute;&nbsp;&amp;&#160;bar &lt;b&gt;")).encode())
    assert isinstance(found, Item)
    assert found.text == "café & bar <b>"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b'<?xml version="1.0" encoding="utf-7"?>' + NITF.encode(), "utf-7"),
        (b'<?xml version="1.0" encoding="utf-16"?>' + NITF.encode(), "utf-16"),
        (b'<?xml version="1.0" encoding="idna"?>' + NITF.encode(), "idna"),
        (b'<?xml version="1.0" encoding="rot13"?>' + NITF.encode(), "rot13"),
        (b'<?xml version="1.0" encoding="iso-2022-jp"?>' + NITF.encode(), "iso-2022-jp"),
        (NITF.encode("utf-16-le"), "does not mark"),
        (NITF.encode("utf-16-be"), "does not mark"),
        (NITF.format("x").encode("utf-32"), "well-formed"),
        (NITF.encode() + b"\xff", "utf-8"),
        ('<!DOCTYPE nitf [<!ENTITY a "b">]><nitf>&a;</nitf>'.encode("utf-16"), "DOCTYPE"),
        (b"<nitf><head></nitf>", "well-formed"),
        (b"<nitf>\x00</nitf>", "does not mark"),
        (b"<nitf/><nitf/>", "well-formed"),
        (b"<", "well-formed"),
    ],
)
def test_an_encoding_that_could_hide_something_is_refused(data: bytes, word: str) -> None:
    assert word in refused(data).why


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "windows-1252", "iso-8859-15"])
def test_an_honest_encoding_is_read(encoding: str) -> None:
    declared = "" if encoding.startswith("utf") else f'<?xml version="1.0" encoding="{encoding}"?>'
    [found] = read((declared + NITF.format("café")).encode(encoding))
    assert isinstance(found, Item)
    assert found.text == "café"


def test_xml_reaches_for_nothing() -> None:
    include = (
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname" parse="text"/>'
    )
    style = '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>'
    with soon():
        [found] = read((style + NITF.format(f"a{include}b")).encode())
    assert isinstance(found, Item)
    assert found.text == "ab"


@pytest.mark.thorough
@pytest.mark.parametrize(
    "words",
    [
        "<p>" * 2_000 + "</p>" * 2_000,
        "<p>" * 100_000,
        "<p {}/>".format(" ".join(f'a{n}="1"' for n in range(100_000))),
        "<p {}/>".format(" ".join(f'xmlns:a{n}="u{n}"' for n in range(100_000))),
        '<p a="{}"/>'.format("x" * 5_000_000),
        "&amp;" * 1_000_000,
        f"{'<note>' * 90}{'<p>x</p>' * 70_000}{'</note>' * 90}",
        "1<frac><numer>1</numer><denom>2</denom></frac>" * 30_000,
        "<person> </person>" * 70_000,
        "<p/>" * (limits.INTAKE_TAGS + 1),
        "<![CDATA[" + "]]" * 1_000_000 + "]]>",
        "<!--" + " -" * 1_000_000 + "-->",
        "<!--",
    ],
    ids=range(13),
)
def test_xml_that_is_deep_wide_or_long_costs_in_proportion_to_its_size(words: str) -> None:
    with soon(4):
        [found] = read(NITF.format(words).encode())
    assert isinstance(found, Item | Unreadable)


def test_the_start_of_a_file_is_looked_through_once() -> None:
    for start in (
        " " * 1_000_000,
        "<!-- -->" * 100_000,
        "<!--" * 100_000,
        "<?x ?>" * 100_000,
        "<?x " * 100_000,
    ):
        with soon():
            list(read((start + NITF).encode()))
            list(read(("<!DOCTYPE nitf " + start + NITF).encode()))


def test_xml_is_so_deep() -> None:
    above = 4  # nitf, body, body.content, p
    deepest = limits.INTAKE_DEPTH - above
    [found] = read(NITF.format("<em>" * deepest + "x" + "</em>" * deepest).encode())
    assert isinstance(found, Item)
    deeper = deepest + 1
    assert str(limits.INTAKE_DEPTH) in refused(NITF.format("<em>" * deeper + "</em>" * deeper).encode()).why


# --- Many of what is few, and long where it is short -----------------------------------------------------------------

N = 50_000
MANY = [
    {"usageterms": [f"term {n}" for n in range(N)], "copyrightholder": [f"holder {n}" for n in range(N)]},
    {"byline": "x" * 1_000_000, "authors": [{"name": f"y{n}"} for n in range(N)]},
    {"bodies": [{"value": "word " * 100_000}, *({"value": f"b{n}"} for n in range(N))]},
    {"headlines": [{"value": f"h{n}", "role": f"r{n}"} for n in range(N)]},
    {"dateline": "-" * 1_000_000 + "x"},
    {"dateline": "(" * 1_000_000},
    {"subjects": [{"name": f"s{n}"} for n in range(N)]},
    {"urgency": "9" * 1_000_000},
    {"language": "en-" * 300_000},
    {"pubstatus": "stat:" * 300_000 + "usable"},
    {"versioncreated": "2023-09-12" * 100_000},
    {"embargoed": " " * 1_000_000 + "2023-09-12"},
    {"signals": ["edStat:" * 10_000 + "C"] * 10},
    {"associations": [{"name": "a", "uri": f"urn:{n}"} for n in range(N)]},
    {f"unknown{n}": 1 for n in range(N)},
]


@pytest.mark.thorough
@pytest.mark.parametrize("said", MANY, ids=range(len(MANY)))
def test_what_is_many_or_long_costs_in_proportion_to_its_size(said: dict[str, object]) -> None:
    with soon(6):
        [found] = read(json.dumps({"uri": "urn:example:1", **said}).encode())
    assert isinstance(found, Item | Unreadable)


def article(number: int) -> dict[str, object]:
    return {"@type": "NewsArticle", "headline": f"h{number}", "@id": f"urn:{number}"}


WIDE = [
    "<figure>" + "<figcaption>x</figcaption>" * 40_000 + "</figure>",
    "<table>" + "<tr>" + "<td>x</td>" * 100_000 + "</tr></table>",
    "<tr>" * 50_000,
    "<p>x</p>" * 70_000,
    "<link rel=x href=y>" * 50_000,
    "".join(f'<script type="application/ld+json">{json.dumps(article(n))}</script>' for n in range(5_000))
    + "<link rel=x href=y>" * 50_000,
    '<script type="application/ld+json">' + json.dumps([article(n) for n in range(N // 5)]) + "</script>",
    '<script type="application/ld+json">' + "// " * 500_000 + "</script>",
    "<!-- -->" * 100_000,
    '<script type="application/ld+json">[' + '"\n",' * 100_000 + "1]</script>",
    '<script type="application/ld+json">["' + '\\"\n' * 200_000 + "</script>",
]


@pytest.mark.thorough
@pytest.mark.parametrize("body", WIDE, ids=range(len(WIDE)))
def test_a_page_that_is_wide_costs_in_proportion_to_its_size(body: str) -> None:
    script = json.dumps(article(0) | {"url": "https://x.example/"})
    page = (
        f'<!doctype html><html><script type="application/ld+json">{script}</script><article>{body}</article>'
    )
    with soon(15):
        list(read(page.encode()))


@pytest.mark.parametrize(
    "head",
    [
        f'version="{"9" * 1_000_000}"',
        " ".join(f'a{n}="1"' for n in range(900)),
    ],
    ids=["digits", "attributes"],
)
def test_nitf_and_newsml_with_much_said_at_the_top_cost_in_proportion(head: str) -> None:
    with soon():
        list(read(NITF.replace("<nitf", f"<nitf {head}").format("x").encode()))
        list(read(f'<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="x" {head}/>'.encode()))


@pytest.mark.thorough
def test_newsml_with_many_of_each_costs_in_proportion() -> None:
    each = "".join(
        f"<{name}><name>x</name></{name}>"
        for name in ("located", "subject", "creator", "genre", "by", "headline")
    )
    rights = "<copyrightHolder literal='x'/><copyrightNotice>y</copyrightNotice>" * 20_000
    item = f"<rightsInfo>{rights}</rightsInfo><contentMeta>{each * 4_000}</contentMeta>"
    with soon(10):
        [found] = read(
            f'<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="x">{item}</newsItem>'.encode()
        )
    assert isinstance(found, Item)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "text",
    [
        "---\n" * 200_000,
        "Headline: b\n" * 100_000,
        "Headline: b\n" + " c\n" * 200_000,
        "Id: 1\n\n" + "\n \t" * 300_000,
        "Id: 1\n\n" + "[" * 20_000,
        "Id: 1\n\n" + "*_" * 50_000,
        "Id: 1\n\n" + "> " * 20_000,
        "Id: 1\n\n" + "|a" * 50_000,
        "---\nx: y\n" + "# z\n" * 100_000 + "---\n",
        "---\nx: " + '"\\' * 200_000 + "\n---\n",
        "Headline: b\n" + "no line of it\n" * 50_000,
        "+++\na = " + "[1," * 300_000,
        "id,statement\n" + '1,"' * 100_000,
        "id;statement;figure\n" + "1;x;1.234,5\n" * 20_000,
        "id;statement;figure\n1;x;" + "1.234" * 20_000,
        "id,statement\n" + "," * 1_000_000,
        ",".join(f"c{n}" for n in range(N)) + ",id\n" + "1\n" * N,
    ],
    ids=range(17),
)
def test_a_text_and_a_table_cost_in_proportion_to_their_size(text: str) -> None:
    for media_type in ("text/plain", "text/markdown"):
        with soon(6):
            list(read(text.encode(), media_type, "x"))
    with soon(6):
        list(read_rows(text.encode(), "text/csv"))


@pytest.mark.thorough
def test_what_reads_items_is_loaded_when_somebody_sends_one() -> None:
    """A server starts the sooner: lxml and the parsers take longer to load than many a thing that it needs."""
    loaded = (
        "import sys, api.app; print(*sorted(n for n in sys.modules if n.startswith(('lxml', 'api.intake.'))))"
    )
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout
    assert set(told.split()) <= {"api.intake.item", "api.intake.media_types", "api.intake.taking"}
