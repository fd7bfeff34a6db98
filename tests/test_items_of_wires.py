"""Are items taken as agencies send them, which is seldom as a standard has it?"""

import json
from typing import Any

from api.intake.item import Item, Origin, Signal
from api.intake.recognising import read
from api.intake.taking import command_of
from tests.desk import Desk, problem
from tests.test_taking import Wire, ninjs


def one(data: dict[str, Any] | str) -> Item:
    [found] = read((data if isinstance(data, str) else json.dumps(data)).encode())
    assert isinstance(found, Item), found
    return found


def newsml(headlines: str = "<headline>A train</headline>", **attributes: str) -> str:
    said = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f"""<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" standard="NewsML-G2" {said}>
    <itemMeta><provider qcode="nprov:nord"/><versionCreated>2023-09-12T11:02:00+0200</versionCreated>
    <pubStatus qcode="stat:usable"/><signal qcode="edStat:C"/></itemMeta>
    <contentMeta>{headlines}<dateline>ZELL, Sept 12 (Nord) -</dateline></contentMeta></newsItem>"""


def test_an_id_with_a_token_of_the_moment_gives_way_to_one_that_stays() -> None:
    for token in ("qt=a1", "qt=b2"):
        item = {"uri": f"https://api.nord.example/v/content/9?{token}", "altids": {"itemid": "9"}}
        assert one(item | {"headline": "A train"}).origin.id == "9"
    assert one({"uri": "https://nord.example/?id=9", "headline": "A train"}).origin.id.endswith("?id=9")


def test_a_list_of_what_was_found_is_taken_apart() -> None:
    found = list(read(json.dumps({"hits": [ninjs("one"), ninjs("two")], "total": 2}).encode()))
    assert [each.origin.id for each in found if isinstance(each, Item)] == ["one", "two"]


def test_what_is_withdrawn_in_another_word_is_not_published() -> None:
    item = {"uri": "urn:x", "headline": "A train", "lang": "nb-NO"}
    for word, signal in (
        ("Canceled", Signal.CANCELED),
        ("WITHHELD", Signal.WITHHELD),
        ("Corrected", Signal.CORRECTION),
    ):
        assert one(item | {"status": word}).signal == signal
    assert one(item | {"status": "final"}).signal == Signal.USABLE
    assert one(item).language == "nb-NO"


def test_the_main_headline_is_the_one_that_is_called_so() -> None:
    headlines = '<headline>CORRECTED-A train</headline><headline role="hlr:main">CORRECTED-UPDATE 2-A train</headline>'
    item = one(newsml(headlines, guid="tag:nord.example,2023:1", version="3"))
    assert item.headline == "CORRECTED-UPDATE 2-A train"
    assert item.without_place["contentMeta/headline"] == 1
    assert (item.signal, item.place) == (Signal.CORRECTION, "ZELL")


def test_an_id_that_ends_with_its_long_version_is_that_of_the_item() -> None:
    ids = []
    for guid, version in (
        ("tag:nord.example,2023:n_1", "1542761538"),
        ("tag:nord.example,2023:n_1", "978556838"),
    ):
        item = one(newsml(guid=f"{guid}:{version}", version=version))
        ids.append(command_of(item, "nord", None)[0].origin.id)
    assert ids == ["tag:nord.example,2023:n_1"] * 2
    short = Item(Origin(None, "tag:nord.example,2023:1", "1"), "NewsML-G2", headline="A train")
    assert command_of(short, "nord", None)[0].origin.id == "tag:nord.example,2023:1"


def test_a_provider_that_is_named_by_a_code_is_found_by_its_last_part(desk: Desk) -> None:
    wire = Wire(desk)
    for code in (f"nprov:{wire.provider}", f"http://cv.nord.example/providers/{wire.provider}"):
        receipt = wire.take(ninjs(desk.slug("coded"), provider=code))
        assert receipt["state"] == "published"
    problem(wire.send(ninjs("of-another", provider="nprov:another")), 403, "not-your-provider")
    wire.close()
