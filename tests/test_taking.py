"""Is an item of a wire taken as it is, once, in its own order, and does it withdraw what its provider may withdraw?"""

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Client, Response
from pydantic import ValidationError

from api.intake.item import Item, Link, Note, Origin
from api.intake.taking import command_of
from ledger import limits
from ledger.commands import TakeItem
from ledger.words import Role
from projections.reading import messages
from tests.carrying import command
from tests.desk import FACT, Desk, problem
from tests.newsroom import NO_TLS, Newsroom
from tests.plain_browser import Browser
from tests.test_limits import holds


def ninjs(item: str, version: str = "1", hour: int = 9, **fields: Any) -> dict[str, Any]:
    return {
        "uri": item,
        "version": version,
        "versioncreated": f"2023-09-12T{hour:02}:02:00Z",
        "type": "text",
        "language": "en",
        "headline": f"A train arrived {item}",
        "body_text": "A train arrived.\n\nIt was late.",
        "pubstatus": "usable",
    } | fields


class Wire:
    """A provider with a wire of its own, and whoever sends its items."""

    def __init__(self, desk: Desk, **settings: Any) -> None:
        self.desk, self.provider = desk, desk.slug("wire")
        desk.post("/v1/sources", {"slug": self.provider, "name": "Agentur Nord", "kind": "agency"})
        said = {"language": "de", "desk": "agencies", "reason": "A contract."} | settings
        desk.post(f"/v1/sources/{self.provider}/provider", said, "standards")
        self.secret, _ = desk.newsroom.issue_key("wire", provider=self.provider)
        self.client = Client(
            base_url=desk.server.url,
            headers={"authorization": f"Bearer {self.secret}"},
            timeout=30,
            verify=NO_TLS,
        )

    def send(self, item: Any, media_type: str = "application/json", client: Client | None = None) -> Response:
        content = item if isinstance(item, bytes) else json.dumps(item).encode()
        headers = {"content-type": media_type}
        return (client or self.client).post("/v1/intake", content=content, headers=headers)

    def take(self, item: Any) -> dict[str, Any]:
        answer = self.send(item)
        assert answer.status_code in (201, 202), answer.text
        return dict(answer.json())

    def close(self) -> None:
        self.client.close()


@pytest.fixture
def wire(desk: Desk) -> Iterator[Wire]:
    with closing(Wire(desk)) as wire:
        yield wire


@pytest.fixture
def entitled(desk: Desk) -> Iterator[Wire]:
    with closing(Wire(desk, may_withdraw=True, public_notes=["correction"])) as wire:
        yield wire


def as_read(desk: Desk, slug: str) -> Response:
    desk.settle()
    return desk.client(None).get(f"/v1/stories/{slug}")


def told(desk: Desk, slug: str) -> dict[str, Any]:
    desk.settle()
    return dict(desk.get(f"/v1/stories/{slug}?view=desk").json())


@pytest.mark.thorough
def test_an_item_becomes_a_public_story_in_one_change(desk: Desk, wire: Wire) -> None:
    before = desk.head()
    receipt = wire.take(ninjs("one", urgency=2, slugline="TRAIN/"))
    story = told(desk, receipt["story"])
    assert (story["headline"], story["language"], story["desk"]) == ("A train arrived one", "en", "agencies")
    assert "It was late." in story["copy"]["text"]
    assert story["wire"]["slugline"] == "TRAIN/"
    assert receipt["state"] == "published"
    assert as_read(desk, receipt["story"]).json()["headline"] == "A train arrived one"
    changes = desk.get(f"/v1/stories/{receipt['story']}/revisions").json()["items"]
    assert [one["kind"] for one in changes] == ["opening", "copy", "take", "publication"]
    assert {one["origin"]["id"] for one in changes} == {"one"}
    assert desk.head() == before + 4


def test_the_same_item_again_is_answered_with_its_receipt(desk: Desk, wire: Wire) -> None:
    first = wire.send(ninjs("again"))
    head = desk.head()
    second = wire.send(ninjs("again", headline="Other words"))
    assert (second.status_code, second.json()) == (201, first.json())
    assert second.headers["idempotent-replayed"] == "true"
    assert desk.head() == head


def test_versions_go_by_when_they_were_made(desk: Desk, wire: Wire) -> None:
    slug = wire.take(ninjs("order", "978556838", 10, headline="First"))["story"]
    newest = wire.take(ninjs("order", "1542761538", 14, headline="Newest"))
    late = wire.take(ninjs("order", "5", 12, headline="Late"))
    assert newest["story"] == late["story"] == slug
    assert late["overtaken_by"].startswith("2023-09-12T14:02")
    assert as_read(desk, slug).json()["headline"] == "Newest"


def test_what_only_stands_for_a_headline_never_replaces_one_that_somebody_wrote(
    desk: Desk, wire: Wire
) -> None:
    slug = wire.take(ninjs("named", headline="Trains late"))["story"]
    wire.take(ninjs("named", "2", 10, headline=None, slugline="TRAIN-2NDLEAD", title="internal 4711"))
    assert told(desk, slug)["headline"] == "Trains late"
    first = wire.take(ninjs("flash", headline=None, body_text="A bridge fell at Zell."))["story"]
    assert told(desk, first)["headline"] == "A bridge fell at Zell."
    wire.take(ninjs("flash", "2", 10, headline=None, body_text="No bridge fell at Zell."))
    assert told(desk, first)["headline"] == "No bridge fell at Zell.", (
        "it was made of the words, and they changed"
    )
    wire.take(ninjs("flash", "3", 11, headline="All well", body_text="No bridge fell at Zell, it is said."))
    wire.take(ninjs("flash", "4", 12, headline=None, body_text="A bridge fell after all."))
    assert told(desk, first)["headline"] == "All well"


def asked_of(desk: Desk, story: str) -> list[dict[str, Any]]:
    """What the desk is asked about a story, and has not answered."""
    desk.settle()
    ledger = desk.server.ledger("editor")
    return [dict(one) for one in ledger.items("/v1/requests") if one["story"] == story]


def editions(desk: Desk, slug: str) -> list[dict[str, Any]]:
    desk.settle()
    return list(desk.client(None).get(f"/v1/stories/{slug}/revisions").json()["items"])


def test_the_revisions_of_a_post_are_its_history_by_the_clock_of_its_site_and_no_draft_is_public(
    desk: Desk, wire: Wire
) -> None:
    """As the site gives them: its posts, and of each the revisions, newest first, put into one list."""
    number, site = int(desk.slug("9").rpartition("-")[2]), f"https://{wire.provider}.example"
    rest = f"{site}/wp-json/wp/v2/posts/{number}"

    def saved(revision: int, at: str, text: str) -> dict[str, Any]:
        return {
            "id": revision,
            "parent": number,
            "author": 3,
            "slug": f"{number}-revision-v1",
            "date_gmt": at,
            "modified_gmt": at,
            "guid": {"rendered": f"{site}/?p={revision}"},
            "title": {"rendered": f"Harbour {number}"},
            "content": {"rendered": f"<p>{text}</p>"},
            "_links": {"parent": [{"href": rest}]},
        }

    now = "The harbour closed on <strong>Monday</strong>."
    post = saved(0, "2023-09-13T08:00:00", now) | {
        "id": number,
        "date_gmt": "2023-09-12T14:30:00",
        "slug": "harbour",
        "status": "publish",
        "link": f"{site}/harbour/",
        "_links": {"self": [{"href": rest}], "predecessor-version": [{"id": 22}]},
    }
    revisions = [
        saved(22, "2023-09-13T08:00:00", now),
        saved(21, "2023-09-12T15:00:00", "The harbour closed on Sunday."),
        saved(20, "2023-09-12T14:00:00", "The harbour cl, says our mole"),
        saved(19, "2023-09-12T14:10:00", "The har") | {"slug": f"{number}-autosave-v1"},
    ]
    for is_again in (False, True):
        came = wire.send([post, *revisions]).json()["items"]
        assert [one["refused"]["field"] for one in came if "refused" in one] == ["/slug"], came
        taken = [one for one in came if "taken" in one]
        assert [one["taken"]["state"] for one in taken] == ["draft", "published", "published"]
        assert {one["replayed"] for one in taken} == {is_again}
    slug = taken[0]["taken"]["story"]
    assert [one["differs"]["parts"] for one in editions(desk, slug)[1:]] == [["copy"]]
    public = as_read(desk, slug)
    assert public.json()["copy"]["text"] == "The harbour closed on Monday."
    reader = desk.client(None)
    for moment, text in (
        ("2023-09-12T13:59:00Z", None),
        ("2023-09-12T14:59:00Z", "The harbour cl, says our mole"),
        ("2023-09-12T15:00:00Z", "The harbour closed on Sunday."),
        ("2023-09-13T08:00:00Z", "The harbour closed on Monday."),
    ):
        then = desk.client("editor").get(f"/v1/stories/{slug}", params={"as_of": moment, "clock": "source"})
        assert (then.json()["copy"]["text"] if then.status_code == 200 else None) == text, then.text
    for path in ("", "/revisions", "/timeline", ".txt", ".prov.json"):
        assert "mole" not in reader.get(f"/v1/stories/{slug}{path}").text


def test_who_wrote_an_item_and_whom_to_credit_stand_on_the_page_of_the_desk_alone(
    desk: Desk, wire: Wire
) -> None:
    said = ninjs("credited", "1", 10, byline="Ada Newcomer", creditline="Wire/Ada")
    slug = wire.take(said)["story"]
    desk.settle()
    readers: tuple[Role | None, bool] = None, False
    for role, is_told in (("editor", True), readers):
        with closing(Browser.of(desk.server, role)) as browser:
            page = browser.get(f"/stories/{slug}")
            assert page.status == 200
            assert ("byline Ada Newcomer; credit Wire/Ada" in page.text) is is_told
            assert ("Ada" in page.text) is is_told


def test_an_item_that_says_nothing_new_to_readers_makes_no_edition(desk: Desk, wire: Wire) -> None:
    slug = wire.take(ninjs("byline", "1", 10))["story"]
    receipt = wire.take(ninjs("byline", "2", 11, byline="Ada Newcomer", urgency=2))
    assert receipt["state"] == "published"
    assert told(desk, slug)["wire"]["byline"] == "Ada Newcomer"
    assert len(editions(desk, slug)) == 1
    assert wire.take(ninjs("byline", "3", 12, byline="Ada Newcomer", headline="News"))["state"] == "published"
    assert [one.get("differs", {}).get("parts") for one in editions(desk, slug)] == [None, ["headline"]]


def test_an_item_that_tells_another_number_than_a_fact_of_the_desk_waits_for_it(
    desk: Desk, wire: Wire
) -> None:
    text = "{} people died in Vladivostok on Monday."
    slug = wire.take(ninjs("toll", "1", 10, body_text=text.format("Twelve")))["story"]
    desk.report(slug, statement="Twelve people died in Vladivostok")
    span = {"fact": 1, "start": 0, "end": 33, "exact": "Twelve people died in Vladivostok"}
    desk.post(
        f"/v1/stories/{slug}/copy", {"text": text.format("Twelve"), "spans": [span], "reason": "Marked."}
    )
    desk.publish(slug)
    shown = len(editions(desk, slug))
    wire.take(ninjs("toll", "2", 11, body_text=text.format("Eleven")))
    assert told(desk, slug)["copy"]["text"] == text.format("Eleven")
    assert len(editions(desk, slug)) == shown
    assert "Eleven" not in desk.client(None).get(f"/v1/stories/{slug}").text
    wire.take(ninjs("toll", "3", 12, body_text=text.format("12")))
    assert len(editions(desk, slug)) == shown + 1


def test_an_item_that_says_nothing_new_publishes_nothing_of_the_desk(desk: Desk, wire: Wire) -> None:
    slug = wire.take(ninjs("pending", "1", 10))["story"]
    desk.post(f"/v1/stories/{slug}/headline", {"headline": "Of the desk", "reason": "r"})
    wire.take(ninjs("pending", "2", 11, headline="A train arrived pending", byline="Ada Newcomer"))
    wire.take(ninjs("pending", "3", 12, headline="A train arrived pending", byline="Ben Newcomer"))
    assert len(editions(desk, slug)) == 1


@pytest.mark.parametrize("correction", [False, True])
def test_an_item_publishes_nothing_that_the_desk_has_not_and_waits_for_it(
    desk: Desk, wire: Wire, correction: bool
) -> None:
    item = f"drafts-{correction}"
    slug = wire.take(ninjs(item))["story"]
    desk.report(slug, statement="DRAFT: the mayor took a bribe")
    more = {"signal": "correction", "ednote": NOTE} if correction else {}
    later = ninjs(item, "2", 11, body_text="A train arrived, late.", **more)
    receipt = wire.take(later)
    assert (receipt["state"], receipt["waits"]) == ("published", True)
    assert wire.send(later).json()["waits"] is True, "the receipt that it has"
    assert len(editions(desk, slug)) == 1
    assert "DRAFT" not in desk.client(None).get(f"/v1/stories/{slug}").text
    assert ["waits" in one["concern"] for one in asked_of(desk, slug)] == [True]
    desk.publish(slug)
    assert len(editions(desk, slug)) == 2
    assert "waits" not in wire.take(ninjs(item, "3", 12, body_text="A train arrived at last."))
    assert len(editions(desk, slug)) == 3


def test_an_embargo_of_the_desk_is_ended_by_no_item(desk: Desk, entitled: Wire) -> None:
    slug = entitled.take(ninjs("embargoed-here", pubstatus="withheld"))["story"]
    until = {"embargo_until": "2099-01-01T00:00:00Z", "reason": "Not yet."}
    desk.post(f"/v1/stories/{slug}/publications", until)
    receipt = entitled.take(ninjs("embargoed-here", "2", 10, urgency=1))
    assert (receipt["state"], receipt.get("waits")) == ("embargoed", None)
    changed = entitled.take(ninjs("embargoed-here", "3", 11, body_text="It came early."))
    assert (changed["state"], changed["waits"]) == ("embargoed", True)
    assert as_read(desk, slug).status_code == 404


def test_the_headline_of_what_is_withheld_is_in_no_address(desk: Desk, entitled: Wire) -> None:
    said = ninjs("arrest", headline="Minister arrested", pubstatus="withheld")
    slug = entitled.take(said)["story"]
    assert "minister" not in slug
    entitled.take(ninjs("arrest", "2", 10, headline="Minister on holiday"))
    assert as_read(desk, slug).json()["headline"] == "Minister on holiday"


def test_what_the_desk_wrote_in_the_place_of_an_agency_s_words_is_not_replaced_unseen(
    desk: Desk, wire: Wire
) -> None:
    slug = wire.take(ninjs("edited"))["story"]
    desk.post(f"/v1/stories/{slug}/copy", {"text": "A train came, they say.", "reason": "Ours."})
    desk.publish(slug)
    assert wire.take(ninjs("edited", "2", 11, body_text="A train arrived."))["waits"] is True
    assert as_read(desk, slug).json()["copy"]["text"] == "A train came, they say."
    assert told(desk, slug)["copy"]["text"] == "A train arrived."
    assert wire.take(ninjs("edited", "3", 12, body_text="A train arrived at nine."))["waits"] is True
    assert as_read(desk, slug).json()["copy"]["text"] == "A train came, they say."
    desk.post(f"/v1/stories/{slug}/copy", {"text": "A train came at nine.", "reason": "Ours."})
    desk.publish(slug)
    again = wire.take(ninjs("edited", "4", 13, body_text="A train arrived at nine.", urgency=1))
    assert "waits" not in again, "it says nothing new"
    assert told(desk, slug)["copy"]["text"] == "A train came at nine."
    slug = wire.take(ninjs("marked"))["story"]
    desk.report(slug, statement="A train arrived")
    span = {"fact": 1, "start": 0, "end": 15, "exact": "A train arrived"}
    text = told(desk, slug)["copy"]["text"]
    desk.post(f"/v1/stories/{slug}/copy", {"text": text, "spans": [span], "reason": "Marked."})
    desk.publish(slug)
    assert "waits" not in wire.take(ninjs("marked", "2", 11, body_text="A train arrived. It was early."))


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("said", "field", "becomes"),
    [
        ({"language": None}, "language", "de"),
        ({"language": "xx-not a language"}, "language", "de"),
        ({"headline": "", "slugline": "TRAIN-LATE"}, "headline", "TRAIN-LATE"),
        ({"headline": "", "title": "TRAIN"}, "headline", "A train arrived. It was late."),
        ({"headline": "", "body_text": "", "title": "TRAIN"}, "headline", "TRAIN"),
        ({"embargoed": "2023-09-12T08:00:00+01:00"}, "state", "published"),
    ],
)
def test_what_an_item_does_not_say_is_as_its_provider_is_registered(
    desk: Desk, wire: Wire, said: dict[str, Any], field: str, becomes: str
) -> None:
    item = {name: value for name, value in (ninjs(desk.slug("item")) | said).items() if value is not None}
    receipt = wire.take(item)
    found = receipt if field == "state" else told(desk, receipt["story"])
    assert found[field] == becomes


def test_an_item_without_a_language_is_refused_where_none_is_registered(desk: Desk) -> None:
    with closing(Wire(desk, language=None)) as wire:
        item = ninjs("mute")
        del item["language"]
        refused = problem(wire.send(item), 422, "item-says-too-little")
    assert refused["detail"].startswith("language: ")


def test_a_cancel_is_a_kill_at_once_and_its_empty_body_replaces_nothing(desk: Desk, entitled: Wire) -> None:
    slug = entitled.take(ninjs("cancel"))["story"]
    empty = ninjs("cancel", "2", 10, pubstatus="canceled", headline="", body_text="")
    receipt = entitled.take(empty)
    assert (receipt["state"], receipt.get("pending")) == ("killed", None)
    assert as_read(desk, slug).status_code == 410
    assert "It was late." in told(desk, slug)["copy"]["text"]
    head = desk.head()
    assert entitled.take(empty) == receipt
    assert desk.head() == head


def test_what_an_agency_withdraws_is_withdrawn_where_its_story_was_joined_to_another(
    desk: Desk, entitled: Wire
) -> None:
    other = desk.public()
    for status, comes_to in (("canceled", "killed"), ("withheld", "held")):
        slug = entitled.take(ninjs(f"joined-{status}"))["story"]
        desk.post(f"/v1/stories/{slug}/merges", {"into": other, "reason": "The same."})
        said_anew = ninjs(f"joined-{status}", "2", 10, headline=f"It goes on {status}")
        for _ in range(2):
            problem(entitled.send(said_anew), 409, "story-is-merged")
        asked = [one["concern"] for one in asked_of(desk, other) if one["phrase"].endswith(status)]
        assert ["another version of what was joined" in concern for concern in asked] == [True]
        assert entitled.take(ninjs(f"joined-{status}", "3", 11, pubstatus=status))["state"] == comes_to
        assert as_read(desk, slug).status_code == (410 if status == "canceled" else 404)


def test_a_cancel_without_the_entitlement_waits_for_two_of_the_desk(desk: Desk, wire: Wire) -> None:
    slug = wire.take(ninjs("asked"))["story"]
    answer = wire.send(ninjs("asked", "2", 10, pubstatus="canceled"))
    assert answer.status_code == 202
    assert as_read(desk, slug).status_code == 200
    (approval,) = told(desk, slug)["publication"]["approvals"]
    desk.post(f"/v1/stories/{slug}/approvals/{approval['approval']}/approve", {}, "editor")
    assert as_read(desk, slug).status_code == 410


def test_a_cancel_by_an_editor_is_an_ask_too(desk: Desk, entitled: Wire) -> None:
    slug = entitled.take(ninjs("by-editor"))["story"]
    item = ninjs("by-editor", "2", 10, pubstatus="canceled")
    answer = desk.client("editor").post(f"/v1/intake?provider={entitled.provider}", json=item)
    assert (answer.status_code, answer.json()["story"]) == (202, slug)


def test_a_hold_of_its_own_item_is_done_at_once(desk: Desk, entitled: Wire) -> None:
    slug = entitled.take(ninjs("held"))["story"]
    assert entitled.take(ninjs("held", "2", 10, pubstatus="withheld"))["state"] == "held"
    assert as_read(desk, slug).status_code == 404


def test_what_is_usable_again_is_no_longer_held_on_the_word_of_the_same_item(
    desk: Desk, entitled: Wire
) -> None:
    slug = entitled.take(ninjs("again-usable"))["story"]
    entitled.take(ninjs("again-usable", "2", 10, pubstatus="withheld"))
    waits = entitled.take(ninjs("again-usable", "3", 11, embargoed="2999-01-01T00:00:00Z"))
    assert waits["state"] == "held"
    late = entitled.take(ninjs("again-usable", "4", 9, headline="Old"))
    assert as_read(desk, slug).status_code == 404
    assert "overtaken_by" in late
    receipt = entitled.take(ninjs("again-usable", "5", 12, headline="It is usable again"))
    assert receipt["state"] == "published"
    assert as_read(desk, slug).json()["headline"] == "It is usable again"
    changes = desk.get(f"/v1/stories/{slug}/revisions?limit=200").json()["items"]
    assert changes[-1]["kind"] == "release"
    assert changes[-1]["origin"]["id"] == "again-usable"


@pytest.mark.thorough
@pytest.mark.parametrize("holder", ["the desk", "the desk, anew", "another item"])
def test_a_hold_by_anybody_else_is_lifted_by_no_item(desk: Desk, entitled: Wire, holder: str) -> None:
    item = f"held-by-{holder}"
    slug = entitled.take(ninjs(item))["story"]
    hold: dict[str, Any] = {"reason": "The lawyers want to read it."}
    if holder == "another item":
        hold["origin"] = {"provider": entitled.provider, "id": "other", "created": "2023-09-12T09:30:00Z"}
    if holder == "the desk, anew":
        entitled.take(ninjs(item, "2", 10, pubstatus="withheld"))
        desk.post(f"/v1/stories/{slug}/releases", {"reason": "It is right."})
    desk.post(f"/v1/stories/{slug}/holds", hold)
    assert entitled.take(ninjs(item, "3", 11, headline="Usable, they say"))["state"] == "held"
    assert as_read(desk, slug).status_code == 404


def test_a_wire_that_is_not_entitled_lifts_no_hold(desk: Desk, wire: Wire) -> None:
    slug = wire.take(ninjs("not-entitled"))["story"]
    held = ninjs("not-entitled", "2", 10, pubstatus="withheld")
    usable = ninjs("not-entitled", "3", 11, headline="Usable, they say")
    desk.client("editor").post(f"/v1/intake?provider={wire.provider}", json=held)
    assert wire.take(usable)["state"] == "held"
    usable |= {"version": "4", "versioncreated": "2023-09-12T12:02:00Z"}
    answer = desk.client("editor").post(f"/v1/intake?provider={wire.provider}", json=usable)
    assert answer.json()["state"] == "published"
    assert as_read(desk, slug).status_code == 200


def test_a_late_cancel_kills_nothing(desk: Desk, entitled: Wire) -> None:
    slug = entitled.take(ninjs("lately", "2", 14))["story"]
    receipt = entitled.take(ninjs("lately", "1", 10, pubstatus="canceled"))
    assert "overtaken_by" in receipt
    assert as_read(desk, slug).status_code == 200


def test_a_correction_whose_first_version_never_came_is_told_as_one(desk: Desk, wire: Wire) -> None:
    slug = wire.take(corrected("only-corrected"))["story"]
    found = editions(desk, slug)
    assert [one["signals"] for one in found] == [[], ["sig:update", "sig:correction"]]
    story = as_read(desk, slug).json()
    assert [change["kind"] for change in story["changes"]] == ["agency_correction"]
    log = desk.client(None).get("/v1/corrections").json()["items"]
    assert [one["kind"] for one in log if one["story"] == slug] == ["agency_correction"]


@pytest.mark.parametrize("withdrawn", ["canceled", "withheld"])
def test_a_withdrawal_that_comes_before_what_it_withdraws_holds_it_back(
    desk: Desk, entitled: Wire, withdrawn: str
) -> None:
    item = f"before-{withdrawn}"
    state = {"canceled": "killed", "withheld": "held"}[withdrawn]
    empty = ninjs(item, "2", 12, pubstatus=withdrawn, body_text="", headline=None)
    first = entitled.take(empty)
    assert first["state"] == state
    late = entitled.take(ninjs(item))
    assert late["overtaken_by"].startswith("2023-09-12T12:02")
    assert late["state"] == state
    assert as_read(desk, late["story"]).status_code in (404, 410)
    assert "A train" not in as_read(desk, late["story"]).text
    assert entitled.send(empty).headers["idempotent-replayed"] == "true"


def test_a_withdrawal_of_what_was_never_taken_is_refused_where_nobody_can_tell_what_comes_late(
    desk: Desk, entitled: Wire
) -> None:
    head = desk.head()
    nameless = ninjs("unknown", pubstatus="canceled")
    del nameless["versioncreated"]
    problem(entitled.send(nameless), 404, "nothing-to-withdraw")
    assert desk.head() == head


@pytest.mark.parametrize("version", [None, "1"])
def test_a_cancel_under_the_name_of_the_version_that_it_withdraws_kills(
    desk: Desk, entitled: Wire, version: str | None
) -> None:
    said = ninjs(f"same-{version}", version or "", body_text="It was late.")
    if version is None:
        del said["version"], said["versioncreated"]
    slug = entitled.take(said)["story"]
    for replayed in (None, "true"):
        answer = entitled.send(said | {"pubstatus": "canceled"})
        assert answer.json()["state"] == "killed"
        assert answer.headers.get("idempotent-replayed") == replayed
    assert as_read(desk, slug).status_code == 410


def test_what_has_no_version_is_taken_again_where_it_says_something_else(desk: Desk, wire: Wire) -> None:
    said = ninjs("versionless")
    del said["version"]
    slug = wire.take(said)["story"]
    wire.take(said | {"body_text": "A train arrived after all."})
    assert as_read(desk, slug).json()["copy"]["text"] == "A train arrived after all."
    assert (
        wire.send(said | {"body_text": "A train arrived after all."}).headers["idempotent-replayed"] == "true"
    )


def test_a_second_draft_of_what_is_withheld_takes_the_place_of_the_first(desk: Desk, entitled: Wire) -> None:
    slug = entitled.take(ninjs("drafted", pubstatus="withheld"))["story"]
    second = ninjs("drafted", "2", 10, headline="A second draft", body_text="Better.", pubstatus="withheld")
    assert entitled.take(second)["state"] == "draft"
    story = told(desk, slug)
    assert (story["headline"], story["copy"]["text"]) == ("A second draft", "Better.")
    planned = second | {"version": "3", "versioncreated": "2023-09-12T11:02:00Z", "pubstatus": "usable"}
    assert entitled.take(planned | {"embargoed": "2099-01-01T00:00:00Z"})["state"] == "embargoed"
    assert as_read(desk, slug).status_code == 404


def test_a_late_cancel_asks_the_desk(desk: Desk, entitled: Wire) -> None:
    slug = entitled.take(ninjs("late-cancel", "2", 14))["story"]
    entitled.take(ninjs("late-cancel", "1", 10, pubstatus="canceled"))
    assert ["has canceled an earlier version" in one["concern"] for one in asked_of(desk, slug)] == [True]


@pytest.mark.parametrize("entitles", [True, False])
def test_what_is_withheld_from_its_first_version_on_waits_unpublished_until_it_is_usable(
    desk: Desk, entitles: bool
) -> None:
    with closing(Wire(desk, may_withdraw=entitles)) as wire:
        receipt = wire.take(ninjs("held-first", pubstatus="withheld"))
        slug = receipt["story"]
        assert "It was late." in told(desk, slug)["copy"]["text"]
        assert as_read(desk, slug).status_code == 404
        again = wire.take(ninjs("held-first", "2", 10, pubstatus="withheld", body_text="x" * 100_001))
        assert again["story"] == slug
        assert as_read(desk, slug).status_code == 404
        assert wire.take(ninjs("held-first", "3", 11))["state"] == "published"
    assert as_read(desk, slug).status_code == 200


def corrected(item: str) -> dict[str, Any]:
    """As wires without a code for it write a correction: in their note."""
    return ninjs(item, "2", 10, body_text="It came from Khasan.", signal="correction", ednote=NOTE)


NOTE = "The train came from Khasan, not Ussuriysk."


@pytest.mark.thorough
@pytest.mark.parametrize("is_public", [True, False])
def test_a_correction_by_an_agency_stands_in_the_log_as_its_own_and_asks_the_desk(
    desk: Desk, is_public: bool
) -> None:
    settings: dict[str, Any] = {"public_notes": ["ednote", "editor", "correction"]} if is_public else {}
    with closing(Wire(desk, **settings)) as wire:
        slug = wire.take(ninjs(f"corrected-{is_public}"))["story"]
        wire.take(corrected(f"corrected-{is_public}"))
    desk.settle()
    read = as_read(desk, slug).json()
    assert read["publication"]["signals"] == ["sig:update", "sig:correction"]
    logged = desk.client(None).get(f"/v1/corrections?story={slug}").json()["items"]
    assert [one["kind"] for one in logged] == ["agency_correction"]
    assert logged[0]["text"] == (NOTE if is_public else "Agentur Nord has corrected what it sent before.")
    own = desk.get(f"/v1/corrections?story={slug}&view=desk").json()["items"]
    assert NOTE in json.dumps(own)
    asked = [one for one in desk.get("/v1/requests?limit=200").json()["items"] if one["story"] == slug]
    assert len(asked) == 1
    assert NOTE in json.dumps(desk.get(f"/v1/requests/{asked[0]['request']}").json())
    if not is_public:
        assert NOTE not in as_read(desk, slug).text
    told = messages.next_of(desk.newsroom.views, slug, ["correction"], 0, desk.head())  # by a webhook
    assert told is not None
    assert told.data["changes"][0]["kind"] == "agency_correction"
    for role in ("editor", None):
        with closing(Browser.of(desk.server, role)) as browser:
            for path in ("/", "/corrections", f"/stories/{slug}", f"/stories/{slug}/history?all=yes"):
                assert browser.get(path).status == 200, (role, path)


@pytest.mark.parametrize("roles", [[], ["correction"], ["editor"]])
def test_a_note_is_public_where_its_role_is_one_that_the_provider_says(desk: Desk, roles: list[str]) -> None:
    with closing(Wire(desk, public_notes=roles)) as wire:
        slug = wire.take(ninjs("noted", ednote=NOTE))["story"]
    assert NOTE in json.dumps(told(desk, slug))
    assert (NOTE in as_read(desk, slug).text) == (roles == ["editor"])


def test_what_a_wire_may_read_is_what_readers_may(desk: Desk, wire: Wire) -> None:
    draft = desk.open()
    desk.settle()
    assert wire.client.get(f"/v1/stories/{draft}").status_code == 404
    assert wire.client.get(f"/v1/stories/{draft}?view=desk").status_code in (400, 401, 403, 404)
    for path in ("/v1/events", "/v1/members", "/v1/requests", "/v1/waiting", "/v1/unpublished", "/metrics"):
        assert wire.client.get(path).status_code in (401, 403), path
    listed = wire.client.get("/v1/stories?limit=200").json()["items"]
    assert draft not in {one["story"] for one in listed}


def test_a_wire_does_nothing_but_take(desk: Desk, wire: Wire) -> None:
    slug = wire.take(ninjs("alone"))["story"]
    head = desk.head()
    posts = {
        "/v1/stories": {"slug": desk.slug(), "headline": "h", "language": "en", "desk": "d"},
        f"/v1/stories/{slug}/facts": FACT,
        f"/v1/stories/{slug}/holds": {"reason": "r"},
        f"/v1/stories/{slug}/copy": {"text": "t", "reason": "r", "expected_revision": 2},
        f"/v1/stories/{slug}/acts": {"reason": "r", "acts": [{"do": "hold"}]},
        "/v1/sources": {"slug": desk.slug(), "name": "A", "kind": "own"},
        f"/v1/sources/{wire.provider}/provider": {"reason": "r", "may_withdraw": True},
    }
    for path, body in posts.items():
        problem(wire.client.post(path, json=body), 403, "role-may-not")
    assert desk.head() == head


def test_a_wire_brings_items_of_its_own_provider_alone(desk: Desk, wire: Wire) -> None:
    head = desk.head()
    item = ninjs("foreign", provider="Some Other Agency")
    problem(wire.send(item), 403, "not-your-provider")
    assert desk.head() == head
    others = {
        "names": ["Some Other Agency"],
        "language": "de",
        "desk": "agencies",
        "reason": "They share a feed.",
    }
    desk.post(f"/v1/sources/{wire.provider}/provider", others, "admin")
    assert wire.take(item)["state"] == "published"


def test_a_provider_that_was_renamed_is_known_by_the_name_that_its_items_go_on_giving(
    desk: Desk, wire: Wire
) -> None:
    path, called = f"/v1/sources/{wire.provider}/renamings", {"reason": "r"}
    desk.post(path, called | {"name": "Agency Of Old"})
    desk.post(path, called | {"name": "Agency Of Today", "other_names": ["The Agency"]})
    for number, name in enumerate(("Agency Of Old", "Agency Of Today", "The Agency")):
        assert wire.send(ninjs(f"renamed-{number}", provider=name)).status_code in (200, 201), name


def test_an_item_that_is_already_a_story_of_another_is_not_written_over(desk: Desk, wire: Wire) -> None:
    slug = "a-train-arrived-mine"
    desk.post("/v1/stories", {"slug": slug, "headline": "Ours", "language": "en", "desk": "d"})
    receipt = wire.take(ninjs("mine"))
    assert receipt["story"] != slug
    assert told(desk, slug)["headline"] == "Ours"


def test_who_registers_a_provider(desk: Desk) -> None:
    source = desk.source()
    said = {"reason": "A contract.", "may_withdraw": True}
    for role in ("reporter", "editor", "auditor"):
        problem(desk.try_post(f"/v1/sources/{source}/provider", said, role), 403, "role-may-not")
    desk.post(f"/v1/sources/{source}/provider", said, "admin")
    desk.settle()
    shown = desk.get(f"/v1/sources/{source}").json()
    assert shown["provider"] == {"names": [], "public_notes": [], "may_withdraw": True}
    assert "provider" not in desk.client(None).get(f"/v1/sources/{source}").json()


def test_what_is_not_taken_is_told_with_what_is(desk: Desk, wire: Wire) -> None:
    refused = problem(wire.send(b"x", "image/png"), 415, "not-taken")
    assert "application/json" in refused["detail"]


def tried(wire: Wire, said: Any, media_type: str = "application/json") -> dict[str, Any]:
    head = wire.desk.head()
    answer = wire.client.post(
        "/v1/intake?dry_run=true",
        content=said if isinstance(said, bytes) else json.dumps(said).encode(),
        headers={"content-type": media_type},
    )
    assert answer.status_code == 200, answer.text
    assert wire.desk.head() == head, "nothing is recorded"
    return dict(answer.json())


def test_an_item_is_tried_before_it_is_taken(desk: Desk, wire: Wire) -> None:
    new = tried(wire, ninjs("trial", mood="calm"))
    assert (new["dry_run"], new["state"], new["without_place"]) == (True, "published", {"/mood": 1})
    assert [event["topic"] for event in new["events"]] == [
        "story-opened.v1", "copy-filed.v1", "take-recorded.v1", "story-published.v1",
    ]  # fmt: skip
    receipt = wire.take(ninjs("trial", mood="calm"))
    assert (receipt["story"], receipt["revision"]) == (new["story"], new["revision"]), "as it was foretold"
    text = "A train left."
    said = [
        ninjs("trial", "2", 10, body_text=text),
        ninjs("trial"),
        ninjs("bad", pubstatus="odd"),
    ]
    changed, before, refused = tried(wire, said)["items"]
    event = changed["tried"]["events"][0]
    assert (event["topic"], event["text"]) == ("copy-filed.v1", text)
    assert before["replayed"] is True
    assert refused["refused"]["kind"] == "item-says-too-little"
    tried(wire, corrected("trial"))
    assert asked_of(desk, receipt["story"]) == [], "nobody is asked anything"
    spoilt = ninjs("spoilt", pubstatus="odd")
    refusal = problem(wire.client.post("/v1/intake?dry_run=true", json=spoilt), 422)
    assert refusal["type"] == wire.send(spoilt).json()["type"]


def test_an_item_that_is_too_large_costs_nothing(desk: Desk, wire: Wire) -> None:
    problem(wire.send(b" " * (8 * 1024 * 1024 + 1)), 413)


def test_the_history_of_a_page_says_from_which_wire_it_is(desk: Desk, wire: Wire) -> None:
    slug = wire.take(ninjs("page", hour=14))["story"]
    desk.settle()
    with closing(Browser.of(desk.server, "editor")) as browser:
        assert f"From the wire {wire.provider}, take of" in browser.get(f"/stories/{slug}/history").text


@holds("SUBJECTS_OF_ITEM", "LINKS_OF_ITEM", "NOTES_OF_ITEM")
def test_what_an_item_has_too_much_of_is_cut_and_counted(desk: Desk, wire: Wire) -> None:
    subjects = tuple(f"s{number}" for number in range(limits.SUBJECTS_OF_ITEM + 3))
    links = tuple(Link(None, f"l{number}") for number in range(limits.LINKS_OF_ITEM + 2))
    notes = tuple(Note("editor", f"n{number}") for number in range(limits.NOTES_OF_ITEM + 1))
    item = Item(
        Origin(None, "much"), "ninjs 3.1", headline="h", text="t", subjects=subjects, links=links, notes=notes
    )
    command, left = command_of(item, wire.provider, None)
    assert (left["subject"], left["link"], left["note"]) == (3, 2, 1)
    said = command.model_dump(mode="json")
    assert len(said["item"]["subjects"]) == limits.SUBJECTS_OF_ITEM
    assert len(said["item"]["links"]) == limits.LINKS_OF_ITEM
    assert len(said["notes"]) == limits.NOTES_OF_ITEM
    for place, more in ((said["item"]["subjects"], "x"), (said["item"]["links"], {"to": "x"})):
        place.append(more)
        with pytest.raises(ValidationError):
            TakeItem.model_validate(said)
        place.pop()
    said["notes"].append({"role": "editor", "text": "x"})
    with pytest.raises(ValidationError):
        TakeItem.model_validate(said)


@holds("NAMES_OF_PROVIDER")
def test_a_provider_has_so_many_names_and_no_more(desk: Desk) -> None:
    path = f"/v1/sources/{desk.source()}/provider"
    names = [f"n{number}" for number in range(limits.NAMES_OF_PROVIDER)]
    desk.post(path, {"reason": "r", "names": names, "public_notes": names}, "admin")
    for field in ("names", "public_notes"):
        refused = problem(desk.try_post(path, {"reason": "r", field: [*names, "x"]}, "admin"), 422)
        assert f"/{field}" in json.dumps(refused)


# --- Many ---------------------------------------------------------------------------------------------------------


def write_items(folder: Path, number: int, text: str = "A train arrived.\n\nIt was late.") -> None:
    for index in range(number):
        here = folder / f"{index // 500:03}"
        here.mkdir(parents=True, exist_ok=True)
        item = ninjs(f"file-{index}", subject=[{"name": "transport"}], body_text=text)
        (here / f"{index:05}.json").write_text(json.dumps(item))


def taking(newsroom: Newsroom, *arguments: str, **more: Any) -> "subprocess.Popen[str]":
    secret, _ = newsroom.issue_key("editor", f"taker {time.monotonic_ns()}")
    program, environment = command(newsroom, "take", "--json", "--key", secret, *arguments)
    return subprocess.Popen(
        program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more
    )


@pytest.mark.thorough
def test_a_folder_is_taken_and_what_cannot_be_is_told_and_copied(newsroom: Newsroom, tmp_path: Path) -> None:
    folder, refused = tmp_path / "in", tmp_path / "out"
    write_items(folder, 5)
    (folder / "bad.json").write_text("{")
    (folder / "999").mkdir()
    speechless = ninjs("speechless")
    del speechless["language"]
    (folder / "999" / "bad.json").write_text(json.dumps(speechless))
    run = taking(newsroom, str(folder), "--provider", "nord", "--refused", str(refused))
    told, errors = run.communicate(timeout=120)
    assert run.returncode == 1, errors
    report = json.loads(told)
    assert (report["taken"], report["refused"], report["replayed"]) == (5, 2, 0)
    assert "bad.json" in errors
    rows = [json.loads(line) for line in (refused / "refused.ndjson").read_text().splitlines()]
    assert [row["file"] for row in rows] == [str(folder / "bad.json"), str(folder / "999" / "bad.json")]
    assert all(row["field"] and row["why"] and row["fix"] for row in rows), rows
    assert (refused / "bad.json").read_text() == "{"
    assert json.loads((refused / "bad-2.json").read_text()) == speechless, "of one name with another"


@pytest.mark.thorough
@pytest.mark.thorough
def test_texts_without_an_id_are_told_apart_by_where_they_are_and_taken_again_once_they_change(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    def run(*places: Path) -> tuple[dict[str, Any], str]:
        out = str(tmp_path / "refused")
        program = taking(newsroom, *map(str, places), "--provider", "cms", "--refused", out)
        told, errors = program.communicate(timeout=60)
        return json.loads(told), errors

    def counts(report: dict[str, Any]) -> tuple[int, int, int]:
        return report["taken"], report["replayed"], report["refused"]

    folder = tmp_path / "in"
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
        text = f"Headline: Of {name}\nLanguage: en\nDesk: web\n\nThe words of {name}.\n"
        (folder / name / "index.txt").write_text(text)
    assert counts(run(folder)[0]) == (2, 0, 0)
    assert opened(newsroom) == 2, "one name, and two stories"
    (folder / "b" / "index.txt").write_text(text.replace("The words", "Other words"))
    assert counts(run(folder)[0]) == (1, 1, 0)
    assert (opened(newsroom), topics(newsroom)["copy-filed.v1"]) == (2, 3)
    report, errors = run(folder / "a" / "index.txt", folder / "b" / "index.txt")
    assert counts(report) == (1, 0, 1)
    assert "of two files of one name each needs one" in errors
    (tmp_path / "secret.txt").write_text("Headline: Secret\nId: secret\nLanguage: en\nDesk: web\n\nSecret.")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    report, errors = run(folder)
    assert counts(report) == (0, 2, 1)
    assert "link.txt" in errors
    assert not (tmp_path / "refused" / "link.txt").exists()


@pytest.mark.thorough
def test_a_folder_is_tried_and_nothing_is_recorded_or_written(newsroom: Newsroom, tmp_path: Path) -> None:
    write_items(tmp_path, 3)
    (tmp_path / "broken.json").write_text('{"headline": 1')
    out = str(tmp_path / "refused")
    run = taking(newsroom, str(tmp_path), "--provider", "nord", "--dry-run", "--refused", out)
    told, errors = run.communicate(timeout=60)
    assert run.returncode == 1, errors
    report = json.loads(told)
    assert (report["taken"], report["refused"]) == (3, 1)
    assert "broken.json" in errors
    assert opened(newsroom) == 0
    assert not (tmp_path / "refused").exists()


def test_killed_half_way_and_run_again_nothing_is_doubled(newsroom: Newsroom, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_items(folder, 60)
    words = (str(folder), "--provider", "nord", "--refused", str(tmp_path / "out"))
    kill_when(newsroom, taking(newsroom, *words), 10)
    again = taking(newsroom, *words)
    report = json.loads(again.communicate(timeout=120)[0])
    assert report["taken"] + report["replayed"] == 60
    assert report["replayed"] >= 10
    assert_each_once(newsroom, 60)


def kill_when(newsroom: Newsroom, run: "subprocess.Popen[str]", stories: int) -> None:
    deadline = time.monotonic() + 600
    while opened(newsroom) < stories and time.monotonic() < deadline:
        time.sleep(0.05)
    run.send_signal(signal.SIGKILL)
    run.communicate()


def opened(newsroom: Newsroom) -> int:
    row = newsroom.views.execute("select count(*) from events where topic = 'story-opened.v1'").fetchone()
    assert row
    return int(row[0])


def topics(newsroom: Newsroom) -> dict[str, int]:
    return dict(newsroom.views.execute("select topic, count(*) from events group by topic").fetchall())


def assert_each_once(newsroom: Newsroom, number: int) -> None:
    found = topics(newsroom)
    assert [found[f"{name}.v1"] for name in ("story-opened", "copy-filed", "story-published")] == [number] * 3


# --- A folder that is watched ------------------------------------------------------------------------------------


def wait_for(newsroom: Newsroom, stories: int) -> None:
    deadline = time.monotonic() + 60
    while opened(newsroom) < stories:
        assert time.monotonic() < deadline, f"{opened(newsroom)} of {stories}"
        time.sleep(0.05)


@pytest.mark.thorough
def test_what_comes_into_a_watched_folder_is_taken_once_it_is_whole(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    folder, aside = tmp_path / "in", tmp_path / "aside"
    write_items(folder, 2)
    aside.mkdir()
    run = taking(newsroom, "--watch", str(folder), "--provider", "nord", "--refused", str(folder / "refused"))
    try:
        wait_for(newsroom, 2)
        slow = json.dumps(ninjs("slow", subject=[{"name": "transport"}]))
        with (folder / "slow.json").open(
            "w"
        ) as file:  # it grows for longer than a look into the folder takes
            for start in range(0, len(slow), len(slow) // 4):
                file.write(slow[start : start + len(slow) // 4])
                file.flush()
                time.sleep(0.7)
        wait_for(newsroom, 3)
        (aside / "moved.json").write_text(json.dumps(ninjs("moved", subject=[{"name": "transport"}])))
        (aside / "moved.json").rename(folder / "moved.json")
        (folder / "later").mkdir()
        (folder / "later" / "in.json").write_text(json.dumps(ninjs("later", subject=[{"name": "transport"}])))
        (folder / "gone.json").write_text("{")
        (folder / "gone.json").unlink()
        (folder / "broken.json").write_text("{")
        wait_for(newsroom, 5)
        newer = ninjs("moved", "2", 10, headline="It moved on", subject=[{"name": "transport"}])
        (folder / "moved.json").write_text(json.dumps(newer))  # the same name, another version
        told = folder / "refused" / "refused.ndjson"
        deadline = time.monotonic() + 60
        while not (told.exists() and topics(newsroom)["take-recorded.v1"] == 6):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.5)  # what is recorded is counted
    finally:
        run.send_signal(signal.SIGTERM)
    report = json.loads(run.communicate(timeout=60)[0])
    assert run.returncode == 0
    assert (report["taken"], report["refused"]) == (6, 1)
    assert [Path(json.loads(line)["file"]).name for line in told.read_text().splitlines()] == ["broken.json"]


# --- Flat memory -------------------------------------------------------------------------------------------------

MIB = 1024 * 1024


# --- Tables of facts over HTTP -----------------------------------------------------------------------------------


class Sheet:
    """A table of a story, sent as it stands at some time."""

    def __init__(self, desk: Desk, wire: Wire) -> None:
        self.desk, self.wire, self.story = desk, wire, desk.open(facts=0)

    def send(self, *rows: str, role: Role = "editor", **asked: Any) -> Response:
        query = {"provider": self.wire.provider, "column": "Nr=key", **asked}
        query = {name: value for name, value in query.items() if value}
        query.setdefault("set", [f"story={self.story}", f"source={self.wire.provider}"])
        table = "\r\n".join(["Nr,statement,figure,unit", *rows]).encode()
        headers = {"content-type": "text/csv; charset=utf-8"}
        return self.desk.client(role).post("/v1/intake", params=query, content=table, headers=headers)

    def take(self, *rows: str, **asked: Any) -> dict[str, Any]:
        answer = self.send(*rows, **asked)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


@pytest.fixture
def sheet(desk: Desk, wire: Wire) -> Sheet:
    return Sheet(desk, wire)


def test_a_table_is_filed_and_what_its_next_state_means_is_asked_and_then_said(
    desk: Desk, sheet: Sheet
) -> None:
    first = sheet.take("1,Ships in port,12,ships", "2,Ships at sea,3,ships", created="2019-03-01T00:00:00Z")
    assert [(row["key"], row["as"], row["taken"]["fact"]) for row in first["rows"]] == [
        ("1", "new", 1),
        ("2", "new", 2),
    ]
    again = sheet.take("1,Ships in port,12,ships", "2,Ships at sea,3,ships")
    assert (again["rows"], again["as_they_were"]) == ([], 2)
    head = desk.head()
    later = ("1,Ships in port,11,ships",)
    asked = sheet.take(*later, created="2020-03-01T00:00:00Z")["rows"]
    assert [(row["asked"]["what"], row["asked"]["fact"]) for row in asked] == [("changed", 1), ("gone", 2)]
    assert asked[0]["asked"]["may_be"] == ["update", "correction", "clarification", "leave"]
    assert "12 ships → 11 ships" in asked[0]["asked"]["differs"]
    assert desk.head() == head, "nothing is recorded before somebody says what it means"
    said = sheet.take(
        *later,
        created="2020-03-01T00:00:00Z",
        answer=["changed=correction", "gone=leave"],
        reason="The harbour counted again.",
        was_wrong="A ship was counted twice.",
    )
    assert [(row["as"], row["taken"]["version"]) for row in said["rows"]] == [("correction", 2)]
    facts = told(desk, sheet.story)["facts"]
    assert [fact["figure"]["value"] for fact in facts] == ["11", "3"]


def test_a_table_is_tried_before_it_is_filed(desk: Desk, sheet: Sheet) -> None:
    head = desk.head()
    rows = ("1,Ships in port,12,ships", "2,Ships at sea,3,ships", "3,,,")
    answer = sheet.send(*rows, dry_run="true")
    assert answer.status_code == 200
    first, second, refused = answer.json()["rows"]
    assert [row["as"] for row in (first, second)] == ["new", "new"]
    assert first["tried"]["becomes"]["statement"] == "Ships in port"
    assert "tried" in second, "each by itself, in the ledger as it is"
    assert refused["refused"]["detail"].startswith("line 4")
    assert desk.head() == head
    [*_, bad] = sheet.take(*rows)["rows"]
    assert bad == refused


@holds("INTAKE_ITEMS")
def test_so_many_items_are_taken_in_one_body(desk: Desk, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "INTAKE_ITEMS", 2)
    head = desk.head()
    items = [ninjs(f"several-{number}") for number in range(3)]
    problem(wire.send(items), 413, "too-many-items")
    assert desk.head() == head
    assert len(wire.send(items[:2]).json()["items"]) == 2


@holds("INTAKE_TRIED")
def test_so_many_are_tried_at_once(
    desk: Desk, wire: Wire, sheet: Sheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "INTAKE_TRIED", 2)
    rows = [f"{number},Ships {number},12,ships" for number in range(3)]
    items = [ninjs(f"one-of-{number}") for number in range(3)]
    assert len(sheet.send(*rows[:2], dry_run="true").json()["rows"]) == 2
    assert len(tried(wire, items[:2])["items"]) == 2
    problem(sheet.send(*rows, dry_run="true"), 413)
    client, head = wire.client, desk.head()
    problem(client.post("/v1/intake?dry_run=true", json=items), 413)
    assert desk.head() == head


def test_a_table_that_cannot_be_taken_says_why_and_records_nothing(desk: Desk, sheet: Sheet) -> None:
    head = desk.head()
    row = "1,Ships in port,12,ships"
    wrong: tuple[tuple[dict[str, Any], int, str], ...] = (
        ({"answer": "changed=maybe"}, 422, "answer: “changed=maybe” is none"),
        ({"set": "mood=good"}, 422, "set: “mood” is no part of a fact"),
        ({"provider": ""}, 422, "nothing says whose table it is"),
        ({"created": "yesterday"}, 400, "created"),
        ({"column": "Nr"}, 400, "column"),
    )
    for asked, status, says in wrong:
        answer = sheet.send(row, **asked)
        assert (answer.status_code, says in answer.text) == (status, True), (asked, answer.text)
    [refused] = sheet.take(row, set=[f"story={sheet.story}"])["rows"]
    assert refused["refused"]["detail"].startswith("line 2, source: nothing says who says it")
    [refused] = sheet.take(row, column=["Nr=key", "Wo=place"])["rows"]
    assert "the table has no column 'Wo'" in refused["refused"]["detail"]
    assert sheet.send(row, role="auditor").status_code == 403
    assert sheet.wire.send(b"Nr,statement\r\n1,A", "text/csv").status_code == 403, "a wire brings items alone"
    assert desk.head() == head


@holds("INTAKE_ROWS")
def test_a_table_of_so_many_rows_is_taken_in_one_body(
    sheet: Sheet, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "INTAKE_ROWS", 5)
    rows = [f"{number},Ship {number},{number},ships" for number in range(6)]
    assert len(sheet.take(*rows[:5])["rows"]) == 5
    head = desk.head()
    answer = sheet.send(*rows)
    assert (answer.status_code, desk.head()) == (413, head)
    assert "at most 5 rows. Take a longer one with `factledger take`" in answer.json()["detail"]


def peak(newsroom: Newsroom, folder: Path, taken: int) -> int:
    """Of memory, in bytes, while all of a folder is taken."""
    with (folder.parent / "told.json").open("w+") as out, (folder.parent / "said.txt").open("w") as err:
        secret, _ = newsroom.issue_key("editor", f"taker of {folder.name}")
        program, environment = command(
            newsroom, "take", "--json", "--key", secret, str(folder), "--provider", "nord"
        )
        run = subprocess.Popen(program, env=environment, stdout=out, stderr=err, cwd=folder.parent)
        most = 0
        while run.poll() is None:
            most = max(most, resident(run.pid))
            time.sleep(0.02)
        out.seek(0)
        report = json.load(out)
    assert (run.returncode, report["taken"] + report["replayed"]) == (0, taken)
    return most


def resident(process: int) -> int:
    """The most that it ever had; what `wait4` tells counts what whoever started it had."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


@holds("INTAKE_STATE_BYTES")
@pytest.mark.thorough
def test_memory_does_not_grow_with_the_number_of_items(newsroom: Newsroom, tmp_path: Path) -> None:
    few, many = tmp_path / "few", tmp_path / "many"
    text = "A train arrived, and it was late. " * 2_800
    write_items(few, 200, text)  # so many are on their way at once, at most, where the database is slow
    write_items(many, 600, text)
    assert peak(newsroom, many, 600) - peak(newsroom, few, 200) < 24 * MIB


@pytest.mark.slow
def test_ten_thousand_items_killed_half_way_and_run_again_in_flat_memory(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    few, many = tmp_path / "few", tmp_path / "many"
    write_items(few, 1_000)
    write_items(many, 10_000, "A train arrived, and it was late. " * 100)
    used = peak(newsroom, few, 1_000)
    kill_when(newsroom, taking(newsroom, str(many), "--provider", "nord"), 6_000)
    assert peak(newsroom, many, 10_000) - used < 24 * MIB
    assert_each_once(newsroom, 10_000)  # the first thousand are among them
