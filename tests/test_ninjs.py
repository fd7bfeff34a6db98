"""Is what an agency says in ninjs understood, in every version and with what agencies add to it?"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.intake.item import Item, Link, Note, Signal, Unreadable
from api.intake.recognising import TABLES, read
from api.intake.table import FIELDS

FORMATS = Path(os.environ.get("FACTLEDGER_FORMATS", Path(__file__).parents[2] / "shared" / "formats"))


def official(*patterns: str) -> list[Any]:
    """Official examples, or one parameter that is skipped and says why."""
    found = [file for pattern in patterns for file in sorted(FORMATS.glob(pattern))]
    if found:
        return [pytest.param(file, id="/".join(file.parts[-2:])) for file in found]
    reason = "the standards' own examples are not here; FACTLEDGER_FORMATS says where they are"
    return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]


def taken(data: object, media_type: str | None = None) -> list[Item | Unreadable]:
    return list(read(data if isinstance(data, bytes) else json.dumps(data).encode(), media_type))


def item(**more: Any) -> Item:
    [found] = taken({"uri": "urn:example:1", **more}, "application/json")
    assert isinstance(found, Item), found
    return found


@pytest.mark.parametrize("file", official("ninjs/examples/[0-9]*/*.json"))
def test_every_valid_example_of_the_standard_is_taken(file: Path) -> None:
    said = json.loads(file.read_text())
    [found] = taken(file.read_bytes())
    assert isinstance(found, Item)
    assert found.origin.id == said["uri"]
    if said["type"] != "text":
        return
    assert found.headline == "Captain of wrecked cruise ship on trial in Italy"
    assert found.byline == "Paulo Santalucia and Frances d'Emilio"
    assert found.text is not None
    assert found.text.startswith("GROSSETO, Italy (AP) --")
    assert found.text.endswith("Schettino has denied wrongdoing.")
    assert found.origin.created == datetime(2013, 7, 9, 10, 37, tzinfo=UTC)
    if "richtext" in file.read_text():
        assert found.text.count("\n") == 3
    if "copyrightnotice" in said:
        assert found.rights == "Copyright 2013 The News Agency, www.tna.org - all rights reserved."
        assert found.place == "Grossetto, Italy"


OF_EACH_VERSION: dict[str, dict[str, Any]] = {
    "1": {
        "version": "3",
        "versioncreated": "2023-09-12T14:30:00+01:00",
        "firstcreated": "20230912T120000Z",
        "pubstatus": "withheld",
        "embargoed": "2023-09-12T18:00:00+0100",
        "headline": "Harbour closed",
        "body_xhtml": "<p>The harbour of Zell closed.</p><p>It opens on Monday.</p>",
        "body_text": "The harbour of Zell closed.\nIt opens on Monday.",
        "byline": "By Ann Other",
        "subject": [{"name": "transport", "code": "20000100"}],
        "genre": [{"code": "Current"}],
        "ednote": "Corrects the day.",
        "copyrightnotice": "© Example",
        "usageterms": "Not for archives.",
        "associations": {"main": {"uri": "urn:example:2", "headline": "A ship"}},
    },
    "2": {
        "version": "3",
        "versioncreated": "2023-09-12T14:30:00+01:00",
        "firstcreated": "20230912T120000Z",
        "pubstatus": "withheld",
        "embargoed": "2023-09-12T18:00:00+0100",
        "headlines": [{"role": "main", "value": "Harbour closed"}],
        "bodies": [
            {"role": "main", "contenttype": "text/plain", "value": "The harbour of Zell closed.\nIt opens on Monday."},
            {"contenttype": "text/html", "value": "<p>The harbour of Zell closed.<p>It opens on Monday."},
        ],
        "by": "By Ann Other",
        "subjects": [{"name": "transport", "uri": "http://cv.iptc.org/newscodes/mediatopic/20000100"}],
        "genres": [{"name": "Current"}],
        "ednote": "Corrects the day.",
        "copyrightnotice": "© Example",
        "usageterms": "Not for archives.",
        "associations": [{"name": "main", "uri": "urn:example:2", "headlines": [{"value": "A ship"}]}],
    },
    "3": {
        "version": "3",
        "versionCreated": "2023-09-12T14:30:00+01:00",
        "firstCreated": "20230912T120000Z",
        "pubStatus": "withheld",
        "embargoedUntil": "2023-09-12T18:00:00+0100",
        "headlines": [{"value": "Harbour closed"}],
        "bodies": [
            {"contentType": "text/html", "value": "The harbour of Zell closed.<br><br>It opens on Monday."}
        ],
        "by": "By Ann Other",
        "subjects": [{"literal": "transport"}],
        "genres": [{"literal": "Current"}],
        "edNote": "Corrects the day.",
        "copyrightNotice": "© Example",
        "usageTerms": "Not for archives.",
        "associations": [{"name": "main", "rel": "main", "uri": "urn:example:2", "headlines": [{"value": "A ship"}]}],
    },
}  # fmt: skip


@pytest.mark.parametrize("version", OF_EACH_VERSION)
def test_every_version_says_the_same(version: str) -> None:
    found = item(
        urgency=3, slugline="ZELL-HARBOUR", located="Zell", language="en", **OF_EACH_VERSION[version]
    )
    assert found.format == f"ninjs {version}"
    assert (found.origin.id, found.origin.version) == ("urn:example:1", "3")
    assert found.origin.created == datetime(2023, 9, 12, 13, 30, tzinfo=UTC)
    assert found.published == datetime(2023, 9, 12, 12, tzinfo=UTC)
    assert found.embargo == datetime(2023, 9, 12, 17, tzinfo=UTC)
    assert found.signal is Signal.WITHHELD
    assert found.headline == "Harbour closed"
    assert found.text == "The harbour of Zell closed.\nIt opens on Monday."
    assert (found.byline, found.place, found.urgency) == ("By Ann Other", "Zell", 3)
    assert (found.subjects, found.desk, found.genre) == (("transport",), "transport", "Current")
    assert found.notes == (Note("editor", "Corrects the day."),)
    assert found.rights == "© Example\nNot for archives."
    assert found.links == (Link("main", "urn:example:2", "A ship"),)
    assert (found.slugline, found.language) == ("ZELL-HARBOUR", "en")
    assert found.without_place == {}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("EN_us", "en-US"),
        ("eng", "en"),
        ("de", "de"),
        ("GER", "de"),
        ("zh_hant_tw", "zh-Hant-TW"),
        ("pt-br", "pt-BR"),
        ("fre-CA", "fr-CA"),
        ("", None),
        ("xx", None),
        ("English language", None),
        ("und", None),
    ],
)
def test_a_language_is_well_written_or_none(said: str, meant: str | None) -> None:
    found = item(language=said)
    assert found.language == meant
    assert found.without_place == ({"/language": 1} if said and not meant else {})


@pytest.mark.parametrize(
    ("said", "meant", "path"),
    [
        ("2023-09-12T14:30:00.123+01:00", datetime(2023, 9, 12, 13, 30, 0, 123000, tzinfo=UTC), None),
        ("20230912T143000+0100", datetime(2023, 9, 12, 13, 30, tzinfo=UTC), None),
        ("2023-09-12T14:30:00+0100", datetime(2023, 9, 12, 13, 30, tzinfo=UTC), None),
        ("2023-09-12 14:30:00Z", datetime(2023, 9, 12, 14, 30, tzinfo=UTC), None),
        ("Tue, 12 Sep 2023 14:30:00 +0100", datetime(2023, 9, 12, 13, 30, tzinfo=UTC), None),
        ("Tue, 12 Sep 2023 14:30:00 GMT", datetime(2023, 9, 12, 14, 30, tzinfo=UTC), None),
        ("2023-09-12", datetime(2023, 9, 12, tzinfo=UTC), "a day alone: read as its first moment in UTC"),
        ("2023-09-12T14:30:00", datetime(2023, 9, 12, 14, 30, tzinfo=UTC), "without an offset: read as UTC"),
        ("yesterday", None, ""),
        ("2023-02-30T14:30:00Z", None, ""),
        ("9999-12-31T23:59:59-12:00", None, ""),
    ],
)
def test_an_instant_is_read_in_every_form_and_nothing_is_guessed_in_silence(
    said: str, meant: datetime | None, path: str | None
) -> None:
    found = item(versioncreated=said)
    assert found.origin.created == meant
    expected = None if path is None else f"/versioncreated ({path})" if path else "/versioncreated"
    assert list(found.without_place) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"pubstatus": "usable"}, Signal.USABLE),
        ({"pubstatus": "canceled"}, Signal.CANCELED),
        ({"pubStatus": "Cancelled"}, Signal.CANCELED),
        ({"pubstatus": "stat:withheld"}, Signal.WITHHELD),
        ({"pubstatus": "http://cv.iptc.org/newscodes/pubstatusg2/canceled"}, Signal.CANCELED),
        ({"signal": "sig:correction"}, Signal.CORRECTION),
        ({"signals": ["sig:update", "sig:correction"]}, Signal.CORRECTION),
        ({"signal": [{"name": "Corr.", "uri": "http://cv.iptc.org/newscodes/signal/correction"}]}, Signal.CORRECTION),
        ({"signals": ["edStat:C"]}, Signal.CORRECTION),
        ({"signals": ["edStat:U"], "pubstatus": "canceled"}, Signal.CANCELED),
        ({"signal": {"qcode": "sig:update"}}, Signal.UPDATE),
    ],
)  # fmt: skip
def test_what_an_agency_says_of_its_item_is_understood_in_every_form(
    said: dict[str, Any], meant: Signal
) -> None:
    assert item(**said).signal is meant


def test_a_signal_that_nobody_knows_is_counted() -> None:
    found = item(signals=["sig:atomic", {"other": 1}, 7])
    assert found.signal is Signal.USABLE
    assert found.without_place == {"/signals": 3}


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"pubstatus": "perhaps"}, "/pubstatus"),
        ({"pubstatus": 7}, "/pubstatus"),
        ({"pubstatus": ""}, "/pubstatus"),
        ({"pubStatus": " "}, "/pubStatus"),
        ({"pubstatus": None}, "/pubstatus"),
        ({"pubstatus": []}, "/pubstatus"),
        ({"embargoed": "on Friday at noon"}, "/embargoed"),
    ],
)
def test_what_could_make_public_too_early_is_never_skipped(said: dict[str, Any], where: str) -> None:
    [found] = taken({"uri": "urn:example:1", **said})
    assert isinstance(found, Unreadable)
    assert (found.where, found.item) == (where, "urn:example:1")


def test_nothing_is_made_up() -> None:
    """No headline of the title, the slugline or the first sentence; no text of what is for phones."""
    found = item(title="HARBOUR", slugline="ZELL", headline="", body_sms="Harbour closed", type="picture")
    assert (found.headline, found.text, found.language, found.byline, found.desk) == (None,) * 5
    assert found.title == "HARBOUR"
    assert found.without_place == {"/body_sms": 1}


def test_what_has_no_place_is_counted_by_its_path() -> None:
    found = item(
        people=[{"name": "A"}, {"name": "B"}],
        altids={"other": 1},
        renditions={},
        subject=[{"name": "x", "relevance": 90}],
        headline="Harbour closed",
        headline_seo="Zell harbour closed today",
        body_html="<p>One.</p><script>no()</script><p>Two<img src='x'></p>",
        body_summary="One",
    )
    assert found.text == "One.\nTwo"
    assert found.without_place == {
        "/people": 2,
        "/altids": 1,
        "/subject/relevance": 1,
        "/headline_seo": 1,
        "/body_html//script": 1,
        "/body_html//img": 1,
        "/body_summary": 1,
    }


def test_an_agencys_wrapper_is_opened_and_a_bad_item_does_not_stop_the_others() -> None:
    good = {"uri": "urn:example:2", "headline": "Two"}
    wrapped = {"data": {"items": [{"meta": {}, "item": {"uri": "urn:example:1"}}, {"item": good}]}}
    first, second = taken(wrapped)
    assert isinstance(first, Item)
    assert isinstance(second, Item)
    assert (first.origin.id, second.origin.id) == ("urn:example:1", "urn:example:2")
    bad, ours = taken([{"headline": "no uri", "versioncreated": "2023-09-12"}, good])
    assert isinstance(bad, Unreadable)
    assert bad.where == "/uri"
    assert isinstance(ours, Item)
    assert ours.headline == "Two"


def test_html_in_a_line_and_its_entities_are_read() -> None:
    found = item(
        headline="Fish &amp; <em>chips</em>&nbsp;sold",
        byline="By&#160;Ann\n Other",
        ednote="<p>Two</p><p>notes</p>",
    )
    assert (found.headline, found.byline) == ("Fish & chips sold", "By Ann Other")
    assert found.notes == (Note("editor", "Two\nnotes"),)


def test_a_table_names_fields_that_an_item_has_and_is_on_the_page() -> None:
    page = (Path(__file__).parents[1] / "docs" / "intake.md").read_text()
    for table in TABLES:
        assert {row.field for row in table.rows} <= FIELDS, table.title
        assert f"## {table.title}\n" in page


# --- As agencies send it ---------------------------------------------------------------------------------------------


def test_what_is_raised_alone_makes_a_text_markup() -> None:
    assert item(body_text="10<sup>6</sup> ships").text == "10⁶ ships"
    assert (
        item(body_nitf="<p>One.</p><note type='npa'><body.content><p>Eds</p></body.content></note>").text
        == "One."
    )


def test_what_closes_itself_does_not_swallow_what_follows() -> None:
    """In HTML `<media/>` is open until the end; whoever writes NITF or XHTML does not mean that."""
    body = '<p>One<br/></p><media media-type="image"/><p>Two<a id="x"/></p><script src="x"/><p>Three &amp; four</p>'
    found = item(body_nitf=f"<block>{body}</block>")
    assert found.text == "One\nTwo\nThree & four"
    assert found.without_place == {"/body_nitf//media": 1, "/body_nitf//script": 1}
    assert item(body_xhtml="<p>One<br/>two & three</p><p>Four").text == "One\ntwo & three\nFour"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("One <br/> tag\nTwo &amp; three", "One <br/> tag\nTwo &amp; three"),
        ("<p>One</p><p>Two &amp; three</p>", "One\nTwo & three"),  # an agency that calls it so
    ],
)
def test_what_is_said_to_be_plain_is_unless_it_is_markup_from_its_first_letter_to_its_last(
    value: str, text: str
) -> None:
    found = item(bodies=[{"role": "main", "contentType": "text/plain", "value": value}])
    assert (found.text, found.without_place) == (text, {})


def test_notes_that_this_ledger_wrote_below_one_another_are_told_apart_again() -> None:
    found = item(edNote="Correction: It left.\nNote (legal): One\ntwo\nNote (Nord (Süd)): Three")
    assert found.notes == (
        Note("editor", "Correction: It left."),
        Note("legal", "One\ntwo"),
        Note("Nord (Süd)", "Three"),
    )


def test_names_stand_in_where_there_is_no_byline_and_notes_have_their_roles() -> None:
    found = item(bylines=[{"by": "By ANN OTHER", "title": "Example"}, {"by": "A. N. ELSE"}])
    assert found.byline == "By ANN OTHER, A. N. ELSE"
    found = item(byline="Ann Other", authors=[{"name": "Ann Other"}, {"name": "A. N. Else"}])
    assert (found.byline, found.without_place) == ("Ann Other", {"/authors": 1})
    found = item(
        notices=[{"role": "correction", "text": "The day was wrong."}], usageterms=["Not here.", "Nor there."]
    )
    assert found.notes == (Note("correction", "The day was wrong."),)
    assert found.rights == "Not here.\nNor there."


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("ZELL, Sept 12 (Example) - ", "ZELL"),
        ("ZELL, Germany, Sept. 12 (Example) —", "ZELL, Germany"),
        ("Zell (dpa)", "Zell"),
        ("Zell/Port", "Zell/Port"),
        ("ZELL, 12 septembre", "ZELL"),
        ("NEW YORK –", "NEW YORK"),
        ("(dpa)", None),
    ],
)
def test_the_place_of_a_dateline_stands_before_its_date(said: str, place: str | None) -> None:
    found = item(dateline=said)
    assert found.place == place
    assert found.without_place == ({} if said == place else {"/dateline (what stands after the place)": 1})


def test_what_this_ledger_says_among_subjects_is_understood() -> None:
    subjects = [
        {"name": "World", "rel": "desk"},
        {"name": "corrected", "rel": "signal", "uri": "http://cv.iptc.org/newscodes/signal/correction"},
        {"name": "ships"},
    ]
    found = item(subjects=subjects)
    assert (found.desk, found.subjects, found.signal) == ("World", ("ships",), Signal.CORRECTION)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"pubStatus": "usable"}, {"pubstatus": "canceled"}),
        ({"pubStatus": None}, {"PUBSTATUS": "withheld"}),
        ({"embargoed": None}, {"Embargoed": "2999-01-01T00:00:00Z"}),
        ({"signal": "sig:update"}, {"Signal": "sig:correction"}),
        (
            {"subjects": []},
            {"Subjects": [{"rel": "signal", "uri": "http://cv.iptc.org/newscodes/signal/correction"}]},
        ),
    ],
)
def test_what_keeps_an_item_back_is_not_hidden_behind_the_same_name_in_other_letters(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    [found] = taken({"uri": "urn:example:1"} | first | second)
    assert isinstance(found, Unreadable)
    assert "twice" in found.why
    assert found.where == f"/{next(iter(second))}"


def test_other_names_that_are_there_twice_are_counted_unless_they_say_the_same() -> None:
    found = item(pubStatus="usable", pubstatus="usable", headline="One", Headline="Two")
    assert found.headline == "One"
    assert found.without_place == {"/Headline": 1}


def test_an_embargo_that_is_no_time_is_refused_and_one_that_is_none_is_none() -> None:
    said: Any
    for said in (True, 0, 0.0, 1694527200, {"until": "2023-09-12"}, ["Friday"]):
        [found] = taken({"uri": "urn:example:1", "embargoed": said})
        assert isinstance(found, Unreadable), said
        assert found.where == "/embargoed"
    empty: Any
    for empty in (None, "", False, []):
        assert item(embargoed=empty).embargo is None


@pytest.mark.parametrize(
    "said",
    [
        {"signals": {"updatetype": "KORR", "pageproduct": "x"}},
        {"signals": [{"name": "updatetype", "value": "KORR"}, "sig:atomic"]},
        {"signal": {"code": "x", "types": [{"code": "CORR"}]}},
        {"signals": {"corr": {"uri": "http://cv.iptc.org/newscodes/signal/correction"}}},
    ],
)
def test_a_correction_is_found_wherever_a_signal_says_it(said: dict[str, Any]) -> None:
    assert item(**said).signal is Signal.CORRECTION
    assert item(signals={"updatetype": "UTV"}).without_place == {"/signals": 1}


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_languages_that_of_the_item_is_taken_and_the_others_are_counted(order: int) -> None:
    heads = [{"value": "Hafen", "language": "de"}, {"value": "Harbour", "language": "en-GB", "role": "main"}]
    bodies = [
        {"value": "<p>Der Hafen.</p>", "language": "deu", "contentType": "text/html"},
        {"value": "The harbour.", "lang": "EN_gb", "contentType": "text/plain"},
        {"value": "Harbour", "language": "en", "role": "summary"},
    ]
    both = {"headlines": heads[::order], "bodies": bodies[::order]}
    found = item(language="en", **both)
    assert (found.headline, found.text, found.language) == ("Harbour", "The harbour.", "en")
    assert found.without_place == {"/headlines": 1, "/bodies": 1, "/bodies[summary]": 1}
    found = item(language="de", **both)
    assert (found.headline, found.text, found.language) == ("Hafen", "Der Hafen.", "de")
    assert found.without_place == {"/headlines[main]": 1, "/bodies": 1, "/bodies[summary]": 1}
    found = item(language="fr", bodies=[{"value": "Der Hafen.", "language": "de"}, {"value": "Le port."}])
    assert (found.text, found.without_place) == ("Le port.", {"/bodies": 1})
    assert item(bodies=[{"value": "Der Hafen.", "language": "de"}]).language == "de"


def test_languages_and_encodings_that_have_no_place_are_counted() -> None:
    found = item(language=["de", "en"], bodies=[{"value": "SGVsbG8=", "encoding": "base64"}])
    assert (found.language, found.text, found.without_place) == ("de", None, {"/language": 1, "/bodies": 1})
