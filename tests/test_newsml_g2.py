"""Are NewsML-G2 and NITF understood: items, packages, messages, the text in them, and what agencies say of it?"""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from api.intake.item import Item, Link, Note, Signal, Unreadable
from api.intake.recognising import read
from tests.test_ninjs import official

NAR = "http://iptc.org/std/nar/2006-10-01/"


def only(data: str | bytes) -> Item:
    [found] = read(data.encode() if isinstance(data, str) else data)
    assert isinstance(found, Item), found
    return found


def news_item(item_meta: str = "", content_meta: str = "", content: str = "", attributes: str = "") -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<newsItem xmlns="{NAR}" guid="urn:newsml:example.com:20230912:zell" version="3" standard="NewsML-G2"
    standardversion="2.29" conformance="power" xml:lang="en-GB" {attributes}>
  <itemMeta><itemClass qcode="ninat:text"/>
  <versionCreated>2023-09-12T14:30:00+01:00</versionCreated>{item_meta}</itemMeta>
  <contentMeta>{content_meta}</contentMeta><contentSet>{content}</contentSet></newsItem>"""


# --- The standard's own examples -----------------------------------------------------------------------------------


@pytest.mark.parametrize("file", official("newsml-g2/examples/*.xml"))
def test_every_example_of_the_standard_is_taken(file: Path) -> None:
    found = only(file.read_bytes())
    assert found.origin.version == "11"
    assert found.format in ("NewsML-G2 2.35", "NewsML-G2 2.24")
    assert found.origin.created is not None
    if "LISTING_1_" in file.name:
        assert found.origin.id == "urn:newsml:acmenews.com:20161018:US-FINANCE-FED"
        assert found.origin.provider == "nprov:REUTERS"
        assert found.embargo == datetime(2018, 10, 23, 12, tzinfo=UTC)
        assert found.signal is Signal.UPDATE
        assert (found.desk, found.place, found.byline) == ("UK News Service", "Berlin", "Meredith Jameson")
        assert found.subjects == ("economy, business and finance", "labour market")
        assert found.headline == 'Fed to halt QE to avert "bubble"'
        assert (found.slugline, found.genre, found.text) == ("US-Finance-Fed", "Interview", None)
        assert found.rights is not None
        assert found.rights.splitlines()[1] == "Not for use outside the United States"
        assert found.notes[0].role == "editor"
        assert found.notes[0].text.startswith("Note to editors: STRICTLY EMBARGOED.")
        assert found.links[0].rel == "irel:seeAlso"
        assert found.published == datetime(2016, 10, 18, 18, 12, 21, tzinfo=UTC)
    if "LISTING_2_" in file.name:
        assert found.language == "en-US"
        assert found.byline == "By Meredith Jameson, Staff Reporter"
        assert found.text is not None
        assert found.text.startswith("(New York, NY - October 21) Et, sent luptat")
        assert found.text.count("\n") == 1
        assert found.credit == "Associated Press"
    if "LISTING_6_" in file.name:
        assert [link.to for link in found.links] == [
            "urn:newsml:iptc.org:20081007:tutorial-item-A",
            "urn:newsml:iptc.org:20081007:tutorial—item-B",
        ]
        assert found.links[0].title == "Obama annonce son équipe"
        assert found.links[0].rel == "group:main"
        assert found.without_place["contentMeta/contributor"] == 1


# --- As agencies send them -----------------------------------------------------------------------------------------

XHTML = """<inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head>
<body><p>ZELL, Sept 12 (Example) - The   harbour&nbsp;closed.</p><p>“It opens on Monday”, the <em>master</em> said.<br/>
He did not say when.</p><h2>Ships</h2><ul><li>Two ferries</li><li>One tug</li></ul>
<table><tr><th>Day</th><th>Ships</th></tr><tr><td><p>Monday</p></td><td>3</td></tr></table>
<p>H<sub>2</sub>O was <del>wet</del>dry.</p><script>no</script></body></html></inlineXML>"""
OF_XHTML = (
    "ZELL, Sept 12 (Example) - The harbour closed.\n“It opens on Monday”, the master said.\nHe did not say when."
    "\nShips\nTwo ferries\nOne tug\nDay | Ships\nMonday | 3\nH₂O was dry."
)


def test_xhtml_becomes_paragraphs_and_what_is_dropped_is_counted() -> None:
    found = only(news_item(content=XHTML))
    assert found.text == OF_XHTML
    assert found.without_place["contentSet/inlineXML//script"] == 1
    assert found.without_place["contentSet/inlineXML//del"] == 1


def test_what_an_agency_says_about_its_item_is_taken() -> None:
    found = only(
        news_item(
            """<provider qcode="nprov:EX"><name>Example</name></provider>
            <firstCreated>2023-09-12T12:00:00Z</firstCreated>
            <pubStatus qcode="stat:usable"/><signal qcode="sig:correction"/><signal qcode="sig:atomic"/>
            <edNote role="edrole:correction">Corrects the day in the second paragraph.</edNote>
            <edNote>For A. Editor<br/>+44 0000</edNote><fileName>x.xml</fileName>
            <link rel="irel:previousVersion" residref="urn:newsml:example.com:20230912:zell:2"/>""",
            """<urgency>3</urgency><creditline>Example</creditline><by>By Ann Other</by>
            <located qcode="city:1"><name>Zell</name></located><headline>Harbour <br/>closed</headline>
            <headline role="hld:short">Closed</headline><language tag="EN_gb"/>
            <subject qcode="medtop:1" confidence="90"><name xml:lang="de">Verkehr</name>
            <name xml:lang="en">transport</name>
            <broader qcode="medtop:2"/></subject><keyword>boats</keyword>""",
        )
    )
    assert found.signal is Signal.CORRECTION
    assert found.notes == (
        Note("correction", "Corrects the day in the second paragraph."),
        Note("editor", "For A. Editor\n+44 0000"),
    )
    assert (found.urgency, found.credit, found.byline, found.place) == (3, "Example", "By Ann Other", "Zell")
    assert (found.headline, found.language, found.desk) == ("Harbour closed", "en-GB", "transport")
    assert (found.origin.provider, found.origin.version) == ("Example", "3")
    assert found.links == (Link("irel:previousVersion", "urn:newsml:example.com:20230912:zell:2"),)
    assert found.without_place == {
        "itemMeta/signal": 1,
        "itemMeta/fileName": 1,
        "contentMeta/headline[short]": 1,
        "contentMeta/subject/@confidence": 1,
        "contentMeta/subject/broader": 1,
        "contentMeta/keyword": 1,
    }


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ('<pubStatus qcode="stat:canceled"/>', Signal.CANCELED),
        ('<pubStatus qcode="st:Cancelled"/>', Signal.CANCELED),
        ('<pubStatus uri="http://cv.iptc.org/newscodes/pubstatusg2/withheld"/>', Signal.WITHHELD),
        ('<pubStatus literal="canceled"/>', Signal.CANCELED),
        ('<pubStatus qcode="stat:usable"/>', Signal.USABLE),
        ('<signal uri="http://cv.iptc.org/newscodes/signal/update"/>', Signal.UPDATE),
        ('<signal qcode="edStat:C"/>', Signal.CORRECTION),
        ('<signal qcode="edStat:U"/>', Signal.UPDATE),
        ('<signal literal="correction"/>', Signal.CORRECTION),
        ("<signal><name>Correction</name></signal>", Signal.CORRECTION),
        ('<pubStatus qcode="stat:canceled"/><signal qcode="sig:correction"/>', Signal.CANCELED),
        ("<embargoed/>", Signal.WITHHELD),
    ],
)
def test_a_status_and_a_signal_are_understood_in_every_form(said: str, meant: Signal) -> None:
    assert only(news_item(said)).signal is meant


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ('<pubStatus qcode="stat:maybe"/>', "itemMeta/pubStatus"),
        ("<pubStatus/>", "itemMeta/pubStatus"),
        ('<pubStatus qcode=" "/>', "itemMeta/pubStatus"),
        ("<embargoed>Friday</embargoed>", "itemMeta/embargoed"),
    ],
)
def test_what_could_make_public_too_early_is_never_skipped(said: str, where: str) -> None:
    [found] = read(news_item(said).encode())
    assert isinstance(found, Unreadable)
    assert (found.where, found.item) == (where, "urn:newsml:example.com:20230912:zell")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('<inlineData contenttype="text/plain">One\n\n  Two &amp; three\n</inlineData>', "One\nTwo & three"),
        ('<inlineData contenttype="text/html">&lt;p>One&lt;p>Two &amp;amp; three</inlineData>', "One\nTwo & three"),
        ("<inlineData><![CDATA[<p>One</p><p>Two &amp; three</p>]]></inlineData>", "One\nTwo & three"),
        ('<inlineXML contenttype="text/xml"><p>One</p><p>Two &amp; three</p></inlineXML>', "One\nTwo & three"),
        ('<remoteContent href="http://example.com/a.jpg"/>', None),
        ("", None),
    ],
)  # fmt: skip
def test_text_is_found_however_it_stands_in_the_item(content: str, text: str | None) -> None:
    assert only(news_item(content=content)).text == text


def test_a_message_holds_many_and_one_that_is_bad_does_not_stop_the_others() -> None:
    one = news_item().partition("?>")[2]
    bad = one.replace('guid="urn:newsml:example.com:20230912:zell"', "")
    message = f"""<newsMessage xmlns="{NAR}"><header><sent>2023-09-12T14:30:00Z</sent></header><itemSet>
      {one}{bad}<knowledgeItem guid="k"/><packageItem guid="p" version="1"><groupSet root="G"><group id="G" role="main">
      <itemRef residref="urn:x"><title>X</title></itemRef></group></groupSet></packageItem></itemSet></newsMessage>"""
    first, second, third, fourth = read(message.encode())
    assert isinstance(first, Item)
    assert isinstance(second, Unreadable)
    assert second.where == "@guid"
    assert isinstance(third, Unreadable)
    assert (third.where, third.item) == ("knowledgeItem", "k")
    assert isinstance(fourth, Item)
    assert fourth.links == (Link("main", "urn:x", "X"),)


# --- NITF ----------------------------------------------------------------------------------------------------------

NITF = """<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE nitf SYSTEM "http://www.nitf.org/IPTC/NITF/3.4/specification/dtd/nitf-3-4.dtd">
<nitf version="-//IPTC//DTD NITF 3.4//EN" xml:lang="fr_CA"><head><title>Harbour</title><meta name="x" content="y"/>
<tobject tobject.type="news"><tobject.property tobject.property.type="Current"/>
<tobject.subject tobject.subject.refnum="11000000" tobject.subject.type="Politique" tobject.subject.matter="Élection"/>
</tobject><docdata management-status="usable"><correction info="Corrige le jour." id-string="ex.1"/>
<urgency ed-urg="4"/>
<doc-id regsrc="EX" id-string="ex.2"/><date.issue norm="20230912T143000+0100"/><date.release norm="20230912T150000Z"/>
<du-key key="ZELL-PORT" version="2"/><doc.copyright year="2023" holder="Example"/>
<ed-msg info="Pas pour le web"/></docdata>
<pubdata position.section="Monde"/></head><body><body.head><hedline><hl1>Le port ferm\u00e9 &eacute;t&eacute;</hl1>
<hl2>Deux navires</hl2></hedline><note type="std"><body.content><p>Attention</p></body.content></note>
<byline>Par Ann Autre</byline><distributor>Example</distributor>
<dateline><location>Zell</location> le <story.date norm="20230912">12 septembre</story.date></dateline></body.head>
<body.content><block><p>Un.</p><hl2>Apr\u00e8s</hl2><p>Il dit <q>oui</q>.</p>
<media media-type="image"><media-caption>Port
</media-caption></media><table><tr><td>1</td><td>2</td></tr></table><ol><li>Un</li></ol></block></body.content>
<body.end><tagline>fin</tagline></body.end></body></nitf>"""


def test_nitf_as_a_document_of_its_own_is_taken() -> None:
    found = only(NITF.encode("latin-1"))
    assert found.format == "NITF 3.4"
    assert (found.origin.provider, found.origin.id, found.origin.version) == ("EX", "ex.2", "2")
    assert found.origin.created == datetime(2023, 9, 12, 13, 30, tzinfo=UTC)
    assert found.embargo == datetime(2023, 9, 12, 15, tzinfo=UTC)
    assert found.signal is Signal.CORRECTION
    assert found.headline == "Le port fermé été"
    assert found.text == "Un.\nAprès\nIl dit “oui”.\n1 | 2\nUn"
    assert (found.language, found.byline, found.place) == ("fr-CA", "Par Ann Autre", "Zell")
    assert (found.dated, found.desk, found.subjects) == (date(2023, 9, 12), "Monde", ("Élection",))
    assert (found.urgency, found.slugline, found.genre) == (4, "ZELL-PORT", "Current")
    assert (found.rights, found.credit) == ("Example", "Example")
    assert found.links == (Link("correction", "ex.1"),)
    assert found.notes == (
        Note("std", "Attention"),
        Note("editor", "Pas pour le web"),
        Note("correction", "Corrige le jour."),
    )
    assert found.without_place == {
        "head/title": 1,
        "head/meta": 1,
        "body/body.head/hedline/hl2": 1,
        "body/body.content//media": 1,
        "body/body.end": 1,
    }


def test_nitf_within_a_news_item_gives_what_the_item_does_not_say() -> None:
    nitf = NITF.partition("]>")[2] or NITF[NITF.index("<nitf") :]
    nitf = nitf.replace("<nitf ", '<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/" ')
    found = only(news_item(content=f'<inlineXML contenttype="application/nitf+xml">{nitf}</inlineXML>'))
    assert found.origin.id == "urn:newsml:example.com:20230912:zell"
    assert (found.headline, found.byline, found.place) == ("Le port fermé été", "Par Ann Autre", "Zell")
    assert (found.language, found.dated) == ("fr-CA", date(2023, 9, 12))
    assert found.text is not None
    assert found.text.startswith("Un.\nAprès")
    assert found.without_place["contentSet/inlineXML/nitf/body/body.head/hedline/hl2"] == 1
    assert found.without_place["contentSet/inlineXML/nitf/head/docdata/urgency/@ed-urg"] == 1


def test_nitf_that_does_not_say_which_it_is_is_refused() -> None:
    [found] = read(b"<nitf><body><body.content><p>x</p></body.content></body></nitf>")
    assert isinstance(found, Unreadable)
    assert "doc-id" in found.where


@pytest.mark.parametrize("root", ["rss", "feed", "NewsML", "x"])
def test_other_xml_is_refused(root: str) -> None:
    [found] = read(f"<{root}/>".encode())
    assert isinstance(found, Unreadable)
    assert "NewsML-G2 or NITF" in found.fix


def nitf_of(content: str, head: str = "", docdata: str = "") -> str:
    return f"""<nitf><head><docdata><doc-id id-string="ex.3"/>{docdata}</docdata></head>
<body><body.head>{head}</body.head><body.content>{content}</body.content></body></nitf>"""


NOTES = """<p>One.</p><note noteclass="editorsnote" type="npa"><body.content><p>Eds only.</p>
<note><body.content><p>Inner.</p></body.content></note></body.content></note>
<block><p>Two<fn><body.content><p>As of Monday.</p></body.content></fn>.</p>
<table><tr><td>1</td><td>2<note type="pa"><body.content><p>In a cell.</p></body.content></note></td></tr>
</table></block>"""
OF_NOTES = (
    Note("npa", "Eds only."),
    Note("editor", "Inner."),
    Note("footnote", "As of Monday."),
    Note("pa", "In a cell."),
)


def test_a_note_in_the_text_of_nitf_is_a_note_wherever_it_stands() -> None:
    found = only(nitf_of(NOTES))
    assert found.text == "One.\nTwo.\n1 | 2"
    assert found.notes == OF_NOTES
    assert found.without_place == {}
    within = nitf_of(NOTES, '<note type="std"><body.content><p>Above.</p></body.content></note>')
    found = only(news_item("<edNote>Ours.</edNote>", content=f"<inlineXML>{within}</inlineXML>"))
    assert found.text == "One.\nTwo.\n1 | 2"
    assert found.notes == (Note("editor", "Ours."), Note("std", "Above."), *OF_NOTES)


def test_what_keeps_nitf_from_readers_does_so_within_a_news_item() -> None:
    def within(docdata: str, item_meta: str = "") -> Item | Unreadable:
        nitf = nitf_of("<p>One.</p>", docdata=docdata)
        [found] = read(news_item(item_meta, content=f"<inlineXML>{nitf}</inlineXML>").encode())
        return found

    found = within('<date.release norm="20330912T150000Z"/>', "<embargoed>2023-09-12T12:00:00Z</embargoed>")
    assert isinstance(found, Item)
    assert found.embargo == datetime(2033, 9, 12, 15, tzinfo=UTC)
    assert isinstance(within('<date.release norm="soon"/>'), Unreadable)
    found = within('<correction info="The day."/>', '<pubStatus qcode="stat:usable"/>')
    assert isinstance(found, Item)
    assert (found.signal, found.notes) == (Signal.CORRECTION, (Note("correction", "The day."),))


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("5,000<sup>1</sup> ships", "5,000¹ ships"),
        ("10<sup>6</sup> km<sup>2</sup>", "10⁶ km²"),
        ("10<sup>-6</sup>, 5,000<sup>1,2</sup>", "10⁻⁶, 5,000¹,²"),
        ("2<sup>n+1</sup>, 2<sup>x</sup>, x<sup>n</sup>", "2^(n+1), 2^(x), xⁿ"),
        ("2<sup>2<sup>3</sup></sup>", "2^(2^(3))"),
        ("H<sub>2</sub>O, log<sub>10</sub>100, x<sub>1a</sub>", "H₂O, log₁₀100, x_(1a)"),
        ("the 1<sup>st</sup>, le 2<sup>e</sup>, M<sup>me</sup> A<sup>*</sup>", "the 1st, le 2e, Mme A*"),
        ("3<sup>1</sup>/<sub>2</sub> or <sup>3</sup>⁄<sub>4</sub>", "3 1/2 or 3/4"),
        ("3<frac><frac-num>1</frac-num><frac-sep/><frac-denom>2</frac-denom></frac> days", "3 1/2 days"),
        ("3 <frac>\n<numer>1</numer>\n<frac-sep>⁄</frac-sep>\n<denom>2</denom>\n</frac>-day", "3 1/2-day"),
        ("<frac><numer>1</numer><denom>2</denom></frac>", "1/2"),
        ("5<sup>1</sup>", "5¹"),
    ],
)
def test_a_number_reads_as_it_was_set(written: str, read_as: str) -> None:
    found = only(nitf_of(f"<p>{written}</p>"))
    assert (found.text, found.without_place) == (read_as, {})


@pytest.mark.parametrize(
    ("byline", "read_as"),
    [
        ("By ANN BEE<byttl>Associated Press Writer</byttl>", "By ANN BEE, Associated Press Writer"),
        ("By <person>ANN BEE</person>, <byttl>Writer</byttl>", "By ANN BEE, Writer"),
        ("<person>Ann Bee</person><person>Cy Dee</person>", "Ann Bee, Cy Dee"),
        ("<person><name.given>Ann</name.given><name.family>Bee</name.family></person>", "Ann Bee"),
    ],
)
def test_the_parts_of_a_byline_and_a_place_are_parted(byline: str, read_as: str) -> None:
    place = "<dateline><location><city>Zell</city><country>Nordland</country></location></dateline>"
    found = only(nitf_of("<p>Mc<person>Bee</person>.</p>", f"<byline>{byline}</byline>{place}"))
    assert (found.byline, found.place, found.text) == (read_as, "Zell, Nordland", "McBee.")


@pytest.mark.parametrize(
    ("docdata", "where"),
    [
        ('<docdata management-status=""/>', "head/docdata/@management-status"),
        ("<docdata><date.release/></docdata>", "head/docdata/date.release/@norm"),
        ("<docdata><date.release norm=' '/></docdata>", "head/docdata/date.release/@norm"),
    ],
)
def test_nothing_is_no_word_that_nitf_may_be_published(docdata: str, where: str) -> None:
    [found] = read(nitf_of("<p>One.</p>").replace("</head>", f"{docdata}</head>").encode())
    assert isinstance(found, Unreadable)
    assert found.where == where


# --- Languages, and data --------------------------------------------------------------------------------------------


def test_of_several_languages_that_of_the_item_is_taken_and_the_others_are_counted() -> None:
    def xhtml(tongue: str, text: str) -> str:
        return f"""<inlineXML contenttype="application/xhtml+xml"><html {tongue}><head><title/></head>
        <body><p>{text}</p></body></html></inlineXML>"""

    english, german = xhtml('lang="en"', "The harbour."), xhtml('xml:lang="de-DE"', "Der Hafen.")
    heads = """<headline xml:lang="en">Harbour</headline><headline xml:lang="de">Hafen</headline>
        <by xml:lang="en">By Ann</by><by xml:lang="de">Von Ann</by>
        <located><name xml:lang="en">Cologne</name><name xml:lang="de">Köln</name></located>"""
    for said, expected in (
        ('<language tag="de"/>', ("Hafen", "Der Hafen.", "Von Ann", "Köln", "de")),
        ("", ("Harbour", "The harbour.", "By Ann", "Cologne", "en-GB")),
    ):
        for contents in (english + german, german + english):
            found = only(news_item(content_meta=said + heads, content=contents))
            read_as = (found.headline, found.text, found.byline, found.place, found.language)
            assert read_as == expected
            assert found.without_place == {
                "contentMeta/headline": 1,
                "contentMeta/by": 1,
                "contentSet/inlineXML": 1,
            }
    nitfs = "".join(
        f"<inlineXML>{nitf_of(f'<p>{text}</p>', f'<hedline><hl1>{text}!</hl1></hedline>')}</inlineXML>".replace(
            "<nitf>", f'<nitf xml:lang="{tongue}">'
        )
        for tongue, text in (("fr", "Le port."), ("en", "The harbour."))
    )
    found = only(news_item(content=nitfs))
    assert (found.headline, found.text) == ("The harbour.!", "The harbour.")
    quoting = (
        '<inlineXML><p>It is <em xml:lang="de">der</em> harbour.</p><p xml:lang="de">Hafen.</p></inlineXML>'
    )
    found = only(news_item(content=quoting + german))
    assert found.text == "It is der harbour.\nHafen."


@pytest.mark.parametrize(
    ("attributes", "data", "text", "counted"),
    [
        ('contenttype="text/plain" encoding="encd:b64"', "Q2Fmw6k=", "Café", 0),
        ('contenttype="text/plain; charset=iso-8859-1" encoding="base64"', "Q2Fm\n6Q==", "Café", 0),
        ('contenttype="text/html" encodinguri="http://x.example/base64"', "PHA+T25lPHA+VHdv", "One\nTwo", 0),
        ('contenttype="image/jpeg" encoding="base64"', "Q2Fm", None, 1),
        ('encoding="base64"', "Q2Fm", None, 1),
        ('contenttype="text/plain" encoding="encd:zip"', "Q2Fm", None, 1),
        ('contenttype="text/plain" encoding="base64"', "Q2F!", None, 1),
        ('contenttype="text/plain; charset=utf-7" encoding="base64"', "Q2Fm", None, 1),
        ('contenttype="text/plain" encoding="base64"', "/w==", None, 1),
    ],
)  # fmt: skip
def test_data_that_are_encoded_are_never_published_as_letters(
    attributes: str, data: str, text: str | None, counted: int
) -> None:
    found = only(news_item(content=f"<inlineData {attributes}>{data}</inlineData>"))
    assert found.text == text
    assert found.without_place["contentSet/inlineData (encoded)"] == counted
