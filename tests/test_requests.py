"""Can anybody ask for a correction, the desk alone see and answer it, and a contact be erased without a trace?"""

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import httpx2
import pytest
from psycopg import Connection, sql
from starlette.requests import Request

from api.http.access import address_of
from api.server.clients import Proxies
from api.server.embedded import EmbeddedPostgres
from api.server.settings import BadSetting, Settings
from api.terminal.doctor import examine
from ledger.commands import (
    AcceptRequest,
    AcknowledgeRequest,
    Actor,
    CorrectFact,
    DeclineRequest,
    EraseContact,
    EraseRequest,
    HoldStory,
    PublishStory,
    ReleaseStory,
    Repeat,
    RequestCorrection,
    Submission,
)
from ledger.refusals import NoContact, NotAsItStands, NotByCorrection, NothingThere, WordsErased
from ledger.request import RequestDeclined
from ledger.store.database import Row
from ledger.store.store import read_head
from ledger.words import READER
from projections.engine.rebuild import rebuild
from projections.views import requests
from tests.desk import ANSWERS, CHANGES, FACT, OF_PUBLICATION, REQUEST, ROLES, Desk, open_desk, problem
from tests.newsroom import Newsroom, serving
from tests.test_command_line import run_on
from tests.test_writer import lose_the_next_answer
from tests.views import dump, dump_built_anew

ROOT = str(Path(__file__).parent.parent)
CONTACT = "mila@readers.example 🖂"
ERASE = EraseContact(reason="She asked for it")


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers, request_rate="1000/hour") as opened:
        yield opened


@pytest.fixture
def room(newsroom: Newsroom) -> Newsroom:
    """A newsroom with a published story of one fact."""
    newsroom.actor("editor")
    newsroom.open()
    newsroom.report()
    newsroom.file(PublishStory(reason="Read by two"), "story")
    return newsroom


def correction(version: int = 1) -> CorrectFact:
    return CorrectFact.model_validate(CHANGES["corrections"] | {"expected_version": version})


def shown(room: Newsroom, request: UUID) -> dict[str, Any]:
    room.catch_up()
    text = requests.one(room.views, request, contacts=True)
    assert text is not None
    return dict(json.loads(text))


# --- Asking ------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_anybody_may_ask_and_is_told_no_more_than_that_it_was_recorded(desk: Desk) -> None:
    body = REQUEST | {"story": desk.public()}
    before = desk.head()
    answers = [desk.try_post("/v1/requests", body, role) for role in (None, *ROLES)]
    ids = set()
    for number, answer in enumerate(answers, start=1):
        assert answer.status_code == 201
        assert answer.headers["cache-control"] == "no-store"
        receipt = answer.json()
        # Readers could count by it what is recorded and not public.
        place = {} if number == 1 else {"position": before + number}
        assert receipt.items() >= (place | {"revision": 1}).items()
        assert set(receipt) == {*place, "recorded_at", "event_id", "request", "revision"}
        assert answer.headers["location"] == f"/v1/requests/{receipt['request']}"
        assert UUID(receipt["request"]).version == 4
        ids.add(receipt["request"])
        event = desk.get(f"/v1/events/{before + number}", "auditor").json()
        assert event["stream_id"] == receipt["request"]
        assert event["body"] == body
        assert (event["actor"] == str(READER)) == (number == 1)
    assert len(ids) == len(answers)


def test_what_was_asked_is_shown_to_every_key_and_to_nobody_else(desk: Desk) -> None:
    request = desk.ask(role=None)
    reads = (f"/v1/requests/{request}", "/v1/requests", "/v1/requests/figures", "/v1/requests?state=open")
    for path in reads:
        for role in ROLES:
            assert desk.get(path, role).status_code == 200
        answer = desk.client(None).get(path)
        assert problem(answer, 401, "key-refused")
        assert request not in answer.text
        assert desk.client(None).head(path).status_code == 401
    for answer_, body in ANSWERS.items():
        problem(desk.try_post(f"/v1/requests/{request}/{answer_}", body, None), 401, "key-refused")
    told = desk.get(f"/v1/requests/{request}").json()
    assert (told["state"], told["contact"], told["erased"]) == ("open", "reader@example.org", False)


def test_a_key_that_opens_nothing_is_refused_where_no_key_is_needed(desk: Desk) -> None:
    headers = {"authorization": "Bearer flk_never-issued"}
    body = REQUEST | {"story": desk.public()}
    problem(desk.client(None).post("/v1/requests", json=body, headers=headers), 401, "key-refused")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"phrase": ""}, "#/phrase"),
        ({"phrase": "x" * 5_001}, "#/phrase"),
        ({"concern": None}, "#/concern"),
        ({"concern": "x" * 5_001}, "#/concern"),
        ({"contact": " "}, "#/contact"),
        ({"contact": "two\nlines"}, "#/contact"),
        ({"contact": "x" * 501}, "#/contact"),
        ({"contact": ["reader"]}, "#/contact"),
        ({"story": "No Story"}, "#/story"),
        ({"request": str(UUID(int=0))}, "#/request"),  # the id is made by the server
        ({"state": "accepted"}, "#/state"),
    ],
    ids=str,
)
def test_a_request_that_cannot_be_taken_is_told_why_and_changes_nothing(
    desk: Desk, fields: dict[str, Any], pointer: str
) -> None:
    body = REQUEST | {"story": desk.public()} | fields
    before = desk.head()
    told = problem(desk.try_post("/v1/requests", body, None), 422, "invalid-body")
    assert told["errors"][0]["pointer"] == pointer
    assert desk.head() == before


@pytest.mark.thorough
def test_a_contact_is_recorded_apart_in_the_same_append(room: Newsroom) -> None:
    before = read_head(room.views)[0]
    request = room.ask(contact=CONTACT)
    rows = room.views.execute(
        "select topic, version, stream_id, actor, request_id, body::json, recorded_at, e.xmin::text"
        " from events e join bodies using (position) where e.position > %s order by e.position",
        [before],
    ).fetchall()
    assert [row[:4] for row in rows] == [
        ("correction-requested.v1", 1, request, READER),
        ("contact-left.v1", 2, request, READER),
    ]
    assert rows[0][4] == rows[1][4]
    assert rows[0][7] == rows[1][7]
    assert rows[0][5] == {"story": "story", "phrase": "A train arrived", "concern": "It left"}
    assert rows[1][5] == {"contact": CONTACT}


def test_a_request_sent_again_is_recorded_once_and_keys_of_readers_are_no_members_keys(desk: Desk) -> None:
    body = REQUEST | {"story": desk.public(), "contact": "reader@example.org"}
    key = str(uuid4())
    first = desk.try_post("/v1/requests", body, None, idempotency_key=key)
    assert first.status_code == 201
    before = desk.head()
    again = desk.try_post("/v1/requests", body, None, idempotency_key=key)
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    assert again.headers["location"] == first.headers["location"]
    for different in ({"concern": "Another."}, {"contact": None}):
        answer = desk.try_post("/v1/requests", body | different, None, idempotency_key=key)
        problem(answer, 422, "key-reused")
    assert desk.head() == before
    by_member = desk.try_post("/v1/requests", body, idempotency_key=key)
    assert "idempotent-replayed" not in by_member.headers
    assert by_member.json()["request"] != first.json()["request"]


def test_no_digest_of_what_a_reader_wrote_is_kept_with_the_key(desk: Desk) -> None:
    """It would outlive the erasure, and a guess could be held against it: it is sealed with the salt of its event."""
    body = REQUEST | {"story": desk.public()}
    for key in ("one", "two"):
        assert desk.try_post("/v1/requests", body, None, idempotency_key=key).status_code == 201
    marks = desk.newsroom.views.execute(
        "select count(distinct fingerprint) from requests where actor = %s and key in ('one', 'two')",
        [READER],
    ).fetchone()
    assert marks == (2,)


# --- How often ---------------------------------------------------------------------------------------------------


BELIEVED = Proxies.parse("127.0.0.1")


def from_address(desk: Desk, address: str, body: dict[str, Any]) -> httpx2.Response:
    """As from a client behind a proxy on this machine, which the server is told to believe."""
    return desk.client(None).post("/v1/requests", json=body, headers={"x-forwarded-for": address})


@pytest.mark.thorough
def test_an_address_may_ask_so_often_and_keys_are_not_counted(
    servers: Callable[[str], EmbeddedPostgres],
) -> None:
    with open_desk(servers, request_rate="3/hour", proxies=BELIEVED) as desk:
        body = REQUEST | {"story": desk.public()}
        assert [from_address(desk, "192.0.2.1", body).status_code for _ in range(2)] == [201, 201]
        problem(from_address(desk, "192.0.2.1", {}), 422)  # counted, too: it was asked
        before = desk.head()
        answer = from_address(desk, "192.0.2.1", body)
        told = problem(answer, 429, "too-many-requests")
        assert told["detail"].startswith(
            "This address is over its rate of 3 requests an hour for a correction. Go on in "
        )
        assert 0 < int(answer.headers["retry-after"]) <= 3_600
        assert "192.0.2.1" not in answer.text
        problem(from_address(desk, "192.0.2.1", {}), 429)
        assert desk.head() == before
        assert from_address(desk, "192.0.2.2", body).status_code == 201
        statuses = {desk.try_post("/v1/requests", body, role).status_code for role in ROLES for _ in range(2)}
        assert statuses == {201}


@pytest.mark.thorough
def test_ten_in_an_hour_are_let_in_unless_it_is_set_otherwise(
    servers: Callable[[str], EmbeddedPostgres],
) -> None:
    with open_desk(servers, proxies=BELIEVED) as desk:
        body = REQUEST | {"story": desk.public()}
        statuses = [from_address(desk, "192.0.2.1", body).status_code for _ in range(11)]
    assert statuses == [201] * 10 + [429]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::8", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_of_an_ipv6_address_only_the_network_counts(host: str, address: str) -> None:
    scope = {"type": "http", "client": (host, 1) if host else None}
    assert address_of(Request(scope)) == address


def test_how_often_can_be_set_and_a_rate_that_is_none_is_refused() -> None:
    assert Settings.from_environment({}).request_rate == "10/hour"
    assert Settings.from_environment({"FACTLEDGER_REQUEST_RATE": "5/minute"}).request_rate == "5/minute"
    with pytest.raises(BadSetting, match="FACTLEDGER_REQUEST_RATE='often': give a rate such as"):
        Settings.from_environment({"FACTLEDGER_REQUEST_RATE": "often"})


@pytest.mark.thorough
def test_the_rate_of_readers_counts_what_they_ask_as_well(servers: Callable[[str], EmbeddedPostgres]) -> None:
    with open_desk(servers, reader_rate="2/hour") as desk:
        body = REQUEST | {"story": desk.public()}
        statuses = [from_address(desk, "192.0.2.1", body).status_code for _ in range(3)]
        assert statuses == [201, 201, 429]
        told = problem(from_address(desk, "192.0.2.1", body), 429)
        assert told["rate"] == "2 requests an hour"


# --- Answering ---------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_the_desk_sees_what_waits_the_oldest_first_and_what_came_of_the_rest(
    servers: Callable[[str], EmbeddedPostgres],
) -> None:
    with open_desk(servers) as desk:
        figures = desk.get("/v1/requests/figures").json()
        assert figures == {
            "open": 0,
            "oldest_open_seconds": None,
            "answered": 0,
            "accepted": 0,
            "declined": 0,
            "share_accepted": None,
            "median_seconds_to_answer": None,
        }
        story = desk.public()
        first, second, third, fourth = (desk.ask(story, concern=f"Concern {n}") for n in range(4))
        receipt = desk.post(f"/v1/requests/{second}/acknowledgements", {"note": "We ask."}, "reporter")
        assert receipt == {**receipt, "request": second, "revision": 3}
        desk.post(
            f"/v1/stories/{story}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1}
        )
        desk.post(f"/v1/requests/{second}/acceptances", ANSWERS["acceptances"])
        desk.post(f"/v1/requests/{third}/declinations", ANSWERS["declinations"], "standards")
        last = desk.post(f"/v1/requests/{fourth}/acknowledgements", {})

        def listed(query: str) -> list[str]:
            told = desk.get(f"/v1/requests?{query}&at_least={last['position']}").json()
            assert told["next"] is None
            return [item["request"] for item in told["items"]]

        assert listed("limit=9") == listed("state=unanswered") == [first, fourth]
        assert listed("state=open") == [first]
        assert listed("state=acknowledged") == [fourth]
        assert listed("state=accepted") == [second]
        assert listed("state=declined") == [third]
        accepted = desk.get(f"/v1/requests/{second}").json()
        assert accepted == {
            "request": second,
            "has_contact": True,
            "story": story,
            "phrase": REQUEST["phrase"],
            "concern": "Concern 1",
            "contact": "reader@example.org",
            "erased": False,
            "state": "accepted",
            "asked_at": accepted["asked_at"],
            "acknowledged_at": receipt["recorded_at"],
            "note": "We ask.",
            "answered_at": accepted["answered_at"],
            "answer": {"by": "the editor", "reason": "It left indeed.", "fact": 1, "version": 2},
        }
        declined = desk.get(f"/v1/requests/{third}").json()
        assert declined["answer"] == {"by": "the standards", **ANSWERS["declinations"]}
        figures = desk.get("/v1/requests/figures").json()
        assert figures["median_seconds_to_answer"] >= 0
        assert figures == {
            **figures,
            "open": 2,
            "answered": 2,
            "accepted": 1,
            "declined": 1,
            "share_accepted": 0.5,
        }


def test_how_long_it_waits_is_told_by_the_clock_of_the_database_and_kept_by_nobody(desk: Desk) -> None:
    request = desk.ask()
    desk.newsroom.views.execute(
        "update correction_requests set asked_at = asked_at - interval '1 hour 1 minute' where request = %s",
        [request],
    )
    for path in (f"/v1/requests/{request}", "/v1/requests?limit=200", "/v1/requests/figures"):
        answer = desk.client().get(path, headers={"if-none-match": "*"})
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
        head = desk.client().head(path)
        assert (head.status_code, head.content, head.headers["cache-control"]) == (200, b"", "no-store")
    assert 3660 <= desk.get(f"/v1/requests/{request}").json()["age_seconds"] < 3700
    assert 3660 <= desk.get("/v1/requests/figures").json()["oldest_open_seconds"] < 3700


@pytest.mark.thorough
def test_nothing_has_waited_for_less_than_no_time_though_the_clock_was_set_back(room: Newsroom) -> None:
    with room.database.connect(name="owner", as_owner=True) as owner:
        owner.execute("update head set recorded_at = recorded_at + interval '1 hour'")
    assert shown(room, room.ask())["age_seconds"] == 0
    assert json.loads(requests.figures(room.views))["oldest_open_seconds"] == 0


def test_a_request_is_answered_once(desk: Desk) -> None:
    for answer in ("acceptances", "declinations"):
        request = desk.ask()
        desk.post(f"/v1/requests/{request}/{answer}", ANSWERS[answer])
        before = desk.head()
        for late in ("acknowledgements", "acceptances", "declinations"):
            told = problem(
                desk.try_post(f"/v1/requests/{request}/{late}", ANSWERS[late]), 409, "not-as-it-stands"
            )
            assert f"The request {request} is " in told["detail"]
        assert desk.head() == before


def test_only_a_correction_can_have_come_of_it(desk: Desk) -> None:
    story = desk.public(facts=2)
    request = desk.ask(story)
    desk.post(f"/v1/stories/{story}/facts/1/updates", CHANGES["updates"] | {"expected_version": 1})
    before = desk.head()
    for fact, version in ((1, 1), (1, 2), (2, 2), (3, 1)):
        body = {"fact": fact, "version": version, "reason": "So."}
        answer = desk.try_post(f"/v1/requests/{request}/acceptances", body)
        told = problem(answer, 422, "not-by-correction")
        assert told["errors"][0]["pointer"] == "#/version"
        assert told["detail"].startswith(f"No correction made version {version} of fact {fact} of story")
    assert desk.head() == before


def test_a_correction_names_the_request_that_led_to_it_in_the_histories_of_the_desk(desk: Desk) -> None:
    story = desk.public()
    request = desk.ask(story)
    body = CHANGES["corrections"] | {"expected_version": 1, "request": request}
    receipt = desk.post(f"/v1/stories/{story}/facts/1/corrections", body)
    at = f"at_least={receipt['position']}"
    assert desk.get(f"/v1/stories/{story}/revisions/{receipt['revision']}?{at}").json()["request"] == request
    assert desk.get("/v1/corrections?limit=1").json()["items"][0]["request"] == request
    for path in (f"/v1/stories/{story}", f"/v1/stories/{story}/facts/1"):
        assert request not in desk.get(path).text  # these are for readers, too
    bad = body | {"request": "my letter", "expected_version": 2}
    told = problem(desk.try_post(f"/v1/stories/{story}/facts/1/corrections", bad), 422, "invalid-body")
    assert told["errors"][0]["pointer"] == "#/request"


# --- The receipt of whoever asked ------------------------------------------------------------------------------------


def receipt(desk: Desk, request: str) -> dict[str, Any]:
    answer = desk.client(None).get(f"/v1/requests/{request}/receipt?at_least={desk.head()}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    for role in ROLES:  # with a key it is the same
        assert desk.get(f"/v1/requests/{request}/receipt", role).content == answer.content
    return dict(answer.json())


def test_whoever_asked_sees_how_it_stands_and_nothing_that_is_the_desks(desk: Desk) -> None:
    story = desk.public()
    request = desk.ask(story, role=None)
    told = receipt(desk, request)
    whole = desk.get(f"/v1/requests/{request}").json()
    asked = {name: whole[name] for name in ("request", "story", "phrase", "concern", "asked_at")}
    assert told == asked | {"state": "open"}
    desk.post(f"/v1/requests/{request}/acknowledgements", {"note": "We ask the agency."})
    acknowledged = receipt(desk, request)
    at = desk.get(f"/v1/requests/{request}").json()["acknowledged_at"]
    assert acknowledged == asked | {"state": "acknowledged", "acknowledged_at": at}
    desk.post(f"/v1/requests/{request}/declinations", ANSWERS["declinations"])
    at = desk.get(f"/v1/requests/{request}?at_least={desk.head()}").json()["answered_at"]
    answered = {"state": "declined", "answered_at": at, "told": ANSWERS["declinations"]["told"]}
    assert receipt(desk, request) == acknowledged | answered
    other = desk.ask(story, role=None)
    desk.post(f"/v1/requests/{other}/declinations", ANSWERS["declinations"])
    assert "acknowledged_at" not in receipt(desk, other)


def test_a_request_is_declined_in_words_for_whoever_asked(desk: Desk) -> None:
    request = desk.ask(role=None)
    for told in ({}, {"told": ""}, {"told": None}, {"told": "x" * 5_001}):
        answer = desk.try_post(f"/v1/requests/{request}/declinations", {"reason": "It arrived."} | told)
        assert problem(answer, 422, "invalid-body")["errors"][0]["pointer"] == "#/told"
    assert receipt(desk, request)["state"] == "open"


def test_whoever_asked_is_not_told_the_name_of_a_source_that_a_fact_protects(desk: Desk) -> None:
    """However little of the story the writer holds: the request alone does not say whom it protects."""
    desk.post("/v1/sources", {"slug": "mila-ivanova", "name": "Mila Ivanova", "kind": "person"})
    story = desk.public()
    hidden = FACT | {"attribution": [{"source": "mila-ivanova", "cue": "said", "speech": "indirect"}]}
    desk.post(f"/v1/stories/{story}/facts", hidden | {"terms": "background"})
    request = desk.ask(story, role=None)
    declining = {"told": "We have it from Mila Ivanova.", "reason": "We have it."}
    desk.newsroom.writer._held.clear()
    answer = desk.try_post(f"/v1/requests/{request}/declinations", declining)
    told = problem(answer, 409, "told-names-protected")
    assert told["detail"] == (
        "Whoever asked would read the name of a source whom the terms of a fact protect:"
        " “Mila Ivanova” (mila-ivanova). Say it without."
    )
    assert told["errors"][0]["pointer"] == "#/told"
    assert "Mila" not in json.dumps(receipt(desk, request))
    desk.post(f"/v1/requests/{request}/declinations", declining | {"told": "We have it from a witness."})


def test_a_request_declined_before_there_were_words_for_whoever_asked_is_shown(room: Newsroom) -> None:
    request = room.ask()
    old = RequestDeclined(reason="It arrived")
    with patch("ledger.rules.correction_requests.decline", return_value=old):
        room.request(DeclineRequest(told="Nobody said it then", reason="It arrived"), request)
    assert shown(room, request)["answer"] == {"by": "the editor", "reason": "It arrived"}


def test_whoever_asked_sees_the_correction_while_readers_are_told_of_it(desk: Desk) -> None:
    story = desk.public()
    request = desk.ask(story, role=None)
    made = desk.post(
        f"/v1/stories/{story}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1}
    )
    desk.post(f"/v1/requests/{request}/acceptances", ANSWERS["acceptances"])
    accepted = receipt(desk, request)
    assert accepted["state"] == "accepted"
    assert "correction" not in accepted  # it is not published yet
    published = desk.publish(story)
    correction = {"fact": 1, "version": 2, "edition": 2, "revision": made["revision"]}
    correction |= {"published_at": published["recorded_at"]}
    assert receipt(desk, request) == accepted | {"correction": correction}
    for act, told in (("holds", False), ("releases", True)):
        desk.post(f"/v1/stories/{story}/{act}", OF_PUBLICATION[act])
        assert receipt(desk, request) == accepted | ({"correction": correction} if told else {})
    for act, told in (("kills", False), ("restorations", True), ("takedowns", False)):
        desk.do(story, act)
        assert receipt(desk, request) == accepted | ({"correction": correction} if told else {})


def test_a_correction_of_what_is_off_the_record_by_now_is_not_told_to_whoever_asked(desk: Desk) -> None:
    story = desk.public()
    request = desk.ask(story, role=None)
    body = CHANGES["corrections"] | {"expected_version": 1, "terms": "off_record"}
    desk.post(f"/v1/stories/{story}/facts/1/corrections", body)
    desk.post(f"/v1/requests/{request}/acceptances", ANSWERS["acceptances"])
    desk.publish(story)
    assert "correction" not in receipt(desk, request)


@pytest.mark.thorough
def test_a_receipt_is_there_as_soon_as_the_request_is_recorded_however_far_the_views_are(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.engine.worker.Worker._run", lambda _: None)
    newsroom.open()
    newsroom.file(PublishStory(reason="Read by two"), "story")
    with serving(newsroom) as server:
        newsroom.catch_up()
        request = newsroom.ask()
        answer = server.client(None).get(f"/v1/requests/{request}/receipt")
    assert answer.status_code == 200, answer.text


def test_a_receipt_of_nothing_is_not_there(desk: Desk) -> None:
    for role in (None, *ROLES):
        problem(desk.client(role).get(f"/v1/requests/{uuid4()}/receipt"), 404, "nothing-there")


# --- Two processes -----------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_what_another_process_did_to_a_request_and_its_story_is_known(
    room: Newsroom, other: Newsroom
) -> None:
    request = room.ask(contact=CONTACT)
    acceptance = AcceptRequest(fact=1, version=2, reason="So")
    for at in (room, other):  # from here on both hold the request and the story as they are now
        with pytest.raises(NotByCorrection):
            at.request(acceptance, request)
    other.request(AcknowledgeRequest(), request)
    with pytest.raises(NotAsItStands):
        room.request(AcknowledgeRequest(), request)
    other.file(correction(), "story", 1)
    room.request(acceptance, request)
    with pytest.raises(NotAsItStands):
        other.request(DeclineRequest(told="No", reason="No"), request)


@pytest.mark.thorough
@pytest.mark.parametrize("groups_under_lock", [0, 1])
def test_a_writer_that_has_read_nothing_yet_finds_the_correction_of_a_request(
    room: Newsroom, other: Newsroom, groups_under_lock: int
) -> None:
    request = room.ask()
    room.file(correction(), "story", 1)
    other.writer._groups_under_lock = groups_under_lock
    other.request(AcceptRequest(fact=1, version=2, reason="So"), request)


@pytest.mark.thorough
def test_a_story_that_another_process_has_hidden_is_not_there_for_readers(
    room: Newsroom, other: Newsroom
) -> None:
    room.ask()  # so that this process holds the story as it was
    other.file(HoldStory(reason="Not so fast"), "story")
    before = read_head(room.views)
    with pytest.raises(NothingThere):
        room.ask()
    assert read_head(room.views) == before
    other.file(ReleaseStory(reason="Now"), "story")
    room.ask()


# --- Erasing -----------------------------------------------------------------------------------------------------


def assert_nowhere(connection: Connection[Row], text: str) -> None:
    """No row of any table of the ledger or its views holds the text."""
    tables = connection.execute(
        "select relname from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r'"
    ).fetchall()
    assert {"bodies", "requests", "correction_requests", "search"} <= {name for (name,) in tables}
    for (name,) in tables:
        found = connection.execute(
            sql.SQL("select count(*) from {} as t where strpos(t::text, %s) > 0").format(
                sql.Identifier(name)
            ),
            [text],
        ).fetchone()
        assert found == (0,), name


@pytest.mark.thorough
def test_an_erased_contact_is_gone_from_every_table_and_its_proof_stands(room: Newsroom) -> None:
    request = room.ask(contact=CONTACT)
    before = room.views.execute(
        "select e.position, salt, convert_to(body, 'UTF8'), commitment from events e join bodies using (position)"
        " where topic = 'contact-left.v1'"
    ).fetchone()
    assert before is not None
    position, salt, body, commitment = before
    assert hmac.digest(salt, body, hashlib.sha256) == commitment
    with pytest.raises(AssertionError, match="bodies"):
        assert_nowhere(room.views, "mila@readers.example")
    assert shown(room, request)["contact"] == CONTACT
    room.request(ERASE, request)
    assert_nowhere(room.views, "mila@readers.example")  # though the views have not heard of it
    row = room.views.execute(
        "select salt, body, commitment from events join bodies using (position) where position = %s",
        [position],
    ).fetchone()
    assert row == (None, None, commitment)
    text = requests.one(room.views, request, contacts=True)
    assert text is not None
    told = json.loads(text)
    assert (told["contact"], told["erased"]) == (None, True)
    told = shown(room, request)
    assert (told["contact"], told["erased"]) == (None, True)
    assert told["concern"] == "It left"
    with pytest.raises(NoContact):
        room.request(ERASE, request)


@pytest.mark.thorough
def test_a_contact_is_erased_or_kept_whatever_the_others_are(room: Newsroom) -> None:
    kept, erased, none = room.ask(contact=CONTACT), room.ask(contact=CONTACT), room.ask()
    room.request(ERASE, erased)
    assert [(shown(room, one)["contact"], shown(room, one)["erased"]) for one in (kept, erased, none)] == [
        (CONTACT, False),
        (None, True),
        (None, False),
    ]
    with pytest.raises(NoContact):
        room.request(ERASE, none)


@pytest.mark.thorough
def test_everything_reads_past_an_erased_body(room: Newsroom) -> None:
    request, answered = room.ask(contact=CONTACT), room.ask(contact=CONTACT)
    reached = room.catch_up()  # to before the erasures
    room.request(DeclineRequest(told="It stands", reason="It is so"), answered)
    for one in (request, answered):
        room.request(ERASE, one)
    assert dump(room.views) == dump_built_anew(room.views, reached)
    head = room.catch_up()
    live = dump(room.views)
    assert live == dump_built_anew(room.views, head)
    assert rebuild(room.database) == head
    assert dump(room.views) == live
    fresh = Newsroom(room.database)  # whose writer has read nothing yet
    try:
        fresh.actors = room.actors
        with pytest.raises(NoContact):
            fresh.request(ERASE, request)
        fresh.request(AcknowledgeRequest(), request)
        with pytest.raises(NotAsItStands):
            fresh.request(AcknowledgeRequest(), answered)
    finally:
        fresh.close()
    findings = {finding.what: finding for finding in examine(room.database)}
    assert room.ailments() == []
    assert findings["erasures"].says == "2 bodies are erased as it was recorded, and nothing else is"
    assert findings["commitments"].says.endswith(" 2 are erased")
    run = run_on(room)
    told = run("log", PYTHONPATH=ROOT)
    assert told.returncode == 0
    assert "a reader  contact-left\n" in told.stdout
    bodies = {
        event["topic"]: event["body"]
        for event in map(json.loads, run("log", "--json", PYTHONPATH=ROOT).stdout.splitlines())
    }
    assert bodies["contact-left.v1"] is None
    assert bodies["contact-erased.v1"] == {"reason": "She asked for it"}


@pytest.mark.thorough
def test_the_doctor_finds_a_contact_that_should_be_gone_and_a_body_that_should_not(room: Newsroom) -> None:
    kept, erased = room.ask(contact=CONTACT), room.ask(contact=CONTACT)
    with room.database.connect(name="vandal", as_owner=True) as owner:
        owner.execute(
            "create or replace function erase_requests(streams uuid[]) returns void language sql as 'select'"
        )
        room.request(ERASE, erased)
        finding = next(finding for finding in examine(room.database) if finding.what == "erasures")
        assert (finding.is_well, finding.says[:34]) == (False, "1 bodies should be erased and are ")
        owner.execute(
            "update bodies b set salt = null, body = null from events e"
            " where e.position = b.position and e.stream_id = %s and version = 2",
            [kept],
        )
        finding = next(finding for finding in examine(room.database) if finding.what == "erasures")
        assert (finding.is_well, "1 bodies are erased and should not be" in finding.says) == (False, True)


@pytest.mark.thorough
def test_an_erasure_is_recorded_and_done_in_one_however_often_it_is_sent_and_its_connection_breaks(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = room.ask(contact=CONTACT)
    repeat = Repeat("a key", b"f" * 32)
    submission = Submission(ERASE, room.actor("editor"), uuid4(), request, repeat=repeat)
    lose_the_next_answer(room, monkeypatch)
    first = room.submit(submission)
    assert_nowhere(room.views, "mila@readers.example")
    again = room.submit(submission)
    assert (again.replayed, again.receipt.text()) == (True, first.receipt.text())
    assert room.views.execute("select count(*) from events where topic = 'contact-erased.v1'").fetchone() == (
        1,
    )


@pytest.mark.thorough
def test_what_is_not_erased_is_not_recorded_as_erased(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("no erasing today")

    request = room.ask(contact=CONTACT)
    before = read_head(room.views)
    with monkeypatch.context() as patch:
        patch.setattr("ledger.store.writer.erase_requests", fail)
        with pytest.raises(RuntimeError):
            room.request(ERASE, request)
    assert read_head(room.views) == before
    assert shown(room, request)["contact"] == CONTACT
    room.request(ERASE, request)
    assert_nowhere(room.views, "mila@readers.example")


def test_a_contact_is_in_no_audit_trail_and_in_no_log_ever(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    body = REQUEST | {"story": desk.public(), "contact": CONTACT, "concern": "Sub rosa"}
    receipt = desk.try_post("/v1/requests", body, None).json()
    position = desk.head()
    for bad in ({"phrase": ""}, {"colour": CONTACT}, {"story": "no-story"}):
        assert CONTACT not in desk.try_post("/v1/requests", body | bad, None).text
    page = f"/v1/events?after={position - 2}"
    withheld = desk.get(page, "auditor").json()["items"][1]
    assert (withheld["topic"], withheld["salt"], withheld["body"]) == ("contact-left.v1", None, None)
    assert withheld["withheld"]
    one = f"/v1/events/{position}"
    etag = desk.get(one, "auditor").headers["etag"]
    erased = desk.post(f"/v1/requests/{receipt['request']}/contact-erasures", ANSWERS["contact-erasures"])
    assert (erased["request"], erased["revision"]) == (receipt["request"], 3)
    shown_ = desk.get(one, "auditor", if_none_match=etag)
    assert shown_.status_code == 200
    assert (shown_.json()["body"], shown_.json()["salt"]) == (None, None)
    assert "withheld" not in shown_.json()
    assert len(shown_.json()["commitment"]) == 64
    for path in (page, one, f"/v1/requests/{receipt['request']}", "/v1/requests?limit=200"):
        answer = desk.get(f"{path}", "auditor")
        assert CONTACT not in answer.text
        assert json.dumps(CONTACT)[1:-1] not in answer.text
    again = desk.try_post(f"/v1/requests/{receipt['request']}/contact-erasures", {"reason": "Again"})
    problem(again, 409, "no-contact")
    logged = "".join(f"{record.__dict__}" for record in caplog.records if record.name != "httpx2")
    assert "answered" in logged
    for private in (CONTACT, "mila@readers", "Sub rosa"):
        assert private not in logged


def test_a_contact_is_for_editors_and_the_standards_desk_alone(desk: Desk) -> None:
    request = desk.ask(role=None)
    for path in (f"/v1/requests/{request}", "/v1/requests?limit=200", f"/v1/requests/{request}/receipt"):
        for role in ROLES:
            answer = desk.get(path, role)
            is_told = role in ("editor", "standards") and not path.endswith("receipt")
            assert ("reader@example.org" in answer.text) == is_told, (path, role)
    for role in ROLES:
        told = desk.get(f"/v1/requests/{request}", role).json()
        assert (told["has_contact"], told["erased"]) == (True, False)


@pytest.mark.thorough
def test_erased_words_are_gone_from_every_table_at_once_and_their_proof_stands(room: Newsroom) -> None:
    def commitments() -> list[Row]:
        return room.views.execute("select position, commitment from events order by position").fetchall()

    request, other = room.ask(contact=CONTACT, concern="Sub rosa", phrase="in petto"), room.ask()
    room.request(AcknowledgeRequest(note="Asked"), request)
    told = shown(room, request)
    assert (told["phrase"], told["concern"]) == ("in petto", "Sub rosa")
    before = commitments()
    room.request(EraseRequest(reason="She asked for it"), request)
    for gone in ("Sub rosa", "in petto", "mila@readers.example"):
        assert_nowhere(room.views, gone)  # though the views have not heard of it
    at_once = json.loads(requests.one(room.views, request, contacts=True) or "")
    for told in (at_once, shown(room, request)):
        assert (told["phrase"], told["concern"], told["contact"]) == (None, None, None)
        assert (told["story"], told["state"], told["note"]) == ("story", "acknowledged", "Asked")
        assert (told["has_contact"], told["erased"]) == (False, True)
    assert commitments()[: len(before)] == before
    assert shown(room, other)["concern"] == "It left"
    for refused, command in ((WordsErased, EraseRequest(reason="Again")), (NoContact, ERASE)):
        with pytest.raises(refused):
            room.request(command, request)


@pytest.mark.thorough
def test_everything_reads_past_erased_words(room: Newsroom) -> None:
    plain, answered = room.ask(), room.ask(contact=CONTACT)
    reached = room.catch_up()  # to before the erasures
    for one in (plain, answered):
        room.request(EraseRequest(reason="Asked"), one)
    room.request(DeclineRequest(told="It stands", reason="It is so"), answered)
    before, anew = dump(room.views), dump_built_anew(room.views, reached)
    # Which story it was about is said again where the words were erased, and that is further on.
    assert (before.pop("correction_requests"), before) != (anew.pop("correction_requests"), anew)
    assert before == anew
    head = room.catch_up()
    assert dump(room.views) == dump_built_anew(room.views, head)
    assert rebuild(room.database) == head
    assert room.ailments() == []
    fresh = Newsroom(room.database)
    try:
        with pytest.raises(WordsErased):
            fresh.request(EraseRequest(reason="Again"), plain)
        fresh.file(correction(), "story", 1)
        fresh.request(AcceptRequest(fact=1, version=2, reason="She is right"), plain)
    finally:
        fresh.close()
    room.catch_up()
    receipt = json.loads(requests.receipt(room.views, plain, read_head(room.views)[0]) or "")
    assert (receipt["story"], receipt["phrase"], receipt["state"]) == ("story", None, "accepted")


def test_no_digest_of_a_readers_words_outlives_them_and_a_key_still_works_once(desk: Desk) -> None:
    body = REQUEST | {"story": desk.public(), "concern": "Sub rosa"}

    def ask(body: dict[str, Any]) -> httpx2.Response:
        return desk.try_post("/v1/requests", body, None, idempotency_key="once-and-only-once")

    first = ask(body)
    assert (first.status_code, ask(body).json()) == (201, first.json())
    problem(ask(body | {"concern": "Sub sole"}), 422, "key-reused")
    desk.post(f"/v1/requests/{first.json()['request']}/erasures", {"reason": "Asked"})
    head = desk.head()
    problem(ask(body), 422, "key-reused")
    assert desk.head() == head


@pytest.mark.thorough
def test_a_reader_can_do_nothing_but_ask(room: Newsroom) -> None:
    request = room.ask(contact=CONTACT)
    before = read_head(room.views)
    reader = Actor(READER, "reader")
    for command in (AcknowledgeRequest(), DeclineRequest(told="No", reason="No"), ERASE):
        with pytest.raises(Exception, match="this needs one of"):
            room.submit(Submission(command, reader, uuid4(), request))
    with pytest.raises(NothingThere):
        room.request(RequestCorrection(story="none", phrase="x", concern="y"), uuid4(), "reader")
    assert read_head(room.views) == before
